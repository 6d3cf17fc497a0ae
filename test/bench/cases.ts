/** What is measured: which company, what the target holds before, and what has changed since. */
import { bigCompany } from "../emulator/company.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { mirror } from "../emulator/fill.ts";
import { firstWrites } from "./floor.ts";
import type { Company, Work } from "./floor.ts";
import { makeVast, vastCompany } from "./vast.ts";

export const SIZES = {
  small: { users: 50, groups: 10, memberships: 200 },
  middle: { users: 500, groups: 40, memberships: 4_000 },
  large: { users: 10_000, groups: 1_000, memberships: 60_000 },
} as const;
export type SizeName = keyof typeof SIZES;

/** Few users in very many groups: reading memberships by user is the cheaper way. */
export const MANY_GROUPS = { users: 50, groups: 300, memberships: 600 } as const;

/** From here on the emulator's own lists take more of the machine than the program does. */
const MANY = 5_000;

export interface Case {
  readonly name: string;
  readonly size: { readonly users: number; readonly groups: number; readonly memberships: number };
  readonly awsRead: Work["awsRead"];
  readonly kind: "first sync" | "no-op" | "1 % changed";
}

export function casesOf(only: readonly string[], all: boolean): readonly Case[] {
  const cases = (Object.keys(SIZES) as SizeName[]).flatMap((name) => casesOfSize(name, all));
  const odd: Case = {
    name: "many groups, no-op",
    size: MANY_GROUPS,
    awsRead: "identitystore",
    kind: "no-op",
  };
  return [...cases, odd].filter(
    ({ name }) => only.length === 0 || only.some((word) => name.startsWith(word)),
  );
}

function casesOfSize(name: SizeName, all: boolean): readonly Case[] {
  const size = SIZES[name];
  const one = (kind: Case["kind"], awsRead: Case["awsRead"]): Case => {
    const how = awsRead === "identitystore" ? "" : `, ${awsRead}`;
    return { name: `${name}, ${kind}${how}`, size, awsRead, kind };
  };
  return [
    ...(name === "large" && !all ? [] : [one("first sync", "identitystore")]),
    one("no-op", "identitystore"),
    one("no-op", "both"),
    one("1 % changed", "identitystore"),
  ];
}

/** Makes the company, and the target as the case wants it; says how much work there is for a run. */
export function arrange(emulator: Emulator, one: Case): Work {
  const { google, aws } = emulator;
  if (one.kind === "no-op" && one.size.users >= MANY) {
    makeVast(emulator, one.size, 0);
    const company = vastCompany(one.size);
    return { accounts: company.users, company, held: company, writes: 0, awsRead: one.awsRead };
  }
  bigCompany(google, one.size);
  const company = countedIn(google);
  const common = { accounts: google.users.length, awsRead: one.awsRead };
  if (one.kind === "first sync")
    return { ...common, company, held: { users: 0, members: [] }, writes: firstWrites(company) };
  mirror(google, aws);
  const writes = one.kind === "no-op" ? 0 : changeSome(google, Math.ceil(one.size.users / 100));
  return { ...common, company: countedIn(google), held: company, writes };
}

/** Everybody is in some group in these companies, except perhaps the last few. */
function countedIn({ groups, members }: Emulator["google"]): Company {
  const byGroup = Map.groupBy(members, (row) => row.groupId);
  return {
    users: new Set(members.map((row) => row.id)).size,
    members: groups.map(({ id }) => byGroup.get(id)?.length ?? 0),
  };
}

/** New family names for one half, and a membership less for the other; returns how many changes that is. */
function changeSome(google: Emulator["google"], count: number): number {
  const renamed = google.users.slice(1, 1 + Math.ceil(count / 2));
  for (const { primaryEmail, givenName } of renamed) google.nameUser(primaryEmail, givenName, "Renamed");
  const byGroup = Map.groupBy(google.members, (row) => row.groupId);
  const leaving = [...byGroup.values()].slice(0, count - renamed.length).map((rows) => rows.at(-1));
  for (const row of leaving) if (row !== undefined) google.members.splice(google.members.indexOf(row), 1);
  return renamed.length + leaving.length;
}
