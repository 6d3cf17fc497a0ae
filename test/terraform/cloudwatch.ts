/** CloudWatch's alarms as lambroll/terraform/alarms.tf has them, and when they sound ("Using CloudWatch alarms"). */
import type { Module } from "./modules.ts";

export interface Alarm {
  readonly urgency: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: string;
  readonly statistic: "Sum" | "Minimum" | "Maximum";
  readonly comparison: "GreaterThanOrEqualToThreshold" | "GreaterThanThreshold" | "LessThanThreshold";
  readonly threshold: number | string;
  readonly period: number | string;
  readonly periods: number | string;
  readonly missing: "breaching" | "notBreaching" | "ignore";
}

export const alarmsOf = (main: Module): Readonly<Record<string, Alarm>> =>
  main.locals["alarms"] as Record<string, Alarm>;

/** The few expressions in use, in numbers. */
export function reckon(value: number | string, main: Module, everyMinutes = 15): number {
  const run = everyMinutes * 60;
  const usual = (name: string): number => Number(main.variables[name]?.["default"]);
  const values: Readonly<Record<string, number>> = {
    "${local.run_seconds}": run,
    "${max(3600, local.run_seconds)}": Math.max(3600, run),
    "${floor(86400 / max(3600, local.run_seconds))}": Math.floor(86_400 / Math.max(3600, run)),
    "${var.failed_runs_to_page}": usual("failed_runs_to_page"),
    "${var.missed_runs_to_page + 1}": usual("missed_runs_to_page") + 1,
    "${var.usual_removals_a_day}": usual("usual_removals_a_day"),
  };
  return typeof value === "number" ? value : (values[value] ?? Number.NaN);
}

/** A line of metrics at a time, in seconds. */
export interface Point {
  readonly at: number;
  readonly line: Readonly<Record<string, unknown>>;
}

const STATISTICS: Readonly<Record<Alarm["statistic"], (values: readonly number[]) => number>> = {
  Sum: (values) => values.reduce((sum, one) => sum + one, 0),
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
};

/** Whether it sounds at `end`, in seconds; before the first point it is silent. */
export function sounds(alarm: Alarm, main: Module, points: readonly Point[], end: number): boolean {
  const [period, periods, threshold] = [
    reckon(alarm.period, main),
    reckon(alarm.periods, main),
    reckon(alarm.threshold, main),
  ];
  const breaches = (from: number): boolean | undefined => {
    const values = points.flatMap(({ at, line }) => {
      const value = line[alarm.metric];
      return at >= from && at < from + period && typeof value === "number" ? [value] : [];
    });
    if (values.length === 0) return alarm.missing === "ignore" ? undefined : alarm.missing === "breaching";
    const value = STATISTICS[alarm.statistic](values);
    if (alarm.comparison === "LessThanThreshold") return value < threshold;
    return alarm.comparison === "GreaterThanThreshold" ? value > threshold : value >= threshold;
  };
  const seen: boolean[] = [];
  let loud = false;
  for (let from = end % period; from + period <= end; from += period) {
    const now = breaches(from);
    // With "ignore" a period without a value changes nothing.
    if (now === undefined) continue;
    seen.push(now);
    loud = seen.length >= periods && seen.slice(-periods).every(Boolean);
  }
  return loud;
}
