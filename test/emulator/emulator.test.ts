import {
  GetUserIdCommand,
  IdentitystoreClient,
  ListGroupMembershipsCommand,
  ListUsersCommand,
} from "@aws-sdk/client-identitystore";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { ListInstancesCommand, SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { JWT } from "google-auth-library";
import { admin } from "googleapis/build/src/apis/admin/index.js";
import { expect, test } from "vitest";
import type { Emulator } from "./emulator.ts";
import { useEmulator } from "./use-emulator.ts";

const settings = (emulator: Emulator) => ({
  endpoint: emulator.url,
  region: "us-east-1",
  credentials: { accessKeyId: "AKIAEMULATOREXAMPLE0", secretAccessKey: "emulated" },
});

const scopes = ["user", "group", "group.member"].map(
  (part) => `https://www.googleapis.com/auth/admin.directory.${part}.readonly`,
);

function directory(emulator: Emulator) {
  const { client_email, private_key } = emulator.key;
  const auth = new JWT({ email: client_email, key: private_key, scopes, subject: "admin@example.com" });
  auth.transporter.interceptors.request.add({
    resolved: (config) => {
      if (config.url.href === "https://oauth2.googleapis.com/token")
        config.url = new URL(emulator.key.token_uri);
      return Promise.resolve(config);
    },
  });
  return admin({ version: "directory_v1", auth, rootUrl: `${emulator.url}/` });
}

test("Google's own client signs in and pages through users, groups and members", async () => {
  const emulator = await useEmulator();
  for (const name of ["ada", "bob", "cyd", "dan"]) emulator.google.addUser({ email: `${name}@example.com` });
  emulator.google.addGroup({ email: "all@example.com" });
  for (const one of ["ada", "bob", "cyd", "dan"])
    emulator.google.addMember("all@example.com", `${one}@example.com`);
  const client = directory(emulator);
  const first = await client.users.list({ customer: "my_customer" });
  expect(first.data.users?.map((one) => one.primaryEmail)).toEqual([
    "ada@example.com",
    "admin@example.com",
    "bob@example.com",
  ]);
  const second = await client.users.list({
    customer: "my_customer",
    pageToken: first.data.nextPageToken ?? "none",
  });
  expect(second.data.users).toHaveLength(2);
  expect(second.data.nextPageToken).toBeUndefined();
  const groups = await client.groups.list({ customer: "my_customer" });
  const groupKey = groups.data.groups?.[0]?.id ?? "";
  const members = await client.members.list({ groupKey });
  expect(members.data.members).toHaveLength(3);
  expect(emulator.count({ service: "token" })).toBe(1);
});

test("AWS's own clients read the Identity Store, instances, secrets and parameters", async () => {
  const emulator = await useEmulator();
  const ada = emulator.aws.addUser({ userName: "ada@example.com", externalId: "100000000000000000001" });
  for (const name of ["bob", "cyd", "dan"]) emulator.aws.addUser({ userName: `${name}@example.com` });
  const group = emulator.aws.addGroup({ displayName: "admins" });
  emulator.aws.addMembership("admins", "ada@example.com");
  const store = new IdentitystoreClient(settings(emulator));
  const IdentityStoreId = emulator.aws.identityStoreId;
  const users = await store.send(new ListUsersCommand({ IdentityStoreId }));
  expect(users.Users).toHaveLength(3);
  expect(users.Users?.[0]).toMatchObject({
    UserId: ada.id,
    UserStatus: "ENABLED",
    ExternalIds: [{ Issuer: "https://scim.aws.com/1223122", Id: "100000000000000000001" }],
    Emails: [{ Value: "ada@example.com", Type: "work", Primary: true }],
  });
  expect(users.Users?.[0]?.CreatedAt).toBeInstanceOf(Date);
  const { NextToken } = users;
  const rest = await store.send(new ListUsersCommand({ IdentityStoreId, NextToken }));
  expect(rest.Users?.map((one) => one.UserName)).toEqual(["dan@example.com"]);
  const rows = await store.send(new ListGroupMembershipsCommand({ IdentityStoreId, GroupId: group.id }));
  expect(rows.GroupMemberships?.map((one) => one.MemberId?.UserId)).toEqual([ada.id]);
  const AlternateIdentifier = {
    UniqueAttribute: { AttributePath: "emails.value", AttributeValue: "ADA@example.com" },
  };
  const found = await store.send(new GetUserIdCommand({ IdentityStoreId, AlternateIdentifier }));
  expect(found.UserId).toBe(ada.id);
  const sso = await new SSOAdminClient(settings(emulator)).send(new ListInstancesCommand({}));
  expect(sso.Instances?.map((one) => one.IdentityStoreId)).toEqual([IdentityStoreId]);
  const vault = new SecretsManagerClient(settings(emulator));
  const secret = await vault.send(new GetSecretValueCommand({ SecretId: "SSOSyncSCIMEndpointUrl" }));
  expect(secret.SecretString).toBe(emulator.scimEndpoint);
  const arn = emulator.secrets.setParameter("/sync/token", "value");
  const Names = [arn, "/sync/none"];
  const parameters = await new SSMClient(settings(emulator)).send(
    new GetParametersCommand({ Names, WithDecryption: true }),
  );
  expect(parameters.Parameters?.map((one) => one.Value)).toEqual(["value"]);
  expect(parameters.InvalidParameters).toEqual(["/sync/none"]);
});
