/** What may be done within 24 hours without approval, at its very edges. */
import { describe, expect, test } from "vitest";
import { changesOf, plan } from "../../src/core/plan.ts";
import type { Waiting } from "../../src/core/approval.ts";
import { spentOn, toldBy, weigh } from "../../src/core/budget.ts";
import { roomForLeavers } from "../../src/core/room.ts";
import { subjectsOf } from "../../src/core/subjects.ts";
import { NOTHING_SPENT, once, together } from "../../src/core/tally.ts";
import type { Spent } from "../../src/core/tally.ts";
import { targetId } from "../../src/core/model.ts";
import type {
  ExistingGroup,
  ExistingUser,
  Limit,
  Rules,
  SourceId,
  SourceUser,
  TargetId,
} from "../../src/core/model.ts";
import { planFor, situationOf, told } from "./planned.ts";
import type { Case } from "./planned.ts";
import {
  NOW,
  TODAY,
  company,
  groupInTarget,
  human,
  inTarget,
  login,
  manage,
  marked,
  rules,
  signingInAs,
  stray,
  strayGroup,
  target,
  team,
} from "./world.ts";
import type { Filled } from "./world.ts";

const count = (most: number): Limit => ({ share: undefined, count: most, ceiling: undefined });
const share = (part: number): Limit => ({ share: part, count: undefined, ceiling: undefined });
const limits = (over: Partial<Rules["limits"]> = {}): Pick<Rules, "limits"> => ({
  limits: { ...rules().limits, ...over },
});

/** What waits because a budget does not last. */
const overOf = (one: Case): readonly Waiting[] =>
  planFor(one).waiting.filter(({ reason }) => reason.code === "over-limit");
/** `removals p1@example.com` of each. */
const waits = (one: Case): readonly string[] =>
  overOf(one).map(({ kind, about }) => `${kind} ${about?.label}`);
/** The numbers that are told, once where all that waits tells the same. */
const numbers = (one: Case): readonly string[] => [
  ...new Set(
    overOf(one).flatMap(({ reason }) =>
      reason.code === "over-limit"
        ? `${reason.budget}: ${reason.count} of ${reason.of}, ${reason.spent} before, ${reason.allows} allowed`
        : [],
    ),
  ),
];
const ids = (one: Case): readonly string[] => overOf(one).map(({ id }) => id);

const people = (many: number, from = 1): readonly SourceUser[] =>
  Array.from({ length: many }, (_, at) => human(from + at, `P${from + at}`, "Person"));
const YOUNG = `${TODAY}T08:00:00Z`;
const held = (users: readonly SourceUser[], over: Partial<ExistingUser> = {}): readonly ExistingUser[] =>
  users.map((user) => inTarget(user, over));
const teams = (many: number, from = 1) =>
  Array.from({ length: many }, (_, at) => team(from + at, `Team ${from + at}`));
const idOf = (user: ExistingUser | undefined): TargetId => user?.id ?? targetId("nobody");
const devs = team(1, "Devs");
const ops = team(2, "Ops");
/** Everybody is asked for, in a group or not. */
const everybody = (users: readonly SourceUser[], groups: readonly Filled[] = []) =>
  company(users, groups, { matched: "all" });
const spending = (over: Partial<Spent>): Spent => ({ ...NOTHING_SPENT, ...over });

// ---------------------------------------------------------------- users

describe("users out of scope", () => {
  /** The last ones are in the company, but USER_MATCH leaves them out. */
  const out = (many: number, over: Partial<Rules>, of = 10, more: readonly ExistingUser[] = []): Case => ({
    source: company(people(of), [], {
      matched: new Set(
        people(of)
          .slice(many)
          .map(({ id }) => id),
      ),
    }),
    existing: target([...held(people(of)), ...more]),
    rules: over,
  });

  test("go up to the limit; with one more all of them wait, each by itself, with the numbers", () => {
    const two = limits({ users: count(2) });
    expect(waits(out(2, two))).toEqual([]);
    expect(told(planFor(out(2, two)))).toHaveLength(2);
    expect(waits(out(3, two))).toEqual([1, 2, 3].map((n) => `removals p${n}@example.com`));
    expect(numbers(out(3, two))).toEqual(["users: 3 of 10, 0 before, 2 allowed"]);
    expect(told(planFor(out(3, two)))).toEqual([]);
  });

  test("wait from the first on with the limit 0", () => {
    expect(waits(out(0, limits({ users: count(0) })))).toEqual([]);
    expect(waits(out(1, limits({ users: count(0) })))).toHaveLength(1);
  });

  test("are a share, rounded up, of those who are managed and enabled", () => {
    const others = [
      ...Array.from({ length: 10 }, (_, at) => stray(`hand${at}`)),
      ...Array.from({ length: 10 }, (_, at) => stray(`foreign${at}`, { externalId: `okta-${at}` })),
      ...people(10, 50).map((user) =>
        inTarget(user, { externalId: marked("2026-03-01", user.id), active: false }),
      ),
      ...people(10, 70).map((user) =>
        inTarget(user, { externalId: `ssosync-suspended.2026-03-01.${user.id}`, active: false }),
      ),
    ];
    const off = [...people(10, 70).map((user): SourceUser => ({ ...user, state: "suspended" }))];
    const one = (many: number): Case => {
      const { source, ...rest } = out(many, limits({ users: share(0.21) }), 10, others);
      return { ...rest, source: { ...source, users: [...source.users, ...off] } };
    };
    expect(waits(one(3))).toEqual([]);
    expect(numbers(one(4))).toEqual(["users: 4 of 10, 0 before, 3 allowed"]);
  });

  test("are a share of those only who are older than a day; of all, where nobody is", () => {
    const young = (many: number): Case => ({
      ...out(5, limits({ users: share(0.5) })),
      existing: target([
        ...held(people(10 - many)),
        ...held(people(many, 11 - many), { createdAt: "2026-03-09T09:00:01Z" }),
      ]),
    });
    expect(waits(young(0))).toEqual([]);
    expect(numbers(young(1))).toEqual([]);
    expect(numbers(young(2))).toEqual(["users: 5 of 8, 0 before, 4 allowed"]);
    expect(waits(young(10))).toEqual([]);
  });

  test("are older than a day from exactly 24 hours on", () => {
    const made = (createdAt: string): Case => ({
      ...out(5, limits({ users: share(0.5) })),
      existing: target([...held(people(8)), ...held(people(2, 9), { createdAt })]),
    });
    expect(waits(made("2026-03-09T09:00:00Z"))).toEqual([]);
    expect(waits(made("2026-03-09T09:00:00.001Z"))).toHaveLength(5);
    expect(waits(made(""))).toEqual([]);
  });

  test("are worth at most half by a count, of all there are and not only of the old, and never less than 3", () => {
    const ten = limits({ users: count(10) });
    expect(waits(out(5, ten))).toEqual([]);
    expect(numbers(out(6, ten))).toEqual(["users: 6 of 10, 0 before, 5 allowed"]);
    expect(waits(out(3, ten, 4))).toEqual([]);
    expect(numbers(out(4, ten, 5))).toEqual(["users: 4 of 5, 0 before, 3 allowed"]);
    const young = {
      ...out(5, ten),
      existing: target([...held(people(2)), ...held(people(8, 3), { createdAt: YOUNG })]),
    };
    expect(waits(young)).toEqual([]);
  });

  test("never go beyond the ceiling, whatever the share is worth", () => {
    const over = limits({ users: { share: 0.8, count: 5, ceiling: 6 } });
    expect(waits(out(6, over))).toEqual([]);
    expect(numbers(out(7, over))).toEqual(["users: 7 of 10, 0 before, 6 allowed"]);
  });

  test("count with those who went within the day, each once, in what went and in what there was", () => {
    const over = limits({ users: share(0.25) });
    // Eight are left of ten who were there a day ago; two of them are named by the tally.
    const gone = [targetId("u-20"), targetId("u-21")];
    const one = (many: number, spent: Spent): Case => ({ ...out(many, over, 8), spent });
    expect(waits(one(1, spending({ users: once(gone) })))).toEqual([]);
    expect(numbers(one(2, spending({ users: once(gone) })))).toEqual(["users: 4 of 10, 2 before, 3 allowed"]);
    // Leavers were there a day ago, too, but have a budget of their own.
    expect(waits(one(3, spending({ leavers: once(gone) })))).toEqual([]);
    expect(numbers(one(4, spending({ leavers: once(gone) })))).toEqual([
      "users: 4 of 10, 0 before, 3 allowed",
    ]);
    // Who is there still, because a run was killed before it wrote, is no more than one.
    const still = spending({ users: once(held(people(2)).map(({ id }) => id)) });
    expect(waits(one(2, still))).toEqual([]);
    expect(numbers(one(3, still))).toEqual(["users: 3 of 8, 2 before, 2 allowed"]);
  });

  test("count nowhere once they are approved, and the others are judged without them", () => {
    const three = out(3, limits({ users: count(2) }));
    const [first = ""] = ids(three);
    expect(waits({ ...three, approve: [first] })).toEqual([]);
    expect(told(planFor({ ...three, approve: [first] }))).toHaveLength(3);
    const six = out(6, limits({ users: count(2) }));
    const [one = "", other = ""] = ids(six);
    expect(waits({ ...six, approve: [one, other] })).toHaveLength(4);
    expect(told(planFor({ ...six, approve: [one, other] }))).toEqual([
      "user.retire p1@example.com",
      "user.retire p2@example.com",
    ]);
  });

  test("count once where another run has disabled some of them by now", () => {
    const situation = situationOf(out(3, limits({ users: count(3) })));
    const whole = plan(situation);
    const first = idOf(held(people(1))[0]);
    const scales = { spent: NOTHING_SPENT, told: toldBy(whole, situation), upheaval: false };
    const waiting = (...disabled: readonly TargetId[]) =>
      weigh(subjectsOf(whole, situation), situation, { ...scales, by: spending({ users: once(disabled) }) })
        .waiting;
    expect(waiting(first)).toEqual([]);
    expect(waiting(first, targetId("u-99"))).toHaveLength(3);
  });

  test("are weighed by those who are managed, and not by whoever is only now adopted", () => {
    const byHand = held(people(5, 11), { externalId: "" });
    const source = company(people(15), [], { matched: new Set(people(12, 4).map(({ id }) => id)) });
    const one: Case = {
      source,
      existing: target([...held(people(10)), ...byHand]),
      rules: limits({ users: count(2) }),
    };
    expect(numbers(one)).toEqual(["users: 3 of 10, 0 before, 2 allowed"]);
  });

  test("are all let through by the approval of an upheaval", () => {
    const six = out(6, limits({ users: count(2) }));
    expect(waits({ ...six, upheaval: true })).toEqual([]);
    expect(told(planFor({ ...six, upheaval: true }))).toHaveLength(6);
  });

  test("are not those who are disabled already: nobody loses anything", () => {
    const off = people(5).map((user) =>
      inTarget(user, { active: false, externalId: `ssosync-suspended.2026-03-01.${user.id}` }),
    );
    const one: Case = {
      source: everybody(people(5, 6)),
      existing: target([...off, ...held(people(5, 6))]),
      rules: limits({ users: count(0) }),
    };
    expect(waits(one)).toEqual([]);
    expect(told(planFor(one))).toHaveLength(5);
  });

  test("are not what disables again who was revoked earlier", () => {
    const again = people(3, 20).map((user) => inTarget(user, { externalId: marked("2026-03-01", user.id) }));
    const one = out(0, limits({ users: count(0) }), 10, again);
    expect(told(planFor(one))).toHaveLength(3);
    expect(waits(one)).toEqual([]);
  });

  test("keep their memberships while they wait, which count nowhere", () => {
    const all = people(10);
    const one: Case = {
      source: company(all, [[devs, ...all.slice(4)]]),
      existing: target(held(all), [groupInTarget(devs, held(all))]),
      rules: limits({ users: count(3), memberships: count(0), shrink: count(0) }),
    };
    expect(waits(one)).toEqual([1, 2, 3, 4].map((n) => `removals p${n}@example.com`));
    expect(told(planFor(one))).toEqual([]);
    const none = { ...one, rules: limits({ users: count(0) }) };
    expect(told(planFor({ ...none, approve: ids(none).slice(0, 1) }))).toEqual([
      "user.retire p1@example.com",
      "members.remove Devs p1@example.com",
    ]);
    const three = { ...one, source: company(all, [[devs, ...all.slice(3)]]) };
    expect(told(planFor(three)).at(-1)).toBe(
      "members.remove Devs p1@example.com p2@example.com p3@example.com",
    );
  });

  test("leave a group that is retired meanwhile, like anybody who is in it", () => {
    const all = people(10);
    const one: Case = {
      source: company(all, [[devs, ...all.slice(4)]]),
      existing: target(held(all), [
        groupInTarget(devs, held(all)),
        groupInTarget(ops, held(all.slice(0, 6))),
      ]),
      rules: limits({ users: count(3) }),
    };
    expect(waits(one)).toHaveLength(4);
    expect(told(planFor(one))).toEqual([
      "group.retire Ops",
      `members.remove Ops ${[1, 2, 3, 4, 5, 6].map((n) => `p${n}@example.com`).join(" ")}`,
    ]);
  });

  test("do not keep anything else waiting", () => {
    const newcomer = human(40, "New", "Comer");
    const source = company([...people(10), newcomer], [[devs, newcomer, ...people(10).slice(3)]]);
    const one = { source, existing: target(held(people(10)), [groupInTarget(devs, held(people(10)))]) };
    expect(told(planFor({ ...one, rules: limits({ users: count(2) }) }))).toEqual([
      "user.create new@example.com",
      "members.add Devs new@example.com",
    ]);
  });
});

// ---------------------------------------------------------------- leavers

describe("the room for leavers", () => {
  const room = (users: readonly ExistingUser[], over: Partial<Spent>, limit: Limit) =>
    roomForLeavers(users, NOW, spending(over), rules(limits({ leavers: limit })));

  test("is a share, rounded up, of the managed and enabled who are older than a day", () => {
    const off = held(people(5, 40), { active: false });
    const all = [...held(people(11)), stray("hand"), ...held(people(9, 20), { createdAt: YOUNG }), ...off];
    expect(room(all, {}, share(0.2))).toEqual({ of: 11, spent: 0, allows: 3 });
    expect(room(held(people(9, 20), { createdAt: YOUNG }), {}, share(0.2))).toMatchObject({
      of: 9,
      allows: 2,
    });
  });

  test("is a count of at most half of all, never less than 3", () => {
    expect(room(held(people(30)), {}, count(20)).allows).toBe(15);
    expect(room(held(people(4)), {}, count(20)).allows).toBe(3);
    expect(room(held(people(1)), {}, count(20)).allows).toBe(3);
    expect(room(held(people(4_000)), {}, { share: 0.2, count: 20, ceiling: 500 }).allows).toBe(500);
  });

  test("remembers who left within the day, and who else was disabled as somebody who was there", () => {
    const gone = [targetId("u-20"), targetId("u-21")];
    const left = room(held(people(8)), { leavers: once(gone) }, share(0.2));
    expect(left).toEqual({ of: 10, spent: 2, allows: 2 });
    const others = room(held(people(8)), { users: once(gone) }, share(0.2));
    expect(others).toEqual({ of: 10, spent: 0, allows: 2 });
    const still = room(held(people(8)), { leavers: once([targetId("u-1")]) }, share(0.2));
    expect(still).toEqual({ of: 8, spent: 1, allows: 2 });
  });
});

// ---------------------------------------------------------------- groups

/** Ten groups of which the first are gone, with two people in each. */
const gone = (many: number, over: Partial<Rules>, more: readonly ExistingGroup[] = []): Case => ({
  source: everybody(
    people(2),
    teams(10)
      .slice(many)
      .map((group): Filled => [group, ...people(2)]),
  ),
  existing: target(held(people(2)), [
    ...teams(10).map((group) => groupInTarget(group, held(people(2)))),
    ...more,
  ]),
  rules: over,
});

describe("groups that are gone", () => {
  test("are retired up to the limit; with one more all of them wait with their members", () => {
    const two = limits({ groups: count(2) });
    expect(waits(gone(2, two))).toEqual([]);
    expect(waits(gone(3, two))).toEqual(["removals Team 1", "removals Team 2", "removals Team 3"]);
    expect(numbers(gone(3, two))).toEqual(["groups: 3 of 10, 0 before, 2 allowed"]);
    expect(told(planFor(gone(3, two)))).toEqual([]);
  });

  test("count no member of theirs as lost", () => {
    expect(waits(gone(2, limits({ groups: count(2), memberships: count(0), shrink: count(0) })))).toEqual([]);
  });

  test("are a share of the managed ones older than a day, with those that went within it", () => {
    const third = limits({ groups: share(0.3) });
    const hand = Array.from({ length: 10 }, (_, at) => strayGroup(`Hand ${at}`));
    const young = teams(5, 30).map((group) => groupInTarget(group, [], { createdAt: YOUNG }));
    const source = (many: number) =>
      everybody(
        people(2),
        [...teams(10).slice(many), ...teams(5, 30)].map((group): Filled => [group, ...people(2)]),
      );
    const one = (many: number): Case => ({ ...gone(many, third, [...hand, ...young]), source: source(many) });
    expect(waits(one(3))).toEqual([]);
    expect(numbers(one(4))).toEqual(["groups: 4 of 10, 0 before, 3 allowed"]);
    const spent = spending({ groups: once([targetId("g-gone"), targetId("g-other")]) });
    expect(waits({ ...one(2), spent })).toEqual([]);
    expect(numbers({ ...one(3), spent })).toEqual(["groups: 5 of 12, 2 before, 4 allowed"]);
  });

  test("are one where a killed run reserved the group already", () => {
    const [first] = teams(1);
    const spent = spending({ groups: once([groupInTarget(first ?? devs).id]) });
    expect(waits({ ...gone(2, limits({ groups: count(2) })), spent })).toEqual([]);
  });

  test("are approved one by one, and count nowhere then", () => {
    const three = gone(3, limits({ groups: count(2) }));
    const [first = ""] = ids(three);
    expect(waits({ ...three, approve: [first] })).toEqual([]);
    expect(waits({ ...three, approve: ids(three) })).toEqual([]);
  });
});

describe("renames", () => {
  const renaming = (many: number, over: Partial<Rules>, leaving = 0): Case => ({
    source: everybody(
      people(2),
      teams(10)
        .slice(leaving)
        .map((group): Filled => [group]),
    ),
    existing: target(
      held(people(2)),
      teams(10).map((group, at) =>
        groupInTarget(group, [], at >= leaving && at < leaving + many ? { name: `Old ${at}` } : {}),
      ),
    ),
    rules: over,
  });

  test("go up to the limit of groups; with one more all of them wait, and keep their names", () => {
    const two = limits({ groups: count(2) });
    expect(waits(renaming(2, two))).toEqual([]);
    expect(waits(renaming(3, two))).toEqual(["renames Old 0", "renames Old 1", "renames Old 2"]);
    expect(numbers(renaming(3, two))).toEqual(["groups: 3 of 10, 0 before, 2 allowed"]);
    expect(overOf(renaming(3, two)).map(({ reason }) => "renames" in reason && reason.renames)).toEqual([
      true,
      true,
      true,
    ]);
    expect(told(planFor(renaming(3, two)))).toEqual([]);
    const [first = devs] = target(
      [],
      teams(10).map((group) => groupInTarget(group)),
    ).groups;
    const reserved = spending({ renames: once([first.id as TargetId]) });
    expect(waits({ ...renaming(2, two), spent: reserved })).toEqual([]);
  });

  test("are counted apart from groups that are gone", () => {
    const two = limits({ groups: count(2) });
    expect(waits(renaming(2, two, 2))).toEqual([]);
    expect(waits(renaming(3, two, 2))).toHaveLength(3);
    expect(waits(renaming(2, two, 3))).toEqual(["removals Team 1", "removals Team 2", "removals Team 3"]);
    expect(
      waits({ ...renaming(2, two), spent: spending({ groups: once([targetId("a"), targetId("b")]) }) }),
    ).toEqual([]);
    expect(waits({ ...renaming(2, two), spent: spending({ renames: once([targetId("a")]) }) })).toHaveLength(
      2,
    );
  });

  test("are two where two groups trade their names, however many requests that takes", () => {
    const [first = devs, second = ops, ...others] = teams(10);
    const one = renaming(0, limits({ groups: count(2) }));
    const groups = [
      groupInTarget(first, [], { name: second.name }),
      groupInTarget(second, [], { name: first.name }),
      ...others.map((group) => groupInTarget(group)),
    ];
    const trading = { ...one, existing: target(one.existing?.users, groups) };
    expect(told(planFor(trading))).toHaveLength(3);
    expect(waits(trading)).toEqual([]);
    expect(waits({ ...trading, rules: limits({ groups: count(1) }) })).toHaveLength(2);
  });

  test("are none where a run that was cut off left a group parked", () => {
    const one = renaming(0, limits({ groups: count(0) }));
    const [first = devs, ...others] = teams(10);
    const parked = groupInTarget(first, [], { name: `ssosync-moving.g-${first.id}` });
    const groups = [parked, ...others.map((group) => groupInTarget(group))];
    const cut = { ...one, existing: target(one.existing?.users, groups) };
    expect(waits(cut)).toEqual([]);
    expect(told(planFor(cut))).toHaveLength(1);
    // In a ring, whoever follows the parked one follows too.
    const ring = teams(10).map((group, at) =>
      groupInTarget(group, [], { name: at === 0 ? `ssosync-moving.g-${group.id}` : `Team ${at}` }),
    );
    const turned = { ...one, existing: target(one.existing?.users, ring) };
    expect(waits(turned)).toEqual([]);
    expect(told(planFor(turned))).toHaveLength(10);
  });

  test("count where a group's owner chose a name that looks parked", () => {
    const one = renaming(0, limits({ groups: count(0) }));
    const [first = devs, ...others] = teams(10);
    const chosen = groupInTarget(first, [], { name: "ssosync-moving.somewhere" });
    const groups = [chosen, ...others.map((group) => groupInTarget(group))];
    expect(waits({ ...one, existing: target(one.existing?.users, groups) })).toHaveLength(1);
  });

  test("are none where a group comes back or is moved aside", () => {
    const back = teams(10).map((group) =>
      groupInTarget(group, [], { externalId: marked("2026-03-01", group.id), name: `Old ${group.name}` }),
    );
    const one = renaming(0, limits({ groups: count(0) }));
    expect(waits({ ...one, existing: target(one.existing?.users, back) })).toEqual([]);
  });
});

describe("new groups", () => {
  const growing = (many: number, over: Partial<Rules>, of = 10): Case => ({
    source: everybody(
      people(2),
      teams(of + many).map((group): Filled => [group, ...people(2)]),
    ),
    existing: target(
      held(people(2)),
      teams(of).map((group) => groupInTarget(group, held(people(2)))),
    ),
    rules: over,
  });

  test("are made up to the limit; with one more all of them wait", () => {
    const two = limits({ newGroups: count(2) });
    expect(waits(growing(2, two))).toEqual([]);
    expect(waits(growing(3, two))).toEqual([
      "new-groups Team 11",
      "new-groups Team 12",
      "new-groups Team 13",
    ]);
    expect(numbers(growing(3, two))).toEqual(["newGroups: 3 of 10, 0 before, 2 allowed"]);
    expect(told(planFor(growing(3, two)))).toEqual([]);
    expect(waits({ ...growing(3, two), approve: ids(growing(3, two)).slice(0, 1) })).toEqual([]);
  });

  test("are counted with those that were made within the day, each once", () => {
    const two = limits({ newGroups: count(2) });
    const made = (...of: readonly SourceId[]) => spending({ newGroups: once(of) });
    expect(waits({ ...growing(2, two), spent: made(team(40, "x").id) })).toHaveLength(2);
    expect(waits({ ...growing(2, two), spent: made(team(11, "x").id) })).toEqual([]);
  });

  test("are as many as there are on the first day, until a managed one is older than a day", () => {
    const none = limits({ newGroups: count(0) });
    expect(waits(growing(5, none, 0))).toEqual([]);
    const aged = (createdAt: string): Case => {
      const one = growing(5, none, 1);
      return {
        ...one,
        existing: target(one.existing?.users, [groupInTarget(team(1, "Team 1"), [], { createdAt })]),
      };
    };
    expect(waits(aged("2026-03-09T09:00:01Z"))).toEqual([]);
    expect(waits(aged("2026-03-09T09:00:00Z"))).toHaveLength(5);
    const byHand = target(held(people(2)), [strayGroup("By hand")]);
    expect(waits({ ...growing(5, none, 0), existing: byHand })).toEqual([]);
  });

  test("that a user made wait each, where GROUPS_CREATED_BY=administrators, and count nowhere", () => {
    const made = { ...team(11, "Team 11"), adminCreated: false };
    const one = growing(2, { groupsCreatedBy: "administrators", ...limits({ newGroups: count(1) }) });
    const groups = one.source.groups.map((group) => (group.id === made.id ? made : group));
    const all = planFor({ ...one, source: { ...one.source, groups } });
    expect(all.waiting).toMatchObject([
      { kind: "new-groups", about: { label: "Team 11" }, reason: { code: "made-by-user" } },
    ]);
    expect(told(all)).toEqual(["group.create Team 12 p1@example.com p2@example.com"]);
    const approve = all.waiting.map(({ id }) => id);
    expect(told(planFor({ ...one, approve, source: { ...one.source, groups } }))).toHaveLength(2);
  });
});

// ---------------------------------------------------------------- memberships

describe("memberships that are gone", () => {
  const all = people(10);
  /** So many are out of each of the groups, which everybody is in at AWS. */
  const out = (
    [fromDevs, fromOps]: readonly [number, number],
    over: Partial<Rules>,
    more: readonly ExistingGroup[] = [],
  ): Case => ({
    source: everybody(all, [
      [devs, ...all.slice(fromDevs)],
      [ops, ...all.slice(fromOps)],
    ]),
    existing: target(held(all), [groupInTarget(devs, held(all)), groupInTarget(ops, held(all)), ...more]),
    rules: over,
  });

  test("go up to the limit of the group; with one more those of that group wait, and no others", () => {
    const two = limits({ shrink: count(2) });
    expect(waits(out([2, 2], two))).toEqual([]);
    expect(waits(out([3, 2], two))).toEqual(["shrink Devs"]);
    expect(numbers(out([3, 2], two))).toEqual(["shrink: 3 of 10, 0 before, 2 allowed"]);
    expect(told(planFor(out([3, 2], two)))).toEqual(["members.remove Ops p1@example.com p2@example.com"]);
  });

  test("go up to the limit of the company; with one more all of them wait, by group", () => {
    const five = limits({ memberships: count(5) });
    expect(waits(out([3, 2], five))).toEqual([]);
    expect(waits(out([3, 3], five))).toEqual(["removals Devs", "removals Ops"]);
    expect(numbers(out([3, 3], five))).toEqual(["memberships: 6 of 20, 0 before, 5 allowed"]);
    expect(told(planFor(out([3, 3], five)))).toEqual([]);
  });

  test("of one group are one, however many requests they take, and one id stands for all of them", () => {
    const crowd = people(250);
    const large = (gone: number, over: Partial<Rules>): Case => ({
      source: everybody(crowd, [[devs, ...crowd.slice(gone)]]),
      existing: target(held(crowd), [groupInTarget(devs, held(crowd))]),
      rules: over,
    });
    expect(waits(large(120, limits({ shrink: count(120) })))).toEqual([]);
    expect(changesOf(planFor(large(120, {})))).toHaveLength(2);
    expect(waits(large(120, limits({ shrink: count(119) })))).toEqual(["shrink Devs"]);
    expect(numbers(large(120, limits({ shrink: count(119) })))).toEqual([
      "shrink: 120 of 250, 0 before, 119 allowed",
    ]);
    const few = limits({ shrink: count(1) });
    expect(ids(large(120, few))).not.toEqual(ids(large(121, few)));
    expect(waits({ ...large(120, few), approve: ids(large(120, few)) })).toEqual([]);
    expect(waits({ ...large(121, few), approve: ids(large(120, few)) })).toEqual(["shrink Devs"]);
  });

  test("that one group holds count in no other limit", () => {
    const over = limits({ shrink: count(2), memberships: count(2) });
    expect(waits(out([5, 2], over))).toEqual(["shrink Devs"]);
    expect(told(planFor(out([5, 2], over)))).toHaveLength(1);
  });

  test("name who would be out", () => {
    expect(overOf(out([3, 0], limits({ shrink: count(2) })))).toMatchObject([
      { reason: { who: ["p1@example.com", "p2@example.com", "p3@example.com"] } },
    ]);
  });

  test("of one group have no rule of a half, and no 3", () => {
    expect(waits(out([9, 0], limits({ shrink: count(9) })))).toEqual([]);
    expect(waits(out([3, 0], limits({ shrink: share(0.2) })))).toEqual(["shrink Devs"]);
    expect(waits(out([1, 0], limits({ shrink: count(0) })))).toEqual(["shrink Devs"]);
  });

  test("of one group are a share of the enabled managed members that it had a day ago, rounded up", () => {
    const hand = [stray("hand"), stray("other"), inTarget(human(40, "Off", "Person"), { active: false })];
    const one = (many: number, spent = NOTHING_SPENT): Case => {
      const base = out([many, 0], limits({ shrink: share(0.25) }));
      const groups = [groupInTarget(devs, [...held(all), ...hand]), groupInTarget(ops, held(all))];
      return { ...base, existing: target([...held(all), ...hand], groups), spent };
    };
    expect(waits(one(3))).toEqual([]);
    expect(numbers(one(4))).toEqual(["shrink: 4 of 10, 0 before, 3 allowed"]);
    const turnover = new Map([[groupInTarget(devs).id, { gained: 4, lost: 2 }]]);
    // Ten now: two were lost and four gained, so it had eight.
    expect(numbers(one(1, spending({ turnover })))).toEqual(["shrink: 3 of 8, 2 before, 2 allowed"]);
  });

  test("are a share of those of old managed users in old managed groups, and of what was taken", () => {
    const byHand = strayGroup("By hand", held(all));
    const young = groupInTarget(team(3, "Young"), held(all), { createdAt: YOUNG });
    const one = (many: number, spent = NOTHING_SPENT): Case => {
      const base = out([many, 0], limits({ memberships: share(0.15) }), [byHand, young]);
      const source = everybody(all, [
        [devs, ...all.slice(many)],
        [ops, ...all],
        [team(3, "Young"), ...all],
      ]);
      return { ...base, source, spent };
    };
    expect(waits(one(3))).toEqual([]);
    expect(numbers(one(4))).toEqual(["memberships: 4 of 20, 0 before, 3 allowed"]);
    // Nor was anybody who was made within the day.
    const base = one(4);
    const newer = held(all).map((user, at) => (at < 5 ? { ...user, createdAt: YOUNG } : user));
    expect(numbers({ ...base, existing: target(newer, base.existing?.groups) })).toEqual([
      "memberships: 4 of 10, 0 before, 2 allowed",
    ]);
    expect(numbers(one(4, spending({ memberships: 7 })))).toEqual([
      "memberships: 11 of 27, 7 before, 5 allowed",
    ]);
    // What old groups gained within the day was not there before.
    const gained = new Map([[groupInTarget(ops).id, { gained: 6, lost: 0 }]]);
    expect(numbers(one(4, spending({ turnover: gained })))).toEqual([
      "memberships: 4 of 14, 0 before, 3 allowed",
    ]);
  });

  test("do not count what goes along with a removed user or group", () => {
    const over = limits({ memberships: count(0), shrink: count(0) });
    const users: Case = {
      source: company(all, [[devs, ...all.slice(3)]]),
      existing: target(held(all), [groupInTarget(devs, held(all))]),
      rules: over,
    };
    expect(waits(users)).toEqual([]);
    const groups = { ...out([0, 0], over), source: everybody(all, [[devs, ...all]]) };
    expect(waits(groups)).toEqual([]);
  });

  test("do not count those of disabled users, which open nothing", () => {
    const off = all
      .slice(0, 4)
      .map((user) =>
        inTarget(user, { active: false, externalId: `ssosync-suspended.2026-03-01.${user.id}` }),
      );
    const users = [...off, ...held(all.slice(4))];
    const source = [
      ...all.slice(0, 4).map((user): SourceUser => ({ ...user, state: "suspended" })),
      ...all.slice(4),
    ];
    const one = (many: number): Case => ({
      source: everybody(source, [[devs, ...source.slice(many)]]),
      existing: target(users, [groupInTarget(devs, users)]),
      rules: limits({ memberships: count(1), shrink: count(1) }),
    });
    expect(waits(one(5))).toEqual([]);
    expect(told(planFor(one(5)))).toHaveLength(1);
    expect(waits(one(6))).toEqual(["shrink Devs"]);
  });

  test("do not count what was left to somebody, or in a group, revoked earlier", () => {
    const [first, ...others] = held(all);
    const old = inTarget(all[0] ?? human(1, "P1", "Person"), {
      active: false,
      externalId: marked("2026-03-09", all[0]?.id ?? ""),
    });
    const past = groupInTarget(ops, others, { externalId: marked("2026-03-09", ops.id) });
    const one: Case = {
      source: everybody(all.slice(1), [[devs, ...all.slice(1)]]),
      existing: target([old, ...others], [groupInTarget(devs, [old, ...others]), past]),
      rules: limits({ memberships: count(0), shrink: count(0) }),
    };
    expect(idOf(first)).toBe(old.id);
    expect(changesOf(planFor(one)).map(({ kind }) => kind)).toEqual(["members.remove", "members.remove"]);
    expect(waits(one)).toEqual([]);
  });

  test("count those of users and groups that are gone where these are somebody else's to write", () => {
    const over = limits({ memberships: count(2) });
    const users: Case = {
      source: everybody(all.slice(3), [[devs, ...all.slice(3)]]),
      existing: target(held(all), [groupInTarget(devs, held(all))]),
      rules: { ...manage("groups", "memberships"), ...over },
    };
    expect(numbers(users).join()).toMatch(/^memberships: 3 of /);
    const groups: Case = {
      ...out([0, 0], { ...manage("users", "memberships"), ...over }),
      source: everybody(all, [[devs, ...all]]),
    };
    expect(numbers(groups)).toEqual(["memberships: 10 of 20, 0 before, 2 allowed"]);
  });

  test("count everybody who is paired where users are somebody else's to write", () => {
    const foreign = all.map((user, at) => inTarget(user, { externalId: `google-provisioning/${at}` }));
    const one = (part: number): Case => ({
      source: everybody(all, [[devs, ...all.slice(3)]]),
      existing: target(foreign, [groupInTarget(devs, foreign)]),
      rules: { ...manage("groups", "memberships"), ...limits({ memberships: share(part) }) },
    });
    expect(waits(one(0.3))).toEqual([]);
    expect(numbers(one(0.2))).toEqual(["memberships: 3 of 10, 0 before, 2 allowed"]);
  });
});

// ---------------------------------------------------------------- growth

describe("new members of a group that is there", () => {
  const all = people(10);
  const joining = (
    many: number,
    over: Partial<Rules>,
    groupOver: Partial<ExistingGroup> = {},
    spent = NOTHING_SPENT,
  ): Case => ({
    source: everybody(all, [
      [devs, ...all.slice(0, 4 + many)],
      [ops, ...all.slice(0, 5)],
    ]),
    existing: target(held(all), [
      groupInTarget(devs, held(all.slice(0, 4)), groupOver),
      groupInTarget(ops, held(all.slice(0, 4))),
    ]),
    rules: over,
    spent,
  });

  test("come up to the limit; with one more all of that group wait, and are named; the other groups gain theirs", () => {
    const two = limits({ growth: count(2) });
    expect(waits(joining(2, two))).toEqual([]);
    expect(waits(joining(3, two))).toEqual(["growth Devs"]);
    expect(numbers(joining(3, two))).toEqual(["growth: 3 of 4, 0 before, 2 allowed"]);
    expect(overOf(joining(3, two))).toMatchObject([
      { reason: { who: ["p5@example.com", "p6@example.com", "p7@example.com"] } },
    ]);
    expect(told(planFor(joining(3, two)))).toEqual(["members.add Ops p5@example.com"]);
    expect(waits({ ...joining(3, two), approve: ids(joining(3, two)) })).toEqual([]);
  });

  test("are a share, rounded up, of the members that it had a day ago", () => {
    const part = limits({ growth: share(0.3) });
    expect(waits(joining(2, part))).toEqual([]);
    expect(waits(joining(3, part))).toEqual(["growth Devs"]);
    const turnover = (gained: number, lost: number) =>
      spending({ turnover: new Map([[groupInTarget(devs).id, { gained, lost }]]) });
    // Four now, of whom two came today: of two, one may come, and two have.
    expect(numbers(joining(1, part, {}, turnover(2, 0)))).toEqual(["growth: 3 of 2, 2 before, 1 allowed"]);
    expect(numbers(joining(3, part, {}, turnover(0, 3)))).toEqual([]);
    expect(numbers(joining(4, part, {}, turnover(0, 3)))).toEqual(["growth: 4 of 7, 0 before, 3 allowed"]);
  });

  test("are as many as come while the group is younger than a day", () => {
    const none = limits({ growth: count(0) });
    expect(waits(joining(6, none, { createdAt: "2026-03-09T09:00:01Z" }))).toEqual(["growth Ops"]);
    expect(waits(joining(6, none, { createdAt: "2026-03-09T09:00:00Z" }))).toEqual([
      "growth Devs",
      "growth Ops",
    ]);
  });

  test("are braked in an old group without any member, and in one that comes back", () => {
    const two = limits({ growth: count(2) });
    const empty = (over: Partial<ExistingGroup>): Case => ({
      ...joining(0, two),
      existing: target(held(all), [groupInTarget(devs, [], over), groupInTarget(ops, held(all.slice(0, 5)))]),
    });
    expect(numbers(empty({}))).toEqual(["growth: 4 of 0, 0 before, 2 allowed"]);
    expect(waits(empty({ externalId: marked("2026-03-01", devs.id) }))).toEqual(["growth Devs"]);
  });

  test("count what a group lost of which nothing is known any more as much as the largest that was forgotten", () => {
    const two = limits({ growth: count(2) });
    expect(waits(joining(2, two, {}, spending({ elsewhere: { gained: 1, lost: 0 } })))).toEqual([
      "growth Devs",
    ]);
  });
});

test.each([
  ["its name", { groups: count(0) }, "renames Old", "group.update Old"],
  [
    "whoever leaves it",
    { shrink: count(0) },
    "shrink Old",
    "members.remove Old p1@example.com p2@example.com",
  ],
  ["whoever comes", { growth: count(0) }, "growth Devs", "members.add Devs p4@example.com p5@example.com"],
] as const)("of a group, %s waits alone, and all else goes on", (_, over, waiting, line) => {
  const all = people(5);
  const one: Case = {
    source: everybody(all, [[devs, ...all.slice(2)]]),
    existing: target(held(all), [groupInTarget(devs, held(all.slice(0, 3)), { name: "Old" })]),
  };
  const done = told(planFor(one));
  expect(done).toHaveLength(3);
  const braked: Case = { ...one, rules: limits(over) };
  expect(waits(braked)).toEqual([waiting]);
  expect(told(planFor(braked))).toEqual(done.filter((other) => other !== line));
});

// ---------------------------------------------------------------- spending

test("what is carried out without approval is spent by kind, once", () => {
  const all = people(12);
  const one: Case = {
    source: company(all.slice(1), [
      [devs, ...all.slice(3, 9)],
      [ops, ...all.slice(3, 12)],
      [team(4, "New"), ...all.slice(3, 5)],
    ]),
    existing: target(held(all), [
      groupInTarget(devs, held(all.slice(1, 11))),
      groupInTarget(ops, held(all.slice(3, 9)), { name: "Old" }),
      groupInTarget(team(3, "Gone"), held(all.slice(3, 5))),
    ]),
  };
  const situation = situationOf(one);
  const spent = subjectsOf(planFor(one), situation).map(spentOn).reduce(together, NOTHING_SPENT);
  const id = (n: number): TargetId => idOf(held(all)[n]);
  expect(spent).toEqual({
    leavers: new Map(),
    users: once([id(0), id(1), id(2)]),
    groups: once([groupInTarget(team(3, "Gone")).id]),
    renames: once([groupInTarget(ops).id]),
    newGroups: once([team(4, "New").id]),
    memberships: 2,
    turnover: new Map([
      [groupInTarget(devs).id, { gained: 0, lost: 2 }],
      [groupInTarget(ops).id, { gained: 3, lost: 0 }],
    ]),
    elsewhere: { gained: 0, lost: 0 },
  });
});

test("a user who signs in as somebody else again within the day counts once", () => {
  const named = (many: number) =>
    people(10).map((user, at): SourceUser => ({ ...user, ...login(at < many ? `new${at}` : user.email) }));
  const one = (many: number): Case => ({
    source: everybody(named(many)),
    existing: target(held(people(10))),
    rules: { ...signingInAs("HR.login"), ...limits({ users: count(3) }) },
    // Groups that were renamed count apart.
    spent: spending({
      renames: once([idOf(held(people(1))[0]), ...teams(3).map(({ id }) => targetId(`g-${id}`))]),
    }),
  });
  expect(waits(one(3))).toEqual([]);
  expect(waits(one(4))).toHaveLength(4);
  expect(told(planFor(one(3)))).toHaveLength(3);
  const spent = subjectsOf(planFor(one(3)), situationOf(one(3))).map(spentOn);
  expect(spent.reduce(together, NOTHING_SPENT)).toEqual(
    spending({ renames: once(held(people(3)).map(idOf)) }),
  );
  expect(told(planFor(one(4)))).toEqual([]);
});

describe("another user name", () => {
  const [one, ...more] = people(4);
  if (one === undefined) throw new Error("there are people");
  const off = limits({ users: count(0) });
  const named = (user: SourceUser): SourceUser => ({ ...user, ...login(user.email) });
  const waitingFor = (setting: string, now: Partial<SourceUser>, before: Partial<ExistingUser>): number =>
    waits({
      source: everybody([{ ...one, ...now }, ...more.map(named)]),
      existing: target([inTarget(one, before), ...held(more)]),
      rules: { ...signingInAs(setting), ...off },
    }).length;
  const email = "new@example.com";

  test("counts, unless it only follows the address as it did before", () => {
    expect(waitingFor("email", { email }, {})).toBe(0);
    expect(waitingFor("email", { email }, { userName: "E-1" })).toBe(1);
    expect(waitingFor("email", {}, { userName: "E-1" })).toBe(1);
    expect(waitingFor("HR.login", { email, ...login("E-1") }, {})).toBe(1);
    expect(waitingFor("HR.login", login("E-1"), {})).toBe(1);
  });

  test("does not count where a retired user only steps aside", () => {
    const old = inTarget(one, { active: false, externalId: marked("2026-03-01", one.id) });
    const again = human(50, "Again", "Person", { email: one.email, ...login(one.email) });
    for (const setting of ["email", "HR.login"]) {
      const here: Case = {
        source: everybody([again, ...more.map(named)]),
        existing: target([old, ...held(more)]),
        rules: { ...signingInAs(setting), ...off },
      };
      expect(waits(here)).toEqual([]);
      expect(told(planFor(here))).toContain(`user.update ${one.email}`);
    }
  });

  test("does not count in a ring that was cut off with one parked, however many are in it", () => {
    const all = [one, ...more];
    const ring: Case = {
      source: everybody(all.map((user, at) => ({ ...user, ...login(`E-${at}`) }))),
      existing: target(
        all.map((user, at) =>
          inTarget(user, { userName: at === 0 ? `ssosync-moving.${inTarget(user).id}` : `E-${at - 1}` }),
        ),
      ),
      rules: { ...signingInAs("HR.login"), ...off },
    };
    expect(waits(ring)).toEqual([]);
    expect(told(planFor(ring))).toHaveLength(all.length);
  });

  test("waits under an id of either name, and of whose user it is", () => {
    const idWith = (login_: string, before: Partial<ExistingUser>, who = one): string | undefined =>
      ids({
        source: everybody([{ ...who, ...login(login_) }, ...more.map(named)]),
        existing: target([inTarget(one, { externalId: who.id, ...before }), ...held(more)]),
        rules: { ...signingInAs("HR.login"), ...off },
      })[0];
    const found = [
      idWith("E-1", {}),
      idWith("E-2", {}),
      idWith("E-1", { userName: "E-0" }),
      idWith("E-1", {}, human(60, "P1", "Person")),
    ];
    expect(found).not.toContain(undefined);
    expect(new Set(found).size).toBe(found.length);
  });
});

test("on the first day a group that a user made waits all the same, where administrators make groups", () => {
  const made = team(8, "Made", { adminCreated: false });
  const first: Case = {
    source: everybody(people(3), [
      [made, ...people(3)],
      [devs, ...people(3)],
    ]),
  };
  const byAdministrators = { ...first, rules: { groupsCreatedBy: "administrators" } as const };
  const waiting = planFor(byAdministrators).waiting.map(({ kind, about }) => `${kind} ${about?.label}`);
  expect(waiting).toEqual(["new-groups Made"]);
  expect(told(planFor(byAdministrators)).join()).not.toContain("Made");
  expect(planFor(first).waiting).toEqual([]);
});

test("a group's growth is weighed by all its members, its shrinking by ours, and neither by less than nobody", () => {
  const strays = Array.from({ length: 10 }, (_, at) => stray(`hand${at}`));
  const all = people(6);
  const one = (there: readonly ExistingUser[], inGoogle: readonly SourceUser[]): Case => ({
    source: everybody(all, [[devs, ...inGoogle]]),
    existing: target([...held(all), ...strays], [groupInTarget(devs, [...strays, ...there])]),
    rules: limits({ growth: share(0.5), shrink: share(0.5) }),
  });
  expect(numbers(one([], all.slice(1)))).toEqual([]);
  expect(numbers(one([], all))).toEqual(["growth: 6 of 10, 0 before, 5 allowed"]);
  expect(numbers(one(held(all), all.slice(4)))).toEqual(["shrink: 4 of 6, 0 before, 3 allowed"]);
  const gained = spending({ turnover: new Map([[groupInTarget(devs).id, { gained: 20, lost: 0 }]]) });
  expect(numbers({ ...one(held(all), all.slice(4)), spent: gained })).toEqual([
    "shrink: 4 of 0, 0 before, 0 allowed",
  ]);
});

test("of a group that is taken over nothing counts that was approved with it", () => {
  const all = people(4);
  const countedOf = (externalId: string): readonly string[] => {
    const there = groupInTarget(devs, held(all.slice(0, 2)), { externalId });
    const one: Case = {
      source: everybody(all, [
        [devs, ...all.slice(1)],
        [ops, ...all],
      ]),
      existing: target(held(all), [there, groupInTarget(ops, held(all))]),
    };
    const whole = planFor({ ...one, approve: "everything" });
    expect(told(whole)).toEqual(
      expect.arrayContaining([
        "members.add Devs p3@example.com p4@example.com",
        "members.remove Devs p1@example.com",
      ]),
    );
    const counted = subjectsOf(whole, situationOf(one)).filter(({ about }) => about.label === "Devs");
    return counted.map(({ kind }) => kind);
  };
  expect(countedOf("")).toEqual([]);
  // Whoever was in a group that is gone leaves it whether it is handed over or not.
  expect(countedOf(team(40, "Gone").id)).toEqual(["removals"]);
});

// ---------------------------------------------------------------- all of them

describe("with all budgets spent", () => {
  const all = people(10);
  const grows = team(31, "Grows");
  const one: Case = {
    source: everybody(all, [
      [devs, ...all.slice(6)],
      [{ ...ops, name: "Renamed" }],
      [team(30, "New"), ...all],
      [grows, ...all],
    ]),
    existing: target(held(all), [
      groupInTarget(devs, held(all)),
      ...[ops, grows, ...teams(3, 10)].map((group) => groupInTarget(group)),
    ]),
    rules: limits({
      ...{ users: count(0), groups: count(0), memberships: count(0) },
      ...{ shrink: share(1), growth: count(0), newGroups: count(0) },
    }),
  };
  const going = ["removals Devs", "removals Team 10", "removals Team 11", "removals Team 12"];
  const others = ["growth Grows", "new-groups New", "renames Ops"];

  test("the approval of an upheaval lets groups go, and nobody in or out of those that stay", () => {
    expect(waits(one).toSorted()).toEqual([...others, ...going].toSorted());
    expect(waits({ ...one, upheaval: true }).toSorted()).toEqual([...others, "removals Devs"].toSorted());
    const renames = ({ reason }: Waiting): boolean => reason.code === "over-limit" && reason.renames === true;
    expect(
      overOf(one)
        .filter(renames)
        .map(({ kind }) => kind),
    ).toEqual(["renames"]);
  });

  test("everything that counts waits, as what it is, where nobody can say what is spent", () => {
    const free = { ...one, rules: {} };
    const situation = situationOf(free);
    const whole = plan(situation);
    const unknown = { why: "the table does not answer", todo: "look at it" };
    const scales = { spent: NOTHING_SPENT, told: toldBy(whole, situation), upheaval: false };
    const wait = (over: Partial<typeof scales> & { readonly unknown?: typeof unknown }) =>
      weigh(subjectsOf(whole, situation), situation, { ...scales, ...over });
    expect(wait({}).waiting).toEqual([]);
    const { waiting, over } = wait({ unknown });
    expect(waiting.map(({ kind, about }) => `${kind} ${about?.label}`).toSorted()).toEqual(
      [...others, ...going].toSorted(),
    );
    expect(over).toHaveLength(waiting.length);
    for (const { reason, about } of waiting) {
      const who = subjectsOf(whole, situation).find(({ about: one }) => one.label === about?.label)?.who;
      expect(reason).toEqual({ code: "tally-unreadable", ...unknown, who });
    }
  });

  test("what another run did by now counts, and what it gained does not make less than nothing", () => {
    const some = { ...one, rules: limits({ groups: count(3), growth: count(10), memberships: share(0.1) }) };
    const situation = situationOf(some);
    const whole = plan(situation);
    const scales = { spent: NOTHING_SPENT, told: toldBy(whole, situation), upheaval: false };
    const waiting = (over: Partial<Spent>) =>
      weigh(subjectsOf(whole, situation), situation, { ...scales, by: spending(over) }).waiting.map(
        ({ kind, about }) => `${kind} ${about?.label}`,
      );
    const usual = waiting({});
    expect(usual).toEqual(["removals Devs"]);
    const turnover = new Map([[groupInTarget(grows).id, { gained: 1, lost: 0 }]]);
    expect(waiting({ turnover }).toSorted()).toEqual(["growth Grows", ...usual]);
    const renames = once(teams(3, 10).map((group) => groupInTarget(group).id));
    expect(waiting({ renames }).toSorted()).toEqual([...usual, "renames Ops"]);
    const gained = spending({ turnover: new Map([[targetId("g-else"), { gained: 50, lost: 0 }]]) });
    expect(numbers({ ...some, spent: gained })).toEqual(["memberships: 6 of 0, 0 before, 0 allowed"]);
  });

  test("what was not planned before anything was held waits under an id of its own", () => {
    const situation = situationOf(one);
    const subjects = subjectsOf(plan(situation), situation);
    const scales = { spent: NOTHING_SPENT, told: new Map(), upheaval: false };
    const found = weigh(subjects, situation, scales).waiting.map(({ id }) => id);
    expect(found.toSorted()).toEqual(subjects.map(({ id }) => id).toSorted());
    expect(new Set(found).size).toBe(others.length + going.length);
  });
});
