/** A Google Workspace account: its people, groups and memberships, and the switches of its administrator. */
import { googleGroupId, googleUserId } from "./ids.ts";
import { createLies, type Lies } from "./google-lies.ts";

export interface Person {
  readonly id: string;
  primaryEmail: string;
  aliases: string[];
  givenName: string;
  familyName: string;
  suspended: boolean;
  archived: boolean;
  isAdmin: boolean;
  orgUnitPath: string;
  /** What else a query can ask for: `orgDepartment`, `manager`, `externalId`, `Schema.field` ... */
  attributes: Record<string, string>;
  readonly createdAt: Date;
  deletedAt?: Date;
}

export interface CompanyGroup {
  readonly id: string;
  email: string;
  name: string;
  aliases: string[];
  description: string;
  /** Belongs to another account: it may be a member here, but shows nothing of itself. */
  readonly foreign: boolean;
}

export type Role = "OWNER" | "MANAGER" | "MEMBER";

/** A direct membership. `id` is a user's, a group's, the customer's, or an outsider's, who has an `email` here. */
export interface MemberRow {
  readonly groupId: string;
  readonly id: string;
  readonly type: "USER" | "GROUP" | "CUSTOMER";
  readonly role: Role;
  /** Set for people from outside the account. */
  readonly outsider?: string;
}

export interface NewPerson {
  readonly email: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly aliases?: readonly string[];
  readonly orgUnit?: string;
  readonly suspended?: boolean;
  readonly archived?: boolean;
  readonly admin?: boolean;
  readonly id?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface NewGroup {
  readonly email: string;
  /** The part before the `@` unless told. */
  readonly name?: string;
  readonly aliases?: readonly string[];
  readonly description?: string;
  readonly foreign?: boolean;
  readonly id?: string;
}

/** What facts call [?], and what an administrator can get wrong. Change any of it at any time. */
export interface GooglePolicy {
  apiEnabled: boolean;
  /** API access of the whole account: off = 403 `domainCannotUseApis`. */
  domainApis: boolean;
  /** Scopes granted to the service account's numeric client id in domain-wide delegation. */
  delegatedScopes: string[];
  serviceAccount: "active" | "deleted";
  keyRevoked: boolean;
  /** 403 `access_denied` from the token endpoint, with this description. */
  accessDenied: string | undefined;
  /** How far Google's clock is ahead of ours. */
  clockSkewSeconds: number;
  quotaAnswer: "quotaExceeded" | "rateLimitExceeded" | "userRateLimitExceeded" | "429" | "plain";
  customerAndDomain: "refuse" | "narrow";
  maxResultsOutOfRange: "refuse" | "clamp";
  /** What `users.get` says about somebody of another account. */
  outsider: 403 | 404;
  /** Google has answered `roles=MEMBER` with owners and managers too. */
  rolesIgnored: boolean;
  /** A user reached by two ways through `includeDerivedMembership` comes twice. */
  derivedDuplicates: boolean;
  /** `memberKey=` and `userKey=` find groups through nested ones too. */
  memberKeyTransitive: boolean;
  customerRowStatus: string | undefined;
  memberAddressCase: "same" | "upper";
}

export interface Company {
  readonly customerId: string;
  /** `example.com`, and the domain of every user and group of the account. */
  readonly domains: string[];
  /** The administrator that comes with the account, `admin@example.com`. */
  readonly admin: Person;
  readonly users: Person[];
  readonly groups: CompanyGroup[];
  readonly members: MemberRow[];
  readonly deletedUsers: Person[];
  readonly deletedGroups: CompanyGroup[];
  readonly orgUnits: Set<string>;
  readonly policy: GooglePolicy;
  readonly lies: Lies;
  readonly addUser: (user: NewPerson) => Person;
  readonly addGroup: (group: NewGroup) => CompanyGroup;
  /** `member` is an address, alias or id; `"customer"` is everybody; an address nobody here has is an outsider. */
  readonly addMember: (group: string, member: string, role?: Role) => MemberRow;
  readonly removeMember: (group: string, member: string) => void;
  readonly suspend: (user: string, on?: boolean) => void;
  readonly archive: (user: string, on?: boolean) => void;
  /** Leaves every group; stays among the deleted for 20 days. */
  readonly deleteUser: (user: string) => void;
  /** By id: the same id comes back, without memberships. */
  readonly undeleteUser: (id: string) => void;
  readonly deleteGroup: (group: string) => void;
  /** A user's or a group's new address; the old one stays as an alias. */
  readonly rename: (key: string, email: string) => void;
  readonly nameUser: (user: string, givenName: string, familyName: string) => void;
  readonly nameGroup: (group: string, name: string) => void;
  readonly moveTo: (user: string, orgUnit: string) => void;
  readonly findUser: (key: string) => Person | undefined;
  readonly findGroup: (key: string) => CompanyGroup | undefined;
  readonly user: (key: string) => Person;
  readonly group: (key: string) => CompanyGroup;
  /** Ids of all users who are in the group, directly or through nested ones, outsiders left out. */
  readonly everyoneIn: (group: string) => Set<string>;
}

const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const has = (email: string, aliases: readonly string[], key: string): boolean =>
  sameAddress(email, key) || aliases.some((alias) => sameAddress(alias, key));

function drop<T>(list: T[], unwanted: (one: T) => boolean): T[] {
  const gone = list.filter(unwanted);
  for (const one of gone) list.splice(list.indexOf(one), 1);
  return gone;
}

const defaultPolicy = (): GooglePolicy => ({
  apiEnabled: true,
  domainApis: true,
  delegatedScopes: ["user", "group", "group.member"].map(
    (part) => `https://www.googleapis.com/auth/admin.directory.${part}.readonly`,
  ),
  serviceAccount: "active",
  keyRevoked: false,
  accessDenied: undefined,
  clockSkewSeconds: 0,
  quotaAnswer: "quotaExceeded",
  customerAndDomain: "refuse",
  maxResultsOutOfRange: "refuse",
  outsider: 403,
  rolesIgnored: false,
  derivedDuplicates: true,
  memberKeyTransitive: false,
  customerRowStatus: undefined,
  memberAddressCase: "same",
});

export function createCompany(now: () => Date): Company {
  const users: Person[] = [];
  const groups: CompanyGroup[] = [];
  const members: MemberRow[] = [];
  const deletedUsers: Person[] = [];
  const deletedGroups: CompanyGroup[] = [];
  const orgUnits = new Set(["/"]);
  const domains = ["example.com"];
  const customerId = "C03az79cb";
  let usersMade = 0;
  let groupsMade = 0;
  let outsidersMade = 0;

  const findUser = (key: string): Person | undefined =>
    users.find((one) => one.id === key) ??
    (key.includes("@") ? users.find((one) => has(one.primaryEmail, one.aliases, key)) : undefined);
  const findGroup = (key: string): CompanyGroup | undefined =>
    groups.find((one) => one.id === key) ??
    (key.includes("@") ? groups.find((one) => has(one.email, one.aliases, key)) : undefined);
  const user = (key: string): Person => findUser(key) ?? unknown("user", key);
  const group = (key: string): CompanyGroup => findGroup(key) ?? unknown("group", key);

  const addOrgUnit = (path: string): void => {
    const parts = path.split("/").filter((part) => part !== "");
    parts.forEach((_, at) => orgUnits.add(`/${parts.slice(0, at + 1).join("/")}`));
  };

  const claim = (email: string, foreign = false): void => {
    if (findUser(email) ?? findGroup(email)) throw new Error(`${email} is taken`);
    const domain = email.replace(/.*@/, "").toLowerCase();
    if (!foreign && !domains.includes(domain)) domains.push(domain);
  };

  const addUser = (wanted: NewPerson): Person => {
    claim(wanted.email);
    const person: Person = {
      id: wanted.id ?? googleUserId(++usersMade),
      primaryEmail: wanted.email,
      aliases: [...(wanted.aliases ?? [])],
      givenName: wanted.givenName ?? "Given",
      familyName: wanted.familyName ?? "Family",
      suspended: wanted.suspended ?? false,
      archived: wanted.archived ?? false,
      isAdmin: wanted.admin ?? false,
      orgUnitPath: wanted.orgUnit ?? "/",
      attributes: { ...wanted.attributes },
      createdAt: now(),
    };
    addOrgUnit(person.orgUnitPath);
    users.push(person);
    return person;
  };

  const addGroup = (wanted: NewGroup): CompanyGroup => {
    claim(wanted.email, wanted.foreign);
    const made: CompanyGroup = {
      id: wanted.id ?? googleGroupId(++groupsMade),
      email: wanted.email,
      name: wanted.name ?? wanted.email.replace(/@.*/, ""),
      aliases: [...(wanted.aliases ?? [])],
      description: wanted.description ?? "",
      foreign: wanted.foreign ?? false,
    };
    groups.push(made);
    return made;
  };

  const rowFor = (key: string): Pick<MemberRow, "id" | "type" | "outsider"> => {
    const person = findUser(key);
    if (person !== undefined) return { id: person.id, type: "USER" };
    const nested = findGroup(key);
    if (nested !== undefined) return { id: nested.id, type: "GROUP" };
    if (key === "customer" || key === customerId) return { id: customerId, type: "CUSTOMER" };
    const known = members.find((row) => row.outsider !== undefined && sameAddress(row.outsider, key));
    return { id: known?.id ?? googleUserId(900_000 + ++outsidersMade), type: "USER", outsider: key };
  };

  const addMember = (into: string, member: string, role: Role = "MEMBER"): MemberRow => {
    const row: MemberRow = { groupId: group(into).id, role, ...rowFor(member) };
    const already = members.some((one) => one.groupId === row.groupId && one.id === row.id);
    if (already) throw new Error(`${member} is in ${into} already`);
    members.push(row);
    return row;
  };

  const removeMember = (from: string, member: string): void => {
    const { id } = group(from);
    const memberId = rowFor(member).id;
    const gone = drop(members, (row) => row.groupId === id && row.id === memberId);
    if (gone.length === 0) throw new Error(`${member} is not in ${from}`);
  };

  const deleteUser = (key: string): void => {
    const [person] = drop(users, (one) => one === user(key));
    if (person === undefined) return;
    person.deletedAt = now();
    deletedUsers.push(person);
    drop(members, (row) => row.id === person.id);
  };

  const undeleteUser = (id: string): void => {
    const [person] = drop(deletedUsers, (one) => one.id === id);
    if (person === undefined) return unknown("deleted user", id);
    delete person.deletedAt;
    users.push(person);
  };

  const deleteGroup = (key: string): void => {
    const [gone] = drop(groups, (one) => one === group(key));
    if (gone === undefined) return;
    deletedGroups.push(gone);
    drop(members, (row) => row.groupId === gone.id || row.id === gone.id);
  };

  const rename = (key: string, email: string): void => {
    const holder = findUser(email) ?? findGroup(email);
    if (holder !== undefined && holder !== findUser(key) && holder !== findGroup(key)) claim(email);
    const person = findUser(key);
    if (person !== undefined) {
      person.aliases = withAlias(person.aliases, person.primaryEmail, email);
      person.primaryEmail = email;
      return;
    }
    const renamed = group(key);
    renamed.aliases = withAlias(renamed.aliases, renamed.email, email);
    renamed.email = email;
  };

  const everyoneIn = (key: string, seen = new Set<string>()): Set<string> => {
    const { id } = group(key);
    if (seen.has(id)) return new Set();
    seen.add(id);
    const rows = members.filter((row) => row.groupId === id);
    const found = rows.flatMap((row) => {
      if (row.type === "CUSTOMER") return users.map((one) => one.id);
      return row.type === "GROUP"
        ? [...everyoneIn(row.id, seen)]
        : row.outsider === undefined
          ? [row.id]
          : [];
    });
    return new Set(found);
  };

  const admin = addUser({ email: "admin@example.com", givenName: "Ada", familyName: "Admin", admin: true });
  return {
    customerId,
    domains,
    admin,
    users,
    groups,
    members,
    deletedUsers,
    deletedGroups,
    orgUnits,
    policy: defaultPolicy(),
    lies: createLies(),
    addUser,
    addGroup,
    addMember,
    removeMember,
    suspend: (key, on = true) => void (user(key).suspended = on),
    archive: (key, on = true) => void (user(key).archived = on),
    deleteUser,
    undeleteUser,
    deleteGroup,
    rename,
    nameUser: (key, givenName, familyName) => void Object.assign(user(key), { givenName, familyName }),
    nameGroup: (key, name) => void (group(key).name = name),
    moveTo: (key, orgUnit) => {
      addOrgUnit(orgUnit);
      user(key).orgUnitPath = orgUnit;
    },
    findUser,
    findGroup,
    user,
    group,
    everyoneIn: (key) => everyoneIn(key),
  };
}

const withAlias = (aliases: readonly string[], old: string, fresh: string): string[] =>
  [...aliases.filter((alias) => !sameAddress(alias, fresh)), old].filter(
    (alias) => !sameAddress(alias, fresh),
  );

function unknown(kind: string, key: string): never {
  throw new Error(`the emulated company has no ${kind} ${key}`);
}
