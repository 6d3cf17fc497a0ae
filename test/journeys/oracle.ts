/**
 * What the target must hold after a run, worked out from the company and the contract alone: nothing of `src` is
 * asked. Knows the settings that say who is wanted; whatever waits or is held is a test's own business.
 */
import type { AwsDirectory, AwsGroup, AwsUser } from "../emulator/aws-directory.ts";
import type { Company, CompanyGroup, Person } from "../emulator/google-company.ts";

export type Settings = Readonly<Record<string, string | undefined>>;

/** The target at one moment. */
export interface Picture {
  readonly users: readonly AwsUser[];
  readonly groups: readonly (AwsGroup & { readonly members: readonly string[] })[];
}

export function pictureOf({ users, groups, memberships }: AwsDirectory): Picture {
  const membersOf = (id: string): string[] =>
    memberships.flatMap((row) => (row.groupId === id ? [row.userId] : [])).toSorted();
  return {
    users: structuredClone(users),
    groups: groups.map((group) => ({ ...structuredClone(group), members: membersOf(group.id) })),
  };
}

/** One object as plain text, so that two pictures can be compared and read. */
type Line = readonly [id: string, text: string];

export interface Expectation {
  readonly users: readonly Line[];
  readonly groups: readonly Line[];
}

const today = (): string => new Date().toISOString().slice(0, 10);
const low = (text: string): string => text.toLowerCase();
const list = (text = ""): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
const glob = (patterns: string[]): ((...texts: string[]) => boolean) => {
  const tests = patterns.map(
    (one) =>
      new RegExp(
        `^${low(one)
          .replace(/[.+^${}()|[\]\\]/g, "\\$&")
          .replace(/\*/g, ".*")
          .replace(/\?/g, ".")}$`,
        "u",
      ),
  );
  return (...texts) => texts.some((text) => tests.some((test) => test.test(low(text))));
};

const towers = [
  "AWSAccountFactory",
  "AWSServiceCatalogAdmins",
  "AWSControlTowerAdmins",
  "AWSSecurityAuditPowerUsers",
  "AWSSecurityAuditors",
  "AWSLogArchiveAdmins",
  "AWSLogArchiveViewers",
  "AWSAuditAccountAdmins",
];

const MARK = /^ssosync-retired\.(\d{4}-\d\d-\d\d)\.(.+)$/;
const kindOf = (
  externalId: string | undefined,
  google: RegExp,
): "managed" | "marked" | "foreign" | "unmanaged" => {
  if (externalId === undefined) return "unmanaged";
  if (google.test(externalId)) return "managed";
  return MARK.test(externalId) ? "marked" : "foreign";
};
const userKind = (one: AwsUser): ReturnType<typeof kindOf> => kindOf(one.externalId, /^\d{15,25}$/);
const groupKind = (one: AwsGroup): ReturnType<typeof kindOf> => kindOf(one.externalId, /^0[0-9a-z]{9,20}$/);
const own = (externalId = ""): string => MARK.exec(externalId)?.[2] ?? externalId;

// ---------------------------------------------------------------- who is wanted

const queryFits = (
  queries: string | undefined,
  test: (field: string, sign: string, value: string) => boolean,
): boolean =>
  list(queries).some((query) => {
    const [, field = "", sign = "", value = ""] = /^(\w+)([=:])(.*)$/.exec(query) ?? [];
    return query === "*" || test(field, sign, value);
  });

const textFits = (sign: string, value: string, texts: string[]): boolean =>
  texts.some((text) =>
    sign === "=" ? low(text) === low(value) : low(text).startsWith(low(value).replace(/\*$/, "")),
  );

const groupWanted = (group: CompanyGroup, settings: Settings): boolean =>
  !group.foreign &&
  queryFits(settings["GROUP_MATCH"] ?? "*", (field, sign, value) =>
    textFits(sign, value, field === "name" ? [group.name] : [group.email, ...group.aliases]),
  ) &&
  (settings["INCLUDE_GROUPS"] === undefined ||
    list(settings["INCLUDE_GROUPS"]).some((one) => [group.email, group.name].map(low).includes(low(one))));

const userMatched = (person: Person, queries: string | undefined): boolean =>
  queryFits(queries, (field, sign, value) => {
    if (field === "orgUnitPath") return `${person.orgUnitPath}/`.startsWith(`${value}/`);
    if (field === "isSuspended") return String(person.suspended) === value;
    return textFits(
      sign,
      value,
      field === "familyName" ? [person.familyName] : [person.primaryEmail, ...person.aliases],
    );
  });

interface Wanted {
  readonly people: ReadonlyMap<string, Person>;
  readonly groups: ReadonlyMap<
    string,
    { readonly group: CompanyGroup; readonly name: string; readonly people: ReadonlySet<string> }
  >;
}

function wantedOf(google: Company, settings: Settings): Wanted {
  const usersFirst = settings["SYNC_METHOD"] === "users_groups";
  const match = settings["USER_MATCH"] ?? (usersFirst ? "*" : undefined);
  const naming = settings["GROUP_NAME"] ?? (usersFirst ? "email" : "name");
  const counts = (one: Person): boolean =>
    settings["SYNC_SUSPENDED"] !== "false" || !(one.suspended || one.archived);
  const matched = new Set(google.users.filter((one) => userMatched(one, match)).map((one) => one.id));
  const out = glob([...towers, ...list(settings["PROTECT_GROUPS"])]);
  const ignored = glob(list(settings["IGNORE_GROUPS"]));
  const groups = google.groups
    .filter((group) => groupWanted(group, settings))
    .map((group) => ({ group, name: naming === "email" ? low(group.email) : group.name }))
    .filter(({ group, name }) => !out(name) && !ignored(group.email, group.name, ...group.aliases, name))
    .map(({ group, name }) => {
      const inside = [...google.everyoneIn(group.id)].filter((id) => {
        const person = google.findUser(id);
        return person !== undefined && counts(person) && (!usersFirst || matched.has(id));
      });
      return { group, name, people: new Set(inside) };
    });
  const ids = new Set([...matched, ...(usersFirst ? [] : groups.flatMap((one) => [...one.people]))]);
  const people = google.users.filter((one) => ids.has(one.id) && counts(one));
  return {
    people: new Map(people.map((one) => [one.id, one])),
    groups: new Map(groups.map((one) => [one.group.id, one])),
  };
}

// ---------------------------------------------------------------- pictures as text

const userLine = (one: Omit<AwsUser, "serial" | "createdAt" | "updatedAt">): Line => [
  one.id,
  JSON.stringify([
    one.userName,
    one.externalId ?? null,
    one.issuer ?? null,
    one.active,
    one.displayName ?? null,
    one.name["givenName"],
    one.name["familyName"],
    one.emails,
    one.extra,
  ]),
];

const groupLine = (
  one: Pick<AwsGroup, "id" | "displayName" | "externalId" | "issuer" | "description">,
  members: readonly string[],
): Line => [
  one.id,
  JSON.stringify([
    one.displayName,
    one.externalId ?? null,
    one.issuer ?? null,
    one.description ?? null,
    members,
  ]),
];

export const actual = (picture: Picture): Expectation => ({
  users: picture.users.map(userLine).toSorted(),
  groups: picture.groups.map((one) => groupLine(one, one.members)).toSorted(),
});

// ---------------------------------------------------------------- what must be there

/** `before` is the target when the last run began; `now` lends the ids of what that run made, and nothing else. */
export function expected(
  google: Company,
  aws: AwsDirectory,
  settings: Settings,
  before: Picture,
): Expectation {
  const wanted = wantedOf(google, settings);
  const now = pictureOf(aws);
  const users = expectedUsers(google, wanted, settings, before, now, aws.issuer);
  const groups = expectedGroups(wanted, settings, before, now, users, aws.issuer);
  return { users: users.lines.toSorted(), groups: groups.toSorted() };
}

interface Users {
  readonly lines: readonly Line[];
  /** Target id of each wanted person who is to be there. */
  readonly at: ReadonlyMap<string, string>;
  /** Target ids of people who are none of ours to take out of a group. */
  readonly alone: ReadonlySet<string>;
}

const personLine = (id: string, one: Person, before: AwsUser | undefined, issuer: string): Line => {
  const email = low(one.primaryEmail);
  const kept = before !== undefined && low(before.userName) === email;
  const mail = before?.emails.find((each) => low(each.value) === email);
  const given = one.givenName;
  const family = one.familyName;
  return userLine({
    id,
    userName: kept ? before.userName : email,
    externalId: one.id,
    issuer,
    active: !(one.suspended || one.archived),
    displayName: `${given} ${family}`,
    name: { givenName: given, familyName: family },
    emails: mail === undefined ? [{ value: email, type: "work", primary: true }] : (before?.emails ?? []),
    extra: before?.extra ?? {},
  });
};

function expectedUsers(
  google: Company,
  wanted: Wanted,
  settings: Settings,
  before: Picture,
  now: Picture,
  issuer: string,
): Users {
  const ignored = glob(list(settings["IGNORE_USERS"]));
  const shown = (one: Person): string[] => [
    one.primaryEmail,
    ...one.aliases,
    `${one.givenName} ${one.familyName}`,
  ];
  const out = (one: AwsUser): boolean => {
    const person = google.findUser(own(one.externalId));
    return (
      ignored(one.userName, one.displayName ?? "") || (person !== undefined && ignored(...shown(person)))
    );
  };
  const people = [...wanted.people.values()].filter((one) => !ignored(...shown(one)));
  const at = new Map<string, string>();
  const lines: Line[] = [];
  const taken = new Set<string>();
  for (const one of people) {
    const prior =
      before.users.find((user) => user.externalId === one.id) ??
      before.users.find((user) => own(user.externalId) === one.id) ??
      before.users.find(
        (user) => userKind(user) === "unmanaged" && low(user.userName) === low(one.primaryEmail),
      );
    if (prior !== undefined && out(prior)) continue;
    const sleeps = one.suspended || one.archived;
    const id =
      prior?.id ?? now.users.find((user) => user.externalId === one.id)?.id ?? `missing ${one.primaryEmail}`;
    if (prior === undefined && sleeps) continue;
    taken.add(id);
    at.set(one.id, id);
    lines.push(personLine(id, one, prior, issuer));
  }
  const others = before.users.filter((user) => !taken.has(user.id));
  const isOurs = (user: AwsUser): boolean => ["managed", "marked"].includes(userKind(user)) && !out(user);
  const needed = new Set(people.map((one) => low(one.primaryEmail)));
  for (const user of others) {
    if (!isOurs(user)) lines.push(userLine(user));
    else if (!isDue(user.externalId, settings)) lines.push(retiredUser(user, needed.has(low(user.userName))));
  }
  return { lines, at, alone: new Set(others.filter((user) => !isOurs(user)).map((user) => user.id)) };
}

const markOf = (externalId = ""): string =>
  MARK.test(externalId) ? externalId : `ssosync-retired.${today()}.${externalId}`;

function retiredUser(user: AwsUser, moved: boolean): Line {
  const name = `retired.${own(user.externalId)}.${user.userName}`;
  const aside = moved ? { userName: name, emails: [{ value: name, type: "work", primary: true }] } : {};
  return userLine({ ...user, externalId: markOf(user.externalId), active: false, ...aside });
}

function isDue(externalId: string | undefined, settings: Settings): boolean {
  const grace = settings["DELETE_GRACE_DAYS"] ?? "30";
  if (grace === "never") return false;
  const since = MARK.exec(externalId ?? "")?.[1] ?? today();
  return (Date.parse(today()) - Date.parse(since)) / 86_400_000 >= Number(grace);
}

function expectedGroups(
  wanted: Wanted,
  settings: Settings,
  before: Picture,
  now: Picture,
  users: Users,
  issuer: string,
): readonly Line[] {
  const lines: Line[] = [];
  const taken = new Set<string>();
  const ignored = glob(list(settings["IGNORE_GROUPS"]));
  const guarded = glob([...towers, ...list(settings["PROTECT_GROUPS"])]);
  const strangers = (members: readonly string[] = []): string[] =>
    members.filter((id) => users.alone.has(id));
  for (const { group, name, people } of wanted.groups.values()) {
    const prior =
      before.groups.find((one) => one.externalId === group.id) ??
      before.groups.find((one) => own(one.externalId) === group.id) ??
      before.groups.find((one) => groupKind(one) === "unmanaged" && low(one.displayName) === low(name));
    const id = prior?.id ?? now.groups.find((one) => one.externalId === group.id)?.id ?? `missing ${name}`;
    taken.add(id);
    const members = [...people].flatMap((person) => users.at.get(person) ?? []);
    const displayName =
      prior !== undefined && low(prior.displayName) === low(name) ? prior.displayName : name;
    const description = prior?.description === undefined ? {} : { description: prior.description };
    lines.push(
      groupLine(
        { id, displayName, externalId: group.id, issuer, ...description },
        [...members, ...strangers(prior?.members)].toSorted(),
      ),
    );
  }
  for (const one of before.groups.filter((group) => !taken.has(group.id))) {
    const ours =
      ["managed", "marked"].includes(groupKind(one)) &&
      !ignored(one.displayName) &&
      !guarded(one.displayName);
    const left = strangers(one.members);
    if (!ours)
      lines.push(
        groupLine(
          one,
          one.members.filter((id) => now.users.some((user) => user.id === id)),
        ),
      );
    else if (!isDue(one.externalId, settings) || left.length > 0)
      lines.push(groupLine({ ...one, externalId: markOf(one.externalId) }, left));
  }
  return lines;
}
