/** What AWS tells of a user that is synced only where ATTRIBUTES lists it, in either API: the names differ in case alone. */
import { ADDRESS_PARTS, USER_DETAILS, isNone, isExtended } from "../core/attributes.ts";
import type { PostalAddress, UserDetail } from "../core/attributes.ts";
import type { ExistingUser } from "../core/model.ts";

/** What is more than a text. */
const SPECIAL: ReadonlySet<UserDetail> = new Set<UserDetail>(["manager", "phoneNumber", "address"]);
const TEXTS = USER_DETAILS.filter((detail) => !SPECIAL.has(detail));

type Parts = Readonly<Record<string, unknown>>;

/** What of it can be read; an absent one is not there, and one that is odd is as good as absent. */
export function detailsIn(user: unknown, extension: unknown): Pick<ExistingUser, UserDetail> {
  const [own, more] = [partsIn(user), partsIn(extension)];
  const found: [UserDetail, string | PostalAddress][] = [
    ...TEXTS.map((name): [UserDetail, string] => [name, textIn(isExtended(name) ? more : own, name)]),
    ["manager", textIn(partsIn(more["manager"]), "value")],
    ["phoneNumber", textIn(firstIn(own, "phonenumbers"), "value")],
    ["address", addressIn(firstIn(own, "addresses"))],
  ];
  return Object.fromEntries(found.filter(([, value]) => !isNone(value))) as Pick<ExistingUser, UserDetail>;
}

/** By names in lower case. */
function partsIn(value: unknown): Parts {
  const parts = typeof value === "object" ? Object.entries(value ?? {}) : [];
  return Object.fromEntries(parts.map(([name, part]) => [name.toLowerCase(), part as unknown]));
}

function textIn(parts: Parts, name: string): string {
  const text = parts[name.toLowerCase()];
  return typeof text === "string" ? text : "";
}

function firstIn(parts: Parts, list: string): Parts {
  const entries = parts[list];
  return partsIn(Array.isArray(entries) ? entries[0] : undefined);
}

const addressIn = (parts: Parts): PostalAddress =>
  Object.fromEntries(
    ADDRESS_PARTS.flatMap((part) => {
      const text = textIn(parts, part);
      return text === "" ? [] : [[part, text] as const];
    }),
  );
