import { z } from "zod";
import type { Config } from "../settings/config.ts";
import type { Source, SourceId } from "../core/model.ts";
import { SCOPES } from "../google/auth.ts";
import { SourceError } from "../google/errors.ts";
import { groupPages, memberPages, pages, userPages } from "../google/pages.ts";
import type { Listing } from "../google/pages.ts";
import type { GoogleSide } from "../world.ts";
import { attempt, fromError, notChecked, ok, plural, warning, wrong } from "./finding.ts";
import type { Finding, Subject, Thrown } from "./finding.ts";

/** What is known of Google after its checks; `source` only when all of it could be read. */
export interface GoogleFound {
  readonly findings: readonly Finding[];
  readonly source: Source | undefined;
  readonly requests: number;
  /** Milliseconds that the whole reading took. */
  readonly readingMs: number;
}

export interface GoogleQuestions {
  readonly config: Config;
  readonly admin: string;
  /** Why the API is not to be asked although tokens are, completing "because …". */
  readonly noApi: string | undefined;
  /** Why neither queries nor the whole are to be read, likewise. */
  readonly noReading: string | undefined;
  readonly signal: AbortSignal;
  /** Opens Google's side with these scopes. */
  readonly open: (scopes: readonly string[]) => GoogleSide;
}

const KEY: Subject = { id: "google.key", what: "Google accepts the service account's key" };
const DELEGATION: Subject = { id: "google.delegation", what: "The service account may act for this company" };
const ADMIN: Subject = { id: "google.admin", what: "The administrator to act as exists" };
const API: Subject = { id: "google.api", what: "The Admin SDK API is switched on" };
const ROLE: Subject = { id: "google.role", what: "The administrator has no more rights than needed" };
const USERS: Subject = { id: "google.users", what: "The administrator may read users" };
const GROUPS: Subject = { id: "google.groups", what: "The administrator may read groups" };
const MEMBERS: Subject = { id: "google.members", what: "The administrator may read the members of groups" };
const READING: Subject = { id: "google.reading", what: "Google can be read whole" };

const scopeSubject = (scope: string): Subject => ({
  id: `google.scope.${/directory\.(\w+)/u.exec(scope)?.[1] ?? scope}`,
  what: `The scope ${scope} is delegated`,
});

const TOKEN_SUBJECTS: readonly Subject[] = [KEY, DELEGATION, ...SCOPES.map(scopeSubject), ADMIN];
const API_SUBJECTS: readonly Subject[] = [API, ROLE, USERS, GROUPS, MEMBERS];
const queriesOf = ({ userMatch, groupMatch }: Config): readonly Query[] => [
  ...(typeof userMatch === "string" ? [] : userMatch.map((text, at) => query("USER_MATCH", text, at))),
  ...(groupMatch === "all" ? [] : groupMatch.map((text, at) => query("GROUP_MATCH", text, at))),
];

interface Query extends Subject {
  readonly setting: "USER_MATCH" | "GROUP_MATCH";
  readonly text: string;
}

const query = (setting: Query["setting"], text: string, at: number): Query => ({
  id: `query.${setting}.${at + 1}`,
  what: `The query ${JSON.stringify(text)} of ${setting} finds somebody`,
  setting,
  text,
});

/** Nothing of Google was asked: every check, told as not made. */
export function googleUnasked(because: string, config: Config | undefined): readonly Finding[] {
  const queries = config === undefined ? [] : queriesOf(config);
  return [...TOKEN_SUBJECTS, ...API_SUBJECTS, ...queries, READING].map((one) => notChecked(one, because));
}

/** One token for each scope, then the API with the scopes that were granted, then the queries, then everything. */
export async function checkGoogle(questions: GoogleQuestions): Promise<GoogleFound> {
  const { config, noApi, open } = questions;
  const tokens = await checkTokens(questions);
  const rest = (because: string): GoogleFound => ({
    findings: [
      ...tokens.findings,
      ...[...API_SUBJECTS, ...queriesOf(config), READING].map((one) => notChecked(one, because)),
    ],
    source: undefined,
    requests: 0,
    readingMs: 0,
  });
  if (tokens.granted.length === 0) return rest("Google gives out no access token");
  if (noApi !== undefined) return rest(noApi);
  const side = open(tokens.granted);
  const rights = await checkRights(side, tokens.granted, questions);
  const reading = await checkReading(side, rights, questions);
  return {
    ...reading,
    findings: [...tokens.findings, ...rights.findings, ...reading.findings],
    requests: side.requests(),
  };
}

// ---------------------------------------------------------------- tokens

interface Tokens {
  readonly findings: readonly Finding[];
  readonly granted: readonly string[];
}

interface Refusal {
  readonly scope: string;
  readonly error: Thrown | undefined;
}

/** Google refuses a token as a whole, so each scope is asked for by itself too. */
async function checkTokens({ open, admin, signal }: GoogleQuestions): Promise<Tokens> {
  const side = open(SCOPES);
  const ask = async (scopes: readonly string[]): Promise<Thrown | undefined> => {
    const answer = await attempt(signal, () => side.tokenFor(scopes));
    return "error" in answer ? answer.error : undefined;
  };
  const [whole, ...answers] = await Promise.all([
    ask(SCOPES),
    ...SCOPES.map(async (scope): Promise<Refusal> => ({ scope, error: await ask([scope]) })),
  ]);
  const granted = answers.filter(({ error }) => error === undefined).map(({ scope }) => scope);
  const first = answers.find(({ error }) => error !== undefined && causeOf(error) !== "scope")?.error;
  const findings =
    first === undefined || granted.length > 0 ? delegated(answers, granted, admin, whole) : broken(first);
  return { findings, granted };
}

type Cause = "key" | "admin" | "delegation" | "scope" | "unreached";

/** Facts D2: what the token endpoint's words are about. */
function causeOf(error: Thrown): Cause {
  if (!(error instanceof SourceError)) return "unreached";
  const { reason, said, status } = error;
  if (reason === "untrusted") return "unreached";
  if (reason === "unauthorized_client") return "scope";
  if (reason === "access_denied" || reason === "invalid_scope") return "delegation";
  if (reason === "invalid_request") return "admin";
  if (reason === "invalid_grant")
    return /email or user id|not a valid email|has been deleted/iu.test(said) ? "admin" : "key";
  return status === undefined || status >= 500 ? "unreached" : "key";
}

/** Google got as far as saying who lacks what. */
function delegated(
  answers: readonly Refusal[],
  granted: readonly string[],
  admin: string,
  whole: Thrown | undefined,
): readonly Finding[] {
  const accepted = ok(KEY, "Google took the key's signature.");
  if (granted.length === 0 && whole !== undefined) return [accepted, ...undelegated(whole, admin)];
  return [
    accepted,
    ok(
      DELEGATION,
      `It may act as ${admin} for ${granted.length} of the ${plural(answers.length, "scope")} it needs.`,
    ),
    ...answers.map(({ scope, error }) =>
      error === undefined
        ? ok(scopeSubject(scope), "Google gave out an access token for it.")
        : fromError(scopeSubject(scope), error),
    ),
    ok(ADMIN, `Google lets ${admin} be acted as.`),
  ];
}

const undelegated = (whole: Thrown, admin: string): readonly Finding[] => [
  fromError(DELEGATION, whole),
  ...SCOPES.map((scope) => notChecked(scopeSubject(scope), "none of the scopes is delegated")),
  notChecked(ADMIN, `the service account may not act as ${admin} yet`),
];

/** Nothing works, for one reason; what comes behind it in the same row cannot be told. */
function broken(error: Thrown): readonly Finding[] {
  const cause = causeOf(error);
  const order: readonly (readonly [Cause, Subject])[] = [
    ["key", KEY],
    ["delegation", DELEGATION],
    ["admin", ADMIN],
  ];
  const culprit = cause === "unreached" ? KEY : (order.find(([one]) => one === cause)?.[1] ?? KEY);
  const because = cause === "unreached" ? "Google was not reached" : earlier(culprit);
  const passed = cause === "admin" || cause === "delegation" ? [KEY.id] : [];
  return TOKEN_SUBJECTS.map((one) => {
    if (one === culprit) return fromError(one, error);
    return passed.includes(one.id) ? ok(one, "Google took the key's signature.") : notChecked(one, because);
  });
}

// ---------------------------------------------------------------- rights

interface Rights {
  readonly findings: readonly Finding[];
  /** The first check that failed, completing "because …"; `undefined` when everything may be read. */
  readonly missing: string | undefined;
}

const Account = z.object({ isAdmin: z.boolean().optional(), isDelegatedAdmin: z.boolean().optional() });

/** The API switched on, and what the administrator may read: each by one small request. */
async function checkRights(
  side: GoogleSide,
  granted: readonly string[],
  { admin, config, signal }: GoogleQuestions,
): Promise<Rights> {
  const [users, groups] = SCOPES.map((scope) => granted.includes(scope));
  const { customerId } = config;
  const page = { customer: customerId, idsOnly: true };
  const ask = async <T>(may: boolean | undefined, work: () => Promise<T>): Promise<Answer<T> | undefined> =>
    may === true ? attempt(signal, work) : undefined;
  const account = await ask(users, () => accountOf(side, admin));
  const userRows = await ask(users, () => firstRows(side, listing("users", userPages(page), customerId)));
  const groupRows = await ask(groups, () => firstRows(side, listing("groups", groupPages(page), customerId)));
  const off = [account, userRows, groupRows].find((one) => one !== undefined && isOff(one));
  if (off !== undefined && "error" in off) {
    const rest = [ROLE, USERS, GROUPS, MEMBERS].map((one) => notChecked(one, "the API is switched off"));
    return { findings: [fromError(API, off.error), ...rest], missing: "the API is switched off" };
  }
  const members = await memberFinding(side, groupRows, signal);
  const findings = [
    apiFinding([account, userRows, groupRows]),
    roleFinding(account, admin),
    rightFinding(USERS, userRows, "users"),
    rightFinding(GROUPS, groupRows, "groups"),
    members,
  ];
  const needed = findings.find(
    ({ id, level }) =>
      level === "error" || (level === "not-checked" && (id === USERS.id || id === GROUPS.id)),
  );
  return {
    findings,
    missing: needed === undefined ? undefined : earlier(needed),
  };
}

const earlier = ({ what }: Subject): string => `an earlier check failed ("${what}")`;

type Answer<T> = Awaited<ReturnType<typeof attempt<T>>>;
type Rows = readonly unknown[];

const listing = (rows: Listing["rows"], page: Listing["page"], customerId?: string): Listing => ({
  rows,
  page,
  errand: { doing: `listing the ${rows}`, ...(customerId === undefined ? {} : { customerId }) },
});

async function firstRows({ api }: GoogleSide, what: Listing): Promise<Rows> {
  for await (const rows of pages(api, what)) if (rows.length > 0) return rows;
  return [];
}

async function accountOf({ api }: GoogleSide, admin: string): Promise<z.infer<typeof Account>> {
  const row = await api.call({ doing: `looking up ${admin}` }, (directory, options) =>
    directory.users.get({ userKey: admin, fields: "kind,id,isAdmin,isDelegatedAdmin" }, options),
  );
  return Account.safeParse(row).data ?? {};
}

/** The whole API is refused, whatever is asked. */
const isOff = (answer: Answer<unknown>): boolean =>
  "error" in answer &&
  answer.error instanceof SourceError &&
  (answer.error.reason === "accessNotConfigured" || answer.error.reason === "domainCannotUseApis");

function apiFinding(answers: readonly (Answer<unknown> | undefined)[]): Finding {
  const asked = answers.filter((one) => one !== undefined);
  const said = asked.some(
    (one) => "value" in one || (one.error instanceof SourceError && one.error.status !== undefined),
  );
  const [first] = asked;
  if (said) return ok(API, "It answers.");
  return first !== undefined && "error" in first
    ? fromError(API, first.error)
    : notChecked(API, "Google gives out no access token");
}

function roleFinding(account: Answer<z.infer<typeof Account>> | undefined, admin: string): Finding {
  if (account === undefined) return notChecked(ROLE, "the scope for users is not delegated");
  if ("error" in account) return notChecked(ROLE, `${admin} could not be looked up`);
  return account.value.isAdmin === true
    ? warning(
        ROLE,
        `${admin} is a super administrator: whoever gets hold of the key can read as one, and a change of that person's role stops the sync.`,
        "Make an account of its own with a custom admin role that has Users › Read and Groups › Read, and set GOOGLE_ADMIN to it.",
      )
    : ok(ROLE, `${admin} is no super administrator.`);
}

function rightFinding(subject: Subject, answer: Answer<Rows> | undefined, what: string): Finding {
  if (answer === undefined) return notChecked(subject, `the scope for ${what} is not delegated`);
  if ("error" in answer) return fromError(subject, answer.error);
  return answer.value.length === 0
    ? warning(
        subject,
        `Google lists no ${what} at all.`,
        "Check CUSTOMER_ID, and whether the administrator's role covers the whole company.",
      )
    : ok(subject, `Google lists ${what}.`);
}

const Id = z.object({ id: z.string() });

async function memberFinding(
  side: GoogleSide,
  groups: Answer<Rows> | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  if (groups === undefined) return notChecked(MEMBERS, "the scope for groups is not delegated");
  if ("error" in groups) return notChecked(MEMBERS, "the groups could not be listed");
  const id = Id.safeParse(groups.value[0]).data?.id;
  if (id === undefined) return notChecked(MEMBERS, "Google lists no group");
  const answer = await attempt(signal, () => firstRows(side, listing("members", memberPages(id))));
  return "error" in answer
    ? fromError(MEMBERS, answer.error)
    : ok(MEMBERS, "Google lists the members of a group.");
}

// ---------------------------------------------------------------- queries, and everything

type Reading = Pick<GoogleFound, "findings" | "source" | "readingMs">;

async function checkReading(side: GoogleSide, rights: Rights, questions: GoogleQuestions): Promise<Reading> {
  const { signal } = questions;
  const because = rights.missing ?? questions.noReading;
  const queries = queriesOf(questions.config);
  if (because !== undefined) {
    const findings = [...queries, READING].map((one) => notChecked(one, because));
    return { findings, source: undefined, readingMs: 0 };
  }
  const asked = await Promise.all(queries.map((one) => queryFinding(one, side, signal)));
  if (asked.some(({ level }) => level === "error")) {
    const findings = [...asked, notChecked(READING, "a query is refused")];
    return { findings, source: undefined, readingMs: 0 };
  }
  const started = performance.now();
  const read = await attempt(signal, () => side.readSource());
  const readingMs = performance.now() - started;
  if ("error" in read)
    return { findings: [...asked, fromError(READING, read.error)], source: undefined, readingMs };
  return { findings: [...asked, readingFinding(read.value)], source: read.value, readingMs };
}

async function queryFinding(one: Query, { witness }: GoogleSide, signal: AbortSignal): Promise<Finding> {
  const { id, what, setting, text } = one;
  const subject = { id, what };
  const list = (): Promise<ReadonlySet<SourceId>> =>
    setting === "USER_MATCH" ? witness.listUsers(text) : witness.listGroups(text);
  const answer = await attempt(signal, list);
  if ("error" in answer) return fromError(subject, answer.error);
  const noun = setting === "USER_MATCH" ? "user" : "group";
  return answer.value.size === 0
    ? warning(
        subject,
        `It finds no ${noun} at all.`,
        `Correct it, or take it out of ${setting}: a query that finds nobody is nearly always a slip.`,
      )
    : ok(subject, `It finds ${plural(answer.value.size, noun)}.`);
}

function readingFinding({ users, groups, members }: Source): Finding {
  const rows = [...members.values()].reduce((sum, list) => sum + list.length, 0);
  const told = `${plural(users.length, "user")}, ${plural(groups.length, "group")} that match, ${plural(rows, "membership")}`;
  return users.length === 0 || groups.length === 0
    ? wrong(
        READING,
        `Google has ${told}.`,
        "Check GROUP_MATCH, USER_MATCH and CUSTOMER_ID: nothing is ever synced from nobody.",
      )
    : ok(READING, `Google has ${told}.`);
}
