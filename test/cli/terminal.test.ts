import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { some } from "../../src/terminal/entries.ts";
import { interruptions } from "../../src/terminal/interrupt.ts";
import { duration, readingText, writingText } from "../../src/terminal/progress.ts";
import { plainLines } from "../../src/terminal/status-line.ts";
import { command, renderer, shellWord } from "../../src/terminal/text.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

test("progress of reading counts both sides", () => {
  const source = { users: 1234, groups: 1, members: 3900 };
  const existing = { users: 500, groups: 40, groupsRead: 12 };
  expect(readingText({ source, existing })).toBe(
    "Reading Google 1,234 users · 1 group · 3,900 members — AWS 500 users · 12/40 groups",
  );
});

test("progress of writing tells speed and time left once they can be told", () => {
  const at = { total: 560, stopped: false };
  expect(writingText({ ...at, done: 0, seconds: 3 })).toBe("Writing 0/560");
  expect(writingText({ ...at, done: 120, seconds: 8 })).toBe("Writing 120/560 · 15/s · about 30 s left");
  expect(writingText({ ...at, done: 560, seconds: 40 })).toBe("Writing 560/560 · 14/s");
  expect(writingText({ ...at, done: 9, seconds: 4, stopped: true })).toBe("Finishing what is open · 9/560");
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
  expect(quits[1]).toContain("Quit with changes under way");
});

test("a line is broken between words, further in, and a command never", () => {
  const render = renderer(false, 30);
  expect(render([["  one two three four five six seven"]])).toBe(
    "  one two three four five six\n    seven\n",
  );
  expect(render([["  ", command("npm run apply -- --approve 0123456789")]])).toBe(
    "  npm run apply -- --approve 0123456789\n",
  );
  expect(render([["佐藤陽翔佐藤陽翔佐藤 陽翔陽翔陽"]])).toBe("佐藤陽翔佐藤陽翔佐藤\n  陽翔陽翔陽\n");
});

test("in a pipe a line stays a line", () => {
  const text = "word ".repeat(100).trim();
  expect(renderer(false)([[text]])).toBe(`${text}\n`);
});

test("names fill a line, and the rest is counted", () => {
  expect(some(["a", "b"])).toBe("a, b");
  expect(some(Array.from({ length: 100 }, (_, n) => `person${n}@example.com`))).toMatch(
    /^person0@example.com, .*person3@example.com … and 96 more$/,
  );
  expect(some(["x".repeat(500)]).length).toBeLessThan(130);
});

test("a word that a shell would take apart is quoted", () => {
  expect(["ada@example.com", "AWS Admins", "it's", "-x", "$(id)"].map(shellWord)).toEqual([
    "ada@example.com",
    "'AWS Admins'",
    "'it'\\''s'",
    "'-x'",
    "'$(id)'",
  ]);
});
