import { openingTexts } from "../carries-words.ts";
import type { Carries, Opening } from "../carries.ts";
import { nameKey } from "../names.ts";
import { indexOf } from "./evidence.ts";
import type { Evidence, Index } from "./evidence.ts";
import { isAccount, isUser, subjectOf } from "./subject.ts";
import type { Subject } from "./subject.ts";
import { membersOf, teamsOf, tieOf } from "./ties.ts";
import type { Tie } from "./ties.ts";

/** One line of an access review: one person in one group by one way, or a person without any group. */
export interface ReviewRow {
  readonly user: string;
  readonly name: string;
  /** The Google account: active, suspended, archived, or none. */
  readonly google: "active" | "suspended" | "archived" | "none";
  /** The user in AWS: enabled, disabled, or none. */
  readonly aws: "enabled" | "disabled" | "none";
  /** `""` for somebody who is in no group on either side. */
  readonly group: string;
  /** How Google makes it so; `""` where Google does not. */
  readonly path: string;
  readonly inGoogle: "yes" | "no" | "";
  readonly inAws: "yes" | "no" | "";
  readonly nextRun: Tie["next"] | "";
  readonly why: string;
  /** What the group carries, and whether that is AdministratorAccess somewhere; `unknown` where it could not be read. */
  readonly carries: string;
  readonly administrator: "yes" | "no" | "unknown" | "";
}

/** Everybody of either side and each of their memberships, sorted by person, then by group. */
export function accessReview(evidence: Evidence, carries: Carries): readonly ReviewRow[] {
  const index = indexOf(evidence);
  const seen = new Set<unknown>();
  const rows = teamsOf(index).flatMap((team) => {
    const opens = openedBy(team, carries);
    return membersOf(team, index).flatMap((person) => {
      for (const half of [person.source, person.existing]) if (half !== undefined) seen.add(half);
      return rowsOf(team, person, index).map((row) => ({ ...row, ...opens }));
    });
  });
  const alone = everybody(index).filter(({ source, existing }) => !seen.has(source) && !seen.has(existing));
  return [...rows, ...alone.map((person) => ({ ...reviewed(person), ...NO_GROUP }))].toSorted(inOrder);
}

const inOrder = (one: ReviewRow, other: ReviewRow): number => {
  const key = ({ user, group, path }: ReviewRow): string => [user, nameKey(group), path].join("\u0000");
  return key(one) < key(other) ? -1 : 1;
};

const NO_GROUP = {
  group: "",
  path: "",
  inGoogle: "",
  inAws: "",
  nextRun: "",
  why: "in no group",
  carries: "",
  administrator: "",
} as const;

type Opens = Pick<ReviewRow, "carries" | "administrator">;

/** A group that is not in AWS carries nothing; of one that could not be read, nobody knows. */
function openedBy({ existing }: Subject, { of }: Carries): Opens {
  if (existing === undefined) return { carries: "", administrator: "no" };
  const carried = of.get(existing.id) ?? { opens: [], whole: false };
  const isIn = (weight: Opening["weight"]): boolean => carried.opens.some((one) => one.weight === weight);
  const isUnsure = !carried.whole || isIn("unknown");
  return {
    carries: openingTexts(carried).join("; "),
    administrator: isIn("administrator") ? "yes" : isUnsure ? "unknown" : "no",
  };
}

function everybody({ evidence: { source, existing }, objectOf }: Index): readonly Subject[] {
  const accounts = source.users.map((user) => subjectOf(user, objectOf(user.id)));
  const covered = new Set(accounts.map((person) => person.existing));
  const others = existing.users.filter((user) => !covered.has(user));
  return [...accounts, ...others.map((user) => subjectOf(undefined, user))];
}

function rowsOf(team: Subject, person: Subject, index: Index): readonly Omit<ReviewRow, keyof Opens>[] {
  const tie = tieOf(team, person, index);
  const common = {
    ...reviewed(person),
    group: tie.group.label,
    inAws: tie.inTarget ? "yes" : "no",
    nextRun: tie.next,
    why: tie.why,
  } as const;
  return tie.paths.length === 0
    ? [{ ...common, path: "", inGoogle: "no" }]
    : tie.paths.map((path) => ({ ...common, path, inGoogle: "yes" }));
}

function reviewed({ ref, source, existing }: Subject): Pick<ReviewRow, "user" | "name" | "google" | "aws"> {
  const account = source !== undefined && isAccount(source) ? source : undefined;
  const user = existing !== undefined && isUser(existing) ? existing : undefined;
  return {
    user: ref.label,
    name:
      account === undefined ? (user?.displayName ?? "") : `${account.givenName} ${account.familyName}`.trim(),
    google: account?.state ?? "none",
    aws: user === undefined ? "none" : user.active ? "enabled" : "disabled",
  };
}

const COLUMNS = [
  ["user", "user"],
  ["name", "name"],
  ["google", "google account"],
  ["aws", "aws user"],
  ["group", "group"],
  ["path", "path"],
  ["inGoogle", "in google"],
  ["inAws", "in aws"],
  ["nextRun", "next run"],
  ["why", "why"],
  ["carries", "group carries"],
  ["administrator", "administrator"],
] as const satisfies readonly (readonly [keyof ReviewRow, string])[];

/** RFC 4180, a header first, lines ending in CR LF. No cell can be taken for a formula by a spreadsheet. */
export function csv(rows: readonly ReviewRow[]): string {
  const lines = [COLUMNS.map(([, title]) => title), ...rows.map((row) => COLUMNS.map(([key]) => row[key]))];
  return lines.map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

/** A leading tab or line break is skipped by some spreadsheets, which then see what follows it. */
function cell(raw: string): string {
  // Escape sequences in a name must not reach the terminal that a table is shown on.
  const text = raw.replace(/[\p{Cc}--[\t\r\n]]/gv, " ");
  const safe = /^[=+\-@\t\r\n]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
