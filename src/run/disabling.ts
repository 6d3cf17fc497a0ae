/** Disables leavers, each looked at in the target just before. */
import { chunks } from "../core/change.ts";
import type { Change, Disabling } from "../core/change.ts";
import { isOffByHand } from "../core/mark.ts";
import type { OutcomeReason } from "../core/reason.ts";
import type { Trouble } from "../core/trouble.ts";
import { isOfOneRequest } from "../aws/errors.ts";
import type { World } from "../world.ts";
import { apply } from "./apply.ts";
import { notReserved } from "./day.ts";
import { skippedBecause } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { keeping } from "./proposal.ts";
import type { Run } from "./proposal.ts";

/** Counts them before they are disabled; false where the budget is spent by then. */
export type Reserve = (portion: readonly Disabling[]) => Promise<boolean | Trouble>;

/** At most so many are disabled for one look at the target, and one entry in the tally. */
const PORTION = 20;

/** Disables them, portion by portion; whoever is disabled already, or is somebody else by now, is left. */
export async function disable(
  changes: readonly Disabling[],
  reserve: Reserve,
  { world, deadline, watch }: Run,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const tell = keeping(outcomes, watch);
  for (const portion of chunks(changes, PORTION)) {
    if (!deadline.timeLeft()) break;
    const seen = await Promise.all(portion.map((change) => whyNotDisabled(change, world)));
    for (const [at, change] of portion.entries()) {
      const code = seen[at];
      if (code !== undefined) tell(skipped(change, { code }));
    }
    const still = portion.filter((_, at) => seen[at] === undefined);
    const may = await reserve(still);
    if (may === true) {
      const nobody = { users: new Map(), groups: new Map() };
      const walk = apply({ ...nobody, steps: [still] }, world.target, { timeLeft: deadline.timeLeft });
      for await (const outcome of walk) tell(outcome);
      continue;
    }
    for (const change of still) tell(skipped(change, notReserved(may)));
  }
  return outcomes;
}

const skipped = (change: Change, reason: OutcomeReason): Outcome => ({
  ...skippedBecause(change, reason),
  of: change,
});

/** Why somebody is not disabled any more: another run has done it, or somebody else, of whom no mark may say otherwise. */
async function whyNotDisabled(
  { id, before }: Disabling,
  { target }: World,
): Promise<"disabled-meanwhile" | "by-hand-meanwhile" | undefined> {
  try {
    const now = await target.user(id);
    if (now !== undefined && isOffByHand(now)) return "by-hand-meanwhile";
    return now?.active === true && now.externalId === before.externalId ? undefined : "disabled-meanwhile";
  } catch (error) {
    // Whom AWS does not show is tried all the same, and keeps nobody else in.
    if (!isOfOneRequest(error)) throw error;
    return undefined;
  }
}
