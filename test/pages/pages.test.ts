/** The pages for people who read the repository: what they link to, list and quote is there. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { USER_DETAILS } from "../../src/core/attributes.ts";
import { settingNames } from "../../src/settings/table.ts";
import { brokenLinks, headings, linkedPages, PAGES, ROOT, table, wordCount } from "./pages.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe.each(PAGES)("%s", (page) => {
  it("links only to files and headings that are there", () => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it("names only files of this repository that are there", () => {
    const named = [...read(page).matchAll(/`((?:lambroll|src|test|\.config|\.github)\/[\w./-]*)`/g)];
    const missing = named.map(([, name = ""]) => name).filter((name) => !existsSync(join(ROOT, name)));
    expect(missing).toEqual([]);
  });
});

describe("README.md", () => {
  it("is read in a few minutes: it has at most 2,500 words", () => {
    expect(wordCount("README.md")).toBeLessThanOrEqual(2_500);
  });

  it("leads to every other page, by itself or by one that it leads to", () => {
    const found = new Set(["README.md"]);
    for (const page of found) for (const next of linkedPages(page)) found.add(next);
    expect(PAGES.filter((page) => !found.has(page))).toEqual([]);
  });

  it("explains every setting, and no other", () => {
    const names = table("README.md", "Settings").flatMap(([name = ""]) =>
      [...name.matchAll(/`(\w+)`/g)].map(([, one = ""]) => one),
    );
    expect(names.toSorted()).toEqual([...settingNames].toSorted());
  });
});

it("the guide to attributes explains each that may be listed, and no other", () => {
  const names = [...read("lambroll/attributes.md").matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(names).toEqual([...USER_DETAILS]);
});

describe("src/README.md", () => {
  it("gives a reason for every package", () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
      read("package.json"),
    ) as Record<string, object>;
    const used = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies }).filter(
      (name) => !name.startsWith("@types/"),
    );
    const listed = table("src/README.md", "Packages, and why").flatMap(([names = ""]) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) =>
        name.startsWith("-") ? `@aws-sdk/client${name}` : name,
      ),
    );
    expect(listed.toSorted()).toEqual(used.toSorted());
  });

  it("draws every folder of src, and every file that lies beside them", () => {
    const [, tree = ""] = /```text\nsrc\/\n([\s\S]*?)\ntest\/\n/.exec(read("src/README.md")) ?? [];
    const drawn = [...tree.matchAll(/^[├└]── (\S+)/gm)].map(([, name]) => name);
    const there = globSync("src/*", { cwd: ROOT, withFileTypes: true })
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .filter((name) => name !== "README.md");
    expect(drawn.toSorted()).toEqual(there.toSorted());
  });
});

it("the changelog begins with what is not released yet, and goes back from version to version", () => {
  const [first, ...released] = headings(".github/CHANGELOG.md").filter(({ level }) => level === 2);
  expect(first?.text).toBe("Unreleased");
  for (const { text } of released) expect(text).toMatch(/^\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)$/);
  const days = released.map(({ text }) => text.slice(-11, -1));
  expect(days).toEqual(days.toSorted().toReversed());
});
