/** What people and groups carry, in the core's tests. */
import type { Carried, Carries, Opening, Place } from "../../src/core/carries.ts";
import { targetId } from "../../src/core/model.ts";
import type { Existing, TargetId } from "../../src/core/model.ts";

const INSTANCE = "ssoins-1111222233334444";

/** A permission set in accounts of these names, assigned to whoever it is about. */
export const opening = (
  name: string,
  weight: Opening["weight"],
  ...accounts: readonly string[]
): Opening => ({
  ...{ via: "permission-set", name, weight },
  arn: `arn:aws:sso:::permissionSet/${INSTANCE}/ps-${name.toLowerCase()}`,
  accounts: accounts.map((account, at): Place => ({
    ...{ id: String(111_111_111_111 + at), name: account, direct: true, through: [] },
  })),
});

export const admin = (...accounts: readonly string[]): Opening =>
  opening("AdministratorAccess", "administrator", ...accounts);

export const carrying = (...opens: readonly Opening[]): Carried => ({ opens, whole: true });
export const UNKNOWN: Carried = { opens: [], whole: false };

/** Everybody carries nothing, but for those told, by their id. */
export const carries = (
  { users, groups }: Existing,
  told: Readonly<Record<string, Carried>> = {},
  notShown: Carries["notShown"] = [],
): Carries => ({
  of: new Map<TargetId, Carried>([
    ...[...users, ...groups].map(({ id }): [TargetId, Carried] => [id, carrying()]),
    ...Object.entries(told).map(([id, one]): [TargetId, Carried] => [targetId(id), one]),
  ]),
  notShown,
});

export const REFUSED = {
  what: "assignments",
  why: "AWS does not allow sso:ListAccountAssignmentsForPrincipal",
  todo: "allow it",
} as const;
