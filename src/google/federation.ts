/** From the AWS identity of this program to an access token of Google's, without a key (facts B1). */
import { AwsRequestSigner, OAuth2Client } from "google-auth-library";
import { z } from "zod";
import type { Actor, Errand } from "./errand.ts";
import { sourceErrorOf, untrusted } from "./errors.ts";
import { Token, TOKEN_ENDPOINT, tokenTransport } from "./transport.ts";
import type { Patience } from "./transport.ts";

/** What a federation file says, as far as it is followed; addresses are those of the file. */
export interface Federation {
  readonly kind: "federation";
  /** The service account that is acted as. */
  readonly clientEmail: string;
  /** The pool's provider, `//iam.googleapis.com/projects/…`. */
  readonly audience: string;
  readonly exchangeUrl: string;
  /** The service account at iamcredentials, to which `:signJwt` and `:generateAccessToken` are added. */
  readonly accountUrl: string;
  /** `GetCallerIdentity` of AWS's STS, where `{region}` may stand for the Region. */
  readonly verificationUrl: string;
  readonly tokenUri: string;
}

/** What AWS signs requests with at this moment, and the Region they are signed for. Throws a `TroubleError`. */
export type AwsIdentity = () => Promise<{
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}>;

/** As the library wants it: `expiry_date` in ms since 1970. */
interface AccessToken {
  readonly access_token: string;
  readonly expiry_date: number;
}

interface Asking extends Patience {
  readonly federation: Federation;
  readonly aws: AwsIdentity;
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

/** Sends nothing until it is used; renews its token five minutes before that ends. Its failures are `SourceError`s. */
export function federatedClient(asking: Asking): OAuth2Client {
  const client = new OAuth2Client(tokenTransport(asking, asking.signal));
  let renewing: Promise<AccessToken> | undefined;
  // Left to itself, the client would ask once for each request that waits.
  client.refreshHandler = async () =>
    (renewing ??= newToken({ ...asking, client }).finally(() => (renewing = undefined)));
  return client;
}

interface Exchange extends Asking {
  readonly client: OAuth2Client;
}

const CLOUD = "https://www.googleapis.com/auth/cloud-platform";
/** Google's longest life of a token of a service account. */
const LIFE_S = 3600;

const Signed = z.object({ signedJwt: z.string().min(1) });
const Generated = z.object({ accessToken: z.string().min(1), expireTime: z.iso.datetime({ offset: true }) });

async function newToken(exchange: Exchange): Promise<AccessToken> {
  const federated = await federatedToken(exchange);
  return exchange.actor.itself ? ownToken(exchange, federated) : delegatedToken(exchange, federated);
}

/** Google takes a signed question to AWS, asks it, and believes the answer. */
async function federatedToken(exchange: Exchange): Promise<string> {
  const { federation, aws } = exchange;
  const data = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    audience: federation.audience,
    scope: CLOUD,
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    subject_token: await subjectToken(federation, aws),
    subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
  });
  const errand = { doing: "exchanging the AWS identity for one of Google's", step: "exchange" } as const;
  return (await post(exchange, errand, Token, { url: federation.exchangeUrl, data })).access_token;
}

/**
 * The signed question, in the form that Google expects (facts B1). `AwsClient` of the library would make it too, but
 * asks one host only once it is given credentials.
 */
async function subjectToken({ audience, verificationUrl }: Federation, aws: AwsIdentity): Promise<string> {
  const { region, sessionToken, ...keys } = await aws();
  const credentials = { ...keys, ...(sessionToken === undefined ? {} : { token: sessionToken }) };
  const url = verificationUrl.replace("{region}", region);
  // The file may name a Region of its own, and AWS takes no signature for another one.
  const [, inHost = region] = URL.parse(url)?.hostname.split(".") ?? [];
  const signer = new AwsRequestSigner(() => Promise.resolve(credentials), inHost);
  const { headers } = await signer.getRequestOptions({ url, method: "POST" });
  const all = new Headers(headers as Headers);
  all.set("x-goog-cloud-target-resource", audience);
  const listed = [...all].map(([key, value]) => ({ key, value }));
  return encodeURIComponent(JSON.stringify({ url, method: "POST", headers: listed }));
}

async function ownToken(exchange: Exchange, federated: string): Promise<AccessToken> {
  const { federation, actor } = exchange;
  const errand = {
    doing: `asking for an access token of ${federation.clientEmail}`,
    step: "generateAccessToken",
  } as const;
  const { accessToken, expireTime } = await post(exchange, errand, Generated, {
    url: `${federation.accountUrl}:generateAccessToken`,
    data: { scope: actor.scopes, lifetime: `${LIFE_S}s` },
    bearer: federated,
  });
  return { access_token: accessToken, expiry_date: Date.parse(expireTime) };
}

/** The library knows `subject` for keys alone; here Google signs what a key would have signed. */
async function delegatedToken(exchange: Exchange, federated: string): Promise<AccessToken> {
  const { federation, actor } = exchange;
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: federation.clientEmail, sub: actor.admin, scope: actor.scopes.join(" ") };
  const payload = JSON.stringify({ ...claims, aud: TOKEN_ENDPOINT, iat, exp: iat + LIFE_S });
  const signing = { doing: `having ${federation.clientEmail} sign a request`, step: "signJwt" } as const;
  const { signedJwt: assertion } = await post(exchange, signing, Signed, {
    url: `${federation.accountUrl}:signJwt`,
    data: { payload },
    bearer: federated,
  });
  const grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const errand = { doing: "asking for an access token" };
  const { access_token, expires_in } = await post(exchange, errand, Token, {
    url: federation.tokenUri,
    data: new URLSearchParams({ grant_type, assertion }),
  });
  return { access_token, expiry_date: Date.now() + expires_in * 1000 };
}

interface Posted {
  readonly url: string;
  readonly data: URLSearchParams | object;
  readonly bearer?: string;
}

/** The client's own errors carry the whole request, the session token of AWS in it; what is thrown here does not. */
async function post<T>(
  { client, actor, signal }: Exchange,
  errand: Errand,
  shape: z.ZodType<T>,
  { url, data, bearer }: Posted,
): Promise<T> {
  const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  try {
    const answer = await client.transporter.request({
      url,
      method: "POST",
      data,
      headers,
      responseType: "json",
    });
    const read = shape.safeParse(answer.data);
    if (read.success) return read.data;
  } catch (error) {
    throw sourceErrorOf(error, errand, actor, signal);
  }
  throw untrusted(errand, "it is no token");
}
