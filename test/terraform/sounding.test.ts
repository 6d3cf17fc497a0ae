/** Each alarm about what a run does, with the lines that runs really write: when it sounds, and when it does not. */
import { beforeAll, describe, expect, it, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { crew, crowd } from "../journeys/company.ts";
import { journey, type Journey } from "../journeys/journey.ts";
import { lambda, type Invoked, type Line } from "../journeys/lambda.ts";
import { alarmsOf, sounds, type Point } from "./cloudwatch.ts";
import { MAIN, readModule, type Module } from "./modules.ts";

let main: Module;
beforeAll(async () => {
  main = await readModule(MAIN);
});

const HOUR = 3600;
const DAY = 24 * HOUR;
const SCHEDULED = { action: "sync", trigger: "schedule" };
const measured = ({ lines }: Invoked): readonly Line[] => lines.filter((line) => "_aws" in line);

/** The same line again and again, from the first second on. */
const every = (seconds: number, lines: readonly Line[], end: number): readonly Point[] =>
  Array.from({ length: Math.floor(end / seconds) }, (_, n) =>
    lines.map((line) => ({ at: n * seconds, line })),
  ).flat();

/** Names of our own alarms that sound, but for those about silence. */
const loud = (points: readonly Point[], end: number): readonly string[] =>
  Object.entries(alarmsOf(main))
    .filter(([, { namespace, missing }]) => namespace === "ssosync" && missing !== "breaching")
    .filter(([, alarm]) => sounds(alarm, main, points, end))
    .map(([name]) => name)
    .toSorted();

/** Sixty people for years, the first five of them in a second group as well. */
const old = (settings = {}): Promise<Journey> =>
  journey({ company: crowd(60, { "aws-five": crew(5) }), settings });

/** Five people are taken out of one group, which waits. */
async function shrinking(): Promise<Journey> {
  const j = await old({ MAX_GROUP_SHRINK: "1%,0" });
  for (const name of crew(5)) j.google.removeMember(at("aws-all"), at(name));
  return j;
}

describe("what waits for a day", () => {
  it("is a ticket, and is not hidden by runs about somebody else", { tags: "long" }, async () => {
    const j = await shrinking();
    const call = lambda(j).invoke;
    const whole = measured(await call(SCHEDULED));
    const about = measured(await call({ action: "sync", only: [at("p30")] }));
    expect([whole.length, about.length]).toEqual([1, 1]);
    const points = [...every(900, whole, DAY), ...every(HOUR, about, DAY)];
    expect(loud(points, DAY)).toEqual(["attention", "waiting"]);
    expect(loud(points, DAY - HOUR)).toEqual([]);
  });

  it("is over with the run in which nothing waits", { tags: "long" }, async () => {
    const j = await shrinking();
    const call = lambda(j).invoke;
    const waits = measured(await call(SCHEDULED));
    for (const name of crew(5)) j.google.addMember(at("aws-all"), at(name));
    const quiet = measured(await call(SCHEDULED));
    const points = [...every(900, waits, DAY), ...quiet.map((line) => ({ at: DAY - 1, line }))];
    expect(loud(points, DAY)).toEqual([]);
  });
});

test("an approval that was given is a ticket, and nothing else", { tags: "long" }, async () => {
  const j = await shrinking();
  const call = lambda(j).invoke;
  const [wait] = (await call({ action: "plan" })).result?.approvals ?? [];
  const given = measured(await call({ action: "sync", approve: [wait?.id] }, { qualifier: "approve" }));
  expect(loud(every(300, given, 300), 300)).toEqual(["approvals-given"]);
});

test("more removals in a day than are usual are a ticket, whoever makes them", { tags: "long" }, async () => {
  const j = await old();
  for (const name of crew(2)) j.google.suspend(at(name));
  const call = lambda(j).invoke;
  const look = measured(await call({ action: "leavers" }));
  for (const name of crew(3, 10)) j.google.removeMember(at("aws-all"), at(name));
  const run = measured(await call(SCHEDULED));
  const one = [...look, ...run].reduce((sum, line) => sum + Number(line["Removals"]), 0);
  const usual = Number(main.variables["usual_removals_a_day"]?.["default"]);
  const days = (times: number): readonly Point[] => every(60, [...look, ...run], times * 60);
  expect(one).toBeGreaterThan(2);
  expect(loud(days(Math.floor(usual / one)), DAY)).toEqual([]);
  expect(loud(days(Math.floor(usual / one) + 1), DAY)).toEqual(["removals"]);
});

test("leavers that wait page until a run about everybody has none", { tags: "long" }, async () => {
  const j = await old({ MAX_LEAVERS: "1%,1" });
  for (const name of crew(3)) j.google.suspend(at(name));
  const call = lambda(j).invoke;
  const look = measured(await call({ action: "leavers" }));
  const about = measured(await call({ action: "sync", only: [at("p30")] }));
  const waiting = [...look.map((line) => ({ at: 0, line })), ...about.map((line) => ({ at: 70, line }))];
  expect(loud(waiting, 120)).toEqual(["leavers-waiting"]);
  for (const name of crew(3)) j.google.suspend(at(name), false);
  const after = measured(await call({ action: "leavers" }));
  expect(loud([...waiting, ...after.map((line) => ({ at: 130, line }))], 180)).toEqual([]);
});

test("so do those of whom Google does not say whether they left", { tags: "long" }, async () => {
  const j = await old();
  j.google.suspend(at("p50"));
  const { id } = j.google.user(at("p50"));
  j.emulator.fault({
    when: ({ operation, path }) => operation === "users.get" && path.includes(id),
    times: Infinity,
    do: { status: 403 },
  });
  const call = lambda(j).invoke;
  for (const event of [{ action: "leavers" }, SCHEDULED]) {
    const found = measured(await call(event));
    expect(loud(every(60, found, 60), 60)).toEqual(["leavers-waiting"]);
  }
});

test("a request that is wrong in itself raises no alarm", { tags: "long" }, async () => {
  const j = await shrinking();
  const call = lambda(j).invoke;
  const [wait] = (await call({ action: "plan" })).result?.approvals ?? [];
  const wrong = [
    await call({ action: "sync", onyl: [] }),
    await call({ version: "2.0", routeKey: "$default", body: '{"action":"sync"}' }),
    await call({ Records: [{ eventSource: "aws:sqs", body: '{"action":"sync"}' }] }),
    await call({ ...SCHEDULED, only: [at("p30")] }),
    await call({ action: "sync", only: ["nobody@example.com"] }),
    await call({ action: "sync", approve: ["0".repeat(32)] }, { qualifier: "approve" }),
    await call({ action: "sync", approve: [wait?.id] }, { qualifier: "current" }),
    await call({ action: "sync", approve: [wait?.id] }, { qualifier: "$LATEST" }),
    await call({ action: "sync", approve: [wait?.id] }),
  ];
  expect(wrong.map(({ error }) => error?.name)).toEqual(wrong.map(() => "RunError"));
  expect(wrong.flatMap(measured)).toEqual([]);
  expect(j.emulator.writes()).toEqual([]);
});

test("a schedule that stopped pages, whatever is called by hand meanwhile", { tags: "long" }, async () => {
  const call = lambda(await old()).invoke;
  const scheduled = measured(await call(SCHEDULED));
  const byHand = [
    ...measured(await call({ action: "sync" })),
    ...measured(await call({ action: "leavers" })),
  ];
  const { missed } = alarmsOf(main);
  const missing = (points: readonly Point[]): boolean => sounds(missed!, main, points, 2 * HOUR);
  expect(missing(every(900, scheduled, 2 * HOUR))).toBe(false);
  expect(missing([...every(900, scheduled, HOUR), ...every(60, byHand, 2 * HOUR)])).toBe(true);
});

test(
  "looks for leavers page once none has succeeded for ten minutes, or DRY_RUN lets them disable nobody",
  { tags: "long" },
  async () => {
    const j = await old();
    j.google.suspend(at("p50"));
    const dry = measured(await lambda(j, { DRY_RUN: "true" }).invoke({ action: "leavers" }));
    const real = measured(await lambda(j).invoke({ action: "leavers" }));
    const { "leavers-missed": missed } = alarmsOf(main);
    const pages = (points: readonly Point[]): boolean => sounds(missed!, main, points, HOUR);
    expect(dry).toHaveLength(1);
    expect(pages(every(60, real, HOUR))).toBe(false);
    expect(pages(every(300, real, HOUR))).toBe(false);
    expect(pages(every(60, dry, HOUR))).toBe(true);
    expect(pages(every(60, real, HOUR - 600))).toBe(true);
  },
);
