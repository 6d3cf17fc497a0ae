/** The company of the journeys: small enough to be known by heart. */
import type { AwsDirectory } from "../emulator/aws-directory.ts";
import { at, fill, mirror } from "../emulator/fill.ts";
import type { Company } from "../emulator/google-company.ts";

const people = {
  ada: "Ada Lovelace",
  grace: "Grace Hopper",
  linus: "Linus Berg",
  ivan: "Иван Петров",
  zoe: "Zoë D’Angelo",
  otto: "Otto Weber",
  lena: "Lena Fischer",
  kim: "Kim Nguyễn",
  nils: "Nils Holm",
  mona: "Mona Öberg",
};

/** `aws-engineers` holds `aws-backend`: zoe and otto are in both. */
const groups = {
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
  fill(google, { people, groups });
  for (const name of Object.keys(people)) google.moveTo(at(name), name < "l" ? "/Sales" : "/Engineering");
}

/** `p1`, `p2`, … */
export const crew = (count: number, from = 1): readonly string[] =>
  Array.from({ length: count }, (_, n) => `p${n + from}`);

/** Everybody is in `aws-all`, and AWS has had all of it for years. */
export const crowd =
  (count: number, groups: Readonly<Record<string, readonly string[]>> = {}) =>
  (google: Company, aws: AwsDirectory): void => {
    const people = Object.fromEntries(crew(count).map((name) => [name, `${name} Person`]));
    fill(google, { people, groups: { "aws-all": crew(count), ...groups } });
    mirror(google, aws);
    age(aws);
  };

/** Makes all that AWS holds older than a day. */
export function age({ users, groups }: AwsDirectory): void {
  const createdAt = new Date("2024-01-01T00:00:00Z");
  for (const one of [...users, ...groups]) Object.assign(one, { createdAt });
}
