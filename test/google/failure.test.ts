import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { clean, refusesForSpeed } from "../../src/google/failure.ts";

describe("what Google says, made fit to show", () => {
  test("a page of HTML becomes one line of text", () => {
    const page =
      "<!DOCTYPE html>\n<style>b { color: red }</style>\n<title>Error 502</title>\n<p><b>502.</b> Sorry";
    expect(clean(page)).toBe("Error 502 502. Sorry");
  });

  test("a long text is cut", () => {
    expect(clean("x".repeat(5_000))).toHaveLength(401);
  });

  test.each([
    "<",
    "<style",
    "<script ",
    "eyJ-",
    "eyJa.",
    "-----BEGIN",
    "-----END",
    "Bearer ",
    "assertion=",
    " ",
  ])("two million characters of %j take no time", (piece) => {
    const started = performance.now();
    clean(piece.repeat(2_000_000 / piece.length));
    expect(performance.now() - started).toBeLessThan(500);
  });

  test("what is cut in the middle of a secret shows none of it", () => {
    for (const secret of ["Bearer s3cret-opaque", "assertion=s3cret", "ya29.s3cret"])
      for (let at = 3_980; at < 4_000; at++)
        expect(clean(`${"<p>".repeat(at / 3).padEnd(at)}${secret}${"s3cret".repeat(9)}`)).not.toContain(
          "s3cr",
        );
  });

  test("control and format characters go", () => {
    expect(clean("a\u0000b\u200Bc\r\n\td")).toBe("a b c d");
  });

  test.each([
    ["an access token", "no ya29.a0AfB_byC-secret.~+/x here"],
    ["a bearer token of any shape", "header authorization: Bearer s3cret-opaque"],
    ["an assertion", "got eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJzZWNyZXQifQ.c2VjcmV0"],
    ["a form field", "grant_type=x&assertion=secret-text&z=1"],
    ["a JSON field", '{"access_token": "secret-text"}'],
  ])("%s is taken out", (_, text) => {
    expect(clean(text)).not.toMatch(/s3cret|secret|eyJ|c2Vj/u);
    expect(clean(text)).toContain("removed");
  });

  test("a private key is taken out, even half of one", () => {
    const { privateKey } = generateKeyPairSync("ed25519", {
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    expect(clean(`key ${privateKey} end`)).toBe("key [key removed] end");
    expect(clean(`key ${privateKey.slice(0, 60)}`)).toBe("key [key removed]");
  });
});

describe("a refusal for speed", () => {
  const body = (reason: string) => ({ error: { code: 403, message: "No.", errors: [{ reason }] } });

  test.each(["quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"])("is a 403 for %s", (reason) => {
    expect(refusesForSpeed(403, body(reason))).toBe(true);
  });

  test("is any 429, and Google's plain text", () => {
    expect(refusesForSpeed(429, "")).toBe(true);
    expect(refusesForSpeed(403, "Quota exceeded for the current request")).toBe(true);
    expect(refusesForSpeed(503, "Quota exceeded for the current request")).toBe(true);
  });

  test("is neither another 403 nor a success that speaks of quotas", () => {
    expect(refusesForSpeed(403, body("forbidden"))).toBe(false);
    expect(refusesForSpeed(403, "Forbidden")).toBe(false);
    expect(refusesForSpeed(200, "Quota exceeded for the current request")).toBe(false);
  });
});
