/**
 * Where a value stands in Google's user: the part of one entry of a list (`organizations.title`), or the field of a
 * custom schema (`customSchemas.HR.number`).
 */
export type SourceField = `${SourceList}.${string}` | `customSchemas.${string}.${string}`;
type SourceList = "organizations" | "externalIds" | "relations" | "phones" | "addresses" | "languages";

const CUSTOM = "customSchemas.";

/** The field that settings name as `Schema.field`; nothing where the text is not that. */
export function customField(text: string): SourceField | undefined {
  const [, schema, field] = /^([\w-]+)\.([\w-]+)$/.exec(text) ?? [];
  return schema === undefined || field === undefined ? undefined : `customSchemas.${schema}.${field}`;
}

/** The same the other way round: nothing of a field that is in no custom schema. */
export const customName = (field: string): string | undefined =>
  field.startsWith(CUSTOM) ? field.slice(CUSTOM.length) : undefined;
