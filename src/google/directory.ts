/** The source, read whole: users, groups, and who is directly in which of them. */
import type { Source, SourceGroup, SourceId, SourceUser, SourceUsers, Unread } from "../core/model.ts";
import { domainOf } from "../core/names.ts";
import type { SourceField } from "../core/source-field.ts";
import { remembered } from "../core/remembered.ts";
import type { DirectoryApi } from "./auth.ts";
import type { Actor, Errand } from "./errand.ts";
import { groupPages, userPages } from "./pages.ts";
import { readersOf, understoodOr, unreadOf } from "./reader.ts";
import type { Reader, Reading } from "./reader.ts";
import { readUsers } from "./reading-users.ts";
import { countsOfGroup, differing, groupKeyOf, parseGroup, parseUserId, rowsOnce } from "./rows.ts";
import { groupNow, walkedInOrder, walker } from "./walk.ts";

interface Ask {
  /** `my_customer` or the id of one. */
  readonly customerId: string;
  /** Google queries, of which one has to fit; `"all"` for `*`, `"none"` when the setting is not there. */
  readonly userMatch: readonly string[] | "all" | "none";
  readonly groupMatch: readonly string[] | "all";
  /** Whether a listed group's members are needed. */
  readonly wants: (group: SourceGroup) => boolean;
  /** What of a user is needed beside what is always read. */
  readonly userFields: readonly SourceField[];
}

/** The reading of one directory: users first, for whoever needs no more. */
export interface DirectoryReading {
  /** Every account of the customer; listed once. */
  readonly users: () => Promise<SourceUsers>;
  /** Everything. What keeps groups from being read does not stop the listing of users. */
  readonly whole: () => Promise<Source>;
}

/**
 * Reads users beside groups. A listing that ends early or is of another kind is a `SourceError`: there is no partial
 * result. One odd group or user is unread, and the others are what they are. Guests (accounts of other people, let in
 * to look) are not users of the company and are left out. A listed group that is gone when its members are asked for
 * is left out too.
 */
export function readDirectory(api: DirectoryApi, ask: Ask, { signal, progress }: Reading): DirectoryReading {
  const failed = new AbortController();
  const reader = readersOf(api, progress);
  const others = reader(AbortSignal.any([signal, failed.signal]));
  const users = remembered<void, Promise<SourceUsers>>(() => readUsers(reader(signal), ask));
  const whole = async (): Promise<Source> => {
    const reads = [users(), readMatched(others, ask), readGroups(others, ask)] as const;
    try {
      const [people, { matched, unread }, groups] = await Promise.all(reads);
      const told = api.actor.itself ? outOfReach(groups, people.users, api.actor) : groups;
      const odd = new Map([...told.unread, ...unread, ...people.unread]);
      return { ...people, matched, ...told, unread: odd };
    } catch (error) {
      // What is still under way is of no use to anybody.
      failed.abort();
      await Promise.allSettled(reads.slice(1));
      throw error;
    }
  };
  return { users, whole };
}

type Matched = Pick<Source, "matched" | "unread">;

async function readMatched(reader: Reader, { customerId, userMatch }: Ask): Promise<Matched> {
  if (typeof userMatch === "string") return { matched: userMatch, unread: new Map() };
  const unread = new Map<SourceId, Unread>();
  const found = await Promise.all(
    userMatch.map((text) => {
      const query = { setting: "USER_MATCH", text } as const;
      const errand = { doing: "listing the users of USER_MATCH", customerId, query };
      const page = userPages({ customer: customerId, query: text, fields: "id" });
      return reader.all({ rows: "users", errand, page }, (row, why) =>
        understoodOr(unread, "user", row, () => [parseUserId(row, why)]),
      );
    }),
  );
  return { matched: new Set(found.flat().flatMap((id) => id ?? [])), unread };
}

type Groups = Pick<Source, "groups" | "members" | "outside" | "unread">;

/** A group's members are asked for as soon as the group is listed. */
async function readGroups(reader: Reader, ask: Ask): Promise<Groups> {
  const { wants } = ask;
  const { promise: known, resolve: know } = Promise.withResolvers<ReadonlySet<SourceId>>();
  const walk = walker(reader, known);
  const listing = listGroups(reader, ask, (group) => {
    if (wants(group)) walk.enter(group);
  }).then((listed) => {
    know(new Set([...listed.groups.map(({ id }) => id), ...listed.odd.keys()]));
    walk.enough();
    return listed;
  });
  const [{ groups, odd }, found] = await Promise.all([listing, walk.over]);
  const walked = walkedInOrder(groups.filter(wants), found);
  return {
    groups: [...groups.filter(({ id }) => !walked.gone.has(id)), ...unnamed({ groups, odd })],
    members: walked.members,
    outside: walked.outside,
    unread: new Map([...walked.unread, ...odd]),
  };
}

/** The role of a service account may not reach a group of our own, which then looks like another account's. */
function outOfReach(groups: Groups, users: readonly SourceUser[], { admin }: Actor): Groups {
  const domains = new Set(users.map(({ email }) => domainOf(email)));
  const rows = [...groups.members.values()].flat();
  const ours = rows.filter(({ id, email }) => groups.outside.has(id) && domains.has(domainOf(email)));
  const unread = new Map(
    ours.map(({ id, email }): [SourceId, Unread] => {
      const why = `Google does not show ${admin} the group ${email}, which has an address of this company`;
      const todo = `give ${admin} an admin role with Groups › Read for all groups`;
      return [id, unreadOf("group", { email }, { why, todo })];
    }),
  );
  const outside = new Set([...groups.outside].filter((id) => !unread.has(id)));
  return { ...groups, outside, unread: new Map([...groups.unread, ...unread]) };
}

interface Listed {
  readonly groups: readonly SourceGroup[];
  /** Those whose row is not understood, or whose rows differ. */
  readonly odd: ReadonlyMap<SourceId, Unread>;
}

async function listGroups(reader: Reader, ask: Ask, met: (group: SourceGroup) => void): Promise<Listed> {
  const { customerId: customer, groupMatch } = ask;
  const errand = { doing: "listing the groups", customerId: customer };
  const odd = new Map<SourceId, Unread>();
  const parse = (row: unknown, why: Errand) => understoodOr(odd, "group", row, () => parseGroup(row, why));
  const queries = groupMatch === "all" ? [undefined] : groupMatch;
  const found = await Promise.all(
    queries.map((text) => {
      const query = text === undefined ? {} : { query: { setting: "GROUP_MATCH", text } as const };
      const page = groupPages({ customer, ...(text === undefined ? {} : { query: text }) });
      return reader.all({ rows: "groups", errand: { ...errand, ...query }, page }, parse, (group) => {
        if (group !== undefined) met(group);
      });
    }),
  );
  const rows = found.flat().flatMap((group) => group ?? []);
  const groups = rowsOnce(rows, countsOfGroup, ({ id, email }) => {
    odd.set(id, unreadOf("group", { email }, differing(id, errand)));
  });
  const again = await askedAgain(reader, odd);
  for (const group of again.groups) met(group);
  const others = groups.filter(({ id }) => !again.ids.has(id));
  return { groups: [...others, ...again.groups], odd: again.odd };
}

/** A row that is odd is asked for by its id, or by its address where it has none. */
async function askedAgain(
  reader: Reader,
  odd: ReadonlyMap<SourceId, Unread>,
): Promise<Listed & { readonly ids: ReadonlySet<SourceId> }> {
  const still = new Map<SourceId, Unread>();
  const groups: SourceGroup[] = [];
  const answers = await Promise.all(
    [...odd].map(async ([id, why]) => {
      const key = groupKeyOf(id, why.email);
      const answer = key === undefined ? "odd" : await groupNow(reader, { id: key, email: why.email });
      return { id, why, answer };
    }),
  );
  for (const { id, why, answer } of answers) {
    if (typeof answer === "object") groups.push(answer);
    else if (answer !== "gone") still.set(id, why);
  }
  return { groups, odd: still, ids: new Set(groups.map(({ id }) => id)) };
}

/** A group whose row is not understood is there all the same. */
function unnamed({ groups, odd }: Listed): readonly SourceGroup[] {
  const named = new Set(groups.map(({ id }) => id));
  return [...odd].flatMap(([id, { email }]) =>
    named.has(id) ? [] : [{ id, email, aliases: [], name: "", adminCreated: false }],
  );
}
