import type { Carried } from "./carries.ts";
import type { WaitReason } from "./reason.ts";
import type { Ref } from "./ref.ts";

/** The contract's kinds of approvals, and whether one lets something be taken away. */
export const TAKEN_BY_APPROVAL = {
  ...{ removals: true, unsure: true, leavers: true, shrink: true, upheaval: true, carries: true },
  ...{ adoption: false, "hand-over": false, enable: false },
  ...{ growth: false, renames: false, "new-groups": false },
} as const;

/** What waits for somebody's word. */
export interface Waiting {
  /** A digest of what would happen, 32 hex digits, without dates: it is what an approval names. */
  readonly id: string;
  readonly kind: keyof typeof TAKEN_BY_APPROVAL;
  /** Absent when it is about the plan as a whole. */
  readonly about?: Ref;
  /** The group, when it is about a membership. */
  readonly within?: Ref;
  readonly reason: WaitReason;
  /** What access whoever it is about carries, where that was asked; no part of the id. */
  readonly carried?: Carried;
}

/** Whether somebody must decide. A group that was never linked is no worse off for waiting to be taken over. */
export const isPressing = ({ kind, about }: Pick<Waiting, "kind" | "about">): boolean =>
  kind !== "adoption" || about?.kind !== "group";

/** Any digest of a text; comes from outside, for the core knows no package. */
type Digest = (text: string) => string;

export interface Approvals {
  readonly digest: Digest;
  /** The ids that were approved for this run. */
  readonly given: ReadonlySet<string>;
}

/** 128 bits: with 48 somebody made a second group of the same id in less than a minute. */
const ID_LENGTH = 32;

/** The parts of what would happen, in an order of their own, so that the same deed has the same id. */
export function approvalId(kind: Waiting["kind"], parts: readonly string[], digest: Digest): string {
  return digest(JSON.stringify([kind, ...parts.toSorted()])).slice(0, ID_LENGTH);
}
