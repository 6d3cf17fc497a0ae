import { readSettings, settingNames } from "../settings/config.ts";
import type {
  Config,
  Environment,
  LookUp,
  Place,
  SecretSource,
  SecretText,
  SettingName,
} from "../settings/config.ts";
import type { Trouble } from "../core/trouble.ts";
import { labelsOf, leaks } from "../settings/environment.ts";
import { readSecrets } from "../settings/secrets.ts";
import type { SecretParts } from "../settings/secrets.ts";
import { SECRET_NAMES } from "../settings/table.ts";
import { fromTrouble, notChecked, ok, warning, wrong } from "./finding.ts";
import type { Finding, Subject } from "./finding.ts";

/** What the settings come to. With problems, those that can be read still serve the other checks. */
export interface Settings {
  readonly findings: readonly Finding[];
  /** Wrong settings count as unset in it; `undefined` when not even that can be read. */
  readonly config: Config | undefined;
  readonly wrong: ReadonlySet<SettingName>;
  readonly sources: readonly SecretSource[];
  /** Why no connection may be made, completing "because …"; `undefined` when it may. */
  readonly unsafe: string | undefined;
}

const SETTINGS: Subject = { id: "settings", what: "The settings can be read" };

export function checkSettings(environment: Environment, place: Place): Settings {
  const { config, sources, problems } = readSettings(environment, place);
  const unsafe =
    leaks(environment).length === 0
      ? undefined
      : "a variable in the environment would show the tokens to others";
  if (config !== undefined) {
    const findings = [ok(SETTINGS, "Each is known, and has a value that can be used."), ...effects(config)];
    return { findings, config, wrong: new Set(), sources, unsafe };
  }
  const usable = usableSettings(environment, place);
  return {
    findings: [
      ...problems.map((problem, at) =>
        fromTrouble({ id: `settings.${at + 1}`, what: SETTINGS.what }, problem),
      ),
      ...(usable.config === undefined ? [] : effects(usable.config)),
    ],
    ...usable,
    sources,
    unsafe,
  };
}

function alone(environment: Environment, names: readonly SettingName[]): Environment {
  const labels = names.flatMap(labelsOf);
  return Object.fromEntries(labels.map((label) => [label, environment[label]]));
}

/** Each setting read by itself shows which are wrong; the rest is read together. */
function usableSettings(environment: Environment, place: Place): Pick<Settings, "config" | "wrong"> {
  const bad = new Set(
    settingNames.filter((name) => readSettings(alone(environment, [name]), place).problems.length > 0),
  );
  const without = (more: readonly SettingName[]): Config | undefined => {
    const names = settingNames.filter((name) => !bad.has(name) && !more.includes(name));
    return readSettings(alone(environment, names), place).config;
  };
  const config = without([]);
  if (config !== undefined) return { config, wrong: bad };
  // What is left are settings that can't both be meant, and INCLUDE_GROUPS is in each of those.
  return { config: without(["INCLUDE_GROUPS"]), wrong: new Set([...bad, "INCLUDE_GROUPS"]) };
}

// ---------------------------------------------------------------- settings that mean more than they seem to

function effects({ rules, dryRun, notices }: Config): readonly Finding[] {
  return [
    ...notices.map((notice, at) =>
      fromTrouble(
        { id: `settings.notice.${at + 1}`, what: "Every setting has an effect" },
        notice,
        "warning",
      ),
    ),
    ...when(
      dryRun,
      { id: "settings.dry-run", what: "The sync may write" },
      "DRY_RUN=true: no run ever writes anything.",
      "Remove DRY_RUN when the plan looks right.",
    ),
    ...when(
      rules.graceDays === 0,
      { id: "settings.grace", what: "A removal can be taken back" },
      "DELETE_GRACE_DAYS=0 deletes users and groups in the run that revokes them; an account assignment does not survive that.",
      "Give some days, such as 30.",
    ),
    ...when(
      rules.removeUnmanaged && rules.adopt === "none",
      { id: "settings.remove-unmanaged", what: "REMOVE_UNMANAGED and ADOPT go together" },
      "REMOVE_UNMANAGED=true and ADOPT=none together revoke everybody made by hand and create the same people anew, without their access.",
      "Set ADOPT=unclaimed, or REMOVE_UNMANAGED=false.",
    ),
    ...when(
      rules.removeUnmanaged && rules.adopt !== "none",
      { id: "settings.remove-unmanaged", what: "What was made by hand is safe" },
      "REMOVE_UNMANAGED=true: users and groups made by hand are revoked unless Google has them.",
      "Name those to keep in IGNORE_USERS, IGNORE_GROUPS and PROTECT_GROUPS, or set REMOVE_UNMANAGED=false.",
    ),
    ...limits(rules),
  ];
}

const when = (is: boolean, subject: Subject, why: string, todo: string): readonly Finding[] =>
  is ? [warning(subject, why, todo)] : [];

const LIMITS = [
  ["users", "MAX_USER_REMOVALS"],
  ["groups", "MAX_GROUP_REMOVALS"],
  ["memberships", "MAX_MEMBERSHIP_REMOVALS"],
] as const;

function limits(rules: Config["rules"]): readonly Finding[] {
  return LIMITS.flatMap(([what, name]) => {
    const { share = 0, count = 0 } = rules.limits[what];
    const subject = { id: `settings.limit.${what}`, what: `${name} protects against mistakes` };
    if (share === 0 && count === 0)
      return [
        warning(
          subject,
          `${name} allows no removal at all: each one waits for an approval.`,
          `Give a share and a count, such as 10%,10.`,
        ),
      ];
    return share >= 1
      ? [
          warning(
            subject,
            `${name} allows to remove everything, so it protects nobody.`,
            `Give a share and a count, such as 10%,10.`,
          ),
        ]
      : [];
  });
}

// ---------------------------------------------------------------- secrets

export interface SecretsFound extends SecretParts {
  readonly findings: readonly Finding[];
  readonly tokenCreated: Date | undefined;
}

const NOTHING = { google: undefined, admin: undefined, endpoint: undefined, token: undefined };

const WHAT = {
  GOOGLE_ADMIN: "The administrator's address is there",
  GOOGLE_CREDENTIALS: "The service account's key is there and whole",
  SCIM_ENDPOINT: "The SCIM endpoint's address is there",
  SCIM_ACCESS_TOKEN: "The SCIM access token is there",
} as const;

/** Looks the four secrets up and reads each by itself. */
export async function checkSecrets(
  { sources, unsafe, config }: Settings,
  lookUp: LookUp,
): Promise<SecretsFound> {
  if (unsafe !== undefined)
    return {
      ...NOTHING,
      tokenCreated: undefined,
      findings: SECRET_NAMES.map((name) => unlooked(name, unsafe)),
    };
  const found = await lookUp(sources, config?.proxy);
  const token = [...found].find(([source]) => source.setting === "SCIM_ACCESS_TOKEN")?.[1];
  return {
    ...readSecrets(found).parts,
    tokenCreated: token === undefined || "why" in token ? undefined : token.created,
    findings: SECRET_NAMES.map((name) => {
      const source = sources.find((one) => one.setting === name);
      return source === undefined
        ? unlooked(name, `the setting ${name} is wrong`)
        : secretFinding(source, found.get(source));
    }),
  };
}

const subjectOf = (name: (typeof SECRET_NAMES)[number]): Subject => ({
  id: `secret.${name}`,
  what: WHAT[name],
});
const unlooked = (name: (typeof SECRET_NAMES)[number], because: string): Finding =>
  notChecked(subjectOf(name), because);

function secretFinding(source: SecretSource, looked: SecretText | Trouble | undefined): Finding {
  const subject = subjectOf(source.setting);
  if (looked === undefined) return wrong(subject, "It was not found.", "Store it, and run the doctor again.");
  const [problem] = readSecrets(new Map([[source, looked]])).problems;
  return problem === undefined
    ? ok(subject, `It comes from ${placeOf(source)}.`)
    : fromTrouble(subject, problem);
}

function placeOf(source: SecretSource): string {
  switch (source.kind) {
    case "secret":
      return `the secret ${source.id}`;
    case "parameter":
      return `the parameter ${source.id}`;
    case "literal":
      return `the setting ${source.setting}`;
    case "file":
      return `the file that ${source.setting} names`;
  }
}
