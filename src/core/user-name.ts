/** What somebody signs in as: `USER_NAME`. */
import type { SourceUser, UserNaming } from "./model.ts";
import { customField } from "./source-field.ts";
import type { SourceField } from "./source-field.ts";

/**
 * Reads the setting: `email`, the address; `alias@other.example`, where the word alias stands for itself; or
 * `Schema.field`, of a custom schema in Google. Nothing where it is none of these.
 */
export function userNaming(text: string): UserNaming | undefined {
  if (text.toLowerCase() === "email") return { text: "email", from: "email" };
  const [, domain] = /^alias@((?:[a-z0-9-]+\.)+[a-z0-9-]+)$/iu.exec(text) ?? [];
  if (domain !== undefined) return { text, from: "alias", domain: domain.toLowerCase() };
  const field = customField(text);
  return field === undefined ? undefined : { text, from: "field", field };
}

/** What has to be read of an account beside what always is. */
export const userNameFields = (naming: UserNaming): readonly SourceField[] =>
  naming.from === "field" ? [naming.field] : [];

/**
 * The user name as Google has it; empty where it has none. The address itself counts where it is in the alias's domain;
 * otherwise, of several aliases there, the shortest, and of those the first by alphabet.
 */
export function userNameOf({ email, aliases, fields }: SourceUser, naming: UserNaming): string {
  if (naming.from === "email") return email;
  if (naming.from === "field") return fields.get(naming.field) ?? "";
  const isThere = (address: string): boolean => address.endsWith(`@${naming.domain}`);
  if (isThere(email)) return email;
  const [first = ""] = aliases
    .filter(isThere)
    .toSorted((one, other) => one.length - other.length || (one < other ? -1 : 1));
  return first;
}
