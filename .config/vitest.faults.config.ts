import { defineConfig } from "vitest/config";

/** The whole fault programme: most of it waits, so more workers than cores pay off. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/faults/**/*.faults.ts"],
    testTimeout: 600_000,
    maxWorkers: 4,
  },
});
