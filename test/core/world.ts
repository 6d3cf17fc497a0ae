/** The vocabulary of the core's tests: people and groups on both sides, and a target that carries plans out. */
import { expect } from "vitest";
import type { Change } from "../../src/core/change.ts";
import { NO_HOLDS, changesOf, plan } from "../../src/core/plan.ts";
import type { Holds, Plan } from "../../src/core/plan.ts";
import type { Reason } from "../../src/core/reason.ts";
import { scope } from "../../src/core/scope.ts";
import { sourceId, targetId } from "../../src/core/model.ts";
import type {
  DesiredGroup,
  DesiredUser,
  Existing,
  ExistingGroup,
  ExistingUser,
  Rules,
  Source,
  SourceGroup,
  SourceId,
  SourceMember,
  SourceUser,
  TargetId,
} from "../../src/core/model.ts";

export const TODAY = "2026-03-10";
export const NOW = `${TODAY}T09:00:00Z`;

// ---------------------------------------------------------------- the source

export const userId = (n: number): SourceId => sourceId(`1${String(n).padStart(20, "0")}`);
export const groupId = (n: number): SourceId => sourceId(`0${n.toString(36).padStart(14, "a")}`);

export function human(n: number, given: string, family: string, over: Partial<SourceUser> = {}): SourceUser {
  return {
    id: userId(n),
    email: `${given.toLowerCase()}@example.com`,
    aliases: [],
    givenName: given,
    familyName: family,
    state: "active",
    orgUnit: "/",
    ...over,
  };
}

export const ada = human(1, "Ada", "Lovelace");
export const bob = human(2, "Bob", "Kahn");
export const cy = human(3, "Cy", "Young");
export const dee = human(4, "Dee", "Hock");

export function team(n: number, name: string, over: Partial<SourceGroup> = {}): SourceGroup {
  return {
    id: groupId(n),
    email: `${name.toLowerCase().replaceAll(" ", "-")}@example.com`,
    aliases: [],
    name,
    adminCreated: true,
    ...over,
  };
}

export const devs = team(1, "Devs");
export const ops = team(2, "Ops");

/** A row of a group: somebody, a nested group, everybody, or a row as Google has it. */
export type Row = SourceUser | SourceGroup | SourceMember | "everybody";

function rowOf(row: Row): SourceMember {
  if (row === "everybody") return { id: sourceId("C01"), email: "", type: "customer" };
  if ("type" in row) return row;
  return { id: row.id, email: row.email, type: "state" in row ? "user" : "group" };
}

export type Filled = readonly [SourceGroup, ...Row[]];

/** A company: its accounts, the groups that match with their rows, and groups that are only nested in those. */
export function company(
  users: readonly SourceUser[],
  groups: readonly Filled[] = [],
  more: {
    readonly nested?: readonly Filled[];
    readonly matched?: Source["matched"];
    readonly outside?: readonly SourceGroup[];
    readonly unread?: readonly (SourceUser | SourceGroup)[];
  } = {},
): Source {
  return {
    users,
    matched: more.matched ?? "none",
    groups: groups.map(([group]) => group),
    members: new Map(
      [...groups, ...(more.nested ?? [])]
        .filter(([group]) => more.unread?.includes(group) !== true)
        .map(([group, ...rows]) => [group.id, rows.map(rowOf)]),
    ),
    outside: new Set((more.outside ?? []).map((group) => group.id)),
    unread: new Map(
      (more.unread ?? []).map((one) => [
        one.id,
        {
          kind: "state" in one ? "user" : "group",
          email: one.email,
          why: "Google does not show it",
          todo: "look at it",
        },
      ]),
    ),
  };
}

// ---------------------------------------------------------------- the target

const serial = (id: string): string => String(Number(id.slice(1)) || id);

/** The account as the target holds it when everything is in sync. */
export function inTarget(person: SourceUser, over: Partial<ExistingUser> = {}): ExistingUser {
  return {
    id: targetId(`u-${serial(person.id)}`),
    externalId: person.id,
    userName: person.email,
    email: person.email,
    givenName: person.givenName,
    familyName: person.familyName,
    displayName: `${person.givenName} ${person.familyName}`,
    active: person.state === "active",
    ...over,
  };
}

/** A user of the target without any source: unmanaged, unless `over` says otherwise. */
export const stray = (name: string, over: Partial<ExistingUser> = {}): ExistingUser => ({
  id: targetId(`u-${name}`),
  externalId: "",
  userName: `${name}@example.com`,
  email: `${name}@example.com`,
  givenName: "By",
  familyName: "Hand",
  displayName: "By Hand",
  active: true,
  ...over,
});

export function groupInTarget(
  group: SourceGroup,
  members: readonly ExistingUser[] = [],
  over: Partial<ExistingGroup> = {},
): ExistingGroup {
  return {
    id: targetId(`g-${group.id}`),
    externalId: group.id,
    name: group.name,
    createdAt: "2025-01-01T00:00:00Z",
    members: new Set(members.map((user) => user.id)),
    ...over,
  };
}

export const strayGroup = (
  name: string,
  members: readonly ExistingUser[] = [],
  over: Partial<ExistingGroup> = {},
): ExistingGroup => ({
  id: targetId(`g-${name}`),
  externalId: "",
  name,
  createdAt: "2025-01-01T00:00:00Z",
  members: new Set(members.map((user) => user.id)),
  ...over,
});

export const target = (
  users: readonly ExistingUser[] = [],
  groups: readonly ExistingGroup[] = [],
): Existing => ({ users, groups });

export const EMPTY = target();

export const marked = (day: string, own: string): string => `ssosync-retired.${day}.${own}`;

// ---------------------------------------------------------------- settings

const ENOUGH = { share: undefined, count: 1_000_000 };

/** The defaults of the contract, but with limits that nothing here breaks. */
export function rules(over: Partial<Rules> = {}): Rules {
  return {
    method: "groups",
    groupName: "name",
    includeGroups: [],
    ignoreUsers: [],
    ignoreGroups: [],
    protectGroups: [],
    manage: { users: true, groups: true, memberships: true },
    syncSuspended: true,
    adopt: "unclaimed",
    graceDays: 30,
    limits: { users: ENOUGH, groups: ENOUGH, memberships: ENOUGH, growth: ENOUGH },
    ...over,
  };
}

export const manage = (...what: readonly (keyof Rules["manage"])[]): Pick<Rules, "manage"> => ({
  manage: {
    users: what.includes("users"),
    groups: what.includes("groups"),
    memberships: what.includes("memberships"),
  },
});

/** `MAX_GROUP_GROWTH` and nothing else. */
export const growth = (share: number | undefined, count: number | undefined): Pick<Rules, "limits"> => ({
  limits: { ...rules().limits, growth: { share, count } },
});

// ---------------------------------------------------------------- plans

export interface Case {
  readonly source: Source;
  readonly existing?: Existing;
  readonly rules?: Partial<Rules>;
  readonly now?: string;
  readonly holds?: Partial<Holds>;
  readonly approve?: readonly string[] | "everything";
}

/** FNV-1a twice: good enough to tell deeds apart, and no package. */
export function digest(text: string): string {
  const hash = (seed: number): string => {
    let h = seed;
    for (const character of text) h = Math.imul(h ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
    return h.toString(16).padStart(8, "0");
  };
  return hash(2166136261) + hash(84696351);
}

export function planFor(one: Case): Plan {
  if (one.approve === "everything") {
    const waiting = planFor({ ...one, approve: [] }).waiting;
    return planFor({ ...one, approve: waiting.map(({ id }) => id) });
  }
  const settings = rules(one.rules);
  const existing = one.existing ?? EMPTY;
  return plan({
    scoped: scope(one.source, existing, settings),
    existing,
    rules: settings,
    now: one.now ?? NOW,
    holds: { ...NO_HOLDS, ...one.holds },
    approvals: { digest, given: new Set(one.approve ?? []) },
  });
}

/** Plans, carries out with no refusal, and makes sure that the second plan is empty. */
export function sync(one: Case): { readonly plan: Plan; readonly after: Existing } {
  const existing = one.existing ?? EMPTY;
  const first = planFor(one);
  const after = carryOut(first, existing);
  expect(told(planFor({ ...one, existing: after })), "the second plan is empty").toEqual([]);
  return { plan: first, after };
}

/** One line per change, in order: `kind subject`, with the members of membership changes. */
export function told(of: Plan): readonly string[] {
  return changesOf(of).map(line);
}

function line(change: Change): string {
  switch (change.kind) {
    case "user.create":
      return `user.create ${change.user.userName}`;
    case "group.create":
      return `group.create ${change.group.label} ${change.members.map((user) => user.label).join(" ")}`.trim();
    case "members.add":
    case "members.remove":
      return `${change.kind} ${change.group.label} ${change.users.map((user) => user.label).join(" ")}`;
    case "user.update":
    case "user.enable":
    case "user.disable":
    case "user.retire":
    case "user.restore":
    case "user.delete":
      return `${change.kind} ${change.before.userName}`;
    case "group.update":
    case "group.retire":
    case "group.restore":
    case "group.delete":
      return `${change.kind} ${change.before.name}`;
  }
}

/** `code subject` of each skip, with the group in which it was met. */
export const skipped = (of: Plan): readonly string[] =>
  of.skips.map(
    ({ about, within, reason }) =>
      `${reason.code} ${about.label}${within === undefined ? "" : ` in ${within.label}`}`,
  );

export const reasons = (of: Plan): readonly Reason[] => of.skips.map(({ reason }) => reason);

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
  };
}

function apply(change: Change, state: State, taken: Set<string>): void {
  switch (change.kind) {
    case "user.create": {
      const id = targetId(`new-${serial(change.user.externalId)}`);
      const { externalId, userName, email, givenName, familyName, displayName, active } = change.user;
      state.known.set(externalId, id);
      return putUser({ id, externalId, userName, email, givenName, familyName, displayName, active }, state);
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

export const asksFor = (over: Partial<DesiredUser> = {}): DesiredUser => ({
  externalId: ada.id,
  userName: ada.email,
  email: ada.email,
  givenName: "Ada",
  familyName: "Lovelace",
  displayName: "Ada Lovelace",
  active: true,
  aliases: [],
  ...over,
});

export const asksForGroup = (over: Partial<DesiredGroup> = {}): DesiredGroup => ({
  externalId: devs.id,
  name: devs.name,
  addresses: [devs.email],
  sourceName: devs.name,
  adminCreated: true,
  members: new Set(),
  ...over,
});
