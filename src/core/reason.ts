import type { SourceUser } from "./model.ts";
import type { Ref } from "./ref.ts";

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

/** Why an object of the target is never touched. `contested`: its name is wanted by several groups of Google. */
export type LeftAlone = Barrier | Plain<"foreign" | "unmanaged" | "contested">;

/** Why something of the source does not reach the target, or not as asked. */
export type SkipReason =
  | Barrier
  | Plain<
      | "not-included"
      | "no-name"
      | "address-unusable"
      | "external"
      | "outside-group"
      | "not-a-person"
      | "out-of-scope"
      | "never-seen"
      | "unresolved"
      | "not-linked"
      | "doubted"
      | "still-member"
      | "name-left-out"
    >
  | { readonly code: "suspended"; readonly state: Exclude<SourceUser["state"], "active"> }
  | {
      readonly code: "name-wanted-twice";
      readonly name: string;
      readonly rivals: readonly Ref[];
      /** The name it keeps in the target; absent where it is not there. */
      readonly keeps?: string;
    }
  | With<"name-unmanaged" | "name-ignored", { readonly holder: Ref }>
  | { readonly code: "name-foreign"; readonly holder: Ref; readonly externalId: string }
  | With<"name-taken" | "email-taken" | "kept", { readonly detail: string }>
  | { readonly code: "still-has-members"; readonly count: number }
  | { readonly code: "party-left-out"; readonly missing: Ref["kind"] };

export type Reason = SkipReason | LeftAlone;

/** Something of the source that does not reach the target, or not as asked, and why. */
export interface Skip {
  readonly about: Ref;
  /** The group in which it was met, when it is about a membership. */
  readonly within?: Ref;
  readonly reason: SkipReason;
}

/** Whether somebody has to act on a skip: it makes the run `attention`. */
const NEEDS_SOMEBODY: Readonly<Record<SkipReason["code"], boolean>> = {
  ignored: false,
  protected: true,
  "not-included": false,
  "no-name": true,
  "name-wanted-twice": true,
  "name-unmanaged": true,
  "name-foreign": true,
  "name-ignored": false,
  "name-taken": true,
  "email-taken": true,
  "address-unusable": true,
  external: false,
  "outside-group": false,
  "not-a-person": false,
  "out-of-scope": false,
  suspended: false,
  "never-seen": false,
  unresolved: false,
  "not-linked": false,
  doubted: false,
  "still-member": false,
  "still-has-members": false,
  "name-left-out": false,
  "party-left-out": false,
  kept: false,
};

export const needsSomebody = ({ reason }: Skip): boolean => NEEDS_SOMEBODY[reason.code];
