/** Listings, page by page. A listing that cannot be read to its end is an error, never a shorter listing. */
import { z } from "zod";
import type { DirectoryApi } from "./auth.ts";
import { untrusted } from "./errors.ts";
import type { Errand } from "./errand.ts";
import type { ExtraFields } from "./fields.ts";
import { GROUP_FIELDS, MEMBER_FIELDS, userFields } from "./rows.ts";

/** One call of the Directory API. */
export type Request = Parameters<DirectoryApi["call"]>[1];

/** What to list. The array has the name that Google gives it, which is also the end of its `kind`. */
export interface Listing {
  readonly rows: "users" | "groups" | "members";
  readonly errand: Errand;
  /** `pageToken` is undefined for the first page. */
  readonly page: (pageToken: string | undefined) => Request;
  readonly signal?: AbortSignal | undefined;
  readonly mostPages?: number;
}

const MOST_PAGES = 10_000;

/** Yields the rows of each page, unparsed. An empty page is legal, with or without another one after it. */
export async function* pages(api: DirectoryApi, listing: Listing): AsyncGenerator<readonly unknown[]> {
  const { rows, page, signal, mostPages = MOST_PAGES } = listing;
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const errand = token === undefined ? listing.errand : { ...listing.errand, paging: true };
    const envelope = parsePage(await api.call(errand, page(token), signal), rows, errand);
    yield envelope.rows;
    token = envelope.nextPageToken;
    if (token === undefined) return;
    if (seen.has(token))
      throw untrusted(errand, "the same page token came twice, so the listing would never end", "run again");
    seen.add(token);
  } while (seen.size < mostPages);
  throw untrusted(listing.errand, `the listing has more than ${mostPages} pages`);
}

const Rows = z.array(z.unknown()).default([]);
const Page = z.object({
  kind: z.string(),
  users: Rows,
  groups: Rows,
  members: Rows,
  nextPageToken: z.string().optional(),
});

/**
 * The client hands a truncated body, a page of HTML and an empty body on as a string with a status of success
 * (facts, "ten facts", 1 and 2), and an empty listing has no array at all (3): only `kind` tells these apart.
 */
function parsePage(data: unknown, rows: Listing["rows"], errand: Errand) {
  const page = Page.safeParse(data).data;
  if (page?.kind !== `admin#directory#${rows}`) {
    throw untrusted(errand, `it is not a page of ${rows} but ${glimpse(data)}`);
  }
  return { rows: page[rows], nextPageToken: page.nextPageToken === "" ? undefined : page.nextPageToken };
}

const Kind = z.object({ kind: z.string() });

/** Enough of an answer to know it again. */
export function glimpse(data: unknown): string {
  const kind = Kind.safeParse(data);
  if (kind.success) return `an object of kind ${kind.data.kind.slice(0, 60)}`;
  if (typeof data === "string") return data === "" ? "an empty body" : `the text "${data.slice(0, 80)}"`;
  return data === null || typeof data !== "object" ? `a ${typeof data}` : "an object of no kind";
}

/** One user by id, or one group by id or address, with everything that is read of either. */
export const userRequest =
  (userKey: string, extra?: ExtraFields): Request =>
  (directory, options) =>
    directory.users.get({ userKey, ...extra?.projection, fields: `kind,${userFields(extra)}` }, options);

export const groupRequest =
  (groupKey: string): Request =>
  (directory, options) =>
    directory.groups.get({ groupKey, fields: `kind,${GROUP_FIELDS}` }, options);

interface GroupQuery {
  readonly customer: string;
  readonly query?: string;
  readonly idsOnly?: boolean;
}

interface UserQuery {
  readonly customer: string;
  readonly query?: string;
  readonly showDeleted?: "true";
  readonly extra?: ExtraFields;
  /** Everything that is read of a user, with `extra`, unless told. */
  readonly fields?: string;
}

/** 500 is the most that Google allows for users, 200 for groups and members (facts A1, B, C). */
export const userPages =
  ({ extra, fields = userFields(extra), ...what }: UserQuery): Listing["page"] =>
  (pageToken) =>
  (directory, options) =>
    directory.users.list(
      {
        ...what,
        ...extra?.projection,
        ...pageParameter(pageToken),
        maxResults: 500,
        fields: mask("users", fields),
      },
      options,
    );

export const groupPages =
  ({ idsOnly = false, ...what }: GroupQuery): Listing["page"] =>
  (pageToken) =>
  (directory, options) =>
    directory.groups.list(
      {
        ...what,
        ...pageParameter(pageToken),
        maxResults: 200,
        fields: mask("groups", idsOnly ? "id" : GROUP_FIELDS),
      },
      options,
    );

export const memberPages =
  (groupKey: string): Listing["page"] =>
  (pageToken) =>
  (directory, options) =>
    directory.members.list(
      { groupKey, ...pageParameter(pageToken), maxResults: 200, fields: mask("members", MEMBER_FIELDS) },
      options,
    );

// An empty parameter would be sent as `pageToken=`, which is not the same as none.
const pageParameter = (pageToken: string | undefined) => (pageToken === undefined ? {} : { pageToken });
const mask = (rows: string, fields: string) => `kind,nextPageToken,${rows}(${fields})`;
