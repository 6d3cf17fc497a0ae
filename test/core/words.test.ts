/** What people read, in a handful of examples; all other tests look at codes. */
import { describe, expect, it, test } from "vitest";
import { day, targetId } from "../../src/core/model.ts";
import type { Change } from "../../src/core/change.ts";
import { changesOf } from "../../src/core/plan.ts";
import type { Reason } from "../../src/core/reason.ts";
import type { Ref } from "../../src/core/ref.ts";
import {
  STILL_OPEN,
  approvalOf,
  changeText,
  deletionText,
  describe as describeChange,
  placeText,
  reasonText,
} from "../../src/core/words.ts";
import { planFor } from "./planned.ts";
import { ada, bob, company, devs, groupInTarget, inTarget, rules, target } from "./world.ts";

const holder: Ref = { kind: "user", target: targetId("u-2"), label: "bob@example.com" };
const group: Ref = { kind: "group", target: targetId("g-1"), label: "Devs" };
const limit = { share: 0.1, count: 50, ceiling: 2_000 };

describe("a reason is told", () => {
  it.each<readonly [Reason, string]>([
    [{ code: "ignored", setting: "IGNORE_USERS", pattern: "a*" }, 'it matches "a*" in IGNORE_USERS'],
    [
      { code: "protected", by: "control-tower", pattern: "AWSAccountFactory", name: "AWSAccountFactory" },
      '"AWSAccountFactory" is one of Control Tower\'s groups, which are never touched',
    ],
    [
      { code: "protected", by: "PROTECT_GROUPS", pattern: "d*", name: "Devs" },
      'its name "Devs" matches "d*" in PROTECT_GROUPS',
    ],
    [
      { code: "email-taken", holder, keeps: undefined },
      "the e-mail belongs to the user bob@example.com (u-2); not created until it is free",
    ],
    [
      { code: "name-wanted-twice", name: "Devs", rivals: [group, group], keeps: "Old" },
      'Devs, Devs also want the name "Devs", so this one stays "Old" and its members are still synced; rename one of them in Google, or name it in GROUP_NAMES',
    ],
    [
      { code: "still-has-members", count: 1 },
      "due for deletion, but it still has 1 member that this sync does not manage",
    ],
    [
      { code: "user-exists", address: ada.email },
      "Google's listing lacks ada@example.com, but the account exists",
    ],
    [
      { code: "no-answer", why: "Google did not answer", todo: "run again" },
      "Google did not answer; run again",
    ],
    [
      {
        code: "depends-on",
        ...{ what: "name", on: holder, because: { code: "refused", why: "AWS said no", todo: "" } },
      },
      "the name is not free, because bob@example.com could not be changed: AWS said no",
    ],
    [
      { code: "over-limit", budget: "users", count: 3, spent: 1, of: 4, limit, allows: 1, who: [] },
      "within 24 hours 3 of 4 enabled managed users would have been disabled, 1 of them already, and MAX_USER_REMOVALS (10% or 50, at most 2,000) allows 1",
    ],
    [
      {
        code: "over-limit",
        budget: "shrink",
        count: 3,
        spent: 0,
        of: 4,
        limit,
        allows: 2,
        who: ["a", "b", "c"],
      },
      "within 24 hours 3 of 4 members would have been removed, and MAX_GROUP_SHRINK (10% or 50, at most 2,000) allows 2: a, b, c",
    ],
    [
      {
        code: "over-limit",
        budget: "newGroups",
        count: 3,
        spent: 0,
        of: 9,
        limit,
        allows: 2,
        who: ["a", "b"],
      },
      "within 24 hours 3 groups would have been created beside 9 managed groups, and MAX_NEW_GROUPS (10% or 50, at most 2,000) allows 2; it would have the members a, b",
    ],
    [
      { code: "over-limit", budget: "groups", count: 3, spent: 0, of: 9, limit, allows: 2, who: ["a"] },
      "within 24 hours 3 of 9 managed groups would have been retired, and MAX_GROUP_REMOVALS (10% or 50, at most 2,000) allows 2; it has the members a",
    ],
    [
      {
        code: "over-limit",
        budget: "groups",
        renames: true,
        count: 3,
        spent: 0,
        of: 9,
        limit,
        allows: 2,
        who: [],
      },
      "within 24 hours 3 of 9 managed groups would have been renamed, and MAX_GROUP_REMOVALS (10% or 50, at most 2,000) allows 2",
    ],
    [
      { code: "made-by-user", who: ["a"] },
      "a user, not an administrator, made this Google group, and GROUPS_CREATED_BY=administrators; it would have the members a",
    ],
    [
      { code: "nothing-left", budget: "groups", existing: 1, lost: 1 },
      "The plan would take away the only managed group; nothing is done except for leavers. Check what changed in the settings or in Google; if it is right, let the new ones in first, and take the old ones out afterwards",
    ],
    [
      { code: "more-than-half", budget: "users", existing: 40, lost: 35 },
      "The plan would take 35 of 40 enabled managed users out of scope; nothing is done except for leavers. Check what changed in the settings or in Google; if it is right, let the new ones in first, and take the old ones out afterwards",
    ],
    [
      { code: "unmanaged-enabled", account: "none" },
      "made by hand and enabled, but Google has no account with this address",
    ],
    [
      { code: "unread", why: "Google said no", todo: "ask again", nests: "inner@example.com" },
      "nobody is taken out of it, because it nests inner@example.com, which could not be read: Google said no; ask again",
    ],
    [
      { code: "unread", why: "Google said no", todo: "ask again", nests: "" },
      "nobody is taken out of it, because it nests a group without an address, which could not be read: Google said no; ask again",
    ],
    [
      {
        code: "left-in",
        barrier: { code: "protected", by: "PROTECT_GROUPS", pattern: "dev*", name: "Devs" },
        names: ["ada@example.com"],
      },
      'left alone, because its name "Devs" matches "dev*" in PROTECT_GROUPS, but 1 member in AWS is no longer in it in Google (ada@example.com)',
    ],
  ])("%j", (reason, text) => {
    expect(reasonText(reason)).toBe(text);
  });

  it.each([
    [
      true,
      ["a", "b"],
      [],
      "an administrator made (owner: kim), takes it over, 2 people get its access (a, b)",
    ],
    [
      false,
      ["a"],
      [],
      "a user, not an administrator, made (owner: kim), takes it over, 1 person gets its access (a)",
    ],
    [true, [], ["c"], "an administrator made (owner: kim), takes it over, 1 person loses it (c)"],
    [
      true,
      ["a"],
      ["c"],
      "an administrator made (owner: kim), takes it over, 1 person gets its access (a), and 1 person loses it (c)",
    ],
    [false, [], [], "a user, not an administrator, made (owner: kim), takes it over, no member changes"],
  ])(
    "as who made a group that takes one over (an administrator: %s), who gets in and who is out",
    (adminCreated, joins, leaves, text) => {
      const of = { group, whose: "unmanaged", externalId: "", how: "adopted", by: devs.email } as const;
      const told = { code: "taking-over", ...of, adminCreated, joins, leaves, whole: true } as const;
      expect(reasonText({ ...told, owners: ["kim"], later: [] })).toBe(
        `the group "Devs" (g-1) was made by hand; if devs@example.com, a Google group that ${text}; to leave it alone, add devs@example.com to IGNORE_GROUPS`,
      );
    },
  );

  it.each([
    [[], [], "made (without an owner), takes it over, no member changes; to leave"],
    [
      ["a", "b"],
      ["c"],
      "made (owners: a, b), takes it over, no member changes; 1 suspended member follows when",
    ],
    [["a"], ["c", "d"], "no member changes; 2 suspended members follow when active again (c, d); to leave"],
  ])("as who owns such a group, %j, and who follows, %j", (owners, later, text) => {
    const of = { group, whose: "unmanaged", externalId: "", how: "adopted", by: devs.email } as const;
    const told = { code: "taking-over", ...of, adminCreated: true, joins: [], leaves: [] } as const;
    expect(reasonText({ ...told, owners, later, whole: true })).toContain(text);
  });

  test("as the first hundred people, and how many more there are", () => {
    const who = Array.from({ length: 102 }, (_, at) => `p${at}`);
    const excess = { budget: "growth", count: 102, spent: 0, of: 9, limit, allows: 20 } as const;
    const text = reasonText({ code: "over-limit", ...excess, who });
    expect(text).toMatch(/: p0, .*p99 and 2 more$/);
    expect(text).not.toContain("p100");
  });
});

test("what waits is told with its subject, a membership with its group", () => {
  const reason = { code: "no-answer", why: "Google did not answer", todo: "run again" } as const;
  expect(approvalOf({ id: "1f", kind: "unsure", about: holder, within: group, reason })).toEqual({
    ...{ id: "1f", kind: "unsure", subject: "bob@example.com in Devs" },
    sentence: "Google did not answer; run again",
    pressing: true,
  });
  expect(placeText(holder, undefined)).toBe("bob@example.com");
});

test("a change is told with its reason, and a revocation with the day of the deletion", () => {
  const plan = planFor({
    source: company([ada], [[devs, ada]]),
    existing: target([inTarget(ada), inTarget(bob)], [groupInTarget(devs, [inTarget(bob)])]),
  });
  expect(changesOf(plan).map((change) => `${change.kind}: ${describeChange(change).reason}`)).toEqual([
    "user.retire: no longer in Google",
    "members.remove: the user is retired",
    "members.add: a member in Google",
  ]);
  const [retire] = changesOf(plan);
  expect(retire && changeText(retire, day("2026-03-10"), rules())).toMatch(
    /^user.retire, active from true to false, .*: no longer in Google; deleted on or after 2026-04-10 unless the account is restored$/,
  );
  expect(deletionText(undefined, "group")).toBe("never deleted (DELETE_GRACE_DAYS=never)");
});

test("whoever is disabled, as a leaver or retired, is told with what stays open; a mark alone, or a change of name, is not", () => {
  const [cause, needs] = ["gone", []] as const;
  const change = (kind: "user.disable" | "user.retire" | "user.update", active: boolean, patch: object) =>
    describeChange({
      ...{ kind, id: targetId("u-1"), before: { ...inTarget(ada), active }, patch, cause, needs },
    } as Change).detail.stillOpen;
  const out = { active: false, externalId: "ssosync-retired.2026-01-01.1" };
  for (const kind of ["user.disable", "user.retire"] as const) {
    expect(change(kind, true, out)).toBe(STILL_OPEN.user);
    expect(change(kind, false, { externalId: out.externalId })).toBeUndefined();
  }
  expect(change("user.update", true, { givenName: "Ada" })).toBeUndefined();
  expect(STILL_OPEN.user).toContain("up to 12 hours");
});
