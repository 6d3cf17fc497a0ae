import type { Existing, ExistingGroup, ExistingUser, ExistingUsers, TargetId } from "../core/model.ts";
import { remembered } from "../core/remembered.ts";
import { pool } from "../traffic/pool.ts";
import { AbsentError, ExistingError, isAboutOne } from "./errors.ts";
import { isUsable } from "./ids.ts";
import { type Odd, refusing, uniqueById } from "./odd.ts";

export type GroupFacts = Omit<ExistingGroup, "members">;

/** Reads one target piece by piece. What is odd about one object is noted, and it is listed as far as it is known. */
export interface Reader {
  users(signal: AbortSignal, odd: Odd): AsyncIterable<readonly ExistingUser[]>;
  groups(signal: AbortSignal, odd: Odd): AsyncIterable<readonly GroupFacts[]>;
  /** Throws an `AbsentError` where the group is not there any more and the service says so. */
  members(group: TargetId, signal: AbortSignal): AsyncIterable<readonly TargetId[]>;
  /** The groups that a user is in; a user who is gone meanwhile is in none. */
  groupsOf(user: TargetId, signal: AbortSignal): AsyncIterable<readonly TargetId[]>;
}

/** How far a reading is; `groupsRead` counts the groups whose members are known. */
export interface Reading {
  readonly users: number;
  readonly groups: number;
  readonly groupsRead: number;
}

interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((at: Reading) => void) | undefined;
  /** Told, in one sentence, which way round memberships are read, and why. */
  readonly debug?: ((sentence: string) => void) | undefined;
}

/** Memberships asked for at the same time, by one reader; the pace is what limits the speed. */
const IN_FLIGHT = 10;

/** The reading of AWS: users first, for whoever needs no more. */
export interface ExistingReading {
  /** Listed once. */
  readonly users: () => Promise<ExistingUsers>;
  /** The same without what comes after so many pages; `all` says whether nothing does. Listed each time. */
  readonly firstUsers: (pages: number) => Promise<ExistingUsers & { readonly all: boolean }>;
  /** Everything. What keeps groups from being read does not stop the list of users. */
  readonly whole: () => Promise<Existing>;
}

/**
 * Reads AWS, or throws: a list that fails is no shorter list, one object that is not shown is unread. Users and groups come from the
 * first reader, memberships from all of them, whoever is free next, so that two services share the work.
 */
export function existingReading(
  readers: readonly [Reader, ...Reader[]],
  { signal, progress, debug = () => undefined }: ReadOptions = {},
): ExistingReading {
  const failed = new AbortController();
  const always = signal ?? new AbortController().signal;
  const stop = AbortSignal.any([always, failed.signal]);
  const at = { users: 0, groups: 0, groupsRead: 0 };
  const tell = (news: Partial<Reading>) => progress?.(Object.assign(at, news));
  const [first] = readers;
  const odd: Odd = new Map();
  const counted = counter();
  const usersTold = (count: number) => {
    counted.set(count);
    tell({ users: count });
  };
  const listedUsers = remembered<void, Promise<readonly ExistingUser[]>>(async () =>
    uniqueById(await collect(first.users(always, odd), usersTold), "user", odd),
  );
  const whole = async (): Promise<Existing> => {
    // The groups are asked for first: everything else waits for them.
    const listed = collect(first.groups(stop, odd), (count) => tell({ groups: count }));
    const everybody = listedUsers();
    const { reaches } = counted;
    const groups = listed.then((facts) =>
      withMembers({
        ...{ readers, users: everybody, groups: uniqueById(facts, "group", odd), odd, reaches },
        ...{ signal: stop, tell, debug },
      }),
    );
    try {
      const [allUsers, allGroups] = await Promise.all([everybody, groups]);
      return { users: allUsers, groups: allGroups, unread: odd };
    } catch (error) {
      // Asking about groups would go on for nothing.
      failed.abort(error);
      await Promise.allSettled([groups]);
      throw error;
    }
  };
  const firstUsers = async (pages: number) => {
    const { rows, all } = await readAtMost(first.users(always, odd), pages);
    debug(all ? "all users of AWS are read" : `AWS has more users than there are on ${pages} pages`);
    return { users: uniqueById(rows, "user", odd), unread: odd, all };
  };
  return { users: async () => ({ users: await listedUsers(), unread: odd }), firstUsers, whole };
}

/** `reaches` resolves as soon as so many have been counted, which may be never. */
function counter() {
  let count = 0;
  let look = (): void => undefined;
  return {
    set: (soFar: number): void => {
      count = soFar;
      look();
    },
    reaches: (wanted: number): Promise<true> =>
      new Promise((resolve) => {
        look = () => {
          if (count >= wanted) resolve(true);
        };
        look();
      }),
  };
}

interface Memberships {
  readonly readers: readonly [Reader, ...Reader[]];
  readonly users: Promise<readonly ExistingUser[]>;
  readonly groups: readonly GroupFacts[];
  readonly odd: Odd;
  /** Resolves as soon as so many users are known. */
  readonly reaches: (users: number) => Promise<true>;
  readonly signal: AbortSignal;
  readonly tell: (news: Partial<Reading>) => void;
  readonly debug: (sentence: string) => void;
}

/** Each group is at least one request, and so is each user: the fewer of them are asked about. */
async function withMembers(work: Memberships): Promise<readonly ExistingGroup[]> {
  const { groups, users, reaches, debug } = work;
  // When the list of users fails, this answer does not come; the list's own error does.
  const many = await Promise.race([reaches(groups.length), users.then((all) => all.length >= groups.length)]);
  if (many) {
    debug(`memberships are read group by group: ${groups.length} groups, and at least as many users`);
    return byGroup(work);
  }
  const all = await users;
  debug(`memberships are read user by user: ${all.length} users, ${groups.length} groups`);
  const found = await byUser(work, all);
  if (found !== undefined) return found;
  debug(
    "AWS does not allow identitystore:ListGroupMembershipsForMember: memberships are read group by group",
  );
  return byGroup(work);
}

async function byGroup(work: Memberships): Promise<ExistingGroup[]> {
  const { readers, groups, odd, signal, tell } = work;
  const read: ExistingGroup[] = [];
  // The same id is one text in memory, however many pages it came in.
  const same = remembered((id: TargetId) => id);
  const refusals = refusing();
  let done = 0;
  await shared(readers, groups.entries(), async (reader, [index, group]) => {
    const ask = () => unlessGone(collect(reader.members(group.id, signal)));
    const members = isUsable(group.id) ? await refusals.orNoted(group.id, odd, ask) : [];
    if (members !== undefined) read[index] = { ...group, members: new Set(members.map(same)) };
    tell({ groupsRead: (done += 1) });
  });
  refusals.check();
  // Without the places of those who are gone.
  return read.filter(() => true);
}

/** `undefined` for what was deleted since it was listed. */
async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AbsentError) return undefined;
    throw error;
  }
}

/** `undefined` when AWS does not allow it, of anybody: reading by group needs only the rights to list. */
async function byUser(
  { readers, groups, signal, tell }: Memberships,
  users: readonly ExistingUser[],
): Promise<readonly ExistingGroup[] | undefined> {
  const read = groups.map((group) => ({ ...group, members: new Set<TargetId>() }));
  const members = new Map(read.map((group) => [group.id, group.members]));
  let isRefused = false;
  const ask = async (reader: Reader, { id }: ExistingUser): Promise<void> => {
    try {
      for (const group of await collect(reader.groupsOf(id, signal))) members.get(group)?.add(id);
    } catch (error) {
      if (!isAboutOne(error)) throw error;
      isRefused = true;
    }
  };
  const left = users.values().filter(({ id }) => isUsable(id));
  const { value: probe } = left.next();
  if (probe !== undefined) await ask(readers[0], probe);
  await shared(
    readers,
    left.filter(() => !isRefused),
    ask,
  );
  if (isRefused) return undefined;
  tell({ groupsRead: groups.length });
  return read;
}

/** Shares the tasks among the readers, whoever is free next. */
async function shared<T>(
  readers: readonly Reader[],
  tasks: Iterator<T, undefined>,
  perform: (reader: Reader, task: T) => Promise<void>,
): Promise<void> {
  const pools = readers.map((reader) =>
    pool({
      next: () => tasks.next().value,
      perform: (task) => perform(reader, task),
      width: IN_FLIGHT,
    }),
  );
  for (const { enough } of pools) enough();
  await Promise.all(pools.map(({ over }) => over));
}

async function collect<T>(
  pages: AsyncIterable<readonly T[]>,
  progress?: (count: number) => void,
): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) {
    for (const one of page) all.push(one);
    progress?.(all.length);
  }
  return all;
}

/** One page more than that shows that there are others, and is not thrown away. */
async function readAtMost<T>(pages: AsyncIterable<readonly T[]>, most: number) {
  const rows: T[] = [];
  let read = 0;
  for await (const page of pages) {
    rows.push(...page);
    if ((read += 1) > most) return { rows, all: false };
  }
  return { rows, all: true };
}

/** Follows pages; a mark that comes back would mean an endless walk, or one that leaves people out. */
export function refuseRepeats(list: string): (mark: string | undefined) => void {
  const seen = new Set<string>();
  return (mark) => {
    if (mark === undefined || mark === "") return;
    if (seen.has(mark))
      throw new ExistingError({
        why: `AWS sent a page of the list of ${list} twice, so the list cannot be read completely`,
        todo: "run again, and if it happens again, tell AWS Support",
      });
    seen.add(mark);
  };
}

/** A moment in whole seconds (ISO 8601), the finest that both of AWS's interfaces give; `""` when it is none. */
export function wholeSeconds(moment: Date | string | null | undefined): string {
  const date = new Date(moment ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? "" : `${date.toISOString().slice(0, 19)}Z`;
}
