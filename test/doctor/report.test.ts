import { describe, expect, it } from "vitest";
import { doctorExitCode, reportOf, reportText } from "../../src/doctor/report.ts";
import type { DoctorReport, Finding } from "../../src/doctor/report.ts";
import { clinic, USUAL_RATES } from "./clinic.ts";

const finding = (level: Finding["level"], id: string, todo = "", waitsFor?: string): Finding => ({
  id,
  level,
  title: `Title of ${id}`,
  why: `Because of ${id}.`,
  todo,
  ...(waitsFor === undefined ? {} : { waitsFor }),
});

const report = (...findings: readonly Finding[]): DoctorReport =>
  reportOf(findings, { version: "1", requests: {}, seconds: 1 });
const textOf = (of: DoctorReport, verbose?: boolean): readonly string[] =>
  reportText(of, verbose).map(({ sign = "", text }) => sign + text);

describe("the report for a terminal", () => {
  const mixed = report(
    finding("ok", "a"),
    finding("warning", "b", "Do b."),
    finding("error", "c", "Do c."),
    finding("not-checked", "d", "", "c"),
    finding("not-checked", "e", "", "c"),
    finding("not-checked", "f"),
  );
  const problems = [
    "ERROR   Title of c",
    "        Because of c.",
    "        To do: Do c.",
    "WARNING Title of b",
    "        Because of b.",
    "        To do: Do b.",
  ];

  it("begins with what is wrong and what to do, errors first, and counts the rest", () => {
    expect(textOf(mixed)).toEqual([
      ...problems,
      "1 check in order (--verbose lists it).",
      "3 checks were not made: 2 because “Title of c” is not in order, 1 because there was no time left (--verbose lists them).",
    ]);
  });

  it("lists everything when asked to", () => {
    const lines = textOf(mixed, true);
    expect(lines.slice(0, 6)).toEqual(problems);
    expect(lines.filter((line) => /^(?:ok|-) /.test(line))).toEqual([
      "ok      Title of a",
      "-       Title of d",
      "-       Title of e",
      "-       Title of f",
    ]);
  });

  it("tells what is wrong for one reason once, and a single reason without its number", () => {
    const like = { why: "Nobody is logged in.", todo: "Log in." };
    const [one, other] = [finding("error", "a"), finding("error", "b")];
    const waiting = finding("not-checked", "d", "", "a");
    expect(
      textOf(report({ ...one, ...like }, { ...other, ...like }, waiting, { ...waiting, id: "e" })),
    ).toEqual([
      "ERROR   Title of a, Title of b",
      "        Nobody is logged in.",
      "        To do: Log in.",
      "2 checks were not made, because “Title of a” is not in order (--verbose lists them).",
    ]);
  });

  it("says when there is nothing to do", () => {
    expect(textOf(report(finding("ok", "a"))).at(-1)).toBe("Nothing to do.");
  });

  it("no name in it can move the cursor", () => {
    expect(textOf(report(finding("error", "\u001b[2J", "x"))).join("")).not.toContain("\u001b");
  });
});

it("the exit code tells errors from what only has to be looked at", () => {
  const of = (status: DoctorReport["status"]) => doctorExitCode({ ...report(), status });
  expect([of("ok"), of("warning"), of("error")]).toEqual([0, 3, 1]);
});

it("the message names the first thing to do", async () => {
  const { emulator, examine } = await clinic();
  emulator.google.policy.keyRevoked = true;
  emulator.aws.tokens.clear();
  const { message, status, counts } = await examine(USUAL_RATES);
  expect(status).toBe("error");
  expect(counts.error).toBe(2);
  expect(message).toMatch(
    /^The doctor found 2 errors, \d+ not checked, \d+ in order; to begin with: Google rejected the signature/,
  );
});
