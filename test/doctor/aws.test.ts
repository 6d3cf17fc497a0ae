import { expect, it } from "vitest";
import { createAws } from "../emulator/aws-directory.ts";
import { instanceOf } from "../emulator/identity-store.ts";
import { clinic, errors, finding, levels, trouble } from "./clinic.ts";

const DAY_MS = 86_400_000;

it("a wrong token is an error, and the Identity Store is still read", async () => {
  const { emulator, examine } = await clinic();
  emulator.aws.tokens.clear();
  emulator.aws.tokens.add("another-token");
  const report = await examine();
  expect(errors(report)).toEqual(["scim.token"]);
  expect(finding(report, "scim.token").todo).toContain("Create a new token");
  expect(levels(report, "aws.reading", "aws.same-directory")).toEqual(["ok", "not-checked"]);
});

it("an endpoint that describes itself to anyone does not prove that the token works", async () => {
  const { emulator, examine } = await clinic();
  emulator.fault({
    when: (request) => request.path.endsWith("/ServiceProviderConfig"),
    times: Infinity,
    do: { status: 200, body: { schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"] } },
  });
  emulator.aws.tokens.clear();
  expect(errors(await examine())).toEqual(["scim.token"]);
});

it("a token in its last month is a warning that says where to create the next one", async () => {
  const { emulator, examine } = await clinic();
  const [token = ""] = emulator.aws.tokens;
  emulator.secrets.set("SSOSyncSCIMAccessToken", token, { createdAt: new Date(Date.now() - 340 * DAY_MS) });
  const age = finding(await examine(), "scim.token-age");
  expect(age.level).toBe("warning");
  expect(age.why).toContain("expires in 25 days");
  expect(age.todo).toContain("Automatic provisioning");
});

it("a token of unknown age is a warning, because nobody will be warned before it expires", async () => {
  const { emulator, examine } = await clinic();
  const [token = ""] = emulator.aws.tokens;
  const report = await examine({ SCIM_ACCESS_TOKEN: token }, { place: "terminal" });
  expect(trouble(report)).toEqual(["warning scim.token-age"]);
});

it.each(["ListUsers", "ListGroups", "ListGroupMemberships"])(
  "a missing right to %s is named, and only that one",
  async (action) => {
    const { emulator, examine } = await clinic();
    emulator.denied.add(`identitystore:${action}`);
    const report = await examine();
    expect(errors(report)).toEqual([`iam.${action}`]);
    expect(finding(report, `iam.${action}`).todo).toContain(`Add identitystore:${action} to the policy`);
    expect(levels(report, "aws.reading", "next-run")).toEqual(["not-checked", "not-checked"]);
  },
);

it.each(["DescribeUser", "DescribeGroup"])(
  "a missing right to %s is a warning, since only a first run needs it",
  async (action) => {
    const { emulator, examine } = await clinic();
    emulator.denied.add(`identitystore:${action}`);
    const report = await examine();
    expect(trouble(report)).toEqual([`warning iam.${action}`]);
    expect(finding(report, "aws.reading").level).toBe("ok");
  },
);

it("all missing rights are named at once", async () => {
  const { emulator, examine } = await clinic();
  for (const action of ["ListUsers", "ListGroupMemberships"]) emulator.denied.add(`identitystore:${action}`);
  expect(errors(await examine())).toEqual(["iam.ListUsers", "iam.ListGroupMemberships"]);
});

it("a missing right to list instances is named, unless IDENTITY_STORE_ID makes it unnecessary", async () => {
  const { emulator, examine } = await clinic();
  emulator.denied.add("sso:ListInstances");
  const report = await examine();
  expect(errors(report)).toEqual(["aws.identity-store"]);
  expect(finding(report, "aws.identity-store").why).toContain("sso:ListInstances");
  expect(finding(report, "iam.ListUsers").level).toBe("not-checked");
  const spared = await examine({ IDENTITY_STORE_ID: emulator.aws.identityStoreId });
  expect(errors(spared)).toEqual([]);
  // What users and groups carry needs the instance, which has another id.
  expect(trouble(spared)).toEqual(["warning access.strays"]);
});

it("several instances are listed to choose from", async () => {
  const { emulator, examine } = await clinic();
  emulator.identityStore.instances.push(instanceOf(createAws(() => new Date(), "other")));
  const report = await examine();
  expect(finding(report, "aws.identity-store").todo).toBe("Set IDENTITY_STORE_ID to the one to sync.");
});

it("an Identity Store that does not exist shows in the permissions that fail because of it", async () => {
  const { examine } = await clinic();
  const report = await examine({ IDENTITY_STORE_ID: "d-0000000000" });
  expect(finding(report, "iam.ListUsers").why).toContain("There is no Identity Store d-0000000000");
  expect(finding(report, "aws.reading").level).toBe("not-checked");
});

it("an Identity Store whose key is gone is an error for every permission", async () => {
  const { emulator, examine } = await clinic();
  const lost = { __type: "ResourceNotFoundException", Message: "not found", Reason: "KMS_KEY_NOT_FOUND" };
  emulator.fault({
    when: { service: "identitystore" },
    times: Infinity,
    do: { status: 400, body: lost },
  });
  const report = await examine();
  const rights = ["iam.ListUsers", "iam.ListGroups", "iam.ListGroupMemberships", "iam.DescribeUser"];
  expect(levels(report, ...rights)).toEqual(["error", "error", "error", "warning"]);
  expect(finding(report, "iam.ListUsers").todo).toContain("llow kms:Decrypt on that key");
});

it("with AWS_READ=scim a list without pages is an error that says what to do", async () => {
  const { emulator, examine } = await clinic();
  emulator.aws.addUser({ userName: "ada@example.com" });
  emulator.aws.policy.cursor = "ignored";
  const report = await examine({ AWS_READ: "scim" });
  expect(errors(report)).toEqual(["aws.reading"]);
  expect(finding(report, "aws.reading").todo).toMatch(/^Set AWS_READ=identitystore, and look for a proxy/);
});

it("an endpoint that belongs to another directory is an error", async () => {
  const { emulator, examine } = await clinic();
  const other = createAws(() => new Date(), "other");
  other.addUser({ userName: "stranger@example.org" });
  emulator.identityStore.directory = other;
  emulator.identityStore.instances.splice(0, 1, instanceOf(other));
  const report = await examine();
  expect(errors(report)).toEqual(["aws.same-directory"]);
  expect(finding(report, "aws.same-directory").todo).toContain("IDENTITY_STORE_ID");
});

it("whether two empty directories are the same is left to the first object", async () => {
  const { examine } = await clinic();
  expect(finding(await examine(), "aws.same-directory").why).toContain("Both are empty");
});

it("with AWS_READ=scim no permission for the Identity Store is checked", async () => {
  const { emulator, examine } = await clinic();
  for (const action of ["identitystore:ListUsers", "sso:ListInstances"]) emulator.denied.add(action);
  const report = await examine({ AWS_READ: "scim", IDENTITY_STORE_ID: emulator.aws.identityStoreId });
  expect(trouble(report)).toEqual(["warning access.reading"]);
  expect(report.findings.some(({ id }) => id.startsWith("iam."))).toBe(false);
  expect(emulator.count({ service: "identitystore" })).toBe(0);
});

it("with AWS_READ=scim nothing can be read when the token is refused", async () => {
  const { emulator, examine } = await clinic();
  emulator.aws.tokens.clear();
  const report = await examine({ AWS_READ: "scim" });
  expect(levels(report, "scim.token", "aws.reading", "next-run")).toEqual([
    "error",
    "not-checked",
    "not-checked",
  ]);
});

it("an endpoint that names no Region needs AWS_REGION", async () => {
  const { emulator, examine } = await clinic();
  const report = await examine(
    {
      AWS_REGION: undefined,
      SCIM_ENDPOINT: emulator.scimEndpoint,
      SCIM_ACCESS_TOKEN: "some-token",
      GOOGLE_ADMIN: "admin@example.com",
      GOOGLE_CREDENTIALS: JSON.stringify(emulator.key),
    },
    { place: "terminal" },
  );
  expect(errors(report)).toEqual(["aws.region"]);
  expect(finding(report, "aws.region").todo).toContain("Set AWS_REGION");
  expect(finding(report, "google.reading").level).toBe("ok");
});
