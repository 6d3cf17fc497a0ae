import type { Change, Kind } from "./change.ts";
import { EVERY_KIND } from "./change.ts";

const NUMBER = new Intl.NumberFormat("en-US");

/** `1,234` */
export const number = (value: number): string => NUMBER.format(value);

/** A number and what is counted, in agreement: `1 user`, `1,234 users`. */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** The first of a list, with how many more there are: `a, b and 1,234 more`. */
export function firstTexts(texts: readonly string[], most: number, between = ", "): string {
  const more = texts.length - most;
  const first = texts.slice(0, most).join(between);
  return more > 0 ? `${first} and ${number(more)} more` : first;
}

/** How often each thing happens: users and groups one by one, memberships person by person. */
export type Counts = Readonly<Partial<Record<Kind, number>>>;

/** The one way in which changes are counted; who joins together with a new group counts as a membership too. */
export function countsOf(changes: readonly Change[]): Counts {
  const found = new Map<Kind, number>();
  const put = (kind: Kind, more: number): void => void found.set(kind, (found.get(kind) ?? 0) + more);
  for (const change of changes) {
    put(change.kind, "users" in change ? change.users.length : 1);
    if (change.kind === "group.create") put("members.add", change.members.length);
  }
  return Object.fromEntries(
    EVERY_KIND.flatMap((kind): [Kind, number][] => {
      const times = found.get(kind) ?? 0;
      return times === 0 ? [] : [[kind, times]];
    }),
  );
}

export const total = (counts: Counts): number => Object.values(counts).reduce((sum, times) => sum + times, 0);
