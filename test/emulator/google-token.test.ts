/** Refusals of the token endpoint: facts of Google, table D2 (the same status, error and description). */
import { expect, test } from "vitest";
import { askToken, assertion } from "./ask.ts";
import type { Emulator } from "./emulator.ts";
import { useEmulator } from "./use-emulator.ts";

const now = (): number => Math.floor(Date.now() / 1000);

test("a good assertion is exchanged for a bearer token of 3599 seconds", async () => {
  const emulator = await useEmulator();
  const { status, body } = await askToken(emulator, assertion(emulator, { aud: emulator.key.token_uri }));
  expect(status).toBe(200);
  expect(body).toMatchObject({ expires_in: 3599, token_type: "Bearer" });
  expect(body["access_token"]).toMatch(/^ya29\./);
});

interface Case {
  readonly when: string;
  readonly prepare?: (emulator: Emulator) => void;
  readonly claims?: () => Record<string, unknown>;
  readonly status: number;
  readonly error: string;
  readonly says: string;
}

const unauthorized = "Client is unauthorized to retrieve access tokens using this method";

const cases: readonly Case[] = [
  {
    when: "delegation is missing",
    prepare: ({ google }) => void (google.policy.delegatedScopes = []),
    status: 401,
    error: "unauthorized_client",
    says: unauthorized,
  },
  {
    when: "one of the scopes is not delegated",
    prepare: ({ google }) => void google.policy.delegatedScopes.pop(),
    status: 401,
    error: "unauthorized_client",
    says: unauthorized,
  },
  {
    when: "the impersonated user is unknown",
    claims: () => ({ sub: "nobody@example.com" }),
    status: 400,
    error: "invalid_grant",
    says: "Invalid email or User ID",
  },
  {
    when: "the impersonated user is suspended",
    prepare: ({ google }) => google.suspend("admin@example.com"),
    status: 400,
    error: "invalid_grant",
    says: "Invalid email or User ID",
  },
  {
    when: "the impersonated user is deleted",
    prepare: ({ google }) => google.deleteUser("admin@example.com"),
    status: 400,
    error: "invalid_grant",
    says: "The account has been deleted",
  },
  {
    when: "the impersonated user is not an address",
    claims: () => ({ sub: "admin" }),
    status: 400,
    error: "invalid_request",
    says: 'Invalid impersonation "sub" field',
  },
  {
    when: "the key is revoked",
    prepare: ({ google }) => void (google.policy.keyRevoked = true),
    status: 400,
    error: "invalid_grant",
    says: "Invalid JWT Signature.",
  },
  {
    when: "the service account is deleted",
    prepare: ({ google }) => void (google.policy.serviceAccount = "deleted"),
    status: 400,
    error: "invalid_grant",
    says: "Invalid grant: account not found",
  },
  {
    when: "the issuer is somebody else",
    claims: () => ({ iss: "other@example.iam.gserviceaccount.com" }),
    status: 400,
    error: "invalid_grant",
    says: "Invalid JWT: No valid verifier found for issuer",
  },
  {
    when: "the audience is not the token endpoint",
    claims: () => ({ aud: "https://example.com/token" }),
    status: 400,
    error: "invalid_grant",
    says: "Invalid JWT: Failed audience check.",
  },
  {
    when: "the clocks differ",
    prepare: ({ google }) => void (google.policy.clockSkewSeconds = 7200),
    status: 400,
    error: "invalid_grant",
    says: "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
  },
  {
    when: "the assertion comes from the future",
    prepare: ({ google }) => void (google.policy.clockSkewSeconds = -900),
    status: 400,
    error: "invalid_grant",
    says: "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
  },
  {
    when: "the assertion lives longer than an hour",
    claims: () => ({ exp: now() + 7200 }),
    status: 400,
    error: "invalid_grant",
    says: "Invalid JWT: Token must be a short-lived token (60 minutes)",
  },
  {
    when: "no scope is asked for",
    claims: () => ({ scope: "" }),
    status: 400,
    error: "invalid_scope",
    says: "Invalid OAuth scope or ID token audience provided.",
  },
  {
    when: "a policy restricts the account",
    prepare: ({ google }) => void (google.policy.accessDenied = "Account restricted"),
    status: 403,
    error: "access_denied",
    says: "Account restricted",
  },
];

test.each(cases)("no token when $when", async ({ prepare, claims, status, error, says }) => {
  const emulator = await useEmulator();
  prepare?.(emulator);
  const answer = await askToken(emulator, assertion(emulator, claims?.()));
  expect(answer.status).toBe(status);
  expect(answer.body["error"]).toBe(error);
  expect(answer.body["error_description"]).toContain(says);
});

test("no token when the signature is for another text", async () => {
  const emulator = await useEmulator();
  const [header, , signature] = assertion(emulator).split(".");
  const [, payload] = assertion(emulator, { sub: "admin@example.com", jti: "another" }).split(".");
  const answer = await askToken(emulator, [header, payload, signature].join("."));
  expect(answer.body).toEqual({ error: "invalid_grant", error_description: "Invalid JWT Signature." });
});
