/**
 * Answers each question once, and the same again from then on; only a promise that is rejected is forgotten. With
 * `(text) => text`, equal texts become one in memory.
 */
export function remembered<K, V>(answer: (question: K) => V): (question: K) => V {
  const known = new Map<K, V>();
  return (question) => {
    const before = known.get(question);
    if (before !== undefined) return before;
    const found = answer(question);
    known.set(question, found);
    if (found instanceof Promise) found.catch(() => known.delete(question));
    return found;
  };
}
