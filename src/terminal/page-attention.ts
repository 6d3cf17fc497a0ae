import type { Waiting } from "../core/approval.ts";
import { approvalOf, describe, reasonText } from "../core/words.ts";
import type { Approval } from "../core/words.ts";
import { needsSomebody } from "../core/reason.ts";
import type { Held, Skip } from "../core/reason.ts";
import type { Proposal } from "../run/proposal.ts";
import { verbOf } from "./entries.ts";
import { markup } from "./html.ts";
import type { Markup } from "./html.ts";
import { NO_CHANGE, name, row, tbody } from "./page-table.ts";
import type { Section } from "./page-table.ts";
import { shellWord } from "./text.ts";
import { takesAway } from "./totals.ts";

/** What somebody must look at stands before the changes, and what is left out after them. */
export function attentionSections(proposal: Proposal, place: "before" | "after"): readonly Section[] {
  const { plan, held, waiting } = proposal;
  const { skips } = plan;
  if (place === "after") return [leftOut(skips.filter((skip) => !needsSomebody(skip)))];
  return [
    section(
      "waiting",
      "Waits for approval",
      ["Kind and id", "About", "What, and how to approve it"],
      waiting.map(approvalOf).map(waits),
    ),
    {
      ...section("held", "Held back", ["What", "Who", "Why"], held.map(heldBack)),
      note: "A later run carries these out by itself, once Google agrees.",
    },
    section("conflicts", "Needs somebody", ["Who", "In", "Why"], skips.filter(needsSomebody).map(skipped)),
    section(
      "look-at",
      "People to look at",
      ["Who", "Why"],
      plan.strangers.map(({ about, reason }) =>
        row(NO_CHANGE, markup`<th scope="row">${name(about.label)}</th><td>${reasonText(reason)}</td>`),
      ),
    ),
  ];
}

const section = (
  id: string,
  title: string,
  columns: readonly string[],
  rows: readonly Markup[],
): Section => ({ id, title, columns, rows: rows.length, body: tbody(rows) });

const leftOut = (skips: readonly Skip[]): Section =>
  section("left-out", "Left out", ["Who", "In", "Why"], skips.toSorted(inOrderOfCodes).map(skipped));

const inOrderOfCodes = (one: Skip, other: Skip): number =>
  one.reason.code < other.reason.code ? -1 : one.reason.code > other.reason.code ? 1 : 0;

const skipped = ({ about, within, reason }: Skip): Markup =>
  row(
    NO_CHANGE,
    markup`<th scope="row">${name(about.label)}</th><td>${name(within?.label ?? "")}</td><td>${reasonText(reason)}</td>`,
  );

function heldBack({ change, reason }: Held): Markup {
  const { subject, detail } = describe(change);
  const who =
    detail.members === undefined
      ? name(subject)
      : markup`${name(detail.members.join(", "))} in ${name(subject)}`;
  return row({ kind: change.kind, takesAway: takesAway(change) }, [
    markup`<td class="remove">${`- ${verbOf(change.kind)}`}</td>`,
    markup`<th scope="row">${who}</th><td>${reasonText(reason)}</td>`,
  ]);
}

const REMOVING: ReadonlySet<Waiting["kind"]> = new Set(["removals", "unsure"]);

function waits({ id, kind, subject, sentence }: Approval): Markup {
  const payload = JSON.stringify({ action: "sync", approve: [id] });
  return row({ kind: "", takesAway: REMOVING.has(kind) }, [
    markup`<td><strong>${kind}</strong><small class="ids">${id}</small></td>`,
    markup`<th scope="row">${name(subject)}</th>`,
    markup`<td>${sentence}<p>approve with <code>${`npm run apply -- --approve ${shellWord(id)}`}</code><br>or send <code>${payload}</code></p></td>`,
  ]);
}
