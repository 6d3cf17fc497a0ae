/**
 * A company and a target for which one plan holds every kind of change, and the end of that story written down by
 * hand from the contract: nothing of `src` is asked what is right.
 */
import type { AwsDirectory } from "../emulator/aws-directory.ts";
import type { Emulator } from "../emulator/emulator.ts";
import type { Company } from "../emulator/google-company.ts";
import { drop } from "../emulator/wire.ts";
import { at } from "../emulator/fill.ts";
import type { Settings } from "../oracle/emulated.ts";

/** Limits are not the matter here. */
export const storySettings: Settings = {
  MAX_USER_REMOVALS: "90%",
  MAX_GROUP_REMOVALS: "90%",
  MAX_MEMBERSHIP_REMOVALS: "90%",
  MAX_GROUP_GROWTH: "100%,500",
};

/** Objects by a name of the story's own, whatever they are called in the target. */
export interface Story {
  /** Target id to story name, of what was there at the beginning. */
  readonly names: ReadonlyMap<string, string>;
  /** Google id to story name, of users and groups that are new in the target. */
  readonly fresh: ReadonlyMap<string, string>;
  readonly googleIds: ReadonlyMap<string, string>;
  /** The first day of the story, UTC. */
  readonly since: string;
}

const day = (ago = 0): string => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const crowd = Array.from({ length: 130 }, (_, n) => `crowd${String(n).padStart(3, "0")}`);

interface PersonLine {
  /** Address in Google and in the target; `-` where that side has none. */
  readonly google: string;
  readonly target: string;
  readonly as?: "managed" | "unmanaged" | `marked ${number}` | `suspended ${number}` | "foreign";
  readonly active?: boolean;
  readonly suspended?: boolean;
  readonly givenName?: string;
  /** What the end has: address, claim and whether it may sign in; `-` = not there. */
  readonly end: string;
}

const same = (name: string): PersonLine => ({ google: name, target: name, end: `${name} managed on` });

const people: Readonly<Record<string, PersonLine>> = {
  ada: same("ada"),
  bob: { google: "bob", target: "-", end: "bob managed on" },
  cy: { ...same("cy"), givenName: "Cyrus" },
  dora: { google: "dora", target: "dora", suspended: true, end: "dora suspended off" },
  eve: { google: "eve", target: "eve", as: "suspended 3", active: false, end: "eve managed on" },
  finn: { google: "-", target: "finn", end: "finn marked off" },
  gus: { google: "gus", target: "gus", as: "marked 3", active: false, end: "gus managed on" },
  hal: { google: "-", target: "hal", as: "marked 40", active: false, end: "-" },
  ida: { google: "jan", target: "ida", end: "jan managed on" },
  jan: { google: "ida", target: "jan", end: "ida managed on" },
  kim: { google: "kim", target: "-", suspended: true, end: "-" },
  lou: { google: "lou", target: "lou", end: "lou marked off" },
  may: same("may"),
  una: { google: "una", target: "una", as: "unmanaged", end: "una managed on" },
  fred: { google: "-", target: "fred", as: "foreign", end: "fred foreign on" },
  oldrex: { google: "-", target: "rex", end: "retired.ID.rex marked off" },
  rex: { google: "rex", target: "-", end: "rex managed on" },
  ...Object.fromEntries(crowd.map((name) => [name, same(name)])),
};

interface GroupLine {
  /** Name in Google and in the target; `-` where that side has none. */
  readonly google: string;
  readonly target: string;
  readonly as?: "managed" | "unmanaged" | `marked ${number}`;
  readonly before: readonly string[];
  readonly wanted: readonly string[];
  /** Name and claim at the end. */
  readonly end: string;
  readonly after: readonly string[];
}

const steady = (name: string, before: string, after: string): GroupLine => ({
  google: name,
  target: name,
  before: before.split(" "),
  wanted: after.split(" "),
  end: `${name} managed`,
  after: after.split(" "),
});

const groups: Readonly<Record<string, GroupLine>> = {
  admins: {
    ...steady("aws-admins", "ada cy dora finn lou may fred", "ada cy dora una kim"),
    after: ["ada", "cy", "dora", "una", "fred"],
  },
  big: {
    ...steady("aws-big", "ada", "ada"),
    before: ["ada", ...crowd.slice(0, 5)],
    wanted: ["ada", ...crowd],
    after: ["ada", ...crowd],
  },
  left: steady("aws-left", "eve gus ida jan oldrex may", "ida jan"),
  new: { ...steady("aws-new", "", "ada bob gus rex eve"), target: "-", before: [] },
  renamed: { ...steady("aws-renamed", "cy", "cy eve"), target: "aws-before" },
  back: { ...steady("aws-back", "", "ada gus"), as: "marked 3", before: [] },
  one: { ...steady("aws-two", "ida may", "ida may"), target: "aws-one" },
  two: { ...steady("aws-one", "jan", "jan"), target: "aws-two" },
  hand: steady("aws-hand", "may ada", "ada bob"),
  adopt: { ...steady("aws-adopt", "ada cy", "ada cy"), as: "unmanaged", end: "aws-adopt unmanaged" },
  gone: {
    ...steady("aws-gone", "finn", ""),
    google: "-",
    before: [...crowd, "finn"],
    wanted: [],
    end: "aws-gone marked",
    after: [],
  },
  old: { google: "-", target: "aws-old", as: "marked 40", before: [], wanted: [], end: "-", after: [] },
  tower: {
    google: "-",
    target: "AWSControlTowerAdmins",
    as: "unmanaged",
    before: ["fred"],
    wanted: [],
    end: "AWSControlTowerAdmins unmanaged",
    after: ["fred"],
  },
};

/** Puts both sides as they are before the run. */
export function begin({ google, aws }: Emulator): Story {
  const googleIds = new Map<string, string>();
  const names = new Map<string, string>();
  for (const [name, line] of Object.entries(people)) {
    googleIds.set(name, personInGoogle(google, name, line));
    if (line.target !== "-") names.set(personInTarget(aws, name, line, googleIds), name);
  }
  for (const [name, line] of Object.entries(groups)) {
    googleIds.set(name, groupInGoogle(google, name, line));
    if (line.target !== "-") names.set(groupInTarget(aws, name, line, googleIds, names), name);
  }
  for (const name of ["aws-hand", "aws-gone"]) formerGroup(google, name);
  const fresh = ["bob", "rex", "new"].map((name) => [googleIds.get(name) ?? "", name] as const);
  return { names, fresh: new Map(fresh), googleIds, since: day() };
}

/** Who is in no group any more is out of scope; who is not in Google at all was deleted there. */
function personInGoogle(google: Company, name: string, line: PersonLine): string {
  const email = line.google === "-" ? at(`was-${name}`) : at(line.google);
  const { givenName = "Given", suspended = false } = line;
  const { id } = google.addUser({ email, givenName, familyName: name, suspended });
  if (line.google === "-") google.deleteUser(email);
  // Google forgets its deleted users after 20 days.
  if (line.as === "marked 40") drop(google.deletedUsers, (one) => one.id === id);
  return id;
}

function personInTarget(
  aws: AwsDirectory,
  name: string,
  line: PersonLine,
  ids: ReadonlyMap<string, string>,
): string {
  const { as = "managed", active = true } = line;
  const issuer = as === "foreign" ? { issuer: "https://okta.example.net" } : {};
  const claim = claimOf(as, ids.get(name) ?? "");
  const userName = at(line.target);
  return aws.addUser({ userName, givenName: "Given", familyName: name, active, ...claim, ...issuer }).id;
}

function claimOf(as: string, id: string): { readonly externalId?: string } {
  const [kind, ago] = as.split(" ");
  if (kind === "unmanaged") return {};
  if (kind === "foreign") return { externalId: "00u-okta" };
  const why = kind === "suspended" ? kind : "retired";
  return { externalId: ago === undefined ? id : `ssosync-${why}.${day(Number(ago))}.${id}` };
}

function groupInGoogle(google: Company, name: string, line: GroupLine): string {
  const email = at(`aws-${name}`);
  const { id } = google.addGroup({ email, name: line.google });
  for (const member of line.wanted) google.addMember(email, at(people[member]?.google ?? member));
  if (line.google === "-") google.deleteGroup(email);
  return id;
}

function groupInTarget(
  aws: AwsDirectory,
  name: string,
  line: GroupLine,
  ids: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, string>,
): string {
  const id = name === "hand" ? FORMER_HAND : (ids.get(name) ?? "");
  const made = aws.addGroup({
    displayName: line.target,
    ...claimOf(line.as ?? "managed", id),
    createdAt: new Date(Date.now() - 100 * 86_400_000),
  });
  const at = new Map([...names].map(([id, one]) => [one, id]));
  for (const member of line.before) aws.addMembership(made.id, at.get(member) ?? member);
  return made.id;
}

/** The group whose name the new `aws-hand` has: gone from Google. */
const FORMER_HAND = "01formerhand0000";

function formerGroup(google: Company, name: string): void {
  if (google.findGroup(FORMER_HAND) !== undefined || name !== "aws-hand") return;
  google.addGroup({ email: at("aws-former-hand"), id: FORMER_HAND, name });
  google.deleteGroup(at("aws-former-hand"));
}

// ---------------------------------------------------------------- what is there, in the story's words

const nameIn = (story: Story, one: { readonly id: string; readonly externalId?: string }): string =>
  story.names.get(one.id) ??
  story.fresh.get(one.externalId ?? "") ??
  `somebody else: ${one.externalId ?? "-"}`;

/** A mark has to be of a day of the story. */
function claimIn(story: Story, name: string, externalId: string | undefined, foreign: boolean): string {
  if (externalId === undefined) return "unmanaged";
  if (foreign) return "foreign";
  const own = story.googleIds.get(name);
  if (externalId === own) return "managed";
  const former = name === "hand" ? FORMER_HAND : own;
  const isMarked = (why: string, suffix = ""): boolean =>
    [story.since, day()].some((date) => externalId === `ssosync-${why}.${date}.${former}${suffix}`);
  if (isMarked("retired")) return "marked";
  if (isMarked("suspended")) return "suspended";
  return isMarked("suspended", ".by-hand") ? "suspended by hand" : `with external id ${externalId}`;
}

/** One line for each object: name in the story, name in the target, claim, state, and members by story name. */
export function told({ aws }: Emulator, story: Story): readonly string[] {
  const users = aws.users.map((one) => {
    const name = nameIn(story, one);
    const claim = claimIn(story, name, one.externalId, one.issuer !== undefined && one.issuer !== aws.issuer);
    const id = story.googleIds.get(name) ?? "";
    const shown = one.userName.replace("@example.com", "").replace(id, "ID");
    const mail = one.emails[0]?.value === one.userName ? "" : ` mail ${one.emails[0]?.value ?? "-"}`;
    const given = one.name["givenName"] === "Given" ? "" : ` ${String(one.name["givenName"])}`;
    return `${name}: ${shown} ${claim} ${one.active ? "on" : "off"}${mail}${given}`;
  });
  const all = aws.groups.map((one) => {
    const name = nameIn(story, one);
    const members = aws.memberships
      .filter((row) => row.groupId === one.id)
      .map((row) => nameIn(story, aws.user(row.userId)));
    return `${name}: ${one.displayName} ${claimIn(story, name, one.externalId, false)}: ${members.toSorted().join(" ")}`;
  });
  return [...users, ...all].toSorted();
}

export const theEnd: readonly string[] = [
  ...Object.entries(people).flatMap(([name, { end, givenName }]) =>
    end === "-" ? [] : [`${name}: ${end}${givenName === undefined ? "" : ` ${givenName}`}`],
  ),
  ...Object.entries(groups).flatMap(([name, { end, after }]) =>
    end === "-" ? [] : [`${name}: ${end}: ${after.toSorted().join(" ")}`],
  ),
].toSorted();

/** Users and groups that the story makes. */
export const CREATED = { CreateUser: 2, CreateGroup: 1 };

// ---------------------------------------------------------------- access

/** Who can use which group: `user/group`, of users who may sign in. */
export function accessIn({ aws }: Emulator, story: Story): ReadonlySet<string> {
  const users = new Map(aws.users.map((one) => [one.id, one]));
  const groupNames = new Map(aws.groups.map((one) => [one.id, nameIn(story, one)]));
  return new Set(
    aws.memberships.flatMap(({ userId, groupId }) => {
      const user = users.get(userId);
      return user?.active === true ? [`${nameIn(story, user)}/${groupNames.get(groupId) ?? groupId}`] : [];
    }),
  );
}

const accessAtTheEnd = new Set(
  Object.entries(groups).flatMap(([group, { after }]) =>
    after.flatMap((user) => (people[user]?.end.endsWith(" on") === true ? [`${user}/${group}`] : [])),
  ),
);

/** Throws when somebody has access that neither beginning nor end gives, or lacks what both give. */
export function accessWatch(emulator: Emulator, story: Story): () => void {
  const before = accessIn(emulator, story);
  const allowed = before.union(accessAtTheEnd);
  const required = before.intersection(accessAtTheEnd);
  return () => {
    const now = accessIn(emulator, story);
    const tooMuch = [...now.difference(allowed)];
    const tooLittle = [...required.difference(now)];
    if (tooMuch.length + tooLittle.length === 0) return;
    throw new Error(`wrong access: too much ${tooMuch.join(" ")}; too little ${tooLittle.join(" ")}`);
  };
}
