import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hour, sourceId, targetId } from "../../src/core/model.ts";
import {
  untilItFits,
  EMPTY_TALLY,
  spentWithin,
  withoutSpent,
  withSpent,
  withTold,
} from "../../src/core/tally.ts";
import type { Spent, Tally } from "../../src/core/tally.ts";
import { NOTHING_SPENT, once, turnoverOf } from "../../src/core/tally.ts";

const START = Date.parse("2026-03-01T00:00:00Z");
const at = (minutes: number): string => new Date(START + minutes * 60_000).toISOString();

const together = (one: Spent, other: Spent): Spent =>
  spentWithin(withSpent(withSpent(EMPTY_TALLY, one, at(0)), other, at(0)), at(0));

const IDS = ["a", "b", "c", "d", "e", "f"];
const target = fc.constantFrom(...IDS).map(targetId);
const some = fc.uniqueArray(target, { maxLength: 4 }).map(once);
const count = fc.nat(9);
const turnover = fc
  .array(fc.tuple(target, fc.record({ gained: count, lost: count })), { maxLength: 4 })
  .map((pairs) => new Map(pairs.filter(([, { gained, lost }]) => gained + lost > 0)));
const spent: fc.Arbitrary<Spent> = fc.record({
  leavers: some,
  users: some,
  groups: some,
  renames: some,
  newGroups: fc.uniqueArray(fc.constantFrom(...IDS).map(sourceId), { maxLength: 4 }).map(once),
  memberships: count,
  turnover,
  elsewhere: fc.constant({ gained: 0, lost: 0 }),
});

/** Amounts spent at minutes of a day and a half, in the order of time. */
const spending = fc
  .array(fc.tuple(fc.nat(36 * 60), spent), { maxLength: 12 })
  .map((all) => all.toSorted(([one], [other]) => one - other));

const filled = (all: readonly (readonly [number, Spent])[]): Tally =>
  all.reduce((tally, [minute, amount]) => withSpent(tally, amount, at(minute)), EMPTY_TALLY);

const only = (over: Partial<Spent>): Spent => ({ ...NOTHING_SPENT, ...over });
const lost = (id: string, members: number): Spent =>
  only({ memberships: members, turnover: new Map([[targetId(id), { gained: 0, lost: members }]]) });

describe("what was spent within a day", () => {
  test("is the same sum in whatever order and in whatever portions it was added", () => {
    const shuffled = fc
      .array(spent, { maxLength: 8 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(shuffled, fc.nat(59), ([all, mixed], minute) => {
        const whole = withSpent(EMPTY_TALLY, all.reduce(together, NOTHING_SPENT), at(minute));
        const portions = filled(mixed.map((amount) => [minute, amount] as const));
        expect(spentWithin(portions, at(minute))).toEqual(spentWithin(whole, at(minute)));
      }),
    );
  });

  test("counts an hour for as long as any of it is within 24 hours", () => {
    fc.assert(
      fc.property(spending, fc.nat(72 * 60), (all, later) => {
        const now = 36 * 60 + later;
        const counting = all.filter(([minute]) => (Math.floor(minute / 60) + 1) * 60 > now - 24 * 60);
        const expected = counting.map(([, amount]) => amount).reduce(together, NOTHING_SPENT);
        expect(spentWithin(filled(all), at(now))).toEqual(expected);
        const touched = withSpent(filled(all), NOTHING_SPENT, at(now));
        const hours = new Set(
          [...counting.map(([minute]) => minute), now].map((one) => at(one).slice(0, 13)),
        );
        expect([...touched.hours.keys()].toSorted()).toEqual([...hours].toSorted());
      }),
    );
  });

  test("counts an object once, however often and in however many hours it was reserved", () => {
    const ada = only({ users: once([targetId("ada")]) });
    const tally = filled([
      [0, ada],
      [1, ada],
      [90, ada],
    ]);
    const { users } = spentWithin(tally, at(90));
    expect(users.size).toBe(1);
    expect([...users]).toEqual([["ada", 3]]);
  });

  test("counts what a writer with a clock ahead of this one has done", () => {
    const tally = filled([[65, lost("a", 3)]]);
    expect(spentWithin(tally, at(55)).memberships).toBe(3);
    expect(spentWithin(withSpent(tally, lost("a", 2), at(55)), at(65)).memberships).toBe(5);
  });
});

describe("what is given back", () => {
  test("leaves what would be there without it", () => {
    fc.assert(
      fc.property(spending, fc.nat(36 * 60), spent, (all, minute, extra) => {
        const before = withSpent(filled(all), NOTHING_SPENT, at(36 * 60));
        const after = withoutSpent(withSpent(before, extra, at(36 * 60)), extra, at(36 * 60));
        expect(after).toEqual(before);
        const early = all.filter(([when]) => when <= minute);
        const late = all.filter(([when]) => when > minute);
        const reserved = filled([...early, [minute, extra], ...late]);
        expect(spentWithin(withoutSpent(reserved, extra, at(minute)), at(minute))).toEqual(
          spentWithin(filled(all), at(minute)),
        );
      }),
    );
  });

  test("takes nothing from another run that reserved the same user", () => {
    const ada = only({ users: once([targetId("ada")]) });
    const both = withSpent(withSpent(EMPTY_TALLY, ada, at(0)), ada, at(1));
    expect(spentWithin(withoutSpent(both, ada, at(1)), at(2)).users.size).toBe(1);
  });

  test("falls below nothing, and is no hour of its own", () => {
    const tally = filled([[0, lost("a", 2)]]);
    expect(spentWithin(withoutSpent(tally, lost("a", 5), at(0)), at(1))).toEqual(NOTHING_SPENT);
    expect(withoutSpent(tally, lost("a", 2), at(60))).toBe(tally);
  });
});

const atMost = (groups: number) => (tally: Tally) =>
  tally.hours.values().reduce((sum, { turnover: all }) => sum + all.size, 0) <= groups;

describe("what is more than can be kept", () => {
  test("lets the smallest numbers go, and unknown groups count as the largest of these", () => {
    const tally = filled([
      [0, lost("a", 1)],
      [10, lost("b", 2)],
      [70, lost("a", 2)],
      [80, lost("c", 9)],
      [90, lost("d", 1)],
    ]);
    const kept = spentWithin(untilItFits(tally, atMost(2)), at(100));
    expect(Object.fromEntries(kept.turnover)).toEqual({ c: { gained: 0, lost: 9 } });
    expect(turnoverOf(kept, targetId("a"))).toEqual({ gained: 0, lost: 3 });
    expect(turnoverOf(kept, targetId("never seen"))).toEqual({ gained: 0, lost: 3 });
    expect(kept.memberships).toBe(15);
    const falling = [lost("c", 9), lost("a", 1)].map((amount, minute) => [minute, amount] as const);
    expect([...spentWithin(untilItFits(filled(falling), atMost(1)), at(2)).turnover.keys()]).toEqual(["c"]);
  });

  test("is not touched while it fits", () => {
    const tally = filled([[0, lost("a", 1)]]);
    expect(untilItFits(tally, atMost(1))).toBe(tally);
    expect(untilItFits(EMPTY_TALLY, () => false)).toBe(EMPTY_TALLY);
  });

  test("counts from what may have gone when the same group is met again", () => {
    const tally = untilItFits(filled([[0, lost("a", 4)]]), atMost(0));
    const again = spentWithin(
      withSpent(withSpent(tally, lost("a", 1), at(70)), lost("a", 1), at(80)),
      at(90),
    );
    expect(turnoverOf(again, targetId("a")).lost).toBe(6);
    expect(turnoverOf(again, targetId("b")).lost).toBe(4);
  });

  test("counts as the largest that ever went, and not as one on top of another", () => {
    const first = untilItFits(filled([[0, lost("a", 4)]]), atMost(0));
    const second = untilItFits(withSpent(first, lost("b", 1), at(70)), atMost(0));
    expect(turnoverOf(spentWithin(second, at(80)), targetId("a")).lost).toBe(5);
  });

  test("is forgotten once a day has passed", () => {
    const tally = untilItFits(filled([[0, lost("a", 4)]]), atMost(0));
    expect(turnoverOf(spentWithin(tally, at(25 * 60 - 1)), targetId("a")).lost).toBe(4);
    expect(spentWithin(tally, at(25 * 60))).toEqual(NOTHING_SPENT);
  });

  test(
    "is never counted as less than it was, whatever is added, given back and let go",
    { tags: "long" },
    () => {
      const step = fc.record({
        minutes: fc.nat(400),
        amount: spent,
        groups: fc.nat(6),
        back: fc.boolean(),
      });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
          let tally = EMPTY_TALLY;
          let minute = 0;
          const real: [number, Spent][] = [];
          for (const { minutes, amount, groups, back } of steps) {
            minute += minutes;
            const last = real.at(-1);
            if (back && last !== undefined) {
              tally = withoutSpent(tally, last[1], at(last[0]));
              real.pop();
            } else {
              tally = withSpent(tally, amount, at(minute));
              real.push([minute, amount]);
            }
            tally = untilItFits(tally, atMost(groups));
            expectNoLess(spentWithin(tally, at(minute)), spentWithin(filled(real), at(minute)));
          }
        }),
        { numRuns: 1000 },
      );
    },
  );
});

function expectNoLess(found: Spent, real: Spent): void {
  expect({ ...found, turnover: 0, elsewhere: 0 }).toEqual({ ...real, turnover: 0, elsewhere: 0 });
  for (const id of IDS.map(targetId)) {
    const [one, other] = [turnoverOf(found, id), turnoverOf(real, id)];
    expect(one.gained).toBeGreaterThanOrEqual(other.gained);
    expect(one.lost).toBeGreaterThanOrEqual(other.lost);
  }
}

describe("what people were told", () => {
  const DAY = 24 * 60;
  const tally = filled([[0, lost("a", 1)]]);
  const first = withTold(tally, "waiting", "x", at(0)) ?? EMPTY_TALLY;

  test("is remembered beside the rest, by what it was about", () => {
    expect(first).toEqual({ ...tally, told: { waiting: { digest: "x", at: at(0) } } });
    const both = withTold(first, "status", "x", at(1));
    expect(both).toEqual({ ...tally, told: { ...first.told, status: { digest: "x", at: at(1) } } });
  });

  test("is told again when it is something else, or a day later", () => {
    const justBefore = new Date(Date.parse(at(DAY)) - 1).toISOString();
    expect(withTold(first, "waiting", "x", justBefore)).toBeUndefined();
    expect(withTold(first, "waiting", "x", at(DAY))?.told).toEqual({ waiting: { digest: "x", at: at(DAY) } });
    expect(withTold(first, "waiting", "y", at(1))?.told).toEqual({ waiting: { digest: "y", at: at(1) } });
  });

  test("stays whatever is spent, given back or let go", () => {
    const changed = [
      withSpent(first, lost("b", 1), at(1)),
      withoutSpent(first, lost("a", 1), at(0)),
      untilItFits(first, atMost(0)),
    ];
    for (const { told } of changed) expect(told).toEqual(first.told);
  });
});

test("an hour is named by its UTC date and hour", () => {
  expect([...filled([[90, lost("a", 1)]]).hours.keys()]).toEqual([hour("2026-03-01T01")]);
});
