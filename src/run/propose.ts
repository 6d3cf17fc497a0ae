import type { Waiting } from "../core/approval.ts";
import { principalsIn, withCarried } from "../core/carried.ts";
import type { Carries } from "../core/carries.ts";
import { objectIdOf } from "../core/change.ts";
import { corrected, withoutLeavers } from "../core/leavers.ts";
import { knownNames } from "../core/explain/explain.ts";
import type { TargetId } from "../core/model.ts";
import { isMeant, unknownSubjects } from "../core/only.ts";
import type { Called } from "../core/only.ts";
import type { Plan } from "../core/plan.ts";
import { approvalOf } from "../core/words.ts";
import type { Reading } from "../aws/reading.ts";
import type { Progress } from "../google/reader.ts";
import { RequestError } from "../request.ts";
import type { Selection } from "../request.ts";
import { carriesOf, toldWith } from "./carrying.ts";
import { decide } from "./decide.ts";
import { leave } from "./leavers.ts";
import type { Left } from "./leavers.ts";
import { nearNames } from "./near.ts";
import type { Proposal, Run } from "./proposal.ts";
import { rememberingLooks } from "./situation.ts";
import type { Sides } from "./situation.ts";
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
  const decided = await watch.time("confirm", () => decide(rest, { out, late }, run));
  const { config, world } = run;
  const approve = run.selection.approve ?? [];
  const approved = onceEach([...left.approved, ...decided.approved]);
  const known = new Set([...approved.map(({ id }) => id), ...left.idle, ...decided.idle]);
  const stale = approve.filter((id) => !known.has(id));
  const open = [...left.waiting, ...decided.waiting];
  const { verdict, situation, refusedPlan } = decided;
  const plan = {
    ...decided.plan,
    steps: [left.changes, ...decided.plan.steps].filter((step) => step.length > 0),
  };
  const carries = await allCarried(refusedPlan ?? decided.plan, left, open, run);
  const waiting = withCarried(open, carries);
  if (approve.length > 0 && stale.length === approve.length) throw unfit(stale, waiting);
  return {
    ...{ config, region: world.region, source: rest.source, existing, situation, verdict, refusedPlan },
    ...{ plan, carries, rest: decided.plan, leavers: left.disable },
    held: [...left.held, ...decided.held],
    admission: decided.admission,
    uncounted: left.uncounted ?? decided.uncounted,
    ...{ waiting, stale },
    approved: withCarried(approved, carries),
    unasked: [...left.unasked, ...decided.unasked],
  };
}

/** One id may have waited for more than one reason, a leaver's before and after the leavers' step; it is given once. */
const onceEach = (waiting: readonly Waiting[]): readonly Waiting[] =>
  [...Map.groupBy(waiting, ({ id }) => id).values()].flatMap(([first]) => first ?? []);

/**
 * What all carry whom the plan and what waits are about, mostly known by now. Whoever was disabled before anything else
 * was known is told by themselves.
 */
function allCarried(plan: Plan, left: Left, waiting: readonly Waiting[], run: Run): Promise<Carries> {
  const leavers = run.early ? [] : [left.changes];
  return carriesOf(
    principalsIn({ ...plan, steps: [...plan.steps, ...leavers] }, toldWith(waiting, run)),
    run,
  );
}

/** Whom AWS refused to disable, or who could not be counted: nothing else is done about them, as if they were out. */
async function notDisabled(left: Left): Promise<ReadonlySet<string>> {
  const outcomes = await left.disable();
  const done = new Set(
    outcomes.flatMap(({ status, change, reason }) =>
      status === "applied" || reason?.code === "disabled-meanwhile" ? [objectIdOf(change)] : [],
    ),
  );
  return new Set<string>(left.changes.map(objectIdOf)).difference(done as ReadonlySet<string>);
}

/** Leavers wait for nothing but the users of both sides; when anything else cannot be read, they are gone before it is told. */
async function readBoth(run: Run): Promise<Sides & { readonly left: Left }> {
  const { world, watch, selection } = run;
  const stop = new AbortController();
  const at: { source: Progress | undefined; existing: Reading | undefined } = {
    source: undefined,
    existing: undefined,
  };
  const source = world.readSource((now) => watch?.reading?.(Object.assign(at, { source: now })), stop.signal);
  const existing = world.readExisting(
    (now) => watch?.reading?.(Object.assign(at, { existing: now })),
    stop.signal,
  );
  const whole = Promise.all([source.whole(), existing.then((reading) => reading.whole())]);
  const step =
    selection.only === undefined
      ? Promise.all([source.users(), existing.then((reading) => reading.users())]).then(([people, users]) =>
          leave(run, people, users),
        )
      : whole.then(([all, there]) => {
          const sides = { source: all, existing: there, rules: run.config.rules };
          checkSubjects(selection, sides);
          return leave(run, all, there, isMeant(selection.only ?? [], sides));
        });
  try {
    const [[all, there], left] = await Promise.all([whole, step]);
    return { source: all, existing: there, left };
  } catch (error) {
    await Promise.allSettled([step]);
    // Neither the other side's requests nor its progress outlive the run.
    stop.abort(error);
    await Promise.allSettled([whole]);
    throw error;
  }
}

function checkSubjects({ only }: Selection, sides: Called): void {
  const unknown = unknownSubjects(only ?? [], sides);
  if (unknown.length === 0) return;
  const names = knownNames(sides);
  const told = unknown.map((subject) => {
    const near = nearNames(subject, names);
    return near.length === 0 ? subject : `${subject} (did you mean ${near.join(" or ")}?)`;
  });
  throw new RequestError(
    `Neither Google nor AWS knows ${told.join(", ")}: give the address, the name or the id of a user, or of a group that GROUP_MATCH selects; nothing was done.`,
  );
}

function unfit(stale: readonly string[], waiting: readonly Waiting[]): RequestError {
  const open = waiting.map(approvalOf).map(({ id, kind, subject }) => `${id} (${kind}: ${subject})`);
  return new RequestError(
    `Nothing waits under ${stale.join(", ")}, and nothing was approved: what would happen has changed since. ${
      open.length === 0 ? "Nothing waits at all now." : `Waiting now: ${open.join(", ")}.`
    }`,
  );
}
