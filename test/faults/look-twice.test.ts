/**
 * A look for leavers that its schedule starts is made twice, in real time.
 * @module-tag long
 */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { journey } from "../journeys/journey.ts";
import { lambda } from "../journeys/lambda.ts";

const SCHEDULED = { action: "leavers", trigger: "schedule" };
const A_MINUTE = { remainingMs: 90_000 };

async function settled(more: Record<string, string> = {}) {
  const j = await journey();
  await j.sync();
  return { j, invoke: lambda(j, more).invoke };
}

/** How many looks an invocation makes, and how long it takes, in seconds. */
async function looksOf(invoked: ReturnType<Awaited<ReturnType<typeof settled>>["invoke"]>) {
  const started = performance.now();
  const { lines, result, error } = await invoked;
  const seconds = (performance.now() - started) / 1000;
  return { looks: lines.filter((line) => line["summary"] === true).length, seconds, result, error };
}

describe("with a schedule of a minute", () => {
  test("whoever is suspended just after a look is out half a minute later", async () => {
    const { j, invoke } = await settled();
    const invoked = looksOf(invoke(SCHEDULED, A_MINUTE));
    await expect
      .poll(() => j.emulator.count({ operation: "users.list" }), { timeout: 20_000 })
      .toBeGreaterThan(2);
    await sleep(3_000);
    j.google.suspend(at("ada"));
    const { looks, seconds, result } = await invoked;
    expect(looks).toBe(2);
    expect(result).toMatchObject({ status: "succeeded", applied: { "user.disable": 1 } });
    expect(j.aws.user(at("ada")).active).toBe(false);
    expect(seconds).toBeGreaterThan(29);
    expect(seconds).toBeLessThan(50);
  });

  test.each([
    ["by hand", { action: "leavers" }, A_MINUTE],
    ["as a full run", { trigger: "schedule" }, A_MINUTE],
    ["where Lambda leaves no time for a second look", SCHEDULED, { remainingMs: 45_000 }],
  ])("%s, one look is made", async (_, event, how) => {
    const { invoke } = await settled();
    const { looks, seconds } = await looksOf(invoke(event, how));
    expect(looks).toBe(1);
    expect(seconds).toBeLessThan(25);
  });

  test("a look that failed is left to the next minute", async () => {
    const { j, invoke } = await settled();
    j.emulator.fault({ when: { operation: "users.list" }, times: Infinity, do: { status: 403 } });
    const { looks, seconds, error } = await looksOf(invoke(SCHEDULED, A_MINUTE));
    expect([looks, error?.name]).toEqual([1, "RunError"]);
    expect(seconds).toBeLessThan(25);
  });

  test("where many users are read, the quota is spent on one look", async () => {
    const j = await journey({ company: () => undefined, emulator: { pageSize: "vendor" } });
    for (let n = 0; n < 12_100; n += 1) j.aws.addUser({ userName: `by-hand-${n}@example.com` });
    const { looks, result } = await looksOf(lambda(j).invoke(SCHEDULED, A_MINUTE));
    expect(looks).toBe(1);
    expect(result?.requests["identityStore"]).toBeGreaterThan(120);
  });
});
