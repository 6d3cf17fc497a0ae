/** What cannot be right, whatever the budgets (contract §6). */
import { approvalId } from "./approval.ts";
import type { Waiting } from "./approval.ts";
import { hasFact, takesAccess } from "./change.ts";
import type { Change } from "./change.ts";
import { groupClaim, userClaim } from "./mark.ts";
import { changesOf } from "./plan.ts";
import type { Plan, Situation } from "./plan.ts";
import type { RefusalReason } from "./reason.ts";
import type { Existing, Source, TargetId } from "./model.ts";

/** Whether a plan can be right. */
export type Verdict =
  | { readonly kind: "free" }
  | {
      readonly kind: "refused";
      readonly reasons: readonly RefusalReason[];
      /** What an approval would let through; empty where nothing can be approved. */
      readonly waiting: readonly Waiting[];
    };

const WHAT = ["users", "groups"] as const;
type What = (typeof WHAT)[number];
type Held = Readonly<Record<What, ReadonlySet<TargetId>>>;

/** Where there are fewer, one who leaves may be the last, and somebody may say so. */
const FEW = 3;

/**
 * An empty source, nobody left, or more than half gone: then nothing is done but what leavers need. `given` approvals
 * let through what may be approved.
 */
export function judge(plan: Plan, source: Source, situation: Situation): Verdict {
  const held = managedNow(situation.existing);
  const unlisted = WHAT.filter((what) => source[what].length === 0 && held[what].size > 0);
  if (unlisted.length > 0)
    return refusedFor(
      unlisted.map((what) => ({ code: "nothing-listed", budget: what, existing: held[what].size })),
    );
  const gone = goneBy(changesOf(plan));
  const broken = WHAT.map((what) => lossOf(what, gone[what], held[what])).filter(
    (loss) => loss !== undefined,
  );
  if (broken.length === 0) return { kind: "free" };
  if (broken.some(({ code, existing }) => code === "nothing-left" && existing >= FEW))
    return refusedFor(broken);
  const { digest, given } = situation.approvals;
  const id = approvalId("upheaval", [...gone.users, ...gone.groups], digest);
  if (given.has(id)) return { kind: "free" };
  return refusedFor(
    broken,
    broken.slice(0, 1).map((reason) => ({ id, kind: "upheaval", reason })),
  );
}

const refusedFor = (reasons: readonly RefusalReason[], waiting: readonly Waiting[] = []): Verdict => ({
  ...{ kind: "refused", reasons, waiting },
});

function lossOf(what: What, gone: ReadonlySet<TargetId>, held: ReadonlySet<TargetId>) {
  const lost = held.intersection(gone).size;
  if (lost * 2 <= held.size) return undefined;
  const code = lost === held.size ? "nothing-left" : "more-than-half";
  return { code, budget: what, existing: held.size, lost } as const;
}

/** Enabled managed users, and managed groups. */
function managedNow({ users, groups }: Existing): Held {
  const ours = users.filter(({ active, externalId }) => active && userClaim(externalId).kind === "managed");
  const theirs = groups.filter(({ externalId }) => groupClaim(externalId).kind === "managed");
  return { users: new Set(ours.map(({ id }) => id)), groups: new Set(theirs.map(({ id }) => id)) };
}

function goneBy(changes: readonly Change[]): Held {
  const of = (what: What): ReadonlySet<TargetId> =>
    new Set(
      changes.flatMap((change) => (hasFact(change, "limit", what) && takesAccess(change) ? [change.id] : [])),
    );
  return { users: of("users"), groups: of("groups") };
}
