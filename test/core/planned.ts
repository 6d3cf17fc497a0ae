/** Plans of a case, and what they say. */
import type { Change } from "../../src/core/change.ts";
import { NO_HOLDS, changesOf, plan } from "../../src/core/plan.ts";
import type { Holds, Plan } from "../../src/core/plan.ts";
import type { Reason } from "../../src/core/reason.ts";
import { scope } from "../../src/core/scope.ts";
import type { Existing, Rules, Source } from "../../src/core/model.ts";
import { NOW, EMPTY, rules } from "./world.ts";

export interface Case {
  readonly source: Source;
  readonly existing?: Existing;
  readonly rules?: Partial<Rules>;
  readonly now?: string;
  readonly holds?: Partial<Holds>;
  readonly approve?: readonly string[] | "everything";
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

export function planFor(one: Case): Plan {
  if (one.approve === "everything") {
    const waiting = planFor({ ...one, approve: [] }).waiting;
    return planFor({ ...one, approve: waiting.map(({ id }) => id) });
  }
  const settings = rules(one.rules);
  const existing = one.existing ?? EMPTY;
  return plan({
    scoped: scope(one.source, existing, settings),
    existing,
    rules: settings,
    now: one.now ?? NOW,
    holds: { ...NO_HOLDS, ...one.holds },
    approvals: { digest, given: new Set(one.approve ?? []) },
  });
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
