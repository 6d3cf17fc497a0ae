import type { Trouble } from "../core/trouble.ts";

const DAY_MS = 86_400_000;
/** AWS: a SCIM access token is valid for one year. */
const VALID_DAYS = 365;
const WARN_DAYS = 30;

/** Whole days since the secret's version was made: the token is at least so old, when it was stored at once. */
export function tokenAge(created: Date | undefined, now: Date): number | undefined {
  return created === undefined ? undefined : Math.floor((now.getTime() - created.getTime()) / DAY_MS);
}

/** From the 30th day before the token's first anniversary on. */
export function tokenWarning(created: Date | undefined, now: Date): Trouble | undefined {
  const age = tokenAge(created, now);
  if (age === undefined || age < VALID_DAYS - WARN_DAYS) return undefined;
  const left = VALID_DAYS - age;
  const when =
    left > 0 ? `expires in ${left} days at the latest` : `is ${age} days old and may expire any moment`;
  return {
    why: `The SCIM access token ${when}`,
    todo: "make a new one in the IAM Identity Center console under Settings › Automatic provisioning, and store it in the secret SSOSyncSCIMAccessToken (two tokens can be valid at a time)",
  };
}
