import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { journey, outcomesOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

async function settled(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
  await j.sync();
  return j;
}

const only = (...subjects: string[]): object => ({ action: "sync", only: subjects });

describe("a run about only some", () => {
  test("lets one leaver go although the whole plan is refused", async () => {
    const j = await settled();
    for (const name of ["ada", "grace", "kim", "lena", "mona", "nils"]) j.google.deleteUser(at(name));
    expect((await j.run()).status).toBe("refused");
    await j.sync(only(at("KIM").toUpperCase()));
    expect(outcomesOf(j, "applied")).toEqual([
      "members.remove aws-readonly kim@example.com",
      "user.retire kim@example.com",
    ]);
    expect(j.aws.user(at("lena")).active).toBe(true);
  });

  test.each([
    ["its address", (j: Journey) => j.google.group(at("aws-admins")).email],
    ["its name", () => "AWS-Admins"],
    ["its Google id", (j: Journey) => j.google.group(at("aws-admins")).id],
    ["its id in AWS", (j: Journey) => j.aws.group("aws-admins").id],
  ])("takes a group by %s, and its new users come along", async (_, subject) => {
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

  test("makes a new user and puts him into the groups that are there, and says which one is not", async () => {
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
  });

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

  test("does not put anybody into a group who is still revoked, nor anybody into a group that is", async () => {
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
  });

  test("does not ask for a name that somebody else only gives up in a change left out", async () => {
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
  });

  test("that nobody knows is an error that names it, and nothing is done", async () => {
    const j = await settled();
    j.google.deleteUser(at("kim"));
    const sentence = await j.failure(only(at("kim"), at("nobody"), "no-group"));
    expect(sentence).toContain("nobody@example.com, no-group");
    expect(sentence).not.toContain("kim");
    expect(j.writes()).toEqual([]);
  });

  test("is judged by the limits as if it were the whole plan", async () => {
    const j = await settled();
    const names = ["ada", "grace", "kim", "lena", "mona", "nils"];
    for (const name of names) j.google.deleteUser(at(name));
    const refused = await j.run(only(...names.map(at)));
    expect(refused).toMatchObject({ status: "refused", approvals: [] });
    // An id of the narrowed plan would fit nothing that can be approved.
    expect(refused.message).toContain("cannot be approved by itself: name fewer at once");
    expect(refused.message).not.toContain('"approve"');
    expect(j.writes()).toEqual([]);
    expect((await j.run(only(...names.slice(1).map(at)))).status).toBe("succeeded");
  });

  test("asks Google again about its removals, and about no others", async () => {
    const j = await settled();
    j.google.deleteUser(at("kim"));
    j.google.removeMember(at("aws-engineers"), at("linus"));
    j.google.lies.hideUsers(at("zoe"));
    const summary = await j.run(only(at("kim")));
    expect(summary).toMatchObject({ status: "succeeded", held: {} });
    expect(j.emulator.count({ operation: "members.hasMember" })).toBe(0);
    expect((await j.run(only(at("zoe")))).held).toEqual({ "user.retire": 1 });
  });
});
