/** What of users and groups is compared and written, and nothing else: patches, requests and labels come from here. */
import { sameName, sameText } from "./names.ts";

/** No two objects of a kind may share a `name`, nor a `link`, which says whose they are. */
type Role = "name" | "link" | "state" | "cosmetic";

interface Attribute<V> {
  /** Whether two values make no difference. */
  readonly same: (one: V, other: V) => boolean;
  readonly role: Role;
  /** What people call it. */
  readonly label: string;
}

/** A table of them, by name. */
export type Attributes = Readonly<Record<string, Attribute<string> | Attribute<boolean>>>;

const sameValue = <V>(one: V, other: V): boolean => one === other;

/** Of a user, in the order in which differences are told. */
export const USER_ATTRIBUTES = {
  externalId: { same: sameValue<string>, role: "link", label: "Google id" },
  givenName: { same: sameText, role: "cosmetic", label: "given name" },
  familyName: { same: sameText, role: "cosmetic", label: "family name" },
  displayName: { same: sameText, role: "cosmetic", label: "display name" },
  userName: { same: sameName, role: "name", label: "user name" },
  email: { same: sameName, role: "name", label: "e-mail" },
  active: { same: sameValue<boolean>, role: "state", label: "enabled" },
} as const satisfies Attributes;

/** Of a group. A change of case alone is not worth a request that AWS may refuse as a duplicate. */
export const GROUP_ATTRIBUTES = {
  externalId: { same: sameValue<string>, role: "link", label: "Google id" },
  name: { same: sameName, role: "name", label: "name" },
} as const satisfies Attributes;

export type UserAttribute = keyof typeof USER_ATTRIBUTES;
export type GroupAttribute = keyof typeof GROUP_ATTRIBUTES;

/** What an object with these attributes has. */
export type Values<T extends Attributes> = { readonly [A in keyof T]: Parameters<T[A]["same"]>[0] };
export type UserValues = Values<typeof USER_ATTRIBUTES>;
export type GroupValues = Values<typeof GROUP_ATTRIBUTES>;

/** What has to be written so that `existing` has all that is wanted; an attribute that nobody wants is left alone. */
export function difference<T extends Attributes>(
  attributes: T,
  wanted: Partial<Values<T>>,
  existing: Values<T>,
): Partial<Values<T>> {
  const found: { -readonly [A in keyof T]?: Values<T>[A] } = {};
  for (const attribute in attributes) {
    const { same } = attributes[attribute] as Attribute<never>;
    const value = wanted[attribute];
    if (value !== undefined && !same(value as never, existing[attribute] as never)) found[attribute] = value;
  }
  return found;
}

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

/** What no two of a kind may share. */
export const UNIQUE_OF_USERS = withRole(USER_ATTRIBUTES, "name", "link");
export const UNIQUE_OF_GROUPS = withRole(GROUP_ATTRIBUTES, "name", "link");

const LABELS: Attributes = { ...USER_ATTRIBUTES, ...GROUP_ATTRIBUTES };

/** What people call an attribute of a user or a group. */
export const labelOf = (attribute: string): string => LABELS[attribute]?.label ?? attribute;
