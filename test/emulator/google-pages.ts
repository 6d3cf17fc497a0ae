/** Google's paging, and the lies that a listing can tell. */
import { createHash } from "node:crypto";
import type { Company } from "./google-company.ts";
import { invalid } from "./google-errors.ts";
import type { Listing } from "./google-lies.ts";

/** The most rows that a page holds, whatever is asked for. */
export type PageSizes = Readonly<Record<Listing, number>>;

/** What the vendor documents: default and maximum of `maxResults`. */
const documented: Readonly<Record<Listing, { readonly usual: number; readonly most: number }>> = {
  "users.list": { usual: 100, most: 500 },
  "groups.list": { usual: 200, most: 200 },
  "members.list": { usual: 200, most: 200 },
};

export const googlePages = (size: number | "vendor"): PageSizes => ({
  "users.list": size === "vendor" ? 500 : size,
  "groups.list": size === "vendor" ? 200 : size,
  "members.list": size === "vendor" ? 200 : size,
});

export const etag = (value: unknown): string =>
  `"${createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 27)}"`;

/** One page as Google shapes it: no array when there is nothing, no token on the last page. */
export function listing(
  around: { readonly company: Company; readonly pages: PageSizes },
  name: Listing,
  query: URLSearchParams,
  kind: string,
  key: string,
  rows: readonly unknown[],
): unknown {
  const { lies } = around.company;
  const size = Math.min(pageSize(around.company, name, query), around.pages[name]);
  const asked = fingerprint(name, query);
  const token = query.get("pageToken");
  const page = token === null ? 1 : pageOf(token, asked);
  const empties = lies.about(name, "empty").filter((at) => at <= page);
  const told = withoutPages(rows, lies.about(name, "drop"), size);
  const isEmpty = empties.includes(page);
  const start = (page - 1 - empties.length) * size;
  const shown = isEmpty ? [] : told.slice(start, start + size);
  const last = !isEmpty && start + size >= told.length;
  const next = nextPage(last, lies.about(name, "for-ever").length > 0, page);
  const broken = lies.about(name, "broken-token").includes(page);
  const nextPageToken = next === undefined ? undefined : tokenFor(broken ? 0 : next, asked);
  return {
    kind,
    etag: etag(shown),
    ...(shown.length === 0 ? {} : { [key]: shown }),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  };
}

function nextPage(last: boolean, forEver: boolean, page: number): number | undefined {
  if (!last) return page + 1;
  return forEver ? 1 : undefined;
}

const withoutPages = (
  rows: readonly unknown[],
  dropped: readonly number[],
  size: number,
): readonly unknown[] => rows.filter((_, at) => !dropped.includes(Math.floor(at / size) + 1));

function pageSize(company: Company, name: Listing, query: URLSearchParams): number {
  const { usual, most } = documented[name];
  const text = query.get("maxResults");
  if (text === null) return usual;
  const asked = Number(text);
  if (!Number.isInteger(asked)) return invalid("maxResults");
  if (asked >= 1 && asked <= most) return asked;
  if (company.policy.maxResultsOutOfRange === "refuse") return invalid("maxResults");
  return Math.min(most, Math.max(1, asked));
}

/** A token belongs to one listing and its parameters. */
function fingerprint(name: Listing, query: URLSearchParams): string {
  const rest = [...query].filter(([key]) => !["pageToken", "fields"].includes(key)).toSorted();
  return createHash("sha256")
    .update(JSON.stringify([name, rest]))
    .digest("base64url")
    .slice(0, 16);
}

const tokenFor = (page: number, asked: string): string =>
  Buffer.from(`${page} ${asked}`).toString("base64url");

/** A token that leads nowhere is answered by its own text. */
function pageOf(token: string, asked: string): number {
  const [page = "", owner] = Buffer.from(token, "base64url").toString("utf8").split(" ");
  if (owner !== asked || !(Number(page) >= 1)) return invalid(token);
  return Number(page);
}
