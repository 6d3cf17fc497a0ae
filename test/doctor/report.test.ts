import { describe, expect, it } from "vitest";
import { doctorExitCode, reportText } from "../../src/doctor/checks.ts";
import type { DoctorReport, Finding } from "../../src/doctor/checks.ts";
import { clinic } from "./clinic.ts";

const finding = (level: Finding["level"], id: string, todo = ""): Finding => ({
  id,
  level,
  what: `${id} is fine`,
  why: `Because of ${id}.`,
  todo,
});

const report = (findings: readonly Finding[]): DoctorReport => ({
  action: "doctor",
  status: "error",
  message: "",
  version: "1",
  findings,
  counts: {
    ok: findings.filter(({ level }) => level === "ok").length,
    warning: 0,
    error: 0,
    "not-checked": 0,
  },
  requests: {},
  seconds: 1,
});

describe("the report for a terminal", () => {
  const mixed = report([
    finding("ok", "a"),
    finding("warning", "b", "Do b."),
    finding("error", "c", "Do c."),
    finding("not-checked", "d"),
  ]);

  it("shows what is wrong, and what to do, errors first", () => {
    expect(reportText(mixed)).toEqual([
      "WARNING b is fine",
      "        Because of b.",
      "ERROR   c is fine",
      "        Because of c.",
      "-       d is fine",
      "        Because of d.",
      "1 check in order (--verbose shows them).",
      "",
      "What to do, in this order:",
      "  1. Do c.",
      "  2. Do b.",
    ]);
  });

  it("shows everything when asked to, and says when nothing is to do", () => {
    expect(reportText(report([finding("ok", "a")]), true)).toEqual([
      "ok      a is fine",
      "        Because of a.",
      "Nothing to do.",
    ]);
  });

  it("no name in it can move the cursor", () => {
    expect(reportText(report([finding("error", "\u001b[2J", "x")])).join("")).not.toContain("\u001b");
  });
});

it("the exit code tells errors from what only has to be looked at", () => {
  const of = (status: DoctorReport["status"]) => doctorExitCode({ ...report([]), status });
  expect([of("ok"), of("warning"), of("error")]).toEqual([0, 3, 1]);
});

it("the message names the first thing to do", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.keyRevoked = true;
  emulator.aws.tokens.clear();
  const { message, status, counts } = await examine();
  expect(status).toBe("error");
  expect(counts.error).toBe(2);
  expect(message).toMatch(
    /^The doctor found 2 errors, \d+ not checked, \d+ in order; to begin with: Google rejected the signature/,
  );
});
