import { meets } from "../core/names.ts";
import type { Rules } from "../core/model.ts";
import { troubleSentence } from "../core/trouble.ts";
import type { Trouble } from "../core/trouble.ts";
import {
  given,
  isSecretName,
  leaks,
  nearlyNames,
  unknownNames,
  type Environment,
  type Given,
} from "./environment.ts";
import { readSecrets, sourceOf, type Found, type Secrets, type SecretSource } from "./secrets.ts";
import { readSetting, settingNames, settings, SECRET_NAMES } from "./table.ts";
import type { Circumstances, LogLevel, Place, SettingName, Values } from "./table.ts";

export { scimRegion } from "./hosts.ts";
export { settingNames } from "./table.ts";
export type { Environment } from "./environment.ts";
export type { Found, Secrets, SecretSource, SecretText } from "./secrets.ts";
export type { LogLevel, Place, SettingName } from "./table.ts";

export interface Config {
  readonly customerId: string;
  readonly userMatch: readonly string[] | "all" | "none";
  readonly groupMatch: readonly string[] | "all";
  readonly rules: Rules;
  readonly identityStoreId?: string;
  readonly awsRead: "identitystore" | "scim" | "both";
  readonly approveQualifier?: string;
  readonly dryRun: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: "json" | "pretty";
  /** Requests a second. */
  readonly rates: { readonly scim: number; readonly identityStore: number; readonly google: number };
  /** With a final slash. */
  readonly googleRootUrl?: string;
  readonly proxy?: Proxy;
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

/** What is wrong with settings and secrets, all of it. The message has one numbered sentence a line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Trouble[];

  constructor(problems: readonly Trouble[]) {
    super(problems.map((problem, at) => `${at + 1}. ${troubleSentence(problem)}`).join("\n"));
    this.problems = problems;
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
  const { config, sources, problems, mayAsk, proxy } = readSettings(environment, place);
  const known = mayAsk ? sources : sources.filter(({ kind }) => kind === "literal" || kind === "file");
  const read = readSecrets(await textsOf(known, (elsewhere) => lookUp(elsewhere, proxy)));
  if (config === undefined || read.secrets === undefined) {
    throw new ConfigError([...problems, ...read.problems]);
  }
  return { config, secrets: read.secrets };
}

async function textsOf(
  sources: readonly SecretSource[],
  lookUp: (elsewhere: readonly SecretSource[]) => Promise<Found>,
): Promise<Found> {
  const elsewhere = sources.filter((source) => source.kind !== "literal");
  const found: Found = elsewhere.length === 0 ? new Map() : await lookUp(elsewhere);
  const missing = ({ setting }: SecretSource): Trouble => ({
    why: `What ${setting} leads to was not looked up, which is a defect of the program`,
    todo: "report it",
  });
  return new Map(
    sources.map((source) => [
      source,
      source.kind === "literal" ? { text: source.value } : (found.get(source) ?? missing(source)),
    ]),
  );
}

/** The settings alone: the configuration when nothing is wrong with them, and where the four secrets are to be found. */
export function readSettings(
  environment: Environment,
  place: Place,
): {
  readonly config?: Config;
  readonly sources: readonly SecretSource[];
  readonly problems: readonly Trouble[];
  /** Whether a request may be made: nothing in the environment would show it to others, and nothing is misspelt. */
  readonly mayAsk: boolean;
  readonly proxy?: Proxy;
} {
  const problems = [...leaks(environment), ...unknownNames(environment), ...nearlyNames(environment)];
  const namesAreRight = problems.length === 0;
  const taken = take(environment, problems);
  const sources = sourcesOf(taken, place, problems);
  const values = valuesOf(taken, place, problems);
  problems.push(...contradictions(values));
  const mayAsk = namesAreRight && taken.has("HTTPS_PROXY") === (values.HTTPS_PROXY !== undefined);
  const found = { sources, problems, mayAsk, ...proxyOf(values) };
  if (problems.length > 0) return found;
  // Without a problem every row has been read, by its own schema.
  return { ...found, config: configOf(values as Values, place, taken) };
}

const proxyOf = ({ HTTPS_PROXY: url, NO_PROXY: except = "" }: Partial<Values>): { readonly proxy?: Proxy } =>
  url === undefined ? {} : { proxy: { url, except } };

type Taken = ReadonlyMap<SettingName, Given | "contradicted">;

function take(environment: Environment, problems: Trouble[]): Taken {
  const taken = new Map<SettingName, Given | "contradicted">();
  for (const name of settingNames) {
    const found = given(environment, name);
    if (found !== undefined && "why" in found) {
      problems.push(found);
      taken.set(name, "contradicted");
    } else if (found !== undefined) taken.set(name, found);
  }
  return taken;
}

/** The four sources; one whose setting is itself wrong is left out, so that nothing else is said about it. */
function sourcesOf(taken: Taken, place: Place, problems: Trouble[]): readonly SecretSource[] {
  return SECRET_NAMES.flatMap((name) => {
    const found = taken.get(name);
    if (found === "contradicted") return [];
    const source = sourceOf(name, found?.text, place);
    if (!("why" in source)) return [source];
    problems.push(source);
    return [];
  });
}

/** Every setting but the secrets, read by its row; one with a problem is missing from the answer. */
function valuesOf(taken: Taken, place: Place, problems: Trouble[]): Partial<Values> {
  const values: Partial<Record<SettingName, unknown>> = {};
  const readOne = (name: SettingName, circumstances: Circumstances): void => {
    const found = taken.get(name);
    if (found === "contradicted") return;
    const { fallback } = settings[name];
    const text = found?.text ?? (typeof fallback === "function" ? fallback(circumstances) : fallback);
    if (text === undefined) return;
    const read = readSetting(name, found?.label ?? name, text);
    if ("value" in read) values[name] = read.value;
    else problems.push(read.problem);
  };
  readOne("SYNC_METHOD", { place, method: "groups" });
  const method = values.SYNC_METHOD === "users_groups" ? "users_groups" : "groups";
  for (const name of settingNames) {
    if (name !== "SYNC_METHOD" && !isSecretName(name)) readOne(name, { place, method });
  }
  return values as Partial<Values>;
}

/** Settings that can't both be meant. */
function contradictions(values: Partial<Values>): readonly Trouble[] {
  const included = values.INCLUDE_GROUPS ?? [];
  const ignored = meets(values.IGNORE_GROUPS ?? []);
  const kept = meets(values.PROTECT_GROUPS ?? []);
  return included.flatMap((name) => {
    const shown = JSON.stringify(name);
    const todo = "change one of the two";
    if (ignored(name)) return [{ why: `INCLUDE_GROUPS lists ${shown}, which IGNORE_GROUPS takes out`, todo }];
    return kept(name) ? [{ why: `INCLUDE_GROUPS lists ${shown}, which PROTECT_GROUPS keeps out`, todo }] : [];
  });
}

const IDLE = ["PRECACHE_ORG_UNITS", "CACHE_METRICS"] as const;

function noticesOf(taken: Taken, place: Place): readonly Trouble[] {
  const label = (name: SettingName): string | undefined => {
    const found = taken.get(name);
    return found === undefined || found === "contradicted" ? undefined : found.label;
  };
  const idle = IDLE.map(label).filter((name) => name !== undefined);
  const notices = idle.map((name) => ({
    why: `${name} belongs to the older tool and does nothing here`,
    todo: "it can be removed",
  }));
  const format = taken.get("LOG_FORMAT");
  if (place === "lambda" && typeof format === "object" && format.text.toLowerCase() !== "json") {
    notices.push({
      why: `${format.label} has no effect in Lambda, where every line is JSON`,
      todo: "it can be removed",
    });
  }
  return notices;
}

function configOf(values: Values, place: Place, taken: Taken): Config {
  return {
    customerId: values.CUSTOMER_ID,
    userMatch: values.USER_MATCH ?? "none",
    groupMatch: values.GROUP_MATCH,
    rules: rulesOf(values),
    awsRead: values.AWS_READ,
    dryRun: values.DRY_RUN,
    logLevel: values.LOG_LEVEL,
    logFormat: place === "lambda" || values.LOG_FORMAT === "json" ? "json" : "pretty",
    rates: { scim: values.SCIM_RATE, identityStore: values.IDENTITY_STORE_RATE, google: values.GOOGLE_RATE },
    ...(values.IDENTITY_STORE_ID === undefined ? {} : { identityStoreId: values.IDENTITY_STORE_ID }),
    ...(values.APPROVE_QUALIFIER === undefined ? {} : { approveQualifier: values.APPROVE_QUALIFIER }),
    ...(values.GOOGLE_ROOT_URL === undefined ? {} : { googleRootUrl: values.GOOGLE_ROOT_URL }),
    ...proxyOf(values),
    given: [...taken].flatMap(([name, found]) =>
      found === "contradicted" || isSecretName(name) || name === "HTTPS_PROXY" ? [] : [found],
    ),
    notices: noticesOf(taken, place),
  };
}

function rulesOf(values: Values): Rules {
  return {
    method: values.SYNC_METHOD,
    groupName: values.GROUP_NAME,
    includeGroups: values.INCLUDE_GROUPS ?? [],
    ignoreUsers: values.IGNORE_USERS ?? [],
    ignoreGroups: values.IGNORE_GROUPS ?? [],
    protectGroups: values.PROTECT_GROUPS ?? [],
    manage: values.MANAGE,
    syncSuspended: values.SYNC_SUSPENDED,
    adopt: values.ADOPT,
    removeUnmanaged: values.REMOVE_UNMANAGED,
    graceDays: values.DELETE_GRACE_DAYS,
    limits: {
      users: values.MAX_USER_REMOVALS,
      groups: values.MAX_GROUP_REMOVALS,
      memberships: values.MAX_MEMBERSHIP_REMOVALS,
      growth: values.MAX_GROUP_GROWTH,
    },
  };
}
