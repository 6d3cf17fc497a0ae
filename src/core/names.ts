/** Text: how it is cleaned for the target, compared, and met by patterns. */

/** AWS's limits, in UTF-16 units (Identity Store service model: UserName, SensitiveStringType, GroupDisplayName). */
export const LONGEST_USER_NAME = 128;
export const LONGEST_TEXT = 1024;

const SPACES = /[\p{Z}\t\n\v\f\r\u0085]+/gu;
const REFUSED = /[^\p{L}\p{M}\p{S}\p{N}\p{P} ]/gu;
/** Nearly every name: printable ASCII with single spaces in between, where nothing is to be cleaned. */
const CLEAN = /^(?:[!-~]+(?: [!-~]+)*)?$/;

/**
 * A name as the target accepts it: control and format characters (zero-width ones, bidi marks) go, every run of
 * white space becomes one space, and what is over the limit is cut. The same text always gives the same result.
 */
export function cleanText(text: string): string {
  if (text.length <= LONGEST_TEXT && CLEAN.test(text)) return text;
  return cut(
    text.replace(SPACES, " ").replace(REFUSED, "").replace(SPACES, " ").trim(),
    LONGEST_TEXT,
  ).trimEnd();
}

/** At most `length` UTF-16 units, never half a character. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** True when AWS accepts the text as a user name: no white space, no control or format characters, 1 to 128. */
export function isUserName(text: string): boolean {
  return text.length <= LONGEST_USER_NAME && /^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u.test(text);
}

/** Two texts are the same name when their keys are equal: case and the way accents are encoded do not matter. */
export function nameKey(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

export const sameName = (one: string, other: string): boolean =>
  one === other || nameKey(one) === nameKey(other);

/** Whether any of the given texts meets any of the patterns; `*` and `?` are wildcards, case does not matter. */
export type Meets = (...texts: readonly string[]) => boolean;

export function meets(patterns: readonly string[]): Meets {
  const first = firstMet(patterns);
  return (...texts) => first(...texts) !== undefined;
}

/** The first of the patterns that any of the given texts meets. */
export function firstMet(patterns: readonly string[]): (...texts: readonly string[]) => string | undefined {
  if (patterns.length === 0) return () => undefined;
  const all = matcher(patterns);
  return (...texts) =>
    // Nearly every text meets none: which one it is, is only asked of those that meet one.
    texts.some(all) ? patterns.find((pattern) => texts.some(matcher([pattern]))) : undefined;
}

function matcher(patterns: readonly string[]): (text: string) => boolean {
  const one = new RegExp(`^(?:${patterns.map(asRegExp).join("|")})$`, "su");
  return (text) => text !== "" && one.test(nameKey(text));
}

function asRegExp(pattern: string): string {
  return [...nameKey(pattern)]
    .map((character) => {
      if (character === "*") return ".*";
      return character === "?" ? "." : character.replace(/[\\^$.*+?()[\]{}|/]/u, "\\$&");
    })
    .join("");
}
