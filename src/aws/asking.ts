/** Many questions of one kind to AWS, each asked once; what is not answered is unknown, with the first reason. */
import type { Trouble } from "../core/trouble.ts";
import { OddError, TargetError } from "./errors.ts";

interface Asking<Q, A> {
  /** `undefined` where it is not known; rejects with the reason of the run's own end. */
  readonly answer: (question: Q) => Promise<A | undefined>;
  /** Why some answer is not known. */
  readonly trouble: () => Trouble | undefined;
}

/** So many refusals before the first answer, and it is no single thing that is hidden. */
const MOST_REFUSED = 5;

/**
 * `ask` throws a `TargetError` where AWS does not answer. The first question goes alone: where it is refused for a reason
 * that is everybody's, nothing more is asked, and neither is after any other trouble that is not about one alone.
 */
export function asking<Q, A>(
  ask: (question: Q) => Promise<A>,
  { signal, keyOf }: { readonly signal: AbortSignal; readonly keyOf: (question: Q) => string },
): Asking<Q, A> {
  const known = new Map<string, Promise<A | undefined>>();
  let trouble: Trouble | undefined;
  let [answers, refusals, isOver] = [0, 0, false];
  const attempt = async (question: Q): Promise<A | undefined> => {
    if (isOver) return undefined;
    try {
      const answer = await ask(question);
      answers += 1;
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TargetError)) throw error;
      trouble ??= error;
      refusals += 1;
      isOver ||= !isAboutOneOf(error, answers > 0) || (answers === 0 && refusals >= MOST_REFUSED);
      return undefined;
    }
  };
  const after = async (first: Promise<unknown> | undefined, question: Q) => {
    await first;
    return attempt(question);
  };
  return {
    answer: (question) => {
      const key = keyOf(question);
      const before = known.get(key);
      if (before !== undefined) return before;
      const [first] = known.values();
      const answer = after(first, question);
      known.set(key, answer);
      return answer;
    },
    trouble: () => trouble,
  };
}

/** A right may be missing for one thing alone, which shows once another has been answered. */
const isAboutOneOf = (error: TargetError, isAnswered: boolean): boolean =>
  error instanceof OddError ||
  /^(ResourceNotFound|Validation)Exception$/.test(error.code ?? "") ||
  (isAnswered && error.code === "AccessDeniedException");
