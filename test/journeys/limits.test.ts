import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { heldOf, journey, outcomesOf, plannedOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

async function settled(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
  await j.sync();
  return j;
}

const readers = ["kim", "lena", "mona", "nils"];

/** Six of ten leave the scope: one more than the usual limits allow. */
function cleanUp({ google }: Journey): void {
  for (const name of readers) google.removeMember(at("aws-readonly"), at(name));
  google.removeMember(at("aws-engineers"), at("linus"));
  google.removeMember(at("aws-engineers"), at("ivan"));
}

/** The payload that a refusal ends with. */
function payloadIn(message: string): { action: string; approve: string[] } {
  return JSON.parse(/\{"action":"sync","approve":\[[^\]]*\]\}/.exec(message)?.[0] ?? "null") as never;
}

const disabled = ({ aws }: Journey): string[] =>
  aws.users.flatMap((user) => (user.active ? [] : [user.userName])).toSorted();

describe("a limit", () => {
  test("of users refuses the whole plan, tells the numbers, and carries out what the payload it names approves", async () => {
    const j = await settled();
    cleanUp(j);
    j.google.addUser({ email: at("nova") });
    j.google.addMember(at("aws-admins"), at("nova"));
    const before = j.aws.snapshot();
    const summary = await j.run();
    expect(summary).toMatchObject({
      status: "refused",
      planned: {},
      approvals: [{ kind: "removals", subject: "users" }],
    });
    expect(summary.message).toContain("6 of 10 managed users");
    expect(summary.message).toContain("MAX_USER_REMOVALS (10% or 10) allows 5");
    expect(j.writes()).toEqual([]);
    expect(j.aws.snapshot()).toEqual(before);
    await j.sync(payloadIn(summary.message));
    await j.settle();
  });

  test("of groups refuses", async () => {
    const j = await settled({ USER_MATCH: "*" });
    for (const name of ["aws-admins", "aws-backend", "aws-readonly"]) j.google.deleteGroup(at(name));
    const summary = await j.run();
    expect(summary.message).toContain("3 of 4 managed groups");
    expect(j.writes()).toEqual([]);
    await j.sync(payloadIn(summary.message));
    await j.settle();
  });

  test("of memberships refuses, and those lost along with a user or a group count as that user or group", async () => {
    const j = await settled({ USER_MATCH: "*" });
    for (const name of readers) j.google.removeMember(at("aws-readonly"), at(name));
    j.google.deleteUser(at("zoe"));
    j.google.deleteGroup(at("aws-admins"));
    expect((await j.plan()).status).toBe("succeeded");
    for (const name of ["linus", "ivan"]) j.google.removeMember(at("aws-engineers"), at(name));
    j.google.removeMember(at("aws-backend"), at("otto"));
    const summary = await j.run();
    // Otto leaves two groups at once; zoe's and the admins' memberships do not count.
    expect(summary.message).toContain("8 of 12 managed memberships");
    expect(outcomesOf(j, "applied")).toEqual(["user.disable zoe@example.com"]);
    await j.sync(payloadIn(summary.message));
    await j.settle();
  });

  test("is the larger of a share and a count, but never more than half unless the share says so", async () => {
    const j = await settled();
    cleanUp(j);
    const status = async (limit: string): Promise<string> =>
      (await j.plan({ settings: { MAX_USER_REMOVALS: limit } })).status;
    expect(await status("60%")).toBe("succeeded");
    expect(await status("59%")).toBe("refused");
    expect(await status("60%,0")).toBe("succeeded");
    expect(await status("9")).toBe("refused");
    expect(await status("0")).toBe("refused");
  });

  test("counts who was marked earlier today", async () => {
    const j = await settled();
    for (const name of ["kim", "lena", "mona"]) j.google.removeMember(at("aws-readonly"), at(name));
    await j.sync();
    j.google.removeMember(at("aws-readonly"), at("nils"));
    const summary = await j.run();
    expect(summary.message).toContain("4 of 7 managed users, 3 of them earlier today");
    await j.sync(payloadIn(summary.message));
    await j.settle();
  });

  test("does not count deletions of what was marked before, nor who is disabled again", async () => {
    const j = await settled();
    for (const name of ["kim", "lena"]) j.google.deleteUser(at(name));
    j.google.deleteGroup(at("aws-admins"));
    await j.sync();
    for (const one of [...j.aws.users, ...j.aws.groups]) {
      if (one.externalId?.startsWith("ssosync-")) one.externalId = one.externalId.replace(/\d{4}-/, "2024-");
    }
    j.aws.user(at("kim")).active = true;
    const none = { MAX_USER_REMOVALS: "0", MAX_GROUP_REMOVALS: "0", MAX_MEMBERSHIP_REMOVALS: "0" };
    await j.sync({}, { settings: none });
    expect(outcomesOf(j, "applied")).toContain("user.delete lena@example.com");
    expect(outcomesOf(j, "applied")).toContain("group.delete aws-admins");
  });

  test("holds in a plan too, which succeeds and shows everything that waits", async () => {
    const j = await settled();
    cleanUp(j);
    const plan = await j.plan();
    expect(plan).toMatchObject({ status: "refused", dryRun: true });
    expect(heldOf(plan)).toHaveLength(8);
    expect(plannedOf(plan)).toEqual([]);
    expect(plan.message).not.toContain("were disabled");
  });
});

describe("a refused plan", () => {
  test("still disables those whom Google itself reports as suspended, archived or deleted, and does nothing else", async () => {
    const j = await settled();
    cleanUp(j);
    j.google.suspend(at("ada"));
    j.google.archive(at("zoe"));
    j.google.deleteUser(at("otto"));
    // Out of his group and suspended, as somebody who is dismissed is.
    j.google.suspend(at("kim"));
    expect((await j.plan()).message).toContain("4 users would be disabled");
    const summary = await j.run();
    expect(summary.message).toContain("4 users were disabled");
    expect(summary).toMatchObject({ status: "refused", applied: { "user.disable": 4 } });
    expect(disabled(j)).toEqual(["ada", "kim", "otto", "zoe"].map(at));
    expect(j.writes()).toHaveLength(4);
    expect(j.aws.user(at("otto")).externalId).toMatch(/^\d+$/);
    expect(j.aws.membersOf("aws-readonly")).toHaveLength(4);

    await j.sync(payloadIn(summary.message));
    await j.settle();
  });

  test("disables none of them when they are more than the user limit", async () => {
    const j = await settled();
    for (const name of [...readers, "ivan", "linus"]) j.google.suspend(at(name));
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "refused", applied: {} });
    expect(disabled(j)).toEqual([]);
    const { approve } = payloadIn(summary.message);
    j.google.suspend(at("ada"));
    expect(await j.failure({ action: "sync", approve })).toContain("Nothing waits under");
    j.google.suspend(at("ada"), false);
    await j.sync({ action: "sync", approve });
    expect(disabled(j)).toHaveLength(6);
    await j.settle();
  });

  test("says who could not be disabled, and why, and has failed", async () => {
    const j = await settled();
    cleanUp(j);
    for (const name of ["ada", "zoe"]) j.google.suspend(at(name));
    const { id } = j.aws.user(at("ada"));
    const fault = j.emulator.fault({
      when: ({ method, path }) => method === "PATCH" && path.endsWith(id),
      times: Infinity,
      do: { status: 400 },
    });
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "failed", approvals: [{ kind: "removals" }] });
    expect(summary.message).toMatch(
      /Of 2 users whom Google .* 1 was disabled, 1 could not be: ada@example\.com: The SCIM endpoint at .* The next run tries again\./,
    );
    fault.remove();
    expect((await j.run()).status).toBe("refused");
    expect(disabled(j)).toEqual(["ada", "zoe"].map(at));
  });

  test("says who is left when the time is over", async () => {
    const j = await settled();
    cleanUp(j);
    for (const name of ["ada", "zoe"]) j.google.suspend(at(name));
    const { id } = j.aws.user(at("ada"));
    j.emulator.fault({
      when: ({ method, path }) => method === "PATCH" && path.endsWith(id),
      do: { delay: 60_000 },
    });
    const summary = await j.run({}, { remainingMs: await j.timeFor(4_500) });
    expect(summary).toMatchObject({ status: "refused", left: 1 });
    expect(summary.message).toContain("1 was disabled, 1 is left because time ran out. The next run");
  });

  test("says when Google does not tell who is deleted; who is suspended is disabled all the same", async () => {
    const j = await settled();
    cleanUp(j);
    j.google.suspend(at("ada"));
    j.google.deleteUser(at("otto"));
    j.emulator.fault({
      when: ({ query }) => query["showDeleted"] === "true",
      times: Infinity,
      do: { status: 503 },
    });
    const summary = await j.run();
    expect(summary.status).toBe("refused");
    expect(summary.message).toMatch(/nobody was disabled for being missing: .*503/);
    expect(disabled(j)).toEqual([at("ada")]);
  });

  test("asks Google for deleted accounts only when somebody is missing", async () => {
    const j = await settled();
    cleanUp(j);
    j.google.suspend(at("ada"));
    const asked = (): number =>
      j.emulator.count(
        ({ operation, query }) => operation === "users.list" && query["showDeleted"] === "true",
      );
    await j.run();
    expect(asked()).toBe(0);
    j.google.deleteUser(at("otto"));
    await j.run();
    expect(asked()).toBe(1);
  });

  test("does not take a listing's word for who is deleted", async () => {
    const j = await settled();
    cleanUp(j);
    j.google.lies.hideUsers(at("otto"));
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "refused", applied: {} });
    expect(disabled(j)).toEqual([]);
  });
});

describe("never empty:", () => {
  test.each([
    ["no groups at all from Google", (j: Journey) => j.google.lies.hideGroups("*")],
    ["no users at all from Google", (j: Journey) => j.google.lies.hideUsers("*")],
    [
      "no managed group left",
      ({ google }: Journey) => {
        for (const name of ["aws-admins", "aws-backend", "aws-engineers", "aws-readonly"])
          google.deleteGroup(at(name));
        google.addGroup({ email: at("aws-other") });
      },
    ],
    [
      "no active managed user left",
      ({ google }: Journey) => {
        for (const user of google.users) if (!user.isAdmin) google.suspend(user.primaryEmail);
      },
    ],
  ])("%s is refused, whatever the limits, and cannot be approved", async (_, happen) => {
    const j = await settled({
      MAX_USER_REMOVALS: "100%",
      MAX_GROUP_REMOVALS: "100%",
      MAX_MEMBERSHIP_REMOVALS: "100%",
    });
    const before = j.aws.snapshot();
    happen(j);
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "refused", approvals: [], applied: {} });
    expect(summary.message).toContain("cannot be approved");
    expect(summary.message).not.toContain('"approve"');
    expect(j.aws.snapshot()).toEqual(before);
  });

  test("an empty Google and an empty target are a quiet run", async () => {
    const j = await journey({ company: () => undefined });
    await j.sync();
    expect(j.writes()).toEqual([]);
  });
});

describe("the id of an approval", () => {
  test("is not changed by a new hire, and is by one more removal; then the one that waits now is named", async () => {
    const j = await settled();
    cleanUp(j);
    const { approve } = payloadIn((await j.run()).message);
    j.google.addUser({ email: at("nova") });
    j.google.addMember(at("aws-admins"), at("nova"));
    expect(payloadIn((await j.run()).message).approve).toEqual(approve);

    j.google.removeMember(at("aws-admins"), at("grace"));
    const now = payloadIn((await j.run()).message).approve;
    expect(now).not.toEqual(approve);
    const sentence = await j.failure({ action: "sync", approve });
    expect(sentence).toContain(`Nothing waits under ${approve[0]}`);
    expect(sentence).toContain(`${now[0]} (removals: users)`);
    expect(j.writes()).toEqual([]);
    await j.sync({ action: "sync", approve: now });
    await j.settle();
  });

  test("that nobody waits under is refused even when nothing waits", async () => {
    const j = await settled();
    expect(await j.failure({ action: "sync", approve: ["0123456789abcdef0123456789abcdef"] })).toContain(
      "Nothing waits at all now",
    );
  });

  test("carries out what is approved and nothing that waits besides", async () => {
    const j = await settled({ GROUP_MATCH: "email:aws-*" });
    cleanUp(j);
    j.aws.addGroup({ displayName: "aws-manual" });
    j.google.addGroup({ email: at("aws-manual") });
    j.google.addMember(at("aws-manual"), at("ada"));
    const first = await j.run();
    expect(first.approvals.map((wait) => wait.kind).toSorted()).toEqual(["adoption", "removals"]);
    const summary = await j.run(payloadIn(first.message));
    expect(summary).toMatchObject({ status: "succeeded", approvals: [{ kind: "adoption" }] });
    expect(disabled(j)).toHaveLength(6);
    expect(j.aws.membersOf("aws-manual")).toEqual([]);
  });

  test("may be sent with another that was told beside it: what that one changes is told anew, and nothing is done", async () => {
    const j = await settled({ USER_MATCH: "*", MAX_MEMBERSHIP_REMOVALS: "1" });
    for (const name of readers) j.google.removeMember(at("aws-readonly"), at(name));
    j.google.deleteGroup(at("aws-admins"));
    j.google.addGroup({ email: at("aws-admins") });
    j.google.addMember(at("aws-admins"), at("kim"));
    const idsOf = ({ approvals }: { approvals: readonly { kind: string; id: string }[] }) =>
      Object.fromEntries(approvals.map(({ kind, id }) => [kind, id]));
    const told = idsOf(await j.run());
    expect(Object.keys(told).toSorted()).toEqual(["hand-over", "removals"]);
    const summary = await j.run({ action: "sync", approve: Object.values(told) });
    expect(summary.status).toBe("refused");
    const anew = idsOf(summary);
    expect(Object.keys(anew)).toEqual(["removals"]);
    expect(anew["removals"]).not.toBe(told["removals"]);
    expect(j.writes()).toEqual([]);
    await j.sync({ action: "sync", approve: [told["hand-over"], anew["removals"]] });
    await j.settle();
  });

  test("does not cover what a failed approved run left over: that is judged anew", async () => {
    const j = await settled();
    cleanUp(j);
    const payload = payloadIn((await j.run()).message);
    const ids = ["kim", "lena", "mona"].map((name) => j.aws.user(at(name)).id);
    const fault = j.emulator.fault({
      when: ({ method, path }) => method === "PATCH" && ids.some((id) => path.endsWith(id)),
      times: Infinity,
      do: { status: 400 },
    });
    expect((await j.run(payload)).status).toBe("failed");
    fault.remove();
    const summary = await j.run();
    expect(summary.status).toBe("refused");
    expect(payloadIn(summary.message).approve).not.toEqual(payload.approve);
    await j.sync(payloadIn(summary.message));
    await j.settle();
  });

  test("is accepted through the alias `approve` alone, unless APPROVE_QUALIFIER names another", async () => {
    const j = await settled();
    cleanUp(j);
    const settings = { APPROVE_QUALIFIER: "approver" };
    const payload = payloadIn((await j.run()).message);
    for (const [around, alias] of [
      [{ qualifier: "current" }, "approve"],
      [{ qualifier: "7" }, "approve"],
      [{ settings, qualifier: "approve" }, "approver"],
    ] as const) {
      expect(await j.failure(payload, around)).toContain(`"${alias}" (APPROVE_QUALIFIER)`);
      expect(j.emulator.requests.filter(({ service }) => service === "google")).toEqual([]);
    }
    await j.sync(payload, { settings, qualifier: "approver" });
    await j.settle({ settings });
  });

  test("is accepted from every caller with APPROVE_QUALIFIER=any", async () => {
    const j = await settled();
    cleanUp(j);
    const settings = { APPROVE_QUALIFIER: "any" };
    await j.sync(payloadIn((await j.run({}, { settings })).message), { settings, qualifier: "current" });
    await j.settle({ settings });
  });
});

describe("growth", () => {
  const old = (j: Journey): void => {
    for (const group of j.aws.groups) group.createdAt = new Date("2024-01-01T00:00:00Z");
  };
  const grow = ({ google }: Journey): void => {
    for (const name of readers) google.addMember(at("aws-admins"), at(name));
    google.addMember(at("aws-backend"), at("ada"));
  };

  test("beyond MAX_GROUP_GROWTH waits, everything else goes on, and the id lets it through", async () => {
    const j = await settled({ MAX_GROUP_GROWTH: "50%,1" });
    old(j);
    grow(j);
    const summary = await j.run();
    expect(summary).toMatchObject({
      status: "attention",
      approvals: [{ kind: "growth", subject: "aws-admins" }],
    });
    expect(summary.approvals[0]?.sentence).toContain("has 2 members and would gain 4 (");
    expect(j.aws.membersOf("aws-admins")).toHaveLength(2);
    expect(j.aws.membersOf("aws-backend")).toContain(at("ada"));
    await j.quiet();
    await j.sync({ action: "sync", approve: [summary.approvals[0]?.id] });
    await j.settle();
  });

  test("may be approved by the id that was told, though a held removal keeps one of the new members away", async () => {
    const j = await settled({ MAX_GROUP_GROWTH: "50%,1", USER_MATCH: "*" });
    old(j);
    grow(j);
    Object.assign(j.google.user(at("zoe")), { primaryEmail: at("zoe.old"), aliases: [] });
    j.google.addUser({ email: at("zoe") });
    j.google.addMember(at("aws-admins"), j.google.user(at("zoe")).id);
    j.google.lies.hideUsers(at("zoe.old"));
    const summary = await j.run();
    expect(summary).toMatchObject({ held: { "user.retire": 1 }, approvals: [{ kind: "growth" }] });
    await j.run({ action: "sync", approve: [summary.approvals[0]?.id] });
    expect(j.aws.membersOf("aws-admins")).toHaveLength(6);
  });

  test("of a group made less than a day ago is free, and so is a first sync that takes several runs", async () => {
    const j = await settled({ MAX_GROUP_GROWTH: "0" });
    grow(j);
    await j.sync();
    await j.settle();
  });

  test("of a group whose age nobody knows counts as that of an old one", async () => {
    const j = await settled({ MAX_GROUP_GROWTH: "0", AWS_READ: "identitystore" });
    grow(j);
    j.emulator.fault({
      when: { service: "identitystore", operation: "ListGroups" },
      times: Infinity,
      do: (_, answer) => {
        const body = structuredClone(answer.body) as { Groups: { CreatedAt?: number }[] };
        for (const group of body.Groups) delete group.CreatedAt;
        return { ...answer, body };
      },
    });
    const summary = await j.run();
    expect(summary.approvals.map((wait) => wait.kind)).toEqual(["growth", "growth", "growth"]);
    expect(j.writes()).toEqual([]);
  });
});

describe("a changed GROUP_NAME", () => {
  test("renames more groups than the group limit allows: refused, and done in place with approval", async () => {
    const j = await settled();
    const ids = new Map(j.aws.groups.map((group) => [group.displayName, group.id]));
    const settings = { GROUP_NAME: "email" };
    const summary = await j.run({}, { settings });
    expect(summary).toMatchObject({ status: "refused", approvals: [{ kind: "renames" }] });
    expect(summary.message).toContain("rename 4 of 4 managed groups");
    expect(j.writes()).toEqual([]);
    await j.sync(payloadIn(summary.message), { settings });
    for (const [name, id] of ids) expect(j.aws.group(id).displayName).toBe(at(name));
    await j.settle({ settings });
  });

  test("of two groups is within it", async () => {
    const j = await settled();
    j.google.nameGroup(at("aws-admins"), "aws-root");
    j.google.nameGroup(at("aws-backend"), "aws-server");
    await j.sync();
    await j.settle();
  });
});
