import type { DoctorReport } from "./checks.ts";
import { printable } from "../log/printable.ts";
import { plural } from "./finding.ts";
import type { Finding, Level } from "./finding.ts";

const SIGNS: Readonly<Record<Level, string>> = {
  ok: "ok",
  warning: "WARNING",
  error: "ERROR",
  "not-checked": "-",
};
const WIDTH = 8;

/**
 * The report for people, one line each, without colours: what to do first, in order, then everything that was looked
 * at. Without `verbose` what is in order is only counted.
 */
export function reportText(report: DoctorReport, verbose = false): readonly string[] {
  const { findings, counts } = report;
  const shown = findings.filter(({ level }) => verbose || level !== "ok");
  const todos = findings.filter(({ todo }) => todo !== "");
  const order = [...todos.filter(isError), ...todos.filter((finding) => !isError(finding))];
  return [
    ...shown.flatMap(lines),
    ...(verbose || counts.ok === 0 ? [] : [`${plural(counts.ok, "check")} in order (--verbose shows them).`]),
    ...(order.length === 0 ? ["Nothing to do."] : ["", "What to do, in this order:"]),
    ...order.map(({ todo }, at) => `  ${at + 1}. ${todo}`),
  ].map(printable);
}

const isError = ({ level }: Finding): boolean => level === "error";

function lines({ level, what, why }: Finding): readonly string[] {
  return [`${SIGNS[level].padEnd(WIDTH)}${what}`, `${" ".repeat(WIDTH)}${why}`];
}
