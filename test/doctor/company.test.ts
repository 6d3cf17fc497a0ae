import { expect, it } from "vitest";
import { targetId } from "../../src/core/model.ts";
import type { Existing, Source } from "../../src/core/model.ts";
import { NOTHING_SPENT, once } from "../../src/core/tally.ts";
import type { Spent } from "../../src/core/tally.ts";
import type { Trouble } from "../../src/core/trouble.ts";
import { readSettings } from "../../src/settings/config.ts";
import { fine, make, step } from "../../src/doctor/check.ts";
import type { Check } from "../../src/doctor/check.ts";
import { companyChecks } from "../../src/doctor/company.ts";
import type { Read } from "../../src/doctor/google.ts";
import type { Finding } from "../../src/doctor/report.ts";
import { ada, company, devs, groupInTarget, human, inTarget, target, team } from "../core/world.ts";
import { clinic, finding, trouble } from "./clinic.ts";

it("what the next run plans is counted", async () => {
  const { examine } = await clinic();
  const report = await examine();
  expect(finding(report, "next-run").why).toBe("It plans 2 changes.");
  expect(finding(report, "quota.users").why).toBe("There will be 1 user, and AWS allows 100,000.");
  expect(finding(report, "quota.groups-per-user").why).toBe("Nobody is in more than 1 group.");
});

it("a plan that takes most people away is a warning that says how to approve it", async () => {
  const { emulator, examine } = await clinic();
  const { google, aws } = emulator;
  for (let n = 0; n < 30; n++)
    aws.addUser({
      userName: `gone${n}@example.com`,
      externalId: `1000000000000000${String(n).padStart(4, "0")}`,
    });
  aws.addUser({ userName: "ada@example.com", externalId: google.user("ada@example.com").id });
  const told = finding(await examine({ MAX_USER_REMOVALS: "3" }), "next-run");
  expect(told.level).toBe("warning");
  expect(told.why).toContain("30 of 31 enabled managed users out of scope");
  expect(told.todo).toMatch(/"approve":\["[0-9a-f]{32}"\]/);
});

it("a plan that would leave nobody cannot be approved, and is an error", async () => {
  const { emulator, examine } = await clinic();
  for (let n = 1; n < 4; n++)
    emulator.aws.addUser({ userName: `gone${n}@example.com`, externalId: `1000000000000000000${n}` });
  const told = finding(await examine(), "next-run");
  expect(told.level).toBe("error");
  expect(told.todo).toContain("cannot be approved");
});

it("conflicts are named", async () => {
  const { emulator, examine } = await clinic();
  emulator.aws.addGroup({ displayName: "aws-admins", externalId: "okta-7", issuer: "https://okta.example" });
  const told = finding(await examine(), "next-run.conflicts");
  expect(told.why).toContain("aws-admins@example.com: the group");
  expect(told.why).toContain("another identity provider");
});

it("what could not be read is named, with Google's words", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.addGroup({ email: "aws-others@example.com" });
  const { id } = emulator.google.group("aws-admins@example.com");
  emulator.fault({
    when: ({ path }) => path.endsWith(`${id}/members`),
    times: Infinity,
    do: { status: 503 },
  });
  const told = finding(await examine(), "next-run.conflicts");
  expect(told.why).toContain("aws-admins@example.com: what AWS has of it stays");
  expect(told.why).toContain("still answered 503");
});

it("what AWS does not show is named, with its words", async () => {
  const { emulator, examine } = await clinic();
  for (const displayName of ["hidden", "shown"]) emulator.aws.addGroup({ displayName });
  for (const n of [1, 2]) emulator.aws.addUser({ userName: `user${n}@elsewhere.org` });
  const { id } = emulator.aws.group("hidden");
  emulator.fault({
    when: ({ operation, body }) => operation === "ListGroupMemberships" && JSON.stringify(body).includes(id),
    times: Infinity,
    do: { status: 403, body: { __type: "AccessDeniedException", Message: "explicit deny" } },
  });
  const told = finding(await examine(), "next-run.conflicts");
  expect(told.why).toMatch(/hidden: what AWS has of it stays, .*explicit deny/);
});

it("users created by hand without a Google account are named", async () => {
  const { emulator, examine } = await clinic();
  emulator.aws.addUser({ userName: "zed@example.com" });
  const report = await examine();
  expect(trouble(report)).toEqual(["warning next-run.strangers"]);
  expect(finding(report, "next-run.strangers").why).toContain("zed@example.com");
  expect(finding(report, "next-run.strangers").todo).toMatch(
    /^Disable them in IAM Identity Center, or [^;]+\.$/,
  );
});

it(
  "users and groups that were made by hand, and that a name could reach, are named unless a setting does",
  { tags: "long" },
  async () => {
    const { emulator, examine } = await clinic();
    emulator.aws.addGroup({ displayName: "break-glass" });
    emulator.aws.addUser({ userName: "zed@other.example" });
    const report = await examine();
    expect(trouble(report)).toEqual(["warning reach.groups", "warning reach.users"]);
    expect(finding(report, "reach.groups").why).toBe("1: break-glass.");
    expect(finding(report, "reach.users").why).toBe("1: zed@other.example.");
    expect(trouble(await examine({ PROTECT_GROUPS: "break-*", IGNORE_USERS: "zed@*" }))).toEqual([]);
    expect(trouble(await examine({ ADOPT: "none" }))).toEqual([]);
  },
);

it("what a budget keeps from the next run waits, and is no change of it", async () => {
  const { emulator, examine } = await clinic();
  const { google, aws } = emulator;
  for (const { primaryEmail: userName, id: externalId } of google.users)
    aws.addUser({ userName, externalId });
  aws.addUser({ userName: "gone@example.com", externalId: "100000000000000000099" });
  const report = await examine({ USER_MATCH: "*", MAX_USER_REMOVALS: "0" });
  expect(finding(report, "next-run").why).toMatch(/^It plans \d+ changes; 1 more waits for approval\.$/);
  expect(finding(report, "next-run.waiting").why).toContain("MAX_USER_REMOVALS");
});

it("an adoption that waits is named with its id", async () => {
  const { emulator, examine } = await clinic();
  emulator.aws.addGroup({ displayName: "aws-admins" });
  const told = finding(await examine(), "next-run.waiting");
  expect(told.why).toMatch(/[0-9a-f]{32} \(adoption\)/);
  expect(told.todo).toContain('"approve"');
});

it("a doctor that runs out of time says what was not checked", async () => {
  const { examine } = await clinic();
  const report = await examine({}, { remainingMs: () => 400 });
  expect(report.counts["not-checked"]).toBeGreaterThan(5);
  expect(finding(report, "google.key").why).toContain("the time for this run was over");
  expect(trouble(report).filter((one) => one.startsWith("error"))).toEqual([]);
});

// ---------------------------------------------------------------- a company of any size, as values

interface Given {
  readonly source?: Source;
  readonly existing?: Existing;
  readonly readingMs?: number;
  readonly timeoutMs?: number | undefined;
  readonly settings?: Readonly<Record<string, string>>;
  readonly spent?: Spent | Trouble;
}

const read = <T>(whole: T, ms: number): Check<Read<T>> => step({}, () => fine({ whole, ms }));

function check(given: Given): Promise<readonly Finding[]> {
  const { source = company([ada], [[devs, ada]]), existing = target(), readingMs = 2_000 } = given;
  const checks = companyChecks({
    config: readSettings(given.settings ?? {}, "lambda").usable,
    google: read(source, readingMs),
    aws: read(existing, 1),
    spent: step({}, () => fine(given.spent ?? NOTHING_SPENT)),
    settings: step({}, () => fine(undefined)),
    timeoutMs: "timeoutMs" in given ? given.timeoutMs : 300_000,
  });
  return make(checks, new AbortController().signal);
}

const of = (findings: readonly Finding[], id: string): Finding => {
  const found = findings.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no finding ${id}`);
  return found;
};

const strangers = (count: number): Existing =>
  target(
    Array.from({ length: count }, (_, n) =>
      inTarget(ada, {
        id: targetId(`x-${n}`),
        externalId: "",
        userName: `x${n}@elsewhere.example`,
        email: "",
      }),
    ),
  );

it("the next run has what earlier ones left of the day's budgets", async () => {
  const people = Array.from({ length: 12 }, (_, n) => human(n + 1, `P${n + 1}`, "Person"));
  const held = people.map((user) => inTarget(user));
  const settings = { MAX_USER_REMOVALS: "0%,4", MAX_MEMBERSHIP_REMOVALS: "100%", MAX_GROUP_SHRINK: "100%" };
  const source = company(people, [[devs, ...people.slice(3)]]);
  const one = { source, existing: target(held, [groupInTarget(devs, held)]), settings };
  const told = async (spent?: Spent | Trouble) =>
    of(await check({ ...one, ...(spent === undefined ? {} : { spent }) }), "next-run").why;
  expect(await told()).toBe("It plans 4 changes.");
  const users = once(held.slice(10).map(({ id }) => id));
  expect(await told({ ...NOTHING_SPENT, users })).toContain("3 more wait for approval");
  expect(await told({ why: "the table cannot be read", todo: "" })).toContain("3 more wait for approval");
});

it("the users that there will be are compared with AWS's quota", { tags: "long" }, async () => {
  expect(of(await check({ existing: strangers(79_999) }), "quota.users").level).toBe("ok");
  expect(of(await check({ existing: strangers(80_000) }), "quota.users").level).toBe("warning");
  expect(of(await check({ existing: strangers(99_999) }), "quota.users").level).toBe("warning");
  const full = of(await check({ existing: strangers(100_000) }), "quota.users");
  expect(full.level).toBe("error");
  expect(full.why).toContain("100,001 users");
});

it("the groups that there will be are compared with AWS's quota", { tags: "long" }, async () => {
  const groups = Array.from({ length: 100_000 }, (_, n) =>
    groupInTarget(devs, [], { id: targetId(`g-${n}`), externalId: "", name: `x${n}` }),
  );
  const full = of(await check({ existing: target([], groups) }), "quota.groups");
  expect(full.level).toBe("error");
  expect(full.todo).toContain("AWS does not raise this quota");
});

it("somebody in more groups than AWS looks at is a warning", async () => {
  const many = Array.from({ length: 1_001 }, (_, n) => team(n + 1, `Team ${n}`));
  const source = company(
    [ada],
    many.map((group) => [group, ada] as const),
  );
  expect(of(await check({ source }), "quota.groups-per-user")).toMatchObject({ level: "warning" });
  const fewer = company(
    [ada],
    many.slice(1).map((group) => [group, ada] as const),
  );
  expect(of(await check({ source: fewer }), "quota.groups-per-user").level).toBe("ok");
});

const crowd = Array.from({ length: 9_000 }, (_, n) =>
  human(n + 10, "P", `N${n}`, { email: `p${n}@example.com` }),
);
const big = company(crowd, [[devs, ...crowd]]);

it("a first sync that does not fit into one run says how many it takes", async () => {
  const told = of(await check({ source: big, timeoutMs: 300_000 }), "time.writing");
  expect(told.level).toBe("warning");
  expect(told.why).toContain("3 runs");
  expect(told.todo).toContain("npx ssosync apply");
});

it("a higher rate, more time or a terminal without any limit make it fit", { tags: "long" }, async () => {
  expect(of(await check({ source: big, timeoutMs: 900_000 }), "time.writing").level).toBe("ok");
  expect(
    of(await check({ source: big, timeoutMs: 900_000, settings: { SCIM_RATE: "1" } }), "time.writing").level,
  ).toBe("warning");
  const endless = of(await check({ source: big, timeoutMs: undefined }), "time.writing");
  expect(endless).toMatchObject({ level: "ok", todo: "" });
  expect(endless.why).toContain("nothing limits the time here");
});

it("reading that takes half of the time is a warning", async () => {
  expect(of(await check({ readingMs: 298_000 }), "time.reading").level).toBe("ok");
  expect(of(await check({ readingMs: 302_000 }), "time.reading")).toMatchObject({ level: "warning" });
  expect(of(await check({ readingMs: 590_000 }), "time.writing").why).toContain(
    "reading leaves no time for any",
  );
});

it("a custom field that nobody has, and values that cannot become session tags, are named", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.describe("ada@example.com", {
    organizations: [{ title: "Analyst", department: "R&D" }],
    customSchemas: { HR: { kind: "staff" } },
  });
  const report = await examine({ ATTRIBUTES: "title,department,userType=HR.kind,locale=Hr.kind" });
  expect(finding(report, "attributes.fields")).toMatchObject({ level: "warning" });
  expect(finding(report, "attributes.fields").why).toMatch(/value of Hr\.kind,/);
  expect(finding(report, "attributes.tags").why).toMatch(/^1 value .*department "R&D"/);
  const fit = await examine({ ATTRIBUTES: "title,userType=HR.kind" });
  expect(trouble(fit).filter((one) => one.includes("attributes"))).toEqual([]);
  expect(trouble(await examine()).filter((one) => one.includes("attributes"))).toEqual([]);
});

it("a custom schema that Google refuses is an error that names it, and a run for leavers does not ask for it", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.unknownSchema = "refuse";
  const told = finding(await examine({ ATTRIBUTES: "title=None.such" }), "google.reading");
  expect(told).toMatchObject({ level: "error" });
  expect(told.why).toContain("custom schemas None");
});

it("where the user name is not the address, it says what Google must send, and who has none", async () => {
  const { emulator, examine } = await clinic();
  const ada = emulator.google.user("ada@example.com");
  emulator.google.schemas.add("HR");
  const missing = finding(await examine({ USER_NAME: "HR.login" }), "names.users");
  expect(missing.level).toBe("warning");
  expect(missing.why).toContain("ada@example.com");
  ada.extra["customSchemas"] = { HR: { login: "E-1" } };
  const fine = finding(await examine({ USER_NAME: "HR.login" }), "names.users");
  expect(fine.level).toBe("ok");
  expect(fine.why).toContain("NameID");
});
