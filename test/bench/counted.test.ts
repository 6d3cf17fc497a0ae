/** What the bench measures, as far as it can be counted: requests, their order, and how work grows with the company. */
import { describe, expect, test } from "vitest";
import { toldBy } from "../../src/core/budget.ts";
import { settleClaims } from "../../src/core/claims.ts";
import { sourceId } from "../../src/core/model.ts";
import { NO_HOLDS, plan } from "../../src/core/plan.ts";
import { scope } from "../../src/core/scope.ts";
import { NOTHING_ASKED } from "../../src/core/carries.ts";
import { NOTHING_SPENT } from "../../src/core/tally.ts";
import { digest } from "../../src/run/digest.ts";
import { secondLook } from "../../src/run/second-look.ts";
import { rules as limits } from "../core/world.ts";
import { growth, NO_SQUARE } from "../growth.ts";
import { journey, type Journey } from "../journeys/journey.ts";
import { arrange, MANY_GROUPS, SIZES, type Case } from "./cases.ts";
import { decide, existingOf, RULES, sourceOf, type Size } from "./deciding.ts";
import { firstWrites, floor } from "./floor.ts";

type Reads = Case["awsRead"];
interface Asked {
  readonly size: Case["size"];
  readonly kind: Case["kind"];
  readonly awsRead: Reads;
}

/** A company of the bench, and the least number of requests that a run about it needs. */
async function staged({ size, kind, awsRead }: Asked) {
  const here = await journey({
    settings: { GROUP_MATCH: "*", AWS_READ: awsRead },
    company: () => undefined,
    emulator: { pageSize: "vendor" },
  });
  const work = arrange(here.emulator, { name: "", size, kind, awsRead });
  return { here, least: floor(work).requests, writes: work.writes };
}

const counted = ({ emulator }: Journey) => ({
  google: emulator.count({ service: "google" }),
  scim: emulator.count({ service: "scim" }),
  identityStore: emulator.count({ service: "identitystore" }),
});

describe("a run makes no more requests than it must", () => {
  test.each<Asked>([
    { size: SIZES.small, kind: "no-op", awsRead: "identitystore" },
    { size: SIZES.middle, kind: "no-op", awsRead: "identitystore" },
    { size: SIZES.middle, kind: "no-op", awsRead: "scim" },
    { size: MANY_GROUPS, kind: "no-op", awsRead: "identitystore" },
    { size: MANY_GROUPS, kind: "no-op", awsRead: "scim" },
  ])("$size.users users, $size.groups groups, $kind over $awsRead", { tags: "long" }, async (asked) => {
    const { here, least } = await staged(asked);
    await here.sync();
    expect(counted(here)).toEqual(least);
  });

  test("over both services, shared between them", { tags: "long" }, async () => {
    const { here, least } = await staged({ size: SIZES.middle, kind: "no-op", awsRead: "both" });
    await here.sync();
    const { google, scim, identityStore } = counted(here);
    expect(google).toBe(least.google);
    expect(scim + identityStore).toBe(least.scim + least.identityStore);
    expect(scim).toBeGreaterThan(5);
    expect(identityStore).toBeGreaterThan(5);
  });

  test("a first sync writes each user, each group and each further hundred members once", async () => {
    const size = { users: 150, groups: 3, memberships: 450 };
    const { here, writes } = await staged({ size, kind: "first sync", awsRead: "identitystore" });
    await here.sync();
    expect(writes).toBe(150 + 3 + 3);
    expect(here.emulator.writes()).toHaveLength(writes);
  });

  test(
    "a change costs one write, and one question to Google where something is taken away",
    { tags: "long" },
    async () => {
      const { here, least, writes } = await staged({
        size: { users: 600, groups: 40, memberships: 1_200 },
        kind: "1 % changed",
        awsRead: "identitystore",
      });
      await here.sync();
      expect(writes).toBe(6);
      expect(here.emulator.writes()).toHaveLength(writes);
      expect(counted(here).google).toBe(least.google + writes / 2);
    },
  );
});

test(
  "a first sync that runs out of time says how many more runs it expects, and they finish the job",
  { tags: "long" },
  async () => {
    const size = { users: 150, groups: 2, memberships: 150 };
    const { here } = await staged({ size, kind: "first sync", awsRead: "scim" });
    // Changes are started until about 3.5 s before the end.
    const around = { remainingMs: await here.timeFor(6_500), settings: { SCIM_RATE: "10" } };
    const first = await here.run({}, around);
    const requests = here.outcomes.length;
    expect(first.status).toBe("incomplete");
    const done = Object.values(first.applied).reduce((sum, times) => sum + times, 0);
    expect(done + first.left).toBe(302);
    const runs = Math.ceil((152 - requests) / requests);
    expect(first.message).toBe(
      `${done} changes were made and ${first.left} are left; the next run goes on, and about ${runs} more ${runs === 1 ? "run is" : "runs are"} needed.`,
    );
    await here.sync();
    await here.quiet();
  },
);

// ---------------------------------------------------------------- growth

const sized = (users: number): Size => ({ users, groups: users / 20, memberships: users * 5 });

describe("a company eight times as large takes far less than 64 times as long", () => {
  test("to decide about", { tags: "long" }, () => {
    const made = growth((scale) => {
      const size = sized(800 * scale);
      const [source, existing] = [sourceOf(size), existingOf(size)];
      return () => decide(source, existing);
    });
    expect(made).toBeLessThan(NO_SQUARE);
  });

  test("to create from nothing", { tags: "long" }, () => {
    const made = growth((scale) => {
      const source = sourceOf(sized(800 * scale));
      return () => decide(source, { users: [], groups: [], unread: new Map() });
    });
    expect(made).toBeLessThan(NO_SQUARE);
  });

  test("to settle when names wait for each other in one long chain whose end is blocked", () => {
    const made = growth((scale) => {
      const ids = Array.from({ length: 1_000 * scale }, (_, n) => n);
      // Each wants the name of the next; the last one's wish is for a name that its holder keeps.
      const wishes = ids.map((n) => ({ id: `${n}`, takes: [`name ${n + 1}`], frees: [`name ${n}`] }));
      const holders = new Map([...ids, ids.length].map((n) => [`name ${n}`, `${n}`]));
      return () => {
        const { blocked } = settleClaims(wishes, holders);
        if (blocked.size !== ids.length) throw new Error(`${blocked.size} of ${ids.length} are blocked`);
      };
    });
    expect(made).toBeLessThan(NO_SQUARE);
  });
});

/** Asking ends where a budget is spent. */
const NO_LIMITS = limits().limits;

test("a second look at twice as many removals takes twice as many looks at users, not four times as many", async () => {
  const looks = async (users: number): Promise<number> => {
    const size = sized(users);
    const existing = existingOf(size);
    let count = 0;
    const everybody = sourceOf(size);
    // A third of the company is in no group any more.
    const source = {
      ...everybody,
      users: everybody.users.map((user) => ({
        ...user,
        get id() {
          count += 1;
          return user.id;
        },
      })),
      members: new Map([...everybody.members].map(([id, rows]) => [id, rows.filter((_, n) => n % 3 > 0)])),
    };
    const rules = { ...RULES, limits: NO_LIMITS };
    const situation = {
      scoped: scope(source, existing, rules),
      existing,
      rules,
      now: "2025-01-01T00:00:00.000Z",
      holds: NO_HOLDS,
      approvals: { digest, given: new Set<string>() },
      carries: NOTHING_ASKED,
    };
    const made = plan(situation);
    count = 0;
    const witness = {
      userById: () => Promise.resolve({ state: "gone" as const }),
      groupById: () => Promise.resolve({ state: "gone" as const }),
      hasMember: () => Promise.resolve(false as const),
      directMember: () => Promise.resolve(false),
      groupsWith: () => Promise.resolve([]),
      everybody: () => Promise.resolve(sourceId("C01")),
      deletedUsers: () => Promise.resolve(new Map<never, never>()),
      listUsers: () => Promise.resolve(new Set<never>()),
      listGroups: () => Promise.resolve(new Set<never>()),
    };
    const scales = { spent: NOTHING_SPENT, told: toldBy(made, situation), upheaval: false };
    const questions = {
      witness,
      source,
      userMatch: "none",
      groupMatch: "all",
      timeLeftMs: () => 60_000,
    } as const;
    const look = secondLook(situation, scales, questions);
    await look.ask(made);
    expect(look.covers(made)).toBe(true);
    expect(look.found().held).toEqual([]);
    return count;
  };
  const [few, many] = [await looks(400), await looks(800)];
  expect(few).toBeGreaterThan(0);
  expect(many).toBeLessThan(few * 2.6);
});

test("the bench's floor follows from the quotas", () => {
  const company = { users: 500, members: Array.from({ length: 40 }, () => 100) };
  const common = { accounts: 500, company, writes: 0, awsRead: "identitystore" } as const;
  expect(floor({ ...common, held: company })).toEqual({
    requests: { google: 42, scim: 0, identityStore: 46 },
    seconds: 2.3,
  });
  expect(firstWrites(company)).toBe(540);
  const first = floor({ ...common, held: { users: 0, members: [] }, writes: 540 });
  expect(first.seconds).toBeCloseTo(42 / 40 + 27);
});
