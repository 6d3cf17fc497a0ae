/**
 * Whoever may give an alias or a name must not thereby decide who is left alone.
 * @module-tag search
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ignoresGroup } from "../../src/core/ignored.ts";
import { groupClaim, sourceOf, userClaim } from "../../src/core/mark.ts";
import { changesOf } from "../../src/core/plan.ts";
import { readsMembers } from "../../src/core/scope.ts";
import type { Source, SourceGroup, SourceId } from "../../src/core/model.ts";
import { linkedTo } from "../oracle/claims.ts";
import { calledBy, rules, team } from "./world.ts";
import { situation } from "./companies.ts";
import type { Situation } from "./companies.ts";
import { runFor } from "./planned.ts";
import { search } from "../search.ts";

const PATTERNS = ["*@frozen.example", "*-sandbox"];
const ALIAS = "any@frozen.example";
const NAME = "my-sandbox";

/** With patterns that nothing meets yet, and nothing left out by a name. */
const guarded: fc.Arbitrary<Situation> = situation.map((one) => ({
  ...one,
  rules: {
    ...one.rules,
    includeGroups: [],
    ignoreUsers: [...one.rules.ignoreUsers, ...PATTERNS],
    ignoreGroups: [...one.rules.ignoreGroups, ...PATTERNS],
  },
}));

/** What a run does and what waits, of either side as it is read. */
const decided = ({ source, existing, rules: over, approve }: Situation): unknown => {
  const plan = runFor({ source, existing, rules: over, approve: approve ? "everything" : [] });
  return { changes: changesOf(plan), waiting: plan.waiting };
};

const linkedIn = ({ existing: { users, groups } }: Situation): ReadonlySet<SourceId> =>
  new Set([
    ...users.flatMap(({ externalId }) => sourceOf(userClaim(externalId)) ?? []),
    ...groups.flatMap(({ externalId }) => sourceOf(groupClaim(externalId)) ?? []),
  ]);

test("an alias that meets a pattern changes nothing about whoever AWS has already", () => {
  fc.assert(
    fc.property(guarded, (one) => {
      const linked = linkedIn(one);
      const named = <T extends { readonly id: SourceId; readonly aliases: readonly string[] }>(each: T): T =>
        linked.has(each.id) ? { ...each, aliases: [...each.aliases, ALIAS] } : each;
      const { users, groups } = one.source;
      const source = { ...one.source, users: users.map(named), groups: groups.map(named) };
      expect(decided({ ...one, source })).toEqual(decided(one));
    }),
    search(400),
  );
});

test("a display name that meets a pattern does no more to a group that AWS has than to leave it its name", () => {
  fc.assert(
    fc.property(guarded, (one) => {
      const called = (name: (own: string) => string): Situation => {
        const renamed = (group: SourceGroup): SourceGroup => {
          const own = linkedTo(group.id, one.existing.groups);
          return own === undefined ? group : { ...group, name: name(own.name) };
        };
        const over = { ...one.rules, ...calledBy("name"), groupNames: new Map() };
        return { ...one, rules: over, source: { ...one.source, groups: one.source.groups.map(renamed) } };
      };
      expect(decided(called(() => NAME))).toEqual(decided(called((own) => own)));
    }),
    search(400),
  );
});

/** As the reading leaves it: the rows of the groups whose members are wanted, and of those nested in them. */
function asRead({ source, rules: over }: Situation): Source {
  const wanted = source.groups.filter(readsMembers(rules(over))).map(({ id }) => id);
  const met = new Set(wanted);
  for (const id of met)
    for (const row of source.members.get(id) ?? []) if (row.type === "group") met.add(row.id);
  return { ...source, members: new Map([...source.members].filter(([id]) => met.has(id))) };
}

test("what is decided is the same as if the members of every group had been read", () => {
  fc.assert(
    fc.property(situation, (one) => {
      expect(decided({ ...one, source: asRead(one) })).toEqual(decided(one));
    }),
    search(800),
  );
});

test("a linked group is met by its own address alone, another one by its name and its aliases too", () => {
  const group = team(1, "Named", { email: "own@example.com", aliases: ["other@example.com"] });
  const met = (pattern: string, isLinked: boolean) =>
    ignoresGroup(rules({ ignoreGroups: [pattern] }))(group, isLinked);
  for (const pattern of ["named", "other@*"])
    expect([met(pattern, false), met(pattern, true)]).toEqual([true, false]);
  expect([met("own@*", false), met("own@*", true)]).toEqual([true, true]);
  expect(met("another", false)).toBe(false);
});
