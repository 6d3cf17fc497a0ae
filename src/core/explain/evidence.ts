import type { Waiting } from "../approval.ts";
import { groupClaim, userClaim } from "../mark.ts";
import type { Pair } from "../match.ts";
import { nameKey } from "../names.ts";
import { groupNames, pathsInto } from "./paths.ts";
import type { Paths } from "./paths.ts";
import { changesOf } from "../plan.ts";
import { remembered } from "../remembered.ts";
import type { Plan, Situation } from "../plan.ts";
import type { Held, RefusalReason, Skip } from "../reason.ts";
import { reasonText } from "../words.ts";
import type {
  DesiredGroup,
  DesiredUser,
  Existing,
  ExistingGroup,
  ExistingUser,
  Source,
  SourceGroup,
  SourceId,
  SourceUser,
  TargetId,
} from "../model.ts";

/** Everything a run knows before its first write: what an explanation is made of. */
export interface Evidence {
  readonly source: Source;
  readonly existing: Existing;
  readonly situation: Situation;
  /** What would be written without what is held; of a refused plan, what it wanted. */
  readonly plan: Plan;
  /** Why the plan is refused; empty when it is not. */
  readonly refused: readonly RefusalReason[];
  readonly held: readonly Held[];
  readonly waiting: readonly Waiting[];
  readonly queries: {
    readonly userMatch: readonly string[] | "all" | "none";
    readonly groupMatch: readonly string[] | "all";
  };
}

/** A person on both sides, as far as there are two; at least one half is there. */
export interface Person {
  readonly source: SourceUser | undefined;
  readonly existing: ExistingUser | undefined;
}

export interface Team {
  readonly source: SourceGroup | undefined;
  readonly existing: ExistingGroup | undefined;
}

/** The evidence, sorted so that any one person, group or membership is found at once. */
export interface Index {
  readonly evidence: Evidence;
  readonly people: ReadonlyMap<SourceId, SourceUser>;
  readonly teams: ReadonlyMap<SourceId, SourceGroup>;
  readonly users: ReadonlyMap<TargetId, ExistingUser>;
  /** The target's half of an account, and the pair if matching made one. */
  readonly userOf: (id: SourceId) => ExistingUser | undefined;
  readonly userPair: ReadonlyMap<SourceId, Pair<DesiredUser, ExistingUser>>;
  readonly accountOf: (user: ExistingUser) => SourceUser | undefined;
  readonly groupOf: (id: SourceId) => ExistingGroup | undefined;
  readonly groupPair: ReadonlyMap<SourceId, Pair<DesiredGroup, ExistingGroup>>;
  readonly teamOf: (group: ExistingGroup) => SourceGroup | undefined;
  readonly groupNames: ReadonlyMap<SourceId, string>;
  readonly pathsInto: (group: SourceId) => Paths;
  /** The groups asked for, neither ignored nor protected. */
  readonly desiredGroups: ReadonlyMap<SourceId, DesiredGroup>;
  readonly userNames: ReadonlyMap<string, readonly ExistingUser[]>;
  /** Skips by what they are about, without case. */
  readonly skips: (subject: string) => readonly Skip[];
  /** Planned joins and leaves, by `<group>/<user>`: source ids for joins, target ids for leaves. */
  readonly joins: ReadonlySet<string>;
  readonly leaves: ReadonlyMap<string, "left" | "user-revoked" | "group-revoked">;
  readonly heldLeaves: ReadonlyMap<string, string>;
  /** Held removals of whole users and groups, by target id. */
  readonly heldObjects: ReadonlyMap<TargetId, string>;
}

export const tieKey = (group: string, user: string): string => `${group}/${user}`;

export function indexOf(evidence: Evidence): Index {
  const { source, existing, situation, plan } = evidence;
  const { scoped } = situation;
  const people = new Map(source.users.map((user) => [user.id, user]));
  const teams = new Map(source.groups.map((group) => [group.id, group]));
  const userPair = pairsById(scoped.users.pairs);
  const groupPair = pairsById([...scoped.groups.handOvers, ...scoped.groups.pairs]);
  const users = halves(existing.users, userClaim);
  const groups = halves(existing.groups, groupClaim);
  const pairedUsers = bySource(scoped.users.pairs);
  const pairedGroups = bySource(scoped.groups.pairs);
  const names = groupNames(source);
  const skips = Map.groupBy(plan.skips, (one) => nameKey(one.about.label));
  const sourceOf = (claim: ReturnType<typeof userClaim>): SourceId | undefined =>
    claim.kind === "managed" || claim.kind === "marked" ? claim.sourceId : undefined;
  const via = <T>(id: SourceId | undefined, all: ReadonlyMap<SourceId, T>): T | undefined =>
    id === undefined ? undefined : all.get(id);
  return {
    evidence,
    people,
    teams,
    users: new Map(existing.users.map((user) => [user.id, user])),
    userPair,
    userOf: (id) => userPair.get(id)?.existing ?? users.get(id),
    accountOf: (user) => via(pairedUsers.get(user.id) ?? sourceOf(userClaim(user.externalId)), people),
    groupPair,
    groupOf: (id) => groupPair.get(id)?.existing ?? groups.get(id),
    teamOf: (group) => via(pairedGroups.get(group.id) ?? sourceOf(groupClaim(group.externalId)), teams),
    groupNames: names,
    pathsInto: remembered((id) => pathsInto(id, source, names)),
    desiredGroups: new Map(scoped.groups.counted.map((group) => [group.externalId, group])),
    userNames: Map.groupBy(existing.users, (user) => nameKey(user.userName)),
    skips: (subject) => skips.get(nameKey(subject)) ?? [],
    ...tiesOf(evidence),
  };
}

function pairsById<D extends { readonly externalId: SourceId }, E>(
  pairs: readonly Pair<D, E>[],
): ReadonlyMap<SourceId, Pair<D, E>> {
  return new Map(pairs.map((pair) => [pair.desired.externalId, pair]));
}

function bySource<D extends { readonly externalId: SourceId }, E extends { readonly id: TargetId }>(
  pairs: readonly Pair<D, E>[],
): ReadonlyMap<TargetId, SourceId> {
  return new Map(pairs.map((pair) => [pair.existing.id, pair.desired.externalId]));
}

/** Objects of the target by the Google id they carry; a live id comes before one in a mark. */
function halves<E extends { readonly externalId: string }>(
  objects: readonly E[],
  claimOf: typeof userClaim,
): ReadonlyMap<SourceId, E> {
  const found = new Map<SourceId, E>();
  for (const kind of ["marked", "managed"] as const) {
    for (const object of objects) {
      const claim = claimOf(object.externalId);
      if (claim.kind === kind && claim.sourceId !== undefined) found.set(claim.sourceId, object);
    }
  }
  return found;
}

function tiesOf({ plan, held }: Evidence): Pick<Index, "joins" | "leaves" | "heldLeaves" | "heldObjects"> {
  const joins = new Set<string>();
  const leaves = new Map<string, "left" | "user-revoked" | "group-revoked">();
  for (const change of changesOf(plan)) {
    if (change.kind === "group.create")
      for (const user of change.members) joins.add(tieKey(change.group.externalId, user.externalId));
    if (change.kind === "members.add")
      for (const user of change.users) joins.add(tieKey(change.group.externalId, user.externalId));
    if (change.kind === "members.remove")
      for (const user of change.users) leaves.set(tieKey(change.group.id, user.id), user.because);
  }
  const heldLeaves = new Map<string, string>();
  const heldObjects = new Map<TargetId, string>();
  for (const { change, reason: because } of held) {
    const reason = reasonText(because);
    if (change.kind === "members.remove")
      for (const user of change.users) heldLeaves.set(tieKey(change.group.id, user.id), reason);
    if ("id" in change) heldObjects.set(change.id, reason);
  }
  return { joins, leaves, heldLeaves, heldObjects };
}
