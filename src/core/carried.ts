/** Whose access a plan touches, and what is known of it. */
import type { Waiting } from "./approval.ts";
import { GROUP_NAMES, USER_NAMES } from "./attributes.ts";
import { byWeight } from "./carries.ts";
import type { Carried, Carries, Opening, Principal } from "./carries.ts";
import { KINDS, hasFact } from "./change.ts";
import type { Change } from "./change.ts";
import type { TargetId } from "./model.ts";
import { changesOf } from "./plan.ts";
import type { Plan } from "./plan.ts";

/** Whose access it is told with; nobody's where it makes no difference to any, or where nothing is there yet. */
function principalOf(change: Change, groups: Plan["groups"]): Principal | undefined {
  if (hasFact(change, "carries", "none")) return undefined;
  if (!hasFact(change, "carries", "group")) {
    const isTold = !hasFact(change, "carries", "identity") || isAnother(change);
    return isTold ? { kind: hasFact(change, "of", "user") ? "user" : "group", id: change.id } : undefined;
  }
  const id = change.kind === "members.add" ? groups.get(change.group.externalId) : change.group.id;
  // Whoever is revoked is told with their own access, and so is a group.
  const isOwn = change.kind === "members.add" || change.users.some(({ because }) => because === "left");
  return id === undefined || !isOwn ? undefined : { kind: "group", id };
}

/** Whether the object is called otherwise afterwards, or is somebody else's. */
const isAnother = ({ patch, cause }: Extract<Change, { readonly patch: object }>): boolean =>
  cause !== "parked" &&
  cause !== "moved-aside" &&
  ["externalId", ...USER_NAMES, ...GROUP_NAMES].some((attribute) => attribute in patch);

/** Everybody whose access is told with a plan and with what waits, each once: what is deleted first. */
export function principalsIn(plan: Plan, waiting: readonly Waiting[]): readonly Principal[] {
  const changes = changesOf(plan);
  const inOrder = [
    ...changes.filter(({ kind }) => KINDS[kind].takesAway === "object"),
    ...changes.filter((change) => hasFact(change, "of", "membership")),
    ...changes,
  ];
  const found = new Map<TargetId, Principal>();
  const put = (one: Principal | undefined): void => void (one && found.set(one.id, one));
  for (const change of inOrder) put(principalOf(change, plan.groups));
  for (const { about } of waiting)
    if (about?.target !== undefined) put({ kind: about.kind, id: about.target });
  return [...found.values()];
}

/** What is known of the access that a change is about. */
export function accessIn(change: Change, groups: Plan["groups"], { of }: Carries): Carried | undefined {
  const principal = principalOf(change, groups);
  return principal && of.get(principal.id);
}

/** Whether it is known to open something. */
export const opensAnything = (id: TargetId, { of }: Carries): boolean => of.get(id)?.opens[0] !== undefined;

/** What waits, with what whoever it is about carries. */
export const withCarried = (waiting: readonly Waiting[], { of }: Carries): readonly Waiting[] =>
  waiting.map((wait) => {
    const carried = wait.about?.target && of.get(wait.about.target);
    return carried === undefined || wait.kind === "carries" ? wait : { ...wait, carried };
  });

/** Who carries more stands before who carries less; what each opens is sorted already. */
export function heaviestFirst([one]: readonly Opening[], [other]: readonly Opening[]): number {
  if (one === undefined || other === undefined)
    return Number(one === undefined) - Number(other === undefined);
  return byWeight(one.weight, other.weight);
}
