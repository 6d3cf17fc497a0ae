/** REQUIRED_MEMBERS in whole runs. */
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { heldOf, journey, outcomesOf, plannedOf } from "./journey.ts";

const settings = { REQUIRED_MEMBERS: "aws-admins:2" };

test(
  "a group that is to lose too many keeps them, whatever is approved, and says why; the next run goes on by itself",
  { tags: "long" },
  async () => {
    const j = await journey();
    await j.sync();
    const before = j.aws.membersOf("aws-admins");
    expect(before.length).toBeGreaterThan(1);
    for (const address of before) j.google.removeMember(at("aws-admins"), address);
    j.google.addMember(at("aws-admins"), at("kim"));
    const held = [
      ...before.map((address) => `user.retire ${address}`),
      `members.remove aws-admins ${before.join(" ")}`,
    ];
    const plan = await j.plan({ settings });
    expect(heldOf(plan)).toEqual(held);
    expect(plannedOf(plan)).toEqual(["members.add aws-admins kim@example.com"]);
    const first = await j.run({}, { settings });
    expect(first).toMatchObject({ status: "attention", applied: { "members.add": 1 }, approvals: [] });
    expect(first.message).toContain("REQUIRED_MEMBERS keeps 2 enabled members in aws-admins");
    expect(j.aws.membersOf("aws-admins")).toEqual([...before, at("kim")].toSorted());
    expect(before.map((address) => j.aws.user(address).active)).toEqual(before.map(() => true));
    j.google.addMember(at("aws-admins"), at("lena"));
    await j.run({}, { settings });
    await j.sync({}, { settings });
    expect(j.aws.membersOf("aws-admins")).toEqual([at("kim"), at("lena")]);
    await j.settle({ settings });
  },
);

test("leavers are out all the same", async () => {
  const j = await journey({ settings });
  await j.sync();
  for (const address of j.aws.membersOf("aws-admins")) j.google.suspend(address);
  await j.sync();
  const members = j.aws.membersOf("aws-admins");
  expect(members.map((address) => j.aws.user(address).active)).toEqual(members.map(() => false));
  await j.settle();
});

test("a group whose Google group was deleted and made anew is offered to the new one, and is never empty", async () => {
  const j = await journey({ settings });
  await j.sync();
  const before = j.aws.membersOf("aws-admins");
  j.google.deleteGroup(at("aws-admins"));
  j.google.addGroup({ email: at("aws-admins") });
  for (const address of before) j.google.addMember(at("aws-admins"), address);
  const summary = await j.run();
  expect(summary).toMatchObject({ status: "attention", applied: {}, skipped: {} });
  expect(summary.approvals).toMatchObject([{ kind: "hand-over", subject: "aws-admins" }]);
  expect(summary.message).toContain("if the group is to go, take it out of REQUIRED_MEMBERS");
  await j.sync({ action: "sync", approve: summary.approvals.map(({ id }) => id) });
  expect(outcomesOf(j, "applied")).toEqual(["group.update aws-admins"]);
  expect(j.aws.membersOf("aws-admins")).toEqual(before);
  await j.settle();
});

test("so is one whose retirement is more than a budget allows", async () => {
  const j = await journey({ settings: { MAX_GROUP_REMOVALS: "0" } });
  await j.sync();
  const before = j.aws.membersOf("aws-admins");
  j.google.deleteGroup(at("aws-admins"));
  j.google.addGroup({ email: at("aws-admins") });
  for (const address of before) j.google.addMember(at("aws-admins"), address);
  const summary = await j.run();
  expect(summary.approvals.map(({ kind }) => kind)).toEqual(["hand-over", "removals"]);
  await j.sync({ action: "sync", approve: summary.approvals.slice(0, 1).map(({ id }) => id) });
  expect(j.aws.membersOf("aws-admins")).toEqual(before);
});
