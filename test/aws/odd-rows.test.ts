/** What a list does not tell of one object is asked for by its id, and never guessed. */
import { describe, expect, test } from "vitest";
import type { ExistingUser } from "../../src/core/model.ts";
import { TokenError } from "../../src/aws/errors.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { failure, readIdentityStore, scimAt, storeAt } from "./stage.ts";

type Row = Record<string, unknown>;

/** Changes a row of a list on its way out, each time. */
function alter(
  emulator: Emulator,
  service: "scim" | "identitystore",
  operation: string,
  change: (row: Row) => Row,
) {
  emulator.fault({
    when: { service, operation },
    times: Infinity,
    do: (_, answer) => {
      const body = answer.body as Record<string, unknown>;
      const key = Object.keys(body).find((name) => Array.isArray(body[name]) && name !== "schemas") ?? "";
      const [first, ...others] = body[key] as Row[];
      return { ...answer, body: { ...body, [key]: first === undefined ? [] : [change(first), ...others] } };
    },
  });
}

/** Ada first, who is disabled, and Bob. */
async function stage() {
  const emulator = await useEmulator({ pageSize: "vendor" });
  const { aws } = emulator;
  const ada = aws.addUser({
    userName: "ada@example.com",
    externalId: "100000000000000000001",
    active: false,
  });
  aws.addUser({ userName: "bob@example.com", externalId: "100000000000000000002" });
  aws.addGroup({ displayName: "devs", externalId: "03abcdefg12" });
  return { emulator, ada };
}

const nameAndState = (users: readonly ExistingUser[]) =>
  users.map(({ userName, active, externalId }) => [userName, active, externalId]);
const AS_THEY_ARE = [
  ["ada@example.com", false, "100000000000000000001"],
  ["bob@example.com", true, "100000000000000000002"],
];

async function read(emulator: Emulator, over: "identitystore" | "scim") {
  const { client, id } = storeAt(emulator);
  const scim = scimAt(emulator, { attempts: 1 });
  return over === "scim" ? scim.read() : readIdentityStore(client, id, {}, scim);
}

const statuses: readonly (readonly [string, (row: Row) => Row])[] = [
  ["absent", ({ UserStatus: _, ...row }) => row],
  ["null", (row) => ({ ...row, UserStatus: null })],
  ["unknown", (row) => ({ ...row, UserStatus: "PENDING" })],
  ["empty", (row) => ({ ...row, UserStatus: "" })],
  ["in small letters", (row) => ({ ...row, UserStatus: "disabled" })],
];

test.each(statuses)("a status that is %s is asked for over SCIM, of that user alone", async (_, change) => {
  const { emulator, ada } = await stage();
  alter(emulator, "identitystore", "ListUsers", change);
  expect(nameAndState((await read(emulator, "identitystore")).users)).toEqual(AS_THEY_ARE);
  ada.active = true;
  expect((await read(emulator, "identitystore")).users[0]?.active).toBe(true);
  expect(emulator.count({ operation: "GetUser" })).toBe(2);
});

test("over SCIM, who does not say in a list whether they are active is asked by id", async () => {
  const { emulator } = await stage();
  alter(emulator, "scim", "ListUsers", ({ active: _, ...row }) => row);
  expect(nameAndState((await read(emulator, "scim")).users)).toEqual(AS_THEY_ARE);
  expect(emulator.count({ operation: "GetUser" })).toBe(1);
});

describe("who is asked about over SCIM", () => {
  const without = ({ UserStatus: _, ...row }: Row) => row;

  test("and is not there is gone", async () => {
    const { emulator } = await stage();
    alter(
      emulator,
      "identitystore",
      "ListUsers",
      (row) => (emulator.aws.deleteUser("ada@example.com"), without(row)),
    );
    expect(nameAndState((await read(emulator, "identitystore")).users)).toEqual(AS_THEY_ARE.slice(1));
  });

  test("and is refused by themselves stays as told, and enabled as far as anybody knows", async () => {
    const { emulator } = await stage();
    alter(emulator, "identitystore", "ListUsers", without);
    emulator.fault({ when: { operation: "GetUser" }, do: { status: 403 } });
    expect(nameAndState((await read(emulator, "identitystore")).users)).toEqual([
      ["ada@example.com", true, "100000000000000000001"],
      ...AS_THEY_ARE.slice(1),
    ]);
  });

  test("with a token that is refused ends the reading", async () => {
    const { emulator } = await stage();
    alter(emulator, "identitystore", "ListUsers", without);
    emulator.aws.tokens.clear();
    const { client, id } = storeAt(emulator);
    const scim = scimAt(emulator, { token: "wrong" });
    expect(await failure(readIdentityStore(client, id, {}, scim))).toBeInstanceOf(TokenError);
  });
});

test.each(["scim", "identitystore"] as const)(
  "over %s, a row that cannot be understood is read by its id, and one without an id of AWS is unread, as far as it is known",
  async (over) => {
    const { emulator } = await stage();
    const [id, name] = over === "scim" ? ["id", "userName"] : ["UserId", "UserName"];
    let wrong: Row = { [name]: [7] };
    alter(emulator, over, "ListUsers", (row) => ({ ...row, ...wrong }));
    expect(nameAndState((await read(emulator, over)).users)).toEqual(AS_THEY_ARE);
    for (const odd of [undefined, "", 7, "\ud800", "a/../b", "x".repeat(65)]) {
      wrong = { [id]: odd };
      const { users, unread } = await read(emulator, over);
      const [ada, bob] = users;
      expect([bob?.userName, unread.size]).toEqual(["bob@example.com", 1]);
      expect([ada?.externalId, ada !== undefined && unread.has(ada.id)]).toEqual([AS_THEY_ARE[0]?.[2], true]);
    }
  },
);

describe.each(["scim", "identitystore"] as const)("over %s", (over) => {
  const [id, name] = over === "scim" ? ["id", "userName"] : ["UserId", "UserName"];
  const names = async (emulator: Emulator) => {
    const { users, unread } = await read(emulator, over);
    return { users: users.map(({ userName }) => userName), unread: [...unread] };
  };

  test.each([
    ["is refused by itself (403)", { status: 403 }],
    ["is odd by itself too", { status: 200, body: { id: 7 } }],
  ])("who cannot be understood in the list and %s is unread, with AWS's words", async (_, answer) => {
    const { emulator, ada } = await stage();
    alter(emulator, over, "ListUsers", (row) => ({ ...row, [name]: [7] }));
    emulator.fault({ when: { operation: "GetUser" }, do: answer });
    const { users, unread } = await names(emulator);
    expect(users).toEqual(["", "bob@example.com"]);
    expect(unread).toMatchObject([[ada.id, { why: expect.stringMatching(/SCIM endpoint/) as string }]]);
  });

  test.each([null, 7, "row", []])(
    "a row that is %j is unread, and the others are what they are",
    async (odd) => {
      const { emulator } = await stage();
      alter(emulator, over, "ListUsers", () => odd as unknown as Row);
      const { users, unread } = await names(emulator);
      expect([users, unread.length]).toEqual([["", "bob@example.com"], 1]);
    },
  );

  test("a user who is listed twice is one, and unread if they are told in two ways", async () => {
    const { emulator, ada } = await stage();
    const twice = (change: object) =>
      emulator.fault({
        when: { service: over, operation: "ListUsers" },
        do: (_, answer) => {
          const key = over === "scim" ? "Resources" : "Users";
          const rows = (answer.body as Record<string, Row[]>)[key] ?? [];
          return {
            ...answer,
            body: { ...(answer.body as Row), [key]: [...rows, { ...rows[0], ...change }] },
          };
        },
      });
    twice({});
    expect((await names(emulator)).unread).toEqual([]);
    twice({ [id]: ada.id, [name]: "other@example.com" });
    expect((await names(emulator)).unread.map(([of]) => of)).toEqual([ada.id]);
  });
});

test("external ids that cannot be read are nobody's to take, although SCIM shows none", async () => {
  const { emulator, ada } = await stage();
  ada.issuer = "https://okta.example";
  alter(emulator, "identitystore", "ListUsers", (row) => ({ ...row, ExternalIds: "okta" }));
  const { users } = await read(emulator, "identitystore");
  expect(users[0]?.externalId).toBe("unreadable#");
});

test("of the external ids of several SCIM endpoints the one counts that this endpoint writes", async () => {
  const { emulator } = await stage();
  const old = { Issuer: "https://scim.aws.com/old", Id: "100000000000000000009" };
  const first = (row: Row) => ({ ...row, ExternalIds: [old, ...(row["ExternalIds"] as Row[])] });
  alter(emulator, "identitystore", "ListUsers", first);
  alter(emulator, "identitystore", "ListGroups", first);
  const { users, groups } = await read(emulator, "identitystore");
  expect(nameAndState(users)).toEqual(AS_THEY_ARE);
  expect(groups[0]?.externalId).toBe("03abcdefg12");
});

test.each(["absent", "of another kind"])(
  "a member whose id is %s is somebody, but nobody of ours",
  async (what) => {
    const { emulator } = await stage();
    emulator.aws.addMembership("devs", "ada@example.com");
    emulator.aws.addMembership("devs", "bob@example.com");
    alter(emulator, "identitystore", "ListGroupMemberships", ({ MemberId: _, ...row }) =>
      what === "absent" ? row : { ...row, MemberId: { DeviceId: "7" } },
    );
    const { groups } = await read(emulator, "identitystore");
    const bob = emulator.aws.user("bob@example.com").id;
    expect([...(groups[0]?.members ?? [])]).toEqual(["(not a user)", bob]);
  },
);
