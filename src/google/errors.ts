/** Every failure of Google: what failed and why, and what to do about it. */
import { TroubleError } from "../core/trouble.ts";
import type { Trouble } from "../core/trouble.ts";
import { clean, failureOf, isForSpeed, isTransient } from "./failure.ts";
import type { Failure } from "./failure.ts";

/** The source could not be read, or what it said cannot be trusted. Never carries a secret, nor does its cause. */
export class SourceError extends TroubleError {
  override readonly name = "SourceError";
  /** HTTP status, undefined when there was no whole answer. */
  readonly status: number | undefined;
  /** Google's reason (`forbidden`, `invalid_grant`), a network code, or ours: `untrusted`, `stopped`, `key`. */
  readonly reason: string;
  /** Google's own words, cleaned; `""` where it said nothing. */
  readonly said: string;

  constructor(trouble: Trouble, about: { status?: number; reason: string; said?: string; cause?: Error }) {
    super(trouble, about.cause);
    this.status = about.status;
    this.reason = about.reason;
    this.said = about.said ?? "";
  }
}

/** Who acts: both may be shown. */
export interface Actor {
  readonly admin: string;
  /** The service account's address, with its numeric client id where that is known. */
  readonly client: string;
  readonly scopes: readonly string[];
}

/** What a request was for. */
export interface Errand {
  /** Completes "while …": `listing the users`. */
  readonly doing: string;
  /** The query that was sent, and the setting it comes from. */
  readonly query?: { readonly setting: "USER_MATCH" | "GROUP_MATCH"; readonly text: string };
  /** The customer that was asked for; only listings name one. */
  readonly customerId?: string;
  /** Whether it asked for a further page. */
  readonly paging?: boolean;
}

const IN_BETWEEN = "run again, and if it lasts look for a proxy or a wrong GOOGLE_ROOT_URL in between";

/** An answer arrived and is not what it should be. Google has sent half a document, and a page of HTML, as a success. */
export function untrusted(errand: Errand, why: string, next = IN_BETWEEN): SourceError {
  return new SourceError(
    {
      why: `Google's answer while ${errand.doing} cannot be trusted: ${clean(why)}`,
      todo: `nothing is changed on the strength of it, ${next}`,
    },
    { reason: "untrusted" },
  );
}

/** Whether the thing asked about does not exist: Google's own 404, not some proxy's, and not about the domain. */
export const isNotFound = (error: unknown): error is SourceError =>
  error instanceof SourceError &&
  error.status === 404 &&
  error.reason === "notFound" &&
  !/^domain/iu.test(error.said);

/** Whether Google hides the thing asked about; that is how it answers about objects of another account. */
export const isForbidden = (error: unknown): error is SourceError =>
  error instanceof SourceError && error.status === 403 && error.reason === "forbidden";

/**
 * Turns whatever was thrown while talking to Google into a `SourceError`; an error of our own making comes back
 * as it is. Facts D1 and D2 are the source of the cases.
 */
export function sourceErrorOf(thrown: unknown, errand: Errand, actor: Actor, signal: AbortSignal): unknown {
  if (thrown instanceof SourceError) return thrown;
  if (signal.aborted) return stopped(errand, signal);
  const failure = failureOf(thrown);
  if (failure === undefined) return localFailure(thrown, actor);
  const trouble = troubleOfFailure(failure, errand, actor);
  const { status, reason, message: said } = failure;
  const about = { reason, said, cause: cleanCause(failure) };
  return new SourceError(trouble, status === undefined ? about : { ...about, status });
}

function stopped(errand: Errand, signal: AbortSignal): SourceError {
  const reason: unknown = signal.reason;
  const why = reason instanceof Error ? clean(reason.message) : "no reason given";
  return new SourceError(
    {
      why: `Reading Google was stopped while ${errand.doing} (${why})`,
      todo: `nothing is changed on the strength of it, and the next run reads anew`,
    },
    { reason: "stopped" },
  );
}

function cleanCause({ host, status, reason, message }: Failure): Error {
  return new Error(
    `${host}: ${[status, reason, message].filter((part) => part !== undefined && part !== "").join(" ")}`,
  );
}

/** Signing happens before anything is sent, so a broken key never becomes an HTTP error. */
function localFailure(thrown: unknown, actor: Actor): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  if (!code.startsWith("ERR_OSSL") && !/no key or keyfile|DECODER|asymmetric key|PEM/iu.test(thrown.message))
    return thrown;
  return new SourceError(
    {
      why: `The private key of ${actor.client} cannot be read as a PEM key`,
      todo: `make a new JSON key of the service account and put the whole file into GOOGLE_CREDENTIALS`,
    },
    { reason: "key" },
  );
}

function troubleOfFailure(failure: Failure, errand: Errand, actor: Actor): Trouble {
  if (failure.status === undefined) return troubleOfNetwork(failure, errand);
  if (isForSpeed(failure)) return throttled(failure, errand, actor);
  if (isTransient(failure)) {
    return {
      why: `Google (${failure.host}) still answered ${failure.status}${saidByGoogle(failure)} after ${attemptsMade(failure)} while ${errand.doing}`,
      todo: `this is trouble on Google's side, see https://www.google.com/appsstatus and run again`,
    };
  }
  return failure.from === "token" ? troubleOfToken(failure, actor) : troubleOfApi(failure, errand, actor);
}

const attemptsMade = ({ attempts }: Failure): string =>
  attempts === 1 ? "1 attempt" : `${attempts} attempts`;

function saidByGoogle({ reason, message }: Failure): string {
  const said = [reason, message].filter((part) => part !== "").join(": ");
  return said === "" ? "" : ` (${said})`;
}

function troubleOfNetwork(failure: Failure, errand: Errand): Trouble {
  const { host, reason } = failure;
  const after = `after ${attemptsMade(failure)} while ${errand.doing}`;
  if (failure.network !== undefined) {
    const { why, todo } = failure.network;
    return { why: `Google could not be reached at ${host} ${after}: ${why}`, todo };
  }
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|DEPTH_ZERO/u.test(reason)) {
    return {
      why: `The certificate of ${host} was not accepted (${reason}) while ${errand.doing}`,
      todo: `look for a proxy that opens TLS and make its authority known with NODE_EXTRA_CA_CERTS`,
    };
  }
  return {
    why: `Google could not be reached at ${host} (${reason === "" ? failure.message : reason}) ${after}`,
    todo: `check the network between here and Google (VPC, NAT, DNS, proxy) and run again`,
  };
}

function throttled(failure: Failure, errand: Errand, actor: Actor): Trouble {
  return {
    why: `Google kept refusing for speed${saidByGoogle(failure)} after ${attemptsMade(failure)} while ${errand.doing}`,
    todo: `lower GOOGLE_RATE, look for other programs that act as ${actor.admin}, or raise the Admin SDK quota of the service account's project`,
  };
}

interface Case {
  readonly when: (failure: Failure) => boolean;
  readonly say: (failure: Failure, actor: Actor) => Trouble;
}

const DELEGATION = "Security › Access and data control › API controls › Domain-wide delegation";
const has =
  (reason: string, words = /(?:)/u) =>
  (failure: Failure): boolean =>
    failure.reason === reason && words.test(failure.message);

const oneOrAll = ({ length }: readonly string[]): string =>
  length === 1 ? "the scope" : "all of the scopes";

const TOKEN_CASES: readonly Case[] = [
  {
    when: has("unauthorized_client"),
    say: (_, { admin, client, scopes }) => ({
      why: `Google refused to act as ${admin}: client ${client} lacks a delegation for ${oneOrAll(scopes)} ${scopes.join(", ")}`,
      todo: `add ${scopes.join(" and ")} to the service account's numeric client id (not its e-mail) in the Admin console under ${DELEGATION}, which can take up to 24 hours to work`,
    }),
  },
  {
    when: has("invalid_grant", /invalid email or user id|not a valid email|account has been deleted/iu),
    say: (failure, { admin }) => ({
      why: `Google refused to act as ${admin}: there is no active account of this address (${failure.message})`,
      todo: `set GOOGLE_ADMIN to an administrator who exists and is not suspended`,
    }),
  },
  {
    when: has("invalid_grant", /account not found|no valid verifier found for issuer/iu),
    say: (failure, { client }) => ({
      why: `Google does not know the service account ${client} (${failure.message}): it was deleted, disabled or misspelt`,
      todo: `create or restore it and put a new JSON key into GOOGLE_CREDENTIALS`,
    }),
  },
  {
    when: has("invalid_grant", /invalid jwt signature/iu),
    say: (_, { client }) => ({
      why: `Google rejected the signature of ${client}: its key was revoked, deleted or expired`,
      todo: `make a new JSON key of the service account and put it into GOOGLE_CREDENTIALS`,
    }),
  },
  {
    when: has("invalid_grant", /short-lived token|reasonable timeframe/iu),
    say: (_, { client }) => ({
      why: `Google rejected the assertion of ${client} for its times: the clock here (${new Date().toISOString()}) is wrong`,
      todo: `set it right (NTP) and run again`,
    }),
  },
  {
    when: has("invalid_grant", /audience check/iu),
    say: ({ host }) => ({
      why: `The token endpoint ${host} rejected the audience of the assertion: token_uri in GOOGLE_CREDENTIALS is not Google's token endpoint`,
      todo: `use the key file as Google made it`,
    }),
  },
  {
    when: has("invalid_scope"),
    say: (failure, { scopes }) => ({
      why: `Google rejected the scopes ${scopes.join(", ")} (${failure.message})`,
      todo: `delegate exactly these under ${DELEGATION}`,
    }),
  },
  {
    when: has("invalid_request"),
    say: (failure, { admin }) => ({
      why: `Google refused to act as ${admin} (${failure.message})`,
      todo: `set GOOGLE_ADMIN to the full e-mail address of an administrator`,
    }),
  },
  {
    when: has("access_denied"),
    say: (failure, { admin, client }) => ({
      why: `A policy of this Google Workspace keeps client ${client} from acting as ${admin} (${failure.message})`,
      todo: `allow the client under Security › Access and data control › API controls › App access control`,
    }),
  },
];

function troubleOfToken(failure: Failure, actor: Actor): Trouble {
  const known = TOKEN_CASES.find((one) => one.when(failure));
  if (known !== undefined) return known.say(failure, actor);
  return {
    why: `Google (${failure.host}) gave client ${actor.client} no access token to act as ${actor.admin}: it answered ${failure.status}${saidByGoogle(failure)}`,
    todo: `check GOOGLE_CREDENTIALS, GOOGLE_ADMIN and the entry under ${DELEGATION}`,
  };
}

const API_CASES: readonly Case[] = [
  {
    when: (failure) => failure.status === 401,
    say: (failure, { client }) => ({
      why: `Google rejected the access token of client ${client}, and a fresh one too${saidByGoogle(failure)}`,
      todo: `check that GOOGLE_ROOT_URL and token_uri belong together and that the key was not revoked a moment ago`,
    }),
  },
  {
    when: has("insufficientPermissions"),
    say: (_, { admin, client, scopes }) => ({
      why: `Google refused to act as ${admin}: client ${client} lacks one of the scopes ${scopes.join(", ")}`,
      todo: `add it under ${DELEGATION}`,
    }),
  },
  {
    when: has("accessNotConfigured"),
    say: (failure, { client }) => ({
      why: `The Admin SDK API is switched off in the project of ${client}`,
      todo: `switch it on at ${enableLink(failure)} and run again some minutes later`,
    }),
  },
  {
    when: has("domainCannotUseApis"),
    say: () => ({
      why: "This Google Workspace does not allow API access (domainCannotUseApis)",
      todo: "allow it in the Admin console under Security › Access and data control › API controls",
    }),
  },
];

/** Google's own link names the project; without it the page asks which project is meant. */
function enableLink({ message }: Failure): string {
  const project = /[?&]project=([\w.:-]+)/u.exec(message)?.[1] ?? /project ([\w.:-]+)/u.exec(message)?.[1];
  const page = "https://console.cloud.google.com/apis/library/admin.googleapis.com";
  return project === undefined ? page : `${page}?project=${project}`;
}

function troubleOfApi(failure: Failure, errand: Errand, actor: Actor): Trouble {
  const known = API_CASES.find((one) => one.when(failure));
  if (known !== undefined) return known.say(failure, actor);
  if (failure.reason === "forbidden") {
    return {
      why: `Google does not let ${actor.admin} read this (${failure.message}) while ${errand.doing}`,
      todo: `give the account an admin role with Users › Read and Groups › Read, or set GOOGLE_ADMIN to one that has it`,
    };
  }
  if (failure.status === 400 || failure.status === 404) {
    const trouble = refusedQuestion(failure, errand);
    if (trouble !== undefined) return trouble;
  }
  if (failure.status === 404) {
    return {
      why: `Google knows nothing of what was asked for (${failure.message}) while ${errand.doing}`,
      todo: `if that is wrong, check GOOGLE_ROOT_URL and run again`,
    };
  }
  return {
    why: `Google (${failure.host}) answered ${failure.status}${saidByGoogle(failure)} while ${errand.doing}`,
    todo: `this was not expected, ${IN_BETWEEN}`,
  };
}

/** What we asked was wrong: a setting is the cause, save for a page token, which is Google's own. */
function refusedQuestion({ message }: Failure, errand: Errand): Trouble | undefined {
  const { query, customerId } = errand;
  if (errand.paging === true) {
    return {
      why: `Google refused its own page token while ${errand.doing} (${message}), so the listing stopped half way and cannot be trusted`,
      todo: `run again`,
    };
  }
  if (/customer|domain not found/iu.test(message) && customerId !== undefined) {
    return {
      why: `Google knows no customer ${customerId} (${message})`,
      todo: `set CUSTOMER_ID to my_customer, or to the id shown in the Admin console under Account › Account settings`,
    };
  }
  if (query !== undefined && /INVALID_OU_ID/iu.test(message)) {
    return {
      why: `The query ${JSON.stringify(query.text)} of ${query.setting} names an organizational unit that does not exist (${message})`,
      todo: `write its whole path as the Admin console shows it, without a final slash`,
    };
  }
  if (query !== undefined) {
    return {
      why: `Google refused the query ${JSON.stringify(query.text)} of ${query.setting} (${message})`,
      todo: `correct the setting, the grammar is at https://developers.google.com/workspace/admin/directory/v1/guides/${query.setting === "USER_MATCH" ? "search-users" : "search-groups"}`,
    };
  }
  if (customerId !== undefined) {
    return {
      why: `Google refused the listing of customer ${customerId} (${message}) while ${errand.doing}`,
      todo: `check CUSTOMER_ID: my_customer, or an id such as C01abc234, but no domain`,
    };
  }
  return undefined;
}
