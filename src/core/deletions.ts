/** Who is due for deletion, and carries access that would be lost for good: an assignment hangs on an id. */
import { approvalId } from "./approval.ts";
import type { Waiting } from "./approval.ts";
import { carriesNothing } from "./carries.ts";
import type { Carried, Carries, Place, Principal } from "./carries.ts";
import { hasFact } from "./change.ts";
import type { ChangeWith } from "./change.ts";
import { isOurGroup, ownName } from "./mark.ts";
import type { ExistingGroup, TargetId } from "./model.ts";
import { changesOf } from "./plan.ts";
import type { Plan, Situation } from "./plan.ts";
import type { WaitReason } from "./reason.ts";
import { refOf } from "./ref.ts";

type Deletion = ChangeWith<"takesAway", "object">;

interface Guarded {
  /** What an approval of each would name, whether it waits or not. */
  readonly offers: readonly string[];
  readonly waiting: readonly Waiting[];
  /** What is not deleted meanwhile. */
  readonly deletions: ReadonlySet<TargetId>;
}

/**
 * The groups of others in which somebody is who is due: AWS may tell of a user what is their own alone, and what such a
 * group opens is lost with the user, too.
 */
export function groupsOfTheDue(plan: Plan, { existing }: Pick<Situation, "existing">): readonly Principal[] {
  const due = new Set(
    changesOf(plan).flatMap((change) => (change.kind === "user.delete" ? [change.id] : [])),
  );
  return existing.groups.flatMap((group) =>
    isOurGroup(group) || group.members.isDisjointFrom(due) ? [] : [{ kind: "group", id: group.id }],
  );
}

/** The deletions of a plan that wait: of what still carries something, and of what nobody can say it does not. */
export function guardDeletions(plan: Plan, { approvals, carries, existing }: Situation): Guarded {
  // Whoever is deleted is out of all of these by then.
  const ours = new Set(existing.groups.filter(isOurGroup).map(({ id }) => id));
  const others = existing.groups.filter(({ id }) => !ours.has(id));
  const all = changesOf(plan)
    .filter((change) => hasFact(change, "takesAway", "object"))
    .map((change) => {
      const deed = [change.id, ownName(change.before)];
      return {
        change,
        id: approvalId("carries", deed, approvals.digest),
        reason: obstacleTo(change, ours, others, carries),
      };
    });
  const kept = all.flatMap(({ change, id, reason }) =>
    reason === undefined || approvals.given.has(id) ? [] : [{ change, id, reason }],
  );
  return {
    offers: all.map(({ id }) => id),
    waiting: kept.map(({ change, id, reason }) => ({ id, kind: "carries", about: refOf(change), reason })),
    deletions: new Set(kept.map(({ change }) => change.id)),
  };
}

/** What is carried without these groups. */
function withoutThese(ours: ReadonlySet<TargetId>, { opens, whole }: Carried): Carried {
  const isLeft = ({ direct, through }: Place): boolean => direct || through.some((id) => !ours.has(id));
  const left = opens.map((opening) => ({ ...opening, accounts: opening.accounts.filter(isLeft) }));
  return { opens: left.filter(({ accounts }) => accounts.length > 0), whole };
}

/** With what these groups carry, in which the user is. */
function alsoThrough(groups: readonly ExistingGroup[], { opens, whole }: Carried, { of }: Carries): Carried {
  const told = new Set(opens.map(({ arn }) => arn));
  const more = groups.flatMap((group) =>
    (of.get(group.id)?.opens ?? []).map((opening) => ({
      ...opening,
      accounts: opening.accounts.map((place) => ({ ...place, direct: false, through: [group.id] })),
    })),
  );
  return {
    opens: [...opens, ...more.filter(({ arn }) => !told.has(arn))],
    whole: whole && groups.every(({ id }) => of.get(id)?.whole === true),
  };
}

function obstacleTo(
  { id }: Deletion,
  ours: ReadonlySet<TargetId>,
  others: readonly ExistingGroup[],
  carries: Carries,
): WaitReason | undefined {
  const { of, notShown } = carries;
  const known = of.get(id);
  const behind = others.filter(({ members }) => members.has(id));
  const carried = known && alsoThrough(behind, withoutThese(ours, known), carries);
  if (carriesNothing(carried)) return undefined;
  if (carried !== undefined && carried.opens.length > 0) return { code: "still-carries", carried };
  const { why, todo } = notShown.find(({ what }) => what !== "permission-sets") ?? NOT_ASKED;
  return { code: "carries-unknown", why, todo };
}

const NOT_ASKED = { why: "AWS was not asked what it carries", todo: "" };
