/**
 * Requests to services of AWS's for which there is no client here: JSON over POST, or a GET where there is no body, signed
 * by AWS's own signer.
 */
import type { SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { SignatureV4 } from "@smithy/signature-v4";
import pRetry from "p-retry";
import { jsonIn } from "../core/json.ts";
import type { Network } from "../traffic/network.ts";
import type { Pace } from "../traffic/pace.ts";
import { retryAfterMs } from "../traffic/retry-after.ts";
import { unreached } from "../traffic/unreached.ts";
import { addressOf, BEGINS_MS } from "./request-handler.ts";
import { isThrottling } from "./sdk.ts";

interface PostOptions {
  /** Whose credentials sign. */
  readonly config: Pick<SSOAdminClient["config"], "credentials" | "sha256">;
  readonly network: Network;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  readonly attempts: number;
  readonly firstWaitMs?: number | undefined;
}

/** Where a service is, and what its requests are signed for. */
export interface Signed {
  /** `https://organizations.us-east-1.amazonaws.com` */
  readonly endpoint: string;
  readonly region: string;
  readonly service: string;
}

interface Asked {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Resolves with the answer's JSON; rejects as a client of the SDK does (see `fault`), or with the signal's reason. */
export type Post = (to: Signed, asked: Asked) => Promise<unknown>;

/** A refusal, in the shape that the SDK gives to its own. */
class PostError extends Error {
  readonly $metadata: { httpStatusCode: number; requestId?: string };
  readonly Reason: string | undefined;
  readonly waitMs: number | undefined;

  constructor(status: number, headers: Readonly<Record<string, string>>, body: unknown) {
    const told = (body ?? {}) as Readonly<Record<string, unknown>>;
    const text = (...names: readonly string[]): string =>
      names.map((name) => told[name]).find((one) => typeof one === "string") ?? "";
    super(text("message", "Message"));
    // Both may carry more: `com.amazonaws...#AccessDeniedException:http://...`.
    const [name = ""] = (headers["x-amzn-errortype"] ?? text("__type", "code")).split(":");
    this.name = name.replace(/^.*#/, "") || `HTTP ${status}`;
    const requestId = headers["x-amzn-requestid"];
    this.$metadata = { httpStatusCode: status, ...(requestId === undefined ? {} : { requestId }) };
    this.Reason = text("Reason", "reason") || undefined;
    this.waitMs = retryAfterMs(headers["retry-after"]);
  }
}

/** An answer of success that is no JSON: half of it, or somebody else's. */
class NoJsonError extends Error {
  override readonly name = "NoJsonError";
}

/** At the pace; throttling, failures of the service and broken connections are tried again, as the SDK would. */
export function signedPosts({ config, network, pace, signal, attempts, firstWaitMs }: PostOptions): Post {
  const once = async (to: Signed, { path, headers, query = {}, body }: Asked): Promise<unknown> => {
    const { credentials, sha256 } = config;
    const signer = new SignatureV4({ credentials, sha256, region: to.region, service: to.service });
    const { protocol, hostname, host, port, pathname } = new URL(path, to.endpoint);
    const method = body === undefined ? "GET" : "POST";
    const text = body === undefined ? undefined : JSON.stringify(body);
    await pace.turn(signal);
    const at = { protocol, hostname, ...(port === "" ? {} : { port: Number(port) }), path: pathname, query };
    const signed = await signer.sign({ ...at, method, headers: { ...headers, host }, body: text });
    const sent = { method, headers: signed.headers, body: text ?? null, signal, beginsMs: BEGINS_MS };
    const answer = await network.send(addressOf(signed), sent);
    return resultOf(answer.status, answer.headers, new TextDecoder().decode(answer.body));
  };
  const retrying = { factor: 2, minTimeout: firstWaitMs ?? 500, maxTimeout: 20_000, randomize: true };
  return async (to, asked) => {
    try {
      return await pRetry(() => once(to, asked).catch(slowedBy(pace)), {
        ...{ ...retrying, retries: attempts - 1, signal },
        shouldRetry: ({ error }) => mayPass(error),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  };
}

const slowedBy =
  (pace: Pace) =>
  (error: unknown): never => {
    if (isThrottling(error)) pace.refused(error instanceof PostError ? error.waitMs : undefined);
    throw error;
  };

function mayPass(error: unknown): boolean {
  if (error instanceof NoJsonError) return true;
  if (error instanceof PostError) return isThrottling(error) || error.$metadata.httpStatusCode >= 500;
  const { code, lasting } = unreached(error);
  // Another look for a name that nobody has takes long and finds the same.
  return code !== undefined && code !== "ENOTFOUND" && !lasting;
}

function resultOf(status: number, headers: Readonly<Record<string, string>>, text: string): unknown {
  const body = jsonIn(text);
  if (status < 200 || status >= 300) throw new PostError(status, headers, body);
  if (body === undefined) throw new NoJsonError("The answer is no JSON");
  return body;
}
