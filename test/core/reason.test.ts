import { expect, test } from "vitest";
import { skip } from "../../src/core/reason.ts";

test("a skip says why in its own words, or in better ones", () => {
  expect(skip("ignored", "ada@example.com")).toEqual({
    code: "ignored",
    subject: "ada@example.com",
    within: "",
    reason: "IGNORE_USERS or IGNORE_GROUPS names it",
    attention: false,
  });
  expect(skip("kept", "Devs", { within: "Ops", detail: "because" })).toMatchObject({
    within: "Ops",
    reason: "because",
  });
});

test("what somebody has to settle asks for attention: names, addresses and protected or foreign objects in the way", () => {
  for (const code of [
    "protected",
    "no-name",
    "name-wanted-twice",
    "name-unmanaged",
    "name-foreign",
    "name-taken",
    "email-taken",
    "address-unusable",
  ] as const)
    expect(skip(code, "x").attention, code).toBe(true);
});

test("what a setting or a state explains asks for none", () => {
  for (const code of [
    "ignored",
    "not-included",
    "external",
    "out-of-scope",
    "suspended",
    "never-seen",
  ] as const)
    expect(skip(code, "x").attention, code).toBe(false);
});
