/** The documented search grammars of users and groups (Search for Users, Search for Groups). */
import { badRequest, invalid } from "./google-errors.ts";
import type { Company, CompanyGroup, Person } from "./google-company.ts";

interface Clause {
  /** Empty for a bare word. */
  readonly field: string;
  readonly op: "=" | ":" | ":*";
  readonly value: string;
}

const clausePattern = /\s*(?:([A-Za-z][\w.]*)(=|:))?(?:'((?:[^'\\]|\\.)*)'|([^\s']+))(\*?)(?=\s|$)/y;

/** Clauses joined by spaces, values with spaces in single quotes, a quote inside as `\'`. */
export function parseQuery(text: string): Clause[] {
  const clauses: Clause[] = [];
  clausePattern.lastIndex = 0;
  while (clausePattern.lastIndex < text.trimEnd().length) {
    const found = clausePattern.exec(text);
    if (found === null) return invalid("query");
    const [, field = "", op = ":", quoted, plain = "", quotedStar = ""] = found;
    const raw = quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, "$1");
    const starred = op === ":" && (raw.endsWith("*") || quotedStar === "*");
    const value = starred && raw.endsWith("*") ? raw.slice(0, -1) : raw;
    if (value === "") return invalid("query");
    clauses.push({ field, op: starred ? ":*" : op === "=" ? "=" : ":", value });
  }
  return clauses.length === 0 ? invalid("query") : clauses;
}

const words = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== "");

function containsWords(text: string, wanted: string): boolean {
  const all = words(text);
  const part = words(wanted);
  return part.length > 0 && all.some((_, at) => part.every((word, step) => all[at + step] === word));
}

function meets(clause: Clause, texts: readonly string[]): boolean {
  const wanted = clause.value.toLowerCase();
  return texts.some((text) => {
    if (clause.op === "=") return text.toLowerCase() === wanted;
    return clause.op === ":*" ? text.toLowerCase().startsWith(wanted) : containsWords(text, wanted);
  });
}

const flags: Readonly<Record<string, (person: Person) => boolean>> = {
  isadmin: (person) => person.isAdmin,
  isdelegatedadmin: () => false,
  issuspended: (person) => person.suspended,
  isarchived: (person) => person.archived,
  isenrolledin2sv: (person) => person.attributes["isEnrolledIn2Sv"] === "true",
  isenforcedin2sv: (person) => person.attributes["isEnforcedIn2Sv"] === "true",
  isguest: (person) => person.attributes["isGuest"] === "true",
};

/** Fields kept in `attributes`, with the operators each allows. */
const attributeOps: Readonly<Record<string, readonly Clause["op"][]>> = {
  ...Object.fromEntries(
    ["im", "externalId", "orgName", "orgTitle", "orgDepartment", "orgDescription", "orgCostCenter"]
      .concat(
        ["PoBox", "Extended", "Street", "Locality", "Region", "PostalCode", "Country"].map(
          (x) => `address${x}`,
        ),
      )
      .map((field) => [field.toLowerCase(), ["=", ":"]]),
  ),
  address: [":"],
  phone: ["="],
  manager: ["="],
  managerid: ["="],
  directmanager: ["="],
  directmanagerid: ["="],
};

/** A test for one person, or a 400 where Google would give one. */
export function userQuery(company: Company, text: string): (person: Person) => boolean {
  const tests = parseQuery(text).map((clause) => userClause(company, clause));
  return (person) => tests.every((test) => test(person));
}

function userClause(company: Company, clause: Clause): (person: Person) => boolean {
  const field = clause.field.toLowerCase();
  const addresses = (person: Person): string[] => [person.primaryEmail, ...person.aliases];
  if (field === "") return (one) => meets(clause, [one.givenName, one.familyName, ...addresses(one)]);
  if (field === "name") {
    if (clause.op === ":*") return invalid("query");
    return (one) => meets(clause, [`${one.givenName} ${one.familyName}`]);
  }
  if (field === "email") return (one) => meets(clause, addresses(one));
  if (field === "givenname") return (one) => meets(clause, [one.givenName]);
  if (field === "familyname") return (one) => meets(clause, [one.familyName]);
  if (field === "orgunitpath") return orgUnitClause(company, clause);
  const flag = flags[field];
  if (flag !== undefined) return flagClause(flag, clause);
  return attributeClause(company, clause);
}

function flagClause(flag: (person: Person) => boolean, clause: Clause): (person: Person) => boolean {
  if (clause.op !== "=" || !["true", "false"].includes(clause.value)) return invalid("query");
  return (person) => flag(person) === (clause.value === "true");
}

/** The whole subtree; an unknown path, or one with a slash at its end, is refused. */
function orgUnitClause(company: Company, clause: Clause): (person: Person) => boolean {
  if (clause.op !== "=") return invalid("query");
  const wanted = clause.value.toLowerCase();
  const known = [...company.orgUnits].some((path) => path.toLowerCase() === wanted);
  if (!known) return invalid("INVALID_OU_ID");
  const below = wanted === "/" ? "/" : `${wanted}/`;
  return (one) => one.orgUnitPath.toLowerCase() === wanted || one.orgUnitPath.toLowerCase().startsWith(below);
}

function attributeClause(company: Company, clause: Clause): (person: Person) => boolean {
  const schema = company.users.some((one) => clause.field.includes(".") && clause.field in one.attributes);
  const allowed = attributeOps[clause.field.toLowerCase()] ?? (schema ? ["=", ":"] : []);
  if (!allowed.includes(clause.op)) return invalid("query");
  return (person) => {
    const entry = Object.entries(person.attributes).find(
      ([name]) => name.toLowerCase() === clause.field.toLowerCase(),
    );
    return entry !== undefined && meets(clause, [entry[1]]);
  };
}

/** No contains operator; `memberKey` stands alone; a name's prefix has at least three characters. */
export function groupQuery(company: Company, text: string): (group: CompanyGroup) => boolean {
  if (text.trim() === "") return badRequest();
  const clauses = parseQuery(text);
  const memberKeys = clauses.filter((clause) => clause.field.toLowerCase() === "memberkey");
  if (memberKeys.length > 0 && clauses.length > 1) return invalid("query");
  const tests = clauses.map((clause) => groupClause(company, clause));
  return (group) => tests.every((test) => test(group));
}

function groupClause(company: Company, clause: Clause): (group: CompanyGroup) => boolean {
  const field = clause.field.toLowerCase();
  if (field === "memberkey" && clause.op === "=") return groupsOf(company, clause.value, "memberKey");
  if (clause.op === ":") return invalid("query");
  if (field === "email") return (one) => meets(clause, [one.email, ...one.aliases]);
  if (field !== "name") return invalid("query");
  if (clause.op === ":*" && clause.value.length < 3) return invalid("query");
  return (one) => meets(clause, [one.name]);
}

export const isAboutMember = (text: string | null): boolean => /^\s*memberKey=/iu.test(text ?? "");

/**
 * Groups that hold a user, a group, an outsider, or (the customer's id) everybody. The guide (Search for Groups) names
 * a user's address, alias and id, and a group's address; GAM asks about groups by address alone, and expects a 400 for
 * a member that Google does not know. Whether a group's id would do is unknown: here it is refused.
 */
export function groupsOf(company: Company, key: string, name: string): (group: CompanyGroup) => boolean {
  const low = key.toLowerCase();
  const outsider = company.members.find((row) => row.outsider?.toLowerCase() === low || row.id === key);
  const nested = company.findGroup(key);
  if (nested?.id === key) return invalid(name);
  const id = company.findUser(key)?.id ?? nested?.id ?? outsider?.id;
  if (id === undefined && key !== company.customerId) return invalid(name);
  const direct = new Set(company.members.filter((row) => row.id === (id ?? key)).map((row) => row.groupId));
  if (!company.policy.memberKeyTransitive) return (group) => direct.has(group.id);
  return (group) => direct.has(group.id) || company.everyoneIn(group.id).has(id ?? key);
}
