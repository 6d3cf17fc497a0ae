/** What of a call stands in the log, and in the metrics. */
import { isPressing } from "../core/approval.ts";
import type { Waiting } from "../core/approval.ts";
import { accessIn } from "../core/carried.ts";
import { notShownParts } from "../core/carries-words.ts";
import type { Carried } from "../core/carries.ts";
import type { Change } from "../core/change.ts";
import { changesOf } from "../core/plan.ts";
import { troubleSentence } from "../core/trouble.ts";
import { approvalOf, approveText, placeText, reasonText } from "../core/words.ts";
import { logger } from "../log/log.ts";
import type { Log } from "../log/log.ts";
import { metricsLine } from "../log/metrics.ts";
import { tokenAge, tokenWarning } from "../log/token-age.ts";
import { asksOnly, isNarrowed, RequestError } from "../request.ts";
import type { Config, Secrets } from "../settings/config.ts";
import { functionOf } from "./call.ts";
import type { Call } from "./call.ts";
import type { Proposal, Watch } from "./proposal.ts";
import { heldRecords, numbersOf, outcomeRecord, recordsOf, version } from "./summary.ts";
import type { Numbers, Summary } from "./summary.ts";

/** A call from its beginning on. */
export interface Begun {
  readonly call: Call;
  readonly started: Date;
  readonly log: Log;
}

/** The log as the settings want it, or, before these are read, as the place does. */
export function openLog(call: Call, settings?: Pick<Config, "logLevel" | "logFormat">): Promise<Log> {
  const { place, requestId, request, lines } = call;
  return logger({
    level: settings?.logLevel ?? "info",
    format: settings?.logFormat ?? (place === "lambda" ? "json" : "pretty"),
    version,
    requestId,
    trigger: request.trigger,
    ...(lines === "nowhere" ? { destination: { write: () => undefined } } : {}),
  });
}

/** What somebody should know about the settings, whatever the run comes to. */
export function tellNotices({ notices }: Config, { log, call }: Begun): void {
  for (const notice of notices) {
    const sentence = troubleSentence(notice);
    log.info(sentence);
    call.watch?.notice?.(sentence);
  }
}

/** The call's watch with the log before it: each outcome is an audit line. */
export function telling({ log, call }: Begun, writes: boolean): Watch & Required<Pick<Watch, "proposed">> {
  const { watch } = call;
  // Whoever is disabled before anything else is known is told without it.
  let carried: (change: Change) => Carried | undefined = () => undefined;
  return {
    ...watch,
    proposed: async (proposal) => {
      const { plan, carries } = proposal;
      carried = (change) => accessIn(change, plan.groups, carries);
      if (writes) for (const wait of proposal.approved) tellApproval(wait, call, log);
      tellProposal(proposal, log, writes);
      await watch?.proposed?.(proposal);
    },
    outcome: (outcome, done) => {
      log.audit({ ...outcomeRecord(outcome, carried(outcome.change)), error: outcome.error });
      watch?.outcome?.(outcome, done);
    },
  };
}

/** Before the first write: what waits, what is held, and, where anything is written or shown, what is skipped. */
function tellProposal(proposal: Proposal, log: Log, writes: boolean): void {
  const { plan, waiting, carries } = proposal;
  const tell = !writes || changesOf(plan).length > 0 ? log.info : log.debug;
  for (const { about, within, reason } of plan.skips) {
    const fields = { subject: about.label, within: within?.label ?? "", code: reason.code };
    tell(`skipped: ${placeText(about, within)}: ${reasonText(reason)}`, fields);
  }
  for (const { about, reason } of plan.strangers) {
    const fields = { subject: about.label };
    (writes ? log.debug : log.info)(`to look at: ${about.label}: ${reasonText(reason)}`, fields);
  }
  for (const wait of waiting) {
    const { id, kind, subject, sentence } = approvalOf(wait);
    const say = isPressing(wait) ? log.warn : writes ? log.debug : log.info;
    say(`waits for approval: ${sentence}. To approve: ${approveText([id])}`, { approval: id, kind, subject });
  }
  for (const record of writes ? heldRecords(proposal) : recordsOf(proposal)) log.audit(record);
  for (const { what, because } of notShownParts(carries)) tell(`${what} ${because}`);
}

/** Who let it through is found by the request id, in CloudTrail. */
function tellApproval(wait: Waiting, { qualifier }: Call, log: Log): void {
  const { id, kind, subject, sentence } = approvalOf(wait);
  const detail = { approval: id, kind, alias: qualifier };
  const targetId = wait.about?.target ?? "";
  log.audit({ action: "approval.given", subject, targetId, detail, reason: sentence, status: "applied" });
}

/** The last lines of a run that came to a summary. */
export function tellEnd(summary: Summary, { tokenCreated }: Secrets["scim"], begun: Begun): void {
  const { call, started, log } = begun;
  const warning = tokenWarning(tokenCreated, started);
  if (warning !== undefined) {
    log.warn(troubleSentence(warning));
    call.watch?.notice?.(troubleSentence(warning));
  }
  measure(numbersOf(summary, functionOf(call), tokenAge(tokenCreated, started)), begun);
  log.summary({ ...summary, changes: undefined });
}

/**
 * A run that did not get as far as a summary still has one, and metrics: an alarm must not depend on luck. A request
 * that is wrong in itself is an error to whoever asked, and nothing that an alarm should know of.
 */
export function tellFailure(error: unknown, begun: Begun): void {
  const { call, started, log } = begun;
  const { request } = call;
  if (request.action !== "sync" && request.action !== "plan" && request.action !== "leavers") return;
  const duration = Date.now() - started.getTime();
  if (!(error instanceof RequestError))
    measure({ function: functionOf(call), status: "failed", duration }, begun);
  const message = error instanceof Error ? error.message : String(error);
  log.summary({ status: "failed", message, dryRun: asksOnly(request), error });
}

/** Whoever only asks what would happen must neither raise an alarm nor hide that the schedule has stopped. */
function measure(numbers: Numbers, { call, log }: Begun): void {
  const { request } = call;
  if (asksOnly(request)) return;
  const ran = request.action === "leavers" ? "leavers" : isNarrowed(request) ? "only" : "run";
  log.metrics(metricsLine({ ...numbers, ran, scheduled: request.trigger === "schedule" }, new Date()));
}
