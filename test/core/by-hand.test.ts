/** Who was disabled by hand in AWS, and whatever an administrator of Google does with the account from then on. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Existing, ExistingUser, Rules, Source, SourceUser } from "../../src/core/model.ts";
import { changesOf } from "../../src/core/plan.ts";
import type { Plan } from "../../src/core/plan.ts";
import { carryOut } from "./carried-out.ts";
import { runFor, told } from "./planned.ts";
import { NOW, ada, bob, company, devs, groupInTarget, human, inTarget, ops, target } from "./world.ts";

const MOVES = [
  ...["disable by hand", "suspend", "archive", "wake", "delete", "undelete"],
  ...["leave the group", "join the group", "take over the address"],
] as const;

interface Turn {
  readonly does: (typeof MOVES)[number];
  readonly who: 0 | 1;
  /** Until the run that follows; none where it comes only after the next turn. */
  readonly days: number | undefined;
  /** After how many changes that run is cut off. */
  readonly most: number | undefined;
}

const turn: fc.Arbitrary<Turn> = fc.record({
  does: fc.constantFrom<Turn["does"][]>("disable by hand", ...MOVES),
  who: fc.constantFrom(0, 0, 1),
  days: fc.constantFrom(undefined, 0, 0, 1, 15, 22, 31),
  most: fc.constantFrom(undefined, undefined, undefined, 0, 1, 2),
});

/** An account of Google, which is shown until it was deleted 20 days ago, and is gone for good then. */
interface Account {
  readonly user: SourceUser;
  state: SourceUser["state"];
  deleted: number | undefined;
  member: boolean;
}

const START = Date.parse(NOW);
const A_DAY_MS = 86_400_000;

const heir = human(9, "Heir", "Young");

/** A company of two people, and of one who may get the address of the first. */
class World {
  readonly accounts: readonly Account[] = [ada, bob].map((user) => ({
    ...{ user, state: "active", deleted: undefined, member: true },
  }));
  heirAt: string = heir.email;
  day = 0;
  existing: Existing = target(
    [inTarget(ada), inTarget(bob), inTarget(heir)],
    [
      groupInTarget(devs, [inTarget(ada), inTarget(bob), inTarget(heir)]),
      groupInTarget(ops, [inTarget(heir)]),
    ],
  );
  /** Google ids of those who were disabled by hand. */
  readonly off = new Set<string>();

  move({ does, who }: Turn): void {
    const account = this.accounts[who];
    if (account === undefined) return;
    const isThere = account.deleted === undefined;
    switch (does) {
      case "disable by hand":
        return this.disable(account.user.id);
      case "suspend":
      case "archive":
        if (isThere) account.state = does === "suspend" ? "suspended" : "archived";
        return;
      case "wake":
        account.state = "active";
        return;
      case "delete":
        if (isThere) account.deleted = this.day;
        return;
      case "undelete":
        if (account.deleted !== undefined && this.day - account.deleted <= 20) account.deleted = undefined;
        return;
      case "leave the group":
      case "join the group":
        account.member = does === "join the group";
        return;
      case "take over the address":
        if (!isThere) this.heirAt = account.user.email;
        return;
      default:
        return does satisfies never;
    }
  }

  disable(id: string): void {
    const isMeant = (user: ExistingUser): boolean => user.active && user.externalId.includes(id);
    if (!this.existing.users.some(isMeant)) return;
    this.off.add(id);
    const users = this.existing.users.map((user) => (isMeant(user) ? { ...user, active: false } : user));
    this.existing = { ...this.existing, users };
  }

  source(matched: Source["matched"]): Source {
    const own = this.accounts
      .filter(({ deleted }) => deleted === undefined)
      .map(({ user, state }): SourceUser => {
        const email = user.email === this.heirAt ? `back.${user.email}` : user.email;
        return { ...user, state, email };
      });
    const young = { ...heir, email: this.heirAt };
    const members = own.filter(({ id }) =>
      this.accounts.some(({ user, member }) => user.id === id && member),
    );
    return company(
      [...own, young],
      [
        [devs, young, ...members],
        [ops, young],
      ],
      { matched },
    );
  }
}

/** Goes on by one turn, and runs once if its time has come: what is planned, and what is planned after all of that. */
function goOn(world: World, one: Turn, { rules, matched }: Settings): readonly [Plan, Plan] | undefined {
  world.move(one);
  if (one.days === undefined) return undefined;
  world.day += one.days;
  const around = {
    source: world.source(matched),
    rules,
    now: new Date(START + world.day * A_DAY_MS).toISOString(),
  };
  const plan = runFor({ ...around, existing: world.existing });
  const steps = changesOf(plan)
    .slice(0, one.most)
    .map((change) => [change]);
  world.existing = carryOut({ ...plan, steps }, world.existing);
  return [plan, runFor({ ...around, existing: world.existing })];
}

const enabledIds = ({ users }: Existing): readonly string[] =>
  users.flatMap(({ active, externalId }) => (active ? [externalId] : []));

interface Settings {
  readonly rules: Partial<Rules>;
  readonly matched: "none" | "all";
}

const settings: fc.Arbitrary<Settings> = fc.record({
  rules: fc.record({
    syncSuspended: fc.boolean(),
    graceDays: fc.constantFrom<Rules["graceDays"][]>(30, 0, 3, "never"),
  }),
  matched: fc.constantFrom("none", "none", "all"),
});

test(
  "is enabled by nobody's word in Google, in any number of runs, cut off anywhere",
  { tags: "long" },
  () => {
    let [worlds, waited] = [0, 0];
    const check = (turns: readonly Turn[], given: Settings): void => {
      const world = new World();
      world.disable(ada.id);
      worlds += 1;
      for (const one of turns) {
        const plans = goOn(world, one, given);
        if (plans === undefined) continue;
        const enabled = enabledIds(world.existing);
        expect([...world.off].filter((id) => enabled.some((externalId) => externalId.includes(id)))).toEqual(
          [],
        );
        const [plan, next] = plans;
        waited += plan.waiting.filter(({ kind }) => kind === "enable").length;
        if (one.most !== undefined) continue;
        expect(told(next)).toEqual([]);
        expect(next.waiting).toEqual(plan.waiting);
      }
    };
    fc.assert(fc.property(fc.array(turn, { minLength: 3, maxLength: 12 }), settings, check), {
      numRuns: 500,
    });
    // Somebody waits more than once in each, on average: this is about something.
    expect(waited).toBeGreaterThan(worlds);
  },
);
