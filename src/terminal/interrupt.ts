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
      return quit("Quit with changes under way; the next run sees what became of them, and goes on.");
    }
    stop.abort();
    say("Stopping: no more changes are started, the open ones are finished (Ctrl-C again quits at once).");
  };
  return { stop: stop.signal, writing: () => (isWriting = true), interrupted };
}
