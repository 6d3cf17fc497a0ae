import { z } from "zod";
import type { ExistingUser, TargetId } from "../core/model.ts";
import { AbsentError, ExistingError, isAboutOne, TargetError } from "./errors.ts";
import { type GroupFacts, type Reader, refuseRepeats } from "./reading.ts";
import { type Odd, withoutId } from "./odd.ts";
import { GroupAnswer, Known, Made, read, text, UserAnswer, userKnown, UserRow } from "./scim-shapes.ts";
import type { Send } from "./scim-request.ts";

export type Kind = "Users" | "Groups";
/** For sentences. */
export const NAMES = { Users: "user", Groups: "group" } as const;
const PAGE_SIZE = 100;

interface Listing {
  readonly what: string;
  readonly filter?: string;
  readonly count?: number;
  /** Ends the walk between two pages. */
  readonly signal?: AbortSignal;
}

/**
 * All pages of a list. The bare `cursor` is what makes AWS page; the filter has to come along with each. An answer
 * that is not paged is an `ExistingError` for callers that ask for what comes after it.
 */
export async function* listPages<T>(
  send: Send,
  kind: Kind,
  understand: (row: unknown) => Promise<T | undefined>,
  { what, filter, count = PAGE_SIZE, signal }: Listing,
) {
  const fresh = refuseRepeats(`${kind.toLowerCase()} over SCIM`);
  const rest = `&count=${count}${filter === undefined ? "" : `&filter=${encodeURIComponent(filter)}`}`;
  let cursor = "";
  do {
    signal?.throwIfAborted();
    const mark = cursor === "" ? "cursor" : `cursor=${encodeURIComponent(cursor)}`;
    const answer = await send({ method: "GET", path: `/${kind}?${mark}${rest}`, what });
    const page = read(Page, answer, what);
    const rows = await Promise.all(page.Resources.map(understand));
    yield rows.filter((row) => row !== undefined);
    if (isUnpaged(page)) throw firstPageAlone(what);
    cursor = page.nextCursor;
    fresh(cursor);
  } while (cursor !== "");
}

async function one<T>(send: Send, kind: Kind, of: TargetId, schema: z.ZodType<T>): Promise<T | undefined> {
  const what = `read the ${NAMES[kind]} ${of}`;
  const answer = await orNothing(send({ method: "GET", path: `/${kind}/${encodeURIComponent(of)}`, what }));
  return answer === undefined ? undefined : read(schema, answer, what, "one");
}

/** What cannot be understood in a list is asked for by its id; `undefined` when it is gone. */
export const inFull =
  <T>(send: Send, kind: Kind, schema: z.ZodType<T>, what: string) =>
  async (row: unknown): Promise<T | undefined> => {
    const parsed = schema.safeParse(row);
    if (parsed.success) return parsed.data;
    const { id } = Known.parse(row);
    return id === undefined ? read(schema, row, what, "one") : one(send, kind, id, schema);
  };

/** The same; what is odd for all that, or is not shown, is unread. */
const orNoted =
  <T extends { readonly id: TargetId }>(
    kind: Kind,
    odd: Odd,
    known: (of: Identified) => T,
    understand: (row: unknown) => Promise<T | undefined>,
  ) =>
  async (row: unknown): Promise<T | undefined> => {
    try {
      return await understand(row);
    } catch (error) {
      if (!isAboutOne(error)) throw error;
      const { id, ...rest } = Known.parse(row);
      if (id !== undefined) odd.set(id, error);
      return known({ ...rest, id: id ?? withoutId(NAMES[kind], odd) });
    }
  };

const number = z.number().nullish();
const Page = z.object({
  Resources: z.array(z.unknown()),
  nextCursor: text,
  // What AWS sends only with an answer of a single page, even if there is more.
  totalResults: number,
  startIndex: number,
});

/** Nothing in all is the whole, in either form. */
const isUnpaged = ({ totalResults, startIndex }: z.infer<typeof Page>): boolean =>
  totalResults !== 0 && typeof (totalResults ?? startIndex) === "number";

const firstPageAlone = (what: string) =>
  new ExistingError({
    why: `The SCIM endpoint was asked to ${what} page by page, but it answered with a single page of at most ${PAGE_SIZE} and did not mention any others, so IAM Identity Center cannot be read completely`,
    todo: `set AWS_READ=identitystore, and look for a proxy that drops "cursor" from the query`,
  });

/** The first object of a list, reading only as many pages as that takes. */
export async function first<T>(pages: AsyncIterable<readonly T[]>): Promise<T | undefined> {
  for await (const [one] of pages) if (one !== undefined) return one;
  return undefined;
}

const equals = (attribute: string, value: string) => `${attribute} eq "${value.replace(/["\\]/g, "\\$&")}"`;

type Identified = z.infer<typeof Known> & { readonly id: TargetId };

const groupKnown = ({ id, externalId, displayName: name }: Identified): GroupFacts => ({
  ...{ id, externalId, name, createdAt: "" },
});

/** Rows of which only the id is asked for. */
const rowId = (what: string) => async (row: unknown) => read(Made, row, what, "one").id;

/** Reads AWS piece by piece over SCIM. */
export function scimReader(send: Send): Reader {
  const listed =
    <T extends { readonly id: TargetId }>(kind: Kind, schema: z.ZodType<T>, known: (of: Identified) => T) =>
    (signal: AbortSignal, odd: Odd) => {
      const what = `list the ${NAMES[kind]}s`;
      const row = orNoted(kind, odd, known, inFull(send, kind, schema, what));
      return listPages(send, kind, row, { what, signal });
    };
  return {
    users: listed("Users", UserRow, userKnown),
    groups: listed("Groups", GroupAnswer, groupKnown),
    members: (group, signal) => membersOf(send, group, signal),
    groupsOf: async function* (user, signal) {
      yield await groupIdsOf(send, user, signal);
    },
  };
}

/** Of a group that is not there, AWS may answer 404 or an empty list. */
async function* membersOf(send: Send, group: TargetId, signal: AbortSignal) {
  const what = `list the members of the group ${group}`;
  const filter = equals("groups.value", group);
  try {
    yield* listPages(send, "Users", rowId(what), { what, filter, signal });
  } catch (error) {
    if (!isMissing(error)) throw error;
    const { why, todo, status, detail, requestId } = error;
    throw new AbsentError({ why, todo }, { status, detail, requestId, cause: error });
  }
}

/** One object, by its id or by what it is called; `undefined` when there is none. */
export interface LookUps {
  user(id: TargetId): Promise<ExistingUser | undefined>;
  group(id: TargetId): Promise<GroupFacts | undefined>;
  /** Names are compared without case, external ids exactly. */
  findUser(by: "userName" | "externalId", value: string): Promise<ExistingUser | undefined>;
  findGroup(by: "displayName" | "externalId", value: string): Promise<GroupFacts | undefined>;
}

export function lookUps(send: Send): LookUps {
  const find = async <T>(kind: Kind, by: string, value: string, schema: z.ZodType<T>) => {
    const what = `look up the ${NAMES[kind]} with ${by} ${value}`;
    const path = `/${kind}?filter=${encodeURIComponent(equals(by, value))}`;
    return read(z.object({ Resources: z.array(schema) }), await send({ method: "GET", path, what }), what)
      .Resources;
  };
  return {
    user: (of) => one(send, "Users", of, UserAnswer),
    group: (of) => one(send, "Groups", of, GroupAnswer),
    // What comes back is compared: a filter that is not understood must not find anybody else.
    findUser: async (by, value) =>
      (await find("Users", by, value, UserAnswer)).find((user) => same(by, user[by], value)),
    findGroup: async (by, value) =>
      (await find("Groups", by, value, GroupAnswer)).find((group) =>
        same(by, by === "displayName" ? group.name : group.externalId, value),
      ),
  };
}

const same = (by: string, one: string, other: string) =>
  by === "externalId" ? one === other : one.toLowerCase() === other.toLowerCase();

export async function isMember(send: Send, group: TargetId, user: TargetId): Promise<boolean> {
  const what = `look up whether ${user} is a member of the group ${group}`;
  const filter = `${equals("id", group)} and ${equals("members", user)}`;
  const answer = await orNothing(
    send({ method: "GET", path: `/Groups?filter=${encodeURIComponent(filter)}`, what }),
  );
  if (answer === undefined) return false;
  return read(z.object({ Resources: z.array(Made) }), answer, what).Resources.some(
    (found) => found.id === group,
  );
}

/** A user who does not exist is in no group. */
export async function groupIdsOf(
  send: Send,
  user: TargetId,
  signal?: AbortSignal,
): Promise<readonly TargetId[]> {
  const what = `list the groups of the user ${user}`;
  const listing = {
    what,
    filter: equals("members.value", user),
    ...(signal === undefined ? {} : { signal }),
  };
  const groups: TargetId[] = [];
  try {
    for await (const page of listPages(send, "Groups", rowId(what), listing)) groups.push(...page);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return groups;
}

export const isStatus = (error: unknown, status: number): error is TargetError =>
  error instanceof TargetError && error.status === status;
export const isMissing = (error: unknown): error is TargetError => isStatus(error, 404);

/** `undefined` for what is not there (404). */
export async function orNothing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
