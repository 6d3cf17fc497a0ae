/** Google, or AWS, asked about one thing after the other, side by side. */
import { sideBySide } from "../traffic/pool.ts";
import type { Deadline } from "../traffic/deadline.ts";

interface Asking<T, A> {
  readonly ask: (task: T) => Promise<A>;
  /** Whether it is no use to ask: then the task gets no answer. */
  readonly enough?: (task: T) => boolean;
  /** Whether there was no answer at all. */
  readonly silent: (answer: A) => boolean;
  readonly timeLeftMs: Deadline["timeLeftMs"];
}

/** `time` and `enough`: not asked. `silence`: not asked, because nobody answers any more; `like` is its last word. */
export type Asked<T, A> =
  | { readonly task: T; readonly answer: A }
  | { readonly task: T; readonly not: "time" }
  | { readonly task: T; readonly not: "enough" }
  | { readonly task: T; readonly not: "silence"; readonly like: A };

const WIDTH = 20;
/** So many in a row without an answer are no accident of one of them. */
const SILENCE = 20;

/** Half of the time is for asking, so that what is confirmed can be written. */
export async function* askEach<T, A>(
  tasks: readonly T[],
  { ask, enough = () => false, silent, timeLeftMs }: Asking<T, A>,
): AsyncGenerator<Asked<T, A>, void> {
  const least = Number.isFinite(timeLeftMs()) ? timeLeftMs() / 2 : 0;
  const { promise: late, resolve: hurry } = Promise.withResolvers<"late">();
  const timer = least > 0 ? setTimeout(hurry, least, "late" as const) : undefined;
  let unanswered: A[] = [];
  const once = async (task: T): Promise<readonly Asked<T, A>[]> => {
    const [like] = unanswered;
    if (like !== undefined && unanswered.length >= SILENCE) return [{ task, not: "silence", like }];
    if (timeLeftMs() < least) return [{ task, not: "time" }];
    if (enough(task)) return [{ task, not: "enough" }];
    const asked = ask(task).then((answer) => ({ answer }));
    // One question that hangs must not cost the rest of the time. Whoever answers later is not heard.
    const heard = await Promise.race([asked, late]);
    if (heard === "late") return [{ task, not: "time" }];
    const { answer } = heard;
    unanswered = silent(answer) ? [...unanswered, answer] : [];
    return [{ task, answer }];
  };
  const chains = tasks.map((task) => [task]);
  try {
    yield* sideBySide(chains, once, WIDTH);
  } finally {
    clearTimeout(timer);
  }
}
