/** The one test of a mutation run: switches on one mutant after the other, and lets the collected tests find it. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { setImmediate as breath, setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { test } from "vitest";
import { begin, call, collected } from "./collect.ts";
import type { Trial } from "./collect.ts";

/** What the run asks of one process. */
export interface Order {
  readonly files: readonly string[];
  readonly mutants: readonly number[];
  /** Evaluated while files are loaded: it is on from the beginning. */
  readonly atLoad: boolean;
  /** One JSON line per thing that happened. */
  readonly results: string;
  readonly coverage: string;
  /** A test may take this long, and five times what it usually takes. */
  readonly longestMs: number;
  /** At most this many tests are called for one mutant: those that found the most, then those that reach the most in their time. */
  readonly most: number;
}

/** Which mutants a test reaches, and how long it takes. */
interface Reach {
  readonly name: string;
  readonly ms: number;
  readonly mutants: readonly number[];
}

/** How long one property looks for an example against a mutant: most are found by the first hundred. */
const EXAMPLES_MS = 500;

const LOOP = "an endless loop";

class TooLong extends Error {
  override readonly name = "TooLong";
}

/** Also as what made a property fail. */
const isLoop = (failure: Error | undefined): boolean =>
  [failure, failure?.cause].some((one) => one instanceof TooLong && one.message === LOOP);

const state = { active: 0, recording: undefined as Set<number> | undefined, until: Number.POSITIVE_INFINITY };
let loops = 0;

Object.assign(globalThis, {
  __mutation: {
    on: (id: number): boolean => {
      state.recording?.add(id);
      return id === state.active;
    },
    loop: (): void => {
      loops += 1;
      if ((loops & 0x3fff) === 0 && performance.now() > state.until) throw new TooLong(LOOP);
    },
  },
});

// The same examples for every mutant, and no search for a smaller one: that something fails is enough.
fc.configureGlobal({ seed: 20260310, endOnFailure: true, interruptAfterTimeLimit: EXAMPLES_MS });

async function failureOf(trial: Trial, longestMs: number): Promise<Error | undefined> {
  state.until = performance.now() + longestMs;
  const over = new AbortController();
  const late = wait(longestMs, undefined, { signal: over.signal }).then(
    () => new TooLong("no end"),
    () => undefined,
  );
  const failed = call(trial).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  const first = await Promise.race([failed, late]);
  over.abort();
  return first;
}

async function reachOf(trials: readonly Trial[], order: Order): Promise<readonly Reach[]> {
  const reach: Reach[] = [];
  for (const trial of trials) {
    state.recording = new Set();
    const started = performance.now();
    const failure = await failureOf(trial, 60_000);
    const ms = performance.now() - started;
    appendFileSync(
      order.results,
      `${JSON.stringify({ first: trial.name, ms, failure: failure?.message })}\n`,
    );
    if (failure === undefined) reach.push({ name: trial.name, ms, mutants: [...state.recording] });
  }
  state.recording = undefined;
  return reach;
}

interface Trials {
  readonly trials: ReadonlyMap<string, Trial>;
  readonly longestMs: number;
  readonly tell: (line: object) => void;
}

/** Calls the tests that reach the mutant until one fails; that one must pass again without the mutant. */
async function judge(
  id: number,
  chosen: readonly Reach[],
  { longestMs, trials, tell }: Trials,
  back: number,
) {
  for (const { name, ms } of chosen) {
    const trial = trials.get(name);
    if (trial === undefined) continue;
    // Whoever says nothing for long is taken for hanging, and so for found.
    tell({ called: name });
    const mostMs = longestMs + 5 * ms;
    state.active = id;
    const first = await failureOf(trial, mostMs);
    // On a busy machine much takes longer than usual: what has an end is found to have one.
    const failure = isLoop(first) ? await failureOf(trial, 5 * mostMs) : first;
    state.active = back;
    if (failure === undefined) continue;
    const late = failure instanceof TooLong && failure.message === "no end";
    const flaky = !late && back === 0 && (await failureOf(trial, mostMs)) !== undefined;
    if (!flaky) return { id, killed: true, by: trial.name, error: failure.message.slice(0, 200), late };
  }
  return { id, killed: false, tests: chosen.length, late: false };
}

test("mutants", { timeout: 0 }, async () => {
  const order = JSON.parse(readFileSync(process.env["MUTATION_ORDER"] ?? "", "utf8")) as Order;
  const tell = (line: object): void => appendFileSync(order.results, `${JSON.stringify(line)}\n`);
  const [first = 0] = order.mutants;
  if (order.atLoad) state.active = first;
  for (const file of order.files) {
    const name = basename(file, ".test.ts");
    begin(name);
    try {
      await import(/* @vite-ignore */ file);
    } catch (error) {
      if (!order.atLoad) throw error;
      const result = { id: first, killed: true, by: name, error: String(error).slice(0, 200) };
      for (const line of [{ begun: first }, result]) tell(line);
      return;
    }
  }
  const trials = collected();
  if (!existsSync(order.coverage))
    writeFileSync(order.coverage, JSON.stringify(await reachOf(trials, order)));
  const reach = JSON.parse(readFileSync(order.coverage, "utf8")) as readonly Reach[];
  const byName = new Map(trials.map((trial) => [trial.name, trial]));
  const found = new Map<string, number>();
  const foundBy = ({ name }: Reach): number => found.get(name) ?? 0;
  for (const id of order.mutants) {
    tell({ begun: id });
    const reaching = order.atLoad ? reach : reach.filter(({ mutants }) => mutants.includes(id));
    const promising = reaching.toSorted(
      (one, other) =>
        foundBy(other) - foundBy(one) ||
        one.ms / (1 + one.mutants.length) - other.ms / (1 + other.mutants.length),
    );
    const chosen = promising.slice(0, order.most);
    const result = await judge(
      id,
      chosen,
      { trials: byName, longestMs: order.longestMs, tell },
      order.atLoad ? id : 0,
    );
    tell({ ...result, reaching: reaching.length });
    if (result.by !== undefined) found.set(result.by, 1 + (found.get(result.by) ?? 0));
    // A test without an end goes on in the background, where it would disturb the next one.
    if (result.late) return;
    await breath();
  }
});
