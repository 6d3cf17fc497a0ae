import { cut } from "../core/names.ts";

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? "");

/** The longest text that is left whole where something has to be cut, in UTF-16 units. */
const LONGEST_TEXT = 10_000;

/** As many of the first entries as take at most so many bytes as JSON. */
export function firstWithin<T>(list: readonly T[], mostBytes: number): readonly T[] {
  let bytes = 1;
  const end = list.findIndex((entry) => (bytes += bytesOf(entry) + 1) > mostBytes);
  return end === -1 ? list : list.slice(0, end);
}

/**
 * Plain data as it is, or, where its JSON takes more bytes than that, without the ends of its longest lists and texts.
 * Beside a list that was cut stands `more`: how many of its entries are not there.
 */
export function bounded<T>(value: T, mostBytes: number): T {
  if (bytesOf(value) <= mostBytes) return value;
  for (let most = longestList(value); ; most = Math.floor(most * 0.8)) {
    const cut = shortened(value, most);
    if (most === 0 || bytesOf(cut) <= mostBytes) return cut as T;
  }
}

function longestList(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce((most: number, one) => Math.max(most, longestList(one)), 0);
  return Array.isArray(value) ? Math.max(value.length, inside) : inside;
}

function shortened(value: unknown, most: number): unknown {
  if (typeof value === "string") return shortText(value, LONGEST_TEXT);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.slice(0, most).map((entry) => shortened(entry, most));
  const left = Object.values(value).reduce((sum: number, one) => sum + leftOut(one, most), 0);
  const rest = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shortened(one, most)]));
  if (left === 0) return rest;
  return { ...rest, more: left + (typeof rest["more"] === "number" ? rest["more"] : 0) };
}

const leftOut = (value: unknown, most: number): number =>
  Array.isArray(value) ? Math.max(0, value.length - most) : 0;

/** At most `longest` UTF-16 units and a mark that something is missing. */
export function shortText(text: string, longest: number): string {
  return text.length <= longest ? text : `${cut(text, longest)}…`;
}
