import { expect, it } from "vitest";
import { clinic, errors, finding, levels, trouble, USUAL_RATES } from "./clinic.ts";

const GROUP_SCOPE = "https://www.googleapis.com/auth/admin.directory.group.readonly";
const USER_SCOPE = "https://www.googleapis.com/auth/admin.directory.user.readonly";

it("when everything is right, every check is in order", async () => {
  const { examine } = await clinic();
  const report = await examine({ ...USUAL_RATES, GROUP_MATCH: "email:aws-*", USER_MATCH: "email:ada*" });
  expect(trouble(report)).toEqual([]);
  expect(report).toMatchObject({
    action: "doctor",
    status: "ok",
    counts: { error: 0, warning: 0, "not-checked": 0 },
  });
  expect(finding(report, "query.GROUP_MATCH.1").why).toBe("It finds 1 group.");
  expect(finding(report, "query.USER_MATCH.1").why).toBe("It finds 1 user.");
  expect(finding(report, "google.reading").why).toBe(
    "Google has 3 users, 1 selected group and 1 membership.",
  );
  expect(report.requests["google"]).toBeGreaterThan(3);
});

it("a revoked key is one error, and nothing that needs it is checked", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.keyRevoked = true;
  const report = await examine({ GROUP_MATCH: "name:aws-*" });
  expect(errors(report)).toEqual(["google.key"]);
  expect(finding(report, "google.key").why).toContain("its key was revoked, deleted or has expired");
  expect(finding(report, "google.key").todo).toContain("Create a new JSON key");
  const behind = [
    "google.delegation",
    "google.scope.user",
    "google.admin",
    "google.api",
    "query.GROUP_MATCH.1",
  ];
  expect(levels(report, ...behind, "google.reading", "next-run")).toEqual(Array(7).fill("not-checked"));
  expect(finding(report, "google.api")).toMatchObject({
    waitsFor: "google.key",
    why: "Not checked, because “Service account key” is not in order.",
  });
  expect(finding(report, "scim.token").level).toBe("ok");
});

it("a service account that is gone is an error of the key", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.serviceAccount = "deleted";
  expect(finding(await examine(), "google.key").why).toContain("does not know the service account");
});

it("a wrong clock is named as the cause", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.clockSkewSeconds = 4000;
  expect(finding(await examine(), "google.key").why).toContain("the clock here");
});

it("each scope is checked separately, and what the other one allows is still checked", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.delegatedScopes = [USER_SCOPE];
  const report = await examine();
  expect(errors(report)).toEqual(["google.scope.group"]);
  expect(finding(report, "google.scope.group").why).toContain(GROUP_SCOPE);
  expect(finding(report, "google.scope.group").why).not.toContain(USER_SCOPE);
  expect(finding(report, "google.scope.group").todo).toMatch(
    /^Add \S+admin\.directory\.group\.readonly to the service account's numeric client ID .*Domain-wide delegation/,
  );
  expect(
    levels(report, "google.key", "google.delegation", "google.scope.user", "google.admin", "google.users"),
  ).toEqual(Array(5).fill("ok"));
  expect(finding(report, "google.groups").waitsFor).toBe("google.scope.group");
  expect(levels(report, "google.members", "google.reading")).toEqual(["not-checked", "not-checked"]);
});

it("so is the scope for users", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.delegatedScopes = [GROUP_SCOPE];
  const report = await examine();
  expect(errors(report)).toEqual(["google.scope.user"]);
  expect(levels(report, "google.users", "google.role")).toEqual(["not-checked", "not-checked"]);
  expect(levels(report, "google.groups", "google.members")).toEqual(["ok", "ok"]);
});

it("without any delegation, the error names all scopes", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.delegatedScopes = [];
  const report = await examine();
  expect(errors(report)).toEqual(["google.delegation"]);
  expect(finding(report, "google.delegation").why).toContain(`${USER_SCOPE} and ${GROUP_SCOPE}`);
  expect(finding(report, "google.delegation").todo).toContain("numeric client ID");
  expect(levels(report, "google.key", "google.scope.user", "google.scope.group")).toEqual([
    "ok",
    "not-checked",
    "not-checked",
  ]);
});

it("a policy that blocks the client is an error of the delegation", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.accessDenied = "Account restricted";
  const report = await examine();
  expect(errors(report)).toEqual(["google.delegation"]);
  expect(finding(report, "google.key").level).toBe("ok");
});

it("an administrator who is suspended is an error", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.suspend("admin@example.com");
  const report = await examine();
  expect(errors(report)).toEqual(["google.admin"]);
  expect(finding(report, "google.admin").todo).toContain("Set GOOGLE_ADMIN to an administrator who exists");
  expect(finding(report, "google.key").level).toBe("ok");
});

it("a super administrator is a warning", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.addUser({ email: "root@example.com", admin: true });
  emulator.secrets.set("SSOSyncGoogleAdminEmail", "root@example.com");
  const report = await examine();
  expect(trouble(report)).toEqual(["warning google.role"]);
  expect(finding(report, "google.role").todo).toContain("Users › Read and Groups › Read");
  expect(report.status).toBe("warning");
});

it("an administrator without rights is an error for users and for groups", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.user("admin@example.com").isAdmin = false;
  const report = await examine();
  expect(errors(report)).toEqual(["google.users", "google.groups"]);
  expect(finding(report, "google.users").todo).toContain("Users › Read and Groups › Read");
  expect(finding(report, "google.api").level).toBe("ok");
});

it("the right to read groups alone can be missing", async () => {
  const { emulator, examine } = await clinic();
  emulator.fault({ when: { operation: "groups.list" }, times: Infinity, do: FORBIDDEN });
  const report = await examine();
  expect(errors(report)).toEqual(["google.groups"]);
  expect(levels(report, "google.users", "google.members", "google.reading")).toEqual([
    "ok",
    "not-checked",
    "not-checked",
  ]);
});

it("the right to read members alone can be missing", async () => {
  const { emulator, examine } = await clinic();
  emulator.fault({ when: { operation: "members.list" }, times: Infinity, do: FORBIDDEN });
  expect(errors(await examine())).toEqual(["google.members"]);
});

const FORBIDDEN = {
  status: 403,
  body: {
    error: {
      code: 403,
      message: "Not Authorized to access this resource/api",
      errors: [
        { message: "Not Authorized to access this resource/api", domain: "global", reason: "forbidden" },
      ],
    },
  },
};

it("an API that is switched off is one error, with the link to switch it on", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.apiEnabled = false;
  const report = await examine();
  expect(errors(report)).toEqual(["google.api"]);
  expect(finding(report, "google.api").todo).toContain(
    "console.cloud.google.com/apis/library/admin.googleapis.com",
  );
  expect(finding(report, "google.users").waitsFor).toBe("google.api");
});

it("an account that does not allow API access is an error of the same check", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.domainApis = false;
  expect(errors(await examine())).toEqual(["google.api"]);
});

it("a wrong customer is an error of listing users", async () => {
  const { examine } = await clinic();
  const report = await examine({ CUSTOMER_ID: "C0wrong" });
  expect(finding(report, "google.users").todo).toContain("Set CUSTOMER_ID to my_customer");
});

it("a query that Google refuses is an error, and the others are still checked", async () => {
  const { examine } = await clinic();
  const report = await examine({
    USER_MATCH: "orgUnitPath=/Nowhere,email:ada*",
    GROUP_MATCH: "name:aws-*,name:xyz-*",
  });
  expect(errors(report)).toEqual(["query.USER_MATCH.1"]);
  expect(finding(report, "query.USER_MATCH.1").why).toContain("organizational unit that does not exist");
  expect(finding(report, "query.USER_MATCH.2").level).toBe("ok");
  expect(finding(report, "query.GROUP_MATCH.1").why).toBe("It finds 1 group.");
  expect(finding(report, "query.GROUP_MATCH.2")).toMatchObject({
    level: "warning",
    why: "It finds no group at all.",
  });
  expect(finding(report, "google.reading").waitsFor).toBe("query.USER_MATCH.1");
});

it("when Google cannot be reached, that is one error", async () => {
  const { emulator, examine } = await clinic();
  emulator.fault({ when: { service: "token" }, times: Infinity, do: "drop-before" });
  const report = await examine();
  expect(errors(report)).toEqual(["google.key"]);
  expect(finding(report, "google.key").why).toContain("could not be reached");
  expect(finding(report, "google.delegation").waitsFor).toBe("google.key");
});

it("a listing that cannot be trusted is an error of the reading", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.lies.repeatForEver("members.list");
  const report = await examine();
  expect(errors(report)).toEqual(["google.reading"]);
});

it("a company without groups is an error, because nothing would ever be synced", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.deleteGroup("aws-admins@example.com");
  const report = await examine();
  expect(finding(report, "google.groups")).toMatchObject({
    level: "warning",
    why: "Google lists no groups at all.",
  });
  expect(errors(report)).toEqual(["google.reading"]);
});
