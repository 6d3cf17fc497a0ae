/** At whom somebody must look: people and groups of the target that are left alone, and what they keep for that. */
import { sourceOf, userClaim } from "./mark.ts";
import type { Alone, MatchedGroups, MatchedUsers } from "./match.ts";
import { domainOf, nameKey } from "./names.ts";
import type { Stranger } from "./reason.ts";
import { existingGroupRef, existingUserRef } from "./ref.ts";
import type {
  DesiredGroup,
  DesiredUser,
  Existing,
  ExistingGroup,
  ExistingUser,
  Source,
  SourceId,
  SourceUser,
} from "./model.ts";

/** Both sides, and what of the target is left alone. */
interface Left {
  readonly source: Source;
  readonly existing: Existing;
  readonly people: ReadonlyMap<SourceId, SourceUser>;
  readonly users: MatchedUsers["leftAlone"];
  readonly groups: MatchedGroups["leftAlone"];
}

export function strangersIn(left: Left): readonly Stranger[] {
  const { existing, users, groups } = left;
  const known = users.filter((alone) => isKnown(alone, existing)).map((alone) => alone.existing);
  return [...enabledPeople(known, left), ...groups.flatMap((alone) => stillIn(alone, left))];
}

/** Whether it is known whose a user is who is left alone, and what Google has of them. */
const isKnown = (
  { reason, existing: user }: Alone<DesiredUser, ExistingUser>,
  { unread }: Existing,
): boolean =>
  reason.code !== "unread" || (unread.has(user.id) && sourceOf(userClaim(user.externalId)) !== undefined);

function enabledPeople(leftAlone: readonly ExistingUser[], { source, people }: Left): readonly Stranger[] {
  if (leftAlone.length === 0) return [];
  const { users } = source;
  const domain = (address: string): string => nameKey(domainOf(address));
  const domains = new Set(users.map((user) => domain(user.email)));
  const states = new Map(
    users.flatMap((user) => [user.email, ...user.aliases].map((address) => [nameKey(address), user.state])),
  );
  return leftAlone.flatMap((user): Stranger[] => {
    if (!user.active) return [];
    const claim = userClaim(user.externalId);
    const about = existingUserRef(user);
    const state = states.get(nameKey(user.userName)) ?? states.get(nameKey(user.email));
    if (claim.kind === "unmanaged" && state !== "active") {
      const ofCompany = domains.has(domain(user.userName));
      return ofCompany ? [{ about, reason: { code: "unmanaged-enabled", account: state ?? "none" } }] : [];
    }
    const id = sourceOf(claim);
    const account = id === undefined ? "active" : (people.get(id)?.state ?? "none");
    return account === "active" ? [] : [{ about, reason: { code: "ignored-enabled", account } }];
  });
}

/** A linked group that is ignored or protected, where Google has read out somebody less than the target has. */
function stillIn(
  { desired, existing: group, reason }: Alone<DesiredGroup, ExistingGroup>,
  { source, existing }: Left,
): readonly Stranger[] {
  const isLinked = desired !== undefined && group.externalId === desired.externalId;
  if (!isLinked || reason.code === "unread" || reason.code === "foreign" || reason.code === "unmanaged")
    return [];
  if (!source.members.has(desired.externalId) || desired.unread !== undefined) return [];
  const names = existing.users
    .filter(({ id, active }) => active && group.members.has(id))
    .filter((user) => isGoneFrom(desired, user, source.unread))
    .map(({ userName }) => userName);
  if (names.length === 0) return [];
  return [{ about: existingGroupRef(group), reason: { code: "left-in", barrier: reason, names } }];
}

function isGoneFrom(
  { members }: DesiredGroup,
  { externalId }: ExistingUser,
  unread: ReadonlyMap<SourceId, unknown>,
): boolean {
  const id = sourceOf(userClaim(externalId));
  return id !== undefined && !members.has(id) && !unread.has(id);
}
