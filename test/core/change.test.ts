import { describe, expect, test } from "vitest";
import { EVERY_KIND, KINDS, isRemoval, isRetirement, takesAccess } from "../../src/core/change.ts";
import type { Change, Kind } from "../../src/core/change.ts";
import { day } from "../../src/core/model.ts";
import { changesOf } from "../../src/core/plan.ts";
import { runFor } from "./planned.ts";
import { ada, bob, company, cy, devs, groupInTarget, inTarget, marked, ops, target } from "./world.ts";

/** Everything that can be taken away, and a disabled user who is marked. */
const off = inTarget(bob, { active: false });
const removals = changesOf(
  runFor({
    source: company([{ ...cy, state: "suspended" }], [[devs, cy]], { matched: "all" }),
    existing: target(
      [inTarget(ada), off, inTarget(cy)],
      [groupInTarget(devs, [inTarget(ada), inTarget(cy)]), groupInTarget(ops, [])],
    ),
  }),
);
const kindsOf = (changes: readonly Change[]): readonly Kind[] => changes.map(({ kind }) => kind).toSorted();

describe("of every kind of change", () => {
  test("its name says what it is about", () => {
    const names = { user: "user", group: "group", members: "membership" };
    for (const kind of EVERY_KIND)
      expect(Object.entries(names).find(([start]) => kind.startsWith(`${start}.`))?.[1]).toBe(KINDS[kind].of);
  });

  test("that takes something away it is settled what limits it, and what Google is asked", () => {
    const takes = EVERY_KIND.filter((kind) => KINDS[kind].takesAway !== "nothing");
    expect(Object.fromEntries(takes.map((kind) => [kind, KINDS[kind]]))).toMatchObject({
      // Google itself says so.
      "user.disable": { takesAway: "access", limit: "users", secondLook: "none" },
      "user.retire": { takesAway: "access", limit: "users", secondLook: "user" },
      "user.delete": { takesAway: "object", limit: "none", secondLook: "user" },
      "group.retire": { takesAway: "access", limit: "groups", secondLook: "group" },
      "group.delete": { takesAway: "object", limit: "none", secondLook: "group" },
      "members.remove": { takesAway: "access", limit: "memberships", secondLook: "membership" },
    });
    expect(takes).toHaveLength(6);
  });

  test("that takes nothing away none is asked about but who is enabled, and the taking over of a group", () => {
    const asked = EVERY_KIND.filter(
      (kind) => KINDS[kind].takesAway === "nothing" && KINDS[kind].secondLook !== "none",
    );
    expect(asked.map((kind) => [kind, KINDS[kind].secondLook])).toEqual([
      ["user.restore", "enabling"],
      ["user.enable", "enabling"],
      ["user.update", "enabling"],
      ["group.restore", "take-over"],
      ["group.update", "take-over"],
    ]);
  });
});

test("what access somebody carries is told of whom a change takes it from, gives it to, or names anew", () => {
  const told = Map.groupBy(EVERY_KIND, (kind) => KINDS[kind].carries);
  const [own, renamed] = [["restore", "retire", "delete"], ["update"]];
  const of = (noun: string, verbs: readonly string[]) => verbs.map((verb) => `${noun}.${verb}`);
  expect(told.get("object")?.toSorted()).toEqual(
    [...of("user", [...own, "enable", "disable"]), ...of("group", own)].toSorted(),
  );
  expect(told.get("identity")).toEqual([...of("user", renamed), ...of("group", renamed)]);
  expect(told.get("group")).toEqual(["members.add", "members.remove"]);
  expect(told.get("none")).toEqual(["user.create", "user.manager", "group.create"]);
});

describe("access is taken away", () => {
  test("by disabling, by retiring whoever is active, and from a group, but not by a mark alone", () => {
    const kinds = [
      "group.retire",
      "members.remove",
      "user.disable",
      "user.disable",
      "user.retire",
      "user.retire",
    ];
    expect(kindsOf(removals)).toEqual(kinds);
    expect(removals.filter((change) => !takesAccess(change))).toMatchObject([
      // Who left was disabled as a leaver before.
      { kind: "user.retire", id: inTarget(ada).id },
      { kind: "user.retire", id: off.id },
    ]);
    expect(removals.every(isRemoval)).toBe(true);
    expect(kindsOf(removals.filter(isRetirement))).toEqual(["group.retire", "user.retire", "user.retire"]);
  });

  test("neither by a deletion, which is a removal all the same, nor by a change", () => {
    const since = day("2020-01-01");
    const before = inTarget(ada, { externalId: marked(since, ada.id), active: false });
    const deletion: Change = { kind: "user.delete", id: before.id, before, since };
    expect([takesAccess(deletion), isRemoval(deletion), isRetirement(deletion)]).toEqual([
      false,
      true,
      false,
    ]);
    const common = { id: before.id, before, cause: "differs", needs: [] } as const;
    const update: Change = { kind: "user.update", ...common, patch: { givenName: "A" } };
    const enable: Change = { kind: "user.enable", ...common, patch: { active: true } };
    expect([update, enable].map((change) => [takesAccess(change), isRemoval(change)])).toEqual([
      [false, false],
      [false, false],
    ]);
  });
});
