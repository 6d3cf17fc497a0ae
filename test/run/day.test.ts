/** The day as a run asks for it, with a table and without one. */
import { describe, expect, test } from "vitest";
import { NOTHING_SPENT, once } from "../../src/core/tally.ts";
import { targetId } from "../../src/core/model.ts";
import { isTrouble, notReserved, openDay } from "../../src/run/day.ts";
import { tallyAt } from "../aws/stage.ts";
import { NOW } from "../core/world.ts";
import { useTables } from "../dynalite/server.ts";
import type { Tables } from "../dynalite/server.ts";

const someone = { ...NOTHING_SPENT, users: once([targetId("u-1")]) };
const REFUSED = {
  why: expect.stringContaining("AccessDenied") as string,
  todo: expect.any(String) as string,
};

const dayOf = (tables: Tables, writes = true, signal?: AbortSignal) =>
  openDay(
    () => Promise.resolve(tallyAt(tables, signal === undefined ? {} : { signal })),
    new Date(NOW),
    writes,
  );

const refuse = (tables: Tables, refused: string): void =>
  tables.fault((operation) => (operation === refused ? { refuse: "AccessDeniedException" } : undefined));

test("without a table every run has the whole day, and remembers nothing", async () => {
  const day = openDay(undefined, new Date(NOW), true);
  expect(day.remembers).toBe(false);
  expect(await day.reserve(someone, () => true)).toBe(true);
  expect(await day.spent()).toEqual(NOTHING_SPENT);
  expect(await day.tell("a", "1")).toBe(true);
  expect(await day.tell("a", "1")).toBe(true);
  expect(await day.giveBack(someone)).toBeUndefined();
});

test("with one, what fits is reserved, read and given back, and what does not fit is not", async () => {
  const day = dayOf(await useTables());
  expect(day.remembers).toBe(true);
  expect(await day.spent()).toEqual(NOTHING_SPENT);
  expect(await day.reserve(someone, () => true)).toBe(true);
  expect(await day.reserve({ ...NOTHING_SPENT, memberships: 7 }, ({ users }) => users.size === 0)).toBe(
    false,
  );
  const spent = await day.spent();
  expect(spent).toMatchObject({ users: once(["u-1"]), memberships: 0 });
  expect(isTrouble(spent)).toBe(false);
  expect(await day.giveBack(someone)).toBeUndefined();
  expect(await day.spent()).toEqual(NOTHING_SPENT);
});

test("whether it can be written is tried once", async () => {
  const tables = await useTables();
  const table = tallyAt(tables);
  const day = openDay(() => Promise.resolve(table), new Date(NOW), true);
  await day.spent();
  await day.spent();
  expect(tables.requests.toSorted()).toEqual(["GetItem", "GetItem", "PutItem"]);
});

test("what was told is not told again", async () => {
  const day = dayOf(await useTables());
  expect([await day.tell("a", "1"), await day.tell("a", "1"), await day.tell("a", "2")]).toEqual([
    ...[true, false, true],
  ]);
});

describe("a table that cannot be written", () => {
  test("is known before anything is decided, where anything will be written", async () => {
    const tables = await useTables();
    refuse(tables, "PutItem");
    expect(await dayOf(tables).spent()).toMatchObject(REFUSED);
  });

  test("can be read where nothing will be written", async () => {
    const tables = await useTables();
    refuse(tables, "PutItem");
    expect(await dayOf(tables, false).spent()).toEqual(NOTHING_SPENT);
    expect(tables.requests).toEqual(["GetItem"]);
  });

  test("reserves nothing, tells nothing and takes nothing back, and says why", async () => {
    const tables = await useTables();
    const day = dayOf(tables);
    await day.reserve(someone, () => true);
    refuse(tables, "PutItem");
    const more = await day.reserve({ ...NOTHING_SPENT, memberships: 7 }, () => true);
    expect(more).toMatchObject(REFUSED);
    expect(isTrouble(more) && notReserved(more)).toMatchObject({ code: "tally-unwritable", ...REFUSED });
    expect(await day.tell("a", "1")).toMatchObject(REFUSED);
    expect(await day.giveBack(someone)).toMatchObject(REFUSED);
  });
});

test("what does not fit has another reason", () => {
  expect(notReserved(false)).toEqual({ code: "budget-spent" });
});

test("what nobody knows is thrown", async () => {
  const stop = new AbortController();
  stop.abort(new Error("unheard of"));
  await expect(dayOf(await useTables(), true, stop.signal).spent()).rejects.toThrow("unheard of");
});
