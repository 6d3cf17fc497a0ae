import { expect, it } from "vitest";
import { readCommandLine } from "../../src/terminal/commands.ts";
import { cli, company, settings } from "../cli/stage.ts";

it("explain --all --csv prints everybody's memberships as a table, and nothing else on standard output", async () => {
  const emulator = await company();
  const { code, out } = await cli(["explain", "--all", "--csv"], settings(emulator));
  expect(code).toBe(0);
  const lines = out.split("\r\n");
  expect(lines[0]).toBe(
    "user,name,google account,aws user,group,path,in google,in aws,next run,why,group carries,administrator",
  );
  expect(out).toContain("aws-admins › ada@example.com,yes,no,added,");
  expect(lines.at(-1)).toBe("");
  expect(emulator.writes()).toEqual([]);
});

it("explain --all --json prints the same rows", async () => {
  const emulator = await company();
  const { code, out } = await cli(["explain", "--all", "--json"], settings(emulator));
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ user: "ada@example.com", group: "aws-admins", inAws: "no" }),
    ]),
  );
});

it("whom a plan names as left out explain knows too, with the groups that have them, and why they do not count", async () => {
  const emulator = await company();
  const { code, out } = await cli(["explain", "kim@partner.example.net"], settings(emulator));
  expect(code).toBe(0);
  expect(out).toContain("Left out of aws-ops@example.com");
  expect(out).toContain("not an account of this Google customer");
});

it.each([
  [["explain", "--csv"], "--csv goes with --all"],
  [["explain", "--csv", "ada@example.com"], "--csv goes with --all"],
  [["explain", "--all", "--csv", "ada@example.com"], "either a subject or --all"],
  [["explain", "--all"], "add either --csv or --json"],
  [["explain", "--all", "--csv", "--json"], "add either --csv or --json"],
  [["explain"], "missing required argument 'subject', or --all"],
])("%j is a mistake that is named", (words, told) => {
  let said = "";
  const output = { out: () => undefined, err: (text: string) => void (said += text), width: 80 };
  expect(readCommandLine(words, output)).toEqual({ kind: "done", exitCode: 1 });
  expect(said).toContain(told);
  expect(said).toContain("Nothing was done");
});
