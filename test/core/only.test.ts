/** A plan narrowed to a few subjects: what each of their names brings along, and what it leaves out. */
import { describe, expect, test } from "vitest";
import { isMeant, narrow, unknownSubjects } from "../../src/core/only.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { Existing, Source } from "../../src/core/model.ts";
import { planFor, runFor, skipped, told } from "./planned.ts";
import {
  ada,
  asleepInTarget,
  bob,
  calledBy,
  company,
  cy,
  dee,
  devs,
  groupInTarget,
  human,
  inTarget,
  login,
  manage,
  marked,
  ops,
  stray,
  strayGroup,
  target,
  team,
  rules,
  signingInAs,
  suspendedMarked,
} from "./world.ts";

interface Scene {
  readonly source: Source;
  readonly existing: Existing;
}

const only = ({ source, existing }: Scene, ...subjects: readonly string[]): Plan =>
  narrow(planFor({ source, existing }), subjects, { source, existing, rules: rules() });
const nothingElse = (scene: Scene, ...subjects: readonly string[]): readonly string[] => {
  const narrowed = only(scene, ...subjects);
  expect(narrowed.steps.every((step) => step.length > 0)).toBe(true);
  return told(narrowed);
};

const nova = human(5, "Nova", "New");
const odd = human(6, "Odd", "New");
const eve = human(7, "Eve", "Back");
const fresh = team(3, "Fresh");
const back = team(4, "Back");

/** Something of every kind is to be done; bob and Devs are known by an old and a new name. */
const moved = { ...bob, email: "kahn@example.com", aliases: ["robert@example.com"] };
const group = { ...devs, name: "Developers", aliases: ["coders@example.com"] };
const heldBob = inTarget(bob, { email: "old@example.com" });
const heldEve = inTarget(eve, { externalId: marked("2026-03-01", eve.id), active: false });
const scene: Scene = {
  source: company(
    [ada, moved, cy, nova, odd, eve],
    [
      [group, ada, nova, odd, eve],
      [fresh, ada, nova, eve],
      [back, ada],
      [ops, ada, cy],
    ],
    { matched: "all" },
  ),
  existing: target(
    [inTarget(ada), heldBob, inTarget(cy), inTarget(dee), heldEve],
    [
      groupInTarget(devs, [inTarget(ada), heldBob, inTarget(cy)]),
      groupInTarget(ops, [inTarget(ada), inTarget(cy), inTarget(dee)]),
      groupInTarget(back, [], { externalId: marked("2026-03-01", back.id) }),
    ],
  ),
};

const NAMES_OF_EVE = [
  ["the address", eve.email],
  ["the Google id", eve.id],
  ["the id in AWS", heldEve.id],
  ["the mark", heldEve.externalId],
] as const;

describe("a user", () => {
  test.each([
    ["the address", "kahn@example.com"],
    ["the address in capitals", "KAHN@EXAMPLE.COM"],
    ["another address of the account", "robert@example.com"],
    ["the Google id", bob.id],
    ["the id in AWS", heldBob.id],
    ["the user name in AWS", "bob@example.com"],
    ["the e-mail in AWS", "old@example.com"],
  ])("is known by %s: he is changed and taken out, and nobody else", (_, subject) => {
    expect(nothingElse(scene, subject)).toEqual([
      "members.remove Devs bob@example.com",
      "user.update bob@example.com",
    ]);
  });

  test("who is new is made and put into the groups that are there", () => {
    expect(nothingElse(scene, "nova@example.com")).toEqual([
      "user.create nova@example.com",
      "members.add Developers nova@example.com",
    ]);
  });

  test("who leaves goes alone, out of the groups too", () => {
    expect(nothingElse(scene, "dee@example.com")).toEqual([
      "user.retire dee@example.com",
      "members.remove Ops dee@example.com",
    ]);
    expect(nothingElse(scene, inTarget(dee).id)).toHaveLength(2);
  });

  test.each(NAMES_OF_EVE)("who comes back, named by %s, gets the groups that are there", (_, subject) => {
    expect(nothingElse(scene, subject)).toEqual([
      "user.restore eve@example.com",
      "members.add Developers eve@example.com",
    ]);
  });

  test.each(NAMES_OF_EVE)("who comes back, named by %s, loses what was left to him wrongly", (_, subject) => {
    const leftover = groupInTarget(ops, [inTarget(ada), inTarget(cy), heldEve]);
    const existing = target([inTarget(ada), inTarget(cy), heldEve], [leftover]);
    const source = company([ada, cy, eve], [[ops, ada, cy]], { matched: "all" });
    expect(nothingElse({ source, existing }, subject)).toEqual([
      "members.remove Ops eve@example.com",
      "user.restore eve@example.com",
    ]);
  });

  test.each([
    ["the address", ada.email],
    ["the id in AWS", stray("ada").id],
  ])("who is taken over, named by %s, gets the groups that are there", (_, subject) => {
    const existing = target([stray("ada"), inTarget(cy)], [groupInTarget(devs, [inTarget(cy)])]);
    const source = company([ada, cy], [[devs, ada]], { matched: "all" });
    expect(nothingElse({ source, existing }, subject)).toEqual([
      "user.update ada@example.com",
      "members.add Devs ada@example.com",
      "user.update ada@example.com",
    ]);
  });

  test("whose group is still revoked is not put into it, and that is said", () => {
    const narrowed = only(scene, ada.email);
    expect(told(narrowed)).toEqual([]);
    expect(skipped(narrowed)).toEqual(["party-left-out ada@example.com in Back"]);
  });
});

describe("a group", () => {
  test.each([
    ["the address", devs.email],
    ["another address", "coders@example.com"],
    ["the name in Google", "developers"],
    ["the name in AWS", "DEVS"],
    ["the Google id", devs.id],
    ["the id in AWS", groupInTarget(devs).id],
  ])("is known by %s: it is changed, its new users come along, and who is revoked does not", (_, subject) => {
    const narrowed = only(scene, subject);
    expect(told(narrowed)).toEqual([
      "members.remove Devs bob@example.com cy@example.com",
      "group.update Devs",
      "user.create nova@example.com",
      "user.create odd@example.com",
      "members.add Developers nova@example.com odd@example.com",
    ]);
    expect(skipped(narrowed)).toEqual(["party-left-out eve@example.com in Developers"]);
  });

  test("that is new is made with those who are there, or new with it", () => {
    const narrowed = only(scene, "fresh@example.com");
    expect(told(narrowed)).toEqual([
      "user.create nova@example.com",
      "group.create Fresh ada@example.com nova@example.com",
    ]);
    expect(skipped(narrowed)).toEqual(["party-left-out eve@example.com in Fresh"]);
  });

  test.each([
    ["the Google id", back.id],
    ["the id in AWS", groupInTarget(back).id],
    ["the mark", marked("2026-03-01", back.id)],
  ])("that comes back, named by %s, is filled", (_, subject) => {
    expect(nothingElse(scene, subject)).toEqual(["group.restore Back", "members.add Back ada@example.com"]);
  });

  test("and a user who comes back, named together, need nothing else", () => {
    const narrowed = only(scene, "Fresh", eve.email);
    expect(told(narrowed)).toEqual([
      "user.restore eve@example.com",
      "user.create nova@example.com",
      "group.create Fresh ada@example.com eve@example.com nova@example.com",
      "members.add Developers eve@example.com",
    ]);
    expect(skipped(narrowed)).toEqual([]);
  });
});

describe("a name that only somebody else would free", () => {
  const ring: Scene = {
    source: company(
      [
        { ...ada, email: bob.email },
        { ...bob, email: ada.email },
      ],
      [],
      { matched: "all" },
    ),
    existing: target([inTarget(ada), inTarget(bob)]),
  };
  const chain: Scene = {
    source: company(
      [
        { ...ada, email: bob.email },
        { ...bob, email: cy.email },
        { ...cy, email: "new@example.com" },
      ],
      [],
      { matched: "all" },
    ),
    existing: target([inTarget(ada), inTarget(bob), inTarget(cy)]),
  };

  test("is not asked for, nor is anybody parked for it, and that is said", () => {
    for (const one of [ada, bob]) {
      const narrowed = only(ring, one.id);
      expect(told(narrowed)).toEqual([]);
      expect(skipped(narrowed)).toHaveLength(1);
      expect(skipped(narrowed)[0]).toMatch(/^name-left-out /);
    }
  });

  test("is traded when both are named", () => {
    expect(nothingElse(ring, ada.id, bob.id)).toHaveLength(3);
  });

  test("is not asked for by those who wait for somebody who waits", () => {
    expect(nothingElse(chain, ada.id, bob.id)).toEqual([]);
    expect(nothingElse(chain, ada.id, bob.id, cy.id)).toHaveLength(3);
    expect(nothingElse(chain, bob.id, cy.id)).toEqual([
      "user.update cy@example.com",
      "user.update bob@example.com",
    ]);
    expect(nothingElse(chain, cy.id)).toEqual(["user.update cy@example.com"]);
  });

  test("is not asked for by a new user, who then gets no membership either", () => {
    const newBob = human(9, "Bob", "Newman");
    const source = company([newBob, ada], [[devs, newBob, ada]], { matched: "all" });
    const one = {
      source,
      existing: target([inTarget(bob), inTarget(ada)], [groupInTarget(devs, [inTarget(ada)])]),
    };
    const narrowed = only(one, newBob.id);
    expect(told(narrowed)).toEqual([]);
    expect(skipped(narrowed)).toEqual([
      "name-left-out bob@example.com",
      "party-left-out bob@example.com in Devs",
    ]);
    expect(nothingElse(one, newBob.id, bob.id)).toHaveLength(4);
  });

  test("of a group is not asked for either", () => {
    const source = company([ada], [[{ ...devs, name: "Ops" }], [{ ...ops, name: "Newer" }]], {
      matched: "all",
    });
    const one = { source, existing: target([inTarget(ada)], [groupInTarget(devs), groupInTarget(ops)]) };
    expect(nothingElse(one, devs.id)).toEqual([]);
    expect(nothingElse(one, ops.id)).toEqual(["group.update Ops"]);
    expect(nothingElse(one, devs.id, ops.id)).toEqual(["group.update Ops", "group.update Devs"]);
  });

  test.each(["userName", "email"] as const)("is freed where the %s alone is traded", (field) => {
    const one = {
      source: company([ada, bob], [], { matched: "all" }),
      existing: target([inTarget(ada, { [field]: bob.email }), inTarget(bob, { [field]: ada.email })]),
    };
    expect(nothingElse(one, ada.id)).toEqual([]);
    expect(nothingElse(one, ada.id, bob.id)).toHaveLength(3);
  });

  test("does not stop a trade of two who are both named", () => {
    const two = {
      source: company(
        [
          { ...ada, email: bob.email },
          { ...bob, email: ada.email },
          { ...cy, email: dee.email },
          { ...dee, email: "new@example.com" },
        ],
        [],
        { matched: "all" },
      ),
      existing: target([inTarget(ada), inTarget(bob), inTarget(cy), inTarget(dee)]),
    };
    expect(nothingElse(two, ada.id, bob.id, cy.id)).toHaveLength(3);
  });

  test("is not freed by a change of his that names nothing", () => {
    const source = company(
      [{ ...ada, email: bob.email }, { ...bob, email: cy.email, state: "suspended" }, cy],
      [],
      { matched: new Set([ada.id, bob.id]) },
    );
    const one = { source, existing: target([inTarget(ada), inTarget(bob), inTarget(cy)]) };
    const narrowed = narrow(runFor(one), [ada.id, bob.id], { ...one, rules: rules() });
    expect(told(narrowed)).toEqual(["user.disable bob@example.com"]);
  });
});

test("a user who comes back under a name that is not free stays out of the groups", () => {
  const source = company([ada, { ...eve, email: bob.email }], [[devs, ada, eve]]);
  const one = {
    source,
    existing: target([inTarget(ada), inTarget(bob), heldEve], [groupInTarget(devs, [inTarget(ada)])]),
  };
  const narrowed = only(one, eve.id);
  expect(told(narrowed)).toEqual([]);
  expect(skipped(narrowed)).toEqual([
    "name-left-out eve@example.com",
    "party-left-out bob@example.com in Devs",
  ]);
});

test("a new group is given all its members, over 100 too", () => {
  const many = Array.from({ length: 101 }, (_, at) => human(100 + at, `M${at}`, "Member"));
  const one = {
    source: company(many, [[fresh, ...many]]),
    existing: target(many.map((user) => inTarget(user))),
  };
  const changes = only(one, fresh.id).steps.flat();
  expect(changes.map((change) => change.kind)).toEqual(["group.create", "members.add"]);
});

test("who is due for deletion goes alone, and what the plan knows stays known", () => {
  const old = inTarget(dee, { externalId: marked("2026-01-01", dee.id), active: false });
  const one = {
    source: company([{ ...ada, givenName: "Other" }], [[devs, ada]]),
    existing: target([inTarget(ada), old], [groupInTarget(devs, [inTarget(ada)])]),
  };
  expect(nothingElse(one, old.id)).toEqual(["user.delete dee@example.com"]);
  expect(nothingElse(one, ada.id)).toEqual(["user.update ada@example.com"]);
  const { users, groups } = only(one, old.id);
  expect([...users.keys(), ...groups.keys()]).toEqual([ada.id, devs.id]);
});

test("nobody is unknown who is known by any of his names on either side", () => {
  const hand = stray("hand", { externalId: "okta-1", email: "mail@example.com" });
  const made = strayGroup("By hand", [], { externalId: "okta-2" });
  const there = {
    ...scene.existing,
    users: [...scene.existing.users, hand],
    groups: [...scene.existing.groups, made],
  };
  const known = [
    ...[moved.id, nova.id, fresh.id, moved.email, "robert@example.com", "ADA@example.com"],
    ...[group.id, group.email, group.name, "coders@example.com"],
    ...[hand.id, hand.externalId, hand.userName, hand.email],
    ...[made.id, made.externalId, "by HAND"],
  ];
  expect(
    unknownSubjects([...known, "nobody@example.com"], {
      source: scene.source,
      existing: there,
      rules: rules(),
    }),
  ).toEqual(["nobody@example.com"]);
});

test("a run about only an object made by hand changes nobody else", () => {
  const source = company(
    [
      { ...ada, givenName: "Augusta" },
      { ...bob, state: "suspended" },
    ],
    [],
  );
  const existing = target([inTarget(ada), inTarget(bob)], [strayGroup("By hand", [])]);
  const plan = planFor({ source: { ...source, matched: "all" }, existing });
  expect(told(plan)).not.toEqual([]);
  expect(told(narrow(plan, ["By hand"], { source, existing, rules: rules() }))).toEqual([]);
});

test("what is in no listing is known by the settings' name for it, and what is unread by its address and id", () => {
  const settings = rules({ ...signingInAs("HR.login"), ...calledBy("aws-{name}") });
  const lovelace = { ...ada, ...login("lovelace") };
  const source = company([lovelace, bob], [[devs, lovelace]], { matched: "all", unread: [cy, ops] });
  const one = { source, existing: target(), rules: settings };
  expect(unknownSubjects(["LOVELACE", "aws-devs", cy.id, cy.email, ops.id, ops.email, "x"], one)).toEqual([
    "x",
  ]);
  const plan = planFor(one);
  expect(told(narrow(plan, ["lovelace"], one))).toEqual(["user.create lovelace"]);
  expect(told(narrow(plan, ["aws-devs"], one))).toEqual([
    "user.create lovelace",
    "group.create aws-Devs ada@example.com",
  ]);
});

test.each(["", " ", "\u200B", "\u00AD\u2060"])("%j names nobody, not even what has no name", (subject) => {
  const unseen = { ...ops, name: "\u200B" };
  const source = company(
    [{ ...ada, givenName: "Augusta" }],
    [
      [devs, ada],
      [unseen, ada],
    ],
    { matched: "all" },
  );
  const existing = target([inTarget(ada), stray("hand", { email: "" })], [groupInTarget(devs)]);
  const sides = { source, existing, rules: rules() };
  expect(unknownSubjects([subject], sides)).toEqual([subject]);
  const plan = planFor({ source, existing });
  expect(told(plan)).not.toEqual([]);
  expect(told(narrow(plan, [subject], sides))).toEqual([]);
});

test("whoever is named himself, or in a named group of AWS, is meant: nobody else", () => {
  const [held, left, mine] = [inTarget(ada), inTarget(bob), asleepInTarget(cy)];
  const existing = target(
    [held, left, mine, inTarget(dee)],
    [groupInTarget(devs, [held, left]), groupInTarget(ops, [left, mine])],
  );
  const sides = { source: company([ada, bob, cy, dee], [[devs], [ops]]), existing, rules: rules() };
  const meant = (...subjects: readonly string[]): readonly string[] =>
    existing.users.filter(isMeant(subjects, sides)).map(({ userName }) => userName);
  expect(meant(dee.email)).toEqual([dee.email]);
  expect(meant(cy.id)).toEqual([cy.email]);
  expect(meant(devs.email)).toEqual([ada.email, bob.email]);
  expect(meant(devs.id, ops.id)).toEqual([ada.email, bob.email, cy.email]);
  expect(meant(devs.id, dee.id)).toEqual([ada.email, bob.email, dee.email]);
});

test("whoever wears a mark and is named by the id in AWS gets a membership where users are not ours to write", () => {
  const held = inTarget(ada, { externalId: suspendedMarked("2026-03-01", ada.id) });
  const existing = target([held, inTarget(bob)], [groupInTarget(devs)]);
  const one = {
    source: company([ada, bob], [[devs, ada, bob]]),
    existing,
    rules: rules(manage("memberships")),
  };
  const plan = planFor(one);
  expect(told(plan)).toEqual(["members.add Devs ada@example.com bob@example.com"]);
  expect(told(narrow(plan, [held.id], one))).toEqual(["members.add Devs ada@example.com"]);
});

test("whose manager is set is whom that is about, and not the manager", () => {
  const origin = { kind: "field", field: "relations.value" } as const;
  const reports = { ...ada, fields: new Map([[origin.field, bob.email]] as const) };
  const one = {
    source: company([reports, bob], [], { matched: "all" }),
    existing: target([inTarget(bob)]),
    rules: rules({ details: new Map([["manager", origin]]) }),
  };
  const plan = planFor(one);
  const change = "user.manager ada@example.com bob@example.com";
  expect(told(narrow(plan, [ada.id], one))).toContain(change);
  expect(told(narrow(plan, [bob.id], one))).toEqual([]);
});
