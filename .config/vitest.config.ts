import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    // Much of the suite waits for sockets and timers rather than for a processor.
    maxWorkers: 3,
    // Sockets and clocks are real: on a machine that stands still for a moment, a second try tells noise from a fault.
    retry: process.env["CI"] === undefined ? 0 : 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
