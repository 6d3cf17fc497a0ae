import { describe, expect, it } from "vitest";

import { parseRequest, RequestError } from "../src/request.ts";

function refusal(event: unknown): string {
  try {
    parseRequest(event);
  } catch (error) {
    if (error instanceof RequestError) return error.message;
    throw error;
  }
  throw new Error("the payload was accepted");
}

const PLAIN = { action: "sync", dryRun: false, trigger: "event" };
const RULE = {
  version: "0",
  id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "123456789012",
  time: "2026-05-08T12:00:00Z",
  region: "us-east-1",
  resources: ["arn:aws:events:us-east-1:123456789012:rule/my-rule"],
  detail: {},
};

describe("a plain sync by an event", () => {
  it.each([
    ["nothing", undefined],
    ["null", null],
    ["an empty object", {}],
    ["a rule's envelope", RULE],
    ["Scheduler's envelope, whose detail is a text", { ...RULE, source: "aws.scheduler", detail: "{}" }],
  ])("is asked for by %s", (_about, event) => {
    expect(parseRequest(event)).toEqual(PLAIN);
  });

  it.each([
    ["a key of ours", { ...RULE, dryRun: true }],
    ["a key of ours in another case", { ...RULE, dryrun: true }],
    ["something in detail", { ...RULE, detail: { action: "plan" } }],
    ["a text in detail", { ...RULE, detail: '{"action":"plan"}' }],
    ["another source", { ...RULE, source: "aws.ec2" }],
    ["a source alone", { source: "aws.events" }],
  ])("is not asked for by an envelope with %s", (_about, event) => {
    expect(refusal(event)).toContain('"source" is no key of it');
  });

  it.each(["replay-name", "trace-header", "traceId", "event-bus", "tags"])(
    "is asked for by an envelope with %s, should AWS add it",
    (key) => {
      expect(parseRequest({ ...RULE, [key]: "r" })).toEqual(PLAIN);
    },
  );

  it.each(["dry_run", "dry-run", "dry", "onlys", "subjects", "approved", "plan", "Dry Run"])(
    "is not asked for by an envelope with %s, which looks like one of ours",
    (key) => {
      expect(refusal({ ...RULE, [key]: true })).toContain(`"${key}" is no key of it`);
    },
  );
});

describe("a run by the schedule", () => {
  it.each([
    [
      { action: "sync", trigger: "schedule" },
      { action: "sync", dryRun: false },
    ],
    [{ action: "leavers", trigger: "schedule" }, { action: "leavers" }],
  ])("is %j, with the mark that Terraform puts into it", (event, request) => {
    expect(parseRequest(event)).toEqual({ ...request, trigger: "schedule" });
  });
});

describe("a payload by hand", () => {
  it.each([
    [{ action: "sync" }, { action: "sync", dryRun: false }],
    [
      { action: "sync", dryRun: false },
      { action: "sync", dryRun: false },
    ],
    [{ dryRun: true }, { action: "sync", dryRun: true }],
    [{ action: "plan" }, { action: "plan" }],
    [{ action: "plan", dryRun: false }, { action: "plan" }],
    [
      { action: "sync", only: [" Ada@Example.com", "AWS Admins"] },
      { action: "sync", dryRun: false, only: ["ada@example.com", "AWS Admins"] },
    ],
    [
      { action: "plan", only: ["x"] },
      { action: "plan", only: ["x"] },
    ],
    [
      { action: "sync", approve: ["A1"] },
      { action: "sync", dryRun: false, approve: ["A1"] },
    ],
    [
      { approve: ["a"], dryRun: true },
      { action: "sync", dryRun: true, approve: ["a"] },
    ],
    [{ action: "leavers" }, { action: "leavers" }],
    [{ action: "doctor" }, { action: "doctor" }],
    [
      { action: "explain", subject: "Ada@example.com" },
      { action: "explain", subject: "ada@example.com" },
    ],
  ])("%j is understood", (event, request) => {
    expect(parseRequest(event)).toEqual({ ...request, trigger: "manual" });
  });

  const BEGIN = "The payload cannot be carried out, and nothing was done: ";
  const ALLOWED = "allowed are action, dryRun, only, approve, subject, trigger";
  it.each([
    [{ dryrun: true }, `"dryrun" is no key of it (did you mean "dryRun"?), ${ALLOWED}.`],
    [{ Records: [] }, `"Records" is no key of it, ${ALLOWED}.`],
    [{ action: "apply" }, '"action" must be one of sync, plan, leavers, doctor, explain.'],
    [{ action: null }, '"action" must be one of sync, plan, leavers, doctor, explain.'],
    [{ dryRun: "true" }, '"dryRun" must be true or false, without quotation marks.'],
    [{ dryRun: 1 }, '"dryRun" must be true or false, without quotation marks.'],
    [{ only: "ada@example.com" }, '"only" must be a list of addresses, names or ids, such as ["…"].'],
    [
      { only: [] },
      '"only" must list at least one of the addresses, names or ids; leave it out for everything.',
    ],
    [{ only: ["a", " "] }, 'entry 2 of "only" must not be empty.'],
    [{ only: [7] }, 'entry 1 of "only" must be a text.'],
    [{ approve: "a" }, '"approve" must be a list of the ids that wait, such as ["…"].'],
    [{ approve: [] }, '"approve" must list at least one id that waits.'],
    [{ approve: [""] }, 'entry 1 of "approve" must not be empty.'],
    [
      { only: ["a"], approve: ["b"] },
      '"only" and "approve" do not go together: send them one after the other.',
    ],
    [
      { action: "plan", approve: ["b"] },
      '"approve" does not go with the action plan, which takes action, dryRun, only.',
    ],
    [
      { action: "sync", subject: "x" },
      '"subject" does not go with the action sync, which takes action, dryRun, only, approve, trigger.',
    ],
    [
      { action: "leavers", trigger: "manual" },
      '"trigger" must be "schedule", and is for the schedules that Terraform makes.',
    ],
    [
      { action: "plan", trigger: "schedule" },
      '"trigger" does not go with the action plan, which takes action, dryRun, only.',
    ],
    [{ action: "doctor", dryRun: true }, '"dryRun" does not go with the action doctor, which takes action.'],
    [{ action: "explain" }, 'the action explain needs a "subject": an address, a name or an id.'],
    [{ action: "explain", subject: "" }, '"subject" must not be empty.'],
    ["{}", 'it must be a JSON object, such as {"action":"plan"}.'],
    [[], 'it must be a JSON object, such as {"action":"plan"}.'],
    [true, 'it must be a JSON object, such as {"action":"plan"}.'],
  ])("%j is refused with what is allowed", (event, sentence) => {
    expect(refusal(event)).toBe(BEGIN + sentence);
  });

  it.each([{ only: ["a"] }, { dryRun: true }, { approve: ["a"] }])(
    "with %j is no run of the schedule, which is about everybody",
    (more) => {
      const told = '"trigger" goes with "action" alone: what the schedules start is about everybody.';
      expect(refusal({ action: "sync", trigger: "schedule", ...more })).toBe(BEGIN + told);
    },
  );

  it("several mistakes are told at once", () => {
    expect(refusal({ action: "go", dryRun: "x", nope: 1 })).toMatch(
      /"action" must.*"dryRun" must.*"nope" is no key/,
    );
  });

  it("a very long key is cut in the message", () => {
    expect(refusal({ ["k".repeat(5_000)]: 1 }).length).toBeLessThan(250);
  });
});
