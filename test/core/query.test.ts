import { describe, expect, test } from "vitest";
import { groupFits, splitQueries, userFits } from "../../src/core/query.ts";
import type { SourceUser } from "../../src/core/model.ts";
import { ada, team } from "./world.ts";

describe("a match setting", () => {
  test.each([
    ["", []],
    ["*", ["*"]],
    [" email:aws-* , name=Devs ,, ", ["email:aws-*", "name=Devs"]],
    ["name='Red, white',email:x*", ["name='Red, white'", "email:x*"]],
    [String.raw`name='It\'s, so',email:x*`, [String.raw`name='It\'s, so'`, "email:x*"]],
    [String.raw`name='back\\',email:x*`, [String.raw`name='back\\'`, "email:x*"]],
  ])("%j is split at the commas outside quotes", (text, parts) => {
    expect(splitQueries(text)).toEqual(parts);
  });
});

describe("a user", () => {
  const user: SourceUser = { ...ada, aliases: ["countess@example.com"], orgUnit: "/Sales/EMEA" };
  test.each([
    ["email=ADA@example.com", true],
    ["email=countess@example.com", true],
    ["email=bob@example.com", false],
    ["email:ad*", true],
    ["email:count*", true],
    ["email:bo*", false],
    ["givenName=ada", true],
    ["givenName='Ada'", true],
    ["familyName:Love*", true],
    ["familyName=Kahn", false],
    ["orgUnitPath=/Sales", true],
    ["orgUnitPath=/sales/emea", true],
    ["orgUnitPath=/Sal", false],
    ["orgUnitPath=/", true],
    ["orgUnitPath='/Sales/EMEA/North'", false],
    ["isSuspended=false", true],
    ["isSuspended=true", false],
    ["isSuspended=FALSE", true],
    ["isArchived=true", false],
    ["email:ad* familyName=Lovelace", true],
    ["email:ad* familyName=Kahn", false],
    ["email:ad* title=Boss", undefined],
    ["email:bo* title=Boss", false],
    [" email:ad*  familyName = Lovelace ", true],
    ["email:ad* Boss", undefined],
    ["email:bo* Boss", undefined],
    ["email=ada@example.com'", undefined],
    ["Boss email:ad*", undefined],
    ["title:Boss", undefined],
    ["givenName:Ada", undefined],
    ["email=a*a@example.com", undefined],
    ["orgUnitPath:/Sales", undefined],
    ["no query at all", undefined],
    ["", undefined],
  ])("fits %j: %s", (query, fits) => {
    expect(userFits([query], user)).toBe(fits);
  });

  test("fits when one of several queries fits, whatever the others say", () => {
    expect(userFits(["email:bo*", "email:ad*"], user)).toBe(true);
    expect(userFits(["title:Boss", "email:ad*"], user)).toBe(true);
    expect(userFits(["title:Boss", "email:bo*"], user)).toBe(undefined);
    expect(userFits(["email:bo*", "email:cy*"], user)).toBe(false);
  });

  test("who is archived may be suspended too, so only Google can say", () => {
    expect(userFits(["isSuspended=true"], { ...user, state: "archived" })).toBe(undefined);
    expect(userFits(["isArchived=true"], { ...user, state: "archived" })).toBe(true);
    expect(userFits(["isSuspended=true"], { ...user, state: "suspended" })).toBe(true);
  });

  test("whose unit is unknown is Google's to judge", () => {
    expect(userFits(["orgUnitPath=/Sales"], { ...user, orgUnit: "" })).toBe(undefined);
  });
});

describe("a group", () => {
  const group = team(1, "AWS Admins", { email: "aws-admins@example.com", aliases: ["root@example.com"] });
  test.each([
    ["email:AWS-*", true],
    ["email:root*", true],
    ["email=aws-admins@example.com", true],
    ["email:gcp-*", false],
    ["name='AWS Admins'", true],
    ["name:AWS*", true],
    [String.raw`name='AWS\'s'`, false],
    ["name:aws* email:root*", true],
    ["name:aws* email:gcp*", false],
    ["memberKey=ada@example.com", undefined],
    ["name:admins", undefined],
    ["name:aws* admins", undefined],
    ["admins", undefined],
    ["", undefined],
  ])("fits %j: %s", (query, fits) => {
    expect(groupFits([query], group)).toBe(fits);
  });
});

test.each(["a", " ", "a ", "a=", "a='", "a=\\'", "name=b ", "','", "\\"])(
  "a query of two hundred thousand characters %j is read in no time",
  (piece) => {
    const query = `name=${piece.repeat(200_000 / piece.length)}`;
    const started = performance.now();
    groupFits([query], team(1, "AWS Admins"));
    splitQueries(query);
    expect(performance.now() - started).toBeLessThan(2_000);
  },
);
