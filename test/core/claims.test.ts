import { describe, expect, test } from "vitest";
import { settleClaims } from "../../src/core/claims.ts";
import type { Settlement, Wish } from "../../src/core/claims.ts";

const wish = (id: string, from: string, to: string): Wish => ({ id, frees: [from], takes: [to] });
const made = (id: string, to: string): Wish => ({ id, frees: [], takes: [to] });

const settle = (wishes: readonly Wish[], held: Readonly<Record<string, string>>): Settlement =>
  settleClaims(wishes, new Map(Object.entries(held)));

describe("names that are wanted", () => {
  test("and free are taken at once", () => {
    expect(settle([wish("1", "a", "x"), wish("2", "b", "y")], { a: "1", b: "2" })).toMatchObject({
      waves: [["1", "2"]],
      blocked: new Map(),
      parked: new Set(),
    });
  });

  test("and freed in the same plan are taken after that, along a chain", () => {
    const chain = settle([wish("1", "a", "b"), wish("2", "b", "c"), wish("3", "c", "d"), made("new", "a")], {
      a: "1",
      b: "2",
      c: "3",
    });
    expect(chain.waves).toEqual([["3"], ["2"], ["1"], ["new"]]);
    expect(chain.parked.size).toBe(0);
    expect(chain.needs.get("new")).toEqual(["1"]);
  });

  test.each([2, 3, 5])("in a ring of %i are taken with one object parked", (size) => {
    const ids = Array.from({ length: size }, (_, at) => String(at));
    const ring = settle(
      ids.map((id, at) => wish(id, `n${id}`, `n${(at + 1) % size}`)),
      Object.fromEntries(ids.map((id) => [`n${id}`, id])),
    );
    expect(ring.parked.size).toBe(1);
    expect(ring.waves.flat().toSorted()).toEqual(ids);
    expect(ring.waves.every((wave) => wave.length === 1)).toBe(true);
  });

  test("in two rings and a chain on one of them need one parked in each ring", () => {
    const wishes = [
      wish("1", "a", "b"),
      wish("2", "b", "a"),
      wish("3", "c", "d"),
      wish("4", "d", "c"),
      { id: "5", frees: ["e"], takes: ["x"] },
    ];
    const found = settle(wishes, { a: "1", b: "2", c: "3", d: "4", e: "5" });
    expect(found.parked.size).toBe(2);
    expect(found.waves.flat().toSorted()).toEqual(["1", "2", "3", "4", "5"]);
  });

  test("by two keys at once wait for both", () => {
    const found = settle(
      [
        { id: "1", frees: ["name:a", "mail:a"], takes: ["name:b", "mail:c"] },
        wish("2", "name:b", "name:d"),
        wish("3", "mail:c", "mail:e"),
      ],
      { "name:a": "1", "mail:a": "1", "name:b": "2", "mail:c": "3" },
    );
    expect(found.waves).toEqual([["2", "3"], ["1"]]);
  });

  test("held by an object that stays are blocked, and that object is named", () => {
    const found = settle([wish("1", "a", "x")], { a: "1", x: "stays" });
    expect(found.blocked.get("1")).toEqual({ key: "x", holder: "stays" });
    expect(found.waves).toEqual([]);
  });

  test("held by an object that would move but can't are blocked too, all along the chain", () => {
    const found = settle([made("new", "a"), wish("1", "a", "b"), wish("2", "b", "x")], {
      a: "1",
      b: "2",
      x: "stays",
    });
    expect([...found.blocked.keys()].toSorted()).toEqual(["1", "2", "new"]);
  });

  test("a ring with one way out that is blocked blocks nobody else", () => {
    const found = settle([wish("1", "a", "b"), wish("2", "b", "a"), made("new", "x")], {
      a: "1",
      b: "2",
      x: "stays",
    });
    expect([...found.blocked.keys()]).toEqual(["new"]);
    expect(found.waves.flat().toSorted()).toEqual(["1", "2"]);
  });

  test("twice go to the one that asked first", () => {
    const found = settle([made("first", "x"), made("second", "x")], {});
    expect(found.blocked.get("second")).toEqual({ key: "x", holder: "first" });
    expect(found.waves).toEqual([["first"]]);
  });
});

test("thousands of wishes in one long chain are settled quickly", () => {
  const size = 5000;
  const wishes = Array.from({ length: size }, (_, at) => wish(String(at), `n${at}`, `n${at + 1}`));
  const found = settle(wishes, Object.fromEntries(wishes.map(({ id }) => [`n${id}`, id])));
  expect(found.waves).toHaveLength(size);
});
