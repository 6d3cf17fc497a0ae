import type { Waiting } from "./approval.ts";
import { isPlainAdoption } from "./take-over.ts";

/** What one approval may let through together. */
export interface AtOnce {
  readonly kind: Waiting["kind"];
  readonly ids: readonly string[];
}

/** By kind, all that waits as it; of adoptions only those of groups that an administrator made and that change no member. */
export function atOnce(waiting: readonly Waiting[]): readonly AtOnce[] {
  return [...Map.groupBy(waiting, ({ kind }) => kind)].flatMap(([kind, some]) => {
    const ids = some.filter((one) => kind !== "adoption" || isPlainAdoption(one)).map(({ id }) => id);
    return ids.length === 0 ? [] : [{ kind, ids }];
  });
}
