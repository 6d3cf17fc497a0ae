/** Google's token endpoint: checks the assertion's signature and claims, and hands out access tokens. */
import { createHash, createPublicKey, createSign, generateKeyPairSync, verify } from "node:crypto";
import { z } from "zod";
import type { Company } from "./google-company.ts";
import { refuse, type Answer, type Router } from "./wire.ts";

/** A service account's key file. The private key is made anew in every process. */
export interface ServiceAccountKey {
  readonly type: "service_account";
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
  readonly universe_domain: string;
}

export interface Grant {
  /** The id of the user acted as, or the address of the service account. */
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
}

export interface TokenEndpoint {
  readonly router: Router;
  /** Access tokens handed out, by token. */
  readonly grants: Map<string, Grant>;
  /** Hands out one more. */
  readonly give: (subject: string, scopes: readonly string[]) => string;
}

let pair: { readonly publicKey: string; readonly privateKey: string } | undefined;
const keyPair = (): { readonly publicKey: string; readonly privateKey: string } =>
  (pair ??= generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }));

export function serviceAccountKey(url: string): ServiceAccountKey {
  const { publicKey, privateKey } = keyPair();
  return {
    type: "service_account",
    project_id: "ssosync-example",
    private_key_id: createHash("sha256").update(publicKey).digest("hex").slice(0, 40),
    private_key: privateKey,
    client_email: "ssosync@ssosync-example.iam.gserviceaccount.com",
    client_id: "100000000000000000042",
    auth_uri: "https://accounts.google.com/o/oauth2/auth",
    token_uri: `${url}/token`,
    universe_domain: "googleapis.com",
  };
}

/** The key that Google keeps for the service account itself: nobody can take it away or revoke it. */
const SYSTEM_KEY = "f5a9c1d2e3b4a596877869504132231405162738";

/** As `signJwt` of iamcredentials answers; the payload is signed as it is. */
export function signJwt(payload: string): { readonly keyId: string; readonly signedJwt: string } {
  const header = JSON.stringify({ alg: "RS256", kid: SYSTEM_KEY, typ: "JWT" });
  const text = [header, payload].map((part) => Buffer.from(part).toString("base64url")).join(".");
  const signature = createSign("RSA-SHA256").update(text).sign(keyPair().privateKey, "base64url");
  return { keyId: SYSTEM_KEY, signedJwt: `${text}.${signature}` };
}

const claimsShape = z.object({
  iss: z.string(),
  scope: z.string().default(""),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
  sub: z.string().optional(),
});
type Claims = z.infer<typeof claimsShape>;

const oauthError = (status: number, error: string, description: string): never =>
  refuse({ status, body: { error, error_description: description } });
const invalidGrant = (description: string): never => oauthError(400, "invalid_grant", description);

export function createTokenEndpoint(company: Company, url: () => string): TokenEndpoint {
  const grants = new Map<string, Grant>();
  const give: TokenEndpoint["give"] = (subject, scopes) => {
    const seed = `${grants.size} ${keyPair().publicKey}`;
    const token = `ya29.${createHash("sha256").update(seed).digest("base64url")}`;
    grants.set(token, { subject, scopes, expiresAt: Date.now() + company.policy.tokenSeconds * 1000 });
    return token;
  };
  const answer = (text: string): Answer => {
    const form = new URLSearchParams(text);
    if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer") {
      return oauthError(400, "unsupported_grant_type", "Invalid grant_type: ");
    }
    const claims = readAssertion(company, form.get("assertion") ?? "", `${url()}/token`);
    const scopes = grantedScopes(company, claims);
    const subject = checkSubject(company, claims);
    const { tokenSeconds: expires_in } = company.policy;
    return { status: 200, body: { access_token: give(subject, scopes), expires_in, token_type: "Bearer" } };
  };
  const router: Router = (call) => {
    if (call.path !== "/token" || call.method !== "POST") return undefined;
    return { service: "token", operation: "token", answer: () => answer(call.text) };
  };
  return { router, grants, give };
}

/** RS256 over header and payload, then the claims in the order in which Google is seen to complain. */
function readAssertion(company: Company, assertion: string, tokenUrl: string): Claims {
  const [header = "", payload = "", signature = ""] = assertion.split(".");
  const claims = decode(payload);
  if (claims === undefined) return invalidGrant("Bad Request");
  const key = serviceAccountKey("");
  if (claims.iss !== key.client_email) return invalidGrant("Invalid JWT: No valid verifier found for issuer");
  if (company.policy.serviceAccount === "deleted") return invalidGrant("Invalid grant: account not found");
  const isSystems = Buffer.from(header, "base64url").toString("utf8").includes(SYSTEM_KEY);
  const revoked = company.policy.keyRevoked && !isSystems;
  const genuine = isSigned(`${header}.${payload}`, signature) && !revoked;
  if (!genuine) return invalidGrant("Invalid JWT Signature.");
  if (![tokenUrl, "https://oauth2.googleapis.com/token"].includes(claims.aud)) {
    return invalidGrant("Invalid JWT: Failed audience check.");
  }
  const clock = Date.now() / 1000 + company.policy.clockSkewSeconds;
  const inTime = claims.exp - claims.iat <= 3600 && claims.exp > clock && claims.iat < clock + 300;
  if (inTime) return claims;
  return invalidGrant(
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. " +
      "Check your iat and exp values in the JWT claim.",
  );
}

const isSigned = (text: string, signature: string): boolean =>
  verify(
    "RSA-SHA256",
    Buffer.from(text),
    createPublicKey(keyPair().publicKey),
    Buffer.from(signature, "base64url"),
  );

function decode(payload: string): Claims | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return claimsShape.safeParse(claims).data;
  } catch {
    return undefined;
  }
}

/** All or nothing: one scope that is not delegated refuses the lot. */
function grantedScopes(company: Company, claims: Claims): string[] {
  const scopes = claims.scope.split(" ").filter((scope) => scope !== "");
  const known = scopes.every((scope) => scope.startsWith("https://www.googleapis.com/auth/"));
  if (scopes.length === 0 || !known) {
    return oauthError(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
  }
  if (claims.sub === undefined) return scopes;
  if (scopes.every((scope) => company.policy.delegatedScopes.includes(scope))) return scopes;
  return oauthError(
    401,
    "unauthorized_client",
    "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any " +
      "of the scopes requested.",
  );
}

/** The id of the user acted as; the service account itself without `sub`. */
function checkSubject(company: Company, claims: Claims): string {
  const { accessDenied } = company.policy;
  if (accessDenied !== undefined) return oauthError(403, "access_denied", accessDenied);
  if (claims.sub === undefined) return claims.iss;
  const { sub } = claims;
  if (!/^[^@\s]+@[^@\s]+$/.test(sub)) {
    return oauthError(400, "invalid_request", `Invalid impersonation "sub" field.`);
  }
  const gone = company.deletedUsers.some((one) => one.primaryEmail.toLowerCase() === sub.toLowerCase());
  const person = company.findUser(sub);
  if (person === undefined && gone) return invalidGrant("The account has been deleted");
  if (person === undefined || person.suspended || person.archived) {
    return invalidGrant("Invalid email or User ID");
  }
  return person.id;
}
