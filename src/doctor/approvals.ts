/** Whether approvals reach the program that tells what waits. */
import type { Version } from "../aws/function.ts";
import type { Config } from "../settings/config.ts";
import { check, ok, warning } from "./check.ts";
import type { Check } from "./check.ts";
import type { SettingsChecks } from "./settings.ts";

/** Through which the schedule calls (lambroll/terraform/schedule.tf). */
const SCHEDULED = "current";

const TITLE = "Alias for approvals";

const EVERYDAY = warning(
  `APPROVE_QUALIFIER=${SCHEDULED} lets everyone approve who may start a run, because that alias is for every day`,
  "remove APPROVE_QUALIFIER, and allow only those who may approve to call the alias approve",
);

interface ApprovalsFrame {
  readonly config: Config;
  readonly settings: SettingsChecks;
  /** What an alias leads to; absent where this is no function of Lambda's. */
  readonly behind: ((alias: string) => Promise<Version | undefined>) | undefined;
}

/** A terminal asks for itself; where everybody may approve, no alias matters. */
export function approvalsChecks({ config, settings, behind }: ApprovalsFrame): readonly Check[] {
  const alias = config.approveQualifier;
  if (alias === SCHEDULED) return [check("approvals.alias", TITLE, {}, () => EVERYDAY)];
  if (alias === "any" || behind === undefined) return [];
  const needs = { settings: settings.setting("APPROVE_QUALIFIER"), safe: settings.safe };
  const run = async () => {
    const [approving, scheduled] = await Promise.all([behind(alias), behind(SCHEDULED)]);
    return judged(alias, approving, scheduled);
  };
  return [check("approvals.alias", TITLE, needs, run, "warning")];
}

function judged(alias: string, approving: Version | undefined, scheduled: Version | undefined) {
  if (approving === undefined)
    return warning(
      `There is no alias ${alias}, so nobody can approve anything`,
      "set function_exists = true in Terraform and apply it, or name another alias in APPROVE_QUALIFIER",
    );
  if (scheduled === undefined)
    return ok(`There is an alias ${alias}, and no alias ${SCHEDULED} to compare it with`);
  const differs = [
    ...(approving.code === scheduled.code ? [] : ["code"]),
    ...(approving.settings === scheduled.settings ? [] : ["settings"]),
  ];
  return differs.length === 0
    ? ok(`The alias ${alias} leads to the code and the settings that the schedule runs`)
    : warning(
        `The alias ${alias} leads to other ${differs.join(" and ")} than the alias ${SCHEDULED}, through which the schedule calls, so what waits and what is approved are worked out differently`,
        `deploy again, which moves ${SCHEDULED}; the alias ${alias} has to point at $LATEST`,
      );
}
