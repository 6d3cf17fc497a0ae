/** The second look: before access is taken away, Google is asked about that very thing. */
import { sourceId } from "../core/model.ts";
import type { SourceGroup, SourceId, SourceUser } from "../core/model.ts";
import { remembered } from "../core/remembered.ts";
import type { Trouble } from "../core/trouble.ts";
import { z } from "zod";
import type { DirectoryApi } from "./auth.ts";
import { isHidden, isNotFound, isRefusedQuestion, SourceError, untrusted } from "./errors.ts";
import type { Errand } from "./errand.ts";
import { glimpse, groupPages, groupRequest, pages, userPages, userRequest } from "./pages.ts";
import type { Listing, Request } from "./pages.ts";
import { DELETED_FIELDS, nameOf, parseDeleted, parseGroup, parseGroupId } from "./rows.ts";
import { parseUser, parseUserId, stateOf } from "./rows.ts";

/** Google gave no answer that settles it. */
export interface Unsure extends Trouble {
  readonly state: "unsure";
  /**
   * Google refuses to show it, as it does with what belongs to another account. Where a service account acts as itself,
   * its role may simply not reach so far: then only that there is no such account says so.
   */
  readonly hidden?: true;
  /** There was no answer at all, which says nothing about the one asked about. */
  readonly silent?: true;
  /** What a user's row says of the account, although it is odd elsewhere. */
  readonly off?: "suspended" | "archived";
}

interface Gone {
  readonly state: "gone";
}

/** Users deleted in the last 20 days, and when (ISO 8601, `""` where Google does not tell). */
export type Deleted = ReadonlyMap<SourceId, string>;

/** Answers about one thing at a time. Only being stopped throws where `Unsure` is an answer. */
export interface Witness {
  /** By id, so that a recycled address does not matter. A guest does not belong to the company and counts as gone. */
  userById(id: SourceId): Promise<Gone | { readonly state: "found"; readonly user: SourceUser } | Unsure>;
  /** Listed once and kept. Throws `SourceError`. */
  deletedUsers(): Promise<Deleted>;
  groupById(id: SourceId): Promise<Gone | { readonly state: "found"; readonly group: SourceGroup } | Unsure>;
  /** Direct or nested; `"cannot-say"` where Google does not work that out (400: nested across domains). */
  hasMember(group: SourceId, user: SourceId): Promise<boolean | "cannot-say" | Unsure>;
  /** Direct only, for a user or a group. A group that is gone has no members. */
  directMember(group: SourceId, member: SourceId): Promise<boolean | Unsure>;
  /** The groups of this account that have a member directly, as an index has it that is up to 36 hours late. */
  groupsWith(memberKey: string): Promise<readonly SourceGroup[] | Unsure>;
  /** Whose row in a group means everybody: the customer's own id. Asked for once. */
  everybody(): Promise<SourceId | Unsure>;
  /** Who fits a query of `USER_MATCH` now. Throws `SourceError`. */
  listUsers(query: string): Promise<ReadonlySet<SourceId>>;
  listGroups(query: string): Promise<ReadonlySet<SourceId>>;
}

interface WitnessOptions {
  readonly customerId: string;
  readonly signal?: AbortSignal;
}

interface Asking {
  readonly customer: string;
  readonly admin: string;
  readonly itself: boolean;
  readonly one: (errand: Errand, request: Request) => Promise<unknown>;
  readonly all: <T>(listing: Listing, parse: (row: unknown, errand: Errand) => T) => Promise<readonly T[]>;
}

/** A witness for one run. */
export function witness(api: DirectoryApi, { customerId, signal }: WitnessOptions): Witness {
  const { admin, itself } = api.actor;
  const asking: Asking = {
    customer: customerId,
    admin,
    itself,
    one: (errand, request) => api.call(errand, request, signal),
    all: async (listing, parse) => {
      const found = [];
      for await (const rows of pages(api, { ...listing, signal })) {
        for (const row of rows) found.push(parse(row, listing.errand));
      }
      return found;
    },
  };
  const deletedUsers = remembered<void, Promise<Deleted>>(() => listDeleted(asking));
  return {
    userById: (id) => userById(asking, id, deletedUsers),
    deletedUsers,
    groupById: (id) => groupById(asking, id),
    hasMember: (group, user) => hasMember(asking, group, user),
    directMember: (group, member) => directMember(asking, group, member),
    groupsWith: (memberKey) => groupsWith(asking, memberKey),
    everybody: remembered<void, Promise<SourceId | Unsure>>(() => customerOf(asking)),
    listUsers: (text) => idsFitting(asking, "users", text),
    listGroups: (text) => idsFitting(asking, "groups", text),
  };
}

/** Being stopped is no answer about anybody, and a bug is none either. */
export function unsureOf(error: unknown): Unsure {
  if (!(error instanceof SourceError)) throw error;
  const { why, todo, status } = error;
  const silent = status === undefined || status === 429 || status >= 500;
  return { state: "unsure", why, todo, ...(silent ? { silent } : {}) };
}

export const isUnsure = (answer: boolean | string | object): answer is Unsure =>
  typeof answer === "object" && "state" in answer && answer.state === "unsure";

/** Google counts somebody as a member, and only the members of another account's group, which it hides, can be why. */
export function onlyOutside(group: SourceId, user: SourceId): Unsure {
  const errand = { doing: `asking whether ${user} is in the group ${group}` };
  const why = "it says yes, but no group of this account leads there, only one of another account may";
  return unsureOf(untrusted(errand, why, "look at the group's members in the Admin console"));
}

async function userById(asking: Asking, id: SourceId, deletedUsers: Witness["deletedUsers"]) {
  const errand = { doing: `looking up the user ${id}` };
  let row: unknown;
  try {
    row = await asking.one(errand, userRequest(id));
    const { guest, ...user } = parseUser(row, errand);
    if (user.id !== id) throw untrusted(errand, `it is about ${user.id}`);
    return guest ? gone : ({ state: "found", user } as const);
  } catch (error) {
    // A role that reaches only some people may say of all others that they are not there (facts on keyless access, B3).
    if (isNotFound(error) && !asking.itself) return gone;
    const off = nameOf(row).id === id ? stateOf(row) : undefined;
    if (off === "suspended" || off === "archived") return { ...unsureOf(error), off };
    return amongDeleted(id, error, deletedUsers, asking);
  }
}

const gone: Gone = { state: "gone" };

/** Google hides a user who has left the account the same way as a stranger (facts A3). */
async function amongDeleted(
  id: SourceId,
  error: unknown,
  deletedUsers: Witness["deletedUsers"],
  { itself }: Asking,
) {
  const unsure = unsureOf(error);
  const deleted = await deletedUsers().catch(unsureOf);
  if ("state" in deleted) return isHidden(error) ? deleted : unsure;
  if (deleted.has(id)) return gone;
  const isForgotten = itself ? isNotFound(error) : isHidden(error);
  return isForgotten ? { ...unsure, hidden: true as const } : unsure;
}

async function groupById(asking: Asking, id: SourceId) {
  const errand = { doing: `looking up the group ${id}` };
  try {
    const group = parseGroup(await asking.one(errand, groupRequest(id)), errand);
    if (group.id !== id) throw untrusted(errand, `it is about ${group.id}`);
    return { state: "found", group } as const;
  } catch (error) {
    return isNotFound(error) ? gone : unsureOf(error);
  }
}

const Answer = z.object({ isMember: z.boolean() });

async function hasMember(asking: Asking, groupKey: SourceId, memberKey: SourceId) {
  const errand = { doing: `asking whether ${memberKey} is in the group ${groupKey}` };
  try {
    const data = await asking.one(errand, (directory, options) =>
      directory.members.hasMember({ groupKey, memberKey }, options),
    );
    const answer = Answer.safeParse(data);
    if (!answer.success) throw untrusted(errand, `it is neither yes nor no but ${glimpse(data)}`);
    return answer.data.isMember;
  } catch (error) {
    if (isNotFound(error)) return notThere(asking, groupKey, error, "cannot-say");
    // Facts C: 400 for members nested across domains, and for groups.
    return isRefusedQuestion(error) ? "cannot-say" : unsureOf(error);
  }
}

const Row = z.object({ id: z.string() });

async function directMember(asking: Asking, groupKey: SourceId, memberKey: SourceId) {
  const errand = { doing: `asking whether ${memberKey} is directly in the group ${groupKey}` };
  try {
    const data = await asking.one(errand, (directory, options) =>
      directory.members.get({ groupKey, memberKey, fields: "kind,id" }, options),
    );
    if (Row.safeParse(data).data?.id !== memberKey)
      throw untrusted(errand, `it is about another member, or ${glimpse(data)}`);
    return true;
  } catch (error) {
    return isNotFound(error) ? notThere(asking, groupKey, error, false) : unsureOf(error);
  }
}

/**
 * What a 404 on a membership means. It names the missing half; if that is the group, or if the words are others, the
 * group is asked for itself, since a young group's 404s come and go (facts B). A group that is gone has no members.
 */
async function notThere<const T>(asking: Asking, group: SourceId, error: SourceError, ifThere: T) {
  if (/memberKey/iu.test(error.said)) return ifThere;
  const answer = await groupById(asking, group);
  if (answer.state === "unsure") return answer;
  if (answer.state === "gone") return false;
  return unsureOf(error);
}

/**
 * Facts B: `memberKey` takes the id of a user or of the customer, and the address of a group; it finds direct members
 * (GAM climbs to a group's parents in the same way). A member that Google does not know is refused like a bad question.
 */
async function groupsWith(asking: Asking, memberKey: string) {
  const errand = { doing: `listing the groups that have ${memberKey} as a member` };
  const value = memberKey.includes("'") ? `'${memberKey.replaceAll("'", String.raw`\'`)}'` : memberKey;
  const page = groupPages({ customer: asking.customer, query: `memberKey=${value}` });
  try {
    return await asking.all({ rows: "groups", errand, page }, parseGroup);
  } catch (error) {
    return unsureOf(error);
  }
}

const Customer = z.object({ customerId: z.string().min(1).transform(sourceId) });

/** `my_customer` is a word for whoever asks, and no row's id. */
async function customerOf({ customer, admin, one }: Asking) {
  if (customer !== "my_customer") return sourceId(customer);
  const errand = { doing: `looking up the customer of ${admin}` };
  try {
    const data = await one(errand, (directory, options) =>
      directory.users.get({ userKey: admin, fields: "kind,customerId" }, options),
    );
    const answer = Customer.safeParse(data);
    if (!answer.success) throw untrusted(errand, `it names no customer but is ${glimpse(data)}`);
    return answer.data.customerId;
  } catch (error) {
    return unsureOf(error);
  }
}

async function listDeleted(asking: Asking): Promise<Deleted> {
  const { customer } = asking;
  const errand = { doing: "listing the deleted users", customerId: customer };
  const page = userPages({ customer, showDeleted: "true", fields: DELETED_FIELDS });
  return new Map(await asking.all({ rows: "users", errand, page }, parseDeleted));
}

async function idsFitting({ customer, all }: Asking, rows: "users" | "groups", text: string) {
  const query = { setting: rows === "users" ? "USER_MATCH" : "GROUP_MATCH", text } as const;
  const errand = { doing: `listing the ${rows} of ${query.setting} once more`, customerId: customer, query };
  const found =
    rows === "users"
      ? all({ rows, errand, page: userPages({ customer, query: text, fields: "id" }) }, parseUserId)
      : all({ rows, errand, page: groupPages({ customer, query: text, idsOnly: true }) }, parseGroupId);
  return new Set(await found);
}
