import { isPressing } from "../core/approval.ts";
import type { Waiting } from "../core/approval.ts";
import { atOnce } from "../core/at-once.ts";
import { count, countsOf, number, total } from "../core/count.ts";
import { accessIn, heaviestFirst } from "../core/carried.ts";
import { carriesText } from "../core/carries-words.ts";
import { hasFact, isRemoval, takesAccess } from "../core/change.ts";
import type { Change } from "../core/change.ts";
import { changesOf } from "../core/plan.ts";
import { needsSomebody } from "../core/reason.ts";
import type { Held } from "../core/reason.ts";
import { troubleSentence } from "../core/trouble.ts";
import { muchUnread } from "../core/unread.ts";
import { approvalOf, approveText, describe, reasonText } from "../core/words.ts";
import type { Status } from "../log/metrics.ts";
import type { Carried, Proposal } from "./proposal.ts";
import type { Outcome } from "./outcome.ts";

/** How a run ended, and the one sentence about it: what came of it, with the numbers and the next step. */
interface Ending {
  readonly status: Status;
  readonly message: string;
}

interface Way {
  readonly dryRun: boolean;
  /** Whether somebody at the terminal ended the writing. */
  readonly stopped: boolean;
  /** What there was no time for. */
  readonly left: readonly Change[];
}

export function endingOf(proposal: Proposal, carried: Carried, way: Way): Ending {
  const { outcomes, fatal } = carried;
  if (fatal !== undefined) return { status: "failed", message: fatal.message };
  const kept = keptAccess(outcomes);
  if (proposal.verdict.kind === "refused") {
    const message = refusal(proposal, outcomes, way);
    return kept === undefined
      ? { status: "refused", message }
      : { ...kept, message: `${kept.message} ${message}` };
  }
  return (
    kept ??
    uncounted(proposal, outcomes) ??
    leaversWait(proposal, outcomes) ??
    outOfTime(outcomes, proposal, way) ??
    tooMuchUnread(settled(proposal, outcomes, way), proposal)
  );
}

/** What can be done is done; that so much could not be read is no oddity any more. */
function tooMuchUnread(settled: Ending, { source, existing }: Proposal): Ending {
  const much = muchUnread(source, existing);
  if (much === undefined) return settled;
  const { count: unread, of, kind, at, first } = much;
  const all = at === "AWS" ? `${count(of, kind)} in AWS` : count(of, kind);
  const which = `${number(unread)} of ${all} could not be read, the first: ${first.label}: ${troubleSentence(first)}`;
  return { status: "failed", message: `${which} ${settled.message}` };
}

/** Changes of some status, each with the part of it that has this status. */
export const changesWith = (status: Outcome["status"], outcomes: readonly Outcome[]): readonly Change[] =>
  outcomes.filter((outcome) => outcome.status === status).map((outcome) => outcome.change);

const times = (changes: readonly Change[]): number => total(countsOf(changes));
const timesOf = ({ change }: { readonly change: Change }): number => times([change]);

const were = (size: number, one: string, verb: string): string =>
  `${count(size, `${one} was`, `${one}s were`)} ${verb}`;

const refusalText = ({ change, reason }: Outcome): string =>
  `${describe(change).subject}${reason === undefined ? "" : `: ${reasonText(reason)}`}`;

function keptAccess(outcomes: readonly Outcome[]): Ending | undefined {
  const kept = outcomes.filter(({ status, change }) => status === "failed" && takesAccess(change));
  const [first] = kept;
  if (first === undefined) return undefined;
  const size = times(kept.map(({ change }) => change));
  const what = count(size, "change that takes access away was", "changes that take access away were");
  const others = were(times(changesWith("applied", outcomes)), "other change", "made");
  return {
    status: "failed",
    message: `${what} refused${size === 1 ? "" : ", the first"}: ${refusalText(first)}. ${others}; the next run tries again.`,
  };
}

/** Who counts nothing must do nothing that counts. */
function uncounted({ uncounted: unread }: Proposal, outcomes: readonly Outcome[]): Ending | undefined {
  const unwritten = outcomes.flatMap(({ reason }) => (reason?.code === "tally-unwritable" ? [reason] : []));
  const [trouble] = [...(unread === undefined ? [] : [unread]), ...unwritten];
  if (trouble === undefined) return undefined;
  const made = were(times(changesWith("applied", outcomes)), "change", "made");
  const message = `${troubleSentence(trouble)} ${made}; whatever counts against a budget waits until then, leavers from the tenth of a day on.`;
  return { status: "failed", message };
}

/** The others went, and so did everything else; but somebody who left can still sign in. */
function leaversWait({ waiting }: Proposal, outcomes: readonly Outcome[]): Ending | undefined {
  const message = waitingLeavers(waiting).trimStart();
  if (message !== "") return { status: "refused", message };
  const late = beaten(outcomes).filter(({ change }) => change.kind === "user.disable");
  if (late.length === 0) return undefined;
  const who = count(late.length, "leaver is", "leavers are");
  return {
    status: "refused",
    message: `${who} still enabled, because another run has spent MAX_LEAVERS meanwhile. The next run says how to approve it.`,
  };
}

/** What another run left no room for. */
const beaten = (outcomes: readonly Outcome[]): readonly Outcome[] =>
  outcomes.filter(({ reason }) => reason?.code === "budget-spent");

/** Each run reads everything again, so the next ones get about as far as this one did. */
function outOfTime(
  outcomes: readonly Outcome[],
  { unasked }: Proposal,
  { left: unwritten, stopped }: Way,
): Ending | undefined {
  const left = [...unasked, ...unwritten];
  if (left.length === 0) return undefined;
  const size = times(left);
  const rest = `${count(size, "is", "are")} left; the next run goes on`;
  const made = times(changesWith("applied", outcomes));
  if (stopped) {
    const sofar = made === 0 ? "nothing was written" : were(made, "change", "made");
    return { status: "incomplete", message: `Stopped by hand: ${sofar} and ${rest}.` };
  }
  // Time goes by requests, and a hundred memberships are one.
  const requests = new Set(outcomes.flatMap(({ status, of }) => (status === "applied" ? [of] : []))).size;
  if (requests > 0) {
    const runs = count(Math.ceil(left.length / requests), "more run is", "more runs are");
    return {
      status: "incomplete",
      message: `${were(made, "change", "made")} and ${rest}, and about ${runs} needed.`,
    };
  }
  const none = size === 1 ? "the 1 change" : `any of ${count(size, "change")}`;
  return {
    status: "failed",
    message: `There was no time to make ${none}; give the function more time (Timeout in function.json).`,
  };
}

function settled(proposal: Proposal, outcomes: readonly Outcome[], { dryRun }: Way): Ending {
  const { plan, held, waiting, stale, unlisted, unshown = [], unwritable } = proposal;
  const done = dryRun ? planned(times(changesOf(plan))) : changesMade(outcomes);
  const failed = outcomes.filter((outcome) => outcome.status === "failed");
  const conflicts = plan.skips.filter(needsSomebody);
  const end = `${staleText(stale)}${adoptionText(waiting)}`;
  const needs = [
    ...(unlisted === undefined ? [] : [`Google did not list everybody (${troubleSentence(unlisted)})`]),
    ...withFirst(
      unshown,
      "account that was suspended, archived or deleted could not be looked up in AWS",
      "accounts that were suspended, archived or deleted could not be looked up in AWS",
      troubleSentence,
    ),
    ...(unwritable === undefined ? [] : [`nothing could be written (${troubleSentence(unwritable)})`]),
    ...withFirst(failed, "change was refused", "changes were refused", refusalText, timesOf),
    ...withFirst(beaten(outcomes), "change waits", "changes wait", refusalText, timesOf),
    ...heldTexts(held),
    ...withFirst(
      waiting.filter(isPressing).map(approvalOf),
      "approval is needed",
      "approvals are needed",
      ({ id, kind, subject }) => `${id}, ${kind}: ${subject}`,
    ),
    ...withFirst(stale, "approval fits nothing any longer", "approvals fit nothing any longer", (id) => id),
    ...withFirst(
      conflicts,
      "conflict",
      "conflicts",
      ({ about, reason }) => `${about.label}: ${reasonText(reason)}`,
    ),
  ];
  if (needs.length === 0 && stale.length === 0) return { status: "succeeded", message: `${done}.${end}` };
  if (needs.length === 0) return { status: "attention", message: `${done}.${end}` };
  return { status: "attention", message: `${done}; needs attention: ${needs.join("; ")}.${end}` };
}

/** What Google contradicts, or does not say: somebody is not disabled or taken out, or is not let in. */
function heldTexts(held: readonly Held[]): readonly string[] {
  const tell = ({ change, reason }: Held): string => `${describe(change).subject}: ${reasonText(reason)}`;
  const told = (is: (change: Change) => boolean, one: string, many: string): readonly string[] =>
    withFirst(
      held.filter(({ change }) => is(change)),
      one,
      many,
      tell,
      timesOf,
    );
  return [
    ...told((change) => !hasFact(change, "secondLook", "enabling"), "removal is held", "removals are held"),
    ...told(({ kind }) => kind === "user.enable", "user is not enabled", "users are not enabled"),
    ...told(({ kind }) => kind === "user.restore", "user is not restored", "users are not restored"),
    ...told(({ kind }) => kind === "user.update", "user is not taken over", "users are not taken over"),
  ];
}

/** What was approved, and is not what would happen now. */
const staleText = (stale: readonly string[]): string =>
  stale.length === 0 ? "" : ` Nothing waits under ${stale.join(", ")} any more.`;

/** What may wait for ever without harm, and how to approve what needs no look at each. */
function adoptionText(waiting: readonly Waiting[]): string {
  const size = waiting.filter((wait) => !isPressing(wait)).length;
  if (size === 0) return "";
  const plain = atOnce(waiting).flatMap(({ kind, ids }) => (kind === "adoption" ? ids : []));
  const rest = ` ${count(size, "group waits", "groups wait")} to be taken over.`;
  if (plain.length === 0) return rest;
  const which = count(
    plain.length,
    "that an administrator made and that changes",
    "that administrators made and that change",
  );
  return `${rest} To approve the ${which} no member: ${approveText(plain)}`;
}

const planned = (size: number): string => (size === 0 ? "Nothing to do" : `${count(size, "change")} planned`);

function changesMade(outcomes: readonly Outcome[]): string {
  if (outcomes.length === 0) return "Nothing to do";
  const size = times(changesWith("applied", outcomes));
  return size === 0 ? "Nothing was changed" : were(size, "change", "made");
}

/** How many, with the first as an example. */
function withFirst<T>(
  list: readonly T[],
  one: string,
  many: string,
  tell: (one: T) => string,
  size: (one: T) => number = () => 1,
): readonly string[] {
  const [first] = list;
  if (first === undefined) return [];
  const all = list.reduce((sum, one) => sum + size(one), 0);
  return [`${count(all, one, many)} (${all === 1 ? "" : "the first: "}${tell(first)})`];
}

// ---------------------------------------------------------------- a refused plan

function refusal(proposal: Proposal, outcomes: readonly Outcome[], way: Way): string {
  const { verdict, waiting } = proposal;
  if (verdict.kind !== "refused") return "";
  const approve = verdict.waiting.map(({ id }) => id);
  const how =
    approve.length === 0
      ? " This cannot be approved."
      : ` If it is right, approve with ${approveText(approve)}.`;
  return `${verdict.reasons.map(reasonText).join(". ")}.${accessText(proposal)}${leaversText(outcomes, way)}${waitingLeavers(waiting)}${how}`;
}

/** What of all that would go carries most. */
function accessText({ refusedPlan, carries }: Proposal): string {
  if (refusedPlan === undefined) return "";
  const found = changesOf(refusedPlan)
    .filter(isRemoval)
    .flatMap((change) => {
      const { opens = [], whole = false } = accessIn(change, refusedPlan.groups, carries) ?? {};
      const isGroup = hasFact(change, "of", "group");
      return opens.length === 0 ? [] : [{ opens, whole, isGroup, subject: describe(change).subject }];
    });
  const all = [...new Map(found.map((one) => [one.subject, one])).values()];
  // A group says more than each of its members.
  const [first, ...others] = all.toSorted(
    (one, other) => heaviestFirst(one.opens, other.opens) || Number(other.isGroup) - Number(one.isGroup),
  );
  if (first === undefined) return "";
  const more =
    others.length === 0 ? "" : `; ${count(others.length, "other carries", "others carry")} access too`;
  return ` Of what would go, ${first.subject} ${carriesText(first)}${more}.`;
}

function leaversText(outcomes: readonly Outcome[], { dryRun }: Way): string {
  const disabled = changesWith("applied", outcomes).filter(({ kind }) => kind === "user.disable").length;
  return dryRun || disabled === 0 ? "" : ` ${were(disabled, "leaver", "disabled")}.`;
}

/** Who should be out, and is not yet, comes first. */
function waitingLeavers(waiting: readonly Waiting[]): string {
  const some = waiting.filter(({ kind }) => kind === "leavers");
  const [first] = some.map(approvalOf);
  if (first === undefined) return "";
  const who = `${count(some.length, "leaver is", "leavers are")} still enabled`;
  return ` ${who}, because ${first.sentence}. If it is right, approve with ${approveText(some.map(({ id }) => id))}.`;
}
