import type { Existing, ExistingGroup, ExistingUser, TargetId } from "../core/model.ts";
import { ExistingError } from "./errors.ts";

export type GroupFacts = Omit<ExistingGroup, "members">;

/** Reads one target piece by piece; every failure ends the reading. */
export interface Reader {
  users(signal: AbortSignal): AsyncIterable<readonly ExistingUser[]>;
  groups(signal: AbortSignal): AsyncIterable<readonly GroupFacts[]>;
  members(group: TargetId, signal: AbortSignal): AsyncIterable<readonly TargetId[]>;
}

/** How far a reading is; `groupsRead` counts the groups whose members are known. */
export interface Reading {
  readonly users: number;
  readonly groups: number;
  readonly groupsRead: number;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((at: Reading) => void) | undefined;
}

/** Groups whose members are asked for at the same time, by one reader; the pace is what limits the speed. */
const IN_FLIGHT = 20;

/**
 * Reads the target whole, or throws. Users and groups come from the first reader, members from all of them,
 * whoever is free next, so that two services share the work.
 */
export async function readExisting(
  readers: readonly [Reader, ...Reader[]],
  { signal, progress }: ReadOptions = {},
): Promise<Existing> {
  const failed = new AbortController();
  const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const at = { users: 0, groups: 0, groupsRead: 0 };
  const tell = (news: Partial<Reading>) => progress?.(Object.assign(at, news));
  const [first] = readers;
  const users = collect(first.users(stop), (count) => tell({ users: count }));
  const groups = collect(first.groups(stop), (count) => tell({ groups: count })).then((facts) =>
    withMembers(readers, facts, stop, (count) => tell({ groupsRead: count })),
  );
  try {
    const [allUsers, allGroups] = await Promise.all([users, groups]);
    return { users: once(allUsers, "user"), groups: once(allGroups, "group") };
  } catch (error) {
    // The other half would go on asking for nothing.
    failed.abort(error);
    await Promise.allSettled([users, groups]);
    throw error;
  }
}

async function withMembers(
  readers: readonly Reader[],
  groups: readonly GroupFacts[],
  signal: AbortSignal,
  progress: (groupsRead: number) => void,
): Promise<ExistingGroup[]> {
  const read: ExistingGroup[] = [];
  const left = groups.entries();
  let done = 0;
  const worker = async (reader: Reader) => {
    for (const [index, group] of left) {
      read[index] = { ...group, members: new Set(await collect(reader.members(group.id, signal))) };
      progress((done += 1));
    }
  };
  // In turns, so that a few groups are shared as well.
  await Promise.all(Array.from({ length: IN_FLIGHT }, () => readers.map(worker)).flat());
  return read;
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

/** A page may be cut anew while objects come and go: the same object twice is one object. */
function once<T extends { readonly id: TargetId }>(all: readonly T[], kind: string): T[] {
  if (all.some((one) => one.id === ""))
    throw new ExistingError(`AWS listed a ${kind} without an id; run again.`);
  return [...new Map(all.map((one) => [one.id, one])).values()];
}

/** Follows pages; a mark that comes back would mean an endless walk, or one that leaves people out. */
export function refuseRepeats(list: string): (mark: string | undefined) => void {
  const seen = new Set<string>();
  return (mark) => {
    if (mark === undefined || mark === "") return;
    if (seen.has(mark))
      throw new ExistingError(
        `AWS answered the list of ${list} with a page that it had sent already, so the list cannot be read whole; run again, and if it stays so, tell AWS Support.`,
      );
    seen.add(mark);
  };
}

/** A moment in whole seconds (ISO 8601), the finest that both of AWS's interfaces give; `""` when it is none. */
export function wholeSeconds(moment: Date | string | null | undefined): string {
  const date = new Date(moment ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? "" : `${date.toISOString().slice(0, 19)}Z`;
}
