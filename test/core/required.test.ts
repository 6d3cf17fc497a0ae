/** REQUIRED_MEMBERS: so many enabled members stay, and nothing but leavers goes below. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesOf } from "../../src/core/plan.ts";
import type { Held } from "../../src/core/reason.ts";
import type { Existing, ExistingUser, Rules, Source } from "../../src/core/model.ts";
import { low, whose } from "../oracle/claims.ts";
import { nameIn } from "../oracle/users.ts";
import { situation } from "./companies.ts";
import { carryOut, groupBy, rosters } from "./carried-out.ts";
import { fittedFor, leaversFirst, line, planFor, runFor, told } from "./planned.ts";
import type { Case } from "./planned.ts";
import {
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
  target,
  rules as rulesOf,
} from "./world.ts";

const needs = (count: number, group = devs.name): Pick<Rules, "requiredMembers"> => ({
  requiredMembers: [{ group, count }],
});

const allHeld = (one: Case): readonly Held[] => fittedFor(leaversFirst(one).rest).held;

/** What is held, as `kind subject: code`. */
const heldFor = (one: Case): readonly string[] =>
  allHeld(one).map(({ change, reason }) => `${line(change)}: ${reason.code}`);

const everybody = [ada, bob, cy].map((one) => inTarget(one));

/** Everybody is in both groups in AWS; in Google whoever is told. */
const scene = (
  inDevs: readonly (typeof ada)[],
  rules: Partial<Rules>,
  people: readonly (typeof ada)[] = [ada, bob, cy],
): Case => ({
  source: company(people, [
    [devs, ...inDevs],
    [ops, ...people],
  ]),
  existing: target(
    everybody,
    [devs, ops].map((group) => groupInTarget(group, everybody)),
  ),
  rules,
});

describe("a group that REQUIRED_MEMBERS names", () => {
  test("loses members as long as enough stay", () => {
    const one = scene([ada, bob], needs(2));
    expect(told(runFor(one))).toEqual(["members.remove Devs cy@example.com"]);
    expect(heldFor(one)).toEqual([]);
  });

  test("keeps all whom it would lose where too few would stay, and no other group waits for that", () => {
    const one = scene([ada], needs(2));
    expect(told(runFor(one))).toEqual([]);
    expect(heldFor(one)).toEqual(["members.remove Devs bob@example.com cy@example.com: required-members"]);
    expect(told(runFor(scene([], needs(2, ops.name))))).toEqual([
      "members.remove Devs ada@example.com bob@example.com cy@example.com",
    ]);
    const opsGone = {
      ...scene([ada, bob, cy], needs(2)),
      source: company([ada, bob, cy], [[devs, ada, bob, cy]]),
    };
    expect(told(runFor(opsGone))).toContain("group.retire Ops");
  });

  test("is meant by its name in AWS, whatever the case, also where Google calls it otherwise", () => {
    expect(told(runFor(scene([ada], needs(2, "DEVS"))))).toEqual([]);
    const renamed = { ...devs, name: "Developers" };
    const existing = target([inTarget(ada), inTarget(bob)], [groupInTarget(devs, [inTarget(ada)])]);
    const one = { source: company([ada, bob], [[renamed, ada, bob]]), existing };
    expect(heldFor({ ...one, rules: needs(1) })).toEqual(["group.update Devs: required-name"]);
    expect(told(runFor({ ...one, rules: needs(1) }))).toEqual(["members.add Developers bob@example.com"]);
    const both = {
      requiredMembers: [...needs(1).requiredMembers, ...needs(1, "Developers").requiredMembers],
    };
    expect(heldFor({ ...one, rules: both })).toEqual([]);
  });

  test("is meant, too, where it gets its name back from somebody who called it otherwise in AWS", () => {
    const one: Case = {
      ...scene([ada], needs(2)),
      existing: target(everybody, [
        groupInTarget(devs, everybody, { name: "Called otherwise" }),
        groupInTarget(ops, everybody),
      ]),
    };
    expect(told(runFor(one))).toEqual(["group.update Called otherwise"]);
    expect(heldFor(one)).toEqual([
      "members.remove Called otherwise bob@example.com cy@example.com: required-members",
    ]);
  });

  test("takes part in no trade of names, in which it would be called otherwise for a moment", () => {
    const traded = company(
      [ada],
      [
        [{ ...devs, name: ops.name }, ada],
        [{ ...ops, name: devs.name }, ada],
      ],
    );
    const existing = target(
      [inTarget(ada)],
      [devs, ops].map((group) => groupInTarget(group, [inTarget(ada)])),
    );
    const both = { requiredMembers: [...needs(1).requiredMembers, ...needs(1, ops.name).requiredMembers] };
    const one = { source: traded, existing, rules: both };
    expect(told(runFor({ ...one, rules: {} }))).toHaveLength(3);
    expect(told(runFor(one))).toEqual([]);
    for (const name of [devs.name, ops.name])
      expect(heldFor({ ...one, rules: needs(1, name) })).toEqual([`group.update ${name}: required-name`]);
    const [{ reason } = {}] = allHeld({ ...one, rules: needs(1) });
    expect(reason).toMatchObject({ code: "required-name", name: ops.name });
  });

  test("may be adopted, and is not kept from losing whoever counts for nothing", () => {
    const byHand = target([inTarget(ada)], [groupInTarget(devs, [inTarget(ada)], { externalId: "" })]);
    const adopting: Case = { source: company([ada], [[devs, ada]]), existing: byHand, rules: needs(1) };
    expect(told(planFor({ ...adopting, approve: "everything" }))).toEqual(["group.update Devs"]);
    const off = inTarget(cy, { active: false });
    const existing = target(
      [inTarget(ada), off],
      [groupInTarget(devs, [off]), groupInTarget(ops, [inTarget(ada), off])],
    );
    const one: Case = { source: company([ada, cy], [[devs], [ops, ada, cy]]), existing, rules: needs(2) };
    expect(heldFor(one)).toEqual([]);
    expect(told(runFor(one))).toEqual(["members.remove Devs cy@example.com"]);
  });

  test("counts only who is in it and would be out: not whoever is changed otherwise, or leaves elsewhere", () => {
    const renamed = { ...ada, givenName: "Augusta" };
    expect(heldFor(scene([renamed, bob], needs(2), [renamed, bob, cy]))).toEqual([]);
    const existing = target(everybody, [groupInTarget(devs, [inTarget(ada)]), groupInTarget(ops, everybody)]);
    const elsewhere: Case = {
      source: company(
        [ada, bob, cy],
        [
          [devs, ada],
          [ops, ada],
        ],
      ),
      existing,
      rules: needs(1),
    };
    expect(heldFor(elsewhere)).toEqual([]);
    const noMemberships = { ...needs(3), ...manage("users", "groups") };
    const one: Case = {
      ...scene([ada, bob], noMemberships),
      source: company(
        [ada, bob, cy],
        [
          [devs, ada, bob],
          [ops, ada, bob],
        ],
      ),
    };
    expect(heldFor(one)).toEqual(["user.retire cy@example.com: required-members"]);
  });

  test("loses leavers all the same, and then nobody else", () => {
    const one = scene([bob, cy], needs(2), [ada, { ...bob, state: "suspended" }, cy]);
    expect(told(runFor(one))).toEqual(["user.disable bob@example.com"]);
    expect(heldFor(one)).toEqual(["members.remove Devs ada@example.com: required-members"]);
  });

  test("does not count who would only come: the next run lets the others out", () => {
    const one = scene([dee, cy], needs(2), [ada, bob, cy, dee]);
    const first = runFor(one);
    expect(told(first)).toEqual([
      "user.create dee@example.com",
      "members.add Devs dee@example.com",
      "members.add Ops dee@example.com",
    ]);
    const after = carryOut(first, one.existing ?? target());
    expect(told(runFor({ ...one, existing: after }))).toEqual([
      "members.remove Devs ada@example.com bob@example.com",
    ]);
  });

  test("does not count whoever is disabled, or retired and enabled again by somebody", () => {
    const off = inTarget(cy, { active: false });
    const back = inTarget(bob, { externalId: marked("2026-03-01", bob.id) });
    const one = {
      source: company([ada, dee], [[devs, ada]]),
      existing: target(
        [inTarget(ada), inTarget(dee), off, back],
        [groupInTarget(devs, [inTarget(ada), inTarget(dee), off, back])],
      ),
      rules: needs(2),
    };
    expect(heldFor(one)).toEqual([
      "user.retire dee@example.com: required-members",
      "members.remove Devs dee@example.com: required-members",
    ]);
  });

  test("does not count whoever is ignored and has left Google", () => {
    const one: Case = {
      ...scene([bob], { ...needs(1), ignoreUsers: [bob.email] }, [ada, { ...bob, state: "suspended" }, cy]),
    };
    expect(heldFor(one)).toEqual(["members.remove Devs ada@example.com cy@example.com: required-members"]);
    const gone = scene([], { ...needs(1), ignoreUsers: [bob.email] }, [ada, cy]);
    expect(heldFor(gone)).toEqual(["members.remove Devs ada@example.com cy@example.com: required-members"]);
  });

  test("does not count whose account is not active, although somebody else disables users, or nobody could yet", () => {
    const people = [ada, { ...bob, state: "suspended" as const }, cy];
    const one = scene([bob], { ...needs(1), ...manage("groups", "memberships") }, people);
    expect(heldFor(one)).toEqual(["members.remove Devs ada@example.com cy@example.com: required-members"]);
    // Bob has left Google, and there was no room for him among the leavers of the day.
    const late = scene([ada], needs(2), [ada, cy]);
    expect(told(planFor({ ...late, holds: { users: new Set([inTarget(bob).id]) } }))).toEqual([]);
    expect(told(planFor({ ...late, holds: { users: new Set([inTarget(bob).id]) }, rules: {} }))).toEqual([
      "members.remove Devs cy@example.com",
    ]);
  });

  test("that is revoked is emptied to the last", () => {
    const existing = target(
      [inTarget(ada)],
      [
        groupInTarget(devs, [inTarget(ada)], { externalId: marked("2026-03-09", devs.id) }),
        groupInTarget(ops, [inTarget(ada)]),
      ],
    );
    const one = { source: company([ada], [[ops, ada]]), existing, rules: needs(1) };
    expect(told(runFor(one))).toEqual(["members.remove Devs ada@example.com"]);
  });

  test("counts whoever was made by hand", () => {
    const root = stray("root");
    const existing = target(
      [inTarget(ada), inTarget(bob), root],
      [groupInTarget(devs, [inTarget(ada), inTarget(bob), root])],
    );
    const one = { source: company([ada, bob], [[devs, ada]]), existing, rules: needs(2) };
    expect(heldFor(one)).toEqual([]);
    const people = [ada, bob, { ...dee, state: "suspended" as const }];
    const ghost = (user: ExistingUser) => ({
      ...{ source: company(people, [[devs, ada]]), rules: needs(2) },
      existing: target(
        [inTarget(ada), inTarget(bob), user],
        [groupInTarget(devs, [inTarget(ada), inTarget(bob), user])],
      ),
    });
    expect(heldFor(ghost(stray("ghost")))).toEqual([]);
    expect(heldFor(ghost(stray("dee")))).not.toEqual([]);
  });

  test("keeps who would be out of scope enabled and in it, and only in it", () => {
    const one: Case = {
      ...scene([ada], needs(2)),
      source: company(
        [ada, bob, cy],
        [
          [devs, ada, bob],
          [ops, ada, bob],
        ],
        { matched: new Set([ada.id, cy.id]) },
      ),
    };
    const method: Partial<Rules> = { method: "users_groups", ...needs(2) };
    const plan = runFor({ ...one, rules: method });
    expect(told(plan)).toEqual(["members.remove Ops bob@example.com cy@example.com"]);
    expect(heldFor({ ...one, rules: method })).toEqual([
      "user.retire bob@example.com: required-members",
      "members.remove Devs bob@example.com cy@example.com: required-members",
    ]);
  });

  test("is not retired, nor emptied where groups are made elsewhere", () => {
    const gone = { ...scene([], needs(1)), source: company([ada, bob, cy], [[ops, ada, bob, cy]]) };
    expect(told(runFor(gone))).toEqual([]);
    expect(heldFor(gone)).toEqual([
      "group.retire Devs: required-members",
      "members.remove Devs ada@example.com bob@example.com cy@example.com: required-members",
    ]);
    const elsewhere = { ...gone, rules: { ...needs(1), ...manage("memberships") } };
    expect(told(runFor(elsewhere))).toEqual([]);
    // Nor does it lose whoever is disabled, for whom alone it would need nobody.
    const off = inTarget(dee, { active: false });
    const withOff: Case = {
      ...elsewhere,
      source: company([ada, bob, cy, dee], [[ops, ada, bob, cy, dee]]),
      existing: target([...everybody, off], [groupInTarget(devs, [...everybody, off])]),
    };
    expect(told(runFor(withOff))).toEqual([]);
    const bare = { ...gone, rules: { ...needs(1), ...manage("users", "groups") } };
    expect(heldFor(bare)).toEqual(["group.retire Devs: required-members"]);
    const goes = (one: Case) =>
      allHeld(one).map(({ reason }) => reason.code === "required-members" && reason.goes);
    expect([goes(gone), goes(elsewhere), goes(bare)]).toEqual([[true, true], [true], [true]]);
    expect(goes(scene([ada], needs(2)))).toEqual([false]);
    // With somebody who is out of scope besides.
    const less = { ...gone, source: company([ada, bob, cy], [[ops, ada, bob]]) };
    expect(goes(less)).toEqual([true, true, true]);
    expect(goes({ ...less, rules: { ...needs(1), ...manage("users", "memberships") } })).toEqual([
      true,
      true,
    ]);
  });
});

// ---------------------------------------------------------------- any company, any sequence of runs

/**
 * Enabled, in the group by its id, not revoked, and nobody whose account is not active, by its id or, taken over, by
 * its user name: told from both sides alone.
 */
function holding(
  { users, groups }: Existing,
  id: string,
  { users: accounts }: Source,
  naming: Rules,
): ReadonlySet<string> {
  const members = groups.find((group) => group.id === id)?.members ?? new Set();
  const active = new Set(accounts.filter(({ state }) => state === "active").map((account) => account.id));
  const asleep = new Set(
    accounts.filter(({ state }) => state !== "active").map((account) => low(nameIn(account, naming))),
  );
  const some = users.filter((user) => {
    const { kind, of } = whose(user);
    const isIn = kind === "live" ? active.has(of as never) : !asleep.has(low(user.userName));
    return user.active && kind !== "marked" && isIn;
  });
  return new Set(some.flatMap((user) => (members.has(user.id) ? [user.id] : [])));
}

const required = fc.uniqueArray(
  fc.record({ group: fc.constantFrom("Red", "blue", "Green", "Old"), count: fc.integer({ min: 1, max: 3 }) }),
  { selector: ({ group }) => group, minLength: 1, maxLength: 3 },
);

test(
  "whatever a sequence of runs does, wherever each is cut, a named group keeps its name and enough of its members",
  { tags: "long" },
  () => {
    let held = 0;
    const days = fc.array(fc.tuple(situation, fc.nat(40)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(days, required, (runs, requiredMembers) => {
        let existing = runs[0]?.[0].existing ?? target();
        for (const [at, [{ source, rules, approve }, cut]] of runs.entries()) {
          const one: Case = {
            ...{ source, existing, rules: { ...rules, requiredMembers } },
            // Who is marked, comes back and is marked again on one day would have the same mark as before.
            now: `2026-03-1${at}T09:00:00Z`,
            approve: approve ? "everything" : [],
          };
          const all = runFor(one);
          const changes = changesOf(all);
          const some = changes.slice(0, changes.length - (cut % (changes.length + 1)));
          const after = carryOut({ ...all, steps: some.map((change) => [change]) }, existing);
          for (const { group, count } of requiredMembers) {
            const before = existing.groups.find(({ name }) => low(name) === low(group));
            if (before === undefined || whose(before).kind === "marked") continue;
            const now = groupBy(after, before.id);
            const names = requiredMembers.map((other) => low(other.group));
            expect(names, "its name").toContain(low(now?.name ?? ""));
            const had = holding(existing, before.id, source, rulesOf(one.rules));
            const has = holding(after, before.id, source, rulesOf(one.rules));
            const text = JSON.stringify([rosters(existing), rosters(after), changes.map(line)]);
            expect(has.size, text).toBeGreaterThanOrEqual(Math.min(count, had.size));
          }
          held += heldFor(one).length;
          existing = after;
        }
      }),
      { numRuns: 500 },
    );
    expect(held).toBeGreaterThan(0);
  },
);
