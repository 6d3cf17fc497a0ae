import { changesOf } from "../core/plan.ts";
import { describe, reasonText } from "../core/words.ts";
import type { PlanRequest, SyncRequest } from "../request.ts";
import type { Call } from "../run/call.ts";
import type { Proposal, Watch } from "../run/proposal.ts";
import { answer } from "../run/run.ts";
import { recordsOf } from "../run/summary.ts";
import type { ChangeRecord, Summary } from "../run/summary.ts";
import type { Outcome } from "../run/outcome.ts";
import { adviceLines, conclusionLines, outcomeLine, planLines } from "./as-text.ts";
import { BLANK, dim, warn } from "./lines.ts";
import type { Line } from "./lines.ts";
import { checkPageFile, writePage } from "./page-file.ts";
import { planDocument } from "./plan-document.ts";
import type { PlanDocument } from "./plan-document.ts";
import { READING, readingText, writingProgress } from "./progress.ts";
import { checkAsking, mayWrite } from "./questions.ts";
import { json } from "./session.ts";
import type { Session } from "./session.ts";

/** What has been seen on the way, for the end. */
interface Seen {
  proposal?: Proposal;
  document?: PlanDocument;
  readonly outcomes: Outcome[];
}

type PlanCall = Call<SyncRequest | PlanRequest>;

/** `plan` and `apply`: shows the plan, asks, carries it out, says what came of it; answers the exit code. */
export async function planAndApply(session: Session, call: PlanCall): Promise<number> {
  const { invocation, terminal, show, status } = session;
  checkAsking(session);
  const { html } = invocation;
  if (html !== undefined) await checkPageFile(html);
  const seen: Seen = { outcomes: [] };
  const summary = await answer({ ...call, watch: watching(session, call, seen) });
  status.clear();
  if (html !== undefined && seen.document !== undefined) {
    await writePage(html, seen.document);
    if (show !== "lines") terminal.err(terminal.renderErr([[dim("As a page: "), html], BLANK]));
  }
  if (show === "json") terminal.out(json(withChanges(summary, seen)));
  if (show === "view") terminal.out(terminal.renderOut(lastLines(summary, seen, session)));
  return exitCode(summary);
}

function watching(session: Session, { request }: PlanCall, seen: Seen): Watch {
  const { terminal, show, status, invocation } = session;
  const tell = (lines: readonly Line[]): void => {
    status.clear();
    if (show === "view") terminal.out(terminal.renderOut(lines));
    if (show === "json") terminal.err(terminal.renderErr(lines));
  };
  let writing: ((outcome: Outcome) => void) | undefined;
  return {
    reading: (at) => status.show(readingText(at), READING),
    confirming: () => status.show("Asking Google again about what would be taken away", ""),
    notice: (sentence) => {
      status.clear();
      if (show !== "lines") terminal.err(terminal.renderErr([[warn("Note: "), sentence]]));
    },
    proposed: async (proposal) => {
      const document = planDocument(proposal, request);
      Object.assign(seen, { proposal, document });
      status.clear();
      if (show === "view") tell(planLines(document, invocation.verbose));
      if (!(await mayWrite(proposal, session))) return;
      terminal.interruptions.writing();
      writing = writingProgress(changesOf(proposal.plan), status, terminal.interruptions.stop);
    },
    outcome: (outcome) => {
      seen.outcomes.push(outcome);
      if (outcome.status !== "applied") tell([outcomeLine(outcome)]);
      writing?.(outcome);
    },
  };
}

// ---------------------------------------------------------------- the end

function lastLines(
  summary: Summary,
  { proposal, document, outcomes }: Seen,
  { terminal, invocation: { request } }: Session,
): readonly Line[] {
  if (proposal === undefined || document === undefined) return [];
  const wrote = outcomes.length > 0 || (!summary.dryRun && changesOf(proposal.plan).length > 0);
  const stopped = terminal.interruptions.stop.aborted;
  if (!wrote) return adviceLines(document.next);
  const whole = !("only" in request);
  const next = summary.status === "refused" ? adviceLines(document.next) : [];
  return [...conclusionLines(summary, outcomes, { stopped, whole }), ...next];
}

/** At a terminal nothing limits an answer's size: every change is there, planned or with what became of it. */
function withChanges(summary: Summary, { proposal, outcomes }: Seen): Summary {
  if (proposal === undefined) return summary;
  const carried = outcomes.map(({ change, status, reason, targetId }): ChangeRecord => {
    const record = describe(change);
    return {
      ...record,
      status,
      targetId: targetId ?? record.targetId,
      reason: reason === undefined ? record.reason : reasonText(reason),
    };
  });
  return { ...summary, changes: summary.dryRun ? recordsOf(proposal) : carried, more: 0 };
}

/** The exit code of a run that came to a summary (contract §2). */
function exitCode({ status, dryRun, planned }: Summary): number {
  switch (status) {
    case "succeeded":
      return dryRun && Object.keys(planned).length > 0 ? 2 : 0;
    case "attention":
    case "incomplete":
      return 3;
    case "refused":
      return 4;
    case "failed":
      return 1;
  }
}
