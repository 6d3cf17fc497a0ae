/** Whole runs of the program against an emulator, with short retries, and whatever they end in as a value. */
import { expect, onTestFinished } from "vitest";
import type { Outcome } from "../../src/run/outcome.ts";
import { parseRequest, type RunRequest } from "../../src/request.ts";
import { answer } from "../../src/run/run.ts";
import type { Summary } from "../../src/run/summary.ts";
import type { Watch } from "../../src/run/proposal.ts";
import type { Patience } from "../../src/world.ts";
import { startEmulator, type Emulator, type EmulatorOptions } from "../emulator/emulator.ts";
import { lend } from "../emulator/lend.ts";
import { expectTurn, pictureOf, type Picture, type Settings } from "../oracle/emulated.ts";

export interface Around {
  readonly settings?: Settings;
  readonly patience?: Patience;
  /** Milliseconds until Lambda would kill the function; no end unless told. */
  readonly remainingMs?: number;
  readonly watch?: Watch;
}

/** How a run ended: with a summary, or with what it threw. */
export interface Ended {
  readonly status: Summary["status"];
  readonly message: string;
  readonly summary: Summary | undefined;
  readonly error: unknown;
  readonly outcomes: readonly Outcome[];
  /** What AWS held when the run began, and the settings that it had. */
  readonly before: Picture;
  readonly settings: Settings;
}

/** Rates at which nobody waits. */
const usual: Settings = {
  GROUP_MATCH: "email:aws-*",
  SCIM_RATE: "9000",
  IDENTITY_STORE_RATE: "9000",
  GOOGLE_RATE: "9000",
};

export const SHORT: Patience = { firstWaitMs: 1, retries: 1 };

export const environmentOf = (emulator: Emulator, settings: Settings = {}): Record<string, string> =>
  emulator.environment({ ...usual, ...settings });

/** An emulator for one test, with the vendors' own page sizes unless told. */
export async function open(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ pageSize: "vendor", ...options });
  const restore = lend(emulator.environment());
  onTestFinished(async () => {
    restore();
    await emulator.close();
    emulator.verify();
  });
  return emulator;
}

export async function run(emulator: Emulator, event: object = {}, around: Around = {}): Promise<Ended> {
  const outcomes: Outcome[] = [];
  const started = performance.now();
  const { settings, remainingMs, patience = SHORT, watch = {} } = around;
  const begun = { before: pictureOf(emulator.aws), settings: { ...usual, ...settings }, outcomes };
  // The SDK finds its endpoints in the process alone.
  Object.assign(process.env, emulator.environment());
  try {
    const summary = await answer({
      environment: environmentOf(emulator, settings),
      place: "lambda",
      request: parseRequest(event) as RunRequest,
      requestId: "one-of-lambdas",
      qualifier: "approve" in event ? "approve" : "current",
      lines: "nowhere",
      patience,
      watch: {
        ...watch,
        outcome: (outcome, done) => {
          outcomes.push(outcome);
          watch.outcome?.(outcome, done);
        },
      },
      ...(remainingMs === undefined
        ? {}
        : { remainingMs: () => remainingMs - (performance.now() - started) }),
    });
    const { status, message } = summary;
    return { ...begun, status, message, summary, error: undefined };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...begun, status: "failed", message, summary: undefined, error };
  }
}

/**
 * A time that leaves so many ms for what comes after the reading: this machine, as it is just now, reads and decides in
 * half of the rest.
 */
export async function timeFor(ms: number, emulator: Emulator): Promise<number> {
  const started = performance.now();
  await run(emulator, { action: "plan" });
  emulator.forget();
  return ms + 2 * (performance.now() - started);
}

/** What waits is approved, as a person would who has looked at it; then the run. */
export async function approveAndRun(emulator: Emulator, around: Around = {}): Promise<Ended> {
  const planned = await run(emulator, { action: "plan" }, around);
  const approve = (planned.summary?.approvals ?? []).map(({ id }) => id);
  return run(emulator, approve.length === 0 ? {} : { action: "sync", approve }, around);
}

/** What a plan would write, one word for each change. */
export async function plannedBy(emulator: Emulator, around: Around = {}): Promise<readonly string[]> {
  const { summary, message } = await run(emulator, { action: "plan" }, around);
  if (summary === undefined) throw new Error(`the plan failed: ${message}`);
  return (summary.changes ?? []).map(({ action, subject, status }) => `${status} ${action} ${subject}`);
}

/** Fails unless AWS holds what the contract asks for after that run, in which nothing was approved. */
export const expectContract = ({ google, aws }: Emulator, { before, settings }: Ended): void =>
  expectTurn({ google, settings, before, after: pictureOf(aws), approved: false });

/** A run that succeeds, after which AWS holds what the contract asks for. */
export async function expectSuccess(emulator: Emulator, around: Around = {}): Promise<Ended> {
  const ended = await run(emulator, {}, around);
  expect(ended.status, ended.message).toBe("succeeded");
  expectContract(emulator, ended);
  return ended;
}
