import { day, sourceId } from "./model.ts";
import type { Day, Rules, SourceId } from "./model.ts";

/**
 * Whose an object of the target is, read from its `externalId`:
 * `managed` it is Google's id, or the mark of a user whom this sync disabled because Google suspended the account;
 * `marked` it is ours and revoked since that day; `foreign` another identity provider's; `unmanaged` a person or
 * Control Tower made it.
 */
export type Claim =
  | { readonly kind: "managed"; readonly sourceId: SourceId; readonly suspendedSince?: Day }
  | { readonly kind: "marked"; readonly since: Day; readonly sourceId: SourceId | undefined }
  | { readonly kind: "foreign" }
  | { readonly kind: "unmanaged" };

/** The ids that Google gives; none was seen otherwise. */
export const GOOGLE_USER = /^\d{15,25}$/;
export const GOOGLE_GROUP = /^0[0-9a-z]{13,15}$/;
const MARK = /^ssosync-(retired|suspended)\.(\d{4}-\d{2}-\d{2})\.(.+?)(\.by-hand)?$/;
/** How the mark of somebody ends whom a person had disabled in the target before. */
const BY_HAND = ".by-hand";

export const userClaim = (externalId: string): Claim => claim(externalId, GOOGLE_USER);
export const groupClaim = (externalId: string): Claim => claim(externalId, GOOGLE_GROUP);

function claim(externalId: string, google: RegExp): Claim {
  if (externalId === "") return { kind: "unmanaged" };
  if (google.test(externalId)) return { kind: "managed", sourceId: sourceId(externalId) };
  const [, why, since, id] = MARK.exec(externalId) ?? [];
  if (since === undefined || id === undefined || Number.isNaN(Date.parse(since))) return { kind: "foreign" };
  const known = google.test(id) ? sourceId(id) : undefined;
  if (why === "retired") return { kind: "marked", since: day(since), sourceId: known };
  return known === undefined
    ? { kind: "foreign" }
    : { kind: "managed", sourceId: known, suspendedSince: day(since) };
}

/** The source's id of what is ours, revoked or not; none where it never had one. */
export const sourceOf = (claim: Claim): SourceId | undefined =>
  claim.kind === "managed" || claim.kind === "marked" ? claim.sourceId : undefined;

/** Whether a group is of this sync, revoked or not. */
export function isOurGroup({ externalId }: { readonly externalId: string }): boolean {
  const { kind } = groupClaim(externalId);
  return kind === "managed" || kind === "marked";
}

/** The day on which we disabled somebody whom Google calls suspended, archived or deleted. */
export const suspendedSince = (claim: Claim): Day | undefined =>
  claim.kind === "managed" ? claim.suspendedSince : undefined;

/** The day on which it was revoked. */
export const markedSince = (claim: Claim): Day | undefined =>
  claim.kind === "marked" ? claim.since : undefined;

/** The day of its mark, of either kind. */
export const markDay = (claim: Claim): Day | undefined => markedSince(claim) ?? suspendedSince(claim);

/** What one of ours is known by: its Google id; a mark of an earlier release may have `aws-<target id>` instead. */
export function ownName({ externalId }: { readonly externalId: string }): string {
  const [, , , marked] = MARK.exec(externalId) ?? [];
  return marked ?? externalId;
}

/** How the names begin under which a retired user is moved aside. */
export const asideStart = (user: { readonly externalId: string }): string => `retired.${ownName(user)}.`;

export const isAside = (user: { readonly externalId: string; readonly userName: string }): boolean =>
  user.userName.startsWith(asideStart(user));

/** The mark of somebody who was enabled again since: whoever disables them now is not the person who did it then. */
export const markAnew = (externalId: string): string =>
  MARK.exec(externalId)?.[4] === BY_HAND ? externalId.slice(0, -BY_HAND.length) : externalId;

/** A user, or a group, which nobody can disable. */
interface Markable {
  readonly externalId: string;
  readonly active?: boolean;
}

/**
 * Whether a user is disabled, and not by this sync: whomever it disables gets a mark, which says so where somebody else
 * had disabled them before. Only an approval enables them again.
 */
export function isOffByHand({ externalId, active = true }: Markable): boolean {
  if (active) return false;
  return markDay(userClaim(externalId)) === undefined || MARK.exec(externalId)?.[4] === BY_HAND;
}

/**
 * The `externalId` of a revoked object: the day it was revoked, what it is known by, and of a user whether a person had
 * disabled them before.
 */
export function mark(object: Markable, today: Day): string {
  return `ssosync-retired.${today}.${ownName(object)}${isOffByHand(object) ? BY_HAND : ""}`;
}

/** The `externalId` of a user whom Google calls suspended, archived or deleted: since when, who, and likewise. */
export function suspendedMark(id: SourceId, today: Day, wasOffByHand = false): string {
  return `ssosync-suspended.${today}.${id}${wasOffByHand ? BY_HAND : ""}`;
}

/** Whole days from one UTC day to another. */
function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** Google shows a deleted account for 20 days: of whom we marked before, a refusal to show them says that they are gone. */
const DAYS_SHOWN = 20;

/** Whether somebody was marked as a leaver so long ago that Google shows their account to nobody any more. */
export function isForgotten({ externalId }: { readonly externalId: string }, today: Day): boolean {
  const since = markDay(userClaim(externalId));
  return since !== undefined && daysBetween(since, today) > DAYS_SHOWN;
}

/** When what is not asked for was revoked: it is today where it has no mark yet. */
export const revokedSince = (claim: Claim, today: Day): Day => markedSince(claim) ?? today;

/** Deleted by the first run that many days after the end of the marked day; a mark in the future is not due. */
export function isDue(since: Day, today: Day, { graceDays }: Rules, isByHand = false): boolean {
  return graceDays !== "never" && daysBetween(since, today) >= wholeDays(graceDays, isByHand);
}

/**
 * Somebody marked a minute before midnight has all of the days that follow; without any, the day itself is none. Whoever
 * was disabled by hand stays while Google can bring the account back, because a new user would be enabled.
 */
function wholeDays(graceDays: number, isByHand: boolean): number {
  const days = graceDays === 0 ? 0 : graceDays + 1;
  return isByHand ? Math.max(days, DAYS_SHOWN + 1) : days;
}

/** The day on which what was marked then is deleted; undefined for never. */
export function dueDay(since: Day, { graceDays }: Rules, isByHand = false): Day | undefined {
  return graceDays === "never" ? undefined : addDays(since, wholeDays(graceDays, isByHand));
}

function addDays(from: Day, days: number): Day {
  return day(new Date(Date.parse(from) + days * 86_400_000).toISOString());
}
