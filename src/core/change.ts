import type { Absence } from "./scope.ts";
import type { Day, ExistingUser, SourceId, TargetId, User } from "./model.ts";

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
export interface UserPatch {
  readonly externalId?: string;
  readonly userName?: string;
  readonly email?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly displayName?: string;
  readonly active?: boolean;
}

export interface GroupPatch {
  readonly externalId?: string;
  readonly name?: string;
}

/** Why something is changed, beyond the difference itself. */
export type Cause =
  Absence | "differs" | "adopted" | "handed-over" | "returned" | "marked" | "moved-aside" | "parked";

/** A group of the target without its members. */
export interface ExistingGroupHead {
  readonly id: TargetId;
  readonly externalId: string;
  readonly name: string;
}

interface UserPatched {
  readonly id: TargetId;
  readonly before: ExistingUser;
  readonly patch: UserPatch;
  readonly cause: Cause;
  /** Objects whose own change in an earlier step frees the name this one takes. */
  readonly needs: readonly TargetId[];
}

interface GroupPatched {
  readonly id: TargetId;
  readonly before: ExistingGroupHead;
  readonly patch: GroupPatch;
  readonly cause: Cause;
  readonly needs: readonly TargetId[];
}

/** One change is one request and one line in the audit log. */
export type Change =
  | { readonly kind: "user.create"; readonly user: User; readonly needs: readonly TargetId[] }
  | ({ readonly kind: "user.update" } & UserPatched)
  | ({ readonly kind: "user.enable" } & UserPatched)
  | ({ readonly kind: "user.disable" } & UserPatched)
  | ({ readonly kind: "user.retire" } & UserPatched)
  | ({ readonly kind: "user.restore" } & UserPatched)
  | {
      readonly kind: "user.delete";
      readonly id: TargetId;
      readonly before: ExistingUser;
      readonly since: Day;
    }
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
  | {
      readonly kind: "group.delete";
      readonly id: TargetId;
      readonly before: ExistingGroupHead;
      readonly since: Day;
    }
  | { readonly kind: "members.add"; readonly group: Named; readonly users: readonly Named[] }
  | { readonly kind: "members.remove"; readonly group: Known; readonly users: readonly Leaver[] };

export type Kind = Change["kind"];

/** Every kind, in the order in which summaries count them. */
export const KINDS = [
  "user.create",
  "user.update",
  "user.enable",
  "user.disable",
  "user.retire",
  "user.restore",
  "user.delete",
  "group.create",
  "group.update",
  "group.retire",
  "group.restore",
  "group.delete",
  "members.add",
  "members.remove",
] as const satisfies readonly Kind[];

/** AWS takes at most this many membership changes in one request (PatchGroup, CreateGroup). */
export const MOST_MEMBERS = 100;

export function chunks<T>(list: readonly T[], size: number = MOST_MEMBERS): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}
