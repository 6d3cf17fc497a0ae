/** What Google answers with success although it is wrong: only listings lie, never `get` or `hasMember`. */

export type Listing = "users.list" | "groups.list" | "members.list";

interface PageLie {
  readonly listing: Listing;
  readonly kind: "drop" | "empty" | "broken-token" | "for-ever";
  /** The page it concerns, from 1. */
  readonly page: number;
}

export interface Lies {
  /** Addresses or ids missing from `users.list`; `"*"` hides everybody. */
  readonly hideUsers: (...users: string[]) => void;
  /** Addresses or ids missing from an account's `groups.list`, not from a user's; `"*"` hides all. */
  readonly hideGroups: (...groups: string[]) => void;
  /** Missing from this group's `members.list` (`"*"` = every group's); without names, all of its members. */
  readonly hideMembers: (group: string, ...members: string[]) => void;
  /** This page's rows never come, and nothing says so. */
  readonly dropPage: (listing: Listing, page: number) => void;
  /** An empty page, with a token to go on, comes before this page: legal, and easy to stumble over. */
  readonly emptyPage: (listing: Listing, page: number) => void;
  /** The token that this page carries is refused when it is used. */
  readonly breakToken: (listing: Listing, page: number) => void;
  /** The listing never ends: after the last page comes the first. */
  readonly repeatForEver: (listing: Listing) => void;
  /** A deleted group is still in `groups.list`; `groups.get` and `members.list` know it is gone. */
  readonly listDeletedGroup: (group: string) => void;
  /** The truth again. */
  readonly clear: () => void;
  readonly hidesUser: (keys: readonly string[]) => boolean;
  readonly hidesGroup: (keys: readonly string[]) => boolean;
  readonly hidesMember: (groupKeys: readonly string[], memberKeys: readonly string[]) => boolean;
  readonly stillLists: (groupKeys: readonly string[]) => boolean;
  readonly about: (listing: Listing, kind: PageLie["kind"]) => readonly number[];
}

export function createLies(): Lies {
  const users = new Set<string>();
  const groups = new Set<string>();
  const undead = new Set<string>();
  const members: { readonly group: string; readonly members: readonly string[] }[] = [];
  const pages: PageLie[] = [];
  const low = (keys: readonly string[]): string[] => keys.map((key) => key.toLowerCase());
  const meets = (set: ReadonlySet<string>, keys: readonly string[]): boolean =>
    set.has("*") || low(keys).some((key) => set.has(key));
  const put = (set: Set<string>, keys: readonly string[]): void => low(keys).forEach((key) => set.add(key));
  return {
    hideUsers: (...keys) => put(users, keys),
    hideGroups: (...keys) => put(groups, keys),
    hideMembers: (group, ...keys) => void members.push({ group: group.toLowerCase(), members: low(keys) }),
    dropPage: (listing, page) => void pages.push({ listing, kind: "drop", page }),
    emptyPage: (listing, page) => void pages.push({ listing, kind: "empty", page }),
    breakToken: (listing, page) => void pages.push({ listing, kind: "broken-token", page }),
    repeatForEver: (listing) => void pages.push({ listing, kind: "for-ever", page: 0 }),
    listDeletedGroup: (group) => put(undead, [group]),
    clear: () => {
      for (const set of [users, groups, undead]) set.clear();
      for (const list of [members, pages]) list.length = 0;
    },
    hidesUser: (keys) => meets(users, keys),
    hidesGroup: (keys) => meets(groups, keys),
    hidesMember: (groupKeys, memberKeys) =>
      members.some(
        (lie) =>
          (lie.group === "*" || low(groupKeys).includes(lie.group)) &&
          (lie.members.length === 0 || low(memberKeys).some((key) => lie.members.includes(key))),
      ),
    stillLists: (keys) => meets(undead, keys),
    about: (listing, kind) =>
      pages.filter((lie) => lie.listing === listing && lie.kind === kind).map((lie) => lie.page),
  };
}
