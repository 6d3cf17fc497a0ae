/** What a check is, and how checks are made: each once, after those it needs; what stands in the way is told. */
import { TroubleError } from "../core/trouble.ts";
import type { Trouble } from "../core/trouble.ts";
import { SourceError } from "../google/errors.ts";
import { OutOfTime } from "../traffic/deadline.ts";
import { notInOrder } from "./report.ts";
import type { Finding } from "./report.ts";

/** What the report calls a check, whatever comes of it. */
export interface Subject {
  readonly id: string;
  readonly title: string;
}

/**
 * What running a check came to: with a `value`, the checks that need it are made too; `found` is what the report says.
 * Without either it could not be made, since another check is not in order, or the time is over.
 */
type Verdict<T> =
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

interface Definition<T, N extends Needs> extends Partial<Pick<Check, "worst">> {
  /** Checks whose values `run` gets, under the same names; without one of them it is not run. */
  readonly needs?: N;
  /** May throw a `TroubleError`, which is what was found then. */
  readonly run: (values: Values<N>) => Verdict<T> | Promise<Verdict<T>>;
}

/** Defines a check. It is made when it is listed, or when a listed one needs it. */
export function check<T, const N extends Needs = Record<never, never>>(
  definition: Subject & Definition<T, N>,
): Check<T> {
  return { needs: {}, worst: "error", ...definition };
}

/** Something that checks need and that the report does not mention: it ends with a value, or waits for a check. */
export const step = <T, const N extends Needs = Record<never, never>>(
  needs: N,
  run: Definition<T, N>["run"],
): Check<T> => check({ id: "", title: "", needs, run });

export const ok = (why: string): { readonly value: undefined; readonly found: Found } => ({
  value: undefined,
  found: { level: "ok", why, todo: "" },
});
export const warning = (why: string, todo: string): { readonly value: undefined; readonly found: Found } => ({
  value: undefined,
  found: { level: "warning", why, todo },
});
export const wrong = ({ why, todo }: Trouble): { readonly found: Found } => ({
  found: { level: "error", why, todo },
});
/** In order, and nothing that the report would mention. */
export const fine = <T = undefined>(value: T): { readonly value: T } => ({ value });

/** Makes all checks and those they need, and tells what each found, the needed ones first. A bug is thrown. */
export async function make(checks: readonly Check[], signal: AbortSignal): Promise<readonly Finding[]> {
  const made = new Map<Check, Promise<Verdict<unknown>>>();
  const verdictOf = (one: Check): Promise<Verdict<unknown>> => {
    const known = made.get(one);
    if (known !== undefined) return known;
    const needed = Object.entries(one.needs).map(async ([name, need]) => ({
      name,
      need,
      verdict: await verdictOf(need),
    }));
    const verdict = Promise.all(needed).then((all) => runCheck(one, all, signal));
    made.set(one, verdict);
    return verdict;
  };
  await Promise.all(checks.map(verdictOf));
  const findings = [...made].map(async ([one, verdict]) => findingsOf(one, await verdict));
  return (await Promise.all(findings)).flat();
}

interface Needed {
  readonly name: string;
  readonly need: Check;
  readonly verdict: Verdict<unknown>;
}

async function runCheck(
  one: Check,
  needed: readonly Needed[],
  signal: AbortSignal,
): Promise<Verdict<unknown>> {
  const missing = needed.find(({ verdict }) => !("value" in verdict));
  if (missing !== undefined)
    return { waitsFor: "waitsFor" in missing.verdict ? missing.verdict.waitsFor : missing.need };
  if (signal.aborted) return { waitsFor: "time" };
  const values = Object.fromEntries(
    needed.map(({ name, verdict }) => [name, "value" in verdict ? verdict.value : undefined]),
  );
  try {
    return await one.run(values as never);
  } catch (error) {
    if (isOutOfTime(error)) return { waitsFor: "time" };
    if (!(error instanceof TroubleError)) throw error;
    return { found: { level: one.worst, why: error.why, todo: error.todo } };
  }
}

/** Whether the end of the time cut it off. */
const isOutOfTime = (error: unknown): boolean =>
  error instanceof OutOfTime || (error instanceof SourceError && error.reason === "stopped");

function findingsOf({ id, title }: Subject, verdict: Verdict<unknown>): readonly Finding[] {
  if (id === "") return [];
  if ("waitsFor" in verdict) return [notChecked({ id, title }, verdict.waitsFor)];
  if (verdict.found === undefined) return [];
  const { level, why, todo } = verdict.found;
  return [{ id, level, title, why: asSentence(why), todo: asSentence(todo) }];
}

function notChecked(subject: Subject, first: Subject | "time"): Finding {
  const because =
    first === "time"
      ? "the time for this run was over; give the function more (Timeout in function.json)"
      : notInOrder(first.title);
  const why = `Not checked, because ${because}.`;
  return {
    ...subject,
    level: "not-checked",
    why,
    todo: "",
    ...(first === "time" ? {} : { waitsFor: first.id }),
  };
}

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
