import { NOTHING_ASKED } from "../core/carries.ts";
import { sourceOf, userClaim } from "../core/mark.ts";
import type { ExistingUsers, SourceUsers } from "../core/model.ts";
import type { Trouble } from "../core/trouble.ts";
import { SourceError } from "../google/errors.ts";
import type { Deleted } from "../google/witness.ts";
import { EVERYTHING } from "./admission.ts";
import { leave } from "./leavers.ts";
import type { Proposal, Run } from "./proposal.ts";
import { rememberingLooks, situationOf } from "./situation.ts";
import type { Sides } from "./situation.ts";
import { pagesToList, singleUsers } from "./single-users.ts";
import type { Stopwatch } from "./summary.ts";

/** The first step by itself: nothing about groups can stop it, nor does a listing of users that fails. */
export async function proposeLeavers(given: Run, watch: Stopwatch): Promise<Proposal> {
  const run = rememberingLooks(given);
  const { config, world, now } = run;
  const { source, existing, unlisted, unshown, left } = await watch.time("read", () => readBothUsers(run));
  const sides: Sides = {
    source: {
      ...{ ...source, matched: "none", groups: [], members: new Map(), outside: new Set() },
      // That nobody could be listed is told once, and not of each.
      ...(source.users.length === 0 ? { unread: new Map() } : {}),
    },
    existing: { ...existing, groups: [] },
  };
  const plan = { skips: [], waiting: [], strangers: [], users: new Map(), groups: new Map() };
  return {
    ...{ config, region: world.region, ...sides, verdict: { kind: "free" }, refusedPlan: undefined },
    situation: situationOf(sides, config.rules, now, new Set()),
    plan: { ...plan, steps: left.changes.length === 0 ? [] : [left.changes] },
    ...{ rest: { ...plan, steps: [] }, leavers: left.disable, admission: EVERYTHING, stale: [] },
    ...{ held: left.held, waiting: left.waiting, approved: [], unasked: left.unasked },
    ...{ carries: NOTHING_ASKED, uncounted: left.uncounted, unlisted, unshown },
  };
}

async function readBothUsers(run: Run) {
  const [{ users, deleted: answer }, listed] = await Promise.all([
    listings(run),
    run.world.readExisting().then((reading) => reading.firstUsers(pagesToList(run.config))),
  ]);
  const unlisted = [users, answer].find((one) => one instanceof SourceError);
  const deleted: Deleted = answer instanceof SourceError ? new Map() : answer;
  const people = users instanceof SourceError ? NOBODY : withoutDeleted(users, deleted);
  const { found, unshown } = await singleUsers(listed, people, deleted, run);
  const existing = { users: [...listed.users, ...found], unread: listed.unread };
  const source = users instanceof SourceError ? onlyDeleted(deleted, existing, users) : people;
  return { source, existing, unlisted, unshown, left: await leave(run, source, existing) };
}

const NOBODY: SourceUsers = { users: [], unread: new Map() };

interface Listings {
  readonly users: SourceUsers | SourceError;
  readonly deleted: Deleted | SourceError;
}

/** One that fails stops only what rests on it; both, and nobody could be found. */
async function listings({ world }: Run): Promise<Listings> {
  const [users, deleted] = await Promise.all([
    world.readAccounts().catch(sourceError),
    world.witness.deletedUsers().catch(sourceError),
  ]);
  if (users instanceof SourceError && deleted instanceof SourceError) throw users;
  return { users, deleted };
}

function sourceError(error: unknown): SourceError {
  if (!(error instanceof SourceError)) throw error;
  return error;
}

/** Whoever is deleted is looked at, though a stale listing has them still, understood or not. */
const withoutDeleted = ({ users, unread }: SourceUsers, deleted: Deleted): SourceUsers => ({
  users: users.filter(({ id }) => !deleted.has(id)),
  unread: new Map([...unread].filter(([id]) => !deleted.has(id))),
});

/** Nothing is known but who is deleted. */
function onlyDeleted(deleted: Deleted, { users }: ExistingUsers, why: Trouble): SourceUsers {
  const others = users.flatMap(({ externalId, userName }) => {
    const id = sourceOf(userClaim(externalId));
    const unread = { kind: "user", email: userName, why: why.why, todo: why.todo } as const;
    return id === undefined || deleted.has(id) ? [] : [[id, unread] as const];
  });
  return { users: [], unread: new Map(others) };
}
