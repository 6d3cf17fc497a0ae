import { GROUP_NAMES, USER_NAMES } from "./attributes.ts";
import { hasFact, objectIdOf } from "./change.ts";
import type { Change } from "./change.ts";
import { groupNameOf } from "./group-name.ts";
import { ownName } from "./mark.ts";
import { accountNames, existingGroupNames, existingUserNames, sourceGroupNames } from "./named.ts";
import { nameKey } from "./names.ts";
import type { Plan } from "./plan.ts";
import type { Skip } from "./reason.ts";
import { partyRef, refOf } from "./ref.ts";
import { userNameOf } from "./user-name.ts";
import type { Existing, ExistingUser, Rules, Source, SourceGroup, SourceUser } from "./model.ts";

/** Both sides, and what the settings make of the names of one. */
export interface Called {
  readonly source: Source;
  readonly existing: Existing;
  readonly rules: Rules;
}

/** What the settings call them, too: a plan calls them so before the target does. */
const accountNamesThen = (user: SourceUser, { userName }: Rules): readonly string[] => [
  ...accountNames(user),
  userNameOf(user, userName),
];
const groupNamesThen = (group: SourceGroup, rules: Rules): readonly string[] => [
  ...sourceGroupNames(group),
  groupNameOf(group, rules),
];

/** What they are compared by; what nobody can see names nobody. */
const keysOf = (names: readonly string[]): readonly string[] =>
  names.map(nameKey).filter((key) => key !== "");

/** The subjects that nothing on either side answers to. */
export function unknownSubjects(
  subjects: readonly string[],
  { source, existing, rules }: Called,
): readonly string[] {
  const known = new Set(
    keysOf([
      ...source.users.flatMap((user) => accountNamesThen(user, rules)),
      ...source.groups.flatMap((group) => groupNamesThen(group, rules)),
      ...[...source.unread].flatMap(([id, { email }]) => [id, email]),
      ...existing.users.flatMap(existingUserNames),
      ...existing.groups.flatMap(existingGroupNames),
    ]),
  );
  return subjects.filter((subject) => !known.has(nameKey(subject)));
}

/**
 * The plan narrowed to what is about these users or groups (address, name or id). New users of a named group come
 * along; what else a change would need is left out and said.
 */
export function narrow(plan: Plan, subjects: readonly string[], sides: Called): Plan {
  const ids = idsAfter(plan, idsOf(subjects, sides));
  const companions = new Set(
    plan.steps.flat().flatMap((change) => {
      if (change.kind !== "group.create" && change.kind !== "members.add") return [];
      const users = change.kind === "group.create" ? change.members : change.users;
      return ids.has(change.group.externalId) ? users.map((user) => user.externalId) : [];
    }),
  );
  const skips: Skip[] = [];
  const chosen = plan.steps.map((step) => step.flatMap((change) => partAbout(change, ids, companions)));
  const kept = withoutVain(chosen, skips);
  const there = thereThen(plan, new Set(kept.flat()));
  const steps = kept.map((step) => step.flatMap((change) => forThose(change, there, skips)));
  return { ...plan, steps: steps.filter((step) => step.length > 0), skips: [...plan.skips, ...skips] };
}

/** Everything that the subjects are known by today, as ids. */
function idsOf(subjects: readonly string[], { source, existing, rules }: Called): ReadonlySet<string> {
  const named = new Set(subjects.map(nameKey));
  const hit = (names: readonly string[]): boolean => keysOf(names).some((key) => named.has(key));
  const fromSource = [
    ...source.users.filter((user) => hit(accountNamesThen(user, rules))),
    ...source.groups.filter((group) => hit(groupNamesThen(group, rules))),
  ].map((object) => object.id as string);
  const sources = new Set(fromSource);
  const objects = [
    ...existing.users.filter((user) => hit(existingUserNames(user))),
    ...existing.groups.filter((group) => hit(existingGroupNames(group))),
  ];
  const linked = [...existing.users, ...existing.groups].filter((object) => sources.has(ownName(object)));
  return new Set([
    ...fromSource,
    ...[...objects, ...linked].flatMap((object) => [object.id, ownName(object)]),
  ]);
}

/** Whether a user is one of the subjects, or in a group that is one. */
export function isMeant(subjects: readonly string[], sides: Called): (user: ExistingUser) => boolean {
  const ids = idsOf(subjects, sides);
  const groups = sides.existing.groups.filter(({ id }) => ids.has(id));
  return ({ id }) => ids.has(id) || groups.some(({ members }) => members.has(id));
}

/**
 * These, and the ids of those who change theirs: whoever comes back or is taken over has their Google id only
 * afterwards, and memberships are added by that one but removed by what they are known by until then.
 */
function idsAfter(plan: Plan, ids: ReadonlySet<string>): ReadonlySet<string> {
  const changing = plan.steps.flat().flatMap((change) => {
    if (!("patch" in change) || change.patch.externalId === undefined) return [];
    const all = [change.id, change.patch.externalId];
    return all.some((id) => ids.has(id)) ? all : [];
  });
  return new Set([...ids, ...changing]);
}

function partAbout(
  change: Change,
  ids: ReadonlySet<string>,
  companions: ReadonlySet<string>,
): readonly Change[] {
  if (ids.has(objectIdOf(change))) return [change];
  if (change.kind === "user.create") return companions.has(change.user.externalId) ? [change] : [];
  if (!hasFact(change, "of", "membership")) return [];
  switch (change.kind) {
    case "members.add": {
      const users = change.users.filter((user) => ids.has(user.externalId));
      return users.length === 0 ? [] : [{ ...change, users }];
    }
    case "members.remove": {
      const users = change.users.filter((user) => ids.has(user.id));
      return users.length === 0 ? [] : [{ ...change, users }];
    }
    default:
      return change satisfies never;
  }
}

/** Without those who want a name that only a change left out would free, and without parking anybody for that. */
function withoutVain(steps: Plan["steps"], skips: Skip[]): Plan["steps"] {
  const moving = new Set(steps.flat().flatMap((change) => (givesUpName(change) ? [change.id] : [])));
  const vain = new Set(
    steps.flat().filter((change) => "needs" in change && change.needs.some((id) => !moving.has(id))),
  );
  if (vain.size === 0) return steps;
  skips.push(...[...vain].map(nameNotFree));
  const stay = new Set([...vain].flatMap((change) => ("patch" in change ? [change.id] : [])));
  const idle = (change: Change): boolean =>
    "patch" in change && change.cause === "parked" && stay.has(change.id);
  return withoutVain(
    steps.map((step) => step.filter((change) => !vain.has(change) && !idle(change))),
    skips,
  );
}

type Patched = Extract<Change, { readonly patch: object }>;

const givesUpName = (change: Change): change is Patched =>
  "patch" in change && [...USER_NAMES, ...GROUP_NAMES].some((name) => name in change.patch);

const nameNotFree = (change: Change): Skip => ({ about: refOf(change), reason: { code: "name-left-out" } });

/** Who is in the target and ours once these changes are made, by source id. */
function thereThen(plan: Plan, kept: ReadonlySet<Change>): ReadonlySet<string> {
  const there = new Set<string>([...plan.users.keys(), ...plan.groups.keys()]);
  for (const change of plan.steps.flat()) {
    if ("patch" in change && !kept.has(change)) there.delete(change.patch.externalId ?? "");
  }
  for (const change of kept) {
    if (change.kind === "user.create") there.add(change.user.externalId);
    if (change.kind === "group.create") there.add(change.group.externalId);
  }
  return there;
}

/** A membership needs both: whoever does not come about in this run, or come back, is left out. */
function forThose(change: Change, there: ReadonlySet<string>, skips: Skip[]): readonly Change[] {
  if (change.kind !== "members.add" && change.kind !== "group.create") return [change];
  const group = there.has(change.group.externalId);
  const users = change.kind === "group.create" ? change.members : change.users;
  const fit = users.filter((user) => group && there.has(user.externalId));
  const reason = { code: "party-left-out", missing: group ? "user" : "group" } as const;
  const within = partyRef("group", change.group);
  const left = users.filter((user) => !fit.includes(user));
  skips.push(...left.map((user) => ({ about: partyRef("user", user), within, reason })));
  if (change.kind === "group.create") return [{ ...change, members: fit }];
  return fit.length === 0 ? [] : [{ ...change, users: fit }];
}
