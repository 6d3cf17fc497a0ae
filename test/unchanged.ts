/** Files share a worker: whoever changes the process's environment puts it back. */
import { afterAll, beforeAll, expect } from "vitest";

let before: Record<string, string | undefined> = {};
beforeAll(() => void (before = { ...process.env }));
afterAll(() => {
  expect({ ...process.env }).toEqual(before);
});
