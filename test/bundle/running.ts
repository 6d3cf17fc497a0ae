/** The built function as Lambda runs it: alone in its folder, in a process of its own, with no other environment. */
import { type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { Emulator } from "../emulator/emulator.ts";
import { definition, handlerOf, type Definition } from "./definition.ts";

export interface Invocation {
  readonly event: unknown;
  readonly requestId: string;
  /** Milliseconds until Lambda would end it; the function's own timeout unless told. */
  readonly remainingMs?: number;
  /** The alias it is called through, `current` unless told. */
  readonly qualifier?: string;
}

/** What an invocation answers, as Lambda hands it to whoever called. */
export const Answer = z.union([
  z.object({ value: z.unknown() }),
  z.object({ error: z.object({ errorType: z.string(), errorMessage: z.string() }) }),
]);
export type Answer = z.output<typeof Answer>;

/** One warm process of the function. */
export interface Running {
  readonly invoke: (invocation: Invocation) => Promise<Answer>;
  /** Everything it wrote, on either stream, in order. */
  readonly output: () => string;
  /** What it wrote, line by line, as CloudWatch gets it. Throws when a line is not a JSON object. */
  readonly lines: () => readonly Line[];
  readonly stop: () => Promise<void>;
}

const Line = z.record(z.string(), z.unknown());
export type Line = z.output<typeof Line>;

export interface Installed {
  readonly definition: Definition;
  /** The folder with the unpacked archive. */
  readonly folder: string;
  readonly file: string;
  readonly environment: Record<string, string>;
  readonly remove: () => void;
}

/** What AWS switches off in its Node runtimes: the bundle must not lean on it. */
export const LAMBDAS_NODE = ["--no-experimental-require-module", "--no-experimental-detect-module"];

/**
 * Unpacks `dist` somewhere without packages, and works out the environment: function.json's with `settings` set on the
 * deployer's machine, Lambda's own variables, and whatever leads to the emulator.
 */
export function install(emulator: Emulator, settings: Readonly<Record<string, string>> = {}): Installed {
  const described = definition(
    Object.fromEntries(Object.entries(settings).map(([name, value]) => [`SSOSYNC_${name}`, value])),
  );
  const { file } = handlerOf(described);
  if (!existsSync(file)) throw new Error(`There is no ${basename(file)} in dist: run "npm run build" first.`);
  const folder = mkdtempSync(join(tmpdir(), "ssosync-"));
  cpSync(dirname(file), folder, { recursive: true });
  return {
    definition: described,
    folder,
    file: join(folder, basename(file)),
    environment: {
      ...described.Environment.Variables,
      ...lambdas(described, folder),
      ...emulator.environment(),
      // A table of its own is in no emulator; how a day is remembered has tests of its own.
      TALLY: "",
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function lambdas(described: Definition, folder: string): Record<string, string> {
  return {
    _HANDLER: described.Handler,
    LAMBDA_TASK_ROOT: folder,
    AWS_LAMBDA_FUNCTION_NAME: described.FunctionName,
    AWS_LAMBDA_FUNCTION_VERSION: "7",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(described.MemorySize),
    AWS_LAMBDA_LOG_GROUP_NAME: described.LoggingConfig.LogGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/01/[7]0123456789abcdef",
    AWS_LAMBDA_LOG_FORMAT: described.LoggingConfig.LogFormat,
    AWS_LAMBDA_LOG_LEVEL: described.LoggingConfig.ApplicationLogLevel,
    AWS_EXECUTION_ENV: `AWS_Lambda_${described.Runtime}`,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
  };
}

export const arnOf = (described: Definition, qualifier = "current"): string =>
  `arn:aws:lambda:us-east-1:123456789012:function:${described.FunctionName}:${qualifier}`;

export const deadlineOf = (described: Definition, remainingMs = described.Timeout * 1000): number =>
  Date.now() + remainingMs;

/** Collects what a process writes. */
export function listen(child: ChildProcess): Pick<Running, "output" | "lines"> {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (part: string) => void (text += part));
  }
  return {
    output: () => text,
    lines: () =>
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => Line.parse(JSON.parse(line))),
  };
}

/** Everything that must not be seen anywhere, of the key and of the requests so far. */
export function secretsOf(emulator: Emulator): readonly string[] {
  const key = emulator.key.private_key.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
  const sent = emulator.requests.flatMap(({ headers, body }) => [
    headers["authorization"]?.replace(/^(?:Bearer|AWS4\S+) /, "") ?? "",
    z.object({ assertion: z.string() }).safeParse(body).data?.assertion ?? "",
    z.object({ subject_token: z.string() }).safeParse(body).data?.subject_token ?? "",
  ]);
  const { secretAccessKey, sessionToken } = emulator.caller;
  return [...new Set([...key, ...emulator.aws.tokens, ...sent, secretAccessKey, sessionToken])].filter(
    (secret) => secret.length >= 8,
  );
}
