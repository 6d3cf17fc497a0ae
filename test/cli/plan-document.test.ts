/** @module-tag search */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isRemoval } from "../../src/core/change.ts";
import { count, total } from "../../src/core/count.ts";
import type { ExistingUser, Limit, Rules, SourceUser } from "../../src/core/model.ts";
import { changesOf, plan } from "../../src/core/plan.ts";
import { judge } from "../../src/core/upheaval.ts";
import { printable } from "../../src/log/printable.ts";
import { EVERYTHING } from "../../src/run/admission.ts";
import type { Proposal } from "../../src/run/proposal.ts";
import { readSettings } from "../../src/settings/config.ts";
import { planPage } from "../../src/terminal/as-html.ts";
import { planLines } from "../../src/terminal/as-text.ts";
import { renderer } from "../../src/terminal/lines.ts";
import { planDocument, totalsText } from "../../src/terminal/plan-document.ts";
import type { PlanDocument } from "../../src/terminal/plan-document.ts";
import type { Entry } from "../../src/terminal/plan-entries.ts";
import type { Section } from "../../src/terminal/plan-sections.ts";
import { situation } from "../core/companies.ts";
import type { Situation } from "../core/companies.ts";
import { leaversFirst, planFor, situationOf } from "../core/planned.ts";
import {
  EMPTY,
  TODAY,
  ada,
  bob,
  byHand,
  company,
  cy,
  devs,
  groupInTarget,
  human,
  inTarget,
  rules,
  stray,
  strayGroup,
  suspendedMarked,
  target,
} from "../core/world.ts";
import { search } from "../search.ts";

const REQUEST = { action: "plan", trigger: "manual" } as const;

/** What a run would propose; with a strict limit often much waits. Every third removal is held back. */
function proposalOf(
  { source, existing, rules: over }: Pick<Situation, "source" | "existing"> & { rules: Partial<Rules> },
  most: number,
): Proposal {
  const { config } = readSettings({}, "terminal");
  if (config === undefined) throw new Error("without settings there is nothing wrong with them");
  const limit: Limit = { share: undefined, count: most, ceiling: undefined };
  const limits = { ...rules().limits, users: limit, memberships: limit };
  const { changes, rest } = leaversFirst({ source, existing, rules: { ...over, limits } });
  const world = situationOf(rest);
  const whole = plan(world);
  const verdict = judge(whole, rest.source, world);
  const base = {
    ...{ config, region: "eu-west-1", source: rest.source, existing, situation: world, verdict },
    carries: world.carries,
    ...{ leavers: () => Promise.resolve([]), approved: [], stale: [], unasked: [], admission: EVERYTHING },
  };
  if (verdict.kind === "refused") {
    const nothing = { ...whole, steps: [] };
    return {
      ...base,
      plan: { ...nothing, steps: [changes] },
      rest: nothing,
      refusedPlan: whole,
      held: [],
      waiting: verdict.waiting,
    };
  }
  const fitting = planFor(rest);
  const doubted = new Set(changesOf(fitting).filter((change, at) => isRemoval(change) && at % 3 === 0));
  const steps = fitting.steps.map((step) => step.filter((change) => !doubted.has(change)));
  const held = [...doubted].map((change) => ({ change, reason: { code: "member-exists" } as const }));
  const then = { ...fitting, steps };
  const first = { ...then, steps: [changes, ...steps] };
  return { ...base, plan: first, rest: then, refusedPlan: undefined, held, waiting: fitting.waiting };
}

const entriesOf = ({ parts }: Section): readonly Entry[] => parts.flatMap(({ entries }) => entries);

const textOf = (document: PlanDocument, verbose: boolean): string =>
  renderer(false)(planLines(document, verbose));

/** The blocks of the text that are headed by a title and a number, with their lines. */
function blocksOf(text: string) {
  return text.split("\n\n").flatMap((block) => {
    const [head = "", ...lines] = block.split("\n");
    const [, title, size] = /^(\S.*) \(([\d,]+)\)$/.exec(head) ?? [];
    return title === undefined ? [] : [{ title, size: Number(size?.replaceAll(",", "")), lines }];
  });
}

/** Lines that begin an entry, whatever is told below it, without the section's advice at its end. */
const begins = ({ id, note, advice }: Section, lines: readonly string[]): readonly string[] =>
  (note === "" ? lines : lines.slice(1)).filter((line) =>
    id === "memberships"
      ? /^ {4}[-+] /.test(line)
      : /^ {2}\S/.test(line) && !advice.some(({ says }) => line === `  ${says}`),
  );

const beginningOf = (section: Section, { sign, verb, subject }: Entry): string => {
  if (section.id === "memberships") return `    ${sign} ${printable(subject)}`;
  const words = sign === "" ? verb : `${sign} ${verb.padEnd(8)}`;
  return `  ${words}${words === "" ? "" : " "}${printable(subject)}`;
};

/** What the page's sections count and list. */
function tablesOf(page: string) {
  return page
    .split('<section id="')
    .slice(1)
    .map((part) => {
      const [, title, size] = /<h2[^>]*>(.*) <small>([\d,]+)<\/small>/.exec(part) ?? [];
      const rows = [
        ...part
          .replaceAll("<wbr>", "")
          .matchAll(/<tr data-kind="([^"]*)"( data-removal)?>.*?<bdi>(.*?)<\/bdi>/gs),
      ];
      return {
        title,
        size: Number(size?.replaceAll(",", "")),
        rows: rows.map(([, kind, removal, name]) => [kind, removal !== undefined, name]),
      };
    });
}

const escaped = (text: string): string =>
  printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");

const everyPlan = (check: (document: PlanDocument) => void): void =>
  fc.assert(
    fc.property(situation, fc.constantFrom(0, 2, 1_000), (one, most) =>
      check(planDocument(proposalOf(one, most), REQUEST)),
    ),
    search(500),
  );

test("the terminal lists what the document lists, in its order, under the same counts", () => {
  everyPlan((document) => {
    const blocks = blocksOf(textOf(document, true));
    expect(blocks.map(({ title, size }) => ({ title, size }))).toEqual(
      document.sections.map(({ title, size }) => ({ title, size })),
    );
    document.sections.forEach((section, at) => {
      const lines = begins(section, blocks[at]?.lines ?? []);
      const beginnings = entriesOf(section).map((entry) => beginningOf(section, entry));
      expect(lines.map((line, which) => line.slice(0, beginnings[which]?.length))).toEqual(beginnings);
    });
  });
});

test("what is alike stands together in the document, whatever comes between", () => {
  const users = [
    inTarget(bob, { userName: "old", email: "older@example.com" }),
    inTarget(cy, { email: "old@example.com" }),
    stray("bob", { externalId: "https://idp.example.com/1", email: "x@example.com" }),
    stray("x", { externalId: "https://idp.example.com/2", email: cy.email }),
  ];
  const groups = [
    groupInTarget(devs, [], { name: "Old" }),
    strayGroup("Devs", [], { externalId: "https://idp.example.com/3" }),
  ];
  const one = { source: company([bob, cy], [[devs, bob, cy]]), existing: target(users, groups), rules: {} };
  const { sections } = planDocument(proposalOf(one, 1_000), REQUEST);
  const conflicts = sections.find(({ id }) => id === "conflicts");
  const likes = conflicts === undefined ? [] : entriesOf(conflicts).map(({ like }) => like);
  expect(likes).toEqual(["name-taken", "name-taken", "email-taken"]);
});

test("the page lists what the document lists, in its order, under the same counts", () => {
  everyPlan((document) => {
    expect(tablesOf(planPage(document, { css: "", script: "" }))).toEqual(
      document.sections.map((section) => ({
        title: section.title,
        size: section.size,
        rows: entriesOf(section).map(({ kind, removal, subject }) => [kind, removal, escaped(subject)]),
      })),
    );
  });
});

test("a shortened list says how many it leaves out", () => {
  everyPlan((document) => {
    const blocks = blocksOf(textOf(document, false));
    for (const [at, section] of document.sections.entries()) {
      if (section.id === "memberships") continue;
      const { lines = [] } = blocks[at] ?? {};
      const rest = lines.flatMap((line) => / … and ([\d,]+) more like it/.exec(line)?.[1] ?? []).map(Number);
      expect(begins(section, lines).length + rest.reduce((sum, one) => sum + one, 0)).toBe(section.size);
    }
  });
});

test("totals, sections and the numbers at the head count the same things", () => {
  everyPlan((document) => {
    const { sections, totals, headline } = document;
    const wanted = sections.filter(({ id }) => ["people", "groups", "memberships"].includes(id));
    const kinds = Object.groupBy(wanted.flatMap(entriesOf), ({ kind }) => kind || "none");
    expect(Object.fromEntries(Object.entries(kinds).map(([kind, all]) => [kind, all.length]))).toEqual(
      totals,
    );
    expect(wanted.reduce((sum, { size }) => sum + size, 0)).toBe(total(totals));
    for (const { size, parts } of sections) {
      expect(parts.reduce((sum, { entries }) => sum + entries.length, 0)).toBe(size);
    }
    if (total(totals) > 0) expect(headline.sentences.join()).toContain(totalsText(totals, "planned"));
    const held = sections.find(({ id }) => id === "held");
    expect(headline.attention.some((text) => text.endsWith("held back"))).toBe(held !== undefined);
    if (held !== undefined) expect(headline.attention).toContain(count(held.size, "held back", "held back"));
  });
});

test("what somebody must look at comes first, then removals before the rest, and last what is left out", () => {
  const order = [
    "all-the-same",
    "waiting",
    "held",
    "conflicts",
    "look-at",
    "people",
    "groups",
    "memberships",
    "left-out",
  ];
  everyPlan(({ sections }) => {
    const ids = sections.map(({ id }) => id);
    expect(ids).toEqual(order.filter((id) => ids.some((one) => one === id)));
    for (const { parts } of sections.filter(({ id }) => ["people", "groups", "memberships"].includes(id))) {
      for (const { entries } of parts) {
        const removals = entries.map(({ removal }) => removal);
        expect(removals).toEqual(removals.toSorted().toReversed());
      }
    }
  });
});

test("each approval stands in one place, with the command that gives it", () => {
  everyPlan(({ sections, next }) => {
    const approvals = [...sections.flatMap(entriesOf).flatMap(({ approval }) => approval ?? [])];
    const ids = [
      ...approvals.flatMap((approval) => approval.ids),
      ...next.flatMap(({ ids: own = [] }) => own),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    for (const { ids: own, typed, payload } of approvals) {
      expect(typed).toBe(`npx ssosync apply --approve ${own.join(" ")}`);
      expect(JSON.parse(payload)).toEqual({ action: "sync", approve: own });
    }
  });
});

test("a mark alone that comes or goes is told, and so is the day of the deletion that it makes later", () => {
  const off = inTarget(ada, { active: false });
  const told = (
    existing: ExistingUser,
    state: SourceUser["state"] | "gone",
    over: Partial<Rules> = {},
  ): string => {
    const users = [...(state === "gone" ? [] : [{ ...ada, state }]), bob];
    const source = company(users, [[devs, ...users]]);
    const proposal = proposalOf(
      { source, existing: target([inTarget(cy), existing, inTarget(bob)]), rules: over },
      50,
    );
    return textOf(planDocument(proposal, REQUEST), false);
  };
  const asleep = byHand(suspendedMarked(TODAY, ada.id));
  expect(told(off, "suspended")).toContain(`${ada.id} → ${asleep}`);
  expect(told({ ...off, externalId: asleep }, "active")).toContain(`${asleep} → ${ada.id}`);
  expect(told(off, "gone", { graceDays: 0 })).toContain("deleted on or after");
  expect(told(inTarget(ada), "gone", { graceDays: 0 })).toContain("deleted in the same run");
});

test("whoever joins is told on one line, cut where it is full, and whoever is left out of it is counted", () => {
  const people = Array.from({ length: 30 }, (_, n) =>
    human(n, "Ann", `Family${n}`, { email: `person${n}@example.com` }),
  );
  const one = { source: company(people, [[devs, ...people]]), existing: EMPTY, rules: {} };
  const text = textOf(planDocument(proposalOf(one, 1_000), REQUEST), false);
  expect(text).toMatch(/^ {2}Devs \+30\n {4}\+ person0@example.com, .* … and 27 more$/m);
  expect(text).toMatch(
    /^People \(30\)\n(?: {2}\+ create .*\n){10} {4}… and 20 more like it \(--verbose names them\)$/m,
  );
});
