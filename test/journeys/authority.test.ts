/** Authority and time, case by case: nobody gains by a name or by small steps, and a leaver always goes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { crew } from "./company.ts";
import { approving, company, disabled, join, leaveScope, remembering, stopClock, waitingIn } from "./day.ts";
import type { Told } from "./day.ts";
import { heldOf, journey, outcomesOf } from "./journey.ts";
import type { Beginning, Journey } from "./journey.ts";
import { lambda } from "./lambda.ts";

async function settled(settings: Record<string, string> = {}, more: Beginning = {}): Promise<Journey> {
  const j = await journey({ settings, ...more });
  await j.sync();
  return j;
}

describe("a hand-made group, and a Google group of its name that an employee made", () => {
  /** Prod-Admins is old and made by hand; Mallory is kim, boss is ada, chief is grace. */
  const prodAdmins = (inAws: readonly string[], inGoogle: readonly string[]): Promise<Journey> =>
    settled(
      {},
      {
        also: (google, aws) => {
          google.addGroup({ email: at("aws-prod-admins"), name: "prod-admins", adminCreated: false });
          for (const name of inGoogle) google.addMember(at("aws-prod-admins"), at(name));
          aws.addGroup({ displayName: "Prod-Admins", createdAt: new Date(0) });
          for (const name of inAws) {
            if (aws.findUser(name) === undefined)
              aws.addUser({ userName: name, givenName: "By", familyName: "Hand" });
            aws.addMembership("Prod-Admins", name);
          }
        },
      },
    );
  const members = (j: Journey): readonly string[] => j.aws.membersOf("Prod-Admins");

  test("A1: an empty group is not taken over by an empty one, and nobody gets in", async () => {
    const j = await prodAdmins([], []);
    for (const names of [[], ["kim"]]) {
      join(j, names, "aws-prod-admins");
      const summary = await j.run();
      expect(waitingIn(summary)).toEqual(["adoption prod-admins"]);
      expect(j.writes()).toEqual([]);
      expect(members(j)).toEqual([]);
      expect(j.aws.group("Prod-Admins").externalId).toBeUndefined();
    }
  });

  test("A2: a group with others in it is not taken over: nobody in, and nobody out", async () => {
    const j = await prodAdmins(["break-glass"], ["ada"]);
    for (const name of ["ada", "grace"]) j.aws.addMembership("Prod-Admins", at(name));
    for (const names of [[], ["kim"]]) {
      join(j, names, "aws-prod-admins");
      expect(waitingIn(await j.run())).toEqual(["adoption prod-admins"]);
      expect(members(j)).toEqual([at("ada"), "break-glass", at("grace")]);
    }
  });

  test("A3: nor one with the same members: it is told that a user made the Google group, which is in no payload for all", async () => {
    const j = await prodAdmins([], ["ada", "grace"]);
    for (const name of ["ada", "grace"]) j.aws.addMembership("Prod-Admins", at(name));
    j.google.removeMember(at("aws-prod-admins"), at("grace"));
    j.google.addMember(at("aws-prod-admins"), at("grace"), "OWNER");
    j.google.addUser({ email: at("sleepy"), suspended: true });
    j.google.addMember(at("aws-prod-admins"), at("sleepy"));
    j.google.addGroup({ email: at("aws-billing") });
    j.aws.addGroup({ displayName: "aws-billing" });
    const summary = await j.run();
    expect(waitingIn(summary)).toEqual(["adoption aws-billing", "adoption prod-admins"]);
    const [plain, hers] = ["aws-billing", "prod-admins"].map((subject) =>
      summary.approvals.find((one) => one.subject === subject),
    );
    expect(hers?.sentence).toContain(`a user, not an administrator, made (owner: ${at("grace")})`);
    expect(hers?.sentence).toContain(`no member changes; 1 suspended member follows when active again`);
    expect(hers?.sentence).toContain(at("sleepy"));
    expect(hers?.sentence).not.toContain(at("kim"));
    expect(summary.message).toContain(JSON.stringify({ action: "sync", approve: [plain?.id] }));
    expect(summary.message).not.toContain(hers?.id);
    expect(j.writes()).toEqual([]);
  });
});

test(
  "A4: a group whose owner empties it keeps its members; emptied with approval and refilled, it gains nobody unasked",
  { tags: "long" },
  async () => {
    const { j } = await remembering(340, {}, { "aws-team": crew(30) });
    leaveScope(j, crew(30), "aws-team");
    const first = await j.run();
    expect(waitingIn(first)).toEqual(["shrink aws-team"]);
    expect(j.aws.membersOf("aws-team")).toHaveLength(30);
    await j.sync(approving(first));
    expect(j.aws.membersOf("aws-team")).toEqual([]);
    join(j, crew(300, 31), "aws-team");
    expect(waitingIn(await j.run())).toEqual(["growth aws-team"]);
    expect(j.aws.membersOf("aws-team")).toEqual([]);
  },
);

test(
  "A8: new groups with everybody in them make no base for the removals of others",
  { tags: "long" },
  async () => {
    const real = ["aws-1", "aws-2", "aws-3", "aws-4"];
    const settings = { USER_MATCH: "*", MAX_NEW_GROUPS: "100%", MAX_GROUP_SHRINK: "100%" };
    const groups = Object.fromEntries(real.map((name) => [name, crew(50)]));
    const j = await journey({ settings, ...company(50, groups) });
    for (const name of crew(60)) {
      j.google.addGroup({ email: at(`aws-new-${name}`) });
      j.google.addMember(at(`aws-new-${name}`), "customer");
    }
    await j.sync();
    expect(j.aws.memberships.length).toBeGreaterThan(3_000);
    for (const name of real) leaveScope(j, crew(50), name);
    expect(waitingIn(await j.run())).toEqual(real.map((name) => `removals ${name}`));
    for (const name of real) expect(j.aws.membersOf(name)).toHaveLength(50);
  },
);

describe("a leaver", () => {
  test(
    "A9: is out in the next run after an approved clean-up of twenty, which counts nowhere, and by `only` too",
    { tags: "long" },
    async () => {
      const { j } = await remembering(60);
      leaveScope(j, crew(20));
      const first = await j.run();
      expect(waitingIn(first)).toHaveLength(20);
      await j.sync(approving(first));
      j.google.suspend(at("p30"));
      await j.sync();
      expect(disabled(j)).toContain(at("p30"));
      j.google.suspend(at("p31"));
      await j.sync({ action: "sync", only: [at("p31")] });
      expect(disabled(j)).toContain(at("p31"));
    },
  );

  test(
    "A10: is out in the afternoon of a day on which ten others left the scope",
    { tags: "long" },
    async () => {
      const { j } = await remembering(90);
      leaveScope(j, crew(10));
      await j.sync();
      j.google.suspend(at("p50"));
      leaveScope(j, ["p51"]);
      const summary = await j.run();
      expect(disabled(j)).toContain(at("p50"));
      expect(waitingIn(summary)).toEqual([`removals ${at("p51")}`]);
    },
  );
});

test("A12: people disabled long ago whose accounts are purged lose nothing: they are marked, and count nowhere", async () => {
  const j = await journey({
    settings: {
      MAX_LEAVERS: "0",
      MAX_USER_REMOVALS: "0",
      MAX_MEMBERSHIP_REMOVALS: "0",
      MAX_GROUP_SHRINK: "0",
    },
    ...company(40),
  });
  const gone = crew(24);
  for (const name of gone) {
    const user = j.aws.user(at(name));
    Object.assign(user, { active: false, externalId: `ssosync-suspended.2024-01-01.${user.externalId}` });
    j.google.deleteUser(at(name));
  }
  j.google.deletedUsers.length = 0;
  await j.sync();
  for (const name of gone) expect(j.aws.user(at(name)).externalId).toMatch(/^ssosync-retired\./);
  await j.settle();
});

test("A14: an approval that was told shortly before midnight fits shortly after", async () => {
  const j = await settled({ MAX_USER_REMOVALS: "0" });
  leaveScope(j, ["kim", "lena"], "aws-readonly");
  const pass = stopClock("2027-03-04T23:50:00Z");
  const told = await j.run();
  pass(1 / 3);
  expect(await j.run(approving(told))).toMatchObject({ status: "succeeded", applied: { "user.retire": 2 } });
  expect(disabled(j)).toEqual(["kim", "lena"].map(at));
});

test("A15: an approval has 128 bits, and its sentence names who would get in", async () => {
  const j = await journey({ settings: { MAX_GROUP_GROWTH: "0" }, ...company(20, { "aws-team": crew(2) }) });
  join(j, ["p7", "p9"], "aws-team");
  const [wait] = (await j.run()).approvals;
  expect(wait?.id).toMatch(/^[0-9a-f]{32}$/);
  for (const name of ["p7", "p9"]) expect(wait?.sentence).toContain(at(name));
});

test("A16: what waits names the first hundred of those who would get in, for a growth and for an adoption", async () => {
  const j = await journey({ settings: { MAX_GROUP_GROWTH: "0" }, ...company(140, { "aws-team": crew(2) }) });
  join(j, crew(130, 3), "aws-team");
  j.google.addGroup({ email: at("aws-hand") });
  join(j, crew(130, 3), "aws-hand");
  j.aws.addGroup({ displayName: "aws-hand" });
  const { approvals } = await j.run();
  expect(approvals.map(({ kind }) => kind).toSorted()).toEqual(["adoption", "growth"]);
  for (const { sentence } of approvals) {
    expect(sentence.match(/p\d+@example\.com/g)).toHaveLength(100);
    expect(sentence).toContain("30 more");
  }
});

test("A17: without a setting of one's own an approval comes through `approve`, and not through `current`, a version or no alias", async () => {
  const j = await settled({ MAX_USER_REMOVALS: "0" });
  leaveScope(j, ["kim"], "aws-readonly");
  const payload = approving(await j.run());
  for (const qualifier of ["current", "7", "$LATEST"])
    expect(await j.failure(payload, { qualifier })).toContain('"approve" (APPROVE_QUALIFIER)');
  expect(disabled(j)).toEqual([]);
  await j.sync(payload, { qualifier: "approve" });
});

test(
  "A18: an approval that is given is a line of the audit, in the summary and a metric",
  { tags: "long" },
  async () => {
    const j = await settled({ MAX_USER_REMOVALS: "0" });
    leaveScope(j, ["kim"], "aws-readonly");
    const payload = approving(await j.run());
    const { lines } = await lambda(j).invoke(payload, { qualifier: "approve" });
    const line = lines.find(({ action }) => action === "approval.given");
    expect(line).toMatchObject({ audit: true, subject: at("kim") });
    expect(JSON.stringify(line)).toContain(payload.approve[0]);
    const summary = lines.find((one) => one["summary"] === true);
    expect(JSON.stringify(summary?.["approved"])).toContain(payload.approve[0]);
    const metrics = lines.find((one) => "_aws" in one);
    expect(JSON.stringify(metrics)).toContain("ApprovalsGiven");
  },
);

describe("A19: whoever may choose a name does not thereby choose to be left alone:", () => {
  test("a leaver whose display name meets IGNORE_USERS is out", async () => {
    const j = await settled({ IGNORE_USERS: "*break*glass*" });
    j.google.nameUser(at("kim"), "Break", "Glass");
    await j.sync();
    j.google.suspend(at("kim"));
    await j.sync();
    expect(disabled(j)).toEqual([at("kim")]);
  });

  test("nor whoever may give an alias: a user whom it meets leaves a group, and is out with the last one", async () => {
    const j = await settled({ IGNORE_USERS: "*@frozen.example" });
    j.google.user(at("zoe")).aliases.push("zoe@frozen.example");
    j.google.addMember(at("aws-admins"), at("zoe"));
    await j.sync();
    j.google.removeMember(at("aws-admins"), at("zoe"));
    await j.sync();
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
    j.google.removeMember(at("aws-backend"), at("zoe"));
    await j.sync();
    expect(disabled(j)).toEqual([at("zoe")]);
  });

  test("nor its owner's alias: a group that it meets loses whom Google takes out, and nobody else", async () => {
    const j = await settled({ IGNORE_GROUPS: "*@frozen.example", USER_MATCH: "*" });
    j.google.group(at("aws-admins")).aliases.push("admins@frozen.example");
    j.google.removeMember(at("aws-admins"), at("ada"));
    await j.sync();
    expect(j.aws.membersOf("aws-admins")).toEqual([at("grace")]);
  });

  test.each(["aws-admins-sandbox", "AWSAccountFactory"])(
    "a group that is renamed to %s keeps its name, and loses whom Google takes out",
    async (name) => {
      const j = await settled({ IGNORE_GROUPS: "*-sandbox", USER_MATCH: "*" });
      j.google.nameGroup(at("aws-admins"), name);
      j.google.removeMember(at("aws-admins"), at("ada"));
      await j.run();
      expect(j.aws.findGroup(name)).toBeUndefined();
      expect(j.aws.membersOf("aws-admins")).toEqual([at("grace")]);
    },
  );
});

test("A20: a disabled hand-made user is not enabled for a new person of that address", async () => {
  const j = await settled(
    {},
    {
      also: (_, aws) => {
        aws.addUser({ userName: at("nova"), active: false });
        aws.addGroup({ displayName: "Prod-Admins" });
        aws.addMembership("Prod-Admins", at("nova"));
      },
    },
  );
  j.google.addUser({ email: at("nova") });
  j.google.addMember(at("aws-readonly"), at("nova"));
  const summary = await j.run();
  expect(waitingIn(summary)).toEqual([`adoption ${at("nova")}`]);
  expect(j.aws.user(at("nova"))).toMatchObject({ active: false });
  expect(j.aws.membersOf("aws-readonly")).not.toContain(at("nova"));
});

/** AWS does not take this family name. */
const refusing = (j: Journey, name: string): void =>
  void j.emulator.fault({
    when: ({ service, method, body }) =>
      service === "scim" && method !== "GET" && JSON.stringify(body ?? {}).includes(name),
    times: Infinity,
    do: { status: 400 },
  });

test("A21: two who trade addresses get them, though AWS refuses the new family name of one", async () => {
  const j = await settled();
  const [ada, grace] = [j.google.user(at("ada")), j.google.user(at("grace"))];
  const ids = { ada: j.aws.user(at("ada")).id, grace: j.aws.user(at("grace")).id };
  Object.assign(ada, { primaryEmail: at("grace"), aliases: [], familyName: "Refused" });
  Object.assign(grace, { primaryEmail: at("ada"), aliases: [] });
  refusing(j, "Refused");
  const summary = await j.run();
  expect(j.aws.user(ids.ada).userName).toBe(at("grace"));
  expect(j.aws.user(ids.grace).userName).toBe(at("ada"));
  expect(summary).toMatchObject({ status: "attention", failed: { "user.update": 1 } });
});

test("A22: somebody who comes back with a family name that AWS refuses is enabled all the same", async () => {
  const j = await settled();
  j.google.suspend(at("ada"));
  await j.sync();
  j.google.suspend(at("ada"), false);
  j.google.nameUser(at("ada"), "Ada", "Refused");
  refusing(j, "Refused");
  const summary = await j.run();
  expect(j.aws.user(at("ada"))).toMatchObject({ active: true, externalId: j.google.user(at("ada")).id });
  expect(summary).toMatchObject({ status: "attention", failed: { "user.update": 1 } });
});

test("A22: somebody new with such a name is there all the same, with one request more", async () => {
  const j = await settled();
  j.google.addUser({ email: at("nova"), familyName: "Refused" });
  j.google.addMember(at("aws-readonly"), at("nova"));
  refusing(j, "Refused");
  const summary = await j.run();
  expect(j.aws.user(at("nova"))).toMatchObject({ active: true, displayName: "nova" });
  expect(j.aws.membersOf("aws-readonly")).toContain(at("nova"));
  expect(summary).toMatchObject({ status: "attention", failed: { "user.update": 1 } });
  expect(j.emulator.count({ service: "scim", operation: "CreateUser" })).toBe(2);
});

test("A23: people of a second domain are not out for one row that a listing lacks", async () => {
  const others = ["ann", "ben", "cleo"].map((name) => `${name}@example.org`);
  const j = await settled(
    {},
    {
      also: (google) => {
        for (const email of others) google.addUser({ email });
        google.addGroup({ email: "team@example.org" });
        for (const email of others) google.addMember("team@example.org", email);
        google.addGroup({ email: at("aws-nested") });
        google.addMember(at("aws-nested"), "team@example.org");
      },
    },
  );
  j.google.lies.hideMembers(at("aws-nested"), "team@example.org");
  const summary = await j.run();
  expect(summary).toMatchObject({ status: "attention", applied: {}, held: { "user.retire": 3 } });
  expect(disabled(j)).toEqual([]);
  expect(j.aws.membersOf("aws-nested")).toEqual(others);
});

test("A24: a row that does not say whether somebody is suspended enables nobody", async () => {
  const j = await settled();
  j.google.suspend(at("ada"));
  await j.sync();
  const { id } = j.google.user(at("ada"));
  for (const operation of ["users.list", "users.get"])
    j.emulator.fault({
      when: { operation },
      times: Infinity,
      do: (_, answer) => {
        const body = structuredClone(answer.body) as { id?: string; users?: Record<string, unknown>[] };
        for (const row of [body as Record<string, unknown>, ...(body.users ?? [])])
          if (row["id"] === id) delete row["suspended"];
        return { ...answer, body };
      },
    });
  const summary = await j.run();
  expect(summary).toMatchObject({ status: "attention", applied: {} });
  expect(disabled(j)).toEqual([at("ada")]);
});

test("A26: a group whose creation is answered 409 although it is there with our id gets its members", async () => {
  const j = await settled();
  j.google.addGroup({ email: at("aws-fresh") });
  join(j, ["ada", "kim"], "aws-fresh");
  j.emulator.fault({
    when: { operation: "CreateGroup" },
    do: () => {
      const { id } = j.aws.group("aws-fresh");
      const rows = j.aws.memberships.filter(({ groupId }) => groupId !== id);
      j.aws.memberships.splice(0, Infinity, ...rows);
      return { status: 409, body: { detail: "a group of this name exists" } };
    },
  });
  await j.run();
  expect(j.aws.membersOf("aws-fresh")).toEqual([at("ada"), at("kim")]);
  expect(outcomesOf(j, "applied")).toEqual([
    "group.create aws-fresh",
    `members.add aws-fresh ${at("ada")} ${at("kim")}`,
  ]);
  await j.settle();
});

test("A27: somebody whom a person disabled in AWS stays disabled, until somebody approves it", async () => {
  const j = await settled();
  j.aws.user(at("ada")).active = false;
  const summary = await j.run();
  expect(summary.status).toBe("attention");
  expect(waitingIn(summary)).toEqual([`enable ${at("ada")}`]);
  expect(j.writes()).toEqual([]);
  await j.run();
  expect(disabled(j)).toEqual([at("ada")]);
  await j.sync(approving(summary));
  expect(disabled(j)).toEqual([]);
  await j.settle();
});

test("A28: renames beyond their budget wait by themselves, those within it go on, and somebody leaves another group all the same", async () => {
  const names = crew(30).map((name) => `aws-${name}`);
  const groups = Object.fromEntries(names.map((name) => [name, crew(3)]));
  const j = await journey({ settings: { MAX_GROUP_REMOVALS: "10%" }, ...company(5, groups) });
  for (const name of names.slice(0, 5)) j.google.nameGroup(at(name), `${name}-new`);
  leaveScope(j, ["p1"], "aws-p30");
  const summary = await j.run();
  expect(waitingIn(summary)).toEqual(
    names.slice(0, 5).map((name) => expect.stringContaining(`renames ${name}`) as string),
  );
  expect(outcomesOf(j, "applied")).toEqual([`members.remove aws-p30 ${at("p1")}`]);
  for (const name of names.slice(0, 2)) j.google.nameGroup(at(name), name);
  await j.sync();
  expect(outcomesOf(j, "applied")).toHaveLength(3);
});

test("A29: the ids of fifteen removals fit when one more person leaves, who waits besides", async () => {
  const j = await journey({ settings: { MAX_USER_REMOVALS: "0" }, ...company(60) });
  leaveScope(j, crew(15));
  const told = await j.run();
  expect(told.approvals).toHaveLength(15);
  leaveScope(j, ["p16"]);
  const summary = await j.run(approving(told));
  expect(disabled(j)).toHaveLength(15);
  expect(waitingIn(summary)).toEqual([`removals ${at("p16")}`]);
});

test("A30: a mistyped GROUP_MATCH is an upheaval: nothing but leavers is done", async () => {
  const names = crew(40).map((name) => `aws-g${name}`);
  const groups = Object.fromEntries(names.map((name) => [name, crew(3)]));
  const j = await journey({ settings: { USER_MATCH: "*" }, ...company(8, groups) });
  j.google.suspend(at("p8"));
  j.google.addUser({ email: at("nova") });
  const summary = await j.run({}, { settings: { GROUP_MATCH: "email:aws-gp4*" } });
  expect(summary).toMatchObject({ status: "refused", approvals: [{ kind: "upheaval" }] });
  expect(summary.message).toContain("39 of 41 managed groups");
  expect(outcomesOf(j, "applied")).toEqual([`user.disable ${at("p8")}`]);
  expect(heldOf(await j.plan({ settings: { GROUP_MATCH: "email:aws-gp4*" } })).length).toBeGreaterThan(39);
});

test(
  "A5: a group that grows by half in each of ten runs gains in a day what a group may gain in a day",
  { tags: "long" },
  async () => {
    const { j } = await remembering(300, {}, { "aws-team": crew(8) });
    let size = 8;
    for (let run = 0; run < 10 && size < 290; run += 1) {
      const more = Math.ceil(size / 2);
      join(j, crew(Math.min(more, 300 - size), size + 1), "aws-team");
      size = Math.min(300, size + more);
      await j.run();
    }
    expect(j.aws.membersOf("aws-team").length).toBeGreaterThan(8);
    expect(j.aws.membersOf("aws-team").length).toBeLessThanOrEqual(28);
  },
);

test(
  "A6: memberships that vanish, just under a tenth in each run, wait after about a tenth",
  { tags: "long" },
  async () => {
    const names = ["aws-1", "aws-2", "aws-3", "aws-4", "aws-5"];
    const { j } = await remembering(60, {}, Object.fromEntries(names.map((name) => [name, crew(60)])));
    for (let run = 0; run < 6; run += 1) {
      for (const name of names) leaveScope(j, crew(6, 1 + run * 6), name);
      await j.run();
    }
    const left = names.map((name) => j.aws.membersOf(name).length).reduce((one, other) => one + other, 0);
    expect(left).toBeGreaterThanOrEqual(300 - 50);
    expect(left).toBeLessThan(300);
    expect(waitingIn(await j.run()).length).toBeGreaterThan(0);
  },
);

test(
  "A11: eight out of scope in each of five runs of one day, without days of grace: ten at most are deleted, and the rest wait one by one",
  { tags: "long" },
  async () => {
    const { j } = await remembering(80, { DELETE_GRACE_DAYS: "0" });
    let summary: Told | undefined;
    for (let run = 0; run < 5; run += 1) {
      // More than half out of scope would be an upheaval.
      if (run < 4) leaveScope(j, crew(8, 1 + run * 8));
      summary = await j.run();
    }
    const gone = 80 - j.aws.users.length;
    expect(gone).toBeGreaterThan(0);
    expect(gone).toBeLessThanOrEqual(10);
    expect(summary?.approvals).toHaveLength(32 - gone);
  },
);

test(
  "A13: runs that are narrowed to ten names each, side by side, spend one day's budget together",
  { tags: "long" },
  async () => {
    const { j } = await remembering(140);
    leaveScope(j, crew(60));
    const only = (from: number): object => ({ action: "sync", only: crew(10, from).map(at) });
    await Promise.allSettled([1, 11, 21, 31, 41, 51].map((from) => j.run(only(from))));
    expect(disabled(j).length).toBeGreaterThanOrEqual(10);
    expect(disabled(j).length).toBeLessThanOrEqual(14);
    await j.run(only(1));
    await j.run(only(51));
    expect(disabled(j).length).toBeLessThanOrEqual(14);
  },
);

test(
  "A25: of more removals than there is time to ask about those that were asked about are done, and the next runs go on",
  { tags: "long" },
  async () => {
    const groups = { "aws-team": crew(40) };
    const settings = { MAX_GROUP_SHRINK: "100%", MAX_MEMBERSHIP_REMOVALS: "100%", GOOGLE_RATE: "6" };
    const j = await journey({ settings, ...company(40, groups) });
    const remainingMs = await j.timeFor(4_000);
    leaveScope(j, crew(39), "aws-team");
    const summary = await j.run({}, { remainingMs });
    expect(summary.status).toBe("incomplete");
    expect(summary.held).toEqual({});
    const done = 40 - j.aws.membersOf("aws-team").length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(39);
    await j.sync({}, { settings: { GOOGLE_RATE: "9000" } });
    expect(j.aws.membersOf("aws-team")).toEqual([at("p40")]);
  },
);

describe("A31: the tally", () => {
  const CHILD = new URL("../faults/crash/child.ts", import.meta.url).pathname;

  test(
    "counts those whom a killed run reserved once, and lets the next run disable them",
    { tags: "long" },
    async () => {
      const { j, tables } = await remembering(100);
      const leaving = crew(15);
      for (const name of leaving) j.google.suspend(at(name));
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const { promise: reached, resolve: reach } = Promise.withResolvers<undefined>();
      const fault = j.emulator.fault({
        when: ({ operation }) => {
          if (operation === "PatchUser") reach(undefined);
          return operation === "PatchUser";
        },
        times: Infinity,
        do: { until: promise },
      });
      const environment = { ...j.emulator.environment(j.settings), ...tables.environment };
      const child = spawn(process.execPath, [CHILD, JSON.stringify({ environment, event: {} })]);
      await reached;
      child.kill("SIGKILL");
      await once(child, "exit");
      fault.remove();
      // What the dead process had sent arrives when all is over.
      onTestFinished(() => resolve(undefined));
      await j.sync();
      expect(disabled(j)).toEqual(leaving.map(at).toSorted());
      // 20 in a day: five more fit, and a sixth waits.
      for (const name of crew(6, 50)) j.google.suspend(at(name));
      const summary = await j.run();
      expect(summary.status).toBe("refused");
      expect(disabled(j)).toHaveLength(20);
    },
  );

  test("counts nobody twice whom two runs reserve at once", { tags: "long" }, async () => {
    const { j } = await remembering(100);
    for (const name of crew(15)) j.google.suspend(at(name));
    await Promise.all([j.run(), j.run()]);
    expect(disabled(j)).toHaveLength(15);
    for (const name of crew(6, 50)) j.google.suspend(at(name));
    expect((await j.run()).status).toBe("refused");
    expect(disabled(j)).toHaveLength(20);
  });

  test.each(["suspend", "deleteUser"] as const)(
    "lets nobody too many go by three runs at once about different people, and loses nobody (%s)",
    { tags: "long" },
    async (happens) => {
      const { j } = await remembering(100);
      for (const name of crew(24)) j.google[happens](at(name));
      const about = (from: number) => j.run({ action: "sync", only: crew(8, from).map(at) });
      await Promise.allSettled([about(1), about(9), about(17)]);
      expect(disabled(j).length).toBeLessThanOrEqual(20);
      const summary = await j.run();
      expect(disabled(j)).toHaveLength(20);
      for (const user of j.aws.users) if (user.active) expect(user.externalId).toMatch(/^\d+$/);
      await j.sync(approving(summary));
      expect(disabled(j)).toHaveLength(24);
    },
  );
});
