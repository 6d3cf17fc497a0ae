/** @module-tag long */
import { expect, test } from "vitest";
import { cutEverywhere } from "../cut.ts";

test.each([
  ["answered 500", "once"],
  ["answered 500", "from there on"],
  ["answered 401", "once"],
  ["answered 401", "from there on"],
] as const)("a run %s, %s, at any of its requests, is made good by the next", async (cut, often) => {
  expect(await cutEverywhere(cut, often)).toEqual([]);
});
