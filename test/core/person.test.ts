import { describe, expect, test } from "vitest";
import { ADDRESS_PARTS } from "../../src/core/attributes.ts";
import type { Origin } from "../../src/core/attributes.ts";
import { desiredUser, withPlainNames, withoutDetails } from "../../src/core/person.ts";
import type { SourceUser } from "../../src/core/model.ts";
import type { SourceField } from "../../src/core/source-field.ts";
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

type Fields = Readonly<Partial<Record<SourceField, string>>>;

/** What is wanted of an account that has these fields, beside what everybody has. */
function detailsOf(detail: "title" | "address", origin: Origin, fields: Fields = {}): object {
  const user = { ...ada, fields: new Map(Object.entries(fields)) as SourceUser["fields"] };
  const details = new Map([[detail, origin]]);
  const wanted = Object.entries(desiredUser(user, rules({ details }), () => undefined));
  return Object.fromEntries(wanted.filter(([name]) => name === "title" || name === "address"));
}

describe("a detail", () => {
  const field: Origin = { kind: "field", field: "organizations.title" };
  const constant = (text: string): Origin => ({ kind: "constant", text });

  test.each([
    ["that the setting tells is cleaned", constant(" Head\u200b  of "), {}, { title: "Head of" }],
    [
      "that Google has is cleaned",
      field,
      { "organizations.title": " Countess\u200b " },
      { title: "Countess" },
    ],
    ["that Google does not have is empty", field, { "organizations.title": "" }, { title: "" }],
    ["that nobody asked Google for is left alone", field, { "organizations.name": "x" }, {}],
  ] as const)("%s", (_, origin, fields, expected) => {
    expect(detailsOf("title", origin, fields)).toStrictEqual(expected);
  });
});

describe("an address", () => {
  const postal: Origin = { kind: "address" };
  const custom: Origin = { kind: "field", field: "customSchemas.HR.place" };
  const all = Object.fromEntries(ADDRESS_PARTS.map((part) => [`addresses.${part}`, `${part} \u200b1`]));
  const none = Object.fromEntries(ADDRESS_PARTS.map((part) => [`addresses.${part}`, ""]));
  const parts = Object.fromEntries(ADDRESS_PARTS.map((part) => [part, `${part} 1`]));

  test("has the parts that Google has, cleaned, and no others", () => {
    expect(detailsOf("address", postal, all)).toStrictEqual({ address: parts });
    expect(detailsOf("address", postal, { ...none, "addresses.locality": "London" })).toStrictEqual({
      address: { locality: "London" },
    });
    expect(detailsOf("address", postal, none)).toStrictEqual({ address: {} });
  });

  test.each(ADDRESS_PARTS)("of which the %s is not known is left alone", (part) => {
    const { [`addresses.${part}`]: _, ...rest } = all;
    expect(detailsOf("address", postal, rest)).toStrictEqual({});
  });

  test("from any other place is one text", () => {
    const place = (text: string) => detailsOf("address", custom, { "customSchemas.HR.place": text });
    expect(place(" 1 Long\u200b  Street ")).toStrictEqual({ address: { formatted: "1 Long Street" } });
    expect(place("")).toStrictEqual({ address: {} });
    expect(detailsOf("address", custom)).toStrictEqual({});
    expect(detailsOf("address", { kind: "constant", text: "Here" })).toStrictEqual({
      address: { formatted: "Here" },
    });
  });
});

describe("a user that AWS refuses", () => {
  const { aliases: _, ...user } = asDesired(ada);

  test("is there without details: with all that everybody has, and nothing else", () => {
    expect(withoutDetails({ ...user, title: "Countess", address: { locality: "London" } })).toStrictEqual(
      user,
    );
  });

  test("is there under names made from the address alone", () => {
    expect(withPlainNames({ ...user, title: "Countess" })).toStrictEqual({
      ...user,
      ...{ givenName: "ada", familyName: "-", displayName: "ada", title: "Countess" },
    });
  });
});
