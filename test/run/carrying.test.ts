/** What is asked about access in one run: how much of it, for how long, and what is told of the rest. */
import { describe, expect, test } from "vitest";
import { isPressing } from "../../src/core/approval.ts";
import type { Waiting } from "../../src/core/approval.ts";
import { NOTHING_ASKED } from "../../src/core/carries.ts";
import type { Principal } from "../../src/core/carries.ts";
import { targetId } from "../../src/core/model.ts";
import { carriesOf, toldWith } from "../../src/run/carrying.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { begun } from "./begun.ts";

/** Groups that AWS need not have: nothing is assigned to them then. */
const groups = (count: number): readonly Principal[] =>
  Array.from({ length: count }, (_, n) => ({ kind: "group", id: targetId(`g-${n}`) }));

const UNKNOWN = { opens: [], whole: false };

test("each is asked about, and progress is told", async () => {
  const emulator = await useEmulator();
  const { id } = emulator.aws.addGroup({ displayName: "aws-admins" });
  emulator.access.addPermissionSet("Admin", { policies: ["AdministratorAccess"] });
  emulator.access.assign("aws-admins", "Admin", "prod");
  const told: (readonly number[])[] = [];
  const run = await begun(emulator, {}, 60_000);
  const watch = { carrying: (...progress: readonly number[]) => void told.push(progress) };
  const one: Principal = { kind: "group", id: targetId(id) };
  const { of, notShown } = await carriesOf([one, ...groups(1)], { ...run, watch });
  expect([of.get(targetId(id))?.opens.map(({ name }) => name), of.get(targetId("g-0"))?.opens]).toEqual([
    ["Admin"],
    [],
  ]);
  expect(notShown).toEqual([]);
  expect(told).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(await carriesOf([one], run)).toMatchObject({ of: new Map([[id, { whole: true }]]) });
});

describe("of more than 500", () => {
  test(
    "the first 500 are asked about; that nothing else is known is told beside what else is not",
    { tags: "long" },
    async () => {
      const emulator = await useEmulator();
      emulator.denied.add("account-access:ListApplications");
      const run = await begun(emulator);
      const { of, notShown } = await carriesOf(groups(501), run);
      expect(groups(501).filter(({ id }) => !of.has(id))).toEqual(groups(501).slice(500));
      expect(notShown.map(({ what }) => what)).toEqual(["entitlements", "assignments"]);
      expect(notShown[1]?.why).toMatch(/^No more than 500 of the 501 /);
      expect((await carriesOf(groups(500), run)).notShown.map(({ what }) => what)).toEqual(["entitlements"]);
    },
  );

  test.each([
    ["AWS refuses it", {}, ["assignments", "entitlements"]],
    ["all is read over SCIM", { AWS_READ: "scim" }, ["assignments"]],
  ])("what is assigned is told once where %s", async (_, settings, whats) => {
    const emulator = await useEmulator();
    for (const right of ["sso:ListAccountAssignmentsForPrincipal", "account-access:ListApplications"])
      emulator.denied.add(right);
    const { notShown } = await carriesOf(groups(501), await begun(emulator, settings));
    expect(notShown.map(({ what }) => what)).toEqual(whats);
  });
});

describe("half of the time that is left is for asking", () => {
  test("and of whom AWS does not tell by then, nothing is known", { tags: "long" }, async () => {
    const emulator = await useEmulator();
    const operation = "ListAccountAssignmentsForPrincipal";
    emulator.fault({ when: { operation }, times: Infinity, do: { delay: 60_000 } });
    const run = await begun(emulator, {}, 5_000);
    const before = run.deadline.timeLeftMs();
    expect(await carriesOf(groups(2), run)).toEqual({
      of: new Map([
        ["g-0", UNKNOWN],
        ["g-1", UNKNOWN],
      ]),
      notShown: [{ what: "assignments", why: "There was no time to ask AWS about them", todo: "" }],
    });
    const share = run.deadline.timeLeftMs() / before;
    expect(share).toBeLessThan(0.55);
    expect(share).toBeGreaterThan(0.1);
  });

  test("and where nobody is to be asked about, nothing is said, however little is left", async () => {
    const run = await begun(await useEmulator(), {}, 100);
    expect(await carriesOf([], run)).toBe(NOTHING_ASKED);
  });
});

test("a mistake of ours is no lack of time", async () => {
  const run = await begun(await useEmulator());
  const watch = {
    carrying: () => {
      throw new Error("no terminal");
    },
  };
  await expect(carriesOf(groups(1), { ...run, watch })).rejects.toThrow("no terminal");
});

test("a group that was never linked is asked about where nothing is written, and where something is approved", async () => {
  const run = await begun(await useEmulator());
  const reason = { code: "tally-unreadable", why: "", todo: "", who: [] } as const;
  const wait = (kind: Waiting["kind"]): Waiting => ({
    id: kind,
    kind,
    reason,
    about: { kind: "group", label: "x" },
  });
  const waiting = [wait("adoption"), wait("growth")];
  const told = (writes: boolean, approve: readonly string[] | undefined) =>
    toldWith(waiting, { ...run, writes, selection: approve === undefined ? {} : { approve } });
  expect(told(true, undefined)).toEqual(waiting.filter(isPressing));
  expect(told(true, ["an id"])).toEqual(waiting);
  expect(told(false, undefined)).toEqual(waiting);
  expect(told(false, ["an id"])).toEqual(waiting);
  expect(waiting.filter(isPressing)).toHaveLength(1);
});
