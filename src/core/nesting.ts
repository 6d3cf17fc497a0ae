import type { Skip } from "./reason.ts";
import { sourceGroupRef, sourceUserRef } from "./ref.ts";
import type { Ref } from "./ref.ts";
import type { Source, SourceId, SourceMember, SourceUser } from "./model.ts";

/** What one group's direct rows mean: accounts, groups to go into, and whether everybody is in it. */
interface Rows {
  readonly users: readonly SourceId[];
  readonly groups: readonly SourceId[];
  readonly everybody: boolean;
}

/** Reads the rows of every group once, and notes each row that can't count. */
export function rowsOf(
  source: Source,
  people: ReadonlyMap<SourceId, SourceUser>,
  skips: Skip[],
): ReadonlyMap<SourceId, Rows> {
  const named = new Map(source.groups.map((group) => [group.id, group.email]));
  for (const members of source.members.values())
    for (const row of members) if (row.type === "group") named.set(row.id, row.email);
  const accountOf = accountsOf(source, people);
  const rows = new Map<SourceId, Rows>();
  for (const [id, members] of source.members) {
    const within = sourceGroupRef({ id, email: named.get(id) ?? "" });
    const users: SourceId[] = [];
    for (const row of members) {
      if (source.unread.has(row.id)) continue;
      const account = accountOf(row);
      const code = barred(row, account, source);
      if (code !== undefined) skips.push({ about: rowRef(row), within, reason: { code } });
      else if (account !== undefined) users.push(account);
    }
    rows.set(id, {
      users,
      groups: members.filter((row) => row.type === "group").map((row) => row.id),
      everybody: members.some((row) => row.type === "customer"),
    });
  }
  return rows;
}

/** Whose row it is; by its address only where the row has no id. */
function accountsOf(
  { users }: Source,
  people: ReadonlyMap<SourceId, SourceUser>,
): (row: SourceMember) => SourceId | undefined {
  let byAddress: ReadonlyMap<string, SourceId> | undefined;
  return ({ id, email }) => {
    if (id !== "") return people.get(id)?.id;
    // Hardly any row lacks its id, and there may be very many users. The first account of an address counts.
    byAddress ??= new Map(
      users
        .toReversed()
        .flatMap((user) => [user.email, ...user.aliases].map((one) => [one, user.id] as const)),
    );
    return byAddress.get(email);
  };
}

const rowRef = (row: SourceMember): Ref => (row.type === "group" ? sourceGroupRef(row) : sourceUserRef(row));

function barred(
  row: SourceMember,
  account: SourceId | undefined,
  source: Source,
): "external" | "outside-group" | "not-a-person" | undefined {
  switch (row.type) {
    case "user":
      return account === undefined ? "external" : undefined;
    case "group":
      return source.outside.has(row.id) ? "outside-group" : undefined;
    case "customer":
      return undefined;
    case "other":
      return "not-a-person";
  }
}

/** Every account in the group, direct or through nested groups; a cycle is walked once. */
export function membersOf(
  group: SourceId,
  rows: ReadonlyMap<SourceId, Rows>,
  source: Source,
): ReadonlySet<SourceId> {
  const members = new Set<SourceId>();
  const seen = new Set([group]);
  for (const id of seen) {
    const row = rows.get(id);
    for (const user of row?.users ?? []) members.add(user);
    for (const nested of row?.groups ?? []) seen.add(nested);
    if (row?.everybody === true) for (const user of source.users) members.add(user.id);
  }
  return members;
}

/** The groups that lie below a group, itself first: those whose members count as its members. */
export function nestedIn(group: SourceId, source: Source): readonly SourceId[] {
  const seen = new Set([group]);
  for (const id of seen) {
    for (const row of source.members.get(id) ?? []) if (row.type === "group") seen.add(row.id);
  }
  return [...seen];
}
