import type { Waiting } from "../core/approval.ts";
import { GROUP_NAMES, USER_NAMES } from "../core/attributes.ts";
import { fitted, isApproved, openPart, toldBy, weigh } from "../core/budget.ts";
import type { Scales } from "../core/budget.ts";
import { principalsIn } from "../core/carried.ts";
import { hasFact } from "../core/change.ts";
import type { Change, Disabling } from "../core/change.ts";
import { groupsOfTheDue, guardDeletions } from "../core/deletions.ts";
import { revokedBefore } from "../core/leavers.ts";
import type { Source, TargetId } from "../core/model.ts";
import { narrow } from "../core/only.ts";
import { NO_HOLDS, bothHolds, changesOf, isBack, plan } from "../core/plan.ts";
import type { Plan, Situation } from "../core/plan.ts";
import type { Held } from "../core/reason.ts";
import { countedParts, subjectKey } from "../core/subjects.ts";
import { NOTHING_SPENT, once, together } from "../core/tally.ts";
import type { Spent } from "../core/tally.ts";
import { judge } from "../core/upheaval.ts";
import type { Verdict } from "../core/upheaval.ts";
import { EVERYTHING, admission } from "./admission.ts";
import { carriesOf, toldWith } from "./carrying.ts";
import { isTrouble } from "./day.ts";
import type { Day } from "./day.ts";
import type { Proposal, Run } from "./proposal.ts";
import { secondLook } from "./second-look.ts";
import type { SecondLook } from "./second-look.ts";
import { planning, situationOf } from "./situation.ts";
import type { Planning, Sides } from "./situation.ts";

type Decided = Pick<
  Proposal,
  | "plan"
  | "refusedPlan"
  | "verdict"
  | "situation"
  | "held"
  | "waiting"
  | "approved"
  | "unasked"
  | "uncounted"
  | "admission"
> & {
  /** Ids that fit, whether or not anything is approved by them: it may be held, not asked about, or free to go by now. */
  readonly idle: readonly string[];
};

/** What the leavers' step came to: who is disabled by it, and who is a leaver and still enabled. */
interface Leavers {
  readonly out: readonly Disabling[];
  readonly late: ReadonlySet<TargetId>;
}

/** Works out the plan; Google is asked again about what it takes away, and what is left of it is weighed. */
export async function decide(sides: Sides, { out, late }: Leavers, run: Run): Promise<Decided> {
  const { source } = sides;
  const { config, selection, now } = run;
  const situation: Situation = {
    ...situationOf(sides, config.rules, now, new Set(selection.approve)),
    // Leavers who are still in are left as they are: no other budget takes them.
    holds: { ...NO_HOLDS, users: late, deletions: revokedBefore(out) },
  };
  const whole = planning(situation);
  const planned: Planning = (holds) =>
    selection.only === undefined
      ? whole(holds)
      : narrow(whole(holds), selection.only, { ...sides, rules: config.rules });
  const first = planned(situation.holds);
  const verdict = judge(first, source, situation);
  const asked = [...groupsOfTheDue(first, situation), ...principalsIn(first, toldWith(first.waiting, run))];
  const carries = await carriesOf(asked, run);
  const known = { ...situation, carries };
  if (verdict.kind === "refused") return refusedPlan(first, verdict, known, source);
  const guarded = guardDeletions(first, known);
  const deletions = known.holds.deletions.union(guarded.deletions);
  const then = { ...known, holds: { ...known.holds, deletions } };
  // Shares are of whoever was enabled when the run began; a plan has no leaver in the tally.
  const spent = { ...NOTHING_SPENT, leavers: once(out.map(({ id }) => id)) };
  const scales = await scalesOf(whole(then.holds), then, source, { day: run.day, spent });
  const settled = await confirmed(planned(then.holds), planned, then, scales, source, run);
  const { waiting, idle, ...decided } = decidedBy(settled, then, scales, source, run);
  return {
    ...{ verdict, situation: then, refusedPlan: undefined, ...decided },
    waiting: [...waiting, ...guarded.waiting],
    idle: [...idle, ...guarded.offers],
  };
}

function refusedPlan(
  whole: Plan,
  verdict: Extract<Verdict, { readonly kind: "refused" }>,
  situation: Situation,
  source: Source,
): Decided {
  const { waiting } = verdict;
  const told = toldBy(whole, situation);
  const offers = offered(situation, source, { spent: NOTHING_SPENT });
  return {
    ...{ verdict, situation, plan: unparking(whole), refusedPlan: whole, waiting },
    idle: [...offers.waiting, ...told.values()].map(({ id }) => id),
    ...{ held: [], approved: [], unasked: [], uncounted: undefined, admission: EVERYTHING },
  };
}

interface Settled {
  readonly plan: Plan;
  readonly found: ReturnType<SecondLook["found"]>;
  /** What does not fit the budgets. */
  readonly over: readonly Waiting[];
  /** What would leave too few in a group that needs them. */
  readonly short: readonly Held[];
}

/** What is planned after something was held is looked at, and weighed, again. */
async function confirmed(
  first: Plan,
  planned: Planning,
  situation: Situation,
  scales: Scales,
  source: Source,
  { config, world, watch, deadline }: Run,
): Promise<Settled> {
  watch?.confirming?.();
  const { timeLeftMs } = deadline;
  const look = secondLook(situation, scales, { ...config, witness: world.witness, source, timeLeftMs });
  let [current, holds] = [first, situation.holds];
  const over = new Map<string, Waiting>();
  const short: Held[] = [];
  do {
    await look.ask(current);
    const fit = fitted(planned, bothHolds(look.found().holds, holds), situation, scales);
    [current, holds] = [fit.plan, fit.holds];
    for (const wait of fit.waiting) over.set(wait.id, wait);
    short.push(...fit.held);
  } while (!look.covers(current));
  return { plan: current, found: look.found(), over: [...over.values()], short };
}

function decidedBy(
  { plan: current, found, over, short }: Settled,
  situation: Situation,
  scales: Scales,
  source: Source,
  { day }: Run,
): Omit<Decided, "verdict" | "situation" | "refusedPlan"> {
  const { given } = situation.approvals;
  const offers = offered(situation, source, scales);
  const { groups, inactive } = found.holds;
  const isKept = ({ about }: Waiting): boolean =>
    (about?.source !== undefined && inactive.has(about.source)) ||
    (about?.target !== undefined && groups.has(about.target));
  // What else is approved may have changed what a group gains; then an id approves nothing, as where Google contradicts.
  const counted = [...countedParts(current, situation)];
  const planned = new Set(counted.map(([, part]) => scales.told.get(subjectKey(part))?.id));
  const isGiven = ({ id }: Waiting): boolean => given.has(id);
  const isPlanned = ({ id }: Waiting): boolean => given.has(id) && planned.has(id);
  const parts = counted.flatMap(([change, part]) => {
    const open = openPart(part, scales, situation);
    return open === undefined ? [] : [[change, open] as const];
  });
  return {
    ...{ plan: current, held: [...found.held, ...short], unasked: found.left, uncounted: scales.unknown },
    admission: admission(new Map(parts), situation, scales, day),
    waiting: [
      ...current.waiting,
      ...found.waiting.map((wait) => alsoApproved(wait, current, scales)),
      ...over,
    ],
    approved: [
      ...offers.waiting.filter((wait) => isGiven(wait) && !isKept(wait)),
      ...found.approved,
      ...offers.counted.filter(isPlanned),
    ],
    idle: [...offers.waiting, ...scales.told.values()].map(({ id }) => id).concat(found.ids),
  };
}

/** One id is for all that a group would lose: whoever is no doubt, and does not go in this run either, is named as well. */
function alsoApproved(wait: Waiting, current: Plan, { told }: Scales): Waiting {
  const { about, reason } = wait;
  if (reason.code !== "members-unsure") return wait;
  const going = changesOf(current).flatMap((change) =>
    change.kind === "members.remove" && change.group.id === about?.target
      ? change.users.map(({ label }) => label)
      : [],
  );
  const named = new Set([...reason.who, ...going]);
  const whole = about?.target && told.get(subjectKey({ kind: "removals", object: about.target }));
  const also = (whole?.who ?? []).filter((name) => !named.has(name));
  return { ...wait, reason: { ...reason, also } };
}

/** What is weighed without anything held: the ids that people were told, and what an upheaval lets through. */
async function scalesOf(
  whole: Plan,
  situation: Situation,
  source: Source,
  { day, spent: byNow }: { readonly day: Day; readonly spent: Spent },
): Promise<Scales> {
  const told = toldBy(whole, situation);
  const upheaval =
    situation.approvals.given.size > 0 && judge(whole, source, unapproved(situation)).kind === "refused";
  const scales = { spent: byNow, told, upheaval };
  // Where nothing counts, nothing is asked.
  if (told.values().every((subject) => isApproved(subject, scales, situation))) return scales;
  const spent = await day.spent();
  return isTrouble(spent) ? { ...scales, unknown: spent } : { ...scales, spent: together(spent, byNow) };
}

/** Whoever lost a name for a moment gets it back, whatever the rest comes to: the name alone, and nobody is enabled. */
function unparking({ steps, ...plan }: Plan): Plan {
  return { ...plan, waiting: [], steps: [steps.flat().filter(isBack).flatMap(nameAlone)] };
}

const NAMES: readonly string[] = [...USER_NAMES, ...GROUP_NAMES];

function nameAlone(change: Change): readonly Change[] {
  if (!("patch" in change)) return [];
  const names = Object.entries(change.patch).filter(([attribute]) => NAMES.includes(attribute));
  if (names.length === 0) return [];
  const patch = Object.fromEntries(names);
  return hasFact(change, "of", "user")
    ? [{ ...change, kind: "user.update", patch }]
    : [{ ...change, kind: "group.update", patch }];
}

/** What an approval may name. */
interface Offered {
  /** What would wait if nothing had been approved, whatever the budgets. */
  readonly waiting: readonly Waiting[];
  /** What would go beyond them, and what was approved and fits by now. */
  readonly counted: readonly Waiting[];
}

function offered(
  situation: Situation,
  source: Source,
  { spent, unknown }: Pick<Scales, "spent" | "unknown">,
): Offered {
  // Where nothing is approved, nothing can be stale; working it out costs as much as two more plans.
  const { given } = situation.approvals;
  if (given.size === 0) return { waiting: [], counted: [] };
  const bare = unapproved(situation);
  const whole = plan(bare);
  const verdict = judge(whole, source, bare);
  const told = toldBy(whole, bare);
  const kept = guardDeletions(whole, bare).waiting;
  const refused = verdict.kind === "refused" ? verdict.waiting : [];
  return {
    waiting: [...whole.waiting, ...kept, ...refused],
    counted: weigh([...told.values()], bare, { spent, unknown, told, upheaval: false, given }).waiting,
  };
}

const unapproved = (situation: Situation): Situation => ({
  ...situation,
  approvals: { ...situation.approvals, given: new Set() },
});
