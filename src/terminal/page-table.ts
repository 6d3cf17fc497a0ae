import { number } from "../core/count.ts";
import type { Kind } from "../core/change.ts";
import { markup } from "./html.ts";
import type { Content, Markup } from "./html.ts";

/** One part of the page: a heading, and a table. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** A sentence above the table. */
  readonly note?: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** `tbody` elements. */
  readonly body: Content;
}

export const sectionOf = ({
  id,
  title,
  note,
  columns,
  rows,
  body,
}: Section): Markup => markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title} <small>${number(rows)}</small></h2>
${note === undefined ? "" : markup`<p>${note}</p>`}
<table class="rows ${id}" aria-labelledby="${id}-title">
<thead><tr>${columns.map((column) => markup`<th scope="col">${column}</th>`)}</tr></thead>
${body}
</table>
</section>
`;

/** What the filters know about a row. */
export interface Marks {
  /** `""` for what is no change. */
  readonly kind: Kind | "";
  readonly takesAway: boolean;
}

export const row = ({ kind, takesAway }: Marks, cells: Content): Markup =>
  takesAway
    ? markup`<tr data-kind="${kind}" data-removal>${cells}</tr>
`
    : markup`<tr data-kind="${kind}">${cells}</tr>
`;

export const tbody = (rows: Content): Markup => markup`<tbody>
${rows}</tbody>
`;

/** A name that keeps its own direction of writing from what stands beside it. */
export const name = (text: string): Markup => markup`<bdi>${text}</bdi>`;

export const NO_CHANGE: Marks = { kind: "", takesAway: false };
