/** What travels between the HTTP server and the emulated services. */

export type Service =
  | ("token" | "google-sts" | "iamcredentials" | "google")
  | ("scim" | "identitystore" | "sso-admin" | "account-access" | "organizations")
  | ("secretsmanager" | "ssm" | "lambda" | "unknown");

/** One request as it came in; `segments` are the path's parts, percent-decoded. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** The query as sent, without `?`: a bare `cursor` differs from `cursor=`. */
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** An object or array is sent as JSON, a string as it is, nothing as an empty body. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Route {
  readonly service: Service;
  /** `CreateUser`, `members.list`, `ListUsers`, `token` ... */
  readonly operation: string;
  /** Takes effect and answers, in one go: nothing else happens in between. Throws `Refusal`. */
  readonly answer: () => Answer;
}

export type Router = (call: Call) => Route | undefined;

/** One request as recorded. `status` is 0 until it is answered, and stays 0 when the connection was dropped. */
export interface RecordedRequest {
  readonly service: Service;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON or form fields; `undefined` without a body, the text when it is neither. */
  readonly body: unknown;
  /** When it came in, milliseconds since the emulator started. */
  readonly at: number;
  status: number;
  /** From arrival to the end of the answer; 0 while it is under way. */
  ms: number;
}

/** A service says no: carries the whole answer, in the vendor's words. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`the emulator refused with ${answer.status}: ${JSON.stringify(answer.body ?? "")}`);
    this.name = "Refusal";
    this.answer = answer;
  }
}

export function refuse(answer: Answer): never {
  throw new Refusal(answer);
}

export function parseBody(text: string, contentType: string): unknown {
  if (text === "") return undefined;
  if (contentType.includes("x-www-form-urlencoded")) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

export type Json = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const without = (object: Json, ...names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

/** Takes out of a list what is unwanted, and returns it. */
export function drop<T>(list: T[], unwanted: (one: T) => boolean): T[] {
  const gone = list.filter(unwanted);
  for (const one of gone) list.splice(list.indexOf(one), 1);
  return gone;
}
