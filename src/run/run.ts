import type { DirectoryCheck } from "../aws/directory-check.ts";
import { TargetError } from "../aws/errors.ts";
import { accessReview } from "../core/explain/review.ts";
import type { ReviewRow } from "../core/explain/review.ts";
import { isRetirement, objectIdOf } from "../core/change.ts";
import type { Change } from "../core/change.ts";
import type { SourceId, TargetId } from "../core/model.ts";
import { changesOf } from "../core/plan.ts";
import type { OutcomeReason } from "../core/reason.ts";
import { doctor } from "../doctor/doctor.ts";
import type { DoctorReport } from "../doctor/report.ts";
import type { Log } from "../log/log.ts";
import { asksOnly, RequestError } from "../request.ts";
import type { Request, RunRequest } from "../request.ts";
import { atHalfTheRates, configure } from "../settings/config.ts";
import type { Config, Secrets } from "../settings/config.ts";
import { OutOfTime, deadline } from "../traffic/deadline.ts";
import type { Deadline } from "../traffic/deadline.ts";
import { homeOf, openWorld, secretsIn } from "../world.ts";
import type { World } from "../world.ts";
import type { Admission } from "./admission.ts";
import { apply } from "./apply.ts";
import type { Call } from "./call.ts";
import { evidenceOf, explained } from "./explain.ts";
import type { Explained } from "./explain.ts";
import { openDay } from "./day.ts";
import { tellOfFailure, tellOfRun } from "./notify.ts";
import { isWriting, keeping } from "./proposal.ts";
import type { Carried, Proposal, Run } from "./proposal.ts";
import { proposeLeavers } from "./propose-leavers.ts";
import { propose } from "./propose.ts";
import { openLog, tellEnd, tellFailure, tellNotices, telling } from "./record.ts";
import type { Begun } from "./record.ts";
import { report, stopwatch } from "./summary.ts";
import type { Summary } from "./summary.ts";
import type { Outcome } from "./outcome.ts";

/** Everybody's memberships, a row each. */
interface Review {
  readonly action: "review";
  readonly rows: readonly ReviewRow[];
}

/** What each action answers with. */
interface Answers {
  readonly sync: Summary;
  readonly plan: Summary;
  readonly leavers: Summary;
  readonly doctor: DoctorReport;
  readonly explain: Explained;
  readonly review: Review;
}
export type Answer<R extends Request = Request> = Answers[R["action"]];

/** Opens, performs, tells and closes, whatever is asked. Throws what stopped it; nothing stops a doctor. */
export function answer<R extends Request>(call: Call<R>): Promise<Answer<R>>;
export async function answer(call: Call): Promise<Answer> {
  const { environment, place, request, patience } = call;
  const started = new Date();
  const time = deadline(call.remainingMs, call.stop);
  let log = await openLog(call);
  try {
    if (request.action === "doctor") return tellFindings(await doctor({ ...call, deadline: time }), log);
    const home = homeOf(environment);
    const { config, secrets } = await configure(environment, place, secretsIn(home, patience, time.signal));
    log = await openLog(call, config);
    const paced = asksOnly(request) ? atHalfTheRates(config) : config;
    const frame = { config: paced, secrets, deadline: time, home, patience };
    const world = openWorld({ ...frame, debug: log.debug });
    try {
      return await inWorld(request, { call, started, time, config, secrets, world, log });
    } catch (error) {
      const day = openDay(world.tally, started, false);
      const names = config.notifyNames;
      if (isWriting(request, config)) await tellOfFailure(error, { call, world, day, log, names });
      throw error;
    } finally {
      await world.close();
    }
  } catch (error) {
    tellFailure(error, { call, started, log });
    throw error;
  } finally {
    time.end();
  }
}

/** Each finding is a line. Returns the report. */
function tellFindings(report: DoctorReport, log: Log): DoctorReport {
  const levels = { ok: log.info, warning: log.warn, error: log.error, "not-checked": log.info };
  for (const { id, level, title, why, todo } of report.findings)
    levels[level](`${level}: ${title}: ${why}${todo === "" ? "" : ` ${todo}`}`, { finding: id });
  log.info(report.message, { findings: report.counts });
  return report;
}

/** What is open while something is performed. */
interface Opened extends Begun {
  readonly time: Deadline;
  readonly config: Config;
  readonly secrets: Secrets;
  readonly world: World;
}

async function inWorld(request: Exclude<Request, { action: "doctor" }>, opened: Opened): Promise<Answer> {
  switch (request.action) {
    case "sync":
    case "plan":
    case "leavers":
      return sync(request, opened);
    case "explain":
      return explained(request.subject, await evidence(opened), opened.world);
    case "review":
      return reviewOf(opened);
    default:
      return request satisfies never;
  }
}

/** Every group is asked about: of 1,000 that takes some minutes at the rate that AWS allows. */
async function reviewOf(opened: Opened): Promise<Review> {
  const { world, call } = opened;
  const found = await evidence(opened);
  const groups = found.existing.groups.map(({ id }) => ({ kind: "group", id }) as const);
  const carries = await world.carries(groups, (known) => call.watch?.carrying?.(known, groups.length));
  return { action: "review", rows: accessReview(found, carries) };
}

/** What a run would know now, before its first write. */
async function evidence({ call, started, time, config, world }: Opened) {
  const day = openDay(world.tally, started, false);
  const { watch } = call;
  const nothing = { selection: {}, writes: false, early: false };
  const run = { world, config, deadline: time, now: started, day, ...nothing, watch };
  return evidenceOf(await propose(run, stopwatch()), config);
}

/** One run: read, decide, confirm, write; in that order, once. */
async function sync(request: RunRequest, opened: Opened): Promise<Summary> {
  const { call, started, time, config, world } = opened;
  checkAlias(request, opened);
  tellNotices(config, opened);
  const clock = stopwatch();
  const writes = isWriting(request, config);
  const watch = telling(opened, writes);
  const day = openDay(world.tally, started, writes);
  const early = writes && call.place === "lambda";
  const selection = request.action === "leavers" ? {} : request;
  const run = { world, config, selection, deadline: time, now: started, day, ...{ writes, early, watch } };
  const proposed = await (request.action === "leavers" ? proposeLeavers : propose)(run, clock);
  const store = await world.storeRead();
  const proposal = { ...proposed, store, ...(writes ? {} : await writability(world)) };
  await watch.proposed(proposal);
  const carried = writes ? await clock.time("write", () => carryOut(proposal, run)) : NOTHING;
  const summary = report(proposal, carried, {
    ...{ trigger: request.trigger, dryRun: !writes, stopped: time.stopped() },
    ...{ requests: world.requests(), seconds: clock.seconds() },
  });
  tellEnd(summary, opened.secrets.scim, opened);
  if (writes) await tellOfRun(summary, { call, world, day, log: opened.log, names: config.notifyNames });
  return summary;
}

/** One read with token and endpoint: whoever plans learns now what would stop them when they apply. */
async function writability({ target }: World): Promise<Pick<Proposal, "unwritable">> {
  try {
    await target.anyUser();
    return {};
  } catch (error) {
    if (error instanceof TargetError) return { unwritable: error };
    throw error;
  }
}

/** In Lambda, whoever may approve may reach the alias, and nobody else may approve. A terminal asks for itself. */
function checkAlias(request: RunRequest, { call, config }: Opened): void {
  const { approveQualifier } = config;
  if (request.action !== "sync" || request.approve === undefined || call.place === "terminal") return;
  if (approveQualifier === "any" || call.qualifier === approveQualifier) return;
  throw new RequestError(
    `An approval is accepted only through the alias "${approveQualifier}" (APPROVE_QUALIFIER), and nothing was done: invoke the function with --qualifier ${approveQualifier}, with a role that may.`,
  );
}

const NOTHING: Carried = { outcomes: [], fatal: undefined };

/** Writes what is not done yet; every outcome is told at once. */
async function carryOut(proposal: Proposal, { world, deadline: time, watch }: Run): Promise<Carried> {
  const outcomes: Outcome[] = [...(await proposal.leavers())];
  const tell = keeping(outcomes, watch);
  if (changesOf(proposal.rest).length === 0) return { outcomes, fatal: undefined };
  const directory = await world.sameDirectory(proposal.existing);
  const { admission } = proposal;
  const refusal = refusalAfter(outcomes, admission);
  const walk = apply(proposal.rest, world.target, {
    ...{ timeLeft: time.timeLeft, refusal },
    ...(directory.state === "same" ? {} : { afterFirst: (first) => checkFirst(first, directory.check) }),
  });
  try {
    for await (const outcome of walk) tell(outcome);
  } catch (error) {
    if (error instanceof TargetError) return { outcomes, fatal: error };
    if (!(error instanceof OutOfTime)) throw error;
  } finally {
    await admission.settle(outcomes);
  }
  return { outcomes, fatal: undefined };
}

/**
 * Whoever could not be disabled, or be revoked, because it could not be counted, loses nothing along with that. Nor does
 * whoever somebody else disabled meanwhile: the next run sees it.
 */
function refusalAfter(leavers: readonly Outcome[], admission: Admission): Admission["refusal"] {
  const stay = new Map<SourceId | TargetId, OutcomeReason>(
    leavers.flatMap(({ change, reason }) =>
      reason !== undefined && LEAVES_ALONE.includes(reason.code)
        ? [[objectIdOf(change), reason] as const]
        : [],
    ),
  );
  return async (change) => {
    const known = concernedBy(change).map((id) => stay.get(id));
    const reason = known.find((one) => one !== undefined) ?? (await admission.refusal(change));
    if (reason !== undefined && isRetirement(change)) stay.set(change.id, reason);
    return reason;
  };
}

const LEAVES_ALONE: readonly OutcomeReason["code"][] = [
  "budget-spent",
  "tally-unwritable",
  "by-hand-meanwhile",
];

/** From whom a change takes something, and the group that it empties. */
function concernedBy(change: Change): readonly (SourceId | TargetId)[] {
  if (change.kind !== "members.remove") return [objectIdOf(change)];
  return [change.group.id, ...change.users.map(({ id }) => id)];
}

type FirstCheck = Extract<DirectoryCheck, { readonly state: "empty" }>["check"];

async function checkFirst({ change, targetId: id }: Outcome, check: FirstCheck) {
  if (id !== undefined) await check({ kind: change.kind === "group.create" ? "group" : "user", id });
}
