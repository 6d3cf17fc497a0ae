/** What a user or a group opens in AWS: the nouns, and how what is unknown differs from nothing. */
import type { TargetId } from "./model.ts";
import type { Ref } from "./ref.ts";
import type { Trouble } from "./trouble.ts";

/** A user or a group of the target, to whom something may be assigned. */
export interface Principal {
  readonly kind: Ref["kind"];
  readonly id: TargetId;
}

/**
 * How much an opening allows: a permission set with AWS's policy `AdministratorAccess`, or with `PowerUserAccess`.
 * `unknown`: a role, whose policies its own account keeps, or a permission set whose policies could not be read.
 */
export type Weight = "administrator" | "power" | "unknown" | "other";

const HEAVIEST_FIRST: readonly Weight[] = ["administrator", "power", "unknown", "other"];

/** Negative where the first opens more. */
export const byWeight = (one: Weight, other: Weight): number =>
  HEAVIEST_FIRST.indexOf(one) - HEAVIEST_FIRST.indexOf(other);

/** An account in which something is open. */
export interface Place {
  /** Twelve digits. */
  readonly id: string;
  /** Where it can be had. */
  readonly name?: string;
  /** Whether it is assigned to the principal; of a group always. */
  readonly direct: boolean;
  /** The groups through which a user has it, sorted; of a group always none. */
  readonly through: readonly TargetId[];
  /** By which account access manager gives a role to the principal. */
  readonly entitlement?: { readonly application: string; readonly id: string };
}

/** One thing that a principal may enter in AWS. */
export interface Opening {
  readonly via: "permission-set" | "role";
  /** The permission set's name, or the role's; the last part of the ARN where no name can be had. */
  readonly name: string;
  /** Of the permission set, or of the role. */
  readonly arn: string;
  readonly weight: Weight;
  /** Sorted by name, then by id; at least one. */
  readonly accounts: readonly Place[];
}

/** What a principal carries, as far as it could be read: only where that is `whole` does no opening mean none. */
export interface Carried {
  /** Sorted by weight, then by name. */
  readonly opens: readonly Opening[];
  readonly whole: boolean;
}

/**
 * What could not be read, and why. Without `assignments` or `entitlements` what is carried is not whole; without
 * `permission-sets` the names and the weight of some are missing.
 */
export interface NotShown extends Trouble {
  readonly what: "assignments" | "permission-sets" | "entitlements";
}

/** The answers to what was asked: each principal asked about is in `of`; each `what` at most once in `notShown`. */
export interface Carries {
  readonly of: ReadonlyMap<TargetId, Carried>;
  readonly notShown: readonly NotShown[];
}

/**
 * Asks what these carry. In one run each principal and each name is asked for once, however often this is called. What
 * AWS refuses, does not answer, or answers oddly is not shown, and never an error: it rejects only with the reason of
 * the run's own end. `progress` is told how many of these are known.
 */
export type AskCarries = (
  principals: readonly Principal[],
  progress?: (known: number) => void,
) => Promise<Carries>;

/** Where nothing was asked. */
export const NOTHING_ASKED: Carries = { of: new Map(), notShown: [] };

/** Whether it is sure that nothing is carried; whoever was never asked about may carry anything. */
export const carriesNothing = (carried: Carried | undefined): boolean =>
  carried !== undefined && carried.whole && carried.opens.length === 0;

/** What is assigned to the principal and not to a group of theirs: it stays when they leave every group. */
export const directOf = ({ opens }: Carried): readonly Opening[] =>
  opens.flatMap((opening) => {
    const accounts = opening.accounts.filter(({ direct }) => direct);
    return accounts.length === 0 ? [] : [{ ...opening, accounts }];
  });

/** What tells a permission set or a role from others, in its ARN. */
export const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** What AWS calls the kinds of principals. */
export const PRINCIPAL_TYPES = { user: "USER", group: "GROUP" } as const satisfies Readonly<
  Record<Principal["kind"], string>
>;

/** The instance of IAM Identity Center that a permission set belongs to, by its ARN. */
export const instanceOf = (permissionSet: string): string =>
  permissionSet.replace(/:permissionSet\/([^/]+)\/.*$/, ":instance/$1");
