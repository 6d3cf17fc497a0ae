import type { GROUP_ATTRIBUTES, GroupValues, Patch, USER_ATTRIBUTES } from "./attributes.ts";
import type { Budget, Day, ExistingUser, SourceId, TargetId, User } from "./model.ts";

/** A party named by its source id: it may not exist in the target yet. */
export interface Named {
  readonly externalId: SourceId;
  readonly label: string;
}

/** A party that exists in the target. */
export interface Known {
  readonly id: TargetId;
  readonly externalId: string;
  readonly label: string;
}

/** Why a member is taken out: Google lists no such membership, the user is revoked, or the group is. */
export type Leaving = "left" | "user-revoked" | "group-revoked";

export interface Leaver extends Known {
  readonly because: Leaving;
}

/** Only what differs; an absent attribute is not touched. */
export type UserPatch = Patch<typeof USER_ATTRIBUTES>;
export type GroupPatch = Patch<typeof GROUP_ATTRIBUTES>;

/** Why an object of the target is asked for by nobody. */
export type Absence = "gone" | "suspended" | "archived" | "out-of-scope";

/** Why something is changed, beyond the difference itself. */
export type Cause =
  | Absence
  | "differs"
  | "adopted"
  | "handed-over"
  | "returned"
  | "marked"
  | "moved-aside"
  | "parked";

/** A group of the target without its members. */
export interface ExistingGroupHead extends GroupValues {
  readonly id: TargetId;
}

interface Patched<B, P> {
  readonly id: TargetId;
  readonly before: B;
  readonly patch: P;
  readonly cause: Cause;
  /** Objects whose own change in an earlier step frees the name this one takes. */
  readonly needs: readonly TargetId[];
}
type UserPatched = Patched<ExistingUser, UserPatch>;
type GroupPatched = Patched<ExistingGroupHead, GroupPatch>;

interface Deleted<B> {
  readonly id: TargetId;
  readonly before: B;
  readonly since: Day;
}

/** One change is one request and one line in the audit log. */
export type Change =
  | { readonly kind: "user.create"; readonly user: User; readonly needs: readonly TargetId[] }
  | ({ readonly kind: "user.update" } & UserPatched)
  /** Whose manager somebody is, where one of the two is made in this run. */
  | { readonly kind: "user.manager"; readonly user: Named; readonly manager: Named }
  | ({ readonly kind: "user.enable" } & UserPatched)
  | ({ readonly kind: "user.disable" } & UserPatched)
  | ({ readonly kind: "user.retire" } & UserPatched)
  | ({ readonly kind: "user.restore" } & UserPatched)
  | ({ readonly kind: "user.delete" } & Deleted<ExistingUser>)
  | {
      readonly kind: "group.create";
      readonly group: Named;
      /** At most 100; the rest follows as `members.add`. */
      readonly members: readonly Named[];
      readonly needs: readonly TargetId[];
    }
  | ({ readonly kind: "group.update" } & GroupPatched)
  | ({ readonly kind: "group.retire" } & GroupPatched)
  | ({ readonly kind: "group.restore" } & GroupPatched)
  | ({ readonly kind: "group.delete" } & Deleted<ExistingGroupHead>)
  | { readonly kind: "members.add"; readonly group: Named; readonly users: readonly Named[] }
  | { readonly kind: "members.remove"; readonly group: Known; readonly users: readonly Leaver[] };

export type Kind = Change["kind"];

export type Disabling = Extract<Change, { readonly kind: "user.disable" }>;

/** What takes access away counts against one of these (contract §6). */
type Removals = Extract<Budget, "users" | "groups" | "memberships">;

interface KindFacts {
  readonly of: "user" | "group" | "membership";
  /** `access`: somebody can do less than before. `object`: what had been revoked before is deleted. */
  readonly takesAway: "access" | "object" | "nothing";
  /** The limit that it counts against; nothing takes access away without one. */
  readonly limit: Removals | "none";
  /**
   * What Google is asked about before it is carried out; `take-over` asks about a group that is handed over,
   * `enabling` about whoever is enabled.
   */
  readonly secondLook: "user" | "group" | "take-over" | "membership" | "enabling" | "none";
  /**
   * Of whom it is told what access they carry: of the object; of the object where its name or its link changes; of the
   * group that gains or loses members.
   */
  readonly carries: "object" | "identity" | "group" | "none";
}

type TakesAccess = KindFacts & { readonly takesAway: "access"; readonly limit: Removals };
type KeepsAccess = KindFacts & { readonly takesAway: "object" | "nothing"; readonly limit: "none" };

const NOTHING = { takesAway: "nothing", limit: "none" } as const;
const OBJECT = { takesAway: "object", limit: "none" } as const;

/** What every kind of change is, in the order in which kinds are counted and shown. Nothing else lists kinds. */
export const KINDS = {
  "user.create": { of: "user", ...NOTHING, secondLook: "none", carries: "none" },
  "user.restore": { of: "user", ...NOTHING, secondLook: "enabling", carries: "object" },
  "user.enable": { of: "user", ...NOTHING, secondLook: "enabling", carries: "object" },
  "user.update": { of: "user", ...NOTHING, secondLook: "enabling", carries: "identity" },
  "user.manager": { of: "user", ...NOTHING, secondLook: "none", carries: "none" },
  "user.disable": { of: "user", takesAway: "access", limit: "users", secondLook: "none", carries: "object" },
  "user.retire": { of: "user", takesAway: "access", limit: "users", secondLook: "user", carries: "object" },
  "user.delete": { of: "user", ...OBJECT, secondLook: "user", carries: "object" },
  "group.create": { of: "group", ...NOTHING, secondLook: "none", carries: "none" },
  "group.restore": { of: "group", ...NOTHING, secondLook: "take-over", carries: "object" },
  "group.update": { of: "group", ...NOTHING, secondLook: "take-over", carries: "identity" },
  "group.retire": {
    of: "group",
    takesAway: "access",
    limit: "groups",
    secondLook: "group",
    carries: "object",
  },
  "group.delete": { of: "group", ...OBJECT, secondLook: "group", carries: "object" },
  "members.add": { of: "membership", ...NOTHING, secondLook: "none", carries: "group" },
  "members.remove": {
    of: "membership",
    takesAway: "access",
    limit: "memberships",
    secondLook: "membership",
    carries: "group",
  },
} as const satisfies Readonly<Record<Kind, TakesAccess | KeepsAccess>>;

/** Every kind, in the order of the table. */
export const EVERY_KIND = Object.keys(KINDS) as readonly Kind[];

type Table = typeof KINDS;
type KindWith<F extends keyof KindFacts, V> = {
  [K in Kind]: Table[K][F] extends V ? K : never;
}[Kind];

/** The changes whose kind has this value in that column of the table. */
export type ChangeWith<F extends keyof KindFacts, V extends KindFacts[F]> = Extract<
  Change,
  { readonly kind: KindWith<F, V> }
>;

/** Whether the kind of a change has this value in that column of the table. */
export function hasFact<F extends keyof KindFacts, V extends KindFacts[F]>(
  change: Change,
  fact: F,
  value: V,
): change is ChangeWith<F, V> {
  const facts: KindFacts = KINDS[change.kind];
  return facts[fact] === value;
}

/** Whether something that is there is taken away or deleted: what is asked about before it is carried out. */
export const isRemoval = ({ kind }: Change): boolean => KINDS[kind].takesAway !== "nothing";

/** Whether somebody can do less afterwards. The mark of somebody who is disabled takes nothing away. */
export const takesAccess = (change: Change): boolean =>
  hasFact(change, "takesAway", "access") &&
  !(hasFact(change, "limit", "users") && change.patch.active !== false);

type Retirement = Extract<Change, { readonly kind: "user.retire" | "group.retire" }>;

/** Whether the days of grace begin with it, after which the object is deleted. */
export const isRetirement = (change: Change): change is Retirement =>
  change.kind === "user.retire" || change.kind === "group.retire";

/** The object that a change is about: by its id in the target if it is there, otherwise in the source. */
export function objectIdOf(change: Change): SourceId | TargetId {
  if ("id" in change) return change.id;
  switch (change.kind) {
    case "user.create":
    case "user.manager":
      return change.user.externalId;
    case "group.create":
    case "members.add":
      return change.group.externalId;
    case "members.remove":
      return change.group.id;
    default:
      return change satisfies never;
  }
}

/** AWS takes at most this many membership changes in one request (PatchGroup, CreateGroup). */
export const MOST_MEMBERS = 100;

export function chunks<T>(list: readonly T[], size: number = MOST_MEMBERS): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}
