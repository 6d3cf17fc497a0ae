/** Where AWS has too many users to be listed every minute, it is asked for single ones. */
import { TargetError, TokenError } from "../aws/errors.ts";
import { offToday } from "../core/leavers.ts";
import { sourceOf, userClaim } from "../core/mark.ts";
import type { ExistingUser, ExistingUsers, SourceId, SourceUsers } from "../core/model.ts";
import type { Config } from "../settings/config.ts";
import { askEach } from "./asking.ts";
import type { Run } from "./proposal.ts";

/** A fifth of the minute after which leavers are looked for again: others share the quota. */
const LISTING_SECONDS = 12;
const ASKING_MS = 20_000;

/** So many pages of users may be read each time; what AWS has beyond them is asked for one by one. */
export const pagesToList = ({ awsRead, rates }: Config): number =>
  LISTING_SECONDS * (awsRead === "scim" ? rates.scim : rates.identityStore);

/** Those who are not listed, and left within the day: as many as can be asked for in 20 seconds, the newest first. */
export async function singleUsers(
  { users: listed }: ExistingUsers,
  source: SourceUsers,
  deleted: ReadonlyMap<SourceId, string>,
  { world, config, deadline, now }: Run,
): Promise<readonly ExistingUser[]> {
  if (!config.rules.manage.users) return [];
  const known = new Set(listed.map(({ externalId }) => sourceOf(userClaim(externalId))));
  const wanted = offToday(source, deleted, now.toISOString()).filter((id) => !known.has(id));
  // Half of the time is for asking.
  const end = performance.now() + 2 * ASKING_MS;
  const answers = askEach(wanted, {
    ask: (id) => world.target.findUser("externalId", id).catch(troubleOf),
    silent: (answer) => answer instanceof TargetError && (answer.status ?? 500) >= 500,
    timeLeftMs: () => Math.min(deadline.timeLeftMs(), end - performance.now()),
  });
  const found: ExistingUser[] = [];
  let [isAnswered, last] = [false, undefined as TargetError | undefined];
  for await (const asked of answers) {
    if (!("answer" in asked)) continue;
    const { answer } = asked;
    if (answer instanceof TargetError) last = answer;
    else isAnswered = true;
    if (answer !== undefined && !(answer instanceof TargetError)) found.push(answer);
  }
  if (!isAnswered && last !== undefined) throw last;
  return found;
}

/** Whom AWS does not show keeps nobody else in. */
function troubleOf(error: unknown): TargetError {
  if (!(error instanceof TargetError) || error instanceof TokenError) throw error;
  return error;
}
