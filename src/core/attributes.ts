/** What of users and groups is compared and written, and nothing else: patches, requests and labels come from here. */
import { sameName, sameText } from "./names.ts";
import type { SourceField } from "./source-field.ts";

/**
 * No two objects of a kind may share a `name`, nor a `link`, which says whose they are. A `detail` is synced only where
 * ATTRIBUTES lists it: it may be absent on either side, and is empty where it is not there.
 */
type Role = "name" | "link" | "state" | "cosmetic" | "detail";

interface Attribute<V> {
  /** Whether two values make no difference. */
  readonly same: (one: V, other: V) => boolean;
  readonly role: Role;
  /** What people call it. */
  readonly label: string;
  /** Of a detail: where Google has it, unless told otherwise; nowhere of its own where this is absent. */
  readonly usual?: SourceField;
  /** Of a detail: Identity Store tells it only when it is asked for its enterprise extension. */
  readonly isExtension?: true;
}

/** A table of them, by name. */
export type Attributes = Readonly<
  Record<string, Attribute<string> | Attribute<boolean> | Attribute<PostalAddress>>
>;

/** The parts that are there; `formatted` is the whole as one text. */
export type PostalAddress = Readonly<Partial<Record<PostalPart, string>>>;
type PostalPart = (typeof ADDRESS_PARTS)[number];

/** What an address is made of, as Google and SCIM call it. */
const POSTAL_PARTS = ["streetAddress", "locality", "region", "postalCode", "country"] as const;
export const ADDRESS_PARTS = [...POSTAL_PARTS, "formatted"] as const;

/** In one line. */
export const addressText = (address: PostalAddress): string =>
  address.formatted ?? POSTAL_PARTS.flatMap((part) => address[part] ?? []).join(", ");

/** The parts say all, where both have any, and otherwise the text, which is all that other tools write. */
function sameAddress(one: PostalAddress, other: PostalAddress): boolean {
  const both = (parts: readonly PostalPart[]): boolean =>
    [one, other].every((address) => parts.some((part) => part in address));
  const compared = [POSTAL_PARTS, ["formatted" as const]].find(both) ?? ADDRESS_PARTS;
  return compared.every((part) => sameText(one[part] ?? "", other[part] ?? ""));
}

const sameValue = <V>(one: V, other: V): boolean => one === other;

const DETAIL = { same: sameText, role: "detail" } as const;
const EXTENSION = { isExtension: true } as const;

/** Of a user, in the order in which differences are told. */
export const USER_ATTRIBUTES = {
  externalId: { same: sameValue<string>, role: "link", label: "Google id" },
  givenName: { same: sameText, role: "cosmetic", label: "given name" },
  familyName: { same: sameText, role: "cosmetic", label: "family name" },
  displayName: { same: sameText, role: "cosmetic", label: "display name" },
  userName: { same: sameName, role: "name", label: "user name" },
  email: { same: sameName, role: "name", label: "e-mail" },
  active: { same: sameValue<boolean>, role: "state", label: "enabled" },
  title: { ...DETAIL, label: "title", usual: "organizations.title" },
  department: { ...DETAIL, label: "department", usual: "organizations.department", ...EXTENSION },
  costCenter: { ...DETAIL, label: "cost center", usual: "organizations.costCenter", ...EXTENSION },
  organization: { ...DETAIL, label: "organization", usual: "organizations.name", ...EXTENSION },
  division: { ...DETAIL, label: "division", ...EXTENSION },
  employeeNumber: { ...DETAIL, label: "employee number", usual: "externalIds.value", ...EXTENSION },
  manager: { ...DETAIL, same: sameValue<string>, label: "manager", usual: "relations.value", ...EXTENSION },
  userType: { ...DETAIL, label: "user type" },
  phoneNumber: { ...DETAIL, label: "phone number", usual: "phones.value" },
  address: { ...DETAIL, same: sameAddress, label: "address", usual: "addresses.formatted" },
  preferredLanguage: { ...DETAIL, label: "preferred language", usual: "languages.languageCode" },
  nickName: { ...DETAIL, label: "nickname" },
  locale: { ...DETAIL, label: "locale" },
  timezone: { ...DETAIL, label: "time zone" },
} as const satisfies Attributes;

/** Of a group. A change of case alone is not worth a request that AWS may refuse as a duplicate. */
export const GROUP_ATTRIBUTES = {
  externalId: { same: sameValue<string>, role: "link", label: "Google id" },
  name: { same: sameName, role: "name", label: "name" },
} as const satisfies Attributes;

export type UserAttribute = keyof typeof USER_ATTRIBUTES;
export type GroupAttribute = keyof typeof GROUP_ATTRIBUTES;

type Details<T extends Attributes> = { [A in keyof T]: T[A]["role"] extends "detail" ? A : never }[keyof T];

/** All that an object with these attributes may have. */
type Possible<T extends Attributes> = { readonly [A in keyof T]: Parameters<T[A]["same"]>[0] };
/** What it has: all but the details. */
type Values<T extends Attributes> = Omit<Possible<T>, Details<T>> & Partial<Pick<Possible<T>, Details<T>>>;
/** Only what differs, or is wanted; an empty detail is one that is to be taken away. */
export type Patch<T extends Attributes> = Partial<Possible<T>>;
export type UserValues = Values<typeof USER_ATTRIBUTES>;
export type GroupValues = Values<typeof GROUP_ATTRIBUTES>;

/** What has to be written so that `existing` has all that is wanted; an attribute that nobody wants is left alone. */
export function difference<T extends Attributes>(
  attributes: T,
  wanted: Patch<T>,
  existing: Patch<T>,
): Patch<T> {
  const found: { -readonly [A in keyof T]?: Possible<T>[A] } = {};
  for (const attribute in attributes) {
    const { same } = attributes[attribute] as Attribute<never>;
    const [value, now] = [wanted[attribute], existing[attribute]];
    if (value === undefined) continue;
    if (now === undefined ? !isNone(value) : !same(value as never, now as never)) found[attribute] = value;
  }
  return found;
}

/** Whether it says that there is none. */
export const isNone = (value: string | boolean | PostalAddress): boolean =>
  value === "" || (typeof value === "object" && addressText(value) === "");

type WithRole<T extends Attributes, R extends Role> = {
  [A in keyof T & string]: T[A]["role"] extends R ? A : never;
}[keyof T & string];

function withRole<T extends Attributes, R extends Role>(
  attributes: T,
  ...roles: readonly R[]
): readonly WithRole<T, R>[] {
  const found = Object.entries(attributes).filter(([, { role }]) =>
    (roles as readonly Role[]).includes(role),
  );
  return found.map(([attribute]) => attribute as WithRole<T, R>);
}

/** What somebody else may be waiting for: a plan gives names in an order in which no request is refused. */
export const USER_NAMES = withRole(USER_ATTRIBUTES, "name");
export const GROUP_NAMES = withRole(GROUP_ATTRIBUTES, "name");

/** What people are called, which decides nothing. */
export const USER_COSMETICS = withRole(USER_ATTRIBUTES, "cosmetic");

/** What ATTRIBUTES may list. */
export const USER_DETAILS = withRole(USER_ATTRIBUTES, "detail");
export type UserDetail = (typeof USER_DETAILS)[number];

/** Where its value comes from: one place of Google, the parts of an address, or the setting itself. */
export type Origin =
  | { readonly kind: "field"; readonly field: SourceField }
  | { readonly kind: "address" }
  | { readonly kind: "constant"; readonly text: string };

/** Whether AWS keeps it in the enterprise extension. */
export const isExtended = (attribute: UserAttribute): boolean => "isExtension" in USER_ATTRIBUTES[attribute];

/** Whether Identity Store has to be asked for that extension. */
export const needsExtension = (details: ReadonlyMap<UserDetail, Origin>): boolean =>
  [...details.keys()].some(isExtended);

/** What of Google's users has to be read for these. */
export function sourceFields(origins: readonly Origin[]): readonly SourceField[] {
  const fields = origins.flatMap((origin): readonly SourceField[] => {
    if (origin.kind === "field") return [origin.field];
    return origin.kind === "address" ? ADDRESS_FIELDS : [];
  });
  return [...new Set(fields)];
}

const ADDRESS_FIELDS = ADDRESS_PARTS.map((part): SourceField => `addresses.${part}`);

/** What no two of a kind may share. */
export const UNIQUE_OF_USERS = withRole(USER_ATTRIBUTES, "name", "link");
export const UNIQUE_OF_GROUPS = withRole(GROUP_ATTRIBUTES, "name", "link");

const LABELS: Attributes = { ...USER_ATTRIBUTES, ...GROUP_ATTRIBUTES };

/** What people call an attribute of a user or a group. */
export const labelOf = (attribute: string): string => LABELS[attribute]?.label ?? attribute;
