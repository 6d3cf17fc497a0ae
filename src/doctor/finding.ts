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

/** An error's sentence as a finding: the program's sentences name the cause first and the next step last. */
export function fromSentence(
  subject: Subject,
  sentence: string,
  level: "warning" | "error" = "error",
): Finding {
  const [why, todo] = split(sentence);
  return { ...subject, level, why, todo: todo === "" ? "Put this right, and run the doctor again." : todo };
}

/** What was thrown as a finding. A check that the end of the time cut off found nothing out. */
export function fromError(subject: Subject, error: Error, level: "warning" | "error" = "error"): Finding {
  const stopped = error.name === "OutOfTime" || (error as { reason?: unknown }).reason === "stopped";
  return stopped
    ? notChecked(subject, "the time for this run was over; give the function more (Timeout in function.json)")
    : fromSentence(subject, error.message, level);
}

/**
 * A sentence cut where its advice begins: at the first semicolon, or else at the last colon; never inside quotation
 * marks or brackets. Without either, all of it is the cause.
 */
export function split(sentence: string): readonly [why: string, todo: string] {
  const cuts = cutsOf(sentence);
  const at = cuts.find((cut) => sentence[cut] === ";") ?? cuts.findLast((cut) => sentence[cut] === ":");
  if (at === undefined) return [sentence, ""];
  const advice = sentence.slice(at + 2);
  return [`${sentence.slice(0, at)}.`, capital(advice)];
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function cutsOf(sentence: string): readonly number[] {
  const cuts: number[] = [];
  let quoted = false;
  let depth = 0;
  for (let at = 0; at < sentence.length; at++) {
    const character = sentence.charAt(at);
    if (character === '"') quoted = !quoted;
    if (character === "(") depth += 1;
    if (character === ")") depth = Math.max(0, depth - 1);
    const outside = !quoted && depth === 0 && sentence.charAt(at + 1) === " ";
    if (outside && (character === ";" || character === ":")) cuts.push(at);
  }
  return cuts;
}

/**
 * What came of it, or what was thrown; a bug in the program is no finding and goes on being thrown. Nothing is begun
 * once the signal is aborted.
 */
export async function attempt<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly error: Error }> {
  try {
    signal.throwIfAborted();
    return { value: await work() };
  } catch (error) {
    if (error instanceof Error && KNOWN.has(error.name)) return { error };
    throw error;
  }
}

/** The program's own errors: each has a sentence without secrets in it. */
const KNOWN: ReadonlySet<string> = new Set([
  "SourceError",
  "TargetError",
  "TokenError",
  "ExistingError",
  "ConfigError",
  "OutOfTime",
]);

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** The first few of a list, and how many more. */
export function some(list: readonly string[], most = 5): string {
  const rest = list.length - most;
  return `${list.slice(0, most).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
