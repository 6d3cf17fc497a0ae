/** What groups and people carry, in whole runs: shown, guarded, found. */
import { describe, expect, test } from "vitest";
import { explainText } from "../../src/run/explain.ts";
import type { Request } from "../../src/request.ts";
import { answer } from "../../src/run/run.ts";
import type { EmulatorOptions } from "../emulator/emulator.ts";
import { at } from "../emulator/fill.ts";
import { backdate } from "./day.ts";
import { journey, outcomesOf } from "./journey.ts";
import type { Journey } from "./journey.ts";
import { lambda } from "./lambda.ts";

/** `aws-admins` carries administrator access in three accounts, `aws-backend` something less. */
async function assigned(
  settings: Record<string, string> = {},
  emulator: EmulatorOptions = {},
): Promise<Journey> {
  const j = await journey({ settings, emulator });
  await j.sync();
  const { access } = j.emulator;
  access.addPermissionSet("AdministratorAccess", { policies: ["AdministratorAccess"] });
  access.addPermissionSet("ReadOnly", { policies: ["ReadOnlyAccess"] });
  access.assign("aws-admins", "AdministratorAccess", "prod", "log", "audit");
  access.assign("aws-backend", "ReadOnly", "dev");
  return j;
}

/** What AWS was asked about access in the last run. */
const asked = ({ emulator }: Journey): string[] =>
  emulator.requests.flatMap(({ service, operation }) =>
    /^(?:sso-admin|account-access|organizations)$/.test(service) && operation !== "ListInstances"
      ? [operation]
      : [],
  );

/** Days after which whoever was revoked is deleted. */
const DUE = 32;

const REFUSED = [
  "sso:ListAccountAssignmentsForPrincipal",
  "sso:DescribePermissionSet",
  "sso:ListManagedPoliciesInPermissionSet",
  "account-access:ListApplications",
  "account-access:ListEntitlements",
  "organizations:ListAccounts",
];

const ADMIN = "AdministratorAccess in 3 accounts (audit, log, prod)";

describe("nothing is asked by", () => {
  test("a quiet run, whoever carries what", { tags: "long" }, async () => {
    const j = await journey();
    await j.sync();
    j.emulator.access.addPermissionSet("Admin", { policies: ["AdministratorAccess"] });
    for (const { displayName } of j.aws.groups) j.emulator.access.assign(displayName, "Admin", "prod");
    await j.run();
    expect(asked(j)).toEqual([]);
  });

  test("the leavers' run, with leavers and without", async () => {
    const j = await journey();
    await j.sync();
    await j.run({ action: "leavers" });
    expect(asked(j)).toEqual([]);
    j.google.suspend(at("ada"));
    const summary = await j.run({ action: "leavers" });
    expect(summary.applied).toEqual({ "user.disable": 1 });
    expect(asked(j)).toEqual([]);
  });
});

describe("shown", () => {
  test(
    "is what the group carries that somebody joins, in plan and audit line; a quiet run asks nothing",
    { tags: "long" },
    async () => {
      const j = await assigned();
      await j.sync();
      expect(asked(j)).toEqual([]);
      j.google.addMember(at("aws-admins"), at("kim"));
      const { changes = [] } = await j.plan();
      expect(changes.map(({ action, detail }) => [action, detail.carries])).toEqual([
        ["members.add", [ADMIN]],
      ]);
      await j.sync();
      await j.settle();
      await j.sync();
      expect(asked(j)).toEqual([]);
      await j.run({ action: "leavers" });
      expect(asked(j)).toEqual([]);
    },
  );

  test("is it in the sentence of an approval", async () => {
    const j = await assigned({ MAX_GROUP_GROWTH: "1" });
    for (const name of ["kim", "lena", "mona"]) j.google.addMember(at("aws-admins"), at(name));
    const [wait] = (await j.run()).approvals;
    expect(wait?.kind).toBe("growth");
    expect(wait?.sentence).toContain(`; it carries ${ADMIN}`);
  });

  test("is what would go in the summary of a refused run", async () => {
    const j = await assigned();
    for (const name of ["aws-admins", "aws-backend", "aws-engineers"]) j.google.deleteGroup(at(name));
    const summary = await j.run();
    expect(summary.status).toBe("refused");
    expect(summary.message).toContain(`Of what would go, aws-admins carries ${ADMIN}; `);
  });

  test("of a group from which Google does not say that somebody is gone is in the sentence of what waits", async () => {
    const j = await assigned();
    j.google.removeMember(at("aws-admins"), at("ada"));
    j.google.addMember(at("aws-readonly"), at("ada"));
    j.emulator.fault({
      when: { operation: "members.hasMember" },
      times: Infinity,
      do: { status: 403 },
    });
    const { approvals } = await j.run();
    expect(approvals).toMatchObject([{ kind: "unsure", subject: "aws-admins" }]);
    expect(approvals[0]?.sentence).toContain(ADMIN);
    const kinds = j.emulator.requests.flatMap(({ operation, body }) =>
      operation === "ListAccountAssignmentsForPrincipal"
        ? [(body as { PrincipalType?: string }).PrincipalType]
        : [],
    );
    expect(new Set(kinds)).toEqual(new Set(["GROUP"]));
  });

  const leaving: readonly (readonly [how: string, asks: number, leave: (j: Journey) => void])[] = [
    ["deleted", 1, ({ google }) => void google.deleteUser(at("ivan"))],
    ["suspended", 0, ({ google }) => void google.suspend(at("ivan"))],
  ];
  test.each(leaving)(
    "of somebody who is %s is what is still assigned directly, and never changed",
    { tags: "long" },
    async (_, asks, leave) => {
      const j = await assigned();
      j.emulator.access.assign(at("ivan"), "ReadOnly", "prod");
      leave(j);
      const assignments = [...j.emulator.access.assignments];
      const plan = await j.plan();
      const mine = plan.changes?.find(({ action }) => action === "user.disable");
      expect(mine?.detail.carries).toContain("ReadOnly in prod");
      await j.sync();
      expect(j.emulator.access.assignments).toEqual(assignments);
      // Whoever is disabled and nothing else is out before anything is asked about them.
      expect(j.emulator.count({ operation: "ListAccountAssignmentsForPrincipal" })).toBe(asks);
    },
  );

  test(
    "by explain are steps of their own, and by the review columns of each group",
    { tags: "long" },
    async () => {
      const j = await assigned();
      j.emulator.access.assign(at("ivan"), "ReadOnly", "prod");
      const ask = <R extends Request>(request: R) =>
        answer({
          environment: j.emulator.environment(j.settings),
          place: "terminal",
          request,
          lines: "nowhere",
        });
      const told = async (subject: string) =>
        explainText(await ask({ action: "explain", trigger: "manual", subject })).filter((line) =>
          /^ {2}carries/.test(line),
        );
      expect(await told("aws-admins")).toEqual([`  carries   ${ADMIN}.`]);
      expect(await told("aws-readonly")).toEqual(["  carries   Nothing is assigned to the group in AWS."]);
      const ivan = await told(at("ivan"));
      expect(ivan[0]).toBe("  carries   ReadOnly in prod.");
      expect(ivan[1]).toContain("aws sso-admin delete-account-assignment");
      const review = await ask({ action: "review", trigger: "manual" });
      const rows = new Map(review.rows.map((row) => [row.group, [row.carries, row.administrator]]));
      expect(rows.get("aws-admins")).toEqual([ADMIN, "yes"]);
      expect(rows.get("aws-readonly")).toEqual(["", "no"]);
    },
  );

  test("costs a plan with ten risky principals at most 40 requests", { tags: "long" }, async () => {
    const j = await assigned();
    for (let n = 0; n < 10; n += 1) {
      const name = `aws-more${n}`;
      j.google.addGroup({ email: at(name) });
      j.google.addMember(at(name), at("kim"));
    }
    await j.sync();
    for (let n = 0; n < 10; n += 1) {
      j.emulator.access.assign(
        `aws-more${n}`,
        n % 2 === 0 ? "ReadOnly" : "AdministratorAccess",
        "prod",
        "dev",
      );
      j.google.addMember(at(`aws-more${n}`), at("lena"));
    }
    await j.sync();
    expect(outcomesOf(j, "applied")).toHaveLength(10);
    expect(asked(j).length).toBeLessThanOrEqual(40);
    expect(asked(j).length).toBeGreaterThan(10);
  });
});

describe("guarded", () => {
  test(
    "is a due deletion of a group that still carries something: unassigned, or approved, it goes",
    { tags: "long" },
    async () => {
      const j = await assigned();
      j.google.addMember(at("aws-engineers"), at("zoe"));
      j.google.addMember(at("aws-engineers"), at("otto"));
      j.google.deleteGroup(at("aws-backend"));
      await j.sync();
      backdate(j, "aws-backend", DUE);
      const summary = await j.run();
      expect(summary).toMatchObject({ status: "attention", applied: {} });
      expect(summary.approvals).toMatchObject([{ kind: "carries", subject: "aws-backend" }]);
      expect(summary.approvals[0]?.sentence).toContain("still carries ReadOnly in dev");
      expect(asked(j).length).toBeLessThan(8);
      const { approved } = await j.sync({
        action: "sync",
        approve: summary.approvals.map(({ id }) => id),
      });
      expect(approved).toEqual(summary.approvals);
      expect(outcomesOf(j, "applied")).toEqual(["group.delete aws-backend"]);
      await j.settle();
    },
  );

  test("is nothing any more that was unassigned before its approval came, which is no error", async () => {
    const j = await assigned({ DELETE_GRACE_DAYS: "0", USER_MATCH: "*" });
    j.google.deleteGroup(at("aws-backend"));
    const { approvals } = await j.run();
    expect(approvals).toMatchObject([{ kind: "carries", subject: "aws-backend" }]);
    j.emulator.access.assignments.pop();
    const summary = await j.run({ action: "sync", approve: approvals.map(({ id }) => id) });
    expect(summary).toMatchObject({ status: "succeeded", applied: { "group.delete": 1 }, approved: [] });
  });

  test(
    "is a due deletion of somebody with a direct assignment, until it is taken away by hand",
    { tags: "long" },
    async () => {
      const j = await assigned();
      j.google.deleteUser(at("ivan"));
      await j.sync();
      j.emulator.access.assign(at("ivan"), "ReadOnly", "prod");
      backdate(j, at("ivan"), DUE);
      expect((await j.run()).approvals).toMatchObject([{ kind: "carries", subject: at("ivan") }]);
      j.emulator.access.assignments.pop();
      await j.sync();
      expect(outcomesOf(j, "applied")).toEqual(["user.delete ivan@example.com"]);
      await j.settle();
    },
  );

  test.each(["mixed", "own"] as const)(
    "is somebody in a group that was made by hand and carries something, also where AWS tells what is %s",
    async (rows) => {
      const j = await assigned();
      const { id: groupId } = j.aws.addGroup({ displayName: "by-hand" });
      const userId = j.aws.user(at("ivan")).id;
      j.aws.memberships.push({ ...j.aws.next("membership"), groupId, userId, createdAt: j.aws.now() });
      j.emulator.access.policy.userRows = rows;
      j.emulator.access.assign("by-hand", "ReadOnly", "prod");
      j.google.deleteUser(at("ivan"));
      await j.sync();
      backdate(j, at("ivan"), DUE);
      const [wait] = (await j.run()).approvals;
      expect(wait).toMatchObject({ kind: "carries", subject: at("ivan") });
      expect(wait?.sentence).toContain("still carries ReadOnly in prod,");
      j.emulator.access.assignments.pop();
      await j.sync();
      expect(outcomesOf(j, "applied")).toEqual(["user.delete ivan@example.com"]);
    },
  );

  test("is nobody who only had it through a group of this sync that they leave in the same run", async () => {
    const j = await assigned({ DELETE_GRACE_DAYS: "0" });
    j.emulator.access.assign("aws-engineers", "ReadOnly", "prod");
    j.google.deleteUser(at("ivan"));
    await j.sync();
    expect(outcomesOf(j, "applied")).toContain("user.delete ivan@example.com");
  });

  test("is a group that carries something and is young", async () => {
    const growing = async (name: string) => {
      const j = await assigned({ MAX_GROUP_GROWTH: "1" });
      for (const one of ["kim", "lena", "mona"]) j.google.addMember(at(name), at(one));
      return (await j.run()).approvals.map(({ kind }) => kind);
    };
    expect(await growing("aws-admins")).toEqual(["growth"]);
    expect(await growing("aws-engineers")).toEqual([]);
  });
});

describe("unknown is not none", () => {
  /** One change of each kind that is told with what it opens; the deletion of `aws-backend` is due. */
  async function everything(settings: Record<string, string> = {}): Promise<Journey> {
    const j = await assigned(settings);
    const { google, aws, emulator } = j;
    emulator.access.entitle("aws-engineers", "break-glass", "prod");
    for (const one of ["zoe", "otto"]) google.addMember(at("aws-engineers"), at(one));
    google.deleteGroup(at("aws-backend"));
    await j.sync();
    emulator.access.assignments.length = 3;
    backdate(j, "aws-backend", DUE);
    google.addMember(at("aws-admins"), at("kim"));
    google.addUser({ email: at("newcomer") });
    google.addMember(at("aws-engineers"), at("newcomer"));
    google.removeMember(at("aws-readonly"), at("nils"));
    google.addGroup({ email: at("aws-by-hand"), name: "aws-by-hand" });
    google.addMember(at("aws-by-hand"), at("lena"));
    aws.addGroup({ displayName: "aws-by-hand" });
    google.suspend(at("ivan"));
    return j;
  }

  test.each(REFUSED)(
    "where AWS refuses %s, one line says so with the remedy, deletions wait, and the rest is done as always",
    { tags: "long" },
    async (right) => {
      const j = await everything();
      j.emulator.denied.add(right);
      const isWhole = !/Principal|Applications|Entitlements/.test(right);
      const { result, lines, error } = await lambda(j).invoke({});
      expect(error).toBe(undefined);
      const about = lines.filter(({ message }) => / are not shown: /.test(String(message)));
      // Names of accounts only make a sentence clearer.
      const said = right === "organizations:ListAccounts" ? [] : [expect.stringContaining(`add ${right} to`)];
      expect(about.map(({ message }) => message)).toEqual(said);
      expect(result?.approvals.map(({ kind, subject }) => [kind, subject])).toEqual(
        isWhole
          ? [["adoption", "aws-by-hand"]]
          : [
              ["adoption", "aws-by-hand"],
              ["carries", "aws-backend"],
            ],
      );
      const guarded = result?.approvals.find(({ kind }) => kind === "carries");
      if (!isWhole) expect(guarded?.sentence).toContain(right.replace(/^.*:/, ""));
      expect(result?.applied).toEqual({
        ...{ "user.disable": 1, "user.create": 1, "user.retire": 1, "members.add": 2, "members.remove": 1 },
        ...(isWhole ? { "group.delete": 1 } : {}),
      });
      expect(j.aws.user(at("ivan")).active).toBe(false);
    },
  );

  test.each(["ListAccountAssignmentsForPrincipal", "ListEntitlements"])(
    "where AWS never answers %s, half of the time is for that and the rest of it for what is planned",
    { tags: "long" },
    async (operation) => {
      const j = await everything();
      j.emulator.fault({ when: { operation }, times: Infinity, do: { delay: 120_000 } });
      const summary = await j.run({}, { remainingMs: 12_000 });
      expect(summary.applied).toMatchObject({ "user.disable": 1, "user.create": 1, "members.add": 2 });
      expect(summary.approvals.map(({ kind }) => kind)).toContain("carries");
    },
  );
});

describe("counted", () => {
  test(
    "a plan that touches ten users and groups in ten ways asks at most 40 times",
    { tags: "long" },
    async () => {
      const j = await assigned({ MAX_GROUP_GROWTH: "1" }, { pageSize: "vendor" });
      const { google, aws, emulator } = j;
      const { access } = emulator;
      for (const name of ["Deploy", "Billing", "Audit"])
        access.addPermissionSet(name, { policies: ["Billing"] });
      const groups = Array.from({ length: 12 }, (_, n) => `aws-more${n}`);
      for (const [n, name] of groups.entries()) {
        google.addGroup({ email: at(name), name });
        for (const one of ["kim", "lena", "mona"].slice(0, 1 + (n % 3))) google.addMember(at(name), at(one));
      }
      await j.sync();
      for (const [n, name] of groups.entries())
        access.assign(
          name,
          ["Deploy", "Billing", "Audit", "ReadOnly"][n % 4] ?? "",
          "prod",
          "dev",
          `own${n}`,
        );
      access.assign(at("ivan"), "Deploy", "prod");
      access.entitle("aws-more3", "break-glass", "prod");
      google.deleteGroup(at("aws-more0"));
      await j.sync();
      backdate(j, "aws-more0", DUE);
      google.deleteGroup(at("aws-more1"));
      google.nameGroup(at("aws-more2"), "aws-renamed");
      for (const one of ["ada", "grace", "nils"]) google.addMember(at("aws-more3"), at(one));
      google.addMember(at("aws-more4"), at("ada"));
      google.addMember(at("aws-more5"), at("grace"));
      google.addGroup({ email: at("aws-by-hand"), name: "aws-by-hand" });
      google.addMember(at("aws-by-hand"), at("lena"));
      aws.addGroup({ displayName: "aws-by-hand" });
      google.deleteUser(at("ivan"));
      google.removeMember(at("aws-readonly"), at("nils"));
      google.removeMember(at("aws-more3"), at("nils"));
      google.rename(at("otto"), at("otto2"));
      emulator.forget();
      const plan = await j.plan();
      const told = [...(plan.changes ?? []), ...plan.approvals];
      expect(new Set(told.map(({ subject }) => subject)).size).toBeGreaterThanOrEqual(10);
      const requests = asked(j);
      expect(requests.filter((one) => /Principal/.test(one)).length).toBeGreaterThanOrEqual(10);
      expect(requests.length).toBeLessThanOrEqual(40);
    },
  );

  test(
    "of more than 500 users and groups the first 500 are asked about, and the deletion of any other waits",
    { tags: "long" },
    async () => {
      const j = await journey({ settings: { IDENTITY_STORE_RATE: "500" }, emulator: { pageSize: "vendor" } });
      await j.sync();
      for (let n = 0; n < 501; n += 1)
        j.aws.addGroup({
          displayName: `gone-${n}`,
          externalId: `ssosync-retired.2020-01-01.0${"a".repeat(10)}${1000 + n}`,
        });
      const { planned, approvals } = await j.plan();
      expect(planned).toEqual({ "group.delete": 500 });
      expect(approvals).toMatchObject([{ kind: "carries", subject: "gone-500" }]);
      expect(approvals[0]?.sentence).toContain("No more than 500 of the 501 users and groups");
      expect(asked(j).filter((operation) => /ForPrincipal/.test(operation))).toHaveLength(500);
    },
  );

  test(
    "everybody's access in 1,000 groups is asked for at half of the rate, and progress is told",
    { tags: "long" },
    async () => {
      const j = await journey({ settings: { IDENTITY_STORE_RATE: "500" }, emulator: { pageSize: "vendor" } });
      const { aws, emulator } = j;
      emulator.access.addPermissionSet("ReadOnly", { policies: ["ReadOnlyAccess"] });
      for (let n = 0; n < 1_000; n += 1) {
        aws.addGroup({ displayName: `group-${n}` });
        if (n % 3 === 0) emulator.access.assign(`group-${n}`, "ReadOnly", "prod");
      }
      const told: [number, number][] = [];
      const review = await answer({
        environment: emulator.environment(j.settings),
        ...{ place: "terminal", lines: "nowhere" },
        request: { action: "review", trigger: "manual" },
        watch: { carrying: (known, of) => void told.push([known, of]) },
      });
      expect(review.rows.length).toBeGreaterThan(0);
      const isAsking = ({ operation }: { readonly operation: string }): boolean =>
        /ForPrincipal/.test(operation);
      const starts = emulator.requests.filter(isAsking).map(({ at: time }) => time);
      expect(starts).toHaveLength(1_000);
      expect(asked(j).length).toBeLessThanOrEqual(1_005);
      expect(told.at(-1)).toEqual([1_000, 1_000]);
      expect(told).toHaveLength(1_000);
      const inASecond = starts.map(
        (from) => starts.filter((time) => time >= from && time < from + 1_000).length,
      );
      expect(Math.max(...inASecond)).toBeLessThanOrEqual(250 * 1.05);
    },
  );
});
