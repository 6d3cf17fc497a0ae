import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { expect, onTestFinished, test, vi } from "vitest";
import { clientSettings } from "../../src/aws/sdk.ts";
import type { TargetError } from "../../src/aws/errors.ts";
import { lookUp } from "../../src/aws/secrets.ts";
import type { SecretSource } from "../../src/settings/config.ts";
import type { Emulator } from "../emulator/emulator.ts";
import type { FaultAction } from "../emulator/faults.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { everythingIn, here, secretClientsAt } from "./stage.ts";

const setting = "SCIM_ACCESS_TOKEN";
const secret = (id: string): SecretSource => ({ kind: "secret", id, setting });
const parameter = (id: string): SecretSource => ({ kind: "parameter", id, setting });

async function found(emulator: Emulator, source: SecretSource, regions?: (string | undefined)[]) {
  const all = await lookUp(secretClientsAt(emulator, regions), [source]);
  return all.get(source);
}

async function sentence(emulator: Emulator, source: SecretSource): Promise<string> {
  const answer = await found(emulator, source);
  return answer instanceof Error ? answer.message : `no error but ${JSON.stringify(answer)}`;
}

test("secrets, parameters and files are read all at once", async () => {
  const emulator = await useEmulator({});
  const createdAt = new Date("2026-03-04T05:06:07Z");
  emulator.secrets.set("text", "one", { createdAt });
  emulator.secrets.set("bytes", new TextEncoder().encode("zwei ü"));
  const folder = await mkdtemp(join(tmpdir(), "ssosync-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "key.json"), "four");
  const sources: SecretSource[] = [
    secret("text"),
    secret("bytes"),
    parameter(emulator.secrets.setParameter("/sync/token", "three")),
    { kind: "file", path: join(folder, "key.json"), setting: "GOOGLE_CREDENTIALS" },
    { kind: "literal", value: "five", setting },
    secret("missing"),
  ];
  const all = await lookUp(secretClientsAt(emulator), sources);
  expect([...all.keys()]).toEqual(sources);
  const texts = [...all.values()].map((one) => ("why" in one ? "error" : one.text));
  expect(texts).toEqual(["one", "zwei ü", "three", "four", "five", "error"]);
  expect(all.get(sources[0] as SecretSource)).toEqual({ text: "one", created: createdAt });
  expect(emulator.count({ operation: "GetSecretValue" })).toBe(3);
});

test("an ARN is read in its own Region", async () => {
  const emulator = await useEmulator();
  const regions: (string | undefined)[] = [];
  const arn = emulator.secrets.set("here", "one");
  expect(await found(emulator, secret(arn), regions)).toMatchObject({ text: "one" });
  await found(emulator, secret("here"), regions);
  await found(emulator, parameter("arn:aws:ssm:eu-west-1:123456789012:parameter/x"), regions);
  expect(regions).toEqual(["us-east-1", undefined, "eu-west-1"]);
  expect(emulator.requests.at(-1)?.headers["authorization"]).toContain("/eu-west-1/ssm/");
});

test("a missing secret is told with the command that makes it", async () => {
  const emulator = await useEmulator();
  expect(await sentence(emulator, secret("Nothing"))).toBe(
    'There is no secret Nothing (SCIM_ACCESS_TOKEN) in us-east-1; create it with "aws secretsmanager create-secret --name Nothing --secret-string file://FILE --region us-east-1", or set SCIM_ACCESS_TOKEN to the ARN of another one.',
  );
  const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:team/Nothing-AbCdEf";
  expect(await sentence(emulator, secret(arn))).toContain("--name team/Nothing --secret-string");
});

test("a denied secret is told with the action and the resource", async () => {
  const emulator = await useEmulator();
  emulator.denied.add("secretsmanager:GetSecretValue");
  expect(await sentence(emulator, secret("SSOSyncSCIMAccessToken"))).toMatch(
    /^AWS does not allow secretsmanager:GetSecretValue on the secret SSOSyncSCIMAccessToken .*; allow it on arn:aws:secretsmanager:us-east-1:<account>:secret:SSOSyncSCIMAccessToken-\* for the role/,
  );
});

const refusal = (__type: string, message: string): FaultAction => ({
  status: 400,
  body: { __type, message },
});

test.each<[string, FaultAction, RegExp]>([
  [
    "DecryptionFailure",
    refusal("DecryptionFailure", "Secrets Manager can't decrypt"),
    /allow kms:Decrypt on its KMS key/,
  ],
  [
    "a KMS denial",
    refusal("AccessDeniedException", "Access to KMS is not allowed"),
    /allow kms:Decrypt on its KMS key/,
  ],
  [
    "a secret without a value",
    refusal(
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    ),
    /has no value yet; store one with/,
  ],
  ["an expired token", refusal("ExpiredTokenException", "expired"), /have expired; run "aws sso login"/],
  [
    "another refusal",
    refusal("InvalidParameterException", "no such thing"),
    /did not return the secret SSOSync.*no such thing.*describe-secret/,
  ],
  [
    "an answer without a value",
    { status: 200, body: { Name: "x" } },
    /answered without a value for the secret SSOSync/,
  ],
])("%s is told with what to do", async (_, action, expected) => {
  const emulator = await useEmulator();
  emulator.fault({ when: { service: "secretsmanager" }, do: action });
  expect(await sentence(emulator, secret("SSOSyncSCIMAccessToken"))).toMatch(expected);
});

test("a secret scheduled for deletion is told with the command that brings it back", async () => {
  const emulator = await useEmulator();
  emulator.secrets.scheduleDeletion("SSOSyncSCIMAccessToken");
  expect(await sentence(emulator, secret("SSOSyncSCIMAccessToken"))).toMatch(
    /is scheduled for deletion; restore it with "aws secretsmanager restore-secret --secret-id SSOSyncSCIMAccessToken"\.$/,
  );
});

test("troubles with a parameter and with a file are told likewise", async () => {
  const emulator = await useEmulator();
  const arn = "arn:aws:ssm:us-east-1:123456789012:parameter/none";
  expect(await sentence(emulator, parameter(arn))).toMatch(
    /^There is no parameter arn:.*\/none \(SCIM_ACCESS_TOKEN\) in us-east-1; create it/,
  );
  emulator.denied.add("ssm:GetParameter");
  expect(await sentence(emulator, parameter(arn))).toMatch(/^AWS does not allow ssm:GetParameter on arn:/);
  const path = "/nowhere/-----BEGIN-----canary";
  const missing = await found(emulator, { kind: "file", path, setting: "GOOGLE_CREDENTIALS" });
  expect(everythingIn(missing)).not.toContain("canary");
  expect((missing as TargetError).message).toBe(
    "The file that GOOGLE_CREDENTIALS names does not exist; set GOOGLE_CREDENTIALS to the path of a file that can be read.",
  );
});

test.each([
  [
    "the key is not there",
    refusal("InvalidKeyId", "The key does not exist"),
    /^AWS cannot decrypt the parameter/,
  ],
  [
    "the key is not to be used",
    refusal("AccessDeniedException", "The ciphertext refers to a customer master key … kms:Decrypt"),
    /allow kms:Decrypt on its KMS key/,
  ],
  ["the version is not there", refusal("ParameterVersionNotFound", ""), /^There is no parameter/],
  ["it is refused otherwise", refusal("InternalServerError", "no"), /^AWS did not return the parameter/],
])("of a parameter, that %s is told with what to do", async (_, action, expected) => {
  const emulator = await useEmulator();
  const arn = emulator.secrets.setParameter("/sync/token", "three");
  emulator.fault({ when: { service: "ssm" }, times: Infinity, do: action });
  expect(await sentence(emulator, parameter(arn))).toMatch(expected);
});

test("one answer broken half way is asked for again", async () => {
  const emulator = await useEmulator();
  emulator.fault({ when: { service: "secretsmanager" }, do: "cut" });
  expect(await found(emulator, secret("SSOSyncGoogleAdminEmail"))).toMatchObject({
    text: "admin@example.com",
  });
});

test("a secret's text is in no error, however the answer is broken", { tags: "long" }, async () => {
  const emulator = await useEmulator();
  emulator.secrets.set("canary", "canary-canary-canary");
  for (const action of [
    "truncate",
    "cut",
    { status: 200, body: '{"SecretString": canary-canary-canary}' },
    { status: 200, body: "canary-canary-canary" },
  ] as const) {
    const fault = emulator.fault({
      when: { service: "secretsmanager" },
      times: Number.POSITIVE_INFINITY,
      do: action,
    });
    const answer = await found(emulator, { ...secret("canary"), id: "canary" } as SecretSource);
    fault.remove();
    expect(answer).toBeInstanceOf(Error);
    expect(everythingIn(answer)).not.toContain("canary-canary");
  }
});

test.each([undefined, "", " "])(
  "a Region given as %j is not set, which is told with what to set",
  async (region) => {
    vi.stubEnv("AWS_REGION", "");
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    onTestFinished(() => void vi.unstubAllEnvs());
    const settings = { ...clientSettings({ network: here(), region }), maxAttempts: 1 };
    const clients = {
      secretsManager: () => new SecretsManagerClient(settings),
      ssm: () => new SSMClient(settings),
    };
    const source = secret("SSOSyncSCIMAccessToken");
    const answer = (await lookUp(clients, [source])).get(source);
    expect((answer as TargetError).message).toBe(
      "SCIM_ACCESS_TOKEN is not set, and its secret SSOSyncSCIMAccessToken cannot be looked up because no AWS Region is set; set SCIM_ACCESS_TOKEN, or AWS_REGION to the Region where the secret is.",
    );
  },
);
