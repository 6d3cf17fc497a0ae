import { count, number } from "../core/count.ts";
import { createHash } from "node:crypto";

import { EVERY_KIND } from "../core/change.ts";
import type { Change, Kind } from "../core/change.ts";
import { changesOf } from "../core/plan.ts";
import type { PlanRequest } from "../request.ts";
import { version } from "../run/summary.ts";
import type { Holdings, Summary } from "../run/summary.ts";
import type { Proposal } from "../run/proposal.ts";
import { nextStep } from "./ending.ts";
import { verbOf } from "./entries.ts";
import { markup, textOf, trusted } from "./html.ts";
import type { Content, Markup } from "./html.ts";
import { changeSections, stillDone } from "./page-changes.ts";
import { attentionSections } from "./page-attention.ts";
import { sectionOf } from "./page-table.ts";
import type { Section } from "./page-table.ts";
import type { Line } from "./text.ts";
import { totals } from "./totals.ts";

/** What a page is about. */
export interface Planned {
  readonly proposal: Proposal;
  readonly summary: Summary;
  readonly request: PlanRequest;
}

/** The texts of `page.css` and `page.js`. */
export interface Dress {
  readonly css: string;
  readonly script: string;
}

/**
 * The plan as one HTML document that loads nothing: whoever opens it needs no network, and its policy lets run the one
 * script by its hash and nothing else, whatever a name from Google says.
 */
export function planPage(planned: Planned, { css, script }: Dress): string {
  const { proposal } = planned;
  const sections = [
    ...stillDone(proposal),
    ...attentionSections(proposal, "before"),
    ...changeSections(proposal),
    ...attentionSections(proposal, "after"),
  ].filter(({ rows }) => rows > 0);
  return textOf(markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(css, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title(proposal)}</title>
<style>${trusted(css)}</style>
</head>
<body>
${header(planned)}
${contents(sections)}
${filters(sections, changesOf(proposal.refusedPlan ?? proposal.plan), proposal)}
<main>
${sections.map((section) => sectionOf(section))}
<p id="nothing" hidden>Nothing fits these filters.</p>
</main>
<footer>Made by ssosync ${version}. It names people and what they may do: hand it on with care.</footer>
<script>${trusted(script)}</script>
</body>
</html>
`);
}

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const policy = (css: string, script: string): string =>
  `default-src 'none'; style-src ${hashOf(css)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'`;

const moment = ({ situation }: Proposal): string => `${situation.now.slice(0, 16).replace("T", " ")} UTC`;

const title = (proposal: Proposal): string => `Plan for IAM Identity Center, ${moment(proposal)}`;

// ---------------------------------------------------------------- the head

function header(planned: Planned): Markup {
  const { proposal, summary, request } = planned;
  const { plan, refusedPlan } = proposal;
  const what = totals(changesOf(refusedPlan ?? plan), "planned");
  return markup`<header>
<h1>Plan for IAM Identity Center</h1>
<p class="when"><time datetime="${proposal.situation.now}">${moment(proposal)}</time>: what a run would do at that moment. Nothing was written.</p>
<div class="verdict ${summary.status}">
<p><strong class="status">${summary.status}</strong> ${summary.message.replace(/^Refused: /, "")}</p>
${what === "" ? "" : markup`<p><strong>${refusedPlan === undefined ? "Plan" : "It wanted"}:</strong> ${what}</p>`}
${nextStep(proposal, request, summary.dryRun).map((line) => markup`<p>${inline(line)}</p>`)}
</div>
<div class="facts">
${about(planned)}
${sides(summary)}
</div>
</header>`;
}

/** A line as the terminal shows it; what is there to be copied stays recognisable. */
const inline = (line: Line): readonly Markup[] =>
  line.map((part) => {
    if (typeof part === "string") return markup`${part}`;
    return part.style === "command" ? markup`<code>${part.text.trim()}</code>` : markup`${part.text}`;
  });

/** Whose plan it is, without anything that opens a door. */
function about({ proposal, summary: { source }, request }: Planned): Markup {
  const rows: readonly (readonly [string, Content])[] = [
    ["Google customer", customer(proposal)],
    [
      "Read from it",
      `${count(source.users, "user")}, ${count(source.groups, "group")} that match, ${count(source.rows, "direct member")}`,
    ],
    ["Identity store", store(proposal)],
    ...(request.only === undefined ? [] : [["Narrowed to", request.only.join(", ")] as const]),
    ["Settings", settingsGiven(proposal)],
  ];
  return markup`<dl>${rows.map(([term, what]) => markup`<dt>${term}</dt><dd>${what}</dd>`)}</dl>`;
}

function customer({ source, config }: Proposal): Content {
  const domains = [...new Set(source.users.map(({ email }) => email.split("@").at(-1) ?? ""))].toSorted();
  const more = domains.length > 5 ? `, and ${number(domains.length - 5)} more domains` : "";
  return `${config.customerId}: ${domains.slice(0, 5).join(", ")}${more}`;
}

function store({ config, region }: Proposal): Content {
  if (config.identityStoreId !== undefined) return `${config.identityStoreId} in ${region}`;
  return config.awsRead === "scim"
    ? `the one behind the SCIM endpoint in ${region}`
    : `the account’s only one in ${region}`;
}

function settingsGiven({ config }: Proposal): Content {
  const found = config.given.map(({ label, text }) => markup`<li><code>${label}=${text}</code></li>`);
  return found.length === 0 ? "all at their defaults" : markup`<ul class="plain">${found}</ul>`;
}

function sides({ target }: Summary): Markup {
  const row = (name: string, { managed, revoked, unmanaged, foreign }: Holdings): Markup =>
    markup`<tr><th scope="row">${name}</th>${[managed, revoked, unmanaged, foreign].map((count) => markup`<td>${number(count)}</td>`)}</tr>`;
  return markup`<table class="numbers">
<caption>Read from IAM Identity Center</caption>
<thead><tr><td></td><th scope="col">synced</th><th scope="col">revoked</th><th scope="col">made by hand</th><th scope="col">another provider’s</th></tr></thead>
<tbody>${row("Users", target.users)}${row("Groups", target.groups)}</tbody>
</table>`;
}

// ---------------------------------------------------------------- finding one's way

const contents = (sections: readonly Section[]): Content =>
  sections.length === 0
    ? ""
    : markup`<nav aria-label="Contents"><ul>${sections.map(
        ({ id, title, rows }) => markup`<li><a href="#${id}">${title}</a> ${number(rows)}</li>`,
      )}</ul></nav>`;

/** Hidden until the script runs: a control that does nothing is worse than none. */
function filters(sections: readonly Section[], changes: readonly Change[], proposal: Proposal): Markup {
  const kinds = new Set(
    [...changes, ...changesOf(proposal.plan), ...proposal.held.map(({ change }) => change)].flatMap(kindsOf),
  );
  const total = sections.reduce((sum, { rows }) => sum + rows, 0);
  return markup`<search><form id="filters" hidden>
<label>Search <input type="search" id="words" autocomplete="off" spellcheck="false" placeholder="name, group, id, reason"></label>
<label>Part <select id="part"><option value="">everything</option>${sections.map(
    ({ id, title }) => markup`<option value="${id}">${title}</option>`,
  )}</select></label>
<label>Kind of change <select id="kind"><option value="">all</option>${EVERY_KIND.filter((kind) =>
    kinds.has(kind),
  ).map((kind) => markup`<option value="${kind}">${`${verbOf(kind)} (${kind})`}</option>`)}</select></label>
<label class="box"><input type="checkbox" id="removals"> removals only</label>
<button type="reset">Show everything</button>
<output id="count" role="status" aria-live="polite">${number(total)} rows</output>
</form></search>`;
}

const kindsOf = (change: Change): readonly Kind[] =>
  change.kind === "group.create" && change.members.length > 0 ? [change.kind, "members.add"] : [change.kind];
