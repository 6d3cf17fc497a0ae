/**
 * Roles that account access manager gives to users and groups (API reference "AWS account access manager", August 2026).
 * AWS's own client for it does not exist for Node yet. Everything here throws a `TargetError`.
 */
import { z } from "zod";
import type { Principal } from "../core/carries.ts";
import type { TargetId } from "../core/model.ts";
import { accessTrouble, oddAnswer } from "./access-errors.ts";
import { AccountId } from "./assignments.ts";
import { Id } from "./ids.ts";
import { TargetError } from "./errors.ts";
import { refuseRepeats } from "./reading.ts";
import type { Post, Signed } from "./signed-post.ts";

const SERVICE = "account-access";
const HEADERS = { "content-type": "application/json" };

/** `endpoint`: another one than that of the Region. */
export const accountAccess = (region: string, endpoint: string | undefined): Signed => ({
  ...{ service: SERVICE, region },
  endpoint: endpoint ?? `https://${SERVICE}.${region}.api.aws`,
});

const token = z.string().nullish();
const Applications = z
  .object({ applications: z.array(z.object({ applicationArn: z.string().min(1) })), nextToken: token })
  .transform((page) => ({ rows: page.applications.map((one) => one.applicationArn), next: page.nextToken }));

/**
 * ARNs of the applications, which are none in a Region without that service: there is no host of its name. Right
 * `account-access:ListApplications`.
 */
export async function applications(post: Post, to: Signed): Promise<readonly string[]> {
  try {
    return await wholeList(post, to, {
      path: "/applications-list",
      action: "ListApplications",
      Page: Applications,
    });
  } catch (error) {
    if (error instanceof TargetError && error.code === "ENOTFOUND") return [];
    throw error;
  }
}

const Whose = z
  .union([z.object({ userId: Id }), z.object({ groupId: Id })])
  .transform((whose) => ("userId" in whose ? whose.userId : whose.groupId));
const Shown = z
  .object({
    entitlementId: z.string().min(1),
    entitlement: z.object({
      principalRole: z.object({
        principal: z.object({ identityCenter: Whose }),
        roleArn: z.string().regex(/^arn:[\w-]+:iam::\d{12}:role\/.+$/),
        account: AccountId,
        accountName: z.string().nullish().catch(undefined),
      }),
    }),
  })
  .transform(({ entitlementId: id, entitlement: { principalRole: given } }) => ({
    ...{ id, principal: given.principal.identityCenter, role: given.roleArn, account: given.account },
    accountName: given.accountName ?? undefined,
  }));
/** Its `principal` says whose it is: of those of a user, it may be a group's. */
export type Entitlement = z.output<typeof Shown> & { readonly application: string };

const Entitlements = z
  .object({ entitlements: z.array(Shown), nextToken: token })
  .transform((page) => ({ rows: page.entitlements, next: page.nextToken }));

/** Of a user maybe those of their groups too. Right `account-access:ListEntitlements`. */
export async function entitlementsOf(
  post: Post,
  to: Signed,
  { application, principal }: { readonly application: string; readonly principal: Principal },
): Promise<readonly Entitlement[]> {
  const identityCenter = principal.kind === "user" ? { userId: principal.id } : { groupId: principal.id };
  const isOwn = ({ principal: whose }: { readonly principal: TargetId }): boolean =>
    principal.kind === "user" || whose === principal.id;
  const rows = await wholeList(post, to, {
    path: "/entitlements-list",
    action: "ListEntitlements",
    Page: Entitlements.refine((page) => page.rows.every(isOwn)),
    input: { applicationArn: application, filter: { principalRole: { principal: { identityCenter } } } },
  });
  return rows.map((row) => ({ ...row, application }));
}

interface Listing<T> {
  readonly path: string;
  readonly action: string;
  readonly input?: object;
  readonly Page: z.ZodType<{ readonly rows: readonly T[]; readonly next: string | null | undefined }>;
}

async function wholeList<T>(post: Post, to: Signed, listing: Listing<T>): Promise<readonly T[]> {
  const { path, input = {}, Page } = listing;
  const action = `${SERVICE}:${listing.action}`;
  const fresh = refuseRepeats(`what ${action} answers`);
  const all: T[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const more = nextToken === undefined ? {} : { nextToken };
      const answer = await post(to, { path, headers: HEADERS, body: { ...input, maxResults: 100, ...more } });
      const parsed = Page.safeParse(answer);
      if (!parsed.success) throw oddAnswer(action, parsed.error);
      for (const row of parsed.data.rows) all.push(row);
      nextToken = parsed.data.next ?? undefined;
      fresh(nextToken);
    } while (nextToken !== undefined && nextToken !== "");
    return all;
  } catch (error) {
    throw accessTrouble(error, {
      ...{ action, place: `account access manager in ${to.region}` },
      elsewhere:
        "run this in the management account, or register this account as a delegated administrator of account-access.amazonaws.com",
    });
  }
}
