/**
 * Somebody else writes in the console between the reading and the writing.
 * @module-tag long
 */
import { expect, test } from "vitest";
import type { Emulator } from "../emulator/emulator.ts";
import { at } from "../emulator/fill.ts";
import { expectSuccess, open, plannedBy, run } from "./stage.ts";
import { person, settledTeam } from "./team.ts";

/** A day on which users and groups are made, changed and left. */
function busyDay({ google }: Emulator): void {
  google.addUser({ email: at("newcomer"), givenName: "Given", familyName: "newcomer" });
  google.addMember(at("aws-all"), at("newcomer"));
  google.nameUser(at(person(1)), "Another", "Name");
  google.suspend(at(person(2)));
  google.nameGroup(at("aws-some"), "aws-others");
  google.removeMember(at("aws-some"), at(person(3)));
  google.deleteUser(at(person(4)));
  google.addMember(at("aws-some"), at(person(5)));
}

const drifts: readonly (readonly [string, (emulator: Emulator) => void])[] = [
  ["the group that gets members is deleted", ({ aws }) => aws.deleteGroup("aws-all")],
  ["the group that is renamed is deleted", ({ aws }) => aws.deleteGroup("aws-some")],
  ["the user who is changed is deleted", ({ aws }) => aws.deleteUser(at(person(1)))],
  ["the user who is disabled is deleted", ({ aws }) => aws.deleteUser(at(person(2)))],
  ["the member who is taken out is deleted", ({ aws }) => aws.deleteUser(at(person(3)))],
  ["the user who is revoked is deleted", ({ aws }) => aws.deleteUser(at(person(4)))],
  ["the user who becomes a member is deleted", ({ aws }) => aws.deleteUser(at(person(5)))],
  ["a membership that goes is gone", ({ aws }) => aws.removeMembership("aws-some", at(person(3)))],
  ["a membership that comes is there", ({ aws }) => void aws.addMembership("aws-some", at(person(5)))],
  [
    "the group that is renamed has another name",
    ({ aws }) => void (aws.group("aws-some").displayName = "mine"),
  ],
  ["the user who is changed has another name", ({ aws }) => void (aws.user(at(person(1))).userName = "mine")],
  [
    "a user by the newcomer's name is made by hand",
    ({ aws }) => void aws.addUser({ userName: at("newcomer") }),
  ],
  [
    "the newcomer's name is taken by a user of ours",
    ({ aws }) => void (aws.user(at(person(6))).userName = at("newcomer")),
  ],
  ["the user who is disabled is enabled by hand", ({ aws }) => void (aws.user(at(person(2))).active = true)],
  ["the user who is revoked has lost the link", ({ aws }) => void delete aws.user(at(person(4))).externalId],
];

test.each(drifts)("%s: the rest of the run goes on, and the next one puts it right", async (_, drift) => {
  const emulator = await open();
  settledTeam(emulator);
  busyDay(emulator);
  let disturbed = false;
  const ended = await run(
    emulator,
    {},
    {
      watch: {
        proposed: () => {
          drift(emulator);
          disturbed = true;
        },
      },
    },
  );
  expect(disturbed).toBe(true);
  expect(ended.error).toBeUndefined();
  expect(ended.outcomes.filter(({ status }) => status === "applied").length).toBeGreaterThan(4);
  // Whom the target has never seen is made only when active.
  emulator.google.suspend(at(person(2)), false);
  // A user made by hand is taken over; a member of hers may be one too many for the first of the next runs.
  await run(emulator);
  await expectSuccess(emulator);
  expect(await plannedBy(emulator)).toEqual([]);
});
