/**
 * A Lambda environment in a process of its own: for each line of standard input, a JSON `{event, remainingMs,
 * qualifier, environment}`, the handler is called once, with exactly that environment; what it returns or throws
 * follows on one marked line.
 */
import { createInterface } from "node:readline";
import { inspect } from "node:util";
import type { Context } from "aws-lambda";
import { handler } from "../../src/handler.ts";

interface Invocation {
  readonly event: unknown;
  readonly requestId: string;
  readonly remainingMs: number;
  readonly qualifier?: string;
  readonly environment: Readonly<Record<string, string>>;
}

const arn = "arn:aws:lambda:us-east-1:123456789012:function:ssosync";

function contextOf({ requestId, remainingMs, qualifier }: Invocation): Context {
  const end = performance.now() + remainingMs;
  return {
    awsRequestId: requestId,
    invokedFunctionArn: qualifier === undefined ? arn : `${arn}:${qualifier}`,
    getRemainingTimeInMillis: () => end - performance.now(),
  } as Context;
}

for await (const line of createInterface({ input: process.stdin })) {
  const invocation = JSON.parse(line) as Invocation;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, invocation.environment);
  const outcome = await handler(invocation.event, contextOf(invocation)).then(
    (result: unknown) => ({ result }),
    // Lambda shows name, message and stack; whatever else hangs on the error must be harmless too.
    (error: Error) => ({
      error: {
        name: error.name,
        message: error.message,
        all: inspect(error, { depth: 9, showHidden: true }),
      },
    }),
  );
  process.stdout.write(`\u0000${JSON.stringify(outcome)}\n`);
}
