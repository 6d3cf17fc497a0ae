/** What a look for leavers costs. */
import { expect, test } from "vitest";
import { vastCompany } from "./vast-company.ts";

test.each([
  [500, { google: 2, store: 5 }],
  [3_000, { google: 7, store: 30 }],
])(
  "a look for leavers costs among %d people no more than its listings, where nobody left",
  async (users, least) => {
    const { j, count } = await vastCompany(users);
    const summary = await j.run({ action: "leavers" });
    expect(summary).toMatchObject({ status: "succeeded", applied: {} });
    expect(j.writes()).toEqual([]);
    const asked = {
      google: count({ service: "google", operation: "users.list" }),
      store: count({ service: "identitystore", operation: "ListUsers" }),
    };
    expect(asked).toEqual(least);
    expect(count({ service: "scim" })).toBe(0);
  },
);
