import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts", "test/**/*.search.ts"],
    setupFiles: ["test/unchanged.ts"],
    // A name that is cut short needs its diff to be understood.
    taskTitleValueFormatTruncate: 0,
    // Much of the suite waits for sockets and timers rather than for a processor.
    maxWorkers: 4,
    // Requests and their answers are short-lived: with room for them, less is looked through again and again.
    execArgv: ["--max-semi-space-size=64"],
    // Nothing in src keeps state in a module, so a worker reads each module once instead of once for each file.
    isolate: false,
    // The program starts some two hundred times, in processes of its own: Node compiles it once.
    env: { NODE_COMPILE_CACHE: new URL("../node_modules/.cache/compiled", import.meta.url).pathname },
    // Sockets and clocks are real: on a machine that stands still for a moment, a second try tells noise from a fault.
    retry: process.env["CI"] === undefined ? 0 : 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
