/** The vocabulary of the core's tests: people and groups on both sides, and settings. */
import { groupTemplate } from "../../src/core/group-name.ts";
import { userNaming } from "../../src/core/user-name.ts";
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
    fields: new Map(),
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

/** The number in an id of these tests. */
export const serial = (id: string): string => String(Number(id.slice(1)) || id);

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
    createdAt: "",
    ...over,
  };
}

/** The account as the target holds it since Google suspended it. */
export const asleepInTarget = (person: SourceUser, over: Partial<ExistingUser> = {}): ExistingUser =>
  inTarget(person, { externalId: suspendedMarked("2026-03-01", person.id), active: false, ...over });

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
  createdAt: "",
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
  unread: readonly (ExistingUser | ExistingGroup)[] = [],
): Existing => ({
  users,
  groups,
  unread: new Map(unread.map(({ id }) => [id, { why: "AWS does not show it", todo: "look at it" }])),
});

export const EMPTY = target();

export const marked = (day: string, own: string): string => `ssosync-retired.${day}.${own}`;
export const suspendedMarked = (day: string, own: string): string => `ssosync-suspended.${day}.${own}`;
/** The mark of somebody whom a person had disabled before. */
export const byHand = (mark: string): string => `${mark}.by-hand`;

// ---------------------------------------------------------------- settings

/** `USER_NAME`. */
export function signingInAs(text: string): Pick<Rules, "userName"> {
  const userName = userNaming(text);
  if (userName === undefined) throw new Error(`${text} is no USER_NAME`);
  return { userName };
}

/** What Google has in the field of a custom schema, for `USER_NAME=HR.login`. */
export const login = (text: string): Pick<SourceUser, "fields"> => ({
  fields: new Map([["customSchemas.HR.login", text]]),
});

/** `GROUP_NAME`. */
export function calledBy(text: string): Pick<Rules, "groupName"> {
  const groupName = groupTemplate(text);
  if ("wrong" in groupName) throw new Error(groupName.wrong.join("; "));
  return { groupName };
}

/** 100 %, which is as many as there are. */
export const NO_LIMIT = { share: 1, count: undefined, ceiling: undefined };

/** The defaults of the contract, but with limits that nothing here breaks. */
export function rules(over: Partial<Rules> = {}): Rules {
  return {
    method: "groups",
    ...signingInAs("email"),
    ...calledBy("name"),
    groupNames: new Map(),
    includeGroups: [],
    ignoreUsers: [],
    ignoreGroups: [],
    protectGroups: [],
    manage: { users: true, groups: true, memberships: true },
    syncSuspended: true,
    adopt: "unclaimed",
    graceDays: 30,
    limits: {
      ...{ leavers: NO_LIMIT, users: NO_LIMIT, groups: NO_LIMIT, memberships: NO_LIMIT },
      ...{ newGroups: NO_LIMIT, growth: NO_LIMIT, shrink: NO_LIMIT },
    },
    groupsCreatedBy: "anyone",
    details: new Map(),
    requiredMembers: [],
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
  limits: { ...rules().limits, growth: { share, count, ceiling: undefined } },
});

// ---------------------------------------------------------------- what is asked for

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
