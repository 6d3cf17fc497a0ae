/** The Terraform modules as HashiCorp's own parser reads them. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@cdktn/hcl2json";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const MAIN = "lambroll/terraform";

/** The body of a block: arguments by name; a nested block is a list of bodies. */
export type Body = Readonly<Record<string, unknown>>;

export interface Block {
  readonly kind: "resource" | "data";
  readonly type: string;
  readonly name: string;
  readonly body: Body;
}

/** One folder of files is one module. */
export interface Module {
  readonly folder: string;
  readonly blocks: readonly Block[];
  readonly variables: Readonly<Record<string, Body>>;
  readonly locals: Body;
  readonly outputs: Readonly<Record<string, Body>>;
  /** The modules that it calls. */
  readonly calls: Readonly<Record<string, Body>>;
}

export const files = globSync(`${MAIN}/**/*.tf`, { cwd: ROOT }).toSorted();
export const folders = [...new Set(files.map((file) => dirname(file)))];
export const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

export const isBody = (value: unknown): value is Body =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export async function readModule(folder: string): Promise<Module> {
  const inside = files.filter((file) => dirname(file) === folder);
  const parsed = await Promise.all(inside.map(async (file) => (await parse(file, read(file))) as Body));
  const all = (key: string): readonly Body[] => parsed.map((file) => file[key]).filter(isBody);
  return {
    folder,
    blocks: (["resource", "data"] as const).flatMap((kind) => all(kind).flatMap((one) => blocks(kind, one))),
    variables: named(all("variable")),
    locals: Object.assign({}, ...parsed.flatMap((file) => (file["locals"] ?? []) as Body[])) as Body,
    outputs: named(all("output")),
    calls: named(all("module")),
  };
}

function blocks(kind: Block["kind"], byType: Body): readonly Block[] {
  return Object.entries(byType).flatMap(([type, byName]) =>
    Object.entries(named([byName as Body])).map(([name, body]) => ({ kind, type, name, body })),
  );
}

/** The parser gives each labelled block as a list of one. */
const named = (parts: readonly Body[]): Readonly<Record<string, Body>> =>
  Object.fromEntries(
    parts
      .flatMap(Object.entries)
      .map(([name, list]: [string, unknown]) => [name, (list as readonly Body[])[0] ?? {}]),
  );

/** Every text in a parsed piece, keys of objects left out. */
export function texts(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  return isBody(value) ? Object.values(value).flatMap(texts) : [];
}

/** The one block of this address, such as `aws_iam_role.function` or `data.aws_iam_policy_document.key`. */
export function block(module: Module, address: string): Body {
  const found = module.blocks.find((one) => addressOf(one) === address);
  if (found === undefined) throw new Error(`${module.folder} has no ${address}`);
  return found.body;
}

export const addressOf = ({ kind, type, name }: Block): string =>
  `${kind === "data" ? "data." : ""}${type}.${name}`;

export interface Statement {
  readonly sid?: string;
  readonly effect?: string;
  /** Empty where there are `not_actions`. */
  readonly actions: readonly string[];
  readonly not_actions?: readonly string[];
  readonly resources?: readonly string[] | string;
  readonly not_resources?: readonly string[] | string;
  readonly condition?: readonly Condition[];
}

export interface Condition {
  readonly test: string;
  readonly variable: string;
  readonly values: readonly string[] | string;
}

/** The statements of a policy document, those that depend on a variable among them. */
export function statements(module: Module, name: string): readonly Statement[] {
  const body = block(module, `data.aws_iam_policy_document.${name}`);
  const dynamic = isBody(body["dynamic"]) ? body["dynamic"]["statement"] : [];
  const more = (dynamic as Body[]).flatMap((one) => one["content"] as Statement[]);
  return [...((body["statement"] ?? []) as Statement[]), ...more].map((one) => ({
    ...one,
    actions: one.actions ?? [],
  }));
}
