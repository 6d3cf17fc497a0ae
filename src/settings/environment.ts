import { SECRET_NAMES, settingNames, type SettingName } from "./table.ts";
import { nearest } from "./nearest.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The older tool's prefix; every setting may carry it. */
const PREFIX = "SSOSYNC_";

/** Names and flags of the older tool that are called something else here, or need nothing any more. */
const OLDER: Readonly<Record<string, string>> = {
  ACCESS_TOKEN: "it is SCIM_ACCESS_TOKEN here",
  ENDPOINT: "it is SCIM_ENDPOINT here",
  SUSPENDED: "it is SYNC_SUSPENDED here",
  PRECACHE_OUS: "nothing needs to be fetched ahead here; remove it",
  RETAIN_UNMATCHED: "unmanaged objects are always kept unless REMOVE_UNMANAGED is true; remove it",
  DEBUG: "it is LOG_LEVEL=debug here",
  REGION: "the Region is taken from the SCIM endpoint; remove it",
  GOOGLE_CUSTOMER_ID: "it is CUSTOMER_ID here",
};

/** What is set: the name as it stands in the environment, and its text without the white space around it. */
export interface Given {
  readonly label: string;
  readonly text: string;
}

function present(environment: Environment, label: string): Given | undefined {
  // A byte order mark counts as white space for trim().
  const text = environment[label]?.trim() ?? "";
  return text === "" ? undefined : { label, text };
}

/** A setting as given, plain or with the prefix; a sentence when both are there and differ; undefined when unset. */
export function given(environment: Environment, name: SettingName): Given | string | undefined {
  const plain = present(environment, name);
  const prefixed = present(environment, PREFIX + name);
  if (plain === undefined || prefixed === undefined) return plain ?? prefixed;
  if (plain.text === prefixed.text) return plain;
  return `${name} and ${PREFIX}${name} are both set and differ: remove one of them.`;
}

/** A sentence for each `SSOSYNC_…` name that is no setting, with the nearest one that is. */
export function unknownNames(environment: Environment): readonly string[] {
  const known = settingNames.map((name) => PREFIX + name);
  return Object.keys(environment)
    .filter((label) => label.startsWith(PREFIX) && !known.includes(label))
    .filter((label) => present(environment, label) !== undefined)
    .map((label) => {
      const older = OLDER[label.slice(PREFIX.length)];
      const advice = older ?? `did you mean ${nearest(label, known).word}?`;
      return `${shorten(label)} is not a setting: ${advice.replace(/\?$/, "? Correct or remove it")}.`;
    });
}

/** A notice for each plain name that looks like a setting with a slip in it, such as IGNORE_USER. */
export function slips(environment: Environment): readonly string[] {
  return Object.keys(environment)
    .filter((label) => label.length >= 7 && !settingNames.some((name) => name === label))
    .filter((label) => present(environment, label) !== undefined)
    .flatMap((label) => {
      const near = nearest(label, settingNames);
      return near.edits <= (near.word.length >= 10 ? 2 : 1) && near.word.length >= 7
        ? [`${label} is not a setting and has no effect; if ${near.word} was meant, correct the name.`]
        : [];
    });
}

const shorten = (label: string): string => (label.length <= 80 ? label : `${label.slice(0, 80)}…`);

/** Sections of Node's own debugging that print requests: `net` prints whole headers (measured with Node 24). */
const TELLTALE = ["http", "https", "http2", "net", "tls", "stream", "fetch", "undici", "websocket"];

function prints(nodeDebug: string): string | undefined {
  return nodeDebug
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")
    .find((entry) => {
      const pattern = entry.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*");
      return (
        TELLTALE.some((section) => new RegExp(`^${pattern}$`).test(section)) || entry.startsWith("undici:")
      );
    });
}

/** Sentences about variables of the libraries that would show tokens to the log or to strangers. */
export function leaks(environment: Environment): readonly string[] {
  const problems: string[] = [];
  if ((environment.GOOGLE_SDK_NODE_LOGGING ?? "") !== "") {
    problems.push(
      "GOOGLE_SDK_NODE_LOGGING is set and makes Google's library print access tokens: remove it; LOG_LEVEL=debug shows what happens.",
    );
  }
  if (prints(environment.NODE_DEBUG ?? "") !== undefined) {
    problems.push(
      "NODE_DEBUG makes Node print requests with the tokens in them: take http, https, http2, net, tls, stream, fetch, undici, websocket and * out of it.",
    );
  }
  if (environment.NODE_TLS_REJECT_UNAUTHORIZED === "0") {
    problems.push(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 would let anybody in between receive the tokens: remove it, and name a private certificate authority in NODE_EXTRA_CA_CERTS.",
    );
  }
  return problems;
}

/** True for the four settings whose value no message may repeat. */
export const isSecretName = (name: SettingName): name is (typeof SECRET_NAMES)[number] =>
  SECRET_NAMES.some((secret) => secret === name);
