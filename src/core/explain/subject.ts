import { groupClaim, sourceOf, userClaim } from "../mark.ts";
import type { Claim } from "../mark.ts";
import type { DesiredGroup, Existing, ExistingGroup, ExistingUser, Rules } from "../model.ts";
import type { Source, SourceGroup, SourceId, SourceUser, TargetId } from "../model.ts";
import { accountNames, existingGroupNames, existingUserNames, sourceGroupNames } from "../named.ts";
import { nameKey } from "../names.ts";
import type { Ref } from "../ref.ts";
import { userNameOf } from "../user-name.ts";
import type { Scoped } from "../scope.ts";

type InSource = SourceUser | SourceGroup;
type InTarget = ExistingUser | ExistingGroup;

/** A user or a group, with the half of it on either side, as far as there is one. */
export interface Subject {
  readonly ref: Ref;
  readonly source: InSource | undefined;
  readonly existing: InTarget | undefined;
}

/** Both sides by id, and what belongs together: as it was matched, or else as the target's external ids say. */
export interface Halves {
  readonly sources: ReadonlyMap<SourceId, InSource>;
  readonly objects: ReadonlyMap<TargetId, InTarget>;
  readonly objectOf: (id: SourceId) => InTarget | undefined;
  readonly sourceOf: (object: InTarget) => InSource | undefined;
}

export const isAccount = (half: InSource): half is SourceUser => "state" in half;
export const isUser = (half: InTarget): half is ExistingUser => "userName" in half;

export const claimOf = (half: InTarget): Claim =>
  isUser(half) ? userClaim(half.externalId) : groupClaim(half.externalId);

export function halvesOf(source: Source, existing: Existing, { users, groups }: Scoped): Halves {
  const sources = [...nestedOnly(source), ...source.groups, ...source.users];
  const objects: readonly InTarget[] = [...existing.users, ...existing.groups];
  const byId = new Map<SourceId, InSource>(sources.map((one) => [one.id, one]));
  const claimed = objects.flatMap((object): readonly (readonly [SourceId, InTarget, Claim["kind"]])[] => {
    const claim = claimOf(object);
    const id = sourceOf(claim);
    return id === undefined ? [] : [[id, object, claim.kind]];
  });
  const byTarget = new Map<TargetId, InTarget>(objects.map((object) => [object.id, object]));
  // What was matched is what is left once the leavers are disabled; what is told is as AWS has it.
  const now = (object: InTarget): InTarget => byTarget.get(object.id) ?? object;
  const matched = [...users.leftAlone, ...groups.leftAlone, ...users.pairs, ...groups.pairs].flatMap(
    ({ desired, existing: object }): readonly (readonly [SourceId, InTarget])[] =>
      desired === undefined ? [] : [[desired.externalId, now(object)]],
  );
  const heirs = groups.handOvers.map(({ desired, existing: old }) => [desired.externalId, now(old)] as const);
  // A live id comes before one in a mark.
  const marked = claimed.filter(([, , kind]) => kind === "marked");
  const live = claimed.filter(([, , kind]) => kind === "managed");
  const objectOf = new Map<SourceId, InTarget>(
    [...marked, ...live, ...matched, ...heirs].map(([id, object]) => [id, object]),
  );
  const sourceIds = new Map([...claimed, ...matched].map(([id, object]) => [object.id, id]));
  return {
    sources: byId,
    objects: byTarget,
    objectOf: (id) => objectOf.get(id),
    sourceOf: ({ id }) => {
      const own = sourceIds.get(id);
      return own === undefined ? undefined : byId.get(own);
    },
  };
}

/** Groups that count only because they lie inside others: Google tells no more of them than a row. */
const nestedOnly = ({ members }: Source): readonly SourceGroup[] =>
  [...members.values()]
    .flat()
    .filter(({ type }) => type === "group")
    .map(({ id, email }) => ({ id, email, aliases: [], name: email || id, adminCreated: false }));

/** The groups asked for: what each is called, or would be, in the target. */
type Asked = ReadonlyMap<SourceId, Pick<DesiredGroup, "name">>;

/** A user by the address, a group by the name in the target; at least one half is there. */
export function subjectOf(
  source: InSource | undefined,
  existing: InTarget | undefined,
  asked: Asked = new Map(),
): Subject {
  const ids = {
    ...(source === undefined ? {} : { source: source.id }),
    ...(existing === undefined ? {} : { target: existing.id }),
  };
  const isPerson = source === undefined ? existing !== undefined && isUser(existing) : isAccount(source);
  const inAws = existing === undefined ? "" : isUser(existing) ? existing.userName : existing.name;
  const inGoogle = source === undefined ? "" : nameInGoogle(source, asked);
  const label = isPerson ? inGoogle || inAws : inAws || inGoogle;
  return { ref: { kind: isPerson ? "user" : "group", ...ids, label }, source, existing };
}

function nameInGoogle(source: InSource, asked: Asked): string {
  if (isAccount(source)) return source.email;
  return asked.get(source.id)?.name || source.name || source.email;
}

/** Whether one of the names is meant by a text. */
export function hitOf(text: string): (names: readonly (string | undefined)[]) => boolean {
  const wanted = nameKey(text.trim());
  return (names) => names.some((name) => name !== undefined && name !== "" && nameKey(name) === wanted);
}

/** Whoever answers to a text: one user, and the other of the same address. */
export function subjectsNamed(
  text: string,
  halves: Halves,
  asked: Asked,
  { userName }: Rules,
): readonly Subject[] {
  const hit = hitOf(text);
  const sources = [...halves.sources.values()].filter((one) =>
    hit([...namesOfSource(one), isAccount(one) ? userNameOf(one, userName) : asked.get(one.id)?.name]),
  );
  const found = sources.map((one) => subjectOf(one, halves.objectOf(one.id), asked));
  const covered = new Set(found.map(({ existing }) => existing));
  const ids = new Set<string | undefined>(sources.map(({ id }) => id));
  const others = [...halves.objects.values()].filter(
    (one) => !covered.has(one) && (ids.has(sourceOf(claimOf(one))) || hit(namesOfObject(one))),
  );
  return [
    ...found,
    ...others.map((existing) => {
      const source = halves.sourceOf(existing);
      // One account with two users: it is told with the one that it is matched with.
      return subjectOf(source && ids.has(source.id) ? undefined : source, existing, asked);
    }),
  ];
}

const namesOfSource = (half: InSource): readonly string[] =>
  isAccount(half) ? [...accountNames(half), `${half.givenName} ${half.familyName}`] : sourceGroupNames(half);

const namesOfObject = (half: InTarget): readonly (string | undefined)[] => [
  ...(isUser(half) ? [...existingUserNames(half), half.displayName] : existingGroupNames(half)),
  sourceOf(claimOf(half)),
];
