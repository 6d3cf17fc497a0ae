import { styleText } from "node:util";

import { cut } from "../core/names.ts";
import { printable } from "../log/printable.ts";

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

// ---------------------------------------------------------------- breaking lines

/** Columns that a character takes: two for those of East Asia and for emoji, none for accents by themselves. */
function columns(text: string): number {
  let sum = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    sum += WIDE.test(character) ? 2 : 1;
  }
  return sum;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/**
 * The line in as many as it needs to fit: broken between words, what follows a little further in, or below the second
 * column where there are two. A command is never broken, because it is there to be copied.
 */
function wrapped(line: Line, width: number): readonly Line[] {
  const indent = " ".repeat(hanging(line.map(textOf).join(""), width));
  const lines: (string | Piece)[][] = [[]];
  let at = 0;
  let mayBreak = false;
  for (const word of line.flatMap(words)) {
    const text = textOf(word);
    if (mayBreak && at > indent.length && at + columns(text.trimEnd()) > width) {
      lines.push([indent]);
      at = indent.length;
    }
    lines.at(-1)?.push(word);
    at += columns(text);
    mayBreak = text.endsWith(" ");
  }
  return lines;
}

/** Where the rest of a broken line begins; two columns are two or more spaces apart. */
function hanging(text: string, width: number): number {
  const [margin = ""] = /^ */.exec(text) ?? [];
  const [first = ""] = /^ *\S+(?: \S+)* {2,}(?=\S)/.exec(text) ?? [];
  const second = columns(first);
  return second > 0 && second <= width / 2 ? second : margin.length + 2;
}

const textOf = (part: string | Piece): string => (typeof part === "string" ? part : part.text);

/** Words with the spaces that follow them. */
function words(part: string | Piece): readonly (string | Piece)[] {
  if (typeof part === "string") return part.split(/(?<= )(?! )/);
  return part.style === "command"
    ? [part]
    : part.text.split(/(?<= )(?! )/).map((text) => ({ ...part, text }));
}
