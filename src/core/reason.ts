import type { UserDetail } from "./attributes.ts";
import type { Carried } from "./carries.ts";
import type { Change } from "./change.ts";
import type { Budget, Limit, SourceUser } from "./model.ts";
import type { Ref } from "./ref.ts";
import type { Trouble } from "./trouble.ts";

/** Reasons that need no more than their code, one for each. */
type Plain<C extends string> = C extends string ? { readonly code: C } : never;
type With<C extends string, More> = C extends string ? { readonly code: C } & More : never;

/** A setting or a list that keeps the sync away from somebody, and the pattern of it that met. */
export type Barrier =
  | {
      readonly code: "ignored";
      readonly setting: "IGNORE_USERS" | "IGNORE_GROUPS";
      readonly pattern: string;
    }
  | {
      readonly code: "protected";
      readonly by: "PROTECT_GROUPS" | "control-tower";
      readonly pattern: string;
      /** The name that met it. */
      readonly name: string;
    };

/** Google, or AWS, does not show it, or not as it documents it: what the target has of it stays as it is. */
export type Unknown = With<
  "unread",
  Trouble & {
    /** The group, where it is not unread itself: one that lies in it is. */
    readonly nests?: string;
  }
>;

export const unreadReason = ({ why, todo }: Trouble): Unknown => ({ code: "unread", why, todo });

/** Why an object of the target is never touched. */
export type LeftAlone = Barrier | Unknown | Plain<"foreign" | "unmanaged">;

/** Why something of the source does not reach the target, or not as asked. */
export type SkipReason =
  | Barrier
  | Unknown
  | Plain<
      | "not-included"
      | "no-name"
      | "address-unusable"
      | "external"
      | "outside-group"
      | "not-a-person"
      | "out-of-scope"
      | "never-seen"
      | "off-by-hand"
      | "unresolved"
      | "not-linked"
      | "doubted"
      | "still-member"
      | "name-left-out"
    >
  /** The manager is nobody whom the target has from this sync. */
  | { readonly code: "manager-missing"; readonly manager: string }
  | { readonly code: "suspended"; readonly state: Exclude<SourceUser["state"], "active"> }
  /** A linked group keeps its name, because the new one would take it out of the sync. */
  | {
      readonly code: "name-barred";
      readonly name: string;
      readonly barrier: Barrier;
      readonly keeps: string;
    }
  | {
      readonly code: "included-twice";
      readonly name: string;
      readonly rivals: readonly Ref[];
    }
  | {
      readonly code: "name-wanted-twice";
      readonly name: string;
      readonly rivals: readonly Ref[];
      /** The name it keeps in the target; nothing where it is not there. */
      readonly keeps: string | undefined;
    }
  /** What USER_NAME asks for is not there, or nothing that AWS takes. */
  | {
      readonly code: "user-name-missing" | "user-name-unusable";
      readonly setting: string;
      /** The user name that they keep; nothing where they are not in the target, or come back under another's. */
      readonly keeps: string | undefined;
    }
  | With<"name-unmanaged" | "name-ignored", { readonly holder: Ref }>
  | { readonly code: "name-foreign"; readonly holder: Ref; readonly externalId: string }
  | With<
      "name-taken" | "email-taken",
      {
        readonly holder: Ref | "new";
        /** The name it keeps in the target; nothing where it is not there. */
        readonly keeps: string | undefined;
      }
    >
  /** The removal of the group that has the name is held back. */
  | With<"name-held", { readonly holder: Ref }>
  | { readonly code: "still-has-members"; readonly count: number }
  | { readonly code: "party-left-out"; readonly missing: Ref["kind"] };

/** Google contradicts a removal, or does not answer: the listing lacks what is there all the same. */
export type HoldReason =
  | With<"user-exists" | "group-exists", { readonly address: string }>
  | Plain<"member-exists" | "fits-user-match">
  /** A listing calls the account suspended or archived. */
  | With<"user-active", { readonly listed: "suspended" | "archived" }>
  /** IGNORE_GROUPS means the group, and GROUP_MATCH does not list it. */
  | With<"ignored-unlisted", { readonly address: string }>
  /** Whoever is to be enabled is not active. */
  | With<"user-inactive", { readonly account: "gone" | "suspended" | "archived" }>
  | With<"no-answer", Trouble>
  /** REQUIRED_MEMBERS names the group: of those who are in it now, so many enabled ones would stay. */
  | With<
      "required-members",
      {
        readonly group: Ref;
        readonly requires: number;
        readonly stay: number;
        /** Whether the group itself is to go: nobody is let into it any more. */
        readonly goes: boolean;
      }
    >
  /** REQUIRED_MEMBERS names the group, and not the name that it would get. */
  | With<"required-name", { readonly name: string }>;

/** A budget that does not last: what it would come to within 24 hours, what of that is spent, of how many. */
export interface Excess {
  readonly budget: Budget;
  /** Whether it is about groups renamed, which have the limit of those retired. */
  readonly renames?: boolean;
  readonly limit: Limit;
  readonly count: number;
  readonly spent: number;
  readonly of: number;
  readonly allows: number;
}

/** Why something waits for somebody's word. */
export type WaitReason =
  | With<
      "taking-over",
      {
        /** The group of the target, and whose it was. */
        readonly group: Ref;
        readonly whose: "gone" | "unmanaged" | "foreign";
        readonly externalId: string;
        readonly how: "adopted" | "handed-over";
        /** The address of the group in Google, whether an administrator made it, and the addresses of its owners. */
        readonly by: string;
        readonly adminCreated: boolean;
        readonly owners: readonly string[];
        /** User names of those who would get in, and of those who would be out. */
        readonly joins: readonly string[];
        readonly leaves: readonly string[];
        /** And of those who would get in once their accounts are active again. */
        readonly later: readonly string[];
        /** Whether that is everybody: a group nested in it may be unread. */
        readonly whole: boolean;
      }
    >
  /** Taking a user over would enable them, in these groups, or is about somebody in groups that were made by hand. */
  | With<
      "adopting-user",
      {
        readonly user: Ref;
        readonly enables: boolean;
        readonly groups: readonly string[];
        /** USER_NAME where the user name is not the address: who may choose it chooses whom they are taken for. */
        readonly setting: string | undefined;
      }
    >
  | Plain<"disabled-by-hand">
  /** Due for deletion, which would end what it carries for good. */
  | With<"still-carries", { readonly carried: Carried }>
  /** Due for deletion, and nobody can say what it carries, or not all of it. */
  | With<"carries-unknown", Trouble>
  /** Nobody can say what is spent of the day's budgets. */
  | With<"tally-unreadable", Trouble & { readonly who: readonly string[] }>
  /** A user made the Google group, and GROUPS_CREATED_BY wants an administrator. */
  | With<"made-by-user", { readonly who: readonly string[] }>
  /** `who`: who would get in, or out. */
  | With<"over-limit", Excess & { readonly who: readonly string[] }>
  /** Of these members of a group Google did not say whether they are still in it; who else is out by the same approval. */
  | With<"members-unsure", Trouble & { readonly who: readonly string[]; readonly also: readonly string[] }>
  | Extract<HoldReason, { readonly code: "no-answer" }>
  | Upheaval;

/** More than half, or all, of what there is would go. */
type Upheaval = With<
  "nothing-left" | "more-than-half",
  { readonly budget: "users" | "groups"; readonly existing: number; readonly lost: number }
>;

/** Why a plan as a whole is refused. */
export type RefusalReason =
  | Upheaval
  /** Google lists none, and the target has so many. */
  | With<"nothing-listed", { readonly budget: "users" | "groups"; readonly existing: number }>;

/** Why somebody must look at a user of the target who is enabled, or at a group. */
type StrangerReason =
  | With<"unmanaged-enabled" | "ignored-enabled", { readonly account: "none" | "suspended" | "archived" }>
  /** The group is left alone, and Google has these no longer in it. */
  | With<"left-in", { readonly barrier: Barrier; readonly names: readonly string[] }>;

/** Why a change was not made, or not to its end. */
export type OutcomeReason =
  /** By AWS. */
  | With<"refused", Trouble>
  /** One detail of somebody, and what of it AWS does not take. */
  | With<"detail-refused", Trouble & { readonly detail: UserDetail; readonly what: "removal" | "value" }>
  | With<"depends-on", Dependence>
  | Plain<
      /** Of a detail: what it was to become, or that it goes, was refused of somebody else in this run. */
      | "refused-before"
      | "not-created"
      /** With the external id that it was to get: by another run, or by a request whose answer got lost. */
      | "already-there"
      | "group-missing"
      /** Before AWS answered: whether it took effect is for the next run to see. */
      | "cut-off"
      /** Somebody brought back what was due for deletion. */
      | "marked-no-more"
      /** A user: somebody put them into a group of ours meanwhile. */
      | "still-member"
      | "has-members"
      | "disabled-meanwhile"
      /** Somebody else disabled the user, which the next run takes into account. */
      | "by-hand-meanwhile"
      /** Another run has spent what it needs of a budget. */
      | "budget-spent"
    >
  | With<"tally-unwritable", Trouble>;

/** What another change would have made: a free name, a membership taken away, a group or a user. */
export interface Dependence {
  readonly what: "name" | "removal" | "group" | "user";
  readonly on: Ref;
  readonly because: OutcomeReason;
}

export type Reason =
  | SkipReason
  | LeftAlone
  | HoldReason
  | WaitReason
  | RefusalReason
  | StrangerReason
  | OutcomeReason;

/** Something of the source that does not reach the target, or not as asked, and why. */
export interface Skip {
  readonly about: Ref;
  /** The group in which it was met, when it is about a membership. */
  readonly within?: Ref;
  readonly reason: SkipReason;
}

/** A removal that is not carried out, and why. */
export interface Held {
  readonly change: Change;
  readonly reason: HoldReason;
}

/** A user, or a group, of the target at whom somebody must look: nothing here may take away what they have. */
export interface Stranger {
  readonly about: Ref;
  readonly reason: StrangerReason;
}

/** Whether somebody has to act on a skip: it makes the run `attention`. */
const NEEDS_SOMEBODY: Readonly<Record<SkipReason["code"], boolean>> = {
  ignored: false,
  protected: true,
  unread: true,
  "not-included": false,
  "included-twice": true,
  "no-name": true,
  "name-barred": true,
  "name-wanted-twice": true,
  "name-unmanaged": true,
  "name-foreign": true,
  "name-ignored": false,
  "name-taken": true,
  "email-taken": true,
  "address-unusable": true,
  "user-name-missing": true,
  "user-name-unusable": true,
  external: false,
  "outside-group": false,
  "not-a-person": false,
  "out-of-scope": false,
  suspended: false,
  "manager-missing": false,
  "never-seen": false,
  "off-by-hand": false,
  unresolved: false,
  "not-linked": false,
  doubted: false,
  "still-member": false,
  "still-has-members": false,
  "name-left-out": false,
  "party-left-out": false,
  "name-held": true,
};

export const needsSomebody = ({ reason }: Skip): boolean => NEEDS_SOMEBODY[reason.code];
