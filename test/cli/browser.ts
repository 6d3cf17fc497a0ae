/** A real browser without a window, which has no network to speak of and starts with an empty profile. */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";

const DEBIANS = "/usr/bin/chromium";

/** Chromium's program. Where `CHROMIUM` names it, it has to be there; otherwise it is used if Debian's is installed. */
export const browserProgram = process.env["CHROMIUM"] ?? (existsSync(DEBIANS) ? DEBIANS : undefined);

const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function startBrowser(): Promise<Browser> {
  if (browserProgram === undefined || !existsSync(browserProgram)) {
    throw new Error(`There is no ${browserProgram}: CHROMIUM names the wrong program.`);
  }
  return chromium.launch({ executablePath: browserProgram, args: QUIET, chromiumSandbox: false });
}

/** A page opened from a file, and everything about it that should not happen. */
export interface Opened {
  readonly page: Page;
  /** Addresses asked for, the file itself left out. */
  readonly requests: readonly string[];
  /** Dialogues, errors of scripts, and what the browser complains about in its console. */
  readonly complaints: readonly string[];
  /** The rows that somebody sees, as text with single spaces; of one section if told. */
  readonly rows: (section?: string) => Promise<readonly string[]>;
  /** Chooses, types and waits until the page has followed. */
  readonly filter: (wanted: {
    readonly words?: string;
    readonly part?: string;
    readonly kind?: string;
    readonly removals?: boolean;
    readonly carries?: boolean;
  }) => Promise<void>;
  readonly count: () => Promise<string>;
}

export async function openPage(browser: Browser, path: string): Promise<Opened> {
  const page = await browser.newPage();
  const url = pathToFileURL(path).href;
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => void (request.url() === url || requests.push(request.url())));
  page.on("console", (message) => void complaints.push(message.text()));
  page.on("pageerror", (error) => void complaints.push(error.message));
  page.on("dialog", (dialog) => {
    complaints.push(`a dialogue: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return {
    page,
    requests,
    complaints,
    rows: async (section) => {
      const all = await page
        .locator(`${section === undefined ? "" : `#${section} `}tr[data-kind]`)
        .filter({ visible: true })
        .allInnerTexts();
      return all.map((text) => text.replaceAll(/\s+/g, " ").trim());
    },
    filter: async ({ words, part, kind, removals, carries }) => {
      await page.getByRole("button", { name: "Show everything" }).click();
      if (words !== undefined) await page.getByLabel("Search").fill(words);
      if (part !== undefined) await page.getByLabel("Part").selectOption(part);
      if (kind !== undefined) await page.getByLabel("Kind of change").selectOption(kind);
      if (removals === true) await page.getByLabel("removals only").check();
      if (carries === true) await page.getByLabel("only what carries access").check();
      // The page follows at once, or, of very many rows, after a moment.
      await page.waitForTimeout(300);
    },
    count: () => page.getByRole("status").innerText(),
  };
}
