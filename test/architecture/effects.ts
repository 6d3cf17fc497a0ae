/** What may be done where. */
import ts from "typescript";
import { inEach, isGlobal, isProgram, places, textOf, type Law, type Rule } from "./source.ts";

const only = (path: RegExp, what: string, wanted: (node: ts.Node) => boolean): Rule =>
  inEach((source) =>
    isProgram(source) && !path.test(source.path)
      ? places(source, (node) => (wanted(node) ? what : undefined))
      : [],
  );

const WAYS_IN = /^src\/(?:handler|cli)\.ts$/;

const environment = only(
  WAYS_IN,
  "reads the environment of the process",
  (node) =>
    (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) &&
    /^(?:globalThis\.)?process(?:\.env|\["env"\])$/.test(node.getText()),
);

const environmentByImport = only(
  WAYS_IN,
  "imports the process",
  (node) => ts.isImportDeclaration(node) && /^(?:node:)?process$/.test(textOf(node.moduleSpecifier)),
);

const consoles = only(/^src\/cli\.ts$/, "writes to the console", (node) => isGlobal(node, /^console$/));

const clients = only(
  /^src\/world\.ts$/,
  "makes a client",
  (node) => ts.isNewExpression(node) && /(?<!OAuth2)Client$/.test(node.expression.getText()),
);

const connections = only(
  /^src\/traffic\/network\.ts$/,
  "makes connections of its own",
  (node) =>
    (ts.isNewExpression(node) && /(?:Agent|Pool|HttpHandler)$/.test(node.expression.getText())) ||
    isGlobal(node, /^fetch$/),
);

const tokens = only(
  /^src\/google\/(?:auth|federation)\.ts$/,
  "makes a client that gets tokens",
  (node) =>
    ts.isNewExpression(node) && /(?:^|\.)(?:JWT|GoogleAuth|OAuth2Client)$/.test(node.expression.getText()),
);

const OUTSIDE =
  /^(?:performance|process|crypto|globalThis|setTimeout|setInterval|setImmediate|fetch|console)$/;

const timeless: Rule = inEach((source) => {
  if (!source.path.startsWith("src/core/")) return [];
  return places(source, (node) => {
    if (ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length) {
      return "asks for the time";
    }
    if (ts.isPropertyAccessExpression(node) && /^(?:Date\.now|Math\.random)$/.test(node.getText())) {
      return `uses ${node.getText()}`;
    }
    return isGlobal(node, OUTSIDE) ? `uses ${node.getText()}` : undefined;
  });
});

const MOCK = /\b(?:vi|vitest)\.(?:mock|doMock|hoisted)\b/;

const mocks: Rule = inEach((source) => {
  if (!MOCK.test(source.text)) return [];
  return places(source, (node) =>
    ts.isCallExpression(node) && MOCK.test(node.expression.getText())
      ? "mocks a module; edges are tested through the socket"
      : undefined,
  );
});

export const effectLaws: readonly Law[] = [
  {
    truth: "the process's environment is read by the two ways in alone",
    rule: (sources) => [...environment(sources), ...environmentByImport(sources)],
    broken: [
      { "src/settings/config.ts": "const region = process.env.AWS_REGION;" },
      { "src/settings/config.ts": 'const region = process["env"];' },
      { "src/settings/config.ts": 'import { env } from "node:process";' },
    ],
  },
  {
    truth: "only the CLI writes to the console",
    rule: consoles,
    broken: [{ "src/run/run.ts": 'console.log("done");' }, { "src/run/run.ts": "const say = console;" }],
  },
  {
    truth:
      "clients are made in world.ts, Google's credentials in auth.ts and federation.ts, and connections in network.ts",
    rule: (sources) => [...clients(sources), ...tokens(sources), ...connections(sources)],
    broken: [
      { "src/aws/secrets.ts": "const ssm = new SSMClient({});" },
      { "src/world.ts": "const agent = new Agent();" },
      { "src/google/auth.ts": "const answer = await fetch(url);" },
      { "src/google/directory.ts": "const auth = new JWT({});" },
      { "src/world.ts": "const auth = new gal.JWT({});" },
      { "src/google/directory.ts": "const auth = new OAuth2Client({});" },
    ],
  },
  {
    truth: "the core knows no clock, no chance and no process",
    rule: timeless,
    broken: [
      { "src/core/plan.ts": "const today = new Date();" },
      { "src/core/plan.ts": "const now = Date.now();" },
      { "src/core/plan.ts": "const at = performance.now();" },
      { "src/core/plan.ts": "const id = Math.random();" },
      { "src/core/plan.ts": "const id = crypto.randomUUID();" },
    ],
  },
  {
    truth: "no module of ours is mocked",
    rule: mocks,
    broken: [{ "test/sync.test.ts": 'vi.mock("../src/world.ts");' }],
  },
];
