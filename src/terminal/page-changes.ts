import { count } from "../core/count.ts";
import type { Change } from "../core/change.ts";
import { describe } from "../core/words.ts";
import type { Record_ } from "../core/words.ts";
import { day } from "../core/model.ts";
import { labelOf } from "../core/attributes.ts";
import { changesOf } from "../core/plan.ts";
import type { Plan } from "../core/plan.ts";
import type { Proposal } from "../run/proposal.ts";
import { SHOWN_KINDS, SIGNS, displayName, later, verbOf, wordOf } from "./entries.ts";
import type { ObjectChange, Surroundings } from "./entries.ts";
import { markup } from "./html.ts";
import type { Content, Markup } from "./html.ts";
import { lossesOf, newMembersOf } from "./memberships.ts";
import { name, row, tbody } from "./page-table.ts";
import type { Section } from "./page-table.ts";
import { takesAway } from "./totals.ts";

type Around = Pick<Surroundings, "rules" | "today" | "newMembers" | "losses">;

const OBJECT_COLUMNS = ["What", "Who", "What differs", "Why"] as const;

/** People, groups and memberships, as in the terminal's view; of a refused plan what it wanted. */
export function changeSections(proposal: Proposal): readonly Section[] {
  const { situation, plan, refusedPlan } = proposal;
  const whole = refusedPlan ?? plan;
  const changes = changesOf(whole);
  const around: Around = {
    rules: situation.rules,
    today: day(situation.now.slice(0, 10)),
    newMembers: newMembersOf(changes),
    losses: lossesOf(changes),
  };
  const note = refusedPlan === undefined ? {} : { note: "Refused as a whole: none of this is carried out." };
  return [
    { ...objects("people", "People", "user.", changes, around), ...note },
    { ...objects("groups", "Groups", "group.", changes, around), ...note },
    { ...memberships(changes, whole.groups), ...note },
  ];
}

/** What a refused plan does all the same. */
export function stillDone({ plan, refusedPlan, situation }: Proposal): readonly Section[] {
  if (refusedPlan === undefined) return [];
  const changes = changesOf(plan);
  const none = new Map<string, readonly string[]>();
  const around = {
    rules: situation.rules,
    today: day(situation.now.slice(0, 10)),
    newMembers: none,
    losses: none,
  };
  return [
    {
      ...objects("all-the-same", "Disabled all the same", "user.", changes, around),
      note: "Google itself reports these people as gone or suspended: they are disabled, whatever becomes of the rest.",
    },
  ];
}

function objects(
  id: string,
  title: string,
  prefix: string,
  changes: readonly Change[],
  around: Around,
): Section {
  const own = SHOWN_KINDS.filter((kind) => kind.startsWith(prefix)).flatMap((kind) =>
    changes.filter((change): change is ObjectChange => change.kind === kind),
  );
  return {
    id,
    title,
    columns: OBJECT_COLUMNS,
    rows: own.length,
    body: tbody(own.map((change) => objectRow(change, around))),
  };
}

function objectRow(change: ObjectChange, around: Around): Markup {
  const record = describe(change);
  return row({ kind: change.kind, takesAway: takesAway(change) }, [
    verbCell(...wordOf(change)),
    markup`<th scope="row">${name(record.subject)}${alsoKnown(displayName(change), record)}${ids(record)}</th>`,
    markup`<td>${details(change, record, around)}</td><td>${record.reason}</td>`,
  ]);
}

const verbCell = (style: "add" | "change" | "remove", verb: string): Markup =>
  markup`<td class="${style}">${`${SIGNS[style]} ${verb}`}</td>`;

const alsoKnown = (text: string, { subject }: Record_): Content =>
  text === "" || text === subject ? "" : markup`<span class="also">${name(text)}</span>`;

function ids({ externalId, targetId }: Record_): Content {
  const known = [
    ...(/^\w+$/.test(externalId) ? [`Google id ${externalId}`] : []),
    ...(targetId === "" ? [] : [`AWS id ${targetId}`]),
  ];
  return known.length === 0 ? "" : markup`<small class="ids">${known.join(", ")}</small>`;
}

function details(change: ObjectChange, record: Record_, around: Around): Content {
  switch (change.kind) {
    case "user.create":
    case "user.delete":
    case "group.delete":
      return "";
    case "group.create":
      return count(around.newMembers.get(change.group.externalId)?.length ?? 0, "member");
    case "user.retire":
    case "group.retire":
      return [consequences(change, around), differences(record)];
    default:
      return differences(record);
  }
}

function consequences(
  change: Extract<ObjectChange, { readonly kind: "user.retire" | "group.retire" }>,
  { losses, today, rules }: Around,
): Markup {
  const lost = losses.get(change.id) ?? [];
  const ofUser = change.kind === "user.retire";
  const loss = ofUser
    ? markup`out of ${lost.map((group, at) => [at === 0 ? "" : ", ", name(group)])}; `
    : markup`${count(lost.length, "member")} out; `;
  const what = ofUser ? "disabled" : "emptied";
  return markup`<p>${lost.length === 0 ? "" : loss}${what} now, ${later(today, rules)}</p>`;
}

/** Before → after, every attribute of the request. */
function differences({ detail: { before = {}, after = {} } }: Record_): Markup {
  const lines = Object.entries(after).map(
    ([key, value]) =>
      markup`<li><span class="key">${labelOf(key)}</span> ${shown(before[key])} → ${shown(value)}</li>`,
  );
  return markup`<ul class="plain">${lines}</ul>`;
}

function shown(value: string | boolean | undefined): Markup {
  if (typeof value === "boolean") return value ? markup`yes` : markup`no`;
  return value === undefined || value === "" ? markup`<i>none</i>` : name(value);
}

// ---------------------------------------------------------------- memberships

interface Membership {
  readonly kind: "members.add" | "members.remove";
  /** Of the group: the target's id, or the source's of what does not exist yet. */
  readonly key: string;
  readonly group: string;
  readonly member: string;
  readonly reason: string;
}

/** Every single membership that comes or goes, also those that come with a new group or go with a revoked user. */
function memberships(changes: readonly Change[], groups: Plan["groups"]): Section {
  const all = changes.flatMap((change) => membershipsOf(change, groups));
  const byGroup = [...Map.groupBy(all, ({ key }) => key).values()].toSorted((one, other) =>
    (one[0]?.group ?? "") < (other[0]?.group ?? "") ? -1 : 1,
  );
  return {
    id: "memberships",
    title: "Memberships",
    columns: ["What", "Who", "Why"],
    rows: all.length,
    body: byGroup.map(groupBody),
  };
}

function membershipsOf(change: Change, groups: Plan["groups"]): readonly Membership[] {
  if (change.kind === "members.remove") {
    const { id, label } = change.group;
    return change.users.map((user) => ({
      kind: change.kind,
      key: id,
      group: label,
      member: user.label,
      reason: describe({ ...change, users: [user] }).reason,
    }));
  }
  if (change.kind !== "group.create" && change.kind !== "members.add") return [];
  const { label, externalId } = change.group;
  const key = groups.get(externalId) ?? externalId;
  const isNew = change.kind === "group.create";
  const reason = isNew ? "the group is new" : "member in Google";
  const members = isNew ? change.members : change.users;
  return members.map((member) => ({ kind: "members.add", key, group: label, member: member.label, reason }));
}

function groupBody(all: readonly Membership[]): Markup {
  const gone = all.filter(({ kind }) => kind === "members.remove");
  const come = all.filter(({ kind }) => kind === "members.add");
  const sums = [
    ...(come.length === 0 ? [] : [`+${come.length}`]),
    ...(gone.length === 0 ? [] : [`-${gone.length}`]),
  ];
  return tbody([
    markup`<tr class="group"><th scope="rowgroup" colspan="3">${name(all[0]?.group ?? "")} <small>${sums.join(" ")}</small></th></tr>
`,
    [...gone, ...come].map(({ kind, member, reason }) =>
      row({ kind, takesAway: kind === "members.remove" }, [
        verbCell(kind === "members.add" ? "add" : "remove", verbOf(kind)),
        markup`<th scope="row">${name(member)}</th><td>${reason}</td>`,
      ]),
    ),
  ]);
}
