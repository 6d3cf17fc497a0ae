/** What went wrong with one request to Google, read from whatever the client threw. */
import { gaxios } from "google-auth-library";
import { z } from "zod";
import { TroubleError } from "../core/trouble.ts";
import { retryAfterMs } from "../traffic/retry-after.ts";
import { unreached } from "../traffic/unreached.ts";
import { refusalIn } from "./refusals.ts";
import type { Unreached } from "../traffic/unreached.ts";

export interface Failure {
  /** Whoever gives tokens, or the Directory API. */
  readonly from: "token" | "api";
  readonly host: string;
  /** HTTP status; undefined when there was no whole answer. */
  readonly status: number | undefined;
  /** `errors[0].reason` of the API, `error` of the token endpoint, or the network's code; `""` without any. */
  readonly reason: string;
  /** Google's own words, one line, free of secrets. */
  readonly message: string;
  readonly refusal: ReturnType<typeof refusalIn>;
  /** Requests made until this one, itself included. */
  readonly attempts: number;
  /** What `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Why there was no whole answer. */
  readonly unreached: Unreached | undefined;
}

const Reasons = z.array(z.object({ reason: z.string().catch("") })).catch([]);

/**
 * An API's error body. Facts: `{"error":{"code","message","errors":[{"reason"}]}}` from the Directory API, always so when
 * JSON; newer APIs have a `status` and `details` in place of `errors`.
 */
const ApiBody = z.object({
  error: z.object({
    message: z.string().catch(""),
    errors: Reasons,
    details: Reasons,
    status: z.string().catch(""),
  }),
});

/** RFC 6749's, as Google's token endpoint sends it. */
const TokenBody = z.object({ error: z.string(), error_description: z.string().catch("") });

const LONGEST_MESSAGE = 400;
/** Of what is cleaned, before it is: some of the patterns look at every pair of places. */
const MOST_CLEANED = 4_000;

/** Reads an error of Google's HTTP client; undefined for anything else, and for a trouble of ours in its wrapping. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof gaxios.GaxiosError) || error.cause instanceof TroubleError) return undefined;
  const { config, response } = error;
  const none = response === undefined ? unreached(error) : undefined;
  const said =
    response === undefined
      ? { reason: none?.code ?? "", message: error.message }
      : saidIn(response.data, response.status);
  return {
    from: config.method === "POST" ? "token" : "api",
    host: config.url.host,
    status: response?.status,
    reason: said.reason,
    message: clean(said.message),
    refusal: refusalIn({ status: response?.status, ...said }),
    attempts: (config.retryConfig?.currentRetryAttempt ?? 0) + 1,
    retryAfterMs: retryAfterMs(response?.headers.get("retry-after")),
    unreached: none,
  };
}

/** Signing happens before anything is sent, so a broken key never becomes an HTTP error. */
export function isBrokenKey(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  return code.startsWith("ERR_OSSL") || /no key or keyfile|DECODER|asymmetric key|PEM/iu.test(thrown.message);
}

function saidIn(data: unknown, status: number): { readonly reason: string; readonly message: string } {
  const api = ApiBody.safeParse(data);
  if (api.success) {
    const { message, errors, details, status: word } = api.data.error;
    const reasons = [...errors, ...details].map(({ reason }) => reason);
    return { reason: reasonWord(reasons.find((reason) => reason !== "") ?? word), message };
  }
  const token = TokenBody.safeParse(data);
  if (token.success) return { reason: reasonWord(token.data.error), message: token.data.error_description };
  return { reason: "", message: typeof data === "string" && data !== "" ? data : `status ${status}` };
}

/** A reason is a word; anything else in its place is no reason, and not for showing. */
const reasonWord = (reason: string): string => (/^[\w.-]{1,60}$/u.test(reason) ? reason : "");

/** One short line without tags, and without anything that looks like a token, an assertion or a key. */
export function clean(text: string): string {
  const line = text
    .slice(0, MOST_CLEANED)
    .replace(/-----BEGIN[\s\S]*?(-----END[^-]*-----|$)/gu, "[key removed]")
    .replace(/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/gu, "[token removed]")
    .replace(/\bya29\.[\w.~+/-]+/gu, "[token removed]")
    // A session token of AWS begins in one of two ways, whatever stands around it.
    .replace(/(?:IQoJ|FwoG)[\w+/=%-]{8,}/gu, "[token removed]")
    .replace(
      /\b(Bearer\s+|(?:access_token|id_token|subject_token|assertion)["']?\s*[=:]\s*["']?)[^\s"'&<>]+/giu,
      "$1[removed]",
    )
    .replace(/<(style|script)[\s\S]*?<\/\1>/giu, " ")
    .replace(/<[^>]*>/gu, " ")
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}

/** Whether an answer that is not an error object yet asks to slow down. A 403 may, and only the reason tells. */
export const refusesForSpeed = (status: number, data: unknown): boolean =>
  status >= 400 && refusalIn({ status, ...saidIn(data, status) })?.says === "slow down";

/** Whether the same request may well succeed a little later. */
export function isTransient({ refusal, status, unreached: none }: Failure): boolean {
  if (status === undefined) return none?.lasting === false;
  return refusal?.says === "slow down" || refusal?.says === "not now";
}
