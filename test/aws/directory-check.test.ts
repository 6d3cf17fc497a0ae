/** Whether two interfaces show one directory, however much happens in it meanwhile. */
import { expect, test } from "vitest";
import { sameDirectory } from "../../src/aws/directory-check.ts";
import { ExistingError, type TargetError } from "../../src/aws/errors.ts";
import { OutOfTime } from "../../src/traffic/deadline.ts";
import { targetId } from "../../src/core/model.ts";
import { createAws } from "../emulator/aws-directory.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { failure, scimAt, storeAt, readIdentityStore } from "./stage.ts";

const NOTHING = { users: [], groups: [], unread: new Map() };

function both(emulator: Emulator, signal = new AbortController().signal, firstWaitMs = 5) {
  const { client, id } = storeAt(emulator);
  const at = { target: scimAt(emulator), store: client, storeId: id, signal, firstWaitMs };
  return { at, read: () => readIdentityStore(client, emulator.identityStore.directory.identityStoreId) };
}

/** Seven users and seven groups. */
function populate({ aws }: Emulator): void {
  for (let n = 0; n < 7; n += 1) {
    aws.addUser({ userName: `u${n}@example.com` });
    aws.addGroup({ displayName: `g${n}` });
  }
}

test("an object that both know is enough, and one request finds it", async () => {
  const emulator = await useEmulator();
  populate(emulator);
  const { at, read } = both(emulator);
  const existing = await read();
  emulator.forget();
  expect(await sameDirectory(existing, at)).toEqual({ state: "same" });
  expect(emulator.requests).toHaveLength(1);
});

test("who was deleted after the reading makes no other directory of it: four more users are asked about, then groups", async () => {
  const emulator = await useEmulator();
  populate(emulator);
  const { at, read } = both(emulator);
  const existing = await read();
  for (const n of [0, 1, 2, 3]) emulator.aws.deleteUser(`u${n}@example.com`);
  expect(await sameDirectory(existing, at)).toEqual({ state: "same" });
  emulator.aws.deleteUser("u4@example.com");
  for (const n of [0, 1, 2, 3]) emulator.aws.deleteGroup(`g${n}`);
  emulator.forget();
  expect(await sameDirectory(existing, at)).toEqual({ state: "same" });
  expect(emulator.requests).toHaveLength(10);
});

test("five users and five groups that the endpoint does not know are another directory's", async () => {
  const emulator = await useEmulator();
  populate(emulator);
  emulator.identityStore.directory = createAws(() => new Date(), "other");
  const { aws } = emulator;
  for (let n = 0; n < 6; n += 1) {
    emulator.identityStore.directory.addUser({ userName: `x${n}@example.com` });
    emulator.identityStore.directory.addGroup({ displayName: `y${n}` });
  }
  const { at, read } = both(emulator);
  const existing = await read();
  emulator.forget();
  const error = await failure<TargetError>(sameDirectory(existing, at));
  expect(error).toBeInstanceOf(ExistingError);
  expect(error.why).toContain(`the Identity Store ${aws.identityStoreId}, which has the user x0@example.com`);
  expect(error.why).toContain("and 9 more");
  expect(error.todo).toContain("IDENTITY_STORE_ID");
  // Five looks at each.
  expect(emulator.count({ operation: "GetUser" })).toBe(25);
  expect(emulator.count({ operation: "GetGroup" })).toBe(25);
});

test("an object that the endpoint shows late is waited for", async () => {
  const emulator = await useEmulator();
  emulator.aws.addUser({ userName: "new@example.com" });
  const { at, read } = both(emulator);
  const existing = await read();
  emulator.fault({ when: { operation: "GetUser" }, times: 3, do: { status: 404 } });
  expect(await sameDirectory(existing, at)).toEqual({ state: "same" });
  expect(emulator.count({ operation: "GetUser" })).toBe(4);
});

test("who is refused by themselves says nothing about the directory: the next one is asked about", async () => {
  const emulator = await useEmulator();
  populate(emulator);
  const { at, read } = both(emulator);
  const existing = await read();
  emulator.fault({ when: { operation: "GetUser" }, times: 2, do: { status: 403 } });
  expect(await sameDirectory(existing, at)).toEqual({ state: "same" });
  emulator.fault({
    when: ({ operation }) => operation.startsWith("Get"),
    times: Infinity,
    do: { status: 403 },
  });
  const error = await failure<TargetError>(sameDirectory(existing, at));
  expect(error).not.toBeInstanceOf(ExistingError);
  expect(error.status).toBe(403);
});

test.each([
  ["user", ({ aws }: Emulator) => void aws.addUser({ userName: "new@example.com" })],
  ["group", ({ aws }: Emulator) => void aws.addGroup({ displayName: "new" })],
])("a %s made after nothing was read is looked for in the Identity Store as well", async (_, make) => {
  const emulator = await useEmulator();
  make(emulator);
  const { at } = both(emulator);
  expect(await sameDirectory(NOTHING, at)).toEqual({ state: "same" });
  const late = emulator.fault({
    when: ({ operation }) => operation.startsWith("Describe"),
    do: { status: 400, body: { __type: "ResourceNotFoundException", ResourceType: "USER" } },
  });
  expect(await sameDirectory(NOTHING, at)).toEqual({ state: "same" });
  expect(late.hits).toBe(1);
  emulator.identityStore.directory = createAws(() => new Date(), "other");
  const storeId = emulator.identityStore.directory.identityStoreId;
  const error = await failure(sameDirectory(NOTHING, { ...at, storeId }));
  expect(error.message).toContain(`the Identity Store ${storeId}, which has no users and no groups`);
});

test("the end of the time ends the waiting for the first object with its own reason", async () => {
  const emulator = await useEmulator();
  const stop = new AbortController();
  const { at } = both(emulator, stop.signal, 60_000);
  const answer = await sameDirectory(NOTHING, at);
  if (answer.state !== "empty") throw new Error("it is empty");
  const waits = failure(answer.check({ kind: "user", id: targetId("nobody") }));
  const reason = new OutOfTime("The time is over.");
  setTimeout(() => stop.abort(reason), 100);
  expect(await waits).toBe(reason);
});
