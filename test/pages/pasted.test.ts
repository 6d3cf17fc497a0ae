/** Whatever a page shows to be run, run from top to bottom as somebody pastes it, in bash and in zsh. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { problems } from "./calls.ts";
import { blocks, PAGES, pasted } from "./pages.ts";
import { paste, type Shell } from "./shell.ts";

const BOTH: readonly Shell[] = ["bash", "zsh"];
const SHELLS = BOTH.filter((shell) => spawnSync(shell, ["--version"]).status === 0);

/** The changelog tells of commands that later versions need not have. */
const TRIED = PAGES.filter((page) => pasted(page).length > 0 && page !== ".github/CHANGELOG.md");

it("bash is there to try them in, and most pages have something to paste", () => {
  expect(SHELLS).toContain("bash");
  expect(TRIED.filter((page) => blocks(page).length > 0).length).toBeGreaterThan(4);
});

describe.each(TRIED)("%s", (page) => {
  it(`works in ${SHELLS.join(" and in ")}, in each alike, and asks each program for what it has`, async () => {
    const [first, ...others] = await Promise.all(SHELLS.map((shell) => paste(shell, page)));
    for (const { failed, said } of [first, ...others].filter((one) => one !== undefined))
      expect(failed, said).toEqual([]);
    const { calls = [], files } = first ?? {};
    for (const other of others) expect({ calls: other.calls, files: other.files }).toEqual({ calls, files });
    expect((await Promise.all(calls.map(problems))).flat()).toEqual([]);
  });
});
