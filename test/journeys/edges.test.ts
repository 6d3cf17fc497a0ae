/** Whole runs at the edges: somebody meddled with the target, or two names collide, just when it matters. */
import { expect, test } from "vitest";
import { at } from "./company.ts";
import { journey, outcomesOf } from "./journey.ts";

test("a marked user whom somebody enabled is disabled by one run, and only deleted by the next", async () => {
  const j = await journey();
  await j.sync();
  j.google.deleteUser(at("ivan"));
  await j.sync();
  const user = j.aws.user(at("ivan"));
  user.externalId = (user.externalId ?? "").replace(/\d{4}-\d\d-\d\d/, "2020-01-01");
  user.active = true;
  await j.sync();
  expect(outcomesOf(j, "applied")).toEqual(["user.disable ivan@example.com"]);
  await j.sync();
  expect(outcomesOf(j, "applied")).toEqual(["user.delete ivan@example.com"]);
  await j.settle();
});
