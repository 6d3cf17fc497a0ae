import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupNameOf, groupTemplate } from "../../src/core/group-name.ts";
import { cleanText, nameKey } from "../../src/core/names.ts";
import type { Existing, Rules, Source } from "../../src/core/model.ts";
import { changesOf } from "../../src/core/plan.ts";
import { carryOut, rosters, sync } from "./carried-out.ts";
import { situation } from "./companies.ts";
import { planFor, runFor, skipped, told } from "./planned.ts";
import {
  ada,
  bob,
  calledBy,
  company,
  groupInTarget,
  inTarget,
  rules,
  stray,
  strayGroup,
  target,
  team,
} from "./world.ts";

const admins = team(1, "AWS Admins", { email: "aws-admins@example.com", aliases: ["root@example.com"] });
const exceptions = (...pairs: readonly (readonly [string, string])[]): Pick<Rules, "groupNames"> => ({
  groupNames: new Map(pairs),
});
const called = (template: string, over: Partial<Rules> = {}): string =>
  groupNameOf(admins, { ...rules(), ...calledBy(template), ...over });

describe("a template", () => {
  test.each([
    ["name", "AWS Admins"],
    ["EMAIL", "aws-admins@example.com"],
    ["{name}", "AWS Admins"],
    ["{Email.Local}", "aws-admins"],
    ["sso-{email.local}-x", "sso-aws-admins-x"],
    ["{name} ({email})", "AWS Admins (aws-admins@example.com)"],
    ["{email.local-aws-}", "admins"],
    ["{email.local-AWS-}", "admins"],
    ["{email-aws-}", "admins@example.com"],
    ["{name-aws }", "Admins"],
    ["{name-Admins}", "AWS Admins"],
    ["{email.local-aws-adm}", "ins"],
    ["  {name}\u200b  !", "AWS Admins !"],
  ])("%s makes %s", (template, name) => {
    expect(called(template)).toBe(name);
  });

  test.each([
    ["a prefix is taken away once", "{name-aws-}", { name: "aws-aws-x" }, "aws-x"],
    ["a prefix that nobody sees is none", "{name-aws-}", { name: "\u200baws-\u00a0x" }, "x"],
    ["nothing but the prefix makes no name", "The {name-aws-} team", { name: "aws-" }, ""],
    ["one field with nothing to give makes no name", "{name} {email.local}", { name: "\u200b" }, ""],
    ["what a group is called is no template", "{name}", { name: "{email}" }, "{email}"],
    ["nor a replacement", "<{name}>", { name: "$& $1" }, "<$& $1>"],
  ])("%s", (_, template, over, name) => {
    expect(groupNameOf({ ...admins, ...over }, { ...rules(), ...calledBy(template) })).toBe(name);
  });

  test("says everything that is wrong with it", () => {
    expect(groupTemplate("{mail} {name-} } {")).toEqual({
      wrong: [
        "{mail} is none of the fields",
        "{name-} names no prefix",
        "a } stands alone",
        "a { stands alone",
      ],
    });
    expect(groupTemplate("{name} {mail}")).toEqual({ wrong: ["{mail} is none of the fields"] });
    for (const text of ["admins", "email.local", ""])
      expect(groupTemplate(text)).toEqual({ wrong: [expect.any(String)] });
    expect(groupTemplate("EMAIL")).toMatchObject({ text: "email" });
  });

  test("is understood as it was written, whatever text and fields it has", () => {
    const text = fc.string().map((one) => one.replaceAll(/[{}]/gu, ""));
    const field = fc.constantFrom("name", "email", "email.local");
    fc.assert(
      fc.property(text, field, text, text, (before, of, prefix, after) => {
        const read = groupTemplate(`${before}{${of}${prefix === "" ? "" : `-${prefix}`}}${after}`);
        const pieces = [before, { field: of, without: prefix }, after].filter((piece) => piece !== "");
        expect(read).toMatchObject({ pieces });
      }),
    );
  });
});

describe("an exception", () => {
  test.each([
    ["by the address", "aws-admins@example.com", "Admins of AWS"],
    ["by an alias", "root@example.com", "Admins of AWS"],
    ["of another group changes nothing", "ops@example.com", "x AWS Admins"],
  ])("%s", (_, address, name) => {
    expect(called("x {name}", exceptions([address, "Admins of AWS"]))).toBe(name);
  });

  test("by the address comes before one by an alias", () => {
    const over = exceptions(["root@example.com", "Alias"], ["aws-admins@example.com", "Address"]);
    expect(called("name", over)).toBe("Address");
  });
});

describe("two groups of which one name is made", () => {
  const one = team(1, "aws-Devs");
  const other = team(2, "Devs", { adminCreated: false });
  const source = company(
    [ada, bob],
    [
      [one, ada],
      [other, bob],
    ],
  );
  const stripped = calledBy("{name-aws-}");

  test("are both named, and neither is made", () => {
    const plan = planFor({ source, rules: stripped });
    expect(told(plan).filter((line) => line.startsWith("group."))).toEqual([]);
    expect(skipped(plan)).toEqual([
      "name-wanted-twice aws-devs@example.com",
      "name-wanted-twice devs@example.com",
    ]);
  });

  test("keep what they are called, where both are there, and their members", () => {
    const there = sync({ source }).after;
    const { after } = sync({ source, existing: there, rules: stripped });
    expect(rosters(after)).toEqual({ "aws-Devs": ["ada@example.com"], Devs: ["bob@example.com"] });
  });

  test("can be told apart by an exception", () => {
    const over = { ...stripped, ...exceptions([one.email, "Developers"]) };
    expect(rosters(sync({ source, rules: over }).after)).toEqual({
      Developers: ["ada@example.com"],
      Devs: ["bob@example.com"],
    });
  });
});

describe("a template or an exception", () => {
  const source = company([ada], [[team(1, "Break", { email: "aws-break@example.com" }), ada]]);
  const linked = target([inTarget(ada)], [groupInTarget(team(1, "Break"), [inTarget(ada)])]);

  test.each([
    ["a template", calledBy("{name} Glass")],
    ["an exception", exceptions(["aws-break@example.com", "Break Glass"])],
  ])("never takes over a group made by hand unasked: %s", (_, over) => {
    const hand = strayGroup("Break Glass", [stray("root")]);
    const existing = target([inTarget(ada), stray("root")], [hand]);
    const plan = planFor({ source, existing, rules: over });
    expect(plan.waiting.map(({ kind }) => kind)).toEqual(["adoption"]);
    expect(told(plan)).toEqual([]);
    const beside = target([...existing.users], [...linked.groups, hand]);
    expect(skipped(planFor({ source, existing: beside, rules: over }))).toEqual([
      "name-taken aws-break@example.com",
    ]);
  });

  test.each([
    ["PROTECT_GROUPS", { ...calledBy("{name} Glass"), protectGroups: ["break g*"] }],
    ["IGNORE_GROUPS", { ...calledBy("{name} Glass"), ignoreGroups: ["break g*"] }],
    ["Control Tower", exceptions(["aws-break@example.com", "AWSAccountFactory"])],
  ])("gives a linked group no name of %s, and it goes on being synced", (_, over) => {
    const more = company([ada, bob], [[team(1, "Break", { email: "aws-break@example.com" }), ada, bob]]);
    const { plan, after } = sync({ source: more, existing: linked, rules: over });
    expect(skipped(plan)).toEqual(["name-barred aws-break@example.com"]);
    expect(rosters(after)).toEqual({ Break: ["ada@example.com", "bob@example.com"] });
    expect(told(planFor({ source, rules: over }))).toEqual([]);
  });
});

// ---------------------------------------------------------------- any company, any names

const TEMPLATES = [
  "name",
  "email",
  "{name-b}",
  "{name-r}",
  "x{email.local-g}",
  "{name} {email.local}",
] as const;
const naming = fc.record({
  groupName: fc.constantFrom(...TEMPLATES).map((text) => calledBy(text).groupName),
  groupNames: fc
    .dictionary(
      fc.constantFrom("g0@example.com", "g1@example.com", "g2@example.com"),
      fc.constantFrom("Red", "Old", "Green", "One"),
      { maxKeys: 2 },
    )
    .map((all) => new Map(Object.entries(all))),
});

/** Of one that is retired nobody is a member until it has a name again. */
const membersById = ({ groups }: Existing) =>
  new Map(
    groups.flatMap(({ id, externalId, members }) =>
      externalId.startsWith("ssosync-retired.") ? [] : [[id, [...members].toSorted()] as const],
    ),
  );

test("nobody's access changes when groups are called otherwise", { tags: "long" }, () => {
  fc.assert(
    fc.property(situation, naming, (one, names) => {
      // Then nobody is in or out because of a group.
      const source: Source = { ...one.source, matched: "all" };
      const settings = { ...one.rules, method: "users_groups", graceDays: "never" } as const;
      const first = { ...one, source, rules: settings, approve: [] };
      const there = carryOut(runFor(first), one.existing);
      const second = { ...first, existing: there, rules: { ...settings, ...names } };
      const plan = runFor(second);
      const after = carryOut(plan, there);
      const before = membersById(there);
      for (const [id, members] of membersById(after))
        if (before.has(id)) expect(members).toEqual(before.get(id));
      for (const user of after.users)
        expect(user.active).toBe(there.users.find(({ id }) => id === user.id)?.active);
      expect(told(runFor({ ...second, existing: after }))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test(
  "of groups of which one name is made, no two get it, and each that does not is named with the others",
  { tags: "long" },
  () => {
    fc.assert(
      fc.property(situation, naming, (one, names) => {
        const settings = rules({
          ...one.rules,
          ...names,
          ignoreGroups: [],
          includeGroups: [],
          protectGroups: [],
        });
        const plan = runFor({ ...one, rules: settings, approve: [] });
        const rivals = Map.groupBy(one.source.groups, (group) => nameKey(groupNameOf(group, settings)));
        for (const [name, some] of rivals) {
          if (some.length === 1 || name === "" || /^awsaccountfactory$/iu.test(name)) continue;
          const made = changesOf(plan).filter(
            (change) =>
              (change.kind === "group.create" && nameKey(change.group.label) === name) ||
              (change.kind === "group.update" &&
                change.cause !== "parked" &&
                nameKey(change.patch.name ?? "") === name),
          );
          expect(made.length).toBeLessThanOrEqual(1);
          const told = new Set(
            plan.skips.flatMap(({ about, within }) => (within === undefined ? [about.source] : [])),
          );
          expect(some.filter(({ id }) => !told.has(id)).length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 1000 },
    );
  },
);

test(
  "the same names and settings always make the same name, and AWS takes it as it is",
  { tags: "long" },
  () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom(...TEMPLATES), (name, template) => {
        const made = groupNameOf({ ...admins, name }, { ...rules(), ...calledBy(template) });
        expect(cleanText(made)).toBe(made);
      }),
    );
  },
);
