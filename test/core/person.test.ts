import { describe, expect, test } from "vitest";
import { desiredUser } from "../../src/core/person.ts";
import type { SourceUser } from "../../src/core/model.ts";
import { ada, human, rules } from "./world.ts";

const asDesired = (user: SourceUser) => desiredUser(user, rules(), () => undefined);

test("an account becomes a user with its address, its names and its id", () => {
  expect(asDesired({ ...ada, aliases: ["countess@example.com"] })).toEqual({
    externalId: ada.id,
    userName: "ada@example.com",
    email: "ada@example.com",
    givenName: "Ada",
    familyName: "Lovelace",
    displayName: "Ada Lovelace",
    active: true,
    aliases: ["countess@example.com"],
  });
});

test.each(["suspended", "archived"] as const)("a %s account is not active", (state) => {
  expect(asDesired({ ...ada, state }).active).toBe(false);
});

describe("a missing name", () => {
  test.each([
    ["Ada", "", { givenName: "Ada", familyName: "-", displayName: "Ada" }],
    ["", "Lovelace", { givenName: "-", familyName: "Lovelace", displayName: "Lovelace" }],
    ["", "", { givenName: "ada", familyName: "-", displayName: "ada" }],
    ["\u200b", " \t", { givenName: "ada", familyName: "-", displayName: "ada" }],
  ])("(%j, %j) is filled", (givenName, familyName, names) => {
    expect(asDesired({ ...ada, givenName, familyName })).toMatchObject(names);
  });
});

test("names are cleaned of what the target refuses", () => {
  expect(asDesired(human(1, "A\u0007da", " Love\u200blace \n", { email: "ada@example.com" }))).toMatchObject({
    givenName: "Ada",
    familyName: "Lovelace",
    displayName: "Ada Lovelace",
  });
});

test("over-long names are cut, the display name too", () => {
  const { givenName, familyName, displayName } = asDesired({
    ...ada,
    givenName: "g".repeat(1500),
    familyName: "f".repeat(1500),
  });
  expect([givenName.length, familyName.length, displayName.length]).toEqual([1024, 1024, 1024]);
});
