import type { Waiting } from "../approval.ts";
import type { Change } from "../change.ts";
import type { Alone, Pair } from "../match.ts";
import type { DesiredGroup, DesiredUser, Existing, ExistingGroup, ExistingUser } from "../model.ts";
import type { Source, SourceId, TargetId } from "../model.ts";
import { changesOf } from "../plan.ts";
import { remembered } from "../remembered.ts";
import type { Plan, Situation } from "../plan.ts";
import type { Held, RefusalReason, Skip, Stranger } from "../reason.ts";
import { isSame, partsOf } from "../ref.ts";
import type { Part, Ref } from "../ref.ts";
import { groupNames, pathsInto } from "./paths.ts";
import type { Paths } from "./paths.ts";
import { halvesOf } from "./subject.ts";
import type { Halves } from "./subject.ts";

/** Everything a run knows before its first write: what an explanation is made of. */
export interface Evidence {
  readonly source: Source;
  readonly existing: Existing;
  readonly situation: Situation;
  /** What would be written without what is held; of a refused plan, what it wanted as well. */
  readonly plan: Plan;
  /** Why the plan is refused; empty when it is not. */
  readonly refused: readonly RefusalReason[];
  /** What of a refused plan is done all the same: whoever left is disabled. */
  readonly allTheSame: ReadonlySet<Change>;
  readonly held: readonly Held[];
  readonly waiting: readonly Waiting[];
  readonly queries: {
    readonly userMatch: readonly string[] | "all" | "none";
    readonly groupMatch: readonly string[] | "all";
  };
}

/** What was decided about a user or a group, or about one of its memberships, then with `within` or `about`. */
type Decided<T> = (subject: Ref) => readonly T[];

/** The evidence, sorted so that whatever was decided about anybody is found at once. */
export interface Index extends Halves {
  readonly evidence: Evidence;
  readonly skips: Decided<Skip>;
  /** What was met in a group and does not count there. */
  readonly skipsWithin: Decided<Skip>;
  readonly changes: Decided<PlannedPart>;
  readonly held: Decided<HeldPart>;
  readonly waits: Decided<Waiting>;
  readonly strangers: Decided<Stranger>;
  readonly pairs: ReadonlyMap<TargetId, Pair<DesiredUser | DesiredGroup, ExistingUser | ExistingGroup>>;
  readonly leftAlone: ReadonlyMap<TargetId, Alone<DesiredUser | DesiredGroup, ExistingUser | ExistingGroup>>;
  /** The groups that Google lists; those asked for; those whose members count. */
  readonly listed: ReadonlySet<SourceId>;
  readonly asked: ReadonlyMap<SourceId, DesiredGroup>;
  readonly counted: ReadonlyMap<SourceId, DesiredGroup>;
  readonly groupNames: ReadonlyMap<SourceId, string>;
  readonly pathsInto: (group: SourceId) => Paths;
}

/** Whether the next run does what is planned. */
export const isDone = ({ change }: PlannedPart, { evidence: { refused, allTheSame } }: Index): boolean =>
  refused.length === 0 || allTheSame.has(change);

export type PlannedPart = Part & Pick<Held, "change">;
export type HeldPart = Part & Held;

export function indexOf(evidence: Evidence): Index {
  const { source, existing, situation, plan, held, waiting } = evidence;
  const { users, groups } = situation.scoped;
  const names = groupNames(source);
  return {
    evidence,
    ...halvesOf(source, existing, situation.scoped),
    skips: decided(plan.skips, ({ about }) => about),
    skipsWithin: decided(plan.skips, ({ within }) => within),
    changes: decided(eachPart(changesOf(plan).map((change) => ({ change }))), ({ about }) => about),
    held: decided(eachPart(held), ({ about }) => about),
    waits: decided(waiting, ({ about }) => about),
    strangers: decided(plan.strangers, ({ about }) => about),
    pairs: new Map(
      [...groups.handOvers, ...groups.pairs, ...users.pairs].map((one) => [one.existing.id, one]),
    ),
    leftAlone: new Map([...users.leftAlone, ...groups.leftAlone].map((one) => [one.existing.id, one])),
    listed: new Set(source.groups.map(({ id }) => id)),
    asked: groupsById(groups.asked),
    counted: groupsById(groups.counted),
    groupNames: names,
    pathsInto: remembered((id) => pathsInto(id, source, names)),
  };
}

const groupsById = (groups: readonly DesiredGroup[]): ReadonlyMap<SourceId, DesiredGroup> =>
  new Map(groups.map((group) => [group.externalId, group]));

const eachPart = <T extends Pick<Held, "change">>(all: readonly T[]): readonly (T & Part)[] =>
  all.flatMap((one) => partsOf(one.change).map((part) => ({ ...one, ...part })));

/** By either id. */
function decided<T>(all: readonly T[], of: (one: T) => Ref | undefined): Decided<T> {
  const found = Map.groupBy(
    all.flatMap((one) => {
      const { source, target } = of(one) ?? {};
      return [source, target].flatMap((id) => (id === undefined ? [] : [{ id, one }]));
    }),
    ({ id }) => id,
  );
  return (subject) => {
    const near = [subject.target, subject.source].flatMap((id) => (id && found.get(id)) ?? []);
    return [...new Set(near.map(({ one }) => one))].filter((one) => isSame(of(one) ?? subject, subject));
  };
}
