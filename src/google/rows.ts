/** Rows of the Directory API, parsed and normalised: addresses in lower case, everything else unchanged. */
import { z } from "zod";
import { GOOGLE_GROUP, GOOGLE_USER } from "../core/mark.ts";
import { sourceId } from "../core/model.ts";
import type { SourceGroup, SourceMember, SourceUser } from "../core/model.ts";
import { untrusted } from "./errors.ts";
import type { Errand } from "./errand.ts";

const Address = z
  .string()
  .regex(/^[^\s@]+@[^\s@]+$/u)
  .toLowerCase();
const Addresses = z.array(z.string().toLowerCase()).default([]);
const userId = z.string().regex(GOOGLE_USER).transform(sourceId);
const groupId = z.string().regex(GOOGLE_GROUP).transform(sourceId);

const NO_NAME = { givenName: "", familyName: "" };

const UserRow = z.object({
  id: userId,
  primaryEmail: Address,
  name: z.object({ givenName: z.string().default(""), familyName: z.string().default("") }).default(NO_NAME),
  suspended: z.boolean().default(false),
  archived: z.boolean().default(false),
  aliases: Addresses,
  nonEditableAliases: Addresses,
  orgUnitPath: z.string().default(""),
  isGuestUser: z.boolean().default(false),
});
const User = UserRow.transform((row): SourceUser & { readonly guest: boolean } => ({
  id: row.id,
  email: row.primaryEmail,
  aliases: [...new Set([...row.aliases, ...row.nonEditableAliases])],
  givenName: row.name.givenName,
  familyName: row.name.familyName,
  state: row.archived ? "archived" : row.suspended ? "suspended" : "active",
  orgUnit: row.orgUnitPath,
  guest: row.isGuestUser,
}));

const GroupRow = z.object({
  id: groupId,
  email: Address,
  name: z.string(),
  aliases: Addresses,
  nonEditableAliases: Addresses,
});
const Group = GroupRow.transform((row): SourceGroup => ({
  id: row.id,
  email: row.email,
  aliases: [...new Set([...row.aliases, ...row.nonEditableAliases])],
  name: row.name,
}));

const MEMBER_TYPES = { USER: "user", GROUP: "group", CUSTOMER: "customer" } as const;
const isMemberType = (type: string): type is keyof typeof MEMBER_TYPES => Object.hasOwn(MEMBER_TYPES, type);

/** A `CUSTOMER` row has the customer's id and no address; what else there may be is kept apart as `other`. */
const MemberRow = z.object({
  id: z.string().min(1).transform(sourceId),
  email: z.string().toLowerCase().default(""),
  type: z.string(),
});
const Member = MemberRow.refine(({ type, id }) => type !== "USER" || GOOGLE_USER.test(id), {
  path: ["id"],
  message: "is no user's id",
})
  .refine(({ type, id }) => type !== "GROUP" || GOOGLE_GROUP.test(id), {
    path: ["id"],
    message: "is no group's id",
  })
  .transform(({ id, email, type }): SourceMember => ({
    id,
    email,
    type: isMemberType(type) ? MEMBER_TYPES[type] : "other",
  }));

/** The field mask that asks for exactly what a row is read for: `id,name(givenName,familyName)`. */
function maskOf({ shape }: z.ZodObject): string {
  const fields = Object.entries(shape).map(([name, field]) => {
    const inner = field instanceof z.ZodDefault ? field.unwrap() : field;
    return inner instanceof z.ZodObject ? `${name}(${maskOf(inner)})` : name;
  });
  return fields.join(",");
}

export const USER_FIELDS = maskOf(UserRow);
export const GROUP_FIELDS = maskOf(GroupRow);
export const MEMBER_FIELDS = maskOf(MemberRow);

const Named = z.object({
  primaryEmail: z.string().optional().catch(undefined),
  email: z.string().optional().catch(undefined),
  id: z.string().optional().catch(undefined),
});

function understood<T>(schema: z.ZodType<T>, what: string, row: unknown, errand: Errand): T {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  const { primaryEmail, email, id } = Named.safeParse(row).data ?? {};
  const why = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  throw untrusted(
    errand,
    `the ${what} ${primaryEmail ?? email ?? id ?? "without a name"} does not have the form that Google documents (${why})`,
    "run again, and if it happens again, look at it in the Admin console",
  );
}

/** `guest` marks an account of another organization that may look in (open beta at Google). */
export const parseUser = (row: unknown, errand: Errand): SourceUser & { readonly guest: boolean } =>
  understood(User, "user", row, errand);
export const parseGroup = (row: unknown, errand: Errand): SourceGroup =>
  understood(Group, "group", row, errand);
export const parseMember = (row: unknown, errand: Errand): SourceMember =>
  understood(Member, "member", row, errand);
/** A row of which only the id was asked for. */
export const parseUserId = (row: unknown, errand: Errand) =>
  understood(z.object({ id: userId }), "user", row, errand).id;
export const parseGroupId = (row: unknown, errand: Errand) =>
  understood(z.object({ id: groupId }), "group", row, errand).id;

/**
 * Each id once. Pages shift while they are read, so the same row twice is nothing to worry about; two rows of one
 * id that differ mean that the listing is of two different moments.
 */
export function rowsOnce<T extends { readonly id: string }>(
  rows: readonly T[],
  errand: Errand,
): readonly T[] {
  const found = new Map<string, T>();
  for (const row of rows) {
    const before = found.get(row.id);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(row)) {
      throw untrusted(
        errand,
        `the id ${row.id} appeared twice with different contents, so it changed during the reading`,
      );
    }
    found.set(row.id, row);
  }
  return [...found.values()];
}
