/** What becomes of users. */
import type { ExistingUser, SourceUser } from "../../src/core/model.ts";
import {
  atName,
  clean,
  hits,
  isOff,
  isOurs,
  markAnew,
  linkedTo,
  low,
  ownName,
  suspendedMarkOf,
  whose,
} from "./claims.ts";
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
  const unnamed = withoutName(wanted, question);
  const { pairs, barred, waiting } = pairUp(wanted, question, unnamed, inHands(question, scope));
  const isOut = (user: SourceUser): boolean => {
    const own = pairs.get(user.id);
    return isIgnored(user, question) || (own !== undefined && isIgnoredHere(own, question));
  };
  const out = wanted.filter(isOut);
  const isNameless = ({ id }: SourceUser): boolean => unnamed.has(id) && !pairs.has(id);
  const live = wanted.filter((user) => !out.includes(user) && !barred.has(user.id) && !isNameless(user));
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
    ...settle(live, { pairs: paired, unnamed }, question, untouched),
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
function isIgnored(user: SourceUser, { rules, existing }: Question): boolean {
  const { id, email, aliases } = user;
  const isNew = linkedTo(id, existing.users) === undefined;
  return hits(rules.ignoreUsers, isNew ? [email, ...aliases, nameIn(user, rules)] : [email]);
}

function isIgnoredHere(user: ExistingUser, { source, rules }: Question): boolean {
  const origin = source.users.find(({ id }) => id === whose(user).of);
  return hits(rules.ignoreUsers, [user.userName, user.email, origin?.email ?? ""]);
}

/** What USER_NAME makes of an account; empty where Google has nothing for it. */
export function nameIn(
  { email, aliases, fields }: SourceUser,
  { userName: { text } }: Question["rules"],
): string {
  if (text === "email") return email;
  const [, domain] = /^alias@(.*)$/u.exec(text) ?? [];
  if (domain === undefined) return fields.get(`customSchemas.${text as `${string}.${string}`}`) ?? "";
  const there = [email, ...aliases].filter((one) => one.split("@")[1] === domain);
  if (there.includes(email)) return email;
  const shortest = Math.min(...there.map(({ length }) => length));
  return there.filter(({ length }) => length === shortest).toSorted()[0] ?? "";
}

/** Who keeps what they are called, or is not made: nothing is there, AWS takes no such name, or another one has or wants it. */
function withoutName(wanted: readonly SourceUser[], question: Question): ReadonlySet<string> {
  const { rules, existing } = question;
  const isName = (name: string): boolean => name !== "" && name.length <= 128 && !/[\p{Z}\p{C}]/u.test(name);
  const found = wanted.filter((user) => {
    const name = nameIn(user, rules);
    const own = linkedTo(user.id, existing.users);
    if (!isName(name)) return true;
    if (own !== undefined && low(own.userName) === low(name)) return false;
    if (wanted.some((other) => other !== user && low(nameIn(other, rules)) === low(name))) return true;
    return own !== undefined && !isIgnored(user, question) && hits(rules.ignoreUsers, [name]);
  });
  return new Set(found.map(({ id }) => id));
}

/** How AWS holds a Google account. */
function asUser(user: SourceUser, { rules }: Question): Omit<Person, "id"> {
  const [given, family] = [clean(user.givenName), clean(user.familyName)];
  return {
    externalId: user.id,
    userName: nameIn(user, rules),
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
  unnamed: ReadonlySet<string>,
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
  const isOpen = ({ id }: SourceUser): boolean => !pairs.has(id) && !unnamed.has(id);
  for (const user of wanted.filter(isOpen)) {
    const { id, state } = user;
    const name = low(nameIn(user, question.rules));
    const named = users.find((one) => low(one.userName) === name && !linked.has(one));
    if (named === undefined) continue;
    const fate = isIgnoredHere(named, question) ? "in the way" : atName(named, question.rules);
    // An address is no authority to enable whom somebody disabled, nor over who is in a group made by hand.
    // One that somebody may choose is no authority at all.
    const isChosen = question.rules.userName.text !== "email";
    const asks = isChosen || (!named.active && state === "active") || byHand.has(named.id);
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

interface Named {
  readonly pairs: Pairs;
  readonly unnamed: ReadonlySet<string>;
}

function settle(
  live: readonly SourceUser[],
  names: Named,
  question: Question,
  untouched: ReadonlySet<string>,
): Pick<People, "users" | "present"> {
  const { pairs, unnamed } = names;
  const blocked = blockedUsers(live, names, question, untouched);
  const users = new Map<string, Person>();
  const present = new Map<string, string>();
  for (const user of live) {
    const own = pairs.get(user.id);
    const isNameless = own !== undefined && unnamed.has(user.id) && isAside(own);
    const isBlocked = blocked.has(user.id) || isNameless;
    const end =
      own === undefined
        ? newcomer(user, isBlocked, question)
        : changed(user, own, { isBlocked, keeps: unnamed.has(user.id) }, question);
    if (end === undefined) continue;
    users.set(user.id, end);
    const isThere = !isBlocked || own === undefined || !staysRevoked(own);
    if (isThere && user.state === "active") present.set(user.id, end.id);
  }
  return { users, present };
}

/** Names and e-mails that stay where they are block whoever wants them; whoever is blocked stays too. */
function blockedUsers(
  live: readonly SourceUser[],
  { pairs, unnamed }: Named,
  { existing, rules }: Question,
  untouched: ReadonlySet<string>,
): ReadonlySet<string> {
  const fixed = existing.users.filter(({ id }) => untouched.has(id));
  const blocked = new Set<string>();
  // Whoever keeps a name has it, whatever becomes of the e-mail.
  const kept = [...pairs].flatMap(([id, { userName }]) => (unnamed.has(id) ? [low(userName)] : []));
  const isTaken = (user: SourceUser): boolean => {
    const name = low(nameIn(user, rules));
    const isFixed = fixed.some(
      (other) => low(other.email) === user.email || (!unnamed.has(user.id) && low(other.userName) === name),
    );
    return isFixed || (!unnamed.has(user.id) && kept.includes(name));
  };
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

const newcomer = (user: SourceUser, isBlocked: boolean, question: Question): Person | undefined =>
  isBlocked || user.state !== "active" ? undefined : { ...asUser(user, question), id: NEW };

function changed(
  user: SourceUser,
  existing: ExistingUser,
  { isBlocked, keeps }: { readonly isBlocked: boolean; readonly keeps: boolean },
  question: Question,
): Person {
  const { createdAt: _, ...own } = existing;
  const made = { ...asUser(user, question), ...stateOf(user, own, question) };
  const wish = keeps ? { ...made, userName: own.userName } : made;
  if (isBlocked && staysRevoked(own))
    return {
      ...own,
      active: own.active && wish.active,
      // Whoever enabled them took back that they were disabled.
      externalId: own.active && !wish.active ? markAnew(own.externalId) : own.externalId,
    };
  if (isBlocked) return { ...wish, userName: own.userName, email: own.email, id: own.id };
  const spelt = (mine: string, theirs: string): string => (low(mine) === low(theirs) ? mine : theirs);
  return {
    ...wish,
    userName: spelt(own.userName, wish.userName),
    email: spelt(own.email, wish.email),
    id: own.id,
  };
}

/** Whether somebody comes back to nothing, who cannot have a name: they have none of their own. */
const staysRevoked = (own: Pick<ExistingUser, "id" | "externalId" | "userName">): boolean =>
  whose(own).kind === "marked" || isAside(own);

const isAside = (own: Pick<ExistingUser, "externalId" | "id" | "userName">): boolean =>
  own.userName.startsWith(`retired.${ownName(own)}.`);

/** Whether they are enabled, and the mark of those who are not for Google's reasons. */
function stateOf(
  user: SourceUser,
  own: Omit<ExistingUser, "createdAt">,
  { today, approved }: Question,
): Pick<Person, "active" | "externalId"> {
  const { kind, of, since } = whose(own);
  const isActive = user.state === "active";
  // Who is ours and enabled is the first step's business.
  if (!isActive && own.active && kind === "live") return { active: true, externalId: own.externalId };
  const isOwn = of === user.id;
  if (!isActive) {
    const wasOff = isOwn ? isOff(own) : !own.active;
    const keeps = kind === "live" && since !== "";
    return { active: false, externalId: keeps ? own.externalId : suspendedMarkOf(user.id, today, wasOff) };
  }
  // Whom a person disabled, a person enables.
  return { active: !isOwn || !isOff(own) || approved, externalId: user.id };
}
