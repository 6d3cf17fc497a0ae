import { groupClaim, sourceOf, userClaim } from "../core/mark.ts";
import { nestedIn } from "../core/nesting.ts";
import type { Situation } from "../core/plan.ts";
import { groupFits, userFits } from "../core/query.ts";
import type { Fits } from "../core/query.ts";
import type { HoldReason } from "../core/reason.ts";
import { remembered } from "../core/remembered.ts";
import { ignoresGroup } from "../core/ignored.ts";
import { inclusion, linkedGroups } from "../core/scope.ts";
import { day } from "../core/model.ts";
import type { Day, Rules, Source, SourceGroup, SourceId, TargetId } from "../core/model.ts";
import { isUnsure, onlyOutside, unsureOf } from "../google/witness.ts";
import type { Unsure, Witness } from "../google/witness.ts";
import { isWayUp } from "./climb.ts";

export interface Questions {
  readonly witness: Witness;
  readonly source: Source;
  readonly userMatch: readonly string[] | "all" | "none";
  readonly groupMatch: readonly string[] | "all";
}

export type Answer =
  | { readonly says: "agrees" }
  | { readonly says: "contradicts"; readonly because: HoldReason }
  | { readonly says: "unsure"; readonly because: Unanswered };

type Unanswered = Extract<HoldReason, { readonly code: "no-answer" }>;

/** The answer about a user, and the groups of which Google agrees that the user left them, whatever else it says. */
export type UserAnswer = Answer & { readonly left?: ReadonlySet<SourceId> };

const AGREES: Answer = { says: "agrees" };
const contradicts = (because: HoldReason) => ({ says: "contradicts", because }) as const satisfies Answer;
export const unsure = ({ why, todo }: Unsure): Answer => ({
  says: "unsure",
  because: { code: "no-answer", why, todo },
});

/** Who fits a query now. */
type List = (query: string) => Promise<ReadonlySet<SourceId> | Unsure>;

/** The questions of one run, with what was answered already: one group or one query may matter to many people. */
export interface Inquiry extends Questions {
  readonly rules: Rules;
  readonly scoped: Situation["scoped"];
  readonly today: Day;
  readonly leaves: (group: SourceId) => Promise<Answer>;
  readonly fits: (user: SourceId) => Promise<boolean | Unsure>;
  readonly listGroups: List;
  /** Whether INCLUDE_GROUPS names a group, whatever the listing says of it. */
  readonly includes: (group: SourceGroup) => boolean;
  /** Who is in the listing of users. */
  readonly listed: ReadonlySet<SourceId>;
  /** Whether a group that the climb finds counts. */
  readonly counts: (group: SourceGroup) => Promise<boolean | Unsure>;
  /** The Google id of a user or a group of the target, one that is only now taken over included. */
  readonly googleId: (object: { readonly id: TargetId; readonly externalId: string }) => SourceId | undefined;
}

export function inquiryOf(asked: Questions, situation: Situation): Inquiry {
  const { rules, scoped, existing, now } = situation;
  const witness = askingOnce(asked.witness);
  const questions: Questions = { ...asked, witness };
  const listUsers = remembered((query: string) => witness.listUsers(query).catch(unsureOf));
  const listGroups = remembered((query: string) => witness.listGroups(query).catch(unsureOf));
  const linked = linkedGroups(existing);
  const leftOut = inclusion(rules, asked.source.groups, linked);
  const includes = (group: SourceGroup): boolean => leftOut(group) === undefined;
  const selecting = { ...questions, includes, listGroups };
  const taken = new Map(
    [...scoped.users.pairs, ...scoped.groups.pairs].map(({ desired, existing }) => [
      existing.id,
      desired.externalId,
    ]),
  );
  return {
    ...{ ...selecting, rules, scoped },
    leaves: remembered((group: SourceId) => askGroup(group, rules, selecting)),
    today: day(now),
    fits: remembered((user: SourceId) => askUserMatch(user, { ...questions, listUsers })),
    listed: new Set(asked.source.users.map(({ id }) => id)),
    counts: countingIn(situation, linked, selecting),
    googleId: ({ id, externalId }) =>
      taken.get(id) ?? sourceOf(userClaim(externalId)) ?? sourceOf(groupClaim(externalId)),
  };
}

/** One group, one nesting, one account may matter to many people: each is asked about once. */
function askingOnce(witness: Witness): Witness {
  const directMember = remembered((group: SourceId) =>
    remembered((member: SourceId) => witness.directMember(group, member)),
  );
  return {
    ...witness,
    userById: remembered((user: SourceId) => witness.userById(user)),
    groupById: remembered((group: SourceId) => witness.groupById(group)),
    groupsWith: remembered((memberKey: string) => witness.groupsWith(memberKey)),
    directMember: (group, member) => directMember(group)(member),
  };
}

/** What was listed is judged already, but for what INCLUDE_GROUPS leaves out: its row may have lacked an alias. */
function countingIn(
  { scoped, rules }: Situation,
  linked: ReadonlySet<SourceId>,
  selecting: Selecting,
): Inquiry["counts"] {
  const judged = new Set(scoped.groups.asked.map(({ externalId }) => externalId));
  const counted = new Set(scoped.groups.counted.map(({ externalId }) => externalId));
  const ignores = ignoresGroup(rules);
  return async (group) => {
    if (judged.has(group.id)) return counted.has(group.id);
    return ignores(group, linked.has(group.id)) ? false : selected(group, selecting);
  };
}

/** `isForgotten`: Google would show the account of somebody who left so long ago to nobody. */
export async function askGone(
  id: SourceId,
  { witness, rules }: Inquiry,
  isForgotten = false,
): Promise<Answer> {
  const answer = await witness.userById(id);
  if (answer.state === "gone") return AGREES;
  if (answer.state === "unsure") return isForgotten && answer.hidden ? AGREES : unsure(answer);
  if (answer.user.state !== "active" && !rules.syncSuspended) return AGREES;
  return contradicts({ code: "user-exists", address: answer.user.email });
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
  const elsewhere: Inquiry["counts"] = async (group) => (known.has(group.id) ? false : inquiry.counts(group));
  const here = weighed(answers);
  return {
    ...(here.says === "contradicts" ? here : weighed([here, await askWayUp(id, elsewhere, inquiry)])),
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
  return fitsOrListed(userMatch, id, (queries) => userFits(queries, answer.user), listUsers);
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
  selecting: Selecting & Pick<Inquiry, "witness">,
): Promise<Answer> {
  const answer = await selecting.witness.groupById(id);
  if (answer.state === "gone") return AGREES;
  if (answer.state === "unsure") return unsure(answer);
  const { group } = answer;
  if (ignoresGroup(rules)(group, true))
    return contradicts({ code: "ignored-unlisted", address: group.email });
  const counts = await selected(group, selecting);
  if (isUnsure(counts)) return unsure(counts);
  return counts ? contradicts({ code: "group-exists", address: group.email }) : AGREES;
}

type Selecting = Pick<Inquiry, "includes" | "groupMatch" | "listGroups">;

async function selected(
  group: SourceGroup,
  { includes, groupMatch, listGroups }: Selecting,
): Promise<boolean | Unsure> {
  if (!includes(group)) return false;
  return fitsOrListed(groupMatch, group.id, (queries) => groupFits(queries, group), listGroups);
}

/** Whether somebody is still in a group of which the listing says otherwise, and may be. */
export async function askMembership(group: SourceId, user: SourceId, inquiry: Inquiry): Promise<Answer> {
  const { scoped, fits, listed } = inquiry;
  if (!listed.has(user) && (await askGone(user, inquiry)).says === "agrees") return AGREES;
  const may = scoped.barred(user) === "out-of-scope" ? await fits(user) : true;
  if (isUnsure(may)) return unsure(may);
  return may ? askMember(group, user, inquiry) : AGREES;
}

const STILL = contradicts({ code: "member-exists" });

/** `hasMember` knows nested members within one domain, those of another account's groups too; else the climb decides. */
async function askMember(group: SourceId, user: SourceId, inquiry: Inquiry): Promise<Answer> {
  const answer = await inquiry.witness.hasMember(group, user);
  if (isUnsure(answer)) return unsure(answer);
  if (answer === false) return AGREES;
  if (answer === true && !nestsOutside(group, inquiry.source)) return STILL;
  const way = await askWayUp(user, ({ id }) => Promise.resolve(id === group), inquiry);
  return answer === true && way.says === "agrees" ? unsure(onlyOutside(group, user)) : way;
}

const nestsOutside = (group: SourceId, source: Source): boolean =>
  nestedIn(group, source).some((id) => source.outside.has(id));

async function askWayUp(user: SourceId, isEnd: Inquiry["counts"], { witness }: Inquiry): Promise<Answer> {
  const way = await isWayUp(user, isEnd, witness);
  if (isUnsure(way)) return unsure(way);
  return way ? STILL : AGREES;
}

/** A contradiction counts most, then the first doubt. */
function weighed(answers: readonly Answer[]): Answer {
  return (
    answers.find(({ says }) => says === "contradicts") ??
    answers.find(({ says }) => says === "unsure") ??
    AGREES
  );
}

/** A query that can't be evaluated here is listed again. */
async function fitsOrListed(
  queries: readonly string[] | "all",
  id: SourceId,
  judge: (queries: readonly string[]) => Fits,
  list: List,
): Promise<boolean | Unsure> {
  if (queries === "all") return true;
  const fits = judge(queries);
  if (fits !== undefined) return fits;
  for (const query of queries) {
    const found = await list(query);
    if (isUnsure(found)) return found;
    if (found.has(id)) return true;
  }
  return false;
}
