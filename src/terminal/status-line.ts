import ora from "ora";

import { printable } from "../printable.ts";

/** The one line that says what is going on; it is never part of the result. */
export interface StatusLine {
  readonly show: (text: string) => void;
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
    clear: () => void line.stop(),
  };
}

const PAUSE_MS = 10_000;

/** Plain lines for a pipe or a log file: the first of each kind (by its first word), then one every ten seconds. */
export function plainLines(write: (text: string) => void): StatusLine {
  let last = { word: "", at: 0 };
  return {
    show: (text) => {
      const word = text.split(" ", 1)[0] ?? "";
      const now = performance.now();
      if (word === last.word && now - last.at < PAUSE_MS) return;
      last = { word, at: now };
      write(`${printable(text)}\n`);
    },
    clear: () => undefined,
  };
}

export const silent: StatusLine = { show: () => undefined, clear: () => undefined };
