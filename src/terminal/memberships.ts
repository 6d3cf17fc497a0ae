import { number } from "../core/count.ts";
import type { Change, Known, Leaver, Named } from "../core/change.ts";
import { describe } from "../core/words.ts";
import type { Plan } from "../core/plan.ts";
import { some } from "./entries.ts";
import { dim, short, strong } from "./text.ts";
import type { Line } from "./text.ts";

/** What happens to the members of one group. */
export interface GroupMembers {
  readonly label: string;
  readonly joining: readonly Named[];
  /** Each with the reason. Who loses everything, or the whole group, is told with that user or group. */
  readonly leaving: readonly { readonly label: string; readonly reason: string }[];
}

type Remove = Extract<Change, { readonly kind: "members.remove" }>;

/** By group, in the order of their names: additions to groups that exist, and members taken out by themselves. */
export function memberships(changes: readonly Change[], groups: Plan["groups"]): readonly GroupMembers[] {
  const made = newMembersOf(changes);
  const found = new Map<string, GroupMembers>();
  const put = (party: Named | Known, more: Omit<GroupMembers, "label">): void => {
    const key = "id" in party ? party.id : (groups.get(party.externalId) ?? party.externalId);
    const { label, joining, leaving } = found.get(key) ?? { label: party.label, joining: [], leaving: [] };
    if (more.joining.length + more.leaving.length === 0) return;
    found.set(key, {
      label,
      joining: [...joining, ...more.joining],
      leaving: [...leaving, ...more.leaving],
    });
  };
  for (const change of changes) {
    if (change.kind === "members.add" && !made.has(change.group.externalId)) {
      put(change.group, { joining: change.users, leaving: [] });
    }
    if (change.kind === "members.remove") put(change.group, { joining: [], leaving: leavers(change) });
  }
  return [...found.values()].toSorted((one, other) => (one.label < other.label ? -1 : 1));
}

function leavers(change: Remove): GroupMembers["leaving"] {
  const own = change.users.filter((user) => user.because === "left");
  return own.map((user) => ({ label: user.label, reason: reasonOf(change, user) }));
}

const reasonOf = (change: Remove, user: Leaver): string => describe({ ...change, users: [user] }).reason;

/** Who will be in each new group, by its Google id. */
export function newMembersOf(changes: readonly Change[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const change of changes) {
    if (change.kind === "group.create") found.set(change.group.externalId, labels(change.members));
  }
  for (const change of changes) {
    if (change.kind !== "members.add") continue;
    const { externalId } = change.group;
    const known = found.get(externalId);
    if (known !== undefined) found.set(externalId, [...known, ...labels(change.users)]);
  }
  return found;
}

const labels = (parties: readonly Named[]): readonly string[] => parties.map(({ label }) => label);

/** Of revoked users the groups, of revoked groups the members, by the target's id. */
export function lossesOf(changes: readonly Change[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const put = (id: string, label: string): void => void found.set(id, [...(found.get(id) ?? []), label]);
  for (const change of changes) {
    if (change.kind !== "members.remove") continue;
    for (const user of change.users) {
      if (user.because === "user-revoked") put(user.id, change.group.label);
      if (user.because === "group-revoked") put(change.group.id, user.label);
    }
  }
  return found;
}

/** Names that are shown of each group: who loses something is worth a line each. */
const MOST_LEAVING = 20;

export function membershipLines(
  { label, joining, leaving }: GroupMembers,
  verbose: boolean,
): readonly Line[] {
  const names = joining.map((user) => user.label);
  const gone = verbose ? leaving : leaving.slice(0, MOST_LEAVING);
  const rest = leaving.length - gone.length;
  return [
    ["  ", strong(short(label)), ...tally(joining.length, leaving.length)],
    ...(verbose || names.length < 2 ? names.map(short) : [some(names)]).map((text): Line => [
      "    ",
      { text: "+ ", style: "add" },
      text,
    ]),
    ...gone.map((user): Line => [
      "    ",
      { text: "- ", style: "remove" },
      short(user.label),
      dim(`: ${user.reason}`),
    ]),
    ...(rest > 0 ? [["    ", { text: "- ", style: "remove" }, `… and ${number(rest)} more`] as Line] : []),
  ];
}

function tally(joining: number, leaving: number): Line {
  const parts = [
    ...(joining === 0 ? [] : [`+${number(joining)}`]),
    ...(leaving === 0 ? [] : [`-${number(leaving)}`]),
  ];
  return [dim(` ${parts.join(" ")}`)];
}
