import type { Change, Known, Leaver, Leaving, Named } from "./change.ts";
import { groupClaim, sourceOf, userClaim } from "./mark.ts";
import type {
  DesiredGroup,
  ExistingGroup,
  ExistingUser,
  SourceGroup,
  SourceId,
  SourceUser,
  TargetId,
  User,
} from "./model.ts";

/** Whom something is about. The ids tell who it is; the label is for showing, and nothing is found by it. */
export interface Ref {
  readonly kind: "user" | "group";
  readonly source?: SourceId;
  readonly target?: TargetId;
  /** An address, a name or, where there is neither, an id. */
  readonly label: string;
}

export const sourceUserRef = ({ id, email }: Pick<SourceUser, "id" | "email">): Ref => ({
  kind: "user",
  source: id,
  label: email || id,
});

export const desiredUserRef = ({ externalId, email }: Pick<User, "externalId" | "email">): Ref => ({
  kind: "user",
  source: externalId,
  label: email,
});

export const existingUserRef = (user: Pick<ExistingUser, "id" | "externalId" | "userName">): Ref =>
  existingRef("user", user, sourceOf(userClaim(user.externalId)), user.userName);

/** By its address: names of groups need not tell them apart. */
export const sourceGroupRef = ({ id, email }: Pick<SourceGroup, "id" | "email">): Ref => ({
  kind: "group",
  source: id,
  label: email || id,
});

/** By its address, as far as it has one. */
export const desiredGroupRef = ({ externalId, addresses, name }: DesiredGroup): Ref => ({
  kind: "group",
  source: externalId,
  label: (addresses[0] ?? name) || externalId,
});

export const existingGroupRef = (group: Pick<ExistingGroup, "id" | "externalId" | "name">): Ref =>
  existingRef("group", group, sourceOf(groupClaim(group.externalId)), group.name);

const existingRef = (
  kind: Ref["kind"],
  { id }: { readonly id: TargetId },
  source: SourceId | undefined,
  label: string,
): Ref => ({ kind, ...(source === undefined ? {} : { source }), target: id, label: label || id });

/** A party of a membership, as a change names it. */
export const partyRef = (kind: Ref["kind"], party: Named | Known): Ref =>
  "id" in party
    ? existingRef(kind, party, sourceOf(CLAIMS[kind](party.externalId)), party.label)
    : { kind, source: party.externalId, label: party.label };

const CLAIMS = { user: userClaim, group: groupClaim } as const;

/** The object that a change is about; of memberships it is the group. */
export function refOf(change: Change): Ref {
  if (change.kind === "user.create") return desiredUserRef(change.user);
  if ("group" in change) return partyRef("group", change.group);
  if (change.kind === "user.manager") return partyRef("user", change.user);
  return "userName" in change.before ? existingUserRef(change.before) : existingGroupRef(change.before);
}

/** Whether both mean the same user or group: by the target's ids where both have one, otherwise by the source's. */
export function isSame(one: Ref, other: Ref): boolean {
  if (one.kind !== other.kind) return false;
  if (one.target !== undefined && other.target !== undefined) return one.target === other.target;
  return one.source !== undefined && one.source === other.source;
}

/** A copy in the order of the subjects' texts, which does not depend on whose answer came first. */
export const inOrderOf = <T>(list: readonly T[], text: (one: T) => string): readonly T[] =>
  list
    .map((one) => [text(one), one] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([, one]) => one);

/** One user or group that a change touches; `within` is the group, where it is about a membership. */
export interface Part {
  readonly about: Ref;
  readonly within?: Ref;
  /** Why a member is taken out. */
  readonly because?: Leaving;
}

/** Everybody whom a change touches. */
export function partsOf(change: Change): readonly Part[] {
  const about = refOf(change);
  if (!("group" in change)) return [{ about }];
  const users = change.kind === "group.create" ? change.members : change.users;
  return [
    ...(change.kind === "group.create" ? [{ about }] : []),
    ...users.map((user: Named | Leaver) => ({
      ...{ about: partyRef("user", user), within: about },
      ...("because" in user ? { because: user.because } : {}),
    })),
  ];
}

/** Everybody whom a change touches, as one text to put changes in order by. */
export const subjectText = (change: Change): string =>
  JSON.stringify(partsOf(change).map(({ about, within }) => [within?.label ?? "", about.label]));
