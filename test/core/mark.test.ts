import { describe, expect, test } from "vitest";
import {
  dueDay,
  groupClaim,
  isDue,
  isForgotten,
  isOffByHand,
  mark,
  markAnew,
  ownName,
  userClaim,
} from "../../src/core/mark.ts";
import { day } from "../../src/core/model.ts";
import { TODAY, ada, byHand, devs, marked, rules, suspendedMarked } from "./world.ts";

const GOOGLE_GROUP = devs.id;

test("today is the UTC day of a time", () => {
  expect([day("2026-03-10T23:59:59.999Z"), day("2026-03-10")]).toEqual(["2026-03-10", "2026-03-10"]);
});

describe("an externalId says whose a user is", () => {
  test.each([
    ["", { kind: "unmanaged" }],
    [ada.id, { kind: "managed", sourceId: ada.id }],
    ["1".repeat(15), { kind: "managed", sourceId: "1".repeat(15) }],
    ["1".repeat(25), { kind: "managed", sourceId: "1".repeat(25) }],
    ["1".repeat(14), { kind: "foreign" }],
    ["1".repeat(26), { kind: "foreign" }],
    [`https://idp.example.com/${ada.id}`, { kind: "foreign" }],
    [GOOGLE_GROUP, { kind: "foreign" }],
    [`ssosync-retired.2026-01-02.${ada.id}`, { kind: "marked", since: "2026-01-02", sourceId: ada.id }],
    ["ssosync-retired.2026-01-02.aws-u-1", { kind: "marked", since: "2026-01-02", sourceId: undefined }],
    [
      `ssosync-retired.2026-01-02.${ada.id}.by-hand`,
      { kind: "marked", since: "2026-01-02", sourceId: ada.id },
    ],
    [
      `ssosync-suspended.2026-01-02.${ada.id}.by-hand`,
      { kind: "managed", sourceId: ada.id, suspendedSince: "2026-01-02" },
    ],
    [`ssosync-suspended.2026-01-02.${ada.id}.by-foot`, { kind: "foreign" }],
    [`${ada.id}.by-hand`, { kind: "foreign" }],
    ["ssosync-retired.2026-01-02.", { kind: "foreign" }],
    ["ssosync-retired.yesterday.x", { kind: "foreign" }],
    [`ssosync-retired.2026-99-99.${ada.id}`, { kind: "foreign" }],
    [`x-ssosync-retired.2026-01-02.${ada.id}`, { kind: "foreign" }],
  ])("%s", (externalId, claim) => {
    expect(userClaim(externalId)).toEqual(claim);
  });
});

describe("an externalId says whose a group is", () => {
  test.each([
    ["", { kind: "unmanaged" }],
    [GOOGLE_GROUP, { kind: "managed", sourceId: GOOGLE_GROUP }],
    ["0abcdefghijkl1", { kind: "managed", sourceId: "0abcdefghijkl1" }],
    ["0abcdefghijkl", { kind: "foreign" }],
    [`0${"a".repeat(16)}`, { kind: "foreign" }],
    ["1abcdefgh1", { kind: "foreign" }],
    [ada.id, { kind: "foreign" }],
    [
      `ssosync-retired.2026-01-02.${GOOGLE_GROUP}`,
      { kind: "marked", since: "2026-01-02", sourceId: GOOGLE_GROUP },
    ],
    [`ssosync-retired.2026-01-02.${ada.id}`, { kind: "marked", since: "2026-01-02", sourceId: undefined }],
  ])("%s", (externalId, claim) => {
    expect(groupClaim(externalId)).toEqual(claim);
  });
});

describe("a mark", () => {
  const today = day("2026-03-10");

  test("carries the day and the Google id", () => {
    expect(mark({ externalId: ada.id }, today)).toBe(`ssosync-retired.2026-03-10.${ada.id}`);
  });

  test("of a marked object keeps what it was known by", () => {
    expect(ownName({ externalId: `ssosync-retired.2020-01-01.${ada.id}` })).toBe(ada.id);
    expect(ownName({ externalId: "ssosync-retired.2020-01-01.aws-u-7" })).toBe("aws-u-7");
  });
});

describe("a user is off by hand", () => {
  test.each([
    [ada.id, true],
    ["https://idp.example.com/1", true],
    [marked(TODAY, ada.id), false],
    [suspendedMarked(TODAY, ada.id), false],
    [byHand(marked(TODAY, ada.id)), true],
    [byHand(suspendedMarked(TODAY, ada.id)), true],
  ])("who is disabled with %j: %s", (externalId, isOff) => {
    expect(isOffByHand({ externalId, active: false })).toBe(isOff);
    expect(isOffByHand({ externalId, active: true })).toBe(false);
    // And the next mark says so.
    const next = mark({ externalId, active: false }, day(TODAY));
    expect(isOffByHand({ externalId: next, active: false })).toBe(isOff);
    expect(ownName({ externalId: next })).toBe(ownName({ externalId }));
  });

  test("whose mark is made anew when somebody enabled them since is not", () => {
    const anew = markAnew(byHand(marked(TODAY, ada.id)));
    expect(anew).toBe(marked(TODAY, ada.id));
    expect(markAnew(anew)).toBe(anew);
    expect(markAnew(ada.id)).toBe(ada.id);
  });

  test.each([
    [0, "2026-03-31"],
    [3, "2026-03-31"],
    [30, "2026-04-10"],
    ["never", undefined],
  ] as const)("is not deleted within the 20 days in which Google undeletes (grace %s)", (graceDays, due) => {
    expect(dueDay(day(TODAY), rules({ graceDays }), true)).toBe(due);
    if (due === undefined) return;
    expect(isDue(day(TODAY), day(due), rules({ graceDays }), true)).toBe(true);
    const before = new Date(Date.parse(due) - 86_400_000).toISOString().slice(0, 10);
    expect(isDue(day(TODAY), day(before), rules({ graceDays }), true)).toBe(false);
  });
});

test.each([marked, suspendedMarked])(
  "Google has forgotten an account 21 days after its mark (%o)",
  (made) => {
    const isForgottenSince = (since: string, of = (mark: string): string => mark): boolean =>
      isForgotten({ externalId: of(made(since, ada.id)) }, day(TODAY));
    expect([isForgottenSince("2026-02-18"), isForgottenSince("2026-02-17")]).toEqual([false, true]);
    expect([isForgottenSince("2026-02-18", byHand), isForgottenSince("2026-02-17", byHand)]).toEqual([
      false,
      true,
    ]);
    expect(isForgotten({ externalId: ada.id }, day(TODAY))).toBe(false);
  },
);

test("a mark is due that many days after the end of its day, in days of UTC", () => {
  const due = (since: string, graceDays: number | "never"): boolean =>
    isDue(day(since), day(TODAY), rules({ graceDays }));
  expect([due("2026-02-07", 30), due("2026-02-08", 30), due(TODAY, 0), due("2026-03-11", 0)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(due("2000-01-01", "never")).toBe(false);
});

test("days are counted in UTC, over months, leap days and summer time", () => {
  const isDueOn = (on: string, since: string, graceDays: number): boolean =>
    isDue(day(since), day(on), rules({ graceDays }));
  expect([isDueOn("2024-03-01", "2024-02-28", 1), isDueOn("2024-03-01", "2024-02-28", 2)]).toEqual([
    true,
    false,
  ]);
  expect([isDueOn("2026-03-30", "2026-03-28", 1), isDueOn("2026-03-30", "2026-03-28", 2)]).toEqual([
    true,
    false,
  ]);
  const due = (since: string, graceDays: number) => dueDay(day(since), rules({ graceDays }));
  expect([due("2026-02-07", 30), due("2026-02-26", 2), due("2026-12-30", 30)]).toEqual([
    TODAY,
    "2026-03-01",
    "2027-01-30",
  ]);
  expect(dueDay(day("2026-02-08"), rules({ graceDays: "never" }))).toBe(undefined);
});
