/**
 * Mutation run: makes small mistakes in the files that decide who has access, one at a time and in a copy, and lists
 * those that no test notices. `judged.json` holds those that somebody has looked at; any other ends the run with 1.
 * `npm run test:mutation -- [--only=users,apply] [--suite=core] [--tests=<glob>,…] [--json=report.json]`
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import ts from "typescript";
import { z } from "zod";
import { mutate, withGuardedLoops } from "./mutants.ts";
import type { Mutant } from "./mutants.ts";
import type { Order } from "./trial.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Sentences alone (describe, explain, review, query texts) are left out: they change nobody's access. */
const CORE = [
  ...[
    "users",
    "groups",
    "memberships",
    "match",
    "ignored",
    "budget",
    "subjects",
    "room",
    "upheaval",
    "leavers",
    "tally",
    "claims",
    "renames",
    "plan",
    "scope",
    "mark",
    "limit",
  ],
  ...["nesting", "names", "person", "approval", "attributes", "change", "only", "query", "take-over"],
  ...["deletions", "unread", "required", "carried", "carries", "user-name", "group-name", "strangers"],
].map((name) => `src/core/${name}.ts`);
const EDGE = [
  ...[
    "apply",
    "write",
    "write-members",
    "outcome",
    "second-look",
    "doubts",
    "questions",
    "climb",
    "propose",
    "decide",
  ],
  ...["leavers", "looking", "disabling", "propose-leavers", "admission", "day", "asking"],
  ...["carrying", "single-users", "situation", "write-details", "write-patch"],
].map((name) => `src/run/${name}.ts`);

interface Suite {
  readonly name: string;
  readonly tests: readonly string[];
  readonly longestMs: number;
  readonly most: number;
  /** After so long without a word a process hangs. */
  readonly silenceMs: number;
}

const UNIT: Suite = {
  ...{ name: "core", tests: ["test/core/**/*.test.ts"] },
  ...{ longestMs: 1_500, most: 10_000, silenceMs: 60_000 },
};
const WHOLE: Suite = {
  name: "journeys",
  tests: ["test/{run,journeys}/*.test.ts", "test/faults/{returning,drift,overlap,hostile,trust}.test.ts"],
  ...{ longestMs: 10_000, most: 100, silenceMs: 60_000 },
};

interface Result {
  readonly id: number;
  readonly killed: boolean;
  readonly by?: string;
  readonly error?: string;
  readonly reaching?: number;
}

/** The copy, with every mutant of the files in it. */
function prepare(files: readonly string[]): { readonly copy: string; readonly mutants: readonly Mutant[] } {
  const copy = mkdtempSync(join(tmpdir(), "ssosync-mutants-"));
  for (const name of [
    "src",
    "test",
    ".config",
    "lambroll",
    "package.json",
    "tsconfig.json",
    "function.json",
    "README.md",
  ])
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => readFileSync(path, "utf8")).config,
    ts.sys,
    ROOT,
  );
  const program = ts.createProgram(
    files.map((file) => join(ROOT, file)),
    options,
  );
  const mutants: Mutant[] = [];
  for (const file of files) {
    const source = program.getSourceFile(join(ROOT, file));
    if (source === undefined)
      throw new Error(`There is no ${file}; correct the list in test/mutation/run.ts.`);
    const mutated = mutate(source, file, program.getTypeChecker(), mutants.length + 1);
    mutants.push(...mutated.mutants);
    writeFileSync(join(copy, file), mutated.text);
  }
  for (const file of globSync("src/{core,run}/*.ts", { cwd: copy })) {
    if (files.includes(file)) continue;
    const text = readFileSync(join(copy, file), "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    writeFileSync(join(copy, file), withGuardedLoops(source));
  }
  writeFileSync(join(copy, ".config", "mutation.config.ts"), configOf(copy));
  return { copy, mutants };
}

/** One worker, and vitest's own collector in place of vitest for everything but the trial. */
const configOf = (copy: string): string => `
import { defineConfig } from "vitest/config";
const collect = ${JSON.stringify(join(copy, "test/mutation/collect.ts"))};
export default defineConfig({
  plugins: [{
    name: "collect",
    enforce: "pre",
    resolveId: (id, importer = "") =>
      id === "vitest" && importer.includes("/test/") && !importer.includes("/test/mutation/") ? collect : undefined,
  }],
  test: {
    root: ${JSON.stringify(copy)},
    include: ["test/mutation/trial.ts"],
    pool: "threads", maxWorkers: 1, isolate: false, testTimeout: 0,
  },
});
`;

/** Runs one process until it is done, or kills it when it says nothing for a while; gives back every line it wrote. */
async function process_(copy: string, order: Order, silenceMs: number): Promise<readonly Result[]> {
  const at = join(copy, "order.json");
  writeFileSync(at, JSON.stringify(order));
  writeFileSync(order.results, "");
  const vitest = join(copy, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", "--config", ".config/mutation.config.ts"], {
    cwd: copy,
    env: { ...process.env, MUTATION_ORDER: at, SEARCH: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => (said = (said + text).slice(-4000)));
  let size = -1;
  const watch = setInterval(() => {
    const now = readFileSync(order.results).length;
    if (now === size) child.kill("SIGKILL");
    size = now;
  }, silenceMs);
  await new Promise((resolve) => child.on("close", resolve));
  clearInterval(watch);
  const lines = readFileSync(order.results, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const told = lines.map(
    (line) => JSON.parse(line) as Result & { begun?: number; first?: string; failure?: string },
  );
  for (const { first, failure } of told)
    if (failure !== undefined) console.log(`fails without a mutant: ${first}: ${failure}`);
  const results = told.filter(({ killed }) => killed !== undefined);
  const begun = told.findLast(({ begun }) => begun !== undefined)?.begun;
  if (begun === undefined) throw new Error(`No mutant was begun; vitest said: ${said}`);
  // Whoever hangs or ends the process is found as well.
  return results.some(({ id }) => id === begun)
    ? results
    : [...results, { id: begun, killed: true, by: "the process", error: "it hung or ended" }];
}

async function judgeAll(copy: string, mutants: readonly Mutant[], suite: Suite): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  writeFileSync(join(copy, `${suite.name}.mutants.json`), JSON.stringify(mutants));
  const files = globSync([...suite.tests], { cwd: copy })
    .toSorted()
    .map((file) => join(copy, file));
  const order = (some: readonly Mutant[], atLoad: boolean): Order => ({
    files,
    mutants: some.map(({ id }) => id),
    atLoad,
    results: join(copy, `${suite.name}.${results.size}.ndjson`),
    coverage: join(copy, `${suite.name}.coverage.json`),
    longestMs: suite.longestMs,
    most: suite.most,
  });
  const left = (): readonly Mutant[] => mutants.filter(({ id, atLoad }) => !atLoad && !results.has(id));
  while (left().length > 0) {
    for (const result of await process_(copy, order(left(), false), suite.silenceMs))
      results.set(result.id, result);
    console.log(`${suite.name}: ${results.size} of ${mutants.length} judged`);
  }
  for (const mutant of mutants.filter(({ atLoad }) => atLoad))
    for (const result of await process_(copy, order([mutant], true), suite.silenceMs))
      results.set(result.id, result);
  return [...results.values()];
}

interface Judged extends Mutant {
  readonly result: Result;
}

/** By file, function and reason: the mutants there that change nobody's access. */
const Judgements = z.record(z.string(), z.record(z.string(), z.record(z.string(), z.array(z.string()))));

/** Why a survivor changes nobody's access, by the key of the mutant. */
function judgements(): ReadonlyMap<string, string> {
  const known = Judgements.parse(JSON.parse(readFileSync(join(import.meta.dirname, "judged.json"), "utf8")));
  const rows = Object.entries(known).flatMap(([file, functions]) =>
    Object.entries(functions).flatMap(([within, reasons]) =>
      Object.entries(reasons).flatMap(([reason, names]) =>
        names.map((name) => [keyOf({ file, within, name }), reason] as const),
      ),
    ),
  );
  return new Map(rows);
}

const keyOf = ({ file, within, name }: Pick<Mutant, "file" | "within" | "name">): string =>
  `${file} ${within} ${name}`;

function showShares(judged: readonly Judged[]): void {
  for (const [file, some] of Map.groupBy(judged, ({ file }) => file)) {
    const killed = some.filter(({ result }) => result.killed).length;
    const share = ((100 * killed) / some.length).toFixed(1);
    console.log(`${file.padEnd(28)} ${killed} of ${some.length} found (${share} %)`);
  }
}

/** Returns how many survivors nobody has looked at. */
function show(judged: readonly Judged[]): number {
  const known = judgements();
  const survivors = judged.filter(({ result }) => !result.killed);
  const open = survivors.filter((one) => !known.has(keyOf(one)));
  for (const { file, line, within, name, after, result } of open)
    console.log(
      `survived  ${file}:${line}  ${within}  [${result.reaching ?? 0} tests]  ${name}  →  ${after}`,
    );
  const survived = new Set(survivors.map(keyOf));
  const files = new Set(judged.map(({ file }) => file));
  for (const key of known.keys())
    if (files.has(key.split(" ")[0] ?? "") && !survived.has(key))
      console.log(`judged, and survives no longer  ${key}`);
  showShares(judged);
  console.log(
    `${judged.length - survivors.length} of ${judged.length} found; ${survivors.length - open.length} more change nobody's access; ${open.length} to look at`,
  );
  return open.length;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      suite: { type: "string" },
      tests: { type: "string" },
      json: { type: "string" },
      keep: { type: "boolean" },
    },
  });
  const names = values.only?.split(",");
  const wanted = (file: string): boolean =>
    names === undefined || names.some((name) => file.endsWith(`/${name}.ts`));
  const { copy, mutants } = prepare([...CORE, ...EDGE].filter(wanted));
  console.log(`${mutants.length} mutants in ${copy}`);
  const inCore = mutants.filter(({ file }) => CORE.includes(file));
  const results = new Map(
    (inCore.length === 0 ? [] : await judgeAll(copy, inCore, UNIT)).map((one) => [one.id, one]),
  );
  const whole: Suite =
    values.tests === undefined ? WHOLE : { ...WHOLE, tests: values.tests.split(","), most: UNIT.most };
  const survivors = mutants.filter(({ id }) => results.get(id)?.killed !== true);
  if (survivors.length > 0 && values.suite !== "core")
    for (const result of await judgeAll(copy, survivors, whole)) results.set(result.id, result);
  const judged = mutants.flatMap((mutant): Judged[] => {
    const result = results.get(mutant.id);
    return result === undefined ? [] : [{ ...mutant, result }];
  });
  const open = show(judged);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(judged, undefined, 1));
  if (values.keep !== true) rmSync(copy, { recursive: true });
  process.exitCode = open === 0 ? 0 : 1;
}

await main();
