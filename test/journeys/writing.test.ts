/** A plan carried out change by change through the real client: what a refusal stops, and what it must not. */
import { describe, expect, test } from "vitest";
import { apply } from "../../src/run/apply.ts";
import type { Outcome } from "../../src/run/outcome.ts";
import { TokenError } from "../../src/aws/errors.ts";
import { OutOfTime } from "../../src/traffic/deadline.ts";
import type { Change, UserPatch } from "../../src/core/change.ts";
import { day, sourceId, targetId } from "../../src/core/model.ts";
import type { ExistingUser, SourceId, TargetId } from "../../src/core/model.ts";
import { scimAt } from "../aws/stage.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { journey } from "./journey.ts";
import type { Emulator } from "../emulator/emulator.ts";

const NAMES = ["ada", "bob", "cy", "dee", "eve", "flo"] as const;
type Name = (typeof NAMES)[number];

const at = (name: string): string => `${name}@example.com`;
const idOf = (name: Name): SourceId => sourceId(`10000000000000000000${NAMES.indexOf(name) + 1}`);
const DEVS = sourceId("03abcdefg12");
const OPS = sourceId("03abcdefg34");
const MARK = "ssosync-retired.2026-01-01.";

interface Stage {
  readonly emulator: Emulator;
  readonly client: ReturnType<typeof scimAt>;
  readonly user: (name: Name) => TargetId;
  readonly group: (name: string) => TargetId;
  readonly members: (group: string) => readonly string[];
  readonly run: (
    steps: readonly (readonly Change[])[],
    way?: Partial<Parameters<typeof apply>[2]>,
  ) => Promise<readonly Outcome[]>;
}

/** `there`: users of the target; `groups`: their members by name. Each is known by its source id. */
async function stage(
  there: readonly Name[],
  groups: Readonly<Record<string, readonly Name[]>> = {},
): Promise<Stage> {
  const emulator = await useEmulator();
  const { aws } = emulator;
  for (const name of there) aws.addUser({ userName: at(name), externalId: idOf(name) });
  for (const [name, members] of Object.entries(groups)) {
    aws.addGroup({ displayName: name, externalId: name === "devs" ? DEVS : OPS });
    for (const member of members) aws.addMembership(name, at(member));
  }
  const client = scimAt(emulator, { attempts: 1 });
  const user = (name: Name) => targetId(aws.user(at(name)).id);
  const group = (name: string) => targetId(aws.group(name).id);
  const users = new Map(there.map((name) => [idOf(name), user(name)]));
  const ids = new Map(Object.keys(groups).map((name) => [name === "devs" ? DEVS : OPS, group(name)]));
  const run: Stage["run"] = async (steps, way = {}) => {
    const outcomes: Outcome[] = [];
    const plan = { steps, skips: [], waiting: [], strangers: [], users, groups: ids };
    for await (const one of apply(plan, client, { timeLeft: () => true, ...way })) outcomes.push(one);
    return outcomes;
  };
  return {
    emulator,
    client,
    user,
    group,
    members: (name) => aws.membersOf(name).map((one) => one.split("@")[0] ?? ""),
    run,
  };
}

const brief = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes.map(({ status, change }) => {
    const users = "users" in change ? change.users : change.kind === "group.create" ? change.members : [];
    return [status, change.kind, ...users.map(({ label }) => label.split("@")[0])].join(" ");
  });
const reasons = (outcomes: readonly Outcome[]): readonly (Outcome["reason"] & object)[] =>
  outcomes.flatMap(({ reason }) => reason ?? []);

const named = (name: Name) => ({ externalId: idOf(name), label: at(name) });
const before = (id: TargetId, name: string): ExistingUser => ({
  ...{ id, externalId: "", userName: name, email: name, givenName: "G", familyName: "F" },
  ...{ displayName: "G F", active: true, createdAt: "" },
});
const create = (name: Name, needs: readonly TargetId[] = []): Change => ({
  kind: "user.create",
  needs,
  user: {
    ...{ externalId: idOf(name), userName: at(name), email: at(name), givenName: "G", familyName: "F" },
    ...{ displayName: "G F", active: true },
  },
});
type Patching = "user.update" | "user.enable" | "user.restore" | "user.disable" | "user.retire";
const patch = (kind: Patching, id: TargetId, what: UserPatch, needs: readonly TargetId[] = []): Change => ({
  ...{ kind, id, before: before(id, at("somebody")), patch: what, cause: "differs", needs },
});
const regroup = (
  kind: "group.update" | "group.restore" | "group.retire",
  id: TargetId,
  what: { readonly name?: string; readonly externalId?: string },
): Change => ({
  kind,
  id,
  before: { id, externalId: DEVS, name: "devs" },
  patch: what,
  cause: "differs",
  needs: [],
});
const makeGroup = (...members: readonly Name[]): Change => ({
  ...{
    kind: "group.create",
    group: { externalId: DEVS, label: "devs" },
    members: members.map(named),
    needs: [],
  },
});
const add = (...users: readonly Name[]): Change => ({
  ...{ kind: "members.add", group: { externalId: DEVS, label: "devs" }, users: users.map(named) },
});
const remove = ({ user, group }: Stage, ...users: readonly Name[]): Change => ({
  kind: "members.remove",
  group: { id: group("devs"), externalId: DEVS, label: "devs" },
  users: users.map((name) => ({
    ...{ id: user(name), externalId: idOf(name), label: at(name) },
    because: "left",
  })),
});

/** Every request of this kind whose path or body has the text is refused. */
const refuse = ({ emulator }: Stage, operation: string, status: number, text = ""): void => {
  emulator.fault({
    when: ({ operation: is, path, body }) =>
      is === operation && `${path} ${JSON.stringify(body)}`.includes(text),
    times: Infinity,
    do: { status, body: { schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"], detail: "no" } },
  });
};
const writesOf = ({ emulator }: Stage): readonly string[] =>
  emulator.writes().map(({ operation }) => operation);

describe("every kind of change", () => {
  test("of a user is written as it says", async () => {
    const s = await stage(["ada", "bob", "cy", "dee", "eve"]);
    const done = await s.run([
      [
        patch("user.update", s.user("ada"), { givenName: "New" }),
        patch("user.enable", s.user("bob"), { displayName: "Enabled" }),
        patch("user.restore", s.user("cy"), { displayName: "Restored" }),
        patch("user.disable", s.user("dee"), { active: false }),
        patch("user.retire", s.user("eve"), { active: false, externalId: `${MARK}1` }),
        create("flo"),
      ],
    ]);
    expect(done.map(({ status }) => status)).toEqual(Array(6).fill("applied"));
    expect(s.emulator.aws.user(at("ada"))).toMatchObject({ name: { givenName: "New" } });
    expect(s.emulator.aws.user(at("bob")).displayName).toBe("Enabled");
    expect(s.emulator.aws.user(at("cy")).displayName).toBe("Restored");
    expect(s.emulator.aws.user(at("dee")).active).toBe(false);
    expect(s.emulator.aws.user(at("eve"))).toMatchObject({ active: false, externalId: `${MARK}1` });
    const made = done.find(({ change }) => change.kind === "user.create");
    expect(made?.targetId).toBe(s.user("flo"));
    expect(done.filter((one) => one !== made).some(({ targetId: id }) => id !== undefined)).toBe(false);
  });

  test("of a group is written as it says, with the members who are new in the same run", async () => {
    const s = await stage(["ada", "bob"], { ops: ["ada"] });
    const id = s.group("ops");
    const done = await s.run([
      [regroup("group.retire", id, { externalId: `${MARK}2` })],
      [regroup("group.restore", id, { externalId: OPS })],
      [regroup("group.update", id, { name: "newer" })],
      [create("cy")],
      [makeGroup("ada", "cy")],
      [add("bob")],
    ]);
    expect(done.map(({ status }) => status)).toEqual(Array(6).fill("applied"));
    expect(s.emulator.aws.group("newer")).toMatchObject({ id, externalId: OPS });
    expect(s.members("devs")).toEqual(["ada", "bob", "cy"]);
    expect(done[4]?.targetId).toBe(s.group("devs"));
  });
});

describe("time", () => {
  test("that is over lets nothing start, in this step or the next", async () => {
    const s = await stage(["ada"]);
    const disable = patch("user.disable", s.user("ada"), { active: false });
    expect(await s.run([[disable]], { timeLeft: () => false })).toEqual([]);
    expect(await s.run([[disable]], { timeLeft: () => false, afterFirst: async () => undefined })).toEqual(
      [],
    );
    let left = 2;
    const done = await s.run([[create("bob")], [create("cy")]], { width: 1, timeLeft: () => left-- > 0 });
    expect(brief(done)).toEqual(["applied user.create"]);
    expect(s.emulator.aws.users).toHaveLength(2);
  });

  test("that cuts a request off leaves it without an outcome; a mistake of ours is no such thing", async () => {
    const s = await stage(["ada"]);
    const disable = patch("user.disable", s.user("ada"), { active: false });
    const plan = {
      steps: [[disable]],
      skips: [],
      waiting: [],
      strangers: [],
      users: new Map(),
      groups: new Map(),
    };
    const walk = async (reason: Error) => {
      const client = scimAt(s.emulator, { attempts: 1, signal: AbortSignal.abort(reason) });
      const outcomes: Outcome[] = [];
      for await (const one of apply(plan, client, { timeLeft: () => true })) outcomes.push(one);
      return outcomes;
    };
    expect(await walk(new OutOfTime("over"))).toEqual([]);
    await expect(walk(new RangeError("a mistake"))).rejects.toThrow(RangeError);
  });

  test("that cuts off a part of a chunk leaves that part to be seen; a mistake of ours is no such thing", async () => {
    const s = await stage(["ada", "bob"], { devs: ["ada", "bob"] });
    const walk = async (error: Error) => {
      emulateOnce(s, "PatchGroup", 400);
      const removeMembers: typeof s.client.removeMembers = (group, ids) =>
        ids.length === 1 && ids[0] === s.user("bob")
          ? Promise.reject(error)
          : s.client.removeMembers(group, ids);
      const plan = {
        ...{ skips: [], waiting: [], strangers: [], users: new Map(), groups: new Map() },
        steps: [[remove(s, "ada", "bob")]],
      };
      const outcomes: Outcome[] = [];
      const client = { ...s.client, removeMembers };
      for await (const one of apply(plan, client, { timeLeft: () => true })) outcomes.push(one);
      return outcomes;
    };
    const done = await walk(new OutOfTime("over"));
    expect(brief(done)).toEqual(["applied members.remove ada", "skipped members.remove bob"]);
    expect(done.map(({ reason }) => reason)).toEqual([undefined, { code: "cut-off" }]);
    await expect(walk(new RangeError("a mistake"))).rejects.toThrow(RangeError);
  });
});

test("a token that is refused ends the walk with its error, once the open changes are told", async () => {
  const s = await stage(["ada"]);
  s.emulator.aws.tokens.clear();
  const told: string[] = [];
  const plan = {
    ...{ skips: [], waiting: [], strangers: [], users: new Map(), groups: new Map() },
    steps: [[patch("user.disable", s.user("ada"), { active: false }), create("bob")], [create("cy")]],
  };
  const walk = async () => {
    for await (const { status, change } of apply(plan, s.client, { timeLeft: () => true, width: 1 }))
      told.push(`${status} ${change.kind}`);
  };
  await expect(walk()).rejects.toThrow(TokenError);
  expect(told).toEqual(["failed user.disable"]);
});

describe("a token that may not (403)", () => {
  const forbid = (s: Stage, ...names: readonly Name[]): void => {
    for (const name of names) refuse(s, "PatchUser", 403, s.user(name));
  };
  const disable = (s: Stage, ...names: readonly Name[]): readonly Change[] =>
    names.map((name) => patch("user.disable", s.user(name), { active: false }));

  test("about one object costs that object alone", async () => {
    const s = await stage(["ada", "bob", "cy"]);
    forbid(s, "ada");
    const done = await s.run([disable(s, "ada", "bob"), disable(s, "cy")], { width: 1 });
    expect(done.map(({ status }) => status)).toEqual(["failed", "applied", "applied"]);
  });

  test("about two costs those two where it has served another", async () => {
    const s = await stage(["ada", "bob", "cy", "dee"]);
    forbid(s, "bob", "cy");
    const done = await s.run([disable(s, "ada", "bob", "cy", "dee")], { width: 1 });
    expect(done.map(({ status }) => status)).toEqual(["applied", "failed", "failed", "applied"]);
  });

  test("about several costs those alone, also where nothing has worked before", async () => {
    const s = await stage(["ada", "bob", "cy"]);
    forbid(s, "ada", "bob");
    const done = await s.run([disable(s, "ada", "bob", "cy")], { width: 1 });
    expect(done.map(({ status }) => status)).toEqual(["failed", "failed", "applied"]);
  });

  test("about one member of a chunk costs that membership alone", async () => {
    const s = await stage(["ada", "bob", "cy"], { devs: [] });
    s.emulator.fault({
      when: ({ operation, body }) =>
        operation === "PatchGroup" && JSON.stringify(body).includes(s.user("bob")),
      times: Infinity,
      do: { status: 403 },
    });
    const done = await s.run([[add("ada", "bob", "cy")]]);
    expect(brief(done)).toEqual(["applied members.add ada cy", "failed members.add bob"]);
    expect(s.members("devs")).toEqual(["ada", "cy"]);
  });

  test("ends the walk with the first object when it may nothing else either", async () => {
    const s = await stage(["ada", "bob", "cy"]);
    s.emulator.fault({ when: { service: "scim" }, times: Infinity, do: { status: 403 } });
    await expect(s.run([disable(s, "ada", "bob", "cy")], { width: 1 })).rejects.toThrow(TokenError);
    expect(s.emulator.writes()).toHaveLength(1);
  });
});

describe("what is to be made and is there already, with our id", () => {
  const found = { code: "already-there" };

  test("of groups gets its members, and both are told as they were", async () => {
    const s = await stage(["ada", "bob"]);
    const there = s.emulator.aws.addGroup({ displayName: "devs", externalId: DEVS });
    const done = await s.run([[makeGroup("ada", "bob")], [add("ada")]]);
    expect(brief(done)).toEqual([
      "applied group.create",
      "applied members.add ada bob",
      "applied members.add ada",
    ]);
    expect(done[0]).toMatchObject({ targetId: there.id, reason: found });
    expect(done[1]).toMatchObject({ targetId: there.id });
    expect(s.members("devs")).toEqual(["ada", "bob"]);
  });

  test("of groups keeps out only the member who is refused", async () => {
    const s = await stage(["ada", "bob"]);
    s.emulator.aws.addGroup({ displayName: "devs", externalId: DEVS });
    refuse(s, "PatchGroup", 400, s.user("bob"));
    const done = await s.run([[makeGroup("ada", "bob")]]);
    expect(brief(done)).toEqual([
      "applied group.create",
      "applied members.add ada",
      "failed members.add bob",
    ]);
    expect(s.members("devs")).toEqual(["ada"]);
  });

  test("of users is told as found, and is made a member", async () => {
    const s = await stage([], { devs: [] });
    const there = s.emulator.aws.addUser({ userName: at("ada"), externalId: idOf("ada") });
    const done = await s.run([[create("ada")], [add("ada")]]);
    expect(brief(done)).toEqual(["applied user.create", "applied members.add ada"]);
    expect(done[0]).toMatchObject({ targetId: there.id, reason: found });
    expect(s.members("devs")).toEqual(["ada"]);
  });

  test("and was not there is told without", async () => {
    const s = await stage([]);
    const [made] = await s.run([[create("ada")]]);
    expect(made?.reason).toBeUndefined();
  });
});

describe("the first change that makes something", () => {
  test("is looked at alone, once, before anything else is made", async () => {
    const s = await stage(["ada"], { devs: [] });
    const seen: unknown[] = [];
    const done = await s.run(
      [
        [patch("user.disable", s.user("ada"), { active: false }), add("ada")],
        [create("bob"), create("cy")],
        [create("dee")],
      ],
      {
        afterFirst: async ({ change, targetId: id }) => {
          seen.push(change.kind, id, s.emulator.aws.users.length);
        },
      },
    );
    expect(seen).toEqual(["user.create", s.user("bob"), 2]);
    expect(brief(done)).toEqual([
      "applied user.disable",
      "applied members.add ada",
      "applied user.create",
      "applied user.create",
      "applied user.create",
    ]);
    expect(writesOf(s)).toHaveLength(5);
  });

  test("ends the walk when it is not as it should be", async () => {
    const s = await stage([]);
    const steps = [[create("bob"), create("cy")], [create("dee")]];
    const walk = s.run(steps, { afterFirst: () => Promise.reject(new Error("another directory")) });
    await expect(walk).rejects.toThrow("another directory");
    expect(s.emulator.aws.users).toHaveLength(1);
  });

  test("may never come: then everything is done once", async () => {
    const s = await stage(["ada", "bob"]);
    const off = (name: Name) => patch("user.disable", s.user(name), { active: false });
    const done = await s.run([[off("ada")], [off("bob")]], {
      afterFirst: () => Promise.reject(new Error("asked")),
    });
    expect(brief(done)).toEqual(["applied user.disable", "applied user.disable"]);
    expect(writesOf(s)).toHaveLength(2);
  });
});

describe("two changes", () => {
  /** Whether the second request came in while the first was still being answered, which takes its time. */
  async function together(s: Stage, changes: readonly Change[], ms: number): Promise<boolean> {
    s.emulator.fault({ when: ({ method }) => method !== "GET", times: Infinity, do: { delay: ms } });
    await s.run([changes]);
    const [first, second] = s.emulator.writes();
    if (first === undefined || second === undefined) throw new Error("there were no two requests");
    return second.at < first.at + first.ms;
  }

  test.each([
    [
      "of one user",
      (s: Stage) => ["A", "B"].map((givenName) => patch("user.update", s.user("ada"), { givenName })),
    ],
    ["who join one group", () => [add("cy"), add("dee")]],
    ["who leave one group", (s: Stage) => [remove(s, "ada"), remove(s, "bob")]],
    [
      "of one group",
      (s: Stage) => ["A", "B"].map((name) => regroup("group.update", s.group("devs"), { name })),
    ],
  ])("%s follow each other", async (_, changes) => {
    const s = await stage(["ada", "bob", "cy", "dee"], { devs: ["ada", "bob"] });
    expect(await together(s, changes(s), 100)).toBe(false);
  });

  test("of two users go side by side", async () => {
    const s = await stage([]);
    expect(await together(s, [create("ada"), create("bob")], 500)).toBe(true);
  });
});

describe("what depends on a refused change is skipped:", () => {
  test("a name that did not become free, and nobody else's change", async () => {
    const s = await stage(["ada", "bob", "cy"]);
    refuse(s, "PatchUser", 400, s.user("ada"));
    const done = await s.run([
      [patch("user.update", s.user("ada"), { userName: at("new") })],
      [
        patch("user.update", s.user("bob"), { userName: at("ada") }, [s.user("ada")]),
        patch("user.update", s.user("cy"), { givenName: "N" }, [s.user("cy")]),
        create("dee", [s.user("ada")]),
      ],
    ]);
    expect(brief(done).toSorted()).toEqual([
      "applied user.update",
      "failed user.update",
      "skipped user.create",
      "skipped user.update",
    ]);
    expect(reasons(done)).toContainEqual({
      ...{ code: "depends-on", what: "name" },
      on: { kind: "user", target: s.user("ada"), label: at("somebody") },
      because: expect.objectContaining({ code: "refused" }) as object,
    });
    expect(s.emulator.aws.findUser(at("dee"))).toBeUndefined();
  });

  test("enabling whose membership is still there; disabling and renaming are not", async () => {
    const s = await stage(["ada", "bob"], { devs: ["ada", "bob"] });
    refuse(s, "PatchGroup", 500);
    const done = await s.run([
      [remove(s, "ada", "bob")],
      [patch("user.disable", s.user("bob"), { active: false })],
      [patch("user.update", s.user("ada"), { givenName: "N" })],
      [patch("user.restore", s.user("ada"), { active: true, externalId: idOf("ada") })],
      [patch("user.restore", s.user("bob"), { active: false, externalId: idOf("bob") })],
    ]);
    expect(brief(done)).toEqual([
      "failed members.remove ada bob",
      "applied user.disable",
      "applied user.update",
      "skipped user.restore",
      "applied user.restore",
    ]);
    expect(done[3]?.reason).toMatchObject({
      ...{ code: "depends-on", what: "removal" },
      ...{ on: { kind: "user", target: s.user("ada") }, because: { code: "refused" } },
    });
  });

  test("memberships of a group that was not created", async () => {
    const s = await stage(["ada"]);
    refuse(s, "CreateGroup", 500);
    const done = await s.run([[makeGroup()], [add("ada")]]);
    expect(brief(done)).toEqual(["failed group.create", "skipped members.add ada"]);
    expect(done[1]?.reason).toMatchObject({
      ...{ code: "depends-on", what: "group" },
      ...{ on: { kind: "group", label: "devs" }, because: { code: "refused" } },
    });
  });

  test("memberships of a user who was not created, or not restored; the others are added", async () => {
    const s = await stage(["ada", "bob", "cy"], { devs: [] });
    refuse(s, "CreateUser", 400, "dee@");
    refuse(s, "PatchUser", 400, s.user("bob"));
    refuse(s, "PatchUser", 400, s.user("cy"));
    const done = await s.run([
      [
        patch("user.restore", s.user("bob"), { externalId: idOf("bob"), active: true }),
        patch("user.update", s.user("cy"), { givenName: "N" }),
        create("dee"),
      ],
      [add("ada", "bob", "cy", "dee", "eve")],
    ]);
    expect(brief(done.slice(3))).toEqual([
      "applied members.add ada cy",
      "skipped members.add bob",
      "skipped members.add dee",
      "skipped members.add eve",
    ]);
    expect(reasons(done.slice(4))).toMatchObject([
      { code: "depends-on", what: "user", on: { target: s.user("bob") }, because: { code: "refused" } },
      { code: "depends-on", what: "user", on: { source: idOf("dee") }, because: { code: "refused" } },
      {
        code: "depends-on",
        what: "user",
        on: { kind: "user", source: idOf("eve") },
        because: { code: "not-created" },
      },
    ]);
    expect(s.members("devs")).toEqual(["ada", "cy"]);
  });

  test("a new group is made without them", async () => {
    const s = await stage(["ada"]);
    refuse(s, "CreateUser", 400, "dee@");
    const done = await s.run([[create("dee")], [makeGroup("ada", "dee")]]);
    expect(brief(done)).toEqual([
      "failed user.create",
      "applied group.create ada",
      "skipped members.add dee",
    ]);
    expect(s.members("devs")).toEqual(["ada"]);
  });

  test("memberships of a group that did not come back, for it is not ours", async () => {
    const s = await stage(["ada"], { devs: [] });
    refuse(s, "PatchGroup", 400);
    const done = await s.run([
      [regroup("group.restore", s.group("devs"), { externalId: DEVS })],
      [add("ada")],
    ]);
    expect(brief(done)).toEqual(["failed group.restore", "skipped members.add ada"]);
  });

  test("memberships of a group that only kept its old name are added", async () => {
    const s = await stage(["ada"], { devs: [] });
    emulateOnce(s, "PatchGroup", 400);
    const done = await s.run([[regroup("group.update", s.group("devs"), { name: "new" })], [add("ada")]]);
    expect(brief(done)).toEqual(["failed group.update", "applied members.add ada"]);
  });
});

/** The next request of this kind is refused, and no other. */
function emulateOnce({ emulator }: Stage, operation: string, status: number): void {
  emulator.fault({ when: { operation }, do: { status, body: { detail: "no" } } });
}

describe("taking away from an object", () => {
  test("that is gone is done, when it really is", async () => {
    const s = await stage(["ada", "bob"], { devs: [] });
    const [ada, devs] = [s.user("ada"), s.group("devs")];
    s.emulator.aws.deleteUser(at("ada"));
    s.emulator.aws.deleteGroup("devs");
    const done = await s.run([
      [
        patch("user.retire", ada, { active: false }),
        regroup("group.retire", devs, { externalId: `${MARK}1` }),
      ],
    ]);
    expect(brief(done).toSorted()).toEqual(["applied group.retire", "applied user.retire"]);
  });

  test.each([404, 400, 500, 409])("that is there fails when it is refused with %i", async (status) => {
    const s = await stage(["ada"], { devs: [] });
    refuse(s, "PatchUser", status);
    refuse(s, "PatchGroup", status);
    const done = await s.run([
      [patch("user.disable", s.user("ada"), { active: false })],
      [regroup("group.retire", s.group("devs"), { externalId: `${MARK}1` })],
    ]);
    expect(brief(done)).toEqual(["failed user.disable", "failed group.retire"]);
    expect(done[0]?.error).toMatchObject({ status });
  });

  test.each([1, 2])("that AWS calls a conflict %i times is done when the conflict is over", async (times) => {
    const s = await stage(["ada"], { devs: [] });
    const off = patch("user.disable", s.user("ada"), { active: false });
    const gone = regroup("group.retire", s.group("devs"), { externalId: `${MARK}1` });
    for (const operation of ["PatchUser", "PatchGroup"])
      s.emulator.fault({ when: { operation }, times, do: { status: 409 } });
    expect(brief(await s.run([[off], [gone]]))).toEqual(["applied user.disable", "applied group.retire"]);
    expect(s.emulator.aws.user(at("ada")).active).toBe(false);
  });

  test("that AWS calls a conflict is done when it is as wanted, or gone", async () => {
    const s = await stage(["ada", "bob"]);
    const [ada, bob] = [s.user("ada"), s.user("bob")];
    s.emulator.aws.user(at("ada")).active = false;
    s.emulator.aws.deleteUser(at("bob"));
    refuse(s, "PatchUser", 409);
    const off = [ada, bob].map((id) => patch("user.disable", id, { active: false }));
    expect(brief(await s.run([off], { width: 1 }))).toEqual(["applied user.disable", "applied user.disable"]);
    expect(writesOf(s)).toHaveLength(2);
  });

  test.each([400, 403, 409, 500])(
    "whose mark is refused (%i) is disabled all the same, and both are told",
    async (status) => {
      const s = await stage(["ada"]);
      refuse(s, "PatchUser", status, "ssosync-retired");
      const retire = patch("user.retire", s.user("ada"), { active: false, externalId: `${MARK}1` });
      const done = await s.run([[retire]]);
      expect(brief(done)).toEqual(["applied user.disable", "failed user.retire"]);
      expect(done[1]?.change).toMatchObject({ patch: { externalId: `${MARK}1` } });
      expect(done[1]?.change).not.toHaveProperty("patch.active");
      expect(s.emulator.aws.user(at("ada")).active).toBe(false);
    },
  );

  test.each([400, 409])(
    "who is disabled already and whose mark is refused (%i) has failed once",
    async (status) => {
      const s = await stage(["ada"]);
      s.emulator.aws.user(at("ada")).active = false;
      refuse(s, "PatchUser", status);
      const done = await s.run([[patch("user.retire", s.user("ada"), { externalId: `${MARK}1` })]]);
      expect(brief(done)).toEqual(["failed user.retire"]);
      expect(writesOf(s)).toHaveLength(status === 409 ? 3 : 1);
    },
  );

  test.each([
    [429, "no"],
    [400, "ThrottlingException"],
    [404, "no such user"],
  ])(
    "that is refused for another reason than the mark (%i %s) is not tried without it",
    async (status, detail) => {
      const s = await stage(["ada"]);
      s.emulator.fault({
        when: { operation: "PatchUser" },
        times: Infinity,
        do: { status, body: { detail } },
      });
      const retire = patch("user.retire", s.user("ada"), { active: false, externalId: `${MARK}1` });
      expect(brief(await s.run([[retire]]))).toEqual(["failed user.retire"]);
      expect(writesOf(s)).toHaveLength(1);
    },
  );

  test("that is gone fails all the same when the refusal says something else", async () => {
    const s = await stage(["ada"]);
    const ada = s.user("ada");
    s.emulator.aws.deleteUser(at("ada"));
    refuse(s, "PatchUser", 400);
    expect(brief(await s.run([[patch("user.disable", ada, { active: false })]]))).toEqual([
      "failed user.disable",
    ]);
  });
});

describe("a change that AWS calls a conflict", () => {
  test("is done when everything is as wanted already", async () => {
    const s = await stage(["ada"], { devs: [] });
    refuse(s, "PatchUser", 409);
    refuse(s, "PatchGroup", 409);
    const done = await s.run([
      [patch("user.update", s.user("ada"), { userName: at("ada"), active: true })],
      [regroup("group.update", s.group("devs"), { name: "devs" })],
    ]);
    expect(brief(done)).toEqual(["applied user.update", "applied group.update"]);
  });

  test("has failed when one thing is not, or the object is gone", async () => {
    const s = await stage(["ada", "bob"]);
    refuse(s, "PatchUser", 409);
    const bob = s.user("bob");
    s.emulator.aws.deleteUser(at("bob"));
    const done = await s.run([
      [patch("user.update", s.user("ada"), { userName: at("ada"), active: false })],
      [patch("user.update", bob, { userName: at("bob") })],
    ]);
    expect(brief(done)).toEqual(["failed user.update", "failed user.update"]);
  });

  test("and one that it refuses for another reason is not looked at", async () => {
    const s = await stage(["ada"]);
    refuse(s, "PatchUser", 400);
    const done = await s.run([[patch("user.update", s.user("ada"), { userName: at("ada") })]]);
    expect(brief(done)).toEqual(["failed user.update"]);
  });
});

describe("a refused chunk", () => {
  const three = ["ada", "bob", "cy"] as const;
  const five = [...three, "dee", "eve"] as const;

  test.each([400, 404, 409])("of removals (%i) is split until the culprit stands alone", async (status) => {
    const s = await stage(five, { devs: five });
    refuse(s, "PatchGroup", status, s.user("cy"));
    const done = await s.run([[remove(s, ...five)]]);
    expect(brief(done)).toEqual(["applied members.remove ada bob dee eve", "failed members.remove cy"]);
    expect(s.members("devs")).toEqual(["cy"]);
  });

  test("of additions is split as well, and who is a member already counts as done", async () => {
    const s = await stage(five, { devs: ["bob"] });
    refuse(s, "PatchGroup", 400, s.user("bob"));
    refuse(s, "PatchGroup", 400, s.user("eve"));
    const done = await s.run([[add(...five)]]);
    expect(brief(done)).toEqual(["applied members.add ada bob cy dee", "failed members.add eve"]);
    expect(s.members("devs")).toEqual(["ada", "bob", "cy", "dee"]);
  });

  test("in which everybody is refused leaves everybody told alone", async () => {
    const s = await stage(three, { devs: three });
    refuse(s, "PatchGroup", 400);
    const done = await s.run([[remove(s, ...three)]]);
    expect(brief(done)).toEqual(three.map((name) => `failed members.remove ${name}`));
    expect(new Set(done.map(({ of }) => of.kind))).toEqual(new Set(["members.remove"]));
  });

  test("whose culprit is out already counts as done", async () => {
    const s = await stage(three, { devs: ["ada", "bob"] });
    refuse(s, "PatchGroup", 404, s.user("cy"));
    expect(brief(await s.run([[remove(s, ...three)]]))).toEqual(["applied members.remove ada bob cy"]);
  });

  test("of which AWS answers only a part tells what became of each", async () => {
    const s = await stage(five, { devs: five });
    refuse(s, "PatchGroup", 400, s.user("ada"));
    refuse(s, "PatchGroup", 500, s.user("eve"));
    const done = await s.run([[remove(s, ...five)]]);
    expect(brief(done)).toEqual([
      "applied members.remove bob cy",
      "failed members.remove ada",
      "failed members.remove dee eve",
    ]);
    expect(s.members("devs")).toEqual(["ada", "dee", "eve"]);
  });

  test("is not split where AWS is out of order", async () => {
    const s = await stage(three, { devs: three });
    refuse(s, "PatchGroup", 500);
    expect(brief(await s.run([[remove(s, ...three)]]))).toEqual(["failed members.remove ada bob cy"]);
    expect(writesOf(s)).toHaveLength(1);
  });

  test("of a group that is gone is empty enough, and cannot be filled", async () => {
    const s = await stage(three, { devs: three });
    const out = remove(s, ...three);
    s.emulator.aws.deleteGroup("devs");
    const done = await s.run([[out], [add("ada", "bob")]]);
    expect(brief(done)).toEqual(["applied members.remove ada bob cy", "failed members.add ada bob"]);
    expect(done[1]?.reason).toMatchObject({
      ...{ code: "refused", why: expect.stringMatching(/^The group is no longer in IAM/) as string },
    });
    expect(writesOf(s)).toHaveLength(2);
  });

  test("for a group that was never there is skipped", async () => {
    const s = await stage(["ada"]);
    expect(brief(await s.run([[add("ada")]]))).toEqual(["skipped members.add ada"]);
    expect(writesOf(s)).toEqual([]);
  });

  test("of users who are all unknown asks for nothing", async () => {
    const s = await stage([], { devs: [] });
    expect(brief(await s.run([[add("ada")]]))).toEqual(["skipped members.add ada"]);
    expect(writesOf(s)).toEqual([]);
  });
});

describe("a new group", () => {
  test("that another run has made meanwhile gets its only member", async () => {
    const s = await stage(["ada"]);
    await s.run([[makeGroup()]]);
    expect(brief(await s.run([[makeGroup("ada")]]))).toEqual([
      "applied group.create",
      "applied members.add ada",
    ]);
    expect(s.members("devs")).toEqual(["ada"]);
  });

  test("without members that is refused is not tried again", async () => {
    const s = await stage([]);
    refuse(s, "CreateGroup", 400);
    expect(brief(await s.run([[makeGroup()]]))).toEqual(["failed group.create"]);
    expect(writesOf(s)).toHaveLength(1);
  });

  test.each([400, 403, 404])(
    "that is refused with its members (%i) comes first, and they one by one",
    async (status) => {
      const s = await stage(["ada", "bob"]);
      refuse(s, "CreateGroup", status, s.user("bob"));
      refuse(s, "PatchGroup", status, s.user("bob"));
      const done = await s.run([[makeGroup("ada", "bob", "cy")], [add("ada")]]);
      expect(brief(done.slice(0, 4))).toEqual([
        "applied group.create",
        "applied members.add ada",
        "failed members.add bob",
        "skipped members.add cy",
      ]);
      expect(s.members("devs")).toEqual(["ada"]);
      expect(done[0]?.targetId).toBe(s.group("devs"));
    },
  );

  test("that is refused for its only member is made without", async () => {
    const s = await stage(["ada"]);
    refuse(s, "CreateGroup", 400, s.user("ada"));
    refuse(s, "PatchGroup", 400, s.user("ada"));
    expect(brief(await s.run([[makeGroup("ada")]]))).toEqual([
      "applied group.create",
      "failed members.add ada",
    ]);
  });

  test("that is made is told, and its other members follow, though nobody could be added at once", async () => {
    const s = await stage(["ada", "bob"]);
    refuse(s, "CreateGroup", 400, s.user("ada"));
    emulateOnce(s, "PatchGroup", 500);
    const done = await s.run([[makeGroup("ada")], [add("bob")]]);
    expect(brief(done)).toEqual([
      "applied group.create",
      "failed members.add ada",
      "applied members.add bob",
    ]);
    expect(s.members("devs")).toEqual(["bob"]);
  });

  test("that is refused without any member, or for another reason, has failed", async () => {
    const s = await stage(["ada"]);
    refuse(s, "CreateGroup", 400, '"members":[]');
    emulateOnce(s, "CreateGroup", 500);
    expect(brief(await s.run([[makeGroup("ada")]]))).toEqual(["failed group.create ada"]);
    expect(writesOf(s)).toHaveLength(1);
  });
});

describe("a due deletion", () => {
  const since = day("2026-01-01");
  const deleteUser = (id: TargetId): Change => ({
    kind: "user.delete",
    id,
    before: before(id, at("ada")),
    since,
  });
  const deleteGroup = (id: TargetId): Change => ({
    ...{ kind: "group.delete", id, before: { id, externalId: `${MARK}${DEVS}`, name: "devs" }, since },
  });
  const old = (s: Stage, externalId: string, active: boolean): TargetId =>
    targetId(s.emulator.aws.addUser({ userName: at("ada"), externalId, active }).id);

  test.each([
    ["marked and disabled", `${MARK}${idOf("ada")}`, false, "applied user.delete"],
    ["marked and enabled again", `${MARK}${idOf("ada")}`, true, "skipped user.delete"],
    ["restored meanwhile", idOf("ada"), false, "skipped user.delete"],
    ["somebody else's", "", false, "skipped user.delete"],
  ])("of a user who is %s", async (_, externalId, active, told) => {
    const s = await stage([]);
    const id = old(s, externalId, active);
    expect(brief(await s.run([[deleteUser(id)]]))).toEqual([told]);
    expect(s.emulator.aws.users).toHaveLength(told.startsWith("applied") ? 0 : 1);
  });

  test.each([
    ["one of ours", "0aaaaaaaaaaaaa1", "skipped user.delete"],
    ["one of ours that is retired", `${MARK}0aaaaaaaaaaaaa1`, "skipped user.delete"],
    ["one that was made by hand", undefined, "applied user.delete"],
    ["another identity provider's", "okta-1", "applied user.delete"],
  ])("of a user whom somebody put into a group meanwhile, %s", async (_, externalId, told) => {
    const s = await stage([]);
    const id = old(s, `${MARK}${idOf("ada")}`, false);
    const group = s.emulator.aws.addGroup({ displayName: "by-name", ...(externalId && { externalId }) });
    s.emulator.aws.addMembership(group.id, at("ada"));
    expect(brief(await s.run([[deleteUser(id)]]))).toEqual([told]);
    expect(s.emulator.aws.users).toHaveLength(told.startsWith("applied") ? 0 : 1);
  });

  test("of a user of whom AWS does not tell the groups is not carried out", async () => {
    const s = await stage([]);
    const id = old(s, `${MARK}${idOf("ada")}`, false);
    s.emulator.fault({ when: { operation: "ListGroups" }, times: Infinity, do: { status: 403 } });
    expect(brief(await s.run([[deleteUser(id)]]))).toEqual(["failed user.delete"]);
    expect(s.emulator.aws.users).toHaveLength(1);
  });

  test.each([
    ["marked and empty", `${MARK}${DEVS}`, [], "applied group.delete"],
    ["marked, with a member", `${MARK}${DEVS}`, ["ada"], "skipped group.delete"],
    ["restored meanwhile", DEVS, [], "skipped group.delete"],
    ["somebody else's", "", [], "skipped group.delete"],
  ] as const)("of a group that is %s", async (_, externalId, members, told) => {
    const s = await stage(["ada"]);
    const id = targetId(s.emulator.aws.addGroup({ displayName: "devs", externalId }).id);
    for (const name of members) s.emulator.aws.addMembership("devs", at(name));
    expect(brief(await s.run([[deleteGroup(id)]]))).toEqual([told]);
    expect(s.emulator.aws.groups).toHaveLength(told.startsWith("applied") ? 0 : 1);
  });

  test("of what is gone already is done, and asks for no deletion", async () => {
    const s = await stage(["ada"], { devs: [] });
    const [user, group] = [s.user("ada"), s.group("devs")];
    s.emulator.aws.deleteUser(at("ada"));
    s.emulator.aws.deleteGroup("devs");
    expect(brief(await s.run([[deleteUser(user), deleteGroup(group)]]))).toEqual([
      "applied user.delete",
      "applied group.delete",
    ]);
    expect(writesOf(s)).toEqual([]);
  });
});

test("where nothing is there yet and users are not managed, the first group proves that the directory is the right one", async () => {
  const j = await journey({
    settings: { MANAGE: "groups" },
    company: (google) => void google.addGroup({ email: at("aws-first") }),
  });
  await j.sync();
  expect(j.writes()).toEqual(["POST /Groups"]);
  expect(j.emulator.count({ operation: "DescribeGroup" })).toBeGreaterThan(0);
  expect(j.emulator.count({ operation: "DescribeUser" })).toBe(0);
});
