/**
 * Control, format, bidi, zero-width and other invisible characters, and the separators that some programs break lines
 * at. Variation selectors stay: emoji need them, and they can't move or hide anything.
 */
const UNPRINTABLE = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\ufe00-\ufe0f]]/gv;

/** Text that can't forge or hide anything on a terminal: every unprintable character becomes `\u{…}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
