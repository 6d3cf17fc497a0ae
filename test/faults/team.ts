/** A small company whose target is as it should be, for faults that need no more. */
import type { Emulator } from "../emulator/emulator.ts";
import { at } from "./stage.ts";

export const person = (n: number): string => `person${String(n).padStart(2, "0")}`;

/** `people` persons, all of them in `aws-all`, every third in `aws-some`; nobody is in the target yet. */
export function team({ google }: Emulator, people = 12): void {
  for (const name of ["aws-all", "aws-some"]) google.addGroup({ email: at(name) });
  for (let n = 0; n < people; n += 1) {
    google.addUser({ email: at(person(n)), givenName: "Given", familyName: person(n) });
    google.addMember(at("aws-all"), at(person(n)));
    if (n % 3 === 0) google.addMember(at("aws-some"), at(person(n)));
  }
}

/** The same, in the target as well. */
export function settledTeam(emulator: Emulator, people = 12): void {
  team(emulator, people);
  settle(emulator);
}

/** Whatever Google has in groups, put into the target by hand. */
function settle({ google, aws }: Emulator): void {
  const inGroups = google.users.filter((one) => google.members.some((row) => row.id === one.id));
  for (const { id, primaryEmail, givenName, familyName } of inGroups) {
    aws.addUser({ userName: primaryEmail, externalId: id, givenName, familyName });
  }
  for (const group of google.groups) {
    aws.addGroup({ displayName: group.name, externalId: group.id, createdAt: new Date(0) });
    for (const id of google.everyoneIn(group.id)) aws.addMembership(group.name, google.user(id).primaryEmail);
  }
}

/** Users (name, state) and groups (name, members) of the target that belong to Google, as text. */
export function holds({ aws }: Emulator): readonly string[] {
  const managed = (externalId = ""): boolean => /^(\d{15,25}|0[0-9a-z]{9,20})$/.test(externalId);
  return [
    ...aws.users
      .filter((one) => managed(one.externalId))
      .map((one) => `${one.userName} ${one.active ? "on" : "off"}`),
    ...aws.groups
      .filter((one) => managed(one.externalId))
      .map((one) => `${one.displayName}: ${aws.membersOf(one.id).join(" ")}`),
  ].toSorted();
}

/** What the company asks for, in the same words: every member of a group is a user, suspended ones are off. */
export function wanted({ google }: Emulator): readonly string[] {
  const groups = google.groups.filter(({ email }) => email.startsWith("aws-"));
  const ids = new Set(groups.flatMap((group) => [...google.everyoneIn(group.id)]));
  return [
    ...[...ids].map((id) => `${google.user(id).primaryEmail} ${google.user(id).suspended ? "off" : "on"}`),
    ...groups.map(
      (group) =>
        `${group.name}: ${[...google.everyoneIn(group.id)]
          .map((id) => google.user(id).primaryEmail)
          .toSorted()
          .join(" ")}`,
    ),
  ].toSorted();
}
