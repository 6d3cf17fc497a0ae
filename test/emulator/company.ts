/** Companies to sync, the same in every run. */
import type { AwsDirectory } from "./aws-directory.ts";
import type { Company } from "./google-company.ts";

const domain = "example.com";
const at = (name: string): string => `${name}@${domain}`;

/** People whom tests ask for by name: local part, given name, family name. */
const notable: readonly (readonly [string, string, string])[] = [
  ["ada.lovelace", "Ada", "Lovelace"],
  ["grace.hopper", "Grace", "Hopper"],
  ["linus.berg", "Linus", "Berg"],
  ["haruto.sato", "陽翔", "佐藤"],
  ["mohammed.ali", "محمد", "علي"],
  ["ivan.petrov", "Иван", "Петров"],
  ["giorgos.papadopoulos", "Γιώργος", "Παπαδόπουλος"],
  ["jose.nunez", "José", "Núñez"],
  ["siobhan.obrien", "Siobhán", "O'Brien"],
  ["an.nguyen", "Ân", "Nguyễn"],
  ["zoe.dangelo", "Zoë", "D’Angelo"],
  // A person of one name: Google wants two, and people put a zero-width space for the second.
  ["sukarno", "Sukarno", "\u200B"],
  ["lena.fischer", "Lena", "Fischer"],
  ["otto.weber", "Otto", "Weber"],
];

const givenNames = ["Alex", "Billie", "Chris", "Dana", "Eli", "Fran", "Gus", "Hana", "Ines", "Jo", "Kit"];
const familyNames = ["Archer", "Baker", "Cooper", "Draper", "Fisher", "Gardner", "Hunter", "Mason", "Potter"];

/** 105 ordinary people, each with a name of their own. */
const ordinary = Array.from({ length: 105 }, (_, n): readonly [string, string, string] => {
  const given = givenNames[n % givenNames.length] ?? "";
  const family = familyNames[n % familyNames.length] ?? "";
  return [`${given}.${family}${n >= 99 ? String(n) : ""}`.toLowerCase(), given, family];
});

/** Groups, with every how-manieth of the ordinary people in them. */
const groupsOf: readonly (readonly [string, number])[] = [
  ["aws-admins", 40],
  ["aws-engineers", 25],
  ["aws-backend", 9],
  ["aws-frontend", 11],
  ["aws-platform", 21],
  ["aws-readonly", 4],
  ["aws-billing", 33],
  ["aws-security", 35],
  ["aws-data", 13],
  ["aws-support", 8],
  ["aws-oncall", 17],
  ["marketing", 6],
  ["sales", 5],
  ["contractors", 19],
  ["all-staff", 200],
];

export interface Sample {
  readonly owner: string;
  readonly aliased: string;
  readonly alias: string;
  readonly suspended: string;
  readonly archived: string;
  readonly external: string;
  readonly mononym: string;
  /** Control Tower's administrator in Identity Center, whose e-mail has no type. */
  readonly controlTowerAdmin: string;
}

/**
 * 120 people (the administrator among them) and 15 groups. `aws-engineers` holds `aws-backend` and
 * `aws-frontend`, `aws-backend` holds `aws-platform`; `all-staff` holds everybody by a customer row. Identity
 * Center holds what Control Tower puts there.
 */
export function sampleCompany(google: Company, aws?: AwsDirectory): Sample {
  const units = ["/", "/Engineering", "/Engineering/Platform", "/Sales"];
  [...notable, ...ordinary].forEach(([name, givenName, familyName], n) => {
    google.addUser({ email: at(name), givenName, familyName, orgUnit: units[n % units.length] ?? "/" });
  });
  for (const [name, every] of groupsOf) {
    google.addGroup({ email: at(name) });
    ordinary.filter((_, n) => n % every === 1).forEach(([person]) => google.addMember(at(name), at(person)));
  }
  placeNotable(google);
  nest(google);
  if (aws !== undefined) controlTower(aws);
  return {
    owner: at("ada.lovelace"),
    aliased: at("grace.hopper"),
    alias: at("amazing.grace"),
    suspended: at("lena.fischer"),
    archived: at("otto.weber"),
    external: "kim@partner.example.net",
    mononym: at("sukarno"),
    controlTowerAdmin: at("aws-root"),
  };
}

function placeNotable(google: Company): void {
  google.user(at("grace.hopper")).aliases.push(at("amazing.grace"));
  google.addMember(at("aws-admins"), at("ada.lovelace"), "OWNER");
  google.addMember(at("aws-admins"), at("grace.hopper"), "MANAGER");
  google.addMember(at("aws-platform"), at("linus.berg"));
  google.addMember(at("aws-readonly"), "kim@partner.example.net");
  for (const [name] of notable.slice(3)) google.addMember(at("aws-backend"), at(name));
  google.suspend(at("lena.fischer"));
  google.archive(at("otto.weber"));
}

function nest(google: Company): void {
  google.addMember(at("aws-engineers"), at("aws-backend"));
  google.addMember(at("aws-engineers"), at("aws-frontend"));
  google.addMember(at("aws-backend"), at("aws-platform"));
  google.addMember(at("all-staff"), "customer");
}

/** What a landing zone leaves in Identity Center: nothing of it has an external id. */
function controlTower(aws: AwsDirectory): void {
  aws.addUser({
    userName: at("aws-root"),
    emailType: null,
    givenName: "AWS",
    familyName: "Control Tower Admin",
  });
  const names = ["AWSAccountFactory", "AWSControlTowerAdmins", "AWSServiceCatalogAdmins"];
  const more = [
    "AWSSecurityAuditors",
    "AWSSecurityAuditPowerUsers",
    "AWSLogArchiveAdmins",
    "AWSLogArchiveViewers",
  ];
  for (const displayName of [...names, ...more, "AWSAuditAccountAdmins"]) {
    aws.addGroup({ displayName, description: "Made by AWS Control Tower" });
  }
  aws.addMembership("AWSAccountFactory", at("aws-root"));
  aws.addMembership("AWSControlTowerAdmins", at("aws-root"));
}

export interface Change {
  readonly joiner: string;
  readonly leaver: string;
  readonly renamed: { readonly from: string; readonly to: string };
  readonly moved: { readonly group: string; readonly from: string; readonly to: string };
}

/** A working day at the sample company: a joiner, a leaver, a new surname, and a group under another parent. */
export function changeCompany(google: Company): Change {
  google.addUser({
    email: at("nova.jones"),
    givenName: "Nova",
    familyName: "Jones",
    orgUnit: "/Engineering",
  });
  google.addMember(at("aws-backend"), at("nova.jones"));
  google.deleteUser(at("ivan.petrov"));
  google.rename(at("zoe.dangelo"), at("zoe.romano"));
  google.nameUser(at("zoe.romano"), "Zoë", "Romano");
  google.removeMember(at("aws-engineers"), at("aws-frontend"));
  google.addMember(at("aws-support"), at("aws-frontend"));
  return {
    joiner: at("nova.jones"),
    leaver: at("ivan.petrov"),
    renamed: { from: at("zoe.dangelo"), to: at("zoe.romano") },
    moved: { group: at("aws-frontend"), from: at("aws-engineers"), to: at("aws-support") },
  };
}

export interface Size {
  /** Accounts in all, the administrator among them. */
  readonly users: number;
  readonly groups: number;
  readonly memberships: number;
}

/** Flat groups `aws-001` ..., memberships spread evenly: 4,000 over 40 groups are 100 in each. */
export function bigCompany(google: Company, size: Size): void {
  const digits = (n: number): string => String(n).padStart(5, "0");
  const ids = [google.admin.id];
  for (let n = 1; n < size.users; n += 1) {
    const givenName = givenNames[n % givenNames.length] ?? "";
    ids.push(google.addUser({ email: at(`user-${digits(n)}`), givenName, familyName: `Number${n}` }).id);
  }
  for (let g = 0; g < size.groups; g += 1) {
    const { id: groupId } = google.addGroup({ email: at(`aws-${String(g + 1).padStart(3, "0")}`) });
    const share = Math.floor(size.memberships / size.groups) + (g < size.memberships % size.groups ? 1 : 0);
    if (share > size.users) throw new Error(`a group cannot hold ${share} of ${size.users} users`);
    const start = Math.floor((g * size.users) / size.groups);
    for (let n = 0; n < share; n += 1) {
      const id = ids[(start + n) % ids.length] ?? "";
      google.members.push({ groupId, id, type: "USER", role: "MEMBER" });
    }
  }
}
