import { defineConfig } from "vitest/config";

/** The whole fault programme, and all of every random search: most of it waits, so more workers than cores pay off. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.faults.ts", "test/**/*.search.ts"],
    env: { SEARCH: process.env["SEARCH"] ?? "1" },
    testTimeout: 600_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 4,
  },
});
