import type { Approvals, Waiting } from "../core/approval.ts";
import { narrow, unknownSubjects } from "../core/only.ts";
import { NO_HOLDS, changesOf, plan } from "../core/plan.ts";
import type { Plan, Situation } from "../core/plan.ts";
import { judge, stillDisabled } from "../core/budget.ts";
import type { Verdict } from "../core/budget.ts";
import { scope } from "../core/scope.ts";
import { approvalOf } from "../core/words.ts";
import type { Existing, Source, SourceId } from "../core/model.ts";
import type { Reading } from "../aws/reading.ts";
import { confirm } from "./second-look.ts";
import type { Proposal, Run } from "./proposal.ts";
import type { Progress } from "../google/reader.ts";
import { unsureOf } from "../google/witness.ts";
import { RequestError } from "../request.ts";
import type { Selection } from "../request.ts";
import { digest } from "./digest.ts";
import type { Stopwatch } from "./summary.ts";

/** Reads both sides whole, works out the plan, weighs it, and asks Google again about every removal left. */
export async function propose(run: Run, watch: Stopwatch): Promise<Proposal> {
  const { config, selection, world } = run;
  const { source, existing } = await watch.time("read", () => readBoth(run));
  const situation = situationOf(source, existing, run);
  checkSubjects(selection, source, existing);
  const proposed = narrowed(plan(situation), selection, source, existing);
  const verdict = approvable(judge(proposed, source, situation), selection);
  const base = { config, region: world.region, source, existing, situation, verdict };
  if (verdict.kind === "refused") {
    checkApprovals(selection, offered(situation, source), verdict.waiting);
    const still = await stillDone(proposed, run, source, situation);
    return {
      ...base,
      ...still,
      refusedPlan: proposed,
      held: [],
      waiting: [...verdict.waiting, ...proposed.waiting],
    };
  }
  run.watch?.confirming?.();
  const asked = await watch.time("confirm", () =>
    confirm(proposed, situation, { ...config, witness: world.witness, source }),
  );
  const decided =
    asked.held.length === 0
      ? proposed
      : narrowed(plan({ ...situation, holds: asked.holds }), selection, source, existing);
  const waiting = [...decided.waiting, ...asked.waiting];
  // What is held changes the plan, and with it what was told.
  const told = asked.held.length === 0 ? [situation] : [situation, { ...situation, holds: asked.holds }];
  const offers = told.flatMap((one) => offered(one, source));
  checkApprovals(selection, [...offers, ...asked.approvable], waiting);
  return { ...base, plan: decided, refusedPlan: undefined, held: asked.held, waiting };
}

/** Once one side cannot be read, the other is not read on: neither its requests nor its progress outlive the run. */
async function readBoth({
  world,
  watch,
  deadline,
}: Run): Promise<{ readonly source: Source; readonly existing: Existing }> {
  const at: { source: Progress | undefined; existing: Reading | undefined } = {
    source: undefined,
    existing: undefined,
  };
  const reads = [
    world.readSource((source) => watch?.reading?.(Object.assign(at, { source }))),
    world.readExisting((existing) => watch?.reading?.(Object.assign(at, { existing }))),
  ] as const;
  try {
    const [source, existing] = await Promise.all(reads);
    return { source, existing };
  } catch (error) {
    deadline.end();
    await Promise.allSettled(reads);
    throw error;
  }
}

function situationOf(source: Source, existing: Existing, { config, selection, now }: Run): Situation {
  const { rules } = config;
  const approvals: Approvals = { digest, given: new Set(selection.approve) };
  const scoped = scope(source, existing, rules);
  return { scoped, existing, rules, now: now.toISOString(), holds: NO_HOLDS, approvals };
}

function narrowed(whole: Plan, { only }: Selection, source: Source, existing: Existing): Plan {
  return only === undefined ? whole : narrow(whole, only, source, existing);
}

/** What `only` narrowed has ids of its own, which the whole plan, all that can be approved, does not know. */
function approvable(verdict: Verdict, { only }: Selection): Verdict {
  if (only === undefined || verdict.kind === "free" || verdict.waiting.length === 0) return verdict;
  return { ...verdict, reasons: [...verdict.reasons, { code: "only-unapprovable" }], waiting: [] };
}

function checkSubjects({ only }: Selection, source: Source, existing: Existing): void {
  const unknown = unknownSubjects(only ?? [], source, existing);
  if (unknown.length === 0) return;
  throw new RequestError(
    `Neither Google nor AWS knows ${unknown.join(", ")}: give the address, the name or the id of a user, or of a group that GROUP_MATCH selects; nothing was done.`,
  );
}

/** Everything that could be approved if nothing had been: what an approval may name. */
function offered(situation: Situation, source: Source): readonly string[] {
  // Where nothing is approved, nothing can be stale; working it out costs as much as two more plans.
  if (situation.approvals.given.size === 0) return [];
  const bare = { ...situation, approvals: { digest, given: new Set<string>() } };
  const unapproved = plan(bare);
  // What is approved changes the plan, and with it the id of its removals: both ids were told.
  const waiting = [unapproved, plan(situation)].flatMap((some) => {
    const verdict = judge(some, source, bare);
    return verdict.kind === "refused" ? verdict.waiting : [];
  });
  return [...unapproved.waiting, ...waiting].map((wait) => wait.id);
}

function checkApprovals(
  { approve = [] }: Selection,
  offers: readonly string[],
  waiting: readonly Waiting[],
): void {
  const stale = approve.filter((id) => !offers.includes(id));
  if (stale.length === 0) return;
  const open = waiting.map(approvalOf).map(({ id, kind, subject }) => `${id} (${kind}: ${subject})`);
  throw new RequestError(
    `Nothing waits under ${stale.join(", ")}, and nothing was done: what would happen has changed since. ${
      open.length === 0 ? "Nothing waits at all now." : `Waiting now: ${open.join(", ")}.`
    }`,
  );
}

/** What a refused plan still does: only disabling, and only of those whom Google itself reports. */
async function stillDone(
  refused: Plan,
  { world }: Run,
  source: Source,
  situation: Situation,
): Promise<Pick<Proposal, "plan" | "unasked">> {
  const gone = changesOf(refused).some((change) => change.kind === "user.retire" && change.cause === "gone");
  const deleted = gone ? await world.witness.deletedUsers().catch(unsureOf) : new Set<SourceId>();
  const off = source.users.filter((user) => user.state !== "active").map((user) => user.id);
  return "why" in deleted
    ? { plan: stillDisabled(refused, new Set(off), situation), unasked: deleted }
    : { plan: stillDisabled(refused, deleted.union(new Set(off)), situation) };
}
