import { setTimeout as sleep } from "node:timers/promises";

/** Resolves after so many ms; rejects with the signal's own reason, which says why the waiting ended. */
export async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
