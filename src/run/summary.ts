import manifest from "../../package.json" with { type: "json" };
import { isCut } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { accessIn } from "../core/carried.ts";
import { EVERY_KIND, KINDS } from "../core/change.ts";
import { atOnce } from "../core/at-once.ts";
import type { Change, Kind } from "../core/change.ts";
import { countsOf, total } from "../core/count.ts";
import type { Counts } from "../core/count.ts";
import { approvalOf, approvePayload, describe, reasonText } from "../core/words.ts";
import type { Approval, ApprovePayload, Record_ } from "../core/words.ts";
import { groupClaim, userClaim } from "../core/mark.ts";
import { changesOf } from "../core/plan.ts";
import type { Plan } from "../core/plan.ts";
import type { Skip } from "../core/reason.ts";
import type { Existing, Source } from "../core/model.ts";
import { firstWithin } from "../log/bounded.ts";
import type { RunNumbers, Status } from "../log/metrics.ts";
import { changesWith, endingOf } from "./ending.ts";
import type { Carried, Proposal } from "./proposal.ts";
import type { Carried as Access } from "../core/carries.ts";

export const version: string = manifest.version;

/** What a run returns, and its last log line (contract §2). */
export interface Summary {
  readonly status: Status;
  /** One sentence: what came of it, with the numbers and the next step. */
  readonly message: string;
  readonly dryRun: boolean;
  readonly trigger: string;
  readonly version: string;
  readonly planned: Counts;
  readonly applied: Counts;
  readonly failed: Counts;
  readonly held: Counts;
  /** Changes skipped by action, and what of the source does not reach the target by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Changes that there was no time for, memberships person by person. */
  readonly left: number;
  readonly source: { readonly users: number; readonly groups: number; readonly rows: number };
  readonly target: { readonly users: Holdings; readonly groups: Holdings };
  /** Users made by hand, or ignored, at whom somebody must look. */
  readonly toLookAt: number;
  /** Enabled users who left, beyond the budget, or of whom Google does not say whether they left. */
  readonly leaversWaiting: number;
  readonly approvals: readonly Approval[];
  /** For each kind of what waits the payload that approves all of it; of adoptions only what changes no member. */
  readonly approveAll: Readonly<Partial<Record<Approval["kind"], ApprovePayload>>>;
  /** What was approved for this run. */
  readonly approved: readonly Approval[];
  readonly requests: Readonly<Record<string, number>>;
  readonly seconds: Readonly<Record<string, number>>;
  /** Of a plan or dry run: the first 1,000 records, or as many as take 3 MB. */
  readonly changes?: readonly ChangeRecord[];
  /** How many more there are. */
  readonly more?: number;
}

type ChangeRecord = Record_ & { readonly status: Outcome["status"] | "planned" | "held" };

export interface Holdings {
  readonly managed: number;
  readonly revoked: number;
  readonly foreign: number;
  readonly unmanaged: number;
}

/** Measures the steps of a run, in seconds. */
export interface Stopwatch {
  readonly time: <T>(step: string, work: () => Promise<T>) => Promise<T>;
  readonly seconds: () => Readonly<Record<string, number>>;
}

export function stopwatch(): Stopwatch {
  const started = performance.now();
  const steps: Record<string, number> = {};
  const since = (start: number): number => Math.round(performance.now() - start) / 1000;
  return {
    time: async (step, work) => {
      const start = performance.now();
      try {
        return await work();
      } finally {
        steps[step] = since(start);
      }
    },
    seconds: () => ({ ...steps, total: since(started) }),
  };
}

const MOST_RECORDS = 1_000;
/** An answer may have 4 MB (contract §2). */
const MOST_RECORDS_BYTES = 3_000_000;

interface Circumstances {
  readonly trigger: string;
  readonly dryRun: boolean;
  /** Whether somebody at the terminal ended the writing. */
  readonly stopped: boolean;
  readonly requests: Readonly<Record<string, number>>;
  readonly seconds: Readonly<Record<string, number>>;
}

export function report(proposal: Proposal, carried: Carried, circumstances: Circumstances): Summary {
  const { trigger, dryRun, stopped, requests, seconds } = circumstances;
  const { plan } = proposal;
  const { outcomes } = carried;
  const left = dryRun ? [] : leftOf(plan, outcomes);
  const answered = outcomes.filter((outcome) => !isCut(outcome));
  const of = (status: Outcome["status"]): Counts => countsOf(changesWith(status, outcomes));
  return {
    ...endingOf(proposal, carried, { dryRun, stopped, left }),
    dryRun,
    trigger,
    version,
    planned: countsOf(changesOf(plan)),
    applied: of("applied"),
    failed: of("failed"),
    held: countsOf(proposal.held.map((held) => held.change)),
    skipped: { ...countsOf(changesWith("skipped", answered)), ...skipsByCode(plan.skips) },
    left: total(countsOf([...proposal.unasked, ...left])),
    ...sizesOf(proposal),
    toLookAt: plan.strangers.length,
    leaversWaiting: leaversWaiting(proposal),
    approvals: proposal.waiting.map(approvalOf),
    approveAll: Object.fromEntries(
      atOnce(proposal.waiting).map(({ kind, ids }) => [kind, approvePayload(ids)]),
    ),
    approved: proposal.approved.map(approvalOf),
    requests,
    seconds,
    ...(dryRun ? firstRecords(proposal) : {}),
  };
}

/** Of whom Google says that they are active after all, nobody waits for anything. */
const leaversWaiting = ({ waiting, held }: Proposal): number =>
  waiting.filter(({ kind }) => kind === "leavers").length +
  held.filter(({ change, reason }) => change.kind === "user.disable" && reason.code === "no-answer").length;

/** What was not begun, and the parts of a chunk of which nobody knows whether they took effect. */
function leftOf(plan: Plan, outcomes: readonly Outcome[]): readonly Change[] {
  const begun = new Set(outcomes.map((outcome) => outcome.of));
  const cut = outcomes.filter(isCut);
  return [...changesOf(plan).filter((change) => !begun.has(change)), ...cut.map(({ change }) => change)];
}

function firstRecords(proposal: Proposal): Pick<Summary, "changes" | "more"> {
  const records = recordsOf(proposal);
  const changes = firstWithin(records.slice(0, MOST_RECORDS), MOST_RECORDS_BYTES);
  return { changes, more: records.length - changes.length };
}

/** What would be written, and what is held: of a refused plan whatever else it wanted. */
export function recordsOf(proposal: Proposal): readonly ChangeRecord[] {
  const { plan, refusedPlan, carries } = proposal;
  const record = (status: ChangeRecord["status"]) => (change: Change) => ({
    ...describe(change, accessIn(change, plan.groups, carries)),
    ...(change.kind === "members.add" ? { targetId: plan.groups.get(change.group.externalId) ?? "" } : {}),
    status,
  });
  const done = new Set(changesOf(plan));
  const refused = refusedPlan === undefined ? [] : changesOf(refusedPlan).filter((one) => !done.has(one));
  return [...[...done].map(record("planned")), ...refused.map(record("held")), ...heldRecords(proposal)];
}

/** What became of a change, or of a part of one. */
export function outcomeRecord({ status, change, targetId, reason }: Outcome, access?: Access): ChangeRecord {
  const record = describe(change, access);
  return {
    ...{ ...record, status, targetId: targetId ?? record.targetId },
    reason: reason === undefined ? record.reason : reasonText(reason),
  };
}

export const heldRecords = ({ held, plan, carries }: Proposal): readonly ChangeRecord[] =>
  held.map(({ change, reason }) => ({
    ...describe(change, accessIn(change, plan.groups, carries)),
    reason: reasonText(reason),
    status: "held",
  }));

function skipsByCode(skips: readonly Skip[]): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { reason } of skips) found[reason.code] = (found[reason.code] ?? 0) + 1;
  return found;
}

/** How much was read of both sides. */
export type Sizes = Pick<Summary, "source" | "target">;

export const sizesOf = ({ source, existing }: Proposal): Sizes => ({
  source: sourceCounts(source),
  target: holdings(existing),
});

function sourceCounts(source: Source): Summary["source"] {
  const rows = [...source.members.values()].reduce((sum, members) => sum + members.length, 0);
  return { users: source.users.length, groups: source.groups.length, rows };
}

function holdings({ users, groups }: Existing): Summary["target"] {
  const count = (kinds: readonly string[]): Holdings => {
    const of = (kind: string): number => kinds.filter((one) => one === kind).length;
    return {
      managed: of("managed"),
      revoked: of("marked"),
      foreign: of("foreign"),
      unmanaged: of("unmanaged"),
    };
  };
  return {
    users: count(users.map((user) => userClaim(user.externalId).kind)),
    groups: count(groups.map((group) => groupClaim(group.externalId).kind)),
  };
}

const isRevocation = (kind: Kind): boolean => KINDS[kind].takesAway === "access";

/** What the metrics say, but for what was asked. */
export type Numbers = Omit<RunNumbers, "ran" | "scheduled">;

export function numbersOf(summary: Summary, name: string, tokenAgeDays: number | undefined): Numbers {
  const { applied, target } = summary;
  return {
    function: name,
    status: summary.status,
    dryRun: summary.dryRun,
    leavers: applied["user.disable"] ?? 0,
    leaversWaiting: summary.leaversWaiting,
    approvalsGiven: summary.approved.length,
    applied: total(applied),
    failed: total(summary.failed),
    held: total(summary.held),
    waiting: summary.approvals.filter(({ pressing }) => pressing).length,
    removals: EVERY_KIND.reduce((sum, kind) => sum + (isRevocation(kind) ? (applied[kind] ?? 0) : 0), 0),
    users: target.users.managed,
    groups: target.groups.managed,
    unmanagedToLookAt: summary.toLookAt,
    duration: Math.round((summary.seconds["total"] ?? 0) * 1000),
    tokenAgeDays,
  };
}
