/** What becomes of groups. */
import type { ExistingGroup, SourceGroup } from "../../src/core/model.ts";
import { atName, isOurs, linkedTo, low, whose } from "./claims.ts";
import type { Scope } from "./scope.ts";
import type { People } from "./users.ts";
import { NEW, type Question, type Team, type Verdict } from "./verdict.ts";

/** Ids in AWS of groups that are ours, or that an administrator's group takes over, or waits to. */
export function decidedAbout(question: Question, scope: Scope): ReadonlySet<string> {
  const room = setting(question, scope);
  const { owned, waiting } = takeOver(room);
  const byUsers = [...room.wishes.keys()]
    .filter(({ id, adminCreated }) => !adminCreated && !room.links.has(id))
    .flatMap((group) => namedLike(group, room, new Set(room.links.values()))?.id ?? []);
  return new Set([...owned.values()].map(({ id }): string => id))
    .union(waiting)
    .difference(new Set<string>(byUsers));
}

function setting(question: Question, scope: Scope): Setting {
  const links = new Map(
    scope.counted.flatMap((group) => {
      const own = linkedTo(group.id, question.existing.groups);
      return own === undefined ? [] : [[group.id as string, own] as const];
    }),
  );
  return { question, scope, links, wishes: wishesOf(scope, links) };
}

/** What the parts of the verdict share. */
interface Setting {
  readonly question: Question;
  readonly scope: Scope;
  /** By Google id: linked before the run. */
  readonly links: ReadonlyMap<string, ExistingGroup>;
  /** The name that each group that counts is to have; without one it is not made. */
  readonly wishes: ReadonlyMap<SourceGroup, string>;
}

interface Room extends Setting {
  readonly people: People;
}

export function judgeGroups(
  question: Question,
  scope: Scope,
  people: People,
): Pick<Verdict, "groups" | "waiting" | "untouched" | "revoked"> {
  const room: Room = { ...setting(question, scope), people };
  const { owned, waiting } = takeOver(room);
  const taken = new Set<string>([...owned.values()].map(({ id }) => id));
  const goes = (group: ExistingGroup): boolean =>
    !taken.has(group.id) && isOurs(group) && !scope.out.has(group.id);
  const all = question.existing.groups;
  const revoked = new Set<string>(all.filter(goes).map(({ id }) => id));
  const untouched = new Set<string>(all.map(({ id }) => id)).difference(taken).difference(revoked);
  const groups = endOf(room, owned, untouched);
  for (const [id, { id: at }] of owned)
    if (!groups.has(id)) {
      revoked.add(at);
      waiting.add(at);
    }
  return { groups, waiting, untouched, revoked };
}

const rivalsOf = (name: string, { counted, nameOf }: Scope): readonly SourceGroup[] =>
  counted.filter((other) => low(nameOf(other)) === low(name));

/** Of several that want one name, the only linked one gets it; whoever is linked keeps a name in any case. */
function wishesOf(scope: Scope, links: Room["links"]): Room["wishes"] {
  const wishes = new Map<SourceGroup, string>();
  for (const group of scope.counted) {
    const name = scope.nameOf(group);
    const rivals = rivalsOf(name, scope);
    const owners = rivals.filter(({ id }) => links.has(id));
    const own = links.get(group.id);
    const isMine = rivals.length === 1 || (owners.length === 1 && own !== undefined);
    if (name !== "" && isMine) wishes.set(group, name);
    else if (own !== undefined) wishes.set(group, own.name);
  }
  return wishes;
}

// ---------------------------------------------------------------- hand-overs and adoptions

interface Owners {
  /** By Google id: linked before the run or by it. */
  readonly owned: Map<string, ExistingGroup>;
  readonly waiting: Set<string>;
}

function takeOver(room: Setting): Owners {
  const { links, wishes, scope, question } = room;
  const linked = new Set(links.values());
  const owned = new Map(links);
  const waiting = new Set<string>();
  for (const group of [...wishes.keys()].filter(({ id }) => !links.has(id))) {
    const named = namedLike(group, room, linked);
    if (named === undefined || scope.out.has(named.id)) continue;
    const fate = atName(named, question.rules);
    if (fate === "in the way") continue;
    // A name is no authority: whatever is taken over, somebody has to approve.
    if (question.approved) owned.set(group.id, named);
    else waiting.add(named.id);
  }
  return { owned, waiting };
}

const namedLike = (
  group: SourceGroup,
  { scope, question }: Setting,
  linked: ReadonlySet<ExistingGroup>,
): ExistingGroup | undefined =>
  question.existing.groups.find((one) => low(one.name) === low(scope.nameOf(group)) && !linked.has(one));

// ---------------------------------------------------------------- names and members

function endOf(room: Room, owned: Owners["owned"], untouched: ReadonlySet<string>): Map<string, Team> {
  const linked = new Set(room.links.values());
  const isMade = (group: SourceGroup): boolean =>
    !room.links.has(group.id) && namedLike(group, room, linked) === undefined;
  const settled = [...room.wishes.keys()].filter((group) => isMade(group) || owned.has(group.id));
  const blocked = blockedGroups(settled, room, owned, untouched);
  const groups = new Map<string, Team>();
  for (const group of settled) {
    const own = owned.get(group.id);
    const name = room.wishes.get(group) ?? "";
    const isBlocked = blocked.has(group.id);
    if (own === undefined && isBlocked) continue;
    const isOther = own !== undefined && low(own.name) !== low(name);
    const isBack = own !== undefined && whose(own).of === group.id && whose(own).kind === "marked";
    if (isBlocked && isOther && isBack) continue;
    const kept = isBlocked && own !== undefined ? own.name : name;
    groups.set(group.id, { id: own?.id ?? NEW, name: kept, members: membersOf(group, own, room) });
  }
  return groups;
}

/** Whoever keeps a name for good stands in the way of others, and counts as settled. */
function blockedGroups(
  settled: readonly SourceGroup[],
  { wishes, question }: Room,
  owned: Owners["owned"],
  untouched: ReadonlySet<string>,
): ReadonlySet<string> {
  const fixed = question.existing.groups.filter(({ id }) => untouched.has(id));
  const blocked = new Set<string>();
  for (let more = true; more;) {
    more = false;
    for (const group of settled.filter(({ id }) => !blocked.has(id))) {
      const own = owned.get(group.id);
      const name = low(wishes.get(group) ?? "");
      const stays = own !== undefined && low(own.name) === name;
      if (!stays && !fixed.some((other) => low(other.name) === name)) continue;
      blocked.add(group.id);
      if (own !== undefined) fixed.push(own);
      more = true;
    }
  }
  return blocked;
}

/** Who is none of ours stays; who comes is there or new; who is blocked and was in it stays. */
function membersOf(
  group: SourceGroup,
  own: ExistingGroup | undefined,
  { scope, people }: Room,
): ReadonlySet<string> {
  const stay = [...(own?.members ?? [])].filter((id) => people.untouched.has(id));
  const come = [...scope.members(group)].filter(people.eligible).flatMap((id) => {
    const at = people.present.get(id);
    if (at !== undefined) return at === NEW ? [`${NEW} ${id}`] : [at];
    const before = people.paired.get(id);
    return before !== undefined && own?.members.has(before.id) === true ? [before.id] : [];
  });
  return new Set([...stay, ...come]);
}
