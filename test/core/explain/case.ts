/** A case as the evidence of an explanation: what a run would know before its first write. */
import { changesOf, plan as wholePlan } from "../../../src/core/plan.ts";
import { judge } from "../../../src/core/upheaval.ts";
import { explain } from "../../../src/core/explain/explain.ts";
import type { Explanation } from "../../../src/core/explain/explain.ts";
import type { Evidence } from "../../../src/core/explain/evidence.ts";
import type { Tie } from "../../../src/core/explain/ties.ts";
import { leaversFirst, planFor, runFor, situationOf } from "../planned.ts";
import { EMPTY } from "../world.ts";
import type { Case } from "../planned.ts";

export interface Question extends Case {
  readonly queries?: Partial<Evidence["queries"]>;
  readonly held?: Evidence["held"];
  readonly waiting?: Evidence["waiting"];
}

export function evidence(one: Question): Evidence {
  const { changes, rest } = leaversFirst(one);
  const situation = situationOf({ ...rest, approve: [] });
  const plan = runFor(one);
  const verdict = judge(wholePlan(situation), one.source, situation);
  return {
    source: rest.source,
    existing: one.existing ?? EMPTY,
    situation,
    plan,
    refused: verdict.kind === "refused" ? verdict.reasons : [],
    allTheSame: new Set(changes),
    held: one.held ?? [],
    waiting: [...plan.waiting, ...(one.waiting ?? [])],
    queries: { userMatch: "none", groupMatch: "all", ...one.queries },
  };
}

/** An explanation with labels in place of refs. */
export interface Told extends Pick<Explanation, "steps"> {
  readonly subject: string;
  readonly kind: "user" | "group";
  readonly groups: readonly (Omit<Tie, "user" | "group"> & {
    readonly user: string;
    readonly group: string;
  })[];
}

export const toldOf = ({ about: { label, kind }, steps, ties }: Explanation): Told => ({
  ...{ subject: label, kind, steps },
  groups: ties.map((one) => ({ ...one, user: one.user.label, group: one.group.label })),
});

export const explained = (subject: string, one: Question): readonly Told[] =>
  explain(subject, evidence(one)).map(toldOf);

/** The only explanation there is. */
export function only(subject: string, one: Question): Told {
  const found = explained(subject, one);
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} explanations of ${subject}`);
  return first;
}

/** The sentences of a topic, one a line. */
export const about = ({ steps }: Told, topic: Told["steps"][number]["topic"]): string =>
  steps
    .filter((step) => step.topic === topic)
    .map(({ sentence }) => sentence)
    .join("\n");

/** The codes of what was decided, by topic. */
export const codes = ({ steps }: Told, topic: Told["steps"][number]["topic"]): readonly string[] =>
  steps.flatMap((step) => (step.topic === topic && step.decided !== undefined ? [codeOf(step.decided)] : []));

/** The code of a reason, or the kind of a change. */
export function codeOf(decided: NonNullable<Told["steps"][number]["decided"]>): string {
  if ("reason" in decided) return decided.reason.code;
  return "change" in decided ? decided.change.kind : decided.code;
}

/** `group next (in AWS or not)`, with the paths. */
export const tie = ({ groups }: Told, other: string): Told["groups"][number] => {
  const found = groups.find((one) => one.group === other || one.user === other);
  if (found === undefined) throw new Error(`no membership with ${other}`);
  return found;
};

export const kinds = (one: Question): readonly string[] =>
  changesOf(planFor(one)).map((change) => change.kind);
