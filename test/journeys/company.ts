/** The company of the journeys: small enough to be known by heart. */
import type { Company } from "../emulator/google-company.ts";

export const at = (name: string): string => `${name}@example.com`;

/** Local part, given name, family name. */
const people: readonly (readonly [string, string, string])[] = [
  ["ada", "Ada", "Lovelace"],
  ["grace", "Grace", "Hopper"],
  ["linus", "Linus", "Berg"],
  ["ivan", "Иван", "Петров"],
  ["zoe", "Zoë", "D’Angelo"],
  ["otto", "Otto", "Weber"],
  ["lena", "Lena", "Fischer"],
  ["kim", "Kim", "Nguyễn"],
  ["nils", "Nils", "Holm"],
  ["mona", "Mona", "Öberg"],
];

/** `aws-engineers` holds `aws-backend`: zoe and otto are in both. */
const teams: Readonly<Record<string, readonly string[]>> = {
  "aws-admins": ["ada", "grace"],
  "aws-backend": ["zoe", "otto"],
  "aws-engineers": ["linus", "ivan", "aws-backend"],
  "aws-readonly": ["lena", "kim", "nils", "mona"],
  marketing: ["mona"],
};

/**
 * Eleven accounts, `admin` among them, and five groups. With `GROUP_MATCH=email:aws-*` that is ten users, four groups
 * and twelve memberships; the usual limits then allow to remove five users, two groups and six memberships.
 */
export function smallCompany(google: Company): void {
  for (const [name, givenName, familyName] of people) {
    google.addUser({
      email: at(name),
      givenName,
      familyName,
      orgUnit: name < "l" ? "/Sales" : "/Engineering",
    });
  }
  for (const [name, members] of Object.entries(teams)) {
    google.addGroup({ email: at(name) });
    for (const member of members) google.addMember(at(name), at(member));
  }
}
