/** Users and groups in SCIM's shapes: what is sent, and what is answered. */
import { z } from "zod";
import {
  UNIQUE_OF_GROUPS,
  UNIQUE_OF_USERS,
  USER_ATTRIBUTES,
  isNone,
  isExtended,
} from "../core/attributes.ts";
import type { GroupAttribute, PostalAddress, UserAttribute } from "../core/attributes.ts";
import type { GroupPatch, UserPatch } from "../core/change.ts";
import type { ExistingUser, Group, User } from "../core/model.ts";
import { OddError, oddForm, TargetError } from "./errors.ts";
import { Id } from "./ids.ts";
import { detailsIn } from "./details.ts";
import { type GroupFacts, wholeSeconds } from "./reading.ts";

const USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE_SCHEMA = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group";

/** Where SCIM keeps an attribute; the second part lies inside the first. */
type Place = readonly [outer: string, inner?: string];
type Places<A extends string> = Readonly<Record<A, Place>>;

/** Most attributes are called here what they are called there. */
const usualPlace = (attribute: UserAttribute): Place =>
  isExtended(attribute) ? [ENTERPRISE_SCHEMA, attribute] : [attribute];

const USER_PLACES = {
  ...(Object.fromEntries(
    (Object.keys(USER_ATTRIBUTES) as UserAttribute[]).map((attribute) => [attribute, usualPlace(attribute)]),
  ) as Places<UserAttribute>),
  ...{ givenName: ["name", "givenName"], familyName: ["name", "familyName"] },
  ...{ email: ["emails"], phoneNumber: ["phoneNumbers"], address: ["addresses"] },
} satisfies Places<UserAttribute>;

const GROUP_PLACES = {
  externalId: ["externalId"],
  name: ["displayName"],
} as const satisfies Places<GroupAttribute>;

const pathOf = ([outer, inner]: Place): string =>
  inner === undefined ? outer : `${outer}${outer === ENTERPRISE_SCHEMA ? ":" : "."}${inner}`;

/** What no two of a kind may share. */
export const UNIQUE_PATHS = {
  Users: new Set<string>(UNIQUE_OF_USERS.map((attribute) => pathOf(USER_PLACES[attribute]))),
  Groups: new Set<string>(UNIQUE_OF_GROUPS.map((attribute) => pathOf(GROUP_PLACES[attribute]))),
} as const;

type Value = string | boolean | PostalAddress;

/** A value in SCIM's form: of what may have several, AWS takes one. */
function formOf(place: Place, value: Value): unknown {
  switch (pathOf(place)) {
    case "emails":
      return [{ value, type: "work", primary: true }];
    case "phoneNumbers":
      return [{ value, type: "work" }];
    case "addresses":
      return [{ ...(value as PostalAddress), type: "work" }];
    case `${ENTERPRISE_SCHEMA}:manager`:
      return { value };
    default:
      return value;
  }
}

/** Each value with its place. */
const placed = <A extends string>(
  places: Places<A>,
  values: Readonly<Partial<Record<A, Value>>>,
): readonly (readonly [place: Place, value: Value])[] =>
  (Object.keys(places) as A[]).flatMap((attribute) => {
    const value = values[attribute];
    return value === undefined ? [] : [[places[attribute], value] as const];
  });

export interface Operation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

/** One operation for each attribute, with a path: AWS takes none without for more than one attribute. */
const replacements = <A extends string>(
  places: Places<A>,
  values: Readonly<Partial<Record<A, Value>>>,
): readonly Operation[] =>
  placed(places, values).map(([place, value]) =>
    isNone(value)
      ? { op: "remove", path: pathOf(place) }
      : { op: "replace", path: pathOf(place), value: formOf(place, value) },
  );

export const userOperations = (patch: UserPatch) => replacements(USER_PLACES, patch);
export const groupOperations = (patch: GroupPatch) => replacements(GROUP_PLACES, patch);

function bodyOf(schema: string, values: ReturnType<typeof placed>): object {
  const schemas = [schema];
  const body: Record<string, unknown> = { schemas };
  for (const [place, value] of values) {
    if (isNone(value)) continue;
    const [outer, inner] = place;
    if (outer === ENTERPRISE_SCHEMA && !(outer in body)) schemas.push(outer);
    const form = formOf(place, value);
    body[outer] = inner === undefined ? form : { ...(body[outer] as object), [inner]: form };
  }
  return body;
}

/** The body that makes a user. */
export const newUser = (user: User) => bodyOf(USER_SCHEMA, placed(USER_PLACES, user));
/** The body that makes a group without members. */
export const newGroup = (group: Group) => bodyOf(GROUP_SCHEMA, placed(GROUP_PLACES, group));

export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
/** What is asked of an answer when only the id counts. */
export const Made = z.object({ id: Id });

const ScimUser = z.looseObject({
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
  ...detailsIn(user, user[ENTERPRISE_SCHEMA]),
});

/** A user of whom a row tells no more than whose it is: what is left out changes nothing, and leaves them enabled. */
export const userKnown = ({
  id,
  externalId,
  userName,
}: Pick<ExistingUser, "id" | "externalId" | "userName">) =>
  userOf({ id, externalId, userName, displayName: "" });

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
  const { words, todo } = oddForm(parsed.error);
  const Wrong = about === "one" ? OddError : TargetError;
  throw new Wrong({ why: `The SCIM endpoint's answer ${words} when asked to ${what}`, todo });
}
