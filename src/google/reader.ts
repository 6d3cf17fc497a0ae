/** Listings read row by row, with what could not be understood noted beside them. */
import { sourceId } from "../core/model.ts";
import type { SourceId, SourceMember, Unread } from "../core/model.ts";
import { remembered } from "../core/remembered.ts";
import type { Trouble } from "../core/trouble.ts";
import type { DirectoryApi } from "./auth.ts";
import { isMisunderstood } from "./errors.ts";
import type { Errand } from "./errand.ts";
import { pages } from "./pages.ts";
import type { Listing } from "./pages.ts";
import { nameOf, stateOf } from "./rows.ts";

/** Rows read so far. */
export interface Progress {
  readonly users: number;
  readonly groups: number;
  readonly members: number;
}

export interface Reading {
  readonly signal: AbortSignal;
  readonly progress?: (soFar: Progress) => void;
}

/** What every listing of one reading shares. */
export interface Reader {
  readonly api: DirectoryApi;
  readonly signal: AbortSignal;
  /** `met` gets every row at once, while the listing continues. */
  readonly all: <T>(
    listing: Listing,
    parse: (row: unknown, errand: Errand) => T,
    met?: (row: T) => void,
  ) => Promise<readonly T[]>;
  /** The same text, and the same row, in one place of the memory, however many groups it came in. */
  readonly same: (text: string) => string;
  readonly sameRow: (row: SourceMember) => SourceMember;
}

/** Readers for one reading, each ended by a signal of its own. */
export function readersOf(api: DirectoryApi, progress: Reading["progress"]): (signal: AbortSignal) => Reader {
  const soFar = { users: 0, groups: 0, members: 0 };
  const same = remembered((text: string) => text);
  const sameRow = sharing(same);
  return (signal) => ({
    api,
    signal,
    same,
    sameRow,
    all: async <T>(
      listing: Listing,
      parse: (row: unknown, errand: Errand) => T,
      met: (row: T) => void = () => undefined,
    ) => {
      const found: T[] = [];
      for await (const rows of pages(api, { ...listing, signal })) {
        for (const row of rows) {
          const parsed = parse(row, listing.errand);
          found.push(parsed);
          met(parsed);
        }
        soFar[listing.rows] += rows.length;
        progress?.({ ...soFar });
      }
      return found;
    },
  });
}

/** Somebody in a hundred groups is one row in memory, or two where they own some of these, not a hundred. */
function sharing(same: (text: string) => string): (row: SourceMember) => SourceMember {
  const known = new Map<string, SourceMember>();
  return ({ id, email, type, ...role }) => {
    const key = `${id || email}${role.owner === true ? " owner" : ""}`;
    const before = known.get(key);
    if (before !== undefined && before.email === email && before.type === type) return before;
    const row = { id: sourceId(same(id)), email: same(email), type, ...role };
    known.set(key, row);
    return row;
  };
}

/** A user or a group that is unread, because of this trouble. */
export const unreadOf = (
  kind: Unread["kind"],
  { email, state }: Pick<Unread, "email"> & { readonly state?: Unread["state"] | undefined },
  { why, todo }: Trouble,
): Unread => ({ kind, email, why, todo, ...(state === undefined ? {} : { state }) });

/** What a row says, or else nothing, having noted it under its id, or under whatever else it is known by. */
export function understoodOr<T>(
  odd: Map<SourceId, Unread>,
  kind: Unread["kind"],
  row: unknown,
  parse: () => T,
): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!isMisunderstood(error)) throw error;
    const { id, email } = nameOf(row);
    const state = kind === "user" ? stateOf(row) : undefined;
    odd.set(sourceId(id || email || `a ${kind} without an id`), unreadOf(kind, { email, state }, error));
    return undefined;
  }
}
