/** Which runs ask what users and groups carry. */
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { journey, type Journey } from "./journey.ts";

const asked = ({ emulator }: Journey): readonly string[] =>
  emulator.requests.flatMap(({ service, operation }) =>
    /^(?:sso-admin|account-access|organizations)$/.test(service) && operation !== "ListInstances"
      ? [operation]
      : [],
  );

test("a quiet run asks nothing, whoever carries what", async () => {
  const j = await journey();
  await j.sync();
  j.emulator.access.addPermissionSet("Admin", { policies: ["AdministratorAccess"] });
  for (const { displayName } of j.aws.groups) j.emulator.access.assign(displayName, "Admin", "prod");
  await j.run();
  expect(asked(j)).toEqual([]);
});

test("the leavers' run asks nothing, with leavers and without", async () => {
  const j = await journey();
  await j.sync();
  await j.run({ action: "leavers" });
  expect(asked(j)).toEqual([]);
  j.google.suspend(at("ada"));
  const summary = await j.run({ action: "leavers" });
  expect(summary.applied).toEqual({ "user.disable": 1 });
  expect(asked(j)).toEqual([]);
});
