import { expect, test } from "vitest";
import { approvalId } from "../../src/core/approval.ts";
import { digest } from "./planned.ts";

const id = (kind: "adoption" | "growth", ...parts: readonly string[]): string =>
  approvalId(kind, parts, digest);

test("the same deed has the same id, in whatever order it is told", () => {
  expect(id("adoption", "g-1", "a", "b")).toBe(id("adoption", "b", "g-1", "a"));
});

test("another member, another group or another kind is another deed", () => {
  const ids = [
    id("adoption", "g-1", "a"),
    id("adoption", "g-1", "a", "b"),
    id("adoption", "g-2", "a"),
    id("growth", "g-1", "a"),
    id("adoption", "g-1a"),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test("an id is 32 characters of the digest, 128 bits", () => {
  expect(approvalId("growth", ["g-1"], () => "0123456789abcdef".repeat(4))).toBe(
    "0123456789abcdef".repeat(2),
  );
});
