/** Authority and time, case by case, over whole days and with runs that are killed: the longer cases. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { at } from "../emulator/fill.ts";
import { crew } from "./company.ts";
import { approving, company, disabled, join, leaveScope, remembering, waitingIn } from "./day.ts";
import type { Told } from "./day.ts";
import { journey } from "./journey.ts";

afterEach(() => void vi.useRealTimers());

test("A5: a group that grows by half in each of ten runs gains in a day what a group may gain in a day", async () => {
  const { j } = await remembering(300, {}, { "aws-team": crew(8) });
  let size = 8;
  for (let run = 0; run < 10 && size < 290; run += 1) {
    const more = Math.ceil(size / 2);
    join(j, crew(Math.min(more, 300 - size), size + 1), "aws-team");
    size = Math.min(300, size + more);
    await j.run();
  }
  expect(j.aws.membersOf("aws-team").length).toBeGreaterThan(8);
  expect(j.aws.membersOf("aws-team").length).toBeLessThanOrEqual(28);
});

test("A6: memberships that vanish, just under a tenth in each run, wait after about a tenth", async () => {
  const names = ["aws-1", "aws-2", "aws-3", "aws-4", "aws-5"];
  const { j } = await remembering(60, {}, Object.fromEntries(names.map((name) => [name, crew(60)])));
  for (let run = 0; run < 6; run += 1) {
    for (const name of names) leaveScope(j, crew(6, 1 + run * 6), name);
    await j.run();
  }
  const left = names.map((name) => j.aws.membersOf(name).length).reduce((one, other) => one + other, 0);
  expect(left).toBeGreaterThanOrEqual(300 - 50);
  expect(left).toBeLessThan(300);
  expect(waitingIn(await j.run()).length).toBeGreaterThan(0);
});

test("A11: eight out of scope in each of five runs of one day, without days of grace: ten at most are deleted, and the rest wait one by one", async () => {
  const { j } = await remembering(80, { DELETE_GRACE_DAYS: "0" });
  let summary: Told | undefined;
  for (let run = 0; run < 5; run += 1) {
    // More than half out of scope would be an upheaval.
    if (run < 4) leaveScope(j, crew(8, 1 + run * 8));
    summary = await j.run();
  }
  const gone = 80 - j.aws.users.length;
  expect(gone).toBeGreaterThan(0);
  expect(gone).toBeLessThanOrEqual(10);
  expect(summary?.approvals).toHaveLength(32 - gone);
});

test("A13: runs that are narrowed to ten names each, side by side, spend one day's budget together", async () => {
  const { j } = await remembering(140);
  leaveScope(j, crew(60));
  const only = (from: number): object => ({ action: "sync", only: crew(10, from).map(at) });
  await Promise.allSettled([1, 11, 21, 31, 41, 51].map((from) => j.run(only(from))));
  expect(disabled(j).length).toBeGreaterThanOrEqual(10);
  expect(disabled(j).length).toBeLessThanOrEqual(14);
  await j.run(only(1));
  await j.run(only(51));
  expect(disabled(j).length).toBeLessThanOrEqual(14);
});

test("A25: of more removals than there is time to ask about those that were asked about are done, and the next runs go on", async () => {
  const groups = { "aws-team": crew(40) };
  const settings = { MAX_GROUP_SHRINK: "100%", MAX_MEMBERSHIP_REMOVALS: "100%", GOOGLE_RATE: "6" };
  const j = await journey({ settings, ...company(40, groups) });
  const remainingMs = await j.timeFor(4_000);
  leaveScope(j, crew(39), "aws-team");
  const summary = await j.run({}, { remainingMs });
  expect(summary.status).toBe("incomplete");
  expect(summary.held).toEqual({});
  const done = 40 - j.aws.membersOf("aws-team").length;
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(39);
  await j.sync({}, { settings: { GOOGLE_RATE: "9000" } });
  expect(j.aws.membersOf("aws-team")).toEqual([at("p40")]);
});

describe("A31: the tally", () => {
  const CHILD = new URL("../faults/crash/child.ts", import.meta.url).pathname;

  test("counts those whom a killed run reserved once, and lets the next run disable them", async () => {
    const { j, tables } = await remembering(100);
    const leaving = crew(15);
    for (const name of leaving) j.google.suspend(at(name));
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<undefined>();
    const fault = j.emulator.fault({
      when: ({ operation }) => {
        if (operation === "PatchUser") reach(undefined);
        return operation === "PatchUser";
      },
      times: Infinity,
      do: { until: promise },
    });
    const environment = { ...j.emulator.environment(j.settings), ...tables.environment };
    const child = spawn(process.execPath, [CHILD, JSON.stringify({ environment, event: {} })]);
    await reached;
    child.kill("SIGKILL");
    await once(child, "exit");
    fault.remove();
    // What the dead process had sent arrives when all is over.
    onTestFinished(() => resolve(undefined));
    await j.sync();
    expect(disabled(j)).toEqual(leaving.map(at).toSorted());
    // 20 in a day: five more fit, and a sixth waits.
    for (const name of crew(6, 50)) j.google.suspend(at(name));
    const summary = await j.run();
    expect(summary.status).toBe("refused");
    expect(disabled(j)).toHaveLength(20);
  });

  test("counts nobody twice whom two runs reserve at once", async () => {
    const { j } = await remembering(100);
    for (const name of crew(15)) j.google.suspend(at(name));
    await Promise.all([j.run(), j.run()]);
    expect(disabled(j)).toHaveLength(15);
    for (const name of crew(6, 50)) j.google.suspend(at(name));
    expect((await j.run()).status).toBe("refused");
    expect(disabled(j)).toHaveLength(20);
  });

  test.each(["suspend", "deleteUser"] as const)(
    "lets nobody too many go by three runs at once about different people, and loses nobody (%s)",
    async (happens) => {
      const { j } = await remembering(100);
      for (const name of crew(24)) j.google[happens](at(name));
      const about = (from: number) => j.run({ action: "sync", only: crew(8, from).map(at) });
      await Promise.allSettled([about(1), about(9), about(17)]);
      expect(disabled(j).length).toBeLessThanOrEqual(20);
      const summary = await j.run();
      expect(disabled(j)).toHaveLength(20);
      for (const user of j.aws.users) if (user.active) expect(user.externalId).toMatch(/^\d+$/);
      await j.sync(approving(summary));
      expect(disabled(j)).toHaveLength(24);
    },
  );
});
