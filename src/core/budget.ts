import { approvalId } from "./approval.ts";
import type { Approvals, Waiting } from "./approval.ts";
import { hasFact, isRetirement } from "./change.ts";
import type { Budget, Change, ChangeWith, Known, Leaver } from "./change.ts";
import { groupClaim, userClaim } from "./mark.ts";
import { allowedRemovals } from "./limit.ts";
import { changesOf } from "./plan.ts";
import type { Plan, Situation } from "./plan.ts";
import type { Excess, RefusalReason } from "./reason.ts";
import { day } from "./model.ts";
import type { Day, Existing, Limit, Source, TargetId } from "./model.ts";

/** What the limits say of a plan (contract §6). */
export type Verdict =
  | { readonly kind: "free" }
  | {
      readonly kind: "refused";
      readonly reasons: readonly RefusalReason[];
      /** What an approval would let through; empty where nothing can be approved. */
      readonly waiting: readonly Waiting[];
    };

/** What could lose access: everything of ours that is not revoked yet. */
interface Base {
  readonly users: ReadonlySet<TargetId>;
  readonly activeUsers: ReadonlySet<TargetId>;
  readonly groups: ReadonlySet<TargetId>;
  readonly memberships: number;
  readonly usersMarkedToday: number;
  readonly groupsMarkedToday: number;
}

/** Weighs the whole plan against the limits; `given` approvals let through what they name. */
export function judge(plan: Plan, source: Source, situation: Situation): Verdict {
  const { existing, rules, now, approvals } = situation;
  const today = day(now.slice(0, 10));
  const changes = changesOf(plan);
  const present = baseOf(existing, today);
  const also = newlyManaged(changes, situation);
  const base = also.size === 0 ? present : baseOf(existing, today, also);
  const never = [...emptySource(source, present), ...emptyTarget(changes, present)];
  const broken = [
    removals("users", changes, base, rules.limits.users),
    removals("groups", changes, base, rules.limits.groups),
    removals("memberships", changes, base, rules.limits.memberships),
  ].filter((limit) => limit !== undefined);
  const renamed = renames(changes, base, rules.limits.groups, approvals);
  const waiting =
    never.length > 0
      ? []
      : [
          ...removalsWaiting(broken, notDoneAnyway(changes, base, rules.limits.users), approvals),
          ...(renamed ?? []),
        ];
  const open = waiting.filter((wait) => !approvals.given.has(wait.id));
  const reasons = [...never, ...open.map(({ reason }) => reason)];
  return reasons.length === 0 ? { kind: "free" } : { kind: "refused", reasons, waiting: open };
}

/**
 * What this plan takes over by name is managed from now on, so what it removes there is a share of it. Where users are
 * somebody else's to write, all of them count whose memberships are ours.
 */
function newlyManaged(changes: readonly Change[], { scoped, rules }: Situation): ReadonlySet<TargetId> {
  const adopted = changes.flatMap((change) =>
    "cause" in change && change.cause === "adopted" ? [change.id] : [],
  );
  const others = rules.manage.users ? [] : scoped.users.pairs.map(({ existing }) => existing.id);
  return new Set([...adopted, ...others]);
}

function baseOf(existing: Existing, today: Day, also: ReadonlySet<TargetId> = new Set()): Base {
  const ours = (kind: string, id: TargetId): boolean => kind === "managed" || also.has(id);
  const users = existing.users.filter((user) => ours(userClaim(user.externalId).kind, user.id));
  const groups = existing.groups.filter((group) => ours(groupClaim(group.externalId).kind, group.id));
  const ids = new Set(users.map((user) => user.id));
  const markedToday = (claim: ReturnType<typeof userClaim>): boolean =>
    claim.kind === "marked" && claim.since === today;
  return {
    users: ids,
    activeUsers: new Set(users.filter((user) => user.active).map((user) => user.id)),
    groups: new Set(groups.map((group) => group.id)),
    memberships: groups.reduce((sum, group) => sum + countIn(group.members, ids), 0),
    usersMarkedToday: existing.users.filter((user) => markedToday(userClaim(user.externalId))).length,
    groupsMarkedToday: existing.groups.filter((group) => markedToday(groupClaim(group.externalId))).length,
  };
}

function countIn(some: Iterable<TargetId>, all: ReadonlySet<TargetId>): number {
  let count = 0;
  for (const one of some) if (all.has(one)) count += 1;
  return count;
}

// ---------------------------------------------------------------- never empty

function emptySource(source: Source, base: Base): readonly RefusalReason[] {
  return (["users", "groups"] as const).flatMap((budget) =>
    source[budget].length === 0 && base[budget].size > 0
      ? [{ code: "nothing-listed", budget, existing: base[budget].size }]
      : [],
  );
}

function emptyTarget(changes: readonly Change[], base: Base): readonly RefusalReason[] {
  const existing = { users: base.activeUsers, groups: base.groups };
  return (["users", "groups"] as const).flatMap((budget) => {
    const gone = new Set(changes.flatMap((change) => (hasFact(change, "limit", budget) ? [change.id] : [])));
    const { size } = existing[budget];
    return size > 0 && gone.isSupersetOf(existing[budget])
      ? [{ code: "nothing-left", budget, existing: size }]
      : [];
  });
}

// ---------------------------------------------------------------- limits

type UserRemoval = ChangeWith<"limit", "users">;

/** Disabling again what was revoked earlier takes nothing away that anybody should have. */
const isNewRemoval = (change: Change): change is UserRemoval =>
  hasFact(change, "limit", "users") && change.cause !== "marked";

/** Memberships that go along with a removed user or group count once, as that user or group. */
function countOf(what: Budget, changes: readonly Change[], base: Base): number {
  switch (what) {
    case "users":
      return changes.filter(isNewRemoval).length + base.usersMarkedToday;
    case "groups":
      return changes.filter((change) => hasFact(change, "limit", "groups")).length + base.groupsMarkedToday;
    case "memberships":
      return lostMemberships(changes);
    default:
      return what satisfies never;
  }
}

function lostMemberships(changes: readonly Change[]): number {
  const revoked = revokedBy(changes);
  return changes.reduce((sum, change) => sum + countLeavers(change, revoked), 0);
}

function countLeavers(change: Change, revoked: ReadonlySet<TargetId>): number {
  if (!hasFact(change, "limit", "memberships")) return 0;
  return change.users.filter((user) => !goesAlong(change.group, user, revoked)).length;
}

/** The users and groups that a plan revokes. */
export const revokedBy = (changes: readonly Change[]): ReadonlySet<TargetId> =>
  new Set(changes.flatMap((change) => (isRetirement(change) ? [change.id] : [])));

/** Whether a membership goes along with its user or its group, which this plan revokes or an earlier run revoked. */
export function goesAlong(group: Known, leaver: Leaver, revoked: ReadonlySet<TargetId>): boolean {
  switch (leaver.because) {
    case "left":
      return false;
    case "user-revoked":
      return revoked.has(leaver.id) || userClaim(leaver.externalId).kind === "marked";
    case "group-revoked":
      return revoked.has(group.id) || groupClaim(group.externalId).kind === "marked";
    default:
      return leaver.because satisfies never;
  }
}

function removals(budget: Budget, changes: readonly Change[], base: Base, limit: Limit): Excess | undefined {
  const of = budget === "memberships" ? base.memberships : base[budget].size;
  const count = countOf(budget, changes, base);
  const allows = allowedRemovals(limit, of);
  const earlier =
    budget === "memberships" ? 0 : budget === "users" ? base.usersMarkedToday : base.groupsMarkedToday;
  return count <= allows || count === earlier ? undefined : { budget, count, of, earlier, limit, allows };
}

/**
 * Without the disabling that a refused plan does all the same: the next plan lacks it, and the id that was told must
 * still fit then.
 */
function notDoneAnyway(changes: readonly Change[], base: Base, limit: Limit): readonly Change[] {
  const done = new Set(changes.filter((change) => change.kind === "user.disable" && change.before.active));
  const fits = done.size + base.usersMarkedToday <= allowedRemovals(limit, base.users.size);
  return fits ? changes.filter((change) => !done.has(change)) : changes;
}

/** Broken removal limits wait as one: its id names every removal of the plan, and nothing else. */
function removalsWaiting(
  broken: readonly Excess[],
  changes: readonly Change[],
  { digest }: Approvals,
): readonly Waiting[] {
  if (broken.length === 0) return [];
  const deeds = changes.filter((change) => hasFact(change, "takesAway", "access")).flatMap(deedsOf);
  return [
    {
      id: approvalId("removals", deeds, digest),
      kind: "removals",
      reason: { code: "over-limit", broken },
    },
  ];
}

/** The parts of a removal, without dates. */
function deedsOf(removal: ChangeWith<"takesAway", "access">): readonly string[] {
  if (removal.kind === "members.remove")
    return removal.users.map((user) => `${removal.kind} ${removal.group.id} ${user.id}`);
  return [`${removal.kind} ${removal.id} ${removal.before.externalId}`];
}

function renames(
  changes: readonly Change[],
  base: Base,
  limit: Limit,
  { digest }: Approvals,
): readonly Waiting[] | undefined {
  const renamed = changes.filter(
    (change) =>
      change.kind === "group.update" && change.patch.name !== undefined && change.cause === "differs",
  );
  const of = base.groups.size;
  const allows = allowedRemovals(limit, of);
  if (renamed.length <= allows) return undefined;
  const deeds = renamed.map((change) =>
    "patch" in change ? `${change.id} ${JSON.stringify(change.patch)}` : "",
  );
  return [
    {
      id: approvalId("renames", deeds, digest),
      kind: "renames",
      reason: { code: "too-many-renames", count: renamed.length, of, limit, allows },
    },
  ];
}

// ---------------------------------------------------------------- what a refused plan still does

/**
 * A clean-up that waits for approval must not keep a dismissed person in: whom Google itself reports as suspended,
 * archived or deleted is disabled all the same; all of them or, when they are more than the user limit, none.
 */
export function stillDisabled(
  plan: Plan,
  deleted: ReadonlySet<string>,
  { existing, rules, now }: Situation,
): Plan {
  const base = baseOf(existing, day(now.slice(0, 10)));
  const reported = changesOf(plan).flatMap((change): UserRemoval[] => {
    if (!isNewRemoval(change) || !change.before.active) return [];
    const byGoogle = change.cause === "suspended" || change.cause === "archived";
    return byGoogle || deleted.has(change.before.externalId) ? [change] : [];
  });
  const fits =
    reported.length + base.usersMarkedToday <= allowedRemovals(rules.limits.users, base.users.size);
  const may = fits && reported.length > 0 && emptyTarget(reported, base).length === 0;
  return { ...plan, steps: may ? [reported.map(onlyDisable)] : [], waiting: [] };
}

function onlyDisable(change: UserRemoval): Change {
  return { ...change, kind: "user.disable", patch: { active: false } };
}
