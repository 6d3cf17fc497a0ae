/** One odd object is held still, the others go on. */
import { describe, expect, test } from "vitest";
import { needsSomebody } from "../../src/core/reason.ts";
import { scope } from "../../src/core/scope.ts";
import { muchUnread } from "../../src/core/unread.ts";
import { sync } from "./carried-out.ts";
import { planFor, skipped, told } from "./planned.ts";
import {
  ada,
  bob,
  company,
  cy,
  dee,
  devs,
  EMPTY,
  groupInTarget,
  human,
  inTarget,
  marked,
  ops,
  rules,
  stray,
  strayGroup,
  target,
  team,
  asleepInTarget,
} from "./world.ts";

const three = [inTarget(ada), inTarget(bob), inTarget(cy)];
const all = [ada, bob, cy];

const LEAVES = [
  "user.disable cy@example.com",
  "user.retire cy@example.com",
  "members.remove Devs cy@example.com",
];

describe("an unread group", () => {
  test("keeps its members and its name, and nobody in it is out of scope", () => {
    const { plan } = sync({
      source: company(all, [[{ ...devs, name: "Renamed" }], [ops]], { unread: [devs] }),
      existing: target(three, [groupInTarget(devs, three), groupInTarget(ops, [])]),
    });
    expect(told(plan)).toEqual([]);
  });

  test("lets the other groups be synced", () => {
    const { plan } = sync({
      source: company(all, [[devs], [ops, ada]], { unread: [devs] }),
      existing: target(three, [groupInTarget(devs, three), groupInTarget(ops, [inTarget(bob)])]),
    });
    expect(told(plan)).toEqual(["members.remove Ops bob@example.com", "members.add Ops ada@example.com"]);
    expect(skipped(plan)).toEqual(["unread devs@example.com"]);
    expect(plan.skips.every(needsSomebody)).toBe(true);
    expect(plan.skips[0]?.reason).not.toHaveProperty("nests");
  });

  test.each([
    ["deleted", [ada, bob], {}, LEAVES],
    ["suspended", [ada, bob, { ...cy, state: "suspended" }], {}, ["user.disable cy@example.com"]],
    [
      "suspended, and SYNC_SUSPENDED=false",
      [ada, bob, { ...cy, state: "suspended" }],
      { syncSuspended: false },
      LEAVES,
    ],
  ] as const)("does not keep in who is %s", (_, users, settings, expected) => {
    const { plan } = sync({
      source: company(users, [[devs]], { unread: [devs] }),
      existing: target(three, [groupInTarget(devs, three)]),
      rules: settings,
    });
    expect(told(plan)).toEqual(expected);
  });

  test("keeps nobody in scope whom USER_MATCH leaves out in users_groups", () => {
    const { plan } = sync({
      source: company(all, [[devs]], { unread: [devs], matched: new Set([ada.id, bob.id]) }),
      existing: target(three, [groupInTarget(devs, three)]),
      rules: { method: "users_groups" },
    });
    expect(told(plan)).toEqual(["user.retire cy@example.com", "members.remove Devs cy@example.com"]);
  });

  test("is neither created, nor adopted, nor brought back", () => {
    const source = company(all, [[devs], [ops, ada]], { unread: [devs] });
    const rest = [groupInTarget(ops, [inTarget(ada)])];
    const old = groupInTarget(devs, [], { externalId: marked("2026-01-01", devs.id) });
    for (const groups of [rest, [...rest, strayGroup("Devs")], [...rest, old]]) {
      const { plan } = sync({ source, existing: target([inTarget(ada)], groups) });
      expect(told(plan)).toEqual([]);
      expect(skipped(plan)).toEqual(["unread devs@example.com"]);
    }
    const nameless = company(all, [[{ ...devs, name: "" }], [ops, ada]], { unread: [devs] });
    expect(skipped(planFor({ source: nameless }))).toEqual(["unread devs@example.com"]);
  });

  test("wants its name as any other does", () => {
    const rival = { ...ops, name: devs.name };
    const plan = planFor({ source: company(all, [[devs], [rival, ada]], { unread: [devs] }) });
    expect(told(plan)).not.toContain("group.create Devs ada@example.com");
    expect(skipped(plan)).toContain("name-wanted-twice ops@example.com");
  });

  test("enables nobody, because nobody can say whether they would get a membership back", () => {
    const off = asleepInTarget(ada);
    const { plan } = sync({
      source: company([ada, bob], [[devs], [ops, bob]], { unread: [devs] }),
      existing: target(
        [off, inTarget(bob)],
        [groupInTarget(devs, [off]), groupInTarget(ops, [inTarget(bob)])],
      ),
    });
    expect(told(plan)).toEqual([]);
    expect(skipped(plan)).toContain("doubted ada@example.com");
  });

  test("stops only those of its members whom Google is not heard to have there, and who are ours and disabled", () => {
    const [held, off, heard] = [inTarget(ada), asleepInTarget(bob), asleepInTarget(cy)];
    const gone = inTarget(dee, { externalId: marked("2026-03-01", dee.id), active: false });
    const hand = stray("hand", { active: false });
    const users = [held, off, heard, gone, hand];
    const source = company([...all, dee], [[devs, cy, ops]], { nested: [[ops]], unread: [ops] });
    const one = { source, existing: target(users, [groupInTarget(devs, users)]) };
    expect([...scope(one.source, one.existing, rules()).unsure]).toEqual([off.id]);
    const { plan } = sync(one);
    // Somebody retired is not in scope again because they are still in it.
    expect(told(plan)).toEqual([`members.remove Devs ${dee.email}`, `user.enable ${cy.email}`]);
    expect(skipped(plan)).toContain(`doubted ${bob.email}`);
  });

  test("is left as it is when it is ignored, and then needs nobody", () => {
    const plan = planFor({
      source: company(all, [[devs], [ops, ada]], { unread: [devs] }),
      existing: target([inTarget(ada)], [groupInTarget(ops, [inTarget(ada)])]),
      rules: { ignoreGroups: ["devs@*"] },
    });
    expect(skipped(plan)).toEqual(["ignored devs@example.com"]);
    expect(plan.skips.some(needsSomebody)).toBe(false);
  });

  test("whose row has no name stays under the name that it has", () => {
    const { plan } = sync({
      source: company(all, [[{ ...devs, name: "" }]], { unread: [devs] }),
      existing: target(three, [groupInTarget(devs, three)]),
      rules: { includeGroups: ["Devs"] },
    });
    expect(told(plan)).toEqual([]);
  });
});

test("a group that nests an unread one gains whom Google shows, and loses nobody", () => {
  const nested = team(9, "Nested");
  const { plan } = sync({
    source: company([...all, dee], [[devs, ada, dee, nested]], { nested: [[nested]], unread: [nested] }),
    existing: target([...three, inTarget(dee)], [groupInTarget(devs, three)]),
  });
  expect(told(plan)).toEqual(["members.add Devs dee@example.com"]);
  expect(skipped(plan)).toEqual(["unread devs@example.com"]);
  expect(plan.skips[0]?.reason).toMatchObject({ code: "unread", nests: nested.email });
});

describe("an unread user", () => {
  const existing = target(three, [groupInTarget(devs, three)]);

  test("is neither changed, nor disabled, nor taken out of a group", () => {
    const source = company([ada, bob], [[devs, ada, bob, cy]], { unread: [cy] });
    const { plan } = sync({ source, existing });
    expect(told(plan)).toEqual([]);
    expect(skipped(plan)).toEqual(["unread cy@example.com"]);
    const out = sync({ source: company([ada, bob], [[devs, ada]], { unread: [cy] }), existing });
    expect(told(out.plan)).toEqual(["user.retire bob@example.com", "members.remove Devs bob@example.com"]);
  });

  test("is neither enabled nor created", () => {
    const off = inTarget(cy, { active: false });
    const source = company([ada, bob], [[devs, ada, bob, cy]], { unread: [cy] });
    const groups = [groupInTarget(devs, [inTarget(ada), inTarget(bob)])];
    expect(
      told(sync({ source, existing: target([inTarget(ada), inTarget(bob), off], groups) }).plan),
    ).toEqual([]);
    expect(told(sync({ source, existing: target([inTarget(ada), inTarget(bob)], groups) }).plan)).toEqual([]);
  });

  test("changes nothing for those who are ignored, and is not told where it is ignored itself", () => {
    const source = company([ada, bob], [[devs, ada]], { unread: [cy] });
    const rules = { ignoreUsers: ["bob@*"] };
    const { plan } = sync({ source, existing, rules });
    expect(told(plan)).toEqual([]);
    expect(skipped(plan)).toEqual(["unread cy@example.com"]);
    const both = planFor({ source, existing, rules: { ignoreUsers: ["bob@*", "cy@*"] } });
    expect(told(both)).toEqual([]);
    expect(skipped(both)).toEqual([]);
  });
});

test("three or more of a kind and over 5 % of them is no oddity any more", () => {
  const crowd = Array.from({ length: 57 }, (_, at) => human(100 + at, `Head${at}`, "Count"));
  const lost = [ada, bob, cy];
  expect(muchUnread(company(crowd, [], { unread: lost }), EMPTY)).toBeUndefined();
  expect(muchUnread(company(crowd.slice(1), [], { unread: lost }), EMPTY)).toMatchObject({
    kind: "user",
    count: 3,
    of: 59,
  });
  expect(muchUnread(company([], [], { unread: lost.slice(1) }), EMPTY)).toBeUndefined();
  expect(muchUnread(company([], [], { unread: [ada, bob, devs, ops] }), EMPTY)).toBeUndefined();
  const teams = [devs, ops, team(3, "Third")];
  const first = { label: devs.email, why: "Google does not show it" };
  expect(muchUnread(company([], [], { unread: teams }), EMPTY)).toMatchObject({
    kind: "group",
    at: "Google",
    first,
  });
});

describe("a member's row", () => {
  const as = (id: string, email: string) => ({ id: id as typeof ada.id, email, type: "user" as const });

  test("whose id is no account's is external, whatever its address", () => {
    const plan = planFor({
      source: company([ada], [[devs, ada, as("9a3f", "bob@elsewhere.org"), as("9a40", bob.email)]]),
    });
    expect(skipped(plan)).toEqual([
      "external bob@elsewhere.org in devs@example.com",
      "external bob@example.com in devs@example.com",
    ]);
  });

  test("without an id is found by its address, or by an alias", () => {
    const aliased = { ...bob, aliases: ["robert@example.com"] };
    const source = company([ada, aliased], [[devs, as("", ada.email), as("", "robert@example.com")]]);
    const { after } = sync({ source });
    expect(after.groups[0]?.members.size).toBe(2);
  });
});
