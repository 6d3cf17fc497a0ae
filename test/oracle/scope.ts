/** Which Google groups count, and who is in them. */
import type { ExistingGroup, Source, SourceGroup } from "../../src/core/model.ts";
import { atName, clean, hits, linkedTo, low, whose } from "./claims.ts";
import type { Question } from "./verdict.ts";

export interface Scope {
  readonly counted: readonly SourceGroup[];
  /** Ids in AWS of groups that are left alone. */
  readonly out: ReadonlySet<string>;
  /** Those of them that nobody may touch, whatever they are linked to. */
  readonly guarded: ReadonlySet<string>;
  /** Google ids of users, directly or through nested groups. */
  readonly members: (group: SourceGroup) => ReadonlySet<string>;
  readonly nameOf: (group: SourceGroup) => string;
}

/** Control Tower's own. */
const TOWERS = [
  "AWSAccountFactory",
  "AWSServiceCatalogAdmins",
  "AWSControlTowerAdmins",
  "AWSSecurityAuditPowerUsers",
  "AWSSecurityAuditors",
  "AWSLogArchiveAdmins",
  "AWSLogArchiveViewers",
  "AWSAuditAccountAdmins",
];

export function scopeOf(question: Question): Scope {
  const { source, existing, rules } = question;
  const nameOf = (group: SourceGroup): string => {
    const name = calledIn(group, rules);
    const own = linkedTo(group.id, existing.groups);
    // A linked group takes no name that would take it out of the sync.
    return own !== undefined && isLeftAlone(name, question) ? own.name : name;
  };
  const included = source.groups.filter((group) => isIncluded(group, question));
  const barred = included.filter((group) => isBarred(group, nameOf(group), question));
  const counted = included.filter((group) => !barred.includes(group));
  const out = new Set<string>(existing.groups.filter(({ name }) => isLeftAlone(name, question)).map(idOf));
  for (const group of source.groups.filter((one) => isIgnoredByAddress(one, question)))
    for (const object of existing.groups) if (whose(object).of === group.id) out.add(object.id);
  for (const group of barred) {
    const half = linkedTo(group.id, existing.groups) ?? namesake(group, nameOf, included, counted, question);
    if (half !== undefined) out.add(half.id);
  }
  const guarded = new Set<string>(existing.groups.filter(({ name }) => isGuarded(name, question)).map(idOf));
  return { counted, out, guarded, nameOf, members: (group) => below(group.id, source, new Set()) };
}

/** A name that several groups have means those that are linked. */
function isIncluded(group: SourceGroup, { source, existing, rules: { includeGroups } }: Question): boolean {
  if (includeGroups.length === 0) return true;
  const listed = (text: string): boolean => hits(includeGroups, [text]);
  if ([group.email, ...group.aliases].some(listed)) return true;
  if (group.name.includes("@") || !listed(group.name)) return false;
  const namesakes = source.groups.filter(({ name }) => low(clean(name)) === low(clean(group.name)));
  return namesakes.length === 1 || linkedTo(group.id, existing.groups) !== undefined;
}

const idOf = ({ id }: ExistingGroup): string => id;

/** An exception, or the setting with every field replaced; of a group that lacks one of them nothing is made. */
function calledIn(group: SourceGroup, { groupName, groupNames }: Question["rules"]): string {
  const exception = [group.email, ...group.aliases].find((address) => groupNames.has(address));
  if (exception !== undefined) return clean(groupNames.get(exception) ?? "");
  const fields = new Map([
    ["name", group.name],
    ["email", group.email],
    ["email.local", group.email.replace(/@.*$/u, "")],
  ]);
  let lacks = false;
  const text = fields.has(groupName.text) ? `{${groupName.text}}` : groupName.text;
  const name = text.replaceAll(/\{([a-z.]+)-?(.*?)\}/gu, (_, field: string, prefix: string) => {
    const value = clean(fields.get(field) ?? "");
    const rest = value.toLowerCase().startsWith(prefix.toLowerCase()) ? value.slice(prefix.length) : value;
    if (clean(rest) === "") lacks = true;
    return rest;
  });
  return lacks ? "" : clean(name);
}

const isGuarded = (name: string, { rules }: Question): boolean =>
  hits([...rules.protectGroups, ...TOWERS], [name]);
const isLeftAlone = (name: string, question: Question): boolean =>
  hits(question.rules.ignoreGroups, [name]) || isGuarded(name, question);
const isIgnored = ({ name, email, aliases }: SourceGroup, ownName: string, { rules }: Question): boolean =>
  hits(rules.ignoreGroups, [name, email, ...aliases, ownName]);

const isIgnoredByAddress = ({ email }: SourceGroup, { rules }: Question): boolean =>
  hits(rules.ignoreGroups, [email]);

/** Ignored or protected, itself or its half in AWS; aliases, and what its owner calls it, count only while it is not linked. */
function isBarred(group: SourceGroup, name: string, question: Question): boolean {
  const own = linkedTo(group.id, question.existing.groups);
  if (own !== undefined) return isIgnoredByAddress(group, question) || isLeftAlone(own.name, question);
  return isIgnored(group, name, question) || isGuarded(name, question);
}

/** Whom a barred group without an object would have adopted, unless one that counts may take it over for itself. */
function namesake(
  group: SourceGroup,
  nameOf: Scope["nameOf"],
  included: readonly SourceGroup[],
  counted: readonly SourceGroup[],
  { existing, rules }: Question,
): ExistingGroup | undefined {
  const linked = (one: SourceGroup): ExistingGroup | undefined => linkedTo(one.id, existing.groups);
  const isSame = (name: string): boolean => low(name) === low(nameOf(group));
  const named = existing.groups.find(({ name }) => isSame(name));
  if (named === undefined || atName(named, rules) !== "adopt") return undefined;
  const rivals = counted.filter((other) => isSame(nameOf(other)));
  const isWantedToo = rivals.length === 1 && rivals.every((rival) => linked(rival) === undefined);
  return isWantedToo || included.some((other) => linked(other) === named) ? undefined : named;
}

function below(id: string, source: Source, seen: Set<string>): Set<string> {
  if (seen.has(id)) return new Set();
  seen.add(id);
  const found = new Set<string>();
  for (const row of source.members.get(id as never) ?? []) {
    if (row.type === "customer") for (const user of source.users) found.add(user.id);
    if (row.type === "user" && source.users.some((user) => user.id === row.id)) found.add(row.id);
    if (row.type === "group") for (const user of below(row.id, source, seen)) found.add(user);
  }
  return found;
}
