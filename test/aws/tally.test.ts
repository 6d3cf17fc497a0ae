import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sourceId, targetId } from "../../src/core/model.ts";
import type { Spent } from "../../src/core/tally.ts";
import type { TallyError } from "../../src/aws/tally-errors.ts";
import type { TallyTable } from "../../src/aws/tally.ts";
import { NOTHING_SPENT, once, turnoverOf } from "../../src/core/tally.ts";
import { useTables, type Item, type TableFault, type Tables } from "../dynalite/server.ts";
import { failure, TALLY_KEY, tallyAt } from "./stage.ts";

const NOW = "2026-03-01T10:20:00Z";

/** One user disabled, and one membership of a group taken. */
const deed = (name: string): Spent => ({
  ...NOTHING_SPENT,
  users: once([targetId(name)]),
  memberships: 1,
  turnover: new Map([[targetId("group"), { gained: 0, lost: 1 }]]),
});

const reserve = (table: TallyTable, spent: Spent, now = NOW): Promise<Spent | undefined> =>
  table.reserve(now, () => spent);

const counted = (tables: Tables, now = NOW): Promise<Spent> => tallyAt(tables).spent(now);

const names = (length: number): string[] => Array.from({ length }, (_, at) => `user-${at}`);

/** The `nth` request of this operation, from 1, and no other. */
function nth(
  wanted: string,
  which: number,
  fault: TableFault,
): (operation: string) => TableFault | undefined {
  let seen = 0;
  return (operation) => (operation === wanted && (seen += 1) === which ? fault : undefined);
}

describe("the table", () => {
  test("has nothing where no item is, keeps what is written, and what people were told beside it", async () => {
    const tables = await useTables();
    const table = tallyAt(tables);
    expect(await table.spent(NOW)).toEqual(NOTHING_SPENT);
    const spent: Spent = {
      leavers: once(["a", "b"].map(targetId)),
      users: new Map([[targetId("c"), 2]]),
      groups: once([targetId("d")]),
      renames: once([targetId("e")]),
      newGroups: once([sourceId("f")]),
      memberships: 7,
      turnover: new Map([[targetId("g"), { gained: 3, lost: 4 }]]),
      elsewhere: { gained: 0, lost: 0 },
    };
    expect(await reserve(table, spent)).toEqual(spent);
    expect(await counted(tables)).toEqual(spent);
    const told = { sync: { digest: "0123", at: NOW } };
    const item = (await tables.item(TALLY_KEY)) ?? {};
    const written = JSON.parse(item["tally"]?.S ?? "") as object;
    await tables.put({ ...item, tally: { S: JSON.stringify({ ...written, told }) } });
    await reserve(table, deed("ada"), "2026-03-01T11:00:00Z");
    const after = JSON.parse((await tables.item(TALLY_KEY))?.["tally"]?.S ?? "") as { hours: object };
    expect(after).toMatchObject({ told });
    expect(Object.keys(after.hours)).toEqual(["2026-03-01T10", "2026-03-01T11"]);
  });

  test("is asked nothing but to get and to put one item", async () => {
    const tables = await useTables();
    const table = tallyAt(tables);
    await reserve(table, deed("ada"));
    await table.giveBack(deed("ada"), NOW);
    expect(tables.requests).toEqual(["GetItem", "PutItem", "GetItem", "PutItem"]);
    expect(JSON.parse(tables.bodies[0] ?? "")).toMatchObject({ ConsistentRead: true });
    expect(await counted(tables)).toEqual(NOTHING_SPENT);
  });

  test("is not written to by a change that wants nothing", async () => {
    const tables = await useTables();
    expect(await tallyAt(tables).reserve(NOW, () => undefined)).toBeUndefined();
    expect(tables.requests).toEqual(["GetItem"]);
  });

  test("takes at most 300 kB, and a group that found no room counts as much as the largest of these", async () => {
    const tables = await useTables();
    const turnover = new Map(
      Array.from({ length: 9_000 }, (_, at) => [
        targetId(crypto.randomUUID()),
        { gained: 0, lost: at < 4_000 ? 2 : 5 },
      ]),
    );
    await reserve(tallyAt(tables), { ...NOTHING_SPENT, turnover });
    const bytes = JSON.stringify(await tables.item(TALLY_KEY)).length;
    expect(bytes).toBeLessThan(350_000);
    const found = await counted(tables);
    expect(found.turnover.size).toBe(5_000);
    expect(turnoverOf(found, targetId("any other")).lost).toBe(2);
  });
});

describe("several writers at once", () => {
  test("add up", { tags: "long" }, async () => {
    const tables = await useTables();
    await Promise.all(names(20).map((name) => reserve(tallyAt(tables), deed(name))));
    expect(await counted(tables)).toMatchObject({ users: once(names(20).map(targetId)), memberships: 20 });
  });

  test(
    "are asked again about what stands there now, so that together they stay within a budget",
    { tags: "long" },
    async () => {
      const tables = await useTables();
      const withinBudget = (name: string) => (spent: Spent) =>
        spent.users.size < 5 ? deed(name) : undefined;
      const written = await Promise.all(
        names(20).map((name) => tallyAt(tables).reserve(NOW, withinBudget(name))),
      );
      expect(written.filter((one) => one !== undefined)).toHaveLength(5);
      expect((await counted(tables)).memberships).toBe(5);
    },
  );
});

test("a writer whom somebody else is always ahead of gives up, and says so", { tags: "long" }, async () => {
  const tables = await useTables();
  tables.fault((operation) =>
    operation === "PutItem" ? { refuse: "ConditionalCheckFailedException" } : undefined,
  );
  const error = await failure<TallyError>(reserve(tallyAt(tables), deed("ada")));
  expect(error).toMatchObject({ name: "TallyError", why: expect.stringMatching(/^Somebody else keeps/) });
});

describe("a write whose answer is lost", () => {
  test.each<[string, TableFault]>([
    ["after it was carried out", "drop-after"],
    ["before it was carried out", "drop-before"],
  ])("%s counts once", async (_, fault) => {
    const tables = await useTables();
    tables.fault(nth("PutItem", 1, fault));
    expect(await reserve(tallyAt(tables), deed("ada"))).toBeDefined();
    expect((await counted(tables)).memberships).toBe(1);
  });

  test("counts once when somebody else wrote before it could be looked up", async () => {
    const tables = await useTables();
    let put = 0;
    const others = Promise.withResolvers<void>();
    tables.fault((operation) => {
      if (operation !== "PutItem") return undefined;
      put += 1;
      return put === 1 ? "drop-after" : put === 2 ? { until: others.promise } : undefined;
    });
    const first = reserve(tallyAt(tables), deed("ada"));
    await expect.poll(() => put).toBe(2);
    for (const name of names(12)) await reserve(tallyAt(tables), deed(name));
    others.resolve();
    expect(await first).toBeDefined();
    expect((await counted(tables)).memberships).toBe(13);
  });

  test("is found where every attempt was lost", async () => {
    const tables = await useTables();
    tables.fault((operation) => (operation === "PutItem" ? "drop-after" : undefined));
    expect(await reserve(tallyAt(tables, { maxAttempts: 2 }), deed("ada"))).toBeDefined();
    expect((await counted(tables)).memberships).toBe(1);
  });

  test("is an error where none came through", async () => {
    const tables = await useTables();
    tables.fault((operation) => (operation === "PutItem" ? "drop-before" : undefined));
    const error = await failure<TallyError>(reserve(tallyAt(tables, { maxAttempts: 2 }), deed("ada")));
    expect(error).toMatchObject({ name: "TallyError", code: "UND_ERR_SOCKET" });
    expect((await counted(tables)).memberships).toBe(0);
  });
});

test(
  "writers that are cut off anywhere count once or not at all, and nothing of the others is lost",
  { tags: "long" },
  async () => {
    const tables = await useTables();
    const kill = fc.record({
      writer: fc.nat(2),
      request: fc.nat(12),
      when: fc.constantFrom("before", "after"),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 3 }),
        fc.array(kill, { maxLength: 4 }),
        async (writers, kills) => {
          round += 1;
          const now = `2026-03-${String(1 + (round % 28)).padStart(2, "0")}T10:00:00Z`;
          await afresh(tables);
          const lives = names(writers).map(() => new AbortController());
          let request = -1;
          tables.fault(() => {
            request += 1;
            const hit = kills.find((one) => one.request === request);
            if (hit === undefined) return undefined;
            lives[hit.writer]?.abort(new Error("killed"));
            return hit.when === "before" ? "drop-before" : "drop-after";
          });
          const ended = await Promise.all(
            lives.map(({ signal }, at) => write(tallyAt(tables, { signal }), `${at}`, now)),
          );
          tables.fault(() => undefined);
          const found = await counted(tables, now);
          for (const [at, { sure, perhaps }] of ended.entries()) {
            const mine = [...found.users.keys()].filter((id) => id.startsWith(`${at}-`)).toSorted();
            expect(mine.filter((id) => sure.includes(id))).toEqual(sure);
            expect(mine.filter((id) => !sure.includes(id) && !perhaps.includes(id))).toEqual([]);
          }
          expect([...found.users.values()].every((times) => times === 1)).toBe(true);
          expect(found.memberships).toBe(found.users.size);
          expect(turnoverOf(found, targetId("group")).lost).toBe(found.users.size);
        },
      ),
      { numRuns: 40 },
    );
  },
);

/** Three reservations one after the other, of which the second is given back; until killed. */
async function write(table: TallyTable, writer: string, now: string) {
  const sure: string[] = [];
  const perhaps: string[] = [];
  const steps = [
    ["a", "reserve"],
    ["b", "reserve"],
    ["b", "give back"],
    ["c", "reserve"],
  ] as const;
  try {
    for (const [name, step] of steps) {
      const id = `${writer}-${name}`;
      perhaps.push(id);
      const before = sure.indexOf(id);
      if (before >= 0) sure.splice(before, 1);
      await (step === "reserve" ? reserve(table, deed(id), now) : table.giveBack(deed(id), now));
      perhaps.pop();
      if (before < 0) sure.push(id);
    }
  } catch (error) {
    expect(error).toMatchObject({ message: "killed" });
  }
  return { sure, perhaps };
}

/** Nothing spent, under a new version: what a writer of the last round has still under way comes too late. */
async function afresh(tables: Tables): Promise<void> {
  const item = await tables.item(TALLY_KEY);
  if (item === undefined) return;
  const version = { N: String(Number(item["version"]?.N) + 1) };
  await tables.put({ ...item, version, tally: { S: JSON.stringify({ form: 1, hours: {} }) } });
}

describe("an item that is not understood", () => {
  const item = (tally: unknown, over: Item = {}): Item => ({
    id: { S: TALLY_KEY },
    version: { N: "3" },
    by: { L: [] },
    tally: { S: typeof tally === "string" ? tally : JSON.stringify(tally) },
    ...over,
  });
  const hours = (spent: object, hour = "2026-03-01T10") => ({ form: 1, hours: { [hour]: spent } });

  test.each<[string, Item]>([
    ["another form", item({ form: 2, hours: {} })],
    ["what is no JSON", item("{")],
    ["what this version does not know", item({ form: 1, hours: {}, more: 1 })],
    ["an hour that is none", item(hours({}, "yesterday"))],
    ["half of what was spent", item(hours({ leavers: {}, users: {} }))],
    ["another attribute", item({ form: 1, hours: {} }, { more: { S: "" } })],
    ["no version", { id: { S: TALLY_KEY } }],
    ["a version that is a text", item({ form: 1, hours: {} }, { version: { S: "3" } })],
  ])("with %s is neither read nor written", async (_, given) => {
    const tables = await useTables();
    await tables.put(given);
    const table = tallyAt(tables);
    expect(await failure<TallyError>(table.spent(NOW))).toMatchObject({ name: "TallyError" });
    const error = await failure<TallyError>(reserve(table, deed("ada")));
    expect(error.why).toContain(`${TALLY_KEY} of the DynamoDB table ssosync-tally in us-east-1`);
    expect(tables.requests).toEqual(["GetItem", "GetItem"]);
    expect(await tables.item(TALLY_KEY)).toEqual(given);
  });
});

const refusal = (refuse: string, message = "", status = 400): TableFault => ({ refuse, message, status });
const DENIED = "User: arn:aws:sts::123456789012:assumed-role/ssosync is not authorized to perform this";
const KMS =
  "KMS key access denied error: The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";

describe("a table that refuses", () => {
  test.each<[string, TableFault, RegExp]>([
    ["the right", refusal("AccessDeniedException", DENIED), /allow dynamodb:GetItem and dynamodb:PutItem/],
    ["its KMS key", refusal("AccessDeniedException", KMS), /kms:Decrypt/],
    ["the speed", refusal("ProvisionedThroughputExceededException", "slower"), /throttling/],
    ["for a while", refusal("InternalServerError", "", 500), /run again later/],
    ["without saying why", refusal("Odd", "odd"), /did not answer dynamodb:(?:Get|Put)Item/],
  ])("%s is an error with the remedy, of reading and of writing", async (_, fault, remedy) => {
    const tables = await useTables();
    const table = tallyAt(tables, { maxAttempts: 2 });
    for (const refused of ["GetItem", "PutItem"]) {
      tables.fault((operation) => (operation === refused ? fault : undefined));
      const error = await failure<TallyError>(reserve(table, deed("ada")));
      expect(error).toMatchObject({ name: "TallyError" });
      expect(error.message).toMatch(remedy);
    }
    expect(await tables.item(TALLY_KEY)).toBeUndefined();
  });

  test("because it is not there is told with its name and its Region", async () => {
    const { url } = await useTables();
    const error = await failure<TallyError>(tallyAt({ url, table: "nowhere" }).spent(NOW));
    expect(error).toMatchObject({ name: "TallyError", code: "ResourceNotFoundException" });
    expect(error.why).toContain("no DynamoDB table nowhere in us-east-1");
  });

  test.each<[string, readonly { readonly AttributeName: string; readonly KeyType: "HASH" | "RANGE" }[]]>([
    ["another key", [{ AttributeName: "name", KeyType: "HASH" }]],
    [
      "a second key",
      [
        { AttributeName: "id", KeyType: "HASH" },
        { AttributeName: "hour", KeyType: "RANGE" },
      ],
    ],
  ])("because it has %s is told so", async (_, keys) => {
    const tables = await useTables();
    await tables.create("other", keys);
    const table = tallyAt({ url: tables.url, table: "other" });
    for (const work of [table.spent(NOW), table.tryWriting()])
      expect((await failure<TallyError>(work)).why).toMatch(/^The key of the DynamoDB table other/);
  });

  test("because too many people are in it is told so", async () => {
    const tables = await useTables();
    const users = once(Array.from({ length: 11_000 }, () => targetId(crypto.randomUUID())));
    const error = await failure<TallyError>(reserve(tallyAt(tables), { ...NOTHING_SPENT, users }));
    expect(error.why).toMatch(/^More was done in 24 hours than the DynamoDB table/);
  });

  test("for speed slows the writer down, which tries again", async () => {
    const tables = await useTables();
    tables.fault(nth("PutItem", 1, refusal("ThrottlingException")));
    const table = tallyAt(tables);
    await reserve(table, deed("ada"));
    expect((await counted(tables)).memberships).toBe(1);
    expect(table.pace.count).toBe(3);
  });
});

describe("trying to write", () => {
  test("writes nothing, whether an item is there or not", async () => {
    const tables = await useTables();
    const table = tallyAt(tables);
    await table.tryWriting();
    expect(await tables.item(TALLY_KEY)).toBeUndefined();
    await reserve(table, deed("ada"));
    const before = await tables.item(TALLY_KEY);
    await table.tryWriting();
    expect(await tables.item(TALLY_KEY)).toEqual(before);
  });

  test("is an error without the right", async () => {
    const tables = await useTables();
    tables.fault((operation) =>
      operation === "PutItem" ? refusal("AccessDeniedException", DENIED) : undefined,
    );
    expect((await failure<TallyError>(tallyAt(tables).tryWriting())).why).toMatch(/dynamodb:PutItem/);
  });
});

test("whoever runs out of time is told so, and not that the table is at fault", async () => {
  const tables = await useTables();
  const life = new AbortController();
  tables.fault(() => {
    life.abort(new Error("over"));
    return { until: new Promise((resolve) => setTimeout(resolve, 50)) };
  });
  const table = tallyAt(tables, { signal: life.signal });
  expect((await failure(reserve(table, deed("ada")))).message).toBe("over");
});
