/** What only both sides together tell: the next run, AWS's quotas, and the time that all of it takes. */
import { count, number } from "../core/count.ts";
import { fitted, toldBy } from "../core/budget.ts";
import { NOTHING_SPENT } from "../core/tally.ts";
import type { Spent } from "../core/tally.ts";
import type { Trouble } from "../core/trouble.ts";
import { judge } from "../core/upheaval.ts";
import { groupClaim } from "../core/mark.ts";
import type { Existing, Source } from "../core/model.ts";
import { changesOf, NO_HOLDS } from "../core/plan.ts";
import type { Plan, Situation } from "../core/plan.ts";
import { needsSomebody } from "../core/reason.ts";
import { approvalOf, approveText, reasonText } from "../core/words.ts";
import { isTrouble } from "../run/day.ts";
import { planning, situationOf } from "../run/situation.ts";
import type { Config } from "../settings/config.ts";
import { check, fine, ok, step, warning, wrong } from "./check.ts";
import type { Check } from "./check.ts";
import { detailChecks } from "./details.ts";
import type { Read } from "./google.ts";
import { firstFew } from "./report.ts";

/** Both sides, the settings, and what a run has to live with. */
interface CompanyFrame {
  readonly config: Config;
  readonly google: Check<Read<Source>>;
  readonly aws: Check<Read<Existing>>;
  /** What is spent of the day's budgets, or why nobody can say. */
  readonly spent: Check<Spent | Trouble>;
  /** In order when the settings that a plan follows can be read. */
  readonly settings: Check;
  /** Milliseconds that one run may take; `undefined` where nothing limits it. */
  readonly timeoutMs: number | undefined;
}

interface Company {
  readonly source: Source;
  readonly situation: Situation;
  /** Everything that both sides ask for, and what of it a run does that fits the budgets of a day. */
  readonly whole: Plan;
  readonly planned: Plan;
  /** Milliseconds that reading both sides took, side by side. */
  readonly readingMs: number;
}

export function companyChecks(frame: CompanyFrame): readonly Check[] {
  const { config, google, aws, spent, settings } = frame;
  const company = step({ google, aws, spent, settings }, (given) => fine(companyOf(given, config)));
  return [
    ...nextRunChecks(company, config),
    ...userNameChecks(company, config),
    ...reachedChecks(company, config),
    ...quotaChecks(company),
    ...detailChecks(company, config.rules),
    ...timeChecks(company, frame),
  ];
}

interface Given {
  readonly google: Read<Source>;
  readonly aws: Read<Existing>;
  readonly spent: Spent | Trouble;
}

function companyOf({ google, aws, spent }: Given, { rules }: Config): Company {
  const source = google.whole;
  const situation = situationOf({ source, existing: aws.whole }, rules, new Date(), new Set());
  // A run may ask twice as fast as whoever only looks.
  const readingMs = Math.max(google.ms, aws.ms) / 2;
  const planned = planning(situation);
  const whole = planned(NO_HOLDS);
  const scales = {
    ...(isTrouble(spent) ? { spent: NOTHING_SPENT, unknown: spent } : { spent }),
    ...{ told: toldBy(whole, situation), upheaval: false },
  };
  const fit = fitted(planned, NO_HOLDS, situation, scales);
  const next = { ...fit.plan, waiting: [...fit.plan.waiting, ...fit.waiting] };
  return { source, situation, whole, planned: next, readingMs };
}

// ---------------------------------------------------------------- what the next run would do

const nextRunChecks = (company: Check<Company>, config: Config): readonly Check[] => [
  check("settings.MANAGE", "MANAGE", { company }, (given) => manageVerdict(given.company, config)),
  check("next-run", "Next run", { company }, (given) => judged(given.company)),
  check("next-run.conflicts", "Conflicts", { company }, ({ company: { planned } }) =>
    noneOf(
      planned.skips.filter(needsSomebody).map(({ about, reason }) => `${about.label}: ${reasonText(reason)}`),
      "Nothing is skipped that somebody has to look at",
      "resolve each of these conflicts in Google or in IAM Identity Center; explain says more about each",
    ),
  ),
  check("next-run.strangers", "People to look at", { company }, ({ company: { planned } }) =>
    noneOf(
      planned.strangers.map(({ about, reason }) => `${about.label}: ${reasonText(reason)}`),
      "Every enabled user in AWS has an active Google account, or belongs to another company, and no group that is left alone keeps somebody",
      strangersTodo(planned.strangers),
    ),
  ),
  check("next-run.waiting", "Approvals", { company }, ({ company: { planned } }) =>
    noneOf(
      planned.waiting.map(approvalOf).map(({ id, kind, sentence }) => `${id} (${kind}): ${sentence}`),
      "Nothing waits for an approval",
      `look at the plan, and approve what is right in it with ${approveText(["<id>"])}`,
    ),
  ),
];

const NO_USER_NAME = new Set(["user-name-missing", "user-name-unusable"]);

/** What Google sends to AWS at sign-in is nowhere to be read. */
const userNameChecks = (company: Check<Company>, { rules: { userName } }: Config): readonly Check[] =>
  userName.from === "email"
    ? []
    : [
        check("names.users", "USER_NAME", { company }, ({ company: { planned } }) =>
          noneOf(
            planned.skips.flatMap(({ about, reason }) =>
              NO_USER_NAME.has(reason.code) ? [`${about.label}: ${reasonText(reason)}`] : [],
            ),
            `Everybody has a user name by USER_NAME=${userName.text}. It must be exactly what Google sends as NameID, and nobody but administrators may change it, because whoever has a user name signs in as that user`,
            `fill it in for them, exactly as Google sends it as NameID; nobody but administrators may change it, because whoever has a user name signs in as that user`,
          ),
        ),
      ];

/** What a name, or an address, in Google could take over. */
const reachedChecks = (company: Check<Company>, { rules: { adopt } }: Config): readonly Check[] => {
  if (adopt === "none") return [];
  const byHand = ({ situation, planned }: Company, of: "users" | "groups"): readonly string[] => {
    // Whoever is to be looked at is named there.
    const told = new Set(planned.strangers.map(({ about }) => about.target));
    return situation.scoped[of].leftAlone.flatMap(({ existing, reason }) => {
      if (reason.code !== "unmanaged" || told.has(existing.id)) return [];
      return ["userName" in existing ? existing.userName : existing.name];
    });
  };
  return [
    check("reach.groups", "Groups made by hand", { company }, (given) =>
      noneOf(
        byHand(given.company, "groups"),
        "No name in Google could reach a group that was made by hand",
        "add the groups that must never be taken over to PROTECT_GROUPS or IGNORE_GROUPS: a Google group with such a name would be offered for approval",
      ),
    ),
    check("reach.users", "Users made by hand", { company }, (given) =>
      noneOf(
        byHand(given.company, "users"),
        "Every user in AWS is synced, in IGNORE_USERS, or to be looked at",
        "add them to IGNORE_USERS unless they are to be taken over: a Google account with such an address takes over the user",
      ),
    ),
  ];
};

function strangersTodo(strangers: Plan["strangers"]): string {
  const isIn = ({ reason }: Plan["strangers"][number]): boolean => reason.code === "left-in";
  return [
    ...(strangers.every(isIn)
      ? []
      : ["disable them in IAM Identity Center, or give them an active Google account"]),
    ...(strangers.some(isIn) ? ["take these members out of these groups, or change the setting"] : []),
  ].join("; ");
}

const noneOf = (list: readonly string[], why: string, todo: string) =>
  list.length === 0 ? ok(why) : warning(`${list.length}: ${firstFew(list, 3)}`, todo);

/** Where something else creates the groups or the users, memberships need them linked. */
function manageVerdict({ planned, situation, source }: Company, { rules: { manage } }: Config) {
  if (!manage.memberships) return fine(undefined);
  const linked = situation.existing.groups.some((group) => groupClaim(group.externalId).kind === "managed");
  if (!manage.groups && !linked)
    return warning(
      "MANAGE lists memberships but not groups, and no group in AWS has a Google id, so no membership is ever written",
      "add groups to MANAGE, or let whatever creates the groups write Google's ids as their external ids",
    );
  return !manage.users && planned.users.size === 0 && source.users.length > 0
    ? warning(
        "MANAGE lists memberships but not users, and AWS has none of Google's users, so no membership is ever written",
        "add users to MANAGE, or make sure that the users exist first",
      )
    : fine(undefined);
}

function judged({ whole, planned, source, situation }: Company) {
  const verdict = judge(whole, source, situation);
  if (verdict.kind === "free") {
    const size = planned.waiting.length;
    const more = size === 0 ? "" : `; ${count(size, "more waits", "more wait")} for approval`;
    return ok(`It plans ${count(changesOf(planned).length, "change")}${more}`);
  }
  const why = verdict.reasons.map(reasonText).join(". ");
  const approve = verdict.waiting.map(({ id }) => id);
  return approve.length === 0
    ? wrong(why, "correct what is wrong above first, because this cannot be approved")
    : warning(why, `look at the plan; if it is right, approve it with ${approveText(approve)}`);
}

// ---------------------------------------------------------------- quotas

/** AWS: "IAM Identity Center quotas". */
const MOST_OBJECTS = 100_000;
const MOST_GROUPS_OF_ONE = 1_000;

const quotaChecks = (company: Check<Company>): readonly Check[] => [
  quotaCheck("user", "sync fewer, or ask AWS Support for a higher quota", company),
  quotaCheck("group", "sync fewer: AWS does not raise this quota", company),
  check("quota.groups-per-user", "Groups of one user", { company }, (given) => {
    const most = mostGroups(given.company);
    return most > MOST_GROUPS_OF_ONE
      ? warning(
          `Somebody would be in ${number(most)} groups, but AWS looks at no more than ${number(MOST_GROUPS_OF_ONE)} when it decides what a person may do`,
          "sync fewer groups: narrow GROUP_MATCH or INCLUDE_GROUPS",
        )
      : ok(`Nobody is in more than ${count(most, "group")}`);
  }),
];

const quotaCheck = (noun: "user" | "group", todo: string, company: Check<Company>): Check =>
  check(`quota.${noun}s`, `Quota of ${noun}s`, { company }, ({ company: { planned, situation } }) => {
    const created = changesOf(planned).filter((change) => change.kind === `${noun}.create`).length;
    const there = created + situation.existing[`${noun}s`].length;
    const why = `There will be ${count(there, noun)}, and AWS allows ${number(MOST_OBJECTS)}`;
    if (there > MOST_OBJECTS) return wrong(why, todo);
    return there > MOST_OBJECTS * 0.8 ? warning(why, `${todo}, in good time`) : ok(why);
  });

function mostGroups({ situation: { scoped } }: Company): number {
  const counts = new Map<string, number>();
  for (const group of scoped.groups.counted)
    for (const id of group.members) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts.values()].reduce((most, one) => Math.max(most, one), 0);
}

// ---------------------------------------------------------------- time

/** For the confirmation, the summary, and what Lambda itself needs. */
const SPARE_MS = 10_000;
const MORE_TIME = "raise Timeout in function.json (up to 900)";

const timeChecks = (company: Check<Company>, { config, timeoutMs }: CompanyFrame): readonly Check[] => [
  check("time.writing", "Time to write", { company }, ({ company: { planned, readingMs } }) => {
    const changes = changesOf(planned).length;
    const writingMs = (changes / config.rates.scim) * 1000;
    const needs = `${count(changes, "request")} at ${config.rates.scim} a second take about ${lasting(writingMs)}`;
    if (timeoutMs === undefined) return ok(`${needs}, and nothing limits the time here`);
    return writing(needs, writingMs, timeoutMs - readingMs - SPARE_MS);
  }),
  check("time.reading", "Time to read", { company }, ({ company: { readingMs } }) => {
    const took = `A run reads both sides in about ${lasting(readingMs)}`;
    const advice = "leave several times that between two scheduled runs";
    if (timeoutMs === undefined) return ok(`${took}; ${advice}`);
    const share = `${took} of the ${lasting(timeoutMs)} that a run may take`;
    return readingMs > timeoutMs / 2
      ? warning(
          `${share}, so a slow day would leave no time to write`,
          `${MORE_TIME}, or read faster with AWS_READ=both`,
        )
      : ok(`${share}; ${advice}`);
  }),
];

function writing(needs: string, writingMs: number, leftMs: number) {
  if (leftMs <= 0) return warning(`${needs}, but reading leaves no time for any`, MORE_TIME);
  if (writingMs <= leftMs) return ok(`${needs}, and a run has ${lasting(leftMs)} for them`);
  const runs = Math.ceil(writingMs / leftMs);
  return warning(
    `${needs}, but a run has ${lasting(leftMs)} for them, so they take ${runs} runs, each of which continues where the last one stopped`,
    `leave it to the schedule, ${MORE_TIME}, or do the first sync from a terminal (npx ssosync apply)`,
  );
}

const lasting = (ms: number): string =>
  ms < 10_000
    ? `${(ms / 1000).toFixed(1)} s`
    : ms < 120_000
      ? `${Math.round(ms / 1000)} s`
      : `${Math.round(ms / 60_000)} min`;
