import { count } from "../core/count.ts";
import { tokenStored, sourceName, readSecret } from "../settings/secrets.ts";
import type { SecretValue } from "../settings/secrets.ts";
import type { Config, LookUp, ReadSettings, SettingName } from "../settings/config.ts";
import { settings } from "../settings/table.ts";
import type { Problem, SecretName, Stage } from "../settings/table.ts";
import { tokenAge, tokenWarning } from "../log/token-age.ts";
import { check, fine, ok, step, warning, wrong } from "./check.ts";
import type { Check } from "./check.ts";

/** The checks of the settings, and what others need of them. */
export interface SettingsChecks {
  readonly checks: readonly Check[];
  /** In order when every setting that this stage of a run needs can be read. */
  readonly stage: (stage: Stage) => Check<Config>;
  /** In order when this one setting can be read. */
  readonly setting: (name: SettingName) => Check<Config>;
  /** In order when requests would leave by the way that is set, and nothing would show them to others. */
  readonly safe: Check;
}

const SETTINGS = "Settings";

export function settingsChecks({ usable, problems }: ReadSettings): SettingsChecks {
  const told = problems.map(({ of, why, todo }, at) => ({
    of,
    check: check(`settings.${at + 1}`, isName(of) ? of : SETTINGS, {}, () => wrong(why, todo)),
  }));
  const unless = (isWrong: (of: Problem["of"]) => boolean): Check<Config> =>
    step({}, () => {
      const first = told.find(({ of }) => isWrong(of));
      return first === undefined ? fine(usable) : { waitsFor: first.check };
    });
  const allRight = check("settings", SETTINGS, {}, () =>
    ok("Every setting is known and has a value that can be used"),
  );
  return {
    checks: [...(told.length === 0 ? [allRight] : told.map((one) => one.check)), ...effects(usable)],
    stage: (stage) => unless((of) => isName(of) && settings[of].stage === stage),
    setting: (name) => unless((of) => of === name),
    safe: unless((of) => of === "leak" || (isName(of) && settings[of].stage === "network")),
  };
}

const isName = (of: Problem["of"]): of is SettingName => of !== "unknown" && of !== "leak";

// ---------------------------------------------------------------- settings that mean more than they seem to

/** A warning where `is`, and otherwise nothing to mention. */
const warningWhen = (id: string, title: string, is: boolean, why: string, todo: string): Check =>
  check(id, title, {}, () => (is ? warning(why, todo) : fine(undefined)));

function effects({ rules, dryRun, notices, rates, approveQualifier, groupMatch }: Config): readonly Check[] {
  return [
    ...notices.map(({ why, todo }, at) =>
      warningWhen(`settings.notice.${at + 1}`, SETTINGS, true, why, todo),
    ),
    warningWhen(
      "settings.dry-run",
      "DRY_RUN",
      dryRun,
      "DRY_RUN=true: no run ever writes anything",
      "remove DRY_RUN when the plan looks right",
    ),
    warningWhen(
      "settings.grace",
      "DELETE_GRACE_DAYS",
      rules.graceDays === 0,
      "DELETE_GRACE_DAYS=0 deletes users and groups in the run that retires them, and their account assignments are lost for good",
      "allow some days, such as 30",
    ),
    warningWhen(
      "settings.approvers",
      "APPROVE_QUALIFIER",
      approveQualifier === "any",
      "APPROVE_QUALIFIER=any lets everyone who may call the function approve",
      "remove it, and allow only those who may approve to call the alias approve",
    ),
    warningWhen(
      "settings.fence",
      "INCLUDE_GROUPS",
      rules.includeGroups.some((entry) => !entry.includes("@")),
      `INCLUDE_GROUPS has names, and ${NO_FENCE}`,
      "list the addresses of these groups instead",
    ),
    warningWhen(
      "settings.fence.match",
      "GROUP_MATCH",
      groupMatch !== "all" && groupMatch.some((query) => /(?:^|\s)name\s*[:=]/iu.test(query)),
      `GROUP_MATCH selects groups by name, and ${NO_FENCE}`,
      "select them by address instead, such as email:aws-*",
    ),
    limitCheck("MAX_USER_REMOVALS", "users", rules),
    limitCheck("MAX_LEAVERS", "leavers", rules),
    limitCheck("MAX_GROUP_REMOVALS", "groups", rules),
    limitCheck("MAX_MEMBERSHIP_REMOVALS", "memberships", rules),
    rateCheck("SCIM_RATE", rates.scim, 20, "AWS allows 20 requests a second in all"),
    rateCheck("IDENTITY_STORE_RATE", rates.identityStore, 20, "AWS allows 20 requests a second in all"),
    rateCheck("GOOGLE_RATE", rates.google, 40, "Google allows one administrator 40 requests a second"),
  ];
}

const NO_FENCE = "whoever may name a Google group can bring it into the sync";

function limitCheck(
  name: string,
  of: "leavers" | "users" | "groups" | "memberships",
  { limits }: Config["rules"],
): Check {
  const { share = 0, count: most = 0 } = limits[of];
  const allowsNone = share === 0 && most === 0;
  const why = allowsNone
    ? `${name} allows no removal at all, so each one waits for an approval`
    : `${name} allows removing everything, so it gives no protection`;
  const todo = "set a share and a count, such as 10%,10";
  return warningWhen(`settings.limit.${of}`, name, allowsNone || share >= 1, why, todo);
}

/** AWS: "IAM Identity Center quotas"; Google: "Admin SDK quotas", 2,400 a minute for one user. */
const rateCheck = (name: string, rate: number, most: number, quota: string): Check =>
  warningWhen(
    `quota.${name}`,
    name,
    rate > most,
    `${name}=${rate}, but ${quota}, which other clients share`,
    `set ${name} below ${most}`,
  );

// ---------------------------------------------------------------- secrets

/** Each secret looked up and read by itself; the value of its check is what it holds. */
export type SecretChecks = { readonly [N in SecretName]: Check<SecretValue<N>> };

/** Looks the four secrets up, all at once. */
export function secretChecks(
  { sources, usable }: ReadSettings,
  { safe, setting }: SettingsChecks,
  lookUp: LookUp,
): { readonly secrets: SecretChecks; readonly age: Check } {
  const found = step({ safe }, async () => fine(await lookUp(sources, usable.proxy)));
  const secret = <N extends SecretName>(name: N): Check<SecretValue<N>> =>
    check(`secret.${name}`, name, { found, setting: setting(name) }, (given) => {
      const source = sources.find((one) => one.setting === name);
      const read = readSecret(name, given.found);
      if (source === undefined || read === undefined) throw new Error(`${name} was never looked up.`);
      if ("problem" in read) return wrong(read.problem.why, read.problem.todo);
      return ok(`It comes from ${sourceName(source)}`, read.value);
    });
  const secrets: SecretChecks = {
    GOOGLE_ADMIN: secret("GOOGLE_ADMIN"),
    GOOGLE_CREDENTIALS: secret("GOOGLE_CREDENTIALS"),
    SCIM_ENDPOINT: secret("SCIM_ENDPOINT"),
    SCIM_ACCESS_TOKEN: secret("SCIM_ACCESS_TOKEN"),
  };
  const age = check(
    "scim.token-age",
    "Age of the SCIM token",
    { found, token: secrets.SCIM_ACCESS_TOKEN },
    (given) => ageOf(tokenStored(given.found)),
  );
  return { secrets, age };
}

/** A token is valid for a year; only the date of its secret shows how old it is. */
function ageOf(stored: Date | undefined) {
  const now = new Date();
  const age = tokenAge(stored, now);
  if (age === undefined)
    return warning(
      "Nothing shows when the token was created, so nobody will be warned before it expires, a year after that",
      "keep it in Secrets Manager, so that the date of the secret's version counts as the token's",
    );
  const due = tokenWarning(stored, now);
  return due === undefined
    ? ok(`Its secret was stored ${count(age, "day")} ago; a token expires after a year`)
    : warning(due.why, due.todo);
}
