/** Identity Store, SSO admin, Secrets Manager, Parameter Store: facts of AWS, B, D, E. */
import { expect, test } from "vitest";
import { askAws } from "./ask.ts";
import type { Emulator } from "./emulator.ts";
import { createAws } from "./aws-directory.ts";
import { useEmulator } from "./use-emulator.ts";

async function store(): Promise<{ emulator: Emulator; IdentityStoreId: string }> {
  const emulator = await useEmulator();
  for (const name of ["ada", "bob", "cyd", "dan"]) emulator.aws.addUser({ userName: `${name}@example.com` });
  emulator.aws.addGroup({ displayName: "Admins", externalId: "01abcdefghij" });
  emulator.aws.addMembership("Admins", "ada@example.com");
  return { emulator, IdentityStoreId: emulator.aws.identityStoreId };
}

const list = (emulator: Emulator, input: object) => askAws(emulator, "AWSIdentityStore.ListUsers", input);

// B4: client faults are HTTP 400
test("the id of another store is not found, which is HTTP 400", async () => {
  const { emulator } = await store();
  const { status, body } = await list(emulator, { IdentityStoreId: "d-0000000000" });
  expect(status).toBe(400);
  expect(body).toMatchObject({
    __type: "ResourceNotFoundException",
    ResourceType: "IDENTITY_STORE",
    ResourceId: "d-0000000000",
  });
});

test("a denied action is named the way AWS names it", async () => {
  const { emulator, IdentityStoreId } = await store();
  emulator.denied.add("identitystore:ListUsers").add("sso:ListInstances");
  const { status, body } = await list(emulator, { IdentityStoreId });
  expect(status).toBe(400);
  expect(body["__type"]).toBe("AccessDeniedException");
  expect(body["Message"]).toMatch(
    /^User: arn:aws:sts::.* is not authorized to perform: identitystore:ListUsers on/,
  );
  const sso = await askAws(emulator, "SWBExternalService.ListInstances", {}, "sso");
  expect(sso.body["Message"]).toContain("is not authorized to perform: sso:ListInstances");
});

test("a request must be signed, by known credentials, for the service", async () => {
  const { emulator, IdentityStoreId } = await store();
  const input = { IdentityStoreId };
  const type = async (signedFor: string) =>
    (await askAws(emulator, "AWSIdentityStore.ListUsers", input, signedFor)).body["__type"];
  expect(await type("")).toBe("MissingAuthenticationTokenException");
  expect(await type("sso")).toBe("InvalidSignatureException");
});

test.each([
  ["MaxResults of 101", { MaxResults: 101 }],
  ["MaxResults of 0", { MaxResults: 0 }],
  ["an unknown NextToken", { NextToken: "nowhere" }],
])("%s is a ValidationException", async (_, more) => {
  const { emulator, IdentityStoreId } = await store();
  expect((await list(emulator, { IdentityStoreId, ...more })).body["__type"]).toBe("ValidationException");
});

test("objects that do not exist are not found", async () => {
  const { emulator, IdentityStoreId } = await store();
  const ask = (operation: string, input: object) =>
    askAws(emulator, `AWSIdentityStore.${operation}`, { IdentityStoreId, ...input });
  const user = await ask("DescribeUser", { UserId: "none" });
  expect(user.body).toMatchObject({ __type: "ResourceNotFoundException", ResourceType: "USER" });
  const group = await ask("ListGroupMemberships", { GroupId: "none" });
  expect(group.body).toMatchObject({ __type: "ResourceNotFoundException", ResourceType: "GROUP" });
  const AlternateIdentifier = { UniqueAttribute: { AttributePath: "displayName", AttributeValue: "none" } };
  const named = await ask("GetGroupId", { AlternateIdentifier });
  expect(named.body).toMatchObject({ __type: "ResourceNotFoundException" });
});

test("memberships can be listed by group and by member", async () => {
  const { emulator, IdentityStoreId } = await store();
  const GroupId = emulator.aws.group("Admins").id;
  const [ada, bob] = ["ada@example.com", "bob@example.com"].map((name) => emulator.aws.user(name).id);
  const ask = (operation: string, input: object) =>
    askAws(emulator, `AWSIdentityStore.${operation}`, { IdentityStoreId, ...input });
  const of = await ask("ListGroupMembershipsForMember", { MemberId: { UserId: ada } });
  expect(of.body["GroupMemberships"]).toMatchObject([{ GroupId, MemberId: { UserId: ada } }]);
  const is = await ask("IsMemberInGroups", { MemberId: { UserId: bob }, GroupIds: [GroupId] });
  expect(is.body["Results"]).toEqual([{ GroupId, MemberId: { UserId: bob }, MembershipExists: false }]);
  const AlternateIdentifier = { ExternalId: { Issuer: emulator.aws.issuer, Id: "01abcdefghij" } };
  expect((await ask("GetGroupId", { AlternateIdentifier })).body["GroupId"]).toBe(GroupId);
});

test("the Identity Store can be a different directory from the SCIM endpoint's", async () => {
  const { emulator } = await store();
  const other = createAws(() => new Date(), "other");
  other.addUser({ userName: "eve@example.com" });
  emulator.identityStore.directory = other;
  const { body } = await list(emulator, { IdentityStoreId: other.identityStoreId });
  expect(body["Users"]).toMatchObject([{ UserName: "eve@example.com" }]);
  expect((await list(emulator, { IdentityStoreId: emulator.aws.identityStoreId })).status).toBe(400);
});

// E
const secret = (emulator: Emulator, operation: string, input: object) =>
  askAws(emulator, `secretsmanager.${operation}`, input, "secretsmanager");

test("a secret is found by name and by ARN, as text or bytes, with the date of its version", async () => {
  const { emulator } = await store();
  const createdAt = new Date("2026-01-01T00:00:00Z");
  const arn = emulator.secrets.set("bytes", Buffer.from("value"), { createdAt });
  for (const SecretId of ["bytes", arn, arn.slice(0, -7)]) {
    const { body } = await secret(emulator, "GetSecretValue", { SecretId });
    expect(body).toMatchObject({ Name: "bytes", CreatedDate: createdAt.getTime() / 1000 });
    expect(Buffer.from(String(body["SecretBinary"]), "base64").toString()).toBe("value");
  }
  const { body } = await secret(emulator, "DescribeSecret", { SecretId: "bytes" });
  expect(body).toMatchObject({ ARN: arn, CreatedDate: createdAt.getTime() / 1000 });
  expect(body).not.toHaveProperty("SecretBinary");
});

test("a missing secret and one marked for deletion are refused, each in its own way", async () => {
  const { emulator } = await store();
  emulator.secrets.scheduleDeletion("SSOSyncSCIMAccessToken");
  const marked = await secret(emulator, "GetSecretValue", { SecretId: "SSOSyncSCIMAccessToken" });
  expect([marked.status, marked.body["__type"]]).toEqual([400, "InvalidRequestException"]);
  const missing = await secret(emulator, "GetSecretValue", { SecretId: "none" });
  expect([missing.status, missing.body["__type"]]).toEqual([400, "ResourceNotFoundException"]);
});

test("a bad secret in a batch is an entry among its errors, a denied batch is refused", async () => {
  const { emulator } = await store();
  const input = { SecretIdList: ["SSOSyncGoogleAdminEmail", "none"] };
  const { status, body } = await secret(emulator, "BatchGetSecretValue", input);
  expect(status).toBe(200);
  expect(body["SecretValues"]).toMatchObject([{ SecretString: "admin@example.com" }]);
  expect(body["Errors"]).toMatchObject([{ SecretId: "none", ErrorCode: "ResourceNotFoundException" }]);
  emulator.denied.add("secretsmanager:GetSecretValue");
  const inside = await secret(emulator, "BatchGetSecretValue", input);
  expect(inside.body["Errors"]).toMatchObject([
    { ErrorCode: "AccessDeniedException" },
    { ErrorCode: "AccessDeniedException" },
  ]);
  emulator.denied.add("secretsmanager:BatchGetSecretValue");
  expect((await secret(emulator, "BatchGetSecretValue", input)).body["__type"]).toBe("AccessDeniedException");
});

test("a parameter is decrypted on request, and a missing one is an error only when it is asked for alone", async () => {
  const { emulator } = await store();
  const arn = emulator.secrets.setParameter("/sync/token", "value");
  const ask = (operation: string, input: object) => askAws(emulator, `AmazonSSM.${operation}`, input, "ssm");
  const open = await ask("GetParameter", { Name: arn, WithDecryption: true });
  expect(open.body["Parameter"]).toMatchObject({ Name: "/sync/token", Value: "value", Type: "SecureString" });
  const shut = await ask("GetParameter", { Name: "/sync/token" });
  expect(shut.body["Parameter"]).not.toMatchObject({ Value: "value" });
  const none = await ask("GetParameter", { Name: "/none" });
  expect([none.status, none.body["__type"]]).toEqual([400, "ParameterNotFound"]);
  expect((await ask("GetParameters", { Names: ["/none"] })).body["InvalidParameters"]).toEqual(["/none"]);
});
