/** Names and addresses that could break a filter, a query, a log line or a terminal. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { at } from "../emulator/fill.ts";
import type { Settings } from "../oracle/emulated.ts";
import { environmentOf, open, plannedBy, run } from "./stage.ts";
import type { Emulator } from "../emulator/emulator.ts";

const ESC = String.fromCharCode(27);
const BELL = String.fromCharCode(7);
const CSI = String.fromCharCode(0x9b);

/** As Google has it, and as the target is to have it. */
const names: readonly (readonly [string, string])[] = [
  [`O'Brien "the \\ boss"`, `O'Brien "the \\ boss"`],
  ["👩‍🚀 Zoë 🏳️‍🌈", "👩🚀 Zoë 🏳️🌈"],
  ["\u202Eevil\u202C", "evil"],
  ["a\u200Bb\u200Dc\uFEFFd", "abcd"],
  [`${ESC}[31mred${ESC}[0m`, "[31mred[0m"],
  [`${ESC}]0;title${BELL}x`, "]0;titlex"],
  [`${CSI}2Jgone`, "2Jgone"],
  ["null\u0000byte", "nullbyte"],
  ["line\r\nbreak\u2028and\u0085more", "line break and more"],
  [`{"audit":true,"status":"applied"}`, `{"audit":true,"status":"applied"}`],
  ["<script>alert(1)</script>", "<script>alert(1)</script>"],
  [`x" or userName eq "admin`, `x" or userName eq "admin`],
  ["${jndi:ldap://x}", "${jndi:ldap://x}"],
  ["%s %d %n %00", "%s %d %n %00"],
  ["  many   spaces\u00A0\u3000here  ", "many spaces here"],
  ["A".repeat(1_100), "A".repeat(1_024)],
  ["\uD83D\uDE00".repeat(600), "\uD83D\uDE00".repeat(512)],
];

const addresses = [
  "o'brien",
  "plus+tag",
  "UPPER.Case",
  "under_score",
  "dash-dash",
  "ä.umlaut",
  "x".repeat(60),
];

/** Everybody above, each also as a group's name. */
function begin({ google }: Emulator): void {
  names.forEach(([name], n) => {
    google.addUser({ email: at(`user${n}`), givenName: name, familyName: name });
    google.addGroup({ email: at(`aws-${n}`), name: `${n} ${name}` });
    google.addMember(at(`aws-${n}`), at(`user${n}`));
  });
  google.addGroup({ email: at("aws-addresses"), name: "addresses" });
  for (const address of addresses) {
    google.addUser({ email: at(address), givenName: "Given", familyName: address });
    google.addMember(at("aws-addresses"), at(address));
  }
}

/** A day on which each of them is looked at again: some leave, some change, one is deleted. */
function nextDay({ google }: Emulator): void {
  for (const address of ["o'brien", "plus+tag"]) google.removeMember(at("aws-addresses"), at(address));
  google.addMember(at("aws-1"), at("o'brien"));
  google.addMember(at("aws-1"), at("plus+tag"));
  google.nameUser(at("user0"), `it's "quoted" \\ again`, "x");
  google.deleteGroup(at("aws-2"));
  google.deleteUser(at("user11"));
  google.suspend(at("user3"));
}

const settings: Settings = { MAX_USER_REMOVALS: "50%", MAX_GROUP_REMOVALS: "50%" };

test(
  "hostile names and addresses are written as AWS accepts them, and the next run has nothing to do",
  { tags: "long" },
  async () => {
    const emulator = await open();
    begin(emulator);
    const first = await run(emulator, {}, { settings });
    expect(first.status, first.message).toBe("succeeded");
    const { aws, google } = emulator;
    names.forEach(([, clean], n) => {
      expect(aws.user(at(`user${n}`)).name).toEqual({ givenName: clean, familyName: clean });
      expect(aws.groups.find((one) => one.externalId === google.group(at(`aws-${n}`)).id)?.displayName).toBe(
        Array.from(`${n} ${clean}`).reduce(
          (sum, one) => (sum.length + one.length > 1_024 ? sum : sum + one),
          "",
        ),
      );
    });
    expect(aws.membersOf("addresses")).toEqual(addresses.map((one) => at(one.toLowerCase())).toSorted());
    expect(await plannedBy(emulator, { settings })).toEqual([]);
    nextDay(emulator);
    const second = await run(emulator, {}, { settings });
    expect(second.status, second.message).toBe("succeeded");
    expect(aws.membersOf("addresses")).not.toContain(at("o'brien"));
    expect(aws.user(at("user11")).active).toBe(false);
    expect(await plannedBy(emulator, { settings })).toEqual([]);
  },
);

test(
  "a conflict about any of them is looked up by exactly that name, and affects nobody else",
  { tags: "long" },
  async () => {
    const emulator = await open();
    begin(emulator);
    emulator.fault({
      when: ({ operation }) => operation === "CreateUser" || operation === "CreateGroup",
      times: Infinity,
      do: { status: 409 },
    });
    const ended = await run(emulator, {}, { settings });
    expect(ended.status).toBe("attention");
    expect(ended.outcomes.filter(({ status }) => status === "applied")).toEqual([]);
    expect(emulator.count(({ method, status }) => method === "GET" && status >= 400)).toBe(0);
  },
);

const CHILD = fileURLToPath(new URL("crash/child.ts", import.meta.url));

/** Standard output of a run in a process of its own. */
async function linesOf(emulator: Emulator, place: "lambda" | "terminal", event: object): Promise<string> {
  const environment = environmentOf(emulator, { ...settings, LOG_LEVEL: "trace" });
  const task = JSON.stringify({ environment, event, place });
  const child = spawn(process.execPath, [CHILD, task], { stdio: ["ignore", "pipe", "ignore"] });
  const [out] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return out;
}

// Everything but line feeds that a terminal or a reader of lines could stumble over.
const DANGEROUS =
  /[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

test("no name forges a log line: each line of a run is one JSON object", { tags: "long" }, async () => {
  const emulator = await open();
  begin(emulator);
  const out = await linesOf(emulator, "lambda", { action: "sync" });
  const lines = out.trimEnd().split("\n");
  const records = lines.map(
    (line) => JSON.parse(line) as { readonly audit?: boolean; readonly status?: string },
  );
  expect(out).not.toMatch(DANGEROUS);
  expect(out).not.toContain(ESC);
  expect(records.filter(({ audit }) => audit === true)).toHaveLength(2 * names.length + addresses.length + 1);
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ summary: true, status: "succeeded" });
});

test("no control sequence in a name reaches the terminal", { tags: "long" }, async () => {
  const emulator = await open();
  begin(emulator);
  const out = await linesOf(emulator, "terminal", { action: "plan" });
  expect(out).toContain("user12");
  expect(out).not.toMatch(DANGEROUS);
  // pino's own colours are the only sequences; in a pipe there are none.
  expect(out).not.toContain(ESC);
});
