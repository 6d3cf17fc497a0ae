import { approvalId } from "./core/approval.ts";
import type { Waiting } from "./core/approval.ts";
import type { Change, Leaver } from "./core/change.ts";
import { groupClaim, userClaim } from "./core/mark.ts";
import { membership } from "./core/memberships.ts";
import { nestedIn } from "./core/nesting.ts";
import { changesOf } from "./core/plan.ts";
import type { Holds, Plan, Situation } from "./core/plan.ts";
import { groupFits, userFits } from "./core/query.ts";
import { includes } from "./core/scope.ts";
import type { Fits } from "./core/query.ts";
import { goesAlong, revokedBy } from "./core/safety.ts";
import { meets } from "./core/names.ts";
import type {
  ExistingGroup,
  Rules,
  Source,
  SourceGroup,
  SourceId,
  SourceUser,
  TargetId,
} from "./core/model.ts";
import { unsureOf } from "./google/witness.ts";
import type { Unsure, Witness } from "./google/witness.ts";
import { sideBySide } from "./side-by-side.ts";

/** A removal that is not carried out: Google contradicts it, or does not answer. */
export interface Held {
  readonly change: Change;
  readonly reason: string;
}

export interface Confirmation {
  readonly holds: Holds;
  readonly held: readonly Held[];
  /** Those without an answer can be approved. */
  readonly waiting: readonly Waiting[];
  /** The ids of everything that had no answer, approved or not. */
  readonly approvable: readonly string[];
}

export interface Questions {
  readonly witness: Witness;
  readonly source: Source;
  readonly userMatch: readonly string[] | "all" | "none";
  readonly groupMatch: readonly string[] | "all";
}

type Answer =
  | { readonly says: "agrees" }
  /** `off`: Google has the account, and calls it suspended or archived. */
  | { readonly says: "contradicts"; readonly why: string; readonly off?: boolean }
  | { readonly says: "unsure"; readonly why: string };

/** The answer about a user, and the groups of which Google agrees that the user left them, whatever else it says. */
type UserAnswer = Answer & { readonly left?: ReadonlySet<SourceId> };

const AGREES: Answer = { says: "agrees" };
const contradicts = (why: string) => ({ says: "contradicts", why }) as const satisfies Answer;
const unsure = ({ why }: Unsure): Answer => ({ says: "unsure", why });
const isUnsure = (answer: boolean | string | readonly unknown[] | Unsure): answer is Unsure =>
  typeof answer === "object" && "state" in answer;

/** The questions of one run, with what was answered already: one group or one query may matter to many people. */
interface Inquiry extends Questions {
  readonly rules: Rules;
  readonly scoped: Situation["scoped"];
  readonly leaves: (group: SourceId) => Promise<Answer>;
  readonly fits: (user: SourceId) => Promise<boolean | Unsure>;
  readonly listGroups: (query: string) => Promise<ReadonlySet<SourceId>>;
  readonly nestedGroups: (group: SourceId) => Promise<readonly SourceId[] | Unsure>;
  readonly states: ReadonlyMap<SourceId, SourceUser["state"]>;
  /** By a group, those whose members count and in which it lies, itself first. */
  readonly above: () => ReadonlyMap<SourceId, readonly SourceId[]>;
  /** The Google id of a user or a group of the target, one that is only now taken over included. */
  readonly sourceOf: (object: { readonly id: TargetId; readonly externalId: string }) => SourceId | undefined;
}

function inquiryOf(questions: Questions, { rules, scoped }: Situation): Inquiry {
  const { witness, source } = questions;
  const listUsers = eachOnce((query: string) => witness.listUsers(query));
  const listGroups = eachOnce((query: string) => witness.listGroups(query));
  const taken = new Map(
    [...scoped.users.pairs, ...scoped.groups.pairs].map(({ desired, existing }) => [
      existing.id,
      desired.externalId,
    ]),
  );
  let above: ReadonlyMap<SourceId, readonly SourceId[]> | undefined;
  return {
    ...{ ...questions, rules, scoped, listGroups },
    leaves: eachOnce((group: SourceId) => askGroup(group, rules, { ...questions, listGroups })),
    fits: eachOnce((user: SourceId) => askUserMatch(user, { ...questions, listUsers })),
    nestedGroups: eachOnce((group: SourceId) => witness.nestedGroups(group)),
    states: new Map(source.users.map(({ id, state }) => [id, state])),
    above: () => (above ??= groupsAbove(scoped, source)),
    sourceOf: ({ id, externalId }) =>
      taken.get(id) ?? sourceIdOf(userClaim(externalId)) ?? sourceIdOf(groupClaim(externalId)),
  };
}

function groupsAbove(
  { groups }: Situation["scoped"],
  source: Source,
): ReadonlyMap<SourceId, readonly SourceId[]> {
  const found = new Map<SourceId, SourceId[]>();
  for (const { externalId } of groups.counted) {
    for (const below of nestedIn(externalId, source)) {
      const known = found.get(below);
      if (known === undefined) found.set(below, [externalId]);
      else known.push(externalId);
    }
  }
  return found;
}

function eachOnce<K, R>(ask: (key: K) => Promise<R>): (key: K) => Promise<R> {
  const asked = new Map<K, Promise<R>>();
  return (key) => {
    const answer = asked.get(key) ?? ask(key);
    asked.set(key, answer);
    return answer;
  };
}

/** One removal with everything that is to be asked about it. */
interface Doubt {
  readonly change: Change;
  /** What the approval of an unsure one is about, beside the kind of change. */
  readonly deed: readonly string[];
  readonly subject: string;
  readonly ask: () => Promise<UserAnswer>;
  readonly hold: (holds: Holding, answer: UserAnswer) => void;
  /** Whose memberships it is about. */
  readonly members?: Iterable<TargetId>;
}

interface Holding {
  readonly users: Set<TargetId>;
  readonly groups: Set<TargetId>;
  readonly members: Set<string>;
  readonly suspended: Set<TargetId>;
  readonly doubted: Set<TargetId>;
}

const WIDTH = 20;

/** The second look: asks Google about each removal itself, for a listing that lacks something proves nothing. */
export async function confirm(plan: Plan, situation: Situation, questions: Questions): Promise<Confirmation> {
  const doubts = doubtsOf(plan, situation, inquiryOf(questions, situation));
  const holds: Holding = {
    users: new Set(),
    groups: new Set(),
    members: new Set(),
    suspended: new Set(),
    doubted: new Set(),
  };
  const held: Held[] = [];
  const waiting: Waiting[] = [];
  const approvable: string[] = [];
  const { digest, given } = situation.approvals;
  const asked = sideBySide(
    doubts.map((doubt) => [doubt]),
    async (doubt) => [{ doubt, answer: await doubt.ask() }],
    WIDTH,
  );
  for await (const { doubt, answer } of asked) {
    if (answer.says === "agrees") continue;
    const id = approvalId("unsure", [doubt.change.kind, ...doubt.deed], digest);
    if (answer.says === "unsure") approvable.push(id);
    if (answer.says === "unsure" && given.has(id)) continue;
    doubt.hold(holds, answer);
    if (answer.says === "unsure") for (const member of doubt.members ?? []) holds.doubted.add(member);
    held.push({ change: doubt.change, reason: answer.why });
    if (answer.says === "unsure")
      waiting.push({ id, kind: "unsure", subject: doubt.subject, sentence: answer.why });
  }
  return { holds, held, waiting, approvable };
}

function doubtsOf(plan: Plan, situation: Situation, inquiry: Inquiry): readonly Doubt[] {
  const groups = new Map(situation.existing.groups.map((group) => [group.id, group]));
  const changes = changesOf(plan);
  const memberships = membershipsOf(changes, groups, inquiry);
  const revoked = revokedBy(changes);
  // What is deleted in the run that revokes it was asked about already.
  const again = (change: Change): boolean =>
    (change.kind === "user.delete" || change.kind === "group.delete") && revoked.has(change.id);
  return changes.flatMap((change): readonly Doubt[] => {
    if (again(change)) return [];
    switch (change.kind) {
      case "user.retire":
      case "user.delete":
        return userDoubt(change, inquiry, memberships.get(change.id) ?? []);
      case "group.retire":
      case "group.delete":
        return groupDoubt(change, groups.get(change.id), inquiry);
      case "group.update":
      case "group.restore":
        // Taking over the group of a Google group that is gone takes it away from that group's people.
        return change.cause === "handed-over" ? groupDoubt(change, groups.get(change.id), inquiry) : [];
      case "members.remove":
        return change.users.flatMap((leaver) =>
          goesAlong(change.group, leaver, revoked)
            ? []
            : memberDoubt(change, leaver, groups.get(change.group.id), inquiry),
        );
      default:
        return [];
    }
  });
}

// ---------------------------------------------------------------- users

type UserRemoval = Extract<Change, { kind: "user.retire" | "user.delete" }>;

function userDoubt(
  change: UserRemoval,
  inquiry: Inquiry,
  memberships: readonly Membership[],
): readonly Doubt[] {
  const id = sourceIdOf(userClaim(change.before.externalId));
  const absence = inquiry.scoped.userAbsence(change.before);
  if (id === undefined || absence === "suspended" || absence === "archived" || absence === "unmanaged")
    return [];
  const ask = (): Promise<UserAnswer> =>
    absence === "gone" ? askGone(id, inquiry) : askOutOfScope(id, memberships, inquiry);
  const state = inquiry.states.get(id) ?? "active";
  const hold: Doubt["hold"] = ({ users, suspended, members }, answer) => {
    users.add(change.id);
    const off = answer.says === "contradicts" && answer.off === true;
    if (off || state !== "active") suspended.add(change.id);
    if (absence === "gone") return;
    for (const { target, group } of memberships)
      if (answer.left?.has(group) !== true) members.add(membership(target, change.id));
  };
  return [{ change, deed: [change.id, id], subject: change.before.userName, ask, hold }];
}

async function askGone(id: SourceId, { witness, rules }: Inquiry): Promise<Answer> {
  if (await isDeleted(id, witness)) return AGREES;
  const answer = await witness.userById(id);
  if (answer.state === "gone") return AGREES;
  if (answer.state === "unsure") return unsure(answer);
  if (answer.user.state !== "active" && !rules.syncSuspended) return AGREES;
  return {
    ...contradicts(`Google's listing lacks ${answer.user.email}, but the account exists`),
    off: answer.user.state !== "active",
  };
}

const isDeleted = async (id: SourceId, witness: Witness): Promise<boolean> =>
  (await orUnsure(witness.deletedUsers(), (ids) => ids.has(id))) === true;

/** Whoever fits USER_MATCH, or is in a group that counts, is in scope, whatever the listings lack. */
async function askOutOfScope(
  id: SourceId,
  memberships: readonly Membership[],
  inquiry: Inquiry,
): Promise<UserAnswer> {
  const fits = await inquiry.fits(id);
  if (isUnsure(fits)) return unsure(fits);
  if (fits) return contradicts("the account fits USER_MATCH, though the listing lacks it");
  if (inquiry.rules.method !== "groups") return AGREES;
  const left = new Set<SourceId>();
  const within = memberships.map(({ group, leaving }) => async () => {
    // A member of a group that leaves with the user proves nothing.
    const answer =
      leaving && (await inquiry.leaves(group)).says === "agrees"
        ? AGREES
        : await askMember(group, id, inquiry);
    if (answer.says === "agrees") left.add(group);
    return answer;
  });
  const known = new Set(memberships.map(({ group }) => group));
  const answers: Answer[] = [];
  for (const ask of within) answers.push(await ask());
  const answer = weighed(answers);
  return {
    ...(answer.says === "contradicts" ? answer : weighed([answer, await askElsewhere(id, known, inquiry)])),
    left,
  };
}

async function askUserMatch(
  id: SourceId,
  { witness, userMatch, listUsers }: Questions & Pick<Witness, "listUsers">,
): Promise<boolean | Unsure> {
  if (userMatch === "none") return false;
  const answer = await witness.userById(id);
  if (answer.state === "unsure") return answer;
  if (answer.state === "gone") return false;
  return decided(userMatch === "all" ? true : userFits(userMatch, answer.user), userMatch, id, listUsers);
}

/**
 * A user may have come into a group whose listing does not show it yet, or into a group that no listing shows. Which
 * groups there are is asked in one question; whether the user is in them is asked of each that counts.
 */
async function askElsewhere(id: SourceId, known: ReadonlySet<SourceId>, inquiry: Inquiry): Promise<Answer> {
  const found = await inquiry.witness.groupsOf(id);
  if (isUnsure(found)) return unsure(found);
  const counted = inquiry.scoped.groups.counted.map(({ externalId }) => externalId);
  const near =
    found === "cannot-say" ? counted : found.flatMap((group) => inquiry.above().get(group.id) ?? []);
  const listed = new Set(inquiry.source.groups.map((group) => group.id));
  const unlisted = found === "cannot-say" ? [] : found.filter((group) => !listed.has(group.id));
  return firstObjection([
    ...[...new Set(near)]
      .filter((group) => !known.has(group))
      .map((group) => () => askMember(group, id, inquiry)),
    ...unlisted.map((group) => async () => {
      const counts = await counting(group, inquiry);
      if (isUnsure(counts)) return unsure(counts);
      return counts ? askMember(group.id, id, inquiry) : AGREES;
    }),
  ]);
}

/** A managed group that a user would be taken out of. */
interface Membership {
  readonly target: TargetId;
  readonly group: SourceId;
  readonly leaving: boolean;
}

/** Per user, the groups which would count if he were a member. */
function membershipsOf(
  changes: readonly Change[],
  groups: ReadonlyMap<TargetId, ExistingGroup>,
  { scoped, sourceOf }: Inquiry,
): ReadonlyMap<TargetId, readonly Membership[]> {
  const found = new Map<TargetId, Membership[]>();
  for (const change of changes) {
    if (change.kind !== "members.remove") continue;
    const target = change.group.id;
    const existing = groups.get(target);
    const group = sourceOf(change.group);
    const leaving = change.users.some((user) => user.because === "group-revoked");
    const bySetting = existing === undefined || (leaving && scoped.groupAbsence(existing) === "out-of-scope");
    if (group === undefined || bySetting) continue;
    for (const user of change.users) {
      const known = found.get(user.id);
      if (known === undefined) found.set(user.id, [{ target, group, leaving }]);
      else known.push({ target, group, leaving });
    }
  }
  return found;
}

// ---------------------------------------------------------------- groups

type GroupChange = Extract<Change, { kind: `group.${string}`; id: TargetId }>;

function groupDoubt(
  change: GroupChange,
  group: ExistingGroup | undefined,
  { scoped, leaves }: Inquiry,
): readonly Doubt[] {
  const id = sourceIdOf(groupClaim(change.before.externalId));
  // A listed group that INCLUDE_GROUPS leaves out is out by the settings alone.
  if (id === undefined || group === undefined || scoped.groupAbsence(group) !== "gone") return [];
  return [
    {
      change,
      deed: [change.id, id],
      subject: change.before.name,
      ask: () => leaves(id),
      members: group.members,
      hold: ({ groups }) => groups.add(change.id),
    },
  ];
}

async function askGroup(
  id: SourceId,
  rules: Rules,
  questions: Pick<Inquiry, "witness" | "groupMatch" | "listGroups">,
): Promise<Answer> {
  const answer = await questions.witness.groupById(id);
  if (answer.state === "gone") return AGREES;
  if (answer.state === "unsure") return unsure(answer);
  const { group } = answer;
  if (isIgnored(group, rules))
    return contradicts(
      `IGNORE_GROUPS names ${group.email}, which GROUP_MATCH leaves out; name it there as AWS does, too`,
    );
  const counts = await counting(group, { ...questions, rules });
  if (isUnsure(counts)) return unsure(counts);
  return counts ? contradicts(`Google's listing lacks ${group.email}, but the group exists`) : AGREES;
}

const isIgnored = ({ email, name, aliases }: SourceGroup, { ignoreGroups }: Rules): boolean =>
  meets(ignoreGroups)(email, name, ...aliases);

/** Whether a group would count if the listing had it. */
async function counting(
  group: SourceGroup,
  { rules, groupMatch, listGroups }: Pick<Inquiry, "rules" | "groupMatch" | "listGroups">,
): Promise<boolean | Unsure> {
  if (!includes(rules)(group) || isIgnored(group, rules)) return false;
  const fits = groupMatch === "all" ? true : groupFits(groupMatch, group);
  return decided(fits, groupMatch, group.id, listGroups);
}

// ---------------------------------------------------------------- memberships

function memberDoubt(
  change: Extract<Change, { kind: "members.remove" }>,
  leaver: Leaver,
  existing: ExistingGroup | undefined,
  inquiry: Inquiry,
): readonly Doubt[] {
  const group = inquiry.sourceOf(change.group);
  const user = inquiry.sourceOf(leaver);
  if (group === undefined || user === undefined) return [];
  const ask = memberQuestion(group, user, leaver, existing, inquiry);
  if (ask === undefined) return [];
  return [
    {
      change: { ...change, users: [leaver] },
      deed: [change.group.id, leaver.id, group, user],
      subject: `${leaver.label} in ${change.group.label}`,
      ask,
      members: [leaver.id],
      hold: ({ members }) => members.add(membership(change.group.id, leaver.id)),
    },
  ];
}

/** What is asked about a membership; nothing where the settings or the account's own state take it away. */
function memberQuestion(
  group: SourceId,
  user: SourceId,
  { because }: Leaver,
  existing: ExistingGroup | undefined,
  inquiry: Inquiry,
): (() => Promise<Answer>) | undefined {
  const { scoped, leaves, fits, states, witness } = inquiry;
  if (because === "group-revoked") {
    const gone = existing !== undefined && scoped.groupAbsence(existing) === "gone";
    return gone ? () => leaves(group) : undefined;
  }
  const bar = scoped.barred(user);
  if (bar === "suspended") return undefined;
  return async () => {
    if (!states.has(user) && (await isDeleted(user, witness))) return AGREES;
    const kept = bar === "out-of-scope" ? await fits(user) : true;
    if (isUnsure(kept)) return unsure(kept);
    return kept ? askMember(group, user, inquiry) : AGREES;
  };
}

/** `hasMember` knows nested members within one domain; where it can't say, every nested group is asked by itself. */
async function askMember(group: SourceId, user: SourceId, inquiry: Inquiry): Promise<Answer> {
  const answer = await inquiry.witness.hasMember(group, user);
  if (isUnsure(answer)) return unsure(answer);
  if (answer === false) return AGREES;
  return answer === true ? STILL : askEachNested(group, user, inquiry);
}

const STILL = contradicts("Google's listing lacks the member, but the membership exists");

/** The nested groups are listed once more: one that the first listing lacked may be the way to the member. */
async function askEachNested(
  group: SourceId,
  user: SourceId,
  { witness, source, nestedGroups }: Inquiry,
): Promise<Answer> {
  const groups = new Set(nestedIn(group, source));
  let doubt: Answer = AGREES;
  for (const nested of groups) {
    const direct = await witness.directMember(nested, user);
    if (direct === true) return STILL;
    const below = await nestedGroups(nested);
    if (!isUnsure(below)) for (const one of below) groups.add(one);
    doubt = weighed([doubt, ...[direct, below].map((one) => (isUnsure(one) ? unsure(one) : AGREES))]);
  }
  return doubt;
}

// ---------------------------------------------------------------- answers

/** A contradiction counts most, then the first doubt. */
function weighed(answers: readonly Answer[]): Answer {
  return (
    answers.find(({ says }) => says === "contradicts") ??
    answers.find(({ says }) => says === "unsure") ??
    AGREES
  );
}

/** Asks one after the other until somebody contradicts. */
async function firstObjection(asks: readonly (() => Promise<Answer>)[]): Promise<Answer> {
  const answers: Answer[] = [];
  for (const ask of asks) {
    const answer = await ask();
    if (answer.says === "contradicts") return answer;
    answers.push(answer);
  }
  return weighed(answers);
}

/** A query that can't be evaluated here is listed again. */
async function decided(
  fits: Fits,
  queries: readonly string[] | "all",
  id: SourceId,
  list: (query: string) => Promise<ReadonlySet<SourceId>>,
): Promise<boolean | Unsure> {
  if (fits !== undefined || queries === "all") return fits ?? true;
  for (const query of queries) {
    const found = await orUnsure(list(query), (ids) => ids.has(id));
    if (found !== false) return found;
  }
  return false;
}

async function orUnsure<T, R>(asked: Promise<T>, then: (answer: T) => R): Promise<R | Unsure> {
  try {
    return then(await asked);
  } catch (error) {
    return unsureOf(error);
  }
}

const sourceIdOf = (claim: ReturnType<typeof userClaim>): SourceId | undefined =>
  claim.kind === "managed" || claim.kind === "marked" ? claim.sourceId : undefined;
