/** One run of the story, cut at one request; the runs after it; and everything that has to hold in between. */
import { expect } from "vitest";
import { startEmulator, type Emulator } from "../emulator/emulator.ts";
import type { FaultAction } from "../emulator/faults.ts";
import { lend } from "../emulator/lend.ts";
import type { RecordedRequest } from "../emulator/wire.ts";
import { run, type Around, type Ended } from "./stage.ts";
import { CREATED, accessWatch, begin, storySettings, theEnd, told, type Story } from "./story.ts";

/** What becomes of a request that is hit. */
export const CUTS = {
  "dropped before it arrives": "drop-before",
  "dropped after its effect": "drop-after",
  "answered half way": "cut",
  "answered with JSON that stops half way": "truncate",
  "answered 500": { status: 500 },
  "answered 429": { status: 429 },
  "answered 401": { status: 401 },
} as const satisfies Readonly<Record<string, FaultAction>>;

export type Cut = keyof typeof CUTS;
export type Often = "once" | "from there on";

/** Who is refused for speed for ever waits longer and longer, until the time is over. */
const timeFor = (cut: Cut, often: Often, ms: number): Around =>
  cut === "answered 429" && often === "from there on" ? { remainingMs: 4_500 + 2 * ms } : {};

export const around: Around = { settings: storySettings };

export interface Stage {
  readonly emulator: Emulator;
  readonly story: Story;
  /** The approval that the story needs. */
  readonly approve: string;
  /** Writes of creations that took effect, by operation. */
  readonly created: Readonly<Record<string, number>>;
}

/** A fresh beginning, with its access watched at every write; `work` is given it, and it is closed afterwards. */
export async function withStage<T>(approve: string, work: (stage: Stage) => Promise<T>): Promise<T> {
  const emulator = await startEmulator({ pageSize: "vendor" });
  const restore = lend(emulator.environment());
  try {
    const story = begin(emulator);
    const created: Record<string, number> = {};
    emulator.onWrite(accessWatch(emulator, story));
    emulator.onWrite(({ operation }) => {
      if (operation in CREATED) created[operation] = (created[operation] ?? 0) + 1;
    });
    const result = await work({ emulator, story, approve, created });
    emulator.verify();
    return result;
  } finally {
    restore();
    await emulator.close();
  }
}

export const theRun = ({ emulator, approve }: Stage, more: Around = {}): Promise<Ended> =>
  run(emulator, { action: "sync", approve: [approve] }, { ...around, ...more });

interface Undisturbed {
  readonly approve: string;
  readonly requests: readonly RecordedRequest[];
  /** How long it took: this machine may be busy. */
  readonly ms: number;
}

let known: Promise<Undisturbed> | undefined;

/** The run that nothing disturbs: its requests in order, and the id of the approval it needs. Made once. */
export const undisturbed = (): Promise<Undisturbed> => (known ??= undisturbedRun());

async function undisturbedRun(): Promise<Undisturbed> {
  const approve = await withStage("", async ({ emulator }) => {
    const { summary } = await run(emulator, { action: "plan" }, around);
    return summary?.approvals.find(({ kind }) => kind === "hand-over")?.id ?? "no approval";
  });
  return withStage(approve, async (stage) => {
    const started = performance.now();
    const ended = await theRun(stage);
    const ms = performance.now() - started;
    expect(ended.status, ended.message).toBe("succeeded");
    expectTheEnd(stage);
    return { approve, requests: [...stage.emulator.requests], ms };
  });
}

/** The next run, as a schedule starts it; a hand-over that still waits is approved as before. */
export async function nextRuns(stage: Stage): Promise<void> {
  const again = await theRun(stage);
  const over = again.status === "failed" && /Nothing waits under/.test(again.message);
  const ended = over ? await run(stage.emulator, {}, around) : again;
  expect(ended.status, ended.message).toBe("succeeded");
}

/** The end of the story, reached with no object made twice and no id changed. */
export function expectTheEnd({ emulator, story, created }: Stage, end: readonly string[] = theEnd): void {
  expect(told(emulator, story)).toEqual(end);
  expect(created).toEqual(CREATED);
}

/** Cuts at the request with this index, or from there on; says what went wrong, or nothing. */
export async function cutAt(
  approve: string,
  cut: Cut,
  often: Often,
  index: number,
): Promise<string | undefined> {
  let hit = "no request";
  try {
    await withStage(approve, async (stage) => {
      let seen = 0;
      const fault = stage.emulator.fault({
        when: (request) => {
          const hits = often === "once" ? seen === index : seen >= index;
          if (seen === index) hit = `${request.service} ${request.operation}`;
          seen += 1;
          return hits;
        },
        times: Infinity,
        do: CUTS[cut],
      });
      await theRun(stage, timeFor(cut, often, (await undisturbed()).ms));
      expect(fault.hits).toBeGreaterThan(0);
      fault.remove();
      await nextRuns(stage);
      expectTheEnd(stage);
    });
    return undefined;
  } catch (error) {
    return `${cut} ${often}, request ${index} (${hit}): ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Cuts at every request of the run that nothing disturbs, or at every `step`th from `first` on; what went wrong. */
export async function cutEverywhere(
  cut: Cut,
  often: Often,
  { first = 0, step = 1 }: { readonly first?: number; readonly step?: number } = {},
): Promise<readonly string[]> {
  const { approve, requests } = await undisturbed();
  expect(requests.length).toBeGreaterThan(70);
  const wrong: string[] = [];
  for (let index = first; index < requests.length; index += step) {
    const found = await cutAt(approve, cut, often, index);
    if (found !== undefined) wrong.push(found);
  }
  return wrong;
}
