/** Runs that have less time than they need. */
import { expect, test } from "vitest";
import { expectContract, open, run, timeFor, type Ended } from "./stage.ts";
import { team } from "./team.ts";

/** About 60 SCIM requests of work take six seconds. */
const slow = { SCIM_RATE: "10" };

test("with 0.3 s left, nothing is written, and the run says that there was no time", async () => {
  const emulator = await open();
  team(emulator, 5);
  const ended = await run(emulator, {}, { remainingMs: 300 });
  expect(emulator.count(({ service }) => service !== "secretsmanager")).toBe(0);
  expect(ended.status).toBe("failed");
  expect(ended.message).toMatch(/time.*Timeout in function\.json/);
});

test(
  "with too little time again and again, every run makes progress, none overruns, and the job gets done",
  { tags: "long" },
  async () => {
    const emulator = await open();
    team(emulator, 40);
    const remainingMs = await timeFor(4_500, emulator);
    const all: Ended[] = [];
    while (all.length < 20 && all.at(-1)?.status !== "succeeded") {
      emulator.forget();
      const started = performance.now();
      const ended = await run(emulator, {}, { settings: slow, remainingMs });
      expect(performance.now() - started).toBeLessThan(remainingMs);
      expect(emulator.writes().length).toBeGreaterThan(0);
      expect(emulator.writes().filter(({ status }) => status === 0)).toEqual([]);
      expect(ended.status).toMatch(/^(incomplete|succeeded)$/);
      all.push(ended);
    }
    const [last] = all.slice(-1);
    expect(last?.status).toBe("succeeded");
    expect(all.length).toBeGreaterThan(1);
    if (last !== undefined) expectContract(emulator, last);
  },
);

test("where Secrets Manager hangs, the run ends in time and says so", { tags: "long" }, async () => {
  const emulator = await open();
  team(emulator, 5);
  emulator.fault({ when: { service: "secretsmanager" }, times: Infinity, do: { delay: 60_000 } });
  const started = performance.now();
  const ended = await run(emulator, {}, { remainingMs: 3_500 });
  expect(performance.now() - started).toBeLessThan(3_500);
  expect(ended.status).toBe("failed");
  expect(ended.message).toMatch(/The time given to this run is over/);
  expect(emulator.count(({ service }) => service !== "secretsmanager")).toBe(0);
});

/** About 60 SCIM requests of work at the usual rate. */
const atUsualRate = { SCIM_RATE: undefined };

test(
  "with 10 s left, as much is done as fits, and what was started is finished",
  { tags: "long" },
  async () => {
    const emulator = await open({ latency: { scim: 700 } });
    team(emulator, 120);
    const started = performance.now();
    const ended = await run(emulator, {}, { settings: atUsualRate, remainingMs: 10_000 });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(ended.status).toBe("incomplete");
    expect(emulator.writes().length).toBeGreaterThan(30);
    expect(emulator.writes().every(({ status }) => status === 201)).toBe(true);
    expect(ended.summary?.left).toBeGreaterThan(0);
    expect(ended.summary?.applied["user.create"]).toBe(emulator.writes().length);
  },
);

test("with 30 s left, a run that needs less takes no longer than it needs", { tags: "long" }, async () => {
  const emulator = await open();
  team(emulator, 10);
  const started = performance.now();
  const ended = await run(emulator, {}, { remainingMs: 30_000 });
  expect(ended.status).toBe("succeeded");
  expect(performance.now() - started).toBeLessThan(10_000);
});

test.each(["scim", "identityStore", "google"] as const)(
  "where %s hangs, the run ends in time, without a write too many, and is told as it is",
  { tags: "long" },
  async (service) => {
    const emulator = await open({ latency: { [service]: 60_000 } });
    team(emulator, 5);
    const started = performance.now();
    const ended = await run(emulator, {}, { remainingMs: 4_200 });
    expect(performance.now() - started).toBeLessThan(4_200);
    expect(ended.status).toBe("failed");
    expect(ended.message).toMatch(/time/i);
    expect([...emulator.aws.users, ...emulator.aws.groups]).toEqual([]);
  },
);
