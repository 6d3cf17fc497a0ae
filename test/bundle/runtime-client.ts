/** The bundle under AWS's own runtime client, which gets its work from a Runtime API of ours on the loopback address. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { arnOf, deadlineOf, LAMBDAS_NODE, listen } from "./running.ts";
import type { Answer, Installed, Invocation, Running } from "./running.ts";

/** The folder that the package aws-lambda-ric was installed into; it needs a compiler, so it is no dependency. */
export const clientFolder = process.env["LAMBDA_RIC"];

export async function startUnderClient(installed: Installed): Promise<Running> {
  const client = join(clientFolder ?? "", "node_modules", "aws-lambda-ric", "index.mjs");
  if (!existsSync(client)) throw new Error(`There is no ${client}: LAMBDA_RIC names the wrong folder.`);
  const api = await startRuntimeApi(installed);
  const child = spawn(process.execPath, [...LAMBDAS_NODE, client], {
    env: { ...installed.environment, AWS_LAMBDA_RUNTIME_API: api.address },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const heard = listen(child);
  const ended = once(child, "close");
  ended.then(
    () => api.end(new Error(`The runtime client ended: ${heard.output().slice(-2_000)}`)),
    (error: unknown) => api.end(error),
  );
  await api.loaded;
  return {
    ...heard,
    invoke: api.invoke,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      await api.close();
    },
  };
}

interface RuntimeApi {
  readonly address: string;
  /** The function has been loaded and asks for work. */
  readonly loaded: Promise<void>;
  readonly invoke: Running["invoke"];
  /** Nobody will answer any more. */
  readonly end: (reason: unknown) => void;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly invocation: Invocation;
  readonly settle: (answer: Answer) => void;
  readonly fail: (reason: unknown) => void;
}

/** `next` waits until there is something to do; `response` and `error` settle it. One invocation at a time, as Lambda. */
async function startRuntimeApi({ definition }: Installed): Promise<RuntimeApi> {
  const queue: Waiting[] = [];
  const open = new Map<string, Waiting>();
  const loaded = Promise.withResolvers<void>();
  let idle: ServerResponse | undefined;

  const hand = (): void => {
    const waiting = queue[0];
    if (idle === undefined || waiting === undefined) return;
    queue.shift();
    const { invocation } = waiting;
    open.set(invocation.requestId, waiting);
    idle.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": invocation.requestId,
      "lambda-runtime-deadline-ms": String(deadlineOf(definition, invocation.remainingMs)),
      "lambda-runtime-invoked-function-arn": arnOf(definition, invocation.qualifier),
      "lambda-runtime-trace-id": "Root=1-00000000-000000000000000000000000;Sampled=0",
    });
    idle.end(JSON.stringify(invocation.event ?? null));
    idle = undefined;
  };
  const end = (reason: unknown): void => {
    loaded.reject(reason);
    for (const waiting of [...queue.splice(0), ...open.values()]) waiting.fail(reason);
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, , , subject, id = "", verb] = (request.url ?? "").split("/");
    if (subject === "invocation" && id === "next") {
      idle = response;
      loaded.resolve();
      return hand();
    }
    const body: unknown = JSON.parse(await text(request));
    response.writeHead(202).end();
    if (subject === "init") return end(new Error(`The function did not load: ${JSON.stringify(body)}`));
    open.get(id)?.settle(verb === "error" ? { error: Failure.parse(body) } : { value: body });
    open.delete(id);
  };
  const server = createServer((request, response) => void serve(request, response).catch(end));
  return {
    address: await listening(server),
    loaded: loaded.promise,
    invoke: (invocation) =>
      new Promise((settle, fail) => {
        queue.push({ invocation, settle, fail });
        hand();
      }),
    end,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const Failure = z.object({ errorType: z.string(), errorMessage: z.string() });

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
