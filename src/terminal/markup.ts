import { printable } from "../log/printable.ts";

/** Text that is HTML already. Made by `markup` alone, so that nothing else reaches a page without being escaped. */
export interface Markup {
  readonly [made]: string;
}

const made = Symbol("markup");

export type Content = string | number | Markup | readonly Content[];

/**
 * A template whose every value is text unless it is Markup itself: escaped for elements and for attributes in double
 * quotes, and made `printable`, for names come from strangers. Not to be used inside `<script>` or `<style>`.
 */
export function markup(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const text = parts.map((part, at) => part + (at < values.length ? written(values[at] ?? "") : "")).join("");
  return { [made]: text };
}

/** The HTML itself. */
export const htmlOf = (whole: Markup): string => whole[made];

/** Text of our own files that is put into a page as it is; never anything that was read from Google or AWS. */
export const trusted = (text: string): Markup => ({ [made]: text });

function written(value: Content): string {
  if (typeof value === "string") return escaped(printable(value));
  if (typeof value === "number") return String(value);
  return made in value ? value[made] : value.map(written).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
