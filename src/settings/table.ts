import { z } from "zod";

import { groupTemplate } from "../core/group-name.ts";
import { userNaming } from "../core/user-name.ts";
import { CONTROL_TOWER_GROUPS } from "../core/match.ts";
import { cleanText, meets, sameName } from "../core/names.ts";
import { splitQueries } from "../core/query.ts";
import type { GroupTemplate, Limit, Rules, UserNaming } from "../core/model.ts";
import type { Trouble } from "../core/trouble.ts";
import { readDetails } from "./details.ts";
import { directoryAddress, proxyAddress } from "./hosts.ts";

/** Where the program runs; a few defaults and what may be a literal secret depend on it. */
export type Place = "lambda" | "terminal";
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** What defaults may depend on. */
export interface Circumstances {
  readonly place: Place;
  readonly method: Rules["method"];
}

/** What a run needs a setting for, in the order of a run: where it is wrong, that part cannot be tried either. */
export type Stage = "network" | "secrets" | "google" | "selection" | "aws" | "plan" | "run";

/** One row of the table: `fallback` is a text as one would write it in the environment. */
interface Row<T, F extends Fallback> {
  readonly stage: Stage;
  readonly meaning: string;
  readonly fallback: F;
  readonly schema: z.ZodType<T, string>;
}
type Fallback = string | undefined | ((given: Circumstances) => string | undefined);
/** `because` completes "cannot be used, because …". */
type Refuse = (todo: string, because?: string) => never;

/** `read` gets the trimmed, non-empty text. */
function setting<T, const F extends Fallback>(
  stage: Stage,
  meaning: string,
  fallback: F,
  read: (text: string, refuse: Refuse) => T,
): Row<T, F> {
  const schema = z.string().transform((text, ctx): T => {
    const refuse: Refuse = (message, because) => {
      ctx.addIssue({ code: "custom", message, params: { because } });
      return z.NEVER;
    };
    return read(text, refuse);
  });
  return { stage, meaning, fallback, schema };
}

/** The same without a default: where it is not set, there is no value. */
const optional = <T>(
  stage: Stage,
  meaning: string,
  read: (text: string, refuse: Refuse) => T,
): Row<T, undefined> => setting(stage, meaning, undefined, read);

const shownEntry = (text: string): string =>
  text.length <= 60 ? JSON.stringify(text) : "one of its entries, which is too long to repeat,";

const list = (text: string): readonly string[] =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map((entry) => (entry.includes("@") ? entry.toLowerCase() : entry));

function oneOf<const T extends string>(...allowed: readonly T[]) {
  const alternatives = `${allowed.slice(0, -1).join(", ")} or ${allowed.at(-1)}`;
  return (text: string, refuse: Refuse): T =>
    allowed.find((word) => word === text.toLowerCase()) ?? refuse(`use ${alternatives}`);
}

function switched(text: string, refuse: Refuse): boolean {
  return oneOf("true", "false")(text, refuse) === "true";
}

function entries(text: string, refuse: Refuse): readonly string[] {
  const found = list(text);
  return found.length > 0 ? found : refuse("list addresses or names separated by commas, or remove it");
}

function wholeNames(text: string, refuse: Refuse): readonly string[] {
  const wild = list(text).find((entry) => entry.includes("*"));
  if (wild === undefined) return entries(text, refuse);
  return refuse(
    "use complete addresses or names, or select groups with GROUP_MATCH",
    `${shownEntry(wild)} has a wildcard`,
  );
}

const QUOTE = /(?<!\\)'/g;

function queries(text: string, refuse: Refuse): readonly string[] | "all" {
  if ((text.match(QUOTE) ?? []).length % 2 === 1) {
    return refuse("close the single quotation mark (inside a value, write a quotation mark as \\')");
  }
  const found = splitQueries(text);
  if (found.length === 0) return refuse("use Google queries separated by commas, or *");
  if (!found.includes("*")) return found;
  return found.length === 1 ? "all" : refuse("use either * or the queries", "* already matches everything");
}

const LIMIT =
  "use a share, a count and a ceiling that is not smaller, or less of it, such as 10%, 5, or 10%,5,200; a share is at most 100%";

function limit(text: string, refuse: Refuse): Limit {
  const parts = text.split(",").map((part) => part.trim());
  const [share] = parts
    .filter((part) => /^\d{1,3}(?:\.\d{1,3})?%$/.test(part))
    .map((part) => Number(part.slice(0, -1)) / 100);
  const [count, ceiling] = parts.filter((part) => /^\d{1,9}$/.test(part)).map(Number);
  const understood = [share, count, ceiling].filter((one) => one !== undefined);
  const fits =
    understood.length === parts.length && (share ?? 0) <= 1 && (ceiling ?? Infinity) >= (count ?? 0);
  return fits ? { share, count, ceiling } : refuse(LIMIT);
}

const PARTS = ["users", "groups", "memberships"] as const;

function manage(text: string, refuse: Refuse): Rules["manage"] {
  const found = list(text).map((entry) => entry.toLowerCase());
  const unknown = found.find((entry) => !PARTS.some((part) => part === entry));
  const advice = "list one or more of users, groups and memberships, separated by commas";
  if (unknown !== undefined) return refuse(advice, `${shownEntry(unknown)} is none of these`);
  if (found.length === 0) return refuse(`${advice}, or set DRY_RUN=true`, "nothing would ever be written");
  return {
    users: found.includes("users"),
    groups: found.includes("groups"),
    memberships: found.includes("memberships"),
  };
}

const REQUIRED =
  "list groups by their name in AWS, each with how many enabled members it needs, such as aws-admins:2";

function requiredMembers(text: string, refuse: Refuse): Rules["requiredMembers"] {
  const found: { readonly group: string; readonly count: number }[] = [];
  for (const entry of list(text)) {
    const [, group = "", digits = ""] = /^(.*\S)\s*:\s*(\d{1,4})$/.exec(entry) ?? [];
    if (group === "" || Number(digits) === 0)
      return refuse(REQUIRED, `${shownEntry(entry)} does not say both`);
    if (found.some((other) => sameName(other.group, group)))
      return refuse(REQUIRED, `${shownEntry(group)} is listed twice`);
    found.push({ group, count: Number(digits) });
  }
  return found.length > 0 ? found : refuse(REQUIRED);
}

function graceDays(text: string, refuse: Refuse): number | "never" {
  if (text.toLowerCase() === "never") return "never";
  const days = /^\d{1,4}$/.test(text) ? Number(text) : Infinity;
  return days <= 3650 ? days : refuse("use a whole number of days from 0 to 3650, or never");
}

function rate(text: string, refuse: Refuse): number {
  const perSecond = /^\d{1,4}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  return perSecond > 0
    ? perSecond
    : refuse("use a number of requests a second that is greater than 0, such as 15");
}

function userName(text: string, refuse: Refuse): UserNaming {
  const advice =
    "use email, alias@other.example (the word alias, @ and a domain of the company), or Schema.field of a custom schema";
  return userNaming(text) ?? refuse(advice);
}

const FIELDS =
  "use name, email, or text with one or more of {name}, {email} and {email.local}, such as AWS-{email.local}; {name-aws-} is the name without aws- at its beginning";

function groupName(text: string, refuse: Refuse): GroupTemplate {
  const template = groupTemplate(text);
  return "wrong" in template ? refuse(FIELDS, template.wrong.join(" and ")) : template;
}

const isTowers = meets(CONTROL_TOWER_GROUPS);

function exceptions(text: string, refuse: Refuse): Rules["groupNames"] {
  const pairs = text.split(",").map((entry): readonly [string, string] => {
    const [address = "", ...name] = entry.split("=");
    return [address.trim().toLowerCase(), name.join("=").trim()];
  });
  const wrong = pairs.flatMap(([address, name], at) => {
    const before = pairs.slice(0, at);
    if (!/^[^\s@]+@[^\s@]+$/u.test(address) || name === "")
      return [`${shownEntry(text.split(",")[at] ?? "")} is not an address, = and a name`];
    if (cleanText(name) !== name) return [`AWS does not accept the name ${shownEntry(name)} as it stands`];
    if (isTowers(name)) return [`${shownEntry(name)} is one of Control Tower's groups`];
    return [
      ...(before.some(([other]) => other === address) ? [`${shownEntry(address)} is there twice`] : []),
      ...(before.some(([, other]) => sameName(other, name))
        ? [`the name ${shownEntry(name)} is there twice`]
        : []),
    ];
  });
  return wrong.length === 0
    ? new Map(pairs)
    : refuse("list groups as address=name, separated by commas; a name has no comma", wrong.join(", and "));
}

const STORE = /^(?:d-[0-9a-f]{10}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function identityStoreId(text: string, refuse: Refuse): string {
  const id = text.toLowerCase();
  const advice =
    "use the ID shown under IAM Identity Center › Settings: d- followed by ten characters of 0-9 and a-f, or a UUID";
  return STORE.test(id) ? id : refuse(advice);
}

function tableName(text: string, refuse: Refuse): string {
  const advice = "use the name of a DynamoDB table: 3 to 255 letters, digits, dots, - and _";
  return /^[A-Za-z0-9_.-]{3,255}$/.test(text) ? text : refuse(advice);
}

function busName(text: string, refuse: Refuse): string {
  const advice = "use the name or the ARN of an EventBridge bus";
  const isArn = /^arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[\w./-]{1,256}$/.test(text);
  return isArn || /^[\w./-]{1,256}$/.test(text) ? text : refuse(advice);
}

function customerId(text: string, refuse: Refuse): string {
  if (text.toLowerCase() === "my_customer") return "my_customer";
  const advice =
    "use my_customer, or the customer ID from the Google Admin console (C followed by letters or digits)";
  return /^C[0-9A-Za-z]+$/.test(text) ? text : refuse(advice);
}

function alias(text: string, refuse: Refuse): string {
  const isAlias = /^[A-Za-z0-9_-]{1,128}$/.test(text) && !/^\d+$/.test(text);
  return isAlias
    ? text
    : refuse("use the name of a Lambda alias: letters, digits, - and _, but not only digits");
}

function googleRoot(text: string, refuse: Refuse): string {
  const address = directoryAddress(text);
  if ("todo" in address) return refuse(address.todo, address.because);
  return address.url.endsWith("/") ? address.url : `${address.url}/`;
}

function proxy(text: string, refuse: Refuse): string {
  const address = proxyAddress(text);
  return "url" in address ? address.url : refuse(address.todo, address.because);
}

function logLevel(text: string, refuse: Refuse): LogLevel {
  const word = oneOf("trace", "debug", "info", "warn", "warning", "error", "fatal")(text, refuse);
  return word === "warning" ? "warn" : word;
}

function attributeList(text: string, refuse: Refuse): Rules["details"] {
  const read = readDetails(text);
  if ("details" in read) return read.details;
  return refuse(
    'list attributes separated by commas, each alone, or with a custom schema\'s field or a text as its source, such as title, employeeNumber=HR.number, userType="employee"',
    read.problems.join("; "),
  );
}

const verbatim = (text: string): string => text;

/** Every setting there is: what a run needs it for, what it means, what it is when it is not set, how its text is read. */
export const settings = {
  GOOGLE_ADMIN: optional("secrets", "administrator to act as, or none", verbatim),
  GOOGLE_CREDENTIALS: optional("secrets", "service account key or federation file (JSON)", verbatim),
  SCIM_ENDPOINT: optional("secrets", "SCIM endpoint, with or without a final slash", verbatim),
  SCIM_ACCESS_TOKEN: optional("secrets", "SCIM access token", verbatim),
  CUSTOMER_ID: setting("google", "Google customer", "my_customer", customerId),
  SYNC_METHOD: setting("selection", "what decides who is synced", "groups", oneOf("groups", "users_groups")),
  GROUP_MATCH: setting("selection", "Google group queries, commas mean OR; * = all", "*", queries),
  USER_MATCH: setting(
    "selection",
    "Google user queries, likewise",
    ({ method }) => (method === "users_groups" ? "*" : undefined),
    queries,
  ),
  INCLUDE_GROUPS: optional("selection", "when set, only these groups (address or name)", wholeNames),
  IGNORE_USERS: optional("plan", "users to leave alone, on both sides; * and ? are wildcards", entries),
  IGNORE_GROUPS: optional("plan", "groups to leave alone, on both sides; * and ? are wildcards", entries),
  PROTECT_GROUPS: optional("plan", "groups never to touch, in addition to Control Tower's", entries),
  MANAGE: setting("plan", "what may be written", "users,groups,memberships", manage),
  USER_NAME: setting("plan", "what somebody signs in as", "email", userName),
  GROUP_NAME: setting(
    "plan",
    "what a group is called in AWS",
    ({ method }) => (method === "users_groups" ? "email" : "name"),
    groupName,
  ),
  GROUP_NAMES: optional(
    "plan",
    "what single groups are called instead: address=name, separated by commas",
    exceptions,
  ),
  ATTRIBUTES: optional("plan", "what else of a user is synced", attributeList),
  SYNC_SUSPENDED: setting("plan", "suspended and archived users stay as disabled users", "true", switched),
  ADOPT: setting(
    "plan",
    "which objects of the same name to take over",
    "unclaimed",
    oneOf("unclaimed", "any", "none"),
  ),
  DELETE_GRACE_DAYS: setting("plan", "days between retiring and deleting, or never", "30", graceDays),
  MAX_LEAVERS: setting("plan", "leavers disabled in 24 hours", "20%,20,500", limit),
  MAX_USER_REMOVALS: setting("plan", "other users disabled in 24 hours", "10%,10,200", limit),
  MAX_GROUP_REMOVALS: setting("plan", "groups retired, or renamed, in 24 hours", "10%,2,25", limit),
  MAX_MEMBERSHIP_REMOVALS: setting("plan", "memberships removed in 24 hours", "10%,50,2000", limit),
  MAX_NEW_GROUPS: setting("plan", "groups created in 24 hours", "10%,50", limit),
  MAX_GROUP_GROWTH: setting("plan", "members that one group gains in 24 hours", "50%,20", limit),
  MAX_GROUP_SHRINK: setting("plan", "members that one group loses in 24 hours", "50%,20", limit),
  GROUPS_CREATED_BY: setting(
    "plan",
    "who may have made a Google group that is created unasked",
    "anyone",
    oneOf("anyone", "administrators"),
  ),
  REQUIRED_MEMBERS: optional(
    "plan",
    "groups in AWS that keep so many enabled members, such as aws-admins:2",
    requiredMembers,
  ),
  TALLY: optional("plan", "DynamoDB table that remembers the last 24 hours", tableName),
  NOTIFY: optional("run", "EventBridge bus that is told when a run needs somebody", busName),
  NOTIFY_NAMES: setting("run", "tell the names of people, too", "false", switched),
  IDENTITY_STORE_ID: optional("aws", "the ID of the directory, where there are several", identityStoreId),
  AWS_READ: setting("aws", "how AWS is read", "identitystore", oneOf("identitystore", "scim", "both")),
  APPROVE_QUALIFIER: setting(
    "run",
    "the alias through which approvals are accepted, or any",
    "approve",
    alias,
  ),
  DRY_RUN: setting("run", "write nothing", "false", switched),
  LOG_LEVEL: setting("run", "lowest level that is logged", "info", logLevel),
  LOG_FORMAT: setting(
    "run",
    "how log lines look",
    ({ place }) => (place === "lambda" ? "json" : "pretty"),
    oneOf("json", "pretty", "text"),
  ),
  SCIM_RATE: setting("plan", "SCIM requests a second", "15", rate),
  IDENTITY_STORE_RATE: setting("aws", "Identity Store requests a second", "15", rate),
  GOOGLE_RATE: setting("google", "Google requests a second", "30", rate),
  GOOGLE_ROOT_URL: optional("google", "another address of Google's API", googleRoot),
  HTTPS_PROXY: optional("network", "proxy for every request", proxy),
  NO_PROXY: optional(
    "network",
    "hosts to reach without the proxy, separated by commas; their subdomains too",
    verbatim,
  ),
  PRECACHE_ORG_UNITS: optional("run", "from the older tool; does nothing", verbatim),
  CACHE_METRICS: optional("run", "from the older tool; does nothing", verbatim),
};

export type SettingName = keyof typeof settings;
/** The names of all settings, without prefix, in the table's order. */
export const settingNames = Object.keys(settings) as readonly SettingName[];
/** The four that hold secrets or lead to them: no message ever repeats their value. */
export const SECRET_NAMES = [
  "GOOGLE_ADMIN",
  "GOOGLE_CREDENTIALS",
  "SCIM_ENDPOINT",
  "SCIM_ACCESS_TOKEN",
] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

type Resolved<F> = F extends (given: Circumstances) => infer R ? R : F;
type Parsed<R> =
  R extends Row<infer T, infer F> ? (undefined extends Resolved<F> ? T | undefined : T) : never;
export type Values = { readonly [N in SettingName]: Parsed<(typeof settings)[N]> };

/** What is set: the name as it stands in the environment, and its text without the white space around it. */
export interface Given {
  readonly label: string;
  readonly text: string;
}

/** Something wrong with a setting; `unknown` is a name that is not one, `leak` another variable that shows tokens. */
export interface Problem extends Trouble {
  readonly of: SettingName | "unknown" | "leak";
}

/** One text through its row's schema: the value, or what is wrong with it. */
export function readSetting(
  name: SettingName,
  { label, text }: Given,
): { readonly value: unknown } | { readonly problem: Trouble } {
  const read = settings[name].schema.safeParse(text);
  if (read.success) return { value: read.data };
  // A long text may be a token pasted into the wrong box, and an address may carry a password.
  const mayBeShown = text.length <= 60 && !text.includes("://") && name !== "HTTPS_PROXY";
  const shown = mayBeShown ? ` ${JSON.stringify(text)}` : "";
  const [issue] = read.error.issues;
  const because = issue?.code === "custom" && issue.params?.["because"];
  const why = `${label}${shown} cannot be used${typeof because === "string" ? `, because ${because}` : ""}`;
  return { problem: { why, todo: issue?.message ?? "correct it" } };
}

/** The value of a setting that is not set. */
export function unset(name: SettingName, circumstances: Circumstances): unknown {
  const { fallback, schema } = settings[name];
  const text = typeof fallback === "function" ? fallback(circumstances) : fallback;
  return text === undefined ? undefined : schema.parse(text);
}
