import { approvalId } from "./approval.ts";
import type { Approvals, Waiting } from "./approval.ts";
import { USER_ATTRIBUTES, USER_COSMETICS, USER_DETAILS, USER_NAMES } from "./attributes.ts";
import { difference, isNone } from "./attributes.ts";
import type { UserValues } from "./attributes.ts";
import type { Cause, Change, UserPatch } from "./change.ts";
import {
  asideStart,
  isAside,
  isDue,
  isOffByHand,
  isOurGroup,
  mark,
  markAnew,
  ownName,
  revokedSince,
  sourceOf,
  suspendedMark,
  suspendedSince,
  userClaim,
} from "./mark.ts";
import { LONGEST_USER_NAME, cut } from "./names.ts";
import type { Pair } from "./match.ts";
import { settleRenames } from "./renames.ts";
import type { Blocked, Draft, Moved, Renames } from "./renames.ts";
import type { Scoped } from "./scope.ts";
import type { Skip } from "./reason.ts";
import { desiredUserRef, existingUserRef } from "./ref.ts";
import type {
  Day,
  DesiredUser,
  Existing,
  ExistingGroup,
  ExistingUser,
  Rules,
  SourceId,
  TargetId,
  User,
} from "./model.ts";

/** What is done to one that is there. */
type UserChange = Extract<Change, { readonly kind: `user.${string}`; readonly patch: object }>;
type UserDeletion = Extract<Change, { readonly kind: "user.delete" }>;

/** The users' part of a plan, by the step it belongs to. */
export interface UserPlan {
  readonly takeAway: readonly UserChange[];
  readonly freeNames: readonly UserChange[];
  /** One array per wave of renames; the first holds everything that waits for no name. */
  readonly update: readonly (readonly UserChange[])[];
  readonly create: readonly Extract<Change, { readonly kind: "user.create" }>[];
  /**
   * What they are called, and the details: a refusal keeps nobody out, in or parked. Of each detail that is to be taken
   * away, one goes first, because it is unsure whether AWS understands that.
   */
  readonly cosmetics: readonly (readonly UserChange[])[];
  /** Managers, where one of the two is made in this run. */
  readonly managers: readonly Extract<Change, { readonly kind: "user.manager" }>[];
  /** Who is due for deletion, unless a group still holds them. */
  readonly due: readonly UserDeletion[];
  /** Desired users who are in the target, except those who come back and cannot have their name. */
  readonly ids: ReadonlyMap<SourceId, TargetId>;
  /** Users of the target whom this plan revokes, or who are revoked already. */
  readonly revoked: ReadonlySet<TargetId>;
  readonly waiting: readonly Waiting[];
  /** Users who are not taken over, or not yet: nothing is written to them, and they stay where they are. */
  readonly awaited: ReadonlySet<TargetId>;
  readonly skips: readonly Skip[];
}

interface UserInput {
  readonly scoped: Scoped;
  readonly existing: Existing;
  readonly rules: Rules;
  readonly today: Day;
  readonly approvals: Approvals;
  /** Users whose removal is held back: they are left exactly as they are. */
  readonly held: ReadonlySet<TargetId>;
  /** Enabling one of these could give back a membership that has to go first. */
  readonly doubted: ReadonlySet<TargetId>;
  /** Accounts that are not active, whatever a listing says, or perhaps not: nothing is written to their users. */
  readonly inactive: ReadonlySet<SourceId>;
  /** Users who keep their user names. */
  readonly renames: ReadonlySet<TargetId>;
}

type Name = (typeof USER_NAMES)[number];
type UserPair = Pair<DesiredUser, ExistingUser>;
type UserDraft = Draft<DesiredUser, ExistingUser, UserPatch>;
type UserRenames = Renames<Name, DesiredUser, ExistingUser>;

export function planUsers(input: UserInput): UserPlan {
  const { users } = input.scoped;
  if (!input.rules.manage.users) return unmanagedUsers(input);
  const leaving = users.onlyExisting.filter((user) => !input.held.has(user.id));
  const { pairs, waiting, awaited } = adopted(input);
  const byHand = disabledByHand(pairs, input);
  const creates = users.onlyDesired.filter((user) => user.active);
  const unshown = unshownAmong(users.leftAlone);
  const drafts = pairs.map((pair) => draftUser(pair, input, byHand));
  const settled = settleRenames({
    ...{ attributes: USER_NAMES, existing: input.existing.users, drafts, creates, leaving },
    asideName: retiredUserName,
  });
  const names: UserRenames = {
    ...settled,
    isBlocked: (object) => settled.isBlocked(object) || ("id" in object && users.unnamed.has(object.id)),
  };
  const made = creates.filter((user) => !names.isBlocked(user));
  const coming = new Map(made.map((user) => [user.externalId, user]));
  const there = pairs.filter(({ existing }) => !userStaysRevoked(existing, names));
  const ids = new Map(there.map(({ desired, existing }) => [desired.externalId, existing.id]));
  const managers: Managers = (id) =>
    ids.get(id) ?? unshown.get(id) ?? (coming.has(id) ? "coming" : undefined);
  return {
    takeAway: [...drafts.flatMap(disableUser), ...leaving.flatMap((user) => revokeUser(user, input))],
    freeNames: names.parked.map((moved) => moveUser(moved, "parked")),
    update: names.inWaves([
      ...names.aside.map((moved) => moveUser(moved, "moved-aside")),
      ...drafts.flatMap((draft) => updateUser(draft, names)),
    ]),
    create: made.map((user) => ({ kind: "user.create", user: toCreate(user), needs: names.needs(user) })),
    cosmetics: oneRemovalFirst(
      drafts.flatMap((draft) =>
        userStaysRevoked(draft.pair.existing, names) ? [] : cosmeticsOf(draft, managers),
      ),
    ),
    managers: newManagers(pairs, coming, ids),
    due: leaving.flatMap((user) => dueUser(user, input)),
    ids,
    revoked: new Set(leaving.map((user) => user.id)),
    waiting: [...waiting, ...there.flatMap(({ existing }) => byHand.get(existing.id) ?? [])],
    awaited,
    skips: [
      ...users.onlyDesired
        .filter((user) => !user.active)
        .map((user): Skip => ({ about: desiredUserRef(user), reason: { code: "never-seen" } })),
      ...leaving
        .filter((user) => staysForGood(user, input))
        .map((user): Skip => ({ about: existingUserRef(user), reason: { code: "off-by-hand" } })),
      ...pairs
        .filter((pair) => staysOff(pair, input))
        .map(({ desired }): Skip => ({ about: desiredUserRef(desired), reason: { code: "doubted" } })),
      ...names.blocked.map(userNameHeld),
      ...withoutManager([...pairs.map(({ desired }) => desired), ...creates], managers),
    ],
  };
}

const toCreate = ({ aliases: _, managedBy: __, ...user }: DesiredUser): User => user;

/** An address signs in as whoever has it, but it is no authority to enable somebody, nor over what was made by hand. */
function adopted(
  input: UserInput,
): Pick<UserPlan, "waiting" | "awaited"> & { readonly pairs: readonly UserPair[] } {
  const byHand = groupsByHand(input.scoped);
  const waits = new Map(
    input.scoped.users.pairs.flatMap((pair) => {
      const wait = toApprove(pair, input, byHand);
      return wait === undefined || input.approvals.given.has(wait.id)
        ? []
        : [[pair.existing.id, wait] as const];
    }),
  );
  const refuted = input.scoped.users.pairs.filter((pair) => pair.how === "adopted" && isRefuted(pair, input));
  const awaited = new Set([...waits.keys(), ...refuted.map(({ existing }) => existing.id)]);
  return {
    pairs: input.scoped.users.pairs.filter(({ existing }) => !awaited.has(existing.id)),
    waiting: [...waits.values()],
    awaited,
  };
}

/**
 * What nobody of this sync decides about. A group that may be taken over is decided about by itself, unless a user made
 * the Google group that would: then its name says nothing about who is in it.
 */
function groupsByHand({ groups }: Scoped): readonly ExistingGroup[] {
  const alone = groups.leftAlone.flatMap(({ existing, reason }) =>
    isOurGroup(existing) && reason.code !== "protected" ? [] : [existing],
  );
  const byName = groups.pairs.filter(({ how, desired }) => how === "adopted" && !desired.adminCreated);
  return [...alone, ...byName.map(({ existing }) => existing)];
}

function toApprove(
  { desired, existing, how }: UserPair,
  { approvals, rules, existing: { groups } }: UserInput,
  byHand: readonly ExistingGroup[],
): Waiting | undefined {
  if (how !== "adopted") return undefined;
  const enables = !existing.active && desired.active;
  const inThem = (enables ? groups : byHand).filter(({ members }) => members.has(existing.id));
  const setting = rules.userName.from === "email" ? undefined : rules.userName.text;
  if (!enables && inThem.length === 0 && setting === undefined) return undefined;
  return {
    id: approvalId("adoption", adoptionDeed(existing.id, desired.externalId, enables), approvals.digest),
    kind: "adoption",
    about: { ...desiredUserRef(desired), target: existing.id },
    reason: {
      code: "adopting-user",
      user: existingUserRef(existing),
      enables,
      setting,
      groups: inThem.map(({ name }) => name).toSorted(),
    },
  };
}

/** What makes the id of a user's adoption: whoever was told of somebody enabled has not said that they may be enabled. */
export const adoptionDeed = (user: TargetId, account: SourceId, enables: boolean): readonly string[] => [
  ...[user, account],
  ...(enables ? ["enables"] : []),
];

/** Whom a person disabled, nobody else enables, whatever Google did with the account meanwhile. */
function disabledByHand(
  pairs: readonly UserPair[],
  { approvals, inactive }: UserInput,
): ReadonlyMap<TargetId, Waiting> {
  const waits = pairs.flatMap(({ desired, existing, how }): readonly (readonly [TargetId, Waiting])[] => {
    const wanted = desired.active && !inactive.has(desired.externalId);
    if (!wanted || how === "adopted" || !isOffByHand(existing)) return [];
    const id = approvalId("enable", [existing.id, desired.externalId], approvals.digest);
    if (approvals.given.has(id)) return [];
    const about = { ...desiredUserRef(desired), target: existing.id };
    return [[existing.id, { id, kind: "enable", about, reason: { code: "disabled-by-hand" } }]];
  });
  return new Map(waits);
}

function draftUser(pair: UserPair, input: UserInput, byHand: ReadonlyMap<TargetId, Waiting>): UserDraft {
  if (isRefuted(pair, input)) return { pair, patch: {} };
  const wanted = { ...pair.desired, externalId: linkOf(pair, input) };
  const { active, ...others } = differenceOf({ pair, wanted }, input);
  if (active === undefined || byHand.has(pair.existing.id)) return { pair, patch: others };
  const stays = active
    ? staysOff(pair, input)
    : // Who is ours is disabled as the first thing of a run, or was found to be needed still.
      userClaim(pair.existing.externalId).kind === "managed";
  if (!stays) return { pair, patch: { ...others, active } };
  const { externalId: _, ...rest } = others;
  return { pair, patch: rest };
}

/** Only what differs, without a new user name where that has to wait. */
function differenceOf(
  { pair, wanted }: { readonly pair: UserPair; readonly wanted: UserValues },
  { renames }: UserInput,
): UserPatch {
  const patch = difference(USER_ATTRIBUTES, wanted, pair.existing);
  return renames.has(pair.existing.id) ? leavingOut(patch, ["userName"]) : patch;
}

/** Whoever is disabled for Google's reasons carries a mark, so that it can be told from what a person did. */
function linkOf({ desired, existing, how }: UserPair, { today }: UserInput): string {
  if (desired.active) return desired.externalId;
  if (suspendedSince(userClaim(existing.externalId)) !== undefined) return existing.externalId;
  // Nor does an address enable anybody later whom it could not enable now.
  const wasOff = how === "adopted" ? !existing.active : isOffByHand(existing);
  return suspendedMark(desired.externalId, today, wasOff);
}

const staysOff = ({ desired, existing }: UserPair, { doubted }: UserInput): boolean =>
  desired.active && !existing.active && doubted.has(existing.id);

/** Whether the account itself is not as active as the listing says. */
const isRefuted = ({ desired }: UserPair, { inactive }: UserInput): boolean =>
  desired.active && inactive.has(desired.externalId);

// ---------------------------------------------------------------- managers

/** Linked users whom AWS does not show as it should: they are there. */
const unshownAmong = (leftAlone: Scoped["users"]["leftAlone"]): ReadonlyMap<SourceId, TargetId> =>
  new Map(
    leftAlone.flatMap(({ desired, existing, reason }) =>
      desired !== undefined && reason.code === "unread" ? [[desired.externalId, existing.id] as const] : [],
    ),
  );

/** Who can be somebody's manager: whoever is in the target, shown or not, and who is made in this run. */
type Managers = (id: SourceId) => TargetId | "coming" | undefined;

/** Nobody, where the manager is not in the target; nothing, where they are made first. */
function managerWanted({ managedBy }: DesiredUser, managers: Managers): { readonly manager?: string } {
  if (managedBy === undefined) return {};
  const id = managedBy.id === undefined ? "" : (managers(managedBy.id) ?? "");
  return id === "coming" ? {} : { manager: id };
}

/** Where one of the two has no id yet. */
function newManagers(
  pairs: readonly UserPair[],
  coming: ReadonlyMap<SourceId, DesiredUser>,
  ids: ReadonlyMap<SourceId, TargetId>,
): UserPlan["managers"] {
  const isAnywhere = (id: SourceId): boolean => ids.has(id) || coming.has(id);
  return [...pairs.map(({ desired }) => desired), ...coming.values()].flatMap((user) => {
    const { address = "", id } = user.managedBy ?? {};
    if (id === undefined) return [];
    const both = [user.externalId, id];
    if (!both.every(isAnywhere) || !both.some((one) => coming.has(one))) return [];
    const party = { externalId: user.externalId, label: user.userName };
    const manager = { externalId: id, label: coming.get(id)?.userName ?? address };
    return [{ kind: "user.manager", user: party, manager } as const];
  });
}

function withoutManager(users: readonly DesiredUser[], managers: Managers): readonly Skip[] {
  return users.flatMap((user) => {
    const { address = "", id } = user.managedBy ?? {};
    if (address === "" || (id !== undefined && managers(id) !== undefined)) return [];
    return [{ about: desiredUserRef(user), reason: { code: "manager-missing", manager: address } } as const];
  });
}

/** Nothing is written to users, but memberships need to know who is who and who is gone. */
function unmanagedUsers({ scoped, held }: UserInput): UserPlan {
  const { pairs, onlyExisting } = scoped.users;
  return {
    takeAway: [],
    freeNames: [],
    update: [],
    ...{ create: [], cosmetics: [], managers: [], due: [] },
    ids: new Map(pairs.map(({ desired, existing }) => [desired.externalId, existing.id])),
    revoked: new Set(onlyExisting.filter((user) => !held.has(user.id)).map((user) => user.id)),
    ...{ waiting: [], awaited: new Set() },
    skips: [],
  };
}

/** What a revoked user is called whose name or address somebody else needs. */
function retiredUserName(user: ExistingUser, count: number): string {
  const tail = count === 1 ? "" : `.${count}`;
  return `${cut(`${asideStart(user)}${user.userName}`, LONGEST_USER_NAME - tail.length)}${tail}`;
}

// ---------------------------------------------------------------- changes

/** Taking access away never waits for a name: it is a request of its own, and goes first. */
function disableUser({ pair: { existing }, patch }: UserDraft): readonly UserChange[] {
  if (patch.active !== false) return [];
  // Somebody revoked keeps that mark until they come back, which may have to wait for a name.
  if (userClaim(existing.externalId).kind === "marked") return [disabledAgain(existing, "suspended")];
  return [disabled(existing, "suspended", patch.externalId)];
}

function disabled(before: ExistingUser, cause: Cause, externalId = before.externalId): UserChange {
  const mark = externalId === before.externalId ? {} : { externalId };
  return { kind: "user.disable", id: before.id, before, needs: [], patch: { active: false, ...mark }, cause };
}

/** Somebody enabled them since they got their mark. */
const disabledAgain = (user: ExistingUser, cause: Cause): UserChange =>
  disabled(user, cause, markAnew(user.externalId));

/** Disabled by hand, and Google has the account: deleted when the day has come, they could come back as a new user. */
const staysForGood = (user: ExistingUser, { scoped, existing }: UserInput): boolean =>
  isOffByHand(user) && scoped.userAbsence(user) !== "gone" && !isReplaced(user, existing);

/** Whether somebody gave the account another user, beside the one that was retired. */
function isReplaced({ id, externalId }: ExistingUser, { users }: Existing): boolean {
  const claim = userClaim(externalId);
  const own = sourceOf(claim);
  return (
    claim.kind === "marked" &&
    users.some((other) => other.id !== id && sourceOf(userClaim(other.externalId)) === own)
  );
}

function revokeUser(user: ExistingUser, input: UserInput): readonly UserChange[] {
  const { scoped, today } = input;
  const off = user.active ? { active: false } : {};
  const common = { id: user.id, before: user, needs: [] };
  const isMarked = userClaim(user.externalId).kind === "marked";
  if (staysForGood(user, input)) {
    // Of an account that is deleted once more, the days of grace begin anew.
    const patch = { externalId: ownName(user) };
    return isMarked ? [{ kind: "user.restore", ...common, patch, cause: "returned" }] : [];
  }
  if (!isMarked) {
    const patch = { ...off, externalId: mark(user, today) };
    return [{ kind: "user.retire", ...common, patch, cause: scoped.userAbsence(user) }];
  }
  return user.active ? [disabledAgain(user, "marked")] : [];
}

const moveUser = (
  { existing, patch, needs }: Moved<Name, ExistingUser>,
  cause: "parked" | "moved-aside",
): UserChange => ({ kind: "user.update", id: existing.id, before: existing, patch, cause, needs });

/** Somebody who comes back without a name to sign in with would get groups that nobody can use, or see. */
const userStaysRevoked = (existing: ExistingUser, names: UserRenames): boolean =>
  names.isBlocked(existing) && (userClaim(existing.externalId).kind === "marked" || isAside(existing));

/** Who they are, and whether they are enabled. */
function updateUser({ pair, patch }: UserDraft, names: UserRenames): readonly UserChange[] {
  const { existing, how } = pair;
  if (userStaysRevoked(existing, names)) return [];
  const isMarked = userClaim(existing.externalId).kind === "marked";
  const { active, ...others } = names.isBlocked(existing) ? leavingOut(patch, USER_NAMES) : patch;
  // A request of its own has disabled them, and marked whoever was not marked.
  const rest = active === false && !isMarked ? leavingOut(others, ["externalId"]) : others;
  const identity: UserPatch = leavingOut(active === true ? { ...rest, active } : rest, DESCRIPTIONS);
  if (Object.keys(identity).length === 0) return [];
  const kind = isMarked ? "user.restore" : active === true ? "user.enable" : "user.update";
  const cause: Cause = isMarked ? "returned" : how === "adopted" ? "adopted" : "differs";
  return [{ kind, id: existing.id, before: existing, patch: identity, cause, needs: names.needs(existing) }];
}

/** What decides nothing about access. */
const DESCRIPTIONS: readonly string[] = [...USER_COSMETICS, ...USER_DETAILS];

/** What they are called, and the details. */
function cosmeticsOf(
  { pair: { desired, existing }, patch }: UserDraft,
  managers: Managers,
): readonly UserChange[] {
  const manager = difference(USER_ATTRIBUTES, managerWanted(desired, managers), existing);
  const names = Object.entries({ ...patch, ...manager }).filter(([name]) => DESCRIPTIONS.includes(name));
  if (names.length === 0) return [];
  const common = { id: existing.id, before: existing, needs: [] };
  return [{ kind: "user.update", ...common, patch: Object.fromEntries(names), cause: "differs" }];
}

/** What AWS refuses of the first is not asked of the others. */
function oneRemovalFirst(changes: readonly UserChange[]): UserPlan["cosmetics"] {
  const met = new Set<string>();
  const first = changes.filter(({ patch }) => {
    const removed = USER_DETAILS.filter((detail) => isTakenAway(patch[detail]) && !met.has(detail));
    for (const detail of removed) met.add(detail);
    return removed.length > 0;
  });
  const others = changes.filter((change) => !first.includes(change));
  return [first, others];
}

const isTakenAway = (value: UserPatch[keyof UserPatch]): boolean => value !== undefined && isNone(value);

const leavingOut = (patch: UserPatch, names: readonly string[]): UserPatch =>
  Object.fromEntries(Object.entries(patch).filter(([attribute]) => !names.includes(attribute)));

function dueUser(user: ExistingUser, input: UserInput): readonly UserDeletion[] {
  if (staysForGood(user, input)) return [];
  const { rules, today } = input;
  const claim = userClaim(user.externalId);
  // Somebody enabled them after they were marked: they are disabled now, and deleted by a later run that finds them so.
  if (user.active && claim.kind === "marked") return [];
  const since = revokedSince(claim, today);
  return isDue(since, today, rules, isOffByHand(user))
    ? [{ kind: "user.delete", id: user.id, before: user, since }]
    : [];
}

const userNameHeld = ({
  desired,
  existing,
  attribute,
  holder,
}: Blocked<Name, DesiredUser, ExistingUser>): Skip => ({
  about: desiredUserRef(desired),
  reason: {
    code: attribute === "email" ? "email-taken" : "name-taken",
    holder: holder === undefined ? "new" : existingUserRef(holder),
    keeps: existing?.userName,
  },
});
