/** What is due, and carries something, is not deleted: nor what nobody can say carries nothing. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOTHING_ASKED } from "../../src/core/carries.ts";
import type { Carried, Carries } from "../../src/core/carries.ts";
import { KINDS } from "../../src/core/change.ts";
import { groupsOfTheDue, guardDeletions } from "../../src/core/deletions.ts";
import { targetId } from "../../src/core/model.ts";
import type { Existing, ExistingGroup, ExistingUser } from "../../src/core/model.ts";
import { NO_HOLDS, changesOf, plan } from "../../src/core/plan.ts";
import { approvalOf } from "../../src/core/words.ts";
import { situation as anySituation } from "./companies.ts";
import { REFUSED, UNKNOWN, admin, carries, carrying, opening } from "./openings.ts";
import { fittedFor, leaversFirst, situationOf } from "./planned.ts";
import {
  ada,
  bob,
  company,
  cy,
  devs,
  groupInTarget,
  inTarget,
  marked,
  strayGroup,
  target,
  team,
} from "./world.ts";

describe("a due deletion", () => {
  const old = team(9, "Old");
  const goneUser = inTarget(bob, { active: false, externalId: marked("2020-01-01", bob.id) });
  const goneGroup = groupInTarget(old, [], { externalId: marked("2020-01-01", old.id) });
  const existing = target([inTarget(ada), goneUser], [groupInTarget(devs, [inTarget(ada)]), goneGroup]);
  const source = company([ada], [[devs, ada]]);
  const guarded = (told: Readonly<Record<string, Carried>>, approve: readonly string[] = []) => {
    const now = situationOf({ source, existing, approve, carries: carries(existing, told, [REFUSED]) });
    const { waiting, deletions } = guardDeletions(plan(now), now);
    const left = changesOf(plan({ ...now, holds: { ...NO_HOLDS, deletions } })).map(({ kind }) => kind);
    return { waiting, left };
  };

  test("of what carries nothing goes on", () => {
    expect(guarded({})).toEqual({ waiting: [], left: ["user.delete", "group.delete"] });
  });

  test.each([
    ["user", goneUser.id, "group.delete"],
    ["group", goneGroup.id, "user.delete"],
  ])("of a %s that carries something waits, with what and where, and the rest goes on", (_, id, other) => {
    const { waiting, left } = guarded({ [id]: carrying(admin("prod")) });
    expect(left).toEqual([other]);
    expect(waiting).toMatchObject([
      { kind: "carries", about: { target: id }, reason: { code: "still-carries" } },
    ]);
    expect(waiting.map(approvalOf)[0]?.sentence).toContain("still carries AdministratorAccess in prod");
    expect(
      guarded(
        { [id]: carrying(admin("prod")) },
        waiting.map((wait) => wait.id),
      ).waiting,
    ).toEqual([]);
  });

  test("of what nobody can say carries nothing waits, with the reason", () => {
    const { waiting, left } = guarded({ [goneUser.id]: UNKNOWN });
    expect(left).toEqual(["group.delete"]);
    expect(waiting[0]?.reason).toMatchObject({ code: "carries-unknown", why: REFUSED.why });
    const partly = guarded({ [goneUser.id]: { opens: [admin("prod")], whole: false } });
    expect(partly.waiting[0]?.reason.code).toBe("still-carries");
  });

  test("of whom nobody was asked about waits", () => {
    const now = { ...situationOf({ source, existing }), carries: { of: new Map(), notShown: [] } };
    expect(guardDeletions(plan(now), now).deletions).toEqual(new Set([goneUser.id, goneGroup.id]));
  });

  test("has one id, whatever is carried", () => {
    const ids = [UNKNOWN, carrying(admin("prod")), carrying(opening("ReadOnly", "other", "log"))].map(
      (one) => guarded({ [goneUser.id]: one }).waiting[0]?.id,
    );
    expect(new Set(ids).size).toBe(1);
  });
});

describe("somebody who is due", () => {
  const gone = inTarget(bob, { active: false, externalId: marked("2020-01-01", bob.id) });
  const source = company([ada], [[devs, ada]]);
  const ours = groupInTarget(devs, [inTarget(ada), gone]);
  const hand = strayGroup("By hand", [gone, inTarget(ada)]);
  const other = strayGroup("Other", [inTarget(ada)]);
  const there = (...groups: readonly ExistingGroup[]): Existing => target([inTarget(ada), gone], groups);
  const reasonFor = (existing: Existing, known: Carries) => {
    const now = situationOf({ source, existing, carries: known });
    return guardDeletions(plan(now), now).waiting.map(({ reason }) => reason);
  };
  /** In these accounts, by these groups alone. */
  const through = (groups: readonly ExistingGroup[], ...accounts: readonly string[]) => {
    const one = admin(...accounts);
    const ids = groups.map(({ id }) => id);
    return { ...one, accounts: one.accounts.map((place) => ({ ...place, direct: false, through: ids })) };
  };

  test("is asked about with the groups of others in which they are, and with no group where nobody is due", () => {
    const old = team(9, "Old");
    const due = groupInTarget(old, [], { externalId: marked("2020-01-01", old.id) });
    const now = situationOf({ source, existing: there(ours, hand, other, due) });
    expect(groupsOfTheDue(plan(now), now)).toEqual([{ kind: "group", id: hand.id }]);
    const leaves = inTarget(bob);
    const today = target([inTarget(ada), leaves], [ours, strayGroup("By hand", [leaves])]);
    const retired = situationOf({ source: company([ada, bob], [[devs, ada]]), existing: today });
    expect(changesOf(plan(retired)).map(({ kind }) => kind)).toContain("user.retire");
    expect(groupsOfTheDue(plan(retired), retired)).toEqual([]);
  });

  test("loses nothing by what a group of this sync opens to them, for they are out of it by then", () => {
    const existing = there(ours, hand, other);
    const mixed = { ...through([ours], "log", "prod"), name: "Mixed" };
    const [log, prod] = mixed.accounts;
    if (log === undefined || prod === undefined) throw new Error("there are two accounts");
    const told = (...opens: Carried["opens"]) =>
      carries(existing, { [gone.id]: carrying(...opens), [ours.id]: carrying(admin("prod")) });
    expect(reasonFor(existing, told(through([ours], "prod")))).toEqual([]);
    const both = { ...mixed, accounts: [log, { ...prod, through: [ours.id, hand.id] }] };
    expect(reasonFor(existing, told(through([ours], "audit"), both))).toEqual([
      { code: "still-carries", carried: carrying({ ...both, accounts: both.accounts.slice(1) }) },
    ]);
    const direct = { ...mixed, accounts: [log, { ...prod, direct: true, through: [] }] };
    expect(reasonFor(existing, told(direct))).toMatchObject([
      { carried: { opens: [{ accounts: [{ name: "prod", direct: true }] }] } },
    ]);
  });

  test("waits while a group that was made by hand opens something to them, told once", () => {
    const existing = there(ours, hand, other);
    const byHand = { [hand.id]: carrying(admin("prod")) };
    const expected = [{ code: "still-carries", carried: carrying(through([hand], "prod")) }];
    expect(reasonFor(existing, carries(existing, byHand))).toEqual(expected);
    const mine = { [gone.id]: carrying(through([hand], "prod")) };
    expect(reasonFor(existing, carries(existing, { ...byHand, ...mine }))).toEqual(expected);
    const another = opening("ReadOnly", "other", "log");
    const two = reasonFor(existing, carries(existing, { ...byHand, [gone.id]: carrying(another) }));
    expect(two).toMatchObject([
      { carried: { opens: [{ name: "ReadOnly" }, { name: "AdministratorAccess" }] } },
    ]);
    expect(reasonFor(existing, carries(existing, { [other.id]: carrying(admin("prod")) }))).toEqual([]);
  });

  test("waits while nobody can say what such a group opens", () => {
    const existing = there(ours, hand, other);
    const unknown = carries(existing, { [hand.id]: UNKNOWN, [other.id]: UNKNOWN });
    expect(reasonFor(existing, unknown)).toMatchObject([{ code: "carries-unknown" }]);
    const elsewhere = carries(existing, { [other.id]: UNKNOWN });
    expect(reasonFor(existing, elsewhere)).toEqual([]);
    const unasked = { ...elsewhere, of: new Map([...elsewhere.of].filter(([id]) => id !== hand.id)) };
    expect(reasonFor(existing, unasked)).toMatchObject([{ code: "carries-unknown" }]);
  });

  test("waits because assignments are not shown, not because a permission set is not", () => {
    const existing = there(ours);
    const names = { ...REFUSED, what: "permission-sets", why: "its names are not shown" } as const;
    expect(reasonFor(existing, carries(existing, { [gone.id]: UNKNOWN }, [names, REFUSED]))).toMatchObject([
      { code: "carries-unknown", why: REFUSED.why },
    ]);
  });

  test("has an approval of their own, which goes on being offered once it was given", () => {
    const twice = inTarget(bob, { ...gone, id: targetId("u-again") });
    const offersFor = (users: readonly ExistingUser[], approve: readonly string[] = []) => {
      const now = situationOf({ source, existing: target(users, [ours]), approve, carries: NOTHING_ASKED });
      return guardDeletions(plan(now), now);
    };
    const { offers, waiting } = offersFor([inTarget(ada), gone, twice]);
    expect(new Set(offers).size).toBe(2);
    const one = waiting.slice(0, 1).map(({ id }) => id);
    const given = offersFor([inTarget(ada), gone, twice], one);
    expect(given.offers).toEqual(offers);
    expect(given.waiting.map(({ id }) => id)).toEqual(offers.slice(1));
    const others = inTarget(bob, { ...gone, externalId: marked("2020-01-01", cy.id) });
    expect(offersFor([inTarget(ada), others]).offers).not.toEqual(offersFor([inTarget(ada), gone]).offers);
  });
});

test(
  "nothing is ever deleted that carries something or may, unless that very deletion is approved",
  { tags: "long" },
  () => {
    const kinds = fc.constantFrom(carrying(), carrying(), UNKNOWN, carrying(admin("prod")));
    fc.assert(
      fc.property(
        anySituation,
        fc.array(kinds, { minLength: 13, maxLength: 13 }),
        fc.boolean(),
        (one, told, ok) => {
          const ids = [...one.existing.users, ...one.existing.groups].map(({ id }) => id);
          const of = new Map(ids.map((id, at) => [id, told[at] ?? carrying()]));
          const { rest } = leaversFirst({ source: one.source, existing: one.existing, rules: one.rules });
          const bare = situationOf({ ...rest, approve: [], carries: { of, notShown: [] } });
          const offered = guardDeletions(plan(bare), bare).waiting.map((wait) => wait.id);
          const given = ok ? offered.slice(0, 1) : [];
          const then = { ...rest, approve: given, carries: bare.carries };
          const now = situationOf(then);
          const { deletions, waiting } = guardDeletions(plan(now), now);
          const held = deletions.union(now.holds.deletions);
          const done = changesOf(fittedFor({ ...then, holds: { deletions: held } }).plan);
          const deleted = done.filter(({ kind }) => KINDS[kind].takesAway === "object");
          const bad = deleted.filter((change) => {
            const known = "id" in change ? of.get(change.id) : undefined;
            return known === undefined || !known.whole || known.opens.length > 0;
          });
          expect(bad.length).toBeLessThanOrEqual(given.length);
          expect(waiting.length + given.length).toBe(offered.length);
        },
      ),
      { numRuns: 500 },
    );
  },
);
