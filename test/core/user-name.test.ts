import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { userNameFields, userNameOf, userNaming } from "../../src/core/user-name.ts";
import type { Rules, SourceUser } from "../../src/core/model.ts";
import { changesOf } from "../../src/core/plan.ts";
import { subjectsOf } from "../../src/core/subjects.ts";
import { carryOut, roll, rosters, sync, userBy } from "./carried-out.ts";
import { situation } from "./companies.ts";
import { planFor, runFor, situationOf, skipped, told } from "./planned.ts";
import {
  ada,
  bob,
  company,
  cy,
  devs,
  groupInTarget,
  human,
  inTarget,
  login,
  marked,
  rules,
  signingInAs,
  stray,
  strayGroup,
  target,
} from "./world.ts";

const BY_FIELD = signingInAs("HR.login");
const called = (person: SourceUser, name: string): SourceUser => ({ ...person, ...login(name) });
const nameOf = (setting: string, person: Partial<SourceUser>): string =>
  userNameOf({ ...ada, ...person }, signingInAs(setting).userName);

describe("USER_NAME", () => {
  test.each([
    ["email", {}, "ada@example.com"],
    ["Email", { aliases: ["a@other.example"] }, "ada@example.com"],
    ["HR.login", login("E-77"), "E-77"],
    ["HR.login", {}, ""],
    ["HR.other", login("E-77"), ""],
    ["alias@other.example", { aliases: ["a@example.com", "ada@other.example"] }, "ada@other.example"],
    ["alias@OTHER.example", { aliases: ["ada@other.example"] }, "ada@other.example"],
    [
      "alias@other.example",
      { aliases: ["lovelace@other.example", "b@other.example", "a@other.example"] },
      "a@other.example",
    ],
    ["alias@other.example", { aliases: ["a@sub.other.example", "a@another.example"] }, ""],
    ["alias@example.com", { aliases: ["a@example.com"] }, "ada@example.com"],
  ])("%s of %j is %s", (setting, person, name) => {
    expect(nameOf(setting, person)).toBe(name);
  });

  test("of several aliases is the shortest, then the first by alphabet, in whatever order Google has them", () => {
    const inOrder = ["b@other.example", "y@other.example", "aa@other.example", "ab@other.example"];
    fc.assert(
      fc.property(fc.shuffledSubarray(inOrder, { minLength: 1 }), (aliases) => {
        const first = inOrder.find((one) => aliases.includes(one));
        expect(nameOf("alias@other.example", { aliases })).toBe(first);
      }),
    );
  });

  test("is read of an account only where it is a field", () => {
    const fieldsOf = (setting: string) => userNameFields(signingInAs(setting).userName);
    expect(fieldsOf("HR.login")).toEqual(["customSchemas.HR.login"]);
    expect(fieldsOf("email")).toEqual([]);
  });

  test.each([
    "name",
    "ada@other.example",
    "alias@",
    "alias@localhost",
    "HR",
    "HR.a.b",
    "{email}",
    "HR .login",
    "",
  ])("%j is none", (text) => {
    expect(userNaming(text)).toBeUndefined();
  });
});

describe("who has no usable value", () => {
  test.each([
    ["none", "", "user-name-missing"],
    ["white space in it", "a b", "user-name-unusable"],
    ["too long a one", "x".repeat(129), "user-name-unusable"],
    ["an invisible character", "a\u200bb", "user-name-unusable"],
  ])("%s: keeps the user name, is not created if new, and is told", (_, value, code) => {
    const one = called(ada, value);
    const there = inTarget(ada, { userName: "E-1", givenName: "X" });
    const source = company([one, called(bob, "E-2")], [[devs, one, bob]]);
    const { plan, after } = sync({ source, existing: target([there]), rules: BY_FIELD });
    expect(skipped(plan)).toEqual([`${code} ada@example.com`]);
    expect(userBy(after, there.id)).toMatchObject({
      userName: "E-1",
      givenName: "Ada",
      email: "ada@example.com",
    });
    expect(rosters(after)).toEqual({ Devs: ["E-1", "E-2"] });
    const fresh = sync({ source, rules: BY_FIELD });
    expect(skipped(fresh.plan)).toContain(`${code} ada@example.com`);
    expect(rosters(fresh.after)).toEqual({ Devs: ["E-2"] });
  });

  test("is disabled as a leaver all the same", () => {
    const gone = called({ ...ada, state: "suspended" }, "");
    const plan = runFor({
      source: company([gone, called(bob, "E-2")], [[devs, gone]]),
      existing: target([inTarget(ada, { userName: "E-1" })], [groupInTarget(devs)]),
      rules: BY_FIELD,
    });
    expect(told(plan)).toContain("user.disable E-1");
  });

  test("and was never seen is not told while suspended", () => {
    const off = called({ ...ada, state: "suspended" }, "");
    const plan = planFor({ source: company([off], [[devs, off]]), rules: BY_FIELD });
    expect(skipped(plan)).toEqual(["never-seen ada@example.com"]);
  });

  test("comes back under the own old name, and never under one that was made to move them aside", () => {
    const source = company([called(ada, "")], [[devs, called(ada, "")]]);
    const old = inTarget(ada, { externalId: marked("2026-03-01", ada.id), active: false, userName: "E-1" });
    const back = sync({ source, existing: target([old]), rules: BY_FIELD });
    expect(roll(back.after)).toEqual(["E-1"]);
    const aside = `retired.${ada.id}.E-1`;
    const moved = { ...old, userName: aside, email: aside };
    const { after, plan } = sync({ source, existing: target([moved]), rules: BY_FIELD });
    expect(after.users).toEqual([moved]);
    expect(rosters(after)).toEqual({ Devs: [] });
    expect(skipped(plan)).toContain("user-name-missing ada@example.com");
    const keeps = (found: typeof plan) =>
      found.skips.flatMap(({ reason }) => (reason.code === "user-name-missing" ? [reason.keeps] : []));
    expect([keeps(back.plan), keeps(plan)]).toEqual([["E-1"], [undefined]]);
  });
});

describe("two people of one user name", () => {
  const [one, other] = [called(ada, "E-1"), called(bob, "e-1")];
  const source = company([one, other], [[devs, one, other]]);

  test("are both told, and neither is created", () => {
    const plan = planFor({ source, rules: BY_FIELD });
    expect(skipped(plan).filter((line) => line.startsWith("name-"))).toEqual([
      "name-wanted-twice ada@example.com",
      "name-wanted-twice bob@example.com",
    ]);
    expect(told(plan)).toEqual(["group.create Devs"]);
  });

  test("are not two where one of them cannot have it as it is written", () => {
    const odd = called(bob, "E-\u200b1");
    const plan = planFor({ source: company([one, odd], [[devs, one, odd]]), rules: BY_FIELD });
    expect(skipped(plan)).toEqual(["user-name-unusable bob@example.com"]);
    expect(told(plan)).toContain("user.create E-1");
  });

  test("are nobody's thieves: whoever has it keeps it", () => {
    const has = inTarget(ada, { userName: "E-1" });
    const wants = inTarget(bob, { userName: "E-2" });
    const { plan, after } = sync({ source, existing: target([has, wants]), rules: BY_FIELD });
    expect(roll(after)).toEqual(["E-1", "E-2"]);
    expect(skipped(plan)).toEqual(["name-wanted-twice bob@example.com"]);
  });

  test("where both are there under others, both keep theirs", () => {
    const existing = target([inTarget(ada), inTarget(bob)]);
    expect(roll(sync({ source, existing, rules: BY_FIELD }).after)).toEqual([
      "ada@example.com",
      "bob@example.com",
    ]);
  });

  test("may trade them", () => {
    const traded = company([called(ada, "E-2"), called(bob, "E-1")], []);
    const existing = target([inTarget(ada, { userName: "E-1" }), inTarget(bob, { userName: "E-2" })]);
    const { after } = sync({ source: { ...traded, matched: "all" }, existing, rules: BY_FIELD });
    expect(after.users.map(({ id, userName }) => [id, userName])).toEqual([
      [inTarget(ada).id, "E-2"],
      [inTarget(bob).id, "E-1"],
    ]);
  });
});

describe("whoever may choose a user name", () => {
  const chosen = (name: string, over: Partial<Rules> = {}) => ({
    source: company([called(ada, name), called(bob, "E-2")], [[devs, called(ada, name)]]),
    rules: { ...BY_FIELD, ...over },
  });
  const root = stray("root", { userName: "root" });

  test("takes over no user that was made by hand without approval", () => {
    const existing = target([root]);
    const plan = planFor({ ...chosen("root"), existing });
    expect(plan.waiting.map(({ kind, about }) => `${kind} ${about?.label ?? ""}`)).toEqual([
      "adoption ada@example.com",
    ]);
    expect(told(plan)).toEqual(["group.create Devs"]);
    const { after } = sync({ ...chosen("root"), existing, approve: "everything" });
    expect(userBy(after, root.id)).toMatchObject({ externalId: ada.id, userName: "root" });
  });

  test("and is synced takes no name from one that was made by hand", () => {
    const existing = target([root, inTarget(ada, { userName: "E-1" })]);
    const { plan, after } = sync({ ...chosen("root"), existing });
    expect(skipped(plan)).toContain("name-taken ada@example.com");
    expect(userBy(after, root.id)).toEqual(root);
  });

  test("is not left alone by that", () => {
    const there = inTarget(ada, { userName: "E-1" });
    const over = { ignoreUsers: ["svc-*"] };
    const { plan, after } = sync({ ...chosen("svc-ada", over), existing: target([there]) });
    expect(skipped(plan)).toContain("name-barred ada@example.com");
    expect(roll(after)).toContain("E-1");
    expect(skipped(planFor(chosen("svc-ada", over)))).toContain("ignored ada@example.com");
  });

  test("gains nothing by the name of somebody retired", () => {
    const old = inTarget(bob, {
      externalId: marked("2026-03-01", "100000000000000000099"),
      active: false,
      userName: "boss",
    });
    const admins = strayGroup("Admins", [old]);
    const { after } = sync({ ...chosen("boss"), existing: target([old], [admins]) });
    const hers = after.users.find(({ userName }) => userName === "boss");
    expect(hers?.id).not.toBe(old.id);
    expect(rosters(after)["Admins"]).toEqual(["retired.100000000000000000099.boss"]);
  });
});

describe("user names that change", () => {
  const many = Array.from({ length: 30 }, (_, at) => human(at + 1, `P${at + 1}`, "Any"));
  const named = many.map((person, at) => ({
    ...person,
    ...login(`E-${at + 1}`),
    aliases: [`e${at + 1}@alt.example`],
  }));
  const existing = target(many.map((person) => inTarget(person)));
  const limits = { ...rules().limits, users: { share: 0.1, count: 5, ceiling: 200 } };
  const source = company(named, [], { matched: "all" });

  test.each(["HR.login", "alias@alt.example"])(
    "by a new setting, %s, wait beyond the budget, and one payload lets all through",
    (text) => {
      const one = { source, existing, rules: { ...signingInAs(text), limits } };
      const plan = planFor(one);
      expect(told(plan)).toEqual([]);
      expect(plan.waiting.map(({ kind }) => kind)).toEqual(Array(30).fill("renames"));
      const all = plan.waiting.map(({ id }) => id);
      expect(new Set(all).size).toBe(30);
      const some = planFor({ ...one, approve: all.slice(0, 2) });
      expect(told(some)).toHaveLength(2);
      const { after } = sync({ ...one, approve: all });
      expect(after.users.every(({ userName }) => !userName.endsWith("@example.com"))).toBe(true);
    },
  );

  test("back to the address wait as well", () => {
    const there = target(many.map((person, at) => inTarget(person, { userName: `E-${at + 1}` })));
    expect(planFor({ source, existing: there, rules: { limits } }).waiting).toHaveLength(30);
  });

  test("with the address that they are follow at once, however many", () => {
    const moved = many.map((person) => ({
      ...person,
      email: person.email.replace("example.com", "new.example"),
    }));
    const plan = planFor({ source: company(moved, [], { matched: "all" }), existing, rules: { limits } });
    expect(plan.waiting).toEqual([]);
    expect(told(plan)).toHaveLength(30);
  });

  test("of a few are done, and what was done within the day counts", () => {
    const few = company(named.slice(0, 5), [], { matched: "all" });
    const one = { source: few, existing: target(existing.users.slice(0, 5)), rules: { ...BY_FIELD, limits } };
    expect(
      planFor({
        ...one,
        rules: { ...BY_FIELD, limits: { ...limits, users: { share: 1, count: 5, ceiling: 200 } } },
      }).waiting,
    ).toEqual([]);
    expect(planFor(one).waiting).toHaveLength(5);
  });

  test("count once for each who gets another, and not for whoever is parked or moved aside for that", () => {
    const old = inTarget(human(9, "Old", "Boss"), {
      ...{ externalId: marked("2026-03-01", "100000000000000000099"), active: false, userName: "E-3" },
    });
    const ways = [called(ada, "E-2"), called(bob, "E-1"), called(cy, "E-3")];
    const there = [ada, bob, cy].map((one, at) =>
      inTarget(one, { userName: at === 2 ? "E-4" : `E-${at + 1}` }),
    );
    const moving = company(ways, [], { matched: "all" });
    const one = { source: moving, existing: target([...there, old]), rules: BY_FIELD };
    const plan = planFor(one);
    expect(told(plan)).toHaveLength(5);
    const counted = subjectsOf(plan, situationOf(one)).map(({ about, counts }) => [
      about.label,
      counts.length,
    ]);
    expect(counted.toSorted()).toEqual(["E-1", "E-2", "E-4"].map((name) => [name, 1]));
  });

  test("do not keep anybody from being enabled, nor an address from being put right", () => {
    const asleep = many.map((person) =>
      inTarget(person, {
        externalId: `ssosync-suspended.2026-03-01.${person.id}`,
        active: false,
        email: `old-${person.email}`,
      }),
    );
    const plan = planFor({ source, existing: target(asleep), rules: { ...BY_FIELD, limits } });
    const patches = changesOf(plan).map((change) =>
      "patch" in change ? Object.keys(change.patch).toSorted() : [],
    );
    expect(patches).toHaveLength(30);
    expect(patches[0]).toEqual(["active", "email", "externalId"]);
    expect(plan.waiting).toHaveLength(30);
  });
});

test(
  "whatever people are called, a second run has nothing to do, and nobody is enabled, disabled or moved by it",
  { tags: "long" },
  () => {
    fc.assert(
      fc.property(situation, fc.constantFrom("email", "HR.login", "alias@alt.example"), (one, text) => {
        const settings = { ...one.rules, graceDays: "never", ignoreUsers: [] } as const;
        const first = { ...one, rules: settings, approve: [] };
        const there = carryOut(runFor(first), one.existing);
        const second = { ...first, existing: there, rules: { ...settings, ...signingInAs(text) } };
        const after = carryOut(runFor(second), there);
        const members = (existing: typeof there) =>
          new Map(existing.groups.map((group) => [group.id, group.members] as const));
        const live = there.users.filter(({ externalId }) =>
          /^(?:\d+|ssosync-suspended\..*)$/.test(externalId),
        );
        // Who is not linked yet may be by the other name, and be a leaver.
        for (const user of live) expect(userBy(after, user.id)?.active).toBe(user.active);
        const known = new Set(live.map(({ id }) => id));
        for (const [id, before] of members(there))
          expect(before.intersection(known).difference(members(after).get(id) ?? new Set())).toEqual(
            new Set(),
          );
        expect(told(runFor({ ...second, existing: after }))).toEqual([]);
      }),
      { numRuns: 600 },
    );
  },
);
