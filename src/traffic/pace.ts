/** Lets requests start at most so many times a second; one for each service, shared by all that call it. */
export interface Pace {
  /**
   * Resolves when the caller may send one request, first come first served, but that whoever asks `ahead` has the right
   * of way: of a list, each page can only be asked for after the one before. Rejects with the signal's reason.
   */
  turn(signal?: AbortSignal, ahead?: boolean): Promise<void>;
  /**
   * The service said "too fast": nobody starts before `waitMs` (its `Retry-After`, of which `LONGEST_PAUSE_MS` at
   * most) or a growing pause is over, and the rate is halved; it comes back little by little. Refusals during a pause
   * belong to the same episode.
   */
  refused(waitMs?: number): void;
  /** Requests let through so far. */
  readonly count: number;
}

/** A service that asks for more is not waited for any longer: whoever asks it next is told again. */
export const LONGEST_PAUSE_MS = 300_000;
/** The gaps between starts are such that a second's worth of them takes so long: the rest makes up for late ones. */
const SECOND_MS = 1035;
/** No window of this length sees more than a second's worth of starts; requests do not all travel equally fast. */
const WINDOW_MS = 1020;
/**
 * How much time is made up for when a busy machine wakes a timer late, in gaps between two starts: then two start at
 * once, or three, which a bucket with a burst of five takes at any rate.
 */
const LATENESS_GAPS = 1.5;
/** Where the gaps are shorter than a timer's precision. */
const LEAST_LATENESS_MS = 10;
const FIRST_PAUSE_MS = 500;
/** The slowest it gets, as a share of the set rate. */
const SLOWEST = 1 / 16;
/** From standing still to the full rate. */
const RECOVERY_MS = 30_000;

interface Waiter {
  readonly go: () => void;
  readonly ahead: boolean;
}

/** How fast at present, and until when not at all. Times are `performance.now()`. */
function throttle(perSecond: number) {
  let share = 1;
  let changed = 0;
  let closedUntil = 0;
  const shareAt = (now: number) => Math.min(1, share + (now - changed) / RECOVERY_MS);
  return {
    closedUntil: () => closedUntil,
    gap: (now: number) => SECOND_MS / (perSecond * shareAt(now)),
    close(now: number, waitMs: number | undefined): void {
      if (now >= closedUntil) {
        share = Math.max(SLOWEST, shareAt(now) / 2);
        closedUntil = now + FIRST_PAUSE_MS / (2 * share);
      }
      if (waitMs !== undefined) closedUntil = Math.max(closedUntil, now + Math.min(waitMs, LONGEST_PAUSE_MS));
      changed = closedUntil;
    },
  };
}

/** Says when the last window is no longer full: the latest `perSecond` starts, the oldest overwritten first. */
function window(perSecond: number) {
  const starts = new Float64Array(perSecond).fill(Number.NEGATIVE_INFINITY);
  let next = 0;
  return {
    opens: () => (starts[next] ?? 0) + WINDOW_MS,
    note(now: number): void {
      starts[next] = now;
      next = (next + 1) % perSecond;
    },
  };
}

/**
 * At most `perSecond` (a whole number) starts in any second, spaced evenly: what a late timer cost is made up for, but
 * waiting callers are never let through in a burst, however long nobody called.
 */
export function pace(perSecond: number): Pace {
  const speed = throttle(perSecond);
  const last = window(perSecond);
  const waiting: Waiter[] = [];
  let slot = 0;
  let count = 0;
  let timer: NodeJS.Timeout | undefined;

  function next(): void {
    clearTimeout(timer);
    let now = performance.now();
    const wait = () => Math.max(slot, last.opens(), speed.closedUntil()) - now;
    while (waiting.length > 0 && wait() <= 0) {
      const gap = speed.gap(now);
      slot = Math.max(slot, now - Math.max(LEAST_LATENESS_MS, LATENESS_GAPS * gap)) + gap;
      last.note(now);
      count += 1;
      waiting.shift()?.go();
      now = performance.now();
    }
    if (waiting.length > 0) timer = setTimeout(next, Math.ceil(wait()));
  }

  return {
    get count() {
      return count;
    },
    turn: (signal, ahead = false) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason as Error);
        const leave = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          next();
          reject(signal?.reason as Error);
        };
        const waiter = {
          ahead,
          go: () => {
            signal?.removeEventListener("abort", leave);
            resolve();
          },
        };
        signal?.addEventListener("abort", leave, { once: true });
        // Made up for is only what those who wait have lost: a slot that nobody wanted is gone.
        if (waiting.length === 0) slot = Math.max(slot, performance.now());
        const behind = ahead ? waiting.findIndex((other) => !other.ahead) : -1;
        waiting.splice(behind === -1 ? waiting.length : behind, 0, waiter);
        if (waiting.length === 1) next();
      }),
    refused: (waitMs) => speed.close(performance.now(), waitMs),
  };
}
