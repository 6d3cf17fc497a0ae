/** A company of any size, and what a look for leavers asks in it. */
import { expect } from "vitest";
import { journey } from "../journeys/journey.ts";
import { makeVast } from "./vast.ts";

export async function vastCompany(users: number, settings: Record<string, string> = {}) {
  const j = await journey({ settings, company: () => undefined, emulator: { pageSize: "vendor" } });
  const vast = makeVast(j.emulator, { users, groups: 10, memberships: 100 }, 0);
  return { j, vast, count: j.emulator.count };
}

/** A look for leavers where nobody left: how often both sides were asked for users; it asks and writes nothing over SCIM. */
export async function quietLook(users: number, settings: Record<string, string> = {}) {
  const { j, count } = await vastCompany(users, settings);
  const summary = await j.run({ action: "leavers" });
  expect(summary).toMatchObject({ status: "succeeded", applied: {} });
  expect(j.writes()).toEqual([]);
  expect(count({ service: "scim" })).toBe(0);
  return {
    google: count({ service: "google", operation: "users.list" }),
    store: count({ service: "identitystore", operation: "ListUsers" }),
  };
}
