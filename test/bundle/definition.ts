/** function.json as lambroll makes it: its templates filled in with what the deployer's machine has set. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export const ROOT = join(import.meta.dirname, "..", "..");

export const Definition = z.looseObject({
  FunctionName: z.string(),
  Role: z.string(),
  Runtime: z.string(),
  Architectures: z.tuple([z.string()]),
  Handler: z.string(),
  Timeout: z.number(),
  MemorySize: z.number(),
  LoggingConfig: z.object({
    LogFormat: z.string(),
    ApplicationLogLevel: z.string(),
    SystemLogLevel: z.string(),
    LogGroup: z.string(),
  }),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});
export type Definition = z.output<typeof Definition>;
type Variables = Readonly<Record<string, string>>;

/** What no deploy goes without. */
export const NEEDED = {
  FUNCTION_ROLE_ARN: "arn:aws:iam::111122223333:role/ssosync",
  SSOSYNC_GROUP_MATCH: "*",
};

/** The definition on a machine where `variables` are set, besides what is needed. */
export function definition(variables: Variables = {}): Definition {
  const text = readFileSync(join(ROOT, "function.json"), "utf8");
  return Definition.parse(JSON.parse(rendered(text, { ...NEEDED, ...variables })));
}

/** Where the handler is: the file in `dist`, and what it exports. */
export function handlerOf({ Handler }: Definition): { readonly file: string; readonly name: string } {
  const [module = "", name = ""] = Handler.split(".");
  return { file: join(ROOT, "dist", `${module}.mjs`), name };
}

/** The few of lambroll's template functions that are used here; anything else is an error. */
export function rendered(text: string, variables: Variables): string {
  return text.replace(/\{\{(.*?)\}\}/gs, (_, action: string) => {
    const [call = "", ...filters] = action.split("|").map((part) => part.trim());
    return filters.reduce((value, filter) => filtered(value, filter), called(call, variables));
  });
}

function called(call: string, variables: Variables): string {
  const [name = "", ...rest] = call.split(/\s+(?=`)/);
  const words = rest.map((word) => {
    const inside = /^`([^`]*)`$/.exec(word)?.[1];
    if (inside === undefined) throw new Error(`the template holds ${word}, which this stub cannot read`);
    return inside;
  });
  if (name === "env") return env(words, variables);
  if (name === "must_env") return mustEnv(words, variables);
  throw new Error(`function "${name}" not defined`);
}

/** The first that is set and not empty; the last word is also the answer when nothing is (go-config's `env`). */
function env(words: readonly string[], variables: Variables): string {
  const set = words.map((word) => variables[word] ?? "").find((value) => value !== "");
  return set ?? words.at(-1) ?? "";
}

function mustEnv([name = ""]: readonly string[], variables: Variables): string {
  const value = variables[name];
  if (value === undefined) throw new Error(`environment variable ${name} is not defined`);
  return value;
}

function filtered(value: string, filter: string): string {
  if (filter === "json_escape") return JSON.stringify(value).slice(1, -1);
  throw new Error(`function "${filter}" not defined`);
}
