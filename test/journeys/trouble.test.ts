import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createAws } from "../emulator/aws-directory.ts";
import { bigCompany } from "../emulator/company.ts";
import type { FaultAction } from "../emulator/faults.ts";
import { instanceOf } from "../emulator/identity-store.ts";
import type { RecordedRequest } from "../emulator/wire.ts";
import { at } from "../emulator/fill.ts";
import { journey, outcomesOf } from "./journey.ts";
import type { Journey } from "./journey.ts";

const quota = {
  error: {
    code: 403,
    message: "Request rate higher than configured.",
    errors: [{ message: "Request rate higher than configured.", domain: "global", reason: "quotaExceeded" }],
  },
};

/** Every SCIM write that names this text in its path or body is answered so. */
function refuse(
  j: Journey,
  text: () => string | undefined,
  status: number,
  operation?: string,
): { remove: () => void } {
  return j.emulator.fault({
    when: (request) => {
      const named = text();
      const write = request.service === "scim" && request.method !== "GET";
      const right = operation === undefined || request.operation === operation;
      return (
        write &&
        right &&
        named !== undefined &&
        `${request.path} ${JSON.stringify(request.body)}`.includes(named)
      );
    },
    times: Infinity,
    do: { status },
  });
}

describe("a user whom AWS refuses", () => {
  test(
    "costs exactly him and his memberships, and the next run makes up for it",
    { tags: "long" },
    async () => {
      const j = await journey();
      const fault = refuse(j, () => at("zoe"), 400);
      const summary = await j.run();
      expect(summary).toMatchObject({
        status: "attention",
        applied: { "user.create": 9, "group.create": 4 },
        failed: { "user.create": 1 },
        skipped: { "members.add": 2 },
        left: 0,
      });
      expect(summary.message).toContain(at("zoe"));
      expect(outcomesOf(j, "skipped")).toEqual([
        "members.add aws-backend zoe@example.com",
        "members.add aws-engineers zoe@example.com",
      ]);
      expect(j.aws.membersOf("aws-backend")).toEqual([at("otto")]);
      fault.remove();
      await j.sync();
      await j.settle();
    },
  );

  test("when he is to be changed, stays as he is, and everything else goes on", async () => {
    const j = await journey();
    await j.sync();
    j.google.nameUser(at("zoe"), "Zoe", "Angelo");
    j.google.nameUser(at("otto"), "Otto", "Meyer");
    refuse(j, () => j.aws.user(at("zoe")).id, 400);
    const summary = await j.run();
    expect(summary).toMatchObject({
      status: "attention",
      failed: { "user.update": 1 },
      applied: { "user.update": 1 },
    });
  });

  test("when he is to be disabled, makes the run fail, for he is still in; the others are disabled", async () => {
    const j = await journey();
    await j.sync();
    j.google.deleteUser(at("zoe"));
    j.google.suspend(at("otto"));
    const { id } = j.aws.user(at("zoe"));
    refuse(j, () => id, 400, "PatchUser");
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "failed", failed: { "user.disable": 1 } });
    expect(summary.message).toMatch(
      /^1 change that takes access away was refused: zoe|refused to change active/,
    );
    expect(j.aws.user(at("otto")).active).toBe(false);
    expect(j.aws.membersOf("aws-backend")).toEqual([at("otto"), at("zoe")]);
  });
});

describe("a member whom AWS refuses", () => {
  const company = {
    settings: { GROUP_MATCH: "*" },
    company: (google: Journey["google"]) => bigCompany(google, { users: 150, groups: 1, memberships: 150 }),
    emulator: { pageSize: "vendor" as const },
  };

  test.each([
    ["among the hundred with which a group is made", 17],
    ["among those who come after", 140],
  ])("%s is left out alone", { tags: "long" }, async (_, nth) => {
    const j = await journey(company);
    const culprit = at(`user-${String(nth).padStart(5, "0")}`);
    const fault = j.emulator.fault({
      when: ({ service, method, path, body }) => {
        const id = j.aws.findUser(culprit)?.id;
        const group = service === "scim" && method !== "GET" && path.includes("/Groups");
        return group && id !== undefined && JSON.stringify(body).includes(id);
      },
      times: Infinity,
      do: { status: 400 },
    });
    const summary = await j.run();
    expect(summary).toMatchObject({ status: "attention", failed: { "members.add": 1 }, left: 0 });
    expect(outcomesOf(j, "failed")).toEqual([`members.add aws-001 ${culprit}`]);
    expect(j.aws.membersOf("aws-001")).toHaveLength(149);
    expect(j.aws.membersOf("aws-001")).not.toContain(culprit);
    fault.remove();
    await j.sync();
    await j.settle();
  });

  test("because he is one already, or gone already, counts as done", { tags: "long" }, async () => {
    const j = await journey();
    await j.sync();
    j.aws.policy.addExistingMember = 409;
    j.aws.policy.removeNonMember = 404;
    j.google.addMember(at("aws-admins"), at("kim"));
    j.google.addMember(at("aws-admins"), at("nils"));
    j.google.addMember(at("aws-backend"), at("lena"));
    j.google.removeMember(at("aws-readonly"), at("lena"));
    j.google.removeMember(at("aws-readonly"), at("kim"));
    const meanwhile = { done: false };
    j.emulator.fault({
      when: ({ operation }) => {
        if (!meanwhile.done && operation === "PatchGroup") {
          meanwhile.done = true;
          j.aws.addMembership("aws-admins", at("kim"));
          j.aws.removeMembership("aws-readonly", at("lena"));
        }
        return false;
      },
      do: "drop-before",
    });
    await j.sync();
    await j.settle();
  });
});

describe("a group that AWS refuses", () => {
  test("costs exactly it and its memberships", async () => {
    const j = await journey();
    refuse(j, () => `"displayName":"aws-engineers"`, 400);
    const summary = await j.run();
    expect(summary).toMatchObject({
      status: "attention",
      applied: { "user.create": 10, "group.create": 3 },
      failed: { "group.create": 1 },
    });
    await j.run();
    expect(j.aws.findGroup("aws-engineers")).toBeUndefined();
  });

  test(
    "that somebody deletes while the run removes its members is empty enough",
    { tags: "long" },
    async () => {
      const j = await journey();
      await j.sync();
      j.google.addMember(at("aws-admins"), at("kim"));
      j.google.removeMember(at("aws-readonly"), at("kim"));
      const once = { done: false };
      j.emulator.fault({
        when: ({ operation }) => {
          if (!once.done && operation === "PatchGroup") {
            once.done = true;
            j.aws.deleteGroup("aws-readonly");
          }
          return false;
        },
        do: "drop-before",
      });
      await j.run();
      await j.run();
      await j.settle();
    },
  );
});

test(
  "when one of two who trade names is refused, the other keeps the name it has, and the next run ends it",
  { tags: "long" },
  async () => {
    const j = await journey();
    await j.sync();
    const [ada, grace] = [j.google.user(at("ada")), j.google.user(at("grace"))];
    Object.assign(ada, { primaryEmail: at("grace"), aliases: [] });
    Object.assign(grace, { primaryEmail: at("ada"), aliases: [] });
    const fault = refuse(j, () => "ssosync-moving.", 400);
    const summary = await j.run();
    expect(summary).toMatchObject({
      status: "attention",
      failed: { "user.update": 1 },
      skipped: { "user.update": 2 },
    });
    expect(j.aws.users.map((user) => user.userName)).toEqual(
      expect.arrayContaining([at("ada"), at("grace")]),
    );
    fault.remove();
    await j.sync();
    await j.settle();
  },
);

describe("time", () => {
  test.each([300, 3_000])(
    "of %i ms is too little for a first change: the run fails, and nothing was written",
    async (remainingMs) => {
      const j = await journey();
      const outcome = await j.run({}, { remainingMs }).then(
        ({ status, message }) => ({ status, message }),
        ({ message }: Error) => ({ status: "failed", message }),
      );
      expect(outcome.status).toBe("failed");
      expect(outcome.message).toMatch(/time.*Timeout in function.json/);
      expect(j.emulator.writes()).toEqual([]);
    },
  );

  test(
    "that is too short is used for what it allows, and repeated invocations come to the end",
    { tags: "long" },
    async () => {
      const j = await journey({
        settings: { GROUP_MATCH: "*", SCIM_RATE: "25" },
        company: (google) => bigCompany(google, { users: 120, groups: 4, memberships: 400 }),
        emulator: { pageSize: "vendor", latency: { scim: 20 } },
      });
      const statuses: string[] = [];
      const remainingMs = await j.timeFor(4_500);
      while (statuses.length < 30 && statuses.at(-1) !== "succeeded") {
        const started = performance.now();
        const summary = await j.run({}, { remainingMs });
        expect(performance.now() - started).toBeLessThan(remainingMs - 500);
        if (summary.status === "incomplete") expect(summary.left).toBeGreaterThan(0);
        expect(Object.keys(summary.applied)).not.toEqual([]);
        statuses.push(summary.status);
      }
      expect(statuses.at(-1)).toBe("succeeded");
      expect(statuses.slice(0, -1)).toEqual(statuses.slice(1).map(() => "incomplete"));
      expect(statuses.length).toBeGreaterThan(1);
      await j.settle();
    },
  );

  test("of 10 s is enough for a small company", async () => {
    const j = await journey();
    expect(await j.run({}, { remainingMs: 10_000 })).toMatchObject({ status: "succeeded", left: 0 });
    await j.settle();
  });

  test(
    "runs out while Google does not answer: the run says so before it would be killed",
    { tags: "long" },
    async () => {
      const j = await journey();
      const remainingMs = await j.timeFor(3_000);
      const hangs = j.emulator.fault({ when: { operation: "groups.list" }, do: { delay: 60_000 } });
      const started = performance.now();
      expect(await j.failure({}, { remainingMs })).toMatch(/time/);
      expect(performance.now() - started).toBeLessThan(remainingMs);
      expect(hangs.hits).toBe(1);
    },
  );

  test(
    "runs out in the middle of a chunk: who is out is told, and the rest is left for the next run",
    { tags: "long" },
    async () => {
      const j = await journey({ settings: { USER_MATCH: "*" } });
      await j.sync();
      const [kim, lena] = ["kim", "lena"].map((name) => j.aws.user(at(name)).id);
      for (const name of ["kim", "lena"]) j.google.removeMember(at("aws-readonly"), at(name));
      const about = (request: RecordedRequest, id: string | undefined): boolean =>
        request.operation === "PatchGroup" && JSON.stringify(request.body).includes(String(id));
      j.emulator.fault({
        when: (request) => about(request, kim) && about(request, lena),
        do: { status: 400 },
      });
      j.emulator.fault({ when: (request) => about(request, lena), do: { delay: 20_000 } });
      const summary = await j.run({}, { remainingMs: await j.timeFor(4_500) });
      expect(summary).toMatchObject({
        status: "incomplete",
        applied: { "members.remove": 1 },
        skipped: {},
        left: 1,
      });
      expect(j.outcomes.map(({ status, reason }) => [status, reason?.code])).toEqual([
        ["applied", undefined],
        ["skipped", "cut-off"],
      ]);
      await j.sync();
      await j.settle();
    },
  );

  const tech = "orgDepartment=Tech";
  test.each([
    ["one user", {}, ({ operation }: RecordedRequest) => operation === "users.get"],
    ["the deleted users", {}, ({ query }: RecordedRequest) => query["showDeleted"] === "true"],
    [
      "a query again",
      { USER_MATCH: tech, SYNC_METHOD: "users_groups" },
      ({ query }: RecordedRequest, seen: Set<string>) =>
        query["query"] === tech && query["pageToken"] === undefined && seen.size === seen.add(tech).size,
    ],
  ])(
    "runs out while Google is asked about %s: nothing is written, and nothing is held for want of an answer",
    { tags: "long" },
    async (what, settings, hit) => {
      const j = await journey({
        settings,
        also: ({ users }) => {
          for (const user of users) user.attributes["orgDepartment"] = "Tech";
        },
      });
      await j.sync();
      j.google.lies.hideUsers(at("kim"));
      j.google.user(at("lena")).attributes["orgDepartment"] = "Sales";
      const remainingMs = await j.timeFor(3_000);
      const seen = new Set<string>();
      // Whom Google does not show is looked for among the deleted.
      if (what === "the deleted users")
        j.emulator.fault({ when: { operation: "users.get" }, times: Infinity, do: { status: 403 } });
      j.emulator.fault({ when: (request) => hit(request, seen), do: { delay: 60_000 } });
      const summary = await j.run({}, { remainingMs });
      expect(summary).toMatchObject({ status: "failed", held: {}, approvals: [] });
      expect(summary.message).toMatch(/no time/);
      expect(seen.size).toBe(Object.keys(settings).length === 0 ? 0 : 1);
      expect(j.writes()).toEqual([]);
    },
  );

  test(
    "runs out while the first object is looked for: nothing else is made, and the next run goes on",
    { tags: "long" },
    async () => {
      const j = await journey();
      j.emulator.fault({ when: { operation: "DescribeUser" }, do: { delay: 60_000 } });
      const summary = await j.run({}, { remainingMs: await j.timeFor(4_500) });
      expect(summary).toMatchObject({ status: "incomplete", applied: { "user.create": 1 } });
      expect(j.writes()).toHaveLength(1);
      await j.sync();
      await j.settle();
    },
  );

  test(
    "runs out while AWS does not answer one change: the others are done, and it is left for the next run",
    { tags: "long" },
    async () => {
      const j = await journey();
      const remainingMs = await j.timeFor(4_500);
      j.emulator.fault({ when: { operation: "CreateUser", nth: 4 }, do: { delay: 60_000 } });
      const started = performance.now();
      const summary = await j.run({}, { remainingMs });
      expect(performance.now() - started).toBeLessThan(remainingMs);
      expect(summary).toMatchObject({ status: "incomplete", applied: { "user.create": 9 } });
      await j.sync();
      await j.settle();
    },
  );
});

test("a mistake of ours while writing is no run that went well", async () => {
  const j = await journey();
  const mistake = (): void => {
    throw new RangeError("a mistake");
  };
  await expect(j.run({}, { outcome: mistake })).rejects.toThrow(RangeError);
  await j.sync();
});

test("a run that is stopped by hand before the first change says so, and the next one goes on", async () => {
  const j = await journey();
  const summary = await j.run({}, { stop: AbortSignal.abort() });
  expect(summary).toMatchObject({ status: "incomplete", left: 26 });
  expect(summary.message).toBe("Stopped by hand: nothing was written and 26 are left; the next run goes on.");
  expect(j.writes()).toEqual([]);
  await j.sync();
});

describe("once AWS cannot be read", () => {
  const refused = async (j: Journey, action = "ListGroups"): Promise<number> => {
    j.emulator.denied.add(`identitystore:${action}`);
    const started = performance.now();
    expect(await j.failure()).toContain(`identitystore:${action}`);
    const took = performance.now() - started;
    // What was on its way arrives.
    await sleep(300);
    const asked = j.emulator.count({ service: "google" });
    await sleep(300);
    expect(j.emulator.count({ service: "google" })).toBe(asked);
    return took;
  };

  test("Google is asked nothing more, and the run ends", { tags: "long" }, async () => {
    const j = await journey({
      settings: { GOOGLE_RATE: "20" },
      also: (google) => {
        for (let n = 0; n < 200; n++) google.addGroup({ email: at(`aws-${n}`) });
      },
    });
    expect(await refused(j)).toBeLessThan(4_000);
  });

  test("so that nobody can be a leaver, the run ends although Google has not even given a token", async () => {
    const j = await journey();
    j.emulator.fault({ when: ({ path }) => path.endsWith("/token"), do: { delay: 20_000 } });
    expect(await refused(j, "ListUsers")).toBeLessThan(4_000);
  });
});

describe("the SCIM token", () => {
  test("that is wrong stops the run before the first write, with the remedy", async () => {
    for (const read of ["identitystore", "scim"]) {
      const j = await journey({ settings: { AWS_READ: read } });
      j.aws.tokens.clear();
      const sentence = await j.failure();
      expect(sentence).toContain("SSOSyncSCIMAccessToken");
      expect(sentence).toContain("401");
      expect(j.emulator.writes()).toEqual([]);
    }
  });

  test("that is wrong is told with the place it came from", async () => {
    const j = await journey();
    const token = j.emulator.secrets.setParameter("/sync/token", "a-token-of-old");
    const mine = await j.failure({}, { settings: { SCIM_ACCESS_TOKEN: token } });
    expect(mine).toContain(`store it in the parameter ${token}`);
    expect(mine).not.toContain("SSOSyncSCIMAccessToken");
    const endpoint = j.emulator.scimEndpoint.replace(j.aws.tenant, "1-2-3-4-5");
    const other = await j.failure({}, { settings: { SCIM_ENDPOINT: endpoint } });
    expect(other).toContain("check the setting SCIM_ENDPOINT");
    expect(other).not.toContain("a-token-of-old");
  });

  test(
    "that is revoked in the middle stops the run at once, and a new one ends the work",
    { tags: "long" },
    async () => {
      const j = await journey({
        settings: { GROUP_MATCH: "*", SCIM_RATE: "200" },
        company: (google) => bigCompany(google, { users: 200, groups: 4, memberships: 400 }),
        emulator: { pageSize: "vendor", latency: { scim: 10 } },
      });
      const [token = ""] = j.aws.tokens;
      let seen = 0;
      j.emulator.onWrite(() => {
        if (++seen === 20) j.aws.tokens.clear();
      });
      const summary = await j.run();
      expect(summary.status).toBe("failed");
      expect(summary.message).toContain("SSOSyncSCIMAccessToken");
      expect(j.emulator.writes().length).toBeLessThan(60);
      j.aws.tokens.add(token);
      await j.sync();
      await j.settle();
    },
  );
});

test("Google's access token may expire in the middle: another one is fetched, and nothing is missing", async () => {
  const j = await journey();
  const once = { done: false };
  j.emulator.fault({
    when: ({ operation }) => {
      if (!once.done && operation === "members.list") {
        once.done = true;
        j.emulator.expireTokens();
      }
      return false;
    },
    do: "drop-before",
  });
  await j.sync();
  await j.settle();
});

test("two runs at once do no harm", { tags: "long" }, async () => {
  const j = await journey();
  await j.sync();
  const { google } = j;
  google.addUser({ email: at("nova"), givenName: "Nova", familyName: "Jones" });
  google.addGroup({ email: at("aws-fresh") });
  google.addMember(at("aws-fresh"), at("nova"));
  google.addMember(at("aws-admins"), at("nova"));
  google.deleteUser(at("ivan"));
  google.deleteGroup(at("aws-readonly"));
  google.rename(at("zoe"), at("zoe.romano"));
  const both = await Promise.all([j.run(), j.run()]);
  for (const { status } of both) expect(["succeeded", "attention"]).toContain(status);
  expect(j.aws.users.filter((user) => user.userName === at("nova"))).toHaveLength(1);
  await j.run();
  await j.settle();
});

describe("a SCIM endpoint and an Identity Store of different directories", () => {
  /** The store that is read belongs to another instance. */
  function part(j: Journey): ReturnType<typeof createAws> {
    const other = createAws(() => new Date(), "other");
    j.emulator.identityStore.directory = other;
    j.emulator.identityStore.instances.splice(0, 1, instanceOf(other));
    return other;
  }

  test.each([
    ["both hold something"],
    ["only the one that is read does"],
    ["only the one that is written does"],
  ])("are told apart before the first write when %s", async (which) => {
    const j = await journey();
    const other = part(j);
    if (which !== "only the one that is written does") other.addUser({ userName: at("ada") });
    if (which !== "only the one that is read does") j.aws.addUser({ userName: at("ada") });
    const before = [j.aws.snapshot(), other.snapshot()];
    expect(await j.failure()).toContain("a different directory than the Identity Store");
    expect(j.emulator.writes()).toEqual([]);
    expect([j.aws.snapshot(), other.snapshot()]).toEqual(before);
  });

  test("are told apart by the first object when both are empty, though the first user is refused", async () => {
    const j = await journey();
    part(j);
    refuse(j, () => at("ada"), 400);
    const summary = await j.run();
    expect(summary.status).toBe("failed");
    expect(summary.message).toContain("different directories");
    expect([j.aws.users.length, j.aws.groups.length]).toEqual([1, 0]);
  });

  test("are one and the same when the first object is seen", async () => {
    const j = await journey();
    await j.sync();
    expect(j.emulator.count({ operation: "DescribeUser" })).toBe(1);
  });
});

describe("a lost answer", () => {
  test.each([["CreateUser"], ["CreateGroup"]])("of %s makes no second object", async (operation) => {
    const j = await journey();
    j.emulator.fault({ when: { operation, nth: 2 }, times: 2, do: "drop-after" });
    await j.sync();
    await j.settle();
  });

  test("of a change or a deletion changes nothing", async () => {
    const j = await journey({ settings: { DELETE_GRACE_DAYS: "0" } });
    await j.sync();
    j.google.deleteUser(at("zoe"));
    j.google.deleteGroup(at("aws-admins"));
    j.google.nameUser(at("kim"), "Kim", "Tran");
    for (const operation of ["PatchUser", "PatchGroup", "DeleteUser", "DeleteGroup"])
      j.emulator.fault({ when: { operation }, do: "drop-after" });
    await j.sync();
    await j.settle();
  });
});

describe("a refusal for speed", () => {
  test.each([
    ["scim", { status: 429 }],
    ["google", { status: 403, body: quota }],
    ["identitystore", { status: 400, body: { __type: "ThrottlingException", message: "Rate exceeded" } }],
  ] as const)("again and again by %s is waited out", { tags: "long" }, async (service, answer) => {
    const j = await journey();
    const storm = j.emulator.fault({ when: { service, nth: 2 }, times: 2, do: answer });
    await j.sync();
    expect(storm.hits).toBe(2);
    await j.settle();
  });
});

describe("a page from Google that cannot be trusted ends the run without a write:", () => {
  const html = {
    status: 200,
    headers: { "content-type": "text/html" },
    body: "<!DOCTYPE html><title>Sign in</title>",
  };
  const listings = ["users.list", "groups.list", "members.list"];
  const pages: readonly (readonly [string, FaultAction])[] = [
    ["HTML", html],
    ["half a JSON", "truncate"],
    ["an empty body", { status: 200, body: "" }],
    ["an empty object", { status: 200, body: {} }],
  ];
  test.each(listings.flatMap((listing) => pages.map(([what, action]) => [what, listing, action] as const)))(
    "%s for %s",
    async (_, listing, action) => {
      const j = await journey();
      await j.sync();
      const before = j.aws.snapshot();
      j.emulator.fault({ when: { operation: listing, nth: 2 }, times: Infinity, do: action });
      expect(await j.failure()).not.toBe("");
      expect(j.emulator.writes()).toEqual([]);
      expect(j.aws.snapshot()).toEqual(before);
    },
  );

  test("a listing that runs in a circle, and a page token that is refused", async () => {
    const j = await journey();
    await j.sync();
    j.google.lies.repeatForEver("members.list");
    expect(await j.failure()).toContain("same page token came twice");
    j.google.lies.clear();
    j.google.lies.breakToken("users.list", 1);
    await j.failure();
    expect(j.emulator.writes()).toEqual([]);
  });
});

describe("a reading of AWS that cannot be trusted ends the run without a write:", () => {
  const broken: readonly (readonly [string, string, FaultAction])[] = [
    [
      "no right to list users",
      "ListUsers",
      { status: 400, body: { __type: "AccessDeniedException", Message: "no" } },
    ],
    ["users without a list", "ListUsers", { status: 200, body: {} }],
    ["groups that are no list", "ListGroups", { status: 200, body: { Groups: { DisplayName: "x" } } }],
  ];
  test.each(broken)("%s", async (_, operation, action) => {
    const j = await journey();
    await j.sync();
    j.emulator.fault({
      when: (request: RecordedRequest) =>
        request.service === "identitystore" && request.operation === operation,
      times: Infinity,
      do: action,
    });
    expect(await j.failure()).not.toBe("");
    expect(j.emulator.writes()).toEqual([]);
  });
});
