import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesOf } from "../../src/core/plan.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { Existing, ExistingUser, Rules, TargetId } from "../../src/core/model.ts";
import { managed, situation } from "./companies.ts";
import type { Situation } from "./companies.ts";
import { dayHasCome, enabledAgain, isOurs, markOf, verdict } from "./oracle.ts";
import type { Verdict } from "./oracle.ts";
import { carryOut, planFor, rules, told } from "./world.ts";
import type { Case } from "./world.ts";

const asCase = ({ source, existing, rules: over, approve }: Situation): Case => ({
  source,
  existing,
  rules: over,
  approve: approve ? "everything" : [],
});

/** fast-check shrinks what fails, and prints the seed and the path that bring it back. */
const holds = (runs: number, check: (one: Situation) => void): void =>
  fc.assert(fc.property(situation, check), { numRuns: runs });

describe("one run over any company, any target and any settings", () => {
  test("is refused no name, and nobody is out of a group in between, in whatever order a step is done", () => {
    holds(1000, (one) => {
      const plan = planFor(asCase(one));
      carryOut(plan, one.existing);
      carryOut(plan, one.existing, "reversed");
    });
  });

  test("leaves nothing to do for a second one", () => {
    holds(1000, (one) => {
      const after = carryOut(planFor(asCase(one)), one.existing);
      expect(leftToDo(planFor({ ...asCase(one), existing: after }), one.existing)).toEqual([]);
    });
  });

  test("reaches the state that the contract names", () => {
    holds(2500, (one) => {
      const settings = rules(one.rules);
      const after = carryOut(planFor(asCase(one)), one.existing);
      const wanted = verdict(one.source, one.existing, settings, one.approve);
      checkUsers(one.existing, after, settings, wanted);
      checkGroups(one.existing, after, settings, wanted);
    });
  });

  test("may be cut off after any change: the next one reaches the same", () => {
    fc.assert(
      fc.property(situation, fc.nat(40), (one, count) => {
        const plan = planFor(asCase(one));
        const changes = changesOf(plan);
        const done = changes.slice(0, count % (changes.length + 1)).map((change) => [change]);
        const half = carryOut({ ...plan, steps: done }, one.existing);
        const next = { ...asCase(one), existing: half };
        const end = carryOut(planFor(next), half);
        // What was approved may have been done in part: the rest is judged anew, and may need another word.
        if (one.approve) return;
        const whole = carryOut(plan, one.existing);
        const late = goingLater(one.existing);
        expect(settled(end, late)).toEqual(settled(whole, late));
      }),
      { numRuns: 1000 },
    );
  });
});

test("what MANAGE does not list is never written, and a second run has nothing to do", () => {
  fc.assert(
    fc.property(situation, managed, (one, manage) => {
      const whole = { ...asCase(one), rules: { ...one.rules, manage } };
      const plan = planFor(whole);
      const after = carryOut(plan, one.existing);
      expect(leftToDo(planFor({ ...whole, existing: after }), one.existing)).toEqual([]);
      for (const change of changesOf(plan)) {
        const [noun] = change.kind.split(".");
        expect(noun === "user" ? manage.users : noun === "group" ? manage.groups : manage.memberships).toBe(
          true,
        );
        if (change.kind === "group.create" && !manage.memberships) expect(change.members).toEqual([]);
      }
    }),
    { numRuns: 1000 },
  );
});

/** Whom the first run may only disable, so that a second one has him to delete. */
const goingLater = ({ users }: Existing): ReadonlySet<TargetId> =>
  new Set(users.filter(enabledAgain).map(({ id }) => id));

/** What a second run would do, but for deleting those. */
function leftToDo(second: Plan, before: Existing): readonly string[] {
  const late = goingLater(before);
  const changes = changesOf(second).filter((change) => change.kind !== "user.delete" || !late.has(change.id));
  return told({ ...second, steps: [changes] });
}

// ---------------------------------------------------------------- after against verdict

/** Members by name and everything by id, without the day of creation, and without some users. */
function settled(existing: Existing, without: ReadonlySet<TargetId>): unknown {
  const users = existing.users
    .filter(({ id }) => !without.has(id))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const groups = existing.groups
    .map(({ id, externalId, name, members }) => ({
      ...{ id, externalId, name },
      members: [...members].filter((member) => !without.has(member)).toSorted(),
    }))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return { users, groups };
}

function checkUsers(before: Existing, after: Existing, settings: Rules, wanted: Verdict): void {
  const left = new Map(after.users.map((user) => [user.id as string, user]));
  for (const user of before.users) {
    const now = left.get(user.id);
    if (wanted.untouched.has(user.id)) expect(now, "an untouched user").toEqual(user);
    if (wanted.revoked.has(user.id)) checkRevoked(user, now, after, settings);
    if (wanted.untouched.has(user.id) || wanted.revoked.has(user.id)) left.delete(user.id);
  }
  const users = [...left.values()].map((user) => ({
    ...user,
    id: user.id.startsWith("new") ? "new" : user.id,
  }));
  const sorted = <T extends { readonly userName: string }>(list: readonly T[]): readonly T[] =>
    list.toSorted((one, other) => (one.userName < other.userName ? -1 : 1));
  expect(sorted(users), "the wanted users").toEqual(sorted([...wanted.users.values()]));
}

function checkRevoked(
  user: ExistingUser,
  now: ExistingUser | undefined,
  after: Existing,
  settings: Rules,
): void {
  if (now === undefined) {
    expect(
      dayHasCome(user, settings) && !enabledAgain(user),
      `${user.userName} is deleted when the day has come`,
    ).toBe(true);
    return;
  }
  const inOurs = after.groups.some((group) => isOurs(group) && group.members.has(user.id));
  expect(
    dayHasCome(user, settings) && !enabledAgain(user) && !inOurs,
    `${user.userName} is deleted on that day`,
  ).toBe(false);
  const { userName, email, ...rest } = now;
  const { userName: oldName, email: oldMail, ...old } = user;
  expect(rest).toEqual({ ...old, active: false, externalId: markOf(user) });
  if (userName === oldName && email === oldMail) return;
  const own = markOf(user).slice("ssosync-retired.2026-03-10.".length);
  expect(userName).toBe(`retired.${own}.${oldName}`);
  expect(email).toBe(userName);
  const held = [oldName, oldMail].map((text) => text.toLowerCase());
  const heirs = after.users.filter((one) =>
    [one.userName, one.email].some((text) => held.includes(text.toLowerCase())),
  );
  expect(heirs, "somebody needed the name").not.toEqual([]);
}

function checkGroups(before: Existing, after: Existing, settings: Rules, wanted: Verdict): void {
  const left = new Map(after.groups.map((group) => [group.id as string, group]));
  const there = new Set(after.users.map(({ id }) => id));
  for (const group of before.groups) {
    const now = left.get(group.id);
    if (!wanted.untouched.has(group.id) && !wanted.revoked.has(group.id)) continue;
    left.delete(group.id);
    const members = new Set([...group.members].filter((id) => there.has(id)));
    if (wanted.untouched.has(group.id)) {
      expect(now, "an untouched group").toEqual({ ...group, members });
      continue;
    }
    const stay = new Set([...members].filter((id) => wanted.untouched.has(id)));
    const due = dayHasCome(group, settings) && stay.size === 0 && !wanted.waiting.has(group.id);
    if (due) expect(now, "a group is deleted on its day").toBe(undefined);
    else {
      expect(now).toMatchObject({ externalId: markOf(group), members: stay });
      const heir = after.groups.some(
        (one) => one.id !== group.id && one.name.toLowerCase() === group.name.toLowerCase(),
      );
      expect(now?.name).toBe(heir ? `${group.name} (retired ${markOf(group).slice(16, 26)})` : group.name);
    }
  }
  const ids = new Map(
    after.users.map((user) => [user.id, user.id.startsWith("new") ? `new ${user.externalId}` : user.id]),
  );
  const found = [...left.values()].map((group) => ({
    id: group.id.startsWith("new") ? "new" : group.id,
    of: group.externalId,
    name: group.name.toLowerCase(),
    members: [...group.members].map((id) => ids.get(id)).toSorted(),
  }));
  const asked = [...wanted.groups].map(([of, group]) => ({
    id: group.id,
    of,
    name: group.name.toLowerCase(),
    members: [...group.members].toSorted(),
  }));
  const sorted = <T extends { readonly of: string }>(list: readonly T[]): readonly T[] =>
    list.toSorted((one, other) => (one.of < other.of ? -1 : 1));
  expect(sorted(found), "the wanted groups").toEqual(sorted(asked));
}
