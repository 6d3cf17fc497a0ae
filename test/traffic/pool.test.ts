import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { pool, sideBySide } from "../../src/traffic/pool.ts";

/** Tasks that end when told. */
function tasks() {
  const open = new Map<string, PromiseWithResolvers<void>>();
  return {
    perform: (name: string): Promise<void> => {
      const task = Promise.withResolvers<void>();
      open.set(name, task);
      return task.promise;
    },
    open: (): string[] => [...open.keys()],
    end: async (...names: string[]): Promise<void> => {
      for (const name of names) open.get(name)?.resolve();
      for (const name of names) open.delete(name);
      await sleep(0);
    },
    fail: async (name: string): Promise<void> => {
      open.get(name)?.reject(new Error(name));
      open.delete(name);
      await sleep(0);
    },
  };
}

describe("a pool", () => {
  test("performs no more at once than its width, and is over when nothing is left", async () => {
    const { perform, open, end } = tasks();
    const queue = ["a", "b", "c"];
    const work = pool({ next: () => queue.shift(), perform, width: 2 });
    work.enough();
    await sleep(0);
    expect(open()).toEqual(["a", "b"]);
    await end("a");
    expect(open()).toEqual(["b", "c"]);
    await end("b", "c");
    await work.over;
  });

  test("waits for tasks until it is told that there are enough", async () => {
    const { perform, open, end } = tasks();
    const queue: string[] = [];
    const work = pool({ next: () => queue.shift(), perform, width: 2 });
    let over = false;
    void work.over.then(() => (over = true));
    queue.push("late");
    work.look();
    await end("late");
    expect({ over, open: open() }).toEqual({ over: false, open: [] });
    work.enough();
    await work.over;
  });

  test("is over with the first error, and starts nothing more", async () => {
    const { perform, open, end, fail } = tasks();
    const queue = ["a", "b", "c"];
    const work = pool({ next: () => queue.shift(), perform, width: 2 });
    work.enough();
    const ended = expect(work.over).rejects.toThrow("b");
    await sleep(0);
    await fail("b");
    await ended;
    await end("a");
    expect(open()).toEqual([]);
  });

  test("takes turns with another that takes from the same tasks", async () => {
    const queue = [1, 2, 3, 4];
    const took: string[] = [];
    const of = (name: string) =>
      pool({
        next: () => queue.shift(),
        perform: (task) => {
          took.push(`${name}${task}`);
          return sleep(0);
        },
        width: 4,
      });
    const both = [of("a"), of("b")];
    for (const { enough } of both) enough();
    await Promise.all(both.map(({ over }) => over));
    expect(took).toEqual(["a1", "b2", "a3", "b4"]);
  });
});

describe("chains side by side", () => {
  const collected = async <T>(from: AsyncIterable<T>): Promise<T[]> => {
    const all: T[] = [];
    for await (const one of from) all.push(one);
    return all;
  };

  test("go on one task after the other, and results come as they are ready", async () => {
    const { perform, open, end } = tasks();
    const chains = [["a1", "a2"], ["b1"], ["c1"]];
    const all = collected(
      sideBySide(
        chains,
        async (name) => {
          await perform(name);
          return [name];
        },
        2,
      ),
    );
    await sleep(0);
    expect(open()).toEqual(["a1", "b1"]);
    await end("b1");
    expect(open()).toEqual(["a1", "c1"]);
    await end("a1");
    expect(open()).toEqual(["c1", "a2"]);
    await end("a2", "c1");
    expect(await all).toEqual(["b1", "a1", "a2", "c1"]);
  });

  test("end with what is open once nothing may be started", async () => {
    let may = true;
    const one = async (name: string): Promise<string[]> => {
      may = false;
      return [name];
    };
    expect(await collected(sideBySide([["a", "b"], ["c"]], one, 1, () => may))).toEqual(["a"]);
  });

  test("throw the first error after the open tasks are done, with their results told", async () => {
    const { perform, end, fail } = tasks();
    const told: string[] = [];
    const all = (async () => {
      const one = async (name: string): Promise<string[]> => {
        await perform(name);
        return [name];
      };
      for await (const name of sideBySide([["a"], ["b"], ["c"]], one, 2)) told.push(name);
    })();
    const ended = expect(all).rejects.toThrow("a");
    await sleep(0);
    await fail("a");
    await end("b");
    await ended;
    expect(told).toEqual(["b"]);
  });

  test("are left alone by whoever stops listening: nothing more is started", async () => {
    const begun: string[] = [];
    const one = async (name: string): Promise<string[]> => {
      begun.push(name);
      return [name];
    };
    for await (const name of sideBySide([["a"], ["b"], ["c"]], one, 1)) if (name === "a") break;
    await sleep(0);
    expect(begun).toEqual(["a"]);
  });

  test("of nothing are over at once", async () => {
    expect(await collected(sideBySide([], async () => [1], 2))).toEqual([]);
  });
});
