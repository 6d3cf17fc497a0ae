/** A function stays warm for days: what a run opens, it closes. */
import { expect, test } from "vitest";
import { journey } from "./journey.ts";
import { lambda } from "./lambda.ts";

test.each([
  {},
  { action: "plan" },
  { action: "doctor" },
  { action: "explain", subject: "ada@example.com" },
  { action: "explain", subject: "nobody" },
])("%j leaves no connection open, however often it is asked", async (event) => {
  const j = await journey();
  await j.sync();
  const warm = lambda(j);
  for (let n = 0; n < 3; n += 1) await warm.invoke(event);
  // The server learns of an end a moment after the client.
  await expect.poll(j.emulator.connections).toBe(0);
});

test("a run that fails leaves no connection open either", async () => {
  const j = await journey();
  j.emulator.fault({ when: { operation: "groups.list" }, times: Infinity, do: { status: 403 } });
  const warm = lambda(j);
  for (let n = 0; n < 3; n += 1) expect((await warm.invoke({})).error).toBeDefined();
  await expect.poll(j.emulator.connections).toBe(0);
});
