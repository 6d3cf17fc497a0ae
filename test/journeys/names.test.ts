import { describe, expect, test } from "vitest";
import type { AwsDirectory } from "../emulator/aws-directory.ts";
import type { Company } from "../emulator/google-company.ts";
import { at } from "../emulator/fill.ts";
import { journey, outcomesOf, plannedOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

async function settled(
  settings: Record<string, string> = {},
  also?: (google: Company, aws: AwsDirectory) => void,
): Promise<Journey> {
  const j = await journey({ settings, ...(also === undefined ? {} : { also }) });
  await j.sync();
  return j;
}

/** Gives each its next one's address; the last gets the first's. */
function rotate(google: Company, ...names: string[]): void {
  const people = names.map((name) => google.user(at(name)));
  for (const [n, person] of people.entries()) {
    person.primaryEmail = at(names[(n + 1) % names.length] ?? "");
    person.aliases = [];
  }
}

/** What every write of a run leaves true. */
function never(j: Journey, group: string, ...out: string[]): void {
  const ids = out.map((name) => j.aws.user(at(name)).id);
  const { id } = j.aws.group(group);
  j.emulator.onWrite(() => {
    for (const user of ids)
      expect(j.aws.memberships.some((row) => row.groupId === id && row.userId === user)).toBe(true);
  });
}

describe("people who trade addresses", () => {
  test.each([
    [["ada", "grace"]],
    [["ada", "grace", "linus"]],
    [["ada", "grace", "linus", "ivan", "zoe", "otto"]],
  ])("%j succeed in one run, keep their ids, and are in their groups all the time", async (names) => {
    const j = await settled();
    const ids = new Map(names.map((name) => [j.google.user(at(name)).id, j.aws.user(at(name)).id]));
    never(j, "aws-admins", "ada", "grace");
    rotate(j.google, ...names);
    await j.sync();
    for (const [google, aws] of ids) {
      expect(j.aws.user(aws).userName).toBe(j.google.user(google).primaryEmail);
    }
    expect(j.writes()).toHaveLength(names.length + 1);
    await j.settle();
  });

  test("two pairs and a chain that ends in a new address are settled in one run", async () => {
    const j = await settled();
    rotate(j.google, "ada", "grace");
    rotate(j.google, "linus", "ivan");
    Object.assign(j.google.user(at("zoe")), { primaryEmail: at("zoe.new"), aliases: [] });
    Object.assign(j.google.user(at("otto")), { primaryEmail: at("zoe"), aliases: [] });
    Object.assign(j.google.user(at("kim")), { primaryEmail: at("otto"), aliases: [] });
    j.google.addUser({ email: at("kim") });
    j.google.addMember(at("aws-admins"), at("kim"));
    await j.sync();
    await j.settle();
  });
});

describe("groups that trade names", () => {
  test.each([[["aws-admins", "aws-backend"]], [["aws-admins", "aws-backend", "aws-readonly"]]])(
    "%j succeed in one run, and nobody is out of a group for one request",
    async (names) => {
      const j = await settled({ MAX_GROUP_REMOVALS: "100%" });
      const ids = new Map(names.map((name) => [j.google.group(at(name)).id, j.aws.group(name).id]));
      never(j, "aws-admins", "ada", "grace");
      names.forEach((name, n) => j.google.nameGroup(at(name), names[(n + 1) % names.length] ?? ""));
      await j.sync();
      for (const [google, aws] of ids) {
        expect(j.aws.group(aws).displayName).toBe(j.google.group(google).name);
      }
      await j.settle();
    },
  );

  test("a new group gets the name that another one gives up in the same run", async () => {
    const j = await settled();
    j.google.nameGroup(at("aws-admins"), "aws-root");
    j.google.addGroup({ email: at("aws-fresh"), name: "aws-admins" });
    j.google.addMember(at("aws-fresh"), at("kim"));
    const { id } = j.aws.group("aws-admins");
    await j.sync();
    expect(j.aws.group("aws-root").id).toBe(id);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("kim")]);
    await j.settle();
  });
});

describe("a recycled user address", () => {
  test("makes a new user, who inherits nothing, and moves the old one aside", async () => {
    const j = await settled();
    const old = j.google.user(at("ada"));
    const { id } = j.aws.user(at("ada"));
    j.google.deleteUser(at("ada"));
    j.google.addUser({ email: at("ada"), givenName: "Ada", familyName: "Byron" });
    j.google.addMember(at("aws-readonly"), at("ada"));
    await j.sync();
    expect(j.aws.user(id)).toMatchObject({ active: false, userName: `retired.${old.id}.${at("ada")}` });
    expect(j.aws.user(at("ada")).id).not.toBe(id);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("grace")]);
    expect(j.aws.membersOf("aws-readonly")).toContain(at("ada"));
    await j.settle();
  });

  test("is freed of somebody who was revoked long before", async () => {
    const j = await settled();
    j.google.deleteUser(at("ada"));
    await j.sync();
    j.google.addUser({ email: at("ada") });
    j.google.addMember(at("aws-readonly"), at("ada"));
    await j.sync();
    await j.settle();
  });

  test("goes to a colleague who is renamed to it", async () => {
    const j = await settled();
    j.google.deleteUser(at("ada"));
    j.google.rename(at("grace"), at("ada"));
    const { id } = j.aws.user(at("grace"));
    await j.sync();
    expect(j.aws.user(at("ada")).id).toBe(id);
    await j.settle();
  });

  test(
    "goes back to its first owner's user when that account is undeleted under another address",
    { tags: "long" },
    async () => {
      const j = await settled();
      const first = j.google.user(at("ada"));
      const { id } = j.aws.user(at("ada"));
      j.google.deleteUser(at("ada"));
      j.google.addUser({ email: at("ada") });
      j.google.addMember(at("aws-readonly"), at("ada"));
      await j.sync();
      j.google.undeleteUser(first.id);
      first.primaryEmail = at("ada.lovelace");
      j.google.addMember(at("aws-admins"), first.id);
      await j.sync();
      expect(j.aws.user(at("ada.lovelace"))).toMatchObject({ id, active: true, externalId: first.id });
      await j.settle();
    },
  );
});

describe("a recycled group name", () => {
  /** `aws-admins` is deleted, and another group of the same name and address is made. */
  function recycle({ google }: Journey): void {
    google.deleteGroup(at("aws-admins"));
    google.addGroup({ email: at("aws-admins") });
    google.addMember(at("aws-admins"), at("kim"));
    google.addMember(at("aws-admins"), at("grace"));
    google.addMember(at("aws-readonly"), at("ada"));
  }

  test("waits: the old group is emptied and marked, nobody of the new one gets in, and it is not deleted", async () => {
    const j = await settled({ DELETE_GRACE_DAYS: "0" });
    const { id } = j.aws.group("aws-admins");
    recycle(j);
    const summary = await j.run();
    expect(summary).toMatchObject({
      status: "attention",
      approvals: [{ kind: "hand-over", subject: "aws-admins" }],
    });
    expect(j.aws.membersOf(id)).toEqual([]);
    expect(j.aws.group(id).externalId).toMatch(/^ssosync-retired\./);
    await j.quiet();
    await j.run();
    expect(j.aws.group(id).displayName).toBe("aws-admins");
  });

  test(
    "is handed over in place with the id from the payload, before or after it was emptied",
    { tags: "long" },
    async () => {
      for (const runs of [0, 1]) {
        const j = await settled();
        const { id } = j.aws.group("aws-admins");
        recycle(j);
        for (let n = 0; n < runs; n += 1) await j.run();
        const [wait] = (await j.plan()).approvals;
        await j.sync({ action: "sync", approve: [wait?.id] });
        expect(j.aws.group("aws-admins").id).toBe(id);
        expect(j.aws.membersOf(id)).toEqual([at("grace"), at("kim")]);
        await j.settle();
      }
    },
  );

  test("is not handed over on the strength of a listing that lacks the old group, not even with approval", async () => {
    const j = await settled();
    const old = j.google.group(at("aws-admins"));
    const rows = j.google.members.filter((row) => row.groupId === old.id);
    recycle(j);
    const [wait] = (await j.plan()).approvals;
    j.google.groups.push(Object.assign(old, { email: at("aws-admins.old") }));
    j.google.members.push(...rows);
    j.google.lies.hideGroups(old.id);
    expect((await j.plan()).approvals).toEqual([]);
    const summary = await j.run({ action: "sync", approve: [wait?.id] });
    expect(summary).toMatchObject({ status: "attention", held: { "group.update": 1 }, approved: [] });
    expect(j.aws.group("aws-admins").externalId).toBe(old.id);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
  });

  test("is not needed by a group that is renamed to the name of a revoked one: that one steps aside", async () => {
    const j = await settled();
    const { id } = j.aws.group("aws-admins");
    j.google.deleteGroup(at("aws-admins"));
    j.google.addMember(at("aws-readonly"), at("ada"));
    j.google.addMember(at("aws-readonly"), at("grace"));
    j.google.nameGroup(at("aws-backend"), "aws-admins");
    await j.sync();
    expect(j.aws.group(id).displayName).toMatch(/^aws-admins \(retired \d{4}-\d\d-\d\d\)$/);
    await j.quiet();
  });
});

describe("an unmanaged group of the same name", () => {
  const withGroup =
    (...members: string[]) =>
    (google: Company, aws: AwsDirectory): void => {
      for (const name of ["ada", "grace", "linus"]) {
        const { givenName, familyName } = google.user(at(name));
        aws.addUser({ userName: at(name), givenName, familyName });
      }
      aws.addGroup({ displayName: "aws-admins" });
      for (const name of members) aws.addMembership("aws-admins", at(name));
    };

  test("waits although no member changes, which is no attention, and the message has the payload for all such", async () => {
    const j = await journey({ also: withGroup("ada", "grace") });
    const { id } = j.aws.group("aws-admins");
    const { approvals, message } = await j.sync();
    expect(approvals).toMatchObject([{ kind: "adoption", subject: "aws-admins" }]);
    expect(j.aws.group("aws-admins").externalId).toBeUndefined();
    await j.quiet();
    await j.sync(JSON.parse(message.slice(message.indexOf("{"), message.lastIndexOf("}") + 1)));
    expect(j.aws.group("aws-admins")).toMatchObject({ id, externalId: j.google.group(at("aws-admins")).id });
    await j.settle();
  });

  /** Mallory, who is linus here, made a Google group of that name: she owns it. */
  const hers =
    (inAws: readonly string[], inGoogle: readonly string[]) =>
    (google: Company, aws: AwsDirectory): void => {
      google.addGroup({ email: at("aws-prod"), name: "prod-admins", adminCreated: false });
      for (const name of inGoogle) google.addMember(at("aws-prod"), at(name));
      aws.addUser({ userName: "break-glass" });
      aws.addGroup({ displayName: "Prod-Admins" });
      for (const name of inAws) aws.addMembership("Prod-Admins", name.includes("-") ? name : at(name));
    };

  test.each([
    ["is empty on both sides", [], []],
    ["would lose somebody", ["ada", "grace", "break-glass"], ["ada"]],
    ["has the same members on both sides", ["ada", "grace"], ["ada", "grace"]],
  ] as const)(
    "that a user made in Google and that %s waits, and she does not get in by adding herself",
    async (_, inAws, inGoogle) => {
      const j = await journey({ settings: { USER_MATCH: "*" } });
      await j.sync();
      hers(inAws, inGoogle)(j.google, j.aws);
      const before = j.aws.membersOf("Prod-Admins");
      const told: string[] = [];
      for (const add of [false, true, true]) {
        if (add && told.length === 1) j.google.addMember(at("aws-prod"), at("linus"));
        const { approvals, message } = await j.sync();
        expect(approvals).toMatchObject([{ kind: "adoption", subject: "prod-admins" }]);
        expect(approvals[0]?.sentence).toContain("a user, not an administrator, made");
        expect(message).not.toContain('"approve"');
        told.push(approvals[0]?.id ?? "");
        expect(j.aws.membersOf("Prod-Admins")).toEqual(before);
        expect(j.aws.group("Prod-Admins").externalId).toBeUndefined();
      }
      expect(new Set(told).size).toBe(2);
    },
  );

  test("that was approved takes in no more than was approved", async () => {
    const j = await journey({ settings: { USER_MATCH: "*" } });
    await j.sync();
    hers([], [])(j.google, j.aws);
    const { approvals } = await j.sync();
    j.google.addMember(at("aws-prod"), at("linus"));
    expect(await j.failure({ action: "sync", approve: [approvals[0]?.id] })).toContain("Nothing waits under");
    expect(j.aws.membersOf("Prod-Admins")).toEqual([]);
  });

  test("waits when anybody would get in, and takes him in with approval", async () => {
    const j = await journey({ also: withGroup("ada") });
    const summary = await j.sync();
    expect(summary.approvals).toMatchObject([{ kind: "adoption", subject: "aws-admins" }]);
    expect(summary.approvals[0]?.sentence).toContain(at("grace"));
    expect(j.aws.group("aws-admins").externalId).toBeUndefined();
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada")]);
    expect(j.aws.membersOf("aws-readonly")).toHaveLength(4);
    await j.quiet();
    await j.sync({ action: "sync", approve: [summary.approvals[0]?.id] });
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
    await j.settle();
  });

  test("loses managed members who do not belong, and keeps those made by hand", async () => {
    const j = await journey({
      also: (google, aws) => {
        withGroup("ada", "grace", "linus")(google, aws);
        aws.addUser({ userName: "break-glass" });
        aws.addMembership("aws-admins", "break-glass");
      },
    });
    const { approvals } = await j.run();
    await j.run({ action: "sync", approve: [approvals[0]?.id] });
    await j.run();
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), "break-glass", at("grace")]);
    await j.settle();
  });

  test("is in the way with ADOPT=none, as its users are", async () => {
    const j = await journey({ settings: { ADOPT: "none" }, also: withGroup("ada", "grace") });
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { "name-unmanaged": 4 }, failed: {} });
    expect(j.aws.user(at("ada")).externalId).toBeUndefined();
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
    await j.quiet();
  });
});

describe("a foreign object of the same name", () => {
  const foreign = (_: Company, aws: AwsDirectory): void => {
    aws.addUser({ userName: at("ada"), externalId: "00u1", issuer: "https://okta.example" });
    aws.addGroup({ displayName: "aws-admins", externalId: "00g1", issuer: "https://okta.example" });
  };

  test("is left alone, and said, with ADOPT=unclaimed", async () => {
    const j = await journey({ also: foreign });
    const { users, groups } = j.aws.snapshot();
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { "name-foreign": 2 }, failed: {} });
    expect(j.aws.snapshot().users).toEqual(expect.arrayContaining([...users]));
    expect(j.aws.snapshot().groups).toEqual(expect.arrayContaining([...groups]));
    await j.quiet();
  });

  test("is taken over with ADOPT=any, a group with new members after approval", async () => {
    const j = await journey({ settings: { ADOPT: "any" }, also: foreign });
    const { approvals } = await j.run();
    expect(j.aws.user(at("ada")).externalId).toBe(j.google.user(at("ada")).id);
    expect(approvals).toMatchObject([{ kind: "adoption" }]);
    await j.sync({ action: "sync", approve: [approvals[0]?.id] });
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
    await j.quiet();
  });
});

describe("an unmanaged user of the same address", () => {
  test("who is disabled is not enabled unasked, with whatever groups they were left in", async () => {
    const j = await journey({
      also: (_, aws) => {
        aws.addUser({ userName: at("ada"), active: false });
        aws.addGroup({ displayName: "Prod-Admins" });
        aws.addMembership("Prod-Admins", at("ada"));
      },
    });
    const summary = await j.run();
    expect(summary).toMatchObject({
      status: "attention",
      approvals: [{ kind: "adoption", subject: at("ada") }],
    });
    expect(summary.approvals[0]?.sentence).toContain("Prod-Admins");
    expect(j.aws.user(at("ada"))).toMatchObject({ active: false });
    expect(j.aws.membersOf("aws-admins")).toEqual([at("grace")]);
    await j.quiet();
    await j.sync({ action: "sync", approve: [summary.approvals[0]?.id] });
    expect(j.aws.user(at("ada"))).toMatchObject({ active: true });
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
    await j.settle();
  });

  test("is taken over at once, whatever the case of the name", async () => {
    const j = await journey({
      also: (_, aws) => void aws.addUser({ userName: "Ada@Example.com", extra: { title: "Countess" } }),
    });
    const { id } = j.aws.user(at("ada"));
    await j.sync();
    expect(j.aws.user(id)).toMatchObject({
      externalId: j.google.user(at("ada")).id,
      extra: { title: "Countess" },
    });
    await j.settle();
  });

  test("whose e-mail a new user needs is in the way, and named", async () => {
    const j = await journey({
      also: (_, aws) => void aws.addUser({ userName: "someone-else", email: at("ada") }),
    });
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { "email-taken": 1 }, failed: {} });
    expect(summary.message).toContain("someone-else");
    expect(j.aws.findUser(at("ada"))).toBeUndefined();
    expect(j.aws.membersOf("aws-admins")).toEqual([at("grace")]);
    await j.quiet();
  });
});

describe("two groups that want one name", () => {
  const twin = (google: Company): void => {
    google.addGroup({ email: at("aws-twin"), name: "AWS-admins" });
    google.addMember(at("aws-twin"), at("kim"));
  };

  test("are both skipped when neither is in the target yet", async () => {
    const j = await journey({ also: twin });
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { "name-wanted-twice": 2 } });
    expect(j.aws.findGroup("aws-admins")).toBeUndefined();
    await j.quiet();
  });

  test("leave the name to the one that has it", async () => {
    const j = await settled();
    twin(j.google);
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { "name-wanted-twice": 1 } });
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
    await j.quiet();
  });

  test("both keep their names and go on syncing members when both are there", async () => {
    const j = await settled();
    j.google.nameGroup(at("aws-backend"), "aws-admins");
    j.google.addMember(at("aws-backend"), at("kim"));
    const summary = await j.run();
    expect(summary.status).toBe("attention");
    expect(outcomesOf(j, "applied")).toEqual([
      "members.add aws-backend kim@example.com",
      "members.add aws-engineers kim@example.com",
    ]);
    await j.quiet();
  });
});

test("a change of case alone is no change", async () => {
  const j = await settled();
  j.google.nameGroup(at("aws-admins"), "AWS-Admins");
  j.google.user(at("ada")).primaryEmail = "Ada@Example.com";
  expect(plannedOf(await j.plan())).toEqual([]);
});
