/**
 * Google Workspace and AWS IAM Identity Center on one local port, over real HTTP: stateful, deterministic, and
 * refusing what the vendors refuse, in their words. It knows nothing of `src`.
 *
 * ```ts
 * const emulator = await useEmulator();            // in a vitest test; closes and verifies by itself
 * sampleCompany(emulator.google, emulator.aws);    // about 120 people, from company.ts
 * const env = emulator.environment({ GROUP_MATCH: "name:aws-*" });
 * // ... run something with env ...
 * emulator.google.suspend("haruto.sato@example.com");
 * emulator.fault({ when: { service: "scim", operation: "CreateUser", nth: 2 }, do: { status: 429 } });
 * emulator.fault({ when: (request) => request.path.endsWith("/Users"), times: Infinity, do: "drop-after" });
 * emulator.google.lies.hideUsers("ada@example.com");
 * emulator.onWrite(() => expect(emulator.aws.membersOf("aws-admins")).not.toEqual([]));
 * expect(emulator.writes()).toHaveLength(0);
 * expect(emulator.count({ operation: "members.list" })).toBe(15);
 * expect(emulator.aws.snapshot()).toEqual(before);
 * ```
 *
 * - `google` is the company: people, groups, memberships, `policy` (delegation, scopes, rights, what is not
 *   documented) and `lies` (listings that succeed and are wrong). It starts with one user, `admin@example.com`.
 * - `aws` is what Identity Center holds, `policy` its undocumented answers; `identityStore` the reading side,
 *   which may be pointed at another directory; `access` what users and groups carry; `denied` the actions that IAM
 *   refuses.
 * - `secrets` holds Secrets Manager and Parameter Store; the four secrets of a run are there from the start.
 * - Listings come in pages of three unless `pageSize` says otherwise, so that every listing crosses a page.
 * - An unknown route is answered 501, and `verify()` throws because of it.
 */
import { createAccess, type Access } from "./access.ts";
import { createAws, type AwsDirectory } from "./aws-directory.ts";
import { createHash } from "node:crypto";
import { awsWords, createAwsRouter, throttling, type Caller } from "./aws-json.ts";
import { matches, type Fault, type FaultHandle, type RequestMatch } from "./faults.ts";
import { createCompany, type Company } from "./google-company.ts";
import { createDirectoryRouter } from "./google-directory.ts";
import { googleWords, tooFast } from "./google-errors.ts";
import { createFederationRouter, federationFile } from "./google-federation.ts";
import { googlePages } from "./google-pages.ts";
import { createTokenEndpoint, serviceAccountKey, type ServiceAccountKey } from "./google-token.ts";
import { createIdentityStore, type IdentityStore } from "./identity-store.ts";
import { createLambda, createLambdaRouter, type LambdaFunction } from "./lambda.ts";
import { createBucket, type Bucket, type Rate } from "./rate.ts";
import { createScimRouter } from "./scim.ts";
import { scimWords } from "./scim-errors.ts";
import { createSecrets, type Secrets } from "./secrets.ts";
import { isWrite, startServer } from "./server.ts";
import type { Answer, RecordedRequest, Service } from "./wire.ts";

type Limited = "scim" | "identityStore" | "google";

export interface EmulatorOptions {
  /** Rows in a page, 3 unless told; `"vendor"` = the documented maximum of each listing. */
  readonly pageSize?: number | "vendor";
  /** Milliseconds that every answer takes. */
  readonly latency?: Partial<Record<Limited, number>>;
  /** Refuses what is faster: SCIM 429, Identity Store ThrottlingException as HTTP 400, Google a quota 403. */
  readonly rate?: Partial<Record<Limited, Rate>>;
  /** The date of what is made, and the 20 days of deleted users. Tokens always go by the real clock. */
  readonly now?: () => Date;
  /** The port to listen on; any free one unless told. */
  readonly port?: number;
}

export type RequestFilter =
  | (RequestMatch & { readonly method?: string; readonly path?: string; readonly status?: number })
  | ((request: RecordedRequest) => boolean);

export interface Emulator {
  readonly url: string;
  /** The SCIM endpoint, with a slash at its end. */
  readonly scimEndpoint: string;
  readonly google: Company;
  readonly aws: AwsDirectory;
  readonly identityStore: IdentityStore;
  /** What users and groups carry: assignments, permission sets, entitlements, accounts. */
  readonly access: Access;
  /** Actions that IAM refuses: `identitystore:ListUsers`, `secretsmanager:GetSecretValue` ... */
  readonly denied: Set<string>;
  readonly secrets: Secrets;
  /** What the aliases of the function lead to: the same, unless told otherwise. */
  readonly lambda: LambdaFunction;
  /** Whom AWS takes the program for. */
  readonly caller: Caller;
  /** What gcloud writes for the pool's AWS provider: with it in GOOGLE_CREDENTIALS there is no key. */
  readonly federationFile: () => Readonly<Record<string, unknown>>;
  /** The service account's key file, made in this process. */
  readonly key: ServiceAccountKey;
  /** Every variable that a run needs; `undefined` takes one out. */
  readonly environment: (overrides?: Readonly<Record<string, string | undefined>>) => Record<string, string>;
  /** Every request in the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  readonly count: (filter: RequestFilter) => number;
  /** SCIM requests that are no GET, answered or not. */
  readonly writes: () => RecordedRequest[];
  /** Forgets the requests so far. */
  readonly forget: () => void;
  readonly fault: (fault: Fault) => FaultHandle;
  /** Called after each SCIM write took effect, before it is answered; an error it throws fails `verify`. */
  readonly onWrite: (listener: (request: RecordedRequest) => void) => void;
  /** How many connections are open. */
  readonly connections: () => Promise<number>;
  /** No access token given out so far is good any more. */
  readonly expireTokens: () => void;
  /** Throws when an unknown route was asked for, or when a listener of `onWrite` threw. */
  readonly verify: () => void;
  readonly close: () => Promise<void>;
}

export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { pageSize = 3, now = () => new Date() } = options;
  const awsPage = pageSize === "vendor" ? 100 : pageSize;
  const caller = createCaller();
  const google = createCompany(now);
  const aws = createAws(now);
  const identityStore = createIdentityStore(aws, awsPage);
  const access = createAccess(identityStore, awsPage, caller);
  const secrets = createSecrets(now, caller);
  const lambda = createLambda();
  let url = "";
  const tokens = createTokenEndpoint(google, () => url);
  const server = await startServer({
    port: options.port ?? 0,
    routers: [
      tokens.router,
      createFederationRouter(google, caller, tokens),
      createDirectoryRouter({ company: google, pages: googlePages(pageSize), now }, tokens.grants),
      createScimRouter(aws, awsPage),
      createAwsRouter([...identityStore.services, ...access.services, ...secrets.services], caller),
      access.router,
      createLambdaRouter(lambda, caller),
    ],
    latency: byService(options.latency ?? {}),
    buckets: buckets(options.rate ?? {}),
    wordsFor,
    throttled: (service) => throttled(service, google, aws),
  });
  url = server.url;
  const key = serviceAccountKey(url);
  const scimEndpoint = `${url}/${aws.tenant}/scim/v2/`;
  const failures: unknown[] = [];
  const token = [...aws.tokens][0] ?? "";
  fillSecrets(secrets, { key, scimEndpoint, admin: google.admin.primaryEmail, token });
  return {
    url,
    scimEndpoint,
    google,
    aws,
    identityStore,
    access,
    denied: caller.denied,
    ...{ secrets, lambda, key, caller },
    federationFile: () => federationFile(google.federation, url),
    environment: (overrides = {}) => environment(url, caller, overrides),
    requests: server.requests,
    count: (filter) => server.requests.filter((request) => fits(request, filter)).length,
    writes: () => server.requests.filter(isWrite),
    forget: () => void (server.requests.length = 0),
    fault: server.faults.add,
    onWrite: (listener) => server.onWrite(guarded(listener, failures)),
    connections: server.connections,
    expireTokens: () => tokens.grants.clear(),
    verify: () => verify(server.unknown, failures),
    close: server.close,
  };
}

/** Secrets of the usual length and look, the same every time. */
function createCaller(): Caller {
  const made = (seed: string): string => createHash("sha512").update(seed).digest("base64");
  return {
    accessKeyId: "AKIAEMULATOREXAMPLE0",
    secretAccessKey: made("secret").slice(0, 40),
    sessionToken: `IQoJb3JpZ2luX2Vj${made("a").slice(0, 86)}${made("b").slice(0, 86)}${made("c").slice(0, 86)}==`,
    role: "ssosync",
    session: "ssosync",
    denied: new Set(),
  };
}

const byService = (values: Partial<Record<Limited, number>>): Partial<Record<Service, number>> => ({
  scim: values.scim ?? 0,
  identitystore: values.identityStore ?? 0,
  google: values.google ?? 0,
});

function buckets(rates: Partial<Record<Limited, Rate>>): Partial<Record<Service, Bucket>> {
  return {
    ...(rates.scim === undefined ? {} : { scim: createBucket(rates.scim) }),
    ...(rates.identityStore === undefined ? {} : { identitystore: createBucket(rates.identityStore) }),
    ...(rates.google === undefined ? {} : { google: createBucket(rates.google) }),
  };
}

function wordsFor(service: Service, status: number): Answer {
  if (service === "scim") return scimWords(status);
  if (service === "google" || service === "iamcredentials") return googleWords(status);
  if (service === "google-sts" && status === 429) return stsThrottled;
  if (service === "token" || service === "google-sts") {
    return { status, body: { error: "internal_failure", error_description: "Backend Error" } };
  }
  return awsWords(status);
}

const stsThrottled: Answer = {
  status: 429,
  body: {
    error: "quota_exceeded",
    error_description:
      "The request was throttled due to rate limit: sts.googleapis.com/requests. Please retry after a few seconds.",
  },
};

function throttled(service: Service, google: Company, aws: AwsDirectory): Answer {
  if (service === "google") return tooFast(google.policy.quotaAnswer);
  if (service !== "scim") return throttling();
  const words = scimWords(429);
  const { retryAfter } = aws.policy;
  if (retryAfter === undefined) return words;
  const value = retryAfter === "date" ? new Date(Date.now() + 1000).toUTCString() : String(retryAfter);
  return { ...words, headers: { ...words.headers, "retry-after": value } };
}

function fillSecrets(
  secrets: Secrets,
  run: { key: ServiceAccountKey; scimEndpoint: string; admin: string; token: string },
): void {
  secrets.set("SSOSyncGoogleCredentials", JSON.stringify(run.key, undefined, 2));
  secrets.set("SSOSyncGoogleAdminEmail", run.admin);
  secrets.set("SSOSyncSCIMEndpointUrl", run.scimEndpoint);
  secrets.set("SSOSyncSCIMAccessToken", run.token);
}

function environment(
  url: string,
  { accessKeyId, secretAccessKey, sessionToken }: Caller,
  overrides: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const all: Record<string, string | undefined> = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    AWS_ENDPOINT_URL_SSM: url,
    AWS_ENDPOINT_URL_LAMBDA: url,
    AWS_ENDPOINT_URL_IDENTITYSTORE: url,
    AWS_ENDPOINT_URL_SSO_ADMIN: url,
    AWS_ENDPOINT_URL_ACCOUNT_ACCESS: url,
    AWS_ENDPOINT_URL_ORGANIZATIONS: url,
    GOOGLE_ROOT_URL: `${url}/`,
    ...overrides,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function fits(request: RecordedRequest, filter: RequestFilter): boolean {
  if (typeof filter === "function") return filter(request);
  return (
    matches(request, filter) &&
    (filter.method === undefined || filter.method === request.method) &&
    (filter.path === undefined || filter.path === request.path) &&
    (filter.status === undefined || filter.status === request.status)
  );
}

/** A broken invariant must fail the test, not the request. */
const guarded =
  (listener: (request: RecordedRequest) => void, failures: unknown[]) =>
  (request: RecordedRequest): void => {
    try {
      listener(request);
    } catch (error) {
      failures.push(error);
    }
  };

function verify(unknown: readonly string[], failures: readonly unknown[]): void {
  if (unknown.length > 0) {
    throw new Error(`the emulator was asked for what it does not know: ${[...new Set(unknown)].join(", ")}`);
  }
  const [first] = failures;
  if (first !== undefined) throw first instanceof Error ? first : new Error(String(first));
}
