/** Who is looked at before anything else, and what a single look changes. */
import { describe, expect, test } from "vitest";
import {
  corrected,
  disabling,
  offToday,
  suspects,
  waitingLeaver,
  withoutLeavers,
} from "../../src/core/leavers.ts";
import type { Looked, Suspect } from "../../src/core/leavers.ts";
import { day, sourceId, targetId } from "../../src/core/model.ts";
import type { Existing, ExistingUser, Rules, Source, SourceUser, Unread } from "../../src/core/model.ts";
import { digest, planFor, told } from "./planned.ts";
import {
  NOW,
  TODAY,
  ada,
  asleepInTarget,
  byHand,
  bob,
  company,
  cy,
  dee,
  devs,
  groupInTarget,
  inTarget,
  manage,
  marked,
  rules,
  stray,
  suspendedMarked,
  target,
} from "./world.ts";

const leaverId = (suspect: Suspect, { digest: by, given }: Parameters<typeof waitingLeaver>[2]): string =>
  waitingLeaver(suspect, { code: "disabled-by-hand" }, { digest: by, given }).id;

const asleep: SourceUser = { ...bob, state: "suspended" };
const filed: SourceUser = { ...cy, state: "archived" };
const everyone = { matched: "all" } as const;

/** `suspended bob@example.com`, by what the listing says. */
function suspected(source: Source, existing: Existing, over: Partial<Rules> = {}): readonly string[] {
  return suspects(source, existing, rules(over)).map(({ user, listed }) => `${listed} ${user.userName}`);
}

const unread = (of: SourceUser, state?: Unread["state"]): Source["unread"] =>
  new Map([
    [
      of.id,
      { kind: "user", email: of.email, why: "odd", todo: "look", ...(state === undefined ? {} : { state }) },
    ],
  ]);

describe("looked at by id", () => {
  test("is who is enabled and listed as suspended or archived, or in no listing", () => {
    const existing = target([ada, bob, cy, dee].map((user) => inTarget(user)));
    expect(suspected(company([ada, asleep, filed]), existing)).toEqual([
      "suspended bob@example.com",
      "archived cy@example.com",
      "missing dee@example.com",
    ]);
  });

  test("is nobody who is disabled, or not ours", () => {
    const existing = target([
      inTarget(ada, { active: false }),
      asleepInTarget(bob),
      inTarget(cy, { active: false, externalId: marked("2026-03-01", cy.id) }),
      stray("hand"),
      stray("foreign", { externalId: "https://idp.example.com/1" }),
      inTarget(dee, { externalId: "ssosync-retired.2026-03-01.aws-u-4" }),
    ]);
    expect(suspected(company([]), existing)).toEqual([]);
  });

  test("is who was enabled by hand since they were revoked, whatever the listing says", () => {
    const again = (user: SourceUser) => inTarget(user, { externalId: marked("2026-03-01", user.id) });
    const existing = target([ada, bob, dee].map(again));
    expect(suspected(company([ada, asleep]), existing)).toEqual([
      "active ada@example.com",
      "suspended bob@example.com",
      "missing dee@example.com",
    ]);
  });

  test("is who was enabled by hand since Google suspended the account", () => {
    const existing = target([asleepInTarget(bob, { active: true })]);
    expect(suspected(company([ada, asleep]), existing)).toEqual(["suspended bob@example.com"]);
  });

  test("is whoever is in no group as well: what selects people is no matter", () => {
    expect(suspected(company([ada, asleep], [], { matched: "none" }), target([inTarget(bob)]))).toHaveLength(
      1,
    );
  });

  test("is an account whose row is odd only where that says suspended or archived", () => {
    const existing = target([inTarget(bob)]);
    const odd = (state?: Unread["state"]): Source => ({ ...company([ada]), unread: unread(bob, state) });
    expect(suspected(odd(), existing)).toEqual([]);
    expect(suspected(odd("active"), existing)).toEqual([]);
    expect(suspected(odd("suspended"), existing)).toEqual(["suspended bob@example.com"]);
    expect(suspected(odd("archived"), existing)).toEqual(["archived bob@example.com"]);
  });

  test("is whoever carries the id of an account that is suspended, though AWS shows two of them", () => {
    const twins = [inTarget(bob), inTarget(bob, { id: targetId("u-twin"), userName: "twin@example.com" })];
    const hidden = new Map(twins.map(({ id }) => [id, { why: "AWS shows it twice", todo: "look" }]));
    const found = suspected(company([ada, asleep]), { ...target(twins), unread: hidden });
    expect(found).toHaveLength(2);
  });

  test("is nobody where users are somebody else's to write", () => {
    expect(
      suspected(company([ada, asleep]), target([inTarget(bob)]), manage("groups", "memberships")),
    ).toEqual([]);
  });

  test("is whoever a pattern or an alias leaves ignored, and nobody whose very address an entry names", () => {
    const existing = target([inTarget(bob, { userName: "old@example.com", email: "mail@example.com" })]);
    const source = company([ada, { ...asleep, aliases: ["robert@example.com"] }]);
    const ignoring = (...ignoreUsers: readonly string[]) => suspected(source, existing, { ignoreUsers });
    for (const pattern of ["*", "bob@*", "BOB@example.co?", "*kahn*", "bob", "robert@example.com"])
      expect(ignoring(pattern), pattern).toHaveLength(1);
    for (const address of ["BOB@example.com", "old@example.com", "mail@example.com"])
      expect(ignoring("*@other.example", address), address).toEqual([]);
  });
});

test("who leaves is disabled and marked with the day and the Google id, in one request", () => {
  const user = inTarget(bob);
  const suspect = { user, id: bob.id, listed: "suspended" } as const;
  expect(disabling(suspect, "suspended", day(TODAY))).toEqual({
    ...{ kind: "user.disable", id: user.id, before: user, cause: "suspended", needs: [] },
    patch: { active: false, externalId: suspendedMarked(TODAY, bob.id) },
  });
  const revoked = inTarget(bob, { externalId: `${marked("2026-03-01", bob.id)}.by-hand` });
  expect(disabling({ ...suspect, user: revoked }, "gone", day(TODAY))).toMatchObject({
    patch: { active: false, externalId: marked("2026-03-01", bob.id) },
  });
  const again = { ...suspect, user: asleepInTarget(bob, { active: true }) };
  expect(disabling(again, "gone", day(TODAY))).toMatchObject({
    patch: { externalId: suspendedMarked(TODAY, bob.id) },
  });
});

describe("the source, corrected by single looks,", () => {
  const source: Source = { ...company([ada, asleep], [], everyone), unread: unread(cy, "suspended") };
  const looked = (
    person: SourceUser,
    look: Looked["look"],
    listed: Looked["listed"] = "missing",
  ): Looked => ({
    ...{ user: inTarget(person), id: person.id, listed, look },
  });
  const trouble = { why: "Google did not answer", todo: "run again" };

  test("has whoever says of themselves that they are active", () => {
    const found = corrected(source, [looked(bob, { says: "active", account: bob }, "suspended")]);
    expect(found.users).toEqual([ada, bob]);
    expect(corrected(source, [looked(dee, { says: "active", account: dee })]).users).toEqual([
      ada,
      asleep,
      dee,
    ]);
  });

  test("has of them what their listing says beside, which a look does not ask for", () => {
    const named = { ...asleep, fields: new Map([["organizations.title", "Boss"]] as const) };
    const awake = looked(bob, { says: "active", account: bob }, "suspended");
    expect(corrected(company([named]), [awake]).users).toEqual([{ ...named, state: "active" }]);
    const account = { ...named, state: "active" as const };
    expect(corrected(company([]), [looked(bob, { says: "active", account })]).users).toEqual([account]);
  });

  test("has nobody who is gone, and keeps whoever is suspended or archived", () => {
    const found = corrected(source, [
      looked(ada, { says: "leaver", cause: "gone" }),
      looked(bob, { says: "leaver", cause: "suspended" }, "suspended"),
    ]);
    expect(found.users).toEqual([asleep]);
  });

  test("knows nothing of whom no look could tell", () => {
    const found = corrected(source, [looked(dee, { says: "unsure", trouble })]);
    expect(found.unread.get(dee.id)).toEqual({ kind: "user", email: dee.email, ...trouble });
  });

  test("knows of whom a look could tell, whatever was odd about their row", () => {
    expect(corrected(source, [looked(cy, { says: "active", account: cy }, "suspended")]).unread.size).toBe(0);
    expect(corrected(source, [looked(cy, { says: "leaver", cause: "gone" }, "suspended")]).unread.size).toBe(
      0,
    );
  });

  test("leaves unread whose row is odd and who is suspended, so that nobody takes them for gone", () => {
    const found = corrected(source, [looked(cy, { says: "leaver", cause: "suspended" }, "suspended")]);
    expect(found.unread).toEqual(source.unread);
  });

  test("takes nothing from anybody on account of whom no look could tell", () => {
    const existing = target(
      [inTarget(ada), inTarget(dee)],
      [groupInTarget(devs, [inTarget(ada), inTarget(dee)])],
    );
    const listed = company([ada], [[devs, ada]]);
    const held = corrected(listed, [looked(dee, { says: "unsure", trouble })]);
    expect(told(planFor({ source: held, existing }))).toEqual([]);
  });
});

describe("the rest of a plan", () => {
  const existing = target(
    [inTarget(ada), inTarget(bob)],
    [groupInTarget(devs, [inTarget(ada), inTarget(bob)])],
  );
  const suspect = (person: SourceUser, user: ExistingUser = inTarget(person)) =>
    ({ user, id: person.id, listed: "missing" }) as const;

  test("is made as if the leavers were disabled already", () => {
    const change = disabling(suspect(bob), "gone", day(TODAY));
    const then = withoutLeavers(existing, [change]);
    expect(then.users).toEqual([
      inTarget(ada),
      asleepInTarget(bob, { externalId: suspendedMarked(TODAY, bob.id) }),
    ]);
    expect(then.groups).toBe(existing.groups);
    expect(withoutLeavers(existing, [])).toBe(existing);
  });

  test("revokes who is deleted, without disabling them once more", () => {
    const then = withoutLeavers(existing, [disabling(suspect(bob), "gone", day(TODAY))]);
    const [retire, ...rest] = planFor({ source: company([ada], [[devs, ada]]), existing: then }).steps.flat();
    expect(retire).toMatchObject({ kind: "user.retire", patch: { externalId: marked(TODAY, bob.id) } });
    expect(retire).not.toHaveProperty("patch.active");
    expect(rest).toMatchObject([{ kind: "members.remove" }]);
  });

  test("disables nobody who is listed as suspended: they were looked at, or are left as they are", () => {
    expect(told(planFor({ source: company([ada, asleep], [[devs, ada, asleep]]), existing }))).toEqual([]);
  });

  test("gives no membership to somebody who is suspended, enabled or not", () => {
    const alone = target([inTarget(ada), inTarget(bob)], [groupInTarget(devs, [inTarget(ada)])]);
    const source = company([ada, asleep], [[devs, ada, asleep]]);
    expect(told(planFor({ source, existing: alone }))).toEqual([]);
    const off = target([inTarget(ada), asleepInTarget(bob)], [groupInTarget(devs, [inTarget(ada)])]);
    expect(told(planFor({ source, existing: off }))).toEqual([]);
  });

  test("gives none, and enables nobody, of whom a look says what their listing does not", () => {
    const off = target([inTarget(ada), asleepInTarget(bob)], [groupInTarget(devs, [inTarget(ada)])]);
    const one = { source: company([ada, bob], [[devs, ada, bob]]), existing: off };
    expect(told(planFor(one))).toEqual(["user.enable bob@example.com", "members.add Devs bob@example.com"]);
    expect(told(planFor({ ...one, holds: { inactive: new Set([bob.id]) } }))).toEqual([]);
  });
});

describe("a leaver who waits", () => {
  const suspect = { user: inTarget(bob), id: bob.id, listed: "missing" } as const;
  const approvals = { digest, given: new Set<string>() };
  const limit = rules().limits.leavers;
  const excess = {
    code: "over-limit",
    budget: "leavers",
    limit,
    count: 3,
    spent: 0,
    of: 9,
    allows: 2,
    who: [],
  } as const;
  const silence = { code: "no-answer", why: "Google did not answer", todo: "" } as const;

  test("has one id, whatever they wait for", () => {
    const waits = [waitingLeaver(suspect, excess, approvals), waitingLeaver(suspect, silence, approvals)];
    expect(waits).toMatchObject([
      { kind: "leavers", about: { kind: "user", source: bob.id, target: "u-2" } },
      { kind: "unsure" },
    ]);
    expect(new Set(waits.map(({ id }) => id))).toEqual(new Set([leaverId(suspect, approvals)]));
  });

  test("has another id than anybody else", () => {
    const other = { user: inTarget(cy), id: cy.id, listed: "missing" } as const;
    expect(leaverId(other, approvals)).not.toBe(leaverId(suspect, approvals));
    const [twin, heir] = [
      { ...suspect, user: inTarget(bob, { id: targetId("u-twin") }) },
      { ...suspect, id: cy.id },
    ];
    expect(new Set([suspect, twin, heir].map((one) => leaverId(one, approvals))).size).toBe(3);
    expect(leaverId({ ...suspect, user: inTarget(bob, { userName: "x" }) }, approvals)).toBe(
      leaverId(suspect, approvals),
    );
  });
});

describe("somebody who is disabled without a mark", () => {
  const off = inTarget(bob, { active: false });
  const existing = target([inTarget(ada), off], [groupInTarget(devs, [inTarget(ada), off])]);
  const one = { source: company([ada, bob], [[devs, ada, bob]]), existing };

  test("was disabled by hand: enabling them waits, and is done when it is approved", () => {
    const plan = planFor(one);
    expect(told(plan)).toEqual([]);
    expect(plan.waiting).toMatchObject([{ kind: "enable", about: { target: off.id, source: bob.id } }]);
    expect(told(planFor({ ...one, approve: "everything" }))).toEqual(["user.enable bob@example.com"]);
    expect(planFor({ ...one, now: `${NOW.slice(0, 8)}11T00:10:00Z` }).waiting).toEqual(plan.waiting);
  });

  test("gets their names and address brought up to date all the same", () => {
    const drifted = target([inTarget(ada), { ...off, givenName: "Old" }], existing.groups);
    const plan = planFor({ ...one, existing: drifted });
    expect(told(plan)).toEqual(["user.update bob@example.com"]);
    expect(plan.steps.flat()[0]).not.toHaveProperty("patch.active");
  });

  test("gets a mark that says so when Google suspends the account", () => {
    const plan = planFor({ ...one, source: company([ada, asleep], [[devs, ada, asleep]]) });
    expect(plan.steps.flat()).toMatchObject([
      { kind: "user.update", patch: { externalId: byHand(suspendedMarked(TODAY, bob.id)) } },
    ]);
    expect(plan.waiting).toEqual([]);
  });

  test("and has a mark is enabled without anybody's word", () => {
    const back = target([inTarget(ada), asleepInTarget(bob)], existing.groups);
    expect(told(planFor({ ...one, existing: back }))).toEqual(["user.enable bob@example.com"]);
  });
});

describe("asked for by themselves, where the target is too large to be listed", () => {
  const ago = (hours: number): string => new Date(Date.parse(NOW) - hours * 3_600_000).toISOString();
  const off = (user: SourceUser, offSince?: string): SourceUser => ({
    ...{ ...user, state: "suspended" },
    ...(offSince === undefined ? {} : { offSince }),
  });
  const asked = (users: readonly SourceUser[], deleted: readonly (readonly [string, string])[] = []) =>
    offToday(company(users), new Map(deleted.map(([id, when]) => [sourceId(id), when])), NOW);

  test("are those who left within the day, the newest first", () => {
    const users = [ada, off(bob, ago(20)), off(cy, ago(1)), off(dee, ago(24))];
    expect(asked(users, [["100000000000000000777", ago(3)]])).toEqual([
      cy.id,
      "100000000000000000777",
      bob.id,
    ]);
    const justWithin = new Date(Date.parse(ago(24)) + 1).toISOString();
    expect(asked([off(dee, justWithin)])).toEqual([dee.id]);
  });

  test("are last those of whom nobody tells when, or tells no time", () => {
    const deleted = [
      ["100000000000000000777", ""],
      ["100000000000000000888", "yesterday"],
    ] as const;
    expect(asked([off(bob), off(cy, ago(23))], deleted)).toEqual([
      cy.id,
      "100000000000000000777",
      "100000000000000000888",
      bob.id,
    ]);
    const odd = { ...company([ada]), unread: unread(dee, "archived") };
    expect(offToday(odd, new Map(), NOW)).toEqual([dee.id]);
    expect(offToday({ ...odd, unread: unread(dee) }, new Map(), NOW)).toEqual([]);
  });

  test("are those too whose time is ahead of our clock", () => {
    expect(asked([off(bob, ago(-1))])).toEqual([bob.id]);
  });
});
