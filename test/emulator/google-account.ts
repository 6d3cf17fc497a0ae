/** What happens to the objects of a Google Workspace account. */
import type { CompanyGroup, MemberRow, NewGroup, NewPerson, Person, Role } from "./google-company.ts";
import { googleGroupId, googleUserId } from "./ids.ts";
import { drop } from "./wire.ts";

export interface Account {
  readonly customerId: string;
  readonly domains: string[];
  readonly users: Person[];
  readonly groups: CompanyGroup[];
  readonly members: MemberRow[];
  readonly deletedUsers: Person[];
  readonly deletedGroups: CompanyGroup[];
  readonly orgUnits: Set<string>;
  /** How many of each have been made: ids follow from it. */
  readonly made: { users: number; groups: number; outsiders: number };
  readonly now: () => Date;
}

const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const has = (email: string, aliases: readonly string[], key: string): boolean =>
  sameAddress(email, key) || aliases.some((alias) => sameAddress(alias, key));

export const findUser = ({ users }: Account, key: string): Person | undefined =>
  users.find((one) => one.id === key) ??
  (key.includes("@") ? users.find((one) => has(one.primaryEmail, one.aliases, key)) : undefined);

export const findGroup = ({ groups }: Account, key: string): CompanyGroup | undefined =>
  groups.find((one) => one.id === key) ??
  (key.includes("@") ? groups.find((one) => has(one.email, one.aliases, key)) : undefined);

export const user = (account: Account, key: string): Person => findUser(account, key) ?? unknown("user", key);
export const group = (account: Account, key: string): CompanyGroup =>
  findGroup(account, key) ?? unknown("group", key);

export function addUser(account: Account, wanted: NewPerson): Person {
  claim(account, wanted.email);
  const person: Person = {
    id: wanted.id ?? googleUserId(++account.made.users),
    primaryEmail: wanted.email,
    aliases: [...(wanted.aliases ?? [])],
    givenName: wanted.givenName ?? "Given",
    familyName: wanted.familyName ?? "Family",
    suspended: wanted.suspended ?? false,
    archived: wanted.archived ?? false,
    suspendedAt: account.now(),
    archivedAt: account.now(),
    isAdmin: wanted.admin ?? false,
    orgUnitPath: wanted.orgUnit ?? "/",
    attributes: { ...wanted.attributes },
    extra: { ...wanted.extra },
    createdAt: account.now(),
  };
  addOrgUnit(account, person.orgUnitPath);
  account.users.push(person);
  return person;
}

export function addGroup(account: Account, wanted: NewGroup): CompanyGroup {
  claim(account, wanted.email, wanted.foreign);
  const made: CompanyGroup = {
    id: wanted.id ?? googleGroupId(++account.made.groups),
    email: wanted.email,
    name: wanted.name ?? wanted.email.replace(/@.*/, ""),
    aliases: [...(wanted.aliases ?? [])],
    description: wanted.description ?? "",
    adminCreated: wanted.adminCreated ?? true,
    foreign: wanted.foreign ?? false,
  };
  account.groups.push(made);
  return made;
}

/** An address, alias or not, belongs to one account only. Its domain becomes one of the account's. */
function claim(account: Account, email: string, foreign = false): void {
  const holder = [...account.users, ...account.groups].find((one) => holds(one, email));
  if (holder !== undefined) throw new Error(`${email} is taken`);
  const domain = email.replace(/.*@/, "").toLowerCase();
  if (!foreign && !account.domains.includes(domain)) account.domains.push(domain);
}

export function addMember(account: Account, into: string, member: string, role: Role = "MEMBER"): MemberRow {
  const row: MemberRow = { groupId: group(account, into).id, role, ...rowFor(account, member) };
  const already = account.members.some((one) => one.groupId === row.groupId && one.id === row.id);
  if (already) throw new Error(`${member} is in ${into} already`);
  account.members.push(row);
  return row;
}

function rowFor(account: Account, key: string): Pick<MemberRow, "id" | "type" | "outsider"> {
  const person = findUser(account, key);
  if (person !== undefined) return { id: person.id, type: "USER" };
  const nested = findGroup(account, key);
  if (nested !== undefined) return { id: nested.id, type: "GROUP" };
  if (key === "customer" || key === account.customerId) return { id: account.customerId, type: "CUSTOMER" };
  const known = account.members.find((row) => row.outsider !== undefined && sameAddress(row.outsider, key));
  const id = known?.id ?? googleUserId(900_000 + ++account.made.outsiders);
  return { id, type: "USER", outsider: key };
}

export function removeMember(account: Account, from: string, member: string): void {
  const { id } = group(account, from);
  const memberId = rowFor(account, member).id;
  const gone = drop(account.members, (row) => row.groupId === id && row.id === memberId);
  if (gone.length === 0) throw new Error(`${member} is not in ${from}`);
}

export function deleteUser(account: Account, key: string): void {
  const person = user(account, key);
  drop(account.users, (one) => one === person);
  drop(account.members, (row) => row.id === person.id);
  person.deletedAt = account.now();
  account.deletedUsers.push(person);
}

export function undeleteUser(account: Account, id: string): void {
  const [person] = drop(account.deletedUsers, (one) => one.id === id);
  if (person === undefined) return unknown("deleted user", id);
  delete person.deletedAt;
  account.users.push(person);
}

export function deleteGroup(account: Account, key: string): void {
  const gone = group(account, key);
  drop(account.groups, (one) => one === gone);
  drop(account.members, (row) => row.groupId === gone.id || row.id === gone.id);
  account.deletedGroups.push(gone);
}

export function rename(account: Account, key: string, email: string): void {
  const person = findUser(account, key);
  const own = person ?? group(account, key);
  if (!holds(own, email)) claim(account, email);
  const old = person?.primaryEmail ?? group(account, key).email;
  own.aliases = [...own.aliases, old].filter((alias) => !sameAddress(alias, email));
  if ("primaryEmail" in own) own.primaryEmail = email;
  else own.email = email;
}

export function moveTo(account: Account, key: string, orgUnit: string): void {
  addOrgUnit(account, orgUnit);
  user(account, key).orgUnitPath = orgUnit;
}

function addOrgUnit(account: Account, path: string): void {
  const parts = path.split("/").filter((part) => part !== "");
  parts.forEach((_, at) => account.orgUnits.add(`/${parts.slice(0, at + 1).join("/")}`));
}

export function everyoneIn(account: Account, key: string, seen = new Set<string>()): Set<string> {
  const { id } = group(account, key);
  if (seen.has(id)) return new Set();
  seen.add(id);
  const rows = account.members.filter((row) => row.groupId === id);
  const found = rows.flatMap((row) => {
    if (row.type === "CUSTOMER") return account.users.map((one) => one.id);
    if (row.type === "GROUP") return [...everyoneIn(account, row.id, seen)];
    return row.outsider === undefined ? [row.id] : [];
  });
  return new Set(found);
}

const holds = (one: Person | CompanyGroup, key: string): boolean =>
  has("primaryEmail" in one ? one.primaryEmail : one.email, one.aliases, key);

function unknown(kind: string, key: string): never {
  throw new Error(`the emulated company has no ${kind} ${key}`);
}
