/** How much of each budget is left: what it allows, of how many, and what is spent. */
import { allowed } from "./limit.ts";
import { groupClaim, userClaim } from "./mark.ts";
import type { Situation } from "./plan.ts";
import { isYoung } from "./subjects.ts";
import { turnoverOf } from "./tally.ts";
import type { Spent } from "./tally.ts";
import type { Budget, Existing, ExistingUser, Rules, TargetId } from "./model.ts";

/** What was spent within 24 hours. */
export interface SpentSoFar {
  /** When the target was read: what budgets allow is worked out from it. */
  readonly spent: Spent;
  /** By now, where that is known to be more. */
  readonly by?: Spent;
}

interface Managed {
  /** Managed and enabled, or managed, now. */
  readonly all: ReadonlySet<TargetId>;
  /** Those of them that are older than a day; all, where none is. */
  readonly old: ReadonlySet<TargetId>;
}

/** What could be taken: all that is managed now. */
export interface Base {
  readonly users: Managed;
  readonly groups: Managed;
  readonly memberships: { readonly all: number; readonly old: number };
  /** Every user, whosever. */
  readonly people: ReadonlySet<TargetId>;
  readonly members: ReadonlyMap<TargetId, { readonly size: number; readonly ours: number }>;
}

/** What the budgets are judged by. Where users are somebody else's to write, those count whose memberships are ours. */
export function baseOf({ existing, scoped, rules, now }: Situation): Base {
  const others = rules.manage.users ? [] : scoped.users.pairs.map((pair) => pair.existing.id);
  const also = new Set(others);
  const isOurs = (user: Existing["users"][number]): boolean =>
    also.has(user.id) || userClaim(user.externalId).kind === "managed";
  const users = managed(
    existing.users.filter((user) => user.active && isOurs(user)),
    now,
  );
  const ours = existing.groups.filter(({ externalId }) => groupClaim(externalId).kind === "managed");
  const groups = managed(ours, now);
  const members = new Map(
    existing.groups.map(({ id, members: all }) => [id, { size: all.size, ours: countIn(all, users.all) }]),
  );
  return {
    users,
    groups,
    people: new Set(existing.users.map(({ id }) => id)),
    memberships: {
      all: sum(ours.map(({ id }) => members.get(id)?.ours ?? 0)),
      old: sum(ours.map((group) => (groups.old.has(group.id) ? countIn(group.members, users.old) : 0))),
    },
    members,
  };
}

function managed(
  some: readonly { readonly id: TargetId; readonly createdAt: string }[],
  now: string,
): Managed {
  const all = new Set(some.map(({ id }) => id));
  const old = new Set(some.flatMap((one) => (isYoung(one, now) ? [] : [one.id])));
  return { all, old: old.size === 0 ? all : old };
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

function countIn(some: Iterable<TargetId>, all: ReadonlySet<TargetId>): number {
  let count = 0;
  for (const one of some) if (all.has(one)) count += 1;
  return count;
}

// ---------------------------------------------------------------- what one budget allows

/** What is allowed within 24 hours, of how many, and what of that is spent. */
export interface Room {
  readonly of: number;
  readonly spent: number;
  readonly allows: number;
}

/** The room of a budget that is not about one group. */
export function roomOf(
  budget: Exclude<Budget, "growth" | "shrink" | "leavers">,
  base: Base,
  { spent, by = spent }: SpentSoFar,
  rules: Rules,
): Room {
  const room = (of: number, all: number, size: number): Room => ({
    ...{ of, spent: size, allows: allowed(rules.limits[budget], of, all) },
  });
  switch (budget) {
    case "users":
      return room(usersThen(base.users, spent), base.users.all.size, by.users.size);
    case "groups":
      return room(groupsThen(base, spent), base.groups.all.size, by.groups.size);
    case "newGroups":
      return room(groupsThen(base, spent), base.groups.all.size, by.newGroups.size);
    case "memberships": {
      const gained = sum([...spent.turnover.values()].map((one) => one.gained));
      const of = Math.max(0, base.memberships.old - gained) + spent.memberships;
      return room(of, base.memberships.all, by.memberships);
    }
    default:
      return budget satisfies never;
  }
}

/** Leavers are judged by users alone, before any group is read. */
export function roomForLeavers(
  users: readonly ExistingUser[],
  now: string,
  spent: Spent,
  rules: Rules,
): Room {
  const base = managed(
    users.filter((user) => user.active && userClaim(user.externalId).kind === "managed"),
    now,
  );
  const of = usersThen(base, spent);
  return { of, spent: spent.leavers.size, allows: allowed(rules.limits.leavers, of, base.all.size) };
}

const usersThen = ({ old }: Managed, { leavers, users }: Spent): number =>
  new Set([...old, ...leavers.keys(), ...users.keys()]).size;

const groupsThen = ({ groups }: Base, spent: Spent): number =>
  new Set([...groups.old, ...spent.groups.keys()]).size;

/** Renames have the budget of what is retired of the same, counted apart. */
export function roomForRenames(of: "users" | "groups", base: Base, scales: SpentSoFar, rules: Rules): Room {
  const renamed = [...(scales.by ?? scales.spent).renames.keys()];
  const spent = renamed.filter((id) => base.people.has(id) === (of === "users")).length;
  return { ...roomOf(of, base, scales, rules), spent };
}

/** What one group may gain or lose: of the members that it had a day ago, as far as anybody knows. */
export function roomInGroup(
  budget: "growth" | "shrink",
  group: TargetId,
  base: Base,
  { spent, by = spent }: SpentSoFar,
  rules: Rules,
): Room {
  const { gained, lost } = turnoverOf(spent, group);
  const now = base.members.get(group);
  const of = Math.max(0, ((budget === "growth" ? now?.size : now?.ours) ?? 0) + lost - gained);
  const sofar = turnoverOf(by, group);
  return {
    of,
    spent: budget === "growth" ? sofar.gained : sofar.lost,
    allows: allowed(rules.limits[budget], of),
  };
}
