/** What the doctor says of the alias through which approvals come. */
import { expect, it } from "vitest";
import { clinic, finding, trouble } from "./clinic.ts";

const IN_LAMBDA = { AWS_LAMBDA_FUNCTION_NAME: "ssosync" };
const ID = "approvals.alias";

it("an alias that leads to what the schedule runs is in order, for one request for each of the two", async () => {
  const { emulator, examine } = await clinic();
  expect(finding(await examine(IN_LAMBDA), ID).level).toBe("ok");
  expect(emulator.count({ service: "lambda" })).toBe(2);
});

it("an alias that is missing is a warning: nobody can approve", async () => {
  const { emulator, examine } = await clinic();
  emulator.lambda.delete("approve");
  const report = await examine(IN_LAMBDA);
  expect(trouble(report)).toEqual([`warning ${ID}`]);
  expect(finding(report, ID).why).toBe("There is no alias approve, so nobody can approve anything.");
});

it("an alias through which the schedule calls is a warning: whoever may start a run may approve", async () => {
  const { emulator, examine } = await clinic();
  const report = await examine({ ...IN_LAMBDA, APPROVE_QUALIFIER: "current" });
  expect(trouble(report)).toEqual([`warning ${ID}`]);
  expect(finding(report, ID).why).toContain("lets everyone approve who may start a run");
  expect(emulator.count({ service: "lambda" })).toBe(0);
});

it.each([
  ["code", { CodeSha256: "another" }],
  ["settings", { CodeSha256: "4C+dUrqw", Environment: { Variables: { GROUP_MATCH: "*" } } }],
] as const)("an alias that leads to other %s than the schedule's is a warning", async (what, version) => {
  const { emulator, examine } = await clinic();
  emulator.lambda.set("approve", version);
  const report = await examine(IN_LAMBDA);
  expect(trouble(report)).toEqual([`warning ${ID}`]);
  expect(finding(report, ID).why).toContain(`leads to other ${what} than the alias current`);
});

it("where the schedule has no alias there is nothing to compare with", async () => {
  const { emulator, examine } = await clinic();
  emulator.lambda.delete("current");
  expect(finding(await examine(IN_LAMBDA), ID)).toMatchObject({ level: "ok" });
});

it("what AWS does not tell is said as unknown, with the right that is missing", async () => {
  const { emulator, examine } = await clinic();
  emulator.denied.add("lambda:GetFunctionConfiguration");
  const report = await examine(IN_LAMBDA);
  expect(trouble(report)).toEqual([`warning ${ID}`]);
  expect(finding(report, ID).why).toMatch(/^Not known: AWS does not tell what the alias \w+ leads to/);
  expect(finding(report, ID).why).toContain("lambda:GetFunctionConfiguration");
});

it.each([
  ["everybody may approve", { ...IN_LAMBDA, APPROVE_QUALIFIER: "any" }],
  ["this is no function of Lambda's", {}],
])("nothing is asked where %s", async (_, settings) => {
  const { emulator, examine } = await clinic();
  await examine(settings);
  expect(emulator.count({ service: "lambda" })).toBe(0);
});

it("settings that AWS does not show are not called the same", async () => {
  const { emulator, examine } = await clinic();
  const Error = {
    ErrorCode: "AccessDeniedException",
    Message: "Lambda was unable to decrypt the environment",
  };
  for (const alias of ["approve", "current"])
    emulator.lambda.set(alias, { CodeSha256: "4C+dUrqw", Environment: { Error } });
  const report = await examine(IN_LAMBDA);
  expect(trouble(report)).toEqual([`warning ${ID}`]);
  expect(finding(report, ID).why).toMatch(/^Not known: AWS does not show the settings/);
});
