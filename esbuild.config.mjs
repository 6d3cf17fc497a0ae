/**
 * `npm run build`: bundles src/handler.ts and everything it needs into one file, dist/index.mjs, beside its source map
 * and the licences of what is inside. The same sources give the same bytes, dates and modes, so `lambroll diff --code`
 * shows a difference only where something has changed.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { leaveOut } from "./.config/left-out.mjs";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
const DIST = join(ROOT, "dist");
const BUNDLE = join(DIST, "index.mjs");

/** What a cold start may cost. */
const MOST_BYTES = 1_400_000;
/** What of others has to be answered for. */
const MOST_PACKAGES = 45;
const LONGEST_IMPORT_MS = 300;

/** Zip cannot store a time before 1980; noon keeps the year at 1980 in every time zone. */
const BUILT_AT = new Date("1980-01-01T12:00:00Z");

/** For terminals only. The log loads pino-pretty lazily, and never in Lambda. */
const EXTERNAL = ["pino-pretty", "ora"];

/** What must not be in the bundle: tests, the terminal's side, and all but one of Google's APIs. */
const FORBIDDEN = [
  /^test\//,
  /^src\/(?:cli|terminal)/,
  /node_modules\/(?:pino-pretty|ora|commander|typescript|vitest)\//,
  /node_modules\/googleapis\/build\/src\/(?:index|googleapis)\.js$/,
  /node_modules\/googleapis\/build\/src\/apis\/(?!admin\/)/,
];

const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ["src/handler.ts"],
  outfile: BUNDLE,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  minify: true,
  // Errors are recognised by their names, in the log and in the answer of an invocation.
  keepNames: true,
  // Without `module` the SDK is bundled in its CommonJS form, which is half as large again.
  mainFields: ["module", "main"],
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "none",
  metafile: true,
  external: EXTERNAL,
  // undici's own switch, which Node's own build uses too: it leaves out the second parser, an experiment.
  define: { esbuildDetection: "true" },
  plugins: [leaveOut],
  // CommonJS packages in an ES module still call require() for Node's own modules.
  banner: {
    js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
  },
  logLevel: "warning",
});

refuseInputs(metafile);
const packages = packagesOf(metafile);
writeFileSync(join(DIST, "LICENSES.txt"), licences(packages));
tidy();
report(metafile.outputs["dist/index.mjs"].bytes, importTimes());

function refuseInputs({ inputs }) {
  const found = Object.keys(inputs).filter((path) => FORBIDDEN.some((pattern) => pattern.test(path)));
  if (found.length > 0) {
    throw new Error(`The bundle contains ${found.join(", ")}: find out what imports it, and import less.`);
  }
}

/** The folders of the packages in the bundle, by name. */
function packagesOf({ inputs }) {
  const folders = Object.keys(inputs).flatMap(
    (path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? [],
  );
  return [...new Set(folders.toSorted())];
}

/** The project's own licence and that of every package in the bundle. */
function licences(packages) {
  return [".", ...packages].map(licence).join(`\n${"-".repeat(80)}\n\n`);
}

function licence(packageFolder) {
  const folder = join(ROOT, packageFolder);
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const text = packageFolder === "." ? ownLicence() : packageLicence(folder);
  return `${name} ${version} (${license})\n${text === "" ? "" : `\n${text.trim()}\n`}`;
}

function packageLicence(folder) {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return file === undefined ? "" : readFileSync(join(folder, file), "utf8");
}

/** The README's last section: the MIT licence asks that its text goes with every copy. */
function ownLicence() {
  const [, text] = readFileSync(join(ROOT, "README.md"), "utf8").split(/^## Licence$/m);
  if (text === undefined) throw new Error("The README has no section Licence to put into dist/LICENSES.txt.");
  return text;
}

/** Removes what earlier builds left, and gives every file one date and mode, because both go into the zip. */
function tidy() {
  const made = ["index.mjs", "index.mjs.map", "LICENSES.txt"];
  for (const entry of readdirSync(DIST)) {
    if (!made.includes(entry)) rmSync(join(DIST, entry), { recursive: true });
  }
  for (const file of made) {
    chmodSync(join(DIST, file), 0o644);
    utimesSync(join(DIST, file), BUILT_AT, BUILT_AT);
  }
}

/** The median of five times, which is reported, and the best of them. A busy machine gets two more chances. */
function importTimes() {
  const times = [];
  do times.push(...Array.from({ length: 5 }, importMs));
  while (times.length < 15 && Math.min(...times) > LONGEST_IMPORT_MS);
  return { usual: times.toSorted((a, b) => a - b)[times.length >> 1], best: Math.min(...times) };
}

/**
 * Milliseconds of processor time to load the bundle in a process of its own, as a cold start does. On an idle machine
 * that is about the elapsed time; on a busy one it hardly grows.
 */
function importMs() {
  // --eval gives its code names that no module has; a bundle that relied on them would work nowhere else.
  const code = `for (const name of ["module", "exports", "require", "__filename", "__dirname"]) delete globalThis[name];
    const before = process.cpuUsage();
    const { handler } = await import(${JSON.stringify(pathToFileURL(BUNDLE).href)});
    if (typeof handler !== "function") throw new Error("the bundle exports no handler");
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1000);`;
  const options = ["--enable-source-maps", "--input-type=module", "--eval", code];
  return Number(execFileSync(process.execPath, options, { encoding: "utf8" }));
}

function report(bytes, { usual, best }) {
  const size = `${Math.round(bytes / 1000)} kB (at most ${MOST_BYTES / 1000})`;
  const time = `${Math.round(usual)} ms of processor time (at most ${LONGEST_IMPORT_MS} at its best)`;
  const others = `${packages.length} packages of others (at most ${MOST_PACKAGES})`;
  console.log(`dist/index.mjs: ${size} with ${others}, imported in ${time}`);
  if (packages.length > MOST_PACKAGES) {
    throw new Error(
      "A new package is in the bundle: dist/LICENSES.txt lists them. Import less, or raise MOST_PACKAGES.",
    );
  }
  // Of a slow machine the time says nothing about the bundle, and a build must not fail there.
  const isSlow = best > LONGEST_IMPORT_MS && process.env.CI !== undefined;
  if (bytes > MOST_BYTES || isSlow)
    throw new Error("The bundle makes a cold start too slow: esbuild's --analyze shows what grew.");
}
