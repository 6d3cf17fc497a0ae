/** The emulated Google and AWS as values for a verdict, read from the company itself and the settings' own text. */
import { expect } from "vitest";
import { sourceId, targetId } from "../../src/core/model.ts";
import type {
  Existing,
  ExistingUser,
  Rules,
  Source,
  SourceGroup,
  SourceMember,
  SourceUser,
} from "../../src/core/model.ts";
import type { AwsDirectory, AwsGroup, AwsUser } from "../emulator/aws-directory.ts";
import type { Company, CompanyGroup, MemberRow, Person } from "../emulator/google-company.ts";
import { expectVerdict } from "./agrees.ts";
import { accountOf, comparable, expectedExtra } from "./attributes.ts";
import { enabledAgain, isOurs, low } from "./claims.ts";
import { withoutLeavers } from "./leavers.ts";

export type Settings = Readonly<Record<string, string | undefined>>;

/** AWS at one moment. */
export interface Picture {
  readonly users: readonly AwsUser[];
  readonly groups: readonly (AwsGroup & { readonly members: readonly string[] })[];
  readonly issuer: string;
}

export function pictureOf({ users, groups, memberships, issuer }: AwsDirectory): Picture {
  const membersOf = (id: string): readonly string[] =>
    memberships.flatMap((row) => (row.groupId === id ? [row.userId] : []));
  return {
    users: structuredClone(users),
    groups: groups.map((group) => ({ ...structuredClone(group), members: membersOf(group.id) })),
    issuer,
  };
}

/** What is held against each other: the company, what AWS was when the last run began, and what it is now. */
export interface Turn {
  readonly google: Company;
  readonly settings: Settings;
  readonly before: Picture;
  readonly after: Picture;
  readonly approved: boolean;
}

/** Fails unless AWS is what the contract asks for, and unless everything that is not synced is as it was. */
export function expectTurn({ google, settings, before, after, approved }: Turn): void {
  const today = new Date().toISOString().slice(0, 10);
  const question = {
    source: sourceOf(google, settings),
    existing: existingOf(before),
    rules: rulesOf(settings),
  };
  const existing = withoutLeavers(question, today);
  const again = enabledAgain(question.existing);
  const { untouched } = expectVerdict({ ...question, existing, again, today, approved }, existingOf(after));
  const extraOf = extraBy({ google, settings, before, after, untouched });
  expect(after.users.map((user) => ({ ...besides(user), extra: comparable(user.extra) }))).toEqual(
    after.users.map((user) => ({
      ...expectedBesides(user, before.users, after),
      extra: comparable(extraOf(user)),
    })),
  );
  expect(after.groups.map(besides)).toEqual(
    after.groups.map((group) => expectedBesides(group, before.groups, after)),
  );
}

// ---------------------------------------------------------------- Google

const list = (text = ""): readonly string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

function sourceOf(google: Company, settings: Settings): Source {
  const usersFirst = settings["SYNC_METHOD"] === "users_groups";
  const match = settings["USER_MATCH"] ?? (usersFirst ? "*" : undefined);
  const matched = google.users.filter((one) => userFits(one, match)).map(({ id }) => sourceId(id));
  const groups = google.groups.filter((one) => !one.foreign);
  return {
    users: google.users.map(asUser),
    matched: match === undefined ? "none" : new Set(matched),
    groups: groups.filter((one) => groupFits(one, settings["GROUP_MATCH"])).map(asGroup),
    members: new Map(
      groups.map(({ id }) => [
        sourceId(id),
        google.members.filter(({ groupId }) => groupId === id).map(asMember),
      ]),
    ),
    outside: new Set(google.groups.filter(({ foreign }) => foreign).map(({ id }) => sourceId(id))),
    unread: new Map(),
  };
}

/** `customSchemas.HR.login`, whatever kind of value it has. */
const fieldsOf = (schemas: unknown): SourceUser["fields"] =>
  new Map(
    Object.entries((schemas ?? {}) as Record<string, Record<string, unknown>>).flatMap(([schema, fields]) =>
      Object.entries(fields).map(
        ([field, value]) => [`customSchemas.${schema}.${field}`, String(value)] as const,
      ),
    ),
  );

const asUser = (one: Person): SourceUser => ({
  id: sourceId(one.id),
  email: low(one.primaryEmail),
  aliases: one.aliases.map(low),
  givenName: one.givenName,
  familyName: one.familyName,
  state: one.suspended ? "suspended" : one.archived ? "archived" : "active",
  orgUnit: one.orgUnitPath,
  fields: fieldsOf(one.extra["customSchemas"]),
});

const asGroup = ({ id, email, aliases, name, adminCreated }: CompanyGroup): SourceGroup => ({
  id: sourceId(id),
  email: low(email),
  aliases: aliases.map(low),
  name,
  adminCreated,
});

const asMember = ({ id, type, outsider }: MemberRow): SourceMember => ({
  id: sourceId(id),
  email: outsider ?? "",
  type: outsider === undefined ? (low(type) as "user" | "group" | "customer") : "other",
});

type Fits = (field: string, sign: string, value: string) => boolean;

const queryFits = (queries: string | undefined, fits: Fits): boolean =>
  list(queries).some((query) => {
    const [, field = "", sign = "", value = ""] = /^(\w+)([=:])(.*)$/.exec(query) ?? [];
    return query === "*" || fits(field, sign, value);
  });

const textFits = (sign: string, value: string, texts: readonly string[]): boolean =>
  texts.some((text) =>
    sign === "=" ? low(text) === low(value) : low(text).startsWith(low(value).replace(/\*$/, "")),
  );

const groupFits = ({ name, email, aliases }: CompanyGroup, queries = "*"): boolean =>
  queryFits(queries, (field, sign, value) =>
    textFits(sign, value, field === "name" ? [name] : [email, ...aliases]),
  );

const userFits = (person: Person, queries: string | undefined): boolean =>
  queryFits(queries, (field, sign, value) => {
    if (field === "orgUnitPath") return `${person.orgUnitPath}/`.startsWith(`${value}/`);
    if (field === "isSuspended") return String(person.suspended) === value;
    const texts = field === "familyName" ? [person.familyName] : [person.primaryEmail, ...person.aliases];
    return textFits(sign, value, texts);
  });

// ---------------------------------------------------------------- settings

function rulesOf(settings: Settings): Rules {
  const method = settings["SYNC_METHOD"] === "users_groups" ? "users_groups" : "groups";
  const grace = settings["DELETE_GRACE_DAYS"] ?? "30";
  const limit = { share: undefined, count: undefined, ceiling: undefined };
  return {
    method,
    // The oracle reads the texts itself.
    userName: { text: settings["USER_NAME"] ?? "email", from: "email" },
    groupName: { text: settings["GROUP_NAME"] ?? (method === "groups" ? "name" : "email"), pieces: [] },
    groupNames: new Map(
      (settings["GROUP_NAMES"] ?? "").split(",").flatMap((entry): readonly (readonly [string, string])[] => {
        const [address = "", name] = entry.split("=");
        return name === undefined ? [] : [[low(address.trim()), name.trim()]];
      }),
    ),
    includeGroups: list(settings["INCLUDE_GROUPS"]),
    ignoreUsers: list(settings["IGNORE_USERS"]),
    ignoreGroups: list(settings["IGNORE_GROUPS"]),
    protectGroups: list(settings["PROTECT_GROUPS"]),
    manage: { users: true, groups: true, memberships: true },
    syncSuspended: settings["SYNC_SUSPENDED"] !== "false",
    adopt: (settings["ADOPT"] ?? "unclaimed") as Rules["adopt"],
    graceDays: grace === "never" ? grace : Number(grace),
    limits: {
      ...{ leavers: limit, users: limit, groups: limit, memberships: limit },
      ...{ newGroups: limit, growth: limit, shrink: limit },
    },
    groupsCreatedBy: "anyone",
    details: new Map(),
    requiredMembers: [],
  };
}

// ---------------------------------------------------------------- AWS

/** Another provider's id carries its issuer, so that it cannot look like one of ours. */
const externalIdOf = ({ externalId, issuer }: AwsUser | AwsGroup, scim: string): string =>
  externalId === undefined ? "" : issuer === scim ? externalId : `${issuer}/${externalId}`;

function existingOf({ users, groups, issuer }: Picture): Existing {
  return {
    users: users.map((user) => asExisting(user, issuer)),
    groups: groups.map((group) => ({
      id: targetId(group.id),
      externalId: externalIdOf(group, issuer),
      name: group.displayName,
      createdAt: "",
      members: new Set(group.members.map(targetId)),
    })),
    unread: new Map(),
  };
}

const asExisting = (user: AwsUser, issuer: string): ExistingUser => ({
  id: targetId(user.id),
  externalId: externalIdOf(user, issuer),
  userName: user.userName,
  email: mailOf(user)?.value ?? "",
  givenName: String(user.name["givenName"] ?? ""),
  familyName: String(user.name["familyName"] ?? ""),
  displayName: user.displayName ?? "",
  active: user.active,
  createdAt: "",
});

const mailOf = ({ emails }: AwsUser): AwsUser["emails"][number] | undefined =>
  emails.find(({ primary }) => primary === true) ?? emails[0];

// ---------------------------------------------------------------- what nobody asked to sync

/** What AWS should have of a user beside what everybody has: as before, but for what ATTRIBUTES lists of who is synced. */
const extraBy =
  ({
    google,
    settings,
    before,
    after,
    untouched,
  }: Pick<Turn, "google" | "settings" | "before" | "after"> & {
    readonly untouched: ReadonlySet<string>;
  }) =>
  (now: AwsUser): AwsUser["extra"] => {
    const had = before.users.find(({ id }) => id === now.id)?.extra ?? {};
    const linked = (id: string | undefined): AwsUser | undefined =>
      after.users.find(({ externalId, issuer }) => issuer === after.issuer && externalId === id);
    const person = google.users.find(({ id }) => id === now.externalId);
    const isSynced = person !== undefined && linked(person.id)?.id === now.id && !untouched.has(now.id);
    if (!isSynced || !now.active) return had;
    const idOf = (address: string): string | undefined => {
      const account = accountOf(google, address);
      return account === undefined ? undefined : linked(account)?.id;
    };
    return expectedExtra(settings["ATTRIBUTES"] ?? "", { person, had, now: now.extra, idOf });
  };

type Thing = AwsUser | AwsGroup;

/** An object without what a verdict is about. */
const besides = (thing: Thing): object =>
  "userName" in thing
    ? { id: thing.id, issuer: thing.issuer, emails: thing.emails }
    : { id: thing.id, issuer: thing.issuer, description: thing.description };

/** As it was before; whoever is new has one e-mail of work and nothing else, and so has whoever got another address. */
function expectedBesides(now: Thing, before: readonly Thing[], { issuer }: Picture): object {
  const old = before.find(({ id }) => id === now.id);
  const claimed = { id: now.id, externalId: externalIdOf(now, issuer) };
  const common = { id: now.id, issuer: isOurs(claimed) ? issuer : old?.issuer };
  if (!("userName" in now)) return { ...common, description: (old as AwsGroup | undefined)?.description };
  const user = old as AwsUser | undefined;
  const isSame = user !== undefined && low(mailOf(user)?.value ?? "") === low(mailOf(now)?.value ?? "");
  const emails = isSame ? user.emails : [{ value: mailOf(now)?.value, type: "work", primary: true }];
  return { ...common, emails };
}
