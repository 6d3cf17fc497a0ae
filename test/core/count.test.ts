import { expect, test } from "vitest";
import { count, countsOf, total } from "../../src/core/count.ts";
import type { Change } from "../../src/core/change.ts";
import { sourceId, targetId } from "../../src/core/model.ts";

test("a number agrees with what is counted", () => {
  expect([0, 1, 2, 1234].map((value) => count(value, "user"))).toEqual([
    "0 users",
    "1 user",
    "2 users",
    "1,234 users",
  ]);
  expect([1, 2].map((value) => count(value, "change was", "changes were"))).toEqual([
    "1 change was",
    "2 changes were",
  ]);
});

test("memberships are counted person by person, however many requests they take", () => {
  const group = { externalId: sourceId("0group"), label: "devs" };
  const named = (name: string) => ({ externalId: sourceId(name), label: name });
  const changes: readonly Change[] = [
    { kind: "group.create", group, members: ["a", "b"].map(named), needs: [] },
    { kind: "members.add", group, users: [named("c")] },
    {
      kind: "members.remove",
      group: { ...group, id: targetId("g") },
      users: ["x", "y"].map((name) => ({ ...named(name), id: targetId(name), because: "left" })),
    },
  ];
  const counts = countsOf(changes);
  expect(counts).toEqual({ "group.create": 1, "members.add": 3, "members.remove": 2 });
  expect(total(counts)).toBe(6);
  expect(countsOf([])).toEqual({});
});
