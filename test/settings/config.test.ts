import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { configure, ConfigError, readSettings, scimRegion } from "../../src/settings/config.ts";
import { SECRET_NAMES, settingNames } from "../../src/settings/table.ts";
import type { Config, Environment, LookUp, Place, Secrets, SecretText } from "../../src/settings/config.ts";
import type { Problem } from "../../src/settings/table.ts";
import { calledBy, signingInAs } from "../core/world.ts";
import { troubleSentence } from "../../src/core/trouble.ts";
import type { Trouble } from "../../src/core/trouble.ts";
import { directoryAddress, proxyAddress, scimAddress, tokenAddress } from "../../src/settings/hosts.ts";

const pem = (type: "rsa" | "ec"): string =>
  type === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        .privateKey.export({ type: "pkcs8", format: "pem" })
        .toString()
    : generateKeyPairSync("ec", { namedCurve: "P-256" })
        .privateKey.export({ type: "pkcs8", format: "pem" })
        .toString();
const PEM = pem("rsa");
const KEY = {
  type: "service_account",
  client_email: "sync@project.iam.gserviceaccount.com",
  client_id: "123",
  private_key: PEM,
  project_id: "project",
};
const ENDPOINT = "https://scim.eu-west-1.amazonaws.com/1111-2222/scim/v2/";
const TOKEN = "canary-token/with+signs=";
const GOOD: Readonly<Record<string, string | Trouble>> = {
  SSOSyncGoogleAdminEmail: "Admin@Example.com\n",
  SSOSyncGoogleCredentials: JSON.stringify(KEY),
  SSOSyncSCIMEndpointUrl: ENDPOINT,
  SSOSyncSCIMAccessToken: ` ${TOKEN}\r\n`,
};
const CREATED = new Date("2026-01-02T03:04:05Z");

/** A look-up of secrets by id, parameters by ARN and files by path. */
function shelf(texts: Readonly<Record<string, string | Trouble>>, asked: string[] = []): LookUp {
  return (sources) =>
    Promise.resolve(
      new Map(
        sources.map((source) => {
          const at = source.kind === "file" ? source.path : source.kind === "literal" ? "literal" : source.id;
          asked.push(`${source.kind} ${at} for ${source.setting}`);
          const text = texts[at] ?? { why: `The ${source.kind} ${at} does not exist`, todo: "create it" };
          return [
            source,
            typeof text === "object" ? text : ({ text, created: CREATED } satisfies SecretText),
          ];
        }),
      ),
    );
}

const start = (
  environment: Environment = {},
  changed: Readonly<Record<string, string | Trouble>> = {},
  place: Place = "lambda",
) => configure(environment, place, shelf({ ...GOOD, ...changed }));

async function problemsIn(...given: Parameters<typeof start>): Promise<readonly Problem[]> {
  const error: unknown = await start(...given).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw new Error("there was no ConfigError", { cause: error });
  for (const { why, todo } of error.problems) expect([why, todo]).not.toContain("");
  return error.problems;
}

/** What the problems are about. */
const refused = async (...given: Parameters<typeof start>): Promise<readonly Problem["of"][]> =>
  (await problemsIn(...given)).map(({ of }) => of);
const sentences = async (...given: Parameters<typeof start>): Promise<readonly string[]> =>
  (await problemsIn(...given)).map(troubleSentence);

async function configOf(environment: Environment, place: Place = "lambda"): Promise<Config> {
  return (await start(environment, {}, place)).config;
}

async function secretsOf(changed: Readonly<Record<string, string>>): Promise<Secrets> {
  return (await start({}, changed)).secrets;
}

// The table of the behaviour page, name by name.
const NAMES =
  `GOOGLE_ADMIN GOOGLE_CREDENTIALS SCIM_ENDPOINT SCIM_ACCESS_TOKEN CUSTOMER_ID SYNC_METHOD GROUP_MATCH
  USER_MATCH INCLUDE_GROUPS IGNORE_USERS IGNORE_GROUPS PROTECT_GROUPS MANAGE USER_NAME GROUP_NAME GROUP_NAMES ATTRIBUTES SYNC_SUSPENDED ADOPT
  DELETE_GRACE_DAYS GROUPS_CREATED_BY MAX_LEAVERS MAX_USER_REMOVALS MAX_GROUP_REMOVALS MAX_MEMBERSHIP_REMOVALS
  MAX_NEW_GROUPS MAX_GROUP_GROWTH MAX_GROUP_SHRINK REQUIRED_MEMBERS TALLY NOTIFY NOTIFY_NAMES IDENTITY_STORE_ID AWS_READ APPROVE_QUALIFIER DRY_RUN LOG_LEVEL
  LOG_FORMAT SCIM_RATE IDENTITY_STORE_RATE GOOGLE_RATE
  GOOGLE_ROOT_URL HTTPS_PROXY NO_PROXY PRECACHE_ORG_UNITS CACHE_METRICS`.split(/\s+/);

describe("the table of settings", () => {
  it("has exactly the promised names", () => {
    expect([...settingNames].sort()).toEqual([...NAMES].sort());
  });

  it("has no setting that would have no effect, because nobody puts it into the configuration", () => {
    const source = readFileSync(new URL("../../src/settings/config.ts", import.meta.url), "utf8");
    const words = new Set([...(source.match(/\b[A-Z][A-Z_]+\b/g) ?? []), ...SECRET_NAMES]);
    expect(settingNames.filter((name) => !words.has(name))).toEqual([]);
  });

  it("gives these defaults in Lambda", async () => {
    expect(await configOf({})).toEqual({
      customerId: "my_customer",
      userMatch: "none",
      groupMatch: "all",
      rules: {
        method: "groups",
        ...signingInAs("email"),
        ...calledBy("name"),
        groupNames: new Map(),
        includeGroups: [],
        ignoreUsers: [],
        ignoreGroups: [],
        protectGroups: [],
        manage: { users: true, groups: true, memberships: true },
        syncSuspended: true,
        adopt: "unclaimed",
        graceDays: 30,
        limits: {
          leavers: { share: 0.2, count: 20, ceiling: 500 },
          users: { share: 0.1, count: 10, ceiling: 200 },
          groups: { share: 0.1, count: 2, ceiling: 25 },
          memberships: { share: 0.1, count: 50, ceiling: 2_000 },
          newGroups: { share: 0.1, count: 50, ceiling: undefined },
          growth: { share: 0.5, count: 20, ceiling: undefined },
          shrink: { share: 0.5, count: 20, ceiling: undefined },
        },
        groupsCreatedBy: "anyone",
        details: new Map(),
        requiredMembers: [],
      },
      userFields: [],
      awsRead: "identitystore",
      dryRun: false,
      logLevel: "info",
      logFormat: "json",
      approveQualifier: "approve",
      notifyNames: false,
      scimFrom: { endpoint: "the secret SSOSyncSCIMEndpointUrl", token: "the secret SSOSyncSCIMAccessToken" },
      rates: { scim: 15, identityStore: 15, google: 30 },
      given: [],
      notices: [],
    } satisfies Config);
  });

  it("tells what was set, as it was set, without anything that may hold a secret", async () => {
    const environment = {
      SSOSYNC_MANAGE: " users ",
      HTTPS_PROXY: "http://me:canary@proxy.example:3128",
      SCIM_ENDPOINT: `https://scim.us-east-1.amazonaws.com/canary/scim/v2/`,
    };
    expect((await configOf(environment)).given).toEqual([{ label: "SSOSYNC_MANAGE", text: "users" }]);
  });

  it("calls groups by their address and takes every user with users_groups", async () => {
    const config = await configOf({ SYNC_METHOD: "users_groups" });
    expect(config.userMatch).toBe("all");
    expect(config.rules.groupName).toEqual(calledBy("email").groupName);
    const changed = await configOf({
      SYNC_METHOD: "users_groups",
      USER_MATCH: "isAdmin=true",
      GROUP_NAME: "name",
    });
    expect(changed.userMatch).toEqual(["isAdmin=true"]);
    expect(changed.rules.groupName).toEqual(calledBy("name").groupName);
  });

  it("writes pretty lines on a terminal", async () => {
    expect((await configOf({}, "terminal")).logFormat).toBe("pretty");
    expect((await configOf({ LOG_FORMAT: "json" }, "terminal")).logFormat).toBe("json");
  });
});

describe("each setting that is right", () => {
  const cases: readonly (readonly [
    name: string,
    text: string,
    pick: (config: Config) => unknown,
    value: unknown,
  ])[] = [
    ["CUSTOMER_ID", "C03az79cb", (c) => c.customerId, "C03az79cb"],
    ["SYNC_METHOD", "users_groups", (c) => c.rules.method, "users_groups"],
    [
      "GROUP_MATCH",
      "name:aws-*, email='a,b@x.com'",
      (c) => c.groupMatch,
      ["name:aws-*", "email='a,b@x.com'"],
    ],
    ["GROUP_MATCH", "name='it\\'s, us'", (c) => c.groupMatch, ["name='it\\'s, us'"]],
    ["USER_MATCH", "*", (c) => c.userMatch, "all"],
    [
      "USER_MATCH",
      "orgUnitPath='/A',orgUnitPath='/B'",
      (c) => c.userMatch,
      ["orgUnitPath='/A'", "orgUnitPath='/B'"],
    ],
    [
      "INCLUDE_GROUPS",
      "AWS@Example.com , Ops Team",
      (c) => c.rules.includeGroups,
      ["aws@example.com", "Ops Team"],
    ],
    ["IGNORE_USERS", "root@*,,*.svc@x.com", (c) => c.rules.ignoreUsers, ["root@*", "*.svc@x.com"]],
    ["IGNORE_GROUPS", "manual-*", (c) => c.rules.ignoreGroups, ["manual-*"]],
    ["PROTECT_GROUPS", "Break Glass", (c) => c.rules.protectGroups, ["Break Glass"]],
    [
      "MANAGE",
      "groups, Memberships",
      (c) => c.rules.manage,
      { users: false, groups: true, memberships: true },
    ],
    ["USER_NAME", "EMAIL", (c) => c.rules.userName.from, "email"],
    [
      "USER_NAME",
      "alias@Other.Example",
      (c) => c.rules.userName,
      { text: "alias@Other.Example", from: "alias", domain: "other.example" },
    ],
    ["USER_NAME", "HR.login", (c) => c.userFields, ["customSchemas.HR.login"]],
    ["GROUP_NAME", "Email", (c) => c.rules.groupName.pieces, [{ field: "email", without: "" }]],
    [
      "GROUP_NAME",
      "AWS {Email.Local-aws-} (b)",
      (c) => c.rules.groupName.pieces,
      ["AWS ", { field: "email.local", without: "aws-" }, " (b)"],
    ],
    [
      "GROUP_NAMES",
      "Ops@Example.com = Operations , x@example.com=a=b",
      (c) => c.rules.groupNames,
      new Map([
        ["ops@example.com", "Operations"],
        ["x@example.com", "a=b"],
      ]),
    ],
    [
      "ATTRIBUTES",
      ' userType = "full, \\"time\\"" , employeeNumber=HR.number,title, address,',
      (c) => [...c.rules.details],
      [
        ["title", { kind: "field", field: "organizations.title" }],
        ["employeeNumber", { kind: "field", field: "customSchemas.HR.number" }],
        ["userType", { kind: "constant", text: 'full, "time"' }],
        ["address", { kind: "address" }],
      ],
    ],
    [
      "ATTRIBUTES",
      "manager,userType=HR.kind,department",
      (c) => c.userFields,
      ["organizations.department", "relations.value", "customSchemas.HR.kind"],
    ],
    ["SYNC_SUSPENDED", "False", (c) => c.rules.syncSuspended, false],
    ["ADOPT", "any", (c) => c.rules.adopt, "any"],
    ["ADOPT", "none", (c) => c.rules.adopt, "none"],
    ["DELETE_GRACE_DAYS", "0", (c) => c.rules.graceDays, 0],
    ["DELETE_GRACE_DAYS", "never", (c) => c.rules.graceDays, "never"],
    ["GROUPS_CREATED_BY", "Administrators", (c) => c.rules.groupsCreatedBy, "administrators"],
    [
      "REQUIRED_MEMBERS",
      "aws-admins:2, Break: Glass : 1",
      (c) => c.rules.requiredMembers,
      [
        { group: "aws-admins", count: 2 },
        { group: "Break: Glass", count: 1 },
      ],
    ],
    ["MAX_LEAVERS", "5%,3,40", (c) => c.rules.limits.leavers, { share: 0.05, count: 3, ceiling: 40 }],
    [
      "MAX_USER_REMOVALS",
      "25%",
      (c) => c.rules.limits.users,
      { share: 0.25, count: undefined, ceiling: undefined },
    ],
    [
      "MAX_GROUP_REMOVALS",
      "5",
      (c) => c.rules.limits.groups,
      { share: undefined, count: 5, ceiling: undefined },
    ],
    [
      "MAX_MEMBERSHIP_REMOVALS",
      "7 , 2.5%",
      (c) => c.rules.limits.memberships,
      { share: 0.025, count: 7, ceiling: undefined },
    ],
    [
      "MAX_NEW_GROUPS",
      "0",
      (c) => c.rules.limits.newGroups,
      { share: undefined, count: 0, ceiling: undefined },
    ],
    ["MAX_GROUP_GROWTH", "100%,0", (c) => c.rules.limits.growth, { share: 1, count: 0, ceiling: undefined }],
    [
      "MAX_GROUP_SHRINK",
      "0%",
      (c) => c.rules.limits.shrink,
      { share: 0, count: undefined, ceiling: undefined },
    ],
    ["IDENTITY_STORE_ID", "d-9067729b3d", (c) => c.identityStoreId, "d-9067729b3d"],
    [
      "IDENTITY_STORE_ID",
      "d468e4d8-c051-703d-dd84-28caf445f15e",
      (c) => c.identityStoreId,
      "d468e4d8-c051-703d-dd84-28caf445f15e",
    ],
    ["AWS_READ", "both", (c) => c.awsRead, "both"],
    ["AWS_READ", "scim", (c) => c.awsRead, "scim"],
    ["APPROVE_QUALIFIER", "security", (c) => c.approveQualifier, "security"],
    ["DRY_RUN", "TRUE", (c) => c.dryRun, true],
    ["SSOSYNC_DRY_RUN", "true", (c) => c.dryRun, true],
    ["LOG_LEVEL", "warning", (c) => c.logLevel, "warn"],
    ["LOG_LEVEL", "TRACE", (c) => c.logLevel, "trace"],
    ["SCIM_RATE", "7.5", (c) => c.rates.scim, 7.5],
    ["IDENTITY_STORE_RATE", "10", (c) => c.rates.identityStore, 10],
    ["GOOGLE_RATE", "38", (c) => c.rates.google, 38],
    [
      "GOOGLE_ROOT_URL",
      "https://private.googleapis.com",
      (c) => c.googleRootUrl,
      "https://private.googleapis.com/",
    ],
    ["GOOGLE_ROOT_URL", "http://127.0.0.1:8080/", (c) => c.googleRootUrl, "http://127.0.0.1:8080/"],
  ];
  it.each(cases)("%s=%s is understood", async (name, text, pick, value) => {
    expect(pick(await configOf({ [name]: text }))).toEqual(value);
  });

  it.each([...settingNames].filter((name) => !/^(GOOGLE_(ADMIN|CRED)|SCIM_(END|ACC))/.test(name)))(
    "%s is unset when it is empty or white space",
    async (name) => {
      expect(await configOf({ [name]: "", [`SSOSYNC_${name}`]: " \n" })).toEqual(await configOf({}));
    },
  );

  it.each([["\ufeffusers_groups"], ["  users_groups\r\n"]])(
    "white space and a byte order mark do not matter: %j",
    async (text) => {
      expect((await configOf({ SYNC_METHOD: text })).rules.method).toBe("users_groups");
    },
  );
});

describe("each setting that is wrong", () => {
  const cases: readonly (readonly [name: string, text: string])[] = [
    ["CUSTOMER_ID", "acme"],
    ["SYNC_METHOD", "group"],
    ["SSOSYNC_SYNC_METHOD", "all"],
    ["GROUP_MATCH", ","],
    ["GROUP_MATCH", "*,name:a*"],
    ["USER_MATCH", "orgUnitPath='/A"],
    ["INCLUDE_GROUPS", "aws-*"],
    ["IGNORE_USERS", ","],
    ["IGNORE_GROUPS", ", ,"],
    ["PROTECT_GROUPS", ","],
    ["MANAGE", ","],
    ["MANAGE", "users,members"],
    ...[
      "name",
      "ada@other.example",
      "alias@",
      "alias@example",
      "HR",
      "HR.login.x",
      "HR login",
      "{email}",
    ].map((text): readonly [string, string] => ["USER_NAME", text]),
    ["GROUP_NAME", "id"],
    ["GROUP_NAME", "email.local"],
    ["GROUP_NAME", "{}"],
    ["GROUP_NAME", "{name"],
    ["GROUP_NAME", "name}"],
    ["GROUP_NAME", "{{name}}"],
    ["GROUP_NAME", "{name-}"],
    ["GROUP_NAME", "{name-a{email}}"],
    ["GROUP_NAME", "{names}"],
    ["GROUP_NAME", "{name.local}"],
    ["GROUP_NAMES", "Operations"],
    ["GROUP_NAMES", "ops@example.com"],
    ["GROUP_NAMES", "ops@example.com="],
    ["GROUP_NAMES", "ops=Operations"],
    ["GROUP_NAMES", "a@x.com=A,"],
    ["GROUP_NAMES", "a@x.com=A,A@x.com=B"],
    ["GROUP_NAMES", "a@x.com=A,b@x.com=a"],
    ["GROUP_NAMES", "a@x.com=A\u200bB"],
    ["GROUP_NAMES", "a@x.com=awsAccountFactory"],
    ["ATTRIBUTES", "titel"],
    ["ATTRIBUTES", "title,title"],
    ["ATTRIBUTES", "division"],
    ["ATTRIBUTES", "title=HR"],
    ["ATTRIBUTES", "title=HR.a.b"],
    ["ATTRIBUTES", 'title=""'],
    ["ATTRIBUTES", 'title="\u200b"'],
    ["ATTRIBUTES", 'title="a'],
    ["ATTRIBUTES", 'title="a"b'],
    ["ATTRIBUTES", "title department"],
    ["ATTRIBUTES", "title="],
    ["ATTRIBUTES", "=HR.x"],
    ["SYNC_SUSPENDED", "sync"],
    ["ADOPT", "all"],
    ["DELETE_GRACE_DAYS", "-1"],
    ["DELETE_GRACE_DAYS", "3651"],
    ["MAX_USER_REMOVALS", "10%,20%"],
    ["MAX_GROUP_REMOVALS", "101%"],
    ["MAX_MEMBERSHIP_REMOVALS", "unlimited"],
    ["MAX_GROUP_GROWTH", "5,"],
    ["MAX_GROUP_SHRINK", "-1"],
    ["MAX_LEAVERS", "20%,20,500,1"],
    ["MAX_LEAVERS", "20%,20,19"],
    ["MAX_NEW_GROUPS", "20%,30%"],
    ["GROUPS_CREATED_BY", "admins"],
    ["REQUIRED_MEMBERS", "aws-admins"],
    ["REQUIRED_MEMBERS", "aws-admins:0"],
    ["REQUIRED_MEMBERS", ":2"],
    ["REQUIRED_MEMBERS", "aws-admins:two"],
    ["REQUIRED_MEMBERS", "aws-admins:2,AWS-Admins:3"],
    ["IDENTITY_STORE_ID", "ssoins-1234"],
    ["AWS_READ", "sdk"],
    ["APPROVE_QUALIFIER", "$LATEST"],
    ["DRY_RUN", "1"],
    ["LOG_LEVEL", "verbose"],
    ["LOG_FORMAT", "logfmt"],
    ["SCIM_RATE", "0"],
    ["IDENTITY_STORE_RATE", "Infinity"],
    ["GOOGLE_RATE", "-3"],
    ["GOOGLE_ROOT_URL", "https://googleapis.com.evil.example"],
  ];
  it.each(cases)("%s=%s is refused under the name it has", async (name, text) => {
    const [problem, ...more] = await problemsIn({ [name]: text });
    expect(problem?.of).toBe(name.replace("SSOSYNC_", ""));
    expect(problem?.why.startsWith(`${name} `)).toBe(true);
    expect(more).toEqual([]);
  });

  it("a long value is not repeated, because it may be a token in the wrong box", async () => {
    for (const name of ["LOG_LEVEL", "MANAGE"])
      expect((await sentences({ [name]: "canary".repeat(20) })).join()).not.toContain("canary");
    expect((await sentences({ INCLUDE_GROUPS: "canary".repeat(20) + "*" })).join()).not.toContain("canary");
  });

  it("an included group that is ignored or protected is a contradiction", async () => {
    expect(await refused({ INCLUDE_GROUPS: "AWS-a@x.com,ok", IGNORE_GROUPS: "aws-*" })).toEqual([
      "INCLUDE_GROUPS",
    ]);
    expect(
      await refused({ GROUP_NAMES: "a@x.com=Ok,b@x.com=Break Glass", PROTECT_GROUPS: "break*" }),
    ).toEqual(["GROUP_NAMES"]);
    expect(await refused({ INCLUDE_GROUPS: "Break Glass", PROTECT_GROUPS: "break glass" })).toEqual([
      "INCLUDE_GROUPS",
    ]);
  });
});

describe("a person reads", () => {
  it.each([
    [
      "which setting cannot be used, why, and what it may be",
      { MANAGE: "users,members" },
      'MANAGE "users,members" cannot be used, because "members" is none of these; list one or more of users, groups and memberships, separated by commas.',
    ],
    [
      "the choice, where there is one",
      { SYNC_METHOD: "group" },
      'SYNC_METHOD "group" cannot be used; use groups or users_groups.',
    ],
    [
      "who alone may get a token",
      { GOOGLE_ROOT_URL: "https://admin.googleapis.com.evil.example" },
      "GOOGLE_ROOT_URL cannot be used, because admin.googleapis.com.evil.example is not a host of Google's Directory API (such as admin.googleapis.com), and no one else may get the token; correct it.",
    ],
    [
      "everything that is wrong with a template",
      { GROUP_NAME: "{nam} {name-} {email" },
      'GROUP_NAME "{nam} {name-} {email" cannot be used, because {nam} is none of the fields and {name-} names no prefix and a { stands alone; use name, email, or text with one or more of {name}, {email} and {email.local}, such as AWS-{email.local}; {name-aws-} is the name without aws- at its beginning.',
    ],
    [
      "everything that is wrong with a list of names",
      { GROUP_NAMES: "ops=Ops,a@x.com=A,a@x.com=a" },
      'GROUP_NAMES "ops=Ops,a@x.com=A,a@x.com=a" cannot be used, because "ops=Ops" is not an address, = and a name, and "a@x.com" is there twice, and the name "a" is there twice; list groups as address=name, separated by commas; a name has no comma.',
    ],
    [
      "which settings contradict each other",
      { INCLUDE_GROUPS: "AWS-a@x.com,ok", IGNORE_GROUPS: "aws-*" },
      'INCLUDE_GROUPS lists "aws-a@x.com", which IGNORE_GROUPS excludes; change one of the two.',
    ],
    [
      "which two names differ",
      { ADOPT: "any", SSOSYNC_ADOPT: "none" },
      "ADOPT and SSOSYNC_ADOPT are both set and differ; remove one of them.",
    ],
    [
      "which name was meant",
      { SSOSYNC_GROUP_MACH: "canary" },
      "SSOSYNC_GROUP_MACH is not a setting; if SSOSYNC_GROUP_MATCH was meant, correct the name, otherwise remove it.",
    ],
    [
      "what the older tool's name is called here",
      { SSOSYNC_ENDPOINT: "canary" },
      "SSOSYNC_ENDPOINT is called SCIM_ENDPOINT here; rename it.",
    ],
    [
      "why a name is no longer needed",
      { SSOSYNC_RETAIN_UNMATCHED: "canary" },
      "SSOSYNC_RETAIN_UNMATCHED is no longer needed, because what was made by hand is always kept; remove it.",
    ],
    [
      "where a secret may be, when it may not be in the environment",
      { SCIM_ACCESS_TOKEN: TOKEN },
      "SCIM_ACCESS_TOKEN holds a value, but in Lambda the SCIM access token must not be in the environment; store it in Secrets Manager as SSOSyncSCIMAccessToken and remove the setting, or set it to the ARN of the secret.",
    ],
  ])("%s", async (_, environment, sentence) => {
    expect(await sentences(environment)).toEqual([sentence]);
  });
});

describe("names", () => {
  it("both forms with one value are fine", async () => {
    expect((await configOf({ ADOPT: "any", SSOSYNC_ADOPT: " any" })).rules.adopt).toBe("any");
  });

  it("both forms with two values are an error that repeats neither", async () => {
    expect(await refused({ ADOPT: "any", SSOSYNC_ADOPT: "none" })).toEqual(["ADOPT"]);
    const tokens = { SCIM_ACCESS_TOKEN: "canary1", SSOSYNC_SCIM_ACCESS_TOKEN: "canary2" };
    expect(await refused(tokens, {}, "terminal")).toEqual(["SCIM_ACCESS_TOKEN"]);
    expect((await sentences(tokens, {}, "terminal")).join()).not.toContain("canary");
  });

  it.each([
    ["SSOSYNC_GROUP_MACH", "SSOSYNC_GROUP_MATCH"],
    ["SSOSYNC_IGNORE_GROUP", "SSOSYNC_IGNORE_GROUPS"],
    ["SSOSYNC_ENDPOINT", "SCIM_ENDPOINT"],
    ["SSOSYNC_ACCESS_TOKEN", "SCIM_ACCESS_TOKEN"],
    ["SSOSYNC_DEBUG", "LOG_LEVEL=debug"],
    ["SSOSYNC_RETAIN_UNMATCHED", "made by hand"],
    ["REMOVE_UNMANAGED", "delete by hand"],
    ["SSOSYNC_REMOVE_UNMANAGED", "delete by hand"],
  ])("%s is unknown, and %s is named", async (name, meant) => {
    expect(await refused({ [name]: "canary" })).toEqual(["unknown"]);
    expect((await sentences({ [name]: "canary" })).join()).toContain(meant);
  });

  it("an unknown name without the prefix is somebody else's", async () => {
    const others = { PATH: "/bin", HOME: "/", LANG: "C" };
    expect((await configOf(others)).notices).toEqual([]);
  });

  it.each(["HTTP_PROXY", "http_proxy"])("%s alone is said to be no way out", async (name) => {
    const { notices } = await configOf({ [name]: "http://p" });
    expect(notices.map(({ why }) => why)).toEqual([
      expect.stringMatching(`^${name} is set and HTTPS_PROXY is not`),
    ]);
    expect((await configOf({ [name]: "http://p", https_proxy: "http://p" })).notices).toEqual([]);
  });

  it.each([
    ["IGNORE_USER", "IGNORE_USERS"],
    ["GROUP_MACTH", "GROUP_MATCH"],
    ["GROUP_MACH", "GROUP_MATCH"],
    ["group_match", "GROUP_MATCH"],
    ["HTTPS_PROXI", "HTTPS_PROXY"],
  ])("%s is nearly %s, which is an error", async (name, meant) => {
    expect(await refused({ [name]: "canary" })).toEqual(["unknown"]);
    expect((await sentences({ [name]: "canary" })).join()).toContain(`if ${meant} was meant`);
    expect((await configOf({ [name]: " " })).dryRun).toBe(false);
  });

  it("the older tool's idle settings are accepted and said to do nothing", async () => {
    const { notices } = await configOf({ PRECACHE_ORG_UNITS: "/", SSOSYNC_CACHE_METRICS: "true" });
    expect(notices.map(troubleSentence)).toEqual([
      "PRECACHE_ORG_UNITS belongs to the older tool and does nothing here; remove it.",
      "SSOSYNC_CACHE_METRICS belongs to the older tool and does nothing here; remove it.",
    ]);
  });

  it.each(["text", "pretty"])("in Lambda LOG_FORMAT=%s gives JSON and says so", async (format) => {
    const { logFormat, notices } = await configOf({ LOG_FORMAT: format });
    expect(logFormat).toBe("json");
    expect(notices).toHaveLength(1);
    expect(notices[0]?.why).toMatch(/^LOG_FORMAT has no effect in Lambda/);
    expect(await configOf({ LOG_FORMAT: format }, "terminal")).toMatchObject({
      logFormat: "pretty",
      notices: [],
    });
  });
});

describe("variables of the libraries", () => {
  it.each(["http", "HTTPS", "timer, fetch", "undici", "net", "*", "h*", "http2"])(
    "NODE_DEBUG=%s is refused, because Node would print tokens",
    async (text) => {
      expect(await refused({ NODE_DEBUG: text })).toEqual(["leak"]);
    },
  );

  it.each(["timer", "module,esm", ""])("NODE_DEBUG=%s does no harm", async (text) => {
    expect((await configOf({ NODE_DEBUG: text })).dryRun).toBe(false);
  });

  it.each([
    ["GOOGLE_SDK_NODE_LOGGING", "all"],
    ["NODE_TLS_REJECT_UNAUTHORIZED", "0"],
  ])(
    "%s=%s is refused, and the log level and certificates have settings of their own",
    async (name, text) => {
      expect(await refused({ [name]: text })).toEqual(["leak"]);
      expect((await sentences({ [name]: text })).join()).toMatch(/LOG_LEVEL=debug|NODE_EXTRA_CA_CERTS/);
    },
  );
});

describe("where the secrets are", () => {
  const SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:Mine-AbCdEf";
  const PARAMETER = "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/sso/token";

  it("unset means the secret of the fixed name, and the values are trimmed", async () => {
    const asked: string[] = [];
    const { secrets } = await configure({}, "lambda", shelf(GOOD, asked));
    expect(asked).toEqual([
      "secret SSOSyncGoogleAdminEmail for GOOGLE_ADMIN",
      "secret SSOSyncGoogleCredentials for GOOGLE_CREDENTIALS",
      "secret SSOSyncSCIMEndpointUrl for SCIM_ENDPOINT",
      "secret SSOSyncSCIMAccessToken for SCIM_ACCESS_TOKEN",
    ]);
    expect(secrets).toEqual({
      google: {
        kind: "key",
        clientEmail: KEY.client_email,
        clientId: "123",
        privateKey: PEM,
        tokenUri: "https://oauth2.googleapis.com/token",
      },
      admin: "admin@example.com",
      scim: {
        endpoint: "https://scim.eu-west-1.amazonaws.com/1111-2222/scim/v2",
        token: TOKEN,
        tokenCreated: CREATED,
      },
    });
  });

  it("ARNs of both services are looked up, in either form of the name", async () => {
    const asked: string[] = [];
    const env = { SSOSYNC_GOOGLE_CREDENTIALS: SECRET, SCIM_ACCESS_TOKEN: PARAMETER };
    const { secrets } = await configure(
      env,
      "lambda",
      shelf({ ...GOOD, [SECRET]: JSON.stringify(KEY), [PARAMETER]: "other" }, asked),
    );
    expect(asked).toContain(`secret ${SECRET} for GOOGLE_CREDENTIALS`);
    expect(asked).toContain(`parameter ${PARAMETER} for SCIM_ACCESS_TOKEN`);
    expect(secrets.scim.token).toBe("other");
  });

  it("the address and the endpoint may be literal in Lambda, and nothing is looked up for them", async () => {
    const asked: string[] = [];
    const env = { GOOGLE_ADMIN: "Me@Example.com", SCIM_ENDPOINT: "http://127.0.0.1:9/t/scim/v2" };
    const { secrets } = await configure(env, "lambda", shelf(GOOD, asked));
    expect(asked).toHaveLength(2);
    expect(secrets.admin).toBe("me@example.com");
    expect(secrets.scim.endpoint).toBe("http://127.0.0.1:9/t/scim/v2");
  });

  it("on a terminal the key is a file's path or JSON, and the token may be literal, of unknown age", async () => {
    const asked: string[] = [];
    const env = { GOOGLE_CREDENTIALS: "./key.json", SCIM_ACCESS_TOKEN: "literal" };
    const { secrets } = await configure(
      env,
      "terminal",
      shelf({ ...GOOD, "./key.json": JSON.stringify(KEY) }, asked),
    );
    expect(asked).toContain("file ./key.json for GOOGLE_CREDENTIALS");
    expect(secrets.scim).toEqual({ endpoint: ENDPOINT.slice(0, -1), token: "literal" });
    const literal = await start({ GOOGLE_CREDENTIALS: JSON.stringify(KEY) }, {}, "terminal");
    expect(literal.secrets.google).toMatchObject({ privateKey: PEM });
  });

  it("in Lambda the key and the token must not be literal", async () => {
    const literal = { GOOGLE_CREDENTIALS: JSON.stringify(KEY), SCIM_ACCESS_TOKEN: TOKEN };
    expect(await refused(literal)).toEqual(["GOOGLE_CREDENTIALS", "SCIM_ACCESS_TOKEN"]);
  });

  it("an ARN of something else is refused", async () => {
    const other = { SCIM_ACCESS_TOKEN: "arn:aws:kms:eu-west-1:123456789012:key/canary" };
    expect(await refused(other, {}, "terminal")).toEqual(["SCIM_ACCESS_TOKEN"]);
    expect((await sentences(other, {}, "terminal")).join()).not.toContain("canary");
  });

  it("a key pasted without its braces is not taken for a path", async () => {
    for (const text of [
      PEM,
      JSON.stringify(KEY).slice(1),
      Buffer.from(JSON.stringify(KEY)).toString("base64"),
    ]) {
      const key = { GOOGLE_CREDENTIALS: text };
      expect(await refused(key, {}, "terminal")).toEqual(["GOOGLE_CREDENTIALS"]);
      expect((await sentences(key, {}, "terminal")).join()).not.toContain(text.slice(0, 30));
    }
  });

  it("a look-up that leaves a source out is told as a defect", async () => {
    const nothing: LookUp = () => Promise.resolve(new Map());
    await expect(configure({}, "lambda", nothing)).rejects.toThrow(
      "1. What GOOGLE_ADMIN leads to was not looked up",
    );
  });
});

describe("each secret that is wrong", () => {
  const key = (change: Readonly<Record<string, unknown>>): string => JSON.stringify({ ...KEY, ...change });
  const cases: readonly (readonly [about: string, id: string, text: string | Trouble, why: RegExp])[] = [
    [
      "missing",
      "SSOSyncSCIMAccessToken",
      { why: "The secret X is missing", todo: "create it" },
      /^The secret X is missing$/,
    ],
    ["empty", "SSOSyncSCIMAccessToken", " \n", /is empty$/],
    ["empty", "SSOSyncGoogleCredentials", "", /is empty$/],
    ["a console's JSON", "SSOSyncSCIMAccessToken", '{"SSOSyncSCIMAccessToken":"canary"}', /holds JSON$/],
    ["a console's JSON", "SSOSyncGoogleAdminEmail", '{"a":"canary@example.com"}', /holds JSON$/],
    ["a console's JSON", "SSOSyncSCIMEndpointUrl", '{"a":"https://canary"}', /holds JSON$/],
    ["in quotation marks", "SSOSyncSCIMAccessToken", '"canary"', /has quotation marks/],
    ["white space", "SSOSyncSCIMAccessToken", "canary canary", /has white space/],
    ["the word Bearer", "SSOSyncSCIMAccessToken", "Bearer canary", /begins with "Bearer"/],
    ["no ASCII", "SSOSyncSCIMAccessToken", "canary\u2026", /has characters in it that no token has/],
    ["the endpoint", "SSOSyncSCIMAccessToken", ENDPOINT, /is an address, not a token/],
    ["no address", "SSOSyncGoogleAdminEmail", "canary", /is not an email address/],
    ["two addresses", "SSOSyncGoogleAdminEmail", "canary@x.com,b@x.com", /is not an email address/],
    ["the token", "SSOSyncSCIMEndpointUrl", "canary", /cannot be used as the SCIM endpoint/],
    ["no JSON", "SSOSyncGoogleCredentials", "canary{", /is not JSON$/],
    [
      "another kind",
      "SSOSyncGoogleCredentials",
      '{"type":"canary"}',
      /its type is not "service_account", no client_email, no private_key/,
    ],
    [
      "without private_key",
      "SSOSyncGoogleCredentials",
      key({ private_key: undefined }),
      /\(no private_key\)/,
    ],
    ["without client_email", "SSOSyncGoogleCredentials", key({ client_email: "" }), /\(no client_email\)/],
    [
      "a key cut short",
      "SSOSyncGoogleCredentials",
      key({ private_key: PEM.slice(0, 900) }),
      /private_key that is damaged/,
    ],
    [
      "a key escaped twice",
      "SSOSyncGoogleCredentials",
      key({ private_key: PEM.replaceAll("\n", "\\n") }),
      /private_key that is damaged/,
    ],
    [
      "another algorithm",
      "SSOSyncGoogleCredentials",
      key({ private_key: pem("ec") }),
      /private_key that is damaged/,
    ],
    [
      "a stranger's token_uri",
      "SSOSyncGoogleCredentials",
      key({ token_uri: "https://canary.example/token" }).replace("canary.", "other."),
      /token_uri that cannot be used/,
    ],
  ];
  it.each(cases)("%s in %s is told without its value", async (_about, id, text, why) => {
    const [problem, ...more] = await problemsIn({}, { [id]: text });
    expect(problem?.why).toMatch(why);
    expect(more).toEqual([]);
    expect(JSON.stringify(problem)).not.toMatch(/canary|PRIVATE KEY/);
  });

  it("a key may name a token_uri on the loopback address, and carry a byte order mark", async () => {
    const text = `\ufeff${key({ token_uri: "http://127.0.0.1:1234/token", client_id: undefined, project_id: undefined })}`;
    expect((await secretsOf({ SSOSyncGoogleCredentials: text })).google).toMatchObject({
      tokenUri: "http://127.0.0.1:1234/token",
      clientId: "",
    });
  });

  it("settings and secrets are told in one numbered error, in which no secret occurs", async () => {
    const error = await start(
      {
        SYNC_METHOD: "x",
        MANAGE: "x",
        GOOGLE_ADMIN: "canary",
        SCIM_ENDPOINT: "https://user:canary@x/scim/v2",
      },
      { SSOSyncGoogleCredentials: `{"private_key":"canary"}`, SSOSyncSCIMAccessToken: "can ary" },
    ).catch((thrown: unknown) => thrown);
    const { message, problems, cause } = error as ConfigError;
    expect(message.split("\n").map((line) => line.slice(0, 3))).toEqual([
      "1. ",
      "2. ",
      "3. ",
      "4. ",
      "5. ",
      "6. ",
    ]);
    expect(problems.map(({ of }) => of as string).toSorted()).toEqual([
      "GOOGLE_ADMIN",
      "GOOGLE_CREDENTIALS",
      "MANAGE",
      "SCIM_ACCESS_TOKEN",
      "SCIM_ENDPOINT",
      "SYNC_METHOD",
    ]);
    expect(message).not.toMatch(/canary|can ary/);
    expect(cause).toBeUndefined();
  });
});

describe("readSettings", () => {
  it("gives the sources even when a setting is wrong, but no configuration", () => {
    const read = readSettings({ ADOPT: "x" }, "lambda");
    expect(read.config).toBeUndefined();
    expect(read.sources).toHaveLength(4);
    expect(read.problems).toHaveLength(1);
  });
});

describe("Google's addresses", () => {
  it.each([
    ["https://oauth2.googleapis.com/token", "https://oauth2.googleapis.com/token"],
    ["https://accounts.google.com:443/o", "https://accounts.google.com/o"],
    ["https://WWW.googleapis.com/oauth2/v4/token", "https://www.googleapis.com/oauth2/v4/token"],
    ["http://localhost:1/", "http://localhost:1/"],
    ["http://[::1]:1/", "http://[::1]:1/"],
  ])("%s may get an assertion", (text, url) => {
    expect(tokenAddress(text)).toEqual({ url });
  });

  it.each([
    ["https://admin.googleapis.com", "https://admin.googleapis.com/"],
    ["https://www.googleapis.com/x", "https://www.googleapis.com/x"],
    ["https://private.googleapis.com", "https://private.googleapis.com/"],
    ["https://restricted.googleapis.com", "https://restricted.googleapis.com/"],
    ["https://admin-mine.p.googleapis.com", "https://admin-mine.p.googleapis.com/"],
    ["http://127.0.0.1:1/", "http://127.0.0.1:1/"],
  ])("%s may get a token", (text, url) => {
    expect(directoryAddress(text)).toEqual({ url });
  });

  it.each([
    "http://www.googleapis.com",
    "https://googleapis.com",
    "https://google.com",
    "https://script.google.com/macros/s/x/exec",
    "https://storage.googleapis.com/bucket/",
    "https://bucket.storage.googleapis.com/",
    "https://firebasestorage.googleapis.com",
    "https://sites.google.com",
    "https://p.googleapis.com",
    "https://a.b.p.googleapis.com",
    "https://admin.googleapis.com.p.evil.example",
    "https://admin.www.googleapis.com",
    "https://evilgoogle.com",
    "https://google.com.evil.example",
    "https://user@www.googleapis.com",
    "https://www.googleapis.com@evil.example",
    "https://www.googleapis.com:8443",
    "https://www.googleapis.com/?key=1",
    "https://www.googleapis.com#x",
    "https://www.googleapis.com.",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://0.0.0.0",
    "ftp://localhost",
    "file:///etc/passwd",
    "https://10.0.0.1",
    "https://www.g\u043eogleapis.com",
    "www.googleapis.com",
    "",
  ])("%s may get neither", (text) => {
    expect(tokenAddress(text)).toHaveProperty("because");
    expect(directoryAddress(text)).toHaveProperty("because");
  });

  it.each([
    [tokenAddress, "https://admin.googleapis.com/token"],
    [tokenAddress, "https://private.googleapis.com/token"],
    [directoryAddress, "https://oauth2.googleapis.com/"],
    [directoryAddress, "https://accounts.google.com/"],
  ])("one is not the other's", (address, text) => {
    expect(address(text)).toHaveProperty("because");
  });
});

describe("a proxy's address", () => {
  it.each([
    ["http://proxy.example.com:3128", "http://proxy.example.com:3128/"],
    ["https://proxy.example.com/", "https://proxy.example.com/"],
    ["proxy.example.com:3128", "http://proxy.example.com:3128/"],
    ["10.1.2.3:8080", "http://10.1.2.3:8080/"],
    ["ada:s3cret@proxy:3128", "http://ada:s3cret@proxy:3128/"],
  ])("%s is one", (text, url) => {
    expect(proxyAddress(text)).toEqual({ url });
  });

  it.each(["socks5://proxy.example.com", "http://", "http://proxy/path", "http://proxy/?x", "a b"])(
    "%s is none, and is not repeated",
    async (text) => {
      expect(await refused({ HTTPS_PROXY: text })).toEqual(["HTTPS_PROXY"]);
      expect((await problemsIn({ HTTPS_PROXY: text }))[0]?.why).not.toContain(text);
    },
  );

  it("is the run's, with the hosts that are reached without it", async () => {
    expect(await configOf({ https_proxy: "proxy:1", NO_PROXY: "a, .b" })).toMatchObject({
      proxy: { url: "http://proxy:1/", except: "a, .b" },
    });
    expect(await configOf({ NO_PROXY: "a" })).not.toHaveProperty("proxy");
  });

  it("two that differ are an error", async () => {
    expect(await refused({ HTTPS_PROXY: "http://a:1", https_proxy: "http://canary:1" })).toEqual([
      "HTTPS_PROXY",
    ]);
  });
});

describe("SCIM endpoints", () => {
  it.each([
    ["https://scim.eu-west-1.amazonaws.com/t/scim/v2", "eu-west-1"],
    ["https://scim.us-gov-west-1.amazonaws.com/t/scim/v2", "us-gov-west-1"],
    ["https://scim-fips.us-east-1.amazonaws.com/t/scim/v2", "us-east-1"],
    ["https://scim.ap-southeast-2.api.aws/t/scim/v2", "ap-southeast-2"],
    ["https://scim.cn-north-1.amazonaws.com.cn/t/scim/v2", "cn-north-1"],
    ["https://scim.cn-north-1.api.amazonwebservices.com.cn/t/scim/v2", "cn-north-1"],
    ["https://scim.eusc-de-east-1.amazonaws.eu/t/scim/v2", "eusc-de-east-1"],
    ["https://scim.eusc-de-east-1.api.amazonwebservices.eu/t/scim/v2", "eusc-de-east-1"],
    ["http://127.0.0.1:8080/t/scim/v2", undefined],
    ["http://localhost/scim/v2", undefined],
  ])("%s is one, in the Region %s", (text, region) => {
    expect(scimAddress(text)).toEqual({ url: text });
    expect(scimAddress(`${text}/`)).toEqual({ url: text });
    expect(scimRegion(text)).toBe(region);
  });

  it.each([
    ["http://scim.eu-west-1.amazonaws.com/t/scim/v2", /not an https address/],
    ["https://scim.eu-west-1.amazonaws.com.evil.example/t/scim/v2", /evil\.example is not a SCIM host/],
    ["https://scim.evilamazonaws.com/t/scim/v2", /is not a SCIM host/],
    ["https://bucket.s3.amazonaws.com/t/scim/v2", /is not a SCIM host/],
    ["https://abc.execute-api.eu-west-1.amazonaws.com/t/scim/v2", /is not a SCIM host/],
    ["https://scim.eu-west-1.amazonaws.com:8443/t/scim/v2", /answers only on port 443/],
    ["https://scim.eu-west-1.amazonaws.com/t/scim/v2/Users", /does not end in \/scim\/v2/],
    ["https://scim.eu-west-1.amazonaws.com/t/", /does not end in \/scim\/v2/],
    ["https://scim.eu-west-1.amazonaws.com/t/scim/v2?x=1", /query or a fragment/],
    ["https://a:b@scim.eu-west-1.amazonaws.com/t/scim/v2", /user name or a password/],
  ])("%s is none", (text, because) => {
    const address = scimAddress(text);
    expect("because" in address ? address.because : "").toMatch(because);
  });

  it("an address that is none has no Region", () => {
    expect(scimRegion("nonsense")).toBeUndefined();
  });
});
