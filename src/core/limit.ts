import type { Limit } from "./model.ts";

/** How many of `base` the limit allows: its share or its count, whichever is larger. */
export function allowed({ share, count }: Limit, base: number): number {
  return Math.max(Math.floor((share ?? 0) * base), count ?? 0);
}

/** The same for removals: never more than half of what there is, unless the setting's own share says so. */
export function allowedRemovals(limit: Limit, base: number): number {
  const byShare = Math.floor((limit.share ?? 0) * base);
  return Math.max(byShare, Math.min(allowed(limit, base), Math.floor(base / 2)));
}
