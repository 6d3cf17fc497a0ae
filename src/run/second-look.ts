import { approvalId } from "../core/approval.ts";
import type { Waiting } from "../core/approval.ts";
import { isApproved } from "../core/budget.ts";
import { baseOf, roomOf } from "../core/room.ts";
import type { Scales } from "../core/budget.ts";
import type { Change } from "../core/change.ts";
import { NO_HOLDS } from "../core/plan.ts";
import type { Holds, Plan, Situation } from "../core/plan.ts";
import type { Held } from "../core/reason.ts";
import { inOrderOf, subjectText } from "../core/ref.ts";
import { SUBJECTS, subjectKey } from "../core/subjects.ts";
import type { Deadline } from "../traffic/deadline.ts";
import { askEach } from "./asking.ts";
import { doubtsOf } from "./doubts.ts";
import type { Doubt, Holding } from "./doubts.ts";
import { inquiryOf } from "./questions.ts";
import type { Answer, Questions, UserAnswer } from "./questions.ts";

/** The second look of one run: Google is asked about each removal itself, for a listing that lacks something proves nothing. */
export interface SecondLook {
  /** Asks about what is new in this plan; asking stops once a budget is clearly spent. */
  readonly ask: (plan: Plan) => Promise<void>;
  /** Whether all that is in this plan was asked about. */
  readonly covers: (plan: Plan) => boolean;
  /** What came of it so far. */
  readonly found: () => Found;
}

interface Found {
  readonly holds: Holds;
  /** Google contradicts it, or says nothing. */
  readonly held: readonly Held[];
  /** There was no time to ask. */
  readonly left: readonly Change[];
  /** Without an answer: can be approved. */
  readonly waiting: readonly Waiting[];
  readonly approved: readonly Waiting[];
  /** The ids of all that was to be asked about: an approval of one is no mistake, whatever came of it. */
  readonly ids: readonly string[];
}

const idOfDoubt = ({ change, deed }: Doubt): string => [change.kind, ...deed].join(" ");

export function secondLook(
  situation: Situation,
  scales: Scales,
  questions: Questions & Pick<Deadline, "timeLeftMs">,
): SecondLook {
  const inquiry = inquiryOf(questions, situation);
  const asked = new Set<string>();
  const holding: Holding = {
    ...{ users: new Set(), groups: new Set(), members: new Set(), doubted: new Set(), inactive: new Set() },
  };
  const held: Held[] = [];
  const left: Change[] = [];
  const waiting = new Map<string, Waiting>();
  const approved = new Map<string, Waiting>();
  const ids: string[] = [];
  const confirmed = tallying(situation, scales);
  let isFirst = true;
  const doubts = (plan: Plan): readonly Doubt[] =>
    doubtsOf(plan, situation, inquiry).filter((doubt) => !asked.has(idOfDoubt(doubt)));
  const judge = (doubt: Doubt, answer: UserAnswer): void => {
    if (answer.says === "agrees") return confirmed.add(doubt);
    const wait = answer.says === "unsure" ? waitFor(doubt, answer.because, situation, scales) : undefined;
    if (wait !== undefined && situation.approvals.given.has(wait.id)) return merge(approved, wait);
    if (wait !== undefined && isTaken(doubt, situation, scales)) return;
    doubt.hold(holding, answer);
    if (answer.says === "unsure") for (const member of doubt.members ?? []) holding.doubted.add(member);
    held.push({ change: doubt.change, reason: answer.because });
    if (wait !== undefined) merge(waiting, wait);
  };
  return {
    covers: (plan) => doubts(plan).length === 0,
    ask: async (plan) => {
      const { timeLeftMs } = questions;
      const silent = ({ says }: UserAnswer): boolean => says === "unsure";
      // What is still planned once the spent budgets are held is asked about whatever it takes.
      const enough = isFirst ? confirmed.isSpent : () => false;
      isFirst = false;
      const asking = { ask: (doubt: Doubt) => doubt.ask(), enough, silent, timeLeftMs };
      for await (const one of askEach(doubts(plan), asking)) {
        if ("not" in one && one.not === "enough") continue;
        asked.add(idOfDoubt(one.task));
        ids.push(waitingId(one.task, situation, scales));
        if ("answer" in one) judge(one.task, one.answer);
        else if (one.not === "silence") judge(one.task, one.like);
        else {
          one.task.hold(holding, { says: "agrees" });
          left.push(one.task.change);
        }
      }
    },
    found: () => ({
      holds: { ...NO_HOLDS, ...holding },
      held: inOrderOf(held, ({ change }) => subjectText(change)),
      left: inOrderOf(left, subjectText),
      ids,
      waiting: inOrderOf([...waiting.values()], waitText),
      approved: inOrderOf([...approved.values()], waitText),
    }),
  };
}

const waitText = ({ about, kind, id }: Waiting): string => JSON.stringify([about?.label, kind, id]);

/** An upheaval that was approved is approved with whatever is unsure in it. */
const isTaken = ({ subject }: Doubt, situation: Situation, scales: Scales): boolean =>
  subject !== undefined && isApproved(subject, scales, situation);

function waitingId(
  { change, deed, subject, waitsAs }: Doubt,
  { approvals }: Situation,
  { told }: Scales,
): string {
  if (waitsAs !== undefined) return approvalId(waitsAs, deed, approvals.digest);
  const own = subject && told.get(subjectKey(subject));
  return own?.id ?? approvalId("unsure", [change.kind, ...deed], approvals.digest);
}

function waitFor(
  doubt: Doubt,
  { why, todo }: Extract<Answer, { says: "unsure" }>["because"],
  situation: Situation,
  scales: Scales,
): Waiting {
  const { about, who } = doubt;
  const id = waitingId(doubt, situation, scales);
  const trouble = { why, todo };
  const reason: Waiting["reason"] =
    who === undefined
      ? { code: "no-answer", ...trouble }
      : { code: "members-unsure", who: [who], also: [], ...trouble };
  return { id, kind: "unsure", about, reason };
}

/** One group's members wait as one. */
function merge(into: Map<string, Waiting>, wait: Waiting): void {
  const before = into.get(wait.id);
  const { reason } = wait;
  if (before?.reason.code !== "members-unsure" || reason.code !== "members-unsure") into.set(wait.id, wait);
  else
    into.set(wait.id, {
      ...before,
      reason: { ...before.reason, who: [...before.reason.who, ...reason.who].toSorted() },
    });
}

type Counting = (typeof SUBJECTS)[NonNullable<Doubt["subject"]>["kind"]]["budget"];

/** How much is confirmed of what each budget counts: beyond that, more need not be asked. */
function tallying(situation: Situation, scales: Scales) {
  const base = baseOf(situation);
  const rooms = new Map<Counting, number>();
  const counts = (doubt: Doubt): Counting | undefined =>
    doubt.subject === undefined || isTaken(doubt, situation, scales)
      ? undefined
      : SUBJECTS[doubt.subject.kind].budget;
  const room = (budget: Counting): number => {
    const known = rooms.get(budget);
    if (known !== undefined) return known;
    const { allows, spent } = roomOf(budget, base, scales, situation.rules);
    return allows - spent;
  };
  return {
    isSpent: (doubt: Doubt): boolean => {
      const budget = counts(doubt);
      return budget !== undefined && room(budget) < 0;
    },
    add: (doubt: Doubt): void => {
      const budget = counts(doubt);
      if (budget !== undefined) rooms.set(budget, room(budget) - 1);
    },
  };
}
