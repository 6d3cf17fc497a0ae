/** Token buckets on the real clock, one for each service that has a limit. */

export interface Rate {
  readonly perSecond: number;
  /** How many may come at once; `perSecond` unless told. */
  readonly burst?: number;
}

/** Says whether one more request may pass now, and counts it if so. */
export type Bucket = () => boolean;

export function createBucket(rate: Rate, clock: () => number = () => performance.now()): Bucket {
  const size = rate.burst ?? rate.perSecond;
  let left = size;
  let last = clock();
  return () => {
    const now = clock();
    left = Math.min(size, left + ((now - last) / 1000) * rate.perSecond);
    last = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
