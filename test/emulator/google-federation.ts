/** What a role of AWS's needs to become a service account: Google's Security Token Service, and iamcredentials. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { account, type Caller } from "./aws-json.ts";
import type { Company } from "./google-company.ts";
import { rejected, type SignedRequest } from "./signature.ts";
import { serviceAccountKey, signJwt, type TokenEndpoint } from "./google-token.ts";
import { refuse, type Answer, type Call, type Router } from "./wire.ts";

/** The pool's AWS provider and what is granted to its principals. Change any of it at any time. */
export interface Federation {
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>`. */
  readonly provider: string;
  /** Disabled or deleted looks the same. */
  enabled: boolean;
  accountId: string;
  /** Mapped to `google.subject`: the whole ARN, as by default, or the role's name. */
  subject: "arn" | "role";
  /** The attribute condition lets in this role alone. */
  onlyRole: string;
  /** With which status it says no. [?] */
  conditionStatus: 400 | 401;
  /** What the pool's principals have on the service account. */
  readonly roles: Set<"roles/iam.serviceAccountTokenCreator" | "roles/iam.workloadIdentityUser">;
  /** APIs of the project that are switched off. */
  readonly off: Set<"sts.googleapis.com" | "iamcredentials.googleapis.com">;
  /** What a service account that is not there is answered with. [?] */
  unknownAccount: 403 | 404;
}

export const createFederation = (): Federation => ({
  provider: "projects/123456789012/locations/global/workloadIdentityPools/aws-ssosync/providers/lambda",
  enabled: true,
  accountId: account,
  subject: "role",
  onlyRole: "ssosync",
  conditionStatus: 400,
  roles: new Set(["roles/iam.serviceAccountTokenCreator", "roles/iam.workloadIdentityUser"]),
  off: new Set(),
  unknownAccount: 403,
});

/** The file that gcloud writes, metadata addresses included, but for the hosts. */
export const federationFile = ({ provider }: Federation, url: string) => ({
  universe_domain: "googleapis.com",
  type: "external_account",
  audience: `//iam.googleapis.com/${provider}`,
  subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
  token_url: `${url}/v1/token`,
  service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/${serviceAccountKey("").client_email}:generateAccessToken`,
  credential_source: {
    environment_id: "aws1",
    region_url: "http://169.254.169.254/latest/meta-data/placement/availability-zone",
    url: "http://169.254.169.254/latest/meta-data/iam/security-credentials",
    regional_cred_verification_url:
      "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
  },
  token_uri: `${url}/token`,
});

export function createFederationRouter(company: Company, caller: Caller, tokens: TokenEndpoint): Router {
  const federated = new Map<string, number>();
  return (call) => {
    if (call.method !== "POST") return undefined;
    if (call.path === "/v1/token") {
      const answer = (): Answer => exchange(company, caller, call, federated);
      return { service: "google-sts", operation: "exchange", answer };
    }
    const [, email = "", method = ""] =
      /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):(signJwt|generateAccessToken)$/.exec(call.path) ?? [];
    if (method === "") return undefined;
    const answer = (): Answer => {
      admit(company, call, federated, { email: decodeURIComponent(email), method });
      return method === "signJwt" ? signed(call) : generated(call, company, tokens);
    };
    return { service: "iamcredentials", operation: method, answer };
  };
}

// ---------------------------------------------------------------- sts.googleapis.com

const oauth = (error: string, description: string, status = 400): never =>
  refuse({ status, body: { error, error_description: description } });

const Exchange = z.object({
  grant_type: z.literal("urn:ietf:params:oauth:grant-type:token-exchange"),
  audience: z.string(),
  scope: z.literal("https://www.googleapis.com/auth/cloud-platform"),
  requested_token_type: z.literal("urn:ietf:params:oauth:token-type:access_token"),
  subject_token: z.string(),
  subject_token_type: z.literal("urn:ietf:params:aws:token-type:aws4_request"),
});

function exchange(company: Company, caller: Caller, call: Call, federated: Map<string, number>): Answer {
  const { federation, policy } = company;
  if (federation.off.has("sts.googleapis.com"))
    return apiOff("Security Token Service API", "sts.googleapis.com");
  const form = Exchange.safeParse(Object.fromEntries(new URLSearchParams(call.text)));
  if (!form.success)
    return oauth("invalid_request", `Invalid value for "${form.error.issues[0]?.path.join(".")}".`);
  const { audience, subject_token } = form.data;
  checkAudience(federation, audience);
  checkIdentity(caller, subject_token, audience);
  checkProvider(federation, caller);
  const token = `ya29.d.${createHash("sha256").update(`federated ${federated.size}`).digest("base64url")}`;
  federated.set(token, Date.now() + policy.tokenSeconds * 1000);
  const issued_token_type = "urn:ietf:params:oauth:token-type:access_token";
  const body = {
    access_token: token,
    issued_token_type,
    token_type: "Bearer",
    expires_in: policy.tokenSeconds,
  };
  return { status: 200, body };
}

function checkAudience({ provider, enabled }: Federation, audience: string): void {
  if (!/^\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\//.test(audience)) {
    return oauth(
      "invalid_request",
      'Invalid value for "audience". This value should be the full resource name of the Identity Provider.',
    );
  }
  if (enabled && audience === `//iam.googleapis.com/${provider}`) return;
  return oauth(
    "invalid_target",
    'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or ' +
      "provider is disabled or deleted or because it doesn't exist.",
  );
}

const Subject = z.object({
  url: z.string(),
  method: z.literal("POST"),
  headers: z.array(z.object({ key: z.string(), value: z.string() })),
});

/** Google sends to AWS what it was given, and AWS says whose it is, or not. */
function checkIdentity(caller: Caller, token: string, audience: string): void {
  const subject = Subject.safeParse(parsed(decodeURIComponent(token)));
  const url = URL.parse(subject.data?.url ?? "");
  const region = /^sts\.([a-z0-9-]+)\.amazonaws\.com$/.exec(url?.host ?? "")?.[1];
  if (subject.data === undefined || url === null || region === undefined)
    return oauth("invalid_request", "Invalid format of AWS credentials.");
  if (url.search !== "?Action=GetCallerIdentity&Version=2011-06-15")
    return oauth("invalid_request", "Invalid format of AWS credentials.");
  const headers = new Map(subject.data.headers.map(({ key, value }) => [key.toLowerCase(), value]));
  if (headers.get("x-goog-cloud-target-resource") !== audience)
    return oauth("invalid_grant", "The header x-goog-cloud-target-resource does not match the audience.");
  const request: SignedRequest = { method: "POST", url, headers, body: "" };
  const no = rejected(request, caller, { region, service: "sts", now: new Date() });
  if (no === undefined) return;
  return oauth(
    "invalid_grant",
    `Received invalid AWS response of type ${no.code} with error message: ${no.message}`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkProvider(federation: Federation, { role, session }: Caller): void {
  const arn = `arn:aws:sts::${account}:assumed-role/${role}/${session}`;
  if (federation.accountId !== account)
    return oauth("invalid_grant", `The AWS account ${account} is not the one of the provider.`);
  if (Buffer.byteLength(federation.subject === "arn" ? arn : role) > 127) {
    return oauth(
      "invalid_request",
      "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping " +
        "or the incoming assertion to produce a mapped attribute that is less than 127 bytes.",
    );
  }
  if (role === federation.onlyRole) return;
  return oauth(
    "unauthorized_client",
    "The given credential is rejected by the attribute condition.",
    federation.conditionStatus,
  );
}

// ---------------------------------------------------------------- iamcredentials.googleapis.com

/** The newer front end's body: a status, and no list of errors. */
function apiError(status: number, word: string, message: string, details: readonly unknown[] = []): never {
  return refuse({ status, body: { error: { code: status, message, status: word, details } } });
}

function apiOff(name: string, api: string): never {
  const project = "123456789012";
  const link = `https://console.developers.google.com/apis/api/${api}/overview?project=${project}`;
  return apiError(
    403,
    "PERMISSION_DENIED",
    `${name} has not been used in project ${project} before or it is disabled. Enable it by visiting ${link} then retry.`,
    [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "SERVICE_DISABLED",
        domain: "googleapis.com",
      },
    ],
  );
}

interface Wanted {
  readonly email: string;
  readonly method: string;
}

/** Token, API switched on, account, role: in this order. */
function admit(
  company: Company,
  call: Call,
  federated: Map<string, number>,
  { email, method }: Wanted,
): void {
  const { federation, policy } = company;
  const until = federated.get((call.headers["authorization"] ?? "").replace(/^Bearer /, ""));
  if (until === undefined || until < Date.now()) {
    return apiError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
  }
  if (federation.off.has("iamcredentials.googleapis.com"))
    return apiOff("IAM Service Account Credentials API", "iamcredentials.googleapis.com");
  const right = method === "signJwt" ? "iam.serviceAccounts.signJwt" : "iam.serviceAccounts.getAccessToken";
  const isThere = email === serviceAccountKey("").client_email && policy.serviceAccount === "active";
  if (!isThere && federation.unknownAccount === 404)
    return apiError(404, "NOT_FOUND", `Not found; Gaia id not found for email ${email}`);
  const creator = federation.roles.has("roles/iam.serviceAccountTokenCreator");
  const user = method !== "signJwt" && federation.roles.has("roles/iam.workloadIdentityUser");
  if (isThere && (creator || user)) return;
  return apiError(
    403,
    "PERMISSION_DENIED",
    `Permission '${right}' denied on resource (or it may not exist).`,
    [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "IAM_PERMISSION_DENIED",
        domain: "iam.googleapis.com",
      },
    ],
  );
}

const invalidArgument = (): never =>
  apiError(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");

const Signing = z.strictObject({ payload: z.string() });

function signed(call: Call): Answer {
  const asked = Signing.safeParse(parsed(call.text));
  const claims = z.record(z.string(), z.unknown()).safeParse(parsed(asked.data?.payload ?? ""));
  if (!asked.success || !claims.success) return invalidArgument();
  return { status: 200, body: signJwt(asked.data.payload) };
}

const Generating = z.strictObject({
  scope: z.array(z.string().startsWith("https://www.googleapis.com/auth/")).min(1),
  lifetime: z.literal("3600s"),
});

function generated(call: Call, { policy }: Company, { give }: TokenEndpoint): Answer {
  const asked = Generating.safeParse(parsed(call.text));
  if (!asked.success) return invalidArgument();
  const accessToken = give(serviceAccountKey("").client_email, asked.data.scope);
  const expireTime = new Date(Date.now() + policy.tokenSeconds * 1000).toISOString().replace(/\.\d+/, "");
  return { status: 200, body: { accessToken, expireTime } };
}
