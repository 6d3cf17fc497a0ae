import { count } from "../core/count.ts";
import { printable } from "../log/printable.ts";

/** How one check ended; `not-checked`: something it needs is missing, or there was no time for it. */
type Level = "ok" | "warning" | "error" | "not-checked";

/** One check: what was looked at, what was found and why it matters, and what to do (`""` when nothing is). */
export interface Finding {
  /** Stable, and each only once in a report: `google.scope.user`. */
  readonly id: string;
  readonly level: Level;
  /** What was looked at, whatever came of it. */
  readonly title: string;
  readonly why: string;
  readonly todo: string;
  /** The id of the check that has to be in order before this one can be made; absent where it is the time that ended. */
  readonly waitsFor?: string;
}

/** Every check, whether it was made or not, in the order in which to put things right. */
export interface DoctorReport {
  readonly action: "doctor";
  /** The worst of the findings; `warning` too when something could not be checked. */
  readonly status: "ok" | "warning" | "error";
  /** One sentence. */
  readonly message: string;
  readonly version: string;
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<Level, number>>;
  readonly requests: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** The exit code of the CLI: 0 all well, 3 something to look at, 1 something that stops a run. */
export const doctorExitCode = ({ status }: DoctorReport): number =>
  status === "ok" ? 0 : status === "warning" ? 3 : 1;

type Numbers = Pick<DoctorReport, "version" | "requests" | "seconds">;

/** Counts the findings and sums them up. */
export function reportOf(findings: readonly Finding[], numbers: Numbers): DoctorReport {
  const counts = { ok: 0, warning: 0, error: 0, "not-checked": 0 };
  for (const { level } of findings) counts[level] += 1;
  const status = counts.error > 0 ? "error" : counts.warning + counts["not-checked"] > 0 ? "warning" : "ok";
  return { action: "doctor", status, message: summedUp(counts, findings), ...numbers, findings, counts };
}

function summedUp(counts: DoctorReport["counts"], findings: readonly Finding[]): string {
  const numbers = [
    ...(counts.error > 0 ? [count(counts.error, "error")] : []),
    ...(counts.warning > 0 ? [count(counts.warning, "warning")] : []),
    ...(counts["not-checked"] > 0 ? [`${counts["not-checked"]} not checked`] : []),
    `${counts.ok} in order`,
  ].join(", ");
  const [first] = problemsOf(findings);
  return first === undefined
    ? `The doctor found ${numbers}.`
    : `The doctor found ${numbers}; to begin with: ${first.why} ${first.todo}`;
}

/** What has to be done, errors first. */
const problemsOf = (findings: readonly Finding[]): readonly Finding[] => [
  ...findings.filter(({ level }) => level === "error"),
  ...findings.filter(({ level }) => level === "warning"),
];

// ---------------------------------------------------------------- for people

/** One line for people: `sign` is the word it begins with, padded, to be coloured by `level`. */
export interface ReportLine {
  readonly level?: Level;
  readonly sign?: string;
  readonly text: string;
}

const SIGNS: Readonly<Record<Level, string>> = {
  ok: "ok",
  warning: "WARNING",
  error: "ERROR",
  "not-checked": "-",
};
const WIDTH = 8;

/**
 * The report for people: what is wrong, and what to do about it, errors first; then how much is in order, and how much
 * was not checked, and why. `verbose` lists these two as well.
 */
export function reportText({ findings, counts }: DoctorReport, verbose = false): readonly ReportLine[] {
  const problems = problemsOf(findings);
  const rest = verbose ? findings.filter(({ level }) => level === "not-checked" || level === "ok") : [];
  const more = (of: number) => (verbose ? "" : ` (--verbose lists ${of === 1 ? "it" : "them"})`);
  return [
    ...toldOnce([...problems, ...rest]).flatMap(linesOf),
    ...(counts.ok > 0 ? [{ text: `${count(counts.ok, "check")} in order${more(counts.ok)}.` }] : []),
    ...(counts["not-checked"] > 0 ? [{ text: `${notMade(findings)}${more(counts["not-checked"])}.` }] : []),
    ...(problems.length === 0 ? [{ text: "Nothing to do." }] : []),
  ];
}

/** What is wrong for one and the same reason is told once, under all its titles. */
const toldOnce = (findings: readonly Finding[]): readonly Finding[] =>
  [...Map.groupBy(findings, ({ level, why, todo }) => JSON.stringify([level, why, todo])).values()].flatMap(
    (alike) =>
      alike.slice(0, 1).map((one) => ({ ...one, title: alike.map(({ title }) => title).join(", ") })),
  );

function linesOf({ level, title, why, todo }: Finding): readonly ReportLine[] {
  const indented = [why, ...(todo === "" ? [] : [`To do: ${todo}`])];
  return [
    { level, sign: SIGNS[level].padEnd(WIDTH), text: printable(title) },
    ...indented.map((text) => ({ text: `${" ".repeat(WIDTH)}${printable(text)}` })),
  ];
}

/** How many checks were not made, by what they wait for. */
function notMade(findings: readonly Finding[]): string {
  const titles = new Map(findings.map(({ id, title }) => [id, title]));
  const waiting = findings.filter(({ level }) => level === "not-checked");
  const reasons = [...Map.groupBy(waiting, ({ waitsFor }) => waitsFor)].map(([id, { length }]) => {
    const because = id === undefined ? "there was no time left" : notInOrder(titles.get(id) ?? id);
    return [length, `because ${because}`] as const;
  });
  const all = `${count(waiting.length, "check was", "checks were")} not made`;
  const [[, because] = [0, ""], ...others] = reasons;
  const each = reasons.map(([length, why]) => `${length} ${why}`).join(", ");
  return printable(others.length === 0 ? `${all}, ${because}` : `${all}: ${each}`);
}

/** Completes "because …". */
export const notInOrder = (title: string): string => `“${title}” is not in order`;

/** The first few of a list, and how many more there are. */
export function firstFew(list: readonly string[], most = 5): string {
  const rest = list.length - most;
  return `${list.slice(0, most).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
