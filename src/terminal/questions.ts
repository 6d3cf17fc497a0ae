import { createInterface } from "node:readline";

import { isRemoval } from "../core/change.ts";
import type { Change } from "../core/change.ts";
import { count, countsOf, total } from "../core/count.ts";
import { changesOf } from "../core/plan.ts";
import type { Request } from "../request.ts";
import { isWriting } from "../run/proposal.ts";
import type { Proposal } from "../run/proposal.ts";
import { dim, strong } from "./lines.ts";
import type { Line } from "./lines.ts";
import { totalsText } from "./plan-document.ts";
import { shownOf } from "./plan-entries.ts";
import { UsageError } from "./session.ts";
import type { Session } from "./session.ts";

/** Somebody at the terminal said no, or said nothing in time. */
export class Declined extends Error {
  override readonly name = "Declined";
}

/** Nothing is read before it is clear that somebody can answer. Throws a UsageError. */
export function checkAsking({ invocation: { request, yes }, show, terminal: { ask } }: Session): void {
  const writes = request.action === "sync" || request.action === "leavers";
  if (!writes || yes || (show === "view" && ask !== undefined)) return;
  const why = show === "view" ? "there is no terminal to ask at" : "it cannot ask while it prints JSON";
  throw new UsageError(
    `${writerOf(request)} asks before it writes, and ${why}: add --yes to let it write without asking.`,
  );
}

/** The command that writes this. */
export const writerOf = ({ action }: Request): "leavers" | "apply" =>
  action === "leavers" ? "leavers" : "apply";

/** An answer is about the plan that was shown: half an hour later it may be another one. */
const ANSWER_WITHIN_MS = 15 * 60_000;

/** False when nothing will be written anyway. Throws `Declined` when somebody says no. */
export async function mayWrite(proposal: Proposal, { invocation, terminal }: Session): Promise<boolean> {
  const changes = changesOf(proposal.plan);
  if (!isWriting(invocation.request, proposal.config) || changes.length === 0) return false;
  if (invocation.yes) return true;
  const asked = performance.now();
  const question: Line = [strong(questionOf(changes, proposal, invocation.request)), dim(" [y/N]")];
  const answer = await terminal.ask?.(`${terminal.renderErr([question]).trimEnd()} `);
  if (!/^y(es)?$/i.test(answer ?? "")) throw new Declined("Nothing was written.");
  if (performance.now() - asked > ANSWER_WITHIN_MS) {
    throw new Declined(
      `Nothing was written: this plan is out of date by now. Run npx ssosync ${writerOf(invocation.request)} again to see a new one.`,
    );
  }
  return true;
}

/**
 * A refused plan has been shown as a whole, so what is left of it is said once more; so is what narrows the run, because
 * a lost option would be noticed here or never.
 */
function questionOf(changes: readonly Change[], { verdict }: Proposal, request: Request): string {
  const counts = countsOf(shownOf(changes));
  if (verdict.kind === "refused") return `Apply only what is not refused (${totalsText(counts, "planned")})?`;
  const removals = total(countsOf(changes.filter(isRemoval)));
  const some = removals === 0 ? "" : `, including ${count(removals, "removal")}`;
  const only = "only" in request ? request.only : undefined;
  const all = only === undefined && total(counts) > 2 ? "all " : "";
  const about = only === undefined ? "" : `, only about ${only.join(", ")}`;
  return `Apply ${all}${count(total(counts), "change")}${some}${about}?`;
}

interface Streams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** What is typed in answer, without the white space around it; `undefined` when the input ends or Ctrl-C is typed. */
export function ask(question: string, { input, output }: Streams): Promise<string | undefined> {
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    let answered: string | undefined;
    lines.once("SIGINT", () => lines.close());
    lines.once("close", () => {
      if (answered === undefined) output.write("\n");
      resolve(answered);
    });
    lines.question(question, (answer) => {
      answered = answer.trim();
      lines.close();
    });
  });
}
