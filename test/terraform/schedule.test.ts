import { beforeAll, describe, expect, it } from "vitest";
import { parseRequest } from "../../src/request.ts";
import { block, MAIN, read, readModule, type Module } from "./modules.ts";

interface Target {
  readonly arn: string;
  readonly role_arn: string;
  readonly input: string;
  readonly retry_policy: readonly Readonly<Record<string, unknown>>[];
}

let main: Module;
beforeAll(async () => {
  main = await readModule(MAIN);
});

const targetOf = (name: string): Target => (block(main, name)["target"] as [Target])[0];
const RUNS = "aws_scheduler_schedule.this";
const LEAVERS = "aws_scheduler_schedule.leavers";

/** `jsonencode` of texts alone, worked out. */
const inputOf = (name: string): unknown =>
  JSON.parse(
    targetOf(name)
      .input.replace(/^\$\{jsonencode\((.*)\)\}$/, "$1")
      .replaceAll(/(\w+) = /g, '"$1": '),
  );

describe("the schedules", () => {
  it.each([
    [RUNS, { action: "sync", dryRun: false, trigger: "schedule" }],
    [LEAVERS, { action: "leavers", trigger: "schedule" }],
  ])("%s sends what the program takes for a run of its schedule", (name, request) => {
    expect(parseRequest(inputOf(name))).toEqual(request);
  });

  it("start the same alias with the same role, in the same state", () => {
    const { arn, role_arn } = targetOf(RUNS);
    expect(targetOf(LEAVERS)).toMatchObject({ arn, role_arn });
    expect(block(main, LEAVERS)["state"]).toBe(block(main, RUNS)["state"]);
  });

  it("look for leavers every minute unless told otherwise, and not at all at 0", () => {
    expect(main.variables["leavers_every_minutes"]?.["default"]).toBe(1);
    expect(block(main, LEAVERS)["count"]).toBe("${var.leavers_every_minutes > 0 ? 1 : 0}");
  });

  it("let a look for leavers wait for a minute at most, and repeat none", () => {
    expect(targetOf(LEAVERS).retry_policy).toEqual([
      { maximum_retry_attempts: 0, maximum_event_age_in_seconds: 60 },
    ]);
  });
});

it("the guide reserves enough for a run, a look for leavers and somebody's call at once, and the brake lets go to the same", () => {
  const reserved = ["lambroll/README.md", "lambroll/operating.md"].flatMap((page) =>
    [...read(page).matchAll(/(?:reserved-concurrent-executions |same command with `)(\d+)/g)].map(
      ([, size]) => Number(size),
    ),
  );
  expect(reserved.filter((size) => size > 0)).toEqual([3, 3]);
});
