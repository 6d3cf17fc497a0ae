import { hour } from "./model.ts";
import type { Hour, SourceId, TargetId } from "./model.ts";

/**
 * How often each was reserved, at least once. It counts once all the same; but of several runs that reserved it, each
 * gives back its own reservation alone.
 */
export type Times<Id> = ReadonlyMap<Id, number>;

/** How many members one group gained and lost. */
interface Turnover {
  readonly gained: number;
  readonly lost: number;
}

/** What was done, or reserved, without approval: all that the budgets of a day count (contract §6). */
export interface Spent {
  /** Enabled users who were disabled as leavers. */
  readonly leavers: Times<TargetId>;
  /** Other enabled users who were disabled. */
  readonly users: Times<TargetId>;
  /** Groups emptied and marked. */
  readonly groups: Times<TargetId>;
  /** Users and groups that got another name. */
  readonly renames: Times<TargetId>;
  readonly newGroups: Times<SourceId>;
  /** Memberships taken. */
  readonly memberships: number;
  readonly turnover: ReadonlyMap<TargetId, Turnover>;
  /** What a group counts as that has no turnover here, because not all of it could be kept. */
  readonly elsewhere: Turnover;
}

interface Told {
  readonly digest: string;
  readonly at: string;
}

/** What is remembered of the last 24 hours. */
export interface Tally {
  readonly hours: ReadonlyMap<Hour, Spent>;
  /** What people were last told, by what they were told about, and when (ISO 8601). */
  readonly told?: Readonly<Record<string, Told>>;
}

const NONE: Turnover = { gained: 0, lost: 0 };

export const NOTHING_SPENT: Spent = {
  leavers: new Map(),
  users: new Map(),
  groups: new Map(),
  renames: new Map(),
  newGroups: new Map(),
  memberships: 0,
  turnover: new Map(),
  elsewhere: NONE,
};

export const EMPTY_TALLY: Tally = { hours: new Map() };

/** Each of these, reserved once. */
export const once = <Id>(ids: Iterable<Id>): Times<Id> => new Map([...ids].map((id) => [id, 1]));

/** What one group gained and lost, or may have where it is not known. */
export const turnoverOf = ({ turnover, elsewhere }: Spent, group: TargetId): Turnover =>
  turnover.get(group) ?? elsewhere;

/** Both together, each object counted once. */
export const together = (one: Spent, other: Spent): Spent => ({
  ...combined(one, other, plus),
  elsewhere: most(one.elsewhere, other.elsewhere),
});

/** What was spent in the 24 hours before `now` (ISO 8601): an hour counts while any of it is within them. */
export const spentWithin = (tally: Tally, now: string): Spent => dayOf(stillCounting(tally, now));

/** Adds to the hour of `now`, and forgets the hours that no longer count. */
export function withSpent(tally: Tally, spent: Spent, now: string): Tally {
  const hours = stillCounting(tally, now);
  const day = dayOf(hours);
  const begun = new Map(
    [...spent.turnover].map(([id, more]) => [
      id,
      day.turnover.has(id) ? more : turnoverSum(day.elsewhere, more, plus),
    ]),
  );
  return withHour({ ...tally, hours }, hourOf(now), (at) => together(at, { ...spent, turnover: begun }));
}

/** The tally with this as told now; `undefined` when the same was told within the last 24 hours. */
export function withTold(tally: Tally, about: string, digest: string, now: string): Tally | undefined {
  const before = tally.told?.[about];
  const isOld = before === undefined || Date.parse(before.at) <= Date.parse(now) - 24 * HOUR_MS;
  if (!isOld && before.digest === digest) return undefined;
  return { ...tally, told: { ...tally.told, [about]: { digest, at: now } } };
}

/** Takes back what was reserved at `at` (ISO 8601) and not done; nothing falls below zero. */
export function withoutSpent(tally: Tally, spent: Spent, at: string): Tally {
  return tally.hours.has(hourOf(at))
    ? withHour(tally, hourOf(at), (before) => combined(before, spent, minus))
    : tally;
}

/**
 * Lets turnovers go until the rest fits, the smallest of the day first. A group without one then counts as having
 * gained and lost as much as the largest that went.
 */
export function untilItFits(tally: Tally, fits: (tally: Tally) => boolean): Tally {
  if (fits(tally)) return tally;
  const { turnover } = dayOf(tally.hours);
  const sizes = new Set([...turnover.values()].map(larger));
  let kept = tally;
  for (const size of [...sizes].toSorted((a, b) => a - b)) {
    kept = forget(tally, new Map([...turnover].filter(([, one]) => larger(one) <= size)));
    if (fits(kept)) break;
  }
  return kept;
}

// ---------------------------------------------------------------- hours

const HOUR_MS = 3_600_000;

const hourOf = (moment: string): Hour => hour(moment.slice(0, 13));

function stillCounting({ hours }: Tally, now: string): Tally["hours"] {
  const from = Date.parse(now) - 24 * HOUR_MS;
  return new Map([...hours].filter(([at]) => Date.parse(`${at}:00:00Z`) + HOUR_MS > from));
}

const dayOf = (hours: Tally["hours"]): Spent => hours.values().reduce(together, NOTHING_SPENT);

const withHour = (tally: Tally, at: Hour, change: (before: Spent) => Spent): Tally => ({
  ...tally,
  hours: new Map(tally.hours).set(at, change(tally.hours.get(at) ?? NOTHING_SPENT)),
});

/** The last hour remembers what a group may have had: it counts for as long as any of what went would have. */
function forget(tally: Tally, gone: Spent["turnover"]): Tally {
  const hours = [...tally.hours].map(([at, spent]): [Hour, Spent] => {
    const turnover = new Map([...spent.turnover].filter(([id]) => !gone.has(id)));
    return [at, { ...spent, turnover }];
  });
  const last = [...tally.hours.keys()].toSorted().at(-1);
  const largest = gone.values().reduce(most, NONE);
  const shorter = { ...tally, hours: new Map(hours) };
  return last === undefined
    ? shorter
    : withHour(shorter, last, (at) => ({ ...at, elsewhere: most(at.elsewhere, largest) }));
}

// ---------------------------------------------------------------- sums

type Sum = (before: number, more: number) => number;
const plus: Sum = (before, more) => before + more;
const minus: Sum = (before, less) => Math.max(0, before - less);

const combined = (one: Spent, other: Spent, sum: Sum): Spent => ({
  leavers: timesSum(one.leavers, other.leavers, sum),
  users: timesSum(one.users, other.users, sum),
  groups: timesSum(one.groups, other.groups, sum),
  renames: timesSum(one.renames, other.renames, sum),
  newGroups: timesSum(one.newGroups, other.newGroups, sum),
  memberships: sum(one.memberships, other.memberships),
  turnover: turnoversSum(one.turnover, other.turnover, sum),
  elsewhere: one.elsewhere,
});

function timesSum<Id>(one: Times<Id>, other: Times<Id>, sum: Sum): Times<Id> {
  const all = new Map(one);
  for (const [id, more] of other) all.set(id, sum(all.get(id) ?? 0, more));
  return new Map([...all].filter(([, count]) => count > 0));
}

function turnoversSum(one: Spent["turnover"], other: Spent["turnover"], sum: Sum): Spent["turnover"] {
  const all = new Map(one);
  for (const [id, more] of other) all.set(id, turnoverSum(all.get(id) ?? NONE, more, sum));
  return new Map([...all].filter(([, turnover]) => larger(turnover) > 0));
}

const turnoverSum = (one: Turnover, other: Turnover, sum: Sum): Turnover => ({
  gained: sum(one.gained, other.gained),
  lost: sum(one.lost, other.lost),
});

const most = (one: Turnover, other: Turnover): Turnover => turnoverSum(one, other, Math.max);
const larger = ({ gained, lost }: Turnover): number => Math.max(gained, lost);
