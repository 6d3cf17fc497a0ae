/** The climb: whoever is in a group is found there from their own side, whatever that group's listing lacks. */
import { describe, expect, test } from "vitest";
import type { Company } from "../emulator/google-company.ts";
import { at } from "../emulator/fill.ts";
import { smallCompany } from "./company.ts";
import { journey } from "./journey.ts";
import type { Beginning, Journey } from "./journey.ts";

const at2 = (name: string): string => `${name}@example.org`;
const STRANGERS = ["yuki", "zita", "xeno"];

/** Three people of a second domain are only in `team`, which lies in `aws-nested`. */
function twoDomains(google: Company): void {
  smallCompany(google);
  for (const name of STRANGERS) google.addUser({ email: at2(name) });
  for (const name of ["team", "aws-nested"]) google.addGroup({ email: at(name) });
  for (const name of STRANGERS) google.addMember(at("team"), at2(name));
  google.addMember(at("aws-nested"), at("team"));
}

async function settled(beginning: Beginning = {}): Promise<Journey> {
  const j = await journey({ company: twoDomains, ...beginning });
  await j.sync();
  return j;
}

const active = ({ aws }: Journey, ...addresses: readonly string[]): readonly boolean[] =>
  addresses.map((address) => aws.user(address).active);

/** Which member each question about "the groups that have this member" was about. */
const climbed = ({ emulator }: Journey): readonly string[] =>
  emulator.requests.flatMap(({ query }) =>
    query["query"]?.startsWith("memberKey=") === true && query["pageToken"] === undefined
      ? [query["query"].slice("memberKey=".length)]
      : [],
  );

describe("A23: a nested group that the listing of its parent lacks", () => {
  test("keeps its people of another domain, because their own groups lead up to the parent", async () => {
    const j = await settled();
    j.google.lies.hideMembers(at("aws-nested"), at("team"));
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", held: { "user.retire": 3 }, approvals: [] });
    expect(j.writes()).toEqual([]);
    // Each of the three in the team, and the team in the group, once.
    expect(j.emulator.count({ operation: "members.get" })).toBe(4);
    j.google.lies.clear();
    await j.sync();
    await j.settle();
  });

  test("keeps their membership where USER_MATCH keeps the people", async () => {
    const j = await settled({ settings: { USER_MATCH: "*" } });
    j.google.lies.hideMembers(at("aws-nested"), at("team"));
    expect(await j.run()).toMatchObject({ held: { "members.remove": 3 }, approvals: [] });
    expect(j.writes()).toEqual([]);
  });

  test(
    "and that really left it takes them along, however many levels the index tells at once",
    { tags: "long" },
    async () => {
      const j = await settled();
      j.google.policy.memberKeyTransitive = true;
      j.google.removeMember(at("aws-nested"), at("team"));
      await j.sync();
      expect(active(j, ...STRANGERS.map(at2))).toEqual([false, false, false]);
      await j.settle();
    },
  );

  test(
    "keeps nobody by an index that still has the step: each is asked about by itself",
    { tags: "long" },
    async () => {
      const j = await settled();
      const { id, email, name } = j.google.group(at("aws-nested"));
      j.google.removeMember(at("aws-nested"), at("team"));
      j.emulator.fault({
        when: ({ query }) => query["query"] === `memberKey=${at("team")}`,
        do: { status: 200, body: { kind: "admin#directory#groups", groups: [{ id, email, name }] } },
      });
      await j.sync();
      expect(active(j, ...STRANGERS.map(at2))).toEqual([false, false, false]);
    },
  );
});

describe("whoever is in a group because everybody is", () => {
  const everybody: Beginning = {
    also: (google) => {
      google.addGroup({ email: at("everybody") });
      google.addMember(at("everybody"), "customer");
      google.addGroup({ email: at2("aws-all") });
      google.addMember(at2("aws-all"), at("everybody"));
    },
  };

  test.each(["my_customer", "C03az79cb"])("stays, with CUSTOMER_ID=%s", async (CUSTOMER_ID) => {
    const j = await settled({ ...everybody, settings: { CUSTOMER_ID, USER_MATCH: "*" } });
    j.google.lies.hideMembers(at("everybody"), "C03az79cb");
    const summary = await j.run({}, { settings: { MAX_MEMBERSHIP_REMOVALS: "100%" } });
    expect(summary).toMatchObject({ status: "attention", held: { "members.remove": 14 }, approvals: [] });
    expect(j.writes()).toEqual([]);
  });

  test("leaves when everybody does", async () => {
    const j = await settled({ ...everybody, settings: { USER_MATCH: "*" } });
    j.google.removeMember(at("everybody"), "customer");
    await j.sync({}, { settings: { MAX_MEMBERSHIP_REMOVALS: "100%" } });
    expect(j.aws.membersOf("aws-all")).toEqual([]);
  });
});

describe("where a partner's group is nested, whose members Google does not show", () => {
  const partners: Beginning = {
    settings: { USER_MATCH: "*" },
    also: (google) => {
      google.addGroup({ email: "partners@elsewhere.org", foreign: true });
      google.addMember("partners@elsewhere.org", at("kim"));
      google.addMember(at("aws-readonly"), "partners@elsewhere.org");
    },
  };

  test("who may be a member through it alone waits, and the approval takes them out", async () => {
    const j = await settled(partners);
    j.google.removeMember(at("aws-readonly"), at("kim"));
    const { status, approvals } = await j.run();
    expect({ status, approvals }).toMatchObject({ status: "attention", approvals: [{ kind: "unsure" }] });
    expect(j.aws.membersOf("aws-readonly")).toContain(at("kim"));
    await j.run({ action: "sync", approve: approvals.map(({ id }) => id) });
    expect(j.aws.membersOf("aws-readonly")).not.toContain(at("kim"));
  });

  test("who is a member by a row of their own stays, and nothing waits", async () => {
    const j = await settled(partners);
    j.google.lies.hideMembers(at("aws-readonly"), at("kim"));
    expect(await j.run()).toMatchObject({ held: { "members.remove": 1 }, approvals: [] });
  });

  test("who is a member of another group stays, and nothing waits, whatever Google's index lacks", async () => {
    const j = await settled(partners);
    j.google.lies.hideMembers(at("aws-admins"), at("ada"));
    j.emulator.fault({
      when: ({ query }) => query["query"] === `memberKey=${j.google.user(at("ada")).id}`,
      do: { status: 200, body: { kind: "admin#directory#groups", groups: [] } },
    });
    expect(await j.run()).toMatchObject({ held: { "members.remove": 1 }, approvals: [] });
  });
});

describe("somebody who left their only group, and is in another one by Google's index, is disabled where that one", () => {
  /** What the index says of kim, who is in no other group. */
  function told(j: Journey, name: string): void {
    const { id, email } = j.google.group(at(name));
    j.emulator.fault({
      when: ({ query }) => query["query"] === `memberKey=${j.google.user(at("kim")).id}`,
      do: { status: 200, body: { kind: "admin#directory#groups", groups: [{ id, email, name }] } },
    });
  }

  test("was deleted, of which the index does not know yet", async () => {
    const j = await settled();
    told(j, "aws-readonly");
    j.google.deleteGroup(at("aws-readonly"));
    await j.sync();
    expect(active(j, at("kim"))).toEqual([false]);
  });

  test("left the scope under a new name, of which the index does not know yet", async () => {
    const j = await settled({ settings: { GROUP_MATCH: "name:aws-*" } });
    told(j, "aws-readonly");
    j.google.nameGroup(at("aws-readonly"), "Looking only");
    await j.sync();
    expect(active(j, at("kim"))).toEqual([false]);
  });

  test("is protected", async () => {
    const j = await settled();
    j.google.addGroup({ email: at("aws-guarded") });
    j.google.addMember(at("aws-guarded"), at("kim"));
    j.google.removeMember(at("aws-readonly"), at("kim"));
    await j.run({}, { settings: { PROTECT_GROUPS: "aws-guarded" } });
    expect(active(j, at("kim"))).toEqual([false]);
  });
});

describe("somebody who went over to another group stays", () => {
  test("while its row in the listing lacks the alias that INCLUDE_GROUPS names", async () => {
    const j = await settled({
      settings: { INCLUDE_GROUPS: `${at("aws-readonly")},${at("looking")}` },
      also: (google) => void google.addGroup({ email: at("aws-look"), aliases: [at("looking")] }),
    });
    j.google.addMember(at("aws-look"), at("kim"));
    j.google.removeMember(at("aws-readonly"), at("kim"));
    j.emulator.fault({
      when: ({ operation, query }) => operation === "groups.list" && query["query"] === "email:aws-*",
      times: Infinity,
      do: (_, answer) => {
        const body = structuredClone(answer.body) as { groups?: { aliases?: string[] }[] };
        for (const group of body.groups ?? []) delete group.aliases;
        return { ...answer, body };
      },
    });
    await j.run();
    expect(active(j, at("kim"))).toEqual([true]);
  });

  test("while no listing has it, and its owner gave it an alias that IGNORE_GROUPS meets", async () => {
    const j = await settled({ settings: { IGNORE_GROUPS: "*@frozen.example" } });
    j.google.group(at("aws-admins")).aliases.push("admins@frozen.example");
    j.google.addMember(at("aws-admins"), at("kim"));
    j.google.removeMember(at("aws-readonly"), at("kim"));
    j.google.lies.hideGroups(at("aws-admins"));
    const summary = await j.run();
    expect(summary.held).toMatchObject({ "user.retire": 3, "group.retire": 1 });
    expect(active(j, at("kim"), at("ada"), at("grace"))).toEqual([true, true, true]);
    expect(j.aws.membersOf("aws-admins")).toEqual([at("ada"), at("grace")]);
  });

  test("while Google does not say whether it fits a query that only Google can judge", async () => {
    const query = `memberKey=${at("mona")}`;
    const j = await settled({ settings: { GROUP_MATCH: `email:aws-*,${query}` } });
    j.google.addGroup({ email: at("sales") });
    j.google.addMember(at("sales"), at("kim"));
    j.google.removeMember(at("aws-readonly"), at("kim"));
    const pages = j.emulator.count(({ query: asked }) => asked["query"] === query);
    let seen = 0;
    j.emulator.fault({
      when: ({ query: asked }) => asked["query"] === query && (seen += 1) > pages,
      times: Infinity,
      do: { status: 503 },
    });
    expect((await j.run()).approvals).toMatchObject([{ kind: "unsure", subject: at("kim") }]);
    expect(active(j, at("kim"))).toEqual([true]);
  });
});

test("the memberships of an account that Google does not know any more go, and it is looked up once", async () => {
  const j = await settled();
  j.google.deleteUser(at("zoe"));
  j.google.deletedUsers.length = 0;
  await j.sync({}, { settings: { MANAGE: "groups,memberships" } });
  expect([...j.aws.membersOf("aws-backend"), ...j.aws.membersOf("aws-engineers")]).not.toContain(at("zoe"));
  expect(j.emulator.count({ operation: "users.get" })).toBe(1);
});

test(
  "two hundred removals ask once for the groups above each member, and about once for the rest",
  { tags: "long" },
  async () => {
    const people = Array.from({ length: 200 }, (_, n) => `person${n}`);
    const halls = Array.from({ length: 10 }, (_, n) => `hall${n}`);
    const limits = {
      ...{ MAX_USER_REMOVALS: "100%", MAX_MEMBERSHIP_REMOVALS: "100%", MAX_GROUP_SHRINK: "100%" },
      MAX_GROUP_GROWTH: "100%",
    };
    const j = await settled({
      emulator: { pageSize: "vendor" },
      settings: limits,
      also: (google) => {
        for (const name of ["building", "aws-left", "aws-stays", ...halls])
          google.addGroup({ email: at(name) });
        // More than half of all must not leave.
        for (let n = 0; n < 200; n++)
          google.addMember(at("aws-stays"), google.addUser({ email: at(`other${n}`) }).primaryEmail);
        for (const hall of halls) google.addMember(at("building"), at(hall));
        people.forEach((name, n) => {
          google.addUser({ email: at(name) });
          google.addMember(at("aws-left"), at(name));
          google.addMember(at(`hall${n % 10}`), at(name));
        });
      },
    });
    for (const name of people) j.google.removeMember(at("aws-left"), at(name));
    await j.sync();
    expect(j.outcomes.filter(({ change }) => change.kind === "user.retire").length).toBeGreaterThanOrEqual(
      200,
    );
    const keys = climbed(j);
    expect(keys).toHaveLength(new Set(keys).size);
    // 200 people, ten halls, the building, and everybody.
    expect(keys).toHaveLength(212);
    expect(j.emulator.count({ operation: "members.hasMember" })).toBe(200);
    expect(j.emulator.count({ operation: "members.get" })).toBe(0);
  },
);
