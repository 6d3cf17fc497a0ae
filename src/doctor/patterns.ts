/** Whether the names in settings match anything, and whether they leave anything over. */
import { count } from "../core/count.ts";
import { comparedTexts } from "../core/ignored.ts";
import { groupClaim, sourceOf, userClaim } from "../core/mark.ts";
import type { Existing, Source } from "../core/model.ts";
import { meets, nameKey } from "../core/names.ts";
import type { Config } from "../settings/config.ts";
import { check, fine, ok, step, warning } from "./check.ts";
import type { Check } from "./check.ts";
import type { Read } from "./google.ts";
import { firstFew } from "./report.ts";

/** For each object the names that it goes by. */
type Names = readonly (readonly string[])[];

const namesOfGroups = ({ groups }: Source): Names =>
  groups.map(({ email, aliases, name }) => [email, ...aliases, name]);

interface Sides {
  readonly google: Read<Source>;
  readonly aws: Read<Existing>;
}

/** What patterns are compared with, of Google's side. */
const usersCompared = ({ google, aws }: Sides): Names => {
  const linked = new Set(aws.whole.users.map(({ externalId }) => sourceOf(userClaim(externalId))));
  return google.whole.users.map(({ id, email, aliases }) =>
    comparedTexts({ email, aliases }, linked.has(id)),
  );
};
const groupsCompared = ({ google, aws }: Sides): Names => {
  const linked = new Set(aws.whole.groups.map(({ externalId }) => sourceOf(groupClaim(externalId))));
  return google.whole.groups.map((group) => comparedTexts(group, linked.has(group.id)));
};

/** A check for each pattern setting that has entries. */
export function patternChecks(
  { rules }: Config,
  { google, aws }: { readonly google: Check<Read<Source>>; readonly aws: Check<Read<Existing>> },
): readonly Check[] {
  const { includeGroups, groupNames, ignoreUsers, ignoreGroups, protectGroups, requiredMembers } = rules;
  const groupsOfGoogle = step({ google }, (given) => fine(namesOfGroups(given.google.whole)));
  const usersOfBoth = step({ google, aws }, (given) => fine(usersCompared(given)));
  const groupsOfBoth = step({ google, aws }, (given) => fine(groupsCompared(given)));
  const users = step({ usersOfBoth, aws }, (given) => {
    const existing = given.aws.whole.users;
    return fine([...given.usersOfBoth, ...existing.map((user) => [user.userName, user.email])]);
  });
  const groups = step({ groupsOfBoth, aws }, (given) =>
    fine([...given.groupsOfBoth, ...given.aws.whole.groups.map(({ name }) => [name])]),
  );
  return [
    ...idleCheck("INCLUDE_GROUPS", includeGroups, exactly, groupsOfGoogle),
    ...idleCheck("GROUP_NAMES", [...groupNames.keys()], exactly, groupsOfGoogle),
    ...idleCheck("IGNORE_USERS", ignoreUsers, byPattern, users),
    ...idleCheck("IGNORE_GROUPS", ignoreGroups, byPattern, groups),
    ...idleCheck("PROTECT_GROUPS", protectGroups, byPattern, groups),
    ...requiredCheck(requiredMembers, aws),
    ...leftOverCheck("IGNORE_USERS", ignoreUsers, usersOfBoth),
    ...leftOverCheck("IGNORE_GROUPS", ignoreGroups, groupsOfBoth),
  ];
}

const exactly = (entry: string) => (names: readonly string[]) =>
  names.some((name) => nameKey(name) === nameKey(entry));
const byPattern = (entry: string) => {
  const met = meets([entry]);
  return (names: readonly string[]): boolean => met(...names);
};

function idleCheck(
  setting: string,
  entries: readonly string[],
  meeting: typeof exactly,
  all: Check<Names>,
): readonly Check[] {
  if (entries.length === 0) return [];
  const run = ({ names }: { readonly names: Names }) => {
    const idle = entries.filter((entry) => !names.some(meeting(entry)));
    const shown = firstFew(idle.map((entry) => JSON.stringify(entry)));
    if (idle.length === 0)
      return ok(`${count(entries.length, "entry", "entries")}, and each matches something`);
    return idle.length === 1
      ? warning(`${shown} matches nothing on either side`, `correct ${shown} in ${setting}, or remove it`)
      : warning(`${shown} match nothing on either side`, `correct ${shown} in ${setting}, or remove them`);
  };
  return [check(`settings.${setting}`, setting, { names: all }, run)];
}

/** A name that no group has protects nobody; a group that has too few already is for somebody to look at. */
function requiredCheck(
  required: Config["rules"]["requiredMembers"],
  aws: Check<Read<Existing>>,
): readonly Check[] {
  if (required.length === 0) return [];
  const run = ({ aws: { whole } }: { readonly aws: Read<Existing> }) => {
    const enabled = new Set(whole.users.flatMap(({ id, active }) => (active ? [id] : [])));
    const lacking = required.flatMap(({ group, count: needs }): readonly string[] => {
      const found = whole.groups.find(({ name }) => nameKey(name) === nameKey(group));
      if (found === undefined) return [`AWS has no group ${JSON.stringify(group)}`];
      const has = found.members.intersection(enabled).size;
      return has >= needs ? [] : [`${group} has ${count(has, "enabled member")} of ${needs}`];
    });
    if (lacking.length === 0)
      return ok(`${count(required.length, "group")}, each with enough enabled members`);
    const todo = "correct the name in REQUIRED_MEMBERS, or add people to the group in Google";
    return warning(firstFew(lacking), todo);
  };
  return [check("settings.REQUIRED_MEMBERS", "REQUIRED_MEMBERS", { aws }, run)];
}

function leftOverCheck(setting: string, entries: readonly string[], all: Check<Names>): readonly Check[] {
  if (entries.length === 0) return [];
  const met = meets(entries);
  const run = ({ names }: { readonly names: Names }) =>
    names.length > 0 && names.every((one) => met(...one))
      ? warning(
          `${setting} matches everything in Google, so nothing is ever synced`,
          `list fewer in ${setting}`,
        )
      : fine(undefined);
  return [check(`settings.${setting}.all`, setting, { names: all }, run)];
}
