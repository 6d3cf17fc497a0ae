/** Markdown pages as GitHub shows them: headings, links, tables. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** The pages that people read, by their paths. */
export const PAGES: readonly string[] = globSync(
  ["README.md", "lambroll/**/*.md", ".github/*.md", "src/**/*.md", "test/**/*.md"],
  { cwd: ROOT },
).toSorted();

const read = (page: string): string => readFileSync(join(ROOT, page), "utf8");

export interface Heading {
  readonly level: number;
  readonly text: string;
}

export const headings = (page: string): readonly Heading[] =>
  [...read(page).matchAll(/^(#+) (.*)$/gm)].map(([, marks = "", text = ""]) => ({
    level: marks.length,
    text,
  }));

/** GitHub's: small letters, spaces to dashes, everything but letters, digits and dashes dropped. */
const anchor = ({ text }: Heading): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, "")
    .replaceAll(" ", "-");

/** The pages of this repository that a page links to. */
export const linkedPages = (page: string): readonly string[] =>
  [...read(page).matchAll(/\]\(([^)\s#]+\.md)(?:#[^)]*)?\)/g)]
    .map(([, path = ""]) => normalize(join(dirname(page), path)))
    .filter((path) => PAGES.includes(path));

/** Links of a page that lead to no file, or to no heading of it. */
export function brokenLinks(page: string): readonly string[] {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [path = "", wanted] = link.split("#");
    const file = path === "" ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(ROOT, file))) return true;
    return wanted !== undefined && !headings(file).map(anchor).includes(wanted);
  });
}

/** How many words a page has: whatever stands between spaces and has a letter or a digit in it. */
export const wordCount = (page: string): number =>
  read(page)
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

export interface Command {
  readonly line: number;
  readonly code: string;
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length;

/** The blocks that are to be pasted, without the indentation of the list that they stand in. */
export const blocks = (page: string): readonly Command[] =>
  [...read(page).matchAll(/^( *)```(?:sh|bash|zsh|shell|console)\n([\s\S]*?)\n\1```$/gm)].map(
    ({ index, 1: indent = "", 2: code = "" }) => ({
      line: lineOf(read(page), index),
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  );

/** Begins with a program's name, and says more than that there is this command. */
const CALL =
  /^(?:(?:aws|kubectl|npm|npx) [a-z]|(?:gcloud|lambroll|terraform) .*[^\w ]|(?:eval|jq|read|source) )/;

/** The commands that stand within sentences and tables. A filter for plans gets one. */
function inline(page: string): readonly Command[] {
  const outside = read(page).replace(/^( *)```[\s\S]*?^\1```$/gm, (block) => block.replaceAll(/[^\n]/g, ""));
  return [...outside.matchAll(/`([^`]+)`/g)]
    .map(({ index, 1: code = "" }) => ({ line: lineOf(outside, index), code: code.replaceAll(/\s+/g, " ") }))
    .filter(({ code }) => CALL.test(code))
    .map(({ line, code }) => ({ line, code: code.replace(/^jq /, "echo '{}' | jq ") }));
}

/** The examples in Terraform, each with a comment on top that says how to use it. */
const EXAMPLES: readonly string[] = globSync("lambroll/terraform/examples/*/main.tf", {
  cwd: ROOT,
}).toSorted();

/** The commands in an example's comment, which stand apart from its sentences. */
const commented = (example: string): readonly Command[] =>
  [...read(example).matchAll(/^# +(?:aws|echo|npm|terraform) .*(?:(?<=[|\\])\n# .*)*$/gm)]
    .filter(([code]) => /^# {3}/.test(code))
    .map(({ index, 0: code }) => ({
      line: lineOf(read(example), index),
      code: code.replaceAll(/^# +/gm, ""),
    }));

/** All that a page or an example shows to be run, from top to bottom. */
export const pasted = (page: string): readonly Command[] =>
  page.endsWith(".tf")
    ? commented(page)
    : [...blocks(page), ...inline(page)].toSorted((one, other) => one.line - other.line);

/** Whatever has something to run. The changelog tells of commands that later versions need not have. */
export const PASTED: readonly string[] = [...PAGES, ...EXAMPLES].filter(
  (page) => pasted(page).length > 0 && page !== ".github/CHANGELOG.md",
);

/** The rows, as cells, of every table under one heading of the second level; the head of the table is left out. */
export function table(page: string, heading: string): readonly (readonly string[])[] {
  const [, section = ""] = read(page).split(`\n## ${heading}\n`);
  const [body = ""] = section.split("\n## ");
  const rows = body.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
