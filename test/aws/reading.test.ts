/** Which way round memberships are read, and that the answer is the same either way. */
import { describe, expect, test } from "vitest";
import { identityStore } from "../../src/aws/identity-store.ts";
import { existingReading } from "../../src/aws/reading.ts";
import type { TargetError } from "../../src/aws/errors.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { isObject, type RecordedRequest } from "../emulator/wire.ts";
import { failure, NOT_ASKED, readExisting, scimAt, storeAt } from "./stage.ts";

/** `users` people; group n holds everybody whose number divides n. */
function populate({ aws }: Emulator, users: number, groups: number): void {
  for (let n = 1; n <= users; n += 1) aws.addUser({ userName: `u${n}@example.com` });
  for (let n = 1; n <= groups; n += 1) {
    aws.addGroup({ displayName: `g${n}` });
    for (let user = 1; user <= users; user += 1)
      if (n % user === 0) aws.addMembership(`g${n}`, `u${user}@example.com`);
  }
}

/** Names of the members, by group, as the store itself has them. */
const held = ({ aws }: Emulator) =>
  aws.groups.map(({ displayName }) => [displayName, aws.membersOf(displayName)]);

async function read(emulator: Emulator, readers: "identitystore" | "scim" | "both") {
  const { client, id } = storeAt(emulator);
  const [store, { reader }] = [identityStore(client, id, NOT_ASKED), scimAt(emulator)];
  const said: string[] = [];
  const { users, groups, unread } = await readExisting(
    readers === "both" ? [store, reader] : [readers === "scim" ? reader : store],
    { debug: (sentence) => void said.push(sentence) },
  );
  const names = new Map(users.map((user) => [user.id, user.userName]));
  const members = groups.map((group): [string, (string | undefined)[]] => [
    group.name,
    [...group.members].map((member) => names.get(member)).toSorted(),
  ]);
  return { members, said, unread };
}

describe.each(["identitystore", "scim", "both"] as const)("over %s", (readers) => {
  test("few users in many groups are asked one by one, over pages, and the answer is the same", async () => {
    const emulator = await useEmulator({ pageSize: 3 });
    populate(emulator, 4, 13);
    const { members, said } = await read(emulator, readers);
    expect(members).toEqual(held(emulator));
    expect(said).toEqual(["memberships are read user by user: 4 users, 13 groups"]);
    expect(emulator.count({ operation: "ListGroupMemberships" })).toBe(0);
    expect(emulator.count(({ query }) => query["filter"]?.startsWith("groups.value") === true)).toBe(0);
  });

  test("as many users as groups are read by group", async () => {
    const emulator = await useEmulator({ pageSize: 3 });
    populate(emulator, 7, 7);
    const { members, said } = await read(emulator, readers);
    expect(members).toEqual(held(emulator));
    expect(said).toEqual(["memberships are read group by group: 7 groups, and at least as many users"]);
    expect(emulator.count({ operation: "ListGroupMembershipsForMember" })).toBe(0);
    expect(emulator.count(({ query }) => query["filter"]?.startsWith("members.value") === true)).toBe(0);
  });

  test.each([4, 13])(
    "a group deleted since it was listed is gone, of %i groups beside 7 users",
    async (groups) => {
      const emulator = await useEmulator();
      populate(emulator, 7, groups);
      emulator.aws.policy.unknownGroupFilter = 404;
      afterListing(emulator, "ListGroups", () => emulator.aws.deleteGroup("g3"));
      const { members } = await read(emulator, readers);
      // Asked user by user, nobody says that it is gone; it has nobody in it.
      expect(members.filter(([, some]) => some.length > 0)).toEqual(held(emulator));
      if (groups === 4) expect(members).toEqual(held(emulator));
    },
  );

  test.each([4, 13])("a user deleted since they were listed is in no group, of %i groups", async (groups) => {
    const emulator = await useEmulator();
    populate(emulator, 7, groups);
    afterListing(emulator, "ListUsers", () => emulator.aws.deleteUser("u2@example.com"));
    const { members } = await read(emulator, readers);
    // Who was read before may still show, as nobody's id.
    const known = members.map(([name, some]) => [name, some.filter((one) => one !== undefined)]);
    expect(known).toEqual(held(emulator));
  });
});

test.each(["identitystore", "scim"] as const)(
  "over %s, two objects with one external id are both unread, because nobody knows which is meant",
  async (readers) => {
    const emulator = await useEmulator();
    const two = [1, 2].map((n) => emulator.aws.addGroup({ displayName: `g${n}`, externalId: "03abcdefg12" }));
    emulator.aws.addGroup({ displayName: "g3", externalId: "03abcdefg13" });
    const { unread } = await read(emulator, readers);
    const ids = two.map(({ id }) => id);
    expect([...unread.keys()].toSorted()).toEqual(ids.toSorted());
    for (const { why } of unread.values()) for (const id of ids) expect(why).toContain(id);
  },
);

const DENIED = { status: 400, body: { __type: "AccessDeniedException", Message: "not authorized" } };

/** The request for the members of one group, over either service. */
const asksFor = (group: string) => (request: RecordedRequest) =>
  request.operation === "ListGroupMemberships"
    ? isObject(request.body) && request.body["GroupId"] === group
    : (request.query["filter"]?.includes(`groups.value eq "${group}"`) ?? false);

describe.each([
  ["identitystore", "is refused", DENIED, /does not allow identitystore:ListGroupMemberships/],
  ["identitystore", "has an odd row", { status: 200, body: { GroupMemberships: [7] } }, /expected form/],
  ["scim", "is refused", { status: 403 }, /accepts the same token for other requests/],
  ["scim", "has an odd row", { status: 200, body: { Resources: [{ id: 7 }] } }, /expected form/],
] as const)("over %s, a list of members that %s", (readers, _, answer, words) => {
  test("leaves that group unread, with AWS's words, and the others are read", async () => {
    const emulator = await useEmulator();
    populate(emulator, 7, 4);
    const { id } = emulator.aws.group("g3");
    emulator.fault({ when: asksFor(id), times: Infinity, do: answer });
    const { members, unread } = await read(emulator, readers);
    expect([...unread].map(([of, { why }]) => [of, words.test(why)])).toEqual([[id, true]]);
    expect(members).toEqual(held(emulator).map(([name, some]) => [name, name === "g3" ? [] : some]));
  });

  test("of one user's groups lets memberships be read group by group", async () => {
    const emulator = await useEmulator();
    populate(emulator, 4, 13);
    const { id } = emulator.aws.user("u3@example.com");
    const asked = (request: RecordedRequest): boolean =>
      request.operation === "ListGroupMembershipsForMember"
        ? JSON.stringify(request.body).includes(id)
        : (request.query["filter"]?.includes(`members.value eq "${id}"`) ?? false);
    const fault = emulator.fault({ when: asked, times: Infinity, do: answer });
    const { members, unread } = await read(emulator, readers);
    expect([members, unread.size, fault.hits]).toEqual([held(emulator), 0, 1]);
  });
});

test.each([2, 40])(
  "where all of %i groups are refused, the right is missing, and the reading ends soon",
  async (groups) => {
    const emulator = await useEmulator({ pageSize: "vendor" });
    populate(emulator, groups, groups);
    emulator.denied.add("identitystore:ListGroupMemberships");
    const error = await failure<TargetError>(read(emulator, "identitystore"));
    expect(error.code).toBe("AccessDeniedException");
    expect(emulator.count({ operation: "ListGroupMemberships" })).toBeLessThanOrEqual(30);
  },
);

/** Something happens right after the whole of a list was given out. */
function afterListing(emulator: Emulator, operation: string, happens: () => unknown): void {
  let once = false;
  emulator.fault({
    when: (request) => request.operation === operation && request.query["filter"] === undefined,
    times: Number.POSITIVE_INFINITY,
    do: (_, answer) => {
      const { NextToken, nextCursor } = answer.body as { NextToken?: string; nextCursor?: string };
      if (NextToken === undefined && nextCursor === undefined && !once) {
        once = true;
        happens();
      }
      return answer;
    },
  });
}

test("one user in a hundred groups costs one request beside the lists", async () => {
  const emulator = await useEmulator({ pageSize: "vendor" });
  populate(emulator, 1, 100);
  await read(emulator, "identitystore");
  expect(emulator.requests.map(({ operation }) => operation).toSorted()).toEqual([
    "ListGroupMembershipsForMember",
    "ListGroups",
    "ListUsers",
  ]);
});

test("where the right to ask by user is missing, one refusal is enough to read by group", async () => {
  const emulator = await useEmulator({ pageSize: 3 });
  populate(emulator, 4, 13);
  emulator.denied.add("identitystore:ListGroupMembershipsForMember");
  const { members, said } = await read(emulator, "identitystore");
  expect(members).toEqual(held(emulator));
  expect(said.at(-1)).toMatch(/does not allow identitystore:ListGroupMembershipsForMember/);
  expect(emulator.count({ operation: "ListGroupMembershipsForMember" })).toBe(1);
});

test.each(["identitystore", "scim"] as const)(
  "a user who is deleted after the list over %s is in no group",
  async (readers) => {
    const emulator = await useEmulator({ pageSize: 3 });
    populate(emulator, 4, 13);
    let last: string | undefined;
    emulator.fault({
      when: ({ operation }) => {
        const asked = operation === "ListGroupMembershipsForMember" || operation === "ListGroups";
        if (asked && last === undefined && emulator.count({ operation: "ListGroups" }) > 4) {
          last = "u4@example.com";
          emulator.aws.deleteUser(last);
        }
        return false;
      },
      do: "drop-before",
    });
    const { members } = await read(emulator, readers);
    expect(last).toBeDefined();
    expect(members).toEqual(held(emulator));
  },
);

test.each([
  ["the whole store is gone", { ResourceType: "IDENTITY_STORE" }, /^There is no Identity Store d-/],
  [
    "its key is gone",
    { Reason: "KMS_KEY_NOT_FOUND" },
    /^The Identity Store d-\w+ is encrypted with a KMS key/,
  ],
  ["nobody says what is gone", {}, /^The Identity Store d-\w+ did not answer identitystore:ListGroupMem/],
])("that %s is not told as a user without groups", async (_, more, sentence) => {
  const emulator = await useEmulator({ pageSize: 3 });
  populate(emulator, 4, 13);
  emulator.fault({
    when: { operation: "ListGroupMembershipsForMember", nth: 2 },
    do: {
      status: 400,
      body: { __type: "ResourceNotFoundException", Message: "not found", ...more },
    },
  });
  expect((await failure(read(emulator, "identitystore"))).message).toMatch(sentence);
});

test("the first failure ends the asking by user as well", async () => {
  const emulator = await useEmulator({ pageSize: 3 });
  populate(emulator, 9, 40);
  emulator.fault({
    when: { operation: "ListGroupMembershipsForMember", nth: 3 },
    do: { status: 400, body: { __type: "ValidationException", message: "no" } },
  });
  await expect(read(emulator, "identitystore")).rejects.toThrow(/ListGroupMembershipsForMember/);
});

describe.each(["identitystore", "scim"] as const)("over %s, the first pages of users", (from) => {
  test.each([
    [3, { users: 8, all: false, asked: 4 }],
    [4, { users: 8, all: true, asked: 4 }],
    [9, { users: 8, all: true, asked: 4 }],
    [1, { users: 4, all: false, asked: 2 }],
  ])("%i of them", async (pages, { users, all, asked }) => {
    const emulator = await useEmulator({ pageSize: 2 });
    populate(emulator, 8, 0);
    const { client, id } = storeAt(emulator);
    const reader = from === "scim" ? scimAt(emulator).reader : identityStore(client, id, NOT_ASKED);
    const first = await existingReading([reader]).firstUsers(pages);
    expect({ users: first.users.length, all: first.all }).toEqual({ users, all });
    expect(emulator.count({ operation: "ListUsers" })).toBe(asked);
  });
});
