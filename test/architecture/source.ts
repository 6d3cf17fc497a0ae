/** The project's files as text, and ways to look into them. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

export const ROOT = join(import.meta.dirname, "../..");

export interface Source {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** What is wrong, a sentence for each place. */
export type Rule = (sources: readonly Source[]) => readonly string[];

export interface Law {
  readonly truth: string;
  readonly rule: Rule;
  /** How many places may break it still. */
  readonly ceiling?: number;
  /** Trees that break it once, each as path and text, so that a rule which finds nothing is known to look. */
  readonly broken: readonly Readonly<Record<string, string>>[];
}

/** A rule that can be told from one file alone. */
export const inEach = (rule: (source: Source) => readonly string[]): Rule => {
  return (sources) => sources.flatMap((source) => rule(source));
};

export const isProgram = ({ path }: Source): boolean => path.startsWith("src/");

export const sources: readonly Source[] = globSync("{src,test}/**/*.ts", { cwd: ROOT })
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));

const looked = new WeakMap<Source, readonly ts.Node[]>();

/** Every node of a file, parents before children. */
export function nodesOf(source: Source): readonly ts.Node[] {
  const known = looked.get(source);
  if (known !== undefined) return known;
  const found: ts.Node[] = [];
  looked.set(source, found);
  const visit = (node: ts.Node): void => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true));
  return found;
}

const lineOf = (node: ts.Node): number =>
  node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;

/** Every place that `wanted` finds, told as `path:line`, and what it is. */
export function places(source: Source, wanted: (node: ts.Node) => string | undefined): readonly string[] {
  return nodesOf(source).flatMap((node) => {
    const what = wanted(node);
    return what === undefined ? [] : [`${source.path}:${lineOf(node)} ${what}`];
  });
}

export interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
  readonly line: number;
  /** What is taken from there; `"everything"` where it is not said. */
  readonly names: readonly string[] | "everything";
}

const known = new WeakMap<Source, readonly Import[]>();

/** Static and dynamic imports and re-exports; relative ones as paths from the project's root. */
export function importsOf(source: Source): readonly Import[] {
  const before = known.get(source);
  if (before !== undefined) return before;
  const found = nodesOf(source).flatMap((node): readonly Import[] => {
    const name = moduleName(node);
    if (name === undefined) return [];
    const target = name.startsWith(".") ? join(dirname(source.path), name) : name;
    return [{ target, typeOnly: isTypeOnly(node), line: lineOf(node), names: namesTaken(node) }];
  });
  known.set(source, found);
  return found;
}

function moduleName(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return textOf(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal);
  const isCall = ts.isCallExpression(node) && /^(?:import|require)$/.test(node.expression.getText());
  return isCall ? textOf(node.arguments[0]) : undefined;
}

export const textOf = (node: ts.Node | undefined): string =>
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

function namesTaken(node: ts.Node): Import["names"] {
  const named = ts.isImportDeclaration(node)
    ? node.importClause?.namedBindings
    : ts.isExportDeclaration(node)
      ? node.exportClause
      : undefined;
  if (named === undefined || ts.isNamespaceImport(named) || ts.isNamespaceExport(named)) return "everything";
  return named.elements.map(({ propertyName, name }) => (propertyName ?? name).text);
}

/** A name that stands for itself: no property, no key, no declaration of its own. */
export const isGlobal = (node: ts.Node, name: RegExp): boolean =>
  ts.isIdentifier(node) &&
  name.test(node.text) &&
  !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) &&
  !ts.isPropertyAssignment(node.parent) &&
  !ts.isPropertySignature(node.parent) &&
  !ts.isTypeReferenceNode(node.parent);
