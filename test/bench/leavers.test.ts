/** What a look for leavers costs, and what it does, in companies of every size. */
import { describe, expect, test } from "vitest";
import { useTables } from "../dynalite/server.ts";
import { quietLook, vastCompany } from "./vast-company.ts";

test.each([
  [500, { google: 2, store: 5 }],
  [3_000, { google: 7, store: 30 }],
])(
  "a look for leavers costs among %d people no more than its listings, where nobody left",
  { tags: "long" },
  async (users, least) => {
    expect(await quietLook(users)).toEqual(least);
  },
);

const LEAVERS = { action: "leavers" };
/** At nine requests a second, 108 pages may be listed in a fifth of a minute. */
const NINE = { IDENTITY_STORE_RATE: "9" };

describe("a look costs", () => {
  test.each([
    [10_000, {}, { google: 21, store: 100 }],
    [100_000, NINE, { google: 201, store: 109 }],
  ])(
    "among %d people no more than its listings, where nobody left",
    { tags: "long" },
    async (users, settings, least) => {
      expect(await quietLook(users, settings)).toEqual(least);
    },
  );

  test(
    "among 100,000 people one request more for each who left today, whom the listing does not reach",
    { tags: "long" },
    async () => {
      const { j, vast, count } = await vastCompany(100_000, NINE);
      const listed = 109 * 100;
      vast.suspend(listed - 1);
      vast.suspend(99_999);
      const summary = await j.run(LEAVERS);
      expect(summary).toMatchObject({ status: "succeeded", applied: { "user.disable": 2 } });
      expect([vast.isEnabled(listed - 1), vast.isEnabled(99_999), vast.isEnabled(99_998)]).toEqual([
        false,
        false,
        true,
      ]);
      expect(count({ service: "scim", operation: "ListUsers" })).toBe(1);
    },
  );
});

test(
  "of 600 in 10,000 who are suspended at once, as many go as MAX_LEAVERS allows, and not one more with the next looks",
  { tags: "long" },
  async () => {
    const tables = await useTables();
    const { j, vast } = await vastCompany(10_000, tables.environment);
    for (let n = 0; n < 600; n += 1) vast.suspend(n * 16);
    const out = (): number =>
      Array.from({ length: 10_000 }, (_, n) => n).filter((n) => !vast.isEnabled(n)).length;
    const first = await j.run(LEAVERS).catch((error: unknown) => error);
    expect(out()).toBe(500);
    await j.run(LEAVERS).catch((error: unknown) => error);
    expect(out()).toBe(500);
    expect(first).toMatchObject({ status: "refused", applied: { "user.disable": 500 } });
  },
);
