import { count, number } from "../core/count.ts";
import type { Reading } from "../aws/reading.ts";
import type { Progress } from "../google/directory.ts";

/** How far the reading of both sides is, in one line. */
export function readingText(at: {
  readonly source: Progress | undefined;
  readonly existing: Reading | undefined;
}): string {
  const { users = 0, groups = 0, members = 0 } = at.source ?? {};
  const google = [count(users, "user"), count(groups, "group"), count(members, "member")].join(" · ");
  const { users: there = 0, groups: all = 0, groupsRead = 0 } = at.existing ?? {};
  const aws = [count(there, "user"), `${number(groupsRead)}/${count(all, "group")}`].join(" · ");
  return `Reading Google ${google} — AWS ${aws}`;
}

export interface Writing {
  readonly done: number;
  readonly total: number;
  readonly seconds: number;
  /** Nothing more is started. */
  readonly stopped: boolean;
}

/** How far the writing is; how long it will still take, once that can be told. */
export function writingText({ done, total, seconds, stopped }: Writing): string {
  if (stopped) return `Finishing what is open · ${number(done)}/${number(total)}`;
  const head = `Writing ${number(done)}/${number(total)}`;
  if (done === 0 || seconds < 1) return head;
  const rate = done / seconds;
  const speed = rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
  const left = Math.ceil((total - done) / rate);
  return `${head} · ${speed}/s${left === 0 ? "" : ` · about ${duration(left)} left`}`;
}

/** `40 s`, `3 min`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
