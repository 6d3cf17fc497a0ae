/** The first step of every run: who is enabled, and no longer works here, is disabled, whatever the rest comes to. */
import type { Waiting } from "../core/approval.ts";
import { roomForLeavers } from "../core/room.ts";
import type { Room } from "../core/room.ts";
import type { Disabling } from "../core/change.ts";
import { disabling, isRevoked, leaverId, markedOn, suspects, waitingLeaver } from "../core/leavers.ts";
import type { Look, Looked, Suspect } from "../core/leavers.ts";
import type { ExistingUser, ExistingUsers, SourceUsers, TargetId } from "../core/model.ts";
import type { Held } from "../core/reason.ts";
import { NOTHING_SPENT, once as reservedOnce } from "../core/tally.ts";
import type { Spent } from "../core/tally.ts";
import { remembered } from "../core/remembered.ts";
import type { Trouble } from "../core/trouble.ts";
import { isTrouble } from "./day.ts";
import { digest } from "./digest.ts";
import { disable } from "./disabling.ts";
import type { Reserve } from "./disabling.ts";
import { isLeaving, lookAtEach, utcDay } from "./looking.ts";
import type { Seen } from "./looking.ts";
import type { Outcome } from "./outcome.ts";
import type { Run } from "./proposal.ts";
import type { Selection } from "../request.ts";

/** What the step found and did. */
export interface Left {
  readonly looked: readonly Looked[];
  /** Who is disabled, or would be. */
  readonly changes: readonly Disabling[];
  /** Disables them, once. */
  readonly disable: () => Promise<readonly Outcome[]>;
  readonly held: readonly Held[];
  readonly waiting: readonly Waiting[];
  readonly approved: readonly Waiting[];
  /** Nobody looked at them: there was no time. */
  readonly unasked: readonly Disabling[];
  /** Their ids: an approval of them is not wrong, and not carried out either. */
  readonly idle: readonly string[];
  /** Why nobody can say how many left within the last 24 hours. */
  readonly uncounted?: Trouble | undefined;
}

const NOBODY_LEFT: Left = {
  disable: () => Promise.resolve([]),
  ...{ looked: [], changes: [], held: [], waiting: [], approved: [], unasked: [], idle: [] },
};

/** Looks at each suspect; who is a leaver is disabled, as many as the budget allows. */
export async function leave(
  run: Run,
  source: SourceUsers,
  existing: ExistingUsers,
  isMeant: (user: ExistingUser) => boolean = () => true,
): Promise<Left> {
  // Of a listing without anybody nothing can be right.
  const isEmpty = source.users.length === 0 && source.unread.size === 0;
  const some = isEmpty ? [] : suspects(source, existing, run.config.rules);
  const asked = some.filter(({ user }) => isMeant(user));
  if (asked.length === 0) return NOBODY_LEFT;
  const room = await roomFor(asked, source, existing.users, run);
  const { uncounted } = room;
  const free = (suspect: Suspect): boolean => isFree(suspect, room, run.selection);
  const looks = await lookAtEach(
    asked,
    room,
    free,
    run,
    uncounted === undefined ? ENOUGH : uncountedTrouble(uncounted),
  );
  const found = { ...judgedBy(looks, room, run), uncounted };
  const approved = new Set(found.approved.map(({ about }) => about?.target));
  const counted = found.changes.filter(({ id, before }) => !approved.has(id) && !isRevoked(before));
  const reserve = uncounted === undefined ? reserving(counted, room, run) : () => Promise.resolve(true);
  const once = remembered<void, Promise<readonly Outcome[]>>(async () => {
    if (found.changes.length === 0) return [];
    await run.world.sameDirectory({ ...existing, groups: [] });
    return disable(found.changes, reserve, run);
  });
  if (run.early) await once();
  return { ...found, disable: once };
}

/** Without the tally so many may be marked in one day, seen in the target itself. */
const MARKED_A_DAY = 10;
/** Up to three who are named go beyond the budget, nine in 24 hours. */
const NAMED = 3;
const NAMED_A_DAY = 9;

const ENOUGH = { why: "Google was not asked, because MAX_LEAVERS allows no more", todo: "" };
const uncountedTrouble = ({ why, todo }: Trouble): Trouble => ({
  why: `Google was not asked, because without the tally no more than ${MARKED_A_DAY} leavers a day are disabled: ${why}`,
  todo,
});

/** `reserved` are in the tally already, and not disabled: they count once. */
type LeaverRoom = Room & {
  readonly reserved: { readonly has: (id: TargetId) => boolean };
  readonly uncounted?: Trouble;
};

/** Whoever was approved, or revoked before, counts in no budget, and whoever is in the tally counts no second time. */
const isFree = (suspect: Suspect, { reserved }: LeaverRoom, { approve = [] }: Selection): boolean =>
  isRevoked(suspect.user) || reserved.has(suspect.user.id) || approve.includes(leaverId(suspect, digest));

async function roomFor(
  asked: readonly Suspect[],
  source: SourceUsers,
  users: readonly ExistingUser[],
  run: Run,
): Promise<LeaverRoom> {
  const { day: today, now, config, selection } = run;
  const at = now.toISOString();
  const spent = await today.spent();
  if (isTrouble(spent)) {
    const { of } = roomForLeavers(users, at, NOTHING_SPENT, config.rules);
    const marked = markedOn(utcDay(run), { users }, source);
    const reserved = new Set<TargetId>();
    return { of, spent: marked.length, allows: MARKED_A_DAY, reserved, uncounted: spent };
  }
  const room = { ...roomForLeavers(users, at, spent, config.rules), reserved: spent.leavers };
  const isNamed = selection.only !== undefined && asked.length <= NAMED && today.remembers;
  return isNamed ? { ...room, allows: room.allows + NAMED_A_DAY } : room;
}

/** Each of them is in the tally before they are disabled. */
function reserving(counted: readonly Disabling[], room: Room, { day: today }: Run): Reserve {
  const all = new Set(counted);
  return async (portion) => {
    const some = portion.filter((change) => all.has(change)).map(({ id }) => id);
    if (some.length === 0) return true;
    const spending = { ...NOTHING_SPENT, leavers: reservedOnce(some) };
    const fits = ({ leavers }: Spent): boolean => {
      const more = some.filter((id) => !leavers.has(id)).length;
      return more === 0 || leavers.size + more <= room.allows;
    };
    return today.reserve(spending, fits);
  };
}

interface Judged {
  readonly change: Disabling;
  readonly held?: Held;
  readonly wait?: Waiting;
  readonly fate: "goes" | "approved" | "waits" | "stays" | "unasked";
}

function judgedBy(seen: readonly Seen[], room: LeaverRoom, run: Run): Omit<Left, "disable"> {
  const judged = judgeEach(seen, room, run);
  const of = (...fates: readonly Judged["fate"][]) => judged.filter(({ fate }) => fates.includes(fate));
  const waits = (some: readonly Judged[]): readonly Waiting[] => some.flatMap(({ wait }) => wait ?? []);
  return {
    looked: seen.flatMap((one, at) =>
      isForTheRest(one) ? [] : [lookedAt(one, judged[at]?.fate === "approved")],
    ),
    changes: of("goes", "approved").map(({ change }) => change),
    held: judged.flatMap(({ held }) => held ?? []),
    waiting: waits(of("waits")),
    approved: waits(of("approved")),
    unasked: of("unasked").map(({ change }) => change),
    idle: waits(of("unasked")).map(({ id }) => id),
  };
}

/** Whoever was revoked before, and is no leaver as far as anybody knows, is disabled by the rest of a run in any case. */
const isForTheRest = (one: Seen): boolean => isRevoked(one.user) && !isLeaving(one);

/** Of whom somebody else says that they are gone, that is known. */
function lookedAt({ look, ...suspect }: Seen, isApproved: boolean): Looked {
  if (look === "no time") return { ...suspect, look: { says: "unsure", trouble: NO_TIME } };
  const cause = isOff(suspect.listed) ? suspect.listed : "gone";
  return { ...suspect, look: isApproved && look.says === "unsure" ? { says: "leaver", cause } : look };
}

const NO_TIME = { why: "there was no time to ask Google about them", todo: "" };

function judgeEach(seen: readonly Seen[], given: LeaverRoom, run: Run): readonly Judged[] {
  const { reserved, uncounted, ...room } = given;
  const { config, selection } = run;
  const approvals = { digest, given: new Set(selection.approve) };
  const today = utcDay(run);
  const leaving = seen.filter((one) => isLeaving(one) && !isFree(one, given, selection)).length;
  const { leavers: limit } = config.rules.limits;
  const excess: Waiting["reason"] =
    uncounted === undefined
      ? { code: "over-limit", budget: "leavers", limit, who: [], ...room, count: room.spent + leaving }
      : { code: "tally-unreadable", ...uncounted, who: [] };
  let spent = room.spent;
  return seen.map((one): Judged => {
    const { look } = one;
    const cause = look !== "no time" && look.says === "leaver" ? look.cause : "gone";
    const change = disabling(one, cause, today);
    if (isForTheRest(one)) return { change, fate: "stays" };
    if (look === "no time")
      return {
        change,
        wait: waitingLeaver(one, { code: "no-answer", ...NO_TIME }, approvals),
        fate: "unasked",
      };
    if (look.says === "active")
      return { change, held: { change, reason: contradiction(one, look) }, fate: "stays" };
    const unsure = look.says === "unsure" ? ({ code: "no-answer", ...look.trouble } as const) : undefined;
    const wait = waitingLeaver(one, unsure ?? excess, approvals);
    if (approvals.given.has(wait.id)) return { change, wait, fate: "approved" };
    if (unsure !== undefined) return { change, wait, held: { change, reason: unsure }, fate: "waits" };
    if (isRevoked(one.user) || reserved.has(one.user.id)) return { change, wait, fate: "goes" };
    spent += 1;
    return { change, wait, fate: spent <= room.allows ? "goes" : "waits" };
  });
}

const contradiction = (
  { listed }: Suspect,
  { account }: Extract<Look, { readonly says: "active" }>,
): Held["reason"] =>
  isOff(listed) ? { code: "user-active", listed } : { code: "user-exists", address: account.email };

const isOff = (listed: Suspect["listed"]): listed is "suspended" | "archived" =>
  listed === "suspended" || listed === "archived";
