import type { Waiting } from "../approval.ts";
import { notShownParts, removalTexts } from "../carries-words.ts";
import { carriesNothing } from "../carries.ts";
import type { Carries } from "../carries.ts";
import { KINDS, takesAccess } from "../change.ts";
import { groupCalled } from "../group-name.ts";
import { dueDay, isOffByHand, markedSince, sourceOf, suspendedSince } from "../mark.ts";
import { day } from "../model.ts";
import type { SourceGroup, SourceUser } from "../model.ts";
import { nameKey } from "../names.ts";
import { nestedIn } from "../nesting.ts";
import { groupFits, userFits } from "../query.ts";
import type { Fits } from "../query.ts";
import type { LeftAlone, RefusalReason, Skip, Stranger } from "../reason.ts";
import type { Ref } from "../ref.ts";
import { userNameOf } from "../user-name.ts";
import { STILL_OPEN, changeText, reasonText } from "../words.ts";
import { isDone } from "./evidence.ts";
import type { HeldPart, Index, PlannedPart } from "./evidence.ts";
import { claimOf, isAccount, isUser } from "./subject.ts";
import type { Subject } from "./subject.ts";
import { isBarrier, isWhole, leftAloneBecause } from "./ties.ts";
import type { Tie } from "./ties.ts";
import { SAY } from "./words.ts";

/** One step of the way from Google to AWS. */
export interface Step {
  readonly topic:
    | "google"
    | "scope"
    | "ignored"
    | "name"
    | "match"
    | "aws"
    | "carries"
    | "skipped"
    | "next run"
    | "held"
    | "waits"
    | "look at";
  readonly sentence: string;
  /** What was decided, where something was. */
  readonly decided?: PlannedPart | HeldPart | Waiting | LeftAlone | Skip | Stranger | RefusalReason;
}

const step = (topic: Step["topic"], text: string, decided?: Step["decided"]): Step => ({
  topic,
  sentence: `${text}.`,
  ...(decided === undefined ? {} : { decided }),
});

/** Google's word, scope, pair and the target's word, then everything that was decided. */
export function stepsOf(text: string, subject: Subject, ties: readonly Tie[], index: Index): readonly Step[] {
  const { ref, source, existing } = subject;
  return [
    ...(source === undefined ? notInGoogle(subject) : inGoogle(text, source, ties, index)),
    ...barred(ref, index),
    ...(source === undefined ? [] : isAccount(source) ? signsInAs(source, index) : called(source, index)),
    ...matched(subject, index),
    ...(existing === undefined ? [] : [inAws(existing, index)]),
    ...decisions(ref, ties, index),
  ];
}

// ---------------------------------------------------------------- what Google says, and who is asked for

const notInGoogle = ({ ref, existing }: Subject): readonly Step[] =>
  existing === undefined ? [] : [step("google", SAY.notInGoogle(ref, claimOf(existing)))];

function inGoogle(
  text: string,
  source: SourceUser | SourceGroup,
  ties: readonly Tie[],
  index: Index,
): readonly Step[] {
  const alias = source.aliases.find((one) => nameKey(one) === nameKey(text.trim()));
  return isAccount(source)
    ? [step("google", SAY.account(source, alias)), ...userScope(source, ties, index)]
    : [step("google", SAY.group(source, alias, parents(source, index))), ...groupScope(source, index)];
}

const parents = ({ id }: SourceGroup, { evidence, groupNames }: Index): readonly string[] =>
  [...evidence.source.members]
    .filter(([, rows]) => rows.some((row) => row.type === "group" && row.id === id))
    .map(([parent]) => groupNames.get(parent) ?? parent);

function userScope(source: SourceUser, ties: readonly Tie[], { evidence }: Index): readonly Step[] {
  const { rules } = evidence.situation;
  const { userMatch } = evidence.queries;
  const { matched } = evidence.source;
  const isListed = matched === "all" || (matched !== "none" && matched.has(source.id));
  const queries = likely(isListed, userMatch, (query) => userFits([query], source));
  const groups = ties.filter(({ paths }) => paths.length > 0).length;
  return [
    step(
      "scope",
      SAY.userScope(rules.method, groups, userMatch === "none" ? undefined : { isListed, queries }),
    ),
    ...(source.state === "active" ? [] : [step("scope", SAY.state(source.state, rules.syncSuspended))]),
  ];
}

function groupScope(source: SourceGroup, index: Index): readonly Step[] {
  const { evidence, listed } = index;
  const { groupMatch } = evidence.queries;
  const isListed = listed.has(source.id);
  const queries = likely(isListed, groupMatch, (query) => groupFits([query], source));
  const { includeGroups } = evidence.situation.rules;
  const isIncluded = includeGroups.length > 0 && index.asked.has(source.id);
  return [
    ...(evidence.source.members.has(source.id) || evidence.source.unread.has(source.id)
      ? notCounted(source, index)
      : [step("google", SAY.unread)]),
    step("scope", SAY.groupScope(isListed, queries)),
    ...(isIncluded ? [step("scope", SAY.included)] : []),
  ];
}

/** Google's own listing is what counts; of its queries those are left out that cannot have listed it. */
function likely(
  isListed: boolean,
  queries: readonly string[] | "all" | "none",
  fits: (query: string) => Fits,
): readonly string[] | "all" {
  if (typeof queries === "string") return isListed ? "all" : ["*"];
  if (!isListed) return queries;
  const sure = queries.filter((query) => fits(query) === true);
  return sure.length > 0 ? sure : queries.filter((query) => fits(query) === undefined);
}

const MOST_ROWS = 10;

/** Members of Google that are nobody's account here, and nested groups that show nothing of themselves. */
function notCounted({ id }: SourceGroup, { evidence, skipsWithin }: Index): readonly Step[] {
  const rows: readonly Skip["reason"]["code"][] = ["external", "outside-group", "not-a-person"];
  const lost = nestedIn(id, evidence.source)
    .flatMap((nested) => skipsWithin({ kind: "group", source: nested, label: "" }))
    .filter(({ reason }) => rows.includes(reason.code));
  const more = lost.length - MOST_ROWS;
  return [
    ...lost.slice(0, MOST_ROWS).map((skip) => step("google", SAY.notCounted(skip), skip)),
    ...(more > 0 ? [step("google", SAY.moreNotCounted(more))] : []),
  ];
}

function barred(ref: Ref, index: Index): readonly Step[] {
  const reason = leftAloneBecause(ref, index);
  return reason !== undefined && isBarrier(reason) ? [step("ignored", SAY.barred(reason), reason)] : [];
}

function called(group: SourceGroup, { asked, evidence }: Index): readonly Step[] {
  const wanted = asked.get(group.id)?.name;
  if (wanted === undefined) return [];
  const { rules } = evidence.situation;
  const made = groupCalled(group, rules);
  return [step("name", SAY.called(made, rules, wanted, wanted !== made.name))];
}

/** What keeps somebody from it is told among the skips. */
function signsInAs(source: SourceUser, { evidence }: Index): readonly Step[] {
  const { userName } = evidence.situation.rules;
  if (userName.from === "email") return [];
  return [step("name", SAY.signsInAs(userName, userNameOf(source, userName)))];
}

// ---------------------------------------------------------------- the other half

function matched({ ref, source, existing }: Subject, index: Index): readonly Step[] {
  const { rules, scoped } = index.evidence.situation;
  if (existing === undefined) {
    if (source === undefined || (ref.kind === "group" && !index.listed.has(source.id))) return [];
    const [, holder] = scoped.users.recycled.find(([{ externalId }]) => externalId === source.id) ?? [];
    return [step("match", holder === undefined ? SAY.noMatch(ref.kind) : SAY.recycled(holder))];
  }
  const pair = index.pairs.get(existing.id);
  if (pair !== undefined) return [step("match", SAY.paired(ref, pair.how, rules))];
  const alone = index.leftAlone.get(existing.id)?.reason;
  if (alone === undefined) return [step("match", SAY.unasked(ref))];
  const linked = source !== undefined && sourceOf(claimOf(existing)) === source.id;
  return [step("match", SAY.leftAlone(ref, alone, linked), alone)];
}

function inAws(existing: NonNullable<Subject["existing"]>, { evidence }: Index): Step {
  const claim = claimOf(existing);
  const since = markedSince(claim);
  const { rules } = evidence.situation;
  if (!isUser(existing)) return step("aws", SAY.groupInAws(existing, since, since && dueDay(since, rules)));
  const byHand = sourceOf(claim) !== undefined && isOffByHand(existing);
  const due = since && dueDay(since, rules, byHand);
  return step("aws", SAY.userInAws(existing, { since, due, left: suspendedSince(claim), byHand }));
}

/** What access they carry, a sentence for each opening; what could not be read is no "nothing". */
export function carriedSteps({ kind, target }: Ref, { of, notShown }: Carries): readonly Step[] {
  const carried = target && of.get(target);
  if (target === undefined || carried === undefined) return [];
  return [
    ...carried.opens.map((opening) => step("carries", SAY.opens(opening))),
    ...(carriesNothing(carried) ? [step("carries", SAY.opensNothing(kind))] : []),
    ...(kind === "user" ? removalTexts(target, carried) : []).map((text) =>
      step("carries", SAY.assigned(text)),
    ),
    ...notShownParts({ of, notShown }).map(({ what, because }) =>
      step("carries", SAY.notShown(what, because)),
    ),
    ...(!carried.whole && notShown.length === 0 ? [step("carries", SAY.opensUnknown)] : []),
  ];
}

// ---------------------------------------------------------------- what was decided

/** Everything that is about this user or group; of what is about a membership, what no tie tells. */
export function decisions(ref: Ref, ties: readonly Tie[], index: Index): readonly Step[] {
  const { situation, refused } = index.evidence;
  const today = day(situation.now);
  const changes = index.changes(ref).filter(isWhole);
  const isTold = (skip: Skip): boolean =>
    isWhole(skip) ? isBarrier(skip.reason) : ties.some(({ decided }) => decided === skip);
  return [
    ...index
      .held(ref)
      .filter(isWhole)
      .map((part) => step("held", SAY.held(part), part)),
    ...index
      .skips(ref)
      .filter((skip) => !isTold(skip))
      .map((skip) =>
        step(skip.reason.code === "not-included" ? "scope" : "skipped", SAY.skipped(skip), skip),
      ),
    ...index.waits(ref).map((wait) => step("waits", SAY.waits(wait), wait)),
    ...changes.map((part) => {
      const text = changeText(part.change, today, situation.rules);
      return step("next run", isDone(part, index) ? text : SAY.notDone(text), part);
    }),
    ...(changes.length === 0 ? [step("next run", SAY.noChange(ref.kind))] : []),
    ...stillOpen(changes, ties),
    ...refused.map((reason) => step("next run", SAY.refused(reason), reason)),
    ...index.strangers(ref).map((one) => step("look at", `${SAY.lookAt}: ${reasonText(one.reason)}`, one)),
  ];
}

/** "Taken out" is not "access is gone". */
function stillOpen(changes: readonly PlannedPart[], ties: readonly Tie[]): readonly Step[] {
  if (changes.some(({ change }) => takesAccess(change) && KINDS[change.kind].of === "user"))
    return [step("next run", STILL_OPEN.user)];
  const isTakenOut = ({ next, decided }: Tie): boolean =>
    next === "removed" && !(decided && "because" in decided && decided.because === "user-revoked");
  return ties.some(isTakenOut) ? [step("next run", STILL_OPEN.membership)] : [];
}
