/** Groups at the edges: what an approval names, what grows, who waits for whose name, and whose names are Control Tower's. */
import { describe, expect, test } from "vitest";
import { changesOf } from "../../src/core/plan.ts";
import { groupBy, rosters, sync } from "./carried-out.ts";
import { planFor, skipped, told } from "./planned.ts";
import {
  ada,
  bob,
  company,
  cy,
  devs,
  groupInTarget,
  growth,
  inTarget,
  marked,
  ops,
  strayGroup,
  target,
  team,
} from "./world.ts";
import type { Case } from "./planned.ts";

const everyone = [inTarget(ada), inTarget(bob), inTarget(cy)];
const [heldAda = inTarget(ada)] = everyone;

test.each([
  "AWSAccountFactory",
  "AWSServiceCatalogAdmins",
  "AWSControlTowerAdmins",
  "AWSSecurityAuditPowerUsers",
  "AWSSecurityAuditors",
  "AWSLogArchiveAdmins",
  "AWSLogArchiveViewers",
  "AWSAuditAccountAdmins",
])("Control Tower's group %s is neither taken over nor emptied nor deleted, whoever made it", (name) => {
  const source = company([ada], [[team(7, name), ada]], { matched: "all" });
  for (const over of [{}, { adopt: "any", graceDays: 0 } as const])
    for (const externalId of ["", devs.id, team(7, name).id])
      expect(
        told(
          planFor({
            source,
            existing: target([heldAda], [strayGroup(name, [], { externalId })]),
            rules: over,
          }),
        ),
      ).toEqual([]);
});

describe("an approval", () => {
  const waitingIds = (one: Case) => planFor(one).waiting.map(({ id }) => id);

  test("of taking a group over names that very group, in AWS and in Google", () => {
    const one = (id: string, group = devs): Case => ({
      source: company([ada, bob, cy], [[{ ...group, name: "Devs" }, ada, bob]]),
      existing: target(everyone, [strayGroup("Devs", [], { id: strayGroup(id).id })]),
    });
    const ids = [one("one"), one("other"), one("one", ops)].map(waitingIds);
    expect(new Set(ids.flat()).size).toBe(3);
  });

  test("of growth names the group that grows", () => {
    const one = (id: string, group = devs): Case => ({
      source: company([ada, bob, cy], [[{ ...group, name: "Devs" }, ada, bob, cy]]),
      existing: target(everyone, [
        groupInTarget({ ...group, name: "Devs" }, [heldAda], { id: strayGroup(id).id }),
      ]),
      rules: growth(undefined, 1),
    });
    const ids = [one("one"), one("other"), one("one", ops)].map(waitingIds);
    expect(new Set(ids.flat()).size).toBe(3);
  });

  test("of a hand-over covers its members: growth does not wait a second time", () => {
    const old = groupInTarget(team(9, "Devs"), [heldAda]);
    const one = {
      source: company([ada, bob, cy], [[devs, ada, bob, cy], [ops]]),
      existing: target(everyone, [old, groupInTarget(ops)]),
      rules: growth(undefined, 1),
    };
    const plan = planFor({ ...one, approve: waitingIds(one) });
    expect(plan.waiting).toEqual([]);
    expect(told(plan)).toEqual(["group.update Devs", "members.add Devs bob@example.com cy@example.com"]);
  });
});

test.each([
  ["2026-03-09T09:00:00.001Z", 0],
  ["2026-03-09T09:00:00.000Z", 1],
])("a group made at %s, with a day of grace until 09:00, waits with its growth: %i", (createdAt, waits) => {
  const plan = planFor({
    source: company([ada, bob, cy], [[devs, ada, bob, cy]]),
    existing: target(everyone, [groupInTarget(devs, [heldAda], { createdAt })]),
    rules: growth(undefined, 1),
    now: "2026-03-10T09:00:00.000Z",
  });
  expect(plan.waiting).toHaveLength(waits);
});

describe("a name", () => {
  test("that one new group cannot have does not stop another new group", () => {
    const holder = groupInTarget(team(9, "Devs"), [heldAda]);
    const { after, plan } = sync({
      source: company(
        [ada],
        [[{ ...team(9, "Devs"), name: "Devs" }, ada], [team(5, "Ops")], [team(6, "Sec")]],
      ),
      existing: target([heldAda], [holder, strayGroup("Sec", [], { externalId: "okta-1" })]),
    });
    expect(Object.keys(rosters(after)).toSorted()).toEqual(["Devs", "Ops", "Sec"]);
    expect(skipped(plan)).toEqual(["name-foreign sec@example.com"]);
  });

  test("that a renamed group cannot have keeps no new group away", () => {
    const taken = strayGroup("Wanted");
    const plan = planFor({
      source: company([ada], [[{ ...devs, name: "Wanted" }], [{ ...ops, name: "Devs" }], [team(6, "Sec")]], {
        matched: "all",
      }),
      existing: target([heldAda], [groupInTarget(devs), taken]),
    });
    expect(told(plan)).toEqual(["group.create Sec"]);
  });

  test("is waited for: what takes it says whose move comes first", () => {
    const plan = planFor({
      source: company(
        [ada],
        [[{ ...devs, name: "Moved" }], [{ ...ops, name: "Devs" }], [{ ...team(3, "x"), name: "Ops" }]],
      ),
      existing: target([heldAda], [groupInTarget(devs), groupInTarget(ops)]),
    });
    const needs = changesOf(plan).flatMap((change) =>
      "needs" in change && change.needs.length > 0
        ? [[told({ ...plan, steps: [[change]] })[0], ...change.needs]]
        : [],
    );
    expect(needs).toEqual([
      ["group.update Ops", groupInTarget(devs).id],
      ["group.create Ops", groupInTarget(ops).id],
    ]);
  });

  test("to move aside to is not one that another group is about to get", () => {
    const gone = groupInTarget(ops);
    const { after } = sync({
      source: company(
        [ada],
        [
          [{ ...devs, name: "Ops" }, ada],
          [{ ...team(3, "x"), name: "Ops (retired 2026-03-10)" }, ada],
        ],
      ),
      existing: target(
        [heldAda],
        [groupInTarget(devs, [heldAda]), groupInTarget(team(3, "Third"), [heldAda]), gone],
      ),
    });
    expect(groupBy(after, gone.id)).toMatchObject({ name: "Ops (retired 2026-03-10, 2)" });
  });
});

test("what moves aside, comes back, is taken over or only differs is told apart", () => {
  const gone = groupInTarget(ops);
  const plan = planFor({
    source: company([ada], [[{ ...devs, name: "Ops" }], [team(3, "Back")], [team(4, "Taken")]], {
      matched: "all",
    }),
    existing: target(
      [heldAda],
      [
        gone,
        groupInTarget(devs),
        groupInTarget(team(3, "Back"), [], { externalId: marked("2026-03-01", team(3, "Back").id) }),
        groupInTarget(team(4, "Taken"), [], { externalId: "" }),
      ],
    ),
    approve: "everything",
  });
  const causes = changesOf(plan).flatMap((change) =>
    "cause" in change
      ? [
          `${change.kind} ${change.before.id === gone.id ? "gone" : told({ ...plan, steps: [[change]] })[0]?.split(" ")[1]} ${change.cause}`,
        ]
      : [],
  );
  expect(causes.toSorted()).toEqual([
    "group.restore Back returned",
    "group.retire gone gone",
    "group.update Devs differs",
    "group.update Taken adopted",
    "group.update gone moved-aside",
  ]);
});
