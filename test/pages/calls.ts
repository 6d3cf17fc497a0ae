/** Whether the programs that a page calls know the words that they are given. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseRequest } from "../../src/request.ts";
import { readCommandLine } from "../../src/terminal/commands.ts";
import { readModule } from "../terraform/modules.ts";
import AWS from "./aws-cli.json" with { type: "json" };
import { ROOT } from "./pages.ts";

type Words = readonly string[];

/** What is wrong with one call. */
type Judge = (words: Words) => readonly string[] | Promise<readonly string[]>;

const list = (names: string): readonly string[] => names.split(" ").filter((name) => name !== "");

/** The options among some words, without dashes and values. */
const options = (words: Words): readonly string[] =>
  words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/^--?|=.*/g, ""));

const without = (names: readonly string[], known: readonly string[]): readonly string[] =>
  names.filter((name) => !known.includes(name));

const unknown = (what: string, names: readonly string[]): readonly string[] =>
  names.map((name) => `there is no ${what} ${name}`);

const COMMANDS: Readonly<Record<string, { readonly required: string; readonly optional: string }>> =
  AWS.commands;

function aws([service, operation, ...rest]: Words): readonly string[] {
  const command = COMMANDS[`${service} ${operation}`];
  if (command === undefined) return unknown("command in aws-cli.json:", [`${service} ${operation}`]);
  const known = list(`${command.required} ${command.optional} ${AWS.always}`);
  return [
    ...unknown("option", without(options(rest), known)),
    ...without(list(command.required), options(rest)).map((name) => `--${name} is missing`),
  ];
}

/** Of lambroll 1.5: what is used here of it. */
const LAMBROLL: Readonly<Record<string, string>> = {
  delete: "",
  deploy: "src keep-versions alias",
  diff: "src code",
  invoke: "qualifier payload",
  logs: "follow since filter-pattern",
  rollback: "",
  status: "qualifier",
};

function lambroll([command = "", ...rest]: Words): readonly string[] {
  const known = LAMBROLL[command];
  if (known === undefined) return unknown("command", [command]);
  return [
    ...unknown("option", without(options(rest), list(known))),
    ...(command === "invoke" ? invoked(rest) : []),
  ];
}

/** Roles may call the function through an alias, and no other way. */
function invoked(words: Words): readonly string[] {
  const [qualifier = "", payload = ""] = ["--qualifier", "--payload"].map(
    (name) => words[words.indexOf(name) + 1],
  );
  const through = unknown("alias", without([qualifier], ["current", "approve"]));
  if (payload === "…") return through;
  try {
    parseRequest(JSON.parse(payload));
    return through;
  } catch (error) {
    return [...through, String(error)];
  }
}

const TERRAFORM: Readonly<Record<string, string>> = {
  apply: "var",
  destroy: "",
  import: "",
  init: "",
  output: "raw",
  plan: "",
};

async function terraform(words: Words): Promise<readonly string[]> {
  const [, folder] = /^-chdir=(.*)$/.exec(words[0] ?? "") ?? [];
  if (folder === undefined) return ["-chdir is missing: the pages start in the root of the repository"];
  const [command = "", ...rest] = words.slice(1);
  const known = TERRAFORM[command];
  if (known === undefined) return unknown("command", [command]);
  const { variables, outputs } = await readModule(folder);
  const set = rest.filter((_, at) => rest[at - 1] === "-var").map((word) => word.split("=")[0] ?? "");
  const asked = command === "output" ? rest.filter((word) => !word.startsWith("-")) : [];
  return [
    ...unknown("option", without(options(rest), list(known))),
    ...unknown("variable", without(set, Object.keys(variables))),
    ...unknown("output", without(asked, Object.keys(outputs))),
  ];
}

const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** What stands before two dashes, npm keeps for itself. */
function npm([command = "", ...rest]: Words): readonly string[] {
  if (["ci", "test"].includes(command) && rest.length === 0) return [];
  const [script = "", dashes = "--"] = rest;
  if (command !== "run") return unknown("command", [command]);
  return [
    ...unknown("script", without([script], Object.keys(scripts))),
    ...(dashes === "--" ? [] : [`npm keeps ${dashes} for itself`]),
  ];
}

function npx([program = "", ...words]: Words): readonly string[] {
  if (program !== "ssosync") return unknown("program", without([program], ["vitest"]));
  const said: string[] = [];
  const line = readCommandLine(words, { out: () => undefined, err: (told) => said.push(told), width: 80 });
  return line.kind === "done" && line.exitCode !== 0 ? said : [];
}

/** What a Mac's own tools understand too, which are not those of Linux. */
const anywhere =
  (known: RegExp): Judge =>
  (words) =>
    words
      .filter((word) => word.startsWith("-") && !known.test(word))
      .map((word) => `not on every system: ${word}`);

const JUDGES: Readonly<Record<string, Judge>> = {
  ...{ aws, lambroll, npm, npx, terraform },
  base64: anywhere(/^--decode$/),
  cat: anywhere(/^$/),
  cut: anywhere(/^-[df]/),
  date: anywhere(/^-u$/),
  gcloud: () => [],
  jq: () => [],
  kubectl: () => [],
  mktemp: anywhere(/^-d$/),
  rm: anywhere(/^-rf?$/),
};

/** Everything that is wrong with a call, each with the call. */
export async function problems([program = "", ...words]: Words): Promise<readonly string[]> {
  const judge = JUDGES[program] ?? (() => unknown("program", [program]));
  return (await judge(words)).map((wrong) => `${program} ${words.join(" ")}: ${wrong}`);
}
