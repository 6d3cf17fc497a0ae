/**
 * What the contract says the target shall be after one run in which everything is managed and nothing is limited:
 * written from its sentences, with nothing of the program. Simple, and as slow as it likes.
 */
import type {
  Existing,
  ExistingGroup,
  ExistingUser,
  Rules,
  Source,
  SourceGroup,
  SourceUser,
} from "../../src/core/model.ts";

const GRACE_START = "2026-03-10";
const DAY = 86_400_000;

const low = (text: string): string => text.toLowerCase();
const clean = (text: string): string => text.replaceAll("\u200b", "").trim();
const hits = (patterns: readonly string[], texts: readonly string[]): boolean =>
  patterns.some((pattern) =>
    texts.some((text) =>
      pattern.endsWith("*") ? low(text).startsWith(low(pattern.slice(0, -1))) : low(text) === low(pattern),
    ),
  );

interface Claimed {
  readonly id: string;
  readonly externalId: string;
}

/** The Google id an object carries, in a mark or not; and what kind of object that makes it. */
function whose({ externalId }: Claimed): {
  kind: "live" | "marked" | "unmanaged" | "foreign";
  of: string;
  since: string;
} {
  if (externalId === "") return { kind: "unmanaged", of: "", since: "" };
  if (externalId.startsWith("ssosync-retired.")) {
    const own = externalId.slice(27);
    return { kind: "marked", of: own.startsWith("aws-") ? "" : own, since: externalId.slice(16, 26) };
  }
  return externalId.includes("/")
    ? { kind: "foreign", of: "", since: "" }
    : { kind: "live", of: externalId, since: "" };
}

const isOurs = (object: Claimed): boolean => ["live", "marked"].includes(whose(object).kind);
const linkedTo = <E extends Claimed>(id: string, list: readonly E[]): E | undefined =>
  list.find((one) => one.externalId === id) ?? list.find((one) => whose(one).of === id);

/** What becomes of a user or group that a wanted one meets at its name. */
function atName(object: Claimed, { adopt, removeUnmanaged }: Rules): "adopt" | "replace" | "in the way" {
  const { kind, of } = whose(object);
  if (kind === "foreign") return adopt === "any" ? "adopt" : "in the way";
  if (of !== "") return "replace";
  if (adopt !== "none") return "adopt";
  return kind === "marked" || removeUnmanaged ? "replace" : "in the way";
}

export interface Verdict {
  /** Users and groups who are as they were, to the byte; of groups, members who are deleted are gone. */
  readonly untouched: ReadonlySet<string>;
  /** What each wanted user looks like afterwards, by Google id; absent: not there. */
  readonly users: ReadonlyMap<string, Omit<ExistingUser, "id"> & { readonly id: string | "new" }>;
  /** Ours and asked for by nobody: disabled and marked, or emptied and marked. */
  readonly revoked: ReadonlySet<string>;
  readonly groups: ReadonlyMap<
    string,
    { readonly id: string | "new"; readonly name: string; readonly members: ReadonlySet<string> }
  >;
  /** Groups whose hand-over or adoption waits, or whose name is taken: never deleted meanwhile. */
  readonly waiting: ReadonlySet<string>;
}

export function verdict(source: Source, existing: Existing, rules: Rules, approved: boolean): Verdict {
  const scope = groupScope(source, existing, rules);
  const people = judgeUsers(source, existing, rules, scope);
  return { ...judgeGroups(existing, rules, approved, scope, people) };
}

// ---------------------------------------------------------------- groups that count

interface Scope {
  readonly counted: readonly SourceGroup[];
  readonly out: ReadonlySet<string>;
  readonly members: (group: SourceGroup) => ReadonlySet<string>;
  readonly nameOf: (group: SourceGroup) => string;
}

function groupScope(source: Source, existing: Existing, rules: Rules): Scope {
  const nameOf = (group: SourceGroup): string =>
    clean(rules.groupName === "email" ? group.email : group.name);
  const guarded = (name: string): boolean => hits([...rules.protectGroups, "AWSAccountFactory"], [name]);
  const ignoredName = (name: string): boolean => hits(rules.ignoreGroups, [name]) || guarded(name);
  const ignoredSource = (group: SourceGroup): boolean =>
    hits(rules.ignoreGroups, [group.name, group.email, nameOf(group)]);
  const included = source.groups.filter(
    (group) => rules.includeGroups.length === 0 || hits(rules.includeGroups, [group.email, group.name]),
  );
  const outHere = (group: SourceGroup): boolean => {
    const own = linkedTo(group.id, existing.groups);
    return ignoredSource(group) || guarded(nameOf(group)) || (own !== undefined && ignoredName(own.name));
  };
  const out = new Set<string>(existing.groups.filter((group) => ignoredName(group.name)).map(({ id }) => id));
  for (const group of source.groups) {
    // Any object of an ignored Google group; of an otherwise barred one, the half of the pair.
    for (const object of existing.groups)
      if (whose(object).of === group.id && hits(rules.ignoreGroups, [group.name, group.email]))
        out.add(object.id);
    const own = linkedTo(group.id, existing.groups);
    if (own !== undefined && included.includes(group) && outHere(group)) out.add(own.id);
  }
  const counted = included.filter((group) => !outHere(group));
  for (const group of included) {
    if (!outHere(group) || linkedTo(group.id, existing.groups) !== undefined) continue;
    const named = existing.groups.find((object) => low(object.name) === low(nameOf(group)));
    // One group alone that wants the name and has no object yet takes it over, for itself.
    const rivals = counted.filter((other) => low(nameOf(other)) === low(nameOf(group)));
    const wantedToo =
      rivals.length === 1 && rivals.every(({ id }) => linkedTo(id, existing.groups) === undefined);
    const linked = included.some(
      (other) => named !== undefined && linkedTo(other.id, existing.groups) === named,
    );
    if (named !== undefined && !wantedToo && !linked && atName(named, rules) === "adopt") out.add(named.id);
  }
  const members = (group: SourceGroup): ReadonlySet<string> => below(group.id, source, new Set());
  return { counted, out, members, nameOf };
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

// ---------------------------------------------------------------- users

interface People {
  readonly untouched: ReadonlySet<string>;
  readonly revoked: ReadonlySet<string>;
  readonly users: Verdict["users"];
  /** Who may be a member, by Google id: the id in the target, or `new`. */
  readonly present: ReadonlyMap<string, string>;
  readonly paired: ReadonlyMap<string, ExistingUser>;
  /** Who is to be created, be it now or when name and e-mail are free. */
  readonly awaited: ReadonlySet<string>;
  readonly eligible: (id: string) => boolean;
}

function asUser(user: SourceUser): Omit<ExistingUser, "id"> {
  const [given, family] = [clean(user.givenName), clean(user.familyName)];
  return {
    externalId: user.id,
    userName: user.email,
    email: user.email,
    givenName: given || "-",
    familyName: family,
    displayName: `${given} ${family}`.trim(),
    active: user.state === "active",
  };
}

function judgeUsers(source: Source, existing: Existing, rules: Rules, scope: Scope): People {
  const matches = (user: SourceUser): boolean =>
    source.matched === "all" || (source.matched !== "none" && source.matched.has(user.id));
  const able = (user: SourceUser): boolean =>
    (user.state === "active" || rules.syncSuspended) && (rules.method === "groups" || matches(user));
  const inGroup = new Set(scope.counted.flatMap((group) => [...scope.members(group)]));
  const wanted = source.users.filter(
    (user) => able(user) && (matches(user) || (rules.method === "groups" && inGroup.has(user.id))),
  );
  const metSource = (user: SourceUser): boolean =>
    hits(rules.ignoreUsers, [user.email, asUser(user).displayName]);
  const metHere = (user: ExistingUser): boolean => {
    const origin = source.users.find(({ id }) => id === whose(user).of);
    return (
      hits(rules.ignoreUsers, [user.userName, user.email, user.displayName]) ||
      (origin !== undefined && metSource(origin))
    );
  };
  const byId = new Map(wanted.flatMap((user) => pairOf(user.id, linkedTo(user.id, existing.users))));
  const linked = new Set(byId.values());
  const pairs = new Map(byId);
  const barred = new Set<string>();
  for (const user of wanted.filter(({ id }) => !byId.has(id))) {
    const named = existing.users.find((one) => low(one.userName) === user.email && !linked.has(one));
    if (named === undefined) continue;
    const fate = metHere(named) ? "in the way" : atName(named, rules);
    if (fate === "adopt") pairs.set(user.id, named);
    if (fate === "in the way") barred.add(user.id);
  }
  const ignoredWanted = new Set(
    wanted.filter(
      (user) => metSource(user) || [pairs.get(user.id)].some((own) => own !== undefined && metHere(own)),
    ),
  );
  const ignored = new Set<string>(existing.users.filter(metHere).map(({ id }) => id));
  for (const user of ignoredWanted) {
    const own = pairs.get(user.id);
    if (own !== undefined) ignored.add(own.id);
    pairs.delete(user.id);
  }
  const paired = new Set([...pairs.values()].map(({ id }) => id as string));
  const others = existing.users.filter(({ id }) => !paired.has(id) && !ignored.has(id));
  const removable = (user: ExistingUser): boolean =>
    isOurs(user) || (whose(user).kind === "unmanaged" && rules.removeUnmanaged);
  const revoked = new Set<string>(others.filter(removable).map(({ id }) => id));
  const untouched = new Set<string>(
    existing.users.map(({ id }) => id).filter((id) => !paired.has(id) && !revoked.has(id)),
  );
  const live = wanted.filter((user) => !ignoredWanted.has(user) && !barred.has(user.id));
  return {
    untouched,
    revoked,
    paired: pairs,
    awaited: new Set(
      live.filter(({ id, state }) => !pairs.has(id) && state === "active").map(({ id }) => id),
    ),
    eligible: (id) => source.users.some((user) => user.id === id && able(user)),
    ...settle(live, pairs, existing, untouched),
  };
}

const pairOf = <E>(id: string, own: E | undefined): readonly (readonly [string, E])[] =>
  own === undefined ? [] : [[id, own]];

/** Names and e-mails that stay where they are block who wants them; who is blocked stays where he is. */
function settle(
  live: readonly SourceUser[],
  pairs: ReadonlyMap<string, ExistingUser>,
  existing: Existing,
  untouched: ReadonlySet<string>,
): Pick<People, "users" | "present"> {
  const fixed = existing.users.filter(({ id }) => untouched.has(id));
  const blocked = new Set<string>();
  for (let more = true; more;) {
    more = false;
    for (const user of live.filter(({ id }) => !blocked.has(id))) {
      const own = pairs.get(user.id);
      if (own === undefined && user.state !== "active") continue;
      const taken = fixed.some(
        (other) => low(other.userName) === user.email || low(other.email) === user.email,
      );
      if (!taken) continue;
      blocked.add(user.id);
      if (own !== undefined) fixed.push(own);
      more = true;
    }
  }
  const users = new Map<string, Omit<ExistingUser, "id"> & { readonly id: string }>();
  const present = new Map<string, string>();
  for (const user of live) {
    const own = pairs.get(user.id);
    const wish = asUser(user);
    if (own === undefined) {
      if (!wish.active || blocked.has(user.id)) continue;
      users.set(user.id, { ...wish, id: "new" });
    } else if (!blocked.has(user.id)) {
      const spelt = low(own.userName) === wish.userName ? own.userName : wish.userName;
      const mail = low(own.email) === wish.email ? own.email : wish.email;
      users.set(user.id, { ...wish, userName: spelt, email: mail, id: own.id });
    } else if (whose(own).kind === "marked") {
      users.set(user.id, { ...own, active: own.active && wish.active });
      continue;
    } else users.set(user.id, { ...wish, userName: own.userName, email: own.email, id: own.id });
    present.set(user.id, own?.id ?? "new");
  }
  return { users, present };
}

// ---------------------------------------------------------------- groups

function judgeGroups(
  existing: Existing,
  rules: Rules,
  approved: boolean,
  scope: Scope,
  people: People,
): Verdict {
  const { counted, out, nameOf } = scope;
  const links = new Map(
    counted.flatMap((group) => pairOf(group.id as string, linkedTo(group.id, existing.groups))),
  );
  const linked = new Set(links.values());
  const wishes = new Map<SourceGroup, string>();
  for (const group of counted) {
    const name = nameOf(group);
    const rivals = counted.filter((other) => low(nameOf(other)) === low(name));
    const owners = rivals.filter(({ id }) => links.has(id));
    const own = links.get(group.id);
    if (name !== "" && (rivals.length === 1 || (owners.length === 1 && own !== undefined)))
      wishes.set(group, name);
    else if (own !== undefined) wishes.set(group, own.name);
  }
  const members = (group: SourceGroup, own: ExistingGroup | undefined): ReadonlySet<string> => {
    const stay = [...(own?.members ?? [])].filter((id) => people.untouched.has(id));
    const come = [...scope.members(group)].filter(people.eligible).flatMap((id) => {
      const at = people.present.get(id);
      if (at !== undefined) return at === "new" ? [`new ${id}`] : [at];
      const before = people.paired.get(id);
      return before !== undefined && own?.members.has(before.id) === true ? [before.id] : [];
    });
    return new Set([...stay, ...come]);
  };
  const waiting = new Set<string>();
  const adoptions = new Set<string>();
  const owned = new Map(links);
  const made: SourceGroup[] = [];
  for (const group of [...wishes.keys()].filter(({ id }) => !links.has(id))) {
    const named = existing.groups.find((one) => low(one.name) === low(nameOf(group)) && !linked.has(one));
    if (named === undefined) made.push(group);
    else if (!out.has(named.id)) {
      const fate = atName(named, rules);
      const fresh = [...scope.members(group)].filter(people.eligible).some((id) => {
        const at = people.paired.get(id)?.id;
        return at === undefined ? people.awaited.has(id) : !named.members.has(at);
      });
      const stays = [...scope.members(group)].some((id) => {
        const at = people.paired.get(id)?.id;
        return people.eligible(id) && at !== undefined && named.members.has(at);
      });
      const emptied =
        whose(named).kind !== "marked" &&
        !stays &&
        [...named.members].some((id) => !people.untouched.has(id) && !people.revoked.has(id));
      if (fate === "in the way") continue;
      if (approved || (fate === "adopt" && !fresh && !emptied)) owned.set(group.id, named);
      else waiting.add(named.id);
      if (fate === "adopt" && whose(named).kind !== "marked") adoptions.add(named.id);
    }
  }
  const taken = new Set([...owned.values()].map(({ id }) => id as string));
  // A name that several want and nobody gets: whoever made a group of that name by hand keeps it as it is.
  const contested = (name: string): boolean => {
    const rivals = counted.filter((group) => low(nameOf(group)) === low(name));
    return rivals.length > 1 && rivals.filter(({ id }) => links.has(id)).length !== 1;
  };
  const goes = (group: ExistingGroup): boolean =>
    !taken.has(group.id) &&
    !out.has(group.id) &&
    !(whose(group).kind === "unmanaged" && contested(group.name)) &&
    !adoptions.has(group.id) &&
    (isOurs(group) || (whose(group).kind === "unmanaged" && rules.removeUnmanaged));
  const revoked = new Set([...people.revoked, ...existing.groups.filter(goes).map(({ id }) => id as string)]);
  const untouched = new Set<string>([...people.untouched]);
  for (const { id } of existing.groups) if (!taken.has(id) && !revoked.has(id)) untouched.add(id);
  const fixed = existing.groups.filter(({ id }) => untouched.has(id));
  const blocked = new Set<string>();
  for (let more = true; more;) {
    more = false;
    for (const group of [...made, ...[...wishes.keys()].filter(({ id }) => owned.has(id))]) {
      const own = owned.get(group.id);
      const name = wishes.get(group) ?? "";
      if (blocked.has(group.id)) continue;
      const stays = own !== undefined && low(own.name) === low(name);
      if (!stays && !fixed.some((other) => low(other.name) === low(name))) continue;
      // Who keeps a name for good stands in the way of others, but is not blocked himself.
      blocked.add(group.id);
      if (own !== undefined) fixed.push(own);
      more = true;
    }
  }
  const groups = new Map<string, { id: string; name: string; members: ReadonlySet<string> }>();
  for (const group of wishes.keys()) {
    const own = owned.get(group.id);
    const name = wishes.get(group) ?? "";
    if (own === undefined) {
      if (made.includes(group) && !blocked.has(group.id))
        groups.set(group.id, { id: "new", name, members: members(group, own) });
      continue;
    }
    const keeps = blocked.has(group.id);
    if (keeps && low(own.name) !== low(name) && whose(own).of === group.id && whose(own).kind === "marked") {
      revoked.add(own.id);
      waiting.add(own.id);
    } else groups.set(group.id, { id: own.id, name: keeps ? own.name : name, members: members(group, own) });
  }
  return { untouched, revoked, users: people.users, groups, waiting };
}

/** Whether the day of deletion has come for what is revoked. */
export function dayHasCome(before: Claimed, { graceDays }: Rules): boolean {
  const { kind, since } = whose(before);
  const from = kind === "marked" ? since : GRACE_START;
  return graceDays !== "never" && (Date.parse(GRACE_START) - Date.parse(from)) / DAY >= graceDays;
}

/** Enabled by somebody after he was marked: one run disables him, and deletes him no earlier than the next. */
export const enabledAgain = (user: ExistingUser): boolean => whose(user).kind === "marked" && user.active;

/** The mark that a revoked object carries: the old one, or one of today. */
export function markOf(before: Claimed): string {
  if (whose(before).kind === "marked") return before.externalId;
  return `ssosync-retired.${GRACE_START}.${before.externalId === "" ? `aws-${before.id}` : before.externalId}`;
}

export { isOurs };
