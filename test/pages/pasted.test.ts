/** Whatever a page shows to be run, run from top to bottom as somebody pastes it, in bash and in zsh. */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { problems } from "./calls.ts";
import { blocks, PASTED, pasted, ROOT } from "./pages.ts";
import { paste, type Shell } from "./shell.ts";

const BOTH: readonly Shell[] = ["bash", "zsh"];
const SHELLS = BOTH.filter((shell) => spawnSync(shell, ["--version"]).status === 0);

it("bash is there to try them in, and most pages have something to paste", () => {
  expect(SHELLS).toContain("bash");
  expect(PASTED.filter((page) => blocks(page).length > 0).length).toBeGreaterThan(4);
});

describe.each(PASTED)("%s", (page) => {
  it(`works in ${SHELLS.join(" and in ")}, in each alike, and asks each program for what it has`, async () => {
    const [first, ...others] = await Promise.all(SHELLS.map((shell) => paste(shell, page)));
    for (const { failed, said } of [first, ...others].filter((one) => one !== undefined))
      expect(failed, said).toEqual([]);
    const { calls = [], files } = first ?? {};
    for (const other of others) expect({ calls: other.calls, files: other.files }).toEqual({ calls, files });
    expect((await Promise.all(calls.map(problems))).flat()).toEqual([]);
  });

  it("uses nothing that the bash of a Mac, which is 3.2, does not have", () => {
    const newer = /<\(|\$\{\w+[,^@]|\|&|&>>|\b(?:mapfile|readarray|coproc)\b|\bdeclare -[Ang]/;
    expect(pasted(page).filter(({ code }) => newer.test(code))).toEqual([]);
  });
});

/** Every command of the AWS CLI that a sentence of the program tells somebody to run. */
const told = globSync("src/**/*.ts", { cwd: ROOT })
  .map((file) => readFileSync(join(ROOT, file), "utf8").replaceAll(/` \+\n +`/g, ""))
  .flatMap((code) => [
    ...code.matchAll(/(?<=["'` ])aws [a-z-]+ [a-z-]+(?: --[a-z-]+ (?:\$\{[^}]*\}|[\w:/]+))+/g),
  ])
  .map(([command]) => command.split(" "));

it("what the program itself tells somebody to run, the AWS CLI has", async () => {
  expect(told.length).toBeGreaterThan(4);
  expect((await Promise.all(told.map(problems))).flat()).toEqual([]);
});
