/** One invocation in a process of its own, so that its memory and CPU time are the program's and nothing else's. */
import { pathToFileURL } from "node:url";
import type { Ordered, Spent } from "./measured.ts";

type Handler = (event: unknown, context: object) => Promise<unknown>;

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function perform({ entry, event, remainingMs }: Ordered): Promise<Spent> {
  const begun = { at: performance.now(), cpu: cpuSeconds() };
  const { handler } = (await import(pathToFileURL(entry).href)) as { readonly handler: Handler };
  const loaded = { at: performance.now(), cpu: cpuSeconds() };
  const summary = await handler(event, {
    awsRequestId: "bench",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:111122223333:function:ssosync",
    getRemainingTimeInMillis: () => loaded.at + remainingMs - performance.now(),
  });
  return {
    summary,
    importMs: loaded.at - begun.at,
    importCpuMs: (loaded.cpu - begun.cpu) * 1000,
    seconds: (performance.now() - loaded.at) / 1000,
    cpuSeconds: cpuSeconds() - loaded.cpu,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}

process.once("message", (order: Ordered) => {
  perform(order).then(
    (spent) => process.send?.({ spent }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
