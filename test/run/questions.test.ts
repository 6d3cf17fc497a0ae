/**
 * Random companies of two domains, and one row that one listing of Google's lacks. What Google is asked then, and what
 * the answers are taken for, is held against who is in which group in truth.
 * @module-tag search
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_HOLDS } from "../../src/core/plan.ts";
import { scope } from "../../src/core/scope.ts";
import { sourceId } from "../../src/core/model.ts";
import { NOTHING_ASKED } from "../../src/core/carries.ts";
import type { Existing, ExistingGroup, Source, SourceId } from "../../src/core/model.ts";
import { digest } from "../../src/run/digest.ts";
import { askGone, askMembership, askOutOfScope, inquiryOf } from "../../src/run/questions.ts";
import type { Answer, Inquiry } from "../../src/run/questions.ts";
import { witness } from "../../src/google/witness.ts";
import { google } from "../google/setup.ts";
import type { Google } from "../google/setup.ts";
import { EMPTY, groupInTarget, inTarget, NOW, rules, target } from "../core/world.ts";
import type { Answer as HttpAnswer } from "../emulator/wire.ts";
import { search } from "../search.ts";

const PEOPLE = 4;
const GROUPS = 6;
const LIES = 6;
const DOMAINS = ["example.com", "example.org"];
const GROUP_MATCH = ["email:aws-*"];
const RULES = rules();

// ---------------------------------------------------------------- a company

interface Row {
  readonly group: number;
  /** A person, a group that comes later (Google refuses circles), or everybody. */
  readonly member: number | "everybody";
  /** What has happened to it since AWS was last in sync. */
  readonly since: "nothing" | "came" | "went";
}

interface Story {
  /** Each one's domain. */
  readonly people: readonly number[];
  readonly groups: readonly { readonly domain: number; readonly counts: boolean; readonly isNew: boolean }[];
  readonly rows: readonly Row[];
  /** Who went from one group to another. */
  readonly moves: readonly { readonly person: number; readonly from: number; readonly to: number }[];
  /** Whether Google's index of members tells the groups further up as well: nobody knows. */
  readonly transitive: boolean;
  /** Which of all rows are missing, each in a run of its own. */
  readonly missing: readonly number[];
}

const domain = fc.nat(DOMAINS.length - 1);
const nth = fc.nat(GROUPS - 1);
const row = fc.record({
  group: nth,
  member: fc.oneof(
    { weight: 9, arbitrary: fc.nat(PEOPLE + GROUPS - 1) },
    { weight: 1, arbitrary: fc.constant("everybody" as const) },
  ),
  since: fc.constantFrom("nothing", "nothing", "came", "went"),
});
const group = fc.record({ domain, counts: fc.boolean(), isNew: fc.nat(4).map((n) => n === 0) });
const story = fc.record({
  people: fc.array(domain, { minLength: PEOPLE, maxLength: PEOPLE }),
  groups: fc.array(group, { minLength: GROUPS, maxLength: GROUPS }),
  rows: fc.array(row, { minLength: 3, maxLength: 12 }),
  moves: fc.array(fc.record({ person: fc.nat(PEOPLE - 1), from: nth, to: nth }), { maxLength: 3 }),
  transitive: fc.boolean(),
  missing: fc.array(fc.nat(999), { minLength: LIES, maxLength: LIES }),
});

interface Told {
  /** Ids of groups that AWS has not seen. */
  readonly fresh: ReadonlySet<string>;
  /** Brings the company to where it is when the run begins. */
  readonly goOn: () => void;
}

/** Each membership once: the moves first. */
function rowsOf({ rows, moves }: Story): readonly Row[] {
  const moved = moves.flatMap(({ person, from, to }): readonly Row[] => [
    { group: from, member: person, since: "went" },
    { group: to, member: person, since: "came" },
  ]);
  const all = [...moved, ...rows].map((one) => [`${one.group} ${one.member}`, one] as const);
  return [...new Map(all.toReversed()).values()];
}

function tell({ company }: Google, one: Story): Told {
  const { people, groups, transitive } = one;
  for (const list of [company.groups, company.members, company.deletedUsers]) list.length = 0;
  company.users.splice(0, company.users.length, company.admin);
  company.policy.memberKeyTransitive = transitive;
  const users = people.map((at, n) => company.addUser({ email: `person${n}@${DOMAINS[at] ?? ""}` }).id);
  const made = groups.map(({ domain: at, counts }, n) =>
    company.addGroup({ email: `${counts ? "aws" : "team"}-${n}@${DOMAINS[at] ?? ""}` }),
  );
  const known = rowsOf(one).flatMap(({ group: into, member, since }) => {
    const nested = member === "everybody" ? 0 : member - PEOPLE;
    if (member !== "everybody" && nested >= 0 && nested <= into) return [];
    const id = member === "everybody" ? "customer" : (users[member] ?? made[nested]?.id ?? "");
    return [{ into: made[into]?.id ?? "", id, since }];
  });
  for (const { into, id, since } of known) if (since !== "came") company.addMember(into, id);
  return {
    fresh: new Set(made.filter((_, n) => groups[n]?.isNew === true).map(({ id }) => id)),
    goOn: () => {
      for (const { into, id, since } of known) {
        if (since === "came") company.addMember(into, id);
        if (since === "went") company.removeMember(into, id);
      }
    },
  };
}

const isCounted = ({ email }: { readonly email: string }): boolean => email.startsWith("aws-");

// ---------------------------------------------------------------- what is missing

interface Lie {
  readonly what: string;
  readonly hits: (request: {
    readonly operation: string;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
  }) => boolean;
  readonly row: number;
}

/** Each row of each listing that a run may ask for, by what it lists; a group's rows matter most. */
function lies({ company }: Google): readonly (readonly Lie[])[] {
  const { customerId, users, groups, members } = company;
  const listing = (what: string, rows: number, hits: Lie["hits"]): readonly Lie[] =>
    Array.from({ length: rows }, (_, at) => ({ what: `row ${at} of ${what}`, hits, row: at }));
  const ofGroups = listing(
    "the groups",
    groups.filter(isCounted).length,
    ({ query }) => query["query"] === GROUP_MATCH[0],
  );
  const ofMembers = groups.flatMap(({ id, email }) =>
    listing(
      `the members of ${email}`,
      members.filter(({ groupId }) => groupId === id).length,
      ({ operation, path }) => operation === "members.list" && path.includes(id),
    ),
  );
  const keys = [customerId, ...users.map(({ id }) => id), ...groups.map(({ email }) => email)];
  const ofOthers = [
    ...listing("the users", users.length, ({ operation }) => operation === "users.list"),
    ...keys.flatMap((key) =>
      listing(`the groups with ${key}`, 1, ({ query }) => query["query"] === `memberKey=${key}`),
    ),
  ];
  return [ofMembers, ofGroups, ofMembers, ofOthers];
}

function pick(kinds: readonly (readonly Lie[])[], n: number): readonly Lie[] {
  const kind = kinds[n % kinds.length] ?? [];
  return kind.slice(Math.floor(n / kinds.length) % kind.length).slice(0, 1);
}

const without = (at: number, { body, ...rest }: HttpAnswer): HttpAnswer => ({
  ...rest,
  body: Object.fromEntries(
    Object.entries(body as object).map(([key, value]: [string, unknown]) => [
      key,
      Array.isArray(value) ? value.toSpliced(at, 1) : value,
    ]),
  ),
});

// ---------------------------------------------------------------- what is asked

/** The company, and one connection to it for all of the test. */
type Here = Google & { readonly connection: ReturnType<Google["connect"]> };

const readNow = ({ connection }: Here): Promise<Source> => connection.read({ groupMatch: GROUP_MATCH });

/** The target as the last run left it, but for the groups that are new. */
function inSync(source: Source, fresh: Told["fresh"]): Existing {
  const { groups, users } = scope(source, EMPTY, RULES);
  const wanted = new Set(users.onlyDesired.map(({ externalId }) => externalId));
  const people = source.users.filter(({ id }) => wanted.has(id)).map((user) => inTarget(user));
  const of = new Map(source.groups.map((group) => [group.id, group]));
  return target(
    people,
    groups.counted.flatMap(({ externalId, members }) => {
      const group = of.get(externalId);
      return group === undefined || fresh.has(group.id)
        ? []
        : [
            groupInTarget(
              group,
              people.filter((user) => members.has(sourceId(user.externalId))),
            ),
          ];
    }),
  );
}

interface Removal {
  readonly what: string;
  readonly answer: Answer;
  /** Whether it is right to take this away. */
  readonly right: boolean;
}

/** Every removal that the listings ask for, with what Google says to it and what is true. */
async function removals(here: Here, existing: Existing): Promise<readonly Removal[]> {
  const source = await readNow(here);
  const scoped = scope(source, existing, RULES);
  const approvals = { digest, given: new Set<string>() };
  const situation = {
    scoped,
    existing,
    rules: RULES,
    now: NOW,
    holds: NO_HOLDS,
    approvals,
    carries: NOTHING_ASKED,
  };
  const asked = { source, userMatch: "none", groupMatch: GROUP_MATCH } as const;
  const witnessed = witness(here.connection.api, { customerId: "my_customer" });
  const inquiry = inquiryOf({ ...asked, witness: witnessed }, situation);
  const truth = here.company.groups
    .filter(isCounted)
    .map(({ id }) => [id, here.company.everyoneIn(id)] as const);
  return [
    ...(await fromGroups(existing, inquiry, new Map(truth))),
    ...(await ofUsers(existing, inquiry, new Map(truth))),
  ];
}

type Truth = ReadonlyMap<string, ReadonlySet<string>>;

/** Groups that no listing has, and memberships that none has. */
async function fromGroups(
  { groups, users }: Existing,
  inquiry: Inquiry,
  truth: Truth,
): Promise<readonly Removal[]> {
  const counted = new Map(inquiry.scoped.groups.counted.map((one) => [one.externalId, one.members]));
  const found: Removal[] = [];
  for (const { externalId, members } of groups) {
    const id = sourceId(externalId);
    const desired = counted.get(id);
    if (desired === undefined)
      found.push({ what: `the group ${id}`, right: false, answer: await inquiry.leaves(id) });
    for (const user of users) {
      const person = sourceId(user.externalId);
      if (!members.has(user.id) || desired?.has(person) !== false) continue;
      const right = truth.get(id)?.has(person) === false;
      found.push({ what: `${person} in ${id}`, right, answer: await askMembership(id, person, inquiry) });
    }
  }
  return found;
}

/** Users whom no group's listing has. */
async function ofUsers(
  { groups, users }: Existing,
  inquiry: Inquiry,
  truth: Truth,
): Promise<readonly Removal[]> {
  const { counted } = inquiry.scoped.groups;
  const found: Removal[] = [];
  for (const { id, externalId, userName } of users) {
    const person = sourceId(externalId);
    if (counted.some(({ members }) => members.has(person))) continue;
    const right = ![...truth.values()].some((members) => members.has(person));
    const own = groups.filter(({ members }) => members.has(id));
    found.push({ what: userName, right, answer: await askUser(person, own, inquiry) });
  }
  return found;
}

function askUser(user: SourceId, groups: readonly ExistingGroup[], inquiry: Inquiry): Promise<Answer> {
  if (!inquiry.listed.has(user)) return askGone(user, inquiry);
  const listed = new Set(inquiry.source.groups.map(({ id }) => id));
  const memberships = groups.map(({ id, externalId }) => {
    const group = sourceId(externalId);
    return { target: id, group, leaving: !listed.has(group) };
  });
  return askOutOfScope(user, memberships, inquiry);
}

const wrong = (found: readonly Removal[]): readonly string[] =>
  found.filter(({ right, answer }) => !right && answer.says === "agrees").map(({ what }) => what);
const refused = (found: readonly Removal[]): readonly string[] =>
  found.filter(({ right, answer }) => right && answer.says !== "agrees").map(({ what }) => what);

test("Google agrees to no wrong removal, whichever row one of its listings lacks, and to each right one when none is missing", async () => {
  const company = await google("vendor");
  const here = { ...company, connection: company.connect({ retries: 0 }) };
  const seen = { right: 0, wrong: 0 };
  await fc.assert(
    fc.asyncProperty(story, async (one) => {
      const { fresh, goOn } = tell(here, one);
      const existing = inSync(await readNow(here), fresh);
      goOn();
      const honest = await removals(here, existing);
      expect(honest.filter(({ right }) => !right)).toEqual([]);
      expect(refused(honest)).toEqual([]);
      seen.right += honest.length;
      const all = lies(here);
      for (const lie of new Set(one.missing.flatMap((n) => pick(all, n)))) {
        const answer = (_: unknown, whole: HttpAnswer) => without(lie.row, whole);
        const fault = here.fault({ when: lie.hits, times: Infinity, do: answer });
        const lied = await removals(here, existing).finally(fault.remove);
        seen.wrong += lied.filter(({ right }) => !right).length;
        expect(wrong(lied), lie.what).toEqual([]);
      }
    }),
    search(50),
  );
  // Both happened, or this has shown nothing.
  expect(Math.min(seen.right, seen.wrong)).toBeGreaterThan(search(20).numRuns);
});
