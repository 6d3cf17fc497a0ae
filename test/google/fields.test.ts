import { beforeEach, describe, expect, test } from "vitest";
import type { SourceField } from "../../src/core/source-field.ts";
import { google } from "./setup.ts";
import type { Google } from "./setup.ts";

let here: Google;

beforeEach(async () => {
  here = await google();
});

/** What is read of somebody with this row. */
async function fieldsOf(extra: Readonly<Record<string, unknown>>, ...wanted: readonly SourceField[]) {
  here.company.addUser({ email: "ada@example.com", extra });
  const { users } = await here.read({ userFields: wanted });
  return Object.fromEntries(users.find(({ email }) => email === "ada@example.com")?.fields ?? []);
}

const listed = () =>
  here.requests.filter(({ operation }) => operation === "users.list").map(({ query }) => query);

describe("what is read of a user beside what always is", () => {
  const number = "customSchemas.HR.number";

  test("is exactly what is asked for, with a custom schema by its name", async () => {
    const extra = {
      organizations: [{ title: "Analyst", department: "Research", costCenter: "4130", primary: true }],
      phones: [{ value: "+1 555", type: "work" }],
      customSchemas: { HR: { number: "17", salary: "1" }, Other: { login: "ada" } },
    };
    expect(await fieldsOf(extra, "organizations.title", number)).toEqual({
      "organizations.title": "Analyst",
      [number]: "17",
    });
    const [{ fields = "", ...rest } = {}] = listed();
    expect(rest).toMatchObject({ projection: "custom", customFieldMask: "HR" });
    expect(fields).toMatch(/,organizations\(primary,title\),customSchemas\)$/);
  });

  test("is nothing more, where nothing is asked for", async () => {
    expect(
      await fieldsOf({ organizations: [{ title: "Analyst" }], customSchemas: { HR: { number: "17" } } }),
    ).toEqual({});
    const [{ fields = "", ...rest } = {}] = listed();
    expect(rest).not.toHaveProperty("projection");
    expect(fields).not.toMatch(/organizations|customSchemas/);
  });

  test("is of the entry that counts", async () => {
    const extra = {
      organizations: [{ title: "Guest" }, { title: "Analyst", primary: true }],
      phones: [
        { value: "1", type: "home" },
        { value: "2", type: "work" },
      ],
      relations: [
        { value: "bob@example.com", type: "brother" },
        { value: "eve@example.com", type: "manager" },
      ],
      externalIds: [
        { value: "x", type: "login_id" },
        { value: "17", type: "organization" },
      ],
      languages: [{ languageCode: "de" }, { languageCode: "en-GB", preference: "preferred" }],
    };
    const wanted = ["organizations.title", "phones.value", "relations.value", "externalIds.value"] as const;
    expect(await fieldsOf(extra, ...wanted, "languages.languageCode")).toEqual({
      "organizations.title": "Analyst",
      "phones.value": "2",
      "relations.value": "eve@example.com",
      "externalIds.value": "17",
      "languages.languageCode": "en-GB",
    });
  });

  test("is an empty text where Google has none", async () => {
    const extra = { organizations: [], customSchemas: { HR: { other: "x" } } };
    const wanted = ["organizations.title", "phones.value", number, "customSchemas.None.such"] as const;
    expect(Object.values(await fieldsOf(extra, ...wanted))).toEqual(["", "", "", ""]);
  });

  test("is not there where it is not understood, and the user is, so that nobody takes it for an absence", async () => {
    const extra = { organizations: "none", phones: [{ value: { a: 1 } }], customSchemas: { HR: "x" } };
    const wanted = ["organizations.title", "phones.value", number, "addresses.locality"] as const;
    expect(await fieldsOf(extra, ...wanted)).toEqual({ "addresses.locality": "" });
  });

  test.each([
    [17, "17"],
    [true, "true"],
    [[{ type: "work", value: "a" }, { value: "b" }], "a"],
    [[], ""],
    [null, ""],
  ])("of a custom field that holds %j is %j", async (value, text) => {
    expect(await fieldsOf({ customSchemas: { HR: { number: value } } }, number)).toEqual({ [number]: text });
  });

  test("comes with a user whose row is odd and who is asked for alone, too", async () => {
    const { id } = here.company.addUser({ email: "eve@example.com" });
    here.fault({
      when: { service: "google", operation: "users.list" },
      do: (_, answer) => {
        const { users = [], ...page } = answer.body as {
          readonly users?: readonly { readonly id: string }[];
        };
        const odd = users.map((row) => (row.id === id ? { ...row, aliases: 7 } : row));
        return { ...answer, body: { ...page, users: odd } };
      },
    });
    here.company.describe("eve@example.com", { organizations: [{ title: "Analyst" }] });
    const { users } = await here.read({ userFields: ["organizations.title"] });
    expect(users.find((user) => user.id === id)?.fields.get("organizations.title")).toBe("Analyst");
    expect(here.count("users.get")).toBe(1);
  });

  test("is read without the custom schemas where Google refuses one, and nobody takes that for an absence", async () => {
    here.company.policy.unknownSchema = "refuse";
    const { users, unshown } = await here.read({
      userFields: ["customSchemas.None.such", "organizations.title"],
    });
    expect(unshown).toMatchObject({ schemas: "None" });
    expect(unshown?.why).toMatch(/None/);
    expect([...(users[0]?.fields.keys() ?? [])]).toEqual(["organizations.title"]);
    expect(here.count("users.list")).toBe(2);
  });
});
