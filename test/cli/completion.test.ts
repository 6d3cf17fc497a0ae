/** What the real shells make of half a command. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli } from "./stage.ts";

/** Sources what `shell` is given by the program, and runs `script` in it; answers what that prints. */
async function sourced(shell: "bash" | "zsh", script: (file: string) => string): Promise<string> {
  const { code, out, err } = await cli(["completion", shell]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const file = join(mkdtempSync(join(tmpdir(), "completion-")), shell);
  writeFileSync(file, out);
  const ended = spawnSync(shell, shell === "bash" ? ["--norc"] : ["-f"], {
    input: script(file),
    encoding: "utf8",
    timeout: 30_000,
  });
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  return ended.stdout;
}

/** What bash offers for the last word of each line, as its line editor asks for it. */
async function offered(...lines: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]> {
  const asking = lines.map(
    (words) =>
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _ssosync; echo "\${COMPREPLY[*]}"`,
  );
  const told = await sourced("bash", (file) => [`source ${file}`, ...asking].join("\n"));
  return told
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" "));
}

test("bash is offered the commands, the options of each, and files where one is due", async () => {
  const found = await offered(
    ["ssosync", ""],
    ["ssosync", "pl"],
    ["npx", "ssosync", "ap"],
    ["npx", "ss"],
    ["npx", "ssosync", "apply", "--a"],
    ["ssosync", "completion", ""],
    ["npx", "other", "pl"],
    ["ssosync", "plan", "--html", "pl"],
    ["ssosync", "plan", "--only"],
  );
  expect(found[0]).toEqual(expect.arrayContaining(["plan", "apply", "doctor", "--help"]));
  expect(found.slice(1)).toEqual([
    ["plan"],
    ["apply"],
    ["ssosync"],
    ["--approve"],
    ["bash", "zsh", "--help"],
    [""],
    [""],
    [""],
  ]);
});

const HAS_ZSH = spawnSync("zsh", ["--version"]).status === 0;

/** What is run after the tab key and Enter, in a zsh with a terminal of its own. */
async function completedInZsh(...typed: readonly string[]): Promise<readonly string[]> {
  const said = await sourced("zsh", (file) =>
    [
      "zmodload zsh/zpty; zpty t zsh -f -i",
      `wait_for_prompt() { local said; zpty -r t said '*READY> '; print -r -- "$said"; }`,
      `run() { zpty -w t "$1"; wait_for_prompt }`,
      `run "source ${file}; ssosync() { echo RUN: ssosync \\$*; }; npx() { echo RUN: npx \\$*; }; PS1='REA''DY> '"`,
      ...typed.map((line) => `run '${line}'$'\\t'`),
      "zpty -d t",
    ].join("\n"),
  );
  return [...said.matchAll(/^RUN: (.*?)\r$/gm)].map(([, line = ""]) => line);
}

test.skipIf(!HAS_ZSH)("zsh completes a command and an option, with and without npx", async () => {
  expect(await completedInZsh("ssosync pl", "npx ssosync apply --a", "npx ss", "npx other pl")).toEqual([
    "ssosync plan",
    "npx ssosync apply --approve",
    "npx ssosync",
    "npx other pl",
  ]);
});

test("another shell is a usage error", async () => {
  const { code, out, err } = await cli(["completion", "fish"]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("Allowed choices are bash, zsh.");
});
