import { USER_ATTRIBUTES, difference } from "./attributes.ts";
import { needs, placed, settleClaims } from "./renames.ts";
import type { Settlement, Wish } from "./renames.ts";
import type { Cause, Change, UserPatch } from "./change.ts";
import { addDays, daysBetween, mark, ownName, userClaim } from "./mark.ts";
import type { Pair } from "./match.ts";
import { LONGEST_USER_NAME, cut, nameKey } from "./names.ts";
import type { Scoped } from "./scope.ts";
import type { Skip } from "./reason.ts";
import { desiredUserRef } from "./ref.ts";
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
  /** Who is due for deletion, unless a group still holds him. */
  readonly due: readonly UserDeletion[];
  /** Desired users who are in the target, except those who come back and cannot have their name. */
  readonly ids: ReadonlyMap<SourceId, TargetId>;
  /** Users of the target whom this plan revokes, or who are revoked already. */
  readonly revoked: ReadonlySet<TargetId>;
  readonly skips: readonly Skip[];
}

export interface UserInput {
  readonly scoped: Scoped;
  readonly existing: Existing;
  readonly rules: Rules;
  readonly today: Day;
  /** Users whose removal is held back: they are left exactly as they are. */
  readonly held: ReadonlySet<TargetId>;
  /** Those of them who are disabled all the same: Google calls them suspended or archived. */
  readonly suspended?: ReadonlySet<TargetId> | undefined;
  /** Enabling one of these could give back a membership that has to go first. */
  readonly doubted?: ReadonlySet<TargetId> | undefined;
}

interface Draft {
  readonly pair: Pair<DesiredUser, ExistingUser>;
  readonly patch: UserPatch;
}

export function planUsers(input: UserInput): UserPlan {
  const { users } = input.scoped;
  if (!input.rules.manage.users) return unmanagedUsers(input);
  const leaving = users.onlyExisting.filter((user) => !input.held.has(user.id));
  const staysOff = (pair: Draft["pair"]): boolean =>
    pair.desired.active && !pair.existing.active && input.doubted?.has(pair.existing.id) === true;
  const drafts = users.pairs.map((pair) => {
    const { active, ...others } = difference(USER_ATTRIBUTES, pair.desired, pair.existing);
    return { pair, patch: active === undefined || staysOff(pair) ? others : { ...others, active } };
  });
  const creates = users.onlyDesired.filter((user) => user.active);
  const asides = movedAside(leaving, drafts, creates, input);
  const wished = wishes(drafts, creates, asides);
  const names = settleClaims(wished, holders(input.existing.users, wished));
  const made = creates.filter((user) => !names.blocked.has(newId(user)));
  return {
    takeAway: [
      ...drafts.flatMap(disable),
      ...users.onlyExisting.filter((user) => input.suspended?.has(user.id)).flatMap(switchOff),
      ...leaving.flatMap((user) => revoke(user, input)),
    ],
    freeNames: [...parks(drafts, names)],
    update: updates(drafts, asides, names),
    create: made.map(({ aliases: _, ...user }) => ({
      kind: "user.create",
      user,
      needs: needs(newId(user), names),
    })),
    due: leaving.flatMap((user) => dueDeletion(user, input)),
    ids: new Map(
      users.pairs
        .filter(({ existing }) => !staysRevoked(existing, names))
        .map(({ desired, existing }) => [desired.externalId, existing.id]),
    ),
    revoked: new Set(leaving.map((user) => user.id)),
    skips: [
      ...users.onlyDesired
        .filter((user) => !user.active)
        .map((user): Skip => ({ about: desiredUserRef(user), reason: { code: "never-seen" } })),
      ...users.pairs
        .filter(staysOff)
        .map(({ desired }): Skip => ({ about: desiredUserRef(desired), reason: { code: "doubted" } })),
      ...blockedSkips(drafts, creates, names, input.existing.users),
    ],
  };
}

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
    skips: [],
  };
}

// ---------------------------------------------------------------- names

const nameOf = (userName: string): string => `name:${nameKey(userName)}`;
const mailOf = (email: string): string => `mail:${nameKey(email)}`;
const newId = (user: Pick<DesiredUser, "externalId">): string => `new:${user.externalId}`;

/** Who holds the names and addresses that somebody wishes for. */
function holders(users: readonly ExistingUser[], wished: readonly Wish[]): ReadonlyMap<string, string> {
  const wanted = new Set(wished.flatMap((wish) => wish.takes));
  const found = new Map<string, string>();
  if (wanted.size === 0) return found;
  for (const { id, userName, email } of users) {
    for (const key of email === "" ? [nameOf(userName)] : [nameOf(userName), mailOf(email)])
      if (wanted.has(key)) found.set(key, id);
  }
  return found;
}

function wish(existing: ExistingUser, patch: UserPatch): Wish {
  const { userName, email } = patch;
  return {
    id: existing.id,
    takes: [
      ...(userName === undefined ? [] : [nameOf(userName)]),
      ...(email === undefined ? [] : [mailOf(email)]),
    ],
    frees: [
      ...(userName === undefined ? [] : [nameOf(existing.userName)]),
      ...(email === undefined || existing.email === "" ? [] : [mailOf(existing.email)]),
    ],
  };
}

function wishes(
  drafts: readonly Draft[],
  creates: readonly DesiredUser[],
  asides: readonly Aside[],
): readonly Wish[] {
  return [
    ...asides.map(({ user, patch }) => wish(user, patch)),
    ...drafts
      .filter(({ patch }) => patch.userName !== undefined || patch.email !== undefined)
      .map(({ pair, patch }) => wish(pair.existing, patch)),
    ...creates.map((user) => ({
      id: newId(user),
      takes: [nameOf(user.userName), mailOf(user.email)],
      frees: [],
    })),
  ];
}

interface Aside {
  readonly user: ExistingUser;
  readonly patch: { readonly userName: string; readonly email: string };
}

/** Revoked users who hold a name or an address that somebody desired needs. */
function movedAside(
  leaving: readonly ExistingUser[],
  drafts: readonly Draft[],
  creates: readonly DesiredUser[],
  { existing }: UserInput,
): readonly Aside[] {
  if (leaving.length === 0) return [];
  const wanted = new Set([
    ...drafts.flatMap(({ pair, patch }) => wish(pair.existing, patch).takes),
    ...creates.flatMap((user) => [nameOf(user.userName), mailOf(user.email)]),
  ]);
  const taken = new Set(existing.users.flatMap((user) => [nameOf(user.userName), mailOf(user.email)]));
  return leaving
    .filter(
      (user) => wanted.has(nameOf(user.userName)) || (user.email !== "" && wanted.has(mailOf(user.email))),
    )
    .map((user) => {
      const aside = unique(`retired.${ownName(user)}.${user.userName}`, LONGEST_USER_NAME, (text) =>
        [nameOf(text), mailOf(text)].some((key) => taken.has(key) || wanted.has(key)),
      );
      for (const key of [nameOf(aside), mailOf(aside)]) taken.add(key);
      return { user, patch: { userName: aside, email: aside } };
    });
}

/** The text, cut to the length; while it is taken, with a number at its end. */
export function unique(text: string, length: number, taken: (text: string) => boolean): string {
  for (let count = 1; ; count++) {
    const tail = count === 1 ? "" : `.${count}`;
    const candidate = `${cut(text, length - tail.length)}${tail}`;
    if (!taken(candidate)) return candidate;
  }
}

// ---------------------------------------------------------------- changes

/** Taking access away never waits for a name: it is a request of its own, and goes first. */
function disable({ pair, patch }: Draft): readonly UserChange[] {
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

function revoke(user: ExistingUser, { scoped, today }: UserInput): readonly UserChange[] {
  const off = user.active ? { active: false } : {};
  const common = { id: user.id, before: user, needs: [] };
  if (userClaim(user.externalId).kind !== "marked") {
    const patch = { ...off, externalId: mark(user, today) };
    return [{ kind: "user.retire", ...common, patch, cause: scoped.userAbsence(user) }];
  }
  return user.active ? [{ kind: "user.disable", ...common, patch: { active: false }, cause: "marked" }] : [];
}

function parks(drafts: readonly Draft[], names: Settlement): readonly UserChange[] {
  return drafts
    .filter(({ pair }) => names.parked.has(pair.existing.id))
    .map(({ pair, patch }) => {
      const aside = `ssosync-moving.${pair.existing.id}`;
      const parked = {
        ...(patch.userName === undefined ? {} : { userName: aside }),
        ...(patch.email === undefined ? {} : { email: aside }),
      };
      return {
        kind: "user.update",
        id: pair.existing.id,
        before: pair.existing,
        patch: parked,
        cause: "parked",
        needs: [],
      };
    });
}

function updates(
  drafts: readonly Draft[],
  asides: readonly Aside[],
  names: Settlement,
): readonly (readonly UserChange[])[] {
  const changes = [
    ...asides.map(({ user, patch }): UserChange => ({
      ...{ kind: "user.update", id: user.id, before: user, patch, cause: "moved-aside" },
      needs: needs(user.id, names),
    })),
    ...drafts.flatMap((draft) => update(draft, names)),
  ];
  return placed(changes, names);
}

/** Somebody who comes back without a name to sign in with would get groups that nobody can use, or see. */
const staysRevoked = (existing: ExistingUser, names: Settlement): boolean =>
  names.blocked.has(existing.id) && userClaim(existing.externalId).kind === "marked";

function update({ pair, patch }: Draft, names: Settlement): readonly UserChange[] {
  const { existing, how } = pair;
  const { userName, email, active, ...others } = patch;
  const blocked = names.blocked.has(existing.id);
  const returns = userClaim(existing.externalId).kind === "marked";
  if (staysRevoked(existing, names)) return [];
  const rest: UserPatch = {
    ...others,
    ...(blocked || userName === undefined ? {} : { userName }),
    ...(blocked || email === undefined ? {} : { email }),
    ...(active === true ? { active } : {}),
  };
  if (Object.keys(rest).length === 0) return [];
  const kind = returns ? "user.restore" : active === true ? "user.enable" : "user.update";
  const cause: Cause = returns ? "returned" : how === "adopted" ? "adopted" : "differs";
  return [{ kind, id: existing.id, before: existing, patch: rest, cause, needs: needs(existing.id, names) }];
}

function dueDeletion(user: ExistingUser, { rules, today }: UserInput): readonly UserDeletion[] {
  // Somebody enabled him after he was marked: he is disabled now, and deleted by a later run that finds him so.
  if (user.active && userClaim(user.externalId).kind === "marked") return [];
  const since = revokedSince(user, today);
  return isDue(since, today, rules) ? [{ kind: "user.delete", id: user.id, before: user, since }] : [];
}

function revokedSince(user: ExistingUser, today: Day): Day {
  const claim = userClaim(user.externalId);
  return claim.kind === "marked" ? claim.since : today;
}

/** Deleted on the first run that many days after the mark; a mark in the future is not due. */
export function isDue(since: Day, today: Day, { graceDays }: Rules): boolean {
  return graceDays !== "never" && daysBetween(since, today) >= graceDays;
}

/** The day on which what was marked then is deleted; undefined for never. */
export function dueDay(since: Day, { graceDays }: Rules): Day | undefined {
  return graceDays === "never" ? undefined : addDays(since, graceDays);
}

function blockedSkips(
  drafts: readonly Draft[],
  creates: readonly DesiredUser[],
  names: Settlement,
  users: readonly ExistingUser[],
): readonly Skip[] {
  if (names.blocked.size === 0) return [];
  const byId = new Map<string, ExistingUser>(users.map((user) => [user.id, user]));
  const tell = (id: string, subject: string, effect: string): readonly Skip[] => {
    const obstacle = names.blocked.get(id);
    if (obstacle === undefined) return [];
    const holder = byId.get(obstacle.holder);
    const thing = obstacle.key.startsWith("mail:") ? "e-mail" : "user name";
    const who = holder === undefined ? "another new user" : `the user ${holder.userName} (${holder.id})`;
    const detail = `the ${thing} is held by ${who}; ${effect} until it is free`;
    const code = thing === "e-mail" ? "email-taken" : "name-taken";
    return [{ about: { kind: "user", label: subject }, reason: { code, detail } }];
  };
  return [
    ...creates.flatMap((user) => tell(newId(user), user.userName, "not created")),
    ...drafts.flatMap(({ pair }) =>
      tell(pair.existing.id, pair.desired.userName, "name and e-mail stay as they are"),
    ),
  ];
}
