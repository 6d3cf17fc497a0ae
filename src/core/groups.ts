import { approvalId } from "./approval.ts";
import { GROUP_ATTRIBUTES, difference } from "./attributes.ts";
import type { Approvals, Waiting } from "./approval.ts";
import { needs, placed, settleClaims } from "./renames.ts";
import type { Settlement, Wish } from "./renames.ts";
import type { Cause, Change, ExistingGroupHead, GroupPatch } from "./change.ts";
import { groupClaim, mark } from "./mark.ts";
import type { Pair } from "./match.ts";
import { LONGEST_TEXT, cut, nameKey, sameName } from "./names.ts";
import type { Scoped } from "./scope.ts";
import type { Skip } from "./reason.ts";
import { isDue } from "./users.ts";
import type { Day, DesiredGroup, Existing, ExistingGroup, Rules, SourceId, TargetId } from "./model.ts";

/** What is done to one that is there. */
type GroupChange = Extract<Change, { readonly kind: `group.${string}`; readonly patch: object }>;
type GroupDeletion = Extract<Change, { readonly kind: "group.delete" }>;

/** The groups' part of a plan, by the step it belongs to. */
export interface GroupPlan {
  readonly takeAway: readonly GroupChange[];
  readonly freeNames: readonly GroupChange[];
  readonly update: readonly (readonly GroupChange[])[];
  /** To be created, with what must have moved before; their members are added by who plans memberships. */
  readonly create: readonly { readonly desired: DesiredGroup; readonly needs: readonly TargetId[] }[];
  /** Groups whose members are synced: in the target, and ours now. */
  readonly synced: readonly Pair<DesiredGroup, ExistingGroup>[];
  /** Groups that this plan revokes, or that are and stay revoked: nobody managed stays in them. */
  readonly revoked: readonly ExistingGroup[];
  /** Groups whose removal is held back: only revoked users leave them. */
  readonly kept: readonly ExistingGroup[];
  readonly due: readonly GroupDeletion[];
  readonly waiting: readonly Waiting[];
  readonly skips: readonly Skip[];
}

export interface GroupInput {
  readonly scoped: Scoped;
  readonly existing: Existing;
  readonly rules: Rules;
  readonly today: Day;
  readonly held: ReadonlySet<TargetId>;
  readonly approvals: Approvals;
  readonly turnover: (desired: DesiredGroup, existing: ExistingGroup) => Turnover;
}

/** What taking a group over would do to its members, as far as they are ours. */
export interface Turnover {
  readonly joins: readonly SourceId[];
  readonly stays: number;
  readonly leaves: readonly TargetId[];
}

type GroupPair = Pair<DesiredGroup, ExistingGroup>;

export function planGroups(input: GroupInput): GroupPlan {
  const { groups } = input.scoped;
  if (!input.rules.manage.groups) return unmanagedGroups(input);
  const { pairs, waiting, awaited } = taken(input);
  const paired = new Set(pairs.map((pair) => pair.existing.id));
  const leaving = groups.onlyExisting.filter((group) => !input.held.has(group.id) && !paired.has(group.id));
  const drafts = pairs.map((pair) => ({
    pair,
    patch: difference(GROUP_ATTRIBUTES, pair.desired, pair.existing),
  }));
  const creates = groups.onlyDesired;
  const asides = movedAside(leaving, drafts, input);
  const names = settleClaims(wishes(drafts, creates, asides), holders(input.existing.groups));
  return {
    takeAway: leaving.flatMap((group) => revoke(group, input)),
    freeNames: drafts.flatMap((draft) => park(draft, names)),
    update: updates(drafts, asides, names),
    create: creates
      .filter((desired) => !names.blocked.has(newId(desired)))
      .map((desired) => ({ desired, needs: needs(newId(desired), names) })),
    synced: pairs.filter((pair) => !staysRevoked(pair, names)),
    revoked: [
      ...leaving,
      ...groups.pairs
        .filter(
          (pair) => staysRevoked(pair, names) || (awaited.has(pair.existing.id) && isMarked(pair.existing)),
        )
        .map((pair) => pair.existing),
    ],
    kept: groups.onlyExisting.filter((group) => input.held.has(group.id)),
    due: leaving.filter((group) => !awaited.has(group.id)).flatMap((group) => dueDeletion(group, input)),
    waiting,
    skips: [
      ...waiting.map(waits),
      ...groups.handOvers.filter(({ existing }) => input.held.has(existing.id)).map(notGone),
      ...blockedSkips(drafts, creates, names, input.existing.groups),
    ],
  };
}

/** Groups are made elsewhere: only those that carry a Google id already are filled, and emptied when it is gone. */
function unmanagedGroups({ scoped, held }: GroupInput): GroupPlan {
  const { pairs, onlyDesired, handOvers } = scoped.groups;
  const linked = pairs.filter((pair) => pair.how === "linked");
  const others = [...pairs.filter((pair) => pair.how !== "linked"), ...handOvers].map((pair) => pair.desired);
  return {
    takeAway: [],
    freeNames: [],
    update: [],
    create: [],
    synced: linked,
    revoked: scoped.groups.onlyExisting.filter((group) => !held.has(group.id)),
    kept: scoped.groups.onlyExisting.filter((group) => held.has(group.id)),
    due: [],
    waiting: [],
    skips: [...others, ...onlyDesired].map((group) => ({
      about: { kind: "group", source: group.externalId, label: label(group) },
      reason: { code: "not-linked" },
    })),
  };
}

export const label = (group: DesiredGroup): string => group.name || (group.addresses[0] ?? group.externalId);

/** Adoptions and hand-overs: those that nobody has to approve, those that were approved, and those that wait. */
function taken(input: GroupInput): {
  readonly pairs: readonly GroupPair[];
  readonly waiting: readonly Waiting[];
  readonly awaited: ReadonlySet<TargetId>;
} {
  const { groups } = input.scoped;
  const pairs: GroupPair[] = [];
  const waiting: Waiting[] = [];
  const awaited = new Set<TargetId>();
  for (const pair of [
    ...groups.pairs,
    ...groups.handOvers.filter(({ existing }) => !input.held.has(existing.id)),
  ]) {
    const wait = toApprove(pair, input);
    if (wait === undefined || input.approvals.given.has(wait.id)) pairs.push(pair);
    else {
      waiting.push(wait);
      awaited.add(pair.existing.id);
    }
  }
  return { pairs, waiting, awaited };
}

function toApprove(pair: GroupPair, { approvals, turnover }: GroupInput): Waiting | undefined {
  const { desired, existing, how } = pair;
  if (how === "linked" || how === "restored") return undefined;
  const { joins, stays, leaves } = turnover(desired, existing);
  const adopts = how === "adopted";
  // Nobody managed is to be in a revoked group anyway.
  const marked = isMarked(existing);
  const empties = adopts && joins.length === 0 && stays === 0 && leaves.length > 0 && !marked;
  if (adopts && joins.length === 0 && !empties) return undefined;
  const kind = adopts ? "adoption" : "hand-over";
  const deed = [existing.id, desired.externalId, ...desired.members, ...(empties ? leaves : [])];
  const address = desired.addresses[0] ?? desired.externalId;
  const whose = `the group "${existing.name}" (${existing.id}) ${origin(existing)}; ${address}`;
  return {
    id: approvalId(kind, deed, approvals.digest),
    kind,
    subject: desired.name,
    sentence: empties
      ? `${whose} has nobody to put into it, so taking it over would take ${shareOf(existing, leaves.length)} out of it`
      : adopts
        ? `${whose} taking it over would give ${joins.length} people its access`
        : `${whose} taking it over, with its account assignments, would give ${desired.members.size} people its access`,
  };
}

function shareOf({ members }: ExistingGroup, count: number): string {
  if (count < members.size) return `${count} of its ${members.size} members`;
  return count === 1 ? "its only member" : `all ${count} members`;
}

function origin({ externalId }: ExistingGroup): string {
  const claim = groupClaim(externalId);
  if (claim.kind === "foreign") return `belongs to another identity provider (${externalId})`;
  const ours = claim.kind !== "unmanaged" && claim.sourceId !== undefined;
  return ours ? "belongs to a Google group that is gone" : "was made by hand";
}

/** Google still has the group whose name it would take. */
const notGone = ({ desired, existing }: GroupPair): Skip => ({
  about: { kind: "group", source: desired.externalId, label: label(desired) },
  reason: {
    code: "name-taken",
    detail: `the name is held by the group "${existing.name}" (${existing.id}), whose removal is held back`,
  },
});

const waits = ({ subject, kind, sentence }: Waiting): Skip => ({
  about: { kind: "group", label: subject },
  reason: { code: "kept", detail: `${kind} waits for approval: ${sentence}` },
});

// ---------------------------------------------------------------- names

const nameOf = (name: string): string => `name:${nameKey(name)}`;
const newId = (group: DesiredGroup): string => `new:${group.externalId}`;

interface Draft {
  readonly pair: GroupPair;
  readonly patch: GroupPatch;
}

interface Aside {
  readonly group: ExistingGroup;
  readonly patch: { readonly name: string };
}

function holders(groups: readonly ExistingGroup[]): ReadonlyMap<string, string> {
  return new Map(groups.map((group) => [nameOf(group.name), group.id]));
}

function wishes(
  drafts: readonly Draft[],
  creates: readonly DesiredGroup[],
  asides: readonly Aside[],
): readonly Wish[] {
  const wish = (group: ExistingGroup, name: string | undefined): readonly Wish[] =>
    name === undefined || sameName(name, group.name)
      ? []
      : [{ id: group.id, takes: [nameOf(name)], frees: [nameOf(group.name)] }];
  return [
    ...asides.flatMap(({ group, patch }) => wish(group, patch.name)),
    ...drafts.flatMap(({ pair, patch }) => wish(pair.existing, patch.name)),
    ...creates.map((group) => ({ id: newId(group), takes: [nameOf(group.name)], frees: [] })),
  ];
}

/** Revoked groups that hold a name a group of ours is renamed to. A new group of that name waits for approval. */
function movedAside(
  leaving: readonly ExistingGroup[],
  drafts: readonly Draft[],
  { existing, today }: GroupInput,
): readonly Aside[] {
  const wanted = new Set(
    drafts.flatMap(({ patch }) => (patch.name === undefined ? [] : [nameOf(patch.name)])),
  );
  const taken = new Set(existing.groups.map((group) => nameOf(group.name)));
  return leaving
    .filter((group) => wanted.has(nameOf(group.name)))
    .map((group) => {
      const since = revokedSince(group, today);
      const name = asideName(group, since, (key) => taken.has(key) || wanted.has(key));
      taken.add(nameOf(name));
      return { group, patch: { name } };
    });
}

function asideName(group: ExistingGroup, since: Day, taken: (key: string) => boolean): string {
  for (let count = 1; ; count++) {
    const tail = ` (retired ${since}${count === 1 ? "" : `, ${count}`})`;
    const name = `${cut(group.name, LONGEST_TEXT - tail.length)}${tail}`;
    if (!taken(nameOf(name))) return name;
  }
}

// ---------------------------------------------------------------- changes

export const head = ({ id, externalId, name }: ExistingGroup): ExistingGroupHead => ({
  id,
  externalId,
  name,
});

function revoke(group: ExistingGroup, { scoped, today }: GroupInput): readonly GroupChange[] {
  if (isMarked(group)) return [];
  const patch = { externalId: mark(group, today) };
  return [
    {
      kind: "group.retire",
      id: group.id,
      before: head(group),
      patch,
      cause: scoped.groupAbsence(group),
      needs: [],
    },
  ];
}

/** Marked, and it cannot have the name under which it comes back. */
const isMarked = ({ externalId }: ExistingGroup): boolean => groupClaim(externalId).kind === "marked";

const staysRevoked = ({ existing, how }: GroupPair, names: Settlement): boolean =>
  how === "restored" && names.blocked.has(existing.id);

function park({ pair, patch }: Draft, names: Settlement): readonly GroupChange[] {
  const { existing } = pair;
  if (patch.name === undefined || !names.parked.has(existing.id)) return [];
  const parked = { name: `ssosync-moving.${existing.id}` };
  return [
    {
      kind: "group.update",
      id: existing.id,
      before: head(existing),
      patch: parked,
      cause: "parked",
      needs: [],
    },
  ];
}

function updates(
  drafts: readonly Draft[],
  asides: readonly Aside[],
  names: Settlement,
): readonly (readonly GroupChange[])[] {
  const changes: readonly GroupChange[] = [
    ...asides.map(({ group, patch }): GroupChange => ({
      ...{ kind: "group.update", id: group.id, before: head(group), patch, cause: "moved-aside" },
      needs: needs(group.id, names),
    })),
    ...drafts.flatMap((draft) => update(draft, names)),
  ];
  return placed(changes, names);
}

function update({ pair, patch }: Draft, names: Settlement): readonly GroupChange[] {
  const { existing, how } = pair;
  // Only a linked group or one that comes back asks for a name: the one differs in nothing else, the other stays revoked.
  if (names.blocked.has(existing.id) || Object.keys(patch).length === 0) return [];
  const cause: Cause = how === "linked" ? "differs" : how === "restored" ? "returned" : how;
  const kind = isMarked(existing) ? "group.restore" : "group.update";
  return [{ kind, id: existing.id, before: head(existing), patch, cause, needs: needs(existing.id, names) }];
}

function dueDeletion(group: ExistingGroup, { rules, today }: GroupInput): readonly GroupDeletion[] {
  const since = revokedSince(group, today);
  return isDue(since, today, rules)
    ? [{ kind: "group.delete", id: group.id, before: head(group), since }]
    : [];
}

function revokedSince(group: ExistingGroup, today: Day): Day {
  const claim = groupClaim(group.externalId);
  return claim.kind === "marked" ? claim.since : today;
}

function blockedSkips(
  drafts: readonly Draft[],
  creates: readonly DesiredGroup[],
  names: Settlement,
  groups: readonly ExistingGroup[],
): readonly Skip[] {
  if (names.blocked.size === 0) return [];
  const byId = new Map<string, ExistingGroup>(groups.map((group) => [group.id, group]));
  const tell = (id: string, subject: string, effect: string): readonly Skip[] => {
    const obstacle = names.blocked.get(id);
    if (obstacle === undefined) return [];
    const holder = byId.get(obstacle.holder);
    const who = holder === undefined ? "another new group" : `the group "${holder.name}" (${holder.id})`;
    const detail = `the name is held by ${who}; ${effect} until it is free`;
    return [{ about: { kind: "group", label: subject }, reason: { code: "name-taken", detail } }];
  };
  return [
    ...creates.flatMap((group) => tell(newId(group), label(group), "not created")),
    ...drafts.flatMap(({ pair }) =>
      tell(pair.existing.id, label(pair.desired), `it stays "${pair.existing.name}"`),
    ),
  ];
}
