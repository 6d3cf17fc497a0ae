import type { Line, Piece } from "./text.ts";

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
 * The line in as many as it needs to fit: broken between words, what follows a little further in. A command is never
 * broken, for it is there to be copied.
 */
export function wrapped(line: Line, width: number): readonly Line[] {
  const indent = " ".repeat(2 + (/^ */.exec(textOf(line[0] ?? ""))?.[0].length ?? 0));
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

const textOf = (part: string | Piece): string => (typeof part === "string" ? part : part.text);

/** Words with the spaces that follow them. */
function words(part: string | Piece): readonly (string | Piece)[] {
  if (typeof part === "string") return part.split(/(?<= )(?! )/);
  return part.style === "command"
    ? [part]
    : part.text.split(/(?<= )(?! )/).map((text) => ({ ...part, text }));
}
