import { KINDS, isRetirement, objectIdOf } from "./change.ts";
import type { Change } from "./change.ts";
import { describe } from "./words.ts";
import { dueDay } from "./mark.ts";
import { day } from "./model.ts";
import type { Day, Rules, SourceId, TargetId } from "./model.ts";

/** One planned change as a sentence: what, what differs, why; a revocation says when the deletion follows. */
export function changeSentence(change: Change, today: Day, rules: Rules): string {
  const { action, reason } = describe(change);
  const { before, after } = describe(change).detail;
  const parts = Object.entries(after ?? {}).map(([name, value]) =>
    before === undefined
      ? `${name} ${JSON.stringify(value)}`
      : `${name} from ${JSON.stringify(before[name] ?? "")} to ${JSON.stringify(value)}`,
  );
  const what = parts.length === 0 ? "" : `, ${parts.join(", ")}`;
  const deleted = isRetirement(change) ? deletion(today, rules) : "";
  return `${action}${what}: ${reason}${deleted}.`;
}

/** `; it is deleted on the first run from 2026-04-09 on` */
export function deletion(since: Day, rules: Rules): string {
  const due = dueDay(day(since), rules);
  return due === undefined
    ? "; it is kept for ever (DELETE_GRACE_DAYS=never)"
    : `; it is deleted on the first run from ${due} on, unless it is asked for again by then`;
}

/** Whether a change is about this very object, memberships left out. */
export function isAbout(
  change: Change,
  { source, target }: { readonly source: SourceId | undefined; readonly target: TargetId | undefined },
): boolean {
  const id = objectIdOf(change);
  return KINDS[change.kind].of !== "membership" && (id === source || id === target);
}
