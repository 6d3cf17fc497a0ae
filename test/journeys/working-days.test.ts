import { describe, expect, test } from "vitest";
import { bigCompany, changeCompany, sampleCompany } from "../emulator/company.ts";
import type { RecordedRequest } from "../emulator/wire.ts";
import { at } from "../emulator/fill.ts";
import { journey, outcomesOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

describe("a first sync", () => {
  test("makes every user, group and membership that Google has, and the next run has nothing to do", async () => {
    const j = await journey();
    const summary = await j.sync();
    expect(summary.applied).toEqual({ "user.create": 10, "group.create": 4, "members.add": 12 });
    expect(j.aws.membersOf("aws-engineers")).toEqual(["ivan", "linus", "otto", "zoe"].map(at));
    await j.settle();
  });

  test(
    "puts the hundred and first member of a group in with a second request",
    { tags: "long" },
    async () => {
      const j = await journey({
        settings: { GROUP_MATCH: "*" },
        company: (google) => bigCompany(google, { users: 230, groups: 2, memberships: 420 }),
        emulator: { pageSize: "vendor" },
      });
      await j.sync();
      expect(j.writes().filter((write) => write.includes("/Groups"))).toHaveLength(6);
      await j.settle();
    },
  );

  test("leaves what Control Tower made exactly as it is", { tags: "long" }, async () => {
    const j = await journey({
      settings: { GROUP_MATCH: "*", SYNC_SUSPENDED: "true" },
      company: sampleCompany,
      emulator: { pageSize: 7 },
    });
    const tower = j.aws.snapshot().groups;
    await j.sync();
    expect(j.aws.snapshot().groups).toEqual(expect.arrayContaining([...tower]));
    await j.quiet();
  });
});

describe("a run with nothing to do", () => {
  test("writes nothing", async () => {
    const j = await journey();
    await j.sync();
    const summary = await j.sync();
    expect(j.writes()).toEqual([]);
    expect(summary).toMatchObject({ planned: {}, applied: {}, approvals: [], message: "Nothing to do." });
  });

  test(
    "asks no more of a company of 500 than it has to, and a first run makes one request for each object",
    { tags: "long" },
    async () => {
      const j = await journey({
        settings: { GROUP_MATCH: "*" },
        company: (google) => bigCompany(google, { users: 500, groups: 40, memberships: 4_000 }),
        emulator: { pageSize: "vendor" },
      });
      await j.sync();
      expect(j.emulator.count({ service: "scim" })).toBeLessThanOrEqual(600);
      await j.sync();
      expect(j.writes()).toEqual([]);
      const aws: readonly RecordedRequest["service"][] = ["scim", "identitystore", "sso-admin"];
      expect(j.emulator.count(({ service }) => aws.includes(service))).toBeLessThanOrEqual(80);
      expect(j.emulator.count({ service: "google" })).toBeLessThanOrEqual(45);
      await j.settle();
    },
  );
});

describe.each([
  ["groups", "identitystore"],
  ["groups", "scim"],
  ["groups", "both"],
  ["users_groups", "identitystore"],
  ["users_groups", "scim"],
  ["users_groups", "both"],
])("with SYNC_METHOD=%s, read by %s", (method, read) => {
  const begin = async (): Promise<Journey> => {
    const j = await journey({ settings: { SYNC_METHOD: method, AWS_READ: read } });
    await j.sync();
    await j.settle();
    return j;
  };

  test("a working day is followed", { tags: "long" }, async () => {
    const j = await begin();
    const { google } = j;
    google.addUser({ email: at("nova"), givenName: "Nova", familyName: "Jones" });
    google.addMember(at("aws-backend"), at("nova"));
    google.deleteUser(at("ivan"));
    google.rename(at("zoe"), at("zoe.romano"));
    google.nameUser(at("zoe.romano"), "Zoë", "Romano");
    google.nameGroup(at("aws-readonly"), "AWS read only");
    google.removeMember(at("aws-engineers"), at("aws-backend"));
    google.addMember(at("aws-admins"), at("aws-backend"));
    google.suspend(at("kim"));
    const zoe = j.aws.user(at("zoe")).id;
    await j.sync();
    await j.settle();
    expect(j.aws.user(at("zoe.romano")).id).toBe(zoe);
    expect(j.aws.user(at("kim")).active).toBe(false);
    const admins = method === "groups" ? "aws-admins" : at("aws-admins");
    expect(j.aws.membersOf(admins)).toEqual(["ada", "grace", "nova", "otto", "zoe.romano"].map(at));

    google.suspend(at("kim"), false);
    await j.sync();
    await j.settle();
    expect(outcomesOf(j, "applied")).toEqual(["user.enable kim@example.com"]);
  });
});

describe("a working day at the sample company", () => {
  test(
    "costs a request for each thing that changed, and no one is out of a group for one request",
    { tags: "long" },
    async () => {
      const j = await journey({
        settings: { GROUP_MATCH: "email:aws-*" },
        company: (google, aws) => void sampleCompany(google, aws),
        emulator: { pageSize: 7 },
      });
      await j.sync();
      const { leaver, renamed, joiner } = changeCompany(j.google);
      const stayed = j.aws.membersOf("aws-backend").filter((name) => ![leaver, renamed.from].includes(name));
      j.emulator.onWrite(() =>
        expect(j.aws.membersOf("aws-backend")).toEqual(expect.arrayContaining(stayed)),
      );
      const summary = await j.sync();
      expect(j.writes()).toHaveLength(j.outcomes.length);
      // Who they are and what they are called are two requests; whoever leaves is marked twice.
      expect(summary.applied).toMatchObject({ "user.create": 1, "user.update": 2, "user.retire": 1 });
      expect(j.aws.membersOf("aws-backend")).toContain(renamed.to);
      expect(j.aws.membersOf("aws-backend")).toContain(joiner);
      expect(j.aws.user(leaver).active).toBe(false);
      await j.quiet();
    },
  );

  test("a member who is found by an alias, who has one name, or comes from outside, is what he should be", async () => {
    const j = await journey({
      company: (google, aws) => void sampleCompany(google, aws),
      emulator: { pageSize: 7 },
    });
    await j.sync();
    expect(j.aws.membersOf("aws-admins")).toContain(at("grace.hopper"));
    expect(j.aws.user(at("sukarno")).name).toMatchObject({ givenName: "Sukarno" });
    expect(j.aws.findUser("kim@partner.example.net")).toBeUndefined();
    expect(j.aws.findUser(at("lena.fischer"))).toBeUndefined();
  });
});
