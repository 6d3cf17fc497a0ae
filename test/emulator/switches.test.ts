/** What the facts mark as not confirmed has a switch for each answer, so that clients can be tried against both. */
import { expect, test } from "vitest";
import { askGoogle, askScim } from "./ask.ts";
import type { Emulator } from "./emulator.ts";
import { useEmulator } from "./use-emulator.ts";

const status = async (emulator: Emulator, path: string) => (await askGoogle(emulator, path)).status;

test("customer and domain together: refused, or narrowed to the domain", async () => {
  const emulator = await useEmulator();
  emulator.google.addUser({ email: "ada@sub.example.com" });
  const path = "users?customer=my_customer&domain=sub.example.com";
  expect(await status(emulator, path)).toBe(400);
  emulator.google.policy.customerAndDomain = "narrow";
  expect((await askGoogle(emulator, path)).body["users"]).toHaveLength(1);
});

test("maxResults out of range: refused, or cut to the maximum", async () => {
  const emulator = await useEmulator();
  const path = "groups?customer=my_customer&maxResults=250";
  expect(await status(emulator, path)).toBe(400);
  emulator.google.policy.maxResultsOutOfRange = "clamp";
  expect(await status(emulator, path)).toBe(200);
});

test("roles: filtered by, or ignored", async () => {
  const emulator = await useEmulator();
  emulator.google.addGroup({ email: "all@example.com" });
  emulator.google.addMember("all@example.com", "admin@example.com", "OWNER");
  const path = "groups/all@example.com/members?roles=MEMBER";
  expect((await askGoogle(emulator, path)).body["members"]).toBeUndefined();
  emulator.google.policy.rolesIgnored = true;
  expect((await askGoogle(emulator, path)).body["members"]).toHaveLength(1);
});

test("memberKey: direct groups, or nested ones too", async () => {
  const emulator = await useEmulator();
  const { google } = emulator;
  for (const email of ["outer@example.com", "inner@example.com"]) google.addGroup({ email });
  google.addMember("outer@example.com", "inner@example.com");
  google.addMember("inner@example.com", "admin@example.com");
  const path = "groups?customer=my_customer&query=memberKey=admin@example.com";
  expect((await askGoogle(emulator, path)).body["groups"]).toHaveLength(1);
  google.policy.memberKeyTransitive = true;
  expect((await askGoogle(emulator, path)).body["groups"]).toHaveLength(2);
});

test("somebody of another account: 403, or 404", async () => {
  const emulator = await useEmulator();
  expect(await status(emulator, "users/kim@example.org")).toBe(403);
  emulator.google.policy.outsider = 404;
  expect(await status(emulator, "users/kim@example.org")).toBe(404);
});

test.each(["quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"] as const)(
  "too fast for Google: 403 %s",
  async (how) => {
    const emulator = await useEmulator({ rate: { google: { perSecond: 0.01, burst: 0 } } });
    emulator.google.policy.quotaAnswer = how;
    const answer = await askGoogle(emulator, "users?customer=my_customer");
    expect([answer.status, answer.text.includes(`"reason":"${how}"`)]).toEqual([403, true]);
  },
);

test("too fast for Google: 429, or a 403 in plain text", async () => {
  const emulator = await useEmulator({ rate: { google: { perSecond: 0.01, burst: 0 } } });
  emulator.google.policy.quotaAnswer = "429";
  expect(await status(emulator, "users?customer=my_customer")).toBe(429);
  emulator.google.policy.quotaAnswer = "plain";
  const plain = await askGoogle(emulator, "users?customer=my_customer");
  expect([plain.status, plain.headers.get("content-type")]).toEqual([403, "text/plain; charset=UTF-8"]);
});

test("an empty cursor with a filter: accepted, or refused, while the bare one goes on working", async () => {
  const emulator = await useEmulator();
  const filter = encodeURIComponent('displayName eq "x"');
  const ask = async (cursor: string) =>
    (await askScim(emulator, "GET", `Groups?${cursor}&filter=${filter}`)).status;
  expect(await ask("cursor=")).toBe(200);
  emulator.aws.policy.emptyCursorWithFilter = 400;
  expect([await ask("cursor="), await ask("cursor")]).toEqual([400, 200]);
});

test("a cursor: followed, or lost on the way, which makes every list one page with totals", async () => {
  const emulator = await useEmulator();
  for (let n = 0; n < 4; n += 1) emulator.aws.addUser({ userName: `u${n}@example.com` });
  const keys = async () => Object.keys((await askScim(emulator, "GET", "Users?cursor&count=3")).body);
  expect(await keys()).toEqual(["itemsPerPage", "nextCursor", "schemas", "Resources"]);
  emulator.aws.policy.cursor = "ignored";
  expect(await keys()).toEqual(["totalResults", "itemsPerPage", "startIndex", "schemas", "Resources"]);
});

test("members of an unknown group: nobody, or 404", async () => {
  const emulator = await useEmulator();
  const path = `Users?cursor&filter=${encodeURIComponent('groups.value eq "none"')}`;
  expect((await askScim(emulator, "GET", path)).body["Resources"]).toEqual([]);
  emulator.aws.policy.unknownGroupFilter = 404;
  expect((await askScim(emulator, "GET", path)).status).toBe(404);
});

test("a member named in the path of a removal: accepted, or refused", async () => {
  const emulator = await useEmulator();
  const user = emulator.aws.addUser({ userName: "ada@example.com" }).id;
  const group = emulator.aws.addGroup({ displayName: "Admins" }).id;
  emulator.aws.addMembership(group, user);
  emulator.aws.policy.memberPathFilter = 400;
  const Operations = [{ op: "remove", path: `members[value eq "${user}"]` }];
  const send = async () => (await askScim(emulator, "PATCH", `Groups/${group}`, { Operations })).status;
  expect(await send()).toBe(400);
  emulator.aws.policy.memberPathFilter = "accepted";
  expect(await send()).toBe(204);
  expect(emulator.aws.memberships).toEqual([]);
});

test("a user without an e-mail: accepted, or refused", async () => {
  const emulator = await useEmulator();
  emulator.aws.policy.userWithoutEmail = 400;
  const name = { givenName: "Ada", familyName: "Example" };
  const body = { userName: "ada@example.com", name, displayName: "Ada" };
  expect((await askScim(emulator, "POST", "Users", body)).status).toBe(400);
  emulator.aws.policy.userWithoutEmail = "accepted";
  expect((await askScim(emulator, "POST", "Users", body)).status).toBe(201);
});

test("a group of another account, or the members of one of ours, are not shown, in any of Google's words", async () => {
  const emulator = await useEmulator();
  const { google } = emulator;
  const ours = google.addGroup({ email: "ours@example.com" });
  const theirs = google.addGroup({ email: "theirs@elsewhere.org", foreign: true });
  const seen = async (path: string) => {
    const { status: code, body } = await askGoogle(emulator, path);
    const { message } = (body["error"] ?? {}) as { message?: string };
    return `${code} ${message}`;
  };
  for (const [how, words] of [
    ["forbidden", "403 Not Authorized to access this resource/api"],
    ["domainCannotUseApis", "403 Domain cannot use apis"],
    ["invalidDomain", "403 Invalid domain"],
    ["domainNotFound", "404 Domain not found"],
    ["groupKey", "400 Invalid Input: groupKey"],
    ["notFound", "404 Resource Not Found: groupKey"],
    ["backendError", "503 Service unavailable. Please try again"],
  ] as const) {
    google.policy.foreignGroup = how;
    google.policy.hiddenMembers.set(ours.email, how);
    const answers = [`groups/${theirs.id}`, `groups/${theirs.id}/members`, `groups/${ours.id}/members`].map(
      seen,
    );
    expect(await Promise.all(answers)).toEqual([words, words, words]);
    expect(await status(emulator, `groups/${ours.id}`)).toBe(200);
  }
});

test("a custom schema that is not there: nothing of it, or refused; one that is comes by its name alone", async () => {
  const emulator = await useEmulator();
  const schemas = { HR: { number: "17" }, Other: { login: "ada" } };
  emulator.google.addUser({ email: "ada@example.com", extra: { customSchemas: schemas } });
  const shown = async (query: string) =>
    (await askGoogle(emulator, `users/ada@example.com?${query}`)).body["customSchemas"];
  expect(await shown("")).toBe(undefined);
  expect(await shown("projection=full")).toEqual(schemas);
  expect(await shown("projection=custom&customFieldMask=HR,None")).toEqual({ HR: { number: "17" } });
  emulator.google.policy.unknownSchema = "refuse";
  expect(await status(emulator, "users/ada@example.com?projection=custom&customFieldMask=None")).toBe(400);
});
