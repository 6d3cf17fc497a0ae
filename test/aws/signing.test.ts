/** Whom AWS takes the program for, from wherever the SDK finds it. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SSOAdminClient } from "@aws-sdk/client-sso-admin";
import { expect, onTestFinished, test, vi } from "vitest";
import { TargetError } from "../../src/aws/errors.ts";
import { clientSettings } from "../../src/aws/sdk.ts";
import { signingOf } from "../../src/aws/signing.ts";
import { company, program, settings } from "../cli/stage.ts";
import { way } from "../emulator/ways.ts";
import { here } from "./stage.ts";

const NOBODY = {
  ...{ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_SESSION_TOKEN: "", AWS_PROFILE: "" },
  ...{ AWS_REGION: "", AWS_CONFIG_FILE: "/nowhere", AWS_SHARED_CREDENTIALS_FILE: "/nowhere" },
  AWS_EC2_METADATA_DISABLED: "true",
};

function signing(environment: Record<string, string>, region?: string) {
  for (const [name, value] of Object.entries({ ...NOBODY, ...environment })) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return signingOf(new SSOAdminClient(clientSettings({ network: here(), region })))();
}

test("the environment says it in Lambda", async () => {
  const keys = { AWS_ACCESS_KEY_ID: "ASIA1", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };
  expect(await signing(keys, "eu-west-1")).toEqual({
    region: "eu-west-1",
    accessKeyId: "ASIA1",
    secretAccessKey: "s",
    sessionToken: "t",
  });
});

test("nobody is an error that says what to do, and so is no Region", async () => {
  const none = await signing({}, "eu-west-1").catch((error: unknown) => error);
  expect(none).toBeInstanceOf(TargetError);
  expect(String(none)).toContain("There are no AWS credentials");
  const nowhere = await signing({ AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "s" }).catch(
    (error: unknown) => error,
  );
  expect(nowhere).toBeInstanceOf(TargetError);
  expect(String(nowhere)).toContain("set AWS_REGION");
});

test("on a terminal, a profile says it, and the federation file is a file", { tags: "long" }, async () => {
  const emulator = await company();
  const home = mkdtempSync(join(tmpdir(), "home-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const { accessKeyId, secretAccessKey, sessionToken } = emulator.caller;
  const profile = [
    "[me]",
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    `aws_session_token = ${sessionToken}`,
  ];
  mkdirSync(join(home, ".aws"));
  writeFileSync(join(home, ".aws", "credentials"), profile.join("\n"));
  const file = join(home, "federation.json");
  const environment = way(emulator, "a role of its own and no key");
  writeFileSync(file, environment["GOOGLE_CREDENTIALS"] ?? "");
  const keys = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_SESSION_TOKEN: "", HOME: home };
  const ended = await program(
    ["plan", "--profile", "me"],
    settings(emulator, { ...environment, ...keys, GOOGLE_CREDENTIALS: file }),
  );
  expect({ code: ended.code, err: ended.err.replace(/^(Reading|Google) .*\n/gm, "") }).toEqual({
    code: 2,
    err: "",
  });
  expect(emulator.count({ operation: "exchange" })).toBe(1);
});
