import { changeSentence, deletion, isAbout } from "../change-sentence.ts";
import { heldSteps } from "./held.ts";
import type { Explanation, Step, Topic } from "./explain.ts";
import type { Index, Person, Team } from "./evidence.ts";
import { groupClaim } from "../mark.ts";
import { cleanText, nameKey } from "../names.ts";
import { nestedIn } from "../nesting.ts";
import { changesOf } from "../plan.ts";
import { groupFits } from "../query.ts";
import { includes } from "../scope.ts";
import { groupLabel, groupSkip, ignoringGroup, protecting, tieOf } from "./ties.ts";
import type { Tie } from "./ties.ts";
import { reasonText } from "../words.ts";
import { day } from "../model.ts";
import type { ExistingGroup, SourceGroup } from "../model.ts";

export function explainGroup(subject: string, team: Team, index: Index): Explanation {
  return {
    subject: groupLabel(team, index),
    kind: "group",
    steps: [
      ...found(subject, team, index),
      ...scoped(team, index),
      ...ignored(team, index),
      ...named(team, index),
      ...matched(team, index),
      ...heldSteps(team.existing, index.evidence),
      ...skipped(team, index),
      ...waits(team, index),
      ...next(team, index),
    ],
    groups: tiesOfGroup(team, index),
  };
}

const step = (topic: Topic, sentence: string): Step => ({ topic, sentence });
const quoted = (text: string): string => JSON.stringify(text);

/** Everybody whom Google has in the group, directly or nested, and everybody whom the target has in it. */
function tiesOfGroup(team: Team, index: Index): readonly Tie[] {
  return membersOf(team, index)
    .map((person) => tieOf(team, person, index))
    .filter((tie) => tie.inTarget || tie.paths.length > 0)
    .toSorted((one, other) => (nameKey(one.user) < nameKey(other.user) ? -1 : 1));
}

/** The people of one group, each once, whichever side has them. */
export function membersOf({ source, existing }: Team, index: Index): readonly Person[] {
  const ids = new Set(
    source === undefined
      ? []
      : nestedIn(source.id, index.evidence.source).flatMap((id) => {
          const rows = index.evidence.source.members.get(id) ?? [];
          return rows.some((row) => row.type === "customer")
            ? [...index.people.keys()]
            : rows.filter((row) => row.type === "user").map((row) => row.id);
        }),
  );
  const inGoogle = [...ids].flatMap((id): Person[] => {
    const account = index.people.get(id);
    return account === undefined ? [] : [{ source: account, existing: index.userOf(id) }];
  });
  const covered = new Set(inGoogle.map((person) => person.existing));
  const inTarget = [...(existing?.members ?? [])].flatMap((id): Person[] => {
    const user = index.users.get(id);
    return user === undefined || covered.has(user) ? [] : [{ source: index.accountOf(user), existing: user }];
  });
  return [...inGoogle, ...inTarget];
}

// ---------------------------------------------------------------- Google

function found(subject: string, { source, existing }: Team, index: Index): readonly Step[] {
  if (source === undefined) return [step("google", notInGoogle(existing))];
  const key = nameKey(subject);
  const by = source.aliases.some((alias) => nameKey(alias) === key)
    ? `; ${subject} is another address of this group`
    : "";
  const inside = [...index.evidence.source.members]
    .filter(([, rows]) => rows.some((row) => row.type === "group" && row.id === source.id))
    .map(([id]) => index.groupNames.get(id) ?? id);
  const nested = inside.length === 0 ? "" : `; it lies inside ${inside.join(", ")}`;
  return [
    step(
      "google",
      `Google has the group ${quoted(source.name)} <${source.email}>, id ${source.id}${by}${nested}.`,
    ),
    ...(index.evidence.source.members.has(source.id)
      ? rowsThatDoNotCount(source, index)
      : [step("google", "Its members are not read, since nothing asks for them.")]),
  ];
}

function notInGoogle(existing: ExistingGroup | undefined): string {
  const claim = groupClaim(existing?.externalId ?? "");
  const id = claim.kind === "managed" || claim.kind === "marked" ? claim.sourceId : undefined;
  const carries = claim.kind === "marked" ? "the mark on the AWS group names" : "the AWS group carries";
  return id === undefined
    ? `Google has no group that belongs to the AWS group ${quoted(existing?.name ?? "")}.`
    : `Google's listing for GROUP_MATCH has no group with the id ${id}, which ${carries}.`;
}

const MOST_ROWS = 10;

/** Members of Google that are nobody's account here, and nested groups that show nothing of themselves. */
function rowsThatDoNotCount({ id }: SourceGroup, index: Index): readonly Step[] {
  const { evidence } = index;
  const within = new Set(
    nestedIn(id, evidence.source).map(
      (nested) =>
        index.evidence.source.groups.find((one) => one.id === nested)?.email ??
        index.groupNames.get(nested) ??
        nested,
    ),
  );
  const lost = evidence.plan.skips.filter(
    (skip) =>
      within.has(skip.within?.label ?? "") &&
      (skip.reason.code === "external" ||
        skip.reason.code === "outside-group" ||
        skip.reason.code === "not-a-person"),
  );
  const more = lost.length - MOST_ROWS;
  return [
    ...lost
      .slice(0, MOST_ROWS)
      .map((skip) =>
        step(
          "google",
          `${skip.about.label} in ${skip.within?.label ?? ""} does not count: ${reasonText(skip.reason)}.`,
        ),
      ),
    ...(more > 0 ? [step("google", `${more} more of its members do not count for such reasons.`)] : []),
  ];
}

// ---------------------------------------------------------------- who is asked for

function scoped({ source }: Team, index: Index): readonly Step[] {
  if (source === undefined) return [];
  const { queries, situation } = index.evidence;
  const steps = [step("scope", `${queryWords(source, queries.groupMatch, index.teams.has(source.id))}.`)];
  const { includeGroups } = situation.rules;
  if (includeGroups.length === 0) return steps;
  const named = includes(situation.rules)(source);
  return [
    ...steps,
    step("scope", `INCLUDE_GROUPS ${named ? "names it" : "does not name it, so it is left out"}.`),
  ];
}

function queryWords(source: SourceGroup, groupMatch: readonly string[] | "all", listed: boolean): string {
  if (groupMatch === "all" && listed) return "GROUP_MATCH=* asks for every group";
  const queries = groupMatch === "all" ? ["*"] : groupMatch;
  if (!listed)
    return `GROUP_MATCH (${queries.map(quoted).join(", ")}) does not list it, so it is no group of its own in AWS; nested in a listed group, its members count there`;
  const sure = queries.filter((query) => groupFits([query], source) === true);
  const maybe = queries.filter((query) => groupFits([query], source) === undefined);
  return `GROUP_MATCH asks for it: Google lists it for ${(sure.length > 0 ? sure : maybe).map(quoted).join(" or ")}`;
}

function ignored(team: Team, index: Index): readonly Step[] {
  const guarded = protecting(team, index);
  if (guarded !== undefined)
    return [step("ignored", `${guarded}: never adopted, changed, emptied or deleted.`)];
  const pattern = ignoringGroup(team, index);
  return pattern === undefined
    ? []
    : [
        step(
          "ignored",
          `IGNORE_GROUPS has ${quoted(pattern)}, which meets this group: both halves are left alone, as if they did not exist.`,
        ),
      ];
}

function named({ source }: Team, index: Index): readonly Step[] {
  if (source === undefined || !index.teams.has(source.id)) return [];
  const { groupName } = index.evidence.situation.rules;
  const wanted = groupName === "email" ? source.email : source.name;
  const clean = cleanText(wanted);
  const cleaned = clean === wanted ? "" : `, cleaned of what AWS does not accept`;
  return [step("name", `GROUP_NAME=${groupName} calls it ${quoted(clean)} in AWS${cleaned}.`)];
}

// ---------------------------------------------------------------- the other half

function matched(team: Team, index: Index): readonly Step[] {
  const { source, existing } = team;
  if (existing === undefined) return source === undefined ? [] : unmatched(source, index);
  return [step("match", `${how(team, index)}.`), step("aws", `${inTarget(existing, index)}.`)];
}

function how(team: Team, index: Index): string {
  const { source, existing } = team;
  const id = existing?.id ?? "";
  const pair = source === undefined ? undefined : index.groupPair.get(source.id);
  if (pair?.existing !== existing || pair === undefined) return unpaired(team, index);
  switch (pair.how) {
    case "linked":
      return `Matched by id: the AWS group ${id} carries this Google id`;
    case "restored":
      return `Matched by id: the mark on the AWS group ${id} names this Google id, so that group comes back`;
    case "handed-over":
      return `Matched by name only: the AWS group ${id} of this name belongs to a Google group that is gone; handing it over, with its account assignments, needs an approval`;
    case "adopted":
      return `Matched by name: the AWS group ${id} has this name, and ADOPT=${index.evidence.situation.rules.adopt} takes it over; if that gives anybody a new membership, or takes everybody out, it needs an approval`;
  }
}

function unpaired(team: Team, index: Index): string {
  const { source, existing } = team;
  const { evidence } = index;
  const id = existing?.id ?? "";
  const externalId = existing?.externalId ?? "";
  switch (groupClaim(externalId).kind) {
    case "foreign":
      return `Not matched: the AWS group ${id} belongs to another identity provider (${externalId})`;
    case "unmanaged":
      return evidence.situation.rules.removeUnmanaged
        ? `Not matched: the AWS group ${id} was made by hand, and REMOVE_UNMANAGED=true counts it as one of ours`
        : `Not matched: the AWS group ${id} was made by hand`;
    case "managed":
    case "marked":
      if (source !== undefined && (protecting(team, index) ?? ignoringGroup(team, index)) !== undefined)
        return `Matched by id: the AWS group ${id} carries this Google id, and the pair is left alone`;
      return source === undefined
        ? `Not matched: the AWS group ${id} came from a Google group that is not listed any more`
        : `The AWS group ${id} carries this Google id, but nobody asks for the group`;
  }
}

function unmatched(source: SourceGroup, index: Index): readonly Step[] {
  if (!index.teams.has(source.id)) return [];
  const wanted = nameKey(cleanText(index.desiredGroups.get(source.id)?.name ?? source.name));
  const other = index.evidence.existing.groups.find((group) => nameKey(group.name) === wanted);
  if (other === undefined)
    return [step("match", "Not matched: AWS has no group with this Google id, and none of this name.")];
  const { kind } = groupClaim(other.externalId);
  const whose =
    kind === "foreign"
      ? "belongs to another identity provider"
      : kind === "unmanaged"
        ? "was made by hand"
        : "belongs to another Google group";
  return [step("match", `Not matched: the AWS group ${other.id} has this name and ${whose}.`)];
}

function inTarget(existing: ExistingGroup, { evidence }: Index): string {
  const claim = groupClaim(existing.externalId);
  const carried = existing.externalId === "" ? "no external id" : `the external id ${existing.externalId}`;
  const made = existing.createdAt === "" ? "" : `, made ${existing.createdAt}`;
  const base = `AWS has the group ${quoted(existing.name)} (${existing.id}), with ${existing.members.size} members and ${carried}${made}`;
  return claim.kind === "marked"
    ? `${base}: revoked since ${claim.since}${deletion(claim.since, evidence.situation.rules)}`
    : base;
}

// ---------------------------------------------------------------- what comes next

function skipped(team: Team, index: Index): readonly Step[] {
  const skip = groupSkip(team, index);
  const told =
    skip?.reason.code === "ignored" ||
    skip?.reason.code === "protected" ||
    skip?.reason.code === "not-included";
  if (skip === undefined || told || isWait(team, index)) return [];
  return [step("skipped", `It is skipped (${skip.reason.code}): ${reasonText(skip.reason)}.`)];
}

const waitsOf = ({ source }: Team, { evidence }: Index) => {
  return evidence.waiting.filter(
    ({ kind, about }) => about !== undefined && about.source === source?.id && kind !== "unsure",
  );
};

const isWait = (team: Team, index: Index): boolean => waitsOf(team, index).length > 0;

function waits(team: Team, index: Index): readonly Step[] {
  return waitsOf(team, index).map(({ id, kind, reason }) =>
    step(
      "waits",
      `${kind === "adoption" ? "An" : "A"} ${kind} waits for approval: ${reasonText(reason)}. To approve: ${JSON.stringify({ action: "sync", approve: [id] })}`,
    ),
  );
}

function next({ source, existing }: Team, { evidence }: Index): readonly Step[] {
  const { situation, plan, refused } = evidence;
  const today = day(situation.now.slice(0, 10));
  const changes = changesOf(plan).filter((change) =>
    isAbout(change, { source: source?.id, target: existing?.id }),
  );
  return [
    ...changes.map((change) => step("next run", changeSentence(change, today, situation.rules))),
    ...(changes.length === 0 ? [step("next run", "Nothing would be changed about the group itself.")] : []),
    ...refused.map((reason) => step("next run", `The plan as a whole is refused: ${reasonText(reason)}.`)),
  ];
}
