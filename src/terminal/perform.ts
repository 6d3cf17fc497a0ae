import { troubleSentence } from "../core/trouble.ts";
import { count } from "../core/count.ts";
import { csv } from "../core/explain/review.ts";
import { ConfigError } from "../settings/config.ts";
import type { Environment } from "../settings/config.ts";
import { doctorExitCode, reportText } from "../doctor/report.ts";
import type { ReportLine } from "../doctor/report.ts";
import { givenSetting } from "../settings/environment.ts";
import type { DoctorRequest, ExplainRequest, Request, ReviewRequest } from "../request.ts";
import type { Call } from "../run/call.ts";
import { explainText } from "../run/explain.ts";
import { answer } from "../run/run.ts";
import type { Invocation } from "./commands.ts";
import { dim, red, warn } from "./lines.ts";
import type { Line } from "./lines.ts";
import { planAndApply } from "./plan-and-apply.ts";
import { progressOn, silent } from "./progress.ts";
import { Declined } from "./questions.ts";
import { followRequests, patienceText } from "./requests.ts";
import { json } from "./session.ts";
import type { Session, Show, Terminal } from "./session.ts";

/** Carries out what was asked for, shows it, and answers the exit code. */
export async function perform(
  invocation: Invocation,
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  const show = showOf(invocation, environment);
  const status = show === "lines" ? silent : terminal.status;
  const session: Session = { invocation, environment, terminal, show, status };
  const unfollow = show === "lines" ? undefined : showRequests(session);
  try {
    return await rendered(session);
  } catch (error) {
    status.clear();
    return failed(error, session);
  } finally {
    unfollow?.();
  }
}

/** Every request when asked to be verbose; otherwise only, and once, why it takes so long. */
function showRequests({ terminal, status, invocation }: Session): () => void {
  const told = new Set<string>();
  return followRequests((traffic) => {
    const { asked, came, ms } = traffic;
    const line = invocation.verbose ? `${asked}: ${came} in ${ms} ms` : patienceText(traffic);
    if (line === undefined || told.has(line)) return;
    if (!invocation.verbose) told.add(line);
    status.clear();
    terminal.err(terminal.renderErr([[dim(line)]]));
  });
}

/** The answer, as each action is shown. */
function rendered(session: Session): Promise<number> {
  const { request } = session.invocation;
  switch (request.action) {
    case "plan":
    case "sync":
    case "leavers":
      return planAndApply(session, callOf(request, session));
    case "doctor":
      return showReport(session, request);
    case "explain":
      return showExplanations(session, request);
    case "review":
      return showReview(session, request);
    default:
      return request satisfies never;
  }
}

function showOf({ json }: Invocation, environment: Environment): Show {
  if (json) return "json";
  const format = givenSetting(environment, "LOG_FORMAT");
  return format !== undefined && "text" in format && format.text.toLowerCase() === "json" ? "lines" : "view";
}

const callOf = <R extends Request>(request: R, { environment, terminal, show }: Session): Call<R> => ({
  environment,
  place: "terminal",
  request,
  stop: terminal.interruptions.stop,
  ...(show === "lines" ? {} : { lines: "nowhere" }),
});

async function showReport(session: Session, request: DoctorRequest): Promise<number> {
  const { invocation, show, status, terminal } = session;
  status.show("Asking Google and AWS for everything a sync needs", "Asking Google and AWS");
  const report = await answer(callOf(request, session));
  status.clear();
  if (show === "json") terminal.out(json(report));
  if (show === "view") terminal.out(terminal.renderOut(reportText(report, invocation.verbose).map(levelled)));
  return doctorExitCode(report);
}

/** A line of the report, with the word that it begins with in its colour. */
function levelled({ level, sign = "", text }: ReportLine): Line {
  if (level === "error") return [red(sign), text];
  return level === "warning" ? [warn(sign), text] : [sign, text];
}

/** A question's call: no line beside the answer, and how far the reading is in the status line. */
const questionOf = <R extends Request>(request: R, session: Session): Call<R> => ({
  ...callOf(request, session),
  lines: "nowhere",
  watch: progressOn(session.status),
});

async function showReview(session: Session, request: ReviewRequest): Promise<number> {
  const { invocation, status, terminal } = session;
  const { rows } = await answer(questionOf(request, session));
  status.clear();
  terminal.out(invocation.json ? json(rows) : csv(rows));
  return 0;
}

async function showExplanations(session: Session, request: ExplainRequest): Promise<number> {
  const { show, status, terminal } = session;
  const found = await answer(questionOf(request, session));
  status.clear();
  const lines = explainText(found).map((text): Line => [text]);
  terminal.out(show === "json" ? json(found) : terminal.renderOut(lines));
  return 0;
}

function failed(error: unknown, { show, terminal, invocation }: Session): number {
  const { out, err, renderErr } = terminal;
  if (error instanceof Declined) {
    err(renderErr([[error.message]]));
    return 2;
  }
  err(renderErr(errorLines(error, invocation.verbose)));
  if (show === "json") out(json({ status: "failed", message: messageOf(error) }));
  return 1;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function errorLines(error: unknown, verbose: boolean): readonly Line[] {
  if (error instanceof ConfigError) {
    const { problems } = error;
    return [
      [red(`${count(problems.length, "problem")} to fix`), "; nothing was done:"],
      ...problems.map((problem, at): Line => [`  ${at + 1}. ${troubleSentence(problem)}`]),
    ];
  }
  return [[red("Failed: "), messageOf(error)], ...defect(error, verbose)];
}

/** What no part of the program throws on purpose. */
function defect(error: unknown, verbose: boolean): readonly Line[] {
  const isDefect = [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
  if (!(error instanceof Error) || !isDefect) return [];
  const stack = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  const where = verbose ? stack.map((line): Line => [line]) : [];
  return [["This is a bug in ssosync: report it, with what --verbose shows."], ...where];
}
