/** Patches: one request, and what a refusal of it means. */
import { GROUP_ATTRIBUTES, USER_ATTRIBUTES, difference } from "../core/attributes.ts";
import type { Attributes, Patch } from "../core/attributes.ts";
import { hasFact } from "../core/change.ts";
import type { Change } from "../core/change.ts";
import { done, isRefusal } from "./outcome.ts";
import type { Result, Target } from "./outcome.ts";

type Patched = Extract<Change, { readonly patch: object }>;

/** The request that a patch is. */
const sendPatch = (change: Patched, target: Target, attempts?: number): Promise<void> =>
  hasFact(change, "of", "user")
    ? target.patchUser(change.id, change.patch, attempts)
    : target.patchGroup(change.id, change.patch);

/** How the object of a patch is now. */
async function stateOf(change: Patched, target: Target): Promise<"gone" | "as wanted" | "otherwise"> {
  if (hasFact(change, "of", "user"))
    return compared(USER_ATTRIBUTES, change.patch, await target.user(change.id));
  return compared(GROUP_ATTRIBUTES, change.patch, await target.group(change.id));
}

function compared<T extends Attributes>(attributes: T, patch: Patch<T>, now: Patch<T> | undefined) {
  if (now === undefined) return "gone";
  return Object.keys(difference(attributes, patch, now)).length === 0 ? "as wanted" : "otherwise";
}

const TRIES = 3;

/**
 * Somebody else may have deleted the object meanwhile, or be at work on it: then its access is gone too, if it really
 * is, and otherwise a conflict is not the last word.
 */
export async function takenAway(
  change: Patched,
  target: Target,
  attempts?: number,
): Promise<readonly Result[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      await sendPatch(change, target, attempts);
      return done(change);
    } catch (error) {
      if (!isRefusal(error, 404, 409)) throw error;
      if ((await stateOf(change, target)) !== "otherwise") return done(change);
      if (error.status === 404 || tries === TRIES) throw error;
    }
  }
}

/** Another run may have written the same: a conflict with oneself is none, if it really is as wanted. */
export async function unlessSo(change: Patched, target: Target): Promise<readonly Result[]> {
  try {
    await sendPatch(change, target);
  } catch (error) {
    if (!isRefusal(error, 409) || (await stateOf(change, target)) !== "as wanted") throw error;
  }
  return done(change);
}
