/** Every failure of Google: what failed and why, and what to do about it. */
import { OutOfTime } from "../traffic/deadline.ts";
import { TroubleError } from "../core/trouble.ts";
import type { Trouble } from "../core/trouble.ts";
import { caseOf, IN_BETWEEN, NEW_KEY } from "./cases.ts";
import type { CaseCode } from "./cases.ts";
import type { Actor, Errand } from "./errand.ts";
import { clean, failureOf, isBrokenKey } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { Says } from "./refusals.ts";

/** The row that fits; or an answer, or a row of one, is not what it should be, or the key is broken. */
type SourceCode = CaseCode | "untrusted" | "row" | "key";

interface About {
  readonly code: SourceCode;
  readonly status?: number | undefined;
  readonly reason?: string;
  readonly said?: string;
  readonly says?: Says | undefined;
  readonly step?: Errand["step"];
  readonly cause?: Error;
}

/** Google could not be read, or what it said cannot be trusted. Never carries a secret, nor does its cause. */
export class SourceError extends TroubleError {
  override readonly name = "SourceError";
  readonly code: SourceCode;
  /** HTTP status, undefined when there was no whole answer. */
  readonly status: number | undefined;
  /** Google's own reason (`forbidden`, `invalid_grant`) or a network code; `""` without either. */
  readonly reason: string;
  /** Google's own words, cleaned; `""` where it said nothing. */
  readonly said: string;
  /** What a refusal of the API comes to; nothing where there was none, or not from Google. */
  readonly says: Says | undefined;
  /** The step on the way to a token, where it has any of its own. */
  readonly step: Errand["step"];

  constructor(trouble: Trouble, { code, status, reason = "", said = "", says, step, cause }: About) {
    super(trouble, cause);
    this.code = code;
    this.status = status;
    this.reason = reason;
    this.said = said;
    this.says = says;
    this.step = step;
  }
}

/** An answer arrived and is not what it should be. Google has sent half a document, and a page of HTML, as a success. */
export function untrusted(errand: Errand, why: string, todo = IN_BETWEEN): SourceError {
  return new SourceError({ why: distrust(errand, why), todo }, { code: "untrusted", step: errand.step });
}

const distrust = ({ doing }: Errand, why: string): string =>
  `Google's answer while ${doing} cannot be trusted: ${clean(why)}`;

/** The same of one row, which leaves the others of its listing what they are. */
export function misunderstood(errand: Errand, why: string): SourceError {
  const todo = "run again, and if it happens again, look at it in the Admin console";
  return new SourceError({ why: distrust(errand, why), todo }, { code: "row" });
}

/** Whether it is about one row only. */
export const isMisunderstood = (error: unknown): error is SourceError =>
  error instanceof SourceError && error.code === "row";

/** Whether the thing asked about does not exist: Google's own 404, not some proxy's, and not about the domain. */
export const isNotFound = (error: unknown): error is SourceError =>
  error instanceof SourceError && error.says === "not there";

/** Whether Google hides the thing asked about; that is how it answers about objects of another account. */
export const isHidden = (error: unknown): error is SourceError =>
  error instanceof SourceError && error.says === "not yours";

/** Whether the question itself is refused: Google does not answer it, whatever is the case. */
export const isRefusedQuestion = (error: unknown): error is SourceError =>
  error instanceof SourceError && error.status === 400 && error.says !== "not now";

/**
 * Whether Google itself refuses the one thing asked about, in whatever words: of a group of another account there are
 * many (contract §4: 403 of any reason, 400, 404). A refused token is about who asks; a refused page token means that a
 * listing ends early.
 */
export const isRefusal = (error: unknown): error is SourceError =>
  error instanceof SourceError &&
  error.says !== undefined &&
  error.code !== "page-token" &&
  error.status !== 401 &&
  error.says !== "slow down" &&
  error.says !== "not now";

/** Whether Google had trouble of its own, or gave no answer, at each attempt: about one thing, that says nothing of the others. */
export const isTroubled = (error: unknown): error is SourceError =>
  error instanceof SourceError && (error.says === "not now" || error.code === "unreached");

/**
 * Turns whatever was thrown while talking to Google into a `SourceError`; an error of our own making, the reason of an
 * abort and a bug come back as they are.
 */
export function sourceErrorOf(thrown: unknown, errand: Errand, actor: Actor, signal: AbortSignal): unknown {
  if (thrown instanceof TroubleError) return thrown;
  if (thrown instanceof Error && thrown.cause instanceof TroubleError) return thrown.cause;
  if (signal.aborted) return stoppedWhile(errand, signal.reason);
  const failure = failureOf(thrown);
  if (failure === undefined) return isBrokenKey(thrown) ? brokenKey(actor) : thrown;
  const { status, reason, message: said } = failure;
  const { code, trouble } = caseOf({ ...actor, ...errand, ...failure });
  // What the token endpoint refuses is about who asks, whatever was asked for.
  const says = failure.from === "api" ? failure.refusal?.says : undefined;
  const about = { code, status, reason, said, says, step: errand.step, cause: cleanCause(failure) };
  return new SourceError(trouble, about);
}

/** Without what was going on, nobody would know which side took so long. */
const stoppedWhile = ({ doing }: Errand, reason: unknown): unknown =>
  reason instanceof OutOfTime
    ? new OutOfTime(`While ${doing} at Google: ${reason.message}`, { cause: reason })
    : reason;

function cleanCause({ host, status, reason, message }: Failure): Error {
  return new Error(
    `${host}: ${[status, reason, message].filter((part) => part !== undefined && part !== "").join(" ")}`,
  );
}

const brokenKey = ({ client }: Actor): SourceError =>
  new SourceError(
    { why: `The private key of ${client} is not a valid PEM key`, todo: NEW_KEY },
    { code: "key" },
  );
