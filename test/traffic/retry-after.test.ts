import { describe, expect, test } from "vitest";
import { retryAfterMs } from "../../src/traffic/retry-after.ts";

describe("Retry-After", () => {
  test("is read as seconds", () => {
    expect(retryAfterMs("3")).toBe(3_000);
  });

  test("is read as an HTTP date", () => {
    const ms = retryAfterMs(new Date(Date.now() + 10_000).toUTCString());
    expect(ms).toBeGreaterThan(8_000);
    expect(ms).toBeLessThanOrEqual(10_000);
  });

  test("in the past means now", () => {
    expect(retryAfterMs("Wed, 21 Oct 2015 07:28:00 GMT")).toBe(0);
    expect(retryAfterMs("-5")).toBe(0);
  });

  test.each([null, undefined, "", " ", "soon", "Infinity"])("%j says nothing", (header) => {
    expect(retryAfterMs(header)).toBeUndefined();
  });
});
