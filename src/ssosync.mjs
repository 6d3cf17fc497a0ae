#!/usr/bin/env node
/** `ssosync`: the command line, run by the Node that starts it, or where that is too old by the one that npm installed. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const CLI = new URL("cli.ts", import.meta.url);
const INSTALLED = fileURLToPath(
  new URL(`../node_modules/.bin/node${process.platform === "win32" ? ".cmd" : ""}`, import.meta.url),
);

const hasPackages = existsSync(new URL("../node_modules", import.meta.url));

if (!hasPackages) refuse("Its packages are missing. Run npm ci first");
else if (process.features.typescript) await import(CLI.href);
else if (existsSync(INSTALLED)) relay();
else refuse(`It needs Node 22.19 or newer, and this is ${process.version}`);

function refuse(why) {
  console.error(`ssosync cannot start. ${why}.`);
  process.exitCode = 1;
}

/** The terminal sends a Ctrl-C to both processes: this one waits for what the other makes of it. */
function relay() {
  const child = spawn(INSTALLED, [fileURLToPath(CLI), ...process.argv.slice(2)], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("close", (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 130);
  });
}
