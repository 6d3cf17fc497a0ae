/** What MAX_LEAVERS leaves enabled, no other budget takes. */
import { describe, expect, test } from "vitest";
import { targetId } from "../../src/core/model.ts";
import { NOTHING_SPENT, once } from "../../src/core/tally.ts";
import { tallyAt } from "../aws/stage.ts";
import { useTables } from "../dynalite/server.ts";
import { at } from "../emulator/fill.ts";
import { crew, crowd } from "./company.ts";
import { journey } from "./journey.ts";
import type { Journey } from "./journey.ts";

const enabled = ({ aws }: Journey): string[] =>
  aws.users.flatMap(({ userName, active }) => (active ? [userName] : [])).toSorted();

const ended = (j: Journey, event: object = {}): Promise<unknown> =>
  j.run(event).catch((error: unknown) => error);

async function leaving(settings: Record<string, string>, leave: (j: Journey) => void): Promise<Journey> {
  const j = await journey({ settings: { MAX_LEAVERS: "1", ...settings } });
  await j.sync();
  leave(j);
  return j;
}

describe("of four who leave, where one may,", () => {
  test.each([
    ["deleted", {}, (j: Journey, name: string) => j.google.deleteUser(at(name))],
    ["suspended", {}, (j: Journey, name: string) => j.google.suspend(at(name))],
    [
      "suspended, with SYNC_SUSPENDED=false,",
      { SYNC_SUSPENDED: "false" },
      (j: Journey, name: string) => j.google.suspend(at(name)),
    ],
  ] as const)(
    "the others, who are %s, stay enabled and in their groups until somebody approves it",
    async (_, settings, leave) => {
      const names = ["kim", "lena", "mona", "nils"];
      const j = await leaving(settings, (one) => {
        for (const name of names) leave(one, name);
      });
      const [before, members] = [enabled(j), j.aws.membersOf("aws-readonly")];
      await ended(j);
      expect(before.length - enabled(j).length).toBe(1);
      expect(j.aws.membersOf("aws-readonly").length).toBeGreaterThanOrEqual(members.length - 1);
      // Where nothing remembers the day, each run may disable one.
      const { approvals } = await j.plan();
      expect(approvals.map(({ kind }) => kind)).toEqual(["leavers", "leavers"]);
      await ended(j, { action: "sync", approve: approvals.map(({ id }) => id) });
      expect(before.length - enabled(j).length).toBe(4);
    },
  );
});

test("A31: leavers whom a killed run reserved and did not disable count once, and are disabled by the next one", async () => {
  const tables = await useTables();
  const j = await journey({ settings: { ...tables.environment, MAX_LEAVERS: "4" } });
  await j.sync();
  const names = ["kim", "lena", "mona", "nils"];
  const reserved = names.map((name) => targetId(j.aws.user(at(name)).id));
  const now = new Date().toISOString();
  await tallyAt(tables, { key: j.aws.identityStoreId }).reserve(now, () => ({
    ...NOTHING_SPENT,
    leavers: once(reserved),
  }));
  for (const name of [...names, "otto"]) j.google.suspend(at(name));
  const before = enabled(j);
  await ended(j);
  expect(before.filter((name) => !enabled(j).includes(name))).toEqual(names.map(at));
});

test("a leaver does not wait for a table that never answers", { tags: "long" }, async () => {
  const tables = await useTables();
  const j = await journey({ settings: tables.environment });
  await j.sync();
  j.google.suspend(at("kim"));
  tables.fault(() => ({ until: new Promise(() => undefined) }));
  expect(await ended(j, { action: "leavers" })).toMatchObject({ status: "failed" });
  expect(j.aws.user(at("kim")).active).toBe(false);
});

test("one leaver whom AWS cannot show keeps nobody in, not even themselves", async () => {
  const j = await journey();
  await j.sync();
  for (const name of ["kim", "lena"]) j.google.suspend(at(name));
  const { id } = j.aws.user(at("kim"));
  j.emulator.fault({
    when: ({ service, method, path }) => service === "scim" && method === "GET" && path.endsWith(id),
    times: Infinity,
    do: { status: 500 },
  });
  await ended(j, { action: "leavers" });
  expect(["kim", "lena"].filter((name) => j.aws.user(at(name)).active)).toEqual([]);
});

describe("leavers who were approved", () => {
  const all = crew(30);

  /** Thirty are listed as suspended, of whom one may go; everybody who waits is approved. */
  async function approved(meanwhile: (j: Journey) => void) {
    const j = await journey({ company: crowd(60), settings: { MAX_LEAVERS: "1" } });
    for (const name of all) j.google.suspend(at(name));
    await ended(j);
    const { approvals } = await j.plan();
    meanwhile(j);
    await ended(j, { action: "sync", approve: approvals.map(({ id }) => id) });
    return j;
  }

  test("are all looked at, however many they are, and count in no budget", { tags: "long" }, async () => {
    const j = await approved(() => undefined);
    const off = enabled(j);
    expect(all.filter((name) => off.includes(at(name)))).toEqual([]);
    const looks = j.emulator.requests.filter(({ operation }) => operation === "users.get");
    expect(looks).toHaveLength(29);
  });

  test("stay enabled where the account itself is active by then", { tags: "long" }, async () => {
    const back = all.slice(20);
    const j = await approved(({ google, emulator }) => {
      for (const name of back) google.suspend(at(name), false);
      emulator.fault({
        when: { service: "google", operation: "users.list" },
        times: Infinity,
        do: (_, answer) => ({ ...answer, body: calledSuspended(answer.body) }),
      });
    });
    expect(enabled(j)).toEqual(expect.arrayContaining(back.map(at)));
  });

  const calledSuspended = (body: unknown): unknown => {
    const { users = [], ...rest } = body as { users?: { primaryEmail: string }[] };
    const isOne = ({ primaryEmail }: { primaryEmail: string }): boolean => all.map(at).includes(primaryEmail);
    return { ...rest, users: users.map((row) => (isOne(row) ? { ...row, suspended: true } : row)) };
  };
});
