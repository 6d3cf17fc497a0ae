/** Groups that are taken over: adopted by name, or handed on from a Google group that is gone. */
import { approvalId } from "./approval.ts";
import type { Approvals, Waiting } from "./approval.ts";
import { groupClaim, sourceOf } from "./mark.ts";
import type { Pair } from "./match.ts";
import { existingGroupRef } from "./ref.ts";
import type { Scoped } from "./scope.ts";
import type { DesiredGroup, ExistingGroup, SourceId, TargetId } from "./model.ts";

export interface TakeOverInput {
  readonly scoped: Scoped;
  /** Groups whose removal is held back. */
  readonly held: ReadonlySet<TargetId>;
  readonly approvals: Approvals;
  readonly turnover: (desired: DesiredGroup, existing: ExistingGroup) => Turnover;
}

/** What taking a group over would do to its members, as far as they are ours. */
interface Turnover {
  readonly joins: readonly SourceId[];
  readonly stays: number;
  readonly leaves: readonly TargetId[];
}

type GroupPair = Pair<DesiredGroup, ExistingGroup>;

/** The pairs that nobody has to approve, those that were approved, and what waits for approval. */
export function takenOver(input: TakeOverInput): {
  /** Linked or back, or taken over. */
  readonly pairs: readonly GroupPair[];
  readonly waiting: readonly Waiting[];
  /** The groups that would be taken over. */
  readonly awaited: ReadonlySet<TargetId>;
} {
  const { groups } = input.scoped;
  const pairs: GroupPair[] = [];
  const waiting: Waiting[] = [];
  const awaited = new Set<TargetId>();
  for (const pair of [
    ...groups.pairs,
    ...groups.handOvers.filter(({ existing }) => !input.held.has(existing.id)),
  ]) {
    const wait = toApprove(pair, input);
    if (wait === undefined || input.approvals.given.has(wait.id)) pairs.push(pair);
    else {
      waiting.push(wait);
      awaited.add(pair.existing.id);
    }
  }
  return { pairs, waiting, awaited };
}

function toApprove(pair: GroupPair, { approvals, turnover }: TakeOverInput): Waiting | undefined {
  const { desired, existing, how } = pair;
  if (how === "linked" || how === "restored") return undefined;
  const { joins, stays, leaves } = turnover(desired, existing);
  const adopts = how === "adopted";
  // Nobody managed is to be in a revoked group anyway.
  const marked = groupClaim(existing.externalId).kind === "marked";
  const empties = adopts && joins.length === 0 && stays === 0 && leaves.length > 0 && !marked;
  if (adopts && joins.length === 0 && !empties) return undefined;
  const kind = adopts ? "adoption" : "hand-over";
  const deed = [existing.id, desired.externalId, ...desired.members, ...(empties ? leaves : [])];
  return {
    id: approvalId(kind, deed, approvals.digest),
    kind,
    about: { kind: "group", source: desired.externalId, target: existing.id, label: desired.name },
    reason: {
      ...{ code: "taking-over", how, whose: whoseGroup(existing), externalId: existing.externalId },
      group: existingGroupRef(existing),
      by: desired.addresses[0] ?? desired.externalId,
      gives: empties ? 0 : adopts ? joins.length : desired.members.size,
      takes: empties ? leaves.length : 0,
      members: existing.members.size,
    },
  };
}

function whoseGroup({ externalId }: ExistingGroup): "gone" | "unmanaged" | "foreign" {
  const claim = groupClaim(externalId);
  if (claim.kind === "foreign") return "foreign";
  return sourceOf(claim) === undefined ? "unmanaged" : "gone";
}
