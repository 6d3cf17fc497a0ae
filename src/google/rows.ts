/** Rows of the Directory API, parsed and normalised: addresses in lower case, everything else unchanged. */
import { z } from "zod";
import { GOOGLE_GROUP, GOOGLE_USER } from "../core/mark.ts";
import { sourceId } from "../core/model.ts";
import type { SourceGroup, SourceId, SourceMember, SourceUser } from "../core/model.ts";
import { misunderstood } from "./errors.ts";
import type { Errand } from "./errand.ts";
import { NO_EXTRA_FIELDS } from "./fields.ts";
import type { ExtraFields } from "./fields.ts";

const Address = z
  .string()
  .regex(/^[^\s@]+@[^\s@]+$/u)
  .toLowerCase();
const Addresses = z.array(z.string().toLowerCase()).default([]);
/** When something happened, where Google tells it. */
const time = z.string().optional().catch(undefined);
const userId = z.string().regex(GOOGLE_USER).transform(sourceId);
const groupId = z.string().regex(GOOGLE_GROUP).transform(sourceId);

const UserRow = z.object({
  id: userId,
  primaryEmail: Address,
  name: z.object({ givenName: z.string().default(""), familyName: z.string().default("") }),
  // Google sends it always, and the name too (facts A2): where one is absent, nobody knows it.
  suspended: z.boolean(),
  archived: z.boolean().default(false),
  suspensionTime: time,
  archivalTime: time,
  aliases: Addresses,
  nonEditableAliases: Addresses,
  orgUnitPath: z.string().default(""),
  isGuestUser: z.boolean().default(false),
});
/** The later of the two, where each that counts is told. */
function offSince(row: z.output<typeof UserRow>): Pick<SourceUser, "offSince"> {
  const { suspended, suspensionTime, archived, archivalTime } = row;
  const times = [...(suspended ? [suspensionTime] : []), ...(archived ? [archivalTime] : [])];
  const latest = Math.max(...times.map((told) => Date.parse(told ?? "")));
  return Number.isFinite(latest) ? { offSince: new Date(latest).toISOString() } : {};
}

const User = UserRow.transform((row): Omit<SourceUser, "fields"> & { readonly guest: boolean } => ({
  id: row.id,
  email: row.primaryEmail,
  aliases: [...new Set([...row.aliases, ...row.nonEditableAliases])],
  givenName: row.name.givenName,
  familyName: row.name.familyName,
  state: row.archived ? "archived" : row.suspended ? "suspended" : "active",
  ...offSince(row),
  orgUnit: row.orgUnitPath,
  guest: row.isGuestUser,
}));

const GroupRow = z.object({
  id: groupId,
  email: Address,
  name: z.string(),
  aliases: Addresses,
  nonEditableAliases: Addresses,
  adminCreated: z.boolean().default(false),
});
const Group = GroupRow.transform(({ nonEditableAliases, ...row }): SourceGroup => ({
  ...row,
  aliases: [...new Set([...row.aliases, ...nonEditableAliases])],
}));

const MEMBER_TYPES = { USER: "user", GROUP: "group", CUSTOMER: "customer" } as const;
const isMemberType = (type: string): type is keyof typeof MEMBER_TYPES => Object.hasOwn(MEMBER_TYPES, type);

/** A `CUSTOMER` row has the customer's id and no address; what else there may be is kept apart as `other`. */
const MemberRow = z.object({
  id: z.string().default("").transform(sourceId),
  email: z.string().toLowerCase().default(""),
  type: z.string(),
  role: z.string().default(""),
});
/** A user's id that is no account's is somebody else's; of a group the members are asked for by it. */
const Member = MemberRow.refine(({ id, email }) => id !== "" || email !== "", {
  path: ["id"],
  message: "is missing, and so is the address",
})
  .refine(({ type, id }) => type !== "GROUP" || GOOGLE_GROUP.test(id), {
    path: ["id"],
    message: "is no group's id",
  })
  .transform(({ id, email, type, role }): SourceMember => ({
    id,
    email,
    type: isMemberType(type) ? MEMBER_TYPES[type] : "other",
    ...(role === "OWNER" ? { owner: true } : {}),
  }));

/** The field mask that asks for exactly what a row is read for: `id,name(givenName,familyName)`. */
function maskOf({ shape }: z.ZodObject): string {
  const fields = Object.entries(shape).map(([name, field]) => {
    const inner = field instanceof z.ZodDefault ? field.unwrap() : field;
    return inner instanceof z.ZodObject ? `${name}(${maskOf(inner)})` : name;
  });
  return fields.join(",");
}

/** Of a user, with what settings ask for beside it. */
export const userFields = ({ mask }: ExtraFields = NO_EXTRA_FIELDS): string =>
  [maskOf(UserRow), ...mask].join(",");
export const GROUP_FIELDS = maskOf(GroupRow);
export const MEMBER_FIELDS = maskOf(MemberRow);

const Named = z.object({
  primaryEmail: z.string().optional().catch(undefined),
  email: z.string().optional().catch(undefined),
  id: z.string().optional().catch(undefined),
});

/** The id and the address of a row, as far as it has any, however odd it is otherwise. */
export function nameOf(row: unknown): { readonly id: string; readonly email: string } {
  const { primaryEmail, email, id } = Named.safeParse(row).data ?? {};
  return { id: id ?? "", email: (primaryEmail ?? email ?? "").toLowerCase() };
}

/** By what a group of an odd row can be asked for: its id, or else its address; nothing where neither is one. */
export function groupKeyOf(id: SourceId, email: string): SourceId | undefined {
  if (GOOGLE_GROUP.test(id)) return id;
  return Address.safeParse(email).success && email.isWellFormed() ? sourceId(email) : undefined;
}

const State = z.object({
  suspended: z.boolean().optional().catch(undefined),
  archived: z.boolean().optional().catch(undefined),
});

/** What a user's row says of the account's state, however odd it is otherwise; nothing where it does not say. */
export function stateOf(row: unknown): SourceUser["state"] | undefined {
  const { suspended, archived } = State.safeParse(row).data ?? {};
  if (archived === true) return "archived";
  if (suspended === true) return "suspended";
  return suspended === false ? "active" : undefined;
}

function understood<T>(schema: z.ZodType<T>, what: string, row: unknown, errand: Errand): T {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  const { primaryEmail, email, id } = Named.safeParse(row).data ?? {};
  const why = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  throw misunderstood(
    errand,
    `the ${what} ${primaryEmail ?? email ?? id ?? "without a name"} does not have the form that Google documents (${why})`,
  );
}

/** `guest` marks an account of another organization that may look in (open beta at Google). */
export const parseUser = (
  row: unknown,
  errand: Errand,
  extra: ExtraFields = NO_EXTRA_FIELDS,
): SourceUser & { readonly guest: boolean } => ({
  ...understood(User, "user", row, errand),
  fields: extra.of(row),
});
export const parseGroup = (row: unknown, errand: Errand): SourceGroup =>
  understood(Group, "group", row, errand);
export const parseMember = (row: unknown, errand: Errand): SourceMember =>
  understood(Member, "member", row, errand);
const DeletedRow = z.object({ id: userId, deletionTime: time });
export const DELETED_FIELDS = maskOf(DeletedRow);

/** The id of a deleted user, and when that was (`""` where Google does not tell). */
export function parseDeleted(row: unknown, errand: Errand): readonly [id: SourceId, when: string] {
  const { id, deletionTime = "" } = understood(DeletedRow, "user", row, errand);
  return [id, deletionTime];
}

const UserIdRow = z.object({ id: userId });
const GroupIdRow = z.object({ id: groupId });

/** A row of which only the id was asked for. */
export const parseUserId = (row: unknown, errand: Errand) => understood(UserIdRow, "user", row, errand).id;
export const parseGroupId = (row: unknown, errand: Errand) => understood(GroupIdRow, "group", row, errand).id;

/** What of a row makes a difference to anybody, as one text. */
type Counts<T> = (row: T) => string;

export const countsOfUser: Counts<ReturnType<typeof parseUser>> = (user) =>
  JSON.stringify([
    ...[user.email, user.givenName, user.familyName, user.state, user.orgUnit, user.guest],
    ...user.fields.values(),
  ]);
export const countsOfGroup: Counts<SourceGroup> = ({ email, name }) => JSON.stringify([email, name]);
/** A member is found by id: by which of its addresses a row calls it does not matter. */
export const countsOfMember: Counts<SourceMember> = ({ type }) => type;

/**
 * Each id once. Pages shift while they are read, and two queries may list the same group, so the same row twice is
 * nothing to worry about; `differ` is told of an id whose rows differ in what counts: they are of different moments.
 */
export function rowsOnce<T extends { readonly id: string; readonly email: string }>(
  rows: readonly T[],
  counts: Counts<T>,
  differ: (row: T, other: T) => void,
): readonly T[] {
  const found = new Map<string, T>();
  for (const row of rows) {
    const key = row.id || row.email;
    const before = found.get(key);
    if (before === undefined) found.set(key, row);
    else if (counts(before) !== counts(row)) differ(before, row);
  }
  return [...found.values()];
}

/** The words about an id whose rows differ. */
export const differing = (id: string, errand: Errand) =>
  misunderstood(
    errand,
    `the id ${id} appeared twice with different contents, so it changed during the reading`,
  );
