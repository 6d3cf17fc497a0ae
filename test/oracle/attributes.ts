/** What ATTRIBUTES makes of what AWS has of somebody beside what everybody has: the setting and Google's row, read anew. */
import type { AwsUser } from "../emulator/aws-directory.ts";
import type { Company, Person } from "../emulator/google-company.ts";
import { enterpriseUser } from "../emulator/scim-shapes.ts";
import { clean, low } from "./claims.ts";

type Extra = AwsUser["extra"];
type Row = Readonly<Record<string, unknown>>;

const EXTENDED = ["department", "costCenter", "organization", "division", "employeeNumber", "manager"];

const rows = ({ extra }: Person, list: string): readonly Row[] => (extra[list] ?? []) as readonly Row[];
const primary = (all: readonly Row[]): Row | undefined => all.find((one) => one["primary"] === true);
const typed = (all: readonly Row[], type: string): Row | undefined => all.find((one) => one["type"] === type);

/** Where Google has it without being told. */
const USUAL: Readonly<Record<string, (person: Person) => unknown>> = {
  title: (one) => ofOrganization(one, "title"),
  department: (one) => ofOrganization(one, "department"),
  costCenter: (one) => ofOrganization(one, "costCenter"),
  organization: (one) => ofOrganization(one, "name"),
  employeeNumber: (one) => typed(rows(one, "externalIds"), "organization")?.["value"],
  manager: (one) => typed(rows(one, "relations"), "manager")?.["value"],
  phoneNumber: (one) => {
    const all = rows(one, "phones");
    return (primary(all) ?? typed(all, "work") ?? all[0])?.["value"];
  },
  preferredLanguage: (one) =>
    rows(one, "languages").find(({ preference }) => preference === "preferred")?.["languageCode"],
};

function ofOrganization(person: Person, part: string): unknown {
  const all = rows(person, "organizations");
  return (primary(all) ?? all[0])?.[part];
}

function valueOf(person: Person, name: string, from: string | undefined): string {
  if (from?.startsWith('"') === true) return clean(from.slice(1, -1));
  const [schema = "", field = ""] = from?.split(".") ?? [];
  const schemas = (person.extra["customSchemas"] ?? {}) as Record<string, Row | undefined>;
  return clean(String((from === undefined ? USUAL[name]?.(person) : schemas[schema]?.[field]) ?? ""));
}

/** `manager` is whom AWS has for an address; nobody there leaves what was. An address is not judged. */
export function expectedExtra(
  text: string,
  {
    person,
    had,
    now,
    idOf,
  }: {
    readonly person: Person;
    readonly had: Extra;
    readonly now: Extra;
    readonly idOf: (address: string) => string | undefined;
  },
): Extra {
  const extra = structuredClone(had);
  const more = { ...((extra[enterpriseUser] ?? {}) as Record<string, unknown>) };
  for (const entry of text.split(",").filter((one) => one.trim() !== "")) {
    const [name = "", from] = entry.trim().split("=");
    const value = valueOf(person, name, from);
    const place = EXTENDED.includes(name) ? more : extra;
    if (name === "address") extra["addresses"] = now["addresses"];
    else if (name === "phoneNumber") put(extra, "phoneNumbers", value && [{ value, type: "work" }]);
    else if (name !== "manager") put(place, name, value);
    else if (value === "") put(more, name, value);
    else if (idOf(value) !== undefined) put(more, name, { value: idOf(value) });
  }
  return { ...extra, [enterpriseUser]: more };
}

function put(place: Record<string, unknown>, name: string, value: unknown): void {
  if (value === "") delete place[name];
  else place[name] = value;
}

/** An extension with nothing in it is none, and so is an address that is absent. */
export function comparable(extra: Extra): Extra {
  const kept = Object.entries(extra).filter(
    ([, value]) =>
      value !== undefined && !(typeof value === "object" && Object.keys(value ?? {}).length === 0),
  );
  return Object.fromEntries(kept);
}

/** The account that has an address, by any of its names. */
export const accountOf = (google: Company, address: string): string | undefined =>
  google.users.find(({ primaryEmail, aliases }) => [primaryEmail, ...aliases].map(low).includes(low(address)))
    ?.id;
