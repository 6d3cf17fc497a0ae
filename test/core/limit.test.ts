import { describe, expect, test } from "vitest";
import { allowed, allowedRemovals } from "../../src/core/limit.ts";

const limit = (share: number | undefined, count: number | undefined) => ({ share, count });

describe("a limit allows", () => {
  test.each([
    [0.1, 10, 50, 10],
    [0.1, 10, 500, 50],
    [0.1, undefined, 50, 5],
    [0.1, undefined, 59, 5],
    [undefined, 3, 1000, 3],
    [0, 0, 1000, 0],
    [undefined, undefined, 1000, 0],
  ])("share %s or count %s, whichever is larger, of %i: %i", (share, count, base, most) => {
    expect(allowed(limit(share, count), base)).toBe(most);
  });
});

describe("removals", () => {
  test.each([
    ["the larger of share and count", 0.1, 10, 500, 50],
    ["the count, where it is less than half", 0.1, 10, 30, 10],
    ["never more than half by the count", 0.1, 10, 12, 6],
    ["half rounded down", undefined, 10, 5, 2],
    ["more than half when the share itself says so", 0.8, 1, 10, 8],
    ["everything with 100 %", 1, undefined, 7, 7],
    ["none of one", 0.1, 10, 1, 0],
    ["none of none", 0.1, 10, 0, 0],
  ])("%s", (_, share, count, base, most) => {
    expect(allowedRemovals(limit(share, count), base)).toBe(most);
  });
});
