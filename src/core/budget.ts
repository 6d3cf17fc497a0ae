/** What may be done in 24 hours without approval (contract §6). */
import type { Waiting } from "./approval.ts";
import { allowed } from "./limit.ts";
import { groupClaim, userClaim } from "./mark.ts";
import { membership } from "./memberships.ts";
import type { Holds, Situation } from "./plan.ts";
import { changesOf } from "./plan.ts";
import type { Plan } from "./plan.ts";
import type { Excess } from "./reason.ts";
import { SUBJECTS, isYoung, subjectKey, subjectsOf, waitingMakers } from "./subjects.ts";
import type { Subject, SubjectKind } from "./subjects.ts";
import { NOTHING_SPENT, once, turnoverOf } from "./tally.ts";
import type { Spent } from "./tally.ts";
import type { Trouble } from "./trouble.ts";
import type { Budget, Existing, ExistingGroup, ExistingUser, Rules, SourceId, TargetId } from "./model.ts";

interface Managed {
  /** Managed and enabled, or managed, now. */
  readonly all: ReadonlySet<TargetId>;
  /** Those of them that are older than a day; all, where none is. */
  readonly old: ReadonlySet<TargetId>;
}

/** What could be taken: all that is managed now. */
interface Base {
  readonly users: Managed;
  readonly groups: Managed;
  readonly memberships: { readonly all: number; readonly old: number };
  readonly members: ReadonlyMap<TargetId, { readonly size: number; readonly ours: number }>;
}

/** What the budgets are judged by. Where users are somebody else's to write, those count whose memberships are ours. */
export function baseOf({ existing, scoped, rules, now }: Situation): Base {
  const others = rules.manage.users ? [] : scoped.users.pairs.map((pair) => pair.existing.id);
  const also = new Set(others);
  const isOurs = (user: Existing["users"][number]): boolean =>
    also.has(user.id) || userClaim(user.externalId).kind === "managed";
  const users = managed(
    existing.users.filter((user) => user.active && isOurs(user)),
    now,
  );
  const ours = existing.groups.filter(({ externalId }) => groupClaim(externalId).kind === "managed");
  const groups = managed(ours, now);
  const inside = (group: ExistingGroup, some: ReadonlySet<TargetId>): number => countIn(group.members, some);
  return {
    users,
    groups,
    memberships: {
      all: sum(ours.map((group) => inside(group, users.all))),
      old: sum(ours.map((group) => (groups.old.has(group.id) ? inside(group, users.old) : 0))),
    },
    members: new Map(
      existing.groups.map((group) => [
        group.id,
        { size: group.members.size, ours: inside(group, users.all) },
      ]),
    ),
  };
}

function managed(
  some: readonly { readonly id: TargetId; readonly createdAt: string }[],
  now: string,
): Managed {
  const all = new Set(some.map(({ id }) => id));
  const old = new Set(some.flatMap((one) => (isYoung(one, now) ? [] : [one.id])));
  return { all, old: old.size === 0 ? all : old };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

function countIn(some: Iterable<TargetId>, all: ReadonlySet<TargetId>): number {
  let count = 0;
  for (const one of some) if (all.has(one)) count += 1;
  return count;
}

// ---------------------------------------------------------------- what one budget allows

/** What is allowed within 24 hours, of how many, and what of that is spent. */
export interface Room {
  readonly of: number;
  readonly spent: number;
  readonly allows: number;
}

/** The room of a budget that is not about one group. */
export function roomOf(
  budget: Exclude<Budget, "growth" | "shrink" | "leavers">,
  base: Base,
  { spent, by = spent }: Pick<Scales, "spent" | "by">,
  rules: Rules,
): Room {
  const room = (of: number, all: number, size: number): Room => ({
    ...{ of, spent: size, allows: allowed(rules.limits[budget], of, all) },
  });
  switch (budget) {
    case "users":
      return room(usersThen(base.users, spent), base.users.all.size, by.users.size);
    case "groups":
      return room(groupsThen(base, spent), base.groups.all.size, by.groups.size);
    case "newGroups":
      return room(groupsThen(base, spent), base.groups.all.size, by.newGroups.size);
    case "memberships": {
      const gained = sum([...spent.turnover.values()].map((one) => one.gained));
      const of = Math.max(0, base.memberships.old - gained) + spent.memberships;
      return room(of, base.memberships.all, by.memberships);
    }
    default:
      return budget satisfies never;
  }
}

/** Leavers are judged by users alone, before any group is read. */
export function roomForLeavers(
  users: readonly ExistingUser[],
  now: string,
  spent: Spent,
  rules: Rules,
): Room {
  const base = managed(
    users.filter((user) => user.active && userClaim(user.externalId).kind === "managed"),
    now,
  );
  const of = usersThen(base, spent);
  return { of, spent: spent.leavers.size, allows: allowed(rules.limits.leavers, of, base.all.size) };
}

const usersThen = ({ old }: Managed, { leavers, users }: Spent): number =>
  new Set([...old, ...leavers.keys(), ...users.keys()]).size;

const groupsThen = ({ groups }: Base, spent: Spent): number =>
  new Set([...groups.old, ...spent.groups.keys()]).size;

/** Groups renamed have the budget of those retired, counted apart. */
const roomForRenames = (base: Base, scales: Scales, rules: Rules): Room => ({
  ...roomOf("groups", base, scales, rules),
  spent: (scales.by ?? scales.spent).renames.size,
});

/** What one group may gain or lose: of the members that it had a day ago, as far as anybody knows. */
function roomInGroup(
  budget: "growth" | "shrink",
  group: TargetId,
  base: Base,
  { spent, by = spent }: Scales,
  rules: Rules,
): Room {
  const { gained, lost } = turnoverOf(spent, group);
  const now = base.members.get(group);
  const of = Math.max(0, ((budget === "growth" ? now?.size : now?.ours) ?? 0) + lost - gained);
  const sofar = turnoverOf(by, group);
  return {
    of,
    spent: budget === "growth" ? sofar.gained : sofar.lost,
    allows: allowed(rules.limits[budget], of),
  };
}

// ---------------------------------------------------------------- weighing

/** What a plan is weighed by. */
export interface Scales {
  /** What was spent when the target was read: what budgets allow is worked out from it. */
  readonly spent: Spent;
  /** What is spent by now, where that is known to be more. */
  readonly by?: Spent;
  /** Why nobody can say what is spent: then all that counts waits. */
  readonly unknown?: Trouble | undefined;
  /** The subjects as they were before anything was held: their ids are what people approve. */
  readonly told: ReadonlyMap<string, Subject>;
  /** Whether everything is approved that takes something away. */
  readonly upheaval: boolean;
}

/** What has to wait. */
interface Weighed {
  readonly waiting: readonly Waiting[];
  readonly over: readonly Subject[];
}

type Named = Pick<Subject, "kind" | "object"> & { readonly id?: string };

const idIn = (subject: Named, { told }: Scales): string =>
  told.get(subjectKey(subject))?.id ?? subject.id ?? "";

export const isApproved = (subject: Named, scales: Scales, { approvals }: Situation): boolean =>
  approvals.given.has(idIn(subject, scales)) ||
  (scales.upheaval && ["user", "group", "removals"].includes(subject.kind));

/** Per group first; what is held there counts in no other. What does not fit waits as a whole. */
export function weigh(subjects: readonly Subject[], situation: Situation, scales: Scales): Weighed {
  const open = subjects.filter((subject) => !isApproved(subject, scales, situation));
  if (open.length === 0) return { waiting: [], over: [] };
  const { unknown } = scales;
  const base = baseOf(situation);
  const found: readonly (readonly [Subject, Waiting["kind"], Waiting["reason"]])[] =
    unknown === undefined
      ? tooMuch(open, base, situation, scales)
      : open.map((subject) => [
          subject,
          SUBJECTS[subject.kind].waitsAs,
          { code: "tally-unreadable", ...unknown },
        ]);
  return {
    over: found.map(([subject]) => subject),
    waiting: found.map(([subject, kind, reason]) => ({
      ...{ id: idIn(subject, scales), kind, about: subject.about, reason },
    })),
  };
}

type Over = readonly (readonly [Subject, Waiting["kind"], Waiting["reason"]])[];

function tooMuch(open: readonly Subject[], base: Base, situation: Situation, scales: Scales): Over {
  const { rules } = situation;
  const alone = open.flatMap((subject): Over => {
    if (subject.kind === "new-group" && waitingMakers(situation).has(subject.object as SourceId))
      return [[subject, "new-groups", { code: "made-by-user", who: subject.who }]];
    return tooMuchInGroup(subject, base, scales, rules);
  });
  const held = new Set(alone.map(([subject]) => subject));
  const rest = open.filter((subject) => !held.has(subject));
  const together = (["user", "group", "rename", "removals", "new-group"] as const).flatMap((kind) =>
    tooMuchInAll(
      kind,
      rest.filter((subject) => subject.kind === kind),
      { base, scales, rules },
    ),
  );
  return [...alone, ...together];
}

function tooMuchInGroup(subject: Subject, base: Base, scales: Scales, rules: Rules): Over {
  const { kind, object, counts } = subject;
  if (kind !== "removals" && kind !== "additions") return [];
  const budget = kind === "removals" ? "shrink" : "growth";
  const room = roomInGroup(budget, object as TargetId, base, scales, rules);
  const count = room.spent + counts.length;
  if (count <= room.allows) return [];
  const excess = { budget, limit: rules.limits[budget], ...room, count } as const;
  return [[subject, budget, overLimit(subject, excess)]];
}

interface Weighing {
  readonly base: Base;
  readonly scales: Scales;
  readonly rules: Rules;
}

function tooMuchInAll(
  kind: Exclude<SubjectKind, "additions">,
  some: readonly Subject[],
  { base, scales, rules }: Weighing,
): Over {
  const { budget, waitsAs } = SUBJECTS[kind];
  const room = kind === "rename" ? roomForRenames(base, scales, rules) : roomOf(budget, base, scales, rules);
  const known = SPENT_ON[kind](scales.by ?? scales.spent);
  const count = room.spent + sum(some.map((one) => (known.has(one.object as never) ? 0 : one.counts.length)));
  if (some.length === 0 || count <= room.allows) return [];
  const renames = kind === "rename" ? { renames: true } : {};
  const excess: Excess = { budget, ...renames, limit: rules.limits[budget], ...room, count };
  return some.map((subject) => [subject, waitsAs, overLimit(subject, excess)]);
}

/** Objects count once, however often something is done to them. */
const SPENT_ON: Readonly<
  Record<Exclude<SubjectKind, "additions">, (spent: Spent) => { readonly has: (id: never) => boolean }>
> = {
  user: ({ users }) => users,
  group: ({ groups }) => groups,
  rename: ({ renames }) => renames,
  removals: () => new Set(),
  "new-group": ({ newGroups }) => newGroups,
};

const overLimit = ({ who }: Subject, excess: Excess): Waiting["reason"] => ({
  ...{ code: "over-limit", ...excess, who },
});

interface Fitted {
  readonly plan: Plan;
  readonly holds: Holds;
  readonly waiting: readonly Waiting[];
}

/** The plan with what does not fit left as it is. */
export function fitted(
  planned: (holds: Holds) => Plan,
  holds: Holds,
  situation: Situation,
  scales: Scales,
): Fitted {
  const plan = planned(holds);
  const { waiting, over } = weigh(subjectsOf(plan, situation), situation, scales);
  if (over.length === 0) return { plan, holds, waiting };
  const less = withHeld(holds, over, plan);
  return { plan: planned(less), holds: less, waiting };
}

/** The subjects of a plan in which nothing is held, by what tells them apart. */
export const toldBy = (plan: Plan, situation: Situation): Scales["told"] =>
  new Map(subjectsOf(plan, situation).map((subject): [string, Subject] => [subjectKey(subject), subject]));

/** The holds with these subjects left as they are. A user's memberships go along with the user, and stay along, too. */
function withHeld(holds: Holds, over: readonly Subject[], plan: Plan): Holds {
  const of = (kind: Subject["kind"]) => over.filter((subject) => subject.kind === kind);
  const ids = (kind: Subject["kind"]) => new Set(of(kind).map(({ object }) => object as TargetId));
  const users = ids("user");
  const members = of("removals").flatMap(({ object, counts }) =>
    counts.map(({ id }) => membership(object as TargetId, id as TargetId)),
  );
  // Whoever is in a group that is retired leaves it with everybody else.
  const along = changesOf(plan).flatMap((change) =>
    change.kind === "members.remove"
      ? change.users
          .filter((user) => users.has(user.id) && user.because === "user-revoked")
          .map((user) => membership(change.group.id, user.id))
      : [],
  );
  return {
    ...holds,
    users: holds.users.union(users),
    groups: holds.groups.union(ids("group")),
    members: holds.members.union(new Set([...members, ...along])),
    additions: holds.additions.union(ids("additions")),
    renames: holds.renames.union(ids("rename")),
    creates: holds.creates.union(new Set(of("new-group").map(({ object }) => object as SourceId))),
  };
}

/** What carrying out a subject spends of the day. */
export function spentOn({ kind, object, counts }: Pick<Subject, "kind" | "object" | "counts">): Spent {
  const self = once([object as TargetId]);
  const size = counts.length;
  switch (kind) {
    case "user":
      return { ...NOTHING_SPENT, users: self };
    case "group":
      return { ...NOTHING_SPENT, groups: self };
    case "rename":
      return { ...NOTHING_SPENT, renames: self };
    case "new-group":
      return { ...NOTHING_SPENT, newGroups: once([object as SourceId]) };
    case "removals": {
      const turnover = new Map([[object as TargetId, { gained: 0, lost: size }]]);
      return { ...NOTHING_SPENT, memberships: size, turnover };
    }
    case "additions":
      return { ...NOTHING_SPENT, turnover: new Map([[object as TargetId, { gained: size, lost: 0 }]]) };
    default:
      return kind satisfies never;
  }
}
