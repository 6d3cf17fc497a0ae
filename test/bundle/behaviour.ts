/** The built function, run as Lambda runs it: what it does, what it costs in requests, and what reaches the log. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { useTables } from "../dynalite/server.ts";
import { useBus } from "../emulator/bus.ts";
import { bigCompany, sampleCompany } from "../emulator/company.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { startProxy } from "../emulator/proxy.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { way, WAYS } from "../emulator/ways.ts";
import { ROOT } from "./definition.ts";
import { install, secretsOf, type Answer, type Installed, type Line, type Running } from "./running.ts";

export type Start = (installed: Installed) => Promise<Running>;

/** As fast as the emulator answers: how the rates are kept is proven elsewhere. */
const FAST = { SCIM_RATE: "2000", IDENTITY_STORE_RATE: "2000", GOOGLE_RATE: "2000" };

async function run(
  emulator: Emulator,
  start: Start,
  settings: Record<string, string> = {},
  more: Record<string, string> = {},
): Promise<Running> {
  const installed = install(emulator, { ...FAST, ...settings });
  const tables = await useTables();
  Object.assign(installed.environment, tables.environment, more);
  onTestFinished(installed.remove);
  const running = await start(installed);
  let over: Promise<void> | undefined;
  const stop = (): Promise<void> => (over ??= running.stop());
  onTestFinished(stop);
  return { ...running, stop };
}

const Summary = z.looseObject({
  status: z.string(),
  message: z.string(),
  applied: z.record(z.string(), z.number()),
  planned: z.record(z.string(), z.number()),
  left: z.number(),
});

function summaryOf(answer: Answer): z.output<typeof Summary> {
  if ("error" in answer) throw new Error(`the invocation failed: ${answer.error.errorMessage}`);
  return Summary.parse(answer.value);
}

function errorOf(answer: Answer): { readonly errorType: string; readonly errorMessage: string } {
  if ("value" in answer) throw new Error(`the invocation succeeded: ${JSON.stringify(answer.value)}`);
  return answer.error;
}

const sentence = /^[A-Z0-9][^\n]*\.$/;

/** What the target has to hold: each group's members, as the company itself has them. */
function rightMembers(emulator: Emulator): Readonly<Record<string, readonly string[]>> {
  const { google } = emulator;
  const active = (id: string): readonly string[] => {
    const person = google.findUser(id);
    return person === undefined ? [] : [person.primaryEmail];
  };
  return Object.fromEntries(
    google.groups.map(({ email, name }) => [name, [...google.everyoneIn(email)].flatMap(active).toSorted()]),
  );
}

const heldMembers = ({ aws }: Emulator): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(aws.groups.map(({ displayName }) => [displayName, aws.membersOf(displayName)]));

const AWS_READS = ["identitystore", "sso-admin", "secretsmanager", "ssm"];

function requestsOf(emulator: Emulator) {
  return {
    scim: emulator.count({ service: "scim" }),
    writes: emulator.writes().length,
    awsReads: emulator.count(
      ({ service, method }) => AWS_READS.includes(service) || (service === "scim" && method === "GET"),
    ),
    google: emulator.count(({ service }) => service === "google" || service === "token"),
  };
}

const payload = (name: string): Record<string, unknown> =>
  z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(readFileSync(join(ROOT, "lambroll", "payloads", `${name}.json`), "utf8")));

const linesOf = (running: Running, requestId: string): readonly Line[] =>
  running.lines().filter((line) => line["requestId"] === requestId);

/** The same for every host, in which `start` puts the function to work. */
export function describeBundle(host: string, start: Start): void {
  describe(`the bundle ${host}`, () => {
    it("syncs 500 people, 40 groups and 4,000 memberships within the budget of requests", async () => {
      const emulator = await useEmulator({ pageSize: "vendor" });
      bigCompany(emulator.google, { users: 500, groups: 40, memberships: 4_000 });
      const running = await run(emulator, start);

      const first = summaryOf(await running.invoke({ event: {}, requestId: "first" }));
      expect(first.status, first.message).toBe("succeeded");
      expect(first.applied).toMatchObject({ "user.create": 500, "group.create": 40 });
      expect(heldMembers(emulator)).toEqual(rightMembers(emulator));
      expect(emulator.aws.memberships).toHaveLength(4_000);
      expect(requestsOf(emulator).scim).toBeLessThanOrEqual(600);

      emulator.forget();
      const second = summaryOf(await running.invoke({ event: {}, requestId: "second" }));
      expect(second).toMatchObject({ status: "succeeded", planned: {}, applied: {} });
      const quiet = requestsOf(emulator);
      expect(quiet.writes).toBe(0);
      expect(quiet.awsReads).toBeLessThanOrEqual(80);
      expect(quiet.google).toBeLessThanOrEqual(45);

      emulator.google.deleteUser("user-00001@example.com");
      emulator.google.suspend("user-00150@example.com");
      emulator.google.rename("user-00151@example.com", "renamed@example.com");
      emulator.google.addUser({ email: "joiner@example.com", givenName: "Jo", familyName: "Iner" });
      emulator.google.addMember("aws-040@example.com", "joiner@example.com");
      emulator.google.removeMember("aws-020@example.com", "user-00300@example.com");
      const kept = emulator.aws.user("user-00151@example.com").id;
      const gone = emulator.aws.user("user-00001@example.com").id;
      const third = summaryOf(await running.invoke({ event: {}, requestId: "third" }));
      expect(third.status, third.message).toBe("succeeded");
      expect(heldMembers(emulator)).toEqual(rightMembers(emulator));
      expect(emulator.aws.user(gone)).toMatchObject({ active: false });
      expect(emulator.aws.user("user-00150@example.com")).toMatchObject({ active: false });
      expect(emulator.aws.user(kept)).toMatchObject({ userName: "renamed@example.com", active: true });

      emulator.forget();
      const fourth = summaryOf(await running.invoke({ event: {}, requestId: "fourth" }));
      expect(fourth).toMatchObject({ status: "succeeded", planned: {} });
      expect(emulator.writes()).toEqual([]);
    });

    it("fails an invocation with one sentence that names the remedy, and goes on with the next event", async () => {
      const emulator = await useEmulator();
      sampleCompany(emulator.google, emulator.aws);
      const running = await run(emulator, start);
      const [token = ""] = emulator.aws.tokens;

      const unknown = errorOf(await running.invoke({ event: { acton: "plan" }, requestId: "unknown" }));
      expect(unknown).toMatchObject({ errorType: "RunError", errorMessage: expect.stringMatching(sentence) });
      expect(unknown.errorMessage).toContain('did you mean "action"?');
      expect(emulator.requests).toEqual([]);

      emulator.aws.tokens.delete(token);
      const refused = errorOf(await running.invoke({ event: {}, requestId: "refused" }));
      expect(refused).toMatchObject({ errorType: "RunError", errorMessage: expect.stringMatching(sentence) });
      expect(refused.errorMessage).toMatch(/token/i);
      expect(emulator.aws.users).toHaveLength(1);

      emulator.aws.tokens.add(token);
      const planned = summaryOf(await running.invoke({ event: { action: "plan" }, requestId: "planned" }));
      expect(planned).toMatchObject({ dryRun: true, trigger: "manual" });
      expect(planned["changes"]).not.toEqual([]);
      expect(emulator.writes()).toEqual(emulator.writes().filter(({ status }) => status === 401));

      const done = summaryOf(await running.invoke({ event: {}, requestId: "done" }));
      expect(done).toMatchObject({ status: "succeeded", dryRun: false, trigger: "event" });
      await running.stop();
      const failed = { summary: true, status: "failed", level: "ERROR" };
      expect(linesOf(running, "refused")).toContainEqual(expect.objectContaining(failed));
      expect(linesOf(running, "done").every((line) => line["trigger"] === "event")).toBe(true);
    });

    it("shows no secret, not even at LOG_LEVEL=trace and when it fails", { tags: "long" }, async () => {
      const emulator = await useEmulator();
      sampleCompany(emulator.google);
      const running = await run(emulator, start, { LOG_LEVEL: "trace" });
      const answers = [
        await running.invoke({ event: {}, requestId: "well" }),
        await running.invoke({ event: { action: "plan" }, requestId: "plan" }),
      ];
      emulator.google.policy.delegatedScopes = [];
      answers.push(await running.invoke({ event: {}, requestId: "no-scope" }));
      emulator.aws.tokens.clear();
      answers.push(await running.invoke({ event: {}, requestId: "no-token" }));
      await running.stop();

      const shown = running.output() + JSON.stringify(answers);
      const secrets = secretsOf(emulator);
      expect(secrets.length).toBeGreaterThan(20);
      expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
      expect(shown).not.toContain("PRIVATE KEY");
      expect(answers.map((answer) => "error" in answer)).toEqual([false, false, true, true]);
    });

    syncsWith(start);

    it(
      "has all that a run may need: a proxy, a parameter, a table, a message, and another try",
      { tags: "long" },
      async () => {
        const emulator = await useEmulator();
        sampleCompany(emulator.google, emulator.aws);
        const bus = await useBus();
        const proxy = await startProxy({ to: new URL(emulator.url) });
        onTestFinished(proxy.close);
        const [token = ""] = emulator.aws.tokens;
        const parameter = emulator.secrets.setParameter("/sync/token", token);
        const tables = await useTables();
        const past = [bus.environment.AWS_ENDPOINT_URL_EVENTBRIDGE, tables.url].map(
          (url) => new URL(url).host,
        );
        const running = await run(
          emulator,
          start,
          {},
          {
            ...{ ...bus.environment, ...tables.environment, NOTIFY: "alerts" },
            ...{ HTTPS_PROXY: proxy.url, NO_PROXY: past.join(), SCIM_ACCESS_TOKEN: parameter },
          },
        );
        expect(summaryOf(await running.invoke({ event: {}, requestId: "first" })).status).toBe("succeeded");
        expect(proxy.asked).toContain(new URL(emulator.url).host);

        for (const service of ["google", "scim", "identitystore", "sso-admin"] as const) {
          emulator.fault({ when: { service }, do: "cut" });
          emulator.fault({ when: { service }, do: { status: 503 } });
        }
        Object.assign(emulator.aws.user("ada.lovelace@example.com"), { active: false });
        expect(summaryOf(await running.invoke({ event: {}, requestId: "second" })).status).toBe("attention");
        expect(tables.requests).toContain("GetItem");
        expect(bus.sent).toMatchObject([{ EventBusName: "alerts", Detail: { status: "attention" } }]);
        const absent = await run(
          emulator,
          start,
          {},
          { SCIM_ACCESS_TOKEN: parameter.replace("token", "none") },
        );
        expect(errorOf(await absent.invoke({ event: {}, requestId: "absent" })).errorMessage).toContain(
          "/sync/none",
        );
      },
    );

    it(
      "writes lines that CloudWatch can read: one for each change, the metrics unwrapped, the summary last",
      { tags: "long" },
      async () => {
        const emulator = await useEmulator();
        sampleCompany(emulator.google, emulator.aws);
        const running = await run(emulator, start);
        const { applied } = summaryOf(await running.invoke({ event: {}, requestId: "the-run" }));
        await running.stop();

        const lines = running.lines();
        const audit = lines.filter((line) => line["audit"] === true);
        const created = audit.filter((line) => line["action"] === "user.create");
        expect(created).toHaveLength(applied["user.create"] ?? 0);
        for (const line of audit) {
          expect(line).toMatchObject({
            level: "INFO",
            requestId: "the-run",
            trigger: "event",
            status: "applied",
          });
          expect(line["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        }
        const metrics = lines.filter((line) => "_aws" in line);
        expect(metrics).toMatchObject([{ Function: "ssosync", RunSucceeded: 1, Failed: 0 }]);
        expect(lines.at(-1)).toMatchObject({ summary: true, level: "INFO", status: "succeeded" });
      },
    );

    it(
      "stops starting changes before Lambda would end it, and the next run goes on",
      { tags: "long" },
      async () => {
        const emulator = await useEmulator({ pageSize: "vendor" });
        bigCompany(emulator.google, { users: 200, groups: 4, memberships: 400 });
        const slow = await run(emulator, start, { SCIM_RATE: "15" });
        const began = Date.now();
        const cut = summaryOf(await slow.invoke({ event: {}, requestId: "cut", remainingMs: 10_000 }));
        expect(Date.now() - began).toBeLessThan(10_000);
        expect(cut.status, cut.message).toBe("incomplete");
        expect(cut.left).toBeGreaterThan(0);
        expect(emulator.aws.users.length).toBeGreaterThan(0);
        expect(emulator.aws.users.length).toBeLessThan(200);

        const quick = await run(emulator, start);
        const rest = summaryOf(await quick.invoke({ event: {}, requestId: "rest" }));
        expect(rest.status, rest.message).toBe("succeeded");
        expect(heldMembers(emulator)).toEqual(rightMembers(emulator));
      },
    );

    it("answers every question in lambroll/payloads without a write", { tags: "long" }, async () => {
      const emulator = await useEmulator();
      const { owner } = sampleCompany(emulator.google);
      const running = await run(emulator, start);
      for (const event of [payload("doctor"), { ...payload("explain"), subject: owner }, payload("plan")]) {
        const answer = await running.invoke({ event, requestId: `a-${String(event["action"])}` });
        expect("value" in answer, JSON.stringify(answer)).toBe(true);
        const told = event["action"] === "plan" ? { dryRun: true } : { action: event["action"] };
        expect(answer).toMatchObject({ value: told });
      }
      expect(emulator.writes()).toEqual([]);
    });

    it("accepts an approval through the alias `approve` alone", { tags: "long" }, async () => {
      const emulator = await useEmulator();
      sampleCompany(emulator.google);
      const running = await run(emulator, start);
      const event = { action: "sync", approve: ["0123456789abcdef0123456789abcdef"] };
      const everyday = errorOf(await running.invoke({ event, requestId: "everyday" }));
      expect(everyday.errorMessage).toMatch(/only through the alias "approve"/);
      const approver = errorOf(await running.invoke({ event, requestId: "approver", qualifier: "approve" }));
      expect(approver.errorMessage).toContain("0123456789abcdef0123456789abcdef");
      expect(emulator.writes()).toEqual([]);
    });
  });
}

function syncsWith(start: Start): void {
  it.each(WAYS)("syncs with %s, and shows no secret", { tags: "long" }, async (name) => {
    const emulator = await useEmulator();
    sampleCompany(emulator.google, emulator.aws);
    const ways = way(emulator, name);
    const running = await run(
      emulator,
      start,
      { LOG_LEVEL: "trace", CUSTOMER_ID: ways["CUSTOMER_ID"] ?? "" },
      ways,
    );
    const first = await running.invoke({ event: {}, requestId: "first" });
    expect(summaryOf(first).status).toBe("succeeded");
    const second = await running.invoke({ event: {}, requestId: "second" });
    expect(summaryOf(second)).toMatchObject({ status: "succeeded", planned: {} });
    const isKeyless = name.endsWith("no key");
    expect(emulator.count({ operation: "exchange" }) > 0).toBe(isKeyless);
    emulator.caller.role = "another";
    emulator.google.policy.serviceAccount = "deleted";
    const refused = await running.invoke({ event: {}, requestId: "refused" });
    expect(errorOf(refused).errorMessage).toMatch(isKeyless ? /attribute condition/ : /service account/);
    await running.stop();
    const shown = running.output() + JSON.stringify([first, second, refused]);
    expect(secretsOf(emulator).filter((secret) => shown.includes(secret))).toEqual([]);
  });
}
