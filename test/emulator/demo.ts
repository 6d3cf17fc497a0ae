/**
 * `npm run demo`: a company in a box, and the real program at work on it, as one would see it at a terminal. With
 * `-- --keyless` there is no key of Google's: the AWS identity becomes the service account, which acts as itself.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs, styleText } from "node:util";
import { changeCompany, sampleCompany } from "./company.ts";
import { startEmulator, type Emulator } from "./emulator.ts";
import { way } from "./ways.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const look = (format: Parameters<typeof styleText>[0], text: string): string =>
  styleText(format, text, { stream: process.stdout });

function heading(title: string, ...lines: readonly string[]): void {
  say(`\n${look(["bold", "cyan"], `━━ ${title}`)}`);
  for (const line of lines) say(look("dim", `   ${line}`));
  say("");
}

/** Faster than AWS and Google would allow: here nobody shares the limits. */
const RATES = { SCIM_RATE: "60", IDENTITY_STORE_RATE: "200", GOOGLE_RATE: "200" };

/** Nothing that could lead the program to a real company: only what a process and its colours need. */
function bare(): Record<string, string> {
  const names = [
    ...["PATH", "HOME", "SYSTEMROOT", "LANG", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "CI"],
    "NODE_COMPILE_CACHE",
  ];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** What an administrator of AWS does meanwhile: groups are assigned to accounts, and so is one person. */
function assignAccess({ access }: Emulator): void {
  access.addPermissionSet("AdministratorAccess", { policies: ["AdministratorAccess"] });
  access.addPermissionSet("DeveloperAccess", { policies: ["PowerUserAccess"] });
  access.assign("aws-support", "AdministratorAccess", "prod", "log", "audit");
  access.assign("aws-backend", "DeveloperAccess", "dev", "staging");
  access.assign("ivan.petrov@example.com", "DeveloperAccess", "sandbox");
}

interface Box {
  readonly emulator: Emulator;
  /** Who the program is at Google. */
  readonly settings: Record<string, string>;
}

/** The real program, in a process of its own; what it prints goes where ours goes. Fails on any other exit code. */
async function run(
  { emulator, settings }: Box,
  expected: number,
  typed: string,
  ...words: readonly string[]
): Promise<void> {
  say(`${look("bold", "$")} ${look("bold", typed)}\n`);
  const child = spawn(process.execPath, [CLI, ...words], {
    env: { ...bare(), ...emulator.environment({ ...RATES, ...settings }) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== expected) throw new Error(`"${typed}" ended with ${code} instead of ${expected}`);
}

async function demo(box: Box): Promise<void> {
  const { emulator, settings } = box;
  const { google, aws } = emulator;
  const sample = sampleCompany(google, aws);
  say(look("bold", "A company in a box"));
  say(`${google.users.length} people and ${google.groups.length} groups in Google Workspace, some groups nested in others;
${sample.suspended} is suspended, ${sample.external} is a guest.
IAM Identity Center holds what Control Tower put there. Both are emulated,
on ${emulator.url}; the program is the real one.`);
  if ("GOOGLE_CREDENTIALS" in settings)
    say(`There is no key: the program's AWS role becomes the service account
${emulator.key.client_email}, which has an admin role.`);

  heading("What would happen?", "A plan reads both sides and writes nothing.");
  await run(box, 2, "npx ssosync plan", "plan");

  heading(
    "Do it",
    "apply shows the same plan and asks before it writes; --yes answers for you.",
    "It writes faster here than AWS allows; at the default rate, this takes",
    "about ten seconds.",
  );
  await run(box, 0, "npx ssosync apply --yes", "apply", "--yes");

  heading(
    "And again",
    "A second run finds nothing to do: it compares both sides again, because",
    "nothing is kept between runs.",
  );
  await run(box, 0, "npx ssosync plan", "plan");

  assignAccess(emulator);
  const day = changeCompany(google);
  heading(
    "A working day passes at the company",
    `${day.joiner} joins the backend team.`,
    `${day.leaver} leaves: the Google account is deleted.`,
    `${day.renamed.from} is now ${day.renamed.to}.`,
    `The group ${day.moved.group} moves from ${day.moved.from}`,
    `to ${day.moved.to}.`,
    "Meanwhile somebody has assigned groups to accounts in AWS.",
  );
  await run(box, 2, "npx ssosync plan", "plan");

  heading("Do it", "Whoever has left is disabled at once, and deleted a month later.");
  await run(box, 0, "npx ssosync apply --yes", "apply", "--yes");

  const leaver = "jose.nunez@example.com";
  google.suspend(leaver);
  heading(
    "Somebody leaves in the middle of the day",
    `${leaver} is suspended in Google. leavers asks who has`,
    "left, reads no group, and disables them. Lambda does this every minute.",
  );
  const suspended = performance.now();
  await run(box, 0, "npx ssosync leavers --yes", "leavers", "--yes");
  if (aws.user(leaver).active) throw new Error(`${leaver} can still sign in`);
  const seconds = ((performance.now() - suspended) / 1000).toFixed(1);
  say(look("dim", `   Out of AWS ${seconds} seconds after being suspended.`));

  heading("That is all", "npm run emulator keeps a company like this running, for you to try things on.");
}

const { values } = parseArgs({ options: { keyless: { type: "boolean", default: false } } });
const emulator = await startEmulator({ pageSize: "vendor" });
try {
  const settings = values.keyless ? way(emulator, "a role of its own and no key") : {};
  await demo({ emulator, settings });
  emulator.verify();
} catch (error) {
  process.stderr.write(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await emulator.close();
}
