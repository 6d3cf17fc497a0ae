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
import { check, ok, step, troubleIn, warning, wrong } from "./check.ts";
import type { Check } from "./check.ts";
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
  const access = tokenChecks(tokens);
  const rights = rightChecks(frame, tokens, access);
  const queries = queriesOf(frame.config).map((query) => queryCheck(query, frame, rights));
  const { side, users, groups, members } = rights;
  const reading = check({
    id: "google.reading",
    title: "All of Google Workspace",
    needs: {
      ...Object.fromEntries(queries.map((query) => [query.id, query])),
      ...{ side, users, groups, members, settings: frame.settings.stage("selection") },
    },
    run: async (given) => readGoogle(given.side),
  });
  const { key, delegation, user, group, admin } = access;
  const { api, role } = rights;
  const checks = [
    key,
    delegation,
    user,
    group,
    admin,
    api,
    role,
    users,
    groups,
    members,
    ...queries,
    reading,
  ];
  return { checks, reading };
}

async function readGoogle(side: GoogleSide) {
  const started = performance.now();
  const whole = await side.readSource();
  const { users, groups, members } = whole;
  const rows = [...members.values()].reduce((sum, list) => sum + list.length, 0);
  const why = `Google has ${count(users.length, "user")}, ${count(groups.length, "selected group")} and ${count(rows, "membership")}`;
  if (users.length === 0 || groups.length === 0)
    return wrong({
      why,
      todo: "check GROUP_MATCH, USER_MATCH and CUSTOMER_ID, because nothing is synced when either is empty",
    });
  return { ...ok(why), value: { whole, ms: performance.now() - started } };
}

// ---------------------------------------------------------------- tokens

type Refusal = TroubleError | OutOfTime;

/** What Google said to requests for tokens, one for each scope by itself. */
interface Tokens {
  readonly admin: string;
  readonly open: (scopes: readonly string[]) => GoogleSide;
  readonly granted: readonly string[];
  readonly refusals: ReadonlyMap<string, Refusal | undefined>;
  /** What is to blame, when no scope was granted. */
  readonly blame?: { readonly part: "key" | "admin" | "delegation"; readonly refusal: Refusal };
}

/** Google refuses a token as a whole, so each scope is asked for by itself too. */
const askForTokens = ({ secrets, open }: GoogleFrame): Check<Tokens> =>
  step({ key: secrets.GOOGLE_CREDENTIALS, admin: secrets.GOOGLE_ADMIN }, async ({ key, admin }) => {
    const all = Object.values(SCOPES);
    const side = open(key, admin, all);
    const [whole, ...each] = await Promise.all(
      [all, ...all.map((scope) => [scope])].map((scopes) => troubleIn(() => side.tokenFor(scopes))),
    );
    const refusals = new Map(all.map((scope, at) => [scope, each[at]]));
    const granted = all.filter((scope) => refusals.get(scope) === undefined);
    const refusal = each.find((one) => one !== undefined && !isUndelegated(one)) ?? whole;
    const tokens = {
      admin,
      granted,
      refusals,
      open: (scopes: readonly string[]) => open(key, admin, scopes),
    };
    if (granted.length > 0 || refusal === undefined) return { value: tokens };
    return { value: { ...tokens, blame: { part: partOf(refusal), refusal } } };
  });

const isUndelegated = (refusal: Refusal): boolean =>
  refusal instanceof SourceError && refusal.reason === "unauthorized_client";

const OF_DELEGATION = new Set(["unauthorized_client", "access_denied", "invalid_scope"]);

/** Facts D2: what the token endpoint's words are about. Whoever is not reached says nothing beyond the key. */
function partOf(refusal: Refusal): "key" | "admin" | "delegation" {
  if (!(refusal instanceof SourceError)) return "key";
  const { reason, said } = refusal;
  if (OF_DELEGATION.has(reason)) return "delegation";
  const isAboutAdmin = /email or user id|not a valid email|has been deleted/iu.test(said);
  return reason === "invalid_request" || (reason === "invalid_grant" && isAboutAdmin) ? "admin" : "key";
}

const ADMIN = { id: "google.admin", title: "Administrator" };
const DELEGATION = { id: "google.delegation", title: "Domain-wide delegation" };

function tokenChecks(tokens: Check<Tokens>) {
  const key = check({
    id: "google.key",
    title: "Service account key",
    needs: { tokens },
    run: ({ tokens: { blame } }) => {
      if (blame?.part === "key") throw blame.refusal;
      return ok("Google accepted the key's signature");
    },
  });
  const delegation = check({
    ...DELEGATION,
    needs: { key, tokens },
    run: ({ tokens: { granted, refusals, blame } }) => {
      if (blame?.part === "delegation") throw blame.refusal;
      if (blame !== undefined) return { waitsFor: ADMIN };
      return ok(`Google granted ${granted.length} of ${count(refusals.size, "scope")}`);
    },
  });
  const scope = (name: keyof typeof SCOPES): Check =>
    check({
      id: `google.scope.${name}`,
      title: `Scope ${SCOPES[name]}`,
      needs: { delegation, tokens },
      run: ({ tokens: { refusals } }) => {
        const refusal = refusals.get(SCOPES[name]);
        if (refusal !== undefined) throw refusal;
        return ok("Google gave out an access token for it");
      },
    });
  const admin = check({
    ...ADMIN,
    needs: { key, tokens },
    run: ({ tokens: given }) => {
      if (given.blame?.part === "admin") throw given.blame.refusal;
      if (given.blame !== undefined) return { waitsFor: DELEGATION };
      return ok(`The service account can act as ${given.admin}`);
    },
  });
  return { key, delegation, user: scope("user"), group: scope("group"), admin };
}

// ---------------------------------------------------------------- what the administrator may read

type Rights = ReturnType<typeof rightChecks>;

/** The API, and what the administrator may read: each by one small request. */
function rightChecks(
  { config, settings }: GoogleFrame,
  tokens: Check<Tokens>,
  access: ReturnType<typeof tokenChecks>,
) {
  const page = { customer: config.customerId, idsOnly: true };
  const errand = (rows: Listing["rows"]) => ({ doing: `listing the ${rows}`, customerId: config.customerId });
  const LISTINGS = {
    users: { rows: "users", page: userPages(page), errand: errand("users") },
    groups: { rows: "groups", page: groupPages(page), errand: errand("groups") },
  } as const;
  const { delegation, user, group } = access;
  const side = step({ delegation, tokens, settings: settings.stage("google") }, (given) => ({
    value: given.tokens.open(given.tokens.granted),
  }));
  const api = check({
    id: "google.api",
    title: "Admin SDK API",
    needs: { side, tokens },
    run: async (given) => {
      const rows = given.tokens.granted.includes(SCOPES.user) ? "users" : "groups";
      const refusal = await troubleIn(() => firstRows(given.side, LISTINGS[rows]));
      if (refusal !== undefined && !isAnswer(refusal)) throw refusal;
      return ok("It answers");
    },
  });
  const right = (id: "users" | "groups", scope: Check): Check<readonly unknown[]> =>
    check({
      id: `google.${id}`,
      title: `Right to read ${id}`,
      needs: { api, scope, side },
      run: async (given) => {
        const value = await firstRows(given.side, LISTINGS[id]);
        const todo = "check CUSTOMER_ID, and whether the administrator's role covers the whole company";
        return {
          ...(value.length === 0 ? warning(`Google lists no ${id} at all`, todo) : ok(`Google lists ${id}`)),
          value,
        };
      },
    });
  const users = right("users", user);
  const groups = right("groups", group);
  const members = check({
    id: "google.members",
    title: "Right to read the members of groups",
    needs: { groups, side },
    run: async (given) => {
      const id = Id.safeParse(given.groups[0]).data?.id;
      if (id === undefined) return ok("There is no group yet whose members could be listed");
      await firstRows(given.side, { rows: "members", errand: errand("members"), page: memberPages(id) });
      return ok("Google lists the members of a group");
    },
  });
  return { side, api, users, groups, members, role: roleCheck(side, tokens, users) };
}

const Id = z.object({ id: z.string() });

const SWITCHED_OFF = new Set(["accessNotConfigured", "domainCannotUseApis"]);

/** Whether Google answered the question, if only by a refusal: the whole API is not what is refused. */
const isAnswer = (refusal: Refusal): boolean =>
  refusal instanceof SourceError && refusal.status !== undefined && !SWITCHED_OFF.has(refusal.reason);

async function firstRows({ api }: GoogleSide, what: Listing): Promise<readonly unknown[]> {
  for await (const rows of pages(api, what)) if (rows.length > 0) return rows;
  return [];
}

const Account = z.object({ isAdmin: z.boolean().optional() });

const roleCheck = (side: Check<GoogleSide>, tokens: Check<Tokens>, users: Check): Check =>
  check({
    id: "google.role",
    title: "Administrator's role",
    worst: "warning",
    needs: { users, side, tokens },
    run: async (given) => {
      const { admin } = given.tokens;
      const row = await given.side.api.call({ doing: `looking up ${admin}` }, (directory, options) =>
        directory.users.get({ userKey: admin, fields: "kind,id,isAdmin" }, options),
      );
      return Account.safeParse(row).data?.isAdmin === true
        ? warning(
            `${admin} is a super administrator: whoever gets hold of the key can read as one, and the sync stops when that person's role changes`,
            "create a separate account with a custom admin role that has Users › Read and Groups › Read, and set GOOGLE_ADMIN to it",
          )
        : ok(`${admin} is not a super administrator`);
    },
  });

// ---------------------------------------------------------------- queries

interface Query {
  readonly setting: "USER_MATCH" | "GROUP_MATCH";
  readonly text: string;
  readonly at: number;
}

const queriesOf = ({ userMatch, groupMatch }: Config): readonly Query[] => [
  ...(typeof userMatch === "string"
    ? []
    : userMatch.map((text, at) => ({ setting: "USER_MATCH", text, at }) as const)),
  ...(groupMatch === "all"
    ? []
    : groupMatch.map((text, at) => ({ setting: "GROUP_MATCH", text, at }) as const)),
];

function queryCheck(
  { setting, text, at }: Query,
  { settings }: GoogleFrame,
  { side, users, groups }: Rights,
): Check {
  const isOfUsers = setting === "USER_MATCH";
  const noun = isOfUsers ? "user" : "group";
  return check({
    id: `query.${setting}.${at + 1}`,
    title: `Query ${JSON.stringify(text)} of ${setting}`,
    needs: { right: isOfUsers ? users : groups, settings: settings.stage("selection"), side },
    run: async ({ side: { witness } }) => {
      const { size } = await (isOfUsers ? witness.listUsers(text) : witness.listGroups(text));
      return size === 0
        ? warning(
            `It finds no ${noun} at all`,
            `correct it, or remove it from ${setting}: a query that finds nothing is nearly always a mistake`,
          )
        : ok(`It finds ${count(size, noun)}`);
    },
  });
}
