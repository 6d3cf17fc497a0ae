/** What may be done in 24 hours without approval (contract §6). */
import type { Waiting } from "./approval.ts";
import { membership } from "./memberships.ts";
import type { Holds, Situation, Plan } from "./plan.ts";
import { bothHolds, changesOf, NO_HOLDS } from "./plan.ts";
import type { Excess, Held } from "./reason.ts";
import { shortfallOf } from "./required.ts";
import { baseOf, roomForRenames, roomInGroup, roomOf, sum } from "./room.ts";
import type { Base, SpentSoFar } from "./room.ts";
import { SUBJECTS, subjectKey, subjectsOf, waitingMakers } from "./subjects.ts";
import type { Subject, SubjectKind } from "./subjects.ts";
import { NOTHING_SPENT, once } from "./tally.ts";
import type { Spent } from "./tally.ts";
import type { Trouble } from "./trouble.ts";
import type { Rules, SourceId, TargetId } from "./model.ts";

/** What a plan is weighed by. */
export interface Scales extends SpentSoFar {
  /** Why nobody can say what is spent: then all that counts waits. */
  readonly unknown?: Trouble | undefined;
  /** The subjects as they were before anything was held: their ids are what people approve. */
  readonly told: ReadonlyMap<string, Subject>;
  /** Whether it is approved that so many users, or groups, go. */
  readonly upheaval: boolean;
  /** The ids of what is told although it fits: it was approved, and so counts nowhere. */
  readonly given?: ReadonlySet<string>;
}

/** What has to wait. */
interface Weighed {
  readonly waiting: readonly Waiting[];
  readonly over: readonly Subject[];
}

type Named = Pick<Subject, "kind" | "object"> & { readonly id?: string };

/** The whole of it, which an approval lets through: a part may be planned alone, or the rest of it held for now. */
function wholeOf(subject: Subject, { told }: Scales): Subject {
  const whole = told.get(subjectKey(subject));
  const ids = new Set(subject.counts.map(({ id }) => id));
  return whole?.counts.some(({ id }) => ids.has(id)) === true ? whole : subject;
}

const idIn = (subject: Named, { told }: Scales): string =>
  told.get(subjectKey(subject))?.id ?? subject.id ?? "";

export const isApproved = (subject: Named, scales: Scales, { approvals }: Situation): boolean =>
  approvals.given.has(idIn(subject, scales)) ||
  // Its id is of the users and groups that go; who leaves a group that stays is none of it.
  (scales.upheaval && (subject.kind === "user" || subject.kind === "group"));

const isGiven = (subject: Named, scales: Scales): boolean =>
  scales.given?.has(idIn(subject, scales)) === true;

/** What of it nobody approved: after something was held, somebody may leave a group who was not told of with the others. */
export function openPart<S extends Omit<Subject, "id">>(
  subject: S,
  scales: Scales,
  situation: Situation,
): S | undefined {
  if (!isApproved(subject, scales, situation)) return subject;
  const whole = scales.told.get(subjectKey(subject));
  const told = new Set((whole ?? subject).counts.map(({ id }) => id));
  const counts = subject.counts.filter(({ id }) => !told.has(id));
  return counts.length === 0 ? undefined : { ...subject, counts, who: counts.map(({ label }) => label) };
}

/** Per group first; what is held there counts in no other. What does not fit waits as a whole. */
export function weigh(
  subjects: readonly Subject[],
  situation: Situation,
  scales: Scales,
  base: () => Base = () => baseOf(situation),
): Weighed {
  const open = subjects.flatMap((subject) => openPart(subject, scales, situation) ?? []);
  if (open.length === 0) return { waiting: [], over: [] };
  const { unknown } = scales;
  const found: Over =
    unknown === undefined
      ? tooMuch(open, base(), situation, scales)
      : open.map((subject) => [
          subject,
          SUBJECTS[subject.kind].waitsAs,
          { code: "tally-unreadable", ...unknown, who: wholeOf(subject, scales).who },
        ]);
  return {
    over: found.map(([subject]) => subject),
    waiting: found.map(([subject, kind, reason]) => ({
      ...{ id: wholeOf(subject, scales).id, kind, about: subject.about, reason },
    })),
  };
}

type Over = readonly (readonly [Subject, Waiting["kind"], Waiting["reason"]])[];

function tooMuch(open: readonly Subject[], base: Base, situation: Situation, scales: Scales): Over {
  const { rules } = situation;
  const makers = waitingMakers(situation);
  const alone = open.flatMap((subject): Over => {
    if (subject.kind === "new-group" && makers.has(subject.object as SourceId))
      return [[subject, "new-groups", { code: "made-by-user", who: wholeOf(subject, scales).who }]];
    return tooMuchInGroup(subject, base, scales, rules);
  });
  const held = new Set(alone.map(([subject]) => subject));
  const rest = open.filter((subject) => !held.has(subject));
  const together = (["user", "group", "user-rename", "rename", "removals", "new-group"] as const).flatMap(
    (kind) =>
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
  // Given removals are told by the budget of all groups' together.
  const isTold = kind === "additions" && isGiven(subject, scales);
  if (room.spent + counts.length <= room.allows && !isTold) return [];
  const whole = wholeOf(subject, scales);
  const count = room.spent + whole.counts.length;
  const excess = { budget, limit: rules.limits[budget], ...room, count } as const;
  return [[subject, budget, overLimit(whole, excess)]];
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
  const isRename = kind === "rename" || kind === "user-rename";
  const room = isRename
    ? roomForRenames(SUBJECTS[kind].budget, base, scales, rules)
    : roomOf(budget, base, scales, rules);
  const known = SPENT_ON[kind](scales.by ?? scales.spent);
  const countOf = (subjects: readonly Subject[]): number =>
    room.spent + sum(subjects.map((one) => (known.has(one.object as never) ? 0 : one.counts.length)));
  const over = countOf(some) > room.allows ? some : some.filter((subject) => isGiven(subject, scales));
  if (over.length === 0) return [];
  const count = countOf(some.map((subject) => wholeOf(subject, scales)));
  const renames = isRename ? { renames: true } : {};
  const excess: Excess = { budget, ...renames, limit: rules.limits[budget], ...room, count };
  return over.map((subject) => [subject, waitsAs, overLimit(wholeOf(subject, scales), excess)]);
}

/** Objects count once, however often something is done to them. */
const SPENT_ON: Readonly<
  Record<Exclude<SubjectKind, "additions">, (spent: Spent) => { readonly has: (id: never) => boolean }>
> = {
  user: ({ users }) => users,
  group: ({ groups }) => groups,
  "user-rename": ({ renames }) => renames,
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
  /** What would leave too few in a group that needs them. */
  readonly held: readonly Held[];
}

/** The plan with what does not fit, or would leave too few, left as it is. */
export function fitted(
  planned: (holds: Holds) => Plan,
  holds: Holds,
  situation: Situation,
  scales: Scales,
): Fitted {
  const plan = planned(holds);
  const { waiting, over } = weigh(subjectsOf(plan, situation), situation, scales);
  return { ...sparing(planned, withHeld(holds, over, plan), situation), waiting };
}

/** Leaves what REQUIRED_MEMBERS asks for: after the budgets, which may hold those who would come in. */
function sparing(
  planned: (holds: Holds) => Plan,
  given: Holds,
  situation: Situation,
): Omit<Fitted, "waiting"> {
  let [plan, holds] = [planned(given), given];
  const held: Held[] = [];
  for (;;) {
    const short = shortfallOf(plan, situation);
    if (short.held.length === 0) return { plan, holds, held };
    held.push(...short.held);
    holds = bothHolds(holds, { ...NO_HOLDS, ...short.holds });
    plan = planned(holds);
  }
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
  return bothHolds(holds, {
    ...NO_HOLDS,
    users,
    retirements: ids("group"),
    members: new Set([...members, ...along]),
    additions: ids("additions"),
    renames: ids("rename").union(ids("user-rename")),
    creates: new Set(of("new-group").map(({ object }) => object as SourceId)),
  });
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
    case "user-rename":
    case "rename":
      return { ...NOTHING_SPENT, renames: self };
    case "new-group":
      // The rest of its members counts with the group.
      return size === 0 ? NOTHING_SPENT : { ...NOTHING_SPENT, newGroups: once([object as SourceId]) };
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
