import { createHash } from "node:crypto";

import { EVERY_KIND } from "../core/change.ts";
import { number } from "../core/count.ts";
import { version } from "../run/summary.ts";
import type { Holdings } from "../run/summary.ts";
import { markup, htmlOf, trusted } from "./markup.ts";
import type { Content, Markup } from "./markup.ts";
import { HELD_AS } from "./plan-document.ts";
import type { PlanDocument } from "./plan-document.ts";
import { WORDS } from "./plan-entries.ts";
import type { Advice, ApproveWith, Consequence, Difference, Entry, Sign } from "./plan-entries.ts";
import type { Part, Section } from "./plan-sections.ts";

/** The texts of `page.css` and `page.js`. */
interface Dress {
  readonly css: string;
  readonly script: string;
}

/**
 * The document as one HTML page that loads nothing: whoever opens it needs no network, and its policy lets run the one
 * script by its hash and nothing else, whatever a name from Google says.
 */
export function planPage(plan: PlanDocument, { css, script }: Dress): string {
  const { sections } = plan;
  return htmlOf(markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(css, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${titleOf(plan)}, ${moment(plan)}</title>
<style>${trusted(css)}</style>
</head>
<body>
${header(plan)}
${contents(sections)}
${filters(sections)}
<main>
${sections.map(sectionOf)}
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

const titleOf = ({ carriedOut }: PlanDocument): string =>
  carriedOut ? "Changes made in IAM Identity Center" : "Plan for IAM Identity Center";

const moment = ({ at }: PlanDocument): string => `${at.slice(0, 16).replace("T", " ")} UTC`;

// ---------------------------------------------------------------- the head

function header(plan: PlanDocument): Markup {
  const { code, title, sentences, attention } = plan.headline;
  const [first = "", ...others] = sentences;
  const look =
    attention.length === 0
      ? ""
      : markup`<p class="look"><strong>Needs attention:</strong> ${attention.join(", ")}.</p>`;
  return markup`<header>
<h1>${titleOf(plan)}</h1>
<p class="when"><time datetime="${plan.at}">${moment(plan)}</time>: ${plan.carriedOut ? "what was planned at that moment, and carried out then" : "what a run would do at that moment. Nothing was written"}.</p>
<div class="verdict ${code}${attention.length === 0 ? "" : " attention"}">
<p><strong class="status">${title}</strong> ${first}</p>
${others.map((sentence) => markup`<p>${sentence}</p>`)}
${look}
${plan.next.map(advice)}
</div>
<div class="facts">
<dl>${plan.facts.map(fact)}</dl>
${holdingTable(plan.sizes.target)}
</div>
</header>`;
}

const fact = ({ term, values }: PlanDocument["facts"][number]): Markup =>
  markup`<dt>${term}</dt><dd>${values.length === 1 ? (values[0] ?? "") : markup`<ul class="plain">${values.map((value) => markup`<li>${value}</li>`)}</ul>`}</dd>`;

/** What is there to be copied stays recognisable. */
function advice({ says, typed, payload }: Advice): Markup {
  const commands = [typed, payload]
    .filter((text) => text !== undefined)
    .map((text) => markup`<code>${text}</code>`);
  return markup`<p>${says} ${commands.map((command, at) => [at === 0 ? "" : " or send ", command])}</p>`;
}

function holdingTable({ users, groups }: PlanDocument["sizes"]["target"]): Markup {
  const kinds = Object.keys(HELD_AS) as readonly (keyof Holdings)[];
  const row = (name: string, holdings: Holdings): Markup =>
    markup`<tr><th scope="row">${name}</th>${kinds.map((kind) => markup`<td>${number(holdings[kind])}</td>`)}</tr>`;
  return markup`<table class="numbers">
<caption>Read from IAM Identity Center</caption>
<thead><tr><td></td>${kinds.map((kind) => markup`<th scope="col">${HELD_AS[kind]}</th>`)}</tr></thead>
<tbody>${row("Users", users)}${row("Groups", groups)}</tbody>
</table>`;
}

// ---------------------------------------------------------------- finding one's way

const contents = (sections: readonly Section[]): Content =>
  sections.length === 0
    ? ""
    : markup`<nav aria-label="Contents"><ul>${sections.map(
        ({ id, title, size }) => markup`<li><a href="#${id}">${title}</a> ${number(size)}</li>`,
      )}</ul></nav>`;

/** Hidden until the script runs: a control that does nothing is worse than none. */
function filters(sections: readonly Section[]): Markup {
  const entries = sections.flatMap(({ parts }) => parts.flatMap((part) => part.entries));
  const kinds = new Set(entries.map(({ kind }) => kind));
  return markup`<search><form id="filters" hidden>
<label>Search <input type="search" id="words" autocomplete="off" spellcheck="false" placeholder="name, group, id, reason"></label>
<label>Part <select id="part"><option value="">everything</option>${sections.map(
    ({ id, title }) => markup`<option value="${id}">${title}</option>`,
  )}</select></label>
<label>Kind of change <select id="kind"><option value="">all</option>${EVERY_KIND.filter((kind) =>
    kinds.has(kind),
  ).map((kind) => markup`<option value="${kind}">${`${WORDS[kind][1]} (${kind})`}</option>`)}</select></label>
<label class="box"><input type="checkbox" id="removals"> removals only</label>
<label class="box"><input type="checkbox" id="carries"> only what carries access</label>
<button type="reset">Show everything</button>
<output id="count" role="status" aria-live="polite">${number(entries.length)} rows</output>
</form></search>`;
}

// ---------------------------------------------------------------- sections

interface Column {
  readonly title: string;
  /** Whether it says anything about this entry. */
  readonly has: (entry: Entry) => boolean;
  readonly cell: (entry: Entry) => Markup;
}

const COLUMNS: readonly Column[] = [
  {
    title: "What",
    has: ({ verb }) => verb !== "",
    cell: ({ sign, verb, approval }) =>
      sign === ""
        ? markup`<td><strong>${verb}</strong>${ids(approval?.ids ?? [])}</td>`
        : markup`<td class="${SIGNED[sign]}">${`${sign} ${verb}`}</td>`,
  },
  {
    title: "Who",
    has: () => true,
    cell: ({ subject, name, ids: known }) =>
      markup`<th scope="row">${nameMarkup(subject)}${name === "" ? "" : markup`<span class="also">${nameMarkup(name)}</span>`}${ids(known)}</th>`,
  },
  {
    title: "In",
    has: ({ within }) => within !== "",
    cell: ({ within }) =>
      within === "" ? markup`<td></td>` : markup`<td class="in">${nameMarkup(within)}</td>`,
  },
  {
    title: "Details",
    has: ({ consequences, differences }) => consequences.length + differences.length > 0,
    cell: ({ consequences, differences }) =>
      markup`<td>${consequences.map(consequence)}${differences.length === 0 ? "" : markup`<ul class="plain">${differences.map(differenceItem)}</ul>`}</td>`,
  },
  {
    title: "Why",
    has: ({ reason }) => reason !== "",
    cell: ({ reason, approval }) =>
      markup`<td>${reason}${approval === undefined ? "" : howTo(approval)}</td>`,
  },
];

function sectionOf({ id, title, note, size, parts, advice: more }: Section): Markup {
  const columns = COLUMNS.filter(({ has }) => parts.some(({ entries }) => entries.some(has)));
  return markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title} <small>${number(size)}</small></h2>
${note === "" ? "" : markup`<p>${note}</p>`}
<table class="rows" aria-labelledby="${id}-title">
<thead><tr>${columns.map((column) => markup`<th scope="col" class="${column.title.toLowerCase()}">${column.title}</th>`)}</tr></thead>
${parts.map((part) => tableBody(part, columns))}
</table>
${more.map(advice)}
</section>
`;
}

const tableBody = (
  { title, sums, access, entries }: Part,
  columns: readonly Column[],
): Markup => markup`<tbody>
${
  title === ""
    ? ""
    : markup`<tr class="group"><th scope="rowgroup" colspan="${columns.length}">${nameMarkup(title)} <small>${sums}</small>${access === undefined ? "" : consequence(access)}</th></tr>
`
}${entries.map(
  (
    entry,
  ) => markup`<tr data-kind="${entry.kind}"${entry.removal ? markup` data-removal` : ""}${entry.carries ? markup` data-carries` : ""}>${columns.map(({ cell }) => cell(entry))}</tr>
`,
)}</tbody>
`;

const SIGNED: Readonly<Record<Sign, string>> = { "+": "add", "~": "change", "-": "remove" };

/** A name that keeps its own direction of writing from what stands beside it; an address is broken behind its @ first. */
const nameMarkup = (text: string): Markup =>
  markup`<bdi>${text.split(/(?<=@)/).map((part, at) => [at === 0 ? "" : markup`<wbr>`, part])}</bdi>`;

const ids = (known: readonly string[]): Content =>
  known.length === 0 ? "" : markup`<small class="ids">${known.join(", ")}</small>`;

const consequence = ({ says, names, commands = [], isGrave = false }: Consequence): Markup =>
  markup`<p${isGrave ? markup` class="grave"` : ""}>${says}${names.map((one, at) => [at === 0 ? " " : ", ", nameMarkup(one)])}${commands.map((one) => markup`<br><code>${one}</code>`)}</p>`;

const differenceItem = ({ label, before, after }: Difference): Markup =>
  markup`<li><span class="key">${label}</span> ${valueOf(before)} → ${valueOf(after)}</li>`;

const valueOf = (value: string): Markup => (value === "" ? markup`<i>none</i>` : nameMarkup(value));

const howTo = ({ typed, payload }: ApproveWith): Markup =>
  markup`<p>approve with <code>${typed}</code><br>or send <code>${payload}</code></p>`;
