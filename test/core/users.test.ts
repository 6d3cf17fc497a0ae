import { describe, expect, test } from "vitest";
import { targetId } from "../../src/core/model.ts";
import type { ExistingUser, Rules } from "../../src/core/model.ts";
import { carryOut, roll, rosters, sync, userAt, userBy } from "./carried-out.ts";
import { planFor, reasons, skipped, told } from "./planned.ts";
import {
  strayGroup,
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
  stray,
  target,
  asleepInTarget,
  byHand,
  suspendedMarked,
} from "./world.ts";

const everyone = { matched: "all" } as const;
const wanted = (...people: readonly (typeof ada)[]) => company(people, [], everyone);
const retired = (person: typeof ada, since: string, over: Partial<ExistingUser> = {}): ExistingUser =>
  inTarget(person, { externalId: marked(since, person.id), active: false, ...over });

describe("a user who is wanted", () => {
  test("and is not there is created with everything", () => {
    const { plan, after } = sync({ source: wanted(ada) });
    expect(told(plan)).toEqual(["user.create ada@example.com"]);
    expect(after.users).toEqual([inTarget(ada, { id: targetId("new-1") })]);
  });

  test("and has drifted gets an update of who they are, and another of what they are called, with only what differs", () => {
    const { plan } = sync({
      source: wanted(ada),
      existing: target([inTarget(ada, { givenName: "A", email: "" })]),
    });
    expect(plan.steps).toMatchObject([
      [{ kind: "user.update", patch: { email: "ada@example.com" }, cause: "differs" }],
      [{ kind: "user.update", patch: { givenName: "Ada" }, cause: "differs" }],
    ]);
  });

  test("and has a new address keeps id and groups, and is out of none in between", () => {
    const old = inTarget(ada, { userName: "old@example.com", email: "old@example.com" });
    const { plan, after } = sync({
      source: company([ada], [[devs, ada]]),
      existing: target([old], [groupInTarget(devs, [old])]),
    });
    expect(told(plan)).toEqual(["user.update old@example.com"]);
    expect(userBy(after, old.id)).toEqual(inTarget(ada));
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
  });

  test("with a missing name is filled once, and the next run sees no difference", () => {
    const { after } = sync({ source: wanted({ ...ada, familyName: "" }) });
    expect(after.users[0]).toMatchObject({ givenName: "Ada", familyName: "-", displayName: "Ada" });
  });

  test("with text that AWS refuses is cleaned once, and the next run sees no difference", () => {
    const { after } = sync({
      source: wanted({ ...ada, givenName: "A\u0007da\u200b ", familyName: "x".repeat(3000) }),
    });
    expect(after.users[0]).toMatchObject({ givenName: "Ada", familyName: "x".repeat(1024) });
  });

  test("and disabled since Google suspended the account is enabled, whatever becomes of the names", () => {
    const { plan, after } = sync({
      source: wanted(ada),
      existing: target([asleepInTarget(ada, { givenName: "A" })]),
    });
    expect(after.users).toEqual([inTarget(ada)]);
    expect(plan.steps).toEqual([
      [expect.objectContaining({ kind: "user.enable", patch: { active: true, externalId: ada.id } })],
      [expect.objectContaining({ kind: "user.update", patch: { givenName: "Ada" } })],
    ]);
  });

  test("and suspended is disabled first and by a request of its own, the rest comes later", () => {
    const asleep = { ...ada, state: "suspended" } as const;
    const { plan } = sync({ source: wanted(asleep), existing: target([inTarget(ada, { givenName: "A" })]) });
    const off = { active: false, externalId: suspendedMarked(TODAY, ada.id) };
    expect(plan.steps).toMatchObject([
      [{ kind: "user.disable", patch: off, cause: "suspended" }],
      [{ kind: "user.update", patch: { givenName: "Ada" } }],
    ]);
  });
});

describe("a user who is no longer wanted", () => {
  const inDevs = target(
    [inTarget(ada), inTarget(bob)],
    [groupInTarget(devs, [inTarget(ada), inTarget(bob)])],
  );
  const left = company([bob], [[devs, bob]]);

  test("is disabled, marked with the day, and out of all managed groups", () => {
    const { plan, after } = sync({ source: left, existing: inDevs });
    expect(told(plan)).toEqual([
      "user.disable ada@example.com",
      "user.retire ada@example.com",
      "members.remove Devs ada@example.com",
    ]);
    expect(plan.steps).toMatchObject([
      [{ patch: { active: false, externalId: suspendedMarked(TODAY, ada.id) }, cause: "gone" }],
      [{ patch: { externalId: marked(TODAY, ada.id) }, cause: "gone" }],
      [{ kind: "members.remove" }],
    ]);
    expect(userAt(after, ada.email)).toEqual(retired(ada, TODAY));
    expect(rosters(after)).toEqual({ Devs: ["bob@example.com"] });
  });

  test("but still in the company is disabled and marked in one request", () => {
    const { plan } = sync({ source: company([ada, bob], [[devs, bob]]), existing: inDevs });
    expect(told(plan)).toEqual(["user.retire ada@example.com", "members.remove Devs ada@example.com"]);
    expect(plan.steps[0]).toMatchObject([
      { patch: { active: false, externalId: marked(TODAY, ada.id) }, cause: "out-of-scope" },
    ]);
  });

  test("is left alone while the removal is held, and stays in the groups", () => {
    const { plan, after } = sync({
      source: company([ada, bob], [[devs, ada, bob]], { matched: new Set([bob.id]) }),
      existing: inDevs,
      rules: { method: "users_groups" },
      holds: { users: new Set([inTarget(ada).id]), members: new Set([`${groupInTarget(devs).id}/u-1`]) },
    });
    expect(told(plan)).toEqual([]);
    expect(after).toEqual(inDevs);
  });

  test("is deleted on the first run that many days after the mark, not before", () => {
    const run = (since: string, graceDays: number | "never" = 30): readonly string[] =>
      roll(
        sync({
          source: wanted(bob),
          existing: target([retired(ada, since), inTarget(bob)]),
          rules: { graceDays },
        }).after,
      );
    expect(run("2026-02-07")).toEqual(["bob@example.com"]);
    expect(run("2026-02-08")).toEqual(["-ada@example.com", "bob@example.com"]);
    expect(run("2020-01-01", "never")).toEqual(["-ada@example.com", "bob@example.com"]);
    expect(run("2026-03-10", 1)).toEqual(["-ada@example.com", "bob@example.com"]);
    expect(run("2026-03-11", 0)).toEqual(["-ada@example.com", "bob@example.com"]);
  });

  test("is deleted in the same run with a grace of 0, after everything else", () => {
    const { plan, after } = sync({ source: left, existing: inDevs, rules: { graceDays: 0 } });
    expect(told(plan)).toEqual([
      "user.disable ada@example.com",
      "user.retire ada@example.com",
      "members.remove Devs ada@example.com",
      "user.delete ada@example.com",
    ]);
    expect(roll(after)).toEqual(["bob@example.com"]);
  });

  test("is not deleted while a membership that is held keeps the user in a group of ours", () => {
    const held = new Set([`${groupInTarget(devs).id}/${inTarget(ada).id}`]);
    const { after } = sync({
      source: left,
      existing: inDevs,
      rules: { graceDays: 0 },
      holds: { members: held },
    });
    expect(roll(after)).toEqual(["-ada@example.com", "bob@example.com"]);
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com", "bob@example.com"] });
  });

  test("but marked already and enabled by hand is disabled again, once, with the old mark", () => {
    const existing = target([retired(ada, "2026-03-01", { active: true }), inTarget(bob)]);
    const { plan, after } = sync({ source: wanted(bob), existing });
    expect(told(plan)).toEqual(["user.disable ada@example.com"]);
    expect(userAt(after, ada.email)).toEqual(retired(ada, "2026-03-01"));
    expect(plan.steps.flat()).toMatchObject([{ cause: "gone" }]);
    expect(plan.steps.flat()[0]).toHaveProperty("patch", { active: false });
  });

  test.each([30, 0] as const)(
    "but enabled by hand when the day of deletion has come is disabled, and deleted by a later run (grace %i)",
    (graceDays) => {
      const existing = target([retired(ada, "2020-01-01", { active: true }), inTarget(bob)]);
      const one = { source: wanted(bob), rules: { graceDays } };
      const plan = planFor({ ...one, existing });
      expect(told(plan)).toEqual(["user.disable ada@example.com"]);
      const { plan: later } = sync({ ...one, existing: carryOut(plan, existing) });
      expect(told(later)).toEqual(["user.delete ada@example.com"]);
    },
  );

  test.each([30, 0, "never"] as const)(
    "but disabled by hand leaves the groups unmarked, and comes back disabled (grace %s)",
    (graceDays) => {
      const off = inTarget(ada, { active: false });
      const existing = target([off, inTarget(bob)], [groupInTarget(devs, [off, inTarget(bob)])]);
      const rules = { graceDays };
      const source = company([ada, bob], [[devs, bob]]);
      const { plan, after } = sync({ source, existing, rules });
      expect(told(plan)).toEqual(["members.remove Devs ada@example.com"]);
      const next = planFor({ source, existing: after, rules });
      expect(told(next)).toEqual([]);
      expect(skipped(next)).toEqual(["off-by-hand ada@example.com"]);
      const back = planFor({ source: company([ada, bob], [[devs, ada, bob]]), existing: after, rules });
      expect(told(back)).toEqual(["members.add Devs ada@example.com"]);
      expect(back.waiting).toMatchObject([{ kind: "enable", about: { source: ada.id } }]);
    },
  );

  test("but disabled by hand is marked so, and deleted once Google cannot bring the account back", () => {
    const off = inTarget(ada, { active: false });
    const rules = { graceDays: 0 };
    const { after } = sync({ source: wanted(bob), existing: target([off, inTarget(bob)]), rules });
    expect(userBy(after, off.id)?.externalId).toBe(byHand(marked(TODAY, ada.id)));
    const on = (now: string): readonly string[] =>
      told(planFor({ source: wanted(bob), existing: after, rules, now: `${now}T09:00:00Z` }));
    expect(on("2026-03-30")).toEqual([]);
    expect(on("2026-03-31")).toEqual(["user.delete ada@example.com"]);
  });

  test.each(["out of scope", "suspended"] as const)(
    "but disabled by hand before that, and back in Google %s, is not deleted, and its days begin anew",
    (where) => {
      const existing = target([
        retired(ada, "2020-01-01", { externalId: byHand(marked("2020-01-01", ada.id)) }),
        inTarget(bob),
      ]);
      const back = where === "suspended" ? ({ ...ada, state: "suspended" } as const) : ada;
      const source = company([back, bob], [[devs, bob]]);
      const { plan, after } = sync({ source, existing, rules: { graceDays: 0, syncSuspended: false } });
      expect(told(plan).filter((line) => line.includes("ada"))).toEqual(["user.restore ada@example.com"]);
      expect(userAt(after, ada.email)).toEqual(inTarget(ada, { active: false }));
      expect(skipped(plan)).toContain("off-by-hand ada@example.com");
      expect(plan.steps.flat()).toContainEqual(
        expect.objectContaining({ kind: "user.restore", cause: "returned", patch: { externalId: ada.id } }),
      );
    },
  );

  test("but disabled by hand before that goes on its day where the account has another user", () => {
    const old = retired(ada, "2020-01-01", {
      ...{ id: targetId("u-old"), externalId: byHand(marked("2020-01-01", ada.id)) },
      ...{ userName: "old@example.com", email: "old@example.com" },
    });
    const { plan } = sync({ source: wanted(ada), existing: target([old, inTarget(ada)]) });
    expect(told(plan)).toEqual(["user.delete old@example.com"]);
    // Out of scope, the other one is kept, if it is off by hand as well.
    const off = inTarget(ada, { active: false });
    const source = company([ada, bob], [[devs, bob]]);
    const { after } = sync({ source, existing: target([old, off, inTarget(bob)]) });
    expect(after.users).toEqual([off, inTarget(bob)]);
  });

  test("but marked already and put into a group by hand is taken out again", () => {
    const old = retired(ada, "2026-03-01");
    const existing = target([old, inTarget(bob)], [groupInTarget(devs, [old, inTarget(bob)])]);
    expect(told(sync({ source: left, existing }).plan)).toEqual(["members.remove Devs ada@example.com"]);
  });

  test("stays in an ignored group, which nothing touches", () => {
    const ignored = groupInTarget(ops, [inTarget(ada)]);
    const existing = target([inTarget(ada), inTarget(bob)], [ignored]);
    const { after } = sync({ source: wanted(bob), existing, rules: { ignoreGroups: ["ops"] } });
    expect(roll(after)).toEqual(["-ada@example.com", "bob@example.com"]);
    expect(after.groups).toEqual([ignored]);
  });

  test("is not deleted while such a group, which carries a Google id, holds the user; and that is told", () => {
    const old = retired(ada, "2020-01-01");
    const existing = target([old], [groupInTarget(ops, [old])]);
    const { plan, after } = sync({ source: wanted(), existing, rules: { ignoreGroups: ["ops"] } });
    expect(after).toEqual(existing);
    expect(skipped(plan)).toEqual(["still-member ada@example.com"]);
  });

  test("is deleted although an unmanaged group holds the user", () => {
    const old = retired(ada, "2020-01-01");
    const byHand = { ...groupInTarget(ops, [old]), externalId: "" };
    const { after } = sync({ source: wanted(), existing: target([old], [byHand]) });
    expect(after.users).toEqual([]);
  });

  test("stays in an unmanaged group too", () => {
    const byHand = { ...groupInTarget(ops, [inTarget(ada)]), externalId: "" };
    const { after } = sync({
      source: wanted(bob),
      existing: target([inTarget(ada), inTarget(bob)], [byHand]),
    });
    expect(after.groups).toEqual([byHand]);
  });
});

describe("a user who comes back", () => {
  test("is restored in place with the same id, and is in the groups again", () => {
    const { plan, after } = sync({
      source: company([ada], [[devs, ada]]),
      existing: target([retired(ada, "2026-03-01")], [groupInTarget(devs)]),
    });
    expect(told(plan)).toEqual(["user.restore ada@example.com", "members.add Devs ada@example.com"]);
    expect(after.users).toEqual([inTarget(ada)]);
  });

  test("suspended is restored disabled", () => {
    const { plan, after } = sync({
      source: wanted({ ...ada, state: "suspended" }),
      existing: target([retired(ada, "2026-03-01")]),
    });
    expect(told(plan)).toEqual(["user.restore ada@example.com"]);
    expect(after.users).toEqual([asleepInTarget(ada, { externalId: suspendedMarked(TODAY, ada.id) })]);
  });

  test("and was disabled by hand is restored, with the groups, and waits to be enabled", () => {
    const old = retired(ada, "2026-03-01", { externalId: byHand(marked("2026-03-01", ada.id)) });
    const one = { source: company([ada], [[devs, ada]]), existing: target([old], [groupInTarget(devs)]) };
    const { plan, after } = sync(one);
    expect(told(plan)).toEqual(["user.restore ada@example.com", "members.add Devs ada@example.com"]);
    expect(after.users).toEqual([inTarget(ada, { active: false })]);
    expect(plan.waiting).toMatchObject([{ kind: "enable", about: { source: ada.id, target: old.id } }]);
    expect(planFor({ ...one, existing: after }).waiting).toEqual(plan.waiting);
    const approved = sync({ ...one, approve: "everything" });
    expect(approved.after.users).toEqual([inTarget(ada)]);
  });

  test.each([retired(ada, "2026-03-01"), asleepInTarget(ada)])("whose mark %j says so waits", (old) => {
    const off = { ...old, externalId: byHand(old.externalId) };
    const { plan, after } = sync({ source: wanted(ada), existing: target([off]) });
    expect(plan.waiting).toMatchObject([{ kind: "enable" }]);
    expect(after.users).toEqual([inTarget(ada, { active: false })]);
    const asleep = wanted({ ...ada, state: "suspended" });
    expect(sync({ source: asleep, existing: target([off]) }).after.users).toMatchObject([
      { active: false, externalId: expect.stringMatching(/^ssosync-suspended\..*\.by-hand$/) as string },
    ]);
  });

  test("whom somebody enabled since the mark is not off by hand any more", () => {
    const on = retired(ada, "2026-03-01", {
      ...{ active: true, externalId: byHand(marked("2026-03-01", ada.id)) },
    });
    expect(sync({ source: wanted(bob), existing: target([on, inTarget(bob)]) }).after.users).toContainEqual(
      retired(ada, "2026-03-01"),
    );
    const asleep = wanted({ ...ada, state: "suspended" });
    expect(sync({ source: asleep, existing: target([on]) }).after.users).toEqual([
      asleepInTarget(ada, { externalId: suspendedMarked(TODAY, ada.id) }),
    ]);
  });

  test("and was disabled by hand is not offered to be enabled while the account itself is not active", () => {
    const old = retired(ada, "2026-03-01", { externalId: byHand(marked("2026-03-01", ada.id)) });
    const one = { source: wanted(ada), existing: target([old]), holds: { inactive: new Set([ada.id]) } };
    expect(planFor(one)).toMatchObject({ waiting: [], steps: [] });
  });

  test("suspended, enabled by hand, under a name that somebody else has is disabled with the old mark", () => {
    const aside = `retired.${ada.id}.ada@example.com`;
    const old = retired(ada, "2026-03-01", { userName: aside, email: aside });
    const other = stray("x", { email: "ada@example.com" });
    const on = { ...old, active: true, externalId: byHand(old.externalId) };
    const source = wanted({ ...ada, state: "suspended" });
    const { plan, after } = sync({ source, existing: target([on, other]) });
    expect(after.users).toEqual([old, other]);
    expect(plan.steps).toMatchObject([[{ kind: "user.disable", cause: "suspended" }]]);
  });

  test("unmarked, under the name to which they were moved aside, is not enabled under that", () => {
    const aside = `retired.${ada.id}.ada@example.com`;
    const old = inTarget(ada, { active: false, userName: aside, email: aside });
    const existing = target([old, stray("x", { email: "ada@example.com" })], [groupInTarget(devs)]);
    const { plan, after } = sync({ source: company([ada], [[devs, ada]]), existing, approve: "everything" });
    expect(after).toEqual(existing);
    expect(skipped(plan)).toEqual(["email-taken ada@example.com"]);
  });

  test("under a name that somebody else has is not offered to be enabled", () => {
    const aside = `retired.${ada.id}.ada@example.com`;
    const externalId = byHand(marked("2026-03-01", ada.id));
    const old = retired(ada, "2026-03-01", { userName: aside, email: aside, externalId });
    const existing = target([old, stray("x", { email: "ada@example.com" })]);
    const { plan, after } = sync({ source: wanted(ada), existing });
    expect(after).toEqual(existing);
    expect(plan.waiting).toEqual([]);
  });

  test("suspended, but enabled by hand, is disabled and restored", () => {
    const { after } = sync({
      source: wanted({ ...ada, state: "suspended" }),
      existing: target([retired(ada, "2026-03-01", { active: true })]),
    });
    expect(after.users).toEqual([asleepInTarget(ada, { externalId: suspendedMarked(TODAY, ada.id) })]);
  });

  test("after having been moved aside gets name and e-mail back", () => {
    const aside = `retired.${ada.id}.ada@example.com`;
    const { after } = sync({
      source: wanted(ada),
      existing: target([retired(ada, "2026-03-01", { userName: aside, email: aside })]),
    });
    expect(after.users).toEqual([inTarget(ada)]);
  });

  test("when the day of deletion has come is restored, not deleted", () => {
    const { after } = sync({ source: wanted(ada), existing: target([retired(ada, "2020-01-01")]) });
    expect(after.users).toEqual([inTarget(ada)]);
  });

  test("while somebody else holds the address stays revoked, in no group, and that is told", () => {
    const aside = `retired.${ada.id}.ada@example.com`;
    const old = retired(ada, "2026-03-01", { userName: aside, email: aside });
    const existing = target([old, stray("x", { email: "ada@example.com" })], [groupInTarget(devs)]);
    const { plan, after } = sync({ source: company([ada], [[devs, ada]]), existing });
    expect(after).toEqual(existing);
    expect(skipped(plan)).toEqual(["email-taken ada@example.com"]);
  });

  test("suspended, without ever having had a Google id, comes back by approval alone", () => {
    const externalId = marked("2026-03-01", "aws-u-ada");
    const { after } = sync({
      source: wanted({ ...ada, state: "suspended" }),
      existing: target([stray("ada", { externalId, active: false })]),
    });
    expect(after.users).toMatchObject([
      { active: false, externalId: byHand(suspendedMarked(TODAY, ada.id)) },
    ]);
  });

  test("without ever having had a Google id is taken back by name, with approval", () => {
    const { plan, after } = sync({
      source: wanted(ada),
      existing: target([stray("ada", { externalId: marked("2026-03-01", "aws-u-ada"), active: false })]),
      approve: "everything",
    });
    expect(told(plan)).toEqual(["user.restore ada@example.com", "user.update ada@example.com"]);
    expect(after.users).toEqual([inTarget(ada, { id: stray("ada").id })]);
  });
});

test("adopting an enabled user whose account is suspended disables and marks them in one request", () => {
  const on = stray("ada");
  const source = company([{ ...ada, state: "suspended" }, bob], [[devs, bob]], { matched: "all" });
  const { plan, after } = sync({ source, existing: target([on, inTarget(bob)], [groupInTarget(devs)]) });
  expect(told(plan)).toEqual([
    "user.disable ada@example.com",
    "members.add Devs bob@example.com",
    "user.update ada@example.com",
  ]);
  const patch = { active: false, externalId: suspendedMarked(TODAY, ada.id) };
  expect(plan.steps.flat()).toContainEqual(
    expect.objectContaining({ kind: "user.disable", patch, cause: "suspended" }),
  );
  expect(userBy(after, on.id)).toMatchObject(patch);
});

describe("adopting an enabled user", () => {
  const hand = stray("ada");
  const byUser = { ...devs, adminCreated: false };
  const by = (externalId: string) => groupInTarget(devs, [hand], { externalId });
  test.each([
    ["of a group that was made by hand waits", { there: by(""), waits: true }],
    ["of a group of somebody else's waits", { there: by("okta-1"), waits: true }],
    ["of a protected group waits", { there: by(devs.id), rules: { protectGroups: ["Devs"] }, waits: true }],
    ["of an ignored group does not wait", { there: by(devs.id), rules: { ignoreGroups: ["Devs"] } }],
    ["of an unread group does not wait", { there: by(devs.id), unread: true }],
    [
      "of a group that somebody made in Google, and that is linked, does not wait",
      { there: by(devs.id), group: byUser },
    ],
    ["of a group that waits to be taken over comes along with it", { there: by(""), group: devs }],
    [
      "of one that somebody's own group would take over waits as well",
      { there: by(""), group: byUser, waits: true },
    ],
  ])("%s", (_, { there, ...one }) => {
    const { group, rules, unread, waits }: Over = one;
    const source = company([ada], group === undefined ? [[ops, ada]] : [[group, ada]], everyone);
    const existing = target([hand], [there], unread === true ? [there] : []);
    const plan = planFor({ source, existing, ...(rules === undefined ? {} : { rules }) });
    expect(
      plan.waiting.filter(({ about }) => about?.kind === "user").map(({ reason }) => reason),
    ).toMatchObject(waits === true ? [{ code: "adopting-user", enables: false, groups: ["Devs"] }] : []);
    expect(told(plan).includes("user.update ada@example.com")).toBe(waits !== true);
  });

  interface Over {
    readonly group?: typeof devs;
    readonly rules?: Partial<Rules>;
    readonly unread?: boolean;
    readonly waits?: boolean;
  }
});

test("what waits for one person and one user of AWS has an id of its own", () => {
  const off = { active: false };
  const idsOf = (person: typeof ada, user: ExistingUser): readonly string[] =>
    planFor({ source: wanted(person), existing: target([user]) }).waiting.map(({ id }) => id);
  const heir = human(9, "Ada", "Second");
  const ids = [
    ...[ada, heir].flatMap((person) => idsOf(person, stray("ada", off))),
    ...idsOf(ada, stray("ada", { ...off, id: targetId("u-other") })),
    ...[ada, heir].flatMap((person) => idsOf(person, inTarget(person, { ...off, id: stray("ada").id }))),
    ...idsOf(ada, inTarget(ada, { ...off, id: targetId("u-other") })),
  ];
  expect(ids).toHaveLength(6);
  expect(new Set(ids).size).toBe(6);
});

describe("adopting a disabled user", () => {
  const hand = stray("ada", { active: false });
  const existing = target([hand], [groupInTarget(devs, [hand]), strayGroup("By hand", [hand])]);
  const source = company([ada], [[devs]], everyone);

  test("whom the adoption would enable waits, names the groups, and touches neither the user nor the groups", () => {
    const { plan, after } = sync({ source, existing });
    expect(after).toEqual(existing);
    expect(plan.waiting).toMatchObject([
      {
        ...{ kind: "adoption", about: { kind: "user", source: ada.id, target: hand.id } },
        reason: {
          code: "adopting-user",
          user: { target: hand.id },
          enables: true,
          groups: ["By hand", "Devs"],
        },
      },
    ]);
  });

  test("who waits gets no membership", () => {
    const { after } = sync({
      source: company([ada], [[devs, ada]], everyone),
      existing: target([hand], [groupInTarget(devs)]),
    });
    expect(rosters(after)).toEqual({ Devs: [] });
  });

  test("is done when it is approved, and enables", () => {
    const { plan, after } = sync({ source, existing, approve: "everything" });
    expect(told(plan)).toEqual([
      "members.remove Devs ada@example.com",
      "user.enable ada@example.com",
      "user.update ada@example.com",
    ]);
    expect(userBy(after, hand.id)).toMatchObject({ externalId: ada.id, active: true });
  });

  test("for somebody who is suspended in Google enables nobody, and waits only for what was made by hand", () => {
    const asleep = company([{ ...ada, state: "suspended" }], [[devs]], everyone);
    const waits = sync({ source: asleep, existing });
    expect(waits.plan.waiting).toMatchObject([{ reason: { enables: false, groups: ["By hand"] } }]);
    expect(waits.after).toEqual(existing);
    const { plan, after } = sync({ source: asleep, existing: target([hand], [groupInTarget(devs, [hand])]) });
    expect(plan.waiting).toEqual([]);
    expect(userBy(after, hand.id)).toMatchObject({
      externalId: byHand(suspendedMarked(TODAY, ada.id)),
      active: false,
    });
  });

  test("needs nobody's word where users are somebody else's to write", () => {
    expect(planFor({ source, existing, rules: manage("groups", "memberships") }).waiting).toEqual([]);
  });
});

describe("a recycled address", () => {
  const second = human(9, "Ada", "Second");
  const existing = target([inTarget(ada)], [groupInTarget(devs, [inTarget(ada)])]);

  test("is another person: the old one is revoked and moved aside, a new one is made, no access is inherited", () => {
    const { plan, after } = sync({ source: company([second], [[devs], [ops, second]]), existing });
    expect(told(plan)).toEqual([
      "user.disable ada@example.com",
      "user.retire ada@example.com",
      "members.remove Devs ada@example.com",
      "user.update ada@example.com",
      "user.create ada@example.com",
      "group.create Ops ada@example.com",
    ]);
    const aside = `retired.${ada.id}.ada@example.com`;
    expect(userBy(after, "u-1")).toEqual(retired(ada, TODAY, { userName: aside, email: aside }));
    expect(userBy(after, "new-9")).toEqual(inTarget(second, { id: targetId("new-9") }));
    expect(rosters(after)).toEqual({ Devs: [], Ops: ["ada@example.com"] });
  });

  test("of whoever is ignored by an alias leaves the old one where they are, and makes nobody", () => {
    const ignored = { ...second, aliases: ["svc@example.com"] };
    const source = company([ignored, bob], [[devs, ignored, bob]]);
    const { plan, after } = sync({ source, existing, rules: { ignoreUsers: ["svc@*"] } });
    expect(skipped(plan)).toEqual(["ignored ada@example.com"]);
    expect(roll(after)).toEqual(["-ada@example.com", "bob@example.com"]);
  });

  test("of a user who is marked already moves only the name", () => {
    const { plan } = sync({ source: wanted(second), existing: target([retired(ada, "2026-03-01")]) });
    expect(told(plan)).toEqual(["user.update ada@example.com", "user.create ada@example.com"]);
  });

  test("with a grace of 0 works in one run", () => {
    const { after } = sync({ source: wanted(second), existing, rules: { graceDays: 0 } });
    expect(roll(after)).toEqual(["ada@example.com"]);
    expect(after.users[0]?.externalId).toBe(second.id);
  });

  test("is not taken while the removal of the old user is held", () => {
    const { plan, after } = sync({
      source: wanted(second),
      existing,
      holds: { users: new Set([inTarget(ada).id]) },
    });
    // A leaver is disabled all the same.
    const disabled = asleepInTarget(ada, { externalId: suspendedMarked(TODAY, ada.id) });
    expect(after.users).toEqual([disabled]);
    expect(skipped(plan)).toEqual(["name-taken ada@example.com"]);
    expect(reasons(plan)).toMatchObject([{ holder: { target: "u-1" } }]);
  });

  test("goes to somebody who is renamed to it, too", () => {
    const { after } = sync({
      source: wanted({ ...bob, email: "ada@example.com" }),
      existing: target([inTarget(ada), inTarget(bob)]),
    });
    expect(userBy(after, "u-2")?.userName).toBe("ada@example.com");
    expect(userBy(after, "u-1")?.userName).toBe(`retired.${ada.id}.ada@example.com`);
  });

  test("is freed when only the e-mail of the revoked one is needed", () => {
    const { after } = sync({
      source: wanted(second),
      existing: target([retired(ada, "2026-03-01", { userName: "other@example.com" })]),
    });
    expect(userBy(after, "u-1")?.email).toBe(`retired.${ada.id}.other@example.com`);
    expect(userAt(after, "ada@example.com")?.externalId).toBe(second.id);
  });

  test("of a suspended newcomer, whom nobody creates, moves nobody", () => {
    const { plan, after } = sync({ source: wanted({ ...second, state: "suspended" }), existing });
    expect(after.users).toEqual([retired(ada, TODAY)]);
    expect(skipped(plan)).toEqual(["never-seen ada@example.com"]);
  });

  test("moved aside is cut to what AWS allows and made unique", () => {
    const long = human(8, "Long", "Name", { email: `${"x".repeat(110)}@example.com` });
    const wish = `retired.${long.id}.${long.email}`.slice(0, 128);
    const { after } = sync({
      source: wanted({ ...second, email: long.email }, bob),
      existing: target([inTarget(long), stray("x", { userName: wish.toUpperCase() }), inTarget(bob)]),
    });
    expect(userBy(after, "u-8")?.userName).toBe(`${wish.slice(0, 126)}.2`);
  });
});

test("two marks of one Google id whose addresses are alike when cut are moved aside under two names", () => {
  const addresses = [1, 2].map((at) => `${"x".repeat(100)}${at}@example.com`);
  const old = addresses.map((email, at) =>
    stray(`old${at}`, {
      externalId: marked(`2026-03-0${at + 1}`, ada.id),
      active: false,
      userName: email,
      email,
    }),
  );
  const heirs = addresses.map((email, at) => human(20 + at, "Heir", String(at), { email }));
  const { after } = sync({ source: wanted(...heirs), existing: target(old) });
  expect(new Set(after.users.map(({ userName }) => userName)).size).toBe(4);
});

describe("names that change hands", () => {
  const at = (person: typeof ada, email: string) => ({ ...person, email });
  const people = [ada, bob, cy, dee];
  const before = target(
    people.map((one) => inTarget(one)),
    [
      groupInTarget(
        devs,
        people.map((one) => inTarget(one)),
      ),
    ],
  );
  const move = (...moved: readonly (typeof ada)[]) => {
    const source = company(moved, [[devs, ...moved]]);
    const both = sync({ source, existing: before });
    expect(carryOut(both.plan, before, "reversed")).toEqual(both.after);
    return both;
  };

  test("between two succeed in one run, one parked in between", () => {
    const { plan, after } = move(at(ada, bob.email), at(bob, ada.email), cy, dee);
    expect(after.users.slice(0, 2).map(({ userName, email }) => [userName, email])).toEqual([
      [bob.email, bob.email],
      [ada.email, ada.email],
    ]);
    expect(plan.steps[0]).toMatchObject([{ kind: "user.update", cause: "parked" }]);
    expect(JSON.stringify(plan.steps[0])).toMatch(
      /"patch":\{"userName":"ssosync-moving\.u-[12]","email":"ssosync-moving\.u-[12]"\}/,
    );
    expect(plan.steps).toHaveLength(3);
  });

  test("in a ring of three succeed in one run, one parked in between", () => {
    const { plan, after } = move(at(ada, bob.email), at(bob, cy.email), at(cy, ada.email), dee);
    expect(after.users.map(({ userName }) => userName)).toEqual([bob.email, cy.email, ada.email, dee.email]);
    expect(plan.steps.flat().filter((change) => "cause" in change && change.cause === "parked")).toHaveLength(
      1,
    );
  });

  test("in two rings at once park one of each", () => {
    const { plan } = move(at(ada, bob.email), at(bob, ada.email), at(cy, dee.email), at(dee, cy.email));
    expect(plan.steps[0]).toHaveLength(2);
  });

  test("along a chain need no parking: the last moves first", () => {
    const { plan } = move(at(ada, bob.email), at(bob, cy.email), at(cy, "new@example.com"), dee);
    expect(told(plan)).toEqual([
      `user.update ${cy.email}`,
      `user.update ${bob.email}`,
      `user.update ${ada.email}`,
    ]);
  });

  test("to a new user wait until they are free", () => {
    const second = human(9, "Ada", "Second");
    const { plan } = move(at(ada, "new@example.com"), second, bob, cy, dee);
    expect(told(plan).slice(0, 2)).toEqual([`user.update ${ada.email}`, `user.create ${ada.email}`]);
  });

  test("where name and e-mail cross between two are settled as well", () => {
    const crossed = target([inTarget(ada, { email: bob.email }), inTarget(bob, { email: ada.email })]);
    const { after } = sync({ source: wanted(ada, bob), existing: crossed });
    expect(after.users).toEqual([inTarget(ada), inTarget(bob)]);
  });

  test("are finished when a run was cut off while one was parked", () => {
    const parked = inTarget(ada, { userName: "ssosync-moving.u-1", email: "ssosync-moving.u-1" });
    const { after } = sync({
      source: wanted(at(ada, bob.email), at(bob, ada.email)),
      existing: target([parked, inTarget(bob)]),
    });
    expect(roll(after)).toEqual([ada.email, bob.email]);
    expect(userBy(after, "u-1")?.userName).toBe(bob.email);
  });
});

describe("a name or e-mail that cannot be had", () => {
  test("since another object holds the e-mail: the user is not created, and that object is named", () => {
    const holder = stray("x", { email: "ADA@example.com" });
    const { plan, after } = sync({ source: company([ada], [[devs, ada]]), existing: target([holder]) });
    expect(after.users).toEqual([holder]);
    expect(rosters(after)).toEqual({ Devs: [] });
    expect(skipped(plan)).toEqual(["email-taken ada@example.com"]);
    expect(reasons(plan)).toEqual([
      {
        code: "email-taken",
        holder: { kind: "user", target: "u-x", label: "x@example.com" },
        keeps: undefined,
      },
    ]);
  });

  test("leaves a linked user the old ones, syncs the rest, and tells it", () => {
    const old = inTarget(ada, { userName: "old@example.com", email: "old@example.com", givenName: "A" });
    const { plan, after } = sync({
      source: company([ada], [[devs, ada]]),
      existing: target([old, stray("x", { email: ada.email })]),
    });
    expect(userBy(after, "u-1")).toEqual({ ...old, givenName: "Ada" });
    expect(rosters(after)).toEqual({ Devs: ["old@example.com"] });
    expect(skipped(plan)).toEqual(["email-taken ada@example.com"]);
  });

  test("does not keep a suspended user enabled", () => {
    const old = inTarget(ada, { userName: "old@example.com", email: "old@example.com" });
    const { after } = sync({
      source: wanted({ ...ada, state: "suspended" }),
      existing: target([old, stray("x", { email: ada.email })]),
    });
    expect(userBy(after, "u-1")?.active).toBe(false);
  });

  test("by a linked user blocks everybody behind, and nobody else", () => {
    const { plan, after } = sync({
      source: wanted(
        { ...ada, email: "x@example.com" },
        { ...bob, email: ada.email },
        { ...cy, email: "free@example.com" },
      ),
      existing: target([inTarget(ada), inTarget(bob), inTarget(cy), stray("x")]),
    });
    expect(roll(after)).toEqual([ada.email, bob.email, "free@example.com", "x@example.com"]);
    expect(skipped(plan)).toEqual(["name-taken x@example.com", `name-taken ${ada.email}`]);
  });

  test("by adoption: the user is still adopted, its e-mail stays", () => {
    const { plan, after } = sync({
      source: wanted(ada),
      existing: target([stray("ada", { email: "" }), stray("x", { email: ada.email })]),
    });
    expect(userAt(after, ada.email)).toMatchObject({ externalId: ada.id, email: "", familyName: "Lovelace" });
    expect(skipped(plan)).toEqual(["email-taken ada@example.com"]);
  });
});

describe("without users in MANAGE", () => {
  const over = manage("groups", "memberships");
  test("no user is written, whatever differs", () => {
    const { plan } = sync({
      source: company([ada, { ...bob, state: "suspended" }, cy], [[devs]], everyone),
      existing: target([
        inTarget(ada, { givenName: "X" }),
        inTarget(bob),
        inTarget(dee),
        retired(cy, "2020-01-01"),
      ]),
      rules: over,
    });
    expect(told(plan)).toEqual(["group.create Devs"]);
  });
});
