/** How the cost of some work grows with its size, on however busy a machine. */

/** Processor time of the work in ms: the machine may be busy with something else. */
export function cost(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/**
 * How often eight times the size costs as much as the size eight times over: about once with n log n, eight times with
 * its square. Both are measured side by side, the best of several rounds, because a machine is busier at one moment than
 * at the next.
 */
export function growth(work: (scale: number) => () => unknown): number {
  const [few, many] = [work(1), work(8)];
  const eightTimes = (): void => {
    for (let times = 0; times < 8; times += 1) few();
  };
  eightTimes();
  const rounds = Array.from({ length: 4 }, () => ({ apart: cost(eightTimes), whole: cost(many) }));
  return Math.min(...rounds.map(({ whole }) => whole)) / Math.min(...rounds.map(({ apart }) => apart));
}

/** Far from eight times, and from once. */
export const NO_SQUARE = 4;
