/** The least that the quotas allow, for a company with these numbers. */

/** What AWS and Google allow in a second. */
export const ALLOWED = { scim: 20, identityStore: 20, google: 40 } as const;
export type Limited = keyof typeof ALLOWED;
/** Rows in the largest page that each listing gives. */
export const PAGE = {
  googleUsers: 500,
  googleGroups: 200,
  googleMembers: 200,
  aws: 100,
  write: 100,
} as const;

export interface Company {
  readonly users: number;
  /** Direct members of each group. */
  readonly members: readonly number[];
}

export interface Work {
  /** Users of the company's Google account, wanted or not: all are listed. */
  readonly accounts: number;
  /** What is to be in the target. */
  readonly company: Company;
  /** What the target holds before the run. */
  readonly held: Company;
  /** SCIM requests that change something. */
  readonly writes: number;
  readonly awsRead: "identitystore" | "scim" | "both";
}

export interface Floor {
  readonly requests: Readonly<Record<Limited, number>>;
  readonly seconds: number;
}

/** An empty listing is a request too, and so is an empty group. */
const pages = (rows: number, size: number): number => Math.max(1, Math.ceil(rows / size));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Memberships can be read by group or by user; every user is then one page, since few are in more than 100 groups. */
const memberPages = ({ users, members }: Company): number =>
  Math.min(sum(members.map((count) => pages(count, PAGE.aws))), users);

/** The slowest budget while everything is read side by side, and after it the writes. */
export function floor({ accounts, company, held, writes, awsRead }: Work): Floor {
  const google =
    pages(accounts, PAGE.googleUsers) +
    pages(company.members.length, PAGE.googleGroups) +
    sum(company.members.map((count) => pages(count, PAGE.googleMembers)));
  const aws = pages(held.users, PAGE.aws) + pages(held.members.length, PAGE.aws) + memberPages(held);
  const budgets = awsRead === "both" ? ALLOWED.scim + ALLOWED.identityStore : ALLOWED.scim;
  const overScim =
    awsRead === "scim" ? aws : awsRead === "both" ? Math.min(memberPages(held), Math.floor(aws / 2)) : 0;
  return {
    requests: { google, scim: overScim + writes, identityStore: aws - overScim },
    seconds: Math.max(google / ALLOWED.google, aws / budgets) + writes / ALLOWED.scim,
  };
}

/** Requests of a first sync: each user, each group with its first members, and each further chunk of members. */
export const firstWrites = ({ users, members }: Company): number =>
  users + members.length + sum(members.map((count) => pages(count, PAGE.write) - 1));
