/**
 * AWS and Google refuse what is too fast.
 * @module-tag long
 */
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { expectContract, expectSuccess, open, run } from "./stage.ts";
import { team } from "./team.ts";

const asDocumented = { SCIM_RATE: undefined, IDENTITY_STORE_RATE: undefined, GOOGLE_RATE: undefined };
const patience = { firstWaitMs: 500, retries: 7 };

test("at the documented limits, a first sync is refused nothing at all", async () => {
  const emulator = await open({
    rate: { scim: { perSecond: 20 }, identityStore: { perSecond: 20 }, google: { perSecond: 40 } },
  });
  team(emulator, 30);
  const ended = await run(emulator, {}, { settings: asDocumented, patience });
  expect(ended.status).toBe("succeeded");
  expect(emulator.count(({ status }) => status === 429 || status === 403)).toBe(0);
  expectContract(emulator, ended);
});

test.each(["quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"] as const)(
  "where others use up half of every limit (%s), it takes longer and ends the same",
  async (quotaAnswer) => {
    const emulator = await open({
      pageSize: 3,
      rate: {
        scim: { perSecond: 10, burst: 3 },
        identityStore: { perSecond: 10, burst: 3 },
        google: { perSecond: 10, burst: 3 },
      },
    });
    emulator.google.policy.quotaAnswer = quotaAnswer;
    team(emulator, 15);
    const ended = await run(emulator, {}, { settings: asDocumented, patience });
    expect(ended.status, ended.message).toBe("succeeded");
    expect(emulator.count({ service: "scim", status: 429 })).toBeGreaterThan(0);
    expect(emulator.count({ service: "google", status: 403 })).toBeGreaterThan(0);
    expectContract(emulator, ended);
    emulator.google.addUser({ email: at("late"), givenName: "Given", familyName: "Late" });
    emulator.google.addMember(at("aws-all"), at("late"));
    await expectSuccess(emulator, { settings: asDocumented, patience });
  },
);

const never = { perSecond: 0.001, burst: 1 };

test.each([
  ["scim", /left for the next run|SCIM/],
  ["identityStore", /Identity Store|left for the next run|time/],
  ["google", /Google.*time/],
] as const)(
  "where %s lets nothing through, the run ends before its time is over, and says so",
  async (service, says) => {
    const emulator = await open({ rate: { [service]: never } });
    team(emulator, 15);
    const started = performance.now();
    const ended = await run(emulator, {}, { settings: asDocumented, patience, remainingMs: 9_000 });
    expect(performance.now() - started).toBeLessThan(9_000);
    expect(ended.status).toMatch(/^(failed|incomplete)$/);
    expect(ended.message).toMatch(says);
  },
);
