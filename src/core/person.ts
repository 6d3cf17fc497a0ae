import { ADDRESS_PARTS, USER_DETAILS } from "./attributes.ts";
import type { Origin, PostalAddress, UserDetail } from "./attributes.ts";
import { cleanText } from "./names.ts";
import type { DesiredUser, Rules, SourceId, SourceUser, User } from "./model.ts";
import { userNameOf } from "./user-name.ts";

/** Stands for a name that is missing: AWS wants both, and the next run must see the same. */
const NO_NAME = "-";

/** Finds the account that has an address, or an alias of that name; it may be one that could not be read. */
export type AccountOf = (address: string) => SourceId | "unread" | undefined;

/**
 * The account as the target shall hold it, with the details that are synced and known; the user name is empty where
 * Google has none. A missing given or family name is filled with `-`, both missing with the address before the `@`; the
 * display name is made of what is really there.
 */
export function desiredUser(
  user: SourceUser,
  { details, userName }: Pick<Rules, "details" | "userName">,
  accountOf: AccountOf,
): DesiredUser {
  const givenName = cleanText(user.givenName);
  const familyName = cleanText(user.familyName);
  const local = localPart(user.email);
  const nameless = givenName === "" && familyName === "";
  return {
    externalId: user.id,
    userName: userNameOf(user, userName),
    email: user.email,
    givenName: nameless ? local : givenName || NO_NAME,
    familyName: familyName || NO_NAME,
    displayName: nameless ? local : cleanText(`${givenName} ${familyName}`),
    active: user.state === "active",
    aliases: user.aliases,
    ...detailsOf(user, details),
    ...managerOf(user, details, accountOf),
  };
}

type Wanted = Pick<DesiredUser, UserDetail>;

/** What is not known has no entry, and is left alone; what Google does not have is empty. */
function detailsOf(user: SourceUser, details: Rules["details"]): Wanted {
  const found = [...details].flatMap(([detail, origin]) => {
    if (detail === "manager") return [];
    const value = detail === "address" ? addressFrom(user, origin) : textFrom(user, origin);
    return value === undefined ? [] : [[detail, value] as const];
  });
  return Object.fromEntries(found) as Wanted;
}

function textFrom({ fields }: SourceUser, origin: Origin): string | undefined {
  if (origin.kind === "constant") return cleanText(origin.text);
  const text = fields.get(origin.kind === "address" ? "addresses.formatted" : origin.field);
  return text === undefined ? undefined : cleanText(text);
}

/** As Google tells it, in parts and as a whole. */
function addressFrom(user: SourceUser, origin: Origin): PostalAddress | undefined {
  const formatted = textFrom(user, origin);
  if (formatted === undefined) return undefined;
  if (origin.kind !== "address") return formatted === "" ? {} : { formatted };
  if (!ADDRESS_PARTS.every((part) => user.fields.has(`addresses.${part}`))) return undefined;
  const parts = ADDRESS_PARTS.flatMap((part) => {
    const text = cleanText(user.fields.get(`addresses.${part}`) ?? "");
    return text === "" ? [] : [[part, text] as const];
  });
  return Object.fromEntries(parts);
}

function managerOf(
  user: SourceUser,
  details: Rules["details"],
  accountOf: AccountOf,
): Pick<DesiredUser, "managedBy"> {
  const origin = details.get("manager");
  const address = origin && textFrom(user, origin);
  const id = address === undefined ? undefined : accountOf(address);
  return address === undefined || id === "unread" ? {} : { managedBy: { address, id } };
}

/** The same user with nothing but what everybody has. */
export function withoutDetails(user: User): User {
  const kept = Object.entries(user).filter(([name]) => !(USER_DETAILS as readonly string[]).includes(name));
  return Object.fromEntries(kept) as unknown as User;
}

const localPart = (address: string): string => address.split("@")[0] ?? address;

/** The same user with names made from the address alone. */
export const withPlainNames = (user: User): User => ({
  ...user,
  ...{ givenName: localPart(user.email), familyName: NO_NAME, displayName: localPart(user.email) },
});
