/**
 * Several runs at once, and runs whose reading is older than what others have written since.
 * @module-tag long
 */
import { expect, test } from "vitest";
import { CREATED, accessWatch, begin, storySettings, theEnd, told } from "./story.ts";
import { at } from "../emulator/fill.ts";
import { expectContract, expectSuccess, open, plannedBy, run, type Ended } from "./stage.ts";
import { person, settledTeam, team } from "./team.ts";

const settings = storySettings;

test.each([2, 3])("%i runs at once that find AWS empty create everything exactly once", async (runs) => {
  const emulator = await open();
  team(emulator, 24);
  const all = await Promise.all(Array.from({ length: runs }, () => run(emulator)));
  expect(all.flatMap(notWell)).toEqual([]);
  await expectSuccess(emulator);
  expect(emulator.aws.users).toHaveLength(24);
  expect(emulator.aws.groups).toHaveLength(2);
});

test.each([2, 3])("%i runs of the whole story at once reach its end without a failure", async (runs) => {
  const emulator = await open();
  const story = begin(emulator);
  const created: Record<string, number> = {};
  const planned = await run(emulator, { action: "plan" }, { settings });
  const approve = planned.summary?.approvals.flatMap(({ kind, id }) => (kind === "hand-over" ? [id] : []));
  emulator.onWrite(accessWatch(emulator, story));
  emulator.onWrite(({ operation }) => {
    if (operation in CREATED) created[operation] = (created[operation] ?? 0) + 1;
  });
  const event = { action: "sync", approve };
  const all = await Promise.all(Array.from({ length: runs }, () => run(emulator, event, { settings })));
  expect(all.flatMap(notWell)).toEqual([]);
  expect((await run(emulator, {}, { settings })).status).toBe("succeeded");
  expect(told(emulator, story)).toEqual(theEnd);
  expect(created).toEqual(CREATED);
});

const notWell = ({ status, message, outcomes }: Ended): readonly string[] =>
  status === "succeeded"
    ? []
    : [
        message,
        ...outcomes.filter((one) => one.status === "failed").map((one) => JSON.stringify(one.reason)),
      ];

test("Lambda's retry of a run that was cut off finds what is left to do", async () => {
  const emulator = await open();
  team(emulator, 24);
  const cut = emulator.fault({ when: { service: "scim", nth: 9 }, times: Infinity, do: { status: 401 } });
  expect((await run(emulator)).status).toBe("failed");
  cut.remove();
  const again = await run(emulator);
  expect(again.status, again.message).toBe("succeeded");
  expectContract(emulator, again);
});

test("when a stale run revokes somebody who has since come back, the next run restores them under the same id", async () => {
  const emulator = await open();
  settledTeam(emulator);
  const { google, aws } = emulator;
  const back = at(person(1));
  const { id } = aws.user(back);
  google.removeMember(at("aws-all"), back);
  const stale = await run(
    emulator,
    {},
    {
      watch: {
        proposed: async () => {
          google.addMember(at("aws-all"), back);
          expect((await run(emulator)).status).toBe("succeeded");
        },
      },
    },
  );
  expect(stale.status).toBe("succeeded");
  expect(aws.user(back).active).toBe(false);
  await expectSuccess(emulator);
  expect(aws.user(back).id).toBe(id);
});

test("a stale run does not delete a user and a group that another run has restored meanwhile", async () => {
  const emulator = await open();
  settledTeam(emulator);
  const { google, aws } = emulator;
  const due = "ssosync-retired.2026-01-01.";
  const user = google.addUser({ email: at("back"), givenName: "Given", familyName: "back" });
  const { id: userId } = aws.addUser({
    userName: at("back"),
    givenName: "Given",
    familyName: "back",
    externalId: `${due}${user.id}`,
    active: false,
  });
  const former = google.addGroup({ email: at("aws-former"), name: "aws-former" });
  google.deleteGroup(at("aws-former"));
  const { id: groupId } = aws.addGroup({ displayName: "aws-former", externalId: `${due}${former.id}` });
  const stale = await run(
    emulator,
    {},
    {
      watch: {
        proposed: async ({ plan }) => {
          expect(plan.steps.flat().map(({ kind }) => kind)).toEqual(["user.delete", "group.delete"]);
          google.addGroup({ email: at("aws-former"), name: "aws-former", id: former.id });
          for (const group of ["aws-all", "aws-former"]) google.addMember(at(group), at("back"));
          await expectSuccess(emulator);
        },
      },
    },
  );
  expect(stale.outcomes.map(({ status }) => status)).toEqual(["skipped", "skipped"]);
  expect(stale.status).toBe("succeeded");
  expect([aws.user(at("back")).id, aws.group("aws-former").id]).toEqual([userId, groupId]);
  await expectSuccess(emulator);
});

test("when a stale run takes somebody out of a group who has since been put back, so does the next run", async () => {
  const emulator = await open();
  settledTeam(emulator);
  const { google } = emulator;
  google.removeMember(at("aws-some"), at(person(3)));
  const stale = await run(
    emulator,
    {},
    { watch: { proposed: () => void google.addMember(at("aws-some"), at(person(3))) } },
  );
  expect(stale.status).toBe("succeeded");
  expect((await expectSuccess(emulator)).summary?.applied).toEqual({ "members.add": 1 });
  expect(await plannedBy(emulator)).toEqual([]);
});
