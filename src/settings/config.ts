import { sourceFields } from "../core/attributes.ts";
import { meets } from "../core/names.ts";
import type { Rules } from "../core/model.ts";
import type { SourceField } from "../core/source-field.ts";
import { userNameFields } from "../core/user-name.ts";
import { troubleSentence } from "../core/trouble.ts";
import type { Trouble } from "../core/trouble.ts";
import {
  givenSetting,
  idleProxy,
  isSecretName,
  leaks,
  unknownNames,
  type Environment,
} from "./environment.ts";
import { isPublic } from "./google-credentials.ts";
import {
  readSecrets,
  secretSource,
  sourceName,
  type Found,
  type Secrets,
  type SecretSource,
} from "./secrets.ts";
import { readSetting, settingNames, settings, SECRET_NAMES, unset } from "./table.ts";
import type {
  Circumstances,
  Given,
  LogLevel,
  Place,
  Problem,
  SecretName,
  SettingName,
  Values,
} from "./table.ts";

export { scimRegion } from "./hosts.ts";
export type { Environment } from "./environment.ts";
export type { Secrets, SecretSource, SecretText } from "./secrets.ts";
export type { Place, SettingName } from "./table.ts";

export interface Config {
  readonly customerId: string;
  readonly userMatch: readonly string[] | "all" | "none";
  readonly groupMatch: readonly string[] | "all";
  readonly rules: Rules;
  /** What of Google's users is read beside what always is. */
  readonly userFields: readonly SourceField[];
  /** The DynamoDB table that remembers the last 24 hours. */
  readonly tally?: string;
  /** The bus that is told when a run needs somebody, and whether with the names of people. */
  readonly notify?: string;
  readonly notifyNames: boolean;
  readonly identityStoreId?: string;
  readonly awsRead: "identitystore" | "scim" | "both";
  /** The alias through which Lambda accepts approvals; `"any"` accepts them from every caller. */
  readonly approveQualifier: string;
  readonly dryRun: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: "json" | "pretty";
  /** Requests a second. */
  readonly rates: { readonly scim: number; readonly identityStore: number; readonly google: number };
  /** With a final slash. */
  readonly googleRootUrl?: string;
  readonly proxy?: Proxy;
  /** Where SCIM's endpoint and token come from, as a person calls it: "the secret SSOSyncSCIMAccessToken". */
  readonly scimFrom: { readonly endpoint: string; readonly token: string };
  /** What was set, as it was set, but for what may hold a secret: the four of them, and the proxy's address. */
  readonly given: readonly Given[];
  /** To be said once: settings that have no effect. */
  readonly notices: readonly Trouble[];
}

/** The way out, where there is one: an address, which may hold a password, and the hosts it is not for, as given. */
interface Proxy {
  readonly url: string;
  readonly except: string;
}

/**
 * Fetches secrets, parameters and files, through the proxy; answers a text or a trouble for each, and never rejects
 * because of one.
 */
export type LookUp = (sources: readonly SecretSource[], proxy: Proxy | undefined) => Promise<Found>;

/**
 * What is wrong with settings and secrets, all of it, but the same thing only once: four secrets may all wait for one
 * login. The message has one numbered sentence a line.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const once = new Map(problems.map((problem) => [troubleSentence(problem), problem]));
    super([...once.keys()].map((sentence, at) => `${at + 1}. ${sentence}`).join("\n"));
    this.problems = [...once.values()];
  }
}

/**
 * Settings and secrets, checked. Throws a ConfigError that names every problem of either at once; of secrets only those
 * that are on this machine when nothing may be asked for.
 */
export async function configure(
  environment: Environment,
  place: Place,
  lookUp: LookUp,
): Promise<{ readonly config: Config; readonly secrets: Secrets }> {
  const { config, usable, sources, problems } = readSettings(environment, place);
  const known = problems.some(forbidsAsking)
    ? sources.filter(({ kind }) => kind === "literal" || kind === "file")
    : sources;
  const texts = await textsOf(known, (elsewhere) => lookUp(elsewhere, usable.proxy));
  const read = readSecrets(texts, usable.customerId);
  if (config === undefined || read.secrets === undefined) {
    throw new ConfigError([...problems, ...read.problems]);
  }
  return {
    config: { ...config, notices: [...config.notices, ...sharedFiles(texts)] },
    secrets: read.secrets,
  };
}

/** A key that others may read is a key that others may have; a federation file is no key. */
const sharedFiles = (texts: Found): readonly Trouble[] =>
  [...texts].flatMap(([{ setting }, text]) =>
    "shared" in text && !isPublic(text.text)
      ? [
          {
            why: `The file that ${setting} names may be read by others on this machine`,
            todo: "take that away with chmod 600",
          },
        ]
      : [],
  );

/** Whether a request would show secrets to others, bypass the proxy, or follow a misspelled setting. */
const forbidsAsking = ({ of }: Problem): boolean =>
  of === "leak" || of === "unknown" || settings[of].stage === "network";

async function textsOf(
  sources: readonly SecretSource[],
  lookUp: (elsewhere: readonly SecretSource[]) => Promise<Found>,
): Promise<Found> {
  const elsewhere = sources.filter((source) => source.kind !== "literal");
  const found: Found = elsewhere.length === 0 ? new Map() : await lookUp(elsewhere);
  const missing = ({ setting }: SecretSource): Trouble => ({
    why: `What ${setting} leads to was not looked up, which is a bug in the program`,
    todo: "report it",
  });
  return new Map(
    sources.map((source) => [
      source,
      source.kind === "literal" ? { text: source.value } : (found.get(source) ?? missing(source)),
    ]),
  );
}

/** For whoever only looks: it must not be able to keep leavers waiting. Rates are whole numbers. */
export const atHalfTheRates = (config: Config): Config => {
  const half = (rate: number): number => Math.max(1, Math.floor(rate / 2));
  const { google, scim, identityStore } = config.rates;
  return { ...config, rates: { google: half(google), scim: half(scim), identityStore: half(identityStore) } };
};

/** What the settings alone come to. */
export interface ReadSettings {
  /** Only when nothing is wrong with them. */
  readonly config?: Config;
  /** The same, in which whatever is wrong counts as unset: good enough to look around with, never to write with. */
  readonly usable: Config;
  /** Where the secrets are to be found; one whose setting is wrong is left out. */
  readonly sources: readonly SecretSource[];
  readonly problems: readonly Problem[];
}

/** The settings, all of them, and everything that is wrong with them. */
export function readSettings(environment: Environment, place: Place): ReadSettings {
  const { taken, differing } = take(environment);
  const { sources, misplaced } = sourcesOf(taken, place, differing);
  const { values, wrong } = valuesOf(taken, place);
  const contradictory = contradictions(values);
  const named = { ...values, ...Object.fromEntries(contradictory.map(({ of }) => [of, undefined])) };
  const usable = configOf(named, place, { environment, taken, sources });
  const odd = [...leaks(environment), ...unknownNames(environment)];
  const problems = [...odd, ...differing, ...misplaced, ...wrong, ...contradictory];
  return { ...(problems.length === 0 ? { config: usable } : {}), usable, sources, problems };
}

type Taken = ReadonlyMap<SettingName, Given>;

function take(environment: Environment): { readonly taken: Taken; readonly differing: readonly Problem[] } {
  const taken = new Map<SettingName, Given>();
  const differing: Problem[] = [];
  for (const name of settingNames) {
    const found = givenSetting(environment, name);
    if (found !== undefined && "why" in found) differing.push({ of: name, ...found });
    else if (found !== undefined) taken.set(name, found);
  }
  return { taken, differing };
}

/** The four sources; one whose setting is itself wrong is left out, so that nothing else is said about it. */
function sourcesOf(taken: Taken, place: Place, differing: readonly Problem[]) {
  const sources: SecretSource[] = [];
  const misplaced: Problem[] = [];
  for (const name of SECRET_NAMES) {
    if (differing.some(({ of }) => of === name)) continue;
    const source = secretSource(name, taken.get(name)?.text, place);
    if ("why" in source) misplaced.push({ of: name, ...source });
    else sources.push(source);
  }
  return { sources, misplaced };
}

/** Every setting but the secrets, read by its row; one that cannot be read has the value of an unset one. */
function valuesOf(
  taken: Taken,
  place: Place,
): { readonly values: Values; readonly wrong: readonly Problem[] } {
  const wrong: Problem[] = [];
  const valueOf = (name: SettingName, circumstances: Circumstances): unknown => {
    const found = taken.get(name);
    const read = found === undefined ? undefined : readSetting(name, found);
    if (read !== undefined && "value" in read) return read.value;
    if (read !== undefined) wrong.push({ of: name, ...read.problem });
    return unset(name, circumstances);
  };
  const given = valueOf("SYNC_METHOD", { place, method: "groups" });
  const method = given === "users_groups" ? "users_groups" : "groups";
  const rest = settingNames
    .filter((name) => name !== "SYNC_METHOD" && !isSecretName(name))
    .map((name) => [name, valueOf(name, { place, method })] as const);
  // Every value was read by its own row's schema.
  return { values: { SYNC_METHOD: method, ...Object.fromEntries(rest) } as Values, wrong };
}

/** Settings that can't both be meant. */
function contradictions(values: Values): readonly Problem[] {
  const others = ["IGNORE_GROUPS", "PROTECT_GROUPS"] as const;
  const excluded = others.map((setting) => [setting, meets(values[setting] ?? [])] as const);
  const listed = [
    ...(values.INCLUDE_GROUPS ?? []).map((name) => ["INCLUDE_GROUPS", name] as const),
    ...(values.GROUP_NAMES ?? new Map()).values().map((name) => ["GROUP_NAMES", name] as const),
  ];
  return listed.flatMap(([of, name]) => {
    const [setting] = excluded.find(([, meeting]) => meeting(name)) ?? [];
    if (setting === undefined) return [];
    const why = `${of} lists ${JSON.stringify(name)}, which ${setting} excludes`;
    return [{ of, why, todo: "change one of the two" }];
  });
}

const IDLE = ["PRECACHE_ORG_UNITS", "CACHE_METRICS"] as const;

function noticesOf(taken: Taken, place: Place, environment: Environment): readonly Trouble[] {
  const todo = "remove it";
  const older = IDLE.flatMap((name) => taken.get(name) ?? []).map(({ label }) => ({
    why: `${label} belongs to the older tool and does nothing here`,
    todo,
  }));
  const idle = [...older, ...idleProxy(environment)];
  const format = taken.get("LOG_FORMAT");
  if (place !== "lambda" || format === undefined || format.text.toLowerCase() === "json") return idle;
  return [...idle, { why: `${format.label} has no effect in Lambda, where every line is JSON`, todo }];
}

const proxyOf = ({ HTTPS_PROXY: url, NO_PROXY: except = "" }: Values): { readonly proxy?: Proxy } =>
  url === undefined ? {} : { proxy: { url, except } };

/** The setting itself, when it is wrong. */
function originOf(name: SecretName, sources: readonly SecretSource[]): string {
  const source = sources.find(({ setting }) => setting === name);
  return source === undefined ? name : sourceName(source);
}

interface Origin {
  readonly environment: Environment;
  readonly taken: Taken;
  readonly sources: readonly SecretSource[];
}

function configOf(values: Values, place: Place, { environment, taken, sources }: Origin): Config {
  return {
    customerId: values.CUSTOMER_ID,
    userMatch: values.USER_MATCH ?? "none",
    groupMatch: values.GROUP_MATCH,
    rules: rulesOf(values),
    userFields: [
      ...new Set([
        ...sourceFields([...(values.ATTRIBUTES ?? new Map()).values()]),
        ...userNameFields(values.USER_NAME),
      ]),
    ],
    awsRead: values.AWS_READ,
    dryRun: values.DRY_RUN,
    logLevel: values.LOG_LEVEL,
    logFormat: place === "lambda" || values.LOG_FORMAT === "json" ? "json" : "pretty",
    rates: { scim: values.SCIM_RATE, identityStore: values.IDENTITY_STORE_RATE, google: values.GOOGLE_RATE },
    ...(values.TALLY === undefined ? {} : { tally: values.TALLY }),
    ...(values.NOTIFY === undefined ? {} : { notify: values.NOTIFY }),
    notifyNames: values.NOTIFY_NAMES,
    ...(values.IDENTITY_STORE_ID === undefined ? {} : { identityStoreId: values.IDENTITY_STORE_ID }),
    approveQualifier: values.APPROVE_QUALIFIER,
    ...(values.GOOGLE_ROOT_URL === undefined ? {} : { googleRootUrl: values.GOOGLE_ROOT_URL }),
    ...proxyOf(values),
    scimFrom: { endpoint: originOf("SCIM_ENDPOINT", sources), token: originOf("SCIM_ACCESS_TOKEN", sources) },
    given: [...taken].flatMap(([name, found]) =>
      isSecretName(name) || name === "HTTPS_PROXY" ? [] : [found],
    ),
    notices: noticesOf(taken, place, environment),
  };
}

function rulesOf(values: Values): Rules {
  return {
    method: values.SYNC_METHOD,
    userName: values.USER_NAME,
    groupName: values.GROUP_NAME,
    groupNames: values.GROUP_NAMES ?? new Map(),
    includeGroups: values.INCLUDE_GROUPS ?? [],
    ignoreUsers: values.IGNORE_USERS ?? [],
    ignoreGroups: values.IGNORE_GROUPS ?? [],
    protectGroups: values.PROTECT_GROUPS ?? [],
    manage: values.MANAGE,
    syncSuspended: values.SYNC_SUSPENDED,
    adopt: values.ADOPT,
    graceDays: values.DELETE_GRACE_DAYS,
    limits: {
      leavers: values.MAX_LEAVERS,
      users: values.MAX_USER_REMOVALS,
      groups: values.MAX_GROUP_REMOVALS,
      memberships: values.MAX_MEMBERSHIP_REMOVALS,
      newGroups: values.MAX_NEW_GROUPS,
      growth: values.MAX_GROUP_GROWTH,
      shrink: values.MAX_GROUP_SHRINK,
    },
    groupsCreatedBy: values.GROUPS_CREATED_BY,
    details: values.ATTRIBUTES ?? new Map(),
    requiredMembers: values.REQUIRED_MEMBERS ?? [],
  };
}
