/** What the second look makes of each answer of Google's, asked through the real client. */
import { describe, expect, test } from "vitest";
import { secondLook } from "../../src/run/second-look.ts";
import type { Questions } from "../../src/run/questions.ts";
import { toldBy } from "../../src/core/budget.ts";
import { NOTHING_SPENT } from "../../src/core/tally.ts";
import { NO_HOLDS, changesOf, plan } from "../../src/core/plan.ts";
import { approvalOf } from "../../src/core/words.ts";
import { scope } from "../../src/core/scope.ts";
import { NOTHING_ASKED } from "../../src/core/carries.ts";
import type { ExistingUser, Rules, Source, SourceId } from "../../src/core/model.ts";
import { witness } from "../../src/google/witness.ts";
import { digest } from "../core/planned.ts";
import { NOW, TODAY, groupInTarget, inTarget, manage, marked, rules, target } from "../core/world.ts";
import { google } from "../google/setup.ts";
import type { Google } from "../google/setup.ts";

const at = (name: string): string => `${name}@example.com`;

/** `devs` has ada and bob, and dee by way of `inner`; `ops` has bob and cy; ada is in both, so that somebody stays. */
async function company(): Promise<Google> {
  const here = await google("vendor");
  for (const name of ["ada", "bob", "cy", "dee"])
    here.company.addUser({ email: at(name), givenName: name, familyName: "Person" });
  for (const name of ["devs", "ops", "inner"]) here.company.addGroup({ email: at(name), name });
  for (const name of ["ada", "bob", "inner"]) here.company.addMember(at("devs"), at(name));
  for (const name of ["ada", "bob", "cy"]) here.company.addMember(at("ops"), at(name));
  here.company.addMember(at("inner"), at("dee"));
  return here;
}

/** What the listings said of it: true but for what `missing` takes out. */
interface Listing {
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  /** `devs bob` */
  readonly rows?: readonly string[];
  readonly matched?: Source["matched"];
}

function without(source: Source, { users = [], groups = [], rows = [], matched }: Listing): Source {
  const group = new Map(source.groups.map(({ id, name }) => [id, name]));
  const shown = source.groups.filter(({ name }) => name !== "inner" && !groups.includes(name));
  const members = [...source.members].map(([id, all]) => {
    const kept = all.filter(({ email }) => !rows.includes(`${group.get(id)} ${email.split("@")[0]}`));
    return [id, kept] as const;
  });
  return {
    ...source,
    users: source.users.filter(({ email }) => !users.map(at).includes(email)),
    groups: shown,
    members: new Map(members.filter(([id]) => !groups.includes(group.get(id) ?? ""))),
    matched: matched ?? source.matched,
  };
}

interface Asked {
  readonly rules?: Partial<Rules>;
  readonly match?: Partial<Pick<Questions, "userMatch" | "groupMatch">>;
  readonly approve?: readonly string[] | "the plan";
  readonly also?: readonly ExistingUser[];
  /** The external ids that groups have in the target, where they are not Google's, by name. */
  readonly externalIds?: Readonly<Record<string, string>>;
  /** What was listed, where it is more than what is missing that differs. */
  readonly listed?: Source;
}

const plainly = (source: Source) => {
  const named = new Map<SourceId, string[]>();
  for (const { id, name } of source.groups) {
    const nested = name === "devs" ? ["dee"] : [];
    named.set(id, [
      ...(source.members.get(id) ?? []).map(({ email }) => email.split("@")[0] ?? ""),
      ...nested,
    ]);
  }
  return named;
};

/** The target as it was before the listings lacked anything; then the plan, and the second look at it. */
async function look(here: Google, lacking: Listing, asked: Asked = {}, whole?: Source) {
  const real = whole ?? (await here.read());
  const people = new Map(real.users.map((user) => [user.email.split("@")[0], inTarget(user)]));
  const members = plainly(real);
  const groups = real.groups
    .filter(({ name }) => name !== "inner")
    .map((group) => {
      const inside = (members.get(group.id) ?? []).flatMap((name) => people.get(name) ?? []);
      return groupInTarget(group, inside, { externalId: asked.externalIds?.[group.name] ?? group.id });
    });
  const existing = target(
    [
      ...[...people.values()].filter(({ userName }) => userName !== "admin@example.com"),
      ...(asked.also ?? []),
    ],
    groups,
  );
  const source = without(asked.listed ?? real, lacking);
  const settings = rules(asked.rules);
  const situation = (approve: readonly string[]) => ({
    scoped: scope(source, existing, settings),
    ...{
      existing,
      rules: settings,
      now: NOW,
      holds: NO_HOLDS,
      approvals: { digest, given: new Set(approve) },
      carries: NOTHING_ASKED,
    },
  });
  const given =
    asked.approve === "the plan" ? plan(situation([])).waiting.map(({ id }) => id) : (asked.approve ?? []);
  const planned = plan(situation(given));
  const questions: Questions = {
    ...{ userMatch: "none" as const, groupMatch: "all" as const, ...asked.match, source },
    witness: witness(here.connect({ retries: 0 }).api, { customerId: "my_customer" }),
  };
  const before = here.requests.length;
  const scales = {
    ...{ spent: NOTHING_SPENT, upheaval: false },
    told: toldBy(plan(situation([])), situation([])),
  };
  const looking = secondLook(situation(given), scales, { ...questions, timeLeftMs: () => Infinity });
  const wasCovered = looking.covers(planned);
  await looking.ask(planned);
  expect(looking.covers(planned)).toBe(true);
  const { holds, held, waiting, approved } = looking.found();
  const names = new Map<string, string>(
    [
      ...existing.users.map((user) => [user.id, user.userName.split("@")[0]] as const),
      ...groups.map((group) => [group.id, group.name] as const),
    ].map(([id, name]) => [id, name ?? ""]),
  );
  const told = (ids: Iterable<string>) =>
    [...ids]
      .map((id) =>
        id
          .split("/")
          .map((one) => names.get(one))
          .join("/"),
      )
      .toSorted();
  // They come in the order of Google's answers.
  const waits = waiting.map(approvalOf).toSorted((a, b) => (a.subject < b.subject ? -1 : 1));
  return {
    users: told(holds.users),
    groups: told(holds.groups),
    members: told(holds.members),
    doubted: told(holds.doubted),
    held: held.map(({ change }) => change.kind).toSorted(),
    waiting: waits.map(({ kind, subject }) => `${kind} ${subject}`).toSorted(),
    ids: waits.map(({ id }) => id),
    approved: approved.map(({ id }) => id),
    asked: here.requests
      .slice(before)
      .map(({ operation }) => operation)
      .filter((one) => one !== "token"),
    plan: changesOf(planned).map(({ kind }) => kind),
    wasCovered,
  };
}

/** Whose row means everybody, and the groups that have the user, or everybody, as a member. */
const CLIMB = ["users.get", "groups.list", "groups.list"];

const NOTHING = {
  users: [],
  groups: [],
  members: [],
  doubted: [],
  held: [],
  waiting: [],
  approved: [],
};

const down = (here: Google, operation: string, status = 503, path = ""): void => {
  here.fault({
    when: (request) => request.operation === operation && request.path.includes(path),
    times: Infinity,
    do: {
      status,
      body: { error: { code: status, message: "no", errors: [{ reason: "backendError", message: "no" }] } },
    },
  });
};

describe("a user whom the listing lacks", () => {
  const lacking = { users: ["bob"], rows: ["devs bob", "ops bob"] };

  test("is held when Google has the account, suspended or not", async () => {
    const here = await company();
    const real = await here.read();
    expect(await look(here, lacking, {}, real)).toMatchObject({
      ...NOTHING,
      users: ["bob"],
      held: ["user.retire"],
    });
    here.company.suspend(at("bob"));
    expect(await look(here, lacking, {}, real)).toMatchObject({
      ...NOTHING,
      users: ["bob"],
      held: ["user.retire"],
    });
    expect(await look(here, lacking, { rules: { syncSuspended: false } }, real)).toMatchObject(NOTHING);
  });

  test("is held with SYNC_SUSPENDED=false too, when Google has the account and it is active", async () => {
    const here = await company();
    const asked = { rules: { syncSuspended: false } };
    expect(await look(here, lacking, asked)).toMatchObject({
      ...{ users: ["bob"], held: ["user.retire"], wasCovered: false },
    });
  });

  test.each(["suspended", "archived"] as const)("is no matter where it lists him as %s", async (state) => {
    const here = await company();
    const real = await here.read();
    const users = real.users.map((user) => (user.email === at("bob") ? { ...user, state } : user));
    const asked = { rules: { syncSuspended: false }, listed: { ...real, users } };
    const one = await look(here, {}, asked, real);
    expect(one).toMatchObject({ ...NOTHING, asked: [] });
    expect(one.plan).toContain("user.retire");
  });

  test("is let go when the account is in the list of deleted ones, or nowhere", async () => {
    const here = await company();
    const real = await here.read();
    here.company.deleteUser(at("bob"));
    const { asked, ...rest } = await look(here, lacking, {}, real);
    expect(rest).toMatchObject(NOTHING);
    expect(asked).toEqual(["users.get"]);
    down(here, "users.get");
    expect(await look(here, lacking, {}, real)).toMatchObject({
      ...NOTHING,
      asked: ["users.get", "users.list"],
    });
  });

  test("waits as unsure without an answer; only his own approval lets him go", async () => {
    const here = await company();
    const two = { users: ["bob", "cy"], rows: ["devs bob", "ops bob", "ops cy"] };
    down(here, "users.get");
    const one = await look(here, two);
    expect(one).toMatchObject({
      ...{ users: ["bob", "cy"], held: ["user.retire", "user.retire"], doubted: [] },
      waiting: ["unsure bob@example.com", "unsure cy@example.com"],
    });
    expect(new Set(one.ids).size).toBe(2);
    const [first = ""] = one.ids;
    const half = await look(here, two, { approve: [first] });
    expect(half).toMatchObject({ users: ["cy"], waiting: ["unsure cy@example.com"], held: ["user.retire"] });
    expect(half.approved).toEqual([first]);
  });

  test("whose removal Google contradicts is let go by no approval", async () => {
    const here = await company();
    down(here, "users.get");
    const { ids } = await look(here, lacking);
    const other = await company();
    expect(await look(other, lacking, { approve: ids })).toMatchObject({
      users: ["bob"],
      approved: [],
      waiting: [],
    });
  });
});

describe("a user in no group any more", () => {
  const lacking = { rows: ["devs bob", "ops bob"] };

  test("is held when one of the memberships exists, and let go when none does", async () => {
    const here = await company();
    const real = await here.read();
    expect(await look(here, lacking, {}, real)).toMatchObject({
      ...NOTHING,
      users: ["bob"],
      members: ["devs/bob", "ops/bob"],
      held: ["user.retire"],
    });
    here.company.removeMember(at("devs"), at("bob"));
    expect(await look(here, lacking, {}, real)).toMatchObject({ users: ["bob"], members: ["ops/bob"] });
    here.company.removeMember(at("ops"), at("bob"));
    expect(await look(here, lacking, {}, real)).toMatchObject(NOTHING);
  });

  test("is unsure when one question has no answer and no other contradicts", async () => {
    const here = await company();
    const real = await here.read();
    down(here, "members.hasMember", 503, here.id(at("devs")));
    expect(await look(here, lacking, {}, real)).toMatchObject({
      users: ["bob"],
      waiting: [],
      approved: [],
    });
    here.company.removeMember(at("ops"), at("bob"));
    expect(await look(here, lacking, {}, real)).toMatchObject({
      users: ["bob"],
      waiting: ["unsure bob@example.com"],
    });
    down(here, "members.hasMember", 503);
    const both = await look(here, lacking, {}, real);
    expect(both).toMatchObject({ waiting: ["unsure bob@example.com"] });
    expect(both.asked.slice(0, 2)).toEqual(["members.hasMember", "members.hasMember"]);
  });

  test("is asked about by USER_MATCH too: who fits stays", async () => {
    const here = await company();
    const real = await here.read();
    for (const group of ["devs", "ops"]) here.company.removeMember(at(group), at("bob"));
    const asked = (userMatch: Questions["userMatch"]) =>
      look(here, { ...lacking, matched: new Set() }, { match: { userMatch } }, real);
    expect(await asked("none")).toMatchObject({
      ...NOTHING,
      asked: ["members.hasMember", "members.hasMember", ...CLIMB],
    });
    expect(await asked("all")).toMatchObject({ users: ["bob"] });
    expect(await asked(["email=bob@example.com"])).toMatchObject({ users: ["bob"] });
    expect(await asked(["email=other@example.com"])).toMatchObject(NOTHING);
    expect(await asked(["email=other@example.com", "email:bob*"])).toMatchObject({ users: ["bob"] });
    here.company.deleteUser(at("bob"));
    expect(await asked("all")).toMatchObject(NOTHING);
    down(here, "users.get");
    expect(await asked(["email=other@example.com"])).toMatchObject({ waiting: ["unsure bob@example.com"] });
  });

  test("is listed again where only Google can judge the query, each query in turn", async () => {
    const here = await company();
    const real = await here.read();
    for (const group of ["devs", "ops"]) here.company.removeMember(at(group), at("bob"));
    const asked = (...userMatch: readonly string[]) =>
      look(here, { ...lacking, matched: new Set() }, { match: { userMatch } }, real);
    expect(await asked("givenName:nobody")).toMatchObject(NOTHING);
    expect(await asked("givenName:nobody", "givenName:bob")).toMatchObject({ users: ["bob"], waiting: [] });
    down(here, "users.list");
    expect(await asked("givenName:bob")).toMatchObject({ waiting: ["unsure bob@example.com"] });
  });

  test("with SYNC_METHOD=users_groups is asked about by USER_MATCH alone", async () => {
    const here = await company();
    const asked = {
      rules: { method: "users_groups" as const },
      match: { userMatch: ["email=other@example.com"] },
    };
    const one = await look(here, { matched: new Set([here.id(at("ada"))]) }, asked);
    expect(one).toMatchObject(NOTHING);
    expect(new Set(one.asked)).toEqual(new Set(["users.get"]));
  });
});

describe("a group that the listing lacks", () => {
  const lacking = { groups: ["ops"] };

  test("is held when Google has it, and so is who was only in it; both go when it is gone", async () => {
    const here = await company();
    const real = await here.read();
    expect(await look(here, lacking, {}, real)).toMatchObject({
      ...NOTHING,
      groups: ["ops"],
      users: ["cy"],
      members: ["ops/cy"],
      held: ["group.retire", "user.retire"],
    });
    here.company.deleteGroup(at("ops"));
    const gone = await look(here, lacking, {}, real);
    expect(gone).toMatchObject({ ...NOTHING, plan: ["user.retire", "group.retire", "members.remove"] });
    expect(gone.asked.toSorted()).toEqual(["groups.get", ...CLIMB].toSorted());
  });

  test("waits as unsure without an answer, and so does who was only in it when he is in doubt too", async () => {
    const here = await company();
    down(here, "groups.get");
    down(here, "members.hasMember");
    const one = await look(here, lacking);
    expect(one).toMatchObject({
      groups: ["ops"],
      users: ["cy"],
      waiting: ["unsure cy@example.com", "unsure ops"],
    });
    expect(one.asked.filter((operation) => operation === "groups.get")).toHaveLength(1);
    expect(new Set(one.ids).size).toBe(2);
  });

  test("is let go where GROUP_MATCH or INCLUDE_GROUPS leaves it out now", async () => {
    const here = await company();
    const groupMatch = (...queries: readonly string[]) =>
      look(here, lacking, { match: { groupMatch: queries } });
    expect(await groupMatch("email:devs*")).toMatchObject({ groups: [] });
    expect(await groupMatch("email:devs*", "email:ops*")).toMatchObject({ groups: ["ops"] });
    const included = (...includeGroups: readonly string[]) =>
      look(here, lacking, { rules: { includeGroups } });
    expect(await included("devs")).toMatchObject({ groups: [] });
    expect(await included("devs", "ops")).toMatchObject({ groups: ["ops"] });
  });

  test("that is marked and due is asked about once more before it is deleted", async () => {
    const here = await company();
    const real = await here.read();
    for (const name of ["ada", "bob", "cy"]) here.company.removeMember(at("ops"), at(name));
    const emptied = await here.read();
    const listed = {
      ...real,
      groups: real.groups.filter(({ name }) => name === "devs"),
      matched: "all" as const,
    };
    const asked = { externalIds: { ops: marked("2026-01-01", here.id(at("ops"))) }, listed };
    const one = await look(here, {}, asked, emptied);
    expect(one).toMatchObject({
      ...NOTHING,
      groups: ["ops"],
      held: ["group.delete"],
    });
    here.company.deleteGroup(at("ops"));
    expect(await look(here, {}, asked, emptied)).toMatchObject({ ...NOTHING, asked: ["groups.get"] });
  });

  test("is listed again where only Google can judge the query", async () => {
    const here = await company();
    const memberKey = (name: string) => [`memberKey=${at(name)}`];
    expect(await look(here, lacking, { match: { groupMatch: memberKey("cy") } })).toMatchObject({
      groups: ["ops"],
    });
    expect(await look(here, lacking, { match: { groupMatch: memberKey("dee") } })).toMatchObject({
      groups: [],
    });
    const real = await here.read();
    down(here, "groups.list");
    expect(await look(here, lacking, { match: { groupMatch: memberKey("cy") } }, real)).toMatchObject({
      groups: ["ops"],
      waiting: ["unsure ops"],
    });
  });

  test("is let go where it is listed and INCLUDE_GROUPS leaves it out, once its own addresses say so too", async () => {
    const here = await company();
    const one = await look(here, {}, { rules: { includeGroups: ["devs"] } });
    expect(one.asked.filter((operation) => operation === "groups.get")).toHaveLength(1);
    expect(one).toMatchObject({ ...NOTHING, plan: ["user.retire", "group.retire", "members.remove"] });
  });

  test("is held where its listed row lacks the alias that INCLUDE_GROUPS names", async () => {
    const here = await company();
    here.company.rename(at("ops"), at("operators"));
    const real = await here.read();
    const listed = { ...real, groups: real.groups.map((group) => ({ ...group, aliases: [] })) };
    const includeGroups = [at("devs"), at("ops")];
    expect(await look(here, {}, { rules: { includeGroups }, listed }, real)).toMatchObject({
      ...NOTHING,
      groups: ["ops"],
      users: ["cy"],
      members: ["ops/cy"],
      held: ["group.retire", "user.retire"],
    });
  });

  test("is asked about before another group gets its name and its accounts, and not when it is only renamed", async () => {
    const here = await company();
    const real = await here.read();
    const fresh = {
      ...real.groups.find(({ name }) => name === "ops"),
      id: "0fresh1234567" as SourceId,
      email: at("new"),
      name: "ops",
      aliases: [],
      adminCreated: true,
    };
    const others = real.groups.filter(({ name }) => name !== "ops");
    const rows = new Map([...real.members, [fresh.id, real.members.get(here.id(at("ops"))) ?? []] as const]);
    const listed: Source = { ...real, groups: [...others, fresh], members: rows };
    const one = await look(here, {}, { listed, approve: "the plan" }, real);
    expect(one).toMatchObject({
      ...NOTHING,
      groups: ["ops"],
      held: ["group.update"],
      plan: ["group.update"],
    });
    const before = {
      externalIds: { ops: marked("2026-03-01", here.id(at("ops"))) },
      listed,
      approve: "the plan" as const,
    };
    expect(await look(here, {}, before, real)).toMatchObject({ groups: ["ops"], held: ["group.restore"] });
    here.company.deleteGroup(at("ops"));
    expect(await look(here, {}, { listed, approve: "the plan" }, real)).toMatchObject({
      ...NOTHING,
      plan: ["group.update"],
    });
    const renamed: Source = {
      ...real,
      groups: real.groups.map((group) => (group.name === "ops" ? { ...group, name: "Sec" } : group)),
    };
    expect(await look(here, {}, { listed: renamed }, real)).toMatchObject({
      ...NOTHING,
      asked: [],
      plan: ["group.update"],
    });
  });
});

test("the approval of a group's removal without an answer is none of its handing over", async () => {
  const here = await company();
  const real = await here.read();
  down(here, "groups.get");
  const ops = here.id(at("ops"));
  const fresh = {
    id: "0fresh1234567" as SourceId,
    email: at("new"),
    name: "ops",
    aliases: [],
    adminCreated: true,
  };
  const members = new Map([...real.members, [fresh.id, real.members.get(ops) ?? []] as const]);
  const others = real.groups.filter(({ name }) => name !== "ops");
  const handed = { ...real, groups: [...others, fresh], members };
  const gone = await look(here, {}, { listed: { ...real, groups: others, matched: "all" } }, real);
  const over = await look(here, {}, { listed: handed, approve: "the plan" }, real);
  expect([...gone.waiting, ...over.waiting]).toEqual(["unsure ops", "unsure ops"]);
  expect(gone.ids).not.toEqual(over.ids);
});

test("those who leave a group that is only now taken over are asked about, the group is not", async () => {
  const here = await company();
  const real = await here.read();
  const gone = without(real, { rows: ["ops bob", "ops cy"] });
  const taken = { externalIds: { ops: "" }, listed: gone, approve: "the plan" } as const;
  const one = await look(here, {}, taken, real);
  expect(one).toMatchObject({
    ...{ ...NOTHING, users: ["cy"], members: ["ops/bob", "ops/cy"] },
    held: ["members.remove", "user.retire"],
  });
  expect(one.asked).toEqual(["members.hasMember", "members.hasMember"]);
  expect(one.plan.toSorted()).toEqual(["group.update", "members.remove", "user.retire"]);
  for (const name of ["bob", "cy"]) here.company.removeMember(at("ops"), at(name));
  expect(await look(here, {}, taken, real)).toMatchObject(NOTHING);
});

describe("a member whom the listing lacks", () => {
  const lacking = { rows: ["devs bob"] };

  test("is held when the membership exists, and let go when it does not", async () => {
    const here = await company();
    const real = await here.read();
    expect(await look(here, lacking, {}, real)).toMatchObject({
      ...NOTHING,
      members: ["devs/bob"],
      held: ["members.remove"],
    });
    here.company.removeMember(at("devs"), at("bob"));
    expect(await look(here, lacking, {}, real)).toMatchObject({ ...NOTHING, asked: ["members.hasMember"] });
  });

  test("without an answer waits, and the user is not enabled meanwhile; the members of one group wait as one", async () => {
    const here = await company();
    down(here, "members.hasMember");
    const one = await look(here, { rows: ["devs bob", "devs ada"] });
    expect(one).toMatchObject({
      ...{ members: ["devs/ada", "devs/bob"], doubted: ["ada", "bob"], users: [] },
      waiting: ["unsure devs"],
    });
    const other = await look(here, { rows: ["ops bob", "ops ada"] });
    expect(new Set([...one.ids, ...other.ids]).size).toBe(2);
    expect(await look(here, { rows: ["devs bob", "devs ada"] }, { approve: one.ids })).toMatchObject({
      members: [],
      doubted: [],
    });
  });

  test("of whom Google can't say is looked for by the climb, each step of which is asked about", async () => {
    const here = await company();
    const real = await here.read();
    down(here, "members.hasMember", 400);
    expect(await look(here, lacking, {}, real)).toMatchObject({
      ...NOTHING,
      members: ["devs/bob"],
      held: ["members.remove"],
    });
    here.company.removeMember(at("devs"), at("bob"));
    expect(await look(here, lacking, {}, real)).toMatchObject({
      ...NOTHING,
    });
    const silent = here.fault({
      when: (request) => request.operation === "groups.list",
      times: Infinity,
      do: { status: 503, body: {} },
    });
    expect(await look(here, lacking, {}, real)).toMatchObject({
      waiting: ["unsure devs"],
    });
    silent.remove();
    here.company.addMember(at("inner"), at("bob"));
    expect(await look(here, lacking, {}, real)).toMatchObject({ members: ["devs/bob"], waiting: [] });
    down(here, "members.get", 503, here.id(at("devs")));
    expect(await look(here, lacking, {}, real)).toMatchObject({
      waiting: ["unsure devs"],
      doubted: ["bob"],
    });
  });

  test("whose account bars him is not asked about", async () => {
    const here = await company();
    const real = await here.read();
    const off = real.users.map((user) =>
      user.email === at("bob") ? ({ ...user, state: "suspended" } as const) : user,
    );
    const asked = { rules: { syncSuspended: false, ...manage("groups", "memberships") } };
    const one = await look(here, {}, asked, { ...real, users: off });
    expect(one).toMatchObject({ ...NOTHING, asked: [], plan: ["members.remove", "members.remove"] });
  });
});

describe("a deletion that is due", () => {
  const old = (name: string, id: string): ExistingUser =>
    inTarget(
      {
        id: id as SourceId,
        email: at(name),
        aliases: [],
        givenName: name,
        familyName: "P",
        state: "active",
        orgUnit: "/",
        fields: new Map(),
      },
      { externalId: marked("2026-01-01", id), active: false },
    );

  test("is asked about once more: who is back in Google, and not listed, is not deleted", async () => {
    const here = await company();
    const real = await here.read();
    const gone = old("gone", "100000000000000000099");
    const one = await look(here, {}, { also: [gone] }, real);
    expect(one).toMatchObject({ ...NOTHING, plan: ["user.delete"], asked: ["users.get"] });
    here.company.addUser({ email: at("eve"), givenName: "Eve", familyName: "P" });
    const back = old("eve", here.id(at("eve")));
    expect(await look(here, {}, { also: [back] }, real)).toMatchObject({
      users: ["eve"],
      held: ["user.delete"],
    });
  });

  test("is asked about where the account is listed and out of scope: who is in a group, or fits USER_MATCH, is not deleted", async () => {
    const here = await company();
    const real = await here.read();
    here.company.addUser({ email: at("eve"), givenName: "Eve", familyName: "P" });
    const eve = old("eve", here.id(at("eve")));
    const one = await look(here, {}, { also: [eve], listed: await here.read() }, real);
    expect(one).toMatchObject({ ...NOTHING, asked: CLIMB, plan: ["user.delete"] });
    const match = { userMatch: ["email:eve*"] };
    const listed = { ...(await here.read()), matched: new Set<SourceId>() };
    expect(await look(here, {}, { also: [eve], listed, match }, real)).toMatchObject({
      ...{ users: ["eve"], held: ["user.delete"] },
      asked: ["users.get"],
    });
    here.company.addMember(at("ops"), at("eve"));
    const before = { also: [eve], listed: { ...(await here.read()), members: listed.members } };
    expect(await look(here, {}, before, real)).toMatchObject({
      ...{ users: ["eve"], held: ["user.delete"] },
    });
  });

  test("in the run that revokes is asked about once", async () => {
    const here = await company();
    const real = await here.read();
    const one = await look(
      here,
      { users: ["bob"], rows: ["devs bob", "ops bob"], groups: ["ops"] },
      { rules: { graceDays: 0 } },
      real,
    );
    expect(one.plan).toEqual(
      expect.arrayContaining(["user.retire", "user.delete", "group.retire", "group.delete"]),
    );
    expect(one.held.toSorted()).toEqual(["group.retire", "user.retire", "user.retire"]);
    expect(TODAY).toBe(NOW.slice(0, 10));
  });
});
