/**
 * What the contract says AWS holds after one run in which everything is managed and nothing is limited: written from
 * its sentences, with nothing of the program but its nouns. Simple, and as slow as it likes.
 */
import type { Existing, ExistingUser, Rules, Source } from "../../src/core/model.ts";
import { judgeGroups } from "./groups.ts";
import { scopeOf } from "./scope.ts";
import { judgeUsers } from "./users.ts";

export interface Question {
  readonly source: Source;
  readonly existing: Existing;
  readonly rules: Rules;
  /** Whom somebody had enabled after the mark, when the run began: they are not deleted by it. */
  readonly again: ReadonlySet<string>;
  /** The day of the run, UTC. */
  readonly today: string;
  /** Whether everything that waits is approved. */
  readonly approved: boolean;
}

/** A user whose id is one in AWS, or `new`. */
export type Person = Omit<ExistingUser, "id" | "createdAt"> & { readonly id: string };

/** A group likewise; its members are ids in AWS, or `new` and a Google id. */
export interface Team {
  readonly id: string;
  readonly name: string;
  readonly members: ReadonlySet<string>;
}

export interface Verdict {
  /** Users and groups that are as they were, to the byte; of groups, members who are deleted are gone. */
  readonly untouched: ReadonlySet<string>;
  /** What each wanted user looks like afterwards, by Google id; absent: not there. */
  readonly users: ReadonlyMap<string, Person>;
  /** Ours and asked for by nobody: disabled and marked, or emptied and marked. */
  readonly revoked: ReadonlySet<string>;
  /** Likewise. */
  readonly groups: ReadonlyMap<string, Team>;
  /** Groups whose hand-over or adoption waits, or whose name is taken: never deleted meanwhile. */
  readonly waiting: ReadonlySet<string>;
}

/** The id of whatever the run makes. */
export const NEW = "new";

export function verdict(question: Question): Verdict {
  const scope = scopeOf(question);
  const people = judgeUsers(question, scope);
  const teams = judgeGroups(question, scope, people);
  return {
    users: people.users,
    groups: teams.groups,
    waiting: teams.waiting,
    untouched: people.untouched.union(teams.untouched),
    revoked: people.revoked.union(teams.revoked),
  };
}
