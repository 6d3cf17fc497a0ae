import type { Approvals, Waiting } from "./approval.ts";
import type { Carries } from "./carries.ts";
import type { Change, ExistingGroupHead } from "./change.ts";
import { planGroups } from "./groups.ts";
import type { GroupInput } from "./groups.ts";
import { isOurGroup } from "./mark.ts";
import { isParked } from "./renames.ts";
import { planMemberships, resolver } from "./memberships.ts";
import type { MembershipPlan } from "./memberships.ts";
import { planUsers } from "./users.ts";
import type { Scoped } from "./scope.ts";
import type { Skip, Stranger } from "./reason.ts";
import { existingGroupRef, existingUserRef } from "./ref.ts";
import { day } from "./model.ts";
import type { Existing, ExistingUser, Rules, SourceId, TargetId } from "./model.ts";

/** What is held back: the plan leaves these objects and memberships as they are. */
export interface Holds {
  readonly users: ReadonlySet<TargetId>;
  readonly groups: ReadonlySet<TargetId>;
  /** Groups that are not retired for now, although Google has let them go: who may take one over is still asked. */
  readonly retirements: ReadonlySet<TargetId>;
  /** `<group id>/<user id>` */
  readonly members: ReadonlySet<string>;
  /** Users of whom nobody can say whether a membership of theirs is gone: none of them is enabled meanwhile. */
  readonly doubted: ReadonlySet<TargetId>;
  /** Accounts that are not active, whatever a listing says: none is enabled, and none becomes a member. */
  readonly inactive: ReadonlySet<SourceId>;
  /** Groups that gain nobody. */
  readonly additions: ReadonlySet<TargetId>;
  /** Users and groups that keep their names. */
  readonly renames: ReadonlySet<TargetId>;
  /** Groups that are not created. */
  readonly creates: ReadonlySet<SourceId>;
  /** Users and groups that are not deleted although the day has come. */
  readonly deletions: ReadonlySet<TargetId>;
}

export const NO_HOLDS: Holds = {
  ...{ users: new Set(), groups: new Set(), members: new Set(), doubted: new Set(), inactive: new Set() },
  ...{
    retirements: new Set(),
    additions: new Set(),
    renames: new Set(),
    creates: new Set(),
    deletions: new Set(),
  },
};

/** What either holds back. */
export const bothHolds = (one: Holds, other: Holds): Holds => ({
  users: one.users.union(other.users),
  groups: one.groups.union(other.groups),
  retirements: one.retirements.union(other.retirements),
  members: one.members.union(other.members),
  doubted: one.doubted.union(other.doubted),
  inactive: one.inactive.union(other.inactive),
  additions: one.additions.union(other.additions),
  renames: one.renames.union(other.renames),
  creates: one.creates.union(other.creates),
  deletions: one.deletions.union(other.deletions),
});

/** Everything that will be written, in order: steps one after the other, the changes of one step side by side. */
export interface Plan {
  readonly steps: readonly (readonly Change[])[];
  readonly skips: readonly Skip[];
  readonly waiting: readonly Waiting[];
  readonly strangers: readonly Stranger[];
  /** The desired users and groups that are in the target already. */
  readonly users: ReadonlyMap<SourceId, TargetId>;
  readonly groups: ReadonlyMap<SourceId, TargetId>;
}

export interface Situation {
  readonly scoped: Scoped;
  readonly existing: Existing;
  readonly rules: Rules;
  /** ISO 8601, UTC. */
  readonly now: string;
  readonly holds: Holds;
  readonly approvals: Approvals;
  /** What is known of the access that users and groups carry: all of it is asked for once there is a plan. */
  readonly carries: Carries;
}

/** Pure, and complete before the first write. The array literal is the order (contract §7). */
export function plan(situation: Situation): Plan {
  const { scoped, existing, rules, now, holds, approvals } = situation;
  const common = { scoped, existing, rules, today: day(now), approvals };
  const users = planUsers({
    ...common,
    held: holds.users,
    doubted: scoped.unsure.union(holds.doubted),
    inactive: holds.inactive,
    renames: holds.renames,
  });
  const resolve = resolver(scoped, users, holds.inactive);
  const groups = planGroups({
    ...common,
    held: holds.groups,
    retirements: holds.retirements,
    ...{ renames: holds.renames, creates: holds.creates },
    turnover: turnover(scoped, rules),
  });
  const memberships = planMemberships({
    ...{ ...common, users, groups, resolve },
    ...{ held: holds.members, heldUsers: holds.users, additions: holds.additions },
  });
  const waves = zip<Change>(users.update, groups.update);
  const back = waves.flat().filter(isBack);
  const stay = users.due.length === 0 ? new Set<TargetId>() : stays(existing, memberships);
  return {
    steps: [
      back,
      users.takeAway,
      [...groups.takeAway, ...memberships.remove],
      [...users.freeNames, ...groups.freeNames],
      ...waves.map((wave) => wave.filter((change) => !back.includes(change))),
      users.create,
      memberships.create,
      memberships.add,
      ...users.cosmetics,
      users.managers,
      [
        ...users.due.filter(({ id }) => !stay.has(id)),
        ...groups.due.filter(({ id }) => memberships.remaining.get(id)?.size === 0),
      ].filter(({ id }) => !holds.deletions.has(id)),
    ].filter((step) => step.length > 0),
    skips: [
      ...scoped.skips,
      ...users.skips,
      ...groups.skips,
      ...memberships.skips,
      ...keptUsers(users.due, stay),
      ...keptGroups(groups.due, memberships),
    ],
    waiting: [...users.waiting, ...groups.waiting],
    strangers: scoped.strangers,
    users: users.ids,
    groups: new Map(groups.synced.map(({ desired, existing: { id } }) => [desired.externalId, id])),
  };
}

/** Whether it gives back a name that was lost for a moment, and has to wait for nobody. */
export const isBack = (change: Change): boolean =>
  "patch" in change &&
  change.needs.length === 0 &&
  change.cause !== "parked" &&
  ("userName" in change.before ? [change.before.userName, change.before.email] : [change.before.name]).some(
    (name) => isParked(name, change),
  );

/** Whoever cannot be created in this run joins as soon as nothing keeps them from it; who is revoked leaves anyway. */
function turnover(scoped: Scoped, { manage }: Rules): GroupInput["turnover"] {
  if (!manage.memberships) return () => ({ joins: new Map(), leaves: new Map(), later: [] });
  let indexed: Everybody | undefined;
  return (desired, members) => {
    // Most runs take nothing over, and there may be very many users.
    indexed ??= indexUsers(scoped, manage);
    const { there, created, asleep, ours } = indexed;
    const stay = new Set<TargetId>();
    const joins = new Map<SourceId, string>();
    for (const id of desired.members) {
      const at = there.get(id);
      if (at !== undefined && members.has(at.id)) stay.add(at.id);
      else {
        const name = at?.userName ?? created.get(id);
        if (name !== undefined) joins.set(id, name);
      }
    }
    const gone = desired.unread === undefined ? [...members] : [];
    const leaves = gone.flatMap((id) => {
      const name = stay.has(id) ? undefined : ours.get(id);
      return name === undefined ? [] : [[id, name] as const];
    });
    const later = [...desired.members].flatMap((id) => asleep.get(id) ?? []);
    return { joins, leaves: new Map(leaves), later };
  };
}

interface Everybody {
  readonly there: ReadonlyMap<SourceId, ExistingUser>;
  /** The addresses of those to be created, in this run or a later one. */
  readonly created: ReadonlyMap<SourceId, string>;
  /** And of those to be created once their accounts are active. */
  readonly asleep: ReadonlyMap<SourceId, string>;
  /** Whom taking a group over puts out of it: not those who are revoked or held back as users. */
  readonly ours: ReadonlyMap<TargetId, string>;
}

function indexUsers({ users }: Scoped, manage: Rules["manage"]): Everybody {
  const fresh = manage.users ? users.onlyDesired : [];
  const named = (active: boolean) =>
    new Map(fresh.filter((user) => user.active === active).map((user) => [user.externalId, user.email]));
  const gone = manage.users ? [] : users.onlyExisting;
  const ours = [...users.pairs.map(({ existing }) => existing), ...gone];
  return {
    there: new Map(users.pairs.map(({ desired, existing }) => [desired.externalId, existing])),
    ...{ created: named(true), asleep: named(false) },
    ours: new Map(ours.map(({ id, userName }) => [id, userName])),
  };
}

/** Whoever is still a member of a group of ours is not deleted, even if that group is left alone. */
function stays({ groups }: Existing, { remaining }: MembershipPlan): ReadonlySet<TargetId> {
  const ours = groups.filter((group) => isOurGroup(group) || remaining.has(group.id));
  const found = new Set<TargetId>();
  for (const { id, members } of ours) for (const member of remaining.get(id) ?? members) found.add(member);
  return found;
}

function keptUsers(
  due: readonly { readonly id: TargetId; readonly before: ExistingUser }[],
  stay: ReadonlySet<TargetId>,
): readonly Skip[] {
  return due
    .filter(({ id }) => stay.has(id))
    .map(({ before }) => ({ about: existingUserRef(before), reason: { code: "still-member" } }));
}

function keptGroups(
  due: readonly { readonly id: TargetId; readonly before: ExistingGroupHead }[],
  { remaining }: MembershipPlan,
): readonly Skip[] {
  return due.flatMap(({ id, before }) => {
    const count = remaining.get(id)?.size ?? 0;
    if (count === 0) return [];
    return [{ about: existingGroupRef(before), reason: { code: "still-has-members", count } }];
  });
}

function zip<T>(one: readonly (readonly T[])[], other: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.max(one.length, other.length) }, (_, at) => [
    ...(one[at] ?? []),
    ...(other[at] ?? []),
  ]);
}

export const changesOf = (plan: Plan): readonly Change[] => plan.steps.flat();
