/** What AWS does not show of one object, or shows so that nobody can say which is meant: it is unread, with AWS's words. */
import { type TargetId, targetId } from "../core/model.ts";
import type { Trouble } from "../core/trouble.ts";
import { isAboutOne, OddError, type TargetError } from "./errors.ts";

/** The objects that are unread, with AWS's words; whoever reads adds to it. */
export type Odd = Map<TargetId, Trouble>;

interface Listed {
  readonly id: TargetId;
  readonly externalId: string;
}

type Kind = "user" | "group";

/** Pages shift while objects come and go: the same object twice is one object, unless it is told in two ways. */
export function uniqueById<T extends Listed>(all: readonly T[], kind: Kind, odd: Odd): T[] {
  const found = new Map<TargetId, T>();
  for (const one of all) {
    const before = found.get(one.id);
    if (before === undefined) found.set(one.id, one);
    else if (JSON.stringify(before) !== JSON.stringify(one)) odd.set(one.id, toldTwice(kind, one.id));
  }
  const unique = [...found.values()];
  noteTwins(unique, kind, odd);
  return unique;
}

const toldTwice = (kind: Kind, id: TargetId): Trouble => ({
  why: `AWS listed the ${kind} ${id} twice with different contents`,
  todo: "run again, and if it happens again, tell AWS Support",
});

/** AWS gives an external id to one object alone: of two, nobody can say which is meant. Other providers' may repeat. */
function noteTwins(all: readonly Listed[], kind: Kind, odd: Odd): void {
  const seen = new Map<string, TargetId>();
  for (const { id, externalId } of all) {
    const other = seen.get(externalId);
    if (other !== undefined) {
      const trouble = {
        why: `AWS listed two ${kind}s, ${other} and ${id}, with the external ID ${externalId}, so it is unknown which of them is meant`,
        todo: "run again, and if it happens again, look at both in the console and delete the one that nobody uses",
      };
      for (const twin of [other, id]) odd.set(twin, trouble);
    } else if (externalId !== "" && !externalId.includes("#")) seen.set(externalId, id);
  }
}

/** A name in the place of an id that is not usable, under which the object is unread. No request is made about it. */
export function withoutId(kind: Kind, odd: Odd): TargetId {
  const id = targetId(`${kind} without an id (${odd.size + 1})`);
  odd.set(id, {
    why: `AWS listed a ${kind} without a usable id`,
    todo: "run again, and if it happens again, tell AWS Support",
  });
  return id;
}

/** So many refusals before the first answer, and it is no single group that is hidden. */
const MOST_REFUSED = 10;

/** One group whose members are refused is unread; where all are, the right is missing. */
export function refusing() {
  let [answers, refusals] = [0, 0];
  let last: TargetError | undefined;
  const check = (): void => {
    if (answers === 0 && last !== undefined && !(last instanceof OddError)) throw last;
  };
  return {
    check,
    orNoted: async <T>(id: TargetId, odd: Odd, ask: () => Promise<readonly T[] | undefined>) => {
      try {
        const members = await ask();
        answers += 1;
        return members;
      } catch (error) {
        if (!isAboutOne(error)) throw error;
        last = error;
        if ((refusals += 1) >= MOST_REFUSED) check();
        odd.set(id, error);
        return [];
      }
    },
  };
}
