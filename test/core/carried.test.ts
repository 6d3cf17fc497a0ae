/** Whom a plan asks about, what waits because of what is carried, and how that is told. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { principalsIn, withCarried } from "../../src/core/carried.ts";
import { assignedText, carriesText, removalTexts } from "../../src/core/carries-words.ts";
import type { Carried } from "../../src/core/carries.ts";
import { KINDS } from "../../src/core/change.ts";
import { guardDeletions } from "../../src/core/deletions.ts";
import { NO_HOLDS, changesOf, plan } from "../../src/core/plan.ts";
import { approvalOf, describe as described } from "../../src/core/words.ts";
import { situation as anySituation } from "./companies.ts";
import { REFUSED, UNKNOWN, admin, carries, carrying, opening } from "./openings.ts";
import { fittedFor, leaversFirst, runFor, situationOf } from "./planned.ts";
import type { Case } from "./planned.ts";
import {
  ada,
  bob,
  company,
  cy,
  devs,
  groupInTarget,
  growth,
  human,
  inTarget,
  marked,
  ops,
  target,
  team,
} from "./world.ts";

const asked = (one: Case): readonly string[] => {
  const whole = runFor(one);
  return principalsIn(whole, whole.waiting).map(({ kind, id }) => `${kind} ${id}`);
};

describe("asked about", () => {
  const all = [ada, bob].map((person) => inTarget(person));
  const there = target(all, [groupInTarget(devs, all)]);

  test("is nobody in a quiet run, nor where only what people are called differs", () => {
    const one = { source: company([ada, bob], [[devs, ada, bob]]), existing: there };
    expect(asked(one)).toEqual([]);
    const renamed = { ...ada, givenName: "Augusta" };
    expect(asked({ ...one, source: company([renamed, bob], [[devs, renamed, bob]]) })).toEqual([]);
  });

  test("is a group that gains or loses somebody, once, and nobody who is new", () => {
    const many = Array.from({ length: 150 }, (_, n) => human(100 + n, `Person${n}`, "New"));
    const existing = target(all, [groupInTarget(devs, all), groupInTarget(ops, all)]);
    const source = company(
      [ada, bob, ...many],
      [
        [devs, ada, bob, ...many],
        [ops, ada],
      ],
    );
    expect(asked({ source, existing })).toEqual([
      `group ${groupInTarget(ops).id}`,
      `group ${groupInTarget(devs).id}`,
    ]);
  });

  test("is whoever is retired, and not each of the groups that they leave", () => {
    expect(asked({ source: company([ada], [[devs, ada]]), existing: there })).toEqual(["user u-2"]);
  });

  test("is whoever is renamed, adopted or comes back, and what waits to be taken over", () => {
    const moved = { ...ada, email: "countess@example.com" };
    const back = inTarget(bob, { active: false, externalId: marked("2026-03-01", bob.id) });
    const byHand = inTarget(cy, { externalId: "" });
    const existing = target(
      [inTarget(ada), back, byHand],
      [groupInTarget(devs, [inTarget(ada)], { externalId: "" })],
    );
    expect(
      asked({ source: company([moved, bob, cy], [[devs, moved, bob, cy]]), existing }).toSorted(),
    ).toEqual([`group ${groupInTarget(devs).id}`, "user u-1", "user u-2", "user u-3"]);
  });

  test("are the due ones first of all", () => {
    const old = team(9, "Old");
    const gone = groupInTarget(old, [], { externalId: marked("2020-01-01", old.id) });
    const existing = target(all, [groupInTarget(devs, all), gone]);
    expect(asked({ source: company([ada], [[devs, ada]]), existing })[0]).toBe(`group ${gone.id}`);
  });

  test("is whatever a kind of change is about, unless its row says that nobody's access is touched", () => {
    fc.assert(
      fc.property(anySituation, (one) => {
        const whole = runFor({ ...one, approve: one.approve ? "everything" : [] });
        const ids = new Set(principalsIn(whole, []).map(({ id }): string => id));
        for (const change of changesOf(whole)) {
          if (KINDS[change.kind].carries === "object") expect(ids).toContain("id" in change ? change.id : "");
          if (change.kind === "members.add") {
            const group = whole.groups.get(change.group.externalId);
            if (group !== undefined) expect(ids).toContain(group);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

// ---------------------------------------------------------------- what is deleted

describe("a due deletion", () => {
  const old = team(9, "Old");
  const goneUser = inTarget(bob, { active: false, externalId: marked("2020-01-01", bob.id) });
  const goneGroup = groupInTarget(old, [], { externalId: marked("2020-01-01", old.id) });
  const existing = target([inTarget(ada), goneUser], [groupInTarget(devs, [inTarget(ada)]), goneGroup]);
  const source = company([ada], [[devs, ada]]);
  const guarded = (told: Readonly<Record<string, Carried>>, approve: readonly string[] = []) => {
    const now = situationOf({ source, existing, approve, carries: carries(existing, told, [REFUSED]) });
    const { waiting, deletions } = guardDeletions(plan(now), now);
    const left = changesOf(plan({ ...now, holds: { ...NO_HOLDS, deletions } })).map(({ kind }) => kind);
    return { waiting, left };
  };

  test("of what carries nothing goes on", () => {
    expect(guarded({})).toEqual({ waiting: [], left: ["user.delete", "group.delete"] });
  });

  test.each([
    ["user", goneUser.id, "group.delete"],
    ["group", goneGroup.id, "user.delete"],
  ])("of a %s that carries something waits, with what and where, and the rest goes on", (_, id, other) => {
    const { waiting, left } = guarded({ [id]: carrying(admin("prod")) });
    expect(left).toEqual([other]);
    expect(waiting).toMatchObject([
      { kind: "carries", about: { target: id }, reason: { code: "still-carries" } },
    ]);
    expect(waiting.map(approvalOf)[0]?.sentence).toContain("still carries AdministratorAccess in prod");
    expect(
      guarded(
        { [id]: carrying(admin("prod")) },
        waiting.map((wait) => wait.id),
      ).waiting,
    ).toEqual([]);
  });

  test("of what nobody can say carries nothing waits, with the reason", () => {
    const { waiting, left } = guarded({ [goneUser.id]: UNKNOWN });
    expect(left).toEqual(["group.delete"]);
    expect(waiting[0]?.reason).toMatchObject({ code: "carries-unknown", why: REFUSED.why });
    const partly = guarded({ [goneUser.id]: { opens: [admin("prod")], whole: false } });
    expect(partly.waiting[0]?.reason.code).toBe("still-carries");
  });

  test("of whom nobody was asked about waits", () => {
    const now = { ...situationOf({ source, existing }), carries: { of: new Map(), notShown: [] } };
    expect(guardDeletions(plan(now), now).deletions).toEqual(new Set([goneUser.id, goneGroup.id]));
  });

  test("has one id, whatever is carried", () => {
    const ids = [UNKNOWN, carrying(admin("prod")), carrying(opening("ReadOnly", "other", "log"))].map(
      (one) => guarded({ [goneUser.id]: one }).waiting[0]?.id,
    );
    expect(new Set(ids).size).toBe(1);
  });
});

test("nothing is ever deleted that carries something or may, unless that very deletion is approved", () => {
  const kinds = fc.constantFrom(carrying(), carrying(), UNKNOWN, carrying(admin("prod")));
  fc.assert(
    fc.property(
      anySituation,
      fc.array(kinds, { minLength: 13, maxLength: 13 }),
      fc.boolean(),
      (one, told, ok) => {
        const ids = [...one.existing.users, ...one.existing.groups].map(({ id }) => id);
        const of = new Map(ids.map((id, at) => [id, told[at] ?? carrying()]));
        const { rest } = leaversFirst({ source: one.source, existing: one.existing, rules: one.rules });
        const bare = situationOf({ ...rest, approve: [], carries: { of, notShown: [] } });
        const offered = guardDeletions(plan(bare), bare).waiting.map((wait) => wait.id);
        const given = ok ? offered.slice(0, 1) : [];
        const then = { ...rest, approve: given, carries: bare.carries };
        const now = situationOf(then);
        const { deletions, waiting } = guardDeletions(plan(now), now);
        const done = changesOf(fittedFor({ ...then, holds: { deletions } }).plan);
        const deleted = done.filter(({ kind }) => KINDS[kind].takesAway === "object");
        const bad = deleted.filter((change) => {
          const known = "id" in change ? of.get(change.id) : undefined;
          return known === undefined || !known.whole || known.opens.length > 0;
        });
        expect(bad.length).toBeLessThanOrEqual(given.length);
        expect(waiting.length + given.length).toBe(offered.length);
      },
    ),
    { numRuns: 500 },
  );
});

// ---------------------------------------------------------------- what grows

test("a young group that carries something is braked like an old one; one that carries nothing, or may, is not", () => {
  const many = Array.from({ length: 30 }, (_, n) => human(100 + n, `Person${n}`, "New"));
  const young = groupInTarget(devs, [inTarget(ada)], { createdAt: "2026-03-10T08:00:00Z" });
  const existing = target([inTarget(ada)], [young]);
  const one = {
    source: company([ada, ...many], [[devs, ada, ...many]]),
    existing,
    rules: growth(undefined, 20),
  };
  const waits = (told: Carried): readonly string[] =>
    runFor({ ...one, carries: carries(existing, { [young.id]: told }) }).waiting.map(({ kind }) => kind);
  expect(waits(carrying())).toEqual([]);
  expect(waits(UNKNOWN)).toEqual([]);
  expect(waits(carrying(opening("ReadOnly", "other", "log")))).toEqual(["growth"]);
});

// ---------------------------------------------------------------- how it is told

describe("what is carried is told", () => {
  test("by name and account, the policy where the name hides it, and long lists cut with how many more", () => {
    expect(carriesText(carrying(admin("prod", "log", "audit")))).toBe(
      "carries AdministratorAccess in 3 accounts (prod, log, audit)",
    );
    const role = { ...opening("break-glass", "unknown", "prod"), via: "role" } as const;
    expect(carriesText(carrying(opening("full", "administrator", "prod"), role))).toBe(
      "carries full (AdministratorAccess) in prod; the role break-glass in prod",
    );
    const many = Array.from({ length: 9 }, (_, n) => opening(`set${n}`, "other", ..."abcdefgh"));
    expect(carriesText(carrying(...many))).toContain(
      "set4 in 8 accounts (a, b, c, d, e and 3 more) and 4 more",
    );
    expect(carriesText(carrying())).toBe("");
  });

  test("in the sentence of an approval, whose id stays the same", () => {
    const existing = target([inTarget(ada)], [groupInTarget(devs, [], { externalId: "" })]);
    const { waiting } = runFor({ source: company([ada], [[devs, ada]]), existing });
    const [bare, full] = [
      waiting,
      withCarried(waiting, carries(existing, { [groupInTarget(devs).id]: carrying(admin("prod")) })),
    ].map((some) => some.map(approvalOf)[0]);
    expect(full?.id).toBe(bare?.id);
    expect(full?.sentence).toBe(`${bare?.sentence ?? ""}; it carries AdministratorAccess in prod`);
  });

  test("in an audit line, where unknown stands as such", () => {
    const change = changesOf(
      runFor({
        source: company([ada, bob], [[devs, ada]]),
        existing: target([inTarget(ada), inTarget(bob)], [groupInTarget(devs)]),
      }),
    )[0];
    if (change === undefined) throw new Error("nothing is planned");
    expect(described(change, carrying(admin("prod"))).detail.carries).toEqual([
      "AdministratorAccess in prod",
    ]);
    expect(described(change, UNKNOWN).detail.carries).toEqual(["unknown"]);
    expect(described(change, carrying()).detail.carries).toBeUndefined();
    expect(described(change).detail.carries).toBeUndefined();
  });

  test("of a direct assignment with the command that takes it away, and not of what a group gives", () => {
    const through = { id: "222222222222", name: "log", direct: false, through: [groupInTarget(devs).id] };
    const mixed = admin("prod");
    const carried = carrying({ ...mixed, accounts: [...mixed.accounts, through] });
    expect(assignedText(carried)).toBe(
      "still assigned directly: AdministratorAccess in prod; remove by hand:",
    );
    expect(removalTexts(inTarget(ada).id, carried)).toEqual([
      "aws sso-admin delete-account-assignment --instance-arn arn:aws:sso:::instance/ssoins-1111222233334444 --permission-set-arn arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-administratoraccess --target-type AWS_ACCOUNT --target-id 111111111111 --principal-type USER --principal-id u-1",
    ]);
    expect(assignedText(carrying({ ...mixed, accounts: [through] }))).toBe("");
  });
});
