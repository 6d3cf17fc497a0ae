/**
 * The function as Lambda runs it: another process, whose every word is caught. A warm one serves one test after another,
 * each with an environment of its own.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { onTestFinished } from "vitest";
import type { Summary } from "../../src/run/summary.ts";
import type { Journey } from "./journey.ts";
import type { Settings } from "../oracle/emulated.ts";

export type Line = Readonly<Record<string, unknown>>;

export interface Invoked {
  /** What was logged, line by line, parsed. */
  readonly lines: readonly Line[];
  readonly result?: Summary;
  readonly error?: { readonly name: string; readonly message: string; readonly all: string };
}

export interface Lambda {
  readonly invoke: (
    event: unknown,
    how?: { readonly remainingMs?: number; readonly qualifier?: string },
  ) => Promise<Invoked>;
  /** Everything that the process has said since the test has it, on both channels. */
  readonly said: () => string;
}

const requestId = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

interface Warm {
  readonly child: ChildProcessWithoutNullStreams;
  readonly output: Interface;
  said: string;
}

const idle: Warm[] = [];

function start(environment: Readonly<Record<string, string | undefined>>): Warm {
  const child = spawn(process.execPath, [new URL("invoke.ts", import.meta.url).pathname], {
    env: environment,
  });
  const warm: Warm = { child, output: createInterface({ input: child.stdout }), said: "" };
  for (const channel of [child.stdout, child.stderr]) {
    channel.setEncoding("utf8").on("data", (text: string) => void (warm.said += text));
  }
  return warm;
}

/**
 * The function with the journey's company and settings, and these on top. `"cold"`: in a process that starts with them,
 * because Node, or a package, asks for them only then.
 */
export function lambda(
  { emulator, settings }: Pick<Journey, "emulator" | "settings">,
  more: Settings = {},
  begins: "warm" | "cold" = "warm",
): Lambda {
  const environment = {
    ...emulator.environment({ ...settings, ...more }),
    PATH: process.env["PATH"],
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
    AWS_LAMBDA_FUNCTION_NAME: "ssosync",
  };
  const warm = (begins === "warm" ? idle.pop() : undefined) ?? start(environment);
  const { child, output } = warm;
  warm.said = "";
  let answered = true;
  onTestFinished(() => {
    if (begins === "warm" && answered && child.exitCode === null) idle.push(warm);
    else child.kill("SIGKILL");
  });
  const invoke: Lambda["invoke"] = (event, { remainingMs = 60_000, qualifier } = {}) =>
    new Promise((resolve, reject) => {
      answered = false;
      const lines: Line[] = [];
      const hear = (line: string): void => {
        if (!line.startsWith("\u0000")) return void lines.push(JSON.parse(line) as Line);
        output.off("line", hear);
        child.off("exit", ended);
        answered = true;
        resolve({ lines, ...(JSON.parse(line.slice(1)) as Omit<Invoked, "lines">) });
      };
      output.on("line", hear);
      const ended = (): void => reject(new Error(`the function's process ended: ${warm.said.slice(-2000)}`));
      child.once("exit", ended);
      const invocation = { event, requestId, remainingMs, qualifier, environment };
      child.stdin.write(`${JSON.stringify(invocation)}\n`);
    });
  return { invoke, said: () => warm.said };
}
