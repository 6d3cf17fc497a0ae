import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Change } from "../../src/core/change.ts";
import { sourceId } from "../../src/core/model.ts";
import type { Outcome } from "../../src/run/outcome.ts";
import { typedApply } from "../../src/terminal/commands.ts";

import { interruptions } from "../../src/terminal/session.ts";
import { command, renderer } from "../../src/terminal/lines.ts";
import { duration, plainLines, progressOn, spinner, writingProgress } from "../../src/terminal/progress.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

test.each([
  [
    { users: 1_234, groups: 1, members: 3_900 },
    { users: 500, groups: 40, groupsRead: 12 },
    "Google 1,234 users, 1 group, 3,900 members; AWS 500 users, 12/40 groups",
  ],
  [
    { users: 1_000, groups: 200, members: 9_000 },
    { users: 1_000, groups: 200, groupsRead: 200 },
    "Google 1,000 users, 200 groups, 9,000 members; AWS 1,000 users, 200/200 groups",
  ],
])("progress of reading counts both sides, beside the spinner in 80 columns", (source, existing, text) => {
  const shown: string[] = [];
  const status = { show: (line: string) => void shown.push(line), clear: () => undefined };
  progressOn(status).reading?.({ source, existing });
  expect(shown).toEqual([text]);
  expect(`⠋ ${text}`.length).toBeLessThanOrEqual(80);
});

const named = (n: number) => ({ externalId: sourceId(`${n}`), label: `p${n}@example.com` });
const GROUP = { externalId: sourceId("g"), label: "devs" };

test("progress of writing counts memberships person by person, and tells speed and time left by requests", () => {
  const changes = Array.from({ length: 20 }, (_, at): Change => {
    const users = Array.from({ length: 30 }, (_, n) => named(at * 30 + n));
    return { kind: "members.add", group: GROUP, users };
  });
  const shown: string[] = [];
  const stop = new AbortController();
  const status = { show: (text: string) => void shown.push(text), clear: () => undefined };
  const tell = writingProgress(changes, status, stop.signal);
  vi.advanceTimersByTime(4_000);
  const outcomes = changes.map((change): Outcome => ({ status: "applied", change, of: change }));
  for (const outcome of outcomes.slice(0, 8)) tell(outcome);
  expect([shown[0], shown.at(-1)]).toEqual([
    "Writing 0/600",
    "Writing 240/600 · 2.0 requests/s · about 6 s left",
  ]);
  vi.advanceTimersByTime(1_000);
  for (const outcome of outcomes.slice(8)) tell(outcome);
  expect(shown.at(-1)).toBe("Writing 600/600 · 4.0 requests/s");
  stop.abort();
  for (const outcome of outcomes.slice(0, 1)) tell(outcome);
  expect(shown.at(-1)).toMatch(/^Finishing what is under way/);
});

test("durations are told as people say them", () => {
  expect([40.2, 89, 100, 3600, 7_800].map(duration)).toEqual([
    "41 s",
    "89 s",
    "2 min",
    "60 min",
    "2 h 10 min",
  ]);
});

test("a pipe is told what is going on, and then only every ten seconds how far it is", () => {
  const said: string[] = [];
  const line = plainLines((text) => void said.push(text));
  line.show("Reading 1", "Reading");
  vi.advanceTimersByTime(9_000);
  line.show("Reading 2", "Reading");
  line.show("aside", "");
  vi.advanceTimersByTime(1_000);
  line.show("Reading 3", "Reading");
  line.show("Writing 0/9", "Writing 9 changes");
  expect(said).toEqual(["Reading\n", "Reading 3\n", "Writing 9 changes\n"]);
});

test("the first interruption while reading quits; while writing it stops, and only a later one quits", () => {
  const said: string[] = [];
  const quits: string[] = [];
  const make = () =>
    interruptions(
      (text) => void said.push(text),
      (text) => void quits.push(text),
    );
  make().interrupted();
  expect(quits).toEqual(["Stopped; nothing was written."]);
  const writing = make();
  writing.writing();
  writing.interrupted();
  // npm passes the same Ctrl-C on a moment later.
  vi.advanceTimersByTime(100);
  writing.interrupted();
  expect(writing.stop.aborted).toBe(true);
  expect(said).toHaveLength(1);
  expect(quits).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  writing.interrupted();
  expect(quits[1]).toContain("Quit while changes were under way");
});

test("a line is broken between words, further in, and a command never", () => {
  const render = renderer(false, 30);
  expect(render([["  one two three four five six seven"]])).toBe(
    "  one two three four five six\n    seven\n",
  );
  expect(render([["  ", command("npx ssosync apply --approve 0123456789")]])).toBe(
    "  npx ssosync apply --approve 0123456789\n",
  );
  expect(render([["佐藤陽翔佐藤陽翔佐藤 陽翔陽翔陽"]])).toBe("佐藤陽翔佐藤陽翔佐藤\n  陽翔陽翔陽\n");
});

test("what follows the first column of two is broken below the second", () => {
  const render = renderer(false, 30);
  expect(render([["ERROR   ", "one two three four five six"]])).toBe(
    "ERROR   one two three four\n        five six\n",
  );
  expect(render([["", "        one two three four five"]])).toBe(
    "        one two three four\n          five\n",
  );
});

test("without colours the spinner has none either", () => {
  const shown = (colour: boolean): string => {
    const stream = new PassThrough();
    const line = spinner(stream, colour);
    line.show("Reading", "");
    line.clear();
    return String(stream.read());
  };
  expect(shown(false)).toContain("Reading");
  expect(shown(false)).not.toMatch(/\u001b\[\d*m/);
});

test("in a pipe a line stays a line", () => {
  const text = "word ".repeat(100).trim();
  expect(renderer(false)([[text]])).toBe(`${text}\n`);
});

test("a word that a shell would take apart is quoted", () => {
  expect(typedApply("--who", ["ada@example.com", "AWS Admins", "it's", "-x", "$(id)"])).toBe(
    "npx ssosync apply --who ada@example.com 'AWS Admins' 'it'\\''s' '-x' '$(id)'",
  );
  expect(typedApply("--approve", [])).toBe("npx ssosync apply");
});
