import type { Config } from "../settings/config.ts";
import type { Carries } from "../core/carries.ts";
import type { Evidence } from "../core/explain/evidence.ts";
import { explain, explainUnlisted, knownNames } from "../core/explain/explain.ts";
import type { Explanation } from "../core/explain/explain.ts";
import { carriedSteps } from "../core/explain/steps.ts";
import type { Step } from "../core/explain/steps.ts";
import type { Tie } from "../core/explain/ties.ts";
import { changesOf } from "../core/plan.ts";
import type { Plan } from "../core/plan.ts";
import type { SourceGroup } from "../core/model.ts";
import { SourceError } from "../google/errors.ts";
import type { Witness } from "../google/witness.ts";
import { printable } from "../log/printable.ts";
import { RequestError } from "../request.ts";
import type { World } from "../world.ts";
import { nearNames } from "./near.ts";
import type { Proposal } from "./proposal.ts";

/** The answer to one question: as many explanations as things answer to the subject. */
export interface Explained {
  readonly action: "explain";
  readonly subject: string;
  readonly explanations: readonly Told[];
}

/** One user or group, as people and machines see it. */
interface Told {
  /** The address of a user, the name of a group. */
  readonly subject: string;
  readonly kind: "user" | "group";
  readonly steps: readonly Pick<Step, "topic" | "sentence">[];
  /** For a user the groups, for a group the members. */
  readonly groups: readonly (Pick<Tie, "paths" | "inTarget" | "next" | "why"> & {
    readonly user: string;
    readonly group: string;
  })[];
}

const toldOf = ({ about, steps, ties }: Explanation, carries: Carries): Told => ({
  subject: about.label,
  kind: about.kind,
  steps: [...steps, ...carriedSteps(about, carries)].map(({ topic, sentence }) => ({ topic, sentence })),
  groups: ties.map(({ user, group, paths, inTarget, next, why }) => ({
    ...{ user: user.label, group: group.label, paths, inTarget, next, why },
  })),
});

/** What a run knows before its first write, for explanations. */
export function evidenceOf(proposal: Proposal, { userMatch, groupMatch }: Config): Evidence {
  const { source, existing, situation, plan, refusedPlan, verdict, held, waiting } = proposal;
  return {
    source,
    existing,
    situation,
    plan: refusedPlan === undefined ? plan : bothPlans(plan, refusedPlan),
    allTheSame: new Set(changesOf(plan)),
    refused: verdict.kind === "refused" ? verdict.reasons : [],
    held,
    waiting,
    queries: { userMatch, groupMatch },
  };
}

/** What is done all the same, and whatever else a refused plan wanted. */
function bothPlans(done: Plan, wanted: Plan): Plan {
  const own = new Set(changesOf(done));
  return {
    ...wanted,
    steps: [...done.steps, ...wanted.steps.map((step) => step.filter((one) => !own.has(one)))],
  };
}

/**
 * Explains whoever answers to the subject. A group that GROUP_MATCH does not list is looked up at Google by itself.
 * Throws a `RequestError` that says where it was looked for and what is near.
 */
export async function explained(subject: string, evidence: Evidence, world: Asked): Promise<Explained> {
  const listed = explain(subject, evidence);
  const found = listed.length > 0 ? listed : [await unlistedOne(subject, evidence, world)];
  const carries = await world.carries(
    found.flatMap(({ about: { kind, target } }) => (target === undefined ? [] : [{ kind, id: target }])),
  );
  return { action: "explain", subject, explanations: found.map((one) => toldOf(one, carries)) };
}

/** Who is asked beyond what a run knows. */
type Asked = Pick<World, "witness" | "carries">;

async function unlistedOne(subject: string, evidence: Evidence, { witness }: Asked): Promise<Explanation> {
  const group = await unlistedGroup(subject, witness);
  if (group === undefined) throw unknown(subject, evidence);
  return explainUnlisted(subject, group, evidence);
}

async function unlistedGroup(subject: string, witness: Witness): Promise<SourceGroup | undefined> {
  const field = subject.includes("@") ? "email" : "name";
  const query = `${field}='${subject.replace(/['\\]/gu, "\\$&")}'`;
  try {
    for (const id of await witness.listGroups(query)) {
      const answer = await witness.groupById(id);
      if (answer.state === "found") return answer.group;
    }
    return undefined;
  } catch (error) {
    // Only a further try: that nothing answers to the subject is true all the same.
    if (error instanceof SourceError) return undefined;
    throw error;
  }
}

function unknown(subject: string, evidence: Evidence): RequestError {
  const { users, groups } = evidence.source;
  const { existing } = evidence;
  const near = nearNames(subject, knownNames(evidence));
  const guess =
    near.length === 0
      ? "nothing there is near it"
      : `near it ${near.length === 1 ? "is" : "are"} ${near.join(", ")}`;
  return new RequestError(
    `Nothing answers to ${JSON.stringify(subject)}: it was looked for by address, name and id among Google's users (${users.length}), its groups (${groups.length} of them listed), and the users (${existing.users.length}) and groups (${existing.groups.length}) of AWS; ${guess}.`,
  );
}

// ---------------------------------------------------------------- for people

/** Explanations as plain lines, without colours; steps first, then every membership with its path. */
export function explainText({ explanations }: Pick<Explained, "explanations">): readonly string[] {
  return explanations
    .flatMap((one, at) => [...(at === 0 ? [] : [""]), ...oneText(one)])
    .map((line) => printable(line));
}

const WIDTH = 10;

function oneText({ subject, kind, steps, groups }: Told): readonly string[] {
  const other = kind === "user" ? "Groups" : "Members";
  return [
    `${kind === "user" ? "User" : "Group"} ${subject}`,
    ...steps.map(({ topic, sentence }) => `  ${topic.padEnd(WIDTH)}${sentence}`),
    groups.length === 0 ? `  ${other}: none known.` : `  ${other}:`,
    ...groups.flatMap((tie) => [
      `    ${kind === "user" ? tie.group : tie.user}: ${tie.inTarget ? "in AWS" : "not in AWS"}; ${NEXT[tie.next]}: ${tie.why}.`,
      ...tie.paths.map((path) => `      ${path}`),
    ]),
  ];
}

const NEXT = {
  kept: "stays",
  added: "is added by the next run",
  removed: "is taken out by the next run",
  held: "is held",
  waits: "waits",
  nothing: "nothing is done",
} as const;
