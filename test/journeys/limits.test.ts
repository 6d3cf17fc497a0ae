import { describe, expect, test } from "vitest";
import { useTables } from "../dynalite/server.ts";
import { at } from "../emulator/fill.ts";
import { heldOf, journey, outcomesOf, plannedOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

async function settled(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
  await j.sync();
  return j;
}

const readers = ["kim", "lena", "mona", "nils"];

/** Four of ten leave the scope. */
function cleanUp({ google }: Journey): void {
  for (const name of readers) google.removeMember(at("aws-readonly"), at(name));
}

/** Six of ten do: more than half. */
function upheave(j: Journey): void {
  cleanUp(j);
  for (const name of ["linus", "ivan"]) j.google.removeMember(at("aws-engineers"), at(name));
}

type Told = Pick<Awaited<ReturnType<Journey["run"]>>, "approvals">;

/** The payload that approves what waits, of one kind where it is told. */
const approving = ({ approvals }: Told, kind?: string) => ({
  action: "sync",
  approve: approvals.filter((one) => kind === undefined || one.kind === kind).map(({ id }) => id),
});

/** `removals kim@example.com`, sorted. */
const waitingIn = ({ approvals }: Told): string[] =>
  approvals.map(({ kind, subject }) => `${kind} ${subject}`).toSorted();

const disabled = ({ aws }: Journey): string[] =>
  aws.users.flatMap((user) => (user.active ? [] : [user.userName])).toSorted();

const everyReader = readers.map((name) => `removals ${at(name)}`);

describe("a budget", () => {
  test(
    "of users makes them wait, each with an id, while everything else goes on",
    { tags: "long" },
    async () => {
      const j = await settled({ MAX_USER_REMOVALS: "3" });
      cleanUp(j);
      j.google.addUser({ email: at("nova") });
      j.google.addMember(at("aws-admins"), at("nova"));
      const summary = await j.run();
      expect(summary).toMatchObject({ status: "attention", applied: { "user.create": 1, "members.add": 1 } });
      expect(waitingIn(summary)).toEqual(everyReader);
      expect(disabled(j)).toEqual([]);
      expect(j.aws.membersOf("aws-readonly")).toEqual(readers.map(at));
      await j.sync(approving(summary));
      await j.settle();
    },
  );

  test("is told with the numbers and the payload that approves", async () => {
    const j = await settled({ MAX_USER_REMOVALS: "3" });
    cleanUp(j);
    const { approvals } = await j.run();
    expect(approvals[0]?.sentence).toContain("4 of 10 enabled managed users would have been disabled");
    expect(approvals[0]?.sentence).toContain("MAX_USER_REMOVALS (3) allows 3");
  });

  test("does not count what was approved, which is told as given: what is left may fit", async () => {
    const j = await settled({ MAX_USER_REMOVALS: "3" });
    cleanUp(j);
    const { approvals } = await j.run();
    const payload = approving({ approvals: approvals.slice(0, 1) });
    const { approved } = await j.sync(payload);
    expect(approved.map(({ id }) => id)).toEqual(payload.approve);
    expect(disabled(j)).toEqual(readers.map(at));
    await j.settle();
  });

  test.each([{ tally: "without a table" }, { tally: "with one" }])(
    "is a share of whoever was enabled when the run began, leavers among them, and of as many in its plan: $tally",
    async ({ tally }) => {
      const around = tally === "with one" ? (await useTables()).environment : {};
      const j = await settled({ MAX_USER_REMOVALS: "11%", ...around });
      j.google.suspend(at("zoe"));
      for (const name of readers.slice(2)) j.google.removeMember(at("aws-readonly"), at(name));
      expect((await j.plan()).approvals).toEqual([]);
      await j.sync();
      expect(disabled(j)).toEqual([at("mona"), at("nils"), at("zoe")]);
    },
  );

  test("of groups makes their retirements wait", async () => {
    const j = await settled({ USER_MATCH: "*", MAX_GROUP_REMOVALS: "1" });
    for (const name of ["aws-admins", "aws-readonly"]) j.google.deleteGroup(at(name));
    const summary = await j.run();
    expect(summary.status).toBe("attention");
    expect(waitingIn(summary)).toEqual(["removals aws-admins", "removals aws-readonly"]);
    expect(j.writes()).toEqual([]);
    await j.sync(approving(summary));
    await j.settle();
  });

  test(
    "of memberships makes them wait group by group, and does not count those that go along with a user or a group",
    { tags: "long" },
    async () => {
      const j = await settled({ USER_MATCH: "*" });
      for (const name of readers) j.google.removeMember(at("aws-readonly"), at(name));
      j.google.deleteUser(at("zoe"));
      j.google.deleteGroup(at("aws-admins"));
      expect((await j.plan()).status).toBe("succeeded");
      for (const name of ["linus", "ivan"]) j.google.removeMember(at("aws-engineers"), at(name));
      j.google.removeMember(at("aws-backend"), at("otto"));
      const summary = await j.run();
      expect(waitingIn(summary)).toEqual([
        "removals aws-backend",
        "removals aws-engineers",
        "removals aws-readonly",
      ]);
      // Otto leaves two groups at once; zoe's and the admins' memberships do not count.
      expect(summary.approvals[0]?.sentence).toContain("8 of 10 managed memberships would have been removed");
      expect(outcomesOf(j, "applied")).toEqual([
        "group.retire aws-admins",
        "members.remove aws-admins ada@example.com grace@example.com",
        "members.remove aws-backend zoe@example.com",
        "members.remove aws-engineers zoe@example.com",
        "user.disable zoe@example.com",
        "user.retire zoe@example.com",
      ]);
      await j.sync(approving(summary));
      await j.settle();
    },
  );

  test("of one group's losses comes first, and what it holds counts in no other", async () => {
    const j = await settled({ USER_MATCH: "*", MAX_GROUP_SHRINK: "3", MAX_MEMBERSHIP_REMOVALS: "2" });
    for (const name of readers) j.google.removeMember(at("aws-readonly"), at(name));
    j.google.removeMember(at("aws-engineers"), at("linus"));
    const summary = await j.run();
    expect(waitingIn(summary)).toEqual(["shrink aws-readonly"]);
    expect(outcomesOf(j, "applied")).toEqual(["members.remove aws-engineers linus@example.com"]);
    await j.sync(approving(summary));
    await j.settle();
  });

  test(
    "is the larger of a share and a count, and never more than its ceiling",
    { tags: "long" },
    async () => {
      const j = await settled();
      cleanUp(j);
      const status = async (limit: string): Promise<string> =>
        (await j.plan({ settings: { MAX_USER_REMOVALS: limit } })).status;
      expect(await status("40%")).toBe("succeeded");
      expect(await status("30%")).toBe("attention");
      expect(await status("30%,4")).toBe("succeeded");
      expect(await status("40%,0")).toBe("succeeded");
      expect(await status("40%,3,3")).toBe("attention");
      expect(await status("0")).toBe("attention");
    },
  );

  test("is for one run where no tally is set", { tags: "long" }, async () => {
    const j = await settled({ MAX_USER_REMOVALS: "3" });
    for (const name of ["kim", "lena", "mona"]) j.google.removeMember(at("aws-readonly"), at(name));
    await j.sync();
    j.google.removeMember(at("aws-readonly"), at("nils"));
    await j.sync();
    await j.settle();
  });

  test("counts neither deletions of what was marked before, nor who is disabled again", async () => {
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

  test("holds in a plan too, which succeeds and tells everything that waits", async () => {
    const j = await settled({ MAX_USER_REMOVALS: "0" });
    cleanUp(j);
    const plan = await j.plan();
    expect(plan).toMatchObject({ status: "attention", dryRun: true });
    expect(waitingIn(plan)).toEqual(everyReader);
    expect(plannedOf(plan)).toEqual([]);
  });

  test("of new groups holds once a managed group is older than a day", { tags: "long" }, async () => {
    const j = await settled({ MAX_NEW_GROUPS: "1" });
    for (const name of ["aws-one", "aws-two"]) j.google.addGroup({ email: at(name) });
    expect((await j.plan()).status).toBe("succeeded");
    for (const group of j.aws.groups) group.createdAt = new Date("2024-01-01T00:00:00Z");
    const summary = await j.run();
    expect(waitingIn(summary)).toEqual(["new-groups aws-one", "new-groups aws-two"]);
    expect(j.writes()).toEqual([]);
    await j.sync(approving(summary));
    await j.settle();
  });

  test("of new groups asks for no table on the first day, which makes everything new", async () => {
    const tables = await useTables();
    tables.fault(() => ({ refuse: "AccessDeniedException" }));
    const j = await journey({ settings: tables.environment });
    await j.sync();
    expect(tables.requests).toEqual([]);
    await j.settle();
  });

  test(
    "GROUPS_CREATED_BY=administrators makes a new group that a user made wait",
    { tags: "long" },
    async () => {
      const j = await settled({ GROUPS_CREATED_BY: "administrators" });
      j.google.addGroup({ email: at("aws-mine"), adminCreated: false });
      j.google.addGroup({ email: at("aws-ours") });
      j.google.addMember(at("aws-mine"), at("kim"));
      const summary = await j.run();
      expect(waitingIn(summary)).toEqual(["new-groups aws-mine"]);
      expect(outcomesOf(j, "applied")).toEqual(["group.create aws-ours"]);
      await j.sync(approving(summary));
      await j.settle();
    },
  );
});

describe("a refused plan", () => {
  test(
    "is one that takes more than half of the users out of scope; nothing of it is done until it is approved",
    { tags: "long" },
    async () => {
      const j = await settled();
      upheave(j);
      j.google.addUser({ email: at("nova") });
      j.google.addMember(at("aws-admins"), at("nova"));
      const before = j.aws.snapshot();
      const summary = await j.run();
      expect(summary).toMatchObject({ status: "refused", planned: {}, approvals: [{ kind: "upheaval" }] });
      expect(summary.message).toContain("6 of 10 enabled managed users");
      expect(summary.message).toContain(JSON.stringify(approving(summary)));
      expect(j.writes()).toEqual([]);
      expect(j.aws.snapshot()).toEqual(before);
      await j.sync(approving(summary));
      await j.settle();
    },
  );

  test("is one that takes more than half of the groups", { tags: "long" }, async () => {
    const j = await settled({ USER_MATCH: "*" });
    for (const name of ["aws-admins", "aws-backend", "aws-readonly"]) j.google.deleteGroup(at(name));
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "refused", approvals: [{ kind: "upheaval" }] });
    expect(summary.message).toContain("3 of 4 managed groups");
    expect(j.writes()).toEqual([]);
    await j.sync(approving(summary));
    await j.settle();
  });

  test.each([
    ["beyond a budget", "shrink aws-readonly", { MAX_GROUP_SHRINK: "0" }, "gone"],
    ["of whom Google says nothing", "unsure aws-readonly", {}, "silent"],
  ])(
    "that is approved takes nobody %s out of a group that stays",
    { tags: "long" },
    async (_, waiting, settings, how) => {
      const j = await settled(settings);
      for (const name of ["ada", "grace"]) j.google.addMember(at("aws-readonly"), at(name));
      await j.sync();
      upheave(j);
      const told = await j.run();
      expect(told).toMatchObject({ status: "refused", approvals: [{ kind: "upheaval" }] });
      j.google.removeMember(at("aws-readonly"), at("ada"));
      if (how === "silent")
        j.emulator.fault({
          when: ({ path, operation }) =>
            operation === "members.hasMember" && path.endsWith(j.google.user(at("ada")).id),
          times: Infinity,
          do: { status: 503 },
        });
      expect(waitingIn(await j.run(approving(told)))).toEqual([waiting]);
      expect(disabled(j)).toEqual([...readers, "linus", "ivan"].map(at).toSorted());
      expect(j.aws.membersOf("aws-readonly")).toContain(at("ada"));
    },
  );

  test("does nothing of what else is approved, although the id fits", { tags: "long" }, async () => {
    const j = await settled({ MAX_USER_REMOVALS: "100%" });
    j.aws.addGroup({ displayName: "aws-manual" });
    j.google.addGroup({ email: at("aws-manual") });
    j.google.addMember(at("aws-manual"), at("ada"));
    j.google.removeMember(at("aws-backend"), at("otto"));
    const fault = j.emulator.fault({
      when: { operation: "members.hasMember" },
      times: Infinity,
      do: { status: 503 },
    });
    const told = await j.run();
    expect(waitingIn(told)).toEqual(["adoption aws-manual", `unsure ${at("otto")}`]);
    fault.remove();
    upheave(j);
    for (const { id } of told.approvals) {
      const summary = await j.run({ action: "sync", approve: [id] });
      expect(summary).toMatchObject({ status: "refused", approved: [], approvals: [{ kind: "upheaval" }] });
      expect(j.writes()).toEqual([]);
    }
  });

  test("still gives back the name of whoever lost it for a moment", async () => {
    const j = await settled();
    const ada = j.aws.user(at("ada"));
    ada.userName = `ssosync-moving.${ada.id}`;
    upheave(j);
    expect(await j.run()).toMatchObject({ status: "refused", applied: { "user.update": 1 } });
    expect(ada.userName).toBe(at("ada"));
    expect(j.writes()).toHaveLength(1);
  });

  test("gives back no more than the name: who is called active without a look stays disabled", async () => {
    const j = await settled();
    const ada = j.aws.user(at("ada"));
    j.google.suspend(at("ada"));
    await j.sync();
    ada.userName = `ssosync-moving.${ada.id}`;
    upheave(j);
    j.emulator.fault({
      when: { operation: "users.list" },
      times: Infinity,
      do: (_, answer) =>
        JSON.parse(
          JSON.stringify(answer).replaceAll('"suspended":true', '"suspended":false'),
        ) as typeof answer,
    });
    expect(await j.run()).toMatchObject({ status: "refused", applied: { "user.update": 1 } });
    expect(ada).toMatchObject({ userName: at("ada"), active: false });
    expect(ada.externalId).toMatch(/^ssosync-suspended\./);
  });

  test("shows in a plan everything that it wanted", async () => {
    const j = await settled();
    upheave(j);
    const plan = await j.plan();
    expect(plan).toMatchObject({ status: "refused", dryRun: true });
    expect(heldOf(plan)).toHaveLength(8);
    expect(plannedOf(plan)).toEqual([]);
  });

  test(
    "still disables who is suspended, archived or deleted, and does nothing else",
    { tags: "long" },
    async () => {
      const j = await settled();
      upheave(j);
      j.google.suspend(at("ada"));
      j.google.archive(at("zoe"));
      j.google.deleteUser(at("otto"));
      // Out of the group and suspended, as somebody who is dismissed is.
      j.google.suspend(at("kim"));
      const summary = await j.run();
      expect(summary).toMatchObject({ status: "refused", applied: { "user.disable": 4 } });
      expect(disabled(j)).toEqual(["ada", "kim", "otto", "zoe"].map(at));
      expect(j.writes()).toHaveLength(4);
      for (const name of ["ada", "kim", "otto", "zoe"])
        expect(j.aws.user(at(name)).externalId).toMatch(/^ssosync-suspended\./);
      expect(j.aws.membersOf("aws-readonly")).toHaveLength(4);
      await j.sync(approving(summary));
      await j.settle();
    },
  );

  test("says who could not be disabled, and why, and has failed", async () => {
    const j = await settled();
    upheave(j);
    for (const name of ["ada", "zoe"]) j.google.suspend(at(name));
    const { id } = j.aws.user(at("ada"));
    const fault = j.emulator.fault({
      when: ({ method, path }) => method === "PATCH" && path.endsWith(id),
      times: Infinity,
      do: { status: 400 },
    });
    const summary = await j.run();
    expect(summary).toMatchObject({
      ...{ status: "failed", applied: { "user.disable": 1 }, failed: { "user.disable": 1 } },
      approvals: [{ kind: "upheaval" }],
    });
    expect(summary.message).toContain(at("ada"));
    fault.remove();
    expect((await j.run()).status).toBe("refused");
    expect(disabled(j)).toEqual(["ada", "zoe"].map(at));
  });

  test("says who is left when the time is over", { tags: "long" }, async () => {
    const j = await settled();
    upheave(j);
    for (const name of ["ada", "zoe"]) j.google.suspend(at(name));
    const { id } = j.aws.user(at("ada"));
    j.emulator.fault({
      when: ({ method, path }) => method === "PATCH" && path.endsWith(id),
      do: { delay: 60_000 },
    });
    const summary = await j.run({}, { remainingMs: await j.timeFor(4_500) });
    expect(summary).toMatchObject({ status: "refused", left: 1, applied: { "user.disable": 1 } });
  });

  test("does not take a listing's word for who is deleted", async () => {
    const j = await settled();
    upheave(j);
    j.google.lies.hideUsers(at("otto"));
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "refused", applied: {}, held: { "user.disable": 1 } });
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
      "no managed user left",
      ({ google }: Journey) => {
        for (const name of ["aws-admins", "aws-backend", "aws-engineers", "aws-readonly"])
          for (const id of google.everyoneIn(at(name)))
            if (google.members.some((row) => row.id === id && row.groupId === google.group(at(name)).id))
              google.removeMember(at(name), google.user(id).primaryEmail);
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
  test(
    "of a user is changed neither by a new hire nor by one more who leaves: that one waits besides",
    { tags: "long" },
    async () => {
      const j = await settled({ MAX_USER_REMOVALS: "0" });
      cleanUp(j);
      const payload = approving(await j.run());
      j.google.addUser({ email: at("nova") });
      j.google.addMember(at("aws-admins"), at("nova"));
      expect(approving(await j.run())).toEqual(payload);

      j.google.removeMember(at("aws-admins"), at("grace"));
      const summary = await j.run(payload);
      expect(summary.status).toBe("attention");
      expect(waitingIn(summary)).toEqual([`removals ${at("grace")}`]);
      expect(disabled(j)).toEqual(readers.map(at));
      await j.sync(approving(summary));
      await j.settle();
    },
  );

  test(
    "of a group's members is changed by one member more; what waits now is named",
    { tags: "long" },
    async () => {
      const j = await settled({ USER_MATCH: "*", MAX_GROUP_SHRINK: "0" });
      for (const name of ["kim", "lena"]) j.google.removeMember(at("aws-readonly"), at(name));
      const before = approving(await j.run());
      j.google.removeMember(at("aws-readonly"), at("mona"));
      const now = approving(await j.run());
      expect(now).not.toEqual(before);
      const sentence = await j.failure(before);
      expect(sentence).toContain(`Nothing waits under ${before.approve[0]}`);
      expect(sentence).toContain(`${now.approve[0]} (shrink: aws-readonly)`);
      expect(j.writes()).toEqual([]);
      await j.sync(now);
      await j.settle();
    },
  );

  test("that fits no more does not keep the others from being carried out, and is told", async () => {
    const j = await settled({ MAX_USER_REMOVALS: "0" });
    cleanUp(j);
    const payload = approving(await j.run());
    j.google.addMember(at("aws-readonly"), at("kim"));
    const summary = await j.run(payload);
    expect(summary.status).toBe("attention");
    expect(disabled(j)).toEqual(readers.slice(1).map(at));
    expect(j.aws.membersOf("aws-readonly")).toEqual([at("kim")]);
    await j.settle();
  });

  test("that nobody waits under is refused even when nothing waits", async () => {
    const j = await settled();
    expect(await j.failure({ action: "sync", approve: ["0123456789abcdef0123456789abcdef"] })).toContain(
      "Nothing waits at all now",
    );
  });

  test("carries out what is approved and nothing that waits besides", async () => {
    const j = await settled({ MAX_USER_REMOVALS: "0" });
    cleanUp(j);
    j.aws.addGroup({ displayName: "aws-manual" });
    j.google.addGroup({ email: at("aws-manual") });
    j.google.addMember(at("aws-manual"), at("ada"));
    const first = await j.run();
    expect(waitingIn(first)).toEqual(["adoption aws-manual", ...everyReader]);
    const summary = await j.run(approving(first, "removals"));
    expect(summary).toMatchObject({ status: "succeeded", approvals: [{ kind: "adoption" }] });
    expect(disabled(j)).toEqual(readers.map(at));
    expect(j.aws.membersOf("aws-manual")).toEqual([]);
  });

  test("may be sent with another that was told beside it, though the one changes what the other takes away", async () => {
    const j = await settled({ USER_MATCH: "*", MAX_MEMBERSHIP_REMOVALS: "1" });
    for (const name of readers) j.google.removeMember(at("aws-readonly"), at(name));
    j.google.deleteGroup(at("aws-admins"));
    j.google.addGroup({ email: at("aws-admins") });
    j.google.addMember(at("aws-admins"), at("kim"));
    const told = await j.run();
    expect(waitingIn(told)).toEqual(["hand-over aws-admins", "removals aws-readonly"]);
    const summary = await j.run(approving(told));
    expect(j.aws.membersOf("aws-readonly")).toEqual([]);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("kim")]);
    expect(summary.status).toBe("succeeded");
    await j.settle();
  });

  test("is still good for what a failed approved run left over", { tags: "long" }, async () => {
    const j = await settled({ MAX_USER_REMOVALS: "0" });
    cleanUp(j);
    const payload = approving(await j.run());
    const ids = ["kim", "lena", "mona"].map((name) => j.aws.user(at(name)).id);
    const fault = j.emulator.fault({
      when: ({ method, path }) => method === "PATCH" && ids.some((id) => path.endsWith(id)),
      times: Infinity,
      do: { status: 400 },
    });
    expect((await j.run(payload)).status).toBe("failed");
    fault.remove();
    const summary = await j.run();
    expect(waitingIn(summary)).toEqual(everyReader.slice(0, 3));
    expect(payload.approve).toEqual(expect.arrayContaining(approving(summary).approve));
    await j.sync(approving(summary));
    await j.settle();
  });

  test(
    "is accepted through the alias `approve` alone, unless APPROVE_QUALIFIER names another",
    { tags: "long" },
    async () => {
      const j = await settled({ MAX_USER_REMOVALS: "0" });
      cleanUp(j);
      const settings = { APPROVE_QUALIFIER: "approver" };
      const payload = approving(await j.run());
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
    },
  );

  test("is accepted from every caller with APPROVE_QUALIFIER=any", { tags: "long" }, async () => {
    const j = await settled({ MAX_USER_REMOVALS: "0" });
    cleanUp(j);
    const settings = { APPROVE_QUALIFIER: "any" };
    await j.sync(approving(await j.run({}, { settings })), { settings, qualifier: "current" });
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

  test(
    "beyond MAX_GROUP_GROWTH waits, everything else goes on, and the id lets it through",
    { tags: "long" },
    async () => {
      const j = await settled({ MAX_GROUP_GROWTH: "50%,1" });
      old(j);
      grow(j);
      const summary = await j.run();
      expect(summary).toMatchObject({
        status: "attention",
        approvals: [{ kind: "growth", subject: "aws-admins" }],
      });
      for (const name of readers) expect(summary.approvals[0]?.sentence).toContain(at(name));
      expect(j.aws.membersOf("aws-admins")).toHaveLength(2);
      expect(j.aws.membersOf("aws-backend")).toContain(at("ada"));
      await j.quiet();
      await j.sync({ action: "sync", approve: [summary.approvals[0]?.id] });
      await j.settle();
    },
  );

  test(
    "may be approved by the id that was told, though a held removal keeps one of the new members away",
    { tags: "long" },
    async () => {
      const j = await settled({ MAX_GROUP_GROWTH: "50%,1", USER_MATCH: "*" });
      old(j);
      grow(j);
      Object.assign(j.google.user(at("zoe")), { primaryEmail: at("zoe.old"), aliases: [] });
      j.google.addUser({ email: at("zoe") });
      j.google.addMember(at("aws-admins"), j.google.user(at("zoe")).id);
      j.google.lies.hideUsers(at("zoe.old"));
      j.emulator.fault({ when: { operation: "users.get" }, times: Infinity, do: { status: 503 } });
      const summary = await j.run();
      expect(waitingIn(summary)).toEqual(["growth aws-admins", `unsure ${at("zoe")}`]);
      await j.run(approving(summary, "growth"));
      expect(j.aws.membersOf("aws-admins")).toHaveLength(6);
    },
  );

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
  test("renames more groups than the group limit allows: each waits, and is done in place with approval", async () => {
    const j = await settled();
    const ids = new Map(j.aws.groups.map((group) => [group.displayName, group.id]));
    const settings = { GROUP_NAME: "email" };
    const summary = await j.run({}, { settings });
    expect(summary.status).toBe("attention");
    expect(waitingIn(summary)).toEqual([...ids.keys()].map((name) => `renames ${name}`).toSorted());
    expect(j.writes()).toEqual([]);
    await j.sync(approving(summary), { settings });
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

test(
  "an approval of whom a group loses is of those who were told: who leaves it after something was held is weighed",
  { tags: "long" },
  async () => {
    const settings = { MAX_GROUP_SHRINK: "0" };
    const j = await settled(settings);
    for (const name of ["ada", "grace"]) j.google.addMember(at("aws-readonly"), at(name));
    await j.sync();
    for (const name of ["ada", "grace"]) j.google.removeMember(at("aws-readonly"), at(name));
    const told = await j.run();
    expect(waitingIn(told)).toEqual(["shrink aws-readonly"]);
    // As the listing has it, Nils is in no group any more; his other group says otherwise.
    j.google.addMember(at("aws-admins"), at("nils"));
    await j.run({ action: "sync", only: [at("nils")] });
    j.google.removeMember(at("aws-readonly"), at("nils"));
    j.google.lies.hideMembers(at("aws-admins"), at("nils"));
    const summary = await j.run(approving(told));
    expect(outcomesOf(j, "applied")).toEqual([`members.remove aws-readonly ${at("ada")} ${at("grace")}`]);
    expect(waitingIn(summary)).toEqual(["shrink aws-readonly"]);
    expect(summary.approvals[0]?.sentence).toContain(at("nils"));
    expect(summary.approvals[0]?.sentence).not.toContain(at("ada"));
    j.google.lies.clear();
    await j.sync(approving(await j.run()));
    await j.settle();
  },
);
