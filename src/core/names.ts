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
 * white space of any kind becomes one space, accents are encoded as NFC, and what is over the limit is cut. The same text always gives the same result.
 */
export function cleanText(text: string): string {
  if (text.length <= LONGEST_TEXT && CLEAN.test(text)) return text;
  return cut(
    text.replace(SPACES, " ").replace(REFUSED, "").replace(SPACES, " ").trim().normalize("NFC"),
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

/**
 * Two texts are the same name when their keys are equal: both are cleaned alike first, because other tools wrote names
 * as they were, and case does not matter.
 */
export const nameKey = (text: string): string => cleanText(text).toLowerCase();

export const sameName = (one: string, other: string): boolean =>
  one === other || nameKey(one) === nameKey(other);

export const sameText = (one: string, other: string): boolean =>
  one === other || cleanText(one) === cleanText(other);

/** Whether any of the given texts meets any of the patterns; `*` and `?` are wildcards, case does not matter. */
type Meets = (...texts: readonly string[]) => boolean;

export function meets(patterns: readonly string[]): Meets {
  const first = firstMet(patterns);
  return (...texts) => first(...texts) !== undefined;
}

/** The first of the patterns that any of the given texts meets; in time that grows as the texts do. */
export function firstMet(patterns: readonly string[]): (...texts: readonly string[]) => string | undefined {
  const keyed = patterns.map((pattern) => ({ pattern, key: nameKey(pattern) }));
  const whole = new Set(keyed.map(({ key }) => key));
  const wild = keyed.filter(({ key }) => /[*?]/.test(key)).map(({ key }) => [...key]);
  return (...texts) => {
    const keys = texts.filter((text) => text !== "").map(nameKey);
    // Nearly every text meets none: which one it is, is only asked of those that meet one.
    const met =
      keys.some((key) => whole.has(key)) ||
      (wild.length > 0 && keys.some((key) => wild.some((pattern) => fits(pattern, [...key]))));
    const which = ({ key: pattern }: { readonly key: string }): boolean =>
      keys.some((key) => fits([...pattern], [...key]));
    return met ? keyed.find(which)?.pattern : undefined;
  };
}

/**
 * Whether a pattern covers a text, both as characters. What follows a star is looked for from left to right, and no
 * star but the latest is ever gone back to: a star before it could cover no more than this one can.
 */
function fits(pattern: readonly string[], text: readonly string[]): boolean {
  let [next, star, begun] = [0, -1, 0];
  for (let at = 0; at < text.length;) {
    const wanted = pattern[next];
    if (wanted === "*") [star, begun] = [next++, at];
    else if (wanted === "?" || wanted === text[at]) [next, at] = [next + 1, at + 1];
    else if (star >= 0) [next, at] = [star + 1, ++begun];
    else return false;
  }
  return pattern.slice(next).every((rest) => rest === "*");
}

/** What an address has after its `@`. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);
