/** Credentials to an authorised client of the Directory API that keeps its pace, retries, and explains itself. */
import { setTimeout as sleep } from "node:timers/promises";
import { JWT } from "google-auth-library";
import type { gaxios } from "google-auth-library";
import { admin } from "googleapis/build/src/apis/admin/index.js";
import type { admin_directory_v1, MethodOptions } from "googleapis/build/src/apis/admin/index.js";
import { z } from "zod";
import type { Network } from "../traffic/network.ts";
import { LONGEST_PAUSE_MS } from "../traffic/pace.ts";
import type { Pace } from "../traffic/pace.ts";
import { sourceErrorOf, SourceError } from "./errors.ts";
import type { Actor, Errand } from "./errand.ts";
import { failureOf, isTransient, refusesForSpeed } from "./failure.ts";
import { retryAfterMs } from "../traffic/retry-after.ts";

/** What has to be delegated to the service account; members are covered by the group scope (facts D). */
export const SCOPES = {
  user: "https://www.googleapis.com/auth/admin.directory.user.readonly",
  group: "https://www.googleapis.com/auth/admin.directory.group.readonly",
} as const;

/** How often and how patiently a request is repeated, and over what. Times in milliseconds. */
interface Patience {
  /** Further attempts after the first. */
  readonly retries?: number;
  /** The first wait; it doubles with each attempt, up to 32 s, and is shortened at random by up to a half. */
  readonly firstWaitMs?: number;
}

interface GoogleAuth extends Patience {
  readonly clientEmail: string;
  /** The numeric client id, only shown: it is what an administrator has to enter. */
  readonly clientId?: string;
  readonly privateKey: string;
  /** The token endpoint that the key file names. */
  readonly tokenUri: string;
  /** The administrator to act as. */
  readonly admin: string;
  /** All of `SCOPES` by default. */
  readonly scopes?: readonly string[];
  readonly network: Network;
  readonly signal?: AbortSignal;
}

const TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token";
const LONGEST_WAIT_MS = 32_000;

const Token = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/** A service account that acts as the administrator. Sends nothing until it is used. */
export function googleAuth(credentials: GoogleAuth): JWT {
  const { clientEmail, clientId, privateKey, admin: subject } = credentials;
  const signal = credentials.signal ?? new AbortController().signal;
  const auth = new JWT({
    email: clientEmail,
    ...(clientId === undefined ? {} : { clientId }),
    key: privateKey,
    subject,
    scopes: [...(credentials.scopes ?? Object.values(SCOPES))],
    // The library's own interceptors print answers, access tokens included, when GOOGLE_SDK_NODE_LOGGING is set.
    useAuthRequestParameters: false,
    transporterOptions: {
      ...transport(credentials, signal),
      adapter: (options, send) => send(stoppedBy(signal, options)),
    },
  });
  auth.transporter.interceptors.request.add({
    resolved: async (options) => toTokenUri(options, credentials.tokenUri),
  });
  auth.transporter.interceptors.response.add({ resolved: async (response) => checkedToken(response) });
  return auth;
}

/** JWT knows one token endpoint, whatever the key file says (facts F1); only that very address is replaced. */
function toTokenUri(options: gaxios.GaxiosOptionsPrepared, tokenUri: string): gaxios.GaxiosOptionsPrepared {
  if (options.url.href === TOKEN_ENDPOINT) options.url = new URL(tokenUri);
  return options;
}

/** The library would go on with "Bearer undefined". Only the token request is a POST. */
function checkedToken<T extends gaxios.GaxiosResponse>(response: T): T {
  if (response.config.method === "POST" && !Token.safeParse(response.data).success) {
    throw new SourceError(
      {
        why: `The token endpoint ${response.config.url.host} answered ${response.status} with something other than an access token`,
        todo: "check token_uri in GOOGLE_CREDENTIALS, and look for a proxy on the way to Google",
      },
      { code: "untrusted", status: response.status },
    );
  }
  return response;
}

/** What both kinds of request have in common. Google redirects neither, and a token must not follow one elsewhere. */
function transport(
  patience: Patience & { readonly network: Network },
  signal: AbortSignal,
): gaxios.GaxiosOptions {
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
function stoppedBy(signal: AbortSignal, options: gaxios.GaxiosOptionsPrepared): gaxios.GaxiosOptionsPrepared {
  signal.throwIfAborted();
  options.signal = signal;
  return options;
}

/** Asks for one access token, and for nothing else. Throws `SourceError`. */
export async function askForToken(credentials: GoogleAuth): Promise<void> {
  const auth = googleAuth(credentials);
  const signal = credentials.signal ?? new AbortController().signal;
  try {
    await auth.getAccessToken();
  } catch (error) {
    throw sourceErrorOf(error, { doing: "asking for an access token" }, actorOf(auth), signal);
  }
}

interface DirectoryApiOptions extends Patience {
  readonly auth: JWT;
  /** Google's own unless set; a path in it is kept. */
  readonly rootUrl?: string;
  readonly network: Network;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/** The Directory API as the rest of the program sees it. */
export interface DirectoryApi {
  /**
   * One call: paced, repeated where that may help, ended by either signal. Answers the body as it came, for the
   * caller to parse; throws `SourceError`.
   */
  call(
    errand: Errand,
    request: (
      directory: admin_directory_v1.Admin,
      options: MethodOptions,
    ) => Promise<{ readonly data: unknown }>,
    signal?: AbortSignal,
  ): Promise<unknown>;
  readonly actor: Actor;
}

/** Every attempt of a request goes through `pace`; when Google throttles one, everything that shares the pace slows down. */
export function directoryApi(options: DirectoryApiOptions): DirectoryApi {
  const { auth, rootUrl } = options;
  const directory = admin({ version: "directory_v1", auth });
  const actor = actorOf(auth);
  return {
    actor,
    call: async (errand, request, ofCaller) => {
      const signal = ofCaller === undefined ? options.signal : AbortSignal.any([options.signal, ofCaller]);
      try {
        const { data } = await request(directory, {
          ...transport(options, signal),
          // Given per call, since the client drops the path of a root URL given once for all (facts F3).
          ...(rootUrl === undefined ? {} : { rootUrl }),
          adapter: attempt(options, signal),
        });
        return data;
      } catch (error) {
        throw sourceErrorOf(error, errand, actor, signal);
      }
    },
  };
}

function actorOf(auth: JWT): Actor {
  const email = auth.email ?? "(unknown)";
  const id = auth._clientId;
  return {
    admin: auth.subject ?? "(unknown)",
    client: id === undefined ? email : `${id} (${email})`,
    scopes: [auth.scopes ?? []].flat(),
  };
}

type Adapter = NonNullable<gaxios.GaxiosOptions["adapter"]>;

/** One attempt: a turn, the request, and once more with a new token if Google no longer takes the old one. */
function attempt(options: DirectoryApiOptions, signal: AbortSignal): Adapter {
  const { auth, pace } = options;
  return async (request, send) => {
    const paced = async () => {
      await pace.turn(signal);
      const response = await send(stoppedBy(signal, request));
      if (refusesForSpeed(response.status, response.data)) {
        pace.refused(retryAfterMs(response.headers.get("retry-after")));
      }
      return response;
    };
    const response = await paced();
    if (response.status !== 401) return response;
    request.headers.set("authorization", await newToken(auth, request.headers.get("authorization")));
    return paced();
  };
}

/** The library keeps a refused token until it expires (facts F1). Of many refused at once, one fetches the next. */
async function newToken(auth: JWT, refused: string | null): Promise<string> {
  if (refused === `Bearer ${auth.credentials.access_token}`) {
    auth.setCredentials({ refresh_token: "jwt-placeholder", expiry_date: 1 });
  }
  const headers = await auth.getRequestHeaders();
  return headers.get("authorization") ?? "";
}
