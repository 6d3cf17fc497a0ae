/** What waits for somebody's word. */
export interface Waiting {
  /** A digest of what would happen, without dates: it is what an approval names. */
  readonly id: string;
  readonly kind: "removals" | "hand-over" | "adoption" | "growth" | "unsure" | "renames";
  readonly subject: string;
  /** One sentence. */
  readonly sentence: string;
}

/** Any digest of a text; comes from outside, for the core knows no package. */
export type Digest = (text: string) => string;

export interface Approvals {
  readonly digest: Digest;
  /** The ids that were approved for this run. */
  readonly given: ReadonlySet<string>;
}

/** The parts of what would happen, in an order of their own, so that the same deed has the same id. */
export function approvalId(kind: Waiting["kind"], parts: readonly string[], digest: Digest): string {
  return digest(JSON.stringify([kind, ...parts.toSorted()])).slice(0, 12);
}
