/** The function as Lambda runs it: another process, whose every word is caught. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
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
  /** Everything that the process has ever said, on both channels. */
  readonly said: () => string;
}

const requestId = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

/** Starts the function with the journey's company and settings, and these on top. */
export function lambda(
  { emulator, settings }: Pick<Journey, "emulator" | "settings">,
  more: Settings = {},
): Lambda {
  const child = spawn(process.execPath, [new URL("invoke.ts", import.meta.url).pathname], {
    env: {
      ...emulator.environment({ ...settings, ...more }),
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      AWS_LAMBDA_FUNCTION_NAME: "ssosync",
    },
  });
  onTestFinished(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, "exit");
  });
  let said = "";
  for (const channel of [child.stdout, child.stderr]) {
    channel.setEncoding("utf8").on("data", (text: string) => void (said += text));
  }
  const output = createInterface({ input: child.stdout });
  const invoke: Lambda["invoke"] = (event, { remainingMs = 60_000, qualifier } = {}) =>
    new Promise((resolve, reject) => {
      const lines: Line[] = [];
      const hear = (line: string): void => {
        if (!line.startsWith("\u0000")) return void lines.push(JSON.parse(line) as Line);
        output.off("line", hear);
        child.off("exit", ended);
        resolve({ lines, ...(JSON.parse(line.slice(1)) as Omit<Invoked, "lines">) });
      };
      output.on("line", hear);
      const ended = (): void => reject(new Error(`the function's process ended: ${said.slice(-2000)}`));
      child.once("exit", ended);
      child.stdin.write(`${JSON.stringify({ event, requestId, remainingMs, qualifier })}\n`);
    });
  return { invoke, said: () => said };
}
