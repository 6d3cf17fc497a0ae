import { z } from "zod";
import { MOST_MEMBERS } from "../core/change.ts";
import type { GroupPatch, UserPatch } from "../core/change.ts";
import type { ExistingUser, Group, TargetId, User } from "../core/model.ts";
import { TargetError, TokenError } from "./errors.ts";
import type { GroupFacts, Reader } from "./reading.ts";
import {
  GroupAnswer,
  newGroup,
  groupOperations,
  Made,
  type Operation,
  read,
  UNIQUE_PATHS,
  UserAnswer,
  newUser,
  userOperations,
} from "./scim-shapes.ts";
import {
  first,
  groupIdsOf,
  isMember,
  isMissing,
  isStatus,
  type Kind,
  listPages,
  lookUps,
  type LookUps,
  NAMES,
  orNothing,
  scimReader,
  inFull,
} from "./scim-reading.ts";
import { endpointRemedy } from "./scim-refusals.ts";
import { type Asked, type ScimOptions, PROBE, type Send, sender } from "./scim-request.ts";
import { soon } from "../traffic/soon.ts";

/** What was to be created. */
export interface Created {
  readonly id: TargetId;
  /** It was there, with our external id, so that nothing was written: neither attributes nor members. */
  readonly found: boolean;
}

/**
 * IAM Identity Center over SCIM. Every operation is one request (and those it takes to settle a conflict), made
 * again when the trouble may pass. Each rejects with a `TargetError`, with a `TokenError` when the token or the
 * endpoint is wrong, or with the signal's reason.
 */
export interface Scim extends LookUps {
  /** Makes sure that endpoint and token fit. */
  probe(): Promise<void>;
  /** A user that already has this `externalId` counts as created. */
  createUser(user: User): Promise<Created>;
  /** Given up after so many attempts when AWS answers with trouble of its own; as late as others unless told. */
  patchUser(id: TargetId, patch: UserPatch, attempts?: number): Promise<void>;
  /** A user who is not there counts as deleted. */
  deleteUser(id: TargetId): Promise<void>;
  /** With at most 100 members; a group that already has this `externalId` counts as created, whatever its members. */
  createGroup(group: Group, members: readonly TargetId[]): Promise<Created>;
  patchGroup(id: TargetId, patch: GroupPatch): Promise<void>;
  deleteGroup(id: TargetId): Promise<void>;
  /** At most 100. */
  addMembers(group: TargetId, users: readonly TargetId[]): Promise<void>;
  /** At most 100. */
  removeMembers(group: TargetId, users: readonly TargetId[]): Promise<void>;
  isMember(group: TargetId, user: TargetId): Promise<boolean>;
  groupsOf(user: TargetId): Promise<readonly TargetId[]>;
  /** The target, piece by piece: one request for 100 users or groups, and for 100 members of each group. */
  readonly reader: Reader;
  /** Any one object, to compare this directory with another; `undefined` when there is none. */
  anyUser(): Promise<ExistingUser | undefined>;
  anyGroup(): Promise<GroupFacts | undefined>;
}

const PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

interface PatchedWith {
  /** Whom it names. */
  readonly members?: readonly TargetId[];
  readonly attempts?: number | undefined;
}

const changing = (noun: string, id: TargetId, to: object) =>
  `change ${Object.keys(to).join(", ")} of the ${noun} ${id}`;

export function scim(options: ScimOptions): Scim {
  const send = sender(options);
  const justMade = new Set<string>();
  const remember = (created: Created) => (justMade.add(created.id), created);
  /** An id that was waited for in vain is not waited for again, by the parts of a chunk for example. */
  const waitingFor = async <T>(
    ids: readonly TargetId[],
    work: (fresh: boolean) => Promise<T>,
  ): Promise<T> => {
    try {
      return await work(ids.some((one) => justMade.has(one)));
    } catch (error) {
      if (error instanceof TargetError && error.status === 404) for (const one of ids) justMade.delete(one);
      throw error;
    }
  };
  const patch = async (
    kind: Kind,
    id: TargetId,
    operations: readonly Operation[],
    what: string,
    { members = [], attempts }: PatchedWith = {},
  ) => {
    const body = { schemas: [PATCH_SCHEMA], Operations: operations };
    const path = `/${kind}/${encodeURIComponent(id)}`;
    const claims = operations.some((operation) => UNIQUE_PATHS[kind].has(operation.path));
    const answer = await waitingFor([id, ...members], (fresh) =>
      send({ method: "PATCH", path, body, what, claims, justMade: fresh, attempts }),
    );
    // Whatever is not about the object is no word that it was changed.
    if (answer !== undefined) read(z.object({ id: z.literal(id) }), answer, what);
  };
  const patchMembers = (op: "add" | "remove", group: TargetId, ids: readonly TargetId[]) => {
    const what = `${op} ${memberCount(ids)} ${op === "add" ? "to" : "from"} the group ${group}`;
    return patch("Groups", group, [{ op, path: "members", value: references(ids) }], what, { members: ids });
  };
  const find = lookUps(send);
  const making = { send, find, options };
  return {
    probe: () => probe(send, options),
    createUser: (user) => createUser(making, user).then(remember),
    patchUser: (id, to, attempts) =>
      patch("Users", id, userOperations(to), changing("user", id, to), { attempts }),
    deleteUser: (id) => remove(send, "Users", id),
    createGroup: (group, members) =>
      waitingFor(members, (fresh) => createGroup(making, group, members, fresh)).then(remember),
    patchGroup: (id, to) => patch("Groups", id, groupOperations(to), changing("group", id, to)),
    deleteGroup: (id) => remove(send, "Groups", id),
    addMembers: (group, ids) => patchMembers("add", group, ids),
    removeMembers: (group, ids) => patchMembers("remove", group, ids),
    ...find,
    isMember: (group, user) => isMember(send, group, user),
    groupsOf: (user) => groupIdsOf(send, user),
    reader: scimReader(send),
    anyUser: () => anyOf(send, "Users", UserAnswer),
    anyGroup: () => anyOf(send, "Groups", GroupAnswer),
  };
}

function anyOf<T>(send: Send, kind: Kind, schema: z.ZodType<T>): Promise<T | undefined> {
  const what = `read a ${NAMES[kind]}`;
  return first(listPages(send, kind, inFull(send, kind, schema, what), { what, count: 1 }));
}

const memberCount = (ids: readonly unknown[]) => `${ids.length} ${ids.length === 1 ? "member" : "members"}`;

function references(ids: readonly TargetId[]): { readonly value: TargetId }[] {
  if (ids.length > MOST_MEMBERS)
    throw new RangeError(`${ids.length} members in one request: AWS takes ${MOST_MEMBERS}.`);
  return ids.map((value) => ({ value }));
}

async function remove(send: Send, kind: Kind, of: TargetId): Promise<void> {
  const what = `delete the ${NAMES[kind]} ${of}`;
  await orNothing(send({ method: "DELETE", path: `/${kind}/${encodeURIComponent(of)}`, what }));
}

/** What creating takes: to send, and to look who is in the way, patiently. */
interface Making {
  readonly send: Send;
  readonly find: LookUps;
  readonly options: ScimOptions;
}

async function createUser({ send, find, options }: Making, user: User): Promise<Created> {
  const what = `create the user ${user.userName}`;
  const { externalId, userName, email } = user;
  const body = newUser(user);
  return create(send, { method: "POST", path: "/Users", body, what, claims: true }, async (conflict) => {
    const look = async () =>
      (await find.findUser("externalId", externalId)) ?? (await find.findUser("userName", userName));
    const otherwise = `; if it happens again, another user must have the email address ${email}: find that user in the console, and change or delete it`;
    return settle({ conflict, what, noun: "user", externalId, otherwise }, await soon(look, options));
  });
}

async function createGroup(
  { send, find, options }: Making,
  group: Group,
  members: readonly TargetId[],
  justMade: boolean,
): Promise<Created> {
  const { externalId, name } = group;
  const what = `create the group ${name}`;
  const body = { ...newGroup(group), ...(members.length === 0 ? {} : { members: references(members) }) };
  return create(
    send,
    { method: "POST", path: "/Groups", body, what, claims: true, justMade },
    async (conflict) => {
      const look = async () =>
        (await find.findGroup("externalId", externalId)) ?? (await find.findGroup("displayName", name));
      return settle({ conflict, what, noun: "group", externalId }, await soon(look, options));
    },
  );
}

/** A refusal as a duplicate may be the echo of an answer that got lost: `look` finds out who is there. */
async function create(
  send: Send,
  asked: Asked,
  look: (conflict: TargetError) => Promise<TargetId>,
): Promise<Created> {
  try {
    return { id: read(Made, await send(asked), asked.what).id, found: false };
  } catch (error) {
    if (isStatus(error, 409)) return { id: await look(error), found: true };
    throw error;
  }
}

interface Duplicate {
  readonly conflict: TargetError;
  readonly what: string;
  readonly noun: "user" | "group";
  /** Of what was to be created. */
  readonly externalId: string;
  /** What else to do when no such object can be found. */
  readonly otherwise?: string;
}

/** The id of the object when it is already ours; otherwise throws, and says which other object has the name. */
function settle(
  { conflict, what, noun, externalId, otherwise = "" }: Duplicate,
  holder: { readonly id: TargetId; readonly externalId: string } | undefined,
): TargetId {
  if (holder?.externalId === externalId) return holder.id;
  const { why, todo } =
    holder === undefined
      ? {
          why: `no ${noun} with this name or with the external ID ${externalId} can be found, so it may have been created a moment ago`,
          todo: `run again${otherwise}`,
        }
      : {
          why: `the ${noun} ${holder.id} (${claimed(holder.externalId)}) has this name`,
          todo: "rename or delete it, or let ADOPT take it over",
        };
  const { status, detail, requestId } = conflict;
  throw new TargetError(
    { why: `AWS refused to ${what} because it would be a duplicate: ${why}`, todo },
    { status, detail, requestId, cause: conflict },
  );
}

const claimed = (externalId: string) => (externalId === "" ? "no external ID" : `external ID ${externalId}`);

async function probe(send: Send, options: ScimOptions): Promise<void> {
  try {
    const answer = await send(PROBE);
    read(z.object({ schemas: z.array(z.string()) }), answer, PROBE.what);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new TokenError(
      {
        why: `There is no SCIM service at the address in ${options.from.endpoint} (404)`,
        todo: endpointRemedy(options.from),
      },
      { status: 404, detail: error.detail, requestId: error.requestId, cause: error },
    );
  }
}
