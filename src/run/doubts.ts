/** What of a plan Google is asked about once more, one thing at a time. */
import type { Waiting } from "../core/approval.ts";
import { hasFact } from "../core/change.ts";
import type { Change, ChangeWith, Leaver } from "../core/change.ts";
import { groupClaim, isForgotten, isOffByHand, sourceOf, userClaim } from "../core/mark.ts";
import { membership } from "../core/memberships.ts";
import { changesOf } from "../core/plan.ts";
import type { Plan, Situation } from "../core/plan.ts";
import { partyRef, refOf } from "../core/ref.ts";
import type { Ref } from "../core/ref.ts";
import { goesAlong, revokedBy } from "../core/subjects.ts";
import { adoptionDeed } from "../core/users.ts";
import type { Subject } from "../core/subjects.ts";
import type { ExistingGroup, SourceId, TargetId } from "../core/model.ts";
import { askGone, askMembership, askOutOfScope, unsure } from "./questions.ts";
import type { Answer, Inquiry, Membership, UserAnswer } from "./questions.ts";

/** One removal with everything that is to be asked about it. */
export interface Doubt {
  readonly change: Change;
  /** What tells it from others, beside the kind of change. */
  readonly deed: readonly string[];
  readonly about: Ref;
  /** What it is a part of, when that can be approved. */
  readonly subject?: Pick<Subject, "object"> & { readonly kind: "user" | "group" | "removals" };
  /** What else it has waited for, or would: one approval of what is done about somebody is for all of it. */
  readonly waitsAs?: Extract<Waiting["kind"], "leavers" | "enable" | "adoption">;
  /** Who is taken out, when it is about a membership. */
  readonly who?: string;
  readonly ask: () => Promise<UserAnswer>;
  readonly hold: (holds: Holding, answer: UserAnswer) => void;
  /** Whose memberships it is about. */
  readonly members?: Iterable<TargetId>;
}

export type Holding = { readonly [H in "users" | "groups" | "doubted"]: Set<TargetId> } & {
  readonly members: Set<string>;
  readonly inactive: Set<SourceId>;
};

/** Every removal, and whoever is enabled; not what goes along with something that is asked about itself. */
export function doubtsOf(plan: Plan, situation: Situation, inquiry: Inquiry): readonly Doubt[] {
  const groups = new Map(situation.existing.groups.map((group) => [group.id, group]));
  const changes = changesOf(plan);
  const memberships = membershipsByUser(changes, groups, inquiry);
  const revoked = revokedBy(changes);
  const disabled = new Set(changes.flatMap((one) => (one.kind === "user.disable" ? [one.id] : [])));
  // What is deleted in the run that revokes it was asked about already.
  const again = (change: Change): boolean => hasFact(change, "takesAway", "object") && revoked.has(change.id);
  return changes.flatMap((change): readonly Doubt[] => {
    if (again(change)) return [];
    if (hasFact(change, "secondLook", "user"))
      return userDoubt(change, inquiry, memberships.get(change.id) ?? []);
    if (hasFact(change, "secondLook", "enabling"))
      return disabled.has(change.id) ? [] : enablingDoubt(change, inquiry);
    if (hasFact(change, "secondLook", "group")) return groupDoubt(change, groups.get(change.id), inquiry);
    // Taking over the group of a Google group that is gone takes it away from that group's people.
    if (hasFact(change, "secondLook", "take-over"))
      return change.cause === "handed-over" ? groupDoubt(change, groups.get(change.id), inquiry) : [];
    if (hasFact(change, "secondLook", "membership"))
      return change.users.flatMap((leaver) =>
        goesAlong(change.group, leaver, revoked) ? [] : memberDoubt(change, leaver, inquiry),
      );
    change satisfies ChangeWith<"secondLook", "none">;
    return [];
  });
}

// ---------------------------------------------------------------- users

function userDoubt(
  change: ChangeWith<"secondLook", "user">,
  inquiry: Inquiry,
  memberships: readonly Membership[],
): readonly Doubt[] {
  const id = sourceOf(userClaim(change.before.externalId));
  const absence = inquiry.scoped.userAbsence(change.before);
  if (id === undefined || absence === "suspended" || absence === "archived") return [];
  const ask = (): Promise<UserAnswer> =>
    absence === "gone"
      ? askGone(id, inquiry, isForgotten(change.before, inquiry.today))
      : askOutOfScope(id, memberships, inquiry);
  const hold: Doubt["hold"] = ({ users, members }, answer) => {
    users.add(change.id);
    if (absence === "gone") return;
    for (const { target, group } of memberships)
      if (answer.left?.has(group) !== true) members.add(membership(target, change.id));
  };
  const subject =
    change.kind === "user.retire" ? { subject: { kind: "user", object: change.id } as const } : {};
  const leaver = absence === "gone" ? ({ waitsAs: "leavers" } as const) : {};
  return [{ change, deed: [change.id, id], about: refOf(change), ...subject, ...leaver, ask, hold }];
}

/** Nobody is enabled, or restored or taken over enabled, without a look at the account itself. */
function enablingDoubt(
  change: ChangeWith<"secondLook", "enabling">,
  { witness, googleId }: Inquiry,
): readonly Doubt[] {
  const { before, patch } = change;
  const letsIn = change.cause === "adopted" || change.cause === "returned";
  const enables = patch.active ?? (letsIn && before.active);
  const id = googleId(before);
  if (!enables || id === undefined) return [];
  const ask = async (): Promise<Answer> => {
    const answer = await witness.userById(id);
    if (answer.state === "unsure") return unsure(answer);
    const account = answer.state === "gone" ? "gone" : answer.user.state;
    if (account === "active") return { says: "agrees" };
    return { says: "contradicts", because: { code: "user-inactive", account } };
  };
  const hold: Doubt["hold"] = ({ inactive }) => inactive.add(id);
  const waited =
    change.cause === "adopted"
      ? ({ waitsAs: "adoption" } as const)
      : isOffByHand(before)
        ? ({ waitsAs: "enable" } as const)
        : {};
  const deed = adoptionDeed(change.id, id, change.cause === "adopted" && patch.active === true);
  return [{ change, deed, about: refOf(change), ...waited, ask, hold }];
}

/** Per user, the groups which would count if they were a member. */
function membershipsByUser(
  changes: readonly Change[],
  groups: ReadonlyMap<TargetId, ExistingGroup>,
  { googleId }: Inquiry,
): ReadonlyMap<TargetId, readonly Membership[]> {
  const found = new Map<TargetId, Membership[]>();
  for (const change of changes) {
    if (!hasFact(change, "limit", "memberships")) continue;
    const target = change.group.id;
    const group = googleId(change.group);
    const leaving = change.users.some((user) => user.because === "group-revoked");
    if (group === undefined || !groups.has(target)) continue;
    for (const user of change.users) {
      const known = found.get(user.id);
      if (known === undefined) found.set(user.id, [{ target, group, leaving }]);
      else known.push({ target, group, leaving });
    }
  }
  return found;
}

// ---------------------------------------------------------------- groups

function groupDoubt(
  change: ChangeWith<"secondLook", "group" | "take-over">,
  group: ExistingGroup | undefined,
  { leaves }: Inquiry,
): readonly Doubt[] {
  const id = sourceOf(groupClaim(change.before.externalId));
  if (id === undefined || group === undefined) return [];
  const subject =
    change.kind === "group.retire" ? { subject: { kind: "group", object: change.id } as const } : {};
  return [
    {
      change,
      deed: [change.id, id],
      about: refOf(change),
      ...subject,
      ask: () => leaves(id),
      members: group.members,
      hold: ({ groups }) => groups.add(change.id),
    },
  ];
}

// ---------------------------------------------------------------- memberships

function memberDoubt(
  change: ChangeWith<"secondLook", "membership">,
  leaver: Leaver,
  inquiry: Inquiry,
): readonly Doubt[] {
  const group = inquiry.googleId(change.group);
  const user = inquiry.googleId(leaver);
  if (group === undefined || user === undefined) return [];
  const ask = memberQuestion(group, user, leaver, inquiry);
  if (ask === undefined) return [];
  return [
    {
      change: { ...change, users: [leaver] },
      deed: [change.group.id, leaver.id, group, user],
      about: partyRef("group", change.group),
      subject: { kind: "removals", object: change.group.id },
      who: leaver.label,
      ask,
      members: [leaver.id],
      hold: ({ members }) => members.add(membership(change.group.id, leaver.id)),
    },
  ];
}

/** What is asked about a membership; nothing where the settings or the account's own state take it away. */
function memberQuestion(
  group: SourceId,
  user: SourceId,
  { because }: Leaver,
  inquiry: Inquiry,
): (() => Promise<Answer>) | undefined {
  const { scoped, leaves } = inquiry;
  if (because === "group-revoked") return () => leaves(group);
  return scoped.barred(user) === "suspended" ? undefined : () => askMembership(group, user, inquiry);
}
