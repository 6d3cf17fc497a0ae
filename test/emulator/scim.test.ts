/** The SCIM endpoint: facts of AWS, A2 to A8; peers 4.2. */
import { expect, test } from "vitest";
import { askScim } from "./ask.ts";
import type { Emulator } from "./emulator.ts";
import { useEmulator } from "./use-emulator.ts";

const person = (name: string, more: object = {}) => ({
  userName: `${name}@example.com`,
  name: { givenName: name, familyName: "Example" },
  displayName: `${name} Example`,
  active: true,
  emails: [{ value: `${name}@example.com`, type: "work", primary: true }],
  ...more,
});

const patch = (...Operations: object[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations,
});

const generic = "Request is unparsable, syntactically incorrect, or violates schema.";

async function withAda(): Promise<{ emulator: Emulator; ada: string; group: string }> {
  const emulator = await useEmulator();
  const ada = emulator.aws.addUser({ userName: "ada@example.com", externalId: "100000000000000000001" }).id;
  const group = emulator.aws.addGroup({ displayName: "Admins" }).id;
  return { emulator, ada, group };
}

// A1, A2
test("a wrong token and a wrong tenant are both 401", async () => {
  const { emulator } = await withAda();
  expect((await askScim(emulator, "GET", "Users?cursor", undefined, "wrong")).status).toBe(401);
  const [authorization] = [`Bearer ${[...emulator.aws.tokens][0] ?? ""}`];
  const elsewhere = `${emulator.url}/22222222222-2222-3333-4444-555555555555/scim/v2/Users`;
  expect((await fetch(elsewhere, { headers: { authorization } })).status).toBe(401);
});

// A8: real bodies
test("a refusal has schema and schemas, status as text, a request id and no scimType", async () => {
  const { emulator } = await withAda();
  const { status, body, headers } = await askScim(emulator, "POST", "Users", person("ada"));
  expect(status).toBe(409);
  expect(Object.keys(body)).toEqual([
    ...["schema", "schemas", "detail", "status", "exceptionRequestId", "timeStamp"],
  ]);
  expect(body["detail"]).toBe("Refused to create a new, duplicate resource.");
  expect(body["status"]).toBe("409");
  expect(body["timeStamp"]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/);
  expect(headers.get("x-amzn-requestid")).toBe(body["exceptionRequestId"]);
});

// A4
test("a created user comes back whole, in the documented order, without attributes that it does not have", async () => {
  const emulator = await useEmulator({ now: () => new Date("2026-11-02T08:00:00.123Z") });
  const { status, body } = await askScim(emulator, "POST", "Users", person("bob", { externalId: "701984" }));
  expect(status).toBe(201);
  expect(Object.keys(body)).toEqual([
    ...["id", "externalId", "meta", "schemas", "userName", "name", "displayName", "active", "emails"],
  ]);
  expect(body["meta"]).toEqual({
    resourceType: "User",
    created: "2026-11-02T08:00:00Z",
    lastModified: "2026-11-02T08:00:00Z",
  });
  expect((await askScim(emulator, "GET", `Users/${String(body["id"])}`)).body).toEqual(body);
});

test.each([
  // A4: required and non-empty; at most one e-mail, which is the primary one; no groups, no password
  ["without a given name", { name: { familyName: "X" } }],
  ["with an empty family name", { name: { givenName: "X", familyName: "" } }],
  ["without a display name", { displayName: undefined }],
  ["with two e-mails", { emails: [1, 2].map((n) => ({ value: `${n}@example.com`, primary: true })) }],
  ["with an e-mail that is not primary", { emails: [{ value: "x@example.com", type: "work" }] }],
  ["with groups", { groups: [] }],
  ["with a password", { password: "x" }],
  // A7: lengths and characters
  ["with a space in the user name", { userName: "ada example" }],
  ["with a user name over 128 characters", { userName: "x".repeat(129) }],
  ["with a display name over 1024 characters", { displayName: "x".repeat(1025) }],
  ["with a zero-width space", { displayName: "Ada\u200B" }],
  ["with a control character", { displayName: "Ada\u0007" }],
  ["with a space in the external id", { externalId: "1 2" }],
  ["with an empty external id", { externalId: "" }],
  ["with a reserved user name", { userName: "Administrator" }],
  ["with null for an attribute", { title: null }],
])("a user %s is refused with the generic 400", async (_, more) => {
  const { emulator } = await withAda();
  const { status, body } = await askScim(emulator, "POST", "Users", person("bob", more));
  expect([status, body["detail"]]).toEqual([400, generic]);
  expect(emulator.aws.users).toHaveLength(1);
});

test("text in other scripts, an ideographic space and disputed characters are accepted, unless told otherwise", async () => {
  const { emulator } = await withAda();
  const name = { givenName: "陽翔\u3000", familyName: "佐藤" };
  expect((await askScim(emulator, "POST", "Users", person("haruto", { name }))).status).toBe(201);
  emulator.aws.policy.strictText = true;
  const disputed = person("bob", { displayName: "R&D; <Ops>" });
  expect((await askScim(emulator, "POST", "Users", disputed)).status).toBe(400);
  emulator.aws.policy.strictText = false;
  expect((await askScim(emulator, "POST", "Users", disputed)).status).toBe(201);
});

// A7: uniqueness
test.each([
  ["user name, in another case,", { userName: "ADA@example.com" }],
  ["primary e-mail", { emails: [{ value: "Ada@example.com", primary: true }] }],
  ["external id", { externalId: "100000000000000000001" }],
])("a user with the %s of another is a duplicate", async (_, more) => {
  const { emulator } = await withAda();
  expect((await askScim(emulator, "POST", "Users", person("bob", more))).status).toBe(409);
});

test("a body that is not JSON is refused with the generic 400", async () => {
  const { emulator } = await withAda();
  expect((await askScim(emulator, "POST", "Users", "{")).body["detail"]).toBe(generic);
});

// A4: PatchUser
test("a patch changes what its paths name, and answers 200 with the user", async () => {
  const { emulator, ada } = await withAda();
  const operations = [
    { op: "replace", path: "name.givenName", value: "Augusta" },
    { op: "Replace", path: "active", value: "false" },
    { op: "add", path: "displayName", value: "Augusta King" },
    { op: "replace", path: "emails", value: [{ value: "a@example.com", type: "work", primary: true }] },
    { op: "replace", path: 'emails[type eq "work"].value', value: "king@example.com" },
    { op: "remove", path: "externalId" },
  ];
  const { status, body } = await askScim(emulator, "PATCH", `Users/${ada}`, patch(...operations));
  expect(status).toBe(200);
  expect(body).toMatchObject({
    name: { givenName: "Augusta", familyName: "Family" },
    active: false,
    displayName: "Augusta King",
    emails: [{ value: "king@example.com", type: "work", primary: true }],
  });
  expect(body).not.toHaveProperty("externalId");
});

test("a patch without a path may change one attribute", async () => {
  const { emulator, ada } = await withAda();
  const one = patch({ op: "replace", value: { displayName: "Ada" } });
  expect((await askScim(emulator, "PATCH", `Users/${ada}`, one)).status).toBe(200);
  const two = patch({ op: "replace", value: { displayName: "Ada", active: false } });
  const { status, body } = await askScim(emulator, "PATCH", `Users/${ada}`, two);
  expect(status).toBe(400);
  expect(body["detail"]).toBe(
    'Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.',
  );
});

test.each([
  ["removes the user name", [{ op: "remove", path: "userName" }]],
  ["removes active", [{ op: "remove", path: "active" }]],
  ["removes without a path", [{ op: "remove", value: { title: "x" } }]],
  ["replaces without a value", [{ op: "replace", path: "title" }]],
  [
    "adds a second e-mail",
    [{ op: "add", path: "emails", value: [{ value: "b@example.com", primary: true }] }],
  ],
  ["names an unknown attribute", [{ op: "replace", path: "shoeSize", value: "43" }]],
  ["sets an empty text", [{ op: "replace", path: "title", value: "" }]],
  ["says active twice", [1, 2].map(() => ({ op: "replace", path: "active", value: true }))],
  ["has an unknown operation", [{ op: "move", path: "title", value: "x" }]],
  ["has no operations", []],
])("a user's patch that %s is refused as a whole", async (_, operations) => {
  const { emulator, ada } = await withAda();
  const before = emulator.aws.snapshot();
  const first = { op: "replace", path: "displayName", value: "Changed" };
  const all = operations.length === 0 ? [] : [first, ...operations];
  expect((await askScim(emulator, "PATCH", `Users/${ada}`, patch(...all))).status).toBe(400);
  expect(emulator.aws.snapshot()).toEqual(before);
});

test("a patch to somebody else's name is a duplicate, and a patch of an unknown user a 404", async () => {
  const { emulator, ada } = await withAda();
  emulator.aws.addUser({ userName: "bob@example.com" });
  const rename = patch({ op: "replace", path: "userName", value: "bob@example.com" });
  expect((await askScim(emulator, "PATCH", `Users/${ada}`, rename)).status).toBe(409);
  const { status, body } = await askScim(emulator, "PATCH", "Users/nobody", rename);
  expect([status, body["detail"]]).toEqual([404, "USER does not exist."]);
});

// A4: PutUser
test("a PUT overwrites the user and needs the id in its body", async () => {
  const { emulator, ada } = await withAda();
  expect((await askScim(emulator, "PUT", `Users/${ada}`, person("ada"))).status).toBe(400);
  const { status, body } = await askScim(emulator, "PUT", `Users/${ada}`, person("ada", { id: ada }));
  expect(status).toBe(200);
  expect(body).not.toHaveProperty("externalId");
});

test("a deleted user is no longer in any group, and is answered 404", async () => {
  const { emulator, ada, group } = await withAda();
  emulator.aws.addMembership(group, ada);
  expect((await askScim(emulator, "DELETE", `Users/${ada}`)).status).toBe(204);
  expect(emulator.aws.memberships).toEqual([]);
  expect((await askScim(emulator, "DELETE", `Users/${ada}`)).status).toBe(404);
});

// A3
test("without a cursor there is one page and no next one", async () => {
  const { emulator } = await withAda();
  for (const name of ["bob", "cyd", "dan"]) emulator.aws.addUser({ userName: `${name}@example.com` });
  const { body } = await askScim(emulator, "GET", "Users?startIndex=3");
  expect(body).toMatchObject({ totalResults: 3, itemsPerPage: 3, startIndex: 1 });
  expect(body).not.toHaveProperty("nextCursor");
});

test.each(["Users?cursor", "Users?cursor="])("%s starts a listing without totals", async (path) => {
  const { emulator } = await withAda();
  for (const name of ["bob", "cyd", "dan"]) emulator.aws.addUser({ userName: `${name}@example.com` });
  const first = await askScim(emulator, "GET", path);
  expect(Object.keys(first.body)).toEqual(["itemsPerPage", "nextCursor", "schemas", "Resources"]);
  const next = String(first.body["nextCursor"]);
  expect(next).toMatch(/^[-a-zA-Z0-9+=/:_]*$/);
  const second = await askScim(emulator, "GET", `Users?cursor=${next}`);
  expect(second.body["Resources"]).toHaveLength(1);
  expect(second.body).not.toHaveProperty("nextCursor");
  const changed = `Users?cursor=${next}&filter=${encodeURIComponent('userName eq "x"')}`;
  expect((await askScim(emulator, "GET", changed)).status).toBe(400);
});

test.each(["count=0", "count=101", "count=ten", "cursor=nowhere"])("%s is refused", async (query) => {
  const { emulator } = await withAda();
  expect((await askScim(emulator, "GET", `Users?${query}`)).status).toBe(400);
});

const list = async (emulator: Emulator, what: string, filter: string) =>
  askScim(emulator, "GET", `${what}?cursor&filter=${encodeURIComponent(filter)}`);

test("each supported filter finds what it names", async () => {
  const { emulator, ada, group } = await withAda();
  emulator.aws.addUser({ userName: "bob@example.com" });
  emulator.aws.addGroup({ displayName: 'The "A\\B" team', externalId: "01abcdefghij" });
  emulator.aws.addMembership(group, ada);
  const found = async (what: string, filter: string) =>
    ((await list(emulator, what, filter)).body["Resources"] as { id: string }[]).map((one) => one.id);
  expect(await found("Users", 'userName eq "ADA@example.com"')).toEqual([ada]);
  expect(await found("Users", 'externalId eq "100000000000000000001"')).toEqual([ada]);
  expect(await found("Users", `groups.value eq "${group}"`)).toEqual([ada]);
  expect(await found("Groups", 'displayName eq "The \\"A\\\\B\\" team"')).toHaveLength(1);
  expect(await found("Groups", 'externalId eq "01abcdefghij"')).toHaveLength(1);
  expect(await found("Groups", `members.value eq "${ada}"`)).toEqual([group]);
  expect(await found("Groups", `id eq "${group}" and members eq "${ada}"`)).toEqual([group]);
  expect(await found("Groups", `members eq "${ada}" and id eq "${group}"`)).toEqual([group]);
  expect(await found("Users", 'groups.value eq "none"')).toEqual([]);
});

test.each([
  ["Users", 'userName sw "a"'],
  ["Users", 'userName eq "a" or userName eq "b"'],
  ["Users", 'userName eq "a" and externalId eq "b"'],
  ["Users", 'emails.value eq "a"'],
  ["Users", "userName eq a"],
  ["Users", 'userName eq "a"b"'],
  ["Groups", 'id eq "a" and members.value eq "b"'],
  ["Groups", 'displayName eq "a" and'],
])("%s refuses the filter %s", async (what, filter) => {
  const { emulator } = await withAda();
  expect((await list(emulator, what, filter)).status).toBe(400);
});

test("groups of an unknown user are a 404", async () => {
  const { emulator } = await withAda();
  expect((await list(emulator, "Groups", 'members.value eq "nobody"')).status).toBe(404);
});

test("discovery says what is supported", async () => {
  const { emulator } = await withAda();
  expect((await askScim(emulator, "GET", "ServiceProviderConfig")).body["bulk"]).toMatchObject({
    supported: false,
  });
  expect((await askScim(emulator, "GET", "ResourceTypes")).body["Resources"]).toHaveLength(2);
  const schema = "Schemas/urn:ietf:params:scim:schemas:core:2.0:User";
  expect((await askScim(emulator, "GET", schema)).body["id"]).toBe(
    "urn:ietf:params:scim:schemas:core:2.0:User",
  );
});
