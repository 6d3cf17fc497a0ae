/** What is performed, and how much of it at once. */
interface Work<T> {
  /** The next task, if there is one just now. */
  readonly next: () => T | undefined;
  readonly perform: (task: T) => Promise<void>;
  readonly width: number;
}

interface Pool {
  /** There may be a task again. */
  readonly look: () => void;
  /** No task comes that is not there. */
  readonly enough: () => void;
  /** Resolves when nothing is left; rejects with the first error, after which nothing is started any more. */
  readonly over: Promise<void>;
}

/** Performs tasks side by side, as they come. Pools that take from the same tasks take them in turns. */
export function pool<T>({ next, perform, width }: Work<T>): Pool {
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  let [open, noMore, failed] = [0, false, false];
  const look = (): void => {
    const task = failed || open >= width ? undefined : next();
    if (task === undefined) {
      if (noMore && open === 0) resolve();
      return;
    }
    open += 1;
    perform(task).then(done, (error: Error) => {
      failed = true;
      reject(error);
    });
    queueMicrotask(look);
  };
  const done = (): void => {
    open -= 1;
    look();
  };
  return {
    look,
    enough: () => {
      noMore = true;
      look();
    },
    over,
  };
}

/**
 * Performs chains of tasks: at most `width` chains at once, the tasks of one chain one after the other. Results come as
 * they are ready, and a chain goes on when its own are taken. Once `goOn` says no, or nobody takes any more, nothing
 * more is started; what is open is waited for. The first error is thrown after the open tasks are done.
 */
export async function* sideBySide<T, R>(
  chains: readonly (readonly T[])[],
  perform: (task: T) => Promise<readonly R[]>,
  width: number,
  goOn: () => boolean = () => true,
): AsyncGenerator<R, void> {
  const queue = chains.values();
  const ready: { readonly results: readonly R[]; readonly taken: () => void }[] = [];
  const errors: unknown[] = [];
  let [left, over] = [false, false];
  let wake = (): void => undefined;
  const mayStart = (): boolean => !left && errors.length === 0 && goOn();
  const walk = async (chain: readonly T[]): Promise<void> => {
    for (const task of chain) {
      if (!mayStart()) return;
      const results = await perform(task);
      await new Promise<void>((taken) => {
        ready.push({ results, taken });
        wake();
      });
    }
  };
  const walks = pool({
    next: () => (mayStart() ? queue.next().value : undefined),
    perform: (chain) => walk(chain).catch((error: unknown) => void errors.push(error)),
    width,
  });
  void walks.over.then(() => {
    over = true;
    wake();
  });
  walks.enough();
  try {
    while (!over) {
      if (ready.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      for (const { results, taken } of ready.splice(0)) {
        yield* results;
        taken();
      }
    }
  } finally {
    left = true;
  }
  if (errors.length > 0) throw errors[0] as Error;
}
