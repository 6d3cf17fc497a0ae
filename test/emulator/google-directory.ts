/** The Directory API: who may ask, and the users. Groups and members are in google-groups.ts. */
import type { Company, CompanyGroup, OwnRole, Person } from "./google-company.ts";
import { apiDisabled, badRequest, forbidden, invalid, loginRequired, notFound } from "./google-errors.ts";
import { googleError, scopeMissing, unauthorized } from "./google-errors.ts";
import { applyFields } from "./google-fields.ts";
import { groupOperation } from "./google-groups.ts";
import { etag, listing, type PageSizes } from "./google-pages.ts";
import { userQuery } from "./google-query.ts";
import type { Grant } from "./google-token.ts";
import { isObject, refuse, type Call, type Router } from "./wire.ts";

/** One method of the API: the scopes of which any one will do, and the answer's body. */
export interface Operation {
  readonly name: string;
  /** As Google names it in a refusal: `DirectoryUsers.List`. */
  readonly method: string;
  readonly scopes: readonly string[];
  readonly fields: ReadonlySet<string>;
  readonly body: (asker: Asker) => unknown;
}

/** What is shown to whoever asks. */
export interface Asker {
  /** A service account as itself. */
  readonly itself: boolean;
  readonly sees: (one: Person | CompanyGroup) => boolean;
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
        const asker = admit(directory.company, call, operation, grants);
        const body = applyFields(operation.body(asker), call.query.get("fields"), operation.fields);
        return { status: 200, body };
      },
    };
  };
}

/** Token, API switched on, scope, account's policy, rights of who asks: in this order. */
function admit(company: Company, call: Call, operation: Operation, grants: Map<string, Grant>): Asker {
  const header = call.headers["authorization"];
  if (header === undefined) return loginRequired();
  const grant = grants.get(header.replace(/^Bearer /, ""));
  if (grant === undefined || grant.expiresAt < Date.now()) return unauthorized();
  if (!company.policy.apiEnabled) return apiDisabled("101010101010");
  if (!operation.scopes.some((one) => grant.scopes.includes(one))) return scopeMissing(operation.method);
  if (!company.policy.domainApis) {
    return refuse(googleError(403, "domainCannotUseApis", "Domain cannot use apis"));
  }
  const person = company.findUser(grant.subject);
  if (person?.isAdmin === true) return { itself: false, sees: () => true };
  const { ownRole: role } = company.policy;
  const covers = operation.name.startsWith("users.") ? role?.users : role?.groups;
  if (person !== undefined || role === undefined || covers !== true) return forbidden();
  return { itself: true, sees: (one) => reaches(role, one) };
}

function reaches({ orgUnit = "/", butGroups = [] }: OwnRole, one: Person | CompanyGroup): boolean {
  if (!("orgUnitPath" in one)) return !butGroups.includes(one.email);
  return `${one.orgUnitPath}/`.replace("//", "/").startsWith(`${orgUnit}/`.replace("//", "/"));
}

function userOperation(directory: Directory, call: Call, parts: readonly string[]): Operation | undefined {
  const [collection, key] = parts;
  if (collection !== "users" || parts.length > 2) return undefined;
  const common = { scopes: userScopes, fields: userFields };
  if (key === undefined) {
    const body = (asker: Asker): unknown => listUsers(directory, call.query, asker);
    return { name: "users.list", method: "DirectoryUsers.List", ...common, body };
  }
  const body = (asker: Asker): unknown => {
    const person = getUser(directory.company, key);
    return asker.sees(person)
      ? userRow(directory.company, person, shown(directory.company, call.query))
      : forbidden();
  };
  return { name: "users.get", method: "DirectoryUsers.Get", ...common, body };
}

function listUsers(directory: Directory, query: URLSearchParams, asker: Asker): unknown {
  const { company, now } = directory;
  const domain = accountPart(company, query, asker);
  const deleted = query.get("showDeleted") === "true";
  const text = query.get("query");
  if (text === "") return invalid("query");
  const fits = text === null ? (): boolean => true : userQuery(company, text);
  const recent = (one: Person): boolean => now().getTime() - (one.deletedAt?.getTime() ?? 0) <= deletedFor;
  const found = (deleted ? company.deletedUsers.filter(recent) : company.users)
    .filter((one) => domain === undefined || one.primaryEmail.toLowerCase().endsWith(`@${domain}`))
    .filter((one) => fits(one) && asker.sees(one))
    .filter((one) => !company.lies.hidesUser([one.id, one.primaryEmail]));
  const schemas = shown(company, query);
  const rows = sorted(found, query).map((one) =>
    deleted ? deletedRow(company, one) : userRow(company, one, schemas),
  );
  return listing(directory, "users.list", query, "admin#directory#users", "users", rows);
}

/** The domain to narrow to. One of customer and domain must be there; what fits neither is refused. */
export function accountPart(company: Company, query: URLSearchParams, { itself }: Asker): string | undefined {
  const customer = query.get("customer");
  const domain = query.get("domain")?.toLowerCase();
  if (customer === null && domain === undefined) return badRequest();
  const both = customer !== null && domain !== undefined;
  if (both && company.policy.customerAndDomain === "refuse") return badRequest();
  if (customer?.includes(".") === true || domain?.includes(".") === false) return badRequest();
  if (itself && customer === "my_customer") {
    return company.policy.ownMyCustomer === 403
      ? forbidden()
      : refuse(googleError(400, "invalid", "Invalid Input"));
  }
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

/** Whether a custom schema is shown: none unless a projection asks for it. */
type Shown = (schema: string) => boolean;

function shown({ users, schemas, policy }: Company, query: URLSearchParams): Shown {
  const projection = query.get("projection") ?? "basic";
  if (!["basic", "custom", "full"].includes(projection)) return invalid("projection");
  if (projection !== "custom") return () => projection === "full";
  const wanted = (query.get("customFieldMask") ?? "").split(",");
  const known = new Set([...schemas, ...users.flatMap((one) => Object.keys(schemasOf(one)))]);
  const isRefused = policy.unknownSchema === "refuse" && wanted.some((schema) => !known.has(schema));
  return isRefused ? invalid("custom_field_mask") : (schema) => wanted.includes(schema);
}

const schemasOf = ({ extra: { customSchemas } }: Person): Readonly<Record<string, unknown>> =>
  isObject(customSchemas) ? customSchemas : {};

function userRow(company: Company, one: Person, isShown: Shown): unknown {
  const { givenName, familyName } = one;
  const { customSchemas, ...extra } = one.extra;
  const custom = Object.entries(schemasOf(one)).filter(([schema]) => isShown(schema));
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
    ...(one.suspended
      ? { suspensionReason: "ADMIN", ...when(company, "suspensionTime", one.suspendedAt) }
      : {}),
    archived: one.archived,
    ...(one.archived ? when(company, "archivalTime", one.archivedAt) : {}),
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
    ...extra,
    ...(customSchemas === undefined || isObject(customSchemas) ? {} : { customSchemas }),
    ...(custom.length === 0 ? {} : { customSchemas: Object.fromEntries(custom) }),
  };
  return { ...row, etag: etag(row) };
}

const when = ({ policy }: Company, name: string, time: Date | undefined): Record<string, string> =>
  policy.tellsWhen && time !== undefined ? { [name]: time.toISOString() } : {};

/** The guide shows no more than this of a deleted user, and the reference the time. */
const deletedRow = (company: Company, one: Person): unknown => ({
  kind: "admin#directory#user",
  id: one.id,
  etag: etag([one.id, "deleted"]),
  primaryEmail: one.primaryEmail,
  ...when(company, "deletionTime", one.deletedAt),
});

const userFields = new Set(
  (
    "kind etag users nextPageToken id primaryEmail name givenName familyName fullName displayName isAdmin " +
    "isDelegatedAdmin creationTime deletionTime lastLoginTime agreedToTerms suspended suspensionReason " +
    "suspensionTime archived archivalTime emails address type customType primary aliases nonEditableAliases " +
    "customerId orgUnitPath isMailboxSetup includeInGlobalAddressList isGuestUser externalIds organizations " +
    "phones relations addresses locations languages customSchemas isEnrolledIn2Sv isEnforcedIn2Sv recoveryEmail " +
    "recoveryPhone thumbnailPhotoUrl thumbnailPhotoEtag changePasswordAtNextLogin ipWhitelisted value " +
    "title department costCenter streetAddress locality region postalCode country formatted languageCode preference"
  ).split(" "),
);
