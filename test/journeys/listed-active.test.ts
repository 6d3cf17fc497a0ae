/** Whoever is listed as active, and whose account is not: nobody is let in by a listing alone. */
import { describe, expect, test } from "vitest";
import type { Answer } from "../emulator/wire.ts";
import { at } from "../emulator/fill.ts";
import { backdate } from "./day.ts";
import { journey } from "./journey.ts";
import type { Journey } from "./journey.ts";

const isUser = ({ operation }: { readonly operation: string }): boolean => operation === "users.get";

/** The listing calls everybody active. */
function listActive(j: Journey): { remove: () => void } {
  return j.emulator.fault({
    when: { operation: "users.list" },
    times: Infinity,
    do: (_, answer): Answer => {
      const body = structuredClone(answer.body) as { users?: object[] };
      const users = (body.users ?? []).map((row) => ({ ...row, suspended: false, archived: false }));
      return { ...answer, body: { ...body, users } };
    },
  });
}

/** Ada in AWS, and whether she is in the group. */
const ada = ({ aws }: Journey) => ({
  ...structuredClone(aws.user(at("ada"))),
  isMember: aws.findGroup("aws-admins") !== undefined && aws.membersOf("aws-admins").includes(at("ada")),
});

/** Ada as she is in AWS before she would be let in. */
interface Beginning {
  readonly who: string;
  readonly held: string;
  readonly told: string;
  readonly begin: () => Promise<Journey>;
}

const byHand = (active: boolean) => async (): Promise<Journey> =>
  journey({ also: (_, aws) => void aws.addUser({ userName: at("ada"), active }) });

async function suspendedBefore(): Promise<Journey> {
  const j = await journey();
  await j.sync();
  j.google.suspend(at("ada"));
  await j.sync();
  j.google.suspend(at("ada"), false);
  return j;
}

async function revokedBefore(enabled: boolean): Promise<Journey> {
  const j = await journey();
  await j.sync();
  j.google.removeMember(at("aws-admins"), at("ada"));
  await j.sync();
  expect(j.aws.user(at("ada")).externalId).toMatch(/^ssosync-retired/);
  j.google.addMember(at("aws-admins"), at("ada"));
  j.aws.user(at("ada")).active = enabled;
  return j;
}

const BEGINNINGS: readonly Beginning[] = [
  { who: "made by hand, enabled", held: "user.update", told: "taken over", begin: byHand(true) },
  { who: "suspended before", held: "user.enable", told: "enabled", begin: suspendedBefore },
  { who: "revoked before", held: "user.restore", told: "restored", begin: async () => revokedBefore(false) },
];
const SINCE: Beginning = {
  who: "revoked before, and enabled since by hand",
  ...{ held: "user.restore", told: "restored" },
  begin: async () => revokedBefore(true),
};

type Happening = readonly [state: string, happen: (j: Journey) => void];
const HAPPENINGS: readonly Happening[] = [
  ["suspended", ({ google }) => void google.suspend(at("ada"))],
  ["archived", ({ google }) => void google.archive(at("ada"))],
  ["gone", ({ emulator }) => void emulator.fault({ when: isUser, times: Infinity, do: { status: 404 } })],
];

describe.each(BEGINNINGS)("somebody $who", ({ held, told, begin }) => {
  test.each(HAPPENINGS)("whose account is %s is left as they are, and that is told", async (_, happen) => {
    const j = await begin();
    listActive(j);
    happen(j);
    const before = ada(j);
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", held: { [held]: 1 }, approvals: [] });
    expect(summary.message).toContain(`1 user is not ${told} (${at("ada")}: `);
    expect(ada(j)).toEqual(before);
    expect(await j.run()).toMatchObject({ status: "attention", held: { [held]: 1 }, applied: {} });
  });
});

describe.each([...BEGINNINGS, SINCE])("somebody $who", ({ told, begin }) => {
  test("of whom Google does not say is left as they are, and waits; an approval lets them in", async () => {
    const j = await begin();
    j.emulator.fault({ when: isUser, times: Infinity, do: { status: 403 } });
    const before = ada(j);
    const { approvals, message } = await j.run();
    expect(approvals).toHaveLength(1);
    expect(message).toContain(`1 user is not ${told} (${at("ada")}: `);
    expect(ada(j)).toEqual(before);
    await j.sync({ action: "sync", approve: approvals.map(({ id }) => id) });
    const { id: externalId } = j.google.user(at("ada"));
    expect(ada(j)).toMatchObject({ active: true, externalId, isMember: true });
    await j.settle();
  });
});

describe.each([{}, { action: "leavers" }])("a run of %j", (request) => {
  test.each(HAPPENINGS)(
    "disables whoever was revoked, and was enabled since by hand: the account is %s",
    async (_, happen) => {
      const j = await SINCE.begin();
      listActive(j);
      happen(j);
      expect(await j.run(request)).toMatchObject({ applied: { "user.disable": 1 }, held: {} });
      expect(ada(j)).toMatchObject({ active: false, isMember: false });
    },
  );
});

test("an approval to take somebody over whose account is suspended writes nothing to them", async () => {
  const j = await byHand(false)();
  const { approvals } = await j.run();
  listActive(j);
  j.google.suspend(at("ada"));
  const before = ada(j);
  const summary = await j.run({ action: "sync", approve: approvals.map(({ id }) => id) });
  expect(summary).toMatchObject({ status: "attention", applied: {}, held: { "user.enable": 1 } });
  expect(ada(j)).toEqual(before);
});

test.each([true, false])(
  "whoever was made by hand with another e-mail address, enabled: %s, is taken over disabled where the account is suspended, and nothing is held",
  async (active) => {
    const j = await byHand(active)();
    j.aws.user(at("ada")).emails = [{ value: at("a.lovelace"), primary: true, type: "work" }];
    j.google.suspend(at("ada"));
    expect(await j.run()).toMatchObject({ status: "succeeded", held: {} });
    expect(ada(j)).toMatchObject({ active: false, emails: [{ value: at("ada") }] });
    await j.settle();
  },
);

describe("the id of what is unsure is of that alone:", () => {
  const refuse = (j: Journey): void =>
    void j.emulator.fault({ when: isUser, times: Infinity, do: { status: 403 } });
  const idIn = async (j: Journey): Promise<string | undefined> => {
    const { approvals } = await j.run();
    return approvals.find(({ subject }) => subject === at("ada"))?.id;
  };

  test("of taking over somebody enabled, not of enabling whom somebody disabled since", async () => {
    const j = await byHand(true)();
    refuse(j);
    const id = await idIn(j);
    j.aws.user(at("ada")).active = false;
    expect(await j.failure({ action: "sync", approve: [id] })).toContain("nothing was approved");
    expect(j.aws.user(at("ada")).active).toBe(false);
  });

  test("of enabling somebody again, not of enabling whom somebody disabled by hand", async () => {
    const j = await suspendedBefore();
    refuse(j);
    const id = await idIn(j);
    j.aws.user(at("ada")).externalId = j.google.user(at("ada")).id;
    expect(await j.failure({ action: "sync", approve: [id] })).toContain("nothing was approved");
    expect(j.aws.user(at("ada")).active).toBe(false);
  });

  test("of restoring somebody, not of deleting them", async () => {
    const j = await revokedBefore(false);
    refuse(j);
    const restoring = await idIn(j);
    j.google.removeMember(at("aws-admins"), at("ada"));
    backdate(j, at("ada"), 40);
    j.emulator.fault({ when: { operation: "members.hasMember" }, times: Infinity, do: { status: 403 } });
    const deleting = await idIn(j);
    expect([restoring, deleting]).not.toContain(undefined);
    expect(deleting).not.toBe(restoring);
  });

  test("of one user, not of another", async () => {
    const j = await journey();
    await j.sync();
    const both = ["ada", "grace"].map(at);
    for (const user of both) j.google.suspend(user);
    await j.sync();
    for (const user of both) j.google.suspend(user, false);
    refuse(j);
    const ids = (await j.run()).approvals.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });
});
