/** What somebody may get, or lose, by a name, by small steps, and in the course of a day; with the limits' defaults. */
import { describe, expect, test } from "vitest";
import { approvalId } from "../../src/core/approval.ts";
import { roomForLeavers } from "../../src/core/room.ts";
import { plan } from "../../src/core/plan.ts";
import { NOTHING_SPENT, once, spentWithin, turnoverOf } from "../../src/core/tally.ts";
import { judge } from "../../src/core/upheaval.ts";
import { isPlainAdoption } from "../../src/core/take-over.ts";
import { approvalOf } from "../../src/core/words.ts";
import type { Existing, ExistingUser, Rules, Source, SourceUser } from "../../src/core/model.ts";
import { roll, rosters } from "./carried-out.ts";
import { run, startingWith } from "./days.ts";
import type { Done } from "./days.ts";
import { leaversFirst, planFor, situationOf, told } from "./planned.ts";
import {
  NOW,
  asleepInTarget,
  company,
  groupInTarget,
  human,
  inTarget,
  rules,
  stray,
  strayGroup,
  target,
  team,
} from "./world.ts";
import type { Filled } from "./world.ts";

const limit = (share: number, count: number, ceiling?: number) => ({ share, count, ceiling });
/** As the README promises them. */
const DEFAULTS: Partial<Rules> = {
  limits: {
    leavers: limit(0.2, 20, 500),
    users: limit(0.1, 10, 200),
    groups: limit(0.1, 2, 25),
    memberships: limit(0.1, 50, 2_000),
    newGroups: limit(0.1, 50),
    growth: limit(0.5, 20),
    shrink: limit(0.5, 20),
  },
};
const how = { rules: DEFAULTS };

const people = (many: number, from = 1): readonly SourceUser[] =>
  Array.from({ length: many }, (_, at) => human(from + at, `P${from + at}`, "Person"));
const held = (users: readonly SourceUser[]): readonly ExistingUser[] => users.map((user) => inTarget(user));
const suspended = (users: readonly SourceUser[]): readonly SourceUser[] =>
  users.map((user) => ({ ...user, state: "suspended" }));
const everybody = (users: readonly SourceUser[], groups: readonly Filled[] = []): Source =>
  company(users, groups, { matched: "all" });
const sizeOf = ({ existing }: Pick<Done, "existing">, name: string): number =>
  rosters(existing)[name]?.length ?? 0;
const kinds = (done: Done): readonly string[] => done.plan.waiting.map(({ kind }) => kind);
const enabled = ({ users }: Existing): number => users.filter(({ active }) => active).length;

const mallory = human(66, "Mallory", "Owner");
const boss = human(67, "Boss", "Admin");
const chief = human(68, "Chief", "Admin");

describe("a hand-made group of administrators", () => {
  const glass = stray("break-glass");
  const admins = strayGroup("Prod-Admins", [inTarget(boss), inTarget(chief), glass]);
  const all = [mallory, boss, chief];
  const hers = { ...team(9, "prod-admins"), adminCreated: false };
  const existing = (group = admins) => target([...held(all), glass], [group]);

  test("A1: which is empty is not taken over by an empty group of that name, and nobody gets in", () => {
    const empty = strayGroup("Prod-Admins");
    const first = run(startingWith(existing(empty)), everybody(all, [[hers]]), how);
    const second = run(first, everybody(all, [[hers, mallory]]), how);
    for (const done of [first, second]) {
      expect(kinds(done)).toEqual(["adoption"]);
      expect(told(done.plan)).toEqual([]);
      expect(rosters(done.existing)).toEqual({ "Prod-Admins": [] });
    }
  });

  test("A1: approved while it is empty grows by no more than the count", () => {
    const source = (many: number) => everybody([...people(40), ...all], [[hers, ...people(many)]]);
    const there = target([...held(people(40)), ...held(all)], [strayGroup("Prod-Admins")]);
    const approve = run(startingWith(there), source(0), how).plan.waiting.map(({ id }) => id);
    const taken = run(startingWith(there), source(0), { ...how, approve });
    expect(kinds(run(taken, source(20), how))).toEqual([]);
    expect(kinds(run(taken, source(21), how))).toEqual(["growth"]);
    // With somebody in it, it is another deed.
    const filled = run(startingWith(there), source(1), { ...how, approve });
    expect(kinds(filled)).toEqual(["adoption"]);
  });

  test("A2: loses nobody to a group that lacks some of them, and nobody gets in", () => {
    const first = run(startingWith(existing()), everybody(all, [[hers, boss]]), how);
    const second = run(first, everybody(all, [[hers, boss, mallory]]), how);
    for (const done of [first, second]) {
      expect(kinds(done)).toEqual(["adoption"]);
      expect(rosters(done.existing)).toEqual(rosters(existing()));
    }
    const [wait] = second.plan.waiting;
    expect(wait).toMatchObject({ reason: { joins: [mallory.email], leaves: [chief.email] } });
    expect(first.plan.waiting[0]?.id).not.toBe(wait?.id);
  });

  test("A3: waits where nobody's membership changes, too; who made the Google group is said, and decides about the payload for all", () => {
    const planned = (adminCreated: boolean) =>
      planFor({
        source: everybody(all, [[{ ...hers, adminCreated }, boss, chief]]),
        existing: existing(),
        rules: DEFAULTS,
      });
    const [byUser, byAdmin] = [planned(false), planned(true)];
    expect(byUser.waiting).toMatchObject([
      { kind: "adoption", reason: { adminCreated: false, joins: [], leaves: [] } },
    ]);
    expect(told(byUser)).toEqual([]);
    expect(byUser.waiting.map(approvalOf)[0]?.sentence).toContain("a user, not an administrator, made");
    expect(byUser.waiting.filter(isPlainAdoption).map(({ id }) => id)).toEqual([]);
    expect(byAdmin.waiting.filter(isPlainAdoption).map(({ id }) => id)).toEqual(
      byAdmin.waiting.map(({ id }) => id),
    );
  });
});

describe("a managed group", () => {
  const devs = team(1, "Devs");
  const all = people(400);
  const there = (many: number) =>
    startingWith(
      target(held(all), [
        groupInTarget(devs, held(all.slice(0, many))),
        groupInTarget(team(2, "All"), held(all)),
      ]),
    );
  const with_ = (many: number) =>
    everybody(all, [
      [devs, ...all.slice(0, many)],
      [team(2, "All"), ...all],
    ]);

  test("A4: which its owner empties keeps its members until somebody approves that; refilled, it gains the count", () => {
    const emptied = run(there(30), with_(0), how);
    expect(kinds(emptied)).toEqual(["shrink"]);
    expect(sizeOf(emptied, "Devs")).toBe(30);
    const approve = emptied.plan.waiting.map(({ id }) => id);
    const gone = run(emptied, with_(0), { ...how, approve });
    expect(sizeOf(gone, "Devs")).toBe(0);
    expect(kinds(run(gone, with_(300), how))).toEqual(["growth"]);
    expect(sizeOf(run(gone, with_(300), how), "Devs")).toBe(0);
    expect(sizeOf(run(gone, with_(20), how), "Devs")).toBe(20);
    expect(kinds(run(gone, with_(21), how))).toEqual(["growth"]);
    // A day later as well: it had nobody a day ago.
    expect(kinds(run(gone, with_(21), { ...how, minutes: 2_000 }))).toEqual(["growth"]);
  });

  test("A5: which grows by half in each of ten runs has gained in a day what it may gain in a day", () => {
    let done: Done = run(there(8), with_(8), how);
    for (const many of [12, 18, 27, 40, 60, 90, 135, 202, 303, 400]) done = run(done, with_(many), how);
    expect(sizeOf(done, "Devs")).toBe(27);
    expect(kinds(done)).toEqual(["growth"]);
    const next = run(done, with_(47), { ...how, minutes: 25 * 60 });
    expect(sizeOf(next, "Devs")).toBe(47);
  });

  test("A5: and is emptied and filled by turns gains no more by that", () => {
    let done: Done = run(there(8), with_(8), how);
    for (const many of [20, 8, 20, 8, 20, 40]) done = run(done, with_(many), how);
    expect(sizeOf(done, "Devs")).toBeLessThanOrEqual(28);
    const { gained } = turnoverOf(spentWithin(done.tally, done.now), groupInTarget(devs).id);
    expect(gained).toBeLessThanOrEqual(20);
  });
});

test(
  "A6: memberships that vanish, just under a tenth in each of 31 runs, wait after about a tenth",
  { tags: "long" },
  () => {
    const all = people(40);
    const groups = Array.from({ length: 64 }, (_, at) => team(at + 1, `Team ${at + 1}`));
    const source = (many: number) =>
      everybody(
        all,
        groups.map((group): Filled => [group, ...all.slice(0, many)]),
      );
    const existing = target(
      held(all),
      groups.map((group) => groupInTarget(group, held(all))),
    );
    const count = (done: Done) => done.existing.groups.reduce((sum, { members }) => sum + members.size, 0);
    let done: Done = run(startingWith(existing), source(37), how);
    expect([count(done), kinds(done)]).toEqual([64 * 37, []]);
    for (let kept = 36; kept > 5; kept--) {
      done = run(done, source(kept), how);
      expect(kinds(done)).toHaveLength(kept === 36 ? 0 : 64);
      expect(count(done)).toBe(64 * 36);
    }
    expect(new Set(kinds(done))).toEqual(new Set(["shrink"]));
  },
);

test("A7: whoever a listing calls suspended is looked at, and stays as they are where the account is active", () => {
  const all = people(30);
  const existing = target(held(all), [groupInTarget(team(1, "Devs"), held(all))]);
  const listed = everybody(suspended(all), [[team(1, "Devs"), ...suspended(all)]]);
  const { changes } = leaversFirst({ source: listed, existing, rules: DEFAULTS });
  expect(changes).toHaveLength(30);
  // As single looks correct the listing.
  const corrected = planFor({
    source: everybody(all, [[team(1, "Devs"), ...all]]),
    existing,
    rules: DEFAULTS,
  });
  expect(told(corrected)).toEqual([]);
});

test("A8: new groups with everybody in them make no base for the removals of all others", () => {
  const all = people(200);
  const groups = Array.from({ length: 100 }, (_, at) => team(at + 1, `Team ${at + 1}`));
  const existing = target(
    held(all),
    groups.map((group) => groupInTarget(group, held(all.slice(0, 15)))),
  );
  const crowded = Array.from({ length: 50 }, (_, at): Filled => [
    team(at + 201, `Extra ${at + 1}`),
    "everybody",
  ]);
  const source = (many: number) =>
    everybody(all, [...groups.map((group): Filled => [group, ...all.slice(0, many)]), ...crowded]);
  const first = run(startingWith(existing), source(15), how);
  expect(sizeOf(first, "Extra 50")).toBe(200);
  const second = run(first, source(0), how);
  expect(sizeOf(second, "Team 1")).toBe(15);
  expect(kinds(second)).toHaveLength(100);
  expect(second.plan.waiting[0]).toMatchObject({
    kind: "removals",
    reason: { budget: "memberships", of: 1_500, count: 1_500, allows: 150 },
  });
});

describe("leavers", () => {
  test("A9: after an approved clean-up one more is disabled at once, and the clean-up does not count", () => {
    const all = people(50);
    const room = roomForLeavers(held(all.slice(0, 30)), NOW, NOTHING_SPENT, rules(DEFAULTS));
    expect(room).toMatchObject({ spent: 0, allows: 15 });
    const done = run(
      startingWith(target(held(all))),
      everybody([...suspended(all.slice(0, 1)), ...all.slice(1)]),
      how,
    );
    expect(roll(done.existing)).toContain("-p1@example.com");
  });

  test("A10: have a budget of their own: ten who are out of scope keep nobody in", () => {
    const all = people(90);
    const devs = team(1, "Devs");
    const morning = run(
      startingWith(target(held(all), [groupInTarget(devs, held(all))])),
      company(all, [[devs, ...all.slice(9)]]),
      how,
    );
    expect(enabled(morning.existing)).toBe(81);
    const off = [...all.slice(0, 9), ...suspended(all.slice(9, 10)), ...all.slice(10)];
    const afternoon = run(morning, company(off, [[devs, ...off.slice(9)]]), { ...how, minutes: 360 });
    expect(roll(afternoon.existing)).toContain("-p10@example.com");
    expect(kinds(afternoon)).toEqual([]);
  });

  test("of a day are as many as MAX_LEAVERS allows, and the rest stay as they are", () => {
    const all = people(40);
    const existing = target(held(all), [groupInTarget(team(1, "Devs"), held(all))]);
    const without = (many: number) => everybody(all.slice(many), [[team(1, "Devs"), ...all.slice(many)]]);
    const first = run(startingWith(existing), without(15), how);
    expect([enabled(first.existing), first.left]).toEqual([25, []]);
    const second = run(first, without(23), how);
    // Half of the 25 who were left, and 15 of them spent: none more.
    expect(second.left).toHaveLength(8);
    expect(enabled(second.existing)).toBe(25);
    expect(sizeOf(second, "Devs")).toBe(25);
    const later = run(second, without(23), { ...how, minutes: 25 * 60 });
    expect(enabled(later.existing)).toBe(17);
  });
});

test("A11: eight out of scope in each of five runs of one day, without days of grace: ten at most, and one id for each", () => {
  const all = people(80);
  const devs = team(1, "Devs");
  const without = (many: number) => company(all, [[devs, ...all.slice(many)]]);
  const over = { rules: { ...DEFAULTS, graceDays: 0 } };
  let done: Done = run(startingWith(target(held(all), [groupInTarget(devs, held(all))])), without(0), over);
  for (const many of [8, 16, 24, 32, 40]) done = run(done, without(many), over);
  expect(done.existing.users.length).toBeGreaterThanOrEqual(70);
  const removals = done.plan.waiting.filter(({ about }) => about?.kind === "user");
  expect(removals).toHaveLength(32);
  expect(new Set(removals.map(({ id }) => id)).size).toBe(32);
});

test("A12: people disabled long ago whose accounts are purged lose nothing: they are marked, and count nowhere", () => {
  const [old, all] = [people(24), people(10, 30)];
  const off = old.map((user) => asleepInTarget(user));
  const done = run(startingWith(target([...off, ...held(all)])), everybody(all), how);
  expect(kinds(done)).toEqual([]);
  expect(told(done.plan)).toHaveLength(24);
  expect(new Set(done.plan.steps.flat().map(({ kind }) => kind))).toEqual(new Set(["user.retire"]));
  expect(done.tally.hours.values().every(({ users, leavers }) => users.size + leavers.size === 0)).toBe(true);
});

describe("an approval", () => {
  const all = people(40);
  const devs = team(1, "Devs");
  const existing = target(held(all), [groupInTarget(devs, held(all))]);
  const out = (many: number) => company(all, [[devs, ...all.slice(many)]]);

  test("A14: told shortly before midnight fits shortly after", () => {
    const before = run(startingWith(existing, "2026-03-10T23:35:00Z"), out(15), how);
    const approve = before.plan.waiting.map(({ id }) => id);
    expect(approve).toHaveLength(15);
    const after = run(before, out(15), { ...how, approve, minutes: 20 });
    expect(after.now).toBe("2026-03-11T00:10:00.000Z");
    expect(enabled(after.existing)).toBe(25);
  });

  test("A15: is 128 bits, whatever the digest is", () => {
    expect(approvalId("adoption", ["g-1"], () => "0123456789abcdef".repeat(4))).toMatch(/^[0-9a-f]{32}$/);
  });

  test("A16: names the people who would get in, whatever it waits for", () => {
    const crowd = people(130, 100);
    const growing = planFor({
      source: everybody([...all, ...crowd], [[devs, ...all, ...crowd]]),
      existing: target([...held(all), ...held(crowd)], [groupInTarget(devs, held(all))]),
      rules: DEFAULTS,
    });
    const adopting = planFor({
      source: everybody(crowd, [[team(9, "Prod-Admins"), ...crowd]]),
      existing: target(held(crowd), [strayGroup("Prod-Admins")]),
      rules: DEFAULTS,
    });
    const made = planFor({
      source: everybody(
        [...all, ...crowd],
        [
          [devs, ...all],
          [{ ...team(8, "Fresh"), adminCreated: false }, ...crowd],
        ],
      ),
      existing: target([...held(all), ...held(crowd)], [groupInTarget(devs, held(all))]),
      rules: { ...DEFAULTS, groupsCreatedBy: "administrators" },
    });
    for (const { waiting } of [growing, adopting, made]) {
      const [told_] = waiting.map(approvalOf);
      const named = crowd.filter(({ email }) => told_?.sentence.includes(email));
      expect(named).toHaveLength(100);
      expect(told_?.sentence).toContain("and 30 more");
    }
  });

  test("A16: names the people who would be out by the retirement of a group", () => {
    const groups = Array.from({ length: 10 }, (_, at) => team(at + 1, `Team ${at + 1}`));
    const both = (at: number) => all.slice(at, at + 2);
    const { waiting } = planFor({
      source: everybody(all, groups.map((group, at): Filled => [group, ...both(at)]).slice(4)),
      existing: target(
        held(all),
        groups.map((group, at) => groupInTarget(group, held(both(at)))),
      ),
      rules: DEFAULTS,
    });
    expect(waiting.map(({ reason }) => reason)).toMatchObject(
      [0, 1, 2, 3].map((at) => ({ budget: "groups", who: both(at).map(({ email }) => email) })),
    );
  });

  test("A29: of 15 removals still fits when one more person leaves, who waits then", () => {
    const before = run(startingWith(existing), out(15), how);
    const approve = before.plan.waiting.map(({ id }) => id);
    const after = run(before, out(27), { ...how, approve });
    expect(enabled(after.existing)).toBe(25);
    expect(after.plan.waiting).toHaveLength(12);
    expect(after.plan.waiting.filter(({ id }) => approve.includes(id))).toEqual([]);
    const one = run(before, out(16), { ...how, approve: [...approve] });
    expect(enabled(one.existing)).toBe(24);
  });

  test("A29: counts in no budget of the day", () => {
    const before = run(startingWith(existing), out(15), how);
    const approve = before.plan.waiting.map(({ id }) => id);
    const after = run(before, out(15), { ...how, approve });
    expect(run(after, out(25), how).plan.waiting).toEqual([]);
    expect(run(after, out(26), how).plan.waiting).toHaveLength(11);
  });
});

test("A20: a disabled hand-made user is not enabled for a new person of that address, nor are the groups inherited", () => {
  const old = stray("boss", { active: false });
  const existing = target([old, inTarget(chief)], [strayGroup("Prod-Admins", [old])]);
  const done = run(startingWith(existing), everybody([boss, chief]), how);
  expect(done.plan.waiting).toMatchObject([
    { kind: "adoption", reason: { code: "adopting-user", enables: true, groups: ["Prod-Admins"] } },
  ]);
  expect(done.existing).toEqual(existing);
  const enabledOne = target([stray("boss"), inTarget(chief)], [strayGroup("Prod-Admins", [stray("boss")])]);
  expect(kinds(run(startingWith(enabledOne), everybody([boss, chief]), how))).toEqual(["adoption"]);
  // Who is in no such group signs in with that address already.
  const alone = target([stray("boss"), inTarget(chief)], [strayGroup("Prod-Admins", [])]);
  expect(kinds(run(startingWith(alone), everybody([boss, chief]), how))).toEqual([]);
});

test("A27: somebody who was disabled by hand stays disabled, run after run, until somebody approves it", () => {
  const off = inTarget(boss, { active: false });
  const source = everybody([boss, chief], [[team(1, "Devs"), boss, chief]]);
  let done: Done = run(
    startingWith(target([off, inTarget(chief)], [groupInTarget(team(1, "Devs"), [off, inTarget(chief)])])),
    source,
    how,
  );
  for (let turn = 0; turn < 3; turn++) done = run(done, source, { ...how, minutes: 24 * 60 });
  expect(kinds(done)).toEqual(["enable"]);
  expect(roll(done.existing)).toEqual(["-boss@example.com", "chief@example.com"]);
  expect(sizeOf(done, "Devs")).toBe(2);
  const approve = done.plan.waiting.map(({ id }) => id);
  expect(roll(run(done, source, { ...how, approve }).existing)).toEqual([
    "boss@example.com",
    "chief@example.com",
  ]);
});

test("A28: renames beyond their budget wait by themselves, and somebody leaves another group all the same", () => {
  const all = people(5);
  const groups = Array.from({ length: 30 }, (_, at) => team(at + 1, `Team ${at + 1}`));
  const existing = target(
    held(all),
    groups.map((group) => groupInTarget(group, held(all))),
  );
  const source = (renamed: number) =>
    everybody(
      all,
      groups.map((group, at): Filled => [
        at < renamed ? { ...group, name: `New ${at + 1}` } : group,
        ...(at === 29 ? all.slice(1) : all),
      ]),
    );
  const some = run(startingWith(existing), source(3), how);
  expect(kinds(some)).toEqual([]);
  expect(told(some.plan)).toHaveLength(4);
  const many = run(startingWith(existing), source(4), how);
  expect(kinds(many)).toEqual(["renames", "renames", "renames", "renames"]);
  expect(told(many.plan)).toEqual(["members.remove Team 30 p1@example.com"]);
  // Within a day, not within a run.
  expect(kinds(run(some, source(4), how))).toEqual(["renames"]);
});

test("A30: a mistyped GROUP_MATCH is an upheaval, which says how much would go", () => {
  const all = people(5);
  const groups = Array.from({ length: 40 }, (_, at) => team(at + 1, `Team ${at + 1}`));
  const one = {
    source: everybody(
      all,
      groups.slice(35).map((group): Filled => [group, ...all]),
    ),
    existing: target(
      held(all),
      groups.map((group) => groupInTarget(group, held(all))),
    ),
    rules: DEFAULTS,
  };
  const situation = situationOf(one);
  const verdict = judge(plan(situation), one.source, situation);
  expect(verdict).toMatchObject({
    kind: "refused",
    reasons: [{ code: "more-than-half", budget: "groups", existing: 40, lost: 35 }],
    waiting: [{ kind: "upheaval" }],
  });
});

test("A31: whoever a killed run reserved, and did not disable, counts once", () => {
  const all = people(80);
  const devs = team(1, "Devs");
  const one = {
    source: company(all, [[devs, ...all.slice(10)]]),
    existing: target(held(all), [groupInTarget(devs, held(all))]),
    rules: DEFAULTS,
  };
  const spent = { ...NOTHING_SPENT, users: once(held(all.slice(0, 10)).map(({ id }) => id)) };
  expect(planFor({ ...one, spent }).waiting).toEqual([]);
  const other = { ...NOTHING_SPENT, users: once(held(all.slice(70)).map(({ id }) => id)) };
  expect(planFor({ ...one, spent: other }).waiting).toHaveLength(10);
});
