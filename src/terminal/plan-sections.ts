import { TAKEN_BY_APPROVAL } from "../core/approval.ts";
import type { Waiting } from "../core/approval.ts";
import { atOnce } from "../core/at-once.ts";
import type { AtOnce } from "../core/at-once.ts";
import { notShownParts } from "../core/carries-words.ts";
import type { Carried } from "../core/carries.ts";
import { KINDS, objectIdOf, takesAccess } from "../core/change.ts";
import type { Change } from "../core/change.ts";
import { count, number } from "../core/count.ts";
import { changesOf } from "../core/plan.ts";
import type { TargetId } from "../core/model.ts";
import type { Plan } from "../core/plan.ts";
import { needsSomebody } from "../core/reason.ts";
import type { Skip } from "../core/reason.ts";
import { inOrderOf } from "../core/ref.ts";
import { troubleSentence } from "../core/trouble.ts";
import { STILL_OPEN, approvalOf, approveText, reasonText } from "../core/words.ts";
import type { Proposal } from "../run/proposal.ts";
import { typedApply } from "./commands.ts";
import {
  SHOWN_KINDS,
  accessConsequence,
  membershipsOf,
  objectEntry,
  plainEntry,
  shownOf,
  surroundingsOf,
} from "./plan-entries.ts";
import type {
  Advice,
  ApproveWith,
  Consequence,
  Entry,
  Membership,
  ObjectChange,
  Surroundings,
} from "./plan-entries.ts";

/** A list of things that are alike. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** A sentence about all of it, or `""`. */
  readonly note: string;
  /** When somebody has to look at it, how much that is: `2 held back`; otherwise `""`. */
  readonly attention: string;
  /** How many entries its parts have. */
  readonly size: number;
  /** How many entries of one kind are worth a line each where there is little room. */
  readonly most: number;
  /** Memberships stand by group; everything else is one part without a title. */
  readonly parts: readonly Part[];
  /** What several of its entries have in common that may be done. */
  readonly advice: readonly Advice[];
}

export interface Part {
  readonly title: string;
  /** `+3 -1`, or `""`. */
  readonly sums: string;
  /** What the group carries. */
  readonly access?: Consequence;
  readonly entries: readonly Entry[];
}

/** What needs somebody, then what would be done, then what is left out; without what is empty. */
export function sectionsOf(proposal: Proposal): readonly Section[] {
  const { skips, strangers } = proposal.plan;
  const conflicts = skips.filter(needsSomebody).map(skipEntry);
  const others = skips.filter((skip) => !needsSomebody(skip)).map(skipEntry);
  const toLookAt = strangers.map(({ about, reason }) => plainEntry(about.label, reasonText(reason)));
  return [
    unwritableSection(proposal),
    ...(proposal.refusedPlan === undefined ? [] : [disabledSection(proposal)]),
    waitingSection(proposal),
    heldSection(proposal),
    section("conflicts", "Conflicts", conflicts, { attention: ["conflict", "conflicts"] }),
    section("look-at", "People to look at", toLookAt),
    ...changeSections(proposal),
    section("left-out", "Left out", others, { most: 1 }),
    unshownSection(proposal),
  ].filter(({ size }) => size > 0);
}

interface More {
  readonly note?: string;
  /** What to call one of its entries, and several, when somebody has to look at them. */
  readonly attention?: readonly [one: string, many: string];
  readonly most?: number;
}

/** Entries that are alike stand together. */
export function section(id: string, title: string, all: readonly Entry[], more: More = {}): Section {
  const { note = "", attention, most = Infinity } = more;
  const entries = [...Map.groupBy(all, ({ like }) => like).values()].flat();
  const size = entries.length;
  const needs = attention === undefined || size === 0 ? "" : count(size, ...attention);
  return {
    ...{ id, title, note, attention: needs, size, most, advice: [] },
    parts: [{ title: "", sums: "", entries }],
  };
}

// ---------------------------------------------------------------- what needs somebody

const unwritableSection = ({ unwritable }: Proposal): Section =>
  section(
    "unwritable",
    "What would stop an apply",
    unwritable === undefined ? [] : [plainEntry("SCIM", troubleSentence(unwritable))],
    { attention: ["obstacle to writing", "obstacles to writing"] },
  );

/** Unknown is not none: whose access could not be read is named once, with the remedy. */
function unshownSection({ carries, existing }: Proposal): Section {
  const names = [...existing.users, ...existing.groups].flatMap((one) =>
    carries.of.get(one.id)?.whole === false ? ["userName" in one ? one.userName : one.name] : [],
  );
  const entries = notShownParts(carries).map(({ what, because }) => ({
    ...plainEntry(`${what} ${because}`, ""),
    consequences: names.length === 0 ? [] : [{ says: "of", names }],
  }));
  return section("not-shown", "Access that is not shown", entries);
}

const disabledSection = ({ plan, situation, carries }: Proposal): Section =>
  section(
    "all-the-same",
    "Done all the same",
    objects("user", plan, surroundingsOf(plan, situation, carries)),
    {
      note: `The accounts themselves are suspended, archived or deleted in Google: these people are disabled, whatever becomes of the rest. ${STILL_OPEN.user}.`,
    },
  );

/** What refuses the whole plan is told at its head, with the one way to approve all of it. */
function waitingSection({ waiting, verdict }: Proposal): Section {
  const refusing = new Set(verdict.kind === "refused" ? verdict.waiting.map(({ id }) => id) : []);
  const others = waiting.filter(({ id }) => !refusing.has(id));
  const advice = atOnce(others).filter(({ ids }) => ids.length > 1);
  return {
    ...section("waiting", "Waits for approval", others.map(waitingEntry), {
      attention: ["waiting for approval", "waiting for approval"],
    }),
    advice: advice.map(atOnceAdvice),
  };
}

const atOnceAdvice = ({ kind, ids }: AtOnce): Advice => ({
  says:
    kind === "adoption"
      ? `To approve the ${number(ids.length)} adoptions that change no member:`
      : `To approve all ${number(ids.length)} of the kind ${kind}:`,
  ...approveWith(ids),
});

function waitingEntry(wait: Waiting): Entry {
  const { id, kind, subject, sentence } = approvalOf(wait);
  const carries = (wait.carried?.opens.length ?? 0) > 0 || wait.reason.code === "still-carries";
  return {
    ...plainEntry(subject, sentence),
    ...{ verb: kind, like: kind, removal: TAKEN_BY_APPROVAL[kind], carries, approval: approveWith([id]) },
  };
}

/** How to approve: at a terminal, and by a payload to the function. */
export const approveWith = (ids: readonly string[]): ApproveWith => ({
  ids,
  typed: typedApply("--approve", ids),
  payload: approveText(ids),
});

function heldSection({ held, plan, situation, carries }: Proposal): Section {
  const around = surroundingsOf({ ...plan, steps: [] }, situation, carries);
  const entries = held.flatMap(({ change, reason }): readonly Entry[] => {
    const more = { reason: reasonText(reason), consequences: [] };
    if (isObjectChange(change)) return [{ ...objectEntry(change, around), ...more }];
    return membershipsOf(change, plan.groups).map(({ group, entry }) => ({
      ...entry,
      within: group,
      ...more,
    }));
  });
  const note = "A later run carries these out by itself, once the reason is gone.";
  return section("held", "Held back", entries, { note, attention: ["held back", "held back"] });
}

const skipEntry = ({ about, within, reason }: Skip): Entry => ({
  ...plainEntry(about.label, reasonText(reason)),
  ...{ like: reason.code, within: within?.label ?? "" },
});

// ---------------------------------------------------------------- what would be done

/** Of a refused plan what it wanted. */
function changeSections({ plan, refusedPlan, situation, carries }: Proposal): readonly Section[] {
  const whole = refusedPlan ?? plan;
  const around = surroundingsOf(whole, situation, carries);
  const parts = inOrderOf(
    [...around.byGroup].map(([key, some]) => memberPart(some, carries.of.get(key as TargetId))),
    ({ title }) => title,
  );
  const entries = parts.flatMap((part) => part.entries);
  const note = (open: string): string =>
    refusedPlan === undefined ? open : "Refused as a whole: none of this is carried out.";
  const users = { note: note(isOut(whole) ? `${STILL_OPEN.user}.` : ""), most: 60 };
  const members = { note: note(isTakenOut(whole) ? `${STILL_OPEN.membership}.` : ""), most: 20 };
  return [
    section("people", "People", objects("user", whole, around), users),
    section("groups", "Groups", objects("group", whole, around), { note: note(""), most: 60 }),
    { ...section("memberships", "Memberships", entries, members), parts },
  ];
}

/** Whether anybody is disabled. */
const isOut = (plan: Plan): boolean =>
  changesOf(plan).some((change) => takesAccess(change) && KINDS[change.kind].of === "user");

/** Whether anybody is taken out of a group who can still sign in. */
const isTakenOut = (plan: Plan): boolean =>
  changesOf(plan).some(
    (change) =>
      change.kind === "members.remove" && change.users.some(({ because }) => because !== "user-revoked"),
  );

const isObjectChange = (change: Change): change is ObjectChange => KINDS[change.kind].of !== "membership";

/** Changes of users or of groups, kind by kind. */
function objects(of: "user" | "group", plan: Plan, around: Surroundings): readonly Entry[] {
  const changes = shownOf(changesOf(plan)).filter(isObjectChange);
  const inOrder = SHOWN_KINDS.filter((kind) => KINDS[kind].of === of).flatMap((kind) =>
    changes.filter((change) => change.kind === kind),
  );
  const first = new Map(inOrder.toReversed().map((change) => [objectIdOf(change), change]));
  return inOrder.map((change) => objectEntry(change, around, first.get(objectIdOf(change)) === change));
}

/** Who leaves stands before who joins. */
function memberPart(members: readonly Membership[], carried: Carried | undefined): Part {
  const opens = carried !== undefined && carried.opens.length > 0;
  const entries = members.map(({ entry }) => ({ ...entry, carries: opens }));
  const gone = entries.filter(({ removal }) => removal);
  const come = entries.filter(({ removal }) => !removal);
  const sums = [
    come.length === 0 ? "" : `+${number(come.length)}`,
    gone.length === 0 ? "" : `-${number(gone.length)}`,
  ];
  return {
    ...{ title: members[0]?.group ?? "", sums: sums.join(" ").trim(), entries: [...gone, ...come] },
    ...(opens ? { access: accessConsequence(carried) } : {}),
  };
}
