/** How much of the source could not be read, and whether that is still an oddity. */
import type { Source, Unread } from "./model.ts";

const MOST_ODDITIES = 2;
const MOST_SHARE = 0.05;

/** Users or groups of which too many could not be read, with the first of them, and how many were asked for. */
interface MuchUnread {
  readonly kind: Unread["kind"];
  readonly count: number;
  readonly of: number;
  readonly first: Unread;
}

/** Three or more of a kind, and over 5 % of them: no oddity any more. */
export function muchUnread({ users, members, unread }: Source): MuchUnread | undefined {
  const read = { user: users.length, group: members.size };
  for (const [kind, found] of Map.groupBy(unread.values(), (one) => one.kind)) {
    const [first] = found;
    const of = read[kind] + found.length;
    if (first !== undefined && found.length > MOST_ODDITIES && found.length > of * MOST_SHARE)
      return { kind, count: found.length, of, first };
  }
  return undefined;
}
