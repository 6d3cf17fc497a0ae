/** ATTRIBUTES: `title,employeeNumber=HR.number,userType="employee"`. */
import { USER_ATTRIBUTES, USER_DETAILS } from "../core/attributes.ts";
import type { Origin, UserDetail } from "../core/attributes.ts";
import { cleanText } from "../core/names.ts";
import { customField } from "../core/source-field.ts";
import { nearest } from "./nearest.ts";

/** One entry: a name, and after `=` a text in quotation marks or what stands before the next comma. */
const ENTRY = /\s*([^,="\s]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^,"]*?)))?\s*(,|$)/gy;

/** The attributes in the order of the table, or every problem, each completing "because …". */
export function readDetails(
  text: string,
): { readonly details: ReadonlyMap<UserDetail, Origin> } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const found = new Map<UserDetail, Origin>();
  const entries = [...text.matchAll(ENTRY)];
  const end = entries.reduce((at, [whole]) => at + whole.length, 0);
  if (end < text.length)
    problems.push(`it is not understood from ${JSON.stringify(text.slice(end, end + 30))} on`);
  for (const [whole, name = "", constant, source] of entries) {
    if (whole.trim() === "" || whole.trim() === ",") continue;
    const read = readEntry(name, constant, source);
    if (typeof read === "string") problems.push(read);
    else if (found.has(read.detail)) problems.push(`${read.detail} is in it twice`);
    else found.set(read.detail, read.origin);
  }
  if (problems.length > 0) return { problems };
  const place = ([detail]: readonly [UserDetail, Origin]): number => USER_DETAILS.indexOf(detail);
  return { details: new Map([...found].toSorted((one, other) => place(one) - place(other))) };
}

type Entry = { readonly detail: UserDetail; readonly origin: Origin } | string;

function readEntry(name: string, constant: string | undefined, source: string | undefined): Entry {
  const detail = USER_DETAILS.find((one) => one === name);
  if (detail === undefined) {
    return `${JSON.stringify(name.slice(0, 40))} is no attribute that is synced; the nearest is ${nearest(name, USER_DETAILS).word}`;
  }
  if (constant !== undefined) return constantOf(detail, constant.replaceAll(/\\(.)/g, "$1"));
  if (source !== undefined) return fieldOf(detail, source);
  const usual = usualOf(detail);
  return usual === undefined
    ? `Google has no ${detail} of its own, so it needs a source, such as ${detail}=Schema.field`
    : { detail, origin: usual };
}

function constantOf(detail: UserDetail, text: string): Entry {
  return cleanText(text) === ""
    ? `the text for ${detail} is empty`
    : { detail, origin: { kind: "constant", text } };
}

function fieldOf(detail: UserDetail, source: string): Entry {
  const field = customField(source);
  if (field === undefined) {
    const shown = JSON.stringify(source.slice(0, 40));
    return `${shown} for ${detail} is neither Schema.field nor a text in quotation marks`;
  }
  return { detail, origin: { kind: "field", field } };
}

function usualOf(detail: UserDetail): Origin | undefined {
  if (detail === "address") return { kind: "address" };
  const row = USER_ATTRIBUTES[detail];
  return "usual" in row ? { kind: "field", field: row.usual } : undefined;
}
