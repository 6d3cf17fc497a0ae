import { KINDS } from "../core/change.ts";
import { count, countsOf, number } from "../core/count.ts";
import type { Counts } from "../core/count.ts";
import { changesOf } from "../core/plan.ts";
import { domainOf } from "../core/names.ts";
import { reasonText } from "../core/words.ts";
import type { RunRequest, Selection } from "../request.ts";
import { isWriting } from "../run/proposal.ts";
import type { Proposal } from "../run/proposal.ts";
import { sizesOf } from "../run/summary.ts";
import type { Holdings, Sizes } from "../run/summary.ts";
import { typedApply } from "./commands.ts";
import { SHOWN_KINDS, WORDS, shownOf } from "./plan-entries.ts";
import type { Advice } from "./plan-entries.ts";
import { approveWith, sectionsOf } from "./plan-sections.ts";
import type { Section } from "./plan-sections.ts";

/**
 * A plan as people see it, as plain values: everything that is said, counted and listed, in its order. Whoever renders
 * it chooses looks, and leaves out at most the rest of a long list, with how many that is.
 */
export interface PlanDocument {
  /** When both sides had been read: ISO 8601, UTC. */
  readonly at: string;
  /** Whether it was carried out, as far as its headline says. */
  readonly carriedOut: boolean;
  readonly headline: Headline;
  /** What its reader may do next. */
  readonly next: readonly Advice[];
  /** Whose plan it is, without anything that opens a door. */
  readonly facts: readonly Fact[];
  /** How much was read of both sides. */
  readonly sizes: Sizes;
  /** Whether groups were read too. */
  readonly groups: boolean;
  /** Without those that are empty. */
  readonly sections: readonly Section[];
  readonly totals: Counts;
}

/** Whose the objects of IAM Identity Center are, in the order in which they are told. */
export const HELD_AS: Readonly<Record<keyof Holdings, string>> = {
  managed: "synced",
  revoked: "retired",
  unmanaged: "made by hand",
  foreign: "another provider's",
};

export const sourceText = ({ users, groups, rows }: Sizes["source"]): string =>
  `${count(users, "user")}, ${count(groups, "group that matches", "groups that match")}, ${count(rows, "direct member")}`;

/** What the plan comes to, or what came of it. */
export interface Headline {
  readonly code: "plan" | "refused" | "nothing" | "done";
  readonly title: string;
  readonly sentences: readonly string[];
  /** `2 held back`; empty when nobody has to look. */
  readonly attention: readonly string[];
}

interface Fact {
  readonly term: string;
  readonly values: readonly string[];
}

/** The same proposal and request make the same document. */
export function planDocument(proposal: Proposal, request: RunRequest): PlanDocument {
  const sections = sectionsOf(proposal);
  const sizes = sizesOf(proposal);
  const totals = countsOf(shownOf(changesOf(proposal.refusedPlan ?? proposal.plan)));
  return {
    at: proposal.situation.now,
    carriedOut: false,
    headline: headlineOf(proposal, { totals, sections }, request),
    next: nextOf(proposal, request),
    facts: factsOf(proposal, sizes.source, request),
    ...{ sizes, groups: request.action !== "leavers" },
    sections,
    totals,
  };
}

// ---------------------------------------------------------------- the headline

function headlineOf(
  proposal: Proposal,
  { totals, sections }: Pick<PlanDocument, "totals" | "sections">,
  { action, only }: RunRequest,
): Headline {
  const attention = sections.map((section) => section.attention).filter((text) => text !== "");
  const would = totalsText(totals, "planned");
  const { verdict, plan, waiting } = proposal;
  if (verdict.kind === "refused") {
    const sentences = [
      ...verdict.reasons.map((reason) => `${reasonText(reason)}.`),
      ...(would === "" ? [] : [`The plan would ${would}.`]),
    ];
    return { code: "refused", title: "Refused", sentences, attention };
  }
  if (would !== "") return { code: "plan", title: "Plan", sentences: [`${would}.`], attention };
  if (action === "leavers" && waiting.length === 0)
    return { code: "nothing", title: "Nobody to disable", sentences: [], attention };
  const about = only === undefined ? "" : ` for ${only.join(", ")}`;
  const open = waiting.length === 0 ? "" : " except what waits for approval";
  const same = `${count(plan.users.size, "user")} and ${count(plan.groups.size, "group")} match Google Workspace.`;
  const isAll = action !== "leavers" && only === undefined && plan.users.size > 0;
  const sentences = [
    ...(isAll ? [same] : []),
    ...(action !== "leavers" && proposal.source.groups.length === 0 ? [NO_GROUP] : []),
  ];
  return { code: "nothing", title: `Nothing to do${about}${open}`, sentences, attention };
}

const NO_GROUP =
  "No Google group matches GROUP_MATCH: check how it is written; npx ssosync doctor says more.";

/** `retire 1 user, add 560 memberships`, or `1 user retired, …` of what is done; `""` of nothing. */
export function totalsText(totals: Counts, tense: "planned" | "done"): string {
  return SHOWN_KINDS.filter((kind) => totals[kind] !== undefined)
    .map((kind) => {
      const [, verb, past] = WORDS[kind];
      const things = count(totals[kind] ?? 0, KINDS[kind].of);
      return tense === "planned" ? `${verb} ${things}` : `${things} ${past}`;
    })
    .join(", ");
}

// ---------------------------------------------------------------- what next

function nextOf(proposal: Proposal, request: RunRequest): readonly Advice[] {
  const { verdict, plan, config } = proposal;
  const { action, only } = request;
  if (verdict.kind === "refused") {
    const ids = verdict.waiting.map(({ id }) => id);
    return [
      ids.length > 0
        ? { says: "If it is right as it stands, approve it:", ...approveWith(ids) }
        : {
            says: "No approval can let this through: find out why Google answers like this, or correct the settings.",
          },
    ];
  }
  if (changesOf(plan).length === 0) return [];
  if (action !== "plan" && !isWriting(request, config)) {
    return [{ says: "Nothing was written, because DRY_RUN is set." }];
  }
  const typed =
    only !== undefined
      ? typedApply("--who", only)
      : typedApply("--approve", action === "sync" ? (request.approve ?? []) : []);
  const first = proposal.unwritable === undefined ? "To apply it:" : "To apply it, once it can be written:";
  return [{ says: first, typed }];
}

// ---------------------------------------------------------------- whose plan it is

function factsOf(
  { source, config, region, store }: Proposal,
  read: Sizes["source"],
  { only }: Selection,
): readonly Fact[] {
  const domains = [...new Set(source.users.map(({ email }) => domainOf(email)))].toSorted();
  const more = domains.length > 5 ? `, and ${number(domains.length - 5)} more domains` : "";
  const given = config.given.map(({ label, text }) => `${label}=${text}`);
  return [
    { term: "Google customer", values: [`${config.customerId}: ${domains.slice(0, 5).join(", ")}${more}`] },
    { term: "Read from it", values: [sourceText(read)] },
    {
      term: "Identity Center",
      values: [
        `${store?.id ?? config.identityStoreId ?? "behind the SCIM endpoint,"}${store?.account === undefined ? "" : ` of account ${store.account}`} in ${region}`,
      ],
    },
    ...(only === undefined ? [] : [{ term: "Narrowed to", values: [only.join(", ")] }]),
    { term: "Settings", values: given.length === 0 ? ["all at their defaults"] : given },
  ];
}
