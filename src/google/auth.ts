/** Credentials to an authorised client of the Directory API that keeps its pace, retries, and explains itself. */
import { JWT } from "google-auth-library";
import type { gaxios, OAuth2Client } from "google-auth-library";
import { admin } from "googleapis/build/src/apis/admin/index.js";
import type { admin_directory_v1, MethodOptions } from "googleapis/build/src/apis/admin/index.js";
import type { Pace } from "../traffic/pace.ts";
import { sourceErrorOf, SourceError } from "./errors.ts";
import type { Actor, Errand } from "./errand.ts";
import { refusesForSpeed } from "./failure.ts";
import { federatedClient } from "./federation.ts";
import type { AwsIdentity, Federation } from "./federation.ts";
import { retryAfterMs } from "../traffic/retry-after.ts";
import { stoppedBy, Token, TOKEN_ENDPOINT, tokenTransport, transport } from "./transport.ts";
import type { Patience } from "./transport.ts";

/** What the token is asked for; with delegation, what has to be delegated. The group scope covers members (facts D). */
export const SCOPES = {
  user: "https://www.googleapis.com/auth/admin.directory.user.readonly",
  group: "https://www.googleapis.com/auth/admin.directory.group.readonly",
} as const;

interface Key {
  readonly kind: "key";
  readonly clientEmail: string;
  /** The numeric client id, only shown: it is what an administrator has to enter. */
  readonly clientId?: string;
  readonly privateKey: string;
  /** The token endpoint that the key file names. */
  readonly tokenUri: string;
}

interface Asker extends Patience {
  readonly credentials: Key | Federation;
  /** The administrator to act as; null for a service account that acts as itself. */
  readonly admin: string | null;
  /** All of `SCOPES` by default. */
  readonly scopes?: readonly string[];
  /** Asked for where there is no key. */
  readonly aws: AwsIdentity;
  readonly signal?: AbortSignal;
}

/** A client that authorises requests, and whom it acts for. */
interface GoogleAuth {
  readonly client: JWT | OAuth2Client;
  readonly actor: Actor;
}

/** A service account that acts as an administrator or as itself. Sends nothing until it is used. */
export function googleAuth(asker: Asker): GoogleAuth {
  const { credentials, aws } = asker;
  const actor = actorOf(asker);
  const signal = asker.signal ?? new AbortController().signal;
  const client =
    credentials.kind === "key"
      ? keyClient(credentials, { ...asker, actor, signal })
      : federatedClient({ ...asker, federation: credentials, aws, actor, signal });
  return { client, actor };
}

function actorOf({ credentials, admin: subject, scopes = Object.values(SCOPES) }: Asker): Actor {
  const { clientEmail } = credentials;
  const id = credentials.kind === "key" ? (credentials.clientId ?? "") : "";
  return {
    admin: subject ?? clientEmail,
    itself: subject === null,
    client: id === "" ? clientEmail : `${id} (${clientEmail})`,
    scopes,
  };
}

interface KeyAsker extends Patience {
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

function keyClient({ clientEmail, privateKey, tokenUri }: Key, asker: KeyAsker): JWT {
  const { actor, signal } = asker;
  const client = new JWT({
    email: clientEmail,
    key: privateKey,
    ...(actor.itself ? {} : { subject: actor.admin }),
    scopes: [...actor.scopes],
    ...tokenTransport(asker, signal),
  });
  client.transporter.interceptors.request.add({ resolved: async (options) => toTokenUri(options, tokenUri) });
  client.transporter.interceptors.response.add({ resolved: async (response) => checkedToken(response) });
  return client;
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

/** Asks for one access token, and for nothing else. Throws a `TroubleError`. */
export async function askForToken(asker: Asker): Promise<void> {
  const { client, actor } = googleAuth(asker);
  const signal = asker.signal ?? new AbortController().signal;
  try {
    await client.getAccessToken();
  } catch (error) {
    throw sourceErrorOf(error, { doing: "asking for an access token" }, actor, signal);
  }
}

interface DirectoryApiOptions extends Patience {
  readonly auth: GoogleAuth;
  /** Google's own unless set; a path in it is kept. */
  readonly rootUrl?: string;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/** The Directory API as the rest of the program sees it. */
export interface DirectoryApi {
  /**
   * One call: paced, repeated where that may help, ended by either signal. Answers the body as it came, for the
   * caller to parse; throws a `TroubleError`, which is a `SourceError` where Google was asked.
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
  const { actor } = auth;
  // Unless told, the client sends tokens wherever GOOGLE_CLOUD_UNIVERSE_DOMAIN says.
  const universeDomain = "googleapis.com";
  const directory = admin({ version: "directory_v1", auth: auth.client, universeDomain });
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

/** Leavers are found in the lists of users and looked at one by one: both have the right of way. */
const ABOUT_USERS = /\/directory\/v1\/users(\/|$)/;

type Adapter = NonNullable<gaxios.GaxiosOptions["adapter"]>;

/** One attempt: a turn, the request, and once more with a new token if Google no longer takes the old one. */
function attempt(options: DirectoryApiOptions, signal: AbortSignal): Adapter {
  const { auth, pace } = options;
  return async (request, send) => {
    const paced = async () => {
      await pace.turn(signal, ABOUT_USERS.test(request.url.pathname));
      const response = await send(stoppedBy(signal, request));
      if (refusesForSpeed(response.status, response.data)) {
        pace.refused(retryAfterMs(response.headers.get("retry-after")));
      }
      return response;
    };
    const response = await paced();
    if (response.status !== 401) return response;
    request.headers.set("authorization", await nextToken(auth.client, request.headers.get("authorization")));
    return paced();
  };
}

/** The library keeps a refused token until it expires (facts F1). Of many refused at once, one fetches the next. */
async function nextToken(client: GoogleAuth["client"], refused: string | null): Promise<string> {
  if (refused === `Bearer ${client.credentials.access_token}`) {
    client.setCredentials({ refresh_token: "jwt-placeholder", expiry_date: 1 });
  }
  const headers = await client.getRequestHeaders();
  return headers.get("authorization") ?? "";
}
