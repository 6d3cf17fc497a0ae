import { labelOf } from "../core/attributes.ts";
import { count, number } from "../core/count.ts";
import { EVERY_KIND, KINDS } from "../core/change.ts";
import type { Cause, ChangeWith, Kind } from "../core/change.ts";
import { describe } from "../core/words.ts";
import { day } from "../core/model.ts";
import type { Day, Rules } from "../core/model.ts";
import { dueDay } from "../core/mark.ts";
import { dim, short } from "./text.ts";
import type { Line, Piece, Style } from "./text.ts";

/** What is known around a change when it is shown. */
export interface Surroundings {
  readonly rules: Rules;
  readonly today: Day;
  /** Names everything, however much there is. */
  readonly verbose: boolean;
  /** Who will be in a new group, by its Google id. */
  readonly newMembers: ReadonlyMap<string, readonly string[]>;
  /** The groups that a revoked user loses, by his id in the target, and the members that a revoked group loses. */
  readonly losses: ReadonlyMap<string, readonly string[]>;
}

/** A change of a user or a group, memberships left out. */
export type ObjectChange = ChangeWith<"of", "user" | "group">;

type Sign = Extract<Style, "add" | "change" | "remove">;
export const SIGNS = { add: "+", change: "~", remove: "-" } as const satisfies Record<Sign, string>;

const VERBS = {
  "user.create": ["add", "join"],
  "user.restore": ["add", "return"],
  "user.enable": ["add", "enable"],
  "user.update": ["change", "change"],
  "user.disable": ["remove", "disable"],
  "user.retire": ["remove", "retire"],
  "user.delete": ["remove", "delete"],
  "group.create": ["add", "create"],
  "group.restore": ["add", "return"],
  "group.update": ["change", "change"],
  "group.retire": ["remove", "retire"],
  "group.delete": ["remove", "delete"],
} as const satisfies Record<ObjectChange["kind"], readonly [Sign, string]>;

/** What a change of this kind does to its subject, in one word. */
export const verbOf = (kind: Kind): string =>
  kind === "members.add" ? "add" : kind === "members.remove" ? "take out" : VERBS[kind][1];

/** The kinds of object changes, in the order in which they are shown. */
export const SHOWN_KINDS = EVERY_KIND.filter((kind) => KINDS[kind].of !== "membership");

const CAUSE_VERBS: Readonly<Partial<Record<Cause, string>>> = {
  adopted: "adopt",
  "handed-over": "hand on",
  "moved-aside": "rename",
  parked: "park",
};

/** The look of one change and its verb, for which its cause may have a better word. */
export function wordOf(change: ObjectChange): readonly [style: Sign, verb: string] {
  const [style, verb] = VERBS[change.kind];
  return [style, ("cause" in change ? CAUSE_VERBS[change.cause] : undefined) ?? verb];
}

const WIDEST = 8;
const INDENT = " ".repeat(5 + WIDEST);

/** One change of a user or a group: what and whom, why, and what differs; of a new group, who will be in it. */
export function entry(change: ObjectChange, around: Surroundings): readonly Line[] {
  const [style, verb] = wordOf(change);
  const head: Piece = { text: `${SIGNS[style]} ${verb.padEnd(WIDEST)}`, style };
  return [
    ["  ", head, " ", ...subject(change), ...why(change), ...membersAtOnce(change, around)],
    ...detail(change, around).map((line): Line => [INDENT, ...line]),
  ];
}

function subject(change: ObjectChange): Line {
  const known = describe(change).subject;
  const name = displayName(change);
  return [short(known), ...(name === "" || name === known ? [] : [dim(` (${short(name)})`)])];
}

/** `""` where there is none, as of a group. */
export function displayName(change: ObjectChange): string {
  if (change.kind === "user.create") return change.user.displayName;
  return "before" in change && "displayName" in change.before ? change.before.displayName : "";
}

/** Nobody asks why something new is made; everything else has its reason. */
function why(change: ObjectChange): Line {
  if (change.kind === "user.create" || change.kind === "group.create") return [];
  const plain = "cause" in change && change.cause === "differs" && VERBS[change.kind][0] !== "remove";
  return plain ? [] : [`: ${describe(change).reason}`];
}

function detail(change: ObjectChange, around: Surroundings): readonly Line[] {
  switch (change.kind) {
    case "user.create":
      return [];
    case "group.create":
      return around.verbose ? membersOf(change, around).map((name) => [ADDED, name]) : [];
    case "user.retire":
    case "group.retire":
      return consequences(change, around);
    case "user.delete":
    case "group.delete":
      return [];
    default:
      return differences(change);
  }
}

const ADDED: Piece = { text: "+ ", style: "add" };

const membersOf = (
  { group }: Extract<ObjectChange, { readonly kind: "group.create" }>,
  { newMembers }: Surroundings,
): readonly string[] => newMembers.get(group.externalId) ?? [];

/** In the line of a new group: how many will be in it, and a few of them. */
function membersAtOnce(change: ObjectChange, around: Surroundings): Line {
  if (change.kind !== "group.create") return [];
  const members = membersOf(change, around);
  const names = around.verbose || members.length === 0 ? "" : `: ${some(members, ROOM - 20)}`;
  return [dim(` +${number(members.length)}${names}`)];
}

function consequences(
  change: Extract<ObjectChange, { readonly kind: "user.retire" | "group.retire" }>,
  { rules, losses, verbose, today }: Surroundings,
): readonly Line[] {
  const lost = losses.get(change.id) ?? [];
  const named = some(lost, verbose ? Infinity : ROOM);
  const what = change.kind === "user.retire" ? "disabled" : "emptied";
  const loss =
    change.kind === "user.retire" ? `out of ${named}` : `${count(lost.length, "member")} out: ${named}`;
  return [...(lost.length === 0 ? [] : [[dim(loss)]]), [dim(`${what} now, ${later(today, rules)}`)]];
}

/** When what is revoked now will be deleted. */
export function later(today: Day, rules: Rules): string {
  if (rules.graceDays === 0) return "deleted in the same run";
  const due = dueDay(today, rules);
  return due === undefined
    ? "never deleted (DELETE_GRACE_DAYS)"
    : `deleted on ${day(due)} or later, unless it comes back`;
}

const ROOM = 84;

/** `a, b, c … and 9 more`: as many as fit into so many columns, at least one. */
export function some(names: readonly string[], columns = ROOM): string {
  const shown: string[] = [];
  for (const name of names.map(short)) {
    const room = columns - shown.join(", ").length;
    if (shown.length > 0 && name.length > room) break;
    shown.push(name);
  }
  const rest = names.length - shown.length;
  return `${shown.join(", ")}${rest === 0 ? "" : ` … and ${count(rest, "more", "more")}`}`;
}

/** Before → after, one attribute a line; whether somebody is enabled the verb has said. */
function differences(change: ObjectChange): readonly Line[] {
  const { before = {}, after = {} } = describe(change).detail;
  return Object.entries(after).flatMap(([key, value]): readonly Line[] => {
    if (key === "active") return [];
    return [[dim(labelOf(key).padEnd(14)), `${shown(before[key])} → ${shown(value)}`]];
  });
}

const shown = (value: string | boolean | undefined): string =>
  value === undefined || value === "" ? "(none)" : short(String(value));
