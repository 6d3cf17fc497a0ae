/** Google answers with success, and what it says is wrong. Whatever it is, nobody who belongs there loses access. */
import { expect, test } from "vitest";
import type { Emulator } from "../emulator/emulator.ts";
import { at } from "../emulator/fill.ts";
import type { Settings } from "../oracle/emulated.ts";
import { expectContract, expectSuccess, open, run, type Ended } from "./stage.ts";
import { person, settledTeam } from "./team.ts";

/** Twenty people, three to a page; everything is as it should be, and there is one thing to do. */
async function begin(): Promise<Emulator> {
  const emulator = await open({ pageSize: 3 });
  settledTeam(emulator, 20);
  emulator.google.addUser({ email: at("newcomer"), givenName: "Given", familyName: "newcomer" });
  emulator.google.addMember(at("aws-all"), at("newcomer"));
  return emulator;
}

/** All access of the company's people: nobody may have less. */
const accessOf = ({ aws }: Emulator): ReadonlySet<string> =>
  new Set(
    aws.memberships.flatMap(({ userId, groupId }) =>
      aws.user(userId).active ? [`${aws.user(userId).userName} in ${aws.group(groupId).displayName}`] : [],
    ),
  );

async function lyingRun(
  lie: (emulator: Emulator) => void,
  settings: Settings = {},
): Promise<{ readonly emulator: Emulator; readonly ended: Ended }> {
  const emulator = await begin();
  const before = accessOf(emulator);
  emulator.onWrite(() => expect([...before.difference(accessOf(emulator))]).toEqual([]));
  lie(emulator);
  const ended = await run(emulator, {}, { settings });
  expect([...before.difference(accessOf(emulator))]).toEqual([]);
  return { emulator, ended };
}

/** The lie is over: the next run does what was left, and nothing else. */
async function expectRecovery(emulator: Emulator, settings: Settings = {}): Promise<void> {
  emulator.google.lies.clear();
  await expectSuccess(emulator, { settings });
}

const everything: Settings = {
  MAX_USER_REMOVALS: "100%",
  MAX_GROUP_REMOVALS: "100%",
  MAX_MEMBERSHIP_REMOVALS: "100%",
};

interface Lie {
  readonly what: string;
  readonly lie: (emulator: Emulator) => void;
  readonly status: Ended["status"];
  readonly says: RegExp;
  /** Whether the newcomer, whom the lie is not about, is made all the same. */
  readonly goesOn: boolean;
  readonly settings?: Settings;
}

const lies: readonly Lie[] = [
  {
    what: "there are no groups",
    lie: ({ google }) => google.lies.hideGroups("*"),
    status: "refused",
    says: /Google lists no groups at all.*GROUP_MATCH.*cannot be approved/,
    goesOn: false,
    settings: everything,
  },
  {
    what: "there are no users",
    lie: ({ google }) => google.lies.hideUsers("*"),
    status: "refused",
    says: /Google lists no users at all.*cannot be approved/,
    goesOn: false,
    settings: everything,
  },
  {
    what: "half of the groups are missing",
    lie: ({ google }) => google.lies.hideGroups(at("aws-some")),
    status: "attention",
    says: /1 removal is held.*the settings select the group aws-some@example\.com itself/,
    goesOn: true,
  },
  {
    what: "nobody is in one group",
    lie: ({ google }) => google.lies.hideMembers(at("aws-some")),
    status: "attention",
    says: /7 removals are held.*the membership exists/,
    goesOn: true,
  },
  {
    what: "nobody is in any group",
    lie: ({ google }) => google.lies.hideMembers("*"),
    status: "refused",
    says: /The plan would leave none of the 20 enabled managed users.*cannot be approved/,
    goesOn: false,
    settings: everything,
  },
  {
    what: "a page of members is missing",
    lie: ({ google }) => google.lies.dropPage("members.list", 2),
    status: "attention",
    says: /removals are held/,
    goesOn: true,
  },
  {
    what: "half of the users are missing",
    lie: ({ google }) => google.lies.hideUsers(...Array.from({ length: 10 }, (_, n) => at(person(n)))),
    status: "attention",
    says: /removals are held.*Google's listing lacks person\d\d@example\.com, but the account exists/,
    goesOn: true,
    settings: everything,
  },
  {
    what: "more than half of the users are missing, under the usual limits",
    lie: ({ google }) => google.lies.hideUsers(...Array.from({ length: 11 }, (_, n) => at(person(n)))),
    status: "attention",
    says: /11 removals are held/,
    goesOn: true,
  },
  {
    what: "one user is missing",
    lie: ({ google }) => google.lies.hideUsers(at(person(3))),
    status: "attention",
    says: /person03@example\.com.*the account exists/,
    goesOn: true,
  },
  {
    what: "one member is missing in one group",
    lie: ({ google }) => google.lies.hideMembers(at("aws-some"), at(person(3))),
    status: "attention",
    says: /1 removal is held.*the membership exists/,
    goesOn: true,
  },
  {
    what: "one member is missing in every group",
    lie: ({ google }) => google.lies.hideMembers("*", at(person(4))),
    status: "attention",
    says: /person04@example\.com.*the membership exists/,
    goesOn: true,
  },
  ...(["users.list", "groups.list", "members.list"] as const).flatMap((listing): readonly Lie[] => [
    {
      what: `a page token of ${listing} goes nowhere`,
      lie: ({ google }) => {
        for (let n = 0; n < 3; n += 1) google.addGroup({ email: at(`aws-more${n}`) });
        google.lies.breakToken(listing, 1);
      },
      status: "failed",
      says: /Google|page/,
      goesOn: false,
    },
    {
      what: `${listing} repeats for ever`,
      lie: ({ google }) => google.lies.repeatForEver(listing),
      status: "failed",
      says: /page|again|Google/,
      goesOn: false,
    },
  ]),
];

test.each(lies)("$what: nothing is taken away by mistake, and what is safe is done", async (one) => {
  const { emulator, ended } = await lyingRun(one.lie, one.settings);
  expect(`${ended.status}: ${ended.message}`).toMatch(new RegExp(`^${one.status}: `));
  expect(ended.message).toMatch(one.says);
  expect(emulator.aws.findUser(at("newcomer")) !== undefined).toBe(one.goesOn);
  if (!one.goesOn) expect(emulator.writes()).toEqual([]);
  await expectRecovery(emulator, one.settings);
});

test("an empty page is not the end of a listing", async () => {
  const { emulator, ended } = await lyingRun(({ google }) => {
    for (const listing of ["users.list", "groups.list", "members.list"] as const)
      google.lies.emptyPage(listing, 1);
  });
  expect(ended.status).toBe("succeeded");
  expectContract(emulator, ended);
});

test("a deleted group that is still listed counts as gone", async () => {
  const emulator = await begin();
  emulator.google.deleteGroup(at("aws-some"));
  emulator.google.lies.listDeletedGroup(at("aws-some"));
  const ended = await run(emulator);
  expect(ended.status).toBe("succeeded");
  expect(emulator.aws.membersOf("aws-some")).toEqual([]);
  expect(emulator.aws.group("aws-some").externalId).toMatch(/^ssosync-retired\./);
  expectContract(emulator, ended);
});

test("somebody who is really gone is removed, and others who are only missing from a listing stay", async () => {
  const emulator = await begin();
  emulator.google.deleteUser(at(person(5)));
  emulator.google.removeMember(at("aws-some"), at(person(6)));
  emulator.google.lies.hideUsers(at(person(7)));
  emulator.google.lies.hideMembers(at("aws-some"), at(person(9)));
  const ended = await run(emulator);
  expect(ended.status).toBe("attention");
  expect(emulator.aws.user(at(person(5))).active).toBe(false);
  expect(emulator.aws.membersOf("aws-some")).not.toContain(at(person(6)));
  expect(emulator.aws.user(at(person(7))).active).toBe(true);
  expect(emulator.aws.membersOf("aws-all")).toContain(at(person(7)));
  expect(emulator.aws.membersOf("aws-some")).toContain(at(person(9)));
  await expectRecovery(emulator);
});
