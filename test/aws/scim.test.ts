import { expect, test } from "vitest";
import { ExistingError } from "../../src/aws/errors.ts";
import { sourceId, targetId } from "../../src/core/model.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { ada, failure, scimAt } from "./stage.ts";

const admins = { externalId: sourceId("03abcdefg12"), name: "aws-admins" };

test("a user is created with exactly what is synced", async () => {
  const emulator = await useEmulator();
  const { id } = await scimAt(emulator).createUser({ ...ada, active: false });
  expect(emulator.aws.user(id)).toMatchObject({
    externalId: ada.externalId,
    userName: "ada@example.com",
    name: { givenName: "Ada", familyName: "Lovelace" },
    displayName: "Ada Lovelace",
    emails: [{ value: "ada@example.com", type: "work", primary: true }],
    active: false,
    extra: {},
  });
  expect(emulator.requests.at(-1)?.headers["content-type"]).toBe("application/scim+json");
});

test("a patch names only what differs, one operation for each attribute, each with its path", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  const made = emulator.aws.addUser({ userName: "old@example.com", extra: { title: "Countess" } });
  const id = targetId(made.id);
  await client.patchUser(id, { active: false });
  expect(emulator.requests.at(-1)?.body).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "replace", path: "active", value: false }],
  });
  const { externalId, userName, email, givenName, familyName, displayName } = ada;
  await client.patchUser(id, { externalId, userName, email, givenName, familyName, displayName });
  expect(await client.user(id)).toMatchObject({ ...ada, id, active: false });
  expect(emulator.aws.user(id).extra).toEqual({ title: "Countess" });
});

test("a user is deleted, and deleting one who is gone is no error", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  const { id } = await client.createUser(ada);
  await client.deleteUser(id);
  await client.deleteUser(id);
  expect(emulator.aws.users).toEqual([]);
  expect(await client.user(id)).toBeUndefined();
});

test("a group is created with its members, renamed, linked, emptied and deleted", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  const { id: user } = await client.createUser(ada);
  const { id: group } = await client.createGroup(admins, [user]);
  expect(emulator.aws.membersOf("aws-admins")).toEqual(["ada@example.com"]);
  await client.patchGroup(group, { name: "aws-owners" });
  await client.patchGroup(group, { externalId: "03zzzzzzzzz" });
  expect(await client.group(group)).toMatchObject({
    id: group,
    name: "aws-owners",
    externalId: "03zzzzzzzzz",
  });
  await client.removeMembers(group, [user]);
  expect(emulator.aws.membersOf("aws-owners")).toEqual([]);
  await client.addMembers(group, [user]);
  expect(emulator.aws.membersOf("aws-owners")).toEqual(["ada@example.com"]);
  await client.deleteGroup(group);
  await client.deleteGroup(group);
  expect(emulator.aws.groups).toEqual([]);
});

test("a hundred members go in one request, one more is refused before it is sent", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  const ids = Array.from({ length: 101 }, (_, n) =>
    targetId(emulator.aws.addUser({ userName: `u${n}@example.com` }).id),
  );
  const { id: group } = await client.createGroup(admins, []);
  await client.addMembers(group, ids.slice(0, 100));
  expect(emulator.aws.membersOf(group)).toHaveLength(100);
  expect(emulator.count({ operation: "PatchGroup" })).toBe(1);
  await expect(async () => client.addMembers(group, ids)).rejects.toThrow("101 members in one request");
  expect(emulator.count({ operation: "PatchGroup" })).toBe(1);
});

test("look-ups find by name without case and by external id, and nobody else", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  const { id: user } = await client.createUser(ada);
  const { id: group } = await client.createGroup(admins, [user]);
  emulator.aws.addUser({ userName: "bob@example.com" });
  expect((await client.findUser("userName", "ADA@example.com"))?.id).toBe(user);
  expect((await client.findUser("externalId", ada.externalId))?.id).toBe(user);
  expect(await client.findUser("userName", "eve@example.com")).toBeUndefined();
  expect((await client.findGroup("displayName", "AWS-admins"))?.id).toBe(group);
  expect((await client.findGroup("externalId", admins.externalId))?.id).toBe(group);
  expect(await client.findGroup("externalId", "03unknown0000")).toBeUndefined();
});

test("a filter that the endpoint does not understand finds nobody, not everybody", async () => {
  const emulator = await useEmulator();
  emulator.aws.addUser({ userName: "bob@example.com", externalId: "1" });
  emulator.fault({
    when: { operation: "ListUsers" },
    do: (_, answer) => ({ ...answer, body: { Resources: [{ id: "1", userName: "bob@example.com" }] } }),
  });
  expect(await scimAt(emulator).findUser("userName", "eve@example.com")).toBeUndefined();
});

test("quotes, backslashes, ampersands and letters of any script survive in a filter", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  for (const name of ['say "hi" & \\go+1%', "группа #1?", "a and b eq c"]) {
    const { id } = emulator.aws.addGroup({ displayName: name });
    expect((await client.findGroup("displayName", name))?.id).toBe(id);
  }
});

test("membership can be asked for by pair and by user", async () => {
  const emulator = await useEmulator({ pageSize: 2 });
  const client = scimAt(emulator);
  const { id: user } = await client.createUser(ada);
  const groups = Array.from({ length: 5 }, (_, n) =>
    targetId(emulator.aws.addGroup({ displayName: `g${n}` }).id),
  );
  for (const group of groups) emulator.aws.addMembership(group, user);
  const other = targetId(emulator.aws.addGroup({ displayName: "other" }).id);
  expect(await client.groupsOf(user)).toEqual(groups);
  expect(await client.isMember(other, user)).toBe(false);
  expect(await client.isMember(groups[3] ?? other, user)).toBe(true);
  expect(await client.isMember(other, targetId("nobody"))).toBe(false);
  expect(await client.groupsOf(targetId("nobody"))).toEqual([]);
});

test("any one user or group is found without reading all of them", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  expect(await client.anyUser()).toBeUndefined();
  expect(await client.anyGroup()).toBeUndefined();
  for (const n of [1, 2, 3, 4]) emulator.aws.addUser({ userName: `u${n}@example.com` });
  emulator.aws.addGroup({ displayName: "g" });
  expect(await client.anyUser()).toMatchObject({ userName: "u1@example.com" });
  expect(await client.anyGroup()).toMatchObject({ name: "g" });
  expect(emulator.requests).toHaveLength(4);
});

test("a target without a final slash in its address is the same target", async () => {
  const emulator = await useEmulator();
  await scimAt(emulator, { endpoint: emulator.scimEndpoint.replace(/\/$/, "") }).probe();
  await scimAt(emulator, { endpoint: emulator.scimEndpoint }).probe();
  expect(emulator.count({ operation: "ServiceProviderConfig", status: 200 })).toBe(2);
});

test("every list is asked for with a bare cursor and walked to its last page", async () => {
  const emulator = await useEmulator({ pageSize: 3 });
  emulator.aws.policy.emptyCursorWithFilter = 400;
  for (let n = 0; n < 7; n += 1) emulator.aws.addUser({ userName: `u${n}@example.com`, externalId: `${n}` });
  emulator.aws.addGroup({ displayName: "all" });
  emulator.aws.addGroup({ displayName: "none" });
  for (const user of emulator.aws.users) emulator.aws.addMembership("all", user.id);
  const existing = await scimAt(emulator).read();
  expect(existing.users.map((user) => user.userName)).toEqual(
    emulator.aws.users.map((user) => user.userName),
  );
  expect(existing.groups.map((group) => [group.name, group.members.size])).toEqual([
    ["all", 7],
    ["none", 0],
  ]);
  expect(emulator.count({ operation: "ListUsers" })).toBe(3 + 3 + 1);
});

test("a first page alone, for want of the cursor, is never taken for the whole list", async () => {
  const emulator = await useEmulator({ pageSize: 3 });
  const client = scimAt(emulator);
  emulator.aws.policy.cursor = "ignored";
  expect(await client.read()).toMatchObject({ users: [], groups: [] });
  for (let n = 0; n < 4; n += 1) emulator.aws.addUser({ userName: `u${n}@example.com` });
  const error = await failure<ExistingError>(client.read());
  expect(error).toBeInstanceOf(ExistingError);
  expect(error.todo).toMatch(/^set AWS_READ=identitystore/);
  expect(await client.findUser("userName", "u3@example.com")).toMatchObject({ userName: "u3@example.com" });
  expect(await client.anyUser()).toMatchObject({ userName: "u0@example.com" });
  const group = targetId(emulator.aws.addGroup({ displayName: "g" }).id);
  emulator.aws.addMembership("g", "u0@example.com");
  const [user] = emulator.aws.users;
  await expect(client.groupsOf(targetId(user?.id ?? ""))).rejects.toBeInstanceOf(ExistingError);
  expect(await client.isMember(group, targetId(user?.id ?? ""))).toBe(true);
});

test("a page that comes again, or that has lost its list, ends the reading", async () => {
  const emulator = await useEmulator();
  for (let n = 0; n < 4; n += 1) emulator.aws.addUser({ userName: `u${n}@example.com` });
  const again = emulator.fault({
    when: { operation: "ListUsers" },
    times: Number.POSITIVE_INFINITY,
    do: () => ({ status: 200, body: { Resources: [], nextCursor: "same" } }),
  });
  await expect(scimAt(emulator).read()).rejects.toThrow(/a page of the list of \w+ over SCIM twice/);
  again.remove();
  emulator.fault({
    when: { operation: "ListGroups" },
    do: (_, answer) => ({ ...answer, body: { schemas: [] } }),
  });
  await expect(scimAt(emulator).read()).rejects.toThrow(
    /not in the expected form \(Resources\) when asked to list the groups/,
  );
});

test("a reading tells how far it is", async () => {
  const emulator = await useEmulator();
  emulator.aws.addUser({ userName: "u@example.com" });
  for (const name of ["a", "b"]) emulator.aws.addGroup({ displayName: name });
  const told: unknown[] = [];
  await scimAt(emulator).read({ progress: (at) => told.push({ ...at }) });
  expect(told.at(-1)).toEqual({ users: 1, groups: 2, groupsRead: 2 });
});

test("when one half of a reading fails, the other asks for nothing more", async () => {
  const emulator = await useEmulator({ pageSize: 1, latency: { scim: 20 } });
  for (let n = 0; n < 50; n += 1) emulator.aws.addGroup({ displayName: `g${n}` });
  emulator.fault({ when: { operation: "ListUsers" }, do: { status: 400 } });
  await expect(scimAt(emulator).read()).rejects.toThrow(/refused to list the users \(400/);
  expect(emulator.count({ operation: "ListGroups" })).toBeLessThan(5);
});
