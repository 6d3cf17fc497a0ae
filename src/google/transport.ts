/** How a request to Google travels, whichever of its services it is for. */
import { setTimeout as sleep } from "node:timers/promises";
import type { gaxios } from "google-auth-library";
import { z } from "zod";
import type { Network } from "../traffic/network.ts";
import { LONGEST_PAUSE_MS } from "../traffic/pace.ts";
import { retryAfterMs } from "../traffic/retry-after.ts";
import { failureOf, isTransient } from "./failure.ts";

/** How often and how patiently a request is repeated, and over what. Times in milliseconds. */
export interface Patience {
  readonly network: Network;
  /** Further attempts after the first. */
  readonly retries?: number;
  /** The first wait; it doubles with each attempt, up to 32 s, and is shortened at random by up to a half. */
  readonly firstWaitMs?: number;
}

/** Google's own, which is also whom an assertion is made out to. */
export const TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token";

/** What a token endpoint answers (RFC 6749, 5.1); the life is in seconds. */
export const Token = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

const LONGEST_WAIT_MS = 32_000;

/** What all requests have in common. Google redirects none, and a token must not follow one elsewhere. */
export function transport(patience: Patience, signal: AbortSignal): gaxios.GaxiosOptions {
  const { network, retries = 6, firstWaitMs = 500 } = patience;
  return {
    redirect: "manual",
    fetchImplementation: fetchThrough(network),
    // Without it the client looks for a proxy in the environment by itself.
    noProxy: [/^/],
    validateStatus: (status) => status >= 200 && status < 300,
    retry: true,
    retryConfig: {
      retry: retries,
      shouldRetry: (error) => {
        const failure = failureOf(error);
        if (signal.aborted || failure === undefined || failure.attempts > retries) return false;
        return isTransient(failure) && (failure.retryAfterMs ?? 0) <= LONGEST_PAUSE_MS;
      },
      retryBackoff: async (error) => {
        // The client has counted this attempt already when it asks how long to wait.
        const done = (error.config.retryConfig?.currentRetryAttempt ?? 1) - 1;
        const wait = Math.min(LONGEST_WAIT_MS, firstWaitMs * 2 ** done) * (0.5 + Math.random() / 2);
        await sleep(wait + (retryAfterMs(error.response?.headers.get("retry-after")) ?? 0), undefined, {
          signal,
        });
      },
    },
  };
}

/** The same for a client that asks for tokens by itself: what it prints and how it ends are ours. */
export const tokenTransport = (patience: Patience, signal: AbortSignal) => ({
  // The library's own interceptors print answers, access tokens included, when GOOGLE_SDK_NODE_LOGGING is set.
  useAuthRequestParameters: false,
  transporterOptions: {
    ...transport(patience, signal),
    adapter: (options, send) => send(stoppedBy(signal, options)),
  } satisfies gaxios.GaxiosOptions,
});

/** Statuses whose answers have no body, not even an empty one (Fetch standard). */
const BODILESS = new Set([204, 205, 304]);

function fetchThrough(network: Network): NonNullable<gaxios.GaxiosOptions["fetchImplementation"]> {
  return async (address, init = {}) => {
    const { signal, ...rest } = init;
    const request = new Request(address, rest);
    const { status, headers, body } = await network.send(request.url, {
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body: (await request.text()) || null,
      signal: signal ?? undefined,
    });
    return new Response(BODILESS.has(status) ? null : body, { status, headers });
  };
}

/** Set at each attempt: the client itself breaks on a signal that is aborted before it looks. */
export function stoppedBy(
  signal: AbortSignal,
  options: gaxios.GaxiosOptionsPrepared,
): gaxios.GaxiosOptionsPrepared {
  signal.throwIfAborted();
  options.signal = signal;
  return options;
}
