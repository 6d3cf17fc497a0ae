/** What becomes of users. */
import type { ExistingUser, SourceUser } from "../../src/core/model.ts";
import { atName, clean, hits, isOurs, linkedTo, low, suspendedMarkOf, whose } from "./claims.ts";
import { decidedAbout } from "./groups.ts";
import type { Scope } from "./scope.ts";
import { NEW, type Person, type Question, type Verdict } from "./verdict.ts";

export interface People {
  readonly untouched: ReadonlySet<string>;
  readonly revoked: ReadonlySet<string>;
  readonly users: Verdict["users"];
  /** Who may be a member, by Google id: the id in AWS, or `new`. */
  readonly present: ReadonlyMap<string, string>;
  readonly paired: Pairs;
  /** Whether somebody with this Google id may be in a group at all. */
  readonly eligible: (id: string) => boolean;
}

/** By Google id. */
type Pairs = ReadonlyMap<string, ExistingUser>;

export function judgeUsers(question: Question, scope: Scope): People {
  const { source, existing, rules } = question;
  const isAbleHere = (user: SourceUser): boolean => isAble(user, question);
  const inGroups = new Set(scope.counted.flatMap((group) => [...scope.members(group)]));
  const wanted = source.users.filter(
    (user) =>
      isAbleHere(user) && (isMatched(user, question) || (rules.method === "groups" && inGroups.has(user.id))),
  );
  const { pairs, barred, waiting } = pairUp(wanted, question, inHands(question, scope));
  const isOut = (user: SourceUser): boolean => {
    const own = pairs.get(user.id);
    return isIgnored(user, question) || (own !== undefined && isIgnoredHere(own, question));
  };
  const out = wanted.filter(isOut);
  const live = wanted.filter((user) => !out.includes(user) && !barred.has(user.id));
  const paired = new Map([...pairs].filter(([id]) => !out.some((user) => user.id === id)));
  const ignored = new Set<string>([
    ...existing.users.filter((user) => isIgnoredHere(user, question)).map(idOf),
    ...out.flatMap((user) => pairs.get(user.id)?.id ?? []),
  ]);
  const kept = new Set<string>([...paired.values()].map(idOf));
  const others = existing.users.filter(({ id }) => !kept.has(id) && !ignored.has(id) && !waiting.has(id));
  const revoked = new Set<string>(others.filter(isOurs).map(idOf));
  const untouched = new Set<string>(existing.users.map(idOf)).difference(kept).difference(revoked);
  return {
    ...{ untouched, revoked, paired },
    eligible: (id) => source.users.some((user) => user.id === id && isAbleHere(user)),
    ...settle(live, paired, question, untouched),
  };
}

const idOf = ({ id }: ExistingUser): string => id;

// ---------------------------------------------------------------- who is wanted, and who is left alone

const isMatched = ({ id }: SourceUser, { source: { matched } }: Question): boolean =>
  matched === "all" || (matched !== "none" && matched.has(id));

const isAble = (user: SourceUser, question: Question): boolean =>
  (user.state === "active" || question.rules.syncSuspended) &&
  (question.rules.method === "groups" || isMatched(user, question));

/** An alias counts for those whom AWS does not have yet. */
const isIgnored = ({ id, email, aliases }: SourceUser, { rules, existing }: Question): boolean =>
  hits(rules.ignoreUsers, linkedTo(id, existing.users) === undefined ? [email, ...aliases] : [email]);

function isIgnoredHere(user: ExistingUser, { source, rules }: Question): boolean {
  const origin = source.users.find(({ id }) => id === whose(user).of);
  return hits(rules.ignoreUsers, [user.userName, user.email, origin?.email ?? ""]);
}

/** How AWS holds a Google account. */
function asUser(user: SourceUser): Omit<Person, "id"> {
  const [given, family] = [clean(user.givenName), clean(user.familyName)];
  return {
    externalId: user.id,
    userName: user.email,
    email: user.email,
    givenName: given || "-",
    familyName: family,
    displayName: `${given} ${family}`.trim(),
    active: user.state === "active",
  };
}

// ---------------------------------------------------------------- who is who

/** By id, then by name as `ADOPT` allows; `barred` are those who meet somebody that may not be adopted, or not unasked. */
function pairUp(
  wanted: readonly SourceUser[],
  question: Question,
  byHand: ReadonlySet<string>,
): {
  readonly pairs: Pairs;
  readonly barred: ReadonlySet<string>;
  readonly waiting: ReadonlySet<string>;
} {
  const { users } = question.existing;
  const pairs = new Map<string, ExistingUser>();
  for (const { id } of wanted) {
    const own = linkedTo(id, users);
    if (own !== undefined) pairs.set(id, own);
  }
  const linked = new Set(pairs.values());
  const barred = new Set<string>();
  const waiting = new Set<string>();
  for (const { id, email, state } of wanted.filter((user) => !pairs.has(user.id))) {
    const named = users.find((one) => low(one.userName) === email && !linked.has(one));
    if (named === undefined) continue;
    const fate = isIgnoredHere(named, question) ? "in the way" : atName(named, question.rules);
    // An address is no authority to enable whom somebody disabled, nor over who is in a group made by hand.
    const asks = (!named.active && state === "active") || byHand.has(named.id);
    const waits = fate === "adopt" && !question.approved && asks;
    if (waits) waiting.add(named.id);
    else if (fate === "adopt") pairs.set(id, named);
    if (waits || fate === "in the way") barred.add(id);
  }
  return { pairs, barred, waiting };
}

/** Who is in a group that is none of ours, or guarded, and that nobody takes over. */
function inHands(question: Question, scope: Scope): ReadonlySet<string> {
  const decided = decidedAbout(question, scope);
  const hands = question.existing.groups.filter(
    (group) => scope.guarded.has(group.id) || (!isOurs(group) && !decided.has(group.id)),
  );
  return new Set<string>(hands.flatMap(({ members }) => [...members]));
}

// ---------------------------------------------------------------- names and e-mails

function settle(
  live: readonly SourceUser[],
  pairs: Pairs,
  question: Question,
  untouched: ReadonlySet<string>,
): Pick<People, "users" | "present"> {
  const blocked = blockedUsers(live, pairs, question, untouched);
  const users = new Map<string, Person>();
  const present = new Map<string, string>();
  for (const user of live) {
    const own = pairs.get(user.id);
    const isBlocked = blocked.has(user.id);
    const end = own === undefined ? newcomer(user, isBlocked) : changed(user, own, isBlocked, question);
    if (end === undefined) continue;
    users.set(user.id, end);
    const isThere = !isBlocked || own === undefined || whose(own).kind !== "marked";
    if (isThere && user.state === "active") present.set(user.id, end.id);
  }
  return { users, present };
}

/** Names and e-mails that stay where they are block whoever wants them; whoever is blocked stays too. */
function blockedUsers(
  live: readonly SourceUser[],
  pairs: Pairs,
  { existing }: Question,
  untouched: ReadonlySet<string>,
): ReadonlySet<string> {
  const fixed = existing.users.filter(({ id }) => untouched.has(id));
  const blocked = new Set<string>();
  const isTaken = ({ email }: SourceUser): boolean =>
    fixed.some((other) => low(other.userName) === email || low(other.email) === email);
  for (let more = true; more;) {
    more = false;
    for (const user of live.filter(({ id }) => !blocked.has(id))) {
      const own = pairs.get(user.id);
      if ((own === undefined && user.state !== "active") || !isTaken(user)) continue;
      blocked.add(user.id);
      if (own !== undefined) fixed.push(own);
      more = true;
    }
  }
  return blocked;
}

const newcomer = (user: SourceUser, isBlocked: boolean): Person | undefined =>
  isBlocked || user.state !== "active" ? undefined : { ...asUser(user), id: NEW };

function changed(user: SourceUser, existing: ExistingUser, isBlocked: boolean, question: Question): Person {
  const { createdAt: _, ...own } = existing;
  const wish = { ...asUser(user), ...stateOf(user, own, question) };
  if (isBlocked && whose(own).kind === "marked")
    return {
      ...own,
      active: own.active && wish.active,
      externalId: wish.active ? own.externalId : own.externalId,
    };
  if (isBlocked) return { ...wish, userName: own.userName, email: own.email, id: own.id };
  const spelt = (mine: string, theirs: string): string => (low(mine) === theirs ? mine : theirs);
  return {
    ...wish,
    userName: spelt(own.userName, wish.userName),
    email: spelt(own.email, wish.email),
    id: own.id,
  };
}

/** Whether they are enabled, and the mark of those who are not for Google's reasons. */
function stateOf(
  user: SourceUser,
  own: Omit<ExistingUser, "createdAt">,
  { today, approved }: Question,
): Pick<Person, "active" | "externalId"> {
  const { kind, since } = whose(own);
  const isActive = user.state === "active";
  // Who is ours and enabled is the first step's business.
  if (!isActive && own.active && kind === "live") return { active: true, externalId: own.externalId };
  if (!isActive)
    return {
      active: false,
      externalId: kind === "live" && since !== "" ? own.externalId : suspendedMarkOf(user.id, today),
    };
  // Whom a person disabled, a person enables.
  const byHand = kind === "live" && since === "" && !own.active && !approved;
  return { active: !byHand, externalId: user.id };
}
