import { describe, expect, test } from "vitest";
import { allowed } from "../../src/core/limit.ts";
import type { Limit } from "../../src/core/model.ts";

const limit = (share: number | undefined, count: number | undefined, ceiling?: number): Limit => ({
  ...{ share, count, ceiling },
});

describe("a limit allows, of so many members of one group", () => {
  test.each([
    ["the count, where it is larger", 0.1, 10, 50, 10],
    ["the share, where it is larger", 0.1, 10, 500, 50],
    ["the share alone", 0.1, undefined, 50, 5],
    ["the share, rounded up", 0.1, undefined, 51, 6],
    ["no more for a rounding error of the processor", 0.1, undefined, 30, 3],
    ["the count alone, however many there are", undefined, 3, 1000, 3],
    ["the count, where there is nobody yet", 0.5, 20, 0, 20],
    ["nobody with 0", 0, 0, 1000, 0],
    ["nobody with nothing", undefined, undefined, 1000, 0],
    ["as many as there will ever be with 100 %", 1, undefined, 7, Infinity],
  ])("%s", (_, share, count, of, most) => {
    expect(allowed(limit(share, count), of)).toBe(most);
  });
});

describe("a count is worth at most half of all there are", () => {
  test.each([
    ["the whole count, where it is less than half", 10, 30, 10],
    ["the whole count at exactly half", 10, 20, 10],
    ["half, rounded down", 10, 15, 7],
    ["never less than 3", 10, 4, 3],
    ["3 even where there is one", 10, 1, 3],
    ["but not more than the count itself", 2, 4, 2],
    ["and nobody with 0", 0, 4, 0],
  ])("%s", (_, count, all, most) => {
    expect(allowed(limit(undefined, count), all, all)).toBe(most);
  });

  test("and a share is worth what it says", () => {
    expect(allowed(limit(0.8, 1), 10, 10)).toBe(8);
    expect(allowed(limit(1, undefined), 10, 10)).toBe(Infinity);
  });
});

describe("a ceiling holds", () => {
  test.each([
    ["the share", 0.1, 10, 200, 5_000, 200],
    ["the count", undefined, 10, 5, 5_000, 5],
    ["100 %", 1, undefined, 200, 5_000, 200],
    ["and is no limit of its own below", 0.1, 10, 200, 1_000, 100],
  ])("%s", (_, share, count, ceiling, of, most) => {
    expect(allowed(limit(share, count, ceiling), of, of)).toBe(most);
    expect(allowed(limit(share, count, ceiling), of)).toBe(most);
  });
});
