/** What is known about a refusal, besides its sentence. */
export interface Refusal {
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

/** AWS refused, failed or could not be reached: one sentence with the thing, the cause and the next step. */
export class TargetError extends Error {
  override readonly name: string = "TargetError";
  readonly status: number | undefined;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly code: string | undefined;

  constructor(sentence: string, about: Refusal = {}) {
    super(sentence, about.cause === undefined ? {} : { cause: about.cause });
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

const CAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no host of that name; check the Region and the name resolution of the network",
  EAI_AGAIN: "the host's name could not be looked up; check the name resolution of the network",
  ECONNREFUSED: "nothing listens there; check the address",
  ECONNRESET: "the connection broke off; run again, and if it stays so, check the network's way out",
  EPIPE: "the connection broke off; run again, and if it stays so, check the network's way out",
  UND_ERR_SOCKET: "the connection broke off; run again, and if it stays so, check the network's way out",
  ETIMEDOUT: "no answer came in time; check the network's way out (a VPC needs NAT or an endpoint)",
  EHOSTUNREACH: "there is no way to that host; check the network's way out (a VPC needs NAT or an endpoint)",
  ENETUNREACH: "there is no way to that host; check the network's way out (a VPC needs NAT or an endpoint)",
};
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

/** Why a host was not reached, and what to do, as the second half of a sentence; without any of the error's own text. */
export function outOfReach(code: string | undefined): string {
  if (code === undefined)
    return "the connection failed; run again, and if it stays so, check the network's way out";
  const told = CAUSES[TIMEOUTS.test(code) ? "ETIMEDOUT" : code];
  if (told !== undefined) return `${told} (${code})`;
  if (CERTIFICATES.test(code))
    return `its certificate is not trusted; check for a proxy in between (${code})`;
  return `the connection failed with ${code}; check the network's way out`;
}
