import { countsOf } from "../core/count.ts";
import { describe, reasonText } from "../core/words.ts";
import type { Outcome } from "../run/outcome.ts";
import type { Summary } from "../run/summary.ts";
import { totalsText } from "./plan-document.ts";
import type { Headline, PlanDocument } from "./plan-document.ts";
import { changeEntry, shownOf } from "./plan-entries.ts";
import type { Entry } from "./plan-entries.ts";
import { section } from "./plan-sections.ts";

/** The document of a plan that was carried out: at its head what came of it, and first of all what was not done. */
export function doneDocument(
  document: PlanDocument,
  summary: Summary,
  outcomes: readonly Outcome[],
): PlanDocument {
  const undone = outcomes.filter(({ status }) => status !== "applied");
  const notDone = section("not-done", "Not done", undone.flatMap(undoneEntries), {
    attention: ["change not done", "changes not done"],
  });
  return {
    ...document,
    carriedOut: true,
    headline: doneHeadline(document.headline, summary, outcomes, notDone.attention),
    next: summary.status === "refused" ? document.next : [],
    sections: [...(notDone.size === 0 ? [] : [notDone]), ...document.sections],
  };
}

function doneHeadline(
  planned: Headline,
  { status, message }: Summary,
  outcomes: readonly Outcome[],
  attention: string,
): Headline {
  const made = outcomes.filter((outcome) => outcome.status === "applied").map(({ change }) => change);
  const done = totalsText(countsOf(shownOf(made)), "done");
  const sentences = done === "" ? [] : [`${done}.`];
  const needs = [...(attention === "" ? [] : [attention]), ...planned.attention];
  switch (status) {
    case "succeeded":
    case "attention":
      return { code: "done", title: "Done", sentences, attention: needs };
    case "incomplete":
    case "failed":
      return { code: "done", title: TITLES[status], sentences: [message], attention: needs };
    case "refused":
      return { ...planned, sentences: [...planned.sentences, ...sentences], attention: needs };
    default:
      return status satisfies never;
  }
}

const TITLES = { incomplete: "Not finished", failed: "Failed" } as const;

/** Members are told person by person. Nothing was taken away. */
function undoneEntries({ change, reason }: Outcome): readonly Entry[] {
  const { subject } = describe(change);
  const why = reason === undefined ? "" : reasonText(reason);
  const entry = (name: string, within: string): Entry => ({
    ...changeEntry(change, name, why),
    ...{ within, removal: false },
  });
  return "users" in change ? change.users.map(({ label }) => entry(label, subject)) : [entry(subject, "")];
}
