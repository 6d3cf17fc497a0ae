/** Without a key: the AWS role becomes the service account, which acts as an administrator or as itself. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { SourceError } from "../../src/google/errors.ts";
import type { Fault } from "../emulator/faults.ts";
import { failureFrom, google } from "./setup.ts";
import type { Connection, Google } from "./setup.ts";

const ITSELF = { admin: null } as const;
const OWN_ROLE = { users: true, groups: true };
const own = { customerId: "C03az79cb", groupMatch: [] } as const;

const hops = ({ requests }: Google): readonly string[] =>
  requests.filter(({ service }) => service !== "google").map(({ operation }) => operation);

describe("the way to a token", () => {
  test("as an administrator: the exchange, a signature, the token endpoint", async () => {
    const here = await google("vendor");
    const { users } = await here.connect(here.federation()).read({ groupMatch: [] });
    expect(users).toHaveLength(1);
    expect(hops(here)).toEqual(["exchange", "signJwt", "token"]);
  });

  test("as itself: the exchange, and an access token", async () => {
    const here = await google("vendor");
    here.company.policy.ownRole = OWN_ROLE;
    const { users } = await here.connect({ ...here.federation(), ...ITSELF }).read(own);
    expect(users).toHaveLength(1);
    expect(hops(here)).toEqual(["exchange", "generateAccessToken"]);
  });

  test("with a key and as itself, the assertion names nobody to act as", async () => {
    const here = await google("vendor");
    here.company.policy.ownRole = OWN_ROLE;
    await here.connect(ITSELF).read(own);
    const { assertion = "" } = (here.requests.find(({ operation }) => operation === "token")?.body ?? {}) as {
      readonly assertion?: string;
    };
    const claims: unknown = JSON.parse(Buffer.from(assertion.split(".")[1] ?? "", "base64url").toString());
    expect(claims).not.toHaveProperty("sub");
  });

  test("is gone once for all requests that wait for a token", async () => {
    const here = await google();
    for (let n = 1; n <= 10; n++) here.company.addGroup({ email: `g${n}@example.com` });
    const { read } = here.connect(here.federation());
    await Promise.all([read(), read(), read()]);
    expect(hops(here)).toEqual(["exchange", "signJwt", "token"]);
  });

  test("is gone again when Google refuses the token, for all who were refused together", async () => {
    const here = await google();
    for (let n = 1; n <= 10; n++) here.company.addGroup({ email: `g${n}@example.com` });
    const { read } = here.connect(here.federation());
    await read();
    here.revokeTokens();
    expect((await read()).groups).toHaveLength(10);
    expect(here.count("exchange")).toBe(2);
  });

  test(
    "is gone again five minutes before the token ends, so that no request is refused",
    { tags: "long" },
    async () => {
      const here = await google("vendor");
      here.company.policy.tokenSeconds = 301;
      const { read } = here.connect(here.federation());
      await read({ groupMatch: [] });
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await read({ groupMatch: [] });
      expect(here.count("exchange")).toBe(2);
      expect(here.requests.map(({ status }) => status)).not.toContain(401);
    },
  );

  test.each(["exchange", "signJwt", "token"])("has patience with trouble at %s", async (operation) => {
    const here = await google("vendor");
    here.fault({ when: { operation }, do: { status: 503 } });
    here.fault({ when: { operation }, do: "drop-before" });
    await here.connect(here.federation()).read({ groupMatch: [] });
    expect(here.count(operation)).toBe(3);
  });

  test.each(["exchange", "signJwt", "token"])("has a time limit at %s", async (operation) => {
    const here = await google("vendor");
    here.fault({ when: { operation }, do: { delay: 2_000 } });
    await here.connect({ ...here.federation(), longestMs: 200 }).read({ groupMatch: [] });
    expect(here.count(operation)).toBe(2);
  });

  test("that is closed in the middle of a run ends it with the reason, and nothing is asked again and again", async () => {
    const here = await google("vendor");
    const { read } = here.connect(here.federation());
    await read({ groupMatch: [] });
    here.revokeTokens();
    here.caller.role = "another";
    const error = await failureFrom(read({ groupMatch: [] }));
    expect(error).toMatchObject({ code: "condition", step: "exchange" });
    expect(here.count("exchange")).toBe(2);
  });

  test("ends with the signal", async () => {
    const here = await google("vendor");
    here.fault({ when: { operation: "exchange" }, do: { delay: 5_000 } });
    const signal = AbortSignal.timeout(200);
    const reading = here.connect({ ...here.federation(), signal }).read({ groupMatch: [] });
    await expect(reading).rejects.toMatchObject({ name: "TimeoutError" });
    expect(here.count("exchange")).toBe(1);
  });

  test("follows no redirect, so that the AWS identity goes nowhere else", async () => {
    const here = await google();
    const elsewhere = await google();
    const headers = { location: `${elsewhere.url}/v1/token` };
    here.fault({ when: { operation: "exchange" }, do: { status: 307, headers, body: "moved" } });
    await failureFrom(here.connect(here.federation()).read());
    expect(elsewhere.requests).toEqual([]);
  });
});

describe("a nested group that the role of the service account does not reach", () => {
  const nested = async (group: { readonly email: string; readonly foreign?: boolean }) => {
    const here = await google("vendor");
    here.company.addGroup({ email: "outer@example.com" });
    here.company.addGroup(group);
    here.company.addMember("outer@example.com", group.email);
    here.company.policy.ownRole = { ...OWN_ROLE, butGroups: [group.email] };
    const source = await here
      .connect({ ...here.federation(), ...ITSELF })
      .read({ customerId: own.customerId });
    return { ...source, id: here.id(group.email) };
  };

  test("is unread, so that nobody in it loses anything", async () => {
    const { unread, outside, id } = await nested({ email: "inner@example.com" });
    expect(unread.get(id)).toMatchObject({ kind: "group", email: "inner@example.com" });
    expect(outside.size).toBe(0);
  });

  test("is another account's if its address is", async () => {
    const { unread, outside, id } = await nested({ email: "inner@elsewhere.example", foreign: true });
    expect([...outside]).toEqual([id]);
    expect(unread.size).toBe(0);
  });
});

interface Refused {
  readonly prepare: (here: Google) => void;
  readonly connection?: Connection & { readonly audience?: string };
  readonly code: SourceError["code"];
  readonly step: SourceError["step"];
  readonly status: number;
  readonly says: string;
}

const answered = (operation: string, answer: Fault["do"]) => (here: Google) =>
  here.fault({ when: { operation }, times: 9, do: answer });

const refusals: Readonly<Record<string, Refused>> = {
  "the AWS identity makes a name of more than 127 bytes": {
    prepare: ({ company, caller }) => {
      company.federation.subject = "arn";
      caller.session = "a-function-with-a-long-name".repeat(2);
      caller.role = company.federation.onlyRole = "a-role-with-a-long-name".repeat(2);
    },
    code: "long-subject",
    step: "exchange",
    status: 400,
    says: "map google.subject to assertion.arn.extract('assumed-role/{role}/')",
  },
  "the pool or the provider is disabled or deleted": {
    prepare: ({ company }) => void (company.federation.enabled = false),
    code: "unknown-pool",
    step: "exchange",
    status: 400,
    says: "check that both exist and are enabled",
  },
  "the audience names the project by its ID": {
    prepare: () => {},
    connection: {
      audience:
        "//iam.googleapis.com/projects/my-project/locations/global/workloadIdentityPools/a/providers/b",
    },
    code: "unknown-pool",
    step: "exchange",
    status: 400,
    says: "the number of the project",
  },
  "the audience has https in front": {
    prepare: () => {},
    connection: {
      audience: "https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/providers/b",
    },
    code: "unknown-pool",
    step: "exchange",
    status: 400,
    says: "begins with //iam.googleapis.com/projects/",
  },
  "the attribute condition does not let the role in": {
    prepare: ({ caller }) => void (caller.role = "another"),
    code: "condition",
    step: "exchange",
    status: 400,
    says: "The given credential is rejected by the attribute condition.",
  },
  "and says so with another status": {
    prepare: ({ company, caller }) => {
      caller.role = "another";
      company.federation.conditionStatus = 401;
    },
    code: "condition",
    step: "exchange",
    status: 401,
    says: "compare its attribute condition with that AWS account and that role",
  },
  "the provider is for another account": {
    prepare: ({ company }) => void (company.federation.accountId = "210987654321"),
    code: "aws-identity",
    step: "exchange",
    status: 400,
    says: "names the account of that role",
  },
  "the Security Token Service API is switched off": {
    prepare: ({ company }) => void company.federation.off.add("sts.googleapis.com"),
    code: "exchange-off",
    step: "exchange",
    status: 403,
    says: "library/sts.googleapis.com?project=123456789012",
  },
  "the exchange is refused in a way unheard of": {
    prepare: answered("exchange", {
      status: 400,
      body: { error: "invalid_scope", error_description: "No." },
    }),
    code: "no-exchange",
    step: "exchange",
    status: 400,
    says: "it answered 400 (invalid_scope: No.)",
  },
  "the exchange is throttled until patience ends": {
    prepare: answered("exchange", { status: 429 }),
    code: "throttled",
    step: "exchange",
    status: 429,
    says: "throttled due to rate limit: sts.googleapis.com/requests",
  },
  "the role may not sign": {
    prepare: ({ company }) => void company.federation.roles.delete("roles/iam.serviceAccountTokenCreator"),
    code: "account-right",
    step: "signJwt",
    status: 403,
    says: "roles/iam.serviceAccountTokenCreator on the service account ssosync@",
  },
  "the role may not be the service account": {
    prepare: ({ company }) => company.federation.roles.clear(),
    connection: ITSELF,
    code: "account-right",
    step: "generateAccessToken",
    status: 403,
    says: "roles/iam.workloadIdentityUser on the service account ssosync@",
  },
  "the service account is gone, which looks the same": {
    prepare: ({ company }) => void (company.policy.serviceAccount = "deleted"),
    code: "account-right",
    step: "signJwt",
    status: 403,
    says: "check that it exists",
  },
  "or does not": {
    prepare: ({ company }) => {
      company.policy.serviceAccount = "deleted";
      company.federation.unknownAccount = 404;
    },
    code: "unknown-account",
    step: "signJwt",
    status: 404,
    says: "does not know the service account ssosync@",
  },
  "the IAM Service Account Credentials API is switched off": {
    prepare: ({ company }) => void company.federation.off.add("iamcredentials.googleapis.com"),
    code: "account-api-off",
    step: "signJwt",
    status: 403,
    says: "library/iamcredentials.googleapis.com?project=123456789012",
  },
  "the federated token is refused": {
    prepare: answered("signJwt", {
      status: 401,
      body: { error: { code: 401, message: "Request had invalid credentials.", status: "UNAUTHENTICATED" } },
    }),
    code: "no-account-token",
    step: "signJwt",
    status: 401,
    says: "it answered 401 (UNAUTHENTICATED: Request had invalid credentials.)",
  },
  "the delegation lacks a scope": {
    prepare: ({ company }) => void company.policy.delegatedScopes.shift(),
    code: "undelegated",
    step: undefined,
    status: 401,
    says: "Domain-wide delegation",
  },
  "the administrator is gone": {
    prepare: ({ company }) => company.suspend("admin@example.com"),
    code: "no-admin",
    step: undefined,
    status: 400,
    says: "set GOOGLE_ADMIN to an administrator",
  },
  "the service account has no role of its own": {
    prepare: () => {},
    connection: ITSELF,
    code: "forbidden",
    step: undefined,
    status: 403,
    says: "assign the service account a role with Users › Read and Groups › Read for the whole account",
  },
};

test.each([400, 403] as const)(
  "my_customer for itself, which Google answers with %s, leads to CUSTOMER_ID",
  async (status) => {
    const here = await google("vendor");
    here.company.policy.ownRole = OWN_ROLE;
    here.company.policy.ownMyCustomer = status;
    const error = await failureFrom(here.connect(ITSELF).read({ customerId: "my_customer" }));
    expect(error.status).toBe(status);
    expect(error.todo).toContain("check CUSTOMER_ID");
  },
);

test("another customer for itself leads to where the right one is shown", async () => {
  const here = await google("vendor");
  here.company.policy.ownRole = OWN_ROLE;
  const error = await failureFrom(here.connect(ITSELF).read({ customerId: "C0nobody" }));
  expect(error).toMatchObject({ code: "customer" });
  expect(error.todo).toMatch(/^set CUSTOMER_ID to the ID shown in the Admin console/);
});

test.each(Object.entries(refusals))("refused, because %s", async (_, one) => {
  const here = await google("vendor");
  const { credentials, aws } = here.federation();
  const { audience = credentials.audience, ...connection } = one.connection ?? {};
  const way = { credentials: { ...credentials, audience }, aws, ...connection, retries: 1 };
  one.prepare(here);
  const error = await failureFrom(here.connect(way).read(own));
  expect({ code: error.code, step: error.step, status: error.status }).toEqual({
    code: one.code,
    step: one.step,
    status: one.status,
  });
  expect(error.message).toContain(one.says);
});

describe("the AWS identity", () => {
  type Change = Partial<Google["caller"] & { readonly region: string }>;

  const wrong: Readonly<Record<string, Change>> = {
    "another secret": { secretAccessKey: "another" },
    "another key": { accessKeyId: "ASIAOTHER" },
    "another session": { sessionToken: "IQoJanother" },
  };

  test.each(Object.entries(wrong))("signed with %s is nobody's", async (_, change) => {
    const here = await google();
    const aws = async () => ({ region: "eu-west-1", ...here.caller, ...change });
    const error = await failureFrom(here.connect({ ...here.federation(), aws }).read());
    expect(error).toMatchObject({ code: "aws-identity", status: 400 });
  });

  test("is asked for anew at each exchange, as it may have changed", async () => {
    const here = await google("vendor");
    let asked = 0;
    const aws = async () => ({ region: `eu-west-${++asked}`, ...here.caller });
    const { read } = here.connect({ ...here.federation(), aws });
    await read({ groupMatch: [] });
    here.revokeTokens();
    await read({ groupMatch: [] });
    expect(asked).toBe(2);
  });

  test("is for Google to check in the Region that the file names, and is signed for that one", async () => {
    const here = await google("vendor");
    const { credentials, aws } = here.federation();
    const named = {
      ...credentials,
      verificationUrl: "https://sts.us-east-2.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    };
    await here.connect({ credentials: named, aws }).read({ groupMatch: [] });
    const form = here.requests.find(({ operation }) => operation === "exchange")?.body as {
      readonly subject_token: string;
    };
    expect(decodeURIComponent(form.subject_token)).toContain('"value":"sts.us-east-2.amazonaws.com"');
  });

  test("reaches nothing that is thrown, whatever Google repeats of it", async () => {
    const here = await google();
    const { sessionToken } = here.caller;
    const words = `no ${sessionToken} and ${encodeURIComponent(sessionToken)}, ${"subject_token"}=${sessionToken}`;
    const bodies: readonly Fault["do"][] = [
      { status: 400, body: { error: "invalid_grant", error_description: words } },
      { status: 400, body: words },
      { status: 200, body: { access_token: "", expires_in: 1, words } },
      "drop-before",
    ];
    for (const answer of bodies) {
      const fault = here.fault({ when: { operation: "exchange" }, times: 9, do: answer });
      const error = await failureFrom(here.connect(here.federation()).read());
      fault.remove();
      const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
      expect(shown).not.toContain(sessionToken.slice(0, 24));
      expect(shown).not.toContain("x-amz-security-token");
    }
  });
});
