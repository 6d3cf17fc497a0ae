import type { Waiting } from "../core/approval.ts";
import type { Verdict } from "../core/budget.ts";
import type { Existing, Source } from "../core/model.ts";
import type { Plan, Situation } from "../core/plan.ts";
import type { Held } from "../core/reason.ts";
import type { Trouble } from "../core/trouble.ts";
import type { Reading } from "../aws/reading.ts";
import type { Progress } from "../google/reader.ts";
import type { Request, Selection } from "../request.ts";
import type { Config } from "../settings/config.ts";
import type { Deadline } from "../traffic/deadline.ts";
import type { World } from "../world.ts";
import type { Outcome } from "./outcome.ts";

/** What happens in between, for whoever looks on; the result is in the summary. */
export interface Watch {
  readonly reading?: (at: {
    readonly source: Progress | undefined;
    readonly existing: Reading | undefined;
  }) => void;
  /** Both sides are read; Google is asked again about every removal. */
  readonly confirming?: () => void;
  readonly proposed?: (proposal: Proposal) => void | Promise<void>;
  readonly outcome?: (outcome: Outcome, done: number) => void;
  /** One sentence about settings or secrets that somebody should read, whatever the run comes to. */
  readonly notice?: (sentence: string) => void;
}

/** Everything known before the first write. */
export interface Proposal {
  readonly config: Config;
  /** Where IAM Identity Center is. */
  readonly region: string;
  readonly source: Source;
  readonly existing: Existing;
  readonly situation: Situation;
  /** What will be written: narrowed, without what is held, or only what a refused plan still does. */
  readonly plan: Plan;
  /** The whole plan when a limit refused it. */
  readonly refusedPlan: Plan | undefined;
  readonly verdict: Verdict;
  readonly held: readonly Held[];
  readonly waiting: readonly Waiting[];
  /** Why nobody could say who is deleted in Google, where a refused plan had to know. */
  readonly unasked?: Trouble;
  /** The id of the Identity Store that was read, where it is known. */
  readonly store?: string | undefined;
  /** Why SCIM would take no write, where a plan has found that out. */
  readonly unwritable?: Trouble;
}

export interface Run {
  readonly world: World;
  readonly config: Config;
  readonly selection: Selection;
  readonly deadline: Deadline;
  readonly now: Date;
  readonly watch: Watch | undefined;
}

/** Whether the request and the settings let anything be written. */
export const isWriting = (request: Request, { dryRun }: Config): boolean =>
  request.action === "sync" && !request.dryRun && !dryRun;

/** What became of the plan; `fatal` ended the writing before its time. */
export interface Carried {
  readonly outcomes: readonly Outcome[];
  readonly fatal: Error | undefined;
}
