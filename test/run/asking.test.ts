/** How far a list of questions is asked before no more are. */
import { expect, test } from "vitest";
import { askEach } from "../../src/run/asking.ts";
import type { Asked } from "../../src/run/asking.ts";

type Answer = "yes" | { readonly noWordOf: number };

interface Way {
  readonly ask: (task: number) => Promise<Answer>;
  readonly enough?: (task: number) => boolean;
  readonly timeLeftMs?: () => number;
}

/** Each task by what came of it, and which were asked. */
async function outcome(tasks: readonly number[], { ask, ...way }: Way) {
  const asked: number[] = [];
  const came: Asked<number, Answer>[] = [];
  const asking = {
    ask: async (task: number) => {
      asked.push(task);
      return ask(task);
    },
    silent: (answer: Answer) => answer !== "yes",
    timeLeftMs: () => Infinity,
    ...way,
  };
  for await (const one of askEach(tasks, asking)) came.push(one);
  const of = (what: string): readonly number[] =>
    came
      .filter((one) => ("not" in one ? one.not : one.answer === "yes" ? "yes" : "no word") === what)
      .map(({ task }) => task)
      .toSorted((one, other) => one - other);
  return { asked, came, of };
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
const never = new Promise<never>(() => undefined);

test("after twenty in a row without an answer nobody is asked any more, and all that is left is like the first", async () => {
  const { asked, came, of } = await outcome(upTo(60), { ask: (task) => Promise.resolve({ noWordOf: task }) });
  // Two more are asked before the twentieth answer is taken.
  expect(asked).toEqual(upTo(22));
  expect(of("no word")).toHaveLength(asked.length);
  expect(of("silence")).toHaveLength(60 - asked.length);
  for (const one of came)
    if ("not" in one) expect(one).toMatchObject({ not: "silence", like: { noWordOf: 1 } });
});

test("one answer among them begins the count anew", async () => {
  const { asked } = await outcome(upTo(100), {
    ask: (task) => Promise.resolve(task % 20 === 0 ? "yes" : { noWordOf: task }),
  });
  expect(asked).toHaveLength(100);
});

test("what is no use to ask is not asked, and everything else is", async () => {
  const { asked, of } = await outcome(upTo(50), {
    ask: () => Promise.resolve("yes"),
    enough: (task) => task % 2 === 0,
  });
  expect(asked).toHaveLength(25);
  expect(of("yes")).toEqual(upTo(50).filter((task) => task % 2 === 1));
  expect(of("enough")).toEqual(upTo(50).filter((task) => task % 2 === 0));
});

test("half of the time is for asking, and what hangs then had no time", async () => {
  const ends = performance.now() + 1_000;
  const { of } = await outcome(upTo(30), {
    ask: (task) => (task === 3 ? Promise.resolve("yes") : never),
    timeLeftMs: () => ends - performance.now(),
  });
  expect(ends - performance.now()).toBeGreaterThan(0);
  expect(of("yes")).toEqual([3]);
  expect(of("time")).toEqual(upTo(30).filter((task) => task !== 3));
});

test("what was not asked by half of the time is not asked", async () => {
  let left = 10_000;
  const { asked, of } = await outcome(upTo(30), {
    ask: () => {
      left -= 1_000;
      return Promise.resolve("yes");
    },
    timeLeftMs: () => left,
  });
  expect(asked).toEqual(upTo(6));
  expect(of("yes")).toEqual(upTo(6));
  expect(of("time")).toHaveLength(24);
});

test("without an end of the time everything is asked, however long it takes", async () => {
  const later = (): Promise<Answer> => new Promise((resolve) => setTimeout(resolve, 30, "yes"));
  const { of } = await outcome(upTo(45), { ask: later });
  expect(of("yes")).toEqual(upTo(45));
});

test("a question that fails once nobody waits for it any more ends nothing", async () => {
  const ends = performance.now() + 100;
  const { of } = await outcome([1], {
    ask: () => new Promise((_, reject) => setTimeout(reject, 80, new Error("too late"))),
    timeLeftMs: () => ends - performance.now(),
  });
  expect(of("time")).toEqual([1]);
  await new Promise((resolve) => setTimeout(resolve, 60));
});

test("no timer is left once everything is answered", async () => {
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
  const before = timers();
  await outcome(upTo(3), { ask: () => Promise.resolve("yes"), timeLeftMs: () => 60_000 });
  expect(timers()).toBe(before);
});
