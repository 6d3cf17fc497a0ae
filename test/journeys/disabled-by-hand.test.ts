/** Whoever was disabled by hand in AWS is enabled by an approval alone, whatever Google does with the account. */
import { describe, expect, test } from "vitest";
import { parseRequest } from "../../src/request.ts";
import type { Outcome } from "../../src/run/outcome.ts";
import { answer } from "../../src/run/run.ts";
import type { Summary } from "../../src/run/summary.ts";
import { at } from "../emulator/fill.ts";
import { journey } from "./journey.ts";
import type { Journey } from "./journey.ts";

async function settled(settings: Record<string, string> = {}): Promise<Journey> {
  const j = await journey({ settings });
  await j.sync();
  j.aws.user(at("ada")).active = false;
  return j;
}

const adaIn = ({ aws }: Journey, id: string) => aws.users.find((user) => user.id === id);

/** Three full runs, and looks for leavers between them: nothing but one approval, and nothing written after the first. */
async function waits(j: Journey): Promise<string> {
  const { id } = j.aws.user(at("ada"));
  const ids = new Set<string>();
  for (let count = 0; count < 3; count += 1) {
    const { status, approvals } = await j.run();
    expect(status).toBe("attention");
    expect(approvals).toMatchObject([{ kind: "enable", subject: at("ada") }]);
    for (const one of approvals) ids.add(one.id);
    if (count > 0) expect(j.writes()).toEqual([]);
    expect(adaIn(j, id)?.active).toBe(false);
    await j.settle();
    await j.run({ action: "leavers" });
    expect(j.writes()).toEqual([]);
  }
  expect(ids.size).toBe(1);
  return [...ids].join("");
}

/** How Google takes the account away, and gives it back. */
type Way = readonly [how: string, away: (j: Journey) => void, back: (j: Journey) => void];
const suspended: Way = [
  "suspended",
  ({ google }) => void google.suspend(at("ada")),
  ({ google }) => void google.suspend(at("ada"), false),
];
const archived: Way = [
  "archived",
  ({ google }) => void google.archive(at("ada")),
  ({ google }) => void google.archive(at("ada"), false),
];
const deleted: Way = [
  "deleted",
  ({ google }) => void google.deleteUser(at("ada")),
  ({ google }) => {
    for (const { id } of google.deletedUsers) google.undeleteUser(id);
    google.addMember(at("aws-admins"), at("ada"));
  },
];
const outOfScope: Way = [
  "out of every group",
  ({ google }) => void google.removeMember(at("aws-admins"), at("ada")),
  ({ google }) => void google.addMember(at("aws-admins"), at("ada")),
];

describe("somebody who was disabled by hand, and then was", () => {
  test.each<readonly [...Way, Record<string, string>]>([
    [...suspended, {}],
    [...archived, {}],
    [...deleted, {}],
    [...deleted, { DELETE_GRACE_DAYS: "0" }],
    [...outOfScope, { DELETE_GRACE_DAYS: "0" }],
    [...suspended, { SYNC_SUSPENDED: "false", DELETE_GRACE_DAYS: "0" }],
  ])(
    "%s in Google, is enabled by an approval, and by nothing else",
    { tags: "long" },
    async (_, away, back, settings) => {
      const j = await settled(settings);
      const { id } = j.aws.user(at("ada"));
      away(j);
      await j.run({ action: "leavers" });
      expect(j.writes()).toEqual([]);
      await j.sync();
      await j.settle();
      expect(adaIn(j, id)?.active).toBe(false);
      back(j);
      const approval = await waits(j);
      expect(j.aws.membersOf("aws-admins")).toContain(at("ada"));
      await j.sync({ action: "sync", approve: [approval] });
      expect(adaIn(j, id)).toMatchObject({ active: true, externalId: j.google.user(at("ada")).id });
      await j.settle();
    },
  );
});

test(
  "the mark of somebody who was disabled by hand says so, from one mark to the next",
  { tags: "long" },
  async () => {
    const j = await settled();
    const { id, externalId } = j.aws.user(at("ada"));
    j.google.suspend(at("ada"));
    await j.sync();
    const day = new Date().toISOString().slice(0, 10);
    expect(adaIn(j, id)?.externalId).toBe(`ssosync-suspended.${day}.${externalId}.by-hand`);
    j.google.deleteUser(at("ada"));
    await j.sync();
    expect(adaIn(j, id)?.externalId).toBe(`ssosync-retired.${day}.${externalId}.by-hand`);
    // A new person has the address: the old one is moved aside, and so comes back under another.
    const { id: newcomer } = j.google.addUser({ email: at("ada") });
    j.google.addMember(at("aws-admins"), newcomer);
    await j.sync();
    expect(adaIn(j, id)).toMatchObject({ active: false, userName: `retired.${externalId}.${at("ada")}` });
    expect(adaIn(j, id)?.externalId).toBe(`ssosync-retired.${day}.${externalId}.by-hand`);
    await j.settle();
  },
);

test("whom a person enabled again was disabled by hand no longer", { tags: "long" }, async () => {
  const j = await settled();
  const { id } = j.aws.user(at("ada"));
  j.google.suspend(at("ada"));
  await j.sync();
  j.aws.user(id).active = true;
  await j.sync();
  expect(adaIn(j, id)).toMatchObject({
    active: false,
    externalId: expect.stringMatching(/\.\d+$/) as string,
  });
  j.google.suspend(at("ada"), false);
  await j.sync();
  expect(adaIn(j, id)?.active).toBe(true);
  await j.settle();
});

test(
  "whoever comes back to a name that somebody else has is not enabled under the one of those who are gone",
  { tags: "long" },
  async () => {
    const j = await settled();
    const { id, externalId = "" } = j.aws.user(at("ada"));
    j.google.removeMember(at("aws-admins"), externalId);
    await j.sync();
    j.google.rename(externalId, at("countess"));
    j.google.user(externalId).aliases.length = 0;
    const { id: newcomer } = j.google.addUser({ email: at("ada") });
    j.google.addMember(at("aws-admins"), newcomer);
    await j.sync();
    const { id: byHand } = j.aws.addUser({ userName: at("countess") });
    j.google.addMember(at("aws-admins"), externalId);
    expect(await j.run()).toMatchObject({ status: "attention", approvals: [] });
    expect(j.writes()).toEqual([]);
    expect(adaIn(j, id)).toMatchObject({ active: false, userName: `retired.${externalId}.${at("ada")}` });
    await j.settle();
    j.aws.deleteUser(byHand);
    const { approvals } = await j.run();
    expect(approvals).toMatchObject([{ kind: "enable", subject: at("countess") }]);
    expect(adaIn(j, id)).toMatchObject({ active: false, userName: at("countess") });
  },
);

describe("somebody who is disabled by hand while a run is under way", () => {
  /** Disabled as soon as Google is asked this about them. */
  function disabledAt(j: Journey, id: string, operation: string): void {
    const when = (request: { readonly operation: string }): boolean => {
      if (request.operation === operation) Object.assign(adaIn(j, id) ?? {}, { active: false });
      return false;
    };
    j.emulator.fault({ when, do: "cut" });
  }

  test.each([
    ["and whose account is deleted", deleted, "users.get"],
    ["and who is out of every group", outOfScope, "members.hasMember"],
  ] as const)(
    "%s, is enabled by an approval, and by nothing else",
    { tags: "long" },
    async (_, [, away, back], operation) => {
      const j = await journey();
      await j.sync();
      const { id } = j.aws.user(at("ada"));
      away(j);
      disabledAt(j, id, operation);
      await j.sync();
      expect(adaIn(j, id)).toMatchObject({
        active: false,
        externalId: expect.not.stringMatching(/\./) as string,
      });
      await j.sync();
      await j.settle();
      back(j);
      await waits(j);
    },
  );
});

test.each([
  ["disabled by hand", "enable", settled],
  [
    "made by hand and disabled",
    "adoption",
    () => journey({ also: (_, aws) => void aws.addUser({ userName: at("ada"), active: false }) }),
  ],
] as const)("one approval enables whoever was %s, whether Google answers or not", async (_, kind, begin) => {
  const j = await begin();
  j.emulator.fault({ when: { operation: "users.get" }, times: Infinity, do: { status: 403 } });
  const { approvals } = await j.run();
  expect(approvals).toMatchObject([{ kind, subject: at("ada") }]);
  const approve = approvals.map(({ id }) => id);
  const { approved } = await j.sync({ action: "sync", approve });
  expect(approved).toMatchObject([{ kind, id: approve[0] }]);
  expect(j.aws.user(at("ada")).active).toBe(true);
  await j.settle();
});

test("an approval to take over somebody who was enabled enables nobody whom somebody disabled since", async () => {
  const j = await journey({
    also: (_, aws) => {
      aws.addUser({ userName: at("ada") });
      aws.addGroup({ displayName: "By-Hand" });
      aws.addMembership("By-Hand", at("ada"));
    },
  });
  const approvalOf = ({ approvals }: Summary) => approvals.find(({ subject }) => subject === at("ada"));
  const told = approvalOf(await j.run());
  expect(told?.sentence).not.toContain("enable it");
  Object.assign(j.aws.user(at("ada")), { active: false });
  expect(await j.failure({ action: "sync", approve: [told?.id] })).toContain("nothing was approved");
  expect(j.aws.user(at("ada"))).toMatchObject({ active: false });
  const anew = approvalOf(await j.run());
  expect(anew?.sentence).toContain("would enable it, in 1 group (By-Hand)");
  await j.sync({ action: "sync", approve: [anew?.id] });
  expect(j.aws.user(at("ada"))).toMatchObject({ active: true });
  await j.settle();
});

test(
  "whoever is disabled by hand while a terminal asks whether to enable them stays so",
  { tags: "long" },
  async () => {
    const j = await journey();
    await j.sync();
    const { id } = j.aws.user(at("ada"));
    j.google.suspend(at("ada"));
    await j.sync();
    j.google.suspend(at("ada"), false);
    const outcomes: Outcome[] = [];
    await answer({
      environment: j.emulator.environment(j.settings),
      ...{ place: "terminal", lines: "nowhere", request: parseRequest({ action: "sync" }) },
      watch: {
        proposed: async () => {
          await j.sync();
          Object.assign(adaIn(j, id) ?? {}, { active: false });
        },
        outcome: (outcome) => void outcomes.push(outcome),
      },
    });
    expect(outcomes).toMatchObject([{ status: "skipped", reason: { code: "by-hand-meanwhile" } }]);
    expect(adaIn(j, id)?.active).toBe(false);
    await waits(j);
  },
);

test.each([["by hand"], ["by a run"]] as const)(
  "whoever was disabled %s, and comes back without a user name, is not enabled under the one of those who are gone",
  async (by) => {
    const ofCorp = (name: string): string => `${name}@corp.example`;
    const j = await journey({
      settings: { USER_NAME: "alias@corp.example" },
      also: ({ users }) => {
        for (const { aliases, primaryEmail } of users) aliases.push(ofCorp(primaryEmail.replace(/@.*/u, "")));
      },
    });
    await j.sync();
    const user = j.aws.user(ofCorp("ada"));
    if (by === "by hand") user.active = false;
    j.google.removeMember(at("aws-admins"), at("ada"));
    await j.sync();
    const newcomer = j.google.addUser({ email: at("neo") });
    newcomer.aliases.push(...j.google.user(at("ada")).aliases.splice(0));
    j.google.addMember(at("aws-admins"), newcomer.id);
    await j.sync();
    j.google.addMember(at("aws-admins"), at("ada"));
    expect(await j.run()).toMatchObject({ status: "attention", approvals: [] });
    expect(j.writes()).toEqual([]);
    expect(adaIn(j, user.id)).toMatchObject({
      active: false,
      userName: expect.stringMatching(/^retired\./) as string,
    });
    await j.settle();
  },
);
