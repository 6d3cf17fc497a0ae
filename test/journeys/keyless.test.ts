/** Whole runs in each of the four ways to be somebody at Google. */
import { describe, expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import { way, WAYS } from "../emulator/ways.ts";
import { heldOf, journey } from "./journey.ts";
import { lambda } from "./lambda.ts";

describe.each(WAYS)("with %s", (name) => {
  test("a company is synced, changes, and is synced again", { tags: "long" }, async () => {
    const j = await journey();
    const around = { settings: way(j.emulator, name) };
    await j.sync({}, around);
    await j.settle(around);
    j.google.deleteUser(at("ivan"));
    j.google.suspend(at("zoe"));
    j.google.rename(at("otto"), at("otto.meyer"));
    j.google.removeMember(at("aws-admins"), at("grace"));
    j.google.addUser({ email: at("nova"), givenName: "Nova", familyName: "Jones" });
    j.google.addMember(at("aws-admins"), at("nova"));
    await j.sync({}, around);
    await j.settle(around);
  });

  test("a run longer than the life of its token goes on", { tags: "long" }, async () => {
    const j = await journey({ emulator: { latency: { google: 300 } } });
    const settings = way(j.emulator, name);
    // Renewed five minutes before they end, so every second here.
    j.google.policy.tokenSeconds = 301;
    await j.sync({}, { settings });
    const gotten = j.emulator.requests.filter(({ operation }) =>
      ["token", "generateAccessToken"].includes(operation),
    );
    expect(gotten.length).toBeGreaterThan(1);
    expect(j.emulator.count({ service: "google", status: 401 })).toBe(0);
    await j.settle({ settings });
  });

  test("a token that is taken away in the middle is gotten anew", async () => {
    const j = await journey();
    const around = { settings: way(j.emulator, name) };
    let asked = 0;
    j.emulator.fault({
      when: ({ service }) => service === "google" && ++asked === 6,
      do: (_, answer) => (j.emulator.expireTokens(), answer),
    });
    await j.sync({}, around);
    expect(j.emulator.count({ service: "google", status: 401 })).toBeGreaterThan(0);
    await j.settle(around);
  });
});

describe("a role that does not reach everybody", () => {
  test("makes nobody gone: what Google does not show is unsure", async () => {
    const j = await journey();
    const around = { settings: way(j.emulator, "a role of its own and no key") };
    await j.sync({}, around);
    const before = j.aws.snapshot();
    for (const { id } of j.google.users) j.google.moveTo(id, "/Staff");
    j.google.moveTo(at("zoe"), "/Partners");
    j.google.policy.ownRole = { users: true, groups: true, orgUnit: "/Staff" };
    const users = await j.run({}, around);
    expect(users.status).toBe("attention");
    expect(users.held).toMatchObject({ "user.disable": 1 });
    expect(heldOf(await j.plan(around)).join()).toContain(at("zoe"));
    expect(j.aws.snapshot()).toEqual(before);
  });

  test("makes nobody gone either where Google says that there is no such account", async () => {
    const j = await journey();
    const around = { settings: way(j.emulator, "a role of its own and no key") };
    await j.sync({}, around);
    for (const { id } of j.google.users) j.google.moveTo(id, "/Staff");
    j.google.moveTo(at("zoe"), "/Partners");
    j.google.policy.ownRole = { users: true, groups: true, orgUnit: "/Staff" };
    const { id } = j.google.user(at("zoe"));
    j.emulator.fault({
      when: ({ operation, path }) => operation === "users.get" && path.includes(id),
      times: Infinity,
      do: {
        status: 404,
        body: {
          error: {
            ...{ code: 404, message: "Resource Not Found: userKey" },
            errors: [{ message: "Resource Not Found: userKey", domain: "global", reason: "notFound" }],
          },
        },
      },
    });
    const before = j.aws.snapshot();
    const summary = await j.run({}, around);
    expect(summary).toMatchObject({ status: "attention", held: { "user.disable": 1 } });
    expect(summary.approvals).toMatchObject([{ kind: "unsure", subject: at("zoe") }]);
    expect(j.aws.snapshot()).toEqual(before);
  });

  test("and whoever is deleted is out all the same", async () => {
    const j = await journey();
    const around = { settings: way(j.emulator, "a role of its own and no key") };
    await j.sync({}, around);
    j.google.deleteUser(at("zoe"));
    await j.sync({}, around);
    expect(j.aws.user(at("zoe")).active).toBe(false);
  });

  test.each(["aws-readonly", "aws-backend"])(
    "and a group that it does not reach is kept with all its members: %s",
    async (name) => {
      const j = await journey();
      const around = { settings: way(j.emulator, "a role of its own and a key") };
      await j.sync({}, around);
      const before = j.aws.snapshot();
      j.google.policy.ownRole = { users: true, groups: true, butGroups: [at(name)] };
      const groups = await j.run({}, around);
      expect(groups.status).toBe("attention");
      expect(groups.held).toMatchObject({ "group.retire": 1 });
      expect(j.aws.snapshot()).toEqual(before);
    },
  );
});

test("moving from a key to federation changes nothing, and neither does the way back", async () => {
  const j = await journey();
  await j.sync();
  const before = j.aws.snapshot();
  for (const name of [WAYS[3], WAYS[2], WAYS[1], WAYS[0]] as const) {
    const settings = way(j.emulator, name);
    j.google.policy.keyRevoked = false;
    await j.sync({}, { settings });
  }
  expect(j.aws.snapshot()).toEqual(before);
});

describe("without a key, in Lambda", () => {
  test("no word of the AWS identity is said, however the exchange ends", { tags: "long" }, async () => {
    const j = await journey();
    const { caller } = j.emulator;
    const said = lambda(j, { ...way(j.emulator, "a role of its own and no key"), LOG_LEVEL: "trace" });
    const errors = [(await said.invoke({})).error];
    const words = `It was ${caller.sessionToken}, ${encodeURIComponent(caller.sessionToken)}.`;
    for (const body of [words, { error: "invalid_grant", error_description: words }]) {
      const fault = j.emulator.fault({
        when: { operation: "exchange" },
        times: 99,
        do: { status: 400, body },
      });
      errors.push((await said.invoke({})).error, (await said.invoke({ action: "doctor" })).error);
      fault.remove();
    }
    caller.role = "another";
    errors.push((await said.invoke({})).error);
    const shown = said.said() + JSON.stringify(errors);
    const subjects = j.emulator.requests.flatMap(({ body }) =>
      typeof body === "object" && body !== null && "subject_token" in body
        ? [String(body.subject_token)]
        : [],
    );
    expect(subjects.length).toBeGreaterThan(4);
    const signatures = subjects.map((one) => /Signature=(\w+)/.exec(decodeURIComponent(one))?.[1] ?? "none");
    for (const secret of [
      caller.sessionToken.slice(0, 24),
      caller.secretAccessKey,
      ...subjects,
      ...signatures,
    ])
      expect(shown).not.toContain(secret);
    expect(errors.map((error) => error?.message ?? "").join("\n")).toContain(
      "rejected by the attribute condition",
    );
  });

  test("nobody asks a metadata address, even though the file names some", { tags: "long" }, async () => {
    const j = await journey();
    const settings = way(j.emulator, "delegation and no key");
    const started = performance.now();
    const { error } = await lambda(j, {
      ...settings,
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_SESSION_TOKEN: "",
      ...{ SCIM_ENDPOINT: j.emulator.scimEndpoint, AWS_READ: "scim" },
    }).invoke({}, { remainingMs: 20_000 });
    expect(error?.message).toMatch(/AWS credentials/);
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});
