/** What counts of a plan is in the table before it is written, and what was not done is given back. */
import { describe, expect, test } from "vitest";
import { toldBy } from "../../src/core/budget.ts";
import type { Change } from "../../src/core/change.ts";
import { sourceId, targetId } from "../../src/core/model.ts";
import { NO_HOLDS, plan } from "../../src/core/plan.ts";
import { countedParts } from "../../src/core/subjects.ts";
import { NOTHING_SPENT } from "../../src/core/tally.ts";
import { admission } from "../../src/run/admission.ts";
import { openDay } from "../../src/run/day.ts";
import type { Outcome } from "../../src/run/outcome.ts";
import { OutOfTime } from "../../src/traffic/deadline.ts";
import { tallyAt } from "../aws/stage.ts";
import { situationOf } from "../core/planned.ts";
import type { Case } from "../core/planned.ts";
import { NOW, company, groupInTarget, human, inTarget, rules, target, team } from "../core/world.ts";
import { useTables } from "../dynalite/server.ts";

const crowd = Array.from({ length: 120 }, (_, n) => human(n + 1, `P${n + 1}`, "Person"));
const groups = ["A", "B", "C"].map((name, n) => team(n + 1, name));

/** Groups of everybody that lose, or get, so many. */
function changing(sizes: readonly number[], how: "lose" | "get"): Case {
  const some = groups.slice(0, sizes.length);
  const rest = (n: number) => crowd.slice(sizes[n]);
  return {
    source: company(
      crowd,
      some.map((group, n) => [group, ...(how === "lose" ? rest(n) : crowd)] as const),
      { matched: "all" },
    ),
    existing: target(
      crowd.map((one) => inTarget(one)),
      some.map((group, n) =>
        groupInTarget(
          group,
          (how === "lose" ? crowd : rest(n)).map((one) => inTarget(one)),
        ),
      ),
    ),
  };
}

async function stage(one: Case, signal?: AbortSignal) {
  const tables = await useTables();
  const situation = situationOf(one);
  const whole = plan(situation);
  const counted = countedParts(whole, situation);
  const scales = {
    spent: NOTHING_SPENT,
    told: toldBy(plan({ ...situation, holds: NO_HOLDS }), situation),
    upheaval: false,
  };
  const table = tallyAt(tables, signal === undefined ? {} : { signal });
  const day = openDay(() => Promise.resolve(table), new Date(NOW), true);
  const admitted = admission(counted, situation, scales, day);
  /** What the table has by now: memberships taken, and how much each group gained and lost. */
  const inTable = async () => {
    const { memberships, turnover, users } = await tallyAt(tables).spent(NOW);
    const of = groups.map((group) => turnover.get(targetId(`g-${group.id}`)));
    return {
      ...{ memberships, users: users.size },
      gained: of.map((known) => known?.gained ?? 0),
      lost: of.map((known) => known?.lost ?? 0),
    };
  };
  const writes = (): number => tables.requests.filter((operation) => operation === "PutItem").length;
  return { ...admitted, changes: [...counted.keys()], inTable, writes, tables };
}

const applied = (of: Change, change = of): Outcome => ({ of, change, status: "applied" });
const refused = (of: Change): Outcome => ({
  ...{ of, change: of, status: "failed" },
  reason: { code: "refused", why: "no", todo: "" },
});
const cut = (of: Change): Outcome => ({ of, change: of, status: "skipped", reason: { code: "cut-off" } });

/** The change of a part of its people. */
function partOf(change: Change | undefined, size: number): Change {
  if (change?.kind === "members.remove") return { ...change, users: change.users.slice(0, size) };
  if (change?.kind === "members.add") return { ...change, users: change.users.slice(0, size) };
  throw new Error("It is no change of members.");
}

describe("what counts", () => {
  test("is reserved in portions of a hundred, each once, before anything of it is made", async () => {
    const { refusal, changes, inTable, writes } = await stage(changing([60, 40, 50], "lose"));
    expect(changes.map(({ kind }) => kind)).toEqual(["members.remove", "members.remove", "members.remove"]);
    const seen: unknown[] = [];
    for (const change of changes) {
      expect(await refusal(change)).toBeUndefined();
      seen.push([(await inTable()).memberships, writes()]);
    }
    expect(seen).toEqual([
      [100, 1],
      [100, 1],
      [150, 2],
    ]);
    expect((await inTable()).lost).toEqual([60, 40, 50]);
  });

  test("is reserved apart where both are more than a hundred", async () => {
    const { refusal, changes, inTable } = await stage(changing([60, 41, 50], "lose"));
    const [first, second, third] = changes;
    if (first === undefined || second === undefined || third === undefined) throw new Error("Three are due.");
    await refusal(first);
    expect((await inTable()).lost).toEqual([60, 0, 0]);
    await refusal(third);
    expect((await inTable()).lost).toEqual([60, 41, 50]);
  });

  test("is not made where it does not fit what another run has spent by then, and is not reserved", async () => {
    const limits = { ...rules().limits, memberships: { share: undefined, count: 50, ceiling: undefined } };
    const { refusal, settle, changes, inTable, tables } = await stage({
      ...changing([30], "lose"),
      rules: { limits },
    });
    await tallyAt(tables).reserve(NOW, () => ({ ...NOTHING_SPENT, memberships: 21 }));
    for (const change of changes) expect(await refusal(change)).toEqual({ code: "budget-spent" });
    expect((await inTable()).memberships).toBe(21);
    await settle([]);
    expect((await inTable()).memberships).toBe(21);
  });

  test("is made where it just fits", async () => {
    const limits = { ...rules().limits, memberships: { share: undefined, count: 50, ceiling: undefined } };
    const { refusal, changes, tables } = await stage({ ...changing([30], "lose"), rules: { limits } });
    await tallyAt(tables).reserve(NOW, () => ({ ...NOTHING_SPENT, memberships: 20 }));
    for (const change of changes) expect(await refusal(change)).toBeUndefined();
  });

  test("is not made where the table cannot be written", async () => {
    const { refusal, settle, changes, inTable, tables } = await stage(changing([30], "lose"));
    tables.fault((operation) => (operation === "PutItem" ? { refuse: "AccessDeniedException" } : undefined));
    for (const change of changes) expect(await refusal(change)).toMatchObject({ code: "tally-unwritable" });
    tables.fault(() => undefined);
    await settle([]);
    expect((await inTable()).memberships).toBe(0);
  });

  test("asks for nothing where nothing counts", async () => {
    const { refusal, writes } = await stage(changing([0], "lose"));
    const change: Change = {
      ...{ kind: "members.add", group: { externalId: sourceId("1"), label: "A" }, users: [] },
    };
    expect(await refusal(change)).toBeUndefined();
    expect(writes()).toBe(0);
  });
});

describe.each(["lose", "get"] as const)("of what groups %s", (how) => {
  const counts = how === "lose" ? "lost" : "gained";

  test("what AWS refused is given back, person by person; what was cut off, and what was made, is not", async () => {
    const { refusal, settle, changes, inTable, writes } = await stage(changing([30, 30, 30], how));
    for (const change of changes) await refusal(change);
    expect((await inTable())[counts]).toEqual([30, 30, 30]);
    const [first, second, third] = changes;
    if (first === undefined || second === undefined || third === undefined) throw new Error("Three are due.");
    await settle([applied(second, partOf(second, 10)), refused(second), cut(third), refused(first)]);
    expect((await inTable())[counts]).toEqual([0, 10, 30]);
    expect(writes()).toBe(2);
  });

  test("what was not begun is given back", async () => {
    const { refusal, settle, changes, inTable } = await stage(changing([30, 20], how));
    for (const change of changes) await refusal(change);
    await settle(changes.slice(1).map((change) => applied(change)));
    expect((await inTable())[counts]).toEqual([0, 20, 0]);
  });

  test("nothing is written back where all of it was made", async () => {
    const { refusal, settle, changes, writes } = await stage(changing([30, 20], how));
    for (const change of changes) await refusal(change);
    const before = writes();
    await settle(changes.map((change) => applied(change)));
    expect(writes()).toBe(before);
  });
});

test("what was not reserved is not given back", async () => {
  const { refusal, settle, changes, inTable } = await stage(changing([60, 50], "lose"));
  const [first] = changes;
  if (first === undefined) throw new Error("Two are due.");
  await refusal(first);
  await settle([applied(first)]);
  expect((await inTable()).lost).toEqual([60, 0, 0]);
});

test("somebody who is not disabled after all is given back, and nobody who is", async () => {
  const [ada, ...others] = crowd;
  if (ada === undefined) throw new Error("Nobody is there.");
  const { refusal, settle, changes, inTable } = await stage({
    source: company(others, [], { matched: "all" }),
    existing: target(crowd.map((one) => inTarget(one))),
  });
  for (const change of changes) await refusal(change);
  expect(await inTable()).toMatchObject({ users: 1 });
  await settle(changes.map((change) => applied(change)));
  expect(await inTable()).toMatchObject({ users: 1 });
  await settle(changes.map(refused));
  expect(await inTable()).toMatchObject({ users: 0 });
});

describe("when nothing can be given back", () => {
  const happening = async (error: Error): Promise<void> => {
    const stop = new AbortController();
    const { refusal, settle, changes } = await stage(changing([30], "lose"), stop.signal);
    for (const change of changes) await refusal(change);
    stop.abort(error);
    await settle(changes.map(refused));
  };

  test("because the time is over, the run ends as it would", async () => {
    await happening(new OutOfTime("The run is over."));
  });

  test("because of what nobody knows, that is thrown", async () => {
    await expect(happening(new Error("unheard of"))).rejects.toThrow("unheard of");
  });
});
