import { open, readFile, rm, writeFile } from "node:fs/promises";
import { getSystemErrorMap } from "node:util";

import { planPage } from "./as-html.ts";
import type { PlanDocument } from "./plan-document.ts";
import { UsageError } from "./session.ts";

/**
 * Makes sure that the page can be written, before anything is read; a file that is there stays as it is until then.
 * Throws a UsageError.
 */
export async function checkPageFile(path: string): Promise<void> {
  try {
    const isNew = await createdAnew(path);
    if (isNew) await rm(path);
    else await (await open(path, "r+")).close();
  } catch (error) {
    throw unwritable(path, "nothing was read", error);
  }
}

/** False when something of this name is there already. */
async function createdAnew(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx")).close();
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Writes the page, over the file of the same name if there is one. Throws a UsageError. */
export async function writePage(path: string, plan: PlanDocument): Promise<void> {
  const [css, script] = await Promise.all([beside("page.css"), beside("page.js")]);
  const page = planPage(plan, { css, script });
  try {
    await writeFile(path, page);
  } catch (error) {
    throw unwritable(path, "the plan itself was createdAnew, and nothing was changed", error);
  }
}

const beside = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), "utf8");

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "unknown";

function unwritable(path: string, sofar: string, cause: unknown): UsageError {
  const errno = cause instanceof Error && "errno" in cause ? Number(cause.errno) : Number.NaN;
  const [, why = codeOf(cause)] = getSystemErrorMap().get(errno) ?? [];
  const todo = "Give --html the name of a file that can be written";
  return new UsageError(`The page cannot be written to ${path}: ${why}; ${sofar}. ${todo}.`, { cause });
}
