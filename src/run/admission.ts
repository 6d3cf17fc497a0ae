/** Before anything that counts is written, it is in the tally: any number of runs at once spend one budget. */
import { spentOn, weigh } from "../core/budget.ts";
import type { Scales } from "../core/budget.ts";
import { MOST_MEMBERS } from "../core/change.ts";
import type { Change } from "../core/change.ts";
import type { Situation } from "../core/plan.ts";
import type { OutcomeReason } from "../core/reason.ts";
import { remembered } from "../core/remembered.ts";
import { baseOf } from "../core/room.ts";
import type { Base } from "../core/room.ts";
import { bySubject } from "../core/subjects.ts";
import type { Part } from "../core/subjects.ts";
import { NOTHING_SPENT, together } from "../core/tally.ts";
import type { Spent } from "../core/tally.ts";
import { OutOfTime } from "../traffic/deadline.ts";
import { notReserved } from "./day.ts";
import type { Day } from "./day.ts";
import { isCut } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

export interface Admission {
  /** Why a change may not be made after all. */
  readonly refusal: (change: Change) => Promise<OutcomeReason | undefined>;
  /** Gives back what was reserved and not done. */
  readonly settle: (outcomes: readonly Outcome[]) => Promise<void>;
}

/** Where nothing counts. */
export const EVERYTHING: Admission = {
  refusal: () => Promise.resolve(undefined),
  settle: () => Promise.resolve(),
};

/** What counts of a plan, by change. */
type Counted = ReadonlyMap<Change, Part>;

type Portion = readonly (readonly [Change, Part])[];

/** Reserved portion by portion, in the order of the plan, and weighed again with what others have spent by then. */
export function admission(counted: Counted, situation: Situation, scales: Scales, day: Day): Admission {
  const portionOf = new Map<Change, Portion>();
  for (const portion of portions([...counted]))
    for (const [change] of portion) portionOf.set(change, portion);
  const reserved = new Set<Portion>();
  const base = remembered<void, Base>(() => baseOf(situation));
  const reserve = remembered(async (portion: Portion): Promise<OutcomeReason | undefined> => {
    const subjects = bySubject(portion.map(([, part]) => part)).map((part) => ({ ...part, id: "" }));
    const fits = (spent: Spent): boolean =>
      weigh(subjects, situation, { ...scales, by: spent }, base).over.length === 0;
    const answer = await day.reserve(spentBy(portion), fits);
    if (answer !== true) return notReserved(answer);
    reserved.add(portion);
    return undefined;
  });
  return {
    refusal: async (change) => {
      const portion = portionOf.get(change);
      return portion === undefined ? undefined : reserve(portion);
    },
    settle: async (outcomes) => {
      const became = Map.groupBy(outcomes, ({ of }) => of);
      const unused = [...reserved]
        .flat()
        .flatMap(([change, part]) => unusedOf(change, part, became.get(change) ?? []));
      if (unused.length > 0) await day.giveBack(spentBy(unused)).catch(unlessOutOfTime);
    },
  };
}

/** What is not given back counts for a day, which is a nuisance at most. */
function unlessOutOfTime(error: unknown): undefined {
  if (!(error instanceof OutOfTime)) throw error;
}

function portions(parts: Portion): readonly Portion[] {
  const found: (readonly [Change, Part])[][] = [];
  let room = 0;
  for (const part of parts) {
    const size = part[1].counts.length;
    if (size > room) {
      found.push([]);
      room = MOST_MEMBERS;
    }
    room -= size;
    found.at(-1)?.push(part);
  }
  return found;
}

const spentBy = (portion: Portion): Spent =>
  portion.reduce((sum, [, part]) => together(sum, spentOn(part)), NOTHING_SPENT);

/** The part of a change of which AWS said that it was not done; of what was cut off nobody knows. */
function unusedOf(change: Change, part: Part, outcomes: readonly Outcome[]): Portion {
  const done = outcomes.filter((one) => one.status === "applied" || isCut(one));
  if (!("users" in change)) return done.length > 0 ? [] : [[change, part]];
  const touched = new Set(done.flatMap(({ change: made }) => touchedBy(made)));
  const counts = part.counts.filter(({ id }) => !touched.has(id));
  return counts.length === 0 ? [] : [[change, { ...part, counts }]];
}

const touchedBy = (change: Change): readonly string[] =>
  change.kind === "members.remove"
    ? change.users.map(({ id }) => id)
    : change.kind === "members.add"
      ? change.users.map(({ externalId }) => externalId)
      : [];
