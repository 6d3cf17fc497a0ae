import type { Render } from "./text.ts";
import type { Interruptions } from "./interrupt.ts";
import type { StatusLine } from "./status-line.ts";

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

/** How what happens is shown: as a view for people, as log lines, or as one JSON document at the end. */
export type Show = "view" | "lines" | "json";

/** Somebody at the terminal said no, or said nothing in time. */
export class Declined extends Error {
  override readonly name = "Declined";
}

/** A wrong command line that only shows together with the settings or the terminal. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
