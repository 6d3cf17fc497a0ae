/**
 * Where a value stands in Google's user: the part of one entry of a list (`organizations.title`), or the field of a
 * custom schema (`customSchemas.HR.number`).
 */
export type SourceField = `${SourceList}.${string}` | `customSchemas.${string}.${string}`;
type SourceList = "organizations" | "externalIds" | "relations" | "phones" | "addresses" | "languages";
