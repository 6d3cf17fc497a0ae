import { describe, expect, test } from "vitest";
import { matchGroups, matchUsers } from "../../src/core/match.ts";
import { needsSomebody } from "../../src/core/reason.ts";
import type { DesiredGroup, DesiredUser, ExistingGroup, ExistingUser, Rules } from "../../src/core/model.ts";
import { groupBy, roll, rosters, sync, userAt } from "./carried-out.ts";
import { planFor, reasons, skipped, told } from "./planned.ts";
import {
  ada,
  asksFor,
  asksForGroup,
  asleepInTarget,
  bob,
  company,
  devs,
  groupId,
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
  userId,
  calledBy,
} from "./world.ts";

const NOBODY = { desired: () => undefined, existing: () => undefined };

function users(
  desired: readonly DesiredUser[],
  existing: readonly ExistingUser[],
  over: Partial<Rules> = {},
) {
  const found = matchUsers(desired, existing, NOBODY, rules(over));
  return {
    pairs: found.pairs.map((pair) => `${pair.how} ${pair.existing.id}`),
    made: found.onlyDesired.map(({ userName }) => userName),
    ours: found.onlyExisting.map(({ id }) => id),
    left: found.leftAlone.map(({ existing }) => existing.id),
    skips: found.skips.map(({ about, reason }) => `${reason.code} ${about.label}`),
  };
}

function groups(
  desired: readonly DesiredGroup[],
  existing: readonly ExistingGroup[],
  over: Partial<Rules> = {},
) {
  const found = matchGroups(desired, existing, NOBODY, rules(over));
  return {
    pairs: found.pairs.map((pair) => `${pair.how} ${pair.existing.name}`),
    handOvers: found.handOvers.map((pair) => pair.existing.name),
    made: found.onlyDesired.map(({ name }) => name),
    ours: found.onlyExisting.map(({ name }) => name),
    left: found.leftAlone.map(({ existing }) => existing.name),
    skips: found.skips.map(({ about, reason }) => `${reason.code} ${about.label}`),
  };
}

const nothing = { pairs: [], made: [], ours: [], left: [], skips: [] };

describe("a user is paired", () => {
  test("by id, whatever the name", () => {
    expect(users([asksFor()], [inTarget(ada, { userName: "old@example.com" })])).toEqual({
      ...nothing,
      pairs: ["linked u-1"],
    });
  });

  test("by the id in a mark", () => {
    const old = inTarget(ada, { externalId: marked("2026-01-01", ada.id), userName: "retired" });
    expect(users([asksFor()], [old]).pairs).toEqual(["restored u-1"]);
  });

  test("by its living id before the same id in a mark", () => {
    const living = inTarget(ada);
    const old = stray("old", { externalId: marked("2026-01-01", ada.id) });
    for (const both of [
      [living, old],
      [old, living],
    ])
      expect(users([asksFor()], both)).toEqual({ ...nothing, pairs: ["linked u-1"], ours: ["u-old"] });
  });

  test("by id before another one by name", () => {
    const moved = inTarget(ada, { userName: "old@example.com", email: "old@example.com" });
    expect(users([asksFor()], [stray("ada"), moved])).toEqual({
      ...nothing,
      pairs: ["linked u-1"],
      left: ["u-ada"],
    });
  });

  test("by name without case", () => {
    expect(users([asksFor()], [stray("x", { userName: "ADA@Example.com" })]).pairs).toEqual(["adopted u-x"]);
  });

  test("never by an alias or an e-mail", () => {
    const byMail = stray("x", { email: "ada@example.com" });
    expect(users([asksFor({ aliases: ["x@example.com"] })], [byMail]).pairs).toEqual([]);
  });
});

describe("ADOPT", () => {
  const unmanaged = stray("ada");
  const foreign = stray("ada", { externalId: "okta/7" });
  const again = stray("ada", { externalId: marked("2026-01-01", "aws-u-ada"), active: false });

  test("unclaimed: takes over an unmanaged user, not a foreign one", () => {
    expect(users([asksFor()], [unmanaged]).pairs).toEqual(["adopted u-ada"]);
    expect(users([asksFor()], [foreign])).toEqual({
      ...nothing,
      left: ["u-ada"],
      skips: ["name-foreign ada@example.com"],
    });
  });

  test("any: takes over a foreign one too", () => {
    expect(users([asksFor()], [unmanaged], { adopt: "any" }).pairs).toEqual(["adopted u-ada"]);
    expect(users([asksFor()], [foreign], { adopt: "any" }).pairs).toEqual(["adopted u-ada"]);
  });

  test("none: takes over nobody, and says who is in the way", () => {
    expect(users([asksFor()], [unmanaged], { adopt: "none" })).toEqual({
      ...nothing,
      left: ["u-ada"],
      skips: ["name-unmanaged ada@example.com"],
    });
    expect(users([asksFor()], [foreign], { adopt: "none" }).skips).toEqual(["name-foreign ada@example.com"]);
  });

  test("takes back a revoked user who never had a Google id, unless it is none", () => {
    expect(users([asksFor()], [again]).pairs).toEqual(["adopted u-ada"]);
    expect(users([asksFor()], [again], { adopt: "none" })).toMatchObject({
      made: ["ada@example.com"],
      ours: ["u-ada"],
    });
  });

  test("writes the externalId at once, in place, and what they are called at the end", () => {
    const { plan, after } = sync({ source: company([ada], [[devs, ada]]), existing: target([unmanaged]) });
    expect(told(plan)).toEqual([
      "user.update ada@example.com",
      "group.create Devs ada@example.com",
      "user.update ada@example.com",
    ]);
    expect(userAt(after, ada.email)).toEqual(inTarget(ada, { id: unmanaged.id }));
  });

  test("of a group: unclaimed and any as for users, none as for users", () => {
    const byHand = strayGroup("DEVS");
    const okta = strayGroup("Devs", [], { externalId: "okta/7" });
    expect(groups([asksForGroup()], [byHand]).pairs).toEqual(["adopted DEVS"]);
    expect(groups([asksForGroup()], [okta]).skips).toEqual([`name-foreign ${devs.email}`]);
    expect(groups([asksForGroup()], [okta]).left).toEqual(["Devs"]);
    expect(groups([asksForGroup()], [okta], { adopt: "any" }).pairs).toEqual(["adopted Devs"]);
    expect(groups([asksForGroup()], [byHand], { adopt: "none" }).skips).toEqual([
      `name-unmanaged ${devs.email}`,
    ]);
  });

  test("what is in the way is named with its id and with what would help", () => {
    const source = company([ada], [[devs, ada]]);
    const plan = planFor({
      source,
      existing: target([foreign], [strayGroup("Devs")]),
      rules: { adopt: "none" },
    });
    expect(reasons(plan)).toMatchObject([
      { code: "name-unmanaged", holder: { kind: "group", target: "g-Devs" } },
      { code: "name-foreign", holder: { kind: "user", target: "u-ada" }, externalId: foreign.externalId },
    ]);
  });
});

describe("what nobody asks for", () => {
  test("is left alone when it is foreign or unmanaged, to the byte", () => {
    const existing = target(
      [stray("root"), stray("okta", { externalId: "okta/1" })],
      [strayGroup("By hand", [stray("root")]), strayGroup("Okta", [stray("okta")], { externalId: "okta/g" })],
    );
    const { plan, after } = sync({ source: company([]), existing });
    expect(told(plan)).toEqual([]);
    expect(after).toEqual(existing);
  });

  test("is ours when it carries a Google id or our mark", () => {
    const old = inTarget(bob, { externalId: marked("2026-01-01", bob.id) });
    expect(users([], [inTarget(ada), old]).ours).toEqual(["u-1", "u-2"]);
  });
});

describe("an ignored user", () => {
  const source = company([ada, bob], [[devs, ada, bob]]);
  const countess = { ...ada, aliases: ["countess@example.com"] };

  test.each([
    ["the address in Google", ["ada@example.com"], ada, inTarget(ada)],
    ["the old address in the target", ["old@*"], ada, inTarget(ada, { userName: "old@example.com" })],
    ["the old e-mail in the target", ["old@*"], ada, inTarget(ada, { email: "old@example.com" })],
    [
      "the new address, after a rename in Google",
      ["ada@*"],
      ada,
      inTarget(ada, { userName: "old@example.com" }),
    ],
  ])("is met by %s and stays to the byte, member or not", (_, ignoreUsers, person, object) => {
    const existing = target([{ ...object, givenName: "Drifted", active: false }], [groupInTarget(devs)]);
    const inGroup = target([object], [groupInTarget(devs, [object])]);
    for (const state of [existing, inGroup]) {
      const { plan, after } = sync({
        source: company([person], [[devs, person]]),
        existing: state,
        rules: { ignoreUsers },
      });
      expect(after).toEqual(state);
      expect(skipped(plan)).toEqual(["ignored ada@example.com"]);
    }
  });

  test("who is gone from Google stays in the groups; only whom an entry names by the very address stays enabled", () => {
    const existing = target(
      [inTarget(ada), inTarget(bob)],
      [groupInTarget(devs, [inTarget(ada), inTarget(bob)])],
    );
    const ignoring = (entry: string) =>
      sync({ source: company([bob], [[devs, bob]]), existing, rules: { ignoreUsers: [entry] } }).after;
    expect(ignoring("ADA@example.com")).toEqual(existing);
    expect(roll(ignoring("ADA@*"))).toEqual(["-ada@example.com", "bob@example.com"]);
    expect(rosters(ignoring("ADA@*"))).toEqual(rosters(existing));
  });

  test("who is out of scope in Google is still met by what he is called there", () => {
    const existing = target([inTarget(ada, { userName: "old@example.com", email: "old@example.com" })]);
    const { after } = sync({ source: company([ada]), existing, rules: { ignoreUsers: ["ada@*"] } });
    expect(after).toEqual(existing);
  });

  test("who is revoked already stays marked, and is not deleted when the day comes", () => {
    const existing = target([inTarget(ada, { externalId: marked("2020-01-01", ada.id), active: false })]);
    const { after } = sync({ source: company([]), existing, rules: { ignoreUsers: ["ada@*"] } });
    expect(after).toEqual(existing);
  });

  test("is not created, and that is told", () => {
    const { plan, after } = sync({ source, rules: { ignoreUsers: ["ada@*"] } });
    expect(rosters(after)).toEqual({ Devs: ["bob@example.com"] });
    expect(skipped(plan)).toEqual(["ignored ada@example.com"]);
  });

  test.each(["ada@*", "countess@*"])("who would be adopted by name is left as they are by %s", (pattern) => {
    const existing = target([stray("ada")]);
    const source = company([countess], [], { matched: "all" });
    const { after } = sync({ source, existing, rules: { ignoreUsers: [pattern] } });
    expect(after).toEqual(existing);
  });

  test("is met by an alias as long as AWS has no user of that account", () => {
    const one = { source: company([countess], [[devs, countess]]), rules: { ignoreUsers: ["countess@*"] } };
    expect(rosters(sync(one).after)).toEqual({ Devs: [] });
    const drifted = inTarget(ada, { givenName: "Drifted" });
    const { plan } = sync({ ...one, existing: target([drifted], [groupInTarget(devs)]) });
    expect(told(plan)).toEqual(["members.add Devs ada@example.com", "user.update ada@example.com"]);
    const gone = sync({ ...one, source: company([countess]), existing: target([drifted]) });
    expect(told(gone.plan)).toEqual(["user.retire ada@example.com"]);
  });

  test("whose name a new user wants keeps it, and that is told", () => {
    const glass = inTarget(ada, { email: "glass@example.com" });
    const { plan, after } = sync({
      source: company([human(9, "Ada", "Second")], [], { matched: "all" }),
      existing: target([glass]),
      rules: { ignoreUsers: ["glass@example.com"] },
    });
    expect(after).toEqual(target([glass]));
    expect(skipped(plan)).toEqual(["name-ignored ada@example.com"]);
  });
});

describe("an ignored group", () => {
  const renamed = groupInTarget(devs, [inTarget(bob)], { name: "Old Devs" });
  test.each([
    ["its address", ["devs@*"]],
    ["its old name in the target", ["old*"]],
  ])("is met by %s and stays as it is, members too", (_, ignoreGroups) => {
    const existing = target([inTarget(ada), inTarget(bob)], [renamed]);
    const { plan, after } = sync({
      source: company([ada, bob], [[devs, ada]], { matched: "all" }),
      existing,
      rules: { ignoreGroups },
    });
    expect(after).toEqual(existing);
    expect(skipped(plan)).toEqual([`ignored ${devs.email}`]);
  });

  test("is met by an alias, also where GROUP_NAME=email hides the name", () => {
    const source = company([ada], [[{ ...devs, aliases: ["coders@example.com"] }, ada]]);
    for (const pattern of ["coders@*", "devs"])
      expect(told(planFor({ source, rules: { ignoreGroups: [pattern], ...calledBy("email") } }))).toEqual([]);
  });

  test("is met by an alias as long as AWS has no group of it", () => {
    const coders = { ...devs, aliases: ["coders@example.com"] };
    const over = { ignoreGroups: ["coders@*"] };
    const both = [inTarget(ada), inTarget(bob)];
    const existing = target(both, [groupInTarget(devs, both)]);
    const source = company([ada, bob], [[coders, ada]], { matched: "all" });
    expect(told(planFor({ source, existing, rules: over }))).toEqual(["members.remove Devs bob@example.com"]);
    expect(told(planFor({ source, existing: target(both), rules: over }))).toEqual([]);
  });

  test("that INCLUDE_GROUPS leaves out is still met by its address, and stays as it is", () => {
    const existing = target([inTarget(ada)], [groupInTarget(devs, [inTarget(ada)], { name: "Old" })]);
    const source = company([ada], [[devs, ada], [ops]], { matched: "all" });
    const over = { includeGroups: [ops.email], ignoreGroups: ["devs@*"] };
    const left = (rules: typeof over) => told(planFor({ source, existing, rules }));
    expect(left(over)).toEqual(["group.create Ops"]);
    expect(left({ ...over, ignoreGroups: ["none"] })).toContain("group.retire Old");
  });

  test("that is gone from Google is neither emptied nor deleted", () => {
    const existing = target(
      [inTarget(ada)],
      [
        groupInTarget(devs, [inTarget(ada)]),
        groupInTarget(ops, [], { externalId: marked("2020-01-01", ops.id) }),
      ],
    );
    const { after } = sync({
      source: company([ada], [], { matched: "all" }),
      existing,
      rules: { ignoreGroups: ["devs", "ops"] },
    });
    expect(after).toEqual(existing);
  });

  test("brings none of its members along", () => {
    expect(
      told(planFor({ source: company([ada], [[devs, ada]]), rules: { ignoreGroups: ["devs"] } })),
    ).toEqual([]);
  });

  test("whose pair would be made by name is left alone on both sides", () => {
    const existing = target([stray("root")], [strayGroup("Devs", [stray("root")])]);
    const one = { source: company([ada], [[devs, ada]]), existing };
    const { after } = sync({
      ...one,
      rules: { ignoreGroups: ["devs@*"], ignoreUsers: ["root@*"] },
    });
    expect(after).toEqual(existing);
    // A mark of an earlier release, whose day has come.
    const old = groupInTarget(devs, [], { externalId: marked("2020-01-01", "aws-g-devs") });
    const due = { source: company([ada], [[devs, ada]]), existing: target([], [old]) };
    expect(told(planFor({ ...due, rules: { ignoreGroups: ["devs@*"] } }))).toEqual([]);
  });

  test("keeps its name: a new group of that name is skipped", () => {
    const existing = target([], [groupInTarget(devs)]);
    const { plan, after } = sync({
      source: company([], [[team(9, "Devs", { email: "new@example.com" })]]),
      existing,
      rules: { ignoreGroups: ["devs"] },
    });
    expect(after).toEqual(existing);
    expect(skipped(plan)).toEqual(["ignored new@example.com"]);
  });
});

describe("a protected group", () => {
  test.each([
    ["AWSAccountFactory"],
    ["AWSServiceCatalogAdmins"],
    ["AWSControlTowerAdmins"],
    ["AWSSecurityAuditPowerUsers"],
    ["AWSSecurityAuditors"],
    ["AWSLogArchiveAdmins"],
    ["AWSLogArchiveViewers"],
    ["AWSAuditAccountAdmins"],
  ])("%s is Control Tower's: never adopted, emptied or deleted", (name) => {
    const existing = target(
      [stray("root"), inTarget(ada)],
      [strayGroup(name, [stray("root"), inTarget(ada)])],
    );
    const { plan, after } = sync({
      source: company([ada], [[team(5, name.toLowerCase()), ada]], { matched: "all" }),
      existing,
      rules: { ignoreUsers: ["root@*"] },
    });
    expect(after).toEqual(existing);
    expect(skipped(plan)).toContain(`protected ${name.toLowerCase()}@example.com`);
  });

  test("is one that PROTECT_GROUPS names, without case, beside the built-in ones", () => {
    const existing = target([], [strayGroup("Break Glass"), strayGroup("AWSAccountFactory")]);
    const { after } = sync({
      source: company([]),
      existing,
      rules: { protectGroups: ["break glass"] },
    });
    expect(after).toEqual(existing);
  });

  test("stays even with a Google id, linked or gone", () => {
    const glass = team(5, "Break Glass");
    const existing = target([inTarget(ada)], [groupInTarget(glass, [inTarget(ada)])]);
    for (const groupsThere of [[], [[glass]]] as const) {
      const { after } = sync({
        source: company(
          [ada],
          groupsThere.map(([one]) => [one] as const),
          { matched: "all" },
        ),
        existing,
        rules: { protectGroups: ["Break Glass"] },
      });
      expect(after).toEqual(existing);
    }
  });

  test("stays when its source is renamed, and the reason is that it is protected", () => {
    const existing = target([], [groupInTarget(devs, [], { name: "Break Glass" })]);
    const { plan, after } = sync({
      source: company([], [[devs]]),
      existing,
      rules: { protectGroups: ["Break Glass"] },
    });
    expect(after).toEqual(existing);
    expect(skipped(plan)).toEqual([`protected ${devs.email}`]);
    expect(reasons(plan)).toMatchObject([{ by: "PROTECT_GROUPS", pattern: "Break Glass" }]);
  });

  test("is told as protected, whatever pattern of IGNORE_GROUPS the other half meets", () => {
    const plan = planFor({
      source: company([], [[devs]]),
      existing: target([], [groupInTarget(devs, [], { name: "AWSAccountFactory" })]),
      rules: { ignoreGroups: ["devs"] },
    });
    expect(skipped(plan)).toEqual([`protected ${devs.email}`]);
  });

  test("can't be made by renaming one of ours", () => {
    const existing = target([], [groupInTarget(devs)]);
    const { plan, after } = sync({
      source: company([], [[{ ...devs, name: "AWSAccountFactory" }]]),
      existing,
    });
    expect(after).toEqual(existing);
    expect(reasons(plan)).toMatchObject([
      { code: "name-barred", name: "AWSAccountFactory", barrier: { by: "control-tower" }, keeps: "Devs" },
    ]);
    expect(plan.skips.every(needsSomebody)).toBe(true);
  });
});

test.each([
  [{ ignoreGroups: ["*-sandbox"] }, "devs-sandbox"],
  [{ protectGroups: ["break glass"] }, "Break Glass"],
  [{}, "AWSAccountFactory"],
])(
  "a linked group that its owner renames to fit %j goes on being synced under its old name",
  (over, name) => {
    const both = [inTarget(ada), inTarget(bob)];
    const { plan, after } = sync({
      source: company([ada, bob], [[{ ...devs, name }, ada]], { matched: "all" }),
      existing: target(both, [groupInTarget(devs, both)]),
      rules: over,
    });
    expect(told(plan)).toEqual(["members.remove Devs bob@example.com"]);
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
    expect(skipped(plan)).toEqual([`name-barred ${devs.email}`]);
    expect(plan.skips.every(needsSomebody)).toBe(true);
  },
);

test("a person who calls themselves something that IGNORE_USERS names is synced, and disabled when suspended", () => {
  const glass = { ...ada, givenName: "Break", familyName: "Glass", state: "suspended" } as const;
  const { after } = sync({
    source: company([glass], [], { matched: "all" }),
    existing: target([inTarget(ada, { displayName: "Break Glass" })]),
    rules: { ignoreUsers: ["*break*glass*"] },
  });
  expect(after.users).toMatchObject([{ active: false, displayName: "Break Glass" }]);
});

describe("two source groups that want one name", () => {
  const one = team(11, "Team", { email: "one@example.com" });
  const other = team(12, "tEAM", { email: "other@example.com" });
  const source = company(
    [ada, bob],
    [
      [one, ada],
      [other, bob],
    ],
  );

  test("are both skipped with a reason when none is linked; their members are users all the same", () => {
    const { plan, after } = sync({ source });
    expect(rosters(after)).toEqual({});
    expect(roll(after)).toEqual(["ada@example.com", "bob@example.com"]);
    expect(skipped(plan)).toEqual([
      "name-wanted-twice one@example.com",
      "name-wanted-twice other@example.com",
    ]);
    expect(reasons(plan)).toMatchObject([
      { name: "Team", rivals: [{ source: other.id }] },
      { name: "tEAM", rivals: [{ source: one.id }] },
    ]);
  });

  test("leave an unmanaged group of that name alone when none is linked", () => {
    const existing = target([], [strayGroup("Team")]);
    expect(sync({ source: company([], [[one], [other]]), existing }).after).toEqual(existing);
  });

  test.each([
    ["none is linked", "unclaimed", []],
    ["none is linked and nothing may be taken over", "none", []],
    ["two are linked and keep their names", "unclaimed", ["First", "Second"]],
  ] as const)("leave it alone when %s", (_, adopt, names) => {
    const hand = strayGroup("team", [inTarget(ada)]);
    const own = names.map((name, at) => groupInTarget([one, other][at] ?? one, [], { name }));
    const { plan, after } = sync({
      source: company([ada], [[one], [other], [team(13, "TEAM", { email: "third@example.com" }), ada]]),
      existing: target([inTarget(ada)], [hand, ...own]),
      rules: { adopt },
    });
    expect(told(plan)).toEqual([]);
    expect(groupBy(after, hand.id)).toEqual(hand);
    expect(skipped(plan)).toHaveLength(3);
  });

  test.each([
    [one, other],
    [other, one],
  ])("are told apart by the link: the linked one keeps it", (linked, loser) => {
    const { plan, after } = sync({ source, existing: target([], [groupInTarget(linked)]) });
    expect(rosters(after)).toEqual({
      [linked.name]: [linked === one ? "ada@example.com" : "bob@example.com"],
    });
    expect(skipped(plan)).toEqual([`name-wanted-twice ${loser.email}`]);
  });

  test("are told apart by the link, and the linked one is renamed to it", () => {
    const { after } = sync({ source, existing: target([], [groupInTarget(one, [], { name: "Before" })]) });
    expect(rosters(after)).toEqual({ Team: ["ada@example.com"] });
  });

  test("keep their present names and go on syncing their members when both are linked", () => {
    const existing = target([], [groupInTarget(one), groupInTarget(other, [], { name: "Other Team" })]);
    const { plan, after } = sync({ source, existing });
    expect(rosters(after)).toEqual({ Team: ["ada@example.com"], "Other Team": ["bob@example.com"] });
    expect(skipped(plan)).toEqual([
      "name-wanted-twice one@example.com",
      "name-wanted-twice other@example.com",
    ]);
  });

  test("keep their present names, which nobody else gets meanwhile", () => {
    const late = team(13, "First", { email: "late@example.com" });
    const { plan, after } = sync({
      source: company([], [[one], [other], [late]]),
      existing: target(
        [],
        [groupInTarget(one, [], { name: "First" }), groupInTarget(other, [], { name: "Second" })],
      ),
    });
    expect(rosters(after)).toEqual({ First: [], Second: [] });
    expect(skipped(plan)).toContain("name-taken late@example.com");
  });

  test("are found also when they differ before cleaning", () => {
    const plan = planFor({ source: company([], [[one], [{ ...other, name: " Te\u200bam\n" }]]) });
    expect(told(plan)).toEqual([]);
    expect(skipped(plan)).toHaveLength(2);
  });

  test("do not count one that is ignored", () => {
    const { after } = sync({ source, rules: { ignoreGroups: ["other@*"] } });
    expect(rosters(after)).toEqual({ Team: ["ada@example.com"] });
  });

  test("are skipped like that in threes, whichever one is linked", () => {
    const third = team(13, "Team", { email: "third@example.com" });
    const existing = target([], [groupInTarget(other)]);
    const { plan } = sync({ source: company([], [[one], [other], [third]]), existing });
    expect(skipped(plan)).toEqual([
      "name-wanted-twice one@example.com",
      "name-wanted-twice third@example.com",
    ]);
  });
});

describe("a name that nothing is left of", () => {
  const blank = team(5, "\u200b", { email: "blank@example.com" });
  test("makes no group, and that is told", () => {
    const { plan, after } = sync({
      source: company(
        [ada],
        [
          [blank, ada],
          [devs, ada],
        ],
      ),
    });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
    expect(skipped(plan)).toEqual(["no-name blank@example.com"]);
  });
  test("leaves a linked group its present name and its members in sync", () => {
    const { after } = sync({
      source: company([ada], [[blank, ada]]),
      existing: target([], [groupInTarget(blank, [], { name: "Before" })]),
    });
    expect(rosters(after)).toEqual({ Before: ["ada@example.com"] });
  });
});

describe("an address that AWS takes for no user name", () => {
  const long = human(7, "Long", "Name", { email: `${"x".repeat(120)}@example.com` });
  test("makes no user, and that is told", () => {
    const { plan, after } = sync({ source: company([long, ada], [[devs, long, ada]]) });
    expect(rosters(after)).toEqual({ Devs: ["ada@example.com"] });
    expect(skipped(plan)).toEqual([`address-unusable ${long.email}`]);
  });
  test("changes nothing but the rest of a user who is there already, and is told as well", () => {
    const before = inTarget(long, {
      userName: "short@example.com",
      email: "short@example.com",
      givenName: "X",
    });
    const { plan, after } = sync({ source: company([long], [[devs, long]]), existing: target([before]) });
    expect(skipped(plan)).toEqual([`address-unusable ${long.email}`]);
    expect(after.users).toEqual([{ ...before, givenName: "Long" }]);
    expect(rosters(after)).toEqual({ Devs: ["short@example.com"] });
    const asleep = { ...long, state: "suspended" } as const;
    const off = target([asleepInTarget(asleep, { userName: "short@example.com" })]);
    const later = planFor({ source: company([asleep, ada], [[devs, asleep, ada]]), existing: off });
    expect(skipped(later)).toEqual([`address-unusable ${long.email}`]);
  });
});

describe("a new group whose name belongs to one of ours that is gone", () => {
  test("is handed over, not adopted, whatever ADOPT says", () => {
    for (const adopt of ["none", "unclaimed", "any"] as const) {
      const found = groups([asksForGroup({ externalId: groupId(9) })], [groupInTarget(devs)], { adopt });
      expect(found).toMatchObject({ pairs: [], handOvers: ["Devs"], made: [], ours: ["Devs"] });
    }
  });
  test("is no hand-over when that group is only being renamed", () => {
    const found = groups(
      [asksForGroup({ externalId: groupId(9) }), asksForGroup({ name: "Elsewhere" })],
      [groupInTarget(devs)],
    );
    expect(found).toMatchObject({ pairs: ["linked Devs"], handOvers: [], made: ["Devs"] });
  });
});

test("a new user whose address belongs to one of ours that is gone is created, not paired", () => {
  expect(users([asksFor({ externalId: userId(9) })], [inTarget(ada)])).toMatchObject({
    pairs: [],
    made: ["ada@example.com"],
    ours: ["u-1"],
  });
});
