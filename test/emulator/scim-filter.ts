/** SCIM lists: the few filters that IAM Identity Center allows, and its cursor paging. */
import { createHash } from "node:crypto";
import type { AwsPolicy } from "./aws-directory.ts";
import { invalidFilter, unparsable } from "./scim-errors.ts";
import type { Call } from "./wire.ts";

export type Filter = ReadonlyMap<string, string>;

const term = /\s*([A-Za-z.]+)\s+eq\s+"((?:[^"\\]|\\.)*)"\s*(?:(and)\s+(?=\S)|$)/iy;

/** Only `eq`, only joined by `and`, only in the combinations given; a quote or backslash inside as `\"`, `\\`. */
export function parseFilter(text: string | null, allowed: readonly string[]): Filter | undefined {
  if (text === null) return undefined;
  const found = new Map<string, string>();
  term.lastIndex = 0;
  while (term.lastIndex < text.length) {
    const [, name, value, more] = term.exec(text) ?? [];
    if (name === undefined || value === undefined || found.has(name)) return invalidFilter();
    found.set(name, value.replaceAll(/\\(.)/g, "$1"));
    if (more === undefined) break;
  }
  const names = [...found.keys()].toSorted().join(" ");
  return allowed.includes(names) && term.lastIndex === text.length ? found : invalidFilter();
}

const listUrn = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

interface Listed {
  readonly serial: number;
}

/**
 * With `cursor` (bare, empty, or a page's `nextCursor`): pages without totals. Without: one page, and no way on.
 * A cursor goes on after an object, so that what is deleted meanwhile shifts nothing.
 */
export function scimList<T extends Listed>(
  call: Call,
  policy: AwsPolicy,
  pageSize: number,
  rows: readonly T[],
  shape: (row: T) => unknown,
): unknown {
  const size = Math.min(countOf(call), pageSize);
  const cursor = policy.cursor === "ignored" ? null : call.query.get("cursor");
  const filter = call.query.get("filter") ?? "";
  if (cursor === null) {
    const Resources = rows.slice(0, size).map(shape);
    const { length } = Resources;
    return { totalResults: length, itemsPerPage: length, startIndex: 1, schemas: [listUrn], Resources };
  }
  const assigned = /(^|&)cursor=(&|$)/.test(call.rawQuery);
  if (assigned && filter !== "" && policy.emptyCursorWithFilter === 400) return invalidFilter();
  const owner = createHash("sha256").update(`${call.path} ${filter}`).digest("hex").slice(0, 12);
  const after = cursor === "" ? 0 : afterSerial(cursor, owner);
  const left = rows.filter((row) => row.serial > after);
  const page = left.slice(0, size);
  const last = page.at(-1);
  const nextCursor =
    left.length > size && last !== undefined
      ? Buffer.from(`${last.serial} ${owner}`).toString("base64url")
      : undefined;
  return {
    itemsPerPage: page.length,
    ...(nextCursor === undefined ? {} : { nextCursor }),
    schemas: [listUrn],
    Resources: page.map(shape),
  };
}

function countOf(call: Call): number {
  const text = call.query.get("count");
  if (text === null) return 100;
  const count = Number(text);
  return Number.isInteger(count) && count >= 1 && count <= 100 ? count : unparsable();
}

/** A cursor belongs to one list and one filter. */
function afterSerial(cursor: string, owner: string): number {
  const [serial, whose] = Buffer.from(cursor, "base64url").toString("utf8").split(" ");
  const known = /^[-a-zA-Z0-9+=/:_]*$/.test(cursor) && whose === owner;
  return known && serial !== undefined ? Number(serial) : unparsable();
}
