/** The climb: from somebody up to every group that holds them, by other questions than the listings answer. */
import type { SourceGroup, SourceId } from "../core/model.ts";
import { isUnsure } from "../google/witness.ts";
import type { Unsure, Witness } from "../google/witness.ts";

/** What lies above somebody as Google's index has it: no step is confirmed yet. */
interface Above {
  readonly groups: readonly SourceGroup[];
  /** By a group, what it is said to have as a member. */
  readonly below: ReadonlyMap<SourceId, readonly SourceId[]>;
  /** Where a way begins: with a row of their own, or with the row that means everybody. */
  readonly starts: ReadonlySet<SourceId>;
  /** The first question that Google did not answer. */
  readonly doubt: Unsure | undefined;
}

/**
 * Whether a way leads from a user up to a group that is an end, through groups of this account: those that have the user
 * as a member, those that have these, until nothing new comes. `Unsure` where no way is found and something went unsaid.
 */
export async function isWayUp(
  user: SourceId,
  isEnd: (group: SourceGroup) => Promise<boolean | Unsure>,
  witness: Witness,
): Promise<boolean | Unsure> {
  const above = await climb(user, witness);
  const ends = new Set<SourceId>();
  let { doubt } = above;
  for (const group of above.groups) {
    const judged = await isEnd(group);
    if (isUnsure(judged)) doubt ??= judged;
    else if (judged) ends.add(group.id);
  }
  const way = await isConfirmed(ends, above, witness);
  return way === false ? (doubt ?? false) : way;
}

async function climb(user: SourceId, witness: Witness): Promise<Above> {
  const everybody = await witness.everybody();
  const starts = new Set(isUnsure(everybody) ? [user] : [user, everybody]);
  let doubt = isUnsure(everybody) ? everybody : undefined;
  const groups = new Map<SourceId, SourceGroup>();
  const below = new Map<SourceId, SourceId[]>();
  // Facts B: a group is asked about by its address, everything else by its id.
  const keys = new Map<SourceId, string>([...starts].map((id) => [id, id]));
  // The index may have a group for hours after it was deleted, and is not asked about an account that is gone.
  const isGone = async (member: SourceId): Promise<boolean> => {
    if (member === user) return (await witness.userById(user)).state === "gone";
    return !starts.has(member) && (await witness.groupById(member)).state === "gone";
  };
  for (const [member, key] of keys) {
    const found = await witness.groupsWith(key);
    if (isUnsure(found)) {
      if (!(await isGone(member))) doubt ??= found;
      continue;
    }
    for (const group of found) {
      groups.set(group.id, group);
      keys.set(group.id, group.email);
      below.set(group.id, [...(below.get(group.id) ?? []), member]);
    }
  }
  return { groups: [...groups.values()], below, starts, doubt };
}

/** Whether a way from one of these groups down to a start holds, where each step is asked about by itself. */
async function isConfirmed(
  ends: Iterable<SourceId>,
  { below, starts }: Above,
  witness: Witness,
): Promise<boolean | Unsure> {
  const seen = new Set(ends);
  let doubt: Unsure | undefined;
  for (const group of seen) {
    for (const member of below.get(group) ?? []) {
      if (seen.has(member)) continue;
      const direct = await witness.directMember(group, member);
      if (isUnsure(direct)) doubt ??= direct;
      else if (direct && starts.has(member)) return true;
      else if (direct) seen.add(member);
    }
  }
  return doubt ?? false;
}
