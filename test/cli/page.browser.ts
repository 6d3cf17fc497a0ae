/** The plan's page in a real browser. */
import { mkdtemp } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, test } from "vitest";
import type { Emulator } from "../emulator/emulator.ts";
import { browserProgram, openPage, startBrowser } from "./browser.ts";
import { cli, company, settings, synced } from "./stage.ts";

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "page-"));

const IMAGE = `<img src=x onerror="window.canary=1;alert(1)">`;
const SCRIPT = `</script><script>window.canary=2</script>`;
const ATTRIBUTE = `"><svg onload="window.canary=3">`;
const REVERSED = "\u202egnitirw";

/** A day on which everything happens at once, to people and groups with hostile names. */
async function hostileDay(): Promise<Emulator> {
  const emulator = await company();
  const { google, aws } = emulator;
  google.nameGroup("aws-ops@example.com", SCRIPT);
  google.nameUser("cy@example.com", IMAGE, ATTRIBUTE);
  google.addUser({ email: "eve@example.com", givenName: SCRIPT, familyName: "E" });
  for (const name of ["eve", "dee"]) google.addMember("aws-devs@example.com", `${name}@example.com`);
  // Enough who stay, so that no limit refuses what happens to the others.
  for (const name of ["fay", "gus", "hal"]) {
    google.addUser({ email: `${name}@example.com` });
    google.addMember("aws-devs@example.com", `${name}@example.com`);
  }
  synced(emulator);
  const { access } = emulator;
  access.addPermissionSet("AdministratorAccess", { policies: ["AdministratorAccess"] });
  access.addPermissionSet("<img src=x onerror=alert(1)>");
  access.assign("aws-devs", "AdministratorAccess", "prod", "log-archive", "audit");
  access.assign("eve@example.com", "<img src=x onerror=alert(1)>", "sandbox", SCRIPT);
  google.nameUser("cy@example.com", ATTRIBUTE, SCRIPT);
  google.nameUser("haruto@example.com", IMAGE, "<b>佐藤</b>");
  google.addUser({ email: "mal@example.com", givenName: IMAGE, familyName: ATTRIBUTE });
  google.addGroup({ email: "aws-new@example.com", name: `new ${ATTRIBUTE}` });
  google.addMember("aws-new@example.com", "mal@example.com");
  google.addMember("aws-new@example.com", "cy@example.com");
  google.deleteUser("eve@example.com");
  google.suspend("dee@example.com");
  google.removeMember("aws-ops@example.com", "dee@example.com");
  google.lies.hideUsers("bob@example.com");
  aws.addUser({ userName: "root@example.com", displayName: IMAGE });
  aws.addUser({ userName: "old@example.com", displayName: REVERSED, externalId: "1".repeat(21) });
  aws.addGroup({ displayName: "taken" });
  google.addGroup({ email: "taken@example.com" });
  google.addMember("taken@example.com", "ada@example.com");
  google.addGroup({ email: "control@example.com", name: "AWSControlTowerAdmins" });
  return emulator;
}

/** What sticks out, and each word of a row that stands in more than one line though it is no id, no code and not long. */
const MEASURE = `(() => {
  const broken = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node.parentElement.closest("code, .ids") !== null) continue;
    for (const { 0: word, index } of node.data.matchAll(/[^\\s@-]+/g)) {
      if (word.length > 26 || !/^[\\w.,;:]+$/.test(word)) continue;
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
    }
  }
  return { broken, wide: document.documentElement.scrollWidth, high: document.body.scrollHeight };
})()`;

/** Seconds of the processor that the page has used so far: what else runs on the machine does not count. */
async function browserWork(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
  };
}

if (browserProgram === undefined) {
  it.skip(
    "the page in a browser: there is no /usr/bin/chromium, and CHROMIUM names none; .ci/run installs it",
  );
} else {
  describe("in a browser", inBrowser);
}

function inBrowser(): void {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  async function opened(emulator: Emulator, more: Readonly<Record<string, string>> = {}) {
    const path = join(await folder(), "plan.html");
    const { code, err } = await cli(["plan", "--html", path], settings(emulator, more));
    expect(err).toContain("As a page");
    if (browser === undefined) throw new Error("The browser has not been started.");
    const page = await openPage(browser, path);
    onTestFinished(() => page.page.close());
    return { ...page, code };
  }

  test("names from strangers are text: nothing runs, nothing is loaded, the browser has nothing to say", async () => {
    const { page, requests, complaints } = await opened(await hostileDay());
    const text = await page.locator("body").innerText();
    for (const name of [IMAGE, SCRIPT, ATTRIBUTE]) expect(text).toContain(name);
    expect(text).toContain("\\u{202e}gnitirw");
    expect(await page.content()).not.toContain("\u202e");
    expect(await page.locator("img, svg, iframe, b").count()).toBe(0);
    expect(await page.locator("script").count()).toBe(1);
    expect(await page.evaluate("window.canary")).toBeUndefined();
    expect({ requests, complaints }).toEqual({ requests: [], complaints: [] });
  });

  test("what got in all the same would not run, and would reach nobody", async () => {
    const { page, complaints } = await opened(await company());
    let heard = 0;
    const listener = createServer((_, response) => void response.end(String(heard++)));
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    onTestFinished(() => void listener.close());
    const { port } = listener.address() as AddressInfo;
    await page.evaluate(`{
      const image = '<img src="http://127.0.0.1:${port}/x" onerror="window.canary = 1">';
      document.body.insertAdjacentHTML("beforeend", image);
      const script = document.createElement("script");
      script.textContent = "window.canary = 2";
      document.body.append(script);
      navigator.sendBeacon("http://127.0.0.1:${port}/y");
    }`);
    await expect.poll(() => complaints.length).toBeGreaterThanOrEqual(3);
    expect(complaints.join("\n")).toContain("Content Security Policy");
    expect(await page.evaluate("window.canary")).toBeUndefined();
    expect(heard).toBe(0);
  });

  test("each change has its row, with what differs and why, and the rest stands apart by what it needs", async () => {
    const { page, rows, code } = await opened(await hostileDay());
    expect(code).toBe(3);
    expect(await page.locator(".status").innerText()).toMatch(/^plan$/i);
    expect(await page.locator("header").innerText()).toMatch(
      /Needs attention: 1 waiting for approval, 1 held back, 1 conflict\./,
    );
    const people = (await rows("people")).join("\n");
    expect(people).toContain("+ create mal@example.com");
    expect(people).toContain("given name 陽翔 → " + IMAGE);
    expect(people).toMatch(/- disable dee@example.com .*suspended or archived in Google/);
    expect(people).toMatch(/- disable eve@example.com .*no longer in Google\n/);
    expect(people).toMatch(/- retire eve@example.com .*out of aws-devs deleted on or after \d{4}-/);
    expect((await rows("groups")).join("\n")).toMatch(/\+ create new .* 2 members/);
    expect(await rows("memberships")).toEqual([
      "- remove dee@example.com not a member in Google",
      "- remove eve@example.com the user is retired",
      "+ add cy@example.com",
      "+ add mal@example.com",
    ]);
    expect((await rows("held")).join()).toMatch(
      /^- disable bob@example.com Bob Kahn .*Google's listing lacks/,
    );
    const waiting = (await rows("waiting")).join();
    const [, id] = /^adoption (\w{32}) taken /.exec(waiting) ?? [];
    expect(waiting).toContain(`{"action":"sync","approve":["${id}"]}`);
    expect((await rows("conflicts")).join()).toMatch(/^control@example.com .*is one of Control Tower/);
    expect((await rows("look-at")).join()).toContain("root@example.com made by hand and enabled");
    expect((await rows("left-out")).join()).toContain("kim@partner.example.net");
  });

  test("the filters leave what fits, say how many of how many, and leave out empty parts", async () => {
    const { page, rows, filter, count } = await opened(await hostileDay());
    const all = await rows();
    expect(await count()).toBe(`${all.length} rows`);

    await filter({ words: "eve@ RETIRED" });
    expect(await rows()).toEqual(["- remove eve@example.com the user is retired"]);
    expect(await count()).toBe(`1 of ${all.length} rows`);
    expect(await page.getByRole("heading", { level: 2 }).filter({ visible: true }).allInnerTexts()).toEqual([
      "Memberships 4",
    ]);

    await filter({ words: "aws-devs", part: "memberships" });
    expect(await rows()).toEqual(["- remove eve@example.com the user is retired"]);

    await filter({ kind: "user.update" });
    expect((await rows()).map((row) => row.split(" ").slice(0, 3).join(" "))).toEqual([
      "~ update cy@example.com",
      "~ update haruto@example.com",
    ]);

    await filter({ removals: true });
    expect((await rows()).map((row) => row.split(" ").slice(0, 2).join(" ")).toSorted()).toEqual([
      // Three who left and are disabled first of all, and one whom Google does not list any more, held back.
      ...["- disable", "- disable", "- disable", "- disable"],
      ...["- remove", "- remove"],
      ...["- retire", "- retire"],
    ]);

    await filter({ carries: true });
    const told = await rows();
    expect(told.map((row) => row.split(" ").slice(0, 3).join(" "))).toContain("- disable eve@example.com");
    expect(told.join()).toContain("carries AdministratorAccess in 3 accounts (audit, log-archive, prod)");
    expect(told.join()).toContain("still assigned directly: <img src=x onerror=alert(1)> in 2 accounts");
    expect(told.join()).not.toContain("old@example.com");

    await filter({ part: "held" });
    expect(await rows()).toHaveLength(1);

    await filter({ words: "nobody-at-all" });
    expect(await rows()).toEqual([]);
    expect(await page.locator("#nothing").isVisible()).toBe(true);

    await filter({});
    expect(await rows()).toEqual(all);
  });

  test("the keyboard alone is enough", async () => {
    const { page, rows, count } = await opened(await company());
    await page.keyboard.press("/");
    await page.keyboard.type("haruto");
    await expect.poll(count).toBe(`2 of ${(await page.locator("tr[data-kind]").count()).toString()} rows`);
    expect((await rows()).every((row) => row.includes("haruto@example.com"))).toBe(true);
    for (const label of ["Part", "Kind of change", "removals only", "only what carries access"]) {
      await page.keyboard.press("Tab");
      const focused = page.getByLabel(label).and(page.locator(":focus"));
      expect(await focused.count(), label).toBe(1);
    }
  });

  test("a refused plan shows what it wanted, why that cannot be right, and who is disabled all the same", async () => {
    const emulator = await company();
    synced(emulator);
    emulator.google.suspend("dee@example.com");
    const { page, rows, code } = await opened(emulator, { INCLUDE_GROUPS: "aws-admins@example.com" });
    expect(code).toBe(4);
    const head = await page.locator("header").innerText();
    expect(head).toContain("The plan would retire 4 users, retire 2 groups, remove 6 memberships.");
    expect(head).toContain("3 of 4 enabled managed users out of scope");
    const [, id = ""] = /npx ssosync apply --approve (\w{32})/.exec(head) ?? [];
    expect(head).toContain(`{"action":"sync","approve":["${id}"]}`);
    expect(await page.locator("main").innerText()).not.toContain(id);
    const whom = async (section: string) => (await rows(section)).map((row) => row.split(" ")[2]);
    expect(await whom("people")).toEqual(["bob", "cy", "dee", "haruto"].map((name) => `${name}@example.com`));
    expect(await whom("all-the-same")).toEqual(["dee@example.com"]);
    expect(await page.locator("#people").innerText()).toContain("none of this is carried out");
  });

  test.each([375, 768, 1280])(
    "at %i pixels nothing sticks out, no word is broken, and a row is a few lines",
    async (width) => {
      const emulator = await hostileDay();
      const { google } = emulator;
      google.addUser({ email: "maximiliane.wattenwyl-hohenzollern@example.com" });
      google.addMember("aws-devs@example.com", "maximiliane.wattenwyl-hohenzollern@example.com");
      const { page } = await opened(emulator);
      await page.setViewportSize({ width, height: 900 });
      const seen = await page.evaluate<{ wide: number; high: number; broken: string[] }>(MEASURE);
      expect(seen.broken).toEqual([]);
      expect(seen.wide).toBeLessThanOrEqual(width);
      const rows = await page.locator("tr[data-kind]").count();
      expect(seen.high).toBeLessThan(1_500 + rows * 220);
    },
  );

  test("the page names the Identity Center and Google's customer", async () => {
    const emulator = await company();
    const { page } = await opened(emulator, { CUSTOMER_ID: "my_customer" });
    const facts = await page.locator(".facts").innerText();
    expect(facts).toContain(`${emulator.aws.identityStoreId} of account 123456789012 in us-east-1`);
    expect(facts).toContain("my_customer: example.com");
  });

  test("on paper there are no controls, but how many rows of how many", async () => {
    const { page, filter } = await opened(await company());
    await filter({ words: "haruto" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await page.getByLabel("Search").isVisible()).toBe(false);
    expect(await page.getByRole("status").innerText()).toMatch(/^2 of \d+ rows$/);
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
  });

  test("a plan with nothing to do is a page that says so", async () => {
    const emulator = await company();
    synced(emulator);
    emulator.google.removeMember("aws-ops@example.com", "kim@partner.example.net");
    const { page, complaints, code } = await opened(emulator);
    expect(code).toBe(0);
    expect(await page.locator("header").innerText()).toMatch(/nothing to do 5 users and 3 groups match/i);
    expect(await page.locator("form, section, nav").filter({ visible: true }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("ten thousand rows are filtered and shown again with little work for the browser", async () => {
    const emulator = await company();
    const { google } = emulator;
    for (let at = 0; at < 2_500; at++) google.addUser({ email: `person${at}@example.com` });
    for (let at = 0; at < 25; at++) {
      google.addGroup({ email: `team${at}@example.com` });
      for (let who = 0; who < 300; who++) {
        google.addMember(`team${at}@example.com`, `person${(at * 100 + who) % 2_500}@example.com`);
      }
    }
    const { page, count } = await opened(emulator);
    const total = await page.locator("tr[data-kind]").count();
    expect(total).toBeGreaterThanOrEqual(10_000);
    const work = await browserWork(page);
    const before = await work();
    await page.getByLabel("Search").fill("person777@");
    await expect.poll(count, { timeout: 20_000 }).toBe(`4 of ${total.toLocaleString("en-US")} rows`);
    await page.getByRole("button", { name: "Show everything" }).click();
    await expect.poll(count, { timeout: 20_000 }).toBe(`${total.toLocaleString("en-US")} rows`);
    expect((await work()) - before).toBeLessThan(5);
  });
}
