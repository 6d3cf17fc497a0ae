/** Random companies, random targets in any state of disorder, and random settings. */
import fc from "fast-check";
import { targetId } from "../../src/core/model.ts";
import type {
  Existing,
  ExistingGroup,
  ExistingUser,
  Rules,
  Source,
  SourceUser,
} from "../../src/core/model.ts";
import {
  byHand,
  calledBy,
  login,
  signingInAs,
  company,
  groupId,
  human,
  marked,
  suspendedMarked,
  team,
  userId,
} from "./world.ts";
import type { Filled, Row } from "./world.ts";

const PEOPLE = 6;
const GROUPS = 4;
const address = (at: number): string => `p${at}@example.com`;

const GIVEN = ["Ann", "Bo\u200b", "", "Cy"] as const;
const LOGINS = ["", "L0", "l0", "L1", "L2", "p1@example.com", "no name", "ann-1", "L3"] as const;
const NAMES = ["Red", "red", "Bl\u200bue", "Blue", "Green", "AWSAccountFactory", "\u200b"] as const;
const DAYS = ["2026-03-10", "2026-02-09", "2026-02-08", "2020-01-01"] as const;

interface Account {
  readonly there: boolean;
  readonly given: (typeof GIVEN)[number];
  /** In a field of a custom schema, and aliases in another domain. */
  readonly login: (typeof LOGINS)[number];
  readonly aliases: readonly string[];
  readonly state: SourceUser["state"];
  readonly alias: boolean;
}

interface Circle {
  readonly there: boolean;
  readonly name: (typeof NAMES)[number];
  readonly users: readonly number[];
  readonly groups: readonly number[];
  readonly everybody: boolean;
  readonly guest: boolean;
  readonly alias: boolean;
}

const rarely = fc.nat(3).map((dice) => dice === 3);

const account: fc.Arbitrary<Account> = fc.record({
  there: fc.boolean().map((no) => !no),
  given: fc.constantFrom(...GIVEN),
  login: fc.constantFrom(...LOGINS),
  aliases: fc.subarray(["p", "pp"], { maxLength: 1 }),
  state: fc.constantFrom("active", "active", "active", "suspended", "archived"),
  alias: rarely,
});

const circle: fc.Arbitrary<Circle> = fc.record({
  there: fc.boolean().map((no) => !no),
  name: fc.constantFrom(...NAMES),
  users: fc.uniqueArray(fc.nat(PEOPLE - 1), { maxLength: 4 }),
  groups: fc.uniqueArray(fc.nat(GROUPS), { maxLength: 2 }),
  everybody: fc.nat(9).map((dice) => dice === 9),
  guest: fc.nat(5).map((dice) => dice === 5),
  alias: rarely,
});

function toSource(
  accounts: readonly Account[],
  addresses: readonly number[],
  circles: readonly Circle[],
  matched: readonly number[] | "all" | "none",
): Source {
  const people = accounts.map((one, at) =>
    human(at, one.given, `Family${at}`, {
      email: address(addresses[at] ?? at),
      // An address is one account's alone.
      aliases: [
        ...(one.alias ? [`q${at}@old.example`] : []),
        ...one.aliases.map((name) => `${name}${at}@alt.example`),
      ],
      state: one.state,
      ...login(one.login),
    }),
  );
  const groups = circles.map((one, at) =>
    team(at, one.name, { email: `g${at}@example.com`, aliases: one.alias ? [`h${at}@old.example`] : [] }),
  );
  const guest = human(99, "Guest", "Elsewhere", { email: "guest@partner.example" });
  const there = new Set(people.filter((_, at) => accounts[at]?.there).map(({ id }) => id));
  const filled = circles.map((one, at): Filled => {
    const rows: readonly Row[] = [
      ...one.users.flatMap((user) => people[user] ?? []).filter(({ id }) => there.has(id)),
      ...one.groups.flatMap((group) => groups[group] ?? []),
      ...(one.everybody ? (["everybody"] as const) : []),
      ...(one.guest ? [guest] : []),
    ];
    return [groups[at] ?? team(at, one.name), ...rows];
  });
  return company(
    people.filter(({ id }) => there.has(id)),
    filled.filter((_, at) => circles[at]?.there === true && at < GROUPS),
    {
      nested: filled.filter((_, at) => circles[at]?.there !== true || at === GROUPS),
      matched:
        typeof matched === "string" ? matched : new Set(matched.map((at) => people[at]?.id ?? userId(0))),
    },
  );
}

const source: fc.Arbitrary<Source> = fc
  .tuple(
    fc.array(account, { minLength: PEOPLE, maxLength: PEOPLE }),
    fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: PEOPLE, maxLength: PEOPLE }),
    fc.array(circle, { minLength: GROUPS + 1, maxLength: GROUPS + 1 }),
    fc.oneof(
      fc.constantFrom("all" as const, "none" as const),
      fc.uniqueArray(fc.nat(PEOPLE - 1), { maxLength: 3 }),
    ),
  )
  .map((parts) => toSource(...parts));

/** Whose an object is: the id it had, and whether it is marked, foreign or nobody's. */
interface Origin {
  readonly kind: "live" | "asleep" | "marked" | "marked-own" | "unmanaged" | "foreign";
  readonly of: number;
  readonly since: (typeof DAYS)[number];
  /** Whether the mark says that a person had disabled them before. */
  readonly wasOff: boolean;
}

/** Google suspends users, not groups. */
const origin = (most: number, asleep: readonly "asleep"[]): fc.Arbitrary<Origin> =>
  fc.record({
    wasOff: asleep.length === 0 ? fc.constant(false) : rarely,
    kind: fc.constantFrom("live", "live", "live", ...asleep, "marked", "marked-own", "unmanaged", "foreign"),
    of: fc.nat(most),
    since: fc.constantFrom(...DAYS),
  });

function externalId(one: Origin, id: string, google: (n: number) => string): string {
  const { kind, of, since, wasOff } = one;
  const was = (mark: string): string => (wasOff ? byHand(mark) : mark);
  switch (kind) {
    case "live":
      return google(of);
    case "asleep":
      return was(suspendedMarked(since, google(of)));
    case "marked":
      return was(marked(since, google(of)));
    case "marked-own":
      return marked(since, `aws-${id}`);
    case "unmanaged":
      return "";
    case "foreign":
      return `https://idp.example.com/${google(of)}`;
  }
}

const heldUser = fc.record({
  origin: origin(PEOPLE + 1, ["asleep"]),
  name: fc.nat(9),
  login: fc.constantFrom(
    undefined,
    undefined,
    undefined,
    "L0",
    "l1",
    "L2",
    "pp0@alt.example",
    "p1@alt.example",
  ),
  mail: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(9) }),
  active: fc.boolean(),
  given: fc.constantFrom("Ann", "Drift"),
  upper: fc.boolean(),
});

const heldGroup = fc.record({
  origin: origin(GROUPS, []),
  name: fc.constantFrom(
    "Red",
    "Blue",
    "BLUE",
    "Green",
    "Old",
    "Older",
    "g0@example.com",
    "AWSAccountFactory",
  ),
  members: fc.uniqueArray(fc.nat(7), { maxLength: 5 }),
});

/** One Google id has one mark, and what is marked today is not alive as well: one run could not tell them apart. */
const markKey = ({ externalId }: { readonly externalId: string }): string =>
  /^ssosync-retired\.[-\d]+\.(.*?)(?:\.by-hand)?$/.exec(externalId)?.[1] ?? "";
const todayKey = ({ externalId }: { readonly externalId: string }): string =>
  externalId.replace(/^ssosync-(?:retired\.2026-03-10|suspended\.[-\d]+)\.|\.by-hand$/g, "");

/** Keeps the first of those that clash, as the target would have. */
function distinct<T>(list: readonly T[], ...keys: readonly ((one: T) => string)[]): readonly T[] {
  const seen = new Set<string>();
  return list.filter((one) => {
    const own = keys.map((key, at) => `${at} ${key(one).toLowerCase()}`).filter((key) => !/^\d+ $/.test(key));
    if (own.some((key) => seen.has(key))) return false;
    for (const key of own) seen.add(key);
    return true;
  });
}

const existing: fc.Arbitrary<Existing> = fc
  .tuple(fc.array(heldUser, { maxLength: 8 }), fc.array(heldGroup, { maxLength: 5 }))
  .map(([people, groups]) => {
    const users = people.map((one, at): ExistingUser => {
      const id = targetId(`u-${at}`);
      const spelt = (text: string): string => (one.upper ? text.toUpperCase() : text);
      const userName = spelt(one.login ?? address(one.name));
      return {
        id,
        externalId: externalId(one.origin, id, userId),
        userName,
        email: one.mail === undefined ? spelt(address(one.name)) : address(one.mail),
        givenName: one.given,
        familyName: `Family${one.origin.of}`,
        displayName: `${one.given} Family${one.origin.of}`,
        active: one.active,
        createdAt: "",
      };
    });
    const kept = distinct(
      users,
      ({ userName }) => userName,
      ({ email }) => email,
      markKey,
      todayKey,
    );
    const there = new Set(kept.map(({ id }) => id));
    const made = groups.map((one, at): ExistingGroup => {
      const id = targetId(`g-${at}`);
      const members = one.members
        .map((member) => targetId(`u-${member}`))
        .filter((member) => there.has(member));
      const own = externalId(one.origin, id, groupId);
      return { id, externalId: own, name: one.name, createdAt: "", members: new Set(members) };
    });
    return {
      users: kept,
      groups: distinct(made, ({ name }) => name, markKey, todayKey),
      unread: new Map(),
    };
  });

type Settings = Omit<Rules, "manage" | "limits" | "details">;

const settings: fc.Arbitrary<Settings> = fc.record<Settings>({
  method: fc.constantFrom<Rules["method"][]>("groups", "groups", "users_groups"),
  userName: fc
    .constantFrom("email", "email", "email", "HR.login", "alias@alt.example")
    .map((text) => signingInAs(text).userName),
  groupName: fc
    .constantFrom(
      "name",
      "name",
      "email",
      "{name-b}",
      "AWS {name}",
      "{email.local-g0}",
      "{name} {email.local}",
    )
    .map((text) => calledBy(text).groupName),
  groupNames: fc.constantFrom(
    new Map(),
    new Map(),
    new Map([["g0@example.com", "Blue"]]),
    new Map([
      ["g1@example.com", "Old"],
      ["g2@example.com", "Green"],
    ]),
  ),
  includeGroups: fc.constantFrom([], [], ["G0@example.com", "blue"]),
  ignoreUsers: fc.constantFrom([], [], ["P1@*"], ["ann*", "p2@example.com"], ["*@old.example"]),
  ignoreGroups: fc.constantFrom([], [], ["red"], ["g1@*", "old"], ["*@old.example"]),
  protectGroups: fc.constantFrom([], [], ["green"]),
  syncSuspended: fc.boolean().map((no) => !no),
  adopt: fc.constantFrom<Rules["adopt"][]>("unclaimed", "any", "none"),
  graceDays: fc.constantFrom<Rules["graceDays"][]>(30, 0, "never"),
  groupsCreatedBy: fc.constant("anyone"),
  requiredMembers: fc.constant([]),
});

/** What MANAGE may say. */
export const managed: fc.Arbitrary<Rules["manage"]> = fc.record({
  users: fc.boolean(),
  groups: fc.boolean(),
  memberships: fc.boolean(),
});

export interface Situation {
  readonly source: Source;
  readonly existing: Existing;
  readonly rules: Settings;
  /** Whether everything that waits is approved. */
  readonly approve: boolean;
}

export const situation: fc.Arbitrary<Situation> = fc.record({
  source,
  existing,
  rules: settings,
  approve: fc.boolean(),
});
