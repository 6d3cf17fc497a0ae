import { approvalId } from "../core/approval.ts";
import type { Waiting } from "../core/approval.ts";
import { hasFact } from "../core/change.ts";
import type { Change, ChangeWith, Leaver } from "../core/change.ts";
import { groupClaim, sourceOf, userClaim } from "../core/mark.ts";
import { membership } from "../core/memberships.ts";
import { changesOf } from "../core/plan.ts";
import type { Holds, Plan, Situation } from "../core/plan.ts";
import { goesAlong, revokedBy } from "../core/budget.ts";
import type { Held } from "../core/reason.ts";
import { partyRef, refOf } from "../core/ref.ts";
import type { ExistingGroup, SourceId, TargetId } from "../core/model.ts";
import { askGone, askMembership, askOutOfScope, inquiryOf } from "./questions.ts";
import type { Answer, Inquiry, Membership, Questions, UserAnswer } from "./questions.ts";
import { sideBySide } from "../traffic/pool.ts";

interface Confirmation {
  readonly holds: Holds;
  readonly held: readonly Held[];
  /** Those without an answer can be approved. */
  readonly waiting: readonly Waiting[];
  /** The ids of everything that had no answer, approved or not. */
  readonly approvable: readonly string[];
}

/** One removal with everything that is to be asked about it. */
interface Doubt {
  readonly change: Change;
  /** What the approval of an unsure one is about, beside the kind of change. */
  readonly deed: readonly string[];
  readonly place: Pick<Waiting, "about" | "within">;
  readonly ask: () => Promise<UserAnswer>;
  readonly hold: (holds: Holding, answer: UserAnswer) => void;
  /** Whose memberships it is about. */
  readonly members?: Iterable<TargetId>;
}

interface Holding {
  readonly users: Set<TargetId>;
  readonly groups: Set<TargetId>;
  readonly members: Set<string>;
  readonly suspended: Set<TargetId>;
  readonly doubted: Set<TargetId>;
}

const WIDTH = 20;

/** The second look: asks Google about each removal itself, for a listing that lacks something proves nothing. */
export async function confirm(plan: Plan, situation: Situation, questions: Questions): Promise<Confirmation> {
  const doubts = doubtsOf(plan, situation, inquiryOf(questions, situation));
  const holds: Holding = {
    users: new Set(),
    groups: new Set(),
    members: new Set(),
    suspended: new Set(),
    doubted: new Set(),
  };
  const held: Held[] = [];
  const waiting: Waiting[] = [];
  const approvable: string[] = [];
  const { digest, given } = situation.approvals;
  const asked = sideBySide(
    doubts.map((doubt) => [doubt]),
    async (doubt) => [{ doubt, answer: await doubt.ask() }],
    WIDTH,
  );
  for await (const { doubt, answer } of asked) {
    if (answer.says === "agrees") continue;
    const id = approvalId("unsure", [doubt.change.kind, ...doubt.deed], digest);
    if (answer.says === "unsure") approvable.push(id);
    if (answer.says === "unsure" && given.has(id)) continue;
    doubt.hold(holds, answer);
    if (answer.says === "unsure") for (const member of doubt.members ?? []) holds.doubted.add(member);
    held.push({ change: doubt.change, reason: answer.because });
    if (answer.says === "unsure")
      waiting.push({ id, kind: "unsure", ...doubt.place, reason: answer.because });
  }
  return { holds, held, waiting, approvable };
}

function doubtsOf(plan: Plan, situation: Situation, inquiry: Inquiry): readonly Doubt[] {
  const groups = new Map(situation.existing.groups.map((group) => [group.id, group]));
  const changes = changesOf(plan);
  const memberships = membershipsByUser(changes, groups, inquiry);
  const revoked = revokedBy(changes);
  // What is deleted in the run that revokes it was asked about already.
  const again = (change: Change): boolean => hasFact(change, "takesAway", "object") && revoked.has(change.id);
  return changes.flatMap((change): readonly Doubt[] => {
    if (again(change)) return [];
    if (hasFact(change, "secondLook", "user"))
      return userDoubt(change, inquiry, memberships.get(change.id) ?? []);
    if (hasFact(change, "secondLook", "group")) return groupDoubt(change, groups.get(change.id), inquiry);
    // Taking over the group of a Google group that is gone takes it away from that group's people.
    if (hasFact(change, "secondLook", "take-over"))
      return change.cause === "handed-over" ? groupDoubt(change, groups.get(change.id), inquiry) : [];
    if (hasFact(change, "secondLook", "membership"))
      return change.users.flatMap((leaver) =>
        goesAlong(change.group, leaver, revoked)
          ? []
          : memberDoubt(change, leaver, groups.get(change.group.id), inquiry),
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
    absence === "gone" ? askGone(id, inquiry) : askOutOfScope(id, memberships, inquiry);
  const state = inquiry.states.get(id) ?? "active";
  const hold: Doubt["hold"] = ({ users, suspended, members }, answer) => {
    users.add(change.id);
    const off = answer.says === "contradicts" && answer.off === true;
    if (off || state !== "active") suspended.add(change.id);
    if (absence === "gone") return;
    for (const { target, group } of memberships)
      if (answer.left?.has(group) !== true) members.add(membership(target, change.id));
  };
  return [{ change, deed: [change.id, id], place: { about: refOf(change) }, ask, hold }];
}

/** Per user, the groups which would count if they were a member. */
function membershipsByUser(
  changes: readonly Change[],
  groups: ReadonlyMap<TargetId, ExistingGroup>,
  { scoped, googleId }: Inquiry,
): ReadonlyMap<TargetId, readonly Membership[]> {
  const found = new Map<TargetId, Membership[]>();
  for (const change of changes) {
    if (!hasFact(change, "limit", "memberships")) continue;
    const target = change.group.id;
    const existing = groups.get(target);
    const group = googleId(change.group);
    const leaving = change.users.some((user) => user.because === "group-revoked");
    const bySetting = existing === undefined || (leaving && scoped.groupAbsence(existing) === "out-of-scope");
    if (group === undefined || bySetting) continue;
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
  { scoped, leaves }: Inquiry,
): readonly Doubt[] {
  const id = sourceOf(groupClaim(change.before.externalId));
  // A listed group that INCLUDE_GROUPS leaves out is out by the settings alone.
  if (id === undefined || group === undefined || scoped.groupAbsence(group) !== "gone") return [];
  return [
    {
      change,
      deed: [change.id, id],
      place: { about: refOf(change) },
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
  existing: ExistingGroup | undefined,
  inquiry: Inquiry,
): readonly Doubt[] {
  const group = inquiry.googleId(change.group);
  const user = inquiry.googleId(leaver);
  if (group === undefined || user === undefined) return [];
  const ask = memberQuestion(group, user, leaver, existing, inquiry);
  if (ask === undefined) return [];
  return [
    {
      change: { ...change, users: [leaver] },
      deed: [change.group.id, leaver.id, group, user],
      place: { about: partyRef("user", leaver), within: partyRef("group", change.group) },
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
  existing: ExistingGroup | undefined,
  inquiry: Inquiry,
): (() => Promise<Answer>) | undefined {
  const { scoped, leaves } = inquiry;
  if (because === "group-revoked") {
    const gone = existing !== undefined && scoped.groupAbsence(existing) === "gone";
    return gone ? () => leaves(group) : undefined;
  }
  return scoped.barred(user) === "suspended" ? undefined : () => askMembership(group, user, inquiry);
}
