import { cleanText } from "./names.ts";
import type { DesiredUser, SourceUser, User } from "./model.ts";

/** Stands for a name that is missing: AWS wants both, and the next run must see the same. */
const NO_NAME = "-";

/**
 * The account as the target shall hold it. A missing given or family name is filled with `-`, both missing with the
 * address before the `@`; the display name is made of what is really there.
 */
export function desiredUser(user: SourceUser): DesiredUser {
  const givenName = cleanText(user.givenName);
  const familyName = cleanText(user.familyName);
  const local = localPart(user.email);
  const nameless = givenName === "" && familyName === "";
  return {
    externalId: user.id,
    userName: user.email,
    email: user.email,
    givenName: nameless ? local : givenName || NO_NAME,
    familyName: familyName || NO_NAME,
    displayName: nameless ? local : cleanText(`${givenName} ${familyName}`),
    active: user.state === "active",
    aliases: user.aliases,
  };
}

const localPart = (address: string): string => address.split("@")[0] ?? address;

/** The same user with names made from the address alone. */
export const withPlainNames = (user: User): User => ({
  ...user,
  ...{ givenName: localPart(user.userName), familyName: NO_NAME, displayName: localPart(user.userName) },
});
