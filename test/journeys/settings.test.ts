import { describe, expect, test } from "vitest";
import type { AwsDirectory } from "../emulator/aws-directory.ts";
import type { Company } from "../emulator/google-company.ts";
import { createAws } from "../emulator/aws-directory.ts";
import { instanceOf } from "../emulator/identity-store.ts";
import { at } from "../emulator/fill.ts";
import { journey, outcomesOf, plannedOf } from "./journey.ts";

const names = (aws: AwsDirectory): string[] => aws.users.map((user) => user.userName).toSorted();
const groups = (aws: AwsDirectory): string[] => aws.groups.map((group) => group.displayName).toSorted();

describe("GROUP_MATCH and USER_MATCH", () => {
  test("several group queries mean any of them, and a group that fits two is one group", async () => {
    const j = await journey({
      settings: { GROUP_MATCH: "email:aws-a*, name:aws-admins*, email=marketing@example.com" },
    });
    await j.sync();
    expect(groups(j.aws)).toEqual(["aws-admins", "marketing"]);
    expect(names(j.aws)).toEqual(["ada", "grace", "mona"].map(at));
    await j.settle();
  });

  test("without GROUP_MATCH every group counts", async () => {
    const j = await journey({ settings: { GROUP_MATCH: undefined } });
    await j.sync();
    expect(groups(j.aws)).toHaveLength(5);
    await j.settle();
  });

  test("with SYNC_METHOD=groups, USER_MATCH adds people who are in no group", async () => {
    const j = await journey({
      settings: { USER_MATCH: "email:adm*, familyName=Hopper", GROUP_MATCH: "email:aws-b*" },
    });
    await j.sync();
    expect(names(j.aws)).toEqual(["admin", "grace", "otto", "zoe"].map(at));
    await j.settle();
  });

  test("with SYNC_METHOD=users_groups, only people whom USER_MATCH fits are users and members", async () => {
    const settings = { SYNC_METHOD: "users_groups", USER_MATCH: "orgUnitPath=/Sales" };
    const j = await journey({ settings });
    await j.sync();
    expect(names(j.aws)).toEqual(["ada", "grace", "ivan", "kim"].map(at));
    expect(j.aws.membersOf(at("aws-engineers"))).toEqual([at("ivan")]);
    await j.settle();
    j.google.moveTo(at("kim"), "/Engineering");
    j.google.moveTo(at("linus"), "/Sales");
    await j.sync();
    expect(j.aws.membersOf(at("aws-engineers"))).toEqual([at("ivan"), at("linus")]);
    await j.settle();
  });
});

test("INCLUDE_GROUPS names the groups that count, by address or name; one taken off the list is revoked", async () => {
  const j = await journey({
    settings: { INCLUDE_GROUPS: "aws-admins@example.com, AWS-backend, aws-readonly" },
  });
  await j.sync();
  expect(groups(j.aws)).toEqual(["aws-admins", "aws-backend", "aws-readonly"]);
  await j.settle();
  const settings = { INCLUDE_GROUPS: "aws-admins, aws-readonly" };
  await j.sync({}, { settings });
  expect(j.aws.membersOf("aws-backend")).toEqual([]);
  expect(j.aws.user(at("zoe")).active).toBe(false);
  await j.settle({ settings });
});

describe("IGNORE_USERS", () => {
  test.each([["z?e@example.com"], ["ZOE*"]])(
    "%s leaves zoe alone on both sides: no change, no removal, and her memberships stay",
    async (pattern) => {
      const j = await journey();
      await j.sync();
      const before = j.aws.snapshot().users.find((user) => user.userName === at("zoe"));
      j.google.nameUser(at("zoe"), "Zoë", "Dimitriou");
      j.google.removeMember(at("aws-backend"), at("zoe"));
      const settings = { IGNORE_USERS: `nobody, ${pattern}` };
      await j.sync({}, { settings });
      expect(j.writes()).toEqual([]);
      expect(j.aws.snapshot().users).toContainEqual(before);
      expect(j.aws.membersOf("aws-backend")).toContain(at("zoe"));
    },
  );

  test.each([["zoe@*"], ["zora@*"]])(
    "%s meets one half of a renamed user, and takes out the pair",
    async (pattern) => {
      const j = await journey();
      await j.sync();
      Object.assign(j.google.user(at("zoe")), { primaryEmail: at("zora"), aliases: [] });
      j.google.nameUser(at("zora"), "Zora", "Neale");
      const settings = { IGNORE_USERS: pattern };
      await j.sync({}, { settings });
      expect(j.writes()).toEqual([]);
      await j.settle({ settings });
    },
  );

  test("keeps no leaver whom a pattern meets", async () => {
    const j = await journey({ settings: { IGNORE_USERS: "zoe@*" } });
    await j.sync({}, { settings: { IGNORE_USERS: undefined } });
    j.google.suspend(at("zoe"));
    await j.sync();
    expect(j.aws.user(at("zoe")).active).toBe(false);
    expect(j.aws.membersOf("aws-backend")).toContain(at("zoe"));
    await j.settle();
  });

  test("keeps a leaver whose very address it names, and tells that somebody must look", async () => {
    const j = await journey({ settings: { IGNORE_USERS: at("zoe") } });
    await j.sync({}, { settings: { IGNORE_USERS: undefined } });
    j.google.deleteUser(at("zoe"));
    const summary = await j.sync();
    expect(j.aws.user(at("zoe")).active).toBe(true);
    expect(summary.toLookAt).toBe(1);
    await j.settle();
  });

  test.each(["zoe@*", "zoe.alias@*"])("never creates an ignored user: %s", async (IGNORE_USERS) => {
    const j = await journey({
      settings: { IGNORE_USERS },
      also: (google) => void google.user(at("zoe")).aliases.push(at("zoe.alias")),
    });
    await j.sync();
    expect(names(j.aws)).not.toContain(at("zoe"));
    await j.settle();
  });
});

describe("IGNORE_GROUPS", () => {
  test("leaves a group alone on both sides, and its members count in the group it is nested in", async () => {
    const j = await journey();
    await j.sync();
    const before = j.aws.snapshot().groups.find((group) => group.displayName === "aws-admins");
    j.google.removeMember(at("aws-admins"), at("ada"));
    j.google.addMember(at("aws-readonly"), at("ada"));
    const settings = { IGNORE_GROUPS: "AWS-adm*, aws-backend@*" };
    await j.sync({}, { settings });
    expect(j.aws.snapshot().groups).toContainEqual(before);
    expect(j.aws.membersOf("aws-engineers")).toEqual(expect.arrayContaining([at("zoe"), at("otto")]));
    await j.quiet({ settings });
  });

  test.each([["aws-admins"], ["aws-root@*"]])(
    "%s meets one half of a renamed group, and takes out the pair",
    async (pattern) => {
      const j = await journey({ settings: { USER_MATCH: "*" } });
      await j.sync();
      const group = j.google.group(at("aws-admins"));
      Object.assign(group, { email: at("aws-root"), name: "aws-root", aliases: [] });
      j.google.addMember(at("aws-root"), at("kim"));
      await j.sync({}, { settings: { IGNORE_GROUPS: pattern } });
      expect(j.writes()).toEqual([]);
      await j.quiet({ settings: { IGNORE_GROUPS: pattern } });
    },
  );

  test("does not freeze a linked group whose owner gives it a name that fits: it stays in sync under its old name", async () => {
    const settings = { USER_MATCH: "*", IGNORE_GROUPS: "*-sandbox" };
    const j = await journey({ settings });
    await j.sync();
    j.google.nameGroup(at("aws-admins"), "my-sandbox");
    j.google.removeMember(at("aws-admins"), at("grace"));
    expect(await j.run()).toMatchObject({ status: "attention", skipped: { "name-barred": 1 } });
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada")]);
    await j.settle();
  });

  test("never creates an ignored group, nor anybody who is only in it", async () => {
    const j = await journey({ settings: { IGNORE_GROUPS: "aws-read*" } });
    await j.sync();
    expect(groups(j.aws)).toEqual(["aws-admins", "aws-backend", "aws-engineers"]);
    expect(names(j.aws)).not.toContain(at("kim"));
    await j.settle();
  });

  test("keeps an ignored group that is gone in Google", async () => {
    const j = await journey();
    await j.sync();
    j.google.deleteGroup(at("aws-admins"));
    const settings = { IGNORE_GROUPS: "aws-admins", USER_MATCH: "*" };
    await j.sync({}, { settings });
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
    await j.quiet({ settings });
  });
});

describe("PROTECT_GROUPS", () => {
  const tower = (google: Company, aws: AwsDirectory): void => {
    google.addGroup({ email: at("aws-tower"), name: "AWSControlTowerAdmins" });
    google.addMember(at("aws-tower"), at("kim"));
    google.addGroup({ email: at("aws-payroll"), name: "payroll" });
    google.addMember(at("aws-payroll"), at("kim"));
    aws.addGroup({ displayName: "AWSControlTowerAdmins" });
    aws.addGroup({ displayName: "Payroll" });
  };

  test("adds to Control Tower's: a source group of such a name is skipped, and the target's stays as it is", async () => {
    const j = await journey({ settings: { PROTECT_GROUPS: "pay*" }, also: tower });
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { protected: 2 }, failed: {} });
    expect(j.aws.membersOf("AWSControlTowerAdmins")).toEqual([]);
    expect(j.aws.group("Payroll").externalId).toBeUndefined();
    await j.settle();
  });

  test("keeps Control Tower's groups even with ADOPT=any", async () => {
    const settings = { PROTECT_GROUPS: "payroll", ADOPT: "any" };
    const j = await journey({ settings, also: tower });
    const before = j.aws.snapshot().groups;
    await j.run();
    expect(j.aws.snapshot().groups).toEqual(expect.arrayContaining([...before]));
    await j.quiet();
  });
});

describe("MANAGE", () => {
  test("=users writes users alone", async () => {
    const j = await journey({ settings: { MANAGE: "users" } });
    const summary = await j.run();
    expect(summary.applied).toEqual({ "user.create": 10 });
    j.google.deleteUser(at("ivan"));
    await j.run();
    expect(outcomesOf(j, "applied")).toEqual([
      "user.disable ivan@example.com",
      "user.retire ivan@example.com",
    ]);
    await j.quiet();
  });

  test("=users,groups makes groups without members", async () => {
    const j = await journey({ settings: { MANAGE: "users,groups" } });
    await j.run();
    expect(groups(j.aws)).toHaveLength(4);
    expect(j.aws.memberships).toEqual([]);
    await j.quiet();
  });

  test("=groups,memberships fills groups with users whom somebody else provisions, and never writes a user", async () => {
    const j = await journey({
      settings: { MANAGE: "groups,memberships" },
      also: (_, aws) => {
        aws.addUser({ userName: at("ada"), externalId: "google-sso-1", issuer: "https://google.example" });
        aws.addUser({ userName: at("zoe") });
      },
    });
    const before = j.aws.snapshot().users;
    await j.run();
    expect(j.aws.snapshot().users).toEqual(before);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada")]);
    expect(j.aws.membersOf("aws-engineers")).toEqual([at("zoe")]);
    await j.quiet();
    j.google.removeMember(at("aws-admins"), at("ada"));
    j.google.addMember(at("aws-readonly"), at("ada"));
    await j.run({}, { settings: { MAX_MEMBERSHIP_REMOVALS: "100%" } });
    expect(j.aws.membersOf("aws-admins")).toEqual([]);
    expect(j.aws.membersOf("aws-readonly")).toEqual([at("ada")]);
    expect(j.aws.snapshot().users).toEqual(before);
  });

  test("=memberships fills only groups that carry a Google id, and says which it leaves", async () => {
    const j = await journey();
    await j.sync();
    j.google.addGroup({ email: at("aws-fresh") });
    j.google.addMember(at("aws-fresh"), at("kim"));
    j.google.addMember(at("aws-admins"), at("kim"));
    j.google.nameGroup(at("aws-readonly"), "aws-look");
    const settings = { MANAGE: "memberships" };
    const summary = await j.run({}, { settings });
    expect(outcomesOf(j, "applied")).toEqual(["members.add aws-admins kim@example.com"]);
    expect(summary.skipped).toMatchObject({ "not-linked": 1 });
    await j.quiet({ settings });
  });
});

describe("GROUP_NAME", () => {
  test("=email calls a group by its address", async () => {
    const j = await journey({ settings: { GROUP_NAME: "email" } });
    await j.sync();
    expect(groups(j.aws)).toContain(at("aws-admins"));
    await j.settle();
  });

  test("=name with SYNC_METHOD=users_groups calls it by its name", async () => {
    const j = await journey({ settings: { GROUP_NAME: "name", SYNC_METHOD: "users_groups" } });
    await j.sync();
    expect(groups(j.aws)).toContain("aws-admins");
    await j.settle();
  });
});

describe("SYNC_SUSPENDED", () => {
  test("=true keeps the suspended and the archived as disabled users, in their groups, and makes none", async () => {
    const j = await journey({ also: (google) => google.suspend(at("kim")) });
    await j.sync();
    expect(names(j.aws)).not.toContain(at("kim"));
    j.google.suspend(at("ada"));
    j.google.archive(at("zoe"));
    await j.sync();
    expect(outcomesOf(j, "applied")).toEqual([
      "user.disable ada@example.com",
      "user.disable zoe@example.com",
    ]);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
    await j.settle();
  });

  test("=false counts them as gone, and takes them back in place", { tags: "long" }, async () => {
    const j = await journey({ settings: { SYNC_SUSPENDED: "false" } });
    await j.sync();
    const { id } = j.aws.user(at("ada"));
    j.google.suspend(at("ada"));
    j.google.archive(at("zoe"));
    await j.sync();
    expect(j.aws.user(id).externalId).toMatch(/^ssosync-retired\./);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("grace")]);
    await j.settle();
    j.google.suspend(at("ada"), false);
    await j.sync();
    expect(j.aws.user(at("ada"))).toMatchObject({ id, active: true });
    await j.settle();
  });
});

describe("what people made by hand", () => {
  const byHand = (_: Company, aws: AwsDirectory): void => {
    aws.addUser({ userName: "break-glass" });
    aws.addUser({ userName: "okta@example.com", externalId: "00u1", issuer: "https://okta.example" });
    aws.addGroup({ displayName: "made-by-hand" });
    aws.addMembership("made-by-hand", "break-glass");
    aws.addMembership("made-by-hand", "okta@example.com");
  };

  test("stays as it is, also as members of managed groups, and is counted", async () => {
    const j = await journey({ also: byHand });
    await j.sync();
    j.aws.addMembership("aws-admins", "break-glass");
    j.aws.addMembership("aws-admins", "okta@example.com");
    const summary = await j.sync();
    expect(j.writes()).toEqual([]);
    expect(summary.target).toMatchObject({
      users: { managed: 10, foreign: 1, unmanaged: 1 },
      groups: { managed: 4, unmanaged: 1 },
    });
    await j.settle();
  });
});

describe("a user made by hand", () => {
  test("who is enabled and has an address of the company but no active account is to be looked at", async () => {
    const j = await journey({
      also: (google, aws) => {
        google.suspend(at("kim"));
        aws.addUser({ userName: at("ghost") });
        aws.addUser({ userName: "contractor@elsewhere.example" });
        aws.addUser({ userName: at("sleeping-ghost"), active: false });
      },
    });
    const summary = await j.sync();
    expect(summary.toLookAt).toBe(1);
    await j.settle();
  });
});

describe("DRY_RUN", () => {
  test.each([
    ["the setting", {}, { settings: { DRY_RUN: "true" } }],
    ["the payload's dryRun", { action: "sync", dryRun: true }, {}],
    ["the action plan", { action: "plan" }, {}],
  ])("%s sends no write, and shows what would be written", async (_, event, around) => {
    const j = await journey();
    const summary = await j.run(event, around);
    expect(j.emulator.writes()).toEqual([]);
    expect(summary).toMatchObject({ dryRun: true, applied: {}, left: 0, more: 0 });
    expect(plannedOf(summary)).toHaveLength(14);
    await j.sync();
    await j.settle();
  });
});

describe("where things are", () => {
  test("settings may carry the older tool's prefix, and its own settings do nothing", async () => {
    const j = await journey({
      settings: {
        GROUP_MATCH: undefined,
        SSOSYNC_GROUP_MATCH: "email:aws-*",
        SSOSYNC_PRECACHE_ORG_UNITS: "/",
        CACHE_METRICS: "true",
      },
    });
    await j.sync();
    expect(groups(j.aws)).toHaveLength(4);
  });

  test("secrets may lie in Parameter Store, under other names, or be the value itself where it is no secret", async () => {
    const j = await journey();
    const { secrets, scimEndpoint, key, aws } = j.emulator;
    const GOOGLE_CREDENTIALS = secrets.set("elsewhere", Buffer.from(JSON.stringify(key)));
    const SCIM_ACCESS_TOKEN = secrets.setParameter("/sync/token", ` ${[...aws.tokens][0] ?? ""}\n`);
    for (const name of secrets.names()) if (name.startsWith("SSOSync")) secrets.delete(name);
    const settings = {
      GOOGLE_CREDENTIALS,
      SCIM_ACCESS_TOKEN,
      GOOGLE_ADMIN: at("admin"),
      SCIM_ENDPOINT: scimEndpoint.replace(/\/$/, ""),
    };
    await j.sync({}, { settings });
    expect(aws.groups).toHaveLength(4);
  });

  test("CUSTOMER_ID may be told; another customer's ends the run", async () => {
    const j = await journey({ settings: { CUSTOMER_ID: "C03az79cb" } });
    await j.sync();
    await j.settle();
    expect(await j.failure({}, { settings: { CUSTOMER_ID: "C0other00" } })).toContain("C0other00");
    expect(j.writes()).toEqual([]);
  });

  test("of several Identity Stores IDENTITY_STORE_ID names the one; without it the run fails and lists them", async () => {
    const j = await journey();
    const other = createAws(() => new Date(), "other");
    j.emulator.identityStore.instances.push(instanceOf(other));
    const sentence = await j.failure();
    expect(sentence).toContain(j.aws.identityStoreId);
    expect(sentence).toContain(other.identityStoreId);
    expect(sentence).toContain("IDENTITY_STORE_ID");
    await j.sync({}, { settings: { IDENTITY_STORE_ID: j.aws.identityStoreId } });
    expect(j.aws.users).toHaveLength(10);
  });

  test("everything wrong with the settings is told at once, and nothing is asked for", async () => {
    const j = await journey();
    const settings = { MANAGE: "everything", SSOSYNC_GROUP_MACH: "x", DELETE_GRACE_DAYS: "soon" };
    const sentence = await j.failure({}, { settings });
    for (const name of ["MANAGE", "SSOSYNC_GROUP_MACH", "DELETE_GRACE_DAYS"])
      expect(sentence).toContain(name);
    expect(j.emulator.count({ service: "google" })).toBe(0);
    expect(j.emulator.count({ service: "scim" })).toBe(0);
  });
});

test.each([
  ["SCIM_RATE", "scim"],
  ["GOOGLE_RATE", "google"],
  ["IDENTITY_STORE_RATE", "identitystore"],
] as const)("%s alone says how fast its service is asked", { tags: "long" }, async (setting, service) => {
  const byHand = (_: Company, aws: AwsDirectory): void => {
    for (let n = 0; n < 30; n += 1) aws.addUser({ userName: `hand-${n}@example.com` });
  };
  const j = await journey({ settings: { [setting]: "6" }, also: byHand });
  const started = performance.now();
  await j.sync();
  // How long it took in all, since a busy machine lets what left in time arrive at once.
  const seconds = (performance.now() - started) / 1000;
  const asked = j.emulator.count({ service });
  expect(asked).toBeGreaterThan(12);
  // Of two gaps it makes up for what late timers cost.
  expect(seconds).toBeGreaterThan((asked - 3) / 6);
});
