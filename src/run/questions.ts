import { groupClaim, sourceOf, userClaim } from "../core/mark.ts";
import { meets } from "../core/names.ts";
import { nestedIn } from "../core/nesting.ts";
import type { Situation } from "../core/plan.ts";
import { groupFits, userFits } from "../core/query.ts";
import type { Fits } from "../core/query.ts";
import type { HoldReason } from "../core/reason.ts";
import { remembered } from "../core/remembered.ts";
import { includes } from "../core/scope.ts";
import type { Rules, Source, SourceGroup, SourceId, SourceUser, TargetId } from "../core/model.ts";
import { unsureOf } from "../google/witness.ts";
import type { Unsure, Witness } from "../google/witness.ts";

export interface Questions {
  readonly witness: Witness;
  readonly source: Source;
  readonly userMatch: readonly string[] | "all" | "none";
  readonly groupMatch: readonly string[] | "all";
}

export type Answer =
  | { readonly says: "agrees" }
  /** `off`: Google has the account, and calls it suspended or archived. */
  | { readonly says: "contradicts"; readonly because: HoldReason; readonly off?: boolean }
  | { readonly says: "unsure"; readonly because: Unanswered };

type Unanswered = Extract<HoldReason, { readonly code: "no-answer" }>;

/** The answer about a user, and the groups of which Google agrees that the user left them, whatever else it says. */
export type UserAnswer = Answer & { readonly left?: ReadonlySet<SourceId> };

const AGREES: Answer = { says: "agrees" };
const contradicts = (because: HoldReason) => ({ says: "contradicts", because }) as const satisfies Answer;
const unsure = ({ why, todo }: Unsure): Answer => ({
  says: "unsure",
  because: { code: "no-answer", why, todo },
});
const isUnsure = (answer: boolean | string | object): answer is Unsure =>
  typeof answer === "object" && "state" in answer;

/** Who fits a query now. */
type List = (query: string) => Promise<ReadonlySet<SourceId> | Unsure>;

/** The questions of one run, with what was answered already: one group or one query may matter to many people. */
export interface Inquiry extends Questions {
  readonly rules: Rules;
  readonly scoped: Situation["scoped"];
  readonly leaves: (group: SourceId) => Promise<Answer>;
  readonly fits: (user: SourceId) => Promise<boolean | Unsure>;
  readonly listGroups: List;
  readonly nestedGroups: (group: SourceId) => Promise<readonly SourceId[] | Unsure>;
  readonly states: ReadonlyMap<SourceId, SourceUser["state"]>;
  /** The groups that a listing shows. */
  readonly listed: ReadonlySet<SourceId>;
  /** By a group, those whose members count and in which it lies, itself first. */
  readonly above: () => ReadonlyMap<SourceId, readonly SourceId[]>;
  /** The Google id of a user or a group of the target, one that is only now taken over included. */
  readonly googleId: (object: { readonly id: TargetId; readonly externalId: string }) => SourceId | undefined;
}

export function inquiryOf(asked: Questions, { rules, scoped }: Situation): Inquiry {
  const groupById = remembered((group: SourceId) => asked.witness.groupById(group));
  const questions: Questions = { ...asked, witness: { ...asked.witness, groupById } };
  const { witness, source } = questions;
  const listUsers = remembered((query: string) => witness.listUsers(query).catch(unsureOf));
  const listGroups = remembered((query: string) => witness.listGroups(query).catch(unsureOf));
  const taken = new Map(
    [...scoped.users.pairs, ...scoped.groups.pairs].map(({ desired, existing }) => [
      existing.id,
      desired.externalId,
    ]),
  );
  let above: ReadonlyMap<SourceId, readonly SourceId[]> | undefined;
  return {
    ...{ ...questions, rules, scoped, listGroups },
    leaves: remembered((group: SourceId) => askGroup(group, rules, { ...questions, listGroups })),
    fits: remembered((user: SourceId) => askUserMatch(user, { ...questions, listUsers })),
    nestedGroups: remembered((group: SourceId) => witness.nestedGroups(group)),
    states: new Map(source.users.map(({ id, state }) => [id, state])),
    listed: new Set(source.groups.map(({ id }) => id)),
    above: () => (above ??= groupsAbove(scoped, source)),
    googleId: ({ id, externalId }) =>
      taken.get(id) ?? sourceOf(userClaim(externalId)) ?? sourceOf(groupClaim(externalId)),
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

export async function askGone(id: SourceId, { witness, rules }: Inquiry): Promise<Answer> {
  if (await isDeleted(id, witness)) return AGREES;
  const answer = await witness.userById(id);
  if (answer.state === "gone") return AGREES;
  if (answer.state === "unsure") return unsure(answer);
  if (answer.user.state !== "active" && !rules.syncSuspended) return AGREES;
  return {
    ...contradicts({ code: "user-exists", address: answer.user.email }),
    off: answer.user.state !== "active",
  };
}

async function isDeleted(id: SourceId, witness: Witness): Promise<boolean> {
  const deleted = await witness.deletedUsers().catch(unsureOf);
  return !isUnsure(deleted) && deleted.has(id);
}

/** Whoever fits USER_MATCH, or is in a group that counts, is in scope, whatever the listings lack. */
export async function askOutOfScope(
  id: SourceId,
  memberships: readonly Membership[],
  inquiry: Inquiry,
): Promise<UserAnswer> {
  const fits = await inquiry.fits(id);
  if (isUnsure(fits)) return unsure(fits);
  if (fits) return contradicts({ code: "fits-user-match" });
  if (inquiry.rules.method !== "groups") return AGREES;
  const left = new Set<SourceId>();
  const answers: Answer[] = [];
  for (const { group, leaving } of memberships) {
    // A member of a group that leaves with the user proves nothing.
    const goes = leaving && (await inquiry.leaves(group)).says === "agrees";
    const answer = goes ? AGREES : await askMember(group, id, inquiry);
    if (answer.says === "agrees") left.add(group);
    answers.push(answer);
  }
  const known = new Set(memberships.map(({ group }) => group));
  const here = weighed(answers);
  return {
    ...(here.says === "contradicts" ? here : weighed([here, await askElsewhere(id, known, inquiry)])),
    left,
  };
}

async function askUserMatch(
  id: SourceId,
  { witness, userMatch, listUsers }: Questions & { readonly listUsers: List },
): Promise<boolean | Unsure> {
  if (userMatch === "none") return false;
  const answer = await witness.userById(id);
  if (answer.state === "unsure") return answer;
  if (answer.state === "gone") return false;
  return fitsOrListed(
    userMatch === "all" ? true : userFits(userMatch, answer.user),
    userMatch,
    id,
    listUsers,
  );
}

/**
 * A user may have come into a group whose listing does not show it yet, or into a group that no listing shows. Of
 * which groups there may be Google is asked once; whether the user is really in one is asked of each that counts.
 */
async function askElsewhere(id: SourceId, known: ReadonlySet<SourceId>, inquiry: Inquiry): Promise<Answer> {
  const found = await inquiry.witness.groupsOf(id);
  if (isUnsure(found)) return unsure(found);
  const near =
    found === "cannot-say"
      ? inquiry.scoped.groups.counted.map(({ externalId }) => externalId)
      : found.flatMap((group) => inquiry.above().get(group.id) ?? []);
  const unlisted = found === "cannot-say" ? [] : found.filter((group) => !inquiry.listed.has(group.id));
  return firstObjection([
    ...[...new Set(near)]
      .filter((group) => !known.has(group))
      .map((group) => () => askMember(group, id, inquiry)),
    ...unlisted.map((group) => async () => {
      const counts = await counting(group, inquiry);
      if (isUnsure(counts)) return unsure(counts);
      return counts ? askOurs(group.id, id, inquiry) : AGREES;
    }),
  ]);
}

/** A group of another account, which Google does not show, does not count. */
async function askOurs(group: SourceId, user: SourceId, inquiry: Inquiry): Promise<Answer> {
  const answer = await inquiry.witness.groupById(group);
  if (answer.state === "gone" || (answer.state === "unsure" && answer.hidden)) return AGREES;
  return answer.state === "unsure" ? unsure(answer) : askMember(group, user, inquiry);
}

/** A managed group that a user would be taken out of. */
export interface Membership {
  readonly target: TargetId;
  readonly group: SourceId;
  readonly leaving: boolean;
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
  // It is linked: what its owner calls it does not decide whether it is ignored.
  if (isIgnored({ ...group, name: "" }, rules))
    return contradicts({ code: "ignored-unlisted", address: group.email });
  const counts = await selected(group, { ...questions, rules });
  if (isUnsure(counts)) return unsure(counts);
  return counts ? contradicts({ code: "group-exists", address: group.email }) : AGREES;
}

const isIgnored = ({ email, name, aliases }: SourceGroup, { ignoreGroups }: Rules): boolean =>
  meets(ignoreGroups)(email, name, ...aliases);

/** Whether a group would count if the listing had it. */
const counting = async (group: SourceGroup, inquiry: Selecting): Promise<boolean | Unsure> =>
  isIgnored(group, inquiry.rules) ? false : selected(group, inquiry);

type Selecting = Pick<Inquiry, "rules" | "groupMatch" | "listGroups">;

async function selected(
  group: SourceGroup,
  { rules, groupMatch, listGroups }: Selecting,
): Promise<boolean | Unsure> {
  if (!includes(rules)(group)) return false;
  const fits = groupMatch === "all" ? true : groupFits(groupMatch, group);
  return fitsOrListed(fits, groupMatch, group.id, listGroups);
}

/** Whether somebody is still in a group of which the listing says otherwise, and may be. */
export async function askMembership(group: SourceId, user: SourceId, inquiry: Inquiry): Promise<Answer> {
  const { scoped, fits, states, witness } = inquiry;
  if (!states.has(user) && (await isDeleted(user, witness))) return AGREES;
  const may = scoped.barred(user) === "out-of-scope" ? await fits(user) : true;
  if (isUnsure(may)) return unsure(may);
  return may ? askMember(group, user, inquiry) : AGREES;
}

/** `hasMember` knows nested members within one domain; where it can't say, every nested group is asked by itself. */
async function askMember(group: SourceId, user: SourceId, inquiry: Inquiry): Promise<Answer> {
  const answer = await inquiry.witness.hasMember(group, user);
  if (isUnsure(answer)) return unsure(answer);
  if (answer === false) return AGREES;
  return answer === true ? STILL : askEachNested(group, user, inquiry);
}

const STILL = contradicts({ code: "member-exists" });

/** The nested groups are listed once more: one that the first listing lacked may be the way to the member. */
async function askEachNested(
  group: SourceId,
  user: SourceId,
  { witness, source, nestedGroups }: Inquiry,
): Promise<Answer> {
  const groups = new Set(nestedIn(group, source));
  let doubt: Answer = AGREES;
  for (const nested of groups) {
    if (source.outside.has(nested)) continue;
    const direct = await witness.directMember(nested, user);
    if (direct === true) return STILL;
    const below = await nestedGroups(nested);
    if (!isUnsure(below)) for (const one of below) groups.add(one);
    doubt = weighed([doubt, ...[direct, below].map((one) => (isUnsure(one) ? unsure(one) : AGREES))]);
  }
  return doubt;
}

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
async function fitsOrListed(
  fits: Fits,
  queries: readonly string[] | "all",
  id: SourceId,
  list: List,
): Promise<boolean | Unsure> {
  if (fits !== undefined || queries === "all") return fits ?? true;
  for (const query of queries) {
    const found = await list(query);
    if (isUnsure(found)) return found;
    if (found.has(id)) return true;
  }
  return false;
}
