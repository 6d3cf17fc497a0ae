/** What groups are called: templates and exceptions, in whole runs. */
import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { approving, waitingIn } from "./day.ts";
import { journey, plannedOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

async function settled(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
  await j.sync();
  return j;
}

const groups = (j: Journey): readonly string[] =>
  j.aws.groups.map(({ displayName }) => displayName).toSorted();
const skippedIn = (j: Journey, code: string) =>
  j.plan().then(({ skipped }) => skipped[code as keyof typeof skipped] ?? 0);

describe("a template", () => {
  test("calls each group as it says, and a second run has nothing to do", async () => {
    const j = await settled({ GROUP_NAME: "Google {email.local-aws-}" });
    expect(groups(j)).toEqual(["Google admins", "Google backend", "Google engineers", "Google readonly"]);
    await j.settle();
  });

  test(
    "that is new renames more groups than fit: each waits, one payload lets all through, ids stay",
    { tags: "long" },
    async () => {
      const j = await settled();
      const before = new Map(j.aws.groups.map(({ id, displayName }) => [id, j.aws.membersOf(displayName)]));
      const settings = { GROUP_NAME: "{email.local-aws-}" };
      const summary = await j.run({}, { settings });
      expect(summary.status).toBe("attention");
      expect(waitingIn(summary)).toEqual(groups(j).map((name) => `renames ${name}`));
      expect(j.writes()).toEqual([]);
      await j.sync(summary.approveAll?.renames, { settings });
      expect(groups(j)).toEqual(["admins", "backend", "engineers", "readonly"]);
      for (const { id, displayName } of j.aws.groups)
        expect(j.aws.membersOf(displayName)).toEqual(before.get(id));
      await j.settle({ settings });
    },
  );

  test("of which two groups get one name makes neither, and the run says so", async () => {
    const j = await journey({
      settings: { GROUP_NAME: "{name-aws-}" },
      also: (google) => google.addGroup({ email: at("aws-more"), name: "Admins", adminCreated: false }),
    });
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { "name-wanted-twice": 2 } });
    expect(groups(j)).toEqual(["backend", "engineers", "readonly"]);
    const apart = { settings: { GROUP_NAMES: `${at("aws-more")}=More` } };
    await j.sync({}, apart);
    expect(groups(j)).toContain("More");
    await j.settle(apart);
  });

  test("takes no name from a group that was made by hand, and none over without approval", async () => {
    const j = await journey({
      settings: { GROUP_NAME: "{name-aws-}" },
      also: (_, aws) => void aws.addGroup({ displayName: "Admins" }),
    });
    const { id } = j.aws.group("Admins");
    const summary = await j.run();
    expect(waitingIn(summary)).toEqual(["adoption admins"]);
    expect(j.aws.membersOf("Admins")).toEqual([]);
    await j.sync(approving(summary));
    expect(j.aws.membersOf("Admins")).toEqual([at("ada"), at("grace")]);
    expect(j.aws.group("Admins").id).toBe(id);
    await j.settle();
  });

  test(
    "never makes a synced group one that is protected: it keeps its name and its members are synced",
    { tags: "long" },
    async () => {
      const j = await settled();
      j.google.addMember(at("aws-admins"), at("kim"));
      const settings = { GROUP_NAME: "{name-aws-}", PROTECT_GROUPS: "admins" };
      const summary = await j.run({}, { settings });
      expect(summary.skipped).toMatchObject({ "name-barred": 1 });
      expect(waitingIn(summary)).toHaveLength(3);
      await j.run(approving(summary), { settings });
      expect(groups(j)).toEqual(["aws-admins", "backend", "engineers", "readonly"]);
      expect(j.aws.membersOf("aws-admins")).toContain(at("kim"));
      await j.settle({ settings });
    },
  );
});

describe("an exception", () => {
  test(
    "gives one group another name, in place, and back again when it is gone",
    { tags: "long" },
    async () => {
      const j = await settled();
      const { id } = j.aws.group("aws-admins");
      const settings = { GROUP_NAMES: `${at("AWS-Admins")} = Cloud Administrators` };
      await j.sync({}, { settings });
      expect(j.aws.group(id).displayName).toBe("Cloud Administrators");
      await j.settle({ settings });
      await j.sync();
      expect(j.aws.group(id).displayName).toBe("aws-admins");
      await j.settle();
    },
  );

  test("that trades the names of two groups is done in one run, and nobody is out for one request", async () => {
    const j = await settled();
    const [one, other] = [j.aws.group("aws-admins").id, j.aws.group("aws-backend").id];
    const settings = { GROUP_NAMES: `${at("aws-admins")}=aws-backend,${at("aws-backend")}=aws-admins` };
    const members = j.aws.membersOf("aws-admins");
    await j.sync({}, { settings });
    expect([j.aws.group(one).displayName, j.aws.group(other).displayName]).toEqual([
      "aws-backend",
      "aws-admins",
    ]);
    expect(j.aws.membersOf("aws-backend")).toEqual(members);
    await j.settle({ settings });
  });

  test(
    "that trades names and is cut off with a group parked is gone through with by the next run, whatever the budget",
    { tags: "long" },
    async () => {
      const j = await settled();
      const GROUP_NAMES = `${at("aws-admins")}=aws-backend,${at("aws-backend")}=aws-admins`;
      const settings = { GROUP_NAMES, MAX_GROUP_REMOVALS: "0" };
      const waits = await j.run({}, { settings });
      const stop = new AbortController();
      await j.run(approving(waits), { settings, stop: stop.signal, outcome: () => void stop.abort() });
      expect(groups(j).filter((name) => name.startsWith("ssosync-moving."))).toHaveLength(1);
      await j.sync({}, { settings });
      expect(groups(j)).toEqual(["aws-admins", "aws-backend", "aws-engineers", "aws-readonly"]);
      await j.settle({ settings });
    },
  );

  test("can be asked for by the name that it makes, before AWS has it", async () => {
    const j = await journey({ settings: { GROUP_NAMES: `${at("aws-admins")}=Cloud Administrators` } });
    const summary = await j.run({ only: ["cloud administrators"] });
    expect(summary.applied).toMatchObject({ "user.create": 2, "group.create": 1 });
    expect(groups(j)).toEqual(["Cloud Administrators"]);
  });

  test("for a group that is nobody's is told by the doctor alone, and changes nothing", async () => {
    const j = await settled({ GROUP_NAMES: `${at("nobody")}=Nobody` });
    expect(plannedOf(await j.plan())).toEqual([]);
    expect(await skippedIn(j, "name-wanted-twice")).toBe(0);
  });
});
