/** Whoever may have left is looked at one by one, for no listing is proof. */
import type { Room } from "../core/room.ts";
import type { Look, Suspect } from "../core/leavers.ts";
import { isForgotten } from "../core/mark.ts";
import { day } from "../core/model.ts";
import type { Day } from "../core/model.ts";
import { inOrderOf } from "../core/ref.ts";
import { askEach } from "./asking.ts";
import type { Asked } from "./asking.ts";
import type { Trouble } from "../core/trouble.ts";
import type { Run } from "./proposal.ts";

/** Somebody who may have left, and what their account says. */
export type Seen = Suspect & { readonly look: Look | "no time" };

/** Looks at each; once the budget is clearly spent, only at those `free` says count in none; of the others, why not. By user name. */
export async function lookAtEach(
  asked: readonly Suspect[],
  { spent, allows }: Room,
  free: (suspect: Suspect) => boolean,
  run: Run,
  notAsked: Trouble,
): Promise<readonly Seen[]> {
  const { witness } = run.world;
  const seen: Seen[] = [];
  // However much is spent: one who is known to have left tells that somebody waits.
  let leaving = Math.min(spent, allows);
  const ask = async ({ id }: Suspect) => witness.userById(id);
  const silent = (answer: Awaited<ReturnType<typeof ask>>): boolean =>
    answer.state === "unsure" && answer.silent === true;
  const enough = (suspect: Suspect): boolean => leaving > allows && !free(suspect);
  const asking = { ask, silent, enough, timeLeftMs: run.deadline.timeLeftMs };
  for await (const one of askEach(asked, asking)) {
    const look = lookOf(one, utcDay(run), notAsked);
    if (isLeaving({ look }) && !free(one.task)) leaving += 1;
    seen.push({ ...one.task, look });
  }
  return inOrderOf(seen, ({ user }) => user.userName);
}

export const isLeaving = ({ look }: Pick<Seen, "look">): boolean =>
  look !== "no time" && look.says === "leaver";

export const utcDay = ({ now }: Run): Day => day(now.toISOString());

type Answered = Awaited<ReturnType<Run["world"]["witness"]["userById"]>>;

function lookOf(one: Asked<Suspect, Answered>, today: Day, notAsked: Trouble): Look | "no time" {
  if ("not" in one && one.not === "time") return "no time";
  if ("not" in one && one.not === "enough") return { says: "unsure", trouble: notAsked };
  const answer = "not" in one ? one.like : one.answer;
  const isGone = answer.state === "unsure" && answer.hidden && isForgotten(one.task.user, today);
  if (answer.state === "gone" || isGone) return { says: "leaver", cause: "gone" };
  if (answer.state === "unsure" && answer.off !== undefined) return { says: "leaver", cause: answer.off };
  if (answer.state === "unsure") return { says: "unsure", trouble: { why: answer.why, todo: answer.todo } };
  return answer.user.state === "active"
    ? { says: "active", account: answer.user }
    : { says: "leaver", cause: answer.user.state };
}
