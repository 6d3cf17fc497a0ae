/** What a look for leavers costs. */
import { expect, test } from "vitest";
import { quietLook } from "./vast-company.ts";

test.each([
  [500, { google: 2, store: 5 }],
  [3_000, { google: 7, store: 30 }],
])(
  "a look for leavers costs among %d people no more than its listings, where nobody left",
  async (users, least) => {
    expect(await quietLook(users)).toEqual(least);
  },
);
