/** The climb: from somebody up to every group that holds them, by other questions than the listings answer. */
import type { SourceGroup, SourceId } from "../core/model.ts";
import { isUnsure } from "../google/witness.ts";
import type { Unsure, Witness } from "../google/witness.ts";

/** What lies above somebody as Google's index has it: no step is confirmed yet. */
export interface Above {
  readonly groups: readonly SourceGroup[];
  /** By a group, what it is said to have as a member. */
  readonly below: ReadonlyMap<SourceId, readonly SourceId[]>;
  /** Where a way begins: with a row of their own, or with the row that means everybody. */
  readonly starts: ReadonlySet<SourceId>;
  /** The first question that Google did not answer. */
  readonly doubt: Unsure | undefined;
}

/** The groups that have this user as a member, the groups that have those, until nothing new comes. */
export async function climb(user: SourceId, witness: Witness): Promise<Above> {
  const everybody = await witness.everybody();
  const starts = new Set(isUnsure(everybody) ? [user] : [user, everybody]);
  let doubt = isUnsure(everybody) ? everybody : undefined;
  const groups = new Map<SourceId, SourceGroup>();
  const below = new Map<SourceId, SourceId[]>();
  // Facts B: a group is asked about by its address, everything else by its id.
  const keys = new Map<SourceId, string>([...starts].map((id) => [id, id]));
  for (const [member, key] of keys) {
    const found = await witness.groupsWith(key);
    if (isUnsure(found)) {
      if (starts.has(member) || !(await isGone(member, witness))) doubt ??= found;
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

/** The index may have a group for hours after it was deleted. */
const isGone = async (group: SourceId, witness: Witness): Promise<boolean> =>
  (await witness.groupById(group)).state === "gone";

/** Whether a way from one of these groups down to a start holds, where each step is asked about by itself. */
export async function isWayUp(
  ends: Iterable<SourceId>,
  { below, starts, doubt }: Above,
  witness: Witness,
): Promise<boolean | Unsure> {
  const seen = new Set(ends);
  let unanswered = doubt;
  for (const group of seen) {
    for (const member of below.get(group) ?? []) {
      if (seen.has(member)) continue;
      const direct = await witness.directMember(group, member);
      if (isUnsure(direct)) unanswered ??= direct;
      else if (direct && starts.has(member)) return true;
      else if (direct) seen.add(member);
    }
  }
  return unanswered ?? false;
}
