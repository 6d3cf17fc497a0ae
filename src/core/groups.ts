import { GROUP_ATTRIBUTES, GROUP_NAMES, difference } from "./attributes.ts";
import type { Waiting } from "./approval.ts";
import type { Cause, Change, ExistingGroupHead, GroupPatch } from "./change.ts";
import { groupClaim, isDue, mark, revokedSince } from "./mark.ts";
import type { Pair } from "./match.ts";
import { LONGEST_TEXT, cut } from "./names.ts";
import { settleRenames } from "./renames.ts";
import type { Blocked, Draft, Moved, Renames } from "./renames.ts";
import type { Skip } from "./reason.ts";
import { desiredGroupRef, existingGroupRef } from "./ref.ts";
import { takenOver } from "./take-over.ts";
import type { TakeOverInput } from "./take-over.ts";
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

export interface GroupInput extends TakeOverInput {
  readonly existing: Existing;
  readonly rules: Rules;
  readonly today: Day;
  /** Groups that are not retired for now, although Google has let them go. */
  readonly retirements: ReadonlySet<TargetId>;
  /** Groups that keep their names, and groups that are not created. */
  readonly renames: ReadonlySet<TargetId>;
  readonly creates: ReadonlySet<SourceId>;
}

type Name = (typeof GROUP_NAMES)[number];
type GroupPair = Pair<DesiredGroup, ExistingGroup>;
type GroupDraft = Draft<DesiredGroup, ExistingGroup, GroupPatch>;
type GroupRenames = Renames<Name, DesiredGroup, ExistingGroup>;

export function planGroups(input: GroupInput): GroupPlan {
  const { groups } = input.scoped;
  if (!input.rules.manage.groups) return unmanagedGroups(input);
  const { pairs, waiting, awaited } = takenOver(input);
  const paired = new Set(pairs.map((pair) => pair.existing.id));
  const stay = input.held.union(input.retirements);
  const leaving = groups.onlyExisting.filter((group) => !stay.has(group.id) && !paired.has(group.id));
  const drafts = pairs.map((pair) => draftGroup(pair, input));
  const creates = groups.onlyDesired.filter(({ externalId }) => !input.creates.has(externalId));
  const names = settleRenames({
    ...{ attributes: GROUP_NAMES, existing: input.existing.groups, drafts, creates, leaving },
    asideName: (group, count) => retiredGroupName(group, count, input.today),
  });
  return {
    takeAway: leaving.flatMap((group) => revokeGroup(group, input)),
    freeNames: names.parked.map((moved) => moveGroup(moved, "parked")),
    update: names.inWaves([
      ...names.aside.map((moved) => moveGroup(moved, "moved-aside")),
      ...drafts.flatMap((draft) => updateGroup(draft, names)),
    ]),
    create: creates
      .filter((desired) => !names.isBlocked(desired))
      .map((desired) => ({ desired, needs: names.needs(desired) })),
    synced: pairs.filter((pair) => !groupStaysRevoked(pair, names)),
    revoked: [
      ...leaving,
      ...groups.pairs
        .filter(
          (pair) =>
            groupStaysRevoked(pair, names) || (awaited.has(pair.existing.id) && isMarked(pair.existing)),
        )
        .map((pair) => pair.existing),
    ],
    kept: groups.onlyExisting.filter((group) => stay.has(group.id) && !paired.has(group.id)),
    due: leaving.filter((group) => !awaited.has(group.id)).flatMap((group) => dueGroup(group, input)),
    waiting,
    skips: [
      ...groups.handOvers.filter(({ existing }) => input.held.has(existing.id)).map(notGone),
      ...names.blocked.map(groupNameHeld),
    ],
  };
}

function draftGroup(pair: GroupPair, { renames }: GroupInput): GroupDraft {
  const { name, ...others } = difference(GROUP_ATTRIBUTES, pair.desired, pair.existing);
  return { pair, patch: name === undefined || renames.has(pair.existing.id) ? others : { ...others, name } };
}

/** Groups are made elsewhere: only those that carry a Google id already are filled, and emptied when it is gone. */
function unmanagedGroups({ scoped, held, retirements }: GroupInput): GroupPlan {
  const { pairs, onlyDesired, handOvers } = scoped.groups;
  const stay = held.union(retirements);
  const linked = pairs.filter((pair) => pair.how === "linked");
  const others = [...pairs.filter((pair) => pair.how !== "linked"), ...handOvers].map((pair) => pair.desired);
  return {
    takeAway: [],
    freeNames: [],
    update: [],
    create: [],
    synced: linked,
    revoked: scoped.groups.onlyExisting.filter((group) => !stay.has(group.id)),
    kept: scoped.groups.onlyExisting.filter((group) => stay.has(group.id)),
    due: [],
    waiting: [],
    skips: [...others, ...onlyDesired].map((group) => ({
      about: desiredGroupRef(group),
      reason: { code: "not-linked" },
    })),
  };
}

/** Google still has the group whose name it would take. */
const notGone = ({ desired, existing }: GroupPair): Skip => ({
  about: desiredGroupRef(desired),
  reason: { code: "name-held", holder: existingGroupRef(existing) },
});

/** What a revoked group is called whose name a group of ours is renamed to. */
function retiredGroupName(group: ExistingGroup, count: number, today: Day): string {
  const since = revokedSince(groupClaim(group.externalId), today);
  const tail = ` (retired ${since}${count === 1 ? "" : `, ${count}`})`;
  return `${cut(group.name, LONGEST_TEXT - tail.length)}${tail}`;
}

// ---------------------------------------------------------------- changes

const head = ({ id, externalId, name }: ExistingGroup): ExistingGroupHead => ({
  id,
  externalId,
  name,
});

function revokeGroup(group: ExistingGroup, { scoped, today }: GroupInput): readonly GroupChange[] {
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

const isMarked = ({ externalId }: ExistingGroup): boolean => groupClaim(externalId).kind === "marked";

/** Marked, and it cannot have the name under which it comes back. */
const groupStaysRevoked = ({ existing, how }: GroupPair, names: GroupRenames): boolean =>
  how === "restored" && names.isBlocked(existing);

const moveGroup = (
  { existing, patch, needs }: Moved<Name, ExistingGroup>,
  cause: "parked" | "moved-aside",
): GroupChange => ({ kind: "group.update", id: existing.id, before: head(existing), patch, cause, needs });

function updateGroup({ pair, patch }: GroupDraft, names: GroupRenames): readonly GroupChange[] {
  const { existing, how } = pair;
  // Only a linked group or one that comes back asks for a name: the one differs in nothing else, the other stays revoked.
  if (names.isBlocked(existing) || Object.keys(patch).length === 0) return [];
  const cause: Cause = how === "linked" ? "differs" : how === "restored" ? "returned" : how;
  const kind = isMarked(existing) ? "group.restore" : "group.update";
  return [{ kind, id: existing.id, before: head(existing), patch, cause, needs: names.needs(existing) }];
}

function dueGroup(group: ExistingGroup, { rules, today }: GroupInput): readonly GroupDeletion[] {
  const since = revokedSince(groupClaim(group.externalId), today);
  return isDue(since, today, rules)
    ? [{ kind: "group.delete", id: group.id, before: head(group), since }]
    : [];
}

const groupNameHeld = ({ desired, existing, holder }: Blocked<Name, DesiredGroup, ExistingGroup>): Skip => ({
  about: desiredGroupRef(desired),
  reason: {
    code: "name-taken",
    holder: holder === undefined ? "new" : existingGroupRef(holder),
    keeps: existing?.name,
  },
});
