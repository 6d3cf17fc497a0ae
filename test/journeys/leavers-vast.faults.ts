/** The leavers' run where AWS has too many users to be listed every minute, and the tally or AWS does not answer. */
import { expect, test } from "vitest";
import { useTables } from "../dynalite/server.ts";
import { at } from "../emulator/fill.ts";
import { journey } from "./journey.ts";
import type { Journey } from "./journey.ts";
import { many, SLOW } from "./vast.ts";

const LEAVERS = { action: "leavers" };

const leave = ({ google }: Journey, first: number, count: number): void => {
  for (let n = first; n < first + count; n++) google.suspend(at(`p${n}`));
};

const outOf = ({ aws }: Journey): number => aws.users.filter(({ active }) => !active).length;

test("without the tally ten a day are disabled, though nobody whom the last run disabled is listed", async () => {
  const tables = await useTables();
  const settings = { ...tables.environment, ...SLOW };
  const j = await journey({ company: many, emulator: { pageSize: "vendor" }, settings });
  tables.fault(() => ({ refuse: "AccessDeniedException", message: "no identity-based policy allows it" }));
  leave(j, 1_400, 8);
  expect(await j.run(LEAVERS)).toMatchObject({ status: "failed", applied: { "user.disable": 8 } });
  leave(j, 1_420, 8);
  expect(await j.run(LEAVERS)).toMatchObject({ status: "failed", applied: { "user.disable": 2 } });
  expect(outOf(j)).toBe(10);
});

test("whoever AWS does not show keeps nobody else in, and is told", async () => {
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
