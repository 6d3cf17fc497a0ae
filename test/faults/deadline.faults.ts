/** Runs that have less time than they need. */
import { expect, test } from "vitest";
import { open, run } from "./stage.ts";
import { team } from "./team.ts";

/** About 60 SCIM requests of work at 15 a second. */
const slow = { SCIM_RATE: undefined };

test("with 10 s left, as much is done as fits, and what was started is finished", async () => {
  const emulator = await open({ latency: { scim: 700 } });
  team(emulator, 120);
  const started = performance.now();
  const ended = await run(emulator, {}, { settings: slow, remainingMs: 10_000 });
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(ended.status).toBe("incomplete");
  expect(emulator.writes().length).toBeGreaterThan(30);
  expect(emulator.writes().every(({ status }) => status === 201)).toBe(true);
  expect(ended.summary?.left).toBeGreaterThan(0);
  expect(ended.summary?.applied["user.create"]).toBe(emulator.writes().length);
});

test("with 30 s left, a run that needs less takes no longer than it needs", async () => {
  const emulator = await open();
  team(emulator, 10);
  const started = performance.now();
  const ended = await run(emulator, {}, { remainingMs: 30_000 });
  expect(ended.status).toBe("succeeded");
  expect(performance.now() - started).toBeLessThan(10_000);
});

test.each(["scim", "identityStore", "google"] as const)(
  "where %s hangs, the run ends in time, without a write too many, and is told as it is",
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
