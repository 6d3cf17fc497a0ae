import { count, countsOf, number, total } from "../core/count.ts";
import { describe, reasonText } from "../core/words.ts";
import { isCut } from "../run/outcome.ts";
import type { Holdings, Summary } from "../run/summary.ts";
import type { Outcome } from "../run/outcome.ts";
import { BLANK, command, dim, red, short, strong, warn } from "./lines.ts";
import type { Line, Piece, Style } from "./lines.ts";
import { HELD_AS, sourceText, totalsText } from "./plan-document.ts";
import type { Headline, PlanDocument } from "./plan-document.ts";
import { WORDS, shownOf } from "./plan-entries.ts";
import type { Advice, ApproveWith, Consequence, Difference, Entry, Sign } from "./plan-entries.ts";
import type { Part, Section } from "./plan-sections.ts";
import { duration } from "./progress.ts";

/** The document for a terminal: what was read, each section, and last what it comes to. `verbose` cuts no list. */
export function planLines(document: PlanDocument, verbose: boolean): readonly Line[] {
  const { sections, headline } = document;
  const blocks = [
    sizeLines(document),
    ...sections.map((section) => sectionLines(section, verbose)),
    headlineLines(headline),
  ];
  return blocks.flatMap((lines) => [...lines, BLANK]);
}

function sizeLines({ sizes: { source, target }, groups }: PlanDocument): readonly Line[] {
  const users = holdingText(target.users, "user");
  return [
    [dim("Google Workspace     "), groups ? sourceText(source) : count(source.users, "user")],
    [dim("IAM Identity Center  "), groups ? `${users}, ${holdingText(target.groups, "group")}` : users],
  ];
}

/** `512 users (500 synced, 12 made by hand)` */
function holdingText(holdings: Holdings, one: string): string {
  const kinds = Object.entries(HELD_AS).map(
    ([key, words]) => [holdings[key as keyof Holdings], words] as const,
  );
  const parts = kinds.flatMap(([size, words]) => (size === 0 ? [] : [`${number(size)} ${words}`]));
  const all = kinds.reduce((sum, [size]) => sum + size, 0);
  return `${count(all, one)}${parts.length === 0 ? "" : ` (${parts.join(", ")})`}`;
}

function headlineLines({ code, title, sentences, attention }: Headline): readonly Line[] {
  const [first, ...others] = sentences;
  const word = (code === "refused" ? red : strong)(first === undefined ? title : `${title}: `);
  return [
    [word, first ?? "."],
    ...others.map((sentence): Line => [sentence]),
    ...(attention.length === 0 ? [] : [[warn("Needs attention: "), `${attention.join(", ")}.`] as Line]),
  ];
}

/** What its reader may do next. */
export const adviceLines = (next: readonly Advice[]): readonly Line[] =>
  next.flatMap(({ says, typed, payload }): readonly Line[] => {
    if (typed === undefined) return [[says]];
    return payload === undefined
      ? [[`${says} `, command(typed)]]
      : [[says], ...approvalLines({ typed, payload })];
  });

const approvalLines = ({ typed, payload }: Pick<ApproveWith, "typed" | "payload">): readonly Line[] => [
  ["    approve with  ", command(typed)],
  ["    or send       ", command(payload)],
];

// ---------------------------------------------------------------- sections

/** New users are all alike; whatever else happens is worth more lines. */
const MOST_NEW_USERS = 10;

function sectionLines(section: Section, verbose: boolean): readonly Line[] {
  const { title, note, attention, size, parts, advice } = section;
  const most = verbose ? Infinity : section.most;
  const look = attention === "" ? strong : warn;
  return [
    [look(title), dim(` (${number(size)})`)],
    ...(note === "" ? [] : [[dim(`  ${note}`)]]),
    ...parts.flatMap((part) =>
      part.title === "" ? alikeLines(part.entries, most) : memberLines(part, most),
    ),
    ...adviceLines(advice).map((line): Line => ["    ", ...line]),
  ];
}

/** Entries, those of one kind no more than `most`, or a few more where that saves no line. */
function alikeLines(entries: readonly Entry[], most: number): readonly Line[] {
  return [...Map.groupBy(entries, ({ like }) => like).values()].flatMap((alike) => {
    const isNew = alike[0]?.kind === "user.create" && most < Infinity;
    const room = isNew ? MOST_NEW_USERS : most;
    const shown = alike.length <= room + 2 ? alike : alike.slice(0, room);
    const rest = alike.length - shown.length;
    const more = dim(`    … and ${number(rest)} more like it (--verbose names them)`);
    return [...shown.flatMap((entry) => entryLines(entry, most)), ...(rest === 0 ? [] : [[more]])];
  });
}

const SIGNED: Readonly<Record<Sign, Style>> = { "+": "add", "~": "change", "-": "remove" };
const WIDEST = 8;
const INDENT = " ".repeat(5 + WIDEST);

const signed = (sign: Sign, text = ""): Piece => ({ text: `${sign} ${text}`, style: SIGNED[sign] });

function entryLines(entry: Entry, most: number): readonly Line[] {
  const { sign, verb, subject, name, within, reason, consequences, differences, approval } = entry;
  const head: Line = sign === "" ? [strong(verb)] : [signed(sign, verb.padEnd(WIDEST))];
  // Without a reason the first phrase stands beside the subject, unless it has to be seen.
  const [next] = consequences;
  const isBeside = reason === "" && next !== undefined && next.isGrave !== true;
  const first = isBeside ? consequenceText(next, most) : reason;
  const below = isBeside ? consequences.slice(1) : consequences;
  return [
    [
      ...["  ", ...head, verb === "" ? "" : " ", short(subject)],
      ...(name === "" ? [] : [dim(` (${short(name)})`)]),
      `${within === "" ? "" : ` in ${short(within)}`}${first === "" ? "" : `: ${first}`}`,
    ],
    ...below.flatMap((one) => consequenceLines(one, most)),
    ...differences.map(differenceLine),
    ...(approval === undefined ? [] : approvalLines(approval)),
  ];
}

const consequenceLines = (one: Consequence, most: number): readonly Line[] => [
  [INDENT, (one.isGrave === true ? warn : dim)(consequenceText(one, most))],
  ...commandLines(one.commands ?? [], most),
];

/** A command is there to be copied: it is never cut, and of many the first ones are enough to see how. */
function commandLines(commands: readonly string[], most: number): readonly Line[] {
  const shown = most === Infinity ? commands : commands.slice(0, MOST_COMMANDS);
  const rest = commands.length - shown.length;
  return [
    ...shown.map((text): Line => [INDENT, "  ", command(text)]),
    ...(rest === 0 ? [] : [[INDENT, dim(`  … and ${number(rest)} more (--verbose names them)`)]]),
  ];
}

const MOST_COMMANDS = 3;

const consequenceText = ({ says, names }: Consequence, most: number): string =>
  names.length === 0 ? says : `${says} ${namesText(names, most)}`;

const differenceLine = ({ label, before, after }: Difference): Line => [
  INDENT,
  dim(label.padEnd(14)),
  `${valueText(before)} → ${valueText(after)}`,
];

const valueText = (value: string): string => (value === "" ? "(none)" : short(value));

/** Who leaves is worth a line each, with the reason; who joins is not. */
function memberLines({ title, sums, access, entries }: Part, most: number): readonly Line[] {
  const gone = entries.filter(({ removal }) => removal);
  const names = entries.filter(({ removal }) => !removal).map(({ subject }) => subject);
  const rest = gone.slice(most).length;
  const come = most === Infinity ? names.map(short) : names.length === 0 ? [] : [namesText(names, most)];
  return [
    ["  ", strong(short(title)), dim(` ${sums}`)],
    ...(access === undefined ? [] : [["    ", (access.isGrave === true ? warn : dim)(access.says)] as Line]),
    ...gone
      .slice(0, most)
      .map(({ subject, reason }): Line => ["    ", signed("-"), short(subject), dim(`: ${reason}`)]),
    ...(rest === 0 ? [] : [["    ", signed("-"), `… and ${number(rest)} more`] as Line]),
    ...come.map((text): Line => ["    ", signed("+"), text]),
  ];
}

const ROOM = 84;

/** `a, b, c … and 9 more`: as many as fit into a line, at least one; all where `most` is no limit. */
function namesText(names: readonly string[], most: number): string {
  let room = most === Infinity ? Infinity : ROOM;
  const shown = names.map(short).filter((name, at) => {
    room -= name.length + 2;
    return at === 0 || room >= 0;
  });
  const rest = names.length - shown.length;
  return `${shown.join(", ")}${rest === 0 ? "" : ` … and ${number(rest)} more`}`;
}

// ---------------------------------------------------------------- while it is carried out, and at the end

/** A change that was refused or skipped, as it happens, with the reason in AWS's words. */
export function outcomeLine({ status, change, reason }: Outcome): Line {
  const { subject } = describe(change);
  const who = "users" in change ? `${usersText(change.users)} in ${short(subject)}` : short(subject);
  const [, verb] = WORDS[change.kind];
  return [
    status === "failed" ? red("failed ") : warn("skipped"),
    dim(` ${verb} `),
    `${who}${reason === undefined ? "" : `: ${reasonText(reason)}`}`,
  ];
}

function usersText(users: readonly { readonly label: string }[]): string {
  const [first] = users;
  return users.length === 1 && first !== undefined ? short(first.label) : count(users.length, "member");
}

interface Ending {
  /** By Ctrl-C. */
  readonly stopped: boolean;
  /** Not narrowed to some people or groups. */
  readonly whole: boolean;
  /** The command that goes on where this one stopped. */
  readonly again: "apply" | "leavers";
}

/** What came of a run that wrote. */
export function conclusionLines(
  summary: Summary,
  outcomes: readonly Outcome[],
  ending: Ending,
): readonly Line[] {
  const made = outcomes.filter(({ status }) => status === "applied");
  const done = totalsText(countsOf(shownOf(made.map(({ change }) => change))), "done");
  const seconds = summary.seconds["write"] ?? 0;
  const skipped = outcomes.filter((outcome) => outcome.status === "skipped" && !isCut(outcome));
  return [
    ...(done === "" ? [] : [[strong("Done: "), done, dim(` (in ${duration(seconds)})`)] as Line]),
    ...undone(red("Refused by AWS: "), total(summary.failed)),
    ...undone(warn("Skipped: "), total(countsOf(skipped.map(({ change }) => change)))),
    ...endingLines(summary, ending, done !== ""),
  ];
}

const undone = (word: Piece, size: number): readonly Line[] =>
  size === 0 ? [] : [[word, `${count(size, "change")}, for the ${size === 1 ? "reason" : "reasons"} above`]];

function endingLines(
  { status, message, left, approvals }: Summary,
  { stopped, whole, again }: Ending,
  some: boolean,
): readonly Line[] {
  const goesOn: Line = [
    `${count(left, "change is", "changes are")} left; `,
    command(`npx ssosync ${again}`),
    " goes on from there.",
  ];
  if (stopped && left > 0) return [[warn("Stopped: "), ...goesOn]];
  switch (status) {
    case "succeeded":
      return some && whole ? [["IAM Identity Center now matches Google Workspace."]] : [];
    case "attention":
      return [[warn("Needs attention: "), `what is marked above${approvalsText(approvals.length)}.`]];
    case "incomplete":
      return [[warn("Not finished: "), ...goesOn]];
    case "refused":
      return [[red("Refused: "), message]];
    case "failed":
      return [[red("Failed: "), message]];
  }
}

const approvalsText = (size: number): string =>
  size === 0 ? "" : `; ${count(size, "approval is", "approvals are")} needed`;
