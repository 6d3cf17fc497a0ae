/** The signature of the AWS identity is really checked, and who asks the Directory API is known. */
import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { askGoogle } from "./ask.ts";
import type { Emulator } from "./emulator.ts";
import { useEmulator } from "./use-emulator.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const VERIFY = "https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";

interface Signing {
  readonly url?: string;
  readonly secondsAgo?: number;
  readonly region?: string;
  readonly service?: string;
  /** Sent, and not signed. */
  readonly unsigned?: string;
  readonly target?: string;
  readonly signature?: string;
}

/** A subject token, signed here by the book. */
function subject(emulator: Emulator, how: Signing = {}): string {
  const { caller } = emulator;
  const { url = VERIFY, region = "eu-west-1", service = "sts", secondsAgo = 0, unsigned = "" } = how;
  const { host, search } = new URL(url);
  const date = new Date(Date.now() - 1000 * secondsAgo).toISOString().replace(/[-:]|\.\d+/g, "");
  const day = date.slice(0, 8);
  const all = { host, "x-amz-date": date, "x-amz-security-token": caller.sessionToken };
  const kept = Object.entries(all).filter(([name]) => name !== unsigned);
  const names = kept.map(([name]) => name).join(";");
  const lines = kept.map(([name, value]) => `${name}:${value}\n`).join("");
  const text = ["POST", "/", search.slice(1), lines, names, sha256("")].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${caller.secretAccessKey}`,
  );
  const right = hmac(key, ["AWS4-HMAC-SHA256", date, scope, sha256(text)].join("\n")).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${caller.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${how.signature ?? right}`;
  const target = how.target ?? `//iam.googleapis.com/${emulator.google.federation.provider}`;
  const headers = { ...all, authorization, "x-goog-cloud-target-resource": target };
  const listed = Object.entries(headers).map(([name, value]) => ({ key: name, value }));
  return encodeURIComponent(JSON.stringify({ url, method: "POST", headers: listed }));
}

async function exchange(emulator: Emulator, subject_token: string): Promise<Record<string, unknown>> {
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    audience: `//iam.googleapis.com/${emulator.google.federation.provider}`,
    scope: "https://www.googleapis.com/auth/cloud-platform",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    subject_token,
    subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
  });
  const response = await fetch(`${emulator.url}/v1/token`, { method: "POST", body });
  return (await response.json()) as Record<string, unknown>;
}

test("a signed question to AWS is exchanged for a token that the Directory API does not take", async () => {
  const emulator = await useEmulator();
  const answer = await exchange(emulator, subject(emulator, { secondsAgo: 280 }));
  expect(answer).toMatchObject({ token_type: "Bearer", expires_in: 3599 });
  const authorization = `Bearer ${String(answer["access_token"])}`;
  const users = `${emulator.url}/admin/directory/v1/users?customer=C03az79cb`;
  expect((await fetch(users, { headers: { authorization } })).status).toBe(401);
});

const wrong: Readonly<Record<string, Signing>> = {
  "a signature of something else": { signature: "0".repeat(64) },
  "a date of more than five minutes ago": { secondsAgo: 320 },
  "a date of more than five minutes ahead": { secondsAgo: -320 },
  "another Region than the host's": { region: "us-east-1" },
  "another service": { service: "iam" },
  "a host that is not signed": { unsigned: "host" },
  "a date that is not signed": { unsigned: "x-amz-date" },
  "a session token that is not signed": { unsigned: "x-amz-security-token" },
  "another provider as its target": { target: "//iam.googleapis.com/projects/1" },
};

test.each(Object.entries(wrong))("no token for %s", async (_, how) => {
  const emulator = await useEmulator();
  expect(await exchange(emulator, subject(emulator, how))).toMatchObject({ error: "invalid_grant" });
});

test.each([
  "https://sts.eu-west-1.amazonaws.com.example.org?Action=GetCallerIdentity&Version=2011-06-15",
  "https://sts.eu-west-1.amazonaws.com?Action=GetSessionToken&Version=2011-06-15",
])("no token for a question to %s", async (url) => {
  const emulator = await useEmulator();
  expect(await exchange(emulator, subject(emulator, { url }))).toMatchObject({ error: "invalid_request" });
});

describe("a service account that asks as itself", () => {
  const ITSELF = { sub: undefined };
  const users = "users?customer=C03az79cb";
  const groups = "groups?customer=C03az79cb";

  test("is shown what its role covers", async () => {
    const emulator = await useEmulator();
    expect((await askGoogle(emulator, users, ITSELF)).status).toBe(403);
    emulator.google.policy.ownRole = { users: true, groups: false };
    expect((await askGoogle(emulator, users, ITSELF)).status).toBe(200);
    expect((await askGoogle(emulator, groups, ITSELF)).status).toBe(403);
  });

  test("is not told of people outside its organizational unit, and refused one by one", async () => {
    const emulator = await useEmulator();
    const { google } = emulator;
    google.addUser({ email: "ada@example.com", orgUnit: "/Sales/EMEA" });
    google.policy.ownRole = { users: true, groups: true, orgUnit: "/Sales" };
    const { body } = await askGoogle(emulator, users, ITSELF);
    expect(body["users"]).toMatchObject([{ primaryEmail: "ada@example.com" }]);
    expect((await askGoogle(emulator, "users/ada@example.com", ITSELF)).status).toBe(200);
    expect((await askGoogle(emulator, "users/admin@example.com", ITSELF)).status).toBe(403);
  });

  test("is not told of groups that its role leaves out, and refused them and their members", async () => {
    const emulator = await useEmulator();
    const { google } = emulator;
    for (const email of ["open@example.com", "closed@example.com"]) google.addGroup({ email });
    google.policy.ownRole = { users: true, groups: true, butGroups: ["closed@example.com"] };
    const { body } = await askGoogle(emulator, groups, ITSELF);
    expect(body["groups"]).toMatchObject([{ email: "open@example.com" }]);
    for (const path of ["groups/closed@example.com", "groups/closed@example.com/members"])
      expect((await askGoogle(emulator, path, ITSELF)).status).toBe(403);
  });

  test.each([400, 403] as const)("has no my_customer, which is answered with %s", async (status) => {
    const emulator = await useEmulator();
    emulator.google.policy.ownRole = { users: true, groups: true };
    emulator.google.policy.ownMyCustomer = status;
    expect((await askGoogle(emulator, "users?customer=my_customer", ITSELF)).status).toBe(status);
  });

  test("has to ask for somebody's groups by the customer, not by the user alone", async () => {
    const emulator = await useEmulator();
    emulator.google.policy.ownRole = { users: true, groups: true };
    const { id } = emulator.google.admin;
    expect((await askGoogle(emulator, `groups?userKey=${id}`, ITSELF)).status).toBe(400);
    expect((await askGoogle(emulator, `${groups}&query=memberKey=${id}`, ITSELF)).status).toBe(200);
  });
});
