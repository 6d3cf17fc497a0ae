/** The nouns of the program. Values only: no vendor's type and no way out of the process. */
import type { GroupValues, Origin, UserDetail, UserValues } from "./attributes.ts";
import type { SourceField } from "./source-field.ts";
import type { Trouble } from "./trouble.ts";

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** A Google id: of a user (about 21 digits) or of a group (`0` and base 36). Never changes, never reused. */
export type SourceId = Brand<string, "SourceId">;
/** An id in IAM Identity Center. Opaque, never changes; account assignments hang on it. */
export type TargetId = Brand<string, "TargetId">;
/** A UTC day as `yyyy-mm-dd`. */
export type Day = Brand<string, "Day">;
/** A UTC hour as `yyyy-mm-ddThh`. */
export type Hour = Brand<string, "Hour">;

export const sourceId = (text: string): SourceId => text as SourceId;
export const targetId = (text: string): TargetId => text as TargetId;
/** Of a day, or of a time in ISO 8601, UTC. */
export const day = (text: string): Day => text.slice(0, 10) as Day;
export const hour = (text: string): Hour => text as Hour;

// ---------------------------------------------------------------- what Google says

/** One account of the directory, as read: the address in lower case, names as Google has them. */
export interface SourceUser {
  readonly id: SourceId;
  readonly email: string;
  /** Other addresses of the same account, in lower case. */
  readonly aliases: readonly string[];
  readonly givenName: string;
  readonly familyName: string;
  readonly state: "active" | "suspended" | "archived";
  /** Of one that is not active, since when (ISO 8601); not there where Google does not tell. */
  readonly offSince?: string;
  /** `/Sales/EMEA`; needed to tell whether a query fits. */
  readonly orgUnit: string;
  /**
   * What else the settings ask for, as Google has it: an empty text where it has none, no entry where it was not asked
   * for or not understood.
   */
  readonly fields: ReadonlyMap<SourceField, string>;
}

export interface SourceGroup {
  readonly id: SourceId;
  readonly email: string;
  readonly aliases: readonly string[];
  readonly name: string;
  /** Whether an administrator made it; anybody else may have given it the name of a group that opens doors. */
  readonly adminCreated: boolean;
}

/** One row of a group's direct members, whatever its role: owners and managers are members. */
export interface SourceMember {
  /** A user's or a group's id; for `customer` the account's; empty where a user's row has none. */
  readonly id: SourceId;
  /** In lower case; empty where Google sends none. */
  readonly email: string;
  readonly type: "user" | "group" | "customer" | "other";
  /** Whether it owns the group: then it decides who is in it. */
  readonly owner?: true;
}

/** The source, read whole. A reading that did not finish never becomes one of these. */
export interface Source {
  /** Every account of the customer, whatever its state. */
  readonly users: readonly SourceUser[];
  /** Ids that fit `USER_MATCH`; `"all"` for `*`, `"none"` when it is not set. */
  readonly matched: ReadonlySet<SourceId> | "all" | "none";
  /** Groups that fit `GROUP_MATCH`, each once. */
  readonly groups: readonly SourceGroup[];
  /** Direct members of every group wanted and of every group nested in one, by group id. */
  readonly members: ReadonlyMap<SourceId, readonly SourceMember[]>;
  /** Nested groups that belong to somebody else's account: Google does not show their members. */
  readonly outside: ReadonlySet<SourceId>;
  /** Groups whose members could not be had or understood, and users who could not: in the target they stay as they are. */
  readonly unread: ReadonlyMap<SourceId, Unread>;
  /** The custom schemas that Google refused to show: of nobody is known what they have there. */
  readonly unshown?: Unshown;
}

interface Unshown extends Trouble {
  readonly schemas: string;
}

/** What of it is known before the groups are. */
export type SourceUsers = Pick<Source, "users" | "unread" | "unshown">;

/** One odd object, with Google's words about it. */
export interface Unread extends Trouble {
  readonly kind: "user" | "group";
  /** In lower case; empty where Google sends none. */
  readonly email: string;
  /** Of a user, what the odd row says all the same: whoever is suspended or archived can be a leaver. */
  readonly state?: SourceUser["state"];
}

// ---------------------------------------------------------------- what is asked for

/** Exactly what is compared and written; nothing else of a user is ever touched. */
export interface User extends UserValues {
  readonly externalId: SourceId;
}

export interface Group extends GroupValues {
  readonly externalId: SourceId;
}

export interface DesiredUser extends User {
  /** The manager as Google names them, where that is synced and known; no name at all where there is none. */
  readonly managedBy?: { readonly address: string; readonly id: SourceId | undefined };
  /** Other addresses of the same account: patterns may name them. */
  readonly aliases: readonly string[];
}

export interface DesiredGroup extends Group {
  /** The group's address and its aliases: patterns and people may name it by them. */
  readonly addresses: readonly string[];
  /** The name it has in the source, where the settings make another one of it. */
  readonly sourceName: string;
  readonly adminCreated: boolean;
  /** Users, direct or through nested groups, each of them a desired user. */
  readonly members: ReadonlySet<SourceId>;
  /** Set where members are unread, its own or those of a group nested in it: whoever is in it in the target stays. */
  readonly unread?: Unread & { readonly itself: boolean };
}

// ---------------------------------------------------------------- what the target holds

interface Made {
  readonly id: TargetId;
  /** When it was made (ISO 8601), `""` where the target does not say. */
  readonly createdAt: string;
}

/**
 * A user as the target holds it; what it does not have is an empty string. An external id of another identity
 * provider carries its issuer, so that it can't look like ours.
 */
export type ExistingUser = UserValues & Made;

export interface ExistingGroup extends GroupValues, Made {
  readonly members: ReadonlySet<TargetId>;
}

/** The target, read whole. */
export interface Existing {
  readonly users: readonly ExistingUser[];
  readonly groups: readonly ExistingGroup[];
  /** Those among them that AWS does not show, or not so that it is clear which is which: they stay exactly as they are. */
  readonly unread: ReadonlyMap<TargetId, Trouble>;
}

/** What of it is known before the groups are. */
export type ExistingUsers = Pick<Existing, "users" | "unread">;

// ---------------------------------------------------------------- settings the core decides by

/** A share of what is managed, a count, or both: the larger holds, up to the ceiling. */
export interface Limit {
  /** 0 to 1. */
  readonly share: number | undefined;
  readonly count: number | undefined;
  readonly ceiling: number | undefined;
}

/** What is limited within 24 hours (contract §6). */
export type Budget = "leavers" | "users" | "groups" | "memberships" | "newGroups" | "growth" | "shrink";

/** `USER_NAME`: the setting's text, and where in Google a user name stands. */
export type UserNaming = { readonly text: string } & (
  | { readonly from: "email" }
  | { readonly from: "alias"; readonly domain: string }
  | { readonly from: "field"; readonly field: SourceField }
);

/** What a group has in that field, without a text that it may begin with. */
export interface GroupField {
  readonly field: "name" | "email" | "email.local";
  readonly without: string;
}

/** `GROUP_NAME`: the setting's text, and what it says; a piece of text stands as it is. */
export interface GroupTemplate {
  readonly text: string;
  readonly pieces: readonly (string | GroupField)[];
}

export interface Rules {
  readonly method: "groups" | "users_groups";
  readonly userName: UserNaming;
  readonly groupName: GroupTemplate;
  /** What single groups are called instead, by an address of theirs in lower case. */
  readonly groupNames: ReadonlyMap<string, string>;
  readonly includeGroups: readonly string[];
  readonly ignoreUsers: readonly string[];
  readonly ignoreGroups: readonly string[];
  readonly protectGroups: readonly string[];
  readonly manage: { readonly users: boolean; readonly groups: boolean; readonly memberships: boolean };
  readonly syncSuspended: boolean;
  readonly adopt: "unclaimed" | "any" | "none";
  /** Days between revoking and deleting; `"never"` keeps the disabled object. */
  readonly graceDays: number | "never";
  readonly limits: Readonly<Record<Budget, Limit>>;
  /** What else of a user is synced, in the order of the table, and from where. */
  readonly details: ReadonlyMap<UserDetail, Origin>;
  /** Who may have made a Google group that is created or taken over unasked. */
  readonly groupsCreatedBy: "anyone" | "administrators";
  /** How many enabled members stay in the groups of these names in the target, whatever Google says. */
  readonly requiredMembers: readonly { readonly group: string; readonly count: number }[];
}
