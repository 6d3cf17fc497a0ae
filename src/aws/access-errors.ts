/** Why AWS does not show what somebody carries, and what to do about it. */
import type { z } from "zod";
import { OddError, oddForm, TargetError } from "./errors.ts";
import { aboutFault, commonTrouble, fault, faultWords, isAboutKey, upper } from "./sdk.ts";

interface Place {
  /** The right that was used: `sso:DescribePermissionSet`. */
  readonly action: string;
  /** What was asked: "account access manager in eu-west-1". */
  readonly place: string;
  /** What allowing the action does not help against. */
  readonly elsewhere: string;
}

/** An error of the SDK, or of a signed request, as a trouble; our own errors pass unchanged. */
export function accessTrouble(error: unknown, { action, place, elsewhere }: Place): unknown {
  if (error instanceof TargetError) return error;
  const it = fault(error);
  const trouble = (why: string, todo: string) => new TargetError({ why, todo }, aboutFault(error));
  if (isAboutKey(it.reason))
    return trouble(
      `AWS did not answer ${action}, because a KMS key cannot be used (${it.reason}: ${faultWords(it)})`,
      "allow kms:Decrypt on the key of IAM Identity Center, and make sure that the key is enabled",
    );
  if (/^(AccessDenied(Exception)?|NotAuthorized|ForbiddenException)$/.test(it.name))
    return trouble(
      `AWS does not allow ${action} (${faultWords(it)})`,
      `add ${action} to the policy of the role or user that this runs as; if it is there, ${elsewhere}`,
    );
  const common = commonTrouble(error, action, place);
  if (common !== undefined) return common;
  if (!(error instanceof Error)) return error;
  if (it.name === "ValidationException" || it.name === "ResourceNotFoundException")
    return trouble(
      `${upper(place)} does not answer ${action} (${faultWords(it)})`,
      "run again, and if it happens again, make sure that this is an organization instance: an account instance has no permission sets",
    );
  return trouble(
    `${upper(place)} did not answer ${action} (${faultWords(it)})`,
    "run again, and if it happens again, look up the request in CloudTrail",
  );
}

/** An answer that is not in the form that AWS documents. */
export function oddAnswer(action: string, cause: z.ZodError): OddError {
  const { words, todo } = oddForm(cause);
  return new OddError({ why: `The answer to ${action} ${words}`, todo }, { cause });
}
