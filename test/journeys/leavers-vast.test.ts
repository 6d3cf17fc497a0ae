/** The leavers' run where AWS has too many users to be listed every minute; more of it is in leavers-vast.faults.ts. */
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { journey, outcomesOf } from "./journey.ts";
import { LISTED, many, SLOW } from "./vast.ts";

test("whoever left within the day is asked for by themselves; of the others, only who is listed goes", async () => {
  const j = await journey({ company: many, emulator: { pageSize: "vendor" } });
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
  j.google.suspend(at("p5"));
  j.google.user(at("p5")).suspendedAt = daysAgo(2);
  j.google.suspend(at("p1310"));
  j.google.archive(at("p1320"));
  j.google.deleteUser(at("p1330"));
  j.google.suspend(at("p1340"));
  j.google.user(at("p1340")).suspendedAt = daysAgo(2);
  const summary = await j.run({ action: "leavers" }, { settings: SLOW });
  expect(summary).toMatchObject({ status: "succeeded", applied: { "user.disable": 4 } });
  expect(outcomesOf(j, "applied")).toEqual(
    ["p1310", "p1320", "p1330", "p5"].map((name) => `user.disable ${at(name)}`),
  );
  expect(j.emulator.count({ operation: "ListUsers", service: "identitystore" })).toBe(LISTED / 100);
  expect(j.emulator.count(({ query }) => query["filter"]?.startsWith("externalId eq") === true)).toBe(3);
  // The rest is the full run's.
  expect((await j.sync()).applied).toMatchObject({ "user.disable": 1 });
  expect(j.aws.user(at("p1340")).active).toBe(false);
});
