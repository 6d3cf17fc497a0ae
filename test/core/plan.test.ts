import { describe, expect, test } from "vitest";
import { EVERY_KIND } from "../../src/core/change.ts";
import type { Change } from "../../src/core/change.ts";
import { day } from "../../src/core/model.ts";
import { changesOf, isBack } from "../../src/core/plan.ts";
import { carryOut, rosters, roll, sync } from "./carried-out.ts";
import { planFor, runFor, told } from "./planned.ts";
import {
  TODAY,
  ada,
  asksFor,
  bob,
  company,
  cy,
  dee,
  devs,
  groupInTarget,
  human,
  inTarget,
  marked,
  ops,
  rules,
  strayGroup,
  target,
  team,
  asleepInTarget,
} from "./world.ts";
import type { Case } from "./planned.ts";

/** One company in which everything happens at once. */
const second = human(9, "Dee", "Second");
const eve = human(10, "Eve", "New");
const night = team(3, "Night");
const past = team(4, "Past");
const everything: Case = {
  source: company(
    [
      { ...ada, email: "bob@example.com" },
      { ...bob, email: "ada@example.com" },
      { ...cy, state: "suspended" },
      second,
      eve,
    ],
    [
      [{ ...devs, name: "Ops" }, { ...ada, email: "bob@example.com" }, eve],
      [{ ...ops, name: "Devs" }, second],
      [night, eve],
    ],
    { matched: "all" },
  ),
  existing: target(
    [
      inTarget(ada),
      inTarget(bob, { familyName: "Other" }),
      inTarget(cy),
      inTarget(dee),
      inTarget(human(7, "Old", "Hand"), {
        externalId: marked("2020-01-01", human(7, "", "").id),
        active: false,
      }),
    ],
    [
      groupInTarget(devs, [inTarget(ada), inTarget(bob)]),
      groupInTarget(ops, [inTarget(dee)]),
      groupInTarget(past, [inTarget(ada)]),
      groupInTarget(team(5, "Older"), [], { externalId: marked("2020-01-01", team(5, "").id) }),
      strayGroup("By hand", [inTarget(ada)]),
    ],
  ),
};

describe("a plan", () => {
  test("takes access away first, then frees names, renames, creates, adds, and deletes last", () => {
    const order = changesOf(runFor(everything)).map((change) => {
      if ("cause" in change && change.cause === "parked") return "park";
      return change.kind === "user.update" && "familyName" in change.patch
        ? "what they are called"
        : change.kind;
    });
    const ranks: Readonly<Record<string, number>> = {
      "user.disable": 0,
      "user.retire": 0,
      "group.retire": 1,
      "members.remove": 1,
      park: 2,
      "user.update": 3,
      "group.update": 3,
      "user.create": 4,
      "group.create": 5,
      "members.add": 6,
      "what they are called": 7,
      "user.delete": 8,
      "group.delete": 8,
    };
    expect(order.map((kind) => ranks[kind])).toEqual(order.map((kind) => ranks[kind]).toSorted());
    expect(new Set(order)).toEqual(new Set(Object.keys(ranks)));
  });

  test("comes to the same end whatever order the changes of one step take", () => {
    const { plan, after } = sync(everything);
    const reversed = carryOut(plan, everything.existing ?? target(), "reversed");
    expect(rosters(reversed)).toEqual(rosters(after));
    expect(roll(reversed)).toEqual(roll(after));
  });

  test("reaches what is asked for", () => {
    const { after } = sync(everything);
    expect(roll(after)).toEqual([
      "-cy@example.com",
      `-retired.${dee.id}.dee@example.com`,
      "ada@example.com",
      "bob@example.com",
      "dee@example.com",
      "eve@example.com",
    ]);
    expect(rosters(after)).toEqual({
      Ops: ["bob@example.com", "eve@example.com"],
      Devs: ["dee@example.com"],
      Night: ["eve@example.com"],
      Past: [],
      "By hand": ["bob@example.com"],
    });
  });

  test("cut off after any change is finished by the next run", () => {
    const existing = everything.existing ?? target();
    const whole = sync(everything).after;
    const changes = changesOf(runFor(everything));
    for (let done = 0; done <= changes.length; done++) {
      const half = carryOut(
        { ...runFor(everything), steps: changes.slice(0, done).map((change) => [change]) },
        existing,
      );
      const { after } = sync({ ...everything, existing: half });
      expect(roll(after), `after ${done} changes`).toEqual(roll(whole));
      expect(rosters(after), `after ${done} changes`).toEqual(rosters(whole));
    }
  });

  test("never writes to one user or group twice in one step, memberships apart", () => {
    for (const step of runFor(everything).steps) {
      const ids = step.flatMap((change) => ("id" in change ? [change.id] : []));
      expect(ids).toEqual([...new Set(ids)]);
    }
  });

  test("has no empty step, and none at all when nothing differs", () => {
    expect(runFor(everything).steps.every((step) => step.length > 0)).toBe(true);
    expect(planFor({ source: company([]) }).steps).toEqual([]);
  });

  test("is the same for the same situation, and changes nothing it is given", () => {
    const before = JSON.stringify(everything.existing);
    expect(runFor(everything)).toEqual(runFor(everything));
    expect(JSON.stringify(everything.existing)).toBe(before);
  });

  test("says which desired users and groups are in the target already", () => {
    const plan = runFor(everything);
    expect([...plan.users.keys()].toSorted()).toEqual([ada.id, bob.id, cy.id]);
    expect([...plan.groups.keys()]).toEqual([devs.id, ops.id]);
  });

  test("does not depend on the hour: a day is a day of UTC", () => {
    for (const now of ["2026-03-10T00:00:00Z", "2026-03-10T23:59:59Z"])
      expect(JSON.stringify(planFor({ ...everything, now }).steps)).toContain("ssosync-retired.2026-03-10.");
  });

  test("does not depend on the order in which either side was read", () => {
    const { source, existing = target() } = everything;
    const turned = {
      source: { ...source, users: source.users.toReversed(), groups: source.groups.toReversed() },
      existing: target(existing.users.toReversed(), existing.groups.toReversed()),
    };
    expect(rosters(sync(turned).after)).toEqual(rosters(sync(everything).after));
    const kinds = (one: Case) =>
      told(planFor(one))
        .filter((line) => !line.includes("update"))
        .toSorted();
    expect(kinds(turned)).toEqual(kinds(everything));
  });
});

test("whoever lost a name for a moment, in a run that was cut off, gets it back before anything else", () => {
  const one: Case = {
    source: company([ada, { ...cy, state: "suspended" }, dee], [[devs, ada]], { matched: "all" }),
    existing: target(
      [
        inTarget(ada, { userName: "ssosync-moving.u-1", email: "ssosync-moving.u-1", familyName: "Other" }),
        inTarget(bob),
        inTarget(cy),
      ],
      [groupInTarget(devs, [inTarget(bob)], { name: `ssosync-moving.${groupInTarget(devs).id}` })],
    ),
  };
  const [leavers, back] = runFor(one).steps;
  expect(leavers?.map(({ kind }) => kind)).toEqual(["user.disable", "user.disable"]);
  expect(back).toMatchObject([
    { kind: "user.update", patch: { userName: ada.email, email: ada.email } },
    { kind: "group.update", patch: { name: "Devs" } },
  ]);
});

describe("a change gives back a name that was lost for a moment", () => {
  const own = "ssosync-moving.u-1";
  const update = { kind: "user.update", id: inTarget(ada).id, needs: [], cause: "differs" } as const;
  const patch = { userName: ada.email, email: ada.email };
  const parked = { ...update, patch, before: inTarget(ada, { userName: own, email: own }) };
  const team = groupInTarget(devs, [], { name: `ssosync-moving.${groupInTarget(devs).id}` });
  const group = { ...update, kind: "group.update", id: team.id, patch: { name: "Devs" } } as const;

  test.each<[string, boolean, Change]>([
    ["of a user", true, parked],
    ["of a user who lost only the user name", true, { ...parked, before: inTarget(ada, { userName: own }) }],
    ["of a user who lost only the e-mail", true, { ...parked, before: inTarget(ada, { email: own }) }],
    ["of somebody who comes back", true, { ...parked, kind: "user.restore" }],
    ["of a group", true, { ...group, before: team }],
    ["that is nobody's", false, { ...parked, before: inTarget(ada) }],
    [
      "that looks like somebody else's",
      false,
      { ...parked, before: inTarget(bob, { userName: own }), id: inTarget(bob).id },
    ],
    ["that somebody else has to leave first", false, { ...parked, needs: [inTarget(bob).id] }],
    ["but only to lose it again", false, { ...parked, cause: "parked" }],
    ["of a group that nobody parked", false, { ...group, before: groupInTarget(devs) }],
    [
      "of somebody deleted",
      false,
      { kind: "user.delete", id: parked.id, before: parked.before, since: day(TODAY) },
    ],
    ["of somebody new", false, { kind: "user.create", user: asksFor(), needs: [] }],
  ])("%s: %s", (_, is, change) => {
    expect(isBack(change)).toBe(is);
  });
});

test("whoever loses access loses it before anything else is written", () => {
  const [first] = runFor(everything).steps;
  expect(first?.every((change) => ["user.disable", "user.retire"].includes(change.kind))).toBe(true);
});

test("every kind of change is planned when there is reason to", () => {
  const off = asleepInTarget(bob);
  const comingBack: Case = {
    source: company([ada, bob], [[devs]], { matched: "all" }),
    existing: target(
      [inTarget(ada, { externalId: marked("2026-03-01", ada.id), active: false }), off],
      [groupInTarget(devs, [], { externalId: marked("2026-03-01", devs.id) })],
    ),
  };
  const managed: Case = {
    source: company([{ ...ada, fields: new Map([["relations.value", bob.email]]) }, bob], [[devs]], {
      matched: "all",
    }),
    rules: rules({ details: new Map([["manager", { kind: "field", field: "relations.value" }]]) }),
    existing: target([inTarget(ada)]),
  };
  const found = [everything, comingBack, managed].flatMap((one) =>
    changesOf(runFor(one)).map(({ kind }) => kind),
  );
  expect([...new Set(found)].toSorted()).toEqual(EVERY_KIND.toSorted());
});
