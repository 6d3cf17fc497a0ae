/** What groups and people carry, in whole runs: shown, guarded, found. */
import { describe, expect, test } from "vitest";
import { explainText } from "../../src/run/explain.ts";
import type { Request } from "../../src/request.ts";
import { answer } from "../../src/run/run.ts";
import { at } from "../emulator/fill.ts";
import { journey, outcomesOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

/** `aws-admins` carries administrator access in three accounts, `aws-backend` something less. */
async function assigned(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
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

/** The last retired user or group is due now. */
function due(j: Journey, name: string): void {
  const long = new Date(Date.now() - 32 * 86_400_000).toISOString().slice(0, 10);
  const one = j.aws.findGroup(name) ?? j.aws.user(name);
  one.externalId = (one.externalId ?? "").replace(/\d{4}-\d\d-\d\d/, long);
}

const REFUSED = [
  "sso:ListAccountAssignmentsForPrincipal",
  "sso:DescribePermissionSet",
  "sso:ListManagedPoliciesInPermissionSet",
  "account-access:ListApplications",
  "account-access:ListEntitlements",
  "organizations:ListAccounts",
];

const ADMIN = "AdministratorAccess in 3 accounts (audit, log, prod)";

describe("shown", () => {
  test("is what the group carries that somebody joins, in plan and audit line; a quiet run asks nothing", async () => {
    const j = await assigned();
    await j.sync();
    expect(asked(j)).toEqual([]);
    j.google.addMember(at("aws-admins"), at("kim"));
    const { changes = [] } = await j.plan();
    expect(changes.map(({ action, detail }) => [action, detail.carries])).toEqual([["members.add", [ADMIN]]]);
    await j.sync();
    await j.settle();
    await j.sync();
    expect(asked(j)).toEqual([]);
    await j.run({ action: "leavers" });
    expect(asked(j)).toEqual([]);
  });

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

  test("of somebody who left is what is still assigned directly, and never changed", async () => {
    const j = await assigned();
    j.emulator.access.assign(at("ivan"), "ReadOnly", "prod");
    j.google.deleteUser(at("ivan"));
    const assignments = [...j.emulator.access.assignments];
    const plan = await j.plan();
    const mine = plan.changes?.find(({ action }) => action === "user.disable");
    expect(mine?.detail.carries).toContain("ReadOnly in prod");
    await j.sync();
    expect(j.emulator.access.assignments).toEqual(assignments);
  });

  test("by explain are steps of their own, and by the review columns of each group", async () => {
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
  });

  test("costs a plan with ten risky principals at most 40 requests", async () => {
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
  test("is a due deletion of a group that still carries something: unassigned, or approved, it goes", async () => {
    const j = await assigned();
    j.google.addMember(at("aws-engineers"), at("zoe"));
    j.google.addMember(at("aws-engineers"), at("otto"));
    j.google.deleteGroup(at("aws-backend"));
    await j.sync();
    due(j, "aws-backend");
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", applied: {} });
    expect(summary.approvals).toMatchObject([{ kind: "carries", subject: "aws-backend" }]);
    expect(summary.approvals[0]?.sentence).toContain("still carries ReadOnly in dev");
    expect(asked(j).length).toBeLessThan(8);
    await j.sync({ action: "sync", approve: summary.approvals.map(({ id }) => id) });
    expect(outcomesOf(j, "applied")).toEqual(["group.delete aws-backend"]);
    await j.settle();
  });

  test("is a due deletion of somebody with a direct assignment, until it is taken away by hand", async () => {
    const j = await assigned();
    j.google.deleteUser(at("ivan"));
    await j.sync();
    j.emulator.access.assign(at("ivan"), "ReadOnly", "prod");
    due(j, at("ivan"));
    expect((await j.run()).approvals).toMatchObject([{ kind: "carries", subject: at("ivan") }]);
    j.emulator.access.assignments.pop();
    await j.sync();
    expect(outcomesOf(j, "applied")).toEqual(["user.delete ivan@example.com"]);
    await j.settle();
  });

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
  test.each(REFUSED)(
    "where AWS refuses %s: said once with the remedy, deletions wait, the rest goes on",
    async (right) => {
      const j = await assigned();
      j.emulator.access.entitle("aws-engineers", "break-glass", "prod");
      j.google.addMember(at("aws-engineers"), at("zoe"));
      j.google.addMember(at("aws-engineers"), at("otto"));
      j.google.deleteGroup(at("aws-backend"));
      await j.sync();
      j.emulator.access.assignments.length = 3;
      due(j, "aws-backend");
      j.google.addMember(at("aws-admins"), at("kim"));
      j.emulator.denied.add(right);
      const isWhole = !/Principal|Applications|Entitlements/.test(right);
      const summary = await j.run();
      expect(summary.applied).toEqual(
        isWhole ? { "members.add": 1, "group.delete": 1 } : { "members.add": 1 },
      );
      expect(summary.approvals.map(({ kind }) => kind)).toEqual(isWhole ? [] : ["carries"]);
      if (!isWhole) expect(summary.approvals[0]?.sentence).toContain(right.replace(/^.*:/, ""));
    },
  );
});
