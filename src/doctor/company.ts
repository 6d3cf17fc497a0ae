import type { Config } from "../settings/config.ts";
import { changesOf, NO_HOLDS, plan } from "../core/plan.ts";
import type { Plan, Situation } from "../core/plan.ts";
import { groupClaim } from "../core/mark.ts";
import { meets, nameKey } from "../core/names.ts";
import { desiredUser } from "../core/person.ts";
import { needsSomebody } from "../core/reason.ts";
import { reasonText } from "../core/words.ts";
import { judge } from "../core/budget.ts";
import { scope } from "../core/scope.ts";
import type { Existing, Source } from "../core/model.ts";
import { digest } from "../run/digest.ts";
import { notChecked, ok, plural, some, warning, wrong } from "./finding.ts";
import type { Finding, Subject } from "./finding.ts";

/** Both sides as they are, the settings, and what a run has to live with. */
export interface Company {
  readonly source: Source;
  readonly existing: Existing;
  readonly config: Config;
  readonly now: Date;
  /** Milliseconds that reading both sides took, side by side. */
  readonly readingMs: number;
  /** Milliseconds that one run may take; `undefined` where nothing limits it. */
  readonly timeoutMs: number | undefined;
}

const NEXT: Subject = { id: "next-run", what: "The next run is allowed to do what it plans" };
const CONFLICTS: Subject = { id: "next-run.conflicts", what: "Nothing stands in the way of anybody" };
const STRANGERS: Subject = { id: "next-run.strangers", what: "Nobody is let in by hand who should not be" };
const WAITING: Subject = { id: "next-run.waiting", what: "Nothing waits for an approval" };
const USERS: Subject = { id: "quota.users", what: "AWS has room for the users" };
const GROUPS: Subject = { id: "quota.groups", what: "AWS has room for the groups" };
const PER_USER: Subject = { id: "quota.groups-per-user", what: "Nobody is in more groups than AWS looks at" };
const WRITING: Subject = { id: "time.writing", what: "The next run has time for what it plans" };
const READING: Subject = { id: "time.reading", what: "A run has time to read both sides" };

export const companyUnasked = (because: string): readonly Finding[] =>
  [NEXT, CONFLICTS, STRANGERS, WAITING, USERS, GROUPS, PER_USER, WRITING, READING].map((one) =>
    notChecked(one, because),
  );

/** What only both sides together tell. */
export function checkCompany(company: Company): readonly Finding[] {
  const { source, existing, config, now } = company;
  const situation: Situation = {
    scoped: scope(source, existing, config.rules),
    existing,
    rules: config.rules,
    now: now.toISOString(),
    holds: NO_HOLDS,
    approvals: { digest, given: new Set() },
  };
  const planned = plan(situation);
  return [
    ...manageFindings(planned, company),
    ...nextRun(planned, situation, company),
    ...quotas(planned, situation, company),
    ...times(planned, company),
  ];
}

// ---------------------------------------------------------------- patterns that meet nothing

/** The names that each pattern setting may meet, as far as the halves that could be read have them. */
export function checkPatterns(
  config: Config,
  source: Source | undefined,
  existing: Existing | undefined,
): readonly Finding[] {
  const { includeGroups, ignoreUsers, ignoreGroups, protectGroups } = config.rules;
  const users = userNames(source, existing);
  const groups = groupNames(source, existing);
  const whole = source !== undefined && existing !== undefined;
  const listed = source?.groups.map(({ email, aliases, name }) => [email, ...aliases, name]);
  return [
    ...patterns("INCLUDE_GROUPS", includeGroups, listed, exactly),
    ...patterns("IGNORE_USERS", ignoreUsers, whole ? users : undefined, meeting),
    ...patterns("IGNORE_GROUPS", ignoreGroups, whole ? groups : undefined, meeting),
    ...patterns("PROTECT_GROUPS", protectGroups, whole ? groups : undefined, meeting),
    ...everything("IGNORE_USERS", ignoreUsers, source?.users.map(namesOfAccount)),
    ...everything("IGNORE_GROUPS", ignoreGroups, listed),
  ];
}

type Names = readonly (readonly string[])[];
const namesOfAccount = (user: Source["users"][number]): readonly string[] => [
  user.email,
  ...user.aliases,
  desiredUser(user).displayName,
];

const userNames = (source: Source | undefined, existing: Existing | undefined): Names => [
  ...(source?.users ?? []).map(namesOfAccount),
  ...(existing?.users ?? []).map((user) => [user.userName, user.email, user.displayName]),
];

const groupNames = (source: Source | undefined, existing: Existing | undefined): Names => [
  ...(source?.groups ?? []).map((group) => [group.email, ...group.aliases, group.name]),
  ...(existing?.groups ?? []).map((group) => [group.name]),
];

const exactly = (pattern: string) => (names: readonly string[]) =>
  names.some((name) => nameKey(name) === nameKey(pattern));
const meeting = (pattern: string) => {
  const hit = meets([pattern]);
  return (names: readonly string[]): boolean => hit(...names);
};

function patterns(
  setting: string,
  list: readonly string[],
  names: Names | undefined,
  test: (pattern: string) => (names: readonly string[]) => boolean,
): readonly Finding[] {
  if (list.length === 0) return [];
  const subject = { id: `settings.${setting}`, what: `Every entry of ${setting} meets something` };
  if (names === undefined) return [notChecked(subject, "not all names could be read")];
  const idle = list.filter((pattern) => !names.some(test(pattern)));
  return [
    idle.length === 0
      ? ok(subject, `${plural(list.length, "entry", "entries")}, each meets something.`)
      : warning(
          subject,
          `${named(idle)} ${idle.length === 1 ? "meets" : "meet"} nothing on either side.`,
          `Correct ${named(idle)} in ${setting}, or take ${idle.length === 1 ? "it" : "them"} out.`,
        ),
  ];
}

const named = (list: readonly string[]): string => some(list.map((pattern) => JSON.stringify(pattern)));

function everything(
  setting: "IGNORE_USERS" | "IGNORE_GROUPS",
  list: readonly string[],
  names: Names | undefined,
): readonly Finding[] {
  if (list.length === 0 || names === undefined || names.length === 0) return [];
  const hit = meets(list);
  return names.every((one) => hit(...one))
    ? [
        warning(
          { id: `settings.${setting}.all`, what: `${setting} leaves somebody over` },
          `${setting} meets everything that Google has, so nothing is ever synced.`,
          `Name fewer in ${setting}.`,
        ),
      ]
    : [];
}

// ---------------------------------------------------------------- what the next run would do

/** Where groups or users are somebody else's to make, memberships need them linked. */
function manageFindings(planned: Plan, { config, existing, source }: Company): readonly Finding[] {
  const { manage } = config.rules;
  const subject = { id: "settings.MANAGE", what: "MANAGE and what AWS holds go together" };
  const linked = existing.groups.some((group) => groupClaim(group.externalId).kind === "managed");
  if (manage.memberships && !manage.groups && !linked)
    return [
      warning(
        subject,
        "MANAGE lists memberships but not groups, and AWS has no group with a Google id: no membership is ever written.",
        "Add groups to MANAGE, or let whatever makes the groups write Google's ids as their external ids.",
      ),
    ];
  return manage.memberships && !manage.users && planned.users.size === 0 && source.users.length > 0
    ? [
        warning(
          subject,
          "MANAGE lists memberships but not users, and AWS has none of Google's users: no membership is ever written.",
          "Add users to MANAGE, or see to it that the users are there first.",
        ),
      ]
    : [];
}

function nextRun(planned: Plan, situation: Situation, { source }: Company): readonly Finding[] {
  return [
    verdictFinding(planned, situation, source),
    listFinding(
      CONFLICTS,
      planned.skips.filter(needsSomebody).map(({ about, reason }) => `${about.label}: ${reasonText(reason)}`),
      "Nothing is skipped that somebody would have to look at.",
      "Put each of these conflicts right at Google or in IAM Identity Center; explain tells more about each.",
    ),
    listFinding(
      STRANGERS,
      planned.strangers.map(({ userName, reason }) => `${userName}: ${reason}`),
      "Everybody enabled in AWS has an active Google account, or is none of this company.",
      "Disable the users it names in IAM Identity Center, or give them an active Google account.",
    ),
    listFinding(
      WAITING,
      planned.waiting.map(({ id, kind, sentence }) => `${id} (${kind}): ${sentence}`),
      "No adoption, hand-over or growth waits.",
      `Look at the plan, and approve what is right in it with {"action":"sync","approve":["<id>"]}.`,
    ),
  ];
}

function verdictFinding(planned: Plan, situation: Situation, source: Source): Finding {
  const verdict = judge(planned, source, situation);
  if (verdict.kind === "free")
    return ok(NEXT, `It plans ${plural(changesOf(planned).length, "change")}, within the limits.`);
  const why = `${verdict.sentences.join(". ")}.`;
  const ids = verdict.waiting.map(({ id }) => id);
  return ids.length === 0
    ? wrong(NEXT, why, "Correct what is wrong above first; this cannot be approved.")
    : warning(
        NEXT,
        why,
        `Look at the plan; if it is right, approve it with ${JSON.stringify({ action: "sync", approve: ids })}.`,
      );
}

const listFinding = (subject: Subject, list: readonly string[], fine: string, todo: string): Finding =>
  list.length === 0 ? ok(subject, fine) : warning(subject, `${list.length}: ${some(list, 3)}.`, todo);

// ---------------------------------------------------------------- quotas

/** AWS: "IAM Identity Center quotas"; Google: "Admin SDK quotas", 2,400 a minute for one user. */
const MOST_USERS = 100_000;
const MOST_GROUPS = 100_000;
const MOST_GROUPS_OF_ONE = 1_000;
const SCIM_TPS = 20;
const GOOGLE_TPS = 40;

function quotas(planned: Plan, { scoped }: Situation, { existing, config }: Company): readonly Finding[] {
  const after = (kind: "user" | "group", now: number): number =>
    changesOf(planned).reduce((sum, change) => sum + (change.kind === `${kind}.create` ? 1 : 0), now);
  const counts = new Map<string, number>();
  for (const group of scoped.groups.counted)
    for (const id of group.members) counts.set(id, (counts.get(id) ?? 0) + 1);
  const most = [...counts.values()].reduce((max, count) => Math.max(max, count), 0);
  return [
    room(USERS, after("user", existing.users.length), MOST_USERS, "user"),
    room(GROUPS, after("group", existing.groups.length), MOST_GROUPS, "group"),
    most > MOST_GROUPS_OF_ONE
      ? warning(
          PER_USER,
          `Somebody would be in ${most} groups; AWS looks at ${MOST_GROUPS_OF_ONE} when it works out what a person may do.`,
          "Sync fewer groups: narrow GROUP_MATCH or INCLUDE_GROUPS.",
        )
      : ok(PER_USER, `The most that anybody is in are ${plural(most, "group")}.`),
    ...tooFast("SCIM_RATE", config.rates.scim, SCIM_TPS, "AWS allows 20 requests a second in all"),
    ...tooFast(
      "IDENTITY_STORE_RATE",
      config.rates.identityStore,
      SCIM_TPS,
      "AWS allows 20 requests a second in all",
    ),
    ...tooFast(
      "GOOGLE_RATE",
      config.rates.google,
      GOOGLE_TPS,
      "Google allows 40 requests a second for one administrator",
    ),
  ];
}

function room(subject: Subject, count: number, most: number, noun: string): Finding {
  const told = `There will be ${plural(count, noun)}, of ${most} that AWS allows.`;
  if (count > most)
    return wrong(
      subject,
      told,
      `Sync fewer, or ask AWS Support for a higher quota${noun === "group" ? ", which it does not raise for groups" : ""}.`,
    );
  return count > most * 0.8
    ? warning(subject, told, "Ask AWS Support for a higher quota in time, or sync fewer.")
    : ok(subject, told);
}

function tooFast(setting: string, rate: number, most: number, why: string): readonly Finding[] {
  const subject = { id: `quota.${setting}`, what: `${setting} is within the vendor's quota` };
  return rate > most
    ? [
        warning(
          subject,
          `${setting}=${rate}, and ${why}, shared with everything else.`,
          `Set ${setting} below ${most}.`,
        ),
      ]
    : [];
}

// ---------------------------------------------------------------- time

/** For the confirmation, the summary, and what Lambda itself needs. */
const SPARE_MS = 10_000;

function times(planned: Plan, { config, readingMs, timeoutMs }: Company): readonly Finding[] {
  const changes = changesOf(planned).length;
  const writingMs = (changes / config.rates.scim) * 1000;
  const quiet = `Reading both sides took ${seconds(readingMs)}`;
  const needs = `${plural(changes, "request")} at ${config.rates.scim} a second take about ${seconds(writingMs)}`;
  if (timeoutMs === undefined)
    return [
      ok(WRITING, `${needs}; nothing limits the time here.`),
      ok(READING, `${quiet}; leave a multiple of that between two scheduled runs.`),
    ];
  const leftMs = timeoutMs - readingMs - SPARE_MS;
  return [
    writingFinding(writingMs, leftMs, needs),
    readingMs > timeoutMs / 2
      ? warning(
          READING,
          `${quiet}, of ${seconds(timeoutMs)} that a run may take: a slow day would leave no time to write.`,
          "Raise Timeout in function.json (up to 900), or read faster with AWS_READ=both.",
        )
      : ok(
          READING,
          `${quiet}, of ${seconds(timeoutMs)} that a run may take; a schedule may be as short as a few times that.`,
        ),
  ];
}

function writingFinding(writingMs: number, leftMs: number, needs: string): Finding {
  if (leftMs <= 0)
    return warning(
      WRITING,
      `${needs}, and reading leaves no time for any.`,
      "Raise Timeout in function.json (up to 900).",
    );
  if (writingMs <= leftMs) return ok(WRITING, `${needs}, and there are ${seconds(leftMs)} for them.`);
  const runs = Math.ceil(writingMs / leftMs);
  return warning(
    WRITING,
    `${needs}, and a run has ${seconds(leftMs)} for them: it takes ${runs} runs, each of which goes on where the last one stopped.`,
    "Leave it to the schedule, raise Timeout in function.json (up to 900), or do the first sync from a terminal (npm run apply).",
  );
}

const seconds = (ms: number): string =>
  ms < 10_000
    ? `${(ms / 1000).toFixed(1)} s`
    : ms < 120_000
      ? `${Math.round(ms / 1000)} s`
      : `${Math.round(ms / 60_000)} min`;
