/** Bare requests to the emulator, for its own tests: no client in between. */
import { createSign } from "node:crypto";
import type { Emulator } from "./emulator.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, `undefined` where there is none. */
  readonly body: Record<string, unknown>;
  readonly text: string;
}

async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  const json = response.headers.get("content-type")?.includes("json") === true;
  const body = (json ? JSON.parse(text) : {}) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body, text };
}

export const directoryScopes = ["user", "group", "group.member"].map(
  (part) => `https://www.googleapis.com/auth/admin.directory.${part}.readonly`,
);

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A signed assertion; `claims` replace the usual ones, `undefined` takes one out. */
export function assertion(emulator: Emulator, claims: Readonly<Record<string, unknown>> = {}): string {
  const iat = Math.floor(Date.now() / 1000);
  const usual = {
    iss: emulator.key.client_email,
    scope: directoryScopes.join(" "),
    aud: "https://oauth2.googleapis.com/token",
    iat,
    exp: iat + 3600,
    sub: "admin@example.com",
  };
  const text = `${part({ alg: "RS256" })}.${part({ ...usual, ...claims })}`;
  const signature = createSign("RSA-SHA256").update(text).sign(emulator.key.private_key, "base64url");
  return `${text}.${signature}`;
}

export async function askToken(emulator: Emulator, assertion: string): Promise<Reply> {
  const grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const body = new URLSearchParams({ grant_type, assertion });
  return reply(await fetch(`${emulator.url}/token`, { method: "POST", body }));
}

/** A `GET` below `/admin/directory/v1/`, with a fresh token for these claims. */
export async function askGoogle(
  emulator: Emulator,
  path: string,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<Reply> {
  const token = await askToken(emulator, assertion(emulator, claims));
  const authorization = `Bearer ${String(token.body["access_token"])}`;
  return reply(await fetch(`${emulator.url}/admin/directory/v1/${path}`, { headers: { authorization } }));
}

export async function askScim(
  emulator: Emulator,
  method: string,
  path: string,
  body?: unknown,
  token = [...emulator.aws.tokens][0] ?? "",
): Promise<Reply> {
  const init = {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  };
  return reply(await fetch(`${emulator.scimEndpoint}${path}`, init));
}

/** `target` as in `AWSIdentityStore.ListUsers`; the signature's form is right, its digest is not checked. */
export async function askAws(
  emulator: Emulator,
  target: string,
  input: unknown,
  signedFor = "identitystore",
): Promise<Reply> {
  const credential = `AKIAEMULATOREXAMPLE0/20261102/us-east-1/${signedFor}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=00`;
  const headers = {
    "x-amz-target": target,
    "content-type": "application/x-amz-json-1.1",
    ...(signedFor === "" ? {} : { authorization }),
  };
  return reply(await fetch(emulator.url, { method: "POST", headers, body: JSON.stringify(input) }));
}
