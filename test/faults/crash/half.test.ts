/** @module-tag long */
import { expect, test } from "vitest";
import { cutEverywhere } from "../cut.ts";

test.each([
  ["answered half way", "once"],
  ["answered half way", "from there on"],
  ["answered with JSON that stops half way", "once"],
  ["answered with JSON that stops half way", "from there on"],
] as const)("a run %s, %s, at any of its requests, is made good by the next", async (cut, often) => {
  expect(await cutEverywhere(cut, often)).toEqual([]);
});
