import { expect, test } from "vitest";
import { cli, company, settings } from "./stage.ts";

test("explain says why somebody is or is not there, and writes nothing", async () => {
  const emulator = await company();
  const { code, out, err } = await cli(["explain", "ADA@example.com"], settings(emulator));
  expect(code).toBe(0);
  expect(out).toMatch(/^User ada@example.com\n/);
  expect(out).toContain("aws-admins › ada@example.com");
  expect(err).toBe("Reading Google Workspace and IAM Identity Center\n");
  const asJson = await cli(["explain", "ada@example.com", "--json"], settings(emulator));
  expect(JSON.parse(asJson.out)).toMatchObject({ action: "explain", explanations: [{ kind: "user" }] });
  expect(emulator.writes()).toEqual([]);
});

test("explain of a subject with a slip in it names what is near, and ends with 1", async () => {
  const emulator = await company();
  const { code, out, err } = await cli(["explain", "aad@example.com"], settings(emulator));
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("ada@example.com");
});

test(
  "the doctor's report ends with 3 for a warning and with 1 for what stops a run, and says what to do",
  { tags: "long" },
  async () => {
    const emulator = await company();
    const well = await cli(["doctor"], settings(emulator));
    expect(well.code).toBe(3);
    expect(well.out).toMatch(/^WARNING Administrator's role$/m);
    expect(well.out).toContain("To do: ");
    emulator.google.policy.delegatedScopes.length = 0;
    const ill = await cli(["doctor"], settings(emulator));
    expect(ill.code).toBe(1);
    expect(ill.out).toMatch(/^ERROR /m);
    const asJson = await cli(["doctor", "--json"], settings(emulator));
    expect(JSON.parse(asJson.out)).toMatchObject({ action: "doctor", status: "error" });
    expect(asJson.code).toBe(1);
  },
);
