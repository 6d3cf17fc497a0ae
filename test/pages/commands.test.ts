/** What commands of the pages leave behind, and what they send. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseRequest } from "../../src/request.ts";
import { blocks, PAGES, ROOT } from "./pages.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const SHELLS = ["bash", "zsh"].filter((shell) => spawnSync(shell, ["--version"]).status === 0);

const block = (page: string, start: string): string =>
  blocks(page).find(({ code }) => code.startsWith(start))?.code ?? "";

/** What a page has its reader write beside the code, and the key that Google gives them. */
const written = (page: string): readonly string[] => [
  "key.json",
  ...[...read(page).matchAll(/(?:--html|--out|>|\.\/|file:\/\/)\s*(\w[\w.-]*\.(?:html|csv|json))\b/g)].map(
    ([, file = ""]) => file,
  ),
];

const NAMES_NOBODY = ["policy.json"];

it("what the pages have somebody write, which names people or holds a key, is not committed, checked or rewritten", () => {
  const files = [...new Set(PAGES.flatMap(written))].filter((file) => !NAMES_NOBODY.includes(file));
  expect(files).toEqual(expect.arrayContaining(["key.json", "plan.html", "plan.json"]));
  // What formats and what lints reads .gitignore as well.
  for (const file of files)
    expect({
      file,
      ignored: spawnSync("git", ["check-ignore", "-q", file], { cwd: ROOT }).status === 0,
    }).toEqual({
      file,
      ignored: true,
    });
});

it.each(PAGES)("%s sends only payloads that there are", (page) => {
  for (const [, payload = ""] of read(page).matchAll(/'(\{"action".*?\})'/g))
    expect(() => parseRequest(JSON.parse(payload))).not.toThrow();
});

it.each(SHELLS)(
  "the values of the older tool's secrets arrive whole in the new ones, pasted into %s",
  (shell) => {
    const folder = mkdtempSync(join(tmpdir(), "secrets-"));
    const values = {
      GoogleCredentials: `{"private_key":"-----BEGIN\\n# 'x' $HOME \\"y\\""}`,
      GoogleAdminEmail: "sync@example.com",
      SCIMEndpointUrl: "https://scim.eu-west-1.amazonaws.com/t/scim/v2",
      SCIMAccessToken: "a:b+c/d==",
    };
    for (const [name, value] of Object.entries(values)) writeFileSync(join(folder, `SSOSync${name}`), value);
    const copying = block("lambroll/moving.md", "copy()");
    // The AWS CLI's two commands, as far as they are used; text ends with a line break, which it adds itself.
    const aws = `aws() { if [ "$2" = get-secret-value ]; then cat "${folder}/$4"; echo; else cat > "${folder}/$4"; fi; }`;
    const { status, stderr } = spawnSync(shell, ["-c", `${aws}\n${copying}`], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const [name, value] of Object.entries(values))
      expect(readFileSync(join(folder, `ssosync-${name}`), "utf8").trim()).toBe(value);
  },
);

/** The older tool's stack, as far as its secrets are concerned. */
const OLDER = {
  Resources: {
    SSOSyncFunction: { Type: "AWS::Lambda::Function", Properties: { Timeout: 300 } },
    SecretSCIMAccessToken: {
      Type: "AWS::SecretsManager::Secret",
      Properties: { Name: "SSOSyncSCIMAccessToken" },
    },
    KeyForSecrets: { Type: "AWS::KMS::Key", Properties: {} },
    KeyAlias: { Type: "AWS::KMS::Alias", Condition: "CreateKey" },
  },
};

it.each(SHELLS)(
  "the older stack lets go of its secrets and their key, and of nothing else, pasted into %s",
  (shell) => {
    const folder = mkdtempSync(join(tmpdir(), "older-"));
    writeFileSync(join(folder, "template"), JSON.stringify(OLDER));
    writeFileSync(
      join(folder, "parameters"),
      JSON.stringify([{ ParameterKey: "LogLevel", ParameterValue: "warn" }]),
    );
    const letting = block("lambroll/moving.md", "stack=");
    const aws = `aws() { case "$2" in get-template) cat template;; describe-stacks) cat parameters;; *) echo "$@" >> called;; esac; }; mktemp() { echo .; }`;
    const { status, stderr } = spawnSync(shell, ["-c", `${aws}\n${letting}`], {
      cwd: folder,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const made = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));
    // Indented, the newest one is close to the 51,200 bytes that CloudFormation takes.
    expect(readFileSync(join(folder, "template.json"), "utf8").trimEnd()).not.toContain("\n");
    const { SSOSyncFunction, ...kept } = OLDER.Resources;
    expect(made("template.json")).toEqual({
      Resources: {
        SSOSyncFunction,
        ...Object.fromEntries(
          Object.entries(kept).map(([name, one]) => [name, { ...one, DeletionPolicy: "Retain" }]),
        ),
        Kept: { Type: "AWS::CloudFormation::WaitConditionHandle" },
      },
    });
    expect(made("parameters.json")).toEqual([{ ParameterKey: "LogLevel", UsePreviousValue: true }]);
    expect(readFileSync(join(folder, "called"), "utf8")).toMatch(
      /^cloudformation update-stack .* file:\/\/\.\/template\.json .*\n.*wait/,
    );
  },
);
