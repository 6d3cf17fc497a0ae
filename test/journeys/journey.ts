/** Whole runs against the emulator, through the program's own entry; and what must be true after each. */
import { expect, onTestFinished } from "vitest";
import type { Outcome } from "../../src/run/outcome.ts";
import { parseRequest, type RunRequest } from "../../src/request.ts";
import { answer } from "../../src/run/run.ts";
import type { Summary } from "../../src/run/summary.ts";
import type { AwsDirectory } from "../emulator/aws-directory.ts";
import { startEmulator, type Emulator, type EmulatorOptions } from "../emulator/emulator.ts";
import { lend } from "../emulator/lend.ts";
import type { Company } from "../emulator/google-company.ts";
import { line } from "../core/planned.ts";
import { smallCompany } from "./company.ts";
import { expectTurn, pictureOf, type Picture, type Settings } from "../oracle/emulated.ts";

/** Rates at which nobody waits; `GROUP_MATCH` leaves the group `marketing` out. */
const usual: Settings = {
  GROUP_MATCH: "email:aws-*",
  SCIM_RATE: "9000",
  IDENTITY_STORE_RATE: "9000",
  GOOGLE_RATE: "9000",
};

export interface Circumstances {
  /** On top of the journey's. */
  readonly settings?: Settings;
  readonly remainingMs?: number;
  readonly qualifier?: string;
  readonly stop?: AbortSignal;
  /** Looks on. */
  readonly outcome?: (outcome: Outcome) => void;
}

export interface Journey {
  readonly emulator: Emulator;
  readonly google: Company;
  readonly aws: AwsDirectory;
  readonly settings: Settings;
  /** One run; `event` is the payload that Lambda would get. */
  readonly run: (event?: object, around?: Circumstances) => Promise<Summary>;
  /** A run that is over and has to be `succeeded`. */
  readonly sync: (event?: object, around?: Circumstances) => Promise<Summary>;
  readonly plan: (around?: Circumstances) => Promise<Summary>;
  /** What became of the last run's changes. */
  readonly outcomes: readonly Outcome[];
  /** SCIM writes of the last run, as `PATCH /Users/…`. */
  readonly writes: () => string[];
  /** The sentence with which a run fails; nothing may have been written unless `written` says so. */
  readonly failure: (event?: object, around?: Circumstances) => Promise<string>;
  /** A second plan is empty, and AWS holds what the oracle says. */
  readonly settle: (around?: Circumstances) => Promise<void>;
  /**
   * A time that leaves so many ms for what comes after the reading: this machine, as it is just now, reads and decides
   * in half of the rest.
   */
  readonly timeFor: (ms: number) => Promise<number>;
  /** The second plan alone. */
  readonly quiet: (around?: Circumstances) => Promise<void>;
}

export interface Beginning {
  readonly settings?: Settings;
  /** The small company unless told. */
  readonly company?: (google: Company, aws: AwsDirectory) => void;
  /** What is there besides, before the first run. */
  readonly also?: (google: Company, aws: AwsDirectory) => void;
  readonly emulator?: EmulatorOptions;
}

export async function journey({
  settings = {},
  company = smallCompany,
  also,
  emulator: how,
}: Beginning = {}): Promise<Journey> {
  // Two rows in a page: every listing crosses one.
  const emulator = await startEmulator({ pageSize: 2, ...how });
  const { google, aws } = emulator;
  const restore = lend(emulator.environment());
  onTestFinished(async () => {
    restore();
    await emulator.close();
    emulator.verify();
  });
  company(google, aws);
  also?.(google, aws);
  const all = { ...usual, ...settings };
  let before: Picture = pictureOf(aws);
  let approved = false;
  let outcomes: Outcome[] = [];
  /** The ids of what only waits for a doubt: once it is gone, an approval is no exception, and nothing to tell. */
  const doubtful = new Set<string>();
  const call = async (event: object, around: Circumstances, onto: Outcome[]): Promise<Summary> => {
    const given = emulator.environment({ ...all, ...around.settings });
    const started = performance.now();
    const { remainingMs, stop } = around;
    const qualifier = around.qualifier ?? ("approve" in event ? "approve" : "current");
    return answer({
      environment: given,
      place: "lambda",
      request: parseRequest(event) as RunRequest,
      requestId: "a request of Lambda's",
      qualifier,
      ...(stop === undefined ? {} : { stop }),
      lines: "nowhere",
      patience: { firstWaitMs: 10, retries: 4 },
      watch: {
        outcome: (outcome) => {
          onto.push(outcome);
          around.outcome?.(outcome);
        },
      },
      ...(remainingMs === undefined
        ? {}
        : { remainingMs: () => remainingMs - (performance.now() - started) }),
    });
  };
  const run: Journey["run"] = async (event = {}, around = {}) => {
    before = pictureOf(aws);
    approved = "approve" in event;
    outcomes = [];
    emulator.forget();
    const summary = await call(event, around, outcomes);
    expectApproved(summary, event, doubtful);
    for (const { id, kind } of summary.approvals)
      if (kind === "carries" || kind === "unsure") doubtful.add(id);
    return summary;
  };
  const plan: Journey["plan"] = (around = {}) => call({ action: "plan" }, around, []);
  const quiet: Journey["quiet"] = async (around) => {
    expect(plannedOf(await plan(around))).toEqual([]);
  };
  return {
    emulator,
    google,
    aws,
    settings: all,
    timeFor: async (ms) => {
      const started = performance.now();
      await plan();
      return ms + 2 * (performance.now() - started);
    },
    run,
    plan,
    quiet,
    get outcomes() {
      return outcomes;
    },
    sync: async (event, around) => {
      const summary = await run(event, around);
      expect(summary).toMatchObject({ status: "succeeded", failed: {}, held: {}, left: 0 });
      return summary;
    },
    writes: () => emulator.writes().map(({ method, path }) => `${method} ${path.replace(/^.*\/v2/, "")}`),
    failure: async (event, around) => {
      const error = await run(event, around).then(
        (summary) => new Error(`the run ended well: ${JSON.stringify(summary)}`),
        (thrown: unknown) => thrown as Error,
      );
      expect(error.message).not.toMatch(/^the run ended well/);
      return error.message;
    },
    settle: async (around = {}) => {
      await quiet(around);
      expectTurn({
        google,
        before,
        after: pictureOf(aws),
        settings: { ...all, ...around.settings },
        approved,
      });
    },
  };
}

/**
 * What waits is told once; what was approved is told once, under an id that was given, and waits no longer. Whatever else
 * was given is named.
 */
function expectApproved(
  summary: Summary,
  { approve = [] }: { readonly approve?: readonly string[] },
  doubtful: ReadonlySet<string>,
) {
  const { status, message, approved, approvals, held, left } = summary;
  expect(new Set(approvals.map(({ id }) => id)).size).toBe(approvals.length);
  const ids = approved.map(({ id }) => id);
  expect(ids.filter((id) => !approve.includes(id))).toEqual([]);
  // What is held or left is told by what it is.
  if (status !== "refused" && left === 0 && Object.keys(held).length === 0)
    expect(approve.filter((id) => !ids.includes(id) && !message.includes(id) && !doubtful.has(id))).toEqual(
      [],
    );
  expect(new Set(ids).size).toBe(ids.length);
  expect(approvals.filter(({ id }) => ids.includes(id))).toEqual([]);
}

/** Changes of a plan that would be written, readable. */
export const plannedOf = ({ changes = [] }: Summary): string[] =>
  changes.filter(({ status }) => status === "planned").map(told);

export const heldOf = ({ changes = [] }: Summary): string[] =>
  changes.filter(({ status }) => status === "held").map(told);

export const told = ({ action, subject, detail }: NonNullable<Summary["changes"]>[number]): string =>
  [action, subject, ...(detail.members ?? [])].join(" ");

/** `user.update ada@example.com`, one for each outcome with this status. */
export const outcomesOf = (journey: Journey, status: Outcome["status"]): string[] =>
  journey.outcomes
    .filter((outcome) => outcome.status === status)
    .map(({ change }) => line(change))
    .toSorted();
