/** The leavers' run where AWS has too many users to be listed every minute. */
import { expect, test } from "vitest";
import { useTables } from "../dynalite/server.ts";
import { at } from "../emulator/fill.ts";
import { journey, outcomesOf } from "./journey.ts";
import type { Journey } from "./journey.ts";
import { LISTED, many, SLOW } from "./vast.ts";

test(
  "whoever left within the day is asked for by themselves; of the others, only who is listed goes",
  { tags: "long" },
  async () => {
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
  },
);

const LEAVERS = { action: "leavers" };

const leave = ({ google }: Journey, first: number, count: number): void => {
  for (let n = first; n < first + count; n++) google.suspend(at(`p${n}`));
};

const outOf = ({ aws }: Journey): number => aws.users.filter(({ active }) => !active).length;

test(
  "without the tally ten a day are disabled, though nobody whom the last run disabled is listed, or marked as it did",
  { tags: "long" },
  async () => {
    const tables = await useTables();
    const settings = { ...tables.environment, ...SLOW };
    const j = await journey({ company: many, emulator: { pageSize: "vendor" }, settings });
    tables.fault(() => ({ refuse: "AccessDeniedException", message: "no identity-based policy allows it" }));
    leave(j, 1_400, 8);
    expect(await j.run(LEAVERS)).toMatchObject({ status: "failed", applied: { "user.disable": 8 } });
    for (const user of j.aws.users.filter(({ active }) => !active).slice(0, 4))
      user.externalId = String(user.externalId).replace("-suspended.", "-retired.");
    leave(j, 1_420, 8);
    expect(await j.run(LEAVERS)).toMatchObject({ status: "failed", applied: { "user.disable": 2 } });
    expect(outOf(j)).toBe(10);
  },
);

test("whoever AWS does not show keeps nobody else in, and is told", { tags: "long" }, async () => {
  const j = await journey({ company: many, emulator: { pageSize: "vendor" } });
  leave(j, 1_400, 3);
  const { id } = j.google.user(at("p1401"));
  j.emulator.fault({
    when: ({ query }) => query["filter"]?.includes(id) === true,
    times: Infinity,
    do: { status: 500 },
  });
  const summary = await j.run(LEAVERS, { settings: SLOW });
  expect(summary).toMatchObject({ status: "attention", applied: { "user.disable": 2 } });
  expect(summary.message).toContain(
    "1 account that was suspended, archived or deleted could not be looked up in AWS",
  );
});
