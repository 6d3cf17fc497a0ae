import { expect, test } from "vitest";
import { settingNames } from "../../src/settings/table.ts";
import { readCommandLine } from "../../src/terminal/commands.ts";
import { cli } from "./stage.ts";

const read = (...words: readonly string[]) => readAt(100, ...words);

function readAt(width: number, ...words: readonly string[]) {
  const said: string[] = [];
  const output = {
    out: (text: string) => said.push(text),
    err: (text: string) => said.push(text),
    width,
  };
  const line = readCommandLine(words, output);
  return { line, text: said.join("") };
}

const requestOf = (...words: readonly string[]) => {
  const { line } = read(...words);
  return line.kind === "run" ? line.invocation.request : line;
};

test("without a command it is a plan, and a plan writes nothing", () => {
  expect(requestOf()).toEqual({ action: "plan", trigger: "manual" });
  expect(requestOf("--only", "Ada@Example.com")).toMatchObject({ action: "plan", only: ["ada@example.com"] });
});

test("each command becomes the same request as its payload", () => {
  expect(requestOf("apply")).toEqual({ action: "sync", dryRun: false, trigger: "manual" });
  expect(requestOf("apply", "--approve", "abc", "def")).toMatchObject({ approve: ["abc", "def"] });
  expect(requestOf("apply", "--only", "a@b.c", "Devs", "--yes")).toMatchObject({ only: ["a@b.c", "Devs"] });
  expect(requestOf("doctor")).toEqual({ action: "doctor", trigger: "manual" });
  expect(requestOf("explain", "ada@example.com")).toMatchObject({
    action: "explain",
    subject: "ada@example.com",
  });
});

test("help says what it does, what it needs, how to begin, the exit codes and every setting", async () => {
  const { code, out, err } = await cli(["--help"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("Keeps the users, groups and memberships of AWS IAM Identity Center");
  expect(out).toContain("npm run plan");
  expect(out).toContain("2  plan: there are changes to make");
  for (const name of settingNames) expect(out).toContain(`  ${name} `);
  for (const command of ["plan", "apply", "doctor", "explain"]) expect(out).toContain(`\n  ${command} `);
});

test.each([80, 100])("no line of the help is wider than a terminal of %i columns", (width) => {
  const tooWide = readAt(width, "--help")
    .text.split("\n")
    .filter((line) => line.length > width);
  expect(tooWide).toEqual([]);
});

test("a command's own help names its options", () => {
  const { text } = read("apply", "--help");
  for (const option of ["--only", "--approve", "--yes", "--json", "--verbose"])
    expect(text).toContain(option);
});

test("a slip in a command or an option is answered with what was meant, and exit code 1", async () => {
  const command = await cli(["aply"]);
  expect(command).toMatchObject({ code: 1, out: "" });
  expect(command.err).toContain("Did you mean apply?");
  const option = await cli(["plan", "--jsn"]);
  expect(option).toMatchObject({ code: 1, out: "" });
  expect(option.err).toContain("Did you mean --json?");
  expect(option.err).toContain("Nothing was done");
});

test.each([
  [["apply", "--only", "a@b.c", "--approve", "x"], "cannot be used with"],
  [["plan", "--approve", "x"], "unknown option '--approve'"],
  [["plan", "--only"], "argument missing"],
  [["plan", "everything"], "too many arguments"],
  [["explain"], "missing required argument 'subject'"],
])("%j is a usage error", (words, sentence) => {
  const { line, text } = read(...words);
  expect(line).toEqual({ kind: "done", exitCode: 1 });
  expect(text).toContain(sentence);
});

test("an empty subject is a usage error too", async () => {
  const { code, out, err } = await cli(["plan", "--only", " "]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("must not be empty");
});
