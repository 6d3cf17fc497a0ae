/** What the tables of cases are made of. */
import { count } from "../core/count.ts";
import type { Actor, Errand } from "./errand.ts";
import type { Failure } from "./failure.ts";
import type { RefusalCode } from "./refusals.ts";

/** Who asked for what, and what came of it. */
export interface Told extends Actor, Errand, Failure {}

/** A row of a table: the first one that fits says what is wrong. */
export interface Case {
  readonly code: string;
  readonly when: (told: Told) => boolean;
  readonly why: (told: Told) => string;
  readonly todo: string | ((told: Told) => string);
}

/** Whether Google gave this reason, and its words fit. */
export const has =
  (reason: string, words = /(?:)/u) =>
  (told: Told): boolean =>
    told.reason === reason && words.test(told.message);

/** ` (reason: message)`, as far as Google said either. */
export function saidByGoogle({ reason, message }: Told): string {
  const said = [reason, message].filter((part) => part !== "").join(": ");
  return said === "" ? "" : ` (${said})`;
}

/** Completes "could not be reached". */
export const afterAttempts = ({ attempts, doing }: Told): string =>
  `after ${count(attempts, "attempt")} while ${doing}`;

/** Whether it is one of these refusals. */
export const is =
  (...codes: readonly RefusalCode[]) =>
  ({ refusal }: Told): boolean =>
    refusal !== undefined && codes.includes(refusal.code);

/** Google's own link names the project; without it the page asks which project is meant. */
export function switchOn({ message }: Told, api: string): string {
  const project = /[?&]project=([\w.:-]+)/u.exec(message)?.[1] ?? /project ([\w.:-]+)/u.exec(message)?.[1];
  const page = `https://console.cloud.google.com/apis/library/${api}`;
  const link = project === undefined ? page : `${page}?project=${project}`;
  return `switch it on at ${link} and run again a few minutes later`;
}
