import { describe, expect, test } from "vitest";
import { sourceId } from "../../src/core/model.ts";
import { witness } from "../../src/google/witness.ts";
import { failureFrom, google } from "./setup.ts";
import type { Connection, Google } from "./setup.ts";

const stranger = sourceId("123456789012345678901");
const noGroup = sourceId("0zzzzzzzzzzzzzz");

async function scene() {
  const here = await google();
  for (const n of [1, 2, 3, 4, 5]) here.company.addUser({ email: `user${n}@example.com` });
  for (const name of ["outer", "inner"]) here.company.addGroup({ email: `${name}@example.com` });
  here.company.addMember("outer@example.com", "inner@example.com");
  here.company.addMember("outer@example.com", "user1@example.com");
  here.company.addMember("inner@example.com", "user2@example.com");
  return here;
}

const ask = (here: Google, connection: Connection = {}) =>
  witness(here.connect({ retries: 1, ...connection }).api, { customerId: "my_customer" });

const refusal = (status: number, reason: string, message: string) => ({
  status,
  body: { error: { code: status, message, errors: [{ message, domain: "global", reason }] } },
});

describe("a user by id", () => {
  test("is found, whatever the listings hide", async () => {
    const here = await scene();
    const id = here.id("user1@example.com");
    here.company.suspend("user1@example.com");
    here.company.lies.hideUsers("*");
    expect(await ask(here).userById(id)).toMatchObject({
      state: "found",
      user: { id, email: "user1@example.com", state: "suspended", orgUnit: "/" },
    });
  });

  test("is found under a new address", async () => {
    const here = await scene();
    const id = here.id("user1@example.com");
    here.company.rename("user1@example.com", "renamed@example.com");
    expect(await ask(here).userById(id)).toMatchObject({
      state: "found",
      user: { email: "renamed@example.com" },
    });
  });

  test("who does not exist is gone", async () => {
    const here = await scene();
    expect(await ask(here).userById(stranger)).toEqual({ state: "gone" });
  });

  test("who was deleted is gone", async () => {
    const here = await scene();
    const id = here.id("user1@example.com");
    here.company.deleteUser("user1@example.com");
    expect(await ask(here).userById(id)).toEqual({ state: "gone" });
  });

  test("who is hidden and among the deleted is gone; the deleted are listed once", async () => {
    const here = await scene();
    const ids = [1, 2, 3].map((n) => here.id(`user${n}@example.com`));
    for (const n of [1, 2, 3]) here.company.deleteUser(`user${n}@example.com`);
    here.fault({ when: { operation: "users.get" }, times: 9, do: { status: 403 } });
    const asked = ask(here);
    expect(await Promise.all(ids.map((id) => asked.userById(id)))).toEqual(
      ids.map(() => ({ state: "gone" })),
    );
    expect(here.count("users.list")).toBe(2);
  });

  test("who is hidden and not among the deleted is unsure", async () => {
    const here = await scene();
    here.fault({ when: { operation: "users.get" }, do: { status: 403 } });
    expect(await ask(here).userById(here.id("user1@example.com"))).toEqual({
      ...{ state: "unsure", hidden: true },
      why: expect.stringMatching(
        /^Google does not let admin@example\.com read this .* looking up the user \d+$/u,
      ) as string,
      todo: expect.stringMatching(/^give the account an admin role /u) as string,
    });
  });

  test("who is hidden is unsure when the deleted can't be listed, and the next question lists anew", async () => {
    const here = await scene();
    const id = here.id("user1@example.com");
    here.company.deleteUser("user1@example.com");
    here.fault({ when: { operation: "users.get" }, times: 9, do: { status: 403 } });
    here.fault({ when: { operation: "users.list" }, times: 2, do: { status: 500 } });
    const asked = ask(here);
    expect((await asked.userById(id)).state).toBe("unsure");
    expect((await asked.userById(id)).state).toBe("gone");
  });

  test.each([
    ["5xx after retries", { status: 503 }],
    [
      "a refusal for speed after retries",
      refusal(403, "quotaExceeded", "Request rate higher than configured."),
    ],
    ["a missing scope", refusal(403, "insufficientPermissions", "Insufficient Permission")],
    ["a proxy's 404", { status: 404, body: "<html>Not Found</html>" }],
    ["a 404 about the domain", refusal(404, "notFound", "Domain not found")],
    ["a page of HTML with status 200", { status: 200, body: "<html>Sign in</html>" }],
    ["half a document", "truncate" as const],
    ["a dropped connection", "drop-before" as const],
    ["somebody else", { status: 200, body: { id: stranger, primaryEmail: "x@example.com" } }],
  ])("is unsure after %s", { tags: "long" }, async (_, action) => {
    const here = await scene();
    here.fault({ when: { operation: "users.get" }, times: 99, do: action });
    const answer = await ask(here).userById(here.id("user1@example.com"));
    expect(answer).toMatchObject({ state: "unsure", why: expect.stringMatching(/\w{3}.*[^.]$/u) as string });
  });

  test("who is a guest is nobody of the company", async () => {
    const here = await scene();
    here.fault({
      when: { operation: "users.get" },
      do: (_, answer) => ({ ...answer, body: { ...(answer.body as object), isGuestUser: true } }),
    });
    expect(await ask(here).userById(here.id("user1@example.com"))).toEqual({ state: "gone" });
  });

  test("is no answer when the run is stopped", async () => {
    const here = await scene();
    here.fault({ when: { operation: "users.get" }, do: { delay: 2_000 } });
    const asked = ask(here, { signal: AbortSignal.timeout(100) });
    await expect(asked.userById(here.id("user1@example.com"))).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});

describe("a group by id", () => {
  test("is found, whatever the listings hide", async () => {
    const here = await scene();
    here.company.lies.hideGroups("*");
    const id = here.id("outer@example.com");
    expect(await ask(here).groupById(id)).toEqual({
      state: "found",
      group: { id, email: "outer@example.com", name: "outer", aliases: [], adminCreated: true },
    });
  });

  test("that was deleted is gone", async () => {
    const here = await scene();
    expect(await ask(here).groupById(noGroup)).toEqual({ state: "gone" });
  });

  test.each([
    ["403", { status: 403 }],
    ["500", { status: 500 }],
    ["nothing", { status: 200, body: {} }],
    ["another group", { status: 200, body: { id: noGroup, email: "x@example.com", name: "x" } }],
  ])("is unsure after %s", async (_, action) => {
    const here = await scene();
    here.fault({ when: { operation: "groups.get" }, times: 9, do: action });
    expect((await ask(here).groupById(here.id("outer@example.com"))).state).toBe("unsure");
  });
});

describe("whether somebody is in a group", () => {
  test("is yes directly and through a nested one, whatever the listings hide", async () => {
    const here = await scene();
    here.company.lies.hideMembers("*");
    const asked = ask(here);
    const outer = here.id("outer@example.com");
    expect(await asked.hasMember(outer, here.id("user1@example.com"))).toBe(true);
    expect(await asked.hasMember(outer, here.id("user2@example.com"))).toBe(true);
  });

  test("is no for who is not", async () => {
    const here = await scene();
    expect(await ask(here).hasMember(here.id("outer@example.com"), here.id("user3@example.com"))).toBe(false);
  });

  test("cannot be said across domains, for a group, and for somebody Google does not know", async () => {
    const here = await scene();
    const other = sourceId(here.company.addUser({ email: "x@example.org" }).id);
    const asked = ask(here);
    const outer = here.id("outer@example.com");
    expect(await asked.hasMember(outer, other)).toBe("cannot-say");
    expect(await asked.hasMember(outer, here.id("inner@example.com"))).toBe("cannot-say");
    expect(await asked.hasMember(outer, stranger)).toBe("cannot-say");
  });

  test("is no where the group is gone, on the word of two answers", async () => {
    const here = await scene();
    expect(await ask(here).hasMember(noGroup, here.id("user1@example.com"))).toBe(false);
    expect(here.count("groups.get")).toBe(1);
  });

  test("is unsure where the group is gone and there", async () => {
    const here = await scene();
    here.fault({
      when: { operation: "members.hasMember" },
      do: refusal(404, "notFound", "Resource Not Found: groupKey"),
    });
    expect(
      await ask(here).hasMember(here.id("outer@example.com"), here.id("user1@example.com")),
    ).toMatchObject({
      state: "unsure",
    });
  });

  test.each([
    ["403", { status: 403 }],
    ["5xx after retries", { status: 503 }],
    ["Google's own trouble as a 400", refusal(400, "invalid", "A system error has occurred")],
    ["neither yes nor no", { status: 200, body: { isMember: "false" } }],
    ["an empty body", { status: 204 }],
  ])("is unsure after %s", async (_, action) => {
    const here = await scene();
    here.fault({ when: { operation: "members.hasMember" }, times: 9, do: action });
    const answer = await ask(here).hasMember(here.id("outer@example.com"), here.id("user3@example.com"));
    expect(answer).toMatchObject({ state: "unsure" });
  });
});

describe("whether somebody is directly in a group", () => {
  test("is yes for a user's row and a group's, and no for a nested member", async () => {
    const here = await scene();
    const asked = ask(here);
    const outer = here.id("outer@example.com");
    expect(await asked.directMember(outer, here.id("user1@example.com"))).toBe(true);
    expect(await asked.directMember(outer, here.id("inner@example.com"))).toBe(true);
    expect(await asked.directMember(outer, here.id("user2@example.com"))).toBe(false);
    expect(here.count("groups.get")).toBe(0);
  });

  test("is no where the group is gone, and unsure where that is contradicted", async () => {
    const here = await scene();
    const asked = ask(here);
    expect(await asked.directMember(noGroup, here.id("user1@example.com"))).toBe(false);
    here.fault({
      when: { operation: "members.get" },
      do: refusal(404, "notFound", "Resource Not Found: groupKey"),
    });
    expect(
      await asked.directMember(here.id("outer@example.com"), here.id("user1@example.com")),
    ).toMatchObject({
      state: "unsure",
    });
  });

  test.each([
    ["403", { status: 403 }],
    ["5xx after retries", { status: 503 }],
    ["a row about somebody else", { status: 200, body: { id: stranger } }],
    ["a proxy's 404", { status: 404, body: "Not Found" }],
  ])("is unsure after %s", async (_, action) => {
    const here = await scene();
    here.fault({ when: { operation: "members.get" }, times: 9, do: action });
    const answer = await ask(here).directMember(here.id("outer@example.com"), here.id("user3@example.com"));
    expect(answer).toMatchObject({ state: "unsure" });
  });
});

describe("the groups that have a member", () => {
  const addresses = async (asked: ReturnType<typeof ask>, memberKey: string) => {
    const found = await asked.groupsWith(memberKey);
    return "state" in found ? found : found.map(({ email }) => email);
  };

  test("are those of a user by id and of a group by address, direct ones alone, whatever other listings hide", async () => {
    const here = await scene();
    here.company.lies.hideGroups("*");
    here.company.lies.hideMembers("*");
    const asked = ask(here);
    expect(await addresses(asked, here.id("user1@example.com"))).toEqual(["outer@example.com"]);
    expect(await addresses(asked, here.id("user2@example.com"))).toEqual(["inner@example.com"]);
    expect(await addresses(asked, "inner@example.com")).toEqual(["outer@example.com"]);
    expect(await addresses(asked, "outer@example.com")).toEqual([]);
  });

  test("come over pages, for an address with an apostrophe too", async () => {
    const here = await scene();
    here.company.addGroup({ email: "o'hara@example.com" });
    const holders = [1, 2, 3].map((n) => here.company.addGroup({ email: `holder${n}@example.com` }).email);
    for (const holder of holders) here.company.addMember(holder, "o'hara@example.com");
    expect(await addresses(ask(here), "o'hara@example.com")).toEqual(holders);
  });

  test("are told for everybody by the customer's own id, which is asked for once, and not where it is set", async () => {
    const here = await scene();
    here.company.addMember("inner@example.com", "customer");
    const asked = ask(here);
    const everybody = await asked.everybody();
    expect(await asked.everybody()).toBe(here.company.customerId);
    expect(await addresses(asked, String(everybody))).toEqual(["inner@example.com"]);
    const set = witness(here.connect().api, { customerId: "C0set" });
    expect(await set.everybody()).toBe("C0set");
    expect(here.count("users.get")).toBe(1);
  });

  test.each([
    ["403", { status: 403 }],
    ["404", { status: 404 }],
    ["400", { status: 400 }],
    ["5xx after retries", { status: 503 }],
    ["half a document", "truncate" as const],
    ["an odd row", { status: 200, body: { kind: "admin#directory#groups", groups: [{ id: noGroup }] } }],
  ])("are unsure after %s", async (_, action) => {
    const here = await scene();
    here.fault({ when: { operation: "groups.list" }, times: 9, do: action });
    expect(await ask(here).groupsWith(here.id("user1@example.com"))).toMatchObject({ state: "unsure" });
  });

  test.each([
    ["403", { status: 403 }],
    ["an account without a customer", { status: 200, body: { kind: "admin#directory#user" } }],
  ])("of everybody are unsure after %s", async (_, action) => {
    const here = await scene();
    here.fault({ when: { operation: "users.get" }, times: 9, do: action });
    expect(await ask(here).everybody()).toMatchObject({ state: "unsure" });
  });
});

describe("a query listed once more", () => {
  test("gives the ids of users and groups, over pages", async () => {
    const here = await scene();
    const asked = ask(here);
    expect(await asked.listUsers("email:user*")).toEqual(
      new Set([1, 2, 3, 4, 5].map((n) => here.id(`user${n}@example.com`))),
    );
    expect(await asked.listGroups("name=outer")).toEqual(new Set([here.id("outer@example.com")]));
    expect(here.count("users.list")).toBe(3);
  });

  test("fails as a whole", async () => {
    const here = await scene();
    here.fault({ when: { operation: "users.list", nth: 2 }, do: "truncate" });
    const error = await failureFrom(ask(here).listUsers("email:user*"));
    expect(error.message).toContain("while listing the users of USER_MATCH once more cannot be trusted");
  });
});

test("the deleted users are listed over pages, and none who lives is among them", async () => {
  const here = await scene();
  const ids = [1, 2, 3].map((n) => here.id(`user${n}@example.com`));
  for (const n of [1, 2, 3]) here.company.deleteUser(`user${n}@example.com`);
  expect([...(await ask(here).deletedUsers()).keys()]).toEqual(ids);
});
