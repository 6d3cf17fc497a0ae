/** A company in two tables, and the same company in AWS. */
import type { AwsDirectory } from "./aws-directory.ts";
import type { Company } from "./google-company.ts";

export const at = (name: string): string => `${name}@example.com`;

export interface Tables {
  /** `{ ada: "Ada Lovelace" }`: the part before the `@`, and both names. */
  readonly people?: Readonly<Record<string, string>>;
  /** `{ "aws-admins": ["ada", "aws-oncall"] }`: each group with its people and nested groups. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

/** Groups may hold groups that come later. */
export function fill(google: Company, { people = {}, groups = {} }: Tables): void {
  for (const [name, names] of Object.entries(people)) {
    const [givenName = "", ...familyName] = names.split(" ");
    google.addUser({ email: at(name), givenName, familyName: familyName.join(" ") });
  }
  for (const name of Object.keys(groups)) google.addGroup({ email: at(name) });
  for (const [name, members] of Object.entries(groups))
    for (const member of members) google.addMember(at(name), at(member));
}

/** Puts all groups and everybody in them into AWS, as a run would have left them long ago. */
export function mirror(google: Company, aws: AwsDirectory): void {
  const rosters = google.groups.map((group) => ({ group, ids: google.everyoneIn(group.id) }));
  const inGroups = new Set(rosters.flatMap(({ ids }) => [...ids]));
  const users = new Map<string, string>();
  for (const { id, primaryEmail: userName, givenName, familyName, suspended, archived } of google.users) {
    if (!inGroups.has(id)) continue;
    const active = !suspended && !archived;
    users.set(id, aws.addUser({ userName, externalId: id, givenName, familyName, active }).id);
  }
  for (const { group, ids } of rosters) {
    const { name: displayName, id: externalId } = group;
    const { id: groupId } = aws.addGroup({ displayName, externalId, createdAt: new Date(0) });
    // Straight into the store: a large company has very many.
    for (const userId of [...ids].flatMap((id) => users.get(id) ?? []))
      aws.memberships.push({ ...aws.next("membership"), groupId, userId, createdAt: aws.now() });
  }
}
