import {
  DescribeGroupCommand,
  DescribeUserCommand,
  type IdentitystoreClient,
  paginateListGroupMemberships,
  paginateListGroupMembershipsForMember,
  paginateListGroups,
  paginateListUsers,
} from "@aws-sdk/client-identitystore";
import { z } from "zod";
import type { Principal } from "../core/carries.ts";
import { type TargetId, targetId } from "../core/model.ts";
import type { Trouble } from "../core/trouble.ts";
import { AbsentError, ExistingError, OddError, oddForm, TargetError } from "./errors.ts";
import { Id } from "./ids.ts";
import { type ById, ENTERPRISE, groupOf, settled, userOf } from "./identity-store-rows.ts";
import { type Reader, refuseRepeats } from "./reading.ts";
import { aboutFault, commonTrouble, fault, faultWords, isAboutKey } from "./sdk.ts";

const PAGE_SIZE = 100;
const Rows = z.array(z.unknown());
const UserPage = z.object({ Users: Rows }).transform(({ Users }) => Users);
const GroupPage = z.object({ Groups: Rows }).transform(({ Groups }) => Groups);
const MembershipPage = z
  .object({ GroupMemberships: Rows })
  .transform(({ GroupMemberships }) => GroupMemberships);
/** What is no user is a member all the same, but nobody who could be taken out, or looked for. */
const Member = z.object({ UserId: Id }).catch({ UserId: targetId("(not a user)") });
const MemberRow = z.object({ MemberId: Member }).transform(({ MemberId }) => MemberId.UserId);
const GroupIdRow = z.object({ GroupId: Id }).transform(({ GroupId }) => GroupId);

/**
 * A reader of the Identity Store `storeId` over a client made `paced`. Needs the rights `identitystore:ListUsers`,
 * `ListGroups` and `ListGroupMemberships`, and for `groupsOf` alone
 * `ListGroupMembershipsForMember`. Throws a `TargetError`.
 */
export function identityStore(
  client: IdentitystoreClient,
  storeId: string,
  scim: ById,
  needsExtension = false,
): Reader {
  const config = { client, pageSize: PAGE_SIZE };
  // A new one for each list: the SDK's paginators write their mark into it.
  const store = () => ({ IdentityStoreId: storeId });
  const at = { storeId, client };
  const wanted = needsExtension ? { Extensions: [ENTERPRISE] } : {};
  return {
    users: (signal, odd) => {
      const pages = paginateListUsers(config, { ...store(), ...wanted }, { abortSignal: signal });
      const asked = { ...at, action: "ListUsers", list: "users" };
      return settled(follow(pages, UserPage, signal, asked), (row) => userOf(row, scim, odd));
    },
    groups: (signal, odd) => {
      const pages = paginateListGroups(config, store(), { abortSignal: signal });
      const asked = { ...at, action: "ListGroups", list: "groups" };
      return settled(follow(pages, GroupPage, signal, asked), (row) => groupOf(row, scim, odd));
    },
    members: (group, signal) => {
      const asked = { ...at, action: "ListGroupMemberships", list: `members of group ${group}` };
      const input = { ...store(), GroupId: group };
      const pages = paginateListGroupMemberships(config, input, { abortSignal: signal });
      return memberIds(pages, MemberRow, signal, asked);
    },
    groupsOf: (user, signal) => {
      const asked = { ...at, action: "ListGroupMembershipsForMember", list: `groups of user ${user}` };
      const input = { ...store(), MemberId: { UserId: user } };
      const pages = paginateListGroupMembershipsForMember(config, input, { abortSignal: signal });
      return orNone(memberIds(pages, GroupIdRow, signal, asked));
    },
  };
}

type Pages = AsyncIterable<{ NextToken?: string | undefined }>;

/** Each row as its id; without one that is usable the list says nothing sure about whose it is. */
async function* memberIds(
  pages: Pages,
  Row: z.ZodType<TargetId>,
  signal: AbortSignal,
  asked: Asked,
): AsyncGenerator<readonly TargetId[]> {
  for await (const page of follow(pages, MembershipPage, signal, asked))
    yield page.map((row) => {
      const parsed = Row.safeParse(row);
      if (parsed.success) return parsed.data;
      throw new OddError(unreadable(asked.list, parsed.error));
    });
}

/** A user who no longer exists is in no group. */
async function* orNone<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<readonly T[]> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof AbsentError)) throw error;
  }
}

/**
 * That the user or the group is not there; the same name tells of a missing store, or of its missing key. The type is
 * optional, and the words begin with it.
 */
function isGone(error: unknown): boolean {
  const { name, resourceType, reason, message } = fault(error);
  if (name !== "ResourceNotFoundException" || isAboutKey(reason)) return false;
  return /^(USER|GROUP)$/.test(resourceType ?? (/^(user|group)\b/i.exec(message)?.[0] ?? "").toUpperCase());
}

interface Asked {
  readonly client: IdentitystoreClient;
  readonly storeId: string;
  readonly action: string;
  readonly list: string;
}

async function* follow<T>(
  pages: Pages,
  schema: z.ZodType<readonly T[]>,
  signal: AbortSignal,
  asked: Asked,
): AsyncGenerator<readonly T[]> {
  const fresh = refuseRepeats(asked.list);
  try {
    for await (const page of pages) {
      fresh(page.NextToken);
      const parsed = schema.safeParse(page);
      if (!parsed.success) throw new ExistingError(unreadable(asked.list, parsed.error));
      yield parsed.data;
    }
  } catch (error) {
    throw await identityStoreError(error, asked, signal);
  }
}

function unreadable(list: string, cause: z.ZodError): Trouble {
  const { words, todo } = oddForm(cause);
  return { why: `The Identity Store's list of ${list} ${words}, so it cannot be read`, todo };
}

/** The SDK's error as a trouble; our own errors and the reason of an abort pass unchanged. */
async function identityStoreError(
  error: unknown,
  asked: Omit<Asked, "list">,
  signal: AbortSignal,
): Promise<unknown> {
  if (signal.aborted) return signal.reason;
  if (error instanceof TargetError) return error;
  const region = await asked.client.config.region();
  return identityStoreTrouble(error, `identitystore:${asked.action}`, asked.storeId, region) ?? error;
}

function identityStoreTrouble(
  error: unknown,
  action: string,
  storeId: string,
  region: string,
): TargetError | undefined {
  const it = fault(error);
  const about = aboutFault(error);
  const trouble = (why: string, todo: string, code = it.name) =>
    new TargetError({ why, todo }, { ...about, code });
  if (isGone(error))
    return new AbsentError(
      {
        why: `The Identity Store ${storeId} no longer has what ${action} asked about (${faultWords(it)})`,
        todo: "run again",
      },
      about,
    );
  if (isAboutKey(it.reason))
    return trouble(
      `The Identity Store ${storeId} is encrypted with a KMS key that cannot be used (${it.reason}: ${faultWords(it)})`,
      "allow kms:Decrypt on that key, and make sure that the key is enabled",
      it.reason,
    );
  if (it.name === "AccessDeniedException")
    return trouble(
      `AWS does not allow ${action} on ${storeId} in ${region} (${faultWords(it)})`,
      `add ${action} to the policy of the role or user that this runs as`,
    );
  const isStore = it.resourceType === "IDENTITY_STORE" || /identity.?store/i.test(it.message);
  if ((it.name === "ResourceNotFoundException" || it.name === "ValidationException") && isStore)
    return trouble(
      `There is no Identity Store ${storeId} in ${region} (${faultWords(it)})`,
      "set IDENTITY_STORE_ID to the one shown under IAM Identity Center › Settings, and check the Region",
    );
  const common = commonTrouble(error, action, `the Identity Store in ${region}`);
  if (common !== undefined) return common;
  return error instanceof Error
    ? trouble(
        `The Identity Store ${storeId} did not answer ${action} (${faultWords(it)})`,
        "run again, and if it happens again, look up the request in CloudTrail",
      )
    : undefined;
}

/** Whether the Identity Store holds it (right `identitystore:DescribeUser`, or `DescribeGroup`). */
export async function isInStore(
  client: IdentitystoreClient,
  storeId: string,
  { kind, id }: Principal,
  signal: AbortSignal,
): Promise<boolean> {
  const [store, options] = [{ IdentityStoreId: storeId }, { abortSignal: signal }];
  try {
    await (kind === "user"
      ? client.send(new DescribeUserCommand({ ...store, UserId: id }), options)
      : client.send(new DescribeGroupCommand({ ...store, GroupId: id }), options));
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    const action = kind === "user" ? "DescribeUser" : "DescribeGroup";
    throw await identityStoreError(error, { client, storeId, action }, signal);
  }
}
