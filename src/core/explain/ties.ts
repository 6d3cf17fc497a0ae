import { tieKey } from "./evidence.ts";
import type { Index, Person, Team } from "./evidence.ts";
import { groupClaim, userClaim } from "../mark.ts";
import { CONTROL_TOWER_GROUPS } from "../match.ts";
import { firstMet, meets } from "../names.ts";
import { pathText } from "./paths.ts";
import { desiredUser } from "../person.ts";
import type { Skip } from "../reason.ts";
import { reasonText } from "../words.ts";
import type { DesiredGroup } from "../model.ts";

/**
 * What the next run does about one membership: `kept` and `added` end in the target, `removed` does not; `held` and
 * `waits` stay as they are until somebody or something decides; `nothing` is left as it is.
 */
export type Next = "kept" | "added" | "removed" | "held" | "waits" | "nothing";

/** One person and one group: what Google says, what the target holds, what comes next, and why. */
export interface Tie {
  readonly user: string;
  readonly group: string;
  /** `aws-engineers › aws-backend › ada@example.com`; empty when Google has no such membership. */
  readonly paths: readonly string[];
  readonly inTarget: boolean;
  readonly next: Next;
  /** One sentence without a full stop. */
  readonly why: string;
}

export const userLabel = ({ source, existing }: Person): string =>
  source?.email ?? existing?.userName ?? "(unknown)";

/** The name it has, or would have, in the target. */
export function groupLabel({ source, existing }: Team, index: Index): string {
  const wanted = source === undefined ? undefined : index.desiredGroups.get(source.id)?.name;
  return existing?.name ?? (wanted || (source?.name ?? "") || (source?.email ?? "(unknown)"));
}

export function tieOf(team: Team, person: Person, index: Index): Tie {
  const label = userLabel(person);
  const ways =
    team.source === undefined || person.source === undefined
      ? []
      : index.pathsInto(team.source.id)(person.source.id, label);
  const inTarget =
    team.existing !== undefined &&
    person.existing !== undefined &&
    team.existing.members.has(person.existing.id);
  const state = { team, person, index, inTarget, inSource: ways.length > 0 };
  return {
    user: label,
    group: groupLabel(team, index),
    paths: ways.map(pathText),
    inTarget,
    ...(decided(state) ?? waiting(state) ?? (inTarget ? staying(state) : missing(state))),
  };
}

interface State {
  readonly team: Team;
  readonly person: Person;
  readonly index: Index;
  readonly inTarget: boolean;
  readonly inSource: boolean;
}

type Verdict = Pick<Tie, "next" | "why">;

const say = (next: Next, why: string): Verdict => ({ next, why });

/** What the plan says of it outright. */
function decided(state: State): Verdict | undefined {
  const { team, person, index } = state;
  const held = heldBack(state);
  if (held !== undefined) return held;
  if (team.existing !== undefined && person.existing !== undefined) {
    const because = index.leaves.get(tieKey(team.existing.id, person.existing.id));
    if (because !== undefined) return say("removed", leaving(because, state));
  }
  if (team.source === undefined || person.source === undefined) return undefined;
  return index.joins.has(tieKey(team.source.id, person.source.id))
    ? say("added", "Google has the membership and AWS does not")
    : undefined;
}

function heldBack({ team, person, index, inTarget }: State): Verdict | undefined {
  const { existing: group } = team;
  const { existing: user } = person;
  if (group === undefined || user === undefined || !inTarget) return undefined;
  const reason = index.heldLeaves.get(tieKey(group.id, user.id));
  if (reason !== undefined) return say("held", `taking the member out is held: ${reason}`);
  const whole = index.heldObjects.get(user.id);
  if (whole !== undefined) return say("held", `revoking the user is held: ${whole}`);
  const all = index.heldObjects.get(group.id);
  return all === undefined ? undefined : say("held", `revoking the group is held: ${all}`);
}

function leaving(because: "left" | "user-revoked" | "group-revoked", state: State): string {
  if (because === "user-revoked") return "the user is revoked";
  if (because === "group-revoked") return "the group is revoked";
  if (!state.inSource) return "Google has no such membership";
  return told(barredWithin(state)) ?? "the settings ask for the membership no more";
}

/** Additions that wait for approval wait as a group. */
function waiting({ team, person, index, inTarget }: State): Verdict | undefined {
  const desired = desiredOf(team, index);
  if (desired === undefined || person.source === undefined || inTarget) return undefined;
  if (!desired.members.has(person.source.id)) return undefined;
  const wait = index.evidence.waiting.find(
    ({ kind, about }) => about?.source === desired.externalId && kind !== "unsure",
  );
  return wait === undefined
    ? undefined
    : say("waits", `it waits for the approval ${wait.id} (${wait.kind}): ${reasonText(wait.reason)}`);
}

const desiredOf = ({ source }: Team, index: Index): DesiredGroup | undefined =>
  source === undefined ? undefined : index.desiredGroups.get(source.id);

function staying(state: State): Verdict {
  const { team, person, index } = state;
  const why = userLeftAlone(person, index) ?? groupLeftAlone(team, index);
  if (why !== undefined) return say("nothing", why);
  const desired = desiredOf(team, index);
  if (person.source !== undefined && desired?.members.has(person.source.id) === true)
    return say("kept", "Google has the membership");
  if (!index.evidence.situation.rules.manage.memberships)
    return say("nothing", "MANAGE does not list memberships, so no member is taken out");
  return say("nothing", "nothing asks for a change of it");
}

function missing(state: State): Verdict {
  const { team, person, index } = state;
  if (!state.inSource) return say("nothing", "neither Google nor AWS has the membership");
  const why =
    userLeftAlone(person, index) ??
    groupLeftAlone(team, index) ??
    told(barredWithin(state)) ??
    told(userSkip(person, index)) ??
    told(groupSkip(team, index)) ??
    unwritten(state);
  return say("nothing", why);
}

function unwritten({ index }: State): string {
  const { manage } = index.evidence.situation.rules;
  if (!manage.memberships) return "MANAGE does not list memberships, so no member is added";
  if (!manage.users) return "MANAGE does not list users, and AWS has no such user";
  if (!manage.groups) return "MANAGE does not list groups, and AWS has no such group";
  return "the plan does not ask for it";
}

// ---------------------------------------------------------------- who is left alone, and why

/** Why nothing about this user is ever written; `undefined` when the sync decides. */
function userLeftAlone(person: Person, index: Index): string | undefined {
  const { rules } = index.evidence.situation;
  const pattern = ignoringUser(person, index);
  if (pattern !== undefined)
    return `IGNORE_USERS has ${JSON.stringify(pattern)}, which meets the user: an ignored user's memberships stay as they are`;
  const { existing } = person;
  if (existing === undefined || isPaired(person, index)) return undefined;
  const { kind } = userClaim(existing.externalId);
  if (kind === "foreign") return "the user belongs to another identity provider";
  return kind === "unmanaged" && !rules.removeUnmanaged
    ? "the user was made by hand, and REMOVE_UNMANAGED is false"
    : undefined;
}

const isPaired = ({ source, existing }: Person, { userPair }: Index): boolean =>
  source !== undefined && userPair.get(source.id)?.existing === existing;

/** The first pattern of IGNORE_USERS that meets either half. */
export function ignoringUser({ source, existing }: Person, { evidence }: Index): string | undefined {
  const texts = [
    ...(source === undefined ? [] : [source.email, ...source.aliases, desiredUser(source).displayName]),
    ...(existing === undefined ? [] : [existing.userName, existing.email, existing.displayName]),
  ];
  return firstMet(evidence.situation.rules.ignoreUsers)(...texts);
}

/** Why nothing about this group is ever written; `undefined` when the sync decides. */
function groupLeftAlone(team: Team, index: Index): string | undefined {
  const guarded = protecting(team, index);
  if (guarded !== undefined) return guarded;
  const pattern = ignoringGroup(team, index);
  if (pattern !== undefined) return `IGNORE_GROUPS has ${JSON.stringify(pattern)}, which meets the group`;
  const { source, existing } = team;
  if (existing === undefined) {
    const asked = source === undefined || index.teams.has(source.id);
    return asked ? undefined : "GROUP_MATCH does not ask for the group itself";
  }
  if (source !== undefined && index.groupPair.has(source.id)) return undefined;
  const { kind } = groupClaim(existing.externalId);
  if (kind === "foreign") return "the group belongs to another identity provider";
  return kind === "unmanaged" && !index.evidence.situation.rules.removeUnmanaged
    ? "the group was made by hand, and REMOVE_UNMANAGED is false"
    : undefined;
}

/** Names that the sync never touches: Control Tower's, and those of PROTECT_GROUPS. */
export function protecting(team: Team, index: Index): string | undefined {
  const names = [groupLabel(team, index), team.existing?.name ?? "", wantedName(team, index)];
  const name = names.find((one) => meets(CONTROL_TOWER_GROUPS)(one));
  if (name !== undefined) return `"${name}" is one of Control Tower's groups, which are never touched`;
  const pattern = firstMet(index.evidence.situation.rules.protectGroups)(...names);
  return pattern === undefined
    ? undefined
    : `PROTECT_GROUPS has ${JSON.stringify(pattern)}, which meets the group's name`;
}

function wantedName({ source }: Team, index: Index): string {
  if (source === undefined) return "";
  return index.evidence.situation.rules.groupName === "email" ? source.email : source.name;
}

export function ignoringGroup({ source, existing }: Team, { evidence }: Index): string | undefined {
  const texts = [
    ...(source === undefined ? [] : [source.email, source.name, ...source.aliases]),
    ...(existing === undefined ? [] : [existing.name]),
  ];
  return firstMet(evidence.situation.rules.ignoreGroups)(...texts);
}

// ---------------------------------------------------------------- what was skipped

const told = (skip: Skip | undefined): string | undefined => skip && reasonText(skip.reason);

/** Why this account does not count in this group although Google has it there. */
function barredWithin({ team, person, index }: State): Skip | undefined {
  const { source } = team;
  if (source === undefined || person.source === undefined) return undefined;
  const within = [source.email, groupLabel(team, index)];
  return index.skips(person.source.email).find((one) => within.includes(one.within?.label ?? ""));
}

export function userSkip(person: Person, index: Index): Skip | undefined {
  const named = [userLabel(person), person.existing?.userName ?? ""];
  return named.flatMap((name) => index.skips(name)).find((one) => one.within === undefined);
}

/** The first skip about the group itself. */
export function groupSkip(team: Team, index: Index): Skip | undefined {
  const { source } = team;
  const named = [source?.email ?? "", groupLabel(team, index), team.existing?.name ?? ""];
  return named.flatMap((name) => index.skips(name)).find((one) => one.within === undefined);
}
