/**
 * Whatever a plan says of somebody, an explanation of them says too, by whatever name one asks.
 * @module-tag search
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change } from "../../../src/core/change.ts";
import { explain } from "../../../src/core/explain/explain.ts";
import type { Explanation } from "../../../src/core/explain/explain.ts";
import type { Evidence } from "../../../src/core/explain/evidence.ts";
import { groupClaim, sourceOf, userClaim } from "../../../src/core/mark.ts";
import { membership } from "../../../src/core/memberships.ts";
import {
  accountNames,
  existingGroupNames,
  existingUserNames,
  sourceGroupNames,
} from "../../../src/core/named.ts";
import type { Tie } from "../../../src/core/explain/ties.ts";
import type { Rules } from "../../../src/core/model.ts";
import { NO_HOLDS, changesOf } from "../../../src/core/plan.ts";
import type { Holds, Plan } from "../../../src/core/plan.ts";
import type { Held } from "../../../src/core/reason.ts";
import { isSame, partsOf } from "../../../src/core/ref.ts";
import type { Part, Ref } from "../../../src/core/ref.ts";
import { managed, situation } from "../companies.ts";
import { planFor } from "../planned.ts";
import { NO_LIMIT, growth } from "../world.ts";
import { evidence } from "./case.ts";
import type { Question } from "./case.ts";
import { search } from "../../search.ts";

/** The reason is one that can be approved: a wait goes with it. */
const SILENCE = { code: "no-answer", why: "Google did not answer", todo: "run again" } as const;

/** Every third removal is held, from the nth on. */
function withHolds(one: Question, nth: number): Question {
  const removals = changesOf(planFor(one))
    .flatMap(onePerMember)
    .filter(({ kind }) => kind === "user.retire" || kind === "group.retire" || kind === "members.remove")
    .filter((_, at) => at % 3 === nth);
  const held = removals.map((change): Held => ({ change, reason: SILENCE }));
  const waiting = removals.flatMap((change, at) =>
    partsOf(change).map(({ about, within }) => ({
      ...{ id: `w${at}`, kind: "unsure" as const, about, reason: SILENCE },
      ...(within === undefined ? {} : { within }),
    })),
  );
  return { ...one, held, waiting, holds: holdsOf(removals) };
}

const onePerMember = (change: Change): readonly Change[] =>
  change.kind === "members.remove" ? change.users.map((user) => ({ ...change, users: [user] })) : [change];

function holdsOf(changes: readonly Change[]): Holds {
  return {
    ...NO_HOLDS,
    users: new Set(changes.flatMap((one) => (one.kind === "user.retire" ? [one.id] : []))),
    groups: new Set(changes.flatMap((one) => (one.kind === "group.retire" ? [one.id] : []))),
    members: new Set(
      changes.flatMap((one) =>
        one.kind === "members.remove" ? one.users.map(({ id }) => membership(one.group.id, id)) : [],
      ),
    ),
  };
}

/** Every text by which somebody may be asked for: what the ref knows, and what either side calls them. */
function namesOf(ref: Ref, { source, existing }: Evidence): readonly string[] {
  const sameId = ({ id }: { readonly id: string }): boolean => id === ref.source || id === ref.target;
  return [
    ...[ref.label, ref.source ?? "", ref.target ?? ""],
    ...source.users.filter(sameId).flatMap(accountNames),
    ...source.groups.filter(sameId).flatMap(sourceGroupNames),
    ...existing.users.filter(sameId).flatMap(existingUserNames),
    ...existing.groups.filter(sameId).flatMap(existingGroupNames),
  ].filter((name) => name.trim() !== "");
}

/** The texts for which no explanation of this ref knows the decision. */
function untold(ref: Ref, asked: Evidence, isTold: (told: Explanation) => boolean): readonly string[] {
  const asking = new Set(namesOf(ref, asked));
  return [...asking].filter(
    (text) => !explain(text, asked).some((told) => isSame(told.about, ref) && isTold(told)),
  );
}

function* decisions(asked: Evidence): Generator<readonly [Ref, (told: Explanation) => boolean]> {
  const { plan, held, waiting } = asked;
  for (const skip of plan.skips) {
    yield [
      skip.about,
      ({ steps, ties }) =>
        [...steps, ...ties].some(({ decided }) => decided === skip || decided === skip.reason),
    ];
  }
  for (const wait of waiting) {
    if (wait.about === undefined) continue;
    yield [wait.about, ({ steps }) => steps.some(({ decided }) => decided === wait)];
  }
  for (const one of plan.strangers)
    yield [one.about, ({ steps }) => steps.some(({ decided }) => decided === one)];
  for (const change of [...changesOf(plan), ...held.map((one) => one.change)]) {
    for (const part of partsOf(change)) {
      for (const ref of part.within === undefined ? [part.about] : [part.about, part.within])
        yield [ref, (told) => tellsPart(told, part, change)];
    }
  }
}

function tellsPart({ steps, ties }: Explanation, { about, within }: Part, change: Change): boolean {
  const here =
    within === undefined
      ? steps
      : ties.filter(({ user, group }) => isSame(user, about) && isSame(group, within));
  return here.some(
    ({ decided }) => decided !== undefined && "change" in decided && decided.change === change,
  );
}

test("what a plan skips, holds, waits for or changes is in the explanation of whom it is about", () => {
  fc.assert(
    fc.property(situation, managed, fc.nat(3), fc.boolean(), (one, manage, nth, narrow) => {
      const { source, existing } = one;
      const rules = { ...one.rules, ...(narrow ? { manage } : {}), ...growth(0, 1) };
      const asked = evidence(withHolds({ source, existing, rules }, nth));
      for (const [ref, isTold] of decisions(asked))
        expect(untold(ref, asked, isTold), JSON.stringify(ref)).toEqual([]);
    }),
    search(300),
  );
});

/** One of each kind a day. */
const TIGHT = { share: undefined, count: 1, ceiling: undefined };
const tight: Rules["limits"] = {
  ...{ leavers: NO_LIMIT, users: TIGHT, groups: TIGHT, memberships: TIGHT },
  ...{ newGroups: TIGHT, growth: TIGHT, shrink: TIGHT },
};

/** The memberships that a plan adds, or takes out: `group user`, by whichever ids they have. */
function turned(plan: Plan, kinds: readonly Change["kind"][]): ReadonlySet<string> {
  const parts = changesOf(plan).flatMap((change) => (kinds.includes(change.kind) ? partsOf(change) : []));
  return new Set(
    parts.flatMap(({ about, within }) =>
      idsOf(within).flatMap((group) => idsOf(about).map((user) => `${group} ${user}`)),
    ),
  );
}

const idsOf = (ref: Ref | undefined): readonly string[] =>
  [ref?.target, ref?.source].filter((id) => id !== undefined);

const has = (turn: ReadonlySet<string>, { group, user }: Tie): boolean =>
  idsOf(group).some((one) => idsOf(user).some((other) => turn.has(`${one} ${other}`)));

test("what is said to come next of a membership is what the run does, and what a budget keeps from it waits", () => {
  const asks = fc.record({ one: situation, limits: fc.constantFrom(tight, { ...tight, groups: NO_LIMIT }) });
  let waits = 0;
  fc.assert(
    fc.property(asks, ({ one: { source, existing, rules }, limits }) => {
      const asked = evidence({ source, existing, rules: { ...rules, limits } });
      const free = evidence({ source, existing, rules });
      const done = {
        ...asked.plan,
        steps: asked.refused.length > 0 ? [[...asked.allTheSame]] : asked.plan.steps,
      };
      const [added, removed] = [
        turned(done, ["members.add", "group.create"]),
        turned(done, ["members.remove"]),
      ];
      const wanted = turned(free.plan, ["members.add", "group.create", "members.remove"]);
      const groups = [...source.groups, ...existing.groups].flatMap(({ id }) => explain(id, asked));
      const carried = [
        ...existing.groups.map(({ externalId }) => sourceOf(groupClaim(externalId))),
        ...existing.users.map(({ externalId }) => sourceOf(userClaim(externalId))),
      ];
      const isTwin = ({ source: id }: Ref): boolean =>
        id !== undefined && carried.filter((one) => one === id).length > 1;
      for (const tie of groups.flatMap(({ ties }) => ties)) {
        // Of two that name one source, what is compared here cannot say which is meant.
        if (isTwin(tie.group) || isTwin(tie.user)) continue;
        // Of a group that another one of Google would get, what comes next is told with the one that it is of now.
        const own = existing.groups.find(({ id }) => id === tie.group.target);
        const now = own && sourceOf(groupClaim(own.externalId));
        if (now !== undefined && now !== tie.group.source) continue;
        const text = JSON.stringify(tie);
        expect(tie.next === "added", text).toBe(has(added, tie));
        expect(tie.next === "removed", text).toBe(has(removed, tie));
        if (has(wanted, tie) && !has(added, tie) && !has(removed, tie))
          expect(tie.decided, text).toBeDefined();
        if (tie.next === "waits") waits += 1;
      }
    }),
    search(300),
  );
  expect(waits).toBeGreaterThan(0);
});
