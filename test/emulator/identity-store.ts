/** The Identity Store API, read only. Writes are unknown routes. */
import { z } from "zod";
import type { AwsDirectory, AwsGroup, AwsMembership, AwsUser } from "./aws-directory.ts";
import { account, awsError, region, validate, type Action, type AwsService } from "./aws-json.ts";
import { enterpriseUser } from "./scim-shapes.ts";
import { isObject, refuse, type Json } from "./wire.ts";

/** `directory` may be set to another one: an endpoint and a store that do not belong together. */
export interface IdentityStore {
  directory: AwsDirectory;
  /** What `ListInstances` answers; change it at will. */
  readonly instances: Record<string, unknown>[];
  readonly services: readonly AwsService[];
}

type Around = { readonly directory: AwsDirectory; readonly pageSize: number };

const storeId = z.string().min(1).max(36);
const listShape = z.object({
  IdentityStoreId: storeId,
  MaxResults: z.number().int().min(1).max(100).optional(),
  NextToken: z.string().min(1).optional(),
});
const memberShape = z.object({ UserId: z.string().min(1) });
const alternate = z.object({
  ExternalId: z.object({ Issuer: z.string(), Id: z.string() }).optional(),
  UniqueAttribute: z.object({ AttributePath: z.string(), AttributeValue: z.unknown() }).optional(),
});

export function createIdentityStore(directory: AwsDirectory, pageSize: number): IdentityStore {
  const store = {
    directory,
    instances: [instanceOf(directory)],
    services: [] as AwsService[],
  };
  const around = (): Around => ({ directory: store.directory, pageSize });
  store.services.push({
    service: "identitystore",
    target: "AWSIdentityStore",
    signedFor: "identitystore",
    actions: identityActions(around),
  });
  return store;
}

/** One instance as `ListInstances` shows it. */
export const instanceOf = (directory: AwsDirectory): Record<string, unknown> => ({
  InstanceArn: `arn:aws:sso:::instance/ssoins-${directory.identityStoreId.slice(2)}abcdef`,
  IdentityStoreId: directory.identityStoreId,
  OwnerAccountId: account,
  CreatedDate: Math.floor(directory.now().getTime() / 1000),
  Status: "ACTIVE",
  PrimaryRegion: region,
});

/** What SSO admin's `ListInstances` answers. */
export function listInstances(instances: readonly Json[], input: unknown): unknown {
  validate(listShape.omit({ IdentityStoreId: true }), input);
  return { Instances: instances };
}

function identityActions(around: () => Around): Readonly<Record<string, Action>> {
  return {
    ListUsers: (input) => listUsers(around(), input),
    ListGroups: (input) => listGroups(around(), input),
    ListGroupMemberships: (input) => listOfGroup(around(), input),
    ListGroupMembershipsForMember: (input) => listOfMember(around(), input),
    IsMemberInGroups: (input) => isMemberInGroups(around(), input),
    DescribeUser: (input) => describeUser(around(), input),
    DescribeGroup: (input) => describeGroup(around(), input),
    GetUserId: (input) => getUserId(around(), input),
    GetGroupId: (input) => getGroupId(around(), input),
    GetGroupMembershipId: (input) => getMembershipId(around(), input),
  };
}

const usersShape = listShape.extend({
  Extensions: z.array(z.literal("aws:identitystore:enterprise")).optional(),
});

function listUsers(around: Around, input: unknown): unknown {
  const asked = validate(usersShape, input);
  const { directory } = checked(around, asked.IdentityStoreId);
  const extended = asked.Extensions !== undefined;
  return page(around, asked, "Users", directory.users, (one) => userShape(directory, one, extended));
}

function listGroups(around: Around, input: unknown): unknown {
  const asked = validate(listShape, input);
  const { directory } = checked(around, asked.IdentityStoreId);
  return page(around, asked, "Groups", directory.groups, (one) => groupShape(directory, one));
}

const ofGroupShape = listShape.extend({ GroupId: z.string().min(1) });

function listOfGroup(around: Around, input: unknown): unknown {
  const asked = validate(ofGroupShape, input);
  const { directory } = checked(around, asked.IdentityStoreId);
  const group = groupById(directory, asked.GroupId);
  const rows = directory.memberships.filter((one) => one.groupId === group.id);
  return page(around, asked, "GroupMemberships", rows, (one) => membershipShape(directory, one));
}

const ofMemberShape = listShape.extend({ MemberId: memberShape });

function listOfMember(around: Around, input: unknown): unknown {
  const asked = validate(ofMemberShape, input);
  const { directory } = checked(around, asked.IdentityStoreId);
  const user = userById(directory, asked.MemberId.UserId);
  const rows = directory.memberships.filter((one) => one.userId === user.id);
  return page(around, asked, "GroupMemberships", rows, (one) => membershipShape(directory, one));
}

function isMemberInGroups(around: Around, input: unknown): unknown {
  const GroupIds = z.array(z.string().min(1)).min(1).max(100);
  const asked = validate(z.object({ IdentityStoreId: storeId, MemberId: memberShape, GroupIds }), input);
  const { directory } = checked(around, asked.IdentityStoreId);
  const user = userById(directory, asked.MemberId.UserId);
  const Results = asked.GroupIds.map((id) => {
    const GroupId = groupById(directory, id).id;
    const MembershipExists = directory.memberships.some(
      (one) => one.groupId === GroupId && one.userId === user.id,
    );
    return { GroupId, MemberId: { UserId: user.id }, MembershipExists };
  });
  return { Results };
}

function describeUser(around: Around, input: unknown): unknown {
  const shape = z.object({
    IdentityStoreId: storeId,
    UserId: z.string(),
    Extensions: z.unknown().optional(),
  });
  const asked = validate(shape, input);
  const { directory } = checked(around, asked.IdentityStoreId);
  return userShape(directory, userById(directory, asked.UserId), asked.Extensions !== undefined);
}

function describeGroup(around: Around, input: unknown): unknown {
  const asked = validate(z.object({ IdentityStoreId: storeId, GroupId: z.string() }), input);
  const { directory } = checked(around, asked.IdentityStoreId);
  return groupShape(directory, groupById(directory, asked.GroupId));
}

function getUserId(around: Around, input: unknown): unknown {
  const asked = validate(z.object({ IdentityStoreId: storeId, AlternateIdentifier: alternate }), input);
  const { directory } = checked(around, asked.IdentityStoreId);
  const { ExternalId, UniqueAttribute } = asked.AlternateIdentifier;
  const value = String(UniqueAttribute?.AttributeValue).toLowerCase();
  const found = directory.users.find((one) => {
    if (ExternalId !== undefined) return one.issuer === ExternalId.Issuer && one.externalId === ExternalId.Id;
    if (UniqueAttribute?.AttributePath === "emails.value")
      return one.emails.at(0)?.value.toLowerCase() === value;
    return UniqueAttribute?.AttributePath === "userName" && one.userName.toLowerCase() === value;
  });
  if (found === undefined) return gone("USER", value);
  return { UserId: found.id, IdentityStoreId: directory.identityStoreId };
}

function getGroupId(around: Around, input: unknown): unknown {
  const asked = validate(z.object({ IdentityStoreId: storeId, AlternateIdentifier: alternate }), input);
  const { directory } = checked(around, asked.IdentityStoreId);
  const { ExternalId, UniqueAttribute } = asked.AlternateIdentifier;
  const value = String(UniqueAttribute?.AttributeValue).toLowerCase();
  const found = directory.groups.find((one) =>
    ExternalId === undefined
      ? UniqueAttribute?.AttributePath === "displayName" && one.displayName.toLowerCase() === value
      : one.issuer === ExternalId.Issuer && one.externalId === ExternalId.Id,
  );
  if (found === undefined) return gone("GROUP", value);
  return { GroupId: found.id, IdentityStoreId: directory.identityStoreId };
}

function getMembershipId(around: Around, input: unknown): unknown {
  const shape = z.object({ IdentityStoreId: storeId, GroupId: z.string(), MemberId: memberShape });
  const asked = validate(shape, input);
  const { directory } = checked(around, asked.IdentityStoreId);
  const found = directory.memberships.find(
    (one) => one.groupId === asked.GroupId && one.userId === asked.MemberId.UserId,
  );
  if (found === undefined) return gone("GROUP_MEMBERSHIP", asked.GroupId);
  return { MembershipId: found.id, IdentityStoreId: directory.identityStoreId };
}

function checked(around: Around, id: string): Around {
  return id === around.directory.identityStoreId ? around : gone("IDENTITY_STORE", id);
}

const userById = (directory: AwsDirectory, id: string): AwsUser =>
  directory.users.find((one) => one.id === id) ?? gone("USER", id);
const groupById = (directory: AwsDirectory, id: string): AwsGroup =>
  directory.groups.find((one) => one.id === id) ?? gone("GROUP", id);

function gone(ResourceType: string, ResourceId: string): never {
  const message = `${ResourceType} not found.`;
  return refuse(awsError("ResourceNotFoundException", message, { ResourceType, ResourceId }));
}

/** Goes on after an object, so that what is deleted meanwhile shifts nothing. */
function page<T extends { readonly serial: number }>(
  around: Around,
  asked: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
  key: string,
  rows: readonly T[],
  shape: (row: T) => unknown,
): unknown {
  const size = Math.min(asked.MaxResults ?? 100, around.pageSize);
  const after = asked.NextToken === undefined ? 0 : afterToken(asked.NextToken, key);
  const left = rows.filter((row) => row.serial > after);
  const shown = left.slice(0, size);
  const last = shown.at(-1);
  const more = left.length > size && last !== undefined;
  const NextToken = more ? Buffer.from(`${key} ${last.serial}`).toString("base64") : undefined;
  return { [key]: shown.map(shape), ...(NextToken === undefined ? {} : { NextToken }) };
}

function afterToken(token: string, key: string): number {
  const [whose, serial] = Buffer.from(token, "base64").toString("utf8").split(" ");
  if (whose === key && serial !== undefined) return Number(serial);
  return refuse(awsError("ValidationException", "Invalid NextToken"));
}

const seconds = (date: Date): number => date.getTime() / 1000;
const times = (one: { createdAt: Date; updatedAt?: Date }): Json => ({
  CreatedAt: seconds(one.createdAt),
  CreatedBy: `arn:aws:sts::${account}:assumed-role/somebody/session`,
  UpdatedAt: seconds(one.updatedAt ?? one.createdAt),
});
const external = (one: { readonly externalId?: string; readonly issuer?: string }): Json =>
  one.externalId === undefined ? {} : { ExternalIds: [{ Issuer: one.issuer, Id: one.externalId }] };

/** First letters in capitals, all the way down: SCIM's attributes as the Identity Store names them. */
function capitals(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitals);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([name]) => !name.startsWith("urn:") && name !== "$ref");
  return Object.fromEntries(
    entries.map(([name, inner]) => [name.slice(0, 1).toUpperCase() + name.slice(1), capitals(inner)]),
  );
}

function userShape(directory: AwsDirectory, one: AwsUser, extended: boolean): unknown {
  const enterprise = one.extra[enterpriseUser];
  const extensions = extended && enterprise !== undefined;
  return {
    IdentityStoreId: directory.identityStoreId,
    UserId: one.id,
    UserName: one.userName,
    ...external(one),
    ...(Object.keys(one.name).length === 0 ? {} : { Name: capitals(one.name) }),
    ...(one.displayName === undefined ? {} : { DisplayName: one.displayName }),
    ...(one.emails.length === 0 ? {} : { Emails: capitals(one.emails) }),
    ...(capitals(one.extra) as Json),
    UserStatus: one.active ? "ENABLED" : "DISABLED",
    ...times(one),
    ...(extensions ? { Extensions: { "aws:identitystore:enterprise": enterprise } } : {}),
  };
}

const groupShape = (directory: AwsDirectory, one: AwsGroup): unknown => ({
  IdentityStoreId: directory.identityStoreId,
  GroupId: one.id,
  DisplayName: one.displayName,
  ...external(one),
  ...(one.description === undefined ? {} : { Description: one.description }),
  ...times(one),
});

const membershipShape = (directory: AwsDirectory, one: AwsMembership): unknown => ({
  IdentityStoreId: directory.identityStoreId,
  MembershipId: one.id,
  GroupId: one.groupId,
  MemberId: { UserId: one.userId },
  ...times(one),
});
