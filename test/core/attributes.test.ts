import { describe, expect, test } from "vitest";
import {
  ADDRESS_PARTS,
  GROUP_ATTRIBUTES,
  GROUP_NAMES,
  UNIQUE_OF_GROUPS,
  UNIQUE_OF_USERS,
  USER_ATTRIBUTES,
  USER_COSMETICS,
  USER_DETAILS,
  USER_NAMES,
  addressText,
  difference,
  isExtended,
  isNone,
  labelOf,
  needsExtension,
  sourceFields,
} from "../../src/core/attributes.ts";
import type { Origin, PostalAddress, UserDetail } from "../../src/core/attributes.ts";
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

/** Contract §12, with where Google has each, and what AWS keeps in the enterprise extension. */
const DETAILS = {
  title: ["organizations.title"],
  department: ["organizations.department", "extension"],
  costCenter: ["organizations.costCenter", "extension"],
  organization: ["organizations.name", "extension"],
  division: [undefined, "extension"],
  employeeNumber: ["externalIds.value", "extension"],
  manager: ["relations.value", "extension"],
  userType: [undefined],
  phoneNumber: ["phones.value"],
  address: ["addresses.formatted"],
  preferredLanguage: ["languages.languageCode"],
  nickName: [undefined],
  locale: [undefined],
  timezone: [undefined],
} as const satisfies Record<UserDetail, readonly (string | undefined)[]>;

describe("a detail", () => {
  const usual = (detail: UserDetail): unknown => {
    const attribute = USER_ATTRIBUTES[detail];
    return "usual" in attribute ? attribute.usual : undefined;
  };

  test("is what ATTRIBUTES may list, and nothing else is: what people are called decides nothing", () => {
    expect(USER_DETAILS).toEqual(Object.keys(DETAILS));
    expect(USER_COSMETICS).toEqual(["givenName", "familyName", "displayName"]);
  });

  test.each(Object.entries(DETAILS) as readonly (readonly [UserDetail, readonly unknown[]])[])(
    "%s has its usual place in Google, and is compared as it is written for the target",
    (detail, [place, extension]) => {
      expect(usual(detail)).toBe(place);
      expect(isExtended(detail)).toBe(extension !== undefined);
      if (detail === "address" || detail === "manager") return;
      const { same } = USER_ATTRIBUTES[detail];
      expect([same("Head  of", "Head of"), same("Head of", "head of")]).toEqual([true, false]);
    },
  );

  test("of the enterprise extension, one or more, has it asked for", () => {
    const origin: Origin = { kind: "constant", text: "x" };
    const needs = (...some: readonly UserDetail[]): boolean =>
      needsExtension(new Map(some.map((detail) => [detail, origin])));
    expect([needs(), needs("title", "locale")]).toEqual([false, false]);
    expect([needs("division"), needs("title", "department", "locale")]).toEqual([true, true]);
  });

  test("is read where it comes from, each place once", () => {
    const field = (name: "organizations.title" | "phones.value"): Origin => ({ kind: "field", field: name });
    const origins = [field("phones.value"), field("organizations.title"), field("phones.value")] as const;
    expect(sourceFields(origins)).toEqual(["phones.value", "organizations.title"]);
    expect(sourceFields([{ kind: "constant", text: "x" }])).toEqual([]);
    expect(sourceFields([{ kind: "address" }])).toEqual(ADDRESS_PARTS.map((part) => `addresses.${part}`));
  });

  test("is none where it is empty, in text or in every part", () => {
    expect(["", {}, { locality: "" }, { formatted: "" }].map(isNone)).toEqual([true, true, true, true]);
    expect(["x", false, { locality: "London" }, { formatted: "x" }].map(isNone)).toEqual([
      ...[false, false, false, false],
    ]);
  });
});

describe("an address", () => {
  const PARTS = ["streetAddress", "locality", "region", "postalCode", "country"] as const;
  const whole = Object.fromEntries(PARTS.map((part) => [part, part])) as PostalAddress;

  test("is told as a whole, or else by its parts", () => {
    expect(addressText({ ...whole, formatted: "1 Long Street" })).toBe("1 Long Street");
    expect(addressText(whole)).toBe(PARTS.join(", "));
    expect(addressText({ country: "UK", locality: "London" })).toBe("London, UK");
    expect(addressText({})).toBe("");
  });

  test.each<[string, PostalAddress, PostalAddress, boolean]>([
    ["the same parts, whatever the text", { ...whole, formatted: "a" }, { ...whole, formatted: "b" }, true],
    ["the same parts, one of them without the text", { ...whole, formatted: "a" }, whole, true],
    ["the same few parts", { country: "UK", formatted: "a" }, { country: "UK", formatted: "b" }, true],
    ["parts written otherwise", { locality: " London\u200b" }, { locality: "London" }, true],
    ["a part that is empty or not there", { locality: "London", region: "" }, { locality: "London" }, true],
    ["the same text, one of them without parts", { ...whole, formatted: "a" }, { formatted: "a" }, true],
    ["another text, one of them without parts", { ...whole, formatted: "a" }, { formatted: "b" }, false],
    ["parts alone and a text alone", whole, { formatted: addressText(whole) }, false],
    ["nothing and nothing", {}, {}, true],
    ["nothing and a part", {}, { country: "UK" }, false],
    ["nothing and a text", {}, { formatted: "a" }, false],
    ...PARTS.map((part): [string, PostalAddress, PostalAddress, boolean] => [
      ...([`another ${part}`, whole, { ...whole, [part]: "other" }, false] as const),
    ]),
  ])("of %s: %s", (_, one, other, is) => {
    const { same } = USER_ATTRIBUTES.address;
    expect([same(one, other), same(other, one)]).toEqual([is, is]);
  });
});

test("attributes are called what people call them, and others what they are", () => {
  expect(["email", "name", "title", "nobody"].map(labelOf)).toEqual(["e-mail", "name", "title", "nobody"]);
});
