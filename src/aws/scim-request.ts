import pRetry, { type RetryContext } from "p-retry";
import { z } from "zod";
import { jsonIn } from "../core/json.ts";
import type { Answered, Network } from "../traffic/network.ts";
import { LONGEST_PAUSE_MS, type Pace } from "../traffic/pace.ts";
import { unreached } from "../traffic/unreached.ts";
import { TargetError, THROTTLED, TokenError } from "./errors.ts";
import { BEGINS_MS } from "./request-handler.ts";
import { retryAfterMs } from "../traffic/retry-after.ts";
import { isOfToken, isPassing, refusalTrouble } from "./scim-refusals.ts";

export interface ScimOptions {
  /** `https://scim.<region>.amazonaws.com/<tenant>/scim/v2`, with or without a final slash. */
  readonly endpoint: string;
  readonly token: string;
  /** Where both come from, as a person calls it: "the secret SSOSyncSCIMAccessToken". */
  readonly from: { readonly endpoint: string; readonly token: string };
  readonly network: Network;
  readonly pace: Pace;
  /** No attempt starts after it is aborted; those under way get `GRACE_MS` to end. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds in which attempts may still start; a retry that has to wait longer is not made. */
  readonly timeLeft?: (() => number) | undefined;
  /** How many attempts one request gets; 8 by default. */
  readonly attempts?: number | undefined;
  /** The wait before the first retry in ms, at least; doubled each time. 500 by default. */
  readonly firstWaitMs?: number | undefined;
}

export interface Asked {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** What comes behind the endpoint, query included. */
  readonly path: string;
  readonly body?: object;
  /** For the sentence: "create the user ada@example.com". */
  readonly what: string;
  /** It asks for a name, an email address or an external id, which another object may have. */
  readonly claims?: boolean;
  /** Made by this run a moment ago: a 404 may only mean that AWS has not caught up. */
  readonly justMade?: boolean;
  /** How often it is sent at most when AWS answers with trouble of its own (5xx); as often as others unless told. */
  readonly attempts?: number | undefined;
}

/**
 * Resolves to the answer's JSON, `undefined` for a change with nothing to say; rejects with a `TargetError` or the
 * signal's reason.
 */
export type Send = (asked: Asked) => Promise<unknown>;

/** How long a request under way may take after the abort: it has to end, and be logged, before Lambda stops the process. */
const GRACE_MS = 2_000;
const LONGEST_WAIT_MS = 20_000;
/** Attempts for an id that was just made and is not found. */
const FRESH_ATTEMPTS = 5;

/** An attempt that failed in a way that may pass. */
class Again extends Error {
  readonly refusal: TargetError;
  readonly waitMs: number;
  readonly attempts: number;
  constructor(refusal: TargetError, waitMs = 0, attempts = Number.POSITIVE_INFINITY) {
    super(refusal.message);
    this.refusal = refusal;
    this.waitMs = waitMs;
    this.attempts = attempts;
  }
}

/** Sends requests to one SCIM endpoint, at its pace, again where that helps; redirects are not followed. */
export function sender(options: ScimOptions): Send {
  const { signal, timeLeft = () => Number.POSITIVE_INFINITY, attempts = 8, firstWaitMs = 500 } = options;
  const cut = graceAfter(signal);
  const shouldRetry = ({ error, attemptNumber, retryDelay }: RetryContext) =>
    error instanceof Again &&
    attemptNumber < error.attempts &&
    error.waitMs <= LONGEST_PAUSE_MS &&
    Math.max(error.waitMs, retryDelay) < timeLeft();
  const retrying = { factor: 2, minTimeout: firstWaitMs, maxTimeout: LONGEST_WAIT_MS, randomize: true };

  return async (asked) => {
    let answer: { readonly json: unknown } | undefined;
    const once = async () => {
      await options.pace.turn(signal, !WHO_IS_IN.test(asked.path));
      answer = { json: await exchange(options, asked, cut) };
    };
    try {
      await pRetry(once, { ...retrying, retries: attempts - 1, signal, shouldRetry });
    } catch (error) {
      if (answer === undefined) throw error instanceof Again ? error.refusal : error;
    }
    // An answer that came after the abort counts: what was written has to be reported.
    return answer?.json;
  };
}

function graceAfter(signal: AbortSignal | undefined): AbortSignal {
  const cut = new AbortController();
  const end = () => setTimeout(() => cut.abort(signal?.reason), GRACE_MS).unref();
  signal?.addEventListener("abort", end, { once: true });
  return cut.signal;
}

interface Answer extends Pick<Answered, "status" | "headers"> {
  readonly text: string;
}

/** These questions are as many as the users or the groups; everything else goes ahead of them. */
const WHO_IS_IN = /[?&]filter=(groups|members)\.value/;

async function exchange(options: ScimOptions, asked: Asked, cut: AbortSignal): Promise<unknown> {
  const answer = await sendOnce(options, asked, cut);
  const succeeded = answer.status >= 200 && answer.status < 300;
  if (!succeeded) throw refused(options, asked, answer, await isAlone(options, asked, answer, cut));
  return answer.text === "" && mayBeEmpty(asked, answer) ? undefined : parsedAnswer(options, asked, answer);
}

/** A changed user comes back whole, with 200; only a 204 has nothing to say. */
const mayBeEmpty = ({ method }: Asked, { status }: Answer): boolean =>
  method === "DELETE" || (method === "PATCH" && status === 204);

async function sendOnce(options: ScimOptions, asked: Asked, cut: AbortSignal): Promise<Answer> {
  const own = {
    authorization: `Bearer ${options.token}`,
    accept: "application/scim+json, application/json",
  };
  try {
    const { status, headers, body } = await options.network.send(
      options.endpoint.replace(/(?<!\/)\/+$/, "") + asked.path,
      {
        method: asked.method,
        headers: asked.body === undefined ? own : { ...own, "content-type": "application/scim+json" },
        body: asked.body === undefined ? null : JSON.stringify(asked.body),
        beginsMs: BEGINS_MS,
        signal: cut,
      },
    );
    return { status, headers, text: new TextDecoder().decode(body) };
  } catch (cause) {
    const { code, lasting, why, todo } = unreached(cause);
    if (code?.startsWith("UND_ERR_INVALID") === true) throw unsendable(code);
    const trouble = { why: `${host(options)} could not be reached to ${asked.what}: ${why}`, todo };
    const refusal = new TargetError(trouble, { code, cause });
    throw lasting ? refusal : new Again(refusal);
  }
}

/** Without the cause, which may quote what it does not like. */
const unsendable = (code: string) =>
  new TokenError(
    {
      why: `The SCIM token or endpoint cannot be sent as it is (${code}): it contains characters that do not belong there`,
      todo: "store both again, each on one line",
    },
    { code },
  );

const host = ({ endpoint }: ScimOptions) => `The SCIM endpoint at ${new URL(endpoint).host}`;
const answerHeader = (answer: Answer, name: string) => answer.headers[name] ?? "";

function parsedAnswer(options: ScimOptions, asked: Asked, answer: Answer): unknown {
  const json = jsonIn(answer.text);
  if (json !== undefined) return json;
  const empty = answer.text === "";
  const half = /^\s*[{[]/.test(answer.text);
  const kind = half
    ? "with incomplete JSON"
    : `with something other than JSON (${answerHeader(answer, "content-type") || "no content type"})`;
  const why = `${host(options)} answered ${empty ? `${answer.status} with nothing` : kind} when asked to ${asked.what}`;
  const todo =
    "look for a proxy on the way to AWS, and check that SCIM_ENDPOINT is the one that IAM Identity Center shows";
  const refusal = new TargetError({ why, todo }, { status: answer.status });
  throw half || empty ? new Again(refusal) : refusal;
}

const words = z.string().nullish().catch(undefined);
const ErrorBody = z.object({
  detail: words,
  message: words,
  Message: words,
  exceptionRequestId: words,
  exceptionrequestid: words,
});

/** Of a refusal's words, before white space is taken out of them. */
const MOST_TOLD = 4_000;

/** The endpoint's own words; the token is taken out, should they repeat it. */
function refusalWords({ token }: ScimOptions, answer: Answer) {
  const json = ErrorBody.safeParse(jsonIn(answer.text)).data;
  const clean = (text: string) =>
    text
      .replaceAll(token, "(token)")
      .slice(0, MOST_TOLD)
      .replace(/[\s\p{C}]+/gu, " ")
      .trim()
      .slice(0, 500);
  const detail = json?.detail ?? json?.message ?? json?.Message ?? undefined;
  const requestId =
    answerHeader(answer, "x-amzn-requestid") || (json?.exceptionRequestId ?? json?.exceptionrequestid ?? "");
  return {
    status: answer.status,
    detail: detail === undefined || detail === "" ? undefined : clean(detail),
    requestId: requestId === "" ? undefined : clean(requestId),
  };
}

/** Harmless, and refused only when the token or the endpoint is. */
export const PROBE = { method: "GET", path: "/ServiceProviderConfig", what: "describe itself" } as const;

/** Whether a 403 is about this request alone: the same token is not refused when it asks something harmless. */
async function isAlone(
  options: ScimOptions,
  asked: Asked,
  answer: Answer,
  cut: AbortSignal,
): Promise<boolean> {
  if (answer.status !== 403 || isThrottled(answer) || asked.path === PROBE.path) return false;
  await options.pace.turn(options.signal);
  const probed = await sendOnce(options, PROBE, cut).catch(() => undefined);
  return probed === undefined || isThrottled(probed) || !isOfToken(probed.status);
}

/** What to throw for a status other than success; slows the pace when AWS throttles. */
function refused(options: ScimOptions, asked: Asked, answer: Answer, alone: boolean): Error {
  const waitMs = retryAfterMs(answerHeader(answer, "retry-after"));
  const throttled = isThrottled(answer);
  if (throttled || (answer.status >= 500 && waitMs !== undefined)) options.pace.refused(waitMs);
  const about = { ...refusalWords(options, answer), ...(throttled ? { code: THROTTLED } : {}) };
  const trouble = refusalTrouble(`${host(options)} refused to ${asked.what}`, {
    ...asked,
    ...about,
    throttled,
    alone,
    waitMs,
    from: options.from,
  });
  if (throttled) return new Again(new TargetError(trouble, about), waitMs);
  if (isPassing(answer.status)) return new Again(new TargetError(trouble, about), waitMs, asked.attempts);
  if (isOfToken(answer.status) && !alone) return new TokenError(trouble, about);
  const refusal = new TargetError(trouble, about);
  return answer.status === 404 && asked.justMade === true ? new Again(refusal, 0, FRESH_ATTEMPTS) : refusal;
}

/** AWS throttles with 429, and with 400 and the exception's name. */
function isThrottled(answer: Answer): boolean {
  const name = `${answerHeader(answer, "x-amzn-errortype")} ${answer.text}`;
  return (
    answer.status === 429 || (answer.status >= 400 && /Throttl(ing|ed)Exception|Rate exceeded/i.test(name))
  );
}
