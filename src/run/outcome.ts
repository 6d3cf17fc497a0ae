/** What became of changes, and what is known so far while they are carried out. */
import type { Change, Named } from "../core/change.ts";
import type { SourceId, TargetId } from "../core/model.ts";
import type { Dependence, OutcomeReason } from "../core/reason.ts";
import { partyRef } from "../core/ref.ts";
import { THROTTLED, isOfOneRequest } from "../aws/errors.ts";
import type { TargetError } from "../aws/errors.ts";
import type { Created, Scim } from "../aws/scim.ts";

/** What was to be made was there already. */
type FoundReason = Extract<OutcomeReason, { readonly code: "already-there" }>;

/** What a request came to, before it is said which change of the plan it belongs to. */
export type Result = {
  readonly change: Change;
  /** The id of what was made, and of the group that members were to be added to. */
  readonly targetId?: TargetId;
} & (
  | { readonly status: "applied"; readonly reason?: FoundReason; readonly error?: undefined }
  | {
      readonly status: "failed" | "skipped";
      readonly reason: OutcomeReason;
      readonly error?: TargetError;
    }
);

/** What became of a change, or of a part of one: a refused chunk of members is told person by person. */
export type Outcome = Result & {
  /** The change of the plan that this is the outcome of, or of a part of. */
  readonly of: Change;
};

/** Whether the end of time came before AWS answered: the next run sees whether it took effect. */
export const isCut = ({ reason }: Outcome): boolean => reason?.code === "cut-off";

/** What of AWS a change is carried out with. */
export type Target = Pick<
  Scim,
  | "createUser"
  | "patchUser"
  | "deleteUser"
  | "createGroup"
  | "patchGroup"
  | "deleteGroup"
  | "addMembers"
  | "removeMembers"
  | "user"
  | "group"
  | "groupsOf"
  | "isMember"
  | "reader"
>;

/** What is known so far: who became which id, and what went wrong that others depend on. */
export interface Ledger {
  readonly users: Map<SourceId, TargetId>;
  readonly groups: Map<SourceId, TargetId>;
  /** Users and groups who were neither created nor restored, by source id. */
  readonly lost: Map<SourceId, Failing>;
  /** Objects whose own change went wrong: the name they hold is not free. */
  readonly stuck: Map<TargetId, Failing>;
  /** Users with a membership that could not be taken away: enabling them would give it back. */
  readonly kept: Map<TargetId, Failing>;
  /** Details that AWS does not take, each with the value that it was to become. */
  readonly refused: Set<string>;
}

type Failing = Omit<Dependence, "what">;

/** Not tried, because something else went wrong before. */
export const dependsOn = (what: Dependence["what"], failing: Failing): OutcomeReason => ({
  code: "depends-on",
  what,
  ...failing,
});

/** Not tried, because this user is not there. */
export const dependsOnUser = (user: Named, lost: Ledger["lost"]): OutcomeReason =>
  dependsOn(
    "user",
    lost.get(user.externalId) ?? { on: partyRef("user", user), because: { code: "not-created" } },
  );

export const done = (change: Change): readonly Result[] => [{ status: "applied", change }];

/** What was made; or found, when nothing was written. */
export const created = (change: Change, { id: targetId, found }: Created): Result => ({
  status: "applied",
  change,
  targetId,
  ...(found ? { reason: { code: "already-there" } } : {}),
});

/** Not tried, or not needed any more. */
export const skippedBecause = (change: Change, reason: OutcomeReason): Result => ({
  status: "skipped",
  change,
  reason,
});

/** Refused by AWS. */
export const failure = (change: Change, error: TargetError): Result => ({
  status: "failed",
  change,
  reason: { code: "refused", why: error.why, todo: error.todo },
  error,
});

/** Whether AWS refused what was to be written: neither the token nor the speed, nor because nobody is there. */
export const isRefused = (error: unknown): error is Refusal => isAnswered(error) && error.status !== 404;

/** Whether AWS refused it, and neither the token nor the speed, with one of these statuses. */
export const isRefusal = (error: unknown, ...statuses: readonly number[]): error is Refusal =>
  isAnswered(error) && statuses.includes(error.status);

type Refusal = TargetError & { readonly status: number };

const isAnswered = (error: unknown): error is Refusal =>
  isOfOneRequest(error) && error.status !== undefined && error.code !== THROTTLED;
