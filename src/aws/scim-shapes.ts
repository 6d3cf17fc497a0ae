/** Users and groups in SCIM's shapes: what is sent, and what is answered. */
import { z } from "zod";
import { UNIQUE_OF_GROUPS, UNIQUE_OF_USERS } from "../core/attributes.ts";
import type { GroupAttribute, UserAttribute } from "../core/attributes.ts";
import type { GroupPatch, UserPatch } from "../core/change.ts";
import type { ExistingUser, Group, User } from "../core/model.ts";
import { OddError, TargetError } from "./errors.ts";
import { Id } from "./ids.ts";
import { type GroupFacts, wholeSeconds } from "./reading.ts";

const USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group";

/** Where SCIM keeps an attribute; what follows the dot lies inside. */
const USER_PATHS = {
  externalId: "externalId",
  userName: "userName",
  email: "emails",
  givenName: "name.givenName",
  familyName: "name.familyName",
  displayName: "displayName",
  active: "active",
} as const satisfies Readonly<Record<UserAttribute, string>>;

const GROUP_PATHS = {
  externalId: "externalId",
  name: "displayName",
} as const satisfies Readonly<Record<GroupAttribute, string>>;

/** What no two of a kind may share. */
export const UNIQUE_PATHS = {
  Users: new Set<string>(UNIQUE_OF_USERS.map((attribute) => USER_PATHS[attribute])),
  Groups: new Set<string>(UNIQUE_OF_GROUPS.map((attribute) => GROUP_PATHS[attribute])),
} as const;

type Value = string | boolean;
type Paths<A extends string> = Readonly<Record<A, string>>;

/** Each value with its place, in SCIM's form. */
const atPaths = <A extends string>(
  paths: Paths<A>,
  values: Readonly<Partial<Record<A, Value>>>,
): readonly (readonly [path: string, value: unknown])[] =>
  (Object.keys(paths) as A[]).flatMap((attribute) => {
    const value = values[attribute];
    if (value === undefined) return [];
    const path = paths[attribute];
    return [[path, path === "emails" ? [{ value, type: "work", primary: true }] : value] as const];
  });

export interface Operation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value: unknown;
}

/** One operation for each attribute, with a path: AWS takes none without for more than one attribute. */
const replacements = <A extends string>(
  paths: Paths<A>,
  values: Readonly<Partial<Record<A, Value>>>,
): readonly Operation[] => atPaths(paths, values).map(([path, value]) => ({ op: "replace", path, value }));

export const userOperations = (patch: UserPatch) => replacements(USER_PATHS, patch);
export const groupOperations = (patch: GroupPatch) => replacements(GROUP_PATHS, patch);

function bodyOf(schema: string, values: ReturnType<typeof atPaths>): object {
  const body: Record<string, unknown> = { schemas: [schema] };
  for (const [path, value] of values) {
    const [outer = path, inner] = path.split(".");
    body[outer] = inner === undefined ? value : { ...(body[outer] as object), [inner]: value };
  }
  return body;
}

/** The body that makes a user. */
export const newUser = (user: User) => bodyOf(USER_SCHEMA, atPaths(USER_PATHS, user));
/** The body that makes a group without members. */
export const newGroup = (group: Group) => bodyOf(GROUP_SCHEMA, atPaths(GROUP_PATHS, group));

export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
/** What is asked of an answer when only the id counts. */
export const Made = z.object({ id: Id });

const ScimUser = z.object({
  id: Id,
  externalId: text,
  userName: text,
  name: z.object({ givenName: text, familyName: text }).nullish(),
  displayName: text,
  emails: z.array(z.object({ value: text, primary: z.boolean().nullish() })).nullish(),
  active: z.boolean().nullish(),
  meta: z.object({ created: text }).nullish(),
});
const userOf = (user: z.infer<typeof ScimUser>): ExistingUser => ({
  id: user.id,
  externalId: user.externalId,
  userName: user.userName,
  email: (user.emails?.find(({ primary }) => primary === true) ?? user.emails?.[0])?.value ?? "",
  givenName: user.name?.givenName ?? "",
  familyName: user.name?.familyName ?? "",
  displayName: user.displayName,
  // Where nobody tells, this changes least: whoever has to go is disabled, and nobody is enabled.
  active: user.active ?? true,
  createdAt: wholeSeconds(user.meta?.created),
});

/** A user as SCIM tells it when asked by id; what it leaves out is an empty text, and `active` when it does not say. */
export const UserAnswer = ScimUser.transform(userOf);
/** The same in a list, where who does not say whether they are active is not understood. */
export const UserRow = ScimUser.extend({ active: z.boolean() }).transform(userOf);

/** A group as SCIM tells it, which is without its members. */
export const GroupAnswer = z
  .object({ id: Id, externalId: text, displayName: text, meta: z.object({ created: text }).nullish() })
  .transform((group): GroupFacts => ({
    id: group.id,
    externalId: group.externalId,
    name: group.displayName,
    createdAt: wholeSeconds(group.meta?.created),
  }));

/** What a row tells of itself, however odd it is otherwise: enough to know whose it is. */
export const Known = z
  .object({
    id: Id.optional().catch(undefined),
    externalId: text.catch(""),
    userName: text.catch(""),
    displayName: text.catch(""),
  })
  .catch({ id: undefined, externalId: "", userName: "", displayName: "" });

/** The answer in the expected form, or a `TargetError` that says where it differs; an `OddError` where it is about `one`. */
export function read<T>(schema: z.ZodType<T>, answer: unknown, what: string, about?: "one"): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join(".") ?? "";
  const Wrong = about === "one" ? OddError : TargetError;
  throw new Wrong({
    why: `The SCIM endpoint's answer is not in the expected form (${where === "" ? "the whole" : where}) when asked to ${what}`,
    todo: "look for a proxy on the way to AWS, and report this",
  });
}
