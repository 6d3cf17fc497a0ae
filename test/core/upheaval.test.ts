/** What cannot be right, whatever the budgets. */
import { describe, expect, test } from "vitest";
import { plan } from "../../src/core/plan.ts";
import { judge } from "../../src/core/upheaval.ts";
import type { Verdict } from "../../src/core/upheaval.ts";
import type { ExistingUser, SourceUser } from "../../src/core/model.ts";
import { leaversFirst, situationOf } from "./planned.ts";
import type { Case } from "./planned.ts";
import {
  asleepInTarget,
  company,
  groupInTarget,
  human,
  inTarget,
  manage,
  stray,
  strayGroup,
  target,
  team,
} from "./world.ts";
import type { Filled } from "./world.ts";

/** What a run makes of a plan once its leavers are gone. */
function verdict(one: Case): Verdict {
  const { rest } = leaversFirst(one);
  const situation = situationOf(rest);
  return judge(plan(situation), rest.source, situation);
}
const FREE = { kind: "free" };
const reasons = (one: Case): readonly string[] => {
  const is = verdict(one);
  return is.kind === "free" ? [] : is.reasons.map(({ code, budget }) => `${code} ${budget}`);
};
const waiting = (one: Case) => {
  const is = verdict(one);
  return is.kind === "free" ? [] : is.waiting;
};

const people = (many: number, from = 1): readonly SourceUser[] =>
  Array.from({ length: many }, (_, at) => human(from + at, `P${from + at}`, "Person"));
const suspended = (users: readonly SourceUser[]): readonly SourceUser[] =>
  users.map((user) => ({ ...user, state: "suspended" }));
const held = (users: readonly SourceUser[]): readonly ExistingUser[] => users.map((user) => inTarget(user));
const teams = (many: number) => Array.from({ length: many }, (_, at) => team(at + 1, `Team ${at + 1}`));

/** Ten people in groups of one; the last ones are still in the company, but in no group. */
const outOfScope = (many: number, of = 10): Case => ({
  source: company(people(of), [[team(1, "Devs"), ...people(of).slice(many)]]),
  existing: target(held(people(of)), [groupInTarget(team(1, "Devs"), held(people(of)))]),
});
const groupsGone = (many: number, of = 10): Case => ({
  source: company(
    people(1),
    teams(of)
      .slice(many)
      .map((group): Filled => [group, ...people(1)]),
    { matched: "all" },
  ),
  existing: target(
    held(people(1)),
    teams(of).map((group) => groupInTarget(group)),
  ),
});

describe("out of scope at once", () => {
  test("may go exactly half of the users, or of the groups", () => {
    expect(verdict(outOfScope(5))).toEqual(FREE);
    expect(verdict(groupsGone(5))).toEqual(FREE);
  });

  test("may not go one more, unless somebody approves it", () => {
    for (const [one, reason] of [
      [outOfScope(6), "more-than-half users"],
      [groupsGone(6), "more-than-half groups"],
    ] as const) {
      expect(reasons(one)).toEqual([reason]);
      expect(waiting(one)).toMatchObject([{ kind: "upheaval", reason: { existing: 10, lost: 6 } }]);
      expect(verdict({ ...one, approve: waiting(one).map(({ id }) => id) })).toEqual(FREE);
      expect(verdict({ ...one, approve: ["0123456789abcdef0123456789abcdef"] }).kind).toBe("refused");
    }
  });

  test("is approved for those who go: one more, or another one, is another plan", () => {
    const ids = (one: Case) => waiting(one).map(({ id }) => id);
    expect(ids(outOfScope(7))).not.toEqual(ids(outOfScope(6)));
    const others = company(people(10), [[team(1, "Devs"), ...people(4)]]);
    expect(ids({ ...outOfScope(6), source: others })).not.toEqual(ids(outOfScope(6)));
    expect(ids({ ...outOfScope(6), now: "2026-03-11T00:10:00Z" })).toEqual(ids(outOfScope(6)));
    // Who left before, and is disabled already, loses nothing.
    const { users = [], groups = [] } = outOfScope(6).existing ?? {};
    const before = target([...users, asleepInTarget(human(11, "P11", "Person"))], groups);
    expect(ids({ ...outOfScope(6), existing: before })).toEqual(ids(outOfScope(6)));
  });

  test("waits as one, whatever breaks", () => {
    const both: Case = {
      source: company(people(10), [[team(9, "Team 9"), ...people(2)]]),
      existing: target(held(people(10)), [...teams(9).map((group) => groupInTarget(group))]),
    };
    expect(reasons(both)).toEqual(["more-than-half users", "more-than-half groups"]);
    expect(waiting(both)).toHaveLength(1);
    const another: Case = {
      ...both,
      source: company(people(10), [[team(8, "Team 8"), ...people(2)]]),
    };
    expect(waiting(another).map(({ id }) => id)).not.toEqual(waiting(both).map(({ id }) => id));
  });

  test("cannot be approved once one of both leaves nobody", () => {
    const none: Case = {
      source: company(people(10), [[team(20, "New"), ...people(2)]]),
      existing: target(held(people(10)), [...teams(9).map((group) => groupInTarget(group))]),
    };
    expect(reasons(none)).toEqual(["more-than-half users", "nothing-left groups"]);
    expect(waiting(none)).toEqual([]);
  });

  test("counts neither what was made by hand nor what is disabled", () => {
    const one = outOfScope(6);
    const more = Array.from({ length: 10 }, (_, at) => stray(`hand${at}`));
    const off = people(10, 20).map((user) => inTarget(user, { active: false }));
    const existing = target([...(one.existing?.users ?? []), ...more, ...off], one.existing?.groups);
    expect(waiting({ ...one, existing })).toMatchObject([{ reason: { existing: 10, lost: 6 } }]);
    const groups = groupsGone(6);
    const byHand = Array.from({ length: 10 }, (_, at) => strayGroup(`Hand ${at}`));
    const also = target(groups.existing?.users, [...(groups.existing?.groups ?? []), ...byHand]);
    expect(waiting({ ...groups, existing: also })).toMatchObject([{ reason: { existing: 10, lost: 6 } }]);
  });

  test("is nothing where every group has another name", () => {
    const renamed = teams(6).map((group, at) => groupInTarget(group, [], { name: `Old ${at}` }));
    const one = groupsGone(0, 6);
    expect(verdict({ ...one, existing: target(one.existing?.users, renamed) })).toEqual(FREE);
  });

  test("is nothing where nobody is written to", () => {
    expect(verdict({ ...outOfScope(9), rules: manage("groups", "memberships") })).toEqual(FREE);
  });
});

describe("nobody left", () => {
  test("cannot be approved, whatever else comes new", () => {
    const users: Case = {
      ...outOfScope(10),
      source: company(people(12), [[team(1, "Devs"), ...people(2, 11)]]),
    };
    expect(reasons(users)).toEqual(["nothing-left users"]);
    expect(waiting(users)).toEqual([]);
    const groups: Case = {
      ...groupsGone(10),
      source: company(people(1), [[team(20, "New")]], { matched: "all" }),
    };
    expect(reasons(groups)).toEqual(["nothing-left groups"]);
    expect(waiting(groups)).toEqual([]);
  });

  test("can be approved where there were two, and not where there were three", () => {
    const left = (of: number): Case => ({
      ...groupsGone(of, of),
      source: company(people(1), [[team(20, "New")]], { matched: "all" }),
    });
    expect(waiting(left(3))).toEqual([]);
    expect(waiting(left(2))).toMatchObject([
      { kind: "upheaval", reason: { code: "nothing-left", existing: 2 } },
    ]);
    expect(waiting(left(1))).toHaveLength(1);
    const approve = waiting(left(2)).map(({ id }) => id);
    expect(verdict({ ...left(2), approve })).toEqual(FREE);
  });

  test("is nothing where nobody was left before", () => {
    const off = people(4).map((user) =>
      inTarget(user, { active: false, externalId: `ssosync-suspended.2026-03-01.${user.id}` }),
    );
    const one = { source: company(suspended(people(4)), [], { matched: "all" }), existing: target(off) };
    expect(verdict(one)).toEqual(FREE);
  });
});

describe("leavers", () => {
  test("are no upheaval, however many they are", () => {
    const all = people(10);
    const gone = [...suspended(all.slice(0, 6)), ...all.slice(6)];
    const one = { ...outOfScope(0), source: company(gone, [[team(1, "Devs"), ...gone]]) };
    expect(verdict(one)).toEqual(FREE);
    const deleted = { ...outOfScope(0), source: company(all.slice(6), [[team(1, "Devs"), ...all.slice(6)]]) };
    expect(verdict(deleted)).toEqual(FREE);
  });

  test("are no base either: of those who are left, more than half may not go", () => {
    const all = people(10);
    const some = [...suspended(all.slice(0, 4)), ...all.slice(4)];
    const going = (many: number): Case => ({
      ...outOfScope(0),
      source: company(some, [[team(1, "Devs"), ...some.slice(0, 4), ...some.slice(4 + many)]]),
    });
    expect(verdict(going(3))).toEqual(FREE);
    expect(waiting(going(4))).toMatchObject([{ reason: { code: "more-than-half", existing: 6, lost: 4 } }]);
  });
});

describe("a source without any user, or any group", () => {
  test("cannot be right where the target has a single one of ours", () => {
    const users: Case = { source: company([], [[team(1, "Devs")]]), existing: target(held(people(1))) };
    expect(reasons(users)).toEqual(["nothing-listed users"]);
    expect(waiting(users)).toEqual([]);
    const groups: Case = {
      source: company(people(1), [], { matched: "all" }),
      existing: target(held(people(1)), [groupInTarget(team(1, "Devs"))]),
    };
    expect(reasons(groups)).toEqual(["nothing-listed groups"]);
    expect(waiting(groups)).toEqual([]);
  });

  test("is no matter where the target has only what was made by hand", () => {
    expect(
      verdict({ source: company([], []), existing: target([stray("hand")], [strayGroup("Hand")]) }),
    ).toEqual(FREE);
  });
});
