/** The real lambroll, where there is one, with this project's files, and Lambda's API in front of it. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { ROOT } from "../bundle/definition.ts";
import { sampleCompany } from "../emulator/company.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { type LambdaApi, useLambda } from "./lambda-api.ts";

const HAS_LAMBROLL = spawnSync("lambroll", ["version"]).status === 0;
const ROLE = "FUNCTION_ROLE_ARN=arn:aws:iam::111122223333:role/ssosync";
const GROUPS = "SSOSYNC_GROUP_MATCH=*";

/** As fast as the emulator answers, and without a table. */
const FAST = { SCIM_RATE: "2000", IDENTITY_STORE_RATE: "2000", GOOGLE_RATE: "2000", TALLY: "" };

async function ran(
  command: string,
  words: readonly string[],
  lambda: LambdaApi,
  more: Record<string, string> = {},
) {
  const child = spawn(command, words, {
    cwd: ROOT,
    env: {
      ...{ PATH: process.env["PATH"], HOME: process.env["HOME"], ...more },
      ...{ AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" },
      AWS_LAMBDA_ENDPOINT: lambda.url,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code: code as number, out, err };
}

function envfile(...lines: readonly string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), "lambroll-")), "sync.env");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

/** As `npm run deploy` after the build. */
const deploy = (lambda: LambdaApi, file: string, ...words: readonly string[]) =>
  ran(process.execPath, ["lambroll/deploy.ts", "--envfile", relative(ROOT, file), ...words], lambda);

const variablesOf = (lambda: LambdaApi, version: string) =>
  (
    lambda.versions.get(version)?.configuration["Environment"] as
      | { Variables: Record<string, string> }
      | undefined
  )?.Variables;

describe.skipIf(!HAS_LAMBROLL)("lambroll", () => {
  test("deploys, deploys again, is asked, approves, and goes back", async () => {
    const emulator = await useEmulator();
    sampleCompany(emulator.google, emulator.aws);
    const lambda = await useLambda();
    Object.assign(lambda.around, emulator.environment(), FAST);
    const first = envfile(ROLE, GROUPS);
    expect(await deploy(lambda, first)).toMatchObject({ code: 0 });
    expect([...lambda.aliases]).toEqual([["current", "1"]]);

    const second = envfile(ROLE, `SSOSYNC_GROUP_MATCH="name='Team #1',email:aws-*"`, "DRY_RUN=true");
    expect(await deploy(lambda, second)).toMatchObject({ code: 0 });
    expect([...lambda.aliases]).toEqual([["current", "2"]]);
    expect(variablesOf(lambda, "2")).toMatchObject({
      GROUP_MATCH: "name='Team #1',email:aws-*",
      DRY_RUN: "true",
    });
    expect(variablesOf(lambda, "1")).toMatchObject({ GROUP_MATCH: "*", DRY_RUN: "false" });

    const back = await ran("lambroll", ["rollback"], lambda, { LAMBROLL_ENVFILE: first });
    expect(back.code, back.err).toBe(0);
    expect([...lambda.aliases]).toEqual([["current", "1"]]);

    const invoke = (qualifier: string, event: object) =>
      ran("lambroll", ["invoke", "--qualifier", qualifier, "--payload", JSON.stringify(event)], lambda, {
        LAMBROLL_ENVFILE: first,
      });
    const plan = await invoke("current", { action: "plan" });
    expect(plan.code, plan.err).toBe(0);
    expect(JSON.parse(plan.out)).toMatchObject({ status: "succeeded", dryRun: true });
    expect(emulator.writes()).toEqual([]);
    expect(JSON.parse((await invoke("current", { action: "sync" })).out)).toMatchObject({
      status: "succeeded",
    });

    Object.assign(emulator.aws.user("ada.lovelace@example.com"), { active: false });
    const { approvals } = JSON.parse((await invoke("current", { action: "sync" })).out) as {
      approvals: readonly { readonly id: string }[];
    };
    const approval = { action: "sync", approve: approvals.map(({ id }) => id) };
    const everyday = await invoke("current", approval);
    expect(JSON.parse(everyday.out)).toMatchObject({
      errorMessage: expect.stringContaining('only through the alias "approve"') as string,
    });
    lambda.alias("approve", "1");
    expect(JSON.parse((await invoke("approve", approval)).out)).toMatchObject({ status: "succeeded" });
    expect(emulator.aws.user("ada.lovelace@example.com").active).toBe(true);
  });

  test("without what no deploy goes without, nothing reaches Lambda", async () => {
    const lambda = await useLambda();
    for (const lines of [[], [ROLE], [GROUPS]]) {
      const bare = await ran("lambroll", ["deploy", "--src", "dist"], lambda, {
        LAMBROLL_ENVFILE: envfile(...lines),
      });
      expect(bare.code).not.toBe(0);
      expect(bare.err).toMatch(/FUNCTION_ROLE_ARN|SSOSYNC_GROUP_MATCH/);
    }
    expect((await ran("lambroll", ["deploy", "--src", "dist"], lambda)).code).not.toBe(0);
    expect(lambda.versions.size).toBe(0);
  });

  /** Where packages are a link, as in a worktree, lambroll stops at that sooner. */
  const EMPTY = /must be a non-empty zip|read node_modules: is a directory/;

  test.each([".", "src", "test", "lambroll", "lambroll/terraform", ".config", "src/terminal"])(
    "from the folder %s nothing is deployed, and current stays",
    async (folder) => {
      const lambda = await useLambda();
      const file = envfile(ROLE, GROUPS);
      expect(await deploy(lambda, file)).toMatchObject({ code: 0 });
      const { code, err } = await ran("lambroll", ["deploy", "--src", folder], lambda, {
        LAMBROLL_ENVFILE: file,
      });
      expect({ code: code === 0, err }).toEqual({
        code: false,
        err: expect.stringMatching(EMPTY) as string,
      });
      expect([...lambda.aliases]).toEqual([["current", "1"]]);
    },
  );
});
