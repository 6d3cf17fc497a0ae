/** What the repository's host runs for us. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { ROOT } from "./bundle/definition.ts";

const WORKFLOWS = globSync(".github/workflows/*.yml", { cwd: ROOT });
const GUIDE = "lambroll/README.md";
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** The workflow itself, or the one that a page shows. */
const workflow = (path: string): string =>
  path.endsWith(".md") ? (/```yaml\n([\s\S]*?)```/.exec(read(path))?.[1] ?? "") : read(path);

describe.each([...WORKFLOWS, GUIDE])("%s", (path) => {
  const text = workflow(path);

  it("uses nothing but what is named by its commit, with the version beside it", () => {
    const used = [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, what = ""]) => what);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((what) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(what))).toEqual([]);
  });

  it("may do no more than read, unless a job says what more it needs", () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read\n(?: {2}id-token: write\n|\n)/m);
    expect(text).not.toMatch(/write-all|pull_request_target/);
    expect(text.split("actions/checkout@").length - 1).toBe(
      text.split("persist-credentials: false").length - 1,
    );
  });

  it("puts nothing that others write into a command", () => {
    const commands = [...text.matchAll(/run: (.*)/g)].map(([, command = ""]) => command);
    expect(commands.filter((command) => command.includes("${{"))).toEqual([]);
  });
});

test("a change is checked by the same script as on anybody's machine", () => {
  expect(read(".github/workflows/ci.yml")).toContain("- run: .ci/run\n");
});

/** A copy of the repository's tree as committed, in which npm is a stand-in that has just built. */
function copied(): string {
  const folder = mkdtempSync(join(tmpdir(), "release-"));
  const archive = execFileSync("git", ["archive", "HEAD"], { cwd: ROOT, maxBuffer: 1e9 });
  execFileSync("tar", ["-x"], { cwd: folder, input: archive });
  for (const file of ["release.sh", "CHANGELOG.md"])
    cpSync(join(ROOT, ".github", file), join(folder, ".github", file));
  for (const words of [
    ["init", "-q"],
    ["add", "."],
    ["-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "x"],
  ])
    execFileSync("git", words, { cwd: folder });
  cpSync(join(ROOT, "dist"), join(folder, "dist"), { recursive: true, preserveTimestamps: true });
  writeFileSync(join(folder, "npm"), `#!/bin/sh\nif [ "$1" = sbom ]; then echo '{}'; fi\n`, { mode: 0o755 });
  return folder;
}

function release(folder: string, tag: string) {
  const PATH = `${folder}:${process.env["PATH"]}`;
  return spawnSync(join(folder, ".github/release.sh"), [tag], { env: { PATH }, encoding: "utf8" });
}

const TOOLS = ["zip", "jq"].every((tool) => spawnSync(tool, ["--help"]).status === 0);

test.skipIf(!TOOLS)(
  "a release has the archive, the module, the list of what is inside and checksums, and the changelog as its notes",
  () => {
    const folder = copied();
    const changelog = join(folder, ".github/CHANGELOG.md");
    const { version } = JSON.parse(read("package.json")) as { version: string };
    expect(release(folder, `v${version}`).stderr).toContain(`no section for ${version}`);
    writeFileSync(
      changelog,
      readFileSync(changelog, "utf8").replace("## Unreleased", `## Unreleased\n\n## ${version} (2027-01-01)`),
    );
    expect(release(folder, "v9.9.9").stderr).toContain("The tag says 9.9.9");
    const { status, stderr } = release(folder, `v${version}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const made = [
      `ssosync-${version}.zip`,
      `ssosync-terraform-${version}.tar.gz`,
      `ssosync-${version}.cdx.json`,
      "function.json",
    ];
    const sums = readFileSync(join(folder, "release/SHA256SUMS"), "utf8").trimEnd().split("\n");
    expect(sums.map((line) => line.split("  ")[1]).toSorted()).toEqual(made.toSorted());
    expect(readFileSync(join(folder, "release-notes.md"), "utf8")).toContain("### Added");
    const first = readFileSync(join(folder, `release/ssosync-${version}.zip`));
    release(folder, `v${version}`);
    expect(readFileSync(join(folder, `release/ssosync-${version}.zip`)).equals(first)).toBe(true);
  },
);
