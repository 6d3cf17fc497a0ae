/** The Directory API's groups and members. */
import type { Company, CompanyGroup, MemberRow, Person } from "./google-company.ts";
import { accountPart, type Asker, type Directory, type Operation } from "./google-directory.ts";
import { badRequest, forbidden, invalid, notFound, notShown } from "./google-errors.ts";
import { etag, listing } from "./google-pages.ts";
import { groupQuery, groupsOf, isAboutMember } from "./google-query.ts";
import type { Call } from "./wire.ts";

const scope = (name: string): string => `https://www.googleapis.com/auth/admin.directory.${name}`;
const groupScopes = [scope("group.readonly"), scope("group")];
const memberScopes = [...groupScopes, scope("group.member.readonly"), scope("group.member")];

export function groupOperation(
  directory: Directory,
  call: Call,
  parts: readonly string[],
): Operation | undefined {
  const { company } = directory;
  const [collection, key, below, member] = parts;
  if (collection !== "groups" || parts.length > 4) return undefined;
  const groups = { scopes: groupScopes, fields: groupFields };
  const members = { scopes: memberScopes, fields: memberFields };
  if (key === undefined) {
    const body = (asker: Asker): unknown => listGroups(directory, call.query, asker);
    return { name: "groups.list", method: "DirectoryGroups.List", ...groups, body };
  }
  if (below === undefined) {
    const body = (asker: Asker): unknown => groupRow(company, getGroup(company, key, asker));
    return { name: "groups.get", method: "DirectoryGroups.Get", ...groups, body };
  }
  if (below === "members" && member === undefined) {
    const body = (asker: Asker): unknown => listMembers(directory, key, call.query, asker);
    return { name: "members.list", method: "DirectoryMembers.List", ...members, body };
  }
  if (below === "members" && member !== undefined) {
    const body = (asker: Asker): unknown => memberRow(company, getMember(company, key, member, asker));
    return { name: "members.get", method: "DirectoryMembers.Get", ...members, body };
  }
  if (below === "hasMember" && member !== undefined) {
    const body = (asker: Asker): unknown => ({ isMember: hasMember(company, key, member, asker) });
    return { name: "members.hasMember", method: "DirectoryMembers.HasMember", ...members, body };
  }
  return undefined;
}

function listGroups(directory: Directory, query: URLSearchParams, asker: Asker): unknown {
  const { company } = directory;
  const { lies } = company;
  const userKey = query.get("userKey");
  if (userKey !== null && query.has("customer")) return badRequest();
  if (userKey !== null && !query.has("domain") && asker.itself) return badRequest();
  const domain = userKey !== null && !query.has("domain") ? undefined : accountPart(company, query, asker);
  if (!["email", "EMAIL", null].includes(query.get("orderBy"))) return invalid("orderBy");
  const text = query.get("query");
  const fits = text === null ? (): boolean => true : groupQuery(company, text);
  const holds = userKey === null ? (): boolean => true : groupsOf(company, userKey, "userKey");
  const keys = (one: CompanyGroup): string[] => [one.id, one.email];
  const undead = company.deletedGroups.filter((one) => lies.stillLists(keys(one)));
  const found = [...company.groups, ...undead]
    .filter((one) => !one.foreign && fits(one) && holds(one) && asker.sees(one))
    .filter((one) => domain === undefined || one.email.toLowerCase().endsWith(`@${domain}`))
    // What one member is in comes from elsewhere than the listing of an account.
    .filter((one) => userKey !== null || isAboutMember(text) || !lies.hidesGroup(keys(one)));
  const sign = query.get("sortOrder")?.toUpperCase() === "DESCENDING" ? -1 : 1;
  const rows = found
    .toSorted((a, b) => (a.email.toLowerCase() < b.email.toLowerCase() ? -sign : sign))
    .map((one) => groupRow(company, one));
  return listing(directory, "groups.list", query, "admin#directory#groups", "groups", rows);
}

function getGroup(company: Company, key: string, { sees }: Asker): CompanyGroup {
  const group = company.findGroup(key);
  if (group === undefined) return notFound("groupKey");
  if (group.foreign) return notShown(company.policy.foreignGroup);
  return sees(group) ? group : forbidden();
}

function groupRow(company: Company, one: CompanyGroup): unknown {
  const direct = company.members.filter((row) => row.groupId === one.id && row.type === "USER");
  const row = {
    kind: "admin#directory#group",
    id: one.id,
    etag: "",
    email: one.email,
    name: one.name,
    directMembersCount: String(direct.length),
    description: one.description,
    adminCreated: one.adminCreated,
    ...(one.aliases.length === 0 ? {} : { aliases: one.aliases }),
  };
  return { ...row, etag: etag(row) };
}

function listMembers(directory: Directory, key: string, query: URLSearchParams, asker: Asker): unknown {
  const { company } = directory;
  const group = getGroup(company, key, asker);
  const how = company.policy.hiddenMembers.get(group.email);
  if (how !== undefined) return notShown(how);
  const roles = query.get("roles")?.split(",") ?? [];
  const known = roles.every((role) => ["OWNER", "MANAGER", "MEMBER"].includes(role));
  if (!known) return invalid("roles");
  const derived = query.get("includeDerivedMembership") === "true";
  const rows = derived ? derivedRows(company, group) : directRows(company, group);
  const hidden = (row: MemberRow): boolean =>
    company.lies.hidesMember([group.id, group.email], [row.id, addressOf(company, row) ?? row.id]);
  const asked = roles.length === 0 || company.policy.rolesIgnored;
  const shown = rows
    .filter((row) => !hidden(row) && (asked || roles.includes(row.role)))
    .map((row) => memberRow(company, row));
  return listing(directory, "members.list", query, "admin#directory#members", "members", shown);
}

const directRows = (company: Company, group: CompanyGroup): MemberRow[] =>
  company.members.filter((row) => row.groupId === group.id);

/** Nested groups are expanded and still listed; so is a customer row. Groups of other accounts stay closed. */
function derivedRows(company: Company, group: CompanyGroup): MemberRow[] {
  const rows = expand(company, group, new Set());
  if (company.policy.derivedDuplicates) return rows;
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

function expand(company: Company, group: CompanyGroup, seen: Set<string>): MemberRow[] {
  if (seen.has(group.id)) return [];
  seen.add(group.id);
  return directRows(company, group).flatMap((row) => {
    if (row.type === "CUSTOMER") {
      const all = company.users.map((one) => ({
        groupId: group.id,
        id: one.id,
        type: "USER" as const,
        role: "MEMBER" as const,
      }));
      return [row, ...all];
    }
    const nested = row.type === "GROUP" ? company.findGroup(row.id) : undefined;
    return nested === undefined || nested.foreign ? [row] : [row, ...expand(company, nested, seen)];
  });
}

const addressOf = (company: Company, row: MemberRow): string | undefined =>
  row.outsider ?? company.findUser(row.id)?.primaryEmail ?? company.findGroup(row.id)?.email;

function memberRow(company: Company, row: MemberRow): unknown {
  const email = addressOf(company, row);
  const shown = company.policy.memberAddressCase === "upper" ? email?.toUpperCase() : email;
  const status = statusOf(company, row);
  const body = {
    kind: "admin#directory#member",
    etag: etag([row.groupId, row.id, row.role]),
    id: row.id,
    ...(shown === undefined ? {} : { email: shown }),
    role: row.role,
    type: row.type,
  };
  return status === undefined ? body : { ...body, status };
}

/** People from outside have none. */
function statusOf(company: Company, row: MemberRow): string | undefined {
  if (row.type === "GROUP") return "ACTIVE";
  if (row.type === "CUSTOMER") return company.policy.customerRowStatus;
  const person: Person | undefined = company.findUser(row.id);
  if (person === undefined) return undefined;
  return person.suspended ? "SUSPENDED" : person.archived ? "ARCHIVED" : "ACTIVE";
}

/** Direct membership only. */
function getMember(company: Company, key: string, member: string, asker: Asker): MemberRow {
  const group = getGroup(company, key, asker);
  const id = company.findUser(member)?.id ?? company.findGroup(member)?.id;
  const found = directRows(company, group).find(
    (row) => row.id === (id ?? member) || row.outsider?.toLowerCase() === member.toLowerCase(),
  );
  return found ?? notFound("memberKey");
}

/** Direct, or nested where user and group are of one domain; a group, or a nested outsider, is refused. */
function hasMember(company: Company, key: string, member: string, asker: Asker): boolean {
  const group = getGroup(company, key, asker);
  if (company.findGroup(member) !== undefined) return invalid("memberKey");
  const rows = directRows(company, group);
  const low = member.toLowerCase();
  if (rows.some((row) => row.id === member || row.outsider?.toLowerCase() === low)) return true;
  const person = company.findUser(member);
  if (person === undefined) return member.includes("@") ? invalid("memberKey") : notFound("memberKey");
  if (rows.some((row) => row.id === person.id)) return true;
  if (domainOf(person.primaryEmail) !== domainOf(group.email)) return invalid("memberKey");
  return company.everyoneIn(group.id).has(person.id);
}

const domainOf = (email: string): string => email.replace(/.*@/, "").toLowerCase();

const groupFields = new Set(
  (
    "kind etag groups nextPageToken id email name description directMembersCount adminCreated aliases " +
    "nonEditableAliases externalIds namespace"
  ).split(" "),
);
const memberFields = new Set(
  "kind etag members nextPageToken id email role type status delivery_settings isMember".split(" "),
);
