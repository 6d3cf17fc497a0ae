/** The first step of a run by itself: who is looked at, who goes, who waits, and what is told of each. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leaverId } from "../../src/core/leavers.ts";
import type { Suspect } from "../../src/core/leavers.ts";
import { sourceId, targetId } from "../../src/core/model.ts";
import type { ExistingUser, SourceUser } from "../../src/core/model.ts";
import { roomForLeavers } from "../../src/core/room.ts";
import { NOTHING_SPENT, once } from "../../src/core/tally.ts";
import { openDay } from "../../src/run/day.ts";
import { digest } from "../../src/run/digest.ts";
import { leave } from "../../src/run/leavers.ts";
import type { Left } from "../../src/run/leavers.ts";
import type { Run } from "../../src/run/proposal.ts";
import { tallyAt } from "../aws/stage.ts";
import { human, inTarget, marked, target } from "../core/world.ts";
import { useTables } from "../dynalite/server.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { begun } from "./begun.ts";

/** Twenty days after a deletion Google says of nobody that they are gone. */
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** Somebody enabled in AWS: what a listing says, what the account says, and what is known of them besides. */
interface Somebody {
  readonly listed: Suspect["listed"];
  readonly account: "active" | "suspended" | "archived" | "gone" | "unsure";
  readonly isRevoked: boolean;
  /** Since so long that Google would have forgotten the account. */
  readonly isOld: boolean;
  /** Another run, or an earlier one, has them in the tally. */
  readonly isReserved: boolean;
  readonly isApproved: boolean;
}

interface Someone extends Somebody {
  readonly suspect: Suspect;
  readonly id: string;
}

const somebody: fc.Arbitrary<Somebody> = fc.record({
  listed: fc.constantFrom("suspended", "archived", "missing"),
  account: fc.constantFrom("active", "suspended", "archived", "gone", "unsure"),
  ...{ isRevoked: fc.boolean(), isOld: fc.boolean() },
  isReserved: fc.boolean(),
  isApproved: fc.boolean(),
});

let made = 0;

/** Puts them into Google; what AWS has of them is only told to the step. */
function someone(emulator: Emulator, one: Somebody): Someone {
  made += 1;
  const name = `p${String(made).padStart(6, "0")}`;
  const { google } = emulator;
  const { id, primaryEmail } = google.addUser({ email: `${name}@example.com` });
  if (one.account === "suspended") google.suspend(primaryEmail);
  if (one.account === "archived") google.archive(primaryEmail);
  if (one.account === "gone") google.deleteUser(primaryEmail);
  if (one.account === "unsure")
    emulator.fault({
      when: ({ operation, path }) => operation === "users.get" && path.endsWith(id),
      times: Infinity,
      do: { status: 403 },
    });
  const person = human(made, name, "Person", { id: sourceId(id), email: primaryEmail });
  const externalId = one.isRevoked ? marked(daysAgo(one.isOld ? 40 : 0), id) : id;
  const user = inTarget(person, { id: targetId(`u-${made}`), externalId });
  const suspect: Suspect = { user, id: sourceId(id), listed: one.listed };
  return { ...one, suspect, id: leaverId(suspect, digest) };
}

const others = Array.from({ length: 30 }, (_, n) => human(n + 900_000, `Other${n}`, "Person"));

/** What Google lists, and what AWS has: them, and others who stay. */
function sides(people: readonly Someone[]) {
  const listed = people.flatMap(({ suspect: { listed: state, user, id } }): SourceUser[] =>
    state === "missing" ? [] : [human(1, user.userName, "Person", { id, email: user.email, state })],
  );
  const source = { users: [...others, ...listed], unread: new Map() };
  const existing = target([
    ...others.map((one) => inTarget(one)),
    ...people.map(({ suspect }) => suspect.user).toReversed(),
  ]);
  return { source, existing };
}

/** As a run that writes nothing yet. */
async function stage(settings: Readonly<Record<string, string>> = {}, remainingMs?: number) {
  const emulator = await useEmulator();
  const tables = await useTables();
  const run = await begun(emulator, { ...tables.environment, ...settings }, remainingMs);
  return { emulator, tables, run: { ...run, early: false } };
}

async function step(run: Run, people: readonly Someone[]): Promise<Left> {
  const { source, existing } = sides(people);
  const approve = people.flatMap(({ isApproved, id }) => (isApproved ? [id] : []));
  return leave({ ...run, selection: approve.length === 0 ? {} : { approve } }, source, existing);
}

const NEITHER = { isRevoked: false, isOld: false, isReserved: false, isApproved: false };
const leaver: Somebody = { ...NEITHER, listed: "suspended", account: "suspended" };

test("whatever is known of each, who fits goes, who was approved goes, and everybody else waits, is held or is left alone", async () => {
  const { emulator, tables, run: begunRun } = await stage({ MAX_LEAVERS: "0%,3" });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(somebody, { minLength: 1, maxLength: 12 }), async (states) => {
      const people = states.map((one) => someone(emulator, one));
      count += 1;
      const table = tallyAt(tables, { key: `day-${count}` });
      const run = { ...begunRun, day: openDay(() => Promise.resolve(table), begunRun.now, true) };
      const reserved = people.filter(({ isReserved }) => isReserved).map(({ suspect }) => suspect.user.id);
      const spent = { ...NOTHING_SPENT, leavers: once(reserved) };
      if (reserved.length > 0) await run.day.reserve(spent, () => true);
      const left = await step(run, people);

      const users = sides(people).existing.users;
      const { allows } = roomForLeavers(users, run.now.toISOString(), spent, run.config.rules);
      const isForgotten = ({ account, isRevoked, isOld }: Someone): boolean =>
        account === "unsure" && isRevoked && isOld;
      const isOut = (one: Someone): boolean =>
        ["suspended", "archived", "gone"].includes(one.account) || isForgotten(one);
      const stateOf = (one: Someone): string => (isForgotten(one) ? "gone" : one.account);
      const counts = (one: Someone): boolean =>
        isOut(one) && !one.isRevoked && !one.isReserved && !one.isApproved;
      // A revoked one who has not left is disabled by the rest of the run, or restored.
      const told = people.filter((one) => isOut(one) || !one.isRevoked);
      const fits = new Set(people.filter(counts).slice(0, Math.max(0, allows - reserved.length)));
      const goes = (one: Someone): boolean =>
        isOut(one) && (one.isApproved || one.isRevoked || one.isReserved || fits.has(one));
      const isUnsure = (one: Someone): boolean => stateOf(one) === "unsure";
      const names = (some: readonly Someone[]): readonly string[] =>
        some.map(({ suspect }) => suspect.user.userName);
      const gives = (one: Someone): boolean => one.isApproved && (isOut(one) || isUnsure(one));

      expect(left.changes.map(({ before }) => before.userName)).toEqual(
        names(told.filter((one) => goes(one) || gives(one))),
      );
      expect(left.approved.map(({ id }) => id)).toEqual(told.filter(gives).map(({ id }) => id));
      expect(left.waiting.map(({ id }) => id)).toEqual(
        told
          .filter((one) => (isUnsure(one) && !one.isApproved) || (isOut(one) && !goes(one)))
          .map(({ id }) => id),
      );
      const size = reserved.length + people.filter(counts).length;
      for (const { kind, reason } of left.waiting)
        expect([kind, reason]).toEqual(
          reason.code === "no-answer"
            ? [
                "unsure",
                {
                  code: "no-answer",
                  why: expect.stringContaining("Not Authorized"),
                  todo: expect.any(String),
                },
              ]
            : [
                "leavers",
                {
                  ...{ code: "over-limit", budget: "leavers", who: [], count: size, allows },
                  ...{
                    spent: reserved.length,
                    of: expect.any(Number),
                    limit: run.config.rules.limits.leavers,
                  },
                },
              ],
        );
      const active = told.filter(({ account }) => account === "active");
      expect(
        left.held.map(({ change, reason }) => [
          "before" in change && "userName" in change.before && change.before.userName,
          reason,
        ]),
      ).toEqual(
        told
          .filter((one) => active.includes(one) || (isUnsure(one) && !one.isApproved))
          .map((one) => [
            one.suspect.user.userName,
            isUnsure(one)
              ? expect.objectContaining({ code: "no-answer" })
              : one.listed === "missing"
                ? { code: "user-exists", address: one.suspect.user.email }
                : { code: "user-active", listed: one.listed },
          ]),
      );
      expect(
        left.looked.map(({ user, look }) => [user.userName, look.says, "cause" in look && look.cause]),
      ).toEqual(
        told.map((one) => {
          const { listed, suspect } = one;
          const account = stateOf(one);
          const name = suspect.user.userName;
          if (account === "active") return [name, "active", false];
          if (account !== "unsure") return [name, "leaver", account];
          if (!one.isApproved) return [name, "unsure", false];
          return [name, "leaver", listed === "missing" ? "gone" : listed];
        }),
      );
      for (const { patch, before, cause } of left.changes) {
        const one = people.find(({ suspect }) => suspect.user.id === before.id);
        expect(patch.active).toBe(false);
        expect(cause).toBe(one !== undefined && isOut(one) ? stateOf(one) : "gone");
      }
      expect(left).toMatchObject({ unasked: [], idle: [], uncounted: undefined });
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

test("a listing of nobody makes nobody a leaver, and one of a single person does", async () => {
  const { emulator, run } = await stage();
  const [out, stays] = [
    someone(emulator, { ...leaver, listed: "missing" }),
    someone(emulator, { ...leaver, account: "active" }),
  ];
  const existing = target([out.suspect.user, stays.suspect.user]);
  const nobody = await leave(run, { users: [], unread: new Map() }, existing);
  expect(nobody).toMatchObject({ changes: [], looked: [], held: [] });
  expect(emulator.count({ operation: "users.get" })).toBe(0);
  const one = human(1, "P", "Person", { id: stays.suspect.id, email: stays.suspect.user.email });
  expect((await leave(run, { users: [one], unread: new Map() }, existing)).changes).toHaveLength(1);
  const odd = {
    users: [],
    unread: new Map([[stays.suspect.id, { kind: "user", email: "p", why: "", todo: "" } as const]]),
  };
  expect((await leave(run, odd, existing)).changes).toHaveLength(1);
});

test("where nobody is to be looked at, nothing is asked, of Google or of the table", async () => {
  const { emulator, tables, run } = await stage();
  const { source, existing } = sides([someone(emulator, leaver)]);
  emulator.forget();
  const left = await leave(run, source, existing, () => false);
  expect(left).toMatchObject({
    changes: [],
    waiting: [],
    approved: [],
    idle: [],
    unasked: [],
    held: [],
    looked: [],
  });
  expect(await left.disable()).toEqual([]);
  expect([emulator.requests, tables.requests]).toEqual([[], []]);
});

describe("who is named", () => {
  test.each([
    [3, {}, 3],
    [4, {}, 3],
    [3, { MAX_LEAVERS: "0%,3" }, 3],
  ])("%i of them", async (size, settings, _) => {
    const { emulator, run } = await stage({ MAX_LEAVERS: "0%,3", ...settings });
    const people = Array.from({ length: size }, () => someone(emulator, leaver));
    const { source, existing } = sides(people);
    const spent = { ...NOTHING_SPENT, leavers: once(["u-a", "u-b", "u-c"].map(targetId)) };
    await run.day.reserve(spent, () => true);
    const named = { ...run, selection: { only: people.map(({ suspect }) => suspect.user.userName) } };
    expect((await leave(named, source, existing)).changes).toHaveLength(size === 3 ? 3 : 0);
    expect((await leave(run, source, existing)).changes).toHaveLength(0);
  });
});

describe("how long Google is asked", () => {
  const asked = ({ requests }: Emulator): number =>
    requests.filter(({ operation }) => operation === "users.get").length;
  const many = (emulator: Emulator, size: number, over: Partial<Somebody> = {}): readonly Someone[] =>
    Array.from({ length: size }, () => someone(emulator, { ...leaver, ...over }));

  test("about all, where all may go", async () => {
    const { emulator, run } = await stage({ MAX_LEAVERS: "100%" });
    const people = many(emulator, 45);
    emulator.forget();
    expect((await step(run, people)).changes).toHaveLength(45);
    expect(asked(emulator)).toBe(45);
  });

  test("no longer about who counts once more have left than may go; who is approved is asked about all the same", async () => {
    const { emulator, run } = await stage({ MAX_LEAVERS: "0%,3" });
    const people = [...many(emulator, 60), ...many(emulator, 2, { isApproved: true })];
    emulator.forget();
    const { changes, waiting, held } = await step(run, people);
    expect(changes).toHaveLength(5);
    expect(waiting).toHaveLength(57);
    expect(asked(emulator)).toBeLessThan(45);
    const notAsked = held.filter(({ reason }) => reason.code === "no-answer");
    expect(notAsked).toHaveLength(62 - asked(emulator));
    for (const { reason } of notAsked)
      expect(reason).toMatchObject({ why: expect.stringContaining("MAX_LEAVERS") });
  });

  test.each([
    [503, false],
    [403, true],
  ])("about all, where each answer is %i: %s", async (status, all) => {
    const { emulator, run } = await stage({ MAX_LEAVERS: "100%" });
    const people = many(emulator, 60, { account: "active" });
    emulator.fault({ when: { operation: "users.get" }, times: Infinity, do: { status } });
    emulator.forget();
    const { waiting } = await step(run, people);
    expect(waiting).toHaveLength(60);
    const paths = new Set(
      emulator.requests.flatMap(({ operation, path }) => (operation === "users.get" ? [path] : [])),
    );
    if (all) expect(paths.size).toBe(60);
    else expect(paths.size).toBeLessThan(45);
  });

  test("not for ever: of whom there was no time to ask waits, and an approval of them is no mistake", async () => {
    const { emulator, run } = await stage({}, 5_000);
    const [slow, quick, stays] = [
      someone(emulator, { ...leaver, isApproved: true }),
      someone(emulator, leaver),
      someone(emulator, { ...leaver, isRevoked: true }),
    ];
    for (const one of [slow, stays])
      emulator.fault({
        when: ({ operation, path }) => operation === "users.get" && path.endsWith(one.suspect.id),
        do: { delay: 60_000 },
      });
    const left = await step(run, [slow, quick, stays]);
    const namesOf = (some: readonly { readonly before: ExistingUser }[]) =>
      some.map(({ before }) => before.userName);
    expect(namesOf(left.changes)).toEqual([quick.suspect.user.userName]);
    expect(namesOf(left.unasked)).toEqual([slow.suspect.user.userName]);
    expect(left.idle).toEqual([slow.id]);
    expect(left).toMatchObject({ waiting: [], approved: [], held: [] });
    expect(left.looked.map(({ user, look }) => [user.userName, look])).toEqual([
      [
        slow.suspect.user.userName,
        { says: "unsure", trouble: { why: "there was no time to ask Google about them", todo: "" } },
      ],
      [quick.suspect.user.userName, { says: "leaver", cause: "suspended" }],
    ]);
  });
});

describe("without a table that can be read", () => {
  test("ten go in a day, whatever else waits and why", async () => {
    const { emulator, tables, run } = await stage({ MAX_LEAVERS: "100%" });
    tables.fault(() => ({ refuse: "AccessDeniedException" }));
    const people = Array.from({ length: 14 }, () => someone(emulator, leaver));
    const left = await step(run, people);
    expect(left.changes).toHaveLength(10);
    expect(left.uncounted?.why).toContain("AccessDenied");
    expect(left.waiting.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 4 }, () => ({ code: "tally-unreadable", ...left.uncounted, who: [] })),
    );
  });
});

describe("disabling", () => {
  test("is done once, in the order of the names, and each is in the table before", async () => {
    const { emulator, run } = await stage({ MAX_LEAVERS: "100%" });
    const people = [leaver, { ...leaver, isRevoked: true }, { ...leaver, isApproved: true }].map((one) =>
      someone(emulator, one),
    );
    const there = people.map(({ suspect }) => ({
      ...suspect,
      user: {
        ...suspect.user,
        id: targetId(
          emulator.aws.addUser({ userName: suspect.user.userName, externalId: suspect.user.externalId }).id,
        ),
      },
    }));
    const { source } = sides(people);
    const existing = target(there.map(({ user }) => user));
    const approve = there.slice(2).map((suspect) => leaverId(suspect, digest));
    const left = await leave({ ...run, selection: { approve } }, source, existing);
    const [first, second] = [await left.disable(), await left.disable()];
    expect(second).toBe(first);
    expect(first.map(({ status }) => status)).toEqual(["applied", "applied", "applied"]);
    expect(emulator.aws.users.map(({ active }) => active)).toEqual([false, false, false]);
    expect(await run.day.spent()).toMatchObject({
      leavers: once(there.slice(0, 1).map(({ user }) => user.id)),
    });
  });
});
