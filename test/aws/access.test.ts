/** What users and groups carry, asked of the emulator over HTTP by the clients that a run has. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type AskCarries, type Carried, carriesNothing, type Principal } from "../../src/core/carries.ts";
import { targetId } from "../../src/core/model.ts";
import { configure } from "../../src/settings/config.ts";
import { deadline, OutOfTime } from "../../src/traffic/deadline.ts";
import { homeOf, openWorld, secretsIn } from "../../src/world.ts";
import type { Emulator, EmulatorOptions } from "../emulator/emulator.ts";
import { useEmulator } from "../emulator/use-emulator.ts";

interface Stage {
  readonly emulator: Emulator;
  readonly ask: AskCarries;
  readonly of: (...names: readonly string[]) => Principal[];
  /** The time of the run is over. */
  readonly end: () => void;
}

/** `aws-admins` (Ada, Bob) enters two accounts as administrator, and one with a role of its own; Ada has a set herself. */
async function stage(
  settings: Readonly<Record<string, string>> = {},
  options: EmulatorOptions = {},
): Promise<Stage> {
  const emulator = await useEmulator(options);
  const { aws, access } = emulator;
  for (const displayName of ["aws-admins", "aws-readers", "aws-empty"]) aws.addGroup({ displayName });
  for (const name of ["ada", "bob"]) {
    aws.addUser({ userName: `${name}@example.com` });
    aws.addMembership("aws-admins", `${name}@example.com`);
  }
  access.addPermissionSet("Admin", { policies: ["AdministratorAccess", "ReadOnlyAccess"], session: "PT12H" });
  access.addPermissionSet("Power", { policies: ["PowerUserAccess"] });
  access.addPermissionSet("Read", { policies: ["ReadOnlyAccess"] });
  access.assign("aws-admins", "Read", "prod");
  access.assign("aws-admins", "Admin", "prod", "audit");
  access.assign("aws-readers", "Read", "prod", "audit", "log", "dev");
  access.assign("ada@example.com", "Power", "dev");
  access.assign("ada@example.com", "Admin", "prod");
  access.entitle("aws-admins", "ops-break-glass", "prod");
  const environment = emulator.environment({ IDENTITY_STORE_RATE: "500", ...settings });
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const time = deadline(() => 300_000);
  onTestFinished(() => time.end());
  const home = homeOf(environment);
  const read = await configure(environment, "lambda", secretsIn(home));
  const patience = { retries: 1, firstWaitMs: 1 };
  const world = openWorld({ ...read, deadline: time, home, patience });
  onTestFinished(() => world.close());
  emulator.forget();
  const of: Stage["of"] = (...names) =>
    names.map((name) => {
      const group = aws.findGroup(name);
      return { kind: group === undefined ? "user" : "group", id: targetId(group?.id ?? aws.user(name).id) };
    });
  return { emulator, ask: world.carries, of, end: time.end };
}

/** `Admin (administrator): audit, prod` for each opening, in order. */
const shown = (carried: Carried | undefined): readonly string[] =>
  (carried?.opens ?? []).map(
    ({ name, weight, accounts }) =>
      `${name} (${weight}): ${accounts.map((one) => one.name ?? one.id).join(", ")}`,
  );

it(
  "a group carries its permission sets and roles, the heaviest first, under the names of sets and accounts",
  { tags: "long" },
  async () => {
    const { ask, of } = await stage();
    const [admins, readers, empty] = of("aws-admins", "aws-readers", "aws-empty");
    const { of: found, notShown } = await ask([admins!, readers!, empty!]);
    expect(notShown).toEqual([]);
    expect(shown(found.get(admins!.id))).toEqual([
      "Admin (administrator): audit, prod",
      "ops-break-glass (unknown): prod",
      "Read (other): prod",
    ]);
    expect(found.get(admins!.id)?.opens[0]).toMatchObject({ via: "permission-set" });
    expect(shown(found.get(readers!.id))).toEqual(["Read (other): audit, dev, log, prod"]);
    expect(carriesNothing(found.get(readers!.id))).toBe(false);
    expect(carriesNothing(found.get(empty!.id))).toBe(true);
  },
);

it.each(["mixed", "own"] as const)(
  "a user's own rows are told from those of a group, where rows are %s",
  async (rows) => {
    const { emulator, ask, of } = await stage();
    emulator.access.policy.userRows = rows;
    const [ada, admins] = of("ada@example.com", "aws-admins");
    const found = (await ask([ada!])).of.get(ada!.id);
    const places = found?.opens.flatMap(({ name, accounts }) =>
      accounts.map((one) => [name, one.name, one.direct, one.through] as const),
    );
    const own = [
      ["Admin", "prod", true, rows === "mixed" ? [admins!.id] : []],
      ["Power", "dev", true, []],
    ];
    if (rows === "own") return expect(places).toEqual(own);
    expect(places).toEqual([
      ["Admin", "audit", false, [admins!.id]],
      ...own,
      ["ops-break-glass", "prod", false, [admins!.id]],
      ["Read", "prod", false, [admins!.id]],
    ]);
  },
);

it.each(["aws", "aws-us-gov", "aws-cn"])(
  "administrator access is known in the partition %s",
  async (partition) => {
    const { emulator, ask, of } = await stage();
    emulator.access.addPermissionSet("There", { policies: ["AdministratorAccess"], partition });
    emulator.access.assign("aws-empty", "There", "prod");
    const [empty] = of("aws-empty");
    expect(shown((await ask([empty!])).of.get(empty!.id))).toEqual(["There (administrator): prod"]);
  },
);

it("each principal, each set and each list is asked for once in a run, however often somebody asks", async () => {
  const { emulator, ask, of } = await stage({}, { pageSize: "vendor" });
  const everybody = of("aws-admins", "aws-readers", "aws-empty", "ada@example.com");
  const [first, again] = await Promise.all([ask(everybody), ask([...everybody, ...everybody])]);
  expect(await ask(everybody)).toEqual(first);
  expect(again).toEqual(first);
  const count = (operation: string) => emulator.count({ operation });
  expect([
    count("ListInstances"),
    count("ListAccountAssignmentsForPrincipal"),
    count("DescribePermissionSet"),
    count("ListManagedPoliciesInPermissionSet"),
    count("ListApplications"),
    count("ListEntitlements"),
    count("ListAccounts"),
  ]).toEqual([1, 4, 3, 3, 1, 4, 1]);
});

it("where there is no application, nobody is asked for entitlements", async () => {
  const { emulator, ask, of } = await stage();
  emulator.access.applications.splice(0);
  const { of: found, notShown } = await ask(of("aws-empty", "aws-readers"));
  expect([...found.values()].map(({ whole }) => whole)).toEqual([true, true]);
  expect(notShown).toEqual([]);
  expect(emulator.count({ operation: "ListEntitlements" })).toBe(0);
});

it("a Region without account access manager has no entitlements", async () => {
  const { ask, of } = await stage({
    AWS_ENDPOINT_URL_ACCOUNT_ACCESS: "http://account-access.nowhere.invalid",
  });
  const [empty] = of("aws-empty");
  const { of: found, notShown } = await ask([empty!]);
  expect(notShown).toEqual([]);
  expect(carriesNothing(found.get(empty!.id))).toBe(true);
});

it("nothing is sent before somebody asks, and nothing for nobody", async () => {
  const { emulator, ask } = await stage();
  expect(await ask([])).toEqual({ of: new Map(), notShown: [] });
  expect(emulator.requests).toEqual([]);
});

it("with AWS_READ=scim nothing is asked, and nothing is known", async () => {
  const { emulator, ask, of } = await stage({ AWS_READ: "scim" });
  const [empty] = of("aws-empty");
  const { of: found, notShown } = await ask([empty!]);
  expect(found.get(empty!.id)).toEqual({ opens: [], whole: false });
  expect(notShown.map(({ what }) => what)).toEqual(["assignments"]);
  expect(emulator.requests).toEqual([]);
});

describe("unknown is never none", () => {
  const CALLS = {
    ListInstances: "assignments",
    ListAccountAssignmentsForPrincipal: "assignments",
    ListApplications: "entitlements",
    ListEntitlements: "entitlements",
    DescribePermissionSet: "permission-sets",
    ListManagedPoliciesInPermissionSet: "permission-sets",
  } as const;
  const json = { "content-type": "application/json" };
  const said = (type: string, more: object = {}) => ({
    status: 400,
    headers: { ...json, "x-amzn-errortype": type },
    body: { __type: type, message: "no", ...more },
  });
  const ANSWERS = {
    AccessDenied: said("AccessDeniedException"),
    "a KMS key": said("AccessDeniedException", { Reason: "KMS_AccessDeniedException" }),
    Validation: said("ValidationException"),
    ResourceNotFound: said("ResourceNotFoundException"),
    Throttling: said("ThrottlingException"),
    InternalServer: { status: 500 },
    "something of another name": said("ServiceQuotaExceededException"),
    "an empty object": { status: 200, headers: json, body: {} },
    "a list of nonsense": {
      ...{ status: 200, headers: json },
      body: {
        ...{ AccountAssignments: [{}], PermissionSet: {}, AttachedManagedPolicies: [{}] },
        ...{ applications: [{}], entitlements: [{}], Instances: [{}] },
      },
    },
    "no JSON": { status: 200, headers: { "content-type": "text/html" }, body: "<html>sign in</html>" },
    "a cut": "cut",
    "half an answer": "truncate",
    "a drop": "drop-before",
  } as const;
  const cases = Object.keys(CALLS).flatMap((call) =>
    Object.keys(ANSWERS).map((answer) => [call, answer] as const),
  );

  it.each(cases)("%s with %s", async (operation, answer) => {
    const { emulator, ask, of } = await stage();
    emulator.fault({ when: { operation }, times: Infinity, do: ANSWERS[answer as keyof typeof ANSWERS] });
    const [admins, empty, readers] = of("aws-admins", "aws-empty", "aws-readers");
    const { of: found, notShown } = await ask([admins!, empty!, readers!]);
    const what = CALLS[operation as keyof typeof CALLS];
    expect(notShown.map((one) => one.what)).toEqual([what]);
    expect(notShown[0]?.why).toMatch(/^[A-Z]/);
    expect(notShown[0]?.todo).not.toBe("");
    expect(`${notShown[0]?.why} ${notShown[0]?.todo}`).not.toMatch(/undefined|\[object/);
    if (answer === "a KMS key" && operation !== "ListInstances")
      expect(notShown[0]?.todo).toContain("kms:Decrypt");
    const whole = what === "permission-sets";
    expect([...found.values()].map((one) => one.whole)).toEqual([whole, whole, whole]);
    // What could be read is shown all the same.
    const names = (id: Principal) => shown(found.get(id.id));
    if (what === "entitlements") expect(names(readers!)).toEqual(["Read (other): audit, dev, log, prod"]);
    if (what === "assignments") expect(names(admins!)).toEqual(["ops-break-glass (unknown): prod"]);
    if (operation === "DescribePermissionSet")
      expect(names(readers!)).toEqual(["ps-0000000000000003 (other): audit, dev, log, prod"]);
    if (operation === "ListManagedPoliciesInPermissionSet")
      expect(names(readers!)).toEqual(["Read (unknown): audit, dev, log, prod"]);
  });

  it("what is refused to everybody is asked once, retries aside", async () => {
    const { emulator, ask, of } = await stage();
    for (const action of ["sso:ListAccountAssignmentsForPrincipal", "account-access:ListApplications"])
      emulator.denied.add(action);
    await ask(of("aws-admins", "aws-empty", "aws-readers", "ada@example.com"));
    await ask(of("bob@example.com"));
    expect(emulator.requests.map(({ operation }) => operation).toSorted()).toEqual([
      "ListAccountAssignmentsForPrincipal",
      "ListApplications",
      "ListInstances",
    ]);
  });

  it("one principal whose answer is odd leaves the others known", async () => {
    const { emulator, ask, of } = await stage();
    const [admins, readers] = of("aws-admins", "aws-readers");
    emulator.fault({
      when: ({ operation, body }) =>
        operation === "ListAccountAssignmentsForPrincipal" && JSON.stringify(body).includes(admins!.id),
      times: Infinity,
      do: ANSWERS["a list of nonsense"],
    });
    const { of: found } = await ask([admins!, readers!]);
    expect([...found.values()].map(({ whole }) => whole)).toEqual([false, true]);
  });

  it("rows of somebody else are no answer about a group", async () => {
    const { emulator, ask, of } = await stage();
    const [empty, readers] = of("aws-empty", "aws-readers");
    emulator.fault({
      when: { operation: "ListAccountAssignmentsForPrincipal" },
      do: (_, answer) => ({
        ...answer,
        body: {
          AccountAssignments: [
            {
              ...{ AccountId: "111111111112", PrincipalType: "GROUP", PrincipalId: readers!.id },
              PermissionSetArn: emulator.access.permissionSets[0]!.arn,
            },
          ],
        },
      }),
    });
    expect((await ask([empty!])).of.get(empty!.id)?.whole).toBe(false);
  });

  it("an account instance has no permission sets, which is not the same as carrying none", async () => {
    const { emulator, ask, of } = await stage();
    emulator.access.policy.instance = "account";
    const { notShown } = await ask(of("aws-empty"));
    expect(notShown[0]?.todo).toContain("an account instance has no permission sets");
  });

  it.each(["empty", "ResourceNotFoundException"] as const)(
    "a principal whom AWS no longer has (%s)",
    async (how) => {
      const { emulator, ask, of } = await stage();
      const [empty, readers] = of("aws-empty", "aws-readers");
      emulator.aws.deleteGroup("aws-empty");
      emulator.access.policy.unknownPrincipal = how;
      const { of: found } = await ask([empty!, readers!]);
      expect(found.get(empty!.id)?.whole).toBe(how === "empty");
      expect(found.get(readers!.id)?.whole).toBe(true);
    },
  );
});

it.each(["AccessDeniedException", "AWSOrganizationsNotInUseException"] as const)(
  "without the organization (%s) accounts have their ids alone, or the names that entitlements tell",
  async (organization) => {
    const { emulator, ask, of } = await stage();
    emulator.access.policy.organization = organization;
    const [admins, readers] = of("aws-admins", "aws-readers");
    const id = (name: string) => emulator.access.accountId(name);
    const { of: found, notShown } = await ask([admins!, readers!]);
    expect(notShown).toEqual([]);
    expect(shown(found.get(admins!.id))[0]).toBe(`Admin (administrator): ${id("audit")}, prod`);
    expect(emulator.count({ service: "organizations" })).toBe(1);
  },
);

it("throttling is waited for", { tags: "long" }, async () => {
  const { emulator, ask, of } = await stage();
  for (const operation of ["ListAccountAssignmentsForPrincipal", "ListApplications", "ListAccounts"])
    emulator.fault({
      when: { operation },
      do: {
        status: 400,
        headers: { "x-amzn-errortype": "ThrottlingException" },
        body: { __type: "ThrottlingException", message: "Rate exceeded" },
      },
    });
  const { notShown, of: found } = await ask(of("aws-admins"));
  expect(notShown).toEqual([]);
  expect([...found.values()].flatMap(shown)[0]).toBe("Admin (administrator): audit, prod");
});

it(
  "a service without a client of its own slows everything when it throttles, for as long as it says",
  { tags: "long" },
  async () => {
    const { emulator, ask, of } = await stage();
    const headers = { "x-amzn-errortype": "ThrottlingException", "retry-after": "1" };
    emulator.fault({ when: { operation: "ListApplications" }, do: { status: 429, headers, body: {} } });
    expect((await ask(of("aws-admins"))).notShown).toEqual([]);
    const [first = 0, second = 0] = emulator.requests.flatMap(({ operation, at }) =>
      operation === "ListApplications" ? [at] : [],
    );
    expect(second - first).toBeGreaterThan(900);
  },
);

it("the end of the run ends the asking with its own reason", async () => {
  const { emulator, ask, of, end } = await stage();
  emulator.fault({ when: { operation: "ListAccountAssignmentsForPrincipal" }, do: { delay: 5_000 } });
  const asked = ask(of("aws-admins", "aws-empty")).catch((error: unknown) => error);
  await vi.waitUntil(() => emulator.count({ operation: "ListAccountAssignmentsForPrincipal" }) > 0);
  end();
  expect(await asked).toBeInstanceOf(OutOfTime);
});

describe("what it costs", () => {
  const ASKED = (request: { readonly service: string }) =>
    /^(?:sso-admin|account-access|organizations)$/.test(request.service);

  it("ten groups with five permission sets between them, in a hundred accounts, are at most 40 requests", async () => {
    const { emulator, ask, of } = await stage({}, { pageSize: "vendor" });
    const { aws, access } = emulator;
    for (const name of ["Deploy", "Billing"]) access.addPermissionSet(name, { policies: ["Billing"] });
    const accounts = Array.from({ length: 96 }, (_, n) => `account-${n}`);
    const names = Array.from({ length: 10 }, (_, n) => `risky-${n}`);
    names.forEach((displayName, n) => {
      aws.addGroup({ displayName });
      const set = access.permissionSets[n % 5]?.name ?? "";
      access.assign(displayName, set, ...accounts.slice(n * 9, n * 9 + 9));
    });
    const { notShown } = await ask(of(...names));
    expect(notShown).toEqual([]);
    const requests = emulator.count(ASKED);
    expect(requests).toBeGreaterThan(30);
    expect(requests).toBeLessThanOrEqual(40);
  });

  it(
    "a thousand groups are a thousand requests beside what is shared, at the pace, and progress is told",
    { tags: "long" },
    async () => {
      const RATE = 250;
      const settings = { IDENTITY_STORE_RATE: String(RATE) };
      const { emulator, ask, of } = await stage(settings, { pageSize: "vendor" });
      const { aws, access } = emulator;
      access.applications.splice(0);
      const names = Array.from({ length: 1_000 }, (_, n) => `group-${n}`);
      names.forEach((displayName, n) => {
        aws.addGroup({ displayName });
        if (n % 3 === 0) access.assign(displayName, "Read", "prod");
      });
      const told: number[] = [];
      const { of: found } = await ask(of(...names), (known) => told.push(known));
      expect([...found.values()].filter(({ opens }) => opens.length > 0)).toHaveLength(334);
      expect(told).toEqual(names.map((_, n) => n + 1));
      // The instance, the applications, the one permission set twice, the names of accounts.
      expect(emulator.count(ASKED)).toBe(1_000 + 5);
      const starts = emulator.requests.filter(ASKED).map(({ at }) => at);
      // Two requests do not travel equally fast.
      const inASecond = starts.map((from) => starts.filter((at) => at >= from && at < from + 1_000).length);
      expect(Math.max(...inASecond)).toBeLessThanOrEqual(RATE * 1.05);
    },
  );
});
