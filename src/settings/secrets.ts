import type { Trouble } from "../core/trouble.ts";
import { googleCredentials, isPublic } from "./google-credentials.ts";
import type { GoogleCredentials } from "./google-credentials.ts";
import { scimAddress } from "./hosts.ts";
import type { Place, Problem, SecretName } from "./table.ts";

/** Where a secret's text comes from; `setting` is the name of the setting that leads to it. */
export type SecretSource =
  | { readonly kind: "secret"; readonly id: string; readonly setting: SecretName }
  | { readonly kind: "parameter"; readonly id: string; readonly setting: SecretName }
  | { readonly kind: "literal"; readonly value: string; readonly setting: SecretName }
  | { readonly kind: "file"; readonly path: string; readonly setting: SecretName };

/** What a look-up found: `created` is when this version of the secret was made. */
export interface SecretText {
  readonly text: string;
  readonly created?: Date | undefined;
  /** Others on this machine may read it where it lies. */
  readonly shared?: true;
}

/** The secrets, checked. `scim.endpoint` has no final slash. */
export interface Secrets {
  readonly google: GoogleCredentials;
  /** The administrator to act as, in lower case; null for a service account that acts as itself. */
  readonly admin: string | null;
  readonly scim: { readonly endpoint: string; readonly token: string; readonly tokenCreated?: Date };
}

interface Kind {
  /** The secret that is read when the setting is unset: the older tool's names. */
  readonly secretId: string;
  readonly what: string;
  /** Whether such a text may stand where everybody reads it: in Lambda's environment. */
  readonly mayBeSeen: (text: string) => boolean;
}

const KINDS: Readonly<Record<SecretName, Kind>> = {
  GOOGLE_ADMIN: {
    secretId: "SSOSyncGoogleAdminEmail",
    what: "the administrator's email address",
    mayBeSeen: () => true,
  },
  GOOGLE_CREDENTIALS: {
    secretId: "SSOSyncGoogleCredentials",
    what: "the service account key (Google's JSON file)",
    mayBeSeen: isPublic,
  },
  SCIM_ENDPOINT: { secretId: "SSOSyncSCIMEndpointUrl", what: "the SCIM endpoint", mayBeSeen: () => true },
  SCIM_ACCESS_TOKEN: {
    secretId: "SSOSyncSCIMAccessToken",
    what: "the SCIM access token",
    mayBeSeen: () => false,
  },
};

const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$/;
const PARAMETER_ARN = /^arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter\/\S+$/;

/** Where a secret setting's text leads, or why it leads nowhere. */
export function secretSource(
  setting: SecretName,
  text: string | undefined,
  place: Place,
): SecretSource | Trouble {
  const kind = KINDS[setting];
  if (text === undefined) return { kind: "secret", id: kind.secretId, setting };
  if (SECRET_ARN.test(text)) return { kind: "secret", id: text, setting };
  if (PARAMETER_ARN.test(text)) return { kind: "parameter", id: text, setting };
  if (text.startsWith("arn:")) {
    return {
      why: `${setting} is an ARN, but not of a Secrets Manager secret or an SSM parameter`,
      todo: `copy the ARN from where ${kind.what} is stored`,
    };
  }
  if (place === "lambda" && !kind.mayBeSeen(text)) {
    return {
      why: `${setting} holds a value, but in Lambda ${kind.what} must not be in the environment`,
      todo: `store it in Secrets Manager as ${kind.secretId} and remove the setting, or set it to the ARN of the secret`,
    };
  }
  return setting === "GOOGLE_CREDENTIALS" && !text.startsWith("{")
    ? fileSource(text, setting)
    : { kind: "literal", value: text, setting };
}

/** A key that lost its braces must not be taken for a path: the failure to open it would print it. */
function fileSource(path: string, setting: SecretName): SecretSource | Trouble {
  if (path.length <= 400 && !/[\r\n"]|PRIVATE KEY/.test(path)) return { kind: "file", path, setting };
  return {
    why: `${setting} is neither a file's path, nor an ARN, nor a service account key`,
    todo: "set it to the path of Google's JSON file",
  };
}

/** What a person calls the place: "the secret SSOSyncSCIMAccessToken". A file's path is left out on purpose. */
export function sourceName(source: SecretSource): string {
  switch (source.kind) {
    case "secret":
      return `the secret ${source.id}`;
    case "parameter":
      return `the parameter ${source.id}`;
    case "literal":
      return `the setting ${source.setting}`;
    case "file":
      return `the file that ${source.setting} names`;
    default:
      return source satisfies never;
  }
}

type Read<T> = { readonly value: T } | { readonly problem: Trouble };

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
/** `is` completes a sentence that begins with the source. */
const unusable = (source: SecretSource, is: string, todo: string): { readonly problem: Trouble } => ({
  problem: { why: `${capital(sourceName(source))} ${is}`, todo },
});

/** What every secret's text must be, before it is read as what it is. */
function plainText(source: SecretSource, text: string): Read<string> {
  const trimmed = text.trim();
  const { what } = KINDS[source.setting];
  if (trimmed === "") return unusable(source, "is empty", `store ${what} in it`);
  if (source.setting === "GOOGLE_CREDENTIALS") return { value: trimmed };
  if (/^[{[]/.test(trimmed)) {
    return unusable(
      source,
      "holds JSON",
      `store ${what} alone, as plain text (in the console under "Plaintext")`,
    );
  }
  if (/^["']|["']$/.test(trimmed)) {
    return unusable(source, "has quotation marks around its value", `store ${what} without them`);
  }
  return { value: trimmed };
}

function readAdmin(source: SecretSource, text: string): Read<string | null> {
  if (text.toLowerCase() === "none") return { value: null };
  if (/^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+$/.test(text)) return { value: text.toLowerCase() };
  return unusable(
    source,
    "is not an email address",
    "store the address of the Google administrator to act as, or none for a service account that acts as itself",
  );
}

function readEndpoint(source: SecretSource, text: string): Read<string> {
  const address = scimAddress(text);
  return "url" in address
    ? { value: address.url }
    : unusable(source, `cannot be used as the SCIM endpoint, because ${address.because}`, address.todo);
}

/** What no token is, and what to do about it; the first that is met counts. */
const NO_TOKEN: readonly (readonly [form: RegExp, is: string, todo: string])[] = [
  [/^bearer\s/i, 'begins with "Bearer"', "store the token without that word"],
  [/\s/, "has white space in it", "store the token again, in one piece"],
  [/[^!-~]/, "has characters in it that no token has", "copy it again from IAM Identity Center"],
  [/:\/\//, "is an address, not a token", "check whether the endpoint and the token have changed places"],
];

function readToken(source: SecretSource, text: string): Read<string> {
  const [, is, todo] = NO_TOKEN.find(([form]) => form.test(text)) ?? [];
  return is === undefined || todo === undefined ? { value: text } : unusable(source, is, todo);
}

function readCredentials(source: SecretSource, text: string): Read<GoogleCredentials> {
  const read = googleCredentials(text);
  return "is" in read ? unusable(source, read.is, read.todo) : { value: read };
}

/** How each secret is read, and so what it is once it is read. */
const READERS = {
  GOOGLE_ADMIN: readAdmin,
  GOOGLE_CREDENTIALS: readCredentials,
  SCIM_ENDPOINT: readEndpoint,
  SCIM_ACCESS_TOKEN: readToken,
} satisfies Readonly<Record<SecretName, (source: SecretSource, text: string) => Read<unknown>>>;
export type SecretValue<N extends SecretName> =
  ReturnType<(typeof READERS)[N]> extends Read<infer T> ? T : never;

/** What looking the secrets up came to: a text for each source, or why there is none. */
export type Found = ReadonlyMap<SecretSource, SecretText | Trouble>;

const entryOf = (name: SecretName, found: Found) => [...found].find(([{ setting }]) => setting === name);

/** One secret by itself: its value, or why it cannot be used; `undefined` when nothing was looked up for it. */
export function readSecret<N extends SecretName>(name: N, found: Found): Read<SecretValue<N>> | undefined {
  const [source, text] = entryOf(name, found) ?? [];
  if (source === undefined || text === undefined) return undefined;
  if ("why" in text) return { problem: text };
  const plain = plainText(source, text.text);
  return "problem" in plain ? plain : (READERS[name](source, plain.value) as Read<SecretValue<N>>);
}

/**
 * `my_customer` is the account of whoever asks, and a service account that acts as itself is in none (facts B3): it must
 * name the account.
 */
export function customerTrouble(admin: string | null, customerId: string): Trouble | undefined {
  if (admin !== null || customerId !== "my_customer") return undefined;
  return {
    why: "CUSTOMER_ID is my_customer, the account of whoever asks, but with GOOGLE_ADMIN=none a service account asks for itself, and it is in no account",
    todo: "set it to the customer ID that the Admin console shows under Account › Account settings (C followed by letters or digits)",
  };
}

/** The four secrets, or everything that keeps them from being usable together with this customer. */
export function readSecrets(
  found: Found,
  customerId: string,
): {
  readonly secrets?: Secrets;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const take = <N extends SecretName>(name: N): SecretValue<N> | undefined => {
    const read = readSecret(name, found);
    if (read !== undefined && "value" in read) return read.value;
    if (read !== undefined) problems.push({ of: name, ...read.problem });
    return undefined;
  };
  const admin = take("GOOGLE_ADMIN");
  const homeless = admin === undefined ? undefined : customerTrouble(admin, customerId);
  if (homeless !== undefined) problems.push({ of: "CUSTOMER_ID", ...homeless });
  const google = take("GOOGLE_CREDENTIALS");
  const endpoint = take("SCIM_ENDPOINT");
  const token = take("SCIM_ACCESS_TOKEN");
  if (admin === undefined || google === undefined || endpoint === undefined || token === undefined)
    return { problems };
  if (homeless !== undefined) return { problems };
  const tokenCreated = tokenStored(found);
  return {
    secrets: {
      google,
      admin,
      scim: { endpoint, token, ...(tokenCreated === undefined ? {} : { tokenCreated }) },
    },
    problems,
  };
}

/** When the token was stored, where that is known. */
export function tokenStored(found: Found): Date | undefined {
  const [, token] = entryOf("SCIM_ACCESS_TOKEN", found) ?? [];
  return token === undefined || "why" in token ? undefined : token.created;
}
