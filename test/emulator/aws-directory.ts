/** IAM Identity Center's store: users, groups and memberships, whoever made them. */
import { awsId, uuid } from "./ids.ts";
import { drop, type Json } from "./wire.ts";

export interface Email {
  readonly value: string;
  readonly type?: string | undefined;
  readonly primary?: boolean | undefined;
}

export interface AwsUser {
  readonly id: string;
  externalId?: string;
  /** Who vouches for `externalId`; SCIM shows and finds only its own. */
  issuer?: string;
  userName: string;
  name: Json;
  displayName?: string;
  emails: Email[];
  active: boolean;
  /** Other SCIM attributes: `title`, `addresses`, the enterprise extension ... */
  extra: Record<string, unknown>;
  /** When it was made among all objects; lists come in this order. */
  readonly serial: number;
  readonly createdAt: Date;
  updatedAt: Date;
}

export interface AwsGroup {
  readonly id: string;
  externalId?: string;
  issuer?: string;
  displayName: string;
  description?: string;
  readonly serial: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface AwsMembership {
  readonly id: string;
  readonly groupId: string;
  readonly userId: string;
  readonly serial: number;
  readonly createdAt: Date;
}

export interface NewAwsUser {
  readonly userName: string;
  /** The user name unless told; `null` for none. */
  readonly email?: string | null;
  /** `null` for none, as Control Tower's users have it. */
  readonly emailType?: string | null;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly displayName?: string;
  readonly externalId?: string;
  /** The SCIM endpoint's own unless told. */
  readonly issuer?: string;
  readonly active?: boolean;
  readonly extra?: Json;
}

export interface NewAwsGroup {
  readonly displayName: string;
  readonly externalId?: string;
  readonly issuer?: string;
  readonly description?: string;
  readonly createdAt?: Date;
}

/** What facts call [?], and what can be forbidden. Change any of it at any time. */
export interface AwsPolicy {
  /** Adding who is a member already. */
  addExistingMember: 204 | 409;
  /** Taking out who is none. */
  removeNonMember: 204 | 404;
  /** A member id that does not exist, in POST or PATCH; 204 ignores it. */
  unknownMember: 404 | 400 | 204;
  /** `groups.value` with a group that does not exist. */
  unknownGroupFilter: "empty" | 404;
  /** `cursor=` instead of the bare `cursor`; refused only together with a filter, as one client saw it. */
  emptyCursorWithFilter: "accepted" | 400;
  /** `ignored`: the `cursor` gets lost on the way, or the Region does not page; every list is one page. */
  cursor: "followed" | "ignored";
  /** `members[value eq "..."]` as the path of a removal. */
  memberPathFilter: "accepted" | 400;
  /** PUT without the user's own `id` in the body. */
  putWithoutId: "accepted" | 400;
  /** Okta's guide says `<>;:%`, tabs and newlines are refused; the published pattern allows them. */
  strictText: boolean;
  /** The `Retry-After` header of a 429: seconds, a date, or none. */
  retryAfter: number | "date" | undefined;
  /** Creating a user without an e-mail. */
  userWithoutEmail: "accepted" | 400;
  /** Whether an attribute that not everybody has is taken, by its path; without a value: whether it may be removed. */
  takes: (path: string, value: unknown) => boolean;
  /** A manager who is nobody's id. */
  unknownManager: "accepted" | 400;
}

export interface Snapshot {
  readonly users: readonly Json[];
  readonly groups: readonly Json[];
}

export interface AwsDirectory {
  readonly tenant: string;
  /** Bearer tokens that SCIM accepts. */
  readonly tokens: Set<string>;
  readonly identityStoreId: string;
  readonly issuer: string;
  readonly users: AwsUser[];
  readonly groups: AwsGroup[];
  readonly memberships: AwsMembership[];
  readonly policy: AwsPolicy;
  /** Made by hand, by Control Tower or by another provider: anything goes here, no rule is checked. */
  readonly addUser: (user: NewAwsUser) => AwsUser;
  readonly addGroup: (group: NewAwsGroup) => AwsGroup;
  readonly addMembership: (group: string, user: string) => AwsMembership;
  readonly removeMembership: (group: string, user: string) => void;
  readonly deleteUser: (user: string) => void;
  readonly deleteGroup: (group: string) => void;
  /** By id or name, names without case. */
  readonly findUser: (key: string) => AwsUser | undefined;
  readonly findGroup: (key: string) => AwsGroup | undefined;
  readonly user: (key: string) => AwsUser;
  readonly group: (key: string) => AwsGroup;
  /** User names, sorted. */
  readonly membersOf: (group: string) => string[];
  /** Sorted by name, without times; with `ids: false` two stores that grew differently can be compared. */
  readonly snapshot: (options?: { readonly ids?: boolean }) => Snapshot;
  readonly now: () => Date;
  /** The next object's number and id. */
  readonly next: (kind: "user" | "group" | "membership") => { readonly id: string; readonly serial: number };
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const defaultPolicy = (): AwsPolicy => ({
  addExistingMember: 204,
  removeNonMember: 204,
  unknownMember: 404,
  unknownGroupFilter: "empty",
  emptyCursorWithFilter: "accepted",
  cursor: "followed",
  memberPathFilter: "accepted",
  putWithoutId: 400,
  strictText: false,
  retryAfter: 1,
  userWithoutEmail: "accepted",
  takes: () => true,
  unknownManager: "accepted",
});

/** `label` tells one directory from another: ids, tenant and token depend on it. */
export function createAws(now: () => Date, label = "main"): AwsDirectory {
  let serial = 0;
  const next = (kind: string): { id: string; serial: number } => {
    serial += 1;
    return { id: awsId(`${label} ${kind}`, serial), serial };
  };
  const holding: Holding = {
    users: [],
    groups: [],
    memberships: [],
    issuer: `https://scim.aws.com/${label === "main" ? "1223122" : uuid(label).slice(0, 7)}`,
    now,
    next,
  };
  return {
    ...holding,
    tenant: uuid(`tenant ${label}`).replace(/^.{8}/, "11111111111"),
    tokens: new Set([`scim-token-${label}-${uuid(`token ${label}`)}`]),
    identityStoreId: `d-${uuid(`store ${label}`).replaceAll("-", "").slice(0, 10)}`,
    policy: defaultPolicy(),
    addUser: (wanted) => addUser(holding, wanted),
    addGroup: (wanted) => addGroup(holding, wanted),
    addMembership: (into, member) => addMembership(holding, into, member),
    removeMembership: (from, member) => {
      const [groupId, userId] = [group(holding, from).id, user(holding, member).id];
      drop(holding.memberships, (row) => row.groupId === groupId && row.userId === userId);
    },
    deleteUser: (key) => deleteUser(holding, key),
    deleteGroup: (key) => deleteGroup(holding, key),
    findUser: (key) => findUser(holding, key),
    findGroup: (key) => findGroup(holding, key),
    user: (key) => user(holding, key),
    group: (key) => group(holding, key),
    membersOf: (key) => inGroup(holding, group(holding, key).id),
    snapshot: ({ ids = true } = {}) => snapshot(holding, ids),
  };
}

type Holding = Pick<AwsDirectory, "users" | "groups" | "memberships" | "issuer" | "now" | "next">;

const findUser = ({ users }: Holding, key: string): AwsUser | undefined =>
  users.find((one) => one.id === key) ?? users.find((one) => same(one.userName, key));
const findGroup = ({ groups }: Holding, key: string): AwsGroup | undefined =>
  groups.find((one) => one.id === key) ?? groups.find((one) => same(one.displayName, key));
const user = (holding: Holding, key: string): AwsUser => findUser(holding, key) ?? unknown("user", key);
const group = (holding: Holding, key: string): AwsGroup => findGroup(holding, key) ?? unknown("group", key);

function addUser(holding: Holding, wanted: NewAwsUser): AwsUser {
  const birth = { ...holding.next("user"), createdAt: holding.now(), updatedAt: holding.now() };
  const made = userFrom(wanted, birth, holding.issuer);
  holding.users.push(made);
  return made;
}

function addGroup(holding: Holding, wanted: NewAwsGroup): AwsGroup {
  const createdAt = wanted.createdAt ?? holding.now();
  const made: AwsGroup = {
    ...holding.next("group"),
    displayName: wanted.displayName,
    ...(wanted.description === undefined ? {} : { description: wanted.description }),
    ...linked(wanted, holding.issuer),
    createdAt,
    updatedAt: createdAt,
  };
  holding.groups.push(made);
  return made;
}

function addMembership(holding: Holding, into: string, member: string): AwsMembership {
  const [groupId, userId] = [group(holding, into).id, user(holding, member).id];
  const made = { ...holding.next("membership"), groupId, userId, createdAt: holding.now() };
  holding.memberships.push(made);
  return made;
}

function deleteUser(holding: Holding, key: string): void {
  const { id } = user(holding, key);
  drop(holding.users, (one) => one.id === id);
  drop(holding.memberships, (row) => row.userId === id);
}

function deleteGroup(holding: Holding, key: string): void {
  const { id } = group(holding, key);
  drop(holding.groups, (one) => one.id === id);
  drop(holding.memberships, (row) => row.groupId === id);
}

const inGroup = (holding: Holding, groupId: string): string[] =>
  holding.memberships
    .filter((row) => row.groupId === groupId)
    .map((row) => user(holding, row.userId).userName)
    .toSorted(byText);

const snapshot = (holding: Holding, ids: boolean): Snapshot => ({
  users: holding.users.map((one) => userPicture(one, ids)).toSorted((a, b) => byText(a.userName, b.userName)),
  groups: holding.groups
    .map((one) => groupPicture(one, inGroup(holding, one.id), ids))
    .toSorted((a, b) => byText(a.displayName, b.displayName)),
});

interface Birth {
  readonly id: string;
  readonly serial: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

function userFrom(wanted: NewAwsUser, birth: Birth, issuer: string): AwsUser {
  const { givenName = "Given", familyName = "Family" } = wanted;
  const value = wanted.email === undefined ? wanted.userName : wanted.email;
  const type = wanted.emailType === undefined ? "work" : wanted.emailType;
  const email = value === null ? undefined : { value, primary: true, ...(type === null ? {} : { type }) };
  return {
    ...birth,
    userName: wanted.userName,
    name: { givenName, familyName },
    displayName: wanted.displayName ?? `${givenName} ${familyName}`,
    emails: email === undefined ? [] : [email],
    active: wanted.active ?? true,
    extra: { ...wanted.extra },
    ...linked(wanted, issuer),
  };
}

function linked(
  wanted: { readonly externalId?: string; readonly issuer?: string },
  own: string,
): { externalId: string; issuer: string } | Record<string, never> {
  return wanted.externalId === undefined
    ? {}
    : { externalId: wanted.externalId, issuer: wanted.issuer ?? own };
}

function userPicture(one: AwsUser, ids: boolean): Json & { readonly userName: string } {
  return {
    userName: one.userName,
    ...(ids ? { id: one.id } : {}),
    externalId: one.externalId ?? null,
    ...(one.issuer === undefined ? {} : { issuer: one.issuer }),
    active: one.active,
    displayName: one.displayName ?? null,
    name: one.name,
    emails: one.emails,
    extra: one.extra,
  };
}

function groupPicture(
  one: AwsGroup,
  members: readonly string[],
  ids: boolean,
): Json & { readonly displayName: string } {
  return {
    displayName: one.displayName,
    ...(ids ? { id: one.id } : {}),
    externalId: one.externalId ?? null,
    ...(one.issuer === undefined ? {} : { issuer: one.issuer }),
    description: one.description ?? null,
    members,
  };
}

function unknown(kind: string, key: string): never {
  throw new Error(`the emulated Identity Center has no ${kind} ${key}`);
}
