/** Companies whose people have been in AWS for years, and a table that remembers their day. */
import { onTestFinished, vi } from "vitest";
import { useTables } from "../dynalite/server.ts";
import { at } from "../emulator/fill.ts";
import { crowd } from "./company.ts";
import { journey } from "./journey.ts";
import type { Beginning, Journey } from "./journey.ts";

export type Told = Awaited<ReturnType<Journey["run"]>>;

/** So many people, who have all been in AWS for years. */
export const company = (count: number, groups: Record<string, readonly string[]> = {}): Beginning => ({
  ...{ company: crowd(count, groups), emulator: { pageSize: "vendor" } },
});

/** The same with a table that remembers the day. */
export async function remembering(
  count: number,
  settings: Record<string, string> = {},
  groups: Record<string, readonly string[]> = {},
) {
  const tables = await useTables();
  const j = await journey({ settings: { ...tables.environment, ...settings }, ...company(count, groups) });
  return { j, tables };
}

/** `removals aws-team`, sorted. */
export const waitingIn = ({ approvals }: Pick<Told, "approvals">): readonly string[] =>
  approvals.map(({ kind, subject }) => `${kind} ${subject}`).toSorted();

export const approving = ({ approvals }: Told, kind?: string) => ({
  action: "sync",
  approve: approvals.filter((one) => kind === undefined || one.kind === kind).map(({ id }) => id),
});

/** User names. */
export const disabled = ({ aws }: Journey): readonly string[] =>
  aws.users.flatMap((user) => (user.active ? [] : [user.userName])).toSorted();

export const leaveScope = ({ google }: Journey, names: readonly string[], group = "aws-all"): void => {
  for (const name of names) google.removeMember(at(group), at(name));
};

/** The day that long ago, as a mark has it. */
export const daysAgo = (days: number): string =>
  new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** As if the user or the group had been revoked that long ago. */
export function backdate({ aws }: Journey, name: string, days: number): void {
  const one = aws.findGroup(name) ?? aws.user(name);
  one.externalId = (one.externalId ?? "").replace(/\d{4}-\d\d-\d\d/, daysAgo(days));
}

/** Stops the clock alone until the test is over: whatever waits, waits for real. Answers what moves it on. */
export function stopClock(at: string | number = Date.now()): (hours: number) => void {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(at) });
  onTestFinished(() => void vi.useRealTimers());
  return (hours) => void vi.setSystemTime(Date.now() + hours * 3_600_000);
}

export const join = ({ google }: Journey, names: readonly string[], group: string): void => {
  for (const name of names) google.addMember(at(group), at(name));
};
