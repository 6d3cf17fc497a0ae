import { defaultProvider } from "@aws-sdk/credential-provider-node";
import type { Network } from "../traffic/network.ts";
import type { Pace } from "../traffic/pace.ts";
import { retryAfterMs } from "../traffic/retry-after.ts";
import { unreached } from "../traffic/unreached.ts";
import { TargetError } from "./errors.ts";
import { requestHandler } from "./request-handler.ts";

const ATTEMPTS = 10;

/**
 * What every AWS SDK client here is made with. The SDK tells throttling by the exception's name, which matters
 * since AWS sends it with HTTP 400; its usual 3 attempts are over in 290 ms, so there are more here. Without a Region, or
 * with a blank one, the SDK finds it in its own settings.
 */
export function clientSettings(of: {
  readonly network: Network;
  readonly region?: string | undefined;
  /** `AWS_PROFILE`, for the sentence about a login that is over. */
  readonly profile?: string | undefined;
}) {
  const region = of.region?.trim() ?? "";
  const handler = requestHandler(of.network);
  return {
    ...(region === "" ? {} : { region }),
    maxAttempts: ATTEMPTS,
    retryMode: "standard" as const,
    requestHandler: handler,
    // Left to themselves, the clients that sign a person in would find a way out of their own.
    credentials: naming(of.profile, defaultProvider({ clientConfig: { requestHandler: handler } })),
  };
}

type Credentials = ReturnType<typeof defaultProvider>;

/** The same, but what it throws carries the profile: the SDK's own words do not name it. */
function naming(profile: string | undefined, provider: Credentials): Credentials {
  return async (properties) => {
    try {
      return await provider(properties);
    } catch (error) {
      throw profile !== undefined && error instanceof Error ? Object.assign(error, { profile }) : error;
    }
  };
}

type Next = (args: object) => Promise<object>;
interface Context {
  /** Of the request, as `ListUsersCommand`. */
  readonly commandName?: string;
  readonly __smithy_context?: { readonly abortSignal?: AbortSignal };
}
interface Stack {
  add(
    middleware: (next: Next, context: Context) => Next,
    options: { step: "finalizeRequest"; priority: "low"; name: string; override: boolean },
  ): void;
}

/**
 * Makes a client take a turn for every request that it sends, retries among them, tell the pace when AWS refuses
 * for speed, and ask again when an answer stops half way. The lists of users and of groups have the right of way:
 * leavers wait for the one, memberships for the other. Returns the same client.
 */
export function paced<C extends { readonly middlewareStack: object }>(client: C, pace: Pace): C {
  // Low priority puts it behind the retry loop and the signing: what passes here is one request on the wire.
  (client.middlewareStack as Stack).add(
    (next, context) => async (args) => {
      await pace.turn(context.__smithy_context?.abortSignal, LISTS.has(context.commandName ?? ""));
      try {
        return await next(args);
      } catch (error) {
        if (isThrottling(error)) pace.refused(retryAfter(error));
        if (isHalf(error)) Object.assign(error, { $retryable: { throttling: false } });
        throw error;
      }
    },
    { step: "finalizeRequest", priority: "low", name: "paceMiddleware", override: true },
  );
  return client;
}

/** An incomplete answer with a status of success: the SDK alone would not ask again. */
const isHalf = (error: unknown): error is SyntaxError =>
  error instanceof SyntaxError && fault(error).status === 200;

const LISTS: ReadonlySet<string> = new Set(["ListUsersCommand", "ListGroupsCommand"]);

interface SdkFault {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly attempts: number | undefined;
  /** The members that some exceptions of the Identity Store carry. */
  readonly reason: string | undefined;
  readonly resourceType: string | undefined;
  /** Whose credentials could not be had. */
  readonly profile: string | undefined;
}

const MOST_SAID = 1_000;

/** What of an error of the SDK is worth showing. */
export function fault(error: unknown): SdkFault {
  const known = (error ?? {}) as {
    name?: string;
    message?: string;
    Reason?: string;
    ResourceType?: string;
    RequestId?: string;
    profile?: string;
    $metadata?: { httpStatusCode?: number; requestId?: string; attempts?: number };
  };
  return {
    name: (known.name ?? "Error").slice(0, MOST_SAID),
    message: (known.message ?? "").slice(0, MOST_SAID),
    code: unreached(error).code,
    status: known.$metadata?.httpStatusCode,
    requestId: known.$metadata?.requestId ?? known.RequestId,
    attempts: known.$metadata?.attempts,
    reason: known.Reason,
    resourceType: known.ResourceType,
    profile: known.profile,
  };
}

/** The same for an error of our own, which has it as its cause. */
export function aboutFault(cause: unknown) {
  const { status, message: detail, requestId, name: code } = fault(cause);
  return { status, detail, requestId, code, cause };
}

/** The service models' reasons that begin so tell of the KMS key; only throttling passes. */
export const isAboutKey = (reason: string | undefined): boolean => /^KMS_(?!THROTTL)/.test(reason ?? "");

const THROTTLING =
  /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded|RequestThrottled(Exception)?|ProvisionedThroughputExceeded(Exception)?|SlowDown)$/;

/** Whether AWS throttled, whatever the HTTP status says. */
export function isThrottling(error: unknown): boolean {
  const { name, status } = fault(error);
  return status === 429 || THROTTLING.test(name);
}

/** The wait that a refusal asks for, in ms. */
function retryAfter(error: unknown): number | undefined {
  const seconds = (error as { RetryAfterSeconds?: unknown }).RetryAfterSeconds;
  const header = (error as { $response?: { headers?: Record<string, string> } }).$response?.headers;
  return typeof seconds === "number" ? seconds * 1000 : retryAfterMs(header?.["retry-after"]);
}

const EXPIRED = /^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired)$/;
const REJECTED =
  /^(UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken(Exception)?)$/;

/**
 * The troubles that every AWS service shares; `undefined` when it is none of them.
 * `action` is the right that was used (`identitystore:ListUsers`), `place` what was asked ("the Identity Store in eu-west-1").
 */
export function commonTrouble(error: unknown, action: string, place: string): TargetError | undefined {
  const it = fault(error);
  const trouble = (why: string, todo: string) => new TargetError({ why, todo }, aboutFault(error));
  if (EXPIRED.test(it.name) || (it.name === "CredentialsProviderError" && /expired/i.test(it.message)))
    return trouble(
      `The AWS credentials${ofProfile(it)} have expired`,
      `run "${login(it)}" on a terminal and start again`,
    );
  if (it.name === "CredentialsProviderError")
    return trouble(
      it.profile === undefined
        ? `There are no AWS credentials for ${action}`
        : `The profile ${it.profile} has no AWS credentials for ${action}`,
      it.profile === undefined
        ? 'on a terminal, run "aws sso login" and set AWS_PROFILE; in Lambda, check the role of the function'
        : `check that the profile is in ~/.aws/config, and run "${login(it)}"`,
    );
  if (REJECTED.test(it.name))
    return trouble(
      `AWS does not accept the credentials that ${action} was called with (${it.name})`,
      'check AWS_PROFILE and the access keys, and on a terminal run "aws sso login"',
    );
  if (isThrottling(error))
    return trouble(
      `AWS kept throttling ${action}${tries(it)}: another client is using up the quota of ${place}`,
      "lower the rate setting, or run again later",
    );
  // The status is that of an answer which did not come to its end.
  if (it.code !== undefined && (it.status ?? 200) < 300) {
    const { code, why, todo } = unreached(error);
    return new TargetError(
      { why: `${upper(place)} could not be reached for ${action}: ${why}`, todo },
      { code, cause: error },
    );
  }
  if (it.status !== undefined && it.status >= 500)
    return trouble(`${upper(place)} failed at ${action} (${faultWords(it)})${tries(it)}`, "run again later");
  return undefined;
}

const ofProfile = ({ profile }: SdkFault) => (profile === undefined ? "" : ` of the profile ${profile}`);
const login = ({ profile }: SdkFault) =>
  `aws sso login${profile === undefined ? "" : ` --profile ${profile}`}`;
const tries = ({ attempts }: SdkFault) => (attempts === undefined ? "" : ` after ${attempts} attempts`);
export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The exception's name, its words and the request id, for the middle of a sentence. */
export function faultWords({ name, message, requestId }: SdkFault): string {
  const said = message === "" || message === name ? name : `${name}: ${message.replace(/[.\s]+$/, "")}`;
  return requestId === undefined ? said : `${said}; request ${requestId}`;
}
