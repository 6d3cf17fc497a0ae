import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pace, type Pace } from "../../src/traffic/pace.ts";
import { createBucket } from "../emulator/rate.ts";

// A clock of their own, which waits for nobody: a busy machine must look neither like a low rate nor like a burst.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** When each of `n` callers that ask at once may start, in ms from now. */
async function starts(of: Pace, n: number, meanwhile = (): void => undefined): Promise<number[]> {
  const begin = performance.now();
  const all = Promise.all(Array.from({ length: n }, () => of.turn().then(() => performance.now() - begin)));
  meanwhile();
  await vi.runAllTimersAsync();
  return all;
}

/** The most starts within any one second. */
const busiest = (times: readonly number[]) =>
  Math.max(...times.map((from) => times.filter((time) => time >= from && time <= from + 1000).length));

test("no second sees more starts than the rate, and the rate is nearly used up", async () => {
  const times = await starts(pace(20), 45);
  expect(busiest(times)).toBeLessThanOrEqual(20);
  expect(times.at(-1)).toBeGreaterThan(2200);
  expect(times.at(-1)).toBeLessThan(2300);
});

test("time in which nobody asks does not let a burst through later", async () => {
  const slow = pace(20);
  await slow.turn();
  await vi.advanceTimersByTimeAsync(400);
  const times = await starts(slow, 4);
  expect(times.at(-1)).toBeGreaterThan(120);
});

test("callers are let through in the order in which they asked, and are counted", async () => {
  const order: number[] = [];
  const fast = pace(200);
  const turns = [1, 2, 3, 4].map((n) => fast.turn().then(() => order.push(n)));
  await vi.runAllTimersAsync();
  await Promise.all(turns);
  expect(order).toEqual([1, 2, 3, 4]);
  expect(fast.count).toBe(4);
});

test("who asks ahead goes before all who do not, and after those who asked ahead before", async () => {
  const order: string[] = [];
  const slow = pace(10);
  const turns = [
    ...["a", "b"].map((name) => slow.turn().then(() => order.push(name))),
    ...["page 1", "page 2"].map((name) => slow.turn(undefined, true).then(() => order.push(name))),
    slow.turn().then(() => order.push("c")),
  ];
  await vi.runAllTimersAsync();
  await Promise.all(turns);
  expect(order).toEqual(["a", "page 1", "page 2", "b", "c"]);
});

test("a caller who gives up leaves the queue without using up a turn", async () => {
  const slow = pace(10);
  const stop = new AbortController();
  const first = slow.turn();
  const second = slow.turn(stop.signal);
  const third = slow.turn();
  stop.abort(new Error("time is up"));
  await expect(second).rejects.toThrow("time is up");
  await vi.runAllTimersAsync();
  await Promise.all([first, third]);
  await expect(slow.turn(stop.signal)).rejects.toThrow("time is up");
  expect(slow.count).toBe(2);
});

test("after a refusal nobody starts before the time the service asked for", async () => {
  const fast = pace(100);
  fast.refused(700);
  const [first] = await starts(fast, 3);
  expect(first).toBeGreaterThanOrEqual(700);
  expect(first).toBeLessThan(710);
});

test("a wait of more than five minutes holds nobody longer than that", async () => {
  const fast = pace(100);
  fast.refused(3_600_000);
  const [first] = await starts(fast, 1);
  expect(first).toBeGreaterThanOrEqual(300_000);
  expect(first).toBeLessThan(300_010);
});

test("a refusal reaches those who are waiting already", async () => {
  const slow = pace(20);
  const times = await starts(slow, 4, () => slow.refused(600));
  expect(times[0]).toBe(0);
  expect(times[1]).toBeGreaterThanOrEqual(600);
});

test("a refusal halves the rate, once for all that are refused together, and pauses grow", async () => {
  const fast = pace(40);
  fast.refused();
  fast.refused();
  const first = await starts(fast, 11);
  expect(first[0]).toBeGreaterThanOrEqual(500);
  expect(first[0]).toBeLessThan(510);
  const tenGaps = (first[10] ?? 0) - (first[0] ?? 0);
  expect(tenGaps).toBeGreaterThan(400);
  expect(tenGaps).toBeLessThan(550);
  fast.refused();
  const [second] = await starts(fast, 1);
  expect(second).toBeGreaterThan(900);
});

test("the rate comes back after a refusal", async () => {
  const fast = pace(1000);
  fast.refused(0);
  await starts(fast, 1);
  const early = (await starts(fast, 200)).at(-1) ?? 0;
  await vi.advanceTimersByTimeAsync(4000);
  expect((await starts(fast, 200)).at(-1)).toBeLessThan(early * 0.95);
});

/** The same while timers go off late by so many ms in turn. */
async function lateStarts(perSecond: number, n: number, lateness: readonly number[]): Promise<number[]> {
  const onTime = globalThis.setTimeout;
  let timers = 0;
  vi.stubGlobal("setTimeout", (go: () => void, ms: number) =>
    onTime(go, ms + (lateness[timers++ % lateness.length] ?? 0)),
  );
  return starts(pace(perSecond), n);
}

test("what late timers cost is made up for, and no second sees more than the rate all the same", async () => {
  const times = await lateStarts(20, 1_001, [0, 40, 10, 65, 5]);
  expect(busiest(times)).toBeLessThanOrEqual(20);
  // A thousand gaps at 20 a second are fifty seconds.
  expect(50_000 / ((times.at(-1) ?? 0) - (times[0] ?? 0))).toBeGreaterThan(0.95);
});

test.each([
  [20, 5],
  [20, 20],
  [40, 5],
])(
  "a bucket of %i a second with a burst of %i refuses nothing, however late timers are",
  async (perSecond, burst) => {
    const times = await lateStarts(perSecond, 1_000, [0, 3, 700, 60, 0, 140, 20]);
    let clock = 0;
    const bucket = createBucket({ perSecond, burst }, () => clock);
    const passed = times.map((time) => {
      clock = time;
      return bucket();
    });
    expect(passed).not.toContain(false);
  },
);
