/** A company of any size, and what a look for leavers asks in it. */
import { journey } from "../journeys/journey.ts";
import { makeVast } from "./vast.ts";

export async function vastCompany(users: number, settings: Record<string, string> = {}) {
  const j = await journey({ settings, company: () => undefined, emulator: { pageSize: "vendor" } });
  const vast = makeVast(j.emulator, { users, groups: 10, memberships: 100 }, 0);
  return { j, vast, count: j.emulator.count };
}
