/** Assignments that outlived whom they were made for: AWS keeps them, and shows an id that nobody has. */
import type { Principal } from "../core/carries.ts";
import type { TargetId } from "../core/model.ts";
import {
  accountsWith,
  assignmentsIn,
  permissionSets,
  SpentError,
  type Assignment,
  type Instance,
} from "./assignments.ts";

export interface Strays {
  readonly assignments: readonly Assignment[];
  /** Of so many permission sets so many were looked through; fewer where the requests were spent. */
  readonly looked: number;
  readonly of: number;
}

interface Looking {
  /** Who is known to be there. */
  readonly known: ReadonlySet<TargetId>;
  /** Asked about everybody else, once each: one request. */
  readonly isThere: (principal: Principal) => Promise<boolean>;
  readonly most: number;
}

/**
 * Looks through every permission set and account, with `most` requests at most. Needs the rights `sso:ListPermissionSets`, `sso:ListAccountsForProvisionedPermissionSet` and
 * `sso:ListAccountAssignments`. Throws a `TargetError`.
 */
export async function findStrays(instance: Instance, { known, isThere, most }: Looking): Promise<Strays> {
  let left = most;
  const spend = (): void => {
    if (left <= 0) throw new SpentError("All requests are spent.");
    left -= 1;
  };
  const at = { ...instance, spend };
  const found = new Map<TargetId, boolean>();
  const isGone = async (principal: Principal): Promise<boolean> => {
    if (known.has(principal.id)) return false;
    if (!found.has(principal.id)) {
      spend();
      found.set(principal.id, await isThere(principal));
    }
    return found.get(principal.id) === false;
  };
  const assignments: Assignment[] = [];
  let [looked, sets]: [number, readonly string[]] = [0, []];
  try {
    sets = await permissionSets(at);
    for (const set of sets) {
      for (const account of await accountsWith(at, set))
        for (const one of await assignmentsIn(at, { set, account }))
          if (await isGone(one.principal)) assignments.push(one);
      looked += 1;
    }
  } catch (error) {
    if (!(error instanceof SpentError)) throw error;
  }
  return { assignments, looked, of: sets.length };
}
