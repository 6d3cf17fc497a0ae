/**
 * The tests, with types and style checked beside them, because tests often wait. What is wrong with types or style is
 * said at the end; either fails both. Words after it go to vitest.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", ".config/vitest.config.ts"];

const checks = spawn("npm run --silent check && npm run --silent lint", {
  cwd,
  shell: true,
  stdio: ["ignore", "pipe", "pipe"],
});
const said = Promise.all([text(checks.stdout), text(checks.stderr)]);
const ended = once(checks, "close");
const [tested] = await once(
  spawn(process.execPath, [...vitest, ...process.argv.slice(2)], { cwd, stdio: "inherit" }),
  "close",
);
const [checked] = await ended;
process.stderr.write((await said).join(""));
if (checked !== 0) console.error("npm run check or npm run lint failed.");
process.exitCode = tested === 0 && checked === 0 ? 0 : 1;
