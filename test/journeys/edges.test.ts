/** Whole runs at the edges: somebody meddled with the target, or two names collide, just when it matters. */
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { journey, outcomesOf } from "./journey.ts";

test(
  "a marked user whom somebody enabled is disabled by one run, and only deleted by the next",
  { tags: "long" },
  async () => {
    const j = await journey();
    await j.sync();
    j.google.deleteUser(at("ivan"));
    await j.sync();
    const user = j.aws.user(at("ivan"));
    user.externalId = (user.externalId ?? "").replace(/\d{4}-\d\d-\d\d/, "2020-01-01");
    user.active = true;
    await j.sync();
    expect(outcomesOf(j, "applied")).toEqual(["user.disable ivan@example.com"]);
    await j.sync();
    expect(outcomesOf(j, "applied")).toEqual(["user.delete ivan@example.com"]);
    await j.settle();
  },
);

test(
  "a revoked group whose name is taken when it comes back keeps nobody in it, and is restored once it is free",
  { tags: "long" },
  async () => {
    const j = await journey();
    await j.sync();
    const { id } = j.aws.group("aws-admins");
    j.google.nameGroup(at("aws-admins"), "Admins");
    await j.run({}, { settings: { GROUP_MATCH: "email:aws-b*,email:aws-e*,email:aws-r*" } });
    expect(j.aws.membersOf(id)).toEqual([]);
    // A run that was cut off between the mark and the emptying, or a hand, leaves somebody in it.
    j.aws.addMembership(id, at("ada"));
    j.aws.addMembership(id, at("linus"));
    j.aws.addGroup({ displayName: "admins" });
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { "name-taken": 1 }, failed: {} });
    expect(outcomesOf(j, "applied")).toEqual([
      "members.remove aws-admins ada@example.com linus@example.com",
      "user.restore ada@example.com",
      "user.restore grace@example.com",
    ]);
    expect(j.aws.membersOf(id)).toEqual([]);
    await j.quiet();
    j.aws.group("admins").displayName = "others";
    await j.sync();
    expect(j.aws.membersOf(id)).toEqual([at("ada"), at("grace")]);
    await j.settle();
  },
);

test("a group made by hand whose name two Google groups want is left as it is", async () => {
  const j = await journey({ settings: { USER_MATCH: "*" } });
  await j.sync();
  j.aws.addGroup({ displayName: "X" });
  j.aws.addMembership("X", at("ada"));
  for (const email of [at("aws-x1"), at("aws-x2")]) j.google.addGroup({ email, name: "X" });
  j.google.addMember(at("aws-x1"), at("ada"));
  const summary = await j.run();
  expect(summary).toMatchObject({ status: "attention", skipped: { "name-wanted-twice": 2 }, failed: {} });
  expect(j.aws.group("X").externalId).toBeUndefined();
  expect(j.aws.membersOf("X")).toEqual([at("ada")]);
  await j.quiet();
});

test("a group that waits to be taken over since somebody new would get in waits on while she cannot be made", async () => {
  const j = await journey({ settings: { USER_MATCH: "*" } });
  await j.sync();
  delete j.aws.group("aws-readonly").externalId;
  Object.assign(j.google.user(at("zoe")), { primaryEmail: at("zoe.old"), aliases: [] });
  j.google.addUser({ email: at("zoe") });
  j.google.addMember(at("aws-readonly"), at("zoe"));
  j.google.lies.hideUsers(at("zoe.old"));
  // It is unsure whether the one who has her address is gone.
  j.emulator.fault({ when: { operation: "users.get" }, times: Infinity, do: { status: 503 } });
  const members = j.aws.membersOf("aws-readonly");
  const summary = await j.run();
  expect(summary).toMatchObject({
    status: "attention",
    approvals: [{ kind: "unsure" }, { kind: "adoption", subject: "aws-readonly" }],
    held: { "user.disable": 1 },
  });
  expect(summary.applied).toEqual({});
  expect(j.aws.group("aws-readonly").externalId).toBeUndefined();
  expect(j.aws.membersOf("aws-readonly")).toEqual(members);
});

test(
  "an empty Google group does not throw everybody out of a hand-made group of its name unasked",
  { tags: "long" },
  async () => {
    const j = await journey({ settings: { USER_MATCH: "*" } });
    await j.sync();
    j.google.addGroup({ email: at("aws-lab") });
    const { id } = j.aws.addGroup({ displayName: "aws-lab" });
    for (const name of ["ada", "kim"]) j.aws.addMembership(id, at(name));
    const summary = await j.sync();
    expect(summary.approvals).toMatchObject([{ kind: "adoption", subject: "aws-lab" }]);
    expect(summary.approvals[0]?.sentence).toContain(`2 people lose it (${at("ada")}, ${at("kim")})`);
    expect(j.aws.membersOf(id)).toEqual([at("ada"), at("kim")]);
    await j.quiet();
    await j.sync({ action: "sync", approve: [summary.approvals[0]?.id] });
    expect(j.aws.membersOf(id)).toEqual([]);
    await j.settle();
  },
);
