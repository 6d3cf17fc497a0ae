/** Every small mistake that somebody could make in a file, and the file with all of them in it, each behind a switch. */
import ts from "typescript";

export interface Mutant {
  readonly id: number;
  readonly file: string;
  readonly line: number;
  /** The function or constant of the file in which it is made. */
  readonly within: string;
  /** What kind of mistake, for example `condition true`. */
  readonly what: string;
  /** What is mistaken, in words that no other mistake in the same function has. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** Evaluated while the file is loaded: it has to be switched on before. */
  readonly atLoad: boolean;
}

export interface Mutated {
  readonly text: string;
  readonly mutants: readonly Mutant[];
}

/** How a mistake is written into the text: in place of the expression, or by leaving a part out. */
type Way = "instead" | "no element" | "no spread" | "no statement";

interface Mistake {
  readonly what: string;
  readonly way: Way;
  readonly after: string;
}

const instead = (what: string, after: string): Mistake => ({ what, way: "instead", after });

/** The switch asks by number whether it is on; the loops ask whether they have gone on for too long. */
const SWITCH =
  "const { on: __on, loop: __loop } = globalThis.__mutation ?? { on: () => false, loop: () => {} };\n";

export function mutate(source: ts.SourceFile, file: string, checker: ts.TypeChecker, first: number): Mutated {
  const mutants: Mutant[] = [];
  const times = new Map<string, number>();
  const nameFor = (within: string, text: string): string => {
    const count = (times.get(`${within} ${text}`) ?? 0) + 1;
    times.set(`${within} ${text}`, count);
    return count === 1 ? text : `${text} (${count})`;
  };
  const number = (node: ts.Node, { what, after }: Mistake): number => {
    const id = first + mutants.length;
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    const within = ownerOf(node);
    mutants.push({
      ...{ id, file, line, within, what },
      name: nameFor(within, `${what}: ${inContext(node)}`),
      before: onOneLine(node.getText()),
      after: onOneLine(after),
      atLoad: isAtLoad(node),
    });
    return id;
  };
  const render = (node: ts.Node): string => {
    const mistakes = isText(node) ? [] : mistakesIn(node, checker);
    const numbered = mistakes.map((mistake) => ({ ...mistake, id: number(node, mistake) }));
    const inner = guarded(node, withChildren(node, render));
    return numbered.reduceRight((text, mistake) => written(mistake, text), inner);
  };
  return { text: SWITCH + withChildren(source, render), mutants };
}

/** A file without mistakes whose loops end: those of another file may make it go on for ever. */
export function withGuardedLoops(source: ts.SourceFile): string {
  const render = (node: ts.Node): string => guarded(node, withChildren(node, render));
  return SWITCH + withChildren(source, render);
}

const onOneLine = (code: string): string => code.replaceAll(/\s+/g, " ");

/** The name of what stands directly in the file around a place: it outlives most edits. */
function ownerOf(node: ts.Node): string {
  const named = ts.findAncestor(
    node,
    (at): at is ts.FunctionDeclaration | ts.ClassDeclaration | ts.VariableDeclaration =>
      ts.isFunctionDeclaration(at) || ts.isClassDeclaration(at) || ts.isVariableDeclaration(at),
  );
  if (named === undefined) return "";
  return ownerOf(named.parent) || (named.name?.getText() ?? "");
}

const LONGEST_NAME = 100;

/** The code itself; a single word with what stands around it. */
function inContext(node: ts.Node): string {
  const short = (code: string): string => onOneLine(code).slice(0, LONGEST_NAME);
  const isWord = node.getChildCount() === 0 || ts.isContinueStatement(node) || ts.isBreakStatement(node);
  return isWord ? `${short(node.getText())} in ${short(node.parent.getText())}` : short(node.getText());
}

function withChildren(node: ts.Node, render: (child: ts.Node) => string): string {
  const text = node.getSourceFile().text;
  let at = node.getStart();
  let result = "";
  ts.forEachChild(node, (child) => {
    result += text.slice(at, child.getStart()) + render(child);
    at = child.end;
  });
  return result + text.slice(at, node.end);
}

function written({ way, after, id }: Mistake & { readonly id: number }, text: string): string {
  switch (way) {
    case "instead":
      return `(__on(${id}) ? (${after}) : (${text}))`;
    case "no element":
      return text.startsWith("...")
        ? `...(__on(${id}) ? [] : (${text.slice(3)}))`
        : `...(__on(${id}) ? [] : [${text}])`;
    case "no spread":
      return `...(__on(${id}) ? {} : (${text.slice(3)}))`;
    case "no statement":
      return `{ if (!__on(${id})) { ${text} } }`;
  }
}

const guarded = (node: ts.Node, text: string): string =>
  ts.isStatement(node) && ts.isIterationStatement(node.parent, false) && node.parent.statement === node
    ? `{ __loop(); ${text} }`
    : text;

function isAtLoad(node: ts.Node): boolean {
  return ts.findAncestor(node, (at) => ts.isFunctionLike(at)) === undefined;
}

// ---------------------------------------------------------------- what is only read by people

const FOR_PEOPLE =
  /^(?:sentences?|detail|reason|subject|why|who|whose|thing|earlier|label|within|skips|line)$/;
/** Functions that only say why something does not happen, or what waits. */
const TELLING =
  /^(?:blockedSkips|keptUsers|keptGroups|notGone|waits|origin|label|unusable|inTheWay|rivalry|outSkips|strangers|stillBecause|limitText|unresolved|skip)$/;

function isText(node: ts.Node): boolean {
  return (
    ts.findAncestor(node, (at) => {
      if (ts.isTypeNode(at) || ts.isImportDeclaration(at)) return true;
      if (ts.isPropertyAssignment(at) || ts.isVariableDeclaration(at))
        return FOR_PEOPLE.test(at.name.getText());
      if (ts.isFunctionDeclaration(at)) return TELLING.test(at.name?.text ?? "");
      if (ts.isExpressionStatement(at) && at.getText().startsWith("skips.push(")) return true;
      return ts.isNewExpression(at) && /Error$/.test(at.expression.getText());
    }) !== undefined
  );
}

// ---------------------------------------------------------------- mistakes

function mistakesIn(node: ts.Node, checker: ts.TypeChecker): readonly Mistake[] {
  if (ts.isSpreadAssignment(node)) return [{ what: "spread left out", way: "no spread", after: "" }];
  if (isRemovable(node)) return [{ what: "statement left out", way: "no statement", after: "" }];
  if (isElement(node)) {
    const parts = ts.isSpreadElement(node) ? [] : inExpression(node, checker);
    return [{ what: "element left out", way: "no element", after: "" }, ...parts];
  }
  return isExpression(node) ? inExpression(node, checker) : [];
}

const isElement = (node: ts.Node): node is ts.Expression =>
  ts.isArrayLiteralExpression(node.parent) && !isAssigned(node.parent) && !ts.isOmittedExpression(node);

/** `[at] = list`: an array literal that is written to. */
const isAssigned = (node: ts.Node): boolean =>
  ts.isBinaryExpression(node.parent) &&
  node.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
  node.parent.left === node;

const isRemovable = (node: ts.Node): boolean =>
  ts.isExpressionStatement(node) ||
  ts.isContinueStatement(node) ||
  ts.isBreakStatement(node) ||
  ts.isThrowStatement(node);

function isExpression(node: ts.Node): node is ts.Expression {
  const { parent } = node;
  if (!ts.isExpression(node) || ts.isSpreadElement(node) || ts.isOmittedExpression(node)) return false;
  if (ts.isPropertyAccessExpression(parent) || ts.isExpressionWithTypeArguments(node)) return false;
  if ((ts.isPropertyAssignment(parent) || ts.isBindingElement(parent)) && parent.name === node) return false;
  return !isAssigned(node) && !ts.isArrayLiteralExpression(parent);
}

function inExpression(node: ts.Expression, checker: ts.TypeChecker): readonly Mistake[] {
  const mistakes = [
    ...asCondition(node),
    ...asOperation(node),
    ...asCall(node),
    ...asLiteral(node, checker),
    ...asResult(node, checker),
  ];
  const text = node.getText();
  return mistakes.filter(
    ({ after }, at) => after !== text && mistakes.findIndex((one) => one.after === after) === at,
  );
}

const BOTH = [instead("condition true", "true"), instead("condition false", "false")] as const;

function asCondition(node: ts.Expression): readonly Mistake[] {
  const { parent } = node;
  if ((ts.isIfStatement(parent) || ts.isWhileStatement(parent)) && parent.expression === node) return BOTH;
  if (ts.isForStatement(parent) && parent.condition === node) return BOTH;
  if (ts.isConditionalExpression(parent) && parent.condition === node) return BOTH;
  if (ts.isCaseClause(parent) && parent.expression === node) return [instead("case never met", "Symbol()")];
  if (!ts.isBinaryExpression(parent)) return [];
  const { kind } = parent.operatorToken;
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return [instead("half of && left out", "true")];
  return kind === ts.SyntaxKind.BarBarToken ? [instead("half of || left out", "false")] : [];
}

const OTHER: Readonly<Record<string, readonly string[]>> = {
  "===": ["!=="],
  "!==": ["==="],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "&&": ["||"],
  "||": ["&&"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
};

function asOperation(node: ts.Expression): readonly Mistake[] {
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [instead("! left out", node.operand.getText())];
  if (!ts.isBinaryExpression(node)) return [];
  const [left, operator, right] = [node.left, node.operatorToken, node.right].map((part) => part.getText());
  if (operator === "??" || operator === "??=")
    return [instead("left of ?? alone", `${left}`), instead("right of ?? alone", `${right}`)];
  return (OTHER[operator ?? ""] ?? []).map((other) =>
    instead(`${operator} as ${other}`, `(${left}) ${other} (${right})`),
  );
}

const PREDICATES = new Set(["filter", "some", "every", "find"]);
const SWAPPED: Readonly<Record<string, string>> = {
  some: "every",
  every: "some",
  max: "min",
  min: "max",
  floor: "ceil",
  ceil: "floor",
  isSupersetOf: "isSubsetOf",
};
/** Calls whose result may be the object itself. */
const LEFT_OUT = new Set([
  "slice",
  "toSorted",
  "difference",
  "filter",
  "trim",
  "trimEnd",
  "normalize",
  "toLowerCase",
  "flat",
]);

function asCall(node: ts.Expression): readonly Mistake[] {
  const { parent } = node;
  if (ts.isCallExpression(parent) && parent.arguments[0] === node && PREDICATES.has(nameOf(parent)))
    return [instead("predicate true", "() => true"), instead("predicate false", "() => false")];
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
  const name = nameOf(node);
  const object = node.expression.expression.getText();
  const rest = node.arguments.map((one) => one.getText()).join(", ");
  const swapped = SWAPPED[name];
  return [
    ...(swapped === undefined ? [] : [instead(`${name} as ${swapped}`, `${object}.${swapped}(${rest})`)]),
    ...(LEFT_OUT.has(name) && name !== "filter" ? [instead(`${name} left out`, object)] : []),
  ];
}

const nameOf = ({ expression }: ts.CallExpression): string =>
  ts.isPropertyAccessExpression(expression) ? expression.name.text : "";

function asLiteral(node: ts.Expression, checker: ts.TypeChecker): readonly Mistake[] {
  const text = node.getText();
  if (ts.isNumericLiteral(node))
    return [instead("one more", `${text} + 1`), instead("one less", `${text} - 1`)];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [instead("other boolean", "false")];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [instead("other boolean", "true")];
  if (!ts.isStringLiteral(node)) return [];
  const wanted = checker.getContextualType(node);
  const members = wanted?.isUnion() === true ? wanted.types.filter((type) => type.isStringLiteral()) : [];
  const values = members.map((type) => type.value);
  const at = values.indexOf(node.text);
  const other = at < 0 ? undefined : values[(at + 1) % values.length];
  return other === undefined ? [] : [instead("another of its kind", JSON.stringify(other))];
}

/** What a function gives back: nothing at all, or the opposite. */
function asResult(node: ts.Expression, checker: ts.TypeChecker): readonly Mistake[] {
  const { parent } = node;
  const given = (ts.isReturnStatement(parent) || ts.isArrowFunction(parent)) && isGiven(parent, node);
  if (!given || (node.kind === ts.SyntaxKind.Identifier && node.getText() === "undefined")) return [];
  const type = checker.getTypeAtLocation(node);
  const wanted = checker.getContextualType(node) ?? type;
  const name = type.symbol?.name ?? "";
  if (type.flags & ts.TypeFlags.BooleanLike || isBooleanUnion(type))
    return BOTH.map(({ after }) => instead(`result ${after}`, after));
  if (/^(?:Readonly)?Array$/.test(name) || checker.isTupleType(type)) return [instead("result empty", "[]")];
  if (/^(?:Readonly)?Set$/.test(name)) return [instead("result empty", "new Set()")];
  if (/^(?:Readonly)?Map$/.test(name)) return [instead("result empty", "new Map()")];
  if (allowsUndefined(wanted)) return [instead("result undefined", "undefined")];
  return type.flags & ts.TypeFlags.StringLike && !ts.isStringLiteral(node)
    ? [instead("result empty", '""')]
    : [];
}

const isGiven = (parent: ts.ReturnStatement | ts.ArrowFunction, node: ts.Expression): boolean =>
  ts.isReturnStatement(parent) ? parent.expression === node : parent.body === node;

const isBooleanUnion = (type: ts.Type): boolean =>
  type.isUnion() && type.types.every((one) => (one.flags & ts.TypeFlags.BooleanLike) !== 0);

const allowsUndefined = (type: ts.Type): boolean =>
  type.isUnion() && type.types.some((one) => (one.flags & ts.TypeFlags.Undefined) !== 0);
