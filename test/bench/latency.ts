/**
 * How long somebody who was suspended can still sign in: from a moment on the clock to the answer that says
 * `active: false`. The clock stands still between two runs, and a run takes as long as it takes: each is a cold start in
 * a process of its own. A look that is under way at that moment counts as having missed them.
 */
import { fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmulator } from "../emulator/emulator.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { ALLOWED } from "./floor.ts";
import type { Limited } from "./floor.ts";
import { aligned, each, SERVICES } from "./results.ts";
import { makeVast } from "./vast.ts";
import type { Vast, VastSize } from "./vast.ts";

interface Schedule {
  readonly event: object;
  readonly everySeconds: number;
  /** Seconds from a run's start to its second look at a company of at most so many users. */
  readonly again?: { readonly afterSeconds: number; readonly mostUsers: number };
}

export const SCHEDULES = {
  leavers: {
    event: { action: "leavers", trigger: "schedule" },
    everySeconds: 60,
    again: { afterSeconds: 30, mostUsers: 12_000 },
  },
  runs: { event: {}, everySeconds: 900 },
} as const satisfies Readonly<Record<string, Schedule>>;

export interface Latency {
  readonly users: number;
  readonly everySeconds: number;
  /** How often a run looks. */
  readonly looks: number;
  /** Seconds, the shortest first. */
  readonly seconds: readonly number[];
  /** Of them, from the start of the look to the answer. */
  readonly running: readonly number[];
  /** In one look, until somebody is disabled, with nobody else to look at. */
  readonly requests: Readonly<Record<Limited, number>>;
}

/** As many moments as told, one at random in each equal part of the time between two runs. */
export async function latencyOf(
  size: VastSize,
  { event, everySeconds, again }: Schedule,
  moments: number,
  around: { readonly entry: string; readonly environment: (emulator: Emulator) => Record<string, string> },
  emulatorOptions: Parameters<typeof startEmulator>[0],
): Promise<Latency> {
  const seconds: number[] = [];
  const running: number[] = [];
  const second = again !== undefined && size.users <= again.mostUsers ? again.afterSeconds : undefined;
  let requests = { google: 0, scim: 0, identityStore: 0 };
  for (let nth = 0; nth < moments; nth += 1) {
    const emulator = await startEmulator(emulatorOptions);
    try {
      const vast = makeVast(emulator, size, 0);
      const user = Math.floor(Math.random() * size.users);
      const moment = ((nth + Math.random()) / moments) * everySeconds;
      // The second look of the run before, or else the first of the next one.
      const afterSeconds = second !== undefined && moment < second ? second : 0;
      const order = { event, entry: around.entry, environment: around.environment(emulator), afterSeconds };
      const took = await untilDisabled(order, emulator, vast, user);
      running.push(took);
      seconds.push((afterSeconds || everySeconds) - moment + took);
      requests = countedIn(emulator);
    } finally {
      await emulator.close();
    }
  }
  const sorted = (some: readonly number[]) => some.toSorted((one, other) => one - other);
  const looks = second === undefined ? 1 : 2;
  return {
    users: size.users,
    everySeconds,
    looks,
    seconds: sorted(seconds),
    running: sorted(running),
    requests,
  };
}

const countedIn = ({ count }: Emulator): Latency["requests"] =>
  each((service) => count({ service: SERVICES[service] }));

const AN_HOUR_MS = 3_600_000;
const LOOK_MS = 20;

interface Order {
  readonly event: object;
  readonly entry: string;
  readonly environment: Record<string, string>;
  /** From the run's start to the look that finds them. */
  readonly afterSeconds: number;
}

/** They are suspended so many milliseconds before the second look. */
const BEFORE_MS = 2_000;

/**
 * Seconds from the start of the look that finds them until they are disabled. The run ends then, having read no more than
 * it must; rejects when it ends before.
 */
async function untilDisabled(
  { environment, afterSeconds, ...order }: Order,
  emulator: Emulator,
  vast: Vast,
  user: number,
): Promise<number> {
  if (afterSeconds === 0) vast.suspend(user);
  const started = performance.now();
  const child = fork(join(import.meta.dirname, "child.ts"), {
    env: { ...environment },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let told: unknown;
  child.on("message", (message) => (told = message));
  try {
    child.send({ ...order, remainingMs: AN_HOUR_MS });
    if (afterSeconds > 0) {
      await sleep(afterSeconds * 1000 - BEFORE_MS);
      emulator.forget();
      vast.suspend(user);
    }
    while (vast.isEnabled(user)) {
      if (told !== undefined) throw new Error(`nobody was disabled: ${JSON.stringify(told)}`);
      await sleep(LOOK_MS);
    }
    return (performance.now() - started) / 1000 - afterSeconds;
  } finally {
    child.kill();
  }
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;

/** Of what each service allows until the next run. */
const shareOf = ({ requests, looks, everySeconds }: Latency): string =>
  (Object.keys(ALLOWED) as Limited[])
    .map(
      (service) => `${((100 * looks * requests[service]) / (ALLOWED[service] * everySeconds)).toFixed(1)} %`,
    )
    .join(" / ");

export function latencyTable(all: readonly Latency[]): string {
  const cells = [
    [
      "users",
      "every",
      "looks",
      "median s",
      "p95 s",
      "longest s",
      "of it the look",
      "SCIM / store / Google",
      "of the quota",
    ],
    ...all.map((one) => [
      one.users.toLocaleString("en"),
      `${one.everySeconds / 60} min`,
      String(one.looks),
      at(one.seconds, 0.5).toFixed(1),
      at(one.seconds, 0.95).toFixed(1),
      at(one.seconds, 1).toFixed(1),
      at(one.running, 0.5).toFixed(1),
      `${one.requests.scim} / ${one.requests.identityStore} / ${one.requests.google}`,
      shareOf(one),
    ]),
  ];
  return aligned(cells, 0);
}
