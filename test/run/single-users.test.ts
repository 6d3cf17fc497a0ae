/** Where AWS has too many users to be listed every minute: whom it is asked for one by one, and what its answers are taken for. */
import { describe, expect, test } from "vitest";
import { TargetError, TokenError } from "../../src/aws/errors.ts";
import { suspendedMark } from "../../src/core/mark.ts";
import { day } from "../../src/core/model.ts";
import type { ExistingUser } from "../../src/core/model.ts";
import type { Run } from "../../src/run/proposal.ts";
import { pagesToList, singleUsers } from "../../src/run/single-users.ts";
import { human, inTarget, userId } from "../core/world.ts";
import { useTables } from "../dynalite/server.ts";
import type { Emulator } from "../emulator/emulator.ts";
import type { FaultAction } from "../emulator/faults.ts";
import type { RecordedRequest } from "../emulator/wire.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { begun } from "./begun.ts";

/** So many people who left a moment ago, the last of them first. */
const gone = (count: number, { now }: Run) =>
  Array.from({ length: count }, (_, n) => {
    const offSince = new Date(now.getTime() - n * 1_000).toISOString();
    return human(n + 1, `P${n + 1}`, "Gone", { state: "suspended", offSince });
  });

/** The first of them are asked for, but for whoever AWS has listed; AWS has those of these numbers. */
async function ask(
  run: Run,
  count: number,
  listed: readonly ExistingUser[] = [],
  all = false,
): Promise<Awaited<ReturnType<typeof singleUsers>>> {
  const source = { users: gone(count, run), unread: new Map() };
  return singleUsers({ users: listed, unread: new Map(), all }, source, new Map(), run);
}

function fill({ aws }: Emulator, ...numbers: readonly number[]): void {
  for (const n of numbers) aws.addUser({ userName: `p${n}@example.com`, externalId: userId(n) });
}

const idAskedFor = ({ query }: RecordedRequest): string | undefined =>
  /^externalId eq "(.*)"$/.exec(query["filter"] ?? "")?.[1];

/** The external ids that were asked for, each once, sorted. */
const askedFor = ({ requests }: Emulator): readonly string[] =>
  [...new Set(requests.flatMap((request) => idAskedFor(request) ?? []))].toSorted();

/** Whoever asks for one of these gets this answer. */
function answerFor(emulator: Emulator, ids: readonly string[], answer: FaultAction): void {
  emulator.fault({
    when: (request) => ids.includes(idAskedFor(request) ?? ""),
    times: Infinity,
    do: answer,
  });
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);
const ids = (...numbers: readonly number[]): readonly string[] => numbers.map(userId);
const idsOf = (users: readonly ExistingUser[]): readonly string[] =>
  users.map(({ externalId }) => externalId).toSorted();

test("as many pages are listed as can be had in 12 seconds, at the rate of what is read", () => {
  const rates = { scim: 7, identityStore: 15, google: 30 };
  const pages = (["identitystore", "both", "scim"] as const).map((awsRead) =>
    pagesToList({ awsRead, rates }),
  );
  expect(pages).toEqual([180, 180, 84]);
});

describe("nobody is asked for", () => {
  test.each([
    ["where all are listed", {}, true],
    ["where no user is to be written", { MANAGE: "groups,memberships" }, false],
  ])("%s", async (_, settings, all) => {
    const emulator = await useEmulator();
    fill(emulator, 1);
    const run = await begun(emulator, settings);
    expect(await ask(run, 1, [], all)).toEqual({ found: [], unshown: [] });
    expect(emulator.requests).toEqual([]);
  });

  test("who is listed, marked or not, and the others are", async () => {
    const emulator = await useEmulator();
    fill(emulator, ...upTo(4));
    const run = await begun(emulator);
    const [first, second] = gone(2, run).map((person) => inTarget(person)) as [ExistingUser, ExistingUser];
    const marked = { ...second, externalId: suspendedMark(userId(2), day("2026-03-01")) };
    const { found, unshown } = await ask(run, 5, [first, marked]);
    expect(idsOf(found)).toEqual(ids(3, 4));
    expect(unshown).toEqual([]);
    expect(askedFor(emulator)).toEqual(ids(3, 4, 5));
  });
});

describe("what AWS does not show", () => {
  test.each([
    ["500", { status: 500 }],
    ["403 of one alone", { status: 403, body: { detail: "no" } }],
    ["a connection that breaks", "drop-before"],
  ] satisfies [string, FaultAction][])("with %s keeps nobody else in", async (_, answer) => {
    const emulator = await useEmulator();
    fill(emulator, 1, 2, 3);
    const run = await begun(emulator);
    answerFor(emulator, ids(2), answer);
    const { found, unshown } = await ask(run, 3);
    expect(idsOf(found)).toEqual(ids(1, 3));
    expect(unshown).toEqual([expect.any(TargetError)]);
  });

  test("is told though nobody else is there", async () => {
    const emulator = await useEmulator();
    const run = await begun(emulator);
    answerFor(emulator, ids(2), { status: 500 });
    const { found, unshown } = await ask(run, 3);
    expect(found).toEqual([]);
    expect(unshown).toHaveLength(1);
  });

  test.each([
    ["500", { status: 500 }],
    ["a connection that breaks", "drop-before"],
  ] satisfies [string, FaultAction][])(
    "with %s again and again is not asked for to the end",
    async (_, answer) => {
      const emulator = await useEmulator();
      fill(emulator, ...upTo(50));
      const run = await begun(emulator);
      answerFor(emulator, ids(...upTo(50).slice(1)), answer);
      const { found, unshown } = await ask(run, 50);
      expect(idsOf(found)).toEqual(ids(1));
      expect(unshown).toHaveLength(49);
      expect(askedFor(emulator).length).toBeLessThan(50);
    },
  );

  test("each with a refusal of its own is asked for to the end; nobody shown at all, and that is thrown", async () => {
    const emulator = await useEmulator();
    const run = await begun(emulator);
    answerFor(emulator, ids(...upTo(50)), { status: 403, body: { detail: "no" } });
    await expect(ask(run, 50)).rejects.toBeInstanceOf(TargetError);
    expect(askedFor(emulator)).toHaveLength(50);
  });

  test("because of the token is thrown at once", async () => {
    const emulator = await useEmulator();
    fill(emulator, 1, 2);
    const run = await begun(emulator);
    answerFor(emulator, ids(2), { status: 401 });
    await expect(ask(run, 2)).rejects.toBeInstanceOf(TokenError);
  });
});

describe("those marked today", () => {
  const marksOf = (run: Run, ...numbers: readonly number[]): readonly string[] =>
    numbers.map((n) => suspendedMark(userId(n), day(run.now.toISOString())));
  const retiredMarksOf = (run: Run, ...numbers: readonly number[]): readonly string[] =>
    marksOf(run, ...numbers).map((text) => text.replace("-suspended.", "-retired."));

  /** One is there, one was disabled and marked by a run of today, one of neither. */
  async function staged(isThere: boolean, isRefused: boolean) {
    const emulator = await useEmulator();
    const tables = await useTables();
    const run = await begun(emulator, { TALLY: tables.table });
    if (isThere) fill(emulator, 1);
    const [mark = ""] = marksOf(run, 2);
    emulator.aws.addUser({ userName: "p2@example.com", externalId: mark, active: false });
    if (isRefused) tables.fault(() => ({ refuse: "AccessDeniedException", message: "no" }));
    return { emulator, run, mark };
  }

  test("are asked for where the tally cannot be used, for they are counted then", async () => {
    const { emulator, run, mark } = await staged(true, true);
    const [retired = ""] = retiredMarksOf(run, 3);
    emulator.aws.addUser({ userName: "p3@example.com", externalId: retired, active: false });
    expect(idsOf((await ask(run, 3)).found)).toEqual([userId(1), mark, retired].toSorted());
    expect(askedFor(emulator)).toEqual(
      [...ids(1, 2, 3), ...marksOf(run, 2, 3), ...retiredMarksOf(run, 2, 3)].toSorted(),
    );
  });

  test("who are not shown are told with the others", async () => {
    const { emulator, run, mark } = await staged(true, true);
    answerFor(emulator, ids(3), { status: 500 });
    answerFor(emulator, [mark], { status: 500 });
    const { found, unshown } = await ask(run, 3);
    expect(idsOf(found)).toEqual(ids(1));
    expect(unshown).toHaveLength(2);
  });

  test.each([
    ["where the tally counts", true, false],
    ["where nobody would be disabled", false, true],
  ])("are not asked for %s", async (_, isThere, isRefused) => {
    const { emulator, run } = await staged(isThere, isRefused);
    expect((await ask(run, 3)).found).toHaveLength(isThere ? 1 : 0);
    expect(askedFor(emulator)).toEqual(ids(1, 2, 3));
  });
});

test(
  "half of the time that is left is for asking: whoever AWS does not answer about by then is left to the full run",
  { tags: "long" },
  async () => {
    const emulator = await useEmulator();
    const run = await begun(emulator, {}, 5_000);
    answerFor(emulator, ids(1), { delay: 60_000 });
    answerFor(emulator, ids(2), { status: 500 });
    const started = performance.now();
    // Nobody else answered: that is no word that anybody is not there.
    const two = expect(ask(run, 2)).rejects.toBeInstanceOf(TargetError);
    expect(await ask(run, 1)).toEqual({ found: [], unshown: [] });
    await two;
    expect(performance.now() - started).toBeLessThan(2_000);
  },
);

test("it is asked for 20 seconds, however long the run may take", { tags: "long" }, async () => {
  const emulator = await useEmulator();
  emulator.fault({
    when: ({ service, method }) => service === "scim" && method === "GET",
    times: Infinity,
    do: { delay: 120_000 },
  });
  const run = await begun(emulator);
  const source = { users: [human(1, "Ada", "Gone", { state: "suspended" })], unread: new Map() };
  const listed = { users: [], unread: new Map(), all: false };
  const started = performance.now();
  expect(await singleUsers(listed, source, new Map(), run)).toEqual({ found: [], unshown: [] });
  const seconds = (performance.now() - started) / 1_000;
  expect(seconds).toBeGreaterThan(19.9);
  expect(seconds).toBeLessThan(25);
});
