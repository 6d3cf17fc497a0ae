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
  readonly turnover: (desired: DesiredGroup, members: ReadonlySet<TargetId>) => Turnover;
}

/** What taking a group over would do to its members, as far as they are ours: by id, with their user names. */
interface Turnover {
  readonly joins: ReadonlyMap<SourceId, string>;
  readonly leaves: ReadonlyMap<TargetId, string>;
  /** Members whose accounts are not active, and who are not in the target yet. */
  readonly later: readonly string[];
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
  const [first = [], others = []] = [isPlainAdoption, (one: Waiting) => !isPlainAdoption(one)].map((fits) =>
    waiting.filter(fits),
  );
  return { pairs, waiting: [...first, ...others], awaited };
}

/** A name is no authority, so every group that is taken over waits. */
function toApprove(pair: GroupPair, { approvals, scoped, turnover }: TakeOverInput): Waiting | undefined {
  const { desired, existing, how } = pair;
  if (how === "linked" || how === "restored") return undefined;
  // Whoever was in a group that is gone leaves it whether it is handed over or not.
  const { joins, leaves, later } = turnover(desired, how === "adopted" ? existing.members : new Set());
  const kind = how === "adopted" ? "adoption" : "hand-over";
  const deed = [existing.id, desired.externalId, ...joins.keys(), ...leaves.keys()];
  return {
    id: approvalId(kind, deed, approvals.digest),
    kind,
    about: { kind: "group", source: desired.externalId, target: existing.id, label: desired.name },
    reason: {
      ...{ code: "taking-over", how, whose: whoseGroup(existing), externalId: existing.externalId },
      ...{ group: existingGroupRef(existing), by: desired.addresses[0] ?? desired.externalId },
      adminCreated: desired.adminCreated,
      owners: scoped.owners(desired.externalId),
      joins: [...joins.values()].toSorted(),
      leaves: [...leaves.values()].toSorted(),
      later: later.toSorted(),
      whole: desired.unread === undefined,
    },
  };
}

/** An adoption that changes no member of a group which an administrator made: all such may be approved at one go. */
export const isPlainAdoption = ({ kind, reason }: Waiting): boolean =>
  kind === "adoption" &&
  reason.code === "taking-over" &&
  reason.adminCreated &&
  reason.whole &&
  reason.joins.length + reason.leaves.length === 0;

function whoseGroup({ externalId }: ExistingGroup): "gone" | "unmanaged" | "foreign" {
  const claim = groupClaim(externalId);
  if (claim.kind === "foreign") return "foreign";
  return sourceOf(claim) === undefined ? "unmanaged" : "gone";
}
