/** The source, read whole: users, groups, and who is directly in which of them. */
import { sourceId } from "../core/model.ts";
import type { Source, SourceGroup, SourceId, SourceMember, SourceUser } from "../core/model.ts";
import { remembered } from "../core/remembered.ts";
import { pool } from "../traffic/pool.ts";
import type { DirectoryApi } from "./auth.ts";
import { isForbidden, isNotFound, SourceError } from "./errors.ts";
import type { Errand } from "./errand.ts";
import { groupPages, memberPages, pages, userPages } from "./pages.ts";
import type { Listing } from "./pages.ts";
import { rowsOnce, parseGroup, parseMember, parseUser, parseUserId } from "./rows.ts";

interface Ask {
  /** `my_customer` or the id of one. */
  readonly customerId: string;
  /** Google queries, of which one has to fit; `"all"` for `*`, `"none"` when the setting is not there. */
  readonly userMatch: readonly string[] | "all" | "none";
  readonly groupMatch: readonly string[] | "all";
  /** Whether a listed group's members are needed. */
  readonly wants: (group: SourceGroup) => boolean;
}

/** Rows read so far. */
export interface Progress {
  readonly users: number;
  readonly groups: number;
  readonly members: number;
}

interface Reading {
  readonly signal: AbortSignal;
  readonly progress?: (soFar: Progress) => void;
}

/** Groups whose members are asked for at the same time; how fast they start is the pace's business. */
const GROUPS_AT_ONCE = 20;
/**
 * The same while the users are still being listed, whose next page can only be asked for after the last one: whoever
 * waits for a turn before it makes the longest chain longer.
 */
const BESIDE_THE_USERS = 8;

/**
 * Reads everything, users beside groups. Either all of it was read and could be trusted, or a `SourceError` comes
 * out: there is no partial result. Guests (accounts of other people, let in to look) are not users of the company
 * and are left out. A listed group that is gone when its members are asked for is left out too.
 */
export async function readDirectory(
  api: DirectoryApi,
  ask: Ask,
  { signal, progress }: Reading,
): Promise<Source> {
  const failed = new AbortController();
  const reader = readerOf(api, AbortSignal.any([signal, failed.signal]), progress);
  const users = readUsers(reader, ask);
  const reads = [users, readMatched(reader, ask), readGroups(reader, ask, users)] as const;
  try {
    const [people, matched, groups] = await Promise.all(reads);
    return { users: people, matched, ...groups };
  } catch (error) {
    // What is still under way is of no use to anybody.
    failed.abort();
    await Promise.allSettled(reads);
    throw error;
  }
}

interface Reader {
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

function readerOf(api: DirectoryApi, signal: AbortSignal, progress: Reading["progress"]): Reader {
  const soFar = { users: 0, groups: 0, members: 0 };
  const same = remembered((text: string) => text);
  return {
    api,
    signal,
    same,
    sameRow: sharing(same),
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
  };
}

/** Somebody in a hundred groups is one row in memory, not a hundred. */
function sharing(same: (text: string) => string): (row: SourceMember) => SourceMember {
  const known = new Map<string, SourceMember>();
  return ({ id, email, type }) => {
    const before = known.get(id);
    if (before !== undefined && before.email === email && before.type === type) return before;
    const row = { id: sourceId(same(id)), email: same(email), type };
    known.set(row.id, row);
    return row;
  };
}

async function readUsers(reader: Reader, { customerId }: Ask): Promise<readonly SourceUser[]> {
  const errand = { doing: "listing the users", customerId };
  const { same } = reader;
  const rows = await reader.all(
    { rows: "users", errand, page: userPages({ customer: customerId }) },
    (row, why) => {
      const { id, email, orgUnit, ...rest } = parseUser(row, why);
      return { ...rest, id: sourceId(same(id)), email: same(email), orgUnit: same(orgUnit) };
    },
  );
  return rowsOnce(rows, errand).flatMap(({ guest, ...user }) => (guest ? [] : [user]));
}

async function readMatched(reader: Reader, { customerId, userMatch }: Ask): Promise<Source["matched"]> {
  if (typeof userMatch === "string") return userMatch;
  const found = await Promise.all(
    userMatch.map((text) => {
      const query = { setting: "USER_MATCH", text } as const;
      const errand = { doing: "listing the users of USER_MATCH", customerId, query };
      const page = userPages({ customer: customerId, query: text, idsOnly: true });
      return reader.all({ rows: "users", errand, page }, parseUserId);
    }),
  );
  return new Set(found.flat());
}

type Groups = Pick<Source, "groups" | "members" | "outside">;

/** A group's members are asked for as soon as the group is listed; `users` is the listing that continues meanwhile. */
async function readGroups(reader: Reader, ask: Ask, users: Promise<unknown>): Promise<Groups> {
  const { customerId, groupMatch, wants } = ask;
  const errand = { doing: "listing the groups", customerId };
  const queries = groupMatch === "all" ? [undefined] : groupMatch;
  const { promise: listed, resolve: know } = Promise.withResolvers<ReadonlySet<SourceId>>();
  const walk = walker(reader, listed, users);
  const enter = (group: SourceGroup) => {
    if (wants(group)) walk.enter(group);
  };
  const listing = Promise.all(queries.map((text) => listMatchedGroups(reader, errand, text, enter))).then(
    (found) => {
      const groups = rowsOnce(found.flat(), errand);
      know(new Set(groups.map(({ id }) => id)));
      walk.enough();
      return groups;
    },
  );
  const [groups, found] = await Promise.all([listing, walk.over]);
  const walked = walkedInOrder(groups.filter(wants), found);
  return {
    groups: groups.filter(({ id }) => !walked.gone.has(id)),
    members: walked.members,
    outside: walked.outside,
  };
}

function listMatchedGroups(
  reader: Reader,
  errand: Errand & { customerId: string },
  text: string | undefined,
  met: (group: SourceGroup) => void,
) {
  const { customerId: customer } = errand;
  if (text === undefined)
    return reader.all({ rows: "groups", errand, page: groupPages({ customer }) }, parseGroup, met);
  const query = { setting: "GROUP_MATCH", text } as const;
  const page = groupPages({ customer, query: text });
  return reader.all({ rows: "groups", errand: { ...errand, query }, page }, parseGroup, met);
}

/** A group to look into. */
type Node = Pick<SourceGroup, "id" | "email">;
type Rows = readonly SourceMember[] | "gone" | "outside";

/** Looks into groups as they are met, each once, so that a circle ends by itself. */
function walker(reader: Reader, listed: Promise<ReadonlySet<SourceId>>, users: Promise<unknown>) {
  const found = new Map<SourceId, Rows>();
  const met = new Set<SourceId>();
  const waiting: Node[] = [];
  const work = pool({
    next: () => waiting.shift(),
    perform: async (node) => {
      const rows = await directMembers(reader, node, async () => (await listed).has(node.id));
      found.set(node.id, rows);
      if (typeof rows !== "string") for (const row of rows) if (row.type === "group") enter(row);
    },
    ...{ width: GROUPS_AT_ONCE, atFirst: BESIDE_THE_USERS, until: users },
  });
  const enter = (node: Node): void => {
    if (met.has(node.id)) return;
    met.add(node.id);
    waiting.push(node);
    work.look();
  };
  return { enter, enough: work.enough, over: work.over.then(() => found) };
}

interface Walked {
  readonly members: ReadonlyMap<SourceId, readonly SourceMember[]>;
  readonly outside: ReadonlySet<SourceId>;
  readonly gone: ReadonlySet<SourceId>;
}

/** From the wanted groups down, whatever order the answers came in. */
function walkedInOrder(wanted: readonly SourceGroup[], found: ReadonlyMap<SourceId, Rows>): Walked {
  const members = new Map<SourceId, readonly SourceMember[]>();
  const outside = new Set<SourceId>();
  const gone = new Set<SourceId>();
  const met = new Set(wanted.map(({ id }) => id));
  for (const id of met) {
    const rows = found.get(id);
    if (rows === undefined) throw new Error(`The members of the group ${id} were never asked for.`);
    if (rows === "outside") outside.add(id);
    if (rows === "gone") gone.add(id);
    if (rows !== "outside") members.set(id, rows === "gone" ? [] : rows);
    for (const row of typeof rows === "string" ? [] : rows) if (row.type === "group") met.add(row.id);
  }
  return { members, outside, gone };
}

/** `listed`: whether the listing of our own groups has it, which is known once that listing is over. */
async function directMembers(reader: Reader, node: Node, listed: () => Promise<boolean>): Promise<Rows> {
  const errand = { doing: `listing the members of ${groupShown(node)}` };
  try {
    const rows = await reader.all({ rows: "members", errand, page: memberPages(node.id) }, (row, why) =>
      reader.sameRow(parseMember(row, why)),
    );
    return rowsOnce(rows, errand);
  } catch (error) {
    if (isNotFound(error)) return confirmGone(reader, node, listed);
    if (isForbidden(error) && !(await listed())) return confirmOutside(reader, node);
    throw error;
  }
}

const groupShown = ({ id, email }: Node): string => (email === "" ? id : `${email} (${id})`);

/** One 404 may be an index that lags behind; two in agreement are a group that is gone. */
async function confirmGone(
  reader: Reader,
  node: Node,
  listed: () => Promise<boolean>,
): Promise<"gone" | "outside"> {
  const state = await groupState(reader, node);
  if (state === "gone") return "gone";
  if (state === "forbidden" && !(await listed())) return "outside";
  throw new SourceError(
    {
      why: `Google says that the group ${groupShown(node)} exists but that its members do not (404), which cannot be trusted`,
      todo: "run again a few minutes later",
    },
    { code: "untrusted", status: 404 },
  );
}

async function confirmOutside(reader: Reader, node: Node): Promise<"outside"> {
  if ((await groupState(reader, node)) !== "there") return "outside";
  const { admin } = reader.api.actor;
  throw new SourceError(
    {
      why: `Google shows ${admin} the group ${groupShown(node)} but refuses to list its members (403 forbidden)`,
      todo: `give ${admin} an admin role with Groups › Read for the whole account, or take the group out of the group it is nested in`,
    },
    { code: "forbidden", status: 403, reason: "forbidden" },
  );
}

async function groupState({ api, signal }: Reader, node: Node): Promise<"there" | "gone" | "forbidden"> {
  const errand = { doing: `looking up the group ${groupShown(node)}` };
  try {
    const row = await api.call(
      errand,
      (directory, options) =>
        directory.groups.get({ groupKey: node.id, fields: "kind,id,email,name" }, options),
      signal,
    );
    parseGroup(row, errand);
    return "there";
  } catch (error) {
    if (isNotFound(error)) return "gone";
    if (isForbidden(error)) return "forbidden";
    throw error;
  }
}
