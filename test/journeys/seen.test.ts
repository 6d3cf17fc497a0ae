import { describe, expect, test } from "vitest";
import { bigCompany } from "../emulator/company.ts";
import { at } from "../emulator/fill.ts";
import { journey } from "./journey.ts";
import type { Journey } from "./journey.ts";
import { lambda } from "./lambda.ts";
import type { Invoked, Line } from "./lambda.ts";

const audits = ({ lines }: Invoked): Line[] => lines.filter((line) => line["audit"] === true);
const summaryLine = ({ lines }: Invoked): Line => lines.find((line) => line["summary"] === true) ?? {};
const metrics = ({ lines }: Invoked): Line => lines.find((line) => "_aws" in line) ?? {};

const schedule = { action: "sync", trigger: "schedule" };
/** What a schedule without an input of its own sends. */
const event = {
  version: "0",
  id: "1",
  "detail-type": "Scheduled Event",
  source: "aws.scheduler",
  detail: "{}",
};

/** What is to be done next needs every kind of change there is. */
async function everyKind(): Promise<Journey> {
  const j = await journey();
  const { google, aws } = j;
  google.addMember(at("aws-admins"), at("kim"));
  await j.sync();
  const lena = google.user(at("lena"));
  google.deleteUser(at("lena"));
  google.deleteUser(at("nils"));
  google.suspend(at("mona"));
  google.nameGroup(at("aws-backend"), "elsewhere");
  const settings = { INCLUDE_GROUPS: "aws-admins, aws-engineers, aws-readonly" };
  await j.sync({}, { settings });
  const nils = aws.user(at("nils"));
  nils.externalId = (nils.externalId ?? "").replace(/\d{4}-/, "2024-");
  aws.addGroup({ displayName: "old", externalId: "ssosync-retired.2024-01-01.0abcdefghijklmn" });

  google.undeleteUser(lena.id);
  google.addMember(at("aws-readonly"), at("lena"));
  google.suspend(at("mona"), false);
  google.nameGroup(at("aws-backend"), "aws-backend");
  google.deleteUser(at("ivan"));
  google.suspend(at("ada"));
  google.nameUser(at("zoe"), "Zoë", "Romano");
  google.deleteGroup(at("aws-readonly"));
  google.addGroup({ email: at("aws-fresh") });
  for (const name of ["lena", "kim", "mona", "nova"]) {
    if (name === "nova") google.addUser({ email: at("nova") });
    google.addMember(at("aws-fresh"), at(name));
  }
  google.removeMember(at("aws-admins"), at("kim"));
  google.nameGroup(at("aws-admins"), "aws-root");
  google.addMember(at("aws-admins"), at("linus"));
  return j;
}

test(
  "every change is one line, with every field, the names of the members, and what differed",
  { tags: "long" },
  async () => {
    const j = await everyKind();
    j.emulator.forget();
    const run = await lambda(j, { MAX_GROUP_REMOVALS: "100%", MAX_USER_REMOVALS: "100%" }).invoke(schedule);
    expect(run.error?.message).toBeUndefined();
    expect(run.result?.status).toBe("succeeded");
    const lines = audits(run);
    expect(lines).toHaveLength(j.emulator.writes().length);
    for (const line of lines) {
      expect(line).toMatchObject({
        audit: true,
        level: "INFO",
        requestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        trigger: "schedule",
        version: run.result?.version,
        status: "applied",
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      });
      for (const field of ["subject", "externalId", "targetId", "reason"])
        expect([line["action"], field, line[field]]).toEqual([
          line["action"],
          field,
          expect.stringMatching(/./),
        ]);
      expect(line["detail"]).toBeTypeOf("object");
    }
    expect([...new Set(lines.map((line) => line["action"]))].toSorted()).toEqual([
      "group.create",
      "group.delete",
      "group.restore",
      "group.retire",
      "group.update",
      "members.add",
      "members.remove",
      "user.create",
      "user.delete",
      "user.disable",
      "user.enable",
      "user.restore",
      "user.retire",
      "user.update",
    ]);
    expect(lines).toContainEqual(
      expect.objectContaining({
        action: "user.update",
        subject: at("zoe"),
        externalId: j.google.user(at("zoe")).id,
        targetId: j.aws.user(at("zoe")).id,
        detail: {
          before: { familyName: "D’Angelo", displayName: "Zoë D’Angelo" },
          after: { familyName: "Romano", displayName: "Zoë Romano" },
        },
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ action: "members.add", detail: { members: [at("linus")] } }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({
        action: "group.create",
        subject: "aws-fresh",
        detail: { members: ["kim", "lena", "mona", "nova"].map(at) },
      }),
    );
  },
);

test("the summary line is the return value, the last line, and its metrics say the same", async () => {
  const j = await journey();
  const run = await lambda(j).invoke({ action: "sync" });
  const { level: _, timestamp: __, requestId, summary, ...told } = summaryLine(run);
  expect(told).toEqual(run.result);
  expect([requestId, summary]).toEqual(["8476a536-e9f4-11e8-9739-2dfe598c3fcd", true]);
  expect(run.lines.at(-1)).toBe(summaryLine(run));
  expect(told).toMatchObject({
    trigger: "manual",
    requests: { google: expect.any(Number), scim: expect.any(Number) },
  });
  expect(metrics(run)).toMatchObject({
    Function: "ssosync",
    Applied: 26,
    Failed: 0,
    Held: 0,
    Waiting: 0,
    Removals: 0,
    TokenAgeDays: 0,
    RunSucceeded: 1,
    RunFailed: 0,
  });
});

test(
  "only a run that our own schedule started counts for the alarm about missed ones",
  { tags: "long" },
  async () => {
    const j = await journey();
    const runs = [await lambda(j).invoke(schedule), await lambda(j).invoke(event)];
    expect(runs.map((run) => summaryLine(run)["trigger"])).toEqual(["schedule", "event"]);
    expect(runs.map((run) => metrics(run)["Scheduled"])).toEqual([1, 0]);
  },
);

describe("a quiet run", () => {
  test("logs its summary and its metrics, and nothing else", async () => {
    const j = await journey();
    await j.sync();
    const run = await lambda(j).invoke(schedule);
    expect(run.lines).toEqual([metrics(run), summaryLine(run)]);
    expect(metrics(run)).toMatchObject({ Users: 10, Groups: 4, RunSucceeded: 1 });
  });

  test("tells at debug what it skips; a run that writes tells it at info", async () => {
    const j = await journey({
      also: (google) => void google.addMember(at("aws-admins"), "kim@partner.example.net"),
    });
    const skipped = ({ lines }: Invoked): Line[] => lines.filter((line) => line["code"] === "external");
    const talkative = lambda(j, { LOG_LEVEL: "debug" });
    const usual = lambda(j);
    expect(skipped(await usual.invoke({}))).toMatchObject([
      { level: "INFO", subject: "kim@partner.example.net" },
    ]);
    expect(skipped(await usual.invoke({}))).toEqual([]);
    expect(skipped(await talkative.invoke({}))).toMatchObject([{ level: "DEBUG" }]);
  });
});

test("audit lines, the summary and the metrics come at every level", async () => {
  const j = await journey();
  const run = await lambda(j, { LOG_LEVEL: "fatal" }).invoke({});
  expect(audits(run)).toHaveLength(14);
  expect(summaryLine(run)).toMatchObject({ status: "succeeded" });
  expect(metrics(run)).toMatchObject({ RunSucceeded: 1 });
});

test("what is refused, skipped, held or waits is told with its reason, and how to approve it", async () => {
  const disabled = {
    userName: at("grace"),
    givenName: "G",
    familyName: "H",
    displayName: "G H",
    active: false,
  };
  const j = await journey({ also: (_, aws) => void aws.addUser(disabled) });
  const fault = j.emulator.fault({
    when: ({ operation, body }) => operation === "CreateUser" && JSON.stringify(body).includes(at("zoe")),
    times: Infinity,
    do: { status: 400 },
  });
  const function_ = lambda(j);
  const run = await function_.invoke({});
  expect(run.result?.status).toBe("attention");
  expect(audits(run)).toContainEqual(
    expect.objectContaining({
      level: "ERROR",
      action: "user.create",
      status: "failed",
      reason: expect.stringContaining("Request is unparsable"),
    }),
  );
  expect(audits(run)).toContainEqual(
    expect.objectContaining({
      level: "WARN",
      action: "members.add",
      status: "skipped",
      detail: { members: [at("zoe")] },
    }),
  );
  const [wait] = run.result?.approvals ?? [];
  const payload = JSON.stringify({ action: "sync", approve: [wait?.id] });
  expect(run.lines).toContainEqual(
    expect.objectContaining({ level: "WARN", approval: wait?.id, message: expect.stringContaining(payload) }),
  );
  expect(metrics(run)).toMatchObject({ RunAttention: 1, Failed: 1, Waiting: 1 });

  fault.remove();
  j.google.lies.hideUsers(at("kim"));
  const next = await function_.invoke({});
  expect(audits(next)).toContainEqual(
    expect.objectContaining({
      action: "user.disable",
      subject: at("kim"),
      status: "held",
      reason: expect.stringMatching(/exists/),
    }),
  );
});

describe("the invocation", () => {
  test("succeeds for a plan whatever it contains, and returns its changes", async () => {
    const j = await journey();
    await j.sync();
    for (const name of ["kim", "lena", "mona", "nils"]) j.google.removeMember(at("aws-readonly"), at(name));
    for (const name of ["linus", "ivan"]) j.google.removeMember(at("aws-engineers"), at(name));
    const function_ = lambda(j);
    const { result, error } = await function_.invoke({ action: "plan" });
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ status: "refused", dryRun: true });
    expect(result?.changes).toContainEqual(
      expect.objectContaining({ action: "user.retire", status: "held" }),
    );

    const run = await function_.invoke({});
    expect(run.error).toMatchObject({
      name: "RunError",
      message: expect.stringContaining("6 of 10 enabled managed users"),
    });
    expect(summaryLine(run)).toMatchObject({ status: "refused", level: "ERROR" });
    expect(metrics(run)).toMatchObject({ RunRefused: 1, RunFailed: 0 });
    expect(summaryLine(run)["message"]).toBe(run.error?.message);
  });

  test("fails with one sentence, a summary and metrics when the run cannot start", async () => {
    const j = await journey({ settings: { MANAGE: "everything" } });
    const run = await lambda(j).invoke({});
    expect(run.error).toMatchObject({ name: "RunError", message: expect.stringContaining("MANAGE") });
    expect(summaryLine(run)).toMatchObject({ status: "failed", level: "ERROR" });
    expect(metrics(run)).toMatchObject({ RunFailed: 1 });
    expect(j.emulator.writes()).toEqual([]);
  });

  test("fails for a payload with an unknown key, and nothing runs", async () => {
    const j = await journey();
    const run = await lambda(j).invoke({ action: "sync", dryrun: true });
    expect(run.error?.message).toContain('"dryrun"');
    expect(j.emulator.requests).toEqual([]);
  });

  test("fails when access could not be taken away, though everything else was done", async () => {
    const j = await journey();
    await j.sync();
    j.google.deleteUser(at("kim"));
    j.google.addUser({ email: at("nova") });
    j.google.addMember(at("aws-admins"), at("nova"));
    j.emulator.fault({ when: { operation: "PatchUser" }, times: Infinity, do: { status: 400 } });
    const run = await lambda(j).invoke({});
    expect(run.error?.message).toContain("takes access away");
    expect(j.aws.membersOf("aws-admins")).toContain(at("nova"));
  });

  test.each([
    [{ action: "sync", approve: ["0123456789abcdef0123456789abcdef"] }, "current"],
    [{ action: "sync", approve: ["0123456789abcdef0123456789abcdef"] }, "approve"],
    [{ action: "sync", only: ["nobody@example.com"] }, "current"],
    [{ action: "sync", lonely: true }, "current"],
  ])(
    "answers whoever asks for %j through %s with an error, and raises no alarm",
    async (event, qualifier) => {
      const run = await lambda(await journey()).invoke(event, { qualifier });
      expect(run.error?.message).toMatch(/nothing was (?:done|approved)/);
      expect(run.lines.filter((line) => "_aws" in line)).toEqual([]);
    },
  );

  test("takes an approval only through the alias", async () => {
    const j = await journey({ also: (_, aws) => void aws.addGroup({ displayName: "aws-admins" }) });
    const function_ = lambda(j, { APPROVE_QUALIFIER: "approver" });
    const { result } = await function_.invoke({});
    const payload = { action: "sync", approve: [result?.approvals[0]?.id] };
    expect((await function_.invoke(payload)).error?.message).toContain("APPROVE_QUALIFIER");
    expect((await function_.invoke(payload, { qualifier: "live" })).error?.message).toContain(
      "APPROVE_QUALIFIER",
    );
    expect((await function_.invoke(payload, { qualifier: "approver" })).result?.status).toBe("succeeded");
  });
});

test("a plan shows the first thousand changes, and how many more there are", { tags: "long" }, async () => {
  const j = await journey({
    settings: { GROUP_MATCH: "*" },
    company: (google) => bigCompany(google, { users: 1_100, groups: 1, memberships: 1_100 }),
    emulator: { pageSize: "vendor" },
  });
  const plan = await j.plan();
  expect(plan.changes).toHaveLength(1_000);
  expect(plan.more).toBe(1_100 + 1 + 10 - 1_000);
});

test("from the thirtieth day before its first anniversary on, a token that grows old is warned about", async () => {
  const j = await journey();
  await j.sync();
  const [token = ""] = j.aws.tokens;
  const aged = async (days: number): Promise<Invoked> => {
    const createdAt = new Date(Date.now() - days * 86_400_000);
    j.emulator.secrets.set("SSOSyncSCIMAccessToken", token, { createdAt });
    return function_.invoke({});
  };
  const function_ = lambda(j);
  const warnings = ({ lines }: Invoked): Line[] => lines.filter((line) => line["level"] === "WARN");
  expect(warnings(await aged(334))).toEqual([]);
  const warned = await aged(335);
  expect(warnings(warned)).toMatchObject([
    { message: expect.stringMatching(/30 days.*SSOSyncSCIMAccessToken/) },
  ]);
  expect(metrics(warned)).toMatchObject({ TokenAgeDays: 335 });
});

test(
  "no secret is ever said: not in a line, not in a result, not in an error, whatever goes wrong, at any level",
  { tags: "long" },
  async () => {
    const j = await journey();
    const { emulator, google, aws } = j;
    const function_ = lambda(j, { LOG_LEVEL: "trace", DEBUG: "*", AWS_DEBUG: "true" }, "cold");
    await function_.invoke({});
    google.deleteUser(at("kim"));
    await function_.invoke({ action: "plan" });
    const break_ = async (happen: () => { remove: () => void }): Promise<void> => {
      const fault = happen();
      await function_.invoke({}, { remainingMs: 4_500 });
      fault.remove();
    };
    const answer = (service: "token" | "google" | "scim" | "secretsmanager", status: number, body?: string) =>
      emulator.fault({
        when: { service },
        times: Infinity,
        do: (request) => ({
          status,
          // Something in between that repeats all it was sent.
          body: body ?? {
            error: JSON.stringify(request.headers),
            detail: JSON.stringify([request.headers, request.body]),
            Message: JSON.stringify(request.headers),
          },
        }),
      });
    for (const service of ["token", "google", "scim", "secretsmanager"] as const) {
      await break_(() => answer(service, 400));
      await break_(() => answer(service, 401));
      await break_(() => answer(service, 200));
    }
    await break_(() => answer("token", 200, JSON.stringify({ access_token: "" })));
    await break_(() => emulator.fault({ when: { service: "google" }, times: Infinity, do: "cut" }));
    await break_(() => emulator.fault({ when: { service: "scim" }, times: Infinity, do: "drop-before" }));
    const [token = ""] = aws.tokens;
    aws.tokens.clear();
    await function_.invoke({});
    emulator.secrets.set("SSOSyncSCIMAccessToken", `${token}\u0007broken`);
    await function_.invoke({});
    emulator.secrets.set("SSOSyncGoogleCredentials", JSON.stringify(emulator.key).slice(0, -40));
    await function_.invoke({});
    emulator.secrets.set(
      "SSOSyncGoogleCredentials",
      JSON.stringify({ ...emulator.key, private_key: `${emulator.key.private_key.slice(0, 600)}` }),
    );
    await function_.invoke({});

    const said = function_.said();
    const access = emulator.requests
      .map(({ headers }) => headers["authorization"] ?? "")
      .filter((text) => text.includes("ya29."));
    const assertions = emulator.requests.flatMap(({ service, body }) =>
      service === "token" ? [(body as { assertion?: string }).assertion ?? ""] : [],
    );
    expect(access.length).toBeGreaterThan(0);
    expect(assertions.length).toBeGreaterThan(0);
    const body = emulator.key.private_key.split("\n").slice(1, -2);
    const secrets = [token, ...body, ...access.map((text) => text.replace("Bearer ", "")), ...assertions];
    for (const secret of new Set(secrets)) expect(said.includes(secret.slice(0, 60))).toBe(false);
    // Also not in pieces.
    for (const secret of [token, ...access.map((text) => text.slice(12))])
      expect(said.includes(secret.slice(-24))).toBe(false);
    expect(said).not.toContain("PRIVATE KEY");
    expect(said).toContain('"summary":true');
  },
);
