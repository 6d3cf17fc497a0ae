/** The picture in the README, enforced: who may import whom, what may be done where, and how it all looks. */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { effectLaws } from "./architecture/effects.ts";
import { importLaws } from "./architecture/imports.ts";
import { sentenceLaws } from "./architecture/sentences.ts";
import { shapeLaws } from "./architecture/shape.ts";
import { ROOT, sources } from "./architecture/source.ts";

const laws = [...importLaws, ...effectLaws, ...shapeLaws, ...sentenceLaws];

describe.each(laws)("$truth", ({ rule, ceiling = 0, broken }) => {
  it("in every file there is", () => {
    const found = rule(sources);
    expect(found.length > ceiling ? found : []).toEqual([]);
  });

  it.each(broken.map((tree) => [JSON.stringify(tree), tree] as const))("and %s would be found", (_, tree) => {
    const files = Object.entries(tree).map(([path, text]) => ({ path, text }));
    expect(rule(files)).toHaveLength(1);
  });
});

it("the project's files are found at all", () => {
  const paths = sources.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(["src/core/plan.ts", "src/handler.ts", "test/emulator/scim.ts"]),
  );
  expect(relative(ROOT, import.meta.filename)).toBe("test/architecture.test.ts");
});

// ---------------------------------------------------------------- around the code

const readJson = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), "utf8"));

const Lock = z.object({ packages: z.record(z.string(), z.unknown()) });

it.each(["google-auth-library", "gaxios", "zod", "undici"])(
  "the lock file holds one %s: two would not know each other's errors",
  (name) => {
    const { packages } = Lock.parse(readJson("package-lock.json"));
    const copies = Object.keys(packages).filter((path) => path.endsWith(`node_modules/${name}`));
    expect(copies).toEqual([`node_modules/${name}`]);
  },
);

it("versions in package.json are exact, so that a build can be repeated", () => {
  const { dependencies, devDependencies } = z
    .object({
      dependencies: z.record(z.string(), z.string()),
      devDependencies: z.record(z.string(), z.string()),
    })
    .parse(readJson("package.json"));
  const versions = Object.entries({ ...dependencies, ...devDependencies });
  expect(versions.filter(([, version]) => !/^(npm:.+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

const STRICTEST = [
  "strict",
  "exactOptionalPropertyTypes",
  "noUncheckedIndexedAccess",
  "noImplicitReturns",
  "noImplicitOverride",
  "noFallthroughCasesInSwitch",
  "noUnusedLocals",
  "noUnusedParameters",
  "verbatimModuleSyntax",
  "erasableSyntaxOnly",
] as const;

function compilerOptions(path: string): ts.CompilerOptions {
  const file = join(ROOT, path);
  const read = ts.readConfigFile(file, (name) => readFileSync(name, "utf8"));
  return ts.parseJsonConfigFileContent(read.config, ts.sys, dirname(file)).options;
}

it.each(["tsconfig.json", "src/core/tsconfig.json"])(
  "the compiler is as strict as it can be in %s",
  (path) => {
    const options = compilerOptions(path);
    expect(STRICTEST.filter((flag) => options[flag] !== true)).toEqual([]);
  },
);

it("the core is compiled without Node and without a browser", () => {
  const options = compilerOptions("src/core/tsconfig.json");
  expect(options.types).toEqual([]);
  expect(options.lib?.filter((lib) => !/^lib\.es\d+\.d\.ts$/.test(lib))).toEqual([]);
});

it("the tests come after the build, beside the compiler and the linter, and nothing is let pass", () => {
  const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(readJson("package.json"));
  expect(scripts["test"]).toBe("npm run build && node .config/test.mjs");
  expect(scripts["check"]).toContain("tsc -p src/core");
  expect(Object.values(scripts).join(" ")).not.toMatch(/\|\||passWithNoTests/);
});

it.each([
  [0, 0, 0, 0],
  [1, 0, 0, 1],
  [0, 1, 0, 1],
  [0, 0, 1, 1],
])(
  "where the compiler ends with %i, the linter with %i and the tests with %i, npm test ends with %i",
  (compiled, linted, tested, ends) => {
    const folder = mkdtempSync(join(tmpdir(), "tests-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const name of [".config", "node_modules/vitest"]) mkdirSync(join(folder, name), { recursive: true });
    copyFileSync(join(ROOT, ".config/test.mjs"), join(folder, ".config/test.mjs"));
    const scripts = { check: `echo a finding; exit ${compiled}`, lint: `exit ${linted}` };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts }));
    writeFileSync(
      join(folder, "node_modules/vitest/vitest.mjs"),
      `console.log(process.argv.at(-1)); process.exitCode = ${tested};`,
    );
    const ended = spawnSync(process.execPath, [join(folder, ".config/test.mjs"), "--a-word"], {
      encoding: "utf8",
    });
    expect({ status: ended.status, out: ended.stdout }).toEqual({ status: ends, out: "--a-word\n" });
    expect(ended.stderr).toContain("a finding");
  },
);

it("the top level holds the function's definition, the packages, the README and three folders, besides dotfiles", () => {
  const tracked = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" });
  const names = new Set(tracked.split("\n").map((path) => path.split("/")[0] ?? ""));
  expect([...names].filter((name) => name !== "" && !name.startsWith(".")).toSorted()).toEqual([
    "README.md",
    "esbuild.config.mjs",
    "function.json",
    "lambroll",
    "package-lock.json",
    "package.json",
    "src",
    "test",
    "tsconfig.json",
  ]);
});
