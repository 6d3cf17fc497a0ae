import { describe, expect, test } from "vitest";
import { chunks } from "../../src/core/change.ts";
import { membership } from "../../src/core/memberships.ts";
import { changesOf } from "../../src/core/plan.ts";
import { rosters, sync } from "./carried-out.ts";
import { planFor, skipped, told } from "./planned.ts";
import {
  ada,
  bob,
  company,
  cy,
  devs,
  growth,
  groupInTarget,
  human,
  inTarget,
  manage,
  marked,
  ops,
  stray,
  strayGroup,
  target,
  team,
} from "./world.ts";
import type { Case } from "./planned.ts";

const everyone = { matched: "all" } as const;
const crowd = (count: number) =>
  Array.from({ length: count }, (_, at) => human(1000 + at, `Head${String(at).padStart(4, "0")}`, "Count"));

describe("a membership", () => {
  test("is given and taken where it differs, and left where it fits", () => {
    const three = [inTarget(ada), inTarget(bob), inTarget(cy)];
    const { plan, after } = sync({
      source: company([ada, bob, cy], [[devs, bob, cy]], everyone),
      existing: target(three, [groupInTarget(devs, [inTarget(ada), inTarget(bob)])]),
    });
    expect(told(plan)).toEqual(["members.remove Devs ada@example.com", "members.add Devs cy@example.com"]);
    expect(rosters(after)).toEqual({ Devs: ["bob@example.com", "cy@example.com"] });
  });

  test("of somebody new is named by his Google id, since he has no other yet", () => {
    const plan = planFor({
      source: company([ada], [[devs, ada]]),
      existing: target([], [groupInTarget(devs)]),
    });
    expect(plan.steps.at(-1)).toMatchObject([
      { kind: "members.add", group: { externalId: devs.id }, users: [{ externalId: ada.id }] },
    ]);
  });

  test("says why it is taken", () => {
    const two = [inTarget(ada), inTarget(bob)];
    const { plan } = sync({
      source: company([bob], [[devs]], everyone),
      existing: target(two, [groupInTarget(devs, two), groupInTarget(ops, two)]),
    });
    const why = plan.steps
      .flat()
      .flatMap((change) =>
        change.kind === "members.remove"
          ? change.users.map((user) => `${change.group.label} ${user.label} ${user.because}`)
          : [],
      );
    expect(why).toEqual([
      "Devs ada@example.com user-revoked",
      "Devs bob@example.com left",
      "Ops ada@example.com group-revoked",
      "Ops bob@example.com group-revoked",
    ]);
  });

  test("whose removal is held stays; the others of that group go", () => {
    const two = [inTarget(ada), inTarget(bob)];
    const members = new Set([membership(groupInTarget(devs).id, inTarget(ada).id)]);
    const { after } = sync({
      source: company([ada, bob], [[devs]], everyone),
      existing: target(two, [groupInTarget(devs, two)]),
      holds: { members },
    });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
  });
});

describe("somebody out of scope whose removal is held", () => {
  const out = company(
    [ada, bob],
    [
      [devs, bob],
      [ops, bob],
    ],
  );
  const both = [inTarget(ada), inTarget(bob)];
  const existing = target(both, [groupInTarget(devs, both), groupInTarget(ops, both)]);
  const kept = membership(groupInTarget(ops).id, inTarget(ada).id);

  test.each([
    ["linked", inTarget(ada)],
    ["marked", inTarget(ada, { externalId: marked("2026-03-01", ada.id) })],
  ])("leaves the groups but for a membership that is held too (%s)", (_, object) => {
    const users = [object, inTarget(bob)];
    const plan = planFor({
      source: out,
      existing: target(users, [groupInTarget(devs, users), groupInTarget(ops, users)]),
      holds: { users: new Set([object.id]), members: new Set([kept]) },
    });
    expect(told(plan)).toEqual(["members.remove Devs ada@example.com"]);
    expect(changesOf(plan)).toMatchObject([{ users: [{ because: "left" }] }]);
  });

  test("loses nothing more than what is held while he is not held himself", () => {
    const plan = planFor({ source: out, existing, holds: { members: new Set([kept]) } });
    expect(
      changesOf(plan).flatMap((change) => (change.kind === "members.remove" ? change.users : [])),
    ).toMatchObject([{ because: "user-revoked" }]);
  });

  test("keeps all groups when the account is gone from the listing altogether", () => {
    const plan = planFor({
      source: company(
        [bob],
        [
          [devs, bob],
          [ops, bob],
        ],
      ),
      existing,
      holds: { users: new Set([inTarget(ada).id]) },
    });
    expect(told(plan)).toEqual([]);
  });
});

test("a held group keeps its members but for a leaver, who is deleted when his day has come", () => {
  const both = [inTarget(ada), inTarget(bob)];
  const { id } = groupInTarget(devs);
  const plan = planFor({
    source: company([bob], [[ops, bob]]),
    existing: target(both, [groupInTarget(devs, both), groupInTarget(ops, [inTarget(bob)])]),
    rules: { graceDays: 0 },
    holds: { groups: new Set([id]) },
  });
  expect(told(plan)).toEqual([
    "user.retire ada@example.com",
    "members.remove Devs ada@example.com",
    "user.delete ada@example.com",
  ]);
});

describe("members who stay in a managed group", () => {
  const okta = stray("okta", { externalId: "okta/1" });
  const group = groupInTarget(devs, [stray("root"), okta, inTarget(bob)]);
  const existing = target([stray("root"), okta, inTarget(bob)], [group]);
  const one = { source: company([bob], [[devs]], everyone), existing, rules: { ignoreUsers: ["bob@*"] } };

  test("are unmanaged, foreign and ignored ones", () => {
    expect(sync(one).after).toEqual(existing);
  });

  test("are not those adopted in the same run: they are managed now", () => {
    const { after } = sync({
      source: company([ada], [[devs]], everyone),
      existing: target([stray("ada")], [groupInTarget(devs, [stray("ada")])]),
    });
    expect(rosters(after)).toEqual({ Devs: [] });
  });
});

describe("more than 100 members", () => {
  test("are given in one creation and as many additions as it takes", () => {
    const people = crowd(250);
    const { plan, after } = sync({ source: company(people, [[devs, ...people]]) });
    const sizes = plan.steps
      .flat()
      .flatMap((change) =>
        change.kind === "group.create"
          ? [change.members.length]
          : change.kind === "members.add"
            ? [change.users.length]
            : [],
      );
    expect(sizes).toEqual([100, 100, 50]);
    expect(after.groups[0]?.members.size).toBe(250);
  });

  test("are taken a hundred at a time", () => {
    const people = crowd(101);
    const users = people.map((one) => inTarget(one));
    const { plan } = sync({
      source: company(people, [[devs]], everyone),
      existing: target(users, [groupInTarget(devs, users)]),
    });
    expect(
      plan.steps.flat().map((change) => (change.kind === "members.remove" ? change.users.length : 0)),
    ).toEqual([100, 1]);
  });

  test("exactly 100 fit into the creation", () => {
    const people = crowd(100);
    const plan = planFor({ source: company(people, [[devs, ...people]]) });
    expect(plan.steps.flat().filter(({ kind }) => kind === "members.add")).toEqual([]);
  });

  test("are listed in the same order each time", () => {
    const people = crowd(150);
    const lines = (rows: typeof people) => told(planFor({ source: company(people, [[devs, ...rows]]) }));
    const mixed = [...people.slice(70).toReversed(), ...people.slice(0, 70)];
    for (const rows of [people.toReversed(), mixed]) expect(lines(rows)).toEqual(lines(people));
  });
});

test("a list is cut into pieces of that size", () => {
  expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(chunks([], 2)).toEqual([]);
});

describe("MAX_GROUP_GROWTH", () => {
  const people = crowd(10);
  const users = people.map((one) => inTarget(one));
  const grows = (
    from: number,
    to: number,
    more: Partial<Case> = {},
    createdAt = "2025-01-01T00:00:00Z",
  ): Case => ({
    source: company(people, [[devs, ...people.slice(0, to)]], everyone),
    existing: target(users, [groupInTarget(devs, users.slice(0, from), { createdAt })]),
    ...more,
    rules: { ...growth(0.5, 3), ...more.rules },
  });
  const waits = (one: Case): boolean => planFor(one).waiting.some(({ kind }) => kind === "growth");

  test("lets a group gain the share or the count, whichever is larger, and not one more", () => {
    expect(waits(grows(2, 5))).toBe(false);
    expect(waits(grows(2, 6))).toBe(true);
    const share = { rules: growth(0.5, 1) };
    expect(waits(grows(6, 9, share))).toBe(false);
    expect(waits(grows(6, 10, share))).toBe(true);
  });

  test("makes the group wait with all it would gain; the rest goes on, its own removals too", () => {
    const one = {
      ...grows(2, 0),
      source: company(
        people,
        [
          [devs, ...people.slice(1, 9)],
          [ops, ...people.slice(0, 1)],
        ],
        everyone,
      ),
    };
    const { plan, after } = sync(one);
    const name = (at: number): string => people[at]?.email ?? "";
    expect(rosters(after)).toEqual({ Devs: [name(1)], Ops: [name(0)] });
    expect(plan.waiting).toMatchObject([
      {
        kind: "growth",
        about: { kind: "group", source: devs.id },
        reason: { of: 2, who: people.slice(2, 9).map(({ email }) => email), allows: 3 },
      },
    ]);
    expect(skipped(plan)).toEqual([]);
  });

  test("lets go what was approved", () => {
    const { after } = sync(grows(2, 10, { approve: "everything" }));
    expect(after.groups[0]?.members.size).toBe(10);
  });

  test("does not take another newcomer for approved", () => {
    const ids = planFor(grows(2, 9)).waiting.map(({ id }) => id);
    expect(waits(grows(2, 10, { approve: ids }))).toBe(true);
    expect(waits(grows(2, 9, { approve: ids }))).toBe(false);
  });

  test("is the count to an old group that has no members, and nothing to one that is new", () => {
    expect(waits(grows(0, 3))).toBe(false);
    expect(waits(grows(0, 4))).toBe(true);
    expect(told(planFor({ source: company(people, [[devs, ...people]]), rules: growth(0, 0) }))).toHaveLength(
      11,
    );
  });

  test("is nothing to a group made less than a day ago; an unknown day is long ago", () => {
    expect(waits(grows(2, 10, {}, "2026-03-09T09:00:01Z"))).toBe(false);
    expect(waits(grows(2, 10, {}, "2026-03-09T09:00:00Z"))).toBe(true);
    expect(waits(grows(2, 10, {}, ""))).toBe(true);
  });

  test("holds for a group that is suddenly everybody", () => {
    const one = grows(2, 0);
    expect(waits({ ...one, source: company(people, [[devs, "everybody"]], everyone) })).toBe(true);
  });

  test("is not asked again about an adoption that was approved", () => {
    const one = {
      ...grows(2, 10),
      existing: target(users, [strayGroup("Devs", users.slice(0, 2))]),
      approve: "everything",
    } as const;
    const { plan } = sync({ ...one, existing: target(users, [strayGroup("Devs", users.slice(0, 2))]) });
    expect(plan.waiting).toEqual([]);
  });

  test("is no matter of those either whom an approved adoption named as being out, nor is MAX_GROUP_SHRINK", () => {
    const none = { share: undefined, count: 0, ceiling: undefined };
    const one: Case = {
      source: company(people, [[devs, ...people.slice(8)]], everyone),
      existing: target(users, [strayGroup("Devs", users)]),
      rules: { limits: { ...growth(0, 0).limits, shrink: none, memberships: none } },
    };
    const { plan, after } = sync({ ...one, approve: planFor(one).waiting.map(({ id }) => id) });
    expect(plan.waiting).toEqual([]);
    expect(after.groups[0]?.members.size).toBe(2);
  });
});

describe("without memberships in MANAGE", () => {
  const over = manage("users", "groups");

  test("nobody is given or takes leave of a membership", () => {
    const two = [inTarget(ada), inTarget(bob)];
    const { plan, after } = sync({
      source: company(
        [ada, bob, cy],
        [
          [devs, bob, cy],
          [ops, ada],
        ],
        everyone,
      ),
      existing: target(two, [groupInTarget(devs, two)]),
      rules: over,
    });
    expect(told(plan)).toEqual(["user.create cy@example.com", "group.create Ops"]);
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com", "bob@example.com"], Ops: [] });
  });

  test("neither a user who is in a group of ours nor a group with members is deleted", () => {
    const one = { source: company([bob], [[devs]], everyone), rules: { ...over, graceDays: 0 } } as const;
    const two = [inTarget(ada), inTarget(bob)];
    const { after } = sync({
      ...one,
      existing: target(two, [groupInTarget(devs, two), groupInTarget(ops, two)]),
    });
    expect(after.users).toHaveLength(2);
    expect(after.groups).toHaveLength(2);
  });
});

describe("without users in MANAGE", () => {
  const over = manage("groups", "memberships");

  test("members are those who are there, by id or by name, whoever made them; the others are told", () => {
    const google = stray("bob", { externalId: "google-provisioning/1" });
    const { plan, after } = sync({
      source: company([ada, bob, cy], [[devs, ada, bob, cy]]),
      existing: target([inTarget(ada), google], [groupInTarget(devs)]),
      rules: over,
    });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com", "bob@example.com"] });
    expect(skipped(plan)).toEqual([`unresolved cy@example.com in devs@example.com`]);
  });

  test("who is missing from a new group is told as well", () => {
    const { plan } = sync({ source: company([ada], [[devs, ada]]), rules: over });
    expect(skipped(plan)).toEqual(["unresolved ada@example.com in devs@example.com"]);
  });

  test("who is gone from Google leaves the groups", () => {
    const gone = inTarget(ada);
    const { after } = sync({
      source: company([bob], [[devs, bob]]),
      existing: target([gone, inTarget(bob)], [groupInTarget(devs, [gone, inTarget(bob)])]),
      rules: over,
    });
    expect(rosters(after)).toEqual({ Devs: ["bob@example.com"] });
  });
});

const past = team(5, "Past");

test("with MANAGE=memberships nothing but memberships of linked groups is written", () => {
  const { plan, after } = sync({
    source: company(
      [ada, bob],
      [
        [devs, ada],
        [ops, ada],
      ],
    ),
    existing: target(
      [inTarget(ada, { givenName: "X" }), inTarget(bob)],
      [
        groupInTarget(devs, [inTarget(bob)], { name: "Old" }),
        groupInTarget(past, [], { externalId: marked("2020-01-01", past.id) }),
      ],
    ),
    rules: manage("memberships"),
  });
  expect(told(plan)).toEqual(["members.remove Old bob@example.com", "members.add Devs ada@example.com"]);
  expect(rosters(after)).toEqual({ Old: ["ada@example.com"], Past: [] });
});

test("with an empty MANAGE nothing is written", () => {
  const { plan } = sync({
    source: company([ada], [[devs, ada]]),
    existing: target([inTarget(bob)], [groupInTarget(ops, [inTarget(bob)])]),
    rules: manage(),
  });
  expect(told(plan)).toEqual([]);
});
