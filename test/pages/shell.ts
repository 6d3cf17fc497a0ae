/** Pastes what a page shows into a shell, in which all programs are stand-ins. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { pasted, ROOT } from "./pages.ts";

export type Shell = "bash" | "zsh";

/** As a person's terminal starts them, but without anybody's own settings. */
const START = { bash: ["--norc", "--noprofile", "-i"], zsh: ["-f", "-i"] } as const;

/**
 * What stands in for the world outside. `npm run deploy` still checks `sync.env` with the real script; what the other
 * scripts and `npx ssosync` do is tested in `test/cli`.
 */
const OUTSIDE = ["aws", "gcloud", "kubectl", "lambroll", "npm", "npx", "terraform"];

/** What every Mac and every Linux has, or the guide asks for: recorded, and then really run. */
const EVERYWHERE = ["base64", "cat", "cut", "date", "jq", "mktemp", "rm"];

const SYNC_ENV = "FUNCTION_ROLE_ARN=arn:aws:iam::111122223333:role/ssosync\nSSOSYNC_GROUP_MATCH=*\n";

export interface Pasted {
  /** Every call of a program, as the words that it got, in no particular order. */
  readonly calls: readonly (readonly string[])[];
  /** Every file that there is afterwards and was not there before, or is another. */
  readonly files: Readonly<Record<string, string>>;
  /** Where in the page a command failed, and what was refused. */
  readonly failed: readonly string[];
  /** What the shell and the programs said. */
  readonly said: string;
}

/** What readers of a page have when they come to it: the repository, a key, and where they deployed, `sync.env`. */
function repository(page: string): string {
  const folder = mkdtempSync(join(tmpdir(), "paste-"));
  cpSync(join(ROOT, "lambroll"), join(folder, "lambroll"), { recursive: true });
  for (const name of ["src", "node_modules", "package.json"])
    symlinkSync(join(ROOT, name), join(folder, name));
  for (const name of ["key.json", "policy.json"]) writeFileSync(join(folder, name), "{}\n");
  const writesIt = pasted(page).some(({ code }) => /[^>]> sync\.env/.test(code));
  if (!writesIt) writeFileSync(join(folder, "sync.env"), SYNC_ENV);
  return folder;
}

/** Where calls are recorded, with the programs that record them. */
function recorder(): string {
  const folder = mkdtempSync(join(tmpdir(), "record-"));
  for (const name of ["home", "programs"]) mkdirSync(join(folder, name));
  for (const name of [...OUTSIDE, ...EVERYWHERE])
    symlinkSync(join(import.meta.dirname, "stand-in.sh"), join(folder, "programs", name));
  // Typed after each command: the answer of whoever was asked, and else a command that does nothing.
  writeFileSync(join(folder, "programs/yes"), "#!/bin/sh\n", { mode: 0o755 });
  return folder;
}

const filesIn = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    globSync(["*", "lambroll/**"], { cwd: folder, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path, "utf8")]),
  );

/** The page's commands, and what tells which of them failed: both shells call `precmd` before they ask for the next. */
function script(shell: Shell, page: string): string {
  const watch = 'precmd() { [ $? = 0 ] || echo "$at" >> "$RECORD/failed"; }';
  const commands = pasted(page).map(({ line, code }) => `at=${page}:${line}\n${code}\nyes\n`);
  return [
    `${watch}${shell === "bash" ? "; PROMPT_COMMAND=precmd" : ""}\nset -o pipefail\nexport REAL_PATH=$PATH PATH=$STAND_INS\n`,
    ...commands,
    'echo > "$RECORD/end"\n',
  ].join("");
}

/** Types the whole page into a shell; what the shell and the programs said. */
async function type(shell: Shell, page: string, folder: string, record: string): Promise<string> {
  const child = spawn(shell, START[shell], {
    cwd: folder,
    env: {
      ...{ HOME: join(record, "home"), PATH: process.env["PATH"], TERM: "dumb", PS1: "", PS2: "" },
      ...{ RECORD: record, STAND_INS: join(record, "programs"), NODE: process.execPath },
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(script(shell, page));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return out + err;
}

export async function paste(shell: Shell, page: string): Promise<Pasted> {
  const [folder, record] = [repository(page), recorder()];
  const before = filesIn(folder);
  const said = await type(shell, page, folder, record);
  const common = (told: string): string =>
    told.replaceAll(record, "~").replaceAll(/\d{4}-\d\d-\d\d(?:T[\d:]+Z)?/g, "DATE");
  const recorded = (name: string): readonly string[] =>
    globSync(name, { cwd: record }).map((file) => common(readFileSync(join(record, file), "utf8")));
  const lines = (name: string): readonly string[] =>
    recorded(name).flatMap((told) => told.trimEnd().split("\n"));
  const made = [...filesIn(folder)].filter(([path, content]) => before.get(path) !== content);
  const pastedAll = recorded("end").length === 1;
  const result = {
    calls: recorded("*.call")
      .toSorted()
      .map((call) => call.split("\0").slice(0, -1)),
    files: Object.fromEntries(
      made.map(([path, content]) => [common(relative(folder, path)), common(content)]),
    ),
    failed: [
      ...lines("failed"),
      ...lines("refused"),
      ...(pastedAll ? [] : ["the page was not pasted to its end"]),
    ],
    said,
  };
  for (const one of [folder, record]) rmSync(one, { recursive: true });
  return result;
}
