/** What ATTRIBUTES lists, and managers, which are other users of AWS. */
import { describe, expect, test } from "vitest";
import type { Rules, SourceUser } from "../../src/core/model.ts";
import { changesOf } from "../../src/core/plan.ts";
import type { SourceField } from "../../src/core/source-field.ts";
import { sync, userAt } from "./carried-out.ts";
import { planFor, skipped, told } from "./planned.ts";
import type { Case } from "./planned.ts";
import { ada, bob, company, cy, dee, inTarget, marked, stray, target } from "./world.ts";

const PLACES = {
  title: "organizations.title",
  department: "organizations.department",
  manager: "relations.value",
} as const satisfies Partial<Record<keyof ReturnType<typeof inTarget>, SourceField>>;
const details: Rules["details"] = new Map(
  Object.entries(PLACES).map(([detail, field]) => [detail as keyof typeof PLACES, { kind: "field", field }]),
);

/** An account that says so much; of what is not told, it says that there is none. */
const saying = (user: SourceUser, told: Partial<Record<keyof typeof PLACES, string>> = {}): SourceUser => ({
  ...user,
  fields: new Map(
    Object.entries(PLACES).map(([detail, field]) => [field, told[detail as keyof typeof PLACES] ?? ""]),
  ),
});
const under = (user: SourceUser, manager: SourceUser): SourceUser => saying(user, { manager: manager.email });

const scene = (
  people: readonly SourceUser[],
  existing: Case["existing"],
  over: Partial<Case> = {},
): Case => ({
  source: company(people, [], { matched: "all" }),
  ...(existing === undefined ? {} : { existing }),
  ...over,
  rules: { details, ...over.rules },
});

describe("a manager", () => {
  const [boss, there] = [inTarget(bob), inTarget(ada)];

  test("who is in AWS is whoever has that Google id there", () => {
    const { plan, after } = sync(scene([under(ada, bob), saying(bob)], target([there, boss])));
    expect(changesOf(plan)).toMatchObject([
      { kind: "user.update", id: there.id, patch: { manager: boss.id } },
    ]);
    expect(userAt(after, ada.email)).toEqual({ ...there, manager: boss.id });
  });

  test("is set once both are there, whichever of the two is made first, or both", () => {
    const people = [under(ada, bob), saying(bob)];
    for (const some of [[], [boss], [there]]) {
      const { plan, after } = sync(scene(people, target(some)));
      expect(told(plan).at(-1)).toBe("user.manager ada@example.com bob@example.com");
      expect(changesOf(plan).filter((change) => "patch" in change)).toEqual([]);
      expect(userAt(after, ada.email)?.manager).toBe(userAt(after, bob.email)?.id);
      expect(skipped(plan)).toEqual([]);
    }
  });

  test("stays until the new one is made", () => {
    const old = { ...there, manager: "u-3" };
    const { plan, after } = sync(
      scene([under(ada, bob), saying(bob), saying(cy)], target([old, inTarget(cy)])),
    );
    expect(told(plan)).toEqual([
      "user.create bob@example.com",
      "user.manager ada@example.com bob@example.com",
    ]);
    expect(userAt(after, ada.email)?.manager).toBe(userAt(after, bob.email)?.id);
  });

  const had = { ...there, manager: "u-9" };
  test.each<readonly [string, Case]>([
    [
      "whom this sync leaves alone",
      scene([under(ada, bob), bob], target([had, boss]), { rules: { ignoreUsers: [bob.email] } }),
    ],
    ["who has no account", scene([under(ada, bob)], target([had, stray("bob")]))],
    [
      "whom AWS has never seen",
      scene([under(ada, bob), { ...saying(bob), state: "suspended" }], target([had])),
    ],
    [
      "who cannot come, because the e-mail is somebody else's",
      scene([under(ada, bob), saying(bob)], target([had, stray("other", { email: bob.email })])),
    ],
    [
      "who cannot come back, because the e-mail is somebody else's",
      scene(
        [under(ada, bob), saying(bob)],
        target([
          had,
          {
            ...boss,
            ...{ externalId: marked("2026-03-01", bob.id), active: false, email: "old@example.com" },
          },
          stray("other", { email: bob.email }),
        ]),
      ),
    ],
  ])("%s is left out, in place of whoever was, and told", (_, one) => {
    const { plan, after } = sync(one);
    expect(skipped(plan)).toContain("manager-missing ada@example.com");
    expect(plan.skips.map(({ reason }) => ("manager" in reason ? reason.manager : ""))).toContain(bob.email);
    expect(told(plan).filter((line) => line.startsWith("user.manager"))).toEqual([]);
    expect(userAt(after, ada.email)?.manager).toBe("");
  });

  test("of somebody new is left out, and told, as well", () => {
    for (const others of [[], [{ ...saying(bob), state: "suspended" as const }]]) {
      const { plan, after } = sync(scene([under(ada, bob), ...others], target()));
      expect(skipped(plan)).toContain("manager-missing ada@example.com");
      expect(told(plan)).toEqual(["user.create ada@example.com"]);
      expect(userAt(after, ada.email)).not.toHaveProperty("manager");
    }
  });

  test("whom Google has no more is taken away, and whom nobody can know stays", () => {
    const has = { ...there, manager: boss.id };
    const none = sync(scene([saying(ada), saying(bob)], target([has, boss])));
    expect(userAt(none.after, ada.email)?.manager).toBe("");
    expect(skipped(none.plan)).toEqual([]);
    expect(told(planFor(scene([ada, bob], target([has, boss]))))).toEqual([]);
  });

  test("is nobody's matter where ATTRIBUTES does not list it", () => {
    const one = scene([under(ada, bob), saying(bob)], target([there]), { rules: { details: new Map() } });
    expect(told(planFor(one))).toEqual(["user.create bob@example.com"]);
    expect(skipped(planFor(one))).toEqual([]);
  });
});

test("of each detail that is to be taken away, one goes first", () => {
  const has = (user: SourceUser) => ({ ...inTarget(user), title: "Boss", department: "Ops" });
  const people = [
    saying(dee, { title: "Other", department: "Ops" }),
    saying(ada, { department: "Ops" }),
    saying(bob, { department: "Ops" }),
    saying(cy, { title: "Boss" }),
  ];
  const plan = planFor(scene(people, target([ada, bob, cy, dee].map(has))));
  const patches = plan.steps.map((step) =>
    step.map((change) => ["id" in change && change.id, "patch" in change && change.patch]),
  );
  expect(patches).toEqual([
    [
      [inTarget(ada).id, { title: "" }],
      [inTarget(cy).id, { department: "" }],
    ],
    [
      [inTarget(dee).id, { title: "Other" }],
      [inTarget(bob).id, { title: "" }],
    ],
  ]);
});

test("nothing is written to somebody revoked who cannot have a name to come back under", () => {
  const old = {
    ...inTarget(ada),
    ...{ externalId: marked("2026-03-01", ada.id), active: false, email: "old@example.com" },
  };
  const one = scene(
    [saying({ ...ada, givenName: "Augusta" }, { title: "Boss" })],
    target([old, stray("other", { email: ada.email })]),
  );
  const { plan } = sync(one);
  expect(told(plan)).toEqual([]);
  expect(skipped(plan)).toEqual(["email-taken ada@example.com"]);
});

test("what somebody is new with is written with them, and nothing that is not theirs", () => {
  const one = scene([saying({ ...ada, aliases: ["a@example.com"] }, { title: "Boss" })], target());
  const [change] = changesOf(planFor(one));
  const { id: _, createdAt: __, ...rest } = inTarget(ada);
  expect(change).toMatchObject({ kind: "user.create" });
  expect(change?.kind === "user.create" && change.user).toEqual({ ...rest, title: "Boss", department: "" });
});
