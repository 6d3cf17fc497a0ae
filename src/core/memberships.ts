import { MOST_MEMBERS, chunks } from "./change.ts";
import type { Change, Leaver, Named } from "./change.ts";
import type { GroupPlan } from "./groups.ts";
import { sourceOf, userClaim } from "./mark.ts";
import type { Scoped } from "./scope.ts";
import type { Skip } from "./reason.ts";
import { desiredGroupRef, desiredUserRef } from "./ref.ts";
import type { UserPlan } from "./users.ts";
import type {
  DesiredGroup,
  Existing,
  ExistingGroup,
  ExistingUser,
  Rules,
  SourceId,
  TargetId,
} from "./model.ts";

type MembersChange = Extract<Change, { readonly kind: `members.${string}` }>;

export interface MembershipPlan {
  readonly remove: readonly MembersChange[];
  readonly create: readonly Extract<Change, { kind: "group.create" }>[];
  readonly add: readonly MembersChange[];
  /** Who is in each group of ours once this plan is carried out, as far as removals go. */
  readonly remaining: ReadonlyMap<TargetId, ReadonlySet<TargetId>>;
  readonly skips: readonly Skip[];
}

interface MembershipInput {
  readonly scoped: Scoped;
  readonly existing: Existing;
  readonly rules: Rules;
  readonly users: UserPlan;
  readonly groups: GroupPlan;
  readonly resolve: Resolve;
  /** `<group id>/<user id>` of memberships whose removal is held back. */
  readonly held: ReadonlySet<string>;
  /** Users whose own removal is held back. */
  readonly heldUsers: ReadonlySet<TargetId>;
  /** Groups that gain nobody. */
  readonly additions: ReadonlySet<TargetId>;
}

export const membership = (group: TargetId, user: TargetId): string => `${group}/${user}`;

/** Who can be made a member: the desired active users who are in the target, or will be. */
type Resolve = (id: SourceId) => Named | undefined;

export function resolver(scoped: Scoped, users: UserPlan, inactive: ReadonlySet<SourceId>): Resolve {
  // Nobody who left is given anything, whatever became of disabling them.
  const labels = new Map([
    ...scoped.users.pairs
      .filter(({ desired }) => desired.active && !inactive.has(desired.externalId))
      .filter(({ desired }) => users.ids.has(desired.externalId))
      .map(({ desired }) => [desired.externalId, desired.email] as const),
    ...users.create.map(({ user }) => [user.externalId, user.email] as const),
  ]);
  return (id) => {
    const known = labels.get(id);
    return known === undefined ? undefined : { externalId: id, label: known };
  };
}

export function planMemberships(input: MembershipInput): MembershipPlan {
  const { groups, rules } = input;
  const leavers = leaversByGroup(input);
  const remaining = new Map(
    [...groups.synced.map((pair) => pair.existing), ...groups.revoked, ...groups.kept].map((group) => [
      group.id,
      without(group.members, leavers.get(group) ?? []),
    ]),
  );
  return {
    remaining,
    remove: [...leavers].flatMap(([group, users]) =>
      chunks(users).map((chunk): MembersChange => ({
        ...{
          kind: "members.remove",
          group: { id: group.id, externalId: group.externalId, label: group.name },
        },
        users: chunk,
      })),
    ),
    create: groups.create.map(({ desired, needs }) => ({
      ...{ kind: "group.create", group: asNamed(desired), needs },
      members: rules.manage.memberships ? newcomers(desired, undefined, input).slice(0, MOST_MEMBERS) : [],
    })),
    add: rules.manage.memberships
      ? [...growing(input), ...groups.create.flatMap(({ desired }) => overflow(desired, input))]
      : [],
    skips: [...unresolved(input)],
  };
}

function without(members: ReadonlySet<TargetId>, leavers: readonly Leaver[]): ReadonlySet<TargetId> {
  if (leavers.length === 0) return members;
  const left = new Set(members);
  for (const { id } of leavers) left.delete(id);
  return left;
}

const asNamed = (group: DesiredGroup): Named => ({ externalId: group.externalId, label: group.name });

/** Desired members who can be added and are not in the group, in a stable order. */
function newcomers(
  desired: DesiredGroup,
  existing: ExistingGroup | undefined,
  { users, resolve }: MembershipInput,
): readonly Named[] {
  const found: Named[] = [];
  for (const id of desired.members) {
    const at = users.ids.get(id);
    const newcomer = at !== undefined && existing?.members.has(at) === true ? undefined : resolve(id);
    if (newcomer !== undefined) found.push(newcomer);
  }
  return found.sort((one, other) => (one.label < other.label ? -1 : 1));
}

function overflow(desired: DesiredGroup, input: MembershipInput): readonly MembersChange[] {
  return additions(desired, newcomers(desired, undefined, input).slice(MOST_MEMBERS));
}

function additions(desired: DesiredGroup, users: readonly Named[]): readonly MembersChange[] {
  return chunks(users).map((chunk) => ({ kind: "members.add", group: asNamed(desired), users: chunk }));
}

// ---------------------------------------------------------------- who leaves

/** Per group of ours, the members of ours who do not belong there. Everybody else's members stay. */
function leaversByGroup(input: MembershipInput): ReadonlyMap<ExistingGroup, readonly Leaver[]> {
  if (!input.rules.manage.memberships) return new Map();
  const { scoped, groups, users } = input;
  const known = new Map(input.existing.users.map((user) => [user.id, user]));
  const sources = new Map([
    ...scoped.users.pairs
      .filter(({ existing }) => !users.awaited.has(existing.id))
      .map(({ desired, existing }) => [existing.id, desired.externalId] as const),
    ...stayingOutOfScope(input),
  ]);
  const ours = new Set([...sources.keys(), ...scoped.users.onlyExisting.map((user) => user.id)]);
  const because = (
    wanted: ReadonlySet<SourceId> | "nobody" | "unknown",
    id: TargetId,
  ): Leaver["because"] | undefined => {
    if (users.revoked.has(id)) return wanted === "nobody" ? "group-revoked" : "user-revoked";
    if (wanted === "nobody") return ours.has(id) ? "group-revoked" : undefined;
    const source = sources.get(id);
    return source === undefined || wanted === "unknown" || wanted.has(source) ? undefined : "left";
  };
  const all = [
    ...groups.synced.map(
      ({ desired, existing }) =>
        [existing, desired.unread === undefined ? desired.members : "unknown"] as const,
    ),
    ...groups.revoked.map((group) => [group, "nobody"] as const),
    ...groups.kept.map((group) => [group, "unknown"] as const),
  ];
  return new Map(
    all.map(([group, wanted]) => [
      group,
      [...group.members].flatMap((id) => {
        const why = because(wanted, id);
        return why === undefined ? NOBODY : leaver(group, known.get(id), why, input);
      }),
    ]),
  );
}

/** Who is kept for one membership loses the others, which are held by themselves where there is a doubt. */
function stayingOutOfScope({
  scoped,
  heldUsers,
}: MembershipInput): readonly (readonly [TargetId, SourceId])[] {
  return scoped.users.onlyExisting.flatMap((user) => {
    const known = sourceOf(userClaim(user.externalId));
    const stays = heldUsers.has(user.id) && scoped.userAbsence(user) === "out-of-scope";
    return stays && known !== undefined ? [[user.id, known] as const] : [];
  });
}

const NOBODY: readonly Leaver[] = [];

function leaver(
  group: ExistingGroup,
  user: ExistingUser | undefined,
  because: Leaver["because"],
  { held }: MembershipInput,
): readonly Leaver[] {
  if (user === undefined || held.has(membership(group.id, user.id))) return [];
  return [{ id: user.id, externalId: user.externalId, label: user.userName, because }];
}

// ---------------------------------------------------------------- who comes

/** Whoever joins a group that is there, but for groups that may gain nobody now. */
const growing = (input: MembershipInput): readonly MembersChange[] =>
  input.groups.synced
    .filter(({ existing }) => !input.additions.has(existing.id))
    .flatMap(({ desired, existing }) => additions(desired, newcomers(desired, existing, input)));

/** Where users are somebody else's to make, a member may be missing in the target. */
function unresolved({ scoped, groups, rules, users }: MembershipInput): readonly Skip[] {
  if (rules.manage.users || !rules.manage.memberships) return [];
  const missing = new Map(scoped.users.onlyDesired.map((user) => [user.externalId, desiredUserRef(user)]));
  return [...groups.synced, ...groups.create].flatMap(({ desired }) =>
    [...desired.members].flatMap((id): readonly Skip[] => {
      const about = users.ids.has(id) ? undefined : missing.get(id);
      if (about === undefined) return [];
      return [{ about, within: desiredGroupRef(desired), reason: { code: "unresolved" } }];
    }),
  );
}
