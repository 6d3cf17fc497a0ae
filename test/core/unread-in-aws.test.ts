/** What AWS does not show is left exactly as it is, and everything else is synced. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { takesAccess } from "../../src/core/change.ts";
import { changesOf } from "../../src/core/plan.ts";
import { needsSomebody } from "../../src/core/reason.ts";
import { partsOf } from "../../src/core/ref.ts";
import { muchUnread } from "../../src/core/unread.ts";
import { situation } from "./companies.ts";
import { line, planFor, skipped, told } from "./planned.ts";
import {
  ada,
  bob,
  company,
  cy,
  devs,
  groupInTarget,
  human,
  inTarget,
  marked,
  ops,
  stray,
  target,
  team,
} from "./world.ts";

const three = [inTarget(ada), inTarget(bob), inTarget(cy)];
const all = [ada, bob, cy];

test("a manager whom AWS does not show as it should stays the manager", () => {
  const field = "relations.value";
  const reports = { ...ada, fields: new Map([[field, bob.email]] as const) };
  const details = new Map([["manager", { kind: "field", field }]] as const);
  const boss = inTarget(bob);
  const existing = target([{ ...inTarget(ada), manager: boss.id }, boss], [], [boss]);
  const source = company([reports, bob], [], { matched: "all" });
  const plan = planFor({ source, existing, rules: { details } });
  expect(told(plan)).toEqual([]);
  expect(skipped(plan)).toEqual(["unread bob@example.com"]);
});

describe("a group that AWS does not show", () => {
  const hidden = groupInTarget(devs, []);
  const source = company(all, [
    [{ ...devs, name: "Renamed" }, ada, bob],
    [ops, cy],
  ]);

  test("keeps name and members, and nobody who belongs in it is out of scope", () => {
    const plan = planFor({ source, existing: target(three, [hidden, groupInTarget(ops, [])], [hidden]) });
    expect(told(plan)).toEqual(["members.add Ops cy@example.com"]);
    expect(skipped(plan)).toEqual(["unread devs@example.com"]);
    expect(plan.skips.every(needsSomebody)).toBe(true);
  });

  test("is neither retired, nor deleted, nor taken over", () => {
    for (const externalId of [devs.id, marked("2026-01-01", devs.id), ""]) {
      const object = groupInTarget(devs, [], { externalId });
      const existing = target([inTarget(cy)], [object, groupInTarget(ops, [inTarget(cy)])], [object]);
      expect(told(planFor({ source: company(all, [[ops, cy]]), existing }))).toEqual([]);
      const plan = planFor({
        source: company(all, [
          [devs, cy],
          [ops, cy],
        ]),
        existing,
      });
      expect([told(plan), plan.waiting]).toEqual([[], []]);
      expect(plan.skips.some(needsSomebody)).toBe(true);
    }
  });
});

describe("a user whom AWS does not show", () => {
  test("is not changed, and a second one is not made", () => {
    const source = company([human(1, "Ada", "Changed"), bob], [[devs, ada, bob]]);
    for (const externalId of [ada.id, ""]) {
      const object = inTarget(ada, { externalId });
      const existing = target([object, inTarget(bob)], [groupInTarget(devs, [inTarget(bob)])], [object]);
      const plan = planFor({ source, existing });
      expect(told(plan)).toEqual([]);
      expect(skipped(plan)).toContain("unread ada@example.com");
    }
  });

  test("is nobody to look at, unless their account is known to be gone", () => {
    const nobody = inTarget(ada, { externalId: "" });
    const lost = inTarget(bob);
    const existing = target(
      [nobody, lost, inTarget(cy)],
      [groupInTarget(devs, [inTarget(cy)])],
      [nobody, lost],
    );
    const plan = planFor({ source: company([cy], [[devs, cy]]), existing });
    expect(told(plan)).toEqual([]);
    expect(plan.strangers.map(({ about }) => about.target)).toEqual([lost.id]);
    expect(skipped(plan).toSorted()).toEqual(["unread ada@example.com", "unread bob@example.com"]);
  });
});

test("who is ignored is not told when AWS does not show them", () => {
  const [user, group] = [inTarget(ada), groupInTarget(devs)];
  const existing = target([user, inTarget(bob)], [group, groupInTarget(ops, [inTarget(bob)])], [user, group]);
  const plan = planFor({
    source: company([bob], [[ops, bob]]),
    existing,
    rules: { ignoreUsers: ["ada@*"], ignoreGroups: ["Devs"] },
  });
  expect(told(plan)).toEqual([]);
  expect(skipped(plan)).toEqual([]);
});

test("two objects with one external id both stay, and neither is chosen", () => {
  const twins = [inTarget(ada), stray("twin", { externalId: ada.id })];
  const existing = target([...twins, inTarget(bob)], [groupInTarget(devs, twins)], twins);
  const plan = planFor({ source: company([human(1, "Ada", "Changed"), bob], [[devs, bob]]), existing });
  expect(told(plan)).toEqual(["members.add Devs bob@example.com"]);
});

test(
  "whatever AWS does not show, nothing of it is changed, and nobody else loses more than otherwise",
  { tags: "long" },
  () => {
    fc.assert(
      fc.property(situation, fc.infiniteStream(fc.boolean()), ({ source, existing, rules }, pick) => {
        const hidden = [...existing.users, ...existing.groups].filter(() => pick.next().value === true);
        const unread = target([], [], hidden).unread;
        const usual = new Set(changesOf(planFor({ source, existing, rules })).filter(takesAccess).map(line));
        const plan = planFor({ source, existing: { ...existing, unread }, rules });
        for (const change of changesOf(plan)) {
          for (const { about, within } of partsOf(change)) {
            expect(about.target !== undefined && unread.has(about.target)).toBe(false);
            expect(within?.target !== undefined && unread.has(within.target)).toBe(false);
          }
          if (takesAccess(change) && !("users" in change)) expect(usual).toContain(line(change));
        }
      }),
      { numRuns: 500 },
    );
  },
);

test("three or more of a kind and over 5 % of them is no oddity any more", () => {
  const crowd = Array.from({ length: 60 }, (_, at) => inTarget(human(100 + at, `Head${at}`, "Count")));
  const most = (users: typeof crowd, hidden: typeof crowd) =>
    muchUnread(company([]), target(users, [], hidden));
  expect(most(crowd, crowd.slice(0, 3))).toBeUndefined();
  expect(most(crowd.slice(1), crowd.slice(1, 4))).toMatchObject({
    at: "AWS",
    kind: "user",
    count: 3,
    of: 59,
  });
  expect(most(crowd.slice(0, 2), crowd.slice(0, 2))).toBeUndefined();
  const teams = [devs, ops, team(3, "Third")].map((one) => groupInTarget(one));
  const first = { label: devs.name, why: "AWS does not show it" };
  expect(muchUnread(company([]), target([], teams, teams))).toMatchObject({
    at: "AWS",
    kind: "group",
    first,
  });
});
