import { count, number } from "../core/count.ts";
import { groupClaim, userClaim } from "../core/mark.ts";
import { day } from "../core/model.ts";
import { changesOf } from "../core/plan.ts";
import type { Proposal } from "../run/proposal.ts";
import type { Change } from "../core/change.ts";
import { reasonText } from "../core/words.ts";
import { attention } from "./attention.ts";
import { SHOWN_KINDS, entry } from "./entries.ts";
import type { ObjectChange, Surroundings } from "./entries.ts";
import { lossesOf, membershipLines, memberships, newMembersOf } from "./memberships.ts";
import { totals } from "./totals.ts";
import { BLANK, dim, red, strong } from "./text.ts";
import type { Line } from "./text.ts";

/** The whole proposal, as a person reads it: who is on both sides, what would happen to whom, and what would not. */
export function planView(proposal: Proposal, verbose: boolean): readonly Line[] {
  const { plan, refusedPlan, verdict } = proposal;
  const sections = [
    sides(proposal),
    ...changeSections(changesOf(refusedPlan ?? plan), proposal, verbose),
    ...attention(proposal, verbose),
    total(proposal),
    verdict.kind === "refused" ? refusal(verdict.reasons.map(reasonText), proposal) : [],
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines) => [...lines, BLANK]);
}

function sides({ source, existing }: Proposal): readonly Line[] {
  const ours = (kind: string): boolean => kind === "managed" || kind === "marked";
  const users = existing.users.filter((user) => ours(userClaim(user.externalId).kind)).length;
  const groups = existing.groups.filter((group) => ours(groupClaim(group.externalId).kind)).length;
  return [
    [
      dim("Google Workspace     "),
      `${count(source.users.length, "user")}, ${count(source.groups.length, "group")} that match`,
    ],
    [
      dim("IAM Identity Center  "),
      `${count(existing.users.length, "user")} (${number(users)} synced), ${count(existing.groups.length, "group")} (${number(groups)} synced)`,
    ],
  ];
}

/** New users are all alike; whatever else happens is worth more lines. */
const MOST_NEW_USERS = 10;
const MOST_OTHERS = 60;

function changeSections(
  changes: readonly Change[],
  { situation, plan }: Proposal,
  verbose: boolean,
): readonly (readonly Line[])[] {
  const around: Surroundings = {
    rules: situation.rules,
    today: day(situation.now.slice(0, 10)),
    verbose,
    newMembers: newMembersOf(changes),
    losses: lossesOf(changes),
  };
  const inGroups = memberships(changes, plan.groups);
  return [
    objects("People", "user.", changes, around),
    objects("Groups", "group.", changes, around),
    inGroups.length === 0
      ? []
      : [[strong("Memberships")], ...inGroups.flatMap((group) => membershipLines(group, verbose))],
  ];
}

function objects(
  title: string,
  prefix: string,
  changes: readonly Change[],
  around: Surroundings,
): readonly Line[] {
  const lines = SHOWN_KINDS.filter((kind) => kind.startsWith(prefix)).flatMap((kind) => {
    const own = changes.filter((change): change is ObjectChange => change.kind === kind);
    return ofOneKind(own, around);
  });
  return lines.length === 0 ? [] : [[strong(title)], ...lines];
}

function ofOneKind(changes: readonly ObjectChange[], around: Surroundings): readonly Line[] {
  const [first] = changes;
  if (first === undefined) return [];
  const most = first.kind === "user.create" ? MOST_NEW_USERS : MOST_OTHERS;
  const shown = around.verbose || changes.length <= most + 2 ? changes : changes.slice(0, most);
  const rest = changes.length - shown.length;
  return [
    ...shown.flatMap((change) => entry(change, around)),
    ...(rest === 0 ? [] : [[dim(`    … and ${number(rest)} more (--verbose names them)`)]]),
  ];
}

function total({ plan, refusedPlan }: Proposal): readonly Line[] {
  const text = totals(changesOf(refusedPlan ?? plan), "planned");
  return text === "" ? [] : [[strong(refusedPlan === undefined ? "Plan: " : "It wanted: "), text]];
}

/** Which limit, with the numbers, and what is done all the same. */
function refusal(sentences: readonly string[], { plan }: Proposal): readonly Line[] {
  const still = changesOf(plan);
  return [
    [red("Refused, as a whole:")],
    ...sentences.map((sentence): Line => [`  ${sentence}.`]),
    ...(still.length === 0
      ? []
      : [
          [
            `  All the same, ${count(still.length, "user")} whom Google itself reports as gone or suspended would be disabled:`,
          ],
          ...still.map((change): Line => ["    ", red("- disable"), ` ${subjectOf(change)}`]),
        ]),
  ];
}

const subjectOf = (change: Change): string =>
  "before" in change && "userName" in change.before ? change.before.userName : "";
