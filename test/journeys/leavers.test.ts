/** Whoever left is out first of all, whatever the rest of a run comes to. */
import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import type { RecordedRequest } from "../emulator/wire.ts";
import { crew, crowd } from "./company.ts";
import { daysAgo } from "./day.ts";
import { journey, outcomesOf, plannedOf } from "./journey.ts";
import type { Journey } from "./journey.ts";
import { ended, leave, leavers, settled } from "./leaving.ts";

const today = (): string => new Date().toISOString().slice(0, 10);

/** `wasOff`: whether the mark says that a person had disabled them before. */
const isOut = ({ aws, google }: Journey, name: string, { wasOff = false } = {}): boolean => {
  const { active, externalId = "" } = aws.user(at(name));
  const known = [...google.users, ...google.deletedUsers].find(
    ({ primaryEmail }) => primaryEmail === at(name),
  );
  return !active && externalId === `ssosync-suspended.${today()}.${known?.id}${wasOff ? ".by-hand" : ""}`;
};

const disabled = ({ aws }: Journey): readonly string[] =>
  aws.users.flatMap((user) => (user.active ? [] : [user.userName])).toSorted();

/** The writes of the last run, with what they say. */
const bodies = ({ emulator }: Journey): readonly string[] =>
  emulator.writes().map(({ body }) => JSON.stringify(body));

const isMarking = ({ method, body }: RecordedRequest): boolean =>
  method === "PATCH" && /ssosync-(?:suspended|retired)\./.test(JSON.stringify(body));

describe("leavers are disabled and marked, and nothing else is written, where", () => {
  const failing = (operation: string, status: number) => (j: Journey) =>
    void j.emulator.fault({ when: { operation }, times: Infinity, do: { status } });

  test.each<readonly [string, (j: Journey) => void]>([
    ["Google refuses to list groups", failing("groups.list", 403)],
    ["Google has trouble with groups", failing("groups.list", 503)],
    ["Google lists no group at all", ({ google }) => google.lies.hideGroups("*")],
    [
      "AWS does not let its groups be listed",
      ({ emulator }) => void emulator.denied.add("identitystore:ListGroups"),
    ],
    [
      "AWS does not let its memberships be listed",
      ({ emulator }) => void emulator.denied.add("identitystore:ListGroupMemberships"),
    ],
    [
      "more than half would leave the scope",
      ({ google }) => {
        for (const name of ["kim", "lena", "mona", "nils"]) google.removeMember(at("aws-readonly"), at(name));
        for (const name of ["linus", "ivan"]) google.removeMember(at("aws-engineers"), at(name));
      },
    ],
  ])("%s", { tags: "long" }, async (_, trouble) => {
    const j = await settled();
    leave(j);
    j.google.addUser({ email: at("nova") });
    j.google.addMember(at("aws-admins"), at("nova"));
    trouble(j);
    await ended(j);
    expect(leavers.filter((name) => isOut(j, name))).toEqual(leavers);
    expect(outcomesOf(j, "applied")).toEqual(leavers.map((name) => `user.disable ${at(name)}`));
    expect(j.writes()).toHaveLength(3);
  });

  test("no group's members can be read, which is said", async () => {
    const j = await settled();
    leave(j);
    failing("members.list", 500)(j);
    expect((await j.run()).status).toBe("failed");
    expect(disabled(j)).toEqual(leavers.map(at));
  });
});

test("leavers are out before a single group has been read", { tags: "long" }, async () => {
  const j = await settled();
  leave(j);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const waits = j.emulator.fault({
    when: { operation: "members.list" },
    times: Infinity,
    do: { until: promise },
  });
  let count = 0;
  j.emulator.onWrite(() => {
    count += 1;
    if (count !== 3) return;
    expect(disabled(j)).toEqual(leavers.map(at));
    resolve(undefined);
  });
  await j.sync();
  expect(waits.hits).toBeGreaterThan(0);
  await j.settle();
});

test("leavers come before everything else that is written", { tags: "long" }, async () => {
  const j = await settled();
  leave(j);
  j.google.addUser({ email: at("nova") });
  j.google.addMember(at("aws-admins"), at("nova"));
  j.google.removeMember(at("aws-readonly"), at("kim"));
  const ids = leavers.map((name) => `PATCH /Users/${j.aws.user(at(name)).id}`);
  await j.sync();
  expect(j.writes().slice(0, 3).toSorted()).toEqual(ids.toSorted());
  await j.settle();
});

describe("a leaver", () => {
  test("is disabled and marked in one request", async () => {
    const j = await settled();
    j.google.suspend(at("ada"));
    await j.sync();
    expect(bodies(j)).toHaveLength(1);
    expect(bodies(j)[0]).toContain("ssosync-suspended.");
    expect(isOut(j, "ada")).toBe(true);
    await j.settle();
  });

  test.each([400, 403, 409, 500])(
    "whose mark AWS refuses with %i is disabled all the same, and marked later, as if by hand",
    { tags: "long" },
    async (status) => {
      const j = await settled();
      j.google.suspend(at("ada"));
      const fault = j.emulator.fault({ when: isMarking, times: Infinity, do: { status } });
      await j.run();
      expect(j.aws.user(at("ada"))).toMatchObject({ active: false, externalId: j.google.user(at("ada")).id });
      fault.remove();
      await j.sync();
      expect(isOut(j, "ada", { wasOff: true })).toBe(true);
      await j.settle();
    },
  );

  test.each(["leavers", "sync"])(
    "is out soon although AWS has lasting trouble with marks (%s)",
    async (action) => {
      const j = await journey({ company: crowd(42), settings: { MAX_LEAVERS: "100%" } });
      for (const name of crew(21)) j.google.suspend(at(name));
      j.emulator.fault({ when: isMarking, times: Infinity, do: { status: 500 } });
      await ended(j, { action });
      expect(disabled(j)).toHaveLength(21);
      const leaving = new Set(crew(21).map((name) => `PATCH /Users/${j.aws.user(at(name)).id}`));
      const sent = Map.groupBy(j.writes(), (write) => write);
      expect(new Set(sent.keys())).toEqual(leaving);
      // Three times with the mark, and once without.
      expect(new Set([...sent.values()].map(({ length }) => length))).toEqual(new Set([4]));
    },
  );

  test(
    "is given a mark as often as it takes while AWS only asks for less speed",
    { tags: "long" },
    async () => {
      const j = await settled();
      j.google.suspend(at("ada"));
      j.emulator.fault({ when: isMarking, times: 3, do: { status: 429 } });
      await j.sync();
      expect(isOut(j, "ada")).toBe(true);
    },
  );

  test("whom somebody disables in AWS meanwhile is left to them, and nobody else is written to instead", async () => {
    const j = await settled();
    j.google.suspend(at("ada"));
    const { id } = j.aws.user(at("ada"));
    j.emulator.fault({
      when: ({ service, method, path }) => {
        if (service === "scim" && method === "GET" && path.endsWith(id)) j.aws.user(id).active = false;
        return false;
      },
      do: { status: 500 },
    });
    await j.run();
    expect(outcomesOf(j, "skipped")).toEqual([`user.disable ${at("ada")}`]);
    expect(disabled(j)).toEqual([at("ada")]);
    await j.run();
    expect(isOut(j, "ada", { wasOff: true })).toBe(true);
    await j.quiet();
  });

  test.each<readonly [string, (j: Journey, id: string) => void]>([
    ["deletes", ({ aws }, id) => aws.deleteUser(id)],
    ["links to another account", ({ aws }, id) => void (aws.user(id).externalId = "9".repeat(21))],
  ])("whom somebody %s in AWS meanwhile is written to no more", async (_, change) => {
    const j = await settled();
    j.google.suspend(at("ada"));
    const { id } = j.aws.user(at("ada"));
    let isDone = false;
    j.emulator.fault({
      when: ({ service, method, path }) => {
        const isLook = service === "scim" && method === "GET" && path.endsWith(id);
        if (isLook && !isDone) change(j, id);
        isDone ||= isLook;
        return false;
      },
      do: { status: 500 },
    });
    await j.run({ action: "leavers" });
    expect(isDone).toBe(true);
    expect(outcomesOf(j, "skipped")).toEqual([`user.disable ${at("ada")}`]);
    expect(j.emulator.writes()).toEqual([]);
  });

  test("is found out of every listing too, and leaves the groups in the same run", async () => {
    const j = await settled();
    j.google.deleteUser(at("otto"));
    await j.sync();
    expect(j.outcomes.map(({ change }) => change.kind)).toEqual([
      ...["user.disable", "user.retire", "members.remove", "members.remove"],
    ]);
    expect(j.aws.user(at("otto")).externalId).toMatch(/^ssosync-retired\./);
    await j.settle();
  });

  test("who comes back is enabled, and gets the groups again", async () => {
    const j = await settled();
    leave(j);
    await j.sync();
    j.google.suspend(at("ada"), false);
    j.google.archive(at("zoe"), false);
    await j.sync();
    expect(disabled(j)).toEqual([at("otto")]);
    await j.settle();
  });

  test("gets no membership, though an owner adds them to a group", async () => {
    const j = await settled();
    j.google.suspend(at("ada"));
    j.google.addMember(at("aws-readonly"), at("ada"));
    await j.sync();
    expect(j.aws.membersOf("aws-readonly")).not.toContain(at("ada"));
    await j.settle();
  });

  test("gets no membership either when AWS refuses to disable them", async () => {
    const j = await settled();
    j.google.suspend(at("ada"));
    j.google.addMember(at("aws-readonly"), at("ada"));
    const { id } = j.aws.user(at("ada"));
    j.emulator.fault({
      when: ({ method, path }) => method === "PATCH" && path.endsWith(id),
      times: Infinity,
      do: { status: 400 },
    });
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "failed", failed: { "user.disable": 1 } });
    expect(summary.message).toContain(at("ada"));
    expect(j.aws.membersOf("aws-readonly")).not.toContain(at("ada"));
  });
});

describe("whoever Google does not have:", () => {
  test("is not marked as retired instead when AWS refuses to disable them: the next run disables them", async () => {
    const j = await settled();
    j.google.deleteUser(at("kim"));
    const { id, externalId } = j.aws.user(at("kim"));
    const refused = j.emulator.fault({
      when: ({ method, path }) => method === "PATCH" && path.endsWith(`/Users/${id}`),
      times: Infinity,
      do: { status: 403 },
    });
    const summary = await j.run();
    expect(summary.status).toBe("failed");
    expect(j.outcomes.filter(({ change }) => "id" in change && change.id === id)).toHaveLength(1);
    expect(j.aws.user(at("kim"))).toMatchObject({ active: true, externalId });
    refused.remove();
    await j.sync();
    expect(j.aws.user(at("kim")).active).toBe(false);
  });

  test("deleted and forgotten by Google is a leaver", async () => {
    const j = await settled();
    j.google.deleteUser(at("otto"));
    j.google.deletedUsers.length = 0;
    await j.sync();
    expect(disabled(j)).toEqual([at("otto")]);
    await j.settle();
  });

  const hiding = (j: Journey, status = 403): { remove: () => void } =>
    j.emulator.fault({ when: { operation: "users.get" }, times: Infinity, do: { status } });

  test("hidden, and among the deleted, is a leaver", async () => {
    const j = await settled();
    j.google.deleteUser(at("otto"));
    hiding(j);
    await j.sync();
    expect(disabled(j)).toEqual([at("otto")]);
    await j.settle();
  });

  test("hidden, and not among the deleted, is unsure; the approval carries it out to the end", async () => {
    const j = await settled();
    j.google.deleteUser(at("otto"));
    j.google.deletedUsers.length = 0;
    hiding(j);
    const { status, approvals } = await j.run();
    expect(status).toBe("attention");
    expect(approvals).toMatchObject([{ kind: "unsure", subject: at("otto") }]);
    expect(j.writes()).toEqual([]);
    await j.sync({ action: "sync", approve: approvals.map(({ id }) => id) });
    expect(j.aws.user(at("otto"))).toMatchObject({ active: false });
    expect(j.aws.user(at("otto")).externalId).toMatch(/^ssosync-retired\./);
    await j.settle();
  });

  test.each([
    [21, true],
    [20, false],
  ])(
    "hidden, and marked %i days ago: enabled by hand since then, they are out again: %s",
    async (days, isGone) => {
      const j = await settled();
      const { id } = j.google.user(at("otto"));
      j.google.deleteUser(at("otto"));
      j.google.deletedUsers.length = 0;
      j.aws.user(at("otto")).externalId = `ssosync-suspended.${daysAgo(days)}.${id}`;
      hiding(j);
      await j.run();
      expect(j.aws.user(at("otto")).active).toBe(!isGone);
    },
  );

  test.each([
    [403, 20, false],
    [403, 21, true],
    [503, 21, false],
  ])("answered %i, with a mark of %i days ago: revoked unasked: %s", async (status, days, isGone) => {
    const j = await settled();
    const { id } = j.google.user(at("otto"));
    j.google.deleteUser(at("otto"));
    j.google.deletedUsers.length = 0;
    const externalId = `ssosync-suspended.${daysAgo(days)}.${id}`;
    Object.assign(j.aws.user(at("otto")), { active: false, externalId });
    hiding(j, status);
    const { approvals } = await j.run();
    expect(approvals).toMatchObject(isGone ? [] : [{ kind: "unsure", subject: at("otto") }]);
    const then = isGone ? `ssosync-retired.${today()}.${id}` : externalId;
    expect(j.aws.user(at("otto")).externalId).toBe(then);
    if (isGone) await j.settle();
  });
});

test("a leaver whom another run disables meanwhile is out, and is still revoked in this one", async () => {
  const j = await settled();
  const { id, externalId } = j.aws.user(at("ada"));
  j.google.deleteUser(at("ada"));
  const other = { active: false, externalId: `ssosync-suspended.${today()}.${externalId}` };
  const when = ({ operation }: { readonly operation: string }): boolean => {
    if (operation === "users.get") Object.assign(j.aws.user(id), other);
    return false;
  };
  j.emulator.fault({ when, do: "cut" });
  await j.run();
  expect(j.outcomes[0]).toMatchObject({ status: "skipped", reason: { code: "disabled-meanwhile" } });
  expect(j.aws.membersOf("aws-admins")).toEqual([at("grace")]);
});

describe("a listing alone makes nobody a leaver:", () => {
  test("A7: each of thirty who are listed as suspended, and are not, is asked about, and stays", async () => {
    const j = await journey({ company: crowd(60), emulator: { pageSize: "vendor" } });
    await j.sync();
    const ids = new Set(crew(30).map((name) => j.google.user(at(name)).id));
    j.emulator.fault({
      when: { operation: "users.list" },
      times: Infinity,
      do: (_, answer) => {
        const body = structuredClone(answer.body) as { users?: { id: string; suspended: boolean }[] };
        for (const user of body.users ?? []) if (ids.has(user.id)) user.suspended = true;
        return { ...answer, body };
      },
    });
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", applied: {}, held: { "user.disable": 30 } });
    expect(j.emulator.count({ operation: "users.get" })).toBe(30);
    expect(disabled(j)).toEqual([]);
    expect(j.writes()).toEqual([]);
  });

  test("without an answer from Google's the leaver waits, and is asked about again in the next run", async () => {
    const j = await settled();
    j.google.suspend(at("ada"));
    const fault = j.emulator.fault({
      when: { operation: "users.get" },
      times: Infinity,
      do: { status: 503 },
    });
    expect(await j.run()).toMatchObject({ status: "attention", approvals: [{ kind: "unsure" }] });
    expect(disabled(j)).toEqual([]);
    fault.remove();
    await j.sync();
    expect(isOut(j, "ada")).toBe(true);
  });

  test(
    "once Google has stopped answering, the rest is unsure without being asked",
    { tags: "long" },
    async () => {
      const j = await journey({ company: crowd(120), emulator: { pageSize: "vendor" } });
      await j.sync();
      for (const name of crew(100)) j.google.suspend(at(name));
      j.emulator.fault({ when: { operation: "users.get" }, times: Infinity, do: { status: 503 } });
      const summary = await j.run();
      expect(summary.approvals.filter(({ kind }) => kind === "unsure")).toHaveLength(100);
      const asked = new Set(
        j.emulator.requests.filter(({ operation }) => operation === "users.get").map(({ path }) => path),
      );
      expect(asked.size).toBeLessThan(60);
      expect(j.writes()).toEqual([]);
    },
  );
});

test(
  "of whom there was no time to ask is left for the next run, and an approval of them is no mistake",
  { tags: "long" },
  async () => {
    const j = await settled();
    const remainingMs = await j.timeFor(5_000);
    j.google.suspend(at("ada"));
    const answer = (action: { status: number } | { delay: number }) =>
      j.emulator.fault({ when: { operation: "users.get" }, times: Infinity, do: action });
    const refuse = answer({ status: 403 });
    const approve = (await j.run({ action: "plan" })).approvals.map(({ id }) => id);
    expect(approve).toHaveLength(1);
    refuse.remove();
    const { remove } = answer({ delay: 60_000 });
    for (const request of [{}, { action: "sync", approve }])
      expect(await j.run(request, { remainingMs })).toMatchObject({ left: 1, applied: {}, approvals: [] });
    remove();
    await j.sync();
    expect(j.aws.user(at("ada")).active).toBe(false);
  },
);

describe("`only`", () => {
  test("with a leaver disables them, and no other", async () => {
    const j = await settled();
    leave(j);
    await j.sync({ action: "sync", only: [at("ada")] });
    expect(disabled(j)).toEqual([at("ada")]);
  });

  test("with a group disables the leavers in it, and no others", async () => {
    const j = await settled();
    leave(j);
    await j.run({ action: "sync", only: [at("aws-backend")] });
    expect(disabled(j)).toEqual(["otto", "zoe"].map(at));
  });
});

describe("no write leaves the function for leavers", () => {
  test.each([{ action: "plan" }, { dryRun: true }])(
    "with %j, which tells who would be disabled",
    async (event) => {
      const j = await settled();
      leave(j);
      const before = j.aws.snapshot();
      const summary = await j.run(event);
      expect(plannedOf(summary)).toEqual(
        expect.arrayContaining(leavers.map((name) => `user.disable ${at(name)}`)),
      );
      expect(j.writes()).toEqual([]);
      expect(j.aws.snapshot()).toEqual(before);
    },
  );
});

test("a wrong SCIM token stops the run at the first leaver, with the remedy", async () => {
  const j = await settled();
  leave(j);
  j.aws.tokens.clear();
  expect(await j.failure()).toContain("SSOSyncSCIMAccessToken");
  expect(disabled(j)).toEqual([]);
  expect(j.emulator.writes()).toEqual([]);
});

test(
  "once somebody asks for the end, no more leavers are looked at, and the next run disables them",
  { tags: "long" },
  async () => {
    const settings = { MAX_LEAVERS: "100%" };
    const j = await settled(settings, { company: crowd(30) });
    const all = crew(25);
    for (const name of all) j.google.suspend(at(name));
    const stop = new AbortController();
    await j.run({ action: "leavers" }, { stop: stop.signal, outcome: () => void stop.abort() });
    const ids = new Set(all.map((name) => j.aws.user(at(name)).id));
    const looks = j.emulator.requests.flatMap(({ service, method, path }) => {
      const id = path.split("/").at(-1) ?? "";
      return service === "scim" && method === "GET" && ids.has(id) ? [id] : [];
    });
    expect(new Set(looks).size).toBe(20);
    expect(disabled(j).length).toBeGreaterThan(0);
    await j.run({ action: "leavers" });
    expect(disabled(j)).toEqual(all.map(at).toSorted());
  },
);

describe("more leavers than MAX_LEAVERS allows", () => {
  const six = ["ada", "grace", "ivan", "kim", "linus", "zoe"];
  const dismissed = async (): Promise<Journey> => {
    const j = await settled();
    for (const name of six) j.google.suspend(at(name));
    return j;
  };
  const waits = ({ approvals }: Awaited<ReturnType<Journey["run"]>>): readonly string[] =>
    approvals.filter(({ kind }) => kind === "leavers").map(({ subject }) => subject);

  test("go as far as they fit; the others wait, each with an id, and the run is refused", async () => {
    const j = await dismissed();
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "refused", applied: { "user.disable": 5 } });
    expect(disabled(j)).toHaveLength(5);
    expect([...disabled(j), ...waits(summary)].toSorted()).toEqual(six.map(at));
    expect(summary.message).toContain(
      JSON.stringify({ action: "sync", approve: summary.approvals.map(({ id }) => id) }),
    );
    await j.sync({ action: "sync", approve: summary.approvals.map(({ id }) => id) });
    expect(disabled(j)).toEqual(six.map(at));
    await j.settle();
  });

  test("do not keep the rest of the run from going on", async () => {
    const j = await dismissed();
    j.google.addUser({ email: at("nova") });
    j.google.addMember(at("aws-admins"), at("nova"));
    expect((await j.run()).status).toBe("refused");
    expect(j.aws.membersOf("aws-admins")).toContain(at("nova"));
  });

  test("wait in a plan as they would in a run", async () => {
    const j = await dismissed();
    const plan = await j.plan();
    expect(plan.status).toBe("refused");
    expect(waits(plan)).toHaveLength(1);
    expect(waits(await j.run())).toEqual(waits(plan));
  });

  test("are not taken out as something else instead, deleted or suspended, whatever SYNC_SUSPENDED says", async () => {
    for (const SYNC_SUSPENDED of ["true", "false"]) {
      const j = await settled({ MAX_LEAVERS: "0", SYNC_SUSPENDED });
      leave(j);
      const before = j.aws.snapshot();
      const summary = await j.run();
      expect(summary).toMatchObject({ status: "refused", applied: {} });
      expect(waits(summary).toSorted()).toEqual(leavers.map(at));
      expect(j.aws.snapshot()).toEqual(before);
    }
  });

  test("do not make an upheaval, however many they are", async () => {
    const j = await settled({ MAX_LEAVERS: "1" });
    for (const name of [...six, "otto", "nils"]) j.google.deleteUser(at(name));
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "refused", applied: { "user.disable": 1 } });
    expect(new Set(summary.approvals.map(({ kind }) => kind))).toEqual(new Set(["leavers"]));
  });

  test("of whom some were approved go with those", async () => {
    const j = await dismissed();
    const none = { settings: { MAX_LEAVERS: "0" } };
    const { approvals } = await j.run({}, none);
    expect(approvals).toHaveLength(6);
    const [first] = approvals;
    const summary = await j.run({ action: "sync", approve: [first?.id] }, none);
    expect(summary.status).toBe("refused");
    expect(disabled(j)).toEqual([first?.subject]);
  });
});

test(
  "who is out of scope and whose mark AWS refuses is out without it, which every later run says, and comes back with approval",
  { tags: "long" },
  async () => {
    const j = await settled();
    const fault = j.emulator.fault({ when: isMarking, times: Infinity, do: { status: 403 } });
    j.google.removeMember(at("aws-backend"), at("zoe"));
    expect(await j.run()).toMatchObject({ status: "attention", failed: { "user.retire": 1 } });
    expect(j.aws.user(at("zoe"))).toMatchObject({ active: false, externalId: j.google.user(at("zoe")).id });
    fault.remove();
    for (let run = 0; run < 2; run += 1)
      expect(await j.sync()).toMatchObject({ status: "succeeded", skipped: { "off-by-hand": 1 } });
    j.google.addMember(at("aws-backend"), at("zoe"));
    const back = await j.run();
    expect(back.approvals).toMatchObject([{ kind: "enable", subject: at("zoe") }]);
    expect(j.aws.user(at("zoe")).active).toBe(false);
  },
);
