import { once } from "node:events";
import { expect, test } from "vitest";
import type { Emulator } from "../emulator/emulator.ts";
import { silent } from "../../src/terminal/progress.ts";
import { cli, company, ended, program, settings, start, synced } from "./stage.ts";

/** The program with somebody at the terminal who answers. */
async function answering(emulator: Emulator, answer: string | undefined, ...words: readonly string[]) {
  const seen = { questions: [] as string[], progress: [] as string[] };
  const ended = await cli(words, settings(emulator), {
    status: { ...silent, show: (text) => void seen.progress.push(text) },
    ask: (question) => {
      seen.questions.push(question);
      return Promise.resolve(answer);
    },
  });
  return { ...ended, ...seen };
}

test("apply without a terminal and without --yes is refused before anything is read", async () => {
  const emulator = await company();
  const { code, out, err } = await cli(["apply"], settings(emulator));
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("there is no terminal to ask at: add --yes");
  expect(emulator.requests).toEqual([]);
});

test("apply --yes shows the plan, carries it out, and says what came of it", async () => {
  const emulator = await company();
  const { code, out, err } = await program(["apply", "--yes"], settings(emulator));
  expect(out).toContain("Plan: create 5 users, create 3 groups, add 7 memberships.");
  expect(out).toContain("Done: 5 users created, 3 groups created, 7 memberships added (in ");
  expect(out).toContain("IAM Identity Center now matches Google Workspace.\n");
  expect(err).toContain("Writing 15 changes\n");
  expect(code).toBe(0);
  expect(emulator.aws.membersOf("aws-ops")).toEqual(["ada@example.com", "cy@example.com", "dee@example.com"]);
});

test("of leavers by themselves nothing is said about groups, nor that both sides match", async () => {
  const emulator = await company();
  synced(emulator);
  const quiet = await cli(["leavers", "--yes"], settings(emulator));
  expect(quiet).toMatchObject({
    code: 0,
    out: expect.stringContaining("Nobody to disable."),
  });
  emulator.google.suspend("haruto@example.com");
  const dry = await cli(["leavers", "--yes"], settings(emulator, { DRY_RUN: "true" }));
  expect(dry.out).toContain("Nothing was written, because DRY_RUN is set.");
  const { code, out } = await cli(["leavers", "--yes"], settings(emulator));
  expect(code).toBe(0);
  expect(out).toContain("Done: 1 user disabled");
  expect(emulator.aws.user("haruto@example.com").active).toBe(false);
  for (const text of [quiet.out, dry.out, out]) expect(text).not.toMatch(/group|match/i);
});

test("of a narrowed run it is not said that both sides match", async () => {
  const emulator = await company();
  const { code, out } = await cli(["apply", "--yes", "--who", "bob@example.com"], settings(emulator));
  expect(code).toBe(0);
  expect(out).toMatch(/\nDone: 1 user created \(in .*\)\n$/);
});

test("apply asks, and a yes carries the plan out", async () => {
  const emulator = await company();
  const { code, out, questions } = await answering(emulator, "y", "apply");
  expect(questions).toEqual(["Apply all 15 changes? [y/N] "]);
  expect(out).toContain("Done: 5 users created");
  expect(code).toBe(0);
  expect(emulator.aws.users).toHaveLength(5);
});

test.each(["n", "", undefined, "yeah"])("%j is no yes: nothing is written", async (answer) => {
  const emulator = await company();
  const { code, out, err } = await answering(emulator, answer, "apply");
  expect(out).toContain("Plan: create 5 users");
  expect(err).toBe("Nothing was written.\n");
  expect(code).toBe(2);
  expect(emulator.writes()).toEqual([]);
});

test("the question repeats whom the run is narrowed to", async () => {
  const emulator = await company();
  const { questions } = await answering(emulator, "n", "apply", "--who", "aws-devs@example.com");
  expect(questions).toEqual([
    expect.stringMatching(/^Apply \d+ changes, only about aws-devs@example\.com\? /),
  ]);
});

test("the question says how much is taken away", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.removeMember("aws-ops@example.com", "cy@example.com");
  const { questions } = await answering(emulator, "n", "apply");
  expect(questions).toEqual(["Apply 2 changes, including 2 removals? [y/N] "]);
});

test("the plan, the question and the progress count alike, also somebody who is renamed by two requests", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.rename("bob@example.com", "rob@example.com");
  emulator.google.nameUser("rob@example.com", "Rob", "Cahn");
  emulator.google.addMember("aws-ops@example.com", "rob@example.com");
  const { out, questions, progress } = await answering(emulator, "y", "apply");
  expect(emulator.writes()).toHaveLength(3);
  expect(out).toMatch(/\nPlan: update 1 user, add 1 membership\.\n/);
  expect(questions).toEqual(["Apply 2 changes? [y/N] "]);
  expect(progress).toContain("Asking Google again about what would be taken away");
  expect(progress.filter((text) => text.startsWith("Writing ")).map((text) => text.split(" ")[1])).toEqual([
    ...["0/2", "1/2", "2/2", "2/2"],
  ]);
  expect(out).toContain("Done: 1 user updated, 1 membership added (in ");
});

test("the question about a refused plan names what is done all the same, and only that", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.suspend("dee@example.com");
  for (const group of ["aws-devs", "aws-ops", "aws-admins"])
    emulator.google.deleteGroup(`${group}@example.com`);
  const { questions } = await answering(emulator, "n", "apply");
  expect(questions).toEqual(["Apply only what is not refused (disable 1 user)? [y/N] "]);
});

test("without a yes not even a leaver is disabled; with it, everybody is who left", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.suspend("dee@example.com");
  const no = await answering(emulator, "n", "apply");
  expect(no.err).toBe("Nothing was written.\n");
  expect(emulator.writes()).toEqual([]);
  const yes = await answering(emulator, "y", "apply");
  expect(yes.questions).toEqual(["Apply 1 change, including 1 removal? [y/N] "]);
  expect(yes.out).toContain("Done: 1 user disabled (in ");
  expect(emulator.aws.user("dee@example.com").active).toBe(false);
  expect(emulator.writes()).toHaveLength(1);
});

test("leavers without a terminal and without --yes is refused before anything is read", async () => {
  const emulator = await company();
  const { code, out, err } = await cli(["leavers"], settings(emulator));
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("leavers asks before it writes");
  expect(emulator.requests).toEqual([]);
});

test("leavers asks before anybody is disabled, and says who was, and no more than that", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.suspend("dee@example.com");
  emulator.google.removeMember("aws-ops@example.com", "cy@example.com");
  const no = await answering(emulator, "n", "leavers");
  expect(no).toMatchObject({ code: 2, err: "Nothing was written.\n" });
  expect(no.out).toContain("disable  dee@example.com");
  expect(emulator.writes()).toEqual([]);
  const yes = await answering(emulator, "y", "leavers");
  expect(yes.questions).toEqual(["Apply 1 change, including 1 removal? [y/N] "]);
  expect(yes.out).toMatch(/\nDone: 1 user disabled \(in .*\)\n$/);
  expect(yes.code).toBe(0);
  expect(emulator.writes()).toHaveLength(1);
  const again = await answering(emulator, undefined, "leavers");
  expect(again).toMatchObject({ code: 0, questions: [], out: expect.stringContaining("Nobody to disable") });
});

test("nothing is asked when there is nothing to do, or when DRY_RUN is set", async () => {
  const emulator = await company();
  const dry = await cli(["apply", "--yes"], settings(emulator, { DRY_RUN: "true" }));
  expect(dry.out).toContain("Nothing was written, because DRY_RUN is set.");
  expect(dry.code).toBe(2);
  expect(emulator.writes()).toEqual([]);
  synced(emulator);
  const { code, questions, out } = await answering(emulator, undefined, "apply");
  expect({ code, questions }).toEqual({ code: 0, questions: [] });
  expect(out).toContain("Nothing to do: 5 users and 3 groups");
});

test("a refused change is told with AWS's words, the others are made, and the run ends with 3", async () => {
  const emulator = await company();
  const body = {
    schema: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    detail: "no room for bob",
    status: "400",
  };
  emulator.fault({
    when: ({ operation, body: asked }) =>
      operation === "CreateUser" && JSON.stringify(asked).includes("bob@"),
    times: Infinity,
    do: { status: 400, body },
  });
  const { code, out } = await cli(["apply", "--yes"], settings(emulator));
  expect(out).toMatch(/failed {2}create bob@example.com: .*no room for bob/);
  expect(out).toMatch(
    /skipped add bob@example.com in aws-devs: the user bob@example.com could not be created/,
  );
  expect(out).toContain("Done: 4 users created");
  expect(out).toContain("Refused by AWS: 1 change, for the reason above");
  expect(code).toBe(3);
});

test("a refused plan disables who left, and says last what was refused", async () => {
  const emulator = await company();
  synced(emulator);
  emulator.google.suspend("dee@example.com");
  for (const group of ["aws-devs", "aws-admins"]) emulator.google.deleteGroup(`${group}@example.com`);
  const { code, out } = await cli(["apply", "--yes"], settings(emulator));
  expect(out).toMatch(
    /\nDone: 1 user disabled \(in .*\)\nRefused: The plan would take 3 of 4 enabled managed users /,
  );
  expect(out).toMatch(/approve with {2}npx ssosync apply --approve [0-9a-f]{32}\n.*\n$/);
  expect(code).toBe(4);
});

test("a wrong token ends it with 1 and the remedy", async () => {
  const emulator = await company();
  emulator.aws.tokens.clear();
  const { code, err } = await cli(["apply", "--yes"], settings(emulator));
  expect(code).toBe(1);
  expect(err).toMatch(/Failed: .*token/);
});

test("apply --json has every change with what became of it, and progress stays on standard error", async () => {
  const emulator = await company();
  const { code, out } = await cli(["apply", "--yes", "--json"], settings(emulator));
  expect(code).toBe(0);
  const { changes, applied } = JSON.parse(out) as {
    changes: { status: string; targetId: string }[];
    applied: object;
  };
  expect(applied).toMatchObject({ "user.create": 5, "group.create": 3 });
  expect(changes).toHaveLength(8);
  for (const change of changes)
    expect(change).toMatchObject({ status: "applied", targetId: expect.stringMatching(/./) });
});

test("an approval that nothing waits under is refused, and nothing is written", async () => {
  const emulator = await company();
  const { code, err } = await cli(
    ["apply", "--yes", "--approve", "0123456789abcdef0123456789abcdef"],
    settings(emulator),
  );
  expect(code).toBe(1);
  expect(err).toContain("Nothing waits under 0123456789abcdef0123456789abcdef, and nothing was approved");
  expect(emulator.writes()).toEqual([]);
});

test(
  "an interruption while writing finishes what is open, says so, ends with 3, and the next run goes on",
  { tags: "long" },
  async () => {
    const emulator = await company();
    for (let n = 0; n < 60; n += 1) {
      emulator.google.addUser({ email: `more${n}@example.com` });
      emulator.google.addMember("aws-devs@example.com", `more${n}@example.com`);
    }
    const slow = emulator.fault({
      when: { service: "scim", operation: "CreateUser" },
      times: Infinity,
      do: { delay: 900 },
    });
    const child = start("src/cli.ts", ["apply", "--yes"], settings(emulator));
    const result = ended(child);
    while (emulator.writes().length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { code, out, err } = await result;
    slow.remove();
    const made = emulator.aws.users.length;
    expect(err).toContain("Stopping: no new changes are started");
    expect(out).toContain(`Done: ${made} users created`);
    expect(out).toMatch(/Stopped: \d+ changes are left; npx ssosync apply goes on from there\./);
    expect(code).toBe(3);
    expect(made).toBeGreaterThan(1);
    expect(made).toBeLessThan(65);
    expect(emulator.aws.groups).toEqual([]);
    expect((await cli(["apply", "--yes"], settings(emulator))).code).toBe(0);
    expect(emulator.aws.users).toHaveLength(65);
  },
);

test("an interruption while reading ends it at once, and nothing was written", { tags: "long" }, async () => {
  const emulator = await company();
  emulator.fault({ when: { service: "google" }, times: Infinity, do: { delay: 5_000 } });
  const child = start("src/cli.ts", ["apply", "--yes"], settings(emulator));
  const result = ended(child);
  while (emulator.count({ service: "google" }) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGINT");
  const { code, err } = await result;
  expect(err).toContain("Stopped; nothing was written.\n");
  expect(code).toBe(130);
  expect(emulator.writes()).toEqual([]);
});

test(
  "whoever ends the process that an older Node started ends the program, with its last word and its exit code",
  { tags: "long" },
  async () => {
    const emulator = await company();
    emulator.fault({ when: { service: "google" }, times: Infinity, do: { delay: 5_000 } });
    const child = start("src/ssosync.mjs", ["apply", "--yes"], settings(emulator), ["--no-strip-types"]);
    const result = ended(child);
    while (emulator.count({ service: "google" }) === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGTERM");
    const { code, err } = await result;
    expect(err).toContain("Stopped; nothing was written.\n");
    expect(code).toBe(130);
  },
);

test("a reader who goes away does not end the writing", { tags: "long" }, async () => {
  const emulator = await company();
  const child = start("src/cli.ts", ["apply", "--yes"], settings(emulator));
  child.stdout?.destroy();
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(0);
  expect(emulator.aws.users).toHaveLength(5);
});
