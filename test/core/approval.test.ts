import { expect, test } from "vitest";
import { TAKEN_BY_APPROVAL, approvalId, isPressing } from "../../src/core/approval.ts";
import type { Waiting } from "../../src/core/approval.ts";
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

test("what is approved takes something away, or gives, or names", () => {
  const taking = Object.entries(TAKEN_BY_APPROVAL).flatMap(([kind, takes]) => (takes ? [kind] : []));
  const others = Object.keys(TAKEN_BY_APPROVAL).filter((kind) => !taking.includes(kind));
  expect(taking.toSorted()).toEqual(["carries", "leavers", "removals", "shrink", "unsure", "upheaval"]);
  expect(others.toSorted()).toEqual(["adoption", "enable", "growth", "hand-over", "new-groups", "renames"]);
});

test("everything that waits asks for somebody, but for a group that was never linked", () => {
  const about = { user: { kind: "user", label: "ada" }, group: { kind: "group", label: "Devs" } } as const;
  const kinds = Object.keys(TAKEN_BY_APPROVAL) as readonly Waiting["kind"][];
  const all = kinds.flatMap((kind) => [{ kind }, { kind, about: about.user }, { kind, about: about.group }]);
  const calm = all.filter((one) => !isPressing(one));
  expect(calm).toEqual([{ kind: "adoption", about: about.group }]);
});
