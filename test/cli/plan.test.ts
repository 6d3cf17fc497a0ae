import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Summary } from "../../src/run/summary.ts";
import { STILL_OPEN } from "../../src/core/words.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { cli, company, ended, program, settings, start, synced } from "./stage.ts";

test("a first plan names who would join what, writes nothing, and ends with 2", async () => {
  const emulator = await company();
  const { code, out, err } = await program(["plan"], settings(emulator));
  expect(code).toBe(2);
  expect(out).toContain("+ create   ada@example.com (Ada Lovelace)");
  expect(out).toContain("+ create   haruto@example.com (陽翔 佐藤)");
  expect(out).toContain("+ create   aws-ops: 3 members");
  expect(out).toContain(
    "kim@partner.example.net in aws-ops@example.com: not an account of this Google customer",
  );
  expect(out).toContain("Plan: create 5 users, create 3 groups, add 7 memberships.");
  expect(out).toContain("To apply it: npx ssosync apply\n");
  expect(err).toBe("Reading Google Workspace and IAM Identity Center\n");
  expect(emulator.writes()).toEqual([]);
});

test("when both sides agree a plan has nothing to do, and ends with 0", async () => {
  const emulator = await company();
  synced(emulator);
  const { code, out } = await cli([], settings(emulator));
  expect(out).toContain("Nothing to do: 5 users and 3 groups match Google Workspace.");
  expect(code).toBe(0);
});

test("a plan shows each difference before and after, and what a leaver loses, with the reason", async () => {
  const emulator = await company();
  synced(emulator);
  const { google } = emulator;
  google.rename("dee@example.com", "dee.ward@example.com");
  google.nameUser("dee.ward@example.com", "Dee", "Ward");
  google.suspend("haruto@example.com");
  google.deleteUser("bob@example.com");
  google.removeMember("aws-ops@example.com", "cy@example.com");
  google.addMember("aws-devs@example.com", "cy@example.com");
  const { out } = await cli(["plan"], settings(emulator));
  expect(out).toMatch(/~ update +dee@example.com \(Dee Hock\)\n +user name/);
  expect(out).toMatch(/\n +family name +Hock → Ward\n/);
  expect(out).toMatch(/user name +dee@example.com → dee.ward@example.com/);
  expect(out).toMatch(/- disable +haruto@example.com .*: suspended or archived in Google/);
  expect(out).toMatch(/- retire +bob@example.com \(Bob Kahn\): no longer in Google\n +out of aws-devs\n/);
  expect(out).toMatch(/- disable +bob@example.com .*: no longer in Google/);
  expect(out).toMatch(/ deleted on or after \d{4}-\d\d-\d\d unless the account is restored/);
  expect(out).toContain(
    "  aws-devs +1 -1\n    - bob@example.com: the user is retired\n    + cy@example.com\n",
  );
  expect(out).toContain("  aws-ops -1\n    - cy@example.com: not a member in Google\n");
  expect(out).toContain("remove 2 memberships");
  for (const open of Object.values(STILL_OPEN)) expect(out.split(open)).toHaveLength(2);
});

test("a plan that takes nothing from anybody says nothing of what stays open", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.addMember("aws-devs@example.com", "cy@example.com");
  const { out } = await cli(["plan"], settings(emulator));
  for (const open of Object.values(STILL_OPEN)) expect(out).not.toContain(open);
});

test("a removal that Google contradicts is shown as held back, and ends with 3", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.lies.hideUsers("bob@example.com");
  const { code, out } = await cli(["plan"], settings(emulator));
  expect(code).toBe(3);
  expect(out).toContain("  - disable  bob@example.com (Bob Kahn): Google's listing lacks bob@example.com");
  expect(out).toContain("Held back (1)\n");
  expect(out).toContain("Needs attention: 1 held back.\n");
  expect(out).not.toContain("Plan:");
});

test("what does not fit a budget waits: the plan says which, the numbers and how to approve it, and ends with 3", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.removeMember("aws-devs@example.com", "bob@example.com");
  const strict = settings(emulator, { MAX_USER_REMOVALS: "0" });
  const { code, out } = await cli(["plan"], strict);
  expect(code).toBe(3);
  expect(out).toContain("MAX_USER_REMOVALS (0) allows 0");
  const [, id] = /npx ssosync apply --approve (\w+)\n/.exec(out) ?? [];
  expect(out).toContain(`{"action":"sync","approve":["${id}"]}`);
  expect((await cli(["apply", "--yes"], strict)).code).toBe(3);
  expect(emulator.writes()).toEqual([]);
  const approved = await cli(["apply", "--yes", "--approve", id ?? ""], strict);
  expect(approved.code).toBe(0);
  expect(emulator.aws.user("bob@example.com").active).toBe(false);
});

test("all that waits alike has one payload more, in the plan and in the summary", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.removeMember("aws-devs@example.com", "bob@example.com");
  emulator.google.removeMember("aws-ops@example.com", "cy@example.com");
  const strict = settings(emulator, { MAX_USER_REMOVALS: "0" });
  const summary = JSON.parse((await cli(["plan", "--json"], strict)).out) as Summary;
  const ids = summary.approvals.map(({ id }) => id);
  expect(ids).toHaveLength(2);
  expect(summary.approveAll).toEqual({ removals: { action: "sync", approve: ids } });
  const { out } = await cli(["plan"], strict);
  expect(out).toContain("To approve all 2 of the kind removals:\n");
  expect(out).toContain(JSON.stringify({ action: "sync", approve: ids }));
  expect(out).toContain("2 waiting for approval");
});

test("leavers who wait make the run refused, which ends with 4 and says how to approve them", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.deleteUser("bob@example.com");
  const strict = settings(emulator, { MAX_LEAVERS: "0" });
  expect((await cli(["plan"], strict)).code).toBe(4);
  const { code, out } = await cli(["apply", "--yes"], strict);
  expect(code).toBe(4);
  expect(out).toContain("MAX_LEAVERS (0) allows 0");
  const [, id] = /npx ssosync apply --approve (\w+)\n/.exec(out) ?? [];
  expect(emulator.writes()).toEqual([]);
  const approved = await cli(["apply", "--yes", "--approve", id ?? ""], strict);
  expect(approved.code).toBe(0);
  expect(emulator.aws.user("bob@example.com").active).toBe(false);
});

test("--who narrows the plan, and the next step carries it on", async () => {
  const emulator = await company();
  const { code, out } = await cli(["plan", "--who", "AWS-Admins@example.com"], settings(emulator));
  expect(code).toBe(2);
  expect(out).toContain("Plan: create 1 user, create 1 group, add 1 membership.");
  expect(out).toContain("npx ssosync apply --who aws-admins@example.com\n");
});

test("a subject that does not exist is an error that names it", async () => {
  const emulator = await company();
  const { code, out, err } = await cli(["plan", "--who", "nobody@example.com"], settings(emulator));
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("Neither Google nor AWS knows nobody@example.com");
  expect(err).not.toContain("did you mean");
  const near = await cli(["plan", "--who", "aws-admin", "cyy@example.com"], settings(emulator));
  expect(near.err).toContain("aws-admin (did you mean aws-admins@example.com or");
  expect(near.err).toContain("cyy@example.com (did you mean cy@example.com?)");
});

test("that GROUP_MATCH matches no group is said where there would be nothing to do", async () => {
  const emulator = await company();
  const { code, out } = await cli(["plan"], settings(emulator, { GROUP_MATCH: "name:awz-*" }));
  expect(code).toBe(0);
  expect(out).toContain("No Google group matches GROUP_MATCH");
});

test("what would stop an apply is not forgotten at the end of the plan", async () => {
  const emulator = await company();
  const { out } = await cli(["plan"], settings(emulator, { SCIM_ACCESS_TOKEN: "wrong" }));
  expect(out).toContain("To apply it, once it can be written: npx ssosync apply\n");
});

test("leavers reads no groups, and counts none", async () => {
  const { out } = await cli(["leavers", "--yes"], settings(await company()));
  expect(out).toContain("Google Workspace     6 users\n");
  expect(out).not.toContain("group");
});

test("--json puts the whole summary on standard output, and nothing else", async () => {
  const emulator = await company();
  const { code, out, err } = await cli(["plan", "--json"], settings(emulator, { CACHE_METRICS: "true" }));
  expect(code).toBe(2);
  const summary = JSON.parse(out) as Record<string, unknown>;
  expect(summary).toMatchObject({
    status: "succeeded",
    dryRun: true,
    planned: { "user.create": 5 },
    more: 0,
  });
  expect(summary["changes"]).toHaveLength(8);
  expect(err).toContain("CACHE_METRICS");
});

test("--json is JSON when it fails too", async () => {
  const emulator = await company();
  const { code, out } = await cli(["plan", "--json"], settings(emulator, { SYNC_METHOD: "everything" }));
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    status: "failed",
    message: expect.stringContaining("SYNC_METHOD"),
  });
});

test("LOG_FORMAT=json prints the log's lines instead of the view", { tags: "long" }, async () => {
  const emulator = await company();
  const { code, out } = await program(["plan"], settings(emulator, { LOG_FORMAT: "json" }));
  expect(code).toBe(2);
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.filter((line) => line["audit"] === true)).toHaveLength(8);
  expect(lines.at(-1)).toMatchObject({ summary: true, status: "succeeded", trigger: "manual" });
});

test("everything that is wrong with settings and secrets is told at once", async () => {
  const emulator = await company();
  emulator.secrets.delete("SSOSyncSCIMAccessToken");
  const wrong = {
    GOOGLE_CREDENTIALS: "/no/such/key.json",
    MAX_USER_REMOVALS: "lots",
    DELETE_GRACE_DAYS: "soon",
  };
  const { code, out, err } = await cli(["plan"], settings(emulator, wrong));
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("4 problems to fix; nothing was done:\n  1. ");
  expect(err).toContain('DELETE_GRACE_DAYS "soon" cannot be used');
  expect(err).toContain('MAX_USER_REMOVALS "lots" cannot be used');
  expect(err).toContain("The file that GOOGLE_CREDENTIALS names does not exist");
  expect(err).toContain("There is no secret SSOSyncSCIMAccessToken");
  expect(emulator.count({ service: "google" })).toBe(0);
});

test("with a misspelt name everything else is told that needs no request", async () => {
  const emulator = await company();
  emulator.secrets.delete("SSOSyncSCIMAccessToken");
  const wrong = { GOOGLE_CREDENTIALS: "/no/such/key.json", SSOSYNC_GRUOP_MATCH: "*", ADOPT: "x" };
  const { err } = await cli(["plan"], settings(emulator, wrong));
  expect(err).toContain("3 problems to fix; nothing was done:\n  1. SSOSYNC_GRUOP_MATCH");
  expect(err).toContain("SSOSYNC_GROUP_MATCH");
  expect(err).toContain('ADOPT "x" cannot be used');
  expect(err).toContain("The file that GOOGLE_CREDENTIALS names does not exist");
  expect(emulator.requests).toEqual([]);
});

test("a run that fails says nothing of the requests that it ends itself", async () => {
  const emulator = await company();
  const { code, err } = await cli(["plan"], settings(emulator, { GOOGLE_ADMIN: "nobody@example.com" }));
  expect(code).toBe(1);
  expect(err).toMatch(/^Failed: There is no active Google account nobody@example\.com to act as/);
  expect(err.trim().split("\n")).toHaveLength(1);
});

test("with nothing set at all it says what is missing, without a stack trace", async () => {
  const nowhere = { AWS_EC2_METADATA_DISABLED: "true", HOME: tmpdir() };
  const { code, out, err } = await program(["plan"], nowhere);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("to fix; nothing was done");
  for (const name of ["GOOGLE_ADMIN", "GOOGLE_CREDENTIALS", "SCIM_ENDPOINT", "SCIM_ACCESS_TOKEN"]) {
    expect(err).toContain(name);
  }
  expect(err).not.toContain("    at ");
});

test("settings may come from a file by way of Node's own option", { tags: "long" }, async () => {
  const emulator = await company();
  const path = join(await mkdtemp(join(tmpdir(), "settings-")), "env");
  await writeFile(path, "INCLUDE_GROUPS=aws-admins\n");
  const child = start("src/cli.ts", ["plan"], settings(emulator), [`--env-file=${path}`]);
  const { out } = await ended(child);
  expect(out).toContain("Plan: create 1 user, create 1 group, add 1 membership.");
});

test("a name from Google cannot move the cursor, colour the terminal or forge a line", async () => {
  const emulator = await company();
  const hostile = "\u001b[2J\u001b]0;owned\u0007\r\nPlan: nothing\u202e\u009b31m";
  emulator.google.addUser({ email: "eve@example.com", givenName: hostile, familyName: "E" });
  emulator.google.addMember("aws-devs@example.com", "eve@example.com");
  emulator.google.nameGroup("aws-ops@example.com", hostile);
  emulator.aws.addUser({ userName: "mal@example.com", displayName: hostile, externalId: "1".repeat(21) });
  const { out, err } = await cli(["plan", "--verbose"], settings(emulator));
  expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  expect(out).not.toMatch(/^Plan: nothing/m);
  expect(out).toContain("eve@example.com");
  expect(out).toContain("\\u{1b}[2J");
});

test("colours come when they are asked for, and NO_COLOR turns them off", { tags: "long" }, async () => {
  const emulator = await company();
  const { out: plain } = await cli(["plan"], settings(emulator));
  const { out: coloured } = await program(["plan"], settings(emulator, { FORCE_COLOR: "1" }));
  const { out: off } = await program(["plan"], settings(emulator, { NO_COLOR: "1" }));
  expect(plain).not.toContain("\u001b[");
  expect(coloured).toContain("\u001b[32m+ create");
  expect(off).toBe(plain);
});

test("four secrets that wait for one login are one problem", async () => {
  const { code, err } = await program(["plan"], {
    AWS_REGION: "us-east-1",
    AWS_PROFILE: "nobody",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  });
  expect(code).toBe(1);
  expect(err.split("\n").slice(0, 2)).toEqual([
    "1 problem to fix; nothing was done:",
    expect.stringMatching(
      /The profile nobody has no AWS credentials for secretsmanager:GetSecretValue; .* run "aws sso login --profile nobody"\.$/,
    ),
  ]);
});

/** Where a token may be, and what a person calls the place. */
const PLACES: Readonly<
  Record<string, (secrets: Emulator["secrets"]) => readonly [given: string | undefined, called: string]>
> = {
  "the environment": () => ["wrong", "the setting SCIM_ACCESS_TOKEN"],
  "the secret of its usual name": (secrets) => {
    secrets.set("SSOSyncSCIMAccessToken", "wrong");
    return [undefined, "the secret SSOSyncSCIMAccessToken"];
  },
  "a secret of another name": (secrets) => {
    secrets.set("TokenOfOurs", "wrong");
    const arn = secrets.arn("TokenOfOurs");
    return [arn, `the secret ${arn}`];
  },
  "an SSM parameter": (secrets) => {
    const arn = secrets.setParameter("/sync/token", "wrong");
    return [arn, `the parameter ${arn}`];
  },
};

test.each(Object.entries(PLACES))(
  "a wrong token in %s is told by plan and by doctor, with that place and no other",
  async (_, put) => {
    const emulator = await company();
    const [given, called] = put(emulator.secrets);
    for (const [command, code] of [
      ["plan", 3],
      ["doctor", 1],
    ] as const) {
      emulator.forget();
      const ended = await cli([command], settings(emulator, { SCIM_ACCESS_TOKEN: given }));
      expect(ended.code).toBe(code);
      const told = ended.out.replaceAll(/\s+/g, " ").matchAll(/store (?:it|one) in (the \w+ [\w:/-]+)/g);
      expect([...told].map(([, place]) => place)).toEqual([called]);
      expect(emulator.requests.filter(({ path }) => /\/v2\//.test(path))).toHaveLength(1);
    }
  },
);

test("another endpoint than the token's is told in the plan, by one read, with where it came from", async () => {
  const emulator = await company();
  const other = emulator.scimEndpoint.replace(emulator.aws.tenant, "another-tenant");
  const { code, out } = await cli(["plan"], settings(emulator, { SCIM_ENDPOINT: other }));
  expect(code).toBe(3);
  expect(out).toContain("Plan: create 5 users");
  expect(out.replaceAll("\n", " ")).toMatch(/belongs to another endpoint.*check the setting SCIM_ENDPOINT/);
  expect(emulator.requests.filter(({ path }) => /\/v2\//.test(path))).toHaveLength(1);
});

test("a key file that others may read is a warning, and one for its owner alone is not", async () => {
  const emulator = await company();
  const path = join(await mkdtemp(join(tmpdir(), "key-")), "key.json");
  await writeFile(path, JSON.stringify(emulator.key), { mode: 0o640 });
  const given = settings(emulator, { GOOGLE_CREDENTIALS: path });
  const shared = await cli(["plan"], given);
  expect(shared).toMatchObject({ code: 2 });
  expect(shared.err).toContain(
    "Note: The file that GOOGLE_CREDENTIALS names may be read by others on this machine",
  );
  await chmod(path, 0o600);
  expect((await cli(["plan"], given)).err).not.toContain("by others");
});

test("--verbose shows every request that was answered, and nothing in it that opens a door", async () => {
  const emulator = await company();
  const { err } = await cli(["plan", "--verbose"], settings(emulator));
  const shown = err.split("\n").filter((line) => /: \d{3} in \d+ ms$/.test(line));
  expect(shown).toHaveLength(emulator.requests.length);
  for (const one of [
    /^GET \S+ \S*\/users\?.*: 200 in/,
    /^POST \S+ ListUsers: 200 in/,
    /^GET \S+ …\/Users.*: 200 in/,
  ])
    expect(
      shown.some((line) => one.test(line)),
      String(one),
    ).toBe(true);
  for (const secret of [...emulator.aws.tokens, emulator.aws.tenant, "Bearer", "assertion"])
    expect(err).not.toContain(secret);
});

test("while a request is made again, that is said once, in a pipe too", async () => {
  const emulator = await company();
  emulator.fault({ when: { service: "google" }, times: 2, do: { status: 503 } });
  emulator.fault({ when: { service: "identitystore" }, times: 1, do: { status: 429 } });
  const { code, err } = await cli(["plan"], settings(emulator));
  expect(code).toBe(2);
  expect(err.match(/has trouble \(503\); trying again\./g)).toHaveLength(1);
  expect(err.match(/asks to go slower/g)).toHaveLength(1);
});
