import { count } from "../core/count.ts";
import { tokenStored, sourceName, readSecret } from "../settings/secrets.ts";
import type { SecretValue } from "../settings/secrets.ts";
import type { Config, LookUp, ReadSettings, SettingName } from "../settings/config.ts";
import { settings } from "../settings/table.ts";
import type { SecretName, Stage } from "../settings/table.ts";
import { tokenAge, tokenWarning } from "../log/token-age.ts";
import { check, fine, ok, step, warning, wrong } from "./check.ts";
import type { Check, Subject } from "./check.ts";

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
  const told = problems.map((problem, at) => {
    const subject = { id: `settings.${at + 1}`, title: isName(problem.of) ? problem.of : SETTINGS };
    return { of: problem.of, subject, check: check({ ...subject, run: () => wrong(problem) }) };
  });
  const unless = (isWrong: (of: (typeof told)[number]["of"]) => boolean): Check<Config> =>
    step({}, () => {
      const first = told.find(({ of }) => isWrong(of));
      return first === undefined ? fine(usable) : { waitsFor: first.subject };
    });
  const allRight = check({
    id: "settings",
    title: SETTINGS,
    run: () => ok("Every setting is known and has a value that can be used"),
  });
  return {
    checks: [...(told.length === 0 ? [allRight] : told.map((one) => one.check)), ...effects(usable)],
    stage: (stage) => unless((of) => isName(of) && settings[of].stage === stage),
    setting: (name) => unless((of) => of === name),
    safe: unless((of) => of === "leak" || (isName(of) && settings[of].stage === "network")),
  };
}

const isName = (of: ReadSettings["problems"][number]["of"]): of is Exclude<typeof of, "unknown" | "leak"> =>
  of !== "unknown" && of !== "leak";

// ---------------------------------------------------------------- settings that mean more than they seem to

/** A warning where `is`, and otherwise nothing to mention. */
const warningWhen = (subject: Subject, is: boolean, why: string, todo: string): Check =>
  check({ ...subject, run: () => (is ? warning(why, todo) : fine(undefined)) });

function effects({ rules, dryRun, notices, rates }: Config): readonly Check[] {
  const { adopt, graceDays, removeUnmanaged } = rules;
  return [
    ...notices.map(({ why, todo }, at) =>
      warningWhen({ id: `settings.notice.${at + 1}`, title: SETTINGS }, true, why, todo),
    ),
    warningWhen(
      { id: "settings.dry-run", title: "DRY_RUN" },
      dryRun,
      "DRY_RUN=true: no run ever writes anything",
      "remove DRY_RUN when the plan looks right",
    ),
    warningWhen(
      { id: "settings.grace", title: "DELETE_GRACE_DAYS" },
      graceDays === 0,
      "DELETE_GRACE_DAYS=0 deletes users and groups in the run that revokes them, and their account assignments are lost for good",
      "allow some days, such as 30",
    ),
    warningWhen(
      { id: "settings.remove-unmanaged", title: "REMOVE_UNMANAGED" },
      removeUnmanaged,
      adopt === "none"
        ? "REMOVE_UNMANAGED=true with ADOPT=none revokes everybody who was created by hand and creates the same people again, without their access"
        : "REMOVE_UNMANAGED=true revokes users and groups that were created by hand, unless they are in Google",
      adopt === "none"
        ? "set ADOPT=unclaimed, or REMOVE_UNMANAGED=false"
        : "list those to keep in IGNORE_USERS, IGNORE_GROUPS and PROTECT_GROUPS, or set REMOVE_UNMANAGED=false",
    ),
    limitCheck("MAX_USER_REMOVALS", "users", rules),
    limitCheck("MAX_GROUP_REMOVALS", "groups", rules),
    limitCheck("MAX_MEMBERSHIP_REMOVALS", "memberships", rules),
    rateCheck("SCIM_RATE", rates.scim, 20, "AWS allows 20 requests a second in all"),
    rateCheck("IDENTITY_STORE_RATE", rates.identityStore, 20, "AWS allows 20 requests a second in all"),
    rateCheck("GOOGLE_RATE", rates.google, 40, "Google allows one administrator 40 requests a second"),
  ];
}

function limitCheck(
  name: string,
  of: "users" | "groups" | "memberships",
  { limits }: Config["rules"],
): Check {
  const { share = 0, count = 0 } = limits[of];
  const allowsNone = share === 0 && count === 0;
  return warningWhen(
    { id: `settings.limit.${of}`, title: name },
    allowsNone || share >= 1,
    allowsNone
      ? `${name} allows no removal at all, so each one waits for an approval`
      : `${name} allows removing everything, so it gives no protection`,
    "set a share and a count, such as 10%,10",
  );
}

/** AWS: "IAM Identity Center quotas"; Google: "Admin SDK quotas", 2,400 a minute for one user. */
const rateCheck = (name: string, rate: number, most: number, quota: string): Check =>
  warningWhen(
    { id: `quota.${name}`, title: name },
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
    check({
      id: `secret.${name}`,
      title: name,
      needs: { found, setting: setting(name) },
      run: (given) => {
        const source = sources.find((one) => one.setting === name);
        const read = readSecret(name, given.found);
        if (source === undefined || read === undefined) throw new Error(`${name} was never looked up.`);
        if ("problem" in read) return wrong(read.problem);
        return { ...ok(`It comes from ${sourceName(source)}`), value: read.value };
      },
    });
  const secrets: SecretChecks = {
    GOOGLE_ADMIN: secret("GOOGLE_ADMIN"),
    GOOGLE_CREDENTIALS: secret("GOOGLE_CREDENTIALS"),
    SCIM_ENDPOINT: secret("SCIM_ENDPOINT"),
    SCIM_ACCESS_TOKEN: secret("SCIM_ACCESS_TOKEN"),
  };
  const age = check({
    id: "scim.token-age",
    title: "Age of the SCIM token",
    needs: { found, token: secrets.SCIM_ACCESS_TOKEN },
    run: (given) => ageOf(tokenStored(given.found)),
  });
  return { secrets, age };
}

/** A token is valid for a year; how old it is can only be told from when its secret was stored. */
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
