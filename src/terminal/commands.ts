import { Argument, Command, CommanderError } from "commander";

import { RequestError, parseRequest } from "../request.ts";
import type { Request } from "../request.ts";
import { version } from "../run/summary.ts";
import type { Environment } from "../settings/config.ts";
import { SHELLS, completionText } from "./completion.ts";
import type { Shell } from "./completion.ts";
import { WHAT, helpText } from "./help.ts";
import {
  ALL,
  APPROVE,
  CSV,
  HTML,
  JSON_OPTION,
  ONLY,
  OUT,
  PROFILE,
  REGION,
  VERBOSE,
  WHO,
  YES,
} from "./options.ts";
import type { Options } from "./options.ts";
import { swallowedByNpm } from "./swallowed.ts";

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
  readonly html?: string | undefined;
  /** The plan as a file that can be applied later: the path of the file to write. */
  readonly out?: string | undefined;
  /** The path of such a file: exactly that plan is applied, or nothing. */
  readonly saved?: string | undefined;
  /** Whose AWS credentials to use, and the Region where nothing else names one: as the AWS CLI's options. */
  readonly account: Pick<Options, "profile" | "region">;
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

const PLAN_UNLESS_TOLD = "plan";
const FOR_ALL = ["-h", "--help", "-V", "--version"];

/** Reads the words after the program's name. Throws a RequestError for what no payload could ask for either. */
export function readCommandLine(
  words: readonly string[],
  output: Output,
  environment: Environment = {},
): CommandLine {
  let invocation: Invocation | undefined;
  const program = programWith(output);
  addCommands(program, (found) => (invocation = found));
  addCompletion(program, output);
  const [first] = words;
  const options = program.commands.find((command) => command.name() === first)?.options ?? [];
  const kept = swallowedByNpm(
    words,
    options.flatMap(({ long }) => long ?? []),
    environment,
  );
  if (kept !== undefined) throw new RequestError(kept);
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
  return new Command("ssosync")
    .usage("[command] [options]")
    .description(WHAT)
    .version(version, "-V, --version", "the program's version")
    .helpOption("-h, --help", "this text; after a command, the command's options")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err, getOutHelpWidth: columns, getErrHelpWidth: columns })
    .showHelpAfterError("Nothing was done. Run it with --help to see what it can do.")
    .addHelpText("after", () => helpText(width));
}

/** Adds the commands; the one that is typed tells what was `found`. */
function addCommands(program: Command, found: (invocation: Invocation) => void): void {
  const ask = (payload: object, options: Options): void =>
    found({ request: parseRequest(payload), ...howOf(options) });
  const add = (name: string, description: string): Command =>
    [JSON_OPTION, VERBOSE, PROFILE, REGION].reduce(
      (command, option) => command.addOption(option),
      program.command(name).description(description),
    );
  add("plan", "shows what would change, and writes nothing (the default)")
    .addOption(WHO)
    .addOption(ONLY)
    .addOption(HTML)
    .addOption(OUT)
    .action((options: Options) => ask({ action: "plan", ...given({ only: whoOf(options) }) }, options));
  add("apply", "shows the plan, asks, and applies it")
    .argument("[file]", "a plan saved by plan --out: exactly that is applied, without asking, or nothing")
    .addOption(WHO)
    .addOption(ONLY)
    .addOption(APPROVE)
    .addOption(YES)
    .addOption(HTML)
    .action((saved: string | undefined, { approve, ...options }: Options, command: Command) => {
      const selection = given({ only: whoOf(options), approve });
      if (saved !== undefined && Object.keys(selection).length > 0) command.error(`error: ${SAVED_IS_WHOLE}`);
      const request = parseRequest({ action: "sync", ...selection });
      found({ request, ...howOf(options), ...(saved === undefined ? {} : { saved, yes: true }) });
    });
  add("leavers", "shows who left, asks, and disables them; reads no group")
    .addOption(YES)
    .action((options: Options) => ask({ action: "leavers" }, options));
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

/** Adds the one command that is about the command line itself. */
function addCompletion(program: Command, { out }: Output): void {
  program
    .command("completion")
    .description("prints what makes a shell complete the words of this command line")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action((shell: Shell) => {
      const options = (command: Command): readonly string[] =>
        command.options.flatMap(({ long, hidden }) => (!hidden && typeof long === "string" ? [long] : []));
      const commands = program.commands.map((command) => ({
        name: command.name(),
        words: [
          ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
          ...options(command),
          "--help",
        ],
      }));
      const first = [...commands.map(({ name }) => name), ...options(program), "--help"];
      out(completionText(shell, first, commands));
    });
}

/** What to type for `apply` with these words after one of its options, for a POSIX shell. */
export const typedApply = (option: "--who" | "--approve", words: readonly string[]): string =>
  `npx ssosync apply${words.length === 0 ? "" : ` ${option} ${words.map(shellWord).join(" ")}`}`;

/** What to type to apply a saved plan. */
export const typedFile = (path: string): string => `npx ssosync apply ${shellWord(path)}`;

/** One word of a command line, quoted where that is needed. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) && !word.startsWith("-") ? word : `'${word.replaceAll("'", "'\\''")}'`;

const SAVED_IS_WHOLE = "a saved plan is applied as it is, or not at all: leave out --who and --approve";

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

const review = (options: Options): Invocation => ({
  request: { action: "review", trigger: "manual" },
  ...howOf(options),
});

function howOf(options: Options): Omit<Invocation, "request"> {
  const { json = false, verbose = false, yes = false, html, out, profile, region } = options;
  return { json, verbose, yes, account: { profile, region }, html, out };
}

/** Whom the run is narrowed to; addresses may be separated by commas too, names may hold one. */
function whoOf({ who, only }: Options): readonly string[] | undefined {
  const words = [...(who ?? []), ...(only ?? [])];
  if (who === undefined && only === undefined) return undefined;
  return words.flatMap((word) => {
    const parts = word.split(",");
    return parts.every((part) => part.includes("@")) ? parts : [word];
  });
}

/** Without what was not given: a payload's absent key means something else than an empty one. */
function given(keys: Readonly<Record<string, readonly string[] | undefined>>): object {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}
