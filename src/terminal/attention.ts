import { count, number } from "../core/count.ts";
import type { Waiting } from "../core/approval.ts";
import { approvalOf, describe, reasonText } from "../core/words.ts";
import { needsSomebody } from "../core/reason.ts";
import type { Skip } from "../core/reason.ts";
import type { Proposal } from "../run/proposal.ts";
import { verbOf } from "./entries.ts";
import { command, dim, red, short, shellWord, strong, warn } from "./text.ts";
import type { Line } from "./text.ts";

type Section = readonly Line[];

/** What somebody must look at, and what is left out: nothing of it is in the plan. */
export function attention(proposal: Proposal, verbose: boolean): readonly Section[] {
  const { plan, held, waiting } = proposal;
  const refused = proposal.verdict.kind === "refused";
  const { skips } = plan;
  return [
    heldBack(held),
    approvals(refused ? waiting.filter(({ kind }) => !REFUSING.has(kind)) : waiting),
    named(
      "Needs somebody",
      skips.filter(needsSomebody).map((skip) => [placeOf(skip), reasonText(skip.reason)]),
    ),
    named(
      "People to look at",
      plan.strangers.map(({ about, reason }) => [about.label, reasonText(reason)]),
    ),
    leftOut(
      skips.filter((skip) => !needsSomebody(skip)),
      verbose,
    ),
  ].filter((section) => section.length > 0);
}

const heading = (title: string, size: number): Line => [warn(title), dim(` (${number(size)})`)];

function heldBack(held: Proposal["held"]): Section {
  if (held.length === 0) return [];
  return [
    heading("Held back", held.length),
    ...held.map(({ change, reason }): Line => {
      const { subject, detail } = describe(change);
      const who = detail.members === undefined ? subject : `${detail.members.join(", ")} in ${subject}`;
      return ["  ", red(`- ${verbOf(change.kind)}`), ` ${short(who)}: ${reasonText(reason)}`];
    }),
    [dim("  A later run carries these out by itself, once Google agrees.")],
  ];
}

function approvals(waiting: readonly Waiting[]): Section {
  if (waiting.length === 0) return [];
  return [
    heading("Waits for approval", waiting.length),
    ...waiting
      .map(approvalOf)
      .flatMap(({ id, kind, subject, sentence }): readonly Line[] => [
        ["  ", strong(kind), ` ${short(subject)}: ${sentence}`],
        ...approveWith([id]),
      ]),
  ];
}

/** How to approve: at a terminal, and to the function. */
export const approveWith = (ids: readonly string[]): readonly Line[] => [
  ["    approve with  ", command(`npm run apply -- --approve ${ids.map(shellWord).join(" ")}`)],
  ["    or send       ", command(JSON.stringify({ action: "sync", approve: ids }))],
];

/** What refuses the whole plan is told at its end, not here. */
export const REFUSING: ReadonlySet<Waiting["kind"]> = new Set(["removals", "renames"]);

function named(title: string, rows: readonly (readonly [subject: string, reason: string])[]): Section {
  if (rows.length === 0) return [];
  return [
    heading(title, rows.length),
    ...rows.map(([subject, reason]): Line => [`  ${short(subject)}: ${reason}`]),
  ];
}

const placeOf = ({ about, within }: Skip): string =>
  within === undefined ? about.label : `${short(about.label)} in ${within.label}`;

/** By reason, each with its first example; one by one when asked to be verbose. */
function leftOut(skips: readonly Skip[], verbose: boolean): Section {
  if (skips.length === 0) return [];
  const kinds = [...Map.groupBy(skips, (skip) => (verbose ? skip : skip.reason.code)).values()];
  return [
    [strong("Left out"), dim(` (${number(skips.length)})`)],
    ...kinds.flatMap(([first, ...others]): readonly Line[] => {
      if (first === undefined) return [];
      const more = others.length === 0 ? [] : [dim(` (and ${count(others.length, "more", "more")} like it)`)];
      return [[`  ${short(placeOf(first))}: ${reasonText(first.reason)}`, ...more]];
    }),
  ];
}
