import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cleanText,
  cut,
  domainOf,
  firstMet,
  isUserName,
  LONGEST_TEXT,
  meets,
  nameKey,
  sameName,
  sameText,
} from "../../src/core/names.ts";
import { cost, growth, NO_SQUARE } from "../growth.ts";

describe("a text for the target", () => {
  test.each([
    ["plain text stays", "Ada Lovelace", "Ada Lovelace"],
    ["control characters go", "Ada\u0000\u0007Lovelace", "AdaLovelace"],
    ["zero-width and bidi marks go", "\u200bAda\u202e Love\u200dlace\ufeff", "Ada Lovelace"],
    ["white space of any kind and length is one space", "Ada\t \u00a0\u3000\r\nLovelace", "Ada Lovelace"],
    ["white space around it goes", "  Ada  ", "Ada"],
    ["an accent by itself joins its letter", "Zoe\u0308", "Zo\u00eb"],
    [
      "what a removed character leaves between two spaces is one space",
      "Ada \u200b Lovelace",
      "Ada Lovelace",
    ],
    ["half a character goes", "Ada\ud83d Lovelace", "Ada Lovelace"],
    ["letters, signs and pictures of any script stay", "Zoë 李 – 50 % 🦊 ½", "Zoë 李 – 50 % 🦊 ½"],
    ["nothing is left of nothing", "\u200b \t", ""],
  ])("%s", (_, dirty, clean) => {
    expect(cleanText(dirty)).toBe(clean);
  });

  test("is cut at 1024 units, without a half character or a space at the end", () => {
    expect(cleanText("x".repeat(2000))).toHaveLength(LONGEST_TEXT);
    expect(cleanText(`${"x".repeat(1023)}🦊`)).toBe("x".repeat(1023));
    expect(cleanText(`${"x".repeat(1023)} y`)).toBe("x".repeat(1023));
  });

  test("cleaned twice is the same as cleaned once", () => {
    for (const text of [`${"x".repeat(1023)} y z`, " a\u200b b ", `${"🦊".repeat(600)}`])
      expect(cleanText(cleanText(text))).toBe(cleanText(text));
  });

  test("that fits is not cut", () => {
    expect(cut("abc", 3)).toBe("abc");
    expect(cut("abcd", 3)).toBe("abc");
    expect(cut("ab🦊", 3)).toBe("ab");
    expect(cut("ab🦊", 4)).toBe("ab🦊");
    // The first and the last character that take two units.
    for (const whole of ["\u{10000}", "\u{10ffff}"]) {
      expect(cut(`a${whole}b`, 3)).toBe(`a${whole}`);
      expect(cut(`a${whole}b`, 2)).toBe("a");
    }
  });
});

test("a user name has 1 to 128 characters and no white space or control characters", () => {
  expect(isUserName("ada@example.com")).toBe(true);
  expect(isUserName("x".repeat(128))).toBe(true);
  for (const bad of ["", "x".repeat(129), "a b@example.com", "a\u0000b", "a\u200bb"])
    expect(isUserName(bad)).toBe(false);
});

test("names are the same without case and however their accents are encoded", () => {
  expect(sameName("ZOË", "zoe\u0308")).toBe(true);
  expect(sameName("Zoe", "Zoë")).toBe(false);
  expect(sameName("Data  Science\u00a0", "data science")).toBe(true);
  expect(nameKey("É")).toBe(nameKey("e\u0301"));
});

test("texts are the same however they are written for the target, but case counts", () => {
  expect(sameText("Zoe\u0308  Data\u00a0", "Zo\u00eb Data")).toBe(true);
  expect(sameText("Ada", "Ada")).toBe(true);
  expect(sameText("Ada", "ADA")).toBe(false);
  expect(sameText("Ada", "Adam")).toBe(false);
});

test("the domain of an address is what follows its last @", () => {
  expect(domainOf("ada@example.com")).toBe("example.com");
  expect(domainOf('"a@b"@example.com')).toBe("example.com");
  expect(domainOf("root")).toBe("root");
});

describe("a pattern", () => {
  test.each([
    ["*@test.example.com", "ada@test.example.com", true],
    ["*@test.example.com", "ada@testXexample.com", false],
    ["b?b@example.com", "bob@example.com", true],
    ["b?b@example.com", "bb@example.com", false],
    ["b?b@example.com", "boob@example.com", false],
    ["Bob@Example.com", "bOB@example.COM", true],
    ["bob", "bob@example.com", false],
    ["a+b(c)[d]{e}|f^g$", "A+B(C)[D]{E}|F^G$", true],
    ["a.b", "aXb", false],
    ["?", "🦊", true],
    ["*", "two\nlines", true],
  ])("%s and %s: %s", (pattern, text, fits) => {
    expect(meets([pattern])(text)).toBe(fits);
  });

  test("meets when any pattern meets any text", () => {
    const hit = meets(["x*", "bob"]);
    expect(hit("ada", "BOB")).toBe(true);
    expect(hit("ada", "cy")).toBe(false);
  });

  test("never meets a text that is not there, and no pattern meets nothing", () => {
    expect(meets(["*"])("")).toBe(false);
    expect(meets([])("ada")).toBe(false);
  });

  /** By the meaning of the signs alone: a star is nothing, or a character and the same star. */
  const covers = ([sign, ...signs]: readonly string[], text: readonly string[]): boolean => {
    if (sign === undefined) return text.length === 0;
    if (sign === "*")
      return covers(signs, text) || (text.length > 0 && covers([sign, ...signs], text.slice(1)));
    return (sign === "?" ? text.length > 0 : sign === text[0]) && covers(signs, text.slice(1));
  };

  test("means what its signs mean, one by one", () => {
    const few = (...signs: string[]) => fc.array(fc.constantFrom(...signs), { maxLength: 9 });
    fc.assert(
      fc.property(few("a", "b", "*", "?", "🦊"), few("a", "b", "*", "?", "🦊"), (pattern, text) => {
        const expected = text.length > 0 && covers(pattern, text);
        expect(meets([pattern.join("")])(text.join(""))).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  test("that is met comes first of those that are", () => {
    expect(firstMet(["x", "*da", "ada", "a*"])("Ada")).toBe("*da");
    expect(firstMet(["x", "Ada", "*da"])("ada")).toBe("Ada");
  });

  test.each([
    ["*a*a*a*a*a*a*a*a*a*b", "*a*a*a*a*a*a*a*a*a*b", "a"],
    ["*a?a*a?a*a?a*a?a*b", "*a?a*a?a*a?a*a?a*b", "a"],
    ["of 200 times * and a b", `${"*".repeat(200)}b`, "a"],
    ["of 50 times ?* and a b", `${"?*".repeat(50)}b`, "a"],
    ["*ab*ab*ab*ab*c", "*ab*ab*ab*ab*c", "ab"],
  ])("%s takes time that grows with the name, not with its square", (_, pattern, piece) => {
    const hit = meets([pattern]);
    const work = (scale: number) => {
      const text = piece.repeat((50_000 * scale) / piece.length);
      return () => expect(hit(text)).toBe(false);
    };
    expect(growth(work)).toBeLessThan(NO_SQUARE);
    expect(cost(work(4))).toBeLessThan(1_000);
  });
});
