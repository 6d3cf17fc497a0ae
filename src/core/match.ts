import { groupClaim, isAside, userClaim } from "./mark.ts";
import type { Claim } from "./mark.ts";
import { firstMet, isUserName, nameKey, sameName } from "./names.ts";
import type {
  DesiredGroup,
  DesiredUser,
  ExistingGroup,
  ExistingUser,
  Rules,
  SourceId,
  TargetId,
} from "./model.ts";
import { unreadReason } from "./reason.ts";
import type { Barrier, LeftAlone, Skip, SkipReason, Unknown } from "./reason.ts";
import { desiredGroupRef, desiredUserRef, existingGroupRef, existingUserRef } from "./ref.ts";
import type { Ref } from "./ref.ts";

/**
 * Two halves of one person or group: `linked` by id, `restored` by the id in a mark, `adopted` by name,
 * `handed-over` by the name of a group whose own source is gone.
 */
export interface Pair<D, E> {
  readonly desired: D;
  readonly existing: E;
  readonly how: "linked" | "restored" | "adopted" | "handed-over";
}

/** An object of the target that is never touched, the desired half of it if it has one, and why. */
export interface Alone<D, E> {
  readonly existing: E;
  readonly desired?: D;
  readonly reason: LeftAlone;
}

/** Every object of both sides, in exactly one of the four places (what is skipped on the desired side, in none). */
interface Matched<D, E> {
  readonly pairs: readonly Pair<D, E>[];
  /** To be created. */
  readonly onlyDesired: readonly D[];
  /** Ours (managed or marked) and asked for by nobody. */
  readonly onlyExisting: readonly E[];
  /** Never touched. */
  readonly leftAlone: readonly Alone<D, E>[];
  readonly skips: readonly Skip[];
}

/** Groups that Control Tower makes and needs (its user guide, "IAM Identity Center groups for AWS Control Tower"). */
export const CONTROL_TOWER_GROUPS: readonly string[] = [
  "AWSAccountFactory",
  "AWSServiceCatalogAdmins",
  "AWSControlTowerAdmins",
  "AWSSecurityAuditPowerUsers",
  "AWSSecurityAuditors",
  "AWSLogArchiveAdmins",
  "AWSLogArchiveViewers",
  "AWSAuditAccountAdmins",
];

interface Side<D, E> {
  readonly claim: (externalId: string) => Claim;
  readonly desiredName: (desired: D) => string;
  readonly existingName: (existing: E) => string;
  readonly desiredRef: (desired: D) => Ref;
  readonly existingRef: (existing: E) => Ref;
}

const USERS: Side<DesiredUser, ExistingUser> = {
  claim: userClaim,
  desiredName: (desired) => desired.userName,
  existingName: (existing) => existing.userName,
  desiredRef: desiredUserRef,
  existingRef: existingUserRef,
};

const GROUPS: Side<DesiredGroup, ExistingGroup> = {
  claim: groupClaim,
  desiredName: (desired) => desired.name,
  existingName: (existing) => existing.name,
  desiredRef: desiredGroupRef,
  existingRef: existingGroupRef,
};

type Object_ = { readonly id: TargetId; readonly externalId: string };
type Asked = { readonly externalId: SourceId };

/** By id first: live ids before those in marks, so that a mark never takes the place of the real one. */
function linkById<D extends Asked, E extends Object_>(
  desired: readonly D[],
  existing: readonly E[],
  claim: (externalId: string) => Claim,
): readonly Pair<D, E>[] {
  const live = new Map<SourceId, E>();
  const marked = new Map<SourceId, E>();
  for (const object of existing) {
    const is = claim(object.externalId);
    if (is.kind === "managed") live.set(is.sourceId, object);
    if (is.kind === "marked" && is.sourceId !== undefined) marked.set(is.sourceId, object);
  }
  return desired.flatMap((one): Pair<D, E>[] => {
    const linked = live.get(one.externalId);
    if (linked !== undefined) return [{ desired: one, existing: linked, how: "linked" }];
    const restored = marked.get(one.externalId);
    return restored === undefined ? [] : [{ desired: one, existing: restored, how: "restored" }];
  });
}

/** What a desired object without a pair by id meets at its name. */
type AtName<E> =
  | { readonly kind: "free" }
  | { readonly kind: "adoptable"; readonly existing: E }
  | { readonly kind: "revoked"; readonly existing: E }
  | { readonly kind: "in-the-way"; readonly existing: E; readonly why: InTheWay };

type InTheWay = "unmanaged" | "foreign" | "ignored" | Unknown;

function atName<E extends Object_>(
  existing: E | undefined,
  claim: (externalId: string) => Claim,
  adopt: Rules["adopt"],
  out: (existing: E) => LeftAlone | undefined,
): AtName<E> {
  if (existing === undefined) return { kind: "free" };
  const alone = out(existing);
  if (alone !== undefined)
    return { kind: "in-the-way", existing, why: alone.code === "unread" ? alone : "ignored" };
  const is = claim(existing.externalId);
  switch (is.kind) {
    case "managed":
      return { kind: "revoked", existing };
    case "marked":
      return is.sourceId === undefined && adopt !== "none"
        ? { kind: "adoptable", existing }
        : { kind: "revoked", existing };
    case "unmanaged":
      return adopt === "none"
        ? { kind: "in-the-way", existing, why: "unmanaged" }
        : { kind: "adoptable", existing };
    case "foreign":
      return adopt === "any"
        ? { kind: "adoptable", existing }
        : { kind: "in-the-way", existing, why: "foreign" };
  }
}

/** Who is neither paired nor left alone is ours and asked for by nobody. */
function rest<D, E extends Object_>(
  existing: readonly E[],
  pairs: readonly Pair<D, E>[],
  out: (existing: E) => Omit<Alone<D, E>, "existing"> | undefined,
  claim: (externalId: string) => Claim,
): Pick<Matched<D, E>, "onlyExisting" | "leftAlone"> {
  const paired = new Set(pairs.map((pair) => pair.existing.id));
  const onlyExisting: E[] = [];
  const leftAlone: Alone<D, E>[] = [];
  for (const object of existing) {
    if (paired.has(object.id)) continue;
    const { kind } = claim(object.externalId);
    const others = kind === "foreign" || kind === "unmanaged" ? { reason: { code: kind } } : undefined;
    const why = out(object) ?? others;
    if (why === undefined) onlyExisting.push(object);
    else leftAlone.push({ existing: object, ...why });
  }
  return { onlyExisting, leftAlone };
}

function byName<E>(
  existing: readonly E[],
  paired: ReadonlySet<E>,
  name: (existing: E) => string,
): Map<string, E> {
  return new Map(
    existing.filter((object) => !paired.has(object)).map((object) => [nameKey(name(object)), object]),
  );
}

/** What keeps the sync away from an object of either side, if anything does. */
export interface Exclusion<D, E> {
  readonly desired: (desired: D) => Barrier | undefined;
  /** By what it is in the target, and by the address of whom it is linked to. */
  readonly existing: (existing: E) => Barrier | Unknown | undefined;
}

/** What is linked is judged by its half in the target alone, whatever else it goes by. */
function judging<D extends Asked, E>(
  { desired, existing }: Exclusion<D, E>,
  linked: readonly Pair<D, E>[],
): Exclusion<D, E> {
  const known = new Set(linked.map((pair) => pair.desired.externalId));
  return { desired: (one) => (known.has(one.externalId) ? undefined : desired(one)), existing };
}

/** Pairs of which either half is kept out, by each half: both are then left alone, and the desired one is skipped. */
interface TakenOut<D, E> {
  readonly kept: readonly Pair<D, E>[];
  readonly desired: ReadonlyMap<D, Barrier | Unknown>;
  readonly existing: ReadonlyMap<E, { readonly desired: D; readonly reason: Barrier | Unknown }>;
}

function takeOut<D, E>(pairs: readonly Pair<D, E>[], exclusion: Exclusion<D, E>): TakenOut<D, E> {
  const kept: Pair<D, E>[] = [];
  const outDesired = new Map<D, Barrier | Unknown>();
  const outExisting = new Map<E, { readonly desired: D; readonly reason: Barrier | Unknown }>();
  for (const pair of pairs) {
    const { desired, existing } = pair;
    const reason = exclusion.desired(desired) ?? exclusion.existing(existing);
    if (reason === undefined) kept.push(pair);
    else {
      outDesired.set(desired, reason);
      outExisting.set(existing, { desired, reason });
    }
  }
  return { kept, desired: outDesired, existing: outExisting };
}

const becauseOf = (reason: LeftAlone | undefined): { readonly reason: LeftAlone } | undefined =>
  reason && { reason };

/** Pairs users by id, then by user name as `ADOPT` allows, then takes out the ignored ones on both sides. */
export function matchUsers(
  desired: readonly DesiredUser[],
  existing: readonly ExistingUser[],
  exclusion: Exclusion<DesiredUser, ExistingUser>,
  rules: Rules,
): MatchedUsers {
  // Beside somebody else's user provisioning nothing is written to users, so whose they are does not matter.
  const adopt = rules.manage.users ? rules.adopt : "any";
  const byId = linkById(desired, existing, USERS.claim);
  const ignored = judging(exclusion, byId);
  const barred = barredNames(desired, byId, ignored, rules);
  const linked = byId.map((pair) => keepingName(pair, barred, rules));
  const known = new Set(byId.map((pair) => pair.desired));
  const others = desired.filter((one) => !known.has(one));
  const usable = others.filter(({ externalId }) => !barred.has(externalId));
  const named = pairByName(USERS, usable, existing, linked, adopt, ignored.existing);
  const out = takeOut([...linked, ...named.pairs], ignored);
  const takenOut = new Map([...out.desired].map(([{ externalId }, reason]) => [externalId, reason]));
  const skipped = (one: DesiredUser): Barrier | Unknown | undefined =>
    takenOut.get(one.externalId) ?? ignored.desired(one);
  // Who is new and not active is not made, whatever they would be called.
  const asleep = others.filter(({ externalId, active }) => !active && barred.has(externalId));
  const recycled = named.revoked.filter(([one]) => skipped(one) === undefined);
  return {
    pairs: out.kept,
    // A recycled address is another person: the old user is moved aside, the new one is created.
    onlyDesired: [
      ...[...named.free, ...asleep].filter((one) => skipped(one) === undefined),
      ...recycled.map(([one]) => one),
    ],
    recycled,
    unnamed: new Set(
      out.kept
        .filter((pair) => barred.has(pair.desired.externalId) && isAside(pair.existing))
        .map((pair) => pair.existing.id),
    ),
    ...rest(
      existing,
      out.kept,
      (object) => out.existing.get(object) ?? becauseOf(ignored.existing(object)),
      USERS.claim,
    ),
    skips: [
      ...desired.flatMap((one) => skipOf(USERS, one, skipped(one))),
      ...desired
        .filter((one) => skipped(one) === undefined && !asleep.includes(one))
        .flatMap((one) => skipOf(USERS, one, barred.get(one.externalId))),
      ...named.inTheWay
        .filter(([one]) => skipped(one) === undefined)
        .flatMap(([one, at]) => skipOf(USERS, one, inTheWay(USERS, at))),
    ],
  };
}

const skipOf = <D, E>(side: Side<D, E>, one: D, reason: SkipReason | undefined): readonly Skip[] =>
  reason === undefined ? [] : [{ about: side.desiredRef(one), reason }];

/** Who cannot have the user name that they ask for, or ask for none, and why. */
type BarredNames = ReadonlyMap<SourceId, SkipReason>;

/**
 * Whoever has a name in the target keeps it, whoever else asks for it; of several who do not have it nobody gets it.
 * Nobody who is linked takes one by which they would be left alone from then on.
 */
function barredNames(
  desired: readonly DesiredUser[],
  linked: readonly Pair<DesiredUser, ExistingUser>[],
  ignored: Exclusion<DesiredUser, ExistingUser>,
  { userName: { from, text: setting } }: Rules,
): BarredNames {
  const there = new Map(linked.map((pair) => [pair.desired, pair.existing]));
  const named = desired.filter(({ userName }) => isUserName(userName));
  const rivals = Map.groupBy(named, ({ userName }) => nameKey(userName));
  const barrier = (one: DesiredUser): SkipReason | undefined => {
    const own = there.get(one);
    const keeps = own === undefined || isAside(own) ? undefined : own.userName;
    const { userName: name } = one;
    if (!isUserName(name)) {
      if (from === "email") return { code: "address-unusable" };
      return { code: name === "" ? "user-name-missing" : "user-name-unusable", setting, keeps };
    }
    if (own === undefined || !sameName(own.userName, name)) {
      const others = (rivals.get(nameKey(name)) ?? []).filter((other) => other !== one);
      if (others.length > 0)
        return { code: "name-wanted-twice", name, rivals: others.map(desiredUserRef), keeps };
    }
    return own && leftAloneAs(name, own, ignored);
  };
  const found = desired.flatMap((one) => {
    const reason = barrier(one);
    return reason === undefined ? [] : [[one.externalId, reason] as const];
  });
  return new Map(found);
}

/** Why a linked user would be left alone under another name. */
function leftAloneAs(
  name: string,
  own: ExistingUser,
  ignored: Exclusion<DesiredUser, ExistingUser>,
): SkipReason | undefined {
  const barrier = ignored.existing({ ...own, userName: name });
  return barrier === undefined || barrier.code === "unread"
    ? undefined
    : { code: "name-barred", name, barrier, keeps: own.userName };
}

/** Whoever is there keeps the user name; where it is the address, and the target cannot take it, the e-mail as well. */
function keepingName(
  pair: Pair<DesiredUser, ExistingUser>,
  barred: BarredNames,
  { userName: { from } }: Rules,
): Pair<DesiredUser, ExistingUser> {
  const reason = barred.get(pair.desired.externalId);
  if (reason === undefined) return pair;
  const { userName, email } = pair.existing;
  return { ...pair, desired: { ...pair.desired, userName, ...(from === "email" ? { email } : {}) } };
}

interface Named<D, E> {
  readonly pairs: readonly Pair<D, E>[];
  /** Nobody holds the name. */
  readonly free: readonly D[];
  readonly inTheWay: readonly (readonly [D, AtName<E> & { kind: "in-the-way" }])[];
  /** The name belongs to one of ours that is asked for no more. */
  readonly revoked: readonly (readonly [D, E])[];
}

function pairByName<D extends Asked, E extends Object_>(
  side: Side<D, E>,
  desired: readonly D[],
  existing: readonly E[],
  linked: readonly Pair<D, E>[],
  adopt: Rules["adopt"],
  out: (existing: E) => LeftAlone | undefined,
): Named<D, E> {
  const taken = new Set(linked.map((pair) => pair.desired));
  const names = byName(existing, new Set(linked.map((pair) => pair.existing)), side.existingName);
  const pairs: Pair<D, E>[] = [];
  const free: D[] = [];
  const inTheWay: (readonly [D, AtName<E> & { kind: "in-the-way" }])[] = [];
  const revoked: (readonly [D, E])[] = [];
  for (const one of desired.filter((each) => !taken.has(each))) {
    const at = atName(names.get(nameKey(side.desiredName(one))), side.claim, adopt, out);
    if (at.kind === "adoptable") pairs.push({ desired: one, existing: at.existing, how: "adopted" });
    else if (at.kind === "in-the-way") inTheWay.push([one, at]);
    else if (at.kind === "revoked") revoked.push([one, at.existing]);
    else free.push(one);
  }
  return { pairs, free, inTheWay, revoked };
}

function inTheWay<D, E extends Object_>(
  { existingRef }: Side<D, E>,
  { existing, why }: AtName<E> & { kind: "in-the-way" },
): SkipReason {
  if (typeof why === "object") return why;
  const holder = existingRef(existing);
  return why === "foreign"
    ? { code: "name-foreign", holder, externalId: existing.externalId }
    : { code: `name-${why}`, holder };
}

/** Names wanted by more than one source group: who keeps it, who is skipped, who stays as it is. */
function settleNames(
  desired: readonly DesiredGroup[],
  linked: ReadonlyMap<DesiredGroup, ExistingGroup>,
): {
  readonly settled: readonly DesiredGroup[];
  readonly skips: readonly Skip[];
} {
  const settled: DesiredGroup[] = [];
  const skips: Skip[] = [];
  for (const rivals of Map.groupBy(desired, (group) => nameKey(group.name)).values()) {
    const nameless = rivals[0]?.name === "";
    const owners = rivals.filter((group) => linked.has(group));
    for (const group of rivals) {
      const own = linked.get(group);
      if (nameless) {
        skips.push({ about: desiredGroupRef(group), reason: { code: "no-name" } });
        if (own !== undefined) settled.push({ ...group, name: own.name });
        continue;
      }
      if (rivals.length === 1 || (own !== undefined && owners.length === 1)) {
        settled.push(group);
        continue;
      }
      const others = rivals.filter((rival) => rival !== group).map(desiredGroupRef);
      skips.push({
        about: desiredGroupRef(group),
        reason: { code: "name-wanted-twice", name: group.name, rivals: others, keeps: own?.name },
      });
      if (own !== undefined) settled.push({ ...group, name: own.name });
    }
  }
  return { settled, skips };
}

export interface MatchedUsers extends Matched<DesiredUser, ExistingUser> {
  /** New users whose name belongs to somebody who is ours and gone: another person, from whom nobody inherits. */
  readonly recycled: readonly (readonly [DesiredUser, ExistingUser])[];
  /** Retired users who come back and have no name but the one under which they were moved aside. */
  readonly unnamed: ReadonlySet<TargetId>;
}

export interface MatchedGroups extends Matched<DesiredGroup, ExistingGroup> {
  /** New groups whose name belongs to a group that is ours and gone: they wait for approval. */
  readonly handOvers: readonly Pair<DesiredGroup, ExistingGroup>[];
  /** The groups that are asked for, ignored and protected ones included. */
  readonly asked: readonly DesiredGroup[];
  /** Those that are neither ignored nor protected: their members are desired users. */
  readonly counted: readonly DesiredGroup[];
}

/** Why nobody is taken out of a group: it is unread itself, or one that it nests is. */
const stillBecause = (unread: NonNullable<DesiredGroup["unread"]>): Unknown =>
  unread.itself ? unreadReason(unread) : { ...unreadReason(unread), nests: unread.email };

interface Still {
  /** The groups given, unread ones under the name that they have in the target. */
  readonly wanted: readonly DesiredGroup[];
  readonly linked: ReadonlyMap<DesiredGroup, ExistingGroup>;
  /** Those unread and not linked: neither created nor brought back, nor taking anything over. */
  readonly out: ReadonlySet<DesiredGroup>;
  /** What they would have brought back. */
  readonly existing: ReadonlyMap<
    ExistingGroup,
    Pick<Alone<DesiredGroup, ExistingGroup>, "desired" | "reason">
  >;
}

/** An unread group stays as it is in the target, whatever it is. */
function keptStill(
  wanted: readonly DesiredGroup[],
  pairs: readonly Pair<DesiredGroup, ExistingGroup>[],
): Still {
  const paired = new Map(pairs.map((pair) => [pair.desired, pair]));
  const linked = new Map<DesiredGroup, ExistingGroup>();
  const out = new Set<DesiredGroup>();
  const existing = new Map<ExistingGroup, { readonly desired: DesiredGroup; readonly reason: LeftAlone }>();
  const all = wanted.map((one) => {
    const pair = paired.get(one);
    const moves = one.unread?.itself !== true;
    const still = moves || pair === undefined ? one : { ...one, name: pair.existing.name };
    if (pair !== undefined && (moves || pair.how === "linked")) linked.set(still, pair.existing);
    else if (!moves) {
      out.add(still);
      if (pair !== undefined)
        existing.set(pair.existing, { desired: still, reason: unreadReason(one.unread) });
    }
    return still;
  });
  return { wanted: all, linked, out, existing };
}

/** Names that no group of the target may be touched under, whoever asks for it. */
function guarding({ protectGroups }: Rules): (name: string) => Barrier | undefined {
  const tower = firstMet(CONTROL_TOWER_GROUPS);
  const own = firstMet(protectGroups);
  return (name) => {
    const built = tower(name);
    const pattern = built ?? own(name);
    if (pattern === undefined) return undefined;
    return { code: "protected", by: built === undefined ? "PROTECT_GROUPS" : "control-tower", pattern, name };
  };
}

interface GroupExclusion extends Exclusion<DesiredGroup, ExistingGroup> {
  /** Whether a linked group may not take the name that it has in the source. */
  readonly name: (desired: DesiredGroup) => Barrier | undefined;
}

/** A group that is linked is protected by the name that it has in the target, whatever its owner calls it. */
function keptOut(
  ignored: Exclusion<DesiredGroup, ExistingGroup>,
  linked: readonly Pair<DesiredGroup, ExistingGroup>[],
  rules: Rules,
): GroupExclusion {
  const guarded = guarding(rules);
  const exclusion: Exclusion<DesiredGroup, ExistingGroup> = {
    desired: (one) => guarded(one.name) ?? ignored.desired(one),
    existing: (object) => guarded(object.name) ?? ignored.existing(object),
  };
  return {
    ...judging(exclusion, linked),
    name: (one) => guarded(one.name) ?? ignored.desired({ ...one, sourceName: "", addresses: [] }),
  };
}

/** Linked groups under their old names, where the new one would take them out of the sync. */
function keepNames(
  pairs: readonly Pair<DesiredGroup, ExistingGroup>[],
  { name }: GroupExclusion,
): { readonly named: ReadonlyMap<DesiredGroup, DesiredGroup>; readonly skips: readonly Skip[] } {
  const named = new Map<DesiredGroup, DesiredGroup>();
  const skips: Skip[] = [];
  for (const { desired, existing } of pairs) {
    const barrier = name(desired);
    if (barrier === undefined) continue;
    named.set(desired, { ...desired, name: existing.name });
    const reason = { code: "name-barred", name: desired.name, barrier, keeps: existing.name } as const;
    skips.push({ about: desiredGroupRef(desired), reason });
  }
  return { named, skips };
}

/** Those that are kept out, by themselves or with the other half of their pair, and why. */
const barring = (
  desired: readonly DesiredGroup[],
  pairs: TakenOut<DesiredGroup, ExistingGroup>,
  out: GroupExclusion,
): ReadonlyMap<DesiredGroup, Barrier | Unknown> =>
  new Map(
    desired.flatMap((one) => {
      const reason = pairs.desired.get(one) ?? out.desired(one);
      return reason === undefined ? [] : [[one, reason] as const];
    }),
  );

/** Pairs groups; what is ignored or protected goes out first, and names wanted twice are settled before names pair. */
export function matchGroups(
  desired: readonly DesiredGroup[],
  existing: readonly ExistingGroup[],
  ignored: Exclusion<DesiredGroup, ExistingGroup>,
  rules: Rules,
): MatchedGroups {
  const byId = linkById(desired, existing, GROUPS.claim);
  const out = keptOut(ignored, byId, rules);
  const first = takeOut(byId, out);
  const isOut = (object: ExistingGroup): Omit<Alone<DesiredGroup, ExistingGroup>, "existing"> | undefined =>
    first.existing.get(object) ?? becauseOf(out.existing(object));
  const reasonOut = (object: ExistingGroup): LeftAlone | undefined => isOut(object)?.reason;
  const barred = barring(desired, first, out);
  const kept = keepNames(first.kept, out);
  const named = (one: DesiredGroup): DesiredGroup => kept.named.get(one) ?? one;
  const wanted = desired.filter((one) => !barred.has(one)).map(named);
  const still = keptStill(
    wanted,
    first.kept.map((pair) => ({ ...pair, desired: named(pair.desired) })),
  );
  const nameable = still.wanted.filter((one) => one.name !== "" || !still.out.has(one));
  const names = settleNames(nameable, still.linked);
  const settled = names.settled.filter((one) => !still.out.has(one));
  const linked = linkById(settled, existing, GROUPS.claim);
  const byName = pairByName(GROUPS, settled, existing, linked, rules.adopt, reasonOut);
  const pairs = [...linked, ...byName.pairs];
  // What an ignored group would take over by name is half of an ignored pair.
  const outByName = takeOut(
    pairByName(GROUPS, desired, existing, byId, rules.adopt, reasonOut).pairs,
    out,
  ).existing;
  return {
    pairs,
    handOvers: byName.revoked.map(([one, object]) => ({
      desired: one,
      existing: object,
      how: "handed-over",
    })),
    onlyDesired: byName.free,
    asked: desired,
    // Whoever is in a group that AWS does not show is desired all the same.
    counted: [...still.wanted, ...desired.filter((one) => barred.get(one)?.code === "unread")],
    ...rest(
      existing,
      pairs,
      (object) => isOut(object) ?? outByName.get(object) ?? still.existing.get(object),
      GROUPS.claim,
    ),
    skips: [
      ...desired.flatMap((one) => skipOf(GROUPS, one, barred.get(one))),
      ...still.wanted.flatMap((one) => skipOf(GROUPS, one, one.unread && stillBecause(one.unread))),
      ...kept.skips,
      ...names.skips,
      ...byName.inTheWay.flatMap(([one, at]) => skipOf(GROUPS, one, inTheWay(GROUPS, at))),
    ],
  };
}
