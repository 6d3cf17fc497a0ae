import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bounded, firstWithin, shortText } from "../../src/log/bounded.ts";

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe("a value that may take so many bytes", () => {
  test("is left alone when it takes no more", () => {
    const value = { list: ["Zoë"], text: "x".repeat(50_000) };
    expect(bounded(value, bytesOf(value))).toBe(value);
  });

  test("loses the end of its longest list, and says how many entries are missing", () => {
    const value = { short: [1, 2, 3], long: Array.from({ length: 1_000 }, (_, at) => `member ${at}`) };
    const cut = bounded<Partial<typeof value> & { more?: number }>(value, 5_000);
    expect(bytesOf(cut)).toBeLessThanOrEqual(5_000);
    expect(bytesOf(cut)).toBeGreaterThan(3_500);
    expect(cut.short).toEqual([1, 2, 3]);
    expect(cut.long).toEqual(value.long.slice(0, cut.long?.length));
    expect((cut.long?.length ?? 0) + (cut.more ?? 0)).toBe(1_000);
  });

  test("adds to what was missing before", () => {
    const cut = bounded({ list: Array<number>(100).fill(1_000_000), more: 7 }, 400);
    expect(cut.list.length + cut.more).toBe(107);
  });

  test("is counted in bytes, not in characters", () => {
    const list = Array<string>(100).fill("李".repeat(100));
    expect(bytesOf(bounded({ list }, 20_000))).toBeLessThanOrEqual(20_000);
  });

  test("has no text longer than 10,000 characters where something had to be cut", () => {
    const cut = bounded({ text: "🦊".repeat(100_000) }, 100_000);
    expect(cut.text).toBe(`${"🦊".repeat(5_000)}…`);
  });

  test("whatever is in it", () => {
    const value = fc.dictionary(fc.constantFrom("a", "b", "more"), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(fc.record({ value, list: fc.array(fc.string(), { maxLength: 200 }) }), (whole) => {
        const cut = bounded<{ value: unknown; list: string[]; more?: number }>(whole, 2_000);
        if (bytesOf(whole) <= 2_000) expect(cut).toBe(whole);
        expect(cut.list).toEqual(whole.list.slice(0, cut.list.length));
        expect(cut.list.length + (cut.more ?? 0)).toBe(whole.list.length);
        if (bytesOf(whole.value) < 1_000) expect(bytesOf(cut)).toBeLessThanOrEqual(2_000);
      }),
    );
  });
});

test("the first entries that fit are all that fit", () => {
  const list = ["a", "bb", "ccc"];
  for (let bytes = 2; bytes <= bytesOf(list); bytes++) {
    const first = firstWithin(list, bytes);
    expect(bytesOf(first)).toBeLessThanOrEqual(bytes);
    const next = list.slice(0, first.length + 1);
    if (first.length < 3) expect(bytesOf(next)).toBeGreaterThan(bytes);
  }
  expect(firstWithin(list, 1_000)).toBe(list);
});

test("a text that is cut has no half character at its end", () => {
  expect(shortText("ab🦊", 3)).toBe("ab…");
  expect(shortText("abc", 3)).toBe("abc");
});
