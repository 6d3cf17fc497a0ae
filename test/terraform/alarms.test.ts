import { beforeAll, describe, expect, it } from "vitest";
import { metricsLine, type RunNumbers } from "../../src/log/metrics.ts";
import { tokenWarning } from "../../src/log/token-age.ts";
import { alarmsOf, reckon, type Alarm } from "./cloudwatch.ts";
import { block, MAIN, read, readModule, texts, type Module } from "./modules.ts";

let main: Module;
let alarms: Readonly<Record<string, Alarm>>;
beforeAll(async () => {
  main = await readModule(MAIN);
  alarms = alarmsOf(main);
});

const RUN: Required<RunNumbers> = {
  ...{ ran: "run", scheduled: true, leavers: 0, leaversWaiting: 0, approvalsGiven: 0 },
  function: "ssosync",
  status: "succeeded",
  dryRun: false,
  applied: 0,
  failed: 0,
  held: 0,
  waiting: 0,
  removals: 0,
  users: 0,
  groups: 0,
  unmanagedToLookAt: 0,
  duration: 0,
  tokenAgeDays: 0,
};

/** What a run, and a look for leavers, really write. */
const emitted = (["run", "leavers"] as const).map((ran) => {
  const line = JSON.parse(metricsLine({ ...RUN, ran }, new Date(0))) as {
    _aws: { CloudWatchMetrics: [{ Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }] };
  };
  return line._aws.CloudWatchMetrics[0];
});
const [{ Namespace, Dimensions }] = emitted as [(typeof emitted)[number]];
const OURS = [...new Set(emitted.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name)))];

/** AWS's own, by namespace, with the dimensions that they have (the services' documentation). */
const OF_AWS: Readonly<Record<string, readonly string[]>> = {
  "AWS/Lambda": ["AsyncEventsDropped", "Duration", "Errors", "Invocations", "Throttles"],
  "AWS/Scheduler": ["InvocationAttemptCount", "InvocationDroppedCount", "TargetErrorCount"],
  "AWS/SQS": ["ApproximateNumberOfMessagesVisible"],
};
const known = (namespace: string): readonly string[] =>
  namespace === Namespace ? OURS : (OF_AWS[namespace] ?? []);

const DIMENSIONS: Readonly<Record<string, readonly string[]>> = {
  [Namespace]: ["of_runs"],
  "AWS/Lambda": ["of_alias", "of_function"],
  "AWS/SQS": ["of_queue"],
};

describe("alarms", () => {
  it("watch metrics that exist, under the dimensions that they have", () => {
    const unknown = Object.entries(alarms).filter(
      ([, { namespace, metric, dimensions }]) =>
        !known(namespace).includes(metric) ||
        !(DIMENSIONS[namespace] ?? []).some((name) => dimensions === `\${local.${name}}`),
    );
    expect(unknown).toEqual([]);
    expect(Object.keys(main.locals["of_runs"] as object)).toEqual(Dimensions[0]);
  });

  it("page for runs that fail, are missed or refused, for leavers, and for a token at its end; the rest is a ticket", () => {
    const paging = Object.keys(alarms).filter((name) => alarms[name]?.urgency === "page");
    expect(paging.toSorted()).toEqual(
      ["failed", "missed", "refused", "token-last-week", "leavers-missed", "leavers-waiting"].toSorted(),
    );
    expect(new Set(Object.values(alarms).map(({ urgency }) => urgency))).toEqual(new Set(["page", "ticket"]));
  });

  it("take silence for a missed run, or a missed look for leavers, and for nothing else", () => {
    const silent = Object.keys(alarms).filter((name) => alarms[name]?.missing === "breaching");
    expect(silent).toEqual(["leavers-missed", "missed"]);
  });

  it("about missed runs count those of the schedule, so that a run by hand hides nothing", () => {
    const scheduled = { metric: "Scheduled", statistic: "Sum", threshold: 1 };
    expect(alarms["missed"]).toMatchObject({ ...scheduled, comparison: "LessThanThreshold" });
    const counted = (by: boolean) =>
      (JSON.parse(metricsLine({ ...RUN, scheduled: by }, new Date(0))) as Record<string, number>)[
        "Scheduled"
      ];
    expect([counted(true), counted(false)]).toEqual([1, 0]);
  });

  it("tell after ten minutes without a look for leavers that succeeded, however far apart they may be", () => {
    const { period, periods } = alarms["leavers-missed"] as Alarm;
    expect(Number(period) * Number(periods)).toBe(600);
    const allowed = texts(main.variables["leavers_every_minutes"]?.["validation"]).join(" ");
    const longest = Math.max(...(/\[([\d, ]+)\]/.exec(allowed)?.[1] ?? "").split(",").map(Number));
    expect(longest * 60 * 2).toBeLessThanOrEqual(600);
  });

  it("of the token start when the program starts to warn", () => {
    const warnsAt = (days: number): boolean =>
      tokenWarning(new Date(0), new Date(days * 86_400_000)) !== undefined;
    const first = Number(alarms["token-last-month"]?.threshold);
    expect([warnsAt(first - 1), warnsAt(first)]).toEqual([false, true]);
    expect(Number(alarms["token-last-week"]?.threshold)).toBe(365 - 7);
  });

  it.each([5, 15, 59, 60, 90, 720, 1440])(
    "keep to CloudWatch's windows when runs are %i minutes apart",
    (minutes) => {
      for (const { period, periods } of Object.values(alarms)) {
        const [length, count] = [reckon(period, main, minutes), reckon(periods, main, minutes)];
        expect(length % 60).toBe(0);
        expect(length).toBeLessThanOrEqual(86_400);
        expect(count).toBeGreaterThanOrEqual(1);
        expect(length * count).toBeLessThanOrEqual(length < 3600 ? 86_400 : 604_800);
      }
    },
  );

  it("know the time that the function has, and its name, from the same numbers as function.json", () => {
    const definition = JSON.parse(read("function.json")) as { Timeout: number; FunctionName: string };
    expect(main.variables["function_timeout_seconds"]?.["default"]).toBe(definition.Timeout);
    expect(definition.FunctionName).toContain(`\`${String(main.variables["function_name"]?.["default"])}\``);
  });
});

describe("the dashboard", () => {
  /** Pairs of namespace and metric in lists, whatever stands behind them. */
  const shown = (): readonly (readonly [string, string])[] =>
    texts(main.locals["widgets"]).flatMap((text) =>
      [...text.matchAll(/\["([\w/]+)", "(\w+)"/g)].map(
        ([, namespace = "", name = ""]) => [namespace, name] as const,
      ),
    );
  const listed = (): readonly (readonly [string, string])[] =>
    JSON.stringify(main.locals["widgets"])
      .match(/"AWS\/\w+","\w+"/g)
      ?.map((pair) => JSON.parse(`[${pair}]`) as [string, string]) ?? [];

  it("shows every metric that a run writes, and no other", () => {
    const ours = shown().filter(([namespace]) => namespace === Namespace);
    expect([...new Set(ours.map(([, name]) => name))].toSorted()).toEqual(known(Namespace).toSorted());
  });

  it("shows of AWS's metrics only those that exist", () => {
    const theirs = [...shown(), ...listed()].filter(([namespace]) => namespace !== Namespace);
    expect(theirs.length).toBeGreaterThan(5);
    expect(theirs.filter(([namespace, name]) => !known(namespace).includes(name))).toEqual([]);
  });

  it("shows a month, a day at a point", () => {
    expect(texts(block(main, "aws_cloudwatch_dashboard.this")).join("\n")).toMatch(/start\s+= "-P30D"/);
    expect(main.locals["day"]).toBe(86_400);
  });

  it("asks the log for fields that the log has", () => {
    const asked = texts(main.locals["queries"]).join(" ");
    const source = read("src/log/log.ts");
    for (const field of ["audit", "summary"]) {
      expect(asked).toContain(`ispresent(${field})`);
      expect(source).toContain(`${field}: true`);
    }
  });
});
