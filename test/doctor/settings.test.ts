import { expect, it } from "vitest";
import { CANARY, clinic, errors, finding, levels, trouble } from "./clinic.ts";

it("every wrong setting is an error, and what does not depend on it is still checked", async () => {
  const { examine } = await clinic();
  const report = await examine({ MANAGE: "usres", LOG_LEVEL: "loud", SSOSYNC_GROUP_MACTH: "x" });
  expect(errors(report)).toEqual(["settings.1", "settings.2", "settings.3"]);
  const told = report.findings
    .filter(({ level }) => level === "error")
    .map(({ why, todo }) => `${why} ${todo}`);
  expect(told.join("\n")).toMatch(/SSOSYNC_GROUP_MACTH[\s\S]*usres[\s\S]*LOG_LEVEL/);
  expect(levels(report, "google.reading", "aws.reading", "aws.same-directory")).toEqual(["ok", "ok", "ok"]);
  expect(finding(report, "next-run")).toMatchObject({ level: "not-checked", waitsFor: "settings.2" });
});

it("with a wrong query, the rest of Google is still checked", async () => {
  const { examine } = await clinic();
  const report = await examine({ GROUP_MATCH: "name:'aws-*" });
  expect(errors(report)).toEqual(["settings.1"]);
  expect(finding(report, "settings.1").todo).toContain("Close the single quotation mark");
  expect(levels(report, "google.users", "google.groups")).toEqual(["ok", "ok"]);
  expect(finding(report, "google.reading").waitsFor).toBe("settings.1");
});

it("with a wrong address of Google's API, the tokens are still checked", async () => {
  const { examine } = await clinic();
  const report = await examine({ GOOGLE_ROOT_URL: "https://evil.example/" });
  expect(levels(report, "google.scope.user", "google.api")).toEqual(["ok", "not-checked"]);
  expect(finding(report, "google.api").waitsFor).toBe("settings.1");
});

it("with a wrong AWS_READ, the token is still checked", async () => {
  const { examine } = await clinic();
  const report = await examine({ AWS_READ: "telepathy" });
  expect(levels(report, "scim.token", "aws.identity-store")).toEqual(["ok", "not-checked"]);
});

it("settings that contradict each other are an error", async () => {
  const { examine } = await clinic();
  const report = await examine({ INCLUDE_GROUPS: "aws-admins", IGNORE_GROUPS: "aws-*" });
  expect(errors(report)).toEqual(["settings.1"]);
  expect(finding(report, "settings.1").todo).toBe("Change one of the two.");
  expect(finding(report, "google.reading").waitsFor).toBe("settings.1");
  expect(levels(report, "google.users", "aws.reading")).toEqual(["ok", "ok"]);
});

it.each([
  ["GOOGLE_SDK_NODE_LOGGING", "all"],
  ["NODE_DEBUG", "http"],
  ["NODE_TLS_REJECT_UNAUTHORIZED", "0"],
])("%s=%s would show tokens, so nothing is asked at all", async (name, value) => {
  const { emulator, examine } = await clinic();
  const report = await examine({ [name]: value });
  expect(errors(report)).toEqual(["settings.1"]);
  expect(levels(report, "secret.SCIM_ACCESS_TOKEN", "google.key", "scim.token")).toEqual(
    Array(3).fill("not-checked"),
  );
  expect(emulator.requests).toHaveLength(0);
});

it.each([
  ["DRY_RUN", "true", "settings.dry-run"],
  ["APPROVE_QUALIFIER", "any", "settings.approvers"],
  ["DELETE_GRACE_DAYS", "0", "settings.grace"],
  ["MAX_USER_REMOVALS", "0", "settings.limit.users"],
  ["MAX_GROUP_REMOVALS", "100%", "settings.limit.groups"],
  ["MAX_MEMBERSHIP_REMOVALS", "0%", "settings.limit.memberships"],
  ["CACHE_METRICS", "true", "settings.notice.1"],
  ["SCIM_RATE", "25", "quota.SCIM_RATE"],
  ["IDENTITY_STORE_RATE", "30", "quota.IDENTITY_STORE_RATE"],
  ["GOOGLE_RATE", "100", "quota.GOOGLE_RATE"],
  ["IGNORE_USERS", "nobody@*", "settings.IGNORE_USERS"],
  ["IGNORE_GROUPS", "zed-*", "settings.IGNORE_GROUPS"],
  ["PROTECT_GROUPS", "zed-*", "settings.PROTECT_GROUPS"],
  ["REQUIRED_MEMBERS", "aws-zed:1", "settings.REQUIRED_MEMBERS"],
  ["REQUIRED_MEMBERS", "aws-admins:2", "settings.REQUIRED_MEMBERS"],
  ["INCLUDE_GROUPS", "aws-admins@example.com,zed@example.com", "settings.INCLUDE_GROUPS"],
  ["INCLUDE_GROUPS", "aws-admins", "settings.fence"],
  ["GROUP_MATCH", "name:aws-*", "settings.fence.match"],
])("%s=%s is a warning and nothing else", async (name, value, id) => {
  const { examine } = await clinic();
  const report = await examine({ [name]: value });
  expect(trouble(report)).toEqual([`warning ${id}`]);
  expect(finding(report, id).why).not.toBe("");
  expect(finding(report, id).todo).not.toBe("");
});

it("a pattern that matches nothing is named, one that matches is not", async () => {
  const { examine } = await clinic();
  const told = finding(await examine({ IGNORE_USERS: "bob@*,nobody@*" }), "settings.IGNORE_USERS");
  expect(told.why).toBe('"nobody@*" matches nothing on either side.');
  expect(told.todo).toBe('Correct "nobody@*" in IGNORE_USERS, or remove it.');
});

it("a pattern that only an alias of a synced user meets matches nothing", async () => {
  const { emulator, examine } = await clinic();
  const bob = emulator.google.user("bob@example.com");
  bob.aliases.push("bob@frozen.example");
  expect(trouble(await examine({ IGNORE_USERS: "*@frozen.example" }))).toEqual([]);
  emulator.aws.addUser({ userName: "bob@example.com", externalId: bob.id });
  const told = finding(await examine({ IGNORE_USERS: "*@frozen.example" }), "settings.IGNORE_USERS");
  expect(told.why).toContain("matches nothing");
});

it("a name for a group that is not there is named", async () => {
  const { examine } = await clinic();
  const names = "aws-admins@example.com=Admins,nobody@example.com=Nobody";
  const told = finding(await examine({ GROUP_NAMES: names }), "settings.GROUP_NAMES");
  expect(told.why).toBe('"nobody@example.com" matches nothing on either side.');
});

it("a pattern may match only in AWS", async () => {
  const { emulator, examine } = await clinic();
  emulator.aws.addGroup({ displayName: "break-glass" });
  expect(trouble(await examine({ PROTECT_GROUPS: "break-*" }))).toEqual([]);
});

it("ignoring everybody is a warning", async () => {
  const { examine } = await clinic();
  expect(trouble(await examine({ IGNORE_USERS: "*" }))).toContain("warning settings.IGNORE_USERS.all");
  expect(trouble(await examine({ IGNORE_GROUPS: "*" }))).toContain("warning settings.IGNORE_GROUPS.all");
});

it(
  "managing memberships without groups or users to attach them to is a warning",
  { tags: "long" },
  async () => {
    const { examine } = await clinic();
    const told = async (manage: string) => finding(await examine({ MANAGE: manage }), "settings.MANAGE").why;
    expect(await told("users,memberships")).toContain("MANAGE lists memberships but not groups");
    expect(await told("groups,memberships")).toContain("MANAGE lists memberships but not users");
  },
);

// ---------------------------------------------------------------- secrets

it("a missing secret is an error that says how to create it, and the other side is still checked", async () => {
  const { emulator, examine } = await clinic();
  emulator.secrets.delete("SSOSyncSCIMAccessToken");
  const report = await examine();
  expect(errors(report)).toEqual(["secret.SCIM_ACCESS_TOKEN"]);
  expect(finding(report, "secret.SCIM_ACCESS_TOKEN").todo).toContain("aws secretsmanager create-secret");
  expect(finding(report, "scim.token").waitsFor).toBe("secret.SCIM_ACCESS_TOKEN");
  expect(finding(report, "google.reading").level).toBe("ok");
});

it("a missing right to read a secret is named", async () => {
  const { emulator, examine } = await clinic();
  emulator.denied.add("secretsmanager:GetSecretValue");
  const report = await examine();
  expect(errors(report)).toHaveLength(4);
  expect(finding(report, "secret.GOOGLE_ADMIN").why).toContain(
    "does not allow secretsmanager:GetSecretValue",
  );
});

it.each([
  ["SSOSyncGoogleCredentials", `{"private_key":"${CANARY}"}`, "secret.GOOGLE_CREDENTIALS", "google.key"],
  ["SSOSyncGoogleAdminEmail", CANARY, "secret.GOOGLE_ADMIN", "google.key"],
  ["SSOSyncSCIMEndpointUrl", `https://aws.example/${CANARY}/scim/v2`, "secret.SCIM_ENDPOINT", "scim.token"],
  ["SSOSyncSCIMAccessToken", `Bearer ${CANARY}`, "secret.SCIM_ACCESS_TOKEN", "scim.token"],
])("what stands in %s by mistake is an error and is not repeated", async (name, value, id, behind) => {
  const { emulator, examine } = await clinic();
  emulator.secrets.set(name, value);
  const report = await examine();
  expect(errors(report)).toEqual([id]);
  expect(finding(report, behind).level).toBe("not-checked");
});

it("a literal token in Lambda is an error of the settings, and the other secrets are still checked", async () => {
  const { examine } = await clinic();
  const report = await examine({ SCIM_ACCESS_TOKEN: CANARY });
  expect(errors(report)).toEqual(["settings.1"]);
  expect(finding(report, "secret.SCIM_ACCESS_TOKEN").waitsFor).toBe("settings.1");
  expect(finding(report, "secret.GOOGLE_ADMIN").why).toBe(
    "It comes from the secret SSOSyncGoogleAdminEmail.",
  );
});

it("without a Region no secret can be looked up, and each says so", async () => {
  const { examine } = await clinic();
  const report = await examine({ AWS_REGION: undefined });
  expect(errors(report)).toHaveLength(4);
  expect(finding(report, "secret.GOOGLE_ADMIN").todo).toContain("AWS_REGION");
});
