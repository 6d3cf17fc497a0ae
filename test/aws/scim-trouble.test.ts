import { expect, test } from "vitest";
import { TargetError, TokenError } from "../../src/aws/errors.ts";
import { sourceId, targetId } from "../../src/core/model.ts";
import { pace, type Pace } from "../../src/traffic/pace.ts";
import type { FaultAction } from "../emulator/faults.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { ada, everythingIn, failure, scimAt, storeAt, tokenOf, readIdentityStore } from "./stage.ts";

const admins = { externalId: sourceId("03abcdefg12"), name: "aws-admins" };

const passing: readonly (readonly [string, FaultAction])[] = [
  ["a 429", { status: 429 }],
  ["a 429 that names its wait", { status: 429, headers: { "retry-after": "0" } }],
  ["a 500", { status: 500 }],
  ["a 503", { status: 503, body: "Service Unavailable" }],
  [
    "throttling told as a 400",
    { status: 400, body: { __type: "ThrottlingException", message: "Rate exceeded" } },
  ],
  ["a connection broken before anything happened", "drop-before"],
  ["an answer that got lost", "drop-after"],
  ["an answer cut half way", "cut"],
  ["half an answer under the status of success", "truncate"],
];

test.each(passing)("after %s a user is created all the same, once", async (_, action) => {
  const emulator = await useEmulator();
  emulator.fault({ when: { operation: "CreateUser" }, do: action });
  const { id } = await scimAt(emulator).createUser(ada);
  expect(emulator.aws.users.map((user) => user.id)).toEqual([id]);
  expect(emulator.count({ operation: "CreateUser" })).toBe(2);
});

test.each(passing)("after %s a group is created all the same, once, with its members", async (_, action) => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  const { id: user } = await client.createUser(ada);
  emulator.fault({ when: { operation: "CreateGroup" }, do: action });
  const { id } = await client.createGroup(admins, [user]);
  expect(emulator.aws.groups.map((group) => group.id)).toEqual([id]);
  expect(emulator.aws.membersOf(id)).toEqual(["ada@example.com"]);
});

test.each(passing)(
  "after %s a change, an addition, a deletion and a reading are made again",
  { tags: "long" },
  async (_, action) => {
    const emulator = await useEmulator();
    const user = targetId(emulator.aws.addUser({ userName: "ada@example.com" }).id);
    const group = targetId(emulator.aws.addGroup({ displayName: "aws-admins" }).id);
    const faults = ["PatchUser", "PatchGroup", "DeleteUser", "ListUsers"].map((operation) =>
      emulator.fault({ when: { operation }, do: action }),
    );
    await scimAt(emulator).patchUser(user, { active: false });
    expect(emulator.aws.user(user).active).toBe(false);
    await scimAt(emulator).addMembers(group, [user]);
    expect(emulator.aws.membersOf(group)).toEqual(["ada@example.com"]);
    expect((await scimAt(emulator).read()).users).toHaveLength(1);
    await scimAt(emulator).deleteUser(user);
    expect(emulator.aws.users).toEqual([]);
    expect(faults.map((fault) => fault.hits)).toEqual([1, 1, 1, 1]);
  },
);

test("trouble that does not pass is given up after the set number of attempts, in the endpoint's own words", async () => {
  const emulator = await useEmulator();
  emulator.fault({ when: { service: "scim" }, times: Number.POSITIVE_INFINITY, do: { status: 500 } });
  const client = scimAt(emulator, { attempts: 4 });
  const error = await failure<TargetError>(client.deleteUser(targetId("u-1")));
  expect(emulator.requests).toHaveLength(4);
  expect(client.pace.count).toBe(4);
  expect(error).toBeInstanceOf(TargetError);
  expect(error).toMatchObject({ status: 500, detail: "Internal server error" });
  expect(error.message).toBe(
    `The SCIM endpoint at ${new URL(emulator.url).host} refused to delete the user u-1 (500 "Internal server error", request ${error.requestId}), again and again; run again later; if it happens again, give the request ID to AWS Support.`,
  );
});

test("a refusal that would not change is not tried again", async () => {
  const emulator = await useEmulator();
  const error = await failure<TargetError>(scimAt(emulator).createUser({ ...ada, givenName: "" }));
  expect(emulator.requests).toHaveLength(1);
  expect(error.status).toBe(400);
  expect(error.detail).toBe("Request is unparsable, syntactically incorrect, or violates schema.");
  expect(error.requestId).toMatch(/^[-0-9a-f]{36}$/);
  expect(error.todo).toContain("CloudTrail");
});

test(
  "a refusal for speed holds everybody back as long as it says, in seconds or as a date",
  { tags: "long" },
  async () => {
    const emulator = await useEmulator();
    for (const waitAt of [() => "1", () => new Date(Date.now() + 2000).toUTCString()]) {
      const wait = waitAt();
      const shared = pace(500);
      const client = scimAt(emulator, { pace: shared });
      const fault = emulator.fault({
        when: { service: "scim" },
        do: { status: 429, headers: { "retry-after": wait } },
      });
      const begin = performance.now();
      await client.probe();
      await scimAt(emulator, { pace: shared }).probe();
      expect(fault.hits).toBe(1);
      expect(performance.now() - begin).toBeGreaterThan(900);
    }
  },
);

test(
  "against an endpoint that allows few requests a second, everything is done in the end",
  { tags: "long" },
  async () => {
    const emulator = await useEmulator({ rate: { scim: { perSecond: 5, burst: 5 } } });
    emulator.aws.policy.retryAfter = undefined;
    const client = scimAt(emulator, { pace: pace(40), firstWaitMs: 100 });
    const people = Array.from({ length: 15 }, (_, n) => ({
      ...ada,
      externalId: sourceId(`10000000000000000${n + 100}`),
      userName: `u${n}@example.com`,
      email: `u${n}@example.com`,
    }));
    await Promise.all(people.map((user) => client.createUser(user)));
    expect(emulator.aws.users).toHaveLength(15);
    expect(emulator.count({ status: 429 })).toBeGreaterThan(0);
    expect(client.pace.count).toBe(emulator.requests.length);
  },
);

test("nothing is sent before its turn, a second attempt neither", async () => {
  const emulator = await useEmulator();
  emulator.fault({ when: { service: "scim" }, do: { status: 500 } });
  const waiting: (() => void)[] = [];
  const byHand: Pace = {
    turn: () => new Promise((resolve) => void waiting.push(resolve)),
    refused: () => undefined,
    count: 0,
  };
  const client = scimAt(emulator, { pace: byHand });
  const work = Promise.all([client.probe(), client.probe(), client.probe()]);
  for (let sent = 0; sent < 4; sent += 1) {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    expect(emulator.requests).toHaveLength(sent);
    waiting.shift()?.();
    await expect.poll(() => emulator.requests.length).toBe(sent + 1);
  }
  await work;
  expect(waiting).toEqual([]);
});

test("a retry that would come too late is not waited for", async () => {
  const emulator = await useEmulator();
  emulator.fault({ when: { service: "scim" }, do: { status: 429, headers: { "retry-after": "60" } } });
  const begin = performance.now();
  const error = await failure<TargetError>(scimAt(emulator, { timeLeft: () => 5000 }).probe());
  expect(error).toMatchObject({ status: 429 });
  expect(error.why).toContain("asks for a wait of 60 s");
  expect(error.todo).toContain("lower SCIM_RATE");
  expect(performance.now() - begin).toBeLessThan(3000);
});

test.each([
  [429, "lower SCIM_RATE"],
  [503, "AWS Support"],
])(
  "a %i that asks for more than five minutes is an error at once, which names the wait",
  async (status, todo) => {
    const emulator = await useEmulator();
    const retryAfter = { status, headers: { "retry-after": "3600" } };
    emulator.fault({ when: { service: "scim" }, times: 9, do: retryAfter });
    const begin = performance.now();
    const error = await failure<TargetError>(scimAt(emulator).probe());
    expect(error.status).toBe(status);
    expect(error.why).toContain("asks for a wait of 3600 s");
    expect(error.todo).toContain(todo);
    expect(emulator.requests).toHaveLength(1);
    expect(performance.now() - begin).toBeLessThan(3_000);
  },
);

test("a refusal for speed that does not end is given up after the set number of attempts", async () => {
  const emulator = await useEmulator();
  emulator.aws.policy.retryAfter = undefined;
  emulator.fault({ when: { service: "scim" }, times: 9, do: { status: 429 } });
  const error = await failure<TargetError>(scimAt(emulator, { attempts: 2 }).probe());
  expect(error.why).toContain("because of throttling, again and again");
  expect(error.todo).toContain("lower SCIM_RATE");
  expect(emulator.requests).toHaveLength(2);
});

test("an abort ends the waiting for a turn and for a retry", async () => {
  const emulator = await useEmulator();
  emulator.fault({ when: { service: "scim" }, times: Number.POSITIVE_INFINITY, do: { status: 500 } });
  const stop = new AbortController();
  const client = scimAt(emulator, { signal: stop.signal, firstWaitMs: 10_000 });
  const waits = failure(client.probe());
  setTimeout(() => stop.abort(new Error("the time is up")), 200);
  expect((await waits).message).toBe("the time is up");
  expect((await failure(client.probe())).message).toBe("the time is up");
  expect(emulator.requests).toHaveLength(1);
});

test("a request under way when the time is up is finished and told as done", async () => {
  const emulator = await useEmulator({ latency: { scim: 400 } });
  const stop = new AbortController();
  const made = scimAt(emulator, { signal: stop.signal }).createUser(ada);
  setTimeout(() => stop.abort(new Error("the time is up")), 100);
  expect((await made).id).toBe(emulator.aws.user("ada@example.com").id);
});

test("a user who already holds our external id is the user that was to be created", async () => {
  const emulator = await useEmulator();
  const there = emulator.aws.addUser({ userName: "ada@example.com", externalId: ada.externalId });
  expect(await scimAt(emulator).createUser(ada)).toEqual({ id: there.id, found: true });
});

test("a name that somebody else holds is a conflict that says who", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  const there = emulator.aws.addUser({ userName: "Ada@example.com" });
  const user = await failure<TargetError>(client.createUser(ada));
  expect(user.status).toBe(409);
  expect(user.message).toBe(
    `AWS refused to create the user ada@example.com because it would be a duplicate: the user ${there.id} (no external ID) has this name; rename or delete it, or let ADOPT take it over.`,
  );
  const held = emulator.aws.addGroup({ displayName: "AWS-Admins", externalId: "okta-1" });
  const group = await failure<TargetError>(client.createGroup(admins, []));
  expect(group.message).toContain(`the group ${held.id} (external ID okta-1) has this name`);
  expect(emulator.aws.groups).toHaveLength(1);
});

/** What the filters show while they lag behind. */
const nothingYet = {
  status: 200,
  body: { totalResults: 0, itemsPerPage: 0, startIndex: 1, schemas: [], Resources: [] },
};

test("what was made by a request whose answer got lost is found although the filters show it late", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  for (const operation of ["CreateUser", "CreateGroup"])
    emulator.fault({ when: { operation }, do: "drop-after" });
  const late = ["ListUsers", "ListGroups"].map((operation) =>
    emulator.fault({ when: { operation }, times: 6, do: nothingYet }),
  );
  expect((await client.createUser(ada)).id).toBe(emulator.aws.user("ada@example.com").id);
  expect((await client.createGroup(admins, [])).id).toBe(emulator.aws.groups[0]?.id);
  expect(late.map(({ hits }) => hits)).toEqual([6, 6]);
});

test("what the filters do not show at all may have been made a moment ago, which is told first", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  for (const operation of ["CreateUser", "CreateGroup"])
    emulator.fault({ when: { operation }, do: "drop-after" });
  for (const operation of ["ListUsers", "ListGroups"])
    emulator.fault({ when: { operation }, times: Number.POSITIVE_INFINITY, do: nothingYet });
  expect((await failure(client.createUser(ada))).message).toBe(
    "AWS refused to create the user ada@example.com because it would be a duplicate: no user with this name or with the external ID 100000000000000000001 can be found, so it may have been created a moment ago; run again; if it happens again, another user must have the email address ada@example.com: find that user in the console, and change or delete it.",
  );
  expect((await failure<TargetError>(client.createGroup(admins, []))).todo).toBe("run again");
});

test("the looking for what was made a moment ago ends with the time, and its reason", async () => {
  const emulator = await useEmulator();
  emulator.aws.addUser({ userName: "lovelace", email: "ada@example.com" });
  const stop = new AbortController();
  const reason = new Error("the time is up");
  const waits = failure(scimAt(emulator, { signal: stop.signal, firstWaitMs: 60_000 }).createUser(ada));
  setTimeout(() => stop.abort(reason), 200);
  expect(await waits).toBe(reason);
  const hurried = scimAt(emulator, { timeLeft: () => 5_000, firstWaitMs: 60_000 });
  expect((await failure(hurried.createUser(ada))).message).toContain("must have the email address");
});

test("a conflict that is neither name nor id must be the e-mail, and says so", async () => {
  const emulator = await useEmulator();
  emulator.aws.addUser({ userName: "lovelace", email: "ada@example.com" });
  const error = await failure<TargetError>(scimAt(emulator).createUser(ada));
  expect(error).toMatchObject({ status: 409, detail: "Refused to create a new, duplicate resource." });
  expect(error.message).toContain("another user must have the email address ada@example.com");
});

test("what was made a moment ago and is not found yet is asked for again, but not for ever", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  const { id: user } = await client.createUser(ada);
  const { id: group } = await client.createGroup(admins, []);
  const late = emulator.fault({ when: { operation: "PatchGroup" }, times: 2, do: { status: 404 } });
  await client.addMembers(group, [user]);
  expect(late.hits).toBe(2);
  expect(emulator.aws.membersOf(group)).toEqual(["ada@example.com"]);
  emulator.aws.deleteUser(user);
  emulator.forget();
  expect((await failure<TargetError>(client.patchUser(user, { active: true }))).status).toBe(404);
  expect(emulator.requests).toHaveLength(5);
});

test("what was there before and is gone is not asked for again", async () => {
  const emulator = await useEmulator();
  const error = await failure<TargetError>(scimAt(emulator).patchUser(targetId("u-1"), { active: true }));
  expect(error.message).toMatch(
    /refused to change active of the user u-1 \(404 "USER does not exist".*: it does not exist/,
  );
  expect(emulator.requests).toHaveLength(1);
});

test("a wrong token or tenant stops at once, with the remedy, whatever was asked", async () => {
  const emulator = await useEmulator();
  const wrong = scimAt(emulator, { token: "wrong" });
  const tenant = scimAt(emulator, {
    endpoint: emulator.scimEndpoint.replace(emulator.aws.tenant, "1-2-3-4-5"),
  });
  for (const ask of [wrong.probe, () => wrong.createUser(ada), () => wrong.read(), tenant.probe]) {
    const error = await failure<TokenError>(ask());
    expect(error).toBeInstanceOf(TokenError);
    expect(error.status).toBe(401);
    expect(error.todo).toMatch(
      /store it in the secret SSOSyncSCIMAccessToken, and check the setting SCIM_ENDPOINT$/,
    );
  }
  expect(emulator.count({ operation: "ServiceProviderConfig" })).toBe(2);
});

test("a 403 is about the token or the network", async () => {
  const emulator = await useEmulator();
  emulator.fault({ when: { service: "scim" }, do: { status: 403 } });
  const error = await failure<TokenError>(scimAt(emulator).probe());
  expect(error).toBeInstanceOf(TokenError);
  expect(error.todo).toMatch(/source addresses that the instance allows$/);
});

test("a 403 is about the one object as long as the same token is not refused for something harmless", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  const id = targetId("u-1");
  const asks = [
    () => client.patchUser(id, { active: false }),
    () => client.deleteGroup(id),
    () => client.createUser(ada),
    () => client.user(id),
    () => client.addMembers(id, [id]),
    () => client.read(),
  ];
  for (const ask of asks) {
    emulator.fault({ when: { service: "scim" }, do: { status: 403 } });
    const error = await failure<TargetError>(ask());
    expect(error).not.toBeInstanceOf(TokenError);
    expect(error).toMatchObject({ name: "TargetError", status: 403 });
    expect(error.todo).toMatch(/^look it up in the console/);
  }
  expect(emulator.count({ operation: "ServiceProviderConfig" })).toBe(asks.length);
  emulator.fault({ when: { service: "scim" }, times: Infinity, do: { status: 403 } });
  for (const ask of asks) {
    const error = await failure<TokenError>(ask());
    expect(error).toBeInstanceOf(TokenError);
    expect(error.todo).toMatch(/source addresses that the instance allows$/);
  }
});

test.each<[string, FaultAction, boolean]>([
  ["fails", { status: 500 }, false],
  ["is throttled", { status: 429 }, false],
  ["breaks off", "drop-before", false],
  ["is refused as unknown", { status: 401 }, true],
])("where the harmless question %s, a 403 is judged by that", async (_, action, ofToken) => {
  const emulator = await useEmulator();
  emulator.fault({ when: { operation: "GetUser" }, do: { status: 403 } });
  emulator.fault({ when: { operation: "ServiceProviderConfig" }, do: action });
  const error = await failure(scimAt(emulator).user(targetId("u-1")));
  expect(error instanceof TokenError).toBe(ofToken);
});

test("a conflict tells of somebody else's name only where a name was asked for", async () => {
  const emulator = await useEmulator();
  const client = scimAt(emulator);
  const id = targetId("u-1");
  const name = /: another object has the name, the email address or the external ID$/;
  const race = /: AWS reports a conflict with another change at the same time$/;
  for (const [ask, sentence] of [
    [() => client.patchUser(id, { active: false }), race],
    [() => client.patchUser(id, { displayName: "Ada" }), race],
    [() => client.patchUser(id, { active: true, externalId: ada.externalId }), name],
    [() => client.patchUser(id, { email: ada.email }), name],
    [() => client.patchUser(id, { userName: ada.userName }), name],
    [() => client.patchGroup(id, { name: "aws" }), name],
    [() => client.patchGroup(id, { externalId: admins.externalId }), name],
    [() => client.addMembers(id, [id]), race],
    [() => client.deleteUser(id), race],
  ] as const) {
    emulator.fault({ when: { service: "scim" }, do: { status: 409 } });
    expect((await failure<TargetError>(ask())).why).toMatch(sentence);
  }
});

test("a redirect is not followed: the token goes to its owner only", async () => {
  const emulator = await useEmulator();
  const elsewhere = await useEmulator();
  emulator.fault({
    when: { service: "scim" },
    do: { status: 307, headers: { location: elsewhere.scimEndpoint }, body: "" },
  });
  const error = await failure<TokenError>(scimAt(emulator).probe());
  expect(error).toBeInstanceOf(TokenError);
  expect(error.why).toContain("it redirects, and the token is not sent anywhere else");
  expect(error.todo).toMatch(/^store the endpoint shown .* in the setting SCIM_ENDPOINT$/);
  expect(elsewhere.requests).toEqual([]);
});

test("an address without a SCIM service is named as the mistake", async () => {
  const emulator = await useEmulator();
  emulator.fault({ when: { service: "scim" }, do: { status: 404, body: "<html>Not Found</html>" } });
  const error = await failure<TokenError>(scimAt(emulator).probe());
  expect(error).toBeInstanceOf(TokenError);
  expect(error.message).toMatch(
    /^There is no SCIM service at the address in the setting SCIM_ENDPOINT \(404\); store the endpoint/,
  );
});

test("a page of HTML, or an answer without an id, is no success", async () => {
  const emulator = await useEmulator();
  const html = { status: 200, headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" };
  emulator.fault({ when: { operation: "CreateUser" }, do: html });
  expect((await failure(scimAt(emulator).createUser(ada))).message).toMatch(
    /answered with something other than JSON \(text\/html\) when asked to create the user ada@example\.com; look for a proxy/,
  );
  emulator.fault({
    when: { operation: "CreateUser" },
    do: () => ({ status: 201, body: { userName: "ada" } }),
  });
  expect((await failure(scimAt(emulator).createUser(ada))).message).toMatch(
    /not in the expected form \(id\)/,
  );
  emulator.fault({ when: { operation: "CreateUser" }, do: () => ({ status: 201, body: "" }) });
  expect((await failure(scimAt(emulator).createUser({ ...ada, externalId: sourceId("2") }))).message).toMatch(
    /refused|expected form/,
  );
});

test("an answer with nothing in it is asked for again, and is never taken for nobody there", async () => {
  const emulator = await useEmulator();
  const user = targetId(emulator.aws.addUser({ userName: "ada@example.com" }).id);
  const group = targetId(emulator.aws.addGroup({ displayName: "aws-admins" }).id);
  emulator.aws.addMembership(group, user);
  const client = scimAt(emulator, { attempts: 2 });
  const asks: Readonly<Record<string, () => Promise<unknown>>> = {
    "read the user": () => client.user(user),
    "read the group": () => client.group(group),
    "look up whether": () => client.isMember(group, user),
    "list the groups of the user": () => client.groupsOf(user),
    "change active of the user": () => client.patchUser(user, { active: false }),
    "change name of the group": () => client.patchGroup(group, { name: "aws" }),
  };
  for (const [what, ask] of Object.entries(asks)) {
    const nothing = emulator.fault({ when: { service: "scim" }, times: 2, do: { status: 200, body: "" } });
    const error = await failure<TargetError>(ask());
    expect(nothing.hits).toBe(2);
    expect(error).toBeInstanceOf(TargetError);
    expect(error.message).toMatch(
      new RegExp(`answered 200 with nothing when asked to ${what}.*; look for a proxy`),
    );
  }
  emulator.fault({ when: { operation: "GetUser" }, do: { status: 200, body: "" } });
  expect(await client.user(user)).toMatchObject({ id: user });
});

test("a change that is answered with nothing because there is nothing to say is done", async () => {
  const emulator = await useEmulator();
  const user = targetId(emulator.aws.addUser({ userName: "ada@example.com" }).id);
  emulator.fault({ when: { operation: "PatchUser" }, do: () => ({ status: 204, body: "" }) });
  await scimAt(emulator).patchUser(user, { active: false });
  expect(emulator.aws.user(user).active).toBe(false);
  emulator.fault({ when: { operation: "GetUser" }, times: 2, do: { status: 204, body: "" } });
  expect((await failure(scimAt(emulator, { attempts: 2 }).user(user))).message).toContain("204 with nothing");
});

test("a host that is not there is told by its cause", async () => {
  const emulator = await useEmulator();
  const nobody = scimAt(emulator, { endpoint: "http://127.0.0.1:9/t/scim/v2", attempts: 2 });
  const error = await failure<TargetError>(nobody.probe());
  expect(error.code).toBe("ECONNREFUSED");
  expect(error.message).toBe(
    "The SCIM endpoint at 127.0.0.1:9 could not be reached to describe itself: nothing listens there (ECONNREFUSED); check the address.",
  );
});

test("the token is in no error, whatever goes wrong and whoever repeats it", { tags: "long" }, async () => {
  const emulator = await useEmulator();
  const token = tokenOf(emulator);
  const echo = { schemas: [], detail: `Token ${token} is bad`, exceptionRequestId: token };
  const faults: FaultAction[] = [
    ...passing.map(([, action]) => action),
    ...[400, 401, 403, 404, 409, 429, 500].map((status) => ({ status, body: echo })),
    { status: 200, body: `<html>${token}</html>` },
    { status: 200, body: `{"id": "${token}` },
  ];
  for (const action of faults) {
    const fault = emulator.fault({ when: { service: "scim" }, times: Number.POSITIVE_INFINITY, do: action });
    // A client of its own each time: the pauses of one would add up.
    const client = scimAt(emulator, { attempts: 2 });
    const error = await client.createUser(ada).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    fault.remove();
    expect(everythingIn(error)).not.toContain(token);
  }
  const broken = scimAt(emulator, { token: `${token}\n`, attempts: 2 });
  const unsendable = await failure<TokenError>(broken.probe());
  expect(everythingIn(unsendable)).not.toContain(token);
  expect(unsendable).toBeInstanceOf(TokenError);
  expect(broken.pace.count).toBe(1);
});

test.each([" ", ".", "a ", "Rate exceede", "\u0000"])(
  "a refusal in a million times %j is told in no time",
  async (piece) => {
    const emulator = await useEmulator();
    const detail = `${piece.repeat(1_000_000 / piece.length)}x`;
    emulator.fault({ when: { service: "scim" }, do: { status: 400, body: { detail } } });
    const started = performance.now();
    const { message } = await failure(scimAt(emulator).deleteUser(targetId("u-1")));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(message.length).toBeLessThan(2_000);
    const store = storeAt(emulator);
    emulator.fault({
      when: { service: "identitystore" },
      do: { status: 400, body: { __type: "ValidationException", message: detail } },
    });
    const other = await failure(readIdentityStore(store.client, store.id));
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(other.message.length).toBeLessThan(2_000);
  },
);
