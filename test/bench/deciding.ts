/**
 * Deciding alone, from values to a plan that has passed the limits, for a company of any size. Run as a program it
 * measures itself and tells its parent; memory and CPU time include making the values and Node itself.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import type { Existing, Source, SourceId } from "../../src/core/model.ts";
import { sourceId, targetId } from "../../src/core/model.ts";
import { NO_HOLDS, plan } from "../../src/core/plan.ts";
import type { Plan } from "../../src/core/plan.ts";
import { judge } from "../../src/core/upheaval.ts";
import { scope } from "../../src/core/scope.ts";
import { NOTHING_ASKED } from "../../src/core/carries.ts";
import { reasonText } from "../../src/core/words.ts";
import { digest } from "../../src/run/digest.ts";
import { rules } from "../core/world.ts";

export interface Size {
  readonly users: number;
  readonly groups: number;
  readonly memberships: number;
}

export const RULES = rules({
  limits: {
    leavers: { share: 0.2, count: 20, ceiling: 500 },
    users: { share: 0.1, count: 10, ceiling: 200 },
    groups: { share: 0.1, count: 2, ceiling: 25 },
    memberships: { share: 0.1, count: 50, ceiling: 2_000 },
    newGroups: { share: 0.1, count: 50, ceiling: undefined },
    growth: { share: 0.5, count: 20, ceiling: undefined },
    shrink: { share: 0.5, count: 20, ceiling: undefined },
  },
});

/** Each text once in memory, as the readers hand them over. */
function remembered<T>(make: (n: number) => T): (n: number) => T {
  const made: T[] = [];
  return (n) => (made[n] ??= make(n));
}

const userId = remembered((n) => sourceId(`1${String(n).padStart(20, "0")}`));
const targetOf = remembered((n) =>
  targetId(`90676e33f1-${n.toString(16).padStart(8, "0")}-70e1-4c1b-9f2a-3d5e8f7a6b4c`),
);
const address = remembered((n) => `user-${n}@example.com`);
const groupId = (n: number): SourceId => sourceId(`0${n.toString(36).padStart(14, "0")}`);
const membersOf = (g: number, { users, groups, memberships }: Size): readonly number[] =>
  Array.from({ length: Math.floor(memberships / groups) }, (_, n) => (g * 7919 + n) % users);
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

/** Flat groups of one size, whose members overlap. */
export function sourceOf(size: Size): Source {
  const groups = numbers(size.groups).map((g) => ({
    id: groupId(g),
    email: `aws-${g}@example.com`,
    aliases: [],
    name: `aws-${g}`,
    adminCreated: true,
  }));
  return {
    users: numbers(size.users).map((n) => ({
      id: userId(n),
      email: address(n),
      aliases: [],
      givenName: "Given",
      familyName: `Family${n}`,
      state: "active",
      orgUnit: "/",
      fields: new Map(),
    })),
    matched: "none",
    groups,
    members: new Map(
      groups.map(({ id }, g) => [
        id,
        membersOf(g, size).map((n) => ({ id: userId(n), email: address(n), type: "user" })),
      ]),
    ),
    outside: new Set(),
    unread: new Map(),
  };
}

/** The same in the target, but for a hundredth of the users, and of the groups' first members. */
export function existingOf(size: Size): Existing {
  return {
    users: numbers(size.users).map((n) => ({
      id: targetOf(n),
      externalId: userId(n),
      userName: `user-${n}@example.com`,
      email: `user-${n}@example.com`,
      givenName: "Given",
      familyName: n % 100 === 0 ? "Maiden" : `Family${n}`,
      displayName: `Given Family${n}`,
      active: true,
      createdAt: "2024-01-01T00:00:00Z",
    })),
    groups: numbers(size.groups).map((g) => ({
      id: targetId(`g-${g}`),
      externalId: groupId(g),
      name: `aws-${g}`,
      createdAt: "2024-01-01T00:00:00Z",
      members: new Set(
        membersOf(g, size)
          .slice(g % 100 === 0 ? 1 : 0)
          .map((n) => targetOf(n)),
      ),
    })),
    unread: new Map(),
  };
}

/** Everything that is decided between reading and the second look. */
export function decide(source: Source, existing: Existing): Plan {
  const situation = {
    scoped: scope(source, existing, RULES),
    existing,
    rules: RULES,
    now: "2025-01-01T00:00:00.000Z",
    holds: NO_HOLDS,
    approvals: { digest, given: new Set<string>() },
    carries: NOTHING_ASKED,
  };
  const made = plan(situation);
  const verdict = judge(made, source, situation);
  if (verdict.kind === "refused") throw new Error(verdict.reasons.map(reasonText).join(" "));
  return made;
}

const Decided = z.object({ cpuSeconds: z.number(), peakMegabytes: z.number(), changes: z.number() });
export type Decided = z.output<typeof Decided>;

/** Measures in a process of its own. */
export async function decided(size: Size): Promise<Decided> {
  const child = fork(import.meta.filename, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.send(size);
  const [told] = (await once(child, "message")) as [unknown];
  child.kill();
  return Decided.parse(told);
}

if (process.argv[1] === import.meta.filename) {
  process.once("message", (size: Size) => {
    const [source, existing] = [sourceOf(size), existingOf(size)];
    const begun = process.cpuUsage();
    const { steps } = decide(source, existing);
    const { user, system } = process.cpuUsage(begun);
    const peakMegabytes = process.resourceUsage().maxRSS / 1024;
    process.send?.({ cpuSeconds: (user + system) / 1e6, peakMegabytes, changes: steps.flat().length });
  });
}
