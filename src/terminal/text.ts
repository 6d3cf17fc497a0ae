import { styleText } from "node:util";

import { cut } from "../core/names.ts";
import { printable } from "../log/printable.ts";
import { wrapped } from "./wrap.ts";

export type Style = "add" | "change" | "remove" | "warn" | "strong" | "dim" | "command";

/** A text and its look; how it is shown is the renderer's business, so that no text brings a look of its own. */
export interface Piece {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly (string | Piece)[];

/** Lines as text, each with its line break. */
export type Render = (lines: readonly Line[]) => string;

const FORMATS = {
  add: "green",
  change: "yellow",
  remove: "red",
  warn: ["bold", "yellow"],
  strong: "bold",
  dim: "dim",
  command: "cyan",
} as const satisfies Record<Style, Parameters<typeof styleText>[0]>;

/**
 * Every text goes through `printable`: names come from strangers, and must not move the cursor. Lines are broken at
 * `width` columns; without it, as in a pipe, each stays one line.
 */
export function renderer(colour: boolean, width?: number): Render {
  const shown = (part: string | Piece): string => {
    if (typeof part === "string") return printable(part);
    const text = printable(part.text);
    return colour ? styleText(FORMATS[part.style], text, { validateStream: false }) : text;
  };
  const fitting = (line: Line): readonly Line[] => (width === undefined ? [line] : wrapped(line, width));
  return (lines) =>
    lines
      .flatMap(fitting)
      .map((line) => `${line.map(shown).join("").trimEnd()}\n`)
      .join("");
}

const styled =
  (style: Style) =>
  (text: string): Piece => ({ text, style });

export const strong = styled("strong");
export const dim = styled("dim");
export const warn = styled("warn");
export const command = styled("command");
export const red = styled("remove");

export const BLANK: Line = [];

const LONGEST_NAME = 120;

/** A name of any length, short enough for a line. */
export function short(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${cut(name, LONGEST_NAME)}…`;
}

/** One word of a command line, quoted for a POSIX shell where that is needed. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) && !word.startsWith("-") ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
