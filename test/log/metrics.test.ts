import { describe, expect, it } from "vitest";
import { z } from "zod";

import { metricsLine, type RunNumbers, type Status } from "../../src/log/metrics.ts";

const UNITS = [
  ...["Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"],
  ...[
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
  ],
];
const name = z.string().regex(/^[\x21-\x7e]{1,255}$/);

/** The embedded metric format's own limits. */
const line = z.looseObject({
  _aws: z.strictObject({
    Timestamp: z.number().int(),
    CloudWatchMetrics: z
      .array(
        z.strictObject({
          Namespace: name.max(256).refine((text) => !text.startsWith("AWS/")),
          Dimensions: z.array(z.array(name).max(30)).min(1),
          Metrics: z
            .array(z.strictObject({ Name: name, Unit: z.enum(UNITS) }))
            .min(1)
            .max(100),
        }),
      )
      .length(1),
  }),
});

const RUN: RunNumbers = {
  ran: "run",
  scheduled: true,
  leavers: 6,
  leaversWaiting: 7,
  approvalsGiven: 8,
  function: "ssosync",
  status: "attention",
  applied: 4,
  failed: 0,
  held: 1,
  waiting: 2,
  removals: 3,
  users: 200,
  groups: 20,
  unmanagedToLookAt: 5,
  duration: 1234.5,
  tokenAgeDays: 340,
};
const NOW = new Date("2026-11-24T10:00:00.123Z");

const read = (run: RunNumbers) => line.parse(JSON.parse(metricsLine(run, NOW)));
const declared = (run: RunNumbers) => read(run)._aws.CloudWatchMetrics.flatMap((one) => one.Metrics);

describe("the metrics line", () => {
  it("is one line of JSON within the format's limits", () => {
    expect(metricsLine(RUN, NOW)).not.toMatch(/[\r\n]/);
    expect(read(RUN)._aws.Timestamp).toBe(NOW.getTime());
  });

  it("holds every declared metric as a number, and every dimension as a text, at the top level", () => {
    const top = read(RUN);
    const one = top._aws.CloudWatchMetrics[0];
    expect(one?.Namespace).toBe("ssosync");
    expect(one?.Dimensions).toEqual([["Function"]]);
    expect(top.Function).toBe("ssosync");
    for (const metric of declared(RUN)) expect(typeof top[metric.Name]).toBe("number");
    expect(Object.keys(top).sort()).toEqual(
      ["_aws", "Function", ...declared(RUN).map((each) => each.Name)].sort(),
    );
  });

  it("says what was counted", () => {
    expect(read(RUN)).toMatchObject({
      Leavers: 6,
      LeaversWaiting: 7,
      ApprovalsGiven: 8,
      Applied: 4,
      Failed: 0,
      Held: 1,
      Waiting: 2,
      Removals: 3,
      Users: 200,
      Groups: 20,
      UnmanagedToLookAt: 5,
      Duration: 1234.5,
      TokenAgeDays: 340,
    });
  });

  it("counts in Count, but the duration in Milliseconds and the token's age in no unit", () => {
    const units = Object.fromEntries(declared(RUN).map((each) => [each.Name, each.Unit]));
    const { Duration, TokenAgeDays, ...rest } = units;
    expect([Duration, TokenAgeDays]).toEqual(["Milliseconds", "None"]);
    expect(new Set(Object.values(rest))).toEqual(new Set(["Count"]));
  });

  it.each<[Status, string]>([
    ["succeeded", "RunSucceeded"],
    ["attention", "RunAttention"],
    ["incomplete", "RunIncomplete"],
    ["refused", "RunRefused"],
    ["failed", "RunFailed"],
  ])("a run that ended as %s counts 1 in %s and 0 in the others", (status, metric) => {
    const ends = Object.entries(read({ ...RUN, status })).filter(([key]) => key.startsWith("Run"));
    expect(ends).toHaveLength(5);
    expect(ends.filter(([, value]) => value === 1)).toEqual([[metric, 1]]);
    expect(ends.filter(([, value]) => value === 0)).toHaveLength(4);
  });

  it.each<[Status, number]>([
    ["succeeded", 1],
    ["attention", 1],
    ["refused", 1],
    ["failed", 0],
  ])("leavers by themselves that ended as %s have metrics of their own", (status, succeeded) => {
    const { _aws, Function: _, ...numbers } = read({ ...RUN, ran: "leavers", status });
    expect(numbers).toEqual({
      ...{ Leavers: 6, LeaversWaiting: 7, Removals: 3 },
      ...{ LeaversSucceeded: succeeded, LeaversFailed: 1 - succeeded },
    });
  });

  it("a run about some says nothing of what may wait for the others", () => {
    const names = (ran: RunNumbers["ran"]) => declared({ ...RUN, ran }).map(({ Name }) => Name);
    const unsaid = new Set(names("run")).difference(new Set(names("only")));
    expect([...unsaid]).toEqual(["LeaversWaiting", "Waiting", "RunAttention", "RunIncomplete"]);
    expect(read({ ...RUN, ran: "only", status: "failed" })["RunFailed"]).toBe(1);
  });

  it.each([true, false])("counts a run for the schedule when the schedule started it: %s", (scheduled) => {
    expect(read({ ...RUN, scheduled })["Scheduled"]).toBe(scheduled ? 1 : 0);
  });

  it("leaves out what is not known, instead of saying 0 or null", () => {
    const run: RunNumbers = {
      ran: "run",
      scheduled: false,
      function: "f",
      status: "failed",
      duration: 5,
      users: undefined,
      tokenAgeDays: NaN,
    };
    const names = declared(run).map((each) => each.Name);
    expect(names).toEqual([
      "Duration",
      "Scheduled",
      "RunSucceeded",
      "RunAttention",
      "RunIncomplete",
      "RunRefused",
      "RunFailed",
    ]);
    expect(Object.keys(read(run)).sort()).toEqual(["_aws", "Function", ...names].sort());
  });
});
