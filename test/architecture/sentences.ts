/** What is written for people is not read by the program, and what has kinds is told apart whole. */
import ts from "typescript";
import { inEach, isProgram, places, type Law, type Rule } from "./source.ts";

/** What a sentence for people is called, and a list of them. */
const SENTENCE = /^(?:reason|message|sentence|why|todo|title|what)$/;
const SENTENCES = /^(?:reason|message|sentence|todo|title)s$/;
/** How a text is cut, compared or searched. */
const READING =
  /^(?:endsWith|startsWith|includes|split|indexOf|lastIndexOf|match|matchAll|search|slice|substring|replace|replaceAll|localeCompare)$/;
/** Calls that leave a sentence a sentence. */
const SAME_TEXT = /^(?:toLowerCase|toUpperCase|trim|trimStart|trimEnd|normalize|toString)$/;

/** The name by which a text goes: `finding.title` is a title, and so is `title.trim()`. */
function nameOf(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (ts.isNonNullExpression(node) || ts.isParenthesizedExpression(node)) return nameOf(node.expression);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return nameOf(node.left);
  const called = ts.isCallExpression(node) ? node.expression : undefined;
  const isSame =
    called !== undefined && ts.isPropertyAccessExpression(called) && SAME_TEXT.test(called.name.text);
  return isSame ? nameOf(called.expression) : "";
}

const isSentence = (node: ts.Expression | undefined): boolean =>
  node !== undefined && SENTENCE.test(nameOf(node));

/** `sentence.split(":")`, `known.includes(reason)`, `/List/.test(title)`. */
function reads(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { name, expression } = node.expression;
  if (/^(?:test|exec)$/.test(name.text)) return isSentence(node.arguments[0]);
  if (/^(?:includes|indexOf)$/.test(name.text) && SENTENCES.test(nameOf(expression))) return true;
  return READING.test(name.text) && (isSentence(expression) || isSentence(node.arguments[0]));
}

const EQUALS = new Set<ts.SyntaxKind>([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);
/** Whether there is one at all may be asked, and a word without a blank is a code and no sentence. */
const NO_SENTENCE = /^(?:undefined|null|"[^ "]*")$/;

/** `one.sentence === other.sentence`. */
function compares(node: ts.Node): boolean {
  if (!ts.isBinaryExpression(node) || !EQUALS.has(node.operatorToken.kind)) return false;
  const sides = [node.left, node.right];
  return sides.some(isSentence) && !sides.some((side) => NO_SENTENCE.test(side.getText()));
}

/** Where answers of Google and AWS are understood: the words are theirs, and often all there is to go by. */
const VENDORS_WORDS =
  /^src\/(?:google\/(?:cases?|failure|refusals)|aws\/(?:identity-store|sdk|secrets|tally-errors))\.ts$/;

const sentences: Rule = inEach((source) =>
  isProgram(source) && !VENDORS_WORDS.test(source.path)
    ? places(source, (node) =>
        reads(node) || compares(node)
          ? `reads a sentence: ${node.getText().replaceAll(/\s+/g, " ").slice(0, 80)}`
          : undefined,
      )
    : [],
);

/** A `default:` swallows the next kind without a word from the compiler, unless it says that nothing is left. */
const openDefaults: Rule = inEach((source) => {
  if (!isProgram(source)) return [];
  return places(source, (node) => {
    if (!ts.isDefaultClause(node)) return undefined;
    const { expression } = node.parent.parent;
    const isOfKinds = /^(?:kind|code|action)$/.test(nameOf(expression));
    return isOfKinds && !/\bsatisfies never\b/.test(node.getText())
      ? `has a default for ${expression.getText()}`
      : undefined;
  });
});

export const sentenceLaws: readonly Law[] = [
  {
    truth: "nothing cuts, compares or searches a sentence for people",
    rule: sentences,
    broken: [
      { "src/core/plan.ts": 'const kept = skips.filter(({ reason }) => reason.endsWith("more"));' },
      { "src/doctor/aws.ts": 'const list = finding.title?.trim().includes("List");' },
      { "src/doctor/finding.ts": 'const [why] = error.message.split(";");' },
      { "src/doctor/finding.ts": "const at = /[:;]/.test(error.message);" },
      { "src/core/explain/held.ts": "const told = sentences.includes(sentence);" },
      { "src/core/explain/held.ts": "const isTold = told.sentences.includes(text);" },
      { "src/core/explain/ties.ts": "const found = held.find((one) => one.why === other.why);" },
      { "src/terminal/text.ts": 'const isQuiet = summary.message === "Nothing to do.";' },
    ],
  },
  {
    truth: "whatever has kinds, codes or actions is told apart whole",
    rule: openDefaults,
    broken: [
      { "src/core/only.ts": 'switch (change.kind) { case "user.create": break; default: return []; }' },
      { "src/core/words.ts": 'switch (code) { case "ignored": return ""; default: throw new Error(code); }' },
    ],
  },
];
