/** Why no answer came, whichever client asked. */
import { NetworkError } from "./network.ts";

export interface Unreached {
  /** Completes "… could not be reached: ". */
  readonly why: string;
  readonly todo: string;
  /** The first code of the error or of its causes. */
  readonly code: string | undefined;
  /** Whether another attempt would end the same. */
  readonly lasting: boolean;
}

const OUTBOUND = "check outbound network access";
const OUTBOUND_OF_VPC = `${OUTBOUND} (a VPC needs NAT, an endpoint or a proxy)`;
const BROKEN = { why: "the connection was broken", todo: `run again, and if it happens again, ${OUTBOUND}` };
const NO_ROUTE = { why: "there is no route to that host", todo: OUTBOUND_OF_VPC };
const CAUSES: Readonly<Record<string, Pick<Unreached, "why" | "todo">>> = {
  ENOTFOUND: { why: "there is no host of that name", todo: "check the address, the Region and DNS" },
  EAI_AGAIN: { why: "its name could not be resolved", todo: "check DNS" },
  ECONNREFUSED: { why: "nothing listens there", todo: "check the address" },
  ECONNRESET: BROKEN,
  EPIPE: BROKEN,
  UND_ERR_SOCKET: BROKEN,
  ETIMEDOUT: { why: "no answer came in time", todo: OUTBOUND_OF_VPC },
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
};
const UNTRUSTED = {
  why: "its certificate is not trusted",
  todo: "look for a proxy that inspects TLS, and set NODE_EXTRA_CA_CERTS to the file with the certificate of its authority",
};
const UNKNOWN = { why: "the connection failed", todo: OUTBOUND };
const TIMEOUTS = /^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|TimeoutError|ABORT_ERR|ESOCKETTIMEDOUT)$/;
const CERTIFICATES = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS/;

/** What an error without an answer means; of its own text only what our network says is repeated. */
export function unreached(error: unknown): Unreached {
  for (const one of chainOf(error))
    if (one instanceof NetworkError)
      return { why: one.why, todo: one.todo, code: one.code, lasting: !one.passing };
  const code = chainOf(error)
    .map(codeOf)
    .find((one) => one !== undefined);
  if (code === undefined) return { ...UNKNOWN, code, lasting: true };
  const lasting = CERTIFICATES.test(code);
  const { why, todo } = CAUSES[TIMEOUTS.test(code) ? "ETIMEDOUT" : code] ?? (lasting ? UNTRUSTED : UNKNOWN);
  return { why: `${why} (${code})`, todo, code, lasting };
}

const DEEPEST = 8;

function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < DEEPEST; at = at.cause) chain.push(at);
  return chain;
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return code;
  return TIMEOUTS.test(error.name) ? error.name : undefined;
}
