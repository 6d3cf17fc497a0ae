import { describe, expect, test } from "vitest";
import type { Answer } from "../emulator/wire.ts";
import { at } from "../emulator/fill.ts";
import { heldOf, journey, outcomesOf, plannedOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

async function settled(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
  await j.sync();
  return j;
}

/** A joiner and a leaver of whom nobody doubts anything: they must be served in every run. */
function otherwise({ google }: Journey): void {
  google.addUser({ email: at("nova"), givenName: "Nova", familyName: "Jones" });
  google.addMember(at("aws-admins"), at("nova"));
  google.deleteUser(at("ivan"));
}

function served({ aws }: Journey): void {
  expect(aws.user(at("nova")).active).toBe(true);
  expect(aws.membersOf("aws-admins")).toContain(at("nova"));
  expect(aws.user(at("ivan")).active).toBe(false);
  expect(aws.membersOf("aws-engineers")).not.toContain(at("ivan"));
}

/** Google's single questions, without the listings. */
const asked = ({ emulator }: Journey): string[] =>
  emulator.requests.flatMap(({ service, operation, query }) => {
    const single = ["users.get", "groups.get", "members.get", "members.hasMember"].includes(operation);
    const again = "showDeleted" in query;
    return service === "google" && (single || again) ? [again ? "deleted users" : operation] : [];
  });

/** Whether Google is asked which groups have a member: this one, or any. */
const isAboutMember = (query: Readonly<Record<string, string>>, member = ""): boolean =>
  query["query"]?.startsWith(`memberKey=${member}`) === true;

const noAnswer = (j: Journey, operation: string, status: number): { remove: () => void } =>
  j.emulator.fault({ when: { service: "google", operation }, times: Infinity, do: { status } });

/** Takes out of a listing of Google's the rows that meet the test. */
function withhold(
  j: Journey,
  query: string,
  lacks: (row: { id: string }) => boolean,
): { remove: () => void } {
  return j.emulator.fault({
    when: (request) => request.operation === "users.list" && request.query["query"] === query,
    times: Infinity,
    do: (_, answer): Answer => {
      const body = structuredClone(answer.body) as { users?: { id: string }[] };
      return { ...answer, body: { ...body, users: (body.users ?? []).filter((row) => !lacks(row)) } };
    },
  });
}

interface Case {
  readonly name: string;
  readonly settings?: Record<string, string>;
  /** What Google's listings lack, though it is there. */
  readonly lie: (j: Journey) => void;
  readonly held: Record<string, number>;
  /** What must still be so. */
  readonly kept: (j: Journey) => void;
}

const unchanged =
  (...names: string[]) =>
  ({ aws }: Journey): void => {
    for (const name of names) {
      expect(aws.user(at(name))).toMatchObject({ active: true });
      expect(aws.user(at(name)).externalId).toMatch(/^\d+$/);
    }
  };

const contradicted: readonly Case[] = [
  {
    name: "a user whom the listing lacks",
    lie: ({ google }) => google.lies.hideUsers(at("zoe")),
    held: { "user.disable": 1 },
    kept: (j) => {
      unchanged("zoe")(j);
      expect(j.aws.membersOf("aws-backend")).toContain(at("zoe"));
      expect(j.aws.membersOf("aws-engineers")).toContain(at("zoe"));
    },
  },
  {
    name: "a member whom the listing of his only group lacks",
    lie: ({ google }) => google.lies.hideMembers(at("aws-readonly"), at("kim")),
    held: { "user.retire": 1 },
    kept: (j) => {
      unchanged("kim")(j);
      expect(j.aws.membersOf("aws-readonly")).toContain(at("kim"));
    },
  },
  {
    name: "a member whom the listing of one of his groups lacks",
    settings: { USER_MATCH: "*" },
    lie: ({ google }) => google.lies.hideMembers(at("aws-readonly"), at("kim")),
    held: { "members.remove": 1 },
    kept: (j) => {
      unchanged("kim")(j);
      expect(j.aws.membersOf("aws-readonly")).toContain(at("kim"));
    },
  },
  {
    name: "a nested group that the listing of its parent lacks",
    lie: ({ google }) => google.lies.hideMembers(at("aws-engineers"), at("aws-backend")),
    held: { "members.remove": 2 },
    kept: ({ aws }) =>
      expect(aws.membersOf("aws-engineers")).toEqual(expect.arrayContaining([at("otto"), at("zoe")])),
  },
  {
    name: "all members of a group",
    lie: ({ google }) => google.lies.hideMembers(at("aws-readonly")),
    held: { "user.retire": 4 },
    kept: ({ aws }) => expect(aws.membersOf("aws-readonly")).toHaveLength(4),
  },
  {
    name: "a page of a group's members",
    settings: { USER_MATCH: "*" },
    lie: ({ google }) => google.lies.dropPage("members.list", 2),
    held: { "members.remove": 4 },
    kept: ({ aws }) => expect(aws.membersOf("aws-readonly")).toHaveLength(4),
  },
  {
    name: "a group that the listing lacks, and the people who are only in it",
    lie: ({ google }) => google.lies.hideGroups(at("aws-readonly")),
    held: { "group.retire": 1, "user.retire": 4 },
    kept: (j) => {
      unchanged("kim", "lena", "mona", "nils")(j);
      expect(j.aws.membersOf("aws-readonly")).toHaveLength(4);
      expect(j.aws.group("aws-readonly").externalId).toMatch(/^0/);
    },
  },
  {
    name: "a group that the listing of its query lacks",
    settings: { GROUP_MATCH: "name:aws-*, email=aws-admins@example.com", USER_MATCH: "*" },
    lie: ({ google }) => google.lies.hideGroups(at("aws-readonly")),
    held: { "group.retire": 1 },
    kept: ({ aws }) => expect(aws.membersOf("aws-readonly")).toHaveLength(4),
  },
  {
    name: "a user whom the listing of USER_MATCH lacks, though the account fits",
    settings: { SYNC_METHOD: "users_groups", USER_MATCH: "orgUnitPath=/Engineering, email:a*, email:grace*" },
    lie: (j) => void withhold(j, "orgUnitPath=/Engineering", ({ id }) => id === j.google.user(at("zoe")).id),
    held: { "user.retire": 1 },
    kept: (j) => {
      unchanged("zoe")(j);
      expect(j.aws.membersOf(at("aws-backend"))).toContain(at("zoe"));
    },
  },
];

describe("held, while everything else goes on, and silently right again once the index has caught up:", () => {
  test.each(contradicted)("$name", { tags: "long" }, async ({ settings = {}, lie, held, kept }) => {
    const j = await settled({ MAX_MEMBERSHIP_REMOVALS: "100%", ...settings });
    lie(j);
    const serves = settings["SYNC_METHOD"] === undefined && !settings["USER_MATCH"];
    if (serves) otherwise(j);
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", held, failed: {}, approvals: [] });
    expect(summary.message).toContain("held");
    kept(j);
    if (serves) served(j);

    const again = await j.run();
    expect(again).toMatchObject({ status: "attention", held });
    expect(j.writes()).toEqual([]);

    j.google.lies.clear();
    if (settings["SYNC_METHOD"] === "users_groups") return;
    await j.sync();
    expect(j.writes()).toEqual([]);
    await j.settle();
  });
});

describe("a removal that Google agrees with is carried out:", () => {
  test("of a deleted user, after one question about each", { tags: "long" }, async () => {
    const j = await settled();
    for (const name of ["ivan", "kim", "lena"]) j.google.deleteUser(at(name));
    await j.sync();
    expect(asked(j)).toEqual(["users.get", "users.get", "users.get"]);
    await j.settle();
  });

  test("of a user whom Google does not show, but lists among the deleted, which are asked for once", async () => {
    const j = await settled();
    for (const name of ["ivan", "kim", "lena"]) j.google.deleteUser(at(name));
    noAnswer(j, "users.get", 403);
    await j.sync();
    expect(asked(j).toSorted()).toEqual([
      ...["deleted users", "deleted users"],
      ...["users.get", "users.get", "users.get"],
    ]);
    await j.settle();
  });

  test("of a user who was deleted too long ago to be listed anywhere", async () => {
    const j = await settled();
    j.google.deleteUser(at("ivan"));
    j.google.deletedUsers.length = 0;
    await j.sync();
    expect(asked(j)).toEqual(["users.get"]);
    await j.settle();
  });

  test("of a group that is in no listing any more, though its name is still among a parent's members", async () => {
    const j = await settled({ USER_MATCH: "*" });
    j.google.deleteGroup(at("aws-readonly"));
    await j.sync();
    expect(asked(j)).toEqual(["groups.get"]);
    await j.settle();
  });

  test("of a group that the listing still has, though its members and itself are 404", async () => {
    const j = await settled({ USER_MATCH: "*" });
    j.google.deleteGroup(at("aws-readonly"));
    j.google.lies.listDeletedGroup(at("aws-readonly"));
    await j.sync();
    expect(j.aws.membersOf("aws-readonly")).toEqual([]);
    await j.quiet();
  });

  test("of whoever is suspended or archived, after one question about each", async () => {
    const j = await settled({ SYNC_SUSPENDED: "false" });
    j.google.suspend(at("ada"));
    j.google.archive(at("kim"));
    await j.sync();
    expect(asked(j)).toEqual(["users.get", "users.get"]);
    expect(j.aws.user(at("ada")).active).toBe(false);
    await j.settle();
  });

  test(
    "of a member from another domain, about whom every nested group is asked",
    { tags: "long" },
    async () => {
      const j = await journey({
        settings: { USER_MATCH: "*" },
        also: (google) => {
          google.addUser({ email: "yuki@example.org", givenName: "Yuki", familyName: "Mori" });
          google.addMember(at("aws-backend"), "yuki@example.org");
        },
      });
      await j.sync();
      expect(j.aws.membersOf("aws-engineers")).toContain("yuki@example.org");
      j.google.lies.hideMembers(at("aws-backend"), "yuki@example.org");
      expect(await j.run()).toMatchObject({ status: "attention", held: { "members.remove": 2 } });
      expect(j.aws.membersOf("aws-engineers")).toContain("yuki@example.org");
      expect(asked(j)).toContain("members.get");
      j.google.lies.clear();
      j.google.removeMember(at("aws-backend"), "yuki@example.org");
      await j.sync();
      expect(j.aws.membersOf("aws-engineers")).not.toContain("yuki@example.org");
      await j.settle();
    },
  );
});

describe("without an answer a removal is held as unsure, and its id lets it through:", () => {
  const unsure: readonly {
    readonly name: string;
    readonly operation: string;
    readonly settings?: Record<string, string>;
    readonly happen: (j: Journey) => void;
    readonly gone: (j: Journey) => void;
  }[] = [
    {
      name: "a user",
      operation: "users.get",
      happen: ({ google }) => {
        google.deleteUser(at("zoe"));
        google.deletedUsers.length = 0;
      },
      gone: ({ aws }) => expect(aws.user(at("zoe")).active).toBe(false),
    },
    {
      name: "a user who left his only group",
      operation: "members.hasMember",
      happen: ({ google }) => google.removeMember(at("aws-readonly"), at("kim")),
      gone: ({ aws }) => expect(aws.user(at("kim")).active).toBe(false),
    },
    {
      name: "a user whom USER_MATCH has no longer",
      operation: "users.get",
      settings: { SYNC_METHOD: "users_groups", USER_MATCH: "orgUnitPath=/Engineering" },
      happen: ({ google }) => google.moveTo(at("zoe"), "/Sales"),
      gone: ({ aws }) => expect(aws.user(at("zoe")).active).toBe(false),
    },
    {
      name: "a membership",
      operation: "members.hasMember",
      settings: { USER_MATCH: "*" },
      happen: ({ google }) => google.removeMember(at("aws-readonly"), at("kim")),
      gone: ({ aws }) => expect(aws.membersOf("aws-readonly")).not.toContain(at("kim")),
    },
    {
      name: "a group",
      operation: "groups.get",
      settings: { USER_MATCH: "*" },
      happen: ({ google }) => google.deleteGroup(at("aws-readonly")),
      gone: ({ aws }) => expect(aws.membersOf("aws-readonly")).toEqual([]),
    },
  ];
  test.each(unsure.flatMap((one) => [403, 503].map((status) => ({ ...one, status }))))(
    "$name, $status",
    async ({ operation, status, settings = {}, happen, gone }) => {
      const j = await settled(settings);
      happen(j);
      const before = j.aws.snapshot();
      noAnswer(j, operation, status);
      const summary = await j.run();
      expect(summary).toMatchObject({ status: "attention", approvals: [{ kind: "unsure" }] });
      expect(j.aws.snapshot()).toEqual(before);
      const payload = { action: "sync", approve: [summary.approvals[0]?.id] };
      expect((await j.plan()).approvals[0]?.id).toBe(summary.approvals[0]?.id);
      const done = await j.run(payload);
      expect(done).toMatchObject({ status: "succeeded", held: {}, approved: summary.approvals });
      gone(j);
    },
  );

  test("what waits and what is held come by subject, in whatever order Google answers", async () => {
    const j = await settled({ USER_MATCH: "*", MAX_MEMBERSHIP_REMOVALS: "100%" });
    const ids = ["ada", "kim"].map((name) => j.google.user(at(name)).id);
    for (const name of ["otto", "ada", "ivan", "grace"]) j.google.deleteUser(at(name));
    j.google.deletedUsers.length = 0;
    for (const name of ["nils", "kim", "lena", "mona"]) j.google.removeMember(at("aws-readonly"), at(name));
    j.google.removeMember(at("aws-engineers"), at("linus"));
    // The first by the alphabet have to be asked again and again, so they are answered last.
    for (const id of ids)
      j.emulator.fault({ when: ({ path }) => path.includes(id), times: 3, do: { status: 503 } });
    for (const operation of ["users.get", "members.hasMember"]) noAnswer(j, operation, 403);
    const { approvals, message } = await j.run();
    const subjects = approvals.map(({ subject }) => subject);
    const [leavers, groups] = [subjects.slice(0, 4), subjects.slice(4)];
    expect(leavers).toEqual(["ada", "grace", "ivan", "otto"].map(at));
    expect(groups).toEqual(["aws-engineers", "aws-readonly"]);
    const four = ["kim", "lena", "mona", "nils"].map(at).join(", ");
    expect(approvals.at(-1)?.sentence).toContain(`4 members (${four})`);
    expect(message).toContain(`the first: ${at("ada")}`);
  });

  test("an upheaval that was approved is approved with whatever is unsure in it", async () => {
    const j = await settled();
    const names = ["kim", "lena", "mona", "nils"].map(at);
    for (const name of names) j.google.removeMember(at("aws-readonly"), name);
    for (const name of ["linus", "ivan"].map(at)) j.google.removeMember(at("aws-engineers"), name);
    const told = await j.run();
    expect(told).toMatchObject({ status: "refused", approvals: [{ kind: "upheaval" }] });
    const { id } = j.google.user(at("kim"));
    j.emulator.fault({
      when: ({ path, operation }) => operation !== "users.list" && path.includes(id),
      times: Infinity,
      do: { status: 403 },
    });
    await j.sync({ action: "sync", approve: told.approvals.map((one) => one.id) });
    expect(names.filter((name) => j.aws.user(name).active)).toEqual([]);
  });

  test("the approval of some of a group's members names who else it would take out, and nobody who leaves anyway", async () => {
    const j = await settled({ USER_MATCH: "*", MAX_MEMBERSHIP_REMOVALS: "100%", MAX_GROUP_SHRINK: "100%" });
    // One of whom Google says nothing, one who leaves, and one whom Google says to be there still, who leaves another.
    for (const name of ["kim", "lena", "mona"]) j.google.addMember(at("aws-engineers"), at(name));
    await j.sync();
    for (const name of ["kim", "lena"]) j.google.removeMember(at("aws-readonly"), at(name));
    j.google.removeMember(at("aws-engineers"), at("mona"));
    j.google.lies.hideMembers(at("aws-readonly"), at("mona"));
    const { id } = j.google.user(at("kim"));
    j.emulator.fault({
      when: ({ operation, path }) => operation === "members.hasMember" && path.endsWith(id),
      times: Infinity,
      do: { status: 403 },
    });
    const { approvals } = await j.run();
    expect(approvals).toMatchObject([{ kind: "unsure", subject: "aws-readonly" }]);
    expect(approvals[0]?.sentence).toMatch(
      /1 member \(kim@example\.com\) left: .*would take out 1 other member \(mona@example\.com\)$/,
    );
    expect(outcomesOf(j, "applied")).toEqual([
      "members.remove aws-engineers mona@example.com",
      "members.remove aws-readonly lena@example.com",
    ]);
  });

  test("a user whom DELETE_GRACE_DAYS=0 would delete at once is asked about, and approved, once", async () => {
    const j = await settled({ DELETE_GRACE_DAYS: "0" });
    j.google.deleteUser(at("zoe"));
    j.google.deletedUsers.length = 0;
    noAnswer(j, "users.get", 403);
    const { approvals } = await j.run();
    expect(approvals).toHaveLength(1);
    await j.run({ action: "sync", approve: [approvals[0]?.id] });
    expect(j.aws.findUser(at("zoe"))).toBeUndefined();
  });
});

describe("a leaver is never kept", () => {
  test("because of somebody else's doubtful removal", async () => {
    const j = await settled({ MAX_USER_REMOVALS: "100%" });
    j.google.lies.hideUsers(at("zoe"));
    j.google.lies.hideGroups(at("aws-readonly"));
    otherwise(j);
    await j.run();
    served(j);
  });

  test("who is suspended, although the listing of his only group lacks him: he is disabled, and stays a member", async () => {
    const j = await settled();
    j.google.suspend(at("kim"));
    j.google.lies.hideMembers(at("aws-readonly"), at("kim"));
    expect(await j.run()).toMatchObject({ status: "attention", held: { "user.retire": 1 } });
    expect(j.aws.user(at("kim")).active).toBe(false);
    expect(j.aws.membersOf("aws-readonly")).toContain(at("kim"));
    j.google.lies.clear();
    await j.sync();
    await j.settle();
  });

  test("who is suspended, although the listing lacks him altogether", async () => {
    const j = await settled();
    j.google.suspend(at("kim"));
    j.google.lies.hideUsers(at("kim"));
    expect(await j.run()).toMatchObject({ status: "attention", held: { "user.retire": 1 } });
    expect(j.aws.user(at("kim")).active).toBe(false);
    j.google.lies.clear();
    await j.sync();
    await j.settle();
  });

  test("in a group that is held: who was deleted leaves it", async () => {
    const j = await settled();
    j.google.lies.hideGroups(at("aws-readonly"));
    j.google.deleteUser(at("kim"));
    await j.run();
    expect(j.aws.user(at("kim")).active).toBe(false);
    expect(j.aws.membersOf("aws-readonly")).toEqual(["lena", "mona", "nils"].map(at));
  });
});

describe("the second look costs", () => {
  test("nothing in a quiet run, nor in one that only adds", async () => {
    const j = await settled();
    await j.sync();
    expect(asked(j)).toEqual([]);
    j.google.addUser({ email: at("nova") });
    j.google.addMember(at("aws-admins"), at("nova"));
    j.google.nameUser(at("zoe"), "Zoe", "Angelo");
    await j.sync();
    expect(asked(j)).toEqual([]);
  });

  test("about one request for each removal", async () => {
    const j = await settled({ USER_MATCH: "*" });
    for (const name of ["kim", "lena", "nils", "mona"]) j.google.removeMember(at("aws-readonly"), at(name));
    j.google.deleteUser(at("ivan"));
    j.google.deleteGroup(at("aws-admins"));
    await j.sync();
    expect(asked(j).toSorted()).toEqual([
      "groups.get",
      ...Array<string>(4).fill("members.hasMember"),
      "users.get",
    ]);
  });

  test("one question about a group that leaves the scope with those who were only in it, and one about whose account it is", async () => {
    const j = await settled({ GROUP_MATCH: "name:aws-*" });
    j.google.nameGroup(at("aws-readonly"), "looking only");
    await j.sync();
    expect(asked(j)).toEqual(["groups.get", "users.get"]);
    await j.settle();
  });

  test(
    "one more listing of a query that only Google can judge, for however many people",
    { tags: "long" },
    async () => {
      const query = "orgDepartment=Tech";
      const j = await journey({
        settings: { SYNC_METHOD: "users_groups", USER_MATCH: query },
        also: ({ users }) => {
          for (const user of users) user.attributes["orgDepartment"] = "Tech";
        },
      });
      await j.sync();
      const hidden = new Set(["kim", "lena"].map((name) => j.google.user(at(name)).id));
      const lie = withhold(j, query, ({ id }) => hidden.has(id));
      expect(await j.run()).toMatchObject({ status: "succeeded", applied: { "user.retire": 2 } });
      lie.remove();
      await j.sync();
      for (const name of ["kim", "lena", "nils"])
        j.google.user(at(name)).attributes["orgDepartment"] = "Sales";
      await j.sync();
      const listings = j.emulator.requests.filter(
        ({ operation, query: { query: text, pageToken } }) =>
          operation === "users.list" && text === query && pageToken === undefined,
      );
      expect(listings).toHaveLength(2);
      expect(j.aws.user(at("kim")).active).toBe(false);
    },
  );
});

test(
  "one question that hangs keeps nobody else in: what was confirmed is done, and it is asked again in the next run",
  { tags: "long" },
  async () => {
    const j = await settled({ USER_MATCH: "*" });
    const remainingMs = await j.timeFor(6_000);
    for (const name of ["kim", "lena"]) j.google.removeMember(at("aws-readonly"), at(name));
    const { id } = j.google.user(at("kim"));
    j.emulator.fault({
      when: ({ operation, path }) => operation === "members.hasMember" && path.endsWith(id),
      do: { delay: 60_000 },
    });
    expect(await j.run({}, { remainingMs })).toMatchObject({ status: "incomplete", held: {}, left: 1 });
    expect(j.aws.membersOf("aws-readonly")).toEqual(["kim", "mona", "nils"].map(at));
    await j.sync();
    await j.settle();
  },
);

test("what has to step aside is held once, and what wants its name waits", async () => {
  const j = await settled({ GROUP_NAME: "name", USER_MATCH: "*" });
  j.google.lies.hideGroups(at("aws-admins"));
  j.google.nameGroup(at("aws-backend"), "aws-admins");
  const summary = await j.run();
  expect(summary).toMatchObject({ status: "attention", held: { "group.retire": 1 }, applied: {} });
  expect(heldOf(await j.plan())).toEqual(["group.retire aws-admins"]);
  expect(j.aws.membersOf("aws-admins")).toEqual(["ada", "grace"].map(at));
});

describe("a user who goes from one group to another is not disabled", () => {
  const move = (j: Journey): void => {
    j.google.removeMember(at("aws-readonly"), at("kim"));
    j.google.addMember(at("aws-admins"), at("kim"));
    j.google.lies.hideMembers(at("aws-admins"), at("kim"));
  };

  test.each([
    ["tells his groups", undefined],
    ["refuses to tell his groups", 400],
  ])(
    "while the new group's listing lacks him; he leaves the old one at once (Google %s)",
    async (_, status) => {
      const j = await settled();
      move(j);
      if (status !== undefined)
        j.emulator.fault({ when: ({ query }) => isAboutMember(query), times: Infinity, do: { status } });
      expect(await j.run()).toMatchObject({ status: "attention", held: { "user.retire": 1 } });
      expect(outcomesOf(j, "applied")).toEqual(["members.remove aws-readonly kim@example.com"]);
      expect(j.aws.user(at("kim")).active).toBe(true);
      j.google.lies.clear();
      await j.sync();
      await j.settle();
    },
  );

  test("while no listing has the new group, which took the place of the old one", async () => {
    const j = await settled();
    j.google.deleteGroup(at("aws-readonly"));
    j.google.addGroup({ email: at("aws-look") });
    for (const name of ["kim", "lena"]) j.google.addMember(at("aws-look"), at(name));
    j.google.lies.hideGroups(at("aws-look"));
    expect((await j.run()).held).toEqual({ "user.retire": 2 });
    for (const [name, active] of [
      ["kim", true],
      ["lena", true],
      ["nils", false],
    ] as const)
      expect(j.aws.user(at(name)).active, name).toBe(active);
    j.google.lies.clear();
    await j.sync();
    await j.settle();
  });

  test.each(["users", "users,groups"])(
    "with MANAGE=%s, where no membership of his is ours",
    async (MANAGE) => {
      const j = await settled();
      j.google.lies.hideMembers(at("aws-readonly"), at("kim"));
      const settings = { MANAGE };
      expect((await j.run({}, { settings })).held).toEqual({ "user.retire": 1 });
      j.google.removeMember(at("aws-readonly"), at("kim"));
      await j.run({}, { settings });
      expect(j.aws.user(at("kim")).active).toBe(false);
    },
  );

  test("while his only membership is in a group that waits to be taken over", async () => {
    const j = await settled();
    j.aws.addGroup({ displayName: "aws-manual" });
    j.google.addGroup({ email: at("aws-manual") });
    j.google.addMember(at("aws-manual"), at("kim"));
    j.google.removeMember(at("aws-readonly"), at("kim"));
    j.google.lies.hideMembers(at("aws-manual"), at("kim"));
    expect((await j.run()).held).toEqual({ "user.retire": 1 });
    expect(j.aws.user(at("kim")).active).toBe(true);
  });

  const groupsTold = (j: Journey, ...names: readonly string[]): void => {
    const groups = names.map((name) => ({ id: j.google.group(at(name)).id, email: at(name), name }));
    j.emulator.fault({
      when: ({ query }) => isAboutMember(query, j.google.user(at("kim")).id),
      times: Infinity,
      do: { status: 200, body: { kind: "admin#directory#groups", groups } },
    });
  };

  test("because of any of several groups that he is said to be in", async () => {
    const j = await settled();
    move(j);
    groupsTold(j, "aws-backend", "aws-admins");
    expect((await j.run()).held).toEqual({ "user.retire": 1 });
  });

  test("while Google does not say whether he is in the new group", async () => {
    const j = await settled();
    move(j);
    const { id } = j.google.group(at("aws-admins"));
    j.emulator.fault({
      when: ({ operation, path }) => operation === "members.get" && path.includes(id),
      times: Infinity,
      do: { status: 503 },
    });
    expect((await j.run()).approvals).toMatchObject([{ kind: "unsure", subject: at("kim") }]);
    expect(j.aws.user(at("kim")).active).toBe(true);
  });

  test("but a group that IGNORE_GROUPS names keeps nobody, listed or not", async () => {
    const j = await settled({ IGNORE_GROUPS: "aws-secret*" });
    j.google.addGroup({ email: at("aws-secret") });
    j.google.addMember(at("aws-secret"), at("kim"));
    j.google.removeMember(at("aws-readonly"), at("kim"));
    j.google.lies.hideGroups(at("aws-secret"));
    await j.sync();
    expect(j.aws.user(at("kim")).active).toBe(false);
  });

  test("but by an old list of his groups alone nobody is kept", async () => {
    const j = await settled();
    j.google.removeMember(at("aws-readonly"), at("kim"));
    groupsTold(j, "aws-readonly", "aws-admins");
    expect((await j.run()).status).toBe("succeeded");
    expect(j.aws.user(at("kim")).active).toBe(false);
  });

  test(
    "without an answer about his groups he waits, and his approval lets him go",
    { tags: "long" },
    async () => {
      const j = await settled();
      j.google.removeMember(at("aws-readonly"), at("kim"));
      j.emulator.fault({ when: ({ query }) => isAboutMember(query), times: Infinity, do: { status: 503 } });
      const { approvals } = await j.run();
      expect(approvals).toMatchObject([{ kind: "unsure", subject: at("kim") }]);
      expect(j.aws.membersOf("aws-readonly")).not.toContain(at("kim"));
      await j.sync({ action: "sync", approve: approvals.map(({ id }) => id) });
      expect(j.aws.user(at("kim")).active).toBe(false);
    },
  );
});

test("who is kept for one membership leaves the other group, as Google says", { tags: "long" }, async () => {
  const j = await settled();
  j.google.addMember(at("aws-admins"), at("kim"));
  await j.sync();
  j.google.removeMember(at("aws-admins"), at("kim"));
  j.google.lies.hideMembers(at("aws-readonly"), at("kim"));
  expect((await j.run()).held).toEqual({ "user.retire": 1 });
  expect(j.aws.membersOf("aws-admins")).not.toContain(at("kim"));
  expect(j.aws.membersOf("aws-readonly")).toContain(at("kim"));
  j.google.lies.clear();
  await j.sync();
  await j.settle();
});

describe("a membership is asked about by itself where neither its user nor its group is", () => {
  const others = ["ada", "grace", "linus", "ivan", "zoe", "otto", "lena", "kim"].map(at);

  test("without users in MANAGE: of users whom the listing lacks nobody leaves a group", async () => {
    const j = await settled({ MAX_MEMBERSHIP_REMOVALS: "100%" });
    const settings = { MANAGE: "groups,memberships" };
    j.google.lies.hideUsers(...others);
    expect(await j.run({}, { settings })).toMatchObject({ applied: {}, held: { "members.remove": 10 } });
    j.google.lies.clear();
    j.google.deleteUser(at("zoe"));
    await j.run({}, { settings });
    expect(j.aws.membersOf("aws-backend")).toEqual([at("otto")]);
    expect(j.emulator.count({ operation: "members.hasMember" })).toBe(0);
  });

  test("without users in MANAGE, of somebody whom Google does not show", async () => {
    const j = await settled();
    j.google.lies.hideUsers(at("zoe"));
    noAnswer(j, "users.get", 403);
    const settings = { MANAGE: "groups,memberships" };
    expect(await j.run({}, { settings })).toMatchObject({ applied: {}, held: { "members.remove": 2 } });
  });

  test("without users in MANAGE they count for the limit", async () => {
    const j = await settled();
    for (const address of others) j.google.deleteUser(address);
    const summary = await j.run({}, { settings: { MANAGE: "groups,memberships" } });
    expect(summary).toMatchObject({ status: "attention", applied: {} });
    expect(summary.approvals.map(({ kind, subject }) => `${kind} ${subject}`).toSorted()).toEqual(
      ["aws-admins", "aws-backend", "aws-engineers", "aws-readonly"].map((name) => `removals ${name}`),
    );
  });

  test(
    "without users in MANAGE, of somebody whom the listing of USER_MATCH lacks",
    { tags: "long" },
    async () => {
      const query = "orgUnitPath=/Engineering";
      const method = { SYNC_METHOD: "users_groups", USER_MATCH: query };
      const j = await settled(method);
      const zoe = j.google.user(at("zoe"));
      const lie = withhold(j, query, ({ id }) => id === zoe.id);
      const settings = { ...method, MANAGE: "groups,memberships" };
      expect(await j.run({}, { settings })).toMatchObject({ applied: {}, held: { "members.remove": 2 } });
      lie.remove();
      zoe.orgUnitPath = "/Sales";
      expect(await j.run({}, { settings })).toMatchObject({ applied: { "members.remove": 2 }, held: {} });
    },
  );

  test("without users in MANAGE, of somebody of whom Google does not say whether they fit USER_MATCH", async () => {
    const method = { SYNC_METHOD: "users_groups", USER_MATCH: "orgUnitPath=/Engineering" };
    const j = await settled(method);
    j.google.moveTo(at("nils"), "/Sales");
    noAnswer(j, "users.get", 503);
    const settings = { ...method, MANAGE: "groups,memberships" };
    const { approvals } = await j.run({}, { settings });
    expect(approvals).toMatchObject([{ kind: "unsure", subject: at("aws-readonly") }]);
    expect(j.aws.membersOf(at("aws-readonly"))).toContain(at("nils"));
  });

  test("where `only` names the group, and not the user", async () => {
    const j = await settled();
    const only = { action: "sync", only: [at("aws-backend")] };
    j.google.lies.hideUsers(at("zoe"));
    expect(await j.run(only)).toMatchObject({ applied: {}, held: { "user.disable": 1 } });
    j.google.lies.clear();
    j.google.deleteUser(at("zoe"));
    await j.run(only);
    expect(j.aws.membersOf("aws-backend")).toEqual([at("otto")]);
  });

  test("where `only` names the user, and not the group", async () => {
    const j = await settled({ USER_MATCH: "*" });
    const only = { action: "sync", only: [at("ada")] };
    j.google.lies.hideGroups(at("aws-admins"));
    expect(await j.run(only)).toMatchObject({ applied: {}, held: { "members.remove": 1 } });
    j.google.lies.clear();
    j.google.deleteGroup(at("aws-admins"));
    await j.run(only);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("grace")]);
  });

  test.each(["memberships", "users,memberships"])(
    "in a group that is gone, with MANAGE=%s",
    async (MANAGE) => {
      const j = await settled({ USER_MATCH: "*" });
      const settings = { MANAGE };
      j.google.lies.hideGroups(at("aws-admins"));
      expect(await j.run({}, { settings })).toMatchObject({ applied: {}, held: { "members.remove": 2 } });
      j.google.lies.clear();
      j.google.deleteGroup(at("aws-admins"));
      expect(await j.run({}, { settings })).toMatchObject({
        status: "succeeded",
        applied: { "members.remove": 2 },
      });
      expect(j.aws.membersOf("aws-admins")).toEqual([]);
      expect(j.aws.group("aws-admins").externalId).toMatch(/^0/);
      await j.quiet({ settings });
    },
  );

  test("and one of a group that GROUP_MATCH leaves out now goes, with MANAGE=memberships", async () => {
    const settings = { MANAGE: "memberships", GROUP_MATCH: "name:aws-*" };
    const j = await settled({ USER_MATCH: "*", GROUP_MATCH: "name:aws-*" });
    j.google.nameGroup(at("aws-admins"), "Other");
    expect(await j.run({}, { settings })).toMatchObject({ applied: { "members.remove": 2 }, held: {} });
  });

  test("of a user whom AWS knows without a Google id", async () => {
    const j = await settled();
    const settings = { MANAGE: "groups,memberships" };
    Object.assign(j.aws.user(at("kim")), { externalId: undefined });
    j.google.lies.hideMembers(at("aws-readonly"), at("kim"));
    expect(await j.run({}, { settings })).toMatchObject({ applied: {}, held: { "members.remove": 1 } });
  });

  test("in a group that is only now taken over", async () => {
    const j = await settled({ USER_MATCH: "*" });
    Object.assign(j.aws.group("aws-readonly"), { externalId: undefined });
    j.google.lies.hideMembers(at("aws-readonly"), at("kim"));
    const { approvals } = await j.run();
    expect(await j.run({ action: "sync", approve: [approvals[0]?.id] })).toMatchObject({
      applied: { "group.update": 1 },
      held: { "members.remove": 1 },
    });
    expect(j.aws.membersOf("aws-readonly")).toContain(at("kim"));
  });
});

test(
  "a member from another domain is found through a nested group that the listing lacks",
  { tags: "long" },
  async () => {
    const j = await journey({ also: (google) => void google.addUser({ email: "yuki@example.org" }) });
    j.google.addMember(at("aws-backend"), "yuki@example.org");
    await j.sync();
    expect(j.aws.membersOf("aws-engineers")).toContain("yuki@example.org");
    const { id } = j.google.group(at("aws-engineers"));
    const nested = j.google.group(at("aws-backend")).id;
    const lie = j.emulator.fault({
      when: ({ operation, path }) => operation === "members.list" && path.includes(id),
      times: 2,
      do: (_, answer): Answer => {
        const body = structuredClone(answer.body) as { members?: { id: string }[] };
        return {
          ...answer,
          body: { ...body, members: (body.members ?? []).filter((row) => row.id !== nested) },
        };
      },
    });
    const summary = await j.run();
    expect(lie.hits).toBe(2);
    expect(summary).toMatchObject({ applied: {}, held: { "members.remove": 3 } });
    await j.sync();
    await j.settle();
  },
);

test("a group waits while Google does not say whether it fits a query that only Google can judge", async () => {
  const query = `memberKey=${at("mona")}`;
  const j = await settled({
    GROUP_MATCH: `email:aws-a*,email:aws-b*,email:aws-e*,${query}`,
    USER_MATCH: "*",
  });
  j.google.removeMember(at("aws-readonly"), at("mona"));
  let seen = 0;
  j.emulator.fault({
    when: ({ query: asked }) => asked["query"] === query && (seen += 1) > 1,
    times: Infinity,
    do: { status: 503 },
  });
  const { approvals } = await j.run();
  expect(approvals).toMatchObject([{ kind: "unsure", subject: "aws-readonly" }]);
});

test("a group that GROUP_MATCH leaves out, but whose address IGNORE_GROUPS names, is left as it is", async () => {
  const j = await settled({ GROUP_MATCH: "name:aws-*", USER_MATCH: "*" });
  const settings = { IGNORE_GROUPS: at("aws-readonly") };
  const before = j.aws.snapshot();
  j.google.nameGroup(at("aws-readonly"), "Looking only");
  const summary = await j.run({}, { settings });
  expect(summary).toMatchObject({ status: "attention", applied: {}, held: { "group.retire": 1 } });
  expect(j.aws.snapshot()).toEqual(before);
});

test("a group that GROUP_MATCH leaves out goes, although its owner gave it a name and an alias that IGNORE_GROUPS meets", async () => {
  const j = await settled({ GROUP_MATCH: "name:aws-*", USER_MATCH: "*", IGNORE_GROUPS: "frozen*" });
  j.google.group(at("aws-readonly")).aliases.push(at("frozen"));
  j.google.nameGroup(at("aws-readonly"), "Frozen");
  await j.sync();
  expect(j.aws.membersOf("aws-readonly")).toEqual([]);
});

test("who is held because the account is not active is told as not enabled, and not as a removal", async () => {
  const j = await settled();
  j.google.suspend(at("kim"));
  await j.sync();
  j.emulator.fault({
    when: { operation: "users.list" },
    times: Infinity,
    do: (_, answer): Answer => {
      const body = structuredClone(answer.body) as { users?: { suspended?: boolean }[] };
      return {
        ...answer,
        body: { ...body, users: (body.users ?? []).map((row) => ({ ...row, suspended: false })) },
      };
    },
  });
  const { message, held } = await j.run();
  expect(held).toEqual({ "user.enable": 1 });
  expect(message).toContain(`1 user is not enabled (${at("kim")}: `);
  expect(message).not.toContain("removal");
});

test("of whom it is unsure whether his group is gone nobody is enabled", { tags: "long" }, async () => {
  const j = await settled({ USER_MATCH: "*" });
  j.google.suspend(at("ada"));
  await j.sync();
  j.google.suspend(at("ada"), false);
  j.google.deleteGroup(at("aws-admins"));
  const fault = noAnswer(j, "groups.get", 503);
  await j.run();
  expect(j.aws.user(at("ada")).active).toBe(false);
  fault.remove();
  await j.sync();
  expect(j.aws.user(at("ada")).active).toBe(true);
  await j.settle();
});

test("a plan asks as well, and shows what is held with its reason", async () => {
  const j = await settled();
  j.google.lies.hideUsers(at("zoe"));
  const plan = await j.plan();
  expect(plan.status).toBe("attention");
  expect(heldOf(plan)).toEqual(["user.disable zoe@example.com"]);
  expect(plannedOf(plan)).toEqual([]);
  expect(plan.changes?.[0]?.reason).toContain("the account exists");
});

describe("a new account of an address that somebody else has in AWS", () => {
  /** Zoe has another address now, which no listing tells, and somebody new has hers. */
  async function succeeded(): Promise<{ readonly j: Journey; readonly old: string }> {
    const j = await settled();
    const old = j.google.user(at("zoe"));
    Object.assign(old, { primaryEmail: at("zoe.old"), aliases: [] });
    j.google.addUser({ email: at("zoe") });
    j.google.addMember(at("aws-admins"), at("zoe"));
    j.google.lies.hideUsers(old.id);
    return { j, old: old.id };
  }

  test("gets nothing that the other keeps, while nobody knows whether they are gone", async () => {
    const { j, old } = await succeeded();
    const fault = noAnswer(j, "users.get", 503);
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", held: { "user.disable": 1 }, failed: {} });
    expect(j.aws.user(at("zoe")).externalId).toBe(old);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
    expect(outcomesOf(j, "applied")).toEqual([]);
    fault.remove();
    j.google.lies.clear();
    await j.sync();
    await j.settle();
  });

  test("gets it as soon as the other's account says that it is called otherwise", async () => {
    const { j, old } = await succeeded();
    expect(await j.run()).toMatchObject({ status: "attention", held: { "user.disable": 1 }, failed: {} });
    expect(j.aws.user(at("zoe.old"))).toMatchObject({ externalId: old, active: true });
    expect(j.aws.membersOf("aws-backend")).toContain(at("zoe.old"));
    expect(j.aws.membersOf("aws-admins")).toContain(at("zoe"));
    j.google.lies.clear();
    await j.sync();
    await j.settle();
  });
});
