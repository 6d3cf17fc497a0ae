import type { SourceGroup } from "../model.ts";
import { isSame } from "../ref.ts";
import type { Ref } from "../ref.ts";
import { indexOf } from "./evidence.ts";
import type { Evidence, Index } from "./evidence.ts";
import { decisions, stepsOf } from "./steps.ts";
import type { Step } from "./steps.ts";
import { hitOf, subjectOf, subjectsNamed } from "./subject.ts";
import type { Subject } from "./subject.ts";
import { tiesOf } from "./ties.ts";
import type { Tie } from "./ties.ts";

/** Everything that was found and decided about one user or group, and about every membership of it. */
export interface Explanation {
  readonly about: Ref;
  readonly steps: readonly Step[];
  /** For a user the groups, for a group the members. */
  readonly ties: readonly Tie[];
}

/**
 * Lists what was decided about everything that answers to an address, a name or an id on either side: one user and
 * the other of the same address, two groups of one name. Empty when nothing does. Nothing is decided here.
 */
export function explain(text: string, evidence: Evidence): readonly Explanation[] {
  const index = indexOf(evidence);
  const subjects = subjectsNamed(text, index, index.asked, evidence.situation.rules);
  return [
    ...subjects.map((subject) => explained(text, subject, index)),
    ...strangersNamed(text, subjects, evidence).map((about) => ({
      ...{ about, steps: decisions(about, [], index), ties: [] },
    })),
  ];
}

/** The same for a group that GROUP_MATCH does not list, as Google has it. */
export function explainUnlisted(text: string, group: SourceGroup, evidence: Evidence): Explanation {
  const index = indexOf(evidence);
  return explained(text, subjectOf(group, index.objectOf(group.id)), index);
}

function explained(text: string, subject: Subject, index: Index): Explanation {
  const ties = tiesOf(subject, index);
  return { about: subject.ref, steps: stepsOf(text, subject, ties, index), ties };
}

/** Members of groups who are nobody's account here, and no group: only a skip knows them. */
function strangersNamed(text: string, known: readonly Subject[], { plan }: Evidence): readonly Ref[] {
  const hit = hitOf(text);
  const found: Ref[] = [];
  for (const { about } of plan.skips) {
    const isKnown = [...known.map(({ ref }) => ref), ...found].some((ref) => isSame(ref, about));
    if (!isKnown && hit([about.label, about.source, about.target])) found.push(about);
  }
  return found;
}

/** Every name and address that `explain` answers to, for suggestions. */
export function knownNames({ source, existing }: Pick<Evidence, "source" | "existing">): readonly string[] {
  return [
    ...source.users.flatMap((user) => [user.email, ...user.aliases]),
    ...source.groups.flatMap((group) => [group.email, group.name]),
    ...existing.users.map((user) => user.userName),
    ...existing.groups.map((group) => group.name),
  ];
}
