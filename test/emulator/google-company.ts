/** A Google Workspace account: its people, groups and memberships, and the switches of its administrator. */
import {
  addGroup,
  addMember,
  addUser,
  deleteGroup,
  deleteUser,
  everyoneIn,
  findGroup,
  findUser,
  group,
  moveTo,
  removeMember,
  rename,
  undeleteUser,
  user,
  type Account,
} from "./google-account.ts";
import { createFederation, type Federation } from "./google-federation.ts";
import type { Hidden } from "./google-errors.ts";
import { createLies, type Lies } from "./google-lies.ts";

export interface Person {
  readonly id: string;
  primaryEmail: string;
  aliases: string[];
  givenName: string;
  familyName: string;
  suspended: boolean;
  archived: boolean;
  suspendedAt?: Date;
  archivedAt?: Date;
  isAdmin: boolean;
  orgUnitPath: string;
  /** What else a query can ask for: `orgDepartment`, `manager`, `externalId`, `Schema.field` ... */
  attributes: Record<string, string>;
  /** What else its row has, as Google writes it: `organizations`, `phones`, `customSchemas` … */
  extra: Record<string, unknown>;
  readonly createdAt: Date;
  deletedAt?: Date;
}

export interface CompanyGroup {
  readonly id: string;
  email: string;
  name: string;
  aliases: string[];
  description: string;
  readonly adminCreated: boolean;
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
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface NewGroup {
  readonly email: string;
  /** The part before the `@` unless told. */
  readonly name?: string;
  readonly aliases?: readonly string[];
  readonly description?: string;
  /** `true` unless told. */
  readonly adminCreated?: boolean;
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
  /** What asking for a group of another account, or for its members, is answered with. */
  foreignGroup: Hidden;
  /** Groups of this account, by address, whose members are not shown, and how that is said. */
  readonly hiddenMembers: Map<string, Hidden>;
  /** Google has answered `roles=MEMBER` with owners and managers too. */
  rolesIgnored: boolean;
  /** A user reached by two ways through `includeDerivedMembership` comes twice. */
  derivedDuplicates: boolean;
  /** `memberKey=` and `userKey=` find groups through nested ones too. */
  memberKeyTransitive: boolean;
  customerRowStatus: string | undefined;
  memberAddressCase: "same" | "upper";
  /** Whether rows tell since when somebody is suspended, archived or deleted. */
  tellsWhen: boolean;
  /** What asking for a custom schema is answered with that the account does not have. */
  unknownSchema: "refuse" | "nothing";
  /** The life of every token. */
  tokenSeconds: number;
  /** The admin role of the service account itself; none unless given. */
  ownRole: OwnRole | undefined;
  /** What `my_customer` is answered with when a service account asks as itself. */
  ownMyCustomer: 400 | 403;
}

/** What a role of a service account covers: all users unless it is for one organizational unit, likewise groups. */
export interface OwnRole {
  readonly users: boolean;
  readonly groups: boolean;
  /** `/Sales`, and what is below. */
  readonly orgUnit?: string;
  /** Addresses of groups that it does not reach, such as security groups. */
  readonly butGroups?: readonly string[];
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
  /** Custom schemas that nobody has a value of; any that somebody has is there too. */
  readonly schemas: Set<string>;
  readonly policy: GooglePolicy;
  /** The workload identity pool in the service account's project. */
  readonly federation: Federation;
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
  /** Sets what else a user's row has; `undefined` takes it away. */
  readonly describe: (user: string, extra: Readonly<Record<string, unknown>>) => void;
  readonly findUser: (key: string) => Person | undefined;
  readonly findGroup: (key: string) => CompanyGroup | undefined;
  readonly user: (key: string) => Person;
  readonly group: (key: string) => CompanyGroup;
  /** Ids of all users who are in the group, directly or through nested ones, outsiders left out. */
  readonly everyoneIn: (group: string) => Set<string>;
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
  foreignGroup: "forbidden",
  hiddenMembers: new Map(),
  rolesIgnored: false,
  derivedDuplicates: true,
  memberKeyTransitive: false,
  customerRowStatus: undefined,
  memberAddressCase: "same",
  tellsWhen: true,
  unknownSchema: "nothing",
  tokenSeconds: 3599,
  ownRole: undefined,
  ownMyCustomer: 400,
});

export function createCompany(now: () => Date): Company {
  const account: Account = {
    customerId: "C03az79cb",
    domains: ["example.com"],
    users: [],
    groups: [],
    members: [],
    deletedUsers: [],
    deletedGroups: [],
    orgUnits: new Set(["/"]),
    made: { users: 0, groups: 0, outsiders: 0 },
    now,
  };
  const person = { email: "admin@example.com", givenName: "Ada", familyName: "Admin", admin: true };
  return {
    ...account,
    ...editing(account),
    admin: addUser(account, person),
    schemas: new Set(),
    policy: defaultPolicy(),
    federation: createFederation(),
    lies: createLies(),
  };
}

type Editing = Omit<Company, keyof Account | "admin" | "schemas" | "policy" | "federation" | "lies">;

const editing = (account: Account): Editing => ({
  addUser: (wanted) => addUser(account, wanted),
  addGroup: (wanted) => addGroup(account, wanted),
  addMember: (into, member, role) => addMember(account, into, member, role),
  removeMember: (from, member) => removeMember(account, from, member),
  suspend: (key, on = true) =>
    void Object.assign(user(account, key), { suspended: on, suspendedAt: account.now() }),
  archive: (key, on = true) =>
    void Object.assign(user(account, key), { archived: on, archivedAt: account.now() }),
  deleteUser: (key) => deleteUser(account, key),
  undeleteUser: (id) => undeleteUser(account, id),
  deleteGroup: (key) => deleteGroup(account, key),
  rename: (key, email) => rename(account, key, email),
  nameUser: (key, givenName, familyName) => void Object.assign(user(account, key), { givenName, familyName }),
  nameGroup: (key, name) => void (group(account, key).name = name),
  moveTo: (key, orgUnit) => moveTo(account, key, orgUnit),
  describe: (key, extra) => void Object.assign(user(account, key).extra, extra),
  findUser: (key) => findUser(account, key),
  findGroup: (key) => findGroup(account, key),
  user: (key) => user(account, key),
  group: (key) => group(account, key),
  everyoneIn: (key) => everyoneIn(account, key),
});
