import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { settingNames } from "../../src/settings/table.ts";
import { readCommandLine } from "../../src/terminal/commands.ts";
import { cli, ended, program, ROOT, start } from "./stage.ts";
import type { Ended } from "./stage.ts";

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
  expect(requestOf("--who", "Ada@Example.com")).toMatchObject({ action: "plan", only: ["ada@example.com"] });
});

test("each command becomes the same request as its payload", () => {
  expect(requestOf("apply")).toEqual({ action: "sync", dryRun: false, trigger: "manual" });
  expect(requestOf("apply", "--approve", "abc", "def")).toMatchObject({ approve: ["abc", "def"] });
  expect(requestOf("apply", "--who", "a@b.c", "Devs", "--yes")).toMatchObject({ only: ["a@b.c", "Devs"] });
  expect(requestOf("doctor")).toEqual({ action: "doctor", trigger: "manual" });
  expect(requestOf("explain", "ada@example.com")).toMatchObject({
    action: "explain",
    subject: "ada@example.com",
  });
});

test("help says what it does, what it needs, how to begin, the exit codes and every setting", async () => {
  const { code, out, err } = await program(["--help"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("Keeps the users, groups and memberships of AWS IAM Identity Center");
  expect(out).toContain("npx ssosync plan");
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
  for (const option of ["--who", "--approve", "--yes", "--json", "--verbose"]) expect(text).toContain(option);
});

test("a slip in a command or an option is answered with what was meant, and exit code 1", async () => {
  const command = await program(["aply"]);
  expect(command).toMatchObject({ code: 1, out: "" });
  expect(command.err).toContain("Did you mean apply?");
  const option = await cli(["plan", "--jsn"]);
  expect(option).toMatchObject({ code: 1, out: "" });
  expect(option.err).toContain("Did you mean --json?");
  expect(option.err).toContain("Nothing was done");
});

test.each([
  [["apply", "--who", "a@b.c", "--approve", "x"], "cannot be used with"],
  [["plan", "--approve", "x"], "unknown option '--approve'"],
  [["plan", "--who"], "argument missing"],
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
  expect(err).toContain("has to be an address, a name or an id");
});

test("whom a run is narrowed to may be named again, after commas, or after the older option", () => {
  const only = ["ada@example.com", "bob@example.com", "Sales, EMEA"];
  expect(requestOf("plan", "--who", "ada@example.com,bob@example.com", "Sales, EMEA")).toMatchObject({
    only,
  });
  expect(
    requestOf("plan", "--who", "ada@example.com", "--who", "bob@example.com", "Sales, EMEA"),
  ).toMatchObject({ only });
  expect(requestOf("plan", "--only", ...only)).toMatchObject({ only });
  expect(requestOf("apply", "--approve", "a,b", "c")).toMatchObject({ approve: ["a", "b", "c"] });
});

test("a profile and a Region are given as to the AWS CLI", () => {
  const { line } = read("plan", "--profile", "prod", "--region", "eu-west-1");
  expect(line).toMatchObject({ invocation: { account: { profile: "prod", region: "eu-west-1" } } });
});

// ---------------------------------------------------------------- how it is started

const PLAIN_NODE = ["--no-strip-types"];

test(
  "ssosync runs on a Node that cannot read TypeScript, with the one that npm installed, and hands on its end",
  { tags: "long" },
  async () => {
    const [newer, older, slip] = await Promise.all([
      ended(start("src/ssosync.mjs", ["--version"], {})),
      ended(start("src/ssosync.mjs", ["--version"], {}, PLAIN_NODE)),
      ended(start("src/ssosync.mjs", ["aply"], {}, PLAIN_NODE)),
    ]);
    expect(newer).toMatchObject({ code: 0, err: "" });
    expect(older).toEqual(newer);
    expect(slip.code).toBe(1);
    expect(slip.err).toContain("Did you mean apply?");
  },
);

test("without its packages ssosync says what to do, whatever Node it is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bare-"));
  await mkdir(join(folder, "src"));
  await copyFile(join(ROOT, "src/ssosync.mjs"), join(folder, "src/ssosync.mjs"));
  for (const options of [[], PLAIN_NODE]) {
    const { code, err } = await ended(
      start(relative(ROOT, join(folder, "src/ssosync.mjs")), [], {}, options),
    );
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("Run npm ci first") as string });
  }
});

test("without one of its packages, as after an upgrade, ssosync says which, and what to do", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stale-"));
  await Promise.all([mkdir(join(folder, "src")), mkdir(join(folder, "node_modules"))]);
  await copyFile(join(ROOT, "src/ssosync.mjs"), join(folder, "src/ssosync.mjs"));
  await writeFile(join(folder, "src/cli.ts"), 'import "brand-new";\n');
  const { code, err } = await ended(start(relative(ROOT, join(folder, "src/ssosync.mjs")), [], {}));
  expect({ code, err }).toEqual({
    code: 1,
    err: "ssosync cannot start. brand-new is not installed. Run npm ci first.\n",
  });
});

/** `npm run SCRIPT …` with exactly these words, by the npm that belongs to this machine. */
async function npmRun(...words: readonly string[]): Promise<Ended> {
  const child = spawn("npm", ["run", "--silent", ...words], { cwd: ROOT, env: { ...process.env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  return ended(child);
}

test.each([
  [["apply", "--who", "nova@example.com"], "--who"],
  [["explain", "--all"], "--all"],
])(
  "npm run %j, without the two dashes, is an error that names the option and how to write it",
  { tags: "long" },
  async (words, option) => {
    const { code, out, err } = await npmRun(...words);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(`npm kept ${option} for itself`);
    expect(err).toContain(`npm run ${words[0]} -- ${option} …`);
  },
);

test("what npm was told itself is not taken for an option of the program", () => {
  const kept = { npm_lifecycle_event: "plan", npm_config_json: "true", npm_config_yes: "" };
  const run = (environment: Readonly<Record<string, string>>, ...words: readonly string[]) =>
    readCommandLine(words, { out: () => undefined, err: () => undefined, width: 80 }, environment).kind;
  expect(() => run(kept, "plan")).toThrow(/npm kept --json/);
  expect(run(kept, "plan", "--json")).toBe("run");
  expect(run({ ...kept, npm_lifecycle_event: "npx" }, "plan")).toBe("run");
  expect(run({ ...kept, npm_config_json: "false" }, "plan")).toBe("run");
});
