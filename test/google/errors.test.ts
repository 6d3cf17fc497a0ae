import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import type { SourceError } from "../../src/google/errors.ts";
import type { Fault } from "../emulator/faults.ts";
import { failureFrom, google } from "./setup.ts";
import type { Connection, Google } from "./setup.ts";

const SCOPES =
  "https://www.googleapis.com/auth/admin.directory.user.readonly and https://www.googleapis.com/auth/admin.directory.group.readonly";
const CLIENT = "100000000000000000042 (ssosync@ssosync-example.iam.gserviceaccount.com)";

interface Trouble {
  readonly prepare?: (here: Google) => void;
  readonly connection?: Connection;
  readonly ask?: Parameters<Google["read"]>[0];
  readonly fault?: Fault["do"];
  readonly code: SourceError["code"];
  /** `""` unless given. */
  readonly reason?: string;
  readonly status?: number;
}

async function trouble({ prepare, connection = {}, ask = {}, fault }: Trouble): Promise<SourceError> {
  const here = await google("vendor");
  prepare?.(here);
  if (fault !== undefined) here.fault({ when: { operation: "users.list" }, times: 99, do: fault });
  return failureFrom(here.connect({ retries: 1, ...connection }).read({ groupMatch: [], ...ask }));
}

function check(error: SourceError, { code, reason = "", status }: Trouble): void {
  expect({ code: error.code, reason: error.reason, status: error.status }).toEqual({ code, reason, status });
  expect(error.todo).not.toBe("");
}

const token =
  (error: string, description: string, status = 400) =>
  (here: Google) =>
    here.fault({
      when: { service: "token" },
      times: 9,
      do: { status, body: { error, error_description: description } },
    });

describe("no access token", () => {
  const cases: Readonly<Record<string, Trouble>> = {
    "the delegation lacks a scope": {
      prepare: ({ company }) => void company.policy.delegatedScopes.shift(),
      code: "undelegated",
      reason: "unauthorized_client",
      status: 401,
    },
    "the administrator is unknown": {
      connection: { admin: "nobody@example.com" },
      code: "no-admin",
      reason: "invalid_grant",
      status: 400,
    },
    "the administrator is suspended": {
      prepare: ({ company }) => company.suspend("admin@example.com"),
      code: "no-admin",
      reason: "invalid_grant",
      status: 400,
    },
    "the administrator was deleted": {
      prepare: ({ company }) => company.deleteUser("admin@example.com"),
      code: "no-admin",
      reason: "invalid_grant",
      status: 400,
    },
    "the administrator is no address": {
      connection: { admin: "admin" },
      code: "bad-admin",
      reason: "invalid_request",
      status: 400,
    },
    "the service account was deleted": {
      prepare: ({ company }) => void (company.policy.serviceAccount = "deleted"),
      code: "no-service-account",
      reason: "invalid_grant",
      status: 400,
    },
    "the issuer is another": {
      connection: { clientEmail: "other@ssosync-example.iam.gserviceaccount.com" },
      code: "no-service-account",
      reason: "invalid_grant",
      status: 400,
    },
    "the key was revoked": {
      prepare: ({ company }) => void (company.policy.keyRevoked = true),
      code: "bad-signature",
      reason: "invalid_grant",
      status: 400,
    },
    "the clock is wrong": {
      prepare: ({ company }) => void (company.policy.clockSkewSeconds = 7_200),
      code: "clock",
      reason: "invalid_grant",
      status: 400,
    },
    "the audience is another": {
      prepare: token("invalid_grant", "Invalid JWT: Failed audience check."),
      code: "audience",
      reason: "invalid_grant",
      status: 400,
    },
    "a scope is unknown": {
      prepare: token("invalid_scope", "Invalid OAuth scope or ID token audience provided."),
      code: "scopes",
      reason: "invalid_scope",
      status: 400,
    },
    "a policy forbids it": {
      prepare: ({ company }) => void (company.policy.accessDenied = "Account restricted"),
      code: "policy",
      reason: "access_denied",
      status: 403,
    },
    "the refusal is unheard of": {
      prepare: token("invalid_client", "The OAuth client was disabled."),
      code: "no-token",
      reason: "invalid_client",
      status: 400,
    },
    "the endpoint has trouble that lasts": {
      prepare: token("internal_failure", "Backend Error", 503),
      code: "google-trouble",
      reason: "internal_failure",
      status: 503,
    },
    "the key is no key": {
      connection: { privateKey: "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n" },
      code: "key",
    },
    "the key is empty": {
      connection: { privateKey: "" },
      code: "key",
    },
  };

  test.each(Object.entries(cases))("%s", async (_, one) => check(await trouble(one), one));
});

describe("the API refuses", () => {
  const api = (status: number, reason: string, message: string): Fault["do"] => ({
    status,
    body: { error: { code: status, message, errors: [{ message, domain: "global", reason }] } },
  });

  const cases: Readonly<Record<string, Trouble>> = {
    "who is no administrator": {
      prepare: ({ company }) => void (company.admin.isAdmin = false),
      code: "forbidden",
      reason: "forbidden",
      status: 403,
    },
    "a token without the scope": {
      fault: api(403, "insufficientPermissions", "Request had insufficient authentication scopes."),
      code: "scope-missing",
      reason: "insufficientPermissions",
      status: 403,
    },
    "while it is switched off": {
      prepare: ({ company }) => void (company.policy.apiEnabled = false),
      code: "api-off",
      reason: "accessNotConfigured",
      status: 403,
    },
    "for the whole company": {
      prepare: ({ company }) => void (company.policy.domainApis = false),
      code: "apis-off",
      reason: "domainCannotUseApis",
      status: 403,
    },
    "a query it can't read": {
      ask: { userMatch: ["bogus=1"] },
      code: "query",
      reason: "invalid",
      status: 400,
    },
    "a query about groups": {
      ask: { groupMatch: ["name:a*"] },
      code: "query",
      reason: "invalid",
      status: 400,
    },
    "an organizational unit that is none": {
      ask: { userMatch: ["orgUnitPath=/Nowhere/"] },
      code: "org-unit",
      reason: "invalid",
      status: 400,
    },
    "a customer it does not know": {
      ask: { customerId: "C0nobody" },
      code: "customer",
      reason: "invalid",
      status: 400,
    },
    "because who asks is no administrator of the account": {
      fault: api(400, "failedPrecondition", "Precondition check failed."),
      code: "no-administrator",
      reason: "failedPrecondition",
      status: 400,
    },
    "its own customer, as it is called for whoever asks": {
      fault: api(400, "invalid", "Invalid Input"),
      code: "no-administrator",
      reason: "invalid",
      status: 400,
    },
    "a domain in the customer's place": {
      ask: { customerId: "example.com" },
      code: "listing",
      reason: "badRequest",
      status: 400,
    },
    "for speed until patience ends": {
      fault: api(403, "quotaExceeded", "Request rate higher than configured."),
      code: "throttled",
      reason: "quotaExceeded",
      status: 403,
    },
    "for speed in plain text": {
      fault: { status: 403, body: "Quota exceeded for the current request" },
      code: "throttled",
      status: 403,
    },
    "with a page of HTML": {
      fault: { status: 502 },
      code: "google-trouble",
      status: 502,
    },
    "with trouble of its own as a 400": {
      fault: api(400, "invalid", "A system error has occurred"),
      code: "google-trouble",
      reason: "invalid",
      status: 400,
    },
    "with nothing at all": {
      fault: { status: 503, body: "" },
      code: "google-trouble",
      status: 503,
    },
    "with a status of its own": {
      fault: api(412, "conditionNotMet", "No."),
      code: "unexpected",
      reason: "conditionNotMet",
      status: 412,
    },
  };

  test.each(Object.entries(cases))("%s", async (_, one) => check(await trouble(one), one));
});

describe("no answer", () => {
  const unreached = (one: Omit<Trouble, "code">) => trouble({ ...one, code: "unreached" });

  test("nobody listens", async () => {
    const error = await unreached({ connection: { rootUrl: "http://127.0.0.1:9/" } });
    expect(error).toMatchObject({ code: "unreached", reason: "ECONNREFUSED", status: undefined });
  });

  test("the host has no address", async () => {
    const error = await unreached({ connection: { rootUrl: "http://google.invalid/" } });
    expect(error.code).toBe("unreached");
    expect(error.reason).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/u);
  });

  test("the connection breaks again and again", async () => {
    const error = await unreached({ fault: "drop-before" });
    expect(error.code).toBe("unreached");
    expect(error.reason).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/u);
  });

  test("it takes too long", async () => {
    const error = await unreached({ fault: { delay: 1_000 }, connection: { longestMs: 100 } });
    expect(error).toMatchObject({ code: "unreached", reason: "ETIMEDOUT" });
  });

  test("what listens speaks no TLS", async () => {
    const server = createServer((_, response) => void response.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const rootUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect((await unreached({ connection: { rootUrl } })).code).toBe("unreached");
  });
});

describe("a person reads", () => {
  test("who lacks which scope, and where to add it", async () => {
    const error = await trouble({
      code: "undelegated",
      prepare: ({ company }) => void company.policy.delegatedScopes.shift(),
    });
    expect(error.message).toBe(
      `Google did not let client ${CLIENT} act as admin@example.com, because it is not authorized for all of the scopes ${SCOPES}; add ${SCOPES} to the service account's numeric client ID (not its email address) in the Admin console under Security › Access and data control › API controls › Domain-wide delegation; this can take up to 24 hours to take effect.`,
    );
  });

  test("which query names what, and how to write it", async () => {
    const error = await trouble({ code: "org-unit", ask: { userMatch: ["orgUnitPath=/Nowhere/"] } });
    expect(error.message).toBe(
      'The query "orgUnitPath=/Nowhere/" of USER_MATCH names an organizational unit that does not exist (Invalid Input: INVALID_OU_ID); write its whole path as the Admin console shows it, without a final slash.',
    );
  });

  test("where to switch the API on", async () => {
    const error = await trouble({
      code: "api-off",
      prepare: ({ company }) => void (company.policy.apiEnabled = false),
    });
    expect(error.todo).toContain("library/admin.googleapis.com?project=101010101010");
  });

  test("how often Google was asked, and what it said", async () => {
    const error = await trouble({ code: "google-trouble", fault: { status: 503, body: "" } });
    expect(error.why).toMatch(/still answered 503 \(status 503\) after 2 attempts while listing the users$/u);
  });

  test("why nothing was reached", async () => {
    const error = await trouble({ code: "unreached", connection: { rootUrl: "http://127.0.0.1:9/" } });
    expect(error.message).toBe(
      "Google (127.0.0.1:9) could not be reached after 2 attempts while listing the users: nothing listens there (ECONNREFUSED); check the address.",
    );
  });
});

describe("secrets", () => {
  /** Everything of an error that any logger could ever print. */
  const all = (error: SourceError): string =>
    inspect(error, { depth: 20, showHidden: true, maxStringLength: null }) + JSON.stringify(error);

  function expectNoSecrets(here: Google, error: SourceError): void {
    const text = all(error);
    const assertions = here.requests
      .filter(({ operation }) => operation === "token")
      .map(({ body }) => (body as { readonly assertion: string }).assertion);
    for (const secret of [
      ...here.tokens(),
      ...assertions,
      ...here.key.private_key.split("\n").slice(1, -2),
    ]) {
      if (secret !== undefined) expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/ya29\.|Bearer ya|eyJ/u);
  }

  test("an API's answer that echoes the token and the headers shows neither", async () => {
    const here = await google("vendor");
    here.fault({
      when: { operation: "users.list" },
      do: (request) => {
        const message = `bad request, headers ${JSON.stringify(request.headers)}`;
        return {
          status: 412,
          body: { error: { message, errors: [{ reason: request.headers["authorization"] }] } },
        };
      },
    });
    const error = await failureFrom(here.read());
    expect(here.tokens().filter((one) => one !== undefined)).toHaveLength(1);
    expect(error.message).toContain("bad request, headers");
    expectNoSecrets(here, error);
  });

  test("a page in place of a listing that echoes the token does not show it", async () => {
    const here = await google("vendor");
    here.fault({
      when: { operation: "users.list" },
      do: ({ headers }) => ({ status: 200, body: `you sent ${headers["authorization"] ?? ""}` }),
    });
    const error = await failureFrom(here.read());
    expect(error.message).toContain("you sent Bearer [");
    expectNoSecrets(here, error);
  });

  test("a token endpoint's answer that echoes the assertion does not show it", async () => {
    const here = await google("vendor");
    here.fault({
      when: { service: "token" },
      do: ({ body }) => ({
        status: 400,
        body: { error: "invalid_grant", error_description: JSON.stringify(body) },
      }),
    });
    const error = await failureFrom(here.read());
    expect(error.reason).toBe("invalid_grant");
    expectNoSecrets(here, error);
  });

  test("broken connections, refusals and unreadable rows show none", async () => {
    const here = await google("vendor");
    const faults: readonly Fault["do"][] = [
      "drop-before",
      "truncate",
      { status: 401 },
      { status: 403 },
      { status: 500 },
    ];
    for (const action of faults) {
      const fault = here.fault({ when: { operation: "users.list" }, times: 9, do: action });
      expectNoSecrets(here, await failureFrom(here.connect({ retries: 1 }).read()));
      fault.remove();
    }
  });

  test("a key that can't be read is not shown", async () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const broken = privateKey.replace("-----END PRIVATE KEY-----", "");
    const here = await google("vendor");
    const error = await failureFrom(here.connect({ privateKey: broken }).read());
    expect(error.code).toBe("key");
    for (const line of broken.split("\n").slice(1, 5)) expect(all(error)).not.toContain(line);
  });

  test("a failure keeps its cause, with Google's own words", async () => {
    const here = await google("vendor");
    here.company.policy.domainApis = false;
    const error = await failureFrom(here.read());
    expect((error.cause as Error).message).toMatch(
      /^127\.0\.0\.1:\d+: 403 domainCannotUseApis Domain cannot use apis$/u,
    );
  });
});
