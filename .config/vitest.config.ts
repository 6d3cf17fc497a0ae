import { defineConfig } from "vitest/config";

const CI = process.env["CI"] !== undefined;

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    tags: [
      {
        name: "long",
        description:
          "More than 0.4 s of a processor, or a second in all: whole days, large companies, every cut",
        timeout: 600_000,
      },
      {
        name: "search",
        description: "Random companies: a part of them in `npm test`, all of them in `npm run test:long`",
        timeout: 600_000,
      },
    ],
    tagsFilter: ["!long"],
    globalSetup: ["test/temporary.ts"],
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
    retry: CI ? 2 : 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
