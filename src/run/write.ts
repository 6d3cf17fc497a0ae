import type { Change, ChangeWith } from "../core/change.ts";
import { groupClaim, isOffByHand, isOurGroup, userClaim } from "../core/mark.ts";
import type { TargetId } from "../core/model.ts";
import type { OutcomeReason } from "../core/reason.ts";
import { TargetError, isOfOneRequest } from "../aws/errors.ts";
import { OutOfTime } from "../traffic/deadline.ts";
import { dependsOn, done, failure, isRefused, skippedBecause } from "./outcome.ts";
import type { Ledger, Result, Target } from "./outcome.ts";
import { makeUser, setManager, sendUpdate } from "./write-details.ts";
import { addMembers, makeGroup, removeMembers } from "./write-members.ts";
import { takenAway, unlessSo } from "./write-patch.ts";

/** Carries out one change, or says why it cannot be done; throws only what is no answer of AWS. */
export async function write(change: Change, target: Target, ledger: Ledger): Promise<readonly Result[]> {
  const obstacle = waitsInVain(change, ledger);
  if (obstacle !== undefined) return [skippedBecause(change, obstacle)];
  try {
    return await sendChange(change, target, ledger);
  } catch (error) {
    if (error instanceof TargetError) return [failure(change, error)];
    // Cut off by the end of time: whether it took effect is for the next run to see.
    if (error instanceof OutOfTime) return [];
    throw error;
  }
}

function waitsInVain(change: Change, { stuck, lost, kept }: Ledger): OutcomeReason | undefined {
  for (const id of "needs" in change ? change.needs : []) {
    const failing = stuck.get(id);
    if (failing !== undefined) return dependsOn("name", failing);
  }
  if ("patch" in change && "active" in change.patch && change.patch.active === true) {
    const failing = kept.get(change.id);
    if (failing !== undefined) return dependsOn("removal", failing);
  }
  const failing = change.kind === "members.add" ? lost.get(change.group.externalId) : undefined;
  return failing && dependsOn("group", failing);
}

async function sendChange(change: Change, target: Target, ledger: Ledger): Promise<readonly Result[]> {
  switch (change.kind) {
    case "user.create":
      return makeUser(change, target, ledger);
    case "user.manager":
      return setManager(change, target, ledger);
    case "user.update":
      return sendUpdate(change, target, ledger);
    case "user.enable":
    case "user.restore":
      return bringBack(change, target);
    case "group.update":
    case "group.restore":
      return unlessSo(change, target);
    case "group.retire":
      return takenAway(change, target);
    case "user.disable":
      return switchUserOff(change, target);
    case "user.retire":
      return retireUser(change, target);
    case "group.create":
      return makeGroup(change, target, ledger);
    case "members.add":
      return addMembers(change, target, ledger);
    case "members.remove":
      return removeMembers(change, target);
    case "user.delete":
      return deleteUser(change, target);
    case "group.delete":
      return deleteGroup(change, target);
    default:
      return change satisfies never;
  }
}

/** A leaver is not kept in by a lasting trouble of AWS with the mark. */
const MARKING_ATTEMPTS = 3;

/** Whatever AWS says against the mark must not keep the access: disabling is then tried by itself. */
async function switchUserOff(
  change: ChangeWith<"limit", "users">,
  target: Target,
): Promise<readonly Result[]> {
  const { active, ...mark } = change.patch;
  const isMarking = Object.keys(mark).length > 0;
  const attempts = change.kind === "user.disable" && isMarking ? MARKING_ATTEMPTS : undefined;
  try {
    return await takenAway(change, target, attempts);
  } catch (error) {
    if (!isRefused(error) || active === undefined || !isMarking) throw error;
    const disabled = await takenAway({ ...change, kind: "user.disable", patch: { active } }, target);
    return [...disabled, failure({ ...change, patch: mark }, error)];
  }
}

type Returning = Extract<Change, { kind: "user.enable" | "user.restore" }>;

/** Read just before: whom another run has enabled meanwhile, somebody else may have disabled since. */
async function bringBack(change: Returning, target: Target): Promise<readonly Result[]> {
  const enables = change.patch.active === true && !isOffByHand(change.before);
  if (enables && (await isOffMeanwhile(change, target)))
    return [skippedBecause(change, { code: "by-hand-meanwhile" })];
  return unlessSo(change, target);
}

/** Read just before: the mark would not say that somebody else disabled them meanwhile. The next run sees it. */
async function retireUser(
  change: Extract<Change, { kind: "user.retire" }>,
  target: Target,
): Promise<readonly Result[]> {
  if (change.patch.active === false && (await isOffMeanwhile(change, target)))
    return [skippedBecause(change, { code: "by-hand-meanwhile" })];
  return switchUserOff(change, target);
}

async function isOffMeanwhile({ id }: { readonly id: TargetId }, target: Target): Promise<boolean> {
  try {
    const user = await target.user(id);
    return user !== undefined && isOffByHand(user);
  } catch (error) {
    // Of whom AWS does not show, nothing else is known than was read before.
    if (!isOfOneRequest(error)) throw error;
    return false;
  }
}

// ---------------------------------------------------------------- deletions

/** Read just before: still marked, disabled, and in no group of ours. Whoever restores a user takes the mark away first. */
async function deleteUser(
  change: Extract<Change, { kind: "user.delete" }>,
  target: Target,
): Promise<readonly Result[]> {
  const user = await target.user(change.id);
  if (user === undefined) return done(change);
  if (userClaim(user.externalId).kind !== "marked" || user.active) {
    return [skippedBecause(change, { code: "marked-no-more" })];
  }
  if (await isInOurs(change.id, target)) return [skippedBecause(change, { code: "still-member" })];
  await target.deleteUser(change.id);
  return done(change);
}

async function isInOurs(user: TargetId, target: Target): Promise<boolean> {
  for (const id of await target.groupsOf(user)) {
    const group = await target.group(id);
    if (group !== undefined && isOurGroup(group)) return true;
  }
  return false;
}

async function deleteGroup(
  change: Extract<Change, { kind: "group.delete" }>,
  target: Target,
): Promise<readonly Result[]> {
  const group = await target.group(change.id);
  if (group === undefined) return done(change);
  if (groupClaim(group.externalId).kind !== "marked") {
    return [skippedBecause(change, { code: "marked-no-more" })];
  }
  if (await hasMembers(change.id, target)) {
    return [skippedBecause(change, { code: "has-members" })];
  }
  await target.deleteGroup(change.id);
  return done(change);
}

async function hasMembers(group: TargetId, { reader }: Target): Promise<boolean> {
  for await (const page of reader.members(group, new AbortController().signal))
    if (page.length > 0) return true;
  return false;
}
