import type { FoundStore } from "../aws/instances.ts";
import type { Waiting } from "../core/approval.ts";
import type { Carries } from "../core/carries.ts";
import type { Change } from "../core/change.ts";
import type { Verdict } from "../core/upheaval.ts";
import type { Existing, Source } from "../core/model.ts";
import type { Plan, Situation } from "../core/plan.ts";
import type { Held } from "../core/reason.ts";
import type { Trouble } from "../core/trouble.ts";
import type { Reading } from "../aws/reading.ts";
import type { Progress } from "../google/reader.ts";
import { asksOnly } from "../request.ts";
import type { Request, Selection } from "../request.ts";
import type { Config } from "../settings/config.ts";
import type { Deadline } from "../traffic/deadline.ts";
import type { World } from "../world.ts";
import type { Admission } from "./admission.ts";
import type { Day } from "./day.ts";
import type { Outcome } from "./outcome.ts";

/** What happens in between, for whoever looks on; the result is in the summary. */
export interface Watch {
  readonly reading?: (at: {
    readonly source: Progress | undefined;
    readonly existing: Reading | undefined;
  }) => void;
  /** Both sides are read; Google is asked again about every removal. */
  readonly confirming?: () => void;
  /** AWS is asked what so many of so many users and groups carry. */
  readonly carrying?: (known: number, of: number) => void;
  readonly proposed?: (proposal: Proposal) => void | Promise<void>;
  readonly outcome?: (outcome: Outcome, done: number) => void;
  /** One sentence about settings or secrets that somebody should read, whatever the run comes to. */
  readonly notice?: (sentence: string) => void;
}

/** Keeps each outcome, and tells it to whoever looks on. */
export const keeping =
  (outcomes: Outcome[], watch: Watch | undefined) =>
  (outcome: Outcome): void => {
    const done = outcomes.push(outcome);
    watch?.outcome?.(outcome, done);
  };

/** Everything known before the first write. */
export interface Proposal {
  readonly config: Config;
  /** Where IAM Identity Center is. */
  readonly region: string;
  readonly source: Source;
  readonly existing: Existing;
  readonly situation: Situation;
  /** What will be written: leavers first, narrowed, without what is held; of a refused plan, what must be done anyhow. */
  readonly plan: Plan;
  /** The whole plan when it cannot be right. */
  readonly refusedPlan: Plan | undefined;
  /** What of it is not done yet once this is proposed. */
  readonly rest: Plan;
  /** Disables the leavers of the plan, once: in Lambda as soon as they are found, at a terminal when it is asked for. */
  readonly leavers: () => Promise<readonly Outcome[]>;
  readonly verdict: Verdict;
  readonly held: readonly Held[];
  /** What is known of the access that those carry whom the plan, or what waits, is about. */
  readonly carries: Carries;
  readonly waiting: readonly Waiting[];
  /** What was approved for this run, and fits. */
  readonly approved: readonly Waiting[];
  /** Ids that were given, and fit nothing now. */
  readonly stale: readonly string[];
  /** What lets through what counts, once it is counted. */
  readonly admission: Admission;
  /** Why nobody can say what is spent of the day's budgets. */
  readonly uncounted?: Trouble | undefined;
  /** What Google was not asked about, because there was no time. */
  readonly unasked: readonly Change[];
  /** Why Google's users could not be listed, where leavers are looked for all the same. */
  readonly unlisted?: Trouble | undefined;
  /** Why somebody who may have left could not be looked up in AWS, one for each. */
  readonly unshown?: readonly Trouble[];
  /** The Identity Store that was read, where it is known. */
  readonly store?: FoundStore | undefined;
  /** Why SCIM would take no write, where a plan has found that out. */
  readonly unwritable?: Trouble;
}

export interface Run {
  readonly world: World;
  readonly config: Config;
  readonly selection: Selection;
  readonly deadline: Deadline;
  readonly now: Date;
  /** Whether anything may be written, and leavers disabled before anything else is known. */
  readonly writes: boolean;
  readonly early: boolean;
  readonly day: Day;
  readonly watch: Watch | undefined;
}

/** Whether the request and the settings let anything be written. */
export const isWriting = (request: Request, { dryRun }: Config): boolean => !dryRun && !asksOnly(request);

/** What became of the plan; `fatal` ended the writing before its time. */
export interface Carried {
  readonly outcomes: readonly Outcome[];
  readonly fatal: Error | undefined;
}
