/** Groups that REQUIRED_MEMBERS names: so many enabled members stay in them, whatever Google says. */
import type { Change } from "./change.ts";
import { groupClaim, userClaim } from "./mark.ts";
import { membership } from "./memberships.ts";
import type { ExistingGroup, TargetId } from "./model.ts";
import { nameKey } from "./names.ts";
import { changesOf } from "./plan.ts";
import type { Holds, Plan, Situation } from "./plan.ts";
import type { Held, Stranger } from "./reason.ts";
import { existingGroupRef } from "./ref.ts";
import { revokedBy } from "./subjects.ts";

/** What of a plan is held, so that no group has fewer members than it needs. */
interface Shortfall {
  readonly held: readonly Held[];
  readonly holds: Pick<Holds, "users" | "retirements" | "members" | "renames">;
}

/**
 * What a plan may not take. Only who is enabled and in the group already counts as staying: whoever would come may be
 * refused, and counts from the next run on. Leavers do not count at all, so nothing keeps them in.
 */
export function shortfallOf(plan: Plan, situation: Situation): Shortfall {
  const { requiredMembers } = situation.rules;
  if (requiredMembers.length === 0) return { held: [], holds: holdsOf([]) };
  const needs = new Map(requiredMembers.map(({ group, count }) => [nameKey(group), count]));
  const changes = changesOf(plan);
  const renames = Map.groupBy(changes.filter(isRename), ({ id }) => id);
  const stays = enabledMembers(situation);
  const held = situation.existing.groups.flatMap((group): readonly Held[] => {
    if (groupClaim(group.externalId).kind === "marked") return [];
    const own = renames.get(group.id) ?? [];
    const names = [group.name, ...own.map(({ patch }) => patch.name)];
    const requires = Math.max(...names.map((name) => needs.get(nameKey(name)) ?? 0));
    if (requires === 0) return [];
    return [
      ...tooFew(group, requires, changes, stays),
      ...(needs.has(nameKey(group.name)) ? renamed(own, needs) : []),
    ];
  });
  return { held, holds: holdsOf(held) };
}

type Rename = Extract<Change, { readonly kind: "group.update" }> & {
  readonly patch: { readonly name: string };
};

const isRename = (change: Change): change is Rename =>
  change.kind === "group.update" && change.patch.name !== undefined;

/** Enabled, and neither revoked nor somebody whose account is not active, whether they are to be disabled or ignored. */
function enabledMembers({ existing, scoped, holds }: Situation): (id: TargetId) => boolean {
  const asleep = new Set([
    ...scoped.users.pairs.flatMap((pair) => (pair.desired.active ? [] : [pair.existing.id])),
    ...scoped.strangers.flatMap(leftAsleep),
  ]);
  const users = existing.users.filter(
    ({ id, active, externalId }) =>
      active && userClaim(externalId).kind !== "marked" && !asleep.has(id) && !holds.users.has(id),
  );
  const ids = new Set(users.map(({ id }) => id));
  return (id) => ids.has(id);
}

/** Who is left alone although their account is not active. Whoever was made by hand, and has none, may be meant to stay. */
const leftAsleep = ({ about: { target }, reason }: Stranger): readonly TargetId[] =>
  target === undefined || (reason.code === "unmanaged-enabled" && reason.account === "none") ? [] : [target];

function tooFew(
  group: ExistingGroup,
  requires: number,
  changes: readonly Change[],
  stays: (id: TargetId) => boolean,
): readonly Held[] {
  const now = new Set([...group.members].filter(stays));
  const taken = changes.flatMap((change) => takenBy(change, group, now));
  const gone = new Set(taken.flatMap(({ users }) => users));
  const stay = now.size - gone.size;
  if (stay >= requires) return [];
  const goes = taken.some(({ change }) => change.kind === "group.retire" || isEmptying(change));
  const reason = { code: "required-members", group: existingGroupRef(group), requires, stay, goes } as const;
  return taken.map(({ change }) => ({ change, reason }));
}

/** Whether everybody is out because the group is. */
const isEmptying = (change: Change): boolean =>
  change.kind === "members.remove" && change.users.some(({ because }) => because === "group-revoked");

interface Taken {
  /** The part of it that is about this group. */
  readonly change: Change;
  readonly users: readonly TargetId[];
}

function takenBy(change: Change, group: ExistingGroup, now: ReadonlySet<TargetId>): readonly Taken[] {
  if (change.kind === "members.remove" && change.group.id === group.id) {
    const users = change.users.filter(({ id }) => now.has(id));
    return users.length === 0 ? [] : [{ change: { ...change, users }, users: users.map(({ id }) => id) }];
  }
  if (change.kind === "group.retire" && change.id === group.id) return [{ change, users: [...now] }];
  return change.kind === "user.retire" && now.has(change.id) ? [{ change, users: [change.id] }] : [];
}

/** Under another name it would not be named any more, nor while it is parked for a trade of names. */
function renamed(renames: readonly Rename[], needs: ReadonlyMap<string, number>): readonly Held[] {
  const last = renames.at(-1);
  if (last === undefined || renames.every(({ patch }) => needs.has(nameKey(patch.name)))) return [];
  const { name } = last.patch;
  return [{ change: { ...last, patch: { name } }, reason: { code: "required-name", name } }];
}

function holdsOf(held: readonly Held[]): Shortfall["holds"] {
  const changes = held.map(({ change }) => change);
  const retired = revokedBy(changes);
  const emptied = changes.filter((change) => change.kind === "members.remove");
  return {
    users: retired,
    // Where groups are made elsewhere, one that is gone is emptied and not retired.
    retirements: retired.union(new Set(emptied.map(({ group }) => group.id))),
    members: new Set(emptied.flatMap(({ group, users }) => users.map(({ id }) => membership(group.id, id)))),
    renames: new Set(changes.flatMap((change) => (change.kind === "group.update" ? [change.id] : []))),
  };
}
