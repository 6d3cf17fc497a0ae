/**
 * One day of a random company: an owner of groups does whatever Google lets her, people leave and come back or are
 * disabled by hand, runs go alone and side by side, and are killed between any two requests.
 * @module-tag search
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { useTables, type Tables } from "../dynalite/server.ts";
import { at, fill, mirror } from "../emulator/fill.ts";
import type { Summary } from "../../src/run/summary.ts";
import { line } from "../core/planned.ts";
import { age, crew } from "../journeys/company.ts";
import { plannedOf } from "../journeys/journey.ts";
import type { Emulator } from "../emulator/emulator.ts";
import type { Settings } from "../oracle/emulated.ts";
import { open, run, type Ended } from "./stage.ts";
import { MOST, dayOf, expectUntouched, type DayLog, type Given } from "./day-log.ts";
import { search } from "../search.ts";

const PEOPLE = 16;
const TEAMS = {
  "aws-team0": crew(6),
  "aws-team1": crew(6, 4),
  "aws-team2": crew(6, 7),
  "aws-team3": crew(6, 10),
};

/** What her groups may be called: what is there already, by hand, of another provider, protected or a colleague's. */
const NAMES = [
  ...["Prod-Admins", "prod-admins", "Break-Glass", "Okta-Admins", "AWSControlTowerAdmins"],
  ...["aws-team1", "aws-team2", "Fresh", "Other"],
] as const;

const settings: Settings = {
  MAX_LEAVERS: `0%,${MOST.leaver}`,
  MAX_USER_REMOVALS: `0%,${MOST.disabled}`,
  MAX_GROUP_REMOVALS: `0%,${MOST.retired}`,
  MAX_MEMBERSHIP_REMOVALS: `0%,${MOST.lost}`,
  MAX_NEW_GROUPS: `0%,${MOST.made}`,
  MAX_GROUP_GROWTH: `0%,${MOST.gainedByOne}`,
  MAX_GROUP_SHRINK: `0%,${MOST.lostByOne}`,
};

// ---------------------------------------------------------------- what may happen

type Move =
  | { readonly does: "make"; readonly group: number; readonly name: string }
  | { readonly does: "rename"; readonly group: number; readonly name: string }
  | { readonly does: "fill" | "empty"; readonly group: number; readonly who: readonly number[] }
  | { readonly does: "nest"; readonly group: number; readonly into: number }
  | { readonly does: "delete"; readonly group: number }
  | { readonly does: "leave" | "suspend" | "return" | "disable by hand"; readonly person: number };

/** The teams are the first. */
const group = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(9) });
/** Small steps are what a budget of a run would not see. */
const who = fc.uniqueArray(fc.nat(PEOPLE - 1), { minLength: 1, maxLength: 3 });
const everybody = fc.constant(Array.from({ length: PEOPLE }, (_, n) => n));
const name = fc.constantFrom(...NAMES);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ does: fc.constant("make" as const), group, name }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("rename" as const), group, name }) },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constantFrom("fill" as const, "empty" as const),
      group,
      who: fc.oneof({ weight: 6, arbitrary: who }, { weight: 1, arbitrary: everybody }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("nest" as const), group, into: group }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("delete" as const), group }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom(...(["leave", "suspend", "return", "return", "disable by hand"] as const)),
      person: fc.nat(PEOPLE - 1),
    }),
  },
);

interface Round {
  readonly moves: readonly Move[];
  /** Side by side. */
  readonly runs: readonly ("sync" | "leavers" | "only")[];
  /** How many requests arrive before all of them are killed. */
  readonly killedAfter: number | undefined;
  /** Whether somebody first approves what waits, takings over excepted. */
  readonly approves: boolean;
}

const round: fc.Arbitrary<Round> = fc.record({
  moves: fc.array(move, { minLength: 2, maxLength: 6 }),
  runs: fc.oneof(
    fc.constant(["sync" as const]),
    fc.array(fc.constantFrom("sync" as const, "leavers" as const), { minLength: 1, maxLength: 3 }),
    fc.array(fc.constantFrom("sync" as const, "only" as const), { minLength: 2, maxLength: 3 }),
  ),
  killedAfter: fc.oneof(fc.constant(undefined), fc.constant(undefined), fc.integer({ min: 1, max: 90 })),
  approves: fc.nat(2).map((dice) => dice === 0),
});

function happen({ google, aws }: Emulator, one: Move): void {
  const nth = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];
  const isMember = (inside: string, member: string): boolean =>
    google.members.some(({ groupId, id }) => groupId === inside && id === member);
  if ("person" in one) {
    if (one.does === "disable by hand") {
      const user = aws.findUser(at(`p${one.person + 1}`));
      return void (user?.externalId && (user.active = false));
    }
    const there = google.users.find(({ primaryEmail }) => primaryEmail.startsWith(`p${one.person + 1}@`));
    if (there === undefined) return;
    if (one.does === "leave") return google.deleteUser(there.id);
    return google.suspend(there.id, one.does === "suspend");
  }
  if (one.does === "make") {
    const email = `aws-hers${google.groups.length + google.deletedGroups.length}@example.com`;
    return void google.addGroup({ email, name: one.name, adminCreated: false });
  }
  const hers = nth(google.groups, one.group);
  if (hers === undefined) return;
  if (one.does === "rename") return google.nameGroup(hers.id, one.name);
  if (one.does === "delete") return google.deleteGroup(hers.id);
  if (one.does === "nest") {
    const other = nth(google.groups, one.into);
    if (other === undefined || other === hers || isMember(other.id, hers.id)) return;
    return void google.addMember(other.email, hers.email);
  }
  for (const n of one.who) {
    const person = google.users.find(({ primaryEmail }) => primaryEmail.startsWith(`p${n + 1}@`));
    if (person === undefined || isMember(hers.id, person.id) === (one.does === "fill")) continue;
    if (one.does === "fill") google.addMember(hers.email, person.primaryEmail);
    else google.removeMember(hers.email, person.primaryEmail);
  }
}

// ---------------------------------------------------------------- one day

/** Everybody is in one team or two, and in AWS for years; beside them there is what others made. */
async function begin(): Promise<Emulator> {
  const emulator = await open();
  const { google, aws } = emulator;
  const names = crew(PEOPLE - 1).map((name): [string, string] => [name, `${name} Person`]);
  fill(google, { people: Object.fromEntries(names), groups: TEAMS });
  mirror(google, aws);
  age(aws);
  // Nobody syncs this person yet; AWS has the address, in a protected group.
  google.addUser({ email: at(`p${PEOPLE}`) });
  aws.addUser({ userName: at(`p${PEOPLE}`) });
  aws.addUser({ userName: "break-glass" });
  aws.addGroup({ displayName: "Prod-Admins" });
  aws.addGroup({ displayName: "Break-Glass" });
  aws.addGroup({ displayName: "AWSControlTowerAdmins" });
  aws.addGroup({ displayName: "Okta-Admins", externalId: "00g1emaKYZTWRYYRRTSK", issuer: "https://okta" });
  aws.addMembership("Break-Glass", "break-glass");
  for (const name of [at(`p${PEOPLE}`), at("p2")]) aws.addMembership("AWSControlTowerAdmins", name);
  return emulator;
}

/** Runs side by side that are narrowed are narrowed to different groups. */
const event = (kind: Round["runs"][number], nth: number, { google }: Emulator): object => {
  if (kind !== "only") return { action: kind };
  const some = google.groups.slice(2 * nth, 2 * nth + 2).map(({ email }) => email);
  return { action: "sync", only: [...some, google.admin.primaryEmail] };
};

/** From that request on nothing arrives, at Google, at AWS or at the table; the effect of that one may be there. */
function killing(emulator: Emulator, tables: Tables, after: number): () => void {
  let seen = 0;
  const arrives = (): number => (seen += 1);
  const faults = [
    emulator.fault({ when: () => arrives() === after, times: Infinity, do: "drop-after" }),
    emulator.fault({ when: () => seen > after, times: Infinity, do: "drop-before" }),
  ];
  tables.fault(() => {
    const nth = arrives();
    return nth < after ? undefined : nth === after ? "drop-after" : "drop-before";
  });
  return () => {
    for (const one of faults) one.remove();
    tables.fault(() => undefined);
  };
}

/** What may be approved without an eye on who would get what. */
const APPROVABLE = ["removals", "leavers", "growth", "shrink", "renames", "new-groups"];

async function goThrough(rounds: readonly Round[], tables: Tables, table: string): Promise<void> {
  const emulator = await begin();
  const around = { settings: { ...settings, ...tables.environment, TALLY: table } };
  expectUntouched(emulator);
  const day: DayLog = dayOf(emulator);
  const byHand = new Set<string>();
  let waiting: readonly (Given & { readonly id: string })[] = [];
  for (const { moves, runs, killedAfter, approves } of rounds) {
    for (const one of moves) {
      const enabled = emulator.aws.users.filter(({ active }) => active).map(({ id }) => id);
      happen(emulator, one);
      for (const id of enabled) if (!emulator.aws.user(id).active) byHand.add(id);
    }
    day.begin();
    const given = approves ? waiting.filter(({ kind }) => APPROVABLE.includes(kind)) : [];
    const events: object[] = runs.map((kind, nth) => event(kind, nth, emulator));
    if (given.length > 0) events[0] = { action: "sync", approve: given.map(({ id }) => id) };
    const [first, ...others] = events;
    const isAlone = others.length === 0 && killedAfter === undefined;
    const foreseen = isAlone && runs[0] !== "leavers" ? { ...first, dryRun: true } : undefined;
    const plan = foreseen && (await run(emulator, foreseen, around));
    const over = killedAfter === undefined ? undefined : killing(emulator, tables, killedAfter);
    const ended = await Promise.all(events.map((one) => run(emulator, one, around)));
    over?.();
    day.note({ given, hasNamed: runs.includes("only") });
    const [only] = ended;
    if (plan !== undefined && only !== undefined) expectForeseen(plan, only);
    if (isAlone && only?.summary !== undefined) {
      waiting = only.summary.approvals.map((one) => ({ ...one, objects: day.called(one.subject) }));
      if (runs[0] !== "only") expectLeaversOut(emulator, only);
    }
    expect([...byHand].filter((id) => emulator.aws.findUser(id)?.active)).toEqual([]);
    emulator.verify();
  }
}

/** A dry run is what the run after it does, and what that leaves to somebody. */
function expectForeseen(plan: Ended, { summary, outcomes, message }: Ended): void {
  if (plan.summary === undefined) return expect(message).toBe(plan.message);
  const seen = ({ planned, held, approvals, approved, approveAll }: Summary) => ({
    ...{ planned, held, approvals, approved, approveAll },
  });
  expect(summary && seen(summary)).toEqual(seen(plan.summary));
  expect(outcomes.map(({ change }) => line(change)).toSorted()).toEqual(plannedOf(plan.summary).toSorted());
}

/** Whoever left is out, or is named among those that wait. */
function expectLeaversOut({ aws, google }: Emulator, { summary }: Ended): void {
  const active = new Set(google.users.flatMap((one) => (one.suspended || one.archived ? [] : [one.id])));
  const still = aws.users.filter((one) => one.active && /^\d{15,}$/.test(one.externalId ?? ""));
  const leavers = still.filter(({ externalId }) => !active.has(externalId ?? ""));
  const named = new Set(summary?.approvals.map(({ subject }) => subject));
  expect(leavers.filter(({ userName }) => !named.has(userName)).map(({ userName }) => userName)).toEqual([]);
  if (leavers.length > 0) expect(summary?.status).toBe("refused");
}

test("whatever an owner of groups does, and whatever runs are cut off, nobody gets in by a name, nobody disabled by hand is enabled, a day keeps its budgets, and a plan is what its run does", async () => {
  const tables = await useTables();
  let tried = 0;
  const property = fc.asyncProperty(fc.array(round, { minLength: 5, maxLength: 8 }), async (rounds) => {
    const table = `tally-${(tried += 1)}`;
    await tables.create(table, [{ AttributeName: "id", KeyType: "HASH" }]);
    await goThrough(rounds, tables, table);
  });
  await fc.assert(property, { endOnFailure: true, ...search(8) });
});
