/** What the limits let through, at their very edges. */
import { describe, expect, test } from "vitest";
import { judge, stillDisabled } from "../../src/core/budget.ts";
import type { Verdict } from "../../src/core/budget.ts";
import { NO_HOLDS, changesOf, plan } from "../../src/core/plan.ts";
import type { Plan, Situation } from "../../src/core/plan.ts";
import type { Excess, RefusalReason } from "../../src/core/reason.ts";
import { scope } from "../../src/core/scope.ts";
import type { ExistingGroup, ExistingUser, Limit, Rules, SourceUser } from "../../src/core/model.ts";
import { digest, told } from "./planned.ts";
import {
  EMPTY,
  NOW,
  TODAY,
  company,
  groupInTarget,
  human,
  inTarget,
  manage,
  marked,
  rules,
  stray,
  strayGroup,
  target,
  team,
} from "./world.ts";
import type { Case } from "./planned.ts";
import type { Filled } from "./world.ts";

const ANY: Limit = { share: 1, count: undefined };
const count = (most: number): Limit => ({ share: undefined, count: most });
const share = (part: number): Limit => ({ share: part, count: undefined });

/** No limit but these; `MAX_GROUP_GROWTH` is no matter of the verdict. */
const limits = (over: Partial<Rules["limits"]> = {}): Pick<Rules, "limits"> => ({
  limits: { users: ANY, groups: ANY, memberships: ANY, growth: ANY, ...over },
});

interface Weighed {
  readonly plan: Plan;
  readonly situation: Situation;
  readonly verdict: Verdict;
}

function weigh(one: Case): Weighed {
  const settings = rules(one.rules);
  const existing = one.existing ?? EMPTY;
  const situation: Situation = {
    scoped: scope(one.source, existing, settings),
    existing,
    rules: settings,
    now: NOW,
    holds: NO_HOLDS,
    approvals: { digest, given: new Set(one.approve === "everything" ? [] : one.approve) },
  };
  const planned = plan(situation);
  return { plan: planned, situation, verdict: judge(planned, one.source, situation) };
}

const verdict = (one: Case): Verdict => weigh(one).verdict;
/** Each reason of a refusal: its code, and the numbers. */
const reasons = (one: Case): readonly string[] => {
  const is = verdict(one);
  return is.kind === "refused" ? is.reasons.map(numbersOf) : [];
};
function numbersOf(reason: RefusalReason): string {
  switch (reason.code) {
    case "over-limit":
      return reason.broken
        .map(({ budget, earlier, ...of }) => `${numbers(of)} ${budget}, ${earlier} earlier`)
        .join("; ");
    case "too-many-renames":
      return `${numbers(reason)} renames`;
    case "nothing-listed":
    case "nothing-left":
      return `${reason.code}: ${reason.existing} ${reason.budget}`;
    case "growth":
    case "no-answer":
    case "only-unapprovable":
    case "taking-over":
    case "enabling":
      return reason.code;
  }
}
const numbers = (one: Pick<Excess, "count" | "of" | "allows">): string =>
  `${one.count} of ${one.of} (${one.allows} allowed)`;
const waiting = (one: Case) => {
  const is = verdict(one);
  return is.kind === "refused" ? is.waiting : [];
};
const idsOf = (one: Case): readonly string[] => waiting(one).map(({ id }) => id);

const people = (many: number, from = 1): readonly SourceUser[] =>
  Array.from({ length: many }, (_, at) => human(from + at, `P${from + at}`, "Person"));
const suspended = (users: readonly SourceUser[]): readonly SourceUser[] =>
  users.map((user) => ({ ...user, state: "suspended" }));
const held = (users: readonly SourceUser[]): readonly ExistingUser[] => users.map((user) => inTarget(user));
const revoked = (users: readonly SourceUser[], day: string, active = false): readonly ExistingUser[] =>
  users.map((user) => inTarget(user, { externalId: marked(day, user.id), active }));
/** Everybody is asked for, in a group or not. */
const everybody = (users: readonly SourceUser[], groups: readonly Filled[] = []) =>
  company(users, groups, { matched: "all" });

describe("removals of users", () => {
  const all = people(10);
  const leaving = (many: number, over: Partial<Rules>, more: readonly ExistingUser[] = []): Case => ({
    source: everybody(all.slice(many)),
    existing: target([...held(all), ...more]),
    rules: over,
  });

  test("up to the limit are free, one more is refused with the numbers", () => {
    expect(verdict(leaving(2, limits({ users: count(2) })))).toEqual({ kind: "free" });
    expect(reasons(leaving(3, limits({ users: count(2) })))).toEqual([
      "3 of 10 (2 allowed) users, 0 earlier",
    ]);
  });

  test("with the limit 0 are refused from the first on", () => {
    expect(verdict(leaving(0, limits({ users: count(0) })))).toEqual({ kind: "free" });
    expect(reasons(leaving(1, limits({ users: count(0) })))).toHaveLength(1);
  });

  test("are counted with those marked earlier today, and only with those", () => {
    const others = people(2, 20);
    const over = limits({ users: count(3) });
    expect(reasons(leaving(2, over, revoked(others, TODAY)))).toEqual([
      "4 of 10 (3 allowed) users, 2 earlier",
    ]);
    expect(verdict(leaving(2, over, revoked(others, "2026-03-09")))).toEqual({ kind: "free" });
    expect(verdict(leaving(1, over, revoked(others, TODAY)))).toEqual({ kind: "free" });
  });

  test("are no matter where all of them were earlier today", () => {
    const over = limits({ users: count(1) });
    expect(verdict(leaving(0, over, revoked(people(3, 20), TODAY)))).toEqual({ kind: "free" });
  });

  test("are those of suspended users too", () => {
    const one = {
      source: everybody([...suspended(all.slice(0, 3)), ...all.slice(3)]),
      existing: target(held(all)),
    };
    expect(verdict({ ...one, rules: limits({ users: count(3) }) })).toEqual({ kind: "free" });
    expect(reasons({ ...one, rules: limits({ users: count(2) }) })).toHaveLength(1);
  });

  test("are not what disables again who was revoked earlier", () => {
    const again = revoked(people(3, 20), "2026-03-01", true);
    const one = leaving(0, limits({ users: count(0) }), again);
    expect(told(weigh(one).plan)).toHaveLength(3);
    expect(verdict(one)).toEqual({ kind: "free" });
  });

  test("are a share of what is managed: neither made by hand nor foreign nor marked", () => {
    const others = [
      ...Array.from({ length: 10 }, (_, at) => stray(`hand${at}`)),
      ...Array.from({ length: 10 }, (_, at) => stray(`foreign${at}`, { externalId: `okta-${at}` })),
      ...revoked(people(10, 50), "2026-03-01"),
    ];
    expect(verdict(leaving(3, limits({ users: share(0.3) }), others))).toEqual({ kind: "free" });
    expect(reasons(leaving(4, limits({ users: share(0.3) }), others))).toEqual([
      "4 of 10 (3 allowed) users, 0 earlier",
    ]);
  });

  test("are a share of those too whom this plan takes over", () => {
    const adopted = people(10, 20);
    const byHand = adopted.map((user) => inTarget(user, { externalId: "" }));
    const one = (part: number): Case => ({
      source: everybody([...all.slice(4), ...adopted]),
      existing: target([...held(all), ...byHand]),
      rules: limits({ users: share(part) }),
    });
    expect(verdict(one(0.2))).toEqual({ kind: "free" });
    expect(reasons(one(0.19))).toEqual(["4 of 20 (3 allowed) users, 0 earlier"]);
  });

  test("are no share of those who come back: they had no access to lose", () => {
    const returning = people(10, 50);
    const one = {
      source: everybody([...all.slice(4), ...returning]),
      existing: target([...held(all), ...revoked(returning, "2026-03-01")]),
      rules: limits({ users: share(0.3) }),
    };
    expect(reasons(one)).toEqual(["4 of 10 (3 allowed) users, 0 earlier"]);
  });

  test("are not those whom a change of another kind is about", () => {
    const renamed = all.map((user) => ({ ...user, givenName: "Other" }));
    const foreign = Array.from({ length: 10 }, (_, at) =>
      stray(`foreign${at}`, { externalId: `okta-${at}` }),
    );
    const one = {
      source: everybody(renamed.slice(3)),
      existing: target([...held(all), ...foreign]),
      rules: limits({ users: count(2) }),
    };
    expect(reasons(one)).toEqual(["3 of 10 (2 allowed) users, 0 earlier"]);
  });
});

describe("removals of groups", () => {
  const all = Array.from({ length: 10 }, (_, at) => team(at + 1, `Team ${at + 1}`));
  const [one] = people(1);
  const gone = (many: number, over: Partial<Rules>, more: readonly ExistingGroup[] = []): Case => ({
    source: everybody(
      one === undefined ? [] : [one],
      all.slice(many).map((group): Filled => [group]),
    ),
    existing: target(one === undefined ? [] : [inTarget(one)], [
      ...all.map((group) => groupInTarget(group)),
      ...more,
    ]),
    rules: over,
  });

  test("up to the limit are free, one more is refused with the numbers", () => {
    expect(verdict(gone(2, limits({ groups: count(2) })))).toEqual({ kind: "free" });
    expect(reasons(gone(3, limits({ groups: count(2) })))).toEqual(["3 of 10 (2 allowed) groups, 0 earlier"]);
  });

  test("are counted with those marked earlier today, and only with those", () => {
    const was = (day: string) =>
      [team(20, "Old"), team(21, "Older")].map((group) =>
        groupInTarget(group, [], { externalId: marked(day, group.id) }),
      );
    const over = limits({ groups: count(3) });
    expect(reasons(gone(2, over, was(TODAY)))).toEqual(["4 of 10 (3 allowed) groups, 2 earlier"]);
    expect(verdict(gone(2, over, was("2026-03-09")))).toEqual({ kind: "free" });
    expect(verdict(gone(0, limits({ groups: count(1) }), was(TODAY)))).toEqual({ kind: "free" });
  });

  test("are a share of the managed ones alone", () => {
    const others = Array.from({ length: 10 }, (_, at) => strayGroup(`Hand ${at}`));
    expect(verdict(gone(3, limits({ groups: share(0.3) }), others))).toEqual({ kind: "free" });
    expect(reasons(gone(3, limits({ groups: share(0.29) }), others))).toEqual([
      "3 of 10 (2 allowed) groups, 0 earlier",
    ]);
  });

  test("wait together with those of users, as one", () => {
    const more = people(4, 30);
    const base = gone(3, limits({ groups: count(2), users: count(1) }));
    const both = {
      ...base,
      existing: target([...(base.existing?.users ?? []), ...held(more)], base.existing?.groups),
    };
    expect(waiting(both)).toMatchObject([
      { kind: "removals", reason: { broken: [{ budget: "users" }, { budget: "groups" }] } },
    ]);
    expect(verdict({ ...both, approve: idsOf(both) })).toEqual({ kind: "free" });
  });
});

describe("removals of memberships", () => {
  const all = people(10);
  const devs = team(1, "Devs");
  const ops = team(2, "Ops");
  const outOf = (
    many: number,
    over: Partial<Rules>,
    more: Partial<{ readonly groups: readonly ExistingGroup[] }> = {},
  ): Case => ({
    source: everybody(all, [[devs, ...all.slice(many)]]),
    existing: target(held(all), [groupInTarget(devs, held(all)), ...(more.groups ?? [])]),
    rules: over,
  });

  test("up to the limit are free, one more is refused with the numbers", () => {
    expect(verdict(outOf(2, limits({ memberships: count(2) })))).toEqual({ kind: "free" });
    expect(reasons(outOf(3, limits({ memberships: count(2) })))).toEqual([
      "3 of 10 (2 allowed) memberships, 0 earlier",
    ]);
  });

  test("are counted alone: what else is changed makes them no fewer", () => {
    const base = outOf(3, limits({ memberships: count(2) }));
    const users = held(all).map((user) => ({ ...user, givenName: "Other" }));
    expect(reasons({ ...base, existing: target(users, base.existing?.groups) })).toHaveLength(1);
  });

  test("are refused although as many groups were marked earlier today", () => {
    const marks = [3, 4, 5]
      .map((at) => team(at, `Old ${at}`))
      .map((group) => groupInTarget(group, [], { externalId: marked(TODAY, group.id) }));
    expect(reasons(outOf(3, limits({ memberships: count(2) }), { groups: marks }))).toHaveLength(1);
  });

  test("are a share of those of managed users in managed groups", () => {
    const hand = stray("hand");
    const over = limits({ memberships: share(0.29) });
    const base = outOf(3, over, { groups: [strayGroup("By hand", held(all))] });
    const groups = base.existing?.groups.map((group) =>
      group.name === "Devs" ? { ...group, members: new Set([...group.members, hand.id]) } : group,
    );
    const one = { ...base, existing: target([...held(all), hand], groups) };
    expect(reasons(one)).toEqual(["3 of 10 (2 allowed) memberships, 0 earlier"]);
    expect(verdict({ ...one, rules: limits({ memberships: share(0.3) }) })).toEqual({ kind: "free" });
  });

  test("do not count what goes along with a removed user or group", () => {
    const over = limits({ memberships: count(0) });
    const users = {
      source: everybody(all.slice(3), [[devs, ...all.slice(3)]]),
      existing: target(held(all), [groupInTarget(devs, held(all))]),
      rules: over,
    };
    expect(verdict(users)).toEqual({ kind: "free" });
    const groups = {
      source: everybody(all, [[devs, ...all]]),
      existing: target(held(all), [groupInTarget(devs, held(all)), groupInTarget(ops, held(all))]),
      rules: over,
    };
    expect(verdict(groups)).toEqual({ kind: "free" });
  });

  test("do not count what was left to somebody, or in a group, revoked earlier", () => {
    const over = limits({ memberships: count(0) });
    const [first, ...others] = held(all);
    const old = {
      ...(first as ExistingUser),
      active: false,
      externalId: marked("2026-03-09", all[0]?.id ?? ""),
    };
    const users = [old, ...others];
    const past = groupInTarget(ops, others, { externalId: marked("2026-03-09", ops.id) });
    const source = everybody(all.slice(1), [[devs, ...all.slice(1)]]);
    const one = { source, existing: target(users, [groupInTarget(devs, users), past]), rules: over };
    expect(changesOf(weigh(one).plan).map(({ kind }) => kind)).toEqual(["members.remove", "members.remove"]);
    expect(verdict(one)).toEqual({ kind: "free" });
  });

  test("count those of users and groups that are gone where these are somebody else's to write", () => {
    const two = limits({ memberships: count(2) });
    const users = (most: typeof two): Case => ({
      source: everybody(all.slice(3), [[devs, ...all.slice(3)]]),
      existing: target(held(all), [groupInTarget(devs, held(all))]),
      rules: { ...manage("groups", "memberships"), ...most },
    });
    expect(reasons(users(two)).join()).toMatch(/^3 of 10 .* memberships/);
    const groups: Case = {
      source: everybody(all, [[devs, ...all]]),
      existing: target(held(all), [groupInTarget(devs, held(all)), groupInTarget(ops, held(all))]),
      rules: { ...manage("users", "memberships"), ...two },
    };
    expect(reasons(groups).join()).toMatch(/^10 of 20 .* memberships/);
  });

  test("count everybody who is paired where users are somebody else's to write", () => {
    const foreign = all.map((user, at) => inTarget(user, { externalId: `google-provisioning/${at}` }));
    const one = (part: number): Case => ({
      source: everybody(all, [[devs, ...all.slice(3)]]),
      existing: target(foreign, [groupInTarget(devs, foreign)]),
      rules: { ...manage("groups", "memberships"), ...limits({ memberships: share(part) }) },
    });
    expect(verdict(one(0.3))).toEqual({ kind: "free" });
    expect(reasons(one(0.29))).toEqual(["3 of 10 (2 allowed) memberships, 0 earlier"]);
  });
});

describe("an approval of removals", () => {
  const all = people(10);
  const devs = team(1, "Devs");
  const over = limits({ users: count(1) });
  const leaving = (gone: readonly SourceUser[], more: readonly SourceUser[] = []): Case => ({
    source: everybody([...all.filter((user) => !gone.includes(user)), ...more]),
    existing: target(held(all)),
    rules: over,
  });

  test("lets them through, and another one does not", () => {
    const one = leaving(all.slice(0, 3));
    expect(idsOf(one)).toHaveLength(1);
    expect(verdict({ ...one, approve: idsOf(one) })).toEqual({ kind: "free" });
    expect(verdict({ ...one, approve: ["0123456789abcdef0123456789abcdef"] }).kind).toBe("refused");
  });

  test("names who leaves: a new user does not change it, one more or another leaver does", () => {
    const ids = idsOf(leaving(all.slice(0, 3)));
    expect(idsOf(leaving(all.slice(0, 3), people(1, 40)))).toEqual(ids);
    expect(idsOf(leaving(all.slice(0, 4)))).not.toEqual(ids);
    expect(idsOf(leaving(all.slice(1, 4)))).not.toEqual(ids);
  });

  test("names the groups and the members who leave too", () => {
    const some = (groups: readonly Filled[]): Case => ({
      ...leaving(all.slice(0, 3)),
      source: everybody(all.slice(3), groups),
      existing: target(held(all), [
        groupInTarget(devs, held(all)),
        groupInTarget(team(2, "Ops")),
        groupInTarget(team(3, "Sec")),
      ]),
    });
    const rest = all.slice(3);
    const sec: Filled = [team(3, "Sec")];
    const ids = [
      idsOf(some([[devs, ...rest], [team(2, "Ops")], sec])),
      idsOf(some([[devs, ...rest], sec])),
      idsOf(some([[devs, ...rest], [team(2, "Ops")]])),
      idsOf(some([[devs, ...rest.slice(1)], [team(2, "Ops")], sec])),
      idsOf(some([[devs, ...rest.slice(0, -1)], [team(2, "Ops")], sec])),
    ];
    expect(new Set(ids.flat()).size).toBe(5);
  });

  test("still fits after the disabling that a refused plan does", () => {
    const wide = limits({ users: count(3) });
    const off = all.slice(8);
    const source = everybody([...all.slice(4, 8), ...suspended(off)]);
    const before = { source, existing: target(held(all)), rules: wide };
    const after = {
      ...before,
      existing: target([...held(all.slice(0, 8)), ...off.map((user) => inTarget(user, { active: false }))]),
    };
    expect(idsOf(before)).toHaveLength(1);
    expect(idsOf(after)).toEqual(idsOf(before));
  });

  test("names those who are disabled as well where they are too many to be disabled anyway", () => {
    const narrow = limits({ users: count(1) });
    const one = (off: number): Case => ({
      source: everybody([...all.slice(4, 10 - off), ...suspended(all.slice(10 - off))]),
      existing: target(held(all)),
      rules: narrow,
    });
    expect(idsOf(one(2))).not.toEqual(idsOf(one(3)));
    expect(idsOf(one(1))).toEqual(idsOf(one(0)));
  });
});

describe("renames", () => {
  const all = Array.from({ length: 6 }, (_, at) => team(at + 1, `Team ${at + 1}`));
  const [one] = people(1);
  const renaming = (many: number, over: Partial<Rules>): Case => ({
    source: everybody(
      one === undefined ? [] : [one],
      all.map((group): Filled => [group]),
    ),
    existing: target(one === undefined ? [] : [inTarget(one)], [
      ...all.map((group, at) => groupInTarget(group, [], at < many ? { name: `Old ${at}` } : {})),
      strayGroup("By hand"),
    ]),
    rules: over,
  });

  test("up to the group limit are free, one more waits with the numbers", () => {
    expect(verdict(renaming(2, limits({ groups: count(2) })))).toEqual({ kind: "free" });
    expect(waiting(renaming(3, limits({ groups: count(2) })))).toMatchObject([
      {
        kind: "renames",
        reason: { code: "too-many-renames", count: 3, of: 6, allows: 2 },
      },
    ]);
  });

  test("are approved by an id of their own, which names them", () => {
    const three = renaming(3, limits({ groups: count(2) }));
    expect(verdict({ ...three, approve: idsOf(three) })).toEqual({ kind: "free" });
    expect(idsOf(renaming(4, limits({ groups: count(2) })))).not.toEqual(idsOf(three));
  });

  test("are approved each for itself: as many others wait under another id", () => {
    const over = limits({ groups: count(2) });
    const others = [1, 2, 3].map((at) => ({
      ...renaming(0, over),
      existing: target(
        renaming(0, over).existing?.users,
        all.map((group, n) => groupInTarget(group, [], n >= at && n < at + 3 ? { name: `Old ${n}` } : {})),
      ),
    }));
    expect(new Set(others.flatMap(idsOf)).size).toBe(3);
  });

  test("are two where two groups trade their names, however many requests that takes", () => {
    const [first = team(1, "x"), second = team(2, "y")] = all;
    const names = new Map([
      [first.id, second.name],
      [second.id, first.name],
    ]);
    const one = renaming(0, limits({ groups: count(2) }));
    const groups = all.map((group) => groupInTarget(group, [], { name: names.get(group.id) ?? group.name }));
    expect(verdict({ ...one, existing: target(one.existing?.users, groups) })).toEqual({ kind: "free" });
    expect(
      reasons({
        ...one,
        existing: target(one.existing?.users, groups),
        rules: limits({ groups: count(1) }),
      }),
    ).toHaveLength(1);
  });

  test("of every group there is leave none of them out", () => {
    const every = {
      ...renaming(6, limits()),
      existing: target(
        held(people(1)),
        all.map((group, at) => groupInTarget(group, [], { name: `Old ${at}` })),
      ),
    };
    expect(verdict(every)).toEqual({ kind: "free" });
  });

  test("are none where a group is taken over or comes back", () => {
    const over = limits({ groups: count(0) });
    const back = all.map((group, at) =>
      at < 3
        ? groupInTarget(group, [], { externalId: marked("2026-03-01", group.id), name: `Old ${at}` })
        : groupInTarget(group, [], { externalId: "" }),
    );
    expect(verdict({ ...renaming(0, over), existing: target([], back) })).toEqual({ kind: "free" });
  });

  test("and removals wait side by side: approving one leaves the other", () => {
    const both: Case = {
      ...renaming(3, limits({ groups: count(2), users: count(0) })),
      existing: target([...held(people(1)), ...held(people(3, 20))], renaming(3, {}).existing?.groups),
    };
    expect(waiting(both).map(({ kind }) => kind)).toEqual(["removals", "renames"]);
    const [removals = "", renames = ""] = idsOf(both);
    expect(waiting({ ...both, approve: [removals] }).map(({ id }) => id)).toEqual([renames]);
    expect(waiting({ ...both, approve: [renames] }).map(({ id }) => id)).toEqual([removals]);
    expect(reasons({ ...both, approve: [renames] })).toHaveLength(1);
    expect(verdict({ ...both, approve: [removals, renames] })).toEqual({ kind: "free" });
  });
});

describe("what can't be approved", () => {
  const all = people(4);
  const devs = team(1, "Devs");

  test("is a source without any user, where the target has a single one of ours", () => {
    const one = { source: company([], [[devs]]), existing: target(held(all.slice(0, 1))), rules: limits() };
    expect(verdict(one)).toMatchObject({ kind: "refused", waiting: [] });
    expect(reasons(one)).toContain("nothing-listed: 1 users");
    expect(verdict({ ...one, existing: target([stray("hand")]) })).toEqual({ kind: "free" });
  });

  test("is a source without any group, where the target has a single one of ours", () => {
    const one = {
      source: everybody(all),
      existing: target(held(all), [groupInTarget(devs)]),
      rules: limits(),
    };
    expect(verdict(one)).toMatchObject({ kind: "refused", waiting: [] });
    expect(reasons(one)).toContain("nothing-listed: 1 groups");
    expect(verdict({ ...one, existing: target(held(all), [strayGroup("Hand")]) })).toEqual({ kind: "free" });
  });

  test("is a plan that leaves no active user, whatever the limit and however many are disabled already", () => {
    const off = inTarget(human(9, "Off", "Already"), { active: false });
    const source = everybody([...suspended(all), human(9, "Off", "Already", { state: "suspended" })]);
    const one = { source, existing: target([...held(all), off]), rules: limits() };
    expect(reasons(one)).toEqual(["nothing-left: 4 users"]);
    expect(waiting(one)).toEqual([]);
    const [first] = all;
    expect(
      verdict({
        ...one,
        source: { ...source, users: source.users.map((user) => (user.id === first?.id ? first : user)) },
      }),
    ).toEqual({ kind: "free" });
  });

  test("is not a target in which nobody was active before", () => {
    const off = all.map((user) => inTarget(user, { active: false }));
    expect(verdict({ source: everybody(suspended(all)), existing: target(off), rules: limits() })).toEqual({
      kind: "free",
    });
  });

  test("is a plan that leaves no group of those that are there, though new ones come", () => {
    const one = {
      source: everybody(all, [[team(5, "New")]]),
      existing: target(held(all), [groupInTarget(devs), groupInTarget(team(2, "Ops"))]),
      rules: limits(),
    };
    expect(reasons(one)).toEqual(["nothing-left: 2 groups"]);
    expect(waiting(one)).toEqual([]);
    expect(verdict({ ...one, source: everybody(all, [[team(5, "New")], [devs]]) })).toEqual({ kind: "free" });
  });

  test("is a plan that leaves out the only active user, or the only group", () => {
    const [one = human(1, "One", "Only")] = all;
    const users = { source: everybody(suspended([one])), existing: target(held([one])), rules: limits() };
    expect(reasons(users)).toEqual(["nothing-left: 1 users"]);
    const groups = {
      source: everybody([one], [[team(5, "New")]]),
      existing: target(held([one]), [groupInTarget(devs)]),
      rules: limits(),
    };
    expect(reasons(groups)).toEqual(["nothing-left: 1 groups"]);
  });

  test("keeps the approvable limits back as well", () => {
    const one = {
      source: everybody(suspended(all)),
      existing: target(held(all)),
      rules: limits({ users: count(1) }),
    };
    expect(waiting(one)).toEqual([]);
    expect(reasons(one)).toHaveLength(1);
  });
});

describe("a refused plan still disables", () => {
  const all = people(10);
  const [deleted, missing, away, off] = all;
  const source = everybody([...all.slice(4), ...suspended(off === undefined ? [] : [off])]);
  const still = (
    over: Partial<Rules>,
    existing: readonly ExistingUser[] = held(all),
    from = source,
  ): Plan => {
    const { plan: refused, situation } = weigh({ source: from, existing: target(existing), rules: over });
    return stillDisabled(refused, new Set([deleted?.id ?? "", away?.id ?? ""]), situation);
  };

  test("whom Google reports, and writes nothing else of them", () => {
    const done = still(limits({ users: count(3) }));
    expect(told(done).toSorted()).toEqual([
      "user.disable p1@example.com",
      "user.disable p3@example.com",
      "user.disable p4@example.com",
    ]);
    expect(done.steps).toHaveLength(1);
    expect(done.waiting).toEqual([]);
    expect(done.users.size).toBe(7);
    for (const change of done.steps.flat()) expect(change).toMatchObject({ patch: { active: false } });
    for (const change of done.steps.flat())
      expect("patch" in change && Object.keys(change.patch)).toEqual(["active"]);
    expect(missing?.email).toBe("p2@example.com");
  });

  test("all of them or none: one more than the limit, and nobody is", () => {
    expect(still(limits({ users: count(2) })).steps).toEqual([]);
  });

  test("with those marked earlier today counted along, and only those", () => {
    const over = limits({ users: count(3) });
    expect(still(over, [...held(all), ...revoked(people(1, 30), TODAY)]).steps).toEqual([]);
    expect(still(over, [...held(all), ...revoked(people(1, 30), "2026-03-09")]).steps).toHaveLength(1);
  });

  test("whom SYNC_SUSPENDED=false revokes for being suspended or archived", () => {
    const both = everybody([
      ...all.slice(2),
      ...suspended(all.slice(0, 1)),
      ...all.slice(1, 2).map((user): SourceUser => ({ ...user, state: "archived" })),
    ]);
    const { plan: refused, situation } = weigh({
      source: both,
      existing: target(held(all)),
      rules: { syncSuspended: false, ...limits({ users: count(2) }) },
    });
    expect(told(stillDisabled(refused, new Set(), situation))).toEqual([
      "user.disable p1@example.com",
      "user.disable p2@example.com",
    ]);
  });

  test("nobody who is disabled already, or was revoked before", () => {
    const existing = [
      ...all.map((user) => inTarget(user, user === off || user === deleted ? { active: false } : {})),
      ...revoked(people(1, 30), "2026-03-01", true),
    ];
    expect(told(still(limits({ users: count(3) }), existing))).toEqual(["user.disable p3@example.com"]);
  });

  test("nobody where it would leave nobody active", () => {
    const few = held(all.slice(2, 4));
    expect(still(limits({ users: ANY }), few).steps).toEqual([]);
  });

  test("nobody, in no step, where Google reports nobody", () => {
    const { plan: refused, situation } = weigh({
      source: everybody(all.slice(2)),
      existing: target(held(all)),
      rules: limits({ users: count(1) }),
    });
    expect(stillDisabled(refused, new Set(), situation).steps).toEqual([]);
  });
});
