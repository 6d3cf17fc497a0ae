/** How much could not be read, and whether that is still an oddity. */
import type { Existing, Source, Unread } from "./model.ts";
import type { Trouble } from "./trouble.ts";

const MOST_ODDITIES = 2;
const MOST_SHARE = 0.05;

interface Counted {
  readonly kind: Unread["kind"];
  readonly at: "Google" | "AWS";
  readonly unread: readonly Told[];
  readonly of: number;
}

interface Told extends Trouble {
  /** An address or a name, as far as it has one. */
  readonly label: string;
}

/** Users or groups of which too many could not be read, with the first of them, and how many were asked for. */
interface MuchUnread extends Pick<Counted, "kind" | "at" | "of"> {
  readonly count: number;
  readonly first: Told;
}

/** Three or more of a kind on one side, and over 5 % of them: no oddity any more. */
export function muchUnread(source: Source, existing: Existing): MuchUnread | undefined {
  for (const { kind, at, of, unread } of [...hiddenInGoogle(source), ...hiddenInAws(existing)]) {
    const [first] = unread;
    if (first !== undefined && unread.length > MOST_ODDITIES && unread.length > of * MOST_SHARE)
      return { kind, at, of, count: unread.length, first };
  }
  return undefined;
}

function hiddenInGoogle({ users, members, unread }: Source): readonly Counted[] {
  const read = { user: users.length, group: members.size };
  return (["user", "group"] as const).map((kind) => {
    const some = [...unread.values()].filter((one) => one.kind === kind);
    const told = some.map(({ email: label, why, todo }) => ({ label, why, todo }));
    return { kind, at: "Google", unread: told, of: read[kind] + told.length };
  });
}

function hiddenInAws({ users, groups, unread }: Existing): readonly Counted[] {
  const named = {
    user: users.map(({ id, userName: label }) => ({ id, label })),
    group: groups.map(({ id, name: label }) => ({ id, label })),
  };
  return (["user", "group"] as const).map((kind) => {
    const told = named[kind].flatMap(({ id, label }) => {
      const trouble = unread.get(id);
      return trouble === undefined ? [] : [{ label: label || id, why: trouble.why, todo: trouble.todo }];
    });
    return { kind, at: "AWS", unread: told, of: named[kind].length };
  });
}
