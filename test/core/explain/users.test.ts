import { describe, expect, it } from "vitest";
import { sourceId, targetId } from "../../../src/core/model.ts";
import { STILL_OPEN } from "../../../src/core/words.ts";
import {
  ada,
  bob,
  company,
  cy,
  dee,
  devs,
  groupInTarget,
  human,
  inTarget,
  manage,
  marked,
  ops,
  stray,
  strayGroup,
  target,
  team,
  userId,
  login,
  signingInAs,
} from "../world.ts";
import { about, codes, explained, only, tie } from "./case.ts";

const inDevs = company([ada, bob], [[devs, ada, bob]]);
const synced = target([inTarget(ada), inTarget(bob)], [groupInTarget(devs, [inTarget(ada), inTarget(bob)])]);

describe("who is found", () => {
  it.each([
    ["the address", ada.email],
    ["the address in another case", "ADA@example.com"],
    ["the Google id", ada.id],
    ["the name", "Ada Lovelace"],
    ["the id in AWS", "u-1"],
  ])("a user answers to %s", (_, subject) => {
    const one = only(subject, { source: inDevs, existing: synced });
    expect(one).toMatchObject({ subject: ada.email, kind: "user" });
    expect(about(one, "google")).toContain(
      `Google has Ada Lovelace <ada@example.com>, id ${ada.id}, active in /`,
    );
  });

  it("an alias answers, and is said to be one", () => {
    const aliased = { ...ada, aliases: ["countess@example.com"] };
    const one = only("countess@example.com", { source: company([aliased], [[devs, aliased]]) });
    expect(one.subject).toBe("ada@example.com");
    expect(about(one, "google")).toContain("countess@example.com is another address of this account");
  });

  it("nobody answers to what nobody is called", () => {
    expect(explained("eve@example.com", { source: inDevs, existing: synced })).toEqual([]);
    expect(explained("", { source: inDevs, existing: synced })).toEqual([]);
  });

  it("the Google id that a mark names finds the revoked user", () => {
    const gone = inTarget(ada, { active: false, externalId: marked("2026-03-01", ada.id) });
    const one = only(ada.id, { source: company([bob], [[devs, bob]]), existing: target([gone]) });
    expect(about(one, "google")).toBe(
      `Google lists no account with the id ${ada.id}, which the mark on the AWS user names.`,
    );
  });
});

describe("who is asked for", () => {
  it("a member of no listed group is not asked for, and nothing happens", () => {
    const one = only(cy.email, { source: company([ada, cy], [[devs, ada]]) });
    expect(about(one, "scope")).toContain("no listed group has this account");
    expect(about(one, "match")).toContain("AWS has no user with this Google id");
    expect(about(one, "next run")).toBe("Nothing would be changed about the user itself.");
  });

  it("USER_MATCH brings in who is in no group, and the query that fits is named", () => {
    const question = {
      source: company([ada, cy], [[devs, ada]], { matched: new Set([cy.id]) }),
      queries: { userMatch: ["email:zed*", "email:cy*"] },
    };
    const one = only(cy.email, question);
    expect(about(one, "scope")).toContain('Google lists this account for "email:cy*"');
    expect(about(one, "next run")).toContain("user.create");
    expect(about(only(ada.email, question), "scope")).toContain(
      'Google lists this account for none of "email:zed*", "email:cy*"',
    );
  });

  it("with users_groups only USER_MATCH counts, and a member left out of it is no member", () => {
    const source = company([ada, bob], [[devs, ada, bob]], { matched: new Set([ada.id]) });
    const question = {
      source,
      rules: { method: "users_groups" as const },
      queries: { userMatch: ["orgTitle:boss"] },
    };
    const one = only(bob.email, question);
    expect(about(one, "scope")).toContain("SYNC_METHOD=users_groups selects the users who match USER_MATCH");
    expect(tie(one, "Devs")).toMatchObject({
      ...{ next: "nothing", inTarget: false },
      decided: { reason: { code: "out-of-scope" } },
    });
    expect(about(only(ada.email, question), "scope")).toContain('lists this account for "orgTitle:boss"');
  });

  it("a suspended user stays as a disabled one and keeps the groups", () => {
    const asleep = { ...ada, state: "suspended" as const };
    const one = only(ada.email, {
      source: company([asleep], [[devs, asleep]]),
      existing: target([inTarget(ada)], [groupInTarget(devs, [inTarget(ada)])]),
    });
    expect(about(one, "scope")).toContain(
      "stays as a disabled user and keeps its groups (SYNC_SUSPENDED=true)",
    );
    expect(about(one, "next run")).toContain("user.disable, active from true to false");
    expect(tie(one, "Devs")).toMatchObject({ next: "kept", inTarget: true });
  });

  it("a suspended user whom AWS has never seen is not created", () => {
    const asleep = { ...ada, state: "archived" as const };
    const one = only(ada.email, { source: company([asleep, bob], [[devs, asleep, bob]]) });
    expect(codes(one, "skipped")).toEqual(["never-seen"]);
    expect(tie(one, "Devs")).toMatchObject({ next: "nothing", inTarget: false });
    expect(tie(one, "Devs").decided).toMatchObject({ reason: { code: "never-seen" } });
  });

  it("with SYNC_SUSPENDED=false a suspended user counts as gone", () => {
    const asleep = { ...ada, state: "suspended" as const };
    const one = only(ada.email, {
      source: company([asleep, bob], [[devs, asleep, bob]]),
      existing: synced,
      rules: { syncSuspended: false },
    });
    expect(about(one, "scope")).toContain("counts as gone (SYNC_SUSPENDED=false)");
    expect(about(one, "next run")).toContain("user.retire");
    expect(about(one, "next run")).toContain("deleted on or after 2026-04-10 unless the account is restored");
    expect(tie(one, "Devs")).toMatchObject({ next: "removed", why: "the user is retired" });
  });

  it("the pattern of IGNORE_USERS that meets a user is named, and the memberships stay", () => {
    const one = only(ada.email, {
      source: company([ada, bob], [[devs, bob]]),
      existing: synced,
      rules: { ignoreUsers: ["zed*", "ADA@*"] },
    });
    expect(codes(one, "ignored")).toEqual(["ignored"]);
    expect(tie(one, "Devs")).toMatchObject({ next: "nothing", inTarget: true });
    expect(tie(one, "Devs").decided).toEqual({
      code: "ignored",
      setting: "IGNORE_USERS",
      pattern: "ADA@*",
    });
  });
});

it("an ignored user is still known by the id in a mark", () => {
  const gone = inTarget(ada, { active: false, externalId: marked("2026-03-01", ada.id) });
  const one = only(ada.email, {
    source: inDevs,
    existing: target([gone]),
    rules: { ignoreUsers: ["ada@*"] },
  });
  expect(about(one, "match")).toBe(
    "Matched by id: the AWS user u-1 carries this Google id, and the pair is left alone.",
  );
  expect(about(one, "aws")).toContain("retired on 2026-03-01");
  expect(about(one, "next run")).toBe("Nothing would be changed about the user itself.");
});

describe("the way into a group", () => {
  const backend = team(5, "Backend");
  const platform = team(6, "Platform");

  it("is told with every group on it, one line for each group that holds the account", () => {
    const source = company([ada], [[devs, ada, backend]], {
      nested: [
        [backend, platform],
        [platform, ada],
      ],
    });
    expect(tie(only(ada.email, { source }), "Devs").paths).toEqual([
      "Devs › ada@example.com",
      "Devs › backend@example.com › platform@example.com › ada@example.com",
    ]);
  });

  it("a circle ends by itself", () => {
    const source = company([ada], [[devs, backend]], { nested: [[backend, devs, ada]] });
    expect(tie(only(ada.email, { source }), "Devs").paths).toEqual([
      "Devs › backend@example.com › ada@example.com",
    ]);
  });

  it("a row for everybody is told as such", () => {
    const source = company([ada, bob], [[devs, "everybody"]]);
    expect(tie(only(bob.email, { source }), "Devs").paths).toEqual(["Devs › everybody › bob@example.com"]);
  });

  it("who was in AWS's group and is not a member in Google is taken out", () => {
    const one = only(bob.email, {
      source: company(
        [ada, bob],
        [
          [devs, ada],
          [ops, bob],
        ],
      ),
      existing: synced,
    });
    expect(tie(one, "Devs")).toMatchObject({
      next: "removed",
      paths: [],
      why: "not a member in Google",
    });
    expect(tie(one, "Ops")).toMatchObject({ next: "added", inTarget: false });
    expect(about(one, "next run")).toContain(STILL_OPEN.membership);
  });

  it("whoever is disabled can do something for a while all the same, and whoever stays needs no such word", () => {
    const source = company([ada], [[devs, ada]]);
    const nexts = [bob, ada].map(({ email }) => about(only(email, { source, existing: synced }), "next run"));
    expect(nexts[0]).toContain(STILL_OPEN.user);
    for (const open of Object.values(STILL_OPEN)) expect(nexts[1]).not.toContain(open);
    const group = about(only("Devs", { source, existing: synced }), "next run");
    expect(group).not.toContain(STILL_OPEN.membership);
  });

  it("a removal that Google contradicts is held, with the reason", () => {
    const group = groupInTarget(devs, [inTarget(ada), inTarget(bob)]);
    const one = only(bob.email, {
      source: company(
        [ada, bob],
        [
          [devs, ada],
          [ops, bob],
        ],
      ),
      existing: target([inTarget(ada), inTarget(bob)], [group]),
      holds: { members: new Set([`${group.id}/u-2`]) },
      held: [
        {
          change: {
            kind: "members.remove",
            group: { id: group.id, externalId: devs.id, label: "Devs" },
            users: [{ id: targetId("u-2"), externalId: bob.id, label: bob.email, because: "left" }],
          },
          reason: { code: "member-exists" },
        },
      ],
    });
    expect(tie(one, "Devs")).toMatchObject({ next: "held", inTarget: true });
    expect(tie(one, "Devs").why).toContain("the membership exists");
  });

  it("a group made by hand is left alone", () => {
    const one = only(ada.email, {
      source: inDevs,
      existing: target([inTarget(ada)], [strayGroup("Friends", [inTarget(ada)])]),
    });
    expect(tie(one, "Friends")).toMatchObject({ next: "nothing", inTarget: true });
    expect(tie(one, "Friends").why).toContain("made by hand");
  });

  it("a group of another identity provider is left alone", () => {
    const foreign = strayGroup("Friends", [inTarget(ada)], { externalId: "https://okta.example#7" });
    const one = only(ada.email, { source: inDevs, existing: target([inTarget(ada)], [foreign]) });
    expect(tie(one, "Friends").why).toContain("another identity provider");
  });

  it("without memberships in MANAGE nobody is added or taken out, and that is said", () => {
    const question = {
      source: company(
        [ada, bob],
        [
          [devs, ada],
          [ops, bob],
        ],
      ),
      existing: synced,
      rules: manage("users", "groups"),
    };
    expect(tie(only(bob.email, question), "Devs")).toMatchObject({ next: "nothing", inTarget: true });
    expect(tie(only(bob.email, question), "Devs").why).toContain("MANAGE does not list memberships");
    expect(tie(only(bob.email, question), "Ops").why).toContain("MANAGE does not list memberships");
  });

  it("without users in MANAGE a member whom AWS has not is said to be missing", () => {
    const one = only(ada.email, {
      source: inDevs,
      existing: target([inTarget(bob)], [groupInTarget(devs, [inTarget(bob)])]),
      rules: manage("groups", "memberships"),
    });
    expect(tie(one, "Devs")).toMatchObject({ next: "nothing", why: "not in AWS" });
  });
});

describe("the other half", () => {
  it("is found by id, whatever the name is now", () => {
    const renamed = { ...ada, email: "ada.king@example.com" };
    const one = only("ada.king@example.com", {
      source: company([renamed, bob], [[devs, renamed, bob]]),
      existing: synced,
    });
    expect(about(one, "match")).toBe("Matched by id: the AWS user u-1 carries this Google id.");
    expect(about(one, "next run")).toContain('userName from "ada@example.com" to "ada.king@example.com"');
  });

  it("is taken over by name, as ADOPT allows", () => {
    const question = { source: inDevs, existing: target([stray("ada")]) };
    const one = only(ada.email, question);
    expect(about(one, "match")).toContain("Matched by name");
    expect(about(one, "match")).toContain("ADOPT=unclaimed takes it over");
    expect(about(one, "next run")).toContain("user.update");
    const [person, object] = explained(ada.email, { ...question, rules: { adopt: "none" } });
    expect(person && codes(person, "skipped")).toEqual(["name-unmanaged"]);
    expect(object === undefined ? "" : about(object, "match")).toContain("was made by hand");
  });

  it("is not taken from another identity provider unless ADOPT=any", () => {
    const foreign = stray("ada", { externalId: "https://okta.example#1" });
    const [person, object] = explained(ada.email, { source: inDevs, existing: target([foreign]) });
    expect(person && codes(person, "skipped")).toEqual(["name-foreign"]);
    expect(object === undefined ? "" : about(object, "match")).toContain(
      "belongs to another identity provider",
    );
    const any = only(ada.email, { source: inDevs, existing: target([foreign]), rules: { adopt: "any" } });
    expect(about(any, "match")).toContain("ADOPT=any takes it over");
  });

  it("is brought back by the id in its mark, and when it was revoked is told", () => {
    const gone = inTarget(ada, { active: false, externalId: marked("2026-03-01", ada.id) });
    const one = only(ada.email, { source: inDevs, existing: target([gone, inTarget(bob)]) });
    expect(about(one, "match")).toContain("the mark on the AWS user u-1 names this Google id");
    expect(about(one, "aws")).toContain(
      "retired on 2026-03-01; deleted on or after 2026-04-01 unless the account is restored",
    );
    expect(about(one, "next run")).toContain("user.restore");
  });

  it("whose grace is over is deleted, and with `never` is kept", () => {
    const gone = inTarget(ada, { active: false, externalId: marked("2026-01-01", ada.id) });
    const question = { source: company([bob], [[devs, bob]]), existing: target([gone, inTarget(bob)]) };
    expect(about(only(ada.email, question), "next run")).toContain("user.delete: retired on 2026-01-01");
    const kept = only(ada.email, { ...question, rules: { graceDays: "never" as const } });
    expect(about(kept, "aws")).toContain("never deleted (DELETE_GRACE_DAYS=never)");
    expect(about(kept, "next run")).toBe("Nothing would be changed about the user itself.");
  });

  it("a recycled address is two people: the old one moves aside, the new one inherits nothing", () => {
    const heir = human(9, "Ada", "Newcomer");
    const found = explained(ada.email, {
      source: company([heir, bob], [[devs, heir, bob]]),
      existing: synced,
    });
    expect(found).toHaveLength(2);
    const [person, object] = found;
    expect(person === undefined ? "" : about(person, "match")).toContain(
      "a different person, whose access nobody inherits",
    );
    expect(person === undefined ? "" : about(person, "next run")).toContain("user.create");
    const next = object === undefined ? "" : about(object, "next run");
    expect(next).toContain("user.retire");
    expect(next).toContain(`userName from "ada@example.com" to "retired.${ada.id}.ada@example.com"`);
  });

  it("an e-mail that another object holds is named with its holder", () => {
    const holder = stray("holder", { email: ada.email });
    const [person] = explained(ada.email, { source: inDevs, existing: target([holder]) });
    expect(person === undefined ? "" : about(person, "skipped")).toContain("email-taken");
    expect(person === undefined ? "" : about(person, "skipped")).toContain("holder@example.com");
  });

  it("an address that AWS does not accept is said", () => {
    const long = human(8, "Long", "Name", { email: `${"x".repeat(130)}@example.com` });
    const one = only(long.email, { source: company([long], [[devs, long]]) });
    expect(about(one, "skipped")).toContain("address-unusable");
  });

  it("a revocation that Google contradicts is held, and an unsure one can be approved", () => {
    const question = { source: company([bob], [[devs, bob]]), existing: synced };
    const change = {
      kind: "user.retire",
      id: targetId("u-1"),
      before: inTarget(ada),
      patch: {},
      cause: "gone",
      needs: [],
    } as const;
    const reason = { code: "no-answer", why: "Google did not answer", todo: "run again" } as const;
    const one = only(ada.email, {
      ...question,
      holds: { users: new Set([targetId("u-1")]) },
      held: [{ change, reason }],
      waiting: [
        {
          id: "abc123",
          kind: "unsure",
          about: { kind: "user", target: targetId("u-1"), label: ada.email },
          reason,
        },
      ],
    });
    expect(about(one, "held")).toBe("user.retire is held back: Google did not answer; run again.");
    expect(about(one, "waits")).toContain("abc123");
    expect(tie(one, "Devs")).toMatchObject({ next: "held", inTarget: true });
  });

  it("users made by hand are told apart, and a stranger is to be looked at", () => {
    const one = only("zed@example.com", { source: inDevs, existing: target([stray("zed")]) });
    expect(about(one, "google")).toContain(
      "Google has no account that belongs to the AWS user zed@example.com",
    );
    expect(about(one, "look at")).toContain("Google has no account with this address");
  });

  it("what the settings ask for no more is revoked although Google has it", () => {
    const one = only(ada.email, { source: company([ada, bob], [[devs, bob]]), existing: synced });
    expect(about(one, "match")).toContain("the settings do not select the account");
    expect(about(one, "next run")).toContain("still in Google, but no longer selected by the settings");
  });

  it("without users in MANAGE a user is only paired, by name too", () => {
    const one = only(ada.email, {
      source: inDevs,
      existing: target([stray("ada")]),
      rules: manage("memberships"),
    });
    expect(about(one, "match")).toContain("MANAGE does not list users, so nothing is written to it");
  });
});

it("a plan that is refused is said to be, next to what it wanted", () => {
  const people = [ada, bob, cy, dee];
  const one = only(ada.email, {
    source: company(people, [[devs, dee]]),
    existing: target(
      people.map((each) => inTarget(each)),
      [
        groupInTarget(
          devs,
          people.map((each) => inTarget(each)),
        ),
      ],
    ),
  });
  expect(about(one, "next run")).toContain("user.retire");
  expect(about(one, "next run")).toContain(
    "The plan as a whole is refused: The plan would take 3 of 4 enabled managed users out of scope",
  );
});

it("an id that looks like nobody's finds nobody", () => {
  expect(explained(userId(77), { source: inDevs, existing: synced })).toEqual([]);
  expect(explained(sourceId("ssosync"), { source: inDevs, existing: synced })).toEqual([]);
});

it("what somebody signs in as follows USER_NAME, and they answer to it before AWS has it", () => {
  const her = { ...ada, ...login("E-1") };
  const one = { source: company([her], [[devs, her]]), rules: signingInAs("HR.login") };
  expect(about(only("e-1", one), "name")).toContain('USER_NAME=HR.login makes "E-1" their user name');
  const none = { source: company([ada], [[devs, ada]]), rules: signingInAs("HR.login") };
  expect(about(only("ada@example.com", none), "name")).toContain("leads to nothing");
  expect(about(only("ada@example.com", none), "skipped")).toContain("user-name-missing");
});
