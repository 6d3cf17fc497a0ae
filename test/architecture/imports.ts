/** Who may import whom. */
import { importsOf, inEach, isProgram, type Law, type Rule } from "./source.ts";

/**
 * The first row that fits a file says what it may import; a row without an entry for a target forbids it. The rows of
 * `src` go from the bottom upwards: none names a folder that has its row further down.
 */
const DIRECTIONS: readonly (readonly [of: RegExp, may: RegExp, because: string])[] = [
  [/^src\/core\//, /^src\/core\//, "the core sees nothing but itself"],
  [
    /^src\/traffic\//,
    /^(?:src\/traffic\/|node:|undici$)/,
    "how fast and until when is the same for every client",
  ],
  [
    /^src\/settings\//,
    /^(?:src\/(?:core|settings)\/|node:|zod$)/,
    "settings are read before anything else is known",
  ],
  [
    /^src\/log\//,
    /^(?:src\/(?:core|settings|log)\/|node:|pino(?:-pretty)?$|zod$)/,
    "the log knows what it is told, and no vendor",
  ],
  [
    /^src\/google\//,
    /^(?:src\/core\/|src\/google\/|src\/traffic\/|node:|google-auth-library$|googleapis\/build\/src\/apis\/admin\/|zod$)/,
    "the Google side knows the core, the traffic rules, and Google's own packages",
  ],
  [
    /^src\/aws\//,
    /^(?:src\/core\/|src\/aws\/|src\/traffic\/|src\/settings\/config\.ts$|node:|@aws-sdk\/|@smithy\/signature-v4$|p-retry$|zod$)/,
    "the AWS side knows the core, the traffic rules, what a secret is, and AWS's own packages",
  ],
  [
    /^src\/world\.ts$/,
    /^(?!test\/|src\/(?!core\/|settings\/|traffic\/|log\/|google\/|aws\/)|commander$|ora$)/,
    "the clients are made of both sides, and know nothing of a run",
  ],
  [/^src\/request\.ts$/, /^(?:src\/(?:core|settings)\/|node:|zod$)/, "a request is only text"],
  [
    /^src\/run\/run\.ts$/,
    /^(?!test\/|src\/(?:handler|cli)\.ts$|src\/terminal\/|commander$|ora$)/,
    "the one dispatch knows every action, and neither way in",
  ],
  [
    /^src\/run\//,
    /^(?!test\/|src\/(?:handler|cli)\.ts$|src\/(?:terminal|doctor)\/|src\/run\/run\.ts$|commander$|ora$)/,
    "a run knows nothing of the doctor, of the dispatch or of the ways in",
  ],
  [
    /^src\/doctor\//,
    /^(?!test\/|src\/(?:handler|cli)\.ts$|src\/terminal\/|src\/run\/run\.ts$|commander$|ora$)/,
    "the doctor knows nothing of the dispatch or of the ways in",
  ],
  [/^src\/terminal\//, /^(?!test\/|src\/(?:handler|cli)\.ts$)/, "the terminal is known to the CLI alone"],
  [/^src\/cli\.ts$/, /^(?!test\/|src\/handler\.ts$)/, "a terminal is not Lambda"],
  [/^src\//, /^(?!test\/|src\/cli\.ts$|src\/terminal\/|commander$|ora$)/, "Lambda is no terminal"],
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

const direction: Rule = inEach((source) => {
  const row = DIRECTIONS.find(([of]) => of.test(source.path));
  if (row === undefined) return [];
  const [, may, because] = row;
  return importsOf(source)
    .filter(({ target }) => !may.test(target))
    .map(({ target, line }) => `${source.path}:${line} imports ${target}: ${because}`);
});

/** A package that only its own corner of the program may use. */
const CORNERS: readonly (readonly [packages: RegExp, corner: RegExp])[] = [
  [/^(?:googleapis|google-auth-library|gaxios)(?:\/|$)/, /^src\/google\//],
  [/^@(?:aws-sdk|smithy)\//, /^src\/(?:aws\/|world\.ts$)/],
  [/^undici(?:\/|$)/, /^src\/traffic\/network\.ts$/],
  [/^pino(?:-pretty)?$/, /^src\/log\/log\.ts$/],
  [/^(?:commander|ora)$/, /^src\/(?:cli\.ts$|terminal)/],
  [/^src\/world\.ts$/, /^src\/(?:run\/run\.ts$|doctor\/)/],
];

const corner: Rule = inEach((source) => {
  if (!isProgram(source)) return [];
  return importsOf(source).flatMap(({ target, typeOnly, line }) =>
    CORNERS.filter(([packages, where]) => packages.test(target) && !where.test(source.path) && !typeOnly).map(
      ([, where]) => `${source.path}:${line} imports ${target}, which is for ${where.source} alone`,
    ),
  );
});

/** Files of the program that lead back to themselves, by whatever kind of import. */
const circle: Rule = (sources) => {
  const program = sources.filter(isProgram);
  const next = new Map(program.map((source) => [source.path, importsOf(source).map(({ target }) => target)]));
  const reach = (from: string, seen: Set<string>): Set<string> => {
    for (const target of next.get(from) ?? []) if (!seen.has(target)) reach(target, seen.add(target));
    return seen;
  };
  const reached = new Map([...next.keys()].map((path) => [path, reach(path, new Set())]));
  const isBoth = (one: string, other: string): boolean =>
    reached.get(one)?.has(other) === true && reached.get(other)?.has(one) === true;
  const inCircle = [...reached.keys()].filter((path) => isBoth(path, path)).toSorted();
  const circles = inCircle.map((path) => inCircle.filter((other) => isBoth(path, other)).join(" "));
  return [...new Set(circles)].map((paths) => `a circle of imports: ${paths}`);
};

export const importLaws: readonly Law[] = [
  {
    truth: "imports point as drawn",
    rule: direction,
    broken: [
      { "src/core/plan.ts": 'import { z } from "zod";' },
      { "src/core/plan.ts": 'import type { Config } from "../settings/config.ts";' },
      { "src/core/plan.ts": 'export { pace } from "../traffic/pace.ts";' },
      { "src/core/plan.ts": 'type Path = import("node:path").ParsedPath;' },
      { "src/google/directory.ts": 'import { scim } from "../aws/scim.ts";' },
      { "src/google/auth.ts": 'import { google } from "googleapis";' },
      { "src/aws/scim.ts": 'import { readDirectory } from "../google/directory.ts";' },
      { "src/aws/scim.ts": 'import { sync } from "../run/propose.ts";' },
      { "src/run/propose.ts": 'import { handler } from "../handler.ts";' },
      { "src/run/propose.ts": 'import { doctor } from "../doctor/doctor.ts";' },
      { "src/run/propose.ts": 'import type { Result } from "./run.ts";' },
      { "src/run/run.ts": 'import { planText } from "../terminal/as-text.ts";' },
      { "src/doctor/company.ts": 'import type { Result } from "../run/run.ts";' },
      { "src/world.ts": 'import type { Proposal } from "./run/proposal.ts";' },
      { "src/request.ts": 'import type { World } from "./world.ts";' },
      { "src/traffic/pace.ts": 'import { plan } from "../core/plan.ts";' },
      { "src/settings/table.ts": 'import { scim } from "../aws/scim.ts";' },
      { "src/log/log.ts": 'const { show } = await import("../terminal/show.ts");' },
      { "src/log/log.ts": 'import type { Summary } from "../run/summary.ts";' },
      { "src/cli.ts": 'import { startEmulator } from "../test/emulator/emulator.ts";' },
      { "src/handler.ts": 'import "../test/emulator/emulator.ts";' },
      { "src/handler.ts": 'import { show } from "./terminal/show.ts";' },
      { "test/emulator/scim.ts": 'import { sourceId } from "../../src/core/model.ts";' },
      { "test/emulator/scim.ts": 'import { Group } from "scimmy";' },
      { "test/emulator/scim.test.ts": 'import { scim } from "../../src/aws/scim.ts";' },
    ],
  },
  {
    truth:
      "a vendor's package, a logger, a terminal's package and the world are used in their own corner alone",
    rule: corner,
    broken: [
      { "src/run/propose.ts": 'import { admin } from "googleapis/build/src/apis/admin/index.js";' },
      { "src/run/run.ts": 'import { SSMClient } from "@aws-sdk/client-ssm";' },
      { "src/run/propose.ts": 'import { pino } from "pino";' },
      { "src/run/propose.ts": 'import { openWorld } from "../world.ts";' },
      { "src/log/log.ts": 'const ora = await import("ora");' },
    ],
  },
  {
    truth: "no file of the program leads back to itself, not even for a type",
    rule: circle,
    broken: [
      {
        "src/core/plan.ts": 'import { users } from "./users.ts";',
        "src/core/users.ts": 'import type { Plan } from "./plan.ts";',
      },
      {
        "src/run/write.ts": 'export { walk } from "./apply.ts";',
        "src/run/apply.ts": 'import { a } from "./summary.ts";',
        "src/run/summary.ts": 'type Write = import("./write.ts").Write;',
      },
    ],
  },
];
