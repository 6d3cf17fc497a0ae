/** Who is directly in a group, and in whatever is nested in it; and what it means when Google does not say. */
import type { SourceGroup, SourceId, SourceMember, Unread } from "../core/model.ts";
import type { Trouble } from "../core/trouble.ts";
import { pool } from "../traffic/pool.ts";
import { isMisunderstood, isNotFound, isRefusal, isTroubled } from "./errors.ts";
import type { SourceError } from "./errors.ts";
import { groupRequest, memberPages } from "./pages.ts";
import { unreadOf } from "./reader.ts";
import type { Reader } from "./reader.ts";
import { countsOfMember, differing, parseGroup, parseMember, rowsOnce } from "./rows.ts";

/** Groups whose members are asked for at the same time; how fast they start is the pace's business. */
const GROUPS_AT_ONCE = 20;

/** A group to look into. */
type Node = Pick<SourceGroup, "id" | "email">;
type Rows =
  | { readonly state: "read"; readonly rows: readonly SourceMember[] }
  | { readonly state: "gone" | "outside" }
  | { readonly state: "unread"; readonly unread: Unread };

/** Looks into groups as they are met, each once, so that a circle ends by itself. */
export function walker(reader: Reader, listed: Promise<ReadonlySet<SourceId>>) {
  const found = new Map<SourceId, Rows>();
  const met = new Set<SourceId>();
  const waiting: Node[] = [];
  const outage = outages();
  const work = pool({
    next: () => waiting.shift(),
    perform: async (node) => {
      const ask = () => directMembers(reader, node, async () => (await listed).has(node.id));
      const rows = await outage.orUnread(node, ask);
      found.set(node.id, rows);
      if (rows.state === "read") for (const row of rows.rows) if (row.type === "group") enter(row);
    },
    width: GROUPS_AT_ONCE,
  });
  const enter = (node: Node): void => {
    if (met.has(node.id)) return;
    met.add(node.id);
    waiting.push(node);
    work.look();
  };
  return { enter, enough: work.enough, over: work.over.then(() => found) };
}

/** So many groups in a row without an answer are an outage: to wait for each of the others would take all the time there is. */
const MOST_IN_A_ROW = 20;

/** A group that Google has lasting trouble with is unread; in an outage the others are, without being asked for. */
function outages() {
  let inARow = 0;
  let last: SourceError | undefined;
  return {
    orUnread: async (node: Node, ask: () => Promise<Rows>): Promise<Rows> => {
      if (last !== undefined && inARow >= MOST_IN_A_ROW) return unreadBecause(node, last);
      try {
        const rows = await ask();
        inARow = 0;
        return rows;
      } catch (error) {
        if (!isTroubled(error)) throw error;
        [inARow, last] = [inARow + 1, error];
        return unreadBecause(node, error);
      }
    },
  };
}

interface Walked {
  readonly members: ReadonlyMap<SourceId, readonly SourceMember[]>;
  readonly outside: ReadonlySet<SourceId>;
  readonly unread: ReadonlyMap<SourceId, Unread>;
  readonly gone: ReadonlySet<SourceId>;
}

/** From the wanted groups down, whatever order the answers came in. */
export function walkedInOrder(wanted: readonly SourceGroup[], found: ReadonlyMap<SourceId, Rows>): Walked {
  const members = new Map<SourceId, readonly SourceMember[]>();
  const outside = new Set<SourceId>();
  const unread = new Map<SourceId, Unread>();
  const gone = new Set<SourceId>();
  const met = new Set(wanted.map(({ id }) => id));
  for (const id of met) {
    const rows = found.get(id);
    if (rows === undefined) throw new Error(`The members of the group ${id} were never asked for.`);
    switch (rows.state) {
      case "read":
        members.set(id, rows.rows);
        for (const row of rows.rows) if (row.type === "group") met.add(row.id);
        break;
      case "gone":
        gone.add(id);
        members.set(id, []);
        break;
      case "outside":
        outside.add(id);
        break;
      case "unread":
        unread.set(id, rows.unread);
        break;
      default:
        rows satisfies never;
    }
  }
  return { members, outside, unread, gone };
}

/** `listed`: whether the listing of our own groups has it, which is known once that listing is over. */
async function directMembers(reader: Reader, node: Node, listed: () => Promise<boolean>): Promise<Rows> {
  const errand = { doing: `listing the members of ${groupShown(node)}` };
  try {
    const rows = await reader.all({ rows: "members", errand, page: memberPages(node.id) }, (row, why) =>
      reader.sameRow(parseMember(row, why)),
    );
    const once = rowsOnce(rows, countsOfMember, ({ id }) => {
      throw differing(id, errand);
    });
    return { state: "read", rows: once };
  } catch (error) {
    if (isMisunderstood(error)) return unreadBecause(node, error);
    if (isRefusal(error)) return refusedMembers(reader, node, listed, error);
    throw error;
  }
}

const groupShown = ({ id, email }: Node): string => (email === "" ? id : `${email} (${id})`);

const unreadBecause = ({ email }: Node, trouble: Trouble): Rows => ({
  state: "unread",
  unread: unreadOf("group", { email }, trouble),
});

/** One 404 may be an index that lags behind: what the group itself is answered with says what a refusal means. */
async function refusedMembers(
  reader: Reader,
  node: Node,
  listed: () => Promise<boolean>,
  error: SourceError,
): Promise<Rows> {
  const state = await groupState(reader, node);
  if (state === "gone" && (isNotFound(error) || (await listed()))) return { state: "gone" };
  if (state !== "there" && !(await listed())) return { state: "outside" };
  const { status, reason, said } = error;
  const { admin } = reader.api.actor;
  return unreadBecause(node, {
    why: `Google does not show ${admin} the members of the group ${groupShown(node)} (${status} ${reason}: ${said})`,
    todo: isNotFound(error)
      ? "if it goes on for hours, look at the group in the Admin console"
      : `give ${admin} an admin role with Groups › Read for the whole account, or leave the group out`,
  });
}

async function groupState(reader: Reader, node: Node): Promise<"there" | "gone" | "refused"> {
  const answer = await groupNow(reader, node);
  return typeof answer === "object" || answer === "odd" ? "there" : answer;
}

/** What Google says of one group by itself; `odd` where that is nothing, or not as it documents it. */
export async function groupNow(
  { api, signal }: Reader,
  node: Node,
): Promise<SourceGroup | "gone" | "refused" | "odd"> {
  const errand = { doing: `looking up the group ${groupShown(node)}` };
  try {
    return parseGroup(await api.call(errand, groupRequest(node.id), signal), errand);
  } catch (error) {
    if (isNotFound(error)) return "gone";
    if (isRefusal(error)) return "refused";
    if (isMisunderstood(error) || isTroubled(error)) return "odd";
    throw error;
  }
}
