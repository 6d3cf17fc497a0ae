import { styleText } from "node:util";

import { RequestError } from "./request.ts";
import { readCommandLine } from "./terminal/commands.ts";
import type { CommandLine } from "./terminal/commands.ts";
import { renderer } from "./terminal/lines.ts";
import type { Render } from "./terminal/lines.ts";
import { perform } from "./terminal/perform.ts";
import { plainLines, spinner } from "./terminal/progress.ts";
import type { StatusLine } from "./terminal/progress.ts";
import { ask } from "./terminal/questions.ts";
import { interruptions } from "./terminal/session.ts";
import type { Interruptions, Terminal } from "./terminal/session.ts";

const { stdin, stdout, stderr, env } = process;
const out = (text: string): void => void stdout.write(text);
const err = (text: string): void => void stderr.write(text);

// Whoever reads the output may have had enough (`| head`): what is being written must not end because of that.
stdout.on("error", () => undefined);
stderr.on("error", () => undefined);

async function main(words: readonly string[]): Promise<number> {
  const read = commandLine(words);
  if (read.kind === "done") return read.exitCode;
  const { profile, region } = read.invocation.account;
  // The SDK reads the process's environment itself.
  if (profile !== undefined) env["AWS_PROFILE"] = profile;
  if (region !== undefined) env["AWS_REGION"] = region;
  const status = statusLine();
  const breaks = breaking(status);
  process.on("SIGINT", breaks.interrupted);
  process.on("SIGTERM", breaks.interrupted);
  try {
    return await perform(read.invocation, env, terminal(status, breaks));
  } finally {
    process.off("SIGINT", breaks.interrupted);
    process.off("SIGTERM", breaks.interrupted);
  }
}

function commandLine(words: readonly string[]): CommandLine {
  try {
    return readCommandLine(words, { out, err, width: stdout.columns ?? 100 }, env);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    err(`${error.message}\n`);
    return { kind: "done", exitCode: 1 };
  }
}

function statusLine(): StatusLine {
  const moves = stderr.isTTY && env["TERM"] !== "dumb" && env["CI"] === undefined;
  return moves ? spinner(stderr, hasColours(stderr)) : plainLines(err);
}

const INTERRUPTED = 130;

function breaking(status: StatusLine): Interruptions {
  const render = rendererOf(stderr);
  const say = (sentence: string): void => {
    status.clear();
    err(render([[sentence]]));
  };
  return interruptions(say, (sentence) => {
    say(sentence);
    process.exit(INTERRUPTED);
  });
}

function terminal(status: StatusLine, interrupts: Interruptions): Terminal {
  const somebodyThere = stdin.isTTY && stderr.isTTY;
  return {
    out,
    renderOut: rendererOf(stdout),
    err,
    renderErr: rendererOf(stderr),
    status,
    interruptions: interrupts,
    ask: somebodyThere ? (question) => ask(question, { input: stdin, output: stderr }) : undefined,
  };
}

const rendererOf = (stream: NodeJS.WriteStream): Render => renderer(hasColours(stream), widthOf(stream));

/** At least wide enough for an address and its verb. */
const widthOf = ({ isTTY, columns }: NodeJS.WriteStream): number | undefined =>
  isTTY ? Math.max(60, columns) : undefined;

/** Node's own judgement, from the stream and from NO_COLOR, FORCE_COLOR and NODE_DISABLE_COLORS. */
function hasColours(stream: NodeJS.WriteStream): boolean {
  return styleText("bold", "x", { stream }) !== "x";
}

process.exitCode = await main(process.argv.slice(2));
