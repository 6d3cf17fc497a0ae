/** What Google refuses on the way to a token without a key, and what to do about it (facts B2). */
import { has, is, saidByGoogle, switchOn } from "./case.ts";
import type { Case, Told } from "./case.ts";

const LATER = "a change there takes up to five minutes to take effect";

/** The exchange of the AWS identity, at Google's Security Token Service. */
export const EXCHANGE_CASES = [
  {
    code: "long-subject",
    when: has("invalid_request", /google\.subject/u),
    why: ({ message }) =>
      `Google makes a name of more than 127 bytes of the AWS identity that this runs as (${message})`,
    todo: `map google.subject to assertion.arn.extract('assumed-role/{role}/') in the AWS provider of the workload identity pool; ${LATER}`,
  },
  {
    code: "unknown-pool",
    when: (told) => told.reason === "invalid_target" || has("invalid_request", /audience/iu)(told),
    why: ({ message }) =>
      `Google knows no workload identity pool and provider as the audience in GOOGLE_CREDENTIALS names them (${message})`,
    todo: "check that both exist and are enabled, and that the audience begins with //iam.googleapis.com/projects/ and the number of the project",
  },
  {
    code: "condition",
    when: has("unauthorized_client"),
    why: ({ message }) =>
      `The AWS provider of the workload identity pool does not let in the AWS role that this runs as (${message})`,
    todo: `compare its attribute condition with that AWS account and that role; ${LATER}`,
  },
  {
    code: "aws-identity",
    when: has("invalid_grant"),
    why: ({ message }) => `Google could not make sure of the AWS identity that this runs as (${message})`,
    todo: `check that the AWS provider of the workload identity pool names the account of that role, that the AWS credentials have not expired, and that the clock here (${new Date().toISOString()}) is right`,
  },
  {
    code: "exchange-off",
    when: is("api-off"),
    why: () => "The Security Token Service API is switched off in the project of the workload identity pool",
    todo: (told) => switchOn(told, "sts.googleapis.com"),
  },
  {
    code: "no-exchange",
    when: () => true,
    why: (told) =>
      `Google (${told.host}) did not exchange the AWS identity that this runs as: it answered ${told.status}${saidByGoogle(told)}`,
    todo: "create the federation file in GOOGLE_CREDENTIALS once more, and check the workload identity pool and its AWS provider",
  },
] as const satisfies readonly Case[];

const ROLES = {
  signJwt: "roles/iam.serviceAccountTokenCreator",
  generateAccessToken: "roles/iam.workloadIdentityUser",
} as const;

const roleFor = ({ step }: Told): string => ROLES[step === "signJwt" ? step : "generateAccessToken"];
const right = ({ step, client }: Told): string => (step === "signJwt" ? `sign as ${client}` : `be ${client}`);

/** The service account, at its own API. */
export const ACCOUNT_CASES = [
  {
    code: "account-api-off",
    when: is("api-off"),
    why: ({ client }) =>
      `The IAM Service Account Credentials API is switched off in the project of ${client}`,
    todo: (told) => switchOn(told, "iamcredentials.googleapis.com"),
  },
  {
    code: "unknown-account",
    when: ({ status }) => status === 404,
    why: (told) => `Google does not know the service account ${told.client}${saidByGoogle(told)}`,
    todo: "create or restore it, or correct service_account_impersonation_url in GOOGLE_CREDENTIALS",
  },
  {
    code: "account-right",
    when: ({ status }) => status === 403,
    why: (told) => `Google does not let the AWS role that this runs as ${right(told)}${saidByGoogle(told)}`,
    todo: (told) =>
      `give the pool's principalSet with that role ${roleFor(told)} on the service account ${told.client}, and check that it exists; ${LATER}`,
  },
  {
    code: "no-account-token",
    when: () => true,
    why: (told) =>
      `Google (${told.host}) did not let this ${right(told)}: it answered ${told.status}${saidByGoogle(told)}`,
    todo: "check service_account_impersonation_url in GOOGLE_CREDENTIALS, and the service account",
  },
] as const satisfies readonly Case[];
