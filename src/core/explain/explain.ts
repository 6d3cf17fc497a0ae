import { explainGroup } from "./group.ts";
import { explainUser } from "./user.ts";
import { indexOf } from "./evidence.ts";
import type { Evidence, Index, Person, Team } from "./evidence.ts";
import { groupClaim, userClaim } from "../mark.ts";
import { nameKey } from "../names.ts";
import type { Tie } from "./ties.ts";
import type { ExistingGroup, ExistingUser, SourceGroup, SourceUser } from "../model.ts";

/** What a sentence is about: one step of the way from Google to AWS. */
export type Topic =
  | "google"
  | "scope"
  | "ignored"
  | "name"
  | "match"
  | "aws"
  | "skipped"
  | "next run"
  | "held"
  | "waits"
  | "look at";

export interface Step {
  readonly topic: Topic;
  readonly sentence: string;
}

/** One user's or group's way through the rules, and every membership of it with its reason. */
export interface Explanation {
  /** The address of a user, the name of a group. */
  readonly subject: string;
  readonly kind: "user" | "group";
  readonly steps: readonly Step[];
  /** For a user the groups, for a group the members. */
  readonly groups: readonly Tie[];
}

/**
 * Explains everything that answers to an address, a name or an id on either side: one user and the other of the same
 * address, two groups of one name. Empty when nothing does.
 */
export function explain(subject: string, evidence: Evidence): readonly Explanation[] {
  const index = indexOf(evidence);
  return [
    ...peopleNamed(subject, index).map((person) => explainUser(subject, person, index)),
    ...teamsNamed(subject, index).map((team) => explainGroup(subject, team, index)),
  ];
}

/** The same for a group that GROUP_MATCH does not list, as Google has it. */
export function explainUnlisted(subject: string, group: SourceGroup, evidence: Evidence): Explanation {
  const index = indexOf(evidence);
  return explainGroup(subject, { source: group, existing: index.groupOf(group.id) }, index);
}

/** Every name, address and id that `explain` answers to, for suggestions. */
export function knownNames({ source, existing }: Evidence): readonly string[] {
  return [
    ...source.users.flatMap((user) => [user.email, ...user.aliases]),
    ...source.groups.flatMap((group) => [group.email, group.name]),
    ...existing.users.map((user) => user.userName),
    ...existing.groups.map((group) => group.name),
  ];
}

type Hit = (...texts: readonly string[]) => boolean;

const hitOf = (subject: string): Hit => {
  const wanted = nameKey(subject.trim());
  return (...texts) => texts.some((text) => text !== "" && nameKey(text) === wanted);
};

function peopleNamed(subject: string, index: Index): readonly Person[] {
  const hit = hitOf(subject);
  const { source, existing } = index.evidence;
  const found = new Map<SourceUser | ExistingUser, Person>();
  const asked = (user: SourceUser): boolean =>
    hit(user.id, user.email, ...user.aliases, `${user.givenName} ${user.familyName}`);
  for (const user of source.users.filter(asked))
    found.set(user, { source: user, existing: index.userOf(user.id) });
  const covered = new Set([...found.values()].map((person) => person.existing));
  for (const user of existing.users) {
    const claim = userClaim(user.externalId);
    const marked = claim.kind === "marked" ? (claim.sourceId ?? "") : "";
    if (covered.has(user)) continue;
    if (!hit(user.id, user.externalId, marked, user.userName, user.email, user.displayName)) continue;
    const account = index.accountOf(user);
    if (account === undefined || !found.has(account))
      found.set(account ?? user, { source: account, existing: user });
    else found.set(user, { source: undefined, existing: user });
  }
  return [...found.values()];
}

function teamsNamed(subject: string, index: Index): readonly Team[] {
  const hit = hitOf(subject);
  const { source, existing } = index.evidence;
  const found = new Map<SourceGroup | ExistingGroup | string, Team>();
  for (const group of [...source.groups, ...nestedOnly(index)]) {
    if (hit(group.id, group.email, ...group.aliases, group.name))
      found.set(group, { source: group, existing: index.groupOf(group.id) });
  }
  const covered = new Set([...found.values()].map((team) => team.existing));
  for (const group of existing.groups) {
    const claim = groupClaim(group.externalId);
    const marked = claim.kind === "marked" ? (claim.sourceId ?? "") : "";
    if (covered.has(group) || !hit(group.id, group.externalId, marked, group.name)) continue;
    found.set(group, { source: index.teamOf(group), existing: group });
  }
  return [...found.values()];
}

/** Groups that count only because they lie inside others: Google tells no more of them than a row. */
function nestedOnly({ evidence, teams }: Index): readonly SourceGroup[] {
  const rows = [...evidence.source.members.values()].flat();
  const nested = new Map(
    rows.filter((row) => row.type === "group" && !teams.has(row.id)).map((row) => [row.id, row]),
  );
  return [...nested.values()].map(({ id, email }) => ({ id, email, aliases: [], name: email || id }));
}
