import { approvalId } from "./approval.ts";
import type { Approvals, Waiting } from "./approval.ts";
import { USER_ATTRIBUTES, USER_NAMES, difference } from "./attributes.ts";
import type { Cause, Change, UserPatch } from "./change.ts";
import { isDue, mark, ownName, revokedSince, userClaim } from "./mark.ts";
import { LONGEST_USER_NAME, cut } from "./names.ts";
import type { Pair } from "./match.ts";
import { settleRenames } from "./renames.ts";
import type { Blocked, Draft, Moved, Renames } from "./renames.ts";
import type { Scoped } from "./scope.ts";
import type { Skip } from "./reason.ts";
import { desiredUserRef, existingUserRef } from "./ref.ts";
import type { Day, DesiredUser, Existing, ExistingUser, Rules, SourceId, TargetId } from "./model.ts";

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
  /** Who is due for deletion, unless a group still holds them. */
  readonly due: readonly UserDeletion[];
  /** Desired users who are in the target, except those who come back and cannot have their name. */
  readonly ids: ReadonlyMap<SourceId, TargetId>;
  /** Users of the target whom this plan revokes, or who are revoked already. */
  readonly revoked: ReadonlySet<TargetId>;
  /** Disabled users whom somebody's address would enable again: nothing is written to them, and they stay where they are. */
  readonly waiting: readonly Waiting[];
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
  /** Those of them who are disabled all the same: Google calls them suspended or archived. */
  readonly suspended?: ReadonlySet<TargetId> | undefined;
  /** Enabling one of these could give back a membership that has to go first. */
  readonly doubted?: ReadonlySet<TargetId> | undefined;
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
  const drafts = pairs.map((pair) => draftUser(pair, input));
  const creates = users.onlyDesired.filter((user) => user.active);
  const names = settleRenames({
    ...{ attributes: USER_NAMES, existing: input.existing.users, drafts, creates, leaving },
    asideName: retiredUserName,
  });
  return {
    takeAway: [
      ...drafts.flatMap(disableUser),
      ...users.onlyExisting.filter((user) => input.suspended?.has(user.id)).flatMap(switchOff),
      ...leaving.flatMap((user) => revokeUser(user, input)),
    ],
    freeNames: names.parked.map((moved) => moveUser(moved, "parked")),
    update: names.inWaves([
      ...names.aside.map((moved) => moveUser(moved, "moved-aside")),
      ...drafts.flatMap((draft) => updateUser(draft, names)),
    ]),
    create: creates
      .filter((user) => !names.isBlocked(user))
      .map(({ aliases: _, ...user }) => ({ kind: "user.create", user, needs: names.needs(user) })),
    due: leaving.flatMap((user) => dueUser(user, input)),
    ids: new Map(
      pairs
        .filter(({ existing }) => !userStaysRevoked(existing, names))
        .map(({ desired, existing }) => [desired.externalId, existing.id]),
    ),
    revoked: new Set(leaving.map((user) => user.id)),
    ...{ waiting, awaited },
    skips: [
      ...users.onlyDesired
        .filter((user) => !user.active)
        .map((user): Skip => ({ about: desiredUserRef(user), reason: { code: "never-seen" } })),
      ...pairs
        .filter((pair) => staysOff(pair, input))
        .map(({ desired }): Skip => ({ about: desiredUserRef(desired), reason: { code: "doubted" } })),
      ...names.blocked.map(userNameHeld),
    ],
  };
}

/** An address is no authority to enable somebody: who is disabled and would be taken over enabled waits. */
function adopted(
  input: UserInput,
): Pick<UserPlan, "waiting" | "awaited"> & { readonly pairs: readonly UserPair[] } {
  const waits = new Map(
    input.scoped.users.pairs.flatMap((pair) => {
      const wait = toApprove(pair, input);
      return wait === undefined || input.approvals.given.has(wait.id)
        ? []
        : [[pair.existing.id, wait] as const];
    }),
  );
  return {
    pairs: input.scoped.users.pairs.filter(({ existing }) => !waits.has(existing.id)),
    waiting: [...waits.values()],
    awaited: new Set(waits.keys()),
  };
}

function toApprove(
  { desired, existing, how }: UserPair,
  { approvals, existing: { groups } }: UserInput,
): Waiting | undefined {
  if (how !== "adopted" || existing.active || !desired.active) return undefined;
  const inThem = groups.filter(({ members }) => members.has(existing.id));
  return {
    id: approvalId("adoption", [existing.id, desired.externalId], approvals.digest),
    kind: "adoption",
    about: { kind: "user", source: desired.externalId, target: existing.id, label: desired.userName },
    reason: {
      code: "enabling",
      user: existingUserRef(existing),
      groups: inThem.map(({ name }) => name).toSorted(),
    },
  };
}

function draftUser(pair: UserDraft["pair"], input: UserInput): UserDraft {
  const { active, ...others } = difference(USER_ATTRIBUTES, pair.desired, pair.existing);
  return { pair, patch: active === undefined || staysOff(pair, input) ? others : { ...others, active } };
}

const staysOff = ({ desired, existing }: UserDraft["pair"], { doubted }: UserInput): boolean =>
  desired.active && !existing.active && doubted?.has(existing.id) === true;

/** Nothing is written to users, but memberships need to know who is who and who is gone. */
function unmanagedUsers({ scoped, held }: UserInput): UserPlan {
  const { pairs, onlyExisting } = scoped.users;
  return {
    takeAway: [],
    freeNames: [],
    update: [],
    create: [],
    due: [],
    ids: new Map(pairs.map(({ desired, existing }) => [desired.externalId, existing.id])),
    revoked: new Set(onlyExisting.filter((user) => !held.has(user.id)).map((user) => user.id)),
    ...{ waiting: [], awaited: new Set() },
    skips: [],
  };
}

/** What a revoked user is called whose name or address somebody else needs. */
function retiredUserName(user: ExistingUser, count: number): string {
  const tail = count === 1 ? "" : `.${count}`;
  return `${cut(`retired.${ownName(user)}.${user.userName}`, LONGEST_USER_NAME - tail.length)}${tail}`;
}

// ---------------------------------------------------------------- changes

/** Taking access away never waits for a name: it is a request of its own, and goes first. */
function disableUser({ pair, patch }: UserDraft): readonly UserChange[] {
  return patch.active === false ? switchOff(pair.existing) : [];
}

function switchOff(user: ExistingUser): readonly UserChange[] {
  if (!user.active) return [];
  return [
    {
      kind: "user.disable",
      id: user.id,
      before: user,
      patch: { active: false },
      cause: "suspended",
      needs: [],
    },
  ];
}

function revokeUser(user: ExistingUser, { scoped, today }: UserInput): readonly UserChange[] {
  const off = user.active ? { active: false } : {};
  const common = { id: user.id, before: user, needs: [] };
  if (userClaim(user.externalId).kind !== "marked") {
    const patch = { ...off, externalId: mark(user, today) };
    return [{ kind: "user.retire", ...common, patch, cause: scoped.userAbsence(user) }];
  }
  return user.active ? [{ kind: "user.disable", ...common, patch: { active: false }, cause: "marked" }] : [];
}

const moveUser = (
  { existing, patch, needs }: Moved<Name, ExistingUser>,
  cause: "parked" | "moved-aside",
): UserChange => ({ kind: "user.update", id: existing.id, before: existing, patch, cause, needs });

/** Somebody who comes back without a name to sign in with would get groups that nobody can use, or see. */
const userStaysRevoked = (existing: ExistingUser, names: UserRenames): boolean =>
  names.isBlocked(existing) && userClaim(existing.externalId).kind === "marked";

function updateUser({ pair, patch }: UserDraft, names: UserRenames): readonly UserChange[] {
  const { existing, how } = pair;
  if (userStaysRevoked(existing, names)) return [];
  const { active, ...others } = names.isBlocked(existing) ? withoutNames(patch) : patch;
  const rest: UserPatch = active === true ? { ...others, active } : others;
  if (Object.keys(rest).length === 0) return [];
  const returns = userClaim(existing.externalId).kind === "marked";
  const kind = returns ? "user.restore" : active === true ? "user.enable" : "user.update";
  const cause: Cause = returns ? "returned" : how === "adopted" ? "adopted" : "differs";
  return [{ kind, id: existing.id, before: existing, patch: rest, cause, needs: names.needs(existing) }];
}

function withoutNames(patch: UserPatch): UserPatch {
  const names: readonly string[] = USER_NAMES;
  return Object.fromEntries(Object.entries(patch).filter(([attribute]) => !names.includes(attribute)));
}

function dueUser(user: ExistingUser, { rules, today }: UserInput): readonly UserDeletion[] {
  const claim = userClaim(user.externalId);
  // Somebody enabled them after they were marked: they are disabled now, and deleted by a later run that finds them so.
  if (user.active && claim.kind === "marked") return [];
  const since = revokedSince(claim, today);
  return isDue(since, today, rules) ? [{ kind: "user.delete", id: user.id, before: user, since }] : [];
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
