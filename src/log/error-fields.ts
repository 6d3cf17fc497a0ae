/** What of an error may be logged, and nothing else: vendors hang whole requests, with their tokens, on theirs. */
interface ErrorFields {
  readonly name: string;
  readonly message: string;
  /** HTTP status. */
  readonly status?: number;
  /** The refusal's own words. */
  readonly detail?: string;
  readonly requestId?: string;
  readonly code?: string | number;
  readonly cause?: ErrorFields;
}

const DEEPEST = 3;
const LONGEST = 4_000;

/** Defence in depth: our sentences hold no secret, but a vendor's message may quote one. */
const TELLTALE: readonly RegExp[] = [
  /-----BEGIN[^-]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END[^-]{0,40}-----|$)/g,
  // A digit or a sign in it: "the bearer token" is no token.
  /\b(?:bearer|basic)\s+(?=[a-z]*[\d._~+/=-])[\w.~+/=-]{8,}/gi,
  /\bya29\.[\w.-]+/g,
  /(?:IQoJ|FwoG)[\w+/=%-]{8,}/g,
  /\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g,
  /\b(?:access_token|id_token|refresh_token|assertion|private_key|authorization|client_secret)["']?\s*[=:]\s*["']?[^\s"'&,;}]{8,}/gi,
];

/** A text without what looks like a token or a key, and not longer than a log line bears. */
function scrub(text: string): string {
  const clean = TELLTALE.reduce(
    (rest, secret) => rest.replace(secret, "[secret]"),
    text.slice(0, 4 * LONGEST),
  );
  return clean.length <= LONGEST ? clean : `${clean.slice(0, LONGEST)}…`;
}

/**
 * The loggable part of anything that was thrown: name, message, our own fields, AWS's request id and status, and the
 * same of up to three causes. Never the stack, and never any other member.
 */
export function errorFields(error: unknown): ErrorFields {
  return fieldsOf(error, DEEPEST);
}

function fieldsOf(error: unknown, depth: number): ErrorFields {
  if (typeof error === "string") return { name: "Error", message: scrub(error) };
  if (typeof error !== "object" || error === null)
    return { name: "Error", message: `${typeof error} was thrown` };
  const aws = member(error, "$metadata");
  const status = numberIn(member(error, "status")) ?? numberIn(member(aws, "httpStatusCode"));
  const requestId = scrubbed(member(error, "requestId")) ?? scrubbed(member(aws, "requestId"));
  const detail = scrubbed(member(error, "detail"));
  const code = scrubbed(member(error, "code")) ?? numberIn(member(error, "code"));
  const cause = member(error, "cause");
  return {
    name: scrubbed(member(error, "name")) ?? "Error",
    message: scrubbed(member(error, "message")) ?? "no message",
    ...(status === undefined ? {} : { status }),
    ...(detail === undefined ? {} : { detail }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined || cause === null || depth === 0 ? {} : { cause: fieldsOf(cause, depth - 1) }),
  };
}

function member(holder: unknown, key: string): unknown {
  if (typeof holder !== "object" || holder === null) return undefined;
  try {
    return Reflect.get(holder, key);
  } catch {
    // A getter that throws must not keep the rest of the error from being told.
    return undefined;
  }
}

const scrubbed = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? scrub(value) : undefined;
const numberIn = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
