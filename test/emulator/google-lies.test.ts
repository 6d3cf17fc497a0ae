/** Wrong answers with status 200 (facts of Google, "the ten facts most likely to cause a wrong deletion"). */
import { expect, test } from "vitest";
import { askGoogle } from "./ask.ts";
import type { Emulator } from "./emulator.ts";
import { useEmulator } from "./use-emulator.ts";

async function company(): Promise<Emulator> {
  const emulator = await useEmulator({ pageSize: 2 });
  const { google } = emulator;
  google.addGroup({ email: "all@example.com" });
  for (const name of ["ada", "bob", "cyd", "dan"]) {
    google.addUser({ email: `${name}@example.com` });
    google.addMember("all@example.com", `${name}@example.com`);
  }
  return emulator;
}

/** Walks a listing by its tokens, ten pages at most; returns local parts, page by page. */
async function walk(emulator: Emulator, path: string, key: string): Promise<string[][]> {
  const pages: string[][] = [];
  let token = "";
  for (let n = 0; n < 10; n += 1) {
    const joint = path.includes("?") ? "&" : "?";
    const { body } = await askGoogle(emulator, token === "" ? path : `${path}${joint}pageToken=${token}`);
    const rows = (body[key] ?? []) as { primaryEmail?: string; email?: string }[];
    pages.push(rows.map((row) => (row.primaryEmail ?? row.email ?? "").replace(/@.*/, "")));
    if (typeof body["nextPageToken"] !== "string") break;
    token = body["nextPageToken"];
  }
  return pages;
}

const everybody = "users?customer=my_customer";
const members = "groups/all@example.com/members";

test("without a lie, pages hold everybody once", async () => {
  expect(await walk(await company(), everybody, "users")).toEqual([
    ["ada", "admin"],
    ["bob", "cyd"],
    ["dan"],
  ]);
});

test("a hidden user is missing from the listing only", async () => {
  const emulator = await company();
  emulator.google.lies.hideUsers("bob@example.com");
  expect((await walk(emulator, everybody, "users")).flat()).not.toContain("bob");
  expect((await askGoogle(emulator, "users/bob@example.com")).status).toBe(200);
  expect((await walk(emulator, members, "members")).flat()).toContain("bob");
  emulator.google.lies.clear();
  expect((await walk(emulator, everybody, "users")).flat()).toContain("bob");
});

test("a hidden group is missing from the listing only", async () => {
  const emulator = await company();
  emulator.google.lies.hideGroups("*");
  expect((await walk(emulator, "groups?customer=my_customer", "groups")).flat()).toEqual([]);
  expect((await askGoogle(emulator, "groups/all@example.com")).status).toBe(200);
});

test("hidden members are missing from the listing only", async () => {
  const emulator = await company();
  emulator.google.lies.hideMembers("all@example.com", "ada@example.com");
  expect((await walk(emulator, members, "members")).flat()).toEqual(["bob", "cyd", "dan"]);
  expect((await askGoogle(emulator, "groups/all@example.com/hasMember/ada@example.com")).body).toEqual({
    isMember: true,
  });
  emulator.google.lies.hideMembers("*");
  expect((await walk(emulator, members, "members")).flat()).toEqual([]);
});

test("a dropped page leaves no trace", async () => {
  const emulator = await company();
  emulator.google.lies.dropPage("users.list", 2);
  expect(await walk(emulator, everybody, "users")).toEqual([["ada", "admin"], ["dan"]]);
});

test("an empty page can carry a token", async () => {
  const emulator = await company();
  emulator.google.lies.emptyPage("users.list", 2);
  expect(await walk(emulator, everybody, "users")).toEqual([["ada", "admin"], [], ["bob", "cyd"], ["dan"]]);
});

test("a page token that leads nowhere is refused, and the refusal repeats it", async () => {
  const emulator = await company();
  emulator.google.lies.breakToken("users.list", 1);
  const first = await askGoogle(emulator, everybody);
  const token = String(first.body["nextPageToken"]);
  const second = await askGoogle(emulator, `${everybody}&pageToken=${token}`);
  expect(second.status).toBe(400);
  expect(second.text).toContain(`Invalid Input: ${token}`);
});

test("a listing can repeat itself for ever", async () => {
  const emulator = await company();
  emulator.google.lies.repeatForEver("members.list");
  const pages = await walk(emulator, members, "members");
  expect(pages).toHaveLength(10);
  expect(pages[2]).toEqual(pages[0]);
});

test("a deleted group can still be listed, and be found nowhere else", async () => {
  const emulator = await company();
  emulator.google.deleteGroup("all@example.com");
  emulator.google.lies.listDeletedGroup("all@example.com");
  expect((await walk(emulator, "groups?customer=my_customer", "groups")).flat()).toEqual(["all"]);
  expect((await askGoogle(emulator, "groups/all@example.com")).status).toBe(404);
  expect((await askGoogle(emulator, members)).status).toBe(404);
});

test("a page token belongs to one listing and its parameters", async () => {
  const emulator = await company();
  const token = String((await askGoogle(emulator, everybody)).body["nextPageToken"]);
  const other = `${everybody}&query=isSuspended=false&pageToken=${token}`;
  expect((await askGoogle(emulator, other)).status).toBe(400);
  expect((await askGoogle(emulator, `${everybody}&pageToken=${token}`)).status).toBe(200);
});
