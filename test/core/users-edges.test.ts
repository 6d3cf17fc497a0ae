/** Users at the edges: names that several want, somebody in doubt, and those whom another program writes. */
import { describe, expect, test } from "vitest";
import { changesOf } from "../../src/core/plan.ts";
import { scope } from "../../src/core/scope.ts";
import { isUserName } from "../../src/core/names.ts";
import { settleClaims } from "../../src/core/claims.ts";
import type { Wish } from "../../src/core/claims.ts";
import { roll, rosters, sync, userAt, userBy } from "./carried-out.ts";
import { planFor, runFor, skipped, told } from "./planned.ts";
import {
  TODAY,
  ada,
  bob,
  company,
  cy,
  dee,
  devs,
  groupInTarget,
  human,
  inTarget,
  manage,
  marked,
  ops,
  rules,
  stray,
  suspendedMarked,
  target,
  asleepInTarget,
} from "./world.ts";

const off = asleepInTarget;

describe("somebody of whom a membership is in doubt", () => {
  const source = company([ada, bob], [], { matched: "all" });
  const doubted = new Set([inTarget(ada).id]);

  test("is not enabled, and that is told, while others are", () => {
    const plan = planFor({ source, existing: target([off(ada), off(bob)]), holds: { doubted } });
    expect(told(plan)).toEqual(["user.enable bob@example.com"]);
    expect(skipped(plan)).toEqual(["doubted ada@example.com"]);
  });

  test("has the rest brought up to date all the same", () => {
    const plan = planFor({
      source,
      existing: target([off(ada, { givenName: "Other" }), inTarget(bob)]),
      holds: { doubted },
    });
    expect(changesOf(plan)).toMatchObject([{ kind: "user.update", patch: { givenName: "Ada" } }]);
    expect(changesOf(plan)[0]).not.toHaveProperty("patch.active");
  });

  test("is disabled when that is asked for", () => {
    const plan = runFor({
      source: company([{ ...ada, state: "suspended" }, bob], [], { matched: "all" }),
      existing: target([inTarget(ada), inTarget(bob)]),
      holds: { doubted },
    });
    expect(told(plan)).toEqual(["user.disable ada@example.com"]);
    expect(skipped(plan)).toEqual([]);
  });

  test("who is as wanted is no matter at all", () => {
    const plan = planFor({ source, existing: target([inTarget(ada), inTarget(bob)]), holds: { doubted } });
    expect([...told(plan), ...skipped(plan)]).toEqual([]);
    const suspended = { ...ada, state: "suspended" } as const;
    const still = planFor({
      source: company([suspended, bob], [], { matched: "all" }),
      existing: target([off(ada), inTarget(bob)]),
      holds: { doubted },
    });
    expect([...told(still), ...skipped(still)]).toEqual([]);
  });
});

describe("somebody whose account is not as active as its listing says", () => {
  const source = company([ada, bob], [[devs, ada, bob]], { matched: "all" });
  const holds = { inactive: new Set([ada.id]) };
  const renamed = { userName: "Ada@example.com", givenName: "Other" };

  test.each([
    ["made by hand, enabled", { ...renamed, externalId: "" }],
    ["made by hand, disabled, and approved", { ...renamed, externalId: "", active: false }],
    ["suspended before", { ...off(ada), ...renamed }],
    ["revoked before", { ...renamed, externalId: marked("2026-03-01", ada.id), active: false }],
    ["revoked before, and enabled since", { ...renamed, externalId: marked("2026-03-01", ada.id) }],
  ])("%s, is left as they are, in no new group; others are not", (_, over) => {
    const one = {
      ...{ source, holds, approve: "everything" as const },
      existing: target([inTarget(ada, over), off(bob)], [groupInTarget(devs)]),
    };
    expect(told(planFor(one))).toEqual(["user.enable bob@example.com", "members.add Devs bob@example.com"]);
    expect(told(planFor({ ...one, holds: {} })).join()).toContain("ada");
  });

  test.each([
    ["made by hand", "", []],
    ["of ours", ada.id, ["members.remove Devs ada@example.com"]],
  ])("%s, in a group in which Google has them no longer", (_, externalId, changes) => {
    const there = inTarget(ada, { externalId, active: false });
    const plan = planFor({
      source: company([ada, bob], [[devs, bob]], { matched: "all" }),
      existing: target([there, inTarget(bob)], [groupInTarget(devs, [there, inTarget(bob)])]),
      ...{ holds, approve: "everything" as const },
    });
    expect(told(plan)).toEqual(changes);
  });

  test("and who is listed as suspended is taken over disabled", () => {
    const plan = planFor({
      source: company([{ ...ada, state: "suspended" }, bob], [], { matched: "all" }),
      ...{ holds, existing: target([stray("ada", { userName: ada.email }), inTarget(bob)]) },
    });
    expect(told(plan)[0]).toBe("user.disable ada@example.com");
  });
});

test("whoever was revoked, and enabled since, is disabled with that mark, and only then marked as suspended", () => {
  const plan = planFor({
    source: company([{ ...ada, state: "suspended" }, bob], [], { matched: "all" }),
    existing: target([inTarget(ada, { externalId: marked("2026-03-01", ada.id) }), inTarget(bob)]),
  });
  const marks = changesOf(plan).map((change) => [
    change.kind,
    "patch" in change && "externalId" in change.patch ? change.patch.externalId : "",
  ]);
  expect(marks).toEqual([
    ["user.disable", ""],
    ["user.restore", suspendedMarked(TODAY, ada.id)],
  ]);
});

describe("a removal that is held back", () => {
  const existing = target(
    [inTarget(ada), inTarget(bob)],
    [groupInTarget(devs, [inTarget(ada), inTarget(bob)])],
  );
  const gone = company([ada], [[devs, ada]]);

  test("leaves the user as they are", () => {
    const users = new Set([inTarget(bob).id]);
    expect(told(planFor({ source: gone, existing, holds: { users } }))).toEqual([]);
  });

  test("is respected where users are somebody else's to write", () => {
    const one = { source: gone, existing, rules: manage("groups", "memberships") };
    expect(told(planFor(one))).toEqual(["members.remove Devs bob@example.com"]);
    expect(told(planFor({ ...one, holds: { users: new Set([inTarget(bob).id]) } }))).toEqual([]);
  });

  test("of a user does not keep him in a group that is revoked", () => {
    const plan = planFor({
      source: company([ada], [[ops, ada]]),
      existing: target(existing.users, [...existing.groups, groupInTarget(ops, [inTarget(ada)])]),
      holds: { users: new Set([inTarget(bob).id]) },
    });
    expect(told(plan)).toEqual(["group.retire Devs", "members.remove Devs ada@example.com bob@example.com"]);
  });
});

describe("a name", () => {
  test("that one new user cannot have does not stop another new user", () => {
    const taken = stray("holder", { email: bob.email });
    const { after, plan } = sync({
      source: company([ada, bob, cy], [], { matched: "all" }),
      existing: target([taken]),
    });
    expect(roll(after)).toEqual(["ada@example.com", "cy@example.com", "holder@example.com"]);
    expect(skipped(plan)).toEqual(["email-taken bob@example.com"]);
  });

  test("is traded by two users whose e-mails are right already, and those stay", () => {
    const { after } = sync({
      source: company([ada, bob], [], { matched: "all" }),
      existing: target([inTarget(ada, { userName: bob.email }), inTarget(bob, { userName: ada.email })]),
    });
    expect(userAt(after, ada.email)).toMatchObject({ externalId: ada.id, email: ada.email });
    expect(userAt(after, bob.email)).toMatchObject({ externalId: bob.id, email: bob.email });
  });

  test("and an e-mail may be traded alone, too", () => {
    const { after } = sync({
      source: company([ada, bob], [], { matched: "all" }),
      existing: target([inTarget(ada, { email: bob.email }), inTarget(bob, { email: ada.email })]),
    });
    expect(userAt(after, ada.email)).toMatchObject({ externalId: ada.id, email: ada.email });
  });

  test("is waited for: what takes it says whose move comes first", () => {
    const newBob = human(9, "Bob", "Newman");
    const plan = planFor({
      source: company([{ ...ada, email: "lovelace@example.com" }, { ...cy, email: ada.email }, newBob], [], {
        matched: "all",
      }),
      existing: target([inTarget(ada), inTarget(cy), inTarget(bob)]),
    });
    const needs = changesOf(plan).flatMap((change) =>
      "needs" in change && change.needs.length > 0
        ? [[told({ ...plan, steps: [[change]] })[0], ...change.needs]]
        : [],
    );
    expect(needs).toEqual([
      ["user.update cy@example.com", inTarget(ada).id],
      ["user.create bob@example.com", inTarget(bob).id],
    ]);
  });

  test("of a revoked user is freed even where only his name, or only his e-mail, is in the way", () => {
    const newBob = human(9, "Bob", "Newman");
    const source = company([newBob, ada], [], { matched: "all" });
    for (const over of [{ email: "other@example.com" }, { userName: "other@example.com" }]) {
      const old = inTarget(bob, over);
      const { after } = sync({ source, existing: target([old, inTarget(ada)]) });
      expect(userAt(after, bob.email)).toMatchObject({ externalId: newBob.id, email: bob.email });
      expect(userBy(after, old.id)).toMatchObject({ active: false, externalId: marked(TODAY, bob.id) });
    }
  });

  test("of somebody made by hand without an e-mail is not asked for", () => {
    const hand = stray("hand", { email: "" });
    const { after, plan } = sync({
      source: company([{ ...ada, email: hand.userName }], [], { matched: "all" }),
      existing: target([inTarget(ada), hand]),
    });
    expect(roll(after)).toEqual(["ada@example.com", "hand@example.com"]);
    expect(skipped(plan)).toEqual(["name-taken hand@example.com"]);
  });

  test("to move aside to is not one that somebody is about to get", () => {
    const aside = `retired.${ada.id}.ada@example.com`;
    const second = human(9, "Ada", "Second");
    const odd = human(8, "Odd", "Name", { email: aside });
    const { after } = sync({
      source: company([second, odd], [], { matched: "all" }),
      existing: target([inTarget(ada)]),
    });
    expect(userBy(after, inTarget(ada).id)?.userName).toBe(`${aside}.2`);
    expect(roll(after)).toEqual([`-${aside}.2`, "ada@example.com", aside].toSorted());
  });

  test("to move aside to is never another user's e-mail", () => {
    const newBob = human(9, "Bob", "Newman");
    const aside = `retired.${bob.id}.bob@example.com`;
    const { after } = sync({
      source: company([newBob], [], { matched: "all" }),
      existing: target([inTarget(bob), stray("hand", { email: aside })]),
    });
    expect(userBy(after, inTarget(bob).id)).toMatchObject({ userName: `${aside}.2`, email: `${aside}.2` });
  });
});

describe("names that wait for each other", () => {
  const wish = (id: string, takes: readonly string[], frees: readonly string[]): Wish => ({
    id,
    takes,
    frees,
  });

  test("two who take two keys of one both come after it", () => {
    const wishes = [wish("one", ["x"], ["a", "b"]), wish("two", ["a"], []), wish("three", ["b"], [])];
    const { waves } = settleClaims(
      wishes,
      new Map([
        ["a", "one"],
        ["b", "one"],
      ]),
    );
    expect(waves).toEqual([["one"], ["two", "three"]]);
  });

  test("it is one of the ring that is parked, not one who waits for the ring", () => {
    const wishes = [wish("tail", ["c"], ["t"]), wish("one", ["b"], ["a", "c"]), wish("two", ["a"], ["b"])];
    const holders = new Map([
      ["t", "tail"],
      ["a", "one"],
      ["c", "one"],
      ["b", "two"],
    ]);
    const { parked, waves } = settleClaims(wishes, holders);
    expect([...parked]).toHaveLength(1);
    expect(parked.has("tail")).toBe(false);
    expect(waves.flat().toSorted()).toEqual(["one", "tail", "two"]);
  });

  test("a rival who is blocked himself stands in nobody's way", () => {
    const wishes = [wish("first", ["held", "free"], []), wish("second", ["free"], [])];
    const { blocked } = settleClaims(wishes, new Map([["held", "stays"]]));
    expect([...blocked.keys()]).toEqual(["first"]);
  });
});

describe("where users are somebody else's to write", () => {
  const provisioned = [ada, bob, cy].map((user, at) =>
    inTarget(user, { externalId: `google-provisioning/${at}` }),
  );

  test("who left a group leaves it, though no group has him any more", () => {
    const { after } = sync({
      source: company([ada, bob, cy], [[devs, ada]]),
      existing: target(provisioned, [groupInTarget(devs, provisioned)]),
      rules: manage("groups", "memberships"),
    });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
  });

  test.each([
    ["SYNC_SUSPENDED=false", { syncSuspended: false }, "none" as const],
    ["USER_MATCH", { method: "users_groups" as const }, new Set([ada.id, cy.id])],
  ])("who may not count by %s leaves the groups", (_, over, matched) => {
    const { after } = sync({
      source: company([ada, { ...bob, state: "suspended" }, cy], [[devs, ada, bob, cy]], { matched }),
      existing: target(provisioned, [groupInTarget(devs, provisioned)]),
      rules: { ...over, ...manage("groups", "memberships") },
    });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com", "cy@example.com"] });
  });
});

describe("who is barred", () => {
  const gone = { ...bob, state: "suspended" } as const;
  const source = company([ada, gone, cy], [[devs, ada, gone]], { matched: new Set([ada.id, bob.id]) });
  const barred = (over: Parameters<typeof rules>[0]) => {
    const { barred: is } = scope(source, target(), rules(over));
    return [ada, gone, cy, dee].filter(({ id }) => is(id)).map(({ givenName }) => givenName);
  };

  test("is so by his state or by USER_MATCH, and never for being unknown or in no group", () => {
    expect(barred({})).toEqual([]);
    expect(barred({ syncSuspended: false })).toEqual(["Bob"]);
    expect(barred({ method: "users_groups" })).toEqual(["Cy"]);
    expect(barred({ method: "users_groups", syncSuspended: false })).toEqual(["Bob", "Cy"]);
  });

  test("an active user whom nobody asks for is out of scope, whatever becomes of suspended ones", () => {
    const { userAbsence } = scope(source, target(), rules({ syncSuspended: false }));
    expect(userAbsence(inTarget(cy))).toBe("out-of-scope");
    expect(userAbsence(inTarget(gone))).toBe("suspended");
  });
});

describe("whose day of deletion has come", () => {
  const old = inTarget(bob, { externalId: marked("2026-01-01", bob.id), active: false });

  test("is kept while a marked group that is ignored has him", () => {
    const group = groupInTarget(devs, [old], { externalId: marked("2026-01-01", devs.id) });
    const plan = planFor({
      source: company([ada], [[ops, ada]]),
      existing: target([inTarget(ada), old], [group, groupInTarget(ops, [inTarget(ada)])]),
      rules: { ignoreGroups: ["Devs"] },
    });
    expect(told(plan)).toEqual([]);
    expect(skipped(plan)).toContain("still-member bob@example.com");
  });

  test("is kept while a group taken over just now has him", () => {
    const plan = planFor({
      source: company([ada], [[devs, ada]]),
      existing: target([inTarget(ada), old], [groupInTarget(devs, [inTarget(ada), old], { externalId: "" })]),
      rules: manage("users", "groups"),
      approve: "everything",
    });
    expect(told(plan)).toEqual(["group.update Devs"]);
    expect(skipped(plan)).toContain("still-member bob@example.com");
  });

  test("goes where only a group made by hand has him", () => {
    const hand = groupInTarget(ops, [old], { externalId: "", name: "By hand" });
    const plan = planFor({
      source: company([ada], [[devs, ada]]),
      existing: target([inTarget(ada), old], [groupInTarget(devs, [inTarget(ada)]), hand]),
    });
    expect(told(plan)).toEqual(["user.delete bob@example.com"]);
  });
});

test("what moves aside, comes back, is taken over, goes or only differs is told apart, and writes what differs", () => {
  const second = human(9, "Ada", "Second");
  const back = human(5, "Back", "Again");
  const hand = human(6, "Hand", "Made");
  const plan = planFor({
    source: company([second, { ...bob, familyName: "Other" }, back, hand], [], { matched: "all" }),
    existing: target([
      inTarget(ada, { active: false }),
      inTarget(bob),
      inTarget(back, { externalId: marked("2026-03-01", back.id), active: false }),
      inTarget(hand, { externalId: "" }),
    ]),
  });
  const causes = changesOf(plan).flatMap((change) =>
    "cause" in change
      ? [`${change.kind} ${change.id} ${change.cause}: ${Object.keys(change.patch).toSorted().join(" ")}`]
      : [],
  );
  expect(causes.toSorted()).toEqual([
    "user.restore u-5 returned: active externalId",
    "user.retire u-1 gone: externalId",
    "user.update u-1 moved-aside: email userName",
    "user.update u-2 differs: displayName familyName",
    "user.update u-6 adopted: externalId",
  ]);
});

test("AWS takes user names of 1 to 128 characters", () => {
  expect(["", "a", "a".repeat(128), "a".repeat(129)].map(isUserName)).toEqual([false, true, true, false]);
});
