import type { Waiting } from "../core/approval.ts";
import { KINDS } from "../core/change.ts";
import type { Change } from "../core/change.ts";
import { count, number } from "../core/count.ts";
import { changesOf } from "../core/plan.ts";
import { needsSomebody } from "../core/reason.ts";
import type { Skip } from "../core/reason.ts";
import { approvalOf, reasonText } from "../core/words.ts";
import type { Approval } from "../core/words.ts";
import type { Proposal } from "../run/proposal.ts";
import { typedApply } from "./commands.ts";
import { SHOWN_KINDS, membershipsOf, objectEntry, plain, surroundingsOf } from "./plan-entries.ts";
import type { ApproveWith, Entry, Membership, ObjectChange, Surroundings } from "./plan-entries.ts";

/** A list of things that are alike. */
export interface Section {
  readonly id: SectionId;
  readonly title: string;
  /** A sentence about all of it, or `""`. */
  readonly note: string;
  /** When somebody has to look at it, how much that is: `2 held back`; otherwise `""`. */
  readonly attention: string;
  /** How many entries its parts have. */
  readonly size: number;
  /** Memberships stand by group; everything else is one part without a title. */
  readonly parts: readonly Part[];
}

export type SectionId =
  | "all-the-same"
  | "waiting"
  | "held"
  | "conflicts"
  | "look-at"
  | "people"
  | "groups"
  | "memberships"
  | "left-out";

export interface Part {
  readonly title: string;
  /** `+3 -1`, or `""`. */
  readonly sums: string;
  readonly entries: readonly Entry[];
}

/** What needs somebody, then what would be done, then what is left out; without what is empty. */
export function sectionsOf(proposal: Proposal): readonly Section[] {
  const { skips } = proposal.plan;
  return [
    ...(proposal.refusedPlan === undefined ? [] : [disabledAnyway(proposal)]),
    waitingSection(proposal),
    heldSection(proposal),
    section("conflicts", "Conflicts", skips.filter(needsSomebody).map(skipEntry), {
      attention: ["conflict", "conflicts"],
    }),
    section(
      "look-at",
      "People to look at",
      proposal.plan.strangers.map(({ about, reason }) => plain(about.label, reasonText(reason))),
    ),
    ...changeSections(proposal),
    section("left-out", "Left out", byCode(skips.filter((skip) => !needsSomebody(skip))).map(skipEntry)),
  ].filter(({ size }) => size > 0);
}

interface More {
  readonly note?: string;
  /** What to call one of its entries, and several, when somebody has to look at them. */
  readonly attention?: readonly [one: string, many: string];
}

function section(
  id: SectionId,
  title: string,
  entries: readonly Entry[],
  { note = "", attention }: More = {},
): Section {
  const size = entries.length;
  return {
    ...{ id, title, note, size },
    attention: attention === undefined ? "" : count(size, ...attention),
    parts: [{ title: "", sums: "", entries }],
  };
}

// ---------------------------------------------------------------- what needs somebody

const disabledAnyway = ({ plan, situation }: Proposal): Section =>
  section(
    "all-the-same",
    "Disabled all the same",
    objects("user", changesOf(plan), surroundingsOf([], situation)),
    {
      note: "Google itself reports these people as suspended, archived or deleted: they are disabled, whatever becomes of the rest.",
    },
  );

/** What refuses the whole plan is told at its head, with the one way to approve all of it. */
function waitingSection({ waiting, verdict }: Proposal): Section {
  const refusing = new Set(verdict.kind === "refused" ? verdict.waiting.map(({ id }) => id) : []);
  const others = waiting.filter(({ id }) => !refusing.has(id));
  return section("waiting", "Waits for approval", others.map(approvalOf).map(waitingEntry), {
    attention: ["waiting for approval", "waiting for approval"],
  });
}

const waitingEntry = ({ id, kind, subject, sentence }: Approval): Entry => ({
  ...plain(subject, sentence),
  ...{ verb: kind, like: kind, removal: TAKES_AWAY[kind], approval: approveWith([id]) },
});

/** Whether an approval of this kind lets something be taken away. */
const TAKES_AWAY: Readonly<Record<Waiting["kind"], boolean>> = {
  removals: true,
  unsure: true,
  "hand-over": false,
  adoption: false,
  growth: false,
  renames: false,
};

/** How to approve: at a terminal, and by a payload to the function. */
export const approveWith = (ids: readonly string[]): ApproveWith => ({
  ids,
  typed: typedApply("--approve", ids),
  payload: JSON.stringify({ action: "sync", approve: ids }),
});

const heldSection = ({ held, plan, situation }: Proposal): Section =>
  section(
    "held",
    "Held back",
    held.flatMap(({ change, reason }) => {
      const more = { reason: reasonText(reason), consequences: [] };
      return isObjectChange(change)
        ? [{ ...objectEntry(change, surroundingsOf([], situation)), ...more }]
        : membershipsOf(change, plan.groups).map(({ group, entry }) => ({
            ...entry,
            within: group,
            ...more,
          }));
    }),
    {
      note: "A later run carries these out by itself, once Google agrees.",
      attention: ["held back", "held back"],
    },
  );

const skipEntry = ({ about, within, reason }: Skip): Entry => ({
  ...plain(about.label, reasonText(reason)),
  ...{ like: reason.code, within: within?.label ?? "" },
});

const byCode = (skips: readonly Skip[]): readonly Skip[] =>
  [...Map.groupBy(skips, ({ reason }) => reason.code).values()].flat();

// ---------------------------------------------------------------- what would be done

/** Of a refused plan what it wanted. */
function changeSections({ plan, refusedPlan, situation }: Proposal): readonly Section[] {
  const { groups } = refusedPlan ?? plan;
  const changes = changesOf(refusedPlan ?? plan);
  const around = surroundingsOf(changes, situation);
  const more = refusedPlan === undefined ? {} : { note: "Refused as a whole: none of this is carried out." };
  const parts = memberParts(changes.flatMap((change) => membershipsOf(change, groups)));
  const size = parts.reduce((sum, { entries }) => sum + entries.length, 0);
  return [
    section("people", "People", objects("user", changes, around), more),
    section("groups", "Groups", objects("group", changes, around), more),
    { ...section("memberships", "Memberships", [], more), size, parts },
  ];
}

const isObjectChange = (change: Change): change is ObjectChange => KINDS[change.kind].of !== "membership";

/** Changes of users or of groups, kind by kind. */
const objects = (of: "user" | "group", changes: readonly Change[], around: Surroundings): readonly Entry[] =>
  SHOWN_KINDS.filter((kind) => KINDS[kind].of === of)
    .flatMap((kind) => changes.filter((change) => change.kind === kind))
    .filter(isObjectChange)
    .map((change) => objectEntry(change, around));

/** By group, in the order of their names; who leaves stands before who joins. */
const memberParts = (all: readonly Membership[]): readonly Part[] =>
  [...Map.groupBy(all, ({ key }) => key).values()]
    .map((members) => {
      const entries = members.map(({ entry }) => entry);
      const [gone, come] = [
        entries.filter(({ removal }) => removal),
        entries.filter(({ removal }) => !removal),
      ];
      const sums = [
        ...(come.length === 0 ? [] : [`+${number(come.length)}`]),
        ...(gone.length === 0 ? [] : [`-${number(gone.length)}`]),
      ];
      return { title: members[0]?.group ?? "", sums: sums.join(" "), entries: [...gone, ...come] };
    })
    .toSorted((one, other) => (one.title < other.title ? -1 : one.title > other.title ? 1 : 0));
