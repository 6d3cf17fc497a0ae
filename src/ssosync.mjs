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
else if (process.features.typescript) await import(CLI.href).catch(withoutOne);
else if (existsSync(INSTALLED)) relay();
else refuse(`It needs Node 22.19 or newer, and this is ${process.version}`);

function refuse(why) {
  console.error(`ssosync cannot start. ${why}.`);
  process.exitCode = 1;
}

/** A new version may bring a package that is not installed yet. */
function withoutOne(error) {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  const [name = "A package"] = /(?<=package ')[^']+/.exec(error.message) ?? [];
  refuse(`${name} is not installed. Run npm ci first`);
}

/** The terminal sends a Ctrl-C to both processes: this one waits for what the other makes of it. */
function relay() {
  const child = spawn(INSTALLED, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("close", (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 130);
  });
}
