/** Account assignments and permission sets, as SSO admin shows them. Everything here throws a `TargetError`. */
import {
  DescribePermissionSetCommand,
  paginateListAccountAssignments,
  paginateListAccountAssignmentsForPrincipal,
  paginateListAccountsForProvisionedPermissionSet,
  paginateListManagedPoliciesInPermissionSet,
  paginateListPermissionSets,
  type SSOAdminClient,
} from "@aws-sdk/client-sso-admin";
import { z } from "zod";
import { PRINCIPAL_TYPES, type Principal, type Weight } from "../core/carries.ts";
import { accessTrouble, oddAnswer } from "./access-errors.ts";
import { Id } from "./ids.ts";
import { refuseRepeats } from "./reading.ts";

/** The instance of IAM Identity Center, and the way to it. */
export interface Instance {
  readonly client: SSOAdminClient;
  readonly arn: string;
  readonly signal: AbortSignal;
  /** Told before each page of a list; what it throws ends the list. */
  readonly spend?: () => void;
}

export const AccountId = z.string().regex(/^\d{12}$/);
const SetArn = z.string().regex(/^arn:[\w-]+:sso:::permissionSet\/[\w.-]+\/ps-[\w.-]+$/);
const KINDS = { USER: "user", GROUP: "group" } as const;
const Row = z
  .object({
    AccountId,
    PermissionSetArn: SetArn,
    PrincipalId: Id,
    PrincipalType: z.enum(["USER", "GROUP"]).transform((type) => KINDS[type]),
  })
  .transform((row) => ({
    account: row.AccountId,
    set: row.PermissionSetArn,
    principal: { kind: row.PrincipalType, id: row.PrincipalId },
  }));
/** A permission set, by its ARN, in an account, and to whom it is assigned. */
export type Assignment = Readonly<z.output<typeof Row>>;
const Rows = z.object({ AccountAssignments: z.array(Row) }).transform((page) => page.AccountAssignments);

const PAGE_SIZE = 100;
const ELSEWHERE =
  "run this in the management account, or in the delegated administrator's account of IAM Identity Center";

/** Of a user also those of their groups. Right `sso:ListAccountAssignmentsForPrincipal`. */
export const assignmentsOf = (at: Instance, { id, kind }: Principal): Promise<readonly Assignment[]> =>
  everyPage(
    paginateListAccountAssignmentsForPrincipal(
      ...inputOn(at, { PrincipalId: id, PrincipalType: PRINCIPAL_TYPES[kind] }),
    ),
    Rows.refine((rows) => kind === "user" || rows.every(({ principal }) => principal.id === id)),
    { at, action: "ListAccountAssignmentsForPrincipal" },
  );

/** Everybody's assignments of one permission set in one account. Right `sso:ListAccountAssignments`. */
export const assignmentsIn = (
  at: Instance,
  { set, account }: Pick<Assignment, "set" | "account">,
): Promise<readonly Assignment[]> =>
  everyPage(
    paginateListAccountAssignments(...inputOn(at, { PermissionSetArn: set, AccountId: account })),
    Rows,
    { at, action: "ListAccountAssignments" },
  );

/** ARNs of all permission sets. Right `sso:ListPermissionSets`. */
export const permissionSets = (at: Instance): Promise<readonly string[]> =>
  everyPage(
    paginateListPermissionSets(...inputOn(at, {})),
    z.object({ PermissionSets: z.array(SetArn) }).transform((page) => page.PermissionSets),
    { at, action: "ListPermissionSets" },
  );

/** Accounts in which a permission set is assigned. Right `sso:ListAccountsForProvisionedPermissionSet`. */
export const accountsWith = (at: Instance, set: string): Promise<readonly string[]> =>
  everyPage(
    paginateListAccountsForProvisionedPermissionSet(...inputOn(at, { PermissionSetArn: set })),
    z.object({ AccountIds: z.array(AccountId) }).transform((page) => page.AccountIds),
    { at, action: "ListAccountsForProvisionedPermissionSet" },
  );

const Described = z
  .object({ PermissionSet: z.object({ Name: z.string().min(1) }) })
  .transform(({ PermissionSet }) => ({ name: PermissionSet.Name }));

/** A permission set's name. Right `sso:DescribePermissionSet`. */
export async function describeSet(at: Instance, set: string): Promise<z.output<typeof Described>> {
  const action = "DescribePermissionSet";
  const command = new DescribePermissionSetCommand({ InstanceArn: at.arn, PermissionSetArn: set });
  try {
    const parsed = Described.safeParse(await at.client.send(command, { abortSignal: at.signal }));
    if (parsed.success) return parsed.data;
    throw oddAnswer(`sso:${action}`, parsed.error);
  } catch (error) {
    throw await instanceTrouble(error, { at, action });
  }
}

const Policies = z
  .object({ AttachedManagedPolicies: z.array(z.object({ Arn: z.string() })) })
  .transform((page) => page.AttachedManagedPolicies.map(({ Arn }) => Arn));
/** AWS's own, in any partition. */
const AWS_POLICY = /^arn:[\w-]+:iam::aws:policy\/(\w+)$/;

/** What a permission set's policies weigh. Right `sso:ListManagedPoliciesInPermissionSet`. */
export async function weightOf(at: Instance, set: string): Promise<Weight> {
  const attached = await everyPage(
    paginateListManagedPoliciesInPermissionSet(...inputOn(at, { PermissionSetArn: set })),
    Policies,
    { at, action: "ListManagedPoliciesInPermissionSet" },
  );
  const names = new Set(attached.map((arn) => AWS_POLICY.exec(arn)?.[1]));
  if (names.has("AdministratorAccess")) return "administrator";
  return names.has("PowerUserAccess") ? "power" : "other";
}

const inputOn = <I extends object>({ client, arn, signal }: Instance, input: I) =>
  [{ client, pageSize: PAGE_SIZE }, { InstanceArn: arn, ...input }, { abortSignal: signal }] as const;

/** As many requests were made as somebody allowed. */
export class SpentError extends Error {
  override readonly name = "SpentError";
}

interface Asked {
  readonly at: Instance;
  readonly action: string;
}

async function everyPage<T>(
  pages: AsyncIterable<{ readonly NextToken?: string | undefined }>,
  Page: z.ZodType<readonly T[]>,
  asked: Asked,
): Promise<readonly T[]> {
  const all: T[] = [];
  const fresh = refuseRepeats(`what sso:${asked.action} answers`);
  const { spend = () => undefined } = asked.at;
  try {
    spend();
    for await (const page of pages) {
      fresh(page.NextToken);
      const parsed = Page.safeParse(page);
      if (!parsed.success) throw oddAnswer(`sso:${asked.action}`, parsed.error);
      for (const one of parsed.data) all.push(one);
      if (page.NextToken !== undefined) spend();
    }
    return all;
  } catch (error) {
    throw await instanceTrouble(error, asked);
  }
}

async function instanceTrouble(error: unknown, { at, action }: Asked): Promise<unknown> {
  if (error instanceof SpentError) return error;
  at.signal.throwIfAborted();
  const place = `IAM Identity Center in ${await at.client.config.region()}`;
  return accessTrouble(error, { action: `sso:${action}`, place, elsewhere: ELSEWHERE });
}
