/** The time is over: what is open is cut off, and what was not started waits for the next run. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

/** How long a run may take, and the two moments at which it winds down. */
export interface Deadline {
  /** Aborts with `OutOfTime` shortly before the end: nothing is sent any more, and what is under way has 2 s. */
  readonly signal: AbortSignal;
  /** Whether a change started now will very likely be done in time. */
  readonly timeLeft: () => boolean;
  /** Whether somebody asked for the end. */
  readonly stopped: () => boolean;
  /** Milliseconds in which requests may still start. */
  readonly timeLeftMs: () => number;
  /** The run is over: whatever is still under way is stopped, and the process may end. */
  readonly end: () => void;
}

/** One request, its retries after a hiccup included, is nearly always over in this time. */
const TO_FINISH_MS = 3_000;
/** For the summary and the metrics. */
const TO_REPORT_MS = 500;
/** What requests under way are left at the end; the clients see to it. */
const TO_WIND_DOWN_MS = 2_000;

/**
 * `remainingMs` is asked whenever it matters, as Lambda's context is; without it there is no end. Once `stop` is
 * aborted no change is started any more, and the open ones are finished.
 */
export function deadline(remainingMs: (() => number) | undefined, stop?: AbortSignal): Deadline {
  const controller = new AbortController();
  const leftMs = (): number => (remainingMs?.() ?? Number.POSITIVE_INFINITY) - TO_REPORT_MS;
  const stopped = (): boolean => stop?.aborted ?? false;
  const over = (): void =>
    controller.abort(
      new OutOfTime(
        "The time given to this run is over; give the function more time (Timeout in function.json).",
      ),
    );
  const timer = remainingMs && setTimeout(over, Math.max(0, leftMs() - TO_WIND_DOWN_MS));
  return {
    signal: controller.signal,
    stopped,
    timeLeftMs: () => leftMs() - TO_WIND_DOWN_MS,
    timeLeft: () => !stopped() && leftMs() > TO_FINISH_MS,
    end: () => {
      clearTimeout(timer);
      controller.abort(new OutOfTime("The run is over."));
    },
  };
}
