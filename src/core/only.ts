import type { Change, Named } from "./change.ts";
import { nameKey } from "./names.ts";
import type { Plan } from "./plan.ts";
import { skip } from "./skip.ts";
import type { Skip } from "./skip.ts";
import type { Existing, Source } from "./model.ts";

/** The subjects that nothing on either side answers to. */
export function unknownSubjects(
  subjects: readonly string[],
  source: Source,
  existing: Existing,
): readonly string[] {
  const known = new Set(
    [
      ...source.users.flatMap((user) => [user.id, user.email, ...user.aliases]),
      ...source.groups.flatMap((group) => [group.id, group.email, group.name, ...group.aliases]),
      ...existing.users.flatMap((user) => [user.id, user.externalId, user.userName, user.email]),
      ...existing.groups.flatMap((group) => [group.id, group.externalId, group.name]),
    ].map(nameKey),
  );
  return subjects.filter((subject) => !known.has(nameKey(subject)));
}

/**
 * The plan narrowed to what is about these users or groups (address, name or id). New users of a named group come
 * along; what else a change would need is left out and said.
 */
export function narrow(plan: Plan, subjects: readonly string[], source: Source, existing: Existing): Plan {
  const ids = idsOf(subjects, source, existing);
  const wanted = (...names: readonly string[]): boolean => names.some((name) => ids.has(name));
  const companions = new Set(
    plan.steps.flat().flatMap((change) => {
      if (change.kind !== "group.create" && change.kind !== "members.add") return [];
      const users = change.kind === "group.create" ? change.members : change.users;
      return wanted(change.group.externalId) ? users.map((user) => user.externalId) : [];
    }),
  );
  const made = new Set<string>([...plan.users.keys(), ...plan.groups.keys()]);
  const skips: Skip[] = [];
  const steps = plan.steps.map((step) => step.flatMap((change) => about(change, wanted, companions)));
  for (const change of steps.flat()) {
    if (change.kind === "user.create") made.add(change.user.externalId);
    if (change.kind === "group.create") made.add(change.group.externalId);
  }
  const kept = steps.map((step) => step.filter((change) => possible(change, made, skips)));
  return { ...plan, steps: kept.filter((step) => step.length > 0), skips: [...plan.skips, ...skips] };
}

/** Everything that the subjects are known by, as ids. */
function idsOf(subjects: readonly string[], source: Source, existing: Existing): ReadonlySet<string> {
  const named = new Set(subjects.map(nameKey));
  const hit = (...names: readonly string[]): boolean => names.some((name) => named.has(nameKey(name)));
  const fromSource = [
    ...source.users.filter((user) => hit(user.id, user.email, ...user.aliases)),
    ...source.groups.filter((group) => hit(group.id, group.email, group.name, ...group.aliases)),
  ].map((object) => object.id as string);
  const sources = new Set(fromSource);
  const objects = [
    ...existing.users.filter((user) => hit(user.id, user.externalId, user.userName, user.email)),
    ...existing.groups.filter((group) => hit(group.id, group.externalId, group.name)),
  ];
  const linked = [...existing.users, ...existing.groups].filter((object) => sources.has(object.externalId));
  return new Set([
    ...fromSource,
    ...[...objects, ...linked].flatMap(({ id, externalId }) => [id, externalId]),
  ]);
}

function about(
  change: Change,
  wanted: (...names: readonly string[]) => boolean,
  companions: ReadonlySet<string>,
): readonly Change[] {
  switch (change.kind) {
    case "user.create":
      return wanted(change.user.externalId) || companions.has(change.user.externalId) ? [change] : [];
    case "group.create":
      return wanted(change.group.externalId) ? [change] : [];
    case "members.add": {
      if (wanted(change.group.externalId)) return [change];
      const users = change.users.filter((user) => wanted(user.externalId));
      return users.length === 0 ? [] : [{ ...change, users }];
    }
    case "members.remove": {
      if (wanted(change.group.id, change.group.externalId)) return [change];
      const users = change.users.filter((user) => wanted(user.id, user.externalId));
      return users.length === 0 ? [] : [{ ...change, users }];
    }
    default:
      return wanted(change.id, change.before.externalId) ? [change] : [];
  }
}

/** A member needs a group; a group that is not made in this run takes nobody. */
function possible(change: Change, made: ReadonlySet<string>, skips: Skip[]): boolean {
  if (change.kind !== "members.add" || made.has(change.group.externalId)) return true;
  const tell = (user: Named): Skip =>
    skip("kept", user.label, {
      within: change.group.label,
      detail: "the group is not there yet, and `only` does not name it",
    });
  skips.push(...change.users.map(tell));
  return false;
}
