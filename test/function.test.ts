import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { readSettings } from "../src/settings/config.ts";
import { settingNames } from "../src/settings/table.ts";
import { parseRequest, type Request } from "../src/request.ts";
import { SECRET_NAMES, settings } from "../src/settings/table.ts";
import { definition, handlerOf, NEEDED, rendered, ROOT } from "./bundle/definition.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Members of Lambda's CreateFunction, all that lambroll hands over; it only warns about any other. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  "": [
    ...["FunctionName", "Role", "Code", "Runtime", "Handler", "Description", "Timeout", "MemorySize"],
    ...["Publish", "PublishTo", "VpcConfig", "PackageType", "DeadLetterConfig", "Environment", "KMSKeyArn"],
    ...["TracingConfig", "Tags", "Layers", "FileSystemConfigs", "ImageConfig", "CodeSigningConfigArn"],
    ...["Architectures", "EphemeralStorage", "SnapStart", "LoggingConfig", "TenancyConfig"],
    ...["CapacityProviderConfig", "DurableConfig"],
  ],
  Environment: ["Variables"],
  LoggingConfig: ["LogFormat", "ApplicationLogLevel", "SystemLogLevel", "LogGroup"],
  VpcConfig: ["SubnetIds", "SecurityGroupIds", "Ipv6AllowedForDualStack"],
  DeadLetterConfig: ["TargetArn"],
  TracingConfig: ["Mode"],
  EphemeralStorage: ["Size"],
  SnapStart: ["ApplyOn"],
};

/** Members that Lambda does not have, as `Place.Name`. */
const strangers = (value: unknown, place = ""): readonly string[] => {
  const known = MEMBERS[place];
  if (typeof value !== "object" || value === null || Array.isArray(value) || known === undefined) return [];
  return Object.entries(value).flatMap(([name, inside]) =>
    known.includes(name) ? strangers(inside, name) : [`${place}.${name}`],
  );
};

describe("function.json", () => {
  it("is JSON before its templates are filled in, so that an editor can read it", () => {
    expect(() => JSON.parse(read("function.json")) as unknown).not.toThrow();
  });

  it("has no member that Lambda does not know: lambroll would leave it out and deploy", () => {
    expect(strangers(definition())).toEqual([]);
    expect(strangers({ Timeuot: 1, LoggingConfig: { Format: "JSON" } })).toEqual([
      ".Timeuot",
      "LoggingConfig.Format",
    ]);
  });

  it("names a file that the build makes, and a function in it", () => {
    const { file, name } = handlerOf(definition());
    const code = `console.log(typeof (await import(${JSON.stringify(pathToFileURL(file).href)}))["${name}"])`;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" })).toBe(
      "function\n",
    );
  });

  it("has the runtime for which the bundle is built, and on which the tests run", () => {
    const target = /target: "node(\d+)"/.exec(read("esbuild.config.mjs"))?.[1];
    expect(definition().Runtime).toBe(`nodejs${target}.x`);
    expect(process.versions.node.split(".")[0]).toBe(target);
  });

  it("stays within what Lambda allows", () => {
    const { Timeout, MemorySize, Architectures, Environment } = definition();
    expect(Timeout).toBeLessThanOrEqual(900);
    expect(MemorySize).toBeGreaterThanOrEqual(256);
    expect(Architectures).toEqual(["arm64"]);
    expect(Buffer.byteLength(JSON.stringify(Environment.Variables))).toBeLessThan(4_096);
  });

  it("lets every line through, so that audit lines and metrics come at every LOG_LEVEL", () => {
    expect(definition().LoggingConfig).toEqual({
      LogFormat: "JSON",
      ApplicationLogLevel: "TRACE",
      SystemLogLevel: "INFO",
      LogGroup: "/aws/lambda/ssosync",
    });
  });

  it("takes the role and the groups from the deployer, and is no definition without them", () => {
    expect(definition()).toMatchObject({
      Role: NEEDED.FUNCTION_ROLE_ARN,
      Environment: { Variables: { GROUP_MATCH: NEEDED.SSOSYNC_GROUP_MATCH } },
    });
    for (const name of Object.keys(NEEDED)) {
      const others = Object.fromEntries(Object.entries(NEEDED).filter(([key]) => key !== name));
      expect(() => rendered(read("function.json"), others)).toThrow(`${name} is not defined`);
    }
    expect(definition({ FUNCTION_NAME: "sync" })).toMatchObject({
      FunctionName: "sync",
      LoggingConfig: { LogGroup: "/aws/lambda/sync" },
    });
  });
});

const WITHOUT_SECRETS = settingNames.filter((name) => !SECRET_NAMES.some((secret) => secret === name));

describe("the function's environment", () => {
  const variables = definition().Environment.Variables;

  it("has every setting and nothing else; the four secrets are found by their usual names", () => {
    expect(Object.keys(variables).toSorted()).toEqual([...settingNames, "NODE_OPTIONS"].toSorted());
    for (const name of SECRET_NAMES) expect(variables[name]).toBe("");
  });

  it.each(SECRET_NAMES)("%s leads to another secret when its ARN is given", (name) => {
    const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:Other-AbCdEf";
    expect(definition({ [`SSOSYNC_${name}_ARN`]: arn }).Environment.Variables).toEqual({
      ...variables,
      [name]: arn,
    });
  });

  it("never takes a secret from the deployer's machine: anybody who may see the function could read it", () => {
    const set = Object.fromEntries(
      SECRET_NAMES.flatMap((name) => [
        [name, "canary"],
        [`SSOSYNC_${name}`, "canary"],
      ]),
    );
    expect(JSON.stringify(definition(set))).not.toContain("canary");
  });

  it("remembers in the table that Terraform makes for a function of this name", () => {
    const terraform = read("lambroll/terraform/tally.tf");
    expect(/^ {2}name += "(.+)"$/m.exec(terraform)?.[1]).toBe("${var.function_name}-tally");
    expect(variables["TALLY"]).toBe(`${definition().FunctionName}-tally`);
    expect(read("lambroll/terraform/outputs.tf")).toContain("SSOSYNC_TALLY=${aws_dynamodb_table.tally.name}");
  });

  it.each(WITHOUT_SECRETS)("%s defaults to what the program defaults to", (name) => {
    if (`SSOSYNC_${name}` in NEEDED || name === "TALLY") return;
    const { fallback } = settings[name];
    expect(variables[name]).toBe(typeof fallback === "string" ? fallback : "");
  });

  it("means the same as an environment with nothing but the table", () => {
    const { config, problems } = readSettings(variables, "lambda");
    expect(problems).toEqual([]);
    expect({ ...config, given: [] }).toEqual({
      ...readSettings({}, "lambda").config,
      tally: variables["TALLY"],
    });
  });

  it.each(WITHOUT_SECRETS)("%s is set by its long name alone, whatever characters are in it", (name) => {
    const value = `orgName="Ünit \\ 'a'"\tx`;
    const set = definition({ [`SSOSYNC_${name}`]: value }).Environment.Variables;
    expect(set).toEqual({ ...variables, [name]: value });
    expect(definition({ [name]: value }).Environment.Variables).toEqual(variables);
  });
});

// ---------------------------------------------------------------- beside it

const PAYLOADS: Readonly<Record<string, Request>> = {
  "sync.json": { action: "sync", dryRun: false, trigger: "manual" },
  "plan.json": { action: "plan", trigger: "manual" },
  "leavers.json": { action: "leavers", trigger: "manual" },
  "only.json": {
    action: "sync",
    dryRun: false,
    only: ["ada@example.com", "aws-admins@example.com"],
    trigger: "manual",
  },
  "approve.json": {
    action: "sync",
    dryRun: false,
    approve: ["0123456789abcdef0123456789abcdef"],
    trigger: "manual",
  },
  "doctor.json": { action: "doctor", trigger: "manual" },
  "explain.json": { action: "explain", subject: "ada@example.com", trigger: "manual" },
};

it("each payload in lambroll/payloads asks for what its name says", () => {
  const files = readdirSync(join(ROOT, "lambroll/payloads"));
  const asked = files.map((file) => [
    file,
    parseRequest(JSON.parse(read(`lambroll/payloads/${file}`)) as unknown),
  ]);
  expect(Object.fromEntries(asked)).toEqual(PAYLOADS);
});

it(".lambroll-version is a version as lambroll's own action reads it", () => {
  expect(read(".lambroll-version")).toMatch(/^1\.\d+\.\d+\n$/);
});

/** lambroll's way to match: `*` is any characters, `/` among them, `?` is one, the rest stands for itself. */
function ignored(path: string): boolean {
  const patterns = read(".lambdaignore")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const asExpression = (pattern: string): RegExp => {
    const parts = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[\\s\\S]*");
    return new RegExp(`^${parts.replaceAll("?", "[\\s\\S]")}$`);
  };
  return patterns.some((pattern) => asExpression(pattern).test(path));
}

describe("the archive", () => {
  const dist = readdirSync(join(ROOT, "dist"));

  it("holds the bundle, its map and the licences, and nothing else", () => {
    expect(dist.toSorted()).toEqual(["LICENSES.txt", "index.mjs", "index.mjs.map"]);
    expect(dist.filter(ignored)).toEqual([]);
  });

  it("is the same from every build: dates and modes are fixed", () => {
    for (const file of dist) {
      const { mtime, mode } = statSync(join(ROOT, "dist", file));
      expect(mtime.toISOString(), file).toBe("1980-01-01T12:00:00.000Z");
      expect(mode & 0o777, file).toBe(0o644);
    }
  });

  it("holds no text of the sources beyond the bundle", () => {
    expect(JSON.parse(read("dist/index.mjs.map"))).not.toHaveProperty("sourcesContent");
  });

  it("names the licence of every package that is in it", () => {
    const { sources } = JSON.parse(read("dist/index.mjs.map")) as { sources: string[] };
    const packages = sources.flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1] ?? [],
    );
    const licences = read("dist/LICENSES.txt");
    expect(new Set(packages).size).toBeGreaterThan(20);
    expect([...new Set(packages)].filter((name) => !licences.includes(`\n${name} `))).toEqual([]);
  });

  it("carries this project's own licence, whole and first", () => {
    const [, text = ""] = read("README.md").split("\n## Licence\n");
    expect(text).toMatch(/Copyright \(c\)[\s\S]*Permission is hereby granted[\s\S]*SOFTWARE\.\n$/);
    expect(read("dist/LICENSES.txt")).toMatch(/^ssosync \d+\.\d+\.\d+ \(MIT\)\n/);
    expect(read("dist/LICENSES.txt").split("-".repeat(80))[0]).toContain(text.trim());
  });

  it("is empty when it is packed from any folder of the project, and Lambda refuses an empty one", () => {
    const there = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
    const made = ["dist/index.mjs", "node_modules/zod/index.js", "plan.html", "who.csv", "sync.env", ".env"];
    const secret = ["key.json", "key.pem", "terraform.tfstate.backup", "google-credentials.json"];
    expect([...there, ...made, ...secret].filter((path) => !ignored(path))).toEqual([]);
    const inFolders = there.flatMap((path) => {
      const parts = path.split("/");
      return parts.map((_, depth) => parts.slice(depth).join("/"));
    });
    expect([...new Set(inFolders)].filter((path) => !ignored(path))).toEqual([]);
  });
});

it("the stub of lambroll's templates refuses what it does not know", () => {
  expect(() => rendered("{{ tfstate `X` }}", {})).toThrow(/not defined/);
  expect(() => rendered("{{ env 'X' }}", {})).toThrow();
  expect(rendered("{{ env `A` `B` `c` }}", { B: "b" })).toBe("b");
});
