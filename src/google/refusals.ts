/** Every way in which Google says no. Nothing else tells its answers apart; what to do about one is in the cases. */

/**
 * What a refusal comes to: the pace (`slow down`) and trouble that may pass (`not now`); who asks (`not you`); what was
 * asked for, which is another account's or hidden (`not yours`) or is not there; a question that is wrong (`not so`).
 */
export type Says = "slow down" | "not now" | "not you" | "not yours" | "not there" | "not so";

/** An answer, read: the reason is Google's word for it, `""` in what is no error object of Google's. */
interface Read {
  readonly status: number | undefined;
  readonly reason: string;
  readonly message: string;
}

interface Refusal {
  readonly code: string;
  readonly says: Says;
  /** Whatever else is said; or a class of statuses. */
  readonly status: readonly number[] | "4xx" | "5xx";
  /** Any but none, unless given. */
  readonly reason?: RegExp;
  readonly words?: RegExp;
}

const ANY = /(?:)/u;
const NONE = /^$/u;

/**
 * The first row that fits counts. Sources: LIMITS is developers.google.com/workspace/admin/directory/v1/limits; CODES
 * …/directory/v1/guides/troubleshoot-error-codes; COMMON …/admin/reseller/v1/support/directory_api_common_errors; GAM
 * github.com/GAM-team/GAM, src/gam/gamlib/glgapi.py; TERRAFORM github.com/hashicorp/terraform-provider-googleworkspace,
 * retry_predicates.go; others are reports with the body.
 */
const REFUSALS = [
  // LIMITS: per Workspace account. TERRAFORM: "Rate Limit Exceeded".
  { code: "too-many", says: "slow down", status: [429], reason: ANY },
  // LIMITS: at once. TERRAFORM: "Request rate higher than configured."
  { code: "quota", says: "slow down", status: [403, 503], reason: /^quotaExceeded$/u },
  // GAM: "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' …"
  { code: "rate", says: "slow down", status: [403, 503], reason: /^rateLimitExceeded$/u },
  // LIMITS: 2,400 a minute for a user and a project.
  { code: "user-rate", says: "slow down", status: [403, 503], reason: /^userRateLimitExceeded$/u },
  // GAM: met as plain text, "Quota exceeded for the current request".
  {
    code: "plain-quota",
    says: "slow down",
    status: [403, 503],
    reason: NONE,
    words: /quota ?exceeded|rate ?limit ?exceeded|request rate higher/iu,
  },
  // CODES: backendError, also after 60 minutes of paging. GAM: internalError, unknownError, a page of HTML with 502.
  { code: "trouble", says: "not now", status: "5xx", reason: ANY },
  // HTTP (RFC 9110, 15.5.9): not in time.
  { code: "late", says: "not now", status: [408], reason: ANY },
  // GAM repeats it on groups and members.
  {
    code: "system-error",
    says: "not now",
    status: [400],
    reason: ANY,
    words: /^a system error has occurred/iu,
  },
  // GAM: authError "Invalid Credentials", required "Login Required".
  { code: "token", says: "not you", status: [401], reason: ANY },
  // Seen with its body in a PlaceOS log: "Request had insufficient authentication scopes."
  { code: "scope", says: "not you", status: [403], reason: /^insufficientPermissions$/u },
  // Seen with its body in a set-up note of Cloudflare Access; SERVICE_DISABLED is the newer word.
  { code: "api-off", says: "not you", status: [403], reason: /^(accessNotConfigured|SERVICE_DISABLED)$/u },
  // Reported of who is no administrator of the account: "Precondition check failed."
  { code: "no-administrator", says: "not you", status: [400], reason: /^failedPrecondition$/u },
  // COMMON, GAM: "Domain cannot use apis"; of another account's group as well.
  { code: "apis-off", says: "not yours", status: [403], reason: /^domainCannotUseApis$/u },
  // slashdevops/idp-scim-sync#49: "Not Authorized to access this resource/api", of who lacks the right as well.
  { code: "forbidden", says: "not yours", status: [403], reason: /^forbidden$/u },
  // GAM (invalidDomain): "Invalid domain". Any other 403 about one object hides that object as well.
  { code: "hidden", says: "not yours", status: [403] },
  // GAM (domainNotFound): "Domain not found".
  { code: "no-domain", says: "not yours", status: [404], words: /^domain/iu },
  // GAM: "Invalid Input: groupKey", of a group of an account that is not there.
  { code: "no-key", says: "not yours", status: [400], words: /^invalid input: (group|user)Key/iu },
  // google-api-nodejs-client#166, oauth2-proxy#95: "Resource Not Found: groupKey", userKey, memberKey.
  { code: "gone", says: "not there", status: [404], reason: /^notFound$/u },
  // GAM (invalidCustomerId): "Invalid Customer Id".
  { code: "no-customer", says: "not so", status: [400], words: /customer/iu },
  // awslabs/ssosync#236: "Invalid Input: INVALID_OU_ID".
  { code: "no-org-unit", says: "not so", status: [400], words: /INVALID_OU_ID/u },
  // CODES, google-api-nodejs-client#3365: badRequest, invalid, required, "Type not supported: userKey".
  { code: "question", says: "not so", status: [400, 404] },
  // What all APIs of Google may say (developers.google.com/webmaster-tools/v1/errors): 409, 410, 412 and others.
  { code: "other", says: "not so", status: "4xx" },
] as const satisfies readonly Refusal[];

export type RefusalCode = (typeof REFUSALS)[number]["code"];

/** Which refusal it is; nothing where no answer came, or one that is not Google's. */
export function refusalIn(read: Read): (typeof REFUSALS)[number] | undefined {
  return REFUSALS.find((row) => fits(row, read));
}

const SOME = /./u;

const fits = ({ status, reason = SOME, words = ANY }: Refusal, read: Read): boolean =>
  isOf(status, read.status) && reason.test(read.reason) && words.test(read.message);

const isOf = (wanted: Refusal["status"], status: number | undefined): boolean =>
  status !== undefined &&
  (typeof wanted === "string" ? `${Math.floor(status / 100)}xx` === wanted : wanted.includes(status));
