/** What people sign in as, where that is not their address, in whole runs. */
import { describe, expect, test } from "vitest";
import type { AwsDirectory } from "../emulator/aws-directory.ts";
import { at } from "../emulator/fill.ts";
import type { Company } from "../emulator/google-company.ts";
import { smallCompany } from "./company.ts";
import { approving, waitingIn } from "./day.ts";
import { journey } from "./journey.ts";
import type { Journey } from "./journey.ts";

const PEOPLE = ["ada", "grace", "linus", "ivan", "zoe", "otto", "lena", "kim", "nils", "mona"] as const;

function named(google: Company): void {
  smallCompany(google);
  for (const [n, name] of PEOPLE.entries()) {
    const person = google.user(at(name));
    person.extra["customSchemas"] = { HR: { login: `E-${n}` } };
    person.aliases.push(`${name}.long@other.example`, `${name}@other.example`);
  }
}

const begin = (
  settings: Record<string, string>,
  also?: (google: Company, aws: AwsDirectory) => void,
): Promise<Journey> => journey({ settings, company: named, ...(also === undefined ? {} : { also }) });

const names = (j: Journey): readonly string[] => j.aws.users.map(({ userName }) => userName).toSorted();
const FIELD = { USER_NAME: "HR.login" };
const logIn = (google: Company, name: string, login: unknown): void => {
  google.user(at(name)).extra["customSchemas"] = { HR: { login } };
};

describe("USER_NAME=alias@other.example", () => {
  test("signs people in by the shortest alias there; a second run has nothing to do", async () => {
    const j = await begin({ USER_NAME: "alias@other.example" });
    await j.sync();
    expect(names(j)).toEqual(PEOPLE.map((name) => `${name}@other.example`).toSorted());
    expect(j.aws.user("ada@other.example").emails[0]?.value).toBe(at("ada"));
    await j.settle();
  });

  test("follows a new alias in place, and keeps the old one where it is gone", async () => {
    const j = await begin({ USER_NAME: "alias@other.example" });
    await j.sync();
    const { id } = j.aws.user("ada@other.example");
    j.google.user(at("ada")).aliases = ["al@other.example"];
    j.google.user(at("kim")).aliases = [];
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", skipped: { "user-name-missing": 1 } });
    expect(j.aws.user(id).userName).toBe("al@other.example");
    expect(names(j)).toContain("kim@other.example");
    await j.settle();
  });
});

describe("USER_NAME=Schema.field", () => {
  test(
    "signs people in by the field, and asks Google and AWS not one request more",
    { tags: "long" },
    async () => {
      const plain = await begin({});
      await plain.sync();
      await plain.quiet();
      await plain.run();
      const before = plain.emulator.requests.length;
      const j = await begin(FIELD);
      await j.sync();
      expect(names(j)).toEqual(PEOPLE.map((_, n) => `E-${n}`));
      await j.settle();
      await j.run();
      expect(j.emulator.requests.length).toBe(before);
    },
  );

  test("creates nobody without a value, says so, and creates them once there is one", async () => {
    const j = await begin(FIELD, (google) => {
      logIn(google, "ada", "");
      logIn(google, "kim", "not a name");
      logIn(google, "zoe", 4711);
    });
    const summary = await j.run();
    expect(summary.skipped).toMatchObject({ "user-name-missing": 1, "user-name-unusable": 1 });
    expect(summary.status).toBe("attention");
    expect(names(j)).toContain("4711");
    expect(names(j)).toHaveLength(8);
    logIn(j.google, "ada", "E-0");
    logIn(j.google, "kim", "E-7");
    await j.sync();
    await j.settle();
  });

  test(
    "of two people with one value creates neither, and names both before anything is written",
    { tags: "long" },
    async () => {
      const j = await begin(FIELD, (google) => logIn(google, "grace", "e-0"));
      const plan = await j.plan();
      expect(plan.skipped).toMatchObject({ "name-wanted-twice": 2 });
      await j.run();
      expect(names(j)).toEqual(PEOPLE.slice(2).map((_, n) => `E-${n + 2}`));
      logIn(j.google, "grace", "E-1");
      await j.sync();
      await j.settle();
    },
  );

  test(
    "takes over nobody unasked who was made by hand, whoever chooses that name",
    { tags: "long" },
    async () => {
      const j = await begin(FIELD, (google, aws) => {
        aws.addUser({ userName: "root" });
        aws.addGroup({ displayName: "Break Glass" });
        aws.addMembership("Break Glass", "root");
        logIn(google, "ada", "root");
      });
      const { id } = j.aws.user("root");
      const summary = await j.run();
      expect(waitingIn(summary)).toEqual([`adoption ${at("ada")}`]);
      expect(j.aws.user(id).externalId).toBeUndefined();
      await j.sync(approving(summary));
      expect(j.aws.user(id).externalId).toBe(j.google.user(at("ada")).id);
      await j.settle();
    },
  );
});

describe("a changed USER_NAME", () => {
  test(
    "changes more user names than fit: each waits, one payload lets all through, ids and groups stay",
    { tags: "long" },
    async () => {
      const j = await begin({ MAX_USER_REMOVALS: "10%,3" });
      await j.sync();
      const ids = new Map(PEOPLE.map((name) => [j.aws.user(at(name)).id, name]));
      const settings = { ...FIELD, MAX_USER_REMOVALS: "10%,3" };
      const summary = await j.run({}, { settings });
      expect(summary.status).toBe("attention");
      expect(waitingIn(summary)).toEqual(PEOPLE.map((name) => `renames ${at(name)}`).toSorted());
      expect(j.writes()).toEqual([]);
      const admins = j.aws.membersOf("aws-admins").length;
      await j.sync(summary.approveAll.renames, { settings });
      for (const [id, name] of ids) expect(j.aws.user(id).userName).toBe(`E-${PEOPLE.indexOf(name)}`);
      expect(j.aws.membersOf("aws-admins")).toHaveLength(admins);
      await j.settle({ settings });
    },
  );

  test("keeps no leaver in while it waits", async () => {
    const j = await begin({});
    await j.sync();
    const { id } = j.aws.user(at("ada"));
    j.google.suspend(at("ada"));
    await j.run({}, { settings: { ...FIELD, MAX_USER_REMOVALS: "0" } });
    expect(j.aws.user(id)).toMatchObject({ active: false, userName: at("ada") });
  });

  test(
    "in a ring, cut off with one of them parked, is gone through with by the next run, whatever the budget",
    { tags: "long" },
    async () => {
      const j = await begin(FIELD);
      await j.sync();
      PEOPLE.forEach((name, n) => logIn(j.google, name, `E-${(n + 1) % PEOPLE.length}`));
      const settings = { ...FIELD, MAX_USER_REMOVALS: "0" };
      const waits = await j.run({}, { settings });
      expect(waits.approvals).toHaveLength(PEOPLE.length);
      const stop = new AbortController();
      await j.run(approving(waits), { settings, stop: stop.signal, outcome: () => void stop.abort() });
      expect(names(j).filter((name) => name.startsWith("ssosync-moving."))).toHaveLength(1);
      await j.sync({}, { settings });
      PEOPLE.forEach((name, n) =>
        expect(j.aws.user(`E-${(n + 1) % PEOPLE.length}`).emails[0]?.value).toBe(at(name)),
      );
      await j.settle({ settings });
    },
  );
});
