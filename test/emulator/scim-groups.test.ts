/** SCIM groups: facts of AWS, A2, A5, A7; peers 4.2. */
import { expect, test } from "vitest";
import { askScim } from "./ask.ts";
import type { Emulator } from "./emulator.ts";
import { useEmulator } from "./use-emulator.ts";

const patch = (...Operations: object[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations,
});
const members = (ids: readonly string[]) => ids.map((value) => ({ value }));

async function withGroup(people = 3): Promise<{ emulator: Emulator; ids: string[]; group: string }> {
  const emulator = await useEmulator();
  const ids = Array.from(
    { length: people },
    (_, n) => emulator.aws.addUser({ userName: `u${n}@example.com` }).id,
  );
  const group = emulator.aws.addGroup({ displayName: "Admins", externalId: "01abcdefghij" }).id;
  return { emulator, ids, group };
}

test("a group is created with its members, and never shows them", async () => {
  const { emulator, ids } = await withGroup();
  const wanted = { displayName: "Backend", externalId: "02abcdefghij", members: members(ids) };
  const { status, body } = await askScim(emulator, "POST", "Groups", wanted);
  expect(status).toBe(201);
  expect(Object.keys(body)).toEqual(["id", "externalId", "meta", "schemas", "displayName"]);
  expect(emulator.aws.membersOf("backend")).toHaveLength(3);
  expect((await askScim(emulator, "GET", `Groups/${String(body["id"])}`)).body).toEqual(body);
  const listed = await askScim(emulator, "GET", "Groups?cursor");
  expect(listed.body["Resources"]).toMatchObject([{ members: [] }, { members: [] }]);
});

test.each([
  ["without a name", {}],
  ["with an empty name", { displayName: "" }],
  ["with a reserved name", { displayName: "AWSAdministrators" }],
  ["with a description", { displayName: "X", description: "x" }],
])("a group %s is refused", async (_, wanted) => {
  const { emulator } = await withGroup();
  expect((await askScim(emulator, "POST", "Groups", wanted)).status).toBe(400);
});

test.each([{ displayName: "ADMINS" }, { displayName: "Other", externalId: "01abcdefghij" }])(
  "a group's name and external id are unique: %j",
  async (wanted) => {
    const { emulator } = await withGroup();
    expect((await askScim(emulator, "POST", "Groups", wanted)).status).toBe(409);
  },
);

test("a request, be it a creation or a patch, takes at most a hundred members", async () => {
  const { emulator, ids, group } = await withGroup(101);
  const create = (n: number) =>
    askScim(emulator, "POST", "Groups", { displayName: `G${n}`, members: members(ids.slice(0, n)) });
  expect((await create(101)).status).toBe(400);
  expect((await create(100)).status).toBe(201);
  const halves = [ids.slice(0, 50), ids.slice(50)];
  const operations = halves.map((half) => ({ op: "add", path: "members", value: members(half) }));
  expect((await askScim(emulator, "PATCH", `Groups/${group}`, patch(...operations))).status).toBe(400);
  expect(emulator.aws.membersOf(group)).toEqual([]);
});

test("a patch adds, removes and renames, and is answered 204 without a body", async () => {
  const { emulator, ids, group } = await withGroup();
  const add = patch({ op: "add", path: "members", value: members(ids) });
  const added = await askScim(emulator, "PATCH", `Groups/${group}`, add);
  expect([added.status, added.text]).toEqual([204, ""]);
  const rest = patch(
    { op: "remove", path: "members", value: members(ids.slice(0, 1)) },
    { op: "remove", path: `members[value eq "${ids[1] ?? ""}"]` },
    { op: "replace", path: "displayName", value: "Root" },
    { op: "replace", path: "externalId", value: "03abcdefghij" },
  );
  expect((await askScim(emulator, "PATCH", `Groups/${group}`, rest)).status).toBe(204);
  expect(emulator.aws.membersOf("root")).toEqual(["u2@example.com"]);
  const documented = patch({ op: "replace", value: { id: group, displayName: "Group Foo New" } });
  expect((await askScim(emulator, "PATCH", `Groups/${group}`, documented)).status).toBe(204);
  expect(emulator.aws.group(group)).toMatchObject({
    displayName: "Group Foo New",
    externalId: "03abcdefghij",
  });
});

test.each([
  ["replaces all members", { op: "replace", path: "members", value: [] }],
  ["removes all members", { op: "remove", path: "members" }],
])("a patch that %s is not supported", async (_, operation) => {
  const { emulator, ids, group } = await withGroup();
  emulator.aws.addMembership(group, ids[0] ?? "");
  const { status, body } = await askScim(emulator, "PATCH", `Groups/${group}`, patch(operation));
  expect([status, body["detail"]]).toEqual([400, "Replacing group memberships is not supported."]);
  expect(emulator.aws.membersOf(group)).toHaveLength(1);
});

test.each([
  ["removes without a path", { op: "remove", value: [{ value: "x" }] }],
  ["changes a description", { op: "replace", path: "description", value: "x" }],
  ["changes two attributes without a path", { op: "replace", value: { displayName: "a", externalId: "b" } }],
  ["adds no members", { op: "add", path: "members", value: [] }],
])("a patch that %s is refused", async (_, operation) => {
  const { emulator, group } = await withGroup();
  expect((await askScim(emulator, "PATCH", `Groups/${group}`, patch(operation))).status).toBe(400);
});

test("a request with an unknown member is refused as a whole with 404, or as the switch says", async () => {
  const { emulator, ids, group } = await withGroup();
  const add = patch({ op: "add", path: "members", value: members([...ids, "nobody"]) });
  const { status, body } = await askScim(emulator, "PATCH", `Groups/${group}`, add);
  expect([status, body["detail"]]).toEqual([404, "USER does not exist."]);
  expect(emulator.aws.membersOf(group)).toEqual([]);
  const create = { displayName: "New", members: members(["nobody"]) };
  expect((await askScim(emulator, "POST", "Groups", create)).status).toBe(404);
  expect(emulator.aws.findGroup("New")).toBeUndefined();
  emulator.aws.policy.unknownMember = 204;
  expect((await askScim(emulator, "PATCH", `Groups/${group}`, add)).status).toBe(204);
  expect(emulator.aws.membersOf(group)).toHaveLength(3);
});

test("adding somebody who is a member and removing somebody who is not change nothing and are answered 204, or are refused, as the switches say", async () => {
  const { emulator, ids, group } = await withGroup();
  const [inside = "", outside = ""] = ids;
  emulator.aws.addMembership(group, inside);
  const add = patch({ op: "add", path: "members", value: members([inside]) });
  const remove = patch({ op: "remove", path: "members", value: members([outside]) });
  const send = async (body: object) => (await askScim(emulator, "PATCH", `Groups/${group}`, body)).status;
  expect([await send(add), await send(remove)]).toEqual([204, 204]);
  Object.assign(emulator.aws.policy, { addExistingMember: 409, removeNonMember: 404 });
  expect([await send(add), await send(remove)]).toEqual([409, 404]);
  expect(emulator.aws.memberships).toHaveLength(1);
});

test("a rename to another group's name is a duplicate", async () => {
  const { emulator, group } = await withGroup();
  emulator.aws.addGroup({ displayName: "Other" });
  const rename = patch({ op: "replace", path: "displayName", value: "OTHER" });
  expect((await askScim(emulator, "PATCH", `Groups/${group}`, rename)).status).toBe(409);
});

test("PUT is not implemented for groups, and a deleted group's memberships go with it", async () => {
  const { emulator, ids, group } = await withGroup();
  emulator.aws.addMembership(group, ids[0] ?? "");
  expect((await askScim(emulator, "PUT", `Groups/${group}`, {})).status).toBe(501);
  expect((await askScim(emulator, "DELETE", `Groups/${group}`)).status).toBe(204);
  expect(emulator.aws.memberships).toEqual([]);
  const { status, body } = await askScim(emulator, "DELETE", `Groups/${group}`);
  expect([status, body["detail"]]).toEqual([404, "GROUP does not exist."]);
});
