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
import type { FaultAction } from "../emulator/faults.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { daysAgo } from "../journeys/day.ts";
import { search } from "../search.ts";
import { begun } from "./begun.ts";

/** `odd`: suspended, in an answer that is not understood. `unsure`: hidden. `silent`: Google does not answer. */
const ACCOUNTS = ["active", "suspended", "archived", "gone", "odd", "unsure", "silent"] as const;

/** Somebody enabled in AWS: what a listing says, what the account says, and what is known of them besides. */
interface Somebody {
  readonly listed: Suspect["listed"];
  readonly account: (typeof ACCOUNTS)[number];
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
  account: fc.constantFrom(...ACCOUNTS),
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
  const answer = (action: FaultAction): void =>
    void emulator.fault({
      when: ({ operation, path }) => operation === "users.get" && path.endsWith(id),
      times: Infinity,
      do: action,
    });
  if (one.account === "odd") {
    google.suspend(primaryEmail);
    answer((_, told) => ({ ...told, body: { ...(told.body as object), primaryEmail: 7 } }));
  }
  if (one.account === "unsure") answer({ status: 403 });
  if (one.account === "silent") answer({ status: 503 });
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

test(
  "whatever is known of each, who fits goes, who was approved goes, and everybody else waits, is held or is left alone",
  { tags: "search" },
  async () => {
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
          ["suspended", "archived", "gone", "odd"].includes(one.account) || isForgotten(one);
        const stateOf = (one: Someone): string => {
          if (isForgotten(one)) return "gone";
          if (one.account === "odd") return "suspended";
          return one.account === "silent" ? "unsure" : one.account;
        };
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
        const unsure = new Set(people.filter(isUnsure).map(({ id }) => id));
        for (const { id, kind, reason } of left.waiting)
          expect([kind, reason]).toEqual(
            unsure.has(id)
              ? [
                  "unsure",
                  { code: "no-answer", why: expect.stringContaining("Google"), todo: expect.any(String) },
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
      { ...search(240), endOnFailure: true },
    );
  },
);

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

test.each([
  ["three who are named go beyond what may go", 3, true, 3],
  ["four who are named do not", 4, true, 0],
  ["nor do three where no table remembers it", 3, false, 0],
] as const)("%s", async (_, size, remembers, go) => {
  const emulator = await useEmulator();
  const tables = await useTables();
  const environment = { MAX_LEAVERS: "0", ...(remembers ? tables.environment : {}) };
  const run = { ...(await begun(emulator, environment)), early: false };
  const people = Array.from({ length: size }, () => someone(emulator, leaver));
  const { source, existing } = sides(people);
  const named = { ...run, selection: { only: people.map(({ suspect }) => suspect.user.userName) } };
  expect((await leave(named, source, existing)).changes).toHaveLength(go);
  expect((await leave(run, source, existing)).changes).toHaveLength(0);
});

describe("how long Google is asked", () => {
  const asked = ({ count }: Emulator): number => count({ operation: "users.get" });
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
    // AWS lists them from the last to the first.
    const people = [
      ...many(emulator, 2, { isApproved: true }),
      ...many(emulator, 1, { isApproved: true, account: "active" }),
      ...many(emulator, 60),
    ];
    emulator.forget();
    const { changes, waiting, held } = await step(run, people);
    expect(changes).toHaveLength(5);
    expect(waiting).toHaveLength(57);
    expect(asked(emulator)).toBeLessThan(45);
    const notAsked = held.filter(({ reason }) => reason.code === "no-answer");
    expect(notAsked).toHaveLength(63 - asked(emulator));
    for (const { reason } of notAsked)
      expect(reason).toMatchObject({ why: expect.stringContaining("MAX_LEAVERS") });
  });

  test.each([
    ["who has not left", 2, { account: "active" }],
    ["who was approved", 2, { isApproved: true }],
  ] as const)("longer, because %s counts not", async (_, before, over) => {
    const { emulator, run } = await stage({ MAX_LEAVERS: "0%,3" });
    const people = [...many(emulator, 3 - before), ...many(emulator, 40, over), ...many(emulator, before)];
    const { changes, waiting } = await step(run, people);
    const names = new Set(changes.map(({ before: { userName } }) => userName));
    for (const { suspect, account } of people)
      expect(names.has(suspect.user.userName)).toBe(account === "suspended");
    expect(waiting).toEqual([]);
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
    for (const { reason } of waiting)
      expect(reason).toMatchObject({ why: expect.stringMatching(/^Google (?!was)/) });
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

  test("Google is asked no more once ten have left, and that is said", async () => {
    const { emulator, tables, run } = await stage({ MAX_LEAVERS: "100%" });
    tables.fault(() => ({ refuse: "AccessDeniedException" }));
    const people = Array.from({ length: 60 }, () => someone(emulator, leaver));
    const { waiting } = await step(run, people);
    const words = waiting.map(({ reason }) => ("why" in reason ? reason.why : ""));
    expect(words).toHaveLength(50);
    expect(words).toContainEqual(
      expect.stringContaining("not asked, because without the tally no more than 10"),
    );
  });
});

describe("disabling", () => {
  /** Puts them into AWS too, and looks at them. */
  async function seen(run: Run, emulator: Emulator, people: readonly Someone[]): Promise<Left> {
    const there = people.map(({ suspect, isApproved }) => {
      const { userName, externalId } = suspect.user;
      const id = targetId(emulator.aws.addUser({ userName, externalId }).id);
      return { ...suspect, user: { ...suspect.user, id }, isApproved };
    });
    const { source } = sides(people);
    const approve = there.flatMap((one) => (one.isApproved ? [leaverId(one, digest)] : []));
    return leave({ ...run, selection: { approve } }, source, target(there.map(({ user }) => user)));
  }
  const enabled = ({ aws }: Emulator): number => aws.users.filter(({ active }) => active).length;
  const people = (emulator: Emulator, ...over: readonly Partial<Somebody>[]): readonly Someone[] =>
    over.map((one) => someone(emulator, { ...leaver, ...one }));

  test("is done once, in the order of the names, and who counts is in the table before", async () => {
    const { emulator, run } = await stage({ MAX_LEAVERS: "100%" });
    const left = await seen(run, emulator, people(emulator, {}, { isRevoked: true }, { isApproved: true }));
    expect(enabled(emulator)).toBe(3);
    const [first, second] = [await left.disable(), await left.disable()];
    expect(second).toBe(first);
    expect(first.map(({ status }) => status)).toEqual(["applied", "applied", "applied"]);
    expect(enabled(emulator)).toBe(0);
    const counted = left.changes.slice(0, 1).map(({ id }) => id);
    expect(await run.day.spent()).toMatchObject({ leavers: once(counted) });
  });

  test("is done at once in a run that writes", async () => {
    const { emulator, run } = await stage();
    await seen({ ...run, early: true }, emulator, people(emulator, {}));
    expect(enabled(emulator)).toBe(0);
  });

  test("of nobody who counts writes nothing into the table", async () => {
    const { emulator, tables, run } = await stage();
    const left = await seen(run, emulator, people(emulator, { isRevoked: true }, { isApproved: true }));
    const before = tables.requests.length;
    await left.disable();
    expect(enabled(emulator)).toBe(0);
    expect(tables.requests).toHaveLength(before);
  });

  test("of nobody asks AWS for nothing", async () => {
    const { emulator, run } = await stage();
    const left = await seen(run, emulator, people(emulator, { account: "active" }));
    emulator.forget();
    expect(await left.disable()).toEqual([]);
    expect(emulator.requests).toEqual([]);
  });

  test("writes nothing where the SCIM endpoint is another directory's", async () => {
    const { emulator, run } = await stage();
    const [one] = people(emulator, {});
    if (one === undefined) throw new Error("One is due.");
    const { source, existing } = sides([one]);
    const left = await leave(run, source, existing);
    await expect(left.disable()).rejects.toThrow("different directory");
  });

  test("does not wait for a table that cannot be read", async () => {
    const { emulator, tables, run } = await stage();
    tables.fault(() => ({ refuse: "AccessDeniedException" }));
    const left = await seen(run, emulator, people(emulator, {}));
    expect((await left.disable()).map(({ status }) => status)).toEqual(["applied"]);
    expect(enabled(emulator)).toBe(0);
  });

  /** What another run reserves between the look and the deed. */
  test.each([
    ["as many others as leave room for no more", 2, "applied"],
    ["one other more", 3, "skipped"],
  ] as const)("when another run has spent %s", async (_, size, status) => {
    const { emulator, run } = await stage({ MAX_LEAVERS: "0%,3" });
    const left = await seen(run, emulator, people(emulator, {}));
    const taken = Array.from({ length: size }, (__, n) => targetId(`u-other-${n}`));
    await run.day.reserve({ ...NOTHING_SPENT, leavers: once(taken) }, () => true);
    expect((await left.disable()).map((one) => one.status)).toEqual([status]);
    expect(enabled(emulator)).toBe(status === "applied" ? 0 : 1);
  });

  test("goes on for whom another run has reserved meanwhile, whatever else it spent", async () => {
    const { emulator, run } = await stage({ MAX_LEAVERS: "0%,3" });
    const left = await seen(run, emulator, people(emulator, {}));
    const [same] = left.changes.map(({ id }) => id);
    const taken = [same ?? targetId("u-0"), ...["u-1", "u-2", "u-3"].map(targetId)];
    await run.day.reserve({ ...NOTHING_SPENT, leavers: once(taken) }, () => true);
    expect((await left.disable()).map((one) => one.status)).toEqual(["applied"]);
    expect(enabled(emulator)).toBe(0);
  });
});
