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
import type { ExistingGroup, Rules, Source, SourceId, SourceUser, TargetId } from "./core/model.ts";
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

const AGREES: Answer = { says: "agrees" };
const contradicts = (why: string) => ({ says: "contradicts", why }) as const satisfies Answer;
const unsure = ({ why }: Unsure): Answer => ({ says: "unsure", why });
const isUnsure = (answer: boolean | string | Unsure): answer is Unsure => typeof answer === "object";

/** The questions of one run, with what was answered already: one group or one query may matter to many people. */
interface Inquiry extends Questions {
  readonly leaves: (group: SourceId) => Promise<Answer>;
  readonly listUsers: (query: string) => Promise<ReadonlySet<SourceId>>;
  readonly listGroups: (query: string) => Promise<ReadonlySet<SourceId>>;
  readonly states: ReadonlyMap<SourceId, SourceUser["state"]>;
}

function inquiryOf(questions: Questions, rules: Rules): Inquiry {
  const { witness } = questions;
  const listUsers = eachOnce((query: string) => witness.listUsers(query));
  const listGroups = eachOnce((query: string) => witness.listGroups(query));
  const leaves = eachOnce((group: SourceId) => askGroup(group, rules, { ...questions, listGroups }));
  const states = new Map(questions.source.users.map(({ id, state }) => [id, state]));
  return { ...questions, leaves, listUsers, listGroups, states };
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
  readonly ask: () => Promise<Answer>;
  readonly hold: (holds: Holding, off: boolean) => void;
  /** Whose membership it is about. */
  readonly member?: TargetId;
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
  const doubts = doubtsOf(plan, situation, inquiryOf(questions, situation.rules));
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
    doubt.hold(holds, answer.says === "contradicts" && answer.off === true);
    if (answer.says === "unsure" && doubt.member !== undefined) holds.doubted.add(doubt.member);
    held.push({ change: doubt.change, reason: answer.why });
    if (answer.says === "unsure")
      waiting.push({ id, kind: "unsure", subject: doubt.subject, sentence: answer.why });
  }
  return { holds, held, waiting, approvable };
}

function doubtsOf(plan: Plan, situation: Situation, questions: Inquiry): readonly Doubt[] {
  const groups = new Map(situation.existing.groups.map((group) => [group.id, group]));
  const changes = changesOf(plan);
  const memberships = membershipsOf(changes, groups, situation);
  const sources = new Map(
    situation.scoped.users.pairs.map(({ desired, existing }) => [existing.id, desired.externalId]),
  );
  // What is deleted in the run that revokes it was asked about already.
  const revoked = new Set(
    changes.flatMap((change) =>
      change.kind === "user.retire" || change.kind === "group.retire" ? [change.id] : [],
    ),
  );
  const again = (change: Change): boolean =>
    (change.kind === "user.delete" || change.kind === "group.delete") && revoked.has(change.id);
  return changes.flatMap((change): readonly Doubt[] => {
    if (again(change)) return [];
    switch (change.kind) {
      case "user.retire":
      case "user.delete":
        return userDoubt(change, situation, questions, memberships.get(change.id) ?? []);
      case "group.retire":
      case "group.delete":
        return groupDoubt(change, groups.get(change.id), situation, questions);
      case "group.update":
      case "group.restore":
        // Taking over the group of a Google group that is gone takes it away from that group's people.
        return change.cause === "handed-over"
          ? groupDoubt(change, groups.get(change.id), situation, questions)
          : [];
      case "members.remove":
        return change.users.flatMap((leaver) =>
          memberDoubt(change, leaver, sources.get(leaver.id), situation, questions),
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
  { scoped, rules }: Situation,
  questions: Inquiry,
  memberships: readonly Membership[],
): readonly Doubt[] {
  const id = sourceIdOf(userClaim(change.before.externalId));
  const absence = scoped.userAbsence(change.before);
  if (id === undefined || absence === "suspended" || absence === "archived" || absence === "unmanaged")
    return [];
  // What was marked lost its access long ago; only its being back in Google could speak against deleting it.
  if (change.kind === "user.delete" && absence !== "gone") return [];
  const ask = (): Promise<Answer> =>
    absence === "gone"
      ? askGone(id, rules.syncSuspended, questions)
      : askOutOfScope(id, rules.method === "groups" ? memberships : [], questions);
  const state = questions.states.get(id) ?? "active";
  const hold: Doubt["hold"] = ({ users, suspended }, off) => {
    users.add(change.id);
    if (off || state !== "active") suspended.add(change.id);
  };
  return [{ change, deed: [change.id, id], subject: change.before.userName, ask, hold }];
}

async function askGone(id: SourceId, syncSuspended: boolean, { witness }: Questions): Promise<Answer> {
  if ((await orUnsure(witness.deletedUsers(), (ids) => ids.has(id))) === true) return AGREES;
  const answer = await witness.userById(id);
  if (answer.state === "gone") return AGREES;
  if (answer.state === "unsure") return unsure(answer);
  if (answer.user.state !== "active" && !syncSuspended) return AGREES;
  return {
    ...contradicts(`Google's listing lacks ${answer.user.email}, but the account exists`),
    off: answer.user.state !== "active",
  };
}

async function askOutOfScope(
  id: SourceId,
  memberships: readonly Membership[],
  questions: Inquiry,
): Promise<Answer> {
  const { witness, userMatch, listUsers, leaves } = questions;
  if (userMatch !== "none") {
    const answer = await witness.userById(id);
    if (answer.state === "unsure") return unsure(answer);
    if (answer.state === "found") {
      const fits = userMatch === "all" ? true : userFits(userMatch, answer.user);
      const really = await decided(fits, userMatch, id, listUsers);
      if (isUnsure(really)) return unsure(really);
      if (really) return contradicts(`${answer.user.email} fits USER_MATCH, though the listing lacks it`);
    }
  }
  return firstObjection(
    memberships.map(({ group, leaving }) => async () => {
      if (leaving && (await leaves(group)).says === "agrees") return AGREES;
      return askMember(group, id, questions);
    }),
  );
}

/** A managed group that a user would be taken out of; a member of one that leaves with him proves nothing. */
interface Membership {
  readonly group: SourceId;
  readonly leaving: boolean;
}

/** Per user, the groups which would count if he were a member. */
function membershipsOf(
  changes: readonly Change[],
  groups: ReadonlyMap<TargetId, ExistingGroup>,
  { scoped }: Situation,
): ReadonlyMap<TargetId, readonly Membership[]> {
  const found = new Map<TargetId, Membership[]>();
  for (const change of changes) {
    if (change.kind !== "members.remove") continue;
    const existing = groups.get(change.group.id);
    const group = sourceIdOf(groupClaim(change.group.externalId));
    const leaving = change.users.some((user) => user.because === "group-revoked");
    const bySetting = existing === undefined || (leaving && scoped.groupAbsence(existing) === "out-of-scope");
    if (group === undefined || bySetting) continue;
    for (const user of change.users) {
      const known = found.get(user.id);
      if (known === undefined) found.set(user.id, [{ group, leaving }]);
      else known.push({ group, leaving });
    }
  }
  return found;
}

// ---------------------------------------------------------------- groups

type GroupChange = Extract<Change, { kind: `group.${string}`; id: TargetId }>;

function groupDoubt(
  change: GroupChange,
  group: ExistingGroup | undefined,
  { scoped }: Situation,
  { leaves }: Inquiry,
): readonly Doubt[] {
  const id = sourceIdOf(groupClaim(change.before.externalId));
  // A listed group that INCLUDE_GROUPS leaves out is out by the settings alone.
  if (id === undefined || group === undefined || scoped.groupAbsence(group) !== "gone") return [];
  const { name } = change.before;
  return [
    {
      change,
      deed: [change.id, id],
      subject: name,
      ask: () => leaves(id),
      hold: ({ groups }) => groups.add(change.id),
    },
  ];
}

async function askGroup(
  id: SourceId,
  rules: Rules,
  { witness, groupMatch, listGroups }: Pick<Inquiry, "witness" | "groupMatch" | "listGroups">,
): Promise<Answer> {
  const answer = await witness.groupById(id);
  if (answer.state === "gone") return AGREES;
  if (answer.state === "unsure") return unsure(answer);
  if (!includes(rules)(answer.group)) return AGREES;
  const fits = groupMatch === "all" ? true : groupFits(groupMatch, answer.group);
  const really = await decided(fits, groupMatch, id, listGroups);
  if (isUnsure(really)) return unsure(really);
  return really ? contradicts(`Google's listing lacks ${answer.group.email}, but the group exists`) : AGREES;
}

// ---------------------------------------------------------------- memberships

function memberDoubt(
  change: Extract<Change, { kind: "members.remove" }>,
  leaver: Leaver,
  user: SourceId | undefined,
  { scoped }: Situation,
  questions: Questions,
): readonly Doubt[] {
  if (leaver.because !== "left") return [];
  const group = sourceIdOf(groupClaim(change.group.externalId));
  if (group === undefined || user === undefined || scoped.barred(user)) return [];
  return [
    {
      change: { ...change, users: [leaver] },
      deed: [change.group.id, leaver.id, group, user],
      subject: `${leaver.label} in ${change.group.label}`,
      ask: () => askMember(group, user, questions),
      member: leaver.id,
      hold: ({ members }) => members.add(membership(change.group.id, leaver.id)),
    },
  ];
}

/** `hasMember` knows nested members within one domain; where it can't say, every nested group is asked by itself. */
async function askMember(group: SourceId, user: SourceId, { witness, source }: Questions): Promise<Answer> {
  const answer = await witness.hasMember(group, user);
  if (isUnsure(answer)) return unsure(answer);
  if (answer === false) return AGREES;
  const still = contradicts("Google's listing lacks the member, but the membership exists");
  if (answer === true) return still;
  return firstObjection(
    nestedIn(group, source).map((nested) => async () => {
      const direct = await witness.directMember(nested, user);
      if (isUnsure(direct)) return unsure(direct);
      return direct ? still : AGREES;
    }),
  );
}

// ---------------------------------------------------------------- answers

/** Asks one after the other until somebody contradicts; then the first that was unsure counts. */
async function firstObjection(asks: readonly (() => Promise<Answer>)[]): Promise<Answer> {
  let doubt: Answer = AGREES;
  for (const ask of asks) {
    const answer = await ask();
    if (answer.says === "contradicts") return answer;
    if (answer.says === "unsure" && doubt.says === "agrees") doubt = answer;
  }
  return doubt;
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
