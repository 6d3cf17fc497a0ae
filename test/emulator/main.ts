/** `npm run emulator`: the sample company on a fixed port, to point a real client at and to play with. */
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { changeCompany, sampleCompany } from "./company.ts";
import { startEmulator, type Emulator } from "./emulator.ts";
import type { FaultHandle } from "./faults.ts";

const PORT = 4747;

/** A word to type, what follows it, and what it does; what `act` returns is said. */
interface Trick {
  readonly words: string;
  readonly meaning: string;
  readonly act: (emulator: Emulator, ...words: readonly string[]) => string;
}

let slow: FaultHandle | undefined;

const tricks: Readonly<Record<string, Trick>> = {
  join: {
    words: "ADDRESS GROUP…",
    meaning: "somebody joins, in these groups",
    act: ({ google }, email = "", ...groups) => {
      const [given = "", family = "Newcomer"] = email.replace(/@.*/, "").split(".").map(capital);
      google.addUser({ email, givenName: given, familyName: family });
      for (const group of groups) google.addMember(group, email);
      return `${email} has joined`;
    },
  },
  leave: {
    words: "ADDRESS",
    meaning: "the account is deleted",
    act: ({ google }, email = "") => (google.deleteUser(email), `${email} has left`),
  },
  suspend: {
    words: "ADDRESS",
    meaning: "the account is suspended; `wake` undoes it",
    act: ({ google }, email = "") => (google.suspend(email), `${email} is suspended`),
  },
  wake: {
    words: "ADDRESS",
    meaning: "the account is active again",
    act: ({ google }, email = "") => (google.suspend(email, false), `${email} is active`),
  },
  rename: {
    words: "ADDRESS NEW-ADDRESS",
    meaning: "a user's or a group's new address",
    act: ({ google }, from = "", to = "") => (google.rename(from, to), `${from} is now ${to}`),
  },
  add: {
    words: "GROUP MEMBER",
    meaning: "a user or a group becomes a member",
    act: ({ google }, group = "", member = "") => (
      google.addMember(group, member),
      `${member} is in ${group}`
    ),
  },
  remove: {
    words: "GROUP MEMBER",
    meaning: "and is no longer one",
    act: ({ google }, group = "", member = "") => (
      google.removeMember(group, member),
      `${member} is no longer in ${group}`
    ),
  },
  disband: {
    words: "GROUP",
    meaning: "the group is deleted",
    act: ({ google }, group = "") => (google.deleteGroup(group), `${group} is gone`),
  },
  day: {
    words: "",
    meaning: "a working day: a joiner, a leaver, a new name, a moved group",
    act: ({ google }) => (changeCompany(google), "a working day has passed"),
  },
  hide: {
    words: "ADDRESS",
    meaning: "Google's listings leave out this user or group, although it exists; `truth` undoes it",
    act: ({ google }, key = "") => {
      if (google.findGroup(key) === undefined) google.user(key);
      google.lies.hideUsers(key);
      google.lies.hideGroups(key);
      return `Google's listings hide ${key}`;
    },
  },
  truth: {
    words: "",
    meaning: "Google tells the truth again",
    act: ({ google }) => (google.lies.clear(), "Google tells the truth"),
  },
  slow: {
    words: "",
    meaning: "every SCIM request takes half a second; type it again to stop that",
    act: (emulator) => {
      if (slow === undefined) {
        const when = { service: "scim" as const };
        slow = emulator.fault({ when, times: Infinity, do: { delay: 500 } });
        return "SCIM is slow";
      }
      slow.remove();
      slow = undefined;
      return "SCIM is quick";
    },
  },
  show: {
    words: "[GROUP]",
    meaning: "what is on both sides, or a group's members there",
    act: ({ google, aws, writes }, key) => {
      if (key !== undefined) return aws.membersOf(key).join("\n") || `${key} has no members there`;
      return [
        `Google: ${google.users.length} users, ${google.groups.length} groups`,
        `Identity Center: ${aws.users.length} users, ${aws.groups.length} groups, ${aws.memberships.length} memberships`,
        `SCIM has had ${writes().length} write requests`,
      ].join("\n");
    },
  },
};

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function help(): string {
  const rows = Object.entries(tricks).map(([name, { words, meaning }]): [string, string] => [
    `${name} ${words}`,
    meaning,
  ]);
  const all = [...rows, ["help", "this list"], ["quit", "ends the emulator, as Ctrl-C does"]];
  return all.map(([usage = "", meaning = ""]) => `  ${usage.padEnd(28)} ${meaning}`).join("\n");
}

/** One line that was typed; addresses without a domain are of the sample company. */
function answer(emulator: Emulator, line: string): string {
  const [name = "", ...words] = line.trim().split(/\s+/);
  if (name === "help") return help();
  const trick = Object.hasOwn(tricks, name) ? tricks[name] : undefined;
  if (trick === undefined) return `There is no command "${name}" here. These are understood:\n${help()}`;
  const needed = trick.words.split(" ").filter((word) => /^[A-Z-]+$/.test(word)).length;
  if (words.length < needed) return `This takes: ${name} ${trick.words}`;
  const full = words.map((word) => (word.includes("@") || name === "show" ? word : `${word}@example.com`));
  try {
    return trick.act(emulator, ...full);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * A real company's settings in the same shell would win, and a real company would be changed. In zsh, `unset` needs a
 * name, and there may be no other.
 */
const UNSET = "unset AWS_PROFILE $(env | grep -oE '^(SSOSYNC_|GOOGLE_|SCIM_|AWS_)[A-Z_]+')";

function welcome(emulator: Emulator): string {
  const settings = Object.entries(emulator.environment()).map(([name, value]) => `export ${name}=${value}`);
  return `Google Workspace and IAM Identity Center of a sample company
(${emulator.google.users.length} people, ${emulator.google.groups.length} groups), at ${emulator.url}.
Nothing here is real, and nothing is kept when it ends.

In another terminal:

${UNSET}
${settings.join("\n")}

npx ssosync plan
npx ssosync apply

Then change the company here, and see what a plan makes of it:

${help()}
`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: "string", default: String(PORT) } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port takes a number from 0 to 65535, not ${values.port}`);
  }
  const emulator = await startEmulator({ port, pageSize: "vendor" }).catch((error: unknown) => {
    if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
    throw new Error(`port ${port} is in use: stop what listens there, or choose another with -- --port 4848`);
  });
  sampleCompany(emulator.google, emulator.aws);
  console.log(welcome(emulator));
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: "company> " });
  const prompt = (): void => (process.stdin.isTTY ? lines.prompt() : undefined);
  const end = async (): Promise<void> => {
    lines.close();
    process.stdin.destroy();
    await emulator.close();
  };
  lines.on("SIGINT", () => void end());
  process.on("SIGINT", () => void end());
  process.on("SIGTERM", () => void end());
  prompt();
  for await (const line of lines) {
    if (line.trim() === "quit") return end();
    if (line.trim() !== "") console.log(answer(emulator, line));
    prompt();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
