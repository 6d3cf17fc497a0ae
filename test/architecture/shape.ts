/** How files, functions and names look. */
import ts from "typescript";
import { importsOf, inEach, isProgram, nodesOf, places, type Law, type Rule, type Source } from "./source.ts";

const classes: Rule = inEach((source) => {
  if (!isProgram(source)) return [];
  return places(source, (node) => {
    if (!ts.isClassDeclaration(node) && !ts.isClassExpression(node)) return undefined;
    const parents = node.heritageClauses?.map((clause) => clause.getText()).join(" ") ?? "";
    return /^extends \w*Error\b/.test(parents) ? undefined : "is a class and no error";
  });
});

const LONGEST_FUNCTION = 60;

/** Blank lines and comments do not count. */
const length: Rule = inEach((source) => {
  if (!/^(?:src|test\/emulator)\//.test(source.path) || source.path.endsWith(".test.ts")) return [];
  return places(source, (node) => {
    if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return undefined;
    const lines = node
      .getText()
      .split("\n")
      .filter((line) => !/^\s*(?:$|\/\/|\/?\*)/.test(line)).length;
    return lines > LONGEST_FUNCTION ? `is a function of ${lines} lines` : undefined;
  });
});

const EMPTY_WORDS = /^(?:utils?|helpers?|managers?|services?|data|infos?|common|misc|shared|lib)$/;

const emptyNames: Rule = inEach(({ path }) => {
  const words = path.replace(/(?:\.test)?\.ts$/, "").split(/[/.-]/);
  const empty = words.find((word) => EMPTY_WORDS.test(word));
  return empty === undefined ? [] : [`${path} says nothing: "${empty}" fits every file`];
});

// ---------------------------------------------------------------- the tree

const FOLDERS =
  /^src\/(?:(?:aws|core|doctor|google|log|run|settings|terminal|traffic)\/|core\/explain\/)?[^/]+$/;

const folders: Rule = (sources) =>
  sources
    .filter((source) => isProgram(source) && !FOLDERS.test(source.path))
    .map(({ path }) => `${path} lies in a folder that is not drawn`);

const MOST_AT_THE_TOP = 6;

const top: Rule = (sources) => {
  const paths = sources.map(({ path }) => path).filter((path) => /^src\/[^/]+$/.test(path));
  return paths.length > MOST_AT_THE_TOP ? [`directly in src: ${paths.join(" ")}`] : [];
};

// ---------------------------------------------------------------- names and their users

/** The names of a file's own functions, those within functions left out. */
function functionsOf(source: Source): readonly string[] {
  return nodesOf(source).flatMap((node) => {
    if (ts.findAncestor(node.parent, ts.isFunctionLike) !== undefined) return [];
    if (ts.isFunctionDeclaration(node)) return node.name?.text ?? [];
    const isFunction =
      ts.isVariableDeclaration(node) &&
      node.initializer !== undefined &&
      (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer));
    return isFunction && ts.isIdentifier(node.name) ? [node.name.text] : [];
  });
}

const sameName: Rule = (sources) => {
  const owners = sources
    .filter(isProgram)
    .flatMap((source) => [...new Set(functionsOf(source))].map((name) => ({ name, path: source.path })));
  return [...Map.groupBy(owners, ({ name }) => name)]
    .filter(([, files]) => files.length > 1)
    .map(([name, files]) => `${name}: ${files.map(({ path }) => path).join(" ")}`)
    .toSorted();
};

function exportsOf(source: Source): readonly string[] {
  return nodesOf(source).flatMap((node) => {
    if (ts.isExportSpecifier(node)) return [node.name.text];
    const isExported = ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(isExportKeyword) === true;
    if (!isExported) return [];
    if (ts.isVariableStatement(node))
      return node.declarationList.declarations.map(({ name }) => name.getText());
    const named = node as ts.DeclarationStatement;
    return [named.name?.text ?? "default"];
  });
}

const isExportKeyword = ({ kind }: ts.Node): boolean => kind === ts.SyntaxKind.ExportKeyword;

const WAYS_IN = /^src\/(?:handler|cli)\.ts$/;

const unused: Rule = (sources) => {
  const program = sources.filter(isProgram);
  const taken = new Set(
    program.flatMap((source) =>
      importsOf(source).flatMap(({ target, names }) =>
        (names === "everything" ? ["*"] : names).map((name) => `${target} ${name}`),
      ),
    ),
  );
  return program
    .filter(({ path }) => !WAYS_IN.test(path))
    .flatMap((source) =>
      exportsOf(source)
        .filter((name) => !taken.has(`${source.path} ${name}`) && !taken.has(`${source.path} *`))
        .map((name) => `${source.path} exports ${name}, which no other file of the program uses`),
    );
};

export const shapeLaws: readonly Law[] = [
  {
    truth: "a class is an error",
    rule: classes,
    broken: [{ "src/run/apply.ts": "export class Walker {}" }],
  },
  {
    truth: `no function of the program or the emulator is longer than ${LONGEST_FUNCTION} lines`,
    rule: length,
    broken: [{ "src/run/apply.ts": `const walk = () => {${"\nstep();".repeat(LONGEST_FUNCTION)}\n};` }],
  },
  {
    truth: "a file's name says what is in it",
    rule: emptyNames,
    broken: [{ "src/aws/utils.ts": "" }, { "src/user-service.ts": "" }, { "test/helpers/users.ts": "" }],
  },
  {
    truth: "the program's folders are those that are drawn",
    rule: folders,
    broken: [{ "src/views/page.ts": "" }, { "src/aws/scim/users.ts": "" }, { "src/core/plan/users.ts": "" }],
  },
  {
    truth: `at most ${MOST_AT_THE_TOP} files lie directly in src`,
    rule: top,
    broken: [Object.fromEntries(["a", "b", "c", "d", "e", "f", "g"].map((name) => [`src/${name}.ts`, ""]))],
  },
  {
    truth: "a function's name says which function it is, in whatever file",
    rule: sameName,
    ceiling: 25,
    broken: [
      {
        "src/core/users.ts": "export function told() {}",
        "src/core/groups.ts": "const told = () => 1;",
      },
      {
        "src/core/users.ts": "const some = async function () {};",
        "src/aws/scim.ts": "export const some = () => 1;\nfunction f() { const other = () => some; }",
        "src/google/rows.ts": "function g() { const other = () => 1; }",
      },
    ],
  },
  {
    truth: "whatever a file of the program exports is used by another one",
    rule: unused,
    broken: [
      {
        "src/core/plan.ts": "export const plan = 1;",
        "test/core/plan.test.ts": 'import { plan } from "../../src/core/plan.ts";',
      },
      { "src/core/plan.ts": "export interface Plan {}" },
      { "src/core/plan.ts": "const plan = 1;\nexport { plan };" },
      {
        "src/core/plan.ts": "export const plan = 1, steps = 2;",
        "src/run/propose.ts": 'import { plan as make } from "../core/plan.ts";',
      },
    ],
  },
];
