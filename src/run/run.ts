import { deadline } from "../traffic/deadline.ts";
import { configure } from "../settings/config.ts";
import type { Config, Environment, Place, Secrets } from "../settings/config.ts";
import { troubleSentence } from "../core/trouble.ts";
import { describe, reasonText } from "../core/words.ts";
import type { Evidence } from "../core/explain/evidence.ts";
import { changesOf } from "../core/plan.ts";
import { doctor } from "../doctor/checks.ts";
import type { DoctorReport } from "../doctor/checks.ts";
import { evidenceOf, explained } from "./explain.ts";
import type { Explained } from "./explain.ts";
import { logger } from "../log/log.ts";
import type { Log } from "../log/log.ts";
import { metricsLine } from "../log/metrics.ts";
import type { RunNumbers, Status } from "../log/metrics.ts";
import { RequestError } from "../request.ts";
import type { Request } from "../request.ts";
import { heldRecord, numbersOf, recordsOf, stopwatch, version } from "./summary.ts";
import type { Summary } from "./summary.ts";
import { isDry, propose, sync } from "./propose.ts";
import type { Proposal, Watch } from "./proposal.ts";
import { tokenAge, tokenWarning } from "../log/token-age.ts";
import { openWorld, secretsIn } from "../world.ts";
import type { Patience, World } from "../world.ts";

/** A run that did not end well: its message is one sentence with the numbers and the next step. */
export class RunError extends Error {
  override readonly name = "RunError";
  readonly status: Status;

  constructor(status: Status, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Call {
  readonly environment: Environment;
  readonly place: Place;
  readonly request: Request;
  readonly requestId?: string;
  /** The alias or version through which Lambda was called; `undefined` elsewhere. */
  readonly qualifier?: string | undefined;
  readonly remainingMs?: () => number;
  /** Once aborted, no change is started any more: somebody at the terminal had enough. */
  readonly stop?: AbortSignal;
  readonly patience?: Patience;
  /** Looks on beside the log. */
  readonly watch?: Watch;
  /** Where log lines go: standard output unless told; `"nowhere"` when the terminal shows the same. */
  readonly lines?: "nowhere";
}

/** What an action answers with. */
export type Answer = Summary | DoctorReport | Explained;

/** Carries out whatever was asked for. Throws what stopped it; a doctor's report is never stopped. */
export function answer(call: Call): Promise<Answer> {
  const { action, subject = "" } = call.request;
  switch (action) {
    case "sync":
    case "plan":
      return execute(call);
    case "doctor":
      return examine(call);
    case "explain":
      return withEvidence(call, (evidence, { witness }) => explained(subject, evidence, witness));
  }
}

/** The doctor's report, each finding a log line. */
export async function examine(call: Call): Promise<DoctorReport> {
  const log = await openLog(call, { logLevel: "info", logFormat: formatOf(call) });
  const report = await doctor(call);
  const levels = { ok: log.info, warning: log.warn, error: log.error, "not-checked": log.warn };
  for (const { id, level, what, why, todo } of report.findings)
    levels[level](`${level}: ${what}: ${why}${todo === "" ? "" : ` ${todo}`}`, { finding: id });
  log.info(report.message, { findings: report.counts });
  return report;
}

/** Reads both sides as a run does, and hands over what that run would know before its first write. Writes nothing. */
export async function withEvidence<T>(
  call: Call,
  use: (evidence: Evidence, world: World) => Promise<T> | T,
): Promise<T> {
  const { environment, place, patience, watch } = call;
  const region = environment["AWS_REGION"];
  const time = deadline(call.remainingMs, call.stop);
  try {
    const lookUp = secretsIn(region, patience, time.signal);
    const { config, secrets } = await configure(environment, place, lookUp);
    const world = openWorld({ config, secrets, deadline: time, region, patience });
    try {
      const request: Request = { action: "plan", dryRun: true, trigger: call.request.trigger };
      const looking = watch?.reading === undefined ? {} : { watch: { reading: watch.reading } };
      const run = { world, config, request, deadline: time, now: new Date(), ...looking };
      return await use(evidenceOf(await propose(run, stopwatch()), config), world);
    } finally {
      await world.close();
    }
  } finally {
    time.end();
  }
}

const formatOf = ({ place }: Call): "json" | "pretty" => (place === "lambda" ? "json" : "pretty");

/** From environment and request to a summary; everything on the way is logged. Throws what stopped the run. */
export async function execute(call: Call): Promise<Summary> {
  const { environment, place, request } = call;
  const started = new Date();
  let log = await openLog(call, { logLevel: "info", logFormat: formatOf(call) });
  const time = deadline(call.remainingMs, call.stop);
  try {
    const lookUp = secretsIn(environment["AWS_REGION"], call.patience, time.signal);
    const { config, secrets } = await configure(environment, place, lookUp);
    log = await openLog(call, config);
    checkRequest(request, config, call);
    for (const notice of config.notices) {
      const sentence = troubleSentence(notice);
      log.info(sentence);
      call.watch?.notice?.(sentence);
    }
    const world = openWorld({
      config,
      secrets,
      deadline: time,
      region: environment["AWS_REGION"],
      patience: call.patience,
      debug: log.debug,
    });
    const watch = withLog(call.watch, log, { request, config });
    try {
      const summary = await sync({ world, config, request, deadline: time, now: started, watch });
      conclude(summary, secrets, call, started, log);
      return summary;
    } finally {
      await world.close();
    }
  } catch (error) {
    failed(error, call, started, log);
    throw error;
  } finally {
    time.end();
  }
}

function openLog(call: Call, { logLevel, logFormat }: Pick<Config, "logLevel" | "logFormat">): Promise<Log> {
  const { requestId, request } = call;
  return logger({
    level: logLevel,
    format: logFormat,
    version,
    requestId,
    trigger: request.trigger,
    ...(call.lines === "nowhere" ? { destination: { write: () => undefined } } : {}),
  });
}

function checkRequest({ action, approve }: Request, { approveQualifier }: Config, { qualifier }: Call): void {
  if (action === "doctor" || action === "explain") {
    throw new RequestError(
      `The action ${action} is no run: it writes nothing and has no summary; ask for its answer.`,
    );
  }
  if (approve === undefined || approveQualifier === undefined || qualifier === approveQualifier) return;
  throw new RequestError(
    `An approval is accepted only through the alias "${approveQualifier}" (APPROVE_QUALIFIER), and nothing was done: invoke the function with --qualifier ${approveQualifier}, with a role that may.`,
  );
}

// ---------------------------------------------------------------- what is logged

function withLog(watch: Watch | undefined, log: Log, run: { request: Request; config: Config }): Watch {
  return {
    ...watch,
    proposed: async (proposal) => {
      tellProposal(proposal, log, isDry(run));
      await watch?.proposed?.(proposal);
    },
    outcome: (outcome, index) => {
      const { status, change, targetId, reason, error } = outcome;
      const record = describe(change);
      const made = targetId === undefined ? {} : { targetId };
      log.audit({ ...record, ...made, status, ...(reason === undefined ? {} : { reason }), error });
      watch?.outcome?.(outcome, index);
    },
  };
}

/** Before the first write: what waits, what is held, and, where anything is written or shown, what is skipped. */
function tellProposal(proposal: Proposal, log: Log, dry: boolean): void {
  const writes = dry || changesOf(proposal.plan).length > 0;
  const tell = writes ? log.info : log.debug;
  for (const { about, within, reason } of proposal.plan.skips) {
    const place = within === undefined ? "" : ` in ${within.label}`;
    const fields = { subject: about.label, within: within?.label ?? "", code: reason.code };
    tell(`skipped: ${about.label}${place}: ${reasonText(reason)}`, fields);
  }
  for (const { userName, reason } of proposal.plan.strangers) {
    (dry ? log.info : log.debug)(`to look at: ${userName}: ${reason}`, { subject: userName });
  }
  for (const { id, kind, subject, sentence } of proposal.waiting) {
    const payload = JSON.stringify({ action: "sync", approve: [id] });
    log.warn(`waits for approval: ${sentence}. To approve: ${payload}`, { approval: id, kind, subject });
  }
  if (dry) for (const record of recordsOf(proposal)) log.audit(record);
  else for (const held of proposal.held) log.audit(heldRecord(held));
}

function conclude(summary: Summary, secrets: Secrets, call: Call, started: Date, log: Log): void {
  const { tokenCreated } = secrets.scim;
  const warning = tokenWarning(tokenCreated, started);
  if (warning !== undefined) {
    log.warn(troubleSentence(warning));
    call.watch?.notice?.(troubleSentence(warning));
  }
  measure(numbersOf(summary, nameOf(call), tokenAge(tokenCreated, started)), call, log);
  log.summary({ ...summary, changes: undefined });
}

const nameOf = ({ environment }: Call): string => environment["AWS_LAMBDA_FUNCTION_NAME"] ?? "cli";

/** Whoever only asks what would happen must neither raise an alarm nor hide that the schedule has stopped. */
function measure(numbers: RunNumbers, { request }: Call, log: Log): void {
  if (!request.dryRun) log.metrics(metricsLine(numbers, new Date()));
}

/** A run that did not get as far as a summary still has one, and metrics: an alarm must not depend on luck. */
function failed(error: unknown, call: Call, started: Date, log: Log): void {
  const duration = Date.now() - started.getTime();
  measure({ function: nameOf(call), status: "failed", duration }, call, log);
  const message = error instanceof Error ? error.message : String(error);
  log.summary({ status: "failed", message, dryRun: call.request.dryRun, error });
}
