import type { Approvals, Waiting } from "../core/approval.ts";
import { fitted, isApproved, toldBy } from "../core/budget.ts";
import { objectIdOf } from "../core/change.ts";
import type { Scales } from "../core/budget.ts";
import { corrected, withoutLeavers } from "../core/leavers.ts";
import { isMeant, narrow, unknownSubjects } from "../core/only.ts";
import { NO_HOLDS, isBack, plan } from "../core/plan.ts";
import type { Holds, Plan, Situation } from "../core/plan.ts";
import { remembered } from "../core/remembered.ts";
import { scope } from "../core/scope.ts";
import { countedParts } from "../core/subjects.ts";
import { NOTHING_SPENT } from "../core/tally.ts";
import { judge } from "../core/upheaval.ts";
import { approvalOf } from "../core/words.ts";
import { sourceOf, userClaim } from "../core/mark.ts";
import type {
  Existing,
  ExistingUsers,
  Rules,
  Source,
  SourceId,
  SourceUsers,
  TargetId,
} from "../core/model.ts";
import type { Trouble } from "../core/trouble.ts";
import { SourceError } from "../google/errors.ts";
import type { Reading } from "../aws/reading.ts";
import type { Progress } from "../google/reader.ts";
import { RequestError } from "../request.ts";
import type { Selection } from "../request.ts";
import { EVERYTHING, admission } from "./admission.ts";
import { isTrouble } from "./day.ts";
import type { Day } from "./day.ts";
import { digest } from "./digest.ts";
import { leave } from "./leavers.ts";
import type { Left } from "./leavers.ts";
import type { Proposal, Run } from "./proposal.ts";
import { secondLook } from "./second-look.ts";
import type { Stopwatch } from "./summary.ts";

/**
 * Reads both sides whole, with the leavers disabled as soon as the users are known; works out the plan for the rest,
 * asks Google again about every removal in it, and weighs what is left.
 */
export async function propose(given: Run, watch: Stopwatch): Promise<Proposal> {
  const run = rememberingLooks(given);
  const { source, existing, left } = await watch.time("read", () => readBoth(run));
  const stillIn = run.early ? await notDisabled(left) : new Set<string>();
  const out = left.changes.filter((change) => !stillIn.has(objectIdOf(change)));
  const rest = { source: corrected(source, left.looked), existing: withoutLeavers(existing, out) };
  const late = new Set([
    ...left.waiting.flatMap(({ about }) => about?.target ?? []),
    ...stillIn,
  ]) as Set<TargetId>;
  const decided = await watch.time("confirm", () => decide(rest, late, run));
  const { config, world } = run;
  const approve = run.selection.approve ?? [];
  const stale = approve.filter((id) => !decided.offers.includes(id) && !left.offers.includes(id));
  const waiting = [...left.waiting, ...decided.waiting];
  if (approve.length > 0 && stale.length === approve.length) throw unfit(stale, waiting);
  const { verdict, situation, refusedPlan } = decided;
  return {
    ...{ config, region: world.region, source: rest.source, existing, situation, verdict, refusedPlan },
    plan: { ...decided.plan, steps: [left.changes, ...decided.plan.steps].filter((step) => step.length > 0) },
    ...{ rest: decided.plan, leavers: left.disable },
    held: [...left.held, ...decided.held],
    admission: decided.admission,
    uncounted: left.uncounted ?? decided.uncounted,
    ...{ waiting, stale, approved: [...left.approved, ...decided.approved] },
    unasked: [...left.unasked, ...decided.unasked],
  };
}

/** Whom AWS refused to disable, or who could not be counted: nothing else is done about them, as if they were out. */
async function notDisabled(left: Left): Promise<ReadonlySet<string>> {
  const outcomes = await left.disable();
  const done = new Set(
    outcomes.flatMap(({ status, change }) => (status === "applied" ? [objectIdOf(change)] : [])),
  );
  return new Set<string>(left.changes.map(objectIdOf)).difference(done as ReadonlySet<string>);
}

/** The first step by itself: nothing about groups can stop it, nor does a listing of users that fails. */
export async function proposeLeavers(given: Run, watch: Stopwatch): Promise<Proposal> {
  const run = rememberingLooks(given);
  const { config, world, now } = run;
  const { source, existing, unlisted, left } = await watch.time("read", async () => {
    const [people, users] = await Promise.all([
      listedOrDeleted(run),
      world.readExisting().then((reading) => reading.users()),
    ]);
    const found = people.source ?? onlyDeleted(people.deleted, users, people.unlisted);
    return {
      source: found,
      existing: users,
      unlisted: people.unlisted,
      left: await leave(run, found, users),
    };
  });
  const sides: Sides = {
    source: { ...source, matched: "none", groups: [], members: new Map(), outside: new Set() },
    existing: { ...existing, groups: [] },
  };
  const plan = { skips: [], waiting: [], strangers: [], users: new Map(), groups: new Map() };
  return {
    ...{ config, region: world.region, ...sides, verdict: { kind: "free" }, refusedPlan: undefined },
    situation: situationOf(sides, config.rules, now, new Set()),
    plan: { ...plan, steps: left.changes.length === 0 ? [] : [left.changes] },
    ...{ rest: { ...plan, steps: [] }, leavers: left.disable, admission: EVERYTHING, stale: [] },
    ...{ held: left.held, waiting: left.waiting, approved: [], unasked: left.unasked },
    ...{ uncounted: left.uncounted, unlisted },
  };
}

type People =
  | { readonly source: SourceUsers; readonly unlisted?: undefined }
  | { readonly source?: undefined; readonly unlisted: Trouble; readonly deleted: ReadonlySet<SourceId> };

async function listedOrDeleted({ world }: Run): Promise<People> {
  try {
    return { source: await world.readSource().users() };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { unlisted: error, deleted: await world.witness.deletedUsers() };
  }
}

/** Nothing is known but who is deleted. */
function onlyDeleted(deleted: ReadonlySet<SourceId>, { users }: ExistingUsers, why: Trouble): SourceUsers {
  const others = users.flatMap(({ externalId, userName }) => {
    const id = sourceOf(userClaim(externalId));
    const unread = { kind: "user", email: userName, why: why.why, todo: why.todo } as const;
    return id === undefined || deleted.has(id) ? [] : [[id, unread] as const];
  });
  return { users: [], unread: new Map(others) };
}

/** Whoever was looked at in the first step is not looked at again. */
function rememberingLooks(run: Run): Run {
  const { witness } = run.world;
  const userById = remembered((id: SourceId) => witness.userById(id));
  return { ...run, world: { ...run.world, witness: { ...witness, userById } } };
}

interface Sides {
  readonly source: Source;
  readonly existing: Existing;
}

/** Leavers wait for nothing but the users of both sides; when anything else cannot be read, they are gone before it is told. */
async function readBoth(run: Run): Promise<Sides & { readonly left: Left }> {
  const { world, watch, deadline, selection } = run;
  const at: { source: Progress | undefined; existing: Reading | undefined } = {
    source: undefined,
    existing: undefined,
  };
  const source = world.readSource((now) => watch?.reading?.(Object.assign(at, { source: now })));
  const existing = world.readExisting((now) => watch?.reading?.(Object.assign(at, { existing: now })));
  const whole = Promise.all([source.whole(), existing.then((reading) => reading.whole())]);
  const step =
    selection.only === undefined
      ? Promise.all([source.users(), existing.then((reading) => reading.users())]).then(([people, users]) =>
          leave(run, people, users),
        )
      : whole.then(([all, there]) => {
          checkSubjects(selection, all, there);
          return leave(run, all, there, isMeant(selection.only ?? [], all, there));
        });
  try {
    const [[all, there], left] = await Promise.all([whole, step]);
    return { source: all, existing: there, left };
  } catch (error) {
    await Promise.allSettled([step]);
    // Neither the other side's requests nor its progress outlive the run.
    deadline.end();
    await Promise.allSettled([whole]);
    throw error;
  }
}

function checkSubjects({ only }: Selection, source: Source, existing: Existing): void {
  const unknown = unknownSubjects(only ?? [], source, existing);
  if (unknown.length === 0) return;
  throw new RequestError(
    `Neither Google nor AWS knows ${unknown.join(", ")}: give the address, the name or the id of a user, or of a group that GROUP_MATCH selects; nothing was done.`,
  );
}

// ---------------------------------------------------------------- the rest of the plan

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
> & { readonly offers: readonly string[] };

/** Leavers who are still in are left as they are: no other budget takes them. */
async function decide(sides: Sides, late: ReadonlySet<TargetId>, run: Run): Promise<Decided> {
  const { source, existing } = sides;
  const { config, selection, world, now } = run;
  const situation: Situation = {
    ...situationOf(sides, config.rules, now, new Set(selection.approve)),
    holds: { ...NO_HOLDS, users: late },
  };
  const { approvals } = situation;
  const planned = (holds: Holds): Plan => {
    const whole = plan({ ...situation, holds });
    return selection.only === undefined ? whole : narrow(whole, selection.only, source, existing);
  };
  const first = planned(situation.holds);
  const verdict = judge(first, source, situation);
  const nothing = { held: [], approved: [], unasked: [], admission: EVERYTHING };
  if (verdict.kind === "refused") {
    const { waiting } = verdict;
    const offers = [...waiting, ...first.waiting].map(({ id }) => id);
    return { ...nothing, verdict, situation, plan: unparking(first), refusedPlan: first, waiting, offers };
  }
  const scales = await scalesOf(situation, source, run.day);
  run.watch?.confirming?.();
  const { timeLeftMs } = run.deadline;
  const look = secondLook(situation, scales, { ...config, witness: world.witness, source, timeLeftMs });
  let [current, holds] = [first, situation.holds];
  const waits = new Map<string, Waiting>();
  do {
    await look.ask(current);
    const fit = fitted(planned, bothHolds(look.found().holds, holds), situation, scales);
    [current, holds] = [fit.plan, fit.holds];
    for (const wait of fit.waiting) waits.set(wait.id, wait);
  } while (!look.covers(current));
  const found = look.found();
  const offers = offered(situation, source, scales);
  const parts = [...countedParts(current, situation)].filter(
    ([, part]) => !isApproved(part, scales, situation),
  );
  return {
    admission: admission(new Map(parts), situation, scales, run.day),
    uncounted: scales.unknown,
    ...{ verdict, situation, plan: current, refusedPlan: undefined, held: found.held, unasked: found.left },
    waiting: [...current.waiting, ...found.waiting, ...waits.values()],
    approved: [...found.approved, ...offers.filter(({ id }) => approvals.given.has(id))],
    offers: [...offers.map(({ id }) => id), ...found.approvable, ...scales.told.values().map(({ id }) => id)],
  };
}

function situationOf(
  { source, existing }: Sides,
  rules: Rules,
  now: Date,
  given: ReadonlySet<string>,
): Situation {
  const approvals: Approvals = { digest, given };
  const scoped = scope(source, existing, rules);
  return { scoped, existing, rules, now: now.toISOString(), holds: NO_HOLDS, approvals };
}

/** What is weighed without anything held: the ids that people were told, and what an upheaval lets through. */
async function scalesOf(situation: Situation, source: Source, day: Day): Promise<Scales> {
  const whole = plan(situation);
  const told = toldBy(whole, situation);
  const bare = { ...situation, approvals: { digest, given: new Set<string>() } };
  const upheaval = situation.approvals.given.size > 0 && judge(whole, source, bare).kind === "refused";
  const scales = { spent: NOTHING_SPENT, told, upheaval };
  // Where nothing counts, nothing is asked.
  if (told.values().every((subject) => isApproved(subject, scales, situation))) return scales;
  const spent = await day.spent();
  return isTrouble(spent) ? { ...scales, unknown: spent } : { ...scales, spent };
}

const bothHolds = (one: Holds, other: Holds): Holds => ({
  users: one.users.union(other.users),
  groups: one.groups.union(other.groups),
  members: one.members.union(other.members),
  doubted: one.doubted.union(other.doubted),
  inactive: one.inactive.union(other.inactive),
  additions: one.additions.union(other.additions),
  renames: one.renames.union(other.renames),
  creates: one.creates.union(other.creates),
});

/** Whoever lost a name for a moment gets it back, whatever the rest comes to. */
function unparking({ steps, ...plan }: Plan): Plan {
  const back = steps.flat().filter(isBack);
  return { ...plan, waiting: [], steps: back.length === 0 ? [] : [back] };
}

/** Everything that would wait if nothing had been approved: what an approval may name. */
function offered(situation: Situation, source: Source, { spent, unknown }: Scales): readonly Waiting[] {
  // Where nothing is approved, nothing can be stale; working it out costs as much as two more plans.
  if (situation.approvals.given.size === 0) return [];
  const bare = { ...situation, approvals: { digest, given: new Set<string>() } };
  const unapproved = plan(bare);
  const verdict = judge(unapproved, source, bare);
  const scales = { spent, unknown, told: toldBy(unapproved, bare), upheaval: false };
  const { waiting } = fitted(() => unapproved, NO_HOLDS, bare, scales);
  return [...unapproved.waiting, ...waiting, ...(verdict.kind === "refused" ? verdict.waiting : [])];
}

function unfit(stale: readonly string[], waiting: readonly Waiting[]): RequestError {
  const open = waiting.map(approvalOf).map(({ id, kind, subject }) => `${id} (${kind}: ${subject})`);
  return new RequestError(
    `Nothing waits under ${stale.join(", ")}, and nothing was approved: what would happen has changed since. ${
      open.length === 0 ? "Nothing waits at all now." : `Waiting now: ${open.join(", ")}.`
    }`,
  );
}
