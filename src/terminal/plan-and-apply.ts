import { readFile } from "node:fs/promises";

import { changesOf } from "../core/plan.ts";
import type { RunRequest } from "../request.ts";
import type { Call } from "../run/call.ts";
import type { Proposal, Watch } from "../run/proposal.ts";
import { answer } from "../run/run.ts";
import { outcomeRecord, recordsOf } from "../run/summary.ts";
import type { Summary } from "../run/summary.ts";
import type { Outcome } from "../run/outcome.ts";
import { adviceLines, conclusionLines, outcomeLine, planLines } from "./as-text.ts";
import { BLANK, command, dim, warn } from "./lines.ts";
import type { Line } from "./lines.ts";
import { planPage } from "./as-html.ts";
import { doneDocument } from "./done-document.ts";
import { checkFile, writeFor } from "./private-file.ts";
import { checkSaved, readSavedPlan, savedPlanText } from "./saved-plan.ts";
import type { SavedPlan } from "./saved-plan.ts";
import { planDocument } from "./plan-document.ts";
import type { PlanDocument } from "./plan-document.ts";
import { progressOn, writingProgress } from "./progress.ts";
import { typedFile } from "./commands.ts";
import { checkAsking, mayWrite, writerOf } from "./questions.ts";
import { json } from "./session.ts";
import type { Session, Terminal } from "./session.ts";

/** What has been seen on the way, for the end. */
interface Seen {
  /** What alone may be carried out. */
  readonly saved: SavedPlan | undefined;
  proposal?: Proposal;
  document?: PlanDocument;
  readonly outcomes: Outcome[];
}

type PlanCall = Call<RunRequest>;

/** `plan` and `apply`: shows the plan, asks, carries it out, says what came of it; answers the exit code. */
export async function planAndApply(session: Session, given: PlanCall): Promise<number> {
  const { invocation, terminal, show, status } = session;
  checkAsking(session);
  const { html, out, saved: path } = invocation;
  if (html !== undefined) await checkFile(html, "--html");
  if (out !== undefined) await checkFile(out, "--out");
  const saved = path === undefined ? undefined : await readSavedPlan(path);
  const call =
    saved?.only === undefined || given.request.action === "leavers"
      ? given
      : { ...given, request: { ...given.request, only: saved.only } };
  const seen: Seen = { outcomes: [], saved };
  const summary = await answer({ ...call, watch: watching(session, call, seen) });
  status.clear();
  await writeFiles(seen, summary, session, call.request);
  if (show === "json") terminal.out(json(withChanges(summary, seen)));
  if (show === "view") terminal.out(terminal.renderOut(lastLines(summary, seen, terminal, call.request)));
  return exitCode(summary);
}

/** The files that were asked for, once there is something to write into them. */
async function writeFiles(
  { proposal, document, outcomes }: Seen,
  summary: Summary,
  { invocation, terminal, show }: Session,
  request: RunRequest,
): Promise<void> {
  const { html, out } = invocation;
  if (proposal === undefined || document === undefined) return;
  const told: Line[] = [];
  if (html !== undefined) {
    const [css, script] = await Promise.all([beside("page.css"), beside("page.js")]);
    const shown = outcomes.length === 0 ? document : doneDocument(document, summary, outcomes);
    await writeFor(html, "--html", planPage(shown, { css, script }));
    told.push([dim("As a page: "), html]);
  }
  if (out !== undefined) {
    await writeFor(out, "--out", savedPlanText(proposal, request.only));
    told.push([dim("Saved; to apply exactly this: "), command(typedFile(out))]);
  }
  if (told.length > 0 && show !== "lines") terminal.err(terminal.renderErr([...told, BLANK]));
}

const beside = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), "utf8");

function watching(session: Session, { request }: PlanCall, seen: Seen): Watch {
  const { terminal, show, status, invocation } = session;
  const tell = (lines: readonly Line[]): void => {
    status.clear();
    if (show === "view") terminal.out(terminal.renderOut(lines));
    if (show === "json") terminal.err(terminal.renderErr(lines));
  };
  let writing: ((outcome: Outcome) => void) | undefined;
  return {
    ...progressOn(status),
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
      if (seen.saved !== undefined) checkSaved(proposal, seen.saved);
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
  terminal: Terminal,
  request: RunRequest,
): readonly Line[] {
  if (proposal === undefined || document === undefined) return [];
  const wrote = outcomes.length > 0 || (!summary.dryRun && changesOf(proposal.plan).length > 0);
  const stopped = terminal.interruptions.stop.aborted;
  if (!wrote) return adviceLines(document.next);
  const whole = request.action === "sync" && request.only === undefined;
  const next = summary.status === "refused" ? adviceLines(document.next) : [];
  return [...conclusionLines(summary, outcomes, { stopped, whole, again: writerOf(request) }), ...next];
}

/** At a terminal nothing limits an answer's size: every change is there, planned or with what became of it. */
function withChanges(summary: Summary, { proposal, outcomes }: Seen): Summary {
  if (proposal === undefined) return summary;
  const changes = summary.dryRun ? recordsOf(proposal) : outcomes.map((one) => outcomeRecord(one));
  return { ...summary, changes, more: 0 };
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
