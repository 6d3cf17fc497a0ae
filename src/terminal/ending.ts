import { count, number } from "../core/count.ts";
import type { Outcome } from "../run/write.ts";
import { describe } from "../core/words.ts";
import { changesOf } from "../core/plan.ts";
import type { PlanRequest, Selection, SyncRequest } from "../request.ts";
import type { Summary } from "../run/summary.ts";
import type { Proposal } from "../run/proposal.ts";
import { REFUSING, approveWith } from "./attention.ts";
import { verbOf } from "./entries.ts";
import { duration } from "./progress.ts";
import { totals } from "./totals.ts";
import { command, dim, red, shellWord, short, strong, warn } from "./text.ts";
import type { Line, Piece } from "./text.ts";

/** The exit code of a run that came to a summary (contract §2). */
export function exitCode({ status, dryRun, planned }: Summary): number {
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

/** What a plan asks of its reader next. */
export function nextStep(
  proposal: Proposal,
  { action, only, approve }: Selection & Pick<SyncRequest | PlanRequest, "action">,
  dryRun: boolean,
): readonly Line[] {
  const { plan, refusedPlan, waiting, source } = proposal;
  if (refusedPlan !== undefined) return refusedNext(proposal, only);
  if (changesOf(plan).length > 0) {
    if (action === "sync" && dryRun) return [[warn("Nothing was written"), ", for DRY_RUN is set."]];
    const words = [
      ...(only === undefined ? [] : ["--only", ...only.map(shellWord)]),
      ...(approve === undefined ? [] : ["--approve", ...approve.map(shellWord)]),
    ];
    const options = words.length === 0 ? "" : ` -- ${words.join(" ")}`;
    return [["To carry it out: ", command(`npm run apply${options}`)]];
  }
  const about = only === undefined ? "" : ` about ${only.map(short).join(", ")}`;
  const open = waiting.length === 0 ? "" : " but what waits for approval";
  const inSync = `${count(plan.users.size, "user")} and ${count(plan.groups.size, "group")} are as they are in Google`;
  return [
    [
      strong(`Nothing to do${about}${open}`),
      only === undefined && source.users.length > 0 ? `: ${inSync}.` : ".",
    ],
  ];
}

function refusedNext({ waiting }: Proposal, only: Selection["only"]): readonly Line[] {
  const ids = waiting.filter(({ kind }) => REFUSING.has(kind)).map(({ id }) => id);
  if (ids.length > 0) return [["If it is right as it stands:"], ...approveWith(ids)];
  return only === undefined
    ? [["No approval can let this through: find out why Google answers so, or correct the settings."]]
    : [["Name fewer, or look at the whole plan, which can be approved: ", command("npm run plan")]];
}

/** A change that was refused or skipped, as it happens, with the reason in AWS's words. */
export function trouble({ status, change, reason = "" }: Outcome): Line {
  const { subject, detail } = describe(change);
  const who = detail.members === undefined ? short(subject) : `${short(subject)} (${whose(detail.members)})`;
  const word: Piece = status === "failed" ? red("failed ") : warn("skipped");
  return [word, dim(` ${verbOf(change.kind)} `), `${who}: ${reason}`];
}

const whose = (members: readonly string[]): string => {
  const [first] = members;
  return members.length === 1 && first !== undefined ? short(first) : count(members.length, "member");
};

export interface Written {
  readonly summary: Summary;
  readonly outcomes: readonly Outcome[];
  /** Somebody pressed Ctrl-C. */
  readonly stopped: boolean;
}

/** What came of a run that wrote. */
export function conclusion({ summary, outcomes, stopped }: Written): readonly Line[] {
  const of = (status: Outcome["status"]): readonly Outcome[] =>
    outcomes.filter((outcome) => outcome.status === status);
  const done = totals(
    of("applied").map((outcome) => outcome.change),
    "done",
  );
  const seconds = summary.seconds["write"] ?? 0;
  const [failed, skipped] = [of("failed").length, of("skipped").length];
  return [
    ...(done === "" ? [] : [[strong("Done: "), done, dim(` (in ${duration(seconds)})`)] as Line]),
    ...(failed === 0
      ? []
      : [[red("Refused by AWS: "), `${count(failed, "change")}, with the reasons above`]]),
    ...(skipped === 0 ? [] : [[warn("Skipped: "), `${count(skipped, "change")}, with the reasons above`]]),
    ...ending(summary, stopped, done !== ""),
  ];
}

function ending(
  { status, message, left, approvals }: Summary,
  stopped: boolean,
  some: boolean,
): readonly Line[] {
  if (stopped && left > 0) {
    const rest = `${count(left, "change")} ${left === 1 ? "is" : "are"} left; `;
    return [[warn("Stopped: "), rest, command("npm run apply"), " goes on from there."]];
  }
  switch (status) {
    case "succeeded":
      return some ? [["IAM Identity Center is now as Google Workspace is."]] : [];
    case "attention":
      return [[warn("Somebody has to look"), ` at what is marked above${waits(approvals.length)}.`]];
    case "incomplete":
      return [
        [warn("Not finished: "), `${number(left)} left; `, command("npm run apply"), " goes on from there."],
      ];
    case "refused":
    case "failed":
      return [[red(status === "refused" ? "Refused: " : "Failed: "), message.replace(/^Refused: /, "")]];
  }
}

const waits = (approvals: number): string =>
  approvals === 0 ? "" : `; ${count(approvals, "thing")} ${approvals === 1 ? "waits" : "wait"} for approval`;
