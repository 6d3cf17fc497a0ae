import { SECRET_NAMES, settingNames, type Given, type Problem, type SettingName } from "./table.ts";
import type { Trouble } from "../core/trouble.ts";
import { nearest } from "./nearest.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The older tool's prefix; every setting may carry it. */
const PREFIX = "SSOSYNC_";

const called = (name: string): Trouble => ({ why: `is called ${name} here`, todo: "rename it" });
const needless = (because: string): Trouble => ({
  why: `is no longer needed, because ${because}`,
  todo: "remove it",
});

/** Names and flags of the older tool that have another name here, or are no longer needed. */
const OLDER: Readonly<Record<string, Trouble>> = {
  ACCESS_TOKEN: called("SCIM_ACCESS_TOKEN"),
  ENDPOINT: called("SCIM_ENDPOINT"),
  SUSPENDED: called("SYNC_SUSPENDED"),
  PRECACHE_OUS: needless("nothing needs to be fetched ahead here"),
  RETAIN_UNMATCHED: needless("what was made by hand is always kept"),
  DEBUG: called("LOG_LEVEL=debug"),
  REGION: needless("the Region is taken from the SCIM endpoint"),
  GOOGLE_CUSTOMER_ID: called("CUSTOMER_ID"),
};

/** What was a setting here once: it stops a run without the prefix too, because somebody relied on it. */
const GONE: Readonly<Record<string, Trouble>> = {
  REMOVE_UNMANAGED: {
    why: "is no longer a setting, because what was made by hand is never changed or deleted",
    todo: 'remove it, look at the users that a plan names under "to look at", and delete by hand what nobody needs',
  },
};

function present(environment: Environment, label: string): Given | undefined {
  // A byte order mark counts as white space for trim().
  const text = environment[label]?.trim() ?? "";
  return text === "" ? undefined : { label, text };
}

/** The proxy's settings are the world's, which writes them in lower case as well. */
const LOWER_TOO: ReadonlySet<SettingName> = new Set(["HTTPS_PROXY", "NO_PROXY"]);

/** The names under which a setting may stand in the environment. */
const labelsOf = (name: SettingName): readonly string[] => [
  name,
  PREFIX + name,
  ...(LOWER_TOO.has(name) ? [name.toLowerCase()] : []),
];

/** A setting as given, under any of its names; a trouble when two are there and differ; undefined when unset. */
export function givenSetting(environment: Environment, name: SettingName): Given | Trouble | undefined {
  const [first, ...others] = labelsOf(name).flatMap((label) => present(environment, label) ?? []);
  const other = others.find(({ text }) => text !== first?.text);
  if (first === undefined || other === undefined) return first;
  return { why: `${first.label} and ${other.label} are both set and differ`, todo: "remove one of them" };
}

/** Names that are nearly a setting's and mean something else to everybody. */
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set(["HTTP_PROXY", "http_proxy"]);

/** Every request is https, for which HTTP_PROXY is not meant: who sets that one alone may take it for the way out. */
export function idleProxy(environment: Environment): readonly Trouble[] {
  const label = [...KNOWN_ELSEWHERE].find((name) => present(environment, name) !== undefined);
  if (label === undefined || givenSetting(environment, "HTTPS_PROXY") !== undefined) return [];
  const why = `${label} is set and HTTPS_PROXY is not, so no request goes through a proxy, because all are https`;
  return [{ why, todo: "set HTTPS_PROXY to the proxy as well, if it is the way out" }];
}

/**
 * A problem for each name that is not a setting: any with the prefix, and a plain one that is nearly a setting's, such
 * as IGNORE_USER. The nearest one that is a setting is named.
 */
export function unknownNames(environment: Environment): readonly Problem[] {
  const known = new Set([...settingNames.flatMap(labelsOf), ...KNOWN_ELSEWHERE]);
  return Object.keys(environment)
    .filter((label) => !known.has(label) && present(environment, label) !== undefined)
    .flatMap((label) => {
      const isOurs = label.startsWith(PREFIX);
      const name = isOurs ? label.slice(PREFIX.length) : label;
      const near = nearest(name, settingNames, isOurs ? Infinity : MOST_EDITS);
      const older = GONE[name] ?? (isOurs ? OLDER[name] : undefined);
      if (older !== undefined) return [{ of: "unknown", why: `${label} ${older.why}`, todo: older.todo }];
      if (!isOurs && !isNearly(label, near)) return [];
      const meant = isOurs ? PREFIX + near.word : near.word;
      const todo = `if ${meant} was meant, correct the name, otherwise remove it`;
      return [{ of: "unknown", why: `${shorten(label)} is not a setting`, todo }];
    });
}

const SHORTEST = 7;
const MOST_EDITS = 2;

const isNearly = (label: string, { word, edits }: ReturnType<typeof nearest>): boolean =>
  Math.min(label.length, word.length) >= SHORTEST && edits <= (word.length >= 10 ? MOST_EDITS : 1);

const shorten = (label: string): string => (label.length <= 80 ? label : `${label.slice(0, 80)}…`);

/** Sections of Node's own debugging that print requests: `net` prints whole headers (measured with Node 24). */
const TELLTALE = ["http", "https", "http2", "net", "tls", "stream", "fetch", "undici", "websocket"];

const prints = (nodeDebug: string): boolean =>
  nodeDebug
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")
    .some((entry) => {
      const pattern = entry.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*");
      return (
        TELLTALE.some((section) => new RegExp(`^${pattern}$`).test(section)) || entry.startsWith("undici:")
      );
    });

interface Leak extends Trouble {
  readonly is: (environment: Environment) => boolean;
}

const LEAKS: readonly Leak[] = [
  {
    is: ({ GOOGLE_SDK_NODE_LOGGING: logging = "" }) => logging !== "",
    why: "GOOGLE_SDK_NODE_LOGGING is set and makes Google's library print access tokens",
    todo: "remove it, and set LOG_LEVEL=debug to see what happens",
  },
  {
    is: ({ NODE_DEBUG: debug = "" }) => prints(debug),
    why: "NODE_DEBUG makes Node print requests, including the tokens in them",
    todo: "remove http, https, http2, net, tls, stream, fetch, undici, websocket and * from it",
  },
  {
    is: ({ NODE_OPTIONS: options = "" }) => /--(?:tls-keylog|trace-tls)\b/.test(options),
    why: "NODE_OPTIONS makes Node write down what goes over TLS, or the keys to it",
    todo: "remove --tls-keylog and --trace-tls from it",
  },
  {
    is: ({ NODE_TLS_REJECT_UNAUTHORIZED: reject }) => reject === "0",
    why: "NODE_TLS_REJECT_UNAUTHORIZED=0 would let anyone on the network path receive the tokens",
    todo: "remove it, and set NODE_EXTRA_CA_CERTS for a private certificate authority",
  },
];

/** Variables of the libraries that would show tokens to the log or to strangers. */
export const leaks = (environment: Environment): readonly Problem[] =>
  LEAKS.filter(({ is }) => is(environment)).map(({ why, todo }) => ({ of: "leak", why, todo }));

/** True for the four settings whose value no message may repeat. */
export const isSecretName = (name: SettingName): name is (typeof SECRET_NAMES)[number] =>
  SECRET_NAMES.some((secret) => secret === name);
