import { count } from "../core/count.ts";
import { z } from "zod";
import type { Config } from "../settings/config.ts";
import { customerTrouble } from "../settings/secrets.ts";
import type { Source } from "../core/model.ts";
import { SCOPES } from "../google/auth.ts";
import { SourceError } from "../google/errors.ts";
import { groupPages, memberPages, pages, userPages } from "../google/pages.ts";
import type { Listing } from "../google/pages.ts";
import type { GoogleSide } from "../world.ts";
import { check, fine, ok, step, troubleIn, warning, wrong } from "./check.ts";
import type { Check, Verdict } from "./check.ts";
import { askForTokens, tokenChecks } from "./google-tokens.ts";
import type { Open, Refusal, Tokens } from "./google-tokens.ts";
import { reachCheck } from "./reach.ts";
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
  readonly open: Open;
}

/** From the key to everything: the last one reads what a run would read. */
export function googleChecks(frame: GoogleFrame): {
  readonly checks: readonly Check[];
  readonly reading: Check<Read<Source>>;
} {
  const tokens = askForTokens(frame.secrets, frame.open);
  const { itself, ...granted } = tokenChecks(tokens);
  const customer = customerCheck(frame);
  const rights = rightChecks(frame, customer, { ...granted, tokens: itself });
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
  return {
    checks: [
      ...[...Object.values(granted), customer, rights.api, roleCheck(rights)],
      ...[reading, reachCheck(rights.access, reading)],
    ],
    reading,
  };
}

/** Said before Google is asked, because what it answers there is not documented. */
const customerCheck = ({ secrets, config: { customerId } }: GoogleFrame): Check =>
  check("google.customer", "CUSTOMER_ID", { admin: secrets.GOOGLE_ADMIN }, ({ admin }) => {
    const trouble = customerTrouble(admin, customerId);
    return trouble === undefined ? fine(undefined) : wrong(trouble.why, trouble.todo);
  });

async function readGoogle(side: GoogleSide): Promise<Verdict<Read<Source>>> {
  const started = performance.now();
  const whole = await side.readSource().whole();
  const { users, groups, members, unshown } = whole;
  if (unshown !== undefined) return wrong(unshown.why, unshown.todo);
  const rows = [...members.values()].reduce((sum, list) => sum + list.length, 0);
  const why = `Google has ${count(users.length, "user")}, ${count(groups.length, "selected group")} and ${count(rows, "membership")}`;
  if (users.length === 0 || groups.length === 0)
    return wrong(
      why,
      "check GROUP_MATCH, USER_MATCH and CUSTOMER_ID: without users and groups there is nothing to sync",
    );
  return ok(why, { whole, ms: performance.now() - started });
}

// ---------------------------------------------------------------- what may be read

type Rights = ReturnType<typeof rightChecks>;
type Rows = readonly unknown[];

interface Granted extends Pick<ReturnType<typeof tokenChecks>, "delegation" | "user" | "group"> {
  readonly tokens: Check<Tokens>;
}

/** The API, and what may be read: each by one small request. */
function rightChecks(
  { config: { customerId }, settings }: GoogleFrame,
  customer: Check,
  { delegation, user, group, tokens }: Granted,
) {
  const access = step({ delegation, tokens, customer, settings: settings.stage("google") }, (given) =>
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
      const todo = "check CUSTOMER_ID, and whether the admin role covers the whole company";
      return value.length > 0
        ? ok(`Google lists ${rows}`, value)
        : { ...warning(`Google lists no ${rows} at all`, todo), value };
    });
  const users = right("users", user);
  const groups = right("groups", group);
  return { access, api, users, groups, members: memberCheck(access, groups) };
}

const Id = z.object({ id: z.string() });

/** One group that Google does not show is no missing right: others are asked about as well. */
const MOST_TRIED = 3;

const memberCheck = (access: Check<Tokens>, groups: Check<Rows>): Check =>
  check("google.members", "Right to read the members of groups", { groups, access }, async (given) => {
    const ids = given.groups.flatMap((row) => Id.safeParse(row).data?.id ?? []).slice(0, MOST_TRIED);
    if (ids.length === 0) return ok("There is no group yet whose members could be listed");
    const errand = { doing: "listing the members of a group" };
    let refusal: Awaited<ReturnType<typeof troubleIn>>;
    for (const id of ids) {
      const listing = { rows: "members", page: memberPages(id), errand } as const;
      refusal = await troubleIn(() => firstRows(given.access.side, listing));
      if (refusal === undefined) break;
    }
    if (refusal !== undefined) throw refusal;
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
    if (admin === null) return fine(undefined);
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
