import ora from "ora";

import type { Change } from "../core/change.ts";
import { count, countsOf, number, total } from "../core/count.ts";
import type { Reading } from "../aws/reading.ts";
import type { Progress } from "../google/reader.ts";
import { printable } from "../log/printable.ts";
import type { Outcome } from "../run/outcome.ts";
import type { Watch } from "../run/proposal.ts";
import { shownAs, shownOf } from "./plan-entries.ts";

/** How far the reading of both sides is, in one line of 80 columns for a company of a thousand people. */
function readingText(at: {
  readonly source: Progress | undefined;
  readonly existing: Reading | undefined;
}): string {
  const { users = 0, groups = 0, members = 0 } = at.source ?? {};
  const google = [count(users, "user"), count(groups, "group"), count(members, "member")].join(", ");
  const { users: there = 0, groups: all = 0, groupsRead = 0 } = at.existing ?? {};
  const aws = [count(there, "user"), `${number(groupsRead)}/${count(all, "group")}`].join(", ");
  return `Google ${google}; AWS ${aws}`;
}

const READING = "Reading Google Workspace and IAM Identity Center";

/** How far it is known what those carry whom the plan is about. */
const carryingText = (known: number, of: number): string =>
  `Asking AWS what they carry ${number(known)}/${count(of, "user or group", "users and groups")}`;

const CARRYING = "Asking AWS what access they carry";

/** How far the reading and the asking are, on the status line. */
export const progressOn = (status: StatusLine): Pick<Watch, "reading" | "carrying"> => ({
  reading: (at) => status.show(readingText(at), READING),
  carrying: (known, of) => status.show(carryingText(known, of), CARRYING),
});

interface Writing {
  /** Changes, counted as the plan shows them. */
  readonly done: number;
  readonly total: number;
  /** Time goes by requests, of which one may carry a hundred memberships. */
  readonly requests: { readonly done: number; readonly total: number };
  readonly seconds: number;
  /** Nothing more is started. */
  readonly stopped: boolean;
}

/** How far the writing is; how long it will still take, once that can be told. */
function writingText({ done, total, requests, seconds, stopped }: Writing): string {
  const at = `${number(done)}/${number(total)}`;
  if (stopped) return `Finishing what is under way · ${at}`;
  if (requests.done === 0 || seconds < 1) return `Writing ${at}`;
  const rate = requests.done / seconds;
  const speed = rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
  const left = Math.ceil((requests.total - requests.done) / rate);
  return `Writing ${at} · ${speed} requests/s${left === 0 ? "" : ` · about ${duration(left)} left`}`;
}

/** Shows that writing begins; to be called with every outcome from then on. */
export function writingProgress(
  changes: readonly Change[],
  status: StatusLine,
  stop: AbortSignal,
): (outcome: Outcome) => void {
  const started = performance.now();
  const all = total(countsOf(shownOf(changes)));
  const requests = new Set<Change>();
  const counted = new Set<Change | string>();
  let done = 0;
  const show = (): void =>
    status.show(
      writingText({
        ...{ done, total: all, requests: { done: requests.size, total: changes.length } },
        ...{ seconds: (performance.now() - started) / 1000, stopped: stop.aborted },
      }),
      `Writing ${count(all, "change")}`,
    );
  show();
  return ({ of, change }) => {
    requests.add(of);
    if (!counted.has(shownAs(change))) done += total(countsOf([change]));
    counted.add(shownAs(change));
    show();
  };
}

/** `40 s`, `3 min`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// ---------------------------------------------------------------- where it is shown

/** The one line that says what is going on; it is never part of the result. */
export interface StatusLine {
  /** `phase` is what a place that cannot move its cursor is told first, and `""` what it is not told. */
  readonly show: (text: string, phase: string) => void;
  /** Takes the line off the terminal, so that something else can be written; `show` brings it back. */
  readonly clear: () => void;
}

/** A spinner, for a terminal that can move its cursor. */
export function spinner(stream: NodeJS.WritableStream, colour: boolean): StatusLine {
  const line = ora({ stream, isEnabled: true, discardStdin: false, color: colour && "cyan" });
  return {
    show: (text) => {
      line.text = printable(text);
      if (!line.isSpinning) line.start();
    },
    clear: () => {
      // Stopping what does not spin would still wipe the line the cursor is in.
      if (line.isSpinning) line.stop();
    },
  };
}

const PAUSE_MS = 10_000;

/** Plain lines for a pipe or a log file: what is going on, and every ten seconds how far it is. */
export function plainLines(write: (text: string) => void): StatusLine {
  let last = { phase: "", at: 0 };
  return {
    show: (text, phase) => {
      const now = performance.now();
      if (phase === "" || (phase === last.phase && now - last.at < PAUSE_MS)) return;
      write(`${printable(phase === last.phase ? text : phase)}\n`);
      last = { phase, at: now };
    },
    clear: () => undefined,
  };
}

export const silent: StatusLine = { show: () => undefined, clear: () => undefined };
