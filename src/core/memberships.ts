import { approvalId } from "./approval.ts";
import type { Approvals, Waiting } from "./approval.ts";
import { MOST_MEMBERS, chunks } from "./change.ts";
import type { Change, Leaver, Named } from "./change.ts";
import type { GroupPlan } from "./groups.ts";
import type { Pair } from "./match.ts";
import { allowed } from "./limit.ts";
import { sourceOf, userClaim } from "./mark.ts";
import type { Scoped } from "./scope.ts";
import type { Skip } from "./reason.ts";
import { desiredGroupRef, desiredUserRef, existingGroupRef } from "./ref.ts";
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
  readonly waiting: readonly Waiting[];
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
  readonly approvals: Approvals;
  /** ISO 8601, UTC. */
  readonly now: string;
}

export const membership = (group: TargetId, user: TargetId): string => `${group}/${user}`;

/** Who can be made a member: the desired users who are in the target, or will be. */
type Resolve = (id: SourceId) => Named | undefined;

export function resolver(scoped: Scoped, users: UserPlan): Resolve {
  const labels = new Map([
    ...scoped.users.pairs
      .filter(({ desired }) => users.ids.has(desired.externalId))
      .map(({ desired }) => [desired.externalId, desired.userName] as const),
    ...users.create.map(({ user }) => [user.externalId, user.userName] as const),
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
  const grown = growing(input);
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
      ? [...grown.add, ...groups.create.flatMap(({ desired }) => overflow(desired, input))]
      : [],
    waiting: grown.waiting,
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

interface Growth {
  readonly add: readonly MembersChange[];
  readonly waiting: readonly Waiting[];
}

function growing(input: MembershipInput): Growth {
  const add: MembersChange[] = [];
  const waiting: Waiting[] = [];
  for (const pair of input.groups.synced) {
    const users = newcomers(pair.desired, pair.existing, input);
    const wait = tooMuch(pair, users, input);
    if (wait === undefined || input.approvals.given.has(wait.id)) add.push(...additions(pair.desired, users));
    else waiting.push(wait);
  }
  return { add, waiting };
}

const DAY = 86_400_000;

/** A group that has members and would gain more than MAX_GROUP_GROWTH, unless it was made less than a day ago. */
function tooMuch(
  { desired, existing, how }: Pair<DesiredGroup, ExistingGroup>,
  users: readonly Named[],
  { rules, approvals, now }: MembershipInput,
): Waiting | undefined {
  const most = allowed(rules.limits.growth, existing.members.size);
  const young = existing.createdAt !== "" && Date.parse(now) - Date.parse(existing.createdAt) < DAY;
  // What was taken over with approval was approved with its members.
  if (
    existing.members.size === 0 ||
    users.length <= most ||
    young ||
    how === "adopted" ||
    how === "handed-over"
  )
    return undefined;
  return {
    id: approvalId(
      "growth",
      [existing.id, desired.externalId, ...users.map((user) => user.externalId)],
      approvals.digest,
    ),
    kind: "growth",
    about: { kind: "group", source: desired.externalId, target: existing.id, label: desired.name },
    reason: {
      ...{ code: "growth", group: existingGroupRef(existing) },
      ...{ members: existing.members.size, joins: users.map(({ label }) => label), allows: most },
    },
  };
}

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
