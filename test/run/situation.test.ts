/** What is known of both sides, and what is worked out once. */
import { expect, test } from "vitest";
import { NO_HOLDS, plan } from "../../src/core/plan.ts";
import { sourceId } from "../../src/core/model.ts";
import { planning, rememberingLooks } from "../../src/run/situation.ts";
import { company, devs, ada, inTarget, target } from "../core/world.ts";
import { situationOf } from "../core/planned.ts";
import { useEmulator } from "../emulator/use-emulator.ts";
import { begun } from "./begun.ts";

test("for the same holds there is one plan, for others another", () => {
  const situation = situationOf({ source: company([], [[devs]]), existing: target([inTarget(ada)]) });
  const planned = planning(situation);
  const first = planned(NO_HOLDS);
  const holds = { ...NO_HOLDS, users: new Set([inTarget(ada).id]) };
  expect(first).toEqual(plan(situation));
  expect(planned(holds)).toEqual(plan({ ...situation, holds }));
  expect(planned(holds)).not.toEqual(first);
  expect(planned({ ...NO_HOLDS })).toBe(first);
});

test("whoever was looked at is not looked at again, and all else is asked as ever", async () => {
  const emulator = await useEmulator();
  const her = sourceId(emulator.google.addUser({ email: "ada@example.com" }).id);
  const run = await begun(emulator);
  const { world, ...others } = rememberingLooks(run);
  const looks = [await world.witness.userById(her), await world.witness.userById(her)];
  expect(looks).toEqual([expect.objectContaining({ state: "found" }), looks[0]]);
  expect(emulator.count({ operation: "users.get" })).toBe(1);
  const userById = expect.any(Function) as unknown;
  expect({ world, ...others }).toEqual({
    ...run,
    world: { ...run.world, witness: { ...run.world.witness, userById } },
  });
});
