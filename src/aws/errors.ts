import type { z } from "zod";
import { TroubleError } from "../core/trouble.ts";
import type { Trouble } from "../core/trouble.ts";

/** What is known about a refusal, apart from its trouble. */
interface Refusal {
  /** The HTTP status, where an answer came. */
  readonly status?: number | undefined;
  /** AWS's own words. */
  readonly detail?: string | undefined;
  /** AWS's request id, to give to AWS Support. */
  readonly requestId?: string | undefined;
  /** The exception's or the network error's name. */
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

/** The code of a refusal of SCIM's that is about the speed, whatever status it has. */
export const THROTTLED = "ThrottlingException";

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

/** The user or the group that was asked about is not there: it was deleted since it was listed. */
export class AbsentError extends TargetError {
  override readonly name = "AbsentError";
}

/** What AWS holds is unknown: it was not found, or could not be read completely. */
export class ExistingError extends TargetError {
  override readonly name = "ExistingError";
}

/** One object, or one row of the list of what belongs to it, is not in the form that AWS documents. */
export class OddError extends TargetError {
  override readonly name = "OddError";
}

/** What is wrong with an answer that is not in the form that AWS documents, for the middle of a sentence, and the remedy. */
export function oddForm({ issues }: z.ZodError) {
  const where = issues[0]?.path.join(".") ?? "";
  return {
    words: `is not in the expected form (${where === "" ? "the whole" : where})`,
    todo: "look for a proxy on the way to AWS, and report this",
  };
}

/** Whether another request may fare better: whatever failed, it was not the token. */
export const isOfOneRequest = (error: unknown): error is TargetError =>
  error instanceof TargetError && !(error instanceof TokenError);

/**
 * Whether it says something of the one object asked for, and nothing of the others: that one is odd, or is refused while
 * the token is good for others (SCIM's 403, which has no name), or by itself (the Identity Store's AccessDeniedException;
 * its other exceptions with this status are about the credentials, or about the KMS key).
 */
export const isAboutOne = (error: unknown): error is TargetError =>
  error instanceof OddError ||
  (isOfOneRequest(error) &&
    error.status !== undefined &&
    (error.code === undefined ? error.status === 403 : error.code === "AccessDeniedException"));
