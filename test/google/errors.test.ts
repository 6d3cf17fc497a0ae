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
  "https://www.googleapis.com/auth/admin.directory.user.readonly, https://www.googleapis.com/auth/admin.directory.group.readonly";
const CLIENT = "100000000000000000042 (ssosync@ssosync-example.iam.gserviceaccount.com)";

interface Trouble {
  readonly prepare?: (here: Google) => void;
  readonly connection?: Connection;
  readonly ask?: Parameters<Google["read"]>[0];
  readonly fault?: Fault["do"];
  readonly says: string | RegExp;
  readonly reason: string;
  readonly status?: number;
}

async function trouble({ prepare, connection = {}, ask = {}, fault }: Trouble): Promise<SourceError> {
  const here = await google("vendor");
  prepare?.(here);
  if (fault !== undefined) here.fault({ when: { operation: "users.list" }, times: 99, do: fault });
  return failureFrom(here.connect({ retries: 1, ...connection }).read({ groupMatch: [], ...ask }));
}

function check(error: SourceError, { says, reason, status }: Trouble): void {
  if (typeof says === "string") expect(error.message).toBe(says);
  else expect(error.message).toMatch(says);
  expect({ reason: error.reason, status: error.status }).toEqual({ reason, status });
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
      says: `Google refused to act as admin@example.com: client ${CLIENT} lacks a delegation for all of the scopes ${SCOPES}; add ${SCOPES.replace(", ", " and ")} to the service account's numeric client id (not its e-mail) in the Admin console under Security › Access and data control › API controls › Domain-wide delegation, which can take up to 24 hours to work.`,
      reason: "unauthorized_client",
      status: 401,
    },
    "the administrator is unknown": {
      connection: { admin: "nobody@example.com" },
      says: "Google refused to act as nobody@example.com: there is no active account of this address (Invalid email or User ID); set GOOGLE_ADMIN to an administrator who exists and is not suspended.",
      reason: "invalid_grant",
      status: 400,
    },
    "the administrator is suspended": {
      prepare: ({ company }) => company.suspend("admin@example.com"),
      says: /^Google refused to act as admin@example\.com: there is no active account .*GOOGLE_ADMIN/u,
      reason: "invalid_grant",
      status: 400,
    },
    "the administrator was deleted": {
      prepare: ({ company }) => company.deleteUser("admin@example.com"),
      says: /no active account of this address \(The account has been deleted\)/u,
      reason: "invalid_grant",
      status: 400,
    },
    "the administrator is no address": {
      connection: { admin: "admin" },
      says: /^Google refused to act as admin \(Invalid impersonation .* set GOOGLE_ADMIN to the full e-mail address/u,
      reason: "invalid_request",
      status: 400,
    },
    "the service account was deleted": {
      prepare: ({ company }) => void (company.policy.serviceAccount = "deleted"),
      says: `Google does not know the service account ${CLIENT} (Invalid grant: account not found): it was deleted, disabled or misspelt; create or restore it and put a new JSON key into GOOGLE_CREDENTIALS.`,
      reason: "invalid_grant",
      status: 400,
    },
    "the issuer is another": {
      connection: { clientEmail: "other@ssosync-example.iam.gserviceaccount.com" },
      says: /^Google does not know the service account .*No valid verifier found/u,
      reason: "invalid_grant",
      status: 400,
    },
    "the key was revoked": {
      prepare: ({ company }) => void (company.policy.keyRevoked = true),
      says: `Google rejected the signature of ${CLIENT}: its key was revoked, deleted or expired; make a new JSON key of the service account and put it into GOOGLE_CREDENTIALS.`,
      reason: "invalid_grant",
      status: 400,
    },
    "the clock is wrong": {
      prepare: ({ company }) => void (company.policy.clockSkewSeconds = 7_200),
      says: /^Google rejected the assertion of .* for its times: the clock here \(20\d\d-.*Z\) is wrong; set it right/u,
      reason: "invalid_grant",
      status: 400,
    },
    "the audience is another": {
      prepare: token("invalid_grant", "Invalid JWT: Failed audience check."),
      says: /^The token endpoint 127\.0\.0\.1:\d+ rejected the audience .* token_uri in GOOGLE_CREDENTIALS/u,
      reason: "invalid_grant",
      status: 400,
    },
    "a scope is unknown": {
      prepare: token("invalid_scope", "Invalid OAuth scope or ID token audience provided."),
      says: /^Google rejected the scopes https:.*Domain-wide delegation\.$/u,
      reason: "invalid_scope",
      status: 400,
    },
    "a policy forbids it": {
      prepare: ({ company }) => void (company.policy.accessDenied = "Account restricted"),
      says: /^A policy of this Google Workspace keeps client 1000.* acting as admin@example\.com \(Account restricted\)/u,
      reason: "access_denied",
      status: 403,
    },
    "the refusal is unheard of": {
      prepare: token("invalid_client", "The OAuth client was disabled."),
      says: /^Google \(127.*\) gave client 1000.* no access token .*400 \(invalid_client: The OAuth client was disabled\.\)/u,
      reason: "invalid_client",
      status: 400,
    },
    "the endpoint has trouble that lasts": {
      prepare: token("internal_failure", "Backend Error", 503),
      says: /still answered 503 \(internal_failure: Backend Error\) after 2 attempts while listing the users; this is trouble on Google's side/u,
      reason: "internal_failure",
      status: 503,
    },
    "the key is no key": {
      connection: { privateKey: "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n" },
      says: `The private key of ${CLIENT} cannot be read as a PEM key; make a new JSON key of the service account and put the whole file into GOOGLE_CREDENTIALS.`,
      reason: "key",
    },
    "the key is empty": {
      connection: { privateKey: "" },
      says: /^The private key of .* cannot be read as a PEM key/u,
      reason: "key",
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
      says: "Google does not let admin@example.com read this (Not Authorized to access this resource/api) while listing the users; give the account an admin role with Users › Read and Groups › Read, or set GOOGLE_ADMIN to one that has it.",
      reason: "forbidden",
      status: 403,
    },
    "a token without the scope": {
      fault: api(403, "insufficientPermissions", "Request had insufficient authentication scopes."),
      says: `Google refused to act as admin@example.com: client ${CLIENT} lacks one of the scopes ${SCOPES}; add it under Security › Access and data control › API controls › Domain-wide delegation.`,
      reason: "insufficientPermissions",
      status: 403,
    },
    "while it is switched off": {
      prepare: ({ company }) => void (company.policy.apiEnabled = false),
      says: `The Admin SDK API is switched off in the project of ${CLIENT}; switch it on at https://console.cloud.google.com/apis/library/admin.googleapis.com?project=101010101010 and run again some minutes later.`,
      reason: "accessNotConfigured",
      status: 403,
    },
    "for the whole company": {
      prepare: ({ company }) => void (company.policy.domainApis = false),
      says: "This Google Workspace does not allow API access (domainCannotUseApis); allow it in the Admin console under Security › Access and data control › API controls.",
      reason: "domainCannotUseApis",
      status: 403,
    },
    "a query it can't read": {
      ask: { userMatch: ["bogus=1"] },
      says: /^Google refused the query "bogus=1" of USER_MATCH \(Invalid Input: query\); correct the setting, .*guides\/search-users\.$/u,
      reason: "invalid",
      status: 400,
    },
    "a query about groups": {
      ask: { groupMatch: ["name:a*"] },
      says: /^Google refused the query "name:a\*" of GROUP_MATCH \(Invalid Input: query\); .*guides\/search-groups\.$/u,
      reason: "invalid",
      status: 400,
    },
    "an organizational unit that is none": {
      ask: { userMatch: ["orgUnitPath=/Nowhere/"] },
      says: 'The query "orgUnitPath=/Nowhere/" of USER_MATCH names an organizational unit that does not exist (Invalid Input: INVALID_OU_ID); write its whole path as the Admin console shows it, without a final slash.',
      reason: "invalid",
      status: 400,
    },
    "a customer it does not know": {
      ask: { customerId: "C0nobody" },
      says: "Google knows no customer C0nobody (Invalid Customer Id); set CUSTOMER_ID to my_customer, or to the id shown in the Admin console under Account › Account settings.",
      reason: "invalid",
      status: 400,
    },
    "a domain in the customer's place": {
      ask: { customerId: "example.com" },
      says: "Google refused the listing of customer example.com (Bad Request) while listing the users; check CUSTOMER_ID: my_customer, or an id such as C01abc234, but no domain.",
      reason: "badRequest",
      status: 400,
    },
    "for speed until patience ends": {
      fault: api(403, "quotaExceeded", "Request rate higher than configured."),
      says: "Google kept refusing for speed (quotaExceeded: Request rate higher than configured.) after 2 attempts while listing the users; lower GOOGLE_RATE, look for other programs that act as admin@example.com, or raise the Admin SDK quota of the service account's project.",
      reason: "quotaExceeded",
      status: 403,
    },
    "for speed in plain text": {
      fault: { status: 403, body: "Quota exceeded for the current request" },
      says: /^Google kept refusing for speed \(Quota exceeded for the current request\) after 2 attempts/u,
      reason: "",
      status: 403,
    },
    "with a page of HTML": {
      fault: { status: 502 },
      says: /^Google \(127\.0\.0\.1:\d+\) still answered 502 \(Error 502 \(Server Error\)!!1 502\. That’s an error\. The server encountered a temporary error\.\) after 2 attempts/u,
      reason: "",
      status: 502,
    },
    "with trouble of its own as a 400": {
      fault: api(400, "invalid", "A system error has occurred"),
      says: /still answered 400 \(invalid: A system error has occurred\) after 2 attempts .* trouble on Google's side/u,
      reason: "invalid",
      status: 400,
    },
    "with nothing at all": {
      fault: { status: 503, body: "" },
      says: /still answered 503 \(status 503\) after 2 attempts while listing the users; this is trouble on Google's side, see https:\/\/www\.google\.com\/appsstatus/u,
      reason: "",
      status: 503,
    },
    "with a status of its own": {
      fault: api(412, "conditionNotMet", "No."),
      says: /^Google \(127\.0\.0\.1:\d+\) answered 412 \(conditionNotMet: No\.\) while listing the users; this was not expected/u,
      reason: "conditionNotMet",
      status: 412,
    },
  };

  test.each(Object.entries(cases))("%s", async (_, one) => check(await trouble(one), one));
});

describe("no answer", () => {
  test("nobody listens", async () => {
    const error = await trouble({ connection: { rootUrl: "http://127.0.0.1:9/" }, says: "", reason: "" });
    expect(error.message).toBe(
      "Google could not be reached at 127.0.0.1:9 (ECONNREFUSED) after 2 attempts while listing the users; check the network between here and Google (VPC, NAT, DNS, proxy) and run again.",
    );
    expect(error.reason).toBe("ECONNREFUSED");
  });

  test("the host has no address", async () => {
    const error = await trouble({ connection: { rootUrl: "http://google.invalid/" }, says: "", reason: "" });
    expect(error.message).toMatch(
      /^Google could not be reached at google\.invalid \((ENOTFOUND|EAI_AGAIN)\) after 2 attempts/u,
    );
  });

  test("the connection breaks again and again", async () => {
    const error = await trouble({ fault: "drop-before", says: "", reason: "" });
    expect(error.message).toMatch(
      /^Google could not be reached at 127\.0\.0\.1:\d+ \((ECONNRESET|UND_ERR_SOCKET)\) after 2 attempts/u,
    );
  });

  test("it takes too long", async () => {
    const error = await trouble({
      fault: { delay: 1_000 },
      connection: { longestMs: 100 },
      says: "",
      reason: "",
    });
    expect(error.message).toMatch(
      /^Google could not be reached at 127\.0\.0\.1:\d+ after 2 attempts while listing the users: no answer came in 0\.1 s; check the network's way out \(a VPC needs NAT, an endpoint or a proxy\)\.$/u,
    );
    expect(error.reason).toBe("ETIMEDOUT");
  });

  test("what listens speaks no TLS", async () => {
    const server = createServer((_, response) => void response.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const rootUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const error = await trouble({ connection: { rootUrl }, says: "", reason: "" });
    expect(error.message).toMatch(
      /^The certificate of 127\.0\.0\.1:\d+ was not accepted|^Google could not be reached at 127/u,
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
    expect(error.reason).toBe("key");
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
