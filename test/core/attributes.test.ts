import { describe, expect, test } from "vitest";
import {
  GROUP_ATTRIBUTES,
  GROUP_NAMES,
  UNIQUE_OF_GROUPS,
  UNIQUE_OF_USERS,
  USER_ATTRIBUTES,
  USER_NAMES,
  difference,
  labelOf,
} from "../../src/core/attributes.ts";
import { ada, asksFor, inTarget } from "./world.ts";

describe("what differs of a user", () => {
  test.each([
    ["nothing", {}, {}],
    ["the id", { externalId: "" }, { externalId: ada.id }],
    ["the user name", { userName: "old@example.com" }, { userName: "ada@example.com" }],
    ["the e-mail", { email: "old@example.com" }, { email: "ada@example.com" }],
    ["a missing e-mail", { email: "" }, { email: "ada@example.com" }],
    ["the given name", { givenName: "ada" }, { givenName: "Ada" }],
    ["the family name", { familyName: "" }, { familyName: "Lovelace" }],
    ["the display name", { displayName: "" }, { displayName: "Ada Lovelace" }],
    ["being active", { active: false }, { active: true }],
    ["two things", { givenName: "x", active: false }, { givenName: "Ada", active: true }],
    [
      "the case of an address, which is no difference",
      { userName: "ADA@example.com", email: "Ada@Example.com" },
      {},
    ],
  ] as const)("%s", (_, drift, patch) => {
    expect(difference(USER_ATTRIBUTES, asksFor(), inTarget(ada, drift))).toEqual(patch);
  });
});

describe("what differs of a group", () => {
  const now = { externalId: "", name: "Devs" };
  test.each([
    ["nothing", now, {}],
    ["the name", { ...now, name: "Dev" }, { name: "Dev" }],
    ["the case of the name, which is no difference", { ...now, name: "DEVS" }, {}],
    ["the id", { ...now, externalId: "01a" }, { externalId: "01a" }],
    ["what nobody wants, which is no difference", {}, {}],
  ] as const)("%s", (_, wanted, patch) => {
    expect(difference(GROUP_ATTRIBUTES, wanted, now)).toEqual(patch);
  });
});

test("others may wait for a name, and may share neither a name nor an id", () => {
  expect(USER_NAMES.toSorted()).toEqual(["email", "userName"]);
  expect(GROUP_NAMES).toEqual(["name"]);
  expect(UNIQUE_OF_USERS.toSorted()).toEqual(["email", "externalId", "userName"]);
  expect(UNIQUE_OF_GROUPS.toSorted()).toEqual(["externalId", "name"]);
});

test("attributes are called what people call them, and others what they are", () => {
  expect(["email", "name", "title"].map(labelOf)).toEqual(["e-mail", "name", "title"]);
});
