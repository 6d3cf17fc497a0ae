import manifest from "../../package.json" with { type: "json" };
import type { Outcome } from "./write.ts";
import type { Waiting } from "../core/approval.ts";
import { EVERY_KIND, KINDS, takesAccess } from "../core/change.ts";
import type { Change, Kind } from "../core/change.ts";
import { describe, size } from "../core/words.ts";
import type { Record_ } from "../core/words.ts";
import { groupClaim, userClaim } from "../core/mark.ts";
import { changesOf } from "../core/plan.ts";
import type { Skip } from "../core/reason.ts";
import type { Existing, Source } from "../core/model.ts";
import type { Held } from "./second-look.ts";
import type { RunNumbers, Status } from "../log/metrics.ts";
import type { Request } from "../request.ts";
import type { Carried, Proposal } from "./proposal.ts";

export const version: string = manifest.version;

/** Counts by action; memberships are counted person by person. */
export type Counts = Readonly<Partial<Record<Kind, number>>>;

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
  /** Changes that there was no time for. */
  readonly left: number;
  readonly source: { readonly users: number; readonly groups: number; readonly rows: number };
  readonly target: { readonly users: Holdings; readonly groups: Holdings };
  /** Users made by hand, or ignored, at whom somebody must look. */
  readonly toLookAt: number;
  readonly approvals: readonly Waiting[];
  readonly requests: Readonly<Record<string, number>>;
  readonly seconds: Readonly<Record<string, number>>;
  /** Of a plan or dry run: the first 1,000 records. */
  readonly changes?: readonly ChangeRecord[];
  /** How many more there are. */
  readonly more?: number;
}

export type ChangeRecord = Record_ & { readonly status: Outcome["status"] | "planned" | "held" };

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

export interface Circumstances {
  readonly request: Request;
  readonly dryRun: boolean;
  /** Whether somebody at the terminal ended the writing. */
  readonly stopped: boolean;
  readonly requests: Readonly<Record<string, number>>;
  readonly seconds: Readonly<Record<string, number>>;
}

export function report(proposal: Proposal, carried: Carried, circumstances: Circumstances): Summary {
  const { request, dryRun, requests, seconds } = circumstances;
  const changes = changesOf(proposal.plan);
  const { outcomes } = carried;
  const left = dryRun ? 0 : changes.length - wholeChanges(outcomes);
  const verdict = statusOf(proposal, carried, left, circumstances);
  const of = (status: Outcome["status"]): readonly Change[] => changesWith(status, outcomes);
  return {
    ...verdict,
    dryRun,
    trigger: request.trigger,
    version,
    planned: counts(changes),
    applied: counts(of("applied")),
    failed: counts(of("failed")),
    held: counts(proposal.held.map((held) => held.change)),
    skipped: { ...counts(of("skipped")), ...byCode(proposal.plan.skips) },
    left,
    source: sourceCounts(proposal.source),
    target: holdings(proposal.existing),
    toLookAt: proposal.plan.strangers.length,
    approvals: proposal.waiting,
    requests,
    seconds,
    ...(dryRun ? planned(proposal) : {}),
  };
}

/** A chunk told in parts is one change, and is left when a part of it was cut off. */
function wholeChanges(outcomes: readonly Outcome[]): number {
  const cut = new Set(outcomes.flatMap((outcome) => (outcome.cut === true ? [outcome.of] : [])));
  return new Set(outcomes.map((outcome) => outcome.of)).difference(cut).size;
}

function planned(proposal: Proposal): Pick<Summary, "changes" | "more"> {
  const records = recordsOf(proposal);
  return { changes: records.slice(0, MOST_RECORDS), more: Math.max(0, records.length - MOST_RECORDS) };
}

/** What would be written, and what is held: of a refused plan everything it wanted. */
export function recordsOf({ plan, refusedPlan, held }: Proposal): readonly ChangeRecord[] {
  const record = (status: ChangeRecord["status"]) => (change: Change) => ({
    ...describe(change),
    ...(change.kind === "members.add" ? { targetId: plan.groups.get(change.group.externalId) ?? "" } : {}),
    status,
  });
  return [
    ...changesOf(refusedPlan ?? plan).map(record(refusedPlan === undefined ? "planned" : "held")),
    ...held.map(heldRecord),
  ];
}

export const heldRecord = ({ change, reason }: Held): ChangeRecord => ({
  ...describe(change),
  reason,
  status: "held",
});

function counts(changes: readonly Change[]): Counts {
  const found: Partial<Record<Kind, number>> = {};
  for (const kind of EVERY_KIND) {
    const count = changes.reduce((sum, change) => sum + (change.kind === kind ? size(change) : 0), 0);
    if (count > 0) found[kind] = count;
  }
  return found;
}

const total = (counted: Counts): number => Object.values(counted).reduce((sum, count) => sum + count, 0);

function byCode(skips: readonly Skip[]): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { code } of skips) found[code] = (found[code] ?? 0) + 1;
  return found;
}

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

// ---------------------------------------------------------------- how it ended

type Ending = Pick<Summary, "status" | "message">;

function statusOf(
  proposal: Proposal,
  carried: Carried,
  left: number,
  { dryRun, stopped }: Circumstances,
): Ending {
  const { outcomes, fatal } = carried;
  if (fatal !== undefined) return { status: "failed", message: fatal.message };
  if (proposal.verdict.kind === "refused") {
    const status = outcomes.some((outcome) => outcome.status === "failed") ? "failed" : "refused";
    return { status, message: refusal(proposal, carried, left, dryRun) };
  }
  const applied = total(counts(changesWith("applied", outcomes)));
  return (
    keptAccess(outcomes, applied) ??
    outOfTime(left, wholeChanges(outcomes.filter(({ status }) => status === "applied")), stopped) ??
    settled(
      proposal,
      outcomes,
      dryRun ? `${changesOf(proposal.plan).length} changes are planned` : made(applied),
    )
  );
}

const made = (applied: number): string => (applied === 0 ? "Nothing to do" : `${applied} changes were made`);

function changesWith(status: Outcome["status"], outcomes: readonly Outcome[]): readonly Change[] {
  return outcomes.filter((outcome) => outcome.status === status).map((outcome) => outcome.change);
}

const about = ({ change, reason = "" }: Outcome): string => `${describe(change).subject}: ${reason}`;

function keptAccess(outcomes: readonly Outcome[], applied: number): Ending | undefined {
  const kept = outcomes.filter(({ status, change }) => status === "failed" && takesAccess(change));
  const [first] = kept;
  if (first === undefined) return undefined;
  return {
    status: "failed",
    message: `${kept.length} changes that take access away were refused, the first: ${about(first)} ${applied} other changes were made; the next run tries again.`,
  };
}

/** Each run reads everything again, so the next ones get about as far as this one did. */
function outOfTime(left: number, done: number, stopped: boolean): Ending | undefined {
  if (left === 0) return undefined;
  if (stopped) {
    const made = done === 0 ? "nothing was written" : `${done} changes were made`;
    return {
      status: "incomplete",
      message: `Stopped by hand: ${made} and ${left} are left; the next run goes on.`,
    };
  }
  if (done > 0) {
    const runs = Math.ceil(left / done);
    return {
      status: "incomplete",
      message: `${done} changes were made and ${left} are left; the next run goes on, and about ${runs} more ${runs === 1 ? "run is" : "runs are"} needed.`,
    };
  }
  return {
    status: "failed",
    message: `There was no time to make any of ${left} changes; give the function more time (Timeout in function.json).`,
  };
}

function settled({ plan, held, waiting }: Proposal, outcomes: readonly Outcome[], done: string): Ending {
  const failed = outcomes.filter((outcome) => outcome.status === "failed");
  const conflicts = plan.skips.filter((skip) => skip.attention);
  const waits = [
    ...some(failed, "changes were refused", about),
    ...some(held, "removals are held", ({ change, reason }) => `${describe(change).subject}: ${reason}`),
    ...some(waiting, "approvals wait", ({ id, kind, subject }) => `${id}, ${kind}: ${subject}`),
    ...some(conflicts, "conflicts", (skip) => `${skip.subject}: ${skip.reason}`),
  ];
  if (waits.length === 0) return { status: "succeeded", message: `${done}.` };
  return { status: "attention", message: `${done}; somebody has to look: ${waits.join("; ")}.` };
}

function some<T>(list: readonly T[], what: string, tell: (one: T) => string): readonly string[] {
  const [first] = list;
  return first === undefined ? [] : [`${list.length} ${what} (the first: ${tell(first)})`];
}

function refusal(proposal: Proposal, carried: Carried, left: number, dryRun: boolean): string {
  const { verdict, waiting, unasked } = proposal;
  if (verdict.kind !== "refused") return "";
  const still = disabledAnyway(proposal, carried, left, dryRun);
  const doubt =
    unasked === undefined
      ? ""
      : ` Who is deleted could not be asked, so nobody was disabled for being missing: ${unasked}`;
  const ids = waiting
    .filter((wait) => wait.kind === "removals" || wait.kind === "renames")
    .map((wait) => wait.id);
  const how =
    ids.length === 0
      ? ""
      : ` Look with {"action":"plan"}; if it is right, approve with ${JSON.stringify({ action: "sync", approve: ids })}.`;
  return `Refused: ${verdict.sentences.join(". ")}.${still}${doubt}${how}`;
}

function disabledAnyway({ plan }: Proposal, { outcomes }: Carried, left: number, dryRun: boolean): string {
  const count = changesOf(plan).length;
  const reported = "users whom Google itself reports as gone or suspended";
  if (count === 0) return "";
  if (dryRun) return ` Only ${reported} would be disabled (${count}).`;
  const disabled = outcomes.filter((outcome) => outcome.status === "applied").length;
  if (disabled === count) return ` Only ${reported} were disabled (${count}).`;
  const [first, ...others] = outcomes.filter((outcome) => outcome.status === "failed");
  const late = left === 0 ? "" : `, ${left} are left for want of time`;
  const refused =
    first === undefined ? "." : `, ${others.length + 1} could not be, the first: ${about(first)}`;
  return ` Of ${count} ${reported} ${disabled} were disabled${late}${refused} The next run tries again.`;
}

const isRevocation = (kind: Kind): boolean => KINDS[kind].takesAway === "access";

/** What the metrics say of a summary. */
export function numbersOf(summary: Summary, name: string, tokenAgeDays: number | undefined): RunNumbers {
  const { applied, target } = summary;
  return {
    function: name,
    status: summary.status,
    applied: total(applied),
    failed: total(summary.failed),
    held: total(summary.held),
    waiting: summary.approvals.length,
    removals: EVERY_KIND.reduce((sum, kind) => sum + (isRevocation(kind) ? (applied[kind] ?? 0) : 0), 0),
    users: target.users.managed,
    groups: target.groups.managed,
    unmanagedToLookAt: summary.toLookAt,
    duration: Math.round((summary.seconds["total"] ?? 0) * 1000),
    tokenAgeDays,
  };
}
