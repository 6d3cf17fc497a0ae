import { isPressing } from "../core/approval.ts";
import type { Waiting } from "../core/approval.ts";
import { NOTHING_ASKED } from "../core/carries.ts";
import type { Carries, Principal } from "../core/carries.ts";
import { number } from "../core/count.ts";
import { OutOfTime } from "../traffic/deadline.ts";
import type { Run } from "./proposal.ts";

/** Each takes about two requests, and a run has other things to do. */
const MOST_ASKED = 500;

/** What these carry: the first of them, where there are very many. In one run nobody is asked about twice. */
export async function carriesOf(principals: readonly Principal[], run: Run): Promise<Carries> {
  const { world, watch } = run;
  if (principals.length === 0) return NOTHING_ASKED;
  const some = principals.slice(0, MOST_ASKED);
  const asked = world.carries(some, (known) => watch?.carrying?.(known, some.length));
  const found = await inHalfTheTime(asked, run).catch((error: unknown) => noTime(error, some));
  const isTold = found.notShown.some(({ what }) => what === "assignments");
  if (some.length === principals.length || isTold) return found;
  const why = `No more than ${number(MOST_ASKED)} of the ${number(principals.length)} users and groups in the plan were asked about`;
  return { ...found, notShown: [...found.notShown, { what: "assignments", why, todo: "" }] };
}

/** A group that was never linked may wait for ever: a run that has nothing else to do asks nothing because of it. */
export const toldWith = (waiting: readonly Waiting[], { writes, selection }: Run): readonly Waiting[] =>
  writes && selection.approve === undefined ? waiting.filter(isPressing) : waiting;

/** So that what is planned can be written, however slowly AWS answers; an answer that comes later is not lost. */
async function inHalfTheTime<T>(work: Promise<T>, { deadline }: Run): Promise<T> {
  const most = deadline.timeLeftMs() / 2;
  if (!Number.isFinite(most)) return work;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const over = (): void => reject(new OutOfTime("Half of the time is over."));
  const timer = setTimeout(over, Math.max(0, most));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What is only told must not keep a run from saying what it did: deletions wait, as with all that is not known. */
function noTime(error: unknown, principals: readonly Principal[]): Carries {
  if (!(error instanceof OutOfTime)) throw error;
  return {
    of: new Map(principals.map(({ id }) => [id, { opens: [], whole: false }])),
    notShown: [{ what: "assignments", why: "There was no time to ask AWS about them", todo: "" }],
  };
}
