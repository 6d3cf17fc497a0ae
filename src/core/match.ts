import { groupClaim, userClaim } from "./mark.ts";
import type { Claim } from "./mark.ts";
import { isUserName, meets, nameKey } from "./names.ts";
import type {
  DesiredGroup,
  DesiredUser,
  ExistingGroup,
  ExistingUser,
  Rules,
  SourceId,
  TargetId,
} from "./model.ts";
import { skip } from "./reason.ts";
import type { Skip } from "./reason.ts";

/**
 * Two halves of one person or group: `linked` by id, `restored` by the id in a mark, `adopted` by name,
 * `handed-over` by the name of a group whose own source is gone.
 */
export interface Pair<D, E> {
  readonly desired: D;
  readonly existing: E;
  readonly how: "linked" | "restored" | "adopted" | "handed-over";
}

/** Every object of both sides, in exactly one of the four places (what is skipped on the desired side, in none). */
export interface Matched<D, E> {
  readonly pairs: readonly Pair<D, E>[];
  /** To be created. */
  readonly onlyDesired: readonly D[];
  /** Ours (managed or marked) and asked for by nobody. */
  readonly onlyExisting: readonly E[];
  /** Never touched: ignored, protected, foreign or unmanaged. */
  readonly leftAlone: readonly E[];
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
}

const USERS: Side<DesiredUser, ExistingUser> = {
  claim: userClaim,
  desiredName: (desired) => desired.userName,
  existingName: (existing) => existing.userName,
};

const GROUPS: Side<DesiredGroup, ExistingGroup> = {
  claim: groupClaim,
  desiredName: (desired) => desired.name,
  existingName: (existing) => existing.name,
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

/** What may be taken over by name. With `removeUnmanaged` an object made by hand counts as one of ours that is gone. */
type Taking = Pick<Rules, "adopt" | "removeUnmanaged">;

/** What a desired object without a pair by id meets at its name. */
type AtName<E> =
  | { readonly kind: "free" }
  | { readonly kind: "adoptable"; readonly existing: E }
  | { readonly kind: "revoked"; readonly existing: E }
  | { readonly kind: "in-the-way"; readonly existing: E; readonly why: "unmanaged" | "foreign" | "ignored" };

function atName<E extends Object_>(
  existing: E | undefined,
  claim: (externalId: string) => Claim,
  { adopt, removeUnmanaged }: Taking,
  out: (existing: E) => boolean,
): AtName<E> {
  if (existing === undefined) return { kind: "free" };
  if (out(existing)) return { kind: "in-the-way", existing, why: "ignored" };
  const is = claim(existing.externalId);
  switch (is.kind) {
    case "managed":
      return { kind: "revoked", existing };
    case "marked":
      return is.sourceId === undefined && adopt !== "none"
        ? { kind: "adoptable", existing }
        : { kind: "revoked", existing };
    case "unmanaged":
      if (adopt !== "none") return { kind: "adoptable", existing };
      return removeUnmanaged
        ? { kind: "revoked", existing }
        : { kind: "in-the-way", existing, why: "unmanaged" };
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
  out: (existing: E) => boolean,
  claim: (externalId: string) => Claim,
  rules: Rules,
): { readonly onlyExisting: readonly E[]; readonly leftAlone: readonly E[] } {
  const paired = new Set(pairs.map((pair) => pair.existing.id));
  const others = existing.filter((object) => !paired.has(object.id));
  const ours = (object: E): boolean => {
    if (out(object)) return false;
    const { kind } = claim(object.externalId);
    return kind === "managed" || kind === "marked" || (kind === "unmanaged" && rules.removeUnmanaged);
  };
  return { onlyExisting: others.filter(ours), leftAlone: others.filter((object) => !ours(object)) };
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

export interface Ignored<D, E> {
  readonly desired: (desired: D) => boolean;
  readonly existing: (existing: E) => boolean;
}

/** A pair goes out when either half does; its halves are then left alone and skipped. */
function takeOut<D, E>(
  pairs: readonly Pair<D, E>[],
  ignored: Ignored<D, E>,
): {
  readonly kept: readonly Pair<D, E>[];
  readonly outDesired: ReadonlySet<D>;
  readonly outExisting: ReadonlySet<E>;
} {
  const goesOut = (pair: Pair<D, E>): boolean =>
    ignored.desired(pair.desired) || ignored.existing(pair.existing);
  const out = pairs.filter(goesOut);
  return {
    kept: pairs.filter((pair) => !goesOut(pair)),
    outDesired: new Set(out.map((pair) => pair.desired)),
    outExisting: new Set(out.map((pair) => pair.existing)),
  };
}

/** Pairs users by id, then by user name as `ADOPT` allows, then takes out the ignored ones on both sides. */
export function matchUsers(
  desired: readonly DesiredUser[],
  existing: readonly ExistingUser[],
  ignored: Ignored<DesiredUser, ExistingUser>,
  rules: Rules,
): Matched<DesiredUser, ExistingUser> {
  // Beside somebody else's user provisioning nothing is written to users, so whose they are does not matter.
  const taking: Taking = rules.manage.users ? rules : { ...rules, adopt: "any" };
  const byId = linkById(desired, existing, USERS.claim);
  const linked = byId.map((pair) => {
    const desired = withUsableName(pair.desired, pair.existing);
    return desired === pair.desired ? pair : { ...pair, desired };
  });
  const known = new Set(byId.map((pair) => pair.desired));
  const others = desired.filter((one) => !known.has(one));
  const usable = others.filter((one) => isUserName(one.userName));
  const named = pairByName(USERS, usable, existing, linked, taking, ignored.existing);
  const { kept, outDesired, outExisting } = takeOut([...linked, ...named.pairs], ignored);
  const out = (object: ExistingUser): boolean => outExisting.has(object) || ignored.existing(object);
  const skipped = (one: DesiredUser): boolean => outDesired.has(one) || ignored.desired(one);
  return {
    pairs: kept,
    // A recycled address is another person: the old user is moved aside, the new one is created.
    onlyDesired: [...named.free, ...named.revoked.map(([one]) => one)].filter((one) => !skipped(one)),
    ...rest(existing, kept, out, USERS.claim, rules),
    skips: [
      ...desired.filter(skipped).map((one) => skip("ignored", one.userName)),
      ...others.filter((one) => !isUserName(one.userName) && !skipped(one)).map(unusable),
      ...named.inTheWay
        .filter(([one]) => !skipped(one))
        .map(([one, at]) => inTheWay(one.userName, "user", at)),
    ],
  };
}

/** An address that AWS does not accept as a user name changes nothing for a user who is there already. */
function withUsableName(desired: DesiredUser, existing: ExistingUser): DesiredUser {
  if (isUserName(desired.userName)) return desired;
  return { ...desired, userName: existing.userName, email: existing.email };
}

function unusable(one: DesiredUser): Skip {
  return skip("address-unusable", one.userName, {
    detail: "AWS allows 1 to 128 characters in a user name, and neither white space nor control characters",
  });
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
  taking: Taking,
  out: (existing: E) => boolean,
): Named<D, E> {
  const taken = new Set(linked.map((pair) => pair.desired));
  const names = byName(existing, new Set(linked.map((pair) => pair.existing)), side.existingName);
  const pairs: Pair<D, E>[] = [];
  const free: D[] = [];
  const inTheWay: (readonly [D, AtName<E> & { kind: "in-the-way" }])[] = [];
  const revoked: (readonly [D, E])[] = [];
  for (const one of desired.filter((each) => !taken.has(each))) {
    const at = atName(names.get(nameKey(side.desiredName(one))), side.claim, taking, out);
    if (at.kind === "adoptable") pairs.push({ desired: one, existing: at.existing, how: "adopted" });
    else if (at.kind === "in-the-way") inTheWay.push([one, at]);
    else if (at.kind === "revoked") revoked.push([one, at.existing]);
    else free.push(one);
  }
  return { pairs, free, inTheWay, revoked };
}

function inTheWay(
  subject: string,
  noun: "user" | "group",
  at: { readonly existing: Object_; readonly why: "unmanaged" | "foreign" | "ignored" },
): Skip {
  const { id, externalId } = at.existing;
  switch (at.why) {
    case "unmanaged":
      return skip("name-unmanaged", subject, {
        detail: `the ${noun} ${id} of this name was made by hand; ADOPT=unclaimed would take it over`,
      });
    case "foreign":
      return skip("name-foreign", subject, {
        detail: `the ${noun} ${id} of this name belongs to another identity provider (${externalId}); ADOPT=any would take it over`,
      });
    case "ignored":
      return skip("name-ignored", subject, {
        detail: `the ${noun} ${id} of this name is ignored or protected, so it is left as it is`,
      });
  }
}

/** Names wanted by more than one source group: who keeps it, who is skipped, who stays as it is. */
function settleNames(
  desired: readonly DesiredGroup[],
  linked: ReadonlyMap<DesiredGroup, ExistingGroup>,
): {
  readonly settled: readonly DesiredGroup[];
  readonly skips: readonly Skip[];
  /** Keys of the names that several want and nobody gets. */
  readonly contested: ReadonlySet<string>;
} {
  const settled: DesiredGroup[] = [];
  const skips: Skip[] = [];
  const contested = new Set<string>();
  for (const [key, rivals] of Map.groupBy(desired, (group) => nameKey(group.name))) {
    const nameless = rivals[0]?.name === "";
    const owners = rivals.filter((group) => linked.has(group));
    if (rivals.length > 1 && owners.length !== 1) contested.add(key);
    for (const group of rivals) {
      const own = linked.get(group);
      if (nameless) {
        skips.push(skip("no-name", group.addresses[0] ?? group.externalId));
        if (own !== undefined) settled.push({ ...group, name: own.name });
        continue;
      }
      if (rivals.length === 1 || (own !== undefined && owners.length === 1)) {
        settled.push(group);
        continue;
      }
      const others = rivals
        .filter((rival) => rival !== group)
        .map((rival) => rival.addresses[0] ?? rival.externalId);
      skips.push(
        skip("name-wanted-twice", group.addresses[0] ?? group.name, { detail: rivalry(group, others, own) }),
      );
      if (own !== undefined) settled.push({ ...group, name: own.name });
    }
  }
  return { settled, skips, contested };
}

function rivalry(group: DesiredGroup, others: readonly string[], own: ExistingGroup | undefined): string {
  const wanted = `the name "${group.name}" is wanted by ${others.join(", ")} too`;
  return own === undefined
    ? `${wanted}; rename one of them in Google`
    : `${wanted}, so this one stays "${own.name}" and goes on syncing its members; rename one of them in Google`;
}

export interface MatchedGroups extends Matched<DesiredGroup, ExistingGroup> {
  /** New groups whose name belongs to a group that is ours and gone: they wait for approval. */
  readonly handOvers: readonly Pair<DesiredGroup, ExistingGroup>[];
  /** The desired groups that are neither ignored nor protected: their members are desired users. */
  readonly counted: readonly DesiredGroup[];
}

/** Pairs groups; what is ignored or protected goes out first, and names wanted twice are settled before names pair. */
export function matchGroups(
  desired: readonly DesiredGroup[],
  existing: readonly ExistingGroup[],
  ignored: Ignored<DesiredGroup, ExistingGroup>,
  rules: Rules,
): MatchedGroups {
  const guarded = meets([...CONTROL_TOWER_GROUPS, ...rules.protectGroups]);
  const out: Ignored<DesiredGroup, ExistingGroup> = {
    desired: (one) => ignored.desired(one) || guarded(one.name),
    existing: (object) => ignored.existing(object) || guarded(object.name),
  };
  const byId = linkById(desired, existing, GROUPS.claim);
  const first = takeOut(byId, out);
  const isOut = (object: ExistingGroup): boolean => first.outExisting.has(object) || out.existing(object);
  const wanted = desired.filter((one) => !first.outDesired.has(one) && !out.desired(one));
  const names = settleNames(wanted, new Map(first.kept.map((pair) => [pair.desired, pair.existing])));
  const linked = linkById(names.settled, existing, GROUPS.claim);
  const named = pairByName(GROUPS, names.settled, existing, linked, rules, isOut);
  const pairs = [...linked, ...named.pairs];
  // What an ignored group would take over by name is half of an ignored pair.
  const outByName = new Set(
    pairByName(GROUPS, desired.filter(out.desired), existing, byId, rules, isOut).pairs.map(
      (pair) => pair.existing,
    ),
  );
  const isContested = ({ externalId, name }: ExistingGroup): boolean =>
    groupClaim(externalId).kind === "unmanaged" && names.contested.has(nameKey(name));
  const alone = (object: ExistingGroup): boolean =>
    isOut(object) || outByName.has(object) || isContested(object);
  return {
    pairs,
    handOvers: named.revoked.map(([one, object]) => ({ desired: one, existing: object, how: "handed-over" })),
    onlyDesired: named.free,
    counted: wanted,
    ...rest(existing, pairs, alone, GROUPS.claim, rules),
    skips: [
      ...outSkips(
        desired,
        out.desired,
        guarded,
        new Map(byId.map((pair) => [pair.desired, pair.existing])),
        isOut,
      ),
      ...names.skips,
      ...named.inTheWay.map(([one, at]) => inTheWay(one.addresses[0] ?? one.name, "group", at)),
    ],
  };
}

function outSkips(
  desired: readonly DesiredGroup[],
  ignored: (one: DesiredGroup) => boolean,
  guarded: (name: string) => boolean,
  linked: ReadonlyMap<DesiredGroup, ExistingGroup>,
  isOut: (existing: ExistingGroup) => boolean,
): readonly Skip[] {
  return desired.flatMap((one) => {
    const subject = one.addresses[0] ?? one.name;
    const own = linked.get(one);
    const name = [one.name, own?.name ?? ""].find((text) => guarded(text));
    if (name !== undefined) {
      return [skip("protected", subject, { detail: `"${name}" is a protected name (PROTECT_GROUPS)` })];
    }
    return ignored(one) || (own !== undefined && isOut(own)) ? [skip("ignored", subject)] : [];
  });
}
