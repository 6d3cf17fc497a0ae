/** The English of what users and groups carry. Nothing ends in a full stop. */
import { directOf, instanceOf, PRINCIPAL_TYPES } from "./carries.ts";
import type { Carried, Carries, Opening, Place, Principal } from "./carries.ts";
import { count, firstTexts } from "./count.ts";
import type { TargetId } from "./model.ts";

const MOST_OPENINGS = 5;
const MOST_ACCOUNTS = 5;

/** `AdministratorAccess in 3 accounts (prod, log, audit); the role ops in dev`: the heaviest first. */
const openingsText = (opens: readonly Opening[]): string =>
  firstTexts(opens.map(openingText), MOST_OPENINGS, "; ");

/** One line for each, as an audit line has them. */
export const openingTexts = ({ opens, whole }: Carried): readonly string[] => [
  ...opens.map(openingText),
  ...(whole ? [] : ["unknown"]),
];

/** `carries AdministratorAccess in 3 accounts (prod, log, audit)`; `""` of what is not known to carry anything. */
export const carriesText = ({ opens }: Carried): string =>
  opens.length === 0 ? "" : `carries ${openingsText(opens)}`;

/** `AdministratorAccess in 3 accounts (prod, log, audit)` */
export const openingText = (opening: Opening): string =>
  `${nameText(opening)} ${placesText(opening.accounts)}`;

const POLICIES = { administrator: "AdministratorAccess", power: "PowerUserAccess" } as const;

/** A permission set may have any name: what counts is AWS's policy in it. */
function nameText({ via, name, weight }: Opening): string {
  const shown = via === "role" ? `the role ${name}` : name;
  if (weight !== "administrator" && weight !== "power") return shown;
  return name === POLICIES[weight] ? shown : `${shown} (${POLICIES[weight]})`;
}

const accountText = ({ id, name }: Place): string => name ?? id;

const placesText = (accounts: readonly Place[]): string =>
  accounts.length === 1
    ? `in ${accounts.map(accountText).join("")}`
    : `in ${count(accounts.length, "account")} (${firstTexts(accounts.map(accountText), MOST_ACCOUNTS)})`;

// ---------------------------------------------------------------- what only hands can take away

/** `still assigned directly: AdministratorAccess in prod; remove by hand:`; `""` where nothing is. */
export function assignedText(carried: Carried): string {
  const direct = directOf(carried);
  return direct.length === 0 ? "" : `still assigned directly: ${openingsText(direct)}; remove by hand:`;
}

/** What takes a user's direct assignments away, each by itself. */
export const removalTexts = (id: TargetId, carried: Carried): readonly string[] =>
  directOf(carried).flatMap(({ arn, accounts }) =>
    accounts.map((place) => removalText({ kind: "user", id }, arn, place)),
  );

/** A command; of account access manager what to look for, because no command of the AWS CLI is known to take it away. */
export const removalText = (
  { kind, id }: Principal,
  permissionSet: string,
  { id: account, entitlement }: Pick<Place, "id" | "entitlement">,
): string =>
  entitlement === undefined
    ? `aws sso-admin delete-account-assignment --instance-arn ${instanceOf(permissionSet)}` +
      ` --permission-set-arn ${permissionSet} --target-type AWS_ACCOUNT --target-id ${account}` +
      ` --principal-type ${PRINCIPAL_TYPES[kind]} --principal-id ${id}`
    : `the entitlement ${entitlement.id} of ${entitlement.application} in account access manager`;

// ---------------------------------------------------------------- what is not known

const UNSHOWN = {
  assignments: "account assignments",
  "permission-sets": "names and policies of permission sets",
  entitlements: "entitlements of account access manager",
} as const satisfies Readonly<Record<Carries["notShown"][number]["what"], string>>;

/** What is not shown, and why, with the remedy; each once. */
export const notShownParts = ({
  notShown,
}: Carries): readonly { readonly what: string; readonly because: string }[] =>
  notShown.map(({ what, why, todo }) => ({
    what: UNSHOWN[what],
    because: `are not shown: ${why}${todo === "" ? "" : `; ${todo}`}`,
  }));
