import { labelOf } from "../core/attributes.ts";
import { EVERY_KIND, KINDS, isRemoval, isRetirement } from "../core/change.ts";
import type { Change, ChangeWith, Kind, Leaving } from "../core/change.ts";
import { accessIn } from "../core/carried.ts";
import { assignedText, carriesText, removalTexts } from "../core/carries-words.ts";
import type { Carried, Carries } from "../core/carries.ts";
import { count } from "../core/count.ts";
import { day } from "../core/model.ts";
import type { Day, Rules } from "../core/model.ts";
import { changesOf } from "../core/plan.ts";
import type { Plan, Situation } from "../core/plan.ts";
import { dueDay, isOffByHand, suspendedSince, userClaim } from "../core/mark.ts";
import { deletionText, describe } from "../core/words.ts";
import type { Record_ } from "../core/words.ts";

export type Sign = "+" | "~" | "-";

/** One thing that is told: a change of one user, group or membership, or what becomes of somebody without one. */
export interface Entry {
  /** `""` of what is no change. */
  readonly kind: Kind | "";
  readonly sign: Sign | "";
  /** What is done, or what kind of approval is asked for; `""` where nothing is. */
  readonly verb: string;
  /** What entries have in common that may be told by an example: a kind of change, or the code of a reason. */
  readonly like: string;
  /** Something is taken away from somebody, or deleted. */
  readonly removal: boolean;
  /** A user's address or a group's name. */
  readonly subject: string;
  /** A user's display name where it says more, or `""`. */
  readonly name: string;
  /** The group in which it happens, where that is not told otherwise, or `""`. */
  readonly within: string;
  readonly ids: readonly string[];
  /** Why; `""` where the verb says it. */
  readonly reason: string;
  readonly differences: readonly Difference[];
  readonly consequences: readonly Consequence[];
  /** Whether it is about somebody, or a group, known to carry access. */
  readonly carries: boolean;
  /** How to approve it. */
  readonly approval?: ApproveWith;
}

/** An attribute before and after, each `""` for none. */
export interface Difference {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** What comes of a change beside itself: a phrase, and whom it names. */
export interface Consequence {
  readonly says: string;
  readonly names: readonly string[];
  /** What to type, one for each line. */
  readonly commands?: readonly string[];
  /** Whether nobody should overlook it. */
  readonly isGrave?: boolean;
}

/** What to type at a terminal, or to send to the function. */
export interface ApproveWith {
  readonly ids: readonly string[];
  readonly typed: string;
  readonly payload: string;
}

/** A sentence, and where it ends with a colon, what to type or to send. */
export interface Advice extends Partial<ApproveWith> {
  readonly says: string;
}

/** What is done, planned and past, and how it is marked. */
export const WORDS = {
  "user.create": ["+", "create", "created"],
  "user.restore": ["+", "restore", "restored"],
  "user.enable": ["+", "enable", "enabled"],
  "user.update": ["~", "update", "updated"],
  "user.manager": ["~", "set manager of", "given a manager"],
  "user.disable": ["-", "disable", "disabled"],
  "user.retire": ["-", "retire", "retired"],
  "user.delete": ["-", "delete", "deleted"],
  "group.create": ["+", "create", "created"],
  "group.restore": ["+", "restore", "restored"],
  "group.update": ["~", "update", "updated"],
  "group.retire": ["-", "retire", "retired"],
  "group.delete": ["-", "delete", "deleted"],
  "members.add": ["+", "add", "added"],
  "members.remove": ["-", "remove", "removed"],
} as const satisfies Readonly<Record<Kind, readonly [sign: Sign, verb: string, past: string]>>;

/** The kinds in the order in which they are shown and counted: what takes something away first. */
export const SHOWN_KINDS: readonly Kind[] = [true, false].flatMap((first) =>
  EVERY_KIND.filter((kind) => (KINDS[kind].takesAway !== "nothing") === first),
);

/** What is the same in every entry that does not say otherwise. */
export const plainEntry = (subject: string, reason: string): Entry => ({
  ...{ kind: "", sign: "", verb: "", like: "", removal: false, carries: false, name: "", within: "" },
  ...{ subject, reason, ids: [], differences: [], consequences: [] },
});

/** An entry about a change of this kind. */
export function changeEntry(change: Change, subject: string, reason: string): Entry {
  const [sign, verb] = WORDS[change.kind];
  const { kind } = change;
  return { ...plainEntry(subject, reason), kind, sign, verb, like: kind, removal: isRemoval(change) };
}

// ---------------------------------------------------------------- users and groups

/** A change of a user or a group, memberships left out. */
export type ObjectChange = ChangeWith<"of", "user" | "group">;

/** What is known around a change when it is told. */
export interface Surroundings {
  readonly rules: Rules;
  readonly today: Day;
  readonly carries: Carries;
  readonly groups: Plan["groups"];
  /** All that come or go, by group. */
  readonly byGroup: ReadonlyMap<string, readonly Membership[]>;
  /** Those that a revoked user loses, by their id. */
  readonly ofRevoked: ReadonlyMap<string, readonly Membership[]>;
}

export function surroundingsOf(plan: Plan, { rules, now }: Situation, carries: Carries): Surroundings {
  const all = changesOf(plan).flatMap((change) => membershipsOf(change, plan.groups));
  const lost = all.filter(({ because }) => because === "user-revoked");
  return {
    ...{ rules, today: day(now), carries, groups: plan.groups },
    byGroup: Map.groupBy(all, ({ key }) => key),
    ofRevoked: Map.groupBy(lost, ({ user }) => user),
  };
}

/**
 * One change of a user or a group: what and whom, why, what differs and what comes of it; and what they carry, where it
 * is the first one about them.
 */
export function objectEntry(change: ObjectChange, around: Surroundings, isFirst = true): Entry {
  const record = describe(change);
  const name = displayName(change);
  const carried = accessIn(change, around.groups, around.carries);
  return {
    ...changeEntry(change, record.subject, needsNoReason(change) ? "" : record.reason),
    name: name === record.subject ? "" : name,
    ids: knownIds(record),
    differences: change.kind === "user.create" || isRetirement(change) ? [] : differencesOf(record),
    consequences: [
      ...(isFirst ? accessConsequences(change, carried) : []),
      ...consequencesOf(change, around),
    ],
    carries: carried !== undefined && carried.opens.length > 0,
  };
}

/** What is counted once: who somebody is and what they are called are two requests, and one update. */
export const shownAs = (change: Change): Change | string =>
  change.kind === "user.update" ? change.id : change;

/** What is shown of changes. */
export function shownOf(changes: readonly Change[]): readonly Change[] {
  const shown = new Map<Change | string, Change>();
  for (const change of changes) {
    const key = shownAs(change);
    const before = shown.get(key);
    const isSame = before?.kind === "user.update" && change.kind === "user.update";
    shown.set(key, isSame ? { ...before, patch: { ...before.patch, ...change.patch } } : change);
  }
  return [...shown.values()];
}

/** Nobody asks why something new is made, or made as Google has it. */
const needsNoReason = (change: ObjectChange): boolean =>
  !isRemoval(change) && ("cause" in change ? change.cause === "differs" : true);

/** `""` where there is none, as of a group. */
function displayName(change: ObjectChange): string {
  if (change.kind === "user.create") return change.user.displayName;
  return "before" in change && "displayName" in change.before ? change.before.displayName : "";
}

const knownIds = ({ externalId, targetId }: Record_): readonly string[] => [
  ...(/^\w+$/.test(externalId) ? [`Google id ${externalId}`] : []),
  ...(targetId === "" ? [] : [`AWS id ${targetId}`]),
];

/** Whether somebody is enabled, the verb says; but for "update", that of their mark as well. */
function differencesOf({ action, detail: { before = {}, after = {} } }: Record_): readonly Difference[] {
  const text = (value: string | boolean | undefined): string => String(value ?? "");
  return Object.keys(after)
    .filter((key) => key !== "active")
    .filter(
      (key) => action === "user.update" || key !== "externalId" || !isSuspendedMark(before[key], after[key]),
    )
    .map((key) => ({ label: labelOf(key), before: text(before[key]), after: text(after[key]) }));
}

const isSuspendedMark = (...ids: readonly (string | boolean | undefined)[]): boolean =>
  ids.some((id) => suspendedSince(userClaim(String(id ?? ""))) !== undefined);

function consequencesOf(change: ObjectChange, around: Surroundings): readonly Consequence[] {
  const { byGroup, ofRevoked } = around;
  if (change.kind === "group.create") {
    return [{ says: count(byGroup.get(change.group.externalId)?.length ?? 0, "member"), names: [] }];
  }
  if (!isRetirement(change)) return [];
  const ofUser = change.kind === "user.retire";
  const names = ofUser
    ? (ofRevoked.get(change.id) ?? []).map(({ group }) => group)
    : (byGroup.get(change.id) ?? []).map(({ entry }) => entry.subject);
  const lost = { says: ofUser ? "out of" : `${count(names.length, "member")} out:`, names };
  const now = ofUser ? (change.patch.active === false ? "disabled now; " : "") : "emptied now; ";
  const then = `${now}${later(change, around)}`;
  return [...(names.length === 0 ? [] : [lost]), { says: then, names: [] }];
}

/** What they carry, the heaviest first; of whoever is disabled or deleted, what only hands can take away. */
function accessConsequences(change: ObjectChange, carried: Carried | undefined): readonly Consequence[] {
  if (carried === undefined) return [];
  const assigned = KINDS[change.kind].of === "user" && isRemoval(change) ? assignedText(carried) : "";
  return [
    ...(carried.opens.length === 0 ? [] : [accessConsequence(carried)]),
    ...(assigned === "" || !("id" in change)
      ? []
      : [{ says: assigned, names: [], commands: removalTexts(change.id, carried) }]),
  ];
}

/** What is carried, as a line of its own. */
export const accessConsequence = (carried: Carried): Consequence => ({
  says: carriesText(carried),
  names: [],
  isGrave: carried.opens.some(({ weight }) => weight === "administrator"),
});

/** When what is revoked now will be deleted. */
function later({ kind, before }: ChangeWith<"secondLook", "user" | "group">, around: Surroundings): string {
  const { today, rules } = around;
  const due = dueDay(today, rules, isOffByHand(before));
  return due === today
    ? "deleted in the same run"
    : deletionText(due, kind === "user.retire" ? "account" : "group");
}

// ---------------------------------------------------------------- memberships

/** One membership that comes or goes. */
export interface Membership {
  /** Of the group: the target's id, or the source's of what does not exist yet. */
  readonly key: string;
  readonly group: string;
  /** Of who leaves the target's id, otherwise the source's. */
  readonly user: string;
  readonly because?: Leaving;
  readonly entry: Entry;
}

/** Every single membership of a change, also those that come with a new group or go with a revoked user. */
export function membershipsOf(change: Change, groups: Plan["groups"]): readonly Membership[] {
  if (change.kind === "members.remove") {
    const { id: key, label: group } = change.group;
    return change.users.map((user) => {
      const { reason } = describe({ ...change, users: [user] });
      const entry = changeEntry(change, user.label, reason);
      return { key, group, user: user.id, because: user.because, entry };
    });
  }
  if (change.kind !== "group.create" && change.kind !== "members.add") return [];
  const { externalId, label: group } = change.group;
  const key = groups.get(externalId) ?? externalId;
  const users = change.kind === "group.create" ? change.members : change.users;
  const add = { ...change, kind: "members.add" as const, users };
  return users.map((user) => {
    const entry = changeEntry(add, user.label, "");
    return { key, group, user: user.externalId, entry };
  });
}
