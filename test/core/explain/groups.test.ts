import { NOTHING_ASKED } from "../../../src/core/carries.ts";
import { describe, expect, it } from "vitest";
import { explainUnlisted, knownNames } from "../../../src/core/explain/explain.ts";
import { accessReview, csv } from "../../../src/core/explain/review.ts";
import { sourceId } from "../../../src/core/model.ts";
import {
  ada,
  bob,
  company,
  cy,
  devs,
  groupInTarget,
  growth,
  inTarget,
  manage,
  marked,
  ops,
  stray,
  strayGroup,
  target,
  team,
  calledBy,
} from "../world.ts";
import { UNKNOWN, admin, carries, carrying, opening } from "../openings.ts";
import { about, codes, evidence, explained, only, tie, toldOf } from "./case.ts";

const source = company([ada, bob], [[devs, ada, bob]]);
const [adaThere, bobThere] = [inTarget(ada), inTarget(bob)];

describe("which group it is", () => {
  it.each([
    ["the address", devs.email],
    ["the name in another case", "DEVS"],
    ["the Google id", devs.id],
    ["the id in AWS", `g-${devs.id}`],
  ])("a group answers to %s", (_, subject) => {
    const existing = target([adaThere], [groupInTarget(devs, [adaThere])]);
    const one = only(subject, { source, existing });
    expect(one).toMatchObject({ subject: "Devs", kind: "group" });
    expect(about(one, "google")).toContain(`Google has the group "Devs" <devs@example.com>, id ${devs.id}`);
    expect(about(one, "match")).toContain("Matched by id");
  });

  it("two groups of one name are both explained, each with its rival", () => {
    const twin = team(2, "Devs", { email: "twin@example.com" });
    const found = explained("Devs", { source: company([ada], [[devs, ada], [twin]]) });
    expect(found.map((one) => about(one, "skipped"))).toEqual([
      expect.stringContaining("twin@example.com also wants"),
      expect.stringContaining("devs@example.com also wants"),
    ]);
  });

  it("a group that only lies inside another is told as such", () => {
    const inner = team(5, "Inner");
    const one = only(inner.email, { source: company([ada], [[devs, inner]], { nested: [[inner, ada]] }) });
    expect(about(one, "google")).toContain("it is nested in Devs");
    expect(about(one, "scope")).toContain('GROUP_MATCH ("*") does not list it');
    expect(tie(one, ada.email)).toMatchObject({
      next: "nothing",
      why: "GROUP_MATCH does not select the group itself",
    });
  });

  it("a group outside GROUP_MATCH is explained from what Google says of it alone", () => {
    const one = toldOf(
      explainUnlisted("Ops", ops, evidence({ source, queries: { groupMatch: ["name:aws-*"] } })),
    );
    expect(about(one, "scope")).toContain('GROUP_MATCH ("name:aws-*") does not list it');
    expect(about(one, "google")).toContain("members are not read");
    expect(about(one, "next run")).toBe("Nothing would be changed about the group itself.");
  });

  it("an alias answers, and is said to be one", () => {
    const aliased = { ...devs, aliases: ["old@example.com"] };
    const one = only("old@example.com", { source: company([ada], [[aliased, ada]]) });
    expect(about(one, "google")).toContain("old@example.com is another address of this group");
  });
});

describe("which rules it meets", () => {
  it("the query that fits is named", () => {
    const one = only("Devs", { source, queries: { groupMatch: ["name:zed*", "name:dev*"] } });
    expect(about(one, "scope")).toBe('GROUP_MATCH selects it: Google lists it for "name:dev*".');
    expect(about(only("Devs", { source }), "scope")).toBe('GROUP_MATCH selects it: Google lists it for "*".');
  });

  it("INCLUDE_GROUPS leaves out what it does not name", () => {
    const rules = { includeGroups: ["Ops"] };
    const one = only("Devs", { source, rules });
    expect(codes(one, "scope")).toEqual(["not-included"]);
    expect(tie(one, ada.email)).toMatchObject({
      next: "nothing",
      decided: { reason: { code: "not-included" } },
    });
    expect(about(only("Devs", { source, rules: { includeGroups: ["devs"] } }), "scope")).toContain(
      "names it",
    );
  });

  it("the pattern of IGNORE_GROUPS is named, and members stay", () => {
    const one = only("Devs", {
      source,
      existing: target([adaThere, bobThere], [groupInTarget(devs, [bobThere])]),
      rules: { ignoreGroups: ["dev*"] },
    });
    expect(codes(one, "ignored")).toEqual(["ignored"]);
    expect(tie(one, bob.email)).toMatchObject({ next: "nothing", inTarget: true });
    expect(tie(one, bob.email).decided).toEqual({
      ...{ code: "ignored", setting: "IGNORE_GROUPS", pattern: "dev*" },
    });
  });

  it("a protected name is never touched, neither ours nor Control Tower's", () => {
    const one = only("Devs", { source, rules: { protectGroups: ["dev?"] } });
    expect(codes(one, "ignored")).toEqual(["protected"]);
    expect(tie(one, ada.email).decided).toEqual({
      ...{ code: "protected", by: "PROTECT_GROUPS", pattern: "dev?", name: "Devs" },
    });
    const linked = only("Devs", {
      source,
      existing: target([adaThere], [groupInTarget(devs, [adaThere])]),
      rules: { protectGroups: ["dev?"] },
    });
    expect(about(linked, "match")).toContain("the pair is left alone");
    expect(tie(linked, ada.email)).toMatchObject({ next: "nothing", inTarget: true });
    const tower = team(3, "AWSAccountFactory");
    const [its] = explained("AWSAccountFactory", {
      source: company([ada], [[tower, ada]]),
      existing: target([], [strayGroup("AWSAccountFactory")]),
    });
    expect(its === undefined ? "" : about(its, "ignored")).toContain("one of Control Tower's groups");
  });

  it.each([
    ["protected", { protectGroups: ["devs"] }, "PROTECT_GROUPS"],
    ["ignored", { ignoreGroups: ["devs"] }, "IGNORE_GROUPS"],
  ] as const)(
    "a group is told as %s by the name that is left of its name when AWS takes it",
    (_, rules, by) => {
      const dirty = team(4, "De\u200bvs");
      const one = only(dirty.email, { source: company([ada], [[dirty, ada]]), rules });
      expect(about(one, "ignored")).toContain(by);
      expect(tie(one, ada.email).why).toContain(by);
    },
  );

  it("what it is called in AWS follows GROUP_NAME", () => {
    expect(about(only("Devs", { source }), "name")).toBe('GROUP_NAME=name calls it "Devs" in AWS.');
    const other = only("Devs", { source, rules: calledBy("The {name}\u200b") });
    expect(about(other, "name")).toBe(
      'GROUP_NAME=The {name}\u200b calls it "The Devs" in AWS, without what AWS does not accept.',
    );
    const groupNames = new Map([["devs@example.com", "Makers"]]);
    expect(about(only("makers", { source, rules: { groupNames } }), "name")).toBe(
      'GROUP_NAMES calls it "Makers" in AWS.',
    );
    const one = only("Devs", { source, rules: calledBy("email") });
    expect(about(one, "name")).toBe('GROUP_NAME=email calls it "devs@example.com" in AWS.');
    const dirty = team(4, "De\u200bvs");
    const cleaned = only(dirty.email, { source: company([ada], [[dirty, ada]]) });
    expect(about(cleaned, "name")).toContain("without what AWS does not accept");
  });

  it("members from outside are told with their reason", () => {
    const kim = {
      id: sourceId("199999999999999999999"),
      email: "kim@partner.example",
      type: "user" as const,
    };
    const one = only("Devs", { source: company([ada], [[devs, ada, kim]]) });
    expect(about(one, "google")).toContain("kim@partner.example in devs@example.com does not count");
    expect(one.groups.map(({ user }) => user)).toEqual([ada.email]);
  });
});

describe("the other half of a group", () => {
  it("a group made by hand with new members waits for approval, and so do its members", () => {
    const existing = target([adaThere, bobThere], [strayGroup("Devs", [adaThere])]);
    const one = only("Devs", { source, existing });
    expect(about(one, "match")).toContain("ADOPT=unclaimed takes it over");
    expect(about(one, "waits")).toContain("Waits for approval (adoption)");
    expect(about(one, "waits")).toContain('{"action":"sync","approve":["');
    expect(tie(one, bob.email)).toMatchObject({ next: "waits", inTarget: false });
    expect(about(one, "skipped")).toBe("");
  });

  it("a group of a recycled name waits to be handed over", () => {
    const heir = team(7, "Devs", { email: "devs2@example.com" });
    const existing = target([adaThere], [groupInTarget(devs, [adaThere])]);
    const [first] = explained("Devs", { source: company([ada, bob], [[heir, bob]]), existing });
    const told = first === undefined ? "" : `${about(first, "match")} ${about(first, "waits")}`;
    expect(told).toContain("belongs to a Google group that is gone");
    expect(told).toContain("Waits for approval (hand-over)");
    expect(first?.steps.find(({ topic }) => topic === "next run")?.sentence).toContain("group.retire");
  });

  it("growth beyond the limit waits, and names the limit", () => {
    const one = only("Devs", {
      source: company([ada, bob, cy], [[devs, ada, bob, cy]]),
      existing: target([adaThere, bobThere, inTarget(cy)], [groupInTarget(devs, [adaThere])]),
      rules: growth(0, 1),
    });
    expect(about(one, "waits")).toContain("MAX_GROUP_GROWTH (0% or 1) allows 1");
    expect(tie(one, cy.email)).toMatchObject({ next: "waits" });
    expect(tie(one, ada.email)).toMatchObject({ next: "kept" });
  });

  it("a group that is gone is revoked, and its members leave", () => {
    const existing = target(
      [adaThere, bobThere],
      [groupInTarget(devs, [adaThere]), groupInTarget(ops, [bobThere])],
    );
    const one = only("Ops", { source: company([ada, bob], [[devs, ada, bob]]), existing });
    expect(about(one, "google")).toContain("Google lists no group with the id");
    expect(about(one, "match")).toContain("came from a Google group that is no longer listed");
    expect(about(one, "next run")).toContain("deleted on or after 2026-04-10 unless the group is restored");
    expect(tie(one, bob.email)).toMatchObject({ next: "removed", why: "the group is retired" });
  });

  it("a marked group comes back by its mark", () => {
    const gone = groupInTarget(devs, [], { externalId: marked("2026-03-01", devs.id) });
    const one = only("Devs", { source, existing: target([adaThere, bobThere], [gone]) });
    expect(about(one, "match")).toContain("the mark on the AWS group");
    expect(about(one, "aws")).toContain("retired on 2026-03-01");
    expect(about(one, "next run")).toContain("group.restore");
    expect(tie(one, ada.email)).toMatchObject({ next: "added" });
  });

  it("a foreign group of the name stands in the way", () => {
    const [asked, object] = explained("Devs", {
      source,
      existing: target([], [strayGroup("Devs", [], { externalId: "https://okta.example#9" })]),
    });
    expect(asked === undefined ? "" : about(asked, "skipped")).toContain("name-foreign");
    expect(object === undefined ? "" : about(object, "match")).toContain("another identity provider");
    expect(asked === undefined ? "" : tie(asked, ada.email).why).toContain("another identity provider");
  });

  it("a held removal of a group keeps its members", () => {
    const ops_ = groupInTarget(ops, [bobThere]);
    const reason = { code: "no-answer", why: "Google did not answer", todo: "run again" } as const;
    const one = only("Ops", {
      source: company([ada, bob], [[devs, ada, bob]]),
      existing: target([adaThere, bobThere], [groupInTarget(devs, [adaThere]), ops_]),
      holds: { groups: new Set([ops_.id]) },
      held: [
        {
          change: { kind: "group.retire", id: ops_.id, before: ops_, patch: {}, cause: "gone", needs: [] },
          reason,
        },
      ],
      waiting: [
        { id: "ff00", kind: "unsure", about: { kind: "group", target: ops_.id, label: "Ops" }, reason },
      ],
    });
    expect(about(one, "held")).toBe("group.retire is held back: Google did not answer; run again.");
    expect(about(one, "waits")).toContain("ff00");
    expect(tie(one, bob.email)).toMatchObject({ next: "held" });
  });

  it("without groups in MANAGE a group that AWS has not is not made", () => {
    const one = only("Devs", { source, rules: manage("users", "memberships") });
    expect(about(one, "skipped")).toContain("not-linked");
    expect(tie(one, ada.email).why).toContain("MANAGE does not list groups");
  });
});

describe("the access review", () => {
  const inner = team(5, "Inner");
  const existing = target(
    [adaThere, stray("zed")],
    [groupInTarget(devs, [adaThere]), strayGroup("Friends", [stray("zed")])],
  );
  const question = evidence({
    source: company([ada, bob, cy], [[devs, ada, inner]], {
      nested: [[inner, ada, { ...bob, state: "suspended" }]],
    }),
    existing,
  });
  const rows = accessReview(
    question,
    carries(existing, { [groupInTarget(devs).id]: carrying(admin("prod", "log")), "g-Friends": UNKNOWN }),
  );

  it("says what each group carries; what could not be read is not nothing, nor is a role's weight", () => {
    const opened = (told: typeof rows): readonly string[] => [
      ...new Set(told.map((row) => `${row.group}: ${row.carries} ${row.administrator}`)),
    ];
    expect(opened(rows)).toEqual([
      "Devs: AdministratorAccess in 2 accounts (prod, log) yes",
      ":  ",
      "Friends: unknown unknown",
    ]);
    const role = { ...opening("ops", "unknown", "dev"), via: "role" } as const;
    const others = carries(existing, { [groupInTarget(devs).id]: carrying(role) });
    expect(opened(accessReview(question, others))).toEqual([
      "Devs: the role ops in dev unknown",
      ":  ",
      "Friends:  no",
    ]);
    expect(opened(accessReview(question, NOTHING_ASKED))[0]).toBe("Devs: unknown unknown");
  });

  it("has a row for everybody, and one for each way into each group", () => {
    expect(
      rows.map(({ user, group, path, inGoogle, inAws, nextRun }) => [
        user,
        group,
        path,
        inGoogle,
        inAws,
        nextRun,
      ]),
    ).toEqual([
      ["ada@example.com", "Devs", "Devs › ada@example.com", "yes", "yes", "kept"],
      ["ada@example.com", "Devs", "Devs › inner@example.com › ada@example.com", "yes", "yes", "kept"],
      ["bob@example.com", "Devs", "Devs › inner@example.com › bob@example.com", "yes", "no", "added"],
      ["cy@example.com", "", "", "", "", ""],
      ["zed@example.com", "Friends", "", "no", "yes", "nothing"],
    ]);
  });

  it("says whether the user is enabled on either side", () => {
    const of = (user: string) => rows.find((row) => row.user === user);
    expect(of("ada@example.com")).toMatchObject({ name: "Ada Lovelace", google: "active", aws: "enabled" });
    expect(of("bob@example.com")).toMatchObject({ google: "active", aws: "none" });
    expect(of("zed@example.com")).toMatchObject({
      google: "none",
      aws: "enabled",
      why: expect.stringContaining("made by hand"),
    });
    const asleep = accessReview(
      evidence({
        source: company([{ ...ada, state: "suspended" }], [[devs, ada]]),
        existing: target([inTarget(ada, { active: false })]),
      }),
      NOTHING_ASKED,
    );
    expect(asleep[0]).toMatchObject({ google: "suspended", aws: "disabled" });
  });

  it("becomes CSV with a header, quoted as RFC 4180 wants it", () => {
    const [first] = rows;
    if (first === undefined) throw new Error("no row");
    const text = csv([{ ...first, name: 'Ada "Countess", Lovelace', why: "two\nlines" }]);
    expect(text).toBe(
      'user,name,google account,aws user,group,path,in google,in aws,next run,why,group carries,administrator\r\nada@example.com,"Ada ""Countess"", Lovelace",active,enabled,Devs,Devs › ada@example.com,yes,yes,kept,"two\nlines","AdministratorAccess in 2 accounts (prod, log)",yes\r\n',
    );
  });

  it.each(["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"])(
    "no cell such as %j can be taken for a formula",
    (text) => {
      const [first] = rows;
      if (first === undefined) throw new Error("no row");
      expect(csv([{ ...first, name: text }])).toMatch(/,"?'[=+\-@\t\r]/);
    },
  );
});

it("no name in a table can move the cursor", () => {
  const hostile = { ...ada, givenName: "\u001b[2JAda" };
  expect(
    csv(accessReview(evidence({ source: company([hostile], [[devs, hostile]]) }), NOTHING_ASKED)),
  ).not.toContain("\u001b");
});

it("every name of either side can be suggested", () => {
  expect(knownNames(evidence({ source, existing: target([stray("zed")], [strayGroup("Friends")]) }))).toEqual(
    expect.arrayContaining([ada.email, devs.email, "Devs", "zed@example.com", "Friends"]),
  );
});
