/** `npm run deploy`: the real script; lambroll is a stand-in that tells what it was called with. */
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { definition, ROOT } from "./bundle/definition.ts";
import { ended, start } from "./cli/stage.ts";
import { PAGES } from "./pages/pages.ts";

const ROLE = "FUNCTION_ROLE_ARN=arn:aws:iam::111122223333:role/ssosync";

interface Called {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Deploys with a sync.env of these lines. */
async function deploy(lines: readonly string[], words: readonly string[] = [], shell: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), "deploy-"));
  const file = join(folder, "sync.env");
  writeFileSync(file, lines.join("\n"));
  const tell = "console.log(JSON.stringify({ words: process.argv.slice(2), environment: process.env }))";
  writeFileSync(join(folder, "lambroll"), `#!${process.execPath}\n${tell}\n`);
  chmodSync(join(folder, "lambroll"), 0o755);
  const PATH = `${folder}${delimiter}${process.env["PATH"]}`;
  const child = start("lambroll/deploy.ts", ["--envfile", relative(ROOT, file), ...words], {
    PATH,
    ...shell,
  });
  const { code, out, err } = await ended(child);
  return { code, err, called: out === "" ? undefined : (JSON.parse(out) as Called) };
}

const deployed = async (...lines: readonly string[]) => {
  const { code, err, called } = await deploy([ROLE, ...lines]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return definition(called?.environment ?? {}).Environment.Variables;
};

test.each([
  ["email:aws-*", "email:aws-*"],
  [`"name='AWS Admins'"`, "name='AWS Admins'"],
  [`"name='Team #1' isSuspended=false"`, "name='Team #1' isSuspended=false"],
  [`"name='O\\\\'Brien',name:\\"x\\""`, `name='O\\'Brien',name:"x"`],
])("GROUP_MATCH=%s arrives in the function as it was written", async (written, arrives) => {
  expect(await deployed(`SSOSYNC_GROUP_MATCH=${written}`)).toMatchObject({ GROUP_MATCH: arrives });
});

test.each(PAGES)("what %s puts into sync.env is taken", { tags: "long" }, async (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");
  const files = [...text.matchAll(/>> sync\.env <<'END'\n([\s\S]*?)\nEND$/gm)].map(([, lines = ""]) => lines);
  const alone = [...text.matchAll(/`(SSOSYNC_\w+=[^`…]+)`|^echo '(.*)' >> sync\.env$/gm)];
  const lines = [
    ...files.flatMap((file) => file.split("\n")),
    ...alone.map(([, line, echoed]) => line ?? echoed ?? ""),
  ];
  for (const line of lines) {
    const { code, err } = await deploy([
      ROLE,
      ...(line.includes("GROUP_MATCH") ? [] : ["GROUP_MATCH=*"]),
      line,
    ]);
    expect({ line, code, err }).toEqual({ line, code: 0, err: "" });
  }
});

test("ATTRIBUTES arrives with its quotation marks", async () => {
  const line = `ATTRIBUTES="title,userType=\\"full time\\",employeeNumber=HR.number"`;
  expect(await deployed("GROUP_MATCH=*", line)).toMatchObject({
    ATTRIBUTES: 'title,userType="full time",employeeNumber=HR.number',
  });
});

test("a setting has its name with and without the prefix; a comment and an empty line are neither", async () => {
  const variables = await deployed(
    "# ours",
    "",
    "GROUP_MATCH=*",
    "export SSOSYNC_IGNORE_USERS=root@example.com",
  );
  expect(variables).toMatchObject({ GROUP_MATCH: "*", IGNORE_USERS: "root@example.com" });
});

const FILE = JSON.stringify({ type: "external_account", audience: "//iam.googleapis.com/projects/1" });

test("a federation file arrives whole, as Terraform writes its line, in place of the key's secret", async () => {
  const terraforms = JSON.stringify(FILE.replaceAll("/", "\\u002f"));
  const arn = "GOOGLE_CREDENTIALS_ARN=arn:aws:secretsmanager:eu-west-1:111122223333:secret:Key-AbCdEf";
  const { GOOGLE_CREDENTIALS = "" } = await deployed(
    "GROUP_MATCH=*",
    arn,
    `SSOSYNC_GOOGLE_FEDERATION=${terraforms}`,
  );
  expect(JSON.parse(GOOGLE_CREDENTIALS)).toEqual(JSON.parse(FILE));
});

test.each([
  ["a key", { type: "service_account", private_key: "canary" }],
  ["a file with a secret", { type: "external_account", client_secret: "canary" }],
])("%s in its place is not deployed, and not repeated", async (_, file) => {
  const line = `GOOGLE_FEDERATION=${JSON.stringify(JSON.stringify(file))}`;
  const { code, err, called } = await deploy([ROLE, "GROUP_MATCH=*", line]);
  expect({ code, called }).toEqual({ code: 1, called: undefined });
  expect(err).toContain("line 3: GOOGLE_FEDERATION is not a federation file");
  expect(err).not.toContain("canary");
});

test("nothing of this machine's settings is deployed, only what the file holds", async () => {
  const shell = { SSOSYNC_DRY_RUN: "true", SSOSYNC_GROUP_MATCH: "name:other", FUNCTION_NAME: "other" };
  const { called } = await deploy([ROLE, "GROUP_MATCH=*"], [], shell);
  const { FunctionName, Environment } = definition(called?.environment ?? {});
  expect({ FunctionName, ...Environment.Variables }).toMatchObject({
    ...{ FunctionName: "ssosync", GROUP_MATCH: "*", DRY_RUN: "false" },
  });
});

test("secrets elsewhere are given by their ARNs", async () => {
  const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:TwoSCIMAccessToken-AbCdEf";
  expect(await deployed("GROUP_MATCH=*", `SSOSYNC_SCIM_ACCESS_TOKEN_ARN=${arn}`)).toMatchObject({
    SCIM_ACCESS_TOKEN: arn,
  });
});

describe("lambroll", () => {
  test.each([
    [[], ["deploy", "--src", "dist"]],
    [
      ["--keep-versions", "10"],
      ["deploy", "--src", "dist", "--keep-versions", "10"],
    ],
    [
      ["diff", "--code"],
      ["diff", "--src", "dist", "--code"],
    ],
    [["rollback"], ["rollback"]],
  ])("is called after %j with %j, so that it is never given another folder", async (words, expected) => {
    const { called } = await deploy([ROLE, "GROUP_MATCH=*"], words);
    expect(called?.words).toEqual(expected);
  });
});

test.each([
  ["no groups", [ROLE], /GROUP_MATCH is missing/],
  ["no role", ["GROUP_MATCH=*"], /FUNCTION_ROLE_ARN is missing/],
  [
    "a misspelt name",
    [ROLE, "GROUP_MACH=name:x"],
    /line 2: GROUP_MACH is not a setting; the nearest one is GROUP_MATCH/,
  ],
  [
    "a name twice",
    [ROLE, "GROUP_MATCH=*", "SSOSYNC_GROUP_MATCH=name:x"],
    /line 3: GROUP_MATCH is there twice/,
  ],
  [
    "quotes that would be taken off",
    [ROLE, "GROUP_MATCH=name='AWS Admins'"],
    /between double quotation marks/,
  ],
  ["a comment behind a value", [ROLE, "GROUP_MATCH=name:x # ours"], /a line of its own/],
  ["a quotation mark that is not closed", [ROLE, 'GROUP_MATCH="name:x'], /between double quotation marks/],
  ["a value that the function refuses", [ROLE, "GROUP_MATCH=*", "ADOPT=all"], /ADOPT "all" cannot be used/],
  ["a secret itself", [ROLE, "GROUP_MATCH=*", "SCIM_ACCESS_TOKEN=secret"], /SCIM_ACCESS_TOKEN is a secret/],
  ["a secret in place of its ARN", [ROLE, "GROUP_MATCH=*", "SCIM_ACCESS_TOKEN_ARN=secret"], /is not an ARN/],
])("%s: nothing is deployed, and it says what to correct", async (_, lines, told) => {
  const { code, err, called } = await deploy(lines);
  expect({ code, called }).toEqual({ code: 1, called: undefined });
  expect(err).toMatch(told);
  expect(err).not.toContain("=secret");
});

test("whatever npm installs is locked with its hash, and runs nothing while it is installed", () => {
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, { integrity?: string }>;
  };
  const bare = Object.entries(lock.packages).filter(
    ([path, { integrity }]) => path !== "" && integrity === undefined,
  );
  expect(bare.map(([path]) => path)).toEqual([]);
  expect(readFileSync(join(ROOT, ".npmrc"), "utf8").split("\n")).toContain("ignore-scripts=true");
  const nodes = Object.keys(lock.packages).filter((path) =>
    /^node_modules\/node-(?:linux|darwin|win)-/.test(path),
  );
  expect(nodes).toHaveLength(4);
});
