import type { Change, Kind } from "../core/change.ts";
import { EVERY_KIND, KINDS, isRemoval } from "../core/change.ts";
import { count, countsOf } from "../core/count.ts";

const WORDS: Readonly<Record<Kind, readonly [planned: string, done: string]>> = {
  "user.create": ["create", "created"],
  "user.update": ["change", "changed"],
  "user.enable": ["enable", "enabled"],
  "user.disable": ["disable", "disabled"],
  "user.retire": ["retire", "retired"],
  "user.restore": ["bring back", "brought back"],
  "user.delete": ["delete", "deleted"],
  "group.create": ["create", "created"],
  "group.update": ["change", "changed"],
  "group.retire": ["retire", "retired"],
  "group.restore": ["bring back", "brought back"],
  "group.delete": ["delete", "deleted"],
  "members.add": ["add", "added"],
  "members.remove": ["take away", "taken away"],
};

/** `118 users to create, 560 memberships to add`, or `118 users created, …` of what is done; `""` of nothing. */
export function totals(changes: readonly Change[], tense: "planned" | "done"): string {
  const found = countsOf(changes);
  return EVERY_KIND.filter((kind) => (found[kind] ?? 0) > 0)
    .map((kind) => {
      const [planned, done] = WORDS[kind];
      const things = count(found[kind] ?? 0, KINDS[kind].of);
      return tense === "planned" ? `${things} to ${planned}` : `${things} ${done}`;
    })
    .join(", ");
}

/** Those that take something away from somebody. */
export const takesAway = (change: Change): boolean => isRemoval(change);
