/** What a check is, and how checks are made: each once, after those it needs. */
import { TroubleError } from "../core/trouble.ts";
import type { Trouble } from "../core/trouble.ts";
import { OutOfTime } from "../traffic/deadline.ts";
import { notInOrder } from "./report.ts";
import type { Finding } from "./report.ts";

/** What the report calls a check, whatever comes of it. */
interface Subject {
  readonly id: string;
  readonly title: string;
}

/**
 * What running a check came to: with a `value`, the checks that need it are made too; `found` is what the report says.
 * Without either it could not be made, since another check is not in order, or the time is over.
 */
export type Verdict<T> =
  | { readonly value: T; readonly found?: Found }
  | { readonly found: Found }
  | { readonly waitsFor: Subject | "time" };

interface Found extends Trouble {
  readonly level: "ok" | "warning" | "error";
}

export interface Check<T = unknown> extends Subject {
  readonly needs: Needs;
  /** What it is when `run` throws. */
  readonly worst: "warning" | "error";
  readonly run: (values: never) => Verdict<T> | Promise<Verdict<T>>;
}

type Needs = Readonly<Record<string, Check>>;
type Values<N extends Needs> = { readonly [K in keyof N]: N[K] extends Check<infer T> ? T : never };

/** Gets the values of what is needed, under the same names. May throw a `TroubleError`, which is what was found then. */
type Run<T, N extends Needs> = (values: Values<N>) => Verdict<T> | Promise<Verdict<T>>;

/**
 * Defines a check: `title` names what is looked at, whatever comes of it; without the value of one of its `needs` it is
 * not run. It is made when it is listed, or when a listed one needs it.
 */
export const check = <T, const N extends Needs>(
  id: string,
  title: string,
  needs: N,
  run: Run<T, N>,
  worst: Check["worst"] = "error",
): Check<T> => ({ id, title, needs, run, worst });

/** Something that checks need and that the report does not mention: it ends with a value, or waits for a check. */
export const step = <T, const N extends Needs>(needs: N, run: Run<T, N>): Check<T> =>
  check("", "", needs, run);

interface Passed<T> {
  readonly value: T;
  readonly found: Found;
}

/** In order; `value` is for the checks that need this one. */
export function ok(why: string): Passed<undefined>;
export function ok<T>(why: string, value: T): Passed<T>;
export function ok(why: string, value?: unknown): Passed<unknown> {
  return { value, found: { level: "ok", why, todo: "" } };
}

/** Not as it should be; the checks that need this one are made all the same. */
export const warning = (why: string, todo: string): Passed<undefined> => ({
  value: undefined,
  found: { level: "warning", why, todo },
});

/** The checks that need this one can't be made. */
export const wrong = (why: string, todo: string): { readonly found: Found } => ({
  found: { level: "error", why, todo },
});

/** In order, and nothing that the report would mention. */
export const fine = <T>(value: T): { readonly value: T } => ({ value });

/** Makes all checks and those they need, and tells what each found, the needed ones first. A bug is thrown. */
export async function make(checks: readonly Check[], signal: AbortSignal): Promise<readonly Finding[]> {
  const made = new Map<Check, Promise<Verdict<unknown>>>();
  const verdictOn = (one: Check): Promise<Verdict<unknown>> => {
    const known = made.get(one);
    if (known !== undefined) return known;
    const verdict = runCheck(one, verdictOn, signal);
    made.set(one, verdict);
    return verdict;
  };
  await Promise.all(checks.map(verdictOn));
  const findings = [...made].map(async ([one, verdict]) => findingsOf(one, await verdict));
  return (await Promise.all(findings)).flat();
}

async function runCheck(
  one: Check,
  verdictOn: (need: Check) => Promise<Verdict<unknown>>,
  signal: AbortSignal,
): Promise<Verdict<unknown>> {
  const needed = Object.entries(one.needs).map(
    async ([name, need]) => [name, need, await verdictOn(need)] as const,
  );
  const values: Record<string, unknown> = {};
  for (const [name, need, verdict] of await Promise.all(needed)) {
    if (!("value" in verdict)) return { waitsFor: "waitsFor" in verdict ? verdict.waitsFor : need };
    values[name] = verdict.value;
  }
  if (signal.aborted) return { waitsFor: "time" };
  try {
    return await one.run(values as never);
  } catch (error) {
    if (error instanceof OutOfTime) return { waitsFor: "time" };
    if (!(error instanceof TroubleError)) throw error;
    return { found: { level: one.worst, why: error.why, todo: error.todo } };
  }
}

function findingsOf({ id, title }: Subject, verdict: Verdict<unknown>): readonly Finding[] {
  if (id === "") return [];
  if ("waitsFor" in verdict) {
    const { waitsFor: first } = verdict;
    const because = first === "time" ? OUT_OF_TIME : notInOrder(first.title);
    const blocked = first === "time" ? {} : { waitsFor: first.id };
    return [
      { id, level: "not-checked", title, why: `Not checked, because ${because}.`, todo: "", ...blocked },
    ];
  }
  if (verdict.found === undefined) return [];
  const { level, why, todo } = verdict.found;
  return [{ id, level, title, why: asSentence(why), todo: asSentence(todo) }];
}

const OUT_OF_TIME = "the time for this run was over; give the function more (Timeout in function.json)";

const asSentence = (half: string): string =>
  half === "" ? "" : `${half.charAt(0).toUpperCase()}${half.slice(1)}.`;

/** What was thrown on purpose, as a value; `undefined` when nothing was. */
export async function troubleIn(work: () => Promise<unknown>): Promise<TroubleError | OutOfTime | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof TroubleError || error instanceof OutOfTime) return error;
    throw error;
  }
}
