/**
 * More leavers than there is time to ask for, where AWS has too many users to be listed every minute.
 * @module-tag long
 */
import { expect, test } from "vitest";
import { at, mirror } from "../emulator/fill.ts";
import { open, run } from "./stage.ts";

test("the newest of those who left are asked for, and the others are left for the full run", async () => {
  const emulator = await open({ pageSize: 2 });
  const { google, aws } = emulator;
  google.addGroup({ email: at("aws-all") });
  const names = Array.from({ length: 200 }, (_, n) => at(`p${n}`));
  for (const email of names) google.addMember(at("aws-all"), google.addUser({ email }).primaryEmail);
  mirror(google, aws);
  names.slice(26).forEach((email, at) => {
    google.suspend(email);
    google.user(email).suspendedAt = new Date(Date.now() - (at + 1) * 60_000);
  });
  const settings = { IDENTITY_STORE_RATE: "1", SCIM_RATE: "2", MAX_LEAVERS: "100%,200" };
  const started = performance.now();
  const ended = await run(emulator, { action: "leavers" }, { settings });
  expect(ended.status, ended.message).toBe("succeeded");
  const asked = emulator.count(({ query }) => query["filter"]?.startsWith("externalId eq") === true);
  // 20 s at two a second, and what was open then; each who is found is looked at and disabled.
  expect(asked).toBeLessThanOrEqual(70);
  const gone = aws.users.flatMap((user) => (user.active ? [] : [user.userName]));
  expect(gone.length).toBeGreaterThanOrEqual(35);
  expect(gone).toEqual(names.slice(26, 26 + gone.length));
  expect(performance.now() - started).toBeLessThan(110_000);
});
