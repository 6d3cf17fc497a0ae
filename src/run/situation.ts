/** What a run knows of both sides once they are read, before anything is decided. */
import type { Approvals } from "../core/approval.ts";
import { NOTHING_ASKED } from "../core/carries.ts";
import type { Existing, Rules, Source, SourceId } from "../core/model.ts";
import { NO_HOLDS, plan } from "../core/plan.ts";
import type { Holds, Plan, Situation } from "../core/plan.ts";
import { remembered } from "../core/remembered.ts";
import { scope } from "../core/scope.ts";
import { digest } from "./digest.ts";
import type { Run } from "./proposal.ts";

/** Whoever was looked at in the first step is not looked at again. */
export function rememberingLooks(run: Run): Run {
  const { witness } = run.world;
  const userById = remembered((id: SourceId) => witness.userById(id));
  return { ...run, world: { ...run.world, witness: { ...witness, userById } } };
}

export interface Sides {
  readonly source: Source;
  readonly existing: Existing;
}

/** Both sides with nothing held, and these ids approved. */
export function situationOf(
  { source, existing }: Sides,
  rules: Rules,
  now: Date,
  given: ReadonlySet<string>,
): Situation {
  const approvals: Approvals = { digest, given };
  const scoped = scope(source, existing, rules);
  return {
    scoped,
    existing,
    rules,
    now: now.toISOString(),
    holds: NO_HOLDS,
    approvals,
    carries: NOTHING_ASKED,
  };
}

export type Planning = (holds: Holds) => Plan;

/** Plans once for the same holds. They only grow within a run, so their sizes tell them apart. */
export function planning(situation: Situation): Planning {
  const known = new Map<string, Plan>();
  return (holds) => {
    const sizes = Object.values(holds)
      .map(({ size }: ReadonlySet<string>) => size)
      .join(" ");
    const found = known.get(sizes) ?? plan({ ...situation, holds });
    known.set(sizes, found);
    return found;
  };
}
