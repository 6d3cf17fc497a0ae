import { count } from "../core/count.ts";
import { z } from "zod";
import type { Config, Secrets } from "../settings/config.ts";
import type { TroubleError } from "../core/trouble.ts";
import type { Source } from "../core/model.ts";
import { SCOPES } from "../google/auth.ts";
import { SourceError } from "../google/errors.ts";
import { groupPages, memberPages, pages, userPages } from "../google/pages.ts";
import type { Listing } from "../google/pages.ts";
import type { OutOfTime } from "../traffic/deadline.ts";
import type { GoogleSide } from "../world.ts";
import { check, fine, ok, step, troubleIn, warning, wrong } from "./check.ts";
import type { Check, Verdict } from "./check.ts";
import type { SecretChecks, SettingsChecks } from "./settings.ts";

/** One side read whole, and the milliseconds that it took. */
export interface Read<T> {
  readonly whole: T;
  readonly ms: number;
}

export interface GoogleFrame {
  readonly config: Config;
  readonly settings: SettingsChecks;
  readonly secrets: SecretChecks;
  /** Opens Google's side with these scopes; sends nothing. */
  readonly open: (key: Secrets["google"], admin: string, scopes: readonly string[]) => GoogleSide;
}

/** From the key to everything: the last one reads what a run would read. */
export function googleChecks(frame: GoogleFrame): {
  readonly checks: readonly Check[];
  readonly reading: Check<Read<Source>>;
} {
  const tokens = askForTokens(frame);
  const granted = tokenChecks(tokens);
  const rights = rightChecks(frame, tokens, granted);
  const selection = frame.settings.stage("selection");
  const { userMatch, groupMatch } = frame.config;
  const queries = [
    ...queryChecks("USER_MATCH", userMatch, selection, rights),
    ...queryChecks("GROUP_MATCH", groupMatch, selection, rights),
  ];
  const reading = check(
    "google.reading",
    "All of Google Workspace",
    { ...rights, selection, ...Object.fromEntries(queries.map((query) => [query.id, query])) },
    ({ access: { side } }) => readGoogle(side),
  );
  return { checks: [...Object.values(granted), rights.api, roleCheck(rights), reading], reading };
}

async function readGoogle(side: GoogleSide): Promise<Verdict<Read<Source>>> {
  const started = performance.now();
  const whole = await side.readSource();
  const { users, groups, members } = whole;
  const rows = [...members.values()].reduce((sum, list) => sum + list.length, 0);
  const why = `Google has ${count(users.length, "user")}, ${count(groups.length, "selected group")} and ${count(rows, "membership")}`;
  if (users.length === 0 || groups.length === 0)
    return wrong(why, "check GROUP_MATCH, USER_MATCH and CUSTOMER_ID: without both, nothing is synced");
  return ok(why, { whole, ms: performance.now() - started });
}

// ---------------------------------------------------------------- tokens

type Refusal = TroubleError | OutOfTime;

/** What Google said when it was asked for tokens. */
interface Tokens {
  readonly admin: string;
  /** With the scopes that were granted. */
  readonly side: GoogleSide;
  readonly granted: readonly string[];
  readonly refusals: ReadonlyMap<string, Refusal | undefined>;
  /** What is to blame, when no scope was granted. */
  readonly blame?: { readonly part: "key" | "admin" | "delegation"; readonly refusal: Refusal };
}

/** Google refuses a token as a whole, so each scope is asked for by itself then. */
const askForTokens = ({ secrets, open }: GoogleFrame): Check<Tokens> =>
  step({ key: secrets.GOOGLE_CREDENTIALS, admin: secrets.GOOGLE_ADMIN }, async ({ key, admin }) => {
    const all = Object.values(SCOPES);
    const whole = open(key, admin, all);
    const refusal = await troubleIn(() => whole.tokenFor(all));
    if (refusal === undefined) return fine({ admin, side: whole, granted: all, refusals: new Map() });
    const each = all.map(async (scope) => [scope, await troubleIn(() => whole.tokenFor([scope]))] as const);
    const refusals = new Map(await Promise.all(each));
    const granted = all.filter((scope) => refusals.get(scope) === undefined);
    const tokens = { admin, side: open(key, admin, granted), granted, refusals };
    return fine(granted.length > 0 ? tokens : { ...tokens, blame: { part: partOf(refusal), refusal } });
  });

/** What a refused token is about, if not the key. An endpoint that cannot be reached shows nothing beyond the key. */
const PARTS: Partial<Record<SourceError["code"], "admin" | "delegation">> = {
  "no-admin": "admin",
  "bad-admin": "admin",
  undelegated: "delegation",
  policy: "delegation",
  scopes: "delegation",
};

const partOf = (refusal: Refusal): "key" | "admin" | "delegation" =>
  (refusal instanceof SourceError ? PARTS[refusal.code] : undefined) ?? "key";

const ADMIN = { id: "google.admin", title: "Administrator" };
const DELEGATION = { id: "google.delegation", title: "Domain-wide delegation" };

function tokenChecks(tokens: Check<Tokens>) {
  const key = check("google.key", "Service account key", { tokens }, ({ tokens: { blame } }) => {
    if (blame?.part === "key") throw blame.refusal;
    return ok("Google accepted the key's signature");
  });
  const delegation = check(
    DELEGATION.id,
    DELEGATION.title,
    { key, tokens },
    ({ tokens: { granted, blame } }) => {
      if (blame?.part === "delegation") throw blame.refusal;
      if (blame !== undefined) return { waitsFor: ADMIN };
      return ok(`Google granted ${granted.length} of the ${count(Object.keys(SCOPES).length, "scope")}`);
    },
  );
  const scope = (name: keyof typeof SCOPES): Check =>
    check(
      `google.scope.${name}`,
      `Scope ${SCOPES[name]}`,
      { delegation, tokens },
      ({ tokens: { refusals } }) => {
        const refusal = refusals.get(SCOPES[name]);
        if (refusal !== undefined) throw refusal;
        return ok("Google gave out an access token for it");
      },
    );
  const admin = check(ADMIN.id, ADMIN.title, { key, tokens }, ({ tokens: given }) => {
    if (given.blame?.part === "admin") throw given.blame.refusal;
    if (given.blame !== undefined) return { waitsFor: DELEGATION };
    return ok(`The service account can act as ${given.admin}`);
  });
  return { key, delegation, user: scope("user"), group: scope("group"), admin };
}

// ---------------------------------------------------------------- what the administrator may read

type Rights = ReturnType<typeof rightChecks>;
type Rows = readonly unknown[];

/** The API, and what the administrator may read: each by one small request. */
function rightChecks(
  { config: { customerId }, settings }: GoogleFrame,
  tokens: Check<Tokens>,
  { delegation, user, group }: ReturnType<typeof tokenChecks>,
) {
  const access = step({ delegation, tokens, settings: settings.stage("google") }, (given) =>
    fine(given.tokens),
  );
  const page = { customer: customerId, idsOnly: true };
  const errand = (rows: string) => ({ doing: `listing the ${rows}`, customerId });
  const lists = {
    users: { rows: "users", page: userPages(page), errand: errand("users") },
    groups: { rows: "groups", page: groupPages(page), errand: errand("groups") },
  } as const;
  const api = check("google.api", "Admin SDK API", { access }, async ({ access: { side, granted } }) => {
    const any = granted.includes(SCOPES.user) ? lists.users : lists.groups;
    const refusal = await troubleIn(() => firstRows(side, any));
    if (refusal !== undefined && !isAnswer(refusal)) throw refusal;
    return ok("It answers");
  });
  const right = (rows: "users" | "groups", scope: Check): Check<Rows> =>
    check(`google.${rows}`, `Right to read ${rows}`, { api, scope, access }, async (given) => {
      const value = await firstRows(given.access.side, lists[rows]);
      const todo = "check CUSTOMER_ID, and whether the administrator's role covers the whole company";
      return value.length > 0
        ? ok(`Google lists ${rows}`, value)
        : { ...warning(`Google lists no ${rows} at all`, todo), value };
    });
  const users = right("users", user);
  const groups = right("groups", group);
  return { access, api, users, groups, members: memberCheck(access, groups) };
}

const Id = z.object({ id: z.string() });

const memberCheck = (access: Check<Tokens>, groups: Check<Rows>): Check =>
  check("google.members", "Right to read the members of groups", { groups, access }, async (given) => {
    const id = Id.safeParse(given.groups[0]).data?.id;
    if (id === undefined) return ok("There is no group yet whose members could be listed");
    const errand = { doing: "listing the members of a group" };
    await firstRows(given.access.side, { rows: "members", page: memberPages(id), errand });
    return ok("Google lists the members of a group");
  });

const SWITCHED_OFF = new Set<string>(["api-off", "apis-off"]);

/** Whether Google answered the question, if only by a refusal: the whole API is not what is refused. */
const isAnswer = (refusal: Refusal): boolean =>
  refusal instanceof SourceError && refusal.status !== undefined && !SWITCHED_OFF.has(refusal.code);

async function firstRows({ api }: GoogleSide, what: Listing): Promise<Rows> {
  for await (const rows of pages(api, what)) if (rows.length > 0) return rows;
  return [];
}

const Account = z.object({ isAdmin: z.boolean().optional() });

const roleCheck = ({ access, users }: Rights): Check => {
  const run = async ({ access: { side, admin } }: { readonly access: Tokens }) => {
    const row = await side.api.call({ doing: `looking up ${admin}` }, (directory, options) =>
      directory.users.get({ userKey: admin, fields: "kind,id,isAdmin" }, options),
    );
    return Account.safeParse(row).data?.isAdmin === true
      ? warning(
          `GOOGLE_ADMIN (${admin}) is a super administrator: whoever gets hold of the key can read as one, and the sync stops when the role of that person changes`,
          "create a separate account with a custom admin role that has Users › Read and Groups › Read, and set GOOGLE_ADMIN to it",
        )
      : ok(`GOOGLE_ADMIN (${admin}) is not a super administrator`);
  };
  return check("google.role", "Administrator's role", { users, access }, run, "warning");
};

// ---------------------------------------------------------------- queries

function queryChecks(
  setting: "USER_MATCH" | "GROUP_MATCH",
  queries: readonly string[] | string,
  selection: Check,
  { access, users, groups }: Rights,
): readonly Check[] {
  const [noun, right] = setting === "USER_MATCH" ? (["user", users] as const) : (["group", groups] as const);
  const needs = { right, selection, access };
  const todo = `correct it, or remove it from ${setting}: a query that finds nothing is nearly always a mistake`;
  return (typeof queries === "string" ? [] : queries).map((text, at) =>
    check(
      `query.${setting}.${at + 1}`,
      `Query ${JSON.stringify(text)} of ${setting}`,
      needs,
      async (given) => {
        const { witness } = given.access.side;
        const { size } = await (noun === "user" ? witness.listUsers(text) : witness.listGroups(text));
        return size === 0 ? warning(`It finds no ${noun} at all`, todo) : ok(`It finds ${count(size, noun)}`);
      },
    ),
  );
}
