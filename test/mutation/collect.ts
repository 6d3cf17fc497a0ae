/**
 * Stands for vitest in the tests of a mutation run: tests are collected, and can then be called again and again in one
 * process. What they expect, and the clock, is still vitest's own.
 */
import { expect, vi } from "vitest";

export { expect, vi };

export interface Trial {
  readonly name: string;
  readonly call: () => unknown;
}

type Body = (...row: readonly never[]) => unknown;
type Cleanup = () => unknown;

const trials: Trial[] = [];
let path: string[] = [];
let cleanups: Cleanup[] = [];

export const collected = (): readonly Trial[] => trials;

/** Tests are known by their file too: names need not be unique among files. */
export const begin = (file: string): void => {
  path = [file];
};

export const onTestFinished = (cleanup: Cleanup): void => void cleanups.push(cleanup);

/** Runs a test and whatever it wants done after it; rejects as the test does. */
export async function call(trial: Trial): Promise<void> {
  cleanups = [];
  try {
    await trial.call();
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  }
}

const rowsOf = (table: readonly unknown[]): readonly (readonly never[])[] =>
  table.map((row) => (Array.isArray(row) ? row : [row]) as unknown as readonly never[]);

/** Names are not filled in from rows, and must tell the rows apart. */
const named = (name: string, row: readonly never[]): string =>
  row.length === 0 ? name : `${name} #${trials.length}`;

function add(name: string, body: Body, row: readonly never[] = []): void {
  trials.push({ name: [...path, named(name, row)].join(" > "), call: () => body(...row) });
}

function within(name: string, body: Body, row: readonly never[] = []): void {
  path.push(named(name, row));
  body(...row);
  path.pop();
}

/** Tags say nothing here: every test is tried. */
type Told = readonly [Body] | readonly [options: object, body: Body];
const bodyOf = (told: Told): Body => (told.length === 1 ? told[0] : told[1]);

const each =
  (one: typeof add) =>
  (table: readonly unknown[]) =>
  (name: string, ...told: Told) => {
    for (const row of rowsOf(table)) one(name, bodyOf(told), row);
  };

const standIn = (one: typeof add) =>
  Object.assign((name: string, ...told: Told) => one(name, bodyOf(told)), { each: each(one) });

export const test = standIn(add);
export const it = test;
export const describe = standIn(within);
