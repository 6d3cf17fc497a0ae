import type { Absence } from "./change.ts";
import { groupClaim, sourceOf, userClaim } from "./mark.ts";
import { groupNameOf } from "./group-name.ts";
import { ignoredGroups, ignoredUsers, ignoresGroup } from "./ignored.ts";
import { matchGroups, matchUsers } from "./match.ts";
import type { Alone, Exclusion, MatchedGroups, MatchedUsers } from "./match.ts";
import { membersOf, nestedIn, rowsOf } from "./nesting.ts";
import { firstMet, nameKey } from "./names.ts";
import { desiredUser } from "./person.ts";
import type { AccountOf } from "./person.ts";
import { unreadReason } from "./reason.ts";
import type { Skip, SkipReason, Stranger } from "./reason.ts";
import { strangersIn } from "./strangers.ts";
import { existingGroupRef, existingUserRef, sourceGroupRef, sourceUserRef } from "./ref.ts";
import type { Ref } from "./ref.ts";
import type {
  DesiredGroup,
  DesiredUser,
  Existing,
  ExistingGroup,
  ExistingUser,
  Rules,
  Source,
  SourceGroup,
  SourceId,
  SourceUser,
  TargetId,
} from "./model.ts";

/** Who counts, on both sides, already paired; and why the rest does not. */
export interface Scoped {
  readonly users: MatchedUsers;
  readonly groups: MatchedGroups;
  readonly userAbsence: (user: ExistingUser) => Absence;
  readonly groupAbsence: (group: ExistingGroup) => Absence;
  /** What keeps a listed account out wherever it is a member: its own state, or USER_MATCH. */
  readonly barred: (id: SourceId) => "suspended" | "out-of-scope" | undefined;
  /** Addresses of those who own a group of the source. */
  readonly owners: (group: SourceId) => readonly string[];
  /** Disabled users of whom nobody can say whether they are still in the groups they would get back. */
  readonly unsure: ReadonlySet<TargetId>;
  readonly skips: readonly Skip[];
  readonly strangers: readonly Stranger[];
}

/** Decides who counts. Exclusions are settled here, on both sides, before anything is compared. */
export function scope(source: Source, existing: Existing, rules: Rules): Scoped {
  const people = new Map(source.users.map((user) => [user.id, user]));
  const skips: Skip[] = [];
  const inScope = desiredGroups({ source, existing, people, rules }, skips);
  const unshown = unshownBy(existing);
  const groups = matchGroups(inScope, existing.groups, unshown(ignoredGroups(source, rules)), rules);
  const unproven = unprovenMembers(groups, existing);
  const inGroups = new Set<SourceId>();
  for (const { members } of groups.counted) for (const id of members) inGroups.add(id);
  for (const { of } of unproven) inGroups.add(of);
  const asked = desiredUsers(source, inGroups, rules, skips);
  const users = matchUsers(asked, existing.users, unshown(keptOut(source, people, rules)), rules);
  const listed = new Set(source.groups.map((group) => group.id));
  return {
    users,
    groups,
    userAbsence: (user) => userAbsence(user, people, rules),
    groupAbsence: (group) => groupAbsence(group, listed),
    barred: (id) => {
      const user = people.get(id);
      return user === undefined ? undefined : ineligible(user, source, rules)?.code;
    },
    owners: (group) => ownersOf(group, source),
    unsure: new Set(unproven.filter(({ user }) => !user.active).map(({ user }) => user.id)),
    skips: [
      ...skips,
      ...groups.skips,
      ...users.skips,
      ...unreadUsers(source, rules),
      ...unshownFields(source),
      ...users.leftAlone.flatMap((alone) => hiddenAlone(alone, existingUserRef(alone.existing), existing)),
      ...groups.leftAlone.flatMap((alone) => hiddenAlone(alone, existingGroupRef(alone.existing), existing)),
    ],
    strangers: strangersIn({ source, existing, people, users: users.leftAlone, groups: groups.leftAlone }),
  };
}

/** What AWS does not show is left exactly as it is, like what is ignored. */
const unshownBy =
  ({ unread }: Existing) =>
  <D, E extends { readonly id: TargetId }>(kept: Exclusion<D, E>): Exclusion<D, E> => ({
    ...kept,
    existing: (one) => {
      const trouble = unread.get(one.id);
      return kept.existing(one) ?? (trouble && unreadReason(trouble));
    },
  });

/** What AWS does not show and nobody asks for is told as well. */
const hiddenAlone = <D, E extends { readonly id: TargetId }>(
  { existing: { id }, desired, reason }: Alone<D, E>,
  about: Ref,
  { unread }: Existing,
): readonly Skip[] =>
  desired === undefined && reason.code === "unread" && unread.has(id) ? [{ about, reason }] : [];

/** A managed user, and whose account it is. */
interface Unproven {
  readonly user: ExistingUser;
  readonly of: SourceId;
}

/** Managed members of a group that is unread in Google, whom Google was not heard to have there. */
function unprovenMembers({ pairs }: MatchedGroups, existing: Existing): readonly Unproven[] {
  const unread = pairs.filter(({ desired }) => desired.unread !== undefined);
  if (unread.length === 0) return [];
  const managed = new Map(
    existing.users.flatMap((user): readonly (readonly [TargetId, Unproven])[] => {
      const claim = userClaim(user.externalId);
      return claim.kind === "managed" ? [[user.id, { user, of: claim.sourceId }]] : [];
    }),
  );
  return unread.flatMap(({ desired, existing: { members } }) =>
    [...members].flatMap((id) => {
      const one = managed.get(id);
      return one === undefined || desired.members.has(one.of) ? [] : [one];
    }),
  );
}

const ownersOf = (group: SourceId, { members }: Source): readonly string[] =>
  (members.get(group) ?? [])
    .filter(({ owner }) => owner === true)
    .map(({ email, id }) => email || id)
    .toSorted();

/** What bars the account from the target: its own state, or USER_MATCH. */
function ineligible(user: SourceUser, source: Source, rules: Rules): Bar | undefined {
  if (user.state !== "active" && !rules.syncSuspended) return { code: "suspended", state: user.state };
  return rules.method === "users_groups" && !fitsUserMatch(user.id, source)
    ? { code: "out-of-scope" }
    : undefined;
}

type Bar = Extract<SkipReason, { readonly code: "suspended" | "out-of-scope" }>;

function fitsUserMatch(id: SourceId, source: Source): boolean {
  return source.matched === "all" || (source.matched !== "none" && source.matched.has(id));
}

type NotIncluded = Extract<SkipReason, { readonly code: "not-included" | "included-twice" }>;

/**
 * Why INCLUDE_GROUPS leaves a group out, if it does. An entry with an `@` is an address, which nobody gives themselves;
 * any other is a name, and of several groups that have it only those count that are linked.
 */
export function inclusion(
  { includeGroups }: Rules,
  groups: readonly SourceGroup[],
  linked: ReadonlySet<SourceId>,
): (group: SourceGroup) => NotIncluded | undefined {
  if (includeGroups.length === 0) return () => undefined;
  const keys = new Set(includeGroups.map(nameKey));
  const named = new Set([...keys].filter((key) => !key.includes("@")));
  const byName = Map.groupBy(groups, ({ name }) => nameKey(name));
  return ({ id, email, aliases, name }) => {
    if ([email, ...aliases].some((address) => keys.has(nameKey(address)))) return undefined;
    if (!named.has(nameKey(name))) return { code: "not-included" };
    const others = (byName.get(nameKey(name)) ?? []).filter((other) => other.id !== id);
    if (others.length === 0 || linked.has(id)) return undefined;
    return { code: "included-twice", name, rivals: others.map(sourceGroupRef) };
  };
}

/** The Google groups that the target has, revoked or not. */
export const linkedGroups = ({ groups }: Existing): ReadonlySet<SourceId> =>
  new Set(groups.flatMap(({ externalId }) => sourceOf(groupClaim(externalId)) ?? []));

/** Whether the members of a listed group are needed: those of one that is ignored, linked or not, only where it is nested. */
export function readsMembers(rules: Rules): (group: SourceGroup) => boolean {
  const [leftOut, ignores] = [inclusion(rules, [], new Set()), ignoresGroup(rules)];
  return (group) => leftOut(group) === undefined && !ignores(group, true);
}

interface Sides {
  readonly source: Source;
  readonly existing: Existing;
  readonly people: ReadonlyMap<SourceId, SourceUser>;
  readonly rules: Rules;
}

function desiredGroups({ source, existing, people, rules }: Sides, skips: Skip[]): readonly DesiredGroup[] {
  const leftOut = inclusion(rules, source.groups, linkedGroups(existing));
  const rows = rowsOf(source, people, skips);
  const barred = new Map<SourceId, Pick<Skip, "about" | "reason">>();
  for (const user of source.users) {
    const reason = ineligible(user, source, rules);
    if (reason !== undefined) barred.set(user.id, { about: sourceUserRef(user), reason });
  }
  return source.groups.flatMap((group): DesiredGroup[] => {
    const reason = source.unread.has(group.id) ? undefined : leftOut(group);
    if (reason !== undefined) {
      skips.push({ about: sourceGroupRef(group), reason });
      return [];
    }
    const unread = unreadIn(group.id, source);
    const name = groupNameOf(group, rules);
    const members = new Set(membersOf(group.id, rows, source));
    if (barred.size > 0) {
      for (const id of members) {
        const bar = barred.get(id);
        if (bar === undefined) continue;
        members.delete(id);
        skips.push({ ...bar, within: sourceGroupRef(group) });
      }
    }
    return [
      {
        externalId: group.id,
        name,
        sourceName: group.name,
        addresses: [group.email, ...group.aliases],
        adminCreated: group.adminCreated,
        members,
        ...(unread === undefined ? {} : { unread }),
      },
    ];
  });
}

/** The first unread group among those whose members are the group's. */
function unreadIn(group: SourceId, source: Source): DesiredGroup["unread"] {
  if (source.unread.size === 0) return undefined;
  for (const id of nestedIn(group, source)) {
    const unread = source.unread.get(id);
    if (unread !== undefined) return { ...unread, itself: id === group };
  }
  return undefined;
}

function desiredUsers(
  source: Source,
  inGroups: ReadonlySet<SourceId>,
  rules: Rules,
  skips: Skip[],
): readonly DesiredUser[] {
  const accountOf = accountsByAddress(source, rules);
  return source.users.flatMap((user): DesiredUser[] => {
    // Where users are somebody else's to write, everybody is paired: a member who left must be found to be taken out.
    if (!rules.manage.users) return [desiredUser(user, rules, accountOf)];
    const wanted = fitsUserMatch(user.id, source) || (rules.method === "groups" && inGroups.has(user.id));
    if (!wanted) return [];
    const reason = ineligible(user, source, rules);
    if (reason === undefined) return [desiredUser(user, rules, accountOf)];
    skips.push({ about: sourceUserRef(user), reason });
    return [];
  });
}

/** Whom an address belongs to; asked only about managers. */
function accountsByAddress({ users, unread }: Source, { details }: Rules): AccountOf {
  if (!details.has("manager")) return () => undefined;
  const own = users.map(({ id, email }) => [email, id] as const);
  const others = users.flatMap(({ id, aliases }) => aliases.map((alias) => [alias, id] as const));
  const known = new Map([...others, ...own]);
  // Whose account could not be read may have any alias.
  const unknown = [...unread.values()].some(({ kind }) => kind === "user") ? "unread" : undefined;
  return (address) => known.get(address.toLowerCase()) ?? (address === "" ? undefined : unknown);
}

/** Ignored users, and those who could not be read: both are left as they are. */
function keptOut(
  source: Source,
  people: ReadonlyMap<SourceId, SourceUser>,
  rules: Rules,
): Exclusion<DesiredUser, ExistingUser> {
  const ignored = ignoredUsers(people, rules);
  if (source.unread.size === 0) return ignored;
  return {
    ...ignored,
    existing: (user) => {
      const unread = byId(sourceOf(userClaim(user.externalId)), source.unread);
      return ignored.existing(user) ?? (unread && unreadReason(unread));
    },
  };
}

function unreadUsers({ unread }: Source, { ignoreUsers }: Rules): readonly Skip[] {
  const ignored = firstMet(ignoreUsers);
  return [...unread]
    .filter(([, { kind, email }]) => kind === "user" && ignored(email) === undefined)
    .map(([id, { email, ...trouble }]) => ({
      ...{ about: sourceUserRef({ id, email }), reason: unreadReason(trouble) },
    }));
}

const unshownFields = ({ unshown }: Source): readonly Skip[] =>
  unshown === undefined
    ? []
    : [{ about: { kind: "user", label: `Schema ${unshown.schemas}` }, reason: unreadReason(unshown) }];

const byId = <T>(id: SourceId | undefined, all: ReadonlyMap<SourceId, T>): T | undefined =>
  id === undefined ? undefined : all.get(id);

function userAbsence(user: ExistingUser, people: ReadonlyMap<SourceId, SourceUser>, rules: Rules): Absence {
  const person = byId(sourceOf(userClaim(user.externalId)), people);
  if (person === undefined) return "gone";
  return person.state !== "active" && !rules.syncSuspended ? person.state : "out-of-scope";
}

function groupAbsence(group: ExistingGroup, listed: ReadonlySet<SourceId>): Absence {
  const id = sourceOf(groupClaim(group.externalId));
  return id !== undefined && listed.has(id) ? "out-of-scope" : "gone";
}
