/** SCIM users: create, put, patch, delete. */
import type { AwsDirectory, AwsUser } from "./aws-directory.ts";
import { applyUserPatch } from "./scim-user-patch.ts";
import { duplicate, missing, unparsable } from "./scim-errors.ts";
import { enterpriseUser, holdsDisputedText, patchShape, userShape, userUrns } from "./scim-shapes.ts";
import type { UserBody } from "./scim-shapes.ts";
import { isObject, without } from "./wire.ts";
import type { z } from "zod";

const whole = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "Z");

export const metaOf = (resourceType: string, one: { createdAt: Date; updatedAt: Date }): unknown => ({
  resourceType,
  created: whole(one.createdAt),
  lastModified: whole(one.updatedAt),
});

/** What SCIM shows of an external id: only its own. */
export const ownExternalId = (
  aws: AwsDirectory,
  one: { readonly externalId?: string; readonly issuer?: string },
): string | undefined => (one.issuer === aws.issuer ? one.externalId : undefined);

export function userResource(aws: AwsDirectory, one: AwsUser): unknown {
  const externalId = ownExternalId(aws, one);
  const schemas = enterpriseUser in one.extra ? [userUrns.core, enterpriseUser] : [userUrns.core];
  return {
    id: one.id,
    ...(externalId === undefined ? {} : { externalId }),
    meta: metaOf("User", one),
    schemas,
    userName: one.userName,
    name: one.name,
    ...(one.displayName === undefined ? {} : { displayName: one.displayName }),
    active: one.active,
    ...(one.emails.length === 0 ? {} : { emails: one.emails }),
    ...one.extra,
  };
}

/** Parsed by the shape, or the generic 400. */
export function accept<S extends z.ZodType>(aws: AwsDirectory, shape: S, body: unknown): z.output<S> {
  if (aws.policy.strictText && holdsDisputedText(body)) return unparsable();
  const parsed = shape.safeParse(body);
  return parsed.success ? parsed.data : unparsable();
}

export function getUser(aws: AwsDirectory, id: string): AwsUser {
  return aws.users.find((one) => one.id === id) ?? missing("USER");
}

export function createUser(aws: AwsDirectory, body: unknown): AwsUser {
  const wanted = accept(aws, userShape, body);
  refuseDetails(aws, Object.entries(without(wanted, ...ownFields)));
  if (wanted.emails === undefined && aws.policy.userWithoutEmail === 400) return unparsable();
  const birth = { createdAt: aws.now(), updatedAt: aws.now() };
  const fields = fieldsOf(aws, wanted);
  refuseDuplicates(aws, undefined, fields);
  const made: AwsUser = { ...aws.next("user"), ...birth, ...fields };
  aws.users.push(made);
  return made;
}

/** Overwrites: what is not in the body is gone. */
export function putUser(aws: AwsDirectory, id: string, body: unknown): AwsUser {
  const wanted = accept(aws, userShape, body);
  if (wanted.id !== id && (wanted.id !== undefined || aws.policy.putWithoutId === 400)) return unparsable();
  const user = getUser(aws, id);
  const fields = fieldsOf(aws, wanted);
  refuseDuplicates(aws, user, fields);
  delete user.externalId;
  delete user.issuer;
  Object.assign(user, fields, { updatedAt: aws.now() });
  return user;
}

export function patchUser(aws: AwsDirectory, id: string, body: unknown): AwsUser {
  const { Operations } = accept(aws, patchShape, body);
  const user = getUser(aws, id);
  const changed = Operations.map(
    ({ op, path = "", value }) => [path, op === "remove" ? undefined : value] as const,
  );
  refuseDetails(aws, changed);
  const draft = applyUserPatch(documentOf(aws, user), Operations);
  const fields = fieldsOf(aws, draft);
  refuseDuplicates(aws, user, fields);
  const foreign = user.issuer !== undefined && user.issuer !== aws.issuer && fields.externalId === undefined;
  if (!foreign) {
    delete user.externalId;
    delete user.issuer;
  }
  if (fields.displayName === undefined) delete user.displayName;
  Object.assign(user, fields, { updatedAt: aws.now() });
  return user;
}

/** What the switches say of attributes that not everybody has. */
function refuseDetails(
  { policy, users }: AwsDirectory,
  changed: readonly (readonly [path: string, value: unknown])[],
): void {
  const parts = changed.flatMap(([path, value]): readonly (readonly [string, unknown])[] =>
    path === enterpriseUser && isObject(value)
      ? Object.entries(value).map(([name, inner]) => [`${enterpriseUser}:${name}`, inner])
      : [[path, value]],
  );
  const isNobody = (value: unknown): boolean =>
    isObject(value) && !users.some(({ id }) => id === value["value"]);
  const refused = parts.some(
    ([path, value]) =>
      (!ownFields.includes(path.split(".")[0] ?? "") && !policy.takes(path, value)) ||
      (path.endsWith(":manager") && policy.unknownManager === 400 && isNobody(value)),
  );
  if (refused) unparsable();
}

function documentOf(aws: AwsDirectory, user: AwsUser): Record<string, unknown> {
  const { userName, name, emails, active, displayName, extra } = user;
  const externalId = ownExternalId(aws, user);
  return {
    ...extra,
    ...{ userName, name, emails, active },
    ...(displayName === undefined ? {} : { displayName }),
    ...(externalId === undefined ? {} : { externalId }),
  };
}

export function deleteUser(aws: AwsDirectory, id: string): void {
  aws.deleteUser(getUser(aws, id).id);
}

type Fields = Pick<AwsUser, "userName" | "name" | "emails" | "active" | "extra"> &
  Partial<Pick<AwsUser, "externalId" | "issuer" | "displayName">>;

const ownFields = ["schemas", "id", "userName", "name", "emails", "active", "externalId", "displayName"];

function fieldsOf(aws: AwsDirectory, body: Partial<UserBody>): Fields {
  const { userName, name, emails, active, externalId, displayName } = body;
  return {
    userName: userName ?? "",
    name: name ?? {},
    emails: emails ?? [],
    active: active ?? true,
    extra: without(body, ...ownFields),
    ...(displayName === undefined ? {} : { displayName }),
    ...(externalId === undefined ? {} : { externalId, issuer: aws.issuer }),
  };
}

/** User name and primary e-mail without case, external id as it is. The answer never says which one it was. */
function refuseDuplicates(aws: AwsDirectory, self: AwsUser | undefined, fields: Fields): void {
  const low = (text: string | undefined): string | undefined => text?.toLowerCase();
  const email = low(fields.emails.at(0)?.value);
  const clash = aws.users.some(
    (one) =>
      one !== self &&
      (low(one.userName) === low(fields.userName) ||
        (email !== undefined && low(one.emails.at(0)?.value) === email) ||
        (fields.externalId !== undefined && ownExternalId(aws, one) === fields.externalId)),
  );
  if (clash) duplicate();
}
