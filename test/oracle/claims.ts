/** Whose an object of AWS is, told from its `externalId`; and what that means for it. */
import type { Existing, ExistingUser, Rules } from "../../src/core/model.ts";

/** Zero-width and control characters go, and white space is one blank. */
export const clean = (text: string): string =>
  text
    .replaceAll(/[\p{Cf}\p{Cc}]/gu, "")
    .replaceAll(/\s+/gu, " ")
    .trim()
    .normalize("NFC");

/** How names are compared: cleaned, and without case. */
export const low = (text: string): string => clean(text).toLowerCase();

/** Whether a pattern with `*` and `?` fits one of the texts, cleaned. */
export function hits(patterns: readonly string[], texts: readonly string[]): boolean {
  const tests = patterns.map((pattern) => {
    const literal = low(pattern).replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`, "su");
  });
  return texts.some((text) => text !== "" && tests.some((test) => test.test(low(clean(text)))));
}

export interface Claimed {
  readonly id: string;
  readonly externalId: string;
}

const GOOGLE_ID = /^(?:\d{15,25}|0[0-9a-z]{9,20})$/;
const MARK = /^ssosync-(retired|suspended)\.(\d{4}-\d\d-\d\d)\.(.+?)(\.by-hand)?$/;

/** `of` is the Google id, `""` where there is none; `since` the day of the mark, a suspended user's too. */
export function whose({ externalId }: Claimed): {
  readonly kind: "live" | "marked" | "unmanaged" | "foreign";
  readonly of: string;
  readonly since: string;
} {
  if (externalId === "") return { kind: "unmanaged", of: "", since: "" };
  if (GOOGLE_ID.test(externalId)) return { kind: "live", of: externalId, since: "" };
  const [, why, since = "", own = ""] = MARK.exec(externalId) ?? [];
  if (own === "") return { kind: "foreign", of: "", since: "" };
  if (why === "suspended")
    return GOOGLE_ID.test(own) ? { kind: "live", of: own, since } : { kind: "foreign", of: "", since: "" };
  return { kind: "marked", of: GOOGLE_ID.test(own) ? own : "", since };
}

export const isOurs = (object: Claimed): boolean => ["live", "marked"].includes(whose(object).kind);

/** Whether somebody is disabled by whoever is not this sync: without a mark, or with one that says so. */
export function isOff({ externalId, active }: Pick<ExistingUser, "externalId" | "active">): boolean {
  return !active && !(MARK.test(externalId) && !externalId.endsWith(".by-hand"));
}

/** The mark of somebody who is disabled by this sync now, whoever did it before. */
export const markAnew = (externalId: string): string => externalId.replace(/\.by-hand$/, "");

/** The object of a Google id; a live one before a marked one. */
export const linkedTo = <E extends Claimed>(id: string, list: readonly E[]): E | undefined =>
  list.find((one) => whose(one).of === id && whose(one).kind === "live") ??
  list.find((one) => whose(one).of === id);

/** What becomes of an object that somebody without one of their own meets at their name. */
export function atName(object: Claimed, { adopt }: Rules): "adopt" | "replace" | "in the way" {
  const { kind, of } = whose(object);
  if (kind === "foreign") return adopt === "any" ? "adopt" : "in the way";
  if (of !== "") return "replace";
  if (adopt !== "none") return "adopt";
  return kind === "marked" ? "replace" : "in the way";
}

/** Whether the day has come on which what is revoked is deleted. */
export function isDayOfDeletion(before: Claimed, { graceDays }: Rules, today: string): boolean {
  const { kind, since } = whose(before);
  const days = (Date.parse(today) - Date.parse(kind === "marked" ? since : today)) / 86_400_000;
  // Google may bring the account back for 20 days.
  if ("active" in before && isOff(before as ExistingUser) && days <= 20) return false;
  return graceDays !== "never" && (graceDays === 0 ? days >= 0 : days > graceDays);
}

/** Enabled by somebody after the mark: one run disables them, and deletes them no earlier than the next. */
export const enabledAgain = ({ users }: Pick<Existing, "users">): ReadonlySet<ExistingUser["id"]> =>
  new Set(users.filter(isEnabledAgain).map(({ id }) => id));
const isEnabledAgain = (user: ExistingUser): boolean => whose(user).kind === "marked" && user.active;

/** What a revoked object is known by. */
export const ownName = ({ externalId }: Claimed): string => MARK.exec(externalId)?.[3] ?? externalId;

/** The mark of somebody who is disabled because the account is suspended. */
export const suspendedMarkOf = (id: string, today: string, wasOff = false): string =>
  `ssosync-suspended.${today}.${id}${wasOff ? ".by-hand" : ""}`;

/** The mark that a revoked object carries: the old one, or one of today. */
export function markOf(before: Claimed, today: string): string {
  if (whose(before).kind === "marked") return before.externalId;
  const wasOff = "active" in before && isOff(before as ExistingUser);
  return `ssosync-retired.${today}.${ownName(before)}${wasOff ? ".by-hand" : ""}`;
}
