import { count } from "../core/count.ts";
import type { Outcome } from "../run/write.ts";
import type { Environment } from "../settings/config.ts";
import { describe } from "../core/words.ts";
import { changesOf } from "../core/plan.ts";
import type { PlanRequest, SyncRequest } from "../request.ts";
import type { Call } from "../run/call.ts";
import { answer } from "../run/run.ts";
import { recordsOf } from "../run/summary.ts";
import type { ChangeRecord, Summary } from "../run/summary.ts";
import { isWriting } from "../run/proposal.ts";
import type { Proposal, Watch } from "../run/proposal.ts";
import type { Invocation } from "./commands.ts";
import { conclusion, exitCode, nextStep, trouble } from "./ending.ts";
import { checkPageFile, writePage } from "./page-file.ts";
import { planView } from "./plan-view.ts";
import { readingText, writingText } from "./progress.ts";
import type { StatusLine } from "./status-line.ts";
import { Declined, UsageError, json } from "./terminal.ts";
import type { Show, Terminal } from "./terminal.ts";
import { takesAway } from "./totals.ts";
import { dim, strong, warn } from "./text.ts";
import type { Line } from "./text.ts";

export interface Session {
  readonly invocation: Invocation;
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly show: Show;
  readonly status: StatusLine;
}

/** What has been seen on the way, for the end. */
interface Seen {
  proposal: Proposal | undefined;
  readonly outcomes: Outcome[];
}

/** `plan` and `apply`: shows the plan, asks, carries it out, says what came of it; answers the exit code. */
export async function run(session: Session, call: Call<SyncRequest | PlanRequest>): Promise<number> {
  const { invocation, terminal, show, status } = session;
  const { request } = call;
  checkAsking(session);
  const { html } = invocation;
  if (html !== undefined) await checkPageFile(html);
  const seen: Seen = { proposal: undefined, outcomes: [] };
  const summary = await answer({ ...call, watch: watching(session, seen) });
  status.clear();
  if (html !== undefined && request.action === "plan" && seen.proposal !== undefined) {
    await writePage(html, { proposal: seen.proposal, summary, request });
    if (show !== "lines") terminal.err(terminal.renderErr([[dim("As a page: "), html]]));
  }
  conclude(summary, { ...seen, request }, show, terminal);
  return exitCode(summary);
}

/** Nothing is read before it is clear that somebody can answer. */
function checkAsking({ invocation: { request, yes }, show, terminal: { ask } }: Session): void {
  if (request.action !== "sync" || yes || (show === "view" && ask !== undefined)) return;
  const why = show === "view" ? "there is no terminal to ask at" : "it cannot ask while it prints JSON";
  throw new UsageError(`apply asks before it writes, and ${why}: add --yes to let it write without asking.`);
}

function watching(session: Session, seen: Seen): Watch {
  const { terminal, show, status } = session;
  const tell = (lines: readonly Line[]): void => {
    status.clear();
    if (show === "view") terminal.out(terminal.renderOut(lines));
    if (show === "json") terminal.err(terminal.renderErr(lines));
  };
  let writing = { started: 0, total: 0, done: new Set<unknown>() };
  const progress = (): void => {
    const seconds = (performance.now() - writing.started) / 1000;
    const stopped = terminal.interruptions.stop.aborted;
    const text = writingText({ done: writing.done.size, total: writing.total, seconds, stopped });
    status.show(text, `Writing ${count(writing.total, "change")}`);
  };
  return {
    reading: (at) => status.show(readingText(at), "Reading Google Workspace and IAM Identity Center"),
    confirming: () => status.show("Asking Google again about what would be taken away", ""),
    notice: (sentence) => {
      status.clear();
      if (show !== "lines") terminal.err(terminal.renderErr([[warn("Note: "), sentence]]));
    },
    proposed: async (proposal) => {
      seen.proposal = proposal;
      status.clear();
      if (show === "view") tell(planView(proposal, session.invocation.verbose));
      if (await mayWrite(proposal, session)) {
        terminal.interruptions.writing();
        writing = { started: performance.now(), total: changesOf(proposal.plan).length, done: new Set() };
        progress();
      }
    },
    outcome: (outcome) => {
      seen.outcomes.push(outcome);
      writing.done.add(outcome.of);
      if (outcome.status !== "applied") tell([trouble(outcome)]);
      progress();
    },
  };
}

/** An answer is about the plan that was shown: half an hour later it may be another one. */
const ANSWER_WITHIN_MS = 15 * 60_000;

/** False when nothing will be written anyway. Throws `Declined` when somebody says no. */
async function mayWrite({ plan, config }: Proposal, { invocation, terminal }: Session): Promise<boolean> {
  const changes = changesOf(plan);
  if (!isWriting(invocation.request, config) || changes.length === 0) return false;
  if (invocation.yes || terminal.ask === undefined) return true;
  const asked = performance.now();
  const some = changes.some(takesAway) ? ", and take away what it says" : "";
  const question: Line = [strong(`Carry it out${some}?`), dim(" [y/N]")];
  const answer = await terminal.ask(`${terminal.renderErr([question]).trimEnd()} `);
  if (!/^y(es)?$/i.test(answer ?? "")) throw new Declined("Nothing was written.");
  if (performance.now() - asked > ANSWER_WITHIN_MS) {
    throw new Declined("Nothing was written: this plan is old by now, look at a new one (npm run apply).");
  }
  return true;
}

// ---------------------------------------------------------------- the end

function conclude(
  summary: Summary,
  seen: Seen & { readonly request: SyncRequest | PlanRequest },
  show: Show,
  terminal: Terminal,
): void {
  const { proposal, outcomes, request } = seen;
  if (show === "json") terminal.out(json(withChanges(summary, seen)));
  if (show !== "view" || proposal === undefined) return;
  const stopped = terminal.interruptions.stop.aborted;
  const wrote = outcomes.length > 0 || (!summary.dryRun && changesOf(proposal.plan).length > 0);
  const lines = wrote
    ? conclusion({ summary, outcomes, stopped })
    : nextStep(proposal, request, summary.dryRun);
  terminal.out(terminal.renderOut(lines));
}

/** At a terminal nothing limits an answer's size: every change is there, planned or with what became of it. */
function withChanges(summary: Summary, { proposal, outcomes }: Seen): Summary {
  if (proposal === undefined) return summary;
  const carried = outcomes.map(({ change, status, reason, targetId }): ChangeRecord => {
    const record = describe(change);
    return { ...record, status, targetId: targetId ?? record.targetId, reason: reason ?? record.reason };
  });
  return { ...summary, changes: summary.dryRun ? recordsOf(proposal) : carried, more: 0 };
}
