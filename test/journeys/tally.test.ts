/** The table that remembers the day, in whole runs: where it fails, and what is more than it allows. */
import { describe, expect, test } from "vitest";
import { targetId } from "../../src/core/model.ts";
import { NOTHING_SPENT, once } from "../../src/core/tally.ts";
import { tallyAt } from "../aws/stage.ts";
import type { TableFault, Tables } from "../dynalite/server.ts";
import { at } from "../emulator/fill.ts";
import { crew } from "./company.ts";
import { approving, disabled, join, leaveScope, remembering, waitingIn } from "./day.ts";
import type { Told } from "./day.ts";
import { outcomesOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

const COUNTING = [
  ...["MAX_USER_REMOVALS", "MAX_GROUP_REMOVALS", "MAX_MEMBERSHIP_REMOVALS"],
  ...["MAX_NEW_GROUPS", "MAX_GROUP_GROWTH"],
];
const DENIED: TableFault = { refuse: "AccessDeniedException", message: "no identity-based policy allows it" };

interface Broken {
  readonly what: string;
  readonly breaks: (tables: Tables, j: Journey) => Promise<void> | void;
  /** What is to be done about it. */
  readonly todo: RegExp;
}

const BROKEN: readonly Broken[] = [
  {
    what: "cannot be read",
    breaks: (tables) => tables.fault((operation) => (operation === "GetItem" ? DENIED : undefined)),
    todo: /allow dynamodb:GetItem and dynamodb:PutItem/,
  },
  {
    what: "holds what is not understood",
    breaks: (tables, j) =>
      tables.put({ id: { S: j.aws.identityStoreId }, version: { N: "7" }, tally: { S: "what?" } }),
    todo: /deploy the version that wrote it/,
  },
  {
    what: "cannot be written",
    breaks: (tables) => tables.fault((operation) => (operation === "PutItem" ? DENIED : undefined)),
    todo: /allow dynamodb:GetItem and dynamodb:PutItem/,
  },
];

describe.each(BROKEN)("a table that $what", ({ breaks, todo }) => {
  const broken = async (count = 60, groups: Record<string, readonly string[]> = {}): Promise<Journey> => {
    const { j, tables } = await remembering(count, {}, groups);
    await breaks(tables, j);
    return j;
  };

  test(
    "lets leavers go until ten are marked today, run by run, and says what helps",
    { tags: "long" },
    async () => {
      const j = await broken();
      const left = async (names: readonly string[]): Promise<Told> => {
        for (const name of names) j.google.suspend(at(name));
        return j.run();
      };
      const first = await left(crew(8));
      expect(disabled(j)).toHaveLength(8);
      expect(first.status).toBe("failed");
      expect(first.message).toMatch(todo);
      const second = await left(crew(5, 20));
      expect(disabled(j)).toHaveLength(10);
      expect(second.status).toBe("failed");
      expect(second.message).toMatch(todo);
      expect(waitingIn(second).filter((one) => one.startsWith("leavers "))).toHaveLength(3);
      await j.run({ action: "leavers" });
      await j.run({ action: "sync", only: [at("p24")] });
      expect(disabled(j)).toHaveLength(10);
      await j.run(approving(second, "leavers"));
      expect(disabled(j)).toHaveLength(13);
    },
  );

  test(
    "lets no more go where a full run marks them as retired: whoever was only out of scope does not count",
    { tags: "long" },
    async () => {
      const { j, tables } = await remembering(60);
      leaveScope(j, crew(5, 50));
      await j.sync();
      expect(disabled(j)).toHaveLength(5);
      await breaks(tables, j);
      for (const name of crew(24)) j.google.deleteUser(at(name));
      for (const action of ["sync", "leavers", "sync", "leavers"]) {
        expect((await j.run({ action })).status).toBe("failed");
        expect(disabled(j)).toHaveLength(15);
      }
      expect(j.aws.users.filter(({ externalId = "" }) => externalId.includes("-retired."))).toHaveLength(15);
    },
  );

  test("lets nothing wait but what counts", async () => {
    const j = await broken(60, { "aws-team": crew(12), "aws-old": crew(5), "aws-name": crew(3) });
    j.google.addUser({ email: at("nova") });
    j.google.addMember(at("aws-all"), at("nova"));
    j.google.nameUser(at("p9"), "New", "Name");
    j.google.nameGroup(at("aws-name"), "aws-renamed");
    j.google.deleteGroup(at("aws-old"));
    j.google.addGroup({ email: at("aws-new") });
    leaveScope(j, ["p1"], "aws-team");
    leaveScope(j, ["p50"]);
    const summary = await j.run();
    expect(summary.status).toBe("failed");
    expect(summary.message).toMatch(todo);
    expect(outcomesOf(j, "applied")).toEqual([`user.create ${at("nova")}`, `user.update ${at("p9")}`]);
    expect(disabled(j)).toEqual([]);
    expect(j.aws.membersOf("aws-team")).toHaveLength(12);
    expect(j.aws.membersOf("aws-old")).toHaveLength(5);
    expect(waitingIn(summary)).toEqual([
      ...["growth aws-all", "new-groups aws-new", "removals aws-old", "removals aws-team"],
      ...[`removals ${at("p50")}`, "renames aws-name"],
    ]);
    const people = summary.approvals.map(({ sentence }) => sentence.split("; it is about ")[1]);
    const old = crew(5).map(at).join(", ");
    expect(people).toEqual(expect.arrayContaining([at("nova"), old, at("p1"), "aws-renamed"]));
  });

  test("keeps nothing that was approved from being carried out", async () => {
    const { j, tables } = await remembering(
      60,
      { MAX_USER_REMOVALS: "0", MAX_GROUP_SHRINK: "0" },
      {
        "aws-team": crew(12),
      },
    );
    leaveScope(j, ["p1"], "aws-team");
    leaveScope(j, ["p50"]);
    const told = await j.run();
    expect(waitingIn(told)).toEqual(["shrink aws-team", `removals ${at("p50")}`].toSorted());
    await breaks(tables, j);
    await j.sync(approving(told));
    expect(disabled(j)).toEqual([at("p50")]);
    expect(j.aws.membersOf("aws-team")).toHaveLength(11);
  });

  test("is asked nothing by a run in which nothing counts", async () => {
    const { j, tables } = await remembering(12);
    await breaks(tables, j);
    const before = tables.requests.length;
    j.google.nameUser(at("p9"), "New", "Name");
    await j.sync();
    expect(tables.requests).toHaveLength(before);
  });
});

describe("`only` with up to three leavers", () => {
  /** The day's 20 are spent. */
  const spent = async () => {
    const { j, tables } = await remembering(100);
    for (const name of crew(20)) j.google.suspend(at(name));
    await j.sync();
    for (const name of crew(12, 40)) j.google.suspend(at(name));
    expect((await j.run()).status).toBe("refused");
    expect(disabled(j)).toHaveLength(20);
    return { j, tables };
  };
  const only = (count: number, from: number): object => ({ action: "sync", only: crew(count, from).map(at) });

  test("disables them beyond the budget, nine in 24 hours", { tags: "long" }, async () => {
    const { j } = await spent();
    for (const from of [40, 43]) await j.sync(only(3, from));
    expect(disabled(j)).toHaveLength(26);
    // Of four none is named more than another.
    expect((await j.run(only(4, 46))).status).toBe("refused");
    expect(disabled(j)).toHaveLength(26);
    await j.sync(only(3, 46));
    expect((await j.run(only(1, 49))).status).toBe("refused");
    expect(disabled(j)).toHaveLength(29);
  });

  test("side by side disables nine and no more", { tags: "long" }, async () => {
    const { j } = await spent();
    await Promise.all([40, 43, 46, 49].map((from) => j.run(only(3, from))));
    expect(disabled(j)).toHaveLength(29);
    for (let from = 40; from < 52; from += 1) await j.run(only(1, from));
    expect(disabled(j)).toHaveLength(29);
  });
});

test("those whom a killed run reserved beyond the budget, because they were named, go with the next run", async () => {
  const { j, tables } = await remembering(100, { MAX_LEAVERS: "4" });
  const [done, named] = [crew(4), crew(3, 40)];
  for (const name of done) j.google.suspend(at(name));
  await j.sync();
  for (const name of [...named, "p50"]) j.google.suspend(at(name));
  const reserved = named.map((name) => targetId(j.aws.user(at(name)).id));
  const key = j.aws.identityStoreId;
  await tallyAt(tables, { key }).reserve(new Date().toISOString(), () => ({
    ...NOTHING_SPENT,
    leavers: once(reserved),
  }));
  const summary = await j.run();
  expect(disabled(j)).toEqual([...done, ...named].map(at).toSorted());
  expect(waitingIn(summary)).toEqual([`leavers ${at("p50")}`]);
});

test("`only` does nothing beyond the budget where no table remembers the day", async () => {
  const { j } = await remembering(100, { TALLY: "", MAX_LEAVERS: "1" });
  for (const name of crew(2)) j.google.suspend(at(name));
  expect((await j.run({ action: "sync", only: crew(2).map(at) })).status).toBe("refused");
  expect(disabled(j)).toHaveLength(1);
});

test("what was approved and would fit by now is told as given, of every kind, and counts nowhere", async () => {
  const tight = Object.fromEntries(COUNTING.map((budget) => [budget, "0"]));
  const { j, tables } = await remembering(60, tight, {
    ...{ "aws-team": crew(12), "aws-old": crew(5), "aws-name": crew(3) },
  });
  j.google.addUser({ email: at("nova") });
  j.google.addMember(at("aws-all"), at("nova"));
  j.google.nameGroup(at("aws-name"), "aws-renamed");
  j.google.deleteGroup(at("aws-old"));
  j.google.addGroup({ email: at("aws-new") });
  leaveScope(j, ["p1"], "aws-team");
  leaveScope(j, ["p50"]);
  const told = await j.run();
  expect(waitingIn(told)).toEqual([
    ...["growth aws-all", "new-groups aws-new", "removals aws-old", "removals aws-team"],
    ...[`removals ${at("p50")}`, "renames aws-name"],
  ]);
  const loose = Object.fromEntries(COUNTING.map((budget) => [budget, "50%"]));
  const { approved } = await j.sync(approving(told), { settings: loose });
  expect(waitingIn({ approvals: approved })).toEqual(waitingIn(told));
  const spent = await tallyAt(tables, { key: j.aws.identityStoreId }).spent(new Date().toISOString());
  expect(spent).toEqual(NOTHING_SPENT);
});

/** The account itself says so, and no listing does yet. */
function isSuspendedByItself(j: Journey, name: string): void {
  const { id } = j.google.user(at(name));
  j.emulator.fault({
    when: ({ operation, path }) => operation === "users.get" && path.endsWith(id),
    times: Infinity,
    do: (_, answer) => ({ ...answer, body: { ...(answer.body as object), suspended: true } }),
  });
}

describe("an id that was told and fits", () => {
  test("approves nothing that another approval beside it has changed: it is named, with what waits instead", async () => {
    const { j } = await remembering(60, { MAX_GROUP_GROWTH: "0" }, { "aws-team": crew(5) });
    j.aws.addUser({ userName: at("nova"), active: false });
    j.google.addUser({ email: at("nova") });
    for (const name of ["nova", "p20"]) j.google.addMember(at("aws-team"), at(name));
    const told = await j.run();
    expect(waitingIn(told)).toEqual([`adoption ${at("nova")}`, "growth aws-team"]);
    const both = await j.run(approving(told));
    expect(waitingIn({ approvals: both.approved })).toEqual([`adoption ${at("nova")}`]);
    expect(both.message).toContain(told.approvals.find(({ kind }) => kind === "growth")?.id);
    await j.sync(approving(both));
    expect(j.aws.membersOf("aws-team")).toEqual(expect.arrayContaining([at("nova"), at("p20")]));
  });

  test("approves nothing that Google contradicts by now, which is held and no error", async () => {
    const none = { MAX_MEMBERSHIP_REMOVALS: "0", MAX_USER_REMOVALS: "0", MAX_GROUP_REMOVALS: "0" };
    const { j } = await remembering(60, none, { "aws-team": crew(5), "aws-old": crew(3) });
    j.aws.user(at("p2")).active = false;
    leaveScope(j, ["p1"], "aws-team");
    leaveScope(j, ["p50"]);
    j.google.lies.hideGroups(at("aws-old"));
    const refuse = j.emulator.fault({
      when: { operation: "groups.get" },
      times: Infinity,
      do: { status: 403 },
    });
    const told = await j.run();
    expect(waitingIn(told)).toEqual([
      `enable ${at("p2")}`,
      ...["removals aws-team", `removals ${at("p50")}`, "unsure aws-old"],
    ]);
    refuse.remove();
    for (const [group, name] of [
      ["aws-team", "p1"],
      ["aws-all", "p50"],
    ] as const) {
      j.google.addMember(at(group), at(name));
      j.google.lies.hideMembers(at(group), at(name));
    }
    isSuspendedByItself(j, "p2");
    const done = await j.run(approving(told));
    expect(done).toMatchObject({ status: "attention", approved: [], applied: {} });
    expect(Object.keys(done.held).toSorted()).toEqual([
      "group.retire",
      "members.remove",
      "user.enable",
      "user.retire",
    ]);
  });

  test("approves nobody's coming who is found to have left meanwhile, which is no error", async () => {
    const { j } = await remembering(60, { MAX_GROUP_GROWTH: "0" }, { "aws-team": crew(5) });
    j.google.suspend(at("p20"));
    await j.sync();
    j.google.suspend(at("p20"), false);
    j.google.addMember(at("aws-team"), at("p20"));
    const told = await j.plan();
    expect(waitingIn(told)).toEqual(["growth aws-team"]);
    isSuspendedByItself(j, "p20");
    const done = await j.run(approving(told));
    expect(done).toMatchObject({ status: "attention", approved: [], held: { "user.enable": 1 } });
  });

  test(
    "approves nothing yet that there was no time to look at, and is no error",
    { tags: "long" },
    async () => {
      const { j } = await remembering(60);
      j.google.suspend(at("p4"));
      await j.sync();
      j.google.suspend(at("p4"), false);
      j.aws.user(at("p2")).active = false;
      j.google.deleteUser(at("p3"));
      j.google.deletedUsers.length = 0;
      const refuse = j.emulator.fault({
        when: { operation: "users.get" },
        times: Infinity,
        do: { status: 403 },
      });
      const told = await j.run();
      expect(waitingIn(told)).toEqual([`enable ${at("p2")}`, `unsure ${at("p3")}`, `unsure ${at("p4")}`]);
      refuse.remove();
      const remainingMs = await j.timeFor(5_000);
      const hang = j.emulator.fault({
        when: { operation: "users.get" },
        times: Infinity,
        do: { delay: 60_000 },
      });
      const cut = told.approvals.map(({ id }) => j.run({ action: "sync", approve: [id] }, { remainingMs }));
      for (const one of await Promise.all(cut)) expect(one).toMatchObject({ approved: [], applied: {} });
      hang.remove();
      // Google answers by now, so that whoever came back is no exception to anything.
      const { approved } = await j.sync(approving(told));
      expect(waitingIn({ approvals: approved })).toEqual([`enable ${at("p2")}`, `leavers ${at("p3")}`]);
    },
  );
});

test("once a budget is clearly spent, Google is asked no more about what would go beyond it", async () => {
  const { j } = await remembering(100, { MAX_USER_REMOVALS: "0%,3", GOOGLE_RATE: "30" });
  leaveScope(j, crew(45));
  const summary = await j.run();
  expect(waitingIn(summary)).toHaveLength(45);
  expect(j.emulator.count({ operation: "members.hasMember" })).toBeLessThan(40);
});

test("what the day has spent by then counts for how long Google is asked", async () => {
  const { j } = await remembering(150, { MAX_USER_REMOVALS: "0%,25", GOOGLE_RATE: "30" });
  leaveScope(j, crew(24));
  expect(await j.run()).toMatchObject({ applied: { "user.retire": 24 } });
  leaveScope(j, crew(45, 25));
  const summary = await j.run();
  expect(waitingIn(summary)).toHaveLength(45);
  expect(j.emulator.count({ operation: "members.hasMember" })).toBeLessThan(40);
});

test("once Google answers nothing any more, it is asked no more: what is left is unsure, and waits", async () => {
  const { j } = await remembering(100, { MAX_USER_REMOVALS: "100%", GOOGLE_RATE: "30" });
  leaveScope(j, crew(45));
  j.emulator.fault({
    when: { operation: "members.hasMember" },
    times: Infinity,
    do: { status: 403 },
  });
  const summary = await j.run();
  expect(summary).toMatchObject({ status: "attention", applied: {} });
  expect(waitingIn(summary)).toEqual(
    crew(45)
      .map((name) => `unsure ${at(name)}`)
      .toSorted(),
  );
  expect(j.emulator.count({ operation: "members.hasMember" })).toBeLessThan(40);
});

test("the id of what Google does not say is that of what waits for its budget: one for a user, one for a group", async () => {
  const limits = { MAX_USER_REMOVALS: "0", MAX_GROUP_REMOVALS: "0" };
  const { j } = await remembering(12, limits, { "aws-team": crew(3) });
  leaveScope(j, ["p9"]);
  j.google.deleteGroup(at("aws-team"));
  const before = await j.run();
  expect(before.approvals.map(({ kind }) => kind)).toEqual(["removals", "removals"]);
  j.emulator.fault({
    when: ({ operation }) => ["members.hasMember", "groups.get"].includes(operation),
    times: Infinity,
    do: { status: 403 },
  });
  const after = await j.run();
  expect(after.approvals.map(({ kind }) => kind)).toEqual(["unsure", "unsure"]);
  expect(after.approvals.map(({ id }) => id).toSorted()).toEqual(
    before.approvals.map(({ id }) => id).toSorted(),
  );
});

test("what fits once the removals of another group wait is asked about after all, and done", async () => {
  const groups = { "aws-big": crew(90), "aws-small": crew(9) };
  const limits = { MAX_MEMBERSHIP_REMOVALS: "0%,5", MAX_GROUP_SHRINK: "0%,20", GOOGLE_RATE: "30" };
  const { j } = await remembering(100, limits, groups);
  for (const name of crew(50, 41)) j.google.removeMember(at("aws-big"), at(name));
  for (const name of ["p1", "p2"]) j.google.removeMember(at("aws-small"), at(name));
  const summary = await j.run();
  expect(waitingIn(summary)).toEqual(["shrink aws-big"]);
  expect(outcomesOf(j, "applied")).toEqual([`members.remove aws-small ${at("p1")} ${at("p2")}`]);
  expect(j.emulator.count({ operation: "members.hasMember" })).toBeLessThan(45);
});

describe("A13: parts of a refused plan", () => {
  test("count against one day, ten times in a row", { tags: "long" }, async () => {
    const names = ["aws-1", "aws-2", "aws-3", "aws-4", "aws-5"];
    const { j } = await remembering(60, {}, Object.fromEntries(names.map((name) => [name, crew(60)])));
    for (const name of names) leaveScope(j, crew(25), name);
    expect(waitingIn(await j.run())).toHaveLength(5);
    const memberships = j.aws.memberships.length;
    for (let part = 0; part < 10; part += 1)
      await j.run({ action: "sync", only: crew(6, 1 + ((part * 6) % 24)).map(at) });
    const taken = memberships - j.aws.memberships.length;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(50);
  });
});

test("members of a group stay in it when its retirement cannot be counted after all", async () => {
  const { j, tables } = await remembering(60, {}, { "aws-old": crew(5) });
  let writes = 0;
  // The table takes nothing any more once it was tried.
  tables.fault((operation) => (operation === "PutItem" && ++writes > 1 ? DENIED : undefined));
  j.google.deleteGroup(at("aws-old"));
  leaveScope(j, ["p50"]);
  expect((await j.run()).status).toBe("failed");
  expect(outcomesOf(j, "applied")).toEqual([]);
  expect(j.aws.membersOf("aws-old")).toHaveLength(5);
  expect(j.aws.membersOf("aws-all")).toContain(at("p50"));
});

describe("of two runs at once of which one leaves no room for the other,", () => {
  /** What the first of two runs comes to, whose reservation arrives once that of the second is in the table. */
  async function beaten(j: Journey, tables: Tables, first: object, second: object): Promise<Told> {
    const { promise: over, resolve: end } = Promise.withResolvers<undefined>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<undefined>();
    let writes = 0;
    tables.fault((operation) => {
      // The first write is the try, and the second the reservation.
      if (operation !== "PutItem" || ++writes !== 2) return undefined;
      reach(undefined);
      return { until: over };
    });
    const version = async (): Promise<number> => Number((await tables.items())[0]?.["version"]?.N ?? 0);
    const summary = j.run(first);
    await reached;
    const before = await version();
    const other = j.run(second);
    // The first does not wait for longer than a table may be silent.
    await expect.poll(version).toBeGreaterThan(before);
    end(undefined);
    await other;
    return summary;
  }

  test("the other retires no group and empties none, and says what waits", async () => {
    const groups = { "aws-one": crew(5), "aws-two": crew(5), "aws-three": crew(2) };
    const { j, tables } = await remembering(60, { MAX_GROUP_REMOVALS: "0%,1,1" }, groups);
    for (const name of ["aws-one", "aws-two"]) j.google.deleteGroup(at(name));
    const about = (name: string): object => ({ action: "sync", only: [name] });
    const summary = await beaten(j, tables, about("aws-one"), about("aws-two"));
    expect(["aws-one", "aws-two"].map((name) => j.aws.membersOf(name).length)).toEqual([5, 0]);
    expect(summary.status).toBe("attention");
  });

  test("the other disables no leaver and is refused, and the next run names them", async () => {
    const { j, tables } = await remembering(60, { MAX_LEAVERS: "4" });
    for (const name of crew(8)) j.google.suspend(at(name));
    const about = (from: number): object => ({ action: "sync", only: crew(4, from).map(at) });
    const summary = await beaten(j, tables, about(1), about(5));
    expect(disabled(j)).toEqual(crew(4, 5).map(at));
    expect(summary.status).toBe("refused");
    expect(summary.message).toContain("4 leavers are still enabled");
    expect(waitingIn(await j.run())).toEqual(crew(4).map((name) => `leavers ${at(name)}`));
  });
});

test(
  "whoever is approved to leave is asked about, though the day's leavers are spent",
  { tags: "long" },
  async () => {
    const { j } = await remembering(120);
    for (const name of crew(20)) j.google.suspend(at(name));
    await j.sync();
    for (const name of crew(40, 40)) j.google.suspend(at(name));
    j.google.lies.hideUsers(at("p110"));
    const told = await j.run();
    const some = told.approvals.filter(({ subject }) => subject === at("p110") || subject === at("p79"));
    expect(some).toHaveLength(2);
    await j.run({ action: "sync", approve: some.map(({ id }) => id) });
    // Google contradicts the listing about one of the two.
    expect(["p79", "p110"].map((name) => j.aws.user(at(name)).active)).toEqual([false, true]);
  },
);

test("a new group that AWS refuses is given back, however many members it would have had", async () => {
  const { j } = await remembering(130, { MAX_NEW_GROUPS: "1" });
  j.google.addGroup({ email: at("aws-big") });
  join(j, crew(130), "aws-big");
  const refusing = j.emulator.fault({
    when: { operation: "CreateGroup" },
    times: Infinity,
    do: { status: 400 },
  });
  expect((await j.run()).status).toBe("attention");
  refusing.remove();
  j.google.deleteGroup(at("aws-big"));
  j.google.addGroup({ email: at("aws-small") });
  await j.sync();
});

test(
  "what one group loses in several requests is weighed together, when another run has spent some of it meanwhile",
  { tags: "long" },
  async () => {
    // Whoever is disabled counts nowhere, so that two requests have little to count.
    const settings = { MAX_GROUP_SHRINK: "70", MAX_MEMBERSHIP_REMOVALS: "100%" };
    const { j } = await remembering(150, settings, { "aws-team": crew(150) });
    for (const name of crew(70)) j.aws.user(at(name)).active = false;
    leaveScope(j, crew(130), "aws-team");
    const { promise: until, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: isConfirming, resolve: confirming } = Promise.withResolvers<void>();
    j.emulator.fault({
      when: ({ operation }) => operation === "members.hasMember" && (confirming(), true),
      do: { until },
    });
    const first = j.run();
    await isConfirming;
    leaveScope(j, crew(15, 131), "aws-team");
    await j.run({ action: "sync", only: crew(15, 131).map(at) });
    expect(j.aws.membersOf("aws-team")).toHaveLength(135);
    goOn();
    await first;
    const enabled = crew(80, 71).filter((name) => j.aws.membersOf("aws-team").includes(at(name)));
    expect(80 - enabled.length).toBeLessThanOrEqual(70);
  },
);
