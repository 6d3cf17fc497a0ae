import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { approving } from "./day.ts";
import { journey, outcomesOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

async function settled(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
  await j.sync();
  return j;
}

const only = (...subjects: string[]): object => ({ action: "sync", only: subjects });

describe("a run about only some", () => {
  test("lets one leaver go while the whole plan is refused", async () => {
    const j = await settled();
    for (const group of ["aws-admins", "aws-backend"]) j.google.deleteGroup(at(group));
    for (const name of ["lena", "mona", "nils"]) j.google.removeMember(at("aws-readonly"), at(name));
    const before = await j.plan();
    expect(before.status).toBe("refused");
    j.google.suspend(at("kim"));
    await j.sync(only(at("KIM").toUpperCase()));
    expect(outcomesOf(j, "applied")).toEqual(["user.disable kim@example.com"]);
    expect(j.aws.user(at("lena")).active).toBe(true);
  });

  test.each([
    ["its address", (j: Journey) => j.google.group(at("aws-admins")).email],
    ["its name", () => "AWS-Admins"],
    ["its Google id", (j: Journey) => j.google.group(at("aws-admins")).id],
    ["its id in AWS", (j: Journey) => j.aws.group("aws-admins").id],
  ])("takes a group by %s, and its new users come along", { tags: "long" }, async (_, subject) => {
    const j = await settled();
    j.google.addUser({ email: at("nova") });
    j.google.addMember(at("aws-admins"), at("nova"));
    j.google.addUser({ email: at("odd") });
    j.google.addMember(at("aws-backend"), at("odd"));
    j.google.removeMember(at("aws-admins"), at("ada"));
    j.google.addMember(at("aws-readonly"), at("ada"));
    await j.sync(only(subject(j)));
    expect(outcomesOf(j, "applied")).toEqual([
      "members.add aws-admins nova@example.com",
      "members.remove aws-admins ada@example.com",
      "user.create nova@example.com",
    ]);
    await j.sync();
    await j.settle();
  });

  test(
    "makes a new user and puts him into the groups that are there, and says which one is not",
    { tags: "long" },
    async () => {
      const j = await settled();
      j.google.addUser({ email: at("nova") });
      j.google.addGroup({ email: at("aws-fresh") });
      j.google.addMember(at("aws-fresh"), at("nova"));
      j.google.addMember(at("aws-admins"), at("nova"));
      const summary = await j.run(only(at("nova")));
      expect(outcomesOf(j, "applied")).toEqual([
        "members.add aws-admins nova@example.com",
        "user.create nova@example.com",
      ]);
      expect(j.aws.findGroup("aws-fresh")).toBeUndefined();
      expect(summary.failed).toEqual({});
      await j.sync();
      await j.settle();
    },
  );

  test("takes over no group that somebody made, although it is named: that needs an approval", async () => {
    const j = await journey({
      also: (google, aws) => {
        google.addGroup({ email: at("aws-manual") });
        aws.addGroup({ displayName: "aws-manual" });
      },
    });
    const { approvals } = await j.sync(only(at("aws-manual")));
    expect(j.writes()).toEqual([]);
    await j.run({ action: "sync", approve: approvals.map(({ id }) => id) });
    expect(j.aws.group("aws-manual").externalId).toBe(j.google.group(at("aws-manual")).id);
  });

  test("restores a user by an address that the target does not know yet", async () => {
    const j = await settled();
    const person = j.google.user(at("ada"));
    const { id } = j.aws.user(at("ada"));
    j.google.deleteUser(at("ada"));
    await j.sync();
    j.google.undeleteUser(person.id);
    person.primaryEmail = at("ada.lovelace");
    j.google.addMember(at("aws-admins"), person.id);
    await j.sync(only(at("ada.lovelace")));
    expect(j.aws.user(at("ada.lovelace"))).toMatchObject({ id, active: true });
    await j.settle();
  });

  test(
    "does not put anybody into a group who is still revoked, nor anybody into a group that is",
    { tags: "long" },
    async () => {
      const j = await settled();
      const person = j.google.user(at("ada"));
      const group = j.google.group(at("aws-readonly"));
      j.google.deleteUser(at("ada"));
      j.google.nameGroup(at("aws-readonly"), "aws-readonly");
      const settings = { INCLUDE_GROUPS: "aws-admins, aws-backend, aws-engineers" };
      await j.sync({}, { settings: { ...settings, MAX_USER_REMOVALS: "100%" } });
      j.google.undeleteUser(person.id);
      j.google.addMember(at("aws-admins"), at("ada"));
      j.google.addMember(at("aws-readonly"), at("grace"));

      const first = await j.run(only("aws-admins"), { settings });
      expect(j.aws.membersOf("aws-admins")).toEqual([at("grace")]);
      expect(first).toMatchObject({ failed: {}, skipped: { "party-left-out": 1 } });

      await j.run(only(at("grace")));
      expect(j.aws.membersOf("aws-readonly")).toEqual([]);
      expect(j.aws.group("aws-readonly").externalId).toContain(group.id);
      await j.sync();
      await j.settle();
    },
  );

  test(
    "does not ask for a name that somebody else only gives up in a change left out",
    { tags: "long" },
    async () => {
      const j = await settled();
      const [ada, grace] = [j.google.user(at("ada")), j.google.user(at("grace"))];
      Object.assign(ada, { primaryEmail: at("grace"), aliases: [] });
      Object.assign(grace, { primaryEmail: at("ada"), aliases: [] });
      for (const one of [ada.id, grace.id]) {
        const summary = await j.run(only(one));
        expect(summary).toMatchObject({ failed: {}, skipped: { "name-left-out": 1 } });
        expect(j.writes()).toEqual([]);
      }
      await j.sync(only(ada.id, grace.id));
      await j.settle();
    },
  );

  test("that nobody knows is an error that names it, and nothing is done", async () => {
    const j = await settled();
    j.google.deleteUser(at("kim"));
    const sentence = await j.failure(only(at("kim"), at("nobody"), "no-group"));
    expect(sentence).toContain("nobody@example.com, no-group");
    expect(sentence).not.toContain("kim");
    expect(j.writes()).toEqual([]);
  });

  test.each([
    ["", []],
    [", also where the whole plan would be refused", ["linus", "ivan"]],
  ])("spends the same budgets as any run%s", async (_, others) => {
    const j = await settled({ MAX_USER_REMOVALS: "3" });
    const names = ["kim", "lena", "mona", "nils"];
    for (const name of names) j.google.removeMember(at("aws-readonly"), at(name));
    for (const name of others) j.google.removeMember(at("aws-engineers"), at(name));
    const { status, approvals } = await j.run(only(...names.map(at)));
    expect(status).toBe("attention");
    expect(approvals.map(({ kind, subject }) => `${kind} ${subject}`).toSorted()).toEqual(
      names.map((name) => `removals ${at(name)}`),
    );
    expect(j.writes()).toEqual([]);
    expect((await j.run(only(...names.slice(1).map(at)))).status).toBe("succeeded");
  });

  test(
    "waits under the ids of the whole plan, so that an approval carries out what was told",
    { tags: "long" },
    async () => {
      const j = await settled({ MAX_USER_REMOVALS: "0" });
      for (const name of ["kim", "lena"]) j.google.removeMember(at("aws-readonly"), at(name));
      const { approvals } = await j.run(only(at("kim")));
      await j.run({ action: "sync", approve: approvals.map(({ id }) => id) });
      expect(j.aws.user(at("kim")).active).toBe(false);
      expect(j.aws.user(at("lena")).active).toBe(true);
    },
  );

  test("asks Google again about its removals, and about no others", async () => {
    const j = await settled();
    j.google.deleteUser(at("kim"));
    j.google.removeMember(at("aws-engineers"), at("linus"));
    j.google.lies.hideUsers(at("zoe"));
    const summary = await j.run(only(at("kim")));
    expect(summary).toMatchObject({ status: "succeeded", held: {} });
    expect(j.emulator.count({ operation: "members.hasMember" })).toBe(0);
    expect((await j.run(only(at("zoe")))).held).toEqual({ "user.disable": 1 });
  });
});

describe("what waits of a run about only some names everybody whom its approval lets through", () => {
  const newcomers = ["lena", "mona", "nils"];
  const members = ["ada", "grace"];
  const named = (sentence = ""): readonly string[] =>
    [...newcomers, ...members].filter((name) => sentence.includes(at(name)));
  const first = async (j: Journey) => {
    const told = await j.run(only(at("lena"), at("ada")));
    expect(told.approvals).toHaveLength(1);
    return { told, sentence: told.approvals[0]?.sentence };
  };

  test("of a group that would grow", async () => {
    const j = await settled({ MAX_GROUP_GROWTH: "0" });
    for (const { id } of j.aws.groups) j.aws.group(id).createdAt = new Date(0);
    for (const name of newcomers) j.google.addMember(at("aws-admins"), at(name));
    const { told, sentence } = await first(j);
    expect(sentence).toMatch(/^within 24 hours 3 members would have been added/);
    expect(named(sentence)).toEqual(newcomers);
    await j.sync(approving(told));
    expect(j.aws.membersOf("aws-admins")).toEqual([...members, ...newcomers].map(at).toSorted());
  });

  test.each(["MAX_GROUP_SHRINK", "MAX_MEMBERSHIP_REMOVALS"])(
    "of a group that would shrink: %s",
    async (max) => {
      const j = await settled({ [max]: "0" });
      for (const name of members) j.google.addMember(at("aws-readonly"), at(name));
      await j.sync();
      for (const name of members) j.google.removeMember(at("aws-readonly"), at(name));
      const { sentence } = await first(j);
      expect(sentence).toMatch(/^within 24 hours 2 of /);
      expect(named(sentence)).toEqual(members);
    },
  );

  test("of a group of which Google does not say who left it", async () => {
    const j = await settled();
    for (const name of members) j.google.addMember(at("aws-readonly"), at(name));
    await j.sync();
    for (const name of members) j.google.removeMember(at("aws-readonly"), at(name));
    void j.emulator.fault({
      when: ({ operation }) => operation === "members.hasMember",
      times: Infinity,
      do: { status: 503 },
    });
    const { told, sentence } = await first(j);
    expect(told.approvals).toMatchObject([{ kind: "unsure" }]);
    expect(sentence).toContain(`whether 1 member (${at("ada")}) left`);
    expect(sentence).toMatch(/; the same approval would take out 1 other member \(grace@example.com\)$/);
    await j.run(approving(told));
    expect(j.aws.membersOf("aws-readonly")).not.toContain(at("grace"));
  });
});
