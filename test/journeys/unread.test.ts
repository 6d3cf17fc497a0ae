/** What Google does not show is held still; what it shows is synced. */
import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { type Json, type RecordedRequest, without } from "../emulator/wire.ts";
import { journey, type Journey } from "./journey.ts";

const refuse = ({ google }: Journey, group: string): void =>
  void google.policy.hiddenMembers.set(at(group), "forbidden");

async function settled(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
  await j.sync();
  return j;
}

describe("a group whose members are refused", () => {
  test(
    "keeps them but for leavers, others are synced, and the run says which and why",
    { tags: "long" },
    async () => {
      const j = await settled();
      const before = j.aws.membersOf("aws-readonly");
      refuse(j, "aws-readonly");
      j.google.deleteUser(at("kim"));
      j.google.addMember(at("aws-admins"), at("linus"));
      const summary = await j.run();
      expect(summary).toMatchObject({ status: "attention", skipped: { unread: 1 } });
      expect(summary.message).toContain("403 forbidden: Not Authorized to access this resource/api");
      expect(j.aws.membersOf("aws-readonly")).toEqual(before.filter((one) => one !== at("kim")));
      expect(j.aws.user(at("kim")).active).toBe(false);
      expect(j.aws.membersOf("aws-admins")).toContain(at("linus"));
    },
  );

  test("ends the run as failed when they are three, after what can be done", { tags: "long" }, async () => {
    const j = await settled();
    for (const group of ["aws-readonly", "aws-backend", "aws-engineers"]) refuse(j, group);
    j.google.addMember(at("aws-admins"), at("linus"));
    const summary = await j.run();
    expect(summary.status).toBe("failed");
    expect(summary.message).toMatch(/^3 of 4 groups could not be read/u);
    expect(j.aws.membersOf("aws-admins")).toContain(at("linus"));
  });

  test(
    "is not even asked for them when it is ignored by its address, unless another group nests it",
    { tags: "long" },
    async () => {
      const j = await settled();
      refuse(j, "aws-readonly");
      const asked = (group: string) =>
        j.emulator.count(({ path }) => path.endsWith(`${j.google.group(at(group)).id}/members`));
      expect((await j.run({}, { settings: { IGNORE_GROUPS: "aws-readonly@*" } })).status).toBe("succeeded");
      expect([asked("aws-readonly"), asked("aws-backend") > 0]).toEqual([0, true]);
      refuse(j, "aws-backend");
      expect((await j.run({}, { settings: { IGNORE_GROUPS: "aws-readonly@*,aws-backend@*" } })).status).toBe(
        "attention",
      );
    },
  );
});

test("who is unread may be named, and is attention rather than an error", async () => {
  const j = await settled();
  j.google.addUser({ email: at("odd"), givenName: "Odd", familyName: "Row" });
  j.google.addMember(at("aws-admins"), at("odd"));
  const spoilt = (row: object) => ({ ...row, suspended: "maybe" });
  const { id } = j.google.user(at("odd"));
  j.emulator.fault({
    when: ({ operation }) => operation.startsWith("users."),
    times: Infinity,
    do: (_, answer) => {
      const body = answer.body as { id?: string; users?: { id: string }[] };
      if (body.id === id) return { ...answer, body: spoilt(body) };
      const users = body.users?.map((row) => (row.id === id ? spoilt(row) : row));
      return users === undefined ? answer : { ...answer, body: { ...body, users } };
    },
  });
  expect(await j.run({ action: "sync", only: [at("odd")] })).toMatchObject({
    status: "attention",
    planned: {},
  });
  expect(j.aws.users.some(({ userName }) => userName === at("odd"))).toBe(false);
});

describe("a leaver whose row is odd wherever Google shows it", () => {
  const nameless = (row: Json): Json => (row["primaryEmail"] === at("kim") ? without(row, "name") : row);

  test.each(["suspended", "archived"] as const)(
    "is out once it says %s, and keeps the groups",
    async (state) => {
      const j = await settled();
      const before = j.aws.membersOf("aws-readonly");
      expect(before).toContain(at("kim"));
      j.emulator.fault({
        when: ({ operation }) => operation === "users.list" || operation === "users.get",
        times: Infinity,
        do: (_, { body, ...answer }) => {
          const { users, ...rest } = body as Json & { readonly users?: readonly Json[] };
          return {
            ...answer,
            body: users === undefined ? nameless(rest) : { ...rest, users: users.map(nameless) },
          };
        },
      });
      j.google[state === "suspended" ? "suspend" : "archive"](at("kim"));
      j.google.addMember(at("aws-admins"), at("linus"));
      const summary = await j.run();
      expect(summary).toMatchObject({ status: "attention", skipped: { unread: 1 }, held: {} });
      expect(j.aws.user(at("kim")).active).toBe(false);
      expect(j.aws.membersOf("aws-readonly")).toEqual(before);
      expect(j.aws.membersOf("aws-admins")).toContain(at("linus"));
      expect(await j.run()).toMatchObject({ status: "attention", skipped: { unread: 1 }, planned: {} });
    },
  );
});

describe("what AWS does not show", () => {
  const DENIED = { status: 400, body: { __type: "AccessDeniedException", Message: "explicit deny" } };
  const members =
    (group: string) =>
    ({ operation, body, query }: RecordedRequest) =>
      operation === "ListGroupMemberships"
        ? JSON.stringify(body).includes(group)
        : (query["filter"] ?? "").includes(`groups.value eq "${group}"`);

  test.each([
    ["identitystore", DENIED, /explicit deny/],
    ["scim", { status: 403 }, /accepts the same token for other requests/],
  ] as const)(
    "over %s, of one group's members stays as it is, and is told in AWS's words",
    async (AWS_READ, answer, words) => {
      const j = await settled({ AWS_READ });
      const { id } = j.aws.group("aws-readonly");
      const before = j.aws.membersOf("aws-readonly");
      j.emulator.fault({ when: members(id), times: Infinity, do: answer });
      j.google.deleteUser(at("kim"));
      j.google.removeMember(at("aws-readonly"), at("lena"));
      j.google.addMember(at("aws-readonly"), at("linus"));
      j.google.addMember(at("aws-admins"), at("linus"));
      const summary = await j.run();
      expect(summary).toMatchObject({ status: "attention", skipped: { unread: 1 } });
      expect(summary.message).toMatch(words);
      expect(j.aws.membersOf("aws-readonly")).toEqual(before);
      expect(j.aws.user(at("kim")).active).toBe(false);
      expect(j.aws.membersOf("aws-admins")).toContain(at("linus"));
    },
  );

  test(
    "because two users have one external id, stays as it is until they leave, and nobody is made a third time",
    { tags: "long" },
    async () => {
      const j = await settled();
      const { externalId, issuer } = j.aws.user(at("linus"));
      j.emulator.fault({
        when: { operation: "ListUsers" },
        times: Infinity,
        do: (_, answer) => {
          const { Users, ...rest } = answer.body as { Users: readonly object[] };
          const twin = {
            UserId: "11111111-2222",
            UserName: "twin",
            ExternalIds: [{ Issuer: issuer, Id: externalId }],
          };
          return { ...answer, body: { Users: [...Users, { ...twin, UserStatus: "ENABLED" }], ...rest } };
        },
      });
      j.google.suspend(at("kim"));
      const before = j.aws.users.length;
      expect(await j.run()).toMatchObject({ status: "attention", skipped: { unread: 2 }, failed: {} });
      expect([j.aws.users.length, j.aws.user(at("linus")).active]).toEqual([before, true]);
      expect(j.aws.user(at("kim")).active).toBe(false);
      j.google.suspend(at("linus"));
      expect(await j.run()).toMatchObject({
        status: "attention",
        applied: { "user.disable": 1 },
        failed: {},
      });
      expect(j.aws.user(at("linus")).active).toBe(false);
    },
  );

  test("of three groups, and over 5 %, ends the run as failed, after what can be done", async () => {
    const j = await settled();
    for (const group of ["aws-readonly", "aws-backend", "aws-engineers"])
      j.emulator.fault({ when: members(j.aws.group(group).id), times: Infinity, do: DENIED });
    j.google.addMember(at("aws-admins"), at("linus"));
    const summary = await j.run();
    expect(summary.status).toBe("failed");
    expect(summary.message).toMatch(/^3 of \d+ groups in AWS could not be read/u);
    expect(j.aws.membersOf("aws-admins")).toContain(at("linus"));
  });
});

test("somebody who left every group is out, though a partner's group of theirs cannot be asked about", async () => {
  const j = await journey({ settings: { GROUP_MATCH: "*" } });
  j.google.addGroup({ email: "partners@elsewhere.org", foreign: true });
  j.google.addMember("partners@elsewhere.org", at("lena"));
  await j.sync();
  j.google.removeMember(at("aws-readonly"), at("lena"));
  expect(await j.run()).toMatchObject({ status: "succeeded", held: {} });
  expect(j.aws.user(at("lena")).active).toBe(false);
});

test("names that another tool wrote as they were are the same names", async () => {
  const j = await journey({
    also: (google) => {
      google.addGroup({ email: at("aws-blank"), name: "Platform Team " });
      google.addGroup({ email: at("aws-two"), name: "Data  Sci\u00a0ence" });
    },
  });
  await j.sync();
  for (const [cleaned, raw] of [
    ["Platform Team", "Platform Team "],
    ["Data Sci ence", "Data  Sci\u00a0ence"],
  ] as const)
    Object.assign(j.aws.group(cleaned), { displayName: raw });
  expect(j.aws.groups.map(({ displayName }) => displayName)).toContain("Platform Team ");
  await j.quiet();
});
