import { nameKey } from "./names.ts";
import type { SourceGroup, SourceUser } from "./model.ts";

/**
 * The alternatives of a match setting: split at commas outside single quotes (`\'` is a quote inside a value),
 * trimmed, empty ones dropped. Google's own queries know no OR.
 */
export function splitQueries(text: string): readonly string[] {
  const parts = [""];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const piece = character === "\\" ? character + text.charAt(++at) : character;
    if (piece === "'") quoted = !quoted;
    if (piece === "," && !quoted) parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

/** Whether a fetched object fits a query; `undefined` where only Google can say. */
export type Fits = boolean | undefined;

interface Clause {
  readonly field: string;
  readonly operator: string;
  readonly value: string;
}

const CLAUSE = /\s*([A-Za-z]\w*)\s*(=|:)\s*('(?:[^'\\]|\\.)*'|[^\s']+)/gy;

/** `undefined` for a query that is not clauses from its first character to its last. */
function clauses(query: string): readonly Clause[] | undefined {
  const found = [...query.matchAll(CLAUSE)];
  const length = found.reduce((sum, [clause]) => sum + clause.length, 0);
  if (found.length === 0 || query.slice(length).trim() !== "") return undefined;
  return found.map(([, field = "", operator = "", raw = ""]) => {
    const value = raw.startsWith("'") ? raw.slice(1, -1).replace(/\\(.)/gu, "$1") : raw;
    return { field: field.toLowerCase(), operator, value };
  });
}

function every(answers: readonly Fits[]): Fits {
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

/** True for one query that fits; undefined when none fits and one can't be evaluated here. */
function anyFits(queries: readonly string[], fits: (clause: Clause) => Fits): Fits {
  const answers = queries.map((query) => every(clauses(query)?.map(fits) ?? [undefined]));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

/** Facts: Directory API, "Search for users"; `:` means whole words for users, which only Google can judge. */
export function userFits(queries: readonly string[], user: SourceUser): Fits {
  return anyFits(queries, (clause) => userClause(clause, user));
}

function userClause({ field, operator, value }: Clause, user: SourceUser): Fits {
  switch (field) {
    case "email":
      return text(operator, value, [user.email, ...user.aliases]);
    case "givenname":
      return text(operator, value, [user.givenName]);
    case "familyname":
      return text(operator, value, [user.familyName]);
    case "issuspended":
      return flag(value, user.state === "suspended", user.state);
    case "isarchived":
      return flag(value, user.state === "archived", user.state);
    case "orgunitpath":
      return operator === "=" ? within(user.orgUnit, value) : undefined;
    default:
      return undefined;
  }
}

/** An archived account may be suspended too: the model keeps one state, so only a clear answer is given. */
function flag(value: string, is: boolean, state: SourceUser["state"]): Fits {
  if (state === "archived" && !is) return undefined;
  return value.toLowerCase() === String(is);
}

function within(path: string, ancestor: string): Fits {
  if (path === "") return undefined;
  const root = nameKey(ancestor).replace(/\/$/u, "");
  return nameKey(path) === root || nameKey(path).startsWith(`${root}/`);
}

/** Facts: Directory API, "Search for groups": `=` and `:PREFIX*` on address and name. */
export function groupFits(queries: readonly string[], group: SourceGroup): Fits {
  return anyFits(queries, ({ field, operator, value }) => {
    if (field === "email") return text(operator, value, [group.email, ...group.aliases]);
    return field === "name" ? text(operator, value, [group.name]) : undefined;
  });
}

function text(operator: string, value: string, candidates: readonly string[]): Fits {
  const wanted = nameKey(value);
  if (operator === "=") {
    if (wanted.includes("*")) return undefined;
    return candidates.some((candidate) => nameKey(candidate) === wanted);
  }
  if (!wanted.endsWith("*")) return undefined;
  return candidates.some((candidate) => nameKey(candidate).startsWith(wanted.slice(0, -1)));
}
