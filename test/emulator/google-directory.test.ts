/** The Directory API: facts of Google, A (users), B (groups), C (members), D1 (error bodies). */
import { expect, test } from "vitest";
import { askGoogle } from "./ask.ts";
import type { Emulator } from "./emulator.ts";
import { useEmulator } from "./use-emulator.ts";

const day = 24 * 3600 * 1000;
const reason = (body: Record<string, unknown>) =>
  (body["error"] as { errors: { reason: string; message: string }[] }).errors[0];

async function company(): Promise<Emulator> {
  const emulator = await useEmulator({ pageSize: "vendor" });
  const { google } = emulator;
  google.addUser({
    email: "ada@example.com",
    givenName: "Ada Jane",
    familyName: "O'Hara",
    aliases: ["countess@example.com"],
    orgUnit: "/Engineering/Platform",
    attributes: { orgDepartment: "Compilers" },
  });
  google.addUser({ email: "bob@example.com", givenName: "Bob", orgUnit: "/Sales", suspended: true });
  google.addUser({ email: "cyd@sub.example.com", givenName: "Janet", archived: true });
  google.addGroup({ email: "aws-admins@example.com", name: "AWS Admins", aliases: ["root@example.com"] });
  google.addGroup({ email: "aws-nested@example.com" });
  google.addGroup({ email: "partner@other.example.net", foreign: true });
  google.addMember("aws-admins@example.com", "bob@example.com", "OWNER");
  google.addMember("aws-admins@example.com", "aws-nested@example.com");
  google.addMember("aws-admins@example.com", "guest@example.org");
  google.addMember("aws-admins@example.com", "partner@other.example.net");
  google.addMember("aws-nested@example.com", "ada@example.com");
  google.addMember("aws-nested@example.com", "cyd@sub.example.com");
  return emulator;
}

const users = async (emulator: Emulator, query: string) => {
  const asked = `users?customer=my_customer&query=${encodeURIComponent(query)}`;
  const { status, body } = await askGoogle(emulator, asked);
  expect(status).toBe(200);
  const found = (body["users"] ?? []) as readonly { readonly primaryEmail: string }[];
  return found.map((one) => one.primaryEmail.split("@")[0]);
};
const groups = async (emulator: Emulator, query: string) => {
  const asked = `groups?customer=my_customer&query=${encodeURIComponent(query)}`;
  const { status, body } = await askGoogle(emulator, asked);
  expect(status).toBe(200);
  const found = (body["groups"] ?? []) as readonly { readonly email: string }[];
  return found.map((one) => one.email.split("@")[0]);
};

// A2, Search for Users
test.each([
  ["isSuspended=false isArchived=false", ["ada", "admin"]],
  ["isSuspended=true", ["bob"]],
  ["orgUnitPath=/Engineering", ["ada"]],
  ["orgUnitPath=/", ["ada", "admin", "bob", "cyd"]],
  ["OrgUnitPath='/Engineering/Platform'", ["ada"]],
  ["givenName:Jane", ["ada"]],
  ["givenName:Jan*", ["cyd"]],
  ["givenName=Jane", []],
  ["name='Ada Jane O\\'Hara'", ["ada"]],
  ["name:'Ada Jane'", ["ada"]],
  ["email=countess@example.com", ["ada"]],
  ["email:b*", ["bob"]],
  ["orgDepartment=Compilers", ["ada"]],
  ["Janet", ["cyd"]],
])("the user query %s finds %j", async (query, found) => {
  expect(await users(await company(), query)).toEqual(found);
});

// B, Search for Groups
test.each([
  ["email:aws-*", ["aws-admins", "aws-nested"]],
  ["email=root@example.com", ["aws-admins"]],
  ["name='AWS Admins'", ["aws-admins"]],
  ["name:aws* email:aws-n*", ["aws-nested"]],
  ["name=aws-*", []],
  ["memberKey=countess@example.com", ["aws-nested"]],
  ["memberKey=guest@example.org", ["aws-admins"]],
  ["memberKey=C03az79cb", []],
  ["memberKey=aws-nested@example.com", ["aws-admins"]],
])("the group query %s finds %j", async (query, found) => {
  expect(await groups(await company(), query)).toEqual(found);
});

test.each([
  // D1 and A1: which parameters there must be, and what they must look like
  ["users", 400, "badRequest", "Bad Request"],
  ["users?customer=example.com", 400, "badRequest", "Bad Request"],
  ["users?domain=C03az79cb", 400, "badRequest", "Bad Request"],
  ["users?customer=C00000000", 400, "invalid", "Invalid Customer Id"],
  ["users?domain=elsewhere.example", 404, "notFound", "Domain not found"],
  ["users?customer=my_customer&maxResults=501", 400, "invalid", "Invalid Input: maxResults"],
  ["users?customer=my_customer&orderBy=shoeSize", 400, "invalid", "Invalid Input: orderBy"],
  ["users?customer=my_customer&pageToken=nowhere", 400, "invalid", "Invalid Input: nowhere"],
  [
    "users?customer=my_customer&fields=users(shoeSize)",
    400,
    "invalidParameter",
    "Invalid field selection shoeSize",
  ],
  // A2: organisational units
  ["users?customer=my_customer&query=orgUnitPath=/Nowhere", 400, "invalid", "Invalid Input: INVALID_OU_ID"],
  ["users?customer=my_customer&query=orgUnitPath=/Sales/", 400, "invalid", "Invalid Input: INVALID_OU_ID"],
  ["users?customer=my_customer&query=isSuspended=maybe", 400, "invalid", "Invalid Input: query"],
  // A3: users.get
  ["users/nobody@example.com", 404, "notFound", "Resource Not Found: userKey"],
  ["users/aws-admins@example.com", 400, "badRequest", "Type not supported: userKey"],
  ["users/guest@example.org", 403, "forbidden", "Not Authorized to access this resource/api"],
  // B: groups.list and groups.get
  ["groups", 400, "badRequest", "Bad Request"],
  ["groups?customer=my_customer&query=", 400, "badRequest", "Bad Request"],
  ["groups?customer=my_customer&userKey=ada@example.com", 400, "badRequest", "Bad Request"],
  ["groups?customer=my_customer&maxResults=250", 400, "invalid", "Invalid Input: maxResults"],
  ["groups?customer=my_customer&query=name:aw*", 400, "invalid", "Invalid Input: query"],
  ["groups?customer=my_customer&query=name:aws", 400, "invalid", "Invalid Input: query"],
  [
    "groups?customer=my_customer&query=memberKey=ada@example.com name:aws*",
    400,
    "invalid",
    "Invalid Input: query",
  ],
  ["groups/none@example.com", 404, "notFound", "Resource Not Found: groupKey"],
  // C: members
  ["groups/none@example.com/members", 404, "notFound", "Resource Not Found: groupKey"],
  [
    "groups/partner@other.example.net/members",
    403,
    "forbidden",
    "Not Authorized to access this resource/api",
  ],
  ["groups/aws-admins@example.com/members/ada@example.com", 404, "notFound", "Resource Not Found: memberKey"],
  [
    "groups/aws-admins@example.com/hasMember/aws-nested@example.com",
    400,
    "invalid",
    "Invalid Input: memberKey",
  ],
  ["groups/aws-admins@example.com/hasMember/cyd@sub.example.com", 400, "invalid", "Invalid Input: memberKey"],
])("%s is refused with %i %s, %s", async (path, status, why, message) => {
  const answer = await askGoogle(await company(), path);
  expect(answer.status).toBe(status);
  expect(reason(answer.body)).toMatchObject({ reason: why, message });
});

// D1: who may ask
test("a missing scope is refused in the newer envelope, whose first error says something else", async () => {
  const emulator = await company();
  const scope = "https://www.googleapis.com/auth/admin.directory.user.readonly";
  const { status, body } = await askGoogle(emulator, "groups?customer=my_customer", { scope });
  expect(status).toBe(403);
  expect(body["error"]).toMatchObject({
    message: "Request had insufficient authentication scopes.",
    errors: [{ reason: "insufficientPermissions", message: "Insufficient Permission" }],
    status: "PERMISSION_DENIED",
    details: [{ metadata: { method: "ccc.hosted.frontend.directory.v1.DirectoryGroups.List" } }],
  });
});

test("an API that is not enabled, an account without API access and a user without rights are refused", async () => {
  const emulator = await company();
  const path = "users?customer=my_customer";
  const ordinary = await askGoogle(emulator, path, { sub: "ada@example.com" });
  expect([ordinary.status, reason(ordinary.body)?.reason]).toEqual([403, "forbidden"]);
  emulator.google.policy.domainApis = false;
  expect(reason((await askGoogle(emulator, path)).body)?.reason).toBe("domainCannotUseApis");
  emulator.google.policy.apiEnabled = false;
  const disabled = await askGoogle(emulator, path);
  expect(reason(disabled.body)?.reason).toBe("accessNotConfigured");
  expect(reason(disabled.body)?.message).toContain("Admin SDK API has not been used in project");
});

test("a wrong token is 401 authError, none is 401 required", async () => {
  const emulator = await company();
  const url = `${emulator.url}/admin/directory/v1/users?customer=my_customer`;
  const wrong = await fetch(url, { headers: { authorization: "Bearer ya29.wrong" } });
  expect(wrong.status).toBe(401);
  expect(reason((await wrong.json()) as Record<string, unknown>)).toMatchObject({ reason: "authError" });
  const none = await fetch(url);
  expect(none.status).toBe(401);
  expect(reason((await none.json()) as Record<string, unknown>)).toMatchObject({ reason: "required" });
});

// A3, B, C: shapes
test("a listing without results has no array, and a field mask drops what it does not name", async () => {
  const emulator = await company();
  const empty = await askGoogle(emulator, "users?customer=my_customer&query=email:zzz*");
  expect(Object.keys(empty.body)).toEqual(["kind", "etag"]);
  const mask = "users(id,name/familyName)";
  const masked = await askGoogle(emulator, `users?customer=my_customer&maxResults=1&fields=${mask}`);
  const { id } = emulator.google.user("ada@example.com");
  expect(masked.body).toEqual({ users: [{ id, name: { familyName: "O'Hara" } }] });
});

test("users.get accepts an id or an alias, and shows the primary address", async () => {
  const emulator = await company();
  const { id } = emulator.google.user("ada@example.com");
  for (const key of [id, "countess@example.com", "ADA@example.com"]) {
    expect((await askGoogle(emulator, `users/${key}`)).body).toMatchObject({
      id,
      primaryEmail: "ada@example.com",
    });
  }
});

test("deleted users are listed for twenty days, and appear nowhere else", async () => {
  let today = new Date("2026-11-02T08:00:00Z");
  const emulator = await useEmulator({ now: () => today });
  const { id } = emulator.google.addUser({ email: "ada@example.com" });
  emulator.google.deleteUser("ada@example.com");
  expect((await askGoogle(emulator, `users/${id}`)).status).toBe(404);
  const path = "users?customer=my_customer&showDeleted=true";
  expect((await askGoogle(emulator, path)).body["users"]).toMatchObject([
    { id, primaryEmail: "ada@example.com" },
  ]);
  today = new Date(today.getTime() + 21 * day);
  expect((await askGoogle(emulator, path)).body["users"]).toBeUndefined();
});

test("members carry a status, except people from outside and a customer row, which has no address either", async () => {
  const emulator = await company();
  emulator.google.addMember("aws-admins@example.com", "customer");
  const { body } = await askGoogle(emulator, "groups/root@example.com/members");
  const rows = body["members"] as Record<string, unknown>[];
  expect(rows.map(({ type, email, role, status }) => [type, email, role, status])).toEqual([
    ["USER", "bob@example.com", "OWNER", "SUSPENDED"],
    ["GROUP", "aws-nested@example.com", "MEMBER", "ACTIVE"],
    ["USER", "guest@example.org", "MEMBER", undefined],
    ["GROUP", "partner@other.example.net", "MEMBER", "ACTIVE"],
    ["CUSTOMER", undefined, "MEMBER", undefined],
  ]);
});

test("derived members come along with the nested group, and twice when there are two ways to them", async () => {
  const emulator = await company();
  emulator.google.addMember("aws-admins@example.com", "ada@example.com");
  const path = "groups/aws-admins@example.com/members?includeDerivedMembership=true";
  const emails = async () =>
    ((await askGoogle(emulator, path)).body["members"] as { email: string }[]).map((one) => one.email);
  const found = await emails();
  expect(found).toContain("aws-nested@example.com");
  expect(found.filter((email) => email === "ada@example.com")).toHaveLength(2);
  emulator.google.policy.derivedDuplicates = false;
  expect((await emails()).filter((email) => email === "ada@example.com")).toHaveLength(1);
});

test("hasMember sees through nested groups of one domain, members.get does not", async () => {
  const emulator = await company();
  const group = "groups/aws-admins@example.com";
  const { id } = emulator.google.user("ada@example.com");
  expect((await askGoogle(emulator, `${group}/hasMember/${id}`)).body).toEqual({ isMember: true });
  expect((await askGoogle(emulator, `${group}/hasMember/admin@example.com`)).body).toEqual({
    isMember: false,
  });
  expect((await askGoogle(emulator, `${group}/members/bob@example.com`)).body).toMatchObject({
    role: "OWNER",
  });
  const roles = await askGoogle(emulator, `${group}/members?roles=OWNER,MANAGER`);
  expect(roles.body["members"]).toHaveLength(1);
});
