/** The English of explanations; that of plans is in `core/words.ts`. Nothing ends in a full stop. */
import type { Waiting } from "../approval.ts";
import { openingText } from "../carries-words.ts";
import { count } from "../count.ts";
import type { GroupCalled } from "../group-name.ts";
import { markDay, sourceOf } from "../mark.ts";
import type { Claim } from "../mark.ts";
import type { Pair } from "../match.ts";
import type {
  Day,
  ExistingGroup,
  ExistingUser,
  Rules,
  SourceGroup,
  SourceUser,
  UserNaming,
} from "../model.ts";
import type { Barrier, HoldReason, LeftAlone, RefusalReason, Skip } from "../reason.ts";
import type { Ref } from "../ref.ts";
import { approveText, deletionText, LEAVINGS, quoted, reasonText } from "../words.ts";
import type { HeldPart } from "./evidence.ts";

/** Queries that list somebody, or do not. */
interface Queried {
  readonly isListed: boolean;
  readonly queries: readonly string[] | "all";
}

const queriesText = (texts: readonly string[] | "all", between: " or " | ", "): string =>
  texts === "all" ? quoted("*") : texts.map(quoted).join(between);
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const objectText = ({ kind, target }: Ref): string => `the AWS ${kind} ${target ?? ""}`;
const inGoogleText = (kind: Ref["kind"]): string => (kind === "user" ? "account" : "group");
const aliasText = (alias: string | undefined, what: string): string =>
  alias === undefined ? "" : `; ${alias} is another address of this ${what}`;
const carriedText = (externalId: string): string =>
  externalId === "" ? "no external id" : `the external id ${externalId}`;
const sinceText = (since: Day | undefined, due: Day | undefined, what: "account" | "group"): string =>
  since === undefined ? "" : `: retired on ${since}; ${deletionText(due, what)}`;

/** When a user was retired, when they are deleted, when they left; and whether a person had disabled them before. */
type Marked = Readonly<Record<"since" | "due" | "left", Day | undefined>> & { readonly byHand: boolean };

/** The steps of the way from Google to AWS. */
export const SAY = {
  account: ({ givenName, familyName, email, id, state, orgUnit }: SourceUser, alias: string | undefined) =>
    `Google has ${`${givenName} ${familyName}`.trim() || "an account"} <${email}>, id ${id}, ${state}${orgUnit === "" ? "" : ` in ${orgUnit}`}${aliasText(alias, "account")}`,
  group: ({ name, email, id }: SourceGroup, alias: string | undefined, parents: readonly string[]) =>
    `Google has the group ${quoted(name)} <${email}>, id ${id}${aliasText(alias, "group")}${parents.length === 0 ? "" : `; it is nested in ${parents.join(", ")}`}`,
  notInGoogle: ({ kind, label }: Ref, claim: Claim) => {
    const what = inGoogleText(kind);
    const [id, isMarked] = [sourceOf(claim), markDay(claim) !== undefined];
    return id === undefined
      ? `Google has no ${what} that belongs to the AWS ${kind} ${kind === "user" ? label : quoted(label)}`
      : `Google lists no ${what} with the id ${id}, which the ${isMarked ? "mark on the " : ""}AWS ${kind} ${isMarked ? "names" : "carries"}`;
  },
  unread: "Its members are not read, because nothing asks for them",
  notCounted: ({ about, within, reason }: Skip) =>
    `${about.label} in ${within?.label ?? ""} does not count: ${reasonText(reason)}`,
  moreNotCounted: (more: number) =>
    `${count(more, "more member does", "more members do")} not count for such reasons`,
  userScope: (method: Rules["method"], groups: number, match: Queried | undefined) => {
    const listed =
      match === undefined
        ? "it is not set"
        : match.isListed
          ? `Google lists this account for ${queriesText(match.queries, " or ")}`
          : `Google lists this account for none of ${queriesText(match.queries, ", ")}`;
    if (method === "users_groups")
      return `SYNC_METHOD=users_groups selects the users who match USER_MATCH: ${listed}`;
    const have =
      groups === 0 ? "no listed group has" : count(groups, "listed group has", "listed groups have");
    const more = match === undefined ? "" : `; and the users who match USER_MATCH: ${listed}`;
    return `SYNC_METHOD=groups selects the members of the groups that match GROUP_MATCH: ${have} this account${more}`;
  },
  state: (state: SourceUser["state"], syncSuspended: boolean) =>
    `The account is ${state} in Google, so it ${syncSuspended ? "stays as a disabled user and keeps its groups (SYNC_SUSPENDED=true); it is not created if AWS has never seen it" : "counts as gone (SYNC_SUSPENDED=false)"}`,
  groupScope: (isListed: boolean, queries: readonly string[] | "all") =>
    isListed
      ? `GROUP_MATCH selects it: Google lists it for ${queriesText(queries, " or ")}`
      : `GROUP_MATCH (${queriesText(queries, ", ")}) does not list it, so it is not a group of its own in AWS; nested in a listed group, its members count there`,
  included: "INCLUDE_GROUPS names it",
  barred: (reason: Barrier) =>
    `${capital(reasonText(reason))}, so ${reason.code === "protected" ? "it is never adopted, changed, emptied or deleted" : "both halves are left alone, as if they did not exist"}`,
  called: ({ by }: GroupCalled, { groupName }: Rules, name: string, isCleaned: boolean) =>
    `${by === "GROUP_NAME" ? `GROUP_NAME=${groupName.text}` : by} calls it ${quoted(name)} in AWS${isCleaned ? ", without what AWS does not accept" : ""}`,
  signsInAs: ({ text }: UserNaming, name: string) =>
    name === ""
      ? `Google has no user name for them: USER_NAME=${text} leads to nothing`
      : `USER_NAME=${text} makes ${quoted(name)} their user name, which Google must send as NameID`,
  paired: (ref: Ref, how: Pair<never, never>["how"], { adopt, manage, userName }: Rules) => {
    const object = objectText(ref);
    switch (how) {
      case "linked":
        return `Matched by id: ${object} carries this Google id`;
      case "restored":
        return `Matched by id: the mark on ${object} names this Google id, so that ${ref.kind} comes back`;
      case "handed-over":
        return `Matched by name only: ${object} of this name belongs to a Google group that is gone; handing it over, with its account assignments, needs an approval`;
      case "adopted":
        if (ref.kind === "group")
          return `Matched by name: ${object} has this name, and ADOPT=${adopt} takes it over once somebody approves it`;
        return `Matched by name: ${object} has this ${userName.from === "email" ? "address" : "user name"}${manage.users ? `, and ADOPT=${adopt} takes it over` : "; MANAGE does not list users, so nothing is written to it"}`;
      default:
        return how satisfies never;
    }
  },
  leftAlone: (ref: Ref, reason: LeftAlone, isLinked: boolean) =>
    isLinked
      ? `Matched by id: ${objectText(ref)} carries this Google id, and the pair is left alone`
      : `Not matched: ${objectText(ref)} is left alone, because ${reasonText(reason)}`,
  unasked: (ref: Ref) =>
    ref.source === undefined
      ? `Not matched: ${objectText(ref)} came from a Google ${inGoogleText(ref.kind)} that is no longer listed`
      : `Matched by id, but the settings do not select the ${inGoogleText(ref.kind)}: ${objectText(ref)} carries this Google id`,
  noMatch: (kind: Ref["kind"]) =>
    `Not matched: AWS has no ${kind} with this Google id, and none that could be taken over by its name`,
  recycled: ({ id }: ExistingUser) =>
    `Not matched: the AWS user ${id} has this name, but belongs to another Google account: a different person, whose access nobody inherits`,
  userInAws: ({ userName, id, active, externalId }: ExistingUser, { since, due, left, byHand }: Marked) =>
    `AWS has the user ${userName} (${id}), ${active ? "enabled" : byHand ? "disabled by hand" : "disabled"}, with ${carriedText(externalId)}${sinceText(since, due, "account")}${left === undefined ? "" : byHand ? `: a leaver since ${left}` : `: disabled as a leaver on ${left}`}`,
  groupInAws: (
    { name, id, members, externalId, createdAt }: ExistingGroup,
    since: Day | undefined,
    due: Day | undefined,
  ) =>
    `AWS has the group ${quoted(name)} (${id}), with ${count(members.size, "member")} and ${carriedText(externalId)}${createdAt === "" ? "" : `, made ${createdAt}`}${sinceText(since, due, "group")}`,
  held: ({ change, reason }: HeldPart) => `${change.kind} is held back: ${reasonText(reason)}`,
  skipped: ({ within, reason }: Skip) =>
    `Left out${within === undefined ? "" : ` of ${within.label}`} (${reason.code}): ${reasonText(reason)}`,
  waits: ({ id, kind, within, reason }: Waiting) =>
    `Waits for approval (${kind}${within === undefined ? "" : ` in ${within.label}`}): ${reasonText(reason)}. To approve: ${approveText([id])}`,
  notDone: (text: string) => `Not done, because the whole plan is refused: ${text}`,
  noChange: (kind: Ref["kind"]) => `Nothing would be changed about the ${kind} itself`,
  refused: (reason: RefusalReason) => `The plan as a whole is refused: ${reasonText(reason)}`,
  opens: openingText,
  opensNothing: (kind: Ref["kind"]) => `Nothing is assigned to the ${kind} in AWS`,
  opensUnknown: "What access it carries could not be read",
  assigned: (way: string) => `Assigned directly, so no group takes it away; by hand: ${way}`,
  notShown: (what: string, because: string) => `${capital(what)} ${because}`,
  lookAt: "Somebody must look at this user",
} as const;

/** Why the next run does something about a membership, or does not. */
export const WHY = {
  there: "Google has the membership",
  missing: "Google has the membership and AWS does not",
  nowhere: "neither Google nor AWS has the membership",
  unlisted: "GROUP_MATCH does not select the group itself",
  undecided: "nothing asks for a change",
  outOfScope: "the settings no longer select the membership",
  leaves: LEAVINGS,
  notManaged: {
    memberships: "MANAGE does not list memberships, so nobody is added or removed",
    users: "MANAGE does not list users, and AWS has no such user",
    groups: "MANAGE does not list groups, and AWS has no such group",
  },
  held: (what: "membership" | Ref["kind"], reason: HoldReason, wait: Waiting | undefined) =>
    `${what === "membership" ? "removing the member" : `retiring the ${what}`} is held: ${reasonText(reason)}${wait === undefined ? "" : `; the approval ${wait.id} lets it through`}`,
  refused: "the whole plan is refused",
  waits: ({ id, kind, reason }: Waiting) =>
    `it waits for the approval ${id} (${kind}): ${reasonText(reason)}`,
  leftAlone: (kind: Ref["kind"], reason: LeftAlone) =>
    `the ${kind} is left alone, because ${reasonText(reason)}`,
} as const;
