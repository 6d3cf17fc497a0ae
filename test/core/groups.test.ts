import { describe, expect, test } from "vitest";
import { atOnce } from "../../src/core/at-once.ts";
import { isPlainAdoption } from "../../src/core/take-over.ts";
import { carryOut, groupBy, roll, rosters, sync } from "./carried-out.ts";
import { planFor, reasons, skipped, told } from "./planned.ts";
import {
  TODAY,
  ada,
  bob,
  company,
  cy,
  dee,
  devs,
  groupInTarget,
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
const kinds = (one: Case): readonly string[] =>
  planFor(one).waiting.map(({ kind, about }) => `${kind} ${about?.label}`);

describe("a group", () => {
  test("is created with its members, by its cleaned name", () => {
    const { plan, after } = sync({
      source: company([ada], [[team(1, " D\u200bevs\n", { email: devs.email }), ada]]),
    });
    expect(told(plan)).toEqual(["user.create ada@example.com", "group.create Devs ada@example.com"]);
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
  });

  test("with an over-long name is cut once, and the next run sees no difference", () => {
    const { after } = sync({ source: company([], [[{ ...devs, name: "x".repeat(2000) }]]) });
    expect(after.groups[0]?.name).toHaveLength(1024);
  });

  test("is renamed in place; its id and members stay", () => {
    const existing = target([inTarget(ada)], [groupInTarget(devs, [inTarget(ada)], { name: "Old" })]);
    const { plan, after } = sync({ source: company([ada], [[devs, ada]]), existing });
    expect(told(plan)).toEqual(["group.update Old"]);
    expect(after.groups).toEqual([groupInTarget(devs, [inTarget(ada)])]);
  });

  test("whose name differs in case only is not renamed", () => {
    const existing = target([], [groupInTarget(devs, [], { name: "DEVS" })]);
    expect(told(sync({ source: company([], [[devs]]), existing }).plan)).toEqual([]);
  });

  test("whose new name an unmanaged group holds stays as it is and goes on syncing its members", () => {
    const existing = target([inTarget(ada)], [groupInTarget(devs, [], { name: "Old" }), strayGroup("devs")]);
    const { plan, after } = sync({ source: company([ada], [[devs, ada]]), existing });
    expect(rosters(after)).toEqual({ Old: ["ada@example.com"], devs: [] });
    expect(skipped(plan)).toEqual(["name-taken devs@example.com"]);
    expect(reasons(plan)).toMatchObject([{ holder: { target: "g-devs" }, keeps: "Old" }]);
  });
});

describe("names of groups that change hands", () => {
  const night = team(3, "Night");
  const members = [inTarget(ada)];
  const before = target(
    members,
    [devs, ops, night].map((group) => groupInTarget(group, members)),
  );
  const named = (group: typeof devs, name: string) => ({ ...group, name });
  const move = (...groups: readonly (typeof devs)[]) => {
    const both = sync({
      source: company(
        [ada],
        groups.map((group) => [group, ada] as const),
      ),
      existing: before,
    });
    expect(carryOut(both.plan, before, "reversed")).toEqual(both.after);
    return both;
  };
  const names = (of: ReturnType<typeof move>): readonly string[] => of.after.groups.map(({ name }) => name);

  test("between two succeed in one run, one parked as ssosync-moving in between", () => {
    const both = move(named(devs, "Ops"), named(ops, "Devs"), night);
    expect(names(both)).toEqual(["Ops", "Devs", "Night"]);
    expect(both.plan.steps[0]).toMatchObject([{ kind: "group.update", cause: "parked" }]);
    expect(JSON.stringify(both.plan.steps[0])).toMatch(/"name":"ssosync-moving\.g-/);
  });

  test("in a ring of three succeed in one run", () => {
    expect(names(move(named(devs, "Ops"), named(ops, "Night"), named(night, "Devs")))).toEqual([
      "Ops",
      "Night",
      "Devs",
    ]);
  });

  test("along a chain need no parking", () => {
    const both = move(named(devs, "Ops"), named(ops, "Night"), named(night, "Day"));
    expect(told(both.plan)).toEqual(["group.update Night", "group.update Ops", "group.update Devs"]);
  });

  test("to a new group wait until they are free, and are no hand-over", () => {
    const both = move(named(devs, "Day"), ops, night, team(9, "Devs", { email: "new@example.com" }));
    expect(told(both.plan)).toEqual(["group.update Devs", "group.create Devs ada@example.com"]);
    expect(both.plan.waiting).toEqual([]);
  });

  test("to a group that is taking over nobody's place, from one that is revoked, move that one aside", () => {
    const both = move(named(devs, "Ops"), night);
    expect(names(both)).toEqual(["Ops", `Ops (retired ${TODAY})`, "Night"]);
    expect(groupBy(both.after, groupInTarget(ops).id)?.externalId).toBe(marked(TODAY, ops.id));
  });

  test("from one that was marked earlier, move it aside with the day of its mark, cut and unique", () => {
    const old = groupInTarget(ops, [], { name: "x".repeat(1024), externalId: marked("2026-03-01", ops.id) });
    const aside = `${"x".repeat(1024 - " (retired 2026-03-01)".length)} (retired 2026-03-01)`;
    const { after } = sync({
      source: company([], [[named(devs, "x".repeat(1024))]]),
      existing: target([], [groupInTarget(devs), old, strayGroup(aside)]),
    });
    expect(groupBy(after, old.id)?.name).toBe(
      `${"x".repeat(1024 - " (retired 2026-03-01, 2)".length)} (retired 2026-03-01, 2)`,
    );
  });

  test("from two that are revoked and alike when cut, move both aside under two names", () => {
    const [one, other] = [`${"x".repeat(1023)}1`, `${"x".repeat(1023)}2`] as const;
    const { after } = sync({
      source: company([], [[named(devs, one)], [named(ops, other)]]),
      existing: target(
        [],
        [
          groupInTarget(devs),
          groupInTarget(ops),
          groupInTarget(team(5, one), [], { externalId: marked("2026-03-01", team(5, "").id) }),
          groupInTarget(team(6, other), [], { externalId: marked("2026-03-01", team(6, "").id) }),
        ],
      ),
    });
    expect(new Set(after.groups.map(({ name }) => name)).size).toBe(4);
  });
});

/** Where a revoked user has been moved to. */
const ASIDE = { userName: "aside@example.com", email: "aside@example.com" };

describe("adopting a group", () => {
  const byHand = strayGroup("devs", [inTarget(ada)]);
  const existing = target([inTarget(ada), inTarget(bob)], [byHand]);
  const fits = company([ada, bob], [[devs, ada]], everyone);
  const gives = company([ada, bob], [[devs, ada, bob]], everyone);
  const never = { ...cy, state: "suspended" } as const;
  const both = [inTarget(ada), inTarget(bob)];
  const root = stray("root");

  test.each([
    ["change no member", fits, [inTarget(ada)], [], []],
    ["let somebody in", gives, [inTarget(ada)], [bob], []],
    [
      "let in somebody who is new",
      company([ada, cy], [[devs, ada, cy]], everyone),
      [inTarget(ada)],
      [cy],
      [],
    ],
    ["put somebody out", fits, both, [], [bob]],
    ["put everybody out", company([ada, bob], [[devs]], everyone), both, [], [ada, bob]],
    [
      "put out all but those made by hand",
      company([ada, bob], [[devs]], everyone),
      [inTarget(ada), root],
      [],
      [ada],
    ],
    ["change nothing in an empty group", company([ada, bob], [[devs]], everyone), [], [], []],
    [
      "let in nobody who was never seen",
      company([ada, bob, never], [[devs, ada, never]], everyone),
      [inTarget(ada)],
      [],
      [],
    ],
  ])("that would %s waits, names who, and changes nothing meanwhile", (_, source, members, joins, leaves) => {
    const before = target([...both, root], [strayGroup("devs", members)]);
    const { plan, after } = sync({ source, existing: before });
    expect(after.groups).toEqual(before.groups);
    expect(plan.waiting).toEqual([
      {
        id: expect.any(String) as string,
        kind: "adoption",
        about: { kind: "group", source: devs.id, target: "g-devs", label: "Devs" },
        reason: {
          ...{ code: "taking-over", how: "adopted", whose: "unmanaged", externalId: "" },
          group: { kind: "group", target: "g-devs", label: "devs" },
          ...{ by: devs.email, adminCreated: true, owners: [] },
          ...{
            joins: joins.map(({ email }) => email),
            leaves: leaves.map(({ email }) => email),
            later: source.users.filter((user) => user === never).map(({ email }) => email),
            whole: true,
          },
        },
      },
    ]);
    const approved = sync({ source, existing: before, approve: "everything" });
    expect(approved.plan.waiting).toEqual([]);
    expect(approved.after.groups[0]?.externalId).toBe(devs.id);
  });

  test("that a user made says so, and is not among those that may be approved at one go", () => {
    const hers = { ...ops, adminCreated: false };
    const plan = planFor({
      source: company(
        [ada, bob],
        [
          [hers, bob],
          [devs, ada],
          [team(3, "Night"), ada],
        ],
        everyone,
      ),
      existing: target(both, [strayGroup("Ops", [inTarget(bob)]), strayGroup("Night"), byHand]),
    });
    expect(plan.waiting.map(({ reason }) => reason)).toMatchObject([
      { group: { label: "devs" }, adminCreated: true },
      { group: { label: "Ops" }, adminCreated: false },
      { group: { label: "Night" }, joins: [ada.email] },
    ]);
    expect(plan.waiting.filter(isPlainAdoption).map(({ id }) => id)).toEqual([plan.waiting[0]?.id]);
    const others = plan.waiting.map((wait) => ({ ...wait, kind: "growth" as const, id: `g${wait.id}` }));
    expect(atOnce([...plan.waiting, ...others])).toEqual([
      { kind: "adoption", ids: [plan.waiting[0]?.id] },
      { kind: "growth", ids: others.map(({ id }) => id) },
    ]);
  });

  test("of another identity provider waits as such, with the id that it has there", () => {
    const { plan } = sync({
      source: company([ada], [[devs, ada]], everyone),
      existing: target([inTarget(ada)], [strayGroup("Devs", [], { externalId: "okta-1" })]),
      rules: { adopt: "any" },
    });
    expect(plan.waiting).toMatchObject([
      { kind: "adoption", reason: { whose: "foreign", externalId: "okta-1", joins: [ada.email] } },
    ]);
  });

  test("names nobody who is somebody else's to create", () => {
    const plan = planFor({
      source: company([ada, bob], [[devs, ada, bob]], everyone),
      existing: target([inTarget(ada)], [strayGroup("devs", [inTarget(ada)])]),
      rules: manage("groups", "memberships"),
    });
    expect(plan.waiting).toMatchObject([{ reason: { joins: [], leaves: [] } }]);
    expect(told(plan)).toEqual([]);
  });

  test("names nobody who leaves it anyway", () => {
    const group = strayGroup("devs", [inTarget(dee)]);
    const { plan } = sync({
      source: company([ada, bob], [[devs]], everyone),
      existing: target([inTarget(ada), inTarget(dee)], [group]),
    });
    expect(plan.waiting).toMatchObject([{ reason: { joins: [], leaves: [] } }]);
  });

  test("that nests one which Google does not show puts nobody out, and is not among those that may be approved at one go", () => {
    const unread = company([ada, bob], [[devs, ops]], { ...everyone, nested: [[ops]], unread: [ops] });
    const one = { source: unread, existing: target(both, [byHand]) };
    const { waiting } = planFor(one);
    expect(waiting).toMatchObject([{ kind: "adoption", reason: { leaves: [], whole: false } }]);
    expect(waiting.filter(isPlainAdoption)).toEqual([]);
    expect(rosters(sync({ ...one, approve: "everything" }).after)).toEqual({ devs: [ada.email] });
  });

  test("names who is gone where users are somebody else's to write: it is what puts them out", () => {
    const one = {
      source: company([ada], [[devs, ada]], everyone),
      existing: target([inTarget(ada), inTarget(dee)], [strayGroup("devs", [inTarget(ada), inTarget(dee)])]),
      rules: manage("groups", "memberships"),
    };
    const { waiting } = planFor(one);
    expect(waiting).toMatchObject([{ reason: { joins: [], leaves: [dee.email] } }]);
    expect(waiting.filter(isPlainAdoption)).toEqual([]);
    const { plan, after } = sync({ ...one, approve: "everything" });
    expect(told(plan)).toEqual([`members.remove devs ${dee.email}`, "group.update devs"]);
    expect(rosters(after)).toEqual({ devs: [ada.email] });
  });

  test("does not name whose own removal is held, for they stay in it: its id is the same as before", () => {
    const one = {
      source: company([ada], [[devs, ada]], everyone),
      existing: target([inTarget(ada), inTarget(dee)], [strayGroup("devs", [inTarget(ada), inTarget(dee)])]),
    };
    const holds = { users: new Set([inTarget(dee).id]) };
    const { waiting } = planFor({ ...one, holds });
    expect(waiting).toEqual(planFor(one).waiting);
    expect(waiting).toMatchObject([{ reason: { joins: [], leaves: [] } }]);
    const after = carryOut(planFor({ ...one, holds, approve: "everything" }), one.existing);
    expect(rosters(after)).toEqual({ devs: [ada.email, dee.email] });
  });

  test("that was revoked keeps nobody while it waits", () => {
    const old = strayGroup("devs", [inTarget(ada)], { externalId: marked(TODAY, "aws-g-devs") });
    const { plan, after } = sync({
      source: company([ada, bob], [[devs, bob]], everyone),
      existing: target([inTarget(ada), inTarget(bob)], [old]),
    });
    expect(plan.waiting).toMatchObject([{ kind: "adoption" }]);
    expect(after.groups).toEqual([{ ...old, members: new Set() }]);
  });

  test("that would empty it has an id that others in it change", () => {
    const source = company([ada, bob], [[devs]], everyone);
    const ids = [[inTarget(ada)], [inTarget(bob)], both].map(
      (members) => planFor({ source, existing: target(both, [strayGroup("devs", members)]) }).waiting[0]?.id,
    );
    expect(new Set(ids).size).toBe(3);
  });

  test("that waits is done when it is approved", () => {
    const { plan, after } = sync({ source: gives, existing, approve: "everything" });
    expect(plan.waiting).toEqual([]);
    expect(told(plan)).toEqual(["group.update devs", "members.add Devs bob@example.com"]);
    expect(groupBy(after, byHand.id)).toMatchObject({ externalId: devs.id });
    expect(rosters(after)).toEqual({ devs: ["ada@example.com", "bob@example.com"] });
  });

  test("that would give a membership to somebody who is new waits too, and the user is created meanwhile", () => {
    const { plan, after } = sync({ source: company([ada, bob, cy], [[devs, ada, cy]], everyone), existing });
    expect(plan.waiting).toHaveLength(1);
    expect(roll(after)).toContain("cy@example.com");
    expect(rosters(after)).toEqual({ devs: ["ada@example.com"] });
  });

  test("names no member who is ignored", () => {
    const { plan } = sync({ source: gives, existing, rules: { ignoreUsers: ["bob@*"] } });
    expect(plan.waiting).toMatchObject([{ reason: { joins: [], leaves: [] } }]);
  });

  test.each([
    ["to be created", bob.email, []],
    [
      "who comes back",
      ASIDE.email,
      [inTarget(bob, { externalId: marked(TODAY, bob.id), active: false, ...ASIDE })],
    ],
  ])("waits for somebody %s, too, whose address is taken for now", (_, name, old) => {
    const one = {
      source: gives,
      existing: target([inTarget(ada), stray("holder", { email: bob.email }), ...old], [byHand]),
    };
    const { plan, after } = sync(one);
    expect(kinds(one)).toEqual(["adoption Devs"]);
    expect(plan.waiting).toMatchObject([{ reason: { joins: [name] } }]);
    expect(skipped(plan)).toContain("email-taken bob@example.com");
    expect(after).toEqual(one.existing);
  });

  test("gives nobody a membership where MANAGE leaves memberships out", () => {
    const one = { source: gives, existing, rules: manage("users", "groups") };
    expect(planFor(one).waiting).toMatchObject([{ reason: { joins: [], leaves: [] } }]);
    const { after } = sync({ ...one, approve: "everything" });
    expect(after.groups).toEqual([{ ...byHand, externalId: devs.id }]);
  });

  test("keeps an unmanaged member who belongs to nobody", () => {
    const { after } = sync({
      source: fits,
      existing: target([inTarget(ada), root], [strayGroup("devs", [inTarget(ada), root])]),
      approve: "everything",
    });
    expect(rosters(after)).toEqual({ devs: ["ada@example.com", "root@example.com"] });
  });

  test("has an id that another hire does not change, and another member does", () => {
    const id = (one: Case): string | undefined => planFor(one).waiting[0]?.id;
    const first = id({ source: gives, existing });
    expect(
      id({
        source: company([ada, bob, cy], [[devs, ada, bob]], everyone),
        existing,
        now: "2026-07-01T00:00:00Z",
      }),
    ).toBe(first);
    expect(id({ source: company([ada, bob, cy], [[devs, ada, bob, cy]], everyone), existing })).not.toBe(
      first,
    );
  });
});

describe("a group that is no longer wanted", () => {
  const existing = target([inTarget(ada)], [groupInTarget(devs, [inTarget(ada)])]);
  const gone = company([ada], [], everyone);

  test("is emptied and marked, not deleted", () => {
    const { plan, after } = sync({ source: gone, existing });
    expect(told(plan)).toEqual(["group.retire Devs", "members.remove Devs ada@example.com"]);
    expect(after.groups).toEqual([groupInTarget(devs, [], { externalId: marked(TODAY, devs.id) })]);
  });

  test("is deleted after the grace, not before, and never with never", () => {
    const run = (since: string, graceDays: number | "never"): readonly string[] =>
      told(
        sync({
          source: gone,
          existing: target([], [groupInTarget(devs, [], { externalId: marked(since, devs.id) })]),
          rules: { graceDays },
        }).plan,
      ).filter((line) => line.startsWith("group"));
    expect(run("2026-02-07", 30)).toEqual(["group.delete Devs"]);
    expect(run("2026-02-08", 30)).toEqual([]);
    expect(run("2000-01-01", "never")).toEqual([]);
  });

  test("is emptied and deleted in the same run with a grace of 0", () => {
    const { plan, after } = sync({ source: gone, existing, rules: { graceDays: 0 } });
    expect(told(plan)).toEqual([
      "group.retire Devs",
      "members.remove Devs ada@example.com",
      "group.delete Devs",
    ]);
    expect(after.groups).toEqual([]);
  });

  test.each([
    ["unmanaged", stray("root"), {}],
    ["another provider's", stray("root", { externalId: "okta/1" }), {}],
    ["ignored", inTarget(bob), { ignoreUsers: ["bob@*"] }],
  ])("is not deleted while it has %s members, who stay, and that is told", (_, member, rules) => {
    const { plan, after } = sync({
      source: company([ada, bob], [], everyone),
      existing: target([inTarget(ada), member], [groupInTarget(devs, [inTarget(ada), member])]),
      rules: { graceDays: 0, ...rules },
    });
    expect(groupBy(after, groupInTarget(devs).id)?.members).toEqual(new Set([member.id]));
    expect(skipped(plan)).toContain("still-has-members Devs");
  });

  test("is left as it is while its removal is held; only revoked users leave it", () => {
    const both = [inTarget(ada), inTarget(bob)];
    const { after } = sync({
      source: gone,
      existing: target(both, [groupInTarget(devs, both)]),
      holds: { groups: new Set([groupInTarget(devs).id]) },
    });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
    expect(after.groups[0]?.externalId).toBe(devs.id);
  });

  test("is restored in place when it comes back, with its members, name and id", () => {
    const old = groupInTarget(devs, [], {
      externalId: marked("2020-01-01", devs.id),
      name: "Devs (retired 2020-01-01)",
    });
    const { plan, after } = sync({
      source: company([ada], [[devs, ada]]),
      existing: target([inTarget(ada)], [old]),
    });
    expect(told(plan)).toEqual([
      "group.restore Devs (retired 2020-01-01)",
      "members.add Devs ada@example.com",
    ]);
    expect(after.groups).toEqual([groupInTarget(devs, [inTarget(ada)])]);
    expect(plan.waiting).toEqual([]);
  });

  test("and was not emptied before it comes back loses only those who left", () => {
    const there = [inTarget(ada), inTarget(bob)];
    const old = groupInTarget(devs, there, { externalId: marked("2026-03-09", devs.id) });
    const source = company([ada, bob], [[devs, ada]], everyone);
    const { plan, after } = sync({ source, existing: target(there, [old]) });
    expect(told(plan)).toEqual(["members.remove Devs bob@example.com", "group.restore Devs"]);
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
  });

  test("and comes back while its name is taken stays revoked, without members, and that is told", () => {
    const old = groupInTarget(devs, [], {
      externalId: marked("2020-01-01", devs.id),
      name: "Devs (retired)",
    });
    const existing = target([inTarget(ada)], [old, strayGroup("Devs")]);
    const { plan, after } = sync({ source: company([ada], [[devs, ada]]), existing });
    expect(after).toEqual(existing);
    expect(skipped(plan)).toEqual(["name-taken devs@example.com"]);
  });

  test("and comes back while its name is taken loses whoever is still in it, but for those made by hand", () => {
    const root = stray("root");
    const gone = inTarget(cy, { externalId: marked("2020-01-01", cy.id), active: false });
    const there = [inTarget(ada), root, gone];
    const old = groupInTarget(devs, there, {
      externalId: marked("2020-01-01", devs.id),
      name: "Devs (retired)",
    });
    const holder = strayGroup("Devs");
    const { plan, after } = sync({
      source: company([ada, bob], [[devs, ada, bob]]),
      existing: target([...there, inTarget(bob)], [old, holder]),
    });
    expect(told(plan)).toEqual([
      "members.remove Devs (retired) ada@example.com cy@example.com",
      "user.delete cy@example.com",
    ]);
    expect(after.groups).toEqual([{ ...old, members: new Set([root.id]) }, holder]);
    expect(skipped(plan)).toEqual(["name-taken devs@example.com"]);
  });

  test("and comes back while its name is taken is not deleted, though its day has come and nobody is in it", () => {
    const old = groupInTarget(devs, [], { externalId: marked("2020-01-01", devs.id), name: "Old" });
    const existing = target([inTarget(ada)], [old, strayGroup("Devs")]);
    const one = { source: company([ada], [[devs, ada]]), existing, rules: { graceDays: 0 } as const };
    expect(sync(one).after).toEqual(existing);
  });
});

describe("a recycled group name", () => {
  const next = team(9, "Devs", { email: "devs@example.com" });
  const existing = target([inTarget(ada), inTarget(bob)], [groupInTarget(devs, [inTarget(ada)])]);
  const source = company([ada, bob], [[next, bob]], everyone);

  test("waits for approval: the old group is emptied and marked like any that is gone", () => {
    const { plan, after } = sync({ source, existing });
    expect(plan.waiting).toMatchObject([
      {
        ...{ kind: "hand-over", about: { source: next.id, target: `g-${devs.id}` } },
        reason: { whose: "gone", how: "handed-over", joins: [bob.email] },
      },
    ]);
    expect(told(plan)).toEqual(["group.retire Devs", "members.remove Devs ada@example.com"]);
    expect(after.groups).toEqual([groupInTarget(devs, [], { externalId: marked(TODAY, devs.id) })]);
  });

  test("keeps the same id while it waits, and the old group is never deleted meanwhile", () => {
    const first = planFor({ source, existing });
    const later = { source, existing: carryOut(first, existing), now: "2027-03-10T00:00:00Z" };
    const { plan, after } = sync(later);
    expect(plan.waiting.map(({ id }) => id)).toEqual(first.waiting.map(({ id }) => id));
    expect(told(plan)).toEqual([]);
    expect(after.groups).toHaveLength(1);
    expect(told(sync({ ...later, rules: { graceDays: 0 } }).plan)).toEqual([]);
  });

  test("approved at once happens in place: same group, new id, the new members only", () => {
    const { plan, after } = sync({ source, existing, approve: "everything" });
    expect(plan.waiting).toEqual([]);
    expect(after.groups).toEqual([groupInTarget(devs, [inTarget(bob)], { externalId: next.id })]);
    const holds = { retirements: new Set([groupInTarget(devs).id]) };
    expect(sync({ source, existing, holds, approve: "everything" }).after).toEqual(after);
  });

  test("approved later happens in place too", () => {
    const waits = sync({ source, existing }).after;
    const { plan, after } = sync({ source, existing: waits, approve: "everything" });
    expect(told(plan)).toEqual(["group.restore Devs", "members.add Devs bob@example.com"]);
    expect(after.groups).toEqual([groupInTarget(devs, [inTarget(bob)], { externalId: next.id })]);
  });

  test("waits even when it gives nobody a membership: its account assignments change hands", () => {
    const empty = { source: company([ada], [[next]], everyone), existing };
    expect(kinds(empty)).toEqual(["hand-over Devs"]);
    expect(planFor(empty).waiting.filter(isPlainAdoption)).toEqual([]);
  });

  test("is not handed over while the removal of the old group is held, whatever was approved", () => {
    const holds = { groups: new Set([groupInTarget(devs).id]) };
    const { plan, after } = sync({ source, existing, holds, approve: "everything" });
    expect(after).toEqual(existing);
    expect(skipped(plan)).toEqual(["name-held devs@example.com"]);
    expect(plan.waiting).toEqual([]);
  });

  test("that somebody approved with another id changes nothing", () => {
    const { plan } = sync({ source, existing, approve: ["no such id"] });
    expect(plan.waiting).toHaveLength(1);
  });
});

describe("without groups in MANAGE", () => {
  const over = manage("users", "memberships");
  test("no group is made, renamed, marked or deleted", () => {
    const existing = target(
      [inTarget(ada)],
      [
        groupInTarget(devs, [inTarget(ada)], { name: "Old" }),
        groupInTarget(ops),
        groupInTarget(team(5, "Past"), [], { externalId: marked("2020-01-01", team(5, "").id) }),
      ],
    );
    const { after } = sync({
      source: company([ada], [[devs, ada], [team(7, "New")]]),
      existing,
      rules: over,
    });
    expect(after).toEqual(existing);
  });

  test("only groups with their Google id are filled; the others are told", () => {
    const { plan, after } = sync({
      source: company(
        [ada],
        [
          [devs, ada],
          [ops, ada],
          [team(7, "New"), ada],
        ],
      ),
      existing: target([inTarget(ada)], [groupInTarget(devs), strayGroup("Ops")]),
      rules: over,
    });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"], Ops: [] });
    expect(skipped(plan).toSorted()).toEqual(["not-linked new@example.com", "not-linked ops@example.com"]);
  });

  test("a group whose name belongs to one that is gone is told, too", () => {
    const { plan, after } = sync({
      source: company([ada], [[team(7, "Ops"), ada]]),
      existing: target([inTarget(ada)], [groupInTarget(ops)]),
      rules: over,
    });
    expect(rosters(after)).toEqual({ Ops: [] });
    expect(skipped(plan)).toEqual(["not-linked ops@example.com"]);
  });

  test("a group whose source is gone is emptied of whom we manage, and neither marked nor deleted", () => {
    const all = [inTarget(ada), inTarget(bob), stray("hand")];
    const { after } = sync({
      source: company([ada], [], everyone),
      existing: target(all, [groupInTarget(devs, all)]),
      rules: { ...over, graceDays: 0 },
    });
    expect(rosters(after)).toEqual({ Devs: ["hand@example.com"] });
    expect(groupBy(after, groupInTarget(devs).id)).toMatchObject({ externalId: devs.id, name: "Devs" });
  });

  test("a group whose removal is held keeps its members, but for revoked users", () => {
    const both = [inTarget(ada), inTarget(bob)];
    const plan = planFor({
      source: company([ada], [], everyone),
      existing: target(both, [groupInTarget(devs, both)]),
      rules: over,
      holds: { groups: new Set([groupInTarget(devs).id]) },
    });
    expect(told(plan)).toEqual(["user.retire bob@example.com", "members.remove Devs bob@example.com"]);
  });
});
