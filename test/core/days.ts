/** One run after another over a company, with what a day remembers; every removal is confirmed. */
import { spentOn } from "../../src/core/budget.ts";
import { roomForLeavers } from "../../src/core/room.ts";
import { corrected } from "../../src/core/leavers.ts";
import { subjectsOf } from "../../src/core/subjects.ts";
import { EMPTY_TALLY, NOTHING_SPENT, once, spentWithin, together, withSpent } from "../../src/core/tally.ts";
import type { Tally } from "../../src/core/tally.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { Existing, Rules, Source } from "../../src/core/model.ts";
import { carryOut } from "./carried-out.ts";
import { leaversFirst, planFor, situationOf } from "./planned.ts";
import type { Case } from "./planned.ts";
import { NOW, rules } from "./world.ts";

/** What there is between two runs. */
export interface Standing {
  readonly existing: Existing;
  readonly tally: Tally;
  /** ISO 8601, of the last run. */
  readonly now: string;
}

export interface Done extends Standing {
  readonly plan: Plan;
  /** The user names of leavers that the budget left enabled. */
  readonly left: readonly string[];
}

export const startingWith = (existing: Existing, now: string = NOW): Standing => ({
  ...{ existing, tally: EMPTY_TALLY, now },
});

interface How {
  readonly rules?: Partial<Rules>;
  readonly approve?: readonly string[];
  /** Since the last run. */
  readonly minutes?: number;
}

/** The next run, a quarter of an hour later unless it is said otherwise. */
export function run(at: Standing, source: Source, { approve = [], minutes = 15, ...how }: How = {}): Done {
  const now = new Date(Date.parse(at.now) + minutes * 60_000).toISOString();
  const spent = spentWithin(at.tally, now);
  const one: Case = { source, existing: at.existing, now, spent, approve, ...how };
  const room = roomForLeavers(at.existing.users, now, spent, rules(how.rules));
  const { changes, rest, late } = leaversFirst(one, room.allows - room.spent);
  // Of whoever has to wait nothing is known.
  const waits = late.map((suspect) => ({ ...suspect, look: { says: "unsure", trouble: TROUBLE } as const }));
  const then = { ...rest, source: corrected(rest.source, waits) };
  const plan = planFor(then);
  const open = planFor({ ...then, approve: [] }).waiting;
  const approved = new Set(open.filter(({ id }) => approve.includes(id)).map(({ id }) => id));
  const counted = subjectsOf(plan, situationOf(then)).filter(({ id }) => !approved.has(id));
  const leavers = {
    ...NOTHING_SPENT,
    leavers: once(changes.flatMap((change) => ("id" in change ? [change.id] : []))),
  };
  const after = carryOut({ ...plan, steps: [changes, ...plan.steps] }, at.existing);
  return {
    plan: { ...plan, steps: [changes, ...plan.steps].filter((step) => step.length > 0) },
    left: late.map(({ user }) => user.userName),
    existing: dated(after, at.existing, now),
    tally: withSpent(at.tally, counted.map(spentOn).reduce(together, leavers), now),
    now,
  };
}

const TROUBLE = { why: "MAX_LEAVERS allows no more", todo: "" };

/** What was not there before is as old as the run. */
function dated(after: Existing, { users, groups }: Existing, now: string): Existing {
  const known = new Set<string>([...users, ...groups].map(({ id }) => id));
  const made = <T extends { readonly id: string; readonly createdAt: string }>(one: T): T =>
    known.has(one.id) ? one : { ...one, createdAt: now };
  return { ...after, users: after.users.map(made), groups: after.groups.map(made) };
}
