/** Plans of a case, and what they say. */
import { fitted, toldBy } from "../../src/core/budget.ts";
import type { Carries } from "../../src/core/carries.ts";
import type { Change } from "../../src/core/change.ts";
import { corrected, disabling, revokedBefore, suspects, withoutLeavers } from "../../src/core/leavers.ts";
import type { Suspect } from "../../src/core/leavers.ts";
import { day } from "../../src/core/model.ts";
import { NO_HOLDS, changesOf, plan } from "../../src/core/plan.ts";
import type { Holds, Plan, Situation } from "../../src/core/plan.ts";
import type { Reason } from "../../src/core/reason.ts";
import { scope } from "../../src/core/scope.ts";
import { NOTHING_SPENT } from "../../src/core/tally.ts";
import type { Spent } from "../../src/core/tally.ts";
import type { Existing, Rules, Source } from "../../src/core/model.ts";
import { carries } from "./openings.ts";
import { NOW, EMPTY, rules } from "./world.ts";

export interface Case {
  readonly source: Source;
  readonly existing?: Existing;
  readonly rules?: Partial<Rules>;
  readonly now?: string;
  readonly holds?: Partial<Holds>;
  readonly approve?: readonly string[] | "everything";
  /** What was done within the last 24 hours. */
  readonly spent?: Spent;
  /** Whether the plan as a whole was approved. */
  readonly upheaval?: boolean;
  /** What is known to be carried; nothing, and that is known, unless told. */
  readonly carries?: Carries;
}

/** FNV-1a twice: good enough to tell deeds apart, and no package. */
export function digest(text: string): string {
  const hash = (seed: number): string => {
    let h = seed;
    for (const character of text) h = Math.imul(h ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
    return h.toString(16).padStart(8, "0");
  };
  return hash(2166136261) + hash(84696351);
}

export function situationOf(one: Case): Situation {
  const settings = rules(one.rules);
  const existing = one.existing ?? EMPTY;
  return {
    scoped: scope(one.source, existing, settings),
    existing,
    rules: settings,
    now: one.now ?? NOW,
    holds: { ...NO_HOLDS, ...one.holds },
    approvals: { digest, given: new Set(one.approve === "everything" ? [] : one.approve) },
    carries: one.carries ?? carries(existing),
  };
}

/** What is planned, what waits because it does not fit, and what is held so that enough members stay. */
export function fittedFor(one: Case): ReturnType<typeof fitted> {
  const situation = situationOf(one);
  const planned = (holds: Holds): Plan => plan({ ...situation, holds });
  const scales = {
    spent: one.spent ?? NOTHING_SPENT,
    told: toldBy(planned(NO_HOLDS), situation),
    upheaval: one.upheaval ?? false,
  };
  return fitted(planned, situation.holds, situation, scales);
}

/** What a run plans once its leavers are gone, with what does not fit left as it is. */
export function planFor(one: Case): Plan {
  if (one.approve === "everything") {
    const waiting = planFor({ ...one, approve: [] }).waiting;
    return planFor({ ...one, approve: waiting.map(({ id }) => id) });
  }
  const fit = fittedFor(one);
  return { ...fit.plan, waiting: [...fit.plan.waiting, ...fit.waiting] };
}

/** The first step of a run: the changes, the case that is left then, and whom the budget leaves for later. */
interface First<C extends Case> {
  readonly changes: readonly Change[];
  readonly rest: C;
  readonly late: readonly Suspect[];
}

/** Each account says of itself what its listing says; `most` of them fit. */
export function leaversFirst<C extends Case>(one: C, most = Infinity): First<C> {
  const existing = one.existing ?? EMPTY;
  // Of a listing without anybody nothing can be right.
  const all = one.source.users.length === 0 ? [] : suspects(one.source, existing, rules(one.rules));
  const some = all.flatMap(({ listed, ...suspect }) => {
    if (listed === "active") return [];
    const cause = listed === "missing" ? "gone" : listed;
    return [{ ...suspect, listed, look: { says: "leaver", cause } as const }];
  });
  const looked = some.slice(0, Math.max(0, most));
  const today = day(one.now ?? NOW);
  const changes = looked.map((suspect) => disabling(suspect, suspect.look.cause, today));
  const source = corrected(one.source, looked);
  const deletions = revokedBefore(changes).union(one.holds?.deletions ?? new Set());
  const holds = { ...one.holds, deletions };
  const rest = { ...one, source, existing: withoutLeavers(existing, changes), holds };
  return { changes, rest, late: some.slice(looked.length) };
}

/** Everything that a run does, its leavers first. */
export function runFor(one: Case): Plan {
  const { changes, rest } = leaversFirst(one);
  const then = planFor(rest);
  return { ...then, steps: [changes, ...then.steps].filter((step) => step.length > 0) };
}

/** One line per change, in order: `kind subject`, with the members of membership changes. */
export function told(of: Plan): readonly string[] {
  return changesOf(of).map(line);
}

/** `kind subject`, with its members. */
export function line(change: Change): string {
  switch (change.kind) {
    case "user.create":
      return `user.create ${change.user.userName}`;
    case "group.create":
      return `group.create ${change.group.label} ${change.members.map((user) => user.label).join(" ")}`.trim();
    case "members.add":
    case "members.remove":
      return `${change.kind} ${change.group.label} ${change.users.map((user) => user.label).join(" ")}`;
    case "user.manager":
      return `${change.kind} ${change.user.label} ${change.manager.label}`;
    case "user.update":
    case "user.enable":
    case "user.disable":
    case "user.retire":
    case "user.restore":
    case "user.delete":
      return `${change.kind} ${change.before.userName}`;
    case "group.update":
    case "group.retire":
    case "group.restore":
    case "group.delete":
      return `${change.kind} ${change.before.name}`;
  }
}

/** `code subject` of each skip, with the group in which it was met. */
export const skipped = (of: Plan): readonly string[] =>
  of.skips.map(
    ({ about, within, reason }) =>
      `${reason.code} ${about.label}${within === undefined ? "" : ` in ${within.label}`}`,
  );

export const reasons = (of: Plan): readonly Reason[] => of.skips.map(({ reason }) => reason);
