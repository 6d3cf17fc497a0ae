/**
 * Performs chains of tasks: at most `width` chains at once, the tasks of one chain one after the other. Results
 * come as they are ready. Once `goOn` says no, nothing more is started; what is open is waited for. The first error
 * is thrown after the open tasks are done.
 */
export async function* sideBySide<T, R>(
  chains: readonly (readonly T[])[],
  perform: (task: T) => Promise<readonly R[]>,
  width: number,
  goOn: () => boolean = () => true,
): AsyncGenerator<R, void> {
  const queue = chains.values();
  const ready: R[] = [];
  const errors: unknown[] = [];
  let open = 0;
  let wake = (): void => undefined;
  const mayStart = (): boolean => errors.length === 0 && goOn();
  const walk = async (chain: readonly T[]): Promise<void> => {
    for (const task of chain) {
      if (!mayStart()) return;
      ready.push(...(await perform(task)));
      wake();
    }
  };
  const start = (): boolean => {
    const next = mayStart() ? queue.next() : undefined;
    if (next === undefined || next.done === true) return false;
    open += 1;
    void walk(next.value)
      .catch((error: unknown) => errors.push(error))
      .finally(() => {
        open -= 1;
        wake();
      });
    return true;
  };
  for (;;) {
    while (open < width && start());
    if (open === 0 && ready.length === 0) break;
    if (ready.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    yield* ready.splice(0);
  }
  if (errors.length > 0) throw errors[0] as Error;
}
