/** One run in a process of its own, to be killed: what it needs comes as JSON in the first argument. */
import { z } from "zod";
import { parseRequest } from "../../../src/request.ts";
import { answer } from "../../../src/run/run.ts";

const Task = z.object({
  environment: z.record(z.string(), z.string()),
  event: z.record(z.string(), z.unknown()),
  place: z.enum(["lambda", "terminal"]).default("lambda"),
});
const { environment, event, place } = Task.parse(JSON.parse(process.argv[2] ?? ""));
// The SDK finds its endpoints in the process alone.
Object.assign(process.env, environment);
await answer({
  environment,
  place,
  request: parseRequest(event),
  qualifier: "approve",
  patience: { firstWaitMs: 1, retries: 1 },
});
