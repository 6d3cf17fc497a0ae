/**
 * A company far too large for the emulator's lists: every page is worked out when it is asked for. It stands behind the
 * emulator's own server, tokens, secrets, rates and latencies, and takes next to no processor time from what is
 * measured. Both sides are equal, but for every so-manieth user (0: none), who has a new family name since.
 */
import type { Emulator } from "../emulator/emulator.ts";
import type { Answer, RecordedRequest, Service } from "../emulator/wire.ts";
import type { Company } from "./floor.ts";

export interface VastSize {
  readonly users: number;
  readonly groups: number;
  readonly memberships: number;
}

const googleUser = (n: number): string => `1${String(n).padStart(20, "0")}`;
const googleGroup = (n: number): string => `0${n.toString(36).padStart(14, "0")}`;
const awsId = (kind: "a" | "b", n: number): string =>
  `906${kind}29b3d1-${n.toString(16).padStart(8, "0")}-70e1-4c1b-9f2a-3d5e8f7a6b4c`;
const numberOf = (id: string, base: number): number => Number.parseInt(id, base);

const address = (n: number): string => `user-${String(n).padStart(6, "0")}@example.com`;
const names = (n: number) => ({ givenName: `Given${n % 997}`, familyName: `Family${n}` });
const groupName = (n: number): string => `aws-${String(n).padStart(5, "0")}`;

/** The people of this company, by their numbers. */
export interface Vast {
  /** From now on Google says so. */
  readonly suspend: (user: number) => void;
  readonly isEnabled: (user: number) => boolean;
}

/** From here on the emulator answers for Google and for AWS with the vast company. */
export function makeVast(emulator: Emulator, size: VastSize, renamedEvery: number): Vast {
  const off = new Map<number, Date>();
  const marks = new Map<number, string>();
  const perGroup = Math.floor(size.memberships / size.groups);
  const memberAt = (group: number, n: number): number => (group * 7919 + n) % size.users;
  const person = (n: number) => ({
    kind: "admin#directory#user",
    id: googleUser(n),
    primaryEmail: address(n),
    name: renamedEvery > 0 && n % renamedEvery === 0 ? { ...names(n), familyName: "Renamed" } : names(n),
    suspended: off.has(n),
    ...(off.has(n) ? { suspensionTime: off.get(n)?.toISOString() } : {}),
    archived: false,
    orgUnitPath: "/",
  });
  const user = (n: number) => awsUser(emulator, n, marks.get(n));
  const everybody = googlePage("users", size.users, 500, person);
  const nobody = googlePage("users", 0, 500, person);
  const google: Answers = {
    "users.list": (request) => (request.query["showDeleted"] === "true" ? nobody : everybody)(request),
    "users.get": ({ path }) => ({ status: 200, body: person(Number(path.split("/").at(-1)?.slice(1))) }),
    "groups.list": googlePage("groups", size.groups, 200, (n) => ({
      id: googleGroup(n),
      email: `${groupName(n)}@example.com`,
      name: groupName(n),
    })),
    "members.list": (request) => {
      const group = numberOf(request.path.split("/").at(-2)?.slice(1) ?? "", 36);
      return googlePage("members", perGroup, 200, (n) => {
        const user = memberAt(group, n);
        return { id: googleUser(user), email: address(user), type: "USER" };
      })(request);
    },
  };
  const store: Answers = {
    ListUsers: awsPage("Users", size.users, user),
    ListGroups: awsPage("Groups", size.groups, (n) => ({
      GroupId: awsId("b", n),
      DisplayName: groupName(n),
      ExternalIds: [{ Issuer: emulator.aws.issuer, Id: googleGroup(n) }],
      CreatedAt: 1_700_000_000,
    })),
    ListGroupMemberships: (request) => {
      const group = numberOf((request.body as { GroupId: string }).GroupId.split("-")[1] ?? "", 16);
      return awsPage("GroupMemberships", perGroup, (n) => ({
        IdentityStoreId: emulator.aws.identityStoreId,
        MembershipId: awsId("a", group * 1000 + n),
        GroupId: awsId("b", group),
        MemberId: { UserId: awsId("a", memberAt(group, n)) },
      }))(request);
    },
  };
  const scim: Answers = {
    GetUser: ({ path }) => scimAnswer(scimUser(numberIn(path), marks)),
    PatchUser: ({ path, body }) => {
      const n = numberIn(path);
      const { Operations } = body as { Operations: { path: string; value: string }[] };
      marks.set(n, Operations.find((one) => one.path === "externalId")?.value ?? googleUser(n));
      return scimAnswer(scimUser(n, marks));
    },
    ListUsers: ({ query }) => {
      const [, id] = /^externalId eq "1(\d+)"$/.exec(query["filter"] ?? "") ?? [];
      if (query["filter"] === undefined || id !== undefined) {
        const n = Number(id ?? 0);
        const found = n < size.users && !marks.has(n) ? [scimUser(n, marks)] : [];
        return scimAnswer({ schemas: [LIST], itemsPerPage: found.length, Resources: found });
      }
      const group = numberOf(query["filter"]?.split("-")[1] ?? "", 16);
      const Resources = rowsFrom(0, perGroup, (n) => ({ id: awsId("a", memberAt(group, n)) }));
      return scimAnswer({ schemas: [LIST], itemsPerPage: perGroup, Resources });
    },
  };
  answerWith(emulator, { google, identitystore: store, scim });
  return { suspend: (n) => void off.set(n, emulator.aws.now()), isEnabled: (n) => !marks.has(n) };
}

const LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const scimAnswer = (body: object): Answer => ({ status: 200, body });
const numberIn = (path: string): number => numberOf(path.split("/").at(-1)?.split("-")[1] ?? "", 16);

function scimUser(n: number, marks: ReadonlyMap<number, string>): object {
  const { givenName, familyName } = names(n);
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    id: awsId("a", n),
    externalId: marks.get(n) ?? googleUser(n),
    userName: address(n),
    name: { givenName, familyName },
    displayName: `${givenName} ${familyName}`,
    active: !marks.has(n),
    emails: [{ value: address(n), type: "work", primary: true }],
    meta: { resourceType: "User", created: "2023-11-14T22:13:20Z", lastModified: "2023-11-14T22:13:20Z" },
  };
}

type Answers = Readonly<Record<string, (request: RecordedRequest) => Answer>>;

function answerWith(emulator: Emulator, services: Readonly<Partial<Record<Service, Answers>>>): void {
  for (const [service, answers] of Object.entries(services) as [Service, Answers][])
    for (const [operation, answer] of Object.entries(answers))
      emulator.fault({ when: { service, operation }, times: Infinity, do: (request) => answer(request) });
}

/** What Google's listings tell of this company. */
export function vastCompany({ users, groups, memberships }: VastSize): Company {
  return { users, members: Array.from({ length: groups }, () => Math.floor(memberships / groups)) };
}

/** Once it is marked, it is disabled. */
function awsUser(emulator: Emulator, n: number, mark: string | undefined): unknown {
  const { givenName, familyName } = names(n);
  return {
    IdentityStoreId: emulator.aws.identityStoreId,
    UserId: awsId("a", n),
    UserName: address(n),
    ExternalIds: [{ Issuer: emulator.aws.issuer, Id: mark ?? googleUser(n) }],
    Name: { GivenName: givenName, FamilyName: familyName },
    DisplayName: `${givenName} ${familyName}`,
    Emails: [{ Value: address(n), Type: "work", Primary: true }],
    UserStatus: mark === undefined ? "ENABLED" : "DISABLED",
    CreatedAt: 1_700_000_000,
  };
}

const rowsFrom = (start: number, end: number, row: (n: number) => unknown): unknown[] =>
  Array.from({ length: Math.max(0, end - start) }, (_, n) => row(start + n));

const googlePage =
  (key: "users" | "groups" | "members", total: number, most: number, row: (n: number) => unknown) =>
  ({ query }: RecordedRequest): Answer => {
    const start = Number(query["pageToken"] ?? 0);
    const end = Math.min(total, start + most);
    const more = end < total ? { nextPageToken: String(end) } : {};
    return {
      status: 200,
      body: { kind: `admin#directory#${key}`, [key]: rowsFrom(start, end, row), ...more },
    };
  };

const awsPage =
  (key: string, total: number, row: (n: number) => unknown) =>
  ({ body }: RecordedRequest): Answer => {
    const start = Number((body as { readonly NextToken?: string }).NextToken ?? 0);
    const end = Math.min(total, start + 100);
    const more = end < total ? { NextToken: String(end) } : {};
    const headers = { "content-type": "application/x-amz-json-1.1" };
    return { status: 200, headers, body: { [key]: rowsFrom(start, end, row), ...more } };
  };
