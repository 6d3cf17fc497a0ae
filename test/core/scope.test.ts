import { describe, expect, test } from "vitest";
import { needsSomebody } from "../../src/core/reason.ts";
import { inclusion, readsMembers, scope } from "../../src/core/scope.ts";
import type { SourceGroup } from "../../src/core/model.ts";
import type { Scoped } from "../../src/core/scope.ts";
import { roll, rosters, sync } from "./carried-out.ts";
import { planFor, skipped } from "./planned.ts";
import {
  EMPTY,
  ada,
  bob,
  company,
  cy,
  dee,
  devs,
  groupId,
  groupInTarget,
  human,
  inTarget,
  manage,
  marked,
  ops,
  rules,
  stray,
  target,
  team,
  userId,
  asleepInTarget,
  calledBy,
} from "./world.ts";
import type { Case } from "./planned.ts";
import { sourceId } from "../../src/core/model.ts";
import type { Source } from "../../src/core/model.ts";

const scoped = ({ source, existing = EMPTY, rules: over }: Case): Scoped =>
  scope(source, existing, rules(over));

describe("with SYNC_METHOD=groups", () => {
  test("users are the members of the groups that match, and nobody else", () => {
    const { after } = sync({
      source: company(
        [ada, bob, cy],
        [
          [devs, ada],
          [ops, bob],
        ],
      ),
    });
    expect(roll(after)).toEqual(["ada@example.com", "bob@example.com"]);
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"], Ops: ["bob@example.com"] });
  });

  test("users that match USER_MATCH come too, in no group", () => {
    const { after } = sync({ source: company([ada, bob, cy], [[devs, ada]], { matched: new Set([cy.id]) }) });
    expect(roll(after)).toEqual(["ada@example.com", "cy@example.com"]);
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
  });

  test("USER_MATCH takes nobody out of a group", () => {
    const { after } = sync({
      source: company([ada, bob], [[devs, ada, bob]], { matched: new Set([ada.id]) }),
    });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com", "bob@example.com"] });
  });

  test("members through nested groups count, in rings and below groups out of scope", () => {
    const { after } = sync({
      source: company([ada, bob, cy], [[devs, ada, ops]], {
        nested: [
          [ops, bob, team(3, "Deep")],
          [team(3, "Deep"), cy, devs],
        ],
      }),
    });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com", "bob@example.com", "cy@example.com"] });
  });

  test("a nested group counts even when it is ignored", () => {
    const { after } = sync({
      source: company(
        [ada, bob],
        [
          [devs, ada, ops],
          [ops, bob],
        ],
      ),
      rules: { ignoreGroups: ["ops"] },
    });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com", "bob@example.com"] });
  });

  test("a CUSTOMER row means every user", () => {
    const { after } = sync({ source: company([ada, bob, cy], [[devs, "everybody"]]) });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com", "bob@example.com", "cy@example.com"] });
  });

  test("external members are skipped with a reason, once for each group", () => {
    const guest = human(99, "Guest", "Elsewhere", { email: "guest@partner.example" });
    const { plan, after } = sync({ source: company([ada], [[devs, ada, guest]]) });
    expect(roll(after)).toEqual(["ada@example.com"]);
    expect(skipped(plan)).toEqual([`external guest@partner.example in ${devs.email}`]);
  });
});

describe("with SYNC_METHOD=users_groups", () => {
  const over = { method: "users_groups", ...calledBy("email") } as const;

  test("users are those that match USER_MATCH, in a group or not", () => {
    const { after } = sync({ source: company([ada, bob], [[devs, ada]], { matched: "all" }), rules: over });
    expect(roll(after)).toEqual(["ada@example.com", "bob@example.com"]);
  });

  test("members are limited to those users, and the others are told", () => {
    const { plan, after } = sync({
      source: company([ada, bob], [[devs, ada, bob]], { matched: new Set([ada.id]) }),
      rules: over,
    });
    expect(roll(after)).toEqual(["ada@example.com"]);
    expect(rosters(after)).toEqual({ [devs.email]: ["ada@example.com"] });
    expect(skipped(plan)).toContain(`out-of-scope ${bob.email} in ${devs.email}`);
  });

  test("nobody matches when no USER_MATCH is set", () => {
    const { after } = sync({ source: company([ada], [[devs, ada]]), rules: over });
    expect(roll(after)).toEqual([]);
  });
});

describe("GROUP_NAME", () => {
  const source = company([ada], [[team(1, "The Devs", { email: "devs@example.com" }), ada]]);
  test("name: the group is called as in the source", () => {
    expect(Object.keys(rosters(sync({ source }).after))).toEqual(["The Devs"]);
  });
  test("email: the group is called by its address", () => {
    expect(Object.keys(rosters(sync({ source, rules: calledBy("email") }).after))).toEqual([
      "devs@example.com",
    ]);
  });
  test("changed: the group is renamed in place", () => {
    const first = sync({ source }).after;
    const { plan, after } = sync({ source, existing: first, rules: calledBy("email") });
    expect(plan.steps.flat().map(({ kind }) => kind)).toEqual(["group.update"]);
    expect(rosters(after)).toEqual({ "devs@example.com": ["ada@example.com"] });
  });
});

describe("INCLUDE_GROUPS", () => {
  const leftOut = (group: SourceGroup, includeGroups: readonly string[]) =>
    inclusion(rules({ includeGroups }), [group], new Set())(group)?.code;
  const source = company(
    [ada, bob],
    [
      [devs, ada],
      [team(2, "Ops", { aliases: ["noc@example.com"] }), bob],
    ],
  );
  test.each([["DEVS"], ["Devs@Example.com"]])("%s: only that group and its members", (name) => {
    const { plan, after } = sync({ source, rules: { includeGroups: [name] } });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
    expect(roll(after)).toEqual(["ada@example.com"]);
    expect(skipped(plan)).toEqual([`not-included ${ops.email}`]);
  });
  test("an alias names a group too", () => {
    expect(leftOut(team(2, "Ops", { aliases: ["noc@example.com"] }), ["noc@example.com"])).toBeUndefined();
  });
  test("patterns mean nothing here", () => {
    expect(leftOut(devs, ["dev*"])).toBe("not-included");
  });
  test("nothing set includes everything", () => {
    expect(leftOut(devs, [])).toBeUndefined();
  });
  test("an address is that of a group, and no group's name", () => {
    expect(leftOut(team(2, devs.email), [devs.email])).toBe("not-included");
  });
  describe("a name that several groups have", () => {
    const other = team(2, "devs", { email: "other@example.com" });
    const both = company(
      [ada, bob],
      [
        [devs, ada],
        [other, bob],
      ],
    );
    const over = { includeGroups: ["Devs"], ...calledBy("email") };
    test("counts for none of those that are new, which is said", () => {
      const { plan, after } = sync({ source: both, rules: over });
      expect([rosters(after), roll(after)]).toEqual([{}, []]);
      expect(skipped(plan)).toEqual([`included-twice ${devs.email}`, `included-twice ${other.email}`]);
      expect(plan.skips.every(needsSomebody)).toBe(true);
    });
    test.each([
      ["linked", devs.id],
      ["revoked", `ssosync-retired.2024-01-01.${devs.id}`],
    ])("counts for the one that is %s", (_, externalId) => {
      const existing = target([], [groupInTarget(devs, [], { externalId })]);
      const { plan, after } = sync({ source: both, existing, rules: over });
      expect(rosters(after)).toEqual({ [devs.email]: ["ada@example.com"] });
      expect(skipped(plan)).toEqual([`included-twice ${other.email}`]);
    });
    test("counts for one that its address includes", () => {
      const rule = { ...over, includeGroups: ["Devs", other.email] };
      const { plan, after } = sync({ source: both, rules: rule });
      expect(rosters(after)).toEqual({ [other.email]: ["bob@example.com"] });
      expect(skipped(plan)).toEqual([`included-twice ${devs.email}`]);
    });
  });
  test("a group no longer included is out of scope, not gone", () => {
    const one = { source, existing: target([], [groupInTarget(ops)]), rules: { includeGroups: ["devs"] } };
    expect(planFor(one).steps.flat()).toContainEqual(
      expect.objectContaining({ kind: "group.retire", cause: "out-of-scope" }),
    );
  });
});

describe("the members of a group are read", () => {
  const reads = (over: Case["rules"]) => readsMembers(rules(over))(devs);
  test.each([
    ["where nothing leaves it out", {}, true],
    ["where INCLUDE_GROUPS names it", { includeGroups: ["devs"] }, true],
    ["but not where INCLUDE_GROUPS names others", { includeGroups: ["ops"] }, false],
    ["but not where IGNORE_GROUPS meets its address", { ignoreGroups: ["devs@*"] }, false],
    ["nor where both do", { includeGroups: ["devs"], ignoreGroups: ["devs@*"] }, false],
    [
      "where only its display name is met, which does not count once it is linked",
      { ignoreGroups: ["devs"] },
      true,
    ],
  ] as const)("%s", (_, over, is) => {
    expect(reads(over)).toBe(is);
  });
});

test("the owners of a group are told by address, or by id where there is none, in one order", () => {
  const row = (id: string, email: string) =>
    ({ id: sourceId(id), email, type: "user", owner: true }) as const;
  const source = company(
    [ada, bob],
    [
      [devs, row("3", "zoe@example.com"), ada, row("2", ""), row("1", "al@example.com")],
      [ops, bob],
    ],
  );
  const { owners } = scoped({ source });
  expect(owners(devs.id)).toEqual(["2", "al@example.com", "zoe@example.com"]);
  expect(owners(ops.id)).toEqual([]);
  expect(owners(groupId(9))).toEqual([]);
});

test("custom schemas that Google does not show are told once", () => {
  const unshown = { schemas: "HR, Badge", why: "Google does not show them", todo: "give the right" };
  expect(skipped(planFor({ source: company([ada]) }))).toEqual([]);
  const { skips } = scoped({ source: { ...company([ada]), unshown } });
  expect(skips).toEqual([
    {
      about: { kind: "user", label: "Schema HR, Badge" },
      reason: { code: "unread", why: unshown.why, todo: unshown.todo },
    },
  ]);
});

describe("whose manager somebody is", () => {
  const origin = { kind: "field", field: "relations.value" } as const;
  const boss = { ...bob, aliases: ["chief@example.com", cy.email] };
  const managedBy = (text: string, over: Partial<Source> = {}) => {
    const reports = { ...ada, fields: new Map([[origin.field, text]] as const) };
    const source = { ...company([reports, boss, cy], [], { matched: "all" }), ...over };
    const { users } = scoped({ source, rules: { details: new Map([["manager", origin]]) } });
    return users.onlyDesired.find(({ externalId }) => externalId === ada.id)?.managedBy;
  };
  const { unread: hidden } = company([], [], { unread: [dee] });
  const { unread: hiddenGroup } = company([], [], { unread: [devs] });

  test.each([
    ["the address", boss.email, boss.id],
    ["the address in capitals", "BOB@Example.com", boss.id],
    ["an alias", "chief@example.com", boss.id],
    ["an address that is somebody else's alias", cy.email, cy.id],
    ["an address that nobody has", "no@example.com", undefined],
    ["nothing", "", undefined],
  ])("is told by %s", (_, address, id) => {
    for (const unread of [new Map(), hiddenGroup])
      expect(managedBy(address, { unread })).toEqual({ address, id });
  });

  test("is not known where it may be the alias of somebody whom Google does not show", () => {
    expect(managedBy("no@example.com", { unread: hidden })).toBeUndefined();
    expect(managedBy(boss.email, { unread: hidden })).toEqual({ address: boss.email, id: boss.id });
    expect(managedBy("", { unread: hidden })).toEqual({ address: "", id: undefined });
  });
});

describe("SYNC_SUSPENDED", () => {
  const asleep = (state: "suspended" | "archived") => ({ ...ada, state });
  const seen = target([inTarget(ada)], [groupInTarget(devs, [inTarget(ada)])]);

  test.each(["suspended", "archived"] as const)(
    "true: who is %s is disabled and keeps the groups",
    (state) => {
      const { plan, after } = sync({
        source: company([asleep(state)], [[devs, asleep(state)]]),
        existing: seen,
      });
      expect(plan.steps.flat().map(({ kind }) => kind)).toEqual(["user.disable"]);
      expect(roll(after)).toEqual(["-ada@example.com"]);
      expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
    },
  );

  test("true: who is suspended joins no group, not until they are back", () => {
    const { after } = sync({
      source: company([asleep("suspended")], [[devs, asleep("suspended")]]),
      existing: target([inTarget(ada)], [groupInTarget(devs)]),
    });
    expect(rosters(after)).toEqual({ Devs: [] });
    const back = sync({ source: company([ada], [[devs, ada]]), existing: after });
    expect(rosters(back.after)).toEqual({ Devs: ["ada@example.com"] });
  });

  test("true: who the target has never seen is not created, and that is told", () => {
    const { plan, after } = sync({
      source: company([asleep("suspended"), bob], [[devs, asleep("suspended"), bob]]),
    });
    expect(roll(after)).toEqual(["bob@example.com"]);
    expect(rosters(after)).toEqual({ Devs: ["bob@example.com"] });
    expect(skipped(plan)).toEqual(["never-seen ada@example.com"]);
  });

  test("true: who is active again is enabled", () => {
    const { plan } = sync({
      source: company([ada], [[devs, ada]]),
      existing: target([asleepInTarget(ada)], [groupInTarget(devs, [inTarget(ada)])]),
    });
    expect(plan.steps.flat().map(({ kind }) => kind)).toEqual(["user.enable"]);
  });

  test.each(["suspended", "archived"] as const)("false: who is %s counts as gone", (state) => {
    const { plan, after } = sync({
      source: company([asleep(state)], [[devs, asleep(state)]]),
      existing: seen,
      rules: { syncSuspended: false },
    });
    expect(roll(after)).toEqual(["-ada@example.com"]);
    expect(after.users[0]?.externalId).toBe(marked("2026-03-10", ada.id));
    expect(rosters(after)).toEqual({ Devs: [] });
    expect(plan.steps.flat()).toMatchObject([
      { kind: "user.disable", cause: state },
      { kind: "user.retire", cause: state },
      { kind: "members.remove" },
    ]);
    expect(skipped(plan)).toContain(`suspended ada@example.com in ${devs.email}`);
  });

  test("false: who is suspended and was never seen is not created", () => {
    const { after } = sync({
      source: company([asleep("suspended")], [[devs, asleep("suspended")]], { matched: "all" }),
      rules: { syncSuspended: false },
    });
    expect(roll(after)).toEqual([]);
  });
});

describe("why a user is asked for by nobody", () => {
  const why = (one: Case): readonly string[] => {
    const found = scoped(one);
    return found.users.onlyExisting.map(found.userAbsence);
  };
  test("gone", () => {
    expect(why({ source: company([]), existing: target([inTarget(ada)]) })).toEqual(["gone"]);
  });
  test("out of scope", () => {
    expect(why({ source: company([ada]), existing: target([inTarget(ada)]) })).toEqual(["out-of-scope"]);
  });
  test("suspended, when that counts as gone", () => {
    const source = company([{ ...ada, state: "suspended" }], [], { matched: "all" });
    expect(why({ source, existing: target([inTarget(ada)]), rules: { syncSuspended: false } })).toEqual([
      "suspended",
    ]);
  });
  test("out of scope, when suspension alone would not take it away", () => {
    const source = company([{ ...ada, state: "suspended" }]);
    expect(why({ source, existing: target([inTarget(ada)]) })).toEqual(["out-of-scope"]);
  });
  test("marked with its id: as that id says", () => {
    const old = inTarget(ada, { externalId: marked("2026-03-01", ada.id) });
    expect(why({ source: company([ada]), existing: target([old]) })).toEqual(["out-of-scope"]);
  });
});

describe("why a group is asked for by nobody", () => {
  const why = (one: Case): readonly string[] => {
    const found = scoped(one);
    return found.groups.onlyExisting.map(found.groupAbsence);
  };
  test("gone", () => {
    expect(why({ source: company([]), existing: target([], [groupInTarget(devs)]) })).toEqual(["gone"]);
  });
  test("not included", () => {
    expect(
      why({
        source: company([], [[devs]]),
        existing: target([], [groupInTarget(devs)]),
        rules: { includeGroups: ["x"] },
      }),
    ).toEqual(["out-of-scope"]);
  });
});

describe("somebody must look at", () => {
  const strangers = (one: Case): readonly string[] =>
    scoped(one).strangers.map(({ about, reason }) =>
      "account" in reason
        ? `${about.label} ${reason.code} ${reason.account}`
        : `${about.label} ${reason.code} ${reason.names.join(" ")}`,
    );

  test("an enabled unmanaged user of this company's domain without an active account", () => {
    const source = company([ada, { ...bob, state: "suspended" }]);
    const existing = target([
      stray("ghost"),
      stray("bob"),
      stray("off", { active: false }),
      stray("out", { userName: "out@other.example", email: "out@other.example" }),
      stray("root", { userName: "root", email: "root@other.example" }),
    ]);
    expect(strangers({ source, existing })).toEqual([
      "ghost@example.com unmanaged-enabled none",
      "bob@example.com unmanaged-enabled suspended",
    ]);
  });

  test("not an unmanaged user with an active account, whose address may be an alias", () => {
    const source = company([{ ...ada, aliases: ["countess@example.com"] }]);
    const existing = target([stray("ada"), stray("countess")]);
    expect(strangers({ source, existing, rules: { adopt: "none" } })).toEqual([]);
  });

  test("an unmanaged user by the account of the user name, and where there is none by that of the e-mail", () => {
    const source = company([ada, { ...bob, state: "archived" }]);
    const existing = target([
      stray("bob", { email: "robert@other.example" }),
      stray("countess", { email: ada.email }),
    ]);
    expect(strangers({ source, existing })).toEqual(["bob@example.com unmanaged-enabled archived"]);
  });

  test("not a managed user whom Google does not show, for nobody knows what became of them", () => {
    const source = company([bob], [], { unread: [ada] });
    expect(strangers({ source, existing: target([inTarget(ada)]) })).toEqual([]);
  });

  test.each(["suspended", "gone"] as const)(
    "an ignored user who is enabled here and %s in Google",
    (state) => {
      const source = company(state === "gone" ? [bob] : [{ ...ada, state: "suspended" }, bob]);
      const existing = target([inTarget(ada), inTarget(bob)]);
      expect(strangers({ source, existing, rules: { ignoreUsers: ["ada@*", "bob@*"] } })).toEqual([
        `ada@example.com ignored-enabled ${state === "gone" ? "none" : state}`,
      ]);
    },
  );

  describe("a group that is linked and left alone, with whom Google has no longer in it", () => {
    const three = [inTarget(ada), inTarget(bob), inTarget(cy)];
    const off = stray("off", { externalId: human(9, "Off", "Line").id, active: false });
    const hand = stray("hand", { userName: "hand@other.example", email: "hand@other.example" });
    const users = [...three, off, hand, inTarget(dee)];
    const existing = target(users, [groupInTarget(devs, [...three, off, hand])]);
    const both = [{ ignoreGroups: ["devs"] }, { protectGroups: ["Devs"] }];

    test.each(both)("%j", (rules) => {
      const source = company([ada, bob, cy], [[devs, ada]]);
      expect(strangers({ source, existing, rules })).toEqual(["Devs left-in bob@example.com cy@example.com"]);
    });

    test.each(both)("%j, but not where nobody was taken out, or Google does not say", (rules) => {
      const everybody = [ada, bob, cy];
      const full = company(everybody, [[devs, ...everybody]]);
      const unknown = company(everybody, [[devs]], { unread: [devs] });
      const nested = team(8, "Nested");
      const partly = company(everybody, [[devs, ada, nested]], { nested: [[nested]], unread: [nested] });
      const unasked = { ...company(everybody, [[devs, ada]]), members: new Map() };
      for (const source of [full, unknown, partly, unasked])
        expect(strangers({ source, existing, rules })).toEqual([]);
      expect(strangers({ source: company(everybody, [[devs, ada]]), existing })).toEqual([]);
    });

    test.each(both)("%j, but not whom Google does not show", (rules) => {
      const source = company([ada, cy], [[devs, ada]], { unread: [bob] });
      expect(strangers({ source, existing, rules })).toEqual(["Devs left-in cy@example.com"]);
    });

    test.each(both)("%j, but not one that was made by hand, nor one that AWS does not show", (rules) => {
      const source = company([ada, bob, cy], [[devs, ada]]);
      const [group = groupInTarget(devs)] = existing.groups;
      for (const other of [
        target(users, [{ ...group, externalId: "" }]),
        target(users, [{ ...group, name: "Called otherwise" }], [group]),
      ])
        expect(strangers({ source, existing: other, rules })).toEqual([]);
      const byAddress = { ignoreGroups: [devs.email] };
      const byHand = target(users, [{ ...group, externalId: "" }]);
      expect(strangers({ source, existing: byHand, rules: byAddress })).toEqual([]);
    });
  });

  test("not a managed user, nor another identity provider's", () => {
    const existing = target([inTarget(ada), stray("x", { externalId: "okta/1" })]);
    expect(strangers({ source: company([bob]), existing })).toEqual([]);
  });
});

describe("where MANAGE leaves users to somebody else", () => {
  test("everybody is paired, so that a member who left is found to be taken out", () => {
    const { after } = sync({
      source: company([ada, bob, dee], [[devs, ada]]),
      existing: target(
        [inTarget(ada), inTarget(bob), stray("root")],
        [groupInTarget(devs, [inTarget(bob), stray("root")])],
      ),
      rules: manage("groups", "memberships"),
    });
    expect(roll(after)).toEqual(["ada@example.com", "bob@example.com", "root@example.com"]);
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com", "root@example.com"] });
  });
});

test("every object of the target is in exactly one place", () => {
  const users = [
    inTarget(ada),
    inTarget(bob),
    stray("hand"),
    stray("okta", { externalId: "okta/1" }),
    inTarget(human(8, "Old", "One"), { externalId: marked("2026-01-01", userId(8)), active: false }),
  ];
  const groups = [groupInTarget(devs), groupInTarget(ops), groupInTarget(team(9, "AWSAccountFactory"))];
  const found = scoped({
    source: company([ada, cy], [[devs, ada, cy]]),
    existing: target(users, groups),
    rules: { ignoreUsers: ["bob@*"] },
  });
  const ids = (places: readonly (readonly { readonly id: string }[])[]): readonly string[] =>
    places
      .flat()
      .map(({ id }) => id)
      .toSorted();
  expect(
    ids([
      found.users.pairs.map((pair) => pair.existing),
      found.users.onlyExisting,
      found.users.leftAlone.map(({ existing }) => existing),
    ]),
  ).toEqual(ids([users]));
  expect(
    ids([
      found.groups.pairs.map((pair) => pair.existing),
      found.groups.onlyExisting,
      found.groups.leftAlone.map(({ existing }) => existing),
    ]),
  ).toEqual(ids([groups]));
  expect(found.groups.leftAlone.map(({ existing }) => existing.externalId)).toEqual([groupId(9)]);
});
