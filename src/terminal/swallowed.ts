import type { Environment } from "../settings/config.ts";

/**
 * The sentence for what npm kept for itself: `npm run plan --html FILE`, without two dashes before the options, reaches
 * the program as `npm_config_html` in the environment, and at best without the option. `undefined` when it kept nothing.
 * (npm 10 and 11; what npm knows and finds odd, such as `--only ada@example.com`, it drops without a trace.)
 */
export function swallowedByNpm(
  words: readonly string[],
  options: readonly string[],
  environment: Environment,
): string | undefined {
  const script = environment["npm_lifecycle_event"];
  if (script === undefined || script !== words[0]) return undefined;
  const kept = options.filter((option) => isKept(option, environment) && !isTyped(option, words));
  if (kept.length === 0) return undefined;
  const typed = `${kept.join(" … ")} …`;
  return `npm kept ${kept.join(" and ")} for itself, so nothing was done: write npx ssosync ${script} ${typed}, or npm run ${script} -- ${typed}`;
}

function isKept(option: string, environment: Environment): boolean {
  const value = environment[`npm_config_${option.slice(2).replaceAll("-", "_")}`] ?? "";
  return value !== "" && value !== "false" && value !== "null";
}

const isTyped = (option: string, words: readonly string[]): boolean =>
  words.some((word) => word === option || word.startsWith(`${option}=`));
