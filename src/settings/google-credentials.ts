/** The two files that Google knows a service account by: its key, and the federation file, which holds no secret. */
import { createPrivateKey } from "node:crypto";

import { z } from "zod";

import { jsonIn } from "../core/json.ts";
import { accountAddress, exchangeAddress, tokenAddress, verificationAddress } from "./hosts.ts";

/** A service account, and how to become it; every address has been checked. */
export type GoogleCredentials = Key | Federation;

interface Key {
  readonly kind: "key";
  readonly clientEmail: string;
  /** `""` when the key doesn't name it. */
  readonly clientId: string;
  readonly privateKey: string;
  readonly tokenUri: string;
}

interface Federation {
  readonly kind: "federation";
  readonly clientEmail: string;
  readonly audience: string;
  readonly exchangeUrl: string;
  /** `…/serviceAccounts/<clientEmail>`, without a method. */
  readonly accountUrl: string;
  /** With `{region}` where the Region belongs, unless it names one. */
  readonly verificationUrl: string;
  readonly tokenUri: string;
}

/** `is` completes a sentence that begins with where the text comes from; neither half repeats a member's value. */
interface Unusable {
  readonly is: string;
  readonly todo: string;
}

const NEW_KEY = "create a new JSON key for the service account in Google Cloud and store that file unchanged";
const NEW_FILE =
  'create it with "gcloud iam workload-identity-pools create-cred-config PROVIDER --service-account=EMAIL --aws --output-file=FILE" and use it unchanged';

/** Reads either file. */
export function googleCredentials(text: string): GoogleCredentials | Unusable {
  const json = jsonIn(text);
  if (typeof json !== "object" || json === null) return { is: "is not JSON", todo: NEW_KEY };
  return Federated.safeParse(json).success ? federationOf(json) : serviceAccountKey(json);
}

/** Whether a text is a federation file and holds no secret of any kind, so that it may stand where everybody reads it. */
export function isPublic(text: string): boolean {
  return Federated.safeParse(jsonIn(text)).success && !/"(?:private_key|client_secret)"/.test(text);
}

const Federated = z.looseObject({ type: z.literal("external_account") });

// ---------------------------------------------------------------- key

const TOKEN_URI = "https://oauth2.googleapis.com/token";
const some = z.string().min(1);
const tokenUri = z.string().trim().default(TOKEN_URI);

/** A service account's key as Google hands it out; other members are ignored. */
const KeyFile = z.looseObject({
  type: z.literal("service_account").optional(),
  client_email: some,
  private_key: some,
  client_id: z.string().optional(),
  token_uri: tokenUri,
});

function serviceAccountKey(json: object): Key | Unusable {
  const read = KeyFile.safeParse(json);
  if (!read.success) return { is: `is not a service account key (${faults(read.error)})`, todo: NEW_KEY };
  const { client_email, private_key, client_id = "", token_uri } = read.data;
  if (!isRsaKey(private_key)) return { is: "has a private_key that is damaged", todo: NEW_KEY };
  const address = tokenAddress(token_uri);
  if ("todo" in address) return unusableAddress("token_uri", address);
  const names = { clientEmail: client_email.trim(), clientId: client_id };
  return { kind: "key", ...names, privateKey: private_key, tokenUri: address.url };
}

const unusableAddress = (
  member: string,
  { because, todo }: { readonly because: string; readonly todo: string },
): Unusable => ({ is: `has a ${member} that cannot be used, because ${because}`, todo });

/** The members that are wrong, by name only: what they hold is secret. */
function faults(error: z.ZodError): string {
  const names = new Set(error.issues.map((issue) => String(issue.path[0] ?? "object")));
  return [...names]
    .map((name) => (name === "type" ? 'its type is not "service_account"' : `no ${name}`))
    .join(", ");
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

// ---------------------------------------------------------------- federation

/**
 * What gcloud writes for AWS (facts B2); the metadata addresses in it are not followed. `token_uri` is none of gcloud's:
 * it is for a token endpoint other than the usual one, as in a key.
 */
const FederationFile = z.looseObject({
  // It travels in a header.
  audience: z
    .string()
    .trim()
    .regex(/^[!-~]+$/),
  subject_token_type: z.literal("urn:ietf:params:aws:token-type:aws4_request"),
  token_url: z.string().trim().default("https://sts.googleapis.com/v1/token"),
  service_account_impersonation_url: z.string().trim().max(256),
  credential_source: z.looseObject({
    environment_id: z.literal("aws1"),
    regional_cred_verification_url: z.string().trim(),
  }),
  token_uri: tokenUri,
});

const ACCOUNT =
  /^(?<accountUrl>.+\/serviceAccounts\/(?<clientEmail>[^/:@\s]+@[^/:@\s]+)):generateAccessToken$/;

function federationOf(json: object): Federation | Unusable {
  const read = FederationFile.safeParse(json);
  if (!read.success)
    return { is: `is not a federation file for AWS (${lacking(read.error)})`, todo: NEW_FILE };
  const { audience, token_url, service_account_impersonation_url, credential_source, token_uri } = read.data;
  const addresses = {
    token_url: exchangeAddress(token_url),
    service_account_impersonation_url: accountAddress(service_account_impersonation_url),
    regional_cred_verification_url: verificationAddress(credential_source.regional_cred_verification_url),
    token_uri: tokenAddress(token_uri),
  };
  for (const [member, address] of Object.entries(addresses))
    if ("todo" in address) return unusableAddress(member, address);
  const urls = addresses as { readonly [M in keyof typeof addresses]: { readonly url: string } };
  const account = ACCOUNT.exec(urls.service_account_impersonation_url.url)?.groups;
  if (account === undefined)
    return { is: "has a service_account_impersonation_url that names no service account", todo: NEW_FILE };
  const { accountUrl = "", clientEmail = "" } = account;
  return {
    ...{ kind: "federation", clientEmail, audience, accountUrl, exchangeUrl: urls.token_url.url },
    ...{ verificationUrl: urls.regional_cred_verification_url.url, tokenUri: urls.token_uri.url },
  };
}

/** By name only, as in a key. */
function lacking(error: z.ZodError): string {
  const names = new Set(error.issues.map(({ path }) => String(path.at(-1) ?? "object")));
  return `no usable ${[...names].join(", ")}`;
}
