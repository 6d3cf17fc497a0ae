import type { Source, SourceId } from "../model.ts";

/** Stands in a path for the row that makes every account of the company a member. */
const EVERYBODY = "everybody";

/** Each way from the group down to the account, as names: the group itself first, nested groups, then the account. */
export type Paths = (user: SourceId, label: string) => readonly (readonly string[])[];

/** Names of groups, for paths: what people call it, its address, or its id. */
export function groupNames(source: Source): ReadonlyMap<SourceId, string> {
  const names = new Map<SourceId, string>();
  for (const rows of source.members.values())
    for (const row of rows) if (row.type === "group") names.set(row.id, row.email || row.id);
  for (const group of source.groups) names.set(group.id, group.name || group.email);
  return names;
}

/**
 * The ways into one group. Every group below it that holds the account itself gives one way, the shortest one to that
 * group; a circle is walked once.
 */
export function pathsInto(group: SourceId, source: Source, names: ReadonlyMap<SourceId, string>): Paths {
  const ways = new Map<SourceId, readonly string[]>([[group, [names.get(group) ?? group]]]);
  const holding = new Map<SourceId, SourceId[]>();
  const everybody: SourceId[] = [];
  for (const [id, way] of ways) {
    for (const row of source.members.get(id) ?? []) {
      if (row.type === "user") holding.set(row.id, [...(holding.get(row.id) ?? []), id]);
      if (row.type === "customer") everybody.push(id);
      if (row.type === "group" && !ways.has(row.id))
        ways.set(row.id, [...way, names.get(row.id) ?? (row.email || row.id)]);
    }
  }
  const wayTo = (id: SourceId): readonly string[] => ways.get(id) ?? [];
  return (user, label) => [
    ...(holding.get(user) ?? []).map((id) => [...wayTo(id), label]),
    ...everybody.map((id) => [...wayTo(id), EVERYBODY, label]),
  ];
}

export const pathText = (path: readonly string[]): string => path.join(" › ");
