import type { Waiting } from "../approval.ts";
import type { SourceId, TargetId } from "../model.ts";
import { nameKey } from "../names.ts";
import { nestedIn } from "../nesting.ts";
import type { Barrier, LeftAlone, Reason, Skip } from "../reason.ts";
import { isSame } from "../ref.ts";
import type { Ref } from "../ref.ts";
import { reasonText } from "../words.ts";
import { hasFact } from "../change.ts";
import { isDone } from "./evidence.ts";
import type { HeldPart, Index, PlannedPart } from "./evidence.ts";
import { pathText } from "./paths.ts";
import { isAccount, isUser, subjectOf } from "./subject.ts";
import type { Subject } from "./subject.ts";
import { WHY } from "./words.ts";

/** One user and one group: what Google says, what the target holds, what comes next, and why. */
export interface Tie {
  readonly user: Ref;
  readonly group: Ref;
  /** `aws-engineers › aws-backend › ada@example.com`; empty when Google has no such membership. */
  readonly paths: readonly string[];
  readonly inTarget: boolean;
  /**
   * `kept` and `added` end in the target, `removed` does not; `held` and `waits` stay as they are until somebody or
   * something decides; `nothing` is left as it is.
   */
  readonly next: "kept" | "added" | "removed" | "held" | "waits" | "nothing";
  /** Without a full stop. */
  readonly why: string;
  /** What was decided, where something was. */
  readonly decided?: PlannedPart | HeldPart | Waiting | LeftAlone | Skip;
}

/** The groups of a user, or the members of a group, on either side, by name. */
export function tiesOf(subject: Subject, index: Index): readonly Tie[] {
  const ofUser = subject.ref.kind === "user";
  const ties = ofUser
    ? teamsOf(index).map((team) => tieOf(team, subject, index))
    : membersOf(subject, index).map((person) => tieOf(subject, person, index));
  const key = ({ user, group }: Tie): string => nameKey((ofUser ? group : user).label);
  return ties
    .filter(({ inTarget, paths }) => inTarget || paths.length > 0)
    .toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** The groups of both sides, each once. */
export function teamsOf({ evidence: { source, existing }, objectOf, asked }: Index): readonly Subject[] {
  const listed = source.groups.map((group) => subjectOf(group, objectOf(group.id), asked));
  const covered = new Set(listed.map((team) => team.existing));
  const others = existing.groups.filter((group) => !covered.has(group));
  return [...listed, ...others.map((group) => subjectOf(undefined, group))];
}

/** The people of one group, each once, whichever side has them. */
export function membersOf({ source, existing }: Subject, index: Index): readonly Subject[] {
  const { members, users } = index.evidence.source;
  const rows =
    source === undefined
      ? []
      : nestedIn(source.id, index.evidence.source).flatMap((id) => members.get(id) ?? []);
  const all = rows.some(({ type }) => type === "customer");
  const ids = all ? users.map(({ id }) => id) : rows.map(({ id }) => id);
  const inGoogle = [...new Set(ids)].flatMap((id) => {
    const account = index.sources.get(id);
    return account !== undefined && isAccount(account) ? [subjectOf(account, index.objectOf(id))] : [];
  });
  const covered = new Set(inGoogle.map((person) => person.existing));
  const inTarget = [...membersIn(existing)].flatMap((id) => {
    const user = index.objects.get(id);
    return user === undefined || covered.has(user) ? [] : [subjectOf(index.sourceOf(user), user)];
  });
  return [...inGoogle, ...inTarget];
}

const membersIn = (existing: Subject["existing"]): ReadonlySet<TargetId> =>
  existing === undefined || isUser(existing) ? new Set() : existing.members;

// ---------------------------------------------------------------- one membership

interface State {
  readonly team: Subject;
  readonly person: Subject;
  readonly index: Index;
  readonly inTarget: boolean;
  readonly inGoogle: boolean;
}

type Verdict = Pick<Tie, "next" | "why" | "decided">;

export function tieOf(team: Subject, person: Subject, index: Index): Tie {
  const ways =
    team.source === undefined || person.source === undefined
      ? []
      : index.pathsInto(team.source.id)(person.source.id, person.ref.label);
  const inTarget = person.existing !== undefined && membersIn(team.existing).has(person.existing.id);
  const state = { team, person, index, inTarget, inGoogle: ways.length > 0 };
  return {
    ...{ user: person.ref, group: team.ref, paths: ways.map(pathText), inTarget },
    ...(heldTie(state, index.held(person.ref).find(isIn(team))) ??
      plannedTie(state) ??
      heldTie(state, [...index.held(person.ref), ...index.held(team.ref)].find(isRemovalOfAll)) ??
      waitingTie(state) ??
      (inTarget || state.inGoogle ? undecided(state) : { next: "nothing", why: WHY.nowhere })),
  };
}

const isIn =
  ({ ref }: Subject) =>
  ({ within }: { readonly within?: Ref }): boolean =>
    within !== undefined && isSame(within, ref);

/** Whoever is held in their enabling, or is kept from being deleted, is in their groups as before. */
const isRemovalOfAll = (part: HeldPart): boolean =>
  isWhole(part) && hasFact(part.change, "takesAway", "access");

export const isWhole = ({ within }: { readonly within?: Ref }): boolean => within === undefined;

/** Of the membership itself, of the user as a whole, or of the group as a whole. */
function heldTie(
  { inTarget, team, person, index }: State,
  decided: HeldPart | undefined,
): Verdict | undefined {
  if (!inTarget || decided === undefined) return undefined;
  const what = decided.within === undefined ? decided.about.kind : "membership";
  const wait = what === "membership" ? index.waits(team.ref).find(isUnsureOf(person)) : undefined;
  return { next: "held", why: WHY.held(what, decided.reason, wait), decided };
}

const isUnsureOf =
  (person: Subject) =>
  ({ reason }: Waiting): boolean =>
    reason.code === "members-unsure" && isNamed(person, reason.who);

/** Whether somebody is among those whom a reason names. */
const isNamed = ({ ref, existing }: Subject, names: readonly string[]): boolean =>
  names.includes(existing !== undefined && isUser(existing) ? existing.userName : ref.label) ||
  names.includes(ref.label);

function plannedTie(state: State): Verdict | undefined {
  const decided = state.index.changes(state.person.ref).find(isIn(state.team));
  if (decided === undefined) return undefined;
  if (!isDone(decided, state.index)) return { next: "waits", why: WHY.refused, decided };
  const { because } = decided;
  if (because === undefined) return { next: "added", why: WHY.missing, decided };
  if (because !== "left" || !state.inGoogle) return { next: "removed", why: WHY.leaves[because], decided };
  const skip = skipHere(state);
  return { next: "removed", why: skip === undefined ? WHY.outOfScope : reasonText(skip.reason), decided };
}

/** Why this account does not count in this group although Google has it there. */
const skipHere = ({ team, person, index }: State): Skip | undefined =>
  index.skips(person.ref).find(isIn(team));

/** What waits about the person as a whole, or about the group and this person in it. */
function waitingTie({ team, person, index, inTarget }: State): Verdict | undefined {
  const isWanted = isDesired(team.source?.id, person.source?.id, index);
  if (inTarget === isWanted) return undefined;
  const decided = inTarget
    ? (index.waits(person.ref).find(({ kind }) => LEAVING.has(kind)) ??
      index.waits(team.ref).find(({ kind, reason }) => LEAVING.has(kind) && isAmong(person, reason)))
    : (index.waits(team.ref).find(({ kind }) => COMING.has(kind)) ??
      index.waits(person.ref).find(({ kind }) => kind === "adoption"));
  return decided && { next: "waits", why: WHY.waits(decided), decided };
}

const LEAVING: ReadonlySet<Waiting["kind"]> = new Set(["removals", "leavers", "shrink", "unsure"]);
const COMING: ReadonlySet<Waiting["kind"]> = new Set(["growth", "new-groups", "adoption", "hand-over"]);

const isAmong = (person: Subject, reason: Waiting["reason"]): boolean =>
  "who" in reason && isNamed(person, reason.who);

const isDesired = (group: SourceId | undefined, user: SourceId | undefined, { counted }: Index): boolean =>
  group !== undefined && user !== undefined && counted.get(group)?.members.has(user) === true;

function undecided(state: State): Verdict {
  const { team, person, index, inTarget } = state;
  for (const { ref } of [person, team]) {
    const decided = leftAloneBecause(ref, index);
    if (decided !== undefined) return { next: "nothing", why: WHY.leftAlone(ref.kind, decided), decided };
  }
  return inTarget ? staying(state) : missing(state);
}

function staying({ team, person, index }: State): Verdict {
  if (isDesired(team.source?.id, person.source?.id, index)) return { next: "kept", why: WHY.there };
  const decided = index.skips(team.ref).find(({ reason, within }) => reason.code === "unread" && !within);
  if (decided !== undefined) return { next: "kept", why: reasonText(decided.reason), decided };
  const { memberships } = index.evidence.situation.rules.manage;
  return { next: "nothing", why: memberships ? WHY.undecided : WHY.notManaged.memberships };
}

function missing(state: State): Verdict {
  const { team, person, index } = state;
  const { manage } = index.evidence.situation.rules;
  const id = team.source?.id;
  if (team.existing === undefined && id !== undefined && !index.listed.has(id))
    return { next: "nothing", why: WHY.unlisted };
  const skips = [skipHere(state), ...[person, team].map(({ ref }) => index.skips(ref).find(isWhole))];
  const decided = skips.find((skip) => skip !== undefined);
  if (decided !== undefined) return { next: "nothing", why: reasonText(decided.reason), decided };
  const what = (["memberships", "users", "groups"] as const).find((kind) => !manage[kind]);
  return { next: "nothing", why: what === undefined ? WHY.undecided : WHY.notManaged[what] };
}

export const isBarrier = (reason: Reason): reason is Barrier =>
  reason.code === "ignored" || reason.code === "protected";

/** Why nothing about this user or group is ever written, if that is so. */
export function leftAloneBecause(ref: Ref, { skips, leftAlone }: Index): LeftAlone | undefined {
  for (const { reason, within } of skips(ref)) if (within === undefined && isBarrier(reason)) return reason;
  return ref.target === undefined ? undefined : leftAlone.get(ref.target)?.reason;
}
