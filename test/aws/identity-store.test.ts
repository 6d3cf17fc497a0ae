import { IdentitystoreClient } from "@aws-sdk/client-identitystore";
import { expect, test } from "vitest";
import { ExistingError, TargetError } from "../../src/aws/errors.ts";
import { identityStore, isInStore } from "../../src/aws/identity-store.ts";
import { findStore } from "../../src/aws/instances.ts";
import { requestHandler } from "../../src/aws/request-handler.ts";
import { targetId } from "../../src/core/model.ts";
import { createAws } from "../emulator/aws-directory.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { instanceOf } from "../emulator/identity-store.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { adminAt, failure, here, readExisting, readIdentityStore, scimAt, storeAt } from "./stage.ts";

const { signal } = new AbortController();

/** 11 users, 5 groups, memberships of 0 to 4 pages. */
function populate({ aws }: Emulator): void {
  for (let n = 0; n < 11; n += 1)
    aws.addUser({
      userName: `u${n}@example.com`,
      givenName: `Given${n}`,
      active: n % 3 !== 0,
      ...(n < 8 ? { externalId: `10000000000000000000${n}` } : {}),
    });
  for (let n = 0; n < 5; n += 1) {
    const group = aws.addGroup({ displayName: `g${n}`, ...(n < 3 ? { externalId: `03abcdefg${n}` } : {}) });
    for (const user of aws.users.slice(0, n === 0 ? 0 : n * 3 - 1)) aws.addMembership(group.id, user.id);
  }
}

test("users, groups and members are read whole, over every page", async () => {
  const emulator = await useEmulator({ pageSize: 3 });
  populate(emulator);
  const { client, id, pace } = storeAt(emulator);
  const existing = await readIdentityStore(client, id);
  expect(existing.users).toHaveLength(11);
  expect(existing.users[3]).toEqual({
    id: emulator.aws.user("u3@example.com").id,
    externalId: "100000000000000000003",
    userName: "u3@example.com",
    email: "u3@example.com",
    givenName: "Given3",
    familyName: "Family",
    displayName: "Given3 Family",
    active: false,
    createdAt: expect.any(String),
  });
  expect(existing.groups.map((group) => [group.name, group.members.size])).toEqual([
    ["g0", 0],
    ["g1", 2],
    ["g2", 5],
    ["g3", 8],
    ["g4", 11],
  ]);
  expect(existing.groups[0]?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(pace.count).toBe(emulator.requests.length);
});

test("the two ways of reading, and both together, tell the same", async () => {
  const emulator = await useEmulator({ pageSize: 3 });
  populate(emulator);
  const { client, id } = storeAt(emulator);
  const read = await readIdentityStore(client, id);
  const scim = scimAt(emulator);
  expect(await scim.read()).toEqual(read);
  emulator.forget();
  expect(await readExisting([identityStore(client, id, scim), scim.reader])).toEqual(read);
  expect(emulator.count({ service: "scim" })).toBeGreaterThan(0);
  expect(emulator.count({ operation: "ListGroupMemberships" })).toBeGreaterThan(0);
});

test("what Control Tower leaves out is an empty text", async () => {
  const emulator = await useEmulator();
  const made = emulator.aws.addUser({
    userName: "AWS Control Tower Admin",
    email: "root@example.com",
    emailType: null,
  });
  made.name = {};
  delete made.displayName;
  const { client, id } = storeAt(emulator);
  const [user] = (await readIdentityStore(client, id)).users;
  expect(user).toEqual({
    id: made.id,
    externalId: "",
    userName: "AWS Control Tower Admin",
    email: "root@example.com",
    givenName: "",
    familyName: "",
    displayName: "",
    active: true,
    createdAt: expect.any(String),
  });
});

test("another provider's external id carries its issuer, so that it is never taken for ours", async () => {
  const emulator = await useEmulator();
  emulator.aws.addUser({
    userName: "u@example.com",
    externalId: "100000000000000000001",
    issuer: "https://okta.example",
  });
  emulator.aws.addGroup({ displayName: "g", externalId: "03abcdefg12", issuer: "https://okta.example" });
  const { client, id } = storeAt(emulator);
  const existing = await readIdentityStore(client, id);
  expect(existing.users[0]?.externalId).toBe("https://okta.example#100000000000000000001");
  expect(existing.groups[0]?.externalId).toBe("https://okta.example#03abcdefg12");
});

test("of several external ids SCIM's own counts, and of several e-mails the primary one", async () => {
  const emulator = await useEmulator();
  const { client, id } = storeAt(emulator);
  const Users = [
    {
      UserId: "1",
      UserStatus: "ENABLED",
      ExternalIds: [
        { Issuer: "https://okta.example", Id: "x" },
        { Issuer: "https://scim.aws.com/77", Id: "ours" },
      ],
      Emails: [{ Value: "second@example.com" }, { Value: "first@example.com", Primary: true }],
    },
  ];
  emulator.fault({ when: { operation: "ListUsers" }, do: (_, answer) => ({ ...answer, body: { Users } }) });
  expect((await readIdentityStore(client, id)).users[0]).toMatchObject({
    externalId: "ours",
    email: "first@example.com",
  });
});

test.each(["ListUsers", "ListGroups", "ListGroupMemberships"])(
  "a %s that fails ends the reading",
  async (operation) => {
    const emulator = await useEmulator();
    populate(emulator);
    const { client, id } = storeAt(emulator, { maxAttempts: 1 });
    emulator.fault({ when: { operation, nth: 2 }, do: { status: 500 } });
    const error = await failure<TargetError>(readIdentityStore(client, id));
    expect(error).toBeInstanceOf(TargetError);
    expect(error.message).toMatch(
      new RegExp(
        `^The Identity Store in us-east-1 failed at identitystore:${operation} \\(InternalServerException`,
      ),
    );
  },
);

test("a page without its list, or one that comes again, ends the reading", async () => {
  const emulator = await useEmulator();
  populate(emulator);
  const { client, id } = storeAt(emulator);
  emulator.fault({ when: { operation: "ListGroups", nth: 2 }, do: (_, answer) => ({ ...answer, body: {} }) });
  expect((await failure(readIdentityStore(client, id))).message).toMatch(
    /list of groups is not in the expected form \(Groups\)/,
  );
  emulator.fault({
    when: { operation: "ListUsers" },
    times: Number.POSITIVE_INFINITY,
    do: () => ({ status: 200, body: { Users: [], NextToken: "same" } }),
  });
  expect((await failure(readIdentityStore(client, id))).message).toMatch(/a page of the list of users twice/);
});

test.each(["drop-before", "drop-after", "cut", "truncate"] as const)(
  "a reading survives a broken answer (%s)",
  async (action) => {
    const emulator = await useEmulator();
    populate(emulator);
    const { client, id } = storeAt(emulator);
    const fault = emulator.fault({ when: { operation: "ListUsers", nth: 2 }, do: action });
    expect((await readIdentityStore(client, id)).users).toHaveLength(11);
    expect(fault.hits).toBe(1);
  },
);

const hasty = () => ({ requestHandler: requestHandler(here({ longestMs: 2_000, silenceMs: 100 })) });

test.each([
  ["no answer", { delay: 10_000 }, "no answer came in 2 s"],
  ["half an answer and then nothing", "stall", "no answer came in time"],
] as const)(
  "%s is asked for again by the SDK, and told when it stays so",
  { tags: "long" },
  async (_, action, told) => {
    const emulator = await useEmulator();
    populate(emulator);
    const { client, id } = storeAt(emulator, hasty());
    const fault = emulator.fault({ when: { operation: "ListUsers", nth: 2 }, do: action });
    expect((await readIdentityStore(client, id)).users).toHaveLength(11);
    expect(fault.hits).toBe(1);
    const twice = storeAt(emulator, { ...hasty(), maxAttempts: 2 });
    const lasting = emulator.fault({ when: { operation: "ListGroups" }, times: 2, do: action });
    expect((await failure<TargetError>(readIdentityStore(twice.client, id))).why).toContain(
      `could not be reached for identitystore:ListGroups: ${told}`,
    );
    expect(lasting.hits).toBe(2);
  },
);

test(
  "throttling that comes as HTTP 400 is waited out, and each attempt takes its turn",
  { tags: "long" },
  async () => {
    const emulator = await useEmulator();
    populate(emulator);
    const { client, id, pace } = storeAt(emulator);
    const throttled = { __type: "ThrottlingException", Message: "Rate exceeded", RetryAfterSeconds: 1 };
    emulator.fault({ when: { operation: "ListUsers" }, do: { status: 400, body: throttled } });
    const begin = performance.now();
    expect((await readIdentityStore(client, id)).users).toHaveLength(11);
    expect(performance.now() - begin).toBeGreaterThan(950);
    expect(pace.count).toBe(emulator.requests.length);
  },
);

test("a denied action is told with its name and the place to add it", async () => {
  const emulator = await useEmulator();
  emulator.denied.add("identitystore:ListGroups");
  const { client, id } = storeAt(emulator);
  const error = await failure<TargetError>(readIdentityStore(client, id));
  expect(error.message).toMatch(
    new RegExp(`^AWS does not allow identitystore:ListGroups on ${id} in us-east-1 \\(AccessDenied`),
  );
  expect(error.message).toMatch(
    /; add identitystore:ListGroups to the policy of the role or user that this runs as\.$/,
  );
  expect(error.requestId).toMatch(/^[-0-9a-f]{36}$/);
});

test("a wrong store id, an unknown host and bad credentials are told apart", async () => {
  const emulator = await useEmulator();
  const { client } = storeAt(emulator);
  expect((await failure(readIdentityStore(client, "d-0000000000"))).message).toMatch(
    /^There is no Identity Store d-0000000000 in us-east-1 .*; set IDENTITY_STORE_ID to the one shown/,
  );
  const nobody = storeAt(emulator, { endpoint: "http://127.0.0.1:9", maxAttempts: 1 });
  expect(await failure(readIdentityStore(nobody.client, nobody.id))).toMatchObject({
    code: "ECONNREFUSED",
    todo: "check the address",
  });
  const stranger = storeAt(emulator, { credentials: { accessKeyId: "AKIASTRANGER", secretAccessKey: "no" } });
  const rejected = await failure<TargetError>(readIdentityStore(stranger.client, stranger.id));
  expect(rejected.code).toBe("UnrecognizedClientException");
  expect(rejected.todo).toContain("AWS_PROFILE");
});

test("expired and missing credentials are told with the command that helps", async () => {
  const emulator = await useEmulator();
  const { client, id } = storeAt(emulator, { maxAttempts: 1 });
  const expired = {
    __type: "ExpiredTokenException",
    Message: "The security token included in the request is expired",
  };
  emulator.fault({ when: { service: "identitystore" }, times: 2, do: { status: 400, body: expired } });
  expect((await failure(readIdentityStore(client, id))).message).toBe(
    'The AWS credentials have expired; run "aws sso login" on a terminal and start again.',
  );
  const none = () =>
    Promise.reject(
      Object.assign(new Error("Could not load credentials"), { name: "CredentialsProviderError" }),
    );
  const bare = storeAt(emulator, { credentials: none });
  const without = await failure<TargetError>(readIdentityStore(bare.client, bare.id));
  expect(without.code).toBe("CredentialsProviderError");
  expect(without.todo).toContain('"aws sso login"');
  expect(bare.pace.count).toBe(0);
});

test("throttling that does not end is told with the number of attempts", async () => {
  const emulator = await useEmulator();
  const { client, id } = storeAt(emulator, { maxAttempts: 2 });
  emulator.fault({ when: { operation: "ListUsers" }, times: Number.POSITIVE_INFINITY, do: { status: 429 } });
  expect((await failure(readIdentityStore(client, id))).message).toMatch(
    /^AWS kept throttling identitystore:ListUsers after 2 attempts: another client is using up the quota/,
  );
});

test("an abort ends a reading with the abort's reason", async () => {
  const emulator = await useEmulator({ latency: { identityStore: 100 } });
  populate(emulator);
  const { client, id } = storeAt(emulator);
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("the time is up")), 150);
  expect((await failure(readIdentityStore(client, id, { signal: stop.signal }))).message).toBe(
    "the time is up",
  );
  const asked = emulator.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(emulator.requests.length).toBeLessThanOrEqual(asked + 1);
});

test("the one active instance is found by itself, several or none ask for the setting", async () => {
  const emulator = await useEmulator();
  const admin = adminAt(emulator);
  const { instances } = emulator.identityStore;
  expect(await findStore(admin, "d-given", signal)).toEqual({ id: "d-given" });
  expect(emulator.requests).toEqual([]);
  instances.push({ ...instanceOf(createAws(() => new Date(), "other")), Status: "DELETE_IN_PROGRESS" });
  const id = emulator.aws.identityStoreId;
  expect(await findStore(admin, undefined, signal)).toMatchObject({ id, account: "123456789012" });
  Object.assign(instances[1] ?? {}, { Status: "ACTIVE", Name: "sandbox" });
  const several = await failure<ExistingError>(findStore(admin, undefined, signal));
  expect(several).toBeInstanceOf(ExistingError);
  expect(several.message).toMatch(
    /^There are 2 active .* in us-east-1: d-\w+ \(arn:.*, owner 123456789012, ACTIVE\), d-\w+ \(sandbox, .*\); set IDENTITY_STORE_ID/,
  );
  instances.length = 0;
  expect((await failure(findStore(admin, undefined, signal))).message).toMatch(
    /^There is no active .* in us-east-1; check the Region/,
  );
  emulator.denied.add("sso:ListInstances");
  expect((await failure(findStore(admin, undefined, signal))).message).toMatch(
    /add sso:ListInstances to the policy .*, or set IDENTITY_STORE_ID\.$/,
  );
});

test("one object shows whether the store is the directory behind the SCIM endpoint", async () => {
  const emulator = await useEmulator();
  const { client, id } = storeAt(emulator);
  const userId = targetId(emulator.aws.addUser({ userName: "u@example.com" }).id);
  const groupId = targetId(emulator.aws.addGroup({ displayName: "g" }).id);
  const [user, group] = [{ kind: "user", id: userId } as const, { kind: "group", id: groupId } as const];
  expect(await isInStore(client, id, user, signal)).toBe(true);
  expect(await isInStore(client, id, group, signal)).toBe(true);
  expect(await isInStore(client, id, { ...user, id: targetId("nobody") }, signal)).toBe(false);
  expect(await isInStore(client, id, { ...group, id: targetId("none") }, signal)).toBe(false);
  expect((await failure(isInStore(client, "d-0000000000", user, signal))).message).toMatch(
    /There is no Identity Store/,
  );
  const lost = { __type: "ResourceNotFoundException", Message: "not found", Reason: "KMS_KEY_NOT_FOUND" };
  emulator.fault({ when: { operation: "DescribeUser" }, do: { status: 400, body: lost } });
  expect((await failure(isInStore(client, id, user, signal))).message).toMatch(
    /cannot be used \(KMS_KEY_NOT_FOUND/,
  );
  emulator.denied.add("identitystore:DescribeGroup");
  expect((await failure(isInStore(client, id, group, signal))).message).toMatch(
    /does not allow identitystore:DescribeGroup/,
  );
});

test("the SDK keeps a client's own type", async () => {
  const emulator = await useEmulator();
  expect(storeAt(emulator).client).toBeInstanceOf(IdentitystoreClient);
});
