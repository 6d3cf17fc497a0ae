/** What a failure of Google means, and what to do about it. The refusals of the API come from their table. */
import type { Trouble } from "../core/trouble.ts";
import { isTransient } from "./failure.ts";
import { ACCOUNT_CASES, EXCHANGE_CASES } from "./keyless-cases.ts";
import { afterAttempts, has, is, saidByGoogle, switchOn } from "./case.ts";
import type { Case, Told } from "./case.ts";

export const IN_BETWEEN =
  "run again, and if it happens again, check GOOGLE_ROOT_URL and look for a proxy on the way to Google";
export const NEW_KEY =
  "create a new JSON key for the service account and store the whole file in GOOGLE_CREDENTIALS";

/** Which row of the tables it is. */
export type CaseCode = (
  | typeof PASSING
  | typeof EXCHANGE_CASES
  | typeof ACCOUNT_CASES
  | typeof TOKEN_CASES
  | typeof API_CASES
  | [typeof UNEXPECTED]
)[number]["code"];

export function caseOf(told: Told): { readonly code: CaseCode; readonly trouble: Trouble } {
  const { code, why, todo } = [...PASSING, ...tableOf(told)].find(({ when }) => when(told)) ?? UNEXPECTED;
  return { code, trouble: { why: why(told), todo: typeof todo === "string" ? todo : todo(told) } };
}

function tableOf({ step, from }: Told) {
  if (step === "exchange") return EXCHANGE_CASES;
  if (step !== undefined) return ACCOUNT_CASES;
  return from === "token" ? TOKEN_CASES : API_CASES;
}

/** Not Google's last word: the network, the pace, trouble on Google's side. */
const PASSING = [
  {
    code: "unreached",
    when: ({ unreached }) => unreached !== undefined,
    why: (told) =>
      `Google (${told.host}) could not be reached ${afterAttempts(told)}: ${told.unreached?.why}`,
    todo: ({ unreached }) => unreached?.todo ?? "",
  },
  {
    code: "throttled",
    when: ({ refusal }) => refusal?.says === "slow down",
    why: (told) => `Google kept throttling requests${saidByGoogle(told)} ${afterAttempts(told)}`,
    todo: ({ admin, step }) =>
      step === undefined
        ? `lower GOOGLE_RATE, look for other programs that act as ${admin}, or raise the Admin SDK quota of the service account's project`
        : "run again a few minutes later",
  },
  {
    code: "google-trouble",
    when: isTransient,
    why: (told) =>
      `Google (${told.host}) still answered ${told.status}${saidByGoogle(told)} ${afterAttempts(told)}`,
    todo: "look at https://www.google.com/appsstatus, because this is a problem at Google, and run again",
  },
] as const satisfies readonly Case[];

const DELEGATION = "Security › Access and data control › API controls › Domain-wide delegation";
const listed = (scopes: readonly string[]): string => scopes.join(" and ");

/** What the token endpoint refuses (RFC 6749, 5.2), with where its words were seen. */
const TOKEN_CASES = [
  // googleapis/google-auth-library-ruby#210: "Client is unauthorized to retrieve access tokens using this method, …", 401.
  {
    code: "undelegated",
    when: has("unauthorized_client"),
    why: ({ admin, client, scopes }) =>
      `Google did not let client ${client} act as ${admin}, because it is not authorized for ${scopes.length === 1 ? "the scope" : "all of the scopes"} ${listed(scopes)}`,
    todo: ({ scopes }) =>
      `add ${listed(scopes)} to the service account's numeric client ID (not its email address) in the Admin console under ${DELEGATION}; this can take up to 24 hours to take effect`,
  },
  // GAM-team/GAM, glgapi.py: three ways to say it, 400.
  {
    code: "no-admin",
    when: has("invalid_grant", /invalid email or user id|not a valid email|account has been deleted/iu),
    why: ({ admin, message }) => `There is no active Google account ${admin} to act as (${message})`,
    todo: "set GOOGLE_ADMIN to an administrator who exists and is not suspended",
  },
  // GAM-team/GAM, glgapi.py, and public reports: "Invalid grant: account not found", 400.
  {
    code: "no-service-account",
    when: has("invalid_grant", /account not found|no valid verifier found for issuer/iu),
    why: ({ client, message }) =>
      `Google does not know the service account ${client} (${message}): it was deleted or disabled, or its name is misspelled`,
    todo: "create or restore it, and store a new JSON key or a new federation file in GOOGLE_CREDENTIALS",
  },
  // Public reports: "Invalid JWT Signature.", 400.
  {
    code: "bad-signature",
    when: has("invalid_grant", /invalid jwt signature/iu),
    why: ({ client }) =>
      `Google rejected the signature of ${client}, because its key was revoked, deleted or has expired`,
    todo: NEW_KEY,
  },
  // Public reports: "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. …", 400.
  {
    code: "clock",
    when: has("invalid_grant", /short-lived token|reasonable timeframe/iu),
    why: ({ client }) =>
      `Google rejected the times in the request of ${client}, because the clock here (${new Date().toISOString()}) is wrong`,
    todo: "set the clock (NTP) and run again",
  },
  // Public reports: "Invalid JWT: Failed audience check.", 400.
  {
    code: "audience",
    when: has("invalid_grant", /audience check/iu),
    why: ({ host }) =>
      `The token endpoint ${host} rejected the request, because token_uri in GOOGLE_CREDENTIALS is not Google's token endpoint`,
    todo: "use the key file exactly as Google created it",
  },
  // Public reports: "Invalid OAuth scope or ID token audience provided.", 400.
  {
    code: "scopes",
    when: has("invalid_scope"),
    why: ({ scopes, message }) => `Google rejected the scopes ${listed(scopes)} (${message})`,
    todo: `delegate exactly these scopes under ${DELEGATION}`,
  },
  // GAM-team/GAM, glgapi.py: "Invalid impersonation prn email address", 400.
  {
    code: "bad-admin",
    when: has("invalid_request"),
    why: ({ admin, message }) => `Google refused to let the service account act as ${admin} (${message})`,
    todo: "set GOOGLE_ADMIN to the full email address of an administrator",
  },
  // GAM-team/GAM, glgapi.py: "Account restricted", "Requested client not authorized", 403.
  {
    code: "policy",
    when: has("access_denied"),
    why: ({ admin, client, message }) =>
      `A policy of this Google Workspace keeps client ${client} from acting as ${admin} (${message})`,
    todo: "allow the client under Security › Access and data control › API controls › App access control",
  },
  {
    code: "no-token",
    when: () => true,
    why: (told) =>
      `Google (${told.host}) gave client ${told.client} no access token${told.itself ? "" : ` to act as ${told.admin}`}: it answered ${told.status}${saidByGoogle(told)}`,
    todo: ({ itself }) =>
      itself
        ? "check GOOGLE_CREDENTIALS and the service account"
        : `check GOOGLE_CREDENTIALS, GOOGLE_ADMIN and the entry under ${DELEGATION}`,
  },
] as const satisfies readonly Case[];

/** A refused question: a setting is the cause, unless it is about a page token, which is Google's own. */
const isQuestion = ({ status }: Told): boolean => status === 400 || status === 404;

/** `my_customer` is the account of whoever asks, so only they can be wrong about it. */
const isAboutWhoAsks = (told: Told): boolean =>
  is("no-administrator")(told) || (told.customerId === "my_customer" && told.query === undefined);

const OWN_ROLE =
  "assign the service account a role with Users › Read and Groups › Read for the whole account, in the Admin console under Account › Admin roles, and check CUSTOMER_ID";

const API_CASES = [
  {
    code: "token-rejected",
    when: is("token"),
    why: (told) =>
      `Google rejected the access token of client ${told.client}, and a new one too${saidByGoogle(told)}`,
    todo: "check that GOOGLE_ROOT_URL and token_uri belong together, and that the key was not revoked a moment ago",
  },
  {
    code: "scope-missing",
    when: is("scope"),
    why: ({ admin, client, scopes }) =>
      `Google did not let client ${client} act as ${admin}, because it lacks one of the scopes ${listed(scopes)}`,
    todo: `add it under ${DELEGATION}`,
  },
  {
    code: "api-off",
    when: is("api-off"),
    why: ({ client }) => `The Admin SDK API is switched off in the project of ${client}`,
    todo: (told) => switchOn(told, "admin.googleapis.com"),
  },
  {
    code: "apis-off",
    when: is("apis-off"),
    why: () => "This Google Workspace does not allow API access (domainCannotUseApis)",
    todo: "allow it in the Admin console under Security › Access and data control › API controls",
  },
  {
    code: "forbidden",
    when: is("forbidden"),
    why: ({ admin, message, doing }) => `Google does not let ${admin} read this (${message}) while ${doing}`,
    todo: ({ itself }) =>
      itself
        ? OWN_ROLE
        : "give the account an admin role with Users › Read and Groups › Read, or set GOOGLE_ADMIN to one that has it",
  },
  {
    code: "page-token",
    when: (told) => isQuestion(told) && told.paging === true,
    why: ({ doing, message }) =>
      `Google refused its own page token while ${doing} (${message}), so the listing is incomplete and cannot be trusted`,
    todo: "run again",
  },
  {
    code: "schemas",
    when: (told) =>
      isQuestion(told) && told.schemas !== undefined && !is("no-administrator", "no-customer")(told),
    why: ({ schemas, message, doing }) =>
      `Google refused to show the custom schemas ${schemas} (${message}) while ${doing}`,
    todo: "write their names as the Admin console shows them under Directory › Users › More options › Manage custom attributes, or remove them from ATTRIBUTES and USER_NAME",
  },
  {
    code: "no-administrator",
    when: (told) => isQuestion(told) && told.customerId !== undefined && isAboutWhoAsks(told),
    why: ({ admin, message, reason, doing }) =>
      `Google refused a request of ${admin} (${reason}: ${message}) while ${doing}`,
    todo: ({ itself }) =>
      itself ? OWN_ROLE : "set GOOGLE_ADMIN to an administrator of this Google Workspace account",
  },
  {
    code: "customer",
    when: (told) => told.customerId !== undefined && is("no-customer", "no-domain")(told),
    why: ({ customerId, message }) => `Google does not know the customer ${customerId} (${message})`,
    todo: ({ itself }) =>
      `set CUSTOMER_ID to ${itself ? "" : "my_customer, or to "}the ID shown in the Admin console under Account › Account settings`,
  },
  {
    code: "org-unit",
    when: (told) => told.query !== undefined && is("no-org-unit")(told),
    why: (told) =>
      `The query ${queryOf(told)} names an organizational unit that does not exist (${told.message})`,
    todo: "write its whole path as the Admin console shows it, without a final slash",
  },
  {
    code: "query",
    when: (told) => isQuestion(told) && told.query !== undefined,
    why: (told) => `Google refused the query ${queryOf(told)} (${told.message})`,
    todo: ({ query }) =>
      `correct the setting; the syntax is at https://developers.google.com/workspace/admin/directory/v1/guides/${query?.setting === "USER_MATCH" ? "search-users" : "search-groups"}`,
  },
  {
    code: "listing",
    when: (told) => isQuestion(told) && told.customerId !== undefined,
    why: ({ customerId, message, doing }) =>
      `Google refused a request about customer ${customerId} (${message}) while ${doing}`,
    todo: ({ itself }) =>
      `set CUSTOMER_ID to ${itself ? "" : "my_customer, or to "}an ID such as C01abc234, but not to a domain`,
  },
  {
    code: "not-found",
    when: ({ status }) => status === 404,
    why: ({ message, doing }) => `Google does not know what was asked for (${message}) while ${doing}`,
    todo: "if it exists, check GOOGLE_ROOT_URL and run again",
  },
] as const satisfies readonly Case[];

const UNEXPECTED = {
  code: "unexpected",
  why: (told: Told) =>
    `Google (${told.host}) gave the unexpected answer ${told.status}${saidByGoogle(told)} while ${told.doing}`,
  todo: IN_BETWEEN,
} as const satisfies Omit<Case, "when">;

const queryOf = ({ query }: Told): string => `${JSON.stringify(query?.text)} of ${query?.setting}`;
