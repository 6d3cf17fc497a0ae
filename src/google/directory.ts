/** The source, read whole: users, groups, and who is directly in which of them. */
import type { Source, SourceGroup, SourceId, SourceMember, SourceUser } from "../core/model.ts";
import type { DirectoryApi } from "./auth.ts";
import { isForbidden, isNotFound, SourceError } from "./errors.ts";
import type { Errand } from "./errors.ts";
import { groupPages, memberPages, pages, userPages } from "./pages.ts";
import type { Listing } from "./pages.ts";
import { eachOnce, parseGroup, parseMember, parseUser, parseUserId } from "./rows.ts";

export interface Ask {
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

export interface Reading {
  readonly signal: AbortSignal;
  readonly progress?: (soFar: Progress) => void;
}

/** Groups whose members are asked for at the same time; how fast they start is the pace's business. */
const GROUPS_AT_ONCE = 20;

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
  const reads = [readUsers(reader, ask), readMatched(reader, ask), readGroups(reader, ask)] as const;
  try {
    const [users, matched, groups] = await Promise.all(reads);
    return { users, matched, ...groups };
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
  readonly all: <T>(listing: Listing, parse: (row: unknown, errand: Errand) => T) => Promise<readonly T[]>;
}

function readerOf(api: DirectoryApi, signal: AbortSignal, progress: Reading["progress"]): Reader {
  const soFar = { users: 0, groups: 0, members: 0 };
  return {
    api,
    signal,
    all: async (listing, parse) => {
      const found = [];
      for await (const rows of pages(api, { ...listing, signal })) {
        for (const row of rows) found.push(parse(row, listing.errand));
        soFar[listing.rows] += rows.length;
        progress?.({ ...soFar });
      }
      return found;
    },
  };
}

async function readUsers(reader: Reader, { customerId }: Ask): Promise<readonly SourceUser[]> {
  const errand = { doing: "listing the users", customerId };
  const rows = await reader.all(
    { rows: "users", errand, page: userPages({ customer: customerId }) },
    parseUser,
  );
  return eachOnce(rows, errand).flatMap(({ guest, ...user }) => (guest ? [] : [user]));
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

async function readGroups(reader: Reader, ask: Ask): Promise<Groups> {
  const { customerId, groupMatch, wants } = ask;
  const errand = { doing: "listing the groups", customerId };
  const listings = groupMatch === "all" ? [undefined] : groupMatch;
  const found = await Promise.all(listings.map((text) => listGroups(reader, errand, text)));
  const groups = eachOnce(found.flat(), errand);
  const walked = await walk(reader, groups, groups.filter(wants));
  return {
    groups: groups.filter(({ id }) => !walked.gone.has(id)),
    members: walked.members,
    outside: walked.outside,
  };
}

function listGroups(reader: Reader, errand: Errand & { customerId: string }, text: string | undefined) {
  const { customerId: customer } = errand;
  if (text === undefined)
    return reader.all({ rows: "groups", errand, page: groupPages({ customer }) }, parseGroup);
  const query = { setting: "GROUP_MATCH", text } as const;
  const page = groupPages({ customer, query: text });
  return reader.all({ rows: "groups", errand: { ...errand, query }, page }, parseGroup);
}

interface Walked {
  readonly members: ReadonlyMap<SourceId, readonly SourceMember[]>;
  readonly outside: ReadonlySet<SourceId>;
  readonly gone: ReadonlySet<SourceId>;
}

/** A group to look into; `listed` when the listing of our own groups has it. */
interface Node {
  readonly id: SourceId;
  readonly email: string;
  readonly listed: boolean;
}

/** Level by level from the wanted groups down, each group once, so that a circle ends by itself. */
async function walk(
  reader: Reader,
  groups: readonly SourceGroup[],
  wanted: readonly SourceGroup[],
): Promise<Walked> {
  const listed = new Set(groups.map(({ id }) => id));
  const members = new Map<SourceId, readonly SourceMember[]>();
  const outside = new Set<SourceId>();
  const gone = new Set<SourceId>();
  const met = new Set(wanted.map(({ id }) => id));
  let level: readonly Node[] = wanted.map(({ id, email }) => ({ id, email, listed: true }));
  while (level.length > 0) {
    const found = await sideBySide(level, GROUPS_AT_ONCE, (node) => directMembers(reader, node));
    const below: Node[] = [];
    for (const [{ id }, rows] of found) {
      if (rows === "outside") outside.add(id);
      if (rows === "gone") gone.add(id);
      if (rows !== "outside") members.set(id, rows === "gone" ? [] : rows);
      for (const row of typeof rows === "string" ? [] : rows) {
        if (row.type !== "group" || met.has(row.id)) continue;
        met.add(row.id);
        below.push({ id: row.id, email: row.email, listed: listed.has(row.id) });
      }
    }
    level = below;
  }
  return { members, outside, gone };
}

/** At most `limit` at once, the answers in the order of the items. */
async function sideBySide<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>) {
  const answers = new Map<T, R>();
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) answers.set(item, await work(item));
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return items.map((item) => [item, answers.get(item) as R] as const);
}

async function directMembers(
  reader: Reader,
  node: Node,
): Promise<readonly SourceMember[] | "gone" | "outside"> {
  const errand = { doing: `listing the members of ${nameOf(node)}` };
  try {
    const rows = await reader.all({ rows: "members", errand, page: memberPages(node.id) }, parseMember);
    return eachOnce(rows, errand);
  } catch (error) {
    if (isNotFound(error)) return confirmGone(reader, node);
    if (isForbidden(error) && !node.listed) return confirmOutside(reader, node);
    throw error;
  }
}

const nameOf = ({ id, email }: Pick<Node, "id" | "email">): string =>
  email === "" ? id : `${email} (${id})`;

/** One 404 may be an index that lags behind; two in agreement are a group that is gone. */
async function confirmGone(reader: Reader, node: Node): Promise<"gone" | "outside"> {
  const state = await groupState(reader, node);
  if (state === "gone") return "gone";
  if (state === "forbidden" && !node.listed) return "outside";
  throw new SourceError(
    `Google says that the group ${nameOf(node)} exists and that its members do not (404), which cannot be trusted; nothing is changed on the strength of it, run again some minutes later.`,
    { status: 404, reason: "untrusted" },
  );
}

async function confirmOutside(reader: Reader, node: Node): Promise<"outside"> {
  if ((await groupState(reader, node)) !== "there") return "outside";
  const { admin } = reader.api.actor;
  throw new SourceError(
    `Google shows ${admin} the group ${nameOf(node)} but refuses to list its members (403 forbidden); give ${admin} an admin role with Groups › Read for the whole account, or take the group out of the group it is nested in.`,
    { status: 403, reason: "forbidden" },
  );
}

async function groupState({ api, signal }: Reader, node: Node): Promise<"there" | "gone" | "forbidden"> {
  const errand = { doing: `looking up the group ${nameOf(node)}` };
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
