import { approvalId } from "../core/approval.ts";
import type { Waiting } from "../core/approval.ts";
import { isApproved } from "../core/budget.ts";
import { baseOf, roomOf } from "../core/room.ts";
import type { Scales } from "../core/budget.ts";
import { hasFact } from "../core/change.ts";
import type { Change, ChangeWith, Leaver } from "../core/change.ts";
import { groupClaim, isForgotten, sourceOf, userClaim } from "../core/mark.ts";
import { membership } from "../core/memberships.ts";
import { NO_HOLDS, changesOf } from "../core/plan.ts";
import type { Holds, Plan, Situation } from "../core/plan.ts";
import type { Held } from "../core/reason.ts";
import { partyRef, refOf } from "../core/ref.ts";
import type { Ref } from "../core/ref.ts";
import { SUBJECTS, goesAlong, subjectKey, revokedBy } from "../core/subjects.ts";
import type { Subject } from "../core/subjects.ts";
import type { ExistingGroup, SourceId, TargetId } from "../core/model.ts";
import type { Deadline } from "../traffic/deadline.ts";
import { askEach } from "./asking.ts";
import { askGone, askMembership, askOutOfScope, inquiryOf } from "./questions.ts";
import type { Answer, Inquiry, Membership, Questions, UserAnswer } from "./questions.ts";

/** The second look of one run: Google is asked about each removal itself, for a listing that lacks something proves nothing. */
export interface SecondLook {
  /** Asks about what is new in this plan; asking stops once a budget is clearly spent. */
  readonly ask: (plan: Plan) => Promise<void>;
  /** Whether all that is in this plan was asked about. */
  readonly covers: (plan: Plan) => boolean;
  /** What came of it so far. */
  readonly found: () => Found;
}

interface Found {
  readonly holds: Holds;
  /** Google contradicts it, or says nothing. */
  readonly held: readonly Held[];
  /** There was no time to ask. */
  readonly left: readonly Change[];
  /** Without an answer: can be approved. */
  readonly waiting: readonly Waiting[];
  /** The ids of everything that had no answer, approved or not; and what was approved. */
  readonly approvable: readonly string[];
  readonly approved: readonly Waiting[];
}

/** One removal with everything that is to be asked about it. */
interface Doubt {
  readonly change: Change;
  /** What tells it from others, beside the kind of change. */
  readonly deed: readonly string[];
  readonly about: Ref;
  /** What it is a part of, when that can be approved. */
  readonly subject?: Pick<Subject, "kind" | "object">;
  /** Whether it is about somebody who left: whoever approves that they go approves all of it. */
  readonly isLeaver?: boolean;
  /** Who is taken out, when it is about a membership. */
  readonly who?: string;
  readonly ask: () => Promise<UserAnswer>;
  readonly hold: (holds: Holding, answer: UserAnswer) => void;
  /** Whose memberships it is about. */
  readonly members?: Iterable<TargetId>;
}

type Holding = { readonly [H in "users" | "groups" | "doubted"]: Set<TargetId> } & {
  readonly members: Set<string>;
  readonly inactive: Set<SourceId>;
};

const idOfDoubt = ({ change, deed }: Doubt): string => [change.kind, ...deed].join(" ");

export function secondLook(
  situation: Situation,
  scales: Scales,
  questions: Questions & Pick<Deadline, "timeLeftMs">,
): SecondLook {
  const inquiry = inquiryOf(questions, situation);
  const asked = new Set<string>();
  const holding: Holding = {
    ...{ users: new Set(), groups: new Set(), members: new Set(), doubted: new Set(), inactive: new Set() },
  };
  const held: Held[] = [];
  const left: Change[] = [];
  const waiting = new Map<string, Waiting>();
  const approved = new Map<string, Waiting>();
  const approvable: string[] = [];
  const confirmed = tallying(situation, scales);
  let isFirst = true;
  const doubts = (plan: Plan): readonly Doubt[] =>
    doubtsOf(plan, situation, inquiry).filter((doubt) => !asked.has(idOfDoubt(doubt)));
  const judge = (doubt: Doubt, answer: UserAnswer): void => {
    if (answer.says === "agrees") return confirmed.add(doubt);
    const wait = answer.says === "unsure" ? waitFor(doubt, answer.because, situation, scales) : undefined;
    if (wait !== undefined) approvable.push(wait.id);
    if (wait !== undefined && (situation.approvals.given.has(wait.id) || isTaken(doubt, situation, scales)))
      return merge(approved, wait);
    doubt.hold(holding, answer);
    if (answer.says === "unsure") for (const member of doubt.members ?? []) holding.doubted.add(member);
    held.push({ change: doubt.change, reason: answer.because });
    if (wait !== undefined) merge(waiting, wait);
  };
  return {
    covers: (plan) => doubts(plan).length === 0,
    ask: async (plan) => {
      const { timeLeftMs } = questions;
      const silent = ({ says }: UserAnswer): boolean => says === "unsure";
      // What is still planned once the spent budgets are held is asked about whatever it takes.
      const enough = isFirst ? confirmed.isSpent : () => false;
      isFirst = false;
      const asking = { ask: (doubt: Doubt) => doubt.ask(), enough, silent, timeLeftMs };
      for await (const one of askEach(doubts(plan), asking)) {
        if ("not" in one && one.not === "enough") continue;
        asked.add(idOfDoubt(one.task));
        if ("answer" in one) judge(one.task, one.answer);
        else if (one.not === "silence") judge(one.task, one.like);
        else {
          one.task.hold(holding, { says: "agrees" });
          left.push(one.task.change);
        }
      }
    },
    found: () => ({
      holds: { ...NO_HOLDS, ...holding },
      ...{ held, left, approvable },
      waiting: [...waiting.values()],
      approved: [...approved.values()],
    }),
  };
}

/** An upheaval that was approved is approved with whatever is unsure in it. */
const isTaken = ({ subject }: Doubt, situation: Situation, scales: Scales): boolean =>
  subject !== undefined && isApproved(subject, scales, situation);

function waitFor(
  { change, deed, subject, isLeaver, about, who }: Doubt,
  { why, todo }: Extract<Answer, { says: "unsure" }>["because"],
  { approvals }: Situation,
  { told }: Scales,
): Waiting {
  const own = subject && told.get(subjectKey(subject));
  const id =
    isLeaver === true
      ? approvalId("leavers", deed, approvals.digest)
      : (own?.id ?? approvalId("unsure", [change.kind, ...deed], approvals.digest));
  const trouble = { why, todo };
  const reason =
    who === undefined ? ({ code: "no-answer", ...trouble } as const) : unsureMembers(who, trouble);
  return { id, kind: "unsure", about, reason };
}

const unsureMembers = (who: string, trouble: { readonly why: string; readonly todo: string }) =>
  ({ code: "members-unsure", who: [who], ...trouble }) as const;

/** One group's members wait as one. */
function merge(into: Map<string, Waiting>, wait: Waiting): void {
  const before = into.get(wait.id);
  const { reason } = wait;
  if (before?.reason.code !== "members-unsure" || reason.code !== "members-unsure") into.set(wait.id, wait);
  else
    into.set(wait.id, {
      ...before,
      reason: { ...before.reason, who: [...before.reason.who, ...reason.who] },
    });
}

/** How much is confirmed of what each budget counts: beyond that, more need not be asked. */
function tallying(situation: Situation, scales: Scales) {
  const base = baseOf(situation);
  const rooms = new Map<string, number>();
  const counts = (doubt: Doubt): string | undefined => {
    const kind = doubt.subject?.kind;
    if (kind !== "user" && kind !== "group" && kind !== "removals") return undefined;
    return isTaken(doubt, situation, scales) ? undefined : SUBJECTS[kind].budget;
  };
  const room = (budget: string): number => {
    const known = rooms.get(budget);
    if (known !== undefined) return known;
    const { allows, spent } = roomOf(budget as "users", base, scales, situation.rules);
    return allows - spent;
  };
  return {
    isSpent: (doubt: Doubt): boolean => {
      const budget = counts(doubt);
      return budget !== undefined && room(budget) < 0;
    },
    add: (doubt: Doubt): void => {
      const budget = counts(doubt);
      if (budget !== undefined) rooms.set(budget, room(budget) - 1);
    },
  };
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
    if (hasFact(change, "secondLook", "enabling")) return enablingDoubt(change, inquiry);
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
  const isLeaver = absence === "gone";
  return [{ change, deed: [change.id, id], about: refOf(change), ...subject, isLeaver, ask, hold }];
}

/** Nobody is enabled, or taken over enabled, without a look at the account itself. */
function enablingDoubt(
  change: ChangeWith<"secondLook", "enabling">,
  { witness, googleId }: Inquiry,
): readonly Doubt[] {
  const { before, patch } = change;
  const enables = patch.active ?? (change.cause === "adopted" && before.active);
  const id = sourceOf(userClaim(patch.externalId ?? "")) ?? googleId(before);
  if (!enables || id === undefined) return [];
  const ask = async (): Promise<Answer> => {
    const answer = await witness.userById(id);
    if (answer.state === "unsure")
      return { says: "unsure", because: { code: "no-answer", why: answer.why, todo: answer.todo } };
    const account = answer.state === "gone" ? "gone" : answer.user.state;
    if (account === "active") return { says: "agrees" };
    return { says: "contradicts", because: { code: "user-inactive", account } };
  };
  const hold: Doubt["hold"] = ({ inactive }) => inactive.add(id);
  return [{ change, deed: [change.id, id], about: refOf(change), ask, hold }];
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
