/** Whom IGNORE_USERS and IGNORE_GROUPS leave alone, and by which of their names. */
import { groupClaim, sourceOf, userClaim } from "./mark.ts";
import type { Exclusion } from "./match.ts";
import { firstMet } from "./names.ts";
import type {
  DesiredGroup,
  DesiredUser,
  ExistingGroup,
  ExistingUser,
  Rules,
  Source,
  SourceGroup,
  SourceId,
  SourceUser,
} from "./model.ts";
import type { Barrier } from "./reason.ts";

/** What somebody of the source goes by there. */
interface Going {
  readonly email: string;
  readonly aliases: readonly string[];
  /** Of a group alone. */
  readonly name?: string;
}

/**
 * What patterns are compared with in the source: only its own address once it is linked. Aliases and display names are
 * given by others than those who may decide who is left alone.
 */
export const comparedTexts = ({ email, aliases, name = "" }: Going, isLinked: boolean): readonly string[] =>
  isLinked ? [email] : [email, name, ...aliases];

type Texts<T> = (one: T) => readonly string[];

interface Compared<D, E> {
  readonly desired: Texts<D>;
  readonly existing: Texts<E>;
}

function ignoring<D, E>(
  setting: Extract<Barrier, { readonly code: "ignored" }>["setting"],
  patterns: readonly string[],
  texts: Compared<D, E>,
): Exclusion<D, E> {
  const met = firstMet(patterns);
  const by =
    <T>(textsOf: Texts<T>) =>
    (one: T): Barrier | undefined => {
      const pattern = patterns.length === 0 ? undefined : met(...textsOf(one));
      return pattern === undefined ? undefined : { code: "ignored", setting, pattern };
    };
  return { desired: by(texts.desired), existing: by(texts.existing) };
}

/** What a person is called never counts. */
export const ignoredUsers = (
  people: ReadonlyMap<SourceId, SourceUser>,
  { ignoreUsers }: Rules,
): Exclusion<DesiredUser, ExistingUser> =>
  ignoring("IGNORE_USERS", ignoreUsers, {
    desired: ({ userName, email, aliases }) => [userName, ...comparedTexts({ email, aliases }, false)],
    existing: ({ userName, email, externalId }) => [
      ...[userName, email],
      emailIn(sourceOf(userClaim(externalId)), people),
    ],
  });

export function ignoredGroups(
  source: Source,
  { ignoreGroups }: Rules,
): Exclusion<DesiredGroup, ExistingGroup> {
  const groups = new Map(source.groups.map((group) => [group.id, group]));
  return ignoring("IGNORE_GROUPS", ignoreGroups, {
    desired: ({ name, sourceName, addresses: [email = "", ...aliases] }) => [
      name,
      ...comparedTexts({ email, aliases, name: sourceName }, false),
    ],
    existing: ({ name, externalId }) => [name, emailIn(sourceOf(groupClaim(externalId)), groups)],
  });
}

/** Whether a group of the source is ignored whatever the target calls it. */
export function ignoresGroup({ ignoreGroups }: Rules): (group: SourceGroup, isLinked: boolean) => boolean {
  const met = firstMet(ignoreGroups);
  return (group, isLinked) => met(...comparedTexts(group, isLinked)) !== undefined;
}

const emailIn = (id: SourceId | undefined, all: ReadonlyMap<SourceId, { readonly email: string }>): string =>
  id === undefined ? "" : (all.get(id)?.email ?? "");
