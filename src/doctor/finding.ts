import { TroubleError } from "../core/trouble.ts";
import type { Trouble } from "../core/trouble.ts";
import { SourceError } from "../google/errors.ts";
import { OutOfTime } from "../traffic/deadline.ts";

/** How one check ended. `not-checked` is what depends on a check that failed, or what there was no time for. */
export type Level = "ok" | "warning" | "error" | "not-checked";

/** One check: what was looked at, what was found and why it matters, and what to do (`""` when nothing is). */
export interface Finding {
  /** Stable, and each only once in a report: `google.scope.user`. */
  readonly id: string;
  readonly level: Level;
  readonly what: string;
  readonly why: string;
  readonly todo: string;
}

/** What is looked at, whatever comes of it. */
export interface Subject {
  readonly id: string;
  readonly what: string;
}

export const ok = (subject: Subject, why: string): Finding => ({ ...subject, level: "ok", why, todo: "" });

export const warning = (subject: Subject, why: string, todo: string): Finding => ({
  ...subject,
  level: "warning",
  why,
  todo,
});

export const wrong = (subject: Subject, why: string, todo: string): Finding => ({
  ...subject,
  level: "error",
  why,
  todo,
});

/** `because` completes "Not checked, because …". */
export const notChecked = (subject: Subject, because: string): Finding => ({
  ...subject,
  level: "not-checked",
  why: `Not checked, because ${because}.`,
  todo: "",
});

/** A trouble as a finding, both halves as sentences. */
export const fromTrouble = (
  subject: Subject,
  { why, todo }: Trouble,
  level: "warning" | "error" = "error",
): Finding => ({
  ...subject,
  level,
  why: `${why}.`,
  todo: `${todo.charAt(0).toUpperCase()}${todo.slice(1)}.`,
});

/** What was thrown as a finding. A check that the end of the time cut off found nothing out. */
export function fromError(subject: Subject, error: Thrown, level: "warning" | "error" = "error"): Finding {
  return error instanceof OutOfTime || (error instanceof SourceError && error.reason === "stopped")
    ? notChecked(subject, "the time for this run was over; give the function more (Timeout in function.json)")
    : fromTrouble(subject, error, level);
}

/**
 * What came of it, or what was thrown; a bug in the program is no finding and goes on being thrown. Nothing is begun
 * once the signal is aborted.
 */
export async function attempt<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly error: Thrown }> {
  try {
    signal.throwIfAborted();
    return { value: await work() };
  } catch (error) {
    if (error instanceof TroubleError || error instanceof OutOfTime) return { error };
    throw error;
  }
}

/** What the program throws on purpose: nothing of it holds a secret. */
export type Thrown = TroubleError | OutOfTime;

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** The first few of a list, and how many more. */
export function some(list: readonly string[], most = 5): string {
  const rest = list.length - most;
  return `${list.slice(0, most).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
