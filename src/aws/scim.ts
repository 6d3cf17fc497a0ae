import { z } from "zod";
import {
  type Existing,
  type ExistingUser,
  type Group,
  type TargetId,
  targetId,
  type User,
} from "../core/model.ts";
import { TargetError, TokenError } from "./errors.ts";
import {
  type GroupFacts,
  type Reader,
  readExisting,
  type ReadOptions,
  refuseRepeats,
  wholeSeconds,
} from "./reading.ts";
import { type Asked, type ScimOptions, type Send, sender } from "./scim-request.ts";

export type { ScimOptions } from "./scim-request.ts";

/** What is to become different; what is absent stays as it is. */
export interface UserPatch {
  readonly userName?: string;
  readonly email?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly displayName?: string;
  readonly active?: boolean;
  readonly externalId?: string;
}

export interface GroupPatch {
  readonly externalId?: string;
  readonly name?: string;
}

/**
 * IAM Identity Center over SCIM. Every operation is one request (and those it takes to settle a conflict), made
 * again when the trouble may pass. Each rejects with a `TargetError`, with a `TokenError` when the token or the
 * endpoint is wrong, or with the signal's reason.
 */
export interface Scim {
  /** Makes sure that endpoint and token fit. */
  probe(): Promise<void>;
  /** A user that already has this `externalId` counts as created. */
  createUser(user: User): Promise<TargetId>;
  patchUser(id: TargetId, patch: UserPatch): Promise<void>;
  /** A user who is not there counts as deleted. */
  deleteUser(id: TargetId): Promise<void>;
  /** With at most 100 members; a group that already has this `externalId` counts as created, whatever its members. */
  createGroup(group: Group, members: readonly TargetId[]): Promise<TargetId>;
  patchGroup(id: TargetId, patch: GroupPatch): Promise<void>;
  deleteGroup(id: TargetId): Promise<void>;
  /** At most 100. */
  addMembers(group: TargetId, users: readonly TargetId[]): Promise<void>;
  /** At most 100. */
  removeMembers(group: TargetId, users: readonly TargetId[]): Promise<void>;
  user(id: TargetId): Promise<ExistingUser | undefined>;
  group(id: TargetId): Promise<GroupFacts | undefined>;
  /** Names are compared without case, external ids exactly. */
  findUser(by: "userName" | "externalId", value: string): Promise<ExistingUser | undefined>;
  findGroup(by: "displayName" | "externalId", value: string): Promise<GroupFacts | undefined>;
  isMember(group: TargetId, user: TargetId): Promise<boolean>;
  groupsOf(user: TargetId): Promise<readonly TargetId[]>;
  /** The target, whole: one request for 100 users or groups, and for 100 members of each group. */
  read(options?: ReadOptions): Promise<Existing>;
  /** The same, piece by piece, for `readExisting`. */
  readonly reader: Reader;
  /** Any one object, to compare this directory with another; `undefined` when there is none. */
  anyUser(): Promise<ExistingUser | undefined>;
  anyGroup(): Promise<GroupFacts | undefined>;
}

const MEMBERS_PER_REQUEST = 100;
const PAGE_SIZE = 100;
const USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

export function scim(options: ScimOptions): Scim {
  const send = sender(options);
  const justMade = new Set<string>();
  const remember = (id: TargetId) => (justMade.add(id), id);
  const patch = async (
    kind: Kind,
    id: TargetId,
    operations: readonly Operation[],
    what: string,
    members: readonly TargetId[] = [],
  ) => {
    const fresh = [id, ...members].some((one) => justMade.has(one));
    const body = { schemas: [PATCH_SCHEMA], Operations: operations };
    await send({ method: "PATCH", path: `/${kind}/${id}`, body, what, justMade: fresh });
  };
  const patchMembers = (op: "add" | "remove", group: TargetId, ids: readonly TargetId[]) => {
    const what = `${op} ${count(ids)} ${op === "add" ? "to" : "from"} the group ${group}`;
    return patch("Groups", group, [{ op, path: "members", value: references(ids) }], what, ids);
  };
  const reader = scimReader(send);
  const find = lookUps(send);
  return {
    probe: () => probe(send),
    createUser: (user) => createUser(send, find, user).then(remember),
    patchUser: (id, to) =>
      patch("Users", id, userOperations(to), `change ${Object.keys(to).join(", ")} of the user ${id}`),
    deleteUser: (id) => remove(send, "Users", id),
    createGroup: (group, members) =>
      createGroup(
        send,
        find,
        group,
        members,
        members.some((id) => justMade.has(id)),
      ).then(remember),
    patchGroup: (id, to) =>
      patch("Groups", id, groupOperations(to), `change ${Object.keys(to).join(", ")} of the group ${id}`),
    deleteGroup: (id) => remove(send, "Groups", id),
    addMembers: (group, ids) => patchMembers("add", group, ids),
    removeMembers: (group, ids) => patchMembers("remove", group, ids),
    ...find,
    isMember: (group, user) => isMember(send, group, user),
    groupsOf: (user) => groupsOf(send, user),
    read: (how) => readExisting([reader], { signal: options.signal, ...how }),
    reader,
    anyUser: () => first(list(send, "Users", UserAnswer, { what: "read a user", count: 1 })),
    anyGroup: () => first(list(send, "Groups", GroupAnswer, { what: "read a group", count: 1 })),
  };
}

type Kind = "Users" | "Groups";
interface Operation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value: unknown;
}

const count = (ids: readonly unknown[]) => `${ids.length} ${ids.length === 1 ? "member" : "members"}`;

function references(ids: readonly TargetId[]): { readonly value: TargetId }[] {
  if (ids.length > MEMBERS_PER_REQUEST)
    throw new RangeError(`${ids.length} members in one request: AWS takes ${MEMBERS_PER_REQUEST}.`);
  return ids.map((value) => ({ value }));
}

const emails = (value: string) => [{ value, type: "work", primary: true }];

/** One operation for each attribute, with a path: AWS takes none without for more than one attribute. */
function userOperations(patch: UserPatch): Operation[] {
  const { email, givenName, familyName, ...plain } = patch;
  const values = {
    ...plain,
    ...(givenName === undefined ? {} : { "name.givenName": givenName }),
    ...(familyName === undefined ? {} : { "name.familyName": familyName }),
    ...(email === undefined ? {} : { emails: emails(email) }),
  };
  return replacements(values);
}

const groupOperations = ({ externalId, name }: GroupPatch) => replacements({ displayName: name, externalId });

const replacements = (values: object): Operation[] =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([path, value]) => ({ op: "replace", path, value: value as unknown }));

// ---------------------------------------------------------------- what comes back

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const id = z.string().min(1).transform(targetId);
const Made = z.object({ id });

const UserAnswer = z
  .object({
    id,
    externalId: text,
    userName: text,
    name: z.object({ givenName: text, familyName: text }).nullish(),
    displayName: text,
    emails: z.array(z.object({ value: text, primary: z.boolean().nullish() })).nullish(),
    active: z.boolean().nullish(),
  })
  .transform((user): ExistingUser => ({
    id: user.id,
    externalId: user.externalId,
    userName: user.userName,
    email: (user.emails?.find(({ primary }) => primary === true) ?? user.emails?.[0])?.value ?? "",
    givenName: user.name?.givenName ?? "",
    familyName: user.name?.familyName ?? "",
    displayName: user.displayName,
    active: user.active ?? true,
  }));

const GroupAnswer = z
  .object({ id, externalId: text, displayName: text, meta: z.object({ created: text }).nullish() })
  .transform((group): GroupFacts => ({
    id: group.id,
    externalId: group.externalId,
    name: group.displayName,
    createdAt: wholeSeconds(group.meta?.created),
  }));

function read<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new TargetError(
    `The SCIM endpoint's answer is not in the expected form (${where === "" ? "the whole" : where}) when asked to ${what}; check for a proxy in between, and report it.`,
  );
}

// ---------------------------------------------------------------- reading

interface Listing {
  readonly what: string;
  readonly filter?: string;
  readonly count?: number;
}

/** All pages of a list. The bare `cursor` is what makes AWS page; the filter has to come along with each. */
async function* list<T>(
  send: Send,
  kind: Kind,
  schema: z.ZodType<T>,
  { what, filter, count = PAGE_SIZE }: Listing,
) {
  const Page = z.object({ Resources: z.array(schema), nextCursor: text });
  const fresh = refuseRepeats(`${kind.toLowerCase()} over SCIM`);
  const rest = `&count=${count}${filter === undefined ? "" : `&filter=${encodeURIComponent(filter)}`}`;
  let cursor = "";
  do {
    const mark = cursor === "" ? "cursor" : `cursor=${encodeURIComponent(cursor)}`;
    const answer = await send({ method: "GET", path: `/${kind}?${mark}${rest}`, what });
    const page = read(Page, answer, what);
    yield page.Resources;
    cursor = page.nextCursor;
    fresh(cursor);
  } while (cursor !== "");
}

async function first<T>(pages: AsyncIterable<readonly T[]>): Promise<T | undefined> {
  for await (const [one] of pages) if (one !== undefined) return one;
  return undefined;
}

const equals = (attribute: string, value: string) => `${attribute} eq "${value.replace(/["\\]/g, "\\$&")}"`;

function scimReader(send: Send): Reader {
  return {
    users: () => list(send, "Users", UserAnswer, { what: "list the users" }),
    groups: () => list(send, "Groups", GroupAnswer, { what: "list the groups" }),
    members: (group) =>
      list(
        send,
        "Users",
        Made.transform((user) => user.id),
        {
          what: `list the members of the group ${group}`,
          filter: equals("groups.value", group),
        },
      ),
  };
}

type LookUps = Pick<Scim, "user" | "group" | "findUser" | "findGroup">;

function lookUps(send: Send): LookUps {
  const get = async <T>(kind: Kind, of: TargetId, schema: z.ZodType<T>) => {
    const what = `read the ${NAMES[kind]} ${of}`;
    const answer = await orNothing(send({ method: "GET", path: `/${kind}/${of}`, what }));
    return answer === undefined ? undefined : read(schema, answer, what);
  };
  const find = async <T>(kind: Kind, by: string, value: string, schema: z.ZodType<T>) => {
    const what = `look up the ${NAMES[kind]} with ${by} ${value}`;
    const path = `/${kind}?filter=${encodeURIComponent(equals(by, value))}`;
    return read(z.object({ Resources: z.array(schema) }), await send({ method: "GET", path, what }), what)
      .Resources;
  };
  return {
    user: (of) => get("Users", of, UserAnswer),
    group: (of) => get("Groups", of, GroupAnswer),
    // What comes back is compared: a filter that is not understood must not find anybody else.
    findUser: async (by, value) =>
      (await find("Users", by, value, UserAnswer)).find((user) => same(by, user[by], value)),
    findGroup: async (by, value) =>
      (await find("Groups", by, value, GroupAnswer)).find((group) =>
        same(by, by === "displayName" ? group.name : group.externalId, value),
      ),
  };
}

const NAMES = { Users: "user", Groups: "group" } as const;

const same = (by: string, one: string, other: string) =>
  by === "externalId" ? one === other : one.toLowerCase() === other.toLowerCase();

async function isMember(send: Send, group: TargetId, user: TargetId): Promise<boolean> {
  const what = `look up whether ${user} is a member of the group ${group}`;
  const filter = `${equals("id", group)} and ${equals("members", user)}`;
  const answer = await orNothing(
    send({ method: "GET", path: `/Groups?filter=${encodeURIComponent(filter)}`, what }),
  );
  if (answer === undefined) return false;
  return read(z.object({ Resources: z.array(Made) }), answer, what).Resources.some(
    (found) => found.id === group,
  );
}

/** A user who does not exist is in no group. */
async function groupsOf(send: Send, user: TargetId): Promise<readonly TargetId[]> {
  const filter = equals("members.value", user);
  const groups: TargetId[] = [];
  try {
    for await (const page of list(send, "Groups", Made, {
      what: `list the groups of the user ${user}`,
      filter,
    }))
      groups.push(...page.map((group) => group.id));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return groups;
}

async function probe(send: Send): Promise<void> {
  const what = "describe itself";
  try {
    const answer = await send({ method: "GET", path: "/ServiceProviderConfig", what });
    read(z.object({ schemas: z.array(z.string()) }), answer, what);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new TokenError(
      "There is no SCIM service at SCIM_ENDPOINT (404); set it (secret SSOSyncSCIMEndpointUrl) to the one shown under IAM Identity Center › Settings › Automatic provisioning.",
      { status: 404, detail: error.detail, requestId: error.requestId, cause: error },
    );
  }
}

const isStatus = (error: unknown, status: number): error is TargetError =>
  error instanceof TargetError && error.status === status;
const isMissing = (error: unknown): error is TargetError => isStatus(error, 404);

async function orNothing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

// ---------------------------------------------------------------- writing

async function remove(send: Send, kind: Kind, of: TargetId): Promise<void> {
  await orNothing(
    send({ method: "DELETE", path: `/${kind}/${of}`, what: `delete the ${NAMES[kind]} ${of}` }),
  );
}

async function createUser(send: Send, find: LookUps, user: User): Promise<TargetId> {
  const what = `create the user ${user.userName}`;
  const { externalId, userName, givenName, familyName, displayName, active } = user;
  const name = { givenName, familyName };
  const body = {
    schemas: [USER_SCHEMA],
    externalId,
    userName,
    name,
    displayName,
    emails: emails(user.email),
    active,
  };
  return create(send, { method: "POST", path: "/Users", body, what }, async (conflict) => {
    const ours = await find.findUser("externalId", externalId);
    if (ours !== undefined) return ours.id;
    const holder = await find.findUser("userName", userName);
    if (holder?.externalId === externalId) return holder.id;
    throw taken(
      conflict,
      what,
      holder === undefined
        ? `no user has this name or external id ${externalId}, so another one must hold the e-mail ${user.email}; find it in the console and change or delete it`
        : `the user ${holder.id} (${claimed(holder.externalId)}) has this name; rename or delete it, or let ADOPT take it over`,
    );
  });
}

async function createGroup(
  send: Send,
  find: LookUps,
  { externalId, name }: Group,
  members: readonly TargetId[],
  justMade: boolean,
): Promise<TargetId> {
  const what = `create the group ${name}`;
  const group = { schemas: [GROUP_SCHEMA], externalId, displayName: name };
  const body = members.length === 0 ? group : { ...group, members: references(members) };
  return create(send, { method: "POST", path: "/Groups", body, what, justMade }, async (conflict) => {
    const ours = await find.findGroup("externalId", externalId);
    if (ours !== undefined) return ours.id;
    const holder = await find.findGroup("displayName", name);
    if (holder?.externalId === externalId) return holder.id;
    throw taken(
      conflict,
      what,
      holder === undefined
        ? `no group has this name or external id ${externalId} any more; the next run tries again`
        : `the group ${holder.id} (${claimed(holder.externalId)}) has this name; rename or delete it, or let ADOPT take it over`,
    );
  });
}

/** A refusal as a duplicate may be the echo of an answer that got lost: `settle` looks who is there. */
async function create(
  send: Send,
  asked: Asked,
  settle: (conflict: TargetError) => Promise<TargetId>,
): Promise<TargetId> {
  try {
    return read(Made, await send(asked), asked.what).id;
  } catch (error) {
    if (isStatus(error, 409)) return settle(error);
    throw error;
  }
}

const claimed = (externalId: string) =>
  externalId === "" ? "external id none" : `external id ${externalId}`;

function taken(conflict: TargetError, what: string, who: string): TargetError {
  const { status, detail, requestId } = conflict;
  return new TargetError(`AWS refused to ${what} as a duplicate: ${who}.`, {
    status,
    detail,
    requestId,
    cause: conflict,
  });
}
