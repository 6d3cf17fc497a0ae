import { renderer } from "./lines.ts";
import type { Line } from "./lines.ts";
import { isSecretName } from "../settings/environment.ts";
import { settings, settingNames } from "../settings/table.ts";
import type { SettingName } from "../settings/table.ts";

export const WHAT = `Keeps the users, groups and memberships of AWS IAM Identity Center in step with Google Workspace.
Reads both, shows what differs and, when told to, writes the difference over SCIM.`;

const FIRST = `
The first two commands:
  npx ssosync plan                      shows what would change, and writes nothing
  npx ssosync apply                     shows it again, asks, and applies it
  npx ssosync plan --html plan.html     the same as a page, to read in a browser or to pass on
  npx ssosync plan --who ada@example.com   only what concerns these people or groups
  npx ssosync plan --out plan.json      saves the plan: npx ssosync apply plan.json applies exactly that, or nothing
  (npm run plan does the same; there, options go after two dashes: npm run plan -- --who …)

What it needs, as environment variables (export NAME=…):
  GOOGLE_ADMIN         the Google administrator to act as: an e-mail address
  GOOGLE_CREDENTIALS   the service account's key: the path of Google's JSON file
  SCIM_ENDPOINT        the SCIM endpoint, from Identity Center › Settings › Automatic provisioning
  SCIM_ACCESS_TOKEN    the access token, from the same place
  Each may also be the ARN of a secret or of an SSM parameter. What is not set is read from Secrets Manager: \
SSOSyncGoogleAdminEmail, SSOSyncGoogleCredentials, SSOSyncSCIMEndpointUrl, SSOSyncSCIMAccessToken.
  AWS credentials, for reading, are found where the AWS CLI finds them (AWS_PROFILE, aws sso login, …).
`;

const CODES = `
Exit codes:
  0  AWS matches Google                3  somebody has to look, or time ran out
  2  plan: there are changes to make   4  a limit refused the plan
  1  it failed, or the command line is wrong
`;

/** What stands under the list of commands and options, broken at `width` columns. */
export function helpText(width: number): string {
  const text = `${FIRST}${CODES}\nSettings, as environment variables too (the default in brackets):\n${settingsText()}`;
  return renderer(false, width)(text.split("\n").map((line): Line => [line])).trimEnd();
}

function settingsText(): string {
  const names = settingNames.filter((name) => !isSecretName(name));
  const widest = Math.max(...names.map((name) => name.length));
  return names.map((name) => `  ${name.padEnd(widest)}  ${meaningOf(name)}`).join("\n");
}

function meaningOf(name: SettingName): string {
  const { meaning, fallback } = settings[name];
  const value = typeof fallback === "function" ? fallback({ place: "terminal", method: "groups" }) : fallback;
  return value === undefined ? meaning : `${meaning} [${value}]`;
}
