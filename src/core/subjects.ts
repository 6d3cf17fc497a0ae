/** What of a plan is decided as a whole, and can be approved: each has one id, whatever it waits for. */
import { approvalId } from "./approval.ts";
import { opensAnything } from "./carried.ts";
import type { Waiting } from "./approval.ts";
import { hasFact, isRetirement, takesAccess } from "./change.ts";
import type { Change, ChangeWith, Known, Leaver, Named } from "./change.ts";
import { groupClaim, sourceOf, userClaim } from "./mark.ts";
import { changesOf } from "./plan.ts";
import type { Plan, Situation } from "./plan.ts";
import { partyRef, refOf } from "./ref.ts";
import { sameName } from "./names.ts";
import { isParked } from "./renames.ts";
import type { Ref } from "./ref.ts";
import type { Budget, ExistingGroup, SourceId, TargetId } from "./model.ts";

export type SubjectKind =
  | "user"
  | "group"
  | "user-rename"
  | "rename"
  | "new-group"
  | "removals"
  | "additions";

/** A user, a group's retirement or its rename, a new group, one group's removals or its additions. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
  readonly about: Ref;
  /** The object it is about, in the target where it is there. */
  readonly object: SourceId | TargetId;
  /** What of it counts: the object itself, or the people of one group. */
  readonly counts: readonly Party[];
  /** User names of those who would get in by it, or be out. */
  readonly who: readonly string[];
}

interface Party {
  readonly id: SourceId | TargetId;
  readonly label: string;
}

interface Facts {
  /** What it waits as, unless something more special holds it. */
  readonly waitsAs: Waiting["kind"];
  readonly budget: Exclude<Budget, "leavers" | "shrink">;
}

/** What each kind of subject waits as, and what it counts against; removals of members count in their group as well. */
export const SUBJECTS = {
  user: { waitsAs: "removals", budget: "users" },
  group: { waitsAs: "removals", budget: "groups" },
  "user-rename": { waitsAs: "renames", budget: "users" },
  rename: { waitsAs: "renames", budget: "groups" },
  "new-group": { waitsAs: "new-groups", budget: "newGroups" },
  removals: { waitsAs: "removals", budget: "memberships" },
  additions: { waitsAs: "growth", budget: "growth" },
} as const satisfies Readonly<Record<SubjectKind, Facts>>;

/** What tells subjects of one plan apart. */
export const subjectKey = ({ kind, object }: Pick<Subject, "kind" | "object">): string => `${kind} ${object}`;

/** What of each change counts against a budget: a subject, or a part of one. */
export function countedParts(plan: Plan, situation: Situation): ReadonlyMap<Change, Part> {
  const context = contextOf(plan, situation);
  const parts = new Map<Change, Part>();
  for (const change of changesOf(plan)) {
    const part = countedPart(change, context);
    if (part !== undefined) parts.set(change, part);
  }
  return parts;
}

/** Everything in the plan that counts against a budget. */
export function subjectsOf(plan: Plan, situation: Situation): readonly Subject[] {
  const { digest } = situation.approvals;
  return bySubject(countedParts(plan, situation).values()).map(({ deed, ...subject }) => {
    const parts = [subject.kind, ...deed, ...subject.counts.map(({ id }) => id)];
    return { ...subject, id: approvalId(SUBJECTS[subject.kind].waitsAs, parts, digest) };
  });
}

/** Parts of one subject are one. */
export function bySubject(parts: Iterable<Part>): readonly Part[] {
  const whole = new Map<string, Part>();
  for (const part of parts) {
    const before = whole.get(subjectKey(part));
    whole.set(subjectKey(part), before === undefined ? part : joined(before, part));
  }
  return [...whole.values()];
}

/** A subject with what else of it makes its id. */
export type Part = Omit<Subject, "id"> & { readonly deed: readonly string[] };

const joined = (one: Part, other: Part): Part => ({
  ...one,
  counts: [...one.counts, ...other.counts],
  deed: [...one.deed, ...other.deed],
  who: [...one.who, ...other.who],
});

interface Context {
  readonly revoked: ReadonlySet<TargetId>;
  /** User names of those whom the plan takes out of each group. */
  readonly leaving: ReadonlyMap<TargetId, readonly string[]>;
  /** Disabled users: their memberships open nothing. */
  readonly off: ReadonlySet<TargetId>;
  readonly groups: ReadonlyMap<TargetId, ExistingGroup>;
  readonly linked: ReadonlyMap<SourceId, ExistingGroup>;
  /** Groups that may gain members as they like. */
  readonly free: ReadonlySet<SourceId>;
  /** Groups that are adopted, which was approved with whoever is out by that. */
  readonly adopted: ReadonlySet<TargetId>;
  /** Whose names those wait for who lost theirs for a moment: nothing holds that. */
  readonly awaited: ReadonlySet<TargetId>;
  /** Whether the making of a group counts. */
  readonly isCounted: (group: SourceId) => boolean;
}

/** Groups that a user made, where GROUPS_CREATED_BY wants an administrator. */
export function waitingMakers({ rules, scoped: { groups } }: Situation): ReadonlySet<SourceId> {
  const byUsers = groups.onlyDesired.filter(({ adminCreated }) => !adminCreated);
  return new Set(
    rules.groupsCreatedBy === "administrators" ? byUsers.map(({ externalId }) => externalId) : [],
  );
}

/** A company makes everything new on its first day. */
const isFirstDay = ({ existing, now }: Situation): boolean =>
  !existing.groups.some((group) => groupClaim(group.externalId).kind === "managed" && !isYoung(group, now));

function contextOf(plan: Plan, situation: Situation): Context {
  const { existing, scoped, now, carries } = situation;
  const { groups } = scoped;
  const [first, makers] = [isFirstDay(situation), waitingMakers(situation)];
  const pairs = [...groups.pairs, ...groups.handOvers];
  // What was taken over was approved with its members. What carries access is braked however young it is.
  const free = pairs.filter(
    ({ how, existing: at }) =>
      (how !== "linked" && how !== "restored") || (isYoung(at, now) && !opensAnything(at.id, carries)),
  );
  const takes = changesOf(plan).filter((change) => change.kind === "members.remove");
  return {
    leaving: new Map(
      [...Map.groupBy(takes, ({ group }) => group.id)].map(([id, some]) => [id, some.flatMap(labelsOf)]),
    ),
    revoked: revokedBy(changesOf(plan)),
    off: new Set(existing.users.filter(({ active }) => !active).map(({ id }) => id)),
    groups: new Map(existing.groups.map((group) => [group.id, group])),
    linked: new Map(pairs.map(({ desired, existing: at }) => [desired.externalId, at])),
    free: new Set(free.map(({ desired }) => desired.externalId)),
    adopted: new Set(pairs.flatMap(({ how, existing: at }) => (how === "adopted" ? [at.id] : []))),
    awaited: awaitedByParked(changesOf(plan)),
    isCounted: (group) => !first || makers.has(group),
  };
}

/** One that a cut run parked in a ring of names gets one only when the others move on. */
function awaitedByParked(changes: readonly Change[]): ReadonlySet<TargetId> {
  const moves = new Map(changes.flatMap((change) => ("patch" in change ? [[change.id, change]] : [])));
  const found = new Set([...moves.values()].flatMap((change) => (wasParked(change) ? change.needs : [])));
  for (const id of found) for (const other of moves.get(id)?.needs ?? []) found.add(other);
  return found;
}

const wasParked = ({ before, id }: Patched): boolean =>
  isParked("userName" in before ? before.userName : before.name, { id });

type Patched = Extract<Change, { readonly patch: object }>;

const labelsOf = ({ users }: { readonly users: readonly Leaver[] }): readonly string[] =>
  users.map(({ label }) => label);

function countedPart(change: Change, context: Context): Part | undefined {
  if (hasFact(change, "limit", "users")) return userPart(change);
  if (hasFact(change, "limit", "groups")) return retirementPart(change, context);
  if (hasFact(change, "limit", "memberships")) return removalsPart(change, context);
  switch (change.kind) {
    case "group.update":
      return renamePart(change, context);
    case "group.create":
      return creationPart(change.group, change.members, 1, context);
    case "members.add":
      return additionsPart(change, context);
    case "user.update":
    case "user.enable":
      return userRenamePart(change, context);
    case "user.create":
    case "user.manager":
    case "user.restore":
    case "user.delete":
    case "group.restore":
    case "group.delete":
      return undefined;
    default:
      return change satisfies never;
  }
}

function userPart(change: ChangeWith<"limit", "users">): Part | undefined {
  // Whoever was enabled again after the mark has nothing that anybody gave them.
  if (!takesAccess(change) || change.cause === "marked") return undefined;
  const { id, before } = change;
  const deed = [sourceOf(userClaim(before.externalId)) ?? ""];
  const counts = [{ id, label: before.userName }];
  return { kind: "user", object: id, about: refOf(change), counts, who: [], deed };
}

/** Another user name is another way to sign in; but whose address it is, and who has another one now, only follows it. */
function userRenamePart(
  change: Extract<Change, { readonly kind: "user.update" | "user.enable" }>,
  { awaited }: Context,
): Part | undefined {
  const { id, before, patch, cause } = change;
  const { userName, email } = patch;
  if (userName === undefined || cause !== "differs" || wasParked(change) || awaited.has(id)) return undefined;
  if (email !== undefined && sameName(userName, email) && sameName(before.userName, before.email))
    return undefined;
  const deed = [before.externalId, `from ${before.userName}`, `to ${userName}`];
  const counts = [{ id, label: userName }];
  return { kind: "user-rename", object: id, about: refOf(change), counts, who: [userName], deed };
}

function retirementPart(change: ChangeWith<"limit", "groups">, { groups, leaving }: Context): Part {
  const { id, before } = change;
  const deed = [sourceOf(groupClaim(before.externalId)) ?? "", ...(groups.get(id)?.members ?? [])];
  const [counts, who] = [[{ id, label: before.name }], leaving.get(id) ?? []];
  return { kind: "group", object: id, about: refOf(change), counts, who, deed };
}

function renamePart(
  change: Extract<Change, { readonly kind: "group.update" }>,
  { awaited }: Context,
): Part | undefined {
  const { id, before, patch, cause } = change;
  if (patch.name === undefined || cause !== "differs" || wasParked(change) || awaited.has(id))
    return undefined;
  // There and back are two deeds.
  const deed = [before.externalId, `from ${before.name}`, `to ${patch.name}`];
  const counts = [{ id, label: patch.name }];
  return { kind: "rename", object: id, about: refOf(change), counts, who: [patch.name], deed };
}

function creationPart(
  { externalId, label }: Named,
  members: readonly Named[],
  size: 0 | 1,
  { isCounted }: Context,
): Part | undefined {
  if (!isCounted(externalId)) return undefined;
  const about: Ref = { kind: "group", source: externalId, label };
  const counts = size === 0 ? [] : [{ id: externalId, label }];
  return {
    ...{ kind: "new-group", object: externalId, about, counts },
    who: members.map((member) => member.label),
    deed: members.map((member) => member.externalId),
  };
}

function removalsPart(
  { group, users }: ChangeWith<"limit", "memberships">,
  { revoked, off, adopted }: Context,
): Part | undefined {
  if (adopted.has(group.id)) return undefined;
  const counts = users.filter((user) => !goesAlong(group, user, revoked) && !off.has(user.id));
  if (counts.length === 0) return undefined;
  const deed = [group.id, sourceOf(groupClaim(group.externalId)) ?? ""];
  const who = counts.map(({ label }) => label);
  return { kind: "removals", object: group.id, about: partyRef("group", group), counts, who, deed };
}

function additionsPart(
  { group, users }: Extract<Change, { readonly kind: "members.add" }>,
  context: Context,
): Part | undefined {
  const { linked, free } = context;
  const there = linked.get(group.externalId);
  if (there === undefined) return creationPart(group, users, 0, context);
  if (free.has(group.externalId)) return undefined;
  const about: Ref = { kind: "group", source: group.externalId, target: there.id, label: group.label };
  const counts = users.map(({ externalId: id, label }) => ({ id, label }));
  const who = users.map(({ label }) => label);
  return { kind: "additions", object: there.id, about, counts, who, deed: [there.id, group.externalId] };
}

const DAY_MS = 86_400_000;

/** Whether the target says that it is younger than a day: an age that it does not tell is no number, and so not less. */
export const isYoung = ({ createdAt }: { readonly createdAt: string }, now: string): boolean =>
  Date.parse(now) - Date.parse(createdAt) < DAY_MS;

/** The users and groups that a plan revokes. */
export const revokedBy = (changes: readonly Change[]): ReadonlySet<TargetId> =>
  new Set(changes.flatMap((change) => (isRetirement(change) ? [change.id] : [])));

/** Whether a membership goes along with its user or its group, which this plan revokes or an earlier run revoked. */
export function goesAlong(group: Known, leaver: Leaver, revoked: ReadonlySet<TargetId>): boolean {
  switch (leaver.because) {
    case "left":
      return false;
    case "user-revoked":
      return revoked.has(leaver.id) || userClaim(leaver.externalId).kind === "marked";
    case "group-revoked":
      return revoked.has(group.id) || groupClaim(group.externalId).kind === "marked";
    default:
      return leaver.because satisfies never;
  }
}
