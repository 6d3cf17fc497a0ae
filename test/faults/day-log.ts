/** What one day did to AWS, seen from outside, and what no day may do. */
import { expect } from "vitest";
import type { AwsUser } from "../emulator/aws-directory.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { pictureOf, type Picture } from "../oracle/emulated.ts";

/** The budgets of a day; counts alone, so that nobody has to work out a base. */
export const MOST = {
  ...{ leaver: 2, disabled: 1, retired: 1, renamed: 1, made: 1, lost: 4 },
  ...{ gainedByOne: 2, lostByOne: 3 },
} as const;
/** Up to three who are named go beyond the budget, nine in a day. */
const NAMED = 9;

interface Happened {
  readonly kind: "leaver" | "disabled" | "retired" | "renamed" | "made" | "lost" | "gained";
  readonly id: string;
  readonly name: string;
  /** Whom in Google it is linked to. */
  readonly source: string;
}

export interface Given {
  readonly kind: string;
  /** What it was about when it was told. */
  readonly objects: ReadonlySet<string>;
}

export interface DayLog {
  /** Whatever is in AWS now, whoever did it, is what the runs begin with. */
  readonly begin: () => void;
  /** Notes what happened since then, and fails when a budget is overspent. */
  readonly note: (around: { readonly given: readonly Given[]; readonly hasNamed: boolean }) => void;
  /** Ids, in AWS and in Google, of what is called so now, or was when the last runs began. */
  readonly called: (name: string) => ReadonlySet<string>;
}

export function dayOf({ aws, google }: Emulator): DayLog {
  const old = new Set(aws.groups.map(({ id }) => id));
  const all: Happened[] = [];
  let before = pictureOf(aws);
  let named = false;
  return {
    begin: () => void (before = pictureOf(aws)),
    note: ({ given, hasNamed }) => {
      named ||= hasNamed;
      const after = pictureOf(aws);
      const active = new Set(google.users.flatMap((one) => (one.suspended || one.archived ? [] : [one.id])));
      const events = [
        ...ofUsers(before, after, active),
        ...ofGroups(before, after),
        ...ofMembers(before, after),
      ];
      const isGiven = ({ kind, id, source }: Happened): boolean =>
        given.some(
          (one) => (MEANS[one.kind] ?? []).includes(kind) && (one.objects.has(id) || one.objects.has(source)),
        );
      all.push(...events.filter((event) => !isGiven(event)));
      expectBudgets(all, old, named);
    },
    called: (name) =>
      new Set([
        ...google.groups.flatMap((group) => (group.name === name ? [group.id] : [])),
        ...[...before.groups, ...aws.groups].flatMap((one) => (one.displayName === name ? [one.id] : [])),
        ...aws.users.flatMap(({ id, userName }) => (userName === name ? [id] : [])),
      ]),
  };
}

const MEANS: Readonly<Record<string, readonly Happened["kind"][]>> = {
  removals: ["disabled", "retired", "lost"],
  shrink: ["lost"],
  growth: ["gained"],
  leavers: ["leaver"],
  renames: ["renamed"],
  "new-groups": ["made"],
};

function expectBudgets(all: readonly Happened[], old: ReadonlySet<string>, named: boolean): void {
  const count = (kind: Happened["kind"]): number => all.filter((one) => one.kind === kind).length;
  const objects = (kind: Happened["kind"]): number =>
    new Set(all.flatMap((one) => (one.kind === kind ? [one.id] : []))).size;
  const told = JSON.stringify(all);
  expect(objects("leaver"), told).toBeLessThanOrEqual(MOST.leaver + (named ? NAMED : 0));
  for (const kind of ["disabled", "retired", "renamed", "made"] as const)
    expect(objects(kind), `${kind}: ${told}`).toBeLessThanOrEqual(MOST[kind]);
  expect(count("lost"), told).toBeLessThanOrEqual(MOST.lost);
  for (const group of new Set(all.map(({ id }) => id))) {
    const some = all.filter(({ id }) => id === group);
    expect(some.filter(({ kind }) => kind === "lost").length, told).toBeLessThanOrEqual(MOST.lostByOne);
    // A group that was made today grows as it likes.
    if (old.has(group))
      expect(some.filter(({ kind }) => kind === "gained").length, told).toBeLessThanOrEqual(MOST.gainedByOne);
  }
}

// ---------------------------------------------------------------- what happened

const ofSource = ({ externalId = "" }: { readonly externalId?: string }): string =>
  /(?:^|\.)(\d{15,25}|0[0-9a-z]{13,15})(?:\.by-hand)?$/.exec(externalId)?.[1] ?? "";

const isRetired = ({ externalId = "" }: { readonly externalId?: string }): boolean =>
  externalId.startsWith("ssosync-retired.");

function ofUsers(before: Picture, after: Picture, active: ReadonlySet<string>): readonly Happened[] {
  return before.users.flatMap((user): readonly Happened[] => {
    const then = after.users.find(({ id }) => id === user.id);
    if (!user.active || then?.active === true) return [];
    const kind = active.has(ofSource(user)) ? "disabled" : "leaver";
    return [{ kind, id: user.id, name: user.userName, source: ofSource(user) }];
  });
}

function ofGroups(before: Picture, after: Picture): readonly Happened[] {
  const known = new Map(before.groups.map((group) => [group.id, group]));
  return after.groups.flatMap((group): readonly Happened[] => {
    const then = known.get(group.id);
    const about = { id: group.id, source: ofSource(group), name: (then ?? group).displayName };
    if (then === undefined) return [{ kind: "made", ...about }];
    if (isRetired(group)) return isRetired(then) ? [] : [{ kind: "retired", ...about }];
    const isRenamed = then.displayName !== group.displayName && !isRetired(then);
    return isRenamed ? [{ kind: "renamed", ...about }] : [];
  });
}

/** Of people who are enabled before and afterwards, in groups that are not retired. */
function ofMembers(before: Picture, after: Picture): readonly Happened[] {
  const on = (users: readonly AwsUser[]) => new Set(users.flatMap(({ id, active }) => (active ? [id] : [])));
  const both = on(before.users).intersection(on(after.users));
  const then = new Map(after.groups.map((group) => [group.id, group]));
  return before.groups.flatMap((group): readonly Happened[] => {
    const now = then.get(group.id);
    if (now === undefined || isRetired(now)) return [];
    const about = { id: group.id, source: ofSource(now), name: group.displayName };
    const [was, is] = [new Set(group.members), new Set(now.members)];
    return [
      ...[...was.difference(is)].flatMap((user): Happened[] =>
        both.has(user) ? [{ kind: "lost", ...about }] : [],
      ),
      ...[...is.difference(was)].map((): Happened => ({ kind: "gained", ...about })),
    ];
  });
}

// ---------------------------------------------------------------- what nobody touches

/**
 * At every write: what was made by hand or by another provider is as it was, and no group changes hands: whoever has
 * what a group gives has it from the Google group that it was made for.
 */
export function expectUntouched(emulator: Emulator): void {
  const { aws } = emulator;
  const isOurs = (one: { readonly externalId?: string }): boolean => ofSource(one) !== "";
  const byHand = (): unknown => {
    const { users, groups } = pictureOf(aws);
    return [users, groups].map((list) => list.filter((one) => !isOurs(one)));
  };
  const untouched = byHand();
  const owners = new Map<string, string>();
  const expectOwners = (): void => {
    for (const group of aws.groups.filter(isOurs)) {
      const before = owners.get(group.id) ?? ofSource(group);
      expect(ofSource(group), `${group.displayName} changes hands`).toBe(before);
      owners.set(group.id, before);
    }
  };
  expectOwners();
  emulator.onWrite(() => {
    expect(byHand()).toEqual(untouched);
    expectOwners();
  });
}
