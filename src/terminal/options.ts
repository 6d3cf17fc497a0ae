import { InvalidArgumentError, Option } from "commander";

/** What the options of a command come to, as they were typed. */
export interface Options {
  readonly who?: readonly string[];
  /** The older name of `who`, which npm knows too, and would keep for itself. */
  readonly only?: readonly string[];
  readonly approve?: readonly string[];
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly csv?: boolean;
  readonly html?: string;
  readonly out?: string;
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
}

export const JSON_OPTION = new Option("--json", "the result as JSON, alone on standard output");
export const VERBOSE = new Option("-v, --verbose", "name everything, and show every request");
export const PROFILE = new Option("--profile <name>", "the AWS profile whose credentials to use");
export const REGION = new Option("--region <name>", "the AWS Region, where nothing else names one");
function someone(text: string, before: readonly string[] = []): readonly string[] {
  if (text.trim() !== "") return [...before, text];
  throw new InvalidArgumentError("It has to be an address, a name or an id.");
}

export const WHO = new Option(
  "--who <who...>",
  "only changes about these users or groups (address, name or id)",
).argParser(someone);
/** Not listed: npm knows an option of this name, and drops it with its value when the two dashes are forgotten. */
export const ONLY = new Option("--only <who...>").argParser(someone).hideHelp();
export const YES = new Option("-y, --yes", "do not ask");
export const APPROVE = new Option("--approve <id...>", "also carry out what waits under these ids")
  .argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), ...text.split(",")])
  .conflicts(["who", "only"]);

function fileName(path: string): string {
  if (path !== "" && path !== "-") return path;
  throw new InvalidArgumentError("It has to be a file's name, such as plan.html.");
}

export const HTML = new Option(
  "--html <file>",
  "also write it as a page: the plan for a change request, or what apply did",
).argParser(fileName);
export const OUT = new Option("--out <file>", "also save the plan, for apply FILE").argParser(fileName);
export const ALL = new Option("--all", "everybody and every membership, as a table for an access review");
export const CSV = new Option("--csv", "with --all: the table as CSV, alone on standard output");
