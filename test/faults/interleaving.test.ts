/** The leavers' run beside a full run: whichever write comes first, the end is that of one run. */
import { expect, test } from "vitest";
import { useTables } from "../dynalite/server.ts";
import { at } from "../emulator/fill.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { access, countsIn, heldBy, inEveryOrder, withStage } from "./two-runs.ts";

test("more than the budget allows never go, by whichever run", { tags: "long" }, async () => {
  // Each run meets somebody first whom the other does not.
  const returns = ({ google }: Emulator): void => google.suspend(at("p1"), false);
  await inEveryOrder({ MAX_LEAVERS: "1" }, returns, async ({ emulator, tally }) => {
    expect(emulator.aws.users.filter(({ active }) => !active)).toHaveLength(1);
    expect((await tally()).leavers.size).toBe(1);
  });
});

test(
  "the end is that of one run, nobody is counted twice, and nobody else loses anything",
  { tags: "long" },
  async () => {
    const all = await useTables();
    const settings = { MAX_LEAVERS: "2" };
    const alone = await withStage(all, settings, async ({ emulator, full, tally }) => {
      expect((await full()).status).toBe("succeeded");
      return { held: heldBy(emulator), spent: countsIn(await tally()) };
    });
    const ways = await inEveryOrder(
      settings,
      () => undefined,
      async ({ emulator, tally, full }, ended) => {
        expect(ended.map(({ status, message }) => (status === "succeeded" ? status : message))).toEqual([
          "succeeded",
          "succeeded",
        ]);
        expect(access(heldBy(emulator))).toEqual(access(alone.held));
        expect(countsIn(await tally())).toEqual(alone.spent);
        // The mark of the last who disabled somebody may have taken the place of that of whoever goes for good.
        expect((await full()).status).toBe("succeeded");
        expect(heldBy(emulator)).toEqual(alone.held);
        emulator.forget();
        expect((await full()).status).toBe("succeeded");
        expect(emulator.writes()).toEqual([]);
      },
    );
    expect(ways).toBeGreaterThan(10);
  },
);
