import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli, company, settings, synced } from "./stage.ts";

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "page-"));

test("the page changes nothing of what plan prints and ends with, and is written over the last one", async () => {
  const emulator = await company();
  const path = join(await folder(), "plan.html");
  await writeFile(path, "the last one\n".repeat(100_000));
  const [plain, paged] = [
    await cli(["plan"], settings(emulator)),
    await cli(["plan", "--html", path], settings(emulator)),
  ];
  expect({ code: paged.code, out: paged.out }).toEqual({ code: plain.code, out: plain.out });
  expect(plain.code).toBe(2);
  expect(paged.err).toContain(`As a page: ${path}\n`);
  const page = await readFile(path, "utf8");
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).toMatch(/<\/html>\n$/);
  expect(page).not.toContain("the last one");
  expect(emulator.writes()).toEqual([]);
});

test("what could not be read stands on the page and in the terminal, with Google's words", async () => {
  const emulator = await company();
  const { id } = emulator.google.group("aws-devs@example.com");
  emulator.fault({
    when: ({ path }) => path.endsWith(`${id}/members`),
    times: Infinity,
    do: { status: 403 },
  });
  const path = join(await folder(), "plan.html");
  const { code, out } = await cli(["plan", "--html", path], settings(emulator));
  expect(code).toBe(3);
  for (const shown of [out.replace(/\s+/g, " "), await readFile(path, "utf8")]) {
    expect(shown).toContain("aws-devs@example.com");
    expect(shown).toContain("403 forbidden: Not Authorized to access this resource/api");
  }
});

test("with --json standard output is still nothing but JSON", async () => {
  const emulator = await company();
  const path = join(await folder(), "plan.html");
  const { out, code } = await cli(["--json", "--html", path], settings(emulator));
  expect(JSON.parse(out)).toMatchObject({ status: "succeeded", more: 0 });
  expect(code).toBe(2);
  expect(existsSync(path)).toBe(true);
});

test.each([
  ["a folder that does not exist", "nowhere/plan.html", /no such file or directory/],
  ["a folder", "folder", /illegal operation on a directory/],
  ["a file taken for a folder", "file/plan.html", /not a directory/],
])("%s is an error before anything is read", async (_, name, why) => {
  const emulator = await company();
  const place = await folder();
  await mkdir(join(place, "folder"));
  await writeFile(join(place, "file"), "");
  const { code, out, err } = await cli(["plan", "--html", join(place, name)], settings(emulator));
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(why);
  expect(err).toContain("nothing was read");
  expect(emulator.requests).toEqual([]);
});

test("a plan that fails leaves no page, and an old one as it was", async () => {
  const emulator = await company();
  const place = await folder();
  const old = join(place, "old.html");
  await writeFile(old, "as it was");
  const broken = settings(emulator, { SYNC_METHOD: "everything" });
  for (const name of ["new.html", "old.html"]) {
    expect((await cli(["plan", "--html", join(place, name)], broken)).code).toBe(1);
  }
  expect(await readdir(place)).toEqual(["old.html"]);
  expect(await readFile(old, "utf8")).toBe("as it was");
});

/** The headline, its sentences, and the names of the sections, of a page. */
async function read(path: string) {
  const page = await readFile(path, "utf8");
  const [, status, first] = /<strong class="status">(.*?)<\/strong> (.*?)<\/p>/.exec(page) ?? [];
  const sections = [...page.matchAll(/<h2 id="[^"]*">(.*?) <small>/g)].map(([, title]) => title);
  return { page, status, first, sections };
}

test("after an apply the page says what was done, and is no longer a plan", async () => {
  const emulator = await company();
  const path = join(await folder(), "done.html");
  const { code, out, err } = await cli(["apply", "--yes", "--html", path], settings(emulator));
  expect(code).toBe(0);
  expect(out).toContain("Done: ");
  expect(err).toContain(`As a page: ${path}\n`);
  const { page, ...told } = await read(path);
  expect(told).toEqual({
    status: "Done",
    first: "5 users created, 3 groups created, 7 memberships added.",
    sections: expect.arrayContaining(["People", "Groups", "Memberships"]) as string[],
  });
  expect(page).toContain("<h1>Changes made in IAM Identity Center</h1>");
  expect(page).not.toMatch(/Nothing was written|To apply it/);
});

test("what AWS refused stands first on the page of an apply, with the reason", async () => {
  const emulator = await company();
  emulator.fault({
    when: ({ operation, body }) => operation === "CreateUser" && JSON.stringify(body).includes("bob@"),
    times: Infinity,
    do: { status: 400, body: { detail: "no room for bob", status: "400" } },
  });
  const path = join(await folder(), "done.html");
  const { code } = await cli(["apply", "--yes", "--html", path], settings(emulator));
  expect(code).toBe(3);
  const { page, status, first, sections } = await read(path);
  expect({ status, first }).toMatchObject({
    status: "Done",
    first: expect.stringMatching(/^4 users created,/),
  });
  expect(sections[0]).toBe("Not done");
  expect(page).toMatch(/Needs attention:<\/strong> 2 changes not done/);
  expect(page).toContain("no room for bob");
});

test("of an apply that wrote nothing the page is that of the plan", async () => {
  const emulator = await company();
  const path = join(await folder(), "plan.html");
  const dry = settings(emulator, { DRY_RUN: "true" });
  expect((await cli(["apply", "--yes", "--html", path], dry)).code).toBe(2);
  expect(await read(path)).toMatchObject({
    status: "Plan",
    page: expect.stringContaining("Nothing was written") as string,
  });
  expect((await cli(["apply", "--yes"], settings(emulator))).code).toBe(0);
  await cli(["apply", "--yes", "--html", path], settings(emulator));
  expect((await read(path)).status).toBe("Nothing to do");
});

test("of an apply that did everything the page asks for nobody's attention, and its counts are of one or of many", async () => {
  const emulator = await company();
  const path = join(await folder(), "done.html");
  const one = settings(emulator, { GROUP_MATCH: "email:aws-admins*" });
  expect((await cli(["apply", "--yes", "--html", path], one)).code).toBe(0);
  const { page, status } = await read(path);
  expect(status).toBe("Done");
  expect(page).toContain("1 group that matches,");
  expect(page).not.toContain("Needs attention");
});

test("of a refused apply the page says so, and what was done all the same", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.suspend("dee@example.com");
  for (const group of ["aws-devs", "aws-ops", "aws-admins"])
    emulator.google.deleteGroup(`${group}@example.com`);
  const path = join(await folder(), "refused.html");
  expect((await cli(["apply", "--yes", "--html", path], settings(emulator))).code).toBe(4);
  const { page, status, sections } = await read(path);
  expect({ status, first: sections[0] }).toEqual({ status: "Refused", first: "Done all the same" });
  expect(page).toContain("<p>1 user disabled.</p>");
  expect(page).toContain("No approval can let this through");
  expect(page).not.toContain("Nothing was written");
});

test("a page needs a name", async () => {
  const emulator = await company();
  for (const nameless of ["", "-"]) {
    const answer = await cli(["plan", "--html", nameless], settings(emulator));
    expect(answer.code).toBe(1);
    expect(answer.err).toContain("It has to be a file's name");
  }
  expect(emulator.requests).toEqual([]);
});

test("no secret is in the page, wherever the four of them come from", async () => {
  const emulator = await company();
  const path = join(await folder(), "plan.html");
  const [token = ""] = [...emulator.aws.tokens];
  const literal = {
    SCIM_ACCESS_TOKEN: token,
    SCIM_ENDPOINT: emulator.scimEndpoint,
    GROUP_MATCH: "name:aws-*",
  };
  const { code } = await cli(["plan", "--html", path], settings(emulator, literal));
  expect(code).toBe(2);
  const page = await readFile(path, "utf8");
  expect(page).toContain("GROUP_MATCH=name:aws-*");
  for (const secret of [token, emulator.scimEndpoint, emulator.aws.tenant, emulator.key.client_email]) {
    expect(secret).not.toBe("");
    expect(page).not.toContain(secret);
  }
  expect(page).not.toMatch(/PRIVATE KEY|SCIM_(?!RATE)|GOOGLE_(?:CREDENTIALS|ADMIN)/);
});
