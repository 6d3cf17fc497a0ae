/** The Directory API: who may ask, and the users. Groups and members are in google-groups.ts. */
import type { Company, Person } from "./google-company.ts";
import { apiDisabled, badRequest, forbidden, invalid, loginRequired, notFound } from "./google-errors.ts";
import { googleError, scopeMissing, unauthorized } from "./google-errors.ts";
import { applyFields } from "./google-fields.ts";
import { groupOperation } from "./google-groups.ts";
import { etag, listing, type PageSizes } from "./google-pages.ts";
import { userQuery } from "./google-query.ts";
import type { Grant } from "./google-token.ts";
import { refuse, type Call, type Router } from "./wire.ts";

/** One method of the API: the scopes of which any one will do, and the answer's body. */
export interface Operation {
  readonly name: string;
  /** As Google names it in a refusal: `DirectoryUsers.List`. */
  readonly method: string;
  readonly scopes: readonly string[];
  readonly fields: ReadonlySet<string>;
  readonly body: () => unknown;
}

export interface Directory {
  readonly company: Company;
  readonly pages: PageSizes;
  readonly now: () => Date;
}

const prefix = "/admin/directory/v1/";
const scope = (name: string): string => `https://www.googleapis.com/auth/admin.directory.${name}`;
const userScopes = [scope("user.readonly"), scope("user")];
const deletedFor = 20 * 24 * 3600 * 1000;

export function createDirectoryRouter(directory: Directory, grants: Map<string, Grant>): Router {
  return (call) => {
    if (!call.path.startsWith(prefix) || call.method !== "GET") return undefined;
    const parts = call.segments.slice(3);
    const operation = userOperation(directory, call, parts) ?? groupOperation(directory, call, parts);
    if (operation === undefined) return undefined;
    return {
      service: "google",
      operation: operation.name,
      answer: () => {
        admit(directory.company, call, operation, grants);
        const body = applyFields(operation.body(), call.query.get("fields"), operation.fields);
        return { status: 200, body };
      },
    };
  };
}

/** Token, API switched on, scope, account's policy, administrator's rights: in this order. */
function admit(company: Company, call: Call, operation: Operation, grants: Map<string, Grant>): void {
  const header = call.headers["authorization"];
  if (header === undefined) return loginRequired();
  const grant = grants.get(header.replace(/^Bearer /, ""));
  if (grant === undefined || grant.expiresAt < Date.now()) return unauthorized();
  if (!company.policy.apiEnabled) return apiDisabled("101010101010");
  if (!operation.scopes.some((one) => grant.scopes.includes(one))) return scopeMissing(operation.method);
  if (!company.policy.domainApis) {
    return refuse(googleError(403, "domainCannotUseApis", "Domain cannot use apis"));
  }
  if (company.findUser(grant.subject)?.isAdmin !== true) return forbidden();
}

function userOperation(directory: Directory, call: Call, parts: readonly string[]): Operation | undefined {
  const [collection, key] = parts;
  if (collection !== "users" || parts.length > 2) return undefined;
  const common = { scopes: userScopes, fields: userFields };
  if (key === undefined) {
    const body = (): unknown => listUsers(directory, call.query);
    return { name: "users.list", method: "DirectoryUsers.List", ...common, body };
  }
  const body = (): unknown => userRow(directory.company, getUser(directory.company, key));
  return { name: "users.get", method: "DirectoryUsers.Get", ...common, body };
}

function listUsers(directory: Directory, query: URLSearchParams): unknown {
  const { company, now } = directory;
  const domain = accountPart(company, query);
  const deleted = query.get("showDeleted") === "true";
  const text = query.get("query");
  if (text === "") return invalid("query");
  const fits = text === null ? (): boolean => true : userQuery(company, text);
  const recent = (one: Person): boolean => now().getTime() - (one.deletedAt?.getTime() ?? 0) <= deletedFor;
  const found = (deleted ? company.deletedUsers.filter(recent) : company.users)
    .filter((one) => domain === undefined || one.primaryEmail.toLowerCase().endsWith(`@${domain}`))
    .filter(fits)
    .filter((one) => !company.lies.hidesUser([one.id, one.primaryEmail]));
  const rows = sorted(found, query).map((one) => (deleted ? deletedRow(one) : userRow(company, one)));
  return listing(directory, "users.list", query, "admin#directory#users", "users", rows);
}

/** The domain to narrow to. One of customer and domain must be there; what fits neither is refused. */
export function accountPart(company: Company, query: URLSearchParams): string | undefined {
  const customer = query.get("customer");
  const domain = query.get("domain")?.toLowerCase();
  if (customer === null && domain === undefined) return badRequest();
  const both = customer !== null && domain !== undefined;
  if (both && company.policy.customerAndDomain === "refuse") return badRequest();
  if (customer?.includes(".") === true || domain?.includes(".") === false) return badRequest();
  if (customer !== null && !["my_customer", company.customerId].includes(customer)) {
    return refuse(googleError(400, "invalid", "Invalid Customer Id"));
  }
  if (domain !== undefined && !company.domains.includes(domain)) {
    return refuse(googleError(404, "notFound", "Domain not found"));
  }
  return domain;
}

const sortKeys: Readonly<Record<string, (person: Person) => string>> = {
  email: (one) => one.primaryEmail,
  givenname: (one) => one.givenName,
  familyname: (one) => one.familyName,
};

function sorted(people: readonly Person[], query: URLSearchParams): Person[] {
  const key = sortKeys[(query.get("orderBy") ?? "email").toLowerCase()];
  if (key === undefined) return invalid("orderBy");
  const sign = (query.get("sortOrder") ?? "ASCENDING").toUpperCase() === "DESCENDING" ? -1 : 1;
  const text = (one: Person): string => `${key(one)}\n${one.primaryEmail}`.toLowerCase();
  return people.toSorted((a, b) => (text(a) < text(b) ? -sign : sign));
}

function getUser(company: Company, key: string): Person {
  const person = company.findUser(key);
  if (person !== undefined) return person;
  if (company.findGroup(key) !== undefined) return badRequest("Type not supported: userKey");
  const outside = key.includes("@") && !company.domains.includes(key.replace(/.*@/, "").toLowerCase());
  const elsewhere = outside || company.members.some((row) => row.id === key && row.outsider !== undefined);
  return elsewhere && company.policy.outsider === 403 ? forbidden() : notFound("userKey");
}

function userRow(company: Company, one: Person): unknown {
  const { givenName, familyName } = one;
  const fullName = [givenName, familyName].join(" ");
  const row = {
    kind: "admin#directory#user",
    id: one.id,
    etag: "",
    primaryEmail: one.primaryEmail,
    name: { givenName, familyName, fullName },
    isAdmin: one.isAdmin,
    isDelegatedAdmin: false,
    creationTime: one.createdAt.toISOString(),
    agreedToTerms: true,
    suspended: one.suspended,
    ...(one.suspended ? { suspensionReason: "ADMIN" } : {}),
    archived: one.archived,
    emails: [
      { address: one.primaryEmail, primary: true },
      ...one.aliases.map((address) => ({ address })),
      ...(one.attributes["homeEmail"] === undefined
        ? []
        : [{ address: one.attributes["homeEmail"], type: "home" }]),
    ],
    ...(one.aliases.length === 0 ? {} : { aliases: one.aliases }),
    customerId: company.customerId,
    orgUnitPath: one.orgUnitPath,
    isMailboxSetup: true,
    includeInGlobalAddressList: true,
  };
  return { ...row, etag: etag(row) };
}

/** The guide shows no more than this of a deleted user. */
const deletedRow = (one: Person): unknown => ({
  kind: "admin#directory#user",
  id: one.id,
  etag: etag([one.id, "deleted"]),
  primaryEmail: one.primaryEmail,
  deletionTime: one.deletedAt?.toISOString(),
});

const userFields = new Set(
  (
    "kind etag users nextPageToken id primaryEmail name givenName familyName fullName displayName isAdmin " +
    "isDelegatedAdmin creationTime deletionTime lastLoginTime agreedToTerms suspended suspensionReason " +
    "suspensionTime archived archivalTime emails address type customType primary aliases nonEditableAliases " +
    "customerId orgUnitPath isMailboxSetup includeInGlobalAddressList isGuestUser externalIds organizations " +
    "phones relations addresses locations languages customSchemas isEnrolledIn2Sv isEnforcedIn2Sv recoveryEmail " +
    "recoveryPhone thumbnailPhotoUrl thumbnailPhotoEtag changePasswordAtNextLogin ipWhitelisted value"
  ).split(" "),
);
