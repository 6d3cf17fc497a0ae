/** What is decided as a whole, and what changes the id under which it waits. */
import { describe, expect, test } from "vitest";
import { EVERY_KIND } from "../../src/core/change.ts";
import { isYoung, subjectsOf } from "../../src/core/subjects.ts";
import type { Subject } from "../../src/core/subjects.ts";
import { targetId } from "../../src/core/model.ts";
import type { ExistingGroup, ExistingUser, SourceUser } from "../../src/core/model.ts";
import { leaversFirst, planFor, situationOf, told } from "./planned.ts";
import type { Case } from "./planned.ts";
import {
  company,
  devs,
  groupInTarget,
  human,
  inTarget,
  marked,
  ops,
  rules,
  stray,
  target,
  team,
} from "./world.ts";
import type { Filled } from "./world.ts";

/** What a run weighs once its leavers are gone: `removals Devs` and the id of each. */
function idsOf(one: Case): Readonly<Record<string, string>> {
  const { rest } = leaversFirst(one);
  const some = subjectsOf(planFor(rest), situationOf(rest));
  return Object.fromEntries(some.map(({ kind, about, id }) => [`${kind} ${about.label}`, id]));
}
const idOf = (one: Case, kind: Subject["kind"], label: string): string => {
  const id = idsOf(one)[`${kind} ${label}`];
  if (id === undefined) throw new Error(`${kind} ${label} is none of ${Object.keys(idsOf(one)).join(", ")}`);
  return id;
};

const people: readonly SourceUser[] = Array.from({ length: 10 }, (_, at) =>
  human(at + 1, `P${at + 1}`, "Person"),
);
const held: readonly ExistingUser[] = people.map((user) => inTarget(user));
const p = (from: number, to = 10): readonly SourceUser[] => people.slice(from - 1, to);
const h = (from: number, to = 10): readonly ExistingUser[] => held.slice(from - 1, to);
const past = team(3, "Past");
const fresh = team(4, "Fresh");

interface Changed {
  readonly users?: readonly SourceUser[];
  readonly devs?: readonly SourceUser[];
  readonly ops?: readonly SourceUser[];
  readonly fresh?: readonly SourceUser[];
  readonly renamed?: string;
  readonly more?: readonly Filled[];
  readonly there?: readonly ExistingGroup[];
  readonly alsoHeld?: readonly ExistingUser[];
  readonly matched?: readonly SourceUser[];
  readonly now?: string;
}

/** Devs loses 1 to 3, Ops gains 8 to 10, Past is gone, Fresh is new, Old is renamed, and 1 is out of scope. */
const scene = (over: Changed = {}): Case => ({
  source: company(
    over.users ?? people,
    [
      [devs, ...(over.devs ?? p(4))],
      [ops, ...(over.ops ?? p(4))],
      [fresh, ...(over.fresh ?? p(4, 5))],
      [{ ...team(5, "Night"), name: over.renamed ?? "Night" }],
      ...(over.more ?? []),
    ],
    { matched: new Set((over.matched ?? p(2)).map(({ id }) => id)) },
  ),
  existing: target(
    [...held, ...(over.alsoHeld ?? [])],
    over.there ?? [
      groupInTarget(devs, held),
      groupInTarget(ops, h(4, 7)),
      groupInTarget(past, h(4, 6)),
      groupInTarget(team(5, "Night"), [], { name: "Old" }),
    ],
  ),
  ...(over.now === undefined ? {} : { now: over.now }),
});

test("each of six kinds is one subject: who of it counts is named", () => {
  const one = scene();
  const some = subjectsOf(planFor(one), situationOf(one));
  expect(
    Object.fromEntries(
      some.map(({ kind, about, counts }) => [`${kind} ${about.label}`, counts.map(({ label }) => label)]),
    ),
  ).toEqual({
    "user p1@example.com": ["p1@example.com"],
    "group Past": ["Past"],
    "removals Devs": ["p2@example.com", "p3@example.com"],
    "rename Old": ["Night"],
    "new-group Fresh": ["Fresh"],
    "additions Ops": ["p10@example.com", "p8@example.com", "p9@example.com"],
  });
  expect(new Set(some.map(({ id }) => id)).size).toBe(6);
  expect(some.filter(({ about }) => about.kind === "user").map(({ kind }) => kind)).toEqual(["user"]);
});

test("who leaves a group as somebody retired is no subject, although somebody enabled them since", () => {
  const back = inTarget(human(40, "Back", "Again"), {
    externalId: marked("2026-03-01", "100000000000000000040"),
  });
  const one: Case = {
    source: company(people, [[devs, ...people]]),
    existing: target([...held, back], [groupInTarget(devs, [...held, back])]),
  };
  expect(told(planFor(one))).toEqual([
    "user.disable back@example.com",
    "members.remove Devs back@example.com",
  ]);
  expect(idsOf(one)).toEqual({});
});

describe("an id stays the same", () => {
  const before = idsOf(scene());

  test("at midnight", () => {
    expect(idsOf(scene({ now: "2026-03-10T23:50:00Z" }))).toEqual(before);
    expect(idsOf(scene({ now: "2026-03-11T00:10:00Z" }))).toEqual(before);
  });

  test("when somebody is hired", () => {
    const newcomer = human(40, "New", "Comer");
    const also = scene({ users: [...people, newcomer], more: [[team(9, "Other"), newcomer]] });
    expect(idsOf(also)).toMatchObject(before);
  });

  test("when somebody else leaves, or is suspended", () => {
    // Nobody whom one of them is about.
    const leaver = human(40, "Lee", "Ver");
    const there = [...(scene().existing?.groups ?? []), groupInTarget(team(9, "Other"), [inTarget(leaver)])];
    const common = { alsoHeld: [inTarget(leaver)], there } as const;
    const gone = { ...common, users: people, more: [[team(9, "Other")]] } as const;
    const off: SourceUser = { ...leaver, state: "suspended" };
    const asleep = { ...common, users: [...people, off], more: [[team(9, "Other"), off]] } as const;
    expect(idsOf(scene(gone))).toEqual(before);
    expect(idsOf(scene(asleep))).toEqual(before);
  });

  test("when a member of a group that is to be retired leaves in that run", () => {
    const four = people.find(({ email }) => email === "p4@example.com");
    const asleep = people.map((user): SourceUser => (user === four ? { ...user, state: "suspended" } : user));
    expect(idOf(scene({ users: asleep }), "group", "Past")).toBe(before["group Past"]);
    const gone = { users: people.filter((user) => user !== four), devs: p(5), ops: p(5), fresh: p(5, 5) };
    expect(idOf(scene(gone), "group", "Past")).toBe(before["group Past"]);
  });

  test("whatever else of the same plan is changed", () => {
    expect(idOf(scene({ renamed: "Later" }), "removals", "Devs")).toBe(before["removals Devs"]);
    expect(idOf(scene({ devs: p(3) }), "rename", "Old")).toBe(before["rename Old"]);
    expect(idOf(scene({ matched: p(3) }), "user", "p1@example.com")).toBe(before["user p1@example.com"]);
  });

  test("when the user's or the group's own names are changed in between", () => {
    const renamed = scene().existing?.groups.map((group) =>
      group.name === "Devs" ? { ...group, name: "Developers" } : group,
    );
    const called = scene({ ...(renamed === undefined ? {} : { there: renamed }) });
    expect(idOf(called, "removals", "Developers")).toBe(before["removals Devs"]);
    const users = people.map((user) =>
      user.email === "p1@example.com" ? { ...user, givenName: "Other" } : user,
    );
    expect(idOf(scene({ users }), "user", "p1@example.com")).toBe(before["user p1@example.com"]);
  });

  test("when a membership of it is held, because the id is of what was planned before, and still tells of it", () => {
    const limits = { ...rules().limits, shrink: { share: undefined, count: 0, ceiling: undefined } };
    const waitsFor = (members: readonly string[]) =>
      planFor({ ...scene(), rules: { limits }, holds: { members: new Set(members) } }).waiting.filter(
        ({ kind }) => kind === "shrink",
      );
    const whole = waitsFor([]);
    expect(whole).toMatchObject([{ reason: { who: ["p2@example.com", "p3@example.com"] } }]);
    const rest = waitsFor([`${groupInTarget(devs).id}/u-2`]);
    expect(rest).toEqual(whole);
    const approve = whole.map(({ id }) => id);
    const approved = {
      ...scene(),
      rules: { limits },
      approve,
      holds: { members: new Set([`${groupInTarget(devs).id}/u-2`]) },
    };
    expect(told(planFor(approved))).toContain("members.remove Devs p1@example.com p3@example.com");
  });
});

describe("an id changes", () => {
  const before = idsOf(scene());
  const isOther = (over: Changed, kind: Subject["kind"], label: string): void => {
    expect(idOf(scene(over), kind, label)).not.toBe(before[`${kind} ${label}`]);
  };

  test("with one more who goes out, or another one", () => {
    isOther({ devs: p(5) }, "removals", "Devs");
    isOther({ devs: [...p(2, 2), ...p(5)] }, "removals", "Devs");
    isOther({ devs: [...p(2, 3), ...p(6)] }, "removals", "Devs");
  });

  test("with one more who gets in, or another one", () => {
    isOther({ ops: p(3) }, "additions", "Ops");
    isOther({ ops: [...p(3, 3), ...p(4, 9)] }, "additions", "Ops");
  });

  test("with one more who is in a new group, over a hundred too", () => {
    isOther({ fresh: p(4, 6) }, "new-group", "Fresh");
    const many = Array.from({ length: 102 }, (_, at) => human(100 + at, `M${1000 + at}`, "Any"));
    const all = {
      users: [...people, ...many],
      alsoHeld: many.map((user) => inTarget(user)),
      matched: [...p(2), ...many],
    };
    const crowd = (...fresh: readonly SourceUser[]) => idOf(scene({ ...all, fresh }), "new-group", "Fresh");
    const some = [100, 101, 102].map((size) => crowd(...many.slice(0, size)));
    const last = [crowd(...many.slice(0, 100), ...many.slice(101)), crowd(...many.slice(1))];
    expect(new Set([...some, ...last]).size).toBe(5);
  });

  test("with a group that is there and loses everybody in place of one that is gone", () => {
    const emptied = idOf(scene({ more: [[past]] }), "removals", "Past");
    expect(emptied).not.toBe(before["group Past"]);
  });

  test("with one more in a group that is to be retired, and another group of the same members", () => {
    const there = (group: ExistingGroup) =>
      (scene().existing?.groups ?? []).map((one) => (one.name === "Past" ? group : one));
    isOther({ there: there(groupInTarget(past, h(4, 7))) }, "group", "Past");
    const other = { ...groupInTarget(team(8, "Past"), h(4, 6)) };
    isOther({ there: there(other) }, "group", "Past");
  });

  test("with either name of a rename, and with its direction", () => {
    isOther({ renamed: "Later" }, "rename", "Old");
    const there = (name: string) =>
      (scene().existing?.groups ?? []).map((one) => (one.name === "Old" ? { ...one, name } : one));
    expect(idOf(scene({ there: there("Older") }), "rename", "Older")).not.toBe(before["rename Old"]);
    const back = scene({ there: there("Night"), renamed: "Old" });
    expect(idOf(back, "rename", "Night")).not.toBe(before["rename Old"]);
  });

  test("with the group that it is about, on either side", () => {
    const [from, to] = [new Set<string>([devs.id, ops.id, past.id]), (id: string) => `0z${id.slice(2)}`];
    const moved = <T extends string>(id: T): T => (from.has(id) ? (to(id) as T) : id);
    const { source, existing = target() } = scene();
    const groups = existing.groups.map((group) => ({ ...group, externalId: moved(group.externalId) }));
    const linked: Case = {
      source: {
        ...source,
        groups: source.groups.map((group) => ({ ...group, id: moved(group.id) })),
        members: new Map([...source.members].map(([id, rows]) => [moved(id), rows])),
      },
      existing: { ...existing, groups },
    };
    const another = existing.groups.map((group) => ({ ...group, id: targetId(`${group.id}-2`) }));
    const elsewhere: Case = { source, existing: { ...existing, groups: another } };
    for (const one of [linked, elsewhere])
      for (const [kind, label] of [
        ["removals", "Devs"],
        ["additions", "Ops"],
        ["group", "Past"],
      ] as const)
        expect(idOf(one, kind, label)).not.toBe(before[`${kind} ${label}`]);
  });

  test("with the person behind an address", () => {
    const second = human(41, "P1", "Person");
    const users = [second, ...p(2)];
    const alsoHeld = [inTarget(second)];
    const one = scene({ users, matched: p(2) });
    const existing = target(
      [...alsoHeld, ...h(2)],
      one.existing?.groups.map((group) => ({
        ...group,
        members: new Set([...group.members].filter((id) => id !== "u-1")),
      })),
    );
    expect(idOf({ ...one, existing }, "user", "p1@example.com")).not.toBe(before["user p1@example.com"]);
    // The same object of the target, linked to somebody else.
    const linked = target(
      held.map((user) => (user.id === "u-1" ? { ...user, externalId: second.id } : user)),
      one.existing?.groups,
    );
    expect(idOf({ ...one, existing: linked }, "user", "p1@example.com")).not.toBe(
      before["user p1@example.com"],
    );
  });
});

test("an approval lets one subject through, and taking it back holds it again", () => {
  const none = { share: undefined, count: 0, ceiling: undefined };
  const limits = {
    ...{
      leavers: none,
      users: none,
      groups: none,
      memberships: none,
      newGroups: none,
      growth: none,
      shrink: none,
    },
  };
  const one: Case = { ...scene(), rules: { limits } };
  const waiting = planFor(one).waiting;
  expect(told(planFor(one))).toEqual([]);
  expect(waiting.map(({ kind }) => kind).toSorted()).toEqual(
    ["growth", "new-groups", "removals", "removals", "renames", "shrink"].toSorted(),
  );
  const counts = waiting.map(({ id }) => {
    const rest = planFor({ ...one, approve: [id] });
    expect(rest.waiting.map((wait) => wait.id)).toEqual(
      waiting.map((wait) => wait.id).filter((other) => other !== id),
    );
    return told(rest).length;
  });
  expect(counts.every((count) => count > 0)).toBe(true);
  expect(told(planFor({ ...one, approve: waiting.map(({ id }) => id) }))).toEqual(told(planFor(scene())));
  expect(told(planFor({ ...one, approve: [] }))).toEqual([]);
});

test("what gives, names, or deletes what had been revoked is no subject", () => {
  const counted = new Set(["user.disable", "user.retire", "group.retire", "group.update", "group.create"]);
  const rest = EVERY_KIND.filter((kind) => !counted.has(kind) && !kind.startsWith("members."));
  expect(rest.length).toBeGreaterThan(3);
  const quiet: Case = {
    source: company([{ ...human(1, "P1", "Person"), familyName: "New" }, human(40, "New", "Comer")], [], {
      matched: "all",
    }),
    existing: target([
      inTarget(human(1, "P1", "Person"), { userName: "old@example.com", email: "old@example.com" }),
      stray("hand"),
    ]),
  };
  expect(told(planFor(quiet))).toHaveLength(3);
  expect(idsOf(quiet)).toEqual({});
});

test("what the target made less than 24 hours ago is young; of what it does not say when, nothing is", () => {
  const now = "2026-03-10T09:00:00Z";
  expect(isYoung({ createdAt: "2026-03-09T09:00:00.001Z" }, now)).toBe(true);
  expect(isYoung({ createdAt: "2026-03-09T09:00:00Z" }, now)).toBe(false);
  expect(isYoung({ createdAt: "" }, now)).toBe(false);
});
