import { defineConfig } from "vitest/config";

/** Tests that need a browser; they are skipped where there is none. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.browser.ts"],
    globalSetup: ["test/temporary.ts"],
    retry: process.env["CI"] === undefined ? 0 : 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
