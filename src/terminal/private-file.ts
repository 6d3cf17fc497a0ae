import { constants } from "node:fs";
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { getSystemErrorMap } from "node:util";

import { UsageError } from "./session.ts";

const { O_CREAT, O_NOFOLLOW = 0, O_RDWR, O_TRUNC } = constants;

/** A file that names people: only its owner may read it, and a link in its place is not followed. */
const FOR_ITS_OWNER = 0o600;

/**
 * Makes sure that a file can be written, before anything is read; what is there stays as it is until then. `option` is
 * what named it: `--html`. Throws a UsageError.
 */
export async function checkFile(path: string, option: string): Promise<void> {
  try {
    const isNew = await createdAnew(path);
    if (isNew) await rm(path);
    else await (await open(path, O_RDWR | O_NOFOLLOW)).close();
  } catch (error) {
    throw unwritable(path, option, "nothing was read", error);
  }
}

/** False when something of this name is there already. */
async function createdAnew(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx", FOR_ITS_OWNER)).close();
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Writes a file for its owner alone, over the one of the same name if there is one. Throws a UsageError. */
export async function writeFor(path: string, option: string, text: string): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, FOR_ITS_OWNER);
    await file.chmod(FOR_ITS_OWNER);
    await file.writeFile(text);
  } catch (error) {
    throw unwritable(path, option, "the plan itself was made, and nothing was changed", error);
  } finally {
    await file?.close();
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "unknown";

function unwritable(path: string, option: string, sofar: string, cause: unknown): UsageError {
  const errno = cause instanceof Error && "errno" in cause ? Number(cause.errno) : Number.NaN;
  const [, words = codeOf(cause)] = getSystemErrorMap().get(errno) ?? [];
  const why = codeOf(cause) === "ELOOP" ? "it is a link" : words;
  const todo = `Give ${option} the name of a file that can be written`;
  return new UsageError(`${path} cannot be written: ${why}; ${sofar}. ${todo}.`, { cause });
}
