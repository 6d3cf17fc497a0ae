import { defineConfig } from "vitest/config";
import everyDay from "./vitest.config.ts";

/** What `npm test` leaves out, and all of every random search. */
export default defineConfig({
  test: {
    ...everyDay.test,
    tagsFilter: ["long || search"],
    env: { ...everyDay.test?.env, SEARCH: process.env["SEARCH"] ?? "1" },
  },
});
