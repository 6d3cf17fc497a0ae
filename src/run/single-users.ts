/** Where AWS has too many users to be listed every minute, it is asked for single ones. */
import { TargetError, isOfOneRequest } from "../aws/errors.ts";
import { offToday } from "../core/leavers.ts";
import { mark, sourceOf, suspendedMark, userClaim } from "../core/mark.ts";
import type { ExistingUser, ExistingUsers, SourceId, SourceUsers } from "../core/model.ts";
import type { Config } from "../settings/config.ts";
import { askEach } from "./asking.ts";
import { isTrouble } from "./day.ts";
import { utcDay } from "./looking.ts";
import type { Run } from "./proposal.ts";

/** A fifth of the minute after which leavers are looked for again: others share the quota. */
const LISTING_SECONDS = 12;
const ASKING_MS = 20_000;

/** So many pages of users may be read each time; what AWS has beyond them is asked for one by one. */
export const pagesToList = ({ awsRead, rates }: Pick<Config, "awsRead" | "rates">): number =>
  LISTING_SECONDS * (awsRead === "scim" ? rates.scim : rates.identityStore);

/** Those who are not listed, and what kept others from being found. */
interface Singles {
  readonly found: readonly ExistingUser[];
  readonly unshown: readonly TargetError[];
}

/**
 * Those who are not listed, and left within the day: as many as can be asked for in 20 seconds, the newest first. Where
 * the tally cannot be used, with those marked today, who are counted instead.
 */
export async function singleUsers(
  { users: listed, all }: ExistingUsers & { readonly all: boolean },
  source: SourceUsers,
  deleted: ReadonlyMap<SourceId, string>,
  run: Run,
): Promise<Singles> {
  const { config, now, day: today } = run;
  if (all || !config.rules.manage.users) return { found: [], unshown: [] };
  const known = new Set(listed.map(({ externalId }) => sourceOf(userClaim(externalId))));
  const wanted = offToday(source, deleted, now.toISOString()).filter((id) => !known.has(id));
  const { found, unshown } = await askedFor(wanted, run);
  if (found.length === 0 || !isTrouble(await today.spent())) return { found, unshown };
  const there = new Set(found.map(({ externalId }) => externalId));
  const marks = wanted
    .filter((id) => !there.has(id))
    .flatMap((externalId) => [suspendedMark(externalId, utcDay(run)), mark({ externalId }, utcDay(run))]);
  const marked = await askedFor(marks, run);
  return { found: [...found, ...marked.found], unshown: [...unshown, ...marked.unshown] };
}

async function askedFor(
  externalIds: readonly string[],
  { world, deadline }: Pick<Run, "world" | "deadline">,
): Promise<Singles> {
  // Half of the time is for asking.
  const end = performance.now() + 2 * ASKING_MS;
  const answers = askEach(externalIds, {
    ask: (id) => world.target.findUser("externalId", id).catch(troubleOf),
    silent: (answer) => answer instanceof TargetError && (answer.status ?? 500) >= 500,
    timeLeftMs: () => Math.min(deadline.timeLeftMs(), end - performance.now()),
  });
  const found: ExistingUser[] = [];
  const unshown: TargetError[] = [];
  let isAnswered = false;
  for await (const asked of answers) {
    const answer = "answer" in asked ? asked.answer : "like" in asked ? asked.like : undefined;
    if (answer instanceof TargetError) unshown.push(answer);
    else if ("answer" in asked) isAnswered = true;
    if (answer !== undefined && !(answer instanceof TargetError)) found.push(answer);
  }
  const [first] = unshown;
  if (!isAnswered && first !== undefined) throw first;
  return { found, unshown };
}

/** Whom AWS does not show keeps nobody else in. */
function troubleOf(error: unknown): TargetError {
  if (!isOfOneRequest(error)) throw error;
  return error;
}
