/** What the budgets of a day have left, remembered from run to run where a table does that. */
import type { OutcomeReason } from "../core/reason.ts";
import { remembered } from "../core/remembered.ts";
import { NOTHING_SPENT } from "../core/tally.ts";
import type { Spent } from "../core/tally.ts";
import { TroubleError } from "../core/trouble.ts";
import type { Trouble } from "../core/trouble.ts";
import type { TallyTable } from "../aws/tally.ts";

/** The last 24 hours. Where the table cannot be read or written, the trouble is the answer. */
export interface Day {
  /** Whether anything is remembered between runs. */
  readonly remembers: boolean;
  /** What is spent now, where more can be added to it. */
  readonly spent: () => Promise<Spent | Trouble>;
  /** Reserves this much if it fits what is spent by then; runs side by side add up. */
  readonly reserve: (wanted: Spent, fits: (spent: Spent) => boolean) => Promise<boolean | Trouble>;
  /** Whether this was not told within the last 24 hours; it is noted as told now. */
  readonly tell: (about: string, digest: string) => Promise<boolean | Trouble>;
  /** Gives back what was reserved and not done. */
  readonly giveBack: (unused: Spent) => Promise<Trouble | undefined>;
}

export const isTrouble = (answer: object | boolean): answer is Trouble =>
  typeof answer === "object" && "why" in answer;

/** Why nothing is done of what was to be reserved. */
export const notReserved = (answer: false | Trouble): OutcomeReason =>
  answer === false ? { code: "budget-spent" } : { code: "tally-unwritable", ...answer };

/** Without a table every run has the whole budget. */
const FORGETFUL: Day = {
  remembers: false,
  spent: () => Promise.resolve(NOTHING_SPENT),
  reserve: () => Promise.resolve(true),
  tell: () => Promise.resolve(true),
  giveBack: () => Promise.resolve(undefined),
};

/** `now` says which hour things are counted in, and which hours count; `writes`, whether anything will be spent. */
export function openDay(open: (() => Promise<TallyTable>) | undefined, now: Date, writes: boolean): Day {
  if (open === undefined) return FORGETFUL;
  const at = now.toISOString();
  // That nothing can be counted is to be known before anything is decided.
  const tried = remembered((table: TallyTable) => (writes ? table.tryWriting() : Promise.resolve()));
  const tally = <T>(ask: (table: TallyTable) => Promise<T>): Promise<T | Trouble> =>
    orTrouble(async () => ask(await open()));
  return {
    remembers: true,
    spent: () =>
      tally(async (table) => {
        const [spent] = await Promise.all([table.spent(at), tried(table)]);
        return spent;
      }),
    reserve: (wanted, fits) =>
      tally(async (table) => {
        const reserved = await table.reserve(at, (spent) => (fits(spent) ? wanted : undefined));
        return reserved !== undefined;
      }),
    tell: (about, digest) => tally((table) => table.tell(at, about, digest)),
    giveBack: async (unused) => {
      const done = await tally((table) => table.giveBack(unused, at).then(() => true));
      return isTrouble(done) ? done : undefined;
    },
  };
}

async function orTrouble<T>(work: () => Promise<T>): Promise<T | Trouble> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return { why: error.why, todo: error.todo };
  }
}
