import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "aws-lambda";
import { bounded, shortText } from "./log/bounded.ts";
import type { Status } from "./log/metrics.ts";
import { answer } from "./run/run.ts";
import type { Answer } from "./run/run.ts";
import { parseRequest } from "./request.ts";
import type { PayloadRequest } from "./request.ts";

/** Lambda hands back 6 MB; contract §2 says less than 4. */
const MOST_BYTES = 3_900_000;
/** Lambda's own line about an error has the message twice. */
const LONGEST_MESSAGE = 10_000;

/** A run that did not end well: its message is one sentence with the numbers and the next step. */
class RunError extends Error {
  override readonly name = "RunError";
  readonly status: Status;

  constructor(status: Status, message: string) {
    super(shortText(message, LONGEST_MESSAGE));
    this.status = status;
  }
}

/** From the start of a look for leavers to the start of the second one. */
const AGAIN_MS = 30_000;
/** A tenth of what AWS allows in a minute, so that two looks use a fifth: enough for 12,000 users. */
const FEW_REQUESTS = 120;

/**
 * Lambda's way in. Resolves to the summary, or to what the doctor or an explanation answers; rejects, so that the
 * invocation fails, when a run is refused or failed. A look for leavers that its schedule started is made twice, half a
 * minute apart, where it costs little: schedules know no shorter rate than a minute (EventBridge Scheduler, "Rate-based
 * schedules"), and nobody who left should be in for longer. It resolves to the second summary then.
 */
export async function handler(event: unknown, context: Context): Promise<Answer<PayloadRequest>> {
  const started = performance.now();
  const first = await once(event, context);
  if (!isShortLook(event, first)) return first;
  const waitMs = AGAIN_MS - (performance.now() - started);
  if (waitMs <= 0 || context.getRemainingTimeInMillis() < waitMs + AGAIN_MS) return first;
  await sleep(waitMs);
  return once(event, context);
}

/** Whether it is a look for leavers that its schedule started, and asked little. */
function isShortLook(event: unknown, found: Answer<PayloadRequest>): boolean {
  const { action, trigger } = parseRequest(event);
  if (action !== "leavers" || trigger !== "schedule" || "action" in found) return false;
  const { scim = 0, identityStore = 0 } = found.requests;
  return scim + identityStore <= FEW_REQUESTS;
}

async function once(event: unknown, context: Context): Promise<Answer<PayloadRequest>> {
  const summary = bounded(await run(event, context), MOST_BYTES);
  if ("action" in summary) return summary;
  if (!summary.dryRun && (summary.status === "refused" || summary.status === "failed")) {
    throw new RunError(summary.status, summary.message);
  }
  return summary;
}

async function run(event: unknown, context: Context): Promise<Answer<PayloadRequest>> {
  try {
    return await answer({
      environment: process.env,
      place: "lambda",
      request: parseRequest(event),
      requestId: context.awsRequestId,
      qualifier: context.invokedFunctionArn.split(":")[7],
      remainingMs: () => context.getRemainingTimeInMillis(),
    });
  } catch (error) {
    // Lambda logs what is thrown with all its fields: nothing of a vendor's error may get there.
    throw new RunError(
      "failed",
      error instanceof Error ? error.message : "The run failed for an unknown reason.",
    );
  }
}
