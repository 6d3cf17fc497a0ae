import { hasFact, objectIdOf } from "../core/change.ts";
import type { Change } from "../core/change.ts";
import type { Plan } from "../core/plan.ts";
import type { OutcomeReason } from "../core/reason.ts";
import { partyRef, refOf } from "../core/ref.ts";
import type { SourceId } from "../core/model.ts";
import { TokenError } from "../aws/errors.ts";
import { sideBySide } from "../traffic/pool.ts";
import { write } from "./write.ts";
import { skippedBecause } from "./outcome.ts";
import type { Ledger, Outcome, Target } from "./outcome.ts";

interface Way {
  /** Whether there is time to start another change. */
  readonly timeLeft: () => boolean;
  /** Why a change may not be made after all. */
  readonly refusal?: (change: Change) => Promise<OutcomeReason | undefined>;
  /** Requests under way at most; how fast they start is the pace's business. */
  readonly width?: number;
  /**
   * Called once, with the first change that made something; until then changes go one by one. A rejection ends the
   * run.
   */
  readonly afterFirst?: (first: Outcome) => Promise<void>;
}

const WIDTH = 32;

/**
 * Walks the plan: its steps one after the other, the changes of a step side by side, never two at once about one
 * object. One refused change stops only what depends on it. Throws a `TokenError` once the open ones are done;
 * changes that were not started, for want of time, have no outcome.
 */
export async function* apply(
  plan: Pick<Plan, "steps" | "users" | "groups">,
  target: Target,
  way: Way,
): AsyncGenerator<Outcome, void> {
  const ledger: Ledger = {
    users: new Map(plan.users),
    groups: new Map(plan.groups),
    lost: new Map(),
    stuck: new Map(),
    kept: new Map(),
    refused: new Set(),
  };
  let fatal: unknown;
  const goOn = (): boolean => fatal === undefined && way.timeLeft();
  const perform = async (change: Change): Promise<readonly Outcome[]> => {
    const refusal = await way.refusal?.(change);
    const results =
      refusal === undefined ? await write(change, target, ledger) : [skippedBecause(change, refusal)];
    const outcomes = results.map((result) => ({ ...result, of: change }));
    for (const outcome of outcomes) {
      note(outcome, ledger);
      if (outcome.error instanceof TokenError) fatal ??= outcome.error;
    }
    return outcomes;
  };
  const { afterFirst } = way;
  const steps =
    afterFirst === undefined ? plan.steps : yield* firstAlone(plan.steps, perform, goOn, afterFirst);
  for (const step of steps) {
    // Requests about one object follow each other.
    const chains = [...Map.groupBy(step, objectIdOf).values()];
    yield* sideBySide(chains, perform, way.width ?? WIDTH, goOn);
    if (!goOn()) break;
  }
  if (fatal !== undefined) throw fatal as Error;
}

/** Goes change by change until one has made something; returns what is left. */
async function* firstAlone(
  steps: Plan["steps"],
  perform: (change: Change) => Promise<readonly Outcome[]>,
  goOn: () => boolean,
  afterFirst: (first: Outcome) => Promise<void>,
): AsyncGenerator<Outcome, Plan["steps"]> {
  const left = steps.map((step) => [...step]);
  for (const step of left) {
    while (goOn()) {
      const change = step.shift();
      if (change === undefined) break;
      const outcomes = await perform(change);
      yield* outcomes;
      const made = outcomes.find(
        ({ change: { kind }, targetId }) => kind !== "members.add" && targetId !== undefined,
      );
      if (made === undefined) continue;
      await afterFirst(made);
      return left;
    }
  }
  return left;
}

function note({ status, change, reason, targetId }: Outcome, ledger: Ledger): void {
  if (status === "applied") {
    if (change.kind === "user.create" && targetId !== undefined) {
      ledger.users.set(change.user.externalId, targetId);
    }
    if (change.kind === "group.create" && targetId !== undefined) {
      ledger.groups.set(change.group.externalId, targetId);
    }
    return;
  }
  const failing = { on: refOf(change), because: reason };
  if (change.kind === "user.create") ledger.lost.set(change.user.externalId, failing);
  if (change.kind === "group.create") ledger.lost.set(change.group.externalId, failing);
  if (hasFact(change, "limit", "memberships"))
    for (const user of change.users) ledger.kept.set(user.id, { ...failing, on: partyRef("user", user) });
  if (!("patch" in change)) return;
  ledger.stuck.set(change.id, failing);
  const { externalId } = change.patch;
  // Whoever is not ours yet, or not again, gets no memberships: the next run would have to take them away.
  if (externalId !== undefined) ledger.lost.set(externalId as SourceId, failing);
}
