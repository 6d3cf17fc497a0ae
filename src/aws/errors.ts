import { TroubleError } from "../core/trouble.ts";
import type { Trouble } from "../core/trouble.ts";
import { NetworkError } from "../traffic/network.ts";

/** What is known about a refusal, besides its trouble. */
interface Refusal {
  /** The HTTP status, where an answer came. */
  readonly status?: number | undefined;
  /** The refusal's own words. */
  readonly detail?: string | undefined;
  /** AWS's request id, to give to AWS Support. */
  readonly requestId?: string | undefined;
  /** The exception's or the network error's name. */
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

/** AWS refused, failed or could not be reached. */
export class TargetError extends TroubleError {
  override readonly name: string = "TargetError";
  readonly status: number | undefined;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly code: string | undefined;

  constructor(trouble: Trouble, about: Refusal = {}) {
    super(trouble, about.cause);
    this.status = about.status;
    this.detail = about.detail;
    this.requestId = about.requestId;
    this.code = about.code;
  }
}

/** The token or the endpoint is wrong: no other request will fare better, so the run stops at once. */
export class TokenError extends TargetError {
  override readonly name = "TokenError";
}

/** What the target holds cannot be told: it was not found, or not read whole. */
export class ExistingError extends TargetError {
  override readonly name = "ExistingError";
}

const WAY_OUT = "check the network's way out";
const BROKE_OFF = { why: "the connection broke off", todo: `run again, and if it stays so, ${WAY_OUT}` };
const NO_WAY = {
  why: "there is no way to that host",
  todo: `${WAY_OUT} (a VPC needs NAT or an endpoint)`,
};
const CAUSES: Readonly<Record<string, Trouble>> = {
  ENOTFOUND: {
    why: "there is no host of that name",
    todo: "check the Region and the name resolution of the network",
  },
  EAI_AGAIN: {
    why: "the host's name could not be looked up",
    todo: "check the name resolution of the network",
  },
  ECONNREFUSED: { why: "nothing listens there", todo: "check the address" },
  ECONNRESET: BROKE_OFF,
  EPIPE: BROKE_OFF,
  UND_ERR_SOCKET: BROKE_OFF,
  ETIMEDOUT: { why: "no answer came in time", todo: NO_WAY.todo },
  EHOSTUNREACH: NO_WAY,
  ENETUNREACH: NO_WAY,
};
const UNTRUSTED = {
  why: "its certificate is not trusted",
  todo: "look for a proxy that opens TLS, and name the file with its authority's certificate in NODE_EXTRA_CA_CERTS",
};
const UNKNOWN = { why: "the connection failed", todo: WAY_OUT };
const TIMEOUTS = /^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|TimeoutError|ABORT_ERR|ESOCKETTIMEDOUT)$/;
const CERTIFICATES = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS/;

/** The first code of an error or of its causes; `undefined` when the trouble has none. */
export function networkCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === "string") return code;
    if (TIMEOUTS.test(at.name)) return at.name;
  }
  return undefined;
}

/** Whether another attempt would end the same: what our network refuses, and a certificate that is not trusted. */
export function isLasting(error: unknown): boolean {
  if (error instanceof NetworkError) return !error.passing;
  return CERTIFICATES.test(networkCode(error) ?? "");
}

/** Why `host` was not reached `purpose` ("to list the users"), and what to do; of the error's own text only ours. */
export function outOfReach(host: string, purpose: string, error: unknown): Trouble {
  const { why, todo } = causeOf(error);
  return { why: `${host} was not reached ${purpose}: ${why}`, todo };
}

function causeOf(error: unknown): Trouble {
  if (error instanceof NetworkError) return error;
  const code = networkCode(error);
  if (code === undefined) return BROKE_OFF;
  const { why, todo } =
    CAUSES[TIMEOUTS.test(code) ? "ETIMEDOUT" : code] ?? (CERTIFICATES.test(code) ? UNTRUSTED : UNKNOWN);
  return { why: `${why} (${code})`, todo };
}
