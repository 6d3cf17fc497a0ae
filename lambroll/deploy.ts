/**
 * `npm run deploy`: reads sync.env, checks the settings in it as the function will, and hands them to lambroll. Words
 * after two dashes are lambroll's: `npm run deploy -- --keep-versions 10`, and with a command of its own first,
 * `npm run deploy -- diff --code`. `--envfile FILE`, before everything else, names another file.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { troubleSentence } from "../src/core/trouble.ts";
import { readSettings } from "../src/settings/config.ts";
import { isPublic } from "../src/settings/google-credentials.ts";
import { nearest } from "../src/settings/nearest.ts";
import { SECRET_NAMES, settingNames } from "../src/settings/table.ts";

const ROOT = join(import.meta.dirname, "..");
const PREFIX = "SSOSYNC_";
const PLACES = ["FUNCTION_NAME", "FUNCTION_ROLE_ARN", "AWS_REGION"];
/** Whoever may see a function sees its environment: of a secret it holds only where the secret is. */
const ARNS: readonly string[] = SECRET_NAMES.map((name) => `${name}_ARN`);
const SECRETS: readonly string[] = SECRET_NAMES;
/** In GOOGLE_CREDENTIALS too, and no secret. */
const FEDERATION = "GOOGLE_FEDERATION";
const KNOWN = [...PLACES, ...ARNS, FEDERATION, ...settingNames.filter((name) => !SECRETS.includes(name))];

type Given = ReadonlyMap<string, string>;

/** The values by name, without the prefix, and a sentence for each line that does not mean what it seems to mean. */
function read(text: string): { readonly given: Given; readonly problems: readonly string[] } {
  const given = new Map<string, string>();
  const problems: string[] = [];
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, label = "", written = ""] = /^\s*(?:export )?\s*(\w+)\s*=(.*)$/.exec(line) ?? [];
    const name = label.startsWith(PREFIX) ? label.slice(PREFIX.length) : label;
    const value = valueOf(written.trim());
    const slip = given.has(name) ? `${name} is there twice` : (slipOfName(name) ?? slipOfValue(name, value));
    if (slip !== undefined) problems.push(`line ${at + 1}: ${slip}.`);
    given.set(name, value ?? "");
  }
  return { given, problems };
}

/**
 * The value as lambroll itself would read it. `undefined` where it would take something away: quotation marks, a
 * backslash, or everything after #.
 */
function valueOf(written: string): string | undefined {
  if (!/['"#\\]/.test(written)) return written;
  if (!/^".*"$/.test(written)) return undefined;
  try {
    return String(JSON.parse(written));
  } catch {
    return undefined;
  }
}

function slipOfName(name: string): string | undefined {
  if (name === "") return "this is not NAME=value";
  if (SECRETS.includes(name)) return `${name} is a secret: give where it is, as ${name}_ARN, or leave it out`;
  if (KNOWN.includes(name)) return undefined;
  return `${name} is not a setting; the nearest one is ${nearest(name, KNOWN).word}`;
}

function slipOfValue(name: string, value: string | undefined): string | undefined {
  if (value === undefined)
    return `a value with quotation marks, # or \\ goes between double quotation marks, such as ${name}="name='AWS Admins'"; a comment goes on a line of its own`;
  if (name === FEDERATION && !isPublic(value))
    return `${name} is not a federation file, or one with a secret in it`;
  if (ARNS.includes(name) && !value.startsWith("arn:")) return `${name} is not an ARN`;
  return undefined;
}

function settingOf(name: string): string {
  if (name === FEDERATION) return "GOOGLE_CREDENTIALS";
  return ARNS.includes(name) ? name.slice(0, -"_ARN".length) : name;
}

/** What the function would say about the settings, and what no deploy goes without. */
function problemsOf(given: Given): readonly string[] {
  const inLambda = [...given]
    .filter(([name]) => !PLACES.includes(name))
    .map(([name, value]) => [settingOf(name), value] as const);
  const { problems } = readSettings(Object.fromEntries(inLambda), "lambda");
  const role = given.get("FUNCTION_ROLE_ARN") ?? "";
  return [
    ...problems.map(troubleSentence),
    ...(given.get("GROUP_MATCH")
      ? []
      : ["GROUP_MATCH is missing: say which groups are synced, or * for all."]),
    ...(/^arn:[\w-]+:iam::\d{12}:role\/\S+$/.test(role)
      ? []
      : ["FUNCTION_ROLE_ARN is missing: Terraform's output sync_env has it."]),
  ];
}

/** This machine's environment, in which no setting is left but those of the file. */
function environmentWith(given: Given): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(
    ([name]) => !/^(?:SSOSYNC|FUNCTION|LAMBROLL)_/.test(name),
  );
  const own = [...given].map(([name, value]) => [PLACES.includes(name) ? name : PREFIX + name, value]);
  return Object.fromEntries([...others, ...own]) as NodeJS.ProcessEnv;
}

const TAKES_CODE = ["deploy", "diff"];

function lambroll(words: readonly string[], given: Given): number {
  const [command = "deploy", ...more] = words[0]?.startsWith("-") === false ? words : ["deploy", ...words];
  const code = TAKES_CODE.includes(command) ? ["--src", "dist"] : [];
  const options = { cwd: ROOT, env: environmentWith(given), stdio: "inherit" } as const;
  const { status, error } = spawnSync("lambroll", [command, ...code, ...more], options);
  if (error !== undefined)
    console.error(`lambroll cannot be started (${error.message}); install the version in .lambroll-version.`);
  return status ?? 1;
}

function main(words: readonly string[]): number {
  const [file, rest] = words[0] === "--envfile" ? [words[1] ?? "", words.slice(2)] : ["sync.env", words];
  const { given, problems } = read(readFileSync(join(ROOT, file), "utf8"));
  const wrong = problems.length > 0 ? problems : problemsOf(given);
  if (wrong.length === 0) return lambroll(rest, given);
  console.error(
    [`Nothing was deployed. To correct in ${file}:`, ...wrong.map((one) => `  ${one}`)].join("\n"),
  );
  return 1;
}

process.exitCode = main(process.argv.slice(2));
