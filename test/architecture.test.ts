/** The picture in the README, enforced: who may import whom, and what may be done where. */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "..");

interface Source {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
}
/** What is wrong with one file, a sentence for each place. */
type Rule = (source: Source) => readonly string[];

const sources: readonly Source[] = globSync("{src,test}/**/*.ts", { cwd: ROOT })
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));

// ---------------------------------------------------------------- looking into a file

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

function parse({ path, text }: Source): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

const looked = new WeakMap<Source, readonly ts.Node[]>();

function nodesOf(source: Source): readonly ts.Node[] {
  const known = looked.get(source);
  if (known !== undefined) return known;
  const found: ts.Node[] = [];
  looked.set(source, found);
  const visit = (node: ts.Node): void => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(parse(source));
  return found;
}

const lineOf = (node: ts.Node): number =>
  node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;

/** Every place that `wanted` finds, told as `path:line`, and what it is. */
function places(source: Source, wanted: (node: ts.Node) => string | undefined): readonly string[] {
  return nodesOf(source).flatMap((node) => {
    const what = wanted(node);
    return what === undefined ? [] : [`${source.path}:${lineOf(node)} ${what}`];
  });
}

/** Static and dynamic imports and re-exports; relative ones as paths from the project's root. */
function importsOf(source: Source): readonly Import[] {
  return nodesOf(source).flatMap((node) => {
    const name = moduleName(node);
    if (name === undefined) return [];
    const target = name.startsWith(".") ? join(dirname(source.path), name) : name;
    return [{ target, typeOnly: isTypeOnly(node), line: lineOf(node) }];
  });
}

function moduleName(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return textOf(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal);
  const isCall = ts.isCallExpression(node) && /^(?:import|require)$/.test(node.expression.getText());
  return isCall ? textOf(node.arguments[0]) : undefined;
}

const textOf = (node: ts.Node | undefined): string =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : "(a name that is worked out)";

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  if (!ts.isImportDeclaration(node)) return false;
  const clause = node.importClause;
  if (clause === undefined) return false;
  const named = clause.namedBindings;
  const each = named !== undefined && ts.isNamedImports(named) ? named.elements : undefined;
  const allTypes = clause.name === undefined && each?.every((element) => element.isTypeOnly) === true;
  return clause.phaseModifier === ts.SyntaxKind.TypeKeyword || allTypes;
}

/** A name that stands for itself: no property, no key, no declaration of its own. */
const isGlobal = (node: ts.Node, name: RegExp): boolean =>
  ts.isIdentifier(node) &&
  name.test(node.text) &&
  !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) &&
  !ts.isPropertyAssignment(node.parent) &&
  !ts.isPropertySignature(node.parent) &&
  !ts.isTypeReferenceNode(node.parent);

// ---------------------------------------------------------------- who may import whom

/** The first row that fits a file says what it may import; a row without an entry for a target forbids it. */
const DIRECTIONS: readonly (readonly [of: RegExp, may: RegExp, because: string])[] = [
  [/^src\/core\//, /^src\/core\//, "the core sees nothing but itself"],
  [/^src\/traffic\//, /^(?:src\/traffic\/|node:)/, "how fast and until when is the same for every client"],
  [
    /^src\/settings\//,
    /^(?:src\/(?:core|settings|log)\/|node:|zod$)/,
    "settings are read before anything else is known",
  ],
  [
    /^src\/google\//,
    /^(?:src\/core\/|src\/google\/|src\/traffic\/|node:|google-auth-library$|googleapis\/build\/src\/apis\/admin\/|zod$)/,
    "the Google side knows the core, the traffic rules, and Google's own packages",
  ],
  [
    /^src\/aws\//,
    /^(?:src\/core\/|src\/aws\/|src\/traffic\/|src\/settings\/config\.ts$|node:|@aws-sdk\/|undici$|p-retry$|zod$)/,
    "the AWS side knows the core, the traffic rules, what a secret is, and AWS's own packages",
  ],
  [/^src\/(?:cli\.ts$|terminal)/, /^(?!test\/|src\/handler\.ts$)/, "a terminal is not Lambda"],
  [
    /^src\//,
    /^(?!test\/|src\/(?:handler|cli)\.ts$|src\/terminal|commander$|ora$)/,
    "the ways in are known to nobody, and the terminal only to the CLI",
  ],
  [
    /^test\/emulator\/.*\.test\.ts$/,
    /^(?!src\/)/,
    "a belief of the client must not make itself true in the emulator",
  ],
  [
    /^test\/emulator\//,
    /^(?:test\/emulator\/|node:|vitest$|zod$)/,
    "a belief of the client, or of a vendor's package, must not make itself true in the emulator",
  ],
];

const direction: Rule = (source) => {
  const row = DIRECTIONS.find(([of]) => of.test(source.path));
  if (row === undefined) return [];
  const [, may, because] = row;
  return importsOf(source)
    .filter(({ target }) => !may.test(target))
    .map(({ target, line }) => `${source.path}:${line} imports ${target}: ${because}`);
};

/** A package that only its own corner of the program may use. */
const CORNERS: readonly (readonly [packages: RegExp, corner: RegExp])[] = [
  [/^(?:googleapis|google-auth-library|gaxios)(?:\/|$)/, /^src\/google\//],
  [/^@(?:aws-sdk|smithy)\//, /^src\/(?:aws\/|world\.ts$)/],
  [/^undici(?:\/|$)/, /^src\/(?:aws\/|world\.ts$)/],
  [/^pino(?:-pretty)?$/, /^src\/log\/log\.ts$/],
  [/^(?:commander|ora)$/, /^src\/(?:cli\.ts$|terminal)/],
  [/^src\/world\.ts$/, /^src\/(?:run\/run\.ts$|doctor\/)/],
];

const corner: Rule = (source) =>
  importsOf(source).flatMap(({ target, typeOnly, line }) =>
    CORNERS.filter(([packages, where]) => {
      const inside = !source.path.startsWith("src/") || where.test(source.path);
      return packages.test(target) && !inside && !typeOnly;
    }).map(([, where]) => `${source.path}:${line} imports ${target}, which is for ${where.source} alone`),
  );

// ---------------------------------------------------------------- what may be done where

const only = (path: RegExp, what: string, wanted: (node: ts.Node) => boolean): Rule => {
  return (source) =>
    source.path.startsWith("src/") && !path.test(source.path)
      ? places(source, (node) => (wanted(node) ? what : undefined))
      : [];
};

const environment = only(
  /^src\/(?:handler|cli)\.ts$/,
  "reads the environment of the process",
  (node) =>
    (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) &&
    /^(?:globalThis\.)?process(?:\.env|\["env"\])$/.test(node.getText()),
);

const environmentByImport = only(
  /^src\/(?:handler|cli)\.ts$/,
  "imports the process",
  (node) => ts.isImportDeclaration(node) && /^(?:node:)?process$/.test(textOf(node.moduleSpecifier)),
);

const consoles = only(/^src\/cli\.ts$/, "writes to the console", (node) => isGlobal(node, /^console$/));

const clients = only(
  /^src\/world\.ts$/,
  "makes a client",
  (node) => ts.isNewExpression(node) && /(?:Client|^Agent|^Pool)$/.test(node.expression.getText()),
);

const tokens = only(
  /^src\/google\/auth\.ts$/,
  "makes a client that gets tokens",
  (node) =>
    ts.isNewExpression(node) && /(?:^|\.)(?:JWT|GoogleAuth|OAuth2Client)$/.test(node.expression.getText()),
);

const functionOfTime: Rule = (source) => {
  if (!source.path.startsWith("src/core/")) return [];
  return places(source, (node) => {
    if (ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length) {
      return "asks for the time";
    }
    if (ts.isPropertyAccessExpression(node) && /^(?:Date\.now|Math\.random)$/.test(node.getText())) {
      return `uses ${node.getText()}`;
    }
    const name =
      /^(?:performance|process|crypto|globalThis|setTimeout|setInterval|setImmediate|fetch|console)$/;
    return isGlobal(node, name) ? `uses ${node.getText()}` : undefined;
  });
};

const classes: Rule = (source) => {
  if (!source.path.startsWith("src/")) return [];
  return places(source, (node) => {
    if (!ts.isClassDeclaration(node) && !ts.isClassExpression(node)) return undefined;
    const parents = node.heritageClauses?.map((clause) => clause.getText()).join(" ") ?? "";
    return /^extends \w*Error\b/.test(parents) ? undefined : "is a class and no error";
  });
};

const LONGEST_FUNCTION = 60;

/** Blank lines and comments do not count. */
const length: Rule = (source) => {
  if (!/^(?:src|test\/emulator)\//.test(source.path) || source.path.endsWith(".test.ts")) return [];
  return places(source, (node) => {
    if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return undefined;
    const lines = node
      .getText()
      .split("\n")
      .filter((line) => !/^\s*(?:$|\/\/|\/?\*)/.test(line)).length;
    return lines > LONGEST_FUNCTION ? `is a function of ${lines} lines` : undefined;
  });
};

const EMPTY_WORDS = /^(?:utils?|helpers?|managers?|services?|data|infos?|common|misc|shared|lib)$/;

const names: Rule = ({ path }) => {
  const words = path.replace(/(?:\.test)?\.ts$/, "").split(/[/.-]/);
  const empty = words.find((word) => EMPTY_WORDS.test(word));
  return empty === undefined ? [] : [`${path} says nothing: "${empty}" fits every file`];
};

const mocks: Rule = (source) =>
  places(source, (node) =>
    ts.isCallExpression(node) && /^(?:vi|vitest)\.(?:mock|doMock|hoisted)$/.test(node.expression.getText())
      ? "mocks a module; edges are tested through the socket"
      : undefined,
  );

interface Law {
  readonly truth: string;
  readonly rule: Rule;
  /** Files that break it, so that a rule which finds nothing is known to look. */
  readonly broken: readonly (readonly [path: string, text: string])[];
}

const laws: readonly Law[] = [
  {
    truth: "imports point as drawn",
    rule: direction,
    broken: [
      ["src/core/plan.ts", 'import { z } from "zod";'],
      ["src/core/plan.ts", 'import type { Config } from "../settings/config.ts";'],
      ["src/core/plan.ts", 'export { pace } from "../traffic/pace.ts";'],
      ["src/core/plan.ts", 'type Path = import("node:path").ParsedPath;'],
      ["src/google/directory.ts", 'import { scim } from "../aws/scim.ts";'],
      ["src/google/auth.ts", 'import { google } from "googleapis";'],
      ["src/aws/scim.ts", 'import { readDirectory } from "../google/directory.ts";'],
      ["src/aws/scim.ts", 'import { sync } from "../run/propose.ts";'],
      ["src/run/propose.ts", 'import { handler } from "../handler.ts";'],
      ["src/traffic/pace.ts", 'import { plan } from "../core/plan.ts";'],
      ["src/settings/table.ts", 'import { scim } from "../aws/scim.ts";'],
      ["src/log/log.ts", 'const { show } = await import("../terminal/show.ts");'],
      ["src/cli.ts", 'import { startEmulator } from "../test/emulator/emulator.ts";'],
      ["src/handler.ts", 'import "../test/emulator/emulator.ts";'],
      ["test/emulator/scim.ts", 'import { sourceId } from "../../src/core/model.ts";'],
      ["test/emulator/scim.ts", 'import { Group } from "scimmy";'],
      ["test/emulator/scim.test.ts", 'import { scim } from "../../src/aws/scim.ts";'],
    ],
  },
  {
    truth:
      "a vendor's package, a logger, a terminal's package and the world are used in their own corner alone",
    rule: corner,
    broken: [
      ["src/run/propose.ts", 'import { admin } from "googleapis/build/src/apis/admin/index.js";'],
      ["src/run/run.ts", 'import { SSMClient } from "@aws-sdk/client-ssm";'],
      ["src/run/propose.ts", 'import { pino } from "pino";'],
      ["src/run/propose.ts", 'import { openWorld } from "../world.ts";'],
      ["src/log/log.ts", 'const ora = await import("ora");'],
    ],
  },
  {
    truth: "the process's environment is read by the two ways in alone",
    rule: (source) => [...environment(source), ...environmentByImport(source)],
    broken: [
      ["src/settings/config.ts", "const region = process.env.AWS_REGION;"],
      ["src/settings/config.ts", 'const region = process["env"];'],
      ["src/settings/config.ts", 'import { env } from "node:process";'],
    ],
  },
  {
    truth: "only the CLI writes to the console",
    rule: consoles,
    broken: [
      ["src/run/run.ts", 'console.log("done");'],
      ["src/run/run.ts", "const say = console;"],
    ],
  },
  {
    truth: "clients are made in world.ts, and Google's credentials in auth.ts",
    rule: (source) => [...clients(source), ...tokens(source)],
    broken: [
      ["src/aws/secrets.ts", "const ssm = new SSMClient({});"],
      ["src/aws/scim.ts", "const agent = new Agent();"],
      ["src/google/directory.ts", "const auth = new JWT({});"],
      ["src/world.ts", "const auth = new gal.JWT({});"],
    ],
  },
  {
    truth: "the core knows no clock, no chance and no process",
    rule: functionOfTime,
    broken: [
      ["src/core/plan.ts", "const today = new Date();"],
      ["src/core/plan.ts", "const now = Date.now();"],
      ["src/core/plan.ts", "const at = performance.now();"],
      ["src/core/plan.ts", "const id = Math.random();"],
      ["src/core/plan.ts", "const id = crypto.randomUUID();"],
    ],
  },
  {
    truth: "a class is an error",
    rule: classes,
    broken: [["src/run/apply.ts", "export class Walker {}"]],
  },
  {
    truth: `no function of the program or the emulator is longer than ${LONGEST_FUNCTION} lines`,
    rule: length,
    broken: [["src/run/apply.ts", `const walk = () => {${"\nstep();".repeat(LONGEST_FUNCTION)}\n};`]],
  },
  {
    truth: "a file's name says what is in it",
    rule: names,
    broken: [
      ["src/aws/utils.ts", ""],
      ["src/user-service.ts", ""],
      ["test/helpers/users.ts", ""],
    ],
  },
  {
    truth: "no module of ours is mocked",
    rule: mocks,
    broken: [["test/sync.test.ts", 'vi.mock("../src/world.ts");']],
  },
];

describe.each(laws)("$truth", ({ rule, broken }) => {
  it("in every file there is", () => {
    expect(sources.flatMap((source) => rule(source))).toEqual([]);
  });

  it.each(broken)("and %s with %s would be found", (path, text) => {
    expect(rule({ path, text })).toHaveLength(1);
  });
});

it("the project's files are found at all", () => {
  const paths = sources.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(["src/core/plan.ts", "src/handler.ts", "test/emulator/scim.ts"]),
  );
  expect(relative(ROOT, import.meta.filename)).toBe("test/architecture.test.ts");
});

it("no file of the program is loaded by way of itself", () => {
  const graph = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source)
        .filter(({ target, typeOnly }) => target.startsWith("src/") && !typeOnly)
        .map(({ target }) => target),
    ]),
  );
  const reach = (from: string, seen: Set<string>): Set<string> => {
    for (const next of graph.get(from) ?? []) {
      if (!seen.has(next)) reach(next, seen.add(next));
    }
    return seen;
  };
  expect([...graph.keys()].filter((path) => reach(path, new Set()).has(path))).toEqual([]);
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
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
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

it("the tests come after the compiler, the linter and the build, and nothing is let pass", () => {
  const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(readJson("package.json"));
  for (const step of ["npm run check", "npm run lint", "npm run build", "vitest run"]) {
    expect(
      scripts["test"]?.split(" && ").some((part) => part.startsWith(step)),
      step,
    ).toBe(true);
  }
  expect(scripts["check"]).toContain("tsc -p src/core");
  expect(Object.values(scripts).join(" ")).not.toMatch(/\|\||passWithNoTests/);
});

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
