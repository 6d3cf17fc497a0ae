/** The first step of every run: who is enabled in the target, and no longer works here. */
import { approvalId } from "./approval.ts";
import type { Approvals, Waiting } from "./approval.ts";
import type { Absence, Disabling } from "./change.ts";
import { isOffByHand, markAnew, markDay, sourceOf, suspendedMark, userClaim } from "./mark.ts";
import { nameKey } from "./names.ts";
import type {
  Day,
  Existing,
  ExistingUser,
  ExistingUsers,
  Rules,
  SourceId,
  SourceUser,
  SourceUsers,
  TargetId,
} from "./model.ts";
import type { Trouble } from "./trouble.ts";

/**
 * An enabled managed user whom a listing calls suspended or archived, or does not have: to be looked at by id. One who
 * was revoked before, and enabled by somebody since, whatever a listing calls them.
 */
export interface Suspect {
  readonly user: ExistingUser;
  readonly id: SourceId;
  readonly listed: "suspended" | "archived" | "missing" | "active";
}

/** What the account itself says. */
export type Look =
  | { readonly says: "leaver"; readonly cause: Extract<Absence, "gone" | "suspended" | "archived"> }
  | { readonly says: "active"; readonly account: SourceUser }
  | { readonly says: "unsure"; readonly trouble: Trouble };

export interface Looked extends Suspect {
  readonly look: Look;
}

/** Ignored are only those whose very address an entry names: neither a pattern nor an alias keeps a leaver in. */
export function suspects(
  { users, unread }: SourceUsers,
  { users: existing }: Pick<ExistingUsers, "users">,
  { manage, ignoreUsers }: Rules,
): readonly Suspect[] {
  if (!manage.users) return [];
  const people = new Map(users.map((user) => [user.id, user]));
  const spared = new Set(ignoreUsers.map(nameKey));
  return existing.flatMap((user): readonly Suspect[] => {
    const id = sourceOf(userClaim(user.externalId));
    if (id === undefined || !user.active) return [];
    const account = people.get(id);
    const listed = account?.state ?? unread.get(id)?.state ?? (unread.has(id) ? "active" : "missing");
    const addresses = [user.userName, user.email, account?.email ?? ""];
    const isSpared = addresses.some((address) => spared.has(nameKey(address)));
    return (listed === "active" && !isRevoked(user)) || isSpared ? [] : [{ user, id, listed }];
  });
}

/** Whether somebody was revoked before: what they are enabled for again was given by nobody. */
export const isRevoked = ({ externalId }: Pick<ExistingUser, "externalId">): boolean =>
  userClaim(externalId).kind === "marked";

/** Whoever was revoked before, and enabled since: the same run does not delete them, however old the mark is. */
export const revokedBefore = (changes: readonly Disabling[]): ReadonlySet<TargetId> =>
  new Set(changes.flatMap(({ id, before }) => (isRevoked(before) ? [id] : [])));

const A_DAY_MS = 86_400_000;

/**
 * Who was suspended, archived or deleted within the day, as far as Google tells when: the newest first, and last those of
 * whom it does not tell.
 */
export function offToday(
  { users, unread }: SourceUsers,
  deleted: ReadonlyMap<SourceId, string>,
  now: string,
): readonly SourceId[] {
  const off: (readonly [id: SourceId, since: string | undefined])[] = [
    ...deleted,
    ...users.flatMap((user) => (user.state === "active" ? [] : [[user.id, user.offSince] as const])),
    ...[...unread].flatMap(([id, { state = "active" }]) => (state === "active" ? [] : [[id, ""] as const])),
  ];
  return off
    .map(([id, since]) => ({ id, since: Date.parse(since ?? "") }))
    .filter(({ since }) => !(Date.parse(now) - since >= A_DAY_MS))
    .toSorted((one, other) => (other.since || 0) - (one.since || 0))
    .map(({ id }) => id);
}

/**
 * Those of the target whom this sync marked that day, but for those who were only out of scope: a full run makes of a
 * leaver's mark that of somebody retired.
 */
export function markedOn(
  today: Day,
  { users }: Pick<ExistingUsers, "users">,
  source: SourceUsers,
): readonly ExistingUser[] {
  const active = new Set(source.users.flatMap(({ id, state }) => (state === "active" ? [id] : [])));
  return users.filter((user) => {
    const claim = userClaim(user.externalId);
    const id = sourceOf(claim);
    const isOutOfScope = claim.kind === "marked" && id !== undefined && active.has(id);
    return markDay(claim) === today && !isOutOfScope && !isOffByHand(user);
  });
}

/** One id for one user, whatever they wait for. */
export const leaverId = ({ user, id }: Suspect, digest: Approvals["digest"]): string =>
  approvalId("leavers", [user.id, id], digest);

/**
 * Disabled and marked in one request, so that a cut leaves nobody disabled without a mark. Whoever was revoked before
 * stays so: the account may have another user by now.
 */
export function disabling({ user, id }: Suspect, cause: Absence, today: Day): Disabling {
  const externalId = isRevoked(user) ? markAnew(user.externalId) : suspendedMark(id, today);
  const patch = { active: false, ...(externalId === user.externalId ? {} : { externalId }) };
  return { kind: "user.disable", id: user.id, before: user, patch, cause, needs: [] };
}

/** The source as single looks correct its listing; of whom no look could tell, nothing is known. */
export function corrected<S extends SourceUsers>(source: S, looked: readonly Looked[]): S {
  if (looked.length === 0) return source;
  const users = new Map(source.users.map((user) => [user.id, user]));
  const unread = new Map(source.unread);
  for (const { id, user, look } of looked) {
    // A look asks for nothing but what decides who may be in.
    if (look.says === "active")
      users.set(id, { ...look.account, fields: users.get(id)?.fields ?? look.account.fields });
    if (look.says === "leaver" && look.cause === "gone") users.delete(id);
    if (look.says === "active" || (look.says === "leaver" && look.cause === "gone")) unread.delete(id);
    if (look.says === "unsure") unread.set(id, { kind: "user", email: user.userName, ...look.trouble });
  }
  return { ...source, users: [...users.values()], unread };
}

/** The target once these are disabled. */
export function withoutLeavers(existing: Existing, changes: readonly Disabling[]): Existing {
  const patches = new Map(changes.map(({ id, patch }) => [id, patch]));
  if (patches.size === 0) return existing;
  return { ...existing, users: existing.users.map((user) => ({ ...user, ...patches.get(user.id) })) };
}

/** A leaver who waits, because too many left within a day. */
export const waitingLeaver = (
  suspect: Suspect,
  reason: Waiting["reason"],
  approvals: Approvals,
): Waiting => ({
  id: leaverId(suspect, approvals.digest),
  kind: reason.code === "no-answer" ? "unsure" : "leavers",
  about: { kind: "user", source: suspect.id, target: suspect.user.id, label: suspect.user.userName },
  reason,
});
