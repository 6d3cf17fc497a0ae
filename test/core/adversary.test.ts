/**
 * Any sequence of runs: what an owner of groups, a careless administrator and chance may do within a day.
 * @module-tag search
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Existing, ExistingGroup, Rules, Source, SourceUser } from "../../src/core/model.ts";
import { run, startingWith } from "./days.ts";
import type { Done, Standing } from "./days.ts";
import {
  calledBy,
  company,
  login,
  groupInTarget,
  human,
  inTarget,
  signingInAs,
  stray,
  strayGroup,
  target,
  team,
} from "./world.ts";
import type { Filled } from "./world.ts";
import { search } from "../search.ts";

const PEOPLE = 30;
const GROUPS = 6;
const people: readonly SourceUser[] = Array.from({ length: PEOPLE }, (_, at) =>
  human(at + 1, `P${at + 1}`, "Any"),
);
const teams = Array.from({ length: GROUPS + 2 }, (_, at) => team(at + 1, `Team ${at + 1}`));

const limit = (share: number, count: number, ceiling?: number) => ({ share, count, ceiling });
const SMALL: Partial<Rules> = {
  limits: {
    leavers: limit(0.1, 4),
    users: limit(0.1, 3),
    groups: limit(0.1, 1),
    memberships: limit(0.05, 6),
    newGroups: limit(0.1, 1),
    growth: limit(0.2, 3),
    shrink: limit(0.2, 3),
  },
};

/** What Google has at one moment: states of people, and members of groups by number; a group without any is gone. */
interface Moment {
  readonly minutes: number;
  readonly off: readonly number[];
  readonly gone: readonly number[];
  /** What the settings call groups at that moment. */
  readonly names: Pick<Rules, "userName" | "groupName" | "groupNames">;
  /** What people chose to sign in as, where the settings say so. */
  readonly logins: readonly string[];
  readonly teams: readonly {
    readonly there: boolean;
    readonly name: boolean;
    readonly members: readonly number[];
  }[];
}

/** Now and then somebody changes the settings, to names that are there as well. */
const names: fc.Arbitrary<Moment["names"]> = fc.record({
  userName: fc
    .constantFrom("email", "email", "HR.login", "HR.login")
    .map((text) => signingInAs(text).userName),
  groupName: fc
    .constantFrom("name", "name", "name", "{name-team }", "Called {name-team }", "{email.local}", "email")
    .map((text) => calledBy(text).groupName),
  groupNames: fc.constantFrom(
    new Map<string, string>(),
    new Map<string, string>(),
    new Map([["team-1@example.com", "Called 3"]]),
    new Map([
      ["team-1@example.com", "Team 2"],
      ["team-2@example.com", "Team 1"],
    ]),
  ),
});

const moment: fc.Arbitrary<Moment> = fc.record({
  names,
  logins: fc.array(
    fc.constantFrom("", "root", "p1@example.com", "p2@example.com", "P9", "e1", "e2", "e3", "no name"),
    {
      minLength: 6,
      maxLength: 6,
    },
  ),
  minutes: fc.constantFrom(15, 60, 300, 700, 1_500),
  off: fc.uniqueArray(fc.nat(PEOPLE - 1), { maxLength: 3 }),
  gone: fc.uniqueArray(fc.nat(PEOPLE - 1), { maxLength: 3 }),
  teams: fc.array(
    fc.record({
      there: fc.nat(9).map((dice) => dice > 0),
      name: fc.nat(5).map((dice) => dice === 0),
      members: fc.uniqueArray(fc.nat(PEOPLE - 1), { maxLength: PEOPLE }),
    }),
    { minLength: GROUPS + 2, maxLength: GROUPS + 2 },
  ),
});

function sourceOf(one: Moment, users: "in groups" | "all"): Source {
  const there = people
    .map((user, at) => ({ ...user, ...login(one.logins[at] ?? user.email) }))
    .filter((_, at) => !one.gone.includes(at))
    .map((user): SourceUser =>
      one.off.some((at) => people[at]?.id === user.id) ? { ...user, state: "suspended" } : user,
    );
  const filled = one.teams.flatMap(({ there: isThere, name, members }, at): readonly Filled[] => {
    const group = teams[at];
    if (!isThere || group === undefined) return [];
    const rows = there.filter(({ id }) => members.some((number) => people[number]?.id === id));
    return [[name ? { ...group, name: `Called ${at}` } : group, ...rows]];
  });
  return company(there, filled, { matched: users === "all" ? "all" : "none" });
}

const held = people.map((user) => inTarget(user));
const old = (at: number): ExistingGroup =>
  groupInTarget(teams[at] ?? team(at, "x"), held.slice(at * 3, at * 3 + 12));
const root = stray("root", { userName: "root" });
const BEGINNING: Existing = target(
  [...held, root],
  [...Array.from({ length: GROUPS }, (_, at) => old(at)), strayGroup("Called 3", held.slice(0, 2))],
);

// ---------------------------------------------------------------- what happened, seen from outside

interface Event {
  readonly at: number;
  readonly kind: "disabled" | "leaver" | "retired" | "renamed" | "called" | "made" | "lost" | "gained";
  readonly of: string;
  readonly group?: string;
}

/** What one run did, told from what AWS held before and after, and from what Google says of the people. */
function eventsOf(before: Existing, after: Existing, source: Source, now: string): readonly Event[] {
  const at = Date.parse(now);
  const events: Event[] = [];
  const alive = new Set<string>(source.users.filter(({ state }) => state === "active").map(({ id }) => id));
  const isOn = new Set(after.users.filter(({ active }) => active).map(({ id }) => id));
  for (const { id, active, externalId } of before.users)
    if (active && !isOn.has(id))
      events.push({ at, kind: alive.has(externalId) ? "disabled" : "leaver", of: id });
  for (const { id, userName, email, externalId } of before.users) {
    const then = after.users.find((user) => user.id === id);
    const isSame = then === undefined || then.userName.toLowerCase() === userName.toLowerCase();
    // Whoever is retired, or comes back, is called as they must be.
    if (isSame || ![externalId, then.externalId].every((one) => /^(?:\d+|ssosync-suspended.*)$/.test(one)))
      continue;
    if (userName !== email || then.userName !== then.email || email === then.email)
      events.push({ at, kind: "called", of: id });
  }
  for (const group of before.groups) {
    const then = after.groups.find(({ id }) => id === group.id);
    if (then === undefined) continue;
    const [wasRetired, isRetired] = [group, then].map(({ externalId }) =>
      externalId.startsWith("ssosync-retired."),
    );
    if (isRetired === true && wasRetired === false) events.push({ at, kind: "retired", of: group.id });
    if (then.name !== group.name && wasRetired === false && isRetired === false)
      events.push({ at, kind: "renamed", of: group.id });
    const wasOn = before.users.filter(({ active, id }) => active && isOn.has(id)).map(({ id }) => id);
    for (const user of wasOn) {
      if (group.members.has(user) && !then.members.has(user) && isRetired === false)
        events.push({ at, kind: "lost", of: `${group.id} ${user} ${now}`, group: group.id });
      if (!group.members.has(user) && then.members.has(user))
        events.push({ at, kind: "gained", of: `${group.id} ${user} ${now}`, group: group.id });
    }
  }
  for (const group of after.groups)
    if (!before.groups.some(({ id }) => id === group.id)) events.push({ at, kind: "made", of: group.id });
  return events;
}

const DAY = 86_400_000;

/** The most that any 24 hours saw of what fits, each object once. */
function mostInADay(events: readonly Event[], fits: (event: Event) => boolean): number {
  const some = events.filter(fits);
  return Math.max(
    0,
    ...some.map(
      ({ at }) => new Set(some.filter((one) => one.at >= at && one.at - at < DAY).map(({ of }) => of)).size,
    ),
  );
}

function goThrough(moments: readonly Moment[], users: "in groups" | "all") {
  let standing: Standing = startingWith(BEGINNING);
  const events: Event[] = [];
  const all: Done[] = [];
  for (const one of moments) {
    const source = sourceOf(one, users);
    const done = run(standing, source, { rules: { ...SMALL, ...one.names }, minutes: one.minutes });
    events.push(...eventsOf(standing.existing, done.existing, source, done.now));
    all.push(done);
    standing = done;
  }
  return { events, all };
}

test("whatever Google says from run to run, no 24 hours take or give more than their budgets", () => {
  fc.assert(
    fc.property(
      fc.array(moment, { minLength: 2, maxLength: 8 }),
      fc.constantFrom("in groups" as const, "all" as const),
      (moments, users) => {
        const { events } = goThrough(moments, users);
        const most = (kind: Event["kind"], group?: string): number =>
          mostInADay(
            events,
            (event) => event.kind === kind && (group === undefined || event.group === group),
          );
        expect(most("leaver")).toBeLessThanOrEqual(4);
        expect(most("disabled")).toBeLessThanOrEqual(3);
        expect(most("retired")).toBeLessThanOrEqual(1);
        expect(most("renamed")).toBeLessThanOrEqual(1);
        expect(most("called")).toBeLessThanOrEqual(3);
        expect(most("made")).toBeLessThanOrEqual(1);
        expect(most("lost")).toBeLessThanOrEqual(9);
        for (const { id } of BEGINNING.groups) {
          expect(most("lost", id)).toBeLessThanOrEqual(6);
          expect(most("gained", id)).toBeLessThanOrEqual(6);
        }
      },
    ),
    search(300),
  );
});

test("nobody is ever put into, or taken out of, a group that was made by hand", () => {
  fc.assert(
    fc.property(fc.array(moment, { minLength: 1, maxLength: 5 }), (moments) => {
      for (const { existing } of goThrough(moments, "all").all) {
        const hand = existing.groups.find(({ externalId }) => externalId === "");
        expect(hand?.name).toBe("Called 3");
        expect([...(hand?.members ?? [])]).toEqual(held.slice(0, 2).map(({ id }) => id));
        expect(existing.users.find(({ id }) => id === root.id)).toEqual(root);
      }
    }),
    search(100),
  );
});
