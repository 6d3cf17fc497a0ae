/** @module-tag search */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRetirement } from "../../src/core/change.ts";
import type { Known } from "../../src/core/change.ts";
import { changesOf } from "../../src/core/plan.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { Existing, TargetId } from "../../src/core/model.ts";
import { expectVerdict } from "../oracle/agrees.ts";
import { enabledAgain, whose } from "../oracle/claims.ts";
import { withoutLeavers } from "../oracle/leavers.ts";
import { managed, situation } from "./companies.ts";
import type { Situation } from "./companies.ts";
import { carryOut } from "./carried-out.ts";
import { leaversFirst, planFor, runFor, told } from "./planned.ts";
import { TODAY, rules } from "./world.ts";
import type { Case } from "./planned.ts";
import { search } from "../search.ts";

const asCase = ({ source, existing, rules: over, approve }: Situation): Case => ({
  source,
  existing,
  rules: over,
  approve: approve ? "everything" : [],
});

/** fast-check shrinks what fails, and prints the seed and the path that bring it back. */
const holds = (runs: number, check: (one: Situation) => void): void =>
  fc.assert(fc.property(situation, check), search(runs));

describe("one run over any company, any target and any settings", () => {
  test("is refused no name, and nobody is out of a group in between, in whatever order a step is done", () => {
    holds(1000, (one) => {
      const plan = runFor(asCase(one));
      carryOut(plan, one.existing);
      carryOut(plan, one.existing, "reversed");
    });
  });

  test("leaves nothing to do for a second one", () => {
    holds(1000, (one) => {
      const after = carryOut(runFor(asCase(one)), one.existing);
      expect(leftToDo(runFor({ ...asCase(one), existing: after }), one.existing)).toEqual([]);
    });
  });

  test("reaches the state that the contract names", () => {
    holds(2500, (one) => {
      const after = carryOut(runFor(asCase(one)), one.existing);
      const { source, existing, approve: approved } = one;
      const question = { source, existing, rules: rules(one.rules) };
      const then = withoutLeavers(question, TODAY);
      const again = enabledAgain(existing);
      expectVerdict({ ...question, existing: then, again, today: TODAY, approved }, after);
    });
  });

  test("may be cut off after any change: the next one reaches the same", () => {
    fc.assert(
      fc.property(situation, fc.nat(40), (one, count) => {
        const plan = runFor(asCase(one));
        const changes = changesOf(plan);
        const done = changes.slice(0, count % (changes.length + 1)).map((change) => [change]);
        const half = carryOut({ ...plan, steps: done }, one.existing);
        const next = { ...asCase(one), existing: half };
        const end = carryOut(runFor(next), half);
        // What was approved may have been done in part: the rest is judged anew, and may need another word.
        if (one.approve) return;
        const whole = carryOut(plan, one.existing);
        const late = enabledAgain(one.existing);
        expect(settled(end, late)).toEqual(settled(whole, late));
      }),
      search(1000),
    );
  });
});

test("what MANAGE does not list is never written, and a second run has nothing to do", () => {
  fc.assert(
    fc.property(situation, managed, (one, manage) => {
      const whole = { ...asCase(one), rules: { ...one.rules, manage } };
      const plan = runFor(whole);
      const after = carryOut(plan, one.existing);
      expect(leftToDo(runFor({ ...whole, existing: after }), one.existing)).toEqual([]);
      for (const change of changesOf(plan)) {
        const [noun] = change.kind.split(".");
        expect(noun === "user" ? manage.users : noun === "group" ? manage.groups : manage.memberships).toBe(
          true,
        );
        if (change.kind === "group.create" && !manage.memberships) expect(change.members).toEqual([]);
      }
    }),
    search(1000),
  );
});

test("what waits to adopt a group names exactly whom its approval puts out of it, and all whom it puts in", () => {
  fc.assert(
    fc.property(situation, fc.boolean(), (one, users) => {
      const manage = { users, groups: true, memberships: true };
      const { rest } = leaversFirst({ ...asCase(one), rules: { ...one.rules, manage }, approve: [] });
      const there = new Map(rest.existing?.users.map((user) => [user.id, user]));
      for (const { id, kind, about, reason } of planFor(rest).waiting) {
        if (kind !== "adoption" || reason.code !== "taking-over") continue;
        const plan = planFor({ ...rest, approve: [id] });
        const retired = new Set(changesOf(plan).flatMap((one) => (isRetirement(one) ? [one.id] : [])));
        // Where users are ours to write, whoever is disabled or revoked has lost everything already.
        const isOff = (user: Known): boolean =>
          retired.has(user.id) || whose(user).kind === "marked" || there.get(user.id)?.active === false;
        const out = changesOf(plan).flatMap((change) =>
          change.kind === "members.remove" && change.group.id === about?.target ? change.users : [],
        );
        const { leaves } = reason;
        expect(out.map(({ label }) => label)).toEqual(expect.arrayContaining([...leaves]));
        const unnamed = out.filter(({ label }) => !leaves.includes(label));
        expect(unnamed.filter((user) => !users || !isOff(user))).toEqual([]);
        const joins = changesOf(plan).flatMap((change) =>
          change.kind === "members.add" && change.group.externalId === about?.source ? change.users : [],
        );
        const names = joins.map(({ externalId, label }) => {
          const at = plan.users.get(externalId);
          return (at === undefined ? undefined : there.get(at)?.userName) ?? label;
        });
        expect(reason.joins).toEqual(expect.arrayContaining(names));
      }
    }),
    search(1000),
  );
});

/** What a second run would do, but for deleting those. */
function leftToDo(second: Plan, before: Existing): readonly string[] {
  const late = enabledAgain(before);
  const changes = changesOf(second).filter((change) => change.kind !== "user.delete" || !late.has(change.id));
  return told({ ...second, steps: [changes] });
}

/** Members by name and everything by id, without the day of creation, and without some users. */
function settled(existing: Existing, without: ReadonlySet<TargetId>): unknown {
  const users = existing.users
    .filter(({ id }) => !without.has(id))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const groups = existing.groups
    .map(({ id, externalId, name, members }) => ({
      ...{ id, externalId, name },
      members: [...members].filter((member) => !without.has(member)).toSorted(),
    }))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return { users, groups };
}
