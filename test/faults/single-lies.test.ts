/**
 * Every answer of Google's in one run, one at a time, with something missing from it: a row, an alias, a flag, a nested
 * group, or the rest of a listing. Two domains, groups nested across both, and limits that stop nothing.
 * @module-tag search
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { startEmulator, type Emulator } from "../emulator/emulator.ts";
import { fill, at, mirror } from "../emulator/fill.ts";
import { lend } from "../emulator/lend.ts";
import { isObject, type RecordedRequest } from "../emulator/wire.ts";
import type { Settings } from "../oracle/emulated.ts";
import { run, type Ended } from "./stage.ts";
import { search } from "../search.ts";

const org = (name: string): string => `${name}@example.org`;

const everything: Settings = {
  ...{ MAX_LEAVERS: "100%", MAX_USER_REMOVALS: "100%", MAX_GROUP_REMOVALS: "100%" },
  ...{ MAX_MEMBERSHIP_REMOVALS: "100%", MAX_GROUP_SHRINK: "100%", MAX_GROUP_GROWTH: "100%,50" },
};

/** Which groups count: by a query; or by a fence of addresses, of which one is an alias of a group's. */
const WAYS: Readonly<Record<string, Settings>> = {
  "a query": everything,
  "a fence of addresses": {
    ...everything,
    GROUP_MATCH: "*",
    INCLUDE_GROUPS: [
      ...["aws-admins", "aws-nested", "aws-readonly", "aws-platform", "aws-mona"].map(at),
      org("aws-deep"),
    ].join(","),
  },
  "everybody, and a query": { ...everything, USER_MATCH: "*" },
};

const LEAVER = at("otto");
const NEWCOMER = at("nova");

/** Everybody is in AWS as Google had it; then there is one of each kind of thing to do. */
function begin({ google, aws }: Emulator): void {
  const com = ["ada", "grace", "otto", "lena", "nils", "kim", "mona"];
  fill(google, {
    people: Object.fromEntries(com.map((name) => [name, `${name} Person`])),
    groups: { "aws-admins": ["ada", "grace", "otto", "nils"], "aws-readonly": ["lena", "kim", "grace"] },
  });
  for (const name of ["ann", "ben", "cleo"])
    google.addUser({ email: org(name), aliases: [org(`${name}.alias`)] });
  google.addGroup({ email: org("team") });
  google.addGroup({ email: at("aws-nested"), aliases: [at("aws-other")] });
  google.addGroup({ email: org("low") });
  google.addGroup({ email: at("mid") });
  google.addGroup({ email: org("aws-deep") });
  google.addGroup({ email: at("aws-mona") });
  google.addGroup({ email: at("aws-platform-new"), name: "platform", aliases: [at("aws-platform")] });
  for (const [group, member] of [
    ...["ann", "ben"].map((name) => [org("team"), org(name)]),
    [at("aws-nested"), org("team")],
    ...[org("cleo"), at("kim")].map((one) => [org("low"), one]),
    [at("mid"), org("low")],
    [org("aws-deep"), at("mid")],
    ...[at("mona"), at("ada")].map((one) => [at("aws-mona"), one]),
    ...[at("nils"), org("ben")].map((one) => [at("aws-platform-new"), one]),
  ] as [string, string][])
    google.addMember(group, member);
  google.suspend(at("mona"));
  mirror(google, aws);
  for (const group of ["low", "mid", "team"]) aws.deleteGroup(group);
  const mona = aws.user(at("mona"));
  mona.externalId = `ssosync-suspended.2026-01-01.${mona.externalId}`;
  google.suspend(LEAVER);
  google.removeMember(at("aws-readonly"), at("lena"));
  google.removeMember(at("aws-admins"), at("nils"));
  google.addUser({ email: NEWCOMER });
  for (const group of ["aws-admins", "aws-readonly", "aws-nested"]) google.addMember(at(group), NEWCOMER);
}

async function withCompany<T>(work: (emulator: Emulator) => Promise<T>): Promise<T> {
  const emulator = await startEmulator({ pageSize: 4 });
  const restore = lend(emulator.environment());
  try {
    begin(emulator);
    const result = await work(emulator);
    emulator.verify();
    return result;
  } finally {
    restore();
    await emulator.close();
  }
}

// ---------------------------------------------------------------- the lies

/** Where something is in an answer. */
type Path = readonly (string | number)[];

interface Lie {
  /** Which answer: the request, and how often it was asked before. */
  readonly request: string;
  readonly path: Path;
  readonly kind: "row" | "rest" | "field";
  /** What the row, or the answer where there is none, says. */
  readonly about: string;
}

const requestKey = ({ operation, path, query }: RecordedRequest): string =>
  JSON.stringify([operation, path, query]);

/** A row of a list, an entry of one in it, or a field of one; or what says that there is more. */
function liesIn(request: string, body: unknown): readonly Lie[] {
  if (!isObject(body)) return [];
  const fieldsOf = (row: object, at: Path, about: string): Lie[] =>
    Object.entries(row).flatMap(([name, value]): Lie[] => {
      const path = [...at, name];
      const entries: readonly unknown[] = Array.isArray(value) ? value : [];
      return [
        { request, path, kind: "field", about },
        ...entries.map((_, n): Lie => ({ request, path: [...path, n], kind: "field", about })),
      ];
    });
  const list = Object.entries(body).find(([, value]) => Array.isArray(value) && value.every(isObject));
  if (list === undefined) return fieldsOf(body, [], `${request} ${JSON.stringify(body)}`);
  const [name, rows] = list as [string, readonly object[]];
  const rest = ["nextPageToken", name].filter((one) => one in body);
  return [
    ...rest.map((one): Lie => ({ request, path: [one], kind: "rest", about: request })),
    ...rows.flatMap((row, n): Lie[] => {
      const about = JSON.stringify(row);
      return [{ request, path: [name, n], kind: "row", about }, ...fieldsOf(row, [name, n], about)];
    }),
  ];
}

function without(body: unknown, [first, ...rest]: Path): unknown {
  if (Array.isArray(body))
    return rest.length === 0
      ? body.filter((_, n) => n !== first)
      : body.map((one: unknown, n) => (n === first ? without(one, rest) : one));
  if (!isObject(body)) return body;
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => {
      if (name !== first) return [[name, value]];
      return rest.length === 0 ? [] : [[name, without(value, rest)]];
    }),
  );
}

/** What everybody who is enabled can do. */
const accessIn = ({ aws }: Emulator): ReadonlySet<string> =>
  new Set([
    ...aws.users.flatMap(({ userName, active }) => (active ? [userName] : [])),
    ...aws.memberships.map(({ userId, groupId }) => {
      return `${aws.user(userId).userName} in ${aws.group(groupId).displayName}`;
    }),
  ]);

interface Truth {
  readonly lost: ReadonlySet<string>;
  readonly lies: readonly Lie[];
}

/** The run to which nobody lies: who loses what, and everything that Google said. */
const truthOf = (settings: Settings): Promise<Truth> =>
  withCompany(async (emulator) => {
    const answers = new Map<string, unknown>();
    emulator.fault({
      when: ({ service }) => service === "google",
      times: Infinity,
      do: (request, answer) => {
        const key = requestKey(request);
        if (answer.status === 200 && !answers.has(key)) answers.set(key, answer.body);
        return answer;
      },
    });
    const before = accessIn(emulator);
    const ended = await run(emulator, {}, { settings });
    expect(ended.status, ended.message).toBe("succeeded");
    const lies = [...answers].flatMap(([request, body]) => liesIn(request, body));
    return { lost: before.difference(accessIn(emulator)), lies };
  });

const lyingRun = (lie: Lie, { lost }: Truth, settings: Settings): Promise<void> =>
  withCompany(async (emulator) => {
    const { google, aws } = emulator;
    const before = accessIn(emulator);
    const fault = emulator.fault({
      when: (request) => request.service === "google" && requestKey(request) === lie.request,
      do: (_, answer) => ({ ...answer, body: without(answer.body, lie.path) }),
    });
    const ended: Ended = await run(emulator, {}, { settings });
    expect(fault.hits, "it was asked").toBe(1);
    const gone = [...before.difference(accessIn(emulator))].filter((one) => !lost.has(one));
    expect(gone, `nobody else loses anything: ${ended.message}`).toEqual([]);
    expect(aws.user(at("mona")).active, ended.message).toBe(false);
    if (lie.kind === "rest") return;
    const isAbout = (address: string): boolean =>
      [address, google.user(address).id].some((key) => lie.about.includes(key));
    expect(["succeeded", "attention"], ended.message).toContain(ended.status);
    if (!isAbout(LEAVER)) expect(aws.user(LEAVER).active, ended.message).toBe(false);
    if (!isAbout(NEWCOMER)) expect(aws.findUser(NEWCOMER)?.active, ended.message).toBe(true);
  });

test.each(Object.entries(WAYS))(
  "where %s says who counts, one thing missing from one answer takes nothing from anybody, and holds up nobody else",
  async (_, settings) => {
    const truth = await truthOf(settings);
    const rows = truth.lies.filter(({ kind }) => kind === "row");
    const fields = truth.lies.filter(({ kind }) => kind !== "row");
    const lie = fc.oneof(fc.constantFrom(...rows), fc.constantFrom(...fields));
    const property = fc.asyncProperty(lie, (one) => lyingRun(one, truth, settings));
    await fc.assert(property, { endOnFailure: true, ...search(16) });
  },
);
