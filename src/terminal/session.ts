import type { Environment } from "../settings/config.ts";
import type { Invocation } from "./commands.ts";
import type { Render } from "./lines.ts";
import type { StatusLine } from "./progress.ts";

/** A terminal, as the program sees it. */
export interface Terminal {
  /** The result: standard output. */
  readonly out: (text: string) => void;
  readonly renderOut: Render;
  /** Everything about the way there: standard error. */
  readonly err: (text: string) => void;
  readonly renderErr: Render;
  readonly status: StatusLine;
  readonly interruptions: Interruptions;
  /** `undefined` when nobody is there to answer. */
  readonly ask: ((question: string) => Promise<string | undefined>) | undefined;
}

/** One command at a terminal. */
export interface Session {
  readonly invocation: Invocation;
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly show: Show;
  readonly status: StatusLine;
}

/** How what happens is shown: as a view for people, as log lines, or as one JSON document at the end. */
export type Show = "view" | "lines" | "json";

/** A wrong command line that only shows together with the settings or the terminal. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

// ---------------------------------------------------------------- Ctrl-C

/** What Ctrl-C does: nothing is lost while reading; while writing, what is open is finished first. */
export interface Interruptions {
  /** Aborted by the first interruption while something is written. */
  readonly stop: AbortSignal;
  /** From now on something may be under way. */
  readonly writing: () => void;
  /** To be called for every SIGINT and SIGTERM. */
  readonly interrupted: () => void;
}

/** npm passes a Ctrl-C on to a program that the terminal has told already: two at once are one. */
const TOGETHER_MS = 300;

/** `quit` ends the process with the sentence as its last word. */
export function interruptions(
  say: (sentence: string) => void,
  quit: (sentence: string) => void,
): Interruptions {
  const stop = new AbortController();
  let isWriting = false;
  let last = -Infinity;
  const interrupted = (): void => {
    const now = performance.now();
    const again = now - last >= TOGETHER_MS;
    last = now;
    if (!again) return;
    if (!isWriting) return quit("Stopped; nothing was written.");
    if (stop.signal.aborted) {
      return quit(
        "Quit while changes were under way; the next run finds out what became of them, and goes on.",
      );
    }
    stop.abort();
    say(
      "Stopping: no new changes are started, and those under way are finished (Ctrl-C again quits at once).",
    );
  };
  return { stop: stop.signal, writing: () => (isWriting = true), interrupted };
}
