/** The PATCH language for users, on a plain SCIM document. Any bad operation refuses the whole request. */
import { tooManyWithoutPath, unparsable } from "./scim-errors.ts";
import { enterpriseUser, partialUserShape, type PatchOperation } from "./scim-shapes.ts";
import { isObject, without } from "./wire.ts";

type Document = Record<string, unknown>;

const lists = ["emails", "addresses", "phoneNumbers"];
const required = ["userName", "active", "displayName", "name", "name.givenName", "name.familyName"];
const onlyOnce = ["userName", "active"];

export function applyUserPatch(user: Document, operations: readonly PatchOperation[]): Document {
  const draft = structuredClone(user);
  const paths = operations.flatMap((operation) => applyOne(draft, operation));
  const tooOften = onlyOnce.some((name) => paths.filter((path) => path === name).length > 1);
  return tooOften ? unparsable() : draft;
}

/** Returns the path that it changed. */
function applyOne(draft: Document, { op, path, value }: PatchOperation): string {
  if (op === "remove") return removeAt(draft, path);
  if (value === undefined) return unparsable();
  if (path !== undefined) return setAt(draft, op, path, value);
  if (!isObject(value)) return unparsable();
  const entries = Object.entries(value).filter(([name]) => name !== "id");
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return tooManyWithoutPath();
  return setAt(draft, op, ...entry);
}

function setAt(draft: Document, op: "add" | "replace", path: string, value: unknown): string {
  const element = /^(emails|addresses|phoneNumbers)\[(\w+) eq "([^"]*)"\](?:\.(\w+))?$/.exec(path);
  if (element !== null) return setElement(draft, element, value, path);
  const [head, tail] = steps(path);
  if (tail !== undefined) {
    const checked = parsed(head, { [tail]: value });
    draft[head] = { ...asObject(draft[head]), ...asObject(checked) };
    return path;
  }
  const checked = parsed(head, value);
  const old = draft[head];
  if (op === "add" && lists.includes(head) && Array.isArray(old) && Array.isArray(checked)) {
    const both: unknown[] = [...(old as unknown[]), ...(checked as unknown[])];
    return both.length > 1 ? unparsable() : store(draft, head, both);
  }
  const merges = head === "name" || (op === "add" && head === enterpriseUser);
  return store(draft, head, merges ? { ...asObject(old), ...asObject(checked) } : checked);
}

function setElement(draft: Document, found: RegExpExecArray, value: unknown, path: string): string {
  const [, head = "", key = "", wanted, sub] = found;
  const [old] = Array.isArray(draft[head]) ? (draft[head] as unknown[]) : [];
  const current = asObject(old);
  if (current[key] !== wanted) return unparsable();
  const changed = sub === undefined ? value : { ...current, [sub]: value };
  draft[head] = parsed(head, [changed]);
  return path;
}

function removeAt(draft: Document, path: string | undefined): string {
  if (path === undefined || required.includes(path)) return unparsable();
  const [head, tail] = steps(path);
  if (!(head in partialUserShape.shape)) return unparsable();
  if (tail === undefined) {
    delete draft[head];
    return path;
  }
  draft[head] = without(asObject(draft[head]), tail);
  return path;
}

/** `name.givenName` and `urn:…:User:department` have two steps, everything else has one. */
function steps(path: string): [string, string | undefined] {
  if (path.startsWith(`${enterpriseUser}:`)) return [enterpriseUser, path.slice(enterpriseUser.length + 1)];
  const [head = "", tail] = path === enterpriseUser ? [path] : path.split(".");
  return tail === undefined || head === "name" ? [head, tail] : unparsable();
}

function parsed(name: string, value: unknown): unknown {
  const result = partialUserShape.safeParse({ [name]: value });
  return result.success ? (result.data as Document)[name] : unparsable();
}

function store(draft: Document, name: string, value: unknown): string {
  draft[name] = value;
  return name;
}

const asObject = (value: unknown): Document => (isObject(value) ? value : {});
