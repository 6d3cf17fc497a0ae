/** Holds what AWS was and is now against a verdict. */
import { expect } from "vitest";
import type { Existing, ExistingGroup, ExistingUser } from "../../src/core/model.ts";
import { isDayOfDeletion, isOff, isOurs, markAnew, low, markOf, ownName, whose } from "./claims.ts";
import { nameIn } from "./users.ts";
import { NEW, verdict, type Question, type Verdict } from "./verdict.ts";

interface Held {
  readonly question: Question;
  readonly wanted: Verdict;
  readonly after: Existing;
}

/** Fails unless `after` is what the contract asks for; answers with that. */
export function expectVerdict(question: Question, after: Existing): Verdict {
  const wanted = verdict(question);
  const held = { question, wanted, after };
  const users = new Set(question.existing.users.flatMap((user) => leftUser(user, held)));
  const groups = new Set(question.existing.groups.flatMap((group) => leftGroup(group, held)));
  expectUsers(
    after.users.filter(({ id }) => !users.has(id)),
    held,
  );
  expectGroups(
    after.groups.filter(({ id }) => !groups.has(id)),
    held,
  );
  return wanted;
}

// ---------------------------------------------------------------- users

/** The id of a user whom nobody in Google asks for, and who was looked at here. */
function leftUser(user: ExistingUser, held: Held): readonly string[] {
  const { wanted, after } = held;
  const now = after.users.find(({ id }) => id === user.id);
  if (wanted.untouched.has(user.id)) expect(now, "an untouched user").toEqual(user);
  else if (wanted.revoked.has(user.id)) expectRevoked(user, now, held);
  else return [];
  return [user.id];
}

/** Disabled by a person, while Google has the account: deleted, they could be made anew. */
function staysForGood(user: ExistingUser, { source, existing }: Question): boolean {
  const { kind, of } = whose(user);
  const hasOther = existing.users.some((one) => one !== user && whose(one).of === of);
  return isOff(user) && source.users.some(({ id }) => id === of) && !(kind === "marked" && hasOther);
}

function expectRevoked(user: ExistingUser, now: ExistingUser | undefined, { question, after }: Held): void {
  const stays = staysForGood(user, question);
  const isDay = isDayOfDeletion(user, question.rules, question.today);
  const isDue = isDay && !question.again.has(user.id) && !stays;
  if (now === undefined) return expect(isDue, `${user.userName} is deleted when the day has come`).toBe(true);
  const isInOurs = after.groups.some((group) => isOurs(group) && group.members.has(user.id));
  expect(isDue && !isInOurs, `${user.userName} is deleted on that day`).toBe(false);
  const { userName, email, ...rest } = now;
  const { userName: oldName, email: oldMail, ...old } = user;
  const kept = whose(user).kind === "marked" ? whose(user).of : user.externalId;
  const since = markOf(user, question.today);
  const externalId = stays ? kept : user.active ? markAnew(since) : since;
  expect(rest).toEqual({ ...old, active: false, externalId });
  if (userName === oldName && email === oldMail) return;
  expect(userName).toBe(`retired.${ownName(user)}.${oldName}`);
  expect(email).toBe(userName);
  const given = [low(oldName), low(oldMail)];
  const wishes = [
    ...after.users.flatMap((one) => [one.userName, one.email]),
    ...question.source.users.flatMap((one) => [nameIn(one, question.rules), one.email]),
  ];
  const heirs = wishes.filter((wish) => given.includes(low(wish)));
  expect(heirs, "somebody needed the name").not.toEqual([]);
}

const idIn = (list: readonly { readonly id: string }[], id: string): string =>
  list.some((one) => one.id === id) ? id : NEW;

function expectUsers(found: readonly ExistingUser[], { question, wanted }: Held): void {
  const users = found.map(({ createdAt: _, ...user }) => ({
    ...user,
    id: idIn(question.existing.users, user.id),
  }));
  const sorted = <T extends { readonly userName: string }>(list: readonly T[]): readonly T[] =>
    list.toSorted((one, other) => (one.userName < other.userName ? -1 : 1));
  expect(sorted(users), "the wanted users").toEqual(sorted([...wanted.users.values()]));
}

// ---------------------------------------------------------------- groups

function leftGroup(group: ExistingGroup, { question, wanted, after }: Held): readonly string[] {
  const isUntouched = wanted.untouched.has(group.id);
  if (!isUntouched && !wanted.revoked.has(group.id)) return [];
  const now = after.groups.find(({ id }) => id === group.id);
  const there = new Set(after.users.map(({ id }) => id));
  const members = group.members.intersection(there);
  if (isUntouched) expect(now, "an untouched group").toEqual({ ...group, members });
  else
    expectEmptied(group, now, new Set([...members].filter((id) => wanted.untouched.has(id))), {
      question,
      wanted,
      after,
    });
  return [group.id];
}

/** Emptied but for `stay`, who are none of ours. */
function expectEmptied(
  group: ExistingGroup,
  now: ExistingGroup | undefined,
  stay: ReadonlySet<string>,
  { question, wanted, after }: Held,
): void {
  const isDue = isDayOfDeletion(group, question.rules, question.today);
  if (isDue && stay.size === 0 && !wanted.waiting.has(group.id))
    return expect(now, "a group is deleted on its day").toBe(undefined);
  const externalId = markOf(group, question.today);
  const hasHeir = after.groups.some(({ id, name }) => id !== group.id && low(name) === low(group.name));
  const since = whose({ id: group.id, externalId }).since;
  const name = hasHeir ? `${group.name} (retired ${since})` : group.name;
  expect(now).toMatchObject({ externalId, name, members: stay });
}

function expectGroups(found: readonly ExistingGroup[], { question, wanted, after }: Held): void {
  const ids = new Map(
    after.users.map((user) => {
      const at = idIn(question.existing.users, user.id);
      return [user.id, at === NEW ? `${NEW} ${whose(user).of}` : at];
    }),
  );
  const line = (of: string, id: string, name: string, members: Iterable<string | undefined>): string =>
    JSON.stringify([of, id, low(name), [...members].toSorted()]);
  const groups = found.map((group) => {
    const members = [...group.members].map((id) => ids.get(id));
    return line(group.externalId, idIn(question.existing.groups, group.id), group.name, members);
  });
  const asked = [...wanted.groups].map(([of, { id, name, members }]) => line(of, id, name, members));
  expect(groups.toSorted(), "the wanted groups").toEqual(asked.toSorted());
}
