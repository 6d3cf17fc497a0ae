import { expect, test } from "vitest";
import { narrow } from "../../src/core/only.ts";
import { ada, bob, company, inTarget, planFor, strayGroup, target, told } from "./world.ts";

test("a run about only an object made by hand changes nobody else", () => {
  const source = company(
    [
      { ...ada, givenName: "Augusta" },
      { ...bob, state: "suspended" },
    ],
    [],
  );
  const existing = target([inTarget(ada), inTarget(bob)], [strayGroup("By hand", [])]);
  const plan = planFor({ source: { ...source, matched: "all" }, existing });
  expect(told(plan)).not.toEqual([]);
  expect(told(narrow(plan, ["By hand"], source, existing))).toEqual([]);
});
