import { Command, CommanderError, InvalidArgumentError, Option } from "commander";

import { parseRequest } from "../request.ts";
import type { Request } from "../request.ts";
import { version } from "../run/summary.ts";
import { WHAT, helpText } from "./help.ts";

/** What was asked for at the command line. */
export interface Invocation {
  readonly request: Request;
  /** The summary as JSON, alone on standard output. */
  readonly json: boolean;
  /** Names everything, what needs no attention too. */
  readonly verbose: boolean;
  /** Does not ask before it writes. */
  readonly yes: boolean;
  /** The plan as a page too: the path of the file to write. */
  readonly html?: string;
}

export type CommandLine =
  | { readonly kind: "run"; readonly invocation: Invocation }
  /** Help or a usage error, already told. */
  | { readonly kind: "done"; readonly exitCode: number };

interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Columns of the terminal. */
  readonly width: number;
}

interface Options {
  readonly only?: readonly string[];
  readonly approve?: readonly string[];
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly csv?: boolean;
  readonly html?: string;
}

const PLAN_UNLESS_TOLD = "plan";
const FOR_ALL = ["-h", "--help", "-V", "--version"];

/** Reads the words after the program's name. Throws a RequestError for what no payload could ask for either. */
export function readCommandLine(words: readonly string[], output: Output): CommandLine {
  let invocation: Invocation | undefined;
  const program = programWith(output);
  addCommands(program, (found) => (invocation = found));
  const [first] = words;
  const bare = first === undefined || (first.startsWith("-") && !FOR_ALL.includes(first));
  try {
    program.parse(bare ? [PLAN_UNLESS_TOLD, ...words] : words, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return { kind: "done", exitCode: error.exitCode };
    throw error;
  }
  return invocation === undefined ? { kind: "done", exitCode: 0 } : { kind: "run", invocation };
}

function programWith({ out, err, width }: Output): Command {
  const columns = (): number => width;
  return new Command("node src/cli.ts")
    .usage("[command] [options]")
    .description(WHAT)
    .version(version, "-V, --version", "the program's version")
    .helpOption("-h, --help", "this text; after a command, the command's options")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err, getOutHelpWidth: columns, getErrHelpWidth: columns })
    .showHelpAfterError("Nothing was done. Run it with --help to see what it can do.")
    .addHelpText("after", helpText(width));
}

/** Adds the commands; the one that is typed tells what was `found`. */
function addCommands(program: Command, found: (invocation: Invocation) => void): void {
  const ask = (payload: object, { json = false, verbose = false, yes = false, html }: Options): void =>
    found({ request: parseRequest(payload), json, verbose, yes, ...(html === undefined ? {} : { html }) });
  const add = (name: string, description: string): Command =>
    program.command(name).description(description).addOption(JSON_OPTION).addOption(VERBOSE);
  add("plan", "shows what would change, and writes nothing (the default)")
    .addOption(ONLY)
    .addOption(HTML)
    .action(({ only, ...options }: Options) => ask({ action: "plan", ...given({ only }) }, options));
  add("apply", "shows the plan, asks, and applies it")
    .addOption(ONLY)
    .addOption(APPROVE)
    .addOption(YES)
    .addOption(NO_HTML)
    .action(({ only, approve, html, ...options }: Options, command: Command) => {
      if (html !== undefined) command.error(`error: ${HTML_IS_OF_PLAN}`);
      ask({ action: "sync", ...given({ only, approve }) }, options);
    });
  add("doctor", "checks everything that can go wrong, and says what to do").action((options: Options) =>
    ask({ action: "doctor" }, options),
  );
  add("explain", "says why this user or group is, or is not, in Identity Center")
    .argument("[subject]", "an address, a name or an id")
    .addOption(ALL)
    .addOption(CSV)
    .action((subject: string | undefined, options: Options, command: Command) => {
      const mistake = slip(subject, options);
      if (mistake !== undefined) command.error(`error: ${mistake}`);
      if (options.all === true) found(review(options));
      else ask({ action: "explain", subject }, options);
    });
}

/** What to type for `apply` with these words after one of its options, for a POSIX shell. */
export const typedApply = (option: "--only" | "--approve", words: readonly string[]): string =>
  `npm run apply${words.length === 0 ? "" : ` -- ${option} ${words.map(shellWord).join(" ")}`}`;

/** One word of a command line, quoted where that is needed. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) && !word.startsWith("-") ? word : `'${word.replaceAll("'", "'\\''")}'`;

const JSON_OPTION = new Option("--json", "the result as JSON, alone on standard output");
const VERBOSE = new Option("-v, --verbose", "name everything, even what needs no attention");
const ONLY = new Option("--only <who...>", "only changes about these users or groups (address, name or id)");
const YES = new Option("-y, --yes", "do not ask");
const APPROVE = new Option("--approve <id...>", "also carry out what waits under these ids").conflicts(
  "only",
);

const HTML = new Option("--html <file>", "also write the plan as a page, for a change request").argParser(
  (path: string) => {
    if (path !== "" && path !== "-") return path;
    throw new InvalidArgumentError("It has to be a file's name, such as plan.html.");
  },
);
/** Not listed: it is there to be refused with the reason. */
const NO_HTML = new Option("--html <file>").hideHelp();
const HTML_IS_OF_PLAN =
  "--html goes with plan, because the page shows what would change: use plan --html FILE, then apply";

const ALL = new Option("--all", "everybody and every membership, as a table for an access review");
const CSV = new Option("--csv", "with --all: the table as CSV, alone on standard output");

/** What does not go together about explain's words. */
function slip(subject: string | undefined, { all, csv, json }: Options): string | undefined {
  if (all !== true && csv === true) return "--csv goes with --all: explain --all --csv";
  if (all !== true)
    return subject === undefined ? "missing required argument 'subject', or --all" : undefined;
  if (subject !== undefined) return "explain takes either a subject or --all, not both";
  return (csv === true) === (json === true)
    ? "explain --all needs a format: add either --csv or --json"
    : undefined;
}

const review = ({ json = false, verbose = false }: Options): Invocation => ({
  request: { action: "review", trigger: "manual" },
  ...{ json, verbose, yes: false },
});

/** Without what was not given: a payload's absent key means something else than an empty one. */
function given(keys: Readonly<Record<string, readonly string[] | undefined>>): object {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}
