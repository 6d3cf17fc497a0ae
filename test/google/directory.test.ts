import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Progress } from "../../src/google/reader.ts";
import { readDirectory } from "../../src/google/directory.ts";
import { pages } from "../../src/google/pages.ts";
import { everything, failureFrom, google } from "./setup.ts";
import type { Google } from "./setup.ts";

const list = { service: "google", operation: "users.list" } as const;

/** Ten people and three groups: one nested in another. */
async function company(rowsPerPage: number | "vendor" = 2): Promise<Google> {
  const here = await google(rowsPerPage);
  for (let n = 1; n <= 9; n++) here.company.addUser({ email: `user${n}@example.com` });
  for (const name of ["admins", "builders", "crew"]) here.company.addGroup({ email: `${name}@example.com` });
  for (const n of [1, 2, 3, 4, 5]) here.company.addMember("admins@example.com", `user${n}@example.com`);
  here.company.addMember("builders@example.com", "crew@example.com");
  here.company.addMember("crew@example.com", "user6@example.com");
  return here;
}

describe("users", () => {
  test("are all there, over as many pages as it takes", async () => {
    const here = await company();
    const { users } = await here.read();
    expect(users.map(({ id }) => id).toSorted()).toEqual(here.company.users.map(({ id }) => id).toSorted());
    expect(here.count("users.list")).toBe(5);
  });

  test("are normalised: addresses in lower case, names as they are, aliases of both kinds", async () => {
    const here = await google();
    here.company.addUser({
      email: "Ada.L@Example.com",
      aliases: ["Ada@example.com"],
      givenName: "  Ada ",
      familyName: "LOVELACE",
      orgUnit: "/Sales/EMEA",
    });
    here.fault({
      when: list,
      do: (_, answer) =>
        edited(answer, (row) => ({ ...row, nonEditableAliases: ["ADA.L@example.com.test-google-a.com"] })),
    });
    const { users } = await here.read();
    expect(users.find(({ email }) => email === "ada.l@example.com")).toEqual({
      id: here.id("ada@example.com"),
      email: "ada.l@example.com",
      aliases: ["ada@example.com", "ada.l@example.com.test-google-a.com"],
      givenName: "  Ada ",
      familyName: "LOVELACE",
      state: "active",
      orgUnit: "/Sales/EMEA",
      fields: new Map(),
    });
  });

  test.each([
    [false, false, "active"],
    [true, false, "suspended"],
    [false, true, "archived"],
    [true, true, "archived"],
  ])("suspended %j and archived %j is %s", async (suspended, archived, state) => {
    const here = await google();
    here.company.addUser({ email: "x@example.com", suspended, archived });
    const { users } = await here.read();
    expect(users.find(({ email }) => email === "x@example.com")?.state).toBe(state);
  });

  test("without a given or a family name have empty ones", async () => {
    const here = await google();
    here.fault({ when: list, do: (_, answer) => edited(answer, (row) => ({ ...row, name: {} })) });
    expect((await here.read()).users[0]).toMatchObject({ givenName: "", familyName: "" });
  });

  test("who are guests are left out", async () => {
    const here = await google();
    here.company.addUser({ email: "guest@example.com" });
    here.fault({
      when: list,
      do: (_, answer) =>
        edited(answer, (row) => ({ ...row, isGuestUser: row["primaryEmail"] === "guest@example.com" })),
    });
    expect((await here.read()).users.map(({ email }) => email)).toEqual(["admin@example.com"]);
  });

  test.each([
    ["primaryEmail", undefined],
    ["primaryEmail", "nonsense"],
    ["suspended", "yes"],
    ["suspended", undefined],
    ["archived", 1],
    ["name", undefined],
    ["name", "Ada"],
    ["aliases", "one@example.com"],
  ])(
    "with an unreadable %s (%j) are asked for by id, and unread if that does not help",
    async (field, value) => {
      const here = await company("vendor");
      const id = here.id("user1@example.com");
      const spoilt = (row: Row) => (row["id"] === id ? { ...row, [field]: value } : row);
      here.fault({ when: list, times: 2, do: (_, answer) => edited(answer, spoilt) });
      const helped = await here.read();
      expect(helped.users.map((user) => user.id)).toContain(id);
      expect([helped.users.length, helped.unread.size]).toEqual([10, 0]);
      here.fault({
        when: { operation: "users.get" },
        do: (_, answer) => ({ ...answer, body: spoilt(answer.body as Row) }),
      });
      const source = await here.read();
      expect(source.users.map((user) => user.id)).not.toContain(id);
      expect(source.unread.get(id)).toMatchObject({
        kind: "user",
        why: expect.stringContaining(field) as string,
      });
    },
  );

  test.each([
    [{ suspended: true }, "suspended"],
    [{ suspended: false }, "active"],
    [{ suspended: "yes" }, undefined],
    [{ suspended: undefined, archived: true }, "archived"],
    [{ suspended: true, archived: 7 }, "suspended"],
  ])("of an odd row that says %j are %s all the same", async (says, state) => {
    const here = await company("vendor");
    const id = here.id("user1@example.com");
    const spoilt = (row: Row) => (row["id"] === id ? { ...row, ...says, name: 7 } : row);
    const asked = { when: { operation: "users.get" }, times: 99 };
    here.fault({ when: list, times: 2, do: (_, answer) => edited(answer, spoilt) });
    const refused = here.fault({ ...asked, do: { status: 403 } });
    expect((await here.read()).unread.get(id)?.state).toBe(state);
    refused.remove();
    const said = { suspended: true, archived: false };
    here.fault({
      ...asked,
      do: (_, answer) => ({ ...answer, body: { ...(answer.body as Row), ...said, name: 7 } }),
    });
    expect((await here.read()).unread.get(id)?.state).toBe("suspended");
  });

  test.each([undefined, "42", 42])("with the id %j are unread, by their address", async (id) => {
    const here = await company("vendor");
    const spoilt = (row: Row) => (row["primaryEmail"] === "user1@example.com" ? { ...row, id } : row);
    here.fault({ when: list, do: (_, answer) => edited(answer, spoilt) });
    const { users, unread } = await here.read();
    expect(users).toHaveLength(9);
    expect([...unread.values()]).toMatchObject([{ kind: "user", email: "user1@example.com" }]);
  });

  test("only what is needed is asked for", async () => {
    const here = await company("vendor");
    await here.read();
    const { query } = here.requests.find(({ operation }) => operation === "users.list") ?? {};
    expect(query).toEqual({
      customer: "my_customer",
      maxResults: "500",
      fields:
        "kind,nextPageToken,users(id,primaryEmail,name(givenName,familyName),suspended,archived,suspensionTime,archivalTime,aliases,nonEditableAliases,orgUnitPath,isGuestUser)",
    });
  });
});

type Row = Readonly<Record<string, unknown>>;

/** An answer of a listing with each row changed. */
function edited<T extends { readonly body?: unknown }>(
  answer: T,
  change: (row: Row) => Row,
  rows = "users",
): T {
  const body = answer.body as Row;
  return { ...answer, body: { ...body, [rows]: ((body[rows] ?? []) as readonly Row[]).map(change) } };
}

describe("who fits USER_MATCH", () => {
  test.each(["all", "none"] as const)("%j asks nothing", async (userMatch) => {
    const here = await company("vendor");
    expect((await here.read({ userMatch })).matched).toBe(userMatch);
    expect(here.count("users.list")).toBe(1);
  });

  test("is the union of one listing a query", async () => {
    const here = await company(1);
    const userMatch = ["email:user1*", "email=user2@example.com", "email:user*  isSuspended=true"];
    here.company.suspend("user1@example.com");
    here.company.suspend("user7@example.com");
    const { matched, users } = await here.read({ userMatch });
    const ids = [1, 2, 7].map((n) => here.id(`user${n}@example.com`));
    expect([...(matched as ReadonlySet<string>)].toSorted()).toEqual(ids.toSorted());
    expect(users).toHaveLength(10);
  });

  test("is nobody when nobody does", async () => {
    const here = await company();
    expect((await here.read({ userMatch: ["email=nobody@example.com"] })).matched).toEqual(new Set());
  });
});

describe("groups", () => {
  test("are all there, over as many pages as it takes", async () => {
    const here = await company();
    const { groups } = await here.read();
    expect(groups.map(({ email }) => email)).toEqual([
      "admins@example.com",
      "builders@example.com",
      "crew@example.com",
    ]);
    expect(here.count("groups.list")).toBe(2);
  });

  test("that fit two queries are there once", async () => {
    const here = await company();
    const { groups } = await here.read({ groupMatch: ["email:admins*", "name=admins", "name=crew"] });
    expect(groups.map(({ email }) => email).toSorted()).toEqual(["admins@example.com", "crew@example.com"]);
  });

  test("are normalised", async () => {
    const here = await google();
    here.company.addGroup({ email: "Ops@Example.com", name: "Ops Team", aliases: ["OPS2@example.com"] });
    here.company.addGroup({ email: "hers@example.com", adminCreated: false });
    const { groups } = await here.read();
    expect(groups.map(({ adminCreated }) => adminCreated)).toEqual([false, true]);
    expect(groups.slice(1)).toEqual([
      {
        id: here.id("ops@example.com"),
        email: "ops@example.com",
        aliases: ["ops2@example.com"],
        name: "Ops Team",
        adminCreated: true,
      },
    ]);
  });

  test("none at all is an answer, not an error", async () => {
    const here = await google();
    expect(await here.read()).toMatchObject({ groups: [], members: new Map(), outside: new Set() });
  });
});

describe("members", () => {
  test("are told from owners, who are members too, each row once in memory", async () => {
    const here = await google();
    for (const email of ["a@example.com", "b@example.com"]) {
      here.company.addGroup({ email });
      here.company.addMember(email, here.company.admin.primaryEmail, "OWNER");
    }
    for (const email of ["c@example.com", "d@example.com"]) {
      here.company.addGroup({ email });
      here.company.addMember(email, here.company.admin.primaryEmail, "MANAGER");
    }
    const { members } = await here.read();
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => members.get(here.id(`${name}@example.com`))?.[0]);
    expect(a).toMatchObject({ type: "user", owner: true });
    expect(c).not.toHaveProperty("owner");
    expect([a === b, c === d]).toEqual([true, true]);
  });

  test("are read over pages, for wanted groups and whatever is nested in them", async () => {
    const here = await company();
    const { members } = await here.read({ wants: ({ email }) => email === "builders@example.com" });
    expect([...members.keys()]).toEqual([here.id("builders@example.com"), here.id("crew@example.com")]);
    const all = await here.read();
    expect(all.members.get(here.id("admins@example.com"))).toHaveLength(5);
  });

  test("of a group that nobody wants are not asked for", async () => {
    const here = await company();
    const { groups, members } = await here.read({ wants: () => false });
    expect(groups).toHaveLength(3);
    expect(members.size).toBe(0);
    expect(here.count("members.list")).toBe(0);
  });

  test("of every role and kind are rows, with addresses in lower case", async () => {
    const here = await company();
    const { company: google } = here;
    google.policy.memberAddressCase = "upper";
    google.addGroup({ email: "mixed@example.com" });
    google.addMember("mixed@example.com", "user1@example.com", "OWNER");
    google.addMember("mixed@example.com", "user2@example.com", "MANAGER");
    google.addMember("mixed@example.com", "user3@example.com");
    google.addMember("mixed@example.com", "crew@example.com");
    google.addMember("mixed@example.com", "customer");
    google.addMember("mixed@example.com", "Outsider@elsewhere.org");
    const { members } = await here.read();
    const rows = members.get(here.id("mixed@example.com"));
    expect(rows?.map(({ type, email }) => `${type} ${email}`)).toEqual([
      "user user1@example.com",
      "user user2@example.com",
      "user user3@example.com",
      "group crew@example.com",
      "customer ",
      "user outsider@elsewhere.org",
    ]);
    expect(rows?.[4]?.id).toBe(google.customerId);
  });

  test("of a kind nobody has heard of are other", async () => {
    const here = await company("vendor");
    here.fault({
      when: { operation: "members.list" },
      times: 3,
      do: (_, answer) =>
        edited(
          answer,
          (row) => ({ ...row, type: "CHROME_OS_DEVICE", id: `device-${String(row["id"])}` }),
          "members",
        ),
    });
    const { members } = await here.read();
    expect([...members.values()].flat().map(({ type }) => type)).toContain("other");
  });

  test("in a circle are read once", async () => {
    const here = await google();
    for (const name of ["a", "b", "c"]) here.company.addGroup({ email: `${name}@example.com` });
    here.company.addMember("a@example.com", "b@example.com");
    here.company.addMember("b@example.com", "c@example.com");
    here.company.addMember("c@example.com", "a@example.com");
    const { members } = await here.read({ groupMatch: ["email=a@example.com"] });
    expect(members.size).toBe(3);
    expect(here.count("members.list")).toBe(3);
  });

  test("shared by two parents are read once", async () => {
    const here = await google();
    for (const name of ["a", "b", "shared"]) here.company.addGroup({ email: `${name}@example.com` });
    here.company.addMember("a@example.com", "shared@example.com");
    here.company.addMember("b@example.com", "shared@example.com");
    await here.read();
    expect(here.count("members.list")).toBe(3);
  });

  test("of many groups are asked for side by side, at most twenty at a time", async () => {
    const here = await google("vendor");
    for (let n = 0; n < 50; n++) here.company.addGroup({ email: `g${n}@example.com` });
    const { promise: until, resolve: answer } = Promise.withResolvers<void>();
    here.fault({ when: { operation: "members.list" }, times: 50, do: { until } });
    const read = here.read();
    await expect.poll(() => here.count("members.list")).toBe(20);
    await sleep(100);
    expect(here.count("members.list")).toBe(20);
    answer();
    await read;
    expect(here.count("members.list")).toBe(50);
  });
});

describe("while a listing goes on", () => {
  test("the members of a group that it has told already are asked for", async () => {
    const here = await google(2);
    for (let n = 0; n < 8; n++) here.company.addGroup({ email: `g${n}@example.com` });
    const { promise: until, resolve: answer } = Promise.withResolvers<void>();
    here.fault({ when: { operation: "groups.list", nth: 4 }, do: { until } });
    const read = here.read();
    await expect.poll(() => here.count("members.list")).toBe(6);
    answer();
    const { groups, members } = await read;
    expect([...members.keys()]).toEqual(groups.map(({ id }) => id));
  });
});

describe("a group that is gone", () => {
  test("is left out when members and group agree that it is", async () => {
    const here = await company();
    const id = here.id("admins@example.com");
    here.company.deleteGroup("admins@example.com");
    here.company.lies.listDeletedGroup("admins@example.com");
    const { groups } = await here.read();
    expect(groups.map(({ email }) => email)).toEqual(["builders@example.com", "crew@example.com"]);
    expect(here.requests.filter(({ path }) => path.endsWith(id)).map(({ status }) => status)).toEqual([404]);
  });

  test("is unread when only its members are", async () => {
    const here = await company();
    const crew = here.id("crew@example.com");
    here.fault({ when: ({ path }) => path.endsWith(`${crew}/members`), do: notFound("groupKey") });
    const { groups, members, unread } = await here.read();
    expect(groups).toHaveLength(3);
    expect(members.has(crew)).toBe(false);
    expect([...unread]).toMatchObject([[crew, { kind: "group", email: "crew@example.com" }]]);
  });

  test("as a nested group has no members", async () => {
    const here = await company();
    const crew = here.id("crew@example.com");
    const parent = [{ kind: "admin#directory#member", id: crew, email: "crew@example.com", type: "GROUP" }];
    here.company.deleteGroup("crew@example.com");
    here.fault({
      when: ({ path }) => path.endsWith(`${here.id("builders@example.com")}/members`),
      do: { status: 200, body: { kind: "admin#directory#members", members: parent } },
    });
    const { members, outside } = await here.read();
    expect(members.get(crew)).toEqual([]);
    expect(outside.size).toBe(0);
  });

  test("is not believed on the word of a proxy's 404", async () => {
    const here = await company();
    here.fault({ when: { operation: "members.list" }, do: { status: 404, body: "<html>Not Found" } });
    const error = await failureFrom(here.read());
    expect(error.status).toBe(404);
  });
});

const notFound = (key: string) => refusal(404, "notFound", `Resource Not Found: ${key}`);
const forbidden = { status: 403 };
const refusal = (status: number, reason: string, message: string) => ({
  status,
  body: { error: { code: status, message, errors: [{ message, domain: "global", reason }] } },
});

describe("a nested group that Google does not show", () => {
  async function nested(): Promise<Google> {
    const here = await company();
    here.company.addGroup({ email: "partners@elsewhere.org", foreign: true });
    here.company.addMember("crew@example.com", "partners@elsewhere.org");
    return here;
  }

  /** "When groups.get refuses it too": every way in which Google says that a group is not ours. */
  test.each(["domainCannotUseApis", "forbidden", "invalidDomain", "domainNotFound", "groupKey"] as const)(
    "is outside when members and group answer %s, and unread when the group is shown",
    async (how) => {
      const here = await nested();
      const partners = here.id("partners@elsewhere.org");
      here.company.policy.foreignGroup = how;
      expect((await here.read()).outside).toEqual(new Set([partners]));
      const crew = here.id("crew@example.com");
      here.company.policy.hiddenMembers.set("crew@example.com", how);
      const { outside, unread } = await here.read({ groupMatch: ["email=builders@example.com"] });
      expect([[...outside], [...unread.keys()]]).toEqual([[], [crew]]);
    },
  );

  test("is outside when the group itself is hidden too", async () => {
    const here = await nested();
    const partners = here.id("partners@elsewhere.org");
    const source = await here.read();
    expect(source.outside).toEqual(new Set([partners]));
    expect(source.members.has(partners)).toBe(false);
    expect(source.members.get(here.id("crew@example.com"))?.map(({ id }) => id)).toContain(partners);
  });

  test("is outside when the group itself is unknown", async () => {
    const here = await nested();
    here.fault({ when: { operation: "groups.get" }, do: notFound("groupKey") });
    expect((await here.read()).outside.size).toBe(1);
  });

  test("is unread, with Google's words and a remedy, when the group itself is shown", async () => {
    const here = await company();
    const crew = here.id("crew@example.com");
    here.fault({ when: ({ path }) => path.endsWith(`${crew}/members`), do: forbidden });
    const { unread } = await here.read({ groupMatch: ["email=builders@example.com"] });
    expect(unread.get(crew)).toEqual({
      kind: "group",
      email: "crew@example.com",
      why: `Google does not show admin@example.com the members of the group crew@example.com (${crew}) (403 forbidden: Not Authorized to access this resource/api)`,
      todo: "give admin@example.com an admin role with Groups › Read for the whole account, or leave the group out",
    });
  });

  test("is unread when the listing has it as one of ours, even if the group is hidden too", async () => {
    const here = await company();
    const crew = here.id("crew@example.com");
    here.fault({ when: ({ path }) => path.endsWith(`${crew}/members`), times: 9, do: forbidden });
    const wants = ({ email }: { email: string }) => email === "builders@example.com";
    here.fault({ when: { operation: "groups.get" }, do: forbidden });
    const { unread, outside } = await here.read({ wants });
    expect([[...unread.keys()], [...outside]]).toEqual([[crew], []]);
  });

  test("is not taken for outside because Google is busy", async () => {
    const here = await nested();
    const busy = refusal(403, "quotaExceeded", "Request rate higher than configured.");
    here.fault({ when: { operation: "groups.get" }, times: 99, do: busy });
    const error = await failureFrom(here.connect({ retries: 1 }).read());
    expect(error.reason).toBe("quotaExceeded");
  });
});

describe("a page that is not to be trusted ends the run", () => {
  const json = { "content-type": "application/json; charset=UTF-8" };
  const untrustworthy = [
    [
      "a page of HTML",
      { status: 200, headers: { "content-type": "text/html" }, body: "<html><b>Sign in</b>" },
    ],
    ["an empty body", { status: 200, headers: json, body: "" }],
    ["no body at all", { status: 204 }],
    ["not modified", { status: 304 }],
    ["an object of no kind", { status: 200, body: {} }],
    ["an error with the status of success", { status: 200, body: { error: { code: 500 } } }],
    ["a list", { status: 200, body: [] }],
    ["null", { status: 200, headers: json, body: "null" }],
    ["another kind", { status: 200, body: { kind: "admin#directory#orgUnits" } }],
    [
      "rows that are no list",
      { status: 200, body: { kind: "admin#directory#users", users: {}, groups: {}, members: {} } },
    ],
    [
      "bytes of no type",
      { status: 200, headers: { "content-type": "application/octet-stream" }, body: "{}" },
    ],
    ["half a document", "truncate"],
  ] as const;

  for (const operation of ["users.list", "groups.list", "members.list"]) {
    test.each(untrustworthy)(`${operation}: %s`, async (_, action) => {
      const here = await company("vendor");
      here.fault({ when: { operation }, do: action });
      const error = await failureFrom(here.read({ wants: ({ email }) => email === "admins@example.com" }));
      expect(error.message).toMatch(/cannot be trusted|unexpected answer 304/u);
      expect(here.count(operation)).toBe(1);
    });
  }

  test("on the last of many pages just the same", async () => {
    const here = await company();
    here.fault({ when: { operation: "users.list", nth: 5 }, do: "truncate" });
    const error = await failureFrom(here.read());
    expect(error.message).toMatch(
      /^Google's answer while listing the users cannot be trusted: it is not a page of users but the text/u,
    );
  });

  test("and so does a listing whose page token is refused half way", async () => {
    const here = await company();
    here.company.lies.breakToken("users.list", 3);
    const error = await failureFrom(here.read());
    expect(error.message).toContain("refused its own page token while listing the users");
  });

  test.each(["users.list", "groups.list", "members.list"] as const)(
    "and so does %s that runs in a circle",
    async (listing) => {
      const here = await company();
      here.company.lies.repeatForEver(listing);
      const error = await failureFrom(here.read());
      expect(error.message).toContain("the same page token came twice");
    },
  );

  test("and so does a listing without an end", async () => {
    const here = await company("vendor");
    let n = 0;
    here.fault({
      when: list,
      times: 99,
      do: () => ({ status: 200, body: { kind: "admin#directory#users", nextPageToken: `t${(n += 1)}` } }),
    });
    const { api } = here.connect();
    const read = async () => {
      const listing = pages(api, {
        rows: "users",
        errand: { doing: "listing the users" },
        mostPages: 3,
        page: (pageToken) => (directory, options) =>
          directory.users.list(
            { customer: "my_customer", ...(pageToken === undefined ? {} : { pageToken }) },
            options,
          ),
      });
      for await (const rows of listing) expect(rows).toEqual([]);
    };
    expect((await failureFrom(read())).message).toContain("more than 3 pages");
    expect(here.count("users.list")).toBe(3);
  });
});

describe("a page that is odd but right is taken", () => {
  test("empty, with more to come", async () => {
    const here = await company();
    here.company.lies.emptyPage("users.list", 2);
    here.company.lies.emptyPage("groups.list", 1);
    const { users, groups } = await here.read();
    expect(users).toHaveLength(10);
    expect(groups).toHaveLength(3);
  });

  test("the same row twice counts once", async () => {
    const here = await company("vendor");
    here.fault({
      when: list,
      do: (_, answer) => {
        const body = answer.body as { readonly users: readonly unknown[] };
        return { ...answer, body: { ...body, users: [...body.users, body.users[0]] } };
      },
    });
    expect((await here.read()).users).toHaveLength(10);
  });

  test("but one id with two contents is asked for by itself", async () => {
    const here = await company("vendor");
    here.fault({
      when: list,
      do: (_, answer) => {
        const body = answer.body as { readonly users: readonly Row[] };
        const changed = { ...body.users[0], primaryEmail: "renamed@example.com" };
        return { ...answer, body: { ...body, users: [changed, ...body.users] } };
      },
    });
    const { users, unread } = await here.read();
    expect(users.map(({ email }) => email)).not.toContain("renamed@example.com");
    expect([users.length, unread.size]).toEqual([10, 0]);
  });

  test("one group in two queries is the same group, in whatever order its aliases come", async () => {
    const here = await google("vendor");
    here.company.addGroup({ email: "ops@example.com", aliases: ["a@example.com", "b@example.com"] });
    const turned = (row: Row) => ({
      ...row,
      email: "OPS@example.com",
      aliases: (row["aliases"] as readonly string[]).toReversed(),
    });
    here.fault({
      when: { operation: "groups.list" },
      do: (_, answer) => edited(answer, turned, "groups"),
    });
    const { groups, unread } = await here.read({ groupMatch: ["email:ops*", "email=ops@example.com"] });
    expect([groups.length, unread.size]).toEqual([1, 0]);
  });

  test.each([
    ["a row without a name", (row: Row) => ({ ...row, name: undefined })],
    ["a row without an address", (row: Row) => ({ ...row, email: undefined })],
  ])("a group of %s is asked for by itself, and unread but there if that does not help", async (_, spoil) => {
    const here = await company("vendor");
    const crew = here.id("crew@example.com");
    here.fault({
      when: { operation: "groups.list" },
      do: (_, answer) => edited(answer, (row) => (row["id"] === crew ? spoil(row) : row), "groups"),
    });
    const helped = await here.read();
    expect(helped.groups.map(({ id }) => id)).toContain(crew);
    expect([helped.members.has(crew), helped.unread.size]).toEqual([true, 0]);
    here.fault({
      when: { operation: "groups.list" },
      do: (_, answer) => edited(answer, (row) => (row["id"] === crew ? spoil(row) : row), "groups"),
    });
    here.fault({
      when: { operation: "groups.get" },
      do: (_, answer) => ({ ...answer, body: spoil(answer.body as Row) }),
    });
    const { groups, unread } = await here.read();
    expect(groups.map(({ id }) => id)).toContain(crew);
    expect([...unread.keys()]).toEqual([crew]);
  });

  test.each([
    ["crew@example.com", 0],
    ["\ud800@example.com", 1],
    ["crew", 1],
  ])("a group of a row with an odd id is asked for by the address %j, if it is one", async (email, left) => {
    const here = await company("vendor");
    const crew = here.id("crew@example.com");
    const spoilt = (row: Row) => (row["id"] === crew ? { ...row, id: "\u0000\ud800", email } : row);
    here.fault({
      when: { operation: "groups.list" },
      do: (_, answer) => edited(answer, spoilt, "groups"),
    });
    const { groups, unread } = await here.read();
    expect([groups.length, unread.size]).toEqual([3, left]);
    expect(groups.some(({ id }) => id === crew)).toBe(left === 0);
  });

  test("a group of a row without an id and an address is told", async () => {
    const here = await company("vendor");
    const nobody = (row: Row) =>
      row["id"] === here.id("crew@example.com") ? { ...row, id: undefined, email: undefined } : row;
    here.fault({
      when: { operation: "groups.list" },
      do: (_, answer) => edited(answer, nobody, "groups"),
    });
    expect([...(await here.read()).unread.values()]).toMatchObject([{ kind: "group", email: "" }]);
  });

  test.each([
    ["without a type", (row: Row) => ({ ...row, type: undefined })],
    ["without an id and an address", (row: Row) => ({ ...row, id: undefined, email: undefined })],
    ["with an id that is a number", (row: Row) => ({ ...row, id: 42 })],
  ])("a group with a member's row %s is unread", async (_, spoil) => {
    const here = await company("vendor");
    const crew = here.id("crew@example.com");
    here.fault({
      when: ({ path }) => path.endsWith(`${crew}/members`),
      do: (_, answer) => edited(answer, spoil, "members"),
    });
    expect([...(await here.read()).unread.keys()]).toEqual([crew]);
  });
});

describe("trouble of Google's that lasts", () => {
  const lasts = [
    ["503", { status: 503 }],
    ["a 400 about a system error", refusal(400, "invalid", "A system error has occurred")],
    ["a connection that breaks", "drop-before"],
  ] as const;

  test.each(lasts)("with one group's members (%s) leaves that group unread", async (_, action) => {
    const here = await company("vendor");
    const crew = here.id("crew@example.com");
    here.fault({ when: ({ path }) => path.endsWith(`${crew}/members`), times: 99, do: action });
    const { groups, members, unread } = await here.connect({ retries: 1 }).read();
    expect([groups.length, [...unread.keys()]]).toEqual([3, [crew]]);
    expect(members.get(here.id("admins@example.com"))).toHaveLength(5);
    expect(unread.get(crew)?.why).toContain("after 2 attempts while listing the members of crew@example.com");
  });

  test.each(lasts)(
    "with the look at a group or a user of an odd row (%s) leaves them unread",
    async (_, action) => {
      const here = await company("vendor");
      const odd = [here.id("crew@example.com"), here.id("user1@example.com")];
      for (const [operation, rows] of [
        ["groups.list", "groups"],
        ["users.list", "users"],
      ] as const)
        here.fault({
          when: { operation },
          do: (_, answer) =>
            edited(answer, (row) => (odd.some((id) => id === row["id"]) ? { ...row, name: 7 } : row), rows),
        });
      here.fault({ when: ({ operation }) => /\.get$/u.test(operation), times: 99, do: action });
      const { groups, users, unread } = await here.connect({ retries: 1 }).read();
      expect([...unread.keys()].toSorted()).toEqual(odd.toSorted());
      expect([groups.length, users.length]).toEqual([3, 9]);
    },
  );

  test.each(["users.list", "groups.list"])("with %s ends the run", async (operation) => {
    const here = await company("vendor");
    here.fault({ when: { operation }, times: 99, do: { status: 503 } });
    expect((await failureFrom(here.connect({ retries: 1 }).read())).code).toBe("google-trouble");
  });

  test("with twenty groups in a row is waited for no longer, and what was read before counts", async () => {
    const here = await google("vendor");
    for (let n = 0; n < 60; n++) here.company.addGroup({ email: `g${n}@example.com` });
    here.fault({ when: { operation: "members.list", nth: 11 }, times: 999, do: { status: 503 } });
    const { groups, members, unread } = await here.connect({ retries: 0 }).read();
    expect([groups.length, members.size, unread.size]).toEqual([60, 10, 50]);
    expect(here.count("members.list")).toBeLessThan(55);
  });
});

test("progress counts what was read so far", async () => {
  const here = await company();
  const told: Progress[] = [];
  const signal = new AbortController().signal;
  await readDirectory(here.connect().api, everything, {
    signal,
    progress: (soFar) => told.push(soFar),
  }).whole();
  expect(told.at(-1)).toEqual({ users: 10, groups: 3, members: 7 });
  expect(told.length).toBeGreaterThan(5);
});

test("the first failure stops what else is under way", async () => {
  const here = await google("vendor");
  for (let n = 0; n < 60; n++) here.company.addGroup({ email: `g${n}@example.com` });
  here.fault({ when: { operation: "members.list", nth: 5 }, do: "truncate" });
  const { promise: until, resolve: answer } = Promise.withResolvers<void>();
  here.fault({ when: { operation: "members.list" }, times: 99, do: { until } });
  const error = await failureFrom(here.read());
  expect(error.code).toBe("untrusted");
  answer();
  await sleep(300);
  expect(here.count("members.list")).toBeLessThanOrEqual(20);
});

test("a stopped reading ends with the reason of the signal, not with a smaller directory", async () => {
  const here = await company();
  here.fault({ when: { operation: "members.list" }, times: 9, do: { delay: 5_000 } });
  const stop = new AbortController();
  const progress = ({ users, groups }: Progress): void => {
    if (users === 10 && groups === 3) stop.abort();
  };
  const { signal } = stop;
  const reading = readDirectory(here.connect().api, everything, { signal, progress }).whole();
  await expect(reading).rejects.toMatchObject({ name: "AbortError" });
});
