/** `{"action":"leavers"}`: the first step of a run by itself. */
import { describe, expect, onTestFinished, test } from "vitest";
import { useTables } from "../dynalite/server.ts";
import { startEmulator } from "../emulator/emulator.ts";
import { at, mirror } from "../emulator/fill.ts";
import { stopClock } from "./day.ts";
import { journey, outcomesOf } from "./journey.ts";
import type { Beginning, Journey } from "./journey.ts";

const LEAVERS = { action: "leavers" };

async function settled(settings: Record<string, string> = {}, more: Beginning = {}): Promise<Journey> {
  const j = await journey({ settings, ...more });
  await j.sync();
  return j;
}

const enabled = ({ aws }: Journey): readonly string[] =>
  aws.users.flatMap((user) => (user.active ? [user.userName] : [])).toSorted();

/** How often each thing was asked of Google and AWS in the last run, but for tokens. */
function asked({ emulator }: Journey): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { service, operation } of emulator.requests)
    if (operation !== "token") found[`${service} ${operation}`] = (found[`${service} ${operation}`] ?? 0) + 1;
  return found;
}

describe("the leavers alone", () => {
  test("are disabled and marked; nothing else is written, and no group is read", async () => {
    const j = await settled();
    j.google.suspend(at("ada"));
    j.google.deleteUser(at("zoe"));
    j.google.addUser({ email: at("nova"), givenName: "Nova", familyName: "Jones" });
    j.google.addMember(at("aws-readonly"), at("nova"));
    j.google.removeMember(at("aws-readonly"), at("kim"));
    const before = j.aws.snapshot();
    const summary = await j.run(LEAVERS);
    expect(summary).toMatchObject({ status: "succeeded", applied: { "user.disable": 2 } });
    expect(outcomesOf(j, "applied").toSorted()).toEqual([
      `user.disable ${at("ada")}`,
      `user.disable ${at("zoe")}`,
    ]);
    expect(j.aws.snapshot()).not.toEqual(before);
    expect(j.writes()).toHaveLength(2);
    expect(Object.keys(asked(j)).filter((name) => /group|member/iu.test(name))).toEqual([]);
    expect((await j.run(LEAVERS)).applied).toEqual({});
    expect(j.writes()).toEqual([]);
  });

  test("are found whatever is wrong with groups, a day long, on both sides", async () => {
    const j = await settled();
    j.emulator.fault({ when: { operation: "groups.list" }, times: Infinity, do: { status: 503 } });
    j.emulator.denied.add("identitystore:ListGroups");
    for (const name of ["ada", "kim", "lena"]) {
      j.google.suspend(at(name));
      expect((await j.run(LEAVERS)).applied).toEqual({ "user.disable": 1 });
      expect(enabled(j)).not.toContain(at(name));
    }
  });

  test("are found among the deleted where users cannot be listed, which is told", async () => {
    const j = await settled();
    j.google.suspend(at("ada"));
    j.google.deleteUser(at("zoe"));
    const isOfUsers = ({ operation, query }: { operation: string; query: Record<string, string> }): boolean =>
      operation === "users.list" && query["showDeleted"] !== "true";
    const listing = j.emulator.fault({
      when: (request) => isOfUsers(request as never),
      times: Infinity,
      do: { status: 403 },
    });
    const summary = await j.run(LEAVERS);
    expect(summary).toMatchObject({ status: "attention", applied: { "user.disable": 1 } });
    expect(summary.message).toContain("Google did not list everybody");
    expect(enabled(j)).not.toContain(at("zoe"));
    expect(enabled(j)).toContain(at("ada"));
    listing.remove();
    await j.run(LEAVERS);
    expect(enabled(j)).not.toContain(at("ada"));
  });

  test.each([
    ["them still", {}],
    ["a row of them that is not understood", { suspended: "maybe" }],
  ])("are found among the deleted though a stale listing has %s", async (_, odd) => {
    const j = await settled();
    const zoe = j.google.user(at("zoe"));
    j.google.deleteUser(at("zoe"));
    j.emulator.fault({
      when: ({ operation, query }) =>
        operation === "users.list" && query["showDeleted"] !== "true" && query["pageToken"] === undefined,
      times: Infinity,
      do: (_, answer) => {
        const body = answer.body as { users?: object[] };
        const row = { ...body.users?.[0], id: zoe.id, primaryEmail: at("zoe"), ...odd };
        return { ...answer, body: { ...body, users: [...(body.users ?? []), row] } };
      },
    });
    // Google does not show them by their id either.
    j.emulator.fault({
      when: ({ operation, path }) => operation === "users.get" && path.endsWith(zoe.id),
      times: Infinity,
      do: { status: 403 },
    });
    await j.run(LEAVERS);
    expect(enabled(j)).not.toContain(at("zoe"));
  });

  test("are looked for all the same where the deleted cannot be listed, which is told", async () => {
    const j = await settled();
    j.google.suspend(at("ada"));
    j.emulator.fault({
      when: ({ operation, query }) => operation === "users.list" && query["showDeleted"] === "true",
      times: Infinity,
      do: { status: 403 },
    });
    const summary = await j.run(LEAVERS);
    expect(summary).toMatchObject({ status: "attention", applied: { "user.disable": 1 } });
    expect(enabled(j)).not.toContain(at("ada"));
  });

  test("enable nobody, restore nobody, and take nobody's word for a listing", async () => {
    const j = await settled();
    j.google.suspend(at("ada"));
    await j.sync();
    j.google.suspend(at("ada"), false);
    j.google.lies.hideUsers(at("kim"));
    const before = j.aws.snapshot();
    const summary = await j.run(LEAVERS);
    expect(summary).toMatchObject({ status: "attention", applied: {}, held: { "user.disable": 1 } });
    expect(j.aws.snapshot()).toEqual(before);
  });

  test("are only told where DRY_RUN is set", async () => {
    const j = await settled();
    j.google.suspend(at("ada"));
    const summary = await j.run(LEAVERS, { settings: { DRY_RUN: "true" } });
    expect(summary).toMatchObject({ dryRun: true, planned: { "user.disable": 1 }, applied: {} });
    expect(j.writes()).toEqual([]);
  });
});

test.each([500, 2_000])(
  "with nothing to do, %d people cost a request for each 500 of Google's and each 100 of AWS's",
  { tags: "long" },
  async (people) => {
    const j = await journey({
      emulator: { pageSize: "vendor" },
      company: (google, aws) => {
        google.addGroup({ email: at("aws-all") });
        for (let n = 0; n < people; n++)
          google.addMember(at("aws-all"), google.addUser({ email: at(`person${n}`) }).primaryEmail);
        mirror(google, aws);
      },
    });
    const summary = await j.run(LEAVERS);
    expect(summary).toMatchObject({ status: "succeeded", applied: {} });
    const { "google users.list": google, "identitystore ListUsers": store, ...others } = asked(j);
    // And one for the deleted.
    expect(google).toBe(Math.ceil(j.google.users.length / 500) + 1);
    expect(store).toBe(Math.ceil(j.aws.users.length / 100));
    // The instance and, where they are in another place, the secrets.
    expect(Object.values(others).reduce((sum, times) => sum + times, 0)).toBeLessThanOrEqual(6);
  },
);

/** In hours. */
const A_MINUTE = 1 / 60;

test(
  "a day long no group can be listed: each full run fails, and whoever leaves is out a minute later",
  { tags: "long" },
  async () => {
    const j = await settled();
    const later = stopClock();
    j.emulator.fault({ when: { operation: "groups.list" }, times: Infinity, do: { status: 403 } });
    const leaving = ["ada", "kim", "lena", "nils"];
    const gone: string[] = [];
    for (let hour = 0; hour < 24; hour += 1) {
      await expect(j.run()).rejects.toThrow();
      const name = hour % 6 === 3 ? leaving.shift() : undefined;
      if (name !== undefined) {
        j.google.suspend(at(name));
        gone.push(at(name));
      }
      later(A_MINUTE);
      const looked = await j.run(LEAVERS);
      expect(looked).toMatchObject({
        status: "succeeded",
        applied: name === undefined ? {} : { "user.disable": 1 },
      });
      expect(enabled(j).filter((one) => gone.includes(one))).toEqual([]);
      later(1 - A_MINUTE);
    }
    expect(gone).toHaveLength(4);
  },
);

describe("whoever was revoked, and enabled by somebody since,", () => {
  const again = async () => {
    const j = await journey();
    await j.sync();
    j.google.removeMember(at("aws-readonly"), at("kim"));
    await j.sync();
    const kim = j.aws.user(at("kim"));
    const { externalId } = kim;
    expect(externalId).toMatch(/-retired\./);
    kim.active = true;
    return { j, kim, externalId };
  };

  test.each([
    ["suspended", (j: Journey) => j.google.suspend(at("kim"))],
    ["archived", (j: Journey) => j.google.archive(at("kim"))],
    ["deleted", (j: Journey) => j.google.deleteUser(at("kim"))],
  ])("is out once the account is %s, and keeps the mark", async (_, leave) => {
    const { j, kim, externalId } = await again();
    leave(j);
    const summary = await j.sync({ action: "leavers" });
    expect(summary.applied).toEqual({ "user.disable": 1 });
    expect(kim).toMatchObject({ active: false, externalId });
    await j.sync();
    await j.settle();
  });

  test(
    "is out though a pattern ignores them, and not deleted in the same run",
    { tags: "long" },
    async () => {
      const { j, kim } = await again();
      kim.externalId = kim.externalId?.replace(/\d{4}-\d\d-\d\d/, "2020-01-01") ?? "";
      j.google.deleteUser(at("kim"));
      await j.sync({ action: "sync" }, { settings: { IGNORE_USERS: "k*" } });
      expect(kim.active).toBe(false);
      kim.active = true;
      expect((await j.sync()).applied).toEqual({ "user.disable": 1 });
      expect((await j.sync()).applied).toEqual({ "user.delete": 1 });
    },
  );

  test("is out in a full run whatever is spent of the day, and whether Google answers or not", async () => {
    const { j, kim } = await again();
    j.google.suspend(at("kim"));
    const settings = { MAX_LEAVERS: "0", ...(await useTables()).environment };
    expect((await j.sync({ action: "leavers" }, { settings })).applied).toEqual({ "user.disable": 1 });
    kim.active = true;
    j.emulator.fault({ when: { operation: "users.get" }, times: Infinity, do: { status: 503 } });
    const summary = await j.run({}, { settings });
    expect(summary).toMatchObject({ status: "succeeded", applied: { "user.disable": 1 }, approvals: [] });
    expect(kim.active).toBe(false);
  });

  test("stays as long as the account is active, until the next full run", async () => {
    const { j, kim } = await again();
    expect((await j.sync({ action: "leavers" })).applied).toEqual({});
    expect(kim.active).toBe(true);
    expect((await j.sync()).applied).toEqual({ "user.disable": 1 });
  });
});

test.each(["leavers", "sync"])(
  "nobody is disabled where the SCIM endpoint is another directory's: %s",
  async (action) => {
    const j = await journey();
    await j.sync();
    const other = await startEmulator();
    onTestFinished(() => other.close());
    for (const token of j.aws.tokens) other.aws.tokens.add(token);
    j.google.suspend(at("zoe"));
    const settings = { SCIM_ENDPOINT: other.scimEndpoint };
    expect(await j.failure({ action }, { settings })).toMatch(/belongs to a different directory/);
    expect(other.writes()).toEqual([]);
    expect(j.aws.user(at("zoe")).active).toBe(true);
  },
);
