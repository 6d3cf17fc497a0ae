/** Two runs at once, whose writes take effect in every order that there is, one order after the other. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Emulator } from "../emulator/emulator.ts";
import { isWrite } from "../emulator/server.ts";
import type { RecordedRequest } from "../emulator/wire.ts";

/** Which of so many possibilities comes next. */
export type Choose = (of: number) => number;

/** Performs the work with one row of choices after the other, until there is no other. Returns how many there were. */
export async function everyWay(work: (choose: Choose) => Promise<void>): Promise<number> {
  let path: number[] = [];
  for (let ways = 1; ; ways += 1) {
    const taken: { nth: number; of: number }[] = [];
    const choose: Choose = (of) => {
      const nth = path[taken.length] ?? 0;
      taken.push({ nth, of });
      return nth;
    };
    try {
      await work(choose);
    } catch (error) {
      throw new Error(`with the choices ${taken.map(({ nth }) => nth).join(" ")}`, { cause: error });
    }
    while (taken.length > 0 && (taken.at(-1)?.nth ?? 0) + 1 >= (taken.at(-1)?.of ?? 0)) taken.pop();
    if (taken.length === 0) return ways;
    path = taken.map(({ nth }) => nth);
    path[path.length - 1] = (path.at(-1) ?? 0) + 1;
  }
}

/** Somebody's run: how it is begun, and by what its requests are known. */
export interface Runner<T> {
  readonly begin: () => Promise<T>;
  readonly owns: (request: RecordedRequest) => boolean;
}

/**
 * Begins the first run; whenever nothing else happens, chooses whose oldest write takes effect next, or that a run
 * begins. `busy` counts whatever else is asked of somebody.
 */
export async function interleaved<T>(
  { emulator, busy }: { readonly emulator: Emulator; readonly busy: () => number },
  runners: readonly Runner<T>[],
  choose: Choose,
): Promise<readonly T[]> {
  const held: { readonly request: RecordedRequest; readonly go: () => void }[] = [];
  let latest: RecordedRequest | undefined;
  const gate = emulator.fault({
    when: (request) => {
      latest = request;
      return isWrite(request);
    },
    times: Infinity,
    get do() {
      const { promise: until, resolve: go } = Promise.withResolvers<void>();
      if (latest !== undefined) held.push({ request: latest, go });
      return { until };
    },
  });
  const begun = new Map<Runner<T>, Promise<T>>();
  let over = 0;
  const begin = (runner: Runner<T>): void => {
    const run = runner.begin().finally(() => (over += 1));
    run.catch(() => undefined);
    begun.set(runner, run);
  };
  begin(runners[0] as Runner<T>);
  while (over < runners.length) {
    await standstill(() => [emulator.requests.length, underWay(emulator), busy(), over, held.length].join());
    const steps = runners.flatMap((runner): readonly (() => void)[] => {
      if (!begun.has(runner)) return [() => begin(runner)];
      const at = held.findIndex(({ request }) => runner.owns(request));
      return at < 0 ? [] : [() => held.splice(at, 1)[0]?.go()];
    });
    if (steps.length > 0) steps[choose(steps.length)]?.();
  }
  gate.remove();
  return Promise.all(runners.map((runner) => begun.get(runner) as Promise<T>));
}

const underWay = ({ requests }: Emulator): number => requests.filter(({ ms }) => ms === 0).length;

const STILL_MS = 20;
const STILL_TIMES = 3;

/** Until nothing has changed for a while. */
async function standstill(look: () => string): Promise<void> {
  let before = look();
  for (let times = 0; times < STILL_TIMES; times += 1) {
    await sleep(STILL_MS);
    const now = look();
    if (now !== before) times = -1;
    before = now;
  }
}
