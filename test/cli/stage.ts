/** The program: as a command in this process, or in a process of its own; and a company for it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { RequestError } from "../../src/request.ts";
import { readCommandLine, type CommandLine } from "../../src/terminal/commands.ts";
import { renderer } from "../../src/terminal/lines.ts";
import { perform } from "../../src/terminal/perform.ts";
import { plainLines } from "../../src/terminal/progress.ts";
import { interruptions, type Terminal } from "../../src/terminal/session.ts";
import type { Emulator, EmulatorOptions } from "../emulator/emulator.ts";
import { at, fill, mirror } from "../emulator/fill.ts";
import { lend } from "../emulator/lend.ts";
import { useEmulator } from "../emulator/use-emulator.ts";

export const ROOT = join(import.meta.dirname, "../..");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Nothing of this process's environment but what a program needs to start, and what lets Node start it sooner. */
const bare = (): Variables => ({
  PATH: process.env["PATH"],
  HOME: process.env["HOME"],
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
});

/** As good as no limit: what is tested here is not the pace. */
const FAST = { SCIM_RATE: "500", IDENTITY_STORE_RATE: "500", GOOGLE_RATE: "500" };

/** A program in a process of its own, which does not outlive the test. */
export function start(
  file: string,
  words: readonly string[],
  environment: Variables,
  nodeOptions: readonly string[] = [],
): ChildProcess {
  const child = spawn(process.execPath, [...nodeOptions, join(ROOT, file), ...words], {
    cwd: ROOT,
    env: { ...bare(), ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Waits for the end and collects what was printed until then. */
export async function ended(child: ChildProcess): Promise<Ended> {
  if (child.stdout === null || child.stderr === null) throw new Error("the child has no output");
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, out, err };
}

/** `node src/cli.ts …` in a process of its own, without a terminal. */
export function program(words: readonly string[], environment: Variables = {}): Promise<Ended> {
  const child = start("src/cli.ts", words, environment);
  child.stdin?.end();
  return ended(child);
}

/**
 * The same in this process, for a fraction of the time: all of the program but `cli.ts`. Unless `how` says otherwise
 * nobody is there to answer.
 */
export async function cli(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  how: Partial<Pick<Terminal, "ask" | "status">> = {},
): Promise<Ended> {
  const said = { out: "", err: "" };
  const out = (text: string): void => void (said.out += text);
  const err = (text: string): void => void (said.err += text);
  const line = lineOf(words, { out, err, width: 100 }, environment);
  if (line.kind === "done") return { code: line.exitCode, ...said };
  // The SDK finds its endpoints and credentials in the process's own environment.
  const restore = lend(environment);
  const render = renderer(false);
  const code = await perform(line.invocation, environment, {
    ...{ out, err, renderOut: render, renderErr: render },
    ...{ status: plainLines(err), interruptions: interruptions(err, err), ask: undefined },
    ...how,
  }).finally(restore);
  return { code, ...said };
}

function lineOf(...[words, output, environment]: Parameters<typeof readCommandLine>): CommandLine {
  try {
    return readCommandLine(words, output, environment);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    output.err(`${error.message}\n`);
    return { kind: "done", exitCode: 1 };
  }
}

/** Six people, three groups of which one is nested in another, and somebody from outside. */
export async function company(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await useEmulator({ pageSize: "vendor", ...options });
  const { google } = emulator;
  fill(google, {
    people: { ada: "Ada Lovelace", bob: "Bob Kahn", cy: "Cy Young", dee: "Dee Hock", haruto: "陽翔 佐藤" },
    groups: {
      "aws-admins": [],
      "aws-devs": ["ada", "bob", "haruto"],
      "aws-ops": ["cy", "dee", "aws-admins"],
    },
  });
  google.addMember(at("aws-admins"), at("ada"), "OWNER");
  google.addMember(at("aws-ops"), "kim@partner.example.net");
  return emulator;
}

export const settings = (emulator: Emulator, more: Variables = {}): Record<string, string> =>
  emulator.environment({ ...FAST, ...more });

/** As the first sync leaves it. */
export const synced = ({ google, aws }: Emulator): void => mirror(google, aws);
