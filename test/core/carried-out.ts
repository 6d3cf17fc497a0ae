/** A plan carried out, by something that is as strict as AWS; and what AWS holds then. */
import { expect } from "vitest";
import type { Change } from "../../src/core/change.ts";
import type { Plan } from "../../src/core/plan.ts";
import { targetId } from "../../src/core/model.ts";
import type { Existing, ExistingGroup, ExistingUser, TargetId } from "../../src/core/model.ts";
import { type Case, runFor, told, line } from "./planned.ts";
import { EMPTY, serial } from "./world.ts";

/** Plans, carries out with no refusal, and makes sure that the second plan is empty. */
export function sync(one: Case): { readonly plan: Plan; readonly after: Existing } {
  const existing = one.existing ?? EMPTY;
  const first = runFor(one);
  const after = carryOut(first, existing);
  expect(told(runFor({ ...one, existing: after })), "the second plan is empty").toEqual([]);
  return { plan: first, after };
}

// ---------------------------------------------------------------- the target at work

interface State {
  /** The one growing map from source ids to what is in the target. */
  readonly known: Map<string, TargetId>;
  readonly users: Map<TargetId, ExistingUser>;
  readonly groups: Map<TargetId, { readonly group: ExistingGroup; readonly members: Set<TargetId> }>;
}

export class Refused extends Error {
  override readonly name = "Refused";
}

/**
 * Carries a plan out as AWS would: names, e-mails and external ids are unique without case at every single change,
 * and a party must exist when it is named. Any refusal, needless request or broken order throws. The changes of one
 * step may come in any order, so both orders must work: `order` picks one.
 */
export function carryOut(of: Plan, existing: Existing, order: "planned" | "reversed" = "planned"): Existing {
  const state: State = {
    known: new Map<string, TargetId>([...of.users, ...of.groups]),
    users: new Map(existing.users.map((user) => [user.id, user])),
    groups: new Map(existing.groups.map((group) => [group.id, { group, members: new Set(group.members) }])),
  };
  const moved = new Set<TargetId>();
  const taken = new Set<string>();
  for (const step of of.steps) {
    for (const change of order === "planned" ? step : step.toReversed()) {
      for (const id of "needs" in change ? change.needs : [])
        if (!moved.has(id)) throw new Refused(`${line(change)} comes before ${id} has moved`);
      apply(change, state, taken);
    }
    for (const change of step) if ("id" in change) moved.add(change.id);
  }
  return {
    users: [...state.users.values()],
    groups: [...state.groups.values()].map(({ group, members }) => ({ ...group, members })),
    unread: existing.unread,
  };
}

function apply(change: Change, state: State, taken: Set<string>): void {
  switch (change.kind) {
    case "user.create": {
      const id = targetId(`new-${serial(change.user.externalId)}`);
      state.known.set(change.user.externalId, id);
      return putUser({ ...change.user, id, createdAt: "" }, state);
    }
    case "user.delete": {
      if (state.users.get(change.id)?.active !== false) throw new Refused(`${line(change)}: not disabled`);
      state.users.delete(change.id);
      for (const { members } of state.groups.values()) members.delete(change.id);
      return;
    }
    case "user.update":
    case "user.enable":
    case "user.disable":
    case "user.retire":
    case "user.restore": {
      const before = state.users.get(change.id);
      if (before === undefined) throw new Refused(`${line(change)}: no such user`);
      if (Object.keys(change.patch).length === 0) throw new Refused(`${line(change)}: writes nothing`);
      if (before.active && change.kind === "user.restore" && change.patch.active === true)
        throw new Refused(`${line(change)}: enabled already`);
      return putUser({ ...before, ...change.patch }, state);
    }
    case "user.manager": {
      const [user, manager] = [change.user, change.manager].map(({ externalId }) =>
        state.users.get(state.known.get(externalId) ?? targetId("")),
      );
      if (user === undefined || manager === undefined) throw new Refused(`${line(change)}: no such user`);
      return putUser({ ...user, manager: manager.id }, state);
    }
    case "group.create": {
      if (change.members.length > 100) throw new Refused(`${line(change)}: over 100 members`);
      const group = {
        id: targetId(`new-${change.group.externalId}`),
        externalId: change.group.externalId,
        name: change.group.label,
        createdAt: "",
        members: new Set<TargetId>(),
      };
      putGroup(group, state);
      state.known.set(group.externalId, group.id);
      return join(group.id, change.members, state, taken);
    }
    case "group.delete": {
      const size = state.groups.get(change.id)?.members.size;
      if (size !== 0) throw new Refused(`${line(change)}: ${size ?? "no group, no"} members`);
      state.groups.delete(change.id);
      return;
    }
    case "group.update":
    case "group.retire":
    case "group.restore": {
      const before = state.groups.get(change.id)?.group;
      if (before === undefined) throw new Refused(`${line(change)}: no such group`);
      if (Object.keys(change.patch).length === 0) throw new Refused(`${line(change)}: writes nothing`);
      return putGroup({ ...before, ...change.patch }, state);
    }
    case "members.add": {
      const group = state.known.get(change.group.externalId);
      if (group === undefined || !state.groups.has(group))
        throw new Refused(`${line(change)}: no such group`);
      return join(group, change.users, state, taken);
    }
    case "members.remove":
      return leave(change, state, taken);
  }
}

function leave(change: Extract<Change, { kind: "members.remove" }>, state: State, taken: Set<string>): void {
  if (change.users.length > 100) throw new Refused(`${line(change)}: over 100 members`);
  const members = state.groups.get(change.group.id)?.members;
  for (const user of change.users) {
    if (members?.delete(user.id) !== true) throw new Refused(`${line(change)}: ${user.label} is no member`);
    taken.add(`${change.group.id}/${user.id}`);
  }
}

function join(
  group: TargetId,
  users: readonly { readonly externalId: string; readonly label: string }[],
  state: State,
  taken: ReadonlySet<string>,
): void {
  if (users.length > 100) throw new Refused(`${group}: over 100 members`);
  for (const { externalId, label } of users) {
    const user = state.users.get(state.known.get(externalId) ?? targetId(""));
    if (user === undefined) throw new Refused(`${label} joins ${group} and is not there`);
    if (taken.has(`${group}/${user.id}`)) throw new Refused(`${label} was out of ${group} in between`);
    const { members = new Set<TargetId>() } = state.groups.get(group) ?? {};
    if (members.has(user.id)) throw new Refused(`${label} is in ${group} already`);
    members.add(user.id);
  }
}

const same = (one: string, other: string): boolean => one !== "" && one.toLowerCase() === other.toLowerCase();

function putUser(user: ExistingUser, { users }: State): void {
  for (const other of users.values()) {
    if (other.id === user.id) continue;
    for (const field of ["userName", "email", "externalId"] as const)
      if (same(other[field], user[field])) throw new Refused(`two users of one ${field}: ${user[field]}`);
  }
  users.set(user.id, user);
}

function putGroup(group: ExistingGroup, { groups }: State): void {
  for (const { group: other } of groups.values()) {
    if (other.id === group.id) continue;
    if (same(other.name, group.name)) throw new Refused(`two groups of one name: ${group.name}`);
    if (same(other.externalId, group.externalId))
      throw new Refused(`two groups of one id: ${group.externalId}`);
  }
  groups.set(group.id, { group, members: groups.get(group.id)?.members ?? new Set() });
}

// ---------------------------------------------------------------- looking at a target

export function userAt(existing: Existing, address: string): ExistingUser | undefined {
  return existing.users.find((user) => same(user.userName, address));
}

export function userBy(existing: Existing, id: string): ExistingUser | undefined {
  return existing.users.find((user) => user.id === id);
}

export function groupBy(existing: Existing, id: string): ExistingGroup | undefined {
  return existing.groups.find((group) => group.id === id);
}

/** Each group's name with the user names of its members, sorted. */
export function rosters(existing: Existing): Readonly<Record<string, readonly string[]>> {
  const names = new Map(existing.users.map((user) => [user.id, user.userName]));
  return Object.fromEntries(
    existing.groups.map((group) => [
      group.name,
      [...group.members].map((id) => names.get(id) ?? `unknown ${id}`).toSorted(),
    ]),
  );
}

/** Each user's name, with `-` before whoever is disabled. */
export const roll = (existing: Existing): readonly string[] =>
  existing.users.map((user) => `${user.active ? "" : "-"}${user.userName}`).toSorted();
