/** @module-tag long */
import { expect, test } from "vitest";
import { cutEverywhere } from "../cut.ts";

test.each([
  ["dropped before it arrives", "once"],
  ["dropped before it arrives", "from there on"],
  ["dropped after its effect", "once"],
  ["dropped after its effect", "from there on"],
] as const)("a run %s, %s, at any of its requests, is made good by the next", async (cut, often) => {
  expect(await cutEverywhere(cut, often)).toEqual([]);
});
