/** One measured invocation, from the parent's side. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";

export interface Ordered {
  /** The file that exports the handler. */
  readonly entry: string;
  readonly event: unknown;
  /** What Lambda's context would say at the beginning. */
  readonly remainingMs: number;
}

const Counts = z.record(z.string(), z.number());
const Summary = z.object({
  status: z.string(),
  message: z.string(),
  planned: Counts,
  applied: Counts,
  left: z.number(),
  requests: Counts,
  seconds: Counts,
});
export type Summary = z.output<typeof Summary>;

const Spent_ = z.object({
  summary: Summary,
  /** Wall clock and CPU time to load the program. */
  importMs: z.number(),
  importCpuMs: z.number(),
  /** From the call to its answer, loading not counted. */
  seconds: z.number(),
  cpuSeconds: z.number(),
  /** The most that the process held in memory at any time, Node itself included. */
  peakMegabytes: z.number(),
});
export type Measured = z.output<typeof Spent_>;
/** As the child sends it: what the summary is, is for the parent to find out. */
export type Spent = Omit<Measured, "summary"> & { readonly summary: unknown };

const Message = z.union([z.object({ spent: Spent_ }), z.object({ error: z.string() })]);

/** Runs the handler once in a process of its own, with these options of Node; rejects when the invocation fails. */
export async function measured(
  order: Ordered,
  environment: Readonly<Record<string, string>>,
  execArgv: readonly string[] = [],
): Promise<Measured> {
  const child = fork(join(import.meta.dirname, "child.ts"), {
    env: { ...environment },
    execArgv: [...execArgv],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  try {
    child.send(order);
    const [message] = (await Promise.race([once(child, "message"), ended(child)])) as [unknown];
    const told = Message.parse(message);
    if ("error" in told) throw new Error(told.error);
    return told.spent;
  } finally {
    child.kill();
  }
}

async function ended(child: ReturnType<typeof fork>): Promise<never> {
  const [code] = (await once(child, "exit")) as [unknown];
  throw new Error(`The measured process ended by itself (exit code ${String(code)}) and told nothing.`);
}
