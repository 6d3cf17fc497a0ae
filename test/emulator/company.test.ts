import { expect, test } from "vitest";
import { createAws } from "./aws-directory.ts";
import { bigCompany, changeCompany, sampleCompany } from "./company.ts";
import { createCompany } from "./google-company.ts";

const clock = () => new Date("2026-11-02T08:00:00Z");

test("the sample company is the same every time", () => {
  const [one, two] = [createCompany(clock), createCompany(clock)];
  sampleCompany(one, createAws(clock));
  sampleCompany(two, createAws(clock));
  const plain = ({ users, groups, members }: typeof one) => JSON.stringify({ users, groups, members });
  expect(plain(one)).toBe(plain(two));
});

test("the sample company has 120 people, 15 groups, and trees two deep", () => {
  const google = createCompany(clock);
  const { owner, suspended, archived, alias, aliased } = sampleCompany(google);
  expect(google.users).toHaveLength(120);
  expect(google.groups).toHaveLength(15);
  expect(google.members.find((row) => row.role === "OWNER")?.id).toBe(google.user(owner).id);
  expect(google.user(suspended).suspended).toBe(true);
  expect(google.user(archived).archived).toBe(true);
  expect(google.user(alias)).toBe(google.user(aliased));
  expect(google.everyoneIn("aws-engineers@example.com")).toContain(google.user("linus.berg@example.com").id);
  expect(google.everyoneIn("all-staff@example.com").size).toBe(120);
  expect(google.groups.every((group) => google.everyoneIn(group.id).size > 0)).toBe(true);
});

test("ids look like Google's", () => {
  const google = createCompany(clock);
  sampleCompany(google);
  for (const user of google.users) expect(user.id).toMatch(/^\d{21}$/);
  for (const group of google.groups) expect(group.id).toMatch(/^0[0-9a-z]{9,20}$/);
});

test("a working day brings a joiner, a leaver, a rename and a moved group", () => {
  const google = createCompany(clock);
  sampleCompany(google);
  const id = google.user("zoe.dangelo@example.com").id;
  const change = changeCompany(google);
  expect(google.findUser(change.leaver)).toBeUndefined();
  expect(google.user(change.renamed.to).id).toBe(id);
  expect(google.user(change.renamed.from).id).toBe(id);
  const inside = google.everyoneIn("aws-frontend@example.com");
  expect(google.everyoneIn(change.moved.to).isSupersetOf(inside)).toBe(true);
  expect(google.everyoneIn(change.moved.from).isSupersetOf(inside)).toBe(false);
});

test("a big company spreads 4,000 memberships over 40 groups and 500 users evenly", () => {
  const google = createCompany(clock);
  bigCompany(google, { users: 500, groups: 40, memberships: 4000 });
  expect(google.users).toHaveLength(500);
  const sizes = google.groups.map((group) => google.everyoneIn(group.id).size);
  expect(sizes).toEqual(Array.from({ length: 40 }, () => 100));
  const each = google.users.map((user) => google.members.filter((row) => row.id === user.id).length);
  expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(2);
});

test("what Control Tower made has no external id, and its administrator's e-mail no type", () => {
  const aws = createAws(clock);
  const { controlTowerAdmin } = sampleCompany(createCompany(clock), aws);
  expect(aws.user(controlTowerAdmin).emails).toEqual([{ value: controlTowerAdmin, primary: true }]);
  expect([...aws.users, ...aws.groups].every((one) => one.externalId === undefined)).toBe(true);
});

test("a renamed user or group keeps the old address as an alias, even when it is renamed back", () => {
  const google = createCompany(clock);
  google.addUser({ email: "ada@example.com" });
  google.addGroup({ email: "team@example.com" });
  for (const name of ["ada", "team"]) {
    google.rename(`${name}@example.com`, `${name}2@example.com`);
    google.rename(`${name}2@example.com`, `${name}@example.com`);
  }
  expect(google.user("ada2@example.com")).toMatchObject({
    primaryEmail: "ada@example.com",
    aliases: ["ada2@example.com"],
  });
  expect(google.group("team2@example.com")).toMatchObject({
    email: "team@example.com",
    aliases: ["team2@example.com"],
  });
});

test("an address belongs to one account; a deleted account's address is free for another", () => {
  const google = createCompany(clock);
  const first = google.addUser({ email: "ada@example.com", aliases: ["a@example.com"] });
  expect(() => google.addGroup({ email: "a@example.com" })).toThrow("taken");
  google.deleteUser("ada@example.com");
  const second = google.addUser({ email: "ada@example.com" });
  expect(second.id).not.toBe(first.id);
  expect(google.deletedUsers).toEqual([first]);
});
