import ora from "ora";

import { printable } from "../log/printable.ts";

/** The one line that says what is going on; it is never part of the result. */
export interface StatusLine {
  /** `phase` is what a place that cannot move its cursor is told first, and `""` what it is not told. */
  readonly show: (text: string, phase: string) => void;
  /** Takes the line off the terminal, so that something else can be written; `show` brings it back. */
  readonly clear: () => void;
}

/** A spinner, for a terminal that can move its cursor. */
export function spinner(stream: NodeJS.WritableStream): StatusLine {
  const line = ora({ stream, isEnabled: true, discardStdin: false });
  return {
    show: (text) => {
      line.text = printable(text);
      if (!line.isSpinning) line.start();
    },
    clear: () => {
      // Stopping what does not spin would still wipe the line the cursor is in.
      if (line.isSpinning) line.stop();
    },
  };
}

const PAUSE_MS = 10_000;

/** Plain lines for a pipe or a log file: what is going on, and every ten seconds how far it is. */
export function plainLines(write: (text: string) => void): StatusLine {
  let last = { phase: "", at: 0 };
  return {
    show: (text, phase) => {
      const now = performance.now();
      if (phase === "" || (phase === last.phase && now - last.at < PAUSE_MS)) return;
      write(`${printable(phase === last.phase ? text : phase)}\n`);
      last = { phase, at: now };
    },
    clear: () => undefined,
  };
}

export const silent: StatusLine = { show: () => undefined, clear: () => undefined };
