import { addressText, labelOf } from "./attributes.ts";
import type { PostalAddress, UserDetail } from "./attributes.ts";
import { isRetirement } from "./change.ts";
import type { Cause, Change, Kind, Leaving } from "./change.ts";
import { isPressing } from "./approval.ts";
import type { Waiting } from "./approval.ts";
import { carriesText, openingTexts } from "./carries-words.ts";
import type { Carried } from "./carries.ts";
import { count, firstTexts, number } from "./count.ts";
import { dueDay, isOffByHand } from "./mark.ts";
import type { Budget, Day, Limit, Rules, SourceId, TargetId } from "./model.ts";
import type { Reason } from "./reason.ts";
import type { Trouble } from "./trouble.ts";
import type { Ref } from "./ref.ts";

type Reasons = { readonly [C in Reason["code"]]: Extract<Reason, { readonly code: C }> };
type Words = { readonly [C in Reason["code"]]: (reason: Reasons[C]) => string };

export const quoted = (text: string): string => JSON.stringify(text);
const listed = (refs: readonly Ref[]): string => refs.map(({ label }) => label).join(", ");
const held = ({ kind, label, target }: Ref): string =>
  target === undefined || target === label ? `the ${kind} ${label}` : `the ${kind} ${label} (${target})`;

/** Why, each as the second half of a sentence about whom it is about, without a full stop. */
const REASONS: Words = {
  ignored: ({ setting, pattern }) => `it matches ${quoted(pattern)} in ${setting}`,
  protected: ({ by, pattern, name }) =>
    by === "control-tower"
      ? `${quoted(name)} is one of Control Tower's groups, which are never touched`
      : `its name ${quoted(name)} matches ${quoted(pattern)} in PROTECT_GROUPS`,
  unread: ({ nests, ...trouble }) =>
    nests === undefined
      ? `what AWS has of it stays, because it could not be read: ${troubleText(trouble)}`
      : `nobody is taken out of it, because it nests ${nests || "a group without an address"}, which could not be read: ${troubleText(trouble)}`,
  foreign: () => "it belongs to another identity provider",
  unmanaged: () => "it was made by hand",
  "not-included": () => "INCLUDE_GROUPS does not name it",
  "included-twice": ({ name, rivals }) =>
    `${listed(rivals)} also ${rivals.length === 1 ? "has" : "have"} the name ${quoted(name)}, which INCLUDE_GROUPS lists, so it counts for none that AWS does not have yet; list the address instead`,
  "no-name": () =>
    "what the settings make of its name has no character that AWS accepts; give it another name in Google, or name it in GROUP_NAMES",
  "name-barred": ({ name, barrier, keeps }) =>
    barrier.code === "ignored" && barrier.setting === "IGNORE_USERS"
      ? `the new user name ${quoted(name)} matches ${quoted(barrier.pattern)} in IGNORE_USERS, so ${keptText(keeps)}; give another one in Google`
      : `its new name ${quoted(name)} matches ${quoted(barrier.pattern)} in ${barrier.code === "ignored" ? barrier.setting : barrier.by === "control-tower" ? "Control Tower's groups" : barrier.by}, so this one stays ${quoted(keeps)} and its members are still synced; rename it in Google, or name it in GROUP_NAMES`,
  "name-wanted-twice": ({ name, rivals, keeps }) => {
    const wanted = `${listed(rivals)} also ${rivals.length === 1 ? "wants" : "want"} the name ${quoted(name)}`;
    if (rivals.every(({ kind }) => kind === "user"))
      return `${wanted}, so ${keptText(keeps)}; give each their own in Google`;
    return keeps === undefined
      ? `${wanted}; ${TOLD_APART}`
      : `${wanted}, so this one stays ${quoted(keeps)} and its members are still synced; ${TOLD_APART}`;
  },
  "name-unmanaged": ({ holder }) =>
    `${held(holder)} has this name and was made by hand; ADOPT=unclaimed would take it over`,
  "name-foreign": ({ holder, externalId }) =>
    `${held(holder)} has this name and belongs to another identity provider (${externalId}); ADOPT=any would take it over`,
  "name-ignored": ({ holder }) =>
    `${held(holder)} has this name and is ignored or protected, so it is left as it is`,
  "name-taken": (reason) => takenText("name", reason),
  "email-taken": (reason) => takenText("e-mail", reason),
  "name-held": ({ holder }) => `the name belongs to ${held(holder)}, whose removal is held back`,
  "address-unusable": () =>
    "AWS allows 1 to 128 characters in a user name, without white space or control characters",
  "user-name-missing": ({ setting, keeps }) =>
    `Google shows no text for USER_NAME=${setting}, so ${keptText(keeps)}; fill it in, as what Google sends as NameID`,
  "user-name-unusable": ({ setting, keeps }) =>
    `what Google has for USER_NAME=${setting} is no user name for AWS, so ${keptText(keeps)}; AWS allows 1 to 128 characters, without white space or control characters`,
  external: () => "not an account of this Google customer",
  "outside-group": () => "a group of another Google customer, which does not show its members",
  "not-a-person": () => "neither a user nor a group",
  "out-of-scope": () => "USER_MATCH leaves it out",
  suspended: ({ state }) => `${state} in Google, and SYNC_SUSPENDED=false`,
  "manager-missing": ({ manager }) =>
    `without a manager, because this sync has no user ${quoted(manager)} in AWS`,
  "never-seen": () => "suspended or archived in Google, and not in AWS yet",
  "off-by-hand": () =>
    "disabled in AWS by hand, or AWS refused the mark with which this sync disabled them, and not asked for while Google has the account: not deleted; delete the user in IAM Identity Center if nobody needs it",
  unresolved: () => "not in AWS",
  "not-linked": () => "MANAGE does not list groups, and AWS has no group with this Google id",
  doubted: () => "not enabled while it is unsure whether a membership that they would get back is gone",
  "still-member": () => "due for deletion, but still a member of a managed group",
  "still-has-members": ({ count: members }) =>
    `due for deletion, but it still has ${count(members, "member")} that this sync does not manage`,
  "name-left-out": () => "the name it needs is given up by a change that `only` leaves out",
  "user-exists": ({ address }) => `Google's listing lacks ${address}, but the account exists`,
  "group-exists": ({ address }) =>
    `the settings select the group ${address} itself, although Google's listing says otherwise`,
  "member-exists": () => "Google's listing lacks the member, but the membership exists",
  "user-active": ({ listed }) =>
    `Google's listing calls the account ${listed}, but the account itself is active`,
  "user-inactive": ({ account }) =>
    account === "gone"
      ? "the account no longer exists in Google, although its listing says otherwise"
      : `the account itself is ${account} in Google, although its listing says otherwise`,
  "fits-user-match": () => "the account fits USER_MATCH, although the listing lacks it",
  "ignored-unlisted": ({ address }) =>
    `IGNORE_GROUPS names ${address}, which GROUP_MATCH leaves out; add the name that it has in AWS, too`,
  "no-answer": (trouble) => troubleText(trouble),
  "taking-over": takingOver,
  "adopting-user": ({ user, enables, groups, setting }) => {
    const inThem = groups.length === 0 ? "" : `in ${count(groups.length, "group")} (${firstNames(groups)})`;
    if (setting !== undefined)
      return `${held(user)} is ${enables ? "disabled" : "there"}${inThem === "" ? "" : `, ${inThem},`} and was not made by this sync; whoever has this user name by USER_NAME=${setting} would take it over${enables ? " and enable it" : ""}`;
    return enables
      ? `${held(user)} is disabled and was not made by this sync; taking it over for whoever has this address now would enable it${inThem === "" ? "" : `, ${inThem}`}`
      : `${held(user)} was not made by this sync and is ${inThem} that it does not manage`;
  },
  "disabled-by-hand": () =>
    "somebody disabled the user in AWS by hand, or AWS refused the mark with which this sync disabled them, and the account is active in Google; approve it to enable the user again",
  "still-carries": ({ carried }) =>
    `due for deletion, but it still ${carriesText(carried)}, which would be lost for good, because assignments hang on the id; unassign that by hand, or approve the deletion`,
  "carries-unknown": (trouble) =>
    `due for deletion, but what access it carries is not known: ${troubleText(trouble)}; or approve the deletion`,
  "made-by-user": ({ who }) =>
    `a user, not an administrator, made this Google group, and GROUPS_CREATED_BY=administrators${who.length === 0 ? "" : `${PEOPLE.newGroups} ${firstNames(who)}`}`,
  "over-limit": overLimitText,
  "members-unsure": ({ who, also, ...trouble }) =>
    `it is unsure whether ${count(who.length, "member")} (${firstNames(who)}) left: ${troubleText(trouble)}${also.length === 0 ? "" : `; the same approval would take out ${count(also.length, "other member")} (${firstNames(also)})`}`,
  "nothing-listed": ({ budget, existing }) =>
    `Google lists no ${budget} at all, but AWS has ${number(existing)} that came from there; nothing is done except for leavers. Check ${budget === "users" ? "CUSTOMER_ID" : "GROUP_MATCH"} and the administrator's rights`,
  "nothing-left": ({ budget, existing }) =>
    `The plan would ${existing === 1 ? "take away the only" : "leave none of the"} ${existing === 1 ? ONE[budget] : count(existing, ONE[budget])}${existing === 1 ? "" : " there are now"}; ${CHANGED}`,
  "more-than-half": ({ budget, existing, lost }) =>
    `The plan would take ${number(lost)} of ${count(existing, ONE[budget])} out of scope; ${CHANGED}`,
  "required-members": ({ group, requires, stay, goes }) =>
    `REQUIRED_MEMBERS keeps ${count(requires, "enabled member")} in ${group.label}, and of those who are in it now ${stay === 0 ? "none" : number(stay)} would stay; ${goes ? "if the group is to go, take it out of REQUIRED_MEMBERS" : "let others in first, which makes it right by itself"}`,
  "required-name": ({ name }) =>
    `REQUIRED_MEMBERS names this group, and not ${quoted(name)}; add that name to it, with as many members`,
  "unmanaged-enabled": ({ account }) =>
    `made by hand and enabled, but ${account === "none" ? "Google has no account with this address" : `the Google account is ${account}`}`,
  "ignored-enabled": ({ account }) =>
    `left alone and enabled, but the Google account is ${account === "none" ? "gone" : account}`,
  "left-in": ({ barrier, names }) =>
    `left alone, because ${reasonText(barrier)}, but ${count(names.length, "member")} in AWS ${names.length === 1 ? "is" : "are"} no longer in it in Google (${firstNames(names)})`,
  refused: (trouble) => troubleText(trouble),
  "detail-refused": ({ detail, what, ...trouble }) =>
    what === "removal"
      ? `the ${labelOf(detail)} stays, because AWS does not let it be removed: ${troubleText(trouble)}`
      : `AWS does not take this ${labelOf(detail)} (${kindOf(detail)}): ${troubleText(trouble)}`,
  "refused-before": () => "AWS refused the same of somebody else a moment ago",
  "depends-on": ({ what, on, because }) => `${MISSING[what](on.label)}: ${reasonText(because)}`,
  "not-created": () => "not created",
  "already-there": () => "already in AWS with this external ID, so nothing was created",
  "group-missing": () => "the group is not in AWS",
  "cut-off": () => "time ran out before AWS answered; the next run sees whether it took effect",
  "marked-no-more": () => "no longer marked for deletion, so it is kept",
  "has-members": () => "it has members, so it is kept",
  "tally-unreadable": ({ who, ...trouble }) =>
    `nobody can say what was done within the last 24 hours: ${troubleText(trouble)}${who.length === 0 ? "" : `; it is about ${firstNames(who)}`}`,
  "tally-unwritable": (trouble) => `it cannot be counted: ${troubleText(trouble)}`,
  "budget-spent": () => "another run has spent the budget meanwhile; the next run weighs it again",
  "by-hand-meanwhile": () => "somebody else disabled the user meanwhile; the next run does the rest",
  "disabled-meanwhile": () => "disabled meanwhile, or no longer the same user",
  "party-left-out": ({ missing }) =>
    `the ${missing} is not there yet, or retired, and \`only\` does not name it`,
};

const keptText = (keeps: string | undefined): string =>
  keeps === undefined ? "this user is not created" : `this user stays ${quoted(keeps)}`;

const TOLD_APART = "rename one of them in Google, or name it in GROUP_NAMES";

const MISSING = {
  name: (label: string) => `the name is not free, because ${label} could not be changed`,
  removal: (label: string) => `a membership of ${label} that has to be removed first is still there`,
  group: (label: string) => `the group ${label} could not be created or restored`,
  user: (label: string) => `the user ${label} could not be created or restored`,
} as const;

function takenText(what: string, { holder, keeps }: Reasons["name-taken" | "email-taken"]): string {
  const effect = keeps === undefined ? "not created" : `kept as ${quoted(keeps)}`;
  return `the ${what} belongs to ${holder === "new" ? "another new one" : held(holder)}; ${effect} until it is free`;
}

const troubleText = ({ why, todo }: Trouble): string => (todo === "" ? why : `${why}; ${todo}`);

/** Never the value itself, which the audit line has. */
function kindOf(detail: UserDetail): string {
  if (detail === "manager") return "the AWS id of a user";
  return detail === "address" ? "an address" : "a text";
}

const WHOSE = {
  gone: () => "belongs to a Google group that is gone",
  unmanaged: () => "was made by hand",
  foreign: (externalId: string) => `belongs to another identity provider (${externalId})`,
} as const;

function takingOver(reason: Reasons["taking-over"]): string {
  const { group, whose, externalId, how, by, adminCreated, owners } = reason;
  const assigned = how === "handed-over" ? " together with its account assignments," : ",";
  const maker = adminCreated ? "an administrator" : "a user, not an administrator,";
  const owned =
    owners.length === 0
      ? "without an owner"
      : `${owners.length === 1 ? "owner" : "owners"}: ${firstNames(owners)}`;
  const leave = how === "handed-over" ? "" : `; to leave it alone, add ${by} to IGNORE_GROUPS`;
  return (
    `the group ${quoted(group.label)} (${group.target ?? ""}) ${WHOSE[whose](externalId)};` +
    ` if ${by}, a Google group that ${maker} made (${owned}), takes it over${assigned} ${turnoverText(reason)}${leave}`
  );
}

function turnoverText({ joins, leaves, later, whole }: Reasons["taking-over"]): string {
  const parts = [
    ...(joins.length === 0
      ? []
      : [`${count(joins.length, "person gets", "people get")} its access (${firstNames(joins)})`]),
    ...(leaves.length === 0
      ? []
      : [`${count(leaves.length, "person loses", "people lose")} it (${firstNames(leaves)})`]),
  ];
  const now = parts.length === 0 ? "no member changes" : parts.join(", and ");
  const told =
    later.length === 0
      ? now
      : `${now}; ${count(later.length, "suspended member follows", "suspended members follow")} when active again (${firstNames(later)})`;
  return whole ? told : `${told}, as far as its nested groups could be read`;
}

const MOST_NAMES = 100;

const firstNames = (names: readonly string[]): string => firstTexts(names, MOST_NAMES);

const ONE = { users: "enabled managed user", groups: "managed group" } as const;
const CHANGED =
  "nothing is done except for leavers. Check what changed in the settings or in Google; if it is right, let the new ones in first, and take the old ones out afterwards";

/** `size` of the `of` there were, or beside them. */
type Told = (size: number, of: number) => string;
const outOf =
  (one: string, done: string): Told =>
  (size, of) =>
    `${number(size)} of ${count(of, one)} would have been ${done}`;

const LIMITS: Readonly<Record<Budget, readonly [setting: string, told: Told]>> = {
  leavers: ["MAX_LEAVERS", outOf("enabled managed user", "disabled as leavers")],
  users: ["MAX_USER_REMOVALS", outOf("enabled managed user", "disabled")],
  groups: ["MAX_GROUP_REMOVALS", outOf("managed group", "retired")],
  memberships: ["MAX_MEMBERSHIP_REMOVALS", outOf("managed membership", "removed")],
  newGroups: [
    "MAX_NEW_GROUPS",
    (size, of) => `${count(size, "group")} would have been created beside ${count(of, "managed group")}`,
  ],
  growth: [
    "MAX_GROUP_GROWTH",
    (size, of) => `${count(size, "member")} would have been added to ${number(of)}`,
  ],
  shrink: ["MAX_GROUP_SHRINK", outOf("member", "removed")],
};

/** How the people are told whom it is about. */
const PEOPLE: Readonly<Record<Budget, string>> = {
  ...{ leavers: ":", users: ":", memberships: ":", growth: ":", shrink: ":" },
  groups: "; it has the members",
  newGroups: "; it would have the members",
};

function overLimitText(reason: Reasons["over-limit"]): string {
  const { budget, renames, limit, count: size, of, spent, allows, who } = reason;
  const [setting, told] = LIMITS[budget];
  const sum =
    renames === true
      ? outOf(budget === "users" ? ONE.users : ONE.groups, "renamed")(size, of)
      : told(size, of);
  const before = spent === 0 ? "" : `, ${number(spent)} of them already`;
  const named = renames === true ? "; the new name would be" : PEOPLE[budget];
  const people = who.length === 0 ? "" : `${named} ${firstNames(who)}`;
  return `within 24 hours ${sum}${before}, and ${setting} (${limitText(limit)}) allows ${number(allows)}${people}`;
}

/** `10% or 50, at most 2,000`, as in the setting. */
function limitText({ share, count: most, ceiling }: Limit): string {
  const parts = [
    ...(share === undefined ? [] : [`${+(share * 100).toFixed(4)}%`]),
    ...(most === undefined ? [] : [number(most)]),
  ];
  return `${parts.join(" or ")}${ceiling === undefined ? "" : `, at most ${number(ceiling)}`}`;
}

/** Why, as the second half of a sentence, without a full stop. */
export function reasonText(reason: Reason): string {
  const tell: (reason: never) => string = REASONS[reason.code];
  return tell(reason as never);
}

/** Whom something is about, and in which group. */
export const placeText = (about: Ref, within: Ref | undefined): string =>
  within === undefined ? about.label : `${about.label} in ${within.label}`;

/** What waits, as people and summaries see it. */
export interface Approval {
  readonly id: string;
  readonly kind: Waiting["kind"];
  readonly subject: string;
  /** Without a full stop. */
  readonly sentence: string;
  /** Whether somebody must decide. */
  readonly pressing: boolean;
}

export function approvalOf(wait: Waiting): Approval {
  const { id, kind, about, within, reason, carried } = wait;
  const access = carried === undefined ? "" : carriesText(carried);
  const subject = about === undefined ? "the whole plan" : placeText(about, within);
  return {
    id,
    kind,
    subject,
    sentence: `${reasonText(reason)}${access === "" ? "" : `; it ${access}`}`,
    pressing: isPressing(wait),
  };
}

/** A change as people and logs see it: flat, with stable keys (contract §8). */
export interface Record_ {
  readonly action: Kind;
  /** A user's address or a group's name. */
  readonly subject: string;
  /** The Google id where there is one, as it is after the change; `""` without. */
  readonly externalId: string;
  /** `""` for what does not exist yet. */
  readonly targetId: string;
  /** What differed, before and after; for memberships, who. */
  readonly detail: Detail;
  readonly reason: string;
}

interface Detail {
  readonly before?: Readonly<Record<string, string | boolean>>;
  readonly after?: Readonly<Record<string, string | boolean>>;
  readonly members?: readonly string[];
  /** Of somebody whom this disables: what goes on for a while all the same. */
  readonly stillOpen?: string;
  /** What access whoever it is about carries, the heaviest first; `unknown` is among it where not all could be read. */
  readonly carries?: readonly string[];
}

const CAUSES: Readonly<Record<Cause, string>> = {
  gone: "no longer in Google",
  suspended: "suspended or archived in Google",
  archived: "archived in Google",
  "out-of-scope": "still in Google, but no longer selected by the settings",
  differs: "different in Google",
  adopted: "taken over, because it has the same name in Google",
  "handed-over": "taken over from a Google group that is gone, as approved",
  returned: "back in Google",
  marked: "retired earlier, and enabled again by somebody",
  "moved-aside": "retired, and another one needs its name",
  parked: "moved aside for a moment, because names are traded",
};

export const LEAVINGS: Readonly<Record<Leaving, string>> = {
  left: "not a member in Google",
  "user-revoked": "the user is retired",
  "group-revoked": "the group is retired",
};

/** The one description of a change, for the audit line and for the terminal alike; with what is known to be carried. */
export function describe(change: Change, carried?: Carried): Record_ {
  const told = described(change);
  const carries = carried === undefined ? [] : openingTexts(carried);
  return carries.length === 0 ? told : { ...told, detail: { ...told.detail, carries } };
}

function described(change: Change): Record_ {
  if ("cause" in change) return patched(change);
  switch (change.kind) {
    case "user.create": {
      const { externalId, userName, ...after } = change.user;
      const detail = { after: shownValues(after) };
      return record(change.kind, userName, externalId, "", detail, "in Google, but not in AWS");
    }
    case "user.manager": {
      const { user, manager } = change;
      const detail = { before: { manager: "" }, after: { manager: manager.label } };
      return record(change.kind, user.label, user.externalId, "", detail, CAUSES.differs);
    }
    case "group.create": {
      const { group, members } = change;
      return record(
        change.kind,
        group.label,
        group.externalId,
        "",
        labelled(members),
        "in Google, but not in AWS",
      );
    }
    case "members.add": {
      const { group, users } = change;
      const why = users.length === 1 ? "a member in Google" : "members in Google";
      return record(change.kind, group.label, group.externalId, "", labelled(users), why);
    }
    case "members.remove": {
      const { group, users } = change;
      const why = [...new Set(users.map((user) => LEAVINGS[user.because]))].join("; ");
      return record(change.kind, group.label, group.externalId, group.id, labelled(users), why);
    }
    case "user.delete":
    case "group.delete": {
      const { before, since } = change;
      const subject = "userName" in before ? before.userName : before.name;
      return record(change.kind, subject, before.externalId, change.id, {}, `retired on ${since}`);
    }
    default:
      return change satisfies never;
  }
}

const labelled = (parties: readonly { readonly label: string }[]): Detail => ({
  members: parties.map(({ label }) => label),
});

type Patched = Extract<Change, { readonly cause: Cause }>;

function patched({ kind, id, before, patch, cause }: Patched): Record_ {
  const old: Readonly<Record<string, unknown>> = { ...before };
  const detail = {
    before: shownValues(Object.fromEntries(Object.keys(patch).map((key) => [key, old[key] ?? ""]))),
    after: shownValues(patch),
    ...(old["active"] === true && "active" in patch && !patch.active ? { stillOpen: STILL_OPEN.user } : {}),
  };
  const subject = "userName" in before ? before.userName : before.name;
  return record(kind, subject, patch.externalId ?? before.externalId, id, detail, CAUSES[cause]);
}

/** An address in one line, everything else as it is. */
const shownValues = (values: object): Readonly<Record<string, string | boolean>> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]: readonly [string, string | boolean | PostalAddress]) => [
      name,
      typeof value === "object" ? addressText(value) : value,
    ]),
  );

function record(
  action: Kind,
  subject: string,
  externalId: SourceId | string,
  id: TargetId | "",
  detail: Detail,
  reason: string,
): Record_ {
  return { action, subject, externalId, targetId: id, detail, reason };
}

/** One planned change: what, what differs, why; a revocation says when the deletion follows. Without a full stop. */
export function changeText(change: Change, today: Day, rules: Rules): string {
  const { action, reason, detail } = describe(change);
  const { before, after = {} } = detail;
  const parts = Object.entries(after).map(([name, value]) =>
    before === undefined
      ? `${name} ${JSON.stringify(value)}`
      : `${name} from ${JSON.stringify(before[name] ?? "")} to ${JSON.stringify(value)}`,
  );
  const then = isRetirement(change)
    ? `; ${deletionText(dueDay(today, rules, isOffByHand(change.before)), change.kind === "user.retire" ? "account" : "group")}`
    : "";
  return `${[action, ...parts].join(", ")}: ${reason}${then}`;
}

/**
 * What goes on for a while all the same, of whoever is disabled and of whoever is taken out of a group, at most
 * ("Understanding authentication sessions in IAM Identity Center"). Without a full stop.
 */
export const STILL_OPEN = {
  user: "Sign-in ends at once; open applications last up to 30 minutes more, and open roles in accounts up to 12 hours",
  membership:
    "The portal follows within an hour; open applications last up to 2 hours more, and open roles in accounts up to 12",
} as const;

/** When what is revoked is deleted. */
export const deletionText = (due: Day | undefined, what: "account" | "group"): string =>
  due === undefined
    ? "never deleted (DELETE_GRACE_DAYS=never)"
    : `deleted on or after ${due} unless the ${what} is restored`;

/** What to send to approve these. */
export const approvePayload = (ids: readonly string[]) => ({ action: "sync", approve: ids }) as const;
export type ApprovePayload = ReturnType<typeof approvePayload>;

export const approveText = (ids: readonly string[]): string => JSON.stringify(approvePayload(ids));
