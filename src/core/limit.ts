import type { Limit } from "./model.ts";

/** However small the company: with a count that is not smaller itself, so many may always go. */
const FEW = 3;

/**
 * How many a limit allows: its share of `of` (rounded up) or its count, whichever is larger, and never more than its
 * ceiling. A count is worth at most half of `all`, where that is given, but not less than 3.
 */
export function allowed({ share, count, ceiling }: Limit, of: number, all?: number): number {
  // A share is a decimal fraction: 0.1 * 30 must not be rounded up to 4. All of it means as many as there are.
  const byShare = share === 1 ? Infinity : Math.ceil(Number(((share ?? 0) * of).toFixed(6)));
  const byCount = Math.min(count ?? 0, all === undefined ? Infinity : Math.max(FEW, Math.floor(all / 2)));
  return Math.min(Math.max(byShare, byCount), ceiling ?? Infinity);
}
