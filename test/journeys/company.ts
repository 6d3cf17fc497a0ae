/** The company of the journeys: small enough to be known by heart. */
import { at, fill } from "../emulator/fill.ts";
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
