/** What of a user is read only where a setting asks for it: the field mask, the projection, and what a row says. */
import { z } from "zod";
import { customName } from "../core/source-field.ts";
import type { SourceField } from "../core/source-field.ts";

type Entry = Readonly<Record<string, unknown>>;

const primaryOf = (entries: readonly Entry[]): Entry | undefined =>
  entries.find(({ primary }) => primary === true);
const ofType = (entries: readonly Entry[], wanted: string): Entry | undefined =>
  entries.find(({ type }) => type === wanted);

/** Of several entries the one that counts, and what tells them apart (facts A3). */
const LISTS = {
  organizations: { by: ["primary"], chosen: (all) => primaryOf(all) ?? all[0] },
  externalIds: { by: ["type"], chosen: (all) => ofType(all, "organization") },
  relations: { by: ["type"], chosen: (all) => ofType(all, "manager") },
  phones: { by: ["primary", "type"], chosen: (all) => primaryOf(all) ?? ofType(all, "work") ?? all[0] },
  addresses: { by: ["primary", "type"], chosen: (all) => primaryOf(all) ?? ofType(all, "work") ?? all[0] },
  languages: {
    by: ["preference"],
    chosen: (all) => all.find(({ preference }) => preference === "preferred"),
  },
} as const satisfies Record<
  string,
  { readonly by: readonly string[]; readonly chosen: (entries: readonly Entry[]) => Entry | undefined }
>;
type List = keyof typeof LISTS;
const LIST_NAMES = Object.keys(LISTS) as readonly List[];

const SCHEMAS = "customSchemas";

/** What is asked for beside what is always read, and how an answer is read. */
export interface ExtraFields {
  /** For the field mask: `organizations(primary,title),customSchemas`. */
  readonly mask: readonly string[];
  /** Google shows nothing of a custom schema that is not named here (facts A1). */
  readonly projection: { readonly projection?: "custom"; readonly customFieldMask?: string };
  readonly of: (row: unknown) => ReadonlyMap<SourceField, string>;
}

const NOTHING: ReadonlyMap<SourceField, string> = new Map();
export const NO_EXTRA_FIELDS: ExtraFields = { mask: [], projection: {}, of: () => NOTHING };

/** Asks for exactly these. */
export function extraFields(wanted: readonly SourceField[]): ExtraFields {
  if (wanted.length === 0) return NO_EXTRA_FIELDS;
  const places = [...Map.groupBy(wanted, partOf)].map(([place, fields]) => reading(place, fields));
  const lists = LIST_NAMES.map((list) => ({ list, parts: below(wanted, `${list}.`) })).filter(
    ({ parts }) => parts.length > 0,
  );
  const schemas = [...new Set(wanted.flatMap((field) => customName(field) ?? []).map(partOf))];
  const custom = schemas.length === 0 ? [] : [SCHEMAS];
  return {
    mask: [
      ...lists.map(({ list, parts }) => `${list}(${[...new Set([...LISTS[list].by, ...parts])].join(",")})`),
      ...custom,
    ],
    projection: schemas.length === 0 ? {} : { projection: "custom", customFieldMask: schemas.join(",") },
    of: (row) => new Map(places.flatMap((read) => read(row))),
  };
}

/** The same without the custom schemas. */
export const withoutSchemas = (wanted: readonly SourceField[]): readonly SourceField[] =>
  wanted.filter((field) => customName(field) === undefined);

const below = (wanted: readonly SourceField[], start: string): readonly string[] =>
  wanted.flatMap((field) => (field.startsWith(start) ? [field.slice(start.length)] : []));

/** What the last part of a field's name lies in. */
const partOf = (field: string): string => field.slice(0, field.lastIndexOf("."));

/** A null is Google's way to say none. */
const none = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);
const Entries = none(z.array(z.record(z.string(), z.unknown())));
const Single = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Text = none(Single);
/** A field of a custom schema may hold several values: the first counts. */
const CustomText = none(
  z.union([
    Single,
    z
      .array(z.object({ value: Text }))
      .transform(([first]) => first?.value ?? "")
      .pipe(z.string()),
  ]),
);
const Schemas = none(z.record(z.string(), none(z.record(z.string(), z.unknown()))));

/** The entry that counts, and the custom schema, in which values lie. */
const inList = (list: List) => ({
  Holder: z.object({ [list]: Entries }).transform((row) => LISTS[list].chosen(row[list] ?? [])),
  Value: Text,
});
const inSchema = (schema: string) => ({
  Holder: z.object({ [SCHEMAS]: Schemas }).transform((row) => row[SCHEMAS]?.[schema]),
  Value: CustomText,
});

type Read = (row: unknown) => readonly (readonly [SourceField, string])[];

/** Nothing where it is not understood, so that nobody takes that for an absence. */
function reading(place: string, fields: readonly SourceField[]): Read {
  const schema = customName(place);
  const { Holder, Value } = schema === undefined ? inList(place as List) : inSchema(schema);
  const names = fields.map((field) => [field, field.slice(place.length + 1)] as const);
  return (row) => {
    const holder = Holder.safeParse(row);
    if (!holder.success) return [];
    return names.flatMap(([field, name]) => {
      const value = Value.safeParse(holder.data?.[name]);
      return value.success ? [[field, value.data ?? ""] as const] : [];
    });
  };
}
