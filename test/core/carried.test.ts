/** Whom a plan asks about, what grows because of what is carried, and how that is told. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accessIn, heaviestFirst, opensAnything, principalsIn, withCarried } from "../../src/core/carried.ts";
import { assignedText, carriesText, removalTexts } from "../../src/core/carries-words.ts";
import { NOTHING_ASKED, lastPart } from "../../src/core/carries.ts";
import type { Carried } from "../../src/core/carries.ts";
import { KINDS } from "../../src/core/change.ts";
import type { Existing, Source } from "../../src/core/model.ts";
import { changesOf } from "../../src/core/plan.ts";
import { approvalOf, describe as described } from "../../src/core/words.ts";
import { situation as anySituation } from "./companies.ts";
import { UNKNOWN, admin, carries, carrying, opening } from "./openings.ts";
import { runFor } from "./planned.ts";
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

  test("are the due ones first of all, then groups that gain or lose somebody", () => {
    const old = team(9, "Old");
    const gone = groupInTarget(old, [], { externalId: marked("2020-01-01", old.id) });
    const existing = target(all, [groupInTarget(devs, all), gone, groupInTarget(ops)]);
    const source = company(
      [ada],
      [
        [devs, ada],
        [ops, ada],
      ],
    );
    const ids = [gone.id, groupInTarget(ops).id];
    expect(asked({ source, existing })).toEqual([...ids.map((id) => `group ${id}`), "user u-2"]);
  });

  test("is a group that is called otherwise, and one that somebody leaves together with a retired user", () => {
    const renamed = { ...devs, name: "Developers" };
    expect(asked({ source: company([ada, bob], [[renamed, ada, bob]]), existing: there })).toEqual([
      `group ${groupInTarget(devs).id}`,
    ]);
    const three = [...all, inTarget(cy)];
    const existing = target(three, [groupInTarget(devs, three), groupInTarget(ops, [inTarget(ada)])]);
    const source = company(
      [ada, bob],
      [
        [devs, bob],
        [ops, ada],
      ],
    );
    expect(asked({ source, existing })).toEqual([`group ${groupInTarget(devs).id}`, "user u-3"]);
  });

  test("is neither a group that is not there yet, nor whoever is only moved aside, nor a plan as a whole", () => {
    const many = Array.from({ length: 150 }, (_, n) => human(100 + n, `Person${n}`, "New"));
    expect(asked({ source: company(many, [[devs, ...many]]) })).toEqual([]);
    const old = inTarget(human(9, "Old", "Bob"), {
      ...{ active: false, userName: bob.email, email: bob.email },
      externalId: marked("2026-03-01", human(9, "Old", "Bob").id),
    });
    expect(
      asked({ source: company([bob], [[devs, bob]]), existing: target([old], [groupInTarget(devs)]) }),
    ).toEqual([`group ${groupInTarget(devs).id}`]);
    const reason = { code: "made-by-user", who: [] } as const;
    const about = { kind: "group", source: devs.id, label: devs.name } as const;
    const waiting = [
      { id: "1", kind: "new-groups", about, reason },
      { id: "2", kind: "upheaval", reason },
    ] as const;
    expect(principalsIn(runFor({ source: company([]) }), waiting)).toEqual([]);
  });

  test(
    "is whatever a kind of change is about, unless its row says that nobody's access is touched",
    { tags: "long" },
    () => {
      fc.assert(
        fc.property(anySituation, (one) => {
          const whole = runFor({ ...one, approve: one.approve ? "everything" : [] });
          const ids = new Set(principalsIn(whole, []).map(({ id }): string => id));
          for (const change of changesOf(whole)) {
            if (KINDS[change.kind].carries === "object")
              expect(ids).toContain("id" in change ? change.id : "");
            if (change.kind === "members.add") {
              const group = whole.groups.get(change.group.externalId);
              if (group !== undefined) expect(ids).toContain(group);
            }
          }
        }),
        { numRuns: 300 },
      );
    },
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
  expect(opensAnything(young.id, NOTHING_ASKED)).toBe(false);
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

  test("with what waits, unless nothing is known of it or its reason says it already", () => {
    const group = groupInTarget(devs);
    const about = { kind: "group", target: group.id, label: devs.name } as const;
    const carried = carrying(admin("prod"));
    const known = carries(target([], [group]), { [group.id]: carried });
    const wait = { id: "1", kind: "growth", about, reason: { code: "made-by-user", who: [] } } as const;
    const deletion = { ...wait, kind: "carries", reason: { code: "still-carries", carried } } as const;
    expect(withCarried([wait, deletion], known)).toStrictEqual([{ ...wait, carried }, deletion]);
    expect(withCarried([wait], NOTHING_ASKED)).toStrictEqual([wait]);
  });

  test("with a change: of what is there, of a group that is taken over, and of the last step of a trade of names", () => {
    const everything = (existing: Existing) =>
      carries(
        existing,
        Object.fromEntries(
          [...existing.users, ...existing.groups].map(({ id }) => [id, carrying(admin(id))]),
        ),
      );
    const toldFor = (source: Source, existing: Existing): readonly string[] => {
      const whole = runFor({ source, existing, approve: "everything" });
      return changesOf(whole).map((change) => {
        const at = accessIn(change, whole.groups, everything(existing))?.opens[0]?.accounts[0]?.name;
        return `${"cause" in change ? change.cause : change.kind} ${at ?? "nothing"}`;
      });
    };
    const [one, other] = [groupInTarget(devs), groupInTarget(ops)];
    const traded = company(
      [ada, bob],
      [
        [{ ...devs, name: ops.name }, ada],
        [{ ...ops, name: devs.name }, bob],
      ],
    );
    expect(toldFor(traded, target([inTarget(ada)], [one, other]))).toEqual([
      "parked nothing",
      `differs ${other.id}`,
      `differs ${one.id}`,
      "user.create nothing",
      `members.add ${one.id}`,
      `members.add ${other.id}`,
    ]);
    const both = [ada, bob].map((person) => inTarget(person));
    const byHand = groupInTarget(devs, both, { externalId: "" });
    const source = company(
      [ada, bob],
      [
        [devs, ada],
        [ops, bob],
      ],
    );
    expect(toldFor(source, target(both, [byHand]))).toEqual([
      `members.remove ${byHand.id}`,
      `adopted ${byHand.id}`,
      "group.create nothing",
    ]);
  });

  test("of two who carry something, who opens more first, and who opens nothing last", () => {
    const weights = ["administrator", "power", "unknown", "other"] as const;
    const each = weights.map((weight) => [opening("Set", weight, "prod")]);
    expect([...each.toReversed(), [], ...each].toSorted(heaviestFirst)).toEqual([
      ...each.flatMap((one) => [one, one]),
      [],
    ]);
    expect(heaviestFirst([], [])).toBe(0);
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

test("what tells a permission set or a role from others is the last part of its ARN", () => {
  expect(lastPart(opening("Admins", "power").arn)).toBe("ps-admins");
  expect(lastPart("arn:aws:iam::111111111111:role/team/Deploy")).toBe("Deploy");
  expect(lastPart("Deploy")).toBe("Deploy");
});
