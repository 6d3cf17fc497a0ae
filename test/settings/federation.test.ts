import { describe, expect, it } from "vitest";
import { configure, ConfigError } from "../../src/settings/config.ts";
import type { Environment, LookUp, Place, Secrets } from "../../src/settings/config.ts";
import { troubleSentence } from "../../src/core/trouble.ts";
import { accountAddress, exchangeAddress, verificationAddress } from "../../src/settings/hosts.ts";

const EMAIL = "ssosync@project.iam.gserviceaccount.com";
const ACCOUNT = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${EMAIL}`;
const VERIFY = "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";
const SOURCE = {
  environment_id: "aws1",
  region_url: "http://169.254.169.254/latest/meta-data/placement/availability-zone",
  url: "http://169.254.169.254/latest/meta-data/iam/security-credentials",
  regional_cred_verification_url: VERIFY,
};
/** As gcloud writes it. */
const FILE = {
  universe_domain: "googleapis.com",
  type: "external_account",
  audience:
    "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-ssosync/providers/lambda",
  subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
  token_url: "https://sts.googleapis.com/v1/token",
  service_account_impersonation_url: `${ACCOUNT}:generateAccessToken`,
  credential_source: SOURCE,
};
const GOOD: Environment = {
  GOOGLE_ADMIN: "admin@example.com",
  GOOGLE_CREDENTIALS: JSON.stringify(FILE),
  SCIM_ENDPOINT: "https://scim.eu-west-1.amazonaws.com/1111-2222/scim/v2/",
};

const token: LookUp = (sources) =>
  Promise.resolve(new Map(sources.map((source) => [source, { text: "a-token-of-scim" }])));

const secretsOf = async (environment: Environment, place: Place = "lambda"): Promise<Secrets> =>
  (await configure({ ...GOOD, ...environment }, place, token)).secrets;

async function sentences(environment: Environment, place: Place = "lambda"): Promise<readonly string[]> {
  const error: unknown = await secretsOf(environment, place).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error("there was no ConfigError", { cause: error });
  return error.problems.map((problem) => `${problem.of}: ${troubleSentence(problem)}`);
}

const changed = (change: object): Environment => ({
  GOOGLE_CREDENTIALS: JSON.stringify({ ...FILE, ...change }),
});
const source = (change: object): Environment => changed({ credential_source: { ...SOURCE, ...change } });

describe("a federation file", () => {
  it("may stand in Lambda's environment, and its metadata addresses are not followed", async () => {
    const { google } = await secretsOf({});
    expect(google).toEqual({
      kind: "federation",
      clientEmail: EMAIL,
      audience: FILE.audience,
      exchangeUrl: "https://sts.googleapis.com/v1/token",
      accountUrl: ACCOUNT,
      verificationUrl: VERIFY,
      tokenUri: "https://oauth2.googleapis.com/token",
    });
  });

  it("with a secret in it may not", async () => {
    for (const secret of [{ private_key: "canary" }, { client_secret: "canary" }]) {
      const [sentence = "", ...more] = await sentences(changed(secret));
      expect(more).toEqual([]);
      expect(sentence).toMatch(/^GOOGLE_CREDENTIALS: .* must not be in the environment/);
      expect(sentence).not.toContain("canary");
    }
  });

  const wrong: readonly (readonly [about: string, environment: Environment, says: string])[] = [
    [
      "of another cloud",
      changed({ subject_token_type: "urn:ietf:params:oauth:token-type:jwt" }),
      "no usable subject_token_type",
    ],
    ["of another kind of AWS", source({ environment_id: "aws2" }), "no usable environment_id"],
    ["without an audience", changed({ audience: "" }), "no usable audience"],
    [
      "with an audience that fits in no header",
      changed({ audience: `${FILE.audience}\r\nhost: é` }),
      "no usable audience",
    ],
    [
      "without a service account",
      changed({ service_account_impersonation_url: undefined }),
      "no usable service_account_impersonation_url",
    ],
    [
      "with an endless address",
      changed({ service_account_impersonation_url: `${ACCOUNT}${"x".repeat(256)}` }),
      "no usable service_account_impersonation_url",
    ],
    [
      "whose service account is none",
      changed({ service_account_impersonation_url: `${ACCOUNT}:signJwt` }),
      "names no service account",
    ],
    [
      "whose token is to go elsewhere",
      changed({ token_url: "https://sts.example.com/v1/token" }),
      "sts.example.com is not Google's Security Token Service",
    ],
    [
      "whose token is to go to another host of Google's",
      changed({ token_url: "https://storage.googleapis.com/v1/token" }),
      "storage.googleapis.com is not",
    ],
    [
      "whose token is to go out in the open",
      changed({ token_url: "http://sts.googleapis.com/v1/token" }),
      "not an https address",
    ],
    [
      "whose service account is elsewhere",
      changed({
        service_account_impersonation_url: `https://example.com/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`,
      }),
      "example.com is not Google's IAM Service Account Credentials",
    ],
    [
      "that has AWS asked elsewhere",
      source({
        regional_cred_verification_url: "https://example.com/?Action=GetCallerIdentity&Version=2011-06-15",
      }),
      "not GetCallerIdentity of AWS's STS",
    ],
    [
      "whose assertion is to go elsewhere",
      changed({ token_uri: "https://example.com/token" }),
      "example.com is not Google's token endpoint",
    ],
  ];

  it.each(wrong)("%s is refused", async (_, environment, says) => {
    const told = await sentences(environment);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(says);
  });
});

describe("where an AWS identity may go", () => {
  it("Google's Security Token Service, iamcredentials, and the loopback address", () => {
    expect(exchangeAddress("https://sts.googleapis.com/v1/token")).toHaveProperty("url");
    expect(accountAddress(`${ACCOUNT}:signJwt`)).toHaveProperty("url");
    for (const address of [exchangeAddress, accountAddress]) {
      expect(address("http://127.0.0.1:4747/v1/token")).toHaveProperty("url");
      for (const host of ["oauth2.googleapis.com", "sts.googleapis.com.example.org", "xsts.googleapis.com"])
        expect(address(`https://${host}/v1/token`)).toHaveProperty("because");
    }
  });

  it("AWS's STS, in any Region and partition", () => {
    const query = "?Action=GetCallerIdentity&Version=2011-06-15";
    for (const host of [
      ...["sts.{region}.amazonaws.com", "sts.eu-west-1.amazonaws.com", "sts-fips.us-east-2.amazonaws.com"],
      ...["sts.cn-north-1.amazonaws.com.cn", "sts.us-gov-west-1.amazonaws.com"],
    ])
      expect(verificationAddress(`https://${host}${query}`)).toEqual({ url: `https://${host}${query}` });
    for (const text of [
      `http://sts.eu-west-1.amazonaws.com${query}`,
      `https://sts.eu-west-1.amazonaws.com.example.org${query}`,
      `https://x.sts.eu-west-1.amazonaws.com${query}`,
      `https://sts.eu-west-1.amazonaws.com:8443${query}`,
      `https://me@sts.eu-west-1.amazonaws.com${query}`,
      `https://sts.eu-west-1.amazonaws.com${query}&x=1`,
      "https://sts.eu-west-1.amazonaws.com?Action=AssumeRole&Version=2011-06-15",
      `http://127.0.0.1:1${query}`,
    ])
      expect(verificationAddress(text), text).toHaveProperty("because");
  });
});

describe("GOOGLE_ADMIN=none", () => {
  it("means that the service account acts as itself, for the customer that is named", async () => {
    const { secrets, config } = await configure(
      { ...GOOD, GOOGLE_ADMIN: "None", CUSTOMER_ID: "C01abc234" },
      "lambda",
      token,
    );
    expect(secrets.admin).toBeNull();
    expect(config.customerId).toBe("C01abc234");
  });

  it.each([undefined, "my_customer"])(
    "with %s as the customer is an error that says where the ID is",
    async (id) => {
      const told = await sentences({ GOOGLE_ADMIN: "none", CUSTOMER_ID: id });
      expect(told).toEqual([expect.stringMatching(/^CUSTOMER_ID: .*Account › Account settings/)]);
    },
  );

  it("is told together with whatever else is wrong", async () => {
    const told = await sentences({ GOOGLE_ADMIN: "none", ...changed({ audience: "" }), DRY_RUN: "perhaps" });
    expect(told.map((one) => one.split(":")[0])).toEqual(["DRY_RUN", "CUSTOMER_ID", "GOOGLE_CREDENTIALS"]);
  });

  it("may stand in the secret of the administrator's address as well", async () => {
    const lookUp: LookUp = (sources) =>
      Promise.resolve(
        new Map(sources.map((one) => [one, { text: one.setting === "GOOGLE_ADMIN" ? "none\n" : "a-token" }])),
      );
    const environment = { ...GOOD, GOOGLE_ADMIN: undefined, CUSTOMER_ID: "C01abc234" };
    expect((await configure(environment, "lambda", lookUp)).secrets.admin).toBeNull();
  });
});
