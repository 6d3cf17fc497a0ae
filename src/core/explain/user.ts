import { changeSentence, deletion, isAbout } from "../change-sentence.ts";
import { heldSteps } from "./held.ts";
import type { Explanation, Step, Topic } from "./explain.ts";
import type { Index, Person } from "./evidence.ts";
import { userClaim } from "../mark.ts";
import { nameKey } from "../names.ts";
import { changesOf } from "../plan.ts";
import { userFits } from "../query.ts";
import { ignoringUser, tieOf, userLabel, userSkip } from "./ties.ts";
import type { Tie } from "./ties.ts";
import { reasonText } from "../words.ts";
import { day } from "../model.ts";
import type { ExistingUser, SourceUser } from "../model.ts";

export function explainUser(subject: string, person: Person, index: Index): Explanation {
  const groups = tiesOfUser(person, index);
  return {
    subject: userLabel(person),
    kind: "user",
    steps: [
      ...found(subject, person),
      ...scoped(person, index, groups),
      ...ignored(person, index),
      ...matched(person, index),
      ...heldSteps(named(person.existing), index.evidence),
      ...skipped(person, index),
      ...next(person, index),
      ...strange(person, index),
    ],
    groups,
  };
}

/** A held user is told by the user name. */
const named = (user: ExistingUser | undefined) => user && { id: user.id, name: user.userName };

const step = (topic: Topic, sentence: string): Step => ({ topic, sentence });

/** Groups of Google that have the account, and groups of the target that have the user. */
function tiesOfUser(person: Person, index: Index): readonly Tie[] {
  const { source, existing } = index.evidence;
  const inGoogle = source.groups.map((group) => ({ source: group, existing: index.groupOf(group.id) }));
  const covered = new Set(inGoogle.map((team) => team.existing));
  const inTarget = existing.groups
    .filter((group) => !covered.has(group))
    .map((group) => ({ source: undefined, existing: group }));
  return [...inGoogle, ...inTarget]
    .map((team) => tieOf(team, person, index))
    .filter((tie) => tie.inTarget || tie.paths.length > 0)
    .toSorted((one, other) => (nameKey(one.group) < nameKey(other.group) ? -1 : 1));
}

// ---------------------------------------------------------------- Google

function found(subject: string, { source, existing }: Person): readonly Step[] {
  if (source === undefined) return [step("google", notInGoogle(existing))];
  const where = source.orgUnit === "" ? "" : ` in ${source.orgUnit}`;
  const name = `${source.givenName} ${source.familyName}`.trim();
  const by = foundBy(subject, source, existing);
  return [
    step(
      "google",
      `Google has ${name === "" ? "an account" : name} <${source.email}>, id ${source.id}, ${source.state}${where}${by}.`,
    ),
  ];
}

function foundBy(subject: string, source: SourceUser, existing: ExistingUser | undefined): string {
  const key = nameKey(subject);
  if (nameKey(source.email) === key) return "";
  if (source.id === subject) return "; found by this id";
  if (source.aliases.some((alias) => nameKey(alias) === key))
    return `; ${subject} is another address of this account`;
  return existing?.id === subject ? "; found by the id of its AWS user" : "; found by the name";
}

function notInGoogle(existing: ExistingUser | undefined): string {
  const claim = userClaim(existing?.externalId ?? "");
  const id = claim.kind === "managed" || claim.kind === "marked" ? claim.sourceId : undefined;
  const carries = claim.kind === "marked" ? "the mark on the AWS user names" : "the AWS user carries";
  return id === undefined
    ? `Google has no account that belongs to the AWS user ${existing?.userName ?? ""}.`
    : `Google lists no account with the id ${id}, which ${carries}.`;
}

// ---------------------------------------------------------------- who is asked for

function scoped({ source }: Person, index: Index, groups: readonly Tie[]): readonly Step[] {
  if (source === undefined) return [];
  const { rules } = index.evidence.situation;
  const steps = [step("scope", `${methodSentence(source, index, groups)}.`)];
  if (source.state === "active") return steps;
  const then = rules.syncSuspended
    ? "stays as a disabled user and keeps its groups (SYNC_SUSPENDED=true); it is not created if AWS has never seen it"
    : "counts as gone (SYNC_SUSPENDED=false)";
  return [...steps, step("scope", `The account is ${source.state} in Google, so it ${then}.`)];
}

function methodSentence(source: SourceUser, index: Index, groups: readonly Tie[]): string {
  const { method } = index.evidence.situation.rules;
  const query = queryWords(source, index);
  if (method === "users_groups")
    return `SYNC_METHOD=users_groups asks for those who fit USER_MATCH: ${query}`;
  const inside = groups.filter((tie) => tie.paths.length > 0).length;
  const listed =
    inside === 0
      ? "no listed group has this account"
      : inside === 1
        ? "one listed group has this account"
        : `${inside} listed groups have this account`;
  const more =
    index.evidence.queries.userMatch === "none" ? "" : `; and for those who fit USER_MATCH: ${query}`;
  return `SYNC_METHOD=groups asks for the members of the groups that fit GROUP_MATCH: ${listed}${more}`;
}

/** Which of the queries fit, as far as that can be told here; what Google's own listing says is what counts. */
function queryWords(source: SourceUser, { evidence }: Index): string {
  const { userMatch } = evidence.queries;
  const { matched } = evidence.source;
  if (userMatch === "none" || matched === "none") return "it is not set";
  if (userMatch === "all" || matched === "all") return "* fits everybody";
  const fits = matched.has(source.id);
  if (!fits) return `Google lists this account for none of ${userMatch.map(quoted).join(", ")}`;
  const sure = userMatch.filter((query) => userFits([query], source) === true);
  const maybe = userMatch.filter((query) => userFits([query], source) === undefined);
  return `Google lists this account for ${(sure.length > 0 ? sure : maybe).map(quoted).join(" or ")}`;
}

const quoted = (text: string): string => JSON.stringify(text);

function ignored(person: Person, index: Index): readonly Step[] {
  const pattern = ignoringUser(person, index);
  if (pattern === undefined) return [];
  return [
    step(
      "ignored",
      `IGNORE_USERS has ${quoted(pattern)}, which meets this user: both halves are left alone, as if they did not exist.`,
    ),
  ];
}

// ---------------------------------------------------------------- the other half

function matched(person: Person, index: Index): readonly Step[] {
  const { source, existing } = person;
  if (existing === undefined) return source === undefined ? [] : unmatched(source, index);
  return [step("match", `${how(person, index)}.`), step("aws", `${inTarget(existing, index)}.`)];
}

function how(person: Person, index: Index): string {
  const { source, existing } = person;
  const id = existing?.id ?? "";
  const pair = source === undefined ? undefined : index.userPair.get(source.id);
  if (pair?.existing !== existing || pair === undefined) return unpaired(person, index);
  switch (pair.how) {
    case "linked":
      return `Matched by id: the AWS user ${id} carries this Google id`;
    case "restored":
      return `Matched by id: the mark on the AWS user ${id} names this Google id, so that user comes back`;
    case "adopted":
    case "handed-over":
      return byName(id, index);
  }
}

function byName(id: string, { evidence }: Index): string {
  const { rules } = evidence.situation;
  return rules.manage.users
    ? `Matched by name: the AWS user ${id} has this address, and ADOPT=${rules.adopt} takes it over`
    : `Matched by name: the AWS user ${id} has this address; MANAGE does not list users, so nothing is written to it`;
}

function unpaired(person: Person, index: Index): string {
  const { source, existing } = person;
  const { evidence } = index;
  const id = existing?.id ?? "";
  const externalId = existing?.externalId ?? "";
  switch (userClaim(externalId).kind) {
    case "foreign":
      return `Not matched: the AWS user ${id} belongs to another identity provider (${externalId})`;
    case "unmanaged":
      return evidence.situation.rules.removeUnmanaged
        ? `Not matched: the AWS user ${id} was made by hand, and REMOVE_UNMANAGED=true counts it as one of ours`
        : `Not matched: the AWS user ${id} was made by hand`;
    case "managed":
    case "marked":
      if (source !== undefined && ignoringUser(person, index) !== undefined)
        return `Matched by id: the AWS user ${id} carries this Google id, and the pair is left alone`;
      return source === undefined
        ? `Not matched: the AWS user ${id} came from a Google account that is not there any more`
        : `The AWS user ${id} carries this Google id, but nobody asks for the account`;
  }
}

function unmatched(source: SourceUser, index: Index): readonly Step[] {
  const [other] = index.userNames.get(nameKey(source.email)) ?? [];
  if (other === undefined)
    return [step("match", "Not matched: AWS has no user with this Google id, and none of this name.")];
  const claim = userClaim(other.externalId);
  const whose = `the AWS user ${other.id} has this name`;
  if (claim.kind === "managed" || claim.kind === "marked")
    return [
      step(
        "match",
        `Not matched: ${whose}, but another Google account (${claim.sourceId ?? "none"}): a different person, whose access nobody inherits.`,
      ),
    ];
  const kind = claim.kind === "foreign" ? "belongs to another identity provider" : "was made by hand";
  const { adopt } = index.evidence.situation.rules;
  return [step("match", `Not matched: ${whose} and ${kind}; with ADOPT=${adopt} it is not taken over.`)];
}

function inTarget(existing: ExistingUser, { evidence }: Index): string {
  const claim = userClaim(existing.externalId);
  const carried = existing.externalId === "" ? "no external id" : `the external id ${existing.externalId}`;
  const state = existing.active ? "enabled" : "disabled";
  const base = `AWS has the user ${existing.userName} (${existing.id}), ${state}, with ${carried}`;
  return claim.kind === "marked"
    ? `${base}: revoked since ${claim.since}${deletion(claim.since, evidence.situation.rules)}`
    : base;
}

// ---------------------------------------------------------------- what comes next

function skipped(person: Person, index: Index): readonly Step[] {
  const skip = userSkip(person, index);
  if (skip === undefined || skip.reason.code === "ignored") return [];
  return [step("skipped", `It is skipped (${skip.reason.code}): ${reasonText(skip.reason)}.`)];
}

function next({ source, existing }: Person, { evidence }: Index): readonly Step[] {
  const { situation, plan, refused } = evidence;
  const about = { source: source?.id, target: existing?.id };
  const today = day(situation.now.slice(0, 10));
  const changes = changesOf(plan).filter((change) => isAbout(change, about));
  return [
    ...changes.map((change) => step("next run", changeSentence(change, today, situation.rules))),
    ...(changes.length === 0 ? [step("next run", "Nothing would be changed about the user itself.")] : []),
    ...refused.map((reason) => step("next run", `The plan as a whole is refused: ${reasonText(reason)}.`)),
  ];
}

function strange({ existing }: Person, { evidence }: Index): readonly Step[] {
  return evidence.plan.strangers
    .filter(({ about }) => about.target === existing?.id)
    .map(({ reason }) => step("look at", `Somebody must look at this user: ${reasonText(reason)}.`));
}
