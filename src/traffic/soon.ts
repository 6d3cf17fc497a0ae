import { setTimeout as sleep } from "node:timers/promises";

interface Patience {
  readonly signal?: AbortSignal | undefined;
  /** The wait before the second look in ms; 500 unless told. */
  readonly firstWaitMs?: number | undefined;
  /** Milliseconds that are left; what takes longer is not waited for. */
  readonly timeLeft?: (() => number) | undefined;
}

/** What was just made may take a moment to be seen: what is waited before each look, in first waits. */
const LOOKS = [0, 1, 2, 4, 8];

/**
 * What a look finds as soon as one finds something, `undefined` when none of five does. Rejects with the signal's own
 * reason.
 */
export async function soon<T>(
  look: () => Promise<T | undefined>,
  { signal, firstWaitMs = 500, timeLeft = () => Number.POSITIVE_INFINITY }: Patience,
): Promise<T | undefined> {
  for (const waits of LOOKS) {
    const waitMs = waits * firstWaitMs;
    if (waits > 0 && waitMs >= timeLeft()) return undefined;
    await pause(waitMs, signal);
    const found = await look();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Rejects with the signal's own reason. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
}
